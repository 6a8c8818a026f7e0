"""Running what a student wrote so that nothing it does outlives the check.

It runs in a thread of its own, with a time limit; what it prints and warns of is dropped, and afterwards the random
numbers, the warning filters, the grad mode and the notebook's variables are what they were. Not caught: tensors and
lists of the notebook changed in place, environment variables, files, ``exit()``, code that starts threads, and one
call into C that does not come back, which is left behind in its thread.
"""

from __future__ import annotations

import ctypes
import functools
import inspect
import io
import random
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from types import FunctionType, MethodType
from typing import Any, TypeVar

import numpy as np

from minigrad.grad_mode import enable_grad
from minigrad.random import default_generator

from .verdict import Wrong

T = TypeVar("T")

# Seconds for all calls of one check together.
TIME_LIMIT = 5.0

_LONGEST_MESSAGE = 160


class _TimeIsUp(BaseException):
    """Not an Exception, so that the student's ``except Exception`` lets it through."""


class Raised(Wrong):
    """The student's function raised ``error``."""

    def __init__(self, function: Callable, error: BaseException) -> None:
        self.error = error
        place, message = _line(function, error), _message(error)
        super().__init__(
            f"{_name(function)} raised {type(error).__name__}"
            + (f" in the line `{place}`" if place else "")
            + (f": {message}" if message else ".")
        )


def call(function: Callable, *arguments: Any) -> Any:
    """The result of a student's function; ``Raised`` where it raises."""
    try:
        # Leaving the block also undoes what the function did to the grad mode.
        with enable_grad():
            return function(*arguments)
    except _TimeIsUp:
        raise
    except BaseException as error:  # SystemExit too must not end the lesson
        raise Raised(function, error) from None


def guarded(grade: Callable[[Any], T], answer: Any) -> T:
    """``grade(answer)``, within the time limit and without traces.

    Raises Wrong where ``grade`` does, when time is up, and where an answer is so odd that reading it raises.
    """
    outcome: list[T] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(grade(answer))
        except _TimeIsUp:
            pass
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, name="check", daemon=True)
    with _silence(), _put_back(list(_namespaces(answer))):
        try:
            thread.start()
            thread.join(TIME_LIMIT)
            out_of_time = thread.is_alive()
        finally:
            _stop(thread)
    if out_of_time or not (outcome or raised):
        left = " It is stuck in a call that cannot be stopped: restart the kernel." if thread.is_alive() else ""
        raise Wrong(f"no end after {TIME_LIMIT:g} seconds, so it was stopped. Is there a loop that never ends?{left}")
    for error in raised:
        if isinstance(error, Wrong):
            raise error
        raise Wrong(f"this answer could not be checked: {type(error).__name__}: {_message(error)}")
    return outcome[0]


def _stop(thread: threading.Thread) -> None:
    """End the thread at its next step in Python, by several attempts: a bare ``except`` swallows one."""
    for _ in range(20):
        if not thread.is_alive() or thread.ident is None:
            return
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(_TimeIsUp))
        thread.join(0.05)


class _Nowhere(io.TextIOBase):
    """Takes text and forgets it. Not os.devnull: a thread that writes to a file without end starves the others."""

    def write(self, text: str, /) -> int:
        return len(text)


@contextmanager
def _silence() -> Iterator[None]:
    with (
        redirect_stdout(_Nowhere()),
        redirect_stderr(_Nowhere()),
        warnings.catch_warnings(action="ignore"),
    ):
        yield


@contextmanager
def _put_back(namespaces: list[dict[str, Any]]) -> Iterator[None]:
    """Random numbers and the names of ``namespaces`` as they were before."""
    # NumPy's old global stream is the one a student's np.random.seed changes.
    states = default_generator.get_state(), np.random.get_state(), random.getstate()  # noqa: NPY002
    names = [dict(namespace) for namespace in namespaces]
    try:
        yield
    finally:
        default_generator.set_state(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        random.setstate(states[2])
        for namespace, there in zip(namespaces, names, strict=True):
            for name in namespace.keys() - there.keys():
                del namespace[name]
            namespace.update(there)


def _namespaces(answer: Any) -> Iterator[dict[str, Any]]:
    """The globals of the functions in ``answer``, which may be a class, or a tuple of them.

    A class counts with all that it inherits from, but for ours: the kit's own names are no business of an answer.
    """
    seen: set[int] = set()
    left = [answer]
    while left:
        part = left.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        # By its type alone: an answer may be so odd that asking the object itself raises.
        kind = type(part)
        if kind is FunctionType:
            names = part.__globals__
            if id(names) not in seen and str(names.get("__name__")).partition(".")[0] not in ("minigrad", "widgets"):
                seen.add(id(names))
                yield names
            left.append(part.__dict__.get("__wrapped__"))
        elif kind in (MethodType, staticmethod, classmethod):
            left.append(part.__func__)
        elif kind is property:
            left += [part.fget, part.fset, part.fdel]
        elif kind is functools.partial:
            left.append(part.func)
        elif kind in (list, tuple):
            left += part
        elif kind is dict:
            left += part.values()
        elif issubclass(kind, type):
            left += [value for base in part.__mro__ for value in vars(base).values()]
        else:
            left.append(kind)


def _name(function: Callable) -> str:
    return getattr(function, "__name__", "your function")


def _message(error: BaseException) -> str:
    """The error's message as one line of bounded length."""
    try:
        words = " ".join(str(error).split())
    except Exception:
        return ""
    return words if len(words) <= _LONGEST_MESSAGE else words[:_LONGEST_MESSAGE] + " …"


def _function(answer: FunctionType) -> FunctionType:
    """The function the student wrote, where it is decorated."""
    return inspect.unwrap(answer)


def _line(function: Callable, error: BaseException) -> str:
    """The line of the student's code that raised, empty where its text is not known."""
    if not isinstance(function, FunctionType):
        return ""
    file = _function(function).__code__.co_filename
    lines = [frame.line for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return (lines[-1] or "") if lines else ""
