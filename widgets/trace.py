"""What an engine did, as plain data: the contract between the engine and every widget.

``trace(t)`` turns the graph behind a tensor, and one backward pass over it, into a JSON-able dict:

- ``nodes``: tensors (kind leaf, intermediate, output or constant) and operations, each with its name in the learner's
  code, its value, what it saved, and the source line that made it;
- ``edges``: from a tensor into an operation, one for each input, so that ``x*x`` has two;
- ``code``: the learner's own lines;
- ``frames``: the forward pass, an operation at a time, and the backward pass, one vector-Jacobian contribution at a
  time: upstream x local = contribution; grad: old + contribution = new. Each has one plain sentence.

The numbers come from a real backward pass under the engine's observer, and the learner's ``.grad`` is put back
afterwards. Importing this module asks the engine to note, for each operation from then on, its source line and its
value; what was computed before is shown where a variable still holds it, else as "not kept". A tensor that an operation
used while it had another value than the one known is shown as "changed since": numbers that do not go together never
stand together.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from minigrad import engine, no_grad
from minigrad.graph import AccumulateGrad, Node
from minigrad.tensor import Tensor, wrap

from .learner import Code, learner_variables
from .numbers import SUPERSCRIPT, Json, array_json, array_text, number, shape_text
from .origins import numbered
from .vocabulary import WORDS

Sentence = list[list[str]]

LONGEST_NAME = 18  # a longer expression is … inside the next one
CHANGED = "changed since"  # where an operation used another value than the tensor has now


def trace(tensor: Any, gradient: Any = None, *, frames: bool, variables: Mapping[str, Any] | None = None) -> Json:
    """The graph of ``tensor`` and, with ``frames``, the steps of its forward and backward pass.

    ``gradient`` is the cotangent of a non-scalar tensor; ``variables`` are the learner's names, by default those of
    the code that called the widget. Raises TypeError for what is no tensor, and the engine's own errors, such as a
    RuntimeError where there is no graph, it was freed, or ``gradient`` has the wrong shape.
    """
    check_tensor(tensor)
    return _Trace(tensor, learner_variables() if variables is None else variables).to_json(gradient, frames)


def check_tensor(tensor: Any) -> None:
    """Raise TypeError, saying what was given and what to do, for what is no tensor of the engine."""
    if isinstance(tensor, Tensor):
        return
    given = f"{type(tensor).__module__}.{type(tensor).__qualname__}".removeprefix("builtins.")
    advice = (
        "Use minigrad's: import minigrad as torch."
        if given.startswith("torch.")
        else ("Make one with torch.tensor(..., requires_grad=True), or pass the result of a computation.")
    )
    raise TypeError(f"expected a minigrad tensor, got {given}. {advice}")


def index_text(index: tuple) -> str:
    """What stands between the brackets of ``x[...]``; an array of indices is shortened.

    >>> index_text((slice(None), 0)), index_text((slice(1, None, 2),))
    (':, 0', '1::2')
    """

    def part(i: Any) -> str:
        if isinstance(i, slice):
            start, stop, step = ("" if n is None else str(n) for n in (i.start, i.stop, i.step))
            return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"
        return str(i) if isinstance(i, int) else "…"

    return ", ".join(map(part, index))


class _Sentence(list):
    """A sentence in parts, each with its role."""

    def text(self, words: str) -> _Sentence:
        self.append(["text", words])
        return self

    def strong(self, words: str) -> _Sentence:
        self.append(["strong", words])
        return self

    def code(self, words: str) -> _Sentence:
        self.append(["code", words])
        return self


# The graph


def _at(words: tuple[str, ...], slot: int) -> str:
    """What stands for an input; the last for all that follow."""
    return words[min(slot, len(words) - 1)]


class _Step:
    """One operation of the graph."""

    def __init__(self, node: Node, identity: str) -> None:
        self.node = node
        self.id = identity
        self.word = WORDS.get(node.name())
        self.outputs: list[str] = []  # ids of tensors: those of its outputs that the graph uses
        self.inputs: list[str | None] = []  # ids of tensors
        self.written: list[tuple[str, float]] = []  # the inputs as expressions, each with how strongly it binds
        self.parameters = {**getattr(node, "parameters", {})}
        self.locals: list[np.ndarray | None] = []
        self.line: int | None = None

    @property
    def output(self) -> str:
        """The tensor that stands for the operation: its output, the first of several."""
        return self.outputs[0]

    @property
    def pointwise(self) -> bool:
        """Whether the rule multiplies element by element: a reduction does where its output is one number."""
        if self.word is None or not self.word.pointwise:
            return False
        size = math.prod(self.node.shapes[0])
        return self.node.shapes[0] == () or all(math.prod(shape) <= size for shape in self.node.input_shapes)

    def symbol(self) -> str:
        word = self.word
        if word is None:
            return self.node.name().rpartition("::")[2].split("Backward")[0].lower()
        if self.node.name() == "PowBackward0":
            return "x" + number(self.parameters["exponent"]).translate(SUPERSCRIPT)
        constant = next((n for n in getattr(self.node, "numbers", ()) if n is not None), None)
        if constant is not None and word.symbol in "+−×÷":
            return f"{word.symbol}{number(constant)}"
        if self.node.name() == "RsubBackward1":
            return f"{number(self.parameters['other'])}−"
        if word.symbol == "[…]":
            return f"[{index_text(self.parameters['index'])}]"
        return word.symbol.format(**{k: number(v) for k, v in self.parameters.items() if isinstance(v, int | float)})

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.written]

    def expression(self, nr: int = 0) -> str:
        """An output of the operation as the learner would write it, with brackets where they are needed."""
        if self.word is None:
            return f"{self.symbol()}({', '.join(self.names)})"
        template, strength = self.word.expression, self.word.strength
        if template.startswith("{0}.permute") and self._reverses():
            template = "{0}.T"
        called = strength == 3 and not template.startswith("{0}")  # f(a+b) needs no more brackets
        parts = [
            f"({name})"
            if not called
            and (given < strength or (given == strength < 3 and (template[1] != str(slot) or "**" in template)))
            else name
            for slot, (name, given) in enumerate(self.written)
        ]
        given = {
            name: value[0] if isinstance(value, tuple) and len(value) == 1 else value
            for name, value in self.parameters.items()
        }
        index = index_text(self.parameters.get("index", ()))
        return template.format(*parts, **given | {"index": index, "inputs": ", ".join(self.names), "nr": nr})

    def _reverses(self) -> bool:
        dims = self.parameters["dims"]
        return all(d % len(dims) == len(dims) - 1 - i for i, d in enumerate(dims))

    def formula(self, slot: int) -> str:
        """The local derivative with respect to an input, as a formula; where there is no word for it, its name."""
        return self.node.name() if self.word is None else self.text(_at(self.word.formulas, slot))

    def text(self, template: str) -> str:
        """A formula with this operation's parameters in place."""
        if self.node.name() == "PowBackward0":
            a = self.parameters["exponent"]
            power = "" if a == 2 else number(a - 1).translate(SUPERSCRIPT)
            return f"∂out/∂in = {number(a)}·in{power}" if a != 1 else "∂out/∂in = 1"
        constants = {k: number(v) for k, v in self.parameters.items() if isinstance(v, int | float)}
        numbers = getattr(self.node, "numbers", ())
        for slot, word in enumerate(("first", "second")):
            if slot < len(numbers) and numbers[slot] is not None:
                template = re.sub(rf"(?<=[=/−·( ]){word}|^{word}", number(numbers[slot]), template)
                template = template.replace("∂first" if slot else "∂second", "∂in")
        return template.format(**constants)


