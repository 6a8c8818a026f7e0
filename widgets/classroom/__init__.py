"""The classroom: exercises that know the mistakes.

``check("01.1", answer)`` says whether an answer is right, and if not, which misconception it comes from;
``hint("01.1")`` helps in three steps. What is right is computed when it is asked, with minigrad itself, so no answer
stands in the files.

``predict`` and ``quiz`` ask in the notebook, ``progress("01")`` shows what is done of a sheet.

``python -m widgets.classroom.release SOURCE DESTINATION`` makes the student edition of a folder of exercises.
"""

from .asking import predict, quiz
from .checking import check, hint
from .progress import progress
from .question import UnknownQuestion
from .verdict import Result

__all__ = ["Result", "UnknownQuestion", "check", "hint", "predict", "progress", "quiz"]
