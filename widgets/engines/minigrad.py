"""Reads a graph of minigrad. Nothing else in the widgets looks inside minigrad's nodes.

Importing this module asks the engine to note, for each operation from then on, its source line and its value.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np

from minigrad import engine, graph, no_grad
from minigrad.graph import AccumulateGrad, Node, SavedTensor, saved_input
from minigrad.ops import in_place
from minigrad.ops.views import CopySlices, follow_base
from minigrad.tensor import Tensor, wrap

from ..learner import learner_frame, learner_line
from ..origins import origin, parameter_name
from .records import RESULT, InputRecord, Observer, OperationRecord, SavedRecord, TensorRecord, named_tensors

SNAPSHOT_ELEMENTS = 4096  # the value of a bigger intermediate is kept by reference, and checked by version


def _note_creation(node: Node, inputs: tuple, output: Tensor) -> None:
    """Keep with a new node what a graph alone does not hold: the learner's line, the value, the inputs.

    With the value stands the version at which it is the value, with the inputs the versions that were used.
    """
    written, before = _overwriting()
    # What is overwritten goes into its operation as another tensor, which has not its version.
    versions = [(written if i is before else i)._counter[0] if isinstance(i, Tensor) else None for i in inputs]
    for i, version in zip(inputs, versions, strict=True):
        if isinstance(i, Tensor):
            _note_value(i, version)
    if written is None:
        _note_value(output, output._counter[0])
    else:  # the value is not there yet: it will be noted where it is used
        node.metadata.setdefault("values", {})[output.output_nr] = (None, None, written._counter[0] + 1)
    node.metadata.update(
        source=learner_line(),
        inputs=tuple(i if isinstance(i, Tensor) and not i.requires_grad and i is not before else None for i in inputs),
        used=tuple(versions),
        origin=origin(learner_frame()),
        parameters=tuple(map(parameter_name, inputs)),
    )


def _overwriting() -> tuple[Any, Any]:
    """The tensor that an in-place operation is about to write to, and what stands for it in the operation."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and str(frame.f_globals.get("__name__")).startswith("minigrad."):
        if frame.f_code in (in_place.apply.__code__, in_place.overwrite.__code__):
            return frame.f_locals["x"], frame.f_locals["before"]
        if frame.f_code is follow_base.__code__:  # part of an in-place operation, but it writes nothing
            break
        frame = frame.f_back
    return None, None


def _note_value(tensor: Tensor, version: int | None) -> None:
    """Note what an operation computed, unless it is known, or the tensor was changed since."""
    if tensor._grad_fn is None:
        return
    values, nr = tensor._grad_fn.metadata.setdefault("values", {}), tensor._output_nr
    known, _, expected = values.get(nr, (None, None, version))
    if known is None and version == expected:
        small = tensor._array.size <= SNAPSHOT_ELEMENTS
        values[nr] = (tensor._array.copy(), None, version) if small else (tensor._array, tensor._counter, version)


graph.creation_observer = _note_creation


