"""predict and quiz: a question to be answered in the notebook, by a click or by a plain variable."""

from __future__ import annotations

import re
from collections.abc import Callable
from string import ascii_lowercase
from typing import Any

import traitlets

from ..figures import ADVANCE, picture, text
from ..numbers import Json
from ..view import View
from .checking import check
from .prediction import Prediction
from .question import Question, question
from .typed import Unreadable, typed
from .verdict import Result

# One line of what is said: which part of the question it is about, its mark, the words, and what is shown of the truth.
Judge = Callable[[dict[str, str], bool], list[Json]]

_MARKS = {"right": "✓", "wrong": "✗", "unread": "?"}


def predict(
    program: str,
    *expressions: str,
    choices: Any = None,
    slips: dict[str, str] | None = None,
    guess: Any = None,
) -> Asking:
    """Ask what a program gives: the lines, and a field for each expression whose value is to be predicted.

    After a guess it says right or wrong, and then what the program gives: it is run for real, with minigrad as
    ``torch``, and no answer is written anywhere. ``choices`` are buttons in place of the field; "an error" is right
    where the program or the expression raises. ``slips`` maps an expression to the words for whoever guesses its value.
    ``guess`` is the guess as a plain variable, a tuple where there are several expressions.

    With the name of a registered question, like ``"03.1"``, it asks that one; it never shows what is right there.

    Raises TypeError for arguments of another kind, ValueError for a program that cannot be read or an expression that
    fails, UnknownQuestion where there is no such question.

    >>> predict("x = torch.tensor(3., requires_grad=True)\\n(x * x).backward()", "x.grad", guess=3)
    Predict x.grad after
        x = torch.tensor(3., requires_grad=True)
        (x * x).backward()
      x.grad: 3 ✗ x.grad is not what the program gives. Go through it line by line.
    """
    if isinstance(program, str) and re.fullmatch(r"\d\d\.\d+", program.strip()):
        if expressions or choices or slips:
            raise TypeError("a registered question has its own program and expressions: predict('03.1')")
        return _registered(program.strip(), guess)
    return Asking(*_in_a_lab(Prediction(program, expressions, choices, slips)), _as_guesses(expressions, guess))


def quiz(name: str, choice: str | None = None) -> Asking:
    """Ask a registered question that has options to choose from; a click checks the choice.

    ``choice`` is the letter as a plain variable. Raises UnknownQuestion where there is no such question, TypeError
    where it has no options.
    """
    if not question(name).options:
        raise TypeError(f"question {name} has no options to choose from: answer it in the cell below")
    return _registered(name, choice)


class Asking(View, front_end="ask", picture="figures"):
    """What ``predict`` and ``quiz`` show. ``guesses`` has the answer to each part as it was typed or chosen."""

    data = traitlets.Dict(read_only=True, help="What is asked: it does not change.").tag(sync=True)
    guesses = traitlets.Dict(
        traitlets.Unicode(), key_trait=traitlets.Unicode(), help="The part that is asked -> the guess, as text."
    ).tag(sync=True)
    attempts = traitlets.Int(help="How often the guesses were handed in.").tag(sync=True)
    answered = traitlets.Int(read_only=True, help="The attempt that the verdicts are about.").tag(sync=True)
    shown = traitlets.Bool(help="Whether the answer was asked for.").tag(sync=True)
    verdicts: traitlets.List = traitlets.List(help="What is said of the guesses.").tag(sync=True)

    def __init__(self, data: Json, judge: Judge, guesses: dict[str, str]) -> None:
        self._asked, self._judge = data, judge
        super().__init__(guesses=guesses, attempts=1 if guesses else 0)
        self.observe(lambda _: self._answer(), ["attempts", "shown"])

    # Defaults, not values set later: so they are part of the very first message, and no front end sees them empty.
    @traitlets.default("data")
    def _show(self) -> Json:
        return self._asked

    @traitlets.default("verdicts")
    def _judged(self) -> list[Json]:
        return self._judge(dict(self.guesses), self.shown) if self.attempts else []

    @traitlets.default("answered")
    def _first(self) -> int:
        return self.attempts

    def _answer(self) -> None:
        with self.hold_sync():
            self.verdicts = self._judged()
            # The same verdict again is no change, and a front end that waits must hear of it.
            self.set_trait("answered", self.attempts)

    def _text(self) -> str:
        data = self.data
        lines = [data["title"], *(f"    {line}" for line in data["program"])]
        for ask in data["asks"]:
            if data["lettered"]:
                lines += [f"  {letter}  {words}" for letter, words in _lettered(ask["choices"])]
            elif ask["choices"]:
                lines.append(f"  {ask['label']}: {' | '.join(ask['choices'])}")
            guess = self.guesses.get(ask["label"])
            said = next((said for said in self.verdicts if said["ask"] == ask["label"]), None)
            begun = f"  {ask['label']}: {'no guess yet' if guess is None else guess}"
            lines.append(begun if said is None else f"{begun} {_said(said)}")
        lines += [f"  {_said(said)}" for said in self.verdicts if not said["ask"]]
        return "\n".join(lines)

    def _picture(self) -> str:
        heading, *lines = self._text().splitlines()
        drawn, y = [text(18, 28, heading, "mg-heading")], 34
        for line in lines:
            y += 20
            # SVG swallows the spaces that indent code.
            drawn.append(text(18, y, line.replace(" ", "\u00a0"), "mg-num"))
        wide = max([420, *(ADVANCE * 12 * len(line) + 40 for line in lines)])
        return picture(round(wide), y + 20, heading, *drawn, ground=True)


