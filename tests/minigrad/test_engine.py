"""The backward walk: every use counts once, in the right order, in linear time, without recursion."""

import gc
import sys
import threading

import numpy as np
import pytest

import minigrad as torch
from minigrad import engine
from minigrad.grad_mode import mode
from minigrad.graph import AccumulateGrad


class Log:
    """An observer that keeps what it is told."""

    def __init__(self):
        self.seeds, self.contributions, self.accumulations = [], [], []

    def seed(self, node, gradient):
        self.seeds.append((node, np.array(gradient)))

    def contribution(self, node, slot, upstream, contribution, old, new):
        kept = (node, slot, [np.array(u) for u in upstream], np.array(contribution))
        self.contributions.append((*kept, None if old is None else np.array(old), np.array(new)))

    def accumulate(self, leaf, gradient, old, new):
        kept = (leaf.variable, np.array(gradient), None if old is None else np.array(old), np.array(new))
        self.accumulations.append(kept)


def leaf(*values):
    return torch.tensor(values, requires_grad=True)


# Bugs seen in teaching engines


def test_a_plus_a_counts_both_uses():
    a = leaf(1.0, 2.0)
    (a + a).sum().backward()
    assert a.grad.tolist() == [2.0, 2.0]


def test_x_times_x_counts_both_uses():
    x = leaf(3.0, -2.0)
    (x * x).sum().backward()
    assert x.grad.tolist() == [6.0, -4.0]


def test_a_diamond_waits_for_both_sides():
    x = leaf(2.0)
    a = x * 3
    b, c = a * a, a.exp() * 0 + a
    (b * c).sum().backward()  # (3x)³
    assert x.grad.item() == pytest.approx(324.0)


def test_a_long_and_a_short_way_are_summed_before_they_go_on():
    x = leaf(1.0)
    a = x * 2
    long = a
    for _ in range(10):
        long = long + 1
    (long * a).backward()  # (2x + 10)·2x
    assert x.grad.item() == 28.0


def test_doubling_twice_follows_the_order_of_the_graph():
    a = leaf(1.0)
    b = a + a
    c = b + b
    c.backward()
    assert a.grad.item() == 4.0


def test_doublings_take_linear_time():
    log = Log()
    x = leaf(1.0)
    y = x
    for _ in range(22):
        y = y + y
    with engine.observed_by(log):
        y.backward()
    assert x.grad.item() == 2.0**22
    assert len(log.contributions) == 2 * 22


def test_a_chain_of_a_hundred_thousand_operations():
    assert sys.getrecursionlimit() < 20_000
    x = leaf(1.0)
    y = x
    for _ in range(50_000):
        y = y * 1.0001 + 0.5
    y.backward()
    assert x.grad.item() == pytest.approx(1.0001**50_000, rel=1e-2)
    del y
    gc.collect()


def test_a_chain_is_differentiated_twice():
    x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    y = x
    for _ in range(2_000):
        y = y * x
    (slope,) = torch.autograd.grad(y, x, create_graph=True)
    (curvature,) = torch.autograd.grad(slope, x)
    assert slope.item() == pytest.approx(2_001)
    assert curvature.item() == pytest.approx(2_001 * 2_000)
    del y, slope
    gc.collect()