class MinigradReader:
    """The graph behind a tensor of minigrad."""

    engine = "minigrad"

    def __init__(self, tensor: Tensor, variables: Mapping[str, Any]) -> None:
        self._result = tensor
        self._variables = named_tensors(variables, Tensor)
        self.names: dict[Hashable, str] = {}
        for name, value in self._variables.items():
            try:
                self.names.setdefault(self.key(value), name)
            except RuntimeError:
                continue  # a view whose history is lost: no business of this graph's, it raises where it is used
        self._tensors: dict[Hashable, TensorRecord] = {}
        self._nodes = self._found()

    def key(self, tensor: Tensor) -> Hashable:
        """The node that made a tensor and which of its outputs it was, or the tensor itself."""
        grad_fn = tensor.grad_fn
        return id(tensor) if grad_fn is None else (grad_fn, tensor.output_nr)

    def result(self) -> TensorRecord:
        """The result, as a leaf."""
        return self._held(self._result, "leaf")

    def operations(self) -> list[OperationRecord]:
        """The operations behind the result, in the order in which they were recorded."""
        return [self._operation(node) for node in self._nodes]

    def _found(self) -> list[Node]:
        root = self._result.grad_fn
        seen: set[Node] = set() if root is None else {root}
        stack = list(seen)
        while stack:
            for edge in stack.pop().edges:
                if edge is not None and edge[0] not in seen:
                    seen.add(edge[0])
                    stack.append(edge[0])
        self._leaves = [n.variable for n in seen if isinstance(n, AccumulateGrad)]
        self._used = {edge for node in seen for edge in node.edges if edge is not None}
        if root is not None:
            self._used.add((root, self._result.output_nr))
        return sorted((n for n in seen if not isinstance(n, AccumulateGrad)), key=lambda n: n.sequence)

    def _operation(self, node: Node) -> OperationRecord:
        inputs = [self._input(node, slot) for slot in range(len(node.edges))]
        noted = _maker(node).metadata
        outputs = [self._output(node, nr) for nr in range(len(node.shapes)) if (node, nr) in self._used]
        return OperationRecord(
            node=node,
            name=node.name(),
            inputs=inputs,
            outputs=outputs,
            parameters={**getattr(node, "parameters", {})},
            saved=list(self._saved(node, inputs)),
            line=noted.get("source"),
            origin=noted.get("origin"),
        )

    def _input(self, node: Node, slot: int) -> InputRecord:
        noted, used = (_at(node.metadata.get(name), slot) for name in ("inputs", "used"))
        edge = node.edges[slot]
        if edge is not None:
            made_by, nr = edge
            if isinstance(made_by, AccumulateGrad):
                tensor = self._held(made_by.variable, "leaf")
            else:
                tensor = self._tensors[made_by, nr]
            parameter = _at(node.metadata.get("parameters"), slot)
            return InputRecord(tensor=tensor, carries_gradient=True, used_version=used, parameter=parameter)
        number = _at(getattr(node, "numbers", None), slot)
        if number is not None:
            return InputRecord(number=number)
        if noted is not None:
            return InputRecord(self._held(noted, "constant"), used_version=used)
        saved = self._saved_constant(node, slot)  # as it was, of what an in-place operation overwrote
        return InputRecord(None if saved is None else self._held(saved, "constant"))

    @staticmethod
    def _saved_constant(node: Node, slot: int) -> Tensor | None:
        for name, (source, *_) in getattr(node, "saves", {}).items():
            saved = (node.saved_tensors_by_name or {}).get(name)
            if source == slot and isinstance(saved, SavedTensor):
                return saved.tensor
        return None

    def _output(self, node: Node, nr: int) -> TensorRecord:
        key = node, nr
        holder = self._result if self.key(self._result) == key else self._variables.get(self.names.get(key, ""))
        # The value as it was, from the note or from whoever still holds it.
        value, counter, version = node.metadata.get("values", {}).get(nr, (None, None, None))
        if counter is not None and counter[0] != version:
            value = None
        elif value is None and holder is not None and version in (None, holder._version):
            value = holder._array
        record = TensorRecord(
            key,
            "intermediate",
            node.shapes[nr],
            str(node.numpy_dtypes[nr]),
            value=value,
            version=version,
            current_version=0 if holder is None else holder._version,
            grad=None if holder is None or holder._grad is None else holder._grad._array,
            output_nr=nr,
        )
        self._tensors[key] = record
        return record

    def _held(self, tensor: Tensor, kind: str) -> TensorRecord:
        record = TensorRecord(
            id(tensor),
            kind,
            tensor._array.shape,
            str(tensor._array.dtype),
            value=tensor._array,
            version=tensor._version,
            current_version=tensor._version,
            grad=None if tensor._grad is None else tensor._grad._array,
        )
        record = self._tensors.setdefault(record.key, record)
        if kind == "leaf":  # it may have been a constant to an operation before it required grad
            record.kind = kind
        return record

    @staticmethod
    def _saved(node: Node, inputs: list[InputRecord]) -> Iterator[SavedRecord]:
        for name in node.saved_names():
            source, *needed_by = getattr(node, "saves", {}).get(name, (RESULT,))
            if needed_by and not any(node.edges[i] is not None for i in needed_by):
                continue
            saved = (node.saved_tensors_by_name or {}).get(name)
            if saved is None and source != RESULT and inputs[source].tensor is None:
                continue
            if saved is None:
                yield SavedRecord(name, source, "freed", 0, None)
            elif isinstance(saved, SavedTensor):  # else it is a Python number: the symbol shows it
                kept = saved.counter[0] == saved.version
                state = "kept" if kept else "modified"
                yield SavedRecord(name, source, state, saved.version, saved.array if kept else None)

    def apply_to_ones(self, operation: OperationRecord) -> list[np.ndarray | None]:
        """What the gradient rule of one operation makes of a cotangent of ones, for each input.

        Raises RuntimeError where its saved tensors are gone.
        """
        node = operation.node
        with no_grad():
            sent = node(wrap(np.ones(node.shapes[0], node.numpy_dtypes[0])))
        return [
            None if g is None or i.tensor is None else g._array.astype(i.tensor.dtype, copy=False)
            for g, i in zip(sent if isinstance(sent, tuple) else (sent,), operation.inputs, strict=True)
        ]

    def vjp(self, operation: OperationRecord, output: TensorRecord, gradient: np.ndarray) -> list[np.ndarray | None]:
        """What one operation sends to each input for a cotangent of one of its outputs.

        Of a graph that was freed too, from the values noted when it was recorded. Raises RuntimeError where a tensor
        that the rule needs is gone or has changed.
        """
        node = operation.node
        gradients: list[np.ndarray | None] = [None] * len(node.shapes)
        gradients[self._output_number(output)] = gradient
        with no_grad(), self._saved_again(operation):
            sent = node.vjp(gradients)
        return list(sent)

    @staticmethod
    def _output_number(output: TensorRecord) -> int:
        assert isinstance(output.key, tuple)
        return output.key[1]

    @contextmanager
    def _saved_again(self, operation: OperationRecord) -> Iterator[None]:
        """Within it, an operation that was freed has what it had saved."""
        node = operation.node
        if node.saved_tensors_by_name is not None:
            yield
            return
        saved: dict[str, Any] = {}
        for name, (source, *_) in getattr(node, "saves", {}).items():
            given = InputRecord(operation.outputs[0]) if source == RESULT else operation.inputs[source]
            if given.tensor is not None and (value := _as_used(given)) is not None:
                saved[name] = saved_input(wrap(value))
            elif given.number is not None:
                saved[name] = np.asarray(given.number, node.numpy_dtypes[0])
        node.saved_tensors_by_name = saved
        try:
            yield
        except KeyError as missing:
            raise RuntimeError(f"{node.name()} needs {missing} again, and nobody has kept it") from None
        finally:
            node.saved_tensors_by_name = None

    def backward(self, gradient: Any, observer: Observer, passes: int, retain_graph: bool) -> None:
        """Run so many backward passes in a row, and leave the graph and every ``grad`` as they were found."""
        # All that a node holds: what it frees differs from one kind to the next.
        found = [dict(node.__dict__) for node in self._nodes]
        told = _Told(observer)
        with self._grads_put_back(), engine.observed_by(told):
            try:
                for _ in range(passes):
                    self._result.backward(gradient, retain_graph=retain_graph)
            except Exception as error:
                told.failure(error)
            finally:
                for node, held in zip(self._nodes, found, strict=True):
                    node.__dict__.update(held)

    @contextmanager
    def _grads_put_back(self) -> Iterator[None]:
        """Within it, gradients accumulate into copies; afterwards the learner's own are back.

        A leaf's hooks that run when its ``grad`` is complete wait as well: they may take an optimizer's step.
        """
        retaining = [
            t for n in self._nodes if n.hooks is not None for r in n.hooks.retaining.values() if (t := r()) is not None
        ]
        tensors = {id(t): t for t in (self._result, *self._leaves, *retaining)}.values()
        found = [(tensor, tensor._grad, tensor._leaf_hooks) for tensor in tensors]
        stepping = [hooks.after_accumulation for _, _, hooks in found if hooks is not None]
        waiting = [dict(hooks) for hooks in stepping]
        try:
            for tensor, grad, _ in found:
                tensor._grad = None if grad is None else grad.detach().clone()
            for hooks in stepping:
                hooks.clear()
            yield
        finally:
            for tensor, grad, _ in found:
                tensor._grad = grad
            for hooks, was in zip(stepping, waiting, strict=True):
                hooks.update(was)


