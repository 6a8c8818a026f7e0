"""Reading and writing ``x[index]``: each part of the index is an operation, as in PyTorch."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .. import errors
from ..tensor import Number, Tensor, wrap
from . import in_place, pointwise, views


def get(x: Tensor, index: Any) -> Tensor:
    """``x[index]``: integers, slices, None and ``...`` give views, tensors and lists gather a copy.

    Raises IndexError, in PyTorch's words, for what is out of range or too many.
    """
    if type(index) is int and x.ndim and -len(x._array) <= index < len(x._array):
        return views.SelectBackward0.apply(x, index=(index,))  # what _basic() would find
    viewed, gathered = _basic(x, index)
    if gathered is not None:
        return views.IndexBackward0.apply(viewed, index=gathered)
    return views.AliasBackward0.apply(x) if viewed is x else viewed


def set_(x: Tensor, index: Any, value: Any) -> None:
    """``x[index] = value``, in place: the view that ``index`` chooses is overwritten.

    Raises TypeError for what is no Tensor and no number, RuntimeError, in PyTorch's words, for a shape that does not
    fit.
    """
    if not isinstance(value, Tensor):
        if not isinstance(value, Number):
            raise TypeError(f"can't assign a {errors.type_name(value)} to a torch.{x.dtype.type_name}")
        value = wrap(np.asarray(value).astype(x._array.dtype))
    viewed, gathered = _basic(x, index)
    if gathered is not None:
        chosen = viewed._array[gathered].shape
        shape = value._array.shape
        if any(n not in (1, m) for n, m in zip(shape[::-1], chosen[::-1], strict=False)) or len(shape) > len(chosen):
            raise RuntimeError(
                f"shape mismatch: value tensor of shape {list(shape)} cannot be broadcast to indexing result of shape "
                f"{list(chosen)}"
            )
        in_place.apply(viewed, views.IndexPutBackward0, value, index=gathered)
        return
    if viewed._array.shape == x._array.shape:
        viewed = x  # the index chose everything: no view is needed
    shape = viewed._array.shape
    if value.ndim:
        leading = next((i for i, n in enumerate(value._array.shape) if n != 1), value.ndim)
        if leading and value._array.shape != shape:
            value = value.view(value._array.shape[leading:])
        if value._array.shape != shape:
            value = value.expand(shape)
    in_place.apply(viewed, pointwise.CopyBackwards if value.ndim or not viewed.ndim else pointwise.FillBackward3, value)


def _basic(x: Tensor, index: Any) -> tuple[Tensor, Any]:
    """Apply the parts of an index that give views; return the view and the index left over for gathering."""
    parts = list(index) if isinstance(index, tuple) else [index]
    consumed = sum(_consumes(part) for part in parts)
    if consumed > x.ndim:
        raise _too_many(x, index)
    everything = [i for i, part in enumerate(parts) if part is Ellipsis]
    if everything:
        parts[everything[0] : everything[0] + 1] = [slice(None)] * (x.ndim - consumed)
    gathered: list[Any] = []
    dim = of_x = 0  # the dimension of the view so far, and which dimension of x it was
    for part in parts:
        size = x._array.shape[dim] if dim < x.ndim else 0
        if part is None:
            x = x.unsqueeze(dim)
            gathered.append(slice(None))
            dim += 1
            continue
        if isinstance(part, slice):
            if part.step is not None and part.step <= 0:
                raise ValueError("step must be greater than zero" if part.step else "slice step cannot be zero")
            if part.indices(size) != (0, size, 1) or (len(parts) == 1 and not everything):
                x = views.SliceBackward0.apply(x, index=(slice(None),) * dim + (part,))
            gathered.append(slice(None))
            dim += 1
        elif _is_integer(part):
            i = operator.index(part)
            if not -size <= i < size:
                raise IndexError(f"index {i} is out of bounds for dimension {of_x} with size {size}")
            x = views.SelectBackward0.apply(x, index=(slice(None),) * dim + (i,))
        else:
            array = _array_index(part, x._array.shape, dim)
            gathered.append(array)
            dim += _consumes(part)
        of_x += _consumes(part)
    if all(isinstance(part, slice) for part in gathered):
        return x, None
    _check_together([part for part in gathered if not isinstance(part, slice)])
    return x, tuple(gathered)


def _too_many(x: Tensor, index: Any) -> IndexError:
    if x.ndim or not isinstance(index, slice | int):
        return IndexError(f"too many indices for tensor of dimension {x.ndim}")
    if isinstance(index, slice):
        return IndexError("slice() cannot be applied to a 0-dim tensor.")
    return IndexError(
        "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a "
        "0-dim tensor to a number"
    )


def _is_integer(part: Any) -> bool:
    if isinstance(part, Tensor):
        return part.ndim == 0 and part._array.dtype.kind in "iu"
    return isinstance(part, int | np.integer) and not isinstance(part, bool)


def _consumes(part: Any) -> int:
    """How many dimensions a part of an index stands for."""
    if part is None or part is Ellipsis or isinstance(part, bool):
        return 0
    if isinstance(part, Tensor) and part._array.dtype == bool:
        return part.ndim
    return 1


def _array_index(part: Any, shape: tuple[int, ...], dim: int) -> np.ndarray:
    if isinstance(part, str):
        raise TypeError("new(): invalid data type 'str'")
    if not isinstance(part, Tensor | np.ndarray | list | tuple | range | bool):
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got "
            f"{errors.type_name(part)})"
        )
    array = part._array if isinstance(part, Tensor) else np.asarray(part)
    if array.size == 0 and not isinstance(part, Tensor):
        array = array.astype(np.int64)
    if array.dtype.kind not in "iub":
        raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    if array.dtype.kind == "b":
        for i, n in enumerate(array.shape):
            if n != shape[dim + i]:
                raise IndexError(
                    f"The shape of the mask {list(array.shape)} at index {i} does not match the shape of the indexed "
                    f"tensor {list(shape)} at index {dim + i}"
                )
    elif array.size and not (-shape[dim] <= array.min() and array.max() < shape[dim]):
        wrong = array[(array < -shape[dim]) | (array >= shape[dim])].flat[0]
        raise IndexError(f"index {wrong} is out of bounds for dimension {dim} with size {shape[dim]}")
    return array.copy()


def _check_together(arrays: list[np.ndarray]) -> None:
    """Raise IndexError where the arrays of an index do not go together."""
    shapes = [array.nonzero()[0].shape if array.dtype == bool and array.ndim else array.shape for array in arrays]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        raise IndexError(
            "shape mismatch: indexing tensors could not be broadcast together with shapes "
            f"{', '.join(str(list(shape)) for shape in shapes)}"
        ) from None
