"""Graders for two kinds of question: what does this program give, and which of these claims about it holds?

Neither holds an answer: the program is run when an answer comes in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

import numpy as np

from .program import Program
from .reading import numbers, plain_parts, shape_words
from .verdict import Wrong


@dataclass(frozen=True)
class Slip:
    """A known mistake: who makes it predicts for ``ask`` what ``gives`` evaluates to after the program.

    ``words`` say what went wrong without naming the right value; ``misconception`` is the mistake's name.
    """

    ask: str
    gives: str
    words: str
    misconception: str


def predicted(program: Program, asks: Mapping[str, str], slips: Sequence[Slip], praise: str) -> Callable[[Any], str]:
    """A grader for predictions.

    ``asks`` maps the name of each part of the answer to the expression whose value is to be predicted: a number, a
    tensor, a shape, True or False, None, or text. With one part the answer is its value, with several a tuple of them.
    """

    def grade(answer: Any) -> str:
        parts = parted(answer, list(asks))
        right = ""
        for name, expression in asks.items():
            try:
                judge_prediction(program, name, expression, parts[name], [s for s in slips if s.ask == name])
            except Wrong as wrong:
                raise Wrong(right + str(wrong), wrong.misconception) from None
            right = f"{name} is right. In what follows: "
        return praise

    return grade


def parted(answer: Any, names: Sequence[str]) -> dict[str, Any]:
    """The parts of an answer by name; Wrong where their number is not the one wanted."""
    if len(names) == 1:
        return {names[0]: answer}
    if not isinstance(answer, tuple | list) or len(answer) != len(names):
        raise Wrong(f"{len(names)} values are wanted, in this order: ({', '.join(names)}).")
    return dict(zip(names, answer, strict=True))


def judge_prediction(program: Program, name: str, expression: str, guess: Any, slips: Sequence[Slip]) -> None:
    """Raise Wrong unless ``guess`` is the value of ``expression`` after the program."""
    if guess is ...:
        raise Wrong(f"no answer so far. Put your own in place of the dots in {name}.")
    truth = program.value(expression)
    if agree(guess, truth):
        return
    for slip in slips:
        if agree(guess, program.value(slip.gives)):
            raise Wrong(slip.words, slip.misconception)
    raise Wrong(difference(name, guess, truth))


def difference(name: str, guess: Any, truth: Any) -> str:
    """What can be said of a wrong guess that comes from no known mistake; Wrong where it is of no use as a number."""
    if isinstance(truth, np.ndarray | float | int) or hasattr(truth, "detach"):
        if isinstance(truth, bool):
            if not isinstance(guess, bool | np.bool_):
                return f"{name} is a truth value: True or False is wanted."
            return f"{name} is not what the program gives."
        given = numbers(guess, name)
        if given.shape != np.shape(truth) and given.size != np.size(truth):
            return f"{name} has shape {shape_words(given.shape)}, and the value has another one."
    return f"{name} is not what the program gives. Go through it line by line."


def agree(guess: Any, value: Any) -> bool:
    """Whether a guess is this value: numbers up to rounding, in lists or tensors; anything else exactly."""
    if value is None or guess is None:
        return value is guess
    if isinstance(value, str) or isinstance(guess, str):
        return isinstance(value, str) and isinstance(guess, str) and guess.strip() == value
    mine, theirs = _array(guess), _array(value)
    if mine is None or theirs is None or (mine.dtype == bool) != (theirs.dtype == bool):
        return False
    if mine.size == theirs.size == 1:
        mine, theirs = mine.reshape(()), theirs.reshape(())
    return mine.shape == theirs.shape and bool(np.allclose(mine, theirs, rtol=1e-3, atol=1e-6, equal_nan=True))


def _array(value: Any) -> np.ndarray | None:
    """Truth values or real numbers, nan and the infinite ones too; None for anything else."""
    try:
        array = np.asarray(plain_parts(value, "it"))
    except (Wrong, ValueError):
        return None
    return array if array.dtype == bool else array.astype(np.float64) if array.dtype.kind in "iuf" else None


@dataclass(frozen=True)
class Option:
    """One answer to choose: its text, the claim it makes, and what to say to who chose it though it does not hold.

    ``claim`` is an expression with the program's variables, true for the right option only.
    """

    text: str
    claim: str
    words: str
    misconception: str


def chosen(program: Program, options: Sequence[Option], praise: str) -> Callable[[Any], str]:
    """A grader for a choice: the answer is the letter of the option whose claim holds, as text: "a", "b", ..."""
    letters = ascii_lowercase[: len(options)]

    def grade(answer: Any) -> str:
        if answer is ...:
            raise Wrong("no answer so far. Put the letter of your choice, in quotes, in place of the dots.")
        letter = answer.strip().lower() if isinstance(answer, str) else ""
        if len(letter) != 1 or letter not in letters:
            raise Wrong(f"one letter from a to {letters[-1]} is wanted, in quotes.")
        option = options[letters.index(letter)]
        if not program.value(option.claim):
            raise Wrong(option.words, option.misconception)
        return praise

    return grade
