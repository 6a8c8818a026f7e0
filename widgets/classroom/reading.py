"""Reading answers: the numbers, arrays and functions in what students hand in, or words that say what is amiss."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .verdict import Wrong


def number(value: Any, name: str) -> float:
    """The number that ``value`` is: a Python or NumPy number, or a tensor with one element."""
    array = numbers(value, name)
    if array.size != 1:
        raise Wrong(f"{name} has shape {shape_words(array.shape)}. One number is wanted.")
    return float(array.reshape(()))


def numbers(value: Any, name: str) -> np.ndarray:
    """The real, finite numbers in ``value`` as float64: a number, an array, a tensor, or lists of these."""
    if value is None:
        raise Wrong(f"{name} is None. Was something printed instead of returned, or never set?")
    if isinstance(value, str):
        raise Wrong(f"{name} is text. Write the number without quotes.")
    if callable(value):
        raise Wrong(f"{name} is a function. Call it, and hand in what it returns.")
    try:
        array = np.asarray(plain_parts(value, name))
    except ValueError:
        raise Wrong(f"{name} holds rows of different lengths.") from None
    if array.dtype.kind not in "iuf":
        what = {"b": "a truth value", "c": "complex"}.get(array.dtype.kind, f"of type {type(value).__name__}")
        raise Wrong(f"{name} is {what}. Real numbers are wanted.")
    array = array.astype(np.float64)
    if np.isnan(array).any():
        raise Wrong(f"{name} is nan (not a number): somewhere 0/0 or inf - inf was computed.")
    if np.isinf(array).any():
        raise Wrong(f"{name} is infinite: somewhere a number was divided by zero, or grew without bound.")
    return array


def function(value: Any, signature: str) -> Callable:
    """``value``, if it is a function that can be called as ``signature`` says."""
    name, _, parameters = signature.rstrip(")").partition("(")
    if value is ...:
        raise Wrong(f"no answer so far. Write the function {signature}.")
    if not callable(value):
        raise Wrong(
            f"the function {signature} is wanted, and this is of type {type(value).__name__}. "
            f"Hand in {name} itself, without brackets."
        )
    try:
        inspect.signature(value).bind(*parameters.split(","))
    except TypeError:
        raise Wrong(f"the function must take these arguments: {signature}.") from None
    except ValueError:
        pass  # a built-in function that does not tell its signature
    return value


def shape_words(shape: tuple[int, ...]) -> str:
    """A shape as PyTorch's users write it."""
    return str(list(shape))


def plain_parts(value: Any, name: str) -> Any:
    """Numbers and arrays in place of tensors, in lists too."""
    if value is ...:
        raise Wrong(f"no answer so far. Put your own in place of the dots in {name}.")
    if isinstance(value, list | tuple):
        return [plain_parts(part, name) for part in value]
    if isinstance(value, set | dict):
        raise Wrong(f"{name} is a {type(value).__name__}. Numbers in order are wanted.")
    return np.asarray(value.detach()) if hasattr(value, "detach") else value
