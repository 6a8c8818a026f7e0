"""Operations on each element: arithmetic with broadcasting, and functions of one tensor."""

from __future__ import annotations

import numpy as np

from .operation import RESULT, Operation


class AddBackward0(Operation):
    """z = x + y:  x̄ = z̄,  ȳ = z̄"""

    forward = np.add
    gradients = (lambda n, g: g, lambda n, g: g)


class SubBackward0(Operation):
    """z = x - y:  x̄ = z̄,  ȳ = -z̄"""

    forward = np.subtract
    gradients = (lambda n, g: g, lambda n, g: -g)


class RsubBackward1(Operation):
    """z = c - x for a number c:  x̄ = -z̄"""

    gradients = (lambda n, g: -g,)

    @staticmethod
    def forward(x, *, other):
        return other - x


class MulBackward0(Operation):
    """z = x·y:  x̄ = z̄·y,  ȳ = z̄·x"""

    forward = np.multiply
    saves = {"self": (0, 1), "other": (1, 0)}
    gradients = (lambda n, g: g * n["other"], lambda n, g: g * n["self"])


class DivBackward0(Operation):
    """z = x / y:  x̄ = z̄ / y,  ȳ = -z̄·(x / y) / y"""

    forward = np.true_divide
    saves = {"self": (0, 1), "other": (1, 0, 1)}
    gradients = (lambda n, g: g / n["other"], lambda n, g: -g * ((n["self"] / n["other"]) / n["other"]))


class ReciprocalBackward0(Operation):
    """z = 1 / x:  x̄ = -z̄·z²"""

    forward = np.reciprocal
    saves = {"result": (RESULT, 0)}
    gradients = (lambda n, g: -g * (n["result"] * n["result"]),)


class NegBackward0(Operation):
    """z = -x:  x̄ = -z̄"""

    forward = np.negative
    gradients = (lambda n, g: -g,)


class PowBackward0(Operation):
    """z = xᵃ for a number a:  x̄ = z̄·a·xᵃ⁻¹"""

    saves = {"self": (0, 0)}

    @staticmethod
    def forward(x, *, exponent):
        return x**exponent

    def _gradient(self, g):
        a = self.parameters["exponent"]
        return g * 0 if a == 0 else g * (a * self["self"] ** (a - 1))

    gradients = (_gradient,)


class PowBackward1(Operation):
    """z = xʸ:  x̄ = z̄·y·xʸ⁻¹ (0 where y is 0),  ȳ = z̄·z·ln x (0 where x is 0 and y is not negative)"""

    forward = np.power
    saves = {"self": (0, 0, 1), "exponent": (1, 0, 1), "result": (RESULT, 1)}

    def _gradient_of_base(self, g):
        y = self["exponent"]
        return np.where(y == 0, 0.0, g * (y * self["self"] ** (y - 1)))

    def _gradient_of_exponent(self, g):
        x, y = self["self"], self["exponent"]
        with np.errstate(all="ignore"):
            return g * np.where((x == 0) & (y >= 0), 0.0, self["result"] * np.log(x))

    gradients = (_gradient_of_base, _gradient_of_exponent)


class PowBackward2(Operation):
    """z = cʸ for a number c:  ȳ = z̄·z·ln c (0 where c is 0 and y is not negative)"""

    saves = {"exponent": (0, 0), "result": (RESULT, 0)}

    @staticmethod
    def forward(y, *, base):
        return base**y

    def _gradient(self, g):
        c = self.parameters["base"]
        if c == 0:
            return g * np.where(self["exponent"] >= 0, 0.0, self["result"] * -np.inf)
        return g * (self["result"] * float(np.log(c)))

    gradients = (_gradient,)


class ExpBackward0(Operation):
    """z = eˣ:  x̄ = z̄·z"""

    forward = np.exp
    saves = {"result": (RESULT, 0)}
    gradients = (lambda n, g: g * n["result"],)


class LogBackward0(Operation):
    """z = ln x:  x̄ = z̄ / x"""

    forward = np.log
    saves = {"self": (0, 0)}
    gradients = (lambda n, g: g / n["self"],)


class TanhBackward0(Operation):
    """z = tanh x:  x̄ = z̄·(1 - z²)"""

    forward = np.tanh
    saves = {"result": (RESULT, 0)}
    gradients = (lambda n, g: g * (1 - n["result"] ** 2),)


class ReluBackward0(Operation):
    """z = max(x, 0):  x̄ = z̄ where z > 0, else 0"""

    saves = {"result": (RESULT, 0)}
    gradients = (lambda n, g: np.where(n["result"] > 0, g, 0.0),)

    @staticmethod
    def forward(x):
        # x·0 keeps the dtype and lets a nan through, as PyTorch does
        return np.maximum(x, x.dtype.type(0))


class WhereBackward0(Operation):
    """z = x where the condition holds, else y:  x̄ = z̄ there, ȳ = z̄ elsewhere"""

    gradients = (
        lambda n, g: np.where(n.parameters["condition"], g, 0.0),
        lambda n, g: np.where(n.parameters["condition"], 0.0, g),
    )

    @staticmethod
    def forward(x, y, *, condition):
        return np.where(condition, x, y)


class CloneBackward0(Operation):
    """z = x, in memory of its own:  x̄ = z̄"""

    gradients = (lambda n, g: g,)

    @staticmethod
    def forward(x):
        return x.copy()


class ToCopyBackward0(Operation):
    """z = x in another dtype:  x̄ = z̄ (the walk casts it back)"""

    gradients = (lambda n, g: g,)

    @staticmethod
    def forward(x, *, dtype):
        return x.astype(dtype)


class CopyBackwards(Operation):
    """x overwritten by y:  x̄ = 0,  ȳ = z̄"""

    gradients = (lambda n, g: g * 0, lambda n, g: g)

    @staticmethod
    def forward(x, y):
        return np.array(np.broadcast_to(y, x.shape), x.dtype)


class ZeroBackward0(Operation):
    """x overwritten by 0:  x̄ = 0"""

    gradients = (lambda n, g: g * 0,)

    @staticmethod
    def forward(x):
        return np.zeros_like(x)


class FillBackward0(Operation):
    """x overwritten by a number:  x̄ = 0"""

    gradients = (lambda n, g: g * 0,)

    @staticmethod
    def forward(x, *, value):
        return np.full_like(x, value)
