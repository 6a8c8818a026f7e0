"""PyTorch's own operator samples, which ship in its wheel, for both engines.

``samples(name)`` gives the calls that PyTorch tests an operator with, in float64. Each can be built for either engine,
with the same numbers in the same memory layout.
"""

import importlib.util
import sys
import types
import unittest
from collections import defaultdict
from functools import cache

import torch

import minigrad

if importlib.util.find_spec("expecttest") is None:
    # PyTorch's list of operators stands in a module of its test suite, which needs this package for other things.
    sys.modules["expecttest"] = types.SimpleNamespace(TestCase=unittest.TestCase, assert_expected_inline=None)

from torch.testing._internal.common_methods_invocations import op_db

OPERATORS = [
    "add", "sub", "mul", "div", "true_divide", "neg", "pow", "float_power", "exp", "exp2", "expm1", "log", "log2",
    "log10", "log1p", "sqrt", "rsqrt", "square", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh",
    "sigmoid", "abs", "sign", "reciprocal", "clamp", "clamp_min", "clamp_max", "maximum", "minimum", "max", "min",
    "amax", "amin", "sum", "mean", "prod", "var", "std", "logsumexp", "norm", "cumsum", "cumprod", "matmul", "mm",
    "mv", "bmm", "dot", "outer", "einsum", "trace", "addmm", "baddbmm", "atan2", "erf", "lerp", "addcmul",
    "addcdiv", "where",
    "masked_fill", "reshape", "view", "view_as", "transpose", "permute", "t", "T", "mT", "flatten", "squeeze",
    "unsqueeze", "expand", "expand_as", "broadcast_to", "sum_to_size", "repeat", "tile", "cat", "stack", "split",
    "chunk", "unbind", "index_select", "gather", "scatter_add", "select", "narrow", "flip", "roll", "tril", "triu",
    "diagonal", "diag", "clone", "contiguous", "__getitem__", "take_along_dim", "sort", "topk", "softmax",
    "log_softmax", "nn.functional.relu", "nn.functional.leaky_relu", "nn.functional.elu", "nn.functional.gelu",
    "nn.functional.silu",
    "nn.functional.softplus", "nn.functional.hardtanh", "nn.functional.mse_loss", "nn.functional.l1_loss",
    "nn.functional.smooth_l1_loss", "nn.functional.huber_loss", "nn.functional.cross_entropy",
    "nn.functional.nll_loss", "nn.functional.binary_cross_entropy", "nn.functional.binary_cross_entropy_with_logits",
    "nn.functional.linear", "nn.functional.embedding", "nn.functional.layer_norm", "nn.functional.normalize",
    "nn.functional.cosine_similarity", "__radd__", "__rsub__", "__rmul__", "__rdiv__", "__rpow__", "__rmatmul__",
]  # fmt: skip
# PyTorch's list calls these with the arguments in another order than its users do.
OTHER_ORDER = {
    "einsum": lambda tensors, equation: minigrad.einsum(equation, *tensors),
    "where": lambda x, condition, other: minigrad.where(condition, x, other),
    "T": lambda x: x.T,
    "mT": lambda x: x.mT,
    "nn.functional.embedding": lambda w, i, **kwargs: minigrad.nn.functional.embedding(i, w, **kwargs),
    "__getitem__": lambda x, *index: x.__getitem__(*index),
}


@cache
def _infos():
    infos = defaultdict(list)
    for info in op_db:
        infos[info.name].append(info)
    return infos


def samples(name):
    """All samples of an operator that have an input to differentiate."""
    for info in _infos()[name]:
        for sample in info.sample_inputs("cpu", torch.float64, requires_grad=info.supports_autograd):
            call = Call(name, info, sample)
            if call.leaves:
                yield call


class Call:
    """One sample, callable with other tensors in the place of its leaves."""

    def __init__(self, name, info, sample):
        self.name, self.info = name, info
        self.arguments = ((sample.input, *sample.args), sample.kwargs)
        self.leaves = []
        _rebuilt(self.arguments, torch.Tensor, self._note_leaf)
        self.text = f"{name}{tuple(tuple(leaf.shape) for leaf in self.leaves)} {sample.args} {sample.kwargs}"

    def _note_leaf(self, tensor):
        if tensor.requires_grad and all(tensor is not leaf for leaf in self.leaves):
            self.leaves.append(tensor)
        return tensor

    def on(self, engine, leaves):
        """The outputs that require a gradient, from these leaves."""

        def given(value):
            for mine, leaf in zip(self.leaves, leaves, strict=True):
                if mine is value:
                    return leaf
            if engine is torch:
                return value
            return _dtype(value) if isinstance(value, torch.dtype) else minigrad.from_numpy(copied(value))

        args, kwargs = _rebuilt(self.arguments, torch.Tensor | torch.dtype, given)
        function = self.info if engine is torch else OTHER_ORDER.get(self.name) or _minigrad(self.name)
        return [t for t in _flat(function(*args, **kwargs)) if isinstance(t, engine.Tensor) and t.requires_grad]

    def new_leaves(self, engine):
        """Leaves of the sample's numbers."""
        return [engine.from_numpy(copied(leaf)).requires_grad_() for leaf in self.leaves]


def copied(tensor):
    """The numbers of a PyTorch tensor, in the same layout."""
    return tensor.detach().numpy(force=True).copy(order="K")


def array(tensor):
    """The numbers of a tensor of either engine, None for none."""
    if isinstance(tensor, torch.Tensor):
        return tensor.detach().numpy(force=True)  # PyTorch has tensors of zeros without memory
    return None if tensor is None else tensor.detach().numpy()


def _minigrad(name):
    found = minigrad
    for part in name.split("."):
        found = getattr(found, part, None)
    return getattr(minigrad.Tensor, name) if found is None else found


def _dtype(dtype):
    return getattr(minigrad, str(dtype).removeprefix("torch."))


def _rebuilt(value, kind, change):
    """A structure of tuples, lists and dicts with what is of a kind changed."""
    if isinstance(value, kind):
        return change(value)
    if isinstance(value, tuple | list):
        return type(value)([_rebuilt(v, kind, change) for v in value])
    if isinstance(value, dict):
        return {key: _rebuilt(v, kind, change) for key, v in value.items()}
    return value


def _flat(value):
    return [t for v in value for t in _flat(v)] if isinstance(value, tuple | list) else [value]
