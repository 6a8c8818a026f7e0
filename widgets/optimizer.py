"""OptimizerLab: SGD, momentum and Adam on a surface, step by real step, with and without zero_grad."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Any

import traitlets

from .charts import BOTTOM, HEIGHT, TOP, WIDTH, Series, chart, places, ticks
from .descent import (
    OPTIMIZERS,
    STEPS,
    SURFACES,
    Function,
    Settings,
    Surface,
    Walk,
    code_of,
    others_of,
    own_surface,
    walks_of,
)
from .figures import ADVANCE, box, moved, picture, text, vector
from .maps import MAP_HEIGHT, MAP_WIDTH, inner_map, map_of, pixel_of
from .numbers import number
from .trace import Sentence
from .view import View

LABELLED = 6  # the step at which another optimizer's path has its name: most have parted there
FAR = 4 * MAP_WIDTH  # pixels: a path that has come so far does not come back
OWN = "your function"
SMALLEST_LR, LARGEST_LR = 1e-4, 10.0


class OptimizerLab(View, front_end="optimizer", picture="figures"):
    """Watch SGD, momentum and Adam go down a surface, and what forgetting ``zero_grad()`` does to the path.

    ``surface`` is "ravine", "bowl", "Rosenbrock" or "saddle", or "your function": ``OptimizerLab(f)`` takes any f of
    two scalar tensors that gives a scalar, and draws it over the ranges ``x`` and ``y``. ``optimizer``, ``lr``,
    ``momentum``, ``start`` and ``zero_grad`` are what the controls set, ``compare`` lets the other optimizers walk
    beside it, ``step`` is the step that is pointed out. Each of the 60 steps is a real one: forward, ``backward()``,
    ``minigrad.optim``'s ``step()``, in float32.

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
    compare = traitlets.Bool(False, help="Whether the other optimizers walk beside it.").tag(sync=True)
    start = traitlets.List(traitlets.Float(), help="Where the path begins: x and y.").tag(sync=True)
    step = traitlets.Int(STEPS, help="The step that is pointed out.").tag(sync=True)
    about = traitlets.Dict(read_only=True, help="What the surface looks like, and what there is to choose.").tag(
        sync=True
    )
    result = traitlets.Dict(read_only=True, help="What the optimizer did, with a sequence number.").tag(sync=True)

    def __init__(
        self, f: Function | None = None, x: Sequence[float] = (-2.8, 2.8), y: Sequence[float] = (-2.0, 2.0)
    ) -> None:
        self._surfaces = SURFACES if f is None else {OWN: own_surface(f, x, y)}
        self._lock = threading.RLock()
        self._sequence = 0
        name = next(iter(self._surfaces))
        surface = self._surfaces[name]
        self._others: list[Walk] = []
        self._walks = walks_of(surface, Settings("SGD", surface.lr, 0.9, True, surface.start))
        super().__init__(surface=name, lr=surface.lr, start=list(surface.start))
        self.observe(self._elsewhere, "surface")
        self.observe(self._moved, ["optimizer", "lr", "momentum", "zero_grad", "start", "compare"])

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
            "labelled": LABELLED,
            "map": map_of(surface),
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
            "code": code_of(walks[-1].settings),
            "walks": [_drawn(walk, self._here) for walk in walks],
            "others": [_drawn(walk, self._here) | {"name": walk.settings.optimizer} for walk in self._others],
            "chart": picture(WIDTH, HEIGHT, _spoken(walks), *_chart(walks, self._others)),
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
                walks = walks_of(self._here, settings)
                self._others = others_of(self._here, settings) if self.compare else []
                self._walks = walks
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
        for walk in self._others:
            rows.append((f"loss, {walk.settings.optimizer}", [_figure(walk.losses, step) for step in shown]))
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
        beside = "".join(_beside(_drawn(walk, surface), walk) for walk in self._others)
        paths = beside + "".join(_path(_drawn(walk, surface), walk) for walk in walks)
        x, y = pixel_of(surface, settings.start)
        marker = f'<circle cx="{x:g}" cy="{y:g}" r="7" class="mg-start"/>'
        inner = (
            f'<svg x="20" y="48" width="{MAP_WIDTH}" height="{MAP_HEIGHT}">{inner_map(surface)}{paths}{marker}</svg>'
        )
        return picture(
            side + 424,
            MAP_HEIGHT + 108,
            f"{_title(self.surface, surface, settings)}, {_said(settings)}. {_spoken(walks)}",
            text(20, 28, f"OptimizerLab: {_title(self.surface, surface, settings)}", "mg-heading"),
            inner,
            box(20, 48, MAP_WIDTH, MAP_HEIGHT, "mg-frame", radius=0),
            *_listing(settings, side, 66),
            moved(side, 240, *_chart(walks, self._others)),
            *(
                text(20, MAP_HEIGHT + 72 + 20 * i, f"{walk.name}: {_verdict(walk)}", f"mg-is-{walk.hue}")
                for i, walk in enumerate(walks)
            ),
            ground=True,
        )


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
    if walk.broken is not None:
        name, value = walk.broken
        # A gradient that is not finite where the loss still is, is a hole in the function.
        return f"{'ends' if name == 'w.grad' else 'diverges'} at step {walk.ended}: {name} is {number(value)}"
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
    if walks[0].broken is not None and not _diverges(walks[0]):
        return [["text", "Here the function has no derivative: nobody can say which way is down. Start elsewhere."]]
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


