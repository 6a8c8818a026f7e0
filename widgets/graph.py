"""ComputationGraph: the graph behind a tensor, with values, gradients and what is saved; a click tells more."""

from typing import Any

import traitlets

from .drawing import Drawing
from .numbers import Json, shape_text
from .trace import trace
from .view import View

LAYERS = ("values", "gradients", "saved", "names")


class ComputationGraph(View, front_end="graph", picture="drawing"):
    """Show the graph that autograd recorded for ``tensor``: leaves, operations, intermediates, saved tensors.

    ``selected`` is the id of the node that the panel below explains; ``shown`` holds the visible layers, of "values",
    "gradients", "saved" and "names". Names are those of the caller's variables.

    Raises TypeError for what is no tensor, RuntimeError where no Graphviz can be run, and ``traitlets.TraitError`` for
    a ``selected`` or ``shown`` that does not exist.

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

    def __init__(self, tensor: Any) -> None:
        self._trace = trace(tensor, frames=False)
        self._drawing = Drawing(self._trace)
        self._nodes = {node["id"]: node for node in self._trace["nodes"]}
        self._makers = {output: node for node in self._operations() for output in node["outputs"]}
        shown = ["values", "gradients", "names"]
        data = {
            "name": self._trace["name"],
            "summary": self._summary(),
            "picture": self._drawing.live(shown=shown),
            "panels": {key: self._panels(node) for key, node in self._nodes.items()},
        }
        # The panel says something before any click: where there is one, of the last operation that saved something.
        telling = [node for node in self._operations() if node["saved"]] or self._operations() or self._trace["nodes"]
        super().__init__(data=data, selected=telling[-1]["id"], shown=shown)

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> str:
        if proposal["value"] not in self._nodes:
            known = ", ".join(self._nodes)
            raise traitlets.TraitError(f"no node of this graph has the id {proposal['value']!r}; it has {known}")
        return proposal["value"]

    def _operations(self) -> list[Json]:
        return [node for node in self._trace["nodes"] if node["kind"] == "operation"]

    def _summary(self) -> str:
        operations = len(self._operations())
        leaves = sum(node["kind"] == "leaf" for node in self._trace["nodes"])
        tensors = len(self._trace["nodes"]) - operations
        return " · ".join((_count(tensors, "tensor"), _count(operations, "operation"), _count(leaves, "leaf")))

    def _text(self) -> str:
        lines = [f"Graph of {self._trace['name']}: {self._summary()}"]
        for node in self._trace["nodes"]:
            if node["kind"] == "operation":
                continue
            value = node["value"]["text"] if node["value"] else node["why_no_value"]
            maker = self._makers.get(node["id"])
            words = [node["name"], maker["operation"] if maker else node["kind"], value]
            if node["grad"]:
                words.append(f"grad {node['grad']['text']}")
            lines.append("  " + "  ".join(words))
        return "\n".join(lines)

    def _picture(self) -> str:
        return self._drawing.still(shown=self.shown)

    # What the panel says of a node: two columns of a heading, what stands beside it, captioned numbers, and words.

    def _panels(self, node: Json) -> list[Json]:
        return self._operation_panels(node) if node["kind"] == "operation" else self._tensor_panels(node)

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
        return [
            {"heading": name, "aside": [["text", kind], *_spaced(self._line(node["line"]))], "terms": value + grad,
             "say": say},
            {"heading": "About this tensor", "aside": [], "terms": facts, "say": []},
        ]  # fmt: skip


def _spaced(parts: list[list[str]]) -> list[list[str]]:
    return [["text", " · "], *parts] if parts else []


def _count(number: int, what: str) -> str:
    plural = {"leaf": "leaves"}.get(what, f"{what}s")
    return f"{number} {what if number == 1 else plural}"


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
