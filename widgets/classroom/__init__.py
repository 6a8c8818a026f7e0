"""The classroom: exercises that know the mistakes.

``check("01.1", answer)`` says whether an answer is right, and if not, which misconception it comes from;
``hint("01.1")`` helps in three steps. What is right is computed when it is asked, with minigrad itself, so no answer
stands in the files.

``python -m widgets.classroom.release SOURCE DESTINATION`` makes the student edition of a folder of exercises.
"""

from .checking import check, hint
from .question import UnknownQuestion
from .verdict import Result

__all__ = ["Result", "UnknownQuestion", "check", "hint"]
