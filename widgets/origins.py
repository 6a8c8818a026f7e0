"""Where an operation comes from: the place in the learner's code that made it, and the module that computed it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, FrameType
from typing import Any

from minigrad.nn import module

from .numbers import Json

# A file, a line in it, and the columns where an expression ends and starts: sorted, places are mostly in the order in
# which they run.
Place = tuple[str, int, int, int]


@dataclass(frozen=True)
class Origin:
    """What is noted of an operation when it is recorded; notes are cheap, to be read only if it is ever looked at."""

    instruction: tuple[CodeType, int] | None
    modules: tuple[tuple[str, str], ...]  # path and class of those being called, the outermost, "", first
    call: int | None  # the number of the outermost call

    def place(self) -> Place | None:
        """Where in the code it is."""
        if self.instruction is None:
            return None
        # The number of the instruction will not do: the interpreter counts a call that it has inlined differently.
        code, number = self.instruction
        line, _, start, end = _positions(code)[number // 2]
        return code.co_filename, line or 0, end or 0, start or 0


@lru_cache(maxsize=256)
def _positions(code: CodeType) -> list[tuple[int | None, ...]]:
    return list(code.co_positions())


# The modules that are being called, the outermost first: each with its path, and the number of the outermost call.
_calling: ContextVar[tuple[tuple[Any, str, int], ...]] = ContextVar("calling", default=())
_next_call = itertools.count().__next__


@contextmanager
def inside(called: Any) -> Iterator[None]:
    """Let the operations made within know that this module, of either engine, computes them."""
    above = _calling.get()
    path, call = "", above[0][2] if above else _next_call()
    if above:
        parent, prefix, _ = above[-1]
        # A module that no part of its caller is goes by its class.
        name = next((name for name, part in parent.named_modules() if part is called), type(called).__name__)
        path = f"{prefix}.{name}" if prefix else name
    token = _calling.set((*above, (called, path, call)))
    try:
        yield
    finally:
        _calling.reset(token)


module.call_observer = inside


def origin(frame: FrameType | None) -> Origin:
    """The origin of the operation that the learner's ``frame`` is making."""
    called = _calling.get()
    return Origin(
        instruction=None if frame is None else (frame.f_code, frame.f_lasti),
        modules=tuple((path, type(part).__name__) for part, path, _ in called),
        call=called[0][2] if called else None,
    )


def parameter_name(tensor: Any) -> str | None:
    """What the module that is being called calls one of its parameters, as in "encoder.0.weight"."""
    for called, path, _ in reversed(_calling.get()):
        for name, part in called._parameters.items():
            if part is tensor:
                return f"{path}.{name}" if path else name
    return None


def numbered(origins: Sequence[Origin | None]) -> list[Json]:
    """For each operation its place, its module and its call, as data: places are numbered as they stand in the code,
    calls as they happened.

    A module is told by its path from the outermost one, as in "encoder.0"; an operation outside modules has None.
    """
    places = [None if origin is None else origin.place() for origin in origins]
    numbers = {place: number for number, place in enumerate(sorted({place for place in places if place}))}
    calls = {origin.call: None for origin in origins if origin and origin.modules}
    call_numbers = {call: number for number, call in enumerate(calls)}
    return [
        {
            "place": numbers[place] if place else None,
            "module": origin.modules[-1][0] if origin and origin.modules else None,
            "call": call_numbers[origin.call] if origin and origin.modules else None,
        }
        for origin, place in zip(origins, places, strict=True)
    ]
