"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor, wrap
from .optimizer import Optimizer, Params, number, refuse_below_zero


class SGD(Optimizer):
    """w ← w - lr·g for each parameter, with momentum b ← μ·b + (1 - τ)·g in place of g (``torch.optim.SGD``).

    ``weight_decay`` adds its share of w to g, ``nesterov`` looks ahead along the momentum: g + μ·b. ``foreach`` and
    ``fused``, which choose how PyTorch computes, change nothing here.

    Raises ValueError for options below zero, and what Optimizer raises.

    >>> import minigrad
    >>> w = minigrad.ones(2, requires_grad=True)
    >>> optimizer = SGD([w], lr=0.5)
    >>> (w * 2).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0., 0.], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        refuse_below_zero(lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults: dict[str, Any] = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
        }
        defaults |= {"nesterov": nesterov, "maximize": maximize, "foreach": foreach}
        super().__init__(params, defaults | {"differentiable": differentiable, "fused": fused})

    def _update(self, param: Tensor, g: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        w, momentum = param._array, group["momentum"]
        if group["weight_decay"]:
            g = g + group["weight_decay"] * w
        if momentum:
            if state.get("momentum_buffer") is None:
                state["momentum_buffer"] = wrap(g.copy())
                b = g
            else:
                b = state["momentum_buffer"]._array
                b *= momentum
                b += (1 - group["dampening"]) * g
            g = g + momentum * b if group["nesterov"] else b
        w -= number(group["lr"]) * g
