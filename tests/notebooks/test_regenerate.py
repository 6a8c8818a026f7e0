"""Regenerated notebooks: the same from run to run, readable without a kernel, and true under strict nbval."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).parents[2]

CELLS = [
    new_markdown_cell("# A notebook"),
    new_code_cell("print('first'); import sys; print('aside', file=sys.stderr); print('second')"),
    new_code_cell("object()"),
    new_code_cell("import warnings; warnings.warn('mind the gap')"),
    new_code_cell("import ipywidgets; ipywidgets.IntSlider(3)"),
    new_code_cell("import json; json.loads('{')", metadata={"tags": ["raises-exception"], "execution": {"a": "b"}}),
    new_code_cell(""),
    new_code_cell("1 + 1"),
]


def regenerate(*notebooks: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.notebooks.regenerate", *map(str, notebooks)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def regenerated(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("notebooks") / "sample.ipynb"
    nbformat.write(new_notebook(cells=CELLS), path)
    done = regenerate(path)
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="module")
def notebook(regenerated) -> nbformat.NotebookNode:
    return nbformat.read(regenerated, as_version=4)


def test_a_second_run_changes_nothing(regenerated):
    before = regenerated.read_bytes()
    assert regenerate(regenerated).returncode == 0
    assert regenerated.read_bytes() == before


def test_it_passes_the_regression_test(regenerated):
    options = ["-c", "pyproject.toml", f"--rootdir={ROOT}", "-p", "tests.notebooks.strict"]
    command = [sys.executable, "-m", "pytest", *options, regenerated]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "8 passed" in done.stdout


def test_cells_keep_their_ids_and_count_from_one(notebook):
    assert [cell.id for cell in notebook.cells] == [cell.id for cell in CELLS]
    ran = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source]
    assert [cell.execution_count for cell in ran] == [1, 2, 3, 4, 5, 6]


def test_nothing_of_this_run_or_this_machine_is_left(notebook, regenerated):
    text = regenerated.read_text()
    assert str(ROOT) not in text and str(regenerated.parent) not in text and "ipykernel_" not in text
    assert "widget-view" not in text and "widgets" not in notebook.metadata
    assert notebook.cells[2].outputs[0].data["text/plain"] == "<object at 0x7f0000000000>"
    assert "execution" not in notebook.cells[5].metadata


def test_what_a_reader_needs_is_still_there(notebook):
    assert [output.text for output in notebook.cells[1].outputs] == ["first\nsecond\n", "aside\n"]
    assert "UserWarning: mind the gap" in notebook.cells[3].outputs[0].text
    assert notebook.cells[4].outputs[0].data["text/plain"] == "IntSlider(value=3)"
    assert notebook.cells[5].metadata.tags == ["raises-exception"]
    traceback = "\n".join(notebook.cells[5].outputs[0].traceback)
    assert "JSONDecodeError" in traceback and "json.loads" in traceback
    assert notebook.metadata.kernelspec.name == "python3"


def test_a_notebook_that_fails_is_left_as_it_was(tmp_path):
    path = tmp_path / "broken.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1 / 0")]), path)
    before = path.read_bytes()
    done = regenerate(path)
    assert done.returncode != 0 and "ZeroDivisionError" in done.stderr
    assert path.read_bytes() == before
