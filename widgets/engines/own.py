"""Reads the graph of an engine that a learner wrote, as it is: nothing of minigrad's stands in for a part of it.

Any classes will do that name their parts like this. A tensor has

- ``data``: its numbers, a NumPy array; ``requires_grad``; ``grad``: None, or the array that arrived;
- ``grad_fn``: the node that made it, None for a leaf;
- ``backward()``: the walk, which may take a gradient to start from. To draw the graph it is not needed.

A node has

- ``name``: the operation in one word. "add", "sub", "mul", "div", "neg", "matmul", "sum", "mean", "exp", "log", "tanh"
  and "relu" are drawn with their signs, any other as it is;
- ``inputs``: the tensors it was computed from, in order;
- ``vjp(upstream)``: its gradient rule, on arrays: a contribution for each input, in the shape of that input.

The backward pass that the widgets show is the learner's own ``backward()``. They listen at each node's ``vjp`` as the
walk calls it, and read each leaf's ``grad`` when it is over. A walk that loses, repeats or runs ahead of a contribution
ends there with ``WrongWalk``, at the node where it shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..numbers import array_text
from .records import InputRecord, Observer, OperationRecord, TensorRecord, WrongWalk, named_tensors

OF_A_TENSOR = ("data", "grad", "requires_grad", "grad_fn")
OF_A_NODE = ("name", "inputs", "vjp")


def missing(tensor: Any) -> list[str]:
    """The parts that an object lacks to be a tensor of an engine of one's own."""
    return [part for part in OF_A_TENSOR if not hasattr(tensor, part)]


class OwnReader:
    """The graph behind a tensor of a learner's engine. Raises TypeError where a node lacks a part."""

    engine = "own"

    def __init__(self, tensor: Any, variables: Mapping[str, Any]) -> None:
        self._result = tensor
        self._variables = named_tensors(variables, type(tensor))
        self.names: dict[Hashable, str] = {}
        for name, value in self._variables.items():
            self.names.setdefault(self.key(value), name)
        self._tensors: dict[Hashable, TensorRecord] = {}
        self._made = _made(tensor)
        self._order = {id(made.grad_fn): made for made in self._made}

    def key(self, tensor: Any) -> Hashable:
        """The tensor itself: whatever its class takes for equal."""
        return id(tensor)

    def result(self) -> TensorRecord:
        """The result, as a leaf."""
        return self._record(self._result, "leaf")

    def operations(self) -> list[OperationRecord]:
        """The operations behind the result, each after those that made its inputs."""
        return [
            OperationRecord(
                node=id(made.grad_fn),
                name=str(made.grad_fn.name),
                inputs=[self._input(slot, given) for slot, given in enumerate(made.grad_fn.inputs)],
                outputs=[self._record(made, "intermediate")],
                parameters={},
            )
            for made in self._made
        ]

    def _input(self, slot: int, given: Any) -> InputRecord:
        if given.requires_grad:
            kind = "leaf" if given.grad_fn is None else "intermediate"
            return InputRecord(self._record(given, kind), carries_gradient=True)
        if slot == 1 and np.ndim(given.data) == 0 and id(given) not in self.names:  # the 3 of x * 3
            return InputRecord(number=np.asarray(given.data).item())
        return InputRecord(self._record(given, "constant"))

    def _record(self, tensor: Any, kind: str) -> TensorRecord:
        value = np.array(tensor.data)
        leaf = kind == "leaf"
        grad = np.array(tensor.grad) if leaf and tensor.grad is not None else None
        record = TensorRecord(id(tensor), kind, value.shape, str(value.dtype), value=value, grad=grad)
        return self._tensors.setdefault(record.key, record)

    def apply_to_ones(self, operation: OperationRecord) -> list[np.ndarray | None]:
        """What the gradient rule of one operation makes of a cotangent of ones, for each input.

        None for an input where the rule does not multiply by that, number by number: a matrix product does not.
        Raises RuntimeError where the rule raises.
        """
        made = self._order[operation.node]
        shape = np.shape(made.data)
        probe = np.linspace(2, 3, np.size(made.data)).reshape(shape)
        try:
            ones, others = (_sent(made.grad_fn, made.grad_fn.vjp(given)) for given in (np.ones(shape), probe))
        except Exception as error:
            raise RuntimeError(f"the rule of {made.grad_fn.name} raises {type(error).__name__}") from error
        return [
            local if local is not None and other is not None and _same(probe * local, other) else None
            for local, other in zip(ones, others, strict=True)
        ]

    def vjp(self, operation: OperationRecord, output: TensorRecord, gradient: np.ndarray) -> list[np.ndarray | None]:
        """What one operation sends to each input for a cotangent of its output."""
        node = self._order[operation.node].grad_fn
        return _sent(node, node.vjp(gradient))

    def backward(self, gradient: Any, observer: Observer, passes: int, retain_graph: bool) -> None:
        """Run so many backward passes in a row, and leave the graph and every ``grad`` as they were found.

        What raises within a walk ends it, and is told; what raises before it is raised. Raises TypeError where
        there is no ``backward()``, ValueError for ``retain_graph``.
        """
        if not hasattr(self._result, "backward"):
            raise TypeError(
                f"{type(self._result).__name__} has no backward(): there is no walk yet that could be shown. "
                "ComputationGraph draws its graph without one."
            )
        if retain_graph:
            raise ValueError(
                "retain_graph is a word of PyTorch and minigrad; an engine of your own is only asked for backward()."
            )
        watch = _Watch(observer, self._result, self._made)
        with watch.listening():
            for _ in range(passes):
                if not watch.run(() if gradient is None else (gradient,)):
                    break


