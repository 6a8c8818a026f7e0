"""A training loop given as text: run for real, in a namespace of its own, and written down step by step."""

from __future__ import annotations

import ast
import builtins
import io
import math
import random
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import minigrad as torch
from minigrad import engine
from minigrad.graph import AccumulateGrad, Node

STEPS = 500
SECONDS = 2.0
FILE = "<AccumulationLab>"
_LAB = "__lab__"
# Warnings and the random numbers belong to the process: two loops at once would mix theirs.
_one_at_a_time = threading.RLock()


@dataclass
class Step:
    """What one round of the loop did, in its first numbers; None where nothing was there to read.

    `loss` is the sum of the tensors that ``backward()`` was called on, `grad` the leaf's gradient after the last
    backward, `added` what each backward added to it, `weight` its value at the end, and `operations` how many nodes of
    the graph the backward passes ran through.
    """

    loss: float | None = None
    grad: float | None = None
    added: list[float] = field(default_factory=list)
    weight: float | None = None
    operations: int = 0


@dataclass(frozen=True)
class Failure:
    """What a loop raised: the line, by its number in the source, and the step, from 0, or None outside of the loop."""

    line: int | None
    step: int | None
    error: str
    hint: str


@dataclass
class Run:
    """All that a loop did."""

    steps: list[Step] = field(default_factory=list)
    failure: Failure | None = None
    stopped: str | None = None
    printed: str = ""
    warned: list[str] = field(default_factory=list)
    name: str = "weights"  # of the leaf: the first one that a gradient reached
    element: str = ""  # which of its numbers is shown: "[0]", or nothing where it has but one

    def series(self, what: str) -> list[float | None]:
        """One number for each step: "loss", "grad", "weight", "operations", or "added", summed."""
        return [_series_item(step, what) for step in self.steps]


def _series_item(step: Step, what: str) -> float | None:
    if what == "added":
        return sum(step.added) if step.added else None
    return getattr(step, what)


def checked(source: str) -> ast.Module:
    """The loop as Python reads it. Raises SyntaxError."""
    return ast.parse(source, FILE)


def run(source: str) -> Run:
    """Run a loop from seed 0, as often as asked with the same numbers, and say what it did.

    ``torch`` is minigrad there, imported or not. What it prints and warns of is kept, what it raises becomes a
    `Failure`. After 500 steps or 2 seconds it is stopped, at the next turn of a loop or call of a function: one call
    that never returns cannot be stopped.
    """
    tree = checked(source)
    ast.fix_missing_locations(_Ticks(tree).visit(tree))
    printed = io.StringIO()
    variables = _namespace(printed)
    recorder = variables[_LAB] = _Recorder(variables)
    done = recorder.run
    with _one_at_a_time, _seeded(), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # Whatever a learner's numbers do, they are shown: NumPy need not warn of them as well.
        with torch.enable_grad(), engine.observed_by(recorder), np.errstate(all="ignore"):
            try:
                exec(compile(tree, FILE, "exec"), variables)
                recorder.end()
            except _Stop as stop:
                done.stopped = str(stop)
            except (Exception, SystemExit) as error:
                done.failure = _failure(error, recorder.cut_short())
    done.printed = printed.getvalue()
    done.warned = list(dict.fromkeys(str(w.message).splitlines()[0] for w in caught))
    return done


def _namespace(printed: io.StringIO) -> dict[str, Any]:
    def print_here(*words: Any, **options: Any) -> None:
        builtins.print(*words, **{"file": printed} | options)

    def import_here(name: str, *rest: Any) -> Any:
        top, dot, part = name.partition(".")
        return builtins.__import__(torch.__name__ + dot + part if top == "torch" else name, *rest)

    ours = {"print": print_here, "__import__": import_here}
    return {"torch": torch, "__name__": "__main__", "__builtins__": vars(builtins) | ours}


@contextmanager
def _seeded() -> Iterator[None]:
    before = torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002 - what a loop may use
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002
    random.seed(0)
    try:
        yield
    finally:
        torch.set_rng_state(before[0])
        np.random.set_state(before[1])  # noqa: NPY002
        random.setstate(before[2])


