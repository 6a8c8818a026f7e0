"""OptimizerLab: SGD, momentum and Adam on a surface, step by real step, with and without zero_grad."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import traitlets

import minigrad as torch

from .charts import BOTTOM, HEIGHT, TOP, WIDTH, Series, chart, places, ticks
from .contours import below, levels
from .figures import ADVANCE, box, moved, picture, text, vector
from .numbers import number
from .trace import Sentence
from .view import View

STEPS = 60
MAP_WIDTH, MAP_HEIGHT = 588, 420
GRID = 85, 61  # points across and down
FAR = 4 * MAP_WIDTH  # pixels: a path that has come so far does not come back
OWN = "your function"
SMALLEST_LR, LARGEST_LR = 1e-4, 10.0
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


class OptimizerLab(View, front_end="optimizer", picture="figures"):
    """Watch SGD, momentum and Adam go down a surface, and what forgetting ``zero_grad()`` does to the path.

    ``surface`` is "ravine", "bowl", "Rosenbrock" or "saddle", or "your function": ``OptimizerLab(f)`` takes any f of
    two scalar tensors that gives a scalar, and draws it over the ranges ``x`` and ``y``. ``optimizer``, ``lr``,
    ``momentum``, ``start`` and ``zero_grad`` are what the controls set, ``step`` is the step that is pointed out. Each
    of the 60 steps is a real one: forward, ``backward()``, ``minigrad.optim``'s ``step()``, in float32.

    Raises TypeError where f cannot be called or returns no tensor, ValueError where it returns no scalar or a range is
    none, RuntimeError where its result does not require grad, whatever f raises, and ``traitlets.TraitError`` for
    settings out of range. Later errors of f, at another start, are shown in the widget.

    >>> OptimizerLab()
    OptimizerLab: SGD on the ravine f(x, y) = (x² + 20·y²) / 2
      lr = 0.08, start = [−2.4, 1.2], with zero_grad()
      step                                0         1         2         5        10        20        40        60
      loss, with zero_grad()          17.28     7.622     3.929     1.338     0.544    0.1025  0.003651   0.00013
      w.grad[0], with zero_grad()      −2.4    −2.208    −2.031    −1.582    −1.043   −0.4529  −0.08545  −0.01612
      with zero_grad(): the loss falls from 17.28 to 0.00013
    """

    surface = traitlets.Unicode("ravine", help="The surface, by name.").tag(sync=True)
    optimizer = traitlets.Enum(OPTIMIZERS, "SGD", help="Which optimizer takes the steps.").tag(sync=True)
    lr = traitlets.Float(help="The learning rate.").tag(sync=True)
    momentum = traitlets.Float(0.9, help="What is kept of the last step, for the optimizer momentum.").tag(sync=True)
    zero_grad = traitlets.Bool(True, help="Whether the gradient is emptied before each backward.").tag(sync=True)
    start = traitlets.List(traitlets.Float(), help="Where the path begins: x and y.").tag(sync=True)
    step = traitlets.Int(STEPS, help="The step that is pointed out.").tag(sync=True)
    about = traitlets.Dict(read_only=True, help="What the surface looks like, and what there is to choose.").tag(
        sync=True
    )
    result = traitlets.Dict(read_only=True, help="What the optimizer did, with a sequence number.").tag(sync=True)

    def __init__(
        self, f: Function | None = None, x: Sequence[float] = (-2.8, 2.8), y: Sequence[float] = (-2.0, 2.0)
    ) -> None:
        self._surfaces = SURFACES if f is None else {OWN: _own(f, x, y)}
        self._lock = threading.RLock()
        self._sequence = 0
        name = next(iter(self._surfaces))
        surface = self._surfaces[name]
        self._walks = _walks(surface, Settings("SGD", surface.lr, 0.9, True, surface.start))
        super().__init__(surface=name, lr=surface.lr, start=list(surface.start))
        self.observe(self._elsewhere, "surface")
        self.observe(self._moved, ["optimizer", "lr", "momentum", "zero_grad", "start"])

    # Defaults, not values set later: so they are part of the very first message, and no front end sees them empty.
    @traitlets.default("about")
    def _describe(self) -> dict[str, Any]:
        surface = self._here
        return {
            "surfaces": list(self._surfaces),
            "optimizers": list(OPTIMIZERS),
            "formula": surface.formula,
            "x": surface.x,
            "y": surface.y,
            "lr": [SMALLEST_LR, LARGEST_LR],
            "steps": STEPS,
            "map": _map(surface),
            "start": {"lr": surface.lr, "momentum": 0.9, "start": list(surface.start)},
        }

    @traitlets.default("result")
    def _show(self, error: str | None = None) -> dict[str, Any]:
        """The last walks that went well, and what went wrong since."""
        self._sequence += 1
        walks = self._walks
        return {
            "sequence": self._sequence,
            "error": error,
            "code": _code(walks[-1].settings),
            "walks": [_drawn(walk, self._here) for walk in walks],
            "chart": picture(WIDTH, HEIGHT, _spoken(walks), *_chart(walks)),
            "places": places(STEPS + 1),
            "span": [TOP, BOTTOM],
            "verdict": _verdict(walks[-1]),
            "sentence": _sentence(walks, self._here),
        }

    @property
    def _here(self) -> Surface:
        return self._surfaces[self.surface]

    @traitlets.validate("surface")
    def _known(self, proposal: Any) -> str:
        if proposal["value"] not in self._surfaces:
            raise traitlets.TraitError(
                f"there is no surface {proposal['value']!r}; there are: {', '.join(self._surfaces)}"
            )
        return proposal["value"]

    @traitlets.validate("lr")
    def _is_rate(self, proposal: Any) -> float:
        return _between("lr", proposal["value"], 0.0, 1000.0)

    @traitlets.validate("momentum")
    def _is_share(self, proposal: Any) -> float:
        return _between("momentum", proposal["value"], 0.0, 1.0)

    @traitlets.validate("step")
    def _is_step(self, proposal: Any) -> int:
        return int(_between("step", proposal["value"], 0, STEPS))

    @traitlets.validate("start")
    def _is_point(self, proposal: Any) -> list[float]:
        if len(proposal["value"]) != 2:
            raise traitlets.TraitError(f"start is a point [x, y], got {len(proposal['value'])} numbers")
        return [_between("start", value, -1e6, 1e6) for value in proposal["value"]]

    def _elsewhere(self, change: Any) -> None:
        with self._lock:
            surface = self._here
            self.set_trait("about", self._describe())
            with self.hold_trait_notifications():
                self.lr, self.start = surface.lr, list(surface.start)
            self._moved(change)

    def _moved(self, change: Any) -> None:
        # Changes may come from several threads, in any order: whoever holds the lock shows what is true now.
        with self._lock:
            settings = Settings(self.optimizer, self.lr, self.momentum, self.zero_grad, (self.start[0], self.start[1]))
            try:
                self._walks = _walks(self._here, settings)
            except Exception as error:  # the learner's function may raise anything
                self.set_trait("result", self._show(_complaint(settings, error)))
            else:
                self.set_trait("result", self._show())

    def _text(self) -> str:
        walks, settings = self._walks, self._walks[-1].settings
        shown = [step for step in (0, 1, 2, 5, 10, 20, 40, STEPS) if step < len(walks[0].losses)]
        rows = [("step", [str(step) for step in shown])]
        for walk in walks:
            rows.append((f"loss, {walk.name}", [_figure(walk.losses, step) for step in shown]))
            rows.append((f"w.grad[0], {walk.name}", [_figure([g[0] for g in walk.grads], step) for step in shown]))
        label = max(len(name) for name, _ in rows)
        wide = max(len(figure) for _, figures in rows for figure in figures)
        table = [
            f"  {name:<{label}}  " + "  ".join(f"{figure:>{wide}}" for figure in figures) for name, figures in rows
        ]
        ends = [f"  {walk.name}: {_verdict(walk)}" for walk in walks]
        return "\n".join(
            [f"OptimizerLab: {_title(self.surface, self._here, settings)}", f"  {_said(settings)}", *table, *ends]
        )

    def _picture(self) -> str:
        surface, walks = self._here, self._walks
        settings = walks[-1].settings
        side = MAP_WIDTH + 40
        paths = "".join(_path(_drawn(walk, surface), walk) for walk in walks)
        x, y = _pixel(surface, settings.start)
        marker = f'<circle cx="{x:g}" cy="{y:g}" r="7" class="mg-start"/>'
        inner = (
            f'<svg x="20" y="48" width="{MAP_WIDTH}" height="{MAP_HEIGHT}">{_inner_map(surface)}{paths}{marker}</svg>'
        )
        return picture(
            side + 424,
            MAP_HEIGHT + 108,
            f"{_title(self.surface, surface, settings)}, {_said(settings)}. {_spoken(walks)}",
            text(20, 28, f"OptimizerLab: {_title(self.surface, surface, settings)}", "mg-heading"),
            inner,
            box(20, 48, MAP_WIDTH, MAP_HEIGHT, "mg-frame", radius=0),
            *_listing(settings, side, 66),
            moved(side, 240, *_chart(walks)),
            *(
                text(20, MAP_HEIGHT + 72 + 20 * i, f"{walk.name}: {_verdict(walk)}", f"mg-is-{walk.hue}")
                for i, walk in enumerate(walks)
            ),
            ground=True,
        )


# What the engine does


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
        last = len(self.losses) - 1
        return None if math.isfinite(self.losses[-1]) and all(map(math.isfinite, self.points[-1])) else last


def _walks(surface: Surface, settings: Settings) -> list[Walk]:
    """The walk with ``zero_grad()``, and the one without beside it if that is what is set."""
    correct = _walk(surface, Settings(**vars(settings) | {"zero_grad": True}))
    return [correct] if settings.zero_grad else [correct, _walk(surface, settings)]


def _walk(surface: Surface, settings: Settings) -> Walk:
    w = torch.tensor(list(settings.start), requires_grad=True)
    optimizer = _optimizer(w, settings)
    points, losses, grads = [], [], []
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
            if step == STEPS or not all(map(math.isfinite, (losses[-1], *points[-1], *grads[-1]))):
                break
            optimizer.step()
    return Walk(settings, points, losses, grads)


def _optimizer(w: torch.Tensor, settings: Settings) -> torch.optim.Optimizer:
    if settings.optimizer == "Adam":
        return torch.optim.Adam([w], lr=settings.lr)
    momentum = settings.momentum if settings.optimizer == "momentum" else 0.0
    return torch.optim.SGD([w], lr=settings.lr, momentum=momentum)


def _code(settings: Settings) -> list[str]:
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


def _own(f: Any, x: Any, y: Any) -> Surface:
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


def _between(name: str, value: float, low: float, high: float) -> float:
    if not low <= value <= high:
        raise traitlets.TraitError(f"{name} must be from {low:g} to {high:g}, got {value!r}")
    return value


# What is said


def _title(name: str, surface: Surface, settings: Settings) -> str:
    if name == OWN:
        return f"{settings.optimizer} on {surface.formula}(x, y)"
    return f"{settings.optimizer} on the {name} f(x, y) = {surface.formula}"


def _said(settings: Settings) -> str:
    momentum = f"momentum = {number(settings.momentum)}, " if settings.optimizer == "momentum" else ""
    end = "with zero_grad()" if settings.zero_grad else "zero_grad() forgotten"
    return f"lr = {number(settings.lr)}, {momentum}start = {vector(settings.start)}, {end}"


def _figure(values: Sequence[float], step: int) -> str:
    return number(values[step]) if step < len(values) else ""


def _verdict(walk: Walk) -> str:
    first, last = walk.losses[0], walk.losses[-1]
    if walk.ended is not None:
        bad = last if not math.isfinite(last) else next(v for v in walk.points[-1] if not math.isfinite(v))
        return f"diverges, {number(bad)} at step {walk.ended}"
    lowest = min(walk.losses)
    if last > first and last > 10 * max(abs(first), 1e-3):
        return f"diverges, the loss grows from {number(first)} to {number(last)}"
    if last > lowest + 0.05 * (first - lowest):
        return f"still swings, the loss is {number(last)} after {STEPS} steps and had been {number(lowest)}"
    return f"the loss falls from {number(first)} to {number(last)}"


def _diverges(walk: Walk) -> bool:
    return _verdict(walk).startswith("diverges")


def _sentence(walks: list[Walk], surface: Surface) -> Sentence:
    settings = walks[-1].settings
    if not settings.zero_grad:
        return _without(walks)
    if _diverges(walks[0]):
        return [
            ["text", "Each step overshoots by more than the last: for this surface a learning rate of "],
            ["strong", number(settings.lr)],
            ["text", " is too large. Turn it down."],
        ]
    return {
        "SGD": [
            ["text", "SGD goes straight along "],
            ["strong", "minus the gradient"],
            [
                "text",
                ", across the contour lines. Where the surface is much steeper one way than the other, it zigzags.",
            ],
        ],
        "momentum": [
            ["text", "Momentum keeps "],
            ["strong", number(settings.momentum)],
            ["text", " of the last step: what zigzags cancels, what goes on adds up."],
        ],
        "Adam": [
            [
                "text",
                "Adam divides by the usual size of each gradient, so x and y move at a like pace: at first each by ",
            ],
            ["strong", number(settings.lr)],
            ["text", ", the learning rate, however steep it is."],
        ],
    }[settings.optimizer]


def _without(walks: list[Walk]) -> Sentence:
    wrong, settings = walks[1], walks[1].settings
    said: Sentence = [
        ["text", "Without "],
        ["code", "zero_grad()"],
        ["text", " each step uses the "],
        ["strong", "sum of all gradients"],
        ["text", " so far"],
    ]
    step = min(3, len(wrong.grads) - 1)
    said.append(["text", f": at step {step} it is {vector(wrong.grads[step])}. "])
    if settings.optimizer == "SGD":
        said += [["text", "That is momentum of exactly "], ["strong", "1"]]
        if _diverges(wrong):
            said.append(["text", ", and with this learning rate it diverges."])
        else:
            said.append(
                ["text", ": a ball without friction, which rolls through the minimum and does not come to rest."]
            )
    elif settings.optimizer == "momentum":
        said.append(["text", "Momentum sums what is a sum already."])
    else:
        said.append(["text", "Adam still takes steps of a like size, but in the direction of the past."])
    return said


def _complaint(settings: Settings, error: Exception) -> str:
    return f"From start = {vector(settings.start)}, {type(error).__name__}: {error}"


def _spoken(walks: list[Walk]) -> str:
    return ". ".join(f"{walk.name}: {_verdict(walk)}" for walk in walks)


# What is drawn


def _map(surface: Surface) -> str:
    return picture(MAP_WIDTH, MAP_HEIGHT, f"contour lines of {surface.formula}", _inner_map(surface))


def _inner_map(surface: Surface) -> str:
    """The surface as nested regions, each below its level: the darker, the lower."""
    xs, ys = (np.linspace(*span, count) for span, count in zip((surface.x, surface.y), GRID, strict=True))
    xs, ys, values = _heights(surface.function, xs, ys)
    columns, rows = np.linspace(0, MAP_WIDTH, len(xs)), np.linspace(MAP_HEIGHT, 0, len(ys))
    parts = []
    for level in reversed(levels(values)):
        outlines = below(values, level, columns.tolist(), rows.tolist())
        d = "".join(f"M{'L'.join(f'{x:.1f},{y:.1f}' for x, y in outline)}Z" for outline in outlines)
        parts.append(f'<path d="{d}" class="mg-level" fill-rule="evenodd"/>')
    for value, at in ((v, _pixel(surface, (v, 0.0))[0]) for v in ticks(surface.x) if surface.x[0] < v < surface.x[1]):
        parts.append(text(at, MAP_HEIGHT - 6, number(value), "mg-small mg-is-muted mg-halo", "middle"))
    for value, at in ((v, _pixel(surface, (0.0, v))[1]) for v in ticks(surface.y) if surface.y[0] < v < surface.y[1]):
        parts.append(text(6, at + 4, number(value), "mg-small mg-is-muted mg-halo"))
    return "".join(parts)


def _heights(f: Function, xs: np.ndarray, ys: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A grid and the surface over it; nan and ∞ are drawn as the highest number there, −∞ as the lowest."""
    with torch.no_grad(), np.errstate(all="ignore"):
        values = _at_once(f, xs, ys)
        if values is None:
            xs, ys = xs[::2], ys[::2]  # a call for each point: half as fine takes a quarter of the time
            values = np.array([[_height(f, x, y) for x in xs.tolist()] for y in ys.tolist()])
    finite = values[np.isfinite(values)]
    low, high = finite.min(initial=0.0), finite.max(initial=0.0)
    return xs, ys, np.nan_to_num(values, nan=high, posinf=high, neginf=low)


