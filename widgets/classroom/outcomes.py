"""What the checks of this session said: kept in memory for the progress panel, and sent nowhere."""

from __future__ import annotations

from collections.abc import Callable

from .verdict import Result

_latest: dict[str, Result] = {}
_listeners: list[Callable[[Result], None]] = []


def note(result: Result) -> None:
    """Keep a verdict, and tell whoever listens."""
    _latest[result.question] = result
    for listener in list(_listeners):
        listener(result)


def latest(name: str) -> Result | None:
    """The last verdict on a question in this session, None where it was not checked."""
    return _latest.get(name)


def listen(listener: Callable[[Result], None]) -> None:
    """Call ``listener`` with every verdict from now on."""
    _listeners.append(listener)
