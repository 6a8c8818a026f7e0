"""Cumulative operations: each element of the result has seen all elements before it."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from .. import dtypes
from ..tensor import Tensor
from .functions import function
from .operation import RESULT, Operation
from .reductions import but_one
from .shaping import FlipBackward0


class CumsumBackward0(Operation):
    """zₖ = x₁ + … + xₖ:  x̄ᵢ = z̄ᵢ + … + z̄ₙ, the sum from the other end"""

    gradients = (lambda n, g: summed_from_the_end(g, n.parameters["dim"]),)

    @staticmethod
    def forward(x: np.ndarray, *, dim: tuple[int, ...]) -> np.ndarray:
        return np.cumsum(x, dim[0], x.dtype) if dim else x.copy()


def summed_from_the_end(x: Any, dim: tuple[int, ...]) -> Any:
    """The sums of the last, the last two, ... elements, inside a gradient rule."""
    if math.prod(x.shape) <= 1 or x.shape[dim[0]] == 1:
        return x
    return FlipBackward0.either(CumsumBackward0.either(FlipBackward0.either(x, dims=dim), dim=dim), dims=dim)


class CumprodBackward0(Operation):
    """zₖ = x₁·…·xₖ:  x̄ᵢ = Σ z̄ₖ·zₖ / xᵢ over k ≥ i, where no x is 0"""

    saves: ClassVar = {"self": (0, 0), "result": (RESULT, 0)}

    @staticmethod
    def forward(x: np.ndarray, *, dim: tuple[int, ...]) -> np.ndarray:
        return np.cumprod(x, dim[0], x.dtype) if dim else x.copy()

    def _gradient(self, g: Any) -> Any:
        x, dims = self["self"], self.parameters["dim"]
        if math.prod(x.shape) <= 1:
            return g
        if not (x == 0).any():
            return summed_from_the_end(g * self["result"], dims) / x
        # Row i holds the products without xᵢ; those that end before xᵢ do not depend on it.
        g, x = g.swapaxes(*dims, -1), x.swapaxes(*dims, -1)
        products = CumprodBackward0.either(but_one(x), dim=(x.ndim,))
        later = np.triu(np.ones((x.shape[-1],) * 2, bool))
        return np.where(later, g[..., None, :] * products, 0.0).sum(-1).swapaxes(*dims, -1)

    gradients = (_gradient,)


def _in_whole_numbers(x: Tensor, dtype: Any) -> Tensor:
    """The tensor in the dtype asked for; integers and booleans accumulate in int64."""
    if dtype is None and x._array.dtype.kind in "iub":
        dtype = dtypes.int64
    return x if dtype is None else x.to(dtype)


@function(in_place=True)
def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """The sums of the first, the first two, ... elements along ``dim`` (``torch.cumsum``)."""
    return CumsumBackward0.apply(_in_whole_numbers(input, dtype), dim=input._dims(dim))


@function(in_place=True)
def cumprod(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """The products of the first, the first two, ... elements along ``dim`` (``torch.cumprod``)."""
    return CumprodBackward0.apply(_in_whole_numbers(input, dtype), dim=input._dims(dim))
