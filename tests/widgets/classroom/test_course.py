"""A course in nbgrader from end to end: a sheet is generated, handed in by a class, graded, and given back."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_notebook

from tests.widgets.classroom.variants_01 import RIGHT, WRONG
from widgets.classroom.autograding import scores
from widgets.classroom.course import main as lay_out
from widgets.classroom.report import main as report
from widgets.classroom.verdict import VERDICT

ROOT = Path(__file__).parents[3]
SHEET = "01_first_gradients"
POINTS = {"check-1": 2.0, "check-2": 3.0, "check-3": 3.0}

Cells = dict[str, nbformat.NotebookNode]


def right(cells: Cells) -> None:
    for place in "123":
        cells[f"answer-{place}"].source = next(iter(RIGHT[f"01.{place}"].values()))


def half_right(cells: Cells) -> None:
    right(cells)
    cells["answer-1"].source, cells["answer-2"].source = WRONG["01.1"][0][0], WRONG["01.2"][0][0]


def endless_and_raising(cells: Cells) -> None:
    right(cells)
    cells["answer-1"].source += "\nwhile True:\n    pass"
    cells["answer-2"].source = "def vjp(x, v):\n    return x / (1 // 0)\n\nvjp.no_such_thing"


def endless_function(cells: Cells) -> None:
    right(cells)
    cells["answer-3"].source = "def train(weights, steps, lr):\n    while True:\n        print(weights)"


def meddling(cells: Cells) -> None:
    right(cells)
    cells[
        "answer-1"
    ].source += "\ncheck = print = hint = None\nimport numpy\nnumpy.random.seed(0)\ntorch.manual_seed(3)"


def renamed(cells: Cells) -> None:
    right(cells)
    cells["answer-2"].source = cells["answer-2"].source.replace("vjp", "product")


def kernel_ended(cells: Cells) -> None:
    right(cells)
    cells["answer-2"].source = "import os\nos._exit(1)"


def check_rewritten(cells: Cells) -> None:
    half_right(cells)
    cells["check-1"].source = cells["check-2"].source = "print('all right')"


# Student -> what was done to the cells of the sheet, and the points it should give.
CLASS: dict[str, tuple[Callable[[Cells], None], tuple[int, int, int]]] = {
    "perfect": (right, (2, 3, 3)),
    "half-right": (half_right, (0, 0, 3)),
    "endless-and-raising": (endless_and_raising, (2, 0, 3)),
    "endless-function": (endless_function, (2, 3, 0)),
    "meddling": (meddling, (2, 3, 3)),
    "renamed": (renamed, (2, 0, 3)),
    "kernel-ended": (kernel_ended, (2, 0, 3)),
    "check-rewritten": (check_rewritten, (0, 0, 3)),
}
# Without the cells named: whole questions deleted, an answer alone, everything.
DELETED = {
    "check-deleted": (("check-2",), (2, 3, 3)),
    "question-deleted": (("answer-1", "check-1", "answer-2", "check-2"), (0, 0, 3)),
    "answer-deleted": (("answer-3",), (2, 3, 0)),
}
WANTED = {name: wanted for name, (_, wanted) in {**CLASS, **DELETED}.items()}
WANTED |= {"empty": (0, 0, 0), "another-sheet": (0, 0, 0), "not-a-notebook": (0, 0, 0), "untouched": (0, 0, 0)}


class Course:
    """A course's folder, and nbgrader's commands in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        assert lay_out([str(ROOT / "notebooks/exercises"), str(folder)]) == 0

    def nbgrader(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        # nbgrader calls alembic by its name.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        env = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "nbgrader", *arguments]
        return subprocess.run(command, cwd=cwd or self.folder, env=env, capture_output=True, text=True)

    def released(self, sheet: str = SHEET) -> nbformat.NotebookNode:
        return nbformat.read(self.folder / "release" / sheet / f"{sheet}.ipynb", as_version=4)

    def submit(self, student: str, notebook: nbformat.NotebookNode) -> None:
        self._file(student).write_text(nbformat.writes(notebook))

    def submit_text(self, student: str, text: str) -> None:
        self._file(student).write_text(text)

    def _file(self, student: str) -> Path:
        folder = self.folder / "submitted" / student / SHEET
        folder.mkdir(parents=True)
        return folder / f"{SHEET}.ipynb"

    def graded(self, student: str) -> Cells:
        path = self.folder / "autograded" / student / SHEET / f"{SHEET}.ipynb"
        cells = nbformat.read(path, as_version=4).cells
        return {cell.metadata.nbgrader.grade_id: cell for cell in cells if "nbgrader" in cell.metadata}

    def feedback(self, student: str) -> str:
        return (self.folder / "feedback" / student / SHEET / f"{SHEET}.html").read_text()


class Text(HTMLParser):
    """The words of a page, with single spaces; its scripts and style sheets left out."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is None:
            self.words.append(data)

    def __str__(self) -> str:
        return " ".join("".join(self.words).split())


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = Course(tmp_path_factory.mktemp("course"))
    generated = course.nbgrader("generate_assignment", SHEET)
    assert generated.returncode == 0, generated.stderr
    for student, (change, _) in CLASS.items():
        notebook = course.released()
        change({cell.id: cell for cell in notebook.cells})
        course.submit(student, notebook)
    for student, (names, _) in DELETED.items():
        notebook = course.released()
        right({cell.id: cell for cell in notebook.cells})
        notebook.cells = [cell for cell in notebook.cells if cell.id not in names]
        course.submit(student, notebook)
    course.submit("untouched", course.released())
    course.submit("empty", new_notebook())
    another = next(path for path in sorted((course.folder / "source").iterdir()) if path.name != SHEET)
    assert course.nbgrader("generate_assignment", another.name).returncode == 0
    course.submit("another-sheet", course.released(another.name))
    course.submit_text("not-a-notebook", "I could not do it")
    course.grading = course.nbgrader("autograde", SHEET, "--GradeByHiddenTests.timeout=8").stderr
    course.nbgrader("generate_feedback", SHEET)
    return course


@pytest.fixture(scope="module")
def points(course: Course) -> dict[str, dict[str, float]]:
    return scores(f"sqlite:///{course.folder / 'gradebook.db'}", SHEET)


@pytest.mark.parametrize("student", WANTED)
def test_the_score_is_what_it_should_be(points, student):
    assert points[student] == dict(zip(POINTS, WANTED[student], strict=True))


@pytest.mark.parametrize("student", sorted(WANTED.keys() - {"not-a-notebook"}))
def test_no_hidden_test_reaches_the_feedback(course, student):
    page = course.feedback(student)
    words = str(Text(page))
    assert f"Score: {sum(WANTED[student])}.0 / 8.0" in words
    assert not re.search(r"HIDDEN|as grade|\.require\(|_publish", words)
    assert VERDICT not in page


def test_the_feedback_says_what_was_right_and_names_what_was_wrong(course):
    words = str(Text(course.feedback("half-right")))
    assert "✗ 01.1 not yet: " in words and "✗ 01.2 not yet: this is J v" in words
    assert "✓ 01.3 right: " in words


def test_the_feedback_says_why_there_is_no_verdict(course):
    assert "NameError: name 'vjp' is not defined. The check found no answer under the name" in str(
        Text(course.feedback("renamed"))
    )
    assert "no end after 5 seconds, so it was stopped" in str(Text(course.feedback("endless-function")))
    endless = str(Text(course.feedback("endless-and-raising")))
    assert "CellTimeoutError" in endless
    assert "vjp raised ZeroDivisionError in the line `return x / (1 // 0)`" in endless
    assert "This cell ended the kernel, so it was left out." in str(Text(course.feedback("kernel-ended")))


def test_the_feedback_shows_the_pictures_of_widgets(course):
    page = course.feedback("perfect")
    assert "data:image/svg+xml;base64," in page and "model_id" not in page


def test_a_file_that_is_no_notebook_is_reported_and_holds_up_nobody(course):
    assert "error processing assignment '01_first_gradients' for student 'not-a-notebook'" in course.grading


def test_deleted_checks_are_put_back_in_their_places(course):
    assert list(course.graded("question-deleted")) == ["check-1", "check-2", "answer-3", "check-3"]
    assert "was missing from the submission" in course.graded("empty")["check-1"].source


def test_the_report_counts_right_answers_and_misconceptions(course, capsys):
    assert report([str(course.folder), SHEET]) == 0
    lines = capsys.readouterr().out.splitlines()
    graded = len(WANTED) - 1  # all but the file that is no notebook
    for name, place in (("01.1", 0), ("01.2", 1), ("01.3", 2)):
        count = sum(1 for wanted in WANTED.values() if wanted[place])
        assert any(line.startswith(name) and f"{count} of {graded}" in line for line in lines)
    assert any(re.search(r"2 × J v for vᵀJ", line) for line in lines)
    assert any("no verdict (NameError)" in line for line in lines)
    # The loop of 01.3 is handed out with a fault: who never touched it has not made it.
    assert sum("1 × no answer" in line for line in lines) == 3
    assert not any("the update is recorded" in line for line in lines)
    page = (course.folder / "report" / f"{SHEET}.html").read_text()
    assert "<svg" in page and "J v for vᵀJ" in page and "half-right" not in page
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page)


def test_the_report_says_what_is_missing(tmp_path, capsys):
    assert report([str(tmp_path), SHEET]) == 1
    assert "run `nbgrader autograde 01_first_gradients` there first" in capsys.readouterr().err
    assert report([]) == 2


def test_a_sheet_goes_out_and_comes_back_through_the_exchange(tmp_path):
    course, exchange, home = Course(tmp_path / "course"), tmp_path / "exchange", tmp_path / "home"
    for folder in (exchange, home):
        folder.mkdir()
    exchange.chmod(0o777)
    shared = f"--Exchange.root={exchange}"
    course.nbgrader("generate_assignment", SHEET)
    course.nbgrader("release_assignment", SHEET, shared)
    course.nbgrader("fetch_assignment", SHEET, "--course=autograd", shared, cwd=home)
    assert (home / SHEET / f"{SHEET}.ipynb").exists()
    course.nbgrader("submit", SHEET, "--course=autograd", shared, cwd=home)
    course.nbgrader("collect", SHEET, shared)
    (collected,) = course.folder.glob(f"submitted/*/{SHEET}/{SHEET}.ipynb")
    assert nbformat.read(collected, as_version=4) == course.released()


def test_files_that_came_by_other_ways_are_collected_by_their_names(tmp_path):
    course = Course(tmp_path)
    course.nbgrader("generate_assignment", SHEET)
    archive = tmp_path / "downloaded" / SHEET / "archive"
    archive.mkdir(parents=True)
    (archive / f"ada_{SHEET}.ipynb").write_text(nbformat.writes(course.released()))
    course.nbgrader("zip_collect", SHEET)
    assert (tmp_path / "submitted" / "ada" / SHEET / f"{SHEET}.ipynb").exists()


def test_a_course_keeps_settings_that_were_edited_and_says_when_there_is_no_sheet(tmp_path, capsys):
    exercises, course = str(ROOT / "notebooks/exercises"), tmp_path / "course"
    assert lay_out([exercises, str(course)]) == 0
    (course / "nbgrader_config.py").write_text("mine")
    assert lay_out([exercises, str(course)]) == 0
    assert (course / "nbgrader_config.py").read_text() == "mine"
    assert lay_out([str(tmp_path), str(course)]) == 1
    assert "no notebooks in" in capsys.readouterr().err
    assert lay_out([]) == 2
