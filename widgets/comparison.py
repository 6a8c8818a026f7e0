"""Two runs of a loop beside each other: the first number that differs, what is said of it, and how it is drawn."""

from __future__ import annotations

import math
import re
import textwrap
from dataclasses import dataclass
from typing import Any

from .bugs import Loop
from .charts import HEIGHT, WIDTH, Series, chart, ticks
from .figures import ADVANCE, box, moved, picture, text
from .loops import Run, is_close
from .numbers import number
from .trace import Sentence

MOST_COLUMNS = 9
LONGEST = 68  # characters of a line of code in the static picture
MEASURED = ("loss", "grad", "weight")


def scales_of(runs: list[Run]) -> dict[str, list[float]]:
    """The ticks of each chart that all these runs fit on."""
    return {what: ticks([value for done in runs for value in done.series(what)]) for what in MEASURED}


def sentence(words: str) -> Sentence:
    """The parts of a sentence in which `code` and **strong** words are marked as here.

    >>> sentence("so `backward()` **adds** 3")
    [['text', 'so '], ['code', 'backward()'], ['text', ' '], ['strong', 'adds'], ['text', ' 3']]
    """
    kinds = {"`": "code", "*": "strong"}
    parts = re.split(r"(`[^`]*`|\*\*.*?\*\*)", words)
    return [
        [kinds.get(part[0], "text"), part.strip("`") if part[0] == "`" else part.strip("*")]
        if part[0] in kinds
        else ["text", part]
        for part in parts
        if part
    ]


