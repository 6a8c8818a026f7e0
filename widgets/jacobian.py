"""JacobianExplorer: drag x and v, see J and vᵀJ, and count the backward passes that each costs."""

from __future__ import annotations

import math
import textwrap
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import traitlets

import minigrad as torch
from minigrad import engine
from minigrad.graph import AccumulateGrad, Node

from .figures import ADVANCE, box, cell, lowered, moved, picture, space, text, vector
from .numbers import number
from .trace import Sentence, check_tensor
from .view import View

MOST = 6  # inputs or outputs: more do not fit on a screen
CELL, GAP, BETWEEN, LABEL, MARGIN = 34, 4, 8, 92, 22  # in pixels; GAP between columns, BETWEEN rows


def eleven_doublings(x: torch.Tensor) -> torch.Tensor:
    """Double a tensor eleven times: the lesson's function with many outputs, whose J is 2048 times the identity.

    >>> eleven_doublings(torch.tensor([1.0, -0.5]))
    tensor([ 2048., -1024.])
    """
    y = x * 2
    for _ in range(10):
        y = y * 2
    return y


class JacobianExplorer(View, front_end="jacobian", picture="figures"):
    """Show the Jacobian of f at x and what ``backward(v)`` makes of it, for sliders of x and v.

    ``f`` is any function from a 1-D tensor to a 1-D tensor or a scalar, ``x`` where to start, and ``v`` the cotangent,
    by default ones; at most six numbers each. Without arguments, the function of the lesson. ``x`` itself, its
    ``grad`` and its graph stay as they are. J is found by rows, one backward pass each with a one-hot v
    (``torch.autograd.grad``); vᵀJ by the one pass ``f(x).backward(v)``, and both are counted as the engine runs them.

    Raises TypeError where ``x``, ``v`` or what f returns is no tensor, ValueError for other shapes and sizes and for
    numbers that are not finite, RuntimeError where the result does not require grad, and whatever f raises. Later
    errors of f, at another x, are shown in the widget.

    >>> JacobianExplorer(lambda x: x * x, torch.tensor([1.0, 2.0]), v=torch.tensor([1.0, 0.5]))
    Jacobian of f at x, ℝ² → ℝ²
      x = [1, 2]
      f(x) = [1, 4]
      J, by rows: 2 backward passes
        v₁ = 1    [2, 0]
        v₂ = 0.5  [0, 4]
      vᵀJ: 1 backward pass
        [2, 2]
    """

    x = traitlets.List(traitlets.Float(), help="Where J is taken; set it to move there.").tag(sync=True)
    v = traitlets.List(traitlets.Float(), help="The cotangent, one weight for each output.").tag(sync=True)
    about = traitlets.Dict(read_only=True, help="What does not change: the function's name, sizes, limits.").tag(
        sync=True
    )
    result = traitlets.Dict(read_only=True, help="What the engine found, with a sequence number.").tag(sync=True)

    def __init__(
        self,
        f: Callable[[torch.Tensor], torch.Tensor] | None = None,
        x: torch.Tensor | None = None,
        v: torch.Tensor | None = None,
    ) -> None:
        if f is None and x is None:
            f, x = eleven_doublings, torch.tensor([1.5, -0.25, -2.0])
            v = torch.tensor([0.1, 1.0, 0.0001]) if v is None else v
        if not callable(f):
            raise TypeError(
                f"JacobianExplorer takes a function f and a tensor x: f is {_kind(f)}, which cannot be called"
            )
        start = _numbers("x", x)
        assert x is not None
        self._f = f
        self._dtype = x.dtype
        self._lock = threading.RLock()
        self._sequence = 0
        point = _measure(f, start, None if v is None else _numbers("v", v), self._dtype)
        self._sizes = {"x": len(point.x), "v": len(point.v)}
        self._last = point
        super().__init__(x=point.x, v=point.v)
        self.observe(self._moved, ["x", "v"])

    # Defaults, not values set later: so they are part of the very first message, and no front end sees them empty.
    @traitlets.default("about")
    def _describe(self) -> dict[str, Any]:
        point, name = self._last, getattr(self._f, "__name__", "f")
        return {
            "name": name if name.isidentifier() else "f",
            "map": f"{space(len(point.x))} → {space(len(point.v))}",
            "limits": {"x": _limit(point.x), "v": _limit(point.v)},
            "start": {"x": point.x, "v": point.v},
        }

    @traitlets.default("result")
    def _show(self, error: str | None = None) -> dict[str, Any]:
        """The last good point, and what went wrong since."""
        self._sequence += 1
        point, name = self._last, self._name
        width, height, parts = _drawing(point, bands=True)
        return {
            "sequence": self._sequence,
            "x": [number(value) for value in self.x],
            "v": [number(value) for value in self.v],
            "error": error,
            "picture": picture(width, height, _spoken(name, point), *parts),
            "vjp": vector(point.vjp),
            "row_passes": _passes(point.row_passes),
            "vjp_passes": _passes(point.vjp_passes),
            "sentence": _sentence(point),
            "reasons": {
                "row": [_row_reason(point, i) for i in range(len(point.v))],
                "column": [_column_reason(point, j) for j in range(len(point.x))],
            },
        }

    @traitlets.validate("x", "v")
    def _fits(self, proposal: Any) -> list[float]:
        name, values = proposal["trait"].name, proposal["value"]
        size = self._sizes[name]
        if len(values) != size:
            raise traitlets.TraitError(f"{name} has {size} numbers here, got {len(values)}")
        if not all(map(math.isfinite, values)):
            raise traitlets.TraitError(f"{name} must be finite numbers, got {vector(values)}")
        return values

    def _moved(self, change: Any) -> None:
        # Changes may come from several threads, in any order: whoever holds the lock shows what is true now.
        with self._lock:
            if (self.x, self.v) == (self._last.x, self._last.v) and self.result["error"] is None:
                return
            try:
                point = _measure(self._f, self.x, self.v, self._dtype)
            except Exception as error:  # the learner's function may raise anything
                self.set_trait("result", self._show(_complaint(self.x, error)))
            else:
                self._last = point
                self.set_trait("result", self._show())

    @property
    def _name(self) -> str:
        return self.about["name"]

    def _text(self) -> str:
        point = self._last
        weights = [f"v{lowered(i)} = {number(weight)}" for i, weight in enumerate(point.v, 1)]
        wide = max(map(len, weights))
        rows = [f"    {weight:<{wide}}  {vector(row)}" for weight, row in zip(weights, point.rows, strict=True)]
        return "\n".join(
            [
                f"Jacobian of {self._name} at x, {self.about['map']}",
                f"  x = {vector(point.x)}",
                f"  {self._name}(x) = {vector(point.y)}",
                f"  J, by rows: {_passes(point.row_passes)}",
                *rows,
                f"  vᵀJ: {_passes(point.vjp_passes)}",
                f"    {vector(point.vjp)}",
            ]
        )

    def _picture(self) -> str:
        point, name = self._last, self._name
        width, height, parts = _drawing(point, bands=False)
        reason = _column_reason(point, 0)
        width = max(width, 520, 2 * MARGIN + ADVANCE * 12 * len(reason))
        words = "".join(part for _, part in _sentence(point))
        lines = textwrap.wrap(words, int((width - 2 * MARGIN) / 6.6))
        bottom = height + 96
        return picture(
            math.ceil(width),
            bottom + 18 * len(lines) + 20,
            _spoken(name, point),
            text(MARGIN, 28, f"Jacobian of {name} at x", "mg-heading"),
            text(MARGIN + 7.4 * len(f"Jacobian of {name} at x") + 12, 28, self.about["map"], "mg-caption"),
            moved(0, 42, *parts),
            text(MARGIN, height + 54, reason, "mg-num"),
            text(MARGIN, height + 82, "all of J, by rows:", "mg-caption"),
            text(MARGIN + 100, height + 82, _passes(point.row_passes), "mg-num mg-is-grad"),
            text(MARGIN + 270, height + 82, "vᵀJ:", "mg-caption"),
            text(MARGIN + 300, height + 82, _passes(point.vjp_passes), "mg-num mg-is-grad"),
            *(text(MARGIN, bottom + 14 + 18 * i, line) for i, line in enumerate(lines)),
            ground=True,
        )


