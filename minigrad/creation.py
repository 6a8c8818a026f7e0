"""Making tensors: from Python and NumPy, filled with one number, counted, random.

The functions marked ``@leaf`` give an array; the mark makes it a Tensor and adds the arguments that PyTorch's functions
all have: ``requires_grad`` and ``device``, which must be the CPU.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import dtypes, errors, random
from .ops import in_place, pointwise
from .ops.functions import FUNCTIONS, function
from .random import Generator
from .tensor import Number, Tensor, wrap

Dtype = dtypes.dtype | type | None


def tensor(data: Any, *, dtype: Dtype = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A leaf with a copy of ``data``: a number, nested sequences, an array, a tensor (``torch.tensor``).

    Python floats become float32, ints int64, bools bool; arrays keep their dtype. Raises TypeError or ValueError
    for what holds no numbers or is ragged, RuntimeError where integers should require a gradient.

    >>> tensor([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]])
    """
    return _copied("torch.tensor", data, dtype, device, requires_grad)


def _copied(function: str, data: Any, dtype: Dtype, device: Any, requires_grad: bool) -> Tensor:
    wanted = None if dtype is None else dtypes.chosen(dtype, "tensor")
    if isinstance(data, Tensor):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            f"sourceTensor.detach().clone().requires_grad_(True), rather than {function}(sourceTensor).",
            stacklevel=errors.learners_level(),
        )
        array = data._array.copy()
    elif isinstance(data, np.ndarray | np.generic):
        array = np.array(_checked(np.asarray(data)))
    else:
        return _leaf(_from_numbers(data, wanted), requires_grad, device)
    return _leaf(array if wanted is None else array.astype(wanted, copy=False), requires_grad, device)


def _checked(array: np.ndarray) -> np.ndarray:
    """An array that PyTorch takes; TypeError or ValueError for the others."""
    dtypes.of(array)
    if any(step < 0 for step in array.strides):
        raise errors.hinted(
            ValueError(
                "At least one stride in the given numpy array is negative, and tensors with negative strides are not "
                "currently supported. (You can probably work around this by making a copy of your array  with "
                "array.copy().) "
            ),
            "array[::-1] reads the same memory backwards; array[::-1].copy() has memory of its own.",
        )
    return array


@function(method=False)
def from_numpy(ndarray: np.ndarray) -> Tensor:
    """A tensor over the same memory as an array: what is written to one is seen in both (``torch.from_numpy``).

    Raises TypeError for what is no array and for dtypes that PyTorch lacks, ValueError for negative strides.

    >>> array = np.zeros(2)
    >>> t = from_numpy(array)
    >>> array[0] = 5
    >>> t
    tensor([5., 0.], dtype=torch.float64)
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {errors.type_name(ndarray)})")
    if not _checked(ndarray).flags.writeable:
        warnings.warn(
            "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means "
            "writing to this tensor will result in undefined behavior. You may want to copy the array to protect its "
            "data or make it writable before converting it to a tensor. This type of warning will be suppressed for "
            "the rest of this program.",
            stacklevel=2,
        )
    return wrap(ndarray)


@function("asarray", method=False)
def as_tensor(data: Any, dtype: Dtype = None, device: Any = None) -> Tensor:
    """The tensor itself, a tensor over an array's memory, or else a new one (``torch.as_tensor``)."""
    _on_the_cpu(device)
    if isinstance(data, np.ndarray):
        data = from_numpy(data)
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    return tensor(data, dtype=dtype)


