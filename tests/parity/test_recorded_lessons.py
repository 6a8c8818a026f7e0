"""Lessons written for PyTorch, under minigrad, against what PyTorch printed and raised (record_lessons.py)."""

import json

import pytest

from tests.parity.compare import LESSONS, RECORDED, differences, outcomes, same

FACTS = json.loads(RECORDED.read_text())["lessons"]


def test_every_lesson_is_recorded():
    assert sorted(FACTS) == [lesson.stem for lesson in LESSONS]
    assert sum(map(len, FACTS.values())) > 1200


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_every_statement_does_what_it_did_in_pytorch(lesson):
    differing = differences(FACTS[lesson.stem], outcomes(lesson, "minigrad"))
    assert not differing, "\n".join(differing)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("tensor([1.0000, 2.5000])", "tensor([1.0000, 2.5001])"),
        ("tensor(1.2346e-05)", "tensor(1.2347e-05)"),
        ("0.30000001192092896", "0.3000000125"),
        ("tensor([nan, inf])", "tensor([nan, inf])"),
    ],
)
def test_the_last_digit_may_differ(expected, found):
    assert same(expected, found)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("tensor([1.0000, 2.5000])", "tensor([1.0000, 2.5002])"),
        ("tensor([1., 2.])", "tensor([1., 3.])"),
        ("tensor([1, 2])", "tensor([1, 3])"),
        ("tensor([1., 2.])", "tensor([1., 2.], requires_grad=True)"),
        ("tensor(1.2346e-05)", "tensor(1.2346e-04)"),
        ("tensor([0.5000, nan])", "tensor([0.5000, inf])"),
        ("0.30000001192092896", "0.3001"),
        ("MulBackward0", "MulBackward1"),
        ("tensor([1., 2.])", "tensor([1.,  2.])"),
    ],
)
def test_nothing_else_may(expected, found):
    assert not same(expected, found)
