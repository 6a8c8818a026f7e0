"""Losses: values, gradients, reductions, targets that do not fit."""

import torch

nn = torch.nn
F = torch.nn.functional

torch.manual_seed(3)
x = torch.randn(4, 3, requires_grad=True)
y = torch.randn(4, 3)
p = torch.rand(4, 3, requires_grad=True)
t = torch.tensor([0, 2, 1, 2])
half = (torch.rand(4, 3) > 0.5).float()


def show(loss, *leaves):
    """Print the loss, its place in the graph and its gradients."""
    print(loss, loss.grad_fn.next_functions)
    for leaf in leaves:
        leaf.grad = None
    loss.sum().backward()
    print(*[leaf.grad for leaf in leaves])


show(F.mse_loss(x, y), x)
show(F.mse_loss(x, y, reduction="sum"), x)
show(F.mse_loss(x, y, reduction="none"), x)
show(F.l1_loss(x, y), x)
show(F.l1_loss(x, y, reduction="none"), x)
show(F.smooth_l1_loss(x, y), x)
show(F.smooth_l1_loss(x, y, beta=0.3, reduction="sum"), x)
show(F.huber_loss(x, y, delta=0.5), x)
show(F.cross_entropy(x, t), x)
show(F.cross_entropy(x, t, reduction="none"), x)
show(F.cross_entropy(x, t, weight=torch.tensor([1.0, 2.0, 3.0])), x)
show(F.cross_entropy(x, t, ignore_index=2), x)
show(F.cross_entropy(x, t, label_smoothing=0.1), x)
show(F.cross_entropy(x, y.softmax(1)), x)
show(F.cross_entropy(x[0], t[0]), x)
show(F.nll_loss(F.log_softmax(x, dim=1), t), x)
show(F.nll_loss(x, t, reduction="sum"), x)
show(F.binary_cross_entropy(p, half), p)
show(F.binary_cross_entropy(torch.sigmoid(x), half, reduction="sum"), x)
show(F.binary_cross_entropy_with_logits(x, half), x)
show(F.binary_cross_entropy_with_logits(x, half, pos_weight=torch.tensor([1.0, 2.0, 3.0])), x)
show(nn.MSELoss()(x, y), x)
show(nn.L1Loss(reduction="sum")(x, y), x)
show(nn.SmoothL1Loss()(x, y), x)
show(nn.HuberLoss(delta=2.0)(x, y), x)
show(nn.CrossEntropyLoss(label_smoothing=0.2)(x, t), x)
show(nn.NLLLoss()(x.log_softmax(1), t), x)
show(nn.BCELoss()(p, half), p)
show(nn.BCEWithLogitsLoss()(x, half), x)
F.mse_loss(torch.zeros(3, 1), torch.ones(3))
F.l1_loss(torch.zeros(3, 1), torch.ones(3))
F.huber_loss(torch.zeros(2, 1), torch.ones(2))
F.mse_loss(torch.zeros(3), torch.ones(4))
F.mse_loss(torch.zeros(3), [1.0])
F.mse_loss(x, y, reduction="average")
F.mse_loss(t, t)
nn.MSELoss(size_average=False)(x, y)
F.cross_entropy(x, t[:3])
F.cross_entropy(x, t + 5)
F.cross_entropy(x, t.float())
F.cross_entropy(x, t.unsqueeze(1))
F.cross_entropy(x, [1])
F.nll_loss(x, t, weight=torch.ones(2))
F.binary_cross_entropy(x, half)
F.binary_cross_entropy(p, half[:, 0])
F.binary_cross_entropy(p, half.long())
F.binary_cross_entropy_with_logits(x, half[0])
F.binary_cross_entropy_with_logits(x, half.long())
F.binary_cross_entropy(torch.tensor([0.0, 1.0]), torch.tensor([1.0, 0.0]))
loss = F.cross_entropy(x, t)
(g,) = torch.autograd.grad(loss, x, create_graph=True)
g
x.grad = None
g.pow(2).sum().backward()
x.grad
logits = torch.tensor([[100.0, -100.0]], requires_grad=True)
F.cross_entropy(logits, torch.tensor([1]))
torch.log(torch.softmax(logits, 1))
F.log_softmax(logits, 1)
