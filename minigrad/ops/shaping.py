"""Joining, splitting and rearranging."""

from __future__ import annotations

import functools
import math
import operator
import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from .. import dtypes, errors
from ..grad_mode import mode
from ..tensor import Tensor, wrap
from . import in_place, pointwise, views
from .functions import FUNCTIONS, function
from .operation import Operation
from .reshaping import sizes_of


class SqueezeBackward2(views.SqueezeBackward0):
    """Without some dimensions of size 1:  x̄ = z̄ with them"""


class RepeatBackward0(Operation):
    """z = x, repeated along each dimension:  x̄ = z̄ summed over the repetitions"""

    def _gradient(self, g: Any) -> Any:
        repeats, shape = self.parameters["repeats"], self.input_shape
        if 0 in repeats:
            g = np.zeros_like(g)  # nothing of x is in the result: its gradient does not depend on z̄
        extra = len(repeats) - len(shape)
        apart, repeated = list(repeats[:extra]), list(range(extra))
        for times, n in zip(repeats[extra:], shape, strict=True):
            if times != 1:
                repeated.append(len(apart))
                apart.append(times)
            apart.append(n)
        if repeated:
            g = g.reshape(tuple(apart)).sum(tuple(repeated))
        return g

    gradients = (_gradient,)

    @staticmethod
    def forward(x: np.ndarray, *, repeats: tuple[int, ...]) -> np.ndarray:
        return np.tile(x, repeats)


class CatBackward0(Operation):
    """z = the tensors x₁, x₂, ... one after another along a dimension:  each x̄ᵢ = its part of z̄"""

    @staticmethod
    def forward(*xs: np.ndarray, dim: int, dtype: np.dtype, shapes: tuple[tuple[int, ...], ...]) -> np.ndarray:
        some = [x for x, shape in zip(xs, shapes, strict=True) if not _nothing(shape)]
        return np.concatenate(some or xs, dim, dtype=dtype, casting="unsafe")

    def vjp(self, gradients: list) -> tuple:
        """One part of the gradient for each tensor."""
        (g,) = gradients
        dim, start, parts = self.parameters["dim"], 0, []
        for shape in self.parameters["shapes"]:
            if _nothing(shape):
                parts.append(np.zeros_like(g).reshape((-1,))[:0])
                continue
            stop = start + shape[dim]
            parts.append(views.SliceBackward0.either(g, index=(slice(None),) * dim + (slice(start, stop),)))
            start = stop
        return tuple([None if maker is None else part for part, maker in zip(parts, self.makers, strict=True)])


class StackBackward0(Operation):
    """z = the tensors x₁, x₂, ... side by side along a new dimension:  each x̄ᵢ = z̄[i]"""

    @staticmethod
    def forward(*xs: np.ndarray, dim: int, dtype: np.dtype) -> np.ndarray:
        return np.stack(xs, dim, dtype=dtype, casting="unsafe")

    def vjp(self, gradients: list) -> tuple:
        """One slice of the gradient for each tensor."""
        (g,) = gradients
        before = (slice(None),) * self.parameters["dim"]
        return tuple(None if maker is None else g[(*before, i)] for i, maker in enumerate(self.makers))


class _InPieces(Operation):
    """An operation with several outputs, the pieces of its one input. They are views of it, and share one node."""

    @classmethod
    def pieces(cls, x: Tensor, **parameters: Any) -> tuple[Tensor, ...]:
        """Run the operation, recording it. The pieces may not be written to, as PyTorch's may not."""
        pieces = tuple([views.view_of(x, array) for array in cls.forward(x._array, **parameters)])
        if mode.enabled:
            for piece in pieces:
                piece._untracked_view = "several"
        if mode.enabled and pieces:
            cls.record_all((x,), (x._array,), parameters, pieces)
        return pieces

    def _gradients_of_pieces(self, gradients: list) -> list:
        """The gradients of all pieces: zeros for one that nothing was computed from."""
        filled = []
        for g, shape, dtype in zip(gradients, self.shapes, self.numpy_dtypes, strict=True):
            if g is None:
                g = wrap(np.zeros(shape, dtype)) if mode.in_gradient_rule else np.zeros(shape, dtype)
            filled.append(g)
        return filled


