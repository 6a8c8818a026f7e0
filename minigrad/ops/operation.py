"""What every operation is: a forward on arrays, and one gradient rule per input."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from .. import graph
from ..grad_mode import mode
from ..graph import AccumulateGrad, Edge, Node, SavedTensor, next_sequence
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

    ``numbers`` holds, for each input, the Python number it was, or None for a Tensor.
    """

    forward: ClassVar[Callable[..., Any]]
    gradients: ClassVar[tuple[Callable[[Any, Any], Any], ...]]
    saves: ClassVar[dict[str, tuple[int, ...]]] = {}
    is_view: ClassVar[bool] = False  # whether the output shares the memory of the first input

    parameters: dict[str, Any]
    input_shapes: tuple[tuple[int, ...], ...]
    numbers: tuple[float | None, ...]

    _saves: ClassVar[tuple[tuple[str, int, tuple[int, ...]], ...]]

    def __init_subclass__(cls) -> None:
        cls._saves = tuple((name, source, tuple(needed_by)) for name, (source, *needed_by) in cls.saves.items())

    @classmethod
    def apply(cls, *inputs: Any, **parameters: Any) -> Tensor:
        """Run the operation on Tensors (or Python numbers), recording it where an input needs a gradient."""
        array = cls.forward(*[i._array if isinstance(i, Tensor) else i for i in inputs], **parameters)
        output = wrap(array if type(array) is np.ndarray else np.asarray(array))
        if cls.is_view:
            output._view(inputs[0])
        if mode.enabled:
            cls.record(inputs, parameters, output)
        return output

    @classmethod
    def either(cls, *inputs: Any, **parameters: Any) -> Any:
        """The operation inside a gradient rule: on arrays the forward alone, on Tensors recorded."""
        if mode.in_gradient_rule:
            return cls.apply(*inputs, **parameters)
        return cls.forward(*inputs, **parameters)

    @classmethod
    def record(cls, inputs: tuple, parameters: dict[str, Any], output: Tensor) -> Node | None:
        """Make the node that remembers this operation, and the output's ``grad_fn``, where an input needs it."""
        # Loops, where comprehensions would read better: every operation of a lesson passes here, and they take longer.
        # Tuples, for the garbage collector soon stops looking at those that hold only numbers.
        edges: tuple[Edge | None, ...] = ()
        shapes: tuple[tuple[int, ...], ...] = ()
        numbers: tuple[float | None, ...] = ()
        recorded = False
        for i in inputs:
            if isinstance(i, Tensor):
                maker = i._grad_fn
                edge = (maker, i._output_nr) if maker is not None and i._base is None else gradient_edge(i)
                if edge is not None:
                    recorded = True
                edges += (edge,)
                shapes += (i._array.shape,)
                numbers += (None,)
            else:
                edges += (None,)
                shapes += ((),)
                numbers += (i,)
        if not recorded:
            return None
        saved = {}
        for name, source, needed_by in cls._saves:
            for slot in needed_by:
                if edges[slot] is not None:
                    is_output = source == RESULT
                    saved[name] = SavedTensor(output if is_output else inputs[source], is_output)
                    break
        node = cls.__new__(cls)
        node.edges = edges
        node.sequence = next_sequence()
        node.parameters = parameters
        array = output._array
        node.shapes = (array.shape,)
        node.numpy_dtypes = (array.dtype,)
        node.input_shapes = shapes
        node.numbers = numbers
        node.saved_tensors_by_name = saved
        output._grad_fn = node
        if graph.creation_observer is not None:
            graph.creation_observer(node, inputs, output)
        return node

    @classmethod
    def record_all(cls, inputs: tuple, parameters: dict[str, Any], outputs: Sequence[Tensor]) -> None:
        """Make the node of an operation with several outputs."""
        node = cls.record(inputs, parameters, outputs[0])
        if node is None:
            return
        node.shapes = tuple([output._array.shape for output in outputs])
        node.numpy_dtypes = tuple([output._array.dtype for output in outputs])
        for nr, output in enumerate(outputs):
            output._grad_fn, output._output_nr = node, nr
            if nr and graph.creation_observer is not None:  # record() has told of the first
                graph.creation_observer(node, inputs, output)

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
    if tensor._base is not None:
        tensor._follow_base()
    if tensor._grad_fn is not None:
        return tensor._grad_fn, tensor._output_nr
    if not tensor._requires_grad:
        return None
    accumulator = None if tensor._accumulator is None else tensor._accumulator()
    if accumulator is None:
        accumulator = AccumulateGrad(tensor)
        tensor._accumulator = weakref.ref(accumulator)
    return accumulator, 0
