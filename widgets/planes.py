"""The geometry of a map of the plane: an arrow is pushed forward, a covector is pulled back.

A covector is not an arrow: it is drawn by its level lines, and what it makes of an arrow is how many of them the arrow
crosses. So u crosses as many lines of vᵀJ on the left as Ju crosses lines of v on the right: that is the identity.
"""

from __future__ import annotations

import math

from .figures import box, moved, text
from .numbers import number
from .products import Point

SIZE = 236  # of a plane, in pixels
CLOSEST = 18  # pixels between two level lines
REACH = 0.5  # of the limit: how far the tip of the longest covector is from its foot
MARGIN = 1.12  # of the limit: where a plane really ends

Pair = tuple[float, float]


def rounded_up(value: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below a positive value.

    >>> rounded_up(3.2), rounded_up(0.02), rounded_up(700)
    (5.0, 0.02, 1000.0)
    """
    power = 10.0 ** math.floor(math.log10(value))
    return float(f"{next(step * power for step in (1, 2, 5, 10) if step * power >= value * (1 - 1e-9)):.1g}")


def plane_limit(point: Point) -> float:
    """Where the input plane ends, unless x or u leaves it."""
    return rounded_up(max(1.0, *map(abs, point.x), *(abs(a + b) for a, b in zip(point.x, point.u, strict=True))))


def planes(point: Point, limits: dict[str, float], *, handles: bool) -> list[str]:
    """The parts of the two planes, side by side, with what they show written below them.

    `limits` are those of the input plane and of v at the start: a scale that moves under the hand is hard to hit.
    """
    x, y, v, u, vjp, jvp = (_pair(getattr(point, name)) for name in ("x", "y", "v", "u", "vjp", "jvp"))
    if not all(map(math.isfinite, (*x, *y, *v, *u, *vjp, *jvp))):
        words = "No planes here: not all of these numbers are finite."
        return [text(SIZE + 20, SIZE / 2, words, "mg-caption", "middle")]
    into, out = _Plane(x, u, limits["plane"]), _Plane(y, jvp)
    gaps = [into.gap(vjp), out.gap(v)]
    step = rounded_up(max(gaps)) if any(gaps) else 1.0
    crossed = number(point.pairings[0] / step)
    words = f"A covector counts the level lines that an arrow crosses. Here: one line every {number(step)}."
    return [
        *into.drawn("x", "u", "vᵀJ", vjp, rounded_up(math.hypot(*vjp) or 1.0), step, "ux" if handles else ""),
        moved(SIZE + 40, 0, *out.drawn("y", "Ju", "v", v, limits["v"], step, "v" if handles else "")),
        text(0, SIZE + 18, "input plane", "mg-heading"),
        text(SIZE, SIZE + 18, f"±{number(into.limit)}", "mg-caption", "end"),
        text(SIZE + 40, SIZE + 18, "output plane", "mg-heading"),
        text(2 * SIZE + 40, SIZE + 18, f"±{number(out.limit)}", "mg-caption", "end"),
        text(SIZE / 2, SIZE + 44, f"u crosses {crossed} level lines of vᵀJ", "mg-caption", "middle"),
        text(SIZE + 20, SIZE + 60, words, "mg-caption", "middle"),
        text(SIZE * 1.5 + 40, SIZE + 44, f"Ju crosses {crossed} level lines of v", "mg-caption", "middle"),
    ]


class _Plane:
    """A square from -limit to limit, with a point in it and an arrow at the point."""

    def __init__(self, foot: Pair, arrow: Pair, least: float = 1.0) -> None:
        self.foot = foot
        self.tip = (foot[0] + arrow[0], foot[1] + arrow[1])
        self.limit = rounded_up(max(least, *map(abs, (*self.foot, *self.tip))))

    def at(self, place: Pair) -> Pair:
        """In pixels."""
        half, end = SIZE / 2, MARGIN * self.limit
        return half * (1 + place[0] / end), half * (1 - place[1] / end)

    def gap(self, covector: Pair) -> float:
        """The least step between the levels of a covector that keeps their lines apart."""
        return CLOSEST * math.hypot(*covector) * 2 * MARGIN * self.limit / SIZE

    def drawn(
        self, foot: str, arrow: str, name: str, covector: Pair, longest: float, step: float, handles: str
    ) -> list[str]:
        """The square; a covector as long as `longest` reaches as far as any does."""
        half = SIZE / 2
        scale = REACH * self.limit / longest
        up = (self.foot[0] + scale * covector[0], self.foot[1] + scale * covector[1])
        parts = [
            box(0, 0, SIZE, SIZE, "mg-plane", radius=0),
            f'<path d="M0 {half:g}H{SIZE}M{half:g} 0V{SIZE}" class="mg-grid"/>',
            *self._levels(covector, step),
            *self._arrow(up, "grad", name),
            *self._arrow(self.tip, "value", arrow),
            self._dot(self.foot, "mg-foot-dot", 5),
        ]
        px, py = self.at(self.foot)
        parts.append(text(px - 9, py + 16, foot, "mg-name mg-strong mg-plane-halo", "middle"))
        places = {"x": (self.foot, (0.0, 0.0), 1.0), "u": (self.tip, self.foot, 1.0), "v": (up, self.foot, scale)}
        parts += [self._handle(trait, *places[trait]) for trait in handles]
        frame = box(0.5, 0.5, SIZE - 1, SIZE - 1, "mg-frame", radius=4)
        data = f' data-limit="{MARGIN * self.limit:.9g}"' if handles else ""
        return [
            f'<svg width="{SIZE}" height="{SIZE}" class="mg-square" aria-hidden="true"{data}>{"".join(parts)}</svg>',
            frame,
        ]

    def _levels(self, covector: Pair, step: float) -> list[str]:
        length = math.hypot(*covector)
        if not length:
            return []
        spacing = step / length * SIZE / (2 * MARGIN * self.limit)
        (x, y), (a, b) = self.at(self.foot), (covector[0] / length, -covector[1] / length)
        most = int(2 * SIZE / spacing)
        drawn = []
        for k in range(-most, most + 1):
            px, py = x + k * spacing * a, y + k * spacing * b
            if abs((px - SIZE / 2) * a + (py - SIZE / 2) * b) > 0.71 * SIZE:
                continue
            reach = 2 * SIZE
            line = f"M{px - reach * b:.1f} {py + reach * a:.1f}L{px + reach * b:.1f} {py - reach * a:.1f}"
            drawn.append(f'<path d="{line}" class="{"mg-covector" if k else "mg-covector mg-zero"}"/>')
        return drawn

    def _arrow(self, tip: Pair, hue: str, name: str) -> list[str]:
        (x, y), (px, py) = self.at(self.foot), self.at(tip)
        length = math.hypot(px - x, py - y)
        if length < 1:
            return []
        a, b = (px - x) / length, (py - y) / length
        end = max(length - 8, 0)
        left, top = _within(px + 15 * a), _within(py + 15 * b)
        if left != px + 15 * a:  # beside the edge, and not upon the arrow
            top += 15 if b > 0 else -15
        head = (
            f"M{px:.1f} {py:.1f}L{px - 10 * a - 5 * b:.1f} {py - 10 * b + 5 * a:.1f}"
            f"L{px - 10 * a + 5 * b:.1f} {py - 10 * b - 5 * a:.1f}z"
        )
        return [
            f'<path d="M{x:.1f} {y:.1f}L{x + end * a:.1f} {y + end * b:.1f}" class="mg-arrow-{hue}"/>',
            f'<path d="{head}" class="mg-tip-{hue}"/>',
            text(left, top + 4, name, f"mg-name mg-is-{hue} mg-strong mg-plane-halo", "middle"),
        ]

    def _dot(self, place: Pair, kind: str, radius: float, rest: str = "") -> str:
        x, y = self.at(place)
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" class="{kind}"{rest}/>'

    def _handle(self, trait: str, place: Pair, base: Pair, scale: float) -> str:
        rest = f' data-handle="{trait}" data-base="{base[0]:.9g} {base[1]:.9g}" data-scale="{scale:.9g}"'
        return self._dot(place, "mg-handle", 12, rest)


def _pair(values: list[float]) -> Pair:
    return values[0], values[1]


def _within(pixel: float) -> float:
    return min(max(pixel, 14), SIZE - 14)