@dataclass(frozen=True)
class Comparison:
    """One variant of a loop beside the correct one."""

    loop: Loop
    chosen: tuple[int, ...]
    correct: Run
    yours: Run
    scales: dict[str, list[float]]

    @property
    def steps(self) -> int:
        return max(len(self.correct.steps), len(self.yours.steps))

    def title(self, what: str) -> str:
        """What a series is, in the learner's names."""
        name = self.correct.name if self.correct.steps else self.yours.name
        element = self.correct.element
        return {"loss": "loss", "grad": f"{name}.grad{element}", "weight": f"{name}{element}"}[what]

    def parted(self) -> tuple[str, int] | None:
        """The first number that differs in the order they arise: which series, and the step from 0.

        A run that raises parts from one that does not where it lacks the first number.
        """
        for step in range(self.steps):
            for what in MEASURED:
                values = [_at(done.series(what), step) for done in (self.correct, self.yours)]
                if not is_close(*values):
                    return what, step
        return None

    @property
    def agree(self) -> bool:
        return self.parted() is None and self._same_end()

    def _same_end(self) -> bool:
        return (self.correct.failure is None) == (self.yours.failure is None)

    def places(self) -> list[int]:
        """The steps, from 0, that the table has room for: the first, those around the first difference, the last."""
        if self.steps <= MOST_COLUMNS:
            return list(range(self.steps))
        found = self.parted()
        around = set() if found is None else {found[1] - 1, found[1], found[1] + 1}
        wanted = {self.steps - 1} | {step for step in around if 0 <= step < self.steps}
        early = [step for step in range(self.steps) if step not in wanted]
        return sorted(wanted | set(early[: MOST_COLUMNS - len(wanted)]))

    def columns(self) -> list[str]:
        return [str(step + 1) for step in self.places()]

    def rows(self) -> list[dict[str, Any]]:
        """The table: name, hue and figures of each row."""
        if not self.steps:
            return []
        right, yours = self.loop.names
        rows = []
        for what in MEASURED:
            rows.append((f"{self.title(what)}, {right}", "value", self.correct, what))
            rows.append((f"{self.title(what)}, {yours}", "grad", self.yours, what))
            if what == "grad":
                rows.append((f"added by backward, {yours}", "muted", self.yours, "added"))
        walked = self.yours.series("operations")[: -1 if self.yours.failure else None]
        if len(set(walked)) > 1:
            rows.append((f"operations walked, {yours}", "muted", self.yours, "operations"))
        places = self.places()
        return [
            {"name": name, "hue": hue, "what": what, "figures": [self._figure(done, what, step) for step in places]}
            for name, hue, done, what in rows
        ]

    def _figure(self, done: Run, what: str, step: int) -> str:
        value = _at(done.series(what), step)
        if value is not None:
            return number(value)
        stops_here = done.failure is not None and step == len(done.steps) - 1
        return "!" if stops_here else "" if step >= len(done.steps) else "–"

    def marked(self) -> list[int] | None:
        """Row and column, from 0, of the first figure that differs."""
        found = self.parted()
        if found is None:
            return None
        row = [i for i, each in enumerate(self.rows()) if each["what"] == found[0]][-1]
        return [row, self.places().index(found[1])]

    def headline(self) -> str:
        changed = []
        for line, choice in zip(self.loop.changeable, self.chosen, strict=True):
            if choice and not line.texts[choice]:
                changed.append(f"line {line.number} is off, {line.shown.strip()}")
            elif choice:
                changed.append(f"line {line.number} is {line.texts[choice].strip()}")
        if not changed:
            return "every line right" if self.loop.group != "yours" else "every line on"
        return "; ".join(changed)

    def difference(self) -> str:
        """The first number that differs, or where the run ends."""
        axis, found, failure = self.loop.axis, self.parted(), self.yours.failure
        where = "outside of the loop" if failure is None or failure.step is None else f"{axis} {failure.step + 1}"
        line = "" if failure is None or failure.line is None else f", line {failure.line}"
        if failure is not None and (found is None or found[1] == failure.step):
            return f"{failure.error.partition(':')[0]} in {where}{line}".replace("in outside", "outside")
        if not self.steps:
            return self.yours.stopped or "nothing to compare: no backward() reached a leaf"
        if found is None:
            if self.correct.failure is not None:
                return f"{self.loop.names[1]} runs through, and {self.loop.names[0]} does not"
            return (
                f"no difference: {self.loop.names[1]} and {self.loop.names[0]} agree in every number{self._rounding()}"
            )
        what, step = found
        wrong, right = (_at(done.series(what), step) for done in (self.yours, self.correct))
        said = [("missing" if value is None else number(value)) for value in (wrong, right)]
        instead = "instead of" if self._is_original else "and should be"
        return f"first difference: {axis} {step + 1}, {self.title(what)} is {said[0]} {instead} {said[1]}"

    @property
    def _is_original(self) -> bool:
        """Whether what is compared with is not the right loop, but the learner's as it was."""
        return self.loop.group == "yours" and self.loop.reference is None

    def _rounding(self) -> str:
        exact = all(self.correct.series(what) == self.yours.series(what) for what in MEASURED)
        return "" if exact else ", but for rounding"

    def sentence(self) -> Sentence:
        if self.agree and self.yours.failure is None and self.steps:
            return sentence(self._filled(self.loop.fixed))
        chosen = {line.number: choice for line, choice in zip(self.loop.changeable, self.chosen, strict=True)}
        for wanted, words in self.loop.notes:
            if all(chosen[line] == choice for line, choice in wanted.items()):
                return sentence(self._filled(words))
        said = self.difference()
        if self.yours.failure is None and len(self.yours.steps) == len(self.correct.steps) > 0:
            said = self._filled("after {axis} {count}, `{name}{element}` is **{weight}** instead of {right_weight}")
        return sentence(f"{said[0].upper()}{said[1:]}.")

    def hint(self) -> Sentence:
        if self.agree and self.yours.failure is None:
            return sentence(self.loop.hint)
        if self.loop.group == "yours":
            return sentence("Switch a line on or off and compare.")
        return sentence("Now mend it: change one line of the code.")

    def _filled(self, words: str) -> str:
        yours, right = self.yours, self.correct
        count = len(yours.steps)
        facts = {
            "name": right.name,
            "element": right.element,
            "axis": self.loop.axis,
            "count": str(count),
            "steps": f"{count} step{'' if count == 1 else 's'}",
            "added": _first_of(yours.series("added")),
            "parts": _listed(yours.steps[0].added if yours.steps else []),
            "operations": _last_of(yours.series("operations")),
        }
        for prefix, done in (("", yours), ("right_", right)):
            for what in MEASURED:
                values = done.series(what)
                facts[f"{prefix}{what}"] = _last_of(values)
                facts[f"{prefix}first_{what}"] = _first_of(values)
            facts[f"{prefix}grads"] = _listed(done.series("grad"))
            facts[f"{prefix}weights"] = _listed(done.series("weight"))
        return words.format_map(facts)

    def correct_alone(self) -> dict[str, Any]:
        """What the front end shows before a vote."""
        return {
            "pictures": self._pictures(only_correct=True),
            "columns": [self.loop.axis, *self.columns()],
            "rows": [row for row in self.rows() if row["hue"] == "value"],
            "marked": None,
        }

    def _pictures(self, *, only_correct: bool = False) -> list[str]:
        if not self.steps:
            return []
        return [
            picture(WIDTH, HEIGHT, self.spoken(what, only_correct), *self.chart(what, only_correct))
            for what in MEASURED
        ]

    def shown(self) -> dict[str, Any]:
        """What the front end shows of this variant."""
        failure, stopped = self.yours.failure, self.yours.stopped
        right = [answer.holds(self.yours, self.correct) for answer in self.loop.answers]
        return {
            "agree": self.agree,
            "pictures": self._pictures(),
            "columns": [self.loop.axis, *self.columns()],
            "rows": self.rows(),
            "marked": self.marked(),
            "difference": self.difference(),
            "sentence": self.sentence(),
            "hint": self.hint(),
            "answer": right.index(True) if any(right) else None,
            "failure": None if failure is None else vars(failure),
            "stopped": None if stopped is None else f"Your loop was {stopped}: that is as far as this lab runs.",
            "printed": _shortened(self.yours.printed),
            "warned": [_shortened(words, 240) for words in self.yours.warned],
        }

    def spoken(self, what: str, only_correct: bool = False) -> str:
        said = [row for row in self.rows() if row["what"] == what and (row["hue"] == "value" or not only_correct)]
        return "; ".join(f"{row['name']}: {', '.join(filter(None, row['figures']))}" for row in said)

    def chart(self, what: str, only_correct: bool = False) -> list[str]:
        found, (right, yours) = self.parted(), self.loop.names
        caption = {
            "loss": "loss, where backward() starts",
            "grad": f"{self.title('grad')} after backward",
            "weight": f"{self.title('weight')} after the {'step' if self.loop.axis == 'step' else self.loop.axis}",
        }[what]
        lines = [Series(right, self.correct.series(what), "value"), Series(yours, self.yours.series(what), "grad")]
        if only_correct:
            lines = lines[:1]
        elif self.agree and self.yours.failure is None:
            lines = [Series("both", lines[0].values, "value"), Series("", lines[1].values, "grad")]
        mark = found[1] if found is not None and found[0] == what and not only_correct else None
        failure = None if only_correct else self.yours.failure
        stop = None if failure is None else failure.step
        return chart(caption, lines, self.scales[what], axis=self.loop.axis, mark=mark, stop=stop)