def _failure(error: BaseException, step: int | None) -> Failure:
    line = error.lineno if isinstance(error, SyntaxError) else None
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == FILE:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    hints = [" ".join(note.split()) for note in getattr(error, "__notes__", [])]
    if isinstance(error, NameError):
        hints.append("Hint: the loop runs in a namespace of its own. Define in it all that it uses.")
    return Failure(line, step, f"{type(error).__name__}: {error}", "\n".join(hints))


class _Stop(BaseException):
    """Ends a loop that takes too long; no Exception, so that a learner's ``except Exception`` lets it through."""


class _Recorder:
    """Told by the engine of every contribution, and by the loop itself of every turn."""

    def __init__(self, variables: dict[str, Any]) -> None:
        self.run = Run()
        self._variables = variables
        self._leaf: torch.Tensor | None = None
        self._now = Step()
        self._in_step = False
        self._walked: set[int] = set()
        self._ends = time.monotonic() + SECONDS

    # From the engine

    def seed(self, node: Node, gradient: np.ndarray) -> None:
        self._count()
        self._walked = {node.sequence}

    def contribution(self, node: Node, *gradients: Any) -> None:
        self._walked.add(node.sequence)

    def accumulate(self, leaf: AccumulateGrad, gradient: np.ndarray, old: np.ndarray | None, new: np.ndarray) -> None:
        if self._leaf is None:
            self.run.name, self._leaf = _watched(leaf.variable, self._variables)
            dims, size = self._leaf.ndim, self._leaf.numel()
            self.run.element = f"[{', '.join('0' * dims)}]" if size > 1 else ""
        if leaf.variable is self._leaf and self._current() is self._leaf and new.size:
            self._now.grad = float(new.flat[0])
            self._now.added.append(float(gradient.flat[0]))

    # From the loop

    def loss(self, tensor: Any) -> Any:
        """Something is about to be asked for its ``backward``."""
        if isinstance(tensor, torch.Tensor) and tensor.numel():
            self._now.loss = (self._now.loss or 0.0) + float(tensor.detach().numpy().flat[0])
        return tensor

    def tick(self) -> None:
        """Any loop turns, or a function is called."""
        if time.monotonic() > self._ends:
            raise _Stop(f"stopped after {SECONDS:g} seconds, in step {len(self.run.steps) + 1}")

    def step(self) -> None:
        """A training step begins, and with it the one before ends."""
        self.tick()
        self.end()
        self._in_step = True

    def end(self) -> None:
        """A training step ends."""
        self._in_step = False
        self._count()
        now = self._now
        if now.loss is None and not now.added:
            return
        value = self._current().detach().numpy() if self._leaf is not None else np.empty(0)
        now.weight = float(value.flat[0]) if value.size else None
        self.run.steps.append(now)
        self._now = Step()
        if len(self.run.steps) == STEPS:
            raise _Stop(f"stopped after {STEPS} steps")

    def cut_short(self) -> int | None:
        """The loop raised: keep what its step had come to, and say which it was."""
        if not self._in_step:
            return None
        self._count()
        self.run.steps.append(self._now)
        return len(self.run.steps) - 1

    def _count(self) -> None:
        self._now.operations += len(self._walked)
        self._walked = set()

    def _current(self) -> Any:
        """What the leaf's name stands for now: a loop may have bound it to another tensor."""
        now: Any = self._variables.get(self.run.name)
        return now if isinstance(now, torch.Tensor) else self._leaf


def _watched(leaf: torch.Tensor, variables: dict[str, Any]) -> tuple[str, torch.Tensor]:
    """The name of a leaf and the leaf; of a model's parameters, the first."""
    for name, value in variables.items():
        if value is leaf:
            return name, leaf
    for name, value in variables.items():
        if isinstance(value, torch.nn.Module) and any(parameter is leaf for parameter in value.parameters()):
            part, parameter = next(iter(value.named_parameters()))
            return f"{name}.{part}", parameter
    return "leaf", leaf


