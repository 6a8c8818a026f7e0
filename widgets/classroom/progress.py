"""progress: what is done of a sheet, in this session."""

from __future__ import annotations

import traitlets

from ..figures import ADVANCE, picture, text
from ..numbers import Json
from ..view import View
from .outcomes import forget, latest, listen, met
from .question import sheet
from .verdict import Result

_MARKS = {"right": "✓", "wrong": "✗", "open": "○"}


class progress(View, front_end="progress", picture="figures"):
    """The panel at the end of a sheet: which questions are right by now. It follows the checks.

    ``progress("01")`` shows sheet 01. Raises UnknownQuestion where there is no such sheet.
    """

    rows: traitlets.List = traitlets.List(read_only=True, help="One row a question.").tag(sync=True)
    title = traitlets.Unicode(read_only=True, help="The sheet and how much of it is right.").tag(sync=True)

    def __init__(self, number: str) -> None:
        self._number, self._questions = number, sheet(number)
        super().__init__()
        listen(self._heard)

    def close(self) -> None:
        """Follow the checks no longer, and go from the page."""
        forget(self._heard)
        super().close()

    # Defaults, not values set later: so they are part of the very first message, and no front end sees them empty.
    @traitlets.default("rows")
    def _first_rows(self) -> list[Json]:
        return [self._row(name) for name in self._questions]

    @traitlets.default("title")
    def _first_title(self) -> str:
        right = sum(row["state"] == "right" for row in self.rows)
        return f"Sheet {self._number}: {right} of {len(self.rows)} right"

    def _heard(self, result: Result) -> None:
        if result.question in self._questions:
            with self.hold_sync():
                self.set_trait("rows", self._first_rows())
                self.set_trait("title", self._first_title())

    def _row(self, name: str) -> Json:
        asked, result = self._questions[name], latest(name)
        state = "open" if result is None else "right" if result else "wrong"
        return {
            "name": name,
            "title": asked.title,
            "effort": f"{asked.minutes} min {'●' * asked.difficulty}{'○' * (3 - asked.difficulty)}",
            "state": state,
            "mark": _MARKS[state],
            "met": "; ".join(met(name)),
        }

    def _text(self) -> str:
        wide = max(len(row["title"]) for row in self.rows)
        lines = [f"  {row['mark']} {row['name']}  {row['title']:<{wide}}  {row['effort']}" for row in self.rows]
        return "\n".join([self.title, *lines])

    def _picture(self) -> str:
        heading, *lines = self._text().splitlines()
        drawn = [text(18, 28, heading, "mg-heading")]
        for place, line in enumerate(lines):
            drawn.append(text(18, 54 + 20 * place, line.replace(" ", "\u00a0"), "mg-num"))
        wide = ADVANCE * 12 * max(map(len, lines)) + 40
        return picture(round(wide), 54 + 20 * len(lines), heading, *drawn, ground=True)