def _drawn(walk: Walk, surface: Surface) -> dict[str, Any]:
    """A walk in pixels, up to where it is far off the map, and what is said of each of its steps."""
    points: list[tuple[float, float]] = []
    for point in walk.points:
        pixel = pixel_of(surface, point) if all(map(math.isfinite, point)) else (math.inf, math.inf)
        if max(map(abs, pixel)) > FAR:
            break
        points.append(pixel)
    return {
        "name": walk.name,
        "hue": walk.hue,
        "points": points or [pixel_of(surface, walk.settings.start)],
        "said": [
            f"w = {vector(point)}, loss = {number(loss)}, w.grad = {vector(grad)}"
            for point, loss, grad in zip(walk.points, walk.losses, walk.grads, strict=True)
        ],
        "verdict": _verdict(walk),
        "bad": walk.broken is not None or _diverges(walk),
    }


def _path(drawn: dict[str, Any], walk: Walk) -> str:
    points = " ".join(f"{x:g},{y:g}" for x, y in drawn["points"])
    x, y = drawn["points"][-1]
    end = "mg-dot-value" if walk.hue == "value" else "mg-dot-grad"
    return (
        f'<polyline points="{points}" class="mg-line-{walk.hue}"/><circle cx="{x:g}" cy="{y:g}" r="4.5" class="{end}"/>'
    )


def _beside(drawn: dict[str, Any], walk: Walk) -> str:
    points = drawn["points"]
    x, y = points[min(LABELLED, len(points) - 1)]
    line = " ".join(f"{x:g},{y:g}" for x, y in points)
    name = text(x + 6, y - 6, walk.settings.optimizer, "mg-caption mg-halo")
    return f'<polyline points="{line}" class="mg-line-muted"/>{name}'


def _listing(settings: Settings, x: float, y: float) -> list[str]:
    rows = []
    for i, row in enumerate(code_of(settings)):
        indent = len(row) - len(row.lstrip())
        is_off = row.strip() == "optimizer.zero_grad()" and not settings.zero_grad
        rows.append(
            text(x + ADVANCE * 12 * indent, y + 20 * i, row.strip(), "mg-num mg-struck" if is_off else "mg-num")
        )
    return rows


def _chart(walks: list[Walk], others: list[Walk]) -> list[str]:
    """The loss by step; on a logarithmic scale where it stays above zero."""
    losses = [value for walk in (*others, *walks) for value in walk.losses]
    logarithmic = min((v for v in losses if math.isfinite(v)), default=0.0) > 0
    lines = [Series(walk.settings.optimizer, walk.losses, "muted") for walk in others]
    names = {1: [walks[0].settings.optimizer if others else ""], 2: ["with", "without"]}[len(walks)]
    lines += [Series(name, walk.losses, walk.hue) for name, walk in zip(names, walks, strict=True)]
    scale = ticks(losses, logarithmic=logarithmic)
    return chart("loss by step", lines, scale, axis="step", first=0, logarithmic=logarithmic)
