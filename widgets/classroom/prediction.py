"""A prediction to be made in a lab: what a program gives, which guess of it is right, which is a known mistake."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .guard import guarded
from .predicting import agree, difference
from .program import Program
from .typed import Unreadable, typed
from .verdict import Wrong

AN_ERROR = "an error"


@dataclass(frozen=True)
class Verdict:
    """What is said of one guess. ``mark`` is "right", "wrong", or "unread" where it is no value."""

    mark: str
    words: str


@dataclass(frozen=True)
class _Value:
    """What an expression gives after the program: a value, or the error that came instead."""

    value: Any
    error: Exception | None = None

    def written(self) -> str:
        """The value as Python prints it."""
        if self.error is not None:
            message = str(self.error).strip().partition("\n")[0]
            return f"{AN_ERROR}: {type(self.error).__name__}{': ' if message else ''}{message}"
        return self.value if isinstance(self.value, str) else repr(self.value)

    def is_written(self, text: str) -> bool:
        """Whether ``text`` is this value as Python writes it."""
        if self.error is not None:
            return text in (AN_ERROR, type(self.error).__name__)
        return text in (str(self.value), repr(self.value))

    def agrees(self, text: str) -> bool:
        """Whether ``text`` means this value."""
        if self.is_written(text):
            return True
        try:
            return self.error is None and agree(typed(text), self.value)
        except Unreadable:
            return False


class Prediction:
    """What ``predict`` asks in a lab. Everything is run once, guarded, when it is made.

    Raises TypeError for arguments of another kind, ValueError for code that cannot be read or does not run to an end,
    for an expression that fails, and for ``choices`` of which not exactly one is right for each expression.
    """

    def __init__(self, source: str, asks: Sequence[str], choices: Any = None, slips: Any = None) -> None:
        if not isinstance(source, str) or not all(isinstance(ask, str) for ask in asks):
            raise TypeError("the program and what is to be predicted are text: predict('x = ...', 'x.grad')")
        if not asks:
            raise ValueError(
                "nothing to predict: name an expression after the program, as in predict(program, 'x.grad')"
            )
        self.program = Program(source)
        self.asks = tuple(asks)
        self.choices = _choices(choices)
        self._slips = _slips(slips)
        _check_code(self.program.source, "exec", "the program")
        for expression in (*self.asks, *(gives for gives in self._slips if gives != AN_ERROR)):
            _check_code(expression, "eval", f"the expression {expression!r}")
        try:
            self._truths, self._mistakes = guarded(lambda _: self._run(), None)
        except Wrong as wrong:
            raise ValueError(f"the program does not run to its end: {wrong}") from None
        if self.choices:
            for ask, truth in zip(self.asks, self._truths, strict=True):
                right = sum(self._chosen(truth, choice) for choice in self.choices)
                if right != 1:
                    raise ValueError(f"of the choices for {ask}, {right or 'none'} is right, not one")

    def _run(self) -> tuple[list[_Value], list[tuple[Any, str]]]:
        truths = [self._value(ask) for ask in self.asks]
        mistakes = [
            (gives if gives == AN_ERROR else self._value(gives, may_fail=False).value, words)
            for gives, words in self._slips.items()
        ]
        return truths, mistakes

    def _value(self, expression: str, may_fail: bool = True) -> _Value:
        may_fail = may_fail and AN_ERROR in self.choices
        stopped = self.program.variables["error"]
        if stopped is not None and may_fail and not _mentions_error(expression):
            return _Value(None, stopped)
        try:
            return _Value(self.program.value(expression))
        except Exception as error:
            if may_fail:
                return _Value(None, error)
            why = f"{type(error).__name__}: {error}"
            if stopped is not None:
                why += f" (the program itself raised {type(stopped).__name__}: {stopped})"
            raise Wrong(f"{expression} failed with {why}") from None

    def judged(self, place: int, guess: str) -> Verdict:
        """What to say of a guess of the expression at ``place``, as it was typed or chosen."""
        ask, truth, text = self.asks[place], self._truths[place], guess.strip()
        if self._chosen(truth, text) if self.choices else truth.agrees(text):
            return Verdict("right", "")
        for value, words in self._mistakes:
            mistake = _Value(value)
            if mistake.agrees(text) and (truth.error is not None or not agree(value, truth.value)):
                return Verdict("wrong", words)
        if self.choices:
            return Verdict("wrong", "That is not what the program gives. Go through it line by line.")
        try:
            value = typed(text)
            if isinstance(value, str) and not isinstance(truth.value, str):
                return Verdict("unread", f"`{value}` is a name. The value is wanted, as Python would print it.")
            return Verdict("wrong", difference(ask, value, truth.value))
        except Unreadable as unreadable:
            return Verdict("unread", str(unreadable))
        except Wrong as wrong:
            return Verdict("wrong", str(wrong))

    def _chosen(self, truth: _Value, choice: str) -> bool:
        """Whether a choice is the right one: as Python writes it, or else by its value."""
        if any(map(truth.is_written, self.choices)):
            return truth.is_written(choice)
        return truth.agrees(choice)

    def truth(self, place: int) -> str:
        """The value at ``place``, as Python prints it."""
        return self._truths[place].written()


def _choices(given: Any) -> tuple[str, ...]:
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise TypeError('choices are several texts: choices=("None", "an error")')
    choices = tuple(choice if isinstance(choice, str) else repr(choice) for choice in given)
    if len(choices) < 2 or len(set(choices)) < len(choices):
        raise ValueError("choices are two or more, and each is there once")
    return choices


def _slips(given: Any) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise TypeError(
            'slips are a dict from an expression to words: slips={"x.grad / 2": "you replaced; autograd adds"}'
        )
    if not all(isinstance(part, str) for pair in given.items() for part in pair):
        raise TypeError("slips map the text of an expression to words")
    return dict(given)


def _check_code(source: str, mode: str, what: str) -> None:
    try:
        compile(source, "<program>", mode)
    except (SyntaxError, ValueError) as error:
        raise ValueError(f"{what} is no Python: {error}") from None


def _mentions_error(expression: str) -> bool:
    return any(
        isinstance(part, ast.Name) and part.id == "error" for part in ast.walk(ast.parse(expression, mode="eval"))
    )
