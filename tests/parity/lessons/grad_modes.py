"""Where operations are recorded, and finding out where a backward pass went wrong."""

import warnings

import torch

x = torch.ones(2, requires_grad=True)
torch.is_grad_enabled()
with torch.set_grad_enabled(False):
    (x * 2).requires_grad
    with torch.set_grad_enabled(True):
        (x * 2).requires_grad
torch.is_grad_enabled()
torch.set_grad_enabled(False)
torch.is_grad_enabled()
(x * 2).requires_grad
_ = torch.set_grad_enabled(True)
torch.is_grad_enabled()
torch.set_grad_enabled(1)


@torch.set_grad_enabled(False)
def silent(x):
    return x * 2


torch.is_grad_enabled()
silent(x).requires_grad


@torch.no_grad()
def batches():
    for i in range(2):
        yield torch.is_grad_enabled()


[(inside, torch.is_grad_enabled()) for inside in batches()]

with torch.inference_mode():
    y = x * 2
    torch.is_inference_mode_enabled()
y.requires_grad, torch.is_inference_mode_enabled()


@torch.inference_mode()
def predict(x):
    return torch.is_grad_enabled(), x * 3


predict(x)


@torch.inference_mode
def predict_again(x):
    return x * 4


predict_again(x)
with torch.inference_mode(False):
    torch.is_grad_enabled()

torch.is_anomaly_enabled()
a = torch.tensor([0.0, 4.0], requires_grad=True)
(a.log() * 0).sum().backward()
a.grad
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    with torch.autograd.detect_anomaly():
        torch.is_anomaly_enabled()
        (a.log() * 0).sum().backward()
torch.is_anomaly_enabled()
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        b = a.exp()
        b.add_(1)
        b.sum().backward()
