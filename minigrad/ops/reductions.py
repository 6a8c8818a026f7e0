"""Operations that make many elements one: sums, means, products, extremes, norms."""

from __future__ import annotations

import collections
import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from .. import dtypes, errors
from ..grad_mode import mode
from ..tensor import Number, Tensor, wrap
from .arithmetic import floating
from .choosing import ScatterBackward0, nothing
from .elementary import MaskedFillBackward1, maximum, minimum
from .functions import function, method
from .operation import RESULT, Operation
from .pointwise import DivBackward1, constant

Dims = int | Sequence[int] | None


def fill(g: Any, shape: tuple[int, ...]) -> Any:
    """A gradient without dimensions, repeated for each element of ``shape``."""
    if mode.in_gradient_rule:
        return g.expand(shape)
    return np.ndarray(shape, g.dtype, g, 0, (0,) * len(shape))  # np.broadcast_to gives the same in 20 times as long


def opened(node: Any, z: Any) -> Any:
    """What has the reduced shape, with size 1 for each dimension that was reduced."""
    dims = node.parameters["dim"]
    if node.parameters["keepdim"] or not dims:
        return z
    return z.reshape(tuple([1 if d in dims else n for d, n in enumerate(node.input_shape)]))


def spread(node: Any, g: Any) -> Any:
    """A gradient of the reduced shape, repeated over the dimensions that were summed."""
    z, shape = opened(node, g), node.input_shape
    if type(z) is np.ndarray and z.flags.c_contiguous and z.size:
        steps = tuple([step if n > 1 else 0 for n, step in zip(z.shape, z.strides, strict=True)])
        return np.ndarray(shape, z.dtype, z, 0, steps)  # what np.broadcast_to gives in five times as long
    return np.broadcast_to(z, shape)


def count(node: Any) -> int:
    """How many elements were made one."""
    return math.prod(node.input_shape[d] for d in node.parameters["dim"])


class SumBackward0(Operation):
    """z = Σ x over all elements:  x̄ = z̄, repeated"""

    gradients = (lambda n, g: fill(g, n.input_shape),)

    @staticmethod
    def forward(x: np.ndarray, *, dtype: np.dtype) -> np.ndarray:
        return np.add.reduce(x, None, dtype)


class SumBackward1(Operation):
    """z = Σ x over some dimensions:  x̄ = z̄, repeated along them"""

    gradients = (spread,)

    @staticmethod
    def forward(x: np.ndarray, *, dim: tuple[int, ...], keepdim: bool, dtype: np.dtype) -> np.ndarray:
        return np.add.reduce(x, dim, dtype, keepdims=keepdim)  # type: ignore[call-overload]


class MeanBackward0(Operation):
    """z = Σ x / n over all n elements:  x̄ = z̄ / n, repeated"""

    gradients = (lambda n, g: DivBackward1.either(fill(g, n.input_shape), other=math.prod(n.input_shape)),)

    @staticmethod
    def forward(x: np.ndarray) -> np.ndarray:
        return np.add.reduce(x, None) / constant(x.size, x)


class MeanBackward1(Operation):
    """z = Σ x / n over some dimensions:  x̄ = z̄ / n, repeated along them"""

    gradients = (lambda n, g: DivBackward1.either(spread(n, g), other=count(n)),)

    @staticmethod
    def forward(x: np.ndarray, *, dim: tuple[int, ...], keepdim: bool) -> np.ndarray:
        total = np.add.reduce(x, dim, keepdims=keepdim)  # type: ignore[call-overload]
        return total / constant(math.prod([x.shape[d] for d in dim]), x)


@method()
def sum(
    self: Tensor,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    axis: int | Sequence[int] | None = None,
    keepdims: bool = False,
    dtype: dtypes.dtype | type | None = None,
) -> Tensor:
    """The sum of all elements, or over ``dim`` (``torch.sum``). Integers and booleans sum to int64."""
    dim = axis if dim is None else dim
    keepdim = keepdim or keepdims
    x = self.to(dtype) if dtype is not None else self
    total = np.dtype(np.int64) if dtype is None and x._array.dtype.kind in "iub" else x._array.dtype
    if dim is None and not keepdim:
        return SumBackward0.apply(x, dtype=total)
    return SumBackward1.apply(x, dim=self._dims(dim), keepdim=keepdim, dtype=total)


