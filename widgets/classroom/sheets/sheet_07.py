"""Sheet 07, stop tracking: what is tracked, what shares memory, and how a part of a computation is left out.

What is right comes from a run of the program, and for the two functions from minigrad's SGD and from plain NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import minigrad as torch

from ..equipped import Equipped
from ..guard import Raised, call
from ..predicting import Option, Slip, chosen, predicted
from ..program import Program
from ..question import Question
from ..reading import function, numbers
from ..training import (
    ErrorWords,
    Mistake,
    close,
    descent,
    explained,
    recognised,
    run,
    tensor,
    walk_mistakes,
)
from ..verdict import Wrong

Tensor = torch.Tensor

# 07.1: what is tracked

TRACKED = Program(
    """
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    a = w * 2
    a.detach()
    b = a.detach() * w
    with torch.no_grad():
        c = w * a
    d = c + 1
    e = torch.tensor([3.0, 4.0]) * a
    f = c.clone().requires_grad_()
    """
)

_TRACKED_SLIPS = (
    Slip(
        "a_tracked",
        "False",
        "the line a.detach() makes a new tensor, and nobody gave it a name. What does it do to a itself?",
        "detach changes the tensor itself",
    ),
    Slip(
        "b_tracked",
        "False",
        "one factor of b is detached. How many tracked inputs does it take for a result to be tracked?",
        "one detached input stops tracking",
    ),
    Slip(
        "c_tracked",
        "True",
        "inside no_grad() it does not matter what the inputs are.",
        "no_grad looks at the inputs",
    ),
    Slip(
        "d_tracked",
        "True",
        "the block is over, but what is d computed from? A history that was not recorded does not come back.",
        "tracking comes back after no_grad",
    ),
    Slip(
        "e_tracked",
        "False",
        "the first factor is a plain tensor, the second is not. How many tracked inputs does it take?",
        "all inputs must be tracked",
    ),
    Slip(
        "f_tracked",
        "False",
        "where a tensor comes from is one thing, its flag another. The last call turns the flag.",
        "untracked for ever",
    ),
)

# 07.2: who shares memory

SHARED = Program(
    """
    x = torch.tensor([1.0, 2.0])
    a = x.detach()
    b = x.clone()
    c = x[:1]
    d = x + 0
    e = x.numpy()
    f = x.detach().clone()
    x.mul_(10)
    """
)

_SHARED_SLIPS = (
    Slip("a_first", "1.0", "detach() leaves the history behind. Does it copy the numbers?", "detach copies"),
    Slip("b_first", "x[0]", "what is clone() for, if not for this?", "clone shares memory"),
    Slip("c_first", "1.0", "a slice is a window onto the tensor it was cut from.", "a slice copies"),
    Slip("d_first", "x[0]", "an operation writes its result into memory of its own.", "a result shares memory"),
    Slip("e_first", "1.0", "numpy() hands out the tensor's own numbers.", "numpy copies"),
    Slip("f_first", "x[0]", "two calls, one after the other. Which of the two copies?", "clone shares memory"),
)

# 07.3: a target that does not move

_MOVING = """
w = torch.tensor([1.0, 3.0], requires_grad=True)
target = (w ** 2).mean()
loss = ((w - target) ** 2).sum()
loss.backward()
"""


def _holds_still(changed: str) -> bool:
    """Whether a changed program puts into w.grad what a target that is a plain number would."""
    variables = Program(changed).variables
    if variables["error"] is not None or variables["w"].grad is None:
        return False
    w = variables["w"].detach()
    return close(np.asarray(variables["w"].grad), np.asarray(2 * (w - (w**2).mean())))


STILL = Equipped(_MOVING, holds_still=_holds_still)


def _change(old: str, new: str, text: str, words: str, misconception: str) -> Option:
    changed = _MOVING.replace(old, new)
    assert changed != _MOVING
    return Option(text, f"holds_still({changed!r})", words, misconception)


_TARGET, _LOSS = "target = (w ** 2).mean()\n", "loss = ((w - target) ** 2).sum()\n"
_STILL_OPTIONS = (
    _change(
        _TARGET,
        _TARGET + "target.requires_grad_(False)\n",
        "a new line 3: `target.requires_grad_(False)`",
        "a result has no flag to turn: that line raises. Run it and read the message, it names another way.",
        "the flag of a result",
    ),
    _change(
        _LOSS,
        "with torch.no_grad():\n    " + _LOSS,
        "line 3 inside `with torch.no_grad():`",
        "then the loss itself is not recorded, and nothing leads back from it to w either.",
        "the loss is not recorded",
    ),
    _change(
        _TARGET,
        "w.requires_grad_(False)\n" + _TARGET,
        "before line 2: `w.requires_grad_(False)`",
        "then w is not trained any more: its flag stays off for line 3 as well.",
        "the weight is frozen with the target",
    ),
    _change(
        _LOSS,
        "loss = ((w.detach() - target) ** 2).sum()\n",
        "in line 3, `w.detach()` in place of `w`",
        "now the target moves and w holds still: the other way round.",
        "the wrong tensor is detached",
    ),
    _change(
        _LOSS,
        "loss = ((w - target.detach()) ** 2).sum()\n",
        "in line 3, `target.detach()` in place of `target`",
        "",
        "",
    ),
    _change(
        _LOSS,
        "loss = ((w - target.clone()) ** 2).sum()\n",
        "in line 3, `target.clone()` in place of `target`",
        "a clone has memory of its own, and a history: it was made by an operation that is recorded.",
        "clone stops tracking",
    ),
)

# 07.4: train the second layer only


def _layers(w1: Tensor, w2: Tensor, x: Tensor, y: Tensor) -> Tensor:
    return (((x @ w1).tanh() @ w2 - y) ** 2).mean()


def _layer_trials() -> list[tuple]:
    random = np.random.default_rng(74)
    return [
        (
            [random.uniform(-1, 1, (k, h)), random.uniform(-1, 1, h)],
            [random.uniform(-2, 2, (n, k)), random.uniform(-2, 2, n)],
            steps,
            lr,
        )
        for n, k, h, steps, lr in ((5, 2, 3, 1, 0.2), (6, 3, 2, 3, 0.1), (4, 1, 4, 4, 0.15))
    ]


_LAYER_MISTAKES = (
    *walk_mistakes(_layers, moved=(0.0, 1.0)),
    Mistake(
        "the first layer moves as well. It is to stay as it is.",
        "the frozen layer is trained",
        lambda w, d, steps, lr: descent(_layers, w, d, steps, lr),
    ),
    Mistake(
        "the first layer is trained and the second stays: the other way round.",
        "the wrong layer is frozen",
        lambda w, d, steps, lr: descent(_layers, w, d, steps, lr, moved=(1.0, 0.0)),
    ),
)
_LOSS_CUT = ErrorWords(
    "does not require grad",
    "nothing leads back from this loss. What was cut off or left unrecorded: only the first layer, or what comes "
    "after it as well? Or has the name w2 gone to a new tensor, which is not tracked?",
    "the loss is not recorded",
)
_SAME_GRAPH = ErrorWords(
    "second time",
    "backward() walked into a graph that an earlier step had used up. What was computed once, before the loop, and "
    "need the walk go there at all?",
    "a used-up graph is walked again",
)


def train_second(answer: Any) -> str:
    train = function(answer, "train_second(w1, w2, x, y, steps, lr)")
    trials, names = _layer_trials(), ("w1", "w2", "x", "y")
    runs = [run(train, *trial, names=names, errors=[_LOSS_CUT, _SAME_GRAPH]) for trial in trials]
    ends = [each.ends for each in runs]
    if all(close(end, trial[0]) for end, trial in zip(ends, trials, strict=True)):
        raise Wrong(
            "w2 did not move at all. A step needs a loss, its gradient for w2, and an update inside w2 itself.",
            "no step is taken",
        )
    if not close(ends, [_frozen_first(*trial) for trial in trials]):
        if mistake := recognised(ends, trials, _LAYER_MISTAKES):
            raise Wrong(mistake.words, mistake.misconception)
        if not all(close(end[0], trial[0][0]) for end, trial in zip(ends, trials, strict=True)):
            raise Wrong("w1 was changed. It is to stay as it is.", "the frozen layer is trained")
        raise Wrong("w2 ends elsewhere than gradient descent on this loss does. Go through one step line by line.")
    if any(each.weights[0].grad is not None for each in runs):
        raise Wrong(
            "the numbers are right, but w1.grad holds a gradient now, and whoever trains w1 next will add to it. Why "
            "was it computed at all?",
            "a gradient for the frozen layer",
        )
    if not all(each.tracked for each in runs):
        raise Wrong(
            "the numbers are right, but afterwards w1 or w2 no longer requires a gradient. The caller wants to train "
            "both again later.",
            "tracking is left off",
        )
    return "nothing before w2 was asked for a gradient, and w1 is as it was, flag and all."


def _frozen_first(weights: Sequence[np.ndarray], data: Sequence[np.ndarray], steps: int, lr: float) -> list[np.ndarray]:
    """Where minigrad's SGD leads when it is given the second layer only."""
    w1, x, y = (tensor(array) for array in (weights[0], *data))
    w2 = tensor(weights[1], requires_grad=True)
    optimizer = torch.optim.SGD([w2], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        _layers(w1, w2, x, y).backward()
        optimizer.step()
    return [np.asarray(weights[0]), np.asarray(w2.detach()).astype(np.float64)]


# 07.5: a moving average


@dataclass(frozen=True)
class _Averages:
    """Numbers for a few calls of ``update``: where the average starts, the weights of each call, and beta."""

    start: np.ndarray
    weights: list[np.ndarray]
    beta: float

    def after(self, step: Callable[[np.ndarray, np.ndarray, float], np.ndarray]) -> np.ndarray:
        average = np.array(self.start)
        for weight in self.weights:
            average = step(average, weight, self.beta)
        return average


def _averages() -> list[_Averages]:
    random = np.random.default_rng(75)
    return [
        _Averages(random.uniform(-1, 1, shape), [random.uniform(-2, 2, shape) for _ in range(calls)], beta)
        for shape, calls, beta in (((3,), 1, 0.8), ((2, 2), 3, 0.9), ((), 2, 0.6))
    ]


def _averaged(average: np.ndarray, weight: np.ndarray, beta: float) -> np.ndarray:
    return beta * average + (1 - beta) * weight


_AVERAGE_SLIPS: tuple[tuple[str, str, Callable[[np.ndarray, np.ndarray, float], np.ndarray]], ...] = (
    (
        "the average did not change. An operation makes a new tensor, and `name = ...` gives the name to it; the one "
        "that the caller holds stays as it is.",
        "the average becomes a new tensor",
        lambda average, weight, beta: average,
    ),
    (
        "beta is the part of the old average that is kept. Here it is the part of the weight.",
        "beta and its rest are swapped",
        lambda average, weight, beta: beta * weight + (1 - beta) * average,
    ),
    (
        "the average is the weight itself now. Part of the old average is to be kept.",
        "the old average is forgotten",
        lambda average, weight, beta: weight,
    ),
    (
        "the old average is kept whole, and part of the weight is added: it grows from call to call.",
        "the old average keeps its whole share",
        lambda average, weight, beta: average + (1 - beta) * weight,
    ),
    (
        "the weight is added whole. Together the two shares are 1.",
        "the weight gets a whole share",
        lambda average, weight, beta: beta * average + weight,
    ),
    (
        "both are multiplied by beta: the weight is added before the average is shrunk.",
        "shrunk after adding",
        lambda average, weight, beta: beta * (average + (1 - beta) * weight),
    ),
)
_WEIGHT_WRITTEN = ErrorWords(
    "leaf Variable that requires grad",
    "the weight is written to, and it is a leaf. It is the average that is to change.",
    "the weight is written to",
)


def moving_average(answer: Any) -> str:
    update = function(answer, "update(average, weight, beta)")
    trials = _averages()
    ends = [_end_of(update, trial) for trial in trials]
    if not all(close(end, trial.after(_averaged)) for end, trial in zip(ends, trials, strict=True)):
        for words, misconception, slip in _AVERAGE_SLIPS:
            if all(close(end, trial.after(slip)) for end, trial in zip(ends, trials, strict=True)):
                raise Wrong(words, misconception)
        raise Wrong("the average is not beta times the old average plus the rest, 1 − beta, times the weight.")
    return "the average follows the weight, and no graph follows the average."


def _end_of(update: Callable[..., Any], trial: _Averages) -> np.ndarray:
    """The average after all calls; Wrong where something else was touched, or where something was recorded."""
    average = tensor(trial.start)
    for numbers_now in trial.weights:
        weight = tensor(numbers_now, requires_grad=True)
        (weight * 2).sum().backward()
        gradient = np.array(weight.grad)
        try:
            call(update, average, weight, trial.beta)
        except Raised as raised:
            raise explained(raised, [_WEIGHT_WRITTEN]) from None
        if not close(numbers(weight, "weight"), numbers_now):
            raise Wrong("the weight was changed. It is only looked at.", "the weight is written to")
        if not (weight.requires_grad and weight.is_leaf):
            raise Wrong(
                "the weight does not require a gradient any more. It is to be trained on.", "tracking is left off"
            )
        if weight.grad is None or not close(np.array(weight.grad), gradient):
            raise Wrong("weight.grad was changed. Its gradient is not the business of an average.")
        if average.requires_grad:
            raise Wrong(
                "the average requires grad now: the update was recorded, and the graph grows with every call. Where is "
                "nothing recorded?",
                "the average is tracked",
            )
        if numbers(average, "average").shape != trial.start.shape:
            raise Wrong("the shape of the average was changed.")
        before = numbers(average, "average")
        with torch.no_grad():
            weight.add_(1.0)
        if not close(numbers(average, "average"), before):
            raise Wrong(
                "when the weight is changed afterwards, the average changes with it: they share memory now.",
                "the average shares the weight's memory",
            )
    return numbers(average, "average")


_TRACKED_ASKS = {f"{name}_tracked": f"{name}.requires_grad" for name in "abcdef"}
_SHARED_ASKS = {f"{name}_first": f"float({name}[0])" for name in "abcdef"}

QUESTIONS = {
    "07.1": Question(
        title="What is tracked",
        minutes=6,
        difficulty=1,
        hints=(
            "Go from line to line, and ask of each result: was it recorded?",
            "An operation is recorded when recording is on and at least one input requires grad.",
            "detach() and clone() give new tensors. requires_grad_() turns the flag of the tensor it is called on.",
        ),
        grade=predicted(TRACKED, _TRACKED_ASKS, _TRACKED_SLIPS, "one tracked input is enough, where recording is on."),
        program=TRACKED,
        asks=tuple(_TRACKED_ASKS),
    ),
    "07.2": Question(
        title="Who shares memory",
        minutes=6,
        difficulty=2,
        hints=(
            "The last line writes into the memory of x. Who else looks at that memory?",
            "Views look at it: a slice, and what only leaves the history behind. Results of an operation do not.",
            "There is one method whose very purpose is a copy.",
        ),
        grade=predicted(
            SHARED, _SHARED_ASKS, _SHARED_SLIPS, "a view sees every write; clone() and results have their own memory."
        ),
        program=SHARED,
        asks=tuple(_SHARED_ASKS),
    ),
    "07.3": Question(
        title="A target that holds still",
        minutes=5,
        difficulty=2,
        hints=(
            "Two paths lead from the loss to w. Which of them is to be cut, and which is to stay?",
            "The target is a result. What turns a result into a constant?",
            "The loss must still be recorded, and w must still be trained: rule out what stops either.",
        ),
        grade=chosen(STILL, _STILL_OPTIONS, "the target's value counts, its dependence on w does not."),
        program=STILL,
        options=tuple(option.text for option in _STILL_OPTIONS),
    ),
    "07.4": Question(
        title="Train the second layer only",
        minutes=12,
        difficulty=3,
        hints=(
            "Begin with a plain loop of gradient descent for w2. What would it leave in w1.grad?",
            "w1 gets no gradient where nothing leads back to it. What does the second layer need of the first?",
            "The values of the hidden layer are enough. And the update of w2 is not part of the computation.",
        ),
        grade=train_second,
    ),
    "07.5": Question(
        title="A moving average of a weight",
        minutes=8,
        difficulty=2,
        hints=(
            "The average is changed in place: the caller holds that very tensor.",
            "The weight requires grad, so an operation with it is recorded, unless you say otherwise.",
            "Shrink the average first, then add the weight's share.",
        ),
        grade=moving_average,
    ),
}