# What the engine does


@dataclass(frozen=True)
class Point:
    """J and vᵀJ of a function at one x, for one v, with the backward passes they took."""

    x: list[float]
    y: list[float]
    v: list[float]
    rows: list[list[float]]
    vjp: list[float]
    row_passes: int
    vjp_passes: int


class _Counter:
    """Counts the backward passes that the engine runs."""

    passes = 0

    def seed(self, node: Node, gradient: np.ndarray) -> None:
        self.passes += 1

    def contribution(self, *contribution: Any) -> None:
        pass

    def accumulate(self, leaf: AccumulateGrad, *gradients: Any) -> None:
        pass


def _measure(f: Callable[[Any], Any], x: list[float], v: list[float] | None, dtype: torch.dtype) -> Point:
    """Run f at x, then the backward passes for J and for vᵀJ.

    The graph is kept and gradients go to x alone: f may use tensors of the learner's, and those stay untouched.
    """
    leaf = torch.tensor(x, dtype=dtype, requires_grad=True)
    try:
        with torch.enable_grad():
            y = f(leaf)
    except Exception as error:
        error.add_note(f"Hint: JacobianExplorer called f(x) with x = {vector(x)}.")
        raise
    if not isinstance(y, torch.Tensor):
        raise TypeError(f"f must return a tensor, and returned {_kind(y)}")
    size = y.numel()
    if y.ndim > 1 or not 1 <= size <= MOST:
        raise ValueError(
            f"f must return a 1-D tensor of 1 to {MOST} numbers, and returned one of shape {list(y.shape)}. "
            "Return fewer of them: f(x)[:3], or f(x).sum()."
        )
    v = [1.0] * size if v is None else v
    if len(v) != size:
        raise ValueError(f"v weights each number that f returns: f returned {size} of them here, and v has {len(v)}")
    rows, counter = [], _Counter()
    with engine.observed_by(counter):
        for i in range(size):
            one_hot = torch.tensor([float(i == j) for j in range(size)], dtype=y.dtype).reshape(y.shape)
            (row,) = torch.autograd.grad(y, leaf, one_hot, retain_graph=True, allow_unused=True)
            rows.append([0.0] * len(x) if row is None else row.tolist())
        row_passes, counter.passes = counter.passes, 0
        y.backward(torch.tensor(v, dtype=y.dtype).reshape(y.shape), retain_graph=True, inputs=[leaf])
    return Point(
        x=list(x),
        y=y.detach().reshape(-1).tolist(),
        v=list(v),
        rows=rows,
        vjp=[0.0] * len(x) if leaf.grad is None else leaf.grad.tolist(),
        row_passes=row_passes,
        vjp_passes=counter.passes,
    )


