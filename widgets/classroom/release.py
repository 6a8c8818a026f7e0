"""The student edition of exercise notebooks: no solutions, no hidden tests, no outputs.

``python -m widgets.classroom.release SOURCE DESTINATION`` makes it for every notebook in a folder, with nbgrader's own
steps, so that what comes back can be graded by nbgrader.

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


def main(arguments: list[str]) -> int:
    """Write the student edition of every notebook of one folder into another; returns the exit code."""
    if len(arguments) != 2:
        print("usage: python -m widgets.classroom.release SOURCE DESTINATION", file=sys.stderr)
        return 2
    source, destination = map(Path, arguments)
    notebooks = sorted(source.glob("*.ipynb"))
    if not notebooks:
        print(f"no notebooks in {source}", file=sys.stderr)
        return 1
    destination.mkdir(parents=True, exist_ok=True)
    for path in notebooks:
        nbformat.write(student_edition(nbformat.read(path, as_version=4)), destination / path.name)
        print(destination / path.name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
