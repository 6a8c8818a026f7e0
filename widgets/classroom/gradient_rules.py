"""Reading a student's ``autograd.Function``, and running its two halves one by one.

``backward`` is called by itself, not through the engine: the engine, like PyTorch's, sums a gradient that was left
broadcast, and would hide what the rule forgot.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import minigrad as torch
from minigrad.autograd.function import BackwardCFunction
from minigrad.engine import observed_by

from .guard import Raised, call
from .reading import numbers, shape_words
from .training import ErrorWords, meaning
from .verdict import Wrong

Tensor = torch.Tensor
Gradients = list[np.ndarray | None]


class Passes:
    """Counts the backward passes that run, and the operations they go through."""

    def __init__(self) -> None:
        self.count = self.steps = 0

    def seed(self, *_: Any) -> None:
        self.count += 1

    def contribution(self, *_: Any) -> None:
        self.steps += 1

    def accumulate(self, *_: Any) -> None:
        pass


def close(a: Any, b: Any) -> bool:
    """Equal in shape, and in value but for the rounding of float32. None is equal to None."""
    if a is None or b is None:
        return a is b
    return np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=1e-4, atol=1e-5))


def array(tensor: Tensor) -> np.ndarray:
    """The values of a tensor as float64."""
    return np.asarray(tensor.detach()).astype(np.float64)


@dataclass(frozen=True)
class Trial:
    """Arguments of ``apply``, arrays standing for tensors, and an upstream gradient for its result."""

    arguments: tuple[Any, ...]
    upstream: np.ndarray

    def fresh(self) -> tuple[list[Any], list[Tensor]]:
        """New arguments, and the tensors among them."""
        arguments = [tracked(a) if isinstance(a, np.ndarray) else a for a in self.arguments]
        return arguments, [a for a in arguments if isinstance(a, Tensor)]

    def pulled_back(self, operation: Callable, upstream: np.ndarray | None = None) -> list[np.ndarray]:
        """The gradients of the tensors when ``operation`` is composed of minigrad's own operations."""
        arguments, tensors = self.fresh()
        result = operation(*arguments)
        found = torch.autograd.grad(
            result, tensors, torch.tensor(self.upstream if upstream is None else upstream).to(result.dtype)
        )
        return [array(g) for g in found]

    def shapes(self) -> str:
        """The shapes of the tensors in words."""
        shapes = [shape_words(a.shape) for a in self.arguments if isinstance(a, np.ndarray)]
        return f"{'shapes' if len(shapes) > 1 else 'shape'} {' and '.join(shapes)}"


def tracked(values: np.ndarray) -> Tensor:
    """A new leaf of dtype float32 with these values."""
    return torch.tensor(np.asarray(values, np.float32)).requires_grad_()


def trial(seed: int, *arguments: Any, result: Callable) -> Trial:
    """A trial of random numbers: a tuple among the arguments is the shape of a tensor, all else stays as it is.

    ``result`` is the operation, which tells the shape of the upstream gradient.
    """
    random = np.random.default_rng(seed)

    def draw(shape: tuple[int, ...]) -> np.ndarray:
        # Far enough from zero that a sign or a division shows, and different in each element.
        return np.array((random.uniform(0.4, 1.6, shape) * random.choice([-1.0, 1.0], shape)).round(3))

    given = tuple([draw(a) if isinstance(a, tuple) else a for a in arguments])
    shape = result(*[torch.tensor(a) if isinstance(a, np.ndarray) else a for a in given]).shape
    return Trial(given, draw(tuple(shape)))


