"""The regions of a surface below a level, by marching squares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Edge = tuple[int, int, int]  # row, column, and 0 for the edge to the next column, 1 for the edge to the next row


def levels(values: np.ndarray, count: int = 11) -> list[float]:
    """Levels that share out the surface evenly, whatever its shape; fewer where it is flat."""
    shares = np.linspace(0, 1, count + 2)[1:-1] ** 1.5  # closer together where it is low: there the paths end
    return sorted({float(level) for level in np.quantile(values, shares)})


def below(
    values: np.ndarray, level: float, xs: Sequence[float], ys: Sequence[float]
) -> list[list[tuple[float, float]]]:
    """The outlines, as closed polygons, of where a surface on the grid `xs` × `ys` is below `level`.

    >>> below(np.array([[9.0, 9, 9], [9, 1, 9], [9, 9, 9]]), 5, [0, 1, 2], [0, 1, 2])
    [[(1.0, 0.5), (0.5, 1.0), (1.0, 1.5), (1.5, 1.0)]]
    """
    # Outside of a rim without width nothing is below: so every outline is closed.
    padded = np.pad(values.astype(float), 1, constant_values=np.inf)
    xs, ys = [xs[0], *xs, xs[-1]], [ys[0], *ys, ys[-1]]
    inside = padded < level
    links = _links(padded, inside, level)
    outlines = []
    while links:
        edge = start = next(iter(links))
        outline = []
        while edge in links:
            outline.append(_crossing(padded, edge, level, xs, ys))
            onward = links.pop(edge)
            edge = next((other for other in onward if other in links), start)
        outlines.append(outline)
    return outlines


def _links(values: np.ndarray, inside: np.ndarray, level: float) -> dict[Edge, list[Edge]]:
    """For each edge that an outline crosses, the edges it goes on to: one in each of the two cells."""
    corners = inside[:-1, :-1].astype(int) + inside[:-1, 1:] + inside[1:, 1:] + inside[1:, :-1]
    links: dict[Edge, list[Edge]] = {}
    for i, j in np.argwhere((corners > 0) & (corners < 4)).tolist():
        top, right, bottom, left = (i, j, 0), (i, j + 1, 1), (i + 1, j, 0), (i, j, 1)
        a, b, c, d = inside[i, j], inside[i, j + 1], inside[i + 1, j + 1], inside[i + 1, j]
        crossed = [
            edge
            for edge, is_crossed in ((top, a != b), (right, b != c), (bottom, c != d), (left, d != a))
            if is_crossed
        ]
        if len(crossed) == 4 and (values[i : i + 2, j : j + 2].mean() < level) != a:
            crossed = [top, left, right, bottom]  # a saddle: the other two corners belong together
        for one, other in zip(crossed[::2], crossed[1::2], strict=True):
            links.setdefault(one, []).append(other)
            links.setdefault(other, []).append(one)
    return links


def _crossing(
    values: np.ndarray, edge: Edge, level: float, xs: Sequence[float], ys: Sequence[float]
) -> tuple[float, float]:
    i, j, is_down = edge
    k, m = (i + 1, j) if is_down else (i, j + 1)
    one, other = values[i, j], values[k, m]
    share = (level - one) / (other - one) if np.isfinite(one) and np.isfinite(other) else 0.5
    return float(xs[j] + share * (xs[m] - xs[j])), float(ys[i] + share * (ys[k] - ys[i]))
