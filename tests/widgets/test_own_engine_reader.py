"""An engine that a learner wrote, shown by the widgets as it is: its graph, its contributions, its mistakes."""

import numpy as np
import pytest

from widgets import BackwardStepper, ComputationGraph


class Node:
    def __init__(self, name, inputs, rule):
        self.name, self.inputs, self.vjp = name, inputs, rule


class Tensor:
    def __init__(self, data, requires_grad=True, grad_fn=None):
        self.data, self.requires_grad, self.grad_fn = np.asarray(data, float), requires_grad, grad_fn
        self.grad = None

    def __add__(self, other):
        return Tensor(self.data + other.data, grad_fn=Node("add", (self, other), lambda g: (g, g)))

    def __mul__(self, other):
        rule = Node("mul", (self, other), lambda g: (g * other.data, g * self.data))
        return Tensor(self.data * other.data, grad_fn=rule)

    def backward(self):
        """Newest first, by the order in which they are found; each waits for all its uses."""
        order, seen = [], set()

        def visit(t):
            if id(t) not in seen:
                seen.add(id(t))
                for i in t.grad_fn.inputs if t.grad_fn else ():
                    visit(i)
                order.append(t)

        visit(self)
        grads = {id(self): np.ones_like(self.data)}
        for t in reversed(order):
            if t.grad_fn is None:
                t.grad = grads[id(t)] if t.grad is None else t.grad + grads[id(t)]
                continue
            for i, g in zip(t.grad_fn.inputs, t.grad_fn.vjp(grads[id(t)]), strict=True):
                grads[id(i)] = grads.get(id(i), 0) + g


class Eager(Tensor):
    """Sends on at once what arrives, with all that arrived before: a diamond counts twice."""

    def __add__(self, other):
        return Eager(self.data + other.data, grad_fn=Node("add", (self, other), lambda g: (g, g)))

    def backward(self, g=1.0):
        self.grad = np.asarray(g) if self.grad is None else self.grad + g
        if self.grad_fn:
            for i, part in zip(self.grad_fn.inputs, self.grad_fn.vjp(self.grad), strict=True):
                i.backward(part)


def test_the_stepper_walks_the_learners_own_walk_and_leaves_no_trace():
    x = Tensor(3.0)
    y = x * x
    z = y + y
    rule = y.grad_fn.vjp
    assert repr(BackwardStepper(z)).splitlines() == [
        "Backward pass of z: 9 frames",
        "  1 forward   y = 9",
        "  2 forward   z = 18",
        "  3 backward  grad of z: 1",
        "  4 backward  add: 1 × 1 = 1; grad of y: 0 + 1 = 1",
        "  5 backward  add: 1 × 1 = 1; grad of y: 1 + 1 = 2",
        "  6 backward  mul: 2 × 3 = 6; grad of x: 0 + 6 = 6",
        "  7 backward  mul: 2 × 3 = 6; grad of x: 6 + 6 = 12",
        "  8 backward  x.grad: None → 12",
        "  9 end",
    ]
    assert x.grad is None and y.grad_fn.vjp is rule


def test_the_graph_has_the_learners_names_and_signs():
    x = Tensor([1.0, 2.0])
    y = x * x
    assert repr(ComputationGraph(y)).splitlines()[1:] == ["  x  leaf  [1, 2]", "  y  mul  [1, 4]"]


def test_a_walk_that_runs_ahead_ends_where_it_does():
    x = Eager(3.0)
    y = x + x
    z = y + y
    told = repr(BackwardStepper(z)).splitlines()[-1]
    assert "add: WrongWalk: add runs with 1, and what was sent to its output adds up to 2." in told


def test_a_grad_that_is_replaced_is_noticed():
    class Replacing(Tensor):
        def backward(self):
            for i, g in zip(self.grad_fn.inputs, self.grad_fn.vjp(np.ones(())), strict=True):
                i.grad = g

    x = Tensor(3.0)
    y = Replacing(9.0, grad_fn=(x * x).grad_fn)
    told = repr(BackwardStepper(y)).splitlines()[-1]
    assert "AccumulateGrad: WrongWalk: 6 arrived at this leaf, and its grad is 3." in told


def test_a_class_that_lacks_a_part_is_told_which():
    class Value:
        data, grad, requires_grad = 1.0, None, True

    with pytest.raises(TypeError, match="Value lacks grad_fn"):
        ComputationGraph(Value())
    with pytest.raises(TypeError, match="expected a minigrad tensor"):
        ComputationGraph(3)


def test_an_engine_without_a_walk_has_a_graph_to_look_at_and_no_walk_to_step_through():
    class Value:
        def __init__(self, data, grad_fn=None):
            self.data, self.grad, self.requires_grad, self.grad_fn = data, None, True, grad_fn

    x = Value(3.0)
    y = Value(6.0, Node("add", (x, x), lambda g: (g, g)))
    assert "add" in repr(ComputationGraph(y))
    with pytest.raises(TypeError, match=r"Value has no backward\(\)"):
        BackwardStepper(y)
