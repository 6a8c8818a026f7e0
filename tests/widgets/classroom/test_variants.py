"""The checks tested by mutation: right answers of several kinds pass, each known mistake fails under its name."""

import re

import pytest

from tests.widgets.classroom.score import SHEETS, handed_in, scores, table
from widgets.classroom import Result, check
from widgets.classroom.checking import QUESTIONS

RIGHT = [
    pytest.param(question, handed_in(cell, sheet.HANDED_IN[question]), id=f"{question} {name}")
    for sheet in SHEETS
    for question, cells in sheet.RIGHT.items()
    for name, cell in cells.items()
]
WRONG = [
    pytest.param(question, handed_in(cell, sheet.HANDED_IN[question]), name, id=f"{question} {i} {name}")
    for sheet in SHEETS
    for question, cells in sheet.WRONG.items()
    for i, (cell, name) in enumerate(cells)
]


@pytest.mark.parametrize("question, answer", RIGHT)
def test_a_right_answer_passes(question, answer):
    result = check(question, answer)
    assert result, result
    assert repr(result).startswith(f"✓ {question} right: ")


@pytest.mark.parametrize("question, answer, name", WRONG)
def test_a_wrong_answer_fails_under_the_name_of_its_misconception(question, answer, name):
    result = check(question, answer)
    assert not result
    assert repr(result).startswith(f"✗ {question} not yet: ")
    assert result.misconception == name, result


@pytest.mark.parametrize("question, answer, name", WRONG)
def test_no_verdict_gives_the_answer_away(question, answer, name):
    words = check(question, answer).words
    assert not re.search(r"\b(11|22)\b", words)
    assert not re.search(r"2 ?\*? ?x\[?0|v\[[01]\]|zero_\(|no_grad\(|grad = None", words)


def test_every_question_has_enough_variants():
    for sheet in SHEETS:
        for question in sheet.HANDED_IN:
            assert len(sheet.RIGHT[question]) >= 2
            assert len({name for _, name in sheet.WRONG[question]} - {None}) >= 5
    assert {question for sheet in SHEETS for question in sheet.HANDED_IN} == QUESTIONS.keys()


def test_the_score(capsys):
    rows = scores()
    with capsys.disabled():
        print("", table(rows), sep="\n")
    assert all(row.right_passed == row.right and row.wrong_caught == row.wrong for row in rows)


def test_the_score_falls_with_a_check_that_sees_nothing():
    blind = scores(lambda question, answer: Result(question, True, ""))
    assert all(row.wrong_caught == row.named == 0 for row in blind)
