"""Functions that differentiate functions."""

import torch

func = torch.func

x = torch.tensor([1.0, 2.0, 3.0])
s = torch.tensor(2.0)
func.grad(lambda x: x**3)(s)
func.grad(func.grad(lambda x: x**3))(s)
func.grad(func.grad(func.grad(lambda x: x**3)))(s)
func.grad(lambda x: x * func.grad(lambda y: x * y * y)(x))(s)
func.grad(lambda x: x * x)(x)
func.grad(lambda x: x.sum())(torch.tensor([1, 2]))
func.grad(lambda x: x)(3.0)
func.grad(lambda x: 3.0)(x)
func.grad(lambda a, b: (a * b * b).sum(), argnums=1)(x, x)
func.grad(lambda a, b: (a * b * b).sum(), argnums=(0, 1))(x, x)
func.grad(lambda a, b: (a * b).sum(), argnums=2)(x, x)
func.grad(lambda x: (x.sum(), x * 2), has_aux=True)(x)
func.grad_and_value(lambda x: (x * x).sum())(x)
func.grad(lambda p, x: (p["w"] * x).sum() + p["b"])({"w": x, "b": s}, x)
func.grad(lambda a: (x * x).sum())(x)

y, pull_back = func.vjp(lambda a, b: (a * b, a + b), x, x)
y
pull_back((x, x))
pull_back((x, x * 2))
func.vjp(lambda x: x * x, x)[1](torch.ones(2))
func.vjp(lambda x: 3, x)

func.jvp(lambda x: x * x, (x,), (torch.ones(3),))
func.jvp(lambda a, b: (a * b).sum(), (x, x), (x, torch.zeros(3)))
func.jvp(lambda x: x * x, x, x)
func.jvp(lambda x: x * x, (x,), (torch.ones(2),))


# Forward and backward agree: v·(Ju) = (vJ)·u
def f(x):
    return (x * x.sum()).tanh()[:2]


u = torch.tensor([0.1, -0.2, 0.3])
v = torch.tensor([1.0, -1.0])
(v * func.jvp(f, (x / 10,), (u,))[1]).sum()
(func.vjp(f, x / 10)[1](v)[0] * u).sum()
func.jacrev(f)(x / 10)
func.jacfwd(f)(x / 10)
func.jacrev(lambda a, b: (a * b).sum(), argnums=(0, 1))(x, x)
func.jacfwd(lambda a: (a * a, a.sum()))(x)
func.hessian(lambda x: (x**3).sum() * x[0])(x)
func.jacrev(func.jacfwd(lambda x: (x**3).sum()))(x)
func.jacrev(func.jacrev(lambda x: (x**3).sum()))(x)
func.jacfwd(func.jacfwd(lambda x: (x**3).sum()))(x)

# A slice at a time
func.vmap(lambda x: x * 2)(torch.ones(2, 3))
func.vmap(torch.dot)(torch.ones(4, 3), torch.ones(4, 3))
func.vmap(lambda a, b: (a + b, a.sum()), in_dims=(None, 0))(x, torch.ones(2, 3))
func.vmap(lambda a: a * 2, in_dims=1, out_dims=1)(torch.ones(2, 3))
func.vmap(func.grad(lambda a: (a**3).sum()))(torch.ones(2, 3))
func.vmap(lambda x: x * 2)(s)
func.vmap(lambda x, y: x * y)(torch.ones(2), torch.ones(3))
func.vmap(lambda x, y: x * y)(torch.ones(2), 3.0)
func.vmap(lambda x: 3.0)(x)
func.vmap(lambda: 3)()
func.vmap(lambda x: x * torch.rand(2))(x)

# Per-sample gradients
torch.manual_seed(0)
weights = torch.randn(3)
samples, targets = torch.randn(5, 3), torch.randn(5)


def loss(w, x, t):
    return (x @ w - t) ** 2


per_sample = func.vmap(func.grad(loss), in_dims=(None, 0, 0))(weights, samples, targets)
per_sample
per_sample.mean(0)
func.grad(lambda w: func.vmap(loss, in_dims=(None, 0, 0))(w, samples, targets).mean())(weights)
