"""BackwardStepper: forward, then backward, one contribution at a time."""

import json
from collections import defaultdict
from typing import Any

import traitlets

from .engines import check_readable, linked
from .numbers import Json
from .pages import Pages
from .predictions import MISCONCEPTIONS, question
from .trace import trace
from .view import View

# A term is ["term", caption, number, hue], a sign ["sign", text].
Equation = list[list[str]]

INFIX = "+−×÷@·"
TEXT_LINES = 60
MOST_OPERATIONS = 5000


class BackwardStepper(View, front_end="stepper", picture="drawing"):
    """Walk through the forward and the backward pass of ``tensor``: code, graph, equation and sentence in step.

    ``gradient`` is the vector of the vector-Jacobian product, as in ``tensor.backward(gradient)``, needed where
    ``tensor`` is no scalar; ``retain_graph`` is that of ``backward``, which ``passes`` calls so many times in a row:
    with ``passes=2``, the second raises where it needs what the first has freed, or with ``retain_graph=True`` adds to
    every ``.grad``. A walk that raises ends with its error, at the node where it strikes. The passes are real ones, run
    once beforehand; the graph and every ``.grad`` are left as they were.

    ``frame`` is the frame that shows, from 0; ``breakpoints`` are the tensors at which playing stops, by name or by id;
    ``predicting`` asks for each number before it shows; ``predictions`` holds, for each frame that was asked about,
    whether the answer was found. All four can be set.

    Raises TypeError for what is no tensor, what ``tensor.backward(gradient)`` raises before it walks, ValueError for
    ``passes`` below 1 and for more than 5,000 operations, RuntimeError where no Graphviz can be run, and
    ``traitlets.TraitError`` for a ``frame`` or a breakpoint that does not exist.

    >>> import minigrad as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> y = x * x
    >>> BackwardStepper(y)
    Backward pass of y: 6 frames
      1 forward   y = 9
      2 backward  grad of y: 1
      3 backward  MulBackward0: 1 × 3 = 3; grad of x: 0 + 3 = 3
      4 backward  MulBackward0: 1 × 3 = 3; grad of x: 3 + 3 = 6
      5 backward  x.grad: None → 6
      6 end
    """

    data = traitlets.Dict().tag(sync=True)
    frame = traitlets.Int(0).tag(sync=True)
    breakpoints = traitlets.List(traitlets.Unicode()).tag(sync=True)
    predicting = traitlets.Bool(False).tag(sync=True)
    predictions = traitlets.Dict(key_trait=traitlets.Unicode(), value_trait=traitlets.Bool()).tag(sync=True)

    def __init__(self, tensor: Any, gradient: Any = None, *, retain_graph: bool = False, passes: int = 1) -> None:
        if passes < 1:
            raise ValueError(f"passes must be 1 or more, got {passes}")
        check_readable(tensor)
        _refuse_what_is_too_long(linked(tensor))
        self._trace = trace(tensor, gradient, frames=True, retain_graph=retain_graph, passes=passes)
        self._nodes = {node["id"]: node for node in self._trace["nodes"]}
        self._inputs = defaultdict(list)
        for edge in self._trace["edges"]:
            self._inputs[edge["consumer"]].append(edge["source"])
        frames = self._trace["frames"]
        self._pages = Pages(self._trace)
        # As text: ipywidgets would look through each list of thousands of frames for binary data, several times.
        told = [
            json.dumps(self._frame(*given), ensure_ascii=False)
            for given in zip(frames, self._pages.places, strict=True)
        ]
        data = {
            "name": self._trace["name"],
            "pages": [drawing.live() for drawing in self._pages.drawings],
            "labels": self._pages.labels,
            "code": self._trace["code"],
            "turn": next((i for i, frame in enumerate(frames) if frame["phase"] != "forward"), 0),
            "misconceptions": MISCONCEPTIONS,
            "frames": f"[{','.join(told)}]",
        }
        super().__init__(data=data)

    def _frame(self, frame: Json, place: tuple[int, int]) -> Json:
        """What the front end needs of a frame; it shows on a page, and has a place among the frames of that page."""
        shown = {
            "phase": frame["phase"],
            "lines": [frame["line"], frame["call_line"]],
            "place": place,
            "nodes": [key for key in (frame["operation"], frame["tensor"]) if key],
            "tensor": frame["tensor"],
            "equations": self._equations(frame),
            "sentence": frame["sentence"],
            "error": frame["error"],
            "ask": question(frame, self._nodes),
        }
        return {name: value for name, value in shown.items() if value is not None}

    @traitlets.validate("frame")
    def _check_frame(self, proposal: Any) -> int:
        count = len(self._trace["frames"])
        if not 0 <= proposal["value"] < count:
            raise traitlets.TraitError(f"frame must be from 0 to {count - 1}, got {proposal['value']}")
        return proposal["value"]

    @traitlets.validate("breakpoints")
    def _check_breakpoints(self, proposal: Any) -> list[str]:
        tensors = [node for node in self._trace["nodes"] if node["kind"] != "operation"]
        found: dict[str, None] = {}
        for wanted in proposal["value"]:
            keys = [node["id"] for node in tensors if wanted in (node["id"], node["name"])]
            if not keys:
                named = ", ".join(dict.fromkeys(node["name"] for node in tensors[:TEXT_LINES]))
                raise traitlets.TraitError(f"no tensor of this graph is called {wanted!r}; it has {named}")
            found.update(dict.fromkeys(keys))
        return list(found)

    def _equations(self, frame: Json) -> list[Equation]:
        if frame["kind"] == "operation":
            return [self._forward(frame)]
        if frame["kind"] in ("end", "error"):
            return []
        name = self._nodes[frame["tensor"]]["name"]
        new = frame["new"]["text"]
        if frame["kind"] == "seed":
            return [[["term", f"grad of {name}", new, "grad"]]]
        contribution = frame["contribution"]["text"]
        if frame["kind"] == "accumulate":
            if frame["old"] is None:
                return [[["term", f"{name}.grad, old", "None", ""], ["sign", "→"], ["term", "new", new, "grad"]]]
            return [_sum(f"{name}.grad, old", frame["old"]["text"], "gradient that arrived", contribution, new)]
        local = frame["local"]
        result = [["sign", "="], ["term", "contribution", contribution, "grad"]]
        upstream = ["term", "upstream", frame["upstream"]["text"] if frame["upstream"] else "…", "grad"]
        if local["value"] is None:
            product = [upstream, ["sign", "→"], ["term", "rule", local["formula"], "value"], *result]
        else:
            factor = ["term", f"local: {local['formula']}", local["value"]["text"], "value"]
            product = [upstream, ["sign", "×"], factor, *result]
        old = frame["old"]["text"] if frame["old"] else "0"
        return [product, _sum(f"grad of {name}, old", old, "contribution", contribution, new)]

    def _forward(self, frame: Json) -> Equation:
        operation = self._nodes[frame["operation"]]
        terms = [self._value(key) for key in self._inputs[operation["id"]]]
        symbol = operation["symbol"]
        equals = [["sign", "="], self._value(frame["tensor"])]
        if symbol[0] in INFIX and len(terms) == 2:
            return [terms[0], ["sign", symbol], terms[1], *equals]
        if symbol[0] in INFIX and len(symbol) > 1 and len(terms) == 1:
            return [terms[0], ["sign", f"{symbol[0]} {symbol[1:]}"], *equals]
        return [*terms, ["sign", f"→ {symbol} →"], equals[1]]

    def _value(self, key: str) -> list[str]:
        node = self._nodes[key]
        return ["term", node["name"], node["value"]["text"] if node["value"] else node["why_no_value"], "value"]

    def _text(self) -> str:
        frames = self._trace["frames"]
        lines = [f"Backward pass of {self._trace['name']}: {len(frames)} frames"]
        wide = len(str(len(frames)))
        for index, frame in enumerate(frames):
            if len(frames) > TEXT_LINES and index == TEXT_LINES // 2:
                lines.append(f"  … {len(frames) - TEXT_LINES} frames more …")
            if len(frames) <= TEXT_LINES or not TEXT_LINES // 2 <= index < len(frames) - TEXT_LINES // 2:
                lines.append(f"  {index + 1:{wide}} {frame['phase']:<8}  {self._told(frame)}".rstrip())
        return "\n".join(lines)

    def _told(self, frame: Json) -> str:
        if frame["kind"] == "end":
            return ""
        if frame["kind"] == "error":
            words = " ".join(text for _, text in frame["sentence"][:1])
            return f"{words}: {frame['error']['type']}: {frame['error']['text']}"
        node = self._nodes[frame["tensor"]]
        if frame["kind"] == "operation":
            return f"{node['name']} = {self._value(frame['tensor'])[2]}"
        parts = [" ".join(item[-2] if item[0] == "term" else item[1] for item in row) for row in self._equations(frame)]
        if frame["kind"] == "seed":
            return f"grad of {node['name']}: {parts[0]}"
        if frame["kind"] == "accumulate":
            return f"{node['name']}.grad: {parts[0]}"
        return f"{self._nodes[frame['operation']]['operation']}: {parts[0]}; grad of {node['name']}: {parts[1]}"

    def _picture(self) -> str:
        page, place = self._pages.places[-1]
        return self._pages.drawings[page].still(place)


def _refuse_what_is_too_long(tensor: Any) -> None:
    """Raise ValueError, saying what to do, where the graph has more operations than anybody would step through."""
    nodes = {tensor.grad_fn} - {None}
    stack = list(nodes)
    while stack:
        for node, _ in stack.pop().next_functions:
            if node is not None and node not in nodes:
                nodes.add(node)
                stack.append(node)
    operations = sum(bool(node.next_functions) for node in nodes)
    if operations > MOST_OPERATIONS:
        raise ValueError(
            f"the graph has {operations:,} operations, and a stepper walks through {MOST_OPERATIONS:,} at most. Step "
            "through fewer rounds of the loop, or start a new graph on the way: y = y.detach().requires_grad_()."
        )


def _sum(caption: str, old: str, what: str, added: str, new: str) -> Equation:
    return [["term", caption, old, "grad"], ["sign", "+"], ["term", what, added, "grad"], ["sign", "="],
            ["term", "new", new, "grad"]]  # fmt: skip
