"""What is in a graph, counted: for graphs that are too big to trace or to draw."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .figures import box, moved, text
from .graph_words import Panel, count
from .numbers import Json

SHOWN = 4  # of the first and of the last operations
KINDS = 10
BAR, LINE = 420, 26  # the length of the longest bar, the height of a line


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
    leaves: set[Any] = set()
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


def summary(counted: Json) -> str:
    """A census in one line."""
    operations, leaves = count(counted["operations"], "operation"), count(counted["leaves"], "leaf")
    return f"{operations} · {leaves} · depth {counted['depth']:,}"


def as_text(name: str, counted: Json) -> str:
    """A census as text."""
    kinds = counted["kinds"]
    lines = [
        f"Graph of {name}: {summary(counted)}: too big to draw",
        *(f"  {number:,} × {kind}" for kind, number in kinds[:KINDS]),
        *([f"  and {count(len(kinds) - KINDS, 'other kind')}"] if len(kinds) > KINDS else []),
        f"  first: {', '.join(counted['first'])}",
        f"  last: {', '.join(counted['last'])}",
    ]
    return "\n".join(lines)


def panel(counted: Json) -> Panel:
    """What to do about a graph that is too big to draw."""
    return {
        "heading": "Too big to draw",
        "aside": [],
        "terms": [
            ["the first operations", f"{', '.join(counted['first'])}, …", ""],
            ["the last operations", f"…, {', '.join(counted['last'])}", ""],
        ],
        "say": [
            ["text", "A picture of this many operations could not be read. Look at a part of it: at the loss of one "],
            ["text", "round, or at fewer rounds. A graph that grows from round to round usually keeps a loss or a "],
            ["text", "state of the round before: "],
            ["code", "detach()"],
            ["text", " cuts it off there, "],
            ["code", "loss.item()"],
            ["text", " keeps the number without its graph."],
        ],
    }


def picture(counted: Json) -> str:
    """A bar for each kind of operation, as one SVG picture."""
    kinds = counted["kinds"][:KINDS]
    more = len(counted["kinds"]) - len(kinds)
    parts = []
    for place, (name, number) in enumerate(kinds):
        base = LINE * place + 13
        length = max(round(BAR * number / kinds[0][1]), 2)
        parts.append(text(196, base, name if len(name) <= 28 else f"{name[:27]}…", "mg-num", "end"))
        parts.append(box(206, base - 13, length, 18, "mg-share", radius=3))
        parts.append(text(214 + length, base, f"{number:,}", "mg-num mg-is-value"))
    if more:
        parts.append(text(206, LINE * len(kinds) + 13, f"and {count(more, 'other kind')}", "mg-fn"))
    width, height = BAR + 320, LINE * (len(kinds) + bool(more)) + 20
    return (
        f'<svg class="mg-graph" xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="operations by kind">'
        f"{box(0, 0, width, height, 'mg-ground', radius=0)}{moved(14, 12, *parts)}</svg>"
    )


def _name(node: Any) -> str:
    return node.name().rpartition("::")[2]


def _is_leaf(node: Any) -> bool:
    return _name(node) == "AccumulateGrad"
