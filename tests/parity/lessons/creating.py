"""Making tensors, and the dtypes that come out."""

import torch

torch.manual_seed(5)
torch.tensor([1, 2]), torch.tensor([1.0, 2.0]), torch.tensor([[1, 2], [3, 4]]), torch.tensor((1, 2))
torch.tensor([1, 2], dtype=torch.float32), torch.tensor([1.7, 2.2], dtype=torch.int64)
(
    torch.tensor([1.0, 2.0], dtype=torch.float64),
    torch.tensor([1, 2], dtype=float),
    torch.ones(2, dtype=int),
    torch.tensor([1, 0], dtype=torch.bool),
)
torch.tensor(range(3)), torch.tensor([range(2), range(2)])
torch.tensor([[1.0], [2.0]], requires_grad=True)
torch.tensor([torch.tensor(1.0), torch.tensor(2.0)])
torch.tensor([torch.tensor(1), torch.tensor(2)]), torch.tensor([[torch.tensor(1), 2]])
torch.tensor([torch.ones(1, dtype=torch.float64)[0]])
(
    torch.tensor([torch.ones(1), torch.ones(1, 1)]),
    torch.tensor([1, True]),
    torch.tensor([1.5, True]),
    torch.tensor([[True], [False]]),
)
torch.tensor([[], []]), torch.tensor([]).dtype, torch.tensor([[]]).shape
torch.tensor([float("nan"), float("inf"), -float("inf")])
torch.tensor(2**40), torch.tensor(-1), torch.tensor(1e40), torch.tensor(1e-50)
(
    torch.zeros(2),
    torch.zeros(2, 3),
    torch.zeros((2, 3)),
    torch.zeros([2]),
    torch.zeros(()),
    torch.zeros(0),
    torch.zeros(2, 0),
)
torch.ones(2, dtype=torch.int64), torch.ones(2, dtype=torch.bool), torch.ones(2, requires_grad=True), torch.ones(())
torch.zeros(2, dtype=torch.float16), torch.zeros(torch.Size([2, 1]))
(
    torch.rand(2),
    torch.randn(2),
    torch.randn(2, 2, requires_grad=True),
    torch.randn(2, dtype=torch.float64),
    torch.rand((2, 1)),
)
torch.randn(()), torch.randn(0), torch.randn(20).sum()
torch.arange(3), torch.arange(1, 4), torch.arange(1, 10, 3), torch.arange(5, 0, -2), torch.arange(0, 1, 0.25)
torch.arange(3.0), torch.arange(2.5), torch.arange(0, 1, 0.1), torch.arange(3, dtype=torch.float32), torch.arange(0)
torch.arange(3.0, requires_grad=True), torch.arange(1, 2, 0.3, dtype=torch.float64), torch.arange(-2, 2)
x = torch.ones(2, requires_grad=True)
torch.zeros_like(x), torch.ones_like(x), torch.ones_like(torch.tensor([1, 2])), torch.zeros_like(x, requires_grad=True)
torch.Tensor([1, 2]), torch.Tensor([[1.5]]), torch.Tensor(), torch.Tensor(2, 3).shape, torch.Tensor(3).shape
torch.Tensor(2.5)
torch.tensor(x)
torch.tensor(torch.ones(2, dtype=torch.int32))

# what two dtypes make together
i8, u8 = torch.tensor([1, 2], dtype=torch.int8), torch.tensor([1, 2], dtype=torch.uint8)
i, f, d = torch.tensor([1, 2]), torch.tensor([1.5, 2.5]), torch.tensor([0.5, 0.25], dtype=torch.float64)
b, h = torch.tensor([True, False]), torch.tensor([1.5, 2.5], dtype=torch.float16)
i + f, i + 1.5, i + 1, i * True, b + 1, b + 1.5, b + b, b * b, i + b, f + d, f + i, h + f, h + i, h * 2.5
i8 + u8, i8 + i, u8 + 1, u8 * 2.5
i / 2, i / i, b / 2, i / f, f / i, i8 / u8, 1 / i, 2.0 / i, i / d
i**2, i**2.0, i**0.5, 2**i, 2.0**i, i**f, f**i, b**2, i**i
-i, -f, +i, i - 1.5, 1 - i, 1.5 - i, 1 - f
(
    f + torch.tensor(1.0, dtype=torch.float64),
    i + torch.tensor(1.5),
    f * torch.tensor(2),
    i + torch.tensor(1.5, dtype=torch.float64),
)
(
    torch.tensor(1) + torch.tensor(1.5, dtype=torch.float64),
    torch.tensor(1.5) + d,
    torch.tensor(2) * i8,
    i8 + torch.tensor(300),
)
(
    i.sum(),
    b.sum(),
    i8.sum(),
    i8.sum().dtype,
    f.sum(),
    h.sum(),
    d.sum(),
    i.sum(dtype=torch.float32),
    b.sum(dtype=torch.float64),
)
i.exp(), b.exp(), i.tanh(), i.log(), i.relu(), i8.exp(), torch.exp(i), h.exp(), d.exp()
b.relu()
(
    i.float(),
    i.double(),
    f.double(),
    f.to(torch.int64),
    f.to(torch.float32) is f,
    b.float(),
    f.to(torch.bool),
    d.to(torch.float16),
)
i == f, i > 1, b == 1, i < 1.5, i != torch.tensor(1), f >= d
b & b, b | torch.tensor([False, False]), ~b, ~i, i & 1, i | i8
i @ i, i8 @ i8, torch.ones(2, 2, dtype=torch.int64) @ i, d @ d
f.mean(), f.mean(0), d.mean(), h.mean()

# gradients come back in the dtype of the leaf
f32, f64 = torch.ones(2, requires_grad=True), torch.ones(2, dtype=torch.float64, requires_grad=True)
(f32 * f64).sum().backward()
f32.grad, f64.grad
s64 = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
(f32 * s64 + s64).sum().backward()
f32.grad, s64.grad
h16 = torch.ones(2, dtype=torch.float16, requires_grad=True)
(h16 * f32).sum().backward()
h16.grad, f32.grad
(f32 * i).sum().backward()
f32.grad
(f32.double() ** 2).sum().backward()
f32.grad
f32.sum(dtype=torch.float64).backward()
f32.grad
