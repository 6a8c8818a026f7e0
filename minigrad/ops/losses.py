"""Losses that PyTorch has as one node each, and the node of an embedding and of layer normalisation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from .activations import constant, sigmoid
from .elementary import kept
from .operation import Operation
from .pointwise import DivBackward1, LogBackward0
from .reductions import MeanBackward1
from .views import IndexPutImplBackward0


def reduced(losses: np.ndarray, reduction: str) -> np.ndarray:
    """The losses themselves ("none"), their "sum" or their "mean"."""
    if reduction == "none":
        return losses
    total = losses.sum()
    return total if reduction == "sum" else np.true_divide(total, losses.dtype.type(losses.size))


class _PairLossRule:
    """The rule of a loss of the difference d = x - y as an operation: a subclass gives the slope and how it bends."""

    saves: ClassVar[dict[str, tuple[int, ...]]] = {
        "grad_output": (0, 1, 2),
        "self": (1, 0, 1, 2),
        "target": (2, 0, 1, 2),
    }
    slope: ClassVar[Callable[..., Any]]
    bent: ClassVar[Callable[..., Any]]

    @classmethod
    def forward(cls, g, x, y, *, reduction, **parameters):
        return g * cls.slope(x - y, 1 / x.size if reduction == "mean" else 1, **parameters)

    def _given(self: Any) -> tuple[Any, float, dict[str, float]]:
        d, parameters = self["self"] - self["target"], dict(self.parameters)
        mean = parameters.pop("reduction") == "mean"
        return d, 1 / math.prod(self.shapes[0]) if mean else 1, parameters

    def _by_gradient(self: Any, y: Any) -> Any:
        d, weight, parameters = self._given()
        return y * self.slope(d, weight, **parameters)

    def _by_input(self: Any, y: Any) -> Any:
        d, weight, parameters = self._given()
        return self.bent(y * self["grad_output"], d, weight, **parameters)

    gradients: ClassVar[tuple[Callable[[Any, Any], Any], ...]] = (
        _by_gradient,
        _by_input,
        lambda n, y: -n._by_input(y),
    )


class MseLossBackwardBackward0(_PairLossRule, Operation):
    """The rule of mse_loss as an operation, y = 2·d·g (/ n) for a difference d:  ḡ = Σ 2·d·ȳ (/ n),  d̄ = 2·g·ȳ (/ n)"""

    @staticmethod
    def slope(d, weight):
        return d * (2 * weight)

    @staticmethod
    def bent(u, d, weight):
        return u * (2 * weight)


class SmoothL1LossBackwardBackward0(_PairLossRule, Operation):
    """The rule of smooth_l1_loss as an operation, y = g·d/b or ±g (/ n):  ḡ = Σ ȳ·d/b or ±ȳ,  d̄ = ȳ·g/b, 0 outside"""

    @staticmethod
    def slope(d, weight, *, beta):
        return _clipped(d, beta) * (weight / beta)

    @staticmethod
    def bent(u, d, weight, *, beta):
        return kept(np.abs(d) < beta, u * (weight / beta))


class HuberLossBackwardBackward0(_PairLossRule, Operation):
    """The rule of huber_loss as an operation, y = g·d or ±δ·g (/ n):  ḡ = Σ ȳ·d or ±δ·ȳ,  d̄ = ȳ·g, 0 outside"""

    @staticmethod
    def slope(d, weight, *, delta):
        return _clipped(d, delta) * weight

    @staticmethod
    def bent(u, d, weight, *, delta):
        return kept(np.abs(d) < delta, u * weight)


class _PairLoss:
    """What losses of a difference share: z = the mean or sum of l(x, y):  x̄ = z̄·∂l/∂x (/ n),  ȳ = -x̄

    A subclass gives ``losses``, element by element, and the ``rule`` as an operation.
    """

    saves: ClassVar[dict[str, tuple[int, ...]]] = {"self": (0, 0, 1), "target": (1, 0, 1)}
    losses: ClassVar[Callable[..., np.ndarray]]
    rule: ClassVar[type[Operation]]
    gradients: ClassVar[tuple[Callable[[Any, Any], Any], ...]] = (
        lambda n, g: n.rule.either(g, n["self"], n["target"], **n.parameters),
        lambda n, g: n.rule.either(g, n["target"], n["self"], **n.parameters),
    )

    @classmethod
    def forward(cls, x, y, *, reduction, **parameters):
        return reduced(cls.losses(x, y, **parameters), reduction)


class MseLossBackward0(_PairLoss, Operation):
    """z = (x - y)², their mean or sum:  x̄ = 2·(x - y)·z̄ (/ n),  ȳ = -x̄"""

    rule = MseLossBackwardBackward0

    @staticmethod
    def losses(x, y):
        return (x - y) * (x - y)


class SmoothL1LossBackward0(_PairLoss, Operation):
    """z = d²/2b where d = |x - y| < b, else d - b/2, their mean or sum:  x̄ = (x - y)/b or ±1, times z̄ (/ n)"""

    rule = SmoothL1LossBackwardBackward0

    @staticmethod
    def losses(x, y, *, beta):
        d = np.abs(x - y)
        return np.where(d < beta, d * d * (0.5 / beta), d - 0.5 * beta)


class HuberLossBackward0(_PairLoss, Operation):
    """z = d²/2 where d = |x - y| < δ, else δ·(d - δ/2), their mean or sum:  x̄ = x - y or ±δ, times z̄ (/ n)"""

    rule = HuberLossBackwardBackward0

    @staticmethod
    def losses(x, y, *, delta):
        d = np.abs(x - y)
        return np.where(d < delta, d * d * 0.5, (d - 0.5 * delta) * delta)


def _clipped(d: Any, bound: float) -> Any:
    """A difference, but no less than -bound and no more than bound."""
    return np.where(d >= bound, bound, np.where(d <= -bound, -bound, d))


class _WeightedLoss:
    """What losses with a weight of each element share."""

    saves: ClassVar[dict[str, tuple[int, ...]]] = {"self": (0, 0, 1), "target": (1, 0, 1)}

    def _weighted(self: Any, slope: Any, g: Any) -> Any:
        weight = self.parameters["weight"]
        slope = slope * g
        if weight is not None:
            slope = slope * constant(weight)
        if self.parameters["reduction"] != "mean":
            return slope
        return DivBackward1.either(slope, other=math.prod(slope.shape))


class BinaryCrossEntropyBackward0(_WeightedLoss, Operation):
    """z = -y·ln x - (1 - y)·ln(1 - x), their mean or sum:  x̄ = z̄·(x - y) / (x·(1 - x)),  ȳ = z̄·ln((1 - x) / x)"""

    def _by_input(self, g: Any) -> Any:
        x, y = self["self"], self["target"]
        spread = (1 - x) * x
        return self._weighted((x - y) / np.where(spread < 1e-12, 1e-12, spread), g)

    def _by_target(self, g: Any) -> Any:
        x = self["self"]
        return self._weighted(_log(1 - x) - _log(x), g)

    gradients = (_by_input, _by_target)

    @staticmethod
    def forward(x: np.ndarray, y: np.ndarray, *, weight: np.ndarray | None, reduction: str) -> np.ndarray:
        losses = (y - 1) * np.maximum(np.log1p(-x), x.dtype.type(-100)) - y * np.maximum(np.log(x), x.dtype.type(-100))
        return reduced(losses if weight is None else losses * weight, reduction)


def _log(x: Any) -> Any:
    """ln x, but no less than -100: an x of 0 would give an infinite loss."""
    logarithm = LogBackward0.either(x)
    return np.where(logarithm < -100, -100.0, logarithm)


class BinaryCrossEntropyWithLogitsBackward0(_WeightedLoss, Operation):
    """z = (1 - y)·x - (1 + (p - 1)·y)·ln σ(x), their mean or sum, p the weight of positives:

    x̄ = z̄·((py + 1 - y)·σ(x) - py),  ȳ = z̄·(ln σ(-x) - p·ln σ(x))
    """

    def _by_input(self, g: Any) -> Any:
        x, y = self["self"], self["target"]
        p = self.parameters["pos_weight"]
        if p is None:
            return self._weighted(sigmoid(x) - y, g)
        positive = y * constant(p)
        return self._weighted((positive + 1 - y) * sigmoid(x) - positive, g)

    def _by_target(self, g: Any) -> Any:
        x, p = self["self"], self.parameters["pos_weight"]
        if p is None:
            return self._weighted(-x, g)
        return self._weighted(LogBackward0.either(sigmoid(-x)) - LogBackward0.either(sigmoid(x)) * constant(p), g)

    gradients = (_by_input, _by_target)

    @staticmethod
    def forward(
        x: np.ndarray, y: np.ndarray, *, weight: np.ndarray | None, pos_weight: np.ndarray | None, reduction: str
    ) -> np.ndarray:
        log_sigmoid = np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))
        if pos_weight is not None:
            log_sigmoid = ((pos_weight - 1) * y + 1) * log_sigmoid
        losses = (1 - y) * x - log_sigmoid
        return reduced(losses if weight is None else losses * weight, reduction)


class NllLossBackward0(Operation):
    """zᵢ = -w[yᵢ]·xᵢ[yᵢ] for classes yᵢ, their weighted mean or sum:  x̄ᵢ[yᵢ] = -w[yᵢ]·z̄ᵢ (/ Σ w), 0 elsewhere

    ``index`` says where x[y] stands, ``weights`` is w[y], 0 where a class is to be ignored.
    """

    saves: ClassVar = {"self": (0, 0)}
    gradients = (lambda n, g: NllLossBackwardBackward0.either(g, n["self"], **n.parameters),)

    @staticmethod
    def forward(x: np.ndarray, *, index: tuple, weights: np.ndarray, reduction: str) -> np.ndarray:
        losses = -weights * x[index]
        if reduction == "mean":
            return np.true_divide(losses.sum(), weights.sum())
        return reduced(losses, reduction)


class NllLossBackwardBackward0(Operation):
    """The rule of nll_loss as an operation, yᵢ[kᵢ] = -w[kᵢ]·gᵢ (/ Σ w) for classes kᵢ:  ḡ = nll_loss of ȳ,  x̄ = 0"""

    gradients = (lambda n, y: NllLossBackward0.either(y, **n.parameters), lambda n, y: np.zeros_like(y))

    @staticmethod
    def forward(g: np.ndarray, x: np.ndarray, *, index: tuple, weights: np.ndarray, reduction: str) -> np.ndarray:
        y = np.zeros_like(x)
        y[index] -= weights * (g / weights.sum() if reduction == "mean" else g)  # -=, for a weight of 0 gives no -0.0
        return y


class NllLoss2DBackward0(NllLossBackward0):
    """The same where each sample has several places, such as the pixels of an image"""

    gradients = (lambda n, g: NllLoss2DBackwardBackward0.either(g, n["self"], **n.parameters),)


class NllLoss2DBackwardBackward0(NllLossBackwardBackward0):
    """The rule of that as an operation"""

    gradients = (lambda n, y: NllLoss2DBackward0.either(y, **n.parameters), lambda n, y: np.zeros_like(y))


class EmbeddingBackward0(Operation):
    """zᵢ = W[i] for each index i:  W̄ = 0, with z̄ᵢ added to row i; a row chosen twice gets both"""

    gradients = (lambda n, g: EmbeddingDenseBackwardBackward0.either(g, shape=n.input_shape, **n.parameters),)

    @staticmethod
    def forward(w: np.ndarray, *, indices: np.ndarray, padding_idx: int | None) -> np.ndarray:
        return w[indices]


class EmbeddingDenseBackwardBackward0(Operation):
    """The rule of an embedding as an operation, Y = 0 with gᵢ added to row i, but for the padding:  ḡᵢ = Ȳ[i]"""

    def _gradient(self, y: Any) -> Any:
        return self._but_padding(y[self.parameters["indices"]], **self.parameters)

    gradients = (_gradient,)

    @staticmethod
    def _but_padding(g: Any, *, indices: np.ndarray, padding_idx: int | None, shape: tuple[int, ...]) -> Any:
        return g if padding_idx is None else np.where((indices == padding_idx)[..., None], 0.0, g)

    @classmethod
    def forward(cls, g: np.ndarray, **parameters: Any) -> np.ndarray:
        g = cls._but_padding(g, **parameters)
        return IndexPutImplBackward0.forward(g, index=parameters["indices"], shape=parameters["shape"])


class NativeLayerNormBackward0(Operation):
    """z = n·w + b with n = (x - x̂) / s, x̂ the mean and s the standard deviation of each sample:

    with h = z̄·w,  x̄ = (h - mean(h) - n·mean(h·n)) / s,  w̄ = Σ z̄·n,  b̄ = Σ z̄ (sums by the walk)
    """

    saves: ClassVar = {"input": (0, 0, 1), "weight": (1, 0), "bias": (2,)}

    def _normalized(self) -> tuple[Any, Any]:
        x = self["input"]
        centred = x - self._mean(x)
        scale = (self._mean(centred * centred) + self.parameters["eps"]) ** -0.5
        return centred * scale, scale

    def _mean(self, x: Any) -> Any:
        return MeanBackward1.either(x, dim=self.parameters["dim"], keepdim=True)

    def _by_input(self, g: Any) -> Any:
        n, scale = self._normalized()
        weight = self["weight"]
        h = g if weight is None else g * weight
        return (h - self._mean(h) - n * self._mean(h * n)) * scale

    gradients = (_by_input, lambda n, g: g * n._normalized()[0], lambda n, g: g)

    @staticmethod
    def forward(
        x: np.ndarray, weight: np.ndarray | None, bias: np.ndarray | None, *, dim: tuple[int, ...], eps: float
    ) -> np.ndarray:
        centred = x - x.mean(dim, keepdims=True)
        z = centred * ((centred * centred).mean(dim, keepdims=True) + eps) ** -0.5
        z = z if weight is None else z * weight
        return (z if bias is None else z + bias).astype(x.dtype, copy=False)
