"""The graph from outside (``torch.autograd.graph``)."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..grad_mode import mode, no_grad
from ..graph import AccumulateGrad, Node
from ..ops import operation
from ..ops.operation import gradient_edge
from ..tensor import Tensor, wrap


class GradientEdge(NamedTuple):
    """A place in the graph that a gradient can be asked for: a node and the number of its output."""

    node: Node
    output_nr: int


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """Where the gradient of a tensor arrives.

    Raises RuntimeError where it requires none.
    """
    edge = gradient_edge(tensor)
    if edge is None:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    return GradientEdge(*edge)


class _Hooks(threading.local):
    def __init__(self) -> None:
        self.stack: list[tuple[Callable, Callable]] = []


_hooks = _Hooks()


class saved_tensors_hooks:
    """Within it, what operations save is what ``pack_hook(tensor)`` makes of it; ``unpack_hook`` gives it back.

    For lessons on what the graph keeps: count it, print it, keep it on disk. Nothing checks whether a tensor that was
    packed is modified in place afterwards. Raises RuntimeError where ``pack_hook`` writes to the tensor, TypeError,
    during ``backward()``, where ``unpack_hook`` gives back no Tensor. Source:
    ``torch.autograd.graph.saved_tensors_hooks``.

    >>> import minigrad as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> with torch.autograd.graph.saved_tensors_hooks(lambda t: t.tolist(), torch.tensor):
    ...     y = (x * x).sum()
    >>> y.backward()
    >>> x.grad
    tensor([2., 4.])
    """

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        self._pair = pack_hook, unpack_hook

    def __enter__(self) -> None:
        # From the first use on, so that who never uses it does not pay for it.
        from . import function

        for module in (operation, function):
            module.saved_input, module.saved_result = _saved_input, _saved_result  # type: ignore[attr-defined]
        _hooks.stack.append(self._pair)

    def __exit__(self, *exception: object) -> None:
        _hooks.stack.pop()


_plain_input, _plain_result = operation.saved_input, operation.saved_result


def _saved_input(tensor: Tensor) -> Any:
    return _Packed(tensor, gradient_edge(tensor)) if _hooks.stack else _plain_input(tensor)


def _saved_result(output: Tensor) -> Any:
    return _Packed(output, None) if _hooks.stack else _plain_result(output)


class _Packed:
    """A saved tensor that hooks keep; ``edge`` is where its gradient goes, None for an operation's own result."""

    def __init__(self, tensor: Tensor, edge: Any) -> None:
        pack, self._unpack = _hooks.stack[-1]
        before = tensor._counter[0]
        with no_grad():
            self._packed = pack(tensor)
        if tensor._counter[0] != before:
            raise RuntimeError(
                "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook "
                "cannot be modified by in-place operations as this can lead to unexpected side-effects. Please open an "
                "issue if you need to perform in-place operations on the input to a pack hook."
            )
        self._of_result = edge is None and tensor._grad_fn is not None
        self._edge = edge

    @property
    def tensor(self) -> Tensor:
        found, mode.in_gradient_rule = mode.in_gradient_rule, False
        try:
            with no_grad():
                tensor = self._unpack(self._packed)
        finally:
            mode.in_gradient_rule = found
        if not isinstance(tensor, Tensor):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                f"{type(tensor).__name__}"
            )
        return tensor

    @property
    def array(self) -> np.ndarray:
        return self.tensor._array

    def as_tensor(self, node: Node) -> Tensor:
        """The value as a Tensor with the history it had when it was packed."""
        tensor = wrap(self.array)
        maker, nr = (node, 0) if self._of_result else self._edge or (None, 0)
        if isinstance(maker, AccumulateGrad):
            tensor._requires_grad, tensor._accumulator = True, weakref.ref(maker)
        else:
            tensor._grad_fn, tensor._output_nr = maker, nr
        return tensor


__all__ = ["GradientEdge", "Node", "get_gradient_edge", "saved_tensors_hooks"]
