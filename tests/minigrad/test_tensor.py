"""Tensors as values: creating them, converting them, NumPy beside them."""

import copy
import pickle

import numpy as np
import pytest

import minigrad as torch


def test_a_tensor_is_made_of_a_copy():
    array = np.ones(2)
    t = torch.tensor(array)
    array[0] = 5
    assert t.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3).T,
        np.arange(12.0)[::2],
        np.broadcast_to(np.arange(3.0), (2, 3)),
        np.array(2.5),
        np.zeros((2, 0)),
    ],
    ids=["transposed", "strided", "broadcast", "0-d", "empty"],
)
def test_arrays_of_any_layout(array):
    t = torch.tensor(array, requires_grad=True)
    assert t.tolist() == array.tolist()
    (t * t).sum().backward()
    assert t.grad.tolist() == (2 * array).tolist()


def test_a_read_only_array_gives_a_tensor_that_can_be_written_to():
    array = np.ones(2)
    array.flags.writeable = False
    t = torch.tensor(array)
    t += 1
    assert (t.tolist(), array.tolist()) == ([2.0, 2.0], [1.0, 1.0])


def test_numpy_shares_memory():
    t = torch.zeros(2)
    t.numpy()[0] = 5
    assert t.tolist() == [5.0, 0.0]


def test_numpy_takes_detached_tensors_only():
    x = torch.ones(2, requires_grad=True)
    for convert in (np.asarray, np.array, np.exp, np.sum, lambda t: np.add(t, 1), lambda t: np.where(t > 0, t, 0)):
        with pytest.raises(RuntimeError, match=r"Use tensor.detach\(\).numpy\(\) instead"):
            convert(x)
        convert(x.detach())


def test_numpy_functions_of_tensors():
    t = torch.tensor([1.0, 4.0])
    assert isinstance(np.sqrt(t), torch.Tensor)
    assert np.sqrt(t).tolist() == [1.0, 2.0]
    assert np.asarray(t).dtype == np.float32
    assert np.array(t, dtype=np.float64).tolist() == [1.0, 4.0]
    assert np.mean(t) == 2.5


def test_numpy_numbers_are_numbers_on_either_side():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    for number in (np.float64(3), np.float32(3), np.int64(3)):
        for result in (number * x, x * number, number + x, number - x, number / x, number**x, x**number, x - number):
            assert result.requires_grad
            assert result.dtype == torch.float32
    (np.float64(3) * x).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_no_graph_is_lost_to_numpy_in_a_gradient_rule():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (slope,) = torch.autograd.grad((2**x).sum(), x, create_graph=True)
    assert slope.requires_grad


def test_identity_and_hash():
    a, b = torch.ones(2), torch.ones(2)
    assert len({a, b, a}) == 2
    assert {a: 1}[a] == 1


def test_an_unknown_attribute_is_named():
    with pytest.raises(AttributeError, match="'Tensor' object has no attribute 'foo'"):
        torch.ones(2).foo  # noqa: B018


def test_dtypes_survive_pickling_as_themselves():
    from minigrad import dtypes

    for d in (torch.float32, torch.float64, torch.int64, torch.bool):
        assert pickle.loads(pickle.dumps(d)) is d
    assert dtypes.of(np.zeros(1, np.int16)) is torch.int16


def test_sizes_are_tuples():
    size = torch.ones(2, 3).shape
    assert size == (2, 3)
    assert isinstance(size, tuple)
    assert (size[1:], size + (4,), size * 2) == ((3,), (2, 3, 4), (2, 3, 2, 3))  # noqa: RUF005
    assert [type(s) for s in (size[1:], size + (4,), size * 2)] == [torch.Size] * 3  # noqa: RUF005


def test_warnings_point_at_the_learners_line():
    y = torch.ones(2, requires_grad=True) * 2
    with pytest.warns(UserWarning, match="not a leaf") as caught:
        y.grad  # noqa: B018
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match=r"requires_grad=True to a scalar") as caught:
        float(y.sum())
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="To copy construct") as caught:
        torch.tensor(y)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    "make",
    [
        lambda a: torch.tensor([a, a]),
        lambda a: torch.tensor([[a], [a]]),
        lambda a: torch.as_tensor([a, a]),
        lambda a: a.new_tensor([a, a]),
        lambda a: a.new_tensor(a),
    ],
)
def test_warnings_of_what_is_inside_a_list_point_at_the_learners_line_too(make):
    a = torch.tensor(1.0, requires_grad=True)
    with pytest.warns(UserWarning, match=r"requires_grad=True to a scalar|tensor\.new_tensor") as caught:
        make(a)
    assert {warning.filename for warning in caught} == {__file__}


def test_lists_of_arrays_keep_their_dtype():
    assert torch.tensor([np.zeros(2), np.ones(2)]).dtype == torch.float64
    assert torch.tensor([np.zeros(2, np.float32), np.ones(2, np.float32)]).dtype == torch.float32


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ((4,), [0, 1, 2, 3]),
        ((1, 8, 3), [1, 4, 7]),
        ((5, 0, -2), [5, 3, 1]),
        ((0, 1, 0.25), [0.0, 0.25, 0.5, 0.75]),
        ((0,), []),
        ((2.5,), [0.0, 1.0, 2.0]),
    ],
)
def test_arange(bounds, expected):
    assert torch.arange(*bounds).tolist() == expected


def test_every_public_name_is_there():
    missing = [name for name in torch.__all__ if not hasattr(torch, name)]
    assert missing == []


def test_functions_of_numpy_take_tensors_in_lists_and_by_name():
    x = torch.tensor([1.0, 5.0])
    assert np.concatenate([x, x]).tolist() == [1, 5, 1, 5]
    assert np.clip(x, a_min=torch.tensor([2.0, 2.0]), a_max=None).tolist() == [2, 5]


def test_a_deep_copy_is_of_a_leaf_alone():
    x = torch.ones(2, requires_grad=True)
    x.sum().backward()
    twin = copy.deepcopy(x)
    assert twin.requires_grad and twin.is_leaf and twin.grad.tolist() == [1, 1]
    twin.data.mul_(2)
    assert x.tolist() == [1, 1]
    with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
        copy.deepcopy(x * 2)
    layer = torch.nn.Linear(2, 1)
    other = copy.deepcopy(layer)
    assert isinstance(other.weight, torch.nn.Parameter) and other.weight is not layer.weight


def test_detach_in_place_makes_a_leaf_of_a_result_and_refuses_a_view():
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    z = y * 3
    assert y.detach_() is y and y.is_leaf and not y.requires_grad and y._version == 0
    z.sum().backward()  # what was recorded before stays
    assert x.grad.tolist() == [6, 6, 6]
    (y * x).sum().backward()
    assert x.grad.tolist() == [8, 8, 8]
    assert not x.detach_().requires_grad
    with pytest.raises(RuntimeError, match=r"Can't detach views in-place\. Use detach\(\) instead\."):
        torch.ones(3)[:2].detach_()
