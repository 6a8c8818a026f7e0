"""The same values in another dtype, or in another place."""

from __future__ import annotations

from typing import Any

from .. import dtypes, errors
from ..tensor import Tensor, wrap
from . import pointwise
from .functions import method


@method()
def to(self: Tensor, *to: Any, dtype: Any = None, device: Any = None, copy: bool = False, **ignored: Any) -> Tensor:
    """The same values in another dtype, or that of another tensor; the tensor itself where it has it already.

    A device may be given, as long as it is the CPU.
    """
    for given in (*to, device):
        if isinstance(given, Tensor):
            dtype = given.dtype
        elif isinstance(given, dtypes.dtype) or given in (float, int, bool):
            dtype = given
        elif given is not None and not isinstance(given, bool) and str(given).partition(":")[0] != "cpu":
            raise errors.no_such_device(str(given))
    wanted = self._array.dtype if dtype is None else dtypes.chosen(dtype, "to")
    if wanted == self._array.dtype and not copy:
        return self
    if wanted.kind != "f":
        return wrap(dtypes.cast(self._array, wanted))
    return pointwise.ToCopyBackward0.apply(self, dtype=wanted)


@method()
def cpu(self: Tensor) -> Tensor:
    """The tensor itself: this kit runs on the CPU."""
    return self


@method()
def cuda(self: Tensor, *ignored: Any) -> Tensor:
    """Raises AssertionError: this kit runs on the CPU."""
    raise errors.no_such_device("cuda")


@method()
def type_as(self: Tensor, other: Tensor) -> Tensor:
    """The tensor in the dtype of another."""
    return self.to(other.dtype)


@method()
def is_floating_point(self: Tensor) -> bool:
    """Whether the elements are floating point numbers."""
    return self.dtype.is_floating_point


@method()
def float(self: Tensor) -> Tensor:
    """The same values as float32."""
    return self.to(dtypes.float32)


@method()
def double(self: Tensor) -> Tensor:
    """The same values as float64."""
    return self.to(dtypes.float64)
