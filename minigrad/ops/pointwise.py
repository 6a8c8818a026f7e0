"""Operations on each element: arithmetic with broadcasting, and functions of one tensor."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from .. import dtypes, errors
from ..graph import Node
from .operation import RESULT, Operation


def constant(number: float, x: Any) -> Any:
    """A number as a rule multiplies ``x`` by it: NumPy takes half the time where it is an array."""
    return np.array(number, x.dtype) if type(x) is np.ndarray else number


class AddBackward0(Operation):
    """z = x + y:  x̄ = z̄,  ȳ = z̄"""

    forward = np.add
    gradients = (lambda n, g: g, lambda n, g: g)


class SubBackward0(Operation):
    """z = x - y:  x̄ = z̄,  ȳ = -z̄"""

    forward = np.subtract
    gradients = (lambda n, g: g, lambda n, g: -g)


class ScaledAdd(Operation):
    """z = x + a·y for a number a:  x̄ = z̄,  ȳ = a·z̄"""

    gradients = (lambda n, g: g, lambda n, g: times(g, n.parameters["alpha"]))

    @staticmethod
    def forward(x: np.ndarray, y: np.ndarray, *, alpha: float) -> np.ndarray:
        return x + y * alpha


class ScaledSub(Operation):
    """z = x - a·y for a number a:  x̄ = z̄,  ȳ = -a·z̄"""

    gradients = (lambda n, g: g, lambda n, g: times(-g, n.parameters["alpha"]))

    @staticmethod
    def forward(x: np.ndarray, y: np.ndarray, *, alpha: float) -> np.ndarray:
        return x - y * alpha


# The same nodes in PyTorch, where every sum has an alpha, which is 1. Here only those that were given one pay for it.
ScaledAdd.__name__, ScaledSub.__name__ = "AddBackward0", "SubBackward0"


class RsubBackward1(Operation):
    """z = c - a·x for numbers c and a:  x̄ = -a·z̄"""

    gradients = (lambda n, g: times(-g, n.parameters.get("alpha", 1)),)

    @staticmethod
    def forward(x: np.ndarray, *, other: float, alpha: float = 1) -> np.ndarray:
        return other - x if alpha == 1 else other - alpha * x


class MulBackward0(Operation):
    """z = x·y:  x̄ = z̄·y,  ȳ = z̄·x"""

    forward = np.multiply
    saves: ClassVar = {"self": (0, 1), "other": (1, 0)}
    gradients = (lambda n, g: g * n["other"], lambda n, g: g * n["self"])


class MulBackward1(Operation):
    """z = c·x for a number c, as gradient rules and PyTorch's own functions multiply:  x̄ = c·z̄"""

    gradients = (lambda n, g: MulBackward1.either(g, other=n.parameters["other"]),)

    @staticmethod
    def forward(x: np.ndarray, *, other: float) -> np.ndarray:
        return x * other


def times(g: Any, number: float) -> Any:
    """A gradient times a number, inside a gradient rule."""
    return g if number == 1 else MulBackward1.either(g, other=number)


class DivBackward0(Operation):
    """z = x / y:  x̄ = z̄ / y,  ȳ = -z̄·(x / y) / y"""

    forward = np.true_divide
    saves: ClassVar = {"self": (0, 1), "other": (1, 0, 1)}
    gradients = (lambda n, g: g / n["other"], lambda n, g: -g * ((n["self"] / n["other"]) / n["other"]))


class DivBackward1(Operation):
    """z = x / c for a number c, as gradient rules divide:  x̄ = z̄ / c"""

    gradients = (lambda n, g: DivBackward1.either(g, other=n.parameters["other"]),)

    @staticmethod
    def forward(x: np.ndarray, *, other: float) -> np.ndarray:
        return x / constant(other, x)


