"""NumPy functions that gradient rules use, as recorded operations on Tensors."""

from __future__ import annotations

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


UFUNCS: dict[Any, Callable[..., Any]] = {np.log: Tensor.log, np.negative: Tensor.__neg__}
FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.broadcast_to: Tensor.expand,
    np.transpose: Tensor.permute,
    np.where: _where,
}
