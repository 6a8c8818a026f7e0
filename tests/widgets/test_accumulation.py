import xml.etree.ElementTree as ET

import pytest
import traitlets

import minigrad as torch
from minigrad.ops import pointwise
from widgets.accumulation import CODE, AccumulationLab
from widgets.numbers import number


def figures(lab, name):
    rows = lab.variants[",".join(map(str, lab.off))]["rows"]
    return next(row["figures"] for row in rows if row["name"] == name)


def test_the_bug_is_live_at_first():
    lab = AccumulationLab()
    assert lab.off == [7]
    assert figures(lab, "weights.grad[0], yours") == ["3", "6", "9", "12", "15"]
    assert figures(lab, "weights.grad[0], correct") == ["3"] * 5
    assert figures(lab, "added by backward") == ["3"] * 5
    assert figures(lab, "weights[0], yours")[-1] == "−3.5"
    assert figures(lab, "weights[0], correct")[-1] == "−0.5"


def test_switched_on_both_runs_agree():
    lab = AccumulationLab()
    lab.off = []
    for what in ("weights.grad[0]", "weights[0]"):
        assert figures(lab, f"{what}, yours") == figures(lab, f"{what}, correct")
    assert lab.variants[""]["marked"] is None
    assert "agree in every number" in repr(lab)


@pytest.mark.parametrize("off", [[], [7]])
def test_the_numbers_are_those_of_the_lines_shown(off):
    lab = AccumulationLab()
    lab.off = off
    weights = torch.ones(4, requires_grad=True)
    grads, values = [], []
    for _ in range(5):
        loss = (weights * 3).sum()
        loss.backward()
        grads.append(number(weights.grad[0].item()))
        with torch.no_grad():
            weights -= 0.1 * weights.grad
        if not off:
            weights.grad.zero_()
        values.append(number(weights[0].item()))
    assert figures(lab, "weights.grad[0], yours") == grads
    assert figures(lab, "weights[0], yours") == values
    assert [line["text"] for line in lab.code] == CODE
    assert [line["number"] for line in lab.code if line["switch"]] == [7]


def test_a_wrong_engine_shows(monkeypatch):
    monkeypatch.setattr(pointwise.MulBackward0, "gradients", (lambda n, g: g * 5, lambda n, g: g))
    lab = AccumulationLab()
    assert figures(lab, "weights.grad[0], yours") == ["5", "10", "15", "20", "25"]
    assert "5    10    15    20    25" in repr(lab)


def test_the_first_number_that_differs_is_marked():
    lab = AccumulationLab()
    shown = lab.variants["7"]
    row, column = shown["marked"]
    assert shown["rows"][row]["name"] == "weights.grad[0], yours"
    assert (column, shown["rows"][row]["figures"][column]) == (1, "6")
    assert shown["difference"] == "first difference: epoch 2, weights.grad[0] is 6 and should be 3"


def test_the_sentence_names_what_happened():
    sentence = "".join(part for _, part in AccumulationLab().variants["7"]["sentence"])
    assert sentence == (
        "Nothing empties weights.grad, so each backward() adds 3 to what is there: 3, 6, 9, 12, 15. "
        "The steps grow, and after epoch 5 weights[0] is −3.5 instead of −0.5."
    )


@pytest.mark.parametrize("off", [[5], [7, 1]])
def test_a_line_without_a_switch_stays_on(off):
    lab = AccumulationLab()
    with pytest.raises(traitlets.TraitError, match="has no switch; lines with one: 7"):
        lab.off = off
    assert lab.off == [7]


def test_it_runs_where_recording_is_switched_off():
    with torch.no_grad():
        lab = AccumulationLab()
    assert figures(lab, "weights.grad[0], yours")[-1] == "15"


def test_the_axes_stay_when_a_line_is_switched():
    def ticks(off):
        root = ET.fromstring(AccumulationLab().variants[off]["picture"])
        kind = "mg-small mg-is-muted"
        return [t.text for t in root.iter("{http://www.w3.org/2000/svg}text") if t.get("class") == kind]

    assert ticks("7") == ticks("")


def test_the_static_picture_is_complete_and_stands_alone():
    bundle = AccumulationLab()._repr_mimebundle_()[0]
    words = " ".join("".join(ET.fromstring(bundle["image/svg+xml"]).itertext()).split())
    for shown in ("weights.grad.zero_()", "first difference: epoch 2", "yours 15", "correct −0.5", "Nothing empties"):
        assert shown in words
    assert "var(--" not in bundle["image/svg+xml"]


def test_a_saved_page_holds_both_variants(tmp_path):
    AccumulationLab().save(tmp_path / "lab.html")
    page = (tmp_path / "lab.html").read_text(encoding="utf-8")
    assert "Nothing empties" in page
    assert "agree in every number" in page
