"""What tensors, scalars and shapes print and convert to."""

import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
x[0].item(), f"{x[0]:.2f}", f"{x}", str(x[0]), x.tolist(), repr(x)
f"{x.sum():>10.3f}|{x[0].detach():e}"
f"{x:.2f}"
"{}".format(x * 2)
"%.3f" % x[0]
print(x, x.sum(), x.sum().item(), x.shape)
torch.tensor(3), torch.tensor(2.5), torch.tensor(True), torch.tensor([]), torch.tensor([[]])
torch.tensor(3).item(), torch.tensor(2.5).item(), torch.tensor(True).item(), torch.tensor([[7]]).item()
torch.tensor(0.1).item(), torch.tensor(0.1, dtype=torch.float64).item()
torch.tensor([1, 2.5]), torch.tensor([True, 2]), torch.tensor([True, False])
torch.tensor(1e-5), torch.tensor([1e-5, 1]), torch.tensor([1e10, 1]), torch.tensor([1.0, 2.0]), torch.tensor(-0.0)
torch.tensor(5.0, requires_grad=True), torch.tensor(5.0, requires_grad=True) * 2
x.double(), x.double() * 2
(
    int(torch.tensor(3.7)),
    float(torch.tensor(3)),
    bool(torch.tensor(0)),
    bool(torch.tensor([2.0])),
    int(torch.tensor([[5]])),
)
[10, 20, 30][torch.tensor(1)], list(range(torch.tensor(3)))
bool(torch.tensor([]))
bool(torch.tensor([1, 2]))
torch.tensor([]).item()
range(torch.tensor(1.5))
x.shape, x.size(), x.size(0), x.size(-1), x.dim(), x.ndim, x.numel(), x.dtype, len(x)
x.size(1)
s = torch.ones(2, 3).shape
s, s[0], s[-1], s[1:], s.numel(), list(s), tuple(s), s == (2, 3), len(s), str(s)
s + (4,), s * 2, s[:1] + s
torch.Size([2, 3]), torch.Size([]), torch.Size([2, 3])[0], torch.Size((4,)).numel()
a, b = torch.ones(2, 3).shape
a * b
torch.float32, torch.float, torch.double, torch.long, torch.int, torch.bool, torch.uint8, torch.float16
torch.float32.is_floating_point, torch.int64.is_floating_point, torch.float64.itemsize
torch.float32 == torch.float, x.dtype is torch.float32
x == x, x == 1, (x == 1).sum(), (x > 1).sum().item(), (x > 1).float().mean()
x.sum() > 5, bool(x.sum() > 5), x.sum() == 6
if x.sum() > 5:
    print("large")
hash(x) == hash(x), x in {x: 1}
x.grad, x.grad_fn, x.is_leaf, x._version
x.T.shape, torch.ones(2, 3).T.shape
max(torch.tensor(1.0), torch.tensor(2.0)), sum([torch.tensor(1.0), torch.tensor(2.0)])
sorted([torch.tensor(3), torch.tensor(1)])
round(torch.tensor(2.567).item(), 2)
isinstance(x, torch.Tensor), type(x).__name__
torch.manual_seed(0)
torch.manual_seed(7).initial_seed()
