"""How many wrong answers the checks catch: ``python -m tests.widgets.classroom.score`` prints the table.

It fails unless every right answer passes, every wrong one is caught, and every known misconception is named.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

import minigrad
from widgets.classroom import Result, check
from widgets.classroom.question import sheet_names

SHEETS = tuple(import_module(f"tests.widgets.classroom.variants_{number}") for number in sheet_names())


class Score(NamedTuple):
    question: str
    right_passed: int
    right: int
    wrong_caught: int
    wrong: int
    named: int
    misconceptions: int


def handed_in(cell: str, expression: str) -> Any:
    """What a student hands in who wrote ``cell``."""
    notebook: dict[str, Any] = {"torch": minigrad}
    exec(cell, notebook)
    return eval(expression, notebook)


def scores(check: Callable[[str, Any], Result] = check) -> list[Score]:
    """One score for each question."""
    rows = []
    for sheet in SHEETS:
        for question, expression in sheet.HANDED_IN.items():
            right = [check(question, handed_in(cell, expression)) for cell in sheet.RIGHT[question].values()]
            wrong = [(check(question, handed_in(cell, expression)), name) for cell, name in sheet.WRONG[question]]
            known = [(result, name) for result, name in wrong if name is not None]
            rows.append(
                Score(
                    question,
                    sum(result.passed for result in right),
                    len(right),
                    sum(not result.passed for result, _ in wrong),
                    len(wrong),
                    sum(result.misconception == name for result, name in known),
                    len(known),
                )
            )
    return rows


def table(rows: list[Score]) -> str:
    """The scores for people."""
    total = Score("all", *(sum(row[i] for row in rows) for i in range(1, len(Score._fields))))
    lines = ["question  right answers passed  wrong answers caught  misconceptions named"]
    for row in [*rows, total]:
        parts = [f"{a}/{b}" for a, b in zip(row[1::2], row[2::2], strict=True)]
        lines.append(f"{row.question:8}  {parts[0]:20}  {parts[1]:20}  {parts[2]}")
    return "\n".join(lines)


def is_perfect(rows: list[Score]) -> bool:
    """Whether every right answer passed, every wrong one was caught, and every known misconception named."""
    return all(row[i] == row[i + 1] for row in rows for i in (1, 3, 5))


if __name__ == "__main__":
    counted = scores()
    print(table(counted))
    sys.exit(not is_perfect(counted))