def _at(values: list[float | None], step: int) -> float | None:
    return values[step] if step < len(values) else None


def _first_of(values: list[float | None]) -> str:
    return _listed(values[:1])


def _last_of(values: list[float | None]) -> str:
    return _listed(values[-1:])


def _listed(values: list[Any]) -> str:
    said = ["none" if value is None else number(value) for value in values]
    return ", ".join(said if len(said) <= 6 else [*said[:4], "…", said[-1]]) or "none"


def _shortened(words: str, most: int = 2000) -> str:
    return words if len(words) <= most else f"{words[:most]}…"


# Where nothing moves


def static_picture(name: str, shown: Comparison) -> str:
    """The whole lab as one picture: code and words, charts, table."""
    margin, size, line = 24, 12.5, 20.6
    width = 3 * WIDTH + 2 * 8
    code, changed = _listing(shown)
    longest = max(len(row) for _, row, _ in code)
    code_width = max(412.0, 24 + 40 + ADVANCE * size * longest + 16)
    words = _words(shown, int((width - code_width - 2 * margin) / 6.5))
    top = 44
    split = top + max(len(code) * line + 26, 20 * len(words) + 40)
    parts = [
        text(margin, 28, "Accumulation lab", "mg-heading"),
        text(margin + 142, 28, name, "mg-caption"),
        box(0, top, code_width, split - top, "mg-panel-ground", radius=0),
    ]
    for i, (label, row, is_off) in enumerate(code):
        y = top + 28 + i * line
        if label in changed:
            parts.append(box(0, y - 14.6, code_width, line, "mg-off", radius=0))
            parts.append(box(0, y - 14.6, 3, line, "mg-off-bar", radius=0))
        indent = len(row) - len(row.lstrip())
        parts.append(text(margin, y, label, "mg-caption"))
        parts.append(text(60 + ADVANCE * 12 * indent, y, row.strip(), "mg-num mg-struck" if is_off else "mg-num"))
    for i, (kind, said) in enumerate(words):
        parts.append(text(code_width + margin, top + 28 + 20 * i, said, kind))
    parts += [moved(i * (WIDTH + 8), split + 8, *shown.chart(what)) for i, what in enumerate(MEASURED)]
    y = split + HEIGHT + 40
    labels = max([160.0] + [5.8 * len(each["name"]) for each in shown.rows()]) + margin
    header = {"name": shown.loop.axis, "hue": "muted", "figures": shown.columns()}
    for i, each in enumerate([header, *shown.rows()]):
        parts.append(text(margin, y + i * 22, each["name"], "mg-caption"))
        for j, figure in enumerate(each["figures"]):
            edge = labels + (j + 1) * 72
            parts.append(text(edge, y + i * 22, figure, f"mg-num mg-is-{each['hue']}", "end"))
            if shown.marked() == [i - 1, j]:
                wide = ADVANCE * 12 * len(figure) + 14
                parts.append(box(edge + 7 - wide, y + i * 22 - 15, wide, 21, "mg-ring"))
    bottom = y + 22 * (len(shown.rows()) + 1)
    label = f"{shown.headline()}. {shown.difference()}. {'. '.join(shown.spoken(what) for what in MEASURED)}."
    return picture(width, math.ceil(bottom), label, *parts, ground=True)


