"""PyTorch's random numbers: the same seed draws the same numbers.

PyTorch's CPU generator is the Mersenne Twister MT19937, seeded by one integer (Matsumoto and Nishimura, "Mersenne
Twister: a 623-dimensionally equidistributed uniform pseudorandom number generator", 1998, with the initialisation of
2002). What the functions here add is how PyTorch turns its 32-bit draws into uniform numbers, normal numbers, integers
and permutations.

They give ndarrays, equal to PyTorch's bit by bit. In two places PyTorch itself differs from one machine to another:
float64 normals use the C library's logarithm, sine and cosine, whose last bit differs between C libraries; and 16 or
more float32 normals follow PyTorch's code for processors with AVX2 (every x86 processor of the last decade), while on
other processors PyTorch differs in the last bits.
"""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

import numpy as np

from . import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import MT19937
    from numpy.typing import DTypeLike

_DEFAULT_SEED = 67280421310721
_WORDS = 624
_BLOCK = 16

# The bytes of torch.get_rng_state().
_STATE = np.dtype(
    [
        ("seed", "<u8"),
        ("left", "<i4"),
        ("seeded", "<i4"),
        ("next", "<u8"),
        ("words", "<u8", _WORDS),
        ("unused_normals", "V8"),
        ("next_normal", "<f8"),
        ("unused_normal", "V8"),
        ("has_next_normal", "<i4"),
        ("unused_float_normal", "V12"),
    ]
)

_SCALAR_TYPES = {"int64": "Long", "int32": "Int", "int16": "Short", "int8": "Char", "uint8": "Byte", "bool": "Bool"}
_C_TYPES = {"int32": "int", "int16": "short", "int8": "signed char", "uint8": "unsigned char", "bool": "bool"}


