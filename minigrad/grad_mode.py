"""Whether operations are recorded: no_grad, enable_grad, set_grad_enabled."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any


class _GradMode(threading.local):
    """Each thread has its own switch, as in PyTorch: a widget's callback never turns off a learner's cell."""

    enabled = True
    # On while a backward pass is itself recorded: only then do NumPy's functions record what Tensors go through.
    in_gradient_rule = False


mode = _GradMode()


def is_grad_enabled() -> bool:
    """Whether operations are being recorded now (``torch.is_grad_enabled``)."""
    return mode.enabled


class _Switch:
    """A context manager, and a decorator, that sets the grad mode and puts back the one it found."""

    enabled: bool
    _found: list[bool]

    def __new__(cls, function: Callable | None = None) -> Any:
        switch = super().__new__(cls)
        switch._found = []
        return switch if function is None else switch(function)  # `@no_grad` without parentheses decorates too

    def __enter__(self) -> None:
        self._found.append(mode.enabled)
        mode.enabled = self.enabled

    def __exit__(self, *exception: object) -> None:
        mode.enabled = self._found.pop()

    def __call__(self, function: Callable) -> Callable:
        @functools.wraps(function)
        def switched(*args: Any, **kwargs: Any) -> Any:
            with type(self)():
                return function(*args, **kwargs)

        return switched


class no_grad(_Switch):
    """Stop recording operations inside a ``with`` block or a decorated function (``torch.no_grad``).

    >>> import minigrad
    >>> x = minigrad.ones(2, requires_grad=True)
    >>> with minigrad.no_grad():
    ...     print((x * 2).requires_grad)
    False
    """

    enabled = False


class enable_grad(_Switch):
    """Record operations again inside a ``no_grad`` block (``torch.enable_grad``)."""

    enabled = True
