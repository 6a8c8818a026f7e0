"""Lessons written for PyTorch, run statement by statement under either engine, and what counts as the same outcome."""

from __future__ import annotations

import ast
import contextlib
import importlib
import io
import re
import warnings
from itertools import zip_longest
from pathlib import Path

LESSONS = sorted((Path(__file__).parent / "lessons").glob("*.py"))
RECORDED = Path(__file__).parent / "recorded" / "lessons.json"

ADDRESS = re.compile(r"0x[0-9a-f]+")
NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d+(?:e[-+]\d+)?(?!\w)")


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
        outcome: dict = {"line": statement.lineno, "statement": text}
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always", UserWarning)
            try:
                exec(code, names)
            except Exception as error:
                outcome["raised"] = f"{type(error).__name__}: {error}"
        if printed.getvalue():
            outcome["printed"] = printed.getvalue()
        # PyTorch adds where in its sources a warning comes from.
        about = [str(w.message).split(" (Triggered")[0] for w in warned if w.category is UserWarning]
        if about:
            outcome["warned"] = "\n".join(about)
        found.append({k: ADDRESS.sub("0x", v) if k != "statement" and k != "line" else v for k, v in outcome.items()})
    return found


def differences(expected: list[dict], found: list[dict]) -> list[str]:
    """The statements whose outcomes are not the same, each with what was expected of it and what came."""
    return [
        f"line {(e or f)['line']}: {(e or f)['statement']}\n  PyTorch:  {_seen(e)!r}\n  minigrad: {_seen(f)!r}"
        for e, f in zip_longest(expected, found, fillvalue={})
        if e.get("statement") != f.get("statement") or not same(_seen(e), _seen(f))
    ]


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


def _seen(outcome: dict) -> str:
    return "\n".join(f"{kind} {outcome[kind]}" for kind in ("printed", "warned", "raised") if kind in outcome)
