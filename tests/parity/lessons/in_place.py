"""In-place operations: values, version counters, gradients."""

import torch

torch.manual_seed(2)
x = torch.randn(3, requires_grad=True)
y = x + 1


def grad_of(t):
    """The gradient of the sum of squares with respect to x."""
    x.grad = None
    (t * t).sum().backward(retain_graph=True)
    return x.grad


q = x * 1
q._version
q.add_(2)
q, q.grad_fn, q.grad_fn.next_functions, q._version
grad_of(q)
q = x * 1
q += y
q -= 2
q *= 3
q /= y.detach()
q **= 2
q, q._version, q.grad_fn
grad_of(q)
q = x * 1
q *= x
q.grad_fn
grad_of(q)
q = x * 1
q.mul_(y)
grad_of(q)
q = x * 1
q.div_(y * y + 1)
grad_of(q)
q = x * 1
q.exp_()
q, q.grad_fn
grad_of(q)
q = x * 1
q.tanh_()
q, q.grad_fn
grad_of(q)
q = x * 1
q.relu_()
q, q.grad_fn
grad_of(q)
q = x * 1
q.pow_(3)
q, q.grad_fn
grad_of(q)
q = x * x
q.pow_(x)
q, q.grad_fn
q = x * x
q **= y
grad_of(q)
q = x * 1
q.zero_()
q, q.grad_fn, q.requires_grad
grad_of(q)
q = x * 1
q.fill_(2.5)
q, q.grad_fn
grad_of(q)
q = x * 1
q.copy_(y)
q, q.grad_fn
grad_of(q)
q = x * 1
q.copy_(torch.tensor(2.0))
q
q.copy_(torch.ones(2, 3))
q.copy_(torch.ones(2))
q = torch.zeros(3)
q.copy_(x)
q, q.grad_fn, q.requires_grad
grad_of(q)
q = torch.zeros(3)
q += x
q, q.grad_fn, q.is_leaf
grad_of(q)
q = torch.ones(3)
q.add_(x, alpha=2), q.sub_(x, alpha=0.5)
grad_of(q)
q = x * 1
q.zero_()
(1 / q).sum().backward()
x.grad

# the same tensor on both sides
s = x * 2
s.add_(s)
s
grad_of(s)
s = x.tanh()
s.mul_(s)
s.sum().backward()

# reading and writing overlapping parts of one tensor
s = x * 2
s += s[0]
s[1:] = s[:2]
s[:1].copy_(s[2:])
s[1:].add_(s[:2].clone())
grad_of(s)

# assigning to elements
q = x * 1
q[0] = 5
q, q.grad_fn, q.grad_fn.next_functions, q._version
grad_of(q)
q = x * 1
q[1:] = 0
q
grad_of(q)
q = x * 1
q[0] = y[1]
q
grad_of(q)
q = x * 1
q[1:] = y[:2] * 2
grad_of(q)
q = torch.zeros(3)
q[0] = x[0] * x[1]
q[2] = x[2]
q, q.grad_fn
grad_of(q)
q = torch.zeros(2, 3)
q[0] = x
q[:, 1] = y[0]
q.grad_fn.next_functions
q, q.requires_grad
grad_of(q)
q = x * 1
q[q > 0] = 0
q
grad_of(q)
q = x * 1
q[[0, 2]] = 7.0
q, q.grad_fn
grad_of(q)
q = x * 1
q[[0, 2]] = y[:2]
q
grad_of(q)
q = x * 1
q[torch.tensor([1, 0])] = y[1:]
q
grad_of(q)
q = x * 1
q[[0, 0]] = 7.0
q
grad_of(q)
q = x * 1
q[...] = y
grad_of(q)
q = x * 1
q[:] = 2 * y
grad_of(q)
q = x * 1
q[None] = y
q, q.grad_fn.next_functions
grad_of(q)
q = torch.zeros(2, 3)
q[:] = 0
q[0] = y.reshape(1, 3)
q.grad_fn.next_functions
q[[0, 1], [0, 1]] = y[:2]
q[[0, 1], 2] = y[1:]
q
grad_of(q)
q = x * 1
q[:] = 0
q, q.grad_fn
q[...] = y[0]
q, q.grad_fn
grad_of(q)
q = x * 1
q[0] += 1
q[1] *= y[1]
q, q._version
grad_of(q)
q[[0, 1]] = torch.ones(3)
q[0] = torch.ones(2)
q[0] = [1, 2]
q[0] = "a"
q[5] = 1
q[:2] = torch.ones(3)
t = torch.zeros(3)
t[0] = torch.tensor([4.0])
t[1] = True
t
t = torch.tensor([1, 2, 3])
t[0] = 2.7
t

