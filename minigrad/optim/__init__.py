"""Optimizers: the update step of a training loop, in PyTorch's shape (``torch.optim``)."""

from ..lessons import outside
from . import lr_scheduler
from .adam import Adam, AdamW
from .optimizer import Optimizer
from .rmsprop import RMSprop
from .sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "RMSprop", "lr_scheduler"]

__getattr__ = outside("torch.optim")
