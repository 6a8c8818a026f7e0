"""Operations that make many elements one: sum and mean."""

from __future__ import annotations

import math

import numpy as np

from .operation import Operation


def spread(node, g):
    """A gradient of the reduced shape, repeated over the dimensions that were summed."""
    shape, dims = node.input_shapes[0], node.parameters["dim"]
    if not node.parameters["keepdim"]:
        g = g.reshape(tuple(1 if d in dims else n for d, n in enumerate(shape)))
    return np.broadcast_to(g, shape)


def count(node):
    """How many elements were made one."""
    return math.prod(node.input_shapes[0][d] for d in node.parameters["dim"])


class SumBackward0(Operation):
    """z = Σ x over all elements:  x̄ = z̄, repeated"""

    gradients = (lambda n, g: np.broadcast_to(g, n.input_shapes[0]),)

    @staticmethod
    def forward(x, *, dtype):
        return np.add.reduce(x, axis=None, dtype=dtype)


class SumBackward1(Operation):
    """z = Σ x over some dimensions:  x̄ = z̄, repeated along them"""

    gradients = (spread,)

    @staticmethod
    def forward(x, *, dim, keepdim, dtype):
        return np.add.reduce(x, axis=dim, keepdims=keepdim, dtype=dtype)


class MeanBackward0(Operation):
    """z = Σ x / n over all n elements:  x̄ = z̄ / n, repeated"""

    gradients = (lambda n, g: np.broadcast_to(g, n.input_shapes[0]) / math.prod(n.input_shapes[0]),)

    @staticmethod
    def forward(x):
        with np.errstate(invalid="ignore"):
            return np.true_divide(np.add.reduce(x, axis=None), x.dtype.type(x.size))


class MeanBackward1(Operation):
    """z = Σ x / n over some dimensions:  x̄ = z̄ / n, repeated along them"""

    gradients = (lambda n, g: spread(n, g) / count(n),)

    @staticmethod
    def forward(x, *, dim, keepdim):
        with np.errstate(invalid="ignore"):
            total = np.add.reduce(x, axis=dim, keepdims=keepdim)
            return np.true_divide(total, x.dtype.type(math.prod(x.shape[d] for d in dim)))
