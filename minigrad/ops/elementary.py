"""Functions of each element: roots, trigonometry, rounding, limits, choices, comparisons, casts."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from .. import dtypes, errors
from ..tensor import Number, Tensor, wrap
from . import arithmetic, comparing, in_place, pointwise, protocol
from .arithmetic import alpha_of, binary, check_broadcast, floating, promoted, together
from .functions import FUNCTIONS, function, of_a_tensor
from .operation import RESULT, Operation
from .pointwise import MulBackward1, WhereBackward0, times


class Exp2Backward0(Operation):
    """z = 2ˣ:  x̄ = z̄·z·ln 2"""

    forward = np.exp2
    saves: ClassVar = {"result": (RESULT, 0)}
    gradients = (lambda n, g: MulBackward1.either(g * n["result"], other=math.log(2)),)


class Expm1Backward0(Operation):
    """z = eˣ - 1:  x̄ = z̄·(z + 1)"""

    forward = np.expm1
    saves: ClassVar = {"result": (RESULT, 0)}
    gradients = (lambda n, g: g * (n["result"] + 1),)


class Log2Backward0(Operation):
    """z = log₂ x:  x̄ = z̄ / (x·ln 2)"""

    forward = np.log2
    saves: ClassVar = {"self": (0, 0)}
    gradients = (lambda n, g: g / (n["self"] * math.log(2)),)


class Log10Backward0(Operation):
    """z = log₁₀ x:  x̄ = z̄ / (x·ln 10)"""

    forward = np.log10
    saves: ClassVar = {"self": (0, 0)}
    gradients = (lambda n, g: g / (n["self"] * math.log(10)),)


class Log1PBackward0(Operation):
    """z = ln(1 + x):  x̄ = z̄ / (1 + x)"""

    forward = np.log1p
    saves: ClassVar = {"self": (0, 0)}
    gradients = (lambda n, g: g / (n["self"] + 1),)


class SqrtBackward0(Operation):
    """z = √x:  x̄ = z̄ / 2z"""

    forward = np.sqrt
    saves: ClassVar = {"result": (RESULT, 0)}
    gradients = (lambda n, g: g / (2 * n["result"]),)


class RsqrtBackward0(Operation):
    """z = 1 / √x:  x̄ = -z̄·z³ / 2"""

    saves: ClassVar = {"result": (RESULT, 0)}
    gradients = (lambda n, g: -0.5 * g * n["result"] ** 3,)

    @staticmethod
    def forward(x: np.ndarray) -> np.ndarray:
        return 1 / np.sqrt(x)


class SinBackward0(Operation):
    """z = sin x:  x̄ = z̄·cos x"""

    forward = np.sin
    saves: ClassVar = {"self": (0, 0)}
    gradients = (lambda n, g: g * np.cos(n["self"]),)


class CosBackward0(Operation):
    """z = cos x:  x̄ = -z̄·sin x"""

    forward = np.cos
    saves: ClassVar = {"self": (0, 0)}
    gradients = (lambda n, g: g * -np.sin(n["self"]),)


class TanBackward0(Operation):
    """z = tan x:  x̄ = z̄·(1 + z²)"""

    forward = np.tan
    saves: ClassVar = {"result": (RESULT, 0)}
    gradients = (lambda n, g: g * (1 + n["result"] ** 2),)


class AsinBackward0(Operation):
    """z = arcsin x:  x̄ = z̄ / √(1 - x²)"""

    forward = np.arcsin
    saves: ClassVar = {"self": (0, 0)}
    gradients = (lambda n, g: g * RsqrtBackward0.either(1 - n["self"] ** 2),)


class AcosBackward0(Operation):
    """z = arccos x:  x̄ = -z̄ / √(1 - x²)"""

    forward = np.arccos
    saves: ClassVar = {"self": (0, 0)}
    gradients = (lambda n, g: g * -RsqrtBackward0.either(1 - n["self"] ** 2),)


class AtanBackward0(Operation):
    """z = arctan x:  x̄ = z̄ / (1 + x²)"""

    forward = np.arctan
    saves: ClassVar = {"self": (0, 0)}
    gradients = (lambda n, g: g / (n["self"] ** 2 + 1),)


class SinhBackward0(Operation):
    """z = sinh x:  x̄ = z̄·cosh x"""

    forward = np.sinh
    saves: ClassVar = {"self": (0, 0)}
    gradients = (lambda n, g: g * np.cosh(n["self"]),)


class CoshBackward0(Operation):
    """z = cosh x:  x̄ = z̄·sinh x"""

    forward = np.cosh
    saves: ClassVar = {"self": (0, 0)}
    gradients = (lambda n, g: g * np.sinh(n["self"]),)


class SigmoidBackward0(Operation):
    """z = σ(x) = 1 / (1 + e⁻ˣ):  x̄ = z̄·z·(1 - z)"""

    saves: ClassVar = {"result": (RESULT, 0)}
    gradients = (lambda n, g: SigmoidBackwardBackward0.either(g, n["result"]),)

    @staticmethod
    def forward(x: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-x))


class SigmoidBackwardBackward0(Operation):
    """The rule of the sigmoid as an operation, y = g·z·(1 - z):  ḡ = ȳ·z·(1 - z),  z̄ = ȳ·g·(1 - 2z)"""

    saves: ClassVar = {"grad_output": (0, 1), "output": (1, 0, 1)}
    gradients = (
        lambda n, y: SigmoidBackwardBackward0.either(y, n["output"]),
        lambda n, y: y * n["grad_output"] * (1 - 2 * n["output"]),
    )

    @staticmethod
    def forward(g: np.ndarray, z: np.ndarray) -> np.ndarray:
        return g * (1 - z) * z


class ErfBackward0(Operation):
    """z = erf x, the error function:  x̄ = z̄·2/√π·e^(-x²)"""

    saves: ClassVar = {"self": (0, 0)}
    gradients = (lambda n, g: 2 / math.sqrt(math.pi) * np.exp(-(n["self"] ** 2)) * g,)

    @staticmethod
    def forward(x: np.ndarray) -> np.ndarray:
        return np.fromiter(map(math.erf, x.ravel().tolist()), x.dtype, x.size).reshape(x.shape)


class AbsBackward0(Operation):
    """z = |x|:  x̄ = z̄·sign x, 0 at 0"""

    forward = np.abs
    saves: ClassVar = {"self": (0, 0)}
    gradients = (lambda n, g: g * np.sign(n["self"]),)


_FLAT = (lambda n, g: np.zeros_like(g),)


class SignBackward0(Operation):
    """z = the sign of x, -1, 0 or 1:  x̄ = 0"""

    gradients = _FLAT

    @staticmethod
    def forward(x: np.ndarray) -> np.ndarray:
        return x.copy() if x.dtype == bool else np.sign(x)


class CeilBackward0(Operation):
    """z = x rounded up:  x̄ = 0"""

    gradients = _FLAT

    forward = np.ceil


class FloorBackward0(Operation):
    """z = x rounded down:  x̄ = 0"""

    gradients = _FLAT

    forward = np.floor


class TruncBackward0(Operation):
    """z = x without its fraction:  x̄ = 0"""

    gradients = _FLAT

    forward = np.trunc


class RoundBackward0(Operation):
    """z = x rounded to the nearest whole number, halves to the even one:  x̄ = 0"""

    gradients = _FLAT

    @staticmethod
    def forward(x: np.ndarray) -> np.ndarray:
        return np.round(x)


class RoundBackward1(Operation):
    """z = x rounded to some decimals:  x̄ = 0"""

    gradients = _FLAT

    @staticmethod
    def forward(x: np.ndarray, *, decimals: int) -> np.ndarray:
        return np.round(x, decimals)


class FracBackward0(Operation):
    """z = the fraction of x:  x̄ = z̄"""

    gradients = (lambda n, g: g,)

    @staticmethod
    def forward(x: np.ndarray) -> np.ndarray:
        return x - np.trunc(x)


_TRANSCENDENTAL: dict[str, type[Operation]] = {
    "exp2": Exp2Backward0,
    "expm1": Expm1Backward0,
    "log2": Log2Backward0,
    "log10": Log10Backward0,
    "log1p": Log1PBackward0,
    "sqrt": SqrtBackward0,
    "rsqrt": RsqrtBackward0,
    "sin": SinBackward0,
    "cos": CosBackward0,
    "tan": TanBackward0,
    "asin": AsinBackward0,
    "acos": AcosBackward0,
    "atan": AtanBackward0,
    "sinh": SinhBackward0,
    "cosh": CoshBackward0,
    "sigmoid": SigmoidBackward0,
    "erf": ErfBackward0,
    "reciprocal": pointwise.ReciprocalBackward0,
}
_WHOLE: dict[str, type[Operation]] = {
    "ceil": CeilBackward0,
    "floor": FloorBackward0,
    "trunc": TruncBackward0,
    "frac": FracBackward0,
}
_MORE_NAMES = {"asin": ("arcsin",), "acos": ("arccos",), "atan": ("arctan",), "trunc": ("fix",)}


def _register(name: str, operation: type[Operation], prepare: Callable[[Tensor], Tensor]) -> None:
    def of_each(input: Tensor) -> Tensor:
        return operation.apply(prepare(input))

    of_each.__name__ = of_each.__qualname__ = name
    of_each.__doc__ = f"{operation.__doc__}\n\n    Of each element (``torch.{name}``)."
    called = function(*_MORE_NAMES.get(name, ()), in_place=True)(of_each)
    if isinstance(operation.forward, np.ufunc):
        protocol.UFUNCS[operation.forward] = called


def _no_mask(name: str) -> Callable[[Tensor], Tensor]:
    def check(input: Tensor) -> Tensor:
        if input._array.dtype == bool:
            raise NotImplementedError(f"\"{name}\" not implemented for 'Bool'")
        return input

    return check


for _name, _operation in _TRANSCENDENTAL.items():
    _register(_name, _operation, floating)
for _name, _operation in _WHOLE.items():
    _register(_name, _operation, _no_mask(f"{_name}_vml_cpu"))
_register("abs", AbsBackward0, _no_mask("abs_cpu"))
_register("sign", SignBackward0, lambda x: x)
FUNCTIONS["absolute"] = FUNCTIONS["abs"]
protocol.UFUNCS[np.exp] = arithmetic.exp
protocol.UFUNCS[np.sign] = FUNCTIONS["sign"]


@function(in_place=True)
def round(input: Tensor, *, decimals: int | None = None) -> Tensor:
    """Each element rounded to the nearest whole number, halves to the even one (``torch.round``)."""
    if input._array.dtype == bool:
        raise NotImplementedError("\"round_vml_cpu\" not implemented for 'Bool'")
    if decimals is None:
        return RoundBackward0.apply(input)
    return RoundBackward1.apply(input, decimals=decimals)


@function(in_place=True)
def square(input: Tensor) -> Tensor:
    """x² of each element (``torch.square``)."""
    return input**2


# Quotients and remainders


class DivBackward2(Operation):
    """z = x / y, rounded down or towards 0:  x̄ = 0,  ȳ = 0"""

    gradients = (lambda n, g: np.zeros_like(g), lambda n, g: np.zeros_like(g))

    @staticmethod
    def forward(x: np.ndarray, y: Any, *, rounding_mode: str) -> np.ndarray:
        if rounding_mode == "floor":
            return np.floor_divide(x, y)
        return np.trunc(np.true_divide(x, y)) if x.dtype.kind == "f" else x // y + ((x % y != 0) & ((x < 0) != (y < 0)))


class FloorDivide(Operation):
    """z = x // y:  no gradient, as in PyTorch"""

    gradients = (lambda n, g: FloorDivide._refuse(), lambda n, g: FloorDivide._refuse())
    forward = np.floor_divide

    @staticmethod
    def _refuse() -> None:
        raise errors.hinted(
            RuntimeError("derivative for aten::floor_divide is not implemented"),
            "// is a staircase: its derivative is 0 wherever it has one. Take x.detach() // y to say so.",
        )


