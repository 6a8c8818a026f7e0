"""What ``print`` shows of a tensor, as PyTorch lays it out (``torch.set_printoptions`` describes the options).

All numbers of a tensor share one notation and one width. Of a tensor with more than ``threshold`` elements only the
corners are shown, and only they decide.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import DTypeLike


@dataclass
class PrintOptions:
    """How tensors are printed (``torch.set_printoptions``). ``sci_mode`` None lets the numbers decide."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


options = PrintOptions()
_PROFILES: dict[str, dict[str, float]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """How tensors are printed from now on (``torch.set_printoptions``).

    ``precision`` digits; of more than ``threshold`` elements the first and last ``edgeitems`` of each dimension;
    lines of ``linewidth`` characters. ``profile`` is "default", "short" or "full". ``sci_mode`` None, also where it
    is left out, lets the numbers decide on the notation.

    >>> import minigrad
    >>> set_printoptions(precision=2)
    >>> minigrad.tensor([3.14159])
    tensor([3.14])
    >>> set_printoptions(profile="default")
    """
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    chosen: dict[str, float] = _PROFILES.get(profile or "", {}) | {
        name: value for name, value in given.items() if value is not None
    }
    for name, value in chosen.items():
        setattr(options, name, value)
    options.sci_mode = sci_mode


def tensor_str(
    array: np.ndarray,
    *,
    requires_grad: bool = False,
    grad_fn_name: str | None = None,
    default_dtype: DTypeLike = np.float32,
) -> str:
    """The text of a tensor with these values: what ``repr`` and ``str`` of a PyTorch tensor give.

    Any shape; bool, integer and floating dtypes. The dtype is named where the values do not tell it.

    >>> print(tensor_str(np.array([[1.0, 2.5], [-3.0, np.inf]]), requires_grad=True))
    tensor([[ 1.0000,  2.5000],
            [-3.0000,     inf]], dtype=torch.float64, requires_grad=True)
    """
    opening = "tensor("
    suffixes = []
    told_by_values = array.dtype.kind == "b" or array.dtype == np.int64
    if array.size == 0:
        told_by_values = False
    if not options.edgeitems if array.size else array.ndim != 1:
        suffixes.append(f"size={array.shape}")
    if array.dtype != default_dtype and not told_by_values:
        suffixes.append(f"dtype=torch.{array.dtype.name}")
    if grad_fn_name is not None:
        suffixes.append(f"grad_fn=<{grad_fn_name}>")
    elif requires_grad:
        suffixes.append("requires_grad=True")

    text = opening + (_contents(array, indent=len(opening)) if array.size else "[]")
    # PyTorch counts a line two longer than it is while the values' last line is still the last one.
    column = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if column + len(suffix) + 2 > options.linewidth:
            text += ",\n" + " " * len(opening) + suffix
            column = len(opening) + len(suffix)
        else:
            text += ", " + suffix
            column += len(suffix) + 2
    return text + ")"


def _contents(array: np.ndarray, indent: int) -> str:
    edge = options.edgeitems
    folded = [array.size > options.threshold and length > 2 * edge for length in array.shape]
    if any(folded) and not edge:
        return "[...]"
    corners = [
        [*range(edge), *range(length - edge, length)] if fold else range(length)
        for length, fold in zip(array.shape, folded, strict=True)
    ]
    shown = array[np.ix_(*corners)] if any(folded) else array
    one, width = _format(shown)
    # From the innermost brackets outwards: of the parts of one dimension, as many as it is long become one of the next.
    parts = [one(value).rjust(width) for value in shown.reshape(-1).tolist()]
    for dim in reversed(range(array.ndim)):
        innermost = dim == array.ndim - 1
        length = shown.shape[dim]
        margin = " " * (indent + dim + 1)
        groups = [parts[start : start + length] for start in range(0, len(parts), length)]
        if folded[dim]:
            dots = " ..." if innermost else "..."
            groups = [[*group[:edge], dots, *group[edge:]] for group in groups]
        if innermost:
            per_line = max(1, (options.linewidth - indent - dim) // (width + 2))
            groups = [
                [", ".join(group[start : start + per_line]) for start in range(0, len(group), per_line)]
                for group in groups
            ]
        gap = ",\n" if innermost else "," + "\n" * (array.ndim - dim - 1)
        parts = ["[" + (gap + margin).join(group) + "]" for group in groups]
    return parts[0]


def _format(shown: np.ndarray) -> tuple[Callable[[float], str], int]:
    """The notation for one value, and the width that all are padded to: that of the widest, of floats the widest one
    neither zero, infinite nor NaN."""
    values = shown.reshape(-1)
    if values.dtype.kind != "f":
        return str, max(len(str(value)) for value in values.tolist())
    values = values[np.isfinite(values) & (values != 0)]
    if values.size == 0:
        return _whole, 1
    magnitudes = np.abs(values.astype(np.float64))
    smallest, largest = magnitudes.min().item(), magnitudes.max().item()
    scientific = options.sci_mode
    if scientific is None:
        scientific = largest / smallest > 1000 or largest > 1e8 or smallest < 1e-4
    one: Callable[[float], str]
    if scientific:
        one = f"{{:.{options.precision}e}}".format
    elif (values == np.ceil(values)).all():
        one = _whole
    else:
        one = f"{{:.{options.precision}f}}".format
    return one, max(len(one(value)) for value in values.tolist())


def _whole(value: float) -> str:
    return f"{value:.0f}." if math.isfinite(value) else str(value)