def _numbers(name: str, given: Any) -> list[float]:
    """The elements of a tensor that sliders can stand for."""
    check_tensor(given)
    if given.ndim != 1 or not 1 <= given.numel() <= MOST:
        raise ValueError(
            f"JacobianExplorer draws 1-D tensors of 1 to {MOST} numbers, and {name} has shape {list(given.shape)}. "
            f"Take a part of it: {name}[:3]."
        )
    values = [float(value) for value in given.tolist()]
    if not all(map(math.isfinite, values)):
        raise ValueError(f"{name} must be finite numbers, got {vector(values)}")
    return values


def _kind(thing: object) -> str:
    name = type(thing).__name__
    return "None" if thing is None else f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _limit(values: list[float]) -> float:
    """Where a slider ends: 1, 2 or 5 times a power of ten, with room beyond the largest number."""
    room = max(1.0, 1.5 * max(map(abs, values)))
    power = 10.0 ** math.floor(math.log10(room))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= room)


# What is said


def _passes(count: int) -> str:
    return f"{count} backward pass{'' if count == 1 else 'es'}"


def _complaint(x: list[float], error: Exception) -> str:
    hints = [note for note in getattr(error, "__notes__", []) if vector(x) not in note]
    return "\n".join([f"At x = {vector(x)}, {type(error).__name__}: {error}", *hints])