class _Ticks(ast.NodeTransformer):
    """Lets the loop tell its recorder of each step, each turn, each call, and each loss.

    A step is a turn of the outermost loop around ``backward()``, or of any outermost loop where none has it inside.
    """

    def __init__(self, tree: ast.Module) -> None:
        self._any_has_it = any(_is_loop(node) and _has_backward(node) for node in ast.walk(tree))
        self._inside = False

    def visit_For(self, node: Any) -> Any:
        is_step = not self._inside and (_has_backward(node) or not self._any_has_it)
        before, self._inside = self._inside, self._inside or is_step
        self.generic_visit(node)
        self._inside = before
        node.body.insert(0, ast.Expr(_call("step" if is_step else "tick", node)))
        return [node, ast.Expr(_call("end", node))] if is_step else node

    visit_While = visit_AsyncFor = visit_For

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        self.generic_visit(node)
        if node.attr == "backward":
            asked = _call("loss", node)
            asked.args.append(node.value)
            node.value = asked
        return node

    def visit_FunctionDef(self, node: Any) -> Any:
        before, self._inside = self._inside, self._inside or not self._any_has_it
        self.generic_visit(node)
        self._inside = before
        node.body.insert(0, ast.Expr(_call("tick", node)))
        return node


def _is_loop(node: ast.AST) -> bool:
    return isinstance(node, ast.For | ast.While)


def _has_backward(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Attribute) and part.attr == "backward" for part in ast.walk(node))


def _call(what: str, at: ast.AST) -> ast.Call:
    call = ast.Call(ast.Attribute(ast.Name(_LAB, ast.Load()), what, ast.Load()), [], [])
    for part in ast.walk(call):
        ast.copy_location(part, at)
    return call


# Lines that can be changed


@dataclass(frozen=True)
class Line:
    """A statement of a loop, with what can stand in its place; "" is nothing. The first text is the right one."""

    number: int
    texts: tuple[str, ...]

    @property
    def shown(self) -> str:
        """The statement itself, also where it is switched off at first."""
        return next(filter(None, self.texts), "")

    def written(self, choice: int) -> str:
        """The line that is run. What is switched off leaves the lines around it where they are."""
        if self.texts[choice]:
            return self.texts[choice]
        indent = self.shown[: len(self.shown) - len(self.shown.lstrip())]
        # Without its header, a block still needs one: this one changes nothing.
        stand_in = "if True:" if self.shown.rstrip().endswith(":") else "pass"
        return f"{indent}{stand_in}" + "\n" * self.shown.count("\n")


def lines_of(source: str, choices: dict[int, tuple[str, ...]]) -> list[Line]:
    """The lines of a loop, one for each line of its text, with the texts to choose from, by number."""
    return [Line(i, choices.get(i, (text,))) for i, text in enumerate(source.splitlines(), 1)]


def switchable_lines(source: str) -> list[Line]:
    """The lines of a learner's loop: every simple statement and every ``with`` can be switched off."""
    rows = source.splitlines()
    ends: dict[int, int] = {}
    for node in ast.walk(checked(source)):
        if isinstance(node, ast.With):
            ends[node.lineno] = max(item.context_expr.end_lineno or node.lineno for item in node.items)
            if node.body[0].lineno == node.lineno:
                del ends[node.lineno]
        elif isinstance(node, ast.stmt) and not hasattr(node, "body") and not isinstance(node, ast.Match):
            whole = not rows[node.lineno - 1].encode()[: node.col_offset].strip()
            if whole and not isinstance(node, ast.Import | ast.ImportFrom | ast.Pass):
                ends[node.lineno] = max(node.end_lineno or node.lineno, ends.get(node.lineno, 0))
    lines, number = [], 1
    while number <= len(rows):
        end = ends.get(number, number)
        text = "\n".join(rows[number - 1 : end])
        lines.append(Line(number, (text, "") if number in ends else (text,)))
        number = end + 1
    return lines


def source_of(lines: list[Line], chosen: dict[int, int]) -> str:
    """The text that is run, with the texts chosen by line number, the first ones where nothing is said."""
    return "\n".join(line.written(chosen.get(line.number, 0)) for line in lines) + "\n"


def is_close(a: float | None, b: float | None) -> bool:
    """Whether two numbers are one, but for float32's rounding of sums in another order."""
    if a is None or b is None:
        return a is b
    return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-5, abs_tol=1e-6)
