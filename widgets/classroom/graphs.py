"""What can be counted in a graph: its nodes, the way from node to node, the graph written as one expression."""

from __future__ import annotations

from typing import Any


def nodes(tensor: Any) -> list[Any]:
    """All nodes behind a tensor, AccumulateGrad among them, each once, the newest first."""
    found, ways = [], [tensor.grad_fn]
    seen = set()
    while ways:
        node = ways.pop(0)
        if node is not None and node not in seen:
            seen.add(node)
            found.append(node)
            ways += [before for before, _ in node.next_functions]
    return found


def name(node: Any) -> str:
    """The name of a node's operation."""
    return type(node).__name__


def operations(tensor: Any) -> list[str]:
    """The names of all operations behind a tensor, one for each node."""
    return [name(node) for node in nodes(tensor) if name(node) != "AccumulateGrad"]


def leaves(tensor: Any) -> int:
    """How many leaves a gradient can arrive at."""
    return sum(name(node) == "AccumulateGrad" for node in nodes(tensor))


def edges(tensor: Any) -> int:
    """How many edges lead from node to node."""
    return sum(before is not None for node in nodes(tensor) for before, _ in node.next_functions)


def written(node: Any) -> str:
    """The graph behind a node as one expression, a leaf as ``leaf``.

    >>> import minigrad as torch
    >>> x = torch.tensor(2.0, requires_grad=True)
    >>> written((x * x + 1).grad_fn)
    'Add(Mul(leaf, leaf), constant)'
    """
    if node is None:
        return "constant"
    if name(node) == "AccumulateGrad":
        return "leaf"
    inputs = ", ".join(written(before) for before, _ in node.next_functions)
    return f"{name(node).partition('Backward')[0]}({inputs})"
