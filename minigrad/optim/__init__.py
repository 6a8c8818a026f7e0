"""Optimizers: the update step of a training loop, in PyTorch's shape (``torch.optim``)."""

from .sgd import SGD

__all__ = ["SGD"]
