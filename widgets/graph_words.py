"""A computation graph in words: what the panel says of each node, and the text of the whole."""

from __future__ import annotations

from collections import Counter

from .folding import Fold, Folding, Level
from .levels import Levels
from .numbers import Json, shape_text

# A panel is a heading, what stands beside it, captioned numbers [caption, text, hue], and a sentence; `aside` and `say`
# are sentences in parts, [["text" | "code", words], ...].
Panel = Json
Parts = list[list[str]]

TEXT_LINES = 60
TEXT_ROUNDS = 8
PANEL_ROUNDS = 6


class Words:
    """What there is to say of a trace that was folded."""

    def __init__(self, trace: Json, folding: Folding, levels: Levels) -> None:
        self._trace = trace
        self._folding = folding
        self._levels = levels
        self._nodes = {node["id"]: node for node in trace["nodes"]}
        self._operations = [node for node in trace["nodes"] if node["kind"] == "operation"]
        self._makers = {output: node for node in self._operations for output in node["outputs"]}

    def summary(self) -> str:
        """How many tensors, operations and leaves there are."""
        leaves = sum(node["kind"] == "leaf" for node in self._trace["nodes"])
        tensors = len(self._nodes) - len(self._operations)
        return " · ".join((count(tensors, "tensor"), count(len(self._operations), "operation"), count(leaves, "leaf")))

    def text(self) -> str:
        """Every tensor in sight with its value, a line each; of a loop, what its rounds make."""
        lines = self._lines(self._folding.top, "  ")
        if len(lines) > TEXT_LINES:
            half = TEXT_LINES // 2
            lines = [*lines[:half], f"  … {len(lines) - 2 * half} lines more …", *lines[-half:]]
        return "\n".join([f"Graph of {self._trace['name']}: {self.summary()}", *lines])

    def _lines(self, level: Level, indent: str) -> list[str]:
        lines = []
        for node in self._levels.shown(level)["nodes"]:
            if node["kind"] == "fold":
                lines += self._box_lines(self._folding.folds[node["id"]], node, indent)
            elif node["kind"] != "operation":
                lines.append(f"{indent}{self._tensor_line(node)}")
        return lines

    def _tensor_line(self, node: Json) -> str:
        maker = self._makers.get(node["id"])
        words = [node["name"], maker["operation"] if maker else node["kind"], _value(node)]
        if node["grad"]:
            words.append(f"grad {node['grad']['text']}")
        return "  ".join(words)

    def _box_lines(self, fold: Fold, node: Json, indent: str) -> list[str]:
        kinds = Counter[str](node["operations"]).items()
        tally = ", ".join(name if number == 1 else f"{name} ×{number}" for name, number in kinds)
        lines = [indent + "  ".join(filter(None, (f"[{node['label']}]", node["name"], tally)))]
        for place in _ends(len(fold.rounds), TEXT_ROUNDS) if fold.kind == "loop" else []:
            if place is None:
                lines.append(f"{indent}  …")
            else:
                lines.append(f"{indent}  round {place + 1}  {self._tensor_line(self._made_last(fold, place))}")
        return lines

    def _made_last(self, fold: Fold, place: int) -> Json:
        return self._nodes[self._nodes[fold.last(place)]["outputs"][-1]]

    def panels(self, node: Json) -> list[Panel]:
        """The two panels about a node."""
        if node["kind"] == "fold":
            fold = self._folding.folds[node["id"]]
            return self._loop_panels(node, fold) if fold.kind == "loop" else self._module_panels(node)
        return self._operation_panels(node) if node["kind"] == "operation" else self._tensor_panels(node)

    def _module_panels(self, node: Json) -> list[Panel]:
        many = count(len(node["operations"]), "operation")
        words = f"A module: {many}, computed in one call. A click or Enter opens the box."
        made = [[tensor["name"], _value(tensor), "value"] for tensor in map(self._nodes.__getitem__, node["outputs"])]
        heading = f"{node['label']} {node['name']}".strip()
        return [
            {"heading": heading, "aside": [["text", "module"]], "terms": [_operations(node)], "say": [["text", words]]},
            {"heading": "What comes out", "aside": [], "terms": made, "say": []},
        ]

    def _loop_panels(self, node: Json, fold: Fold) -> list[Panel]:
        number = len(node["operations"])
        same = "the same operation" if number == 1 else f"the same {count(number, 'operation')}"
        words = f"A loop: {same}, {node['rounds']} times. A click or Enter opens the box, one round at a time."
        made = [
            ["\u00a0", "…", ""]
            if place is None
            else [f"round {place + 1}", _value(self._made_last(fold, place)), "value"]
            for place in _ends(len(fold.rounds), PANEL_ROUNDS)
        ]
        return [
            {"heading": node["label"], "aside": [["code", node["name"]]], "terms": [_operations(node)],
             "say": [["text", words]]},
            {"heading": "What each round makes last", "aside": [], "terms": made, "say": []},
        ]  # fmt: skip

    def _line(self, number: int | None) -> Parts:
        text = next((line["text"].strip() for line in self._trace["code"] if line["number"] == number), None)
        if number is None:
            return []
        return [["text", f"line {number}"]] if text is None else [["text", f"line {number}: "], ["code", text]]

    def _operation_panels(self, node: Json) -> list[Panel]:
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
            {"heading": "Saved for backward", "aside": [], "terms": saved, "say": self._about_saved(node["saved"])},
        ]

    def _about_saved(self, saved: list[Json]) -> Parts:
        if self._trace["engine"] == "own":
            return [["text", "Whatever its rule refers to: an engine of your own does not tell."]]
        return _about_saved(saved)

    def _tensor_panels(self, node: Json) -> list[Panel]:
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
        if self._trace["engine"] == "own":  # it counts no versions
            del facts[2]
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
            say = [["code", "retain_grad()"], ["text", " keeps the gradient that passes through "], code, ["text", "."]]
        return [
            {"heading": name, "aside": [["text", kind], *_spaced(self._line(node["line"]))], "terms": value + grad,
             "say": say},
            {"heading": "About this tensor", "aside": [], "terms": facts, "say": []},
        ]  # fmt: skip


def count(number: int, what: str) -> str:
    """So many things, in words.

    >>> count(1, "leaf"), count(2000, "leaf")
    ('1 leaf', '2,000 leaves')
    """
    plural = {"leaf": "leaves"}.get(what, f"{what}s")
    return f"{number:,} {what if number == 1 else plural}"


def _value(tensor: Json) -> str:
    return tensor["value"]["text"] if tensor["value"] else tensor["why_no_value"]


def _operations(node: Json) -> list[str]:
    kinds = Counter[str](node["operations"]).items()
    return ["operations", ", ".join(f"{number} × {name}" for name, number in kinds), ""]


def _ends(count: int, most: int) -> list[int | None]:
    """The first and the last places, with None for those between."""
    half = most // 2
    return list(range(count)) if count <= most else [*range(half), None, *range(count - half, count)]


def _spaced(parts: Parts) -> Parts:
    return [["text", " · "], *parts] if parts else []


def _about_saved(saved: list[Json]) -> Parts:
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
