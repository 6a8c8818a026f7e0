"""Functions with a backward of one's own."""

import torch

Function = torch.autograd.Function
once_differentiable = torch.autograd.function.once_differentiable


class Exp(Function):
    @staticmethod
    def forward(ctx, x):
        result = x.exp()
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx, grad_output):
        (result,) = ctx.saved_tensors
        return grad_output * result


x = torch.tensor([0.0, 1.0], requires_grad=True)
y = Exp.apply(x)
y
y.grad_fn.name(), len(y.grad_fn.next_functions), y.grad_fn.needs_input_grad
y.grad_fn.saved_tensors
y.sum().backward()
x.grad
y.sum().backward()
(g,) = torch.autograd.grad(Exp.apply(x).sum(), x, create_graph=True)
torch.autograd.grad(g.sum(), x)


class LinearFunction(Function):
    @staticmethod
    def forward(ctx, input, weight, bias=None):
        ctx.save_for_backward(input, weight, bias)
        output = input.mm(weight.t())
        if bias is not None:
            output = output + bias
        return output

    @staticmethod
    def backward(ctx, grad_output):
        input, weight, bias = ctx.saved_tensors
        grad_input = grad_weight = grad_bias = None
        if ctx.needs_input_grad[0]:
            grad_input = grad_output.mm(weight)
        if ctx.needs_input_grad[1]:
            grad_weight = grad_output.t().mm(input)
        if bias is not None and ctx.needs_input_grad[2]:
            grad_bias = grad_output.sum(0)
        return grad_input, grad_weight, grad_bias


torch.manual_seed(0)
inputs = torch.randn(4, 3, dtype=torch.double, requires_grad=True)
weight = torch.randn(2, 3, dtype=torch.double, requires_grad=True)
bias = torch.randn(2, dtype=torch.double, requires_grad=True)
LinearFunction.apply(inputs, weight, bias)
LinearFunction.apply(inputs, weight).sum().backward()
inputs.grad, weight.grad, bias.grad
torch.autograd.gradcheck(LinearFunction.apply, (inputs, weight, bias))
torch.autograd.gradgradcheck(LinearFunction.apply, (inputs, weight, bias))


class Clamp(Function):
    """The gradient goes straight through."""

    @staticmethod
    def forward(ctx, x, low, high):
        ctx.low = low
        return x.clamp(low, high)

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output, None, None


q = torch.tensor([-2.0, 0.5, 3.0], requires_grad=True)
Clamp.apply(q, -1, 1).sum().backward()
q.grad


class Cube(Function):
    @staticmethod
    def forward(x):
        return x**3, 3 * x**2

    @staticmethod
    def setup_context(ctx, inputs, output):
        (x,) = inputs
        cube, derivative = output
        ctx.save_for_backward(derivative)
        ctx.mark_non_differentiable(derivative)

    @staticmethod
    def backward(ctx, grad_cube, grad_derivative):
        print(grad_derivative)
        (derivative,) = ctx.saved_tensors
        return grad_cube * derivative


q = torch.tensor([1.0, 2.0], requires_grad=True)
cube, derivative = Cube.apply(q)
cube, derivative, derivative.requires_grad
cube.sum().backward()
q.grad


class TwoResults(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        return x * 2, x * 3

    @staticmethod
    def backward(ctx, a, b):
        print(a, b)
        return a * 2 if b is None else b * 3


first, second = TwoResults.apply(q)
first, second
second.sum().backward()
first.output_nr, second.output_nr


class Once(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * x * g


v = torch.ones(2, requires_grad=True)
(g,) = torch.autograd.grad(Once.apply(q), q, v, create_graph=True)
g.sum().backward()


class InPlace(Function):
    @staticmethod
    def forward(ctx, x):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    @staticmethod
    def backward(ctx, g):
        return g * 2


q = torch.tensor([1.0, 2.0], requires_grad=True)
r = q * 1
s = InPlace.apply(r)
s is r, r
r.sum().backward()
q.grad
InPlace.apply(q)


# What goes wrong
class Wrong(Function):
    what = None

    @staticmethod
    def forward(ctx, x, c):
        return x * c

    @staticmethod
    def backward(ctx, g):
        return Wrong.what(g)


p = torch.tensor([1.0, 2.0], requires_grad=True)
Wrong.what = lambda g: g
Wrong.apply(p, 2).sum().backward()
Wrong.what = lambda g: (g, g)
Wrong.apply(p, 2).sum().backward()
Wrong.what = lambda g: (g, None, g)
Wrong.apply(p, 2).sum().backward()
Wrong.what = lambda g: (torch.ones(3), None)
Wrong.apply(p, 2).sum().backward()
Wrong.what = lambda g: (2.0, None)
Wrong.apply(p, 2).sum().backward()
Wrong.what = lambda g: (None, None)
Wrong.apply(p, 2).sum().backward()
p.grad
Function.apply(p)


class NoBackward(Function):
    @staticmethod
    def forward(ctx, x):
        return x


NoBackward.apply(p).sum().backward()
NoBackward.apply(p * 1).add_(1)


class SavesNumber(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(3.0)
        return x


SavesNumber.apply(p)
q = p * 1
r = Exp.apply(q)
r.add_(1)
r.sum().backward()
with torch.no_grad():
    unrecorded = Exp.apply(p)
unrecorded
