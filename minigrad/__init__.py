"""minigrad: PyTorch's autograd, on NumPy alone, its engine small enough to read in an afternoon.

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

import warnings as _warnings

from .tensor import Tensor  # isort: skip - the operations need Tensor first
from . import autograd, nn, optim, utils
from .autograd import is_anomaly_enabled
from .creation import arange, ones, ones_like, rand, randn, tensor, zeros, zeros_like
from .dtypes import Size, dtype, float16, float32, float64, int8, int16, int32, int64, uint8
from .dtypes import boolean as bool
from .dtypes import float32 as float
from .dtypes import float64 as double
from .dtypes import int32 as int
from .dtypes import int64 as long
from .func import vmap
from .grad_mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from .lessons import as_torch
from .lessons import outside as _outside
from .ops import casting, choosing, elementary, linear, reductions, scans, shaping  # noqa: F401 - they fill FUNCTIONS
from .ops.functions import FUNCTIONS
from .ops.functions import of_a_tensor as _of_a_tensor
from .printing import set_printoptions
from .random import Generator, default_generator, manual_seed
from .serialization import load, save

__version__ = "0.1.0"

_METHODS = (
    *("add", "sub", "mul", "div", "pow", "neg", "exp", "log", "tanh", "relu", "clone", "sum", "mean"),
    *("reshape", "permute", "transpose", "t", "unsqueeze"),
)

# Dividing by zero or overflowing gives inf and nan without a word, as in PyTorch.
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"minigrad\.")


# The functions that Tensor has as methods, and all that register themselves.
FUNCTIONS.update({name: _of_a_tensor(name, getattr(Tensor, name)) for name in _METHODS if name not in FUNCTIONS})
globals().update(FUNCTIONS)

# What PyTorch has and the kit has not says what to do instead.
__getattr__ = _outside("torch")

__all__ = [
    *FUNCTIONS,
    "vmap",
    "set_grad_enabled",
    "is_inference_mode_enabled",
    "is_anomaly_enabled",
    "inference_mode",
    "func",
    "Generator",
    "Size",
    "Tensor",
    "arange",
    "as_torch",
    "autograd",
    "bool",
    "default_generator",
    "double",
    "dtype",
    "enable_grad",
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
    "load",
    "long",
    "manual_seed",
    "nn",
    "no_grad",
    "ones",
    "ones_like",
    "optim",
    "rand",
    "randn",
    "save",
    "set_printoptions",
    "tensor",
    "uint8",
    "utils",
    "zeros",
    "zeros_like",
]
