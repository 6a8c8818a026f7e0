"""Hooks: watching and changing gradients on their way."""

import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x * 2
y.retain_grad()
y.retains_grad, x.retains_grad
seen = []
handle = y.register_hook(lambda g: seen.append(g.clone()))
z = (y * y).sum()
z.backward()
seen
y.grad
x.grad
handle.remove()

# A hook's result takes the place of the gradient.
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x * 2
double = y.register_hook(lambda g: g * 2)
clip = y.register_hook(lambda g: g.clamp(max=1.5))
y.sum().backward()
x.grad
x.grad = None
torch.autograd.grad((x * 2).sum(), x)

# On a leaf: before what arrives is added to its grad, and after.
w = torch.ones(2, requires_grad=True)
h = w.register_hook(lambda g: g * 10)
p = w.register_post_accumulate_grad_hook(lambda t: print("accumulated", t.grad))
(w * 3).sum().backward()
(w * 3).sum().backward()
h.remove()
p.remove()
(w * 3).sum().backward()
w.grad


# An optimizer step inside the backward pass
def step(parameter):
    with torch.no_grad():
        parameter -= 0.1 * parameter.grad
    parameter.grad = None


v = torch.tensor([1.0, -2.0], requires_grad=True)
v.register_post_accumulate_grad_hook(step)
for _ in range(3):
    (v * v).sum().backward()
v
v.grad is None

# Node hooks
a = torch.tensor([1.0, 2.0], requires_grad=True)
b = a * 3
c = b.sum()
before = b.grad_fn.register_prehook(lambda grads: print("in", grads))
after = b.grad_fn.register_hook(lambda inputs, outputs: print("out", inputs, outputs))
c.backward(retain_graph=True)
before.remove()
c.backward(retain_graph=True)
after.remove()
b.grad_fn.register_hook(lambda inputs, outputs: (inputs[0] * 0, None))
a.grad = None
c.backward()
a.grad

# What hooks may not do
q = torch.ones(2, requires_grad=True)
r = q * 2
r.register_hook(lambda g: 3)
r.sum().backward()
r = q * 2
r.register_hook(lambda g: g.sum())
r.sum().backward()
r = q * 2
r.register_hook(lambda g: g.double())
r.sum().backward()
torch.ones(2).register_hook(print)
torch.ones(2).retain_grad()
(q * 2).register_post_accumulate_grad_hook(print)
r = q * 2
r.grad_fn.register_hook(lambda inputs, outputs: 5)
r.sum().backward()
r = q * 2
r.grad_fn.register_prehook(lambda grads: (1, 2))
r.sum().backward()

# Retained gradients follow the tensor through in-place operations and grow with each pass.
q = torch.ones(2, requires_grad=True)
r = q * 2
r.retain_grad()
r.mul_(3)
s = (r * r).sum()
s.backward(retain_graph=True)
r.grad
s.backward()
r.grad

# Only some of the graph
q = torch.ones(2, requires_grad=True)
r = q * 2
r.sum().backward(inputs=[r])
r.grad, q.grad
(q * r.detach()).sum().backward(inputs=q)
q.grad
(q * 2).sum().backward(inputs=[torch.ones(2)])
(q * 2).sum().backward(inputs=[])

# leaves are filled in the order of the inputs, and the node of a leaf has hooks too
u, v = torch.ones(2, requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
for name, leaf in (("u", u), ("v", v)):
    leaf.register_post_accumulate_grad_hook(lambda p, name=name: print(name))
product = u * v
ends = [node for node, _ in product.grad_fn.next_functions]
handle = ends[1].register_hook(lambda sent, came: print(sent, came))
product.sum().backward()
torch.addmm(torch.ones(1, 1), u.reshape(1, 2), v.reshape(2, 1)).sum().backward()

# what the graph saves, packed and unpacked
packed = []


def pack(t):
    packed.append((tuple(t.shape), t.requires_grad, t.is_leaf))
    return t.tolist()


def unpack(saved):
    print("unpacked")
    return torch.tensor(saved)


x = torch.tensor([1.0, 2.0], requires_grad=True)
with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
    y = (x.exp() ** 2).sum()
packed
y.backward()
x.grad
with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
    y = (x * x * x).sum()
(g,) = torch.autograd.grad(y, x, create_graph=True)
g
torch.autograd.grad(g.sum(), x)
with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: 3):
    y = x.exp()
y.sum().backward()
with torch.autograd.graph.saved_tensors_hooks(lambda t: t.mul_(1), unpack):
    x.detach().requires_grad_().exp()
a = x * 1
with torch.autograd.graph.saved_tensors_hooks(lambda t: t.clone(), lambda t: t):
    b = a * a
with torch.no_grad():
    a.add_(1)
b.sum().backward()
x.grad
