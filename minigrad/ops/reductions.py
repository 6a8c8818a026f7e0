"""Operations that make many elements one: sum and mean."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..grad_mode import mode
from .operation import Operation
from .pointwise import DivBackward1


def fill(g: Any, shape: tuple[int, ...]) -> Any:
    """A gradient without dimensions, repeated for each element of ``shape``."""
    if mode.in_gradient_rule:
        return g.expand(shape)
    return np.ndarray(
        shape, g.dtype, g, strides=(0,) * len(shape)
    )  # np.broadcast_to gives the same in 20 times as long


def spread(node: Any, g: Any) -> Any:
    """A gradient of the reduced shape, repeated over the dimensions that were summed."""
    shape, dims = node.input_shapes[0], node.parameters["dim"]
    if not node.parameters["keepdim"]:
        g = g.reshape(tuple(1 if d in dims else n for d, n in enumerate(shape)))
    return np.broadcast_to(g, shape)


def count(node: Any) -> int:
    """How many elements were made one."""
    return math.prod(node.input_shapes[0][d] for d in node.parameters["dim"])


class SumBackward0(Operation):
    """z = Σ x over all elements:  x̄ = z̄, repeated"""

    gradients = (lambda n, g: fill(g, n.input_shapes[0]),)

    @staticmethod
    def forward(x: np.ndarray, *, dtype: np.dtype) -> np.ndarray:
        return np.add.reduce(x, axis=None, dtype=dtype)


class SumBackward1(Operation):
    """z = Σ x over some dimensions:  x̄ = z̄, repeated along them"""

    gradients = (spread,)

    @staticmethod
    def forward(x: np.ndarray, *, dim: tuple[int, ...], keepdim: bool, dtype: np.dtype) -> np.ndarray:
        return x.sum(dim, dtype=dtype, keepdims=keepdim)


class MeanBackward0(Operation):
    """z = Σ x / n over all n elements:  x̄ = z̄ / n, repeated"""

    gradients = (lambda n, g: DivBackward1.either(fill(g, n.input_shapes[0]), other=math.prod(n.input_shapes[0])),)

    @staticmethod
    def forward(x: np.ndarray) -> np.ndarray:
        return np.true_divide(np.add.reduce(x, axis=None), x.dtype.type(x.size))


class MeanBackward1(Operation):
    """z = Σ x / n over some dimensions:  x̄ = z̄ / n, repeated along them"""

    gradients = (lambda n, g: DivBackward1.either(spread(n, g), other=count(n)),)

    @staticmethod
    def forward(x: np.ndarray, *, dim: tuple[int, ...], keepdim: bool) -> np.ndarray:
        total = x.sum(dim, keepdims=keepdim)
        return np.true_divide(total, x.dtype.type(math.prod(x.shape[d] for d in dim)))