class _Watch:
    """Listens to a learner's walk, and holds every step of it against what had arrived."""

    def __init__(self, observer: Observer, result: Any, made: list[Any]) -> None:
        self._observer = observer
        self._result = result
        self._made = made
        inputs = [given for tensor in made for given in tensor.grad_fn.inputs if given.requires_grad]
        self._uses = Counter(map(id, inputs))
        self._leaves = {id(t): t for t in (*inputs, result) if t.grad_fn is None}

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Within it, each node tells of its rule, and gradients accumulate into copies."""
        tensors = {id(t): t for t in (*self._made, *self._leaves.values())}.values()
        grads = [(tensor, tensor.grad) for tensor in tensors]
        nodes = [(tensor.grad_fn, dict(vars(tensor.grad_fn))) for tensor in self._made]
        try:
            for tensor, grad in grads:
                tensor.grad = None if grad is None else np.array(grad)
            for tensor in self._made:
                tensor.grad_fn.vjp = self._telling(tensor)
            yield
        finally:
            for node, held in nodes:
                vars(node).clear()
                vars(node).update(held)
            for tensor, grad in grads:
                tensor.grad = grad

    def run(self, gradient: tuple) -> bool:
        """One pass; whether it came to a good end."""
        self._arrived: dict[int, np.ndarray] = {}
        self._reports: Counter[int] = Counter()
        self._ran: set[int] = set()
        self._running: Hashable = None
        before = {key: leaf.grad if leaf.grad is None else np.array(leaf.grad) for key, leaf in self._leaves.items()}
        if self._result.grad_fn is None:
            self._start(np.asarray(*gradient) if gradient else np.ones(np.shape(self._result.data)))
        try:
            self._result.backward(*gradient)
            self._check_the_end(before)
        except Exception as error:
            if self._running is None:
                raise
            self._observer.failure(self._running, error)
            return False
        return True

    def _start(self, gradient: np.ndarray) -> None:
        self._arrived[id(self._result)] = gradient
        self._observer.seed(gradient)

    def _telling(self, tensor: Any) -> Any:
        """The rule of the node that made ``tensor``, telling what goes in and what comes out."""
        node = tensor.grad_fn
        rule = node.vjp

        def vjp(upstream: Any) -> tuple:
            self._running = id(node)
            given = _array(upstream, "what went into its vjp")
            if tensor is self._result and not self._ran:
                self._start(given)
            self._check(tensor, given)
            self._ran.add(id(node))
            sent = tuple(rule(upstream))
            for slot, (target, part) in enumerate(zip(node.inputs, _sent(node, sent), strict=True)):
                if target.requires_grad:
                    self._tell(node, slot, given, part)
            return sent

        return vjp

    def _tell(self, node: Any, slot: int, upstream: np.ndarray, part: np.ndarray | None) -> None:
        target = node.inputs[slot]
        self._reports[id(target)] += 1
        if part is None:
            return
        old = self._arrived.get(id(target))
        new = self._arrived[id(target)] = part if old is None else old + part
        self._observer.contribution(id(node), slot, [upstream], part, old, new)

    def _check(self, tensor: Any, upstream: np.ndarray) -> None:
        """Raise WrongWalk unless a node runs once, when all has arrived, with all that has arrived."""
        node, uses, reports = tensor.grad_fn, self._uses[id(tensor)], self._reports[id(tensor)]
        if id(node) in self._ran:
            raise WrongWalk(f"{node.name} runs a second time in one pass, and sends its gradient on twice.")
        if reports < uses:
            raise WrongWalk(
                f"{node.name} runs when {reports} of {uses} contributions to its output have arrived. A node must "
                "wait for all of them."
            )
        arrived = self._arrived.get(id(tensor))
        if arrived is not None and not _same(arrived, upstream):
            raise WrongWalk(
                f"{node.name} runs with {array_text(upstream)}, and what was sent to its output adds up to "
                f"{array_text(arrived)}."
            )

    def _check_the_end(self, before: Mapping[int, np.ndarray | None]) -> None:
        """Raise WrongWalk unless every node ran and every leaf has what arrived; tell of each leaf."""
        for tensor in reversed(self._made):
            if id(tensor.grad_fn) not in self._ran:
                self._running = id(tensor.grad_fn)
                raise WrongWalk(f"{tensor.grad_fn.name} never ran: the walk left it out.")
        for key, arrived in self._arrived.items():
            if key not in self._leaves or not self._leaves[key].requires_grad:
                continue
            self._running = key
            old, grad = before[key], self._leaves[key].grad
            new = None if grad is None else _array(grad, "its grad")
            wanted = arrived if old is None else old + arrived
            if new is None or not _same(wanted, new):
                held = "" if old is None else f" on top of the {array_text(old)} from before"
                raise WrongWalk(
                    f"{array_text(arrived)} arrived at this leaf{held}, and its grad is "
                    f"{None if new is None else array_text(new)}."
                )
            self._observer.accumulate(key, arrived, old, new)
        self._running = None


class Linked:
    """A tensor of a learner's engine whose graph can be walked, and counted, as that of the other engines."""

    def __init__(self, result: Any) -> None:
        made = _made(result)
        inputs = [given for tensor in made for given in tensor.grad_fn.inputs if given.requires_grad]
        nodes = {id(given): _LinkedNode("AccumulateGrad") for given in inputs if given.grad_fn is None}
        for tensor in made:
            nodes[id(tensor)] = node = _LinkedNode(str(tensor.grad_fn.name))
            node.next_functions = tuple((nodes.get(id(given)), 0) for given in tensor.grad_fn.inputs)
        self.grad_fn = nodes.get(id(result)) if made else None


