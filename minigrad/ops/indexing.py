"""Reading and writing ``x[index]``: each part of the index is an operation, as in PyTorch."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ..tensor import Number, Tensor, wrap
from . import pointwise, views


def get(x: Tensor, index: Any) -> Tensor:
    """``x[index]``: integers, slices, None and ``...`` give views, tensors and lists gather a copy.

    Raises IndexError, in PyTorch's words, for what is out of range or too many.
    """
    viewed, gathered = _basic(x, index)
    if gathered is not None:
        return views.IndexBackward0.apply(viewed, index=gathered)
    return views.AliasBackward0.apply(x) if viewed is x else viewed


def set_(x: Tensor, index: Any, value: Any) -> None:
    """``x[index] = value``, in place: the view that ``index`` chooses is overwritten."""
    viewed, gathered = _basic(x, index)
    if not isinstance(value, Tensor):
        if not isinstance(value, Number):
            raise TypeError(f"can't assign a {type(value).__name__} to a torch.{x.dtype.type_name}")
        value = wrap(np.asarray(value, x._array.dtype))
    if gathered is None:
        (views.AliasBackward0.apply(x) if viewed is x else viewed).copy_(value)
        return
    viewed._in_place(IndexPut, value, index=gathered)


class IndexPut(pointwise.Operation):
    """z = x, with y written at the index:  x̄ = z̄, 0 at the index;  ȳ = z̄[index]"""

    gradients = (
        lambda n, g: g - views.put(g[n.parameters["index"]], n.parameters["index"], n.input_shapes[0]),
        lambda n, g: g[n.parameters["index"]],
    )

    @staticmethod
    def forward(x, y, *, index):
        z = x.copy()
        z[index] = y
        return z

    def name(self) -> str:
        return "IndexPutBackward0"


def _basic(x: Tensor, index: Any) -> tuple[Tensor, Any]:
    """Apply the parts of an index that give views; return the view and the index left over for gathering."""
    parts = list(index) if isinstance(index, tuple) else [index]
    consumed = sum(_consumes(part) for part in parts)
    if consumed > x.ndim:
        raise (
            IndexError(f"too many indices for tensor of dimension {x.ndim}")
            if x.ndim
            else IndexError(
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to "
                "convert a 0-dim tensor to a number"
            )
        )
    ellipses = [i for i, part in enumerate(parts) if part is Ellipsis]
    if ellipses:
        parts[ellipses[0] : ellipses[0] + 1] = [slice(None)] * (x.ndim - consumed)
    gathered: list[Any] = []
    dim = 0
    for part in parts:
        size = x._array.shape[dim] if dim < x.ndim else 0
        if part is None:
            x = x.unsqueeze(dim)
            gathered.append(slice(None))
            dim += 1
        elif isinstance(part, slice):
            if part.step is not None and part.step <= 0:
                raise ValueError("step must be greater than zero")
            if part.indices(size) != (0, size, 1) or len(parts) == 1:
                chosen = (slice(None),) * dim + (part,)
                x = views.SliceBackward0.apply(x, index=chosen)
            gathered.append(slice(None))
            dim += 1
        elif _is_integer(part):
            i = operator.index(part)
            if not -size <= i < size:
                raise IndexError(f"index {i} is out of bounds for dimension {dim} with size {size}")
            x = views.SelectBackward0.apply(x, index=(slice(None),) * dim + (i,))
        else:
            gathered.append(_array_index(part, size, dim))
            dim += np.ndim(gathered[-1]) if gathered[-1].dtype == bool else 1
    if all(isinstance(part, slice) for part in gathered):
        return x, None
    return x, tuple(gathered)


def _is_integer(part: Any) -> bool:
    if isinstance(part, Tensor):
        return part.ndim == 0 and part._array.dtype.kind in "iu"
    return isinstance(part, int | np.integer) and not isinstance(part, bool)


def _consumes(part: Any) -> int:
    if part is None or part is Ellipsis or isinstance(part, bool):
        return 0
    if isinstance(part, Tensor) and part._array.dtype == bool:
        return part.ndim
    return 1


def _array_index(part: Any, size: int, dim: int) -> np.ndarray:
    if isinstance(part, str):
        raise TypeError("new(): invalid data type 'str'")
    if isinstance(part, float):
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got float)"
        )
    array = part._array if isinstance(part, Tensor) else np.asarray(part)
    if array.size == 0 and not isinstance(part, Tensor):
        array = array.astype(np.int64)
    if array.dtype.kind not in "iub":
        raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    if array.dtype.kind != "b" and array.size and not (-size <= array.min() and array.max() < size):
        wrong = array[(array < -size) | (array >= size)].flat[0]
        raise IndexError(f"index {wrong} is out of bounds for dimension {dim} with size {size}")
    return array.copy()
