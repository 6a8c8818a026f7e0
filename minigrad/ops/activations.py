"""Activation functions of networks, and the softmax that makes scores probabilities."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from .. import dtypes
from ..grad_mode import mode
from ..tensor import Tensor, wrap
from .elementary import ErfBackward0
from .functions import function
from .operation import RESULT, Operation
from .pointwise import ExpBackward0, TanhBackward0, ToCopyBackward0
from .reductions import SumBackward1


def constant(array: np.ndarray) -> Any:
    """An array that takes part in a gradient rule, in the world the rule runs in."""
    return wrap(array) if mode.in_gradient_rule else array


def total(x: Any, dim: tuple[int, ...]) -> Any:
    """The sum over some dimensions, kept with size 1, inside a gradient rule."""
    return SumBackward1.either(x, dim=dim, keepdim=True, dtype=None)


def sigmoid(x: Any) -> Any:
    """σ(x) = 1 / (1 + e⁻ˣ), inside a gradient rule."""
    return 1 / (ExpBackward0.either(-x) + 1)


class SoftmaxBackward0(Operation):
    """z = eˣ / Σ eˣ along a dimension:  x̄ = (z̄ - Σ z̄·z)·z"""

    saves: ClassVar = {"result": (RESULT, 0)}
    gradients = (lambda n, g: SoftmaxBackwardDataBackward0.either(g, n["result"], dim=n.parameters["dim"]),)

    @staticmethod
    def forward(x: np.ndarray, *, dim: tuple[int, ...]) -> np.ndarray:
        powers = np.exp(x - x.max(dim, keepdims=True, initial=-np.inf))
        return powers / powers.sum(dim, keepdims=True)


class SoftmaxBackwardDataBackward0(Operation):
    """The rule of softmax as an operation, y = (g - Σ g·z)·z:  ḡ = (ȳ - Σ ȳ·z)·z,  z̄ = ȳ·(g - Σ g·z) - g·Σ ȳ·z"""

    saves: ClassVar = {"grad_output": (0, 1), "output": (1, 0, 1)}

    def _by_output(self, y: Any) -> Any:
        g, z, dim = self["grad_output"], self["output"], self.parameters["dim"]
        return y * (g - total(g * z, dim)) - g * total(y * z, dim)

    gradients = (
        lambda n, y: SoftmaxBackwardDataBackward0.either(y, n["output"], dim=n.parameters["dim"]),
        _by_output,
    )

    @staticmethod
    def forward(g: np.ndarray, z: np.ndarray, *, dim: tuple[int, ...]) -> np.ndarray:
        return (g - (g * z).sum(dim, keepdims=True)) * z


class LogSoftmaxBackward0(Operation):
    """z = x - ln Σ eˣ along a dimension:  x̄ = z̄ - eᶻ·Σ z̄"""

    saves: ClassVar = {"result": (RESULT, 0)}
    gradients = (lambda n, g: LogSoftmaxBackwardDataBackward0.either(g, n["result"], dim=n.parameters["dim"]),)

    @staticmethod
    def forward(x: np.ndarray, *, dim: tuple[int, ...]) -> np.ndarray:
        below = x - x.max(dim, keepdims=True, initial=-np.inf)
        return below - np.log(np.exp(below).sum(dim, keepdims=True))


class LogSoftmaxBackwardDataBackward0(Operation):
    """The rule of log_softmax as an operation, y = g - eᶻ·Σ g:  ḡ = ȳ - Σ ȳ·eᶻ,  z̄ = -ȳ·eᶻ·Σ g"""

    saves: ClassVar = {"grad_output": (0, 1), "output": (1, 0, 1)}
    gradients = (
        lambda n, y: y - total(y * ExpBackward0.either(n["output"]), n.parameters["dim"]),
        lambda n, y: -y * (ExpBackward0.either(n["output"]) * total(n["grad_output"], n.parameters["dim"])),
    )

    @staticmethod
    def forward(g: np.ndarray, z: np.ndarray, *, dim: tuple[int, ...]) -> np.ndarray:
        return g - np.exp(z) * g.sum(dim, keepdims=True)


class LeakyReluBackward0(Operation):
    """z = x where x > 0, else a·x:  x̄ = z̄, there a·z̄"""

    saves: ClassVar = {"self": (0, 0)}
    gradients = (lambda n, g: LeakyReluBackwardBackward0.either(g, n["self"], **n.parameters),)

    @staticmethod
    def forward(x: np.ndarray, *, negative_slope: float) -> np.ndarray:
        return np.where(x > 0, x, x * negative_slope)


class LeakyReluBackwardBackward0(Operation):
    """The rule of leaky_relu as an operation, y = g where x > 0, else a·g:  ḡ = ȳ, there a·ȳ,  x̄ = 0"""

    saves: ClassVar = {"self": (1, 0)}
    gradients = (
        lambda n, y: LeakyReluBackwardBackward0.either(y, n["self"], **n.parameters),
        lambda n, y: np.zeros_like(y),
    )

    @staticmethod
    def forward(g: np.ndarray, x: np.ndarray, *, negative_slope: float) -> np.ndarray:
        return np.where(x > 0, g, g * negative_slope)


class EluBackward0(Operation):
    """z = s·x where x > 0, else s·a·(eˣ - 1):  x̄ = s·z̄, there s·a·eˣ·z̄"""

    saves: ClassVar = {"self": (0, 0)}
    gradients = (lambda n, g: EluBackwardBackward0.either(g, n["self"], **n.parameters),)

    @staticmethod
    def forward(x: np.ndarray, *, alpha: float, scale: float) -> np.ndarray:
        return np.where(x > 0, x * scale, np.expm1(x) * (alpha * scale))


class EluBackwardBackward0(Operation):
    """The rule of elu as an operation, y = s·g where x > 0, else s·a·eˣ·g:

    ḡ = s·ȳ, there s·a·eˣ·ȳ,  x̄ = 0, and s·a·eˣ·g·ȳ where x < 0
    """

    saves: ClassVar = {"grad_output": (0, 1), "self": (1, 0, 1)}

    def _by_input(self, y: Any) -> Any:
        x, a, s = self["self"], self.parameters["alpha"], self.parameters["scale"]
        return np.where(x < 0, y * self["grad_output"] * (ExpBackward0.either(np.where(x < 0, x, 0.0)) * (a * s)), 0.0)

    gradients = (lambda n, y: EluBackwardBackward0.either(y, n["self"], **n.parameters), _by_input)

    @staticmethod
    def forward(g: np.ndarray, x: np.ndarray, *, alpha: float, scale: float) -> np.ndarray:
        return np.where(x > 0, g * scale, g * (np.exp(x) * (alpha * scale)))


class GeluBackward0(Operation):
    """z = x·Φ(x) for the normal distribution function Φ, or its approximation by tanh:  x̄ = z̄·(Φ(x) + x·Φ'(x))"""

    saves: ClassVar = {"self": (0, 0)}

    def _gradient(self, g: Any) -> Any:
        x = self["self"]
        if self.parameters["approximate"] == "tanh":
            t = TanhBackward0.either(_inner(x))
            slope = (x * x * (3 * 0.044715) + 1) * math.sqrt(2 / math.pi)
            return g * ((t + 1) * 0.5 + x * 0.5 * ((1 - t * t) * slope))
        density = ExpBackward0.either(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))
        return g * ((ErfBackward0.either(x * math.sqrt(0.5)) + 1) * 0.5 + x * density)

    gradients = (_gradient,)

    @staticmethod
    def forward(x: np.ndarray, *, approximate: str) -> np.ndarray:
        if approximate == "tanh":
            return x * 0.5 * (np.tanh(_inner(x)) + 1)
        return x * 0.5 * (ErfBackward0.forward(x * math.sqrt(0.5)) + 1)


