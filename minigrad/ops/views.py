"""Operations that look at the same memory in another shape, and the choice of elements by index."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Edge, Node, next_sequence
from ..tensor import Tensor
from .operation import Operation


class ViewBackward0(Operation):
    """The same elements in another shape:  x̄ = z̄ in the old shape"""

    is_view = True
    gradients = (lambda n, g: g.reshape(n.input_shapes[0]),)

    @staticmethod
    def forward(x, *, shape):
        return x.reshape(shape)


class UnsafeViewBackward0(ViewBackward0):
    """Another shape of a copy nobody else sees:  x̄ = z̄ in the old shape"""

    is_view = False


class PermuteBackward0(Operation):
    """Dimensions in another order:  x̄ = z̄ in the old order"""

    is_view = True
    gradients = (lambda n, g: np.transpose(g, [int(d) for d in np.argsort(n.parameters["dims"])]),)

    @staticmethod
    def forward(x, *, dims):
        return x.transpose(dims)


class TransposeBackward0(Operation):
    """Two dimensions exchanged:  x̄ = z̄, exchanged back"""

    is_view = True
    gradients = (lambda n, g: g.swapaxes(n.parameters["dim0"], n.parameters["dim1"]),)

    @staticmethod
    def forward(x, *, dim0, dim1):
        return x.swapaxes(dim0, dim1)


class TBackward0(Operation):
    """Z = Xᵀ:  X̄ = Z̄ᵀ"""

    is_view = True
    gradients = (lambda n, g: g.T,)

    @staticmethod
    def forward(x):
        return x.T


class UnsqueezeBackward0(ViewBackward0):
    """A new dimension of size 1:  x̄ = z̄ without it"""


class SqueezeBackward0(ViewBackward0):
    """Without all dimensions of size 1:  x̄ = z̄ with them"""


class SqueezeBackward1(ViewBackward0):
    """Without one dimension of size 1:  x̄ = z̄ with it"""


class SqueezeBackward4(SqueezeBackward1):
    """The same, as PyTorch names it at the end of a vector-matrix product"""


class ExpandBackward0(Operation):
    """Repeated along dimensions of size 1, without copying:  x̄ = z̄ summed over them (by the walk)"""

    is_view = True
    gradients = (lambda n, g: g,)

    @staticmethod
    def forward(x, *, shape):
        return np.broadcast_to(x, shape)


class AliasBackward0(Operation):
    """The same memory in the same shape:  x̄ = z̄"""

    is_view = True
    gradients = (lambda n, g: g,)

    @staticmethod
    def forward(x):
        return x[...]


class IndexBackward0(Operation):
    """z = x[index]:  x̄ = 0, with z̄ added at the index; an element chosen twice gets both"""

    gradients = (lambda n, g: put(g, n.parameters["index"], n.input_shapes[0]),)

    @staticmethod
    def forward(x, *, index):
        return x[index]


class SelectBackward0(IndexBackward0):
    """z = x[i] along one dimension:  x̄ = 0, with z̄ there"""

    is_view = True

    @staticmethod
    def forward(x, *, index):
        return x[(*index, Ellipsis)]  # with the dots, one element is a view of x too


class SliceBackward0(IndexBackward0):
    """z = x[a:b:c] along one dimension:  x̄ = 0, with z̄ there"""

    is_view = True


class IndexPutBackward0(Operation):
    """z = 0, with x added at the index:  x̄ = z̄[index]"""

    gradients = (lambda n, g: g[n.parameters["index"]],)

    @staticmethod
    def forward(x, *, index, shape):
        z = np.zeros(shape, x.dtype)
        np.add.at(z, index, x)
        return z


def put(values: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of ``shape`` with ``values`` added at ``index``, for arrays and, recorded, for Tensors."""
    if isinstance(values, Tensor):
        return IndexPutBackward0.apply(values, index=index, shape=shape)
    return IndexPutBackward0.forward(values, index=index, shape=shape)


class AsStridedBackward0(Operation):
    """A view of a base that was written to, read from the base again:  x̄ = 0, with z̄ at the view's elements"""

    is_view = True
    gradients = (
        lambda n, g: put(g, n.parameters["positions"], (n.parameters["size"],)).reshape(n.input_shapes[0]),
    )


class CopySlices(Node):
    """A base after an in-place operation on a view of it (PyTorch's ``CopySlices``).

    Inside the view the gradient goes back through the operation; outside it passes by.
    """

    def __init__(self, base: Tensor, base_edge: Edge | None, operation: Node, positions: np.ndarray) -> None:
        self.operation = operation
        self.positions = positions
        self.edges = (base_edge, *operation.edges[1:])
        self.sequence = next_sequence()
        self.shapes = (base._array.shape,)
        self.numpy_dtypes = (base._array.dtype,)
        self.saved_tensors_by_name = {}

    def vjp(self, gradients: list) -> tuple:
        (g,) = gradients
        flat = g.reshape((-1,))
        size = flat.shape[0]
        inside, *others = self.operation.vjp([flat[self.positions]])
        if self.edges[0] is None:
            return (None, *others)
        outside = np.setdiff1d(np.arange(size), self.positions)
        total = put(flat[outside], outside, (size,))
        if inside is not None:
            total = total + put(inside, self.positions, (size,))
        return (total.reshape(self.shapes[0]), *others)

    def release(self) -> None:
        self.operation.release()


def positions_in(base: np.ndarray, view: np.ndarray) -> np.ndarray:
    """For each element of ``view``, where it stands in ``base``, a contiguous array over the same memory."""
    offset = (view.__array_interface__["data"][0] - base.__array_interface__["data"][0]) // base.itemsize
    where = np.full(view.shape, offset)
    for dim, (n, stride) in enumerate(zip(view.shape, view.strides, strict=True)):
        steps = np.arange(n) * (stride // base.itemsize)
        where += steps.reshape((-1,) + (1,) * (view.ndim - dim - 1))
    return where