def _listing(shown: Comparison) -> tuple[list[tuple[str, str, bool]], set[str]]:
    """Each row of the code: its number, its text, whether it is off; and the numbers of the lines that stand out."""
    chosen = dict(zip([line.number for line in shown.loop.changeable], shown.chosen, strict=True))
    rows, changed = [], set()
    failure = shown.yours.failure
    for line in shown.loop.lines:
        choice = chosen.get(line.number, 0)
        if choice or (failure is not None and failure.line == line.number):
            changed.add(str(line.number))
        is_off = not line.texts[choice] and bool(line.shown.strip())
        for i, row in enumerate((line.texts[choice] or line.shown).split("\n")):
            rows.append((str(line.number + i), row if len(row) <= LONGEST else f"{row[: LONGEST - 1]}…", is_off))
    return rows, changed


def _words(shown: Comparison, columns: int) -> list[tuple[str, str]]:
    """What is said beside the code, row by row, with the class of each."""
    said = [("mg-strong", shown.difference()), ("", _plain(shown.sentence()))]
    failure = shown.yours.failure
    if failure is not None:
        said += [("mg-is-grad", failure.error), ("mg-caption", failure.hint)]
    said.append(("mg-caption", _plain(shown.hint())))
    rows: list[tuple[str, str]] = []
    for kind, words in said:
        rows += [(kind, row) for row in textwrap.wrap(words, columns)] + [("", "")]
    return rows


def _plain(said: Sentence) -> str:
    return "".join(part for _, part in said)
