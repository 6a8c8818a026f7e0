"""Jacobians, Hessians and their products with vectors."""

import torch

F = torch.autograd.functional


def f(x):
    return x.exp() * x.sum()


x = torch.tensor([0.0, 1.0])
J = F.jacobian(f, x)
J
v = torch.tensor([1.0, 2.0])
F.vjp(f, x, v)
F.jvp(f, x, v)
F.jacobian(f, x, strategy="forward-mode", vectorize=True)
F.jacobian(lambda a, b: (a * b, a.sum()), (x, v))
F.jacobian(lambda a: v * 1, x)
F.jacobian(lambda a: v * 1, x, strict=True)
F.jacobian(f, [x])
F.jacobian(lambda a: 3, x)
F.jacobian(f, x, strategy="forward-mode")
F.jacobian(f, torch.tensor([1, 2]))


def g(x):
    return (x**3).sum() * x[0]


F.hessian(g, v)
F.hessian(lambda a, b: (a * b * b).sum(), (x, v))
F.hessian(lambda a: a.sum(), x)
F.hessian(lambda a: a.sum(), x, strict=True)
F.hessian(f, x)
F.hessian(lambda a: (a.sum(), a.sum()), x)
F.hvp(g, v, x)
F.vhp(g, v, x)
F.hvp(lambda a, b: (a * b * b).sum(), (x, v), (v, x))
F.vhp(lambda a, b: (a * b * b).sum(), (x, v), (v, x))
F.vjp(f, x)
F.jvp(f, x)
F.hvp(f, x, v)
F.vhp(g, x, torch.ones(3))
F.vjp(f, x, torch.ones(3))
F.vjp(f, x, (x, x))
F.vjp(lambda a: a.sum(), x)
F.jvp(f, torch.tensor(2.0))
F.jvp(lambda a: v * 1, x, v, strict=True)

w = torch.tensor([1.0, 3.0], requires_grad=True)
F.jacobian(lambda a: a * a, w)
J = F.jacobian(lambda a: a * a, w, create_graph=True)
J
J.sum().backward()
w.grad

# Several cotangents at once
w = torch.tensor([1.0, 3.0], requires_grad=True)
y = w * w
rows = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
torch.autograd.grad(y, w, rows, is_grads_batched=True)
torch.autograd.grad(w * w, w, torch.ones(3, 3)[0:2, 0:2][0], is_grads_batched=True)
u = torch.ones(2, requires_grad=True)
torch.autograd.grad((w * w).sum(), [w, u])
torch.autograd.grad((w * w).sum(), [w, u], allow_unused=True)
torch.autograd.grad((w * w).sum(), [w, u], materialize_grads=True)
torch.autograd.grad((w * w).sum(), [w, u], materialize_grads=True, allow_unused=False)

# Checking a gradient against differences
d = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
torch.autograd.gradcheck(lambda a: a.tanh() * a, (d,))
torch.autograd.gradgradcheck(lambda a: a.tanh() * a, (d,))


class Wrong(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * x

    @staticmethod
    def backward(ctx, g):
        return g * 3


torch.autograd.gradcheck(Wrong.apply, (d,))
torch.autograd.gradcheck(Wrong.apply, (d,), raise_exception=False)
torch.autograd.gradcheck(lambda a: a * a, (torch.ones(2),))
