"""What hooks on saved tensors pack is what the backward pass unpacks."""

import threading

import pytest

import minigrad as torch
from minigrad.autograd.graph import saved_tensors_hooks


def doubled(packed):
    return saved_tensors_hooks(lambda t: packed.append(t) or len(packed) - 1, lambda nr: packed[nr] * 2)


def test_the_rule_reads_what_the_hook_gives_back():
    packed = []
    x = torch.tensor([3.0], requires_grad=True)
    with doubled(packed):
        y = x * x
    assert len(packed) == 2
    y.backward()
    assert x.grad.tolist() == [12.0]


def test_outside_and_in_other_threads_nothing_is_packed():
    packed, results = [], []
    x = torch.tensor([3.0], requires_grad=True)
    with doubled(packed):
        thread = threading.Thread(target=lambda: results.append(x.exp()))
        thread.start()
        thread.join()
    results.append(x.exp())
    for y in results:
        (g,) = torch.autograd.grad(y, x)
        assert g.tolist() == y.tolist()
    assert packed == []


def test_the_innermost_hooks_count_and_functions_go_through_them():
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            return 2 * ctx.saved_tensors[0] * g

    outer, inner = [], []
    x = torch.tensor([3.0], requires_grad=True)
    with doubled(outer):
        with doubled(inner):
            y = Square.apply(x)
        z = y.exp()
    assert (len(inner), len(outer)) == (1, 1)
    (g,) = torch.autograd.grad(z, x)
    assert g.item() == pytest.approx(2 * z.item() * 2 * 2 * 3)


def test_double_backward_keeps_the_history_of_what_was_packed():
    x = torch.tensor([3.0], requires_grad=True)
    with saved_tensors_hooks(lambda t: t.tolist(), torch.tensor):
        y = (x * 2).exp() * x
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    (h,) = torch.autograd.grad(g, x)
    factor = torch.tensor(6.0).exp().item()
    assert (g.item(), h.item()) == pytest.approx((7 * factor, 16 * factor))