@function(method=False)
def scalar_tensor(s: Number, *, dtype: Dtype = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """One number, floating point if nothing else is said (``torch.scalar_tensor``)."""
    return tensor(s, dtype=dtype or dtypes.DEFAULT, device=device, requires_grad=requires_grad)


def _from_numbers(data: Any, wanted: np.dtype | None) -> np.ndarray:
    """The array of a number or of nested sequences, checked in PyTorch's order and words."""
    if wanted is None and _only_floats(data):
        return np.array(data, dtypes.DEFAULT.numpy)  # what most lessons write, in a fifth of the time
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


def _only_floats(data: Any) -> bool:
    """Whether this is a float, a list of them, or a list of such lists that are equally long."""
    if type(data) is not list:
        return type(data) is float
    kinds = {*map(type, data)}
    if kinds == {list}:
        return len({*map(len, data)}) == 1 and all({*map(type, row)} == {float} for row in data)
    return kinds == {float}


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


def _on_the_cpu(device: Any) -> None:
    """Raise where a device is asked for that this kit does not have."""
    if device is not None and (isinstance(device, int) or str(device).partition(":")[0] != "cpu"):
        raise errors.no_such_device(f"cuda:{device}" if isinstance(device, int) else str(device))


def _leaf(array: np.ndarray, requires_grad: bool, device: Any = None) -> Tensor:
    if device is not None:
        _on_the_cpu(device)
    made = wrap(array)
    if requires_grad:
        if array.dtype.kind != "f":
            raise errors.dtype_without_gradient(
                "Only Tensors of floating point and complex dtype can require gradients"
            )
        made._requires_grad = True
    return made


def leaf(make: Callable[..., np.ndarray]) -> Callable[..., Tensor]:
    """Mark a function that gives an array: it is part of the kit, and gives a leaf with that array."""

    @functools.wraps(make)
    def made(*args: Any, requires_grad: bool = False, device: Any = None, **kwargs: Any) -> Tensor:
        if device is not None:
            _on_the_cpu(device)
        return _leaf(make(*args, **kwargs), requires_grad)

    FUNCTIONS[make.__name__] = made
    return made


def _size(name: str, given: tuple, argument: Any = None) -> tuple[int, ...]:
    """A size given as ``(2, 3)``, as ``2, 3`` or as ``size=(2, 3)``."""
    if argument is not None:
        given = (argument,)
    if all(type(n) is int and n >= 0 for n in given):
        return given
    if len(given) == 1 and isinstance(given[0], Sequence) and not isinstance(given[0], str):
        given = tuple(given[0])
    for n in given:
        if isinstance(n, bool) or not hasattr(n, "__index__"):
            raise TypeError(f"{name}(): argument 'size' (position 1) must be tuple of ints, not {errors.type_name(n)}")
        if n < 0 and name == "zeros":
            raise RuntimeError("zeros: Dimension size must be non-negative.")
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {list(given)}")
    return tuple(int(n) for n in given)


def _dtype(name: str, given: Dtype) -> np.dtype:
    return dtypes.DEFAULT.numpy if given is None else dtypes.chosen(given, name)


# Filled


@leaf
def zeros(*given: Any, size: Any = None, dtype: Dtype = None) -> np.ndarray:
    """Zeros of a size (``torch.zeros``)."""
    return np.zeros(_size("zeros", given, size), _dtype("zeros", dtype))


@leaf
def ones(*given: Any, size: Any = None, dtype: Dtype = None) -> np.ndarray:
    """Ones of a size (``torch.ones``)."""
    return np.ones(_size("ones", given, size), _dtype("ones", dtype))


@leaf
def empty(*given: Any, size: Any = None, dtype: Dtype = None) -> np.ndarray:
    """A tensor to be overwritten: its numbers are whatever was in memory (``torch.empty``)."""
    return np.empty(_size("empty", given, size), _dtype("empty", dtype))


@leaf
def full(size: Any, fill_value: Any, *, dtype: Dtype = None) -> np.ndarray:
    """One number everywhere, in its own dtype (``torch.full``).

    >>> full((2, 2), 7)
    tensor([[7, 7],
            [7, 7]])
    """
    if not isinstance(size, Sequence) or isinstance(size, str):
        raise TypeError(f"full(): argument 'size' (position 1) must be tuple of ints, not {errors.type_name(size)}")
    if not isinstance(fill_value, Number | np.bool_ | Tensor):
        raise TypeError(
            f"full(): argument 'fill_value' (position 2) must be Number, not {errors.type_name(fill_value)}"
        )
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    chosen = dtypes.chosen(dtype, "full") if dtype is not None else dtypes.promote(value)
    return np.full(_size("full", (size,)), value, chosen)


def _like(name: str, input: Any, dtype: Dtype) -> tuple[tuple[int, ...], np.dtype]:
    """The shape of a tensor, and its dtype or the one asked for."""
    if not isinstance(input, Tensor):
        raise errors.not_a_tensor(name, "input", 1, input)
    return input._array.shape, input._array.dtype if dtype is None else dtypes.chosen(dtype, name)


@leaf
def zeros_like(input: Tensor, *, dtype: Dtype = None) -> np.ndarray:
    """Zeros in the shape and dtype of a tensor (``torch.zeros_like``)."""
    return np.zeros(*_like("zeros_like", input, dtype))


@leaf
def ones_like(input: Tensor, *, dtype: Dtype = None) -> np.ndarray:
    """Ones in the shape and dtype of a tensor (``torch.ones_like``)."""
    return np.ones(*_like("ones_like", input, dtype))


@leaf
def empty_like(input: Tensor, *, dtype: Dtype = None) -> np.ndarray:
    """A tensor to be overwritten, in the shape and dtype of another (``torch.empty_like``)."""
    return np.empty(*_like("empty_like", input, dtype))


@leaf
def full_like(input: Tensor, fill_value: Number, *, dtype: Dtype = None) -> np.ndarray:
    """One number everywhere, in the shape and dtype of a tensor (``torch.full_like``)."""
    shape, chosen = _like("full_like", input, dtype)
    return np.full(shape, fill_value.item() if isinstance(fill_value, Tensor) else fill_value, chosen)


def _new(make: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The method that makes a tensor in the dtype of this one (``torch.Tensor.new_zeros`` and so on)."""

    def made(self: Tensor, *args: Any, dtype: Dtype = None, **kwargs: Any) -> Tensor:
        return make(*args, dtype=self.dtype if dtype is None else dtype, **kwargs)

    made.__doc__ = f"{make.__name__} in the dtype of this tensor (``torch.Tensor.new_{make.__name__}``)."
    return made


def _new_tensor(
    self: Tensor, data: Any, *, dtype: Dtype = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A copy of ``data`` in the dtype of this tensor (``torch.Tensor.new_tensor``)."""
    return _copied("tensor.new_tensor", data, self.dtype if dtype is None else dtype, device, requires_grad)


for _make in (zeros, ones, empty, full):
    setattr(Tensor, f"new_{_make.__name__}", _new(_make))
Tensor.new_tensor = _new_tensor  # type: ignore[attr-defined]


@leaf
def eye(n: int, m: int | None = None, *, dtype: Dtype = None) -> np.ndarray:
    """Ones on the diagonal, zeros elsewhere (``torch.eye``)."""
    for position, (name, given) in enumerate((("n", n), ("m", n if m is None else m)), 1):
        if not hasattr(given, "__index__"):
            raise TypeError(
                f"eye(): argument '{name}' (position {position}) must be int, not {errors.type_name(given)}"
            )
        if given < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {given}")
    return np.eye(n, m, dtype=_dtype("eye", dtype))


# Counted


def _number(function: str, argument: str, position: int, n: Any) -> Any:
    """A number, maybe from a tensor; TypeError for anything else."""
    if isinstance(n, Tensor):
        return n.item()
    if not isinstance(n, Number):
        raise TypeError(
            f"{function}(): argument '{argument}' (position {position}) must be Number, not {errors.type_name(n)}"
        )
    return n


@leaf
def arange(*bounds: Any, dtype: Dtype = None, start: Any = None, end: Any = None, step: Any = None) -> np.ndarray:
    """Numbers from a start (0) up to an end, exclusive, in steps (1) (``torch.arange``).

    Integers give int64, floats float32. Raises TypeError for what are not one to three numbers, RuntimeError for a
    step of zero or of the wrong sign.

    >>> arange(1, 2, 0.25)
    tensor([1.0000, 1.2500, 1.5000, 1.7500])
    """
    if len(bounds) == 1 and end is None:
        bounds = (0 if start is None else start, *bounds)
    names = dict(zip(("start", "end", "step"), bounds, strict=False))
    names |= {k: v for k, v in (("start", start), ("end", end), ("step", step)) if v is not None}
    if len(bounds) > 3 or "end" not in names:
        raise TypeError(f"arange() takes an end, a start and an end, or these and a step, not {len(bounds)} numbers")
    first, last, by = (
        _number("arange", "end", 1, n) for n in (names.get("start", 0), names["end"], names.get("step", 1))
    )
    if by == 0:
        raise RuntimeError("step must be nonzero")
    if (last - first) * by < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    whole = all(isinstance(n, int | np.integer) for n in (first, last, by))
    count = max(0, -int((first - last) // by)) if whole else max(0, int(np.ceil((last - first) / by)))
    chosen = dtypes.int64.numpy if dtype is None and whole else _dtype("arange", dtype)
    return (first + by * np.arange(count)).astype(chosen)


def _evenly(name: str, start: Any, end: Any, steps: Any, chosen: np.dtype) -> np.ndarray:
    """Numbers from start to end, computed from both ends to the middle, each rounded once, as PyTorch does."""
    if not hasattr(steps, "__index__"):
        raise TypeError(f"{name}(): argument 'steps' (position 3) must be int, not {errors.type_name(steps)}")
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    working = chosen if chosen.kind == "f" else np.dtype(np.float32)
    first = working.type(_number(name, "start", 1, start))
    last = working.type(_number(name, "end", 2, end))
    step = (last - first) / working.type(max(steps - 1, 1))
    i = np.arange(steps)
    exact = np.longdouble if working == np.float64 else np.float64
    up = exact(first) + exact(step) * i
    down = exact(last) - exact(step) * (steps - i - 1)
    return np.where((i < steps // 2) | (steps == 1), up, down).astype(working)


@leaf
def linspace(start: Any, end: Any, steps: int, *, dtype: Dtype = None) -> np.ndarray:
    """So many numbers at equal distances from start to end, both included (``torch.linspace``).

    >>> linspace(0, 1, 5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    chosen = _dtype("linspace", dtype)
    return _evenly("linspace", start, end, steps, chosen).astype(chosen)


@leaf
def logspace(start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Dtype = None) -> np.ndarray:
    """``base`` to so many powers at equal distances from start to end (``torch.logspace``)."""
    chosen = _dtype("logspace", dtype)
    powers = _evenly("logspace", start, end, steps, chosen)
    return (np.float64(base) ** powers.astype(np.float64)).astype(chosen)


# Random: the same numbers as PyTorch's after the same seed


@leaf
def rand(*given: Any, size: Any = None, dtype: Dtype = None, generator: Generator | None = None) -> np.ndarray:
    """Uniform random numbers from [0, 1) (``torch.rand``)."""
    return random.rand(_size("rand", given, size), _dtype("rand", dtype), _stream("rand", generator))


@leaf
def randn(*given: Any, size: Any = None, dtype: Dtype = None, generator: Generator | None = None) -> np.ndarray:
    """Normal random numbers (``torch.randn``)."""
    return random.randn(_size("randn", given, size), _dtype("randn", dtype), _stream("randn", generator))


def _stream(function: str, generator: Any) -> Generator | None:
    if generator is not None and not isinstance(generator, Generator):
        raise TypeError(f"{function}(): argument 'generator' must be Generator, not {errors.type_name(generator)}")
    return generator


def _bounds(function: str, bounds: tuple, low: int, high: int | None) -> tuple[int, int]:
    """The bounds of random integers, given as ``high`` or as ``low, high``."""
    if high is not None:
        bounds = (*bounds, high)
    if not 1 <= len(bounds) <= 2:
        raise TypeError(f"{function}() takes a bound or two and a size")
    start, end = bounds if len(bounds) == 2 else (low, *bounds)
    for name, n in (("low", start), ("high", end)):
        if not hasattr(n, "__index__"):
            raise TypeError(f"{function}(): argument '{name}' (position 1) must be int, not {errors.type_name(n)}")
    return int(start), int(end)


@leaf
def randint(
    *given: Any,
    low: int = 0,
    high: int | None = None,
    size: Any = None,
    dtype: Dtype = None,
    generator: Generator | None = None,
) -> np.ndarray:
    """Random integers from low (0) up to high, exclusive, of a size (``torch.randint``)."""
    bounds = given if size is not None else given[:-1]
    size = given[-1] if size is None and given else size
    if not isinstance(size, Sequence):
        raise TypeError(
            f"randint(): argument 'size' (position {max(len(given), 2)}) must be tuple of ints, not "
            f"{errors.type_name(size)}"
        )
    start, end = _bounds("randint", bounds, low, high)
    chosen = dtypes.int64.numpy if dtype is None else dtypes.chosen(dtype, "randint")
    return random.randint(start, end, _size("randint", (size,)), chosen, _stream("randint", generator))


@leaf
def randperm(n: int, *, dtype: Dtype = None, generator: Generator | None = None) -> np.ndarray:
    """The integers from 0 to n - 1 in random order (``torch.randperm``)."""
    order = random.randperm(n, _stream("randperm", generator))
    return order if dtype is None else order.astype(dtypes.chosen(dtype, "randperm"))


@leaf
def rand_like(input: Tensor, *, dtype: Dtype = None, generator: Generator | None = None) -> np.ndarray:
    """Uniform random numbers in the shape and dtype of a tensor (``torch.rand_like``)."""
    return random.rand(*_like("rand_like", input, dtype), _stream("rand_like", generator))


@leaf
def randn_like(input: Tensor, *, dtype: Dtype = None, generator: Generator | None = None) -> np.ndarray:
    """Normal random numbers in the shape and dtype of a tensor (``torch.randn_like``)."""
    return random.randn(*_like("randn_like", input, dtype), _stream("randn_like", generator))


@leaf
def randint_like(input: Tensor, *given: int, low: int = 0, high: int | None = None, dtype: Dtype = None) -> np.ndarray:
    """Random integers in the shape and dtype of a tensor (``torch.randint_like``)."""
    return random.randint(*_bounds("randint_like", given, low, high), *_like("randint_like", input, dtype))


@leaf
def normal(
    mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, dtype: Dtype = None, generator: Generator | None = None
) -> np.ndarray:
    """Normal random numbers of a mean and a standard deviation, numbers or tensors (``torch.normal``).

    Numbers need a ``size``. Raises RuntimeError for a negative standard deviation.
    """
    generator = _stream("normal", generator)
    if size is not None:
        return random.normal(_size("normal", (size,)), float(mean), float(std), _dtype("normal", dtype), generator)
    means, stds = (a._array if isinstance(a, Tensor) else np.asarray(a) for a in (mean, std))
    if not (means.ndim or stds.ndim or isinstance(mean, Tensor) or isinstance(std, Tensor)):
        raise TypeError("normal() of two numbers needs a size")
    if isinstance(std, Tensor) and np.any(stds < 0):
        raise RuntimeError("normal expects all elements of std >= 0.0")
    chosen = (means if isinstance(mean, Tensor) else stds).dtype
    shape = np.broadcast_shapes(means.shape, stds.shape)
    if not isinstance(std, Tensor):
        return random.normal(shape, 0.0, float(stds), chosen, generator) + means
    return (random.normal(shape, 0.0, 1.0, chosen, generator) * stds + means).astype(chosen)


@function()
def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Indices drawn as often as the weights in each row say (``torch.multinomial``)."""
    return wrap(random.multinomial(input._array, num_samples, replacement, _stream("multinomial", generator)))


@function()
def bernoulli(input: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """1 with the probability that stands in each place, or with probability p, else 0 (``torch.bernoulli``)."""
    array, generator = input._array, _stream("bernoulli", generator)
    if p is None and array.dtype.kind != "f":
        raise NotImplementedError(f"\"bernoulli_tensor_cpu_p_\" not implemented for '{input.dtype.word}'")
    odds = array if p is None else np.full(array.shape, float(p))
    return wrap(random.bernoulli(odds, generator).astype(array.dtype))


def _drawn(name: str, draw: Callable[..., np.ndarray]) -> None:
    """Give Tensor the method that overwrites it with random numbers."""

    def overwrite(self: Tensor, *args: Any, generator: Generator | None = None, **kwargs: Any) -> Tensor:
        in_place.is_recorded(self)
        return in_place.apply(
            self, pointwise.CopyBackwards, wrap(draw(self._array, _stream(name, generator), *args, **kwargs))
        )

    overwrite.__name__, overwrite.__doc__ = name, draw.__doc__
    setattr(Tensor, name, overwrite)


def _uniform(array: np.ndarray, generator: Generator | None, a: float = 0.0, b: float = 1.0) -> np.ndarray:
    """Overwrite with numbers spread evenly over [a, b) (``torch.Tensor.uniform_``)."""
    return random.uniform(array.shape, a, b, array.dtype, generator)


def _normal(array: np.ndarray, generator: Generator | None, mean: float = 0.0, std: float = 1.0) -> np.ndarray:
    """Overwrite with normal random numbers (``torch.Tensor.normal_``)."""
    return random.normal(array.shape, mean, std, array.dtype, generator)


def _bernoulli(array: np.ndarray, generator: Generator | None, p: Any = 0.5) -> np.ndarray:
    """Overwrite with 1 with probability p, else 0 (``torch.Tensor.bernoulli_``)."""
    odds = np.broadcast_to(p._array, array.shape) if isinstance(p, Tensor) else np.full(array.shape, float(p))
    return random.bernoulli(odds, generator).astype(array.dtype)


def _integers(array: np.ndarray, generator: Generator | None, low: int, high: int | None = None) -> np.ndarray:
    """Overwrite with random integers up to a bound, exclusive, or between two (``torch.Tensor.random_``)."""
    return random.randint(*((0, low) if high is None else (low, high)), array.shape, array.dtype, generator)


def _exponential(array: np.ndarray, generator: Generator | None, lambd: float = 1.0) -> np.ndarray:
    """Overwrite with numbers from the exponential distribution (``torch.Tensor.exponential_``)."""
    return random.exponential(array.shape, lambd, array.dtype, generator)


_drawn("uniform_", _uniform)
_drawn("normal_", _normal)
_drawn("bernoulli_", _bernoulli)
_drawn("random_", _integers)
_drawn("exponential_", _exponential)


@function(method=False)
def initial_seed() -> int:
    """The seed of the default generator (``torch.initial_seed``)."""
    return random.default_generator.initial_seed()


@function(method=False)
def seed() -> int:
    """Seed the default generator with a number that cannot be foreseen (``torch.seed``)."""
    return random.default_generator.seed()


@function(method=False)
def get_rng_state() -> Tensor:
    """Where the default generator is, as bytes (``torch.get_rng_state``)."""
    return wrap(random.default_generator.get_state())


@function(method=False)
def set_rng_state(new_state: Tensor) -> None:
    """Take the default generator to where ``get_rng_state`` was called (``torch.set_rng_state``)."""
    random.default_generator.set_state(new_state._array if isinstance(new_state, Tensor) else new_state)


# What a thing is


@function(method=False)
def is_tensor(obj: Any) -> bool:
    """Whether something is a Tensor (``torch.is_tensor``)."""
    return isinstance(obj, Tensor)


function(method=False)(dtypes.get_default_dtype)
function(method=False)(dtypes.set_default_dtype)
FUNCTIONS["tensor"] = tensor
FUNCTIONS["device"] = dtypes.device


def _of_type(wanted: dtypes.dtype) -> Callable[..., Tensor]:
    """The old name of making a tensor of one dtype: ``LongTensor([1, 2])``, or a size."""

    def make(*data: Any) -> Tensor:
        if len(data) == 1 and not isinstance(data[0], int):
            return tensor(data[0], dtype=wanted)
        return zeros(*(data or (0,)), dtype=wanted)

    make.__name__ = wanted.type_name
    make.__doc__ = f"A tensor of {wanted.name} from a sequence, or of a size (``torch.{wanted.type_name}``)."
    return make


for _wanted in (dtypes.float32, dtypes.float64, dtypes.int64, dtypes.int32, dtypes.uint8, dtypes.boolean):
    FUNCTIONS[_wanted.type_name] = _of_type(_wanted)