FloorDivide.__name__ = "NotImplemented"  # what PyTorch calls the node


class RemainderBackward0(Operation):
    """z = x mod c for a number c:  x̄ = z̄"""

    gradients = (lambda n, g: g,)

    @staticmethod
    def forward(x: np.ndarray, *, other: Number) -> np.ndarray:
        return np.remainder(x, other)


class RemainderBackward1(Operation):
    """z = x mod y, of the sign of y:  x̄ = z̄,  ȳ = -z̄·⌊x / y⌋"""

    forward = np.remainder
    saves: ClassVar = {"self": (0, 1), "other": (1, 1)}
    gradients = (lambda n, g: g, lambda n, g: -g * np.floor(n["self"] / n["other"]))


class FmodBackward0(RemainderBackward0):
    """z = x mod c for a number c, of the sign of x:  x̄ = z̄"""

    @staticmethod
    def forward(x: np.ndarray, *, other: Number) -> np.ndarray:
        return np.fmod(x, other)


class FmodBackward1(Operation):
    """z = x mod y, of the sign of x:  x̄ = z̄,  ȳ = -z̄·(x / y without its fraction)"""

    forward = np.fmod
    saves: ClassVar = {"self": (0, 1), "other": (1, 1)}
    gradients = (lambda n, g: g, lambda n, g: -g * np.trunc(n["self"] / n["other"]))


