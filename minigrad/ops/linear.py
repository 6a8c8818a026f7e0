"""Matrix products."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from .. import errors
from ..tensor import Tensor
from .operation import Operation
from .views import SqueezeBackward4, TBackward0, UnsafeViewBackward0


class DotBackward0(Operation):
    """z = Σ xᵢ·yᵢ:  x̄ = z̄·y,  ȳ = z̄·x"""

    forward = np.dot
    saves: ClassVar = {"self": (0, 1), "tensor": (1, 0)}
    gradients = (lambda n, g: g * n["tensor"], lambda n, g: g * n["self"])


class MvBackward0(Operation):
    """z = A x:  Ā = z̄ xᵀ,  x̄ = Aᵀ z̄"""

    forward = np.matmul
    saves: ClassVar = {"self": (0, 1), "vec": (1, 0)}
    gradients = (lambda n, g: g.reshape((-1, 1)) * n["vec"], lambda n, g: TBackward0.either(n["self"]) @ g)


class MmBackward0(Operation):
    """C = A B:  Ā = C̄ Bᵀ,  B̄ = Aᵀ C̄"""

    forward = np.matmul
    saves: ClassVar = {"self": (0, 1), "mat2": (1, 0)}
    gradients = (lambda n, g: g @ TBackward0.either(n["mat2"]), lambda n, g: TBackward0.either(n["self"]) @ g)


class BmmBackward0(Operation):
    """Cᵢ = Aᵢ Bᵢ for each i of a batch:  Āᵢ = C̄ᵢ Bᵢᵀ,  B̄ᵢ = Aᵢᵀ C̄ᵢ"""

    forward = np.matmul
    saves: ClassVar = {"self": (0, 1), "mat2": (1, 0)}
    gradients = (
        lambda n, g: g @ n["mat2"].swapaxes(-1, -2),
        lambda n, g: n["self"].swapaxes(-1, -2) @ g,
    )


def matmul(a: Tensor, b: Tensor) -> Tensor:
    """The matrix product (``torch.matmul``): of vectors, matrices, and batches of matrices with broadcasting.

    Raises RuntimeError, in PyTorch's words, where inner sizes or dtypes differ.
    """
    x, y = a._array, b._array
    if 0 in (x.ndim, y.ndim):
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {x.ndim}D and {y.ndim}D")
    if x.dtype != y.dtype:
        raise _dtypes_differ(a, b)
    if x.ndim == 1 and y.ndim == 1:
        if x.shape != y.shape:
            raise RuntimeError(
                f"inconsistent tensor size, expected tensor [{x.size}] and src [{y.size}] to have the same number of "
                f"elements, but got {x.size} and {y.size} elements respectively"
            )
        return DotBackward0.apply(a, b)
    if x.ndim == 2 and y.ndim == 1:
        if x.shape[1] != y.size:
            raise RuntimeError(
                f"size mismatch, got input ({x.shape[0]}), mat ({x.shape[0]}x{x.shape[1]}), vec ({y.size})"
            )
        return MvBackward0.apply(a, b)
    if x.ndim == 1 and y.ndim == 2:
        product = matmul(a.unsqueeze(0), b)
        return SqueezeBackward4.apply(product, dim=0)
    if x.ndim == 1:
        return matmul(a.unsqueeze(0), b).squeeze(-2)
    if y.ndim <= 2 < x.ndim:
        # one product for the whole batch: its rows are the rows of one tall matrix
        product = matmul(a.reshape(-1, x.shape[-1]), b)
        return UnsafeViewBackward0.apply(product, shape=(*x.shape[:-1], *y.shape[1:]))
    if x.ndim == 2 and y.ndim == 2:
        if x.shape[1] != y.shape[0]:
            raise errors.hinted(
                RuntimeError(
                    f"mat1 and mat2 shapes cannot be multiplied ({x.shape[0]}x{x.shape[1]} and "
                    f"{y.shape[0]}x{y.shape[1]})"
                ),
                "in A @ B the columns of A must be as many as the rows of B.",
            )
        return MmBackward0.apply(a, b)
    try:
        batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    except ValueError:
        raise errors.cannot_broadcast(x.shape[:-2], y.shape[:-2]) from None
    if x.shape[-1] != y.shape[-2]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{math.prod(batch)}, {x.shape[-1]}] but "
            f"got: [{math.prod(batch)}, {y.shape[-2]}]."
        )
    first = a.expand(*batch, *x.shape[-2:]).reshape(-1, *x.shape[-2:])
    second = b.expand(*batch, *y.shape[-2:]).reshape(-1, *y.shape[-2:])
    product = BmmBackward0.apply(first, second)
    return UnsafeViewBackward0.apply(product, shape=(*batch, x.shape[-2], y.shape[-1]))


def _dtypes_differ(a: Tensor, b: Tensor) -> RuntimeError:
    x, y = a.dtype, b.dtype
    if a.ndim == b.ndim == 1:
        words = f"dot : expected both vectors to have same dtype, but found {x.word} and {y.word}"
    elif b.ndim == 1:
        words = f"addmv input tensors must have the same dtype, but got {y.word}, {x.word}, and {y.word}"
    elif max(a.ndim, b.ndim) > 2:
        words = f"expected scalar type {x.word} but found {y.word}"
    else:
        words = f"expected m1 and m2 to have the same dtype, but got: {x.c_name} != {y.c_name}"
    return errors.hinted(RuntimeError(words), "convert one of them: a.float() @ b, or a @ b.double().")
