"""Modules: parts, parameters, names, states, how they print, hooks and errors."""

import torch

nn = torch.nn


class Net(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.hidden = nn.Linear(3, n_hidden)
        self.layers = nn.ModuleList([nn.Linear(n_hidden, n_hidden) for _ in range(3)])
        self.scale = nn.Parameter(torch.ones(1))
        self.register_buffer("steps", torch.zeros(1))
        self.out = nn.Sequential(nn.ReLU(), nn.Linear(n_hidden, 2, bias=False))

    def forward(self, x):
        x = torch.tanh(self.hidden(x))
        for layer in self.layers:
            x = x + layer(x)
        return self.out(x * self.scale)


torch.manual_seed(0)
net = Net(4)
net
print(net)
x = torch.randn(5, 3)
net(x)
for name, p in net.named_parameters():
    print(name, p.shape, p.requires_grad, p.is_leaf)

sum(p.numel() for p in net.parameters())
len(list(net.parameters()))
[name for name, _ in net.named_modules()]
[name for name, _ in net.named_children()]
[name for name, _ in net.named_buffers()]
net.hidden.weight
net.hidden.bias
type(net.hidden.bias).__name__, isinstance(net.hidden.bias, torch.Tensor)
net.steps
net.state_dict()
list(net.state_dict().keys())
net(x).sum().backward()
net.scale.grad
net.hidden.weight.grad
net.zero_grad()
print(net.hidden.weight.grad)
net(x).sum().backward()
net.zero_grad(set_to_none=False)
net.scale.grad
other = Net(4)
other.load_state_dict(net.state_dict())
(other(x) == net(x)).all()
Net(5).load_state_dict(net.state_dict())
nn.Linear(2, 2).load_state_dict({"weight": torch.zeros(2, 2), "extra": torch.zeros(1)})
nn.Linear(2, 2).load_state_dict({"weight": torch.zeros(2, 2)}, strict=False)
net.training
net.eval().training, net.layers[0].training
net.train().training
net.hidden.requires_grad_(False)
[p.requires_grad for p in net.parameters()]
net.double()
net.hidden.weight.dtype, net.steps.dtype
net.float().hidden.weight.dtype
net.to(torch.float64).scale
net.to(torch.int64)
seen = []
handle = net.hidden.register_forward_hook(lambda module, args, output: seen.append((module, output.shape)))
net.float()(x).shape
seen
handle.remove()
net(x).shape, len(seen)
net.hidden.register_forward_hook(lambda module, args, output: output * 0)
net(x)
net.apply(lambda module: print(type(module).__name__))
net.missing
net.out[1]
net.out[-1], len(net.out), net.out[:1]
net.out[5]
net.layers.append(nn.Linear(4, 4))
nn.ModuleDict({"a": nn.Linear(1, 1), "b": nn.Tanh()})
nn.Module()(x)
nn.Module()
nn.Sequential(3)
nn.Sequential(nn.Linear(3, 2), nn.Linear(3, 2))(x)


class Forgot(nn.Module):
    def __init__(self):
        self.layer = nn.Linear(1, 1)


Forgot()


class NoForward(nn.Module):
    pass


NoForward()(x)
net.scale = torch.ones(1)
net.scale = nn.Parameter(torch.tensor([2.0]))
net.scale
net.scale = None
net.hidden = 3
net.register_parameter("a.b", None)
nn.Parameter(torch.tensor([1, 2]))
nn.Parameter(torch.tensor([1, 2]), requires_grad=False)
nn.Linear(3, 2)(3)
nn.Linear(3, 2)(torch.ones(2, 2))
nn.Linear(3, 2)(torch.ones(2, 3, dtype=torch.float64))
nn.Linear(3, 2)(torch.ones(3)).shape, nn.Linear(3, 2)(torch.ones(2, 4, 3)).shape
nn.Identity(7, unused=1)(x)
nn.Flatten()(torch.ones(2, 3, 4)).shape, nn.Flatten(0, 1)(torch.ones(2, 3, 4)).shape
for module in (nn.Flatten(), nn.Identity(), nn.Embedding(3, 2), nn.Embedding(3, 2, padding_idx=0), nn.LayerNorm(3)):
    print(module)

for module in (nn.LayerNorm((2, 3), elementwise_affine=False), nn.Dropout(0.2), nn.ReLU(), nn.ReLU(inplace=True)):
    print(module)

for module in (nn.LeakyReLU(0.2), nn.ELU(), nn.GELU(), nn.SiLU(), nn.Softplus(), nn.Softmax(dim=1), nn.LogSoftmax(1)):
    print(module)

for module in (nn.MSELoss(), nn.CrossEntropyLoss(), nn.HuberLoss(), nn.BCEWithLogitsLoss(), nn.Hardtanh(), nn.Tanh()):
    print(module)
nn.ParameterList([torch.ones(2), torch.zeros(1, 3)])
nn.ReLU(slope=1)
torch.nn.functional.one_hot(torch.tensor([[0, 2], [1, 1]]))
torch.nn.functional.one_hot(torch.tensor([0, 2]), num_classes=5)
torch.nn.functional.one_hot(torch.tensor([0, 2]), num_classes=2)
torch.nn.functional.one_hot(torch.tensor([0.5]))
torch.nn.functional.one_hot(torch.tensor([-1]))
