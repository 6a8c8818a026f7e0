"""A sheet and its questions say the same: titles, minutes, difficulty; each question has an answer cell and a check."""

import re
from pathlib import Path

import nbformat
import pytest

from widgets.classroom.question import sheet, sheet_names

EXERCISES = Path(__file__).parents[3] / "notebooks/exercises"
NUMBERS = sheet_names()
HEADING = re.compile(r"^## (\d\d\.\d+) (.+)$", re.MULTILINE)
EFFORT = re.compile(r"\((\d+) minutes, (●+)○*, (\d+) points?\)\s*$")


def notebook(number: str) -> nbformat.NotebookNode:
    (path,) = EXERCISES.glob(f"{number}_*.ipynb")
    return nbformat.read(path, as_version=4)


def test_every_sheet_has_its_questions_and_every_question_its_sheet():
    assert [path.name[:2] for path in sorted(EXERCISES.glob("*.ipynb"))] == NUMBERS


@pytest.mark.parametrize("number", NUMBERS)
def test_the_text_of_a_question_gives_its_title_minutes_difficulty_and_points(number):
    questions, asked = sheet(number), {}
    cells = notebook(number).cells
    checks = {cell.id: cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")}
    for cell in cells:
        if heading := HEADING.search(cell.source):
            effort = EFFORT.search(cell.source)
            assert effort, f"{heading[1]} ends without (5 minutes, ●○○, 2 points)"
            points = checks[f"check-{heading[1].partition('.')[2]}"].metadata.nbgrader.points
            assert int(effort[3]) == points
            asked[heading[1]] = (heading[2], int(effort[1]), len(effort[2]))
    assert asked == {name: (q.title, q.minutes, q.difficulty) for name, q in questions.items()}
    opening = cells[0].source
    assert re.search(rf"about {sum(q.minutes for q in questions.values())} minutes", opening)


@pytest.mark.parametrize("number", NUMBERS)
def test_each_question_is_answered_in_plain_variables_and_checked(number):
    cells = {cell.id: cell for cell in notebook(number).cells}
    for name in sheet(number):
        place = name.partition(".")[2]
        answer, checked = cells[f"answer-{place}"], cells[f"check-{place}"]
        assert answer.metadata.nbgrader.solution and "### BEGIN SOLUTION" in answer.source
        handed = re.match(rf'print\(check\("{re.escape(name)}", (.+)\)\)\n', checked.source)
        assert handed, checked.source
        # A student's own check changes nothing for the grade.
        hidden = f'from widgets.classroom import check as grade\ngrade("{name}", {handed[1]}).require()'
        assert f"### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS" in checked.source


def test_there_is_enough_to_do():
    questions = [question for number in NUMBERS for question in sheet(number).values()]
    assert len(NUMBERS) >= 10 and 40 <= len(questions) <= 60
    assert {question.difficulty for question in questions} == {1, 2, 3}
