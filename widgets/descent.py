"""A walk down a surface: real steps of a real optimizer, written down."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import minigrad as torch

STEPS = 60
OPTIMIZERS = ("SGD", "momentum", "Adam")

Function = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Range = tuple[float, float]


@dataclass(frozen=True)
class Surface:
    """A loss of two numbers, where it is looked at, and what to begin with there."""

    formula: str
    function: Function
    x: Range
    y: Range
    start: tuple[float, float]
    lr: float


SURFACES = {
    "ravine": Surface(
        "(x² + 20·y²) / 2", lambda x, y: (x * x + 20 * y * y) / 2, (-2.8, 2.8), (-2.0, 2.0), (-2.4, 1.2), 0.08
    ),
    "bowl": Surface("x² + y²", lambda x, y: x * x + y * y, (-2.8, 2.8), (-2.0, 2.0), (-2.2, 1.4), 0.1),
    "Rosenbrock": Surface(
        "(1 − x)² + 100·(y − x²)²",
        lambda x, y: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
        (-2.1, 2.1),
        (-1.0, 2.0),
        (-1.2, 1.0),
        0.0015,
    ),
    "saddle": Surface(
        "x² − y² + y⁴ / 8", lambda x, y: x * x - y * y + y**4 / 8, (-3.64, 3.64), (-2.6, 2.6), (-2.8, 0.02), 0.1
    ),
}


@dataclass(frozen=True)
class Settings:
    """All that a walk depends on, but the surface."""

    optimizer: str
    lr: float
    momentum: float
    zero_grad: bool
    start: tuple[float, float]


@dataclass(frozen=True)
class Walk:
    """A path: the points, the loss there, and what ``w.grad`` held when the step was taken from there."""

    settings: Settings
    points: list[tuple[float, float]]
    losses: list[float]
    grads: list[tuple[float, float]]

    @property
    def name(self) -> str:
        return "with zero_grad()" if self.settings.zero_grad else "without"

    @property
    def hue(self) -> str:
        return "value" if self.settings.zero_grad else "grad"

    @property
    def ended(self) -> int | None:
        """The step at which a number was no longer finite."""
        return None if self.broken is None else len(self.losses) - 1

    @property
    def broken(self) -> tuple[str, float] | None:
        """What was no longer finite in the end, and its value."""
        last = {"loss": (self.losses[-1],), "w": self.points[-1], "w.grad": self.grads[-1]}
        return next(((name, v) for name, values in last.items() for v in values if not math.isfinite(v)), None)


def walks_of(surface: Surface, settings: Settings) -> list[Walk]:
    """The walk with ``zero_grad()``, and the one without beside it if that is what is set."""
    correct = _walk(surface, Settings(**vars(settings) | {"zero_grad": True}))
    return [correct] if settings.zero_grad else [correct, _walk(surface, settings)]


def others_of(surface: Surface, settings: Settings) -> list[Walk]:
    """The walks of the other optimizers from the same start, with the same learning rate."""
    kinds = [kind for kind in OPTIMIZERS if kind != settings.optimizer]
    return [_walk(surface, Settings(**vars(settings) | {"optimizer": kind, "zero_grad": True})) for kind in kinds]


def _walk(surface: Surface, settings: Settings) -> Walk:
    w = torch.tensor(list(settings.start), requires_grad=True)
    optimizer = _optimizer(w, settings)
    points: list[tuple[float, float]] = []
    losses: list[float] = []
    grads: list[tuple[float, float]] = []
    with torch.enable_grad(), np.errstate(all="ignore"):
        for step in range(STEPS + 1):
            if settings.zero_grad:
                optimizer.zero_grad()
            loss = surface.function(w[0], w[1])
            _check(loss)
            loss.backward()
            assert w.grad is not None
            points.append(_pair(w))
            losses.append(loss.item())
            grads.append(_pair(w.grad))
            walk = Walk(settings, points, losses, grads)
            if step == STEPS or walk.broken is not None:
                break
            optimizer.step()
    return walk


def _optimizer(w: torch.Tensor, settings: Settings) -> torch.optim.Optimizer:
    if settings.optimizer == "Adam":
        return torch.optim.Adam([w], lr=settings.lr)
    momentum = settings.momentum if settings.optimizer == "momentum" else 0.0
    return torch.optim.SGD([w], lr=settings.lr, momentum=momentum)


def code_of(settings: Settings) -> list[str]:
    """The lines that are run."""
    x, y = settings.start
    options = {
        "SGD": f"SGD([w], lr={settings.lr:g})",
        "momentum": f"SGD([w], lr={settings.lr:g}, momentum={settings.momentum:g})",
        "Adam": f"Adam([w], lr={settings.lr:g})",
    }[settings.optimizer]
    return [
        f"w = torch.tensor([{x:g}, {y:g}], requires_grad=True)",
        f"optimizer = torch.optim.{options}",
        f"for step in range({STEPS}):",
        "    optimizer.zero_grad()",
        "    loss = f(w[0], w[1])",
        "    loss.backward()",
        "    optimizer.step()",
    ]


def _pair(tensor: torch.Tensor) -> tuple[float, float]:
    x, y = tensor.detach().tolist()
    return x, y


def _check(loss: Any) -> None:
    if not isinstance(loss, torch.Tensor):
        raise TypeError(f"f must return a tensor, and returned {type(loss).__name__}: compute with x and y themselves")
    if loss.numel() != 1:
        raise ValueError(f"f must return one number, the loss, and returned shape {list(loss.shape)}")


def own_surface(f: Any, x: Any, y: Any) -> Surface:
    if not callable(f):
        raise TypeError(f"OptimizerLab takes a function f(x, y): f is {type(f).__name__}, which cannot be called")
    ranges = [_range("x", x), _range("y", y)]
    name = getattr(f, "__name__", "f")
    (left, right), (bottom, top) = ranges
    start = (round(left + 0.15 * (right - left), 4), round(bottom + 0.8 * (top - bottom), 4))
    return Surface(name if name.isidentifier() else "f", f, ranges[0], ranges[1], start, 0.05)


def _range(name: str, given: Any) -> Range:
    try:
        low, high = map(float, given)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a range of two numbers, such as (-2, 2), got {given!r}") from None
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"{name} must go from a smaller number to a larger one, got {given!r}")
    return low, high
