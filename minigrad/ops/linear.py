"""Matrix products."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from .. import errors
from ..tensor import Tensor
from .functions import FUNCTIONS, function, method
from .operation import Operation
from .pointwise import times
from .shaping import contiguous
from .views import IndexPutImplBackward0, SqueezeBackward4, TBackward0, UnsafeViewBackward0

# Of vectors and matrices, ndarray.dot gives what np.matmul does, in a third of the time where they are small.


class DotBackward0(Operation):
    """z = Σ xᵢ·yᵢ:  x̄ = z̄·y,  ȳ = z̄·x"""

    forward = np.ndarray.dot
    saves: ClassVar = {"self": (0, 1), "tensor": (1, 0)}
    gradients = (lambda n, g: g * n["tensor"], lambda n, g: g * n["self"])


class MvBackward0(Operation):
    """z = A x:  Ā = z̄ xᵀ,  x̄ = Aᵀ z̄"""

    forward = np.ndarray.dot
    saves: ClassVar = {"self": (0, 1), "vec": (1, 0)}
    gradients = (
        lambda n, g: g.reshape((-1, 1)) * n["vec"],
        lambda n, g: MvBackward0.either(TBackward0.either(n["self"]), g),
    )


class MmBackward0(Operation):
    """C = A B:  Ā = C̄ Bᵀ,  B̄ = Aᵀ C̄"""

    forward = np.ndarray.dot
    saves: ClassVar = {"self": (0, 1), "mat2": (1, 0)}
    gradients = (
        lambda n, g: MmBackward0.either(g, TBackward0.either(n["mat2"])),
        lambda n, g: MmBackward0.either(TBackward0.either(n["self"]), g),
    )


class BmmBackward0(Operation):
    """Cᵢ = Aᵢ Bᵢ for each i of a batch:  Āᵢ = C̄ᵢ Bᵢᵀ,  B̄ᵢ = Aᵢᵀ C̄ᵢ"""

    forward = np.matmul
    saves: ClassVar = {"self": (0, 1), "mat2": (1, 0)}
    gradients = (
        lambda n, g: BmmBackward0.either(g, n["mat2"].swapaxes(-1, -2)),
        lambda n, g: BmmBackward0.either(n["self"].swapaxes(-1, -2), g),
    )


class AddmmBackward0(Operation):
    """Z = β·C + α·A B:  C̄ = β·Z̄,  Ā = α·Z̄ Bᵀ,  B̄ = α·Aᵀ Z̄"""

    saves: ClassVar = {"mat1": (1, 2), "mat2": (2, 1)}
    gradients = (
        lambda n, g: times(g, n.parameters["beta"]),
        lambda n, g: times(g @ n["mat2"].swapaxes(-1, -2), n.parameters["alpha"]),
        lambda n, g: times(n["mat1"].swapaxes(-1, -2) @ g, n.parameters["alpha"]),
    )

    @staticmethod
    def forward(c: np.ndarray, a: np.ndarray, b: np.ndarray, *, beta: float, alpha: float) -> np.ndarray:
        # A β of 0 leaves c out altogether, nan and all.
        product = a @ b if alpha == 1 else a @ b * alpha
        if beta == 0:
            return product
        return product + (c if beta == 1 else c * beta)


class BaddbmmBackward0(AddmmBackward0):
    """Zᵢ = β·Cᵢ + α·Aᵢ Bᵢ for each i of a batch:  C̄ = β·Z̄,  Āᵢ = α·Z̄ᵢ Bᵢᵀ,  B̄ᵢ = α·Aᵢᵀ Z̄ᵢ"""

    saves: ClassVar = {"batch1": (1, 2), "batch2": (2, 1)}
    gradients = (
        AddmmBackward0.gradients[0],
        lambda n, g: times(BmmBackward0.either(g, n["batch2"].swapaxes(-1, -2)), n.parameters["alpha"]),
        lambda n, g: times(BmmBackward0.either(n["batch1"].swapaxes(-1, -2), g), n.parameters["alpha"]),
    )


class TraceBackward0(Operation):
    """z = Σ Xᵢᵢ:  X̄ᵢᵢ = z̄, 0 elsewhere"""

    def _gradient(self, g: Any) -> Any:
        n, m = self.input_shape
        places = np.arange(min(n, m)) * (m + 1)
        repeated = np.broadcast_to(g, (min(n, m),))
        return IndexPutImplBackward0.either(repeated, index=places, shape=(n * m,)).reshape((n, m))

    gradients = (_gradient,)

    @staticmethod
    def forward(x: np.ndarray) -> np.ndarray:
        return np.trace(x)


@function()
def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The matrix product (``torch.matmul``): of vectors, matrices, and batches of matrices with broadcasting.

    Raises RuntimeError, in PyTorch's words, where inner sizes or dtypes differ.
    """
    a, b = input, other
    if not isinstance(b, Tensor):
        raise errors.not_a_tensor("matmul", "other", 2, b)
    x, y = a._array, b._array
    if 0 in (x.ndim, y.ndim):
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {x.ndim}D and {y.ndim}D")
    if x.dtype != y.dtype:
        raise _dtypes_differ(a, b)
    if x.ndim == 1 and y.ndim == 1:
        if x.shape != y.shape:
            raise RuntimeError(
                f"inconsistent tensor size, expected tensor [{x.size}] and src [{y.size}] to have the same number of "
                f"elements, but got {x.size} and {y.size} elements respectively"
            )
        return DotBackward0.apply(a, b)
    if x.ndim == 2 and y.ndim == 1:
        if x.shape[1] != y.size:
            raise RuntimeError(
                f"size mismatch, got input ({x.shape[0]}), mat ({x.shape[0]}x{x.shape[1]}), vec ({y.size})"
            )
        return MvBackward0.apply(a, b)
    if x.ndim == 1 and y.ndim == 2:
        product = SqueezeBackward4.apply(matmul(a.unsqueeze(0), b), dim=0)
        product._counter[0] = 1  # PyTorch squeezes in place
        return product
    if x.ndim <= 2 < y.ndim and a.requires_grad:
        # (Bᵀ Aᵀ)ᵀ, one product for the whole batch: the gradient of A is then one matrix too, not one for each B
        product = matmul(b.transpose(-1, -2), a.t() if x.ndim == 2 else a)
        return product if x.ndim == 1 else contiguous(product.transpose(-1, -2))
    if x.ndim == 1:
        return matmul(a.unsqueeze(0), b).squeeze(-2)
    if y.ndim <= 2 < x.ndim:
        # one product for the whole batch: its rows are the rows of one tall matrix
        product = matmul(a.reshape(math.prod(x.shape[:-1]), x.shape[-1]), b)
        return UnsafeViewBackward0.apply(product, shape=(*x.shape[:-1], *y.shape[1:]))
    if x.ndim == y.ndim == 3 and x.shape[0] != y.shape[0]:
        # For the same reason, one matrix that would be repeated for a whole batch is taken as it is.
        if x.shape[0] == 1 and a.requires_grad:
            return matmul(a.squeeze(0), b)
        if y.shape[0] == 1 and b.requires_grad:
            return matmul(a, b.squeeze(0))
    if x.ndim == 2 and y.ndim == 2:
        if x.shape[1] != y.shape[0]:
            raise inner_sizes_differ(x.shape, y.shape)
        return MmBackward0.apply(a, b)
    try:
        batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    except ValueError:
        raise errors.cannot_broadcast(x.shape[:-2], y.shape[:-2]) from None
    if x.shape[-1] != y.shape[-2]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{math.prod(batch)}, {x.shape[-1]}] but "
            f"got: [{math.prod(batch)}, {y.shape[-2]}]."
        )
    first = a.expand(*batch, *x.shape[-2:]).reshape(math.prod(batch), *x.shape[-2:])
    second = b.expand(*batch, *y.shape[-2:]).reshape(math.prod(batch), *y.shape[-2:])
    product = BmmBackward0.apply(first, second)
    return UnsafeViewBackward0.apply(product, shape=(*batch, x.shape[-2], y.shape[-1]))