class SplitBackward0(_InPieces):
    """z₁, z₂, ... = the pieces of equal size that x is cut into along a dimension:  x̄ = z̄₁, z̄₂, ... joined"""

    @staticmethod
    def forward(x: np.ndarray, *, bounds: Sequence[int], dim: int) -> list[np.ndarray]:
        before = (slice(None),) * dim
        return [x[(*before, slice(start, stop))] for start, stop in pairwise(bounds)]

    def vjp(self, gradients: list) -> tuple:
        """The gradients of the pieces, joined."""
        parts = self._gradients_of_pieces(gradients)
        return (
            CatBackward0.either(*parts, dim=self.parameters["dim"], dtype=self.numpy_dtypes[0], shapes=self.shapes),
        )


class SplitWithSizesBackward0(SplitBackward0):
    """z₁, z₂, ... = the pieces of given sizes that x is cut into:  x̄ = z̄₁, z̄₂, ... joined"""


class UnbindBackward0(_InPieces):
    """z₁, z₂, ... = the slices of x that ``for z in x`` gives:  x̄ = z̄₁, z̄₂, ... side by side"""

    @staticmethod
    def forward(x: np.ndarray, *, dim: int) -> list[np.ndarray]:
        before: tuple[Any, ...] = (slice(None),) * dim
        return [x[(*before, i, Ellipsis)] for i in range(x.shape[dim])]  # with the dots, a number is a view of x too

    def vjp(self, gradients: list) -> tuple:
        """The gradients of the slices, side by side."""
        parts = self._gradients_of_pieces(gradients)
        return (StackBackward0.either(*parts, dim=self.parameters["dim"], dtype=self.numpy_dtypes[0]),)


class FlipBackward0(Operation):
    """The order along some dimensions reversed:  x̄ = z̄, reversed"""

    gradients = (lambda n, g: FlipBackward0.either(g, dims=n.parameters["dims"]),)

    @staticmethod
    def forward(x: np.ndarray, *, dims: tuple[int, ...]) -> np.ndarray:
        return np.flip(x, dims).copy()


class RollBackward0(Operation):
    """Moved along some dimensions, what falls off the end comes in at the front:  x̄ = z̄, moved back"""

    gradients = (
        lambda n, g: RollBackward0.either(
            g, shifts=tuple(-s for s in n.parameters["shifts"]), dims=n.parameters["dims"]
        ),
    )

    @staticmethod
    def forward(x: np.ndarray, *, shifts: tuple[int, ...], dims: tuple[int, ...]) -> np.ndarray:
        if not dims:
            return np.roll(x, shifts[0] if shifts else 0)
        for shift, dim in zip(shifts, dims, strict=True):
            x = np.roll(x, shift, dim)
        return x


class Rot90Backward0(Operation):
    """Turned k times by a quarter in the plane of two dimensions:  x̄ = z̄, turned back"""

    gradients = (lambda n, g: Rot90Backward0.either(g, k=-n.parameters["k"], dims=n.parameters["dims"]),)

    @staticmethod
    def forward(x: np.ndarray, *, k: int, dims: tuple[int, int]) -> np.ndarray:
        return np.rot90(x, k, dims).copy()


class TrilBackward0(Operation):
    """The lower triangle, 0 above:  x̄ = the lower triangle of z̄"""

    gradients = (lambda n, g: TrilBackward0.either(g, diagonal=n.parameters["diagonal"]),)

    @staticmethod
    def forward(x: np.ndarray, *, diagonal: int) -> np.ndarray:
        return np.tril(x, diagonal)


class TriuBackward0(Operation):
    """The upper triangle, 0 below:  x̄ = the upper triangle of z̄"""

    gradients = (lambda n, g: TriuBackward0.either(g, diagonal=n.parameters["diagonal"]),)

    @staticmethod
    def forward(x: np.ndarray, *, diagonal: int) -> np.ndarray:
        return np.triu(x, diagonal)


