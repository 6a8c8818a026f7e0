import xml.etree.ElementTree as ET

import pytest

from widgets.figures import cell, picture, text


def test_words_are_never_markup():
    drawn = picture(10, 10, 'a "label" <b>', text(0, 0, '<script>"&'))
    root = ET.fromstring(drawn)
    assert root.get("aria-label") == 'a "label" <b>'
    assert "".join(root.itertext()) == '<script>"&'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_finite_is_marked_by_hatch_and_sign(value):
    drawn = ET.fromstring(f"<g>{cell(0, 0, 68, 34, value, 1.0, 'value')}</g>")
    assert "!" in "".join(drawn.itertext())
    assert drawn.find(".//path[@class='mg-hatch']") is not None


def test_the_larger_number_has_the_stronger_tint():
    tints = [
        float(ET.fromstring(f"<g>{cell(0, 0, 68, 34, value, 4.0, 'grad')}</g>")[0].get("fill-opacity"))
        for value in (0.0, -2.0, 4.0)
    ]
    assert tints == sorted(set(tints))
