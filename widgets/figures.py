"""The small parts of SVG that show numbers: matrices, charts, lines of text."""

import math
from collections.abc import Iterable
from html import escape

from .numbers import SUPERSCRIPT, number

# The advance of one character of a monospaced font, in parts of its size.
ADVANCE = 0.602
SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def vector(values: Iterable[float]) -> str:
    """Return numbers in brackets, as Python and PyTorch write them.

    >>> vector([1, -0.5])
    '[1, −0.5]'
    """
    return f"[{', '.join(map(number, values))}]"


def lowered(index: int) -> str:
    """Return a whole number as a subscript, `₁₂` for 12."""
    return str(index).translate(SUBSCRIPT)


def space(size: int) -> str:
    """Return the name of the space of vectors of this length, `ℝ³` for 3 and `ℝ` for 1."""
    return "ℝ" if size == 1 else f"ℝ{str(size).translate(SUPERSCRIPT)}"


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    """Return an SVG `<text>` of the classes `kind`, its words escaped."""
    classes = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}"{classes} text-anchor="{anchor}">{escape(words)}</text>'


def box(x: float, y: float, width: float, height: float, kind: str, radius: float = 4, rest: str = "") -> str:
    """Return an SVG `<rect>` of the classes `kind`."""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}" class="{kind}"'
        f"{f' {rest}' if rest else ''}/>"
    )


def cell(x: float, y: float, width: float, height: float, value: float, largest: float, hue: str) -> str:
    """Return one number of a matrix: its text on a tint that is the stronger the nearer it is to `largest`.

    `hue` is "value" or "grad". What is not finite is hatched and marked with "!", since no tint can tell its size.
    """
    shown = number(value)
    middle = text(x + width / 2, y + height / 2 + 4, shown, f"mg-num mg-is-{hue}", "middle")
    if not math.isfinite(value):
        lines = "".join(
            f"M{x + start:g} {y + height:g}l{height:g} {-height:g}" for start in range(2, int(width - height), 6)
        )
        alarm = text(x + width - 8, y + 11, "!", "mg-alarm", "middle")
        return box(x, y, width, height, "mg-broken") + f'<path d="{lines}" class="mg-hatch"/>' + middle + alarm
    tint = 0.06 + 0.37 * (abs(value) / largest if largest else 0)
    return box(x, y, width, height, f"mg-tint-{hue}", rest=f'fill-opacity="{tint:.2f}"') + middle


def picture(width: float, height: float, label: str, *parts: str, ground: bool = False) -> str:
    """Return the parts as one SVG picture, read aloud as `label`; `ground` puts paper behind it."""
    paper = box(0, 0, width, height, "mg-ground", radius=0) if ground else ""
    return (
        f'<svg class="mg-picture" xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(label)}">{paper}{"".join(parts)}</svg>'
    )


def moved(x: float, y: float, *parts: str) -> str:
    """Return the parts, moved."""
    return f'<g transform="translate({x:g} {y:g})">{"".join(parts)}</g>'
