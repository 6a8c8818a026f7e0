"""Choosing elements: gather, scatter, sort.

In PyTorch ``gather``, ``sort``, ``topk`` and ``index_select`` have each a rule of their own. They all read
``z = x[index]``, with an index for every dimension, and so share one here.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes, errors
from ..tensor import Number, Tensor, wrap
from . import views
from .functions import function
from .operation import Operation


class GatherBackward0(views.IndexBackward0):
    """z = x[index], the index along one dimension:  x̄ = 0, with z̄ added at the index"""

    gradients = (lambda n, g: ScatterAddBackward0.either(nothing(n, g), g, index=n.parameters["index"]),)


class IndexSelectBackward0(views.IndexBackward0):
    """z = the slices of x at the indices:  x̄ = 0, with the slices of z̄ added there"""

    gradients = (lambda n, g: IndexAddBackward0.either(nothing(n, g), g, index=n.parameters["index"], alpha=1),)


class TakeBackward0(views.IndexBackward0):
    """z = x[index], x read as one row:  x̄ = 0, with z̄ added at the index"""


class MaskedSelectBackward0(views.IndexBackward0):
    """z = x where a mask is True:  x̄ = 0, with z̄ there"""


class SortBackward0(views.IndexBackward0):
    """z = x[order], sorted:  x̄[order] = z̄, each element's gradient goes back to where it came from"""

    gradients = (lambda n, g: ScatterBackward0.either(nothing(n, g), g, index=n.parameters["index"]),)


class SortBackward1(SortBackward0):
    """The same, where equal elements were asked to keep their order"""


class TopkBackward0(SortBackward0):
    """z = the largest elements of x:  x̄ = 0, with z̄ at their places"""


class ScatterBackward0(views.IndexPutBackward0):
    """z = x, with y written at the index along one dimension:  x̄ = z̄, 0 at the index;  ȳ = z̄[index]"""


class ScatterBackward1(views.FreesIndex, Operation):
    """z = x, with a number written at the index:  x̄ = z̄, 0 at the index"""

    gradients = (lambda n, g: type(n).either(g, index=n.parameters["index"], value=0),)

    @staticmethod
    def forward(x: np.ndarray, *, index: tuple, value: float) -> np.ndarray:
        z = x.copy()
        z[index] = value
        return z


class ScatterAddBackward0(views.FreesIndex, Operation):
    """z = x, with y added at the index along one dimension:  x̄ = z̄,  ȳ = z̄[index]"""

    gradients = (lambda n, g: g, lambda n, g: GatherBackward0.either(g, index=n.parameters["index"]))

    @staticmethod
    def forward(x: np.ndarray, y: np.ndarray, *, index: tuple) -> np.ndarray:
        z = x.copy()
        np.add.at(z, index, y)
        return z


class IndexAddBackward0(ScatterAddBackward0):
    """z = x, with a times the slices of y added at the indices:  x̄ = z̄,  ȳ = a times the slices of z̄ there"""

    gradients = (
        lambda n, g: g,
        lambda n, g: IndexSelectBackward0.either(g, index=n.parameters["index"]) * n.parameters["alpha"],
    )

    @staticmethod
    def forward(x: np.ndarray, y: np.ndarray, *, index: tuple, alpha: float = 1) -> np.ndarray:
        return ScatterAddBackward0.forward(x, y * alpha, index=index)


class IndexCopyBackward0(views.IndexPutBackward0):
    """z = x, with the slices of y written at the indices:  x̄ = z̄, 0 there;  ȳ = the slices of z̄ there"""


class IndexFillBackward0(ScatterBackward1):
    """z = x, with a number in the slices at the indices:  x̄ = z̄, 0 there"""


class IndexFillBackward1(views.IndexPutBackward0):
    """z = x, with the one number of y in the slices at the indices:  x̄ = z̄, 0 there;  ȳ = Σ of z̄ there"""

    gradients = (views.IndexPutBackward0.gradients[0], lambda n, g: np.where(n._written(), g, 0.0))


def nothing(node: Operation, g: Any) -> Any:
    """Zeros of the shape of the input, to write its gradient to, inside a gradient rule."""
    if isinstance(g, Tensor):
        return wrap(np.zeros(node.input_shape, g._array.dtype))
    return np.zeros(node.input_shape, g.dtype)


def _index(function: str, index: Any, position: int) -> np.ndarray:
    """The indices given in a tensor; TypeError for what is no tensor."""
    if not isinstance(index, Tensor):
        raise errors.not_a_tensor(function, "index", position, index)
    return index._array