@method()
def mean(
    self: Tensor,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    axis: int | Sequence[int] | None = None,
    keepdims: bool = False,
    dtype: dtypes.dtype | type | None = None,
) -> Tensor:
    """The mean of all elements, or over ``dim`` (``torch.mean``).

    Raises RuntimeError for integers.
    """
    if dtype is not None:
        self = self.to(dtype)
    if not self.dtype.is_floating_point:
        raise errors.hinted(
            RuntimeError(
                "mean(): could not infer output dtype. Input dtype must be either a floating point or complex "
                f"dtype. Got: {self.dtype.word}"
            ),
            "convert it first: x.float().mean().",
        )
    dim = axis if dim is None else dim
    keepdim = keepdim or keepdims
    if dim is None and not keepdim:
        return MeanBackward0.apply(self)
    return MeanBackward1.apply(self, dim=self._dims(dim), keepdim=keepdim)


class ProdBackward1(Operation):
    """z = Π x over one dimension:  x̄ᵢ = z̄·Π of all other xⱼ, which is z / xᵢ where no x is 0"""

    saves: ClassVar = {"self": (0, 0), "result": (RESULT, 0)}

    @staticmethod
    def forward(x: np.ndarray, *, dim: tuple[int, ...], keepdim: bool) -> np.ndarray:
        return x.prod(dim, keepdims=keepdim)

    def _gradient(self, g: Any) -> Any:
        x = self["self"]
        if not x.shape:
            return g
        if not (x == 0).any():
            return opened(self, g) * (opened(self, self["result"]) / x)
        g = opened(self, g)
        if len(self.parameters["dim"]) == x.ndim:
            return (g * products_of_others(x.reshape((-1,)))).reshape(x.shape)
        (dim,) = self.parameters["dim"]
        return g * products_of_others(x.swapaxes(dim, -1)).swapaxes(dim, -1)

    gradients = (_gradient,)


class ProdBackward0(ProdBackward1):
    """z = Π x over all elements:  x̄ᵢ = z̄·Π of all other xⱼ, which is z / xᵢ where no x is 0"""


def but_one(x: Any) -> Any:
    """Row i of the last two dimensions is x with 1 in place of its element i."""
    return np.where(np.eye(x.shape[-1], dtype=bool), 1.0, x[..., None, :])


def products_of_others(x: Any) -> Any:
    """For each element along the last dimension, the product of all others."""
    return ProdBackward1.either(but_one(x), dim=(x.ndim,), keepdim=False)


class VarBackward0(Operation):
    """z = Σ (x - mean)² / (n - c):  x̄ = z̄·2·(x - mean) / (n - c)"""

    saves: ClassVar = {"self": (0, 0)}

    @staticmethod
    def forward(x: np.ndarray, *, dim: tuple[int, ...], keepdim: bool, correction: float) -> np.ndarray:
        return np.asarray(x.var(dim, np.float64, ddof=correction, keepdims=keepdim), x.dtype)

    gradients = (lambda n, g: _deviations(n, g),)


def _deviations(node: Any, g: Any) -> Any:
    """The rule of the variance."""
    x, dims = node["self"], node.parameters["dim"]
    degrees = max(count(node) - node.parameters["correction"], 0)
    return opened(node, g) * (2 / degrees if degrees else math.inf) * (x - x.mean(dims, keepdims=True))


class StdBackward0(VarBackward0):
    """z = √(Σ (x - mean)² / (n - c)):  x̄ = z̄·(x - mean) / (z·(n - c)), 0 where z is 0"""

    saves: ClassVar = {"self": (0, 0), "result": (RESULT, 0)}
    gradients = (lambda n, g: _deviations(n, np.where(n["result"] == 0, 0.0, g / (2 * n["result"]))),)

    @staticmethod
    def forward(x: np.ndarray, *, dim: tuple[int, ...], keepdim: bool, correction: float) -> np.ndarray:
        return np.asarray(x.std(dim, np.float64, ddof=correction, keepdims=keepdim), x.dtype)


class LogsumexpBackward0(Operation):
    """z = ln Σ eˣ:  x̄ = z̄·e^(x - z), the softmax of x"""

    saves: ClassVar = {"self": (0, 0), "result": (RESULT, 0)}
    gradients = (lambda n, g: opened(n, g) * np.exp(n["self"] - opened(n, n["result"])),)

    @staticmethod
    def forward(x: np.ndarray, *, dim: tuple[int, ...], keepdim: bool) -> np.ndarray:
        largest = x.max(dim, keepdims=True, initial=-np.inf)
        largest = np.where(np.isfinite(largest), largest, 0).astype(x.dtype)
        total = np.log(np.exp(x - largest).sum(dim, keepdims=True)) + largest
        return total if keepdim else total.squeeze(dim)