class Rule:
    """A student's Function: ``name`` is the class that is wanted, ``inputs`` what its ``apply`` takes."""

    def __init__(self, answer: Any, name: str, inputs: str) -> None:
        self.name, self.inputs = name, inputs.split(", ")
        self.function = self._read(answer)

    def _read(self, answer: Any) -> Any:
        if answer is ...:
            raise Wrong(f"no answer so far. Write the class {self.name}.")
        if isinstance(answer, torch.autograd.Function) or inspect.ismethod(answer):
            raise Wrong(f"the class {self.name} is wanted: hand it in itself, without .apply and without brackets.")
        if not isinstance(answer, type):
            raise Wrong(f"the class {self.name} is wanted, and this is of type {type(answer).__name__}.")
        if not issubclass(answer, torch.autograd.Function):
            raise Wrong(
                f"{answer.__name__} is no torch.autograd.Function, so it has no apply and gets no node in the graph. "
                f"Begin with: class {self.name}(torch.autograd.Function).",
                "not a Function",
            )
        for half in ("forward", "backward"):
            if getattr(answer, half) is getattr(torch.autograd.Function, half):
                raise Wrong(f"{self.name} has no {half}.", f"{half} is missing")
        inherited = torch.autograd.Function.apply.__func__  # type: ignore[attr-defined]
        if getattr(answer.apply, "__func__", None) is not inherited:  # a plain or static method has no __func__
            raise Wrong(
                f"{self.name} has an apply of its own. Leave apply to torch.autograd.Function: it calls your forward "
                "and puts your backward into the graph.",
                "apply is overridden",
            )
        without_ctx = answer.setup_context is not torch.autograd.Function.setup_context
        inputs = self.inputs if without_ctx else ["ctx", *self.inputs]
        for half, parameters in (("forward", inputs), ("backward", ["ctx", "g"])):
            try:
                inspect.signature(getattr(answer, half)).bind(*parameters)
            except TypeError:
                raise Wrong(f"{half} must take these arguments: {half}({', '.join(parameters)}).") from None
            except ValueError:
                pass  # a built-in function that does not tell its signature
        return answer

    def forward(self, arguments: Sequence[Any]) -> Tensor:
        """The result of ``apply``, with the Function's node behind it."""
        before = [a.clone().detach() if isinstance(a, Tensor) else a for a in arguments]

        @functools.wraps(self.function.forward)
        def apply(*given: Any) -> Any:
            return self.function.apply(*given)

        apply.__name__ = "forward"
        with observed_by(passes := Passes()):
            result = call(apply, *arguments)
        self._no_autograd(passes, "forward")
        self._unchanged(arguments, before, "forward")
        if result is ...:
            raise Wrong("no answer so far. Put what forward returns in place of its dots.")
        if result is None:
            raise Wrong("forward returned None. Is the return missing?", "nothing is returned")
        if not isinstance(result, Tensor):
            raise Wrong(f"forward returned something of type {type(result).__name__}. One tensor is wanted.")
        numbers(result, "what forward returns")
        if not isinstance(result.grad_fn, BackwardCFunction):
            raise Wrong(
                f"the result of {self.name}.apply has no node of {self.name} behind it, so backward is never called. "
                "Is it marked as not differentiable?"
            )
        return result

    def backward(self, result: Tensor, upstream: np.ndarray) -> Gradients:
        """What the Function's ``backward`` returns for the tensors among its inputs."""
        node = result.grad_fn
        assert isinstance(node, BackwardCFunction)
        g = torch.tensor(np.asarray(upstream, np.float32))

        @functools.wraps(self.function.backward)
        def backward(*given: Any) -> Any:
            # As in a backward pass that is not itself recorded.
            with torch.no_grad():
                return self.function.backward(*given)

        backward.__name__ = "backward"
        with observed_by(passes := Passes()):
            try:
                returned = call(backward, node.as_ctx(), g)
            except Raised as raised:
                raise meaning(raised, _ERRORS) from None
        self._no_autograd(passes, "backward")
        if not close(array(g), np.asarray(upstream, np.float32)):
            raise Wrong(
                "backward changed g, the upstream gradient it was handed. Other rules may still need it: compute "
                "something new.",
                "the upstream gradient is changed",
            )
        return self._gradients(returned, node)

    def _gradients(self, returned: Any, node: BackwardCFunction) -> Gradients:
        if isinstance(returned, list):
            raise Wrong("backward returned a list. Several gradients are returned as a tuple: return first, second.")
        parts = returned if isinstance(returned, tuple) else (returned,)
        if any(part is ... for part in parts):
            raise Wrong("no answer so far. Put what backward returns in place of its dots.")
        wanted = len(self.inputs)
        if len(parts) > wanted and all(part is None for part in parts[wanted:]):
            parts = parts[:wanted]
        if returned is None or all(part is None for part in parts):
            raise Wrong("backward returned None. Is the return missing?", "nothing is returned")
        if len(parts) != wanted:
            raise Wrong(
                f"backward returned {len(parts)} gradient{'s'[: len(parts) > 1]}, and forward has {wanted} "
                f"input{'s'[: wanted > 1]} ({', '.join(self.inputs)}). Each input has its place, in the order of "
                "forward, with None for those that are no tensors, or whose gradient nobody wants.",
                "the number of gradients",
            )
        gradients: Gradients = []
        for slot, (name, part) in enumerate(zip(self.inputs, parts, strict=True)):
            if slot not in node._tensor_slots:
                if part is not None:
                    raise Wrong(
                        f"backward returned a gradient for {name}, which is a number and no tensor: nothing can "
                        "receive it. What stands in its place?",
                        "a gradient for a number",
                    )
                continue
            if part is not None and not isinstance(part, Tensor):
                raise Wrong(f"the gradient of {name} is of type {type(part).__name__}. A tensor is wanted.")
            gradients.append(None if part is None else numbers(part, f"the gradient of {name}"))
        return gradients

    def _no_autograd(self, passes: Passes, half: str) -> None:
        if passes.count:
            raise Wrong(
                f"inside {half} a backward pass ran: autograd did the work. Here the rule is yours: compute the "
                "gradient with arithmetic.",
                "left to autograd",
            )

    def _unchanged(self, arguments: Sequence[Any], before: Sequence[Any], half: str) -> None:
        for name, now, then in zip(self.inputs, arguments, before, strict=True):
            if isinstance(now, Tensor) and not close(array(now), array(then)):
                raise Wrong(
                    f"{half} changed {name}, which still belongs to the caller. Compute something new.",
                    "arguments are changed",
                )


