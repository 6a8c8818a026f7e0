"""Many elements made one: how each kind of reduction shares the gradient out."""

import torch

m = torch.tensor([[1.0, 5.0, 2.0], [4.0, 3.0, 5.0]], requires_grad=True)
for reduce in (torch.sum, torch.mean, torch.prod, torch.max, torch.min, torch.amax, torch.var, torch.std, torch.norm):
    y = reduce(m)
    (g,) = torch.autograd.grad(y, m)
    print(reduce.__name__, y, y.grad_fn.name())
    print(g)

# Of equally large elements max() and amax() share, max(dim) chooses.
ties = torch.tensor([2.0, 7.0, 7.0], requires_grad=True)
ties.max().backward()
print(ties.grad)
ties.grad = None
ties.max(0).values.backward()
print(ties.grad)
ties.grad = None
ties.amax(0).backward()
print(ties.grad)

best = m.max(dim=1)
print(best)
print(best.values, best.indices)
values, indices = m.min(1, keepdim=True)
print(values)
print(indices)
best.values.sum().backward()
print(m.grad)
print(m.argmax(), m.argmax(1), torch.argmin(m, dim=0, keepdim=True))
print(m.median(), m.median(0))
print(torch.max(m, torch.tensor(3.0)))
print(m.sum(dim=0), m.sum(axis=1, keepdims=True), m.mean(-1, keepdim=True), m.sum((0, 1)))
print(m.sum(dim=2))
print(m.max(2))
print(torch.tensor([]).max())
print(torch.zeros(0, 3).max(0))
print(m.sum(dtype=torch.float64), m.mean(dtype=torch.float64))
print(torch.tensor([1, 2]).sum(dtype=torch.float32), torch.tensor([True, True]).sum())
print(torch.tensor([1, 2]).mean())
print(torch.tensor([1, 2]).std())
print(torch.tensor([1, 2]).norm())
print(torch.tensor([1, 2, 3]).prod())

# Numerically stable by subtracting the largest.
logits = torch.tensor([1000.0, 1001.0, 999.0], requires_grad=True)
print(logits.exp().sum().log())
z = torch.logsumexp(logits, dim=0)
print(z)
z.backward()
print(logits.grad)
print(torch.logsumexp(m, 1, keepdim=True))

# Standardise: the slope goes through mean and deviation as well.
x = torch.tensor([2.0, 4.0, 9.0], requires_grad=True)
normal = (x - x.mean()) / x.std(unbiased=False)
print(normal)
normal[0].backward()
print(x.grad)
print(x.var(), x.var(unbiased=False), x.std(0, correction=0))
print(torch.tensor([1.0, 2.0, 4.0]).std(dim=0, keepdim=True))

# Norms.
w = torch.tensor([3.0, -4.0, 0.0], requires_grad=True)
for p in (1, 2, 3, float("inf")):
    (g,) = torch.autograd.grad(w.norm(p), w)
    print(p, w.norm(p), g)
print(w.norm().grad_fn)
print(m.norm(dim=1), torch.norm(m, 1, 0))
origin = torch.zeros(2, requires_grad=True)
origin.norm().backward()
print(origin.grad)

# A product with a zero in it, and running sums.
q = torch.tensor([2.0, 0.0, 3.0], requires_grad=True)
q.prod().backward()
print(q.grad)
q.grad = None
r = q.cumsum(0)
print(r)
r.sum().backward()
print(q.grad)
q.grad = None
q.cumprod(0).sum().backward()
print(q.grad)
print(torch.cumsum(torch.tensor([[1, 2], [3, 4]]), dim=1))
print(q.cumsum(3))

# Truth values.
print((m > 4).any(), (m > 0).all(), (m > 4).any(dim=0), torch.all(m > 1, dim=1))
print((m.argmax(1) == torch.tensor([1, 0])).float().mean())
print((m > 2).sum(), (m > 2).sum(1))
print(torch.allclose(m, m + 1e-9), torch.equal(m, m), torch.isclose(m, m * 1.1))
print(torch.allclose(m, m.double()))
n = torch.tensor([1.0, float("nan"), float("inf"), -float("inf")])
print(torch.isnan(n), n.isinf(), torch.isfinite(n), n.max(), n.isnan().any())
print(n == n, torch.eq(n, 1), n.ne(1.0), torch.ge(n, 0))
print(torch.logical_and(m > 2, m < 5), torch.logical_not(m > 2), (m > 2) ^ (m < 5))
print(m > [1])

# Second derivatives.
u = torch.tensor([1.0, 2.0, 4.0], requires_grad=True)
for f in (torch.prod, torch.var, torch.std, torch.norm, lambda t: torch.logsumexp(t, 0), lambda t: t.cumprod(0).sum()):
    (first,) = torch.autograd.grad(f(u), u, create_graph=True)
    (second,) = torch.autograd.grad(first[0], u)
    print(first, second)
