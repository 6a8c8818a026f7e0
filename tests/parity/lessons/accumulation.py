"""Gradients add up: training loops, right and wrong."""

import torch

w = torch.ones(4, requires_grad=True)
for epoch in range(3):
    (w * 3).sum().backward()
    print(w.grad)
g = w.grad
(w * 3).sum().backward()
g is w.grad, g
w.grad.zero_()
g, w.grad
w.grad = None
(w * 2).sum().backward()
g, w.grad
w.grad._version, w.grad.requires_grad, w.grad.grad_fn

# a second pass through one graph
w.grad = None
l = (w * w).sum()
l.backward(retain_graph=True)
l.backward(retain_graph=True)
w.grad
l.backward()
w.grad
l.backward()

# each loop its own mistake
w = torch.ones(1, requires_grad=True)
for i in range(3):
    loss = (w * 2).sum()
    loss.backward()
    w = w - 0.1 * w.grad
w = torch.ones(1, requires_grad=True)
for i in range(3):
    loss = (w * 2).sum()
    loss.backward()
    w -= 0.1 * w.grad
w = torch.ones(1, requires_grad=True)
for i in range(3):
    loss = (w * w).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    print(w, w.grad)
w = torch.ones(1, requires_grad=True)
loss = (w * w).sum()
for i in range(3):
    loss.backward()
w = torch.ones(1, requires_grad=True)
total = 0
for i in range(3):
    total = total + (w * w).sum() * i
    print(total)
total.backward()
w.grad
w.grad.zero_(), w.grad
w.grad.fill_(3)

# a whole training run
torch.manual_seed(4)
X = torch.randn(8, 2)
target = X @ torch.tensor([2.0, -3.0]) + 0.5
weights = torch.zeros(2, requires_grad=True)
bias = torch.zeros(1, requires_grad=True)
for epoch in range(20):
    prediction = X @ weights + bias
    loss = ((prediction - target) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        weights -= 0.1 * weights.grad
        bias -= 0.1 * bias.grad
    weights.grad.zero_()
    bias.grad.zero_()
    if epoch % 5 == 0:
        print(f"epoch {epoch}: loss {loss.item():.4f} {loss:.3f}")
weights, bias

# (n, 1) against (n,)
prediction = X @ torch.ones(2, 1)
prediction.shape, (prediction - target).shape, ((prediction - target) ** 2).mean()
((prediction.squeeze() - target) ** 2).mean()

# the two of a sum do not share one gradient
a = torch.ones(2, requires_grad=True)
b = torch.ones(2, requires_grad=True)
(a + b).sum().backward()
a.grad is b.grad
a.grad.mul_(5)
a.grad, b.grad
v = torch.ones(2)
(a + 0).backward(v)
v.mul_(100)
a.grad

# optimizers
opt = torch.optim.SGD([a, b], lr=0.1)
opt.zero_grad()
a.grad, b.grad
opt.step()
a, b
((a - 3) ** 2).sum().backward()
opt.step()
a, b, a.grad, b.grad, a._version
opt.zero_grad(set_to_none=False)
a.grad, b.grad
for i in range(5):
    opt.zero_grad()
    loss = ((a - 3) ** 2 + (b + 1) ** 2).sum()
    loss.backward()
    opt.step()
    print(loss, a, b)
opt = torch.optim.SGD([a])
opt.step()
torch.optim.SGD([], lr=0.1)
torch.optim.SGD([a * 2], lr=0.1)
torch.optim.SGD(a, lr=0.1)
torch.optim.SGD([a], lr=-1)
torch.optim.SGD([1], lr=0.1)
torch.optim.SGD((t for t in (a, b)), lr=0.1).zero_grad()
n = torch.ones(2)
torch.optim.SGD([n], lr=0.1).step()
n
opt = torch.optim.SGD([a, a], lr=0.1)
