"""What the forward pass leaves behind: nodes, edges, saved tensors.

A node is an operation that happened. Its ``next_functions`` point to the nodes of its inputs, so the graph is read
from a result back to the leaves, the way the gradient flows.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from . import dtypes, errors
from .grad_mode import mode
from .tensor import Tensor, wrap

if TYPE_CHECKING:
    from .hooks import Hooks, RemovableHandle

Edge = tuple["Node", int]
# An operation made later is never an input of one made earlier, so this number orders every walk over the graph.
next_sequence = itertools.count().__next__
# Leaves are the exception: they come first in a walk, as soon as all their contributions are in, and free memory.
_LEAF_SEQUENCE = 1 << 62

# Called with each new node, its inputs and its output, where somebody (the widgets) wants to know how it came about.
creation_observer: Callable[[Node, tuple, Tensor], None] | None = None


class Node:
    """One step of the graph (``torch.autograd.graph.Node``): what ``grad_fn`` refers to.

    ``makers`` has one entry for each input of the operation: the node that made it, or None for an input that needs no
    gradient; ``maker_outputs`` says which of its outputs the input was. ``shapes`` and ``numpy_dtypes`` describe the
    outputs.
    """

    # The edges in two parts: a tuple for each edge would double the time the garbage collector takes on long chains.
    makers: tuple[Node | None, ...]
    maker_outputs: tuple[int, ...]
    sequence: int
    shapes: tuple[tuple[int, ...], ...]
    numpy_dtypes: tuple[np.dtype, ...]
    # A Python number that was saved stands there as an array. None once freed.
    saved_tensors_by_name: dict[str, Any] | None = {}
    hooks: Hooks | None = None

    def name(self) -> str:
        """PyTorch's name of the operation, such as ``MulBackward0``."""
        return type(self).__name__

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {hex(id(self))}>"

    @property
    def metadata(self) -> dict:
        """Notes an observer keeps about this node (``torch.autograd.graph.Node.metadata``)."""
        return self.__dict__.setdefault("_metadata", {})

    @property
    def edges(self) -> tuple[Edge | None, ...]:
        """For each input, the node that made it and which of its outputs it was; None where no gradient is needed."""
        return tuple([None if m is None else (m, nr) for m, nr in zip(self.makers, self.maker_outputs, strict=True)])

    @edges.setter
    def edges(self, edges: tuple[Edge | None, ...]) -> None:
        self.makers = tuple([None if edge is None else edge[0] for edge in edges])
        self.maker_outputs = tuple([0 if edge is None else edge[1] for edge in edges])

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The nodes of the inputs, each with the number of the output it was; ``(None, 0)`` needs no gradient."""
        return tuple((None, 0) if edge is None else edge for edge in self.edges)

    @property
    def needs_input_grad(self) -> tuple[bool, ...]:
        """For each input, whether a gradient is wanted."""
        return tuple(maker is not None for maker in self.makers)

    def __getitem__(self, name: str) -> Any:
        """The saved tensor of that name: an array, or a Tensor while the backward pass itself is recorded.

        Raises RuntimeError where it was freed, or modified in place since it was saved.
        """
        if self.saved_tensors_by_name is None:
            raise errors.second_backward()
        saved = self.saved_tensors_by_name[name]
        if type(saved) is not SavedTensor:
            if saved is None:
                return None  # an input that was left out
            if type(saved) is np.ndarray:  # a Python number
                return self.number(name) if mode.enabled else saved
            return saved.as_tensor(self) if mode.enabled else saved.array  # what hooks packed
        if saved.counter[0] != saved.version:
            raise saved.modified(self)
        if mode.enabled:
            return saved.as_tensor(self)
        tensor = saved.tensor
        return saved.result if tensor is None else tensor._array

    def saved_names(self) -> tuple[str, ...]:
        """The names of the tensors this node saved, whether or not they were freed."""
        return ()

    def saved_as_tensor(self, name: str) -> Tensor | None:
        """The saved tensor of that name as a Tensor, None where it was not needed.

        Raises RuntimeError where it was freed, AttributeError where the operation saves nothing of that name.
        """
        if name not in self.saved_names():
            raise AttributeError(f"'{self.name()}' object has no attribute '_saved_{name}'")
        if self.saved_tensors_by_name is None:
            raise errors.second_backward()
        saved = self.saved_tensors_by_name.get(name)
        if isinstance(saved, np.ndarray):
            return wrap(np.asarray(self.number(name)))
        return None if saved is None else saved.as_tensor(self)

    def number(self, name: str) -> float | None:
        """The Python number that was saved under that name, None where none was given."""
        raise NotImplementedError(f"{self.name()} saves no numbers")

    def vjp(self, gradients: list) -> tuple:
        """The vector-Jacobian product: from one gradient per output to one per input, None where none is wanted.

        In the world of arrays, or of Tensors while grad mode is on: the same rule serves both.
        """
        raise NotImplementedError(f"{self.name()} has no gradient rule")

    def without_gradient(self) -> tuple:
        """What the inputs get where no gradient arrived at any output."""
        return (None,) * len(self.makers)

    def __call__(self, *gradients: Tensor | None) -> Any:
        """Apply the gradient rule of this node alone to one cotangent for each of its outputs.

        Returns a Tensor, or a tuple of Tensors for several inputs, as calling a PyTorch ``grad_fn`` does. Recorded
        where grad mode is on. Raises TypeError for another number of cotangents.
        """
        if len(gradients) != len(self.shapes):
            raise TypeError(f"expected {len(self.shapes)} arguments, got {len(gradients)} instead")
        found = mode.in_gradient_rule
        mode.in_gradient_rule = mode.enabled
        try:
            results = self.vjp([g if g is None or mode.enabled else g._array for g in gradients])
        finally:
            mode.in_gradient_rule = found
        tensors = tuple(g if g is None or isinstance(g, Tensor) else wrap(np.asarray(g)) for g in results)
        return tensors[0] if len(tensors) == 1 else tensors

    def register_hook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook(grad_inputs, grad_outputs)`` whenever the rule has run; a tuple it returns replaces grad_inputs.

        Source: ``torch.autograd.graph.Node.register_hook``.
        """
        from . import hooks

        return hooks.RemovableHandle(hooks.of(self).after, hook)

    def register_prehook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook(grad_outputs)`` before the rule runs; a tuple it returns replaces grad_outputs.

        Source: ``torch.autograd.graph.Node.register_prehook``.
        """
        from . import hooks

        return hooks.RemovableHandle(hooks.of(self).before, hook)

    def release(self) -> None:
        """Free what was saved. The node keeps its place in the graph.

        One that saved nothing has nothing to free: through a sum alone, as in PyTorch, ``backward()`` can go twice.
        """
        if self.saved_tensors_by_name:
            self.saved_tensors_by_name = None


def output_of(node: Node, nr: int) -> str:
    """An output of an operation in the words of errors: ``0 of Mul``."""
    return f"{nr} of {re.sub('Backward0?(?=[0-9]*$)', '', node.name())}"


class AccumulateGrad(Node):
    """The end of the graph at a leaf: adds the gradient that arrives to ``variable.grad``."""

    def __init__(self, variable: Tensor) -> None:
        self.variable = variable
        self.makers = self.maker_outputs = ()
        self.sequence = _LEAF_SEQUENCE - next_sequence()
        self.shapes = (variable._array.shape,)
        self.numpy_dtypes = (variable._array.dtype,)

    @property
    def hooks(self) -> Hooks | None:  # type: ignore[override]
        """The hooks of the leaf."""
        return self.variable._leaf_hooks

    def name(self) -> str:
        """PyTorch's name, with its C++ namespace."""
        return "torch::autograd::AccumulateGrad"