def test_an_element_chosen_twice_gets_both_gradients():
    x = leaf(1.0, 2.0, 3.0)
    (x[[0, 0, 2]] * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad.tolist() == [11.0, 0.0, 100.0]


def test_broadcast_inputs_get_gradients_of_their_own_shape():
    p = torch.tensor([[1.0], [2.0], [3.0]], requires_grad=True)
    q = torch.tensor([[1.0, 2.0, 3.0, 4.0]], requires_grad=True)
    (p * q).sum().backward()
    assert p.grad.tolist() == [[10.0]] * 3
    assert q.grad.tolist() == [[6.0] * 4]


def test_matmul_adds_to_grad():
    w = torch.ones(2, 2, requires_grad=True)
    x = torch.tensor([[1.0, 2.0]])
    (x @ w).sum().backward()
    (x @ w).sum().backward()
    assert w.grad.tolist() == [[2.0, 2.0], [4.0, 4.0]]
    w.grad = None
    ((x @ w) @ w).sum().backward()
    assert w.grad.tolist() == [[5.0, 5.0], [7.0, 7.0]]


def test_tanh_has_a_gradient():
    x = leaf(0.0, 1.0)
    x.tanh().sum().backward()
    assert x.grad.tolist() == pytest.approx([1.0, 1 - np.tanh(1.0) ** 2])


def test_relu_stops_the_gradient_at_zero():
    x = leaf(-1.0, 0.0, 2.0)
    x.relu().sum().backward()
    assert x.grad.tolist() == [0.0, 0.0, 1.0]


# The leaves


def test_the_gradients_of_a_sum_are_not_one_array():
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    v = torch.ones(2)
    (a + b).backward(v)
    v.zero_()
    a.grad.mul_(5)
    assert (a.grad.tolist(), b.grad.tolist()) == ([5.0, 5.0], [1.0, 1.0])


def test_grad_is_accumulated_in_place():
    w = leaf(1.0, 2.0)
    (w * 3).sum().backward()
    kept = w.grad
    (w * 3).sum().backward()
    assert kept is w.grad
    assert kept.tolist() == [6.0, 6.0]


def test_grad_lies_in_memory_like_its_leaf():
    x = torch.ones(3, 4, requires_grad=True)
    x.sum(0).sum().backward()
    assert x.grad.view(12).tolist() == [1.0] * 12
    y = torch.ones(3, 4).t().requires_grad_()
    (y * 2).sum().backward()
    assert y.grad.t().view(12).tolist() == [2.0] * 12


def test_nan_and_infinity_go_through():
    x = leaf(float("nan"), float("inf"), 0.0)
    (x * x).sum().backward()
    assert np.isnan(x.grad.tolist()[0])
    assert x.grad.tolist()[1:] == [float("inf"), 0.0]


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_what_was_overwritten_gets_zero_even_where_the_gradient_is_infinite():
    x = leaf(1.0, 2.0)
    q = x * 1
    q[0] = 0
    (1 / q).sum().backward()
    assert x.grad.tolist() == [0.0, -0.25]


def test_tensors_without_elements():
    x = torch.zeros(0, 3, requires_grad=True)
    (x @ torch.ones(3, 2)).sum().backward()
    assert x.grad.shape == (0, 3)


def test_only_what_leads_to_the_wanted_inputs_runs():
    log = Log()
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    loss = (x.exp() * w).sum() + w.tanh().sum()
    with engine.observed_by(log):
        torch.autograd.grad(loss, x)
    assert "TanhBackward0" not in {node.name() for node, *_ in log.contributions}


def test_a_rule_that_fails_leaves_the_grad_mode_as_it_was(monkeypatch):
    x = leaf(1.0, 2.0)
    y = (x * x).sum()

    def fail(node, gradients):
        raise ZeroDivisionError

    monkeypatch.setattr(type(y.grad_fn), "vjp", fail)
    for run in (lambda: y.backward(), lambda: torch.autograd.grad(y, x, create_graph=True)):
        with pytest.raises(ZeroDivisionError):
            run()
        assert (mode.enabled, mode.in_gradient_rule) == (True, False)
    monkeypatch.undo()
    y.backward()
    assert x.grad.tolist() == [2.0, 4.0]


# The observer


def test_the_observer_is_told_every_contribution_in_order():
    log = Log()
    x = leaf(3.0)
    y = x * x
    z = y * 2
    with engine.observed_by(log):
        z.backward()
    assert [(node, gradient.item()) for node, gradient in log.seeds] == [(z.grad_fn, 1.0)]
    told = [
        (node, slot, [u.item() for u in upstream], sent.item(), None if old is None else old.item(), new.item())
        for node, slot, upstream, sent, old, new in log.contributions
    ]
    assert told == [
        (z.grad_fn, 0, [1.0], 2.0, None, 2.0),
        (y.grad_fn, 0, [2.0], 6.0, None, 6.0),
        (y.grad_fn, 1, [2.0], 6.0, 6.0, 12.0),
    ]
    ((variable, gradient, old, new),) = log.accumulations
    assert variable is x
    assert (gradient.item(), old, new.item()) == (12.0, None, 12.0)


def test_the_observer_sees_what_grad_was_and_becomes():
    x = leaf(3.0)
    (x * 2).backward()
    log = Log()
    with engine.observed_by(log):
        (x * 5).backward()
    ((_, gradient, old, new),) = log.accumulations
    assert (gradient.item(), old.item(), new.item()) == (5.0, 2.0, 7.0)


def test_observed_contributions_add_up_to_the_gradients():
    log = Log()
    w = torch.ones(2, 3, requires_grad=True)
    b = torch.ones(3, requires_grad=True)
    h = (torch.ones(4, 2) @ w + b).tanh()
    with engine.observed_by(log):
        (h * h).mean().backward()
    for variable in (w, b):
        total = sum(
            sent
            for node, slot, _, sent, _, _ in log.contributions
            if isinstance(n := node.next_functions[slot][0], AccumulateGrad) and n.variable is variable
        )
        np.testing.assert_array_equal(total, variable.grad.numpy())
    for node, _, upstream, *_ in log.contributions:
        assert [u.shape for u in upstream] == [tuple(shape) for shape in node.shapes]


@pytest.mark.parametrize("create_graph", [False, True])
def test_an_observer_changes_nothing(create_graph):
    def gradients():
        x = leaf(1.0, 2.0)
        return torch.autograd.grad((x**3).sum(), x, create_graph=create_graph)[0]

    with engine.observed_by(Log()):
        observed = gradients()
    assert repr(observed) == repr(gradients())


def test_the_observer_is_told_nothing_afterwards_even_after_an_exception():
    log = Log()
    x = leaf(1.0)
    with pytest.raises(KeyError), engine.observed_by(log):
        raise KeyError
    with engine.observed_by(log):
        pass
    (x * 2).backward()
    assert (log.seeds, log.contributions, log.accumulations) == ([], [], [])


def test_observers_nest():
    outer, inner = Log(), Log()
    x = leaf(1.0)
    with engine.observed_by(outer):
        with engine.observed_by(inner):
            (x * 2).backward()
        (x * 3).backward()
    assert [c[3].item() for c in inner.contributions] == [2.0]
    assert [c[3].item() for c in outer.contributions] == [3.0]


def test_an_observer_that_fails_breaks_only_its_own_pass():
    class Failing(Log):
        def contribution(self, *told):
            raise KeyError

    x = leaf(1.0)
    y = x * 2
    with pytest.raises(KeyError), engine.observed_by(Failing()):
        y.backward()
    assert (mode.enabled, mode.in_gradient_rule) == (True, False)
    (x * 2).backward()
    assert x.grad.item() == 2.0


def test_an_observer_hears_its_own_thread_only():
    log = Log()

    def elsewhere():
        x = leaf(1.0)
        (x * 2).backward()

    with engine.observed_by(log):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert log.contributions == []


def test_threads_walk_side_by_side():
    found = []

    def work(factor):
        x = leaf(1.0)
        for _ in range(50):
            y = x
            for _ in range(20):
                y = y * factor
            x.grad = None
            y.backward()
        found.append(x.grad.item())

    threads = [threading.Thread(target=work, args=(factor,)) for factor in (1.0, 2.0, 4.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [1.0, 2.0**20, 4.0**20]


def test_a_leaf_whose_flag_was_turned_off_takes_no_gradient():
    x, w = leaf(3.0), leaf(2.0)
    y = x * w
    x.requires_grad_(False)
    y.backward()
    assert x.grad is None and w.grad.item() == 3
