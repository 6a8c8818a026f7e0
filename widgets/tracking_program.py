"""The lines that TrackingExplorer shows, run for real, and what came of each."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from keyword import iskeyword
from typing import Any

import numpy as np

import minigrad

from .drawing import Drawing
from .engines import check_tensor
from .engines.records import array_of, ends_at_leaf, nodes_behind
from .frames import Sentence
from .numbers import Json, array_text
from .recording import record
from .sentences import said
from .trace import Trace
from .tracking_picture import memory_picture

LARGEST_PICTURE = 40  # tensors and operations

# How each variant makes b of a, and what its lines stand in.
VARIANTS = {
    "plain": ("b = a", ""),
    "requires_grad_(False)": ("b = a.requires_grad_(False)", ""),
    "detach()": ("b = a.detach()", ""),
    "detach().clone()": ("b = a.detach().clone()", ""),
    "no_grad()": ("b = a", "with torch.no_grad():"),
    ".data": ("b = a.data", ""),
}
WRITE = "b.mul_(10)"


class Program:
    """The lines of all variants, for one function and one tensor."""

    def __init__(self, f: Callable[[Any], Any] | None, x: Any) -> None:
        if f is not None and not callable(f):
            raise TypeError(f"TrackingExplorer takes a function f of one tensor, got {type(f).__name__}")
        if x is not None:
            check_tensor(x)
            if not x.dtype.is_floating_point:
                raise ValueError(f"x must hold real floating-point numbers to require grad, and holds {x.dtype}")
        self.f = f
        self.torch = minigrad if x is None else sys.modules[_engine_of(x)]
        self.x = None if x is None else x.detach().clone()
        name = getattr(f, "__name__", "f")
        taken = not name.isidentifier() or iskeyword(name) or name in ("a", "b", "y", "z", "x", "torch")
        self.name = "f" if taken else name
        self.is_scalar = True
        self.is_scalar = self._try().ndim == 0

    def _try(self) -> Any:
        """Run the function once, for its errors to be raised to whoever gave it."""
        a = self._start()["a"]
        try:
            with self.torch.enable_grad():
                y = a.mul(a).sum() if self.f is None else self.f(a)
        except Exception as error:
            error.add_note(f"Hint: TrackingExplorer called f(a) with a = {array_text(array_of(a))}.")
            raise
        if not isinstance(y, self.torch.Tensor):
            raise TypeError(f"f must return a tensor, and returned {type(y).__name__}")
        return y

    def _start(self) -> dict[str, Any]:
        names = {"torch": self.torch, self.name: self.f, "x": None if self.x is None else self.x.clone()}
        exec(self._first(), names)
        return names

    def _first(self) -> str:
        if self.x is None:
            return "a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)"
        return "a = x.detach().clone().requires_grad_()"

    def expression(self, of: str) -> str:
        """The expression, as code, for one of the tensors."""
        return f"({of} * {of}).sum()" if self.f is None else f"{self.name}({of})"

    def reduced(self, result: str) -> str:
        """What ``backward()`` is called on."""
        return result if self.is_scalar else f"{result}.sum()"

    def run(self, variant: str, write: bool) -> Run:
        """Run the lines of a variant, each as a cell of its own would be."""
        make, block = VARIANTS[variant]
        names = self._start()
        run = Run(variant, write, names)

        def within(code: str) -> list[str]:
            return [block, f"    {code}"] if block else [code]

        with self.torch.enable_grad(), record():
            run.note("base", [self._first()], _about_a(names["a"]))
            run.step("base", [f"y = {self.expression('a')}"], lambda: _about_result(names["y"]))
            if run.error is not None:  # a function that keeps a state may raise the second time
                raise run.error
            run.right = self._gradient(names["y"], names["a"])
            run.step("base", [make], run.about_b)
            run.step("base", within(f"z = {self.expression('b')}"), lambda: _about_result(names["z"]))
            run.look()
            if write:
                run.step("write", within(WRITE), run.about_write)
        run.look_again()
        with self.torch.enable_grad(), _other_grads_put_back(names["a"], names["y"], names.get("z")):
            run.step("backward", [f"{self.reduced('y')}.backward()"], run.about_gradient)
            run.gave_right = run.is_right()
            run.step("backward", [f"{self.reduced('z')}.backward()"], run.about_second)
        return run

    def _gradient(self, y: Any, a: Any) -> np.ndarray | None:
        """What ``a.grad`` should be, asked before anything is written: None where nothing arrives."""
        if not y.requires_grad:
            return None
        (gradient,) = self.torch.autograd.grad(y.sum(), a, retain_graph=True, allow_unused=True)
        return None if gradient is None else array_of(gradient).copy()


Outcome = tuple[str, str]  # how it went ("", "value", "grad", "error" or "wrong"), and what it gave


@dataclass
class Line:
    text: str
    stage: str
    outcome: Outcome = ("", "")


@dataclass
class Run:
    """What one variant did, with or without the write, line by line."""

    variant: str
    write: bool
    names: dict[str, Any]
    lines: list[Line] = field(default_factory=list)
    error: Exception | None = None  # of the last step
    refused: Exception | None = None  # the error of the write
    right: np.ndarray | None = None  # the true gradient of y
    gave_right: bool | None = None

    def note(self, stage: str, code: list[str], outcome: Outcome) -> None:
        """Write a statement down, with what came of it beside its last line."""
        self.lines += [Line(text, stage) for text in code]
        self.lines[-1].outcome = outcome

    def step(self, stage: str, code: list[str], about: Callable[[], Outcome]) -> None:
        """Run a statement, and write it down with what came of it."""
        self.error = None
        try:
            exec("\n".join(code), self.names)
        except Exception as error:
            self.error = error
            self.note(stage, code, ("error", f"{type(error).__name__}: {_first_sentence(error)}"))
        else:
            self.note(stage, code, about())

    def look(self) -> None:
        """Note what is tracked and what shares memory, before anything is written."""
        a, b, z = self.names["a"], self.names["b"], self.names.get("z")  # f may raise for b
        self.same = b is a
        self.tracked = z is not None and z.requires_grad
        self.reaches = any(leaf is a for leaf in _leaves(z))
        self.shares = self.same or bool(np.shares_memory(array_of(a), array_of(b)))
        self.before = array_of(a).copy()

    def look_again(self) -> None:
        """Note what stands in memory before the backward passes, and the graphs."""
        a, b = self.names["a"], self.names["b"]
        self.refused = self.error if self.write else None
        self.numbers = {"a": array_of(a).copy(), "b": array_of(b).copy()}
        self.flags = {"a": a.requires_grad, "b": b.requires_grad}
        self.versions = {"a": a._version, "b": b._version}
        self.changed = not np.array_equal(self.before, self.numbers["a"], equal_nan=True)
        self.counts = a._version > 0
        self.graphs = [_graph(self.names.get(name), self.names) for name in ("y", "z")]

    # What came of a line

    def about_b(self) -> Outcome:
        a, b = self.names["a"], self.names["b"]
        if b is a:
            return "", f"a itself, requires_grad={b.requires_grad}"
        shared = np.shares_memory(array_of(a), array_of(b))
        return "", f"a new tensor, {'same' if shared else 'own'} memory, requires_grad={b.requires_grad}"

    def about_write(self) -> Outcome:
        a, b = self.names["a"], self.names["b"]
        if not self.shares:
            return "value", f"b = {array_text(array_of(b))}, a is as it was"
        kind = "value" if a._version else "wrong"
        counted = f"version {a._version}" if a._version else "a still says version 0"
        return kind, f"a = {array_text(array_of(a))}, {counted}"

    def is_right(self) -> bool | None:
        """Whether the pass from y gave the gradient that it should; None where it raised or gave nothing."""
        grad = self.names["a"].grad
        if self.error is not None or grad is None or self.right is None:
            return None
        return bool(np.allclose(array_of(grad), self.right, rtol=1e-5, atol=1e-6, equal_nan=True))

    def about_gradient(self) -> Outcome:
        grad = self.names["a"].grad
        if grad is None:
            return "", "a.grad = None"
        text = f"a.grad = {array_text(array_of(grad))}"
        if self.is_right() is False:
            assert self.right is not None
            return "wrong", f"{text}, and should be {array_text(self.right)}"
        return "grad", text

    def about_second(self) -> Outcome:
        grad = self.names["a"].grad
        return ("", "a.grad = None") if grad is None else ("grad", f"a.grad = {array_text(array_of(grad))}")

    # In words

    def wrote(self) -> str:
        """What the write did, in a word or two."""
        if self.refused is not None:
            return "refused"
        if not self.shares:
            return "a unchanged"
        return "counted" if self.counts else "not counted"

    def gave(self) -> str:
        """What the pass from y gave, in a word."""
        if self.gave_right is not None:
            return "right" if self.gave_right else "wrong"
        outcome = next(line.outcome for line in self.lines if line.stage == "backward")
        return "raises" if outcome[0] == "error" else "None"

    def sentence(self) -> Sentence:
        """What the variant is, and what the write did."""
        if self.same:
            words = "`b` is `a` itself under a second name. "
        elif self.shares:
            words = "`b` is a **new tensor over the same memory**, without history. "
        else:
            words = "`b` is a new tensor with **memory of its own**, and without history. "
        if self.reaches:
            words += "`z` is tracked like `y`."
        elif self.tracked:
            words += "`z` is tracked through other tensors that it was computed from, and **no path** leads to `a`."
        elif self.flags["b"]:
            words += "It requires grad, but inside the block **nothing is recorded**, whatever the flags say."
        else:
            words += "It does not require grad, so nothing computed from it is recorded: `z` has no `grad_fn`."
        if self.same and not self.flags["a"]:
            words += " The flag is off for `a` as well: there is only one tensor."
        if not self.write:
            return said(words)
        if self.refused is not None:
            words += " The write is **refused**: overwriting a leaf would destroy the value its gradient belongs to."
        elif not self.shares:
            words += " The write reaches `b` only."
        elif self.counts:
            also = "" if self.same else " too"
            words += f" The write changes `a`{also}, and is **counted**: version {self.versions['a']}."
        else:
            words += " The write changes `a` too, and is **not counted** for it: `a` still says version 0."
        return said(words)

    def ending(self) -> Sentence:
        """What the backward passes did."""
        gave, call = self.gave(), next(line.text for line in self.lines if line.stage == "backward")
        if gave == "wrong":
            words = f" `{call}` notices nothing, and the gradient is **silently wrong**."
        elif gave == "raises":
            changed = self.write and self.counts
            words = f" `{call}` **raises**"
            words += ": it needs `a` as it was, and sees by the version that it has changed." if changed else "."
        elif gave == "None":
            words = f" `{call}` leaves nothing in `a.grad`: `a` takes no gradient any more."
        elif self.write and self.changed:
            words = " The gradient of `y` is still right: `y` saved nothing that was overwritten."
        else:
            words = " The gradient of `y` is **right**."
        if not self.reaches:
            words += " From `z` there is no way back to `a`."
        elif gave in ("right", "wrong"):
            words += " That of `z` is **added** to it."
        return said(words)

    def memory(self, counts: bool) -> Json:
        """What the picture of the memory shows; ``counts``: whether a write through b counts for a."""
        return {
            "tensors": [{"names": "a, b" if self.same else "a", "requires_grad": self.flags["a"]}]
            + ([] if self.same else [{"names": "b", "requires_grad": self.flags["b"]}]),
            "shares": self.shares,
            "one_counter": self.same or counts,
            "numbers": [self.numbers["a"]] if self.shares else [self.numbers["a"], self.numbers["b"]],
            "versions": self.versions,
            "written": "" if not self.write or self.refused is not None else "a" if self.shares else "b",
        }

    def shown(self, counts: bool) -> Json:
        """What the front end shows of this run."""
        return {
            "lines": [{"text": line.text, "stage": line.stage, "outcome": line.outcome} for line in self.lines],
            "gave": self.gave(),
            "memory": memory_picture(self.memory(counts)),
            "graphs": self.graphs,
            "sentence": self.sentence(),
            "ending": self.ending(),
        }


def _graph(tensor: Any, names: dict[str, Any]) -> str:
    """The graph of a result; empty where it would be too large, or there is none."""
    if tensor is None:
        return ""
    shown = {name: value for name, value in names.items() if name in ("a", "b", "y", "z")}
    trace = Trace(tensor, shown).to_json([])
    if len(trace["nodes"]) > LARGEST_PICTURE:
        return ""
    if not tensor.requires_grad:
        trace["nodes"][0]["kind"] = "constant"
    return _drawn(json.dumps(trace))


@lru_cache(maxsize=32)
def _drawn(trace: str) -> str:
    """The picture of a trace, as JSON: many variants have the same, and laying out takes the most time."""
    return Drawing(json.loads(trace)).live(shown=["values", "saved"])


def _about_a(a: Any) -> Outcome:
    return "value", f"{array_text(array_of(a))}, a leaf, version {a._version}"


def _about_result(result: Any) -> Outcome:
    maker = f"grad_fn={result.grad_fn.name()}" if result.grad_fn is not None else "no grad_fn: not tracked"
    return "value", f"{array_text(array_of(result))}, {maker}"


def _first_sentence(error: Exception) -> str:
    """The first sentence of an error, without where to read on."""
    return str(error).partition(". ")[0].partition(".\n")[0].partition(": [")[0]


def _engine_of(tensor: Any) -> str:
    """The name of the module that a tensor's class is from."""
    kind = next(kind for kind in type(tensor).__mro__ if kind.__name__ == "Tensor")
    return kind.__module__.partition(".")[0]


def _leaves(*results: Any) -> list[Any]:
    """The leaves that the graphs of these tensors end at."""
    nodes = nodes_behind(*(result for result in results if result is not None))
    return [node.variable for node in nodes if ends_at_leaf(node)]


@contextmanager
def _other_grads_put_back(a: Any, *results: Any) -> Iterator[None]:
    """Within it, leaves other than ``a`` accumulate into gradients of their own; afterwards the learner's are back."""
    leaves = [leaf for leaf in _leaves(*results) if leaf is not a]
    found = [(leaf, leaf.grad) for leaf in leaves]
    for leaf in leaves:
        leaf.grad = None
    try:
        yield
    finally:
        for leaf, grad in found:
            leaf.grad = grad
