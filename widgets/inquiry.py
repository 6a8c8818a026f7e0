"""What there is to say of a tensor's gradient: the pass it came from, the paths it came along, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .engines.records import array_of, ends_at_leaf, nodes_behind
from .frames import Sentence
from .numbers import Json, array_text, shape_text
from .paths import MOST, Hop, Path, Paths, Use
from .reasons import Reason, why_no_grad, why_untracked
from .sentences import said
from .trace import Trace

WORDS = ("No path leads", "One path leads", "Two paths lead", "Three paths lead", "Four paths lead", "Five paths lead",
         "Six paths lead")  # fmt: skip
LISTED_USES = 8
LARGEST_PICTURE = 80  # tensors and operations
TIMES = {2: "twice", 3: "three times", 4: "four times", 5: "five times"}


@dataclass
class Account:
    """What is said of a tensor: the question, the answer, what to do; for a gradient, the paths it came along."""

    question: str
    reason: Reason
    facts: list[tuple[str, str, str]]
    rows: list[Row] = field(default_factory=list)
    total: str = ""
    trace: Json | None = None


@dataclass
class Row:
    """A path, or a use of the tensor, with its part of the gradient; ``nodes`` and ``edges`` are those it goes over."""

    way: str
    factors: list[str]
    part: str
    nodes: list[str]
    edges: list[str]

    def equation(self) -> str:
        return f"{' × '.join(self.factors)} = {self.part}" if self.factors else self.part


class Inquiry:
    """A tensor, and the learner's variables around it."""

    def __init__(self, tensor: Any, gradient: Any, tensors: Mapping[str, Any]) -> None:
        self.tensor = tensor
        self.gradient = gradient
        self.tensors = tensors
        self.name = next((name for name, value in tensors.items() if value is tensor), "this tensor")
        grad = grad_of(tensor)
        self.grad = None if grad is None else array_of(grad)
        self.facts = [
            ("requires_grad", str(tensor.requires_grad), ""),
            ("is_leaf", str(tensor.is_leaf), ""),
            ("grad_fn", "None" if tensor.grad_fn is None else _operation(tensor), ""),
            ("dtype", str(tensor.dtype), ""),
            ("grad", "None" if self.grad is None else array_text(self.grad), "" if self.grad is None else "grad"),
        ]

    def account(self, output: Any) -> Account:
        if not self.tensor.requires_grad:
            reason = why_untracked(self.tensor, self.name, self.tensors)
            if self.grad is not None:
                reason.answer += said(f" `{self.name}.grad` is left from when it did.")
            return self._account(f"Why does {self.name} not require grad?", reason)
        if output is not None:
            return self._of_output(self._passed("", output))
        if self.grad is None:
            return self._of_none()
        return self._of_number()

    def _account(self, question: str, reason: Reason, passed: Passed | None = None) -> Account:
        if not self.name.isidentifier():
            reason.code = []  # it would have to name the tensor
        if passed is None or passed.paths is None:
            return Account(question, reason, self.facts)
        small = len(passed.trace.tensors) + len(passed.trace.steps) <= LARGEST_PICTURE
        trace = passed.trace.to_json([]) if small else None
        return Account(question, reason, self.facts, passed.rows(), array_text(passed.total), trace)

    def _passed(self, name: str, output: Any) -> Passed:
        return Passed(output, name, self.tensor, self.gradient, self.tensors)

    def _why_number(self) -> str:
        assert self.grad is not None
        shown = array_text(self.grad)
        return f"Why is {self.name}.grad {shown}?" if self.grad.size <= 6 else f"Why is {self.name}.grad what it is?"

    def _of_output(self, passed: Passed) -> Account:
        """What one pass from the given output sends to the tensor, beside what its grad holds."""
        if not passed.count:
            answer = f"No path leads from `{passed.name}` back to `{self.name}`: it was not computed from it, or the "
            answer += "history was cut on the way, by `detach()` or `no_grad` for instance."
            return self._account(f"Why does {passed.name} send no gradient to {self.name}?", Reason(said(answer)))
        if self.grad is not None:
            return self._account(self._why_number(), self._held_against(passed), passed)
        question = f"What does one backward pass from {passed.name} send to {self.name}?"
        return self._account(question, Reason(passed.answer()), passed)

    def _of_none(self) -> Account:
        outputs = _outputs(self.tensor, self.tensors)
        passes = [self._passed(name, output) for name, output in list(outputs.items())[:MOST]]
        freed = any(passed.freed for passed in passes)
        reason = why_no_grad(self.tensor, self.name, self.tensors, outputs, freed)
        passed = next((p for p in passes if p.paths is not None), None)
        if self.tensor.is_leaf or passed is None:
            return self._account(f"Why is {self.name}.grad None?", reason)
        reason.answer += said(f" What passes through from `{passed.name}` is the sum below.")
        return self._account(f"Why is {self.name}.grad None?", reason, passed)

    def _of_number(self) -> Account:
        """Look for the pass that gave the gradient: one, several of the same, or one from each output."""
        assert self.grad is not None
        passes: list[Passed] = []
        for name, output in list(_outputs(self.tensor, self.tensors).items())[:MOST]:
            passes.append(self._passed(name, output))
            if passes[-1].paths is not None and self._times(passes[-1]) == 1:
                break  # no other can fit better
        known = [passed for passed in passes if passed.paths is not None]
        if not known:
            return self._account(self._why_number(), self._of_nothing(passes))
        matching = [passed for passed in known if self._times(passed)]
        if matching:
            passed = min(matching, key=self._times)
            return self._account(self._why_number(), self._held_against(passed), passed)
        roots = [passed for passed in known if not any(passed.is_inside(other) for other in known)]
        if len(roots) > 1 and _same(self.grad, sum(passed.total for passed in roots)):
            listed = "; ".join(f"`{p.name}` gives {array_text(p.total)}" for p in roots)
            answer = f"It is the sum of a pass from each of these: {listed}. Gradients add up in `{self.name}.grad`."
            advice = f"`explain({self.name}, {roots[0].name})` shows the paths of one of them."
            return self._account(self._why_number(), Reason(said(answer), said(advice)))
        return self._account(self._why_number(), self._held_against(roots[0]), roots[0])

    def _times(self, passed: Passed) -> int:
        """How many such passes make up the gradient; 0 where no number of them does."""
        assert self.grad is not None
        return next((times for times in range(1, 101) if _same(self.grad, times * passed.total)), 0)

    def _held_against(self, passed: Passed) -> Reason:
        """The gradient that is there beside what one pass gives."""
        assert self.grad is not None
        name, total, held = self.name, array_text(passed.total), array_text(self.grad)
        reason = Reason(passed.answer())
        if passed.paths is None:
            return Reason(said(passed.why_unknown))
        times = self._times(passed)
        if times == 1:
            return reason
        emptied = f"`{name}.grad = None` or `optimizer.zero_grad()` empties it before the next pass."
        first = ""
        if times:
            often = TIMES.get(times, f"{times} times")
            first = (
                f"`{name}.grad` is **{often} as much** as one pass gives: gradients add up. `backward()` went back "
                f"from `{passed.name}` {often}, and nothing emptied `{name}.grad` in between. "
            )
            reason.advice = said(emptied)
        elif not self.grad.any():
            first = (
                f"`{name}.grad` was emptied since, as `zero_()` does; the next pass adds to these zeros. One pass "
                f"from `{passed.name}` gives {total}. "
            )
        else:
            first = (
                f"`{name}.grad` holds {held}, and one pass from `{passed.name}`, as things are now, gives {total}. "
                "The rest is from before: another `backward()`, or other values; or a hook changed it on the way. "
            )
            reason.advice = said(f"{emptied} `explain({name}, output)` shows what another output gives.")
        reason.answer = said(first) + reason.answer
        return reason

    def _of_nothing(self, passes: list[Passed]) -> Reason:
        if passes:
            return Reason(said(passes[0].why_unknown))
        return Reason(
            said("The graph it came through is gone: no variable of yours holds the tensor that `backward()` was "
                 "called on, nor anything else that was computed from it."),
            said("Give that tensor a name, and ask again."),
            ["out = …   # instead of (…).backward()", "out.backward()", f"explain({self.name}, out)"],
        )  # fmt: skip


