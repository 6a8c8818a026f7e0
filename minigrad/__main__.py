"""``python -m minigrad LESSON``: run a script or a notebook written for PyTorch on minigrad.

With ``--compare`` it runs under PyTorch as well, and every statement that does not do the same is listed. Then
``import minigrad as torch`` and ``import torch`` mean the same: PyTorch in the one run, minigrad in the other.
"""

from __future__ import annotations

import argparse
import ast
import linecache
import runpy
import sys
import traceback
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from .comparison import cells, compare
from .lessons import as_torch


def main() -> int:
    """The command; its result is the exit status: 1 where the lesson fails or differs, 2 where it cannot be run."""
    parser = argparse.ArgumentParser(
        prog="python -m minigrad", description="Run a script or a notebook written for PyTorch, unchanged."
    )
    parser.add_argument("lesson", type=Path, help="SCRIPT.py or NOTEBOOK.ipynb; what follows is passed on to a script")
    parser.add_argument(
        "--compare", action="store_true", help="run it under PyTorch as well and list every statement that differs"
    )
    options, arguments = parser.parse_known_args()
    lesson: Path = options.lesson
    if not lesson.is_file():
        parser.error(f"there is no file {lesson}")
    if options.compare:
        return _compare(lesson)
    sys.argv = [str(lesson), *arguments]
    sys.path[0] = str(lesson.resolve().parent)
    with as_torch():
        if lesson.suffix == ".ipynb":
            return _run_notebook(lesson)
        try:
            runpy.run_path(str(lesson), run_name="__main__")
        except Exception as error:
            _show(error)
            return 1
    return 0


def _compare(lesson: Path) -> int:
    if find_spec("torch") is None:
        print("--compare needs PyTorch beside minigrad, to run the lesson twice: pip install torch", file=sys.stderr)
        return 2
    try:
        differing, count = compare(lesson)
    except (SyntaxError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 2
    for text in differing:
        print(text)
    print(f"{lesson}: {count - len(differing)} of {count} statements do the same under PyTorch and minigrad.")
    return 1 if differing else 0


def _run_notebook(lesson: Path) -> int:
    """Cell by cell, showing the value of each cell's last line, up to the first error nobody expects."""
    main = sys.modules["__main__"] = ModuleType("__main__")
    for cell in cells(lesson):
        linecache.cache[cell.name] = (len(cell.source), None, cell.source.splitlines(keepends=True), cell.name)
        try:
            body = ast.parse(cell.source, cell.name).body
            last = [body.pop()] if body and isinstance(body[-1], ast.Expr) else []
            exec(compile(ast.Module(body, []), cell.name, "exec", dont_inherit=True), vars(main))
            exec(compile(ast.Interactive(last), cell.name, "single", dont_inherit=True), vars(main))
        except Exception as error:
            _show(error)
            if not cell.may_raise:
                return 1
    return 0


def _show(error: Exception) -> None:
    """Print a traceback of the learner's own lines, without those of this package and of what runs the lesson."""
    shown = traceback.TracebackException.from_exception(error)
    ours = (str(Path(__file__).parent), "<frozen runpy>")
    shown.stack = traceback.StackSummary.from_list([f for f in shown.stack if not f.filename.startswith(ours)])
    print("".join(shown.format()), end="", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