class Generator:
    """A stream of random numbers with its own seed (``torch.Generator``).

    Raises RuntimeError for a seed that is no integer, ValueError for one outside ``[-2**63, 2**64)``.

    >>> rand((2,), generator=Generator().manual_seed(0)) == rand((2,), generator=Generator().manual_seed(0))
    array([ True,  True])
    """

    def __init__(self, device: object = "cpu") -> None:
        if str(device) != "cpu":
            raise errors.no_such_device(str(device))
        self._twister: MT19937 | None = None
        self.manual_seed(_DEFAULT_SEED)

    def __repr__(self) -> str:
        return f"<torch._C.Generator object at {hex(id(self))}>"

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream of this seed from its beginning. A negative seed counts back from ``2**64``."""
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
            raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}")
        if not -(2**63) <= seed < 2**64:
            raise ValueError("Overflow when unpacking long long")
        self._seed = int(seed) % 2**64
        self._seeded = False
        self._next_normal: float | None = None
        return self

    def initial_seed(self) -> int:
        """The seed this stream started from."""
        return self._seed

    def seed(self) -> int:
        """Start a stream that cannot be foreseen; returns its seed."""
        return self.manual_seed(int.from_bytes(os.urandom(8), "little")).initial_seed()

    def get_state(self) -> np.ndarray:
        """Where the stream is, as PyTorch's 5056 bytes (uint8)."""
        twister = self._engine().state["state"]
        state = np.zeros(1, _STATE)
        state["seed"] = self._seed
        state["left"] = _WORDS + 1 - twister["pos"]
        state["seeded"] = 1
        state["next"] = twister["pos"] % _WORDS
        state["words"] = twister["key"]
        if self._next_normal is not None:
            state["has_next_normal"] = 1
            state["next_normal"] = self._next_normal
        return state.view(np.uint8)

    def set_state(self, state: np.ndarray) -> Generator:
        """Go to where ``get_state`` was called, here or in PyTorch.

        Raises TypeError if ``state`` is no uint8 array, RuntimeError if its size or content is no generator's state.
        """
        if not isinstance(state, np.ndarray):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(state).__name__}")
        if state.dtype != np.uint8:
            raise TypeError("RNG state must be a torch.ByteTensor")
        if state.size != _STATE.itemsize:
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {_STATE.itemsize} but found the input RNG state size to be "
                f"{state.size}"
            )
        fields = np.ascontiguousarray(state).view(_STATE)[0]
        if not (fields["seeded"] and 0 < fields["left"] <= _WORDS and fields["next"] <= _WORDS):
            raise RuntimeError("Invalid mt19937 state")
        self.manual_seed(int(fields["seed"]))
        self._engine().state = {
            "bit_generator": "MT19937",
            "state": {"key": fields["words"].astype(np.uint32), "pos": _WORDS + 1 - int(fields["left"])},
        }
        self._next_normal = float(fields["next_normal"]) if fields["has_next_normal"] else None
        return self

    def _engine(self) -> MT19937:
        """NumPy's twister, at the seed or wherever the draws since have taken it."""
        twister = self._twister
        if twister is None or not self._seeded:
            # Imported at the first draw: it takes longer than all of minigrad, and many lessons draw nothing.
            from numpy.random import MT19937, RandomState

            twister = twister or MT19937(0)
            # RandomState.seed is NumPy's way to the initialisation from 32 bits.
            RandomState(twister).seed(self._seed % 2**32)
            self._twister, self._seeded = twister, True
        return twister

    def _draw32(self, count: int) -> np.ndarray:
        return self._engine().random_raw(count)

    def _draw64(self, count: int) -> np.ndarray:
        draws = self._draw32(2 * count)
        return draws[0::2] << np.uint64(32) | draws[1::2]

    def _uniform(self, count: int, dtype: np.dtype) -> np.ndarray:
        """Numbers in [0, 1) with as many random bits as a float64 (or else a float32) has."""
        if dtype == np.float64:
            return (self._draw64(count) & np.uint64(2**53 - 1)) * 2.0**-53
        return (self._draw32(count) & np.uint64(2**24 - 1)).astype(np.float32) * np.float32(2.0**-24)

    def _few_normals(self, count: int) -> list[float]:
        """Box-Muller pairs; the half of a pair that was not asked for opens the next call."""
        normals = [] if self._next_normal is None else [self._next_normal]
        uniforms = self._uniform(2 * math.ceil((count - len(normals)) / 2), np.dtype(np.float64)).tolist()
        for turn, squeezed in zip(uniforms[0::2], uniforms[1::2], strict=True):
            radius = math.sqrt(-2.0 * math.log1p(-squeezed))
            theta = 2.0 * math.pi * turn
            normals += (radius * math.cos(theta), radius * math.sin(theta))
        self._next_normal = normals.pop() if len(normals) > count else None
        return normals


default_generator = Generator()
default_generator.seed()


def manual_seed(seed: int) -> Generator:
    """Seed the default generator (``torch.manual_seed``), after which every run draws the same numbers.

    Takes what ``int`` takes; raises what ``int`` raises, and ValueError for a seed outside ``[-2**63, 2**64)``.

    >>> _ = manual_seed(0)
    >>> randn((3,))
    array([ 1.5409961, -0.2934289, -2.1787894], dtype=float32)
    """
    return default_generator.manual_seed(int(seed))


def rand(shape: tuple[int, ...], dtype: DTypeLike = np.float32, generator: Generator | None = None) -> np.ndarray:
    """Numbers spread evenly over [0, 1) (``torch.rand``).

    Any shape; floating dtypes, NotImplementedError for others.
    """
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise NotImplementedError(f"\"check_uniform_bounds\" not implemented for '{_SCALAR_TYPES[dtype.name]}'")
    uniforms = (generator or default_generator)._uniform(math.prod(shape), dtype).astype(dtype, copy=False)
    # Rounding to float16 can reach 1, which is not in the interval.
    uniforms[uniforms == 1] = 0
    return uniforms.reshape(shape)