class DiagonalBackward0(views.View):
    """z = a diagonal of x:  x̄ = 0, with z̄ on the diagonal"""

    gradients = (lambda n, g: DiagonalBackwardBackward0.either(g, shape=n.input_shape, **n.parameters),)

    @staticmethod
    def forward(x: np.ndarray, *, offset: int, dim1: int, dim2: int) -> np.ndarray:
        found = x.diagonal(offset, dim1, dim2)
        found.flags.writeable = x.flags.writeable  # NumPy's own is read-only
        return found


class DiagonalBackward0_copy(Operation):
    """z = a diagonal of the matrix X, in memory of its own:  X̄ = 0, with z̄ on the diagonal"""

    gradients = DiagonalBackward0.gradients

    @staticmethod
    def forward(x: np.ndarray, *, offset: int, dim1: int, dim2: int) -> np.ndarray:
        return x.diagonal(offset, dim1, dim2).copy()


class DiagonalBackwardBackward0(Operation):
    """The rule of a diagonal as an operation, y = 0 with g on the diagonal:  ḡ = the diagonal of ȳ"""

    def _gradient(self, y: Any) -> Any:
        return DiagonalBackward0.either(y, **{k: v for k, v in self.parameters.items() if k != "shape"})

    gradients = (_gradient,)

    @staticmethod
    def forward(g: np.ndarray, *, shape: tuple[int, ...], offset: int, dim1: int, dim2: int) -> np.ndarray:
        y = np.zeros(shape, g.dtype)
        DiagonalBackward0.forward(y, offset=offset, dim1=dim1, dim2=dim2)[...] = g
        return y


class DiagEmbedBackward0(Operation):
    """Z = 0 with x on a diagonal:  x̄ = the diagonal of Z̄"""

    gradients = (lambda n, g: DiagonalBackward0.either(g, **n.parameters),)

    @staticmethod
    def forward(x: np.ndarray, *, offset: int, dim1: int, dim2: int) -> np.ndarray:
        n = x.shape[-1] + abs(offset)
        shape = list(x.shape[:-1])
        for dim in sorted((dim1, dim2)):
            shape.insert(dim, n)
        return DiagonalBackwardBackward0.forward(x, shape=tuple(shape), offset=offset, dim1=dim1, dim2=dim2)


def _nothing(shape: tuple[int, ...]) -> bool:
    """Whether this is the empty vector, which goes with tensors of any dimensions in ``cat``."""
    return shape == (0,)


def _tensors(name: str, tensors: Any) -> list[Tensor]:
    """A sequence of tensors; TypeError for anything else."""
    if not isinstance(tensors, Sequence):
        raise TypeError(
            f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not {errors.type_name(tensors)}"
        )
    for i, t in enumerate(tensors):
        if not isinstance(t, Tensor):
            raise errors.hinted(
                TypeError(f"expected Tensor as element {i} in argument 0, but got {errors.type_name(t)}"),
                "make a tensor of it first: torch.tensor(...).",
            )
    return list(tensors)


def _by_name(argument: str) -> Any:
    """Let sizes that may be given one by one also be given by keyword."""

    def change(f: Any) -> Any:
        @functools.wraps(f)
        def called(input: Tensor, *given: Any, **named: Any) -> Any:
            if argument in named:
                given = (named.pop(argument),)
            return f(input, *given, **named)

        return called

    return change


def _integers(given: int | Sequence[int]) -> tuple[int, ...]:
    return tuple(operator.index(n) for n in (given if isinstance(given, Sequence) else (given,)))


# Joining