# What an error in backward means there.
_ERRORS = (
    ErrorWords(
        "values to unpack",
        "another number of tensors was saved than is unpacked. One call of ctx.save_for_backward takes all of them; a "
        "second call takes the place of the first.",
        "another number of tensors is saved",
    ),
    ErrorWords(
        "'tuple'",
        "ctx.saved_tensors is a tuple, also where one tensor was saved. Take the tensor out of it.",
        "the tuple for the tensor",
    ),
    ErrorWords(
        "Boolean value of Tensor",
        "a comparison gives a tensor of truth values, and `and`, `or` and a chain of comparisons want a single one. "
        "Compare twice, each in brackets, and put & between.",
        "and for &",
    ),
    ErrorWords(
        "bitwise_and",
        "& binds more tightly than < and >. Put each comparison in brackets.",
        "brackets around comparisons",
    ),
)


@dataclass(frozen=True)
class Mistake:
    """A known wrong rule: what to say, its name, and the gradients it gives in a trial (None where it says nothing)."""

    words: str
    misconception: str
    gives: Callable[[Trial], Sequence[np.ndarray | None]]


def judge_forward(rule: Rule, operation: Callable, trials: Sequence[Trial], what: str) -> None:
    """Raise Wrong unless ``forward`` gives the values of ``operation``."""
    results = []
    for one in trials:
        arguments, _ = one.fresh()
        right = array(operation(*arguments))
        result = array(rule.forward(arguments))
        if result.shape != right.shape:
            raise Wrong(
                f"for an input of {one.shapes()}, forward returns {shape_words(result.shape)}. The result of {what} "
                "has another shape.",
                "forward is wrong",
            )
        results.append(close(result, right))
    if not all(results):
        raise Wrong(f"forward does not give {what}. Begin there: backward belongs to it.", "forward is wrong")


