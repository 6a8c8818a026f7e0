"""Every operation: its value, its gradient, its node and the nodes before it."""

import torch

torch.manual_seed(1)
x = torch.randn(3, requires_grad=True)
y = torch.rand(3, requires_grad=True)
m = torch.randn(2, 3, requires_grad=True)


def show(t):
    """Print the result, its place in the graph, and what the backward pass leaves in the leaves."""
    print(t, t.dtype, t.shape, t.requires_grad, t.is_leaf)
    print(t.grad_fn, t.grad_fn.next_functions if t.grad_fn else None)
    if t.requires_grad:
        for leaf in (x, y, m):
            leaf.grad = None
        (t * t + t).sum().backward()
        print(x.grad, y.grad, m.grad)


show(x + 2)
show(2 + x)
show(x - 1)
show(1 - x)
show(x * 3)
show(3 * x)
show(x * y)
show(x - y)
show(x / 2)
show(x / y)
show(2 / x)
show(1 / y)
show(x**2)
show(x**3)
show(x**1)
show(x**0)
show(x**-1)
show(y**0.5)
show(y**2.0)
show(y**x)
show(2**x)
show(0**y)
show(1**x)
show(-x)
show(+x)
show(x.exp())
show(torch.exp(x))
show(y.log())
show(torch.log(y))
show(x.tanh())
show(torch.tanh(x))
show(x.relu())
show(torch.relu(x))
show(x.sum())
show(torch.sum(x))
show(m.sum(0))
show(m.sum(1))
show(m.sum(-1, keepdim=True))
show(m.sum((0, 1)))
show(m.sum(dim=1))
show(torch.sum(m, 0))
show(torch.sum(m, dim=1, keepdim=True))
show(m.sum(axis=0))
show(x.mean())
show(torch.mean(x))
show(m.mean(0))
show(m.mean(dim=1, keepdim=True))
show(torch.mean(m, 1))
show(m.mean((0, 1)))
show(x.add(y))
show(x.sub(3))
show(x.mul(y))
show(x.div(y))
show(y.pow(2))
show(y.pow(x))
show(x.neg())
show(x @ y)
show(x.dot(y))
show(m @ x)
show(m @ m.t())
show(m.t() @ m)
show(m.matmul(x))
show(torch.matmul(m, x))
show(m.mm(m.t()))
show(x @ m.t())
show(torch.ones(5, 2, 3) @ x)
show(torch.ones(5, 2, 3) @ x.reshape(3, 1))
show(torch.ones(5, 2, 3) @ m.t())
show(m.reshape(2, 1, 3) @ m.reshape(2, 3, 1))
show(m.reshape(2, 1, 1, 3) @ m.reshape(2, 3, 1))
show(x.clone())
show(x.detach())
show(x.double())
show(x.float())
show(x.double() * x)
show(x * torch.tensor(2.0, dtype=torch.float64))
show(torch.tensor(2.0, dtype=torch.float64) * x)
show(x * torch.tensor([1, 2, 3]))
show(x + torch.tensor([True, False, True]))
show(torch.tensor([1, 2, 3]) / x)
show(x * True)
show(x > 0)
show(x == x)
show(x != y)
show(x <= 0)
show((x > 0) & (y > 0.5))
show((x > 0) | (y > 0.5))
show(~(x > 0))
show(x * (x > 0))

# one tensor used several times
show(x + x)
show(x * x)
show(x - x)
show(x / x)
show(y**y)
show(x @ x)
show((x + x) + (x + x))
show(x * x * x)
show((x * 2 + x * 3) * x)

# broadcasting
p = torch.randn(3, 1, requires_grad=True)
q = torch.randn(1, 4, requires_grad=True)
(p * q).sum().backward()
p.grad, q.grad
(p / (q + 3) - p**2 + q).mean().backward()
p.grad, q.grad
show(x * m)
show(m + x)
show(m * x.reshape(1, 3))
show(x[0] * m)
show(x * torch.ones(2, 2, 1))
m.grad = x.grad = None
(m @ torch.ones(5, 3, 2)).sum().backward()
(x @ torch.ones(5, 3, 2) + m.reshape(1, 2, 3) @ torch.ones(4, 3, 2).sum(0)).sum().backward()
m.grad, x.grad
(x.add(y, alpha=2) * x.sub(y, alpha=2)).sum().backward()
x.grad, y.grad
c = torch.tensor(2.0, requires_grad=True)
(c * torch.ones(2, 3)).sum().backward()
c.grad
(torch.ones(2, 1) / c).sum().backward()
c.grad

# edges of the numbers
v = torch.tensor([0.0, 1.0, -1.0], requires_grad=True)
v.relu().sum().backward()
v.grad
v = torch.tensor([0.0, 2.0], requires_grad=True)
u = torch.tensor([2.0, 0.0], requires_grad=True)
(v**u).sum().backward()
v.grad, u.grad
inf, nan = float("inf"), float("nan")
v = torch.tensor([0.0, -1.0, inf, -inf, nan], requires_grad=True)
v.relu()
v.exp(), v.tanh(), 1 / v, v / 0, v * 0, v**2, v**0.5, v**0, v.log()
v.relu().sum().backward()
v.grad
v.grad = None
v.exp().sum().backward()
v.grad
v.grad = None
v.tanh().sum().backward()
v.grad
v.grad = None
v.log().sum().backward()
v.grad
v.grad = None
(1 / v).sum().backward()
v.grad
v.grad = None
(v[[0, 1, 2, 4]] ** 0.5).sum().backward()
v.grad
v.grad = None
(v**0).sum().backward()
v.grad
v.grad = None
(v**0 / v).sum().backward()
v.grad
(0**v), 2**v
torch.tensor([1e30], requires_grad=True) * 1e30
torch.zeros(0).sum(), torch.zeros(0).mean(), torch.zeros(2, 0).sum(1), torch.zeros(2, 0).mean(1)
v = torch.zeros(0, requires_grad=True)
v.sum().backward()
v.grad
(v * 2).sum().backward()
v.grad
v = torch.zeros(2, 0, requires_grad=True)
(v @ torch.zeros(0, 3)).sum().backward()
v.grad
torch.zeros(2, 0) @ torch.zeros(0, 3)