def _along(function: str, x: Tensor, dim: int, index: np.ndarray, other: Tensor | None = None) -> tuple:
    """The index for every dimension of ``x`` that says what ``index`` along one dimension does.

    Raises RuntimeError in PyTorch's words for what is no index, is out of range, or has sizes that do not go with
    those of ``x`` (or of ``other``, whose elements go there).
    """
    if x.ndim and not index.size:
        return (np.zeros(index.shape, np.int64),) * x.ndim
    if index.dtype not in (np.int32, np.int64):
        raise errors.hinted(
            RuntimeError(f"{function}(): Expected dtype int32/int64 for index"),
            "an index counts, so it is of integers: index.long().",
        )
    if max(index.ndim, 1) != max(x.ndim, 1):
        raise errors.hinted(
            RuntimeError(
                "Index tensor must have the same number of dimensions as " + ("self" if other else "input") + " tensor"
            ),
            f"x has {x.ndim} dimensions, the index {index.ndim}; index.unsqueeze(dim) adds one.",
        )
    for d, n in enumerate(index.shape):
        if (d != dim and n > x._array.shape[d]) or (other is not None and other.ndim and n > other._array.shape[d]):
            if other is None:
                words = (
                    f"Size does not match at dimension {d} expected index {list(index.shape)} to be no larger than "
                    f"self {list(x.shape)} apart from dimension {dim}"
                )
            else:
                words = (
                    f"Expected index {list(index.shape)} to be no larger than self {list(x.shape)} apart from "
                    f"dimension {dim} and to be no larger size than src {list(other.shape)}"
                )
            raise RuntimeError(words)
    n = x._array.shape[dim] if x.ndim else 1
    wrong = index[(index < 0) | (index >= n)]
    if wrong.size:
        raise errors.hinted(
            RuntimeError(f"index {wrong.flat[0]} is out of bounds for dimension {dim} with size {n}"),
            f"indices go from 0 to {n - 1} here, and none counts from the end.",
        )
    if not x.ndim:
        return (None,) * index.ndim
    grid: list[Any] = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    grid[dim] = index.copy()
    return tuple(grid)


@function()
def gather(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """``out[i][j] = input[index[i][j]][j]`` for ``dim=0``, and so on (``torch.gather``).

    The index has as many dimensions as the input, and the result its shape. Raises RuntimeError for an index out of
    range.

    >>> x = Tensor([[1, 2], [3, 4]])
    >>> gather(x, 1, Tensor([[0], [1]]).to(int))
    tensor([[1.],
            [4.]])
    """
    dim, array = input._dim(dim), _index("gather", index, 3)
    return GatherBackward0.apply(input, index=_along("gather", input, dim, array))


@function()
def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """``gather`` with broadcasting, what ``argsort`` and ``argmax`` give back applied (``torch.take_along_dim``)."""
    if indices._array.dtype != np.int64:
        raise RuntimeError(f"torch.take_along_dim(): dtype of indices should be Long but got {indices.dtype.word}")
    if dim is None:
        return gather(input.reshape(-1), 0, indices.reshape(-1))
    if input.ndim != indices.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{input.ndim} dimensions for input, and {indices.ndim} dimensions for indices"
        )
    dim = input._dim(dim)

    def common(*shapes: Sequence[int]) -> tuple[int, ...]:
        return np.broadcast_shapes(*(tuple(1 if d == dim else n for d, n in enumerate(shape)) for shape in shapes))

    shape = common(input.shape, indices.shape)
    x, places = (t.expand((*shape[:dim], t._array.shape[dim], *shape[dim + 1 :])) for t in (input, indices))
    n = x._array.shape[dim]
    return gather(x, dim, wrap(np.where(places._array < 0, places._array + n, places._array)))


@function()
def take(input: Tensor, index: Tensor) -> Tensor:
    """``input[index]``, the input read as one row (``torch.take``)."""
    places = _index("take", index, 2)
    n = input.numel()
    wrong = places[(places < -n) | (places >= n)]
    if wrong.size:
        raise IndexError(f"out of range: tried to access index {wrong.flat[0]} on a tensor of {n} elements.")
    if not input.ndim:
        input = input.reshape(1)
    return TakeBackward0.apply(input, index=np.unravel_index(places % max(n, 1), input._array.shape))


