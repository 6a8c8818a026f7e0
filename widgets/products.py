"""Jacobian products at a point: each from passes that the engine really ran, and counted as it ran them."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

import minigrad as torch
from minigrad import engine
from minigrad.graph import AccumulateGrad, Node

from .figures import vector

MOST = 6  # inputs or outputs: more do not fit on a screen


@dataclass(frozen=True)
class Passes:
    """How many passes ran: backward ones through the graph of f, and forward ones that carry a tangent through f."""

    backward: int = 0
    forward: int = 0

    def __add__(self, other: Passes) -> Passes:
        return Passes(self.backward + other.backward, self.forward + other.forward)

    def __sub__(self, other: Passes) -> Passes:
        return Passes(self.backward - other.backward, self.forward - other.forward)

    def __str__(self) -> str:
        counts = [(self.backward, "backward"), (self.forward, "forward")]
        return " and ".join(f"{n} {way} pass{'' if n == 1 else 'es'}" for n, way in counts if n) or "no pass"


@dataclass(frozen=True)
class Question:
    """What is asked of a function: its products at x for v and u, and how much of J, row by row or column by column.

    ``v`` is None for ones, since only the function knows how many.
    """

    x: list[float]
    v: list[float] | None
    u: list[float]
    way: str = "rows"  # or "columns"
    filled: int | None = None  # None, or more than J has: all of J


@dataclass(frozen=True)
class Point:
    """The answer: vᵀJ and Ju, and as much of J as was asked for, with the passes that each took."""

    x: list[float]
    y: list[float]
    v: list[float]
    u: list[float]
    vjp: list[float]
    jvp: list[float]
    way: str
    lines: list[list[float]]  # the rows or columns of J that are filled
    line_passes: Passes
    vjp_passes: Passes
    jvp_passes: Passes
    ran: Passes  # what this answer took, on top of what the one before already knew
    precision: float

    @property
    def jacobian(self) -> list[list[float | None]]:
        """J by rows, None where it is not filled."""
        shape = len(self.y), len(self.x)
        if self.way == "rows":
            return [[self._entry(i, j) for j in range(shape[1])] for i in range(shape[0])]
        return [[self._entry(j, i) for j in range(shape[1])] for i in range(shape[0])]

    def _entry(self, line: int, place: int) -> float | None:
        return self.lines[line][place] if line < len(self.lines) else None

    @property
    def lines_of_all(self) -> int:
        """How many rows or columns J has."""
        return len(self.y) if self.way == "rows" else len(self.x)

    @property
    def pairings(self) -> tuple[float, float]:
        """vᵀ(Ju) and (vᵀJ)u."""
        return _dot(self.v, self.jvp), _dot(self.vjp, self.u)

    @property
    def is_finite(self) -> bool:
        """Whether all numbers of the products are finite."""
        return all(map(math.isfinite, (*self.v, *self.u, *self.vjp, *self.jvp)))

    @property
    def agrees(self) -> bool:
        """Whether the two pairings are equal up to the rounding of the dtype."""
        one, other = self.pairings
        size = sum(abs(a * b) for a, b in [*zip(self.v, self.jvp, strict=True), *zip(self.vjp, self.u, strict=True)])
        return one == other or abs(one - other) <= 256 * self.precision * size


def measure(f: Callable[[Any], Any], question: Question, like: Any, before: Point | None = None) -> Point:
    """Answer the question in the engine and dtype of the tensor ``like``, running only what ``before`` does not hold.

    Raises TypeError where f returns no tensor of floating point numbers, ValueError for other shapes and sizes,
    RuntimeError where the result does not require grad, and whatever f raises.
    """
    local: Callable[..., Local] = MinigradLocal if isinstance(like, torch.Tensor) else TorchLocal
    at = local(f, question.x, like.dtype)
    v = [1.0] * len(at.y) if question.v is None else question.v
    if len(v) != len(at.y):
        raise ValueError(
            f"v weights each number that f returns: f returned {len(at.y)} of them here, and v has {len(v)}"
        )
    # f may have changed in between, with a tensor that it uses; its value at x tells.
    known = before if before is not None and (before.x, before.y) == (question.x, at.y) else None
    if known is not None and known.v == v:
        vjp, vjp_passes = known.vjp, known.vjp_passes
    else:
        vjp, vjp_passes = _counted(at, at.pulled_back, v)
    if known is not None and known.u == question.u:
        jvp, jvp_passes = known.jvp, known.jvp_passes
    else:
        jvp, jvp_passes = _counted(at, at.pushed_forward, question.u)
    ends = len(at.y) if question.way == "rows" else len(question.x)
    wanted = ends if question.filled is None else min(question.filled, ends)
    lines, line_passes = ([], Passes())
    if known is not None and known.way == question.way and len(known.lines) <= wanted:
        lines, line_passes = list(known.lines), known.line_passes
    one_pass = at.pulled_back if question.way == "rows" else at.pushed_forward
    while len(lines) < wanted:
        line, passes = _counted(at, one_pass, [float(i == len(lines)) for i in range(ends)])
        lines.append(line)
        line_passes += passes
    return Point(
        x=question.x,
        y=at.y,
        v=v,
        u=question.u,
        vjp=vjp,
        jvp=jvp,
        way=question.way,
        lines=lines,
        line_passes=line_passes,
        vjp_passes=vjp_passes,
        jvp_passes=jvp_passes,
        ran=at.ran,
        precision=at.precision,
    )


def _counted(at: Local, one_pass: Callable[[Any], Any], given: list[float]) -> tuple[list[float], Passes]:
    before = at.ran
    return one_pass(given), at.ran - before


class Local(Protocol):
    """A function at one x, with its graph, in one engine: the passes backward and forward through it.

    Gradients go to a leaf of its own alone: f may use tensors of the learner's, and those stay untouched.
    """

    y: list[float]
    precision: float  # the rounding of the dtype

    @property
    def ran(self) -> Passes:
        """The passes that ran so far."""

    def pulled_back(self, v: list[float]) -> list[float]:
        """vᵀJ by ``backward(v)``."""

    def pushed_forward(self, u: list[float]) -> list[float]:
        """Ju by forward mode, which runs f once more and carries u along."""


class MinigradLocal:
    """A function at one x in minigrad, whose observer is told where each walk starts."""

    def __init__(self, f: Callable[[Any], Any], x: list[float], dtype: torch.dtype) -> None:
        self._f = f
        self._leaf = torch.tensor(x, dtype=dtype, requires_grad=True)
        with torch.enable_grad():
            self._result = called(f, self._leaf, torch)
        self.y: list[float] = self._result.detach().reshape(-1).tolist()
        self.precision = float(np.finfo(self._result.detach().numpy().dtype).eps)
        self._counter = _Counter(self._leaf, self._result.grad_fn)

    @property
    def ran(self) -> Passes:
        return self._counter.passes

    def pulled_back(self, v: list[float]) -> list[float]:
        self._leaf.grad = None
        with engine.observed_by(self._counter):
            self._result.backward(_like(self._result, v, torch), retain_graph=True, inputs=[self._leaf])
        grad = self._leaf.grad
        return [0.0] * self._leaf.numel() if grad is None else grad.tolist()

    def pushed_forward(self, u: list[float]) -> list[float]:
        tangent = _like(self._leaf, u, torch)
        with engine.observed_by(self._counter):
            _, pushed = torch.func.jvp(self._carrying, (self._leaf.detach(),), (tangent,))
        return pushed.detach().reshape(-1).tolist()

    def _carrying(self, x: torch.Tensor) -> torch.Tensor:
        result = called(self._f, x, torch)
        self._counter.carried(result.grad_fn)
        return result


class _Counter:
    """Counts the walks that the engine starts at the results of f, and the calls of f that carry a tangent."""

    def __init__(self, leaf: torch.Tensor, end: Node | None) -> None:
        self.passes = Passes()
        self._leaf = leaf
        self._ends = {end}

    def carried(self, end: Node | None) -> None:
        self.passes += Passes(forward=1)
        self._ends.add(end)

    def seed(self, node: Node, gradient: np.ndarray) -> None:
        # Forward mode walks, too: over the rule of one operation at a time, and never from a result of f.
        if node in self._ends or (isinstance(node, AccumulateGrad) and node.variable is self._leaf):
            self.passes += Passes(backward=1)

    def contribution(self, *contribution: Any) -> None:
        pass

    def accumulate(self, leaf: AccumulateGrad, *gradients: Any) -> None:
        pass


class TorchLocal:
    """A function at one x in PyTorch, where a hook of the result's node is told of each pass through it."""

    def __init__(self, f: Callable[[Any], Any], x: list[float], dtype: Any) -> None:
        self._f = f
        self._torch = importlib.import_module("torch")
        self._forward_mode = importlib.import_module("torch.autograd.forward_ad")
        self._leaf = self._torch.tensor(x, dtype=dtype, requires_grad=True)
        with self._torch.enable_grad():
            self._result = called(f, self._leaf, self._torch)
        self.ran = Passes()
        if self._result.requires_grad:  # where it does not, backward() is the one to say so
            self._result.register_hook(self._passed)
        self.y: list[float] = self._result.detach().reshape(-1).tolist()
        self.precision = float(self._torch.finfo(self._result.dtype).eps)

    def _passed(self, gradient: Any) -> None:
        self.ran += Passes(backward=1)

    def pulled_back(self, v: list[float]) -> list[float]:
        self._leaf.grad = None
        self._result.backward(_like(self._result, v, self._torch), retain_graph=True, inputs=[self._leaf])
        grad = self._leaf.grad
        return [0.0] * self._leaf.numel() if grad is None else grad.tolist()

    def pushed_forward(self, u: list[float]) -> list[float]:
        with self._forward_mode.dual_level():
            carrying = self._forward_mode.make_dual(self._leaf.detach(), _like(self._leaf, u, self._torch))
            result = called(self._f, carrying, self._torch)
            self.ran += Passes(forward=1)
            pushed = self._forward_mode.unpack_dual(result).tangent
        return [0.0] * len(self.y) if pushed is None else pushed.detach().reshape(-1).tolist()


