"""The errors learners meet."""

import torch

torch.manual_seed(0)
x = torch.randn(3, requires_grad=True)
y = x + 2

# backward
y.backward()
z = (y * y * 3).mean()
z.backward()
z.backward()
x.grad
y.backward(torch.ones(2))
y.backward(torch.ones(3, 1))
y.backward([1.0, 2.0, 3.0])
y.backward(1.0)
y.backward(torch.ones(3, dtype=torch.float64))
torch.ones(3).sum().backward()
torch.ones(3).backward()
torch.ones(3).sum().backward(torch.ones(2))
torch.ones(2, requires_grad=True).backward()
torch.tensor(1.0, requires_grad=True).backward(torch.tensor(2.0))
(x * 2).sum().backward(inputs=[])
(x * 2).sum().backward(torch.tensor([1.0]))
s = (x * 2).sum()
s.backward(retain_graph=True)
s.backward()
s.backward()

# what may require a gradient
torch.tensor([1, 2], requires_grad=True)
torch.tensor([True], requires_grad=True)
torch.ones(2, dtype=torch.int64, requires_grad=True)
torch.arange(3, requires_grad=True)
torch.tensor([1, 2]).requires_grad_()
n = torch.tensor([1, 2])
n.requires_grad = True
(x * 2).requires_grad_(False)
(x * 2).requires_grad_(True).requires_grad
y2 = x * 2
y2.requires_grad = False
y2.requires_grad = True

# leaves and in-place operations
w = torch.ones(2, requires_grad=True)
w += 1
w -= 0.1 * w
w[0] = 1
w[0].mul_(2)
w.zero_()
w.exp_()
w.view(2, 1).add_(1)
w.fill_(3.0)
w.copy_(torch.zeros(2))
w
w._version

# saved tensors that changed
e = w.exp()
e += 1
e.sum().backward()
e = w * 2
f = e * e
e.mul_(3)
f.sum().backward()
e = w * 2
f = e * e
e.detach().zero_()
f.sum().backward()
e = w * 2
f = e * e
e[0] = 1
f.sum().backward()
e = w * 2
f = e * e
e[0] = 1
e[1] = 2
f.grad_fn(torch.ones(2))
f = w.tanh()
with torch.no_grad():
    f.add_(1)
f.sum().backward()
u = torch.ones(2)
f = w * u
u += 1
f.sum().backward()

# leaving the graph
x.numpy()
x.item()
float(x)
int(x)
bool(x)
if x:
    pass
float(torch.ones(1, requires_grad=True))
x.tolist()

# shapes
torch.ones(3) + torch.ones(2)
torch.ones(2, 3) * torch.ones(2)
torch.ones(2, 3) - torch.ones(3, 2)
torch.ones(2, 3) / torch.ones(2, 2)
torch.ones(2, 3) > torch.ones(2)
torch.ones(2, 3, 4) + torch.ones(3, 3, 4)
torch.ones(3, 2) @ torch.ones(3, 2)
torch.ones(3) @ torch.ones(2)
torch.ones(2, 3) @ torch.ones(2)
torch.ones(2) @ torch.ones(3, 2)
torch.ones(2, 3, 4) @ torch.ones(3, 4, 5)
torch.ones(2, 3, 4) @ torch.ones(2, 3, 5)
torch.ones(2, 3, 4) @ torch.ones(3)
torch.tensor(2.0) @ torch.ones(2)
torch.ones(2) @ torch.ones(2, dtype=torch.float64)
torch.ones(2) @ torch.ones(2, dtype=torch.int64)
torch.ones(2, 2) @ torch.ones(2, 2, dtype=torch.float64)
torch.ones(2, 2) @ torch.ones(2, dtype=torch.float64)
torch.ones(2) @ 2
x.reshape(2, 2)
x.reshape(-1, -1)
x.reshape(-1, 2)
x.reshape(-2, 3)
torch.ones(0).reshape(0, -1)
x.view(2, 2)
torch.ones(2, 3).t().view(6)
x.expand(2, 2)
x.expand(2)
x.expand(-1, 3)
torch.ones(2, 1).expand(3)
x.sum(3)
x.sum(-2)
x.mean(1)
torch.ones(2, 2).sum((0, 0))
x.reshape("a")
x.transpose(0, 1)
torch.ones(2, 2, 2).t()
torch.ones(2, 3).permute(0)
torch.ones(2, 3).permute(0, 0)
torch.ones(2, 3).unsqueeze(4)
torch.ones(2, 3).squeeze(4)

# indexing
x[5]
x[-4]
x[1, 1]
x[[0, 5]]
x[1.5]
x[::-1]
x[torch.tensor([1.0])]
torch.ones(2)[[True, False, True]]
torch.ones(2, 3)[torch.ones(3, dtype=torch.bool)]
torch.ones(2, 3)[torch.ones(2, 2, dtype=torch.bool)]
torch.ones(2, 3)[[0, 1], [0, 1, 2]]
torch.ones(2, 3)[0, 0, 0]
torch.ones(2, 3)[0, -4]
torch.ones(2, 3)[::0]
torch.ones(2, 3)[{}]
torch.tensor(1.0)[:]
torch.tensor(1.0)[0]
len(torch.tensor(1.0))
list(torch.tensor(1.0))
w[0, 0]

# operands
x + "a"
"a" + x
x + None
x * [1, 2, 3]
x ** "a"
x += "a"
x.foo
torch.exp(2.0)
torch.sum([1.0, 2.0])
torch.matmul(torch.ones(2), 2)
x.add_(None)
x.add("a")
-torch.tensor([True])
torch.tensor([True]) - torch.tensor([True])
torch.tensor([2]) ** -1

# creating
torch.tensor("a")
torch.tensor([[1, 2], [3]])
torch.tensor([[1, 2], 3])
torch.tensor([1, [2]])
torch.tensor([1, "a"])
torch.tensor([1.5, [2]])
torch.tensor([[[1]], [2]])
torch.tensor([[1, 2], [3, [4]]])
torch.tensor([torch.ones(2), torch.ones(2)])
torch.tensor([300], dtype=torch.int8)
torch.tensor(float("nan"), dtype=torch.int64)
torch.tensor([1.0], dtype="float32")
torch.ones(2, dtype=3)
torch.tensor(None)
torch.tensor({1: 2})
torch.tensor(2**63)
torch.randn(-1)
torch.randn("a")
torch.ones(2.5)
torch.zeros(2, -3)
torch.arange(3, 0)
torch.arange(0, 3, 0)
torch.manual_seed("a")
torch.tensor([1, 2]).mean()
torch.tensor([True]).mean()

# grad
x.grad = 3
x.grad = torch.ones(2)
x.grad = torch.ones(3).double()
x.grad = torch.tensor([1, 2, 3])
x.grad = None
x.grad.zero_()
x.grad is None
x.data = 3
del x.grad
x.grad
