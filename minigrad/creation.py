"""Making tensors: from Python and NumPy, filled with one number, counted, random."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import dtypes, errors, random
from .tensor import Tensor, wrap


def tensor(data: Any, *, dtype: dtypes.dtype | type | None = None, requires_grad: bool = False) -> Tensor:
    """A leaf with a copy of ``data``: a number, nested sequences, an array, a tensor (``torch.tensor``).

    Python floats become float32, ints int64, bools bool; arrays keep their dtype. Raises TypeError or ValueError
    for what holds no numbers or is ragged, RuntimeError where integers should require a gradient.

    >>> tensor([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]])
    """
    wanted = None if dtype is None else dtypes.chosen(dtype, "tensor")
    if isinstance(data, Tensor):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).",
            stacklevel=2,
        )
        array = data._array.copy()
    elif isinstance(data, np.ndarray | np.generic):
        array = np.array(data)
        dtypes.of(array)
    else:
        return _leaf(_from_numbers(data, wanted), requires_grad)
    return _leaf(array if wanted is None else array.astype(wanted, copy=False), requires_grad)


def _from_numbers(data: Any, wanted: np.dtype | None) -> np.ndarray:
    """The array of a number or of nested sequences, checked in PyTorch's order and words."""
    found = _infer(data)
    chosen = wanted or (found or dtypes.DEFAULT).numpy
    shape = []
    inner = data
    while _is_sequence(inner):  # the first elements tell the shape
        shape.append(len(inner))
        if not len(inner):
            break
        inner = inner[0]
    numbers: list[Any] = []
    _flatten(data, 0, shape, chosen, numbers)
    if chosen.kind in "iu":
        limits = np.iinfo(chosen)
        if any(type(n) is int and not -(2**63) <= n < 2**63 for n in numbers):
            raise ValueError("Overflow when unpacking long long")
        if not all(limits.min <= n <= limits.max for n in numbers):
            raise RuntimeError(f"value cannot be converted to type {chosen.name} without overflow")
    return np.array(numbers, np.float64 if chosen.kind == "f" else None).astype(chosen).reshape(shape)


def _is_sequence(data: Any) -> bool:
    return isinstance(data, Sequence) or (isinstance(data, np.ndarray) and data.ndim > 0)


def _infer(data: Any) -> dtypes.dtype | None:
    """The dtype that holds every number in ``data``, None where there are none."""
    if isinstance(data, Tensor):
        return data.dtype
    if isinstance(data, np.ndarray | np.generic):
        return dtypes.of(np.asarray(data))
    if isinstance(data, bool):
        return dtypes.boolean
    if isinstance(data, int):
        return dtypes.int64
    if isinstance(data, float):
        return dtypes.DEFAULT
    if isinstance(data, str):
        raise TypeError("new(): invalid data type 'str'")
    if not isinstance(data, Sequence):
        raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
    found: dtypes.dtype | None = None
    for part in data:
        part_dtype = _infer(part)
        if part_dtype is not None:
            found = dtypes.join(found, part_dtype)
    return found


def _flatten(data: Any, dim: int, shape: list[int], dtype: np.dtype, numbers: list) -> None:
    """Append every number in ``data`` to ``numbers``."""
    if dim == len(shape):
        if isinstance(data, Tensor):
            data = float(data) if data._array.dtype.kind == "f" else data._number()
        elif isinstance(data, Sequence | np.ndarray) and not isinstance(data, str):
            wrong = type(data).__name__
            raise TypeError(
                f"must be real number, not {wrong}"
                if dtype.kind == "f"
                else f"'{wrong}' object cannot be interpreted as an integer"
            )
        numbers.append(data.item() if isinstance(data, np.generic | np.ndarray) else data)
        return
    if isinstance(data, Tensor):
        raise ValueError("only one element tensors can be converted to Python scalars")
    if not _is_sequence(data):
        raise TypeError("not a sequence")
    if len(data) != shape[dim]:
        raise ValueError(f"expected sequence of length {shape[dim]} at dim {dim} (got {len(data)})")
    for part in data:
        _flatten(part, dim + 1, shape, dtype, numbers)


