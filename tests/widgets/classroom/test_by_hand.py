"""What the check of sheet 04 says beside the name of a mistake."""

import pytest

from widgets.classroom import check


def gradients_of_a_chain(**wrong):
    def gradients(x, w, b, y):
        a = (w * x + b).tanh()
        g = {"e": 2 * (a - y)}
        g["a"] = g["e"]
        g["z"] = g["p"] = g["b"] = g["a"] * (1 - a**2)
        g["x"], g["w"] = g["p"] * w, g["p"] * x + 2 * w
        return g | wrong

    return gradients


@pytest.mark.parametrize("name", "eazpbxw")
def test_the_lines_above_are_said_to_be_right_where_there_are_any(name):
    words = check("04.1", gradients_of_a_chain(**{name: 7.0})).words
    assert f"begin at {name}" in words
    assert ("All above it in the table are right" in words) == (name != "e")


def test_a_gradient_alone_has_nothing_above_it():
    words = check("04.4", lambda logits, targets: {"logits": logits * 0}).words
    assert words.startswith("logits differs.")
    assert "above" not in words and "way back" not in words


@pytest.mark.parametrize("name", "eaw")
def test_a_gradient_that_was_left_out_is_named(name):
    assert f"the dict has no gradient of {name}." in check("04.1", gradients_of_a_chain(**{name: None})).words
