"""A surface as a map: nested regions, each below its level."""

from __future__ import annotations

import math

import numpy as np

import minigrad as torch

from .charts import ticks
from .contours import below, levels
from .descent import Function, Surface
from .figures import picture, text
from .numbers import number

MAP_WIDTH, MAP_HEIGHT = 588, 420
GRID = 85, 61  # points across and down


def map_of(surface: Surface) -> str:
    return picture(MAP_WIDTH, MAP_HEIGHT, f"contour lines of {surface.formula}", inner_map(surface))


def inner_map(surface: Surface) -> str:
    """The surface as nested regions, each below its level: the darker, the lower."""
    xs, ys = (np.linspace(*span, count) for span, count in zip((surface.x, surface.y), GRID, strict=True))
    xs, ys, values = heights_of(surface.function, xs, ys)
    columns, rows = np.linspace(0, MAP_WIDTH, len(xs)), np.linspace(MAP_HEIGHT, 0, len(ys))
    parts = []
    for level in reversed(levels(values)):
        outlines = below(values, level, columns.tolist(), rows.tolist())
        d = "".join(f"M{'L'.join(f'{x:.1f},{y:.1f}' for x, y in outline)}Z" for outline in outlines)
        parts.append(f'<path d="{d}" class="mg-level" fill-rule="evenodd"/>')
    for value, at in ((v, pixel_of(surface, (v, 0.0))[0]) for v in ticks(surface.x) if surface.x[0] < v < surface.x[1]):
        parts.append(text(at, MAP_HEIGHT - 6, number(value), "mg-small mg-is-muted mg-halo", "middle"))
    for value, at in ((v, pixel_of(surface, (0.0, v))[1]) for v in ticks(surface.y) if surface.y[0] < v < surface.y[1]):
        parts.append(text(6, at + 4, number(value), "mg-small mg-is-muted mg-halo"))
    return "".join(parts)


def heights_of(f: Function, xs: np.ndarray, ys: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A grid and the surface over it; nan and ∞ are drawn as the highest number there, −∞ as the lowest."""
    with torch.no_grad(), np.errstate(all="ignore"):
        values = _at_once(f, xs, ys)
        if values is None:
            xs, ys = xs[::2], ys[::2]  # a call for each point: half as fine takes a quarter of the time
            values = np.array([[_height(f, x, y) for x in xs.tolist()] for y in ys.tolist()])
    finite = values[np.isfinite(values)]
    low, high = finite.min(initial=0.0), finite.max(initial=0.0)
    return xs, ys, np.nan_to_num(values, nan=high, posinf=high, neginf=low)


def _at_once(f: Function, xs: np.ndarray, ys: np.ndarray) -> np.ndarray | None:
    """The whole grid by one call, where f works element by element; else None."""
    grid = np.meshgrid(xs, ys)
    try:
        values = f(*map(torch.tensor, grid)).numpy()
    except Exception:  # f may want scalars
        return None
    samples = [(0, 0), (-1, 0), (0, -1), (-1, -1), (len(ys) // 2, len(xs) // 3)]
    same = values.shape == grid[0].shape and all(
        np.isclose(values[i, j], _height(f, float(xs[j]), float(ys[i])), equal_nan=True) for i, j in samples
    )
    return values if same else None


def _height(f: Function, x: float, y: float) -> float:
    try:
        return float(f(torch.tensor(x), torch.tensor(y)))
    except Exception:  # a place where f is not defined
        return math.nan


def pixel_of(surface: Surface, point: tuple[float, float]) -> tuple[float, float]:
    (left, right), (bottom, top) = surface.x, surface.y
    x = (point[0] - left) / (right - left) * MAP_WIDTH
    y = (top - point[1]) / (top - bottom) * MAP_HEIGHT
    return round(x, 1), round(y, 1)