def randn(shape: tuple[int, ...], dtype: DTypeLike = np.float32, generator: Generator | None = None) -> np.ndarray:
    """Numbers from the standard normal distribution (``torch.randn``).

    Any shape; floating dtypes, NotImplementedError for others. Box and Muller, "A note on the generation of random
    normal deviates", 1958: fewer than 16 numbers are made in pairs in float64, 16 and more in blocks of 16.
    """
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise NotImplementedError(f"\"normal_kernel_cpu\" not implemented for '{_SCALAR_TYPES[dtype.name]}'")
    generator = generator or default_generator
    count = math.prod(shape)
    working = np.dtype(np.float64) if dtype == np.float64 else np.dtype(np.float32)
    if count < _BLOCK:
        return np.array(generator._few_normals(count), working).astype(dtype, copy=False).reshape(shape)
    if count % _BLOCK == 0:
        return _box_muller_blocks(generator._uniform(count, working)).astype(dtype, copy=False).reshape(shape)
    # A last block that is not full is drawn again, whole, and overlaps the one before. PyTorch's float16 does not draw
    # the first version of it at all.
    full = count - count % _BLOCK
    uniforms = generator._uniform((full if dtype == np.float16 else count) + _BLOCK, working)
    blocks = _box_muller_blocks(np.concatenate((uniforms[:full], uniforms[-_BLOCK:])))
    return np.concatenate((blocks[: count - _BLOCK], blocks[-_BLOCK:])).astype(dtype, copy=False).reshape(shape)


def uniform(
    shape: tuple[int, ...],
    low: float,
    high: float,
    dtype: DTypeLike = np.float32,
    generator: Generator | None = None,
) -> np.ndarray:
    """Numbers spread evenly over [low, high) (``torch.Tensor.uniform_``); RuntimeError where low is above high."""
    dtype = np.dtype(dtype)
    if low > high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}")
    start, end = np.array((low, high), dtype)
    return _scaled(rand(shape, dtype, generator), end - start, start)


def normal(
    shape: tuple[int, ...],
    mean: float = 0.0,
    std: float = 1.0,
    dtype: DTypeLike = np.float32,
    generator: Generator | None = None,
) -> np.ndarray:
    """Numbers from a normal distribution (``torch.normal``); RuntimeError for a negative ``std``."""
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    dtype = np.dtype(dtype)
    if math.prod(shape) < _BLOCK and dtype.kind == "f":  # made in float64 and rounded at the end
        return (randn(shape, np.float64, generator) * std + mean).astype(dtype)
    return _scaled(randn(shape, dtype, generator), *np.array((std, mean), dtype))


def exponential(
    shape: tuple[int, ...], rate: float = 1.0, dtype: DTypeLike = np.float32, generator: Generator | None = None
) -> np.ndarray:
    """Numbers from the exponential distribution (``torch.Tensor.exponential_``)."""
    draws = (generator or default_generator)._uniform(math.prod(shape), np.dtype(np.float64))
    return (_elementwise(math.log1p, -draws) / -rate).astype(dtype).reshape(shape)


def bernoulli(probabilities: np.ndarray, generator: Generator | None = None) -> np.ndarray:
    """1 with the probability that stands in each place, else 0 (``torch.bernoulli``)."""
    if not np.all((probabilities >= 0) & (probabilities <= 1)):
        raise RuntimeError(
            "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  If "
            "so, please report an enhancement request to PyTorch.)"
        )
    draws = (generator or default_generator)._uniform(probabilities.size, probabilities.dtype)
    return (draws.reshape(probabilities.shape) < probabilities).astype(probabilities.dtype)


