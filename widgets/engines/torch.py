"""Reads a graph of PyTorch itself: nodes and edges from ``grad_fn``, contributions from hooks on its nodes.

A node of PyTorch does not hold everything. Values that nobody kept, the numbers of ``+ 2``, and source lines are
there where the code ran while ``torch_notes`` took notes.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import torch

from minigrad.ops.operation import Operation

from .records import (
    RESULT,
    InputRecord,
    Observer,
    OperationRecord,
    SavedRecord,
    TensorRecord,
    ends_at_leaf,
    named_tensors,
)
from .torch_notes import KEY, Note, unnoted

_LARGEST = 2**63 - 1  # what PyTorch takes for "to the end"


class TorchReader:
    """The graph behind a tensor of PyTorch."""

    engine = "torch"

    @unnoted()
    def __init__(self, tensor: torch.Tensor, variables: Mapping[str, Any]) -> None:
        _check(tensor)
        self._result = tensor
        self._variables = named_tensors(variables, torch.Tensor)
        self.names: dict[Hashable, str] = {}
        self._holders: dict[Hashable, torch.Tensor] = {}
        for name, value in {**self._variables, "": tensor}.items():
            try:
                key = self.key(value)
            except RuntimeError:
                continue  # a view whose history is lost: no business of this graph's, it raises where it is used
            self._holders.setdefault(key, value)
            if name:
                self.names.setdefault(key, name)
        self._tensors: dict[Hashable, TensorRecord] = {}
        self._find()

    def key(self, tensor: torch.Tensor) -> Hashable:
        """The node that made a tensor and which of its outputs it was, or the tensor itself."""
        grad_fn = tensor.grad_fn
        return id(tensor) if grad_fn is None else (grad_fn, tensor.output_nr)

    def result(self) -> TensorRecord:
        """The result, as a leaf."""
        return self._held(self._result, "leaf")

    @unnoted()
    def operations(self) -> list[OperationRecord]:
        """The operations behind the result, in the order in which they were recorded."""
        operations = [self._operation(node) for node in self._nodes]
        for record in self._unsure:
            if record.version:  # it was written to in place, and nobody noted whether before or after it was used
                record.value = None
        return operations

    def _find(self) -> None:
        root = self._result.grad_fn
        if root is None and self._result.requires_grad:
            with suppress(AssertionError):  # a view of a leaf made in no_grad, which no gradient reaches
                root = torch.autograd.graph.get_gradient_edge(self._result).node
        seen = {} if root is None else {root: None}  # in the order found: another run must give the same ids
        stack = list(seen)
        self._used: set[Hashable] = {self.key(self._result)}
        while stack:
            for node, nr in stack.pop().next_functions:
                self._used.add((node, nr))
                if node is not None and node not in seen:
                    seen[node] = None
                    stack.append(node)
        self._accumulators = [node for node in seen if ends_at_leaf(node)]
        self._nodes = sorted((n for n in seen if not ends_at_leaf(n)), key=lambda n: n._sequence_nr())
        self._unsure: list[TensorRecord] = []

    def _operation(self, node: Any) -> OperationRecord:
        note: Note | None = node.metadata.get(KEY)
        slots = range(len(node.next_functions))
        operation = OperationRecord(
            node=node,
            name=node.name(),
            inputs=[self._input(node, slot, note) for slot in slots],
            outputs=[
                self._output(node, nr, note) for nr in range(len(node._input_metadata)) if (node, nr) in self._used
            ],
            parameters={},
            line=None if note is None else note.line,
            origin=None if note is None else note.origin,
        )
        saved = _saved_by_name(node, operation.name)
        numbers = {name: value for name, value in saved.items() if not isinstance(value, torch.Tensor | _Gone | None)}
        operation.parameters = _parameters(operation, {**numbers, **({} if note is None else note.parameters)})
        operation.saved = list(self._saved(operation, saved))
        return operation

    def _input(self, node: Any, slot: int, note: Note | None) -> InputRecord:
        made_by, nr = node.next_functions[slot]
        given = None if note is None or slot >= len(note.inputs) else note.inputs[slot]
        used = None if given is None else given.version
        if made_by is not None:
            at_leaf = ends_at_leaf(made_by)
            tensor = self._held(made_by.variable, "leaf") if at_leaf else self._tensors[made_by, nr]
            parameter = None if given is None else given.parameter
            return InputRecord(tensor=tensor, carries_gradient=True, used_version=used, parameter=parameter)
        if given is None or given.is_empty:
            return InputRecord()
        if given.number is not None:
            return InputRecord(number=given.number)
        return InputRecord(self._held(given.tensor, "constant"), used_version=used)

    def _output(self, node: Any, nr: int, note: Note | None) -> TensorRecord:
        key, about = (node, nr), node._input_metadata[nr]
        _check(about)
        holder = self._holders.get(key)
        noted = None if note is None else note.outputs.get(nr)
        record = TensorRecord(key, "intermediate", tuple(about.shape), _plain(about.dtype), output_nr=nr)
        self._tensors[key] = record
        if holder is not None:
            record.current_version = holder._version
            record.grad = _array(holder.grad) if holder.retains_grad and holder.grad is not None else None
        if noted is not None:
            record.version = noted.version
            if noted.value is not None:
                record.value = _array(noted.value)
            elif holder is not None and holder._version == noted.version:
                record.value = _array(holder)
        elif holder is not None:
            record.value, record.version = _array(holder), holder._version
            if not holder._is_view():  # a view gets another node with every write
                self._unsure.append(record)
        return record

    def _held(self, tensor: torch.Tensor, kind: str) -> TensorRecord:
        if id(tensor) not in self._tensors:
            _check(tensor)
            grad = tensor.grad if tensor.is_leaf or tensor.retains_grad else None
            self._tensors[id(tensor)] = TensorRecord(
                id(tensor),
                kind,
                tuple(tensor.shape),
                _plain(tensor.dtype),
                value=_array(tensor),
                version=tensor._version,
                current_version=tensor._version,
                grad=None if grad is None else _array(grad),
            )
        record = self._tensors[id(tensor)]
        if kind == "leaf":  # it may have been a constant to an operation before it required grad
            record.kind = kind
        return record

    # Saved tensors

    def _saved(self, operation: OperationRecord, found: dict[str, Any]) -> Iterator[SavedRecord]:
        known = _sources().get(operation.name, {})
        for name, saved in found.items():
            source, *needed_by = known.get(name, (None,))
            if isinstance(saved, torch.Tensor):
                source = self._source(operation, saved, source)
                if source is None:
                    continue
                if source != RESULT and operation.inputs[source].tensor is None:
                    if _is_number(saved):
                        operation.inputs[source].number = saved.item()
                        continue
                    operation.inputs[source].tensor = self._held(saved, "constant")
                self._learn(operation, source, saved)
                yield SavedRecord(name, source, "kept", saved._version, _array(saved))
            elif isinstance(saved, _Gone) and source is not None:
                needed = any(operation.inputs[slot].carries_gradient for slot in needed_by)
                given = None if source == RESULT else operation.inputs[source]
                if needed and (given is None or given.tensor is not None):
                    if given is not None and saved.state == "modified" and given.used_version is None:
                        given.used_version = saved.version
                    yield SavedRecord(name, source, saved.state, saved.version, None)

    def _source(self, operation: OperationRecord, saved: torch.Tensor, known: int | None) -> int | None:
        """Which input a saved tensor is, or RESULT; None for what is neither."""
        if known is not None and known < len(operation.inputs):
            return known  # an in-place operation saves a copy of its input, so the tensor itself says nothing
        if saved.grad_fn is operation.node:
            return RESULT
        key = self.key(saved)
        slots = enumerate(operation.inputs)
        return next((slot for slot, given in slots if given.tensor is not None and given.tensor.key == key), None)

    def _learn(self, operation: OperationRecord, source: int, saved: torch.Tensor) -> None:
        """What an operation saved is the value that a tensor had, and the version at which it was used."""
        given = None if source == RESULT else operation.inputs[source]
        tensor = operation.outputs[0] if given is None else given.tensor
        if tensor is None or tensor.key != self.key(saved):
            return
        if given is not None and given.used_version is None:
            given.used_version = saved._version
        if tensor.value is None and tensor.version in (None, saved._version):
            tensor.value, tensor.version = _array(saved), saved._version
        if tensor.version == saved._version:
            self._unsure = [record for record in self._unsure if record is not tensor]

    # Running it

    @unnoted()
    def apply_to_ones(self, operation: OperationRecord) -> list[np.ndarray | None]:
        """What the gradient rule of one operation makes of a cotangent of ones, for each input.

        Raises RuntimeError where its saved tensors are gone.
        """
        about = operation.node._input_metadata[0]
        with torch.no_grad():
            sent = operation.node(torch.ones(tuple(about.shape), dtype=about.dtype))
        return [
            None if g is None or i.tensor is None else _array(g.to(getattr(torch, i.tensor.dtype)))
            for g, i in zip(sent if isinstance(sent, tuple) else (sent,), operation.inputs, strict=True)
        ]

    @unnoted()
    def vjp(self, operation: OperationRecord, output: TensorRecord, gradient: np.ndarray) -> list[np.ndarray | None]:
        """What one operation sends to each input for a cotangent of one of its outputs.

        Where an input was broadcast, it is as large as the output. Raises RuntimeError where what it saved is gone.
        """
        node = operation.node
        gradients = [torch.zeros(tuple(about.shape), dtype=about.dtype) for about in node._input_metadata]
        gradients[next(nr for nr in range(len(gradients)) if output.key == (node, nr))] = torch.as_tensor(gradient)
        with torch.no_grad():
            sent = node(*gradients)
        return [None if g is None else _array(g) for g in (sent if isinstance(sent, tuple) else (sent,))]

    @unnoted()
    def backward(self, gradient: Any, observer: Observer, passes: int, retain_graph: bool) -> None:
        """Run so many backward passes in a row, and leave the graph and every ``grad`` as they were found.

        What raises within a walk ends it, and is told; what raises before it is raised. Raises TypeError where
        ``gradient`` is a tensor of another engine, and ValueError where the graph would be freed before the last pass.
        """
        if passes > 1 and not retain_graph:
            raise ValueError(
                "the first pass would free this graph, and PyTorch has no way to put back what it frees. To see the "
                "error of a second pass, call backward() first and step then; or keep the graph: retain_graph=True."
            )
        if gradient is not None and not isinstance(gradient, torch.Tensor):
            kind = f"{type(gradient).__module__}.{type(gradient).__qualname__}".removeprefix("builtins.")
            raise TypeError(
                f"gradient must be a PyTorch tensor like the tensor that backward() starts from, got {kind}. "
                "Make it with the same torch: torch.tensor(...)."
            )
        watch = _Watch(observer, [*self._nodes, *self._accumulators])
        handles = [node.register_hook(functools.partial(watch.after, node)) for node in self._nodes]
        handles += [node.register_prehook(functools.partial(watch.before, node)) for node in self._nodes]
        for leaf in self._accumulators:
            handles.append(leaf.register_prehook(functools.partial(watch.before_leaf, leaf)))
            handles.append(leaf.register_hook(functools.partial(watch.after_leaf, leaf.variable)))
        start = torch.ones_like(self._result) if gradient is None else gradient
        try:
            with self._grads_put_back():
                for _ in range(passes):
                    observer.seed(_array(start))
                    watch.begin()
                    self._result.backward(gradient, retain_graph=True)
        except Exception as error:
            node = watch.struck()
            if node is None:
                raise
            observer.failure(id(node.variable) if ends_at_leaf(node) else node, error)
        finally:
            for handle in handles:
                handle.remove()

    @contextmanager
    def _grads_put_back(self) -> Iterator[None]:
        """Within it, gradients accumulate into copies; afterwards the learner's own are back.

        A leaf's hooks that run when its ``grad`` is complete wait as well: they may take an optimizer's step.
        """
        leaves = [leaf.variable for leaf in self._accumulators]
        kept = [tensor for tensor in self._variables.values() if tensor.retains_grad]
        found = [(tensor, tensor.grad) for tensor in {id(t): t for t in (*leaves, *kept)}.values()]
        stepping = [hooks for leaf in leaves if (hooks := leaf._post_accumulate_grad_hooks)]
        waiting = [dict(hooks) for hooks in stepping]
        try:
            for tensor, grad in found:
                tensor.grad = None if grad is None else grad.detach().clone()
            for hooks in stepping:
                hooks.clear()
            yield
        finally:
            for tensor, grad in found:
                tensor.grad = grad
            for hooks, was in zip(stepping, waiting, strict=True):
                hooks.update(was)


class _Watch:
    """The hooks that tell an observer what PyTorch's walk does, and add up contributions as the walk does."""

    def __init__(self, observer: Observer, nodes: list[Any]) -> None:
        self.observer = observer
        self.nodes = nodes
        self.uses = Counter(edge[0] for node in nodes for edge in node.next_functions)
        self.begin()

    def begin(self) -> None:
        """A pass starts."""
        self.arrived: dict[Hashable, torch.Tensor] = {}
        self.reports: Counter[Any] = Counter()
        self.started: set[Any] = set()
        self.old: np.ndarray | None = None
        self.running: Any = None

    def struck(self) -> Any:
        """The node at which the walk ended: the one that runs, or the one whose tensor has a hook that raised.

        None before the walk.
        """
        if self.running is not None or not self.started:
            return self.running
        ready = [n for n in self.nodes if n not in self.started and 0 < self.uses[n] == self.reports[n]]
        return max(ready, key=lambda node: node._sequence_nr())

    def before(self, node: Any, upstream: tuple) -> None:
        self.started.add(node)
        self.running = node

    def after(self, node: Any, sent: tuple, upstream: tuple) -> None:
        self.running = None
        self.reports.update(edge[0] for edge in node.next_functions)
        for slot, (edge, gradient) in enumerate(zip(node.next_functions, sent, strict=True)):
            if edge[0] is None or gradient is None:
                continue
            gradient = gradient.detach()
            old = self.arrived.get(edge)
            new = self.arrived[edge] = gradient if old is None else old + gradient
            self.observer.contribution(
                node,
                slot,
                [None if g is None else _array(g) for g in upstream],
                _array(gradient),
                None if old is None else _array(old),
                _array(new),
            )

    def before_leaf(self, leaf: Any, upstream: tuple) -> None:
        self.started.add(leaf)
        grad = leaf.variable.grad
        self.old = None if grad is None else _array(grad)

    def after_leaf(self, leaf: torch.Tensor, sent: tuple, upstream: tuple) -> None:
        if upstream[0] is not None:
            self.observer.accumulate(id(leaf), _array(upstream[0]), self.old, _array(leaf.grad))


