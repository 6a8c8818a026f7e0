"""Sheet 01, on the lesson: predict a gradient, write a vector-Jacobian product, mend a training loop.

What is right, and what each misconception gives, is computed by the engine when an answer comes in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import minigrad as torch
from minigrad.engine import observed_by

from ..guard import Raised, call
from ..question import Question
from ..reading import function, number, numbers, shape_words
from ..verdict import Wrong

Tensor = torch.Tensor


def _close(a: Any, b: Any) -> bool:
    """Equal but for the rounding of float32."""
    return np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=1e-4, atol=1e-6))


# 01.1: x.grad after one backward() and after a second


def _program(first: Tensor, second: Tensor, third: Tensor) -> Tensor:
    """y of the question, with a name for each place where x stands."""
    return first * second + 5 * third


def _derivative(x: Tensor) -> Tensor:
    (slope,) = torch.autograd.grad(_program(x, x, x), x, create_graph=True)
    assert slope is not None
    return slope


def _gradient_after(calls: int, program: Callable[[Tensor], Tensor]) -> float:
    x = torch.tensor(3.0, requires_grad=True)
    for _ in range(calls):
        program(x).backward()
    assert x.grad is not None
    return x.grad.item()


def two_backward_calls(answer: Any) -> str:
    if answer is ... or not isinstance(answer, tuple | list) or len(answer) != 2:
        raise Wrong('two numbers are wanted: check("01.1", (after_one, after_two)).')
    one, two = number(answer[0], "after_one"), number(answer[1], "after_two")

    slope = _gradient_after(1, lambda x: _program(x, x, x))
    both = _gradient_after(2, lambda x: _program(x, x, x))
    second = _gradient_after(1, _derivative)

    if not _close(one, slope):
        right = "after_two is twice after_one, which is right. But " if _close(two, 2 * one) else ""
        for words, misconception, value in (
            (
                "after_one is the value of y. x.grad holds the slope: how fast y changes when x does.",
                "the value for the gradient",
                _program(*[torch.tensor(3.0)] * 3).item(),
            ),
            (
                "in after_one, x * x counts once. x stands there twice, and each of the two sends a gradient back.",
                "one of two uses",
                _gradient_after(1, lambda x: _program(x, x.detach(), x)),
            ),
            (
                "in after_one, the gradient of 5 * x is missing. The gradients of the terms of a sum add up.",
                "a term is lost",
                _gradient_after(1, lambda x: _program(x, x, x.detach())),
            ),
            (
                "in after_one, the gradient of x * x is missing. The gradients of the terms of a sum add up.",
                "a term is lost",
                _gradient_after(1, lambda x: _program(x.detach(), x.detach(), x)),
            ),
            (
                "after_one is the sum of both backward calls. It asks for x.grad before the second.",
                "both calls at once",
                both,
            ),
            (
                "after_one is the second derivative. backward() computes the first, at the x of this program.",
                "the second derivative",
                second,
            ),
        ):
            if _close(one, value):
                raise Wrong(right + words, misconception)
        raise Wrong(
            f"{right}after_one is not the slope of y at this x. Take the terms one by one: how fast does x * x "
            "change when x does, how fast 5 * x?"
        )
    if _close(two, both):
        return "x * x sends two gradients and 5 * x one; backward() adds them to x.grad, whatever is there already."
    right = "after_one is right. In after_two, "
    if _close(two, one):
        raise Wrong(
            right + "you let the second backward() replace what the first had left. Autograd adds to x.grad.",
            "the new gradient replaces the old",
        )
    if _close(two, one * one):
        raise Wrong(right + "you multiplied the two gradients. Autograd adds to x.grad.", "gradients multiply")
    if _close(two, 0):
        raise Wrong(
            right + "x.grad is empty. Nobody emptied it: backward() itself never does.", "backward empties the gradient"
        )
    if _close(two, second):
        raise Wrong(
            right + "you differentiated the gradient. The second program differentiates y again, from the start.",
            "the second derivative",
        )
    raise Wrong(right + "remember what is in x.grad already when the second backward() comes to it.")


# 01.2: vᵀJ of y = x * x[0], by hand


def _outputs(x: Tensor) -> Tensor:
    return x * x[0]


def _pullback(outputs: Callable[[Tensor], Tensor], x: list[float], v: np.ndarray) -> np.ndarray:
    leaf = torch.tensor(x, requires_grad=True)
    (gradient,) = torch.autograd.grad(outputs(leaf), leaf, torch.tensor(v.tolist()))
    return np.asarray(gradient).astype(np.float64)


class _Backward:
    """Sees whether a backward pass ran."""

    ran = False

    def seed(self, *_: Any) -> None:
        self.ran = True

    def contribution(self, *_: Any) -> None:
        pass

    def accumulate(self, *_: Any) -> None:
        pass


# What vjp gives wrongly -> the words and the name for it; each from x, v and the Jacobian matrix J.
_WRONG_PRODUCTS: tuple[tuple[str, str, Callable[[list[float], np.ndarray, np.ndarray], np.ndarray]], ...] = (
    (
        "this is J v, the columns of J weighted by v: how y changes when x moves along v. backward(v) gives vᵀJ: it "
        "weights the rows, one for each output.",
        "J v for vᵀJ",
        lambda x, v, J: J @ v,
    ),
    (
        "this does not depend on v: it is the sum of the rows of J, as if every v were [1, 1]. Weight each output by "
        "its own element of v.",
        "v is ignored",
        lambda x, v, J: J.sum(0),
    ),
    (
        "this is v times the outputs themselves. The gradient needs their derivatives.",
        "values for derivatives",
        lambda x, v, J: v * np.asarray(_outputs(torch.tensor(x))),
    ),
    (
        "only the diagonal of J is in it: each x[i] sends its change to y[i] alone. Which outputs does x[0] feed?",
        "only the diagonal of J",
        lambda x, v, J: np.diag(J) * v,
    ),
    (
        "the factor x[0] counts as a constant. x stands twice in x * x[0], and each use sends a gradient.",
        "one of two uses",
        lambda x, v, J: _pullback(lambda leaf: leaf * leaf.detach()[0], x, v),
    ),
    (
        "the factor x counts as a constant. x stands twice in x * x[0], and each use sends a gradient.",
        "one of two uses",
        lambda x, v, J: _pullback(lambda leaf: leaf.detach() * leaf[0], x, v),
    ),
    (
        "only what comes back from y[1] is in it. x[0] feeds both outputs: you replaced the first, autograd adds.",
        "the new gradient replaces the old",
        lambda x, v, J: v[1:] @ J[1:],
    ),
    (
        "only what comes back from y[0] is in it. x feeds y[1] too, and autograd adds what each output sends.",
        "one output is left out",
        lambda x, v, J: v[:1] @ J[:1],
    ),
    (
        "the two numbers are exchanged: the gradient of x[0] comes first.",
        "elements exchanged",
        lambda x, v, J: (v @ J)[::-1],
    ),
    ("the sign is turned: this is -vᵀJ.", "the sign is turned", lambda x, v, J: -(v @ J)),
    ("this is J itself. vᵀJ is one row: the rows of J weighted by v, and added.", "J for vᵀJ", lambda x, v, J: J),
    (
        "this is the transpose of J. vᵀJ is one row: the rows of J weighted by v, and added.",
        "J for vᵀJ",
        lambda x, v, J: J.T,
    ),
    (
        "the rows of J are weighted by v, which is right, but not added: each element of x gets one number.",
        "contributions are not added",
        lambda x, v, J: v[:, None] * J,
    ),
    (
        "the numbers were added up into one. The gradient has the shape of x: one number for each element.",
        "summed over x",
        lambda x, v, J: (v @ J).sum(),
    ),
    (
        "this is the weighted sum of the outputs, v·y. The gradient says how it changes with each element of x.",
        "the value for the gradient",
        lambda x, v, J: v @ np.asarray(_outputs(torch.tensor(x))),
    ),
)


def vector_jacobian_product(answer: Any) -> str:
    vjp = function(answer, "vjp(x, v)")
    random = np.random.default_rng(1)
    trials = []
    for v in [[1.0, 0.0], [0.0, 1.0], *random.uniform(-2, 2, (3, 2)).round(2).tolist()]:
        x = random.uniform(0.5, 2.5, 2).round(2).tolist()
        given = torch.tensor(x), torch.tensor(v)
        with observed_by(backward := _Backward()):
            result = call(vjp, *given)
        if backward.ran:
            raise Wrong(
                "backward() did the work. Here it is yours: compute the two numbers with +, * and the elements of x "
                "and v.",
                "left to backward",
            )
        if result is None:
            raise Wrong("vjp returned None. Is the return missing?", "nothing is returned")
        if not _close(given[0].detach(), x) or not _close(given[1].detach(), v):
            raise Wrong(
                "vjp changed the x or v it was handed, which still belong to the caller. Compute something new.",
                "arguments are changed",
            )
        weights = np.array(v)
        jacobian = np.stack([_pullback(_outputs, x, row) for row in np.eye(2)])
        trials.append((x, weights, jacobian, numbers(result, "what vjp returns")))

    shape = trials[0][3].shape
    right = [
        shape == (2,) and all(_close(result[i], (v @ jacobian)[i]) for _, v, jacobian, result in trials) for i in (0, 1)
    ]
    if all(right):
        return "each output sends its row of J, weighted by its element of v, and the rows add up to vᵀJ."
    for words, misconception, product in _WRONG_PRODUCTS:
        if all(_close(result, product(x, v, jacobian)) for x, v, jacobian, result in trials):
            raise Wrong(words, misconception)
    if shape != (2,):
        raise Wrong(f"the result has shape {shape_words(shape)}. x has shape [2], and so has its gradient.")
    if all(_close(result, trials[0][3]) for *_, result in trials):
        raise Wrong(
            "the result is always the same, whatever x and v are. Does vjp compute with variables of the notebook "
            "instead of its arguments?",
            "arguments are ignored",
        )
    if any(right):
        good, bad = (0, 1) if right[0] else (1, 0)
        raise Wrong(f"the gradient of x[{good}] is right. That of x[{bad}] is not: which outputs does x[{bad}] feed?")
    raise Wrong("neither number is vᵀJ. Write down J first: row i holds the derivatives of y[i].")


# 01.3: gradient descent on a loss


def _loss(weights: Tensor) -> Tensor:
    return (weights * weights * 3).sum()


def _descent(start: list[float], steps: int, lr: float, kept: float = 0.0) -> np.ndarray:
    """Where gradient descent ends; ``kept`` is the part of the old gradients that is still there in the next step."""
    position, gradient = np.array(start), np.zeros(len(start))
    for _ in range(steps):
        leaf = torch.tensor(position.tolist(), requires_grad=True)
        (slope,) = torch.autograd.grad(_loss(leaf), leaf)
        gradient = kept * gradient + np.asarray(slope)
        position = position - lr * gradient
    return position


_START = [1.5, -0.5, 2.0, 0.25]


def _trained(train: Callable, steps: int, lr: float) -> tuple[np.ndarray, Any]:
    """The weights after ``train``, and what it returned."""
    weights = torch.tensor(_START, requires_grad=True)
    try:
        returned = call(train, weights, steps, lr)
    except Raised as raised:
        raise _explained(raised, weights) from None
    if weights.shape != (len(_START),):
        raise Wrong("train changed the shape of the weights. An update keeps it.")
    return np.asarray(weights.detach()).astype(np.float64), returned if weights.requires_grad else ...


def _explained(raised: Raised, weights: Tensor) -> Wrong:
    """The misconception behind an error of the engine, where it is a known one."""
    words = str(raised.error)
    if "leaf Variable that requires grad" in words:
        why = "the update is not part of the computation whose gradient is wanted, and must not be recorded."
        misconception = "the update is recorded"
    elif "second time" in words:
        why = "each step needs the loss at the weights of that step, so it is computed anew in each."
        misconception = "one loss for all steps"
    elif "NoneType" in words and weights.grad is None:
        why = "before the first backward(), weights.grad is None: there is no gradient yet."
        misconception = "a gradient before backward"
    elif "NoneType" in words:
        why = (
            "weights = weights - ... makes a new tensor, a computed one, and only leaves get a .grad. Change the "
            "values of the tensor you have."
        )
        misconception = "weights become a new tensor"
    elif "does not require grad" in words and weights.grad is None:
        why = "the loss was computed where nothing is recorded. Only the update belongs there."
        misconception = "the loss is not recorded"
    elif "does not require grad" in words:
        why = (
            "weights = weights - ... makes a new tensor, and under no_grad one without requires_grad. Change the "
            "values of the tensor you have."
        )
        misconception = "weights become a new tensor"
    else:
        return raised
    return Wrong(f"{why}\n  {raised}", misconception)


def training_loop(answer: Any) -> str:
    train = function(answer, "train(weights, steps, lr)")
    lr, steps = 0.05, 4
    first, _ = _trained(train, 1, lr)
    last, returned = _trained(train, steps, lr)
    other, _ = _trained(train, steps, lr / 2)
    right = _descent(_START, steps, lr)
    first_is_right = _close(first, _descent(_START, 1, lr))
    begun = "the first step is right, later ones are not: " if first_is_right else ""

    if first_is_right and _close(last, right) and _close(other, _descent(_START, steps, lr / 2)):
        if returned is ...:
            raise Wrong(
                "the numbers are right, but afterwards the weights no longer require a gradient, so nobody can train "
                "them further.",
                "tracking is left off",
            )
        return "each step computes a fresh loss, uses its gradient unrecorded, and leaves none of it to the next step."
    if not np.isfinite(last).all():
        raise Wrong(
            f"{begun}the weights grew without bound. Does the update go down the slope, and only by one step's?"
        )
    if _close(last, _START):
        if isinstance(returned, Tensor) and _close(returned.detach(), right):
            raise Wrong(
                "the weights you return are right, but those handed in did not move: weights = ... gives the name to a "
                "new tensor. Change the values of the tensor you have.",
                "weights become a new tensor",
            )
        raise Wrong(
            "the weights did not move. Is there an update of the tensor that was handed in, and is the gradient still "
            "there when it comes?",
            "no step is taken",
        )
    for words, misconception, end in (
        (
            "nothing empties weights.grad between the steps, so each backward() adds to the gradients of all steps "
            "before.",
            "the gradient is never emptied",
            _descent(_START, steps, lr, kept=1.0),
        ),
        (
            "the steps go up the slope. The gradient points to where the loss grows.",
            "the sign is turned",
            _descent(_START, steps, -lr),
        ),
        (
            "only one step is taken, whatever steps says. What of the loop is inside it?",
            "one step only",
            _descent(_START, 1, lr),
        ),
        (
            "all gradients come from the weights of the start: the loop goes on, the update does not take part in it.",
            "one update for all steps",
            _descent(_START, 1, steps * lr),
        ),
        ("one step too few is taken.", "one step too few", _descent(_START, steps - 1, lr)),
        ("one step too many is taken.", "one step too many", _descent(_START, steps + 1, lr)),
        (
            "the step is the whole gradient. lr says which part of it to take.",
            "lr is ignored",
            _descent(_START, steps, 1.0),
        ),
    ):
        if _close(last, end):
            raise Wrong(begun + words, misconception)
    if _close(last, other):
        raise Wrong(
            "the result is the same whatever lr is. Does train use a number of its own instead of the argument?",
            "lr is ignored",
        )
    raise Wrong(
        f"{begun}the weights end elsewhere than gradient descent does. In each step: the loss, its gradient, an update "
        "by lr times the gradient, and no gradient left over."
    )


QUESTIONS = {
    "01.1": Question(
        title="Predict a gradient",
        minutes=5,
        difficulty=1,
        hints=(
            "x stands three times in the line that computes y. Each of them is a way back.",
            "The slope of x * x needs the product rule: hold each factor still once. Then add the slope of 5 * x.",
            "backward() adds what it finds to x.grad. What is in x.grad when the second one begins?",
        ),
        grade=two_backward_calls,
    ),
    "01.2": Question(
        title="Write a vector-Jacobian product",
        minutes=10,
        difficulty=2,
        hints=(
            "Write the four derivatives down as a table first: one row for each y, one column for each x.",
            "Weight each row by its element of v, then add the rows: what stands in a column belongs to one x.",
            "x[0] feeds both outputs, so its number has a part from each row. x[1] feeds one output only.",
        ),
        grade=vector_jacobian_product,
    ),
    "01.3": Question(
        title="Mend a training loop",
        minutes=10,
        difficulty=2,
        hints=(
            "Run the check: the error it reports is the first fault. The second shows once the loop runs.",
            "The update of the weights is no part of the loss. Where are operations not recorded?",
            "Print weights.grad in each step and compare it with the gradient of that step alone.",
        ),
        grade=training_loop,
    ),
}
