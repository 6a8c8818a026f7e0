"""Making tensors: shared memory, dtypes, devices, and PyTorch's random numbers."""

import numpy as np
import pytest

import minigrad as torch


@pytest.fixture
def default_dtype():
    yield
    torch.set_default_dtype(torch.float32)


def test_from_numpy_shares_memory_and_tensor_does_not():
    array = np.zeros(2)
    shared, copied = torch.from_numpy(array), torch.tensor(array)
    shared[0] = 1
    array[1] = 2
    assert (array.tolist(), shared.tolist(), copied.tolist()) == ([1, 2], [1, 2], [0, 0])


@pytest.mark.parametrize("make", [torch.tensor, torch.as_tensor, torch.from_numpy])
def test_arrays_read_backwards_are_refused(make):
    with pytest.raises(ValueError, match="At least one stride in the given numpy array is negative"):
        make(np.arange(3)[::-1])


def test_read_only_arrays_give_a_warning():
    array = np.ones(2)
    array.flags.writeable = False
    with pytest.warns(UserWarning, match="The given NumPy array is not writable"):
        torch.from_numpy(array)


@pytest.mark.parametrize(
    "make",
    [
        lambda **k: torch.zeros(2, **k),
        lambda **k: torch.rand(2, **k),
        lambda **k: torch.tensor([1.0], **k),
        lambda **k: torch.arange(2.0, **k),
        lambda **k: torch.ones_like(torch.ones(2), **k),
        lambda **k: torch.ones(2).new_zeros(2, **k),
    ],
)
def test_a_device_may_be_given_and_must_be_the_cpu(make):
    assert make(device="cpu", requires_grad=True).requires_grad
    assert make(device=torch.device("cpu")).device == torch.device("cpu")
    with pytest.raises(AssertionError, match="Torch not compiled with CUDA enabled") as caught:
        make(device="cuda")
    assert "this kit runs on the CPU" in caught.value.__notes__[0]


def test_a_refused_device_draws_no_random_number():
    torch.manual_seed(0)
    expected = torch.rand(1).item()
    torch.manual_seed(0)
    with pytest.raises(AssertionError):
        torch.rand(1, device="cuda")
    assert torch.rand(1).item() == expected


def test_the_default_dtype_decides_what_python_floats_become(default_dtype):
    torch.set_default_dtype(torch.float64)
    for made in (torch.tensor([1.5]), torch.zeros(1), torch.randn(1), torch.tensor([1]) / 2):
        assert made.dtype == torch.float64
    assert repr(torch.ones(1)) == "tensor([1.])"
    assert repr(torch.ones(1, dtype=torch.float32)) == "tensor([1.], dtype=torch.float32)"


def test_random_numbers_of_a_generator_do_not_touch_the_default_stream():
    torch.manual_seed(0)
    expected = torch.rand(2).tolist()
    torch.manual_seed(0)
    torch.randn(3, generator=torch.Generator().manual_seed(1))
    torch.empty(3).uniform_(generator=torch.Generator().manual_seed(1))
    assert torch.rand(2).tolist() == expected


def test_random_numbers_are_not_written_into_a_leaf_that_requires_a_gradient():
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        torch.zeros(2, requires_grad=True).normal_()
    q = torch.ones(2, requires_grad=True) * 1
    q.uniform_()
    q.sum().backward()


def test_multinomial_draws_without_replacement_give_each_index_once():
    torch.manual_seed(0)
    for _ in range(20):
        assert sorted(torch.multinomial(torch.rand(6) + 0.1, 6).tolist()) == list(range(6))
    drawn = torch.multinomial(torch.tensor([0.0, 1.0, 3.0]), 4000, replacement=True)
    counts = torch.bincount(drawn, minlength=3).tolist()
    assert counts[0] == 0 and 2800 < counts[2] < 3200
