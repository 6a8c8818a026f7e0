"""What the checks of this session said: kept in memory for the progress panel, and sent nowhere."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any
from weakref import WeakMethod

from .verdict import Result

_latest: dict[str, Result] = {}
_met: dict[str, list[str]] = {}
_listeners: list[WeakMethod] = []
# A check may run in any thread, and each panel must see the verdicts in one order.
_lock = RLock()


def note(result: Result) -> None:
    """Keep a verdict, and tell whoever listens."""
    with _lock:
        _latest[result.question] = result
        met = _met.setdefault(result.question, [])
        if result.misconception is not None and result.misconception not in met:
            met.append(result.misconception)
        _listeners[:] = [known for known in _listeners if known() is not None]
        for known in list(_listeners):
            if (listener := known()) is not None:
                listener(result)


def latest(name: str) -> Result | None:
    """The last verdict on a question in this session, None where it was not checked."""
    return _latest.get(name)


def met(name: str) -> list[str]:
    """The misconceptions that the verdicts on a question named in this session, in the order they came up."""
    return list(_met.get(name, ()))


def listen(listener: Callable[[Result], Any]) -> None:
    """Call ``listener``, a method, with every verdict from now on, as long as its object is there."""
    with _lock:
        _listeners.append(WeakMethod(listener))


def forget(listener: Callable[[Result], Any]) -> None:
    """Call ``listener`` no more."""
    with _lock:
        _listeners[:] = [known for known in _listeners if known() not in (None, listener)]
