"""Arithmetic: what + - * / and ** do, with broadcasting, in PyTorch's dtypes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import dtypes, errors
from ..grad_mode import mode
from ..tensor import Number, Tensor, wrap
from . import pointwise
from .functions import FUNCTIONS, method

if TYPE_CHECKING:
    from .operation import Operation

OPERANDS = (Tensor, int, float, np.number)
_NO_PARAMETERS: dict[str, Any] = {}


def binary(operation: type[Operation], a: Tensor, b: Any) -> Any:
    """Apply an operation with broadcasting to a Tensor and a Tensor or number, in PyTorch's dtype."""
    x = a._array
    if isinstance(b, Tensor):
        y = b._array
        if x.dtype is not y.dtype:
            if operation is pointwise.SubBackward0 and bool in (x.dtype, y.dtype):
                raise errors.subtraction_of_a_mask()
            common = dtypes.promote(x, y)
            x, y = dtypes.cast(x, common), dtypes.cast(y, common)
    else:
        if type(b) is not float and type(b) is not int:
            if isinstance(b, np.number):
                b = b.item()
            elif not isinstance(b, Number):
                return NotImplemented
        if x.dtype.kind != "f":
            if x.dtype == bool and operation is pointwise.SubBackward0:
                raise errors.subtraction_of_a_mask()
            a = promoted(a, b)
            x = a._array
        y = np.array(b, x.dtype)  # twice as fast for NumPy as the number, here and in the gradient rule
    try:
        result = operation.forward(x, y)
    except ValueError:
        check_broadcast(x.shape, y.shape)
        raise
    except TypeError:
        # Subtraction of booleans is all that NumPy refuses.
        raise errors.subtraction_of_masks() from None
    output = wrap(result if type(result) is np.ndarray else np.array(result))
    if mode.enabled:
        operation.record((a, b), (x, y), _NO_PARAMETERS, output)
    return output


def promoted(a: Tensor, number: Number) -> Tensor:
    """The tensor in the dtype that an operation with a Python number has."""
    if a._array.dtype.kind == "f":
        return a
    wanted = dtypes.promote(a._array, number)
    return a if a._array.dtype == wanted else wrap(dtypes.cast(a._array, wanted))


def floating(a: Tensor) -> Tensor:
    """The tensor, integers as the default floating point dtype."""
    return a if a._array.dtype.kind == "f" else wrap(dtypes.cast(a._array, dtypes.DEFAULT.numpy))


def check_broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    if a == b:
        return
    try:
        np.broadcast_shapes(a, b)
    except ValueError:
        raise errors.cannot_broadcast(a, b) from None


def together(a: Tensor, b: Any) -> tuple[Tensor, Tensor]:
    """Two operands as Tensors of the dtype they have together, for an operation with parameters."""
    if not isinstance(b, Tensor):
        b = wrap(np.asarray(b, dtypes.promote(a._array, b)))
    check_broadcast(a._array.shape, b._array.shape)
    common = dtypes.promote(a._array, b._array)
    x, y = (t if t._array.dtype == common else pointwise.ToCopyBackward0.apply(t, dtype=common) for t in (a, b))
    return x, y


def operand(function: str, other: Any) -> Any:
    """The second operand of a method as it is; TypeError for what is no Tensor and no number."""
    if not isinstance(other, OPERANDS):
        raise errors.not_a_tensor(function, "other", 1, other)
    return other


_WITH_ALPHA: dict[type[Operation], type[Operation]] = {
    pointwise.AddBackward0: pointwise.ScaledAdd,
    pointwise.SubBackward0: pointwise.ScaledSub,
}


def with_alpha(
    operation: type[Operation], name: str, x: Tensor, other: Any, alpha: Any
) -> tuple[type[Operation], dict[str, Any]]:
    """The operation that adds alpha·other to x, or subtracts it, and its parameters."""
    parameters = alpha_of(name, x, other, alpha)
    return (_WITH_ALPHA[operation] if parameters else operation), parameters


def alpha_of(name: str, x: Tensor, other: Any, alpha: Any) -> dict[str, Any]:
    """alpha as a parameter, where it changes anything. Raises TypeError or RuntimeError, in PyTorch's words."""
    if type(alpha) is int and alpha == 1:
        return {}
    if isinstance(alpha, np.number) or (isinstance(alpha, Tensor) and not alpha.ndim):
        alpha = alpha.item()
    if not isinstance(alpha, Number):
        raise TypeError(f"{name}(): argument 'alpha' must be Number, not {errors.type_name(alpha)}")
    common = dtypes.promote(x._array, other._array if isinstance(other, Tensor) else other)
    whole, truth = common.kind in "iu", common.kind == "b"
    if isinstance(alpha, bool) and not truth:
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if isinstance(alpha, float) and (whole or truth):
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    return {} if alpha == 1 else {"alpha": bool(alpha) if truth else alpha}