# types
a = torch.tensor([1, 2])
a += 1.5
a /= 2
a *= 2
a **= 2
a
a **= 0.5
a.exp_()
a.tanh_()
a += torch.tensor([0.5, 0.5])
a += torch.tensor([1, 2], dtype=torch.int8)
a
b = torch.tensor([1, 2], dtype=torch.int8)
b += a
b
b = torch.tensor([True, False])
b += 1
b = torch.ones(2)
b += torch.ones(2, dtype=torch.float64)
b, b.dtype
b *= torch.tensor([1, 2])
b
a = torch.ones(3)
a += torch.ones(2, 3)
a += torch.ones(2)
a += "a"
a += None
a.add_("a")
a.mul_(None)
a._version
c = x.expand(2, 3)
c += 1
c = torch.ones(3).expand(2, 3)
c += 1

# no_grad
w = torch.ones(2, requires_grad=True)
with torch.no_grad():
    w -= 0.5
    w.mul_(2)
    w[0] = 7
w, w._version, w.is_leaf, w.requires_grad
with torch.no_grad():
    w.zero_()
w
l = (x * x).sum()
with torch.no_grad():
    x -= 0.1
l.backward()
v = w.detach()
v += 1
w, w._version, v._version
v = w.data
v += 1
w, w._version, v._version
w.data -= 0.5
w, w._version
w.data = w.data - 1
w, w._version
w.data = torch.zeros(3)
w, w.shape
(w * 2).sum().backward()
w.grad

# Expanded tensors
e = torch.ones(1, 3).expand(2, 3)
e += 1
e[:1] += 1
e
e.zero_(), e.fill_(2.0)
e.copy_(torch.ones(2, 3))

# Views made where nothing is recorded, and views of them
a = torch.ones(3, requires_grad=True)
b = a * 2
with torch.no_grad():
    v = b[:2]

v.requires_grad, v.grad_fn, v.is_leaf
s = v.sum()
s.grad_fn.next_functions
s.backward()
a.grad
v[:1].mul_(2)
v += 1
b += 1
v
b = a * 2
r = b.unbind()[0]
r[None].mul_(2)
with torch.no_grad():
    b.zero_()

r
p = a * 2
first, second = p.split(2)
first.exp_()

# retain_grad, and hooks, where the tensor is overwritten through a view
b = a * 2
b.retain_grad()
b.register_hook(lambda g: print("before the write", g))
b[0].mul_(5)
b.sum().backward()
b.grad

# Only what was asked for is told to hooks
b = a * 2
a.register_hook(lambda g: print("a", g))
b.grad_fn.register_hook(lambda inputs, outputs: print(inputs, outputs))
b.sum().backward(inputs=[b])
b.grad
(a @ torch.ones(3, 2)).add_(1).grad_fn.next_functions
(2**b).add_(1).sum().backward()
m = torch.tensor([True, False])
l = torch.where(m, a[:2], a[1:]) * a[:2]
d = a.diagonal() if a.ndim > 1 else torch.ones(2, 3, requires_grad=True)
d.t().reshape(-1).grad_fn, (d * 1).diagonal().reshape(2, 1).grad_fn
