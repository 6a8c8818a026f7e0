"""Choosing elements: indices checked, gradients to where the elements came from, indices freed with the graph."""

import pytest

import minigrad as torch

INDEX = torch.tensor([[0, 2], [1, 0]])


@pytest.mark.parametrize(
    "choose",
    [
        lambda x: x.gather(1, INDEX),
        lambda x: x.scatter(1, INDEX, 1.0),
        lambda x: x.scatter_add(1, INDEX, torch.ones(2, 2)),
        lambda x: x.index_select(1, INDEX[0]),
        lambda x: x.sort().values,
        lambda x: x.topk(2).values,
    ],
)
def test_a_second_backward_is_refused_as_the_indices_are_freed(choose):
    x = torch.rand(2, 3, requires_grad=True)
    y = choose(x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()


def test_an_index_changed_after_the_forward_pass_does_not_change_the_gradient():
    x = torch.zeros(3, requires_grad=True)
    index = torch.tensor([0, 0])
    y = x.gather(0, index).sum()
    index.fill_(2)
    y.backward()
    assert x.grad.tolist() == [2.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda x: x.gather(1, INDEX + 1), RuntimeError, "index 3 is out of bounds for dimension 1 with size 3"),
        (lambda x: x.gather(1, INDEX - 1), RuntimeError, "index -1 is out of bounds"),
        (lambda x: x.gather(1, INDEX.float()), RuntimeError, "Expected dtype int32/int64 for index"),
        (lambda x: x.gather(1, INDEX[0]), RuntimeError, "must have the same number of dimensions as input tensor"),
        (lambda x: x.scatter(1, INDEX, x.double()), RuntimeError, "Expected self.dtype to be equal to src.dtype"),
        (lambda x: x.scatter_add(1, INDEX, 1.0), TypeError, "must be Tensor, not float"),
        (lambda x: x.index_select(0, torch.tensor([2])), IndexError, "index out of range in self"),
        (lambda x: x.topk(4), RuntimeError, "selected index k out of range"),
        (lambda x: x.sort(2), IndexError, "Dimension out of range"),
    ],
)
def test_what_is_refused(wrong, error, words):
    with pytest.raises(error) as caught:
        wrong(torch.zeros(2, 3))
    assert words in str(caught.value)


def test_sorting_keeps_the_order_of_equal_elements_and_puts_nan_last():
    assert torch.tensor([1, 0, 1, 0]).sort().indices.tolist() == [1, 3, 0, 2]
    assert torch.tensor([1, 0, 1, 0]).sort(descending=True).indices.tolist() == [0, 2, 1, 3]
    assert torch.tensor([float("nan"), 1.0, 2.0]).argsort().tolist() == [1, 2, 0]
    assert torch.tensor([float("nan"), 1.0, 2.0]).argsort(descending=True).tolist() == [0, 2, 1]


def test_named_results_unpack_and_print_as_in_pytorch():
    result = torch.tensor([2, 1]).sort()
    values, indices = result
    assert values is result.values and indices is result[1]
    assert repr(result) == "torch.return_types.sort(\nvalues=tensor([1, 2]),\nindices=tensor([1, 0]))"


def test_numbers_without_dimensions_can_be_chosen_from():
    x = torch.tensor(5.0, requires_grad=True)
    (x.gather(0, torch.tensor([0])).sum() + x.sort().values + x.topk(1).values).backward()
    assert x.grad.item() == 3.0