def _spoken(name: str, point: Point) -> str:
    rows = "; ".join(f"row {i}: {vector(row)}" for i, row in enumerate(point.rows, 1))
    return f"Jacobian of {name} at x = {vector(point.x)}. {rows}. v = {vector(point.v)}. vᵀJ = {vector(point.vjp)}."


def _sentence(point: Point) -> Sentence:
    always: Sentence = [
        ["strong", "backward(v)"],
        ["text", " never builds J. It carries v back once, and "],
        ["strong", "v times J"],
        ["text", ", v from the left, is what it puts in "],
        ["code", "x.grad"],
        ["text", ". "],
    ]
    return [*always, *_remark(point)]


def _remark(point: Point) -> Sentence:
    """What is worth seeing in these very numbers."""
    v, rows = point.v, point.rows
    chosen = [i for i, weight in enumerate(v) if weight]
    if len(v) == 1:
        if v[0] == 1:
            return [["text", "As for a loss, J has one row and v is 1: vᵀJ is the gradient."]]
        return [["text", "As for a loss, J has one row; with v = 1, vᵀJ is the gradient."]]
    if not chosen:
        return [["text", "Here v is zero, so nothing is asked and nothing comes back."]]
    if len(chosen) == 1 and v[chosen[0]] == 1:
        return [
            ["text", f"Here v is 1 at y{lowered(chosen[0] + 1)} and 0 elsewhere: that picks row {chosen[0] + 1} of J."]
        ]
    if all(weight == 1 for weight in v):
        return [
            ["text", "Here v is all ones: the rows are added, as by "],
            ["code", "y.sum().backward()"],
            ["text", "."],
        ]
    square = len(rows) == len(rows[0])
    if square and all((value == 0) == (i != j) for i, row in enumerate(rows) for j, value in enumerate(row)):
        return [["text", "Here J is diagonal: each y depends on its own x alone, so vᵀJ is v times the diagonal."]]
    return [["text", "Here v weights the rows of J, and the weighted rows are added."]]


# What is drawn


