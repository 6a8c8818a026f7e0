"""Sheet 05, gradient rules: students write ``autograd.Function``s; each is one forward and one vector-Jacobian product.

What is right is what the engine finds when the operation is composed of its own operations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import minigrad as torch

from ..gradient_rules import (
    Mistake,
    Rule,
    Trial,
    array,
    close,
    judge_backward,
    judge_forward,
    judge_memory,
    trial,
)
from ..guard import Raised, call
from ..question import Question
from ..verdict import Wrong

Tensor = torch.Tensor
Operation = Callable[..., Tensor]


def _value(operation: Operation, one: Trial) -> np.ndarray:
    """The result of the operation."""
    arguments, _ = one.fresh()
    return array(operation(*arguments))


def _derivative(operation: Operation, at: np.ndarray) -> np.ndarray:
    """The derivative of an elementwise operation at other values than those of the trial."""
    (slope,) = Trial((at,), np.ones_like(at)).pulled_back(operation)
    return slope


def _slope(operation: Operation) -> Operation:
    """The derivative of an elementwise operation as an operation."""

    def slope(x: Tensor) -> Tensor:
        (found,) = torch.autograd.grad(operation(x).sum(), x, create_graph=True)
        assert found is not None
        return found

    return slope


def _without_upstream(operation: Operation) -> Mistake:
    return Mistake(
        "g does not occur in it: it is right only where g is 1 everywhere. backward is handed the gradient of what was "
        "computed after this operation; the chain rule lets it take part.",
        "the upstream gradient is ignored",
        lambda t: t.pulled_back(operation, np.ones_like(t.upstream)),
    )


def _turned(operation: Operation) -> Mistake:
    return Mistake(
        "the sign is turned.",
        "the sign is turned",
        lambda t: [-g for g in t.pulled_back(operation)],
    )


def _elementwise(operation: Operation) -> list[Mistake]:
    """What goes wrong in the rule of an operation that takes each element by itself."""

    def local(t: Trial) -> np.ndarray:
        return _derivative(operation, t.arguments[0])

    return [
        _without_upstream(operation),
        Mistake(
            "g is handed on as it came. The derivative of this operation is missing.",
            "the local derivative is missing",
            lambda t: [t.upstream],
        ),
        Mistake(
            "this is g times the result of forward. The rule needs the derivative, not the value.",
            "values for derivatives",
            lambda t: [t.upstream * _value(operation, t)],
        ),
        Mistake(
            "the derivative is taken at the output of forward. It belongs at the input.",
            "the derivative at the output",
            lambda t: [t.upstream * _derivative(operation, _value(operation, t))],
        ),
        Mistake(
            "the derivative is taken at g. It belongs at the input of forward, and g comes in as a factor.",
            "the derivative at the upstream gradient",
            lambda t: [_derivative(operation, t.upstream)],
        ),
        Mistake(
            "this is the second derivative. backward differentiates once.",
            "the second derivative",
            lambda t: [t.upstream * _derivative(_slope(operation), t.arguments[0])],
        ),
        Mistake(
            "g and the derivative are added. Rates along a chain combine in another way.",
            "derivatives are added along the chain",
            lambda t: [t.upstream + local(t)],
        ),
        Mistake(
            "g is divided by the derivative. Think of small steps: how far does y move when x does, and how far what "
            "comes after y?",
            "divided by the derivative",
            lambda t: [t.upstream / np.where(local(t) == 0, np.nan, local(t))],
        ),
        _turned(operation),
        Mistake(
            "the numbers were added up into one. The gradient has the shape of x: one number for each element.",
            "summed over x",
            lambda t: [np.array(np.sum(g)) for g in t.pulled_back(operation)],
        ),
        Mistake(
            "the numbers were averaged into one. The gradient has the shape of x: one number for each element.",
            "summed over x",
            lambda t: [np.array(np.mean(g)) for g in t.pulled_back(operation)],
        ),
        Mistake(
            "g was added up before it was used. Each element of x has its own element of g.",
            "the upstream gradient is summed",
            lambda t: [t.upstream.sum() * local(t)],
        ),
    ]


# 05.1: x cubed


def _cube(x: Tensor) -> Tensor:
    return x**3


def cube(answer: Any) -> str:
    rule = Rule(answer, "Cube", "x")
    trials = [trial(1, (4,), result=_cube), trial(2, (2, 3), result=_cube), trial(3, (), result=_cube)]
    mistakes = [
        *_elementwise(_cube),
        Mistake(
            "x stands three times in the product x * x * x, and only one of the three sends a gradient: a factor is "
            "missing.",
            "one of three uses",
            lambda t: t.pulled_back(lambda x: x * x.detach() * x.detach()),
        ),
        Mistake(
            "x stands three times in the product x * x * x, and only two of the three send a gradient.",
            "one of three uses",
            lambda t: t.pulled_back(lambda x: x * x * x.detach()),
        ),
        Mistake(
            "the exponent is still the old one. What happens to it when a power is differentiated?",
            "the exponent is not lowered",
            lambda t: [3 * t.upstream * t.arguments[0] ** 3],
        ),
        Mistake(
            "the exponent went down by two. What happens to it when a power is differentiated once?",
            "the exponent is lowered twice",
            lambda t: [3 * t.upstream * t.arguments[0]],
        ),
        Mistake(
            "this is the derivative of x squared.",
            "the derivative of another power",
            lambda t: t.pulled_back(lambda x: x**2),
        ),
    ]
    judge_forward(rule, _cube, trials, "the cube of x")
    judge_backward(rule, _cube, trials, mistakes)
    judge_memory(rule, _cube, trials[0], trial(4, (4,), result=_cube))
    return "backward takes the upstream gradient times the derivative at the input, remembered in this call's own ctx."


# 05.2: exp, which saves its result


def _exp(x: Tensor) -> Tensor:
    return x.exp()


def exponential(answer: Any) -> str:
    rule = Rule(answer, "Exp", "x")
    trials = [trial(1, (4,), result=_exp), trial(2, (3, 2), result=_exp), trial(3, (), result=_exp)]
    judge_forward(rule, _exp, trials, "the exponential of x")
    mistakes = [
        *[m for m in _elementwise(_exp) if m.misconception not in ("values for derivatives", "the second derivative")],
        Mistake(
            "this is g times the input. Which tensor did you save, and which one does the derivative need?",
            "the input for the result",
            lambda t: [t.upstream * t.arguments[0]],
        ),
        Mistake(
            "this is the rule for a power, x to the n, used on exp. In exp, x is the exponent.",
            "the power rule on exp",
            lambda t: [t.upstream * t.arguments[0] * np.exp(t.arguments[0] - 1)],
        ),
        Mistake(
            "the derivative is multiplied by x once more. Which function is its own derivative?",
            "a factor x too many",
            lambda t: [t.upstream * t.arguments[0] * np.exp(t.arguments[0])],
        ),
    ]
    judge_backward(rule, _exp, trials, mistakes)
    judge_memory(rule, _exp, trials[0], trial(4, (4,), result=_exp))
    (x,), _ = trials[0].fresh()
    result = rule.forward([x])
    assert result.grad_fn is not None
    saved = [array(s) for s in result.grad_fn.saved_tensors if isinstance(s, Tensor)]  # type: ignore[attr-defined]
    if not saved:
        raise Wrong(
            "the gradients are right, but nothing went through ctx.save_for_backward. That is the place where the "
            "engine can watch over a tensor, and free it after the backward pass.",
            "nothing is saved for backward",
        )
    if not any(close(s, array(result)) for s in saved):
        raise Wrong(
            "the gradients are right, but the exponential is computed a second time in backward. Nothing new is needed "
            "there: which number of forward is the derivative already?",
            "the result is computed again",
        )
    # Written past the version counters: backward computes from what it saved, or from the input a second time.
    for kept in result.grad_fn.saved_tensors:  # type: ignore[attr-defined]
        if isinstance(kept, Tensor) and close(array(kept), array(result)):
            kept.data.mul_(2.0)
    if close(rule.backward(result, trials[0].upstream)[0], trials[0].pulled_back(_exp)[0]):
        raise Wrong(
            "the gradients are right, and the result is saved, but the exponential is computed a second time in "
            "backward. Nothing new is needed there.",
            "the result is computed again",
        )
    return "the derivative was there already: forward saves it, and backward has one product left to compute."


# 05.3: clip, with two arguments that are no tensors


def _clip(x: Tensor, low: float, high: float) -> Tensor:
    return x.clamp(low, high)


def _through(mask: Callable[[np.ndarray, float, float], np.ndarray]) -> Callable[[Trial], Sequence[np.ndarray]]:
    return lambda t: [t.upstream * mask(*t.arguments)]


def clip(answer: Any) -> str:
    rule = Rule(answer, "Clip", "x, low, high")

    def one(seed: int, shape: tuple[int, ...], low: float, high: float) -> Trial:
        drawn = trial(seed, shape, result=lambda x: x)
        # Each of the three parts has elements, none of which is at a boundary.
        x = np.linspace(low - 0.9 * (high - low), high + 0.7 * (high - low), int(np.prod(shape))) + 0.013
        shuffled = np.random.default_rng(seed).permutation(x).reshape(shape)
        return Trial((shuffled.round(3), low, high), drawn.upstream)

    trials = [one(1, (8,), -0.5, 0.5), one(2, (3, 4), 0.25, 2.0), one(3, (2, 2, 3), -3.0, -1.0)]
    judge_forward(rule, _clip, trials, "x, held between low and high")
    mistakes = [
        _without_upstream(_clip),
        Mistake(
            "g passes everywhere. Where x was clipped, the result stays at the bound when x moves a little.",
            "the clipped elements let the gradient pass",
            lambda t: [t.upstream],
        ),
        Mistake(
            "g passes just where it must not, and is stopped where it must pass: the mask is the wrong way round.",
            "the mask of the wrong side",
            _through(lambda x, low, high: (x < low) | (x > high)),
        ),
        Mistake(
            "only the upper bound is in the mask.",
            "one bound only",
            _through(lambda x, low, high: x < high),
        ),
        Mistake(
            "only the lower bound is in the mask.",
            "one bound only",
            _through(lambda x, low, high: x > low),
        ),
        Mistake(
            "the gradient itself was clipped: that is what clamp does to numbers. The rule asks where x was clipped.",
            "the gradient is clipped",
            lambda t: [t.upstream.clip(t.arguments[1], t.arguments[2])],
        ),
        Mistake(
            "the mask looks at g. Which tensor decides whether an element was clipped?",
            "the mask of the upstream gradient",
            lambda t: [t.upstream * ((t.upstream > t.arguments[1]) & (t.upstream < t.arguments[2]))],
        ),
        Mistake(
            "this is g times the result of forward. The rule needs the derivative, not the value.",
            "values for derivatives",
            lambda t: [t.upstream * _value(_clip, t)],
        ),
        Mistake(
            "this is g times x where x was not clipped. How fast does the result move there when x does?",
            "values for derivatives",
            _through(lambda x, low, high: x * ((x > low) & (x < high))),
        ),
        Mistake(
            "the mask is that of relu, with zero as its only bound. Use the bounds that forward was handed.",
            "the bounds are ignored",
            _through(lambda x, low, high: x > 0),
        ),
        Mistake(
            "it is zero everywhere. Did the mask ask for values beyond a bound, which the clipped result never has, or "
            "for two things that exclude each other?",
            "no gradient passes",
            lambda t: [0 * t.upstream],
        ),
        _turned(_clip),
    ]
    judge_backward(rule, _clip, trials, mistakes)
    judge_memory(rule, _clip, trials[0], one(4, (8,), -0.5, 0.5))
    return "g passes where x was between the bounds and stops elsewhere; the bounds are no tensors and get None."


# 05.4: a product whose factors are broadcast


def _multiply(a: Tensor, b: Tensor) -> Tensor:
    return a * b


def _before_the_sum(operation: Operation) -> Callable[[Trial], list[np.ndarray]]:
    """The gradients as they are when broadcasting is not undone."""

    def gives(t: Trial) -> list[np.ndarray]:
        shape = t.upstream.shape
        return Trial(tuple(np.broadcast_to(a, shape) for a in t.arguments), t.upstream).pulled_back(operation)

    return gives


def _reduced(how: Callable[[np.ndarray, tuple[int, ...]], np.ndarray]) -> Callable[[Trial], list[np.ndarray]]:
    """The gradients of the product when broadcasting is undone by ``how(gradient, shape)``."""
    spread = _before_the_sum(_multiply)
    return lambda t: [how(g, np.shape(a)) for g, a in zip(spread(t), t.arguments, strict=True)]


def _added_axes(g: np.ndarray, shape: tuple[int, ...]) -> tuple[int, ...]:
    extra = g.ndim - len(shape)
    return tuple(i for i in range(g.ndim) if i < extra or shape[i - extra] != g.shape[i])


def _averaged(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return g.mean(_added_axes(g, shape)).reshape(shape)


def _first_of_copies(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    axes = _added_axes(g, shape)
    return g[tuple(0 if i in axes else slice(None) for i in range(g.ndim))].reshape(shape)


def _without_ones(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return g.sum(_added_axes(g, shape))


def multiply(answer: Any) -> str:
    rule = Rule(answer, "Multiply", "a, b")
    equal = [trial(1, (3,), (3,), result=_multiply), trial(2, (2, 2), (2, 2), result=_multiply)]
    stages = [
        [trial(3, (3, 1), (1, 4), result=_multiply), trial(4, (2, 3), (2, 1), result=_multiply)],
        [trial(5, (), (4,), result=_multiply), trial(6, (2, 3), (), result=_multiply)],
        [trial(7, (4,), (2, 3, 4), result=_multiply), trial(8, (2, 3, 1), (3, 2), result=_multiply)],
    ]
    everything = [*equal, *[t for stage in stages for t in stage]]
    judge_forward(rule, _multiply, everything, "the product of a and b")
    plain = [
        _without_upstream(_multiply),
        Mistake(
            "each factor got its own value, times g. When a moves, by what is its step multiplied?",
            "the factors are exchanged",
            lambda t: [t.upstream * a for a in t.arguments],
        ),
        Mistake(
            "g is handed on as it came, as a sum would do. By what is a step of a factor multiplied?",
            "the rule of a sum",
            lambda t: [t.upstream, t.upstream],
        ),
        Mistake(
            "this is g times the result of forward. The rule needs the derivative, not the value.",
            "values for derivatives",
            lambda t: [t.upstream * _value(_multiply, t)] * 2,
        ),
        Mistake(
            "both gradients are added up into one, and each factor gets the sum. Each has a gradient of its own.",
            "one gradient for both",
            lambda t: [np.add(*t.pulled_back(_multiply))] * 2,
        ),
        _turned(_multiply),
    ]
    broadcast = [
        Mistake(
            "it still has the shape of the result. What was broadcast was used several times, and each use sends a "
            "gradient: they belong together again.",
            "broadcasting is not undone",
            _before_the_sum(_multiply),
        ),
        Mistake(
            "the gradients of the copies are averaged. What does autograd do with the gradients of several uses?",
            "averaged over the copies",
            _reduced(_averaged),
        ),
        Mistake(
            "only one of the copies counts. What was broadcast was used several times, and each use sends a gradient.",
            "one of several uses",
            _reduced(_first_of_copies),
        ),
        Mistake(
            "the numbers are right, but a dimension of length one got lost on the way. The gradient has the very shape "
            "of its factor.",
            "a dimension is lost",
            _reduced(_without_ones),
        ),
        Mistake(
            "everything was added up into one number. Only what was broadcast belongs together again.",
            "summed over everything",
            _reduced(lambda g, shape: np.asarray(g.sum())),
        ),
        Mistake(
            "everything was added up, and the sum put into each element. Only what was broadcast belongs together "
            "again.",
            "summed over everything",
            _reduced(lambda g, shape: np.full(shape, g.sum())),
        ),
        *plain,
    ]
    judge_backward(rule, _multiply, equal, plain)
    for stage in stages:
        for one in stage:
            try:
                judge_backward(rule, _multiply, [one], broadcast)
            except Wrong as wrong:
                raise Wrong(f"with a and b of {one.shapes()}: {wrong}", wrong.misconception) from None
    judge_memory(rule, _multiply, equal[0], trial(9, (3,), (3,), result=_multiply))
    return "each factor gets g times the other one, and what was broadcast collects the gradients of all its copies."


# 05.5: a matrix product


def _product(a: Tensor, b: Tensor) -> Tensor:
    return a @ b


def matrix_product(answer: Any) -> str:
    rule = Rule(answer, "MatMul", "a, b")
    square = [trial(1, (2, 2), (2, 2), result=_product), trial(2, (3, 3), (3, 3), result=_product)]
    others = [
        trial(3, (2, 3), (3, 4), result=_product),
        trial(4, (4, 1), (1, 2), result=_product),
        trial(5, (1, 3), (3, 1), result=_product),
    ]
    judge_forward(rule, _product, [*square, *others], "the matrix product of a and b")

    def gives(first: Callable, second: Callable) -> Callable[[Trial], list[np.ndarray]]:
        return lambda t: [rule(t.upstream, *t.arguments) for rule in (first, second)]

    mistakes = [
        _without_upstream(_product),
        Mistake(
            "the two gradients stand in each other's place. They are returned in the order of the inputs of forward.",
            "the gradients are exchanged",
            lambda t: t.pulled_back(_product)[::-1],
        ),
        Mistake(
            "a transpose is missing. Try it with shapes that differ: a of [2, 3] and b of [3, 4]. Which shapes fit?",
            "the transpose is missing",
            gives(lambda g, a, b: g @ b, lambda g, a, b: a @ g),
        ),
        Mistake(
            "the factors stand in the wrong order: a matrix product depends on it. Try it with shapes that differ: a "
            "of [2, 3] and b of [3, 4]. Which order fits?",
            "the factors in the wrong order",
            gives(lambda g, a, b: b.T @ g, lambda g, a, b: g @ a.T),
        ),
        Mistake(
            "a transpose is missing, and the factors stand in the wrong order. Try it with shapes that differ: a of "
            "[2, 3] and b of [3, 4]. Which shapes fit?",
            "the transpose is missing",
            gives(lambda g, a, b: b @ g, lambda g, a, b: g @ a),
        ),
        Mistake(
            "this is the rule of the elementwise product. In a matrix product each element of a meets a row of b.",
            "the elementwise rule",
            gives(lambda g, a, b: g * b, lambda g, a, b: g * a),
        ),
        Mistake(
            "this is the transpose of the gradient. The gradient has the shape of the matrix it belongs to.",
            "the gradient is transposed",
            lambda t: [g.T for g in t.pulled_back(_product)],
        ),
        Mistake(
            "the matrix itself is there where the other one belongs: when a moves, its step is multiplied by what?",
            "the factors are exchanged",
            gives(lambda g, a, b: g @ a.T, lambda g, a, b: b.T @ g),
        ),
        Mistake(
            "the matrix itself is there where the other one belongs: when a moves, its step is multiplied by what?",
            "the factors are exchanged",
            gives(lambda g, a, b: g @ a, lambda g, a, b: b @ g),
        ),
        Mistake(
            "g is transposed, which it should not be: it has the shape of the result.",
            "the upstream gradient is transposed",
            gives(lambda g, a, b: g.T @ b.T, lambda g, a, b: a.T @ g.T),
        ),
        _turned(_product),
    ]
    judge_backward(rule, _product, square, mistakes)
    judge_backward(rule, _product, others, mistakes)
    judge_memory(rule, _product, others[0], trial(6, (2, 3), (3, 4), result=_product))
    _only_what_is_wanted(rule, _product, others[0])
    return "each matrix gets g times the transpose of the other, on its own side, and only if somebody wants it."


def _only_what_is_wanted(rule: Rule, operation: Operation, one: Trial) -> None:
    """Raise Wrong where a gradient is computed for a tensor that needs none, or is not for one that does."""
    right = one.pulled_back(operation)
    for slot, name in enumerate(rule.inputs):
        arguments, tensors = one.fresh()
        tensors[slot].requires_grad_(False)
        gradients = rule.backward(rule.forward(arguments), one.upstream)
        wanted = gradients[1 - slot]
        # First: where the two flags are exchanged, the other is computed though nobody wants it.
        if not close(wanted, right[1 - slot]):
            raise Wrong(
                f"where {name} needs no gradient, that of {rule.inputs[1 - slot]} is "
                f"{'None' if wanted is None else 'no longer right'}. "
                "ctx.needs_input_grad has one truth value for each input, in the order of forward.",
                "the wrong gradient is left out",
            )
        if gradients[slot] is not None:
            raise Wrong(
                f"all gradients are right, but where {name} needs none, backward returns one all the same, and the "
                "engine throws it away. ctx.needs_input_grad says what is wanted; None stands for the rest.",
                "a gradient nobody wants",
            )
        # The other factor is needed for this gradient alone: whoever computes it trips over another shape.
        arguments, tensors = one.fresh()
        tensors[slot].requires_grad_(False)
        result = rule.forward(arguments)
        tensors[1 - slot].data = torch.zeros(5, 7)
        try:
            rule.backward(result, one.upstream)
        except Raised:
            raise Wrong(
                f"all gradients are right, but where {name} needs none, its gradient is computed all the same, and "
                "then thrown away. Ask before you compute.",
                "a gradient nobody wants",
            ) from None


# 05.6: log-sum-exp, to be differentiated twice


def _logsumexp(x: Tensor) -> Tensor:
    return x.logsumexp(-1)


def _shares(x: np.ndarray, axis: int | None = -1) -> np.ndarray:
    return np.exp(x) / np.exp(x).sum(axis, keepdims=True)


def log_sum_exp(answer: Any) -> str:
    rule = Rule(answer, "LogSumExp", "x")
    square = [trial(1, (3, 3), result=_logsumexp), trial(2, (2, 2), result=_logsumexp)]
    others = [trial(i, shape, result=_logsumexp) for i, shape in ((3, (2, 4)), (4, (5,)), (5, (3, 2, 4)))]
    judge_forward(rule, _logsumexp, [*square, *others], "the logarithm of the sum of exp(x) along the last dimension")

    def gives(rule: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Callable[[Trial], list[np.ndarray]]:
        return lambda t: [rule(t.upstream, t.arguments[0])]

    mistakes = [
        _without_upstream(_logsumexp),
        Mistake(
            "g meets the wrong elements. It has one number for each row of x, and broadcasting lines up the last "
            "dimensions, so that here it goes along the rows.",
            "the upstream gradient along the wrong dimension",
            gives(lambda g, x: g * _shares(x)),
        ),
        Mistake(
            "the shares are taken along the first dimension. forward sums along the last one.",
            "the wrong dimension",
            gives(lambda g, x: g[..., None] * _shares(x, 0)),
        ),
        Mistake(
            "the shares are taken over the whole of x. forward sums along the last dimension only.",
            "the wrong dimension",
            gives(lambda g, x: g[..., None] * _shares(x, None)),
        ),
        Mistake(
            "this is g times exp(x): the derivative of the sum. The logarithm around it has a derivative too.",
            "the outer derivative is missing",
            gives(lambda g, x: g[..., None] * np.exp(x)),
        ),
        Mistake(
            "this is g divided by the sum: the derivative of the logarithm. What is inside it has a derivative too.",
            "the inner derivative is missing",
            gives(lambda g, x: g[..., None] / np.exp(x).sum(-1, keepdims=True) + 0 * x),
        ),
        Mistake(
            "this is g times the result of forward. The rule needs the derivative, not the value.",
            "values for derivatives",
            gives(lambda g, x: (g * np.log(np.exp(x).sum(-1)))[..., None] + 0 * x),
        ),
        Mistake(
            "exp(x) is divided by the logarithm of the sum, which is what forward returns. What is it divided by in "
            "the derivative?",
            "divided by the result",
            gives(lambda g, x: g[..., None] * np.exp(x) / np.log(np.exp(x).sum(-1, keepdims=True))),
        ),
        Mistake(
            "this is a part of the derivative of softmax. Here the gradient of logsumexp itself is wanted.",
            "differentiated once too often",
            gives(lambda g, x: g[..., None] * _shares(x) * (1 - _shares(x))),
        ),
        Mistake(
            "every element of a row gets g itself. They do not all move the result equally.",
            "the local derivative is missing",
            gives(lambda g, x: g[..., None] + 0 * x),
        ),
        _turned(_logsumexp),
    ]
    judge_backward(rule, _logsumexp, square, mistakes)
    judge_backward(rule, _logsumexp, others, mistakes)
    judge_memory(rule, _logsumexp, square[0], trial(6, (3, 3), result=_logsumexp))
    for one in (square[0], others[2]):
        _twice(rule, one)
    return "the gradient is right, and since backward computes it from what has a history, so is the gradient's own."


def _second(result: Tensor, x: Tensor, one: Trial) -> tuple[np.ndarray, np.ndarray]:
    """The gradients of the weighted gradient, with respect to x and to the upstream gradient."""
    g = torch.tensor(one.upstream).to(torch.float32).requires_grad_()
    (first,) = torch.autograd.grad(result, x, g, create_graph=True)
    assert first is not None
    weights = torch.tensor(np.random.default_rng(9).uniform(-1, 1, tuple(x.shape)).round(3)).to(torch.float32)
    if not first.requires_grad:
        raise Wrong(
            "the gradient is right, but it has no history: differentiated in turn, there is nothing behind it. Is "
            "backward computed with detach, no_grad or NumPy?",
            "backward is not recorded",
        )
    return tuple(  # type: ignore[return-value]
        array(s) for s in torch.autograd.grad(first, [x, g], weights, allow_unused=True, materialize_grads=True)
    )


def _twice(rule: Rule, one: Trial) -> None:
    """Raise Wrong where the gradient of the gradient is not that of logsumexp."""
    (plain,), _ = one.fresh()
    right = _second(_logsumexp(plain), plain, one)
    (x,), _ = one.fresh()
    result = rule.forward([x])
    node = result.grad_fn
    assert node is not None
    saved = [s for s in node.saved_tensors if isinstance(s, Tensor)]  # type: ignore[attr-defined]
    foreign = [s for s in saved if s is not x and s.grad_fn is not node]

    def backward(result: Tensor, x: Tensor, one: Trial) -> Any:
        return _second(result, x, one)

    # So that an error shows the line of the student's backward.
    backward.__wrapped__ = rule.function.backward  # type: ignore[attr-defined]
    try:
        found = call(backward, result, x, one)
    except Raised as raised:
        if isinstance(raised.error, Wrong):
            raise raised.error from None
        if "once_differentiable" in str(raised.error):
            raise Wrong(
                "the gradient is right, but once_differentiable forbids to differentiate it again, which is asked for "
                "here.",
                "differentiable once only",
            ) from None
        raise Wrong(
            f"the gradient is right, but it cannot be differentiated in turn: {raised}", "backward is not recorded"
        ) from None
    if all(close(f, r) for f, r in zip(found, right, strict=True)):
        return
    if foreign:
        raise Wrong(
            "the gradient is right, but differentiated again it is silently wrong. You saved a tensor that is neither "
            "an input nor the output of forward: nothing in forward is recorded, so backward takes it for a constant. "
            "Save inputs and outputs only, and compute the rest from them.",
            "an intermediate is saved",
        )
    raise Wrong(
        "the gradient is right, but differentiated again it is wrong: a part of it that depends on x is taken for a "
        "constant. Is every operation in backward one that is recorded?",
        "backward is not recorded",
    )


QUESTIONS = {
    "05.1": Question(
        title="A rule for a power",
        minutes=8,
        difficulty=1,
        hints=(
            "Start from Sine: two lines must change, one in forward and one in backward.",
            "In backward, ctx.saved_tensors gives back the x of forward. Write the derivative of a third power at it.",
            "The chain rule: the rate at which what comes later moves with y, times the rate at which y moves with x.",
        ),
        grade=cube,
    ),
    "05.2": Question(
        title="A rule that saves its result",
        minutes=7,
        difficulty=1,
        hints=(
            "What is the derivative of exp? You have computed it before, in forward.",
            "Give the result a name in forward, so that you can save it and return it.",
            "save_for_backward takes inputs and outputs alike. backward then has a single product to compute.",
        ),
        grade=exponential,
    ),
    "05.3": Question(
        title="A mask, and arguments that are no tensors",
        minutes=10,
        difficulty=2,
        hints=(
            "Draw the result over x: where is the curve steep, and where flat?",
            "A comparison of tensors gives a tensor of truth values; & joins two of them; as a factor, True counts 1.",
            "Ask the saved input which elements were between the bounds. The bounds can be put on ctx; in what "
            "backward returns, each of them has a place too.",
        ),
        grade=clip,
    ),
    "05.4": Question(
        title="Undo a broadcast",
        minutes=15,
        difficulty=3,
        hints=(
            "Write the rule for equal shapes first, and let the check tell you that this part is right.",
            "A number that was broadcast along a dimension was used once for each place there. What happens to the "
            "gradients of several uses?",
            "Two cases: dimensions of length one that were stretched, which must stay as length one, and dimensions "
            "that were not there, which must go. A helper function that takes a gradient and a shape does both.",
        ),
        grade=multiply,
    ),
    "05.5": Question(
        title="A matrix product",
        minutes=10,
        difficulty=2,
        hints=(
            "Take a of [2, 3] and b of [3, 4]: which shape has g, and which shapes must the two gradients have?",
            "Only one way to multiply g with the other matrix, transposed or not, on the left or on the right, gives "
            "the right shape for a. The same for b.",
            "ctx.needs_input_grad is a tuple of truth values, one for each input of forward. Begin with two gradients "
            "that are None, and compute those that are asked for.",
        ),
        grade=matrix_product,
    ),
    "05.6": Question(
        title="A rule that can be differentiated",
        minutes=15,
        difficulty=3,
        hints=(
            "Differentiate from the outside in: the logarithm first, then the sum, then exp. The result has a name.",
            "g has one number for each row, the gradient one for each element of x: g needs one more dimension, at the "
            "end.",
            "For the second derivative, everything in backward must be computed, by operations that are recorded, from "
            "tensors that have a history: the inputs and the outputs. The result of forward helps: exp of it is the "
            "sum.",
        ),
        grade=log_sum_exp,
    ),
}
