import torch

# Reading at an index
x = torch.arange(6.0).reshape(2, 3).requires_grad_()
x[[0, 1], [2, 0]]
x[:, [2, 0]].grad_fn.next_functions
x[x > 2]
x[..., -1]
x[None, 0]
x[0, None, 1:]
x[True].shape, x[False].shape, x[torch.tensor(True)].shape
x[[0, 5]]
x[:, [5]]
x[0, [7]]
x[[0, 1, 1], [2, 0]]
x[..., 3]
x[0, 0, 0]
x[torch.tensor([True, False, True])]
torch.ones(0)[[0]]
n = torch.tensor(1.0)
n[0]
n[:1]
n[[0]]
n[torch.tensor(0)]

# Writing at an index
q = x * 1
q[[0, 0]] = torch.ones(3)
q, q.grad_fn, q._version
q[q > 2] = 0.5
q
q[:, [0]] = torch.zeros(1, 2, 1)
q
q.sum().backward()
x.grad
q[[0, 1]] = torch.ones(2, 3, dtype=torch.float64)
q[q > 0] = torch.ones(1, dtype=torch.float64)
q
q[[0, 0]] = torch.ones(2)
q[[0, 9]] = 1.0
q[[0, 1]] = q
q[:, :2] = q[:, 1:]
q[0] = torch.ones(2)
q[1:] = q[0, 0]
q
q[1:] = torch.ones(1, 1, 3)
q.grad_fn.next_functions
x[[0]] = 1.0
n[n > 0] = 0.5
n
n[...] = 3
n

# index_put
p = torch.zeros(3)
i = torch.tensor([0, 0, 2])
v = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
p.index_put((i,), v), p.index_put((i,), v, accumulate=True)
p.index_put_((i,), v, accumulate=True)
p.sum().backward()
v.grad
p.index_put_((i,), torch.ones(2))
p.index_put_((i, i), v)
p.index_put_((i,), v.double(), accumulate=True)
p.index_put_((torch.tensor([9]),), torch.ones(1))
p.index_put_((i,), p)
