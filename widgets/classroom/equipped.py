"""A program that is asked about with words of its own: expressions may use functions the program does not show."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from .program import Program


class Equipped(Program):
    """A program whose claims and asked expressions can use ``tools``: functions that are no part of the lines shown.

    >>> Equipped("x = torch.ones(2)", size=len).value("size(x)")
    2
    """

    def __init__(self, source: str, **tools: Callable) -> None:
        super().__init__(source)
        self.tools = tools

    @cached_property
    def variables(self) -> dict[str, Any]:
        """The variables after a run, and the tools."""
        return {**super().variables, **self.tools}
