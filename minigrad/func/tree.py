"""Tensors in tuples, lists and dicts: what a function takes and returns, as one flat list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def flatten(tree: Any) -> tuple[list, Callable[[list], Any]]:
    """The leaves of nested tuples, lists and dicts, and how to build the same structure from other leaves.

    >>> leaves, build = flatten({"w": 1, "b": (2, 3)})
    >>> leaves, build([10, 20, 30])
    ([1, 2, 3], {'w': 10, 'b': (20, 30)})
    """
    leaves: list = []
    _collect(tree, leaves)
    return leaves, lambda others: _built(tree, iter(others))


def spec(tree: Any) -> str:
    """The structure as PyTorch's errors write it: ``(*, *)``."""
    if isinstance(tree, tuple | list):
        opening, closing = "()" if isinstance(tree, tuple) else "[]"
        return opening + ", ".join(map(spec, tree)) + closing
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{key!r}: {spec(value)}" for key, value in tree.items()) + "}"
    return "*"


def _collect(tree: Any, leaves: list) -> None:
    if isinstance(tree, tuple | list):
        for part in tree:
            _collect(part, leaves)
    elif isinstance(tree, dict):
        for part in tree.values():
            _collect(part, leaves)
    else:
        leaves.append(tree)


def _built(tree: Any, leaves: Iterator) -> Any:
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*[_built(part, leaves) for part in tree])
    if isinstance(tree, tuple | list):
        return type(tree)([_built(part, leaves) for part in tree])
    if isinstance(tree, dict):
        return type(tree)((key, _built(part, leaves)) for key, part in tree.items())
    return next(leaves)
