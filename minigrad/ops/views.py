"""Operations that look at the same memory in another shape, and the choice of elements by index."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import errors
from ..grad_mode import mode
from ..graph import Edge, Node, next_sequence, output_of
from ..tensor import Tensor, wrap
from .operation import Operation


class View(Operation):
    """What is common to the operations whose output shares the memory of the input."""

    @classmethod
    def apply(cls, source: Tensor, **parameters: Any) -> Tensor:
        """Run the operation, recording it where the source needs a gradient; the output knows its base."""
        output = view_of(source, cls.forward(source._array, **parameters))
        if mode.enabled:
            cls.record((source,), (source._array,), parameters, output)
        return output


def view_of(source: Tensor, array: np.ndarray) -> Tensor:
    """A Tensor over a part of the memory of ``source``, which knows its base."""
    view = wrap(array)
    view._counter = counter = source._counter
    view._base = source if source._base is None else source._base
    view._base_version = counter[0]
    view._untracked_view = source._untracked_view if mode.enabled else "no_grad"
    return view


class ViewBackward0(View):
    """The same elements in another shape:  x̄ = z̄ in the old shape"""

    gradients = (lambda n, g: g.reshape(n.input_shape),)

    @staticmethod
    def forward(x: np.ndarray, *, shape: tuple[int, ...]) -> np.ndarray:
        return x.reshape(shape)


class ReshapeAliasBackward0(ViewBackward0):
    """The same, of elements that do not lie one after another in memory"""


class UnsafeViewBackward0(Operation):
    """Another shape of a copy nobody else sees:  x̄ = z̄ in the old shape"""

    forward = staticmethod(ViewBackward0.forward)
    gradients = ViewBackward0.gradients


class PermuteBackward0(View):
    """Dimensions in another order:  x̄ = z̄ in the old order"""

    gradients = (lambda n, g: np.transpose(g, [int(d) for d in np.argsort(n.parameters["dims"])]),)

    @staticmethod
    def forward(x: np.ndarray, *, dims: tuple[int, ...]) -> np.ndarray:
        return x.transpose(dims)


class TransposeBackward0(View):
    """Two dimensions exchanged:  x̄ = z̄, exchanged back"""

    gradients = (lambda n, g: TransposeBackward0.either(g, **n.parameters),)

    @staticmethod
    def forward(x: np.ndarray, *, dim0: int, dim1: int) -> np.ndarray:
        return x.swapaxes(dim0, dim1) if x.ndim else x[...]


class TBackward0(View):
    """Z = Xᵀ:  X̄ = Z̄ᵀ"""

    gradients = (lambda n, g: TBackward0.either(g),)

    @staticmethod
    def forward(x: np.ndarray) -> np.ndarray:
        return x.T


class UnsqueezeBackward0(View):
    """A new dimension of size 1:  x̄ = z̄ without it"""

    gradients = (lambda n, g: SqueezeBackward1.either(g, dim=n.parameters["dim"]),)

    @staticmethod
    def forward(x: np.ndarray, *, dim: int) -> np.ndarray:
        return x.reshape((*x.shape[:dim], 1, *x.shape[dim:]))


class SqueezeBackward0(View):
    """Without all dimensions of size 1:  x̄ = z̄ with them"""

    def _gradient(self, g: Any) -> Any:
        for dim in self.parameters["dims"]:
            g = UnsqueezeBackward0.either(g, dim=dim)
        return g

    gradients = (_gradient,)

    @staticmethod
    def forward(x: np.ndarray, *, dims: tuple[int, ...]) -> np.ndarray:
        return x.squeeze(dims)


class SqueezeBackward1(View):
    """Without one dimension, where it is of size 1:  x̄ = z̄ with it"""

    def _gradient(self, g: Any) -> Any:
        dim = self.parameters["dim"]
        return UnsqueezeBackward0.either(g, dim=dim) if len(self.input_shape) > len(self.shapes[0]) else g

    gradients = (_gradient,)

    @staticmethod
    def forward(x: np.ndarray, *, dim: int) -> np.ndarray:
        return x.squeeze(dim) if x.shape[dim : dim + 1] == (1,) else x[...]


class SqueezeBackward4(Operation):
    """The same in place, as PyTorch ends a vector-matrix product"""

    forward = staticmethod(SqueezeBackward1.forward)
    gradients = SqueezeBackward1.gradients


class ExpandBackward0(View):
    """Repeated along dimensions of size 1, without copying:  x̄ = z̄ summed over them (by the walk)"""

    gradients = (lambda n, g: g,)

    @staticmethod
    def forward(x: np.ndarray, *, shape: tuple[int, ...]) -> np.ndarray:
        if math.prod(shape) == x.size:
            return x.reshape(shape)
        wide = np.broadcast_to(x, shape)
        wide.flags.writeable = x.flags.writeable  # NumPy's own is read-only; a part that repeats nothing is written to
        return wide


class AliasBackward0(View):
    """The same memory in the same shape:  x̄ = z̄"""

    gradients = (lambda n, g: g,)

    @staticmethod
    def forward(x: np.ndarray) -> np.ndarray:
        return x[...]


class SelectBackward0(View):
    """z = x[i] along one dimension:  x̄ = 0, with z̄ there"""

    gradients = (lambda n, g: SelectBackwardBackward0.either(g, index=n.parameters["index"], shape=n.input_shape),)

    @staticmethod
    def forward(x: np.ndarray, *, index: tuple) -> np.ndarray:
        return x[(*index, Ellipsis)]  # with the dots, one element is a view of x too


class SliceBackward0(View):
    """z = x[a:b:c] along one dimension:  x̄ = 0, with z̄ there"""

    gradients = (lambda n, g: SliceBackwardBackward0.either(g, index=n.parameters["index"], shape=n.input_shape),)

    @staticmethod
    def forward(x: np.ndarray, *, index: tuple) -> np.ndarray:
        return x[index]


class FreesIndex(Node):
    """What an operation that was given an index has besides: PyTorch frees the index with the saved tensors."""

    def vjp(self, gradients: list) -> tuple:
        """The rule, while the index is there.

        Raises RuntimeError the second time through.
        """
        if self.saved_tensors_by_name is None:
            raise errors.second_backward()
        return super().vjp(gradients)

    def release(self) -> None:
        """Free the index."""
        self.saved_tensors_by_name = None


class IndexBackward0(FreesIndex, Operation):
    """z = x[index], a copy:  x̄ = 0, with z̄ added at the index; an element chosen twice gets both"""

    gradients = (lambda n, g: IndexPutImplBackward0.either(g, index=n.parameters["index"], shape=n.input_shape),)

    @staticmethod
    def forward(x: np.ndarray, *, index: tuple) -> np.ndarray:
        return x[index]


class IndexPutImplBackward0(Operation):
    """The rule of x[index] as an operation, y = 0 with g added at the index:  ḡ = ȳ[index]"""

    gradients = (lambda n, y: y[n.parameters["index"]],)

    @staticmethod
    def forward(g: np.ndarray, *, index: Any, shape: tuple[int, ...]) -> np.ndarray:
        y = np.zeros(shape, g.dtype)
        np.add.at(y, index, g)
        return y


class SliceBackwardBackward0(IndexPutImplBackward0):
    """The rule of x[a:b:c] as an operation, y = 0 with g there:  ḡ = ȳ[a:b:c]"""

    @staticmethod
    def forward(g: np.ndarray, *, index: tuple, shape: tuple[int, ...]) -> np.ndarray:
        y = np.zeros(shape, g.dtype)
        y[index] = g
        return y


class SelectBackwardBackward0(SliceBackwardBackward0):
    """The rule of x[i] as an operation, y = 0 with g there:  ḡ = ȳ[i]"""


class IndexPutBackward0(FreesIndex, Operation):
    """z = x, with y written at the index, or added:  x̄ = z̄, where y is written 0;  ȳ = z̄[index]"""

    gradients = (
        lambda n, g: g if n.parameters.get("accumulate") else np.where(n._written(), 0.0, g),
        lambda n, g: g[n.parameters["index"]],
    )

    @staticmethod
    def forward(x: np.ndarray, y: np.ndarray, *, index: tuple, accumulate: bool = False) -> np.ndarray:
        z = x.copy()
        if accumulate:
            np.add.at(z, index, y)
        else:
            z[index] = y
        return z

    def _written(self) -> np.ndarray:
        mask = np.zeros(self.shapes[0], bool)
        mask[self.parameters["index"]] = True
        return mask


class AsStridedBackward0(Operation):
    """A view of a base that was written to, read from the base again:  x̄ = 0, with z̄ at the view's elements"""

    def _gradient(self, g: Any) -> Any:
        positions = self.parameters["positions"]
        g = g if positions.size else np.zeros_like(g)  # what is empty leaves the graph, as in PyTorch
        flat = IndexPutImplBackward0.either(g, index=positions, shape=(self.parameters["size"],))
        return flat.reshape(self.input_shape)

    gradients = (_gradient,)


