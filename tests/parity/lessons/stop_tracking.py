"""no_grad, detach, requires_grad_, data: what is tracked and what shares memory."""

import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x * 2
x.requires_grad, y.requires_grad, x.is_leaf, y.is_leaf, x.grad_fn, y.grad_fn
torch.is_grad_enabled()
with torch.no_grad():
    z = x * 2
    print(z, z.requires_grad, z.grad_fn, z.is_leaf, torch.is_grad_enabled())
    with torch.enable_grad():
        print((x * 2).requires_grad)
    print((x * 2).requires_grad)
    made = torch.ones(2, requires_grad=True)
    print(made.requires_grad, (made * 2).requires_grad)
    v = x[0]
    print(v, v.requires_grad)
torch.is_grad_enabled()
try:
    with torch.no_grad():
        raise ValueError("inside")
except ValueError:
    print(torch.is_grad_enabled())


@torch.no_grad()
def evaluate(t):
    """Decorated."""
    return (t * 2).requires_grad


@torch.no_grad
def evaluate_too(t):
    return (t * 2).requires_grad


@torch.enable_grad()
def tracked(t):
    return (t * 2).requires_grad


evaluate(x), evaluate.__name__, evaluate.__doc__, evaluate_too(x), tracked(x)
with torch.no_grad():
    print(tracked(x), evaluate(x), torch.is_grad_enabled())
with torch.no_grad() as g:
    print(g)

d = x.detach()
d, d.requires_grad, d.is_leaf, d.grad_fn
d[0] = 100
x, x._version, d._version
(x * x).sum().backward()
x.grad
d = y.detach()
d.requires_grad_()
(d * d).sum().backward()
d.grad, x.grad
(y * d.detach()).sum().backward()
x.grad
l = (x.detach() * x).sum()
l.backward()
x.grad
a = torch.ones(2)
b = a * 2
a.requires_grad_()
b.requires_grad, (a * 2).requires_grad, a.requires_grad
a.requires_grad_(False)
(a * 2).requires_grad
a.requires_grad = True
a
a.data
a.data.requires_grad
t = torch.tensor([a[0], a[1]])
t, t.requires_grad
t = torch.tensor(a)
t, t.requires_grad
t = a.clone()
t.requires_grad, t.is_leaf
a.clone().detach().requires_grad_(True)
a.detach().clone()
a.item()
a[0].item()
a.tolist()
a.detach().tolist()
x.detach().numpy()
x.data.numpy()
n = x.detach().numpy()
n[0] = -1
x
w = torch.ones(2, requires_grad=True)
with torch.no_grad():
    w = w - 0.1
w, w.requires_grad
w = torch.ones(2, requires_grad=True)
w = w - 0.1
w, w.is_leaf
w.sum().backward()
w.grad
u = torch.ones(2, requires_grad=True)
(u * 2).detach().sum().backward()
with torch.no_grad():
    s = (u * 2).sum()
s.backward()