@function("concat", "concatenate", method=False)
def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """The tensors one after another along a dimension that exists (``torch.cat``).

    Raises RuntimeError where their other sizes differ.

    >>> cat([Tensor([1, 2]), Tensor([3])])
    tensor([1., 2., 3.])
    """
    tensors = _tensors("cat", tensors)
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for i, t in enumerate(tensors):
        if not t.ndim:
            raise errors.hinted(
                RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated"),
                "stack([a, b]) makes a vector of numbers.",
            )
    parts = [t for t in tensors if not _nothing(t.shape)] or tensors
    dim, first = parts[0]._dim(dim), parts[0].shape
    for i, t in enumerate(tensors):
        if _nothing(t.shape):
            continue
        if t.ndim != len(first):
            raise RuntimeError(f"Tensors must have same number of dimensions: got {len(first)} and {t.ndim}")
        for d, (n, m) in enumerate(zip(first, t.shape, strict=True)):
            if d != dim and n != m:
                raise errors.hinted(
                    RuntimeError(
                        f"Sizes of tensors must match except in dimension {dim}. Expected size {n} but got size {m} "
                        f"for tensor number {i} in the list."
                    ),
                    "cat puts tensors one after another along one dimension; all their other sizes must be equal.",
                )
    shapes = tuple([t._array.shape for t in tensors])
    return CatBackward0.apply(*tensors, dim=dim, dtype=dtypes.promote(*(t._array for t in tensors)), shapes=shapes)


@function(method=False)
def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """The tensors, all of one shape, side by side along a new dimension (``torch.stack``).

    Raises RuntimeError where their shapes differ.
    """
    tensors = _tensors("stack", tensors)
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    for i, t in enumerate(tensors):
        if t.shape != tensors[0].shape:
            raise errors.hinted(
                RuntimeError(
                    f"stack expects each tensor to be equal size, but got {list(tensors[0].shape)} at entry 0 and "
                    f"{list(t.shape)} at entry {i}"
                ),
                "stack makes a new dimension; to join along one that is there, use cat.",
            )
    dim = tensors[0]._dim(dim, extra=1)
    return StackBackward0.apply(*tensors, dim=dim, dtype=dtypes.promote(*(t._array for t in tensors)))


@function(method=False)
def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors side by side: along the second dimension, vectors along the first (``torch.hstack``)."""
    tensors = [atleast_1d(t) for t in _tensors("hstack", tensors)]
    return cat(tensors, 0 if tensors and tensors[0].ndim == 1 else 1)


@function("row_stack", method=False)
def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors one below another, vectors as rows (``torch.vstack``)."""
    return cat([atleast_2d(t) for t in _tensors("vstack", tensors)])


@function(method=False)
def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors one behind another, along the third dimension (``torch.dstack``)."""
    tensors = [atleast_2d(t) for t in _tensors("dstack", tensors)]
    return cat([t.unsqueeze(-1) if t.ndim == 2 else t for t in tensors], 2)


@function(method=False)
def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors side by side, vectors as columns (``torch.column_stack``)."""
    return cat([t if t.ndim > 1 else t.reshape(t.numel(), 1) for t in _tensors("column_stack", tensors)], 1)


@function(method=False)
def atleast_1d(input: Tensor) -> Tensor:
    """The tensor, with a dimension if it has none (``torch.atleast_1d``)."""
    return input if input.ndim else input.reshape(1)


@function(method=False)
def atleast_2d(input: Tensor) -> Tensor:
    """The tensor, a vector as a row (``torch.atleast_2d``)."""
    return atleast_1d(input).unsqueeze(0) if input.ndim < 2 else input


# Splitting