class _Gone:
    """A saved tensor that cannot be read any more, and why."""

    def __init__(self, error: RuntimeError) -> None:
        modified = re.search(r"expected version (\d+) instead", str(error))
        self.state = "modified" if modified else "freed"
        self.version = int(modified[1]) if modified else 0


def _saved_by_name(node: Any, operation: str) -> dict[str, Any]:
    """What a node saved, by name. In a Function of the learner's own the tensors have no names but their numbers."""
    saved: dict[str, Any] = {}
    if isinstance(node, torch.autograd.function.BackwardCFunction):
        with suppress(RuntimeError):  # freed, or modified: PyTorch does not say which
            saved.update((str(i), tensor) for i, tensor in enumerate(node.saved_tensors))
        return saved
    for name in _saved_names(node.__class__, operation):
        try:
            saved[name] = getattr(node, f"_saved_{name}")
        except RuntimeError as error:
            saved[name] = _Gone(error)
    return saved


@functools.cache
def _saved_names(node_type: type, operation: str) -> list[str]:
    """The names under which nodes of a type show what they saved, inputs before results as minigrad has them."""
    names = [name.removeprefix("_saved_") for name in dir(node_type) if name.startswith("_saved_")]
    known = list(_sources().get(operation, {}))
    return sorted(names, key=lambda name: known.index(name) if name in known else len(known))


