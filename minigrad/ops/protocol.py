"""NumPy's functions on Tensors.

What gradient rules use is recorded while a backward pass is itself recorded. Elsewhere NumPy reads the values, and
only its numbers may stand to the left of an operator.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..tensor import Tensor, wrap
from . import pointwise


def _where(condition: Any, x: Any, y: Any) -> Tensor:
    condition = condition._array if isinstance(condition, Tensor) else condition
    tensors = [a if isinstance(a, Tensor) else None for a in (x, y)]
    like = next(t for t in tensors if t is not None)
    x, y = (a if isinstance(a, Tensor) else wrap(np.asarray(a, like._array.dtype)) for a in (x, y))
    return pointwise.WhereBackward0.apply(x, y, condition=condition)


def _zeros_like(x: Tensor) -> Tensor:
    return wrap(np.zeros_like(x._array))


UFUNCS: dict[Any, Callable[..., Any]] = {np.log: Tensor.log, np.negative: Tensor.__neg__}
FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.broadcast_to: Tensor.expand,
    np.transpose: Tensor.permute,
    np.where: _where,
    np.zeros_like: _zeros_like,
}
OPERATORS: dict[Any, tuple[str, Callable[[Any, Any], Any]]] = {
    np.add: ("+", operator.add),
    np.subtract: ("-", operator.sub),
    np.multiply: ("*", operator.mul),
    np.true_divide: ("/", operator.truediv),
    np.power: ("**", operator.pow),
    np.matmul: ("@", operator.matmul),
}