class LinalgVectorNormBackward0(Operation):
    """z = (Σ |x|ᵖ)^(1/p):  x̄ = z̄·sign x·(|x| / z)ᵖ⁻¹, 0 where z is 0; for p = ∞, shared by the largest |x|"""

    saves: ClassVar = {"self": (0, 0), "result": (RESULT, 0)}

    @staticmethod
    def forward(x: np.ndarray, *, ord: float, dim: tuple[int, ...], keepdim: bool) -> np.ndarray:
        if ord == 2:
            return np.sqrt((x * x).sum(dim, keepdims=keepdim))
        x = np.abs(x)
        if math.isinf(ord):
            return (x.max if ord > 0 else x.min)(dim, keepdims=keepdim)
        if ord == 0:
            return (x != 0).sum(dim, dtype=x.dtype, keepdims=keepdim)
        return (x**ord).sum(dim, keepdims=keepdim) ** (1 / ord)

    def _gradient(self, g: Any) -> Any:
        x, p = self["self"], self.parameters["ord"]
        g, z = opened(self, g), opened(self, self["result"])
        if p == 0:
            return None  # a count is flat everywhere
        if p == 1:
            return g * np.sign(x)
        if p == 2:
            return x * np.where(z == 0, 0.0, g / z)
        if math.isinf(p):
            return np.sign(x) * evenly(g, np.abs(x) == z, self.parameters["dim"])
        smooth = np.where(x == 0, 0.0, np.sign(x) * np.abs(x) ** (p - 1))
        return smooth * np.where(z == 0, 0.0, g / z ** (p - 1))

    gradients = (_gradient,)


class LinalgSvdBackward0(Operation):
    """s = the singular values of A = U·diag(s)·Vᵀ:  Ā = U·diag(s̄)·Vᵀ

    In PyTorch they are output 1, between U and V; here too, though U and V are not given.
    """

    saves: ClassVar = {"A": (0, 0)}

    @classmethod
    def apply(cls, *inputs: Any, **parameters: Any) -> Tensor:
        """The singular values, recorded as output 1."""
        array = inputs[0]._array
        values = wrap(cls.forward(array))
        if mode.enabled:
            nothing = wrap(np.empty(0, array.dtype))
            cls.record_all(inputs, (array,), parameters, (nothing, values, nothing))
        return values

    def vjp(self, gradients: list) -> tuple:
        """The gradient of the matrix from that of the values."""
        return (SvdvalsBackwardBackward0.either(gradients[1], self["A"]),)

    @staticmethod
    def forward(a: np.ndarray) -> np.ndarray:
        return np.linalg.svd(a, compute_uv=False)


class SvdvalsBackwardBackward0(Operation):
    """The rule of singular values as an operation, Y = U·diag(g)·Vᵀ:  ḡ = diag(Z) with Z = Uᵀ·Ȳ·V;  Ā = U·Q·Vᵀ

    Qᵢⱼ = (gᵢ + gⱼ)/2·(Zᵢⱼ - Zⱼᵢ)/(sᵢ + sⱼ) + (gⱼ - gᵢ)/2·(Zᵢⱼ + Zⱼᵢ)/(sⱼ - sᵢ), plus what Ȳ has outside the columns
    of U and the rows of Vᵀ, times diag(g / s). Source: first-order perturbation of U and V.
    """

    saves: ClassVar = {"grad_output": (0, 1), "A": (1, 0, 1)}

    @staticmethod
    def forward(g: np.ndarray, a: np.ndarray) -> np.ndarray:
        u, _, vh = np.linalg.svd(a, full_matrices=False)
        return (u * g[..., None, :]) @ vh

    def _parts(self, y: Any) -> tuple:
        if mode.in_gradient_rule:
            raise NotImplementedError("this kit has no third derivative of singular values")
        u, s, vh = np.linalg.svd(self["A"], full_matrices=False)
        return u, s, vh, u.swapaxes(-1, -2) @ y @ vh.swapaxes(-1, -2)

    def _gradient_of_matrix(self, y: Any) -> Any:
        u, s, vh, z = self._parts(y)
        g, zt, ut, v = self["grad_output"], z.swapaxes(-1, -2), u.swapaxes(-1, -2), vh.swapaxes(-1, -2)
        column, row = (lambda x: x[..., :, None]), (lambda x: x[..., None, :])
        slope = row(g) - column(g)
        turned = np.where(slope == 0, 0.0, slope / 2 * (z + zt) / (row(s) - column(s)))
        inside = (row(g) + column(g)) / 2 * (z - zt) / (row(s) + column(s)) + turned
        outside_columns = (y - u @ (ut @ y)) @ (v * row(g / s)) @ vh
        outside_rows = (u * row(g / s)) @ ut @ (y - (y @ v) @ vh)
        return u @ inside @ vh + outside_columns + outside_rows

    gradients = (lambda n, y: np.diagonal(n._parts(y)[3], 0, -2, -1), _gradient_of_matrix)


