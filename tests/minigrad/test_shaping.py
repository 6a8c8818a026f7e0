"""Joining, splitting and rearranging: what is a view, what is a copy, and what is refused."""

import numpy as np
import pytest

import minigrad as torch


@pytest.mark.parametrize(
    "view",
    [
        lambda q: q.select(1, 0),
        lambda q: q.narrow(0, 1, 1),
        lambda q: q.diagonal(),
        lambda q: q.mT,
        lambda q: q.movedim(0, 1),
        lambda q: q.flatten(),
        lambda q: q.unflatten(0, (3, 1)),
        lambda q: q.unsqueeze(0).squeeze((0,)),
        lambda q: torch.tensor_split(q, 2)[0],
    ],
)
def test_what_is_written_through_a_view_is_seen_by_its_base_and_its_gradient(view):
    x = torch.ones(3, 3, requires_grad=True)
    q = x * 2
    view(q).mul_(5)
    assert int((q == 10).sum()) == view(q).numel()
    q.sum().backward()
    assert x.grad.tolist() == q.tolist()


@pytest.mark.parametrize(
    "copy", [lambda q: q.flip(0), lambda q: q.roll(1), lambda q: q.diag(), lambda q: q.tril(), lambda q: q.repeat(1, 1)]
)
def test_what_is_written_to_a_copy_is_not_seen_by_the_original(copy):
    q = torch.ones(3, 3)
    copy(q).zero_()
    assert bool((q == 1).all())


@pytest.mark.parametrize("parts", [lambda q: q.split(1), lambda q: q.chunk(2), lambda q: q.unbind(), list])
def test_parts_of_one_call_are_not_written_to_while_operations_are_recorded(parts):
    q = torch.ones(3, requires_grad=True) * 1
    with pytest.raises(RuntimeError, match="returns multiple views"):
        parts(q)[0].mul_(2)
    data = torch.ones(3)
    parts(data)[0].mul_(2)
    assert data.tolist()[0] == 2


def test_joining_promotes_as_arithmetic_does():
    assert torch.cat([torch.tensor([1]), torch.tensor([0.5])]).dtype == torch.float32
    assert torch.stack([torch.tensor(True), torch.tensor(2)]).dtype == torch.int64


def test_empty_vectors_join_with_anything_and_get_an_empty_gradient():
    nothing = torch.tensor([], requires_grad=True)
    x = torch.ones(2, 3, requires_grad=True)
    torch.cat([nothing, x]).sum().backward()
    assert nothing.grad.shape == (0,)
    assert x.grad.tolist() == [[1.0] * 3] * 2


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda x: torch.cat([x, torch.ones(2)]), RuntimeError, "same number of dimensions: got 2 and 1"),
        (
            lambda x: torch.cat([x, torch.ones(3, 3)], 1),
            RuntimeError,
            "Expected size 2 but got size 3 for tensor number 1",
        ),
        (lambda x: torch.cat([]), ValueError, "non-empty list of Tensors"),
        (lambda x: torch.cat([x, 1]), TypeError, "expected Tensor as element 1 in argument 0, but got int"),
        (lambda x: torch.stack([x, x[0]]), RuntimeError, "stack expects each tensor to be equal size"),
        (lambda x: x.split([1, 1], 1), RuntimeError, "split_sizes to sum exactly to 3"),
        (lambda x: x.repeat(2), RuntimeError, "can not be smaller than number of dimensions"),
        (lambda x: x.flip(0, 0), RuntimeError, "dim 0 appears multiple times"),
        (lambda x: x.movedim((0, 0), (0, 1)), RuntimeError, "repeated dim in `source`"),
        (lambda x: x.select(0, 2), IndexError, "index 2 out of range"),
        (lambda x: x[0].tril(), RuntimeError, "at least 2 dimensions"),
        (lambda x: x.requires_grad_().unsqueeze_(0), RuntimeError, "a leaf Variable that requires grad"),
    ],
)
def test_what_is_refused(wrong, error, words):
    with pytest.raises(error) as caught:
        wrong(torch.ones(2, 3))
    assert words in str(caught.value)


def test_shapes_changed_in_place_keep_their_history():
    x = torch.arange(3.0, requires_grad=True)
    q = x * 2
    q.unsqueeze_(1).t_()
    assert q.shape == (1, 3)
    (q * torch.tensor([[1.0, 2.0, 3.0]])).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0, 6.0]


def test_strides_and_contiguity_are_those_of_the_memory():
    x = torch.from_numpy(np.arange(6.0).reshape(2, 3))
    assert (x.stride(), x.t().stride(), x.t().is_contiguous()) == ((3, 1), (1, 3), False)
    assert x.contiguous() is x
    assert x.t().contiguous().stride() == (2, 1)
    assert x.t().clone().stride() == (1, 3)


def test_cat_gives_each_tensor_its_own_part_also_behind_one_without_gradient():
    x = torch.ones(3, requires_grad=True)
    (torch.cat([torch.zeros(2), x]) * torch.arange(5.0)).sum().backward()
    assert x.grad.tolist() == [2, 3, 4]
