"""Whether operations are recorded: no_grad, enable_grad, set_grad_enabled, inference_mode."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable
from typing import Any


class _GradMode(threading.local):
    """Each thread has its own switch, as in PyTorch: a widget's callback never turns off a learner's cell."""

    enabled = True
    # On while a backward pass is itself recorded: only then do NumPy's functions record what Tensors go through. Unlike
    # `enabled` it is off in the learner's own code, where np.log(x) must say that NumPy records nothing.
    in_gradient_rule = False
    inference = False


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

    def _again(self) -> _Switch:
        return type(self)()

    def __enter__(self) -> None:
        self._found.append(mode.enabled)
        mode.enabled = self.enabled

    def __exit__(self, *exception: object) -> None:
        mode.enabled = self._found.pop()

    def __call__(self, function: Callable) -> Callable:
        if inspect.isgeneratorfunction(function):
            return self._around_generator(function)

        @functools.wraps(function)
        def switched(*args: Any, **kwargs: Any) -> Any:
            with self._again():
                return function(*args, **kwargs)

        return switched

    def _around_generator(self, function: Callable) -> Callable:
        """The switch holds while the generator runs, and not for its caller between two values."""

        @functools.wraps(function)
        def switched(*args: Any, **kwargs: Any) -> Any:
            generator = function(*args, **kwargs)
            try:
                step, given = generator.send, None
                while True:
                    with self._again():
                        value = step(given)
                    try:
                        given = yield value
                        step = generator.send
                    except GeneratorExit:
                        raise
                    except BaseException as error:
                        step, given = generator.throw, error
            except StopIteration as end:
                return end.value
            finally:
                generator.close()

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


class set_grad_enabled(_Switch):
    """Record operations or not, by a flag: at once, and until the end of a ``with`` block (``torch.set_grad_enabled``).

    Raises TypeError where the flag is no bool.
    """

    def __new__(cls, mode: bool) -> Any:
        return super().__new__(cls)

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {_name(mode)}")
        self.enabled = mode
        self._before = _switch_on(mode)

    def __repr__(self) -> str:
        return f"torch.autograd.grad_mode.set_grad_enabled(mode={self.enabled})"

    def __call__(self, function: Callable) -> Callable:
        mode.enabled = self._before
        return super().__call__(function)

    def _again(self) -> _Switch:
        return type(self)(self.enabled)

    def __enter__(self) -> None:
        self._found.append(self._before)
        mode.enabled = self.enabled

    def __exit__(self, *exception: object) -> None:
        mode.enabled = self._found.pop()


class inference_mode(_Switch):
    """``no_grad`` for code whose results never meet autograd again (``torch.inference_mode``).

    Here it is the same as ``no_grad``, but for ``is_inference_mode_enabled``: nothing is kept that could be spared.
    What was computed inside counts its versions as any tensor does, so using it for gradients afterwards, which
    PyTorch refuses ("Inference tensors cannot be saved for backward"), gives the right ones here.
    """

    def __new__(cls, mode: Any = True) -> Any:
        return super().__new__(cls) if isinstance(mode, bool) else cls()(mode)

    def __init__(self, mode: Any = True) -> None:
        self._on = mode
        self._modes: list[tuple[bool, bool]] = []

    def _again(self) -> _Switch:
        return type(self)(self._on)

    def __enter__(self) -> None:
        self._modes.append((mode.enabled, mode.inference))
        mode.inference = self._on
        mode.enabled = not self._on

    def __exit__(self, *exception: object) -> None:
        mode.enabled, mode.inference = self._modes.pop()


def is_inference_mode_enabled() -> bool:
    """Whether inside ``inference_mode`` (``torch.is_inference_mode_enabled``)."""
    return mode.inference


def _switch_on(enabled: bool) -> bool:
    """Set the grad mode and return the one before."""
    before, mode.enabled = mode.enabled, enabled
    return before


def _name(value: object) -> str:
    return type(value).__name__
