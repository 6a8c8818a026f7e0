"""Transformed functions nest, see what is outside them, and leave nothing behind."""

import pytest

import minigrad as torch
from minigrad.func import functional_call, grad, hessian, jacfwd, jacrev, jvp, vjp, vmap


def test_an_inner_derivative_does_not_see_the_outer_one():
    # d/dx [x · d/dy (x + y)] at y = 1 is 1, not 2: the classic confusion of perturbations.
    assert grad(lambda x: x * grad(lambda y: x + y)(torch.tensor(1.0)))(torch.tensor(1.0)).item() == 1.0
    one = torch.tensor(1.0)
    assert jvp(lambda x: x * jvp(lambda y: x + y, (one,), (one,))[1], (one,), (one,))[1].item() == 1.0


def test_a_result_is_free_of_history_unless_something_outside_requires_it():
    x = torch.tensor(3.0)
    assert not grad(lambda x: x**3)(x).requires_grad
    assert not grad(lambda x: grad(lambda y: x * y * y)(torch.tensor(2.0)))(x).requires_grad
    w = torch.tensor(2.0, requires_grad=True)
    slope = grad(lambda x: w * x * x)(x)
    slope.backward()
    assert w.grad.item() == 6.0
    with torch.no_grad():
        assert not grad(lambda x: w * x * x)(x).requires_grad


@pytest.mark.parametrize("outer", [jacfwd, jacrev])
@pytest.mark.parametrize("inner", [jacfwd, jacrev])
def test_second_derivatives_in_every_order(outer, inner):
    def f(x):
        return (x**3).sum() * x[0]

    found = outer(inner(f))(torch.tensor([1.0, 2.0]))
    assert found.tolist() == hessian(f)(torch.tensor([1.0, 2.0])).tolist() == [[12.0, 12.0], [12.0, 12.0]]


def test_a_cotangent_may_be_differentiated():
    _, pull_back = vjp(lambda x: x * x, torch.tensor(3.0))
    v = torch.tensor(2.0, requires_grad=True)
    (pulled,) = pull_back(v)
    pulled.backward()
    assert v.grad.item() == 6.0


def test_an_empty_batch_has_the_shape_of_its_results():
    assert vmap(lambda a: (a * 2, a.sum()))(torch.ones(0, 3))[0].shape == (0, 3)
    assert vmap(lambda a: a.sum())(torch.ones(0, 3)).shape == (0,)


def test_random_numbers_under_vmap():
    ones = torch.ones(3)
    with pytest.raises(RuntimeError, match="randomness error mode"):
        vmap(lambda x: x * torch.rand(1))(ones)
    same = vmap(lambda x: x * torch.rand(1), randomness="same")(ones)
    assert same[0].item() == same[2].item()
    different = vmap(lambda x: x * torch.rand(1), randomness="different")(ones)
    assert different[0].item() != different[2].item()


def test_per_sample_gradients_add_up_to_that_of_the_batch():
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 1)
    x, t = torch.randn(4, 3), torch.randn(4, 1)
    parameters = {name: p.detach() for name, p in model.named_parameters()}

    def loss(parameters, x, t):
        return ((functional_call(model, parameters, (x,)) - t) ** 2).sum()

    each = vmap(grad(loss), in_dims=(None, 0, 0))(parameters, x, t)
    loss(dict(model.named_parameters()), x, t).backward()
    assert each["weight"].shape == (4, 1, 3)
    assert torch.allclose(each["weight"].sum(0), model.weight.grad)
    assert torch.allclose(each["bias"].sum(0), model.bias.grad)
