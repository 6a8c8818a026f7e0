"""What a learner may be asked before a frame shows, the answer, and the misconceptions that lead to other answers.

All numbers come from the frame itself, so a saved page can judge an answer with nothing behind it.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from .numbers import Json

Numbers = list[float]
Slip = tuple[str, Numbers | None]

# The words for each misconception; the front end puts the names and numbers of the frame in.
MISCONCEPTIONS = {
    "replaced": "That is this contribution alone. You replaced; autograd adds: {name} already held {old}.",
    "not added": "That is what {name} already held. What arrives is added to it.",
    "upstream forgotten": "That is the local derivative alone. The upstream gradient is forgotten: the chain rule "
    "multiplies by what came in from the output's side.",
    "1/n forgotten": "The mean's 1/n is forgotten: each element counts only for its share.",
    "local derivative forgotten": "That is the upstream gradient alone. The local derivative is forgotten: {local}.",
    "own factor": "You multiplied by {name} itself. The derivative with respect to a factor is the other factor.",
    "added": "You added the upstream gradient and the local derivative. The chain rule multiplies them; only "
    "contributions to one tensor are added.",
    "divided": "You divided by the local derivative. The chain rule multiplies by it.",
    "sign": "The size is right, the sign is not.",
    "summed": "That is the sum over the elements. Here each element has a gradient of its own.",
    "value": "That is the value of {name}, not its gradient.",
    "result": "That is the value of the result, not a gradient.",
    "other": "Look at what comes in, and at what the operation does with it.",
    "zero": "A gradient of 0 would make every gradient behind it 0 as well.",
}
WHOLE = 4  # elements: of a longer array, one is asked for
CLOSE = 0.01  # answers closer than this part of the number are the same: the picture shows three digits


def question(frame: Json, nodes: Mapping[str, Json]) -> Json | None:
    """What to ask before a frame shows, None where there is nothing to predict.

    ``answer`` has the numbers of ``shape``, or the one at ``place``; ``wrong`` the misconceptions with theirs; the
    words of a misconception may speak of ``name``, ``old`` and ``local``.
    """
    if frame["kind"] not in ("seed", "contribution", "accumulate"):
        return None
    if frame["kind"] == "accumulate" and frame["old"] is None:
        return None  # it would be the gradient that shows already
    asked = _Asked(frame["new"])
    answer = asked.of(frame["new"])
    if not answer:
        return None
    known = [answer]
    wrong: list[tuple[str, Numbers]] = []
    for kind, numbers in _misconceptions(frame, nodes, asked, answer):
        if numbers is not None and not any(_same(numbers, other) for other in known):
            known.append(numbers)
            wrong.append((kind, [float(f"{n:.5g}") for n in numbers]))
    return {
        "shape": [] if asked.place else asked.shape,
        "place": asked.place,
        "answer": [float(f"{n:.5g}") for n in answer],
        "wrong": wrong,
        "name": nodes[frame["tensor"]]["name"],
        "old": frame["old"]["text"] if frame["old"] else "",
        "local": frame["local"]["formula"] if frame["local"] else "",
    }


class _Asked:
    """Which elements of an array are asked for: all, or the largest."""

    def __init__(self, array: Json) -> None:
        self.shape: list[int] = array["shape"]
        self.size = math.prod(self.shape)
        self.index: int | None = None
        self.place: list[int] | None = None
        if array["values"] and (self.size > WHOLE or len(self.shape) > 1):
            sizes = [-1.0 if isinstance(n, str) else abs(n) for n in array["values"]]
            self.index = sizes.index(max(sizes))
            self.place = [int(i) for i in np.unravel_index(self.index, self.shape)]

    def of(self, array: Json | None) -> Numbers | None:
        """The numbers of an array in their places; None where it has none there, or they are not finite."""
        if array is None or not array["values"]:
            return None
        values = array["values"]
        if array["shape"] == self.shape:
            values = values if self.index is None else [values[self.index]]
        elif len(values) == 1:
            values = values * (self.size if self.index is None else 1)
        else:
            return None
        return None if any(isinstance(n, str) for n in values) else values


def _misconceptions(frame: Json, nodes: Mapping[str, Json], asked: _Asked, right: Numbers) -> Iterator[Slip]:
    """The kinds of wrong answers with what they come to, the most telling first."""
    tensor = nodes[frame["tensor"]]
    old, sent = asked.of(frame["old"]), asked.of(frame["contribution"])
    if old is not None:
        yield "replaced", sent
        yield "not added", old
    if frame["kind"] == "contribution":
        for kind, numbers in _slips(frame, nodes, asked):
            yield kind, numbers
            if old is not None:
                yield kind, _each(operator.add, old, numbers)
    yield "sign", [-n for n in right]
    yield "value", asked.of(tensor["value"])
    if frame["kind"] == "contribution":
        yield "result", asked.of(nodes[nodes[frame["operation"]]["output"]]["value"])
        values = frame["new"]["values"]
        if len(values) > 1 and not any(isinstance(n, str) for n in values):
            yield "summed", [sum(values)] * len(right)
    if frame["kind"] == "seed":
        yield "zero", [0.0] * len(right)


def _slips(frame: Json, nodes: Mapping[str, Json], asked: _Asked) -> Iterator[Slip]:
    """What goes wrong with one contribution."""
    operation, tensor = nodes[frame["operation"]], nodes[frame["tensor"]]
    upstream, local = asked.of(frame["upstream"]), asked.of(frame["local"]["value"])
    value = asked.of(tensor["value"])
    if operation["symbol"] == "mean":
        count = asked.size / max(math.prod(nodes[operation["output"]]["shape"]), 1)
        yield "1/n forgotten", _each(operator.mul, asked.of(frame["contribution"]), [count] * asked.size)
    yield "upstream forgotten", local
    if operation["symbol"] == "×":
        yield "own factor", _each(operator.mul, upstream, value)
    yield "local derivative forgotten", upstream
    yield "added", _each(operator.add, upstream, local)
    if local is not None and all(local):
        yield "divided", _each(operator.truediv, upstream, local)


def _each(combine: Callable[[float, float], float], a: Numbers | None, b: Numbers | None) -> Numbers | None:
    return None if a is None or b is None else list(map(combine, a, b))


def _same(a: Numbers, b: Numbers) -> bool:
    return all(abs(x - y) <= CLOSE * max(abs(x), abs(y)) for x, y in zip(a, b, strict=True))
