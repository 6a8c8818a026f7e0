"""Reading and writing ``x[index]``: each part of the index is an operation, as in PyTorch."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import errors
from ..tensor import Number, Tensor, wrap
from . import in_place, pointwise, views
from .functions import function, method


def get(x: Tensor, index: Any) -> Tensor:
    """``x[index]``: integers, slices, None and ``...`` give views, tensors and lists gather a copy.

    Raises IndexError, in PyTorch's words, for what is out of range or too many.
    """
    if type(index) is int and x.ndim and -len(x._array) <= index < len(x._array):
        return views.SelectBackward0.apply(x, index=(index,))  # what _basic() would find
    viewed, gathered = _basic(x, index)
    if gathered is not None:
        arrays = _integers(gathered, viewed._array.shape)
        _check_together(arrays)
        _check_bounds(arrays)
        return views.IndexBackward0.apply(viewed, index=gathered)
    return views.AliasBackward0.apply(x) if viewed is x else viewed


def set_(x: Tensor, index: Any, value: Any) -> None:
    """``x[index] = value``, in place: the view that ``index`` chooses is overwritten.

    Raises TypeError for what is no Tensor and no number, RuntimeError, in PyTorch's words, for a shape or a dtype that
    does not fit.
    """
    if not isinstance(value, Tensor):
        if not isinstance(value, Number):
            raise TypeError(f"can't assign a {errors.type_name(value)} to a torch.{x.dtype.type_name}")
        value = wrap(np.asarray(value).astype(x._array.dtype))
    viewed, gathered = _basic(x, index, writing=True)
    shape = value._array.shape
    leading = next((i for i, n in enumerate(shape) if n != 1), value.ndim)
    if gathered is not None:
        _put_(viewed, gathered, value.view(shape[leading:]) if leading else value)
        return
    if shape and shape != viewed._array.shape:
        value = value.view(shape[leading:])
        if value._array.shape != viewed._array.shape:
            value = value.expand(viewed._array.shape)
    in_place.apply(viewed, pointwise.CopyBackwards if value.ndim or not viewed.ndim else pointwise.FillBackward3, value)


@function()
def index_put(input: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False) -> Tensor:
    """``input[indices] = values`` in a copy, or ``+=`` (``torch.index_put``).

    Raises IndexError and RuntimeError as ``x[index] = value`` does.
    """
    index = _only_gathered(input, indices)
    values = _fitting(input, index, values, accumulate)
    return views.IndexPutBackward0.apply(input, values, index=index, accumulate=accumulate)


@method()
def index_put_(self: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False) -> Tensor:
    """``self[indices] = values``, or ``+=`` (``torch.Tensor.index_put_``)."""
    in_place.is_recorded(self, (values,))
    return _put_(self, _only_gathered(self, indices), values, accumulate)


def _put_(x: Tensor, index: tuple, value: Tensor, accumulate: bool = False) -> Tensor:
    """Write a value at an index that gathers, or add it there, after all checks, in PyTorch's order."""
    in_place.is_recorded(x, (value,))
    if not _is_one_number_for_a_mask(index, value, accumulate):
        in_place.check_apart(x, value, element_by_element=False)
    return in_place.apply(
        x, views.IndexPutBackward0, _fitting(x, index, value, accumulate), index=index, accumulate=accumulate
    )


def _fitting(x: Tensor, index: tuple, value: Tensor, accumulate: bool) -> Tensor:
    """The value to write at an index. Raises RuntimeError where it, and IndexError where the index, does not fit."""
    arrays = _integers(index, x._array.shape)
    _check_together(arrays)
    chosen = _chosen_shape(index, x._array.shape)
    given = value._array.shape
    if len(given) > len(chosen) or any(n not in (1, m) for n, m in zip(given[::-1], chosen[::-1], strict=False)):
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(given)} cannot be broadcast to indexing result of shape "
            f"{list(chosen)}"
        )
    if value._array.dtype != x._array.dtype and not _is_one_number_for_a_mask(index, value, accumulate):
        raise errors.hinted(
            RuntimeError(
                "Index put requires the source and destination dtypes match, got "
                f"{x.dtype.word} for the destination and {value.dtype.word} for the source."
            ),
            "convert the values first: x[index] = values.to(x.dtype).",
        )
    _check_bounds(arrays)
    return value


def _is_one_number_for_a_mask(index: tuple, value: Tensor, accumulate: bool) -> bool:
    """Whether PyTorch fills a mask with a number: then dtypes may differ."""
    arrays = [part for part in index if not isinstance(part, slice)]
    return not accumulate and value._array.size == 1 and len(arrays) == 1 and arrays[0].dtype == bool


def _only_gathered(x: Tensor, indices: Sequence[Tensor]) -> tuple:
    consumed = sum(_consumes(part) for part in indices)
    if consumed > x.ndim:
        raise IndexError(f"too many indices for tensor of dimension {x.ndim} (got {consumed})")
    found: list[np.ndarray] = []
    dim = 0
    for part in indices:
        found.append(_array_index(part, x._array.shape, dim))
        dim += _consumes(part)
    return tuple(found)