def _slices(function: str, x: Tensor, dim: int, index: Any) -> tuple:
    """The index for the slices of ``x`` along one dimension, checked in PyTorch's words."""
    array = _index(function, index, 2)
    if array.ndim > 1:
        raise IndexError(f"{function}(): Index is supposed to be a vector")
    if array.dtype not in (np.int32, np.int64):
        raise errors.hinted(
            RuntimeError(f"{function}(): Expected dtype int32 or int64 for index"),
            "an index counts, so it is of integers: index.long().",
        )
    n = x._array.shape[dim] if x.ndim else 1
    wrong = array[(array < 0) | (array >= n)]
    if wrong.size and dim == 0:
        raise errors.hinted(
            IndexError("index out of range in self"),
            f"indices go from 0 to {n - 1} here, and none counts from the end.",
        )
    if wrong.size:
        raise RuntimeError(f"INDICES element is out of DATA bounds, id={wrong.flat[0]} axis_dim={n}")
    return (slice(None),) * dim + (array.reshape(-1).copy(),) if x.ndim else ()


@function()
def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """The slices along a dimension that a vector of indices names, a copy (``torch.index_select``)."""
    dim = input._dim(dim)
    return IndexSelectBackward0.apply(input, index=_slices("index_select", input, dim, index))


@function(in_place=True)
def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Number = 1) -> Tensor:
    """The slices of ``source`` added to those of ``input`` that the indices name (``torch.index_add``)."""
    dim = input._dim(dim)
    chosen = _slices("index_add", input, dim, index)
    if source.ndim and index.numel() != source._array.shape[dim]:
        raise RuntimeError(
            f"index_add_(): Number of indices ({index.numel()}) should be equal to source.size(dim): "
            f"({source._array.shape[dim]}), for dim: {dim}"
        )
    return IndexAddBackward0.apply(input, source, index=chosen, alpha=alpha)


@function(in_place=True)
def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """The slices of ``source`` written over those of ``input`` that the indices name (``torch.index_copy``)."""
    dim = input._dim(dim)
    return IndexCopyBackward0.apply(input, source, index=_slices("index_copy", input, dim, index))


@function(in_place=True)
def index_fill(input: Tensor, dim: int, index: Tensor, value: Tensor | Number) -> Tensor:
    """A number written over the slices of ``input`` that the indices name (``torch.index_fill``)."""
    dim = input._dim(dim)
    if isinstance(value, Tensor):
        return IndexFillBackward1.apply(input, value, index=_slices("index_fill", input, dim, index))
    return IndexFillBackward0.apply(input, index=_slices("index_fill", input, dim, index), value=value)


def _fitting(src: Tensor, index: np.ndarray) -> Tensor:
    """The part of ``src`` that an index of that shape reads."""
    return src if src._array.shape == index.shape else src[tuple(slice(n) for n in index.shape)]


@function(in_place=True)
def scatter(
    input: Tensor, dim: int, index: Tensor, src: Tensor | Number | None = None, *, value: Number | None = None
) -> Tensor:
    """``out[index[i][j]][j] = src[i][j]`` for ``dim=0``, and so on, the rest as it was (``torch.scatter``).

    ``src`` is a tensor or a number. With an index twice, one of its values stays. Raises RuntimeError for an index out
    of range and for a ``src`` of another dtype.
    """
    src = value if src is None else src
    dim, array = input._dim(dim), _index("scatter", index, 3)
    if not isinstance(src, Tensor):
        if not isinstance(src, Number):
            raise TypeError(
                f"scatter(): argument 'src' (position 4) must be Tensor or Number, not {errors.type_name(src)}"
            )
        return ScatterBackward1.apply(input, index=_along("scatter", input, dim, array), value=src)
    if src._array.dtype != input._array.dtype:
        raise errors.hinted(
            RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype"),
            f"they are {input.dtype} and {src.dtype}: src.to(x.dtype).",
        )
    return ScatterBackward0.apply(input, _fitting(src, array), index=_along("scatter", input, dim, array, src))


@function(in_place=True)
def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """``out[index[i][j]][j] += src[i][j]`` for ``dim=0``, and so on (``torch.scatter_add``).

    With an index twice, both values are added. Raises RuntimeError for an index out of range.
    """
    if not isinstance(src, Tensor):
        raise errors.not_a_tensor("scatter_add", "src", 3, src)
    dim, array = input._dim(dim), _index("scatter_add", index, 3)
    if src._array.dtype != input._array.dtype:
        raise errors.hinted(
            RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype"),
            f"they are {input.dtype} and {src.dtype}: src.to(x.dtype).",
        )
    places = _along("scatter_add", input, dim, array, src)
    return ScatterAddBackward0.apply(input, _fitting(src, array), index=places)


# Order


class _Results:
    """How several results print: ``torch.return_types.sort(values=..., indices=...)``."""

    __slots__ = ()

    def __repr__(self) -> str:
        fields = ",\n".join(f"{name}={value!r}" for name, value in self._asdict().items())  # type: ignore[attr-defined]
        return f"torch.return_types.{type(self).__name__}(\n{fields})"