@method()
def __matmul__(self: Tensor, other: Any) -> Any:
    return matmul(self, other) if isinstance(other, Tensor) else NotImplemented


@method()
def __rmatmul__(self: Tensor, other: Any) -> Any:
    return matmul(other, self) if isinstance(other, Tensor) else NotImplemented


def _dtypes_differ(a: Tensor, b: Tensor) -> RuntimeError:
    x, y = a.dtype, b.dtype
    if a.ndim == b.ndim == 1:
        words = f"dot : expected both vectors to have same dtype, but found {x.word} and {y.word}"
    elif b.ndim == 1:
        words = f"addmv input tensors must have the same dtype, but got {y.word}, {x.word}, and {y.word}"
    elif max(a.ndim, b.ndim) > 2:
        words = f"expected scalar type {x.word} but found {y.word}"
    else:
        words = f"expected m1 and m2 to have the same dtype, but got: {x.c_name} != {y.c_name}"
    return errors.hinted(RuntimeError(words), "convert one of them: a.float() @ b, or a @ b.double().")


def _check(name: str, **given: Any) -> None:
    """Raise TypeError for the first argument after the tensor itself that is no Tensor."""
    for position, (argument, value) in enumerate(given.items(), 2):
        if not isinstance(value, Tensor):
            raise errors.not_a_tensor(name, argument, position, value)