# The extremes


def evenly(g: Any, chosen: Any, dims: tuple[int, ...]) -> Any:
    """A gradient shared by the elements that were chosen, equally."""
    return (g / chosen.sum(dims, keepdims=True)) * chosen


class AmaxBackward0(Operation):
    """z = the largest x:  x̄ = z̄, shared by all that are as large"""

    saves: ClassVar = {"self": (0, 0), "result": (RESULT, 0)}

    @staticmethod
    def forward(x: np.ndarray, *, dim: tuple[int, ...], keepdim: bool) -> np.ndarray:
        return x.max(dim, keepdims=keepdim)

    def _chosen(self) -> Any:
        x, z = self["self"], opened(self, self["result"])
        return (x == z) | ((x != x) & (z != z))

    gradients = (lambda n, g: evenly(opened(n, g), n._chosen(), n.parameters["dim"]),)


class AminBackward0(AmaxBackward0):
    """z = the smallest x:  x̄ = z̄, shared by all that are as small"""

    @staticmethod
    def forward(x: np.ndarray, *, dim: tuple[int, ...], keepdim: bool) -> np.ndarray:
        return x.min(dim, keepdims=keepdim)


class MaxBackward1(AmaxBackward0):
    """z = the largest of all x:  x̄ = z̄, shared by all that are as large"""

    def _shared(self, g: Any) -> Any:
        chosen = self._chosen()
        mask = chosen._array if isinstance(chosen, Tensor) else chosen
        return MaskedFillBackward1.either(nothing(self, g), g / mask.sum(), mask=mask)

    gradients = (lambda n, g: n._shared(g),)


class MinBackward1(MaxBackward1):
    """z = the smallest of all x:  x̄ = z̄, shared by all that are as small"""

    forward = staticmethod(AminBackward0.forward)


class MedianBackward0(MaxBackward1):
    """z = the median of all x, the lower of two:  x̄ = z̄, shared by all that are as large"""

    @staticmethod
    def forward(x: np.ndarray, *, dim: tuple[int, ...], keepdim: bool) -> np.ndarray:
        return x.reshape(-1)[_median_index(x.reshape(-1), 0)[0]]


class MaxBackward0(Operation):
    """z = x at the largest element along a dimension:  x̄ = 0, with z̄ there"""

    @staticmethod
    def forward(x: np.ndarray, *, dim: tuple[int, ...], keepdim: bool, index: np.ndarray) -> np.ndarray:
        if not dim:
            return x.copy()
        z = np.take_along_axis(x, index, dim[0])
        return z if keepdim else z.squeeze(dim)

    def _gradient(self, g: Any) -> Any:
        index, dim = self.parameters["index"], self.parameters["dim"]
        places = list(np.indices(index.shape, sparse=True))
        if dim:
            places[dim[0]] = index
        return ScatterBackward0.either(nothing(self, g), opened(self, g), index=tuple(places))

    gradients = (_gradient,)


class MinBackward0(MaxBackward0):
    """z = x at the smallest element along a dimension:  x̄ = 0, with z̄ there"""


class MedianBackward1(MaxBackward0):
    """z = x at the median along a dimension, the lower of two:  x̄ = 0, with z̄ there"""