def _operand(name: str, other: Any, *, numbers: bool = True) -> Any:
    """The second operand, checked: a Tensor, or a number where these are allowed."""
    if isinstance(other, Tensor) or (numbers and isinstance(other, Number)):
        return other.item() if isinstance(other, np.number) else other
    raise errors.not_a_tensor(name, "other", 2, other)


def _refuse_zero(x: Tensor, y: Any) -> None:
    """Raise RuntimeError where whole numbers are divided by 0."""
    divisor = y._array if isinstance(y, Tensor) else np.asarray(y)
    check_broadcast(x._array.shape, divisor.shape)
    if x._array.dtype.kind in "iub" and divisor.dtype.kind in "iub" and not np.all(divisor):
        raise RuntimeError("ZeroDivisionError")


@function("divide", "true_divide")
def div(input: Tensor, other: Tensor | Number, *, rounding_mode: str | None = None) -> Tensor:
    """input / other, element by element, as it is or rounded down ("floor") or towards 0 ("trunc") (``torch.div``).

    Raises RuntimeError for another rounding mode.
    """
    other = _operand("div", other)
    if rounding_mode is None:
        return input / other
    if rounding_mode not in ("trunc", "floor"):
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
        )
    _refuse_zero(input, other)
    a, b = together(input, other)
    return DivBackward2.apply(a, b, rounding_mode=rounding_mode)


@function(in_place=True)
def floor_divide(input: Tensor, other: Tensor | Number) -> Tensor:
    """input // other, rounded down (``torch.floor_divide``)."""
    other = _operand("floor_divide", other)
    _refuse_zero(input, other)
    return binary(FloorDivide, input, other)


