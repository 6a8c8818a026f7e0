"""Lessons written for PyTorch, run statement by statement under either engine, and what counts as the same outcome."""

from __future__ import annotations

import ast
import importlib
from itertools import zip_longest
from pathlib import Path

from minigrad.comparison import outcome, same, seen

LESSONS = sorted((Path(__file__).parent / "lessons").glob("*.py"))
RECORDED = Path(__file__).parent / "recorded" / "lessons.json"


def outcomes(lesson: Path, engine: str) -> list[dict]:
    """What each top-level statement of a lesson prints, warns of and raises under ``engine``, "torch" or "minigrad".

    A bare expression prints its value, as in a notebook. Addresses in memory are left out.
    """
    torch = importlib.import_module(engine)
    if engine == "torch":
        torch.set_warn_always(True)  # else a warning's first statement would depend on what ran before
    names: dict = {"__name__": lesson.stem, "torch": torch}
    source = lesson.read_text()
    found = []
    statements = ast.parse(source).body
    for statement in statements[1:] if ast.get_docstring(ast.parse(source)) else statements:
        text = ast.get_source_segment(source, statement)
        assert text is not None
        if text == "import torch":
            continue
        interactive = isinstance(statement, ast.Expr)
        part = ast.Interactive([statement]) if interactive else ast.Module([statement], [])
        code = compile(part, str(lesson), "single" if interactive else "exec")
        found.append({"line": statement.lineno, "statement": text} | outcome(code, names))
    return found


def differences(expected: list[dict], found: list[dict]) -> list[str]:
    """The statements whose outcomes are not the same, each with what was expected of it and what came."""
    return [
        f"line {(e or f)['line']}: {(e or f)['statement']}\n  PyTorch:  {seen(e)!r}\n  minigrad: {seen(f)!r}"
        for e, f in zip_longest(expected, found, fillvalue={})
        if e.get("statement") != f.get("statement") or not same(seen(e), seen(f))
    ]
