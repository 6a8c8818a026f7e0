"""minigrad: PyTorch's autograd, small enough to read in an afternoon, on NumPy alone.

``import minigrad as torch`` runs a PyTorch lesson on differentiation and prints what PyTorch prints.

>>> import minigrad as torch
>>> x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
>>> y = (x * x).mean()
>>> y
tensor(4.6667, grad_fn=<MeanBackward0>)
>>> y.backward()
>>> x.grad
tensor([0.6667, 1.3333, 2.0000])
"""

from .tensor import Tensor  # isort: skip - the operations need Tensor first
from . import autograd, optim
from .creation import arange, ones, ones_like, rand, randn, tensor, zeros, zeros_like
from .dtypes import Size, dtype, float16, float32, float64, int8, int16, int32, int64, uint8
from .dtypes import boolean as bool
from .dtypes import float32 as float
from .dtypes import float64 as double
from .dtypes import int32 as int
from .dtypes import int64 as long
from .grad_mode import enable_grad, is_grad_enabled, no_grad
from .ops.linear import matmul
from .random import Generator, manual_seed

exp, log, tanh, relu = Tensor.exp, Tensor.log, Tensor.tanh, Tensor.relu
sum, mean, reshape = Tensor.sum, Tensor.mean, Tensor.reshape

__all__ = [
    "Generator",
    "Size",
    "Tensor",
    "arange",
    "autograd",
    "bool",
    "double",
    "dtype",
    "enable_grad",
    "exp",
    "float",
    "float16",
    "float32",
    "float64",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "is_grad_enabled",
    "log",
    "long",
    "manual_seed",
    "matmul",
    "mean",
    "no_grad",
    "ones",
    "ones_like",
    "optim",
    "rand",
    "randn",
    "relu",
    "reshape",
    "sum",
    "tanh",
    "tensor",
    "uint8",
    "zeros",
    "zeros_like",
]
