"""Gradients of gradients."""

import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
w = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
(x**3).sum().backward(create_graph=True)
x.grad
x.grad.grad_fn
x.grad.sum().backward()
x.grad
x.grad = None


def orders(f):
    """The value and three derivatives of f at x, as autograd prints them."""
    t = f(x)
    print(t)
    for order in range(3):
        (t,) = torch.autograd.grad(t.sum(), x, create_graph=True, allow_unused=True)
        print(order + 1, t)
        if t is None or not t.requires_grad:
            return


orders(lambda x: x + 2)
orders(lambda x: 2 - x)
orders(lambda x: x * x)
orders(lambda x: x * x * x)
orders(lambda x: 3 * x)
orders(lambda x: x / 2)
orders(lambda x: 1 / x)
orders(lambda x: 2 / x)
orders(lambda x: x / (x + 1))
orders(lambda x: w / x)
orders(lambda x: x**4)
orders(lambda x: x**-1.5)
orders(lambda x: x**x)
orders(lambda x: 2**x)
orders(lambda x: x**2)
orders(lambda x: x**1)
orders(lambda x: x.exp())
orders(lambda x: x.log())
orders(lambda x: x.tanh())
orders(lambda x: x.relu())
orders(lambda x: (x * x).relu())
orders(lambda x: -x)
orders(lambda x: x.sum())
orders(lambda x: x.sum() ** 2)
orders(lambda x: x.mean() ** 3)
orders(lambda x: x.sum(0) * x)
orders(lambda x: x.mean(0, keepdim=True) * x**2)
orders(lambda x: x.exp().tanh())
orders(lambda x: x**3 * x.exp().tanh())
orders(lambda x: x @ x)
orders(lambda x: (x @ w) ** 2)
orders(lambda x: x.reshape(3, 1) @ x.reshape(1, 3))
orders(lambda x: (torch.ones(2, 3) @ x) ** 3)
orders(lambda x: (x.reshape(1, 1, 3) @ torch.ones(2, 3, 2)) ** 3)
orders(lambda x: x[0] * x[1] * x[2])
orders(lambda x: x[[0, 0, 1]] ** 3)
orders(lambda x: x[1:] ** 3)
orders(lambda x: x[x > 1] ** 3)
orders(lambda x: x.view(3, 1) ** 3)
orders(lambda x: x.t() ** 3)
orders(lambda x: x.unsqueeze(0).squeeze(0) ** 3)
orders(lambda x: x.expand(2, 3) ** 3)
orders(lambda x: x.reshape(1, 3).permute(1, 0) ** 3)
orders(lambda x: x.reshape(1, 3).transpose(1, 0) ** 3)
orders(lambda x: x.clone() ** 3)
orders(lambda x: x.double() ** 3)
orders(lambda x: x.double().float() * x * x)
orders(lambda x: x.reshape(3, 1) * x * x)
orders(lambda x: x.detach() * x)


def written(x):
    q = x * x
    q[0] = x[1] * x[2]
    q[1:].mul_(x[1:])
    q *= x
    return q


orders(written)

# mixed derivatives
f = (x**2 * w.exp()).sum()
(gx,) = torch.autograd.grad(f, x, create_graph=True)
torch.autograd.grad(gx.sum(), [x, w])
gx, gw = torch.autograd.grad((x * w).sum() ** 2, (x, w), create_graph=True)
gx, gw
(gx * gw).sum().backward()
x.grad, w.grad

# one row of the Hessian at a time
(g,) = torch.autograd.grad((x**2).sum() * x.sum(), x, create_graph=True)
for i in range(3):
    print(torch.autograd.grad(g[i], x, retain_graph=True)[0])

# gradient through a step of gradient descent
loss = (w**2).sum()
(g,) = torch.autograd.grad(loss, w, create_graph=True)
stepped = w - 0.1 * g
(stepped**2).sum().backward()
w.grad

# the cotangent may itself need a gradient
v = torch.ones(3, requires_grad=True)
(g,) = torch.autograd.grad(x**2, x, v, create_graph=True)
g
torch.autograd.grad(g.sum(), v)

# without create_graph the results are plain
(g,) = torch.autograd.grad((x**2).sum(), x)
g.requires_grad, g.grad_fn
g.sum().backward()