def _median_index(x: np.ndarray, dim: int) -> np.ndarray:
    order = np.argsort(x, dim, kind="stable")
    middle = np.take(order, [(x.shape[dim] - 1) // 2], dim)
    missing = np.isnan(x)
    first = missing.argmax(dim, keepdims=True)
    return np.where(missing.any(dim, keepdims=True), first, middle)


def named_results(name: str, *fields: str) -> Callable[..., Any]:
    """The type of a function's several results: a named tuple that prints as PyTorch's (``torch.return_types``)."""

    class Results(collections.namedtuple(name, fields)):  # type: ignore[misc]
        __slots__ = ()

        def __repr__(self) -> str:
            lines = ",\n".join(f"{field}={getattr(self, field)!r}" for field in fields)
            return f"torch.return_types.{name}(\n{lines})"

    Results.__name__ = Results.__qualname__ = name
    return Results


def _check_not_empty(name: str, x: Tensor, dims: tuple[int, ...] | None) -> None:
    """Raise IndexError or RuntimeError where there is nothing to choose from."""
    if dims is None and not x._array.size:
        how = " Specify the reduction dim with the 'dim' argument."
        words = f"{name}(): Expected reduction dim to be specified for input.numel() == 0."
        raise IndexError(words) if name.startswith("arg") else RuntimeError(words + how)
    for d in dims or ():
        if not x._array.shape[d]:
            raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")


def _extreme(
    name: str, of_all: type[Operation], along: type[Operation], argument: Callable[[np.ndarray, int], np.ndarray]
) -> Callable[..., Any]:
    results = named_results(name, "values", "indices")

    def extreme(input: Tensor, dim: Any, keepdim: bool) -> Any:
        if dim is None:
            _check_not_empty(name, input, None)
            return of_all.apply(input, dim=tuple(range(input.ndim)), keepdim=False)
        if not isinstance(dim, int):
            raise TypeError(
                f"{name}() received an invalid combination of arguments - got (Tensor, {errors.type_name(dim)}), but "
                "expected one of:\n * (Tensor input, *, Tensor out = None)\n * (Tensor input, Tensor other, *, Tensor "
                "out = None)\n * (Tensor input, int dim, bool keepdim = False, *, tuple of Tensors out = None)\n"
            )
        dims = input._dims(dim)
        _check_not_empty(name, input, dims)
        index = argument(input._array, dims[0]) if dims else np.zeros((), np.int64)
        values = along.apply(input, dim=dims, keepdim=keepdim, index=index)
        indices = index.copy()  # the learner may write to it, and the rule reads its own
        return results(values, wrap(indices if keepdim or not dims else indices.squeeze(dims)))

    return extreme


_max = _extreme("max", MaxBackward1, MaxBackward0, lambda x, dim: x.argmax(dim, keepdims=True))
_min = _extreme("min", MinBackward1, MinBackward0, lambda x, dim: x.argmin(dim, keepdims=True))
_median = _extreme("median", MedianBackward0, MedianBackward1, _median_index)


@function()
def max_(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Tensor | None = None) -> Any:
    """The largest of all elements; values and indices along ``dim``; or of two tensors (``torch.max``).

    Of all elements, those equally large share the gradient; along a dimension the element at the index gets it.
    """
    if isinstance(dim, Tensor) or other is not None:
        return maximum(input, dim if other is None else other)
    return _max(input, dim, keepdim)


@function()
def min_(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Tensor | None = None) -> Any:
    """The smallest of all elements; values and indices along ``dim``; or of two tensors (``torch.min``)."""
    if isinstance(dim, Tensor) or other is not None:
        return minimum(input, dim if other is None else other)
    return _min(input, dim, keepdim)


@function()
def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The median, the lower of two, of all elements; values and indices along ``dim`` (``torch.median``)."""
    return _median(input, dim, keepdim)


def _chosen_dims(name: str, input: Tensor, dim: Dims) -> tuple[int, ...]:
    given = dim is not None and dim != ()
    dims = input._dims(dim)
    _check_not_empty(name, input, dims if given else None)
    return dims


@function()
def amax(input: Tensor, dim: Dims = (), keepdim: bool = False) -> Tensor:
    """The largest element over ``dim``; equally large ones share the gradient (``torch.amax``)."""
    return AmaxBackward0.apply(input, dim=_chosen_dims("amax", input, dim), keepdim=keepdim)


@function()
def amin(input: Tensor, dim: Dims = (), keepdim: bool = False) -> Tensor:
    """The smallest element over ``dim``; equally small ones share the gradient (``torch.amin``)."""
    return AminBackward0.apply(input, dim=_chosen_dims("amin", input, dim), keepdim=keepdim)


@function()
def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Where the largest element is, the first of several, along ``dim`` or in the flat tensor (``torch.argmax``)."""
    return _argument("argmax", np.argmax, input, dim, keepdim)


@function()
def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Where the smallest element is, the first of several, along ``dim`` or in the flat tensor (``torch.argmin``)."""
    return _argument("argmin", np.argmin, input, dim, keepdim)


def _argument(name: str, find: Callable[..., Any], input: Tensor, dim: int | None, keepdim: bool) -> Tensor:
    dims = None if dim is None else input._dims(dim)
    _check_not_empty(name, input, dims)
    return wrap(np.asarray(find(input._array, dims[0] if dims else None, keepdims=keepdim)))


# Sums of other kinds


@function()
def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The product of all elements, or along ``dim`` (``torch.prod``). Integers and booleans multiply to int64."""
    if dtype is None and input._array.dtype.kind in "iub":
        dtype = dtypes.int64
    x = input if dtype is None else input.to(dtype)
    if dim is None:
        return ProdBackward0.apply(x, dim=tuple(range(x.ndim)), keepdim=False)
    return ProdBackward1.apply(x, dim=x._dims(dim), keepdim=keepdim)


def _deviation(
    operation: type[Operation], input: Tensor, dim: Any, unbiased: bool | None, keepdim: bool, correction: Number | None
) -> Tensor:
    if not input.dtype.is_floating_point:
        raise errors.hinted(
            RuntimeError("std and var only support floating point and complex dtypes"), "convert it first: x.float()."
        )
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if unbiased is not None:
        correction = int(unbiased)
    return operation.apply(
        input, dim=input._dims(dim), keepdim=keepdim, correction=1 if correction is None else correction
    )


@function()
def var(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
) -> Tensor:
    """The variance of all elements, or over ``dim``, divided by n - correction (1) (``torch.var``)."""
    return _deviation(VarBackward0, input, dim, unbiased, keepdim, correction)


@function()
def std(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
) -> Tensor:
    """The standard deviation of all elements, or over ``dim``, from n - correction (1) (``torch.std``)."""
    return _deviation(StdBackward0, input, dim, unbiased, keepdim, correction)


@function()
def logsumexp(input: Tensor, dim: int | Sequence[int], keepdim: bool = False) -> Tensor:
    """ln Σ eˣ over ``dim``, without overflow (``torch.logsumexp``)."""
    return LogsumexpBackward0.apply(floating(input), dim=input._dims(dim), keepdim=keepdim)


@function()
def norm(
    input: Tensor, p: float | str | None = "fro", dim: Dims = None, keepdim: bool = False, dtype: Any = None
) -> Tensor:
    """The p-norm of all elements, or over ``dim``; "fro" is p = 2, "nuc" the nuclear norm (``torch.norm``).

    Raises RuntimeError for integers and for another word.
    """
    x = input if dtype is None else input.to(dtype)
    if not x.dtype.is_floating_point:
        raise errors.hinted(
            RuntimeError(
                "linalg.vector_norm: Expected a floating point or complex tensor as input. Got " + x.dtype.word
            ),
            "convert it first: x.float().norm().",
        )
    if p == "nuc":
        dims = x._dims((-2, -1) if dim is None else dim)
        values = LinalgSvdBackward0.apply(x.permute(*[d for d in range(x.ndim) if d not in dims], *dims))
        total = values.sum(-1)
        return total.reshape([1 if d in dims else n for d, n in enumerate(x.shape)]) if keepdim else total
    if isinstance(p, str) and p != "fro":
        raise RuntimeError(f"linalg.matrix_norm: Order {p} not supported.")
    order = 2.0 if p in (None, "fro") else float(p)
    return LinalgVectorNormBackward0.apply(x, ord=order, dim=x._dims(dim), keepdim=keepdim)


@function()
def any_(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Whether any element is not 0, of all or over ``dim`` (``torch.any``)."""
    return wrap(np.asarray(np.any(input._array, _all_or(input, dim), keepdims=keepdim)))


@function()
def all_(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Whether no element is 0, of all or over ``dim`` (``torch.all``)."""
    return wrap(np.asarray(np.all(input._array, _all_or(input, dim), keepdims=keepdim)))


def _all_or(input: Tensor, dim: Dims) -> tuple[int, ...] | None:
    return None if dim is None else input._dims(dim)
