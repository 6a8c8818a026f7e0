"""The classroom: exercises that know the mistakes.

``check("01.1", answer)`` says whether an answer is right, and if not, which misconception it comes from. It computes
what is right when it is asked, with minigrad itself, so no answer stands in its files.

``python -m widgets.classroom.release SOURCE DESTINATION`` makes the student edition of a folder of exercises.
"""

from .checking import UnknownQuestion, check
from .verdict import Result

__all__ = ["Result", "UnknownQuestion", "check"]
