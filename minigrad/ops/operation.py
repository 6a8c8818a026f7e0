"""What every operation is: a forward on arrays, and one gradient rule per input."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from .. import graph
from ..grad_mode import mode
from ..graph import AccumulateGrad, Edge, Node, next_sequence, saved_input, saved_result
from ..tensor import Tensor, wrap

RESULT = -1

_new = object.__new__


class Operation(Node):
    """An operation of the graph. An instance is a node: this operation, as it happened once.

    A subclass is named as PyTorch names the node and gives:

    - ``forward(*arrays, **parameters)``, a static method on NumPy arrays;
    - ``gradients``, for each input a rule ``(node, g) -> gradient``. It is written in NumPy terms and reads what it
      needs from ``node[name]`` (saved tensors), ``node.parameters`` and ``node.input_shape``. Handed arrays it is
      fast, handed Tensors the same rule is itself recorded, and second derivatives need no second set of rules.
      A rule may return the shape of the output: the walk sums over broadcast dimensions;
    - ``saves``, what the rules read: name -> (number of the input, or RESULT; then the inputs whose gradients need it).
      A product saves ``{"self": (0, 1), "other": (1, 0)}``: each factor, for the gradient of the other.

    In the world of arrays ``g * n["other"]`` is one NumPy product. With ``create_graph=True`` both are Tensors, and the
    same line records a product. A rule that is more than arithmetic is an operation itself, which ``either`` runs.
    """

    forward: ClassVar[Callable[..., Any]]
    gradients: ClassVar[tuple[Callable[[Any, Any], Any], ...]]
    saves: ClassVar[dict[str, tuple[int, ...]]] = {}

    parameters: dict[str, Any] = {}
    _numbers: tuple[float | None, ...] = ()  # up to the last input that was a Python number

    # What is saved, by which inputs need a gradient: bit i of the key stands for input i.
    _plans: ClassVar[dict[int, tuple[tuple[str, int], ...]]]

    def __init_subclass__(cls) -> None:
        cls._plans = {}
        for name in cls.saves:  # as PyTorch shows them: grad_fn._saved_self
            setattr(cls, f"_saved_{name}", property(functools.partial(Operation.saved_as_tensor, name=name)))

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
        makers: tuple[Node | None, ...] = ()
        numbers: tuple[float | None, ...] = ()
        recorded, later, needs, bit = False, 0, 0, 1
        for i in inputs:
            maker = None
            if isinstance(i, Tensor):
                maker = i._grad_fn
                if i._base is not None:
                    maker = maker_of(i)
                    recorded = recorded or i.requires_grad  # even a view made inside no_grad, which no gradient reaches
                elif maker is None and i._requires_grad:
                    maker = maker_of(i)
                if maker is not None:
                    needs |= bit
                    later = later or i._output_nr
            else:
                numbers += (None,) * (len(makers) - len(numbers)) + (i,)
            makers += (maker,)
            bit += bit
        if not (needs or recorded):
            return None
        node = _new(cls)
        node.makers = makers
        node.maker_outputs = (0,) * len(makers)
        if later:
            node.maker_outputs = tuple([getattr(i, "_output_nr", 0) for i in inputs])
        node.sequence = next_sequence()
        array = output._array
        node.shapes = (array.shape,)
        node.numpy_dtypes = (array.dtype,)
        if parameters:
            node.parameters = parameters
        if numbers:
            node._numbers = numbers
        output._grad_fn = node
        if cls.saves:
            saved: dict[str, Any] = {}
            plan = cls._plans.get(needs)
            if plan is None:
                plan = cls._plan(needs)
            for name, source in plan:
                if source == RESULT:
                    saved[name] = saved_result(output)
                elif isinstance(inputs[source], Tensor):
                    saved[name] = saved_input(inputs[source])
                else:
                    number = arrays[source]
                    saved[name] = None if number is None else np.asarray(number, array.dtype)
            node.saved_tensors_by_name = saved
        if graph.creation_observer is not None:
            graph.creation_observer(node, inputs, output)
        return node

    @classmethod
    def _plan(cls, needs: int) -> tuple[tuple[str, int], ...]:
        needed = [(name, source) for name, (source, *by) in cls.saves.items() if any(needs >> slot & 1 for slot in by)]
        cls._plans[needs] = plan = tuple(needed)
        return plan

    @classmethod
    def record_all(cls, inputs: tuple, arrays: tuple, parameters: dict[str, Any], outputs: Sequence[Tensor]) -> None:
        """Make the node of an operation with several outputs."""
        node = cls.record(inputs, arrays, parameters, outputs[0])
        if node is None:
            return
        node.shapes = tuple([output._array.shape for output in outputs])
        node.numpy_dtypes = tuple([output._array.dtype for output in outputs])
        for nr, output in enumerate(outputs):
            output._grad_fn, output._output_nr = node, nr
            if nr and graph.creation_observer is not None:  # record() has told of the first
                graph.creation_observer(node, inputs, output)

    @property
    def numbers(self) -> tuple[float | None, ...]:
        """For each input, the Python number it was, None for a Tensor."""
        return self._numbers + (None,) * (len(self.makers) - len(self._numbers))

    def number(self, name: str) -> float | None:
        """The Python number that was saved under that name, None where none was given."""
        return self.numbers[self.saves[name][0]]

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of the first input, where it needs a gradient."""
        maker = self.makers[0]
        assert maker is not None
        return maker.shapes[self.maker_outputs[0]]

    @property
    def input_shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shape of each input that needs a gradient, () for the others."""
        return tuple([() if edge is None else edge[0].shapes[edge[1]] for edge in self.edges])

    def saved_names(self) -> tuple[str, ...]:
        """The names of the tensors this operation saves."""
        return tuple(self.saves)

    def vjp(self, gradients: list) -> tuple:
        """One gradient per input from the gradient of the output, by the rules in ``gradients``."""
        g, makers, rules = gradients[0], self.makers, self.gradients
        if len(makers) == 1:
            return (None if makers[0] is None else rules[0](self, g),)
        if len(makers) == 2:
            (first, second), (a, b) = makers, rules
            return None if first is None else a(self, g), None if second is None else b(self, g)
        return tuple([None if maker is None else rule(self, g) for rule, maker in zip(rules, makers, strict=True)])


def maker_of(tensor: Tensor) -> Node | None:
    """The node that the gradient of a tensor goes to; None where it needs none."""
    if tensor._base is not None:
        views.follow_base(tensor)
    if tensor._grad_fn is not None or not tensor._requires_grad:
        return tensor._grad_fn
    accumulator = None if tensor._accumulator is None else tensor._accumulator()
    if accumulator is None:
        accumulator = AccumulateGrad(tensor)
        tensor._accumulator = weakref.ref(accumulator)
    return accumulator


def gradient_edge(tensor: Tensor) -> Edge | None:
    """Where the gradient of a tensor goes (``torch.autograd.graph.get_gradient_edge``); None where it needs none."""
    maker = maker_of(tensor)
    return None if maker is None else (maker, tensor._output_nr)


from . import views  # noqa: E402 - they are operations