def multinomial(
    weights: np.ndarray, count: int, replacement: bool = False, generator: Generator | None = None
) -> np.ndarray:
    """Indices drawn as often as the weights in each row say, int64 (``torch.multinomial``).

    With replacement by searching the running sums; without, the largest of weight / exponential draw. RuntimeError for
    what are no weights, or too few of them.
    """
    if weights.dtype.kind != "f":
        raise RuntimeError(
            f"multinomial only supports floating-point dtypes for input, got: {_SCALAR_TYPES[weights.dtype.name]}"
        )
    if weights.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if count < 1:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and count > weights.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if not np.all((weights >= 0) & np.isfinite(weights)):
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if not np.all(weights.sum(-1) > 0):
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    if not replacement:
        with np.errstate(divide="ignore"):
            scores = weights / exponential(weights.shape, 1.0, weights.dtype, generator)
        return np.argsort(-scores, -1, kind="stable")[..., :count].astype(np.int64)
    rows = weights.reshape(-1, weights.shape[-1])
    draws = (generator or default_generator)._uniform(len(rows) * count, np.dtype(np.float64)).reshape(-1, count)
    chosen = []
    for row, draw in zip(rows, draws, strict=True):
        sums = np.cumsum(row, dtype=row.dtype)
        sums = (sums / sums[-1]).astype(np.float64)
        sums[-1] = 1
        chosen.append(np.searchsorted(sums, draw))
    return np.array(chosen, np.int64).reshape((*weights.shape[:-1], count))


def _scaled(draws: np.ndarray, width: float, start: float) -> np.ndarray:
    """start + draws·width, rounded once, as PyTorch's processors do."""
    exact: type = np.longdouble if draws.dtype == np.float64 else np.float64
    return (draws.astype(exact) * exact(width) + exact(start)).astype(draws.dtype)


def randint(
    low: int, high: int, shape: tuple[int, ...], dtype: DTypeLike = np.int64, generator: Generator | None = None
) -> np.ndarray:
    """Integers from ``low`` up to, not including, ``high`` (``torch.randint``).

    Any shape and dtype; RuntimeError if no integer lies between the bounds or the dtype does not hold them.
    """
    dtype = np.dtype(dtype)
    for bound in (low, high):
        if not -(2**63) <= bound < 2**63:
            raise ValueError("Overflow when unpacking long long")
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    if dtype.name in _C_TYPES:
        smallest, largest = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
        for name, bound in (("from", low), ("to - 1", high - 1)):
            if not smallest <= bound <= largest:
                raise RuntimeError(f"{name} is out of bounds for {_C_TYPES[dtype.name]}")
    generator = generator or default_generator
    count = math.prod(shape)
    draws = generator._draw32(count) if high - low < 2**28 else generator._draw64(count)
    # Unsigned, as PyTorch adds: a negative bound wraps around and back.
    integers = (draws % np.uint64(high - low) + np.uint64(low % 2**64)).view(np.int64)
    return integers.astype(dtype, copy=False).reshape(shape)


def randperm(n: int, generator: Generator | None = None) -> np.ndarray:
    """The integers 0 to ``n - 1`` in random order, int64 (``torch.randperm``).

    Fisher and Yates's shuffle, from the front. RuntimeError if ``n`` is negative.
    """
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    draws = (generator or default_generator)._draw32(max(n - 1, 0))
    order = list(range(n))
    for place, offset in enumerate((draws % np.arange(n, 1, -1, dtype=np.uint64)).tolist()):
        order[place], order[place + offset] = order[place + offset], order[place]
    return np.array(order, np.int64)


