"""Elements chosen by index, sorted and scattered, with gradients back to where they came from."""

import torch

torch.manual_seed(2)
x = torch.randn(3, 4, requires_grad=True)
y = torch.randn(3, 2, requires_grad=True)
i = torch.tensor([[0, 1], [3, 3], [2, 0]])


def show(t):
    print(t, t.shape, t.grad_fn.next_functions)
    x.grad = y.grad = None
    (t * t).sum().backward()
    print(x.grad, y.grad)


# what cross entropy does: the logit of the right class of each row
labels = torch.tensor([2, 0, 3])
show(x.gather(1, labels.unsqueeze(1)))
show(x[torch.arange(3), labels])
show(torch.gather(x, 1, i))
show(torch.gather(x, 0, i))
show(x.index_select(0, torch.tensor([0, 2])))
show(x.index_select(1, torch.tensor([1, 1, 1])))
show(x.take_along_dim(x.argsort(dim=1), 1))
show(torch.take_along_dim(x, torch.tensor([0, 5])))
show(torch.take(x, torch.tensor([[0, -1], [5, 5]])))
show(torch.masked_select(x, x > 0))
x.gather(1, i + 1)
x.gather(1, i.float())
x.gather(1, labels)
torch.gather(x, 1, [0])
x.index_select(0, torch.tensor([5]))
x.index_select(1, torch.tensor([5]))
x.index_select(0, [0])

# one-hot rows
torch.zeros(3, 4).scatter_(1, labels.unsqueeze(1), 1)
torch.zeros(3, 4).scatter(1, labels.unsqueeze(1), 2.5)
show(x.scatter(1, i, y))
show(x.scatter(1, i, -1.0))
show(x.scatter_add(1, i, y))
show(torch.zeros(3, 4).scatter_add_(1, i, y))
show(x.index_add(1, torch.tensor([0, 0]), y))
show(x.index_add(1, torch.tensor([0, 3]), y, alpha=-1))
show(x.index_copy(1, torch.tensor([3, 0]), y))
show(x.index_fill(1, torch.tensor([3, 0]), 7.0))
w = torch.zeros(5)
w.index_add_(0, torch.tensor([1, 1, 4]), torch.tensor([1.0, 2.0, 3.0]))
w._version
x.scatter_(1, i, 1.0)
x.scatter_add(1, i, 1.0)
x.scatter(1, i, torch.ones(3, 2, dtype=torch.float64))
x.scatter_add(1, i, torch.ones(1, 2))

# order
x.sort()
x.sort(dim=0, descending=True)
values, order = torch.sort(x)
show(values)
s = x.sort(descending=True)
s.values, s.indices
show(s[0])
show(x.sort(stable=True).values)
show(torch.msort(x))
x.argsort(), torch.argsort(x, dim=0, descending=True)
x.topk(2)
top, where = x.topk(2, dim=0)
show(top)
show(x.topk(1, largest=False).values)
torch.topk(torch.tensor([1, 5, 3]), 2)
torch.tensor([3, 1, 2]).sort()
torch.tensor([2.0, float("nan"), 1.0]).sort()
torch.tensor([1, 0, 1, 0]).argsort(stable=True)
torch.tensor(5.0).sort()
torch.arange(6).reshape(2, 3).flip(1).sort(0)
x.topk(9)
x.sort(2)

# the same graph twice
z = x.gather(1, i).sum()
z.backward()
z.backward()
z = x.sort().values.sum()
z.backward(retain_graph=True)
z.backward()
z = x.index_add(1, torch.tensor([0, 0]), y).sum()
z.backward()
z.backward()

# a gradient of a gradient
g = torch.autograd.grad((x.gather(1, i) ** 3).sum(), x, create_graph=True)[0]
g.detach()
torch.autograd.grad((g * g).sum(), x)[0]
g = torch.autograd.grad((x.sort(0).values ** 3)[0].sum(), x, create_graph=True)[0]
torch.autograd.grad(g.sum(), x)[0] + 0

# where and how many
t = torch.tensor([[3, 0, 1], [0, 3, 3]])
t.nonzero()
t.nonzero(as_tuple=True)
torch.nonzero(x.detach() > 0)
t.unique()
torch.unique(t, return_counts=True)
torch.unique(t, return_inverse=True)
torch.unique(torch.tensor([[1, 2], [1, 2], [0, 1]]), dim=0)
torch.bincount(t.flatten())
torch.bincount(torch.tensor([0, 1, 1]), minlength=5)
torch.bincount(torch.tensor([0, 1, 1]), weights=torch.tensor([0.5, 1.0, 2.0]))
torch.tril_indices(3, 3)
