"""Tensors from everywhere: NumPy's memory, numbers, counts, grids, random streams."""

import numpy as np
import torch

# sharing memory with NumPy
array = np.arange(4.0)
t = torch.from_numpy(array)
array[0] = 100
t, t.dtype
t[1] = -1
array
t.add_(1)
array
torch.as_tensor(array)
torch.as_tensor(array, dtype=torch.float32)
torch.as_tensor(t) is t
torch.as_tensor([1, 2.5])
torch.asarray(array).dtype
u = torch.tensor(array)
array[3] = 0
u
torch.from_numpy(array[::2])
torch.from_numpy(array[::-1])
torch.tensor(array[::-1])
torch.from_numpy(array[::-1].copy())
torch.from_numpy([1, 2])
torch.from_numpy(np.array(["a"]))
torch.from_numpy(np.float32(1))
fixed = np.ones(2)
fixed.flags.writeable = False
torch.from_numpy(fixed)
torch.tensor(fixed)

# filled
torch.zeros(2, 3), torch.zeros((2, 3)), torch.zeros(size=(2,)), torch.zeros(torch.Size([1, 2]))
torch.ones(2, dtype=torch.int64), torch.ones(2, requires_grad=True), torch.ones(2, device="cpu")
torch.empty(2, 0), torch.empty(3, 2).shape, torch.empty(2, dtype=torch.bool).dtype
torch.full((2, 2), 7), torch.full((2,), 0.5), torch.full((1,), True), torch.full((2,), 3, dtype=torch.float32)
x = torch.tensor([[1.0, 2.0]], requires_grad=True)
torch.zeros_like(x), torch.ones_like(x, dtype=torch.int32), torch.full_like(x, 5), torch.empty_like(x).shape
torch.ones_like(x, requires_grad=True)
x.new_zeros(3), x.new_ones((2, 2)), x.new_full((2,), 3), x.new_tensor([1, 2]), x.new_zeros(1, dtype=torch.int64)
torch.eye(3), torch.eye(2, 3), torch.eye(2, dtype=torch.int64)
torch.scalar_tensor(3), torch.FloatTensor([1, 2]), torch.LongTensor([1, 2]), torch.BoolTensor([True, False])
torch.full(2, 3)
torch.full((2,), "a")
torch.zeros(2.5)
torch.zeros(-1)
torch.zeros_like([1])
torch.eye(-1)
torch.zeros(2, dtype=torch.int64, requires_grad=True)

# counted
torch.arange(5), torch.arange(1, 4), torch.arange(0, 1, 0.25), torch.arange(5.0), torch.arange(3, 0, -1)
torch.arange(start=2, end=8, step=3), torch.arange(3, dtype=torch.float64), torch.arange(torch.tensor(3))
torch.arange(3.0, requires_grad=True), torch.arange(0, 5, 2)
torch.linspace(0, 1, 5), torch.linspace(-3, 3, 7), torch.linspace(0, 1, 1), torch.linspace(0, 10, 5, dtype=torch.int64)
torch.linspace(0.1, 2.7, 9), torch.linspace(0, 1, 4, dtype=torch.float64), torch.linspace(0, 1, steps=3)
torch.logspace(0, 3, 4), torch.logspace(0, 4, 5, base=2)
torch.arange(5, 1)
torch.arange("a")
torch.linspace(0, 1, -2)

# random streams
torch.manual_seed(42)
torch.rand(3), torch.randn(2, 2), torch.randint(10, (4,)), torch.randint(2, 5, (2, 3)), torch.randperm(6)
torch.randint(high=3, size=(2,)), torch.randint(0, 2, (3,), dtype=torch.float32)
torch.rand_like(x), torch.randn_like(x), torch.randint_like(x, 5), torch.randint_like(x, 2, 5)
torch.normal(0.0, 1.0, (3,)), torch.normal(2, 0.5, size=(2, 2)), torch.normal(torch.zeros(3), torch.tensor([1.0, 2, 3]))
torch.normal(torch.arange(3.0)), torch.normal(torch.arange(3.0), 0.1), torch.normal(5.0, torch.ones(20)).mean()
torch.normal(1.5, 0.3, (4, 5))
torch.bernoulli(torch.tensor([0.1, 0.5, 0.9])), torch.bernoulli(torch.full((5,), 0.5)), torch.bernoulli(torch.ones(4), 0.3)
torch.multinomial(torch.tensor([1.0, 2, 3]), 2), torch.multinomial(torch.tensor([1.0, 2, 3]), 10, replacement=True)
torch.multinomial(torch.tensor([[0.0, 1.0], [1.0, 0.0]]), 3, True), torch.ones(4).multinomial(4)
w = torch.empty(2, 3)
w.uniform_(-1, 1), w.normal_(), w.normal_(10, 0.1), w.bernoulli_(0.4), w.random_(10), w.exponential_()
w._version
torch.empty(4, 5).uniform_(0.1, 3), torch.empty(20).normal_(1, 2)
generator = torch.Generator().manual_seed(3)
torch.rand(2, generator=generator), torch.randn(3, generator=generator), torch.randint(9, (3,), generator=generator)
torch.randperm(4, generator=generator), torch.empty(2).normal_(generator=generator)
torch.multinomial(torch.ones(3), 4, replacement=True, generator=generator)
state = torch.get_rng_state()
before = torch.rand(3)
torch.set_rng_state(state)
torch.equal(before, torch.rand(3)), state.dtype, state.shape
torch.manual_seed(7).initial_seed(), torch.initial_seed()
with torch.no_grad():
    x.uniform_(0, 1)
x
x.normal_()
torch.randint(5, 3, (2,))
torch.normal(0.0, -1.0, (2,))
torch.multinomial(torch.tensor([1.0, 2.0]), 3)
torch.multinomial(torch.tensor([1, 2]), 1)
torch.multinomial(torch.tensor([-1.0, 2.0]), 1)
torch.bernoulli(torch.tensor([1, 0]))

# where a tensor is
device = torch.device("cpu")
device, str(device), device.type, device.index, device == torch.device("cpu"), torch.device("cuda", 1), torch.device("cuda:0")
torch.zeros(2, device=device), torch.tensor([1.0], device="cpu"), torch.randn(1, device=device).device
x.device, x.to(device) is x, x.cpu() is x, x.is_cuda
torch.zeros(2, device="cuda")
torch.rand(2, device="gpu")
torch.device("gpu")
x.to("cuda")

# which dtype Python's floats become
torch.get_default_dtype()
torch.set_default_dtype(torch.float64)
torch.tensor([1.5]), torch.zeros(2), torch.tensor([1, 2]) / 2, torch.rand(2).dtype, torch.tensor([1.0], dtype=torch.float32)
torch.set_default_dtype(torch.float32)
torch.tensor([1.5]).dtype
torch.set_default_dtype(torch.int64)
torch.is_tensor(x), torch.is_tensor([1])
torch.tensor(x)
torch.tensor([x[0, 0], 2.0])
torch.tensor([[1, 2], [3]])
torch.tensor(None)
