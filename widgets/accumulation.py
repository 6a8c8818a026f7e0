"""AccumulationLab: training loops with lines to change, the correct run and yours compared number by number."""

from __future__ import annotations

import math
import re
import textwrap
import threading
from dataclasses import dataclass
from itertools import product
from typing import Any

import traitlets

from .bugs import LOOPS, Loop
from .charts import HEIGHT, WIDTH, Series, chart, ticks
from .figures import ADVANCE, box, moved, picture, text
from .loops import Line, Run, checked, is_close, run, source_of, switchable_lines
from .numbers import number
from .trace import Sentence
from .view import View

OWN = "your loop"
FIRST = "forgotten zero_grad"
MOST_AT_ONCE = 16  # of the variants of a loop of ours: few enough to run them all when it is chosen
MOST_COLUMNS = 9
LONGEST = 68  # characters of a line of code in the static picture
MEASURED = ("loss", "grad", "weight")


class AccumulationLab(View, front_end="accumulation", picture="figures"):
    """Break training loops and mend them: the lesson's, the classic bugs, micro-batches, or one of your own.

    ``bug`` names the loop that is shown, ``loops`` holds what there is; ``lines`` says which text stands in each line
    that can be changed, ``votes`` what was predicted, ``revealed`` which loops were run for all to see. The code shown
    is the code that runs: from seed 0, on minigrad, as ``torch``, in a namespace of its own. ``AccumulationLab(loop)``
    takes the text of a loop, whose statements can then be switched off; it is compared with itself as written, or with
    the text ``correct``. After 500 steps or 2 seconds a loop is stopped; one call that never returns cannot be.

    Raises TypeError where a loop is no string, ValueError for an empty one, SyntaxError for what is no Python, and
    ``traitlets.TraitError`` for a choice that there is not. What a loop raises when it runs is shown at its line.

    >>> AccumulationLab()
    AccumulationLab, forgotten zero_grad: line 7 is off, weights.grad.zero_()
      epoch                        1     2     3     4     5
      loss, correct               12   8.4   4.8   1.2  −2.4
      loss, yours                 12   8.4   1.2  −9.6   −24
      weights.grad[0], correct     3     3     3     3     3
      weights.grad[0], yours       3     6     9    12    15
      added by backward, yours     3     3     3     3     3
      weights[0], correct        0.7   0.4   0.1  −0.2  −0.5
      weights[0], yours          0.7   0.1  −0.8    −2  −3.5
      first difference: epoch 2, weights.grad[0] is 6 and should be 3
    """

    bug = traitlets.Unicode(help="The loop that is shown, by name.").tag(sync=True)
    lines = traitlets.Dict(help="By loop: which text stands in each line that can be changed, 0 the right one.").tag(
        sync=True
    )
    votes = traitlets.Dict(help="By loop: the answer voted for, by its place from 0.").tag(sync=True)
    revealed = traitlets.List(traitlets.Unicode(), help="The loops whose run is shown.").tag(sync=True)
    loops = traitlets.Dict(read_only=True, help="The loops: their lines, questions and answers.").tag(sync=True)
    runs = traitlets.Dict(read_only=True, help="What was run, by loop and choice of lines.").tag(sync=True)

    def __init__(self, loop: str | None = None, correct: str | None = None) -> None:
        self._loops = LOOPS if loop is None else {OWN: _own(loop, correct)}
        self._lock = threading.RLock()
        self._done: dict[tuple[str, tuple[int, ...]], Run] = {}
        first = next(iter(self._loops)) if loop is not None else FIRST
        starts = {
            name: [each.start.get(line.number, 0) for line in _changeable(each)] for name, each in self._loops.items()
        }
        super().__init__(bug=first, lines=starts, revealed=[] if loop is None else [OWN])
        self.observe(self._changed, ["bug", "lines"])

    # Defaults, not values set later: so they are part of the very first message, and no front end sees them empty.
    @traitlets.default("loops")
    def _describe(self) -> dict[str, Any]:
        return {name: self._described(name) for name in self._loops}

    @traitlets.default("runs")
    def _run_what_is_chosen(self) -> dict[str, Any]:
        return self._shown(self.bug)

    @traitlets.validate("bug")
    def _known(self, proposal: Any) -> str:
        return _checked_loop(proposal["value"], self._loops)

    @traitlets.validate("revealed")
    def _all_known(self, proposal: Any) -> list[str]:
        return [_checked_loop(name, self._loops) for name in proposal["value"]]

    @traitlets.validate("lines")
    def _fits(self, proposal: Any) -> dict[str, list[int]]:
        for name, chosen in proposal["value"].items():
            lines = _changeable(self._loops[_checked_loop(name, self._loops)])
            if not isinstance(chosen, list | tuple) or len(chosen) != len(lines):
                raise traitlets.TraitError(f"lines[{name!r}] has {len(lines)} numbers, one for each line to change")
            for line, choice in zip(lines, chosen, strict=True):
                if type(choice) is not int or not 0 <= choice < len(line.texts):
                    raise traitlets.TraitError(
                        f"line {line.number} of {name!r} has {len(line.texts)} texts, by numbers from 0; got {choice!r}"
                    )
        return {name: list(proposal["value"].get(name, self.lines.get(name, []))) for name in self._loops}

    @traitlets.validate("votes")
    def _answers(self, proposal: Any) -> dict[str, int]:
        for name, vote in proposal["value"].items():
            answers = self._loops[_checked_loop(name, self._loops)].answers
            if type(vote) is not int or not 0 <= vote < len(answers):
                raise traitlets.TraitError(f"{name!r} has {len(answers)} answers, by numbers from 0; got {vote!r}")
        return proposal["value"]

    def _changed(self, change: Any) -> None:
        # Changes may come from several threads, in any order: whoever holds the lock shows what is true now.
        with self._lock:
            if _key(self.bug, self.lines[self.bug]) not in self.runs:
                self.set_trait("runs", self._kept() | self._shown(self.bug))

    def _kept(self) -> dict[str, Any]:
        """Of a loop of ours, all is run again in no time; of the learner's, nothing that was run is lost."""
        return self.runs if OWN in self._loops else {}

    def _page(self) -> str:
        # A saved page has no kernel to ask: it gets all our loops, and each line of the learner's off once.
        with self._lock:
            runs = dict(self.runs)
            for name, loop in self._loops.items():
                runs |= self._shown(name)
                if name == OWN and self._correct(name).stopped is None:
                    for i, _ in enumerate(_changeable(loop)):
                        chosen = [int(i == other) for other, _ in enumerate(_changeable(loop))]
                        runs |= self._compared(name, [tuple(chosen), (0,) * len(chosen)])
            self.set_trait("runs", runs)
            return super()._page()

    # What is run

    def _variants(self, name: str) -> list[tuple[int, ...]]:
        """The choices that are run when a loop is shown."""
        every = [range(len(line.texts)) for line in _changeable(self._loops[name])]
        if name == OWN or math.prod(map(len, every)) > MOST_AT_ONCE:
            return [tuple(self.lines[name])]
        return list(product(*every))

    def _run(self, name: str, chosen: tuple[int, ...]) -> Run:
        if (name, chosen) not in self._done:
            loop = self._loops[name]
            texts = dict(zip([line.number for line in _changeable(loop)], chosen, strict=True))
            self._done[name, chosen] = run(source_of(loop.lines, texts))
        return self._done[name, chosen]

    def _correct(self, name: str) -> Run:
        loop = self._loops[name]
        if loop.reference is None:
            return self._run(name, (0,) * len(_changeable(loop)))
        if (name, ()) not in self._done:
            self._done[name, ()] = run(loop.reference)
        return self._done[name, ()]

    def _comparison(self, name: str, chosen: tuple[int, ...], scales: dict[str, list[float]]) -> Comparison:
        return Comparison(self._loops[name], chosen, self._correct(name), self._run(name, chosen), scales)

    def _compared(self, name: str, variants: list[tuple[int, ...]]) -> dict[str, Any]:
        """One scale for all variants: a switch then moves the lines and not the axes."""
        runs = [self._correct(name), *(self._run(name, chosen) for chosen in variants)]
        scales = {what: ticks([value for done in runs for value in done.series(what)]) for what in MEASURED}
        compared = {chosen: self._comparison(name, chosen, scales) for chosen in variants}
        correct = next(iter(compared.values())).correct_alone()
        return {f"{name}|": correct} | {_key(name, chosen): each.shown() for chosen, each in compared.items()}

    def _shown(self, name: str) -> dict[str, Any]:
        with self._lock:
            return self._compared(name, self._variants(name))

    def _described(self, name: str) -> dict[str, Any]:
        """What does not depend on the choice of lines."""
        loop = self._loops[name]
        slots = {line.number: slot for slot, line in enumerate(_changeable(loop))}
        start = tuple(self.lines[name])
        return {
            "group": loop.group,
            "lines": [
                {"number": line.number, "text": line.shown, "texts": line.texts, "slot": slots.get(line.number)}
                for line in loop.lines
            ],
            "start": start,
            "question": sentence(loop.question),
            "answers": [{"words": answer.words, "says": sentence(answer.says)} for answer in loop.answers],
            # Whoever votes sees the correct run first, unless that is what is asked for.
            "shows_correct": any(start) or loop.reference is not None,
        }

    # What is shown of it where nothing moves

    @property
    def _now(self) -> Comparison:
        chosen = tuple(self.lines[self.bug])
        with self._lock:
            runs = [self._correct(self.bug), self._run(self.bug, chosen)]
            scales = {what: ticks([value for done in runs for value in done.series(what)]) for what in MEASURED}
            return self._comparison(self.bug, chosen, scales)

    def _text(self) -> str:
        shown = self._now
        rows = [["", row["name"], *row["figures"]] for row in shown.rows()]
        rows = [["", shown.loop.axis, *shown.columns()], *rows] if rows else []
        labels = max([len(row[1]) for row in rows] + [0])
        figures = max([len(value) for row in rows for value in row[2:]] + [1])
        table = [f"  {row[1]:<{labels}}  " + "  ".join(f"{value:>{figures}}" for value in row[2:]) for row in rows]
        lines = [f"AccumulationLab, {self.bug}: {shown.headline()}", *map(str.rstrip, table), f"  {shown.difference()}"]
        failure = shown.yours.failure
        if failure is not None:
            lines += textwrap.wrap(failure.error, 100, initial_indent="    ", subsequent_indent="    ")
        if shown.yours.stopped is not None:
            lines.append(f"  {shown.yours.stopped}")
        return "\n".join(lines)

    def _picture(self) -> str:
        return _static(self.bug, self._now)