class CopySlices(Node):
    """A base after an in-place operation on a view of it (PyTorch's ``CopySlices``).

    Inside the view the gradient goes back through the operation; outside it passes by.
    """

    def __init__(self, base: Tensor, base_edge: Edge | None, operation: Node, positions: np.ndarray) -> None:
        self.operation: Node | None = operation  # None once freed
        self.positions = positions
        self.edges = (base_edge, *operation.edges[1:])
        self.sequence = next_sequence()
        self.shapes = (base._array.shape,)
        self.numpy_dtypes = (base._array.dtype,)

    def name(self) -> str:
        """PyTorch's name, with its C++ namespace."""
        return "torch::autograd::CopySlices"

    def vjp(self, gradients: list) -> tuple:
        """One gradient for the base and one for each further input of the operation."""
        if self.operation is None:
            raise errors.second_backward()
        (g,) = gradients
        flat = g.reshape((-1,))
        size = flat.shape[0]
        inside, *others = self.operation.vjp([flat[self.positions]])
        if self.makers[0] is None:
            return (None, *others)
        passes_by = np.ones(size, bool)
        passes_by[self.positions] = False
        outside = np.flatnonzero(passes_by)
        total = IndexPutImplBackward0.either(flat[outside], index=outside, shape=(size,))
        if inside is not None:
            total = total + IndexPutImplBackward0.either(inside, index=self.positions, shape=(size,))
        return (total.reshape(self.shapes[0]), *others)

    def release(self) -> None:
        """Free the operation, with what it saved."""
        self.operation = None


