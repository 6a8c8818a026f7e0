"""ComputationGraph: the graph behind a tensor, with values, gradients and what is saved; a click tells more."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import traitlets

from . import census
from .drawing import Drawing
from .engines import check_readable, linked
from .folding import Folding
from .graph_words import Words
from .learner import learner_variables
from .levels import Levels
from .numbers import Json
from .trace import trace
from .view import View

LAYERS = ("values", "gradients", "saved", "names", "maths")
AT_FIRST = ["values", "gradients", "names"]
MOST_TRACED = 10_000  # operations; more are only counted
MOST_DRAWN = 1_000  # nodes at once
# What is drawn of a box that has more: rounds evenly spread.
MOST_OPENED = 4_000  # operations
LEAST_ROUNDS, MOST_ROUNDS = 8, 500


class ComputationGraph(View, front_end="graph", picture="drawing"):
    """Show the graph that autograd recorded for ``tensor``: leaves, operations, intermediates, saved tensors.

    A loop is one box that opens, its rounds side by side in time; an ``nn.Module`` has an outline or, in a big graph, a
    box. A graph that is too big to draw is counted.

    ``selected`` is the id of the node that the panel below explains; ``shown`` holds the visible layers, of "values",
    "gradients", "saved" and either "names" (PyTorch's) or "maths" (local derivatives); ``opened`` the boxes that are
    open, the outermost first, each as [id, round]. Names are those of the caller's variables.

    Raises TypeError for what is no tensor, RuntimeError where no Graphviz can be run, and ``traitlets.TraitError`` for
    a ``selected``, ``shown`` or ``opened`` that does not exist.

    >>> import minigrad as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> y = x * 3
    >>> ComputationGraph(y)
    Graph of y: 2 tensors · 1 operation · 1 leaf
      x  leaf  [1, 2]
      y  MulBackward0  [3, 6]
    """

    data = traitlets.Dict().tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)
    shown = traitlets.List(traitlets.Enum(LAYERS)).tag(sync=True)
    # Lists, as in JSON: another type would be sent back to the front end, which may be further on by then.
    opened = traitlets.List(traitlets.List()).tag(sync=True)

    def __init__(self, tensor: Any) -> None:
        check_readable(tensor)
        self._contents: _Contents | None = None
        self._census = census.census(linked(tensor))
        if self._census["operations"] <= MOST_TRACED:
            contents = _Contents(trace(tensor, frames=False))
            if len(contents.top["nodes"]) <= MOST_DRAWN:
                self._contents = contents
                super().__init__(data=contents.data(), selected=contents.telling(), shown=AT_FIRST)
                return
        named = (name for name, value in learner_variables().items() if value is tensor)
        self._name = next(named, "the result")
        data = {
            "name": self._name,
            "summary": census.summary(self._census),
            "picture": census.picture(self._census),
            "panels": {"": [census.panel(self._census)]},
            "search": [],
            "inside": "",
        }
        super().__init__(data=data, shown=AT_FIRST)

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> str:
        known = self._contents.known() if self._contents else [""]
        if proposal["value"] not in known:
            some = ", ".join(known if len(known) <= 20 else [*known[:10], "…", *known[-10:]])
            raise traitlets.TraitError(f"no node of this graph has the id {proposal['value']!r}; it has {some}")
        return proposal["value"]

    @traitlets.validate("shown")
    def _check_shown(self, proposal: Any) -> list[str]:
        if {"names", "maths"} <= {*proposal["value"]}:
            raise traitlets.TraitError("names and maths stand in the same place: show one of them")
        return proposal["value"]

    @traitlets.validate("opened")
    def _check_opened(self, proposal: Any) -> list[list[Any]]:
        folds = self._contents.folding.folds if self._contents else {}
        for entry in proposal["value"]:
            if len(entry) != 2:
                raise traitlets.TraitError(f"a box is opened by its id and the number of a round, got {entry!r}")
            key, number = entry
            if key not in folds:
                known = ", ".join(folds) or "none"
                raise traitlets.TraitError(f"no box of this graph has the id {key!r}; it has {known}")
            if number not in range(1, len(folds[key].rounds) + 1):
                raise traitlets.TraitError(f"{key} has rounds 1 to {len(folds[key].rounds)}, not {number!r}")
        return proposal["value"]

    def _text(self) -> str:
        return self._contents.words.text() if self._contents else census.as_text(self._name, self._census)

    def _picture(self) -> str:
        return self._contents.drawing.still(shown=self.shown) if self._contents else census.picture(self._census)


class _Contents:
    """A trace as the front end gets it: the picture of the top level, and what is within its boxes."""

    def __init__(self, traced: Json) -> None:
        self._trace = traced
        self.folding = Folding(traced)
        self._levels = Levels(traced, self.folding)
        self.words = Words(traced, self.folding, self._levels)
        self.top = self._levels.shown(self.folding.top)
        self._found = {node["id"] for node in self.top["nodes"]}
        self._boxes: Json = {}
        self._panels: Json = {}
        self._search: list[list[str]] = []
        self._where: Json = {}

    def data(self) -> Json:
        """All that the front end needs."""
        self.drawing = Drawing(self.top)
        for node in self.top["nodes"]:
            if node["kind"] == "fold":
                self._open(node["id"], [])
        inside = {"boxes": self._boxes, "panels": self._panels, "search": self._search, "where": self._where}
        return {
            "name": self._trace["name"],
            "summary": self.words.summary(),
            "picture": self.drawing.live(shown=AT_FIRST),
            "panels": {node["id"]: self.words.panels(node) for node in self.top["nodes"]},
            "search": [_search_words(node) for node in self.top["nodes"]],
            # What rounds hold is much alike, and packs well; a browser unpacks it when the first box is opened.
            "inside": _packed(inside) if self._boxes else "",
        }

    def known(self) -> list[str]:
        """The ids of all nodes, folded or not, and of all boxes."""
        return [*(node["id"] for node in self._trace["nodes"]), *self.folding.folds]

    def telling(self) -> str:
        """The node that is explained before any click: a loop or, where there is none, the last operation that saved
        something."""
        operations = [node for node in self.top["nodes"] if node["kind"] == "operation"]
        loops = [node for node in self.top["nodes"] if node.get("fold") == "loop"]
        saving = [node for node in operations if node["saved"]]
        return (loops or saving or operations or self.top["nodes"])[-1]["id"]

    def _open(self, key: str, path: list[list[Any]]) -> None:
        """Add what is within a box, and within the boxes in it; `path` has those it is in, each with its round."""
        fold = self.folding.folds[key]
        most = max(MOST_OPENED * len(fold.rounds) // len(fold.steps), LEAST_ROUNDS)
        places = _spread(len(fold.rounds), min(most, MOST_ROUNDS))
        traces = [self._levels.shown(self.folding.level(fold, place)) for place in places]
        rounds = []
        for place, seen, drawing in zip(places, traces, Drawing.of_rounds(traces), strict=True):
            here = [*path, [key, place + 1]]
            rounds.append({"number": place + 1, "picture": drawing.live(shown=AT_FIRST), "parts": _parts(seen)})
            for node in seen["nodes"]:
                if node["id"] not in self._panels:
                    self._panels[node["id"]] = self.words.panels(node)
                if node["id"] in self._found or "came" in node:
                    continue
                self._found.add(node["id"])
                self._where[node["id"]] = here
                self._search.append(_search_words(node))
                if node["kind"] == "fold":
                    self._open(node["id"], here)
        box = self._levels.box(fold)
        self._boxes[key] = {
            "kind": box["fold"],
            "label": box["label"],
            "title": box["name"],
            "total": box["rounds"],
            "rounds": rounds,
        }


def _search_words(node: Json) -> list[str]:
    words = (node.get("name"), node.get("operation"), node.get("symbol"), node.get("label"), node["kind"])
    return [node["id"], " ".join(word for word in words if word)]


def _parts(shown: Json) -> dict[str, str]:
    """The nodes of a round by the parts that they have in it, the same in each round: "2" is the third step, "2<0" what
    it takes first, "2>0" what it makes first. A node may have several."""
    steps = [node for node in shown["nodes"] if node["kind"] in ("operation", "fold")]
    places = {node["id"]: place for place, node in enumerate(steps)}
    parts = {str(place): node["id"] for place, node in enumerate(steps)}
    for place, node in enumerate(steps):
        parts.update((f"{place}>{nr}", output) for nr, output in enumerate(node["outputs"]))
    for edge in shown["edges"]:
        parts[f"{places[edge['consumer']]}<{edge['slot']}"] = edge["source"]
    return parts


def _spread(count: int, most: int) -> list[int]:
    """At most so many places of `count`, evenly spread, both ends included."""
    if count <= most:
        return list(range(count))
    return sorted({round(n * (count - 1) / (most - 1)) for n in range(most)})


def _packed(value: Json) -> str:
    return base64.b64encode(zlib.compress(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())).decode()
