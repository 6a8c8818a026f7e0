"""Random numbers and printing beside the PyTorch that is installed, on arrays and seeds made up on the spot."""

import random as python_random

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from minigrad import random  # noqa: E402
from minigrad.printing import tensor_str  # noqa: E402

SIZES = (0, 1, 2, 3, 5, 7, 15, 16, 17, 20, 31, 32, 33, 100, 1000)


def assert_same(drawn, expected):
    assert (drawn.shape, drawn.dtype) == (expected.shape, expected.dtype)
    if drawn.size >= 16 and not torch.backends.cpu.get_cpu_capability().startswith("AVX"):
        np.testing.assert_allclose(drawn, expected, rtol=1e-4, atol=1e-6)
    else:
        np.testing.assert_array_equal(drawn, expected)


@pytest.mark.parametrize("start", range(0, 200, 20))
def test_streams(start):
    for seed in range(start, start + 20):
        choose = python_random.Random(seed)
        seed = choose.choice([seed, choose.randrange(2**32), choose.randrange(-(2**63), 2**64)])
        random.manual_seed(seed)
        torch.manual_seed(seed)
        for _ in range(8):
            count = choose.choice(SIZES)
            shape = choose.choice([(count,), (1, count), (count, 1, 1)])
            dtype = choose.choice(["float32", "float64", "float16"])
            low = choose.choice([0, -5, -(2**40), -(2**63)])
            high = low + choose.choice([1, 10, 2**28 - 1, 2**28, 2**63 - 1])
            match choose.choice(["randn", "randn", "rand", "randint", "randperm"]):
                case "randn":
                    assert_same(random.randn(shape, dtype), torch.randn(shape, dtype=getattr(torch, dtype)).numpy())
                case "rand":
                    assert_same(random.rand(shape, dtype), torch.rand(shape, dtype=getattr(torch, dtype)).numpy())
                case "randint":
                    assert_same(random.randint(low, high, shape), torch.randint(low, high, shape).numpy())
                case "randperm":
                    assert_same(random.randperm(count), torch.randperm(count).numpy())


def test_states_are_exchanged():
    ours, theirs = random.Generator().manual_seed(6), torch.Generator()
    random.randn((7,), generator=ours)
    theirs.set_state(torch.from_numpy(ours.get_state()))
    assert_same(random.randn((3,), generator=ours), torch.randn(3, generator=theirs).numpy())
    torch.rand(1000, generator=theirs)
    ours.set_state(theirs.get_state().numpy())
    assert_same(random.randn((3,), generator=ours), torch.randn(3, generator=theirs).numpy())


def an_array(seed):
    """Of any dtype and shape; plain, tiny, huge, mixed, whole or full of special values."""
    draw = np.random.default_rng(seed)
    dtype = draw.choice(["float32", "float64", "float16", "int64", "int32", "int16", "int8", "uint8", "bool"])
    ndim = int(draw.integers(5))
    longest = {0: 0, 1: 40, 2: 14, 3: 6, 4: 4} if seed % 20 else {0: 0, 1: 3000, 2: 60, 3: 16, 4: 9}
    shape = tuple(draw.integers(0 if seed % 10 == 1 else 1, longest[ndim] + 1, ndim).tolist())
    values = draw.standard_normal(shape)
    match int(draw.integers(6)):
        case 1:
            values = values * 10.0 ** draw.integers(-10, 11)
        case 2:
            values = values * 10.0 ** draw.integers(-10, 11, shape)
        case 3:
            values = np.round(values * 10.0 ** draw.integers(0, 10))
        case 4:
            values = np.round(values * 10.0 ** draw.integers(0, 4)) / 4
        case 5:
            special = [0.0, -0.0, 1.0, np.nan, np.inf, -np.inf, 1e-4, 1e8, 0.5, 1000.0, 100000.0]
            values = draw.choice(special[: draw.integers(2, len(special) + 1)], shape)
    with np.errstate(all="ignore"):
        return np.asarray(values).astype(dtype)


@pytest.mark.parametrize("start", range(0, 1500, 150))
def test_printing(start):
    for seed in range(start, start + 150):
        values = an_array(seed)
        tensor = torch.tensor(values)
        assert tensor_str(values) == repr(tensor)
        if values.dtype.kind == "f":
            tensor.requires_grad_()
            assert tensor_str(values, requires_grad=True) == repr(tensor)
            for result in (tensor * 2, tensor.sum(), tensor.reshape(-1) + 1):
                name = type(result.grad_fn).__name__
                assert tensor_str(result.detach().numpy(), requires_grad=True, grad_fn_name=name) == repr(result)