def _own(loop: Any, correct: Any) -> Loop:
    for name, given in (("loop", loop), ("correct", correct)):
        if not isinstance(given, str) and (name == "loop" or given is not None):
            raise TypeError(
                f"AccumulationLab runs a loop given as text: {name} must be a string, not {type(given).__name__}. "
                'Put the lines of your loop between """ and """.'
            )
    source = textwrap.dedent(loop).strip("\n")
    if not source.strip():
        raise ValueError("AccumulationLab was given an empty loop: there is nothing to run")
    lines = switchable_lines(source)
    reference = None if correct is None else textwrap.dedent(correct).strip("\n")
    if reference is not None:
        checked(reference)
    made = Loop(
        "yours",
        source,
        {},
        {},
        "",
        (),
        (),
        "Your loop took {steps}.",
        "Switch a line off: which number will be the first to change?",
        axis="step",
        reference=reference,
        names=("original", "changed") if reference is None else ("correct", "yours"),
    )
    object.__setattr__(made, "lines", lines)
    return made


def _changeable(loop: Loop) -> list[Line]:
    return [line for line in loop.lines if len(line.texts) > 1]


def _key(name: str, chosen: Any) -> str:
    return f"{name}|{','.join(map(str, chosen))}"


def _checked_loop(name: Any, loops: dict[str, Loop]) -> str:
    if name not in loops:
        raise traitlets.TraitError(f"there is no loop {name!r}; there are: {', '.join(map(repr, loops))}")
    return name


# What is compared and said


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
        for line, choice in zip(_changeable(self.loop), self.chosen, strict=True):
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
        chosen = {line.number: choice for line, choice in zip(_changeable(self.loop), self.chosen, strict=True)}
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


# What is drawn where nothing moves


def _static(name: str, shown: Comparison) -> str:
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
    chosen = dict(zip([line.number for line in _changeable(shown.loop)], shown.chosen, strict=True))
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
