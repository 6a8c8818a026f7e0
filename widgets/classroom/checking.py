"""check: right or wrong, and which misconception."""

from __future__ import annotations

from typing import Any

from . import sheet_01
from .guard import guarded
from .verdict import Result, Wrong

# Each grader takes an answer and returns words of praise, or raises Wrong.
QUESTIONS = {**sheet_01.QUESTIONS}


class UnknownQuestion(KeyError):
    """There is no question of that name."""

    def __str__(self) -> str:
        # KeyError would show the quoted form of the sentence.
        return str(self.args[0])


def check(question: str, answer: Any) -> Result:
    """Say whether an answer is right, and if not, what is wrong with it.

    ``question`` is a name like ``"01.1"``; ``answer`` a number, several, a tensor or a function, as the question asks.
    An answer of any other kind, and a function that raises, prints or does not end, gives a Result that says so: the
    only error raised is UnknownQuestion, a KeyError, where there is no question of that name.

    >>> check("01.1", ("eleven", 22))
    ✗ 01.1 not yet: after_one is text. Write the number without quotes.
    """
    if not isinstance(question, str) or question not in QUESTIONS:
        names = ", ".join(f'"{name}"' for name in QUESTIONS)
        raise UnknownQuestion(f"there is no question {question!r}. The questions are {names}, written in quotes.")
    try:
        praise = guarded(QUESTIONS[question], answer)
    except Wrong as wrong:
        return Result(question, False, str(wrong), wrong.misconception)
    return Result(question, True, praise)
