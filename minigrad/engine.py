"""The backward walk: one loop, newest node first.

A node runs when all its uses have reported their contributions. Gradients wait in a dict during the walk and never
on nodes, so a second pass starts clean. The walk keeps its own heap instead of recursing: a graph of a hundred
thousand operations is walked like one of ten.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from heapq import heapify, heappop, heappush
from operator import attrgetter
from typing import Any, Protocol

import numpy as np

from . import anomaly
from .grad_mode import mode
from .graph import AccumulateGrad, Edge, Node
from .tensor import Tensor, wrap


class Observer(Protocol):
    """Who is told, as it happens, of every contribution of a backward pass. All gradients are arrays."""

    def seed(self, node: Node, gradient: np.ndarray) -> None:
        """The walk starts at ``node`` with this cotangent."""

    def contribution(
        self, node: Node, slot: int, upstream: list, contribution: np.ndarray, old: np.ndarray | None, new: np.ndarray
    ) -> None:
        """``node`` sent ``contribution`` to its input ``slot``, where ``old`` had arrived: ``new`` is the sum."""

    def accumulate(self, leaf: AccumulateGrad, gradient: np.ndarray, old: np.ndarray | None, new: np.ndarray) -> None:
        """The complete gradient was added to ``leaf.variable.grad``."""


class _Observation(threading.local):
    observer: Observer | None = None


_observation = _Observation()


@contextmanager
def observed_by(observer: Observer) -> Iterator[None]:
    """Tell ``observer`` of every backward pass this thread runs inside the ``with`` block."""
    before, _observation.observer = _observation.observer, observer
    try:
        yield
    finally:
        _observation.observer = before


def run(
    roots: list[Edge],
    gradients: list[Any],
    *,
    keep_graph: bool,
    create_graph: bool,
    captures: Mapping[Edge, int] | None = None,
    only: Collection[Node] | None = None,
    since: int = 0,
) -> list[Any]:
    """Send the cotangents ``gradients`` back from ``roots``.

    Without ``captures`` the gradients end in the ``grad`` of the leaves. With it they are caught where they arrive
    and returned, in the order its values say, and no ``grad`` changes. With ``only``, the walk goes to these nodes and
    no further; nodes older than ``since`` are not looked behind. Gradients are Tensors where
    ``create_graph``, else arrays.
    """
    waiting = _count_uses(roots, since)
    wanted: set[Node] | None = None
    ends: set[Node] = set()
    if captures is not None:
        ends = {node for node, _ in captures}
        wanted = _on_the_way_to(ends, waiting)
    elif only is not None:
        wanted = _on_the_way_to(only, waiting).union(only)
    caught: list[Any] = [None] * len(captures or ())
    observer = _observation.observer
    check_nan = anomaly.state.enabled and anomaly.state.check_nan
    arrived: dict[Node, list] = {}
    ready: list[tuple[int, Node]] = []
    for (node, nr), gradient in zip(roots, gradients, strict=True):
        if node not in arrived:
            arrived[node] = [None] * len(node.shapes)
            if not waiting[node]:
                ready.append((-node.sequence, node))
        inbox = arrived[node]
        inbox[nr] = gradient if inbox[nr] is None else inbox[nr] + gradient
        if observer is not None:
            observer.seed(node, _array(gradient))
    heapify(ready)
    found = mode.enabled, mode.in_gradient_rule
    mode.enabled = mode.in_gradient_rule = create_graph
    try:
        while ready:
            node = heappop(ready)[1]
            inbox = arrived.pop(node, _NOTHING)  # nothing where none of the uses sent a gradient
            hooks = node.hooks
            if wanted is not None:
                # PyTorch's order: what is caught on the way is caught before the hooks, at the end after them.
                passes = node in wanted
                if hooks is not None and node in ends and not passes and inbox:
                    inbox = hooks.of_outputs(inbox, create_graph)
                if captures is not None:
                    for nr, gradient in enumerate(inbox):
                        if (node, nr) in captures:
                            caught[captures[node, nr]] = gradient
                if not passes:
                    continue
            if hooks is not None:
                told = hooks.before_rule(hooks.of_outputs(inbox or [None] * len(node.shapes), create_graph))
                inbox = told if any(gradient is not None for gradient in told) else []
            if type(node) is AccumulateGrad:
                if inbox:
                    _accumulate(node, inbox, create_graph, observer)
                if hooks is not None:
                    hooks.after_rule(node, (), told)
                continue
            try:
                results = node.vjp(inbox) if inbox else node.without_gradient()
                if check_nan:
                    anomaly.check(node, results)
            except Exception:
                if anomaly.state.enabled:
                    anomaly.warn_of(node)
                raise
            if hooks is not None:
                if wanted is not None:  # a hook hears of what was asked for alone
                    asked = [maker in wanted or maker in ends for maker in node.makers]
                    results = tuple([g if there else None for g, there in zip(results, asked, strict=True)])
                results = hooks.after_rule(node, results, told)
            slot = -1
            for target in node.makers:
                slot += 1
                if target is None:
                    continue
                gradient = results[slot]
                if gradient is not None:
                    nr = node.maker_outputs[slot]
                    shapes, dtype = target.shapes, target.numpy_dtypes[nr]
                    if create_graph or gradient.shape != shapes[nr] or gradient.dtype is not dtype:
                        gradient = fit(gradient, shapes[nr], dtype)
                    there = arrived.get(target)
                    if there is None:
                        there = arrived[target] = [None] * len(shapes)
                    old = there[nr]
                    new = there[nr] = gradient if old is None else old + gradient
                    if observer is not None:
                        observer.contribution(
                            node, slot, [_array(g) for g in inbox], _array(gradient), _array(old), _array(new)
                        )
                waiting[target] = left = waiting[target] - 1
                if not left:
                    heappush(ready, (-target.sequence, target))
            if not keep_graph:
                node.release()
            # A gradient that nobody else holds can become a leaf's grad as it is.
            results, gradient, old, new, there = (), None, None, None, None
    finally:
        mode.enabled, mode.in_gradient_rule = found
    return caught


_NOTHING: list[Any] = []


def _count_uses(roots: list[Edge], since: int) -> dict[Node, int]:
    """For each node behind the roots, how many contributions it has to wait for."""
    uses: dict[Node, int] = {}
    for node, _ in roots:
        uses[node] = 0
    stack = list(uses)
    while stack:
        for target in stack.pop().makers:
            if target is not None:
                if target in uses:
                    uses[target] += 1
                else:
                    uses[target] = 1
                    if target.sequence >= since:
                        stack.append(target)
    return uses


def _on_the_way_to(ends: Collection[Node], nodes: dict[Node, int]) -> set[Node]:
    """The nodes whose gradient rule must run for gradients to arrive at ``ends``."""
    wanted: set[Node] = set()
    for node in sorted([n for n in nodes if n.makers], key=attrgetter("sequence")):
        if any(maker in wanted or maker in ends for maker in node.makers):
            wanted.add(node)
    return wanted


def fit(gradient: Any, shape: tuple[int, ...], dtype: np.dtype) -> Any:
    """The gradient in the shape and dtype of the tensor it belongs to.

    What was broadcast in the forward pass is summed here, once for all rules: a value used in several places
    collects the gradient of each.
    """
    array = gradient._array if isinstance(gradient, Tensor) else gradient
    if array.shape != shape:
        extra = array.ndim - len(shape)
        ones = tuple([i for i in range(array.ndim) if i < extra or shape[i - extra] == 1 != array.shape[i]])
        if isinstance(gradient, Tensor):
            gradient = gradient.sum(ones, keepdim=True) if ones and shape else gradient if shape else gradient.sum()
            gradient = gradient.view(shape) if extra and shape else gradient
        else:
            gradient = np.add.reduce(array, ones).reshape(shape)
    if array.dtype != dtype:
        if isinstance(gradient, Tensor):
            return pointwise.ToCopyBackward0.apply(gradient, dtype=dtype)
        return np.asarray(gradient, dtype)
    return gradient


def _accumulate(leaf: AccumulateGrad, inbox: list, create_graph: bool, observer: Observer | None) -> None:
    """Add the gradient in ``inbox`` to the leaf's ``grad``: in place, so that a reference to it sees the sum, unless
    recorded."""
    variable = leaf.variable
    if not variable._requires_grad:  # the flag was turned off after the graph was recorded
        return
    grad = variable._grad
    alone = _holders(inbox) == _ALONE  # before the next line, which is one more holder
    gradient = inbox[0]
    old = None if grad is None or observer is None else grad._array.copy()
    if grad is None and alone and type(gradient) is np.ndarray and _fits_as_it_is(gradient, variable._array):
        variable._grad = wrap(gradient)
    elif grad is None:
        # The array may still be somebody else's (an addition hands one on to both inputs), so it is copied, to memory
        # laid out like the leaf's.
        target = wrap(np.empty_like(variable._array))
        target._array[...] = _array(gradient)
        variable._grad = pointwise.CopyBackwards.apply(target, gradient) if create_graph else target
    elif create_graph:
        variable._grad = grad + gradient
    elif grad._array.flags.writeable:
        np.add(grad._array, gradient, out=grad._array)
        grad._counter[0] += 1
    else:
        in_place.add_(grad, wrap(np.asarray(gradient)))  # which says what is wrong
    if observer is not None:
        assert variable._grad is not None
        observer.accumulate(leaf, _array(gradient), old, variable._grad._array.copy())
    if variable._leaf_hooks is not None:
        for hook in list(variable._leaf_hooks.after_accumulation.values()):
            if (result := hook(variable)) is not None:
                raise TypeError(f"expected Variable, but hook returned '{type(result).__name__}'")


def _holders(inbox: list) -> int:
    """How many refer to the first gradient in ``inbox``."""
    return sys.getrefcount(inbox[0])


# What _holders() says of a gradient that is in ``inbox`` and nowhere else.
_ALONE = _holders([np.empty(0)])


def _fits_as_it_is(gradient: np.ndarray, array: np.ndarray) -> bool:
    """Whether a gradient has memory of its own, laid out like that of the leaf."""
    flags = gradient.flags
    return flags.owndata and flags.writeable and gradient.strides == array.strides


def _array(gradient: Any) -> Any:
    return gradient._array if isinstance(gradient, Tensor) else gradient


from .ops import in_place, pointwise  # noqa: E402 - the operations need the engine's Tensor first
