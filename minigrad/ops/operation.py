"""What every operation is: a forward on arrays, and one gradient rule per input."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from .. import graph
from ..grad_mode import mode
from ..graph import AccumulateGrad, Edge, Node, next_sequence, saved_input, saved_result
from ..tensor import Tensor, wrap

RESULT = -1


class Operation(Node):
    """An operation of the graph. An instance is a node: this operation, as it happened once.

    A subclass is named as PyTorch names the node and gives:

    - ``forward(*arrays, **parameters)``, a static method on NumPy arrays;
    - ``gradients``, for each input a rule ``(node, g) -> gradient``. It is written in NumPy terms and reads what it
      needs from ``node[name]`` (saved tensors), ``node.parameters`` and ``node.input_shapes``. Handed arrays it is
      fast, handed Tensors the same rule is itself recorded, and second derivatives need no second set of rules.
      A rule may return the shape of the output: the walk sums over broadcast dimensions;
    - ``saves``, what the rules read: name -> (number of the input, or RESULT; then the inputs whose gradients need it).

    """

    forward: ClassVar[Callable[..., Any]]
    gradients: ClassVar[tuple[Callable[[Any, Any], Any], ...]]
    saves: ClassVar[dict[str, tuple[int, ...]]] = {}

    parameters: dict[str, Any] = {}
    _numbers: tuple[float | None, ...] = ()  # up to the last input that was a Python number

    _saves: ClassVar[tuple[tuple[str, int, tuple[int, ...]], ...]]

    def __init_subclass__(cls) -> None:
        cls._saves = tuple((name, source, tuple(needed_by)) for name, (source, *needed_by) in cls.saves.items())

    @classmethod
    def apply(cls, *inputs: Any, **parameters: Any) -> Tensor:
        """Run the operation on Tensors (or Python numbers), recording it where an input needs a gradient."""
        arrays: tuple[Any, ...] = ()
        for i in inputs:  # loops, here and below, where comprehensions would read better: they take longer
            arrays += (i._array if isinstance(i, Tensor) else i,)
        array = cls.forward(*arrays, **parameters)
        output = wrap(array if type(array) is np.ndarray else np.asarray(array))
        if mode.enabled:
            cls.record(inputs, arrays, parameters, output)
        return output

    @classmethod
    def either(cls, *inputs: Any, **parameters: Any) -> Any:
        """The operation inside a gradient rule: on arrays the forward alone, on Tensors recorded."""
        if mode.in_gradient_rule:
            return cls.apply(*inputs, **parameters)
        return cls.forward(*inputs, **parameters)

    @classmethod
    def record(cls, inputs: tuple, arrays: tuple, parameters: dict[str, Any], output: Tensor) -> Node | None:
        """Make the node that remembers this operation, and the output's ``grad_fn``, where an input needs it.

        ``arrays`` are the inputs as the forward got them.
        """
        edges: tuple[Edge | None, ...] = ()
        numbers: tuple[float | None, ...] = ()
        recorded = False
        for i in inputs:
            if isinstance(i, Tensor):
                edge = i._edge
                if i._base is not None or (edge is None and i._requires_grad):
                    edge = gradient_edge(i)
                if edge is not None:
                    recorded = True
                edges += (edge,)
            else:
                numbers += (None,) * (len(edges) - len(numbers)) + (i,)
                edges += (None,)
        if not recorded:
            return None
        node = cls.__new__(cls)
        node.edges = edges
        node.sequence = next_sequence()
        array = output._array
        node.shapes = (array.shape,)
        node.numpy_dtypes = (array.dtype,)
        if parameters:
            node.parameters = parameters
        if numbers:
            node._numbers = numbers
        output._edge = (node, 0)
        if cls._saves:
            saved = node.saved_tensors_by_name = {}
            for name, source, needed_by in cls._saves:
                for slot in needed_by:
                    if edges[slot] is not None:
                        value = (
                            saved_result(output) if source == RESULT else saved_input(inputs[source], arrays[source])
                        )
                        saved[name] = value
                        break
        if graph.creation_observer is not None:
            graph.creation_observer(node, inputs, output)
        return node

    @classmethod
    def record_all(cls, inputs: tuple, arrays: tuple, parameters: dict[str, Any], outputs: Sequence[Tensor]) -> None:
        """Make the node of an operation with several outputs."""
        node = cls.record(inputs, arrays, parameters, outputs[0])
        if node is None:
            return
        node.shapes = tuple([output._array.shape for output in outputs])
        node.numpy_dtypes = tuple([output._array.dtype for output in outputs])
        for nr, output in enumerate(outputs):
            output._edge = (node, nr)
            if nr and graph.creation_observer is not None:  # record() has told of the first
                graph.creation_observer(node, inputs, output)

    @property
    def numbers(self) -> tuple[float | None, ...]:
        """For each input, the Python number it was, None for a Tensor."""
        return self._numbers + (None,) * (len(self.edges) - len(self._numbers))

    @property
    def input_shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shape of each input that needs a gradient, () for the others."""
        return tuple([() if edge is None else edge[0].shapes[edge[1]] for edge in self.edges])

    def saved_names(self) -> tuple[str, ...]:
        """The names of the tensors this operation saves."""
        return tuple(self.saves)

    def vjp(self, gradients: list) -> tuple:
        """One gradient per input from the gradient of the output, by the rules in ``gradients``."""
        (g,) = gradients
        results: tuple = ()
        for rule, edge in zip(self.gradients, self.edges):  # noqa: B905 - strict takes time, and record() has counted
            results += (None if edge is None else rule(self, g),)
        return results


def gradient_edge(tensor: Tensor) -> Edge | None:
    """Where the gradient of a tensor goes (``torch.autograd.graph.get_gradient_edge``); None where it needs none."""
    if tensor.grad_fn is not None:  # only now does a view know of what was written to its base
        return tensor._edge
    if not tensor._requires_grad:
        return None
    accumulator = None if tensor._accumulator is None else tensor._accumulator()
    if accumulator is None:
        accumulator = AccumulateGrad(tensor)
        tensor._accumulator = weakref.ref(accumulator)
    return accumulator, 0
