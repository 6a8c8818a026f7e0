"""How a function becomes part of the kit: of ``minigrad`` by its name, of Tensor as a method, in place with a ``_``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .. import errors
from ..tensor import Tensor
from . import in_place

# All functions of the kit by name; ``minigrad/__init__.py`` takes them from here.
FUNCTIONS: dict[str, Callable[..., Any]] = {}

# NumPy's names for two arguments, which PyTorch takes as well.
_ALIASES = {"axis": "dim", "keepdims": "keepdim"}


def function(*names: str, method: bool = True, in_place: bool = False) -> Callable:
    """Decorate a function of the kit, under its own name and further ``names``.

    Its first argument is the tensor, so that it is a ``method`` of Tensor as well; ``in_place`` adds the variant
    with a trailing underscore, which overwrites the tensor.
    """

    def register(f: Callable) -> Callable:
        f.__name__ = f.__name__.rstrip("_")  # max_ in its module, where max is Python's
        called = _with_aliases(f)
        for name in (f.__name__, *names):
            FUNCTIONS[name] = of_a_tensor(name, called) if method else called
            if method:
                setattr(Tensor, name, called)
            if in_place:
                setattr(Tensor, name + "_", _overwriting(called, name + "_"))
        return called

    return register


def method(*names: str) -> Callable:
    """Decorate a method of Tensor, under its own name and further ``names``."""

    def register(f: Callable) -> Callable:
        for name in (f.__name__, *names):
            setattr(Tensor, name, f)
        return f

    return register


def of_a_tensor(name: str, f: Callable) -> Callable:
    """The method as the function that PyTorch has of the same name."""

    @functools.wraps(f)
    def called(input: Tensor, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(input, Tensor):
            raise errors.not_a_tensor(name, "input", 1, input)
        return f(input, *args, **kwargs)

    return called


def _with_aliases(f: Callable) -> Callable:
    plain = f
    while hasattr(plain, "__wrapped__"):
        plain = plain.__wrapped__
    code = plain.__code__
    named = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    aliases = {alias: name for alias, name in _ALIASES.items() if name in named}
    if not aliases:
        return f

    @functools.wraps(f)
    def called(*args: Any, **kwargs: Any) -> Any:
        for alias, name in aliases.items():
            if alias in kwargs:
                kwargs[name] = kwargs.pop(alias)
        return f(*args, **kwargs)

    return called


def _overwriting(f: Callable, name: str) -> Callable:
    def written(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return in_place.overwrite(self, f, *args, **kwargs)

    written.__name__ = name
    written.__doc__ = f"{f.__name__}, in place."
    return written
