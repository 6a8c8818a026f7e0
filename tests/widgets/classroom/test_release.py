"""The student edition: everything a student needs, nothing of the answers, and fit for nbgrader."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.nbgraderformat import MetadataValidator

from tests.widgets.classroom.variants_01 import RIGHT, WRONG
from widgets.classroom.release import main, student_edition

ROOT = Path(__file__).parents[3]
SHEETS = sorted((ROOT / "notebooks/exercises").glob("*.ipynb"))

REGION = re.compile(r"### BEGIN (SOLUTION|HIDDEN TESTS)\n(.*?)### END \1", re.DOTALL)


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def run(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """Cell id -> what it printed; raises where a cell does."""
    NotebookClient(notebook, timeout=60, coalesce_streams=True, resources={"metadata": {"path": ROOT}}).execute()
    return {
        cell.id: "".join(output.text for output in cell.outputs if output.output_type == "stream")
        for cell in notebook.cells
        if cell.cell_type == "code"
    }


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> dict[str, nbformat.NotebookNode]:
    destination = tmp_path_factory.mktemp("build") / "new" / "student"
    assert main([str(ROOT / "notebooks"), str(destination)]) == 0
    return {path.relative_to(destination).as_posix(): read(path) for path in sorted(destination.rglob("*.ipynb"))}


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_no_answer_is_left(path, released):
    notebook = released[f"exercises/{path.name}"]
    hidden = [
        line.strip()
        for cell in read(path).cells
        for region in REGION.findall(cell.source)
        for line in region[1].splitlines()
    ]
    assert len(hidden) > 5
    shown = {line.strip() for cell in notebook.cells for line in cell.source.splitlines()}
    starts = {line.strip() for cell in read(path).cells for line in REGION.sub("", cell.source).splitlines()}
    assert shown & (set(hidden) - starts) == set()
    assert not re.search(r"(BEGIN|END) (SOLUTION|HIDDEN|MARK)", nbformat.writes(notebook))
    assert all(
        not cell.get("outputs") and cell.get("execution_count") is None
        for cell in released[f"exercises/{path.name}"].cells
    )


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_cells_and_metadata_are_those_of_the_source(path, released):
    source, student = read(path), released[f"exercises/{path.name}"]
    MetadataValidator().validate_nb(student)
    assert [cell.id for cell in student.cells] == [cell.id for cell in source.cells]
    assert student.metadata.kernelspec.name == "python3"
    for mine, theirs in zip(source.cells, student.cells, strict=True):
        wanted = mine.metadata.get("nbgrader", {})
        given = theirs.metadata.get("nbgrader", {})
        assert {key: given[key] for key in wanted} == wanted
        if wanted:
            assert given["checksum"] and theirs.metadata.deletable is False
            assert theirs.metadata.get("editable", True) is not wanted["grade"]


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_an_untouched_sheet_runs_through_and_every_check_says_not_yet(path, released):
    printed = run(released[f"exercises/{path.name}"])
    verdicts = [text for name, text in printed.items() if name.startswith("check-")]
    assert verdicts and all(re.match(r"✗ \d\d\.\d+ not yet: ", text) for text in verdicts)


def test_the_lesson_and_the_labs_come_along_as_they_are(released):
    notebooks = ROOT / "notebooks"
    found = {path.relative_to(notebooks).as_posix(): path for path in notebooks.rglob("*.ipynb")}
    assert released.keys() == {name for name in found if ".ipynb_checkpoints" not in name}
    assert all(released[name] == read(path) for name, path in found.items() if name in released and path not in SHEETS)


def test_a_student_who_answers_sees_it_at_once(released):
    notebook = nbformat.from_dict(released["exercises/01_first_gradients.ipynb"])
    cells = {cell.id: cell for cell in notebook.cells}
    cells["answer-1"].source = RIGHT["01.1"]["whole numbers"]
    cells["answer-2"].source = WRONG["01.2"][0][0]
    cells["answer-3"].source = "from widgets.classroom import guard\nguard.TIME_LIMIT = 0.3\n" + (
        "def train(weights, steps, lr):\n    while True:\n        print(weights)"
    )
    printed = run(notebook)
    assert printed["check-1"].startswith("✓ 01.1 right: ")
    assert printed["check-2"].startswith("✗ 01.2 not yet: this is J v")
    assert printed["check-3"].startswith("✗ 01.3 not yet: no end after 0.3 seconds")


def test_the_hidden_tests_of_the_source_fail_a_wrong_answer_without_the_right_one():
    source = read(ROOT / "notebooks/exercises/01_first_gradients.ipynb")
    cells = {cell.id: cell for cell in source.cells}
    cells["answer-1"].source = "after_one, after_two = 8, 16"
    # A student's own check changes nothing for the grade.
    cells["answer-2"].source = "def check(*_): return True\nvjp = None"
    cells["answer-3"].source = "pass"
    client = NotebookClient(source, timeout=60, allow_errors=True, resources={"metadata": {"path": ROOT}})
    client.execute()
    errors = {
        name: [(output.ename, output.evalue) for output in cells[name].outputs if output.output_type == "error"]
        for name in ("check-1", "check-2", "check-3")
    }
    assert errors["check-1"][0][0] == errors["check-2"][0][0] == "AssertionError"
    assert errors["check-1"][0][1].startswith("✗ 01.1 not yet: ") and "11" not in errors["check-1"][0][1]
    assert errors["check-3"] == [("NameError", "name 'train' is not defined")]


def test_a_solution_outside_a_solution_cell_is_refused():
    stray = new_code_cell("### BEGIN SOLUTION\nx = 11\n### END SOLUTION")
    with pytest.raises(RuntimeError, match="non-solution cell"):
        student_edition(new_notebook(cells=[stray]))


def test_the_command_says_what_is_missing(tmp_path):
    def release(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "widgets.classroom.release", *map(str, arguments)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    empty = release(tmp_path, tmp_path / "student")
    assert empty.returncode == 1 and "no notebooks in" in empty.stderr
    assert not (tmp_path / "student").exists()
    assert release(tmp_path).returncode == 2
