"""The steps of a forward and a backward pass, each with its numbers and one plain sentence."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np

from minigrad import errors

from .engines.records import RESULT, WrongWalk
from .numbers import Json, array_json, array_text, number, shape_text
from .steps import Step, at

if TYPE_CHECKING:
    from .trace import Trace

Sentence = list[list[str]]

FREED = "Trying to backward through the graph a second time"  # so begins the error of both engines
HINTS = {
    FREED: errors.second_backward().__notes__,
    "one of the variables needed": errors.modified("FloatTensor", (), "", 1, 0).__notes__,
}
REMEMBERED = 64  # arrays: an array is seen again soon, or not at all
CHANGED = "changed since"  # where an operation used another value than the tensor has now


class _Words(list):
    """A sentence in parts, each with its role."""

    def text(self, words: str) -> _Words:
        if self and self[-1][0] == "text":
            self[-1][1] += words
        elif words:
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

    def __init__(self, trace: Trace, gradient: Any, retain_graph: bool, passes: int) -> None:
        self.trace = trace
        self.retain_graph = retain_graph
        self.passes = passes
        self.begun = 0  # passes
        self.frames: list[Json] = []
        self.arrived: dict[str, int] = {}
        self.described: dict[int, tuple[np.ndarray, Json | None]] = {}
        self.call = self._call(gradient)
        self.call_line: int | None = None
        self.tensors = {t["id"]: t for t in trace.tensors.values()}
        self.expected: dict[str, int] = {}
        for edge in trace.edges:
            if edge["carries_gradient"]:
                self.expected[edge["source"]] = self.expected.get(edge["source"], 0) + 1
        for step in trace.steps:
            trace.measure_locals(step)  # before the pass, in case the graph is not kept
        for step in trace.steps:
            self._forward(step)
        trace.reader.backward(gradient, self, passes, retain_graph)
        if self.frames[-1]["kind"] != "error":
            self._end()

    def _call(self, gradient: Any) -> str:
        """The learner's line that starts a pass."""
        given = [] if gradient is None else [self.trace.names.get(id(gradient), "v")]
        keeping = ["retain_graph=True"] if self.retain_graph else []
        return f"{self.trace.result['name']}.backward({', '.join(given + keeping)})"

    def _add(self, **given: Any) -> None:
        frame: Json = {
            "phase": "backward",
            "pass": self.begun,
            "kind": "",
            "operation": None,
            "edge": None,
            "tensor": None,
            "line": None,
            "call_line": self.call_line,
            "upstream": None,
            "local": None,
            "contribution": None,
            "old": None,
            "new": None,
            "arrived": 0,
            "expected": 0,
            "sentence": [],
            "freed": [],
            "error": None,
        }
        self.frames.append({**frame, **given})

    def _json(self, array: np.ndarray | None) -> Json | None:
        """An array as data; the next node gets what the last one sent, and `x*x` the same local derivative twice."""
        if array is None:
            return None
        found, known = self.described.get(id(array), (None, None))
        if found is not array:
            if len(self.described) >= REMEMBERED:
                self.described.clear()
            self.described[id(array)] = (array, known := array_json(array))
        return known

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
        kept = self._saved(step)
        if kept == ["result"]:
            sentence.text(", which saves its own result for the way back.")
        elif kept:
            sentence.text(", which saves ").code(" and ".join(kept)).text(" for the way back.")
        elif self.trace.reader.engine == "own":  # what its rules hold on to is not known
            sentence.text(".")
        else:
            sentence.text(", which needs to save no tensor.")
        self._add(
            phase="forward", kind="operation", operation=step.id, tensor=output, line=step.line, sentence=sentence
        )

    @staticmethod
    def _saved(step: Step) -> list[str]:
        """What an operation saved, by name."""
        saved = step.record.saved
        return list(dict.fromkeys("result" if s.source == RESULT else step.names[s.source] for s in saved))

    # What the engine tells

    def seed(self, gradient: np.ndarray) -> None:
        """The walk starts at the result with this cotangent."""
        if self.begun:
            self._end()
        self.begun += 1
        self.arrived.clear()
        self.trace.code.add(self.call)
        self.call_line = len(self.trace.code.lines)
        entry = self.trace.result
        name = entry["name"]
        sentence = _Words().text("Again: " if self.begun > 1 else "").code("backward()").text(" starts at ").code(name)
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
        frees = last and not self.retain_graph and any(saved.state == "kept" for saved in step.record.saved)
        if frees:
            sentence.text(" Then ").strong(step.name).text(" frees what it saved (")
            sentence.code(", ".join(self._saved(step))).text(").")
        self._add(
            kind="contribution",
            operation=step.id,
            edge=self.trace.edge_ids[node, slot],
            tensor=target,
            line=step.line,
            upstream=self._json(upstream[0]) if len(upstream) == 1 else None,
            local={"formula": step.local_formula(slot), "value": self._json(local)},
            contribution=self._json(contribution),
            old=self._json(old),
            new=self._json(new),
            arrived=arrived,
            expected=expected,
            sentence=sentence,
            freed=[step.id] if frees else [],
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

    def failure(self, node: Any, error: Exception) -> None:
        """The walk ends: the rule or a hook of a node raised."""
        notes = getattr(error, "__notes__", [])
        if not notes:  # PyTorch's own have no hint
            notes = next((hint for words, hint in HINTS.items() if str(error).startswith(words)), [])
        step = self.trace.by_node.get(node)
        entry = self.tensors[step.outputs[0]] if step else self.trace.tensors[node]
        sentence = _Words().strong(step.name if step else "AccumulateGrad")
        if step and str(error).startswith(FREED):
            saved = self._saved(step) or [number(n) for n in step.numbers if n is not None]
            sentence.text(" needs ").code(" and ".join(saved) or "what it saved").text(" for its rule, and ")
            sentence.text("the first " if self.begun > 1 else "an earlier ").code("backward()").text(" freed it. ")
        elif step and any(saved.state == "modified" for saved in step.record.saved):
            sentence.text(" needs ").code(" and ".join(self._saved(step)))
            sentence.text(" as it was in the forward pass, and it was changed in place since. ")
        elif isinstance(error, WrongWalk):
            sentence.text(" is where this walk goes wrong. ")
        else:
            sentence.text(f" raises {type(error).__name__}. ")
        sentence.text("The walk ends here: ").strong("nothing further back gets a gradient").text(".")
        self._add(
            phase="error",
            kind="error",
            operation=step.id if step else None,
            tensor=entry["id"],
            line=step.line if step else entry["line"],
            sentence=sentence,
            error={
                "type": type(error).__name__,
                "text": str(error),
                "hint": " ".join(" ".join(notes).split()).removeprefix("Hint: "),
            },
        )

    def _end(self) -> None:
        leaves = [t["name"] for t in self.trace.tensors.values() if t["kind"] == "leaf"]
        sentence = _Words().text("Done: every leaf has its gradient (")
        sentence.code(", ".join(f"{name}.grad" for name in leaves)).text("). ")
        saving = [step.id for step in self.trace.steps if step.record.saved]
        if saving and self.retain_graph:
            sentence.text("The graph still has all that it saved: ").code("retain_graph=True").text(" kept it, ")
            sentence.text("so ").code("backward()").text(" can run again. ")
        elif saving:
            sentence.text("The graph freed what it had saved: a second ").code("backward()").text(" raises, unless ")
            sentence.text("the first is told ").code("retain_graph=True").text(". ")
        if self.begun == self.passes:
            sentence.text("All of this was a rehearsal: your own tensors are as they were.")
        self._add(phase="end", kind="end", sentence=sentence, freed=[] if self.retain_graph else saving)


def _emphasise(sentence: _Words, words: str) -> None:
    """The words, with what carries the idea in bold."""
    before, found, after = words.partition("other")
    sentence.text(before)
    if found:
        sentence.strong(found).text(after)
