"""What an engine did, as plain data: the contract between the engines and every widget.

``trace(t)`` turns the graph behind a tensor, and one backward pass over it, into a JSON-able dict:

- ``nodes``: tensors (kind leaf, intermediate, output or constant) and operations, each with its name in the learner's
  code, its value, what it saved, and the source line that made it;
- ``edges``: from a tensor into an operation, one for each input, so that ``x*x`` has two;
- ``code``: the learner's own lines;
- ``frames``: the forward pass, an operation at a time, and the backward pass, one vector-Jacobian contribution at a
  time: upstream x local = contribution; grad: old + contribution = new. Each has one plain sentence.

The numbers come from a real backward pass under the engine's observer, and the learner's ``.grad`` is put back
afterwards. What was computed unnoted (see ``record``) is shown where a variable or the graph still holds it, else as
"not kept". A tensor that an operation used while it had another value than the one known is shown as "changed since":
numbers that do not go together never stand together.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from .engines import check_tensor, reader
from .engines.records import RESULT, OperationRecord, SavedRecord, TensorRecord
from .frames import CHANGED, Frames, Sentence
from .learner import Code, learner_variables
from .numbers import Json, array_json
from .origins import numbered
from .steps import Step

__all__ = ["Sentence", "Trace", "check_tensor", "trace"]

LONGEST_NAME = 18  # a longer expression is … inside the next one


def trace(
    tensor: Any,
    gradient: Any = None,
    *,
    frames: bool,
    retain_graph: bool = False,
    passes: int = 1,
    variables: Mapping[str, Any] | None = None,
) -> Json:
    """The graph of ``tensor`` and, with ``frames``, the steps of its forward and backward pass.

    The frames tell of ``tensor.backward(gradient, retain_graph=retain_graph)``, called so many times in a row as
    ``passes`` says; where a walk raises, as on a graph that was freed, the last frame is that error. ``variables`` are
    the learner's names, by default those of the code that called the widget. Raises TypeError for what is no tensor,
    and the engine's own errors from before the walk: a RuntimeError where there is no graph or ``gradient`` has the
    wrong shape.
    """
    found = Trace(tensor, learner_variables() if variables is None else variables)
    return found.to_json(Frames(found, gradient, retain_graph, passes).frames if frames else [])


class Trace:
    """The graph behind one tensor, as nodes and edges with names."""

    def __init__(self, tensor: Any, variables: Mapping[str, Any]) -> None:
        self.reader = reader(tensor, variables)
        self.names = self.reader.names
        self.tensors: dict[Hashable, Json] = {}
        self.held: dict[str, int | None] = {}  # for the id of a tensor, the version at which it had its value
        self.strength: dict[str, float] = {}
        self.steps: list[Step] = []
        self.by_node: dict[Any, Step] = {}
        self.edges: list[Json] = []
        self.edge_ids: dict[tuple[Any, int], str] = {}
        operations = self.reader.operations()
        if not operations:
            self._tensor(self.reader.result())
        for operation in operations:
            self._operation(operation)
        self.result = self.tensors[self.reader.key(tensor)]
        self.result["kind"] = "output" if operations else "leaf"
        self._find_lines()

    def _find_lines(self) -> None:
        # What was computed unnoted has the line, as a leaf has, where its variable is defined.
        noted = {output for step in self.steps if step.record.line for output in step.outputs}
        given = {
            entry["id"]: self.names[key]
            for key, entry in self.tensors.items()
            if key in self.names and entry["id"] not in noted
        }
        self.code = Code((step.record.line for step in self.steps), given.values())
        for step in self.steps:
            step.line = self.code.number(step.record.line) or self.code.definition(given.get(step.output, ""))
        lines = {output: step.line for step in self.steps for output in step.outputs}
        for entry in self.tensors.values():
            entry["line"] = lines.get(entry["id"]) or self.code.definition(given.get(entry["id"], ""))

    def _operation(self, record: OperationRecord) -> None:
        step = Step(record, f"op{len(self.steps)}")
        self.steps.append(step)
        self.by_node[record.node] = step
        for slot, given in enumerate(record.inputs):
            if given.tensor is None:
                step.inputs.append(None)
                step.written.append(("…" if given.number is None else _plain(given.number), 3))
                continue
            entry = self._tensor(given.tensor)
            if entry["name"] == "leaf" and given.parameter:
                entry["name"], entry["parameter"] = given.parameter, True
            step.inputs.append(entry["id"])
            held = self.held[entry["id"]]
            if None not in (given.used_version, held) and given.used_version != held:
                entry["value"], entry["why_no_value"] = None, CHANGED
            name = entry["name"]
            step.written.append((name, self.strength[entry["id"]]) if len(name) <= LONGEST_NAME else ("…", 3))
            identity = f"e{len(self.edges)}"
            self.edge_ids[record.node, slot] = identity
            self.edges.append(
                {
                    "id": identity,
                    "source": entry["id"],
                    "consumer": step.id,
                    "slot": slot,
                    "carries_gradient": given.carries_gradient,
                }
            )
        for output in record.outputs:
            entry = self._tensor(
                output, step.expression(output.output_nr), 3 if step.word is None else step.word.strength
            )
            step.outputs.append(entry["id"])

    def _tensor(self, record: TensorRecord, expression: str = "", strength: float = 3) -> Json:
        if record.key in self.tensors:
            return self.tensors[record.key]
        given = self.names.get(record.key)
        entry: Json = {
            "id": f"t{len(self.tensors)}",
            "kind": record.kind,
            "name": given or expression or ("leaf" if record.kind == "leaf" else "data"),
            "shape": list(record.shape),
            "dtype": record.dtype,
            "value": array_json(record.value),
            "grad": array_json(record.grad),
            "tensor_version": record.current_version,
            "line": None,
            "why_no_value": None if record.value is not None else "not kept",
            "parameter": False,
        }
        self.tensors[record.key] = entry
        self.strength[entry["id"]] = 3 if given else strength
        self.held[entry["id"]] = record.version
        return entry

    # As plain data

    def to_json(self, frames: list[Json]) -> Json:
        """The trace, with these frames."""
        origins = [step.record.origin for step in self.steps]
        return {
            "version": 1,
            "engine": self.reader.engine,
            "name": self.result["name"],
            "nodes": [*self.tensors.values(), *map(self._operation_json, self.steps, numbered(origins))],
            "edges": self.edges,
            "code": self.code.lines,
            "modules": dict(itertools.chain(*(origin.modules for origin in origins if origin))),
            "frames": frames,
        }

    def measure_locals(self, step: Step) -> list[np.ndarray | None]:
        """The local derivatives as numbers: what the node's own rule makes of a cotangent of ones.

        Empty where the rule is no multiplication by one number for each element, or its saved tensors are gone.
        """
        if not step.locals:
            step.locals = [None] * len(step.inputs)
            if step.pointwise:
                try:
                    step.locals = self.reader.apply_to_ones(step.record)
                except RuntimeError:
                    return step.locals
        return step.locals

    def _operation_json(self, step: Step, origin: Json) -> Json:
        local = self.measure_locals(step)
        diagonal = step.pointwise and step.record.outputs[0].shape != ()
        same = [i for i in step.inputs if i is not None]
        note = ""
        if len(same) > len(set(same)):
            note = f"Both inputs are {step.names[0]}: two edges, two contributions."
        return {
            "id": step.id,
            "kind": "operation",
            "operation": step.name,
            "symbol": step.symbol(),
            "output": step.output,
            "outputs": step.outputs,
            "line": step.line,
            **origin,
            "locals": [
                {
                    "slot": slot,
                    "formula": step.formula(slot),
                    "prefix": "diag" if diagonal else "",
                    "value": array_json(local[slot]),
                }
                for slot, given in enumerate(step.record.inputs)
                if given.carries_gradient
            ],
            "saved": [self._saved_json(step, saved) for saved in step.record.saved],
            "note": note,
        }

    @staticmethod
    def _saved_json(step: Step, saved: SavedRecord) -> Json:
        result = saved.source == RESULT
        return {
            "name": saved.name,
            "of": "result" if result else step.names[saved.source],
            "tensor": step.output if result else step.inputs[saved.source],
            "version": saved.version,
            "value": array_json(saved.value),
            "state": saved.state,
        }


def _plain(value: float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
