# The settings of a course on these sheets. nbgrader reads this file in the course's folder; edit it there.
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.preprocessors import GetGrades

from widgets.classroom.autograding import GradeByHiddenTests, HideTests, RestoreCells

c = get_config()  # type: ignore[name-defined]  # noqa: F821

c.CourseDirectory.course_id = "autograd"

# Nothing stands in for a solution, so that the student edition runs from top to bottom.
c.ClearSolutions.code_stub = {"python": ""}

# A cell that takes longer is interrupted, and the rest is graded. Seconds.
c.GradeByHiddenTests.timeout = 60
c.GradeByHiddenTests.interrupt_on_timeout = True

c.RestoreCells.add_missing_cells = True
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    RestoreCells,
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    GradeByHiddenTests,
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.GenerateFeedback.preprocessors = [GetGrades, HideTests, CSSHTMLHeaderPreprocessor]

# How files are named that came by other ways: STUDENT_SHEET.ipynb.
c.FileNameCollectorPlugin.named_regexp = r".*/(?P<student_id>[^_/]+)_(?P<file_id>\d\d_\w+)"