def _maker(node: Node) -> Node:
    """The node that was noted when this one was made: what is written through a view is noted as what wrote it."""
    return node.operation if isinstance(node, CopySlices) and node.operation is not None else node


class _Told:
    """Hands on what minigrad's walk tells."""

    def __init__(self, observer: Observer) -> None:
        self.contribution = observer.contribution
        self._observer = observer

    def seed(self, node: Node, gradient: np.ndarray) -> None:
        self._observer.seed(gradient)

    def accumulate(self, leaf: AccumulateGrad, gradient: np.ndarray, old: np.ndarray | None, new: np.ndarray) -> None:
        self._observer.accumulate(id(leaf.variable), gradient, old, new)

    def failure(self, error: Exception) -> None:
        """Hand on an error from within the walk."""
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if frame.f_code is engine.run.__code__ and "node" in frame.f_locals:
                node = frame.f_locals["node"]
                self._observer.failure(id(node.variable) if isinstance(node, AccumulateGrad) else node, error)
                return
        raise error


def _as_used(given: InputRecord) -> np.ndarray | None:
    """The value that an input had when it was used, None where it is no longer known."""
    assert given.tensor is not None
    changed = None not in (given.used_version, given.tensor.version) and given.used_version != given.tensor.version
    return None if changed else given.tensor.value


def _at(noted: tuple | None, slot: int) -> Any:
    return noted[slot] if noted is not None and slot < len(noted) else None
