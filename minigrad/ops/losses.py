"""Losses that PyTorch has as one node each, and the node of an embedding and of layer normalisation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from .activations import constant, sigmoid
from .operation import Operation
from .pointwise import LogBackward0
from .reductions import MeanBackward1, fill
from .views import IndexPutImplBackward0


def reduced(losses: np.ndarray, reduction: str) -> np.ndarray:
    """The losses themselves ("none"), their "sum" or their "mean"."""
    if reduction == "none":
        return losses
    total = losses.sum()
    return total if reduction == "sum" else np.true_divide(total, losses.dtype.type(losses.size))


class _PairLoss:
    """What losses of a difference share: z = the mean or sum of l(x, y):  x̄ = z̄·∂l/∂x (/ n),  ȳ = -x̄

    A subclass gives ``losses``, element by element, and ``slope``, the derivative by x times a number.
    """

    saves: ClassVar[dict[str, tuple[int, ...]]] = {"self": (0, 0, 1), "target": (1, 0, 1)}
    losses: ClassVar[Callable[..., np.ndarray]]

    @classmethod
    def forward(cls, x, y, *, reduction, **parameters):
        return reduced(cls.losses(x, y, **parameters), reduction)

    def _gradient(self: Any, g: Any) -> Any:
        count = math.prod(self.input_shape) if self.parameters["reduction"] == "mean" else 1
        return self.slope(self["self"], self["target"], 1 / count) * g

    gradients: ClassVar[tuple[Callable[[Any, Any], Any], ...]] = (_gradient, lambda n, g: -n._gradient(g))


class MseLossBackward0(_PairLoss, Operation):
    """z = (x - y)², their mean or sum:  x̄ = 2·(x - y)·z̄ (/ n),  ȳ = -x̄"""

    @staticmethod
    def losses(x, y):
        return (x - y) * (x - y)

    def slope(self, x, y, weight):
        return (x - y) * (2 * weight)


class SmoothL1LossBackward0(_PairLoss, Operation):
    """z = d²/2b where d = |x - y| < b, else d - b/2, their mean or sum:  x̄ = (x - y)/b or ±1, times z̄ (/ n)"""

    @staticmethod
    def losses(x, y, *, beta):
        d = np.abs(x - y)
        return np.where(d < beta, d * d * (0.5 / beta), d - 0.5 * beta)

    def slope(self, x, y, weight):
        beta = self.parameters["beta"]
        return _clipped(x - y, beta) * (weight / beta)


class HuberLossBackward0(_PairLoss, Operation):
    """z = d²/2 where d = |x - y| < δ, else δ·(d - δ/2), their mean or sum:  x̄ = x - y or ±δ, times z̄ (/ n)"""

    @staticmethod
    def losses(x, y, *, delta):
        d = np.abs(x - y)
        return np.where(d < delta, d * d * 0.5, (d - 0.5 * delta) * delta)

    def slope(self, x, y, weight):
        return _clipped(x - y, self.parameters["delta"]) * weight


def _clipped(d: Any, bound: float) -> Any:
    """A difference, but no less than -bound and no more than bound."""
    return np.where(d >= bound, bound, np.where(d <= -bound, -bound, d))


class _WeightedLoss:
    """What losses with a weight of each element share."""

    saves: ClassVar[dict[str, tuple[int, ...]]] = {"self": (0, 0, 1), "target": (1, 0, 1)}

    def _weighted(self: Any, slope: Any, g: Any) -> Any:
        weight = self.parameters["weight"]
        if weight is not None:
            slope = slope * constant(weight)
        return slope * (g / math.prod(self.input_shape) if self.parameters["reduction"] == "mean" else g)


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

    def _gradient(self, g: Any) -> Any:
        weights = self.parameters["weights"]
        if self.parameters["reduction"] != "none":
            g = fill(g / weights.sum().item() if self.parameters["reduction"] == "mean" else g, weights.shape)
        index, shape = self.parameters["index"], self["self"].shape
        return IndexPutImplBackward0.either(g * constant(-weights), index=index, shape=shape)

    gradients = (_gradient,)
    saves = {"self": (0, 0)}  # for its shape alone; but PyTorch keeps it, and refuses when it was changed

    @staticmethod
    def forward(x: np.ndarray, *, index: tuple, weights: np.ndarray, reduction: str) -> np.ndarray:
        losses = -weights * x[index]
        if reduction == "mean":
            return np.true_divide(losses.sum(), weights.sum())
        return reduced(losses, reduction)


class NllLoss2DBackward0(NllLossBackward0):
    """The same where each sample has several places, such as the pixels of an image"""


class MulBackward1(Operation):
    """z = c·x for a number c, as PyTorch's own functions multiply:  x̄ = c·z̄"""

    gradients = (lambda n, g: g * n.parameters["other"],)

    @staticmethod
    def forward(x: np.ndarray, *, other: float) -> np.ndarray:
        return x * other


class EmbeddingBackward0(Operation):
    """zᵢ = W[i] for each index i:  W̄ = 0, with z̄ᵢ added to row i; a row chosen twice gets both"""

    def _gradient(self, g: Any) -> Any:
        index, padding = self.parameters["indices"], self.parameters["padding_idx"]
        if padding is not None:
            g = np.where((index == padding)[..., None], 0.0, g)
        return IndexPutImplBackward0.either(g, index=index, shape=self.input_shape)

    gradients = (_gradient,)

    @staticmethod
    def forward(w: np.ndarray, *, indices: np.ndarray, padding_idx: int | None) -> np.ndarray:
        return w[indices]


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
