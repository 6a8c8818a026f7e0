"""What a check says."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import Any

# Under this type nbgrader's run of a sheet keeps each verdict, for the teacher's report.
VERDICT = "application/vnd.minigrad.verdict+json"


class Wrong(Exception):
    """What is wrong with an answer, in words for the student; the misconception, where it is a known one."""

    def __init__(self, words: str, misconception: str | None = None) -> None:
        super().__init__(words)
        self.misconception = misconception


@dataclass(frozen=True, repr=False)
class Result:
    """The verdict on one answer: true in an ``if`` when the answer is right, and readable when it is shown.

    ``misconception`` names the mistake where it is a known one, for a teacher who counts them.

    >>> Result("01.1", False, "backward() adds to x.grad.", "the new gradient replaces the old")
    ✗ 01.1 not yet: backward() adds to x.grad.
    """

    question: str
    passed: bool
    words: str
    misconception: str | None = None

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return f"{'✓' if self.passed else '✗'} {self.question} {'right' if self.passed else 'not yet'}: {self.words}"

    def require(self) -> None:
        """Raise AssertionError with the verdict unless the answer is right: the last line of a graded cell."""
        if os.environ.get("NBGRADER_EXECUTION") == "autograde":
            _publish({VERDICT: asdict(self)})
        if not self.passed:
            raise AssertionError(repr(self))


def _publish(data: dict[str, Any]) -> None:
    """Keep data among the outputs of the notebook's cell."""
    from IPython.display import display

    display(data, raw=True)
