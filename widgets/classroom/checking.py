"""check and hint: what a student calls about a question."""

from __future__ import annotations

from typing import Any

from .guard import guarded
from .outcomes import note
from .question import question
from .verdict import Result, Wrong

_HINTS_GIVEN: dict[str, int] = {}


def check(name: str, answer: Any) -> Result:
    """Say whether an answer is right, and if not, what is wrong with it.

    ``name`` is a question's, like ``"01.1"``; ``answer`` a number, several, a tensor or a function, as the question
    asks. An answer of any other kind, and a function that raises, prints or does not end, gives a Result that says so:
    the only error raised is UnknownQuestion, a KeyError, where there is no question of that name.

    >>> check("01.1", ("eleven", 22))
    ✗ 01.1 not yet: after_one is text. Write the number without quotes.
    """
    asked = question(name)
    try:
        result = Result(name, True, guarded(asked.grade, answer))
    except Wrong as wrong:
        result = Result(name, False, str(wrong), wrong.misconception)
    note(result)
    return result


class Hint(str):
    """A hint, shown without quotes."""

    def __repr__(self) -> str:
        return str(self)


def hint(name: str, step: int | None = None) -> Hint:
    """Help with a question, in three steps: the first call gives a nudge, the third the whole idea.

    ``step``, from 1 to 3, asks for one of them again. Raises UnknownQuestion where there is no such question,
    ValueError for another ``step``.

    >>> hint("01.1", 1)
    Hint 1 of 3 for 01.1: x stands three times in the line that computes y. Each of them is a way back.
    """
    hints = question(name).hints
    if step is None:
        step = min(_HINTS_GIVEN.get(name, 0) + 1, len(hints))
        _HINTS_GIVEN[name] = step
    if step not in range(1, len(hints) + 1):
        raise ValueError(f"a step is 1, 2 or 3, got {step!r}. Without it, each call gives the next hint.")
    last = " (That was the last one.)" if step == len(hints) else ""
    return Hint(f"Hint {step} of {len(hints)} for {name}: {hints[step - 1]}{last}")