def _inner(x: Any) -> Any:
    return (x + x * x * x * 0.044715) * math.sqrt(2 / math.pi)


class SiluBackward0(Operation):
    """z = x·σ(x):  x̄ = z̄·σ(x)·(1 + x·(1 - σ(x)))"""

    saves: ClassVar = {"self": (0, 0)}

    def _gradient(self, g: Any) -> Any:
        x = self["self"]
        s = sigmoid(x)
        return g * s * (x * (1 - s) + 1)

    gradients = (_gradient,)

    @staticmethod
    def forward(x: np.ndarray) -> np.ndarray:
        return x / (np.exp(-x) + 1)


class SoftplusBackward0(Operation):
    """z = ln(1 + eᵇˣ) / b, and x where bx is above a threshold:  x̄ = z̄·σ(bx), there z̄"""

    saves: ClassVar = {"self": (0, 0)}

    def _gradient(self, g: Any) -> Any:
        scaled = self["self"] * self.parameters["beta"]
        return np.where(scaled > self.parameters["threshold"], g, g * sigmoid(scaled))

    gradients = (_gradient,)

    @staticmethod
    def forward(x: np.ndarray, *, beta: float, threshold: float) -> np.ndarray:
        scaled = x * beta
        return np.where(scaled > threshold, x, np.log1p(np.exp(scaled)) / beta)


