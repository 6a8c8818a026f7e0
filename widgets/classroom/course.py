"""A course for nbgrader: ``python -m widgets.classroom.course EXERCISES COURSE`` lays out its folder.

Each sheet becomes an assignment under ``source/``; ``nbgrader_config.py`` holds the settings. What is there already is
replaced, but for the settings, which are yours. TEACHING.md says how to go on.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

CONFIG = Path(__file__).with_name("nbgrader_config.py")


def lay_out(exercises: Path, course: Path) -> list[str]:
    """Write the sheets of one folder as assignments into a course's folder; return their names.

    Raises FileNotFoundError where there is no sheet.
    """
    sheets = sorted(exercises.glob("*.ipynb"))
    if not sheets:
        raise FileNotFoundError(f"no notebooks in {exercises}")
    for sheet in sheets:
        assignment = course / "source" / sheet.stem
        assignment.mkdir(parents=True, exist_ok=True)
        shutil.copy(sheet, assignment / sheet.name)
    if not (course / CONFIG.name).exists():
        shutil.copy(CONFIG, course / CONFIG.name)
    return [sheet.stem for sheet in sheets]


def main(arguments: list[str]) -> int:
    """Lay out a course; returns the exit code."""
    if len(arguments) != 2:
        print("usage: python -m widgets.classroom.course EXERCISES COURSE", file=sys.stderr)
        return 2
    exercises, course = map(Path, arguments)
    try:
        names = lay_out(exercises, course)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{course}: {len(names)} assignments")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
