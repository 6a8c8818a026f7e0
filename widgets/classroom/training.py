"""What a student's training code did: where the weights ended, how many backward passes ran, which mistake that is.

A known mistake is code that makes it. It runs on the same numbers as the student's, and who ends where it ends has
made it, so that no wrong number is written down either.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import minigrad as torch
from minigrad.engine import observed_by
from minigrad.graph import Node

from .guard import Raised, call
from .reading import numbers
from .verdict import Wrong

Tensor = torch.Tensor
Arrays = Sequence[np.ndarray]
Loss = Callable[..., Tensor]


def close(a: Any, b: Any) -> bool:
    """Equal but for the rounding of float32; for lists, part by part."""
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(close, a, b))
    return np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=1e-3, atol=1e-5))


def tensor(array: np.ndarray, requires_grad: bool = False) -> Tensor:
    """A fresh float32 tensor with these numbers."""
    return torch.tensor(np.asarray(array).tolist(), dtype=torch.float32, requires_grad=requires_grad)


class Passes:
    """Counts the backward passes, and how many graphs of earlier ones are still alive when another begins."""

    def __init__(self) -> None:
        self.count = self.kept = 0
        self._roots: list[weakref.ref[Node]] = []

    def seed(self, node: Node, *_: Any) -> None:
        self.count += 1
        self.kept = max(self.kept, sum(root() is not None for root in self._roots))
        self._roots.append(weakref.ref(node))

    def contribution(self, *_: Any) -> None:
        pass

    def accumulate(self, *_: Any) -> None:
        pass


@dataclass(frozen=True)
class Mistake:
    """A known mistake: ``run`` makes it, given what the student's function was given, and returns where that ends."""

    words: str
    misconception: str
    run: Callable[..., Any]


@dataclass(frozen=True)
class ErrorWords:
    """What an error of the engine whose message holds ``message`` means in a question."""

    message: str
    words: str
    misconception: str


RECORDED = ErrorWords(
    "leaf Variable that requires grad",
    "the update is not part of the computation whose gradient is wanted, and must not be recorded.",
    "the update is recorded",
)
NOT_RECORDED = ErrorWords(
    "does not require grad",
    "nothing leads back from this loss: it was computed where nothing is recorded, or from tensors that do not "
    "require a gradient, such as a w that was given a new, untracked tensor.",
    "the loss is not recorded",
)
NO_GRADIENT = ErrorWords(
    "NoneType",
    "there is no gradient: .grad is None before the first backward(), after it was emptied, on a tensor that was "
    "computed, and where no way leads from the loss.",
    "a gradient where there is none",
)
# Two wordings: of the engine, and of Python where a number stands for a tensor.
PLAIN_NUMBER = ErrorWords(
    "'float' object has no attribute 'backward'",
    "item() gives a plain number, and a number has no graph to walk back through.",
    "a number has no graph",
)
SAVED_CHANGED = ErrorWords(
    "modified by an inplace operation",
    "a tensor that the backward pass still needs was overwritten in between.",
    "a saved tensor is overwritten",
)
NOT_SCALAR = ErrorWords(
    "implicitly created only for scalar outputs",
    "backward() was called on several numbers. A loss is one.",
    "the loss is not one number",
)
COMMON_ERRORS = (RECORDED, NOT_RECORDED, NO_GRADIENT, PLAIN_NUMBER, SAVED_CHANGED, NOT_SCALAR)


def explained(raised: Raised, errors: Sequence[ErrorWords] = ()) -> Wrong:
    """The misconception behind an error in a loop; ``errors`` of the question go before the common ones."""
    return meaning(raised, (*errors, *COMMON_ERRORS))


def meaning(raised: Raised, errors: Sequence[ErrorWords]) -> Wrong:
    """What the first of ``errors`` that fits says of an error; the error itself where none does."""
    for known in errors:
        if known.message in str(raised.error):
            return Wrong(f"{known.words}\n  {raised}", known.misconception)
    return raised


@dataclass(frozen=True)
class Run:
    """What a call of a student's function left: its weights as numbers and as the tensors it was handed."""

    ends: list[np.ndarray]
    weights: list[Tensor]
    returned: Any
    passes: Passes

    @property
    def tracked(self) -> bool:
        """Whether all weights can be trained further."""
        return all(w.requires_grad and w.is_leaf for w in self.weights)


