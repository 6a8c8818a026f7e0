"""Forward mode: a tangent is what central differences say, through every operation, and costs one sweep."""

import numpy as np
import pytest

import minigrad as torch
from minigrad.autograd.forward import Linearization
from minigrad.ops import operation
from tests.minigrad import test_rules

STEP = 1e-6
# But for the cast to float32, in which differences are too coarse to tell.
CASES = [c for c in test_rules.CASES if not c.second and c.operation != "ToCopyBackward0"]


def inputs_of(case):
    random = np.random.default_rng(0)
    arrays = [random.uniform(0.5, 1.5, shape) if case.positive else random.normal(size=shape) for shape in case.shapes]
    return [torch.tensor(a, dtype=torch.float64) for a in arrays], [
        torch.tensor(random.normal(size=a.shape), dtype=torch.float64) for a in arrays
    ]


# By definition, not by calculus, an embedding's padding row has no gradient.
@pytest.mark.parametrize(
    "case", [c for c in CASES if c.operation != "EmbeddingBackward0"], ids=lambda case: case.operation
)
def test_a_tangent_is_the_transposed_rule(case):
    points, directions = inputs_of(case)
    _, tangent = torch.func.jvp(case.function, tuple(points), tuple(directions))
    ends = [case.function(*[p + sign * STEP * d for p, d in zip(points, directions, strict=True)]) for sign in (1, -1)]
    differences = (ends[0] - ends[1]) / (2 * STEP)
    np.testing.assert_allclose(tangent.numpy(), differences.detach().numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.operation)
def test_forward_and_backward_give_one_jacobian(case):
    points, _ = inputs_of(case)
    numbers = tuple(range(len(points)))
    forward = torch.func.jacfwd(case.function, numbers)(*points)
    backward = torch.func.jacrev(case.function, numbers)(*points)
    for f, b in zip(forward, backward, strict=True):
        np.testing.assert_allclose(f.numpy(), b.numpy(), rtol=1e-9, atol=1e-12)


def test_a_deep_chain_takes_work_in_proportion(monkeypatch):
    rule = operation.Operation.vjp
    calls = []
    monkeypatch.setattr(operation.Operation, "vjp", lambda node, gradients: calls.append(node) or rule(node, gradients))

    def work(depth):
        def chain(x):
            for _ in range(depth):
                x = x * 1.0001 + x.tanh() * 0
            return x

        calls.clear()
        torch.func.jvp(chain, (torch.ones(2),), (torch.ones(2),))
        return len(calls)

    assert 0 < work(200) == 10 * work(20)


def test_tangents_of_everything_on_the_way():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    z = (y * y).sum()
    arrived = Linearization([z], [x]).tangents([torch.tensor([1.0, 0.0])])
    assert arrived[y.grad_fn, 0].tolist() == [3.0, 0.0]
    assert arrived[z.grad_fn, 0].tolist() == 18.0


def test_a_function_of_ones_own_has_tangents_too():
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 3 * x * x

    _, tangent = torch.func.jvp(Cube.apply, (torch.tensor(2.0),), (torch.tensor(1.0),))
    assert tangent.item() == 12.0


def test_in_place_writes_and_views_carry_tangents():
    def f(x):
        y = x * 1
        y[0] = x[1] * x[1]
        y[1:].mul_(x[0])
        return y

    x = torch.tensor([2.0, 3.0])
    assert torch.func.jacfwd(f)(x).tolist() == torch.func.jacrev(f)(x).tolist() == [[0.0, 6.0], [3.0, 2.0]]
