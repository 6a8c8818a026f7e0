"""One operation of a graph in the learner's terms: its symbol, its expression, its local derivative as a formula."""

from __future__ import annotations

import math
import re
from string import Formatter
from typing import Any

import numpy as np

from .engines.records import OperationRecord
from .numbers import SUPERSCRIPT, number
from .vocabulary import OWN, WITH_ALPHA, WORDS


def index_text(index: tuple) -> str:
    """What stands between the brackets of ``x[...]``; an array of indices is shortened.

    >>> index_text((slice(None), 0)), index_text((slice(1, None, 2),))
    (':, 0', '1::2')
    """

    def part(i: Any) -> str:
        if isinstance(i, slice):
            start, stop, step = ("" if n is None else str(n) for n in (i.start or None, i.stop, i.step))
            return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"
        return str(i) if isinstance(i, int) else "…"

    return ", ".join(map(part, index))


def at(words: tuple[str, ...], slot: int) -> str:
    """What stands for an input; the last for all that follow."""
    return words[min(slot, len(words) - 1)]


class _Known(dict):
    """An operation's parameters; one that the graph does not hold is written as dots."""

    def __missing__(self, name: str) -> str:
        return "…"


class Step:
    """One operation of the graph."""

    def __init__(self, record: OperationRecord, identity: str) -> None:
        self.record = record
        self.name = record.name
        self.id = identity
        words = WITH_ALPHA if record.parameters.get("alpha", 1) != 1 and record.name in WITH_ALPHA else WORDS
        self.word = words.get(record.name) or OWN.get(record.name)
        self.outputs: list[str] = []  # ids of tensors: those of its outputs that the graph uses
        self.inputs: list[str | None] = []  # ids of tensors
        self.written: list[tuple[str, float]] = []  # the inputs as expressions, each with how strongly it binds
        self.parameters = _Known(record.parameters)
        self.numbers = [i.number for i in record.inputs]
        self.locals: list[np.ndarray | None] = []
        self.line: int | None = None

    @property
    def output(self) -> str:
        """The tensor that stands for the operation: its output, the first of several."""
        return self.outputs[0]

    @property
    def pointwise(self) -> bool:
        """Whether the rule multiplies element by element: a reduction does where its output is one number."""
        if self.word is None or not self.word.pointwise:
            return False
        shape = self.record.outputs[0].shape
        given = [i.tensor.shape for i in self.record.inputs if i.tensor is not None]
        return shape == () or all(math.prod(s) <= math.prod(shape) for s in given)

    @property
    def constant(self) -> float | None:
        """The Python number among the inputs."""
        return next((n for n in self.numbers if n is not None), None)

    def symbol(self) -> str:
        word = self.word
        if word is None:
            return self.name.rpartition("::")[2].split("Backward")[0].lower()
        if self.name == "PowBackward0":
            return "x" + number(self.parameters["exponent"]).translate(SUPERSCRIPT)
        if self.constant is not None and word.symbol in "+−×÷":
            return f"{word.symbol}{number(self.constant)}"
        if self.name == "RsubBackward1":
            return f"{_written(self.parameters['other'])}−"
        if word.symbol == "[…]":
            return f"[{index_text(self.parameters['index'])}]"
        return word.symbol.format_map(self._written_parameters())

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.written]

    def expression(self, nr: int = 0) -> str:
        """An output of the operation as the learner would write it, with brackets where they are needed."""
        if self.word is None:
            return f"{self.symbol()}({', '.join(self.names)})"
        template, strength = self.word.expression, self.word.strength
        if template.startswith("{0}.permute") and self._reverses():
            template = "{0}.T"
        called = strength == 3 and not template.startswith("{0}")  # f(a+b) needs no more brackets
        parts = [
            f"({name})"
            if not called
            and (given < strength or (given == strength < 3 and (template[1] != str(slot) or "**" in template)))
            else name
            for slot, (name, given) in enumerate(self.written)
        ]
        given = _Known(
            {
                name: value[0] if isinstance(value, tuple) and len(value) == 1 else value
                for name, value in self.parameters.items()
            }
        )
        given["index"], given["inputs"] = index_text(self.parameters.get("index", ())), ", ".join(self.names)
        given["nr"] = nr
        return Formatter().vformat(template, parts, given)

    def _reverses(self) -> bool:
        dims = self.parameters["dims"]
        return all(d % len(dims) == len(dims) - 1 - i for i, d in enumerate(dims))

    def formula(self, slot: int) -> str:
        """The local derivative with respect to an input, as a formula; where there is no word for it, its name."""
        return self.name if self.word is None else self.text(at(self.word.formulas, slot))

    def local_formula(self, slot: int) -> str:
        """The local derivative named by the expressions it is of, such as ``∂(x·y)/∂x``, where they are short."""
        if not self.pointwise:
            return self.formula(slot)
        expression, name = (text.replace("**", "^").replace("*", "·") for text in (self.expression(), self.names[slot]))
        if len(expression) > 18 or len(name) > 10:
            formula = "∂out/∂in"
        else:
            formula = f"∂({expression})/∂{name if self.names[slot].isidentifier() else f'({name})'}"
        if self.inputs.count(self.inputs[slot]) > 1:
            factor = "factor" if self.symbol() == "×" else "input"
            formula += f", {('first', 'second', 'third')[slot]} {factor}"
        return formula

    def text(self, template: str) -> str:
        """A formula with this operation's parameters in place."""
        if self.name == "PowBackward0":
            a = self.parameters["exponent"]
            power = "" if a == 2 else number(a - 1).translate(SUPERSCRIPT)
            return f"∂out/∂in = {number(a)}·in{power}" if a != 1 else "∂out/∂in = 1"
        for slot, word in enumerate(("first", "second")):
            if slot < len(self.numbers) and (given := self.numbers[slot]) is not None:
                template = re.sub(rf"(?<=[=/−·( ]){word}|^{word}", number(given), template)
                template = template.replace("∂first" if slot else "∂second", "∂in")
        return template.format_map(self._written_parameters())

    def _written_parameters(self) -> _Known:
        return _Known({name: number(v) for name, v in self.parameters.items() if isinstance(v, int | float)})


def _written(value: float | str) -> str:
    return value if isinstance(value, str) else number(value)
