"""Line charts over steps, as small SVG of our own.

Why no plotting library: these charts must work offline, stand in a static notebook and in a saved page, follow
JupyterLab's theme while they are on the screen, and change under a slider without a flicker. SVG with our own classes
does all of it in the few lines below; a library would send some 100 kB to over 4 MB of JavaScript, or a bitmap that
knows one theme.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

from .figures import box, text
from .numbers import digits, number

WIDTH, HEIGHT = 336, 206
LEFT, RIGHT, TOP, BOTTOM = 50, 226, 42, 170  # of the plot: room at the right for the names of the lines
MOST_DOTS = 12
APART = 13  # two words one above the other

Height = Callable[[float], float]  # from a number to pixels from the top


@dataclass(frozen=True)
class Series:
    """One line: its name, its numbers by step (None where there is none), and its hue, "value", "grad" or "muted"."""

    name: str
    values: Sequence[float | None]
    hue: str


def ticks(values: Sequence[float | None], *, logarithmic: bool = False) -> list[float]:
    """Up to eight round numbers from below all values to above: with 0 among them, or powers of ten.

    What is not finite, and below a logarithmic scale what is not positive, has no place on it.

    >>> ticks([3, 15]), ticks([0.5, 300], logarithmic=True)
    ([0.0, 5.0, 10.0, 15.0], [0.1, 1.0, 10.0, 100.0, 1000.0])
    """
    there = [v for v in values if v is not None and math.isfinite(v) and (v > 0 or not logarithmic)]
    if logarithmic:
        lowest, highest = math.log10(min(there, default=1.0)), math.log10(max(there, default=10.0))
        start, end = math.floor(lowest), max(math.ceil(highest), math.floor(lowest) + 1)
        apart = math.ceil((end - start) / 6)
        return [10.0**exponent for exponent in range(start, end + apart, apart)]
    low, high = min(0.0, *there, 0.0), max(0.0, *there, 0.0)
    span = high - low or 1.0
    power = 10.0 ** math.floor(math.log10(span))
    step = next(s * power for s in (0.25, 0.5, 1, 2, 2.5, 5) if span / (s * power) <= 5)
    first, last = math.floor(low / step), max(math.ceil(high / step), math.floor(low / step) + 1)
    return [float(f"{i * step:.10g}") for i in range(first, last + 1)]


def places(count: int) -> list[float]:
    """Where the steps stand, in pixels from the left."""
    return [LEFT + 12 + i * (RIGHT - LEFT - 20) / max(count - 1, 1) for i in range(count)]


def chart(
    title: str,
    lines: Sequence[Series],
    scale: Sequence[float],
    *,
    axis: str,
    first: int = 1,
    mark: int | None = None,
    stop: int | None = None,
    logarithmic: bool = False,
) -> list[str]:
    """The parts of one chart of WIDTH × HEIGHT; `scale` are its ticks, `axis` names the steps, counted from `first`.

    At the step `mark`, from 0, a ring says that the lines part there; at `stop` the last line was stopped by an error.
    A line ends with "!" before a number that is not finite.
    """
    count = max([len(line.values) for line in lines] + [1])
    xs = places(count)
    height = _height(scale, logarithmic)
    parts = [text(LEFT, 20, title, "mg-caption")]
    for tick in scale:
        kind = "mg-axis" if tick == 0 or (logarithmic and tick == scale[0]) else "mg-grid"
        parts.append(f'<path d="M{LEFT} {height(tick):g}H{RIGHT}" class="{kind}"/>')
        parts.append(text(LEFT - 8, height(tick) + 4, number(tick), "mg-small mg-is-muted", "end"))
    for i in _labelled(count):
        parts.append(text(xs[i], BOTTOM + 19, str(i + first), "mg-small mg-is-muted", "middle"))
    parts.append(text(RIGHT + 12, BOTTOM + 19, axis, "mg-caption"))
    for line in lines:
        parts += _line(line, xs, height, dots=count <= MOST_DOTS)
    if mark is not None:
        parts += _ring(lines, mark, xs[mark], height, f"first difference: {axis} {mark + first}")
    if stop is not None:
        parts.append(f'<path d="M{xs[stop]:.4g} {TOP}V{BOTTOM}" class="mg-stop"/>')
        parts.append(text(xs[stop], TOP - 6, "!", "mg-alarm", "middle"))
    return parts + _names(lines, height, stopped=stop is not None)


def _height(scale: Sequence[float], logarithmic: bool) -> Height:
    low, high = scale[0], scale[-1]
    size = math.log10 if logarithmic else float

    def height(value: float) -> float:
        share = 0.0 if logarithmic and value <= 0 else (size(value) - size(low)) / (size(high) - size(low))
        return BOTTOM - min(max(share, 0.0), 1.0) * (BOTTOM - TOP)

    return height


def _labelled(count: int) -> list[int]:
    if count <= 8:
        return list(range(count))
    return sorted({round(i * (count - 1) / 4) for i in range(5)})


def _line(line: Series, xs: list[float], height: Height, *, dots: bool) -> list[str]:
    pieces: list[list[tuple[float, float]]] = [[]]
    broken = None
    for i, value in enumerate(line.values):
        if value is not None and math.isfinite(value):
            pieces[-1].append((xs[i], height(value)))
        else:
            pieces.append([])
            broken = i if value is not None and broken is None else broken
    parts = [
        f'<polyline points="{" ".join(f"{x:.4g},{y:.4g}" for x, y in piece)}" class="mg-line-{line.hue}"/>'
        for piece in pieces
        if len(piece) > 1
    ]
    alone = [piece[0] for piece in pieces if len(piece) == 1]
    for x, y in chain(*pieces) if dots else alone:
        if line.hue != "grad":
            parts.append(f'<circle cx="{x:.4g}" cy="{y:.4g}" r="3.4" class="mg-tint-{line.hue}"/>')
        else:
            parts.append(box(round(x - 3.2, 1), round(y - 3.2, 1), 6.4, 6.4, "mg-dot-grad", radius=1))
    if broken is not None:
        parts.append(text(xs[broken], TOP - 2, "!", "mg-alarm", "middle"))
    return parts


def _ring(lines: Sequence[Series], mark: int, x: float, height: Height, words: str) -> list[str]:
    right, wrong = (line.values[mark] if mark < len(line.values) else None for line in (lines[0], lines[-1]))
    if wrong is None or right is None or not math.isfinite(wrong):
        return []
    y = height(wrong)
    # Beside the point, towards the correct line: there the line that goes wrong does not cross the words.
    beside = y + 17 if wrong > right else y - 9
    left = x + 12 if x < (LEFT + RIGHT) / 2 else x - 12
    return [
        f'<circle cx="{x:.4g}" cy="{y:.4g}" r="9" class="mg-ring"/>',
        text(left, beside, words, "mg-caption mg-is-grad mg-halo", "start" if left > x else "end"),
    ]


def _names(lines: Sequence[Series], height: Height, *, stopped: bool) -> list[str]:
    """The name of each line and its last number, at its end; apart where two ends meet."""
    ends: list[tuple[float, str, str]] = []
    for line in lines:
        last = next((v for v in reversed(line.values) if v is not None), None)
        if line.name and stopped and line is lines[-1]:
            ends.append((BOTTOM if last is None else height(last), f"{line.name} stops", line.hue))
        elif line.name and last is not None:
            ends.append((height(last) if math.isfinite(last) else TOP, f"{line.name} {digits(last, 3)}", line.hue))
    ends.sort()
    ys: list[float] = []
    for y, _, _ in ends:
        ys.append(max(y, ys[-1] + APART) if ys else y)
    low = max(0.0, ys[-1] - BOTTOM) if ys else 0.0
    return [
        text(RIGHT + 6, y - low + 4, words, f"mg-small mg-is-{hue}")
        for y, (_, words, hue) in zip(ys, ends, strict=True)
    ]