@function()
def split(input: Tensor, split_size: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of one size, the last maybe smaller, or of given sizes; they are views (``torch.split``)."""
    if not input.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    dim = input._dim(dim)
    n = input._array.shape[dim]
    if not isinstance(split_size, int):
        if not isinstance(split_size, Sequence) or isinstance(split_size, str):
            raise TypeError(
                "split_with_sizes(): argument 'split_sizes' (position 2) must be tuple of ints, not "
                f"{errors.type_name(split_size)}"
            )
        sizes = _integers(split_size)
        if sum(sizes) != n or min(sizes, default=0) < 0:
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension {dim}), "
                f"but got split_sizes={list(sizes)}"
            )
        bounds = np.cumsum([0, *sizes]).tolist()
        return SplitWithSizesBackward0.pieces(input, bounds=bounds, dim=dim)
    if split_size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={split_size}")
    if split_size == 0 != n:
        raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {n}")
    starts = list(range(0, n, split_size or 1)) or [0]
    return SplitBackward0.pieces(input, bounds=[*starts, n], dim=dim)


@function()
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most so many pieces of one size, the last maybe smaller; they are views (``torch.chunk``)."""
    if not input.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks < 1:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    dim = input._dim(dim)
    n = input._array.shape[dim]
    return split(input, math.ceil(n / chunks), dim) if n else split(input, [0] * chunks, dim)


@function()
def tensor_split(input: Tensor, indices_or_sections: int | Sequence[int] | Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """So many pieces of nearly one size, or cut before each index; they are views (``torch.tensor_split``)."""
    dim = input._dim(dim)
    n = input._array.shape[dim]
    sections = indices_or_sections.tolist() if isinstance(indices_or_sections, Tensor) else indices_or_sections
    if isinstance(sections, int):
        if sections < 1:
            raise RuntimeError(f"number of sections must be larger than 0, got {sections}")
        bounds = [i * (n // sections) + min(i, n % sections) for i in range(sections + 1)]
    else:
        bounds = [0, *_integers(sections), n]
    cuts = (slice(start, stop) for start, stop in pairwise(bounds))
    return tuple(views.SliceBackward0.apply(input, index=(slice(None),) * dim + (cut,)) for cut in cuts)


@function()
def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The slices along a dimension, without it; they are views (``torch.unbind``)."""
    if not input.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    return UnbindBackward0.pieces(input, dim=input._dim(dim))


@function()
def select(input: Tensor, dim: int, index: int) -> Tensor:
    """``input[index]`` along a dimension, a view (``torch.select``)."""
    if not input.ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    dim, n = input._dim(dim), input._array.shape[input._dim(dim)]
    index = operator.index(index)
    if not -n <= index < n:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(input.shape)} at dimension {dim}"
        )
    return views.SelectBackward0.apply(input, index=(slice(None),) * dim + (index,))


@function()
def narrow(input: Tensor, dim: int, start: int | Tensor, length: int) -> Tensor:
    """``input[start : start + length]`` along a dimension, a view (``torch.narrow``)."""
    if not input.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    dim, n = input._dim(dim), input._array.shape[input._dim(dim)]
    start = operator.index(start)
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if not -n <= start <= n:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n}], but got {start})")
    start += n if start < 0 else 0
    if start + length > n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return views.SliceBackward0.apply(input, index=(slice(None),) * dim + (slice(start, start + length),))


# Another shape


@function()
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The dimensions from one to another as one (``torch.flatten``), a view where memory allows."""
    start, end = input._dim(start_dim), input._dim(end_dim)
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not input.ndim:
        return input.reshape(1)
    if start == end:
        return input
    shape = input.shape
    return input.reshape((*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


@function()
def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """One dimension as several (``torch.unflatten``); one size may be -1."""
    dim = input._dim(dim)
    n, sizes = input._array.shape[dim], _integers(sizes)
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    known = math.prod(m for m in sizes if m != -1)
    if (n % known if known and -1 in sizes else n != known) or sizes.count(-1) > 1:
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} ({n}) in the input "
            "tensor"
        )
    filled = tuple(n // known if m == -1 else m for m in sizes)
    return input.view((*input.shape[:dim], *filled, *input.shape[dim + 1 :]))


@function()
def ravel(input: Tensor) -> Tensor:
    """All elements in one dimension, next to each other in memory (``torch.ravel``)."""
    return contiguous(input).view(-1)


@function()
def squeeze(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """A view without the dimensions of size 1, or without some of them (``torch.squeeze``)."""
    if dim is not None and not isinstance(dim, Sequence):
        return views.SqueezeBackward1.apply(input, dim=input._dim(dim))
    dims = range(input.ndim) if dim is None else sorted(input._dims(dim)) if dim else ()
    ones = tuple([d for d in dims if input._array.shape[d] == 1])
    return (views.SqueezeBackward0 if dim is None else SqueezeBackward2).apply(input, dims=ones)


@function()
def view_as(input: Tensor, other: Tensor) -> Tensor:
    """The same memory in the shape of another tensor (``torch.Tensor.view_as``)."""
    return input.view(_like("view_as", other).shape)


@function()
def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """The same elements in the shape of another tensor (``torch.Tensor.reshape_as``)."""
    return input.reshape(_like("reshape_as", other).shape)


@function()
def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """A view repeated to the shape of another tensor (``torch.Tensor.expand_as``)."""
    return input.expand(_like("expand_as", other).shape)


@function()
@_by_name("size")
def sum_to_size(input: Tensor, *size: Any) -> Tensor:
    """Summed along what ``expand`` would have repeated (``torch.Tensor.sum_to_size``): its way back.

    Raises RuntimeError for a size that cannot be expanded to that of the tensor.
    """
    if not size:
        raise TypeError('sum_to_size() missing 1 required positional arguments: "size"')
    sizes, shape = sizes_of("sum_to_size", "size", size), input._array.shape
    extra = len(shape) - len(sizes)
    if extra < 0 or any(n not in (1, wide) for n, wide in zip(sizes, shape[extra:], strict=True)):
        raise RuntimeError(f"size {{{list(sizes)}}} is not expandable to size {{{list(shape)}}}.")
    if not sizes:
        return input.sum()
    repeated = [d for d, wide in enumerate(shape) if d < extra or sizes[d - extra] == 1 != wide]
    total = input.sum(repeated, keepdim=True) if repeated else input
    return total.view(sizes) if extra else total


def _like(name: str, other: Any) -> Tensor:
    if not isinstance(other, Tensor):
        raise errors.not_a_tensor(name, "other", 1, other)
    return other


@function()
@_by_name("size")
def broadcast_to(input: Tensor, *size: Any) -> Tensor:
    """A view repeated along dimensions of size 1 (``torch.broadcast_to``)."""
    return input.expand(*size)


@function(method=False)
def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The tensors as an operation on all of them would see them, of one shape (``torch.broadcast_tensors``)."""
    shape = broadcast_shapes(*(t.shape for t in tensors))
    return tuple(t if t.shape == shape else t.expand(shape) for t in tensors)


@function(method=False)
def broadcast_shapes(*shapes: Sequence[int]) -> dtypes.Size:
    """The shape that an operation on tensors of these shapes gives (``torch.broadcast_shapes``)."""
    try:
        return dtypes.Size(np.broadcast_shapes(*(_integers(shape) for shape in shapes)))
    except ValueError:
        raise RuntimeError("Shape mismatch: objects cannot be broadcast to a single shape") from None


@function()
@_by_name("repeats")
def repeat(input: Tensor, *repeats: Any) -> Tensor:
    """Copies, so many along each dimension (``torch.Tensor.repeat``).

    Raises RuntimeError for fewer numbers than dimensions.
    """
    times = sizes_of("repeat", "repeats", repeats)
    extra = len(times) - input.ndim
    if extra < 0:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    size = [n * t for n, t in zip((1,) * extra + input.shape, times, strict=True)]
    if min(size, default=0) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(size)}: {size}")
    return RepeatBackward0.apply(input, repeats=times)


del FUNCTIONS["repeat"]  # a method alone, as in PyTorch


@function()
@_by_name("dims")
def tile(input: Tensor, *dims: Any) -> Tensor:
    """Copies, so many along each of the last dimensions (``torch.tile``)."""
    times = sizes_of("tile", "dims", dims)
    return repeat(input, (1,) * (input.ndim - len(times)) + times)


@function()
def repeat_interleave(input: Tensor, repeats: int | Tensor, dim: int | None = None) -> Tensor:
    """Each element, or slice along ``dim``, repeated in place (``torch.repeat_interleave``)."""
    x = flatten(input) if dim is None else input
    dim = x._dim(0 if dim is None else dim)
    if isinstance(repeats, Tensor):
        from .choosing import index_select

        n, times = x._array.shape[dim], repeats._array
        if times.size not in (1, n):
            raise RuntimeError(
                "repeats must have the same size as input along dim, but got repeats.size(0) = "
                f"{times.size} and input.size({dim}) = {n}"
            )
        return index_select(x, dim, wrap(np.repeat(np.arange(n), times)))
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    wide = x.unsqueeze(dim + 1)
    return flatten(wide.expand((*x.shape[: dim + 1], repeats, *x.shape[dim + 1 :])).clone(), dim, dim + 1)


# Rearranging


def _mT(input: Tensor) -> Tensor:
    """A view with the last two dimensions exchanged (``torch.Tensor.mT``)."""
    if input.ndim < 2:
        raise RuntimeError(
            f"tensor.mT is only supported on matrices or batches of matrices. Got {input.ndim}-D tensor."
        )
    return input.transpose(-2, -1)


def _H(input: Tensor) -> Tensor:
    """The transpose of a matrix (``torch.Tensor.H``)."""
    if input.ndim not in (0, 2):
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {input.ndim}-D tensor.")
    return input.transpose(0, 1) if input.ndim else input


Tensor.mT = property(_mT)  # type: ignore[attr-defined]
Tensor.H = property(_H)  # type: ignore[attr-defined]


@function("swapdims")
def swapaxes(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """A view with two dimensions exchanged (``torch.swapaxes``)."""
    return input.transpose(dim0, dim1)


@function("moveaxis")
def movedim(input: Tensor, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """A view with some dimensions moved to other places, the others in their order (``torch.movedim``)."""
    source, destination = _integers(source), _integers(destination)
    if len(source) != len(destination):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(source)} dims) should contain the same number "
            f"of dims as destination ({list(destination)} dims)"
        )
    moved = {}
    places = [input._dim(d) for d in destination]
    for place, d in zip(places, source, strict=True):
        moved[place] = input._dim(d)
    for name, given, found in (("source", source, set(moved.values())), ("destination", destination, set(places))):
        if len(found) < len(given):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({list(given)})")
    others = iter(d for d in range(input.ndim) if d not in moved.values())
    return input.permute([moved[d] if d in moved else next(others) for d in range(input.ndim)])


@function()
@_by_name("dims")
def flip(input: Tensor, *dims: Any) -> Tensor:
    """The order along some dimensions reversed, a copy (``torch.flip``)."""
    if not dims:
        raise TypeError('flip() missing 1 required positional arguments: "dims"')
    given = sizes_of("flip", "dims", dims)
    return FlipBackward0.apply(input, dims=input._dims(given) if given else ())


@function()
def fliplr(input: Tensor) -> Tensor:
    """The columns in reverse order, a copy (``torch.fliplr``)."""
    if input.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return flip(input, 1)


@function()
def flipud(input: Tensor) -> Tensor:
    """The rows in reverse order, a copy (``torch.flipud``)."""
    if input.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return flip(input, 0)


@function()
def rot90(input: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """Turned k times by a quarter in the plane of two dimensions, a copy (``torch.rot90``)."""
    if input.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {input.ndim}")
    dim0, dim1 = (input._dim(d) for d in dims)
    if dim0 == dim1:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    return Rot90Backward0.apply(input, k=k, dims=(dim0, dim1))


@function()
def roll(input: Tensor, shifts: int | Sequence[int], dims: int | Sequence[int] = ()) -> Tensor:
    """Moved along some dimensions, what falls off the end comes in at the front (``torch.roll``)."""
    shifts, dims = _integers(shifts), _integers(dims)
    if not shifts:
        raise RuntimeError("`shifts` required")
    if len(shifts) != len(dims) and (dims or len(shifts) > 1):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}")
    dims = tuple(input._dim(d) for d in dims)
    return RollBackward0.apply(input, shifts=shifts, dims=dims if input.ndim else ())


@function(in_place=True)
def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """The lower triangle of a matrix, or of each of many, 0 above (``torch.tril``)."""
    if input.ndim < 2:
        raise RuntimeError("tril: input tensor must have at least 2 dimensions")
    return TrilBackward0.apply(input, diagonal=diagonal)


@function(in_place=True)
def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """The upper triangle of a matrix, or of each of many, 0 below (``torch.triu``)."""
    if input.ndim < 2:
        raise RuntimeError("triu: input tensor must have at least 2 dimensions")
    return TriuBackward0.apply(input, diagonal=diagonal)


@function()
def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """A diagonal of a matrix, or of each of many, a view (``torch.diagonal``)."""
    first, second = input._dim(dim1), input._dim(dim2)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return DiagonalBackward0.apply(input, offset=offset, dim1=first, dim2=second)


@function()
def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """A vector on the diagonal of a matrix, or the diagonal of a matrix as a vector (``torch.diag``)."""
    if input.ndim not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")
    operation = DiagEmbedBackward0 if input.ndim == 1 else DiagonalBackward0_copy
    return operation.apply(input, offset=diagonal, dim1=0, dim2=1)


@function()
def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The last dimension on the diagonal of matrices (``torch.diag_embed``)."""
    first, second = input._dim(dim1, extra=1), input._dim(dim2, extra=1)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return DiagEmbedBackward0.apply(input, offset=offset, dim1=first, dim2=second)


@function(method=False)
def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Tensor, ...]:
    """The coordinates of every point of a grid (``torch.meshgrid``): one tensor per axis, from the values along it.

    With ``indexing="ij"`` (the default, with a warning) the first values run down the rows, with "xy" along them.
    """
    given = _tensors("meshgrid", tensors[0] if len(tensors) == 1 and isinstance(tensors[0], Sequence) else tensors)
    if not given:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    for t in given:
        if t.ndim > 1:
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {t!r}")
    if indexing is None:
        warnings.warn(
            "torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.", stacklevel=2
        )
    elif indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    swapped = indexing == "xy" and len(given) > 1
    if swapped:
        given[:2] = given[1::-1]
    shape, n = tuple(t.numel() for t in given), len(given)
    grids = [t.view((1,) * i + (-1,) + (1,) * (n - i - 1)).expand(shape) for i, t in enumerate(given)]
    if swapped:
        grids[:2] = grids[1::-1]
    return tuple(grids)


# Memory


@function()
def contiguous(input: Tensor) -> Tensor:
    """The tensor, or a copy where its elements do not lie in memory row by row (``torch.Tensor.contiguous``)."""
    return input if input._array.flags.c_contiguous else pointwise.CloneBackward0.apply(input, order="C")


@function()
def is_contiguous(input: Tensor) -> bool:
    """Whether the elements lie in memory row by row (``torch.Tensor.is_contiguous``)."""
    return input._array.flags.c_contiguous


@function()
def stride(input: Tensor, dim: int | None = None) -> tuple[int, ...] | int:
    """How many elements further in memory the next one along each dimension is (``torch.Tensor.stride``)."""
    steps = tuple(step // input._array.itemsize for step in input._array.strides)
    return steps if dim is None else steps[input._dim(dim)]


@function()
def numel(input: Tensor) -> int:
    """The number of elements (``torch.numel``)."""
    return input._array.size


@function()
def element_size(input: Tensor) -> int:
    """Bytes per element (``torch.Tensor.element_size``)."""
    return input._array.itemsize


@function()
def data_ptr(input: Tensor) -> int:
    """Where in memory the first element is (``torch.Tensor.data_ptr``): equal for tensors that share it."""
    return input._array.ctypes.data


def _changing(name: str) -> Any:
    """The variant of a view that gives the tensor itself another shape."""

    def changed(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        in_place.is_recorded(self)
        view = getattr(self, name)(*args, **kwargs)
        self._array, self._grad_fn, self._output_nr = view._array, view._grad_fn, 0
        self._counter[0] += 1
        return self

    changed.__name__ = name + "_"
    changed.__doc__ = f"{name}, in place: the tensor itself has the other shape from now on."
    return changed


for _name in ("squeeze", "unsqueeze", "transpose", "swapaxes", "swapdims", "t"):
    setattr(Tensor, _name + "_", _changing(_name))
for _name in (
    "contiguous",
    "is_contiguous",
    "stride",
    "element_size",
    "data_ptr",
    "view_as",
    "reshape_as",
    "expand_as",
    "sum_to_size",
):
    del FUNCTIONS[_name]  # methods alone, as in PyTorch
for _name, _method in (("nelement", "numel"), ("ndimension", "dim")):
    setattr(Tensor, _name, getattr(Tensor, _method))