def _box_muller_blocks(uniforms: np.ndarray) -> np.ndarray:
    """Normal numbers from uniform ones, float32 or float64, in blocks of 16: 8 for the radii, 8 for the angles."""
    normals = np.empty_like(uniforms)
    # In parts that stay in the processor's cache.
    for start in range(0, uniforms.size, 512 * _BLOCK):
        part = slice(start, start + 512 * _BLOCK)
        blocks = uniforms[part].reshape(-1, 2, _BLOCK // 2).astype(np.float64, copy=False)
        from_one, turns = 1.0 - blocks[:, 0], blocks[:, 1]
        if uniforms.dtype == np.float32:
            radius = _round32(np.sqrt(-2.0 * _log32(from_one)))
            sine, cosine = _sin_cos32(_round32(_TURN * turns))
        else:
            # math and PyTorch call the C library; NumPy's own logarithm differs from it in the last bit.
            radius = np.sqrt(-2.0 * _elementwise(math.log, from_one))
            theta = 2.0 * math.pi * turns
            sine, cosine = _elementwise(math.sin, theta), _elementwise(math.cos, theta)
        pairs = normals[part].reshape(-1, 2, _BLOCK // 2)
        # Adding zero turns -0 into 0.
        pairs[:, 0] = radius * cosine + 0.0
        pairs[:, 1] = radius * sine + 0.0
    return normals


def _elementwise(function: Callable[[float], float], array: np.ndarray) -> np.ndarray:
    return np.fromiter(map(function, array.reshape(-1).tolist()), np.float64, array.size).reshape(array.shape)


# PyTorch computes the float32 logarithm, sine and cosine of these blocks with the single-precision polynomials of the
# Cephes Mathematical Library (Moshier, 1992), in float32, a product and a sum rounded together where the processor's
# fused multiply-add can. The same steps here give the same last bit. They run in float64, which holds a product of two
# float32s exactly, and are rounded to float32 one by one.
def _float32(*constants: float) -> list[float]:
    return np.array(constants, np.float32).tolist()


_LOG_POLYNOMIAL = _float32(
    7.0376836292e-2,
    -1.1514610310e-1,
    1.1676998740e-1,
    -1.2420140846e-1,
    1.4249322787e-1,
    -1.6668057665e-1,
    2.0000714765e-1,
    -2.4999993993e-1,
    3.3333331174e-1,
)
_SIN_POLYNOMIAL = _float32(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
_COS_POLYNOMIAL = _float32(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
# log(2) and pi/2 as sums of numbers short enough that small integers times the first of them are exact.
_LOG_2 = _float32(0.693359375, -2.12194440e-4)
_QUARTER_TURN = _float32(1.5703125, 4.837512969970703125e-4, 7.54978998895488e-8)
_TURN, _EIGHTHS, _SQRT_HALF = _float32(2 * math.pi, 4 / math.pi, math.sqrt(0.5))


def _round32(x: np.ndarray) -> np.ndarray:
    return x.astype(np.float32).astype(np.float64)


def _horner32(coefficients: list[float], x: np.ndarray) -> np.ndarray:
    y = _round32(coefficients[0] * x + coefficients[1])
    for coefficient in coefficients[2:]:
        y = _round32(y * x + coefficient)
    return y


def _log32(x: np.ndarray) -> np.ndarray:
    """Natural logarithm of positive numbers: x = 2**exponent * (1 + m), m around 0."""
    mantissa, exponent = np.frexp(x)
    small = mantissa < _SQRT_HALF
    m = np.where(small, 2.0 * mantissa, mantissa) - 1.0
    exponent = exponent - small
    square = _round32(m * m)
    y = _round32(_horner32(_LOG_POLYNOMIAL, m) * m)
    y = _round32(y * square + _round32(exponent * _LOG_2[1]))
    y = _round32(y - 0.5 * square)
    return _round32(_round32(m + y) + exponent * _LOG_2[0])


def _sin_cos32(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sine and cosine of angles from 0 to 2 pi: quarter turns are taken off, what is left is within pi/4 of 0."""
    quarters = np.floor((_round32(theta * _EIGHTHS) + 1.0) / 2.0)
    x = theta
    for part in _QUARTER_TURN:
        x = _round32(x - quarters * part)
    square = _round32(x * x)
    sine = _round32(_horner32(_SIN_POLYNOMIAL, square) * square)
    sine = _round32(sine * x + x)
    cosine = _round32(_horner32(_COS_POLYNOMIAL, square) * square)
    cosine = _round32(_round32(cosine * square - 0.5 * square) + 1.0)
    quarters = quarters.astype(np.int8)
    odd = quarters & 1 != 0
    sine, cosine = np.where(odd, cosine, sine), np.where(odd, sine, cosine)
    return np.where(quarters & 2, -sine, sine), np.where(quarters + 1 & 2, -cosine, cosine)
