"""torch.set_printoptions: digits, width, how much of a long tensor, scientific notation."""

import torch

x = torch.tensor([[3.14159265, 100.0], [0.001, -2.5]])
long = torch.arange(2000)
torch.set_printoptions(precision=2)
x, x / 3, torch.tensor(2.0)
torch.set_printoptions(precision=10)
x / 3
torch.set_printoptions(precision=0)
x, x.sum()
torch.set_printoptions(profile="default")
x, long
torch.set_printoptions(threshold=5)
torch.arange(10), torch.ones(3, 3), torch.arange(5)
torch.set_printoptions(edgeitems=1)
torch.arange(10), x, torch.ones(4, 4, 4)
torch.set_printoptions(edgeitems=0)
torch.arange(10), x
torch.set_printoptions(profile="short")
x, long
torch.set_printoptions(profile="full")
torch.arange(1200)[-3:], len(str(long))
torch.set_printoptions(profile="default", linewidth=40)
torch.linspace(0, 1, 12) if hasattr(torch, "linspace") else torch.arange(12) / 11
torch.set_printoptions(linewidth=200)
torch.arange(30.0) / 7
torch.set_printoptions(profile="default", sci_mode=True)
x, torch.arange(3.0)
torch.set_printoptions(sci_mode=False)
x * 1e-6, torch.tensor([1e10, 1.0])
torch.set_printoptions(sci_mode=None)
x * 1e-6
torch.set_printoptions(profile="default")
x, (x * x).requires_grad_()
torch.set_printoptions(digits=3)
