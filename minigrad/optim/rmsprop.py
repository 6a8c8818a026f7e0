"""RMSprop."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor import Tensor, wrap
from .optimizer import Optimizer, Params, number, refuse_below_zero


class RMSprop(Optimizer):
    """w ← w - lr·g / (√v + ε), from a running mean v of the squared gradient (``torch.optim.RMSprop``).

    v ← α·v + (1 - α)·g². ``centered`` subtracts the square of the gradient's running mean from v, ``momentum`` sums
    the steps up: b ← μ·b + g / (√v + ε). ``foreach`` and ``capturable``, which choose how PyTorch computes, change
    nothing here.

    Raises ValueError for options below zero, and what Optimizer raises. Source: Hinton's lecture on neural networks
    for machine learning, 6e, 2012.

    >>> import minigrad
    >>> w = minigrad.ones(2, requires_grad=True)
    >>> optimizer = RMSprop([w], lr=0.05)
    >>> (w * 2).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.5000, 0.5000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        refuse_below_zero(lr=lr, eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        defaults: dict[str, Any] = {"lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered}
        defaults |= {"weight_decay": weight_decay, "capturable": capturable, "foreach": foreach}
        super().__init__(params, defaults | {"maximize": maximize, "differentiable": differentiable})

    def _update(self, param: Tensor, g: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        w, lr, alpha, momentum = param._array, number(group["lr"]), group["alpha"], group["momentum"]
        if not state:
            state["step"] = wrap(np.zeros((), np.float32))
            needed = {"square_avg": True, "momentum_buffer": momentum > 0, "grad_avg": group["centered"]}
            state.update({name: wrap(np.zeros_like(w)) for name, wanted in needed.items() if wanted})
        step, v = state["step"]._array, state["square_avg"]._array
        step += 1
        if group["weight_decay"]:
            g = g + group["weight_decay"] * w
        v *= alpha
        v += (1 - alpha) * g * g
        if group["centered"]:
            mean = state["grad_avg"]._array
            mean += (1 - alpha) * (g - mean)
            v = v - mean * mean
        scale = np.sqrt(v) + group["eps"]
        if momentum > 0:
            b = state["momentum_buffer"]._array
            b *= momentum
            b += g / scale
            w -= lr * b
        else:
            w -= lr * g / scale