def _remainder(name: str, by_number: type[Operation], by_tensor: type[Operation], x: Tensor, other: Any) -> Tensor:
    other = _operand(name, other)
    _refuse_zero(x, other)
    if isinstance(other, Tensor):
        return binary(by_tensor, x, other)
    return by_number.apply(promoted(x, other), other=other)


@function(in_place=True)
def remainder(input: Tensor, other: Tensor | Number) -> Tensor:
    """What division by ``other`` leaves, of the sign of ``other`` as in Python's % (``torch.remainder``)."""
    return _remainder("remainder", RemainderBackward0, RemainderBackward1, input, other)


@function(in_place=True)
def fmod(input: Tensor, other: Tensor | Number) -> Tensor:
    """What division by ``other`` leaves, of the sign of ``input`` as in C (``torch.fmod``)."""
    return _remainder("fmod", FmodBackward0, FmodBackward1, input, other)


# Arithmetic of two tensors


class RsubBackward0(Operation):
    """z = y - a·x for a number a:  x̄ = -a·z̄,  ȳ = z̄"""

    gradients = (lambda n, g: times(-g, n.parameters.get("alpha", 1)), lambda n, g: g)

    @staticmethod
    def forward(x: np.ndarray, y: np.ndarray, *, alpha: float = 1) -> np.ndarray:
        return y - x * alpha


class Atan2Backward0(Operation):
    """z = the angle of the point (y, x), arctan(x / y):  x̄ = z̄·y / (x² + y²),  ȳ = -z̄·x / (x² + y²), 0 at (0, 0)"""

    forward = np.arctan2
    saves: ClassVar = {"self": (0, 0, 1), "other": (1, 0, 1)}

    def _slope(self, g: Any) -> Any:
        squared = self["self"] ** 2 + self["other"] ** 2
        return np.where(squared == 0, 0.0, g / squared)

    gradients = (lambda n, g: n._slope(g) * n["other"], lambda n, g: n._slope(g) * -n["self"])


class LerpBackward0(Operation):
    """z = x + w·(y - x) for a number w:  x̄ = z̄·(1 - w),  ȳ = z̄·w"""

    gradients = (
        lambda n, g: MulBackward1.either(g, other=1 - n.parameters["weight"]),
        lambda n, g: MulBackward1.either(g, other=n.parameters["weight"]),
    )

    @staticmethod
    def forward(x: np.ndarray, y: np.ndarray, *, weight: float) -> np.ndarray:
        return x + weight * (y - x)


