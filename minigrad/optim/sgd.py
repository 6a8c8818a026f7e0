"""Stochastic gradient descent."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

from ..errors import hinted
from ..grad_mode import no_grad
from ..tensor import Tensor


class SGD:
    """w ← w - lr·w.grad for each parameter (``torch.optim.SGD``).

    Raises TypeError for what is no tensor, ValueError for computed tensors, no parameters or a negative ``lr``.

    >>> import minigrad
    >>> w = minigrad.ones(2, requires_grad=True)
    >>> optimizer = SGD([w], lr=0.5)
    >>> (w * 2).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0., 0.], requires_grad=True)
    """

    def __init__(self, params: Iterable[Tensor], lr: float = 1e-3) -> None:
        if isinstance(params, Tensor):
            raise hinted(
                TypeError(
                    "params argument given to the optimizer should be an iterable of Tensors or dicts, but got torch."
                    + params.dtype.type_name
                ),
                "put it in a list: SGD([weights], lr=0.1).",
            )
        if lr < 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        self.params = list(params)
        self.lr = lr
        if not self.params:
            raise ValueError("optimizer got an empty parameter list")
        for p in self.params:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}")
            if not p.is_leaf:
                raise hinted(
                    ValueError("can't optimize a non-leaf Tensor"),
                    "this tensor was computed from others and gets no grad; give the optimizer the tensors you made.",
                )
        if len(set(map(id, self.params))) < len(self.params):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; "
                "see github.com/pytorch/pytorch/issues/40967 for more information",
                stacklevel=2,
            )

    @no_grad()
    def step(self) -> None:
        """Update every parameter that has a gradient."""
        for p in self.params:
            if p._grad is not None:
                p.sub_(p._grad, alpha=self.lr)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients: None, as in PyTorch, or zeros with ``set_to_none=False``."""
        for p in self.params:
            if set_to_none:
                p._grad = None
            elif p._grad is not None:
                p._grad.zero_()