def _at_once(f: Function, xs: np.ndarray, ys: np.ndarray) -> np.ndarray | None:
    """The whole grid by one call, where f works element by element; else None."""
    grid = np.meshgrid(xs, ys)
    try:
        values = f(*map(torch.tensor, grid)).numpy()
    except Exception:  # f may want scalars
        return None
    samples = [(0, 0), (-1, 0), (0, -1), (-1, -1), (len(ys) // 2, len(xs) // 3)]
    same = values.shape == grid[0].shape and all(
        np.isclose(values[i, j], _height(f, float(xs[j]), float(ys[i])), equal_nan=True) for i, j in samples
    )
    return values if same else None


def _height(f: Function, x: float, y: float) -> float:
    try:
        return float(f(torch.tensor(x), torch.tensor(y)))
    except Exception:  # a place where f is not defined
        return math.nan


def _pixel(surface: Surface, point: tuple[float, float]) -> tuple[float, float]:
    (left, right), (bottom, top) = surface.x, surface.y
    x = (point[0] - left) / (right - left) * MAP_WIDTH
    y = (top - point[1]) / (top - bottom) * MAP_HEIGHT
    return round(x, 1), round(y, 1)


def _drawn(walk: Walk, surface: Surface) -> dict[str, Any]:
    """A walk in pixels, up to where it is far off the map, and what is said of each of its steps."""
    points: list[tuple[float, float]] = []
    for point in walk.points:
        pixel = _pixel(surface, point) if all(map(math.isfinite, point)) else (math.inf, math.inf)
        if max(map(abs, pixel)) > FAR:
            break
        points.append(pixel)
    return {
        "name": walk.name,
        "hue": walk.hue,
        "points": points or [_pixel(surface, walk.settings.start)],
        "said": [
            f"w = {vector(point)}, loss = {number(loss)}, w.grad = {vector(grad)}"
            for point, loss, grad in zip(walk.points, walk.losses, walk.grads, strict=True)
        ],
        "verdict": _verdict(walk),
    }


def _path(drawn: dict[str, Any], walk: Walk) -> str:
    points = " ".join(f"{x:g},{y:g}" for x, y in drawn["points"])
    x, y = drawn["points"][-1]
    end = "mg-dot-value" if walk.hue == "value" else "mg-dot-grad"
    return (
        f'<polyline points="{points}" class="mg-line-{walk.hue}"/><circle cx="{x:g}" cy="{y:g}" r="4.5" class="{end}"/>'
    )


def _listing(settings: Settings, x: float, y: float) -> list[str]:
    rows = []
    for i, row in enumerate(_code(settings)):
        indent = len(row) - len(row.lstrip())
        is_off = row.strip() == "optimizer.zero_grad()" and not settings.zero_grad
        rows.append(
            text(x + ADVANCE * 12 * indent, y + 20 * i, row.strip(), "mg-num mg-struck" if is_off else "mg-num")
        )
    return rows


def _chart(walks: list[Walk]) -> list[str]:
    """The loss by step; on a logarithmic scale where it stays above zero."""
    losses = [value for walk in walks for value in walk.losses]
    logarithmic = min((v for v in losses if math.isfinite(v)), default=0.0) > 0
    lines = [Series("with" if walk.settings.zero_grad else "without", walk.losses, walk.hue) for walk in walks]
    if len(lines) == 1:
        lines = [Series("", lines[0].values, "value")]
    scale = ticks(losses, logarithmic=logarithmic)
    return chart("loss by step", lines, scale, axis="step", first=0, logarithmic=logarithmic)
