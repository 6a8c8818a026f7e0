"""What a question is, and where to find it by its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from . import sheets
from .program import Program


@dataclass(frozen=True)
class Question:
    """One question of a sheet.

    ``minutes`` is how long it should take, ``difficulty`` is from 1 to 3, ``hints`` go from a nudge to the whole idea,
    never to the answer. ``grade`` takes an answer and returns words of praise, or raises ``Wrong``.

    For the widgets: ``program`` is the code that is asked about, ``asks`` what is to be predicted, in the order of the
    answer, and ``options`` what can be chosen, of which the answer is the letter.
    """

    title: str
    minutes: int
    difficulty: int
    hints: tuple[str, str, str]
    grade: Callable[[Any], str]
    program: Program | None = None
    asks: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


class UnknownQuestion(KeyError):
    """There is no question, or no sheet, of that name."""

    def __str__(self) -> str:
        # KeyError would show the quoted form of the sentence.
        return str(self.args[0])


def sheet_names() -> list[str]:
    """The numbers of all sheets, as text: "01", "02", ..."""
    return sorted(module.name.removeprefix("sheet_") for module in iter_modules(sheets.__path__))


def sheet(number: Any) -> dict[str, Question]:
    """The questions of one sheet by their names; UnknownQuestion where there is no such sheet."""
    if not isinstance(number, str) or number not in sheet_names():
        names = ", ".join(f'"{name}"' for name in sheet_names())
        raise UnknownQuestion(f"there is no sheet {number!r}. The sheets are {names}, written in quotes.")
    return import_module(f"{sheets.__name__}.sheet_{number}").QUESTIONS


def question(name: Any) -> Question:
    """The question of this name, as in ``"01.1"``; UnknownQuestion where there is none."""
    number = name.partition(".")[0] if isinstance(name, str) else ""
    if not isinstance(name, str) or not re.fullmatch(r"\d\d\.\d+", name) or number not in sheet_names():
        names = ", ".join(sheet_names())
        raise UnknownQuestion(
            f'there is no question {name!r}. A question is named by its sheet and its number, in quotes: "01.1". '
            f"The sheets are {names}."
        )
    questions = sheet(number)
    if name not in questions:
        names = ", ".join(f'"{known}"' for known in questions)
        raise UnknownQuestion(f"there is no question {name!r}. The questions of sheet {number} are {names}.")
    return questions[name]