def _drawing(point: Point, *, bands: bool) -> tuple[float, float, list[str]]:
    """Width, height and parts of the picture: v, the rows of J that it weights, and their sum vᵀJ below.

    With `bands`, each row and column has one behind it, for the front end to light.
    """
    rows, columns = len(point.rows), len(point.x)
    width = _cell_width([*point.vjp, *(value for row in point.rows for value in row)])
    weight_width = _cell_width(point.v)
    labels = [f"y{lowered(i)} = {number(value)}" for i, value in enumerate(point.y, 1)]
    top = 60
    left = MARGIN + weight_width + 24 + LABEL + 12
    right = left + columns * (width + GAP) - GAP
    below = top + rows * (CELL + BETWEEN) + 20
    middle = (left + right) / 2
    parts = []
    if bands:
        for j in range(columns):
            at = left + j * (width + GAP)
            parts.append(box(at - 2, 22, width + 4, below + CELL - 18, "mg-band", radius=7, rest=f'data-column="{j}"'))
        for i in range(rows):
            y = top + i * (CELL + BETWEEN)
            parts.append(
                box(MARGIN - 4, y - 4, right - MARGIN + 8, CELL + 8, "mg-band", radius=7, rest=f'data-row="{i}"')
            )
    parts += [text(MARGIN + weight_width / 2, 35, "v", "mg-name mg-is-grad mg-strong", "middle")]
    parts += [text(MARGIN + weight_width / 2, 49, "cotangent", "mg-caption", "middle")]
    parts += [text(middle, 14, "J = ∂y/∂x", "mg-name mg-is-value mg-strong", "middle")]

    largest_weight = _largest(point.v)
    largest = _largest([value for row in point.rows for value in row])
    for j, value in enumerate(point.x):
        at = left + j * (width + GAP) + width / 2
        parts.append(text(at, 49, number(value), "mg-small mg-is-muted", "middle"))
        parts.append(text(at, 35, f"x{lowered(j + 1)}", "mg-small", "middle"))
    for i, (weight, row) in enumerate(zip(point.v, point.rows, strict=True)):
        y = top + i * (CELL + BETWEEN)
        share = abs(weight) / largest_weight if largest_weight else 0
        drawn = cell(MARGIN, y, weight_width, CELL, weight, largest_weight, "grad")
        parts.append(_cell(f'data-row="{i}" data-part="v"', f"v{lowered(i + 1)} = {number(weight)}", drawn))
        parts.append(text(left - 12, y + CELL / 2 + 4, labels[i], "mg-small mg-is-muted", "end"))
        for j, value in enumerate(row):
            title = f"∂y{lowered(i + 1)}/∂x{lowered(j + 1)} = {number(value)}"
            drawn = cell(left + j * (width + GAP), y, width, CELL, value, largest, "value")
            parts.append(_cell(f'data-row="{i}" data-column="{j}" data-part="J"', title, drawn))
        if share:
            # How much a row counts is told by the weight of the line around it.
            line = f'stroke-width="{0.8 + 1.8 * share:.2f}" stroke-opacity="{0.35 + 0.65 * share:.2f}"'
            parts.append(box(left - 2, y - 2, right - left + 4, CELL + 4, "mg-weight", radius=6, rest=line))

    x, start = MARGIN + weight_width / 2, top + rows * (CELL + BETWEEN)
    turn, end = below + CELL / 2, left - 40
    parts.append(
        f'<path d="M{x:g} {start:g}V{turn - 16:g}Q{x:g} {turn:g} {x + 16:g} {turn:g}H{end - 8:g}" class="mg-flow"/>'
    )
    parts.append(f'<path d="M{end:g} {turn:g}l-9 -4.5v9z" class="mg-head"/>')
    parts.append(text(left - 8, turn + 4, "vᵀJ", "mg-name mg-is-grad mg-strong", "end"))
    largest_result = _largest(point.vjp)
    for j, value in enumerate(point.vjp):
        at = left + j * (width + GAP)
        drawn = cell(at, below, width, CELL, value, largest_result, "grad") + box(at, below, width, CELL, "mg-result")
        title = f"x.grad{lowered(j + 1)} = {number(value)}"
        parts.append(_cell(f'data-column="{j}" data-part="vjp"', title, drawn))
    caption = "pulled back: what backward(v) puts in x.grad"
    caption_x = max(middle, MARGIN + 6 * len(caption) / 2)
    parts.append(text(caption_x, below + CELL + 19, caption, "mg-caption mg-is-grad", "middle"))

    return math.ceil(max(right, caption_x + 3 * len(caption)) + MARGIN), below + CELL + 30, parts


def _cell(key: str, title: str, drawn: str) -> str:
    return f'<g class="mg-cell" {key}><title>{title}</title>{drawn}</g>'


def _cell_width(values: Iterable[float]) -> float:
    """Wide enough for the longest, in two sizes only, so that a picture does not jitter under a slider."""
    return 68 if max(len(number(value)) for value in values) <= 7 else 96


def _largest(values: list[float]) -> float:
    return max((abs(value) for value in values if math.isfinite(value)), default=0.0)


def _column_reason(point: Point, column: int) -> str:
    terms = [f"{_factor(w)}·{_factor(row[column])}" for w, row in zip(point.v, point.rows, strict=True)]
    return f"(vᵀJ){lowered(column + 1)} = {' + '.join(terms)} = {number(point.vjp[column])}"


def _row_reason(point: Point, row: int) -> str:
    i = lowered(row + 1)
    one_hot = vector([float(row == j) for j in range(len(point.v))])
    return f"∂y{i}/∂x = {vector(point.rows[row])}: one backward pass with v = {one_hot}"


def _factor(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)
