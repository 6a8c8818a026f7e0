"""The picture of a Jacobian: J between the cotangent that weights its rows and the tangent that weights its columns."""

from __future__ import annotations

import math
from collections.abc import Iterable

from .figures import box, cell, lowered, moved, text, vector
from .numbers import number
from .planes import SIZE, planes
from .products import Point

CELL, GAP, BETWEEN, LABEL, MARGIN = 34, 4, 8, 92, 22  # in pixels; GAP between columns, BETWEEN rows
APART = 58  # between J and Ju
FIRST, NAMES, TOP = 4, 62, 88  # where u, the names of the columns and J are, from above
PULLED = "pulled back: what backward(v) puts in x.grad"


def drawing(point: Point, limits: dict[str, float], *, live: bool) -> tuple[float, float, list[str]]:
    """Width, height and parts of the picture; `live` ones have bands and handles, to light and to drag."""
    matrices = _Matrices(point)
    width, height = matrices.size()
    parts = [*(matrices.bands() if live else ()), *matrices.parts()]
    if len(point.x) == len(point.y) == 2:
        below = height + 24
        wide = 2 * SIZE + 40
        start = max(0.0, (width - wide) / 2 - MARGIN)
        parts.append(moved(MARGIN + start, below, *planes(point, limits, handles=live)))
        width, height = max(width, wide + 2 * MARGIN), below + SIZE + 78
    return width, height, parts


class _Matrices:
    """v, J and Ju side by side, u above J and vᵀJ below."""

    def __init__(self, point: Point) -> None:
        self.point = point
        self.filled = [value for line in point.lines for value in line]
        self.width = _cell_width([*point.vjp, *point.u, *self.filled])
        self.v_width, self.jvp_width = _cell_width(point.v), _cell_width(point.jvp)
        self.left = MARGIN + self.v_width + 24 + LABEL + 12
        self.right = self.left + len(point.x) * (self.width + GAP) - GAP
        self.pushed = self.right + APART
        self.v_middle, self.jvp_middle = MARGIN + self.v_width / 2, self.pushed + self.jvp_width / 2
        self.below = TOP + len(point.y) * (CELL + BETWEEN) + 20
        self.caption = max((self.left + self.right) / 2, MARGIN + 3 * len(PULLED))

    def size(self) -> tuple[float, float]:
        """Width and height."""
        widest = max(self.pushed + self.jvp_width, self.jvp_middle + 42, self.caption + 3 * len(PULLED))
        return math.ceil(widest + MARGIN), self.below + CELL + 30

    def parts(self) -> list[str]:
        """Everything but the bands."""
        inputs, outputs = range(len(self.point.x)), range(len(self.point.y))
        columns = [part for j in inputs for part in self._column(j)]
        rows = [part for i in outputs for part in self._row(i)]
        return [*self._names(), *columns, *rows, *self._flows()]

    def bands(self) -> list[str]:
        """What lies behind each row and column, to be lit."""
        drawn = []
        for j in range(len(self.point.x)):
            rest = f'data-column="{j}"'
            drawn.append(box(self._x(j) - 2, 0, self.width + 4, self.below + CELL + 4, "mg-band", radius=7, rest=rest))
        for i in range(len(self.point.y)):
            wide, rest = self.pushed + self.jvp_width - MARGIN + 8, f'data-row="{i}"'
            drawn.append(box(MARGIN - 4, _y(i) - 4, wide, CELL + 8, "mg-band", radius=7, rest=rest))
        return drawn

    def _x(self, column: int) -> float:
        return self.left + column * (self.width + GAP)

    def _names(self) -> list[str]:
        warm, cool = "mg-name mg-is-grad mg-strong", "mg-name mg-is-value mg-strong"
        return [
            text(self.v_middle, NAMES, "v", warm, "middle"),
            text(self.v_middle, NAMES + 14, "cotangent", "mg-caption", "middle"),
            text(self.left - 12, NAMES + 14, "J = ∂y/∂x", cool, "end"),
            text(self.left - 12, FIRST + CELL / 2 + 4, "u", cool, "end"),
            text(self.left - 28, FIRST + CELL / 2 + 4, "tangent", "mg-caption", "end"),
            text(self.jvp_middle, NAMES, "Ju", cool, "middle"),
            text(self.jvp_middle, NAMES + 14, "pushed forward", "mg-caption", "middle"),
            text(self.left - 8, self.below + CELL / 2 + 4, "vᵀJ", warm, "end"),
            text(self.caption, self.below + CELL + 19, PULLED, "mg-caption mg-is-grad", "middle"),
        ]

    def _column(self, j: int) -> list[str]:
        """The number of u over a column of J, its name and place, and the number of vᵀJ under it."""
        x, point, middle = self._x(j), self.point, self._x(j) + self.width / 2
        u = cell(x, FIRST, self.width, CELL, point.u[j], _largest(point.u), "value")
        vjp = cell(x, self.below, self.width, CELL, point.vjp[j], _largest(point.vjp), "grad")
        vjp += box(x, self.below, self.width, CELL, "mg-result")
        return [
            _cell(f'data-column="{j}" data-part="u"', f"u{lowered(j + 1)} = {number(point.u[j])}", u),
            text(middle, NAMES, f"x{lowered(j + 1)}", "mg-small", "middle"),
            text(middle, NAMES + 14, number(point.x[j]), "mg-small mg-is-muted", "middle"),
            _cell(f'data-column="{j}" data-part="vjp"', f"x.grad{lowered(j + 1)} = {number(point.vjp[j])}", vjp),
        ]

    def _row(self, i: int) -> list[str]:
        """The number of v beside a row of J, the row, and the number of Ju on its other side."""
        y, point = _y(i), self.point
        v = cell(MARGIN, y, self.v_width, CELL, point.v[i], _largest(point.v), "grad")
        jvp = cell(self.pushed, y, self.jvp_width, CELL, point.jvp[i], _largest(point.jvp), "value")
        jvp += box(self.pushed, y, self.jvp_width, CELL, "mg-pushed")
        label = f"y{lowered(i + 1)} = {number(point.y[i])}"
        return [
            _cell(f'data-row="{i}" data-part="v"', f"v{lowered(i + 1)} = {number(point.v[i])}", v),
            text(self.left - 12, y + CELL / 2 + 4, label, "mg-small mg-is-muted", "end"),
            *(self._entry(i, j, entry) for j, entry in enumerate(point.jacobian[i])),
            _cell(f'data-row="{i}" data-part="jvp"', f"(Ju){lowered(i + 1)} = {number(point.jvp[i])}", jvp),
        ]

    def _entry(self, i: int, j: int, entry: float | None) -> str:
        place, name = (self._x(j), _y(i), self.width, CELL), f"∂y{lowered(i + 1)}/∂x{lowered(j + 1)}"
        if entry is None:
            title, drawn = f"{name}: not filled", box(*place, "mg-empty")
        else:
            title, drawn = f"{name} = {number(entry)}", cell(*place, entry, _largest(self.filled), "value")
        return _cell(f'data-row="{i}" data-column="{j}" data-part="J"', title, drawn)

    def _flows(self) -> list[str]:
        """Which way things go: u over J to Ju, solid; v under J to vᵀJ, dashed."""
        u, ju, v = FIRST + CELL / 2, self.jvp_middle, self.v_middle
        result, end = self.below + CELL / 2, self.left - 40
        return [
            f'<path d="M{self.right + 8:g} {u:g}H{ju - 14:g}Q{ju:g} {u:g} {ju:g} {u + 12:g}V{NAMES - 20}"'
            ' class="mg-push"/>',
            f'<path d="M{ju:g} {NAMES - 13}l-4.5 -9h9z" class="mg-push-head"/>',
            f'<path d="M{v:g} {self.below - 20:g}V{result - 16:g}Q{v:g} {result:g} {v + 16:g} {result:g}H{end - 8:g}"'
            ' class="mg-flow"/>',
            f'<path d="M{end:g} {result:g}l-9 -4.5v9z" class="mg-head"/>',
        ]


