"""Notebooks run in the orders in which people run them, not only from top to bottom in a fresh kernel."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
FOUND = sorted(path for path in NOTEBOOKS.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
SHEETS = [path for path in FOUND if path.parent.name == "exercises"]


def name(path: Path) -> str:
    return path.stem


def errors(path: Path, cells: list[nbformat.NotebookNode]) -> list[tuple[str, str]]:
    """Run these cells of a notebook in a fresh kernel; return what raised although it is not meant to."""
    notebook = nbformat.read(path, as_version=4)
    # The client looks cells up by their ids.
    notebook.cells = [nbformat.from_dict(cell | {"id": f"cell-{place}"}) for place, cell in enumerate(cells)]
    resources = {"metadata": {"path": path.parent}}
    NotebookClient(notebook, timeout=120, allow_errors=True, store_widget_state=False, resources=resources).execute()
    return [
        (cell.source, output.evalue)
        for cell in notebook.cells
        if cell.cell_type == "code" and "raises-exception" not in cell.metadata.get("tags", [])
        for output in cell.outputs
        if output.output_type == "error"
    ]


@pytest.mark.parametrize("path", FOUND, ids=name)
def test_a_notebook_runs_again_in_the_kernel_that_ran_it(path):
    cells = nbformat.read(path, as_version=4).cells
    assert errors(path, cells * 2) == []


@pytest.mark.parametrize("path", SHEETS, ids=name)
def test_the_questions_of_a_sheet_can_be_answered_in_any_order(path):
    parts: list[list[nbformat.NotebookNode]] = [[]]
    for cell in nbformat.read(path, as_version=4).cells:
        if re.match(r"## \d\d\.\d+ ", cell.source):
            parts.append([])
        parts[-1].append(cell)
    opening, *questions = parts
    assert len(questions) >= 3
    assert errors(path, opening + [cell for question in reversed(questions) for cell in question]) == []
