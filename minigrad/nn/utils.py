"""Gradients and parameters of a whole model at once (``torch.nn.utils``)."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from ..ops.functions import FUNCTIONS
from ..tensor import Tensor, wrap


def _gradients(parameters: Tensor | Iterable[Tensor]) -> list[np.ndarray]:
    listed = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    return [p._grad._array for p in listed if p._grad is not None]


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale the gradients so that their norm, all taken as one vector, is no more than ``max_norm``.

    Returns the norm before. Raises RuntimeError for a norm that is nan or infinite, where ``error_if_nonfinite``.
    Source: ``torch.nn.utils.clip_grad_norm_``.
    """
    gradients = _gradients(parameters)
    if not gradients:
        return wrap(np.asarray(0.0, np.float32))
    norms = np.array([np.linalg.norm(g.reshape(-1), norm_type) for g in gradients], gradients[0].dtype)
    total = np.asarray(np.linalg.norm(norms, norm_type), norms.dtype)
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(
            f"The total norm of order {float(norm_type)} for gradients from `parameters` is non-finite, so it cannot "
            "be clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
            "`error_if_nonfinite=False`"
        )
    factor = np.minimum(norms.dtype.type(max_norm) / (total + norms.dtype.type(1e-6)), norms.dtype.type(1))
    for g in gradients:
        g *= factor.astype(g.dtype)
    return wrap(total)


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None) -> None:
    """Bring every element of the gradients into ±clip_value (``torch.nn.utils.clip_grad_value_``)."""
    for g in _gradients(parameters):
        np.clip(g, -clip_value, clip_value, out=g)


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All parameters as one vector, recorded (``torch.nn.utils.parameters_to_vector``)."""
    return FUNCTIONS["cat"]([p.view(-1) for p in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Give the parameters the values of a vector (``torch.nn.utils.vector_to_parameters``)."""
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    start = 0
    for p in parameters:
        n = p._array.size
        p._array = vec._array[start : start + n].reshape(p._array.shape)
        start += n
