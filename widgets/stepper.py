"""BackwardStepper: forward, then backward, one contribution at a time."""

from collections import defaultdict
from typing import Any

import traitlets

from .drawing import Drawing
from .numbers import Json
from .trace import trace
from .view import View

# A term is ["term", caption, number, hue], a sign ["sign", text].
Equation = list[list[str]]

INFIX = "+−×÷@·"
TEXT_LINES = 60


class BackwardStepper(View, front_end="stepper", picture="drawing"):
    """Walk through the forward and the backward pass of ``tensor``: code, graph, equation and sentence in step.

    ``gradient`` is the vector of the vector-Jacobian product, as in ``tensor.backward(gradient)``, needed where
    ``tensor`` is no scalar. ``frame`` is the frame that shows, from 0; set it to jump. The pass is a real one, run
    once beforehand; the graph and every ``.grad`` are left as they were.

    Raises TypeError for what is no tensor, what ``tensor.backward(gradient)`` raises, RuntimeError where no Graphviz
    can be run, and ``traitlets.TraitError`` for a ``frame`` that does not exist.

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

    def __init__(self, tensor: Any, gradient: Any = None) -> None:
        self._trace = trace(tensor, gradient, frames=True)
        self._drawing = Drawing(self._trace)
        self._nodes = {node["id"]: node for node in self._trace["nodes"]}
        self._inputs = defaultdict(list)
        for edge in self._trace["edges"]:
            self._inputs[edge["consumer"]].append(edge["source"])
        frames = self._trace["frames"]
        data = {
            "name": self._trace["name"],
            "picture": self._drawing.live(),
            "code": self._trace["code"],
            "turn": next((i for i, frame in enumerate(frames) if frame["phase"] != "forward"), 0),
            "frames": [
                {
                    "phase": frame["phase"],
                    "line": frame["line"],
                    "call_line": frame["call_line"],
                    "nodes": [key for key in (frame["operation"], frame["tensor"]) if key],
                    "equations": self._equations(frame),
                    "sentence": frame["sentence"],
                }
                for frame in frames
            ],
        }
        super().__init__(data=data)

    @traitlets.validate("frame")
    def _check_frame(self, proposal: Any) -> int:
        count = len(self._trace["frames"])
        if not 0 <= proposal["value"] < count:
            raise traitlets.TraitError(f"frame must be from 0 to {count - 1}, got {proposal['value']}")
        return proposal["value"]

    def _equations(self, frame: Json) -> list[Equation]:
        if frame["kind"] == "operation":
            return [self._forward(frame)]
        if frame["kind"] == "end":
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
        return self._drawing.still(len(self._trace["frames"]) - 1)


def _sum(caption: str, old: str, what: str, added: str, new: str) -> Equation:
    return [["term", caption, old, "grad"], ["sign", "+"], ["term", what, added, "grad"], ["sign", "="],
            ["term", "new", new, "grad"]]  # fmt: skip