class _Trace:
    """Reads the graph behind one tensor."""

    def __init__(self, tensor: Tensor, variables: Mapping[str, Any]) -> None:
        self.result = tensor
        self.variables = {
            name: value
            for name, value in variables.items()
            if isinstance(value, Tensor) and isinstance(name, str) and not name.startswith("_")
        }
        self.names: dict[Any, str] = {}
        for name, value in self.variables.items():
            try:
                self.names.setdefault(self._key(value), name)
            except RuntimeError:
                continue  # a view whose history is lost: no business of this graph's, it raises where it is used
        self.tensors: dict[Any, Json] = {}
        self.held: dict[str, int | None] = {}  # for the id of a tensor, the version at which it had its value
        self.strength: dict[str, float] = {}
        self.steps: list[_Step] = []
        self.by_node: dict[Node, _Step] = {}
        self.edges: list[Json] = []
        self.edge_ids: dict[tuple[Node, int], str] = {}
        self.used_outputs: dict[Node, set[int]] = {}
        self._read()
        made = {step: step.node.metadata.get("source") for step in self.steps}
        given = {
            entry["id"]: self.names[key]
            for key, entry in self.tensors.items()
            if entry["kind"] in ("leaf", "constant") and key in self.names
        }
        self.code = Code(made.values(), given.values())
        for step, place in made.items():
            step.line = self.code.number(place)
        lines = {output: step.line for step in self.steps for output in step.outputs}
        for entry in self.tensors.values():
            entry["line"] = lines.get(entry["id"]) or self.code.definition(given.get(entry["id"], ""))

    @staticmethod
    def _key(tensor: Tensor) -> Any:
        grad_fn = tensor.grad_fn
        return id(tensor) if grad_fn is None else (grad_fn, tensor.output_nr)

    def _read(self) -> None:
        root = self.result.grad_fn
        seen: set[Node] = set() if root is None else {root}
        stack = list(seen)
        if root is not None:
            self.used_outputs[root] = {self.result.output_nr}
        while stack:
            for edge in stack.pop().edges:
                if edge is None:
                    continue
                self.used_outputs.setdefault(edge[0], set()).add(edge[1])
                if edge[0] not in seen:
                    seen.add(edge[0])
                    stack.append(edge[0])
        operations = sorted((n for n in seen if not isinstance(n, AccumulateGrad)), key=lambda n: n.sequence)
        if root is None:
            self._tensor(self._key(self.result), self.result._array, kind="leaf", tensor=self.result)
        for node in operations:
            self._operation(node)
        self.tensors[self._key(self.result)]["kind"] = "leaf" if root is None else "output"

    def _operation(self, node: Node) -> None:
        step = _Step(node, f"op{len(self.steps)}")
        self.steps.append(step)
        self.by_node[node] = step
        noted = node.metadata.get("inputs") or (None,) * len(node.edges)
        used = node.metadata.get("used") or (None,) * len(node.edges)
        numbers = getattr(node, "numbers", (None,) * len(node.edges))
        origin = node.metadata.get("origin")
        parameters = origin.parameters if origin else ()
        written: list[tuple[str, float]] = []
        for slot, edge in enumerate(node.edges):
            if edge is not None:
                entry = self._input(*edge)
                if entry["name"] == "leaf" and slot < len(parameters) and parameters[slot]:
                    entry["name"], entry["parameter"] = parameters[slot], True
            elif numbers[slot] is not None:
                step.inputs.append(None)
                written.append((f"{numbers[slot]:g}" if isinstance(numbers[slot], float) else str(numbers[slot]), 3))
                continue
            else:
                constant = noted[slot] if slot < len(noted) else None
                if constant is None:
                    constant = self._saved_constant(node, slot)
                if constant is None:
                    step.inputs.append(None)
                    written.append(("…", 3))
                    continue
                entry = self._tensor(id(constant), constant._array, kind="constant", tensor=constant)
            step.inputs.append(entry["id"])
            if None not in (used[slot], self.held[entry["id"]]) and used[slot] != self.held[entry["id"]]:
                entry["value"], entry["why_no_value"] = None, CHANGED
            name = entry["name"]
            written.append((name, self.strength[entry["id"]]) if len(name) <= LONGEST_NAME else ("…", 3))
            identity = f"e{len(self.edges)}"
            self.edge_ids[node, slot] = identity
            self.edges.append(
                {
                    "id": identity,
                    "source": entry["id"],
                    "consumer": step.id,
                    "slot": slot,
                    "carries_gradient": edge is not None,
                }
            )
        step.written = written
        for nr in sorted(self.used_outputs[node]):
            self._output(step, nr)

    def _output(self, step: _Step, nr: int) -> None:
        node, key = step.node, (step.node, nr)
        given, noted = self.names.get(key), step.node.metadata.get("outputs", {}).get(nr, {})
        output = self._tensor(
            key,
            self._value_of(key, given, noted),
            kind="intermediate",
            expression=step.expression(nr),
            shape=node.shapes[nr],
            dtype=node.numpy_dtypes[nr],
        )
        self.held[output["id"]] = noted.get("version")
        self.strength[output["id"]] = 3 if given or step.word is None else step.word.strength
        step.outputs.append(output["id"])

    def _saved_constant(self, node: Node, slot: int) -> Tensor | None:
        saves = getattr(node, "saves", {})
        for name, (source, *_) in saves.items():
            if source == slot and node.saved_tensors_by_name and name in node.saved_tensors_by_name:
                saved = node.saved_tensors_by_name[name]
                return saved.tensor
        return None

    def _input(self, node: Node, nr: int) -> Json:
        if isinstance(node, AccumulateGrad):
            variable = node.variable
            return self._tensor(id(variable), variable._array, kind="leaf", tensor=variable)
        return self.tensors[node, nr]

    def _value_of(self, key: tuple[Node, int], given: str | None, noted: Json) -> np.ndarray | None:
        """The value of a node's output as it was, from whoever still holds it."""
        version, counter = noted.get("version"), noted.get("counter")
        if noted.get("value") is not None:
            return noted["value"] if counter is None or counter[0] == version else None
        holder = self.variables[given] if given is not None else self.result if key == self._key(self.result) else None
        return None if holder is None or version not in (None, holder._version) else holder._array

    def _tensor(
        self,
        key: Any,
        value: np.ndarray | None,
        *,
        kind: str,
        tensor: Tensor | None = None,
        expression: str = "",
        shape: tuple[int, ...] = (),
        dtype: Any = None,
    ) -> Json:
        if key in self.tensors:
            if kind == "leaf":  # it may have been a constant to an operation before it required grad
                self.tensors[key]["kind"] = kind
            return self.tensors[key]
        if tensor is not None:
            shape, dtype = tensor._array.shape, tensor._array.dtype
        name = self.names.get(key) or expression or ("leaf" if kind == "leaf" else "data")
        variable = tensor if tensor is not None else self.variables.get(self.names.get(key, ""))
        entry: Json = {
            "id": f"t{len(self.tensors)}",
            "kind": kind,
            "name": name,
            "shape": list(shape),
            "dtype": str(dtype),
            "value": array_json(value),
            "grad": None,
            "tensor_version": variable._version if variable is not None else 0,
            "line": None,
            "why_no_value": None if value is not None else "not kept",
            "parameter": False,
        }
        if variable is not None and variable._grad is not None:
            entry["grad"] = array_json(variable._grad._array)
        self.tensors[key] = entry
        self.strength[entry["id"]] = 3
        self.held[entry["id"]] = None if tensor is None else tensor._version
        return entry

    # As plain data

    def to_json(self, gradient: Any, frames: bool) -> Json:
        result = self.tensors[self._key(self.result)]
        steps = _Frames(self, gradient).frames if frames else []
        if frames:
            call = "" if gradient is None else self.names.get(id(gradient), "v")
            self.code.add(f"{result['name']}.backward({call})")
            for frame in steps:
                frame["call_line"] = len(self.code.lines) if frame["phase"] != "forward" else None
        origins = [step.node.metadata.get("origin") for step in self.steps]
        return {
            "version": 1,
            "engine": "minigrad",
            "name": result["name"],
            "nodes": [*self.tensors.values(), *map(self._operation_json, self.steps, numbered(origins))],
            "edges": self.edges,
            "code": self.code.lines,
            "modules": dict(itertools.chain(*(origin.modules for origin in origins if origin))),
            "frames": steps,
        }

    def measure_locals(self, step: _Step) -> list[np.ndarray | None]:
        """The local derivatives as numbers: what the node's own rule makes of a cotangent of ones.

        Empty where the rule is no multiplication by one number for each element, or its saved tensors are gone.
        """
        if not step.locals:
            step.locals = [None] * len(step.inputs)
            if step.pointwise:
                ones = wrap(np.ones(step.node.shapes[0], step.node.numpy_dtypes[0]))
                try:
                    with no_grad():
                        sent = step.node(ones)
                except RuntimeError:
                    return step.locals
                sent = sent if isinstance(sent, tuple) else (sent,)
                step.locals = [None if g is None else g._array for g in sent]
        return step.locals

    def _operation_json(self, step: _Step, origin: Json) -> Json:
        node = step.node
        local = self.measure_locals(step)
        diagonal = step.pointwise and node.shapes[0] != ()
        same = [i for i in step.inputs if i is not None]
        note = ""
        if len(same) > len(set(same)):
            note = f"Both inputs are {step.names[0]}: two edges, two contributions."
        return {
            "id": step.id,
            "kind": "operation",
            "operation": node.name(),
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
                for slot, edge in enumerate(node.edges)
                if edge is not None
            ],
            "saved": list(self._saved_json(step)),
            "note": note,
        }

    def _saved_json(self, step: _Step) -> Iterator[Json]:
        node = step.node
        for name in node.saved_names():
            source, *needed_by = node.saves[name]
            if not any(node.edges[i] is not None for i in needed_by):
                continue
            of = "result" if source < 0 else step.names[source]
            tensor = step.output if source < 0 else step.inputs[source]
            saved = (node.saved_tensors_by_name or {}).get(name)
            if isinstance(saved, np.ndarray):
                continue  # a Python number: the symbol shows it
            state = "freed"
            if saved is not None and saved.counter is not None:
                state = "kept" if saved.counter[0] == saved.version else "modified"
            if saved is None and source >= 0 and tensor is None:
                continue
            yield {
                "name": name,
                "of": of,
                "tensor": tensor,
                "version": saved.version if saved is not None else 0,
                "value": array_json(saved.array) if saved is not None and state == "kept" else None,
                "state": state,
            }


