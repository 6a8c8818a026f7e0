"""The checks tested by mutation: right answers of several kinds pass, each known mistake fails under its name."""

import re

import pytest

from tests.widgets.classroom.score import SHEETS, handed_in, is_perfect, scores, table
from widgets.classroom import Result, check
from widgets.classroom.question import question
from widgets.classroom.question import sheet as questions_of

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


GIVEAWAY = {name: words for sheet in SHEETS for name, words in sheet.GIVEAWAY.items()}


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
    assert not re.search(GIVEAWAY[question], check(question, answer).words)


@pytest.mark.parametrize("name", GIVEAWAY)
def test_no_hint_gives_the_answer_away(name):
    hints = question(name).hints
    assert len(set(hints)) == 3 and all(hints)
    assert not any(re.search(GIVEAWAY[name], words) for words in hints)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.__name__[-2:])
def test_every_question_has_enough_variants(sheet):
    names = questions_of(sheet.__name__[-2:]).keys()
    assert sheet.HANDED_IN.keys() == sheet.RIGHT.keys() == sheet.WRONG.keys() == sheet.GIVEAWAY.keys() == names
    for name in names:
        assert len(sheet.RIGHT[name]) >= 2
        assert len({misconception for _, misconception in sheet.WRONG[name]} - {None}) >= 5


def test_the_score_is_perfect_and_adds_up():
    rows = scores()
    assert is_perfect(rows)
    caught = sum(row.wrong_caught for row in rows)
    assert caught > 200 and f"{caught}/{caught}" in table(rows).splitlines()[-1]


def test_the_score_falls_with_a_check_that_sees_nothing():
    blind = scores(lambda question, answer: Result(question, True, ""))
    assert not is_perfect(blind)
    assert all(row.wrong_caught == row.named == 0 for row in blind)
