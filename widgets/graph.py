"""ComputationGraph: the graph behind a tensor, with values, gradients and what is saved; a click tells more."""

from __future__ import annotations

import base64
import json
import zlib
from collections import defaultdict
from typing import Any

import traitlets

from .census import census
from .drawing import Drawing
from .figures import box, moved, text
from .folding import Fold, Folding, Level
from .learner import learner_variables
from .numbers import Json, shape_text
from .trace import check_tensor, trace
from .view import View

LAYERS = ("values", "gradients", "saved", "names", "maths")
MOST_TRACED = 10_000  # operations; more are only counted
MOST_DRAWN = 400  # nodes at once
MOST_OPENED = 4_000  # operations within one box that are drawn, in rounds evenly spread where it has more
TEXT_LINES = 60
TEXT_ROUNDS = 8


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
    opened = traitlets.List(traitlets.Tuple(traitlets.Unicode(), traitlets.Int())).tag(sync=True)

    def __init__(self, tensor: Any) -> None:
        check_tensor(tensor)
        self._nodes: dict[str, Json] = {}
        self._folding: Folding | None = None
        shown = ["values", "gradients", "names"]
        counted = census(tensor)
        if counted["operations"] <= MOST_TRACED:
            self._trace = trace(tensor, frames=False)
            self._nodes = {node["id"]: node for node in self._trace["nodes"]}
            self._makers = {node["output"]: node for node in self._operations()}
            self._folding = Folding(self._trace)
            top = self._folding.shown(self._folding.top)
            if len(top["nodes"]) <= MOST_DRAWN:
                self._drawing: Drawing | None = Drawing(top)
                super().__init__(data=self._data(top, shown), selected=self._telling(top)["id"], shown=shown)
                return
        self._drawing = None
        self._name = next((name for name, value in learner_variables().items() if value is tensor), "the result")
        self._census = counted
        super().__init__(data=self._counted(), shown=shown)

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> str:
        folds = self._folding.folds if self._folding else {}
        if proposal["value"] and proposal["value"] not in {**self._nodes, **folds}:
            raise traitlets.TraitError(
                f"no node of this graph has the id {proposal['value']!r}; it has {self._known()}"
            )
        return proposal["value"]

    @traitlets.validate("shown")
    def _check_shown(self, proposal: Any) -> list[str]:
        if {"names", "maths"} <= {*proposal["value"]}:
            raise traitlets.TraitError("names and maths stand in the same place: show one of them")
        return proposal["value"]

    @traitlets.validate("opened")
    def _check_opened(self, proposal: Any) -> list[tuple[str, int]]:
        folds = self._folding.folds if self._folding else {}
        for key, number in proposal["value"]:
            if key not in folds:
                known = ", ".join(folds) or "none"
                raise traitlets.TraitError(f"no box of this graph has the id {key!r}; it has {known}")
            if not 1 <= number <= len(folds[key].rounds):
                raise traitlets.TraitError(f"{key} has rounds 1 to {len(folds[key].rounds)}, not {number}")
        return proposal["value"]

    def _known(self) -> str:
        known = list(self._nodes)
        return ", ".join(known if len(known) <= 20 else [*known[:10], "…", *known[-10:]])

    def _operations(self) -> list[Json]:
        return [node for node in self._trace["nodes"] if node["kind"] == "operation"]

    def _telling(self, shown: Json) -> Json:
        """The node that the panel explains before any click: where there is one, the last operation that saved
        something."""
        operations = [node for node in shown["nodes"] if node["kind"] == "operation"]
        folds = [node for node in shown["nodes"] if node["kind"] == "fold" and node["fold"] == "loop"]
        return (folds or [node for node in operations if node["saved"]] or operations or shown["nodes"])[-1]

    # What the front end gets

    def _data(self, top: Json, shown: list[str]) -> Json:
        assert self._folding is not None and self._drawing is not None
        inside: Json = {"boxes": {}, "panels": {}, "search": [], "where": {}}
        for node in top["nodes"]:
            if node["kind"] == "fold":
                self._open(node["id"], [], inside, shown)
        return {
            "name": self._trace["name"],
            "summary": self._summary(),
            "picture": self._drawing.live(shown=shown),
            "panels": {node["id"]: self._panels(node) for node in top["nodes"]},
            "search": [_search_words(node) for node in top["nodes"]],
            # What boxes hold is much alike, and packs well; a browser unpacks it when the first is opened.
            "inside": _packed(inside) if inside["boxes"] else "",
        }

    def _open(self, key: str, path: list[list[Any]], inside: Json, shown: list[str]) -> None:
        """Add what is within a box, and within the boxes in it."""
        assert self._folding is not None
        fold = self._folding.folds[key]
        places = _spread(len(fold.rounds), max(MOST_OPENED // max(len(fold.steps) // len(fold.rounds), 1), 8))
        traces = [self._folding.shown(self._folding.level(fold, place)) for place in places]
        rounds = []
        for place, seen, drawing in zip(places, traces, Drawing.of_rounds(traces), strict=True):
            here = [*path, [key, place + 1]]
            nodes = [node["id"] for node in seen["nodes"]]
            rounds.append({"number": place + 1, "picture": drawing.live(shown=shown), "nodes": nodes})
            for node in seen["nodes"]:
                if node["id"] in inside["where"] or "came" in node:
                    continue
                inside["where"][node["id"]] = here
                inside["search"].append(_search_words(node))
                inside["panels"][node["id"]] = self._panels(node)
                if node["kind"] == "fold":
                    self._open(node["id"], here, inside, shown)
            for node in seen["nodes"]:
                inside["panels"].setdefault(node["id"], self._panels(node))
        node = self._folding.box(fold)
        inside["boxes"][key] = {
            "kind": node["fold"],
            "label": node["label"],
            "title": node["name"],
            "total": node["rounds"],
            "rounds": rounds,
        }

    # Words

    def _summary(self) -> str:
        assert self._folding is not None
        operations = len(self._operations())
        leaves = sum(node["kind"] == "leaf" for node in self._trace["nodes"])
        tensors = len(self._trace["nodes"]) - operations
        return " · ".join((_count(tensors, "tensor"), _count(operations, "operation"), _count(leaves, "leaf")))

    def _text(self) -> str:
        if self._drawing is None:
            return "\n".join(self._census_lines())
        assert self._folding is not None
        lines = self._lines(self._folding.top, "  ")
        if len(lines) > TEXT_LINES:
            half = TEXT_LINES // 2
            lines = [*lines[:half], f"  … {len(lines) - 2 * half} lines more …", *lines[-half:]]
        return "\n".join([f"Graph of {self._trace['name']}: {self._summary()}", *lines])

    def _lines(self, level: Level, indent: str) -> list[str]:
        assert self._folding is not None
        lines = []
        for node in self._folding.shown(level)["nodes"]:
            if node["kind"] == "fold":
                lines += self._fold_lines(self._folding.folds[node["id"]], node, indent)
            elif node["kind"] != "operation" and "came" not in node:
                lines.append(f"{indent}{self._tensor_text(node)}")
        return lines

    def _tensor_text(self, node: Json) -> str:
        value = node["value"]["text"] if node["value"] else node["why_no_value"]
        maker = self._makers.get(node["id"])
        words = [node["name"], maker["operation"] if maker else node["kind"], value]
        if node["grad"]:
            words.append(f"grad {node['grad']['text']}")
        return "  ".join(words)

    def _fold_lines(self, fold: Fold, node: Json, indent: str) -> list[str]:
        """A box in words: what it holds and, of a loop, the last tensor that each round makes."""
        lines = [f"{indent}[{node['label']}]  {node['name']}  {_tally(node['operations'])}".replace("    ", "  ")]
        for place in _ends(len(fold.rounds), TEXT_ROUNDS) if fold.kind == "loop" else []:
            if place is None:
                lines.append(f"{indent}  …")
                continue
            last = [op for op, (round_, _) in fold.steps.items() if round_ == place][-1]
            lines.append(f"{indent}  round {place + 1}  {self._tensor_text(self._nodes[self._nodes[last]['output']])}")
        return lines

    def _picture(self) -> str:
        return self._drawing.still(shown=self.shown) if self._drawing else self._census_picture()

    # A graph that is only counted

    def _counted(self) -> Json:
        return {
            "name": self._name,
            "summary": self._census_summary(),
            "picture": self._census_picture(),
            "panels": {},
            "search": [],
            "inside": "",
            "say": [_census_panel(self._census)],
        }

    def _census_summary(self) -> str:
        operations, leaves = self._census["operations"], self._census["leaves"]
        return " · ".join((_count(operations, "operation"), _count(leaves, "leaf"), f"depth {self._census['depth']:,}"))

    def _census_lines(self) -> list[str]:
        counted = self._census
        return [
            f"Graph of {self._name}: {self._census_summary()}: too big to draw",
            *(f"  {count:,} × {name}" for name, count in counted["kinds"][:12]),
            f"  first: {', '.join(counted['first'])}",
            f"  last: {', '.join(counted['last'])}",
        ]

    def _census_picture(self) -> str:
        """A bar for each kind of operation."""
        kinds = self._census["kinds"][:10]
        more = len(self._census["kinds"]) - len(kinds)
        largest = kinds[0][1]
        parts = []
        for place, (name, count) in enumerate(kinds):
            y = 26 * place
            width = max(round(420 * count / largest), 2)
            parts.append(text(196, y + 13, name[:28], "mg-num", "end"))
            parts.append(box(206, y, width, 18, "mg-bar-of", radius=3))
            parts.append(text(214 + width, y + 13, f"{count:,}", "mg-num mg-is-value"))
        if more:
            parts.append(text(206, 26 * len(kinds) + 13, f"and {_count(more, 'other kind')}", "mg-fn"))
        width, height = 740, 26 * (len(kinds) + bool(more)) + 20
        return (
            f'<svg class="mg-graph" xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" role="img" aria-label="operations by kind">'
            f"{box(0, 0, width, height, 'mg-ground', radius=0)}{moved(14, 12, *parts)}</svg>"
        )

    # What the panel says of a node: two columns of a heading, what stands beside it, captioned numbers, and words.

    def _panels(self, node: Json) -> list[Json]:
        if node["kind"] == "fold":
            return self._fold_panels(node)
        return self._operation_panels(node) if node["kind"] == "operation" else self._tensor_panels(node)

    def _fold_panels(self, node: Json) -> list[Json]:
        assert self._folding is not None
        fold = self._folding.folds[node["id"]]
        number = len(node["operations"])
        many = _count(number, "operation")
        what = [["operations", ", ".join(f"{n} × {name}" for name, n in _kinds(node["operations"])), ""]]
        if fold.kind == "module":
            words = f"A module: {many}, computed in one call. A click or Enter opens the box."
            return [
                {"heading": f"{node['label']} {node['name']}".strip(), "aside": [["text", "module"]], "terms": what,
                 "say": [["text", words]]},
                {"heading": "What comes out", "aside": [], "terms": self._values(node["outputs"]), "say": []},
            ]  # fmt: skip
        same = "the same operation" if number == 1 else f"the same {many}"
        words = f"A loop: {same}, {node['rounds']} times. A click or Enter opens the box, one round at a time."
        results = []
        for place in _ends(len(fold.rounds), 6):
            if place is not None:
                last = [op for op, (round_, _) in fold.steps.items() if round_ == place][-1]
                ((name, value, hue),) = self._values([self._nodes[last]["output"]])
                results.append([f"round {place + 1}", value, hue])
            else:
                results.append(["\u00a0", "…", ""])
        return [
            {"heading": node["label"], "aside": _spaced([["code", node["name"]]])[1:], "terms": what,
             "say": [["text", words]]},
            {"heading": "What each round makes last", "aside": [], "terms": results, "say": []},
        ]  # fmt: skip

    def _values(self, keys: list[str]) -> list[list[str]]:
        nodes = [self._nodes[key] for key in keys]
        return [[n["name"], n["value"]["text"] if n["value"] else n["why_no_value"], "value"] for n in nodes]

    def _line(self, number: int | None) -> list[list[str]]:
        text = next((line["text"].strip() for line in self._trace["code"] if line["number"] == number), None)
        if number is None:
            return []
        return [["text", f"line {number}"]] if text is None else [["text", f"line {number}: "], ["code", text]]

    def _operation_panels(self, node: Json) -> list[Json]:
        terms = []
        for local in node["locals"]:
            if local["value"] is None:
                terms.append([f"input {local['slot'] + 1}", local["formula"], "value"])
            else:
                words = f"{local['prefix']} {local['value']['text']}".strip()
                terms.append([local["formula"], words, "value"])
        saved = [
            [
                f"{entry['name']} ({entry['of']}, version {entry['version']})",
                entry["value"]["text"] if entry["value"] else entry["state"],
                "value" if entry["state"] == "kept" else "error",
            ]
            for entry in node["saved"]
        ]
        diagonal = ""
        if any(local["prefix"] == "diag" for local in node["locals"]):
            diagonal = "diag: each element depends on the input element in its own place, and on no other."
        return [
            {
                "heading": node["operation"],
                "aside": self._line(node["line"]),
                "terms": terms,
                "say": [["text", " ".join(filter(None, [node["note"], diagonal]))]],
            },
            {"heading": "Saved for backward", "aside": [], "terms": saved, "say": _about_saved(node["saved"])},
        ]

    def _tensor_panels(self, node: Json) -> list[Json]:
        name, kind = node["name"], node["kind"]
        value = [["value", node["value"]["text"], "value"] if node["value"] else ["value", node["why_no_value"], ""]]
        grad = [[f"{name}.grad", node["grad"]["text"] if node["grad"] else "None", "grad" if node["grad"] else ""]]
        maker = self._makers.get(node["id"])
        facts = [
            ["shape", shape_text(node["shape"]), ""],
            ["dtype", node["dtype"], ""],
            ["version", str(node["tensor_version"]), ""],
            ["grad_fn", maker["operation"] if maker else "None", ""],
        ]
        code = ["code", name]
        say = {
            "leaf": [
                ["text", "A leaf: no operation made it. "],
                ["code", "backward()"],
                ["text", " adds its gradient into "],
                ["code", f"{name}.grad"],
                ["text", "."],
            ],
            "constant": [["text", "It does not require grad: nothing flows back to "], code, ["text", "."]],
            "output": [["text", "The end of the forward pass: "], ["code", "backward()"], ["text", " starts here."]],
            "intermediate": [
                ["text", "Made by an operation. A gradient passes through "],
                code,
                ["text", " and is not kept: only leaves keep theirs."],
            ],
        }[kind]
        if node["grad"] and kind != "leaf":
            say = [
                ["code", "retain_grad()"],
                ["text", " asked to keep the gradient that passes through "],
                code,
                ["text", "."],
            ]
        return [
            {"heading": name, "aside": [["text", kind], *_spaced(self._line(node["line"]))], "terms": value + grad,
             "say": say},
            {"heading": "About this tensor", "aside": [], "terms": facts, "say": []},
        ]  # fmt: skip


def _spaced(parts: list[list[str]]) -> list[list[str]]:
    return [["text", " · "], *parts] if parts else []


def _count(number: int, what: str) -> str:
    plural = {"leaf": "leaves"}.get(what, f"{what}s")
    return f"{number:,} {what if number == 1 else plural}"


def _about_saved(saved: list[Json]) -> list[list[str]]:
    """What would happen, or has happened, to the saved tensors of an operation."""
    if not saved:
        return [["text", "Nothing: its local derivative can be had without any tensor."]]
    if any(entry["state"] == "freed" for entry in saved):
        return [["text", "Freed by "], ["code", "backward()"], ["text", ": going back through it again would raise. "],
                ["code", "retain_graph=True"], ["text", " keeps it."]]  # fmt: skip
    entry = next((entry for entry in saved if entry["state"] == "modified"), saved[0])
    if entry["state"] == "modified":
        return [["code", entry["of"]], ["text", f" was changed in place after version {entry['version']} was saved: "],
                ["code", "backward()"], ["text", " will raise."]]  # fmt: skip
    name = "its result" if entry["of"] == "result" else entry["of"]
    return [["text", "Changing "], ["code", name], ["text", " in place before "], ["code", "backward()"],
            ["text", f" would raise: the version would no longer be {entry['version']}."]]  # fmt: skip


def _census_panel(counted: Json) -> Json:
    """What to do about a graph that is too big to draw."""
    return {
        "heading": "Too big to draw",
        "aside": [],
        "terms": [
            ["the first operations", f"{' → '.join(counted['first'])} → …", ""],
            ["the last operations", f"… → {' → '.join(counted['last'])}", ""],
        ],
        "say": [
            ["text", "A picture of this many operations could not be read. Look at a part of it: at the loss of one "],
            ["text", "round, or at fewer rounds. A graph that grows from round to round usually keeps a loss or a "],
            ["text", "state of the round before: "],
            ["code", "detach()"],
            ["text", " cuts it off there, "],
            ["code", "loss.item()"],
            ["text", " keeps the number without its graph."],
        ],
    }


def _search_words(node: Json) -> list[str]:
    words = (node.get("name"), node.get("operation"), node.get("symbol"), node.get("label"), node["kind"])
    return [node["id"], " ".join(word for word in words if word)]


def _kinds(operations: list[str]) -> list[tuple[str, int]]:
    count: dict[str, int] = defaultdict(int)
    for name in operations:
        count[name] += 1
    return list(count.items())


def _tally(operations: list[str]) -> str:
    """Operations counted: ``MulBackward0 ×2, AddBackward0``."""
    return ", ".join(name if n == 1 else f"{name} ×{n}" for name, n in _kinds(operations))


def _spread(count: int, most: int) -> list[int]:
    """At most so many places of `count`, evenly spread, both ends included."""
    if count <= most:
        return list(range(count))
    return sorted({round(n * (count - 1) / (most - 1)) for n in range(most)})


def _ends(count: int, most: int) -> list[int | None]:
    """The first and the last places, with None for those between."""
    half = most // 2
    return list(range(count)) if count <= most else [*range(half), None, *range(count - half, count)]


def _packed(value: Json) -> str:
    return base64.b64encode(zlib.compress(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())).decode()
