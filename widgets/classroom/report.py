"""What a class got right, and which misconceptions it has: ``python -m widgets.classroom.report COURSE SHEET``.

Reads the notebooks that ``nbgrader autograde SHEET`` wrote, prints a table and writes the same with a plot to
``COURSE/report/SHEET.html``, one file that needs no network. No student is named in it.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum, is_grade, is_solution

from ..figures import box, picture, text
from ..view import standalone
from .question import question
from .verdict import VERDICT

_ASKED = re.compile(r'check\("(\d\d\.\d+)"')

# Of the plot, in pixels.
_LEFT, _WIDE, _ROW, _BAR = 270, 420, 34, 18


@dataclass
class Tally:
    """One question in one class: how many were right, what the others thought, and what kept a check from an answer.

    Who left the answer as it was handed out is ``blank``: no fault of the starting point is theirs.
    """

    name: str
    right: int = 0
    misconceptions: Counter[str] = field(default_factory=Counter)
    unnamed: int = 0
    blank: int = 0
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def handed_in(self) -> int:
        """All submissions of the sheet."""
        return self.right + self.misconceptions.total() + self.unnamed + self.blank + self.errors.total()


def tallies(notebooks: Iterable[NotebookNode]) -> list[Tally]:
    """Count what was graded, question by question."""
    found: dict[str, Tally] = {}
    for notebook in notebooks:
        blank = False
        for cell in notebook.cells:
            asked = _ASKED.search(cell.source)
            if is_solution(cell):
                blank = compute_checksum(cell) == cell.metadata.nbgrader.get("checksum")
            elif is_grade(cell) and asked:
                _count(found.setdefault(asked[1], Tally(asked[1])), cell, blank)
                blank = False
    return [found[name] for name in sorted(found, key=lambda name: [int(part) for part in name.split(".")])]


def _count(tally: Tally, cell: NotebookNode, blank: bool) -> None:
    verdict = next((output.data[VERDICT] for output in cell.outputs if VERDICT in output.get("data", {})), None)
    if blank and not (verdict and verdict["passed"]):
        tally.blank += 1
    elif verdict is None:
        errors = [output.ename for output in cell.outputs if output.output_type == "error"]
        tally.errors[errors[0] if errors else "not run"] += 1
    elif verdict["passed"]:
        tally.right += 1
    elif verdict["misconception"]:
        tally.misconceptions[verdict["misconception"]] += 1
    else:
        tally.unnamed += 1


def rows(counted: list[Tally]) -> list[tuple[str, str, str, list[str]]]:
    """Question, title, how many were right, and what the others thought: the most frequent first."""
    told = []
    for tally in counted:
        thought = [f"{count} × {name}" for name, count in tally.misconceptions.most_common()]
        thought += [f"{tally.unnamed} × another mistake"] if tally.unnamed else []
        thought += [f"{tally.blank} × no answer"] if tally.blank else []
        thought += [f"{count} × no verdict ({kind})" for kind, count in tally.errors.most_common()]
        told.append((tally.name, question(tally.name).title, f"{tally.right} of {tally.handed_in}", thought))
    return told


def table(counted: list[Tally]) -> str:
    """The counts as aligned text."""
    lines = [("question", "", "right", "the others")]
    for name, title, right, thought in rows(counted):
        lines += [(name, title, right, thought[0] if thought else ""), *(("", "", "", more) for more in thought[1:])]
    wide = [max(len(line[column]) for line in lines) for column in range(4)]
    return "\n".join("  ".join(map(str.ljust, line, wide)).rstrip() for line in lines)


def plot(counted: list[Tally], sheet: str) -> str:
    """The counts as one SVG: a bar for each question, in the order right, known mistake, other mistake, no answer.

    No answer counts also what kept a check from one.
    """
    most = max((tally.handed_in for tally in counted), default=1)
    parts = [text(20, 28, f"{sheet}: {most} handed in", "mg-heading")]
    legend = [
        ("right", "mg-tint-value", 1.0),
        ("known mistake", "mg-tint-grad", 1.0),
        ("other mistake", "mg-tint-grad", 0.4),
        ("no answer", "mg-empty", 1.0),
    ]
    for place, (words, kind, opacity) in enumerate(legend):
        start = _LEFT + place * 108
        parts.append(box(start, 42, 12, 12, kind, 2, f'fill-opacity="{opacity}"'))
        parts.append(text(start + 18, 52, words, "mg-caption"))
    y = 76
    for tally in counted:
        parts.append(text(20, y + 13, tally.name, "mg-num mg-strong"))
        parts.append(text(58, y + 13, question(tally.name).title))
        x: float = _LEFT
        counts = (tally.right, tally.misconceptions.total(), tally.unnamed, tally.blank + tally.errors.total())
        for count, (_, kind, opacity) in zip(counts, legend, strict=True):
            wide = _WIDE * count / most
            if count:
                parts.append(box(x, y, wide - 2, _BAR, kind, 3, f'fill-opacity="{opacity}"'))
            x += wide
        parts.append(text(x + 8, y + 13, f"{tally.right} of {tally.handed_in}", "mg-num"))
        y += _ROW
    return picture(_LEFT + _WIDE + 80, y + 6, f"{sheet}: how many were right", *parts, ground=True)


def page(counted: list[Tally], sheet: str) -> str:
    """Plot and table as one HTML file, light or dark as the reader's system is."""
    header = "".join(f"<th scope=col>{part}</th>" for part in ("question", "title", "right", "the others"))
    lines = "".join(
        "<tr>"
        + "".join(f"<td>{escape(part)}</td>" for part in row)
        + f"<td>{'<br>'.join(map(escape, more))}</td></tr>\n"
        for *row, more in rows(counted)
    )
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{escape(sheet)}</title>\n'
        "<style>:root { color-scheme: light dark; } body { font: 14px/1.5 system-ui, sans-serif; margin: 2em auto; "
        "max-width: 60em; padding: 0 1em; } table { border-collapse: collapse; width: 100%; } "
        "th, td { text-align: left; vertical-align: top; padding: .35em .8em .35em 0; "
        "border-bottom: 1px solid #8886; } svg { max-width: 100%; height: auto; }</style>\n"
        f"<h1>{escape(sheet)}</h1>\n{standalone(plot(counted, sheet), 'figures')}\n"
        f"<table>\n<tr>{header}</tr>\n{lines}</table>\n</html>\n"
    )


def main(arguments: list[str]) -> int:
    """Print the table and write the page; returns the exit code."""
    if len(arguments) != 2:
        print("usage: python -m widgets.classroom.report COURSE SHEET", file=sys.stderr)
        return 2
    course, sheet = Path(arguments[0]), arguments[1]
    graded = sorted(course.glob(f"autograded/*/{sheet}/*.ipynb"))
    if not graded:
        print(f"nothing is graded in {course}: run `nbgrader autograde {sheet}` there first", file=sys.stderr)
        return 1
    counted = tallies(nbformat.read(path, as_version=4) for path in graded)
    print(table(counted))
    written = course / "report" / f"{sheet}.html"
    written.parent.mkdir(exist_ok=True)
    written.write_text(page(counted, sheet), encoding="utf-8")
    print(f"\n{written}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
