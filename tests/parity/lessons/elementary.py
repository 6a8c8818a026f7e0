"""Functions of each element, and where their slopes are 0, infinite or shared."""

import torch

x = torch.tensor([-1.5, -0.5, 0.0, 0.5, 1.5], requires_grad=True)
for f in (torch.sin, torch.cos, torch.tan, torch.sinh, torch.cosh, torch.sigmoid, torch.erf, torch.abs, torch.exp2):
    y = f(x)
    (g,) = torch.autograd.grad(y.sum(), x)
    print(f.__name__, y, g)

p = torch.tensor([0.25, 1.0, 4.0], requires_grad=True)
for f in (torch.sqrt, torch.rsqrt, torch.log2, torch.log10, torch.log1p, torch.square, torch.reciprocal, torch.atan):
    y = f(p)
    y.sum().backward()
    print(y, p.grad)
    p.grad.zero_()

# A root has an infinite slope at 0, and the chain rule makes nan of 0 times infinity.
z = torch.tensor(0.0, requires_grad=True)
torch.sqrt(z).backward()
print(z.grad)
z.grad = None
(torch.sqrt(z) * 0).backward()
print(z.grad)
z.grad = None
torch.where(z > 0, torch.sqrt(z), torch.zeros(())).backward()
print(z.grad)

# The sigmoid's slope vanishes far from 0.
s = torch.tensor([-20.0, -2.0, 0.0, 2.0, 20.0], requires_grad=True)
torch.sigmoid(s).sum().backward()
print(s.grad)
print(s.sigmoid().grad_fn)
print(s.sigmoid().grad_fn.next_functions[0][0].variable is s)

# Clamped, rounded, chosen.
c = torch.tensor([-2.0, -1.0, 0.0, 1.0, 2.0], requires_grad=True)
y = c.clamp(-1, 1)
print(y)
y.sum().backward()
print(c.grad)
print(c.clamp(min=0.0))
print(torch.clamp(c, max=torch.tensor(0.5)))
print(c.clamp())
c.grad = None
c.round().sum().backward()
print(c.grad)
print(torch.floor(c), torch.ceil(c * 0.3), torch.trunc(c * 0.7), torch.sign(c))
a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
b = torch.tensor([3.0, 2.0, 1.0], requires_grad=True)
torch.maximum(a, b).sum().backward()
print(a.grad, b.grad)
print(torch.minimum(a, b))
print(torch.maximum(a, 2.0))
print(torch.where(a > b, a, b))
print(torch.where(a > b, a, 0.0))
print(torch.where(a, a, b))
print(torch.where(a > 1))
print(a.masked_fill(a > 1.5, float("-inf")))
print(a.masked_fill(b, 0.0))
mask = torch.tensor([[True, False, False], [True, True, False]])
scores = torch.zeros(2, 3).masked_fill(~mask, float("-inf"))
print(scores)
print(torch.exp(scores))

# Two tensors.
print(torch.atan2(a, b))
print(torch.lerp(a, b, 0.25))
print(torch.lerp(a, b.double(), 0.25))
print(a % 2, a.remainder(b), a.fmod(b), 7 % torch.tensor([2, 3, 4]))
print(torch.tensor([-7, 7]) // 2, torch.tensor([-7, 7]).div(2, rounding_mode="trunc"), torch.tensor([-7.5]) // 2)
print(a // 2)
(a // 2).sum().backward()
print(torch.tensor([1, 2]) % 0)
print(torch.add(a, b, alpha=2))
print(torch.sub(1, a), torch.mul(2, a), torch.add(1, a))
print(torch.pow(2, a), torch.pow(a, 2), a.pow(b))
print(torch.float_power(a, 2))
print(abs(torch.tensor([-1, 2])))
print(torch.sin(3.0))
print(torch.sqrt(torch.tensor([4, 9])))
print(torch.tensor([4, 9]).sqrt_())
print(torch.tensor([4.0, 9.0]).sqrt_())
w = torch.tensor([1.0, -2.0], requires_grad=True)
print(w.abs_())
v = w * 1
print(v.abs_())
print(v.clamp_(max=1.5))
v.sum().backward()
print(w.grad)

# The second derivative of each of them.
t = torch.tensor(0.7, requires_grad=True)
for f in (torch.sin, torch.tanh, torch.sigmoid, torch.sqrt, torch.erf, torch.atan, torch.log1p):
    (first,) = torch.autograd.grad(f(t), t, create_graph=True)
    (second,) = torch.autograd.grad(first, t)
    print(f.__name__, first.item(), second)
