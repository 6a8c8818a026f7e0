"""Views share memory, and their history follows what is written."""

import torch

torch.manual_seed(3)
x = torch.randn(2, 3, requires_grad=True)
f = torch.randn(4, requires_grad=True)


def show(t):
    print(t, t.shape, t.grad_fn, t.grad_fn.next_functions if t.grad_fn else None, t._version)
    x.grad = f.grad = None
    if t.requires_grad:
        (t * t).sum().backward(retain_graph=True)
        print(x.grad, f.grad)


show(x.reshape(6))
show(x.reshape(3, 2))
show(x.reshape((3, -1)))
show(torch.reshape(x, (6,)))
show(x.reshape(2, 3))
show(x.view(6))
show(x.view(-1))
show(x.view(1, 6))
show(x.flatten())
show(f.flatten())
show(x.t())
show(x.T)
show(f.t())
show(x.transpose(0, 1))
show(x.transpose(-1, 0))
show(x.permute(1, 0))
show(x.permute((1, 0)))
show(x.reshape(1, 2, 3).permute(2, 0, 1))
show(x.t().reshape(6))
show(x.t().reshape(2, 3))
show(x.unsqueeze(0))
show(x.unsqueeze(-1))
show(x.unsqueeze(1).squeeze(1))
show(x.unsqueeze(1).squeeze())
show(x.squeeze())
show(x.squeeze(0))
show(f.expand(2, 4))
show(f.reshape(4, 1).expand(4, 3))
show(f.reshape(4, 1).expand(-1, 2))
show(f.expand(2, 4).t().reshape(8))
show(x[0])
show(x[-1])
show(x[0, 1])
show(x[0][1])
show(x[:, 1])
show(x[1:, :2])
show(x[:, ::2])
show(x[...])
show(x[:])
show(f[...])
show(f[()])
show(x[...].t()[...])
show(x[:, :])
show(x[..., 0])
show(x[0, ...])
show(x[None])
show(x[:, None])
show(x[..., None])
show(x[0, None])
show(x[[0, 0]])
show(x[[1, 0, 1]])
show(x[:, [0, 1]])
show(x[[0, 1], [2, 2]])
show(x[torch.tensor([1])])
show(x[torch.tensor(1)])
show(x[x > 0])
show(x[0][x[0] > 0])
show(f[f > 100])
show(f[[True, False, True, False]])
show(f[1:3])
show(f[-2:])
show(f[2:1])
show(f[1:100])
show(f[[]])
show(f[0:2][0])
show(x[[0], 1:])
show(x[1:, [0, 2]])
show(x[[0, 1], None])
show(x[torch.tensor([[True, False, True], [False, True, False]])])
show(x[:, torch.tensor([True, False, True])])
show(f[torch.tensor([[0, 1], [2, 3]])])
[r for r in x]
a, b = x
a, b
for r in f:
    print(r)
for row in torch.tensor([[1, 2], [3, 4]]):
    print(row, row.sum())
sum(r.sum() for r in x)
1.0 in torch.tensor([1.0, 2.0])

# what is written through a view is seen by the base, and the other way round
q = f * 1
r = q[1:]
r.mul_(10)
show(q)
show(r)
q = f * 1
r = q[1:]
q.mul_(10)
show(r)
q = f * 1
r = q.view(2, 2)
q.add_(f)
r.exp_()
show(q)
show(r)
q = f * 1
r = q[::2]
s = r[1:]
s.mul_(3)
show(q)
show(r)
show(s)
q = x * 1
q[0].mul_(5)
q[:, 1].add_(q[:, 0].detach())
q.t()[2].zero_()
show(q)
q = x.t() * 1
r = q[0]
r.mul_(10)
show(q)
show(r)
q = x.t() + 1
q[1:, 0] = 0
q.view(6)
show(q)
q = torch.zeros(4)
r = q[:2]
r += f[:2]
show(q)
show(r)
q = f.clone()
r = q.reshape(2, 2)
r[0] = f[2:]
show(q)
q = f.clone()
r = q.t()
r.mul_(f)
show(q)
q = f * 1
r = q.detach()
r[0] = 100
show(q)
q = f * 1
r = q[...]
r.mul_(2)
show(q)
q = x * 1
for row in q:
    row.mul_(2)
q = x * 1
a, b = q
a.mul_(2)

# views and no_grad
q = f * 1
with torch.no_grad():
    r = q[:2]
r.requires_grad, r.is_leaf
r.mul_(f[:2])
q = f * 1
with torch.no_grad():
    r = q[:2]
    r.mul_(2)
show(q)
with torch.no_grad():
    r = f[:2]
r += 1
f[:2].detach().add_(1)
f, f._version
w = torch.ones(3)
v = w[:2]
w.requires_grad_()
v.add_(1)
v.requires_grad, v.is_leaf
torch.ones(2, 2).view(4).is_leaf

# identity
x.reshape(2, 3) is x, x.flatten() is x, f.flatten() is f, x.float() is x, (+x) is x, x.detach() is x, x.t() is x