def called(f: Callable[[Any], Any], x: Any, module: Any) -> Any:
    """What f returns at x, if J can be drawn for it."""
    try:
        y = f(x)
    except Exception as error:
        error.add_note(f"Hint: JacobianExplorer called f(x) with x = {vector(x.tolist())}.")
        raise
    if not isinstance(y, module.Tensor):
        raise TypeError(f"f must return a tensor, and returned {kind(y)}")
    if y.ndim > 1 or not 1 <= y.numel() <= MOST:
        raise ValueError(
            f"f must return a 1-D tensor of 1 to {MOST} numbers, and returned one of shape {list(y.shape)}. "
            "Return fewer of them: f(x)[:3], or f(x).sum()."
        )
    if not y.dtype.is_floating_point:
        raise TypeError(
            f"f must return real numbers that have a gradient, and returned a tensor of dtype {y.dtype}. "
            "Derivatives are of floating point numbers: leave out .long(), .int(), comparisons and argmax."
        )
    return y


def _like(tensor: Any, values: list[float], module: Any) -> Any:
    return module.tensor(values, dtype=tensor.dtype).reshape(tensor.shape)


def kind(thing: object) -> str:
    """What kind of thing this is, with its article."""
    name = type(thing).__name__
    return "None" if thing is None else f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _dot(a: list[float], b: list[float]) -> float:
    return sum(one * other for one, other in zip(a, b, strict=True))
