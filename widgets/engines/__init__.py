"""The engines whose graphs the widgets read, minigrad and PyTorch, each behind one interface: ``records.Reader``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from minigrad.tensor import Tensor

from .minigrad import MinigradReader
from .records import Reader


def reader(tensor: Any, variables: Mapping[str, Any]) -> Reader:
    """What reads the graph behind ``tensor``.

    Raises TypeError for what is no tensor of an engine.
    """
    check_tensor(tensor)
    return MinigradReader(tensor, variables)


def check_tensor(tensor: Any) -> None:
    """Raise TypeError, saying what was given and what to do, for what is no tensor of the engine."""
    if isinstance(tensor, Tensor):
        return
    given = f"{type(tensor).__module__}.{type(tensor).__qualname__}".removeprefix("builtins.")
    advice = (
        "Use minigrad's: import minigrad as torch."
        if given.startswith("torch.")
        else ("Make one with torch.tensor(..., requires_grad=True), or pass the result of a computation.")
    )
    raise TypeError(f"expected a minigrad tensor, got {given}. {advice}")
