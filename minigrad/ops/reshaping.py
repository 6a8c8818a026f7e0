"""The same elements in another shape: views, and a copy where memory does not allow one."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Sequence
from typing import Any

from .. import errors
from ..tensor import Tensor
from . import indexing, pointwise, views
from .functions import method


@method()
def reshape(self: Tensor, *shape: Any) -> Tensor:
    """The same elements in another shape, a view where memory allows (``torch.reshape``). One size may be -1."""
    sizes = full_shape(self, sizes_of("reshape", "shape", shape))
    try:
        self._array.reshape(sizes, copy=False)
    except ValueError:
        return views.UnsafeViewBackward0.apply(pointwise.CloneBackward0.apply(self, order="C"), shape=sizes)
    if not self._array.flags.c_contiguous:
        return views.ReshapeAliasBackward0.apply(self, shape=sizes)
    return views.ViewBackward0.apply(self, shape=sizes)


@method()
def view(self: Tensor, *shape: Any) -> Tensor:
    """The same memory in another shape (``torch.Tensor.view``).

    Raises RuntimeError where the memory does not allow it.
    """
    sizes = full_shape(self, sizes_of("view", "size", shape))
    try:
        self._array.reshape(sizes, copy=False)
    except ValueError:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across "
            "two contiguous subspaces). Use .reshape(...) instead."
        ) from None
    return views.ViewBackward0.apply(self, shape=sizes)


@method()
def expand(self: Tensor, *shape: Any) -> Tensor:
    """A view repeated along dimensions of size 1 (``torch.Tensor.expand``); -1 keeps a size."""
    sizes = sizes_of("expand", "size", shape)
    offset = len(sizes) - self._array.ndim
    if offset < 0:
        raise RuntimeError(
            f"expand({self.dtype.type_in_errors}{{{list(self._array.shape)}}}, size={list(sizes)}): the number of "
            f"sizes provided ({len(sizes)}) must be greater or equal to the number of dimensions in the tensor "
            f"({self._array.ndim})"
        )
    if -1 in sizes[:offset]:
        raise RuntimeError(
            f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {sizes.index(-1)}"
        )
    sizes = tuple(self._array.shape[i - offset] if n == -1 and i >= offset else n for i, n in enumerate(sizes))
    for i, n in reversed(list(enumerate(self._array.shape))):
        if n not in (1, sizes[i + offset]):
            raise RuntimeError(
                f"The expanded size of the tensor ({sizes[i + offset]}) must match the existing size ({n}) at "
                f"non-singleton dimension {i + offset}.  Target sizes: {list(sizes)}.  Tensor sizes: "
                f"{list(self._array.shape)}"
            )
    return views.ExpandBackward0.apply(self, shape=sizes)


@method()
def permute(self: Tensor, *dims: Any) -> Tensor:
    """A view with the dimensions in another order."""
    order = sizes_of("permute", "dims", dims)
    if len(order) != self._array.ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the "
            f"desired ordering of dimensions i.e. input.dim() = {self._array.ndim} is not equal to len(dims) = "
            f"{len(order)}"
        )
    order = tuple(self._dim(d) for d in order)
    if len(set(order)) < len(order):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return views.PermuteBackward0.apply(self, dims=order)


@method()
def transpose(self: Tensor, dim0: int, dim1: int) -> Tensor:
    """A view with two dimensions exchanged."""
    return views.TransposeBackward0.apply(self, dim0=self._dim(dim0), dim1=self._dim(dim1))


@method()
def t(self: Tensor) -> Tensor:
    """The transpose of a matrix; a vector as it is."""
    if self._array.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {self._array.ndim}D")
    return views.TBackward0.apply(self)


def _T(self: Tensor) -> Tensor:
    """A view with the dimensions in reverse order."""
    if self._array.ndim not in (0, 2):
        warnings.warn(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it "
            "will throw an error in a future release. Consider `x.mT` to transpose batches of matrices or "
            "`x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor.",
            stacklevel=2,
        )
    return views.PermuteBackward0.apply(self, dims=tuple(reversed(range(self._array.ndim))))


setattr(Tensor, "T", property(_T))  # noqa: B010 - to mypy, Tensor is complete


@method()
def unsqueeze(self: Tensor, dim: int) -> Tensor:
    """A view with a new dimension of size 1."""
    return views.UnsqueezeBackward0.apply(self, dim=self._dim(dim, extra=1))


@method()
def __getitem__(self: Tensor, index: Any) -> Tensor:
    return indexing.get(self, index)


@method()
def __setitem__(self: Tensor, index: Any, value: Any) -> None:
    indexing.set_(self, index, value)


def sizes_of(function: str, argument: str, given: tuple) -> tuple[int, ...]:
    """Sizes given as ``(2, 3)`` or as ``2, 3``."""
    if len(given) == 1 and isinstance(given[0], Sequence) and not isinstance(given[0], str):
        given = tuple(given[0])
    try:
        return tuple([operator.index(n) for n in given])
    except TypeError:
        wrong = next(n for n in given if not hasattr(n, "__index__"))
        raise TypeError(
            f"{function}(): argument '{argument}' (position 1) must be tuple of ints, not {errors.type_name(wrong)}"
        ) from None


def full_shape(a: Tensor, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape with -1 filled in."""
    total, known = a._array.size, 1
    for i, n in enumerate(sizes):
        if n < -1:
            raise RuntimeError(f"invalid shape dimension {n} at index {i} of shape {list(sizes)}")
        known *= 1 if n == -1 else n
    if sizes.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if -1 in sizes and total == known == 0:
        raise RuntimeError(
            f"cannot reshape tensor of 0 elements into shape {list(sizes)} because the unspecified dimension size -1 "
            "can be any value and is ambiguous"
        )
    if -1 in sizes and known and total % known == 0:
        return tuple(total // known if n == -1 else n for n in sizes)
    if -1 in sizes or known != total:
        raise RuntimeError(f"shape '{list(sizes)}' is invalid for input of size {total}")
    return sizes