@functools.cache
def _sources() -> dict[str, dict[str, tuple[int, ...]]]:
    """For each operation, which input each saved tensor is: minigrad's have PyTorch's names."""

    def below(cls: type[Operation]) -> Iterator[type[Operation]]:
        for subclass in cls.__subclasses__():
            yield subclass
            yield from below(subclass)

    return {cls.__name__: cls.saves for cls in below(Operation)}


def _parameters(operation: OperationRecord, given: dict[str, Any]) -> dict[str, Any]:
    """An operation's parameters under minigrad's names, which are mostly PyTorch's, with dimensions counted from 0."""
    given = {name: _signed(value) for name, value in given.items()}
    grows = operation.name in ("UnsqueezeBackward0", "StackBackward0")
    shapes = (
        [operation.outputs[0].shape] if grows else [i.tensor.shape for i in operation.inputs if i.tensor is not None]
    )
    rank = len(shapes[0]) if shapes else 0
    for name, value in given.items():
        if name.startswith("dim") and isinstance(value, tuple):
            given[name] = tuple(d % rank for d in value) if rank else ()
        elif name.startswith("dim") and value is not None:
            given[name] = value % max(rank, 1)
    dim = (slice(None),) * given["dim"] if isinstance(given.get("dim"), int) else ()
    if given.get("correction", 1) is None:
        given["correction"] = 1
    if operation.name == "PowBackward2":
        given["base"] = given["self"]
    elif operation.name == "SelectBackward0":
        given["index"] = (*dim, given["index"])
    elif operation.name == "SliceBackward0":
        start, end, step = given["start"] or None, given["end"], given["step"]
        given["index"] = (*dim, slice(start, None if end == _LARGEST else end, None if step == 1 else step))
    elif operation.name == "IndexBackward0":
        given["index"] = tuple(slice(None) if i is None else i for i in given["indices"])
    return given


