"""What is in a graph, counted: for graphs that are too big to trace or to draw."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .numbers import Json

SHOWN = 4  # of the first and of the last operations


def census(tensor: Any) -> Json:
    """Count the operations behind a tensor of either engine, by name, in linear time and without recursion.

    ``depth`` is the length of the longest way from an operation without predecessors to the tensor; ``first`` and
    ``last`` name operations at both ends.

    >>> import minigrad as torch
    >>> x = torch.tensor(2.0, requires_grad=True)
    >>> counted = census(x * x + x)
    >>> counted["operations"], counted["leaves"], counted["depth"], counted["kinds"]
    (2, 1, 2, [['AddBackward0', 1], ['MulBackward0', 1]])
    """
    depth: dict[Any, int] = {}
    leaves = set()
    stack = [] if tensor.grad_fn is None else [tensor.grad_fn]
    while stack:
        node = stack[-1]
        inputs = [found for found, _ in node.next_functions if found is not None]
        above = [found for found in inputs if not _is_leaf(found)]
        leaves.update(found for found in inputs if _is_leaf(found))
        missing = [found for found in above if found not in depth]
        if missing:
            stack += missing
            continue
        depth[stack.pop()] = 1 + max((depth[found] for found in above), default=0)
    kinds = Counter(_name(node) for node in depth)
    ordered = sorted(depth, key=depth.__getitem__)
    return {
        "operations": len(depth),
        "leaves": len(leaves) or int(tensor.grad_fn is None),
        "depth": max(depth.values(), default=0),
        "kinds": [[name, count] for name, count in sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))],
        "first": [_name(node) for node in ordered[:SHOWN]],
        "last": [_name(node) for node in ordered[-SHOWN:]],
    }


def _name(node: Any) -> str:
    return node.name().rpartition("::")[2]


def _is_leaf(node: Any) -> bool:
    return _name(node) == "AccumulateGrad"
