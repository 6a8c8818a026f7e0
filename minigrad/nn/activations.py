"""Activation functions as modules."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ..tensor import Tensor
from . import functional as F
from .module import Module


class _Activation(Module):
    """A module that applies ``function`` with the options it was made with.

    The options, in PyTorch's order and with its defaults, are those of ``options``.
    """

    function: Callable[..., Tensor]
    options: dict[str, Any] = {}
    # Options that are not shown where they have this value.
    hidden: dict[str, Any] = {"inplace": False}

    def __init_subclass__(cls) -> None:
        kinds = inspect.Parameter.POSITIONAL_OR_KEYWORD
        parameters = [inspect.Parameter(name, kinds, default=value) for name, value in cls.options.items()]
        cls._takes = inspect.Signature(parameters)

    _takes: inspect.Signature

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        try:
            given = self._takes.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}.__init__() {error}") from None
        given.apply_defaults()
        for name, value in given.arguments.items():
            setattr(self, name, value)

    def forward(self, input: Tensor) -> Tensor:
        """The function of the input."""
        return type(self).function(input, **{name: getattr(self, name) for name in self.options})

    def extra_repr(self) -> str:
        """The options."""
        shown = {name: getattr(self, name) for name in self.options}
        return ", ".join(
            f"{name}={value!r}"
            for name, value in shown.items()
            if name not in self.hidden or value != self.hidden[name]
        )


class ReLU(_Activation):
    """max(x, 0)."""

    function = F.relu
    options = {"inplace": False}


class Tanh(_Activation):
    """The hyperbolic tangent."""

    function = F.tanh


class Sigmoid(_Activation):
    """1 / (1 + e⁻ˣ)."""

    function = F.sigmoid


class LogSigmoid(_Activation):
    """ln σ(x)."""

    function = F.logsigmoid


class GELU(_Activation):
    """x·Φ(x)."""

    function = F.gelu
    options = {"approximate": "none"}


class SiLU(_Activation):
    """x·σ(x)."""

    function = F.silu
    options = {"inplace": False}


class LeakyReLU(_Activation):
    """x, negative ones times ``negative_slope``."""

    function = F.leaky_relu
    options = {"negative_slope": 0.01, "inplace": False}


class ELU(_Activation):
    """x where x > 0, else alpha·(eˣ - 1)."""

    function = F.elu
    options = {"alpha": 1.0, "inplace": False}


class SELU(_Activation):
    """The ELU that keeps mean 0 and variance 1."""

    function = F.selu
    options = {"inplace": False}


class Softplus(_Activation):
    """ln(1 + eᵇˣ) / b."""

    function = F.softplus
    options = {"beta": 1.0, "threshold": 20.0}


class Softsign(_Activation):
    """x / (1 + |x|)."""

    function = F.softsign


class Hardtanh(_Activation):
    """x, but no less than ``min_val`` and no more than ``max_val``."""

    function = F.hardtanh
    options = {"min_val": -1.0, "max_val": 1.0, "inplace": False}


class ReLU6(_Activation):
    """x, but no less than 0 and no more than 6."""

    function = F.relu6
    options = {"inplace": False}


class Softmax(_Activation):
    """e to each element, divided by their sum along ``dim``."""

    function = F.softmax
    options: dict[str, Any] = {"dim": None}


class LogSoftmax(_Activation):
    """The logarithm of softmax."""

    function = F.log_softmax
    options: dict[str, Any] = {"dim": None}


class Softmin(_Activation):
    """softmax(-x)."""

    function = F.softmin
    options: dict[str, Any] = {"dim": None}