def sum_of(operation: type[Operation], name: str, x: Tensor, other: Any, alpha: Any) -> Tensor:
    """x + alpha·other, or x - alpha·other."""
    scaled, parameters = with_alpha(operation, name, x, other, alpha)
    masks = bool in (x._array.dtype, getattr(other, "_array", x._array).dtype)
    if not parameters or (masks and operation is pointwise.SubBackward0):  # masks are refused in due form
        return binary(operation, x, other)
    return scaled.apply(*together(x, other), **parameters)


@method("__radd__")
def __add__(self: Tensor, other: Any) -> Any:
    return binary(pointwise.AddBackward0, self, other)


@method()
def __sub__(self: Tensor, other: Any) -> Any:
    return binary(pointwise.SubBackward0, self, other)


@method()
def __rsub__(self: Tensor, other: Any) -> Any:
    if isinstance(other, Tensor):
        return FUNCTIONS["rsub"](self, other)
    if not isinstance(other, Number):
        return NotImplemented
    if self._array.dtype == bool:
        raise errors.subtraction_of_a_mask()
    return pointwise.RsubBackward1.apply(promoted(self, other), other=other)


@method("__rmul__")
def __mul__(self: Tensor, other: Any) -> Any:
    return binary(pointwise.MulBackward0, self, other)


@method()
def __truediv__(self: Tensor, other: Any) -> Any:
    decided = isinstance(other, Tensor) and other._array.dtype.kind == "f"
    return binary(pointwise.DivBackward0, self if decided else floating(self), other)


@method("__rdiv__")
def __rtruediv__(self: Tensor, other: Any) -> Any:
    if not isinstance(other, OPERANDS):
        return NotImplemented
    return pointwise.ReciprocalBackward0.apply(floating(self)) * other


@method()
def __pow__(self: Tensor, other: Any) -> Any:
    if isinstance(other, np.number):
        other = other.item()
    if isinstance(other, Number):
        if self._array.dtype.kind in "iu" and isinstance(other, int) and other < 0:
            raise RuntimeError("Integers to negative integer powers are not allowed.")
        return pointwise.PowBackward0.apply(promoted(self, other), exponent=other)
    return binary(pointwise.PowBackward1, self, other)


@method()
def __rpow__(self: Tensor, other: Any) -> Any:
    if isinstance(other, Tensor):
        return other**self
    if not isinstance(other, Number):
        return NotImplemented
    return pointwise.PowBackward2.apply(promoted(self, other), base=other)


@method()
def __neg__(self: Tensor) -> Tensor:
    if self._array.dtype == bool:
        raise errors.negation_of_mask()
    return pointwise.NegBackward0.apply(self)


@method()
def __pos__(self: Tensor) -> Tensor:
    return self


@method()
def add(self: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
    """self + alpha·other."""
    return sum_of(pointwise.AddBackward0, "add", self, operand("add", other), alpha)


@method()
def sub(self: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
    """self - alpha·other."""
    return sum_of(pointwise.SubBackward0, "sub", self, operand("sub", other), alpha)


@method()
def mul(self: Tensor, other: Tensor | Number) -> Tensor:
    """self·other, element by element."""
    return self * operand("mul", other)


@method()
def pow(self: Tensor, exponent: Tensor | Number) -> Tensor:
    """self to a power, element by element."""
    return self**exponent


@method()
def neg(self: Tensor) -> Tensor:
    """-self."""
    return -self


@method()
def exp(self: Tensor) -> Tensor:
    """e to the power of each element."""
    return pointwise.ExpBackward0.apply(floating(self))


@method()
def log(self: Tensor) -> Tensor:
    """The natural logarithm of each element."""
    return pointwise.LogBackward0.apply(floating(self))


@method()
def tanh(self: Tensor) -> Tensor:
    """The hyperbolic tangent of each element."""
    return pointwise.TanhBackward0.apply(floating(self))


@method()
def relu(self: Tensor) -> Tensor:
    """Each element, 0 in place of negative ones."""
    if self._array.dtype == bool:
        raise RuntimeError("Boolean inputs not supported for relu")
    return pointwise.ReluBackward0.apply(self)


@method()
def clone(self: Tensor) -> Tensor:
    """The same values in memory of their own, with their history."""
    return pointwise.CloneBackward0.apply(self)
