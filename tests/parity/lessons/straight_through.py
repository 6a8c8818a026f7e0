"""Quantisation with a straight-through estimator, and a loss whose gradient is reversed on its way."""

import torch

nn = torch.nn
Function = torch.autograd.Function


class Sign(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sign()

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * (x.abs() <= 1)


class ReverseGradient(Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.scale = scale
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad_output):
        return -ctx.scale * grad_output, None


torch.manual_seed(0)
layer = nn.Linear(4, 3)
x = torch.randn(5, 4)
hidden = Sign.apply(layer(x))
hidden
loss = (hidden.sum(1) ** 2).mean()
loss
loss.backward()
layer.weight.grad
layer.bias.grad

w = torch.tensor([1.0, -2.0], requires_grad=True)
ReverseGradient.apply(w, 0.5)
ReverseGradient.apply(w, 0.5).sum().backward()
w.grad
y = ReverseGradient.apply(w * 1, 0.5)
y.add_(1)