def run(
    function: Callable,
    weights: Arrays,
    data: Arrays,
    *options: Any,
    names: Sequence[str],
    errors: Sequence[ErrorWords] = (),
) -> Run:
    """Call ``function(*weights, *data, *options)`` with fresh tensors of these numbers, which have these names.

    Raises Wrong where it raises, where it changes the data, and where it leaves no numbers or another shape.
    """
    leaves = [tensor(w, requires_grad=True) for w in weights]
    given = [tensor(d) for d in data]
    with observed_by(passes := Passes()):
        try:
            returned = call(function, *leaves, *given, *options)
        except Raised as raised:
            raise explained(raised, errors) from None
    for name, array, now in zip(names[len(weights) :], data, given, strict=True):
        if not close(numbers(now, name), array):
            raise Wrong(f"{name} was changed. It still belongs to the caller.", "arguments are changed")
    ends = []
    for name, array, leaf in zip(names, weights, leaves, strict=False):
        end = numbers(leaf, name)
        if end.shape != array.shape:
            raise Wrong(f"the shape of {name} was changed. An update keeps it.")
        ends.append(end)
    return Run(ends, leaves, returned, passes)


def gradients(loss: Loss, weights: Arrays, data: Arrays) -> list[np.ndarray]:
    """The gradients of ``loss(*weights, *data)`` with respect to the weights."""
    leaves = [tensor(w, requires_grad=True) for w in weights]
    slopes = torch.autograd.grad(loss(*leaves, *map(tensor, data)), leaves)
    return [np.asarray(slope).astype(np.float64) for slope in slopes]


def descent(
    loss: Loss,
    weights: Arrays,
    data: Arrays,
    steps: int,
    lr: float,
    kept: Sequence[float] | float = 0.0,
    moved: Sequence[float] | float = 1.0,
) -> list[np.ndarray]:
    """Where gradient descent ends.

    ``kept``, for each of the weights, is the part of the old gradients that is still there in the next step, ``moved``
    the part of its step that it takes.
    """
    ends = [np.array(w, dtype=np.float64) for w in weights]
    held = [np.zeros_like(w) for w in ends]
    keeps, moves = (np.broadcast_to(parts, len(ends)) for parts in (kept, moved))
    for _ in range(steps):
        for i, gradient in enumerate(gradients(loss, ends, data)):
            held[i] = keeps[i] * held[i] + gradient
            ends[i] = ends[i] - moves[i] * lr * held[i]
    return ends


def by_sgd(loss: Loss, weights: Arrays, data: Arrays, steps: int, lr: float) -> list[np.ndarray]:
    """Where minigrad's own optimizer comes to, in a loop as it should be."""
    leaves, given = [tensor(w, requires_grad=True) for w in weights], [tensor(d) for d in data]
    optimizer = torch.optim.SGD(leaves, lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        loss(*leaves, *given).backward()
        optimizer.step()
    return [np.asarray(leaf.detach()).astype(np.float64) for leaf in leaves]


def walk_mistakes(loss: Loss, moved: Sequence[float] | float = 1.0) -> tuple[Mistake, ...]:
    """What can go wrong in any loop of gradient descent on ``loss``; ``moved`` as in ``descent``."""
    return (
        Mistake(
            "each step moves by the gradients of all steps before it as well: backward() adds, and nothing empties "
            "what it adds to.",
            "the gradient is never emptied",
            lambda w, d, steps, lr: descent(loss, w, d, steps, lr, kept=1.0, moved=moved),
        ),
        Mistake(
            "the steps go up the slope. The gradient points to where the loss grows.",
            "the sign is turned",
            lambda w, d, steps, lr: descent(loss, w, d, steps, -lr, moved=moved),
        ),
        Mistake(
            "only one step is taken, whatever steps says. What of the loop is inside it?",
            "one step only",
            lambda w, d, steps, lr: descent(loss, w, d, 1, lr, moved=moved),
        ),
        Mistake(
            "every gradient was taken at the weights of the start. Is the loss computed anew in each step, and is the "
            "update inside the loop?",
            "the gradient of the start in every step",
            lambda w, d, steps, lr: descent(loss, w, d, 1, steps * lr, moved=moved),
        ),
        Mistake(
            "the step is the whole gradient. lr says which part of it to take.",
            "lr is ignored",
            lambda w, d, steps, lr: descent(loss, w, d, steps, 1.0, moved=moved),
        ),
    )


def recognised(outcomes: Sequence[Any], trials: Sequence[tuple], mistakes: Sequence[Mistake]) -> Mistake | None:
    """The first mistake that gives these outcomes in all trials."""
    for mistake in mistakes:
        if all(close(outcome, mistake.run(*trial)) for outcome, trial in zip(outcomes, trials, strict=True)):
            return mistake
    return None