def _basic(x: Tensor, index: Any, writing: bool = False) -> tuple[Tensor, Any]:
    """Apply the parts of an index that give views; return the view and the index left over for gathering.

    A part that chooses everything makes no view, but for a single one that is read.
    """
    parts = index if isinstance(index, tuple) else (index,)
    consumed = sum(_consumes(part) for part in parts)
    if consumed > x.ndim:
        raise _too_many(x, index)
    skipped = x.ndim - consumed  # what ... stands for
    gathered: list[Any] = []
    dim = 0
    for place, part in enumerate(parts):
        size = x._array.shape[dim] if dim < x.ndim else 0
        if part is Ellipsis:
            gathered += [slice(None)] * skipped
            dim += skipped
        elif part is None:
            x = x.unsqueeze(dim)
            gathered.append(slice(None))
            dim += 1
        elif isinstance(part, slice):
            if part.step is not None and part.step <= 0:
                raise ValueError("step must be greater than zero" if part.step else "slice step cannot be zero")
            if not _is_everything(part, size) or (len(parts) == 1 and not writing):
                x = views.SliceBackward0.apply(x, index=(slice(None),) * dim + (part,))
            gathered.append(slice(None))
            dim += 1
        elif _is_integer(part):
            i = operator.index(part)
            if not -size <= i < size:
                raise IndexError(f"index {i} is out of bounds for dimension {place} with size {size}")
            x = views.SelectBackward0.apply(x, index=(slice(None),) * dim + (i,))
        else:
            if _is_truth(part):
                x = x.unsqueeze(dim)
                part = [0] if part else []
            array = _array_index(part, x._array.shape, dim)
            gathered.append(array)
            dim += array.ndim if array.dtype == bool else 1
    if all(isinstance(part, slice) for part in gathered):
        return x, None
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


def _is_everything(part: slice, size: int) -> bool:
    return part.start in (None, 0) and part.stop in (None, size) and part.step in (None, 1)


def _is_truth(part: Any) -> bool:
    """Whether a part of an index is one truth value: a new dimension, of size 1 or 0."""
    return isinstance(part, bool) or (isinstance(part, Tensor) and part.ndim == 0 and part._array.dtype == bool)


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
    if not isinstance(part, Tensor | np.ndarray | list | tuple | range):
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got "
            f"{errors.type_name(part)})"
        )
    array = part._array if isinstance(part, Tensor) else np.asarray(part)
    if array.size == 0 and not isinstance(part, Tensor):
        array = array.astype(np.int64)
    if array.dtype.kind not in "iub":
        raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    for i, n in enumerate(array.shape if array.dtype == bool else ()):
        if n != shape[dim + i]:
            raise IndexError(
                f"The shape of the mask {list(array.shape)} at index {i} does not match the shape of the indexed "
                f"tensor {list(shape)} at index {dim + i}"
            )
    return array.copy()


def _integers(index: tuple, shape: tuple[int, ...]) -> list[tuple[np.ndarray, int]]:
    """The arrays of integers in an index, masks as the places where they hold, each with the size it indexes."""
    found: list[tuple[np.ndarray, int]] = []
    dim = 0
    for part in index:
        if isinstance(part, slice):
            dim += 1
            continue
        for array in part.nonzero() if part.dtype == bool else (part,):
            found.append((array, shape[dim]))
            dim += 1
    return found


def _check_together(arrays: list[tuple[np.ndarray, int]]) -> None:
    """Raise IndexError where the arrays of an index do not go together, or choose from nothing."""
    try:
        np.broadcast_shapes(*(array.shape for array, _ in arrays))
    except ValueError:
        raise IndexError(
            "shape mismatch: indexing tensors could not be broadcast together with shapes "
            f"{', '.join(str(list(array.shape)) for array, _ in arrays)}"
        ) from None
    if any(array.size and not n for array, n in arrays):
        raise IndexError("index is out of bounds for dimension with size 0")


def _check_bounds(arrays: list[tuple[np.ndarray, int]]) -> None:
    """Raise IndexError for the first place that an index gives and the tensor has not."""
    wrong = np.broadcast_arrays(*((array < -n) | (array >= n) for array, n in arrays))
    if any(w.any() for w in wrong):
        first = min(w.argmax() for w in wrong if w.any())
        which = next(i for i, w in enumerate(wrong) if w.flat[first])
        array, n = arrays[which]
        i = np.broadcast_to(array, wrong[which].shape).flat[first]
        raise IndexError(f"index {i} is out of bounds for dimension {which} with size {n}")


def _chosen_shape(index: tuple, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of what an index chooses."""
    anywhere = tuple([part if isinstance(part, slice) or part.dtype == bool else part * 0 for part in index])
    return np.broadcast_to(False, shape)[anywhere].shape
