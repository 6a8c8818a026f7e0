"""Feeding data to training loops, under PyTorch's name for it (``torch.utils``)."""

from ..lessons import outside
from . import data

__all__ = ["data"]

__getattr__ = outside("torch.utils")
