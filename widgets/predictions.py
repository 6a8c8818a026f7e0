"""What a learner may be asked before a frame shows, the answer, and the misconceptions that lead to other answers.

All numbers come from the frame itself, so a saved page can judge an answer with nothing behind it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from .numbers import Json

Slip = tuple[str, np.ndarray | None]

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
    right = _array(frame["new"])
    if right is None or not right.size or not np.isfinite(right).all():
        return None
    place = None
    if right.size > WHOLE or right.ndim > 1:
        place = np.unravel_index(int(np.abs(right).argmax()), right.shape)
    wrong: list[tuple[str, list[float]]] = []
    answer = _at(right, right.shape, place) or []
    for kind, value in _misconceptions(frame, nodes, right):
        numbers = None if value is None else _at(value, right.shape, place)
        if numbers is not None and not any(_same(numbers, known) for known in (answer, *(n for _, n in wrong))):
            wrong.append((kind, numbers))
    return {
        "shape": [] if place else list(right.shape),
        "place": [int(i) for i in place] if place else None,
        "answer": answer,
        "wrong": wrong,
        "name": nodes[frame["tensor"]]["name"],
        "old": frame["old"]["text"] if frame["old"] else "",
        "local": frame["local"]["formula"] if frame["local"] else "",
    }


def _misconceptions(frame: Json, nodes: Mapping[str, Json], right: np.ndarray) -> Iterator[Slip]:
    """The kinds of wrong answers with what they come to, the most telling first."""
    tensor = nodes[frame["tensor"]]
    old, sent = _array(frame["old"]), _array(frame["contribution"])
    if old is not None:
        yield "replaced", sent
        yield "not added", old
    if frame["kind"] == "contribution":
        for kind, value in _slips(frame, nodes, sent):
            yield kind, value
            if old is not None and value is not None:
                yield kind, _added(old, value)
    yield "sign", -right
    yield "value", _array(tensor["value"])
    if frame["kind"] == "contribution":
        yield "result", _array(nodes[nodes[frame["operation"]]["output"]]["value"])
        yield "summed", right.sum()
    if frame["kind"] == "seed":
        yield "zero", np.zeros(())


def _slips(frame: Json, nodes: Mapping[str, Json], sent: np.ndarray | None) -> Iterator[Slip]:
    """What goes wrong with one contribution."""
    operation = nodes[frame["operation"]]
    upstream, local = _array(frame["upstream"]), _array(frame["local"]["value"])
    value = _array(nodes[frame["tensor"]]["value"])
    if operation["symbol"] == "mean" and sent is not None and value is not None and value.size:
        output = nodes[operation["output"]]["shape"]
        yield "1/n forgotten", sent * (value.size / max(math.prod(output), 1))
    yield "upstream forgotten", local
    if operation["symbol"] == "×" and upstream is not None and value is not None:
        yield "own factor", _product(upstream, value)
    yield "local derivative forgotten", upstream
    if upstream is not None and local is not None:
        yield "added", _added(upstream, local)
        with np.errstate(all="ignore"):
            yield "divided", _product(upstream, 1 / local)


def _array(array: Json | None) -> np.ndarray | None:
    """The numbers of an array of the trace, None where they were too many to be kept."""
    if array is None or array["values"] is None:
        return None
    return np.array(array["values"], dtype=float).reshape(array["shape"])


def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray | None:
    return a * b if _broadcast(a, b) else None


def _added(a: np.ndarray, b: np.ndarray) -> np.ndarray | None:
    return a + b if _broadcast(a, b) else None


def _broadcast(a: np.ndarray, b: np.ndarray) -> bool:
    try:
        np.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        return False
    return True


def _at(array: np.ndarray, shape: tuple[int, ...], place: tuple | None) -> list[float] | None:
    """The numbers that an answer is compared with, in the precision it is compared in; None where they do not fit."""
    try:
        whole = np.broadcast_to(array, shape)
    except ValueError:
        return None
    numbers = [float(f"{n:.5g}") for n in (whole.reshape(-1) if place is None else [whole[place]])]
    return numbers if all(map(math.isfinite, numbers)) else None


def _same(a: list[float], b: list[float]) -> bool:
    return all(abs(x - y) <= CLOSE * max(abs(x), abs(y)) for x, y in zip(a, b, strict=True))