class Passed:
    """One backward pass from ``output``, as it would send a gradient to a tensor. No ``grad`` is touched.

    ``paths`` is None where there are none, or where the graph was used up and what it needs is gone.
    """

    def __init__(self, output: Any, name: str, tensor: Any, gradient: Any, tensors: Mapping[str, Any]) -> None:
        self.output = output
        self.trace = Trace(output, tensors)
        self.name = name or self.trace.result["name"]
        self.freed = any(s.state == "freed" for step in self.trace.steps for s in step.record.saved)
        self.why_unknown = ""
        self.paths: Paths | None = None
        target = self.trace.tensors.get(self.trace.reader.key(tensor))
        self.target_name = "" if target is None else target["name"]
        self.count = 0
        if target is None:
            return
        shape, dtype = tuple(self.trace.result["shape"]), self.trace.result["dtype"]
        seed = np.ones(shape, dtype) if gradient is None else array_of(gradient).astype(dtype)
        if seed.shape != shape:
            given, wanted = shape_text(seed.shape), shape_text(shape)
            raise ValueError(f"gradient must have the shape of the output, {wanted}, and is {given}")
        self.count = 1
        try:
            self.paths = Paths(self.trace, target["id"], seed)
            self.count = self.paths.count
        except RuntimeError:
            self.why_unknown = (
                f"`backward()` has used up the graph of `{self.name}`: what its operations had saved is freed, so the "
                f"paths cannot be followed any more. Compute `{self.name}` again and ask before `backward()`, or keep "
                "the graph with `backward(retain_graph=True)`."
            )
        if not self.count:
            self.paths = None

    @property
    def total(self) -> np.ndarray:
        """What arrives at the tensor."""
        assert self.paths is not None
        return np.asarray(self.paths.total)

    def is_inside(self, other: Passed) -> bool:
        """Whether the output is an intermediate of another pass."""
        return other is not self and self.trace.reader.key(self.output) in other.trace.tensors

    def answer(self) -> Sentence:
        """How the paths make up the gradient."""
        if self.paths is None:
            return said(self.why_unknown)
        output, target, count = self.name, self.target_name, self.paths.count
        seed = "" if self.trace.result["shape"] == [] else f" `{output}` is no scalar: it starts with the vector v."
        if count > MOST:
            return said(
                f"**{count:,} paths** lead from `{output}` back to `{target}`, too many to write out. Each use of "
                f"`{target}` sends back what its paths have in common; the uses add up.{seed}"
            )
        if count == 1:
            return said(
                f"One path leads from `{output}` back to `{target}`: along it the local derivatives **multiply**.{seed}"
            )
        return said(
            f"{WORDS[count]} from `{output}` back to `{target}`. Along a path the local derivatives **multiply**; "
            f"the paths **add up**.{seed}"
        )

    def rows(self) -> list[Row]:
        """The paths; of many, the uses of the tensor."""
        assert self.paths is not None
        if self.paths.listed:
            return [self._row(path) for path in self.paths.listed]
        first, rest = self.paths.uses[:LISTED_USES], self.paths.uses[LISTED_USES:]
        rows = [self._row_of(use) for use in first]
        if rest:
            together = array_text(np.asarray(sum(use.contribution for use in rest)))
            rows.append(Row(f"{len(rest):,} more uses together", [], together, [], []))
        return rows

    def _row(self, path: Path) -> Row:
        names = {entry["id"]: entry["name"] for entry in self.trace.tensors.values()}
        way, nodes, edges = self.name, [self.trace.result["id"]], []
        for hop in path.hops:
            twice = hop.step.inputs.count(hop.source) > 1
            place = f" ({('first', 'second', 'third')[hop.slot]})" if twice and hop.slot < 3 else ""
            way += f" ← {names[hop.source]}{place}"
            nodes += [hop.step.id, hop.source]
            edges += [self._out(hop), self.trace.edge_ids[hop.step.record.node, hop.slot]]
        seed = array_text(self.paths.seed) if self.paths is not None else ""
        return Row(way, [seed, *path.factors], array_text(path.contribution), nodes, edges)

    @staticmethod
    def _out(hop: Hop) -> str:
        """How a drawing calls the edge from an operation to one of its outputs."""
        return f"out:{hop.step.id}:{hop.step.outputs[hop.output]}"

    def _row_of(self, use: Use) -> Row:
        step = use.hop.step
        line = "" if step.line is None else f", line {step.line}"
        paths = "1 path" if use.paths == 1 else f"{use.paths:,} paths"
        edge = self.trace.edge_ids[step.record.node, use.hop.slot]
        return Row(f"{step.name}{line}: {paths}", [], array_text(use.contribution), [step.id, use.hop.source], [edge])


