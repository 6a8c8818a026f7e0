"""The learner's side of a trace: their variables and their lines of code."""

from __future__ import annotations

import linecache
import os
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any

import minigrad

CODE_LINES = 14

Line = tuple[str, int]  # a file and a line in it

_CELL = re.compile(r"ipykernel_\d")  # the folder that a kernel's cells are said to lie in

_packages: tuple[str, ...] = ()  # the folders of code that is not the learner's


def leave_out(file: str) -> None:
    """Take the package that ``file`` lies in for none of the learner's code."""
    global _packages
    _packages += (os.path.dirname(os.path.abspath(file)) + os.sep,)


leave_out(minigrad.__file__)
leave_out(__file__)


def learner_variables() -> dict[str, Any]:
    """The variables of the code that called into this package: its locals, then its globals."""
    frame = learner_frame()
    if frame is None:
        return {}
    # Locals come first, for a tensor goes by its first name, and once more, since they hide globals.
    return {**frame.f_locals, **frame.f_globals, **frame.f_locals}


def learner_line() -> Line | None:
    """The line of the learner's that is running: the innermost outside this kit and PyTorch."""
    frame = learner_frame()
    return None if frame is None else (frame.f_code.co_filename, frame.f_lineno)


def learner_sources() -> Iterator[tuple[str, int, str]]:
    """Where the learner's variables may have got their values, nearest first: file, last line that ran, function.

    The function is that which is running, or "<module>"; after the code that runs come the other cells of a notebook.
    """
    frame = learner_frame()
    running = None if frame is None else frame.f_code.co_filename
    if frame is not None and running is not None:
        yield running, frame.f_lineno, frame.f_code.co_name
        if frame.f_code.co_name != "<module>":
            yield running, len(linecache.getlines(running)), "<module>"
    for filename in reversed(list(linecache.cache)):
        if _CELL.search(filename) and filename != running:
            yield filename, len(linecache.getlines(filename)), "<module>"


def learner_frame() -> FrameType | None:
    """The learner's code that is running."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_packages):
        frame = frame.f_back
    return frame


class Code:
    """The learner's lines that made a graph, in the order they ran, and where each stands in the listing.

    ``used`` are the places operations came from, ``names`` the variables whose definitions belong to the picture.
    """

    def __init__(self, used: Iterable[Line | None], names: Iterable[str]) -> None:
        self.lines: list[dict[str, Any]] = []
        wanted: dict[str, set[int]] = {}
        for place in used:
            if place is not None and linecache.getline(*place):
                wanted.setdefault(place[0], set()).add(place[1])
        computing = set(wanted)
        self._definitions = {name: place for name in names if (place := self._definition(name, wanted)) is not None}
        for filename, line in self._definitions.values():
            wanted.setdefault(filename, set()).add(line)
        self._numbers: dict[Line, int] = {}
        # A cell that only defines variables ran before those that use them.
        for filename in sorted(wanted, key=lambda f: f in computing):
            shown = self._range(filename, wanted[filename])
            for line in shown:
                self._numbers[filename, line] = len(self._numbers) + 1
            for text in textwrap.dedent("".join(linecache.getline(filename, line) for line in shown)).splitlines():
                self.add(_without_comment(text))

    def number(self, place: Line | None) -> int | None:
        """The number in the listing of a line of the learner's."""
        return None if place is None else self._numbers.get(place)

    def definition(self, name: str) -> int | None:
        """The number in the listing of the line that defines a variable."""
        return self.number(self._definitions.get(name))

    def add(self, text: str) -> None:
        """Put a line at the end."""
        self.lines.append({"number": len(self.lines) + 1, "text": text})

    @staticmethod
    def _definition(name: str, found: dict[str, set[int]]) -> Line | None:
        """Where the learner wrote ``name = ...``: the nearest line above, else in another cell of the notebook."""
        pattern = re.compile(rf"(.*;)?\s*([\w\s,]*,\s*)?{re.escape(name)}\s*(,[\w\s,]*)?(:[^=]+)?=(?!=)")
        for filename, used in found.items():
            for line in range(min(used), 0, -1):
                if pattern.match(linecache.getline(filename, line)):
                    return filename, line
        for filename in reversed(list(linecache.cache)):
            if _CELL.search(filename) and filename not in found:
                for line in range(len(linecache.getlines(filename)), 0, -1):
                    if pattern.match(linecache.getline(filename, line)):
                        return filename, line
        return None

    @staticmethod
    def _range(filename: str, wanted: set[int]) -> list[int]:
        """The lines from the first wanted one to the last, only the wanted ones where that is too many."""
        between = [
            line
            for line in range(min(wanted), max(wanted) + 1)
            if (text := linecache.getline(filename, line).strip()) and not text.startswith("#")
        ]
        return between if len(between) <= CODE_LINES else sorted(wanted)[:CODE_LINES]


def _without_comment(line: str) -> str:
    return line if "'" in line or '"' in line else line.split("#")[0].rstrip()