def _signed(value: Any) -> Any:
    """A saved number, where PyTorch shows one below 0 as one near 2⁶⁴."""
    if isinstance(value, tuple | list):
        return tuple(map(_signed, value))
    return value - 2**64 if type(value) is int and value > _LARGEST else value


def _is_number(saved: torch.Tensor) -> bool:
    """Whether a saved tensor is really the Python number of ``x * 3``: such a one does not count for promotion."""
    if saved.dim() or saved.requires_grad:
        return False
    narrow = torch.ones((), dtype=torch.float16 if saved.is_floating_point() else torch.int8)
    return torch.result_type(saved, narrow) == narrow.dtype


def _plain(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _array(tensor: torch.Tensor) -> np.ndarray:
    """A copy of the numbers: what stands in a trace does not change afterwards."""
    tensor = tensor.detach()
    if tensor.dtype == torch.bfloat16:  # NumPy has none
        tensor = tensor.float()
    return tensor.clone().numpy()


def _check(about: Any) -> None:
    """Raise TypeError for a tensor, or what a node knows of one, that the widgets cannot show."""
    kind = ""
    if isinstance(about, torch.Tensor) and torch._C._functorch.is_functorch_wrapped_tensor(about):
        kind = "belongs to a transform of torch.func, which keeps its graph to itself"
        advice = "Show what the transform returns, or the same computation with backward()."
    elif about.dtype.is_complex:
        kind, advice = f"is {_plain(about.dtype)}", "Take its real part or its absolute value before the computation."
    elif about.device.type != "cpu":
        kind, advice = f"is on the device {about.device}", "Compute on the CPU: tensor.cpu()."
    elif getattr(about, "is_nested", False) or getattr(about, "is_nested_tensor", False):
        kind, advice = "is nested", "Show one of its parts: tensor.unbind()[0]."
    elif getattr(about, "layout", torch.strided) != torch.strided:
        kind, advice = f"has the layout {_plain(about.layout)}", "Make it dense first: tensor.to_dense()."
    elif isinstance(about, torch.Tensor) and about.is_quantized:
        kind, advice = "is quantized", "Make it floating first: tensor.dequantize()."
    if kind:
        raise TypeError(
            f"the widgets show dense tensors of real numbers on the CPU, and one of this graph {kind}. {advice}"
        )
