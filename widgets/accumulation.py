"""AccumulationLab: one training loop, correct and with a line switched off, both run and compared number by number."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import traitlets

import minigrad
from minigrad import engine
from minigrad.graph import AccumulateGrad, Node

from .figures import ADVANCE, box, moved, picture, text
from .numbers import number
from .trace import Sentence
from .view import View

EPOCHS = 5
CODE = f"""\
weights = torch.ones(4, requires_grad=True)
for epoch in range({EPOCHS}):
    loss = (weights * 3).sum()
    loss.backward()
    with torch.no_grad():
        weights -= 0.1 * weights.grad
    weights.grad.zero_()""".splitlines()
ZERO = 7
SWITCHES = (ZERO,)  # the numbers of the lines that can be switched off


class AccumulationLab(View, front_end="accumulation", picture="figures"):
    """Show what a forgotten ``weights.grad.zero_()`` does: the lesson's loop with it and without it, side by side.

    The lines shown are the code that the engine runs. `off` holds the numbers of the lines switched off, at first
    ``[7]``; set it, or tick the line in the widget. Raises ``traitlets.TraitError`` for a line that has no switch.
    Every variant runs once, when the lab is made, so switching needs no kernel.

    >>> AccumulationLab()
    AccumulationLab: line 7 switched off, weights.grad.zero_()
      epoch                        1     2     3     4     5
      weights.grad[0], correct     3     3     3     3     3
      weights.grad[0], yours       3     6     9    12    15
      added by backward            3     3     3     3     3
      weights[0], correct        0.7   0.4   0.1  −0.2  −0.5
      weights[0], yours          0.7   0.1  −0.8    −2  −3.5
      first difference: epoch 2, weights.grad[0] is 6 and should be 3
    """

    off = traitlets.List(traitlets.Int(), [ZERO], help="The lines switched off, by number.").tag(sync=True)
    code = traitlets.List(
        [{"number": i, "text": line, "switch": i in SWITCHES} for i, line in enumerate(CODE, 1)],
        read_only=True,
        help="The lines, and which of them have a switch.",
    ).tag(sync=True)
    variants = traitlets.Dict(read_only=True, help="What each choice of lines leads to, by their numbers.").tag(
        sync=True
    )

    def __init__(self) -> None:
        runs = {off: _run(off) for many in range(len(SWITCHES) + 1) for off in combinations(SWITCHES, many)}
        # One scale for all variants: a switch then moves the lines and not the axes.
        scales = {
            name: _ticks([v for run in runs.values() for v in getattr(run, name)]) for name in ("grad", "weights")
        }
        self._comparisons = {off: Comparison(off, runs[()], run, scales) for off, run in runs.items()}
        super().__init__()

    # A default, not a value set later: so it is part of the very first message, and no front end sees it empty.
    @traitlets.default("variants")
    def _show_all(self) -> dict[str, Any]:
        return {",".join(map(str, off)): comparison.shown() for off, comparison in self._comparisons.items()}

    @traitlets.validate("off")
    def _switchable(self, proposal: Any) -> list[int]:
        chosen = sorted(set(proposal["value"]))
        for line in chosen:
            if line not in SWITCHES:
                raise traitlets.TraitError(
                    f"line {line} has no switch; lines with one: {', '.join(map(str, SWITCHES))}"
                )
        return chosen

    @property
    def _shown(self) -> Comparison:
        return self._comparisons[tuple(self.off)]

    def _text(self) -> str:
        shown = self._shown
        rows = [["epoch", *map(str, range(1, EPOCHS + 1))], *([name, *values] for name, _, values in shown.rows())]
        labels = max(len(row[0]) for row in rows)
        figures = max(len(value) for row in rows for value in row[1:])
        table = ["  ".join([f"  {row[0]:<{labels}}", *(f"{value:>{figures}}" for value in row[1:])]) for row in rows]
        return "\n".join([f"AccumulationLab: {shown.headline()}", *table, f"  {shown.difference()}"])

    def _picture(self) -> str:
        return _static(self._shown)


# What is run


@dataclass
class Run:
    """What one variant of the loop did, epoch by epoch; it is told by the engine, as its observer.

    `grad` is ``weights.grad[0]`` after backward, `added` what that backward added to it, `weights` is ``weights[0]``
    at the end of the epoch.
    """

    grad: list[float] = field(default_factory=list)
    added: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def seed(self, node: Node, gradient: np.ndarray) -> None:
        pass

    def contribution(self, *contribution: Any) -> None:
        pass

    def accumulate(self, leaf: AccumulateGrad, gradient: np.ndarray, old: np.ndarray | None, new: np.ndarray) -> None:
        self.grad.append(new[0].item())
        self.added.append(gradient[0].item())
        # In the middle of an epoch the weights are what the one before left.
        self.weights.append(leaf.variable.detach()[0].item())


def _run(off: tuple[int, ...]) -> Run:
    """Run the lines as they are shown, empty where they are switched off."""
    source = "\n".join("" if i in off else line for i, line in enumerate(CODE, 1))
    run, variables = Run(), {"torch": minigrad}
    with minigrad.enable_grad(), engine.observed_by(run):
        exec(compile(source, "<AccumulationLab>", "exec"), variables)
    run.weights = [*run.weights[1:], variables["weights"].detach()[0].item()]
    return run


# What is compared and said


@dataclass(frozen=True)
class Comparison:
    """One variant of the loop beside the correct one."""

    off: tuple[int, ...]
    correct: Run
    yours: Run
    scales: dict[str, list[float]]

    def first_difference(self) -> tuple[str, int] | None:
        """The first number that differs in the order they arise: "grad" or "weights", and the epoch from 0."""
        for epoch in range(EPOCHS):
            if self.correct.grad[epoch] != self.yours.grad[epoch]:
                return "grad", epoch
            if self.correct.weights[epoch] != self.yours.weights[epoch]:
                return "weights", epoch
        return None

    def rows(self) -> list[tuple[str, str, list[str]]]:
        """The table: name, hue and figures of each row."""
        return [
            ("weights.grad[0], correct", "value", [*map(number, self.correct.grad)]),
            ("weights.grad[0], yours", "grad", [*map(number, self.yours.grad)]),
            ("added by backward", "muted", [*map(number, self.yours.added)]),
            ("weights[0], correct", "value", [*map(number, self.correct.weights)]),
            ("weights[0], yours", "grad", [*map(number, self.yours.weights)]),
        ]

    def marked(self) -> list[int] | None:
        """Row and column, from 0, of the first figure that differs."""
        found = self.first_difference()
        return None if found is None else [{"grad": 1, "weights": 4}[found[0]], found[1]]

    def headline(self) -> str:
        if not self.off:
            return "all lines on"
        return f"line {self.off[0]} switched off, {CODE[self.off[0] - 1].strip()}"

    def badge(self) -> str:
        count = len(self.off)
        return f"{count} line{'' if count == 1 else 's'} switched off" if count else "all lines on"

    def difference(self) -> str:
        found = self.first_difference()
        if found is None:
            return "no difference: yours and the correct run agree in every number"
        name, epoch = found
        wrong, right = (number(getattr(run, name)[epoch]) for run in (self.yours, self.correct))
        full = {"grad": "weights.grad[0]", "weights": "weights[0]"}[name]
        return f"first difference: epoch {epoch + 1}, {full} is {wrong} and should be {right}"

    def sentence(self) -> Sentence:
        yours, correct = self.yours, self.correct
        if ZERO in self.off:
            return [
                ["text", "Nothing empties "],
                ["code", "weights.grad"],
                ["text", ", so each "],
                ["code", "backward()"],
                ["text", " "],
                ["strong", f"adds {number(yours.added[0])}"],
                ["text", f" to what is there: {', '.join(map(number, yours.grad))}. The steps grow, and after epoch "],
                ["text", f"{EPOCHS} "],
                ["code", "weights[0]"],
                ["text", f" is {number(yours.weights[-1])} instead of {number(correct.weights[-1])}."],
            ]
        return [
            ["code", "weights.grad.zero_()"],
            ["text", " empties the gradient after each step, so every "],
            ["code", "backward()"],
            ["text", f" adds its {number(correct.added[0])} to "],
            ["strong", "0"],
            ["text", ". Yours and the correct run agree in every number."],
        ]

    def hint(self) -> Sentence:
        if ZERO in self.off:
            return [
                ["text", f"Switch line {ZERO} on again. With an optimizer, the same line is "],
                ["code", "optimizer.zero_grad()"],
                ["text", "."],
            ]
        return [["text", f"Switch line {ZERO} off: which number will be the first to go wrong?"]]

    def shown(self) -> dict[str, Any]:
        """What the front end shows of this variant."""
        width, height, parts = self.charts()
        return {
            "badge": self.badge(),
            "picture": picture(width, height, self.spoken(), *parts),
            "rows": [{"name": name, "hue": hue, "figures": figures} for name, hue, figures in self.rows()],
            "marked": self.marked(),
            "difference": self.difference(),
            "sentence": self.sentence(),
            "hint": self.hint(),
        }

    def spoken(self) -> str:
        rows = "; ".join(f"{name}: {', '.join(figures)}" for name, _, figures in self.rows())
        return f"Two charts over {EPOCHS} epochs. {rows}."

    def charts(self) -> tuple[float, float, list[str]]:
        """Width, height and parts of both charts."""
        found = self.first_difference()
        charts = [
            _chart(title, getattr(self.correct, name), getattr(self.yours, name), self.scales[name], mark)
            for name, title in (("grad", "weights.grad[0] after backward"), ("weights", "weights[0] after the step"))
            for mark in [found[1] if found and found[0] == name else None]
        ]
        return 2 * CHART_WIDTH, CHART_HEIGHT, [moved(i * CHART_WIDTH, 0, *parts) for i, parts in enumerate(charts)]


# What is drawn

CHART_WIDTH, CHART_HEIGHT = 300, 216
LEFT, RIGHT, TOP, BOTTOM = 44, 212, 46, 178  # of the plot in its chart: room at the right for the lines' names


def _chart(title: str, correct: list[float], yours: list[float], ticks: list[float], mark: int | None) -> list[str]:
    """Two lines over the epochs, and the `ticks` of the other axis; `mark` is the epoch, from 0, where they part."""
    low, high = ticks[0], ticks[-1]

    def x(epoch: int) -> float:
        return LEFT + 12 + epoch * (RIGHT - LEFT - 20) / (EPOCHS - 1)

    def y(value: float) -> float:
        return BOTTOM - (value - low) / (high - low) * (BOTTOM - TOP)

    parts = [text(LEFT, 22, title, "mg-caption")]
    for tick in ticks:
        kind = "mg-axis" if tick == 0 else "mg-grid"
        parts.append(f'<path d="M{LEFT} {y(tick):g}H{RIGHT}" class="{kind}"/>')
        parts.append(text(LEFT - 8, y(tick) + 4, number(tick), "mg-small mg-is-muted", "end"))
    for epoch in range(EPOCHS):
        parts.append(text(x(epoch), BOTTOM + 20, str(epoch + 1), "mg-small mg-is-muted", "middle"))
    parts.append(text(RIGHT + 12, BOTTOM + 20, "epoch", "mg-caption"))
    for values, hue in ((correct, "value"), (yours, "grad")):
        points = " ".join(f"{x(epoch):g},{y(value):.1f}" for epoch, value in enumerate(values))
        parts.append(f'<polyline points="{points}" class="mg-line-{hue}"/>')
    for epoch, value in enumerate(correct):
        parts.append(f'<circle cx="{x(epoch):g}" cy="{y(value):.1f}" r="3.4" class="mg-dot-value"/>')
    for epoch, value in enumerate(yours):
        parts.append(box(x(epoch) - 3.2, y(value) - 3.2, 6.4, 6.4, "mg-dot-grad", radius=1))
    if mark is not None:
        at = y(yours[mark])
        # Beside the point, towards the correct line: there the line that goes wrong does not cross the words.
        beside = at + 16 if yours[mark] > correct[mark] else at - 8
        parts.append(f'<circle cx="{x(mark):g}" cy="{at:.1f}" r="9" class="mg-ring"/>')
        parts.append(text(x(mark) + 12, beside, f"first difference: epoch {mark + 1}", "mg-caption mg-is-grad"))
    ends = [("correct", correct[-1], "value"), ("yours", yours[-1], "grad")]
    if correct == yours:
        ends = [("both", correct[-1], "value")]
    for name, value, hue in ends:
        parts.append(text(RIGHT + 4, y(value) + 4, f"{name} {number(value)}", f"mg-small mg-is-{hue}"))
    return parts


def _ticks(values: list[float]) -> list[float]:
    """Up to seven round numbers, with 0 among them, from below all values to above."""
    low, high = min(0.0, *values), max(0.0, *values)
    span = high - low or 1.0
    power = 10.0 ** math.floor(math.log10(span))
    step = next(s * power for s in (0.25, 0.5, 1, 2, 2.5, 5) if span / (s * power) <= 5)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(i * step, 10) for i in range(first, last + 1)]


def _static(shown: Comparison) -> str:
    """The whole lab as one picture: code, charts, table, sentence."""
    size, line = 12.5, 20.6
    code_width = 24 + 40 + ADVANCE * size * max(map(len, CODE)) + 10
    charts_width, charts_height, charts = shown.charts()
    width, split = code_width + charts_width + 10, 42 + charts_height
    parts = [text(20, 27, "Accumulation lab", "mg-heading"), text(160, 27, shown.badge(), "mg-caption mg-is-grad")]
    parts.append(box(0, 42, code_width, charts_height, "mg-panel-ground", radius=0))
    for i, words in enumerate(CODE, 1):
        y = 70 + (i - 1) * line
        is_off = i in shown.off
        if is_off:
            parts.append(box(0, y - 15, code_width, line, "mg-off", radius=0))
            parts.append(box(0, y - 15, 3, line, "mg-off-bar", radius=0))
        parts.append(text(20, y, str(i), "mg-small mg-is-muted"))
        if i in SWITCHES:
            parts.append(text(38, y, "☐" if is_off else "☑", "mg-name"))
        indent = len(words) - len(words.lstrip())
        kind = "mg-num mg-struck" if is_off else "mg-num"
        parts.append(text(60 + ADVANCE * 12 * indent, y, words.strip(), kind))
    parts.append(moved(code_width + 5, 42, *charts))
    label_width, column = 160, 50
    for i, (name, hue, figures) in enumerate([("epoch", "muted", [str(e + 1) for e in range(EPOCHS)]), *shown.rows()]):
        y = split + 30 + i * 22
        parts.append(text(20, y, name, "mg-caption"))
        for j, figure in enumerate(figures):
            edge = label_width + (j + 1) * column
            parts.append(text(edge, y, figure, f"mg-num mg-is-{hue}", "end"))
            if shown.marked() == [i - 1, j]:
                wide = ADVANCE * 12 * len(figure) + 14
                parts.append(box(edge + 7 - wide, y - 15, wide, 21, "mg-ring"))
    start = label_width + EPOCHS * column + 44
    y = split + 32
    for kind, said in (("", shown.sentence()), ("mg-caption", shown.hint())):
        for wrapped in textwrap.wrap("".join(part for _, part in said), int((width - start - 20) / 6.7)):
            parts.append(text(start, y, wrapped, kind))
            y += 20
        y += 6
    return picture(math.ceil(width), split + 160, shown.spoken(), *parts, ground=True)
