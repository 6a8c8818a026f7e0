"""In-place operations: what is overwritten, what is refused, and how the graph knows of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import dtypes, errors
from ..grad_mode import mode
from ..graph import Node, SavedTensor
from ..tensor import Number, Tensor, wrap
from . import pointwise, views
from .arithmetic import OPERANDS, check_broadcast, operand, with_alpha
from .operation import Operation, gradient_edge

# Operations that overwrite with one number may meet an element twice.
_CONSTANTS = (pointwise.ZeroBackward0, pointwise.FillBackward2)


def apply(x: Tensor, operation: type[Operation], *others: Any, **parameters: Any) -> Tensor:
    """Overwrite ``x`` with the result of an operation on it, and let autograd know.

    Raises RuntimeError where ``x`` may not be written to, and where it cannot hold the result.
    """
    array = x._array
    recorded = is_recorded(x, others)
    values = []
    for other in others:
        if isinstance(other, Tensor):
            if operation is not pointwise.FillBackward3:  # which reads its one number first
                check_apart(x, other)
            other = other._array
        values.append(other)
    if not recorded and _overwrite_directly(x, operation, values):
        return x
    if operation not in _CONSTANTS:
        _check_distinct(array)
    result = _result(array, operation, values, parameters)
    if not recorded:
        array[...] = result
        x._counter[0] += 1
        return x
    before = wrap(array.copy() if any(source == 0 for source, *_ in operation.saves.values()) else array)
    before._grad_fn, before._output_nr = x._grad_fn, x._output_nr
    node = operation.record((before, *others), (before._array, *values), parameters, x)
    assert node is not None
    array[...] = result
    x._counter[0] += 1
    for saved in (node.saved_tensors_by_name or {}).values():
        if type(saved) is SavedTensor and saved.tensor is None:
            saved.version = x._counter[0]
    note_in_base(x, node)
    return x


def overwrite(x: Tensor, function: Callable[..., Tensor], *args: Any, **kwargs: Any) -> Tensor:
    """Overwrite ``x`` with what ``function`` makes of it, and let autograd know.

    Raises RuntimeError where ``x`` may not be written to, and where it cannot hold the result.
    """
    array = x._array
    given = [*args, *kwargs.values()]
    recorded = is_recorded(x, given)
    _check_distinct(array)
    before = wrap(array.copy())
    before._grad_fn, before._output_nr = x._grad_fn, x._output_nr
    result = function(before, *args, **kwargs)
    _check_fits(array, result._array, [a._array if isinstance(a, Tensor) else a for a in given])
    array[...] = result._array
    x._counter[0] += 1
    node = result._grad_fn
    if not recorded or node is None:
        return x
    for saved in (node.saved_tensors_by_name or {}).values():
        if type(saved) is SavedTensor and saved.tensor is None:
            saved.result, saved.counter, saved.version = array, x._counter, x._counter[0]
    x._grad_fn, x._output_nr = node, result._output_nr
    note_in_base(x, node)
    return x


def is_recorded(x: Tensor, others: Sequence[Any] = ()) -> bool:
    """Whether a write to ``x`` of what is computed from it and ``others`` is recorded.

    Raises RuntimeError where that would make the graph wrong.
    """
    if not mode.enabled or x._array.dtype.kind != "f":  # integers that a copy overwrites stay without history
        return False
    tracked = x.requires_grad
    if not (tracked or any(isinstance(other, Tensor) and other.requires_grad for other in others)):
        return False
    if x._untracked_view:
        raise views.untracked(x, indirectly=False)
    if tracked and x._base is not None and x._base._grad_fn is None:
        raise errors.leaf_in_place(view=True)
    if tracked and x.is_leaf:
        raise errors.leaf_in_place()
    for other in others:
        if isinstance(other, Tensor) and other._base is not None:
            views.follow_base(other)  # a view that cannot says so before anything is written
    return True


def check_apart(x: Tensor, other: Tensor, element_by_element: bool = True) -> None:
    """Raise RuntimeError where writing to ``x`` would change what is still to be read of another tensor.

    Where both are the same elements, nothing does ``element_by_element``. As PyTorch does, look at dense memory alone.
    """
    written, read = x._array, other._array
    if x is other and not element_by_element:
        raise errors.overlapping()
    if (written if written.base is None else written.base) is not (read if read.base is None else read.base):
        return
    same = written.__array_interface__["data"] == read.__array_interface__["data"] and written.strides == read.strides
    if element_by_element and same and written.size == read.size:
        return
    if written.size and written.flags.forc and read.flags.forc and np.may_share_memory(written, read):
        raise errors.overlapping()


def note_in_base(x: Tensor, node: Node) -> None:
    """Where ``x`` is a view, the base's history now has the operation that wrote through it."""
    base = x._base
    if base is not None:
        positions = views.positions_in(base._array, x._array)
        base._grad_fn, base._output_nr = views.CopySlices(base, gradient_edge(base), node, positions), 0
        views.follow_base(x)
    for written in (x, base):
        if written is not None and written._retains_grad:
            written.retain_grad()


def _overwrite_directly(x: Tensor, operation: type[Operation], values: list) -> bool:
    """Have NumPy write into the memory of ``x``, where it can do so without a detour, and say whether it did."""
    array = x._array
    if operation is pointwise.ZeroBackward0 and array.flags.writeable:
        array.fill(0)
        x._counter[0] += 1
        return True
    if type(operation.forward) is not np.ufunc or array.dtype.kind != "f" or 0 in array.strides:
        return False
    for value in values:
        if type(value) is np.ndarray:
            if value.dtype is not array.dtype:
                return False
        elif type(value) is not float and type(value) is not int:
            return False
    try:
        operation.forward(array, *values, out=array)
    except ValueError:  # shapes that do not fit, and memory that may not be written to, are refused in due form
        return False
    x._counter[0] += 1
    return True


