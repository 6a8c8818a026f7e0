"""Data types and sizes: PyTorch's names for what NumPy stores."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import errors

BOOLEAN, INTEGER, FLOATING = range(3)
_CATEGORIES = {"b": BOOLEAN, "i": INTEGER, "u": INTEGER, "f": FLOATING}


class dtype:
    """The element type of a Tensor (``torch.dtype``).

    Prints as PyTorch's does, so that a lesson shows the same text under both engines.

    >>> import minigrad
    >>> minigrad.tensor([1.0, 2.0]).dtype
    torch.float32
    """

    __slots__ = ("c_name", "category", "name", "numpy", "type_name")

    def __init__(self, name: str, type_name: str, c_name: str) -> None:
        self.name = name
        self.numpy = np.dtype(name)
        self.type_name = type_name
        self.c_name = c_name
        self.category = _CATEGORIES[self.numpy.kind]

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return "boolean" if self is boolean else self.name

    @property
    def is_floating_point(self) -> bool:
        """Whether tensors of this dtype can require gradients."""
        return self.category == FLOATING

    @property
    def itemsize(self) -> int:
        """Bytes per element."""
        return self.numpy.itemsize

    @property
    def word(self) -> str:
        """The name that PyTorch's errors use: ``Float``, ``Long``."""
        return self.type_name.removesuffix("Tensor")

    @property
    def type_in_errors(self) -> str:
        """The type of a tensor as PyTorch's errors name it: ``torch.FloatTensor``, but ``CPUBoolType``."""
        return f"CPU{self.word}Type" if self.word in ("Bool", "Half") else f"torch.{self.type_name}"


float16 = dtype("float16", "HalfTensor", "c10::Half")
float32 = dtype("float32", "FloatTensor", "float")
float64 = dtype("float64", "DoubleTensor", "double")
uint8 = dtype("uint8", "ByteTensor", "unsigned char")
int8 = dtype("int8", "CharTensor", "signed char")
int16 = dtype("int16", "ShortTensor", "short")
int32 = dtype("int32", "IntTensor", "int")
int64 = dtype("int64", "LongTensor", "long int")
boolean = dtype("bool", "BoolTensor", "bool")

DEFAULT = float32
_BY_NUMPY = {d.numpy: d for d in (float16, float32, float64, uint8, int8, int16, int32, int64, boolean)}
_BY_PYTHON = {float: float64, int: int64, bool: boolean}


def cast(array: np.ndarray, wanted: np.dtype) -> np.ndarray:
    """A copy in another dtype, laid out in memory as PyTorch does: like the array, an expanded one row by row."""
    return array.astype(wanted, "C" if 0 in array.strides else "K")


def of(array: np.ndarray) -> dtype:
    """The dtype of a NumPy array.

    Raises TypeError, in the words of ``torch.from_numpy``, where PyTorch has no such dtype.
    """
    found = _BY_NUMPY.get(array.dtype)
    if found is None and not array.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion between byte orders is "
            "currently not supported."
        )
    if found is None:
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{array.dtype.type.__name__}. The only supported types are: "
            "float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, "
            "uint8, and bool."
        )
    return found


def chosen(given: dtype | type, function: str) -> np.dtype:
    """The NumPy dtype for a ``dtype=`` argument: a dtype, or Python's float, int or bool.

    Raises TypeError for anything else.
    """
    found = given if isinstance(given, dtype) else _BY_PYTHON.get(given)
    if found is None:
        raise TypeError(f"{function}(): argument 'dtype' must be torch.dtype, not {type(given).__name__}")
    return found.numpy


def of_type_name(name: str) -> dtype:
    """The dtype of a type's name, such as ``torch.FloatTensor``.

    Raises ValueError for a name that is none.
    """
    for found in _BY_NUMPY.values():
        if name == f"torch.{found.type_name}":
            return found
    raise ValueError(f"invalid type: '{name}'")


def promote(*operands: object) -> np.dtype:
    """The NumPy dtype of an operation on arrays and Python numbers (``torch.result_type``).

    A Python number, or an array without dimensions, changes the dtype of the arrays that have dimensions only
    where it is of a higher category: bool < integer < floating point.
    """
    strongest: list[dtype | None] = [None, None, None]  # with dimensions; without; Python numbers
    for operand in operands:
        if isinstance(operand, np.ndarray):
            place, found = (0 if operand.ndim else 1), of(operand)
        elif isinstance(operand, bool | np.bool_):
            place, found = 2, boolean
        else:
            place, found = 2, (int64 if isinstance(operand, int | np.integer) else DEFAULT)
        strongest[place] = join(strongest[place], found)
    result: dtype | None = None
    for candidate in strongest:
        if candidate is not None and (result is None or candidate.category > result.category):
            result = candidate
    assert result is not None
    return result.numpy


def join(a: dtype | None, b: dtype) -> dtype:
    """The dtype that holds the values of both (``torch.promote_types``)."""
    if a is None or a is b:
        return b
    if a.category != b.category:
        return a if a.category > b.category else b
    return _BY_NUMPY[np.result_type(a.numpy, b.numpy)]


class device:
    """Where a tensor's numbers are (``torch.device``): here always the CPU's memory.

    Raises RuntimeError for a kind of device that PyTorch does not know either.

    >>> device("cpu"), device("cuda", 1)
    (device(type='cpu'), device(type='cuda', index=1))
    """

    __slots__ = ("index", "type")

    def __init__(self, type: str | device, index: int | None = None) -> None:
        kind, _, number = str(type).partition(":")
        if kind not in ("cpu", "cuda", "mps", "meta", "xpu"):
            raise errors.no_such_device(str(type))
        self.type = kind
        self.index = int(number) if number else index

    def __repr__(self) -> str:
        return f"device(type='{self.type}'" + ("" if self.index is None else f", index={self.index}") + ")"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))


CPU = device("cpu")


def get_default_dtype() -> dtype:
    """The dtype of Python floats and of ``zeros``, ``randn`` and so on (``torch.get_default_dtype``)."""
    return DEFAULT


def set_default_dtype(given: dtype) -> None:
    """Change what Python floats, ``zeros``, ``randn`` and so on become (``torch.set_default_dtype``).

    Raises TypeError for what is no floating point dtype.
    """
    global DEFAULT
    if not isinstance(given, dtype):
        raise TypeError("invalid dtype object: only floating-point types are supported as the default type")
    if not given.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    DEFAULT = given


class Size(tuple):
    """A tensor's shape (``torch.Size``): a tuple that prints as PyTorch's and counts elements.

    >>> Size((2, 3)), Size((2, 3)).numel()
    (torch.Size([2, 3]), 6)
    """

    __slots__ = ()

    def numel(self) -> int:
        """The number of elements a tensor of this size has."""
        return math.prod(self)

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    def __getitem__(self, index: Any) -> Any:
        part = super().__getitem__(index)
        return Size(part) if isinstance(index, slice) else part

    def __add__(self, other: tuple) -> Size:
        return Size(super().__add__(other))

    def __mul__(self, times: Any) -> Size:
        return Size(super().__mul__(times))
