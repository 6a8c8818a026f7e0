"""torch.autograd.grad and torch.autograd.backward, graphs kept and freed."""

import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
w = torch.tensor([4.0, 5.0, 6.0], requires_grad=True)
y = x * w
z = y.sum()
torch.autograd.grad(z, x, retain_graph=True)
torch.autograd.grad(z, [x, w], retain_graph=True)
torch.autograd.grad(z, (w, x, x), retain_graph=True)
torch.autograd.grad(z, y, retain_graph=True)
torch.autograd.grad(z, [y, x], retain_graph=True)
torch.autograd.grad(z, z, retain_graph=True)
x.grad, w.grad
torch.autograd.grad(y, x, torch.tensor([1.0, 0.0, 2.0]), retain_graph=True)
torch.autograd.grad([z, y], [x], [None, torch.ones(3)], retain_graph=True)
torch.autograd.grad([z, z], [x], retain_graph=True)
torch.autograd.grad(outputs=z, inputs=x, grad_outputs=torch.tensor(2.0), retain_graph=True)
torch.autograd.grad(z, x)
torch.autograd.grad(z, x)
torch.autograd.grad(y, x)
torch.autograd.grad((x * 2).sum(), w)
torch.autograd.grad((x * 2).sum(), w, allow_unused=True)
torch.autograd.grad((x * 2).sum(), [x, w], allow_unused=True)
torch.autograd.grad((x * 2).sum(), torch.ones(2))
torch.autograd.grad(torch.ones(2).sum(), x)
torch.autograd.grad((x * 2).sum(), x, torch.ones(2))
torch.autograd.grad((x * 2).sum(), 3)
torch.autograd.grad(3, x)
torch.autograd.grad([x * 2, x * 3], x, torch.ones(3))
torch.autograd.backward(z)
torch.autograd.backward((x * w).sum())
x.grad, w.grad
torch.autograd.backward([x.sum(), (x * 2).sum()])
x.grad
torch.autograd.backward([x * 2, x * 3], [torch.ones(3), torch.ones(3)])
x.grad
torch.autograd.backward([x * 2, x * 3], torch.ones(3))
torch.autograd.backward([x * 2, x * 3])
torch.autograd.backward(x * 2, grad_tensors=torch.ones(3))
(x * w).sum().backward(inputs=[x])
x.grad, w.grad
(x * w).sum().backward(inputs=w)
x.grad, w.grad
(x * w).sum().backward(gradient=torch.tensor(3.0))
x.grad
y.grad

# integer and other cotangents
(x * 2).backward(torch.ones(3, dtype=torch.int64))
(x * 2).backward(torch.ones(3, dtype=torch.float64))
x.grad
(x * 2).backward(torch.ones(3, requires_grad=True))
x.grad
(x * 2).sum().backward(None)
(x * 2)[0].backward(torch.tensor([1.0]))

# what a second pass needs
x.grad = None
t = (x + 2).sum()
t.backward()
t.backward()
x.grad
t = x.reshape(3, 1).t()[0].sum()
t.backward()
t.backward()
x.grad
t = (x * 1).mean()
t.backward()
t.backward()
t = (x / 2).sum()
t.backward()
t.backward()
t = (x + 1).exp().sum()
t.backward()
t.backward()
t = x[[0, 0]].sum()
t.backward()
t.backward()
t = x[x > 1].sum()
t.backward()
t.backward()
t = x[0]
t.backward()
t.backward()
t = (2 - x).sum()
t.backward()
t.backward()
t = (-x).sum()
t.backward()
t.backward()
t = x.relu().sum()
t.backward()
t.backward()
t = (x**2).sum()
t.backward()
t.backward()
t = (x**1).sum()
t.backward()
t.backward()
t = (2**x).sum()
t.backward()
t.backward()
t = (2 / x).sum()
t.backward()
t.backward()
t = (x @ x.detach()).sum()
t.backward()
t.backward()
t = x.expand(2, 3).sum(0).mean(0)
t.backward()
t.backward()
t = x.clone().double().sum()
t.backward()
t.backward()
x.grad

# a part of the graph freed
a = x * x
b = a * 2
c = a * 3
b.sum().backward()
c.sum().backward()
a = x + x
b = a * 2
c = a * 3
b.sum().backward()
c.sum().backward()
x.grad

# what a node saved
n = (x * w).grad_fn
n._saved_self, n._saved_other
n = (x * 2).grad_fn
n._saved_self
n._saved_other
n._saved_nothing
n = x.exp().grad_fn
n._saved_result
t = (x * w).sum()
t.grad_fn.next_functions[0][0]._saved_self
n = t.grad_fn.next_functions[0][0]
t.backward()
n._saved_self
n.next_functions[0][0].variable is x
n.next_functions[0][0].next_functions
n.name(), type(n).__name__, n.next_functions[0][0].name()
n.foo

# calling a node
(x * w).grad_fn(torch.ones(3))
(x * 2).grad_fn(torch.ones(3))
x.exp().grad_fn(torch.ones(3))
x.sum().grad_fn(torch.tensor(2.0))
(x + 2).grad_fn.next_functions[0][0] is (x * 3).grad_fn.next_functions[0][0]
(x * 2).output_nr, x.output_nr

# names along a walk
node = ((x * w).exp().sum() / 3).tanh().grad_fn
while node is not None:
    print(node.name())
    node = node.next_functions[0][0] if node.next_functions else None