class ReciprocalBackward0(Operation):
    """z = 1 / x:  x̄ = -z̄·z²"""

    forward = np.reciprocal
    saves: ClassVar = {"result": (RESULT, 0)}
    gradients = (lambda n, g: -g * (n["result"] * n["result"]),)


class NegBackward0(Operation):
    """z = -x:  x̄ = -z̄"""

    forward = np.negative
    gradients = (lambda n, g: -g,)


class PowBackward0(Operation):
    """z = xᵃ for a number a:  x̄ = z̄·a·xᵃ⁻¹"""

    saves: ClassVar = {"self": (0, 0)}

    @staticmethod
    def forward(x: np.ndarray, *, exponent: float) -> np.ndarray:
        return x**exponent

    def _gradient(self, g: Any) -> Any:
        a = self.parameters["exponent"]
        if a == 0:
            return np.zeros_like(g)
        power = self["self"] ** (a - 1)
        return g * (constant(a, power) * power)

    gradients = (_gradient,)


class PowBackward1(Operation):
    """z = xʸ:  x̄ = z̄·y·xʸ⁻¹ (0 where y is 0),  ȳ = z̄·z·ln x (0 where x is 0 and y is not negative)"""

    forward = np.power
    saves: ClassVar = {"self": (0, 0, 1), "exponent": (1, 0, 1), "result": (RESULT, 1)}

    def _gradient_of_base(self, g: Any) -> Any:
        y = self["exponent"]
        return np.where(y == 0, 0.0, g * (y * self["self"] ** (y - 1)))

    def _gradient_of_exponent(self, g: Any) -> Any:
        x, y = self["self"], self["exponent"]
        return g * np.where((x == 0) & (y >= 0), 0.0, self["result"] * np.log(x))

    gradients = (_gradient_of_base, _gradient_of_exponent)


class PowBackward2(Operation):
    """z = cʸ for a number c:  ȳ = z̄·z·ln c (0 where c is 0 and y is not negative)"""

    saves: ClassVar = {"exponent": (0, 0), "result": (RESULT, 0)}

    @staticmethod
    def forward(y: np.ndarray, *, base: float) -> np.ndarray:
        return np.power(base, y, order="C")  # PyTorch forgets here how y lies in memory

    def _gradient(self, g: Any) -> Any:
        c = self.parameters["base"]
        if c == 0:
            return g * np.where(self["exponent"] >= 0, 0.0, self["result"] * -np.inf)
        return g * (self["result"] * float(np.log(c)))

    gradients = (_gradient,)


class ExpBackward0(Operation):
    """z = eˣ:  x̄ = z̄·z"""

    forward = np.exp
    saves: ClassVar = {"result": (RESULT, 0)}
    gradients = (lambda n, g: g * n["result"],)


class LogBackward0(Operation):
    """z = ln x:  x̄ = z̄ / x"""

    forward = np.log
    saves: ClassVar = {"self": (0, 0)}
    gradients = (lambda n, g: g / n["self"],)


class TanhBackward0(Operation):
    """z = tanh x:  x̄ = z̄·(1 - z²)"""

    forward = np.tanh
    saves: ClassVar = {"result": (RESULT, 0)}
    gradients = (lambda n, g: TanhBackwardBackward0.either(g, n["result"]),)


class TanhBackwardBackward0(Operation):
    """The rule of tanh as an operation, y = g·(1 - z²):  ḡ = ȳ·(1 - z²),  z̄ = -2·ȳ·g·z"""

    saves: ClassVar = {"grad_output": (0, 1), "output": (1, 0, 1)}
    gradients = (
        lambda n, y: TanhBackwardBackward0.either(y, n["output"]),
        lambda n, y: y * n["grad_output"] * (-2 * n["output"]),
    )

    @staticmethod
    def forward(g: np.ndarray, z: np.ndarray) -> np.ndarray:
        return g * (1 - z * z)


