"""One of each widget, for what must hold for all of them."""

import json
import re
from collections.abc import Callable
from typing import Any

import minigrad as torch
import widgets
from tests.widgets.classroom import sheet_99
from widgets.classroom import predict, progress, quiz
from widgets.view import View


def _output() -> torch.Tensor:
    x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    y = x * x + x
    return (y * y).sum()


# What a widget needs to be made; whichever is not named here is made without arguments.
_ARGUMENTS: dict[str, Callable[[], tuple[Any, ...]]] = {
    "BackwardStepper": lambda: (_output(),),
    "ComputationGraph": lambda: (_output(),),
}
_SQUARE = "x = torch.tensor(3.0, requires_grad=True)\n(x * x).backward()"
# The classroom's, open and answered.
_ASKING: dict[str, Callable[[], View]] = {
    "predict": lambda: predict(_SQUARE, "x.grad", "x.grad_fn"),
    "predict, guessed": lambda: predict(_SQUARE, "x.grad", "x", "x.grad_fn", guess=(5, 3, "no value?")),
    "predict, chosen": lambda: predict(_SQUARE, "x.grad", choices=("None", "6", "an error"), guess="None"),
    "quiz": lambda: quiz("99.1"),
    "quiz, answered": lambda: quiz("99.1", "c"),
    "progress": lambda: progress("99"),
}
NAMES = sorted(name for name, found in vars(widgets).items() if isinstance(found, type) and issubclass(found, View))
NAMES += _ASKING


def sample(name: str) -> View:
    """Make a widget of this class, or of the classroom."""
    if name in _ASKING:
        with sheet_99.there():
            return _ASKING[name]()
    return getattr(widgets, name)(*_ARGUMENTS.get(name, tuple)())


def state(widget: View) -> dict[str, Any]:
    """Return the traits that the front end sees, as a saved page holds them, with a kernel behind them."""
    stored = re.search(r'<script type="application/json">(.*?)</script>', widget._page(), re.DOTALL)
    assert stored is not None
    held = json.loads(stored[1])
    del held["saved_page"]
    return held
