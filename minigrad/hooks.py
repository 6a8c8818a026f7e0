"""Hooks: functions of the learner's that a backward pass calls with the gradients it has just computed."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from . import dtypes, engine
from .graph import AccumulateGrad, Node
from .tensor import Tensor, wrap

_ids = itertools.count()


class RemovableHandle:
    """What registering a hook returns: ``remove()`` takes the hook away (``torch.utils.hooks.RemovableHandle``)."""

    def __init__(self, hooks: dict[int, Any], hook: Any) -> None:
        self.id = next(_ids)
        self._hooks = hooks
        hooks[self.id] = hook

    def remove(self) -> None:
        """Take the hook away; once more does nothing."""
        self._hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


RemovableHandle.__module__ = "torch.utils.hooks"  # where PyTorch has it: its repr says so


class Hooks:
    """The hooks of one node, in the order a walk calls them: before its rule, after it, after a leaf's ``grad``."""

    def __init__(self) -> None:
        self.of_tensors: dict[int, tuple[int, Callable]] = {}
        self.retaining: dict[int, weakref.ref[Tensor]] = {}
        self.before: dict[int, Callable] = {}
        self.after: dict[int, Callable] = {}
        self.after_accumulation: dict[int, Callable] = {}

    def of_outputs(self, gradients: list, recorded: bool) -> list:
        """The gradients of the outputs after the tensor hooks; then kept where ``retain_grad()`` asked for it."""
        gradients = list(gradients)
        for nr, hook in list(self.of_tensors.values()):
            if gradients[nr] is not None:
                given = _tensor(gradients[nr])
                gradients[nr] = _checked(hook, hook(given), given, gradients[nr])
        for nr, reference in self.retaining.items():
            tensor = reference()
            # An in-place operation has moved the tensor, and what it retains, to a newer node.
            here = tensor is not None and tensor._grad_fn is not None and tensor._grad_fn.hooks is self
            if tensor is not None and here and gradients[nr] is not None:
                gradient = _tensor(gradients[nr]) if recorded else wrap(_array(gradients[nr]).copy())
                tensor._grad = gradient if tensor._grad is None else tensor._grad + gradient
        return gradients

    def before_rule(self, gradients: list) -> list:
        """The gradients of the outputs after the node's own prehooks."""
        for hook in list(self.before.values()):
            gradients = _checked_tuple(hook, hook(_tensors(gradients)), gradients)
        return gradients

    def after_rule(self, node: Node, results: Any, gradients: list) -> tuple:
        """The gradients of the inputs after the node's own hooks."""
        if not self.after:
            return results
        fitted = [
            None if g is None or edge is None else engine.fit(g, edge[0].shapes[edge[1]], edge[0].numpy_dtypes[edge[1]])
            for g, edge in zip(results, node.edges, strict=True)
        ]
        for hook in list(self.after.values()):
            fitted = _checked_tuple(hook, hook(_tensors(fitted), _tensors(gradients)), fitted)
        return tuple(fitted)


def of(node: Node) -> Hooks:
    """The hooks of a node, made where it has none yet."""
    if isinstance(node, AccumulateGrad):
        # The leaf keeps them: its node lives no longer than the graphs it ends.
        if node.variable._leaf_hooks is None:
            node.variable._leaf_hooks = Hooks()
        return node.variable._leaf_hooks
    if node.hooks is None:
        node.hooks = Hooks()
    return node.hooks


def of_tensor(tensor: Tensor) -> tuple[Hooks, int]:
    """The hooks of the node a tensor comes from, or of a leaf, and which output of it the tensor is."""
    node = tensor.grad_fn
    if node is not None:
        return of(node), tensor.output_nr
    if tensor._leaf_hooks is None:
        tensor._leaf_hooks = Hooks()
    return tensor._leaf_hooks, 0


def _checked(hook: Callable, result: Any, given: Tensor, kept: Any) -> Any:
    """What a hook made of a gradient, the gradient itself where it returned None."""
    if result is None:
        return kept
    if not isinstance(result, Tensor):
        raise TypeError(f"expected Variable, but hook returned '{type(result).__name__}'")
    name = getattr(hook, "__name__", type(hook).__name__)
    if result.dtype != given.dtype:
        was, got = (dtypes.of(t._array).type_name for t in (given, result))
        raise RuntimeError(f"hook '{name}' has changed the type of value (was torch.{was} got torch.{got})")
    if result._array.shape != given._array.shape:
        raise RuntimeError(f"hook '{name}' has changed the size of value")
    return result if isinstance(kept, Tensor) else result._array


def _checked_tuple(hook: Callable, results: Any, kept: list) -> list:
    if results is None:
        return kept
    if isinstance(results, Tensor) and len(kept) == 1:
        results = (results,)
    if not isinstance(results, tuple):
        raise TypeError(f"expected tuple, but hook returned '{type(results).__name__}'")
    if len(results) != len(kept):
        name = getattr(hook, "__name__", type(hook).__name__)
        raise RuntimeError(
            f"hook '{name}' has returned an incorrect number of values (got {len(results)}, but expected {len(kept)})"
        )
    return [
        r if r is None or k is None else _checked(hook, r, _tensor(k), k) for r, k in zip(results, kept, strict=True)
    ]


def _tensor(gradient: Any) -> Tensor:
    return gradient if isinstance(gradient, Tensor) else wrap(np.asarray(gradient))


def _tensors(gradients: list) -> tuple:
    return tuple([None if g is None else _tensor(g) for g in gradients])


def _array(gradient: Any) -> np.ndarray:
    return gradient._array if isinstance(gradient, Tensor) else gradient