def _y(row: int) -> float:
    return TOP + row * (CELL + BETWEEN)


def column_reason(point: Point, column: int) -> str:
    """How the number of vᵀJ in a column comes about, or the forward pass that filled the column."""
    name = f"(vᵀJ){lowered(column + 1)}"
    entries = [row[column] for row in point.jacobian]
    found = [entry for entry in entries if entry is not None]
    if len(found) < len(entries):
        return f"{name} = {number(point.vjp[column])}, by {point.vjp_passes}, without these entries of J"
    return f"{name} = {_sum(point.v, found)} = {number(point.vjp[column])}"


def row_reason(point: Point, row: int) -> str:
    """How the number of Ju in a row comes about, or that it did without the row."""
    name = f"(Ju){lowered(row + 1)}"
    found = [entry for entry in point.jacobian[row] if entry is not None]
    if len(found) < len(point.x):
        return f"{name} = {number(point.jvp[row])}, by {point.jvp_passes}, without these entries of J"
    return f"{name} = {_sum(found, point.u)} = {number(point.jvp[row])}"


def line_reason(point: Point, line: int) -> str:
    """Which pass fills this row or column of J."""
    one_hot = vector([float(i == line) for i in range(point.lines_of_all)])
    i = lowered(line + 1)
    if point.way == "rows":
        name, how = f"∂y{i}/∂x", f"one backward pass with v = {one_hot}"
    else:
        name, how = f"∂y/∂x{i}", f"one forward pass with u = {one_hot}"
    return f"{name} = {vector(point.lines[line])}: {how}" if line < len(point.lines) else f"{name}: {how} will fill it"


def tangent_reason(point: Point, column: int) -> str:
    """What a number of u does: it weights a column of J."""
    name = f"u{lowered(column + 1)}"
    entries = [row[column] for row in point.jacobian]
    found = [entry for entry in entries if entry is not None]
    if len(found) < len(entries):
        return f"{name} = {number(point.u[column])}, and Ju took {point.jvp_passes}, without column {column + 1} of J"
    return f"{name} · column {column + 1} of J = {_factor(point.u[column])}·{vector(found)}, one part of Ju"


def _sum(one: list[float], other: list[float]) -> str:
    return " + ".join(f"{_factor(a)}·{_factor(b)}" for a, b in zip(one, other, strict=True))


def _factor(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)


def _cell(key: str, title: str, drawn: str) -> str:
    return f'<g class="mg-cell" {key}><title>{title}</title>{drawn}</g>'


def _cell_width(values: Iterable[float]) -> float:
    """Wide enough for the longest, in two sizes only, so that a picture does not jitter under a slider."""
    return 68 if max(len(number(value)) for value in values) <= 7 else 96


def _largest(values: list[float]) -> float:
    return max((abs(value) for value in values if math.isfinite(value)), default=0.0)
