"""The student edition of the notebooks: no solutions, no hidden tests, no outputs in the exercises.

``python -m widgets.classroom.release SOURCE DESTINATION`` makes it for every notebook under a folder, with nbgrader's
own steps, so that what comes back can be graded by nbgrader. Notebooks without questions, the lesson and the labs, are
copied as they are. The folders stay, so that links between notebooks do.

In a solution cell, what stands before ``### BEGIN SOLUTION`` is what students start from.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode


def student_edition(notebook: NotebookNode) -> NotebookNode:
    """A copy of ``notebook`` for students.

    Raises RuntimeError where a solution or a hidden test stands outside a cell marked for it, or a marker has no end,
    ``nbgrader.nbgraderformat.ValidationError`` where the metadata is broken.
    """
    # Only teachers have nbgrader, and it takes seconds to import.
    from nbgrader.preprocessors import (
        CheckCellMetadata,
        ClearHiddenTests,
        ClearMarkScheme,
        ClearOutput,
        ClearSolutions,
        ComputeChecksums,
        LockCells,
    )

    resources: dict[str, Any] = {}
    notebook = nbformat.from_dict(notebook)
    steps = [
        CheckCellMetadata(),
        LockCells(),
        # Nothing stands in for a solution: nbgrader's own stub raises, and students' notebooks must run through.
        ClearSolutions(code_stub={"python": ""}),
        ClearHiddenTests(),
        ClearMarkScheme(),
        ClearOutput(),
    ]
    for step in steps:
        notebook, resources = step.preprocess(notebook, resources)
    for cell in notebook.cells:
        cell.source = cell.source.rstrip()
    return ComputeChecksums().preprocess(notebook, resources)[0]


def release(source: Path, destination: Path) -> list[Path]:
    """Write the student edition of all notebooks under one folder into another; return what was written.

    Raises FileNotFoundError where there is no notebook.
    """
    notebooks = sorted(path for path in source.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
    if not notebooks:
        raise FileNotFoundError(f"no notebooks in {source}")
    written = []
    for path in notebooks:
        notebook = nbformat.read(path, as_version=4)
        place = destination / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        has_questions = any("nbgrader" in cell.metadata for cell in notebook.cells)
        nbformat.write(student_edition(notebook) if has_questions else notebook, place)
        written.append(place)
    return written


def main(arguments: list[str]) -> int:
    """Release a folder, and list what was written; returns the exit code."""
    if len(arguments) != 2:
        print("usage: python -m widgets.classroom.release SOURCE DESTINATION", file=sys.stderr)
        return 2
    try:
        written = release(*map(Path, arguments))
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    print(*written, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
