"""autograd.grad, autograd.backward and Tensor.backward."""

import pytest

import minigrad as torch


def leaf(*values):
    return torch.tensor(values, requires_grad=True)


def test_grad_touches_no_grad():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    for_w, for_x = torch.autograd.grad((x * w).sum(), [w, x])
    assert (for_w.tolist(), for_x.tolist()) == ([1.0, 2.0], [3.0, 4.0])
    assert (x.grad, w.grad) == (None, None)


def test_grad_with_respect_to_what_is_on_the_way():
    x = leaf(1.0, 2.0)
    y = x * 3
    z = (y * y).sum()
    assert torch.autograd.grad(z, y, retain_graph=True)[0].tolist() == [6.0, 12.0]
    for_y, for_x = torch.autograd.grad(z, [y, x])
    assert (for_y.tolist(), for_x.tolist()) == ([6.0, 12.0], [18.0, 36.0])


def test_grad_with_respect_to_the_result_itself_is_the_cotangent():
    y = leaf(1.0, 2.0) * 3
    assert torch.autograd.grad(y, y, torch.tensor([5.0, 7.0]))[0].tolist() == [5.0, 7.0]


def test_the_cotangent_weights_the_rows_of_the_jacobian():
    x = leaf(1.0, 2.0)
    y = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]) @ x
    y.backward(torch.tensor([1.0, 10.0, 100.0]))
    assert x.grad.tolist() == [531.0, 642.0]


def test_several_roots_are_walked_at_once():
    x = leaf(1.0, 2.0)
    y = x * 2
    torch.autograd.backward([y.sum(), (y * y).sum()])
    assert x.grad.tolist() == [10.0, 18.0]


def test_a_root_may_be_behind_another():
    x = leaf(2.0)
    y = x * x
    z = y * 3
    torch.autograd.backward([z, y], [torch.tensor([1.0]), torch.tensor([10.0])])
    assert x.grad.item() == 52.0


def test_the_same_root_twice_counts_twice():
    x = leaf(2.0)
    y = x * x
    torch.autograd.backward([y, y])
    assert x.grad.item() == 8.0


def test_backward_into_chosen_leaves_only():
    x, w = leaf(1.0), leaf(2.0)
    (x * w).backward(inputs=[x])
    assert (x.grad.item(), w.grad) == (2.0, None)
    (x * w).backward(inputs=x)
    assert x.grad.item() == 4.0


def test_results_are_copies():
    x, v = leaf(1.0, 2.0), torch.ones(2)
    (gradient,) = torch.autograd.grad(x + 0, x, v)
    gradient.zero_()
    assert v.tolist() == [1.0, 1.0]


def test_unused_inputs_are_named_or_none():
    x, w = leaf(1.0), leaf(2.0)
    with pytest.raises(RuntimeError, match="at index 1 appears to not have been used"):
        torch.autograd.grad(x * 2, [x, w])
    assert torch.autograd.grad(x * 2, [x, w], allow_unused=True)[1] is None


def test_a_graph_freed_in_part():
    x = leaf(1.0, 2.0)
    shared = x * x
    first, second = shared.sum(), (shared * 2).sum()
    first.backward()
    with pytest.raises(RuntimeError, match="a second time"):
        second.backward()


def test_grad_frees_only_what_it_walked():
    x, w = leaf(1.0), leaf(2.0)
    y, z = x * x, w * w
    total = y + z
    torch.autograd.grad(total, x)
    z.backward()
    assert w.grad.item() == 4.0


def test_the_hessian_by_rows():
    x = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(x[0] * x[1] * x[2] + (x**3).sum(), x, create_graph=True)
    hessian = [torch.autograd.grad(row, x, retain_graph=True)[0].tolist() for row in slope]
    assert hessian == [[6.0, 3.0, 2.0], [3.0, 12.0, 1.0], [2.0, 1.0, 18.0]]


def test_five_derivatives():
    x = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    y = x**5
    for expected in (80.0, 160.0, 240.0, 240.0, 120.0):
        (y,) = torch.autograd.grad(y, x, create_graph=True)
        assert y.item() == expected


def test_a_recorded_gradient_is_part_of_a_loss():
    w = leaf(3.0)
    (slope,) = torch.autograd.grad(w * w, w, create_graph=True)
    ((w - 0.1 * slope) ** 2).backward()  # (0.8 w)²
    assert w.grad.item() == pytest.approx(2 * 0.64 * 3)


def test_the_cotangent_takes_the_dtype_of_the_result():
    x = leaf(1.0, 2.0)
    (x * 2).backward(torch.tensor([1, 3]))
    assert x.grad.dtype == torch.float32
    assert x.grad.tolist() == [2.0, 6.0]


def test_gradients_are_accumulated_over_passes_and_roots_of_different_kind():
    x = leaf(1.0)
    (x * 2).backward()
    torch.autograd.backward(x * 3)
    with pytest.warns(UserWarning, match="reference cycle"):
        (x * x).backward(create_graph=True)
    assert x.grad.item() == 7.0
    assert x.grad.requires_grad
