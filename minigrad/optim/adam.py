"""Adam and AdamW."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor import Tensor, wrap
from .optimizer import Optimizer, Params, number, refuse_below_zero


class Adam(Optimizer):
    """w ← w - lr·m̂ / (√v̂ + ε), from running means m of the gradient and v of its square (``torch.optim.Adam``).

    m ← β₁m + (1 - β₁)g and v ← β₂v + (1 - β₂)g² start from zero; m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ) undo that.
    ``amsgrad`` keeps the largest v so far. ``weight_decay`` adds its share of w to g; with ``decoupled_weight_decay``
    it shrinks w itself instead. ``foreach``, ``fused`` and ``capturable``, which choose how PyTorch computes, change
    nothing here.

    Raises ValueError for options out of range, and what Optimizer raises. Kingma and Ba, "Adam: a method for
    stochastic optimization", 2015.

    >>> import minigrad
    >>> w = minigrad.ones(2, requires_grad=True)
    >>> optimizer = Adam([w], lr=0.5)
    >>> (w * 2).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.5000, 0.5000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        refuse_below_zero(lr=lr, eps=eps)
        for i, beta in enumerate(betas):
            if not 0.0 <= beta < 1.0:
                raise ValueError(f"Invalid beta parameter at index {i}: {beta}")
        refuse_below_zero(weight_decay=weight_decay)
        if not any(all(isinstance(beta, kind) for beta in betas) for kind in (float, Tensor)):
            raise ValueError("betas must be either both floats or both Tensors")
        betas = (number(betas[0]), number(betas[1]))
        defaults: dict[str, Any] = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        defaults |= {"amsgrad": amsgrad, "maximize": maximize, "foreach": foreach, "capturable": capturable}
        defaults |= {"differentiable": differentiable, "fused": fused}
        super().__init__(params, defaults | {"decoupled_weight_decay": decoupled_weight_decay})

    def _update(self, param: Tensor, g: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        w, lr, (beta1, beta2) = param._array, number(group["lr"]), group["betas"]
        if not state:
            state["step"] = wrap(np.zeros((), np.float32))
            for name in ("exp_avg", "exp_avg_sq", *(["max_exp_avg_sq"] if group["amsgrad"] else [])):
                state[name] = wrap(np.zeros_like(w))
        m, v, step = state["exp_avg"]._array, state["exp_avg_sq"]._array, state["step"]._array
        step += 1
        t = step.item()
        decay = group["weight_decay"]
        if decay and group["decoupled_weight_decay"]:
            w *= 1 - lr * decay
            param._counter[0] += 1
        elif decay:
            g = g + decay * w
        m += (1 - beta1) * (g - m)
        v *= beta2
        v += (1 - beta2) * g * g
        if group["amsgrad"]:
            largest = state["max_exp_avg_sq"]._array
            np.maximum(largest, v, out=largest)
            v = largest
        w += -(lr / (1 - beta1**t)) * m / (np.sqrt(v) / (1 - beta2**t) ** 0.5 + group["eps"])


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters themselves: w ← w - lr·λ·w first (``torch.optim.AdamW``).

    Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, **options, decoupled_weight_decay=True)
