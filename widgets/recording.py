"""Take notes of what an engine computes, so that a trace of it is complete."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def record() -> Iterator[None]:
    """Note, of each operation inside the ``with`` block, its value, its numbers and its line, for the widgets to show.

    PyTorch keeps of an intermediate result only what its gradient rules need; the widgets say "not kept" of the rest.
    Inside the block a copy of each (up to 65,536 elements) stays with the graph. That takes time, so it is asked for.
    minigrad takes these notes whenever ``widgets`` is imported: its code may stand in the block as well.

    >>> import minigrad as torch
    >>> import widgets
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> with widgets.record():
    ...     z = (x + 2) * 3
    >>> widgets.ComputationGraph(z)
    Graph of z: 3 tensors · 2 operations · 1 leaf
      x  leaf  [1, 2]
      x+2  AddBackward0  [3, 4]
      z  MulBackward0  [9, 12]
    """
    if not hasattr(sys.modules.get("torch"), "_C"):  # nobody has imported PyTorch, or minigrad stands in for it
        yield
        return
    from .engines.torch_notes import noting

    with noting():
        yield