def _leaf(array: np.ndarray, requires_grad: bool) -> Tensor:
    made = wrap(array)
    if requires_grad:
        if array.dtype.kind != "f":
            raise errors.dtype_without_gradient(
                "Only Tensors of floating point and complex dtype can require gradients"
            )
        made._requires_grad = True
    return made


def _size(name: str, given: tuple) -> tuple[int, ...]:
    """A size given as ``(2, 3)`` or as ``2, 3``."""
    if len(given) == 1 and isinstance(given[0], Sequence) and not isinstance(given[0], str):
        given = tuple(given[0])
    for n in given:
        if isinstance(n, bool) or not isinstance(n, int | np.integer):
            raise TypeError(f"{name}(): argument 'size' (position 1) must be tuple of ints, not {errors.type_name(n)}")
        if n < 0 and name == "zeros":
            raise RuntimeError("zeros: Dimension size must be non-negative.")
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {list(given)}")
    return tuple(int(n) for n in given)


def _dtype(name: str, given: dtypes.dtype | type | None) -> np.dtype:
    return dtypes.DEFAULT.numpy if given is None else dtypes.chosen(given, name)


def zeros(*size: Any, dtype: dtypes.dtype | type | None = None, requires_grad: bool = False) -> Tensor:
    """Zeros of a size (``torch.zeros``)."""
    return _leaf(np.zeros(_size("zeros", size), _dtype("zeros", dtype)), requires_grad)


def ones(*size: Any, dtype: dtypes.dtype | type | None = None, requires_grad: bool = False) -> Tensor:
    """Ones of a size (``torch.ones``)."""
    return _leaf(np.ones(_size("ones", size), _dtype("ones", dtype)), requires_grad)


def zeros_like(input: Tensor, *, requires_grad: bool = False) -> Tensor:
    """Zeros in the shape and dtype of a tensor (``torch.zeros_like``)."""
    return _leaf(np.zeros(input._array.shape, input._array.dtype), requires_grad)


def ones_like(input: Tensor, *, requires_grad: bool = False) -> Tensor:
    """Ones in the shape and dtype of a tensor (``torch.ones_like``)."""
    return _leaf(np.ones(input._array.shape, input._array.dtype), requires_grad)


def arange(*bounds: float, dtype: dtypes.dtype | type | None = None, requires_grad: bool = False) -> Tensor:
    """Numbers from a start (0) up to an end, exclusive, in steps (1) (``torch.arange``).

    Integers give int64, floats float32. Raises TypeError for what are not one to three numbers, RuntimeError for a
    step of zero or of the wrong sign.

    >>> arange(1, 2, 0.25)
    tensor([1.0000, 1.2500, 1.5000, 1.7500])
    """
    if not 1 <= len(bounds) <= 3:
        raise TypeError(f"arange() takes an end, a start and an end, or these and a step, not {len(bounds)} numbers")
    for n in bounds:
        if not isinstance(n, int | float | np.number):
            raise TypeError(f"arange(): argument 'end' (position 1) must be Number, not {errors.type_name(n)}")
    start, end, step = {1: (0, *bounds, 1), 2: (*bounds, 1), 3: bounds}[len(bounds)]
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    whole = all(isinstance(n, int | np.integer) for n in (start, end, step))
    count = max(0, -int((start - end) // step)) if whole else max(0, int(np.ceil((end - start) / step)))
    chosen = dtypes.int64.numpy if dtype is None and whole else _dtype("arange", dtype)
    return _leaf((start + step * np.arange(count)).astype(chosen), requires_grad)


def rand(*size: Any, dtype: dtypes.dtype | type | None = None, requires_grad: bool = False) -> Tensor:
    """Uniform random numbers from [0, 1), the same as PyTorch's after the same seed (``torch.rand``)."""
    return _leaf(random.rand(_size("rand", size), _dtype("rand", dtype)), requires_grad)


def randn(*size: Any, dtype: dtypes.dtype | type | None = None, requires_grad: bool = False) -> Tensor:
    """Normal random numbers, the same as PyTorch's after the same seed (``torch.randn``)."""
    return _leaf(random.randn(_size("randn", size), _dtype("randn", dtype)), requires_grad)
