"""How numbers and arrays are written: four digits, real minus signs, shapes, small heatmaps."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Json = dict[str, Any]

SHOWN_VALUES = 64
LABELS = 4
HEAT_ROWS, HEAT_COLUMNS = 6, 8
SUPERSCRIPT = str.maketrans("0123456789−.", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻·")


def number(value: float) -> str:
    """A number in four significant digits, with a real minus sign.

    >>> number(-0.29342), number(1348.919), number(2.0), number(1e-7)
    ('−0.2934', '1349', '2', '1e−7')
    """
    return digits(value, 4)


def digits(value: float, significant: int) -> str:
    """A number in so many significant digits, whole numbers below a million in full."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int) or (abs(value) < 1e6 and value == int(value)):
        text = str(int(value))
    else:
        text = f"{value:.{significant}g}"
        if "e" in text and abs(value) < 1e6 and abs(value) >= 1:
            text = f"{value:.0f}"
        if "e" in text:
            mantissa, exponent = text.split("e")
            text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")


def array_json(array: np.ndarray | None) -> Json | None:
    """An array as the widgets show it: shape, text in four digits, a few labels, a small zero-centred heatmap."""
    if array is None:
        return None
    flat = array.reshape(-1)
    small = array.size <= SHOWN_VALUES
    return {
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "text": array_text(array),
        "labels": [digits(v, 3) for v in flat.tolist()] if 0 < array.size <= LABELS and array.ndim < 2 else None,
        "heat": _heat(array),
        "summary": None if array.size <= LABELS and array.ndim < 2 else _summary(array),
        "values": [_shortest(v) for v in flat] if small else None,
    }


def _heat(array: np.ndarray) -> list[list[float | None]]:
    """Some elements as parts of the largest, in rows; None for nan."""
    if array.ndim < 2 and array.size <= HEAT_COLUMNS:  # most arrays, in a graph of thousands
        shown = [list(map(float, array.reshape(-1).tolist()))]
        scale = max((abs(n) for n in shown[0] if math.isfinite(n)), default=0.0)
    else:
        rows = array.reshape(1, -1) if array.ndim < 2 else array.reshape(len(array), math.prod(array.shape[1:]))
        finite = np.abs(array[np.isfinite(array)].astype(float))
        shown = _sample(_sample(rows, HEAT_ROWS).T, HEAT_COLUMNS).T.astype(float).tolist()
        scale = float(finite.max()) if finite.size else 0.0
    return [
        [None if math.isnan(n) else round(max(-1.0, min(1.0, n / (scale or 1.0))), 3) for n in row] for row in shown
    ]


def _shortest(value: np.generic) -> float | str:
    """The shortest number that is this one in its dtype; JSON has none for nan and infinity."""
    number = value.item()
    if not np.isfinite(number):
        return str(number)
    return float(str(value)) if isinstance(value, np.floating) else number


def _sample(rows: np.ndarray, most: int) -> np.ndarray:
    n = rows.shape[0]
    return rows if n <= most else rows[np.linspace(0, n - 1, most).round().astype(int)]


def shape_text(shape: tuple[int, ...] | list[int]) -> str:
    """A shape as people write it: ``3×4``, or ``scalar``."""
    return "×".join(map(str, shape)) or "scalar"


def _summary(array: np.ndarray) -> str:
    if not array.size:
        return f"{shape_text(array.shape)} · empty"
    low, high = array.min(), array.max()
    bad = "" if np.isfinite(array).all() else " · not finite"
    span = f"all {number(low.item())}" if low == high else f"{number(low.item())} … {number(high.item())}"
    return f"{shape_text(array.shape)} · {span}{bad}"


def array_text(array: np.ndarray) -> str:
    """The elements in four digits, in brackets; a long array shortened."""
    if array.ndim == 0:
        return number(array.item())
    if array.ndim == 1:
        parts = [number(v) for v in array.tolist()]
        if len(parts) > 6:
            parts = [*parts[:3], "…", parts[-1]]
        return f"[{', '.join(parts)}]"
    if array.size > 16:
        return f"[{_summary(array)}]"
    return f"[{', '.join(array_text(row) for row in array)}]"