@function()
def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of two matrices (``torch.mm``).

    Raises RuntimeError where one is no matrix, or where inner sizes or dtypes differ.
    """
    _check("mm", mat2=mat2)
    for name, matrix in (("self", input), ("mat2", mat2)):
        if matrix._array.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix")
    return matmul(input, mat2)


@function()
def mv(input: Tensor, vec: Tensor) -> Tensor:
    """The product of a matrix and a vector (``torch.mv``).

    Raises RuntimeError for other numbers of dimensions, or where inner sizes or dtypes differ.
    """
    _check("mv", vec=vec)
    if input._array.ndim != 2 or vec._array.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {input._array.ndim}, {vec._array.ndim}")
    return matmul(input, vec)


@function()
def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """The products of two batches of matrices (``torch.bmm``).

    Raises RuntimeError where one does not have three dimensions, or where sizes or dtypes differ.
    """
    _check("bmm", mat2=mat2)
    x, y = input._array, mat2._array
    for name, batch in (("batch1", x), ("batch2", y)):
        if batch.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    _check_batches(x, y)
    if x.dtype != y.dtype:
        raise _dtypes_differ(input, mat2)
    return BmmBackward0.apply(input, mat2)


def _check_batches(x: np.ndarray, y: np.ndarray) -> None:
    if y.shape[:2] != (x.shape[0], x.shape[2]):
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{x.shape[0]}, {x.shape[2]}] but got: "
            f"[{y.shape[0]}, {y.shape[1]}]."
        )


@function()
def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """The dot product of two vectors (``torch.dot``).

    Raises RuntimeError for other numbers of dimensions, or where sizes or dtypes differ.
    """
    _check("dot", tensor=tensor)
    if input._array.ndim != 1 or tensor._array.ndim != 1:
        raise errors.hinted(
            RuntimeError(f"1D tensors expected, but got {input._array.ndim}D and {tensor._array.ndim}D tensors"),
            "dot takes two vectors. For matrices it is a @ b; a sum of products is (a * b).sum().",
        )
    return matmul(input, tensor)


@function("ger")
def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """All products of an element of one vector and one of another (``torch.outer``)."""
    _check("outer", vec2=vec2)
    for name, vector in (("self", input), ("vec2", vec2)):
        if vector._array.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {vector._array.ndim}-D")
    return input.view(-1, 1) * vec2


@function()
def trace(input: Tensor) -> Tensor:
    """The sum of a matrix's diagonal (``torch.trace``)."""
    if input._array.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input._array.ndim}")
    return TraceBackward0.apply(input)


@function()
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """β·input + α·mat1 @ mat2, the input broadcast (``torch.addmm``).

    Raises RuntimeError where a factor is no matrix, or where sizes or dtypes do not fit.
    """
    _check("addmm", mat1=mat1, mat2=mat2)
    x, y = mat1._array, mat2._array
    for name, matrix in (("mat1", x), ("mat2", y)):
        if matrix.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix, got {matrix.ndim}-D tensor")
    if x.dtype != y.dtype:
        raise RuntimeError(f"mat1 and mat2 must have the same dtype, but got {mat1.dtype.word} and {mat2.dtype.word}")
    if x.shape[1] != y.shape[0]:
        raise inner_sizes_differ(x.shape, y.shape)
    _check_expands(input, (x.shape[0], y.shape[1]))
    if input._array.dtype != x.dtype:
        raise RuntimeError(f"self and mat2 must have the same dtype, but got {input.dtype.word} and {mat2.dtype.word}")
    return AddmmBackward0.apply(input, mat1, mat2, beta=beta, alpha=alpha)


