"""Activation functions, softmax, dropout: values, gradients, nodes, options and errors."""

import torch

nn = torch.nn
F = torch.nn.functional

x = torch.tensor([-3.0, -1.0, -0.2, 0.0, 0.3, 1.0, 4.0], dtype=torch.float64, requires_grad=True)


def show(y):
    """Print the result, and its first and second derivatives."""
    print(y)
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    print(first.detach())
    if first.requires_grad:
        print(torch.autograd.grad((first * first).sum(), x, allow_unused=True)[0])


show(F.relu(x))
show(F.leaky_relu(x))
show(F.leaky_relu(x, 0.2))
show(F.elu(x))
show(F.elu(x, alpha=0.5))
show(F.selu(x))
show(F.gelu(x))
show(F.gelu(x, approximate="tanh"))
show(F.silu(x))
show(F.softplus(x))
show(F.softplus(x, beta=2, threshold=3))
show(F.hardtanh(x))
show(F.relu6(x * 2))
show(F.logsigmoid(x))
show(F.softsign(x + 0.1))
show(torch.sigmoid(x))
show(torch.tanh(x))
show(F.softmax(x, dim=0))
show(F.log_softmax(x, dim=0))
show(x.softmax(0))
show(x.log_softmax(-1))
for module in (nn.ReLU(), nn.LeakyReLU(), nn.ELU(), nn.GELU(), nn.SiLU(), nn.Softplus(), nn.Sigmoid(), nn.Tanh()):
    print(module(x))

m = torch.tensor([[1.0, 2.0, 3.0], [1.0, 5.0, -1.0]])
torch.softmax(m, dim=0)
torch.softmax(m, dim=1)
m.softmax(dim=-1).sum(dim=-1)
F.softmax(m)
nn.Softmax()(m)
torch.softmax(m, 2)
torch.softmax(torch.tensor([1, 2]), 0)
torch.softmax(torch.tensor([1, 2]), 0, dtype=torch.float64)
F.softmax(torch.tensor(2.0), 0)
F.relu(3)
F.gelu(torch.tensor([1]))
F.gelu(m, approximate="cube")
F.elu(torch.tensor([1]))
h = x * 1
F.relu(h, inplace=True)
h
nn.ReLU(inplace=True)(x)
F.relu(torch.tensor([float("nan"), -float("inf"), float("inf")]))
torch.softmax(torch.tensor([float("inf"), 1.0]), 0)

torch.manual_seed(0)
F.dropout(torch.ones(2, 8), 0.5)
F.dropout(torch.ones(8), 0.2)
F.dropout(torch.ones(5, dtype=torch.float64), 0.75)
F.dropout(torch.ones(8), 1.0)
F.dropout(torch.ones(8), 0.0)
F.dropout(torch.ones(8), training=False)
F.dropout(x, 0.5)
F.dropout(x, 1.5)
drop = nn.Dropout(0.3)
drop(torch.ones(10))
drop.eval()
drop(torch.ones(10))
nn.Dropout(-1)
