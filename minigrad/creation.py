"""Making tensors: from Python and NumPy, filled with one number, counted, random."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import dtypes, errors, random
from .tensor import Tensor, wrap


def tensor(data: Any, *, dtype: dtypes.dtype | None = None, requires_grad: bool = False) -> Tensor:
    """A leaf with a copy of ``data``: a number, nested sequences, an array, a tensor (``torch.tensor``).

    Python floats become float32, ints int64, bools bool; arrays keep their dtype. Raises TypeError or ValueError
    for what holds no numbers or is ragged, RuntimeError where integers should require a gradient.

    >>> tensor([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]])
    """
    if isinstance(data, Tensor):
        array = data._array.copy()
    elif isinstance(data, np.ndarray | np.generic):
        array = np.array(data)
    else:
        array = np.array(_numbers(data, 0))
        if array.dtype == np.float64:
            array = array.astype(dtypes.DEFAULT.numpy)
        elif array.size == 0:
            array = array.astype(dtypes.DEFAULT.numpy)
    if dtype is not None:
        array = array.astype(dtype.numpy, copy=False)
    return _leaf(array, requires_grad)


def _numbers(data: Any, dim: int) -> Any:
    """The numbers of nested sequences, checked for shape as PyTorch does."""
    if isinstance(data, Tensor):
        return data._array.item() if data._array.ndim == 0 else data._array.tolist()
    if isinstance(data, str):
        raise TypeError("new(): invalid data type 'str'")
    if isinstance(data, bool | int | float | np.number | np.bool_):
        return data
    if isinstance(data, np.ndarray):
        return data.tolist()
    if not isinstance(data, Sequence | range):
        raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
    parts = [_numbers(part, dim + 1) for part in data]
    lengths = {len(part) if isinstance(part, list) else None for part in parts}
    if len(lengths) > 1:
        wanted = len(parts[0]) if isinstance(parts[0], list) else None
        other = next(part for part in parts if (len(part) if isinstance(part, list) else None) != wanted)
        if wanted is None or not isinstance(other, list):
            kind = type(other if not isinstance(other, list) else parts[0]).__name__
            raise TypeError(f"expected a sequence at dim {dim + 1}, got {kind}")
        raise ValueError(f"expected sequence of length {wanted} at dim {dim + 1} (got {len(other)})")
    return parts


def _leaf(array: np.ndarray, requires_grad: bool) -> Tensor:
    made = wrap(array)
    if requires_grad:
        if array.dtype.kind != "f":
            raise errors.dtype_without_gradient("Only Tensors of floating point and complex dtype can require gradients")
        made._requires_grad = True
    return made


def _size(name: str, given: tuple) -> tuple[int, ...]:
    """A size given as ``(2, 3)`` or as ``2, 3``."""
    if len(given) == 1 and isinstance(given[0], Sequence) and not isinstance(given[0], str):
        given = tuple(given[0])
    for n in given:
        if isinstance(n, bool) or not isinstance(n, int | np.integer):
            raise TypeError(
                f"{name}(): argument 'size' (position 1) must be tuple of ints, not {type(n).__name__}"
            )
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {list(given)}")
    return tuple(int(n) for n in given)


def zeros(*size: Any, dtype: dtypes.dtype | None = None, requires_grad: bool = False) -> Tensor:
    """Zeros of a size (``torch.zeros``)."""
    return _leaf(np.zeros(_size("zeros", size), (dtype or dtypes.DEFAULT).numpy), requires_grad)


def ones(*size: Any, dtype: dtypes.dtype | None = None, requires_grad: bool = False) -> Tensor:
    """Ones of a size (``torch.ones``)."""
    return _leaf(np.ones(_size("ones", size), (dtype or dtypes.DEFAULT).numpy), requires_grad)


def zeros_like(input: Tensor, *, requires_grad: bool = False) -> Tensor:
    """Zeros in the shape and dtype of a tensor (``torch.zeros_like``)."""
    return _leaf(np.zeros(input._array.shape, input._array.dtype), requires_grad)


def ones_like(input: Tensor, *, requires_grad: bool = False) -> Tensor:
    """Ones in the shape and dtype of a tensor (``torch.ones_like``)."""
    return _leaf(np.ones(input._array.shape, input._array.dtype), requires_grad)


def arange(*bounds: float, dtype: dtypes.dtype | None = None, requires_grad: bool = False) -> Tensor:
    """Numbers from a start (0) up to an end, exclusive, in steps (1) (``torch.arange``).

    Integers give int64, floats float32. Raises RuntimeError for a step of zero or of the wrong sign.

    >>> arange(1, 2, 0.25)
    tensor([1.0000, 1.2500, 1.5000, 1.7500])
    """
    start, end, step = {1: (0, *bounds, 1), 2: (*bounds, 1), 3: bounds}[len(bounds)]
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    whole = all(isinstance(n, int | np.integer) for n in (start, end, step))
    count = max(0, -int((start - end) // step)) if whole else max(0, int(np.ceil((end - start) / step)))
    chosen = dtype or (dtypes.int64 if whole else dtypes.DEFAULT)
    return _leaf((start + step * np.arange(count)).astype(chosen.numpy), requires_grad)


def rand(*size: Any, dtype: dtypes.dtype | None = None, requires_grad: bool = False) -> Tensor:
    """Uniform random numbers from [0, 1), the same as PyTorch's after the same seed (``torch.rand``)."""
    return _leaf(random.rand(_size("rand", size), (dtype or dtypes.DEFAULT).numpy), requires_grad)


def randn(*size: Any, dtype: dtypes.dtype | None = None, requires_grad: bool = False) -> Tensor:
    """Normal random numbers, the same as PyTorch's after the same seed (``torch.randn``)."""
    return _leaf(random.randn(_size("randn", size), (dtype or dtypes.DEFAULT).numpy), requires_grad)