def _said(said: Json) -> str:
    truth = f"It is: {said['truth']}" if said["truth"] else ""
    return " ".join(filter(None, [_MARKS[said["mark"]], said["words"], truth]))


def _lettered(choices: list[str]) -> list[tuple[str, str]]:
    return list(zip(ascii_lowercase, choices, strict=False))


def _as_guesses(labels: tuple[str, ...], guess: Any) -> dict[str, str]:
    """A guess in a plain variable, as it would be typed."""
    if guess is None:
        return {}
    parts = [guess] if len(labels) == 1 else guess
    if not isinstance(parts, tuple | list) or len(parts) != len(labels):
        raise TypeError(f"a guess of {len(labels)} values is wanted, in this order: ({', '.join(labels)})")
    return {label: part if isinstance(part, str) else repr(part) for label, part in zip(labels, parts, strict=True)}


def _in_a_lab(prediction: Prediction) -> tuple[Json, Judge]:
    def judge(guesses: dict[str, str], shown: bool) -> list[Json]:
        said = []
        for place, ask in enumerate(prediction.asks):
            if ask in guesses:
                verdict = prediction.judged(place, guesses[ask])
                told = prediction.truth(place) if verdict.mark == "right" or (shown and verdict.mark == "wrong") else ""
                said.append({"ask": ask, "mark": verdict.mark, "words": verdict.words, "truth": told})
        return said

    data = {
        "title": f"Predict {', '.join(prediction.asks)} after",
        "program": prediction.program.source.splitlines(),
        "asks": [{"label": ask, "choices": list(prediction.choices)} for ask in prediction.asks],
        "lettered": False,
        "reveals": True,
        "hand_in": "",
    }
    return data, judge


def _registered(name: str, guess: Any) -> Asking:
    asked = question(name)
    labels = asked.asks or ("your choice",)

    def judge(guesses: dict[str, str], shown: bool) -> list[Json]:
        try:
            if missing := [f"`{label}`" for label in labels if label not in guesses]:
                raise Unreadable(f"all fields together are one answer: {', '.join(missing)} is still to be filled in.")
            parts = [_read(asked, guesses[label]) for label in labels]
        except Unreadable as unreadable:
            return [{"ask": "", "mark": "unread", "words": str(unreadable), "truth": ""}]
        result: Result = check(name, parts[0] if len(parts) == 1 else tuple(parts))
        return [{"ask": "", "mark": "right" if result else "wrong", "words": result.words, "truth": ""}]

    letter = "the letter, in quotes," if asked.options else "your answer"
    data = {
        "title": f"{name} {asked.title}",
        "program": asked.program.source.splitlines() if asked.program else [],
        "asks": [{"label": label, "choices": list(asked.options)} for label in labels],
        "lettered": bool(asked.options),
        "reveals": False,
        "hand_in": f"To hand it in, write {letter} into the cell below.",
    }
    return Asking(data, judge, _as_guesses(labels, guess))


def _read(asked: Question, guess: str) -> Any:
    return guess if asked.options else typed(guess)