class sort_(_Results, namedtuple("sort", ("values", "indices"))):
    """The sorted elements and where each was."""

    __slots__ = ()


class topk_(_Results, namedtuple("topk", ("values", "indices"))):
    """The largest elements and where each was."""

    __slots__ = ()


sort_.__name__, topk_.__name__ = "sort", "topk"


def _order(array: np.ndarray, dim: int, descending: bool) -> np.ndarray:
    """Where the elements stand in order, equal ones as they came. nan counts as the largest."""
    if not array.ndim:
        return np.zeros((), np.int64)
    if not descending:
        return np.argsort(array, dim, kind="stable")
    backward = np.flip(np.argsort(np.flip(array, dim), dim, kind="stable"), dim)
    return array.shape[dim] - 1 - backward


@function()
def sort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool | None = None) -> Any:
    """The elements along a dimension in order, and the indices where they were (``torch.sort``).

    Gives ``values``, through which gradients flow, and ``indices``.

    >>> sort(Tensor([3, 1, 2])).indices
    tensor([1, 2, 0])
    """
    dim = input._dim(dim)
    order = _order(input._array, dim, descending)
    operation = SortBackward0 if stable is None else SortBackward1
    return sort_(operation.apply(input, index=_along("sort", input, dim, order)), wrap(order))


@function(method=False)
def msort(input: Tensor) -> Tensor:
    """The rows' elements in order, each column by itself (``torch.msort``)."""
    return sort(input, 0)[0]


@function()
def argsort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Tensor:
    """The indices that put the elements along a dimension in order (``torch.argsort``)."""
    return wrap(_order(input._array, input._dim(dim), descending))


@function()
def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The k largest (or smallest) elements along a dimension, and the indices where they were (``torch.topk``).

    Raises RuntimeError for more than there are.
    """
    dim = input._dim(dim)
    if not 0 <= k <= (input._array.shape[dim] if input.ndim else 1):
        raise errors.hinted(
            RuntimeError("selected index k out of range"),
            f"k = {k}, and there are {input._array.shape[dim] if input.ndim else 1} elements along this dimension.",
        )
    order = _order(input._array, dim, descending=largest)
    if input.ndim:
        order = order[(slice(None),) * dim + (slice(k),)].copy()
    return topk_(TopkBackward0.apply(input, index=_along("topk", input, dim, order)), wrap(order))


@function()
def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not 0, one row each (``torch.nonzero``), or one vector per dimension."""
    if as_tuple:
        return tuple(wrap(places) for places in np.nonzero(np.atleast_1d(input._array)))
    return wrap(np.argwhere(input._array))


@function()
def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where a mask is True, as a vector (``torch.masked_select``)."""
    if not isinstance(mask, Tensor):
        raise errors.not_a_tensor("masked_select", "mask", 2, mask)
    if mask._array.dtype != bool:
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    shape = np.broadcast_shapes(input._array.shape, mask._array.shape)
    x = input if input._array.shape == shape else input.expand(shape)
    return MaskedSelectBackward0.apply(x, index=(np.broadcast_to(mask._array, shape).copy(),))


@function()
def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The values that occur, in order; where each element went, and how often each occurs (``torch.unique``)."""
    array = input._array
    values, inverse, counts = np.unique(
        array, return_inverse=True, return_counts=True, axis=None if dim is None else input._dim(dim)
    )
    inverse = inverse.reshape(array.shape if dim is None else -1)
    results = [values, *([inverse] if return_inverse else []), *([counts] if return_counts else [])]
    tensors = tuple(wrap(np.array(result)) for result in results)
    return tensors if len(tensors) > 1 else tensors[0]


@function()
def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each of the integers 0, 1, ... occurs (``torch.bincount``)."""
    array = input._array
    if array.ndim != 1 or array.dtype.kind not in "iu" or (array.size and array.min() < 0):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    counts = np.bincount(array, None if weights is None else weights._array, minlength)
    if weights is not None and weights._array.dtype == dtypes.float32.numpy:
        counts = counts.astype(np.float32)
    return wrap(counts)


@function(method=False)
def tril_indices(row: int, col: int, offset: int = 0) -> Tensor:
    """The indices of the lower triangle of a matrix of that size (``torch.tril_indices``)."""
    return wrap(np.stack(np.tril_indices(row, offset, col)))


@function(method=False)
def triu_indices(row: int, col: int, offset: int = 0) -> Tensor:
    """The indices of the upper triangle of a matrix of that size (``torch.triu_indices``)."""
    return wrap(np.stack(np.triu_indices(row, offset, col)))
