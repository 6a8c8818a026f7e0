"""Functions of a learner's own are operations like all others."""

import gc
import weakref

import pytest

import minigrad as torch
from minigrad.autograd.function import BackwardCFunction, FunctionCtx, once_differentiable


class Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * y, g * x


def test_its_backward_can_be_differentiated():
    x = torch.tensor(3.0, requires_grad=True)
    y = torch.tensor(5.0, requires_grad=True)
    (slope,) = torch.autograd.grad(Product.apply(x, Product.apply(x, y)), x, create_graph=True)
    assert slope.item() == 30.0
    assert [g.item() for g in torch.autograd.grad(slope, [x, y])] == [10.0, 6.0]


def test_broadcast_gradients_are_summed():
    x = torch.ones(3, requires_grad=True)
    y = torch.tensor(2.0, requires_grad=True)
    Product.apply(x, y).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0, 2.0]
    assert y.grad.item() == 3.0


def test_only_what_needs_a_gradient_gets_one():
    x = torch.ones(3, requires_grad=True)
    y = torch.ones(3)
    result = Product.apply(x, y)
    assert result.grad_fn.needs_input_grad == (True, False)
    result.sum().backward()
    assert y.grad is None


def test_a_saved_result_of_several_keeps_its_place():
    class Powers(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            square, cube = x * x, x * x * x
            ctx.save_for_backward(x, cube)
            return square, cube

        @staticmethod
        def backward(ctx, g_square, g_cube):
            x, cube = ctx.saved_tensors
            return g_square * 2 * x + g_cube * 3 * cube / x

    x = torch.tensor(2.0, requires_grad=True)
    (slope,) = torch.autograd.grad(Powers.apply(x)[1], x, create_graph=True)
    assert slope.item() == 12.0
    assert torch.autograd.grad(slope, x)[0].item() == 12.0


def test_once_differentiable_refuses_a_second_derivative():
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @once_differentiable
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 2 * x * g

    x = torch.tensor(2.0, requires_grad=True)
    (slope,) = torch.autograd.grad(Square.apply(x) * x, x, create_graph=True)
    with pytest.raises(RuntimeError, match="trying to differentiate twice a function"):
        slope.backward()


def test_it_runs_on_zeros_where_nothing_arrives():
    seen = []

    class First(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            seen.append(g.tolist())
            return g

    class Stops(First):
        @staticmethod
        def backward(ctx, g):
            return None

    x = torch.ones(2, requires_grad=True)
    Stops.apply(First.apply(x)).sum().backward()
    assert seen == [[0.0, 0.0]]


def test_its_node_is_freed_without_the_collector():
    gc.disable()
    try:
        result = Product.apply(torch.ones(2, requires_grad=True), torch.ones(2))
        node = weakref.ref(result.grad_fn)
        del result
        assert node() is None
    finally:
        gc.enable()


def test_gradcheck_takes_the_word_of_differences():
    class Wrong(Product):
        @staticmethod
        def backward(ctx, g):
            x, y = ctx.saved_tensors
            return g * y, g * x * 1.01

    inputs = [torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True) for _ in range(2)]
    assert torch.autograd.gradcheck(Product.apply, inputs)
    assert torch.autograd.gradgradcheck(Product.apply, inputs)
    assert not torch.autograd.gradcheck(Wrong.apply, inputs, raise_exception=False)
    with pytest.raises(RuntimeError, match="Jacobian mismatch for output 0 with respect to input 1,\nnumerical:tensor"):
        torch.autograd.gradcheck(Wrong.apply, inputs)


_x = torch.ones(2, requires_grad=True)
# What the engine's nodes have, as a class and as an object.
NODE_NAMES = sorted(
    name
    for name in {*dir(BackwardCFunction), *vars(_x.exp().grad_fn), *vars(Product.apply(_x, _x).grad_fn)}
    if not name.startswith("__") and name not in dir(FunctionCtx)
)


@pytest.mark.parametrize("name", NODE_NAMES)
def test_ctx_keeps_what_is_put_on_it_under_any_name(name):
    found = []

    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, by):
            setattr(ctx, name, by)
            ctx.save_for_backward(x)
            return by * x * x

        @staticmethod
        def backward(ctx, g):
            found.append(getattr(ctx, name))
            (x,) = ctx.saved_tensors
            return g * getattr(ctx, name) * 2 * x, None

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Scale.apply(x * 2, 3.0).sum()
    y.backward(torch.tensor(5.0), retain_graph=True)
    assert x.grad.tolist() == [120.0, 240.0]
    y.backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()
    assert found == [3.0, 3.0, 3.0]
    assert not hasattr(Scale.apply(x, 3.0).grad_fn, "another")


@pytest.mark.parametrize("name", ["saved_tensors", "next_functions", "metadata"])
def test_ctx_refuses_what_pytorch_refuses(name):
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            setattr(ctx, name, 3.0)
            return x

    with pytest.raises(AttributeError):
        Scale.apply(torch.ones(2, requires_grad=True))


def test_ctx_is_one_object_as_long_as_it_is_held():
    seen = []

    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            seen.append(ctx)
            ctx.factor = 3.0
            return x * 3.0

        @staticmethod
        def backward(ctx, g):
            seen.append(ctx)
            return g * ctx.factor

    x = torch.ones(2, requires_grad=True)
    y = Scale.apply(x)
    assert y.grad_fn.factor == 3.0
    y.sum().backward()
    assert seen[0] is seen[1]
    assert isinstance(seen[0], FunctionCtx)
    assert seen[0].name() == type(seen[0]).__name__ == "ScaleBackward"
    with pytest.raises(AttributeError, match="'ScaleBackward' object has no attribute 'scale'"):
        _ = seen[0].scale
