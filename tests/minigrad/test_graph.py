"""What the forward pass leaves behind: nodes, edges, saved tensors, and that it goes away again."""

import gc
import weakref

import pytest

import minigrad as torch
from minigrad import graph


def nodes_behind(tensor):
    found, stack = [], [tensor.grad_fn]
    while stack:
        node = stack.pop()
        if node is not None and node not in found:
            found.append(node)
            stack.extend(n for n, _ in node.next_functions)
    return found


def test_a_leaf_has_one_accumulator_for_all_its_uses():
    x = torch.ones(2, requires_grad=True)
    y, z = x * 2, x.exp()
    accumulator = y.grad_fn.next_functions[0][0]
    assert type(accumulator) is graph.AccumulateGrad
    assert accumulator.variable is x
    assert accumulator is z.grad_fn.next_functions[0][0]
    assert accumulator.next_functions == ()


def test_inputs_that_need_no_gradient_are_none():
    x = torch.ones(2, requires_grad=True)
    assert (torch.ones(2) * x).grad_fn.next_functions[0] == (None, 0)
    assert (x * 2).grad_fn.next_functions[1] == (None, 0)
    assert (x + torch.ones(2)).grad_fn.needs_input_grad == (True, False)
    assert (torch.ones(2) * 2).grad_fn is None


def test_one_node_for_each_operation_that_happened():
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    assert y.grad_fn is y.grad_fn
    assert (y + 1).grad_fn.next_functions[0][0] is y.grad_fn
    assert (y + 1).grad_fn is not (y + 1).grad_fn


def test_later_nodes_have_greater_sequence_numbers():
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    z = y + 1
    assert y.grad_fn.sequence < z.grad_fn.sequence


def test_only_what_a_rule_needs_is_saved():
    x, w = torch.ones(2, requires_grad=True), torch.ones(2)
    product = (x * w).grad_fn
    assert product._saved_other is w
    assert product._saved_self is None
    assert (x + w).grad_fn.saved_names() == ()
    assert x.exp().grad_fn._saved_result.tolist() == x.exp().tolist()


def test_a_saved_result_has_its_history():
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    assert y.grad_fn._saved_result.grad_fn is y.grad_fn


def test_a_number_has_no_node_but_is_known():
    x = torch.ones(2, requires_grad=True)
    assert (x * 2.5).grad_fn.numbers == (None, 2.5)
    assert (x**3).grad_fn.parameters == {"exponent": 3}


def test_metadata_is_kept_with_the_node():
    y = torch.ones(2, requires_grad=True) * 2
    y.grad_fn.metadata["line"] = 7
    assert y.grad_fn.metadata["line"] == 7


def test_whoever_asks_is_told_of_new_nodes(monkeypatch):
    told = []
    monkeypatch.setattr(graph, "creation_observer", lambda *about: told.append(about))
    x, w = torch.ones(2, requires_grad=True), torch.ones(2)
    y = x * w
    with torch.no_grad():
        y * 2
    w * w
    assert len(told) == 1
    node, inputs, output = told[0]
    assert node is y.grad_fn
    assert inputs[0] is x
    assert inputs[1] is w
    assert output is y


def test_a_node_that_went_is_gone_without_the_cycle_collector():
    gc.collect()
    gc.disable()
    try:
        x = torch.ones(2, requires_grad=True)
        y = (x.exp() * x).sum()
        node, middle = weakref.ref(y.grad_fn), weakref.ref(y.grad_fn.next_functions[0][0])
        del y
        assert node() is None
        assert middle() is None
    finally:
        gc.enable()


def test_a_leaf_and_its_gradient_go_without_the_cycle_collector():
    gc.collect()
    gc.disable()
    try:
        x = torch.ones(2, requires_grad=True)
        (x * x).sum().backward()
        gone = [weakref.ref(x), weakref.ref(x.grad)]
        del x
        assert [g() for g in gone] == [None, None]
    finally:
        gc.enable()


def test_training_steps_leave_nothing_behind():
    w = torch.ones(4, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.01)

    def step():
        optimizer.zero_grad()
        loss = ((w * torch.ones(3, 4)).tanh().sum(1) ** 2).mean()
        loss.backward()
        optimizer.step()
        row = w.detach()[1:]
        row *= 1

    for _ in range(3):
        step()
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        for _ in range(50):
            step()
        assert len(gc.get_objects()) - before < 20
    finally:
        gc.enable()


def test_backward_frees_what_was_saved_and_keeps_the_nodes():
    x = torch.ones(2, requires_grad=True)
    big = x * torch.ones(2)
    kept = weakref.ref(big)
    loss = (big * big).sum()
    del big
    assert kept() is not None
    loss.backward()
    assert kept() is None
    assert [type(n).__name__ for n in nodes_behind(loss)][:2] == ["SumBackward0", "MulBackward0"]


def test_retain_graph_keeps_what_was_saved():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (x * x).sum()
    for times in (1, 2, 3):
        loss.backward(retain_graph=True)
        assert x.grad.tolist() == [2.0 * times, 4.0 * times]
    loss.backward()
    with pytest.raises(RuntimeError, match="a second time"):
        loss.backward()


def test_calling_a_node_applies_its_rule_alone():
    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    product = x * w
    with torch.no_grad():
        for_x, for_w = product.grad_fn(torch.tensor([1.0, 10.0]))
    assert (for_x.tolist(), for_w.tolist()) == ([3.0, 40.0], [1.0, 20.0])
    assert x.grad is None
    assert not for_x.requires_grad
    assert product.grad_fn(torch.ones(2))[0].requires_grad


def test_data_that_was_exchanged_is_what_the_gradient_rule_reads_as_in_pytorch():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (w * w).sum()
    w.data = torch.tensor([5.0, 6.0])
    loss.backward()
    assert w.grad.tolist() == [10, 12]


def test_a_saved_number_is_shown_as_it_was_written():
    x = torch.ones(2, requires_grad=True)
    assert (x * 1.0001).grad_fn._saved_other.item() == 1.0001
