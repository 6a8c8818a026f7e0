"""TrackingExplorer: the ways to stop tracking side by side: what is recorded, what shares memory, what a write does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from .frames import Sentence
from .numbers import Json
from .sentences import said
from .tracking_picture import memory_picture, whole_picture
from .tracking_program import VARIANTS, WRITE, Program, Run
from .view import View


class TrackingExplorer(View, front_end="tracking", picture="figures drawing"):
    """Show one expression under ``requires_grad_(False)``, ``detach()``, ``no_grad()`` and ``.data``, run for real.

    ``y = f(a)`` is computed first and tracked; then a variant makes ``b`` of ``a``, and ``z = f(b)``. ``f`` is any
    function of one tensor, by default ``(a * a).sum()``; ``x`` holds the numbers of ``a``, in minigrad or PyTorch, and
    stays as it is. ``variant`` is the one that shows; with ``write``, ``b`` is then overwritten in place, with
    ``backward`` the gradients are asked for. With ``predict``, ``guesses`` come before the answers.

    Raises TypeError where ``f`` cannot be called or returns no tensor, or ``x`` is none, ValueError for numbers that
    have no derivative, and whatever ``f`` raises.

    >>> TrackingExplorer()
    TrackingExplorer: y = (a * a).sum(), then z = (b * b).sum()
                             z tracked  shares memory  b.mul_(10)   y.backward()
      plain                  yes        yes            refused      right
      requires_grad_(False)  no         yes            counted      raises
      detach()               no         yes            counted      raises
      detach().clone()       no         no             a unchanged  right
      no_grad()              no         yes            counted      raises
      .data                  no         yes            not counted  wrong
    """

    variant = traitlets.Enum(tuple(VARIANTS), "detach()", help="The variant that shows.").tag(sync=True)
    write = traitlets.Bool(False, help="Whether b is then written to in place.").tag(sync=True)
    backward = traitlets.Bool(False, help="Whether backward() is then called.").tag(sync=True)
    predict = traitlets.Bool(False, help="Whether the answers are hidden until they are guessed.").tag(sync=True)
    guesses = traitlets.Dict(help="What was guessed, by question: {'detach() tracked': False}.").tag(sync=True)
    data = traitlets.Dict(read_only=True, help="What every variant led to: it does not change.").tag(sync=True)

    def __init__(self, f: Callable[[Any], Any] | None = None, x: Any = None) -> None:
        self._program = Program(f, x)
        self._runs = {name: (self._program.run(name, False), self._program.run(name, True)) for name in VARIANTS}
        super().__init__()

    # A default, not a value set later: so it is part of the very first message, and no front end sees it empty.
    @traitlets.default("data")
    def _show(self) -> Json:
        return {
            "expression": self._program.expression("a"),
            "calls": {"write": WRITE, "backward": f"{self._program.reduced('y')}.backward()"},
            "variants": [
                {
                    "name": name,
                    "tracked": runs[0].tracked,
                    "shares": runs[0].shares,
                    "wrote": runs[1].wrote(),
                    "feedback": _feedback(runs[0]),
                    "states": [run.shown(runs[1].counts) for run in runs],
                }
                for name, runs in self._runs.items()
            ],
        }

    @traitlets.validate("guesses")
    def _check_guesses(self, proposal: Any) -> dict[str, bool]:
        questions = [f"{name} {what}" for name in VARIANTS for what in ("tracked", "shares")]
        for question, guess in proposal["value"].items():
            if question not in questions or not isinstance(guess, bool):
                raise traitlets.TraitError(
                    f"a guess is True or False for one of {questions}, got {question!r}: {guess!r}"
                )
        return proposal["value"]

    def _rows(self) -> list[list[str]]:
        """The table: what each variant led to, with and without the write."""
        heading = ["", "z tracked", "shares memory", WRITE, f"{self._program.reduced('y')}.backward()"]
        rows = [
            [name, _yes(plain.tracked), _yes(plain.shares), written.wrote(), written.gave()]
            for name, (plain, written) in self._runs.items()
        ]
        return [heading, *rows]

    def _text(self) -> str:
        rows = self._rows()
        wide = [max(len(row[column]) for row in rows) for column in range(5)]
        lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, wide, strict=True)).rstrip() for row in rows]
        first = f"y = {self._program.expression('a')}, then z = {self._program.expression('b')}"
        return "\n".join([f"TrackingExplorer: {first}", *(f"  {line}" for line in lines)])

    def _picture(self) -> str:
        run = self._runs[self.variant][self.write]
        lines = [line for line in run.lines if self.backward or line.stage != "backward"]
        return whole_picture(
            f"Tracking explorer: y = {self._program.expression('a')}",
            self._rows(),
            list(VARIANTS).index(self.variant),
            [(line.text, line.outcome) for line in lines],
            memory_picture(run.memory(self._runs[self.variant][1].counts)),
        )


def _feedback(run: Run) -> dict[str, dict[str, Sentence]]:
    """What is said to each answer to each question, by the answer."""
    if run.tracked and not run.reaches:
        why = "`b` does not require grad, but another tensor that `f` uses does."
    elif run.tracked:
        why = "`b = a` gives the tensor a second name, and makes no second tensor."
    elif run.flags["b"]:
        why = "`b` requires grad, but recording is off inside `no_grad`, whatever the flags say."
    else:
        why = "`b` does not require grad, and neither does what is computed from it alone."
    if run.same:
        memory = "`b` and `a` are one tensor, so they are one memory."
    elif run.shares:
        memory = "No number was copied: both look at the same memory, and a write through one is seen by both."
    else:
        memory = "`clone()` copies the numbers: a write through `b` leaves `a` alone."
    truth = {"tracked": (run.tracked, why), "shares": (run.shares, memory)}
    said_of = {"tracked": ("tracked", "not tracked"), "shares": ("shared memory", "a copy")}
    return {
        question: {
            _yes(guess): said(f"**Right.** {words}" if guess == right else
                              f"You said {said_of[question][0 if guess else 1]}. {words}")
            for guess in (True, False)
        }
        for question, (right, words) in truth.items()
    }  # fmt: skip


def _yes(value: bool) -> str:
    return "yes" if value else "no"
