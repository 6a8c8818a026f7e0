"""Weights before training: the same seed, the same numbers."""

import torch

nn = torch.nn
init = torch.nn.init

torch.manual_seed(0)
nn.Linear(3, 2).weight
nn.Linear(3, 2).bias
nn.Linear(10, 1).weight
nn.Linear(2, 3, dtype=torch.float64).weight
nn.Linear(64, 32).weight.sum()
nn.Embedding(4, 3).weight
nn.Embedding(10, 8).weight.std()
nn.LayerNorm(3).weight, nn.LayerNorm(3).bias
torch.randn(2)
w = torch.empty(3, 5)
init.uniform_(w)
init.uniform_(w, -0.1, 0.1)
init.normal_(w)
init.normal_(w, mean=1.0, std=0.02)
init.constant_(w, 0.3)
init.ones_(w)
init.zeros_(w)
init.eye_(torch.empty(2, 3))
init.xavier_uniform_(w)
init.xavier_normal_(w, gain=init.calculate_gain("tanh"))
init.kaiming_uniform_(w, nonlinearity="relu")
init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu")
big = torch.empty(40, 25)
init.normal_(big, 0.5, 0.02)[:2, :4]
init.kaiming_normal_(big)[:2, :4]
init.calculate_gain("relu"), init.calculate_gain("leaky_relu", 0.2)
init.calculate_gain("cube")
init.xavier_uniform_(torch.empty(3))
init.kaiming_uniform_(w, mode="fan")
init.uniform_(w, 1.0, 0.0)
p = nn.Parameter(torch.zeros(2, 2))
init.ones_(p)
p._version, p.requires_grad


def initialise(module):
    if isinstance(module, nn.Linear):
        init.xavier_uniform_(module.weight)
        init.zeros_(module.bias)


net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
net.apply(initialise)
net.state_dict()