@function()
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """β·input + α·batch1 @ batch2, the input broadcast, for batches of matrices (``torch.baddbmm``)."""
    _check("baddbmm", batch1=batch1, batch2=batch2)
    x, y = batch1._array, batch2._array
    for name, batch in (("batch1", x), ("batch2", y)):
        if batch.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    _check_batches(x, y)
    _check_expands(input, (*x.shape[:2], y.shape[2]))
    return BaddbmmBackward0.apply(input, batch1, batch2, beta=beta, alpha=alpha)


def _check_expands(tensor: Tensor, shape: tuple[int, ...]) -> None:
    """Raise RuntimeError, in the words of ``expand``, where a tensor cannot be broadcast to ``shape``."""
    if tensor._array.shape[-len(shape) :] != shape[-tensor._array.ndim :]:
        tensor.detach().expand(shape)


def inner_sizes_differ(a: tuple[int, ...], b: tuple[int, ...]) -> RuntimeError:
    """The error for a product of matrices whose inner sizes differ."""
    return errors.hinted(
        RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({a[0]}x{a[1]} and {b[0]}x{b[1]})"),
        "in A @ B the columns of A must be as many as the rows of B.",
    )


def einsum(equation: str, *operands: Any) -> Tensor:
    """The sum of products over named dimensions (``torch.einsum``), such as "ij,jk->ik" for a matrix product.

    A letter that the result does not have is summed over, ``...`` stands for dimensions that are broadcast, without
    ``->`` the result has the letters that occur once, in alphabetical order. Operands are multiplied from left to
    right, as PyTorch does. Raises RuntimeError for an equation that does not fit the operands.

    >>> import minigrad as torch
    >>> torch.einsum("ij,j->i", torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([1.0, 10.0]))
    tensor([21., 43.])
    """
    if len(operands) == 1 and isinstance(operands[0], Sequence):
        operands = tuple(operands[0])
    left, arrow, right = equation.replace(" ", "").partition("->")
    inputs = [_labels(part) for part in left.split(",")]
    if len(inputs) != len(operands):
        more = "more" if len(operands) > len(inputs) else "fewer"
        raise RuntimeError(f"einsum(): {more} operands were provided than specified in the equation")
    wide = 0  # how many dimensions an ellipsis stands for
    for number, (labels, operand) in enumerate(zip(inputs, operands, strict=True)):
        dots, ndim, named = "..." in labels, operand._array.ndim, len(labels) - ("..." in labels)
        if named > ndim or (named < ndim and not dots):
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({named}) "
                + ("is more than" if dots else "does not match")
                + f" the number of dimensions ({ndim}) for operand {number}"
                + ("" if dots else " and no ellipsis was given")
            )
        wide = max(wide, ndim - named if dots else 0)
    every = [label for labels in inputs for label in labels]
    if arrow:
        kept = _labels(right)
        for label in kept:
            if label not in every and label != "...":
                raise RuntimeError(
                    f"einsum(): output subscript {label} does not appear in the equation for any input operand"
                )
            if kept.count(label) > 1:
                raise RuntimeError(f"einsum(): output subscript {label} appears more than once in the output")
    else:
        kept = ["..."] * ("..." in every) + sorted(x for x in set(every) - {"..."} if every.count(x) == 1)
    summed = sorted(set(every) - set(kept))
    places: dict[str, int] = {}  # for each letter, its dimension once all operands are lined up
    for label in (*kept, *summed):
        places[label] = sum(wide if x == "..." else 1 for x in places)
    n_kept = sum(wide if label == "..." else 1 for label in kept)
    total = sum(wide if label == "..." else 1 for label in (*kept, *summed))
    tensors = [_lined_up(i, x, y, places, total, wide) for i, (x, y) in enumerate(zip(operands, inputs, strict=True))]
    _check_sizes(tensors, inputs, places)
    uses = [sum(t._array.shape[d] != 1 for t in tensors) for d in range(total)]
    result = tensors[0]
    for t in tensors[1:]:
        result = _multiplied(result, t, range(n_kept, total), uses)
    if total > n_kept:
        if len(tensors) > 1:
            return result.view(result._array.shape[:n_kept])
        return result.sum(tuple(range(n_kept, total)))
    return result