def judge_backward(rule: Rule, operation: Callable, trials: Sequence[Trial], mistakes: Sequence[Mistake]) -> None:
    """Raise Wrong unless ``backward`` gives the gradients of ``operation``, in value and shape, in all trials.

    A mistake is named where it explains the gradients of one input in all trials.
    """
    found, right = [], []
    for one in trials:
        arguments, tensors = one.fresh()
        before = [t.clone().detach() for t in tensors]
        found.append(rule.backward(rule.forward(arguments), one.upstream))
        for name, now, then in zip(rule.inputs, tensors, before, strict=False):
            if not close(array(now), array(then)):
                raise Wrong(
                    f"backward changed {name}, which still belongs to the caller. Compute something new.",
                    "arguments are changed",
                )
        right.append(one.pulled_back(operation))
    names = [n for n, a in zip(rule.inputs, trials[0].arguments, strict=True) if isinstance(a, np.ndarray)]
    good = [all(close(f[i], r[i]) for f, r in zip(found, right, strict=True)) for i in range(len(names))]
    if all(good):
        return
    # A mistake in all inputs is what was meant, before one that explains a single input only.
    bad = [i for i, is_good in enumerate(good) if not is_good]
    for parts in (bad, bad[:1]):
        for mistake in mistakes:
            try:
                given = [mistake.gives(one) for one in trials]
            except ValueError:
                continue  # nobody makes it where the shapes do not fit
            if all(close(f[i], m[i]) for i in parts for f, m in zip(found, given, strict=True)):
                raise Wrong(_where(names, good, parts) + mistake.words, mistake.misconception)
    i = bad[0]
    for one, f, r in zip(trials, [f[i] for f in found], [r[i] for r in right], strict=True):
        if f is None or r is None:
            raise Wrong(
                f"backward returned None for {names[i]}, which is a tensor whose gradient is wanted.",
                "no gradient for a tensor",
            )
        if f.shape != r.shape:
            raise Wrong(
                f"for inputs of {one.shapes()}, the gradient of {names[i]} has shape {shape_words(f.shape)}. "
                "A gradient has the shape of the tensor it belongs to.",
                "the shape of the gradient",
            )
    raise Wrong(
        f"{_where(names, good, bad[:1])}the gradient is not the upstream gradient times the derivative of forward. "
        "Write that derivative down by hand for one element first."
    )


def _where(names: Sequence[str], good: Sequence[bool], parts: Sequence[int]) -> str:
    if len(names) == 1:
        return ""
    right = "".join(f"the gradient of {n} is right. " for n, is_good in zip(names, good, strict=True) if is_good)
    return f"{right}{'in' if not right else 'In'} the gradient of {' and of '.join(names[i] for i in parts)}: "


def judge_memory(rule: Rule, operation: Callable, one: Trial, another: Trial) -> None:
    """Raise Wrong where what ``backward`` remembers is not its own, or changes unnoticed.

    ``another`` has the shapes of ``one``.
    """
    first, _ = one.fresh()
    second, _ = another.fresh()
    result = rule.forward(first)
    assert isinstance(result.grad_fn, BackwardCFunction)
    attributes = [name for name, kept in result.grad_fn.attributes.items() if _holds_tensor(kept)]
    if attributes:
        raise Wrong(
            f"a tensor is kept as ctx.{attributes[0]}. There nobody notices when it is changed in place between "
            "forward and backward, and the gradient is silently wrong. Tensors go through ctx.save_for_backward.",
            "kept past the version check",
        )
    rule.forward(second)
    if not _same(rule.backward(result, one.upstream), one.pulled_back(operation)):
        raise Wrong(
            f"one application of {rule.name} is right, but with two of them the second overwrites what the first has "
            "kept. Each application has a ctx of its own: what backward needs belongs there.",
            "kept outside ctx",
        )
    for place in ("result", *range(len(first))):
        arguments, _ = one.fresh()
        result = rule.forward(arguments)
        spoilt = result if place == "result" else arguments[place]
        if not isinstance(spoilt, Tensor):
            continue
        try:
            with torch.no_grad():
                spoilt.mul_(-0.5).add_(3.0)
            assert result.grad_fn is not None
        except RuntimeError:
            continue  # a result that is a view of what forward computed: the engine refuses to go back after the write
        try:
            gradients = rule.backward(result, one.upstream)
        except Raised as raised:
            if "modified by an inplace operation" not in str(raised.error):
                raise
            continue
        if not _same(gradients, one.pulled_back(operation)):
            name = "the result" if place == "result" else rule.inputs[int(place)]
            raise Wrong(
                f"the gradients are right as long as nobody changes {name} in place between forward and backward. When "
                "somebody does, they are silently wrong. Tensors that backward needs go through "
                "ctx.save_for_backward: it notices, and says so.",
                "kept past the version check",
            )


def _holds_tensor(kept: Any) -> bool:
    return isinstance(kept, Tensor) or (isinstance(kept, list | tuple) and any(map(_holds_tensor, kept)))


def _same(a: Sequence[np.ndarray | None], b: Sequence[np.ndarray | None]) -> bool:
    return all(close(x, y) for x, y in zip(a, b, strict=True))