# The frames


class _Frames:
    """Runs the backward pass under the engine's observer and writes down each step."""

    def __init__(self, trace: _Trace, gradient: Any) -> None:
        self.trace = trace
        self.frames: list[Json] = []
        self.arrived: dict[str, int] = {}
        self.tensors = {t["id"]: t for t in trace.tensors.values()}
        self.expected: dict[str, int] = {}
        for edge in trace.edges:
            if edge["carries_gradient"]:
                self.expected[edge["source"]] = self.expected.get(edge["source"], 0) + 1
        for step in trace.steps:
            trace.measure_locals(step)  # before the pass, in case the graph is not kept
        for step in trace.steps:
            self._forward(step)
        with _grads_put_back(trace.result, *(step.node for step in trace.steps)), engine.observed_by(self):
            trace.result.backward(gradient, retain_graph=True)
        self._end()

    def _add(self, **given: Any) -> None:
        frame: Json = {
            "phase": "backward",
            "kind": "",
            "operation": None,
            "edge": None,
            "tensor": None,
            "line": None,
            "call_line": None,
            "upstream": None,
            "local": None,
            "contribution": None,
            "old": None,
            "new": None,
            "arrived": 0,
            "expected": 0,
            "sentence": [],
            "freed": [],
        }
        self.frames.append({**frame, **given})

    def _forward(self, step: _Step) -> None:
        output = step.output
        entry = self.tensors[output]
        names = [self.tensors[tensor]["name"] for tensor in step.outputs]
        sentence = _Sentence().text("Forward: ").code(", ".join(names))
        if len(names) > 1:
            sentence.text(f" are {len(names)} outputs of one operation")
        elif entry["value"] is not None:
            # The equation beside it writes a matrix out; in a sentence it could not be read.
            matrix = len(entry["shape"]) > 1
            sentence.text(" has shape " if matrix else " is ")
            sentence.code(shape_text(entry["shape"]) if matrix else entry["value"]["text"])
        elif entry["why_no_value"] == CHANGED:
            sentence.text(" was computed, and changed in place since")
        else:
            sentence.text(" was computed, but nobody kept its value")
        sentence.text(". The graph remembers ").strong(step.node.name())
        kept = [s["of"] for s in self.trace._saved_json(step)]
        if kept == ["result"]:
            sentence.text(", which saves its own result for the way back.")
        elif kept:
            sentence.text(", which saves ").code(" and ".join(dict.fromkeys(kept))).text(" for the way back.")
        else:
            sentence.text(", which needs to save nothing.")
        self._add(
            phase="forward", kind="operation", operation=step.id, tensor=output, line=step.line, sentence=sentence
        )

    # What the engine tells

    def seed(self, node: Node, gradient: np.ndarray) -> None:
        key = self.trace._key(self.trace.result)
        entry = self.trace.tensors[key]
        name = entry["name"]
        sentence = _Sentence().code("backward()").text(" starts at ").code(name)
        if gradient.ndim == 0:
            sentence.text(" with ").strong("1").text(": the derivative of ").code(name).text(" with respect to itself.")
        else:
            sentence.text(" with v = ").code(array_text(gradient)).text(": one weight for each output.")
        if gradient.ndim == 0 and gradient != 1:
            sentence = _Sentence().code("backward()").text(" starts at ").code(name).text(" with the given gradient ")
            sentence.code(array_text(gradient)).text(".")
        self._add(kind="seed", tensor=entry["id"], new=array_json(gradient), sentence=sentence)

    def contribution(
        self, node: Node, slot: int, upstream: list, contribution: np.ndarray, old: np.ndarray | None, new: np.ndarray
    ) -> None:
        step = self.trace.by_node[node]
        target = step.inputs[slot]
        assert target is not None
        self.arrived[target] = arrived = self.arrived.get(target, 0) + 1
        expected = self.expected[target]
        word = step.word
        local = step.locals[slot] if step.locals else None
        name = self.tensors[target]["name"]
        sentence = _Sentence().strong(node.name()).text(" ")
        constant = next((n for n in getattr(node, "numbers", ()) if n is not None), None)
        if constant is not None and node.name() == "MulBackward0":
            sentence.text(f"multiplies the upstream gradient by {number(constant)}")
        elif word is not None:
            _emphasise(sentence, step.text(_at(word.rules, slot)))
        else:
            sentence.text("applies its gradient rule")
        sentence.text(".")
        if expected > 1:
            if step.inputs.count(target) > 1 and arrived == 1:
                sentence.text(" The other factor is " if word and word.symbol == "×" else " The other input is ")
                sentence.code(name).text(" again, so ").code(name)
                sentence.text(" will receive a second contribution: ").strong("they add").text(".")
            elif arrived < expected:
                sentence.text(" ").code(name).text(f" is used {expected} times: it waits for ")
                more = expected - arrived
                sentence.text(f"{more} more contribution{'s' if more > 1 else ''}.")
            else:
                sentence.text(" This is the last of ").text(f"{expected} contributions to ").code(name)
                sentence.text(": old and new ").strong("add").text(".")
        shrunk = local is not None and upstream[0].shape == node.shapes[0] and local.shape != contribution.shape
        if shrunk:
            sentence.text(f" {name} was broadcast, so its copies are summed.")
        last = all(edge is None for edge in node.edges[slot + 1 :])
        saves = any(s["state"] == "kept" for s in self.trace._saved_json(step))
        self._add(
            kind="contribution",
            operation=step.id,
            edge=self.trace.edge_ids[node, slot],
            tensor=target,
            line=step.line,
            upstream=array_json(upstream[0]) if len(upstream) == 1 else None,
            local={
                "formula": self._local_formula(step, slot),
                "value": array_json(local),
            },
            contribution=array_json(contribution),
            old=array_json(old),
            new=array_json(new),
            arrived=arrived,
            expected=expected,
            sentence=sentence,
            freed=[step.id] if last and saves else [],
        )

    def _local_formula(self, step: _Step, slot: int) -> str:
        if not step.pointwise:
            return step.formula(slot)
        expression, name = (text.replace("**", "^").replace("*", "·") for text in (step.expression(), step.names[slot]))
        if len(expression) > 18 or len(name) > 10:
            formula = "∂out/∂in"
        else:
            formula = f"∂({expression})/∂{name if step.names[slot].isidentifier() else f'({name})'}"
        if step.inputs.count(step.inputs[slot]) > 1:
            factor = "factor" if step.symbol() == "×" else "input"
            formula += f", {('first', 'second', 'third')[slot]} {factor}"
        return formula

    def accumulate(self, leaf: AccumulateGrad, gradient: np.ndarray, old: np.ndarray | None, new: np.ndarray) -> None:
        entry = self.trace.tensors[id(leaf.variable)]
        name = entry["name"]
        sentence = _Sentence().strong("AccumulateGrad").text(" at the leaf ").code(name)
        if old is None:
            sentence.text(": ").code(f"{name}.grad").text(" was None, so it becomes the gradient that arrived.")
        else:
            sentence.text(": ").code(f"{name}.grad").text(" still held ").code(array_text(old))
            sentence.text(" from before. It ").strong("adds, it does not replace").text(".")
        self._add(
            kind="accumulate",
            tensor=entry["id"],
            line=entry["line"],
            contribution=array_json(gradient),
            old=array_json(old),
            new=array_json(new),
            arrived=self.expected.get(entry["id"], 0),
            expected=self.expected.get(entry["id"], 0),
            sentence=sentence,
        )

    def _end(self) -> None:
        leaves = [t["name"] for t in self.trace.tensors.values() if t["kind"] == "leaf"]
        sentence = _Sentence().text("Done: every leaf has its gradient (")
        sentence.code(", ".join(f"{name}.grad" for name in leaves)).text("). ")
        freed = [step.id for step in self.trace.steps if any(self.trace._saved_json(step))]
        if freed:
            sentence.text("Now the graph frees what it saved, unless ").code("retain_graph=True")
            sentence.text("; after that a second backward() raises. ")
        sentence.text("All of this was a rehearsal: your own tensors are as they were.")
        self._add(phase="end", kind="end", sentence=sentence, freed=freed)


def _emphasise(sentence: _Sentence, words: str) -> None:
    """The words, with what carries the idea in bold."""
    before, found, after = words.partition("other")
    sentence.text(before)
    if found:
        sentence.strong(found).text(after)


@contextmanager
def _grads_put_back(result: Tensor, *nodes: Node) -> Iterator[None]:
    """Within it, the leaves accumulate into copies of their ``grad``; afterwards the learner's own are back."""
    ends = (edge[0] for node in nodes for edge in node.edges if edge is not None)
    leaves = {result, *(end.variable for end in ends if isinstance(end, AccumulateGrad))}
    found = [(leaf, leaf._grad) for leaf in leaves]
    try:
        for leaf, grad in found:
            leaf._grad = None if grad is None else grad.detach().clone()
        yield
    finally:
        for leaf, grad in found:
            leaf._grad = grad
