"""Tensors joined, cut apart and rearranged, with gradients through all of it."""

import torch

torch.manual_seed(1)
a = torch.randn(2, 3, requires_grad=True)
b = torch.randn(2, 3, requires_grad=True)
v = torch.arange(4.0, requires_grad=True)


def show(t):
    print(t, t.shape, t.grad_fn.next_functions)
    a.grad = b.grad = v.grad = None
    (t * t).sum().backward(retain_graph=True)
    print(a.grad, b.grad, v.grad)


# joining
show(torch.cat([a, b]))
show(torch.cat((a, b, a), dim=1))
show(torch.cat([a, torch.ones(1, 3)]))
show(torch.stack([a, b]))
show(torch.stack((a, b), dim=-1))
show(torch.stack([v[0], v[2] * 2]))
show(torch.hstack([a, b]))
show(torch.hstack([v, v]))
show(torch.vstack([a, b]))
show(torch.vstack([v, v * 2]))
show(torch.column_stack([v, v * v]))
torch.cat([torch.tensor([1, 2]), torch.tensor([0.5])])
torch.cat([torch.tensor([True]), torch.tensor([2])])
torch.stack([torch.tensor(1), torch.tensor(2)])
torch.cat([a, v])
torch.cat([a, torch.ones(2, 2)])
torch.cat([v[0], v[1]])
torch.cat(a)
torch.cat([])
torch.stack([a, b[0]])
torch.stack([a, 1.0])
torch.stack([])

# what training loops do: collect, then stack
losses = []
for i in range(3):
    losses.append((v * i).sum())
show(torch.stack(losses))
torch.stack(losses).mean()

# cutting
for part in v.split(3):
    show(part)
first, second = a.split([1, 2], dim=1)
show(first)
show(second)
for part in torch.chunk(a, 3, dim=1):
    print(part)
[p.shape for p in torch.arange(10).chunk(4)]
[p.tolist() for p in torch.arange(10).split(4)]
[p.tolist() for p in torch.arange(10).tensor_split(3)]
[p.tolist() for p in torch.tensor_split(torch.arange(10), (2, 5))]
x0, x1 = a.unbind()
print(x0 * x1)
c0, c1, c2 = a.unbind(1)
print((c0 * c2).grad_fn)
show(a.select(1, 2))
show(a.narrow(1, 1, 2))
a.split([1, 1], 1)
a.split(0)
a.chunk(0)
a.select(0, 2)
a.narrow(0, 1, 5)
(v * 1).split(2)[1].mul_(3)
(v * 1).unbind()[1].mul_(3)
(v * 1).chunk(2)[0].zero_()

# the pieces are the outputs of one node
x0.grad_fn is x1.grad_fn, x0.output_nr, x1.output_nr
first.grad_fn is second.grad_fn, second.grad_fn.next_functions[0][1], second.output_nr
(x0 * x1).grad_fn.next_functions[1]
y = a * 2
pieces = y.split(1)
(gy,) = torch.autograd.grad((pieces[1] ** 2).sum(), y, create_graph=True)
gy, gy.grad_fn.next_functions
(gy,) = torch.autograd.grad((y.split([1, 2], 1)[0] ** 2).sum(), y, create_graph=True)
gy, gy.grad_fn.next_functions
(gy,) = torch.autograd.grad((y.unbind(1)[1] ** 2).sum(), y, create_graph=True)
gy, gy.grad_fn.next_functions
torch.autograd.grad(gy.sum(), y)
x1.retain_grad()
handle = x1.grad_fn.register_prehook(lambda grads: print(grads))
x1.sum().backward()
x1.grad, a.grad
x0.grad_fn(torch.ones(3), torch.zeros(3))
x0.grad_fn(torch.ones(3))
x0.grad_fn(None, torch.ones(3))
y = (a * 2).double()
y.split(1)[1].float().sum().backward()
a.grad

# repeating
show(v.repeat(2))
show(a.repeat(2, 1, 1))
show(v.tile(2))
show(torch.tile(a, (2,)))
show(v.repeat_interleave(2))
show(a.repeat_interleave(2, dim=0))
show(v.expand_as(torch.ones(3, 4)))
show(torch.broadcast_to(v, (2, 4)))
a.repeat(2)

# rearranging
show(a.flip(0))
show(torch.flip(a, [0, 1]))
show(a.flip(dims=(1,)))
show(a.fliplr())
show(a.flipud())
show(a.roll(1, 1))
show(v.roll(-1))
show(a.roll((1, 1), (0, 1)))
show(torch.rot90(a))
show(a.mT)
show(torch.movedim(a.reshape(1, 2, 3), 0, -1))
show(torch.swapaxes(a, 0, 1))
show(a.flatten())
show(a.reshape(2, 3, 1).flatten(0, 1))
show(torch.flatten(a.reshape(2, 3, 1), start_dim=1))
show(v.unflatten(0, (2, 2)))
show(v.unflatten(0, (-1, 1)))
show(a.reshape(1, 2, 1, 3).squeeze((0, 2)))
show(a.ravel())
show(a.t().ravel())
show(a.view_as(torch.ones(3, 2)))
a.flip(0, 0)
a.roll((1, 2))
a.flatten(1, 0)
v.unflatten(0, (3, 2))
v.mT

# triangles and diagonals
m = torch.arange(1.0, 10.0, requires_grad=True).reshape(3, 3)
m.tril(), m.triu(1)
torch.tril(torch.ones(4, 4))
torch.ones(3, 3).triu(diagonal=1).bool()
m.diagonal(), m.diagonal(1), m.diag()
show(v.diag())
show(torch.diag(v[:2], 1))
show(a.tril())
show(a.triu())
show(a.diagonal())
show(torch.diag_embed(a))
q = torch.zeros(3, 3)
q.diagonal().fill_(2)
q
q.diagonal().add_(v[:3])
show(q)
v.tril()
m.diagonal(0, 1, 1)

# grids
gx, gy = torch.meshgrid(v, v[:2], indexing="ij")
gx, gy
gx, gy = torch.meshgrid(torch.arange(3), torch.arange(2), indexing="xy")
gx, gy
torch.meshgrid(v.detach(), v.detach())[1]
show(torch.meshgrid(v, v, indexing="ij")[0])

# memory
a.t().is_contiguous(), a.t().contiguous().is_contiguous(), a.contiguous() is a
a.stride(), a.t().stride(), a.stride(1), a.expand(4, 2, 3).stride()
a.t().clone().is_contiguous(), a.t().clone().stride()
a.t().view(6)
a.t().contiguous().view(6)
a.data_ptr() == a.t().data_ptr(), a.data_ptr() == a.clone().data_ptr()
a.numel(), torch.numel(a), a.nelement(), a.ndimension(), a.element_size()

# back from an expanded size
show(a.sum_to_size(2, 1))
show(a.sum_to_size((1, 3)))
show(a.expand(4, 2, 3).sum_to_size(torch.Size([2, 1])))
show(a.sum_to_size(3))
show(a.sum_to_size(size=[1]))
show(a.sum_to_size(()))
show(v.sum_to_size(1))
show((a * a).sum_to_size(a.shape))
torch.ones(2, 3, dtype=torch.int32).sum_to_size(3), torch.ones(0, 3).sum_to_size(1, 3)
a.sum_to_size(a.shape) is a
a.sum_to_size(2, 2)
a.sum_to_size(1, 1, 1)
a.sum_to_size(-1)
a.sum_to_size()
a.sum_to_size("a")
a.sum_to_size(2.0)
torch.sum_to_size(a, 1)
