"""The steps of a forward and a backward pass, each with its numbers and one plain sentence."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np

from .engines.records import RESULT
from .numbers import Json, array_json, array_text, number, shape_text
from .steps import Step, at

if TYPE_CHECKING:
    from .trace import Trace

Sentence = list[list[str]]

CHANGED = "changed since"  # where an operation used another value than the tensor has now


class _Words(list):
    """A sentence in parts, each with its role."""

    def text(self, words: str) -> _Words:
        self.append(["text", words])
        return self

    def strong(self, words: str) -> _Words:
        self.append(["strong", words])
        return self

    def code(self, words: str) -> _Words:
        self.append(["code", words])
        return self


class Frames:
    """Runs the backward pass under the engine's observer and writes down each step."""

    def __init__(self, trace: Trace, gradient: Any) -> None:
        self.trace = trace
        self.frames: list[Json] = []
        self.arrived: dict[str, int] = {}
        self.tensors = {t["id"]: t for t in trace.tensors.values()}
        self.expected: dict[str, int] = {}
        for edge in trace.edges:
            if edge["carries_gradient"]:
                self.expected[edge["source"]] = self.expected.get(edge["source"], 0) + 1
        for step in trace.steps:
            trace.measure_locals(step)  # before the pass, in case the graph is not kept
        for step in trace.steps:
            self._forward(step)
        trace.reader.backward(gradient, self)
        self._end()

    def _add(self, **given: Any) -> None:
        frame: Json = {
            "phase": "backward",
            "kind": "",
            "operation": None,
            "edge": None,
            "tensor": None,
            "line": None,
            "call_line": None,
            "upstream": None,
            "local": None,
            "contribution": None,
            "old": None,
            "new": None,
            "arrived": 0,
            "expected": 0,
            "sentence": [],
            "freed": [],
        }
        self.frames.append({**frame, **given})

    def _forward(self, step: Step) -> None:
        output = step.output
        entry = self.tensors[output]
        names = [self.tensors[tensor]["name"] for tensor in step.outputs]
        sentence = _Words().text("Forward: ").code(", ".join(names))
        if len(names) > 1:
            sentence.text(f" are {len(names)} outputs of one operation")
        elif entry["value"] is not None:
            # The equation beside it writes a matrix out; in a sentence it could not be read.
            matrix = len(entry["shape"]) > 1
            sentence.text(" has shape " if matrix else " is ")
            sentence.code(shape_text(entry["shape"]) if matrix else entry["value"]["text"])
        elif entry["why_no_value"] == CHANGED:
            sentence.text(" was computed, and changed in place since")
        else:
            sentence.text(" was computed, but nobody kept its value")
        sentence.text(". The graph remembers ").strong(step.name)
        kept = ["result" if s.source == RESULT else step.names[s.source] for s in step.record.saved]
        if kept == ["result"]:
            sentence.text(", which saves its own result for the way back.")
        elif kept:
            sentence.text(", which saves ").code(" and ".join(dict.fromkeys(kept))).text(" for the way back.")
        else:
            sentence.text(", which needs to save nothing.")
        self._add(
            phase="forward", kind="operation", operation=step.id, tensor=output, line=step.line, sentence=sentence
        )

    # What the engine tells

    def seed(self, gradient: np.ndarray) -> None:
        """The walk starts at the result with this cotangent."""
        entry = self.trace.result
        name = entry["name"]
        sentence = _Words().code("backward()").text(" starts at ").code(name)
        if gradient.ndim == 0:
            sentence.text(" with ").strong("1").text(": the derivative of ").code(name).text(" with respect to itself.")
        else:
            sentence.text(" with v = ").code(array_text(gradient)).text(": one weight for each output.")
        if gradient.ndim == 0 and gradient != 1:
            sentence = _Words().code("backward()").text(" starts at ").code(name).text(" with the given gradient ")
            sentence.code(array_text(gradient)).text(".")
        self._add(kind="seed", tensor=entry["id"], new=array_json(gradient), sentence=sentence)

    def contribution(
        self,
        node: Any,
        slot: int,
        upstream: list[np.ndarray | None],
        contribution: np.ndarray,
        old: np.ndarray | None,
        new: np.ndarray,
    ) -> None:
        """A node sent a contribution to one of its inputs."""
        step = self.trace.by_node[node]
        target = step.inputs[slot]
        assert target is not None
        self.arrived[target] = arrived = self.arrived.get(target, 0) + 1
        expected = self.expected[target]
        word = step.word
        local = step.locals[slot]
        name = self.tensors[target]["name"]
        sentence = _Words().strong(step.name).text(" ")
        if step.constant is not None and step.name == "MulBackward0":
            sentence.text(f"multiplies the upstream gradient by {number(step.constant)}")
        elif word is not None:
            _emphasise(sentence, step.text(at(word.rules, slot)))
        else:
            sentence.text("applies its gradient rule")
        sentence.text(".")
        if expected > 1:
            if step.inputs.count(target) > 1 and arrived == 1:
                sentence.text(" The other factor is " if word and word.symbol == "×" else " The other input is ")
                sentence.code(name).text(" again, so ").code(name)
                sentence.text(" will receive a second contribution: ").strong("they add").text(".")
            elif arrived < expected:
                sentence.text(" ").code(name).text(f" is used {expected} times: it waits for ")
                more = expected - arrived
                sentence.text(f"{more} more contribution{'s' if more > 1 else ''}.")
            else:
                sentence.text(" This is the last of ").text(f"{expected} contributions to ").code(name)
                sentence.text(": old and new ").strong("add").text(".")
        if local is not None and local.shape != contribution.shape:
            sentence.text(f" {name} was broadcast, so its copies are summed.")
        last = not any(i.carries_gradient for i in step.record.inputs[slot + 1 :])
        saves = any(saved.state == "kept" for saved in step.record.saved)
        self._add(
            kind="contribution",
            operation=step.id,
            edge=self.trace.edge_ids[node, slot],
            tensor=target,
            line=step.line,
            upstream=array_json(upstream[0]) if len(upstream) == 1 else None,
            local={"formula": step.local_formula(slot), "value": array_json(local)},
            contribution=array_json(contribution),
            old=array_json(old),
            new=array_json(new),
            arrived=arrived,
            expected=expected,
            sentence=sentence,
            freed=[step.id] if last and saves else [],
        )

    def accumulate(self, key: Hashable, gradient: np.ndarray, old: np.ndarray | None, new: np.ndarray) -> None:
        """A leaf's gradient is complete and was added to its ``grad``."""
        entry = self.trace.tensors[key]
        name = entry["name"]
        sentence = _Words().strong("AccumulateGrad").text(" at the leaf ").code(name)
        if old is None:
            sentence.text(": ").code(f"{name}.grad").text(" was None, so it becomes the gradient that arrived.")
        else:
            sentence.text(": ").code(f"{name}.grad").text(" still held ").code(array_text(old))
            sentence.text(" from before. It ").strong("adds, it does not replace").text(".")
        self._add(
            kind="accumulate",
            tensor=entry["id"],
            line=entry["line"],
            contribution=array_json(gradient),
            old=array_json(old),
            new=array_json(new),
            arrived=self.expected.get(entry["id"], 0),
            expected=self.expected.get(entry["id"], 0),
            sentence=sentence,
        )

    def _end(self) -> None:
        leaves = [t["name"] for t in self.trace.tensors.values() if t["kind"] == "leaf"]
        sentence = _Words().text("Done: every leaf has its gradient (")
        sentence.code(", ".join(f"{name}.grad" for name in leaves)).text("). ")
        freed = [step.id for step in self.trace.steps if step.record.saved]
        if freed:
            sentence.text("Now the graph frees what it saved, unless ").code("retain_graph=True")
            sentence.text("; after that a second backward() raises. ")
        sentence.text("All of this was a rehearsal: your own tensors are as they were.")
        self._add(phase="end", kind="end", sentence=sentence, freed=freed)


def _emphasise(sentence: _Words, words: str) -> None:
    """The words, with what carries the idea in bold."""
    before, found, after = words.partition("other")
    sentence.text(before)
    if found:
        sentence.strong(found).text(after)
