"""A lesson under two engines, statement by statement: what each prints, warns of and raises, and what differs."""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

import numpy as np

ADDRESS = re.compile(r"0x[0-9a-f]+")
NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d+(?:e[-+]\d+)?(?!\w)")
_MAGIC = re.compile(r"^(\s*)[%!].*$", re.MULTILINE)
_PACKAGE = re.compile(r"\bminigrad\b")


class Statement(NamedTuple):
    """One statement of a lesson: where it is, its text, and code that shows the value of a bare expression."""

    place: str
    text: str
    code: CodeType


class Cell(NamedTuple):
    """A code cell of a notebook; a script is a single one. ``may_raise``: it is tagged as one that does."""

    name: str
    source: str
    may_raise: bool = False


def cells(lesson: Path) -> list[Cell]:
    """The code of a script or of a notebook. Magics and shell commands, which need IPython, are left out."""
    if lesson.suffix != ".ipynb":
        return [Cell(str(lesson), lesson.read_text(encoding="utf-8"))]
    found = []
    for number, cell in enumerate(json.loads(lesson.read_text(encoding="utf-8"))["cells"]):
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            tags = cell.get("metadata", {}).get("tags", [])
            found.append(Cell(f"{lesson}, cell {number}", _without_magics(source), "raises-exception" in tags))
    return found


def _without_magics(source: str) -> str:
    if source.startswith("%%"):
        return ""
    try:
        ast.parse(source)
    except SyntaxError:
        return _MAGIC.sub(r"\1pass", source)
    return source


def statements(lesson: Path) -> Iterator[Statement]:
    """The top-level statements of a lesson, one after another. Raises SyntaxError where it is not Python."""
    for cell in cells(lesson):
        for node in ast.parse(cell.source, cell.name).body:
            shown = isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
            part: ast.AST = ast.Interactive([node]) if shown else ast.Module([node], [])
            text = ast.get_source_segment(cell.source, node) or ""
            kind = "single" if shown else "exec"
            # The annotations of a lesson are its own business, not that of the __future__ import above.
            code: CodeType = compile(part, cell.name, kind, dont_inherit=True)  # type: ignore[call-overload]
            yield Statement(f"{cell.name}:{node.lineno}", text, code)


def outcome(code: CodeType, names: dict) -> dict[str, str]:
    """What some code prints, warns of and raises. Addresses in memory are left out."""
    found: dict[str, str] = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", UserWarning)
        try:
            exec(code, names)
        except (Exception, SystemExit) as error:
            found["raised"] = f"{type(error).__name__}: {error}"
    if printed.getvalue():
        found["printed"] = printed.getvalue()
    # PyTorch adds where in its sources a warning comes from.
    about = [str(w.message).split(" (Triggered")[0] for w in warned if w.category is UserWarning]
    if about:
        found["warned"] = "\n".join(about)
    return {kind: ADDRESS.sub("0x", text) for kind, text in found.items()}


def seen(found: dict[str, str]) -> str:
    """An outcome as one text."""
    return "\n".join(f"{kind} {found[kind]}" for kind in ("printed", "warned", "raised") if kind in found)


def same(expected: str, found: str) -> bool:
    """Whether two texts are the same to the character, but for the last digit of numbers with decimals.

    Mathematical libraries and the order of a sum differ between processors by what float32 rounds away. A number may
    therefore be off by one in its last printed digit or, where all digits are printed, by one part in a million.
    """
    if expected == found:
        return True
    if NUMBER.sub("#", expected) != NUMBER.sub("#", found):
        return False
    return all(map(_close, NUMBER.findall(expected), NUMBER.findall(found)))


def _close(expected: str, found: str) -> bool:
    digits, _, power = expected.partition("e")
    last = 10.0 ** (int(power or 0) - len(digits.partition(".")[2]))
    return abs(float(expected) - float(found)) <= max(1.01 * last, 1e-6 * abs(float(expected)))


def compare(lesson: Path) -> tuple[list[str], int]:
    """Run a lesson under PyTorch and under minigrad, each in a process of its own, whichever of them it imports.

    Gives a description of every statement that does not do the same, and the number of statements. Both start from
    the same seeds. Raises RuntimeError where one of the two does not come to an end.
    """
    expected, found = (_run(lesson, engine) for engine in ("torch", "minigrad"))
    differing = []
    count = 0
    for statement, e, f in zip_longest(statements(lesson), expected, found):
        if e is None and f is None:
            break  # Both have left, by sys.exit().
        count += 1
        pytorchs, ours = (seen(part) if part is not None else "not run" for part in (e, f))
        if not same(pytorchs, ours):
            first, *more = statement.text.splitlines()
            title = f"{statement.place}: {first}{' ...' if more else ''}"
            differing.append(f"{title}\n  PyTorch:  {pytorchs!r}\n  minigrad: {ours!r}")
    return differing, count


def _run(lesson: Path, engine: str) -> list[dict[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "outcomes.json"
        root = str(Path(__file__).resolve().parent.parent)
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        done = subprocess.run(
            [sys.executable, "-c", _RECORD, engine, str(lesson), str(results)],
            env=os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": "0", "MPLBACKEND": "Agg"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        if not results.exists():
            raise RuntimeError(f"{lesson} did not come to an end under {engine}:\n{done.stderr.strip()[-2000:]}")
        return json.loads(results.read_text())


def _let_minigrad_be_pytorch() -> None:
    """From here on ``import minigrad``, in a lesson and in modules of its own, finds PyTorch.

    A lesson of this kit would otherwise run on minigrad twice, and agree with itself. The kit itself, whose widgets a
    lesson may use, still finds minigrad.
    """
    original = builtins.__import__

    def find(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        top, dot, rest = name.partition(".")
        importing = str((globals or {}).get("__name__", "")).partition(".")[0]
        if top == __package__ and not level and importing not in (__package__, "widgets"):
            name = f"torch{dot}{rest}"
        return original(name, globals, locals, fromlist, level)

    builtins.__import__ = find


_RECORD = "import sys; from minigrad.comparison import record; record(*sys.argv[1:])"


def record(engine: str, lesson: str, results: str) -> None:
    """Run a lesson in this process, under "torch" or "minigrad", and write the outcome of each statement to a file."""
    if engine == "minigrad":
        from .lessons import as_torch

        as_torch()
    import torch

    if engine == "torch":
        _let_minigrad_be_pytorch()
        torch.set_warn_always(True)  # else a warning's first statement would depend on what ran before
    torch.manual_seed(0)
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - lessons draw from it
    names: dict = {"__name__": "__main__", "__file__": lesson}
    sys.argv, sys.path[0] = [lesson], str(Path(lesson).resolve().parent)
    found = []
    for statement in statements(Path(lesson)):
        this = outcome(statement.code, names)
        found.append({kind: _PACKAGE.sub("torch", text) for kind, text in this.items()})
        if this.get("raised", "").startswith("SystemExit"):
            break
    Path(results).write_text(json.dumps(found))
