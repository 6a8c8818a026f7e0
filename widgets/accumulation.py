"""AccumulationLab: training loops with lines to change, the correct run and yours compared number by number."""

from __future__ import annotations

import math
import textwrap
import threading
from itertools import product
from typing import Any

import traitlets

from .bugs import LOOPS, Loop
from .comparison import Comparison, scales_of, sentence, static_picture
from .loops import Run, checked, run, source_of, switchable_lines
from .view import View

OWN = "your loop"
FIRST = "forgotten zero_grad"
MOST_AT_ONCE = 16  # of the variants of a loop of ours: few enough to run them all when it is chosen


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
            name: [each.start.get(line.number, 0) for line in each.changeable] for name, each in self._loops.items()
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
            lines = self._loops[_checked_loop(name, self._loops)].changeable
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
                    for i, _ in enumerate(loop.changeable):
                        chosen = [int(i == other) for other, _ in enumerate(loop.changeable)]
                        runs |= self._compared(name, [tuple(chosen), (0,) * len(chosen)])
            self.set_trait("runs", runs)
            return super()._page()

    # What is run

    def _variants(self, name: str) -> list[tuple[int, ...]]:
        """The choices that are run when a loop is shown."""
        every = [range(len(line.texts)) for line in self._loops[name].changeable]
        if name == OWN or math.prod(map(len, every)) > MOST_AT_ONCE:
            return [tuple(self.lines[name])]
        return list(product(*every))

    def _run(self, name: str, chosen: tuple[int, ...]) -> Run:
        if (name, chosen) not in self._done:
            loop = self._loops[name]
            texts = dict(zip([line.number for line in loop.changeable], chosen, strict=True))
            self._done[name, chosen] = run(source_of(loop.lines, texts))
        return self._done[name, chosen]

    def _correct(self, name: str) -> Run:
        loop = self._loops[name]
        if loop.reference is None:
            return self._run(name, (0,) * len(loop.changeable))
        if (name, ()) not in self._done:
            self._done[name, ()] = run(loop.reference)
        return self._done[name, ()]

    def _comparison(self, name: str, chosen: tuple[int, ...], scales: dict[str, list[float]]) -> Comparison:
        return Comparison(self._loops[name], chosen, self._correct(name), self._run(name, chosen), scales)

    def _compared(self, name: str, variants: list[tuple[int, ...]]) -> dict[str, Any]:
        """One scale for all variants: a switch then moves the lines and not the axes."""
        runs = [self._correct(name), *(self._run(name, chosen) for chosen in variants)]
        scales = scales_of(runs)
        compared = {chosen: self._comparison(name, chosen, scales) for chosen in variants}
        correct = next(iter(compared.values())).correct_alone()
        return {f"{name}|": correct} | {_key(name, chosen): each.shown() for chosen, each in compared.items()}

    def _shown(self, name: str) -> dict[str, Any]:
        with self._lock:
            return self._compared(name, self._variants(name))

    def _described(self, name: str) -> dict[str, Any]:
        """What does not depend on the choice of lines."""
        loop = self._loops[name]
        slots = {line.number: slot for slot, line in enumerate(loop.changeable)}
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
            return self._comparison(self.bug, chosen, scales_of(runs))

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
        return static_picture(self.bug, self._now)


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


def _key(name: str, chosen: Any) -> str:
    return f"{name}|{','.join(map(str, chosen))}"


def _checked_loop(name: Any, loops: dict[str, Loop]) -> str:
    if name not in loops:
        raise traitlets.TraitError(f"there is no loop {name!r}; there are: {', '.join(map(repr, loops))}")
    return name