class LerpBackward1(Operation):
    """z = x + w·(y - x):  x̄ = z̄·(1 - w),  ȳ = z̄·w,  w̄ = z̄·(y - x)"""

    saves: ClassVar = {"self": (0, 2), "end": (1, 2), "weight": (2, 0, 1)}
    gradients = (
        lambda n, g: g * (1 - n["weight"]),
        lambda n, g: g * n["weight"],
        lambda n, g: g * (n["end"] - n["self"]),
    )

    @staticmethod
    def forward(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
        return x + weight * (y - x)


class AddcmulBackward0(Operation):
    """z = x + v·a·b:  x̄ = z̄,  ā = z̄·v·b,  b̄ = z̄·v·a"""

    saves: ClassVar = {"tensor1": (1, 2), "tensor2": (2, 1)}
    gradients = (
        lambda n, g: g,
        lambda n, g: g * (n["tensor2"] * n.parameters["value"]),
        lambda n, g: g * (n["tensor1"] * n.parameters["value"]),
    )

    @staticmethod
    def forward(x: np.ndarray, a: np.ndarray, b: np.ndarray, *, value: float) -> np.ndarray:
        return x + value * a * b


class AddcdivBackward0(Operation):
    """z = x + v·a/b:  x̄ = z̄,  ā = z̄·v/b,  b̄ = -z̄·v·a/b²"""

    saves: ClassVar = {"tensor1": (1, 2), "tensor2": (2, 1, 2)}
    gradients = (
        lambda n, g: g,
        lambda n, g: g * (n.parameters["value"] / n["tensor2"]),
        lambda n, g: -g * (n["tensor1"] * n.parameters["value"] / (n["tensor2"] * n["tensor2"])),
    )

    @staticmethod
    def forward(x: np.ndarray, a: np.ndarray, b: np.ndarray, *, value: float) -> np.ndarray:
        return x + value * (a / b)


@function(method=False)
def rsub(input: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
    """other - alpha·input (``torch.rsub``)."""
    other = _operand("rsub", other)
    parameters = alpha_of("rsub", input, other, alpha)
    if not isinstance(other, Tensor):
        return pointwise.RsubBackward1.apply(promoted(input, other), other=other, **parameters)
    if not parameters:
        return binary(RsubBackward0, input, other)
    return RsubBackward0.apply(*together(input, other), **parameters)


@function("arctan2", in_place=True)
def atan2(input: Tensor, other: Tensor) -> Tensor:
    """The angle of the point whose height is ``input`` and whose distance ahead is ``other`` (``torch.atan2``)."""
    return binary(Atan2Backward0, floating(input), floating(_operand("atan2", other, numbers=False)))


@function(in_place=True)
def lerp(input: Tensor, end: Tensor, weight: Tensor | Number) -> Tensor:
    """From ``input`` at weight 0 to ``end`` at weight 1, in a straight line (``torch.lerp``).

    Raises RuntimeError where the dtypes differ.
    """
    for name, t in (("end", end), ("weight", weight)):
        if isinstance(t, Tensor):
            if t._array.dtype != input._array.dtype:
                raise RuntimeError(f"expected dtype {input.dtype.c_name} for `{name}` but got dtype {t.dtype.c_name}")
            check_broadcast(input._array.shape, t._array.shape)
    if isinstance(weight, Tensor):
        return LerpBackward1.apply(input, end, weight)
    return LerpBackward0.apply(input, end, weight=weight)


@function(in_place=True)
def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
    """input + value·tensor1·tensor2 (``torch.addcmul``)."""
    return AddcmulBackward0.apply(*_three("addcmul", input, tensor1, tensor2), value=value)


@function(in_place=True)
def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
    """input + value·tensor1/tensor2 (``torch.addcdiv``). Raises RuntimeError for two whole numbers."""
    three = _three("addcdiv", input, tensor1, tensor2)
    if tensor1._array.dtype.kind in "iub" and tensor2._array.dtype.kind in "iub":
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a "
            "true division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value "
            "* torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / "
            "tensor2) for float inputs. The future addcdiv behavior is just the latter implementation: (input + value "
            "* tensor1 / tensor2), for all dtypes."
        )
    return AddcdivBackward0.apply(*three, value=value)


def _three(name: str, input: Tensor, tensor1: Any, tensor2: Any) -> tuple[Tensor, Tensor, Tensor]:
    """The operands in the dtype that they have together."""
    for place, (argument, t) in enumerate((("tensor1", tensor1), ("tensor2", tensor2)), 2):
        if not isinstance(t, Tensor):
            raise errors.not_a_tensor(name, argument, place, t)
    input, tensor1 = together(input, tensor1)
    input, tensor2 = together(input, tensor2)
    tensor1, tensor2 = together(tensor1, tensor2)
    return input, tensor1, tensor2


@function()
def float_power(input: Tensor, exponent: Tensor | Number) -> Tensor:
    """input to a power, computed in float64 (``torch.float_power``)."""
    return input.to(dtypes.float64) ** (exponent.to(dtypes.float64) if isinstance(exponent, Tensor) else exponent)


# Limits and choices


def kept(mask: Any, g: Any) -> Any:
    """The gradient where ``mask`` holds, 0 elsewhere."""
    return np.where(mask, g, 0.0)


def without(mask: Any, g: Any) -> Any:
    """The gradient, 0 where ``mask`` holds."""
    return MaskedFillBackward0.either(g, mask=mask._array if isinstance(mask, Tensor) else mask, value=0)


def _within(x: Any, low: Any, high: Any) -> Any:
    """Where x is not beyond its limits, which may be None."""
    if low is None or high is None:
        return x <= high if low is None else x >= low
    return (x >= low) & (x <= high)


class ClampBackward1(Operation):
    """z = x held between the numbers a and b:  x̄ = z̄ where a ≤ x ≤ b, else 0"""

    saves: ClassVar = {"self": (0, 0)}
    gradients = (lambda n, g: kept(_within(n["self"], n.parameters["min"], n.parameters["max"]), g),)

    @staticmethod
    def forward(x: np.ndarray, *, min: Number | None, max: Number | None) -> np.ndarray:
        if min is not None:
            x = np.maximum(x, min)
        return x if max is None else np.minimum(x, max)  # np.clip gives the same in three times as long


class ClampBackward0(Operation):
    """z = x held between a and b:  x̄ = z̄ where a ≤ x ≤ b,  ā = z̄ where x < a < b,  b̄ = z̄ where x > b or a > b"""

    saves: ClassVar = {"self": (0, 0, 1, 2), "min": (1, 0, 1, 2), "max": (2, 0, 1, 2)}

    @staticmethod
    def forward(x: np.ndarray, low: np.ndarray | None, high: np.ndarray | None) -> np.ndarray:
        common = dtypes.promote(*[a for a in (x, low, high) if a is not None])
        if low is not None:
            x = np.maximum(x, low)
        return np.asarray(x if high is None else np.minimum(x, high), common)

    def _gradient_of_min(self, g: Any) -> Any:
        x, low, high = self["self"], self["min"], self["max"]
        return kept(x < low if high is None else (low < high) & (x < low), g)

    def _gradient_of_max(self, g: Any) -> Any:
        x, low, high = self["self"], self["min"], self["max"]
        return kept(x > high if low is None else (x > high) | (high < low), g)

    gradients = (
        lambda n, g: kept(_within(n["self"], n["min"], n["max"]), g),
        _gradient_of_min,
        _gradient_of_max,
    )


class ClampMinBackward0(Operation):
    """z = x, at least the number a:  x̄ = z̄ where x ≥ a, else 0"""

    saves: ClassVar = {"self": (0, 0)}
    gradients = (lambda n, g: kept(n["self"] >= n.parameters["min"], g),)

    @staticmethod
    def forward(x: np.ndarray, *, min: Number) -> np.ndarray:
        return np.maximum(x, min)


class ClampMaxBackward0(Operation):
    """z = x, at most the number b:  x̄ = z̄ where x ≤ b, else 0"""

    saves: ClassVar = {"self": (0, 0)}
    gradients = (lambda n, g: kept(n["self"] <= n.parameters["max"], g),)

    @staticmethod
    def forward(x: np.ndarray, *, max: Number) -> np.ndarray:
        return np.minimum(x, max)


class ClampMinBackward1(Operation):
    """z = x, at least a:  x̄ = z̄ where x ≥ a,  ā = z̄ where x < a"""

    forward = np.maximum
    saves: ClassVar = {"self": (0, 0, 1), "min": (1, 0, 1)}
    gradients = (lambda n, g: kept(n["self"] >= n["min"], g), lambda n, g: kept(n["self"] < n["min"], g))


class ClampMaxBackward1(Operation):
    """z = x, at most b:  x̄ = z̄ where x ≤ b,  b̄ = z̄ where x > b"""

    forward = np.minimum
    saves: ClassVar = {"self": (0, 0, 1), "max": (1, 0, 1)}
    gradients = (lambda n, g: kept(n["self"] <= n["max"], g), lambda n, g: kept(n["self"] > n["max"], g))


def _share(node: Any, g: Any, lost: Any) -> Any:
    """The gradient, half of it where the two are equal, 0 where the other was chosen."""
    return without(lost, np.where(node["self"] == node["other"], g / 2, g))


class MaximumBackward0(Operation):
    """z = the larger of x and y:  x̄ = z̄ where x > y,  ȳ = z̄ where y > x, half each where they are equal"""

    forward = np.maximum
    saves: ClassVar = {"self": (0, 0, 1), "other": (1, 0, 1)}
    gradients = (
        lambda n, g: _share(n, g, n["self"] < n["other"]),
        lambda n, g: _share(n, g, n["self"] > n["other"]),
    )


class MinimumBackward0(Operation):
    """z = the smaller of x and y:  x̄ = z̄ where x < y,  ȳ = z̄ where y < x, half each where they are equal"""

    forward = np.minimum
    saves: ClassVar = {"self": (0, 0, 1), "other": (1, 0, 1)}
    gradients = (
        lambda n, g: _share(n, g, n["self"] > n["other"]),
        lambda n, g: _share(n, g, n["self"] < n["other"]),
    )


class MaskedFillBackward0(Operation):
    """z = x, with a number where the mask holds:  x̄ = z̄ elsewhere"""

    gradients = (lambda n, g: without(n.parameters["mask"], g),)

    @staticmethod
    def forward(x: np.ndarray, *, mask: np.ndarray, value: Number) -> np.ndarray:
        return np.where(mask, np.asarray(value).astype(x.dtype), x)


class MaskedFillBackward1(Operation):
    """z = x, with v where the mask holds:  x̄ = z̄ elsewhere,  v̄ = Σ z̄ there (by the walk)"""

    gradients = (lambda n, g: without(n.parameters["mask"], g), lambda n, g: kept(n.parameters["mask"], g))

    @staticmethod
    def forward(x: np.ndarray, value: np.ndarray, *, mask: np.ndarray) -> np.ndarray:
        return np.where(mask, value.astype(x.dtype), x)


@function("clip", in_place=True)
def clamp(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """Each element, held between ``min`` and ``max`` (``torch.clamp``).

    Raises RuntimeError without any limit.
    """
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    limits = [limit for limit in (min, max) if limit is not None]
    if all(isinstance(limit, Number) for limit in limits):
        for limit in limits:
            input = promoted(input, limit)
        return ClampBackward1.apply(input, min=min, max=max)
    if not all(isinstance(limit, Tensor) for limit in limits):
        given = ", ".join("Tensor" if isinstance(a, Tensor) else type(a).__name__ for a in (min, max) if a is not None)
        raise TypeError(
            f"clamp() received an invalid combination of arguments - got ({given}), but expected one of:\n"
            " * (Tensor min = None, Tensor max = None)\n * (Number min = None, Number max = None)\n"
        )
    for limit in limits:
        check_broadcast(input._array.shape, limit._array.shape)
    return ClampBackward0.apply(input, min, max)


@function(in_place=True)
def clamp_min(input: Tensor, min: Any) -> Tensor:
    """Each element, at least ``min`` (``torch.clamp_min``)."""
    if isinstance(min, Tensor):
        return binary(ClampMinBackward1, input, min)
    return ClampMinBackward0.apply(promoted(input, min), min=min)


@function(in_place=True)
def clamp_max(input: Tensor, max: Any) -> Tensor:
    """Each element, at most ``max`` (``torch.clamp_max``)."""
    if isinstance(max, Tensor):
        return binary(ClampMaxBackward1, input, max)
    return ClampMaxBackward0.apply(promoted(input, max), max=max)


@function()
def maximum(input: Tensor, other: Tensor) -> Tensor:
    """The larger element of two tensors, nan where either is (``torch.maximum``)."""
    return binary(MaximumBackward0, input, _operand("maximum", other, numbers=False))


@function()
def minimum(input: Tensor, other: Tensor) -> Tensor:
    """The smaller element of two tensors, nan where either is (``torch.minimum``)."""
    return binary(MinimumBackward0, input, _operand("minimum", other, numbers=False))


@function(method=False)
def where(condition: Tensor, input: Any = None, other: Any = None) -> Any:
    """``input`` where the condition holds, else ``other``; alone, the places where it holds (``torch.where``).

    Both sides are computed and both get a gradient, 0 where they were not chosen: what is inf or nan on the side not
    chosen still makes that 0 a nan. Raises RuntimeError for a condition that is no mask.
    """
    if not isinstance(condition, Tensor):
        raise errors.not_a_tensor("where", "condition", 1, condition)
    if input is None and other is None:
        return tuple(wrap(found) for found in np.nonzero(np.atleast_1d(condition._array)))
    mask = condition._array
    if mask.dtype != bool:
        raise errors.hinted(
            RuntimeError(
                f"where expected condition to be a boolean tensor, but got a tensor with dtype {condition.dtype.word}"
            ),
            "a comparison makes one: torch.where(x > 0, x, y).",
        )
    for position, side in ((2, input), (3, other)):
        if not isinstance(side, Tensor | Number):
            raise errors.not_a_tensor("where", "input" if position == 2 else "other", position, side)
    arrays = [side._array if isinstance(side, Tensor) else side for side in (input, other)]
    common = dtypes.promote(*arrays)
    sides = [side if isinstance(side, Tensor) else wrap(np.asarray(side, common)) for side in (input, other)]
    check_broadcast(sides[0]._array.shape, sides[1]._array.shape)
    check_broadcast(mask.shape, np.broadcast_shapes(sides[0]._array.shape, sides[1]._array.shape))
    sides = [s if s._array.dtype == common else pointwise.ToCopyBackward0.apply(s, dtype=common) for s in sides]
    return WhereBackward0.apply(
        *sides, condition=mask.copy()
    )  # the rule reads it after the learner may have changed it


@function(in_place=True)
def masked_fill(input: Tensor, mask: Tensor, value: Tensor | Number) -> Tensor:
    """``value`` where the mask holds, the elements of ``input`` elsewhere (``torch.Tensor.masked_fill``).

    Raises RuntimeError for a mask that is not of booleans, and for a value with dimensions.
    """
    if mask._array.dtype != bool:
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {mask.dtype.c_name}")
    check_broadcast(input._array.shape, mask._array.shape)
    if not isinstance(value, Tensor):
        return MaskedFillBackward0.apply(input, mask=mask._array.copy(), value=value)
    if value.ndim:
        raise RuntimeError(
            f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    return MaskedFillBackward1.apply(input, value, mask=mask._array.copy())


# Truth values: never recorded


def _comparison(name: str, more: tuple[str, ...], operator: Any) -> None:
    def compare(input: Tensor, other: Tensor | Number) -> Tensor:
        return operator(input, _operand(name, other))

    compare.__name__ = compare.__qualname__ = name
    compare.__doc__ = f"Compare element by element (``torch.{name}``)."
    function(*more)(compare)


_comparison("eq", (), comparing.__eq__)
_comparison("ne", ("not_equal",), comparing.__ne__)
_comparison("lt", ("less",), comparing.__lt__)
_comparison("le", ("less_equal",), comparing.__le__)
_comparison("gt", ("greater",), comparing.__gt__)
_comparison("ge", ("greater_equal",), comparing.__ge__)


def _truth(name: str, on_arrays: Callable[..., Any], words: str) -> None:
    def test(input: Tensor, *other: Tensor) -> Tensor:
        if len(other) != getattr(on_arrays, "nin", 1) - 1:
            raise TypeError(f"{name}() takes {getattr(on_arrays, 'nin', 1)} tensors")
        arrays = [input._array, *(_operand(name, t, numbers=False)._array for t in other)]
        if other:
            check_broadcast(arrays[0].shape, arrays[1].shape)
        return wrap(np.asarray(on_arrays(*arrays)))

    test.__name__ = test.__qualname__ = name
    test.__doc__ = f"{words} (``torch.{name}``)."
    function()(test)


_truth("logical_and", np.logical_and, "Where both are not 0")
_truth("logical_or", np.logical_or, "Where either is not 0")
_truth("logical_xor", np.logical_xor, "Where exactly one is not 0")
_truth("logical_not", np.logical_not, "Where the element is 0")
_truth("isnan", np.isnan, "Where the element is nan")
_truth("isinf", np.isinf, "Where the element is inf or -inf")
_truth("isfinite", np.isfinite, "Where the element is neither inf nor nan")


@function()
def isclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Where |input - other| ≤ atol + rtol·|other| (``torch.isclose``). Raises RuntimeError for different dtypes."""
    if not isinstance(other, Tensor):
        raise errors.not_a_tensor("isclose", "other", 2, other)
    if input._array.dtype != other._array.dtype:
        raise errors.hinted(
            RuntimeError(f"{input.dtype.word} did not match {other.dtype.word}"), "convert one: other.to(input.dtype)."
        )
    check_broadcast(input._array.shape, other._array.shape)
    return wrap(np.asarray(np.isclose(input._array, other._array, rtol, atol, equal_nan)))


@function()
def allclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements are close (``torch.allclose``)."""
    return bool(isclose(input, other, rtol, atol, equal_nan)._array.all())


@function()
def equal(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape and the same elements (``torch.equal``)."""
    return np.array_equal(input._array, _operand("equal", other, numbers=False)._array)


# What Tensor has and the kit has not as a function, or with another order of arguments


def _method(name: str, f: Callable[..., Any]) -> None:
    setattr(Tensor, name, f)


_method("where", lambda self, condition, other: where(condition, self, other))
_method("absolute", FUNCTIONS["abs"])
_method("__abs__", FUNCTIONS["abs"])
_method("__mod__", remainder)
_method("__imod__", lambda self, other: self.remainder_(other))
_method("__floordiv__", floor_divide)
_method("__ifloordiv__", lambda self, other: self.floor_divide_(other))
_method("__rmod__", lambda self, other: remainder(wrap(np.asarray(other, dtypes.promote(other))), self))
_method("__rfloordiv__", lambda self, other: floor_divide(wrap(np.asarray(other, dtypes.promote(other))), self))


def _number_first(name: str, operator: Callable[[Any, Any], Tensor]) -> None:
    with_tensor = FUNCTIONS.get(name) or of_a_tensor(name, getattr(Tensor, name))

    @functools.wraps(with_tensor)
    def called(input: Tensor | Number, *args: Any, **kwargs: Any) -> Tensor:
        if isinstance(input, Number) and len(args) == 1 and isinstance(args[0], Tensor):
            return operator(input, args[0])
        return with_tensor(input, *args, **kwargs)

    FUNCTIONS[name] = called


for _name, _more in (("add", ()), ("sub", ("subtract",)), ("mul", ("multiply",)), ("neg", ("negative",)), ("log", ())):
    for _alias in (_name, *_more):
        FUNCTIONS[_alias] = of_a_tensor(_alias, getattr(Tensor, _name))
        _method(_alias, getattr(Tensor, _name))
_method("neg_", lambda self: in_place.overwrite(self, arithmetic.neg))
_method("log_", lambda self: in_place.overwrite(self, arithmetic.log))
_number_first("add", lambda c, x: wrap(np.asarray(c, dtypes.promote(c))) + x)
_number_first("sub", lambda c, x: wrap(np.asarray(c, dtypes.promote(c))) - x)
_number_first("mul", lambda c, x: wrap(np.asarray(c, dtypes.promote(c))) * x)
_number_first("div", lambda c, x: wrap(np.asarray(c, dtypes.promote(c))) / x)
_number_first("pow", lambda c, x: c**x)
_number_first("float_power", lambda c, x: c ** x.to(dtypes.float64))
_number_first("remainder", lambda c, x: c % x)


# Casts


def _type(self: Tensor, dtype: Any = None) -> Any:
    """The name of the tensor's type, or the tensor in another dtype (``torch.Tensor.type``)."""
    if dtype is None:
        return f"torch.{self.dtype.type_name}"
    return self.to(dtypes.of_type_name(dtype) if isinstance(dtype, str) else dtype)


_method("type", _type)


@function(method=False)
def is_floating_point(input: Tensor) -> bool:
    """Whether the elements are floating point numbers (``torch.is_floating_point``)."""
    return input.is_floating_point()


@function(method=False)
def result_type(tensor1: Any, tensor2: Any) -> dtypes.dtype:
    """The dtype that arithmetic on two tensors or numbers gives (``torch.result_type``)."""
    arrays = [t._array if isinstance(t, Tensor) else t for t in (tensor1, tensor2)]
    return dtypes.of(np.empty(0, dtypes.promote(*arrays)))


@function(method=False)
def promote_types(type1: dtypes.dtype, type2: dtypes.dtype) -> dtypes.dtype:
    """The smallest dtype that holds the values of both (``torch.promote_types``)."""
    return dtypes.join(type1, type2)


@function(method=False)
def can_cast(from_: dtypes.dtype, to: dtypes.dtype) -> bool:
    """Whether an in-place operation may cast so: never to a lower kind of numbers (``torch.can_cast``)."""
    return from_.category <= to.category


def _cast(name: str, wanted: dtypes.dtype) -> None:
    def cast(self: Tensor) -> Tensor:
        return self.to(wanted)

    cast.__name__ = cast.__qualname__ = name
    cast.__doc__ = f"The same values as {wanted.name}."
    setattr(Tensor, name, cast)


_cast("half", dtypes.float16)
_cast("long", dtypes.int64)
_cast("int", dtypes.int32)
_cast("short", dtypes.int16)
_cast("char", dtypes.int8)
_cast("byte", dtypes.uint8)
_cast("bool", dtypes.boolean)
