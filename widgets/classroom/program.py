"""A few lines of code that a question asks about: run by the engine when the answer is wanted, written down nowhere."""

from __future__ import annotations

import textwrap
from functools import cached_property
from typing import Any

import minigrad


class Program:
    """Lines of a lesson, in which ``torch`` is minigrad. An error it raises is the variable ``error`` afterwards.

    >>> Program("x = torch.tensor(3.0, requires_grad=True)\\n(x * x).backward()").value("x.grad")
    tensor(6.)
    """

    def __init__(self, source: str) -> None:
        self.source = textwrap.dedent(source).strip()

    @cached_property
    def variables(self) -> dict[str, Any]:
        """The variables after a run; the program runs once, when they are first wanted."""
        variables: dict[str, Any] = {"torch": minigrad, "error": None}
        with minigrad.enable_grad():
            try:
                exec(compile(self.source, "<program>", "exec"), variables)
            except Exception as error:
                variables["error"] = error
        return variables

    def value(self, expression: str) -> Any:
        """What ``expression`` is after the run."""
        with minigrad.enable_grad():
            return eval(expression, dict(self.variables))