def _outputs(tensor: Any, tensors: Mapping[str, Any]) -> dict[str, Any]:
    """The learner's tensors that were computed from ``tensor``, first those from which nothing else was computed."""
    behind = {name: _behind(value) for name, value in tensors.items() if value.grad_fn is not None}
    key = id(tensor) if tensor.grad_fn is None else tensor.grad_fn
    found = [n for n in behind if key in behind[n] and tensors[n].grad_fn is not tensor.grad_fn]
    inner = {n for n in found if any(tensors[n].grad_fn in behind[m] for m in found if m != n and
                                     tensors[m].grad_fn is not tensors[n].grad_fn)}  # fmt: skip
    return {n: tensors[n] for n in sorted(found, key=lambda n: n in inner)}


def _behind(tensor: Any) -> set[Any]:
    """The nodes behind a tensor, and the ids of the leaves where they end."""
    nodes = nodes_behind(tensor)
    return nodes | {id(node.variable) for node in nodes if ends_at_leaf(node)}


def grad_of(tensor: Any) -> Any:
    """The gradient that a tensor holds; asking a computed tensor that holds none would warn."""
    return tensor.grad if tensor.is_leaf or tensor.retains_grad else None


def _operation(tensor: Any) -> str:
    return tensor.grad_fn.name()


def _same(one: np.ndarray, other: Any) -> bool:
    scale = max((float(np.abs(a[np.isfinite(a)]).max(initial=0)) for a in (one, np.asarray(other))), default=0.0)
    return bool(np.allclose(one, other, rtol=1e-5, atol=1e-6 * scale, equal_nan=True))
