"""Parameter: a tensor that a module trains."""

from __future__ import annotations

from typing import Any

from .. import dtypes, errors
from ..tensor import Tensor, wrap


class Parameter(Tensor):
    """A tensor that a Module lists among its ``parameters()`` when it becomes an attribute (``torch.nn.Parameter``).

    Shares the memory of ``data``. Requires a gradient unless told otherwise; raises RuntimeError for integers then.

    >>> import minigrad as torch
    >>> Parameter(torch.zeros(2))
    Parameter containing:
    tensor([0., 0.], requires_grad=True)
    """

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        if data is None:
            data = Tensor()
        self._array, self._counter = data._array, data._counter
        if requires_grad and not self.dtype.is_floating_point:
            raise errors.dtype_without_gradient(
                "Only Tensors of floating point and complex dtype can require gradients"
            )
        self._requires_grad = requires_grad

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        made = memo[id(self)] = Parameter(wrap(self._array.copy()), self._requires_grad)
        if self._grad is not None:
            made._grad = wrap(self._grad._array.copy())
        return made


def described(tensor: Tensor) -> str:
    """The type of a tensor as errors about modules spell it: ``torch.FloatTensor``."""
    return f"torch.{dtypes.of(tensor._array).type_name}"
