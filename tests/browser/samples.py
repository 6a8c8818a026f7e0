"""One of each widget, for what must hold for all of them."""

import json
import re
from collections.abc import Callable
from typing import Any

import minigrad as torch
import widgets
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
NAMES = sorted(name for name, found in vars(widgets).items() if isinstance(found, type) and issubclass(found, View))


def sample(name: str) -> View:
    """Make a widget of this class."""
    return getattr(widgets, name)(*_ARGUMENTS.get(name, tuple)())


def state(widget: View) -> dict[str, Any]:
    """Return the traits that the front end sees, as a saved page holds them, with a kernel behind them."""
    stored = re.search(r'<script type="application/json">(.*?)</script>', widget._page(), re.DOTALL)
    assert stored is not None
    held = json.loads(stored[1])
    del held["saved_page"]
    return held
