"""NumPy arrays and numbers beside tensors."""

import numpy as np
import torch

x = torch.ones(2, requires_grad=True)
c = torch.tensor([1.0, 2.0])
np.float64(2) * x, x * np.float64(2), np.float32(2) * x, np.int64(2) * c, np.float64(2) + x
np.float64(2) - x, np.float64(2) / x, np.float64(2) ** x, x ** np.float64(2), x / np.int64(2), x - np.int32(1)
c * np.bool_(True)
np.int64(2) * torch.tensor([1, 2]), torch.tensor([1, 2]) * np.float64(1.5), torch.tensor([1, 2]) + np.int64(1)
np.float64(1.5) < c, c > np.float32(1.5), c == np.float64(1)
x * np.ones(2)
x + np.ones(2)
x * np.array(2.0)
np.ones(2) * x
np.ones(2) * c
np.ones(2) @ c
np.array(2.0) * x
c * np.ones(2)
c - np.ones(2)
c @ np.ones(2)
c == np.ones(2)
c.add_(np.ones(2))
c += np.ones(2)
np.exp(x)
np.exp(c)
np.add(c, c)
np.sqrt(c)
np.asarray(x)
np.array(x)
np.array(c), np.asarray(c).dtype, np.array(c, dtype=np.float64), np.array([c[0], c[1]])
np.array([x.detach()[0], 2.0])
np.where(c > 1, c, 0)
c.numpy(), c.sum().numpy(), torch.tensor([1, 2]).numpy(), torch.tensor(True).numpy()
n = c.numpy()
n[0] = 7
c
torch.tensor(np.ones(2)), torch.tensor(np.ones(2, np.float32)), torch.tensor(np.arange(2)), torch.tensor(np.array(1.5))
torch.tensor(np.float32(1.5)), torch.tensor(np.float64(1.5)), torch.tensor(np.int32(1)), torch.tensor(np.bool_(True))
torch.tensor([np.float64(1), np.float64(2)]), torch.tensor([np.float32(1)]), torch.tensor([np.int64(3)])
torch.tensor(np.ones(2), requires_grad=True), torch.tensor(np.ones(2), dtype=torch.float32)
torch.tensor(np.arange(6).reshape(2, 3).T), torch.tensor(np.arange(6)[::-2].copy())
torch.tensor(np.array(["a"]))
torch.tensor(np.array([None]))
torch.tensor(np.array([1.0], dtype=">f4"))
r = np.ones(2)
r.flags.writeable = False
t = torch.tensor(r)
t[0] = 5
t, r
t = torch.tensor(np.arange(6.0).reshape(2, 3).T, requires_grad=True)
(t[0] * t.view(3, 2).sum()).sum().backward()
t = torch.tensor(np.arange(6.0).reshape(2, 3).T)
t.reshape(6)
torch.exp(np.ones(2))
torch.ones(np.int64(2)), torch.arange(np.int64(3)), torch.zeros(2)[np.int64(1)], torch.arange(4)[np.array([0, 2])]
torch.arange(4)[np.array([True, False, True, False])]
np.float32(torch.tensor(2.5)), float(np.float64(torch.tensor(2.5)))
x.grad = None
(np.float64(3) * x).sum().backward()
x.grad