def follow_base(view: Tensor) -> None:
    """Where the base was written to since, this view's history is that of the base as it is now.

    Raises RuntimeError for a view of which it cannot be told whether it should have one.
    """
    base = view._base
    assert base is not None
    if view._base_version == view._counter[0] or not (view._grad_fn is not None or base.requires_grad):
        return
    if view._untracked_view:
        raise untracked(view, indirectly=True)
    view._base_version = view._counter[0]
    positions = positions_in(base._array, view._array)
    view._grad_fn, view._output_nr = None, 0  # and none where the base has no history, for it was written over
    parameters = {"positions": positions, "size": base._array.size}
    AsStridedBackward0.record((base,), (base._array,), parameters, view)
    if view._retains_grad:
        view.retain_grad()


def untracked(view: Tensor, indirectly: bool) -> RuntimeError:
    """The error for a write to a view, or to its base, where the view is one that cannot follow."""
    output = "" if view._grad_fn is None else output_of(view._grad_fn, view._output_nr)
    return errors.untracked_view(view._untracked_view, output, indirectly)


def positions_in(base: np.ndarray, view: np.ndarray) -> np.ndarray:
    """For each element of ``view``, where it stands in ``base`` read row by row: both look at the same memory."""
    first = base.__array_interface__["data"][0]
    if base.flags.c_contiguous:
        return (_addresses(view) - first) // base.itemsize
    places = _addresses(base).reshape(-1)
    order = np.argsort(places)
    return order[np.searchsorted(places, _addresses(view), sorter=order)]


def _addresses(array: np.ndarray) -> np.ndarray:
    """Where in memory each element is."""
    where = np.full(array.shape, array.__array_interface__["data"][0])
    for dim, (n, stride) in enumerate(zip(array.shape, array.strides, strict=True)):
        where += (np.arange(n) * stride).reshape((-1,) + (1,) * (array.ndim - dim - 1))
    return where
