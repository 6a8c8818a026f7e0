"""Is a gradient right? Compared with differences (``torch.autograd.gradcheck``)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import random
from ..tensor import Tensor, wrap
from . import grad
from .functional import rows


class GradcheckError(RuntimeError):
    """A gradient that differs from what differences say."""


def gradcheck(
    func: Callable,
    inputs: Tensor | Sequence[Any],
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Compare the Jacobian by the backward pass with central differences, (f(x + ε) - f(x - ε)) / 2ε.

    For every output and every input in ``inputs`` that requires a gradient; these should be float64. Returns True.
    Where they differ by more than ``atol + rtol·|difference|``, raises GradcheckError, or returns False without
    ``raise_exception``. Raises ValueError where no input requires a gradient.

    >>> import minigrad
    >>> x = minigrad.tensor([1.0, 2.0], dtype=minigrad.float64, requires_grad=True)
    >>> minigrad.autograd.gradcheck(lambda x: x.exp() * x, x)
    True
    """
    given = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    checked = [(i, x) for i, x in enumerate(given) if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )
    for i, x in checked:
        if x._array.dtype != np.float64:
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex. This check "
                "will likely fail if all the inputs are not of double precision floating point or complex. ",
                stacklevel=2,
            )
    outputs = _outputs(func, given)
    xs = [x for _, x in checked]
    numerical = [_differences(func, given, x, eps, len(outputs)) for x in xs]
    for o, output in enumerate(outputs):
        for (i, _), jacobian, by_differences in zip(checked, rows(output, xs, False), numerical, strict=True):
            wanted = by_differences[o]
            found = jacobian._array.reshape(output._array.size, -1).T
            if not np.allclose(found, wanted, rtol, atol):
                if not raise_exception:
                    return False
                raise GradcheckError(
                    f"Jacobian mismatch for output {o} with respect to input {i},\nnumerical:{wrap(wanted)}\n"
                    f"analytical:{wrap(np.ascontiguousarray(found))}\n"
                )
    return True


def gradgradcheck(
    func: Callable,
    inputs: Tensor | Sequence[Any],
    grad_outputs: Tensor | Sequence[Tensor] | None = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """``gradcheck`` of the backward pass itself: second derivatives compared with differences of first ones.

    Where ``grad_outputs``, the cotangents, are not given they are drawn at random.
    """
    given = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    outputs = _outputs(func, given)
    if grad_outputs is None:
        drawn = [wrap(random.randn(o._array.shape, o._array.dtype)).requires_grad_() for o in outputs]
    else:
        drawn = [grad_outputs] if isinstance(grad_outputs, Tensor) else list(grad_outputs)
    tracked = [i for i, x in enumerate(given) if isinstance(x, Tensor) and x.requires_grad]

    def gradient(*args: Any) -> tuple[Tensor, ...]:
        xs, vs = args[: len(given)], args[len(given) :]
        wanted = [xs[i] for i in tracked]
        found = grad(_outputs(func, xs), wanted, vs, create_graph=True, allow_unused=True)
        return tuple([g for g in found if g is not None])

    return gradcheck(gradient, (*given, *drawn), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception)


def _outputs(func: Callable, inputs: Sequence[Any]) -> list[Tensor]:
    result = func(*inputs)
    return [o for o in ((result,) if isinstance(result, Tensor) else tuple(result)) if o.requires_grad]


def _differences(func: Callable, inputs: Sequence[Any], x: Tensor, eps: float, count: int) -> list[np.ndarray]:
    """For each output the Jacobian by central differences, one row an element of ``x``."""
    columns: list[list[np.ndarray]] = [[] for _ in range(count)]
    for index in np.ndindex(x._array.shape):
        at = x._array[index]
        ends = []
        for step in (eps, -eps):
            x._array[index] = at + step
            ends.append([o._array.copy() for o in _outputs(func, inputs)])
        x._array[index] = at
        for column, above, below in zip(columns, *ends, strict=True):
            column.append(((above - below) / (2 * eps)).reshape(-1))
    return [np.array(column, x._array.dtype).reshape(x._array.size, -1) for column in columns]