class ReluBackward0(Operation):
    """z = max(x, 0):  x̄ = z̄, but 0 where z is 0"""

    saves: ClassVar = {"result": (RESULT, 0)}
    gradients = (lambda n, g: ThresholdBackwardBackward0.either(g, n["result"]),)

    @staticmethod
    def forward(x: np.ndarray) -> np.ndarray:
        return np.maximum(x, constant(0, x))


_BITS: dict[int, Any] = {2: np.dtype(np.int16), 4: np.dtype(np.int32), 8: np.dtype(np.int64)}
_ONE = np.array(True)


class ThresholdBackwardBackward0(Operation):
    """The rule of relu as an operation, y = g where z is not 0, else 0:  ḡ = ȳ, but 0 where z is 0,  z̄ = 0"""

    saves: ClassVar = {"self": (1, 0)}
    gradients = (
        lambda n, y: ThresholdBackwardBackward0.either(y, n["self"]),
        lambda n, y: np.zeros_like(y),
    )

    @staticmethod
    def forward(g: np.ndarray, z: np.ndarray) -> np.ndarray:
        # All bits of g, or none: a product would make nan of 0 and inf, and NumPy's choices take three times as long.
        # Not z > 0: where z is nan, PyTorch lets the gradient through.
        bits = _BITS[g.dtype.itemsize]
        keep = np.subtract(z <= constant(0, z), _ONE, dtype=bits)
        return np.asarray((g.view(bits) & keep).view(g.dtype))


class WhereBackward0(Operation):
    """z = x where the condition holds, else y:  x̄ = z̄ there, ȳ = z̄ elsewhere"""

    gradients = (
        lambda n, g: np.where(n._condition(), g, 0.0),
        lambda n, g: np.where(n._condition(), 0.0, g),
    )

    def _condition(self) -> Any:
        if self.saved_tensors_by_name is None:
            raise errors.second_backward()
        return self.parameters["condition"]

    def release(self) -> None:
        """Free what was saved, of which the condition is a part."""
        self.saved_tensors_by_name = None

    @staticmethod
    def forward(x: np.ndarray, y: np.ndarray, *, condition: np.ndarray) -> np.ndarray:
        return np.where(condition, x, y)


class CloneBackward0(Operation):
    """z = x, in memory of its own:  x̄ = z̄"""

    gradients = (lambda n, g: g,)

    @staticmethod
    def forward(x: np.ndarray, *, order: Any = None) -> np.ndarray:
        return x.copy(order or ("C" if 0 in x.strides else "K"))


class ToCopyBackward0(Operation):
    """z = x in another dtype:  x̄ = z̄ (the walk casts it back)"""

    gradients = (lambda n, g: g,)

    @staticmethod
    def forward(x: np.ndarray, *, dtype: np.dtype) -> np.ndarray:
        return dtypes.cast(x, dtype)


class CopyBackwards(Operation):
    """x overwritten by y:  x̄ = 0,  ȳ = z̄"""

    gradients = (lambda n, g: np.zeros_like(g), lambda n, g: g)

    @staticmethod
    def forward(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.array(np.broadcast_arrays(x, y)[1], x.dtype)

    def name(self) -> str:
        """PyTorch's name, with its C++ namespace."""
        return "torch::autograd::CopyBackwards"


class FillBackward3(CopyBackwards):
    """x overwritten by one number, a Tensor without dimensions:  x̄ = 0,  ȳ = Σ z̄ (by the walk)"""

    name = Node.name


class ZeroBackward0(Operation):
    """x overwritten by 0:  x̄ = 0"""

    gradients = (lambda n, g: np.zeros_like(g),)

    @staticmethod
    def forward(x: np.ndarray) -> np.ndarray:
        return np.zeros_like(x)


class FillBackward2(Operation):
    """x overwritten by a Python number:  x̄ = 0"""

    gradients = (lambda n, g: np.zeros_like(g),)

    @staticmethod
    def forward(x: np.ndarray, *, value: float) -> np.ndarray:
        return np.full_like(x, value)
