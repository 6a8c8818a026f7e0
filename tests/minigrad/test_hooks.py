"""Hooks see and change gradients where PyTorch calls them, and leave no trace once removed."""

import gc
import warnings
import weakref

import pytest

import minigrad as torch


def test_a_hook_on_a_tensor_used_twice_sees_the_whole_gradient():
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    seen = []
    y.register_hook(seen.append)
    (y * y + y).backward()
    assert [g.item() for g in seen] == [13.0]
    assert x.grad.item() == 39.0


def test_a_hook_may_be_recorded():
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    handle = y.register_hook(lambda g: g * x)
    (slope,) = torch.autograd.grad(y * y, x, create_graph=True)
    handle.remove()  # or it would have a say in the second pass through y too
    # 2·x²·x·2x = 4x⁴
    assert slope.item() == 64.0
    assert torch.autograd.grad(slope, x)[0].item() == 128.0


def test_what_is_caught_on_the_way_is_caught_before_its_hooks():
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.register_hook(lambda g: g * 10)
    z = y.sum()
    assert torch.autograd.grad(z, y, retain_graph=True)[0].tolist() == [10.0, 10.0]
    assert [g.tolist() for g in torch.autograd.grad(z, [x, y])] == [[20.0, 20.0], [1.0, 1.0]]


def test_a_handle_is_a_context_manager():
    x = torch.ones(1, requires_grad=True)
    with x.register_hook(lambda g: g * 5):
        (x * 1).backward()
    (x * 1).backward()
    assert x.grad.item() == 6.0


def test_a_retained_gradient_is_no_view_of_the_walk():
    x = torch.ones(2, requires_grad=True)
    y = x + 0
    y.retain_grad()
    z = y + 0
    z.retain_grad()
    z.sum().backward()
    y.grad[0] = 100.0
    assert z.grad.tolist() == x.grad.tolist() == [1.0, 1.0]


def test_grad_of_a_retaining_tensor_does_not_warn():
    y = torch.ones(2, requires_grad=True) * 2
    y.retain_grad()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert y.grad is None


def test_a_graph_with_hooks_is_freed_without_the_collector():
    gc.disable()
    try:
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        y.register_hook(lambda g: g)
        y.retain_grad()
        y.grad_fn.register_hook(lambda inputs, outputs: None)
        node = weakref.ref(y.grad_fn)
        y.sum().backward()
        del y
        assert node() is None
    finally:
        gc.enable()


def test_anomaly_detection_names_the_line_that_made_the_node():
    x = torch.zeros(1, requires_grad=True)
    with pytest.warns(UserWarning, match="Anomaly Detection has been enabled"):
        mode = torch.autograd.detect_anomaly()
    with mode:
        y = x.log() * 0  # the line to be found
        with (
            pytest.warns(UserWarning, match="# the line to be found"),
            pytest.raises(RuntimeError, match="Function 'LogBackward0' returned nan values in its 0th output"),
        ):
            y.sum().backward()
    assert not torch.is_anomaly_enabled()


def test_anomaly_detection_says_where_it_does_not_know():
    y = torch.zeros(1, requires_grad=True).log() * 0
    with (
        torch.autograd.set_detect_anomaly(True),
        pytest.warns(UserWarning, match="No forward pass information available"),
        pytest.raises(RuntimeError, match="nan"),
    ):
        y.sum().backward()


def test_backward_to_some_inputs_goes_no_further():
    a = torch.ones(2, requires_grad=True)
    b = torch.ones(2, requires_grad=True)
    c = a * 2
    (c * b).sum().backward(inputs=[c])
    assert c.grad.tolist() == [1.0, 1.0]
    assert a.grad is None
    assert b.grad is None


def test_leaves_complete_at_once_are_told_in_the_order_of_their_use():
    x, w = (torch.ones(2, requires_grad=True) for _ in range(2))
    told = []
    x.register_post_accumulate_grad_hook(lambda leaf: told.append("x"))
    w.register_post_accumulate_grad_hook(lambda leaf: told.append("w"))
    (x * w).sum().backward()
    (w * x).sum().backward()
    assert told == ["x", "w", "w", "x"]
