import numpy as np
import pytest

from widgets.contours import below, levels


def area(outline):
    xs, ys = np.array(outline).T
    return abs(np.dot(xs, np.roll(ys, 1)) - np.dot(ys, np.roll(xs, 1))) / 2


def grid(f, size=41):
    xs = np.linspace(-2, 2, size)
    return f(*np.meshgrid(xs, xs)), xs.tolist(), xs.tolist()


@pytest.mark.parametrize("level", [0.25, 1.0, 3.0])
def test_a_circle_has_its_area(level):
    (outline,) = below(*with_level(lambda x, y: x * x + y * y, level))
    assert area(outline) == pytest.approx(np.pi * level, rel=0.02)
    assert np.hypot(*np.array(outline).T) == pytest.approx(np.sqrt(level), rel=0.02)


def with_level(f, level):
    values, xs, ys = grid(f)
    return values, level, xs, ys


def test_what_leaves_the_grid_is_closed_along_its_rim():
    (outline,) = below(*with_level(lambda x, y: x + 0 * y, 0.0))
    assert area(outline) == pytest.approx(8, rel=0.01)


def test_two_hollows_have_an_outline_each_and_a_ring_has_two():
    assert len(below(*with_level(lambda x, y: (x * x - 1) ** 2 + y * y, 0.3))) == 2
    assert len(below(*with_level(lambda x, y: (np.hypot(x, y) - 1) ** 2, 0.1))) == 2


def test_at_a_saddle_outlines_do_not_cross():
    values = np.array([[0.0, 1.0], [1.0, 0.0]])
    outlines = below(values, 0.4, [0, 1], [0, 1])
    assert sum(map(area, outlines)) < 0.5
    assert len(outlines) == 2


def test_a_flat_surface_has_few_levels():
    assert levels(np.zeros((3, 3))) == [0.0]
    assert below(np.zeros((3, 3)), 0.0, [0, 1, 2], [0, 1, 2]) == []
