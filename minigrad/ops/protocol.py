"""NumPy's functions on Tensors.

What gradient rules use is recorded while a backward pass is itself recorded. Elsewhere NumPy reads the values, and
only its numbers may stand to the left of an operator.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import errors
from ..grad_mode import mode
from ..tensor import Tensor, wrap
from . import arithmetic, pointwise, reshaping
from .functions import method


def _where(condition: Any, x: Any, y: Any) -> Tensor:
    condition = condition._array if isinstance(condition, Tensor) else condition
    tensors = [a if isinstance(a, Tensor) else None for a in (x, y)]
    like = next(t for t in tensors if t is not None)
    x, y = (a if isinstance(a, Tensor) else wrap(np.asarray(a, like._array.dtype)) for a in (x, y))
    return pointwise.WhereBackward0.apply(x, y, condition=condition)


def _zeros_like(x: Tensor) -> Tensor:
    return wrap(np.zeros_like(x._array))


UFUNCS: dict[Any, Callable[..., Any]] = {np.log: arithmetic.log, np.negative: arithmetic.__neg__}
FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.broadcast_to: reshaping.expand,
    np.transpose: reshaping.permute,
    np.where: _where,
    np.zeros_like: _zeros_like,
}
OPERATORS: dict[Any, tuple[str, Callable[[Any, Any], Any]]] = {
    np.add: ("+", operator.add),
    np.subtract: ("-", operator.sub),
    np.multiply: ("*", operator.mul),
    np.true_divide: ("/", operator.truediv),
    np.power: ("**", operator.pow),
    np.matmul: ("@", operator.matmul),
}


@method()
def __array_ufunc__(self: Tensor, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    recorded = UFUNCS.get(ufunc)
    if recorded is not None and method == "__call__" and not kwargs and mode.in_gradient_rule:
        return recorded(*inputs)
    symbol, operation = OPERATORS.get(ufunc, ("", None))
    if operation is not None and method == "__call__" and not kwargs and not isinstance(inputs[0], Tensor):
        if isinstance(inputs[0], np.generic):
            return operation(inputs[0].item(), inputs[1])
        raise errors.array_on_the_left(symbol)
    arrays = [i.numpy() if isinstance(i, Tensor) else i for i in inputs]
    return wrap(np.asarray(getattr(ufunc, method)(*arrays, **kwargs)))


@method()
def __array_function__(self: Tensor, function: Any, types: Any, args: tuple, kwargs: dict) -> Any:
    recorded = FUNCTIONS.get(function)
    if recorded is not None and mode.in_gradient_rule:
        return recorded(*args, **kwargs)
    return function(*_arrays(args), **_arrays(kwargs))


def _arrays(given: Any) -> Any:
    """The arguments of a function of NumPy, each Tensor in them as its array."""
    if isinstance(given, Tensor):
        return given.numpy()
    if type(given) is dict:
        return {name: _arrays(value) for name, value in given.items()}
    return type(given)(map(_arrays, given)) if type(given) in (list, tuple) else given
