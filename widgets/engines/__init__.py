"""The engines whose graphs the widgets read, each behind one interface: ``records.Reader``.

They are minigrad, PyTorch, and any engine of a learner's own whose classes name their parts as ``own`` says.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from minigrad.tensor import Tensor

from . import own
from .minigrad import MinigradReader
from .records import Reader


def reader(tensor: Any, variables: Mapping[str, Any]) -> Reader:
    """What reads the graph behind ``tensor``.

    Raises TypeError for what is no tensor, and for tensors of PyTorch that no widget can show, such as complex ones.
    """
    check_readable(tensor)
    if isinstance(tensor, Tensor):
        return MinigradReader(tensor, variables)
    if not is_torch(tensor):
        return own.OwnReader(tensor, variables)
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


def check_readable(tensor: Any) -> None:
    """Raise TypeError, saying what was given and what to do, for what has no graph that can be read."""
    if isinstance(tensor, Tensor) or is_torch(tensor):
        return
    lacking = own.missing(tensor)
    if isinstance(tensor, type) or len(lacking) > 2:
        check_tensor(tensor)
    elif lacking:
        raise TypeError(
            f"a tensor of an engine of your own needs {', '.join(own.OF_A_TENSOR)}, and {type(tensor).__name__} lacks "
            f"{', '.join(lacking)}."
        )


def linked(tensor: Any) -> Any:
    """A tensor of any engine as the others have it: ``grad_fn``, and behind it ``name()`` and ``next_functions``."""
    return tensor if isinstance(tensor, Tensor) or is_torch(tensor) else own.Linked(tensor)