def _labels(part: str) -> list[str]:
    """The letters of one operand, an ellipsis counting as one."""
    labels = list(part.replace("...", "."))
    for label in labels:
        if not (label.isascii() and label.isalpha()) and label != ".":
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {part.index(label)} in the equation string, "
                "subscripts must be in [a-zA-Z]"
            )
    return ["..." if label == "." else label for label in labels]


def _lined_up(number: int, tensor: Any, labels: list[str], places: dict[str, int], total: int, wide: int) -> Tensor:
    """An operand with its dimensions where ``places`` has them, of size 1 where it lacks one."""
    ndots = tensor._array.ndim - (len(labels) - 1)
    seen: dict[str, int] = {}
    order, dim = [-1] * total, 0
    for label in labels:
        if label == "...":
            for k in range(wide - ndots, wide):
                order[places[label] + k] = dim
                dim += 1
        elif label in seen:
            sizes = tensor._array.shape
            if sizes[seen[label]] != sizes[dim]:
                raise RuntimeError(
                    f"einsum(): subscript {label} is repeated for operand {number} but the sizes don't match, "
                    f"{sizes[dim]} != {sizes[seen[label]]}"
                )
            tensor = tensor.diagonal(0, seen[label], dim)
            axes = list(range(tensor._array.ndim - 1))
            axes.insert(seen[label], len(axes))
            tensor = tensor.permute(axes)
        else:
            seen[label] = order[places[label]] = dim
            dim += 1
    for place in range(total):
        if order[place] < 0:
            tensor, order[place] = tensor.unsqueeze(-1), dim
            dim += 1
    return tensor.permute(order)


def _check_sizes(tensors: list[Tensor], inputs: list[list[str]], places: dict[str, int]) -> None:
    sizes = dict.fromkeys(range(tensors[0]._array.ndim), 1)
    for number, t in enumerate(tensors):
        for dim, n in enumerate(t._array.shape):
            if n not in (1, sizes[dim]) and sizes[dim] != 1:
                label = max((x for x in places if places[x] <= dim), key=lambda x: places[x])
                raise RuntimeError(
                    f"einsum(): subscript {label} has size {n} for operand {number} which does not broadcast with "
                    f"previously seen size {sizes[dim]}"
                )
            sizes[dim] = n if n != 1 else sizes[dim]


def _multiplied(a: Tensor, b: Tensor, candidates: range, uses: list[int]) -> Tensor:
    """The product of two operands that are lined up, summed over the dimensions no later operand has."""
    together: list[int] = []
    alone_a: list[int] = []
    alone_b: list[int] = []
    for dim in candidates:
        n, m = a._array.shape[dim], b._array.shape[dim]
        if n != 1 and m != 1:
            uses[dim] -= 1
            if uses[dim] == 1:
                together.append(dim)
                uses[dim] = 0
        elif uses[dim] == 1:
            (alone_a if n != 1 else alone_b).append(dim)
            uses[dim] = 0
    if alone_a:
        a = a.sum(tuple(alone_a), keepdim=True)
    if alone_b:
        b = b.sum(tuple(alone_b), keepdim=True)
    return _as_matrices(a, b, together) if together else a * b


def _as_matrices(a: Tensor, b: Tensor, summed: list[int]) -> Tensor:
    """The sum of products as one batched matrix product; the summed dimensions stay, with size 1."""
    x, y = a._array.shape, b._array.shape
    others = [d for d in range(len(x)) if d not in summed]
    both = [d for d in others if x[d] != 1 and y[d] != 1]
    only_a = [d for d in others if x[d] != 1 and y[d] == 1]
    only_b = [d for d in others if x[d] == 1]
    batch, rows, columns, inner = (
        math.prod(s[d] for d in dims) for s, dims in ((x, both), (x, only_a), (y, only_b), (x, summed))
    )
    first = a.permute(both + only_a + summed + only_b).reshape(batch, rows, inner)
    second = b.permute(both + summed + only_b + only_a).reshape(batch, inner, columns)
    order = both + only_a + summed + only_b
    sizes = [x[d] for d in both + only_a] + [1] * len(summed) + [y[d] for d in only_b]
    return bmm(first, second).view(sizes).permute([order.index(d) for d in range(len(x))])


FUNCTIONS["einsum"] = einsum