class _LinkedNode:
    next_functions: tuple[tuple[_LinkedNode | None, int], ...] = ()

    def __init__(self, name: str) -> None:
        self._name = name

    def name(self) -> str:
        return self._name


def _made(result: Any) -> list[Any]:
    """The tensors that the operations behind a result made, each after those it was computed from."""
    order: list[Any] = []
    seen: set[int] = set()
    stack = [(result, False)]
    while stack:
        tensor, entered = stack.pop()
        if entered:
            order.append(tensor)
        elif tensor.grad_fn is not None and id(tensor) not in seen:
            seen.add(id(tensor))
            lacking = [part for part in OF_A_NODE if not hasattr(tensor.grad_fn, part)]
            if lacking or not hasattr(tensor.grad_fn, "__dict__"):
                raise TypeError(
                    f"a node of an engine of your own needs {', '.join(OF_A_NODE)}, and "
                    f"{type(tensor.grad_fn).__name__} "
                    + (f"lacks {', '.join(lacking)}." if lacking else "has __slots__, where no widget can listen.")
                )
            stack.append((tensor, True))
            stack += [(given, False) for given in reversed(tensor.grad_fn.inputs)]
    return order


def _sent(node: Any, sent: Any) -> list[np.ndarray | None]:
    """Copies of a node's contributions; WrongWalk where one has another shape than its input, or there are too few."""
    sent = list(sent)
    if len(sent) != len(node.inputs):
        raise WrongWalk(f"the vjp of {node.name} gives {len(sent)} contributions for {len(node.inputs)} inputs.")
    parts = [None if part is None else _array(part, "what its vjp gives") for part in sent]
    for given, part in zip(node.inputs, parts, strict=True):
        if part is not None and given.requires_grad and part.shape != np.shape(given.data):
            raise WrongWalk(
                f"{node.name} sends a contribution of shape {part.shape} to an input of shape {np.shape(given.data)}."
            )
    return parts


def _array(given: Any, what: str) -> np.ndarray:
    array = np.array(given)
    if array.dtype.kind not in "fiu":
        raise WrongWalk(f"{what} is a {type(given).__name__}. Gradients are NumPy arrays here.")
    return array


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-5, atol=1e-8, equal_nan=True))
