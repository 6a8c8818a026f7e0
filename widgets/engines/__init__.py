"""The engines whose graphs the widgets read, minigrad and PyTorch, each behind one interface: ``records.Reader``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from minigrad.tensor import Tensor

from .minigrad import MinigradReader
from .records import Reader


def reader(tensor: Any, variables: Mapping[str, Any]) -> Reader:
    """What reads the graph behind ``tensor``, a tensor of minigrad or of PyTorch.

    Raises TypeError for what is neither, and for tensors of PyTorch that no widget can show, such as complex ones.
    """
    check_tensor(tensor)
    if isinstance(tensor, Tensor):
        return MinigradReader(tensor, variables)
    from .torch import TorchReader  # only whoever has such a tensor has PyTorch

    return TorchReader(tensor, variables)


def is_torch(tensor: Any) -> bool:
    """Whether this is a tensor of PyTorch itself. PyTorch is not imported to find out."""
    module: Any = sys.modules.get("torch")
    return hasattr(module, "_C") and isinstance(tensor, module.Tensor)


def check_tensor(tensor: Any) -> None:
    """Raise TypeError, saying what was given and what to do, for what is no tensor of an engine."""
    if isinstance(tensor, Tensor) or is_torch(tensor):
        return
    given = f"{type(tensor).__module__}.{type(tensor).__qualname__}".removeprefix("builtins.")
    raise TypeError(
        f"expected a minigrad tensor or one of PyTorch, got {given}. "
        "Make one with torch.tensor(..., requires_grad=True), or pass the result of a computation."
    )