class SavedTensor:
    """What an operation keeps for its gradient rule, an input or its result, with the version it had.

    Reading it checks the version, so a gradient is never computed from numbers that changed meanwhile. An
    operation's own result is kept without its ``grad_fn``: the node would otherwise hold itself alive.
    """

    __slots__ = ("counter", "result", "tensor", "version")

    tensor: Tensor | None  # the input
    result: Any  # where there is none, the array of the result
    counter: list[int]
    version: int

    @property
    def array(self) -> np.ndarray:
        """The value, as it is now."""
        return self.result if self.tensor is None else self.tensor._array

    def as_tensor(self, node: Node) -> Tensor:
        """The value as a Tensor with its history."""
        if self.counter[0] != self.version:
            raise self.modified(node)
        if self.tensor is not None:
            return self.tensor
        result = wrap(self.result)
        result._counter, result._grad_fn = self.counter, node
        return result

    def modified(self, node: Node) -> RuntimeError:
        """The error for a tensor that was modified in place since ``node`` saved it."""
        maker: Node | None = node
        nr = 0
        if self.tensor is not None:
            maker, nr = self.tensor.grad_fn, self.tensor._output_nr  # a view follows its base only now
        output = "" if maker is None else f", which is output {output_of(maker, nr)},"
        from .anomaly import state

        type_name = dtypes.of(self.array).type_in_errors
        return errors.modified(type_name, self.array.shape, output, self.counter[0], self.version, state.enabled)


def saved_input(tensor: Tensor) -> SavedTensor:
    """An input of an operation that its gradient rule will read."""
    saved = SavedTensor()
    saved.tensor, saved.counter = tensor, tensor._counter
    saved.version = tensor._counter[0]
    return saved


def saved_result(output: Tensor) -> SavedTensor:
    """The result of an operation that its gradient rule will read."""
    saved = SavedTensor()
    saved.tensor, saved.result, saved.counter = None, output._array, output._counter
    saved.version = output._counter[0]
    return saved
