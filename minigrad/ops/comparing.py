"""Truth values: comparisons and logic, never recorded, for they have no derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor import Number, Tensor, wrap
from .arithmetic import check_broadcast
from .functions import method


def _compare(self: Tensor, function: Any, other: Any) -> Any:
    if isinstance(other, Tensor):
        check_broadcast(self._array.shape, other._array.shape)
        other = other._array
    elif not isinstance(other, Number):
        return NotImplemented
    return wrap(np.asarray(function(self._array, other)))


@method()
def __eq__(self: Tensor, other: object) -> Any:
    return _compare(self, np.equal, other)


@method()
def __ne__(self: Tensor, other: object) -> Any:
    return _compare(self, np.not_equal, other)


@method()
def __lt__(self: Tensor, other: Any) -> Any:
    return _compare(self, np.less, other)


@method()
def __le__(self: Tensor, other: Any) -> Any:
    return _compare(self, np.less_equal, other)


@method()
def __gt__(self: Tensor, other: Any) -> Any:
    return _compare(self, np.greater, other)


@method()
def __ge__(self: Tensor, other: Any) -> Any:
    return _compare(self, np.greater_equal, other)


def _bits(self: Tensor, function: Any, other: Any) -> Any:
    if "f" in (self._array.dtype.kind, getattr(getattr(other, "_array", None), "dtype", np.dtype(bool)).kind):
        raise NotImplementedError(f"\"{function.__name__}_cpu\" not implemented for '{self.dtype.word}'")
    return _compare(self, function, other)


@method("__rand__")
def __and__(self: Tensor, other: Any) -> Any:
    return _bits(self, np.bitwise_and, other)


@method("__ror__")
def __or__(self: Tensor, other: Any) -> Any:
    return _bits(self, np.bitwise_or, other)


@method("__rxor__")
def __xor__(self: Tensor, other: Any) -> Any:
    return _bits(self, np.bitwise_xor, other)


@method()
def __invert__(self: Tensor) -> Tensor:
    if self._array.dtype.kind == "f":
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return wrap(np.asarray(np.invert(self._array)))
