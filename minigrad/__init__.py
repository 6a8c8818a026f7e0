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

import functools as _functools
import warnings as _warnings
from collections.abc import Callable as _Callable
from typing import Any as _Any

from .tensor import Tensor  # isort: skip - the operations need Tensor first
from . import autograd, errors, optim
from .creation import arange, ones, ones_like, rand, randn, tensor, zeros, zeros_like
from .dtypes import Size, dtype, float16, float32, float64, int8, int16, int32, int64, uint8
from .dtypes import boolean as bool
from .dtypes import float32 as float
from .dtypes import float64 as double
from .dtypes import int32 as int
from .dtypes import int64 as long
from .grad_mode import enable_grad, is_grad_enabled, no_grad
from .random import Generator, manual_seed

# Dividing by zero or overflowing gives inf and nan without a word, as in PyTorch.
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"minigrad\.")


def _function(name: str) -> _Callable[..., Tensor]:
    """A method of Tensor as the function that PyTorch has of the same name."""
    method = getattr(Tensor, name)

    @_functools.wraps(method)
    def function(input: Tensor, *args: _Any, **kwargs: _Any) -> Tensor:
        if not isinstance(input, Tensor):
            raise errors.not_a_tensor(name, "input", 1, input)
        return method(input, *args, **kwargs)

    return function


exp, log, matmul, mean, relu = map(_function, ("exp", "log", "matmul", "mean", "relu"))
reshape, sum, tanh = map(_function, ("reshape", "sum", "tanh"))

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
