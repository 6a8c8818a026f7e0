"""What nbgrader does differently for these sheets; named in a course's ``nbgrader_config.py``.

nbgrader is a teacher's tool: nothing that students import imports this module.
"""

from __future__ import annotations

import re
import textwrap
from typing import Any

from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import preprocessors, utils
from nbgrader.api import Gradebook

from .verdict import VERDICT, Result

HIDDEN_TESTS = re.compile(r"### BEGIN HIDDEN TESTS\n(.*?)\n?### END HIDDEN TESTS\n?", re.DOTALL)

Converted = tuple[NotebookNode, dict[str, Any]]


class RestoreCells(preprocessors.OverwriteCells):
    """Puts checks that a student deleted back where they were, and takes cells of another sheet for plain ones.

    nbgrader's own ``add_missing_cells`` ends with a KeyError where the answer above the check is gone as well, and
    then nothing of the sheet is graded.
    """

    def preprocess_cell(self, cell: NotebookNode, resources: dict[str, Any], cell_index: int) -> Converted:
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if "nbgrader" in cell.metadata and _grade_id(cell) is None:
            # The sheet has no cell of that name; later steps would look for its points.
            del cell.metadata["nbgrader"]
        return cell, resources

    def add_missing_grade_cells(self, nb: NotebookNode, resources: dict[str, Any]) -> Converted:
        sheet = self.gradebook.find_notebook(self.notebook_id, self.assignment_id)
        points = {cell.name: cell.max_score for cell in sheet.grade_cells}
        place = 0  # behind the last cell of the sheet that is there
        for source in sheet.source_cells:
            at = next((i for i, cell in enumerate(nb.cells) if _grade_id(cell) == source.name), None)
            if at is not None:
                place = at + 1
            elif source.name in points:
                restored = self.missing_cell_transform(source, points[source.name])
                nb.cells.insert(place, NotebookNode(restored, id=f"restored-{source.name}"))
                place += 1
        return nb, resources


class GradeByHiddenTests(preprocessors.Execute):
    """Runs a submission; of a check it runs the hidden tests alone.

    They import what they need: whoever gave ``check`` or ``print`` another meaning loses nothing by it. A cell that
    ends the kernel is an error like any other, and the sheet is run again without it: nbgrader alone would leave such
    a student without a grade.
    """

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any], km: Any = None) -> Converted:
        self._deadly: set[int] = set()
        while True:
            try:
                return super().preprocess(nb, resources, km)
            except DeadKernelError:
                self._deadly.add(self._running)

    def preprocess_cell(self, cell: NotebookNode, resources: dict[str, Any], cell_index: int) -> Converted:
        self._running = cell_index
        if cell_index in self._deadly:
            words = "This cell ended the kernel, so it was left out."
            cell.outputs = [new_output("error", ename="DeadKernelError", evalue=words, traceback=[words])]
            return cell, resources
        whole = cell.source
        if utils.is_grade(cell) and (hidden := HIDDEN_TESTS.search(whole)):
            cell.source = hidden[1]
        try:
            return super().preprocess_cell(cell, resources, cell_index)
        finally:
            cell.source = whole


class HideTests(preprocessors.NbGraderPreprocessor):
    """Takes the hidden tests out of the feedback: their code, and the traceback that quotes it.

    Of a check the verdict stays, or one line that says why there is none; of a widget its picture.
    """

    def preprocess_cell(self, cell: NotebookNode, resources: dict[str, Any], cell_index: int) -> Converted:
        for output in cell.get("outputs", []):
            # Its model is gone with the kernel.
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
        if utils.is_grade(cell):
            cell.source = HIDDEN_TESTS.sub("", cell.source).rstrip()
            cell.outputs = [_as_feedback(output) for output in cell.outputs]
        return cell, resources


def _as_feedback(output: NotebookNode) -> NotebookNode:
    verdict = output.get("data", {}).get(VERDICT)
    if verdict is not None:
        # A wrong answer's verdict is the error's text as well.
        return new_output("stream", text=f"{_wrapped(repr(Result(**verdict)))}\n" if verdict["passed"] else "")
    if output.output_type == "error":
        words = output.evalue if output.ename == "AssertionError" else f"{output.ename}: {output.evalue}"
        if output.ename == "NameError":
            words += ". The check found no answer under the name that the question asks for."
        output.traceback = [_wrapped(words)]
    return output


def _wrapped(words: str) -> str:
    """Lines that fit the page of the feedback, which wraps none."""
    return "\n".join(textwrap.fill(line, 100, subsequent_indent="  ") for line in words.splitlines())


def _grade_id(cell: NotebookNode) -> str | None:
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def scores(database: str, sheet: str) -> dict[str, dict[str, float]]:
    """Student -> check -> points, from a course's gradebook; ``database`` is its address, ``sheet`` an assignment."""
    with Gradebook(database) as gradebook:
        return {
            submission.student.id: {grade.name: grade.score for book in submission.notebooks for grade in book.grades}
            for submission in gradebook.assignment_submissions(sheet)
        }
