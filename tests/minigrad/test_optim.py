"""SGD, step by step."""

import pytest

import minigrad as torch


def test_a_step_is_minus_lr_times_grad():
    w, b = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor(3.0, requires_grad=True)
    optimizer = torch.optim.SGD([w, b], lr=0.5)
    (w * w).sum().backward()
    optimizer.step()
    assert w.tolist() == [0.0, 0.0]
    assert b.item() == 3.0
    assert (w.is_leaf, w.requires_grad, w._version) == (True, True, 1)


def test_zero_grad_forgets_or_zeroes():
    w = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.5)
    (w * 2).sum().backward()
    kept = w.grad
    optimizer.zero_grad(set_to_none=False)
    assert w.grad is kept
    assert kept.tolist() == [0.0, 0.0]
    optimizer.zero_grad()
    assert w.grad is None


def test_forgetting_zero_grad_adds_up():
    w = torch.tensor(0.0, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=1.0)
    path = []
    for _ in range(3):
        (w * 1.0).backward()
        optimizer.step()
        path.append(w.item())
    assert path == [-1.0, -3.0, -6.0]


def test_it_fits_a_line():
    torch.manual_seed(0)
    x = torch.randn(50, 2)
    y = x @ torch.tensor([2.0, -3.0]) + 0.5
    w, b = torch.zeros(2, requires_grad=True), torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([w, b], lr=0.1)
    for _ in range(200):
        optimizer.zero_grad()
        ((x @ w + b - y) ** 2).mean().backward()
        optimizer.step()
    assert [*w.tolist(), *b.tolist()] == pytest.approx([2.0, -3.0, 0.5], abs=1e-4)


def test_what_was_stepped_on_may_not_be_gone_back_through():
    w = torch.tensor([1.0], requires_grad=True)
    loss = (w * w).sum()
    loss.backward(retain_graph=True)
    torch.optim.SGD([w], lr=0.1).step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