class LogSigmoidBackward0(Operation):
    """z = ln σ(x):  x̄ = z̄·σ(-x)"""

    saves: ClassVar = {"self": (0, 0)}
    gradients = (lambda n, g: g * sigmoid(-n["self"]),)

    @staticmethod
    def forward(x: np.ndarray) -> np.ndarray:
        return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


class HardtanhBackward0(Operation):
    """z = x, but no less than a and no more than b:  x̄ = z̄ where a < x < b, else 0"""

    saves: ClassVar = {"self": (0, 0)}
    gradients = (lambda n, g: HardtanhBackwardBackward0.either(g, n["self"], **n.parameters),)

    @staticmethod
    def forward(x: np.ndarray, *, min_val: float, max_val: float) -> np.ndarray:
        return np.minimum(np.maximum(x, x.dtype.type(min_val)), x.dtype.type(max_val))


class HardtanhBackwardBackward0(Operation):
    """The rule of hardtanh as an operation, y = g where a < x < b, else 0:  ḡ = ȳ there, else 0,  x̄ = 0"""

    saves: ClassVar = {"self": (1, 0)}
    gradients = (
        lambda n, y: HardtanhBackwardBackward0.either(y, n["self"], **n.parameters),
        lambda n, y: np.zeros_like(y),
    )

    @staticmethod
    def forward(g: np.ndarray, x: np.ndarray, *, min_val: float, max_val: float) -> np.ndarray:
        return np.where((x <= min_val) | (x >= max_val), g.dtype.type(0), g)


@function()
def softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """e to each element, divided by their sum along ``dim`` (``torch.softmax``).

    Raises IndexError for a dim that is not there, NotImplementedError for integers.
    """
    return _normalized(SoftmaxBackward0, "softmax", input, dim, dtype)


@function()
def log_softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """The logarithm of ``softmax``, without computing it first (``torch.log_softmax``).

    Raises IndexError for a dim that is not there, NotImplementedError for integers.
    """
    return _normalized(LogSoftmaxBackward0, "log_softmax", input, dim, dtype)


def _normalized(operation: type[Operation], name: str, x: Tensor, dim: int, dtype: Any) -> Tensor:
    if dtype is not None and dtypes.chosen(dtype, name) != x._array.dtype:
        x = ToCopyBackward0.apply(x, dtype=dtypes.chosen(dtype, name))
    dim = x._dim(dim)
    last = "lastdim_kernel_impl" if dim == max(x._array.ndim - 1, 0) else "kernel_impl"
    require_floats(f"{name}_{last}", x)
    return operation.apply(x, dim=(dim,) if x._array.ndim else ())


def require_floats(kernel: str, x: Tensor) -> None:
    """Raise NotImplementedError, by the name of PyTorch's implementation, for integers and truth values."""
    if x._array.dtype.kind != "f":
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{x.dtype.word}'")
