import xml.etree.ElementTree as ET

import pytest

from widgets.charts import BOTTOM, TOP, Series, chart, ticks


def drawn(*lines, **options):
    values = [value for line in lines for value in line.values]
    scale = ticks(values, logarithmic=options.get("logarithmic", False))
    return ET.fromstring(f"<g>{''.join(chart('title', lines, scale, axis='step', **options))}</g>")


def words(root):
    return [text.text for text in root.iter("text")]


@pytest.mark.parametrize("values", [[3, 15], [0, 0], [-5, -1], [1e-9, 2e-9], [1e30], [float("nan")], [None], []])
@pytest.mark.parametrize("logarithmic", [False, True])
def test_ticks_span_all_there_is_and_are_few(values, logarithmic):
    marks = ticks(values, logarithmic=logarithmic)
    assert 2 <= len(marks) <= 9 and marks == sorted(set(marks))
    shown = [v for v in values if v is not None and v == v and (v > 0 or not logarithmic)]
    assert all(marks[0] <= v <= marks[-1] for v in shown)
    assert logarithmic or 0 in marks


def test_a_larger_number_is_higher():
    line = drawn(Series("a", [1, 2, 4], "value")).find(".//polyline").get("points")
    ys = [float(pair.split(",")[1]) for pair in line.split()]
    assert ys == sorted(ys, reverse=True)
    assert all(TOP <= y <= BOTTOM for y in ys)


def test_a_number_that_is_not_finite_breaks_the_line_and_is_marked():
    root = drawn(Series("a", [1.0, 2.0, float("inf"), float("nan")], "value"))
    assert [len(line.get("points").split()) for line in root.iter("polyline")] == [2]
    assert "!" in words(root)


def test_names_stand_apart_where_lines_end_together():
    ys = [
        float(text.get("y"))
        for text in drawn(Series("a", [5, 5], "value"), Series("b", [5, 5], "grad")).iter("text")
        if text.text in ("a 5", "b 5")
    ]
    assert abs(ys[0] - ys[1]) >= 12


def test_the_first_difference_has_a_ring():
    root = drawn(Series("a", [1, 1], "value"), Series("b", [1, 2], "grad"), mark=1)
    assert root.find(".//circle[@class='mg-ring']") is not None
    assert "first difference: step 2" in words(root)


def test_a_run_that_stops_says_so():
    root = drawn(Series("correct", [1, 1, 1], "value"), Series("yours", [1, None], "grad"), stop=1)
    assert root.find(".//path[@class='mg-stop']") is not None
    assert "yours stops" in words(root)