def _result(array: np.ndarray, operation: type[Operation], values: list, parameters: dict[str, Any]) -> np.ndarray:
    """What an operation gives on an array. Raises RuntimeError where the array cannot hold it."""
    try:
        result = operation.forward(array, *values, **parameters)
    except ValueError:
        for value in values:
            check_broadcast(array.shape, np.shape(value))
        raise
    _check_fits(array, result, values)
    return result


def _check_fits(array: np.ndarray, result: np.ndarray, values: list) -> None:
    """Raise RuntimeError where an array cannot hold the result of an operation on it and ``values``."""
    if not array.flags.writeable:
        raise errors.hinted(
            RuntimeError("the NumPy array that this tensor shares its memory with is read-only"),
            "torch.tensor(array), in place of from_numpy(array), copies it to memory of its own.",
        )
    if result.shape != array.shape:
        raise RuntimeError(
            f"output with shape {list(array.shape)} doesn't match the broadcast shape {list(result.shape)}"
        )
    own = dtypes.of(array)
    if result.dtype is not array.dtype and dtypes.of(result).category > own.category:
        promoted = dtypes.promote(array, *values)
        found = dtypes.DEFAULT if result.dtype.kind == "f" != promoted.kind else dtypes.of(np.empty(0, promoted))
        raise RuntimeError(f"result type {found.word} can't be cast to the desired output type {own.word}")


def _check_distinct(array: np.ndarray) -> None:
    """Raise RuntimeError where elements of an array, an expanded one, are the same memory."""
    if array.size and any(stride == 0 and n > 1 for n, stride in zip(array.shape, array.strides, strict=True)):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory "
            "location. Please clone() the tensor before performing the operation."
        )


# The methods that write


def add_(self: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
    """Add alpha·other in place."""
    operation, parameters = with_alpha(pointwise.AddBackward0, "add_", self, other, alpha)
    return apply(self, operation, operand("add_", other), **parameters)


def sub_(self: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
    """Subtract alpha·other in place."""
    if "b" in (self._array.dtype.kind, getattr(other, "_array", self._array).dtype.kind):
        both = isinstance(other, Tensor) and self._array.dtype == other._array.dtype
        raise errors.subtraction_of_masks() if both else errors.subtraction_of_a_mask()
    operation, parameters = with_alpha(pointwise.SubBackward0, "sub_", self, other, alpha)
    return apply(self, operation, operand("sub_", other), **parameters)


def mul_(self: Tensor, other: Tensor | Number) -> Tensor:
    """Multiply in place."""
    return apply(self, pointwise.MulBackward0, operand("mul_", other))


def div_(self: Tensor, other: Tensor | Number, *, rounding_mode: str | None = None) -> Tensor:
    """Divide in place."""
    if rounding_mode is not None:
        return overwrite(self, lambda x: x.div(other, rounding_mode=rounding_mode))
    return apply(self, pointwise.DivBackward0, operand("div_", other))


def pow_(self: Tensor, exponent: Tensor | Number) -> Tensor:
    """Raise to a power in place."""
    if isinstance(exponent, Tensor):
        return apply(self, pointwise.PowBackward1, exponent)
    return apply(self, pointwise.PowBackward0, exponent=exponent)


def exp_(self: Tensor) -> Tensor:
    """e to the power of each element, in place."""
    return apply(self, pointwise.ExpBackward0)


def tanh_(self: Tensor) -> Tensor:
    """The hyperbolic tangent, in place."""
    return apply(self, pointwise.TanhBackward0)


def relu_(self: Tensor) -> Tensor:
    """0 in place of negative elements, in place."""
    if self._array.dtype.kind == "b":
        raise RuntimeError("Boolean inputs not supported for relu")
    return apply(self, pointwise.ReluBackward0)


def zero_(self: Tensor) -> Tensor:
    """Overwrite with zeros (``torch.Tensor.zero_``): what empties ``weights.grad`` between two rounds."""
    return apply(self, pointwise.ZeroBackward0)


def fill_(self: Tensor, value: Tensor | Number) -> Tensor:
    """Overwrite with one number, which may be a Tensor without dimensions.

    Raises RuntimeError for a Tensor with dimensions.
    """
    if isinstance(value, Tensor):
        if value.ndim:
            raise RuntimeError(
                f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions."
            )
        return apply(self, pointwise.FillBackward3, value)
    return apply(self, pointwise.FillBackward2, value=value)


def copy_(self: Tensor, source: Tensor) -> Tensor:
    """Overwrite with the values of another tensor."""
    if not isinstance(source, Tensor):
        raise errors.not_a_tensor("copy_", "other", 1, source)
    return apply(self, pointwise.CopyBackwards, source)


def _augmented(write: Callable[..., Tensor]) -> Callable[..., Any]:
    """What ``x += other`` and the like call: TypeError, from Python, for what is no Tensor and no number."""
    return lambda self, other: write(self, other) if isinstance(other, OPERANDS) else NotImplemented


for _write in (add_, sub_, mul_, div_, pow_, exp_, tanh_, relu_, zero_, fill_, copy_):
    setattr(Tensor, _write.__name__, _write)
for _name, _method in {"add": add_, "sub": sub_, "mul": mul_, "truediv": div_, "pow": pow_}.items():
    setattr(Tensor, f"__i{_name}__", _augmented(_method))
