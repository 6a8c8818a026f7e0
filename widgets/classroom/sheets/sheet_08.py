"""Sheet 08: training loops with a bug each, to be found and mended.

What is right comes from minigrad's own SGD and ``autograd.grad`` on fresh numbers, and so does what each bug gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import minigrad as torch

from ..guard import Raised, call
from ..question import Question
from ..reading import function, number, numbers, shape_words
from ..training import (
    Arrays,
    ErrorWords,
    Loss,
    Mistake,
    Run,
    by_sgd,
    close,
    descent,
    explained,
    gradients,
    recognised,
    run,
    tensor,
    walk_mistakes,
)
from ..verdict import Wrong

Tensor = torch.Tensor


def _judge_walk(
    trials: Sequence[tuple], runs: Sequence[Run], loss: Loss, mistakes: Sequence[Mistake], names: Sequence[str]
) -> None:
    """Raise Wrong unless the weights end where minigrad's SGD does; a trial is weights, data, steps, lr."""
    rights = [by_sgd(loss, *trial) for trial in trials]
    ends = [each.ends for each in runs]
    if all(map(close, ends, rights)):
        if not all(each.tracked for each in runs):
            raise Wrong(
                f"the numbers are right, but afterwards {' or '.join(names)} no longer requires a gradient, so nobody "
                "can train further.",
                "tracking is left off",
            )
        return
    first = "the first step is right, later ones are not: " if close(ends[0], rights[0]) else ""
    if mistake := recognised(ends, trials, mistakes):
        raise Wrong(first + mistake.words, mistake.misconception)
    late = recognised(
        ends, trials, [Mistake("", "", lambda w, d, steps, lr: descent(loss, w, d, max(steps - 1, 0), lr))]
    )
    if late and all(each.passes.count == trial[2] for each, trial in zip(runs, trials, strict=True)):
        raise Wrong(
            "every step uses the gradient that the round before it left, so the last gradient is computed and never "
            "used. What must have happened before a step is taken?",
            "the step comes before its gradient",
        )
    if late:
        raise Wrong(first + "one step too few is taken.", "one step too few")
    raise Wrong(
        f"{first}{' and '.join(names)} end{'s' if len(names) == 1 else ''} elsewhere than gradient descent does. In "
        "each step: the loss, its gradient, an update by lr times the gradient, and no gradient left over."
    )


# 08.1: the gradient is emptied before the optimizer sees it


def _fit(w: Tensor, x: Tensor, y: Tensor) -> Tensor:
    return ((x @ w - y) ** 2).mean()


def _fit_summed(w: Tensor, x: Tensor, y: Tensor) -> Tensor:
    return ((x @ w - y) ** 2).sum()


def _fits(seed: int) -> list[tuple]:
    """Weights, data, steps and lr of three trials, the first of one step."""
    random = np.random.default_rng(seed)
    return [
        ([random.uniform(-1, 1, k)], [random.uniform(-2, 2, (n, k)), random.uniform(-2, 2, n)], steps, lr)
        for n, k, steps, lr in ((5, 2, 1, 0.05), (7, 3, 4, 0.04), (4, 1, 3, 0.08))
    ]


_SUM_FOR_MEAN = Mistake(
    "the steps are too long by the number of examples: this is the sum of the squared errors, and their mean is asked "
    "for.",
    "the sum for the mean",
    lambda w, d, steps, lr: descent(_fit_summed, w, d, steps, lr),
)
_ONE_LOSS = ErrorWords(
    "second time",
    "each step needs the loss at the weights of that step, so it is computed anew in each.",
    "the gradient of the start in every step",
)


def place_of_zero_grad(answer: Any) -> str:
    train = function(answer, "train(w, x, y, steps, lr)")
    trials, names = _fits(81), ("w", "x", "y")
    runs = [run(train, *trial, names=names, errors=[_ONE_LOSS]) for trial in trials]
    if all(close(each.ends, trial[0]) for each, trial in zip(runs, trials, strict=True)):
        if not any(each.passes.count for each in runs):
            raise Wrong("w did not move, and no backward() ran. A step needs a gradient.", "no step is taken")
        if all(
            each.weights[0].grad is None or close(numbers(each.weights[0].grad, "w.grad"), 0 * each.ends[0])
            for each in runs
        ):
            raise Wrong(
                "w did not move at all. backward() did find gradients; what did step() find when it came? Follow "
                "w.grad from line to line.",
                "the gradient is emptied before it is used",
            )
        raise Wrong(
            "w did not move at all, though there is a gradient in w.grad at the end. Does a step come after it, and "
            "of an optimizer that knows w?",
            "no step is taken",
        )
    _judge_walk(trials, runs, _fit, (*walk_mistakes(_fit), _SUM_FOR_MEAN), ["w"])
    return "each step finds the gradient of its own round, and no other."


# 08.2: the loop variable is rebound, the weights stay


def _line(w: Tensor, b: Tensor, x: Tensor, y: Tensor) -> Tensor:
    return ((w * x + b - y) ** 2).mean()


def _lines(seed: int) -> list[tuple]:
    random = np.random.default_rng(seed)
    return [
        (
            [random.uniform(-1, 1, 1), random.uniform(-1, 1, 1)],
            [random.uniform(-2, 2, n), random.uniform(-2, 2, n)],
            steps,
            lr,
        )
        for n, steps, lr in ((5, 1, 0.1), (6, 3, 0.08), (3, 4, 0.05))
    ]


_LINE_MISTAKES = (
    Mistake(
        "w is trained, b stays where it was. Both are weights.",
        "one of the weights is left out",
        lambda w, d, steps, lr: descent(_line, w, d, steps, lr, moved=(1.0, 0.0)),
    ),
    Mistake(
        "b is trained, w stays where it was. Both are weights.",
        "one of the weights is left out",
        lambda w, d, steps, lr: descent(_line, w, d, steps, lr, moved=(0.0, 1.0)),
    ),
    Mistake(
        "the gradient of w is emptied after each step, that of b is not: it adds up from step to step.",
        "one gradient is never emptied",
        lambda w, d, steps, lr: descent(_line, w, d, steps, lr, kept=(0.0, 1.0)),
    ),
    Mistake(
        "the gradient of b is emptied after each step, that of w is not: it adds up from step to step.",
        "one gradient is never emptied",
        lambda w, d, steps, lr: descent(_line, w, d, steps, lr, kept=(1.0, 0.0)),
    ),
)


def rebound_weights(answer: Any) -> str:
    train = function(answer, "train_line(w, b, x, y, steps, lr)")
    trials, names = _lines(82), ("w", "b", "x", "y")
    runs = [run(train, *trial, names=names, errors=[_ONE_LOSS]) for trial in trials]
    if all(close(each.ends, trial[0]) for each, trial in zip(runs, trials, strict=True)):
        if not any(each.passes.count for each in runs):
            raise Wrong("w and b did not move, and no backward() ran.", "no step is taken")
        raise Wrong(
            "w and b did not move at all. An operation makes a new tensor, and `name = ...` gives the name to it; the "
            "tensor that was there before stays as it is, and it is the one the caller holds.",
            "the weights become new tensors",
        )
    _judge_walk(trials, runs, _line, (*_LINE_MISTAKES, *walk_mistakes(_line)), ["w", "b"])
    return "the numbers change inside the tensors that were handed in, where nothing is recorded."


# 08.3: (n, 1) against (n,)


def _squared(guess: Tensor, target: Tensor) -> Tensor:
    return ((guess - target) ** 2).mean()


def _right_loss(w: Tensor, b: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """The same in one dimension: neither a guess nor a target has a second axis."""
    return torch.nn.functional.mse_loss((x * w[:, 0]).sum(1) + b, y)


# What loss_of gives wrongly, from the guesses of shape [n, 1] and the targets of shape [n].
_WRONG_LOSSES: tuple[tuple[str, str, Callable[[Tensor, Tensor], Tensor]], ...] = (
    (
        "this is the mean over every guess against every target, not over the pairs that belong together. Print the "
        "shapes of guess, of y, and of guess - y.",
        "every guess against every target",
        _squared,
    ),
    (
        "this is the sum of the squared errors. Their mean is asked for.",
        "the sum for the mean",
        lambda guess, y: ((guess[:, 0] - y) ** 2).sum(),
    ),
    (
        "this is the sum over every guess against every target, not over the pairs that belong together. Print the "
        "shapes of guess, of y, and of guess - y.",
        "every guess against every target",
        lambda guess, y: ((guess - y) ** 2).sum(),
    ),
    (
        "only the first guess is compared, with every target.",
        "one guess for all targets",
        lambda guess, y: _squared(guess[0], y),
    ),
    (
        "the guesses are averaged before they are compared. Errors of different examples must not cancel.",
        "averaged before it is squared",
        lambda guess, y: _squared(guess.mean(), y),
    ),
    (
        "the errors are averaged first and squared then. Errors of different examples must not cancel.",
        "averaged before it is squared",
        lambda guess, y: (guess[:, 0] - y).mean() ** 2,
    ),
    (
        "the sizes of the errors are averaged, not their squares.",
        "the square is missing",
        lambda guess, y: (guess[:, 0] - y).abs().mean(),
    ),
    (
        "the errors themselves are averaged, not their squares, so that too high and too low cancel.",
        "the square is missing",
        lambda guess, y: (guess[:, 0] - y).mean(),
    ),
    (
        "guesses and targets are each put in order before they are compared. Guess i belongs to target i.",
        "pairs are torn apart",
        lambda guess, y: _squared(guess[:, 0].sort()[0], y.sort()[0]),
    ),
    (
        "this is the root of the mean squared error. Leave the root out.",
        "the root is taken",
        lambda guess, y: _squared(guess[:, 0], y).sqrt(),
    ),
)


def _loss_trials(seed: int) -> list[tuple[list[np.ndarray], list[np.ndarray]]]:
    random = np.random.default_rng(seed)
    return [
        (
            [random.uniform(-1, 1, (k, 1)), random.uniform(-1, 1, 1)],
            [random.uniform(-2, 2, (n, k)), random.uniform(-2, 2, n)],
        )
        for n, k in ((4, 1), (5, 2), (1, 3), (6, 3))
    ]


def shapes_in_a_loss(answer: Any) -> str:
    loss_of = function(answer, "loss_of(w, b, x, y)")
    trials, outcomes, untracked = _loss_trials(83), [], ""
    for weights, data in trials:
        leaves, given = [tensor(w, requires_grad=True) for w in weights], [tensor(d) for d in data]
        try:
            loss = call(loss_of, *leaves, *given)
        except Raised as raised:
            raise explained(raised) from None
        if loss is None:
            raise Wrong("loss_of returned None. Is the return missing?", "nothing is returned")
        for name, array, now in zip(("w", "b", "x", "y"), [*weights, *data], [*leaves, *given], strict=True):
            if not close(numbers(now, name), array):
                raise Wrong(f"{name} was changed. It still belongs to the caller.", "arguments are changed")
        value = numbers(loss, "the loss")
        if value.size != 1:
            raise Wrong(
                f"the loss has shape {shape_words(value.shape)}. A loss is one number.", "the loss is not one number"
            )
        value = value.reshape(())
        slopes: tuple[Any, ...]
        if isinstance(loss, torch.Tensor) and loss.requires_grad:
            slopes = torch.autograd.grad(loss.sum(), leaves, allow_unused=True)
        else:
            slopes = (None, None)
        if any(slope is None for slope in slopes):
            untracked = "w" if slopes[0] is None else "b"
            slopes = tuple(
                torch.zeros(w.shape) if slope is None else slope for w, slope in zip(weights, slopes, strict=True)
            )
        outcomes.append([value, *(np.asarray(slope.detach()).astype(np.float64) for slope in slopes)])

    def result(loss: Loss) -> Callable[..., list[np.ndarray]]:
        return lambda w, d: [np.asarray(loss(*map(tensor, [*w, *d]))), *gradients(loss, w, d)]

    rights = [result(_right_loss)(*trial) for trial in trials]
    if all(close(outcome[0], right[0]) for outcome, right in zip(outcomes, rights, strict=True)):
        if untracked:
            raise Wrong(
                f"the number is right, but nothing leads back from it to {untracked}: on the way the history was cut, "
                "and nothing can be trained with this loss.",
                "the history is cut",
            )
        if all(map(close, outcomes, rights)):
            return "each guess meets its own target, and a mean over n squares is left."
        raise Wrong("the number is right, its gradient is not: some part of the guess counts as a constant.")

    def from_guess(wrong: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., np.ndarray]:
        return lambda w, d: np.asarray(wrong(tensor(d[0]) @ tensor(w[0]) + tensor(w[1]), tensor(d[1])))

    mistakes = [Mistake(words, name, from_guess(wrong)) for words, name, wrong in _WRONG_LOSSES]
    if mistake := recognised([outcome[0] for outcome in outcomes], trials, mistakes):
        raise Wrong(mistake.words, mistake.misconception)
    raise Wrong(
        "this is not the mean of the squared errors of the n examples. Print the shapes of what is subtracted, and "
        "then the differences for n = 2, one by one."
    )


# 08.4: a history that keeps every graph


def _losses(w: Arrays, d: Arrays, steps: int, lr: float) -> list[float]:
    """The loss in each step, before the update, and one more: after the last."""
    return [_fit(*map(tensor, [*by_sgd(_fit, w, d, done, lr), *d])).item() for done in range(steps + 1)]


_WRONG_MEANS = (
    Mistake(
        "this is the sum of the losses. Their mean is asked for.",
        "the sum for the mean",
        lambda *trial: sum(_losses(*trial)[:-1]),
    ),
    Mistake(
        "this is the last loss alone. The mean over all steps is asked for.",
        "the last loss only",
        lambda *trial: _losses(*trial)[-2],
    ),
    Mistake(
        "this is the last loss, divided by the number of steps: a new total replaces the old one in each step.",
        "the last loss only",
        lambda *trial: _losses(*trial)[-2] / trial[2],
    ),
    Mistake(
        "this is the first loss alone. The mean over all steps is asked for.",
        "the first loss only",
        lambda *trial: _losses(*trial)[0],
    ),
    Mistake(
        "these are the losses after the updates. The loss of a step is the one whose gradient the step uses.",
        "the loss after the update",
        lambda *trial: sum(_losses(*trial)[1:]) / trial[2],
    ),
    Mistake(
        "the sum of the losses is divided by the number of examples, not by that of the steps.",
        "divided by the wrong number",
        lambda w, d, steps, lr: sum(_losses(w, d, steps, lr)[:-1]) / len(d[1]),
    ),
)
_TOTAL_BACKWARD = ErrorWords(
    "second time",
    "backward() walked into the graph of an earlier step, which is used up. The total leads there; the loss of this "
    "step does not.",
    "backward through the total",
)


def kept_graphs(answer: Any) -> str:
    train = function(answer, "train_and_report(w, x, y, steps, lr)")
    random, names = np.random.default_rng(84), ("w", "x", "y")
    trials = [
        ([random.uniform(-1, 1, k)], [random.uniform(-2, 2, (n, k)), random.uniform(-2, 2, n)], steps, lr)
        for n, k, steps, lr in ((5, 2, 1, 0.05), (4, 3, 8, 0.04), (3, 1, 6, 0.08))
    ]
    runs = [run(train, *trial, names=names, errors=[_TOTAL_BACKWARD]) for trial in trials]
    if all(close(each.ends, trial[0]) for each, trial in zip(runs, trials, strict=True)):
        raise Wrong("w did not move. The training itself was right and should stay as it was.", "no step is taken")
    _judge_walk(trials, runs, _fit, walk_mistakes(_fit), ["w"])
    if any(each.returned is None for each in runs):
        raise Wrong("train_and_report returned None. The mean of the losses is asked for.", "nothing is returned")
    if any(isinstance(each.returned, list | tuple) for each in runs):
        raise Wrong("several values came back. One number is asked for: the mean of the losses.")
    means = [np.float64(number(each.returned, "what train_and_report returns")) for each in runs]
    if mistake := recognised(means, trials, _WRONG_MEANS):
        raise Wrong(mistake.words, mistake.misconception)
    if not all(close(mean, sum(_losses(*trial)[:-1]) / trial[2]) for mean, trial in zip(means, trials, strict=True)):
        raise Wrong("the number that comes back is not the mean of the losses of the steps.")
    several = any(each.passes.kept > 3 for each in runs)
    if any(isinstance(each.returned, torch.Tensor) and each.returned.requires_grad for each in runs):
        raise Wrong(
            "the number is right, but it has a grad_fn: through it "
            + (
                "every step's graph stays in memory, and the more steps, the more of them."
                if several
                else "the graph of a step stays in memory."
            )
            + " What you add up should be numbers without a history.",
            "the history keeps every graph" if several else "the history keeps a graph",
        )
    if several:
        raise Wrong(
            "what comes back has no history, but while the loop runs, the graphs of all its steps stay in memory: "
            "something in the loop still holds on to each loss. Cut the history in each step, not at the end.",
            "the history is cut at the end only",
        )
    return "each step leaves a number behind, and its graph goes."


# 08.5: micro-batches


def _slices(n: int, size: int) -> list[slice]:
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]


def _parts(w: Arrays, d: Arrays, size: int) -> list[tuple[np.ndarray, int]]:
    """For each micro-batch, the gradient of its mean loss and its number of examples."""
    x, y = d
    return [(gradients(_fit, w, [x[s], y[s]])[0], len(y[s])) for s in _slices(len(y), size)]


def _weighted(weight: Callable[[int, int, int, int], float]) -> Callable[[Arrays, Arrays, int], np.ndarray]:
    """The micro-batches' gradients added up, each times weight(its size, all examples, all batches, full size)."""

    def total(w: Arrays, d: Arrays, size: int) -> np.ndarray:
        parts = _parts(w, d, size)
        return np.sum([weight(m, len(d[1]), len(parts), size) * g for g, m in parts], axis=0)

    return total


_MICRO_MISTAKES = (
    Mistake(
        "this is the sum of the micro-batches' gradients: the more of them, the longer it gets. A mean over all "
        "examples does not grow when it is computed in more pieces.",
        "the gradients are summed, not averaged",
        _weighted(lambda m, n, batches, size: 1),
    ),
    Mistake(
        "every micro-batch weighs the same here, the short one at the end as much as a full one. In the mean over all "
        "examples each example weighs the same.",
        "a short batch weighs as much as a full one",
        _weighted(lambda m, n, batches, size: 1 / batches),
    ),
    Mistake(
        "the short micro-batch at the end counts as if it were full. How many examples are really in it?",
        "a short batch weighs as much as a full one",
        _weighted(lambda m, n, batches, size: size / n),
    ),
    Mistake(
        "only the last micro-batch is in w.grad: what the others had added was thrown away. Here adding up is meant.",
        "only the last micro-batch",
        lambda w, d, size: _parts(w, d, size)[-1][0],
    ),
    Mistake(
        "only the last micro-batch is in w.grad: what the others had added was thrown away. Here adding up is meant.",
        "only the last micro-batch",
        lambda w, d, size: _parts(w, d, size)[-1][0] * _parts(w, d, size)[-1][1] / len(d[1]),
    ),
    Mistake(
        "only the last micro-batch is in w.grad: what the others had added was thrown away. Here adding up is meant.",
        "only the last micro-batch",
        lambda w, d, size: _parts(w, d, size)[-1][0] / len(_parts(w, d, size)),
    ),
    Mistake(
        "this is the gradient of the sum over all examples. The mean is asked for.",
        "the sum for the mean",
        _weighted(lambda m, n, batches, size: m),
    ),
    Mistake(
        "each micro-batch's mean is divided by the number of all examples, though its own examples are divided away "
        "in it already.",
        "divided by the wrong number",
        _weighted(lambda m, n, batches, size: 1 / n),
    ),
    Mistake(
        "each micro-batch's mean is divided by the size of a micro-batch, and it is a mean already.",
        "divided by the wrong number",
        _weighted(lambda m, n, batches, size: 1 / size),
    ),
    Mistake(
        "each micro-batch's mean is divided by its number of examples, and it is a mean already.",
        "divided by the wrong number",
        _weighted(lambda m, n, batches, size: 1 / m),
    ),
    Mistake(
        "the sum of each micro-batch is divided by the size of a full one, so that these means are added up.",
        "the gradients are summed, not averaged",
        _weighted(lambda m, n, batches, size: m / size),
    ),
    Mistake(
        "the examples of the last, short micro-batch are left out. They count like all others.",
        "the short batch is left out",
        _weighted(lambda m, n, batches, size: m / n if m == size or batches == 1 else 0),
    ),
    Mistake(
        "the examples of the last, short micro-batch are left out. They count like all others.",
        "the short batch is left out",
        _weighted(lambda m, n, batches, size: 1 / (n // size or 1) if m == size or batches == 1 else 0),
    ),
)


def micro_batches(answer: Any) -> str:
    accumulate = function(answer, "accumulate(w, x, y, size)")
    random, names = np.random.default_rng(85), ("w", "x", "y")
    trials = [
        ([random.uniform(-1, 1, k)], [random.uniform(-2, 2, (n, k)), random.uniform(-2, 2, n)], size)
        for n, k, size in ((6, 2, 3), (8, 3, 3), (5, 2, 2), (7, 1, 4), (3, 2, 5))
    ]
    runs = [run(accumulate, *trial, names=names) for trial in trials]
    if not all(close(each.ends, trial[0]) for each, trial in zip(runs, trials, strict=True)):
        raise Wrong("w was moved. Only its gradient is asked for; the step comes later.", "a step is taken")
    if not any(each.passes.count for each in runs):
        raise Wrong("no backward() ran, and w.grad has nothing of the loss in it.", "no gradient is computed")
    if any(each.weights[0].grad is None for each in runs):
        raise Wrong(
            "w.grad is None at the end: the gradients were computed, and then emptied or left elsewhere.",
            "the gradient is emptied before it is used",
        )
    found = [numbers(each.weights[0].grad, "w.grad") for each in runs]
    if all(close(gradient, 0 * gradient) for gradient in found):
        raise Wrong(
            "w.grad is all zeros at the end: the gradients were computed, and then emptied.",
            "the gradient is emptied before it is used",
        )
    rights = [gradients(_fit, w, d)[0] for w, d, _ in trials]
    if not all(map(close, found, rights)):
        if mistake := recognised(found, trials, _MICRO_MISTAKES):
            raise Wrong(mistake.words, mistake.misconception)
        some = [close(*pair) for pair in zip(found, rights, strict=True)]
        if some[0] and not some[1]:
            raise Wrong(
                "right where all micro-batches have the same size, wrong where the last is shorter. By which number "
                "must the loss of a micro-batch be multiplied so that each example weighs the same?"
            )
        raise Wrong(
            "this is not the gradient of the mean over all examples. Take three examples and a size of two, and write "
            "both down."
        )
    counts = [each.passes.count for each in runs]
    if all(count == 1 for count in counts):
        raise Wrong(
            "the numbers are right, but one backward() goes over everything, so all of it is in memory at once. "
            "Micro-batches are for data that do not fit: each needs a backward() of its own.",
            "everything in one backward",
        )
    if counts != [len(_slices(len(d[1]), size)) for _, d, size in trials]:
        raise Wrong("the numbers are right, but not from one backward() for each micro-batch of that size.")
    return "each example weighs the same, however the batches are cut, and one small graph lives at a time."


# 08.6: a state carried on, and retain_graph


def _carried(
    w: Arrays,
    d: Arrays,
    lr: float,
    after: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor],
    kept: bool = False,
    at_end: bool = False,
) -> list[np.ndarray]:
    """A state carried through the steps; ``after`` makes the next one of it, of what was there before, x and y."""
    leaf, xs, ys = tensor(w[0], requires_grad=True), tensor(d[0]), tensor(d[1])
    optimizer = torch.optim.SGD([leaf], lr=lr)
    state = torch.zeros(leaf.shape)
    for x, y in zip(xs, ys, strict=True):
        before = state
        state = torch.tanh(leaf * x + before)
        ((state - y) ** 2).sum().backward(retain_graph=True)
        if not at_end:
            optimizer.step()
            if not kept:
                optimizer.zero_grad()
        state = after(state, before, leaf * x + before, y)
    if at_end:
        optimizer.step()
    return [np.asarray(leaf.detach()).astype(np.float64)]


def _cut(state: Tensor, *_: Tensor) -> Tensor:
    return state.detach()


def _uphill(w: Arrays, d: Arrays, lr: float) -> list[np.ndarray]:
    end, state = np.array(w[0]), np.zeros_like(w[0])
    for x, y in zip(*d, strict=True):
        slope = gradients(lambda leaf, s, x, y: ((torch.tanh(leaf * x + s) - y) ** 2).sum(), [end], [state, x, y])[0]
        state = np.tanh(end * x + state)
        end = end + lr * slope
    return [end]


_STATE_MISTAKES = (
    Mistake(
        "each gradient still runs back through the states of all steps before. The error message is gone, its cause "
        "is not: the graph grows with every step, and its early parts belong to weights that have moved on since. "
        "Only the numbers of the state may pass from one step to the next.",
        "retain_graph hides a growing graph",
        lambda w, d, lr: _carried(w, d, lr, lambda state, *_: state),
    ),
    Mistake(
        "each step begins with a state of zeros. The numbers of the state should be carried on, only their history "
        "should not.",
        "the state is forgotten",
        lambda w, d, lr: _carried(w, d, lr, lambda state, *_: torch.zeros(state.shape)),
    ),
    Mistake(
        "the target is carried on in place of the state.",
        "the target for the state",
        lambda w, d, lr: _carried(w, d, lr, lambda state, before, inner, y: y),
    ),
    Mistake(
        "the state is computed a second time, with the weights after the update. The one of the loss is to be "
        "carried on.",
        "the state is computed anew",
        lambda w, d, lr: _carried(w, d, lr, lambda state, before, inner, y: torch.tanh(inner).detach()),
    ),
    Mistake(
        "nothing empties w.grad between the steps, so each step moves by all gradients before it as well.",
        "the gradient is never emptied",
        lambda w, d, lr: _carried(w, d, lr, _cut, kept=True),
    ),
    Mistake(
        "one step is taken, after the last round. Each round should move w.",
        "one step only",
        lambda w, d, lr: _carried(w, d, lr, _cut, at_end=True),
    ),
    Mistake(
        "one step is taken, after the last round, by gradients that run through all of them. Each round should move w "
        "by its own.",
        "one step only",
        lambda w, d, lr: _carried(w, d, lr, lambda state, *_: state, at_end=True),
    ),
    Mistake(
        "the steps go up the slope. The gradient points to where the loss grows.",
        "the sign is turned",
        _uphill,
    ),
)


_STATE_ERRORS = (
    ErrorWords(
        "second time",
        "backward() walked into the graph of the step before, which is used up: the state leads there. To keep that "
        "graph is no cure; it should not be reached.",
        "the state leads into used-up graphs",
    ),
    ErrorWords(
        "does not require grad",
        "nothing leads back from the loss to w: a history was cut before this step's loss had used it. Was it that of "
        "the state, or is w itself no longer tracked?",
        "cut before the loss",
    ),
)


def carried_state(answer: Any) -> str:
    train = function(answer, "train_rounds(w, xs, ys, lr)")
    random, names = np.random.default_rng(86), ("w", "xs", "ys")
    trials = [
        ([random.uniform(0.3, 1, k)], [random.uniform(0.3, 1, (n, k)), random.uniform(-1, 1, (n, k))], lr)
        for n, k, lr in ((1, 2, 0.1), (4, 3, 0.2), (6, 1, 0.1))
    ]
    runs = [run(train, *trial, names=names, errors=_STATE_ERRORS) for trial in trials]
    ends = [each.ends for each in runs]
    if all(close(end, trial[0]) for end, trial in zip(ends, trials, strict=True)):
        raise Wrong("w did not move at all. Each round should move it.", "no step is taken")
    if mistake := recognised(ends, trials, _STATE_MISTAKES):
        raise Wrong(mistake.words, mistake.misconception)
    if not all(close(end, _carried(*trial, _cut)) for end, trial in zip(ends, trials, strict=True)):
        raise Wrong(
            "w ends elsewhere. In each round: the new state, its loss, the gradient through this round alone, a step "
            "by lr times it, and then the numbers of the state for the next round."
        )
    if not all(each.tracked for each in runs):
        raise Wrong(
            "the numbers are right, but afterwards w no longer requires a gradient, so nobody can train it further.",
            "tracking is left off",
        )
    return "the state's numbers go on, its history stays behind, and no graph is needed twice."


QUESTIONS = {
    "08.1": Question(
        title="It runs, and nothing is learned",
        minutes=5,
        difficulty=1,
        hints=(
            "Print w.grad after each line of the loop. When is there a gradient, and when not?",
            "step() moves w by what is in w.grad at that moment. What is in it when step() is called?",
            "From one backward() to the step that uses it, nothing may touch w.grad. There are two places in the loop "
            "that are free.",
        ),
        grade=place_of_zero_grad,
    ),
    "08.2": Question(
        title="A loop over the weights",
        minutes=8,
        difficulty=2,
        hints=(
            "Print w and b after training. Then print id(p) before and after the line that computes the update.",
            "In Python, an assignment to a name never changes the object the name stood for. What does change a "
            "tensor's numbers?",
            "Write into the tensor instead of naming a new one. And what may write into a leaf that requires a "
            "gradient, and where?",
        ),
        grade=rebound_weights,
    ),
    "08.3": Question(
        title="Shapes that fit too well",
        minutes=8,
        difficulty=2,
        hints=(
            "How many numbers does guess - y hold for n = 3 examples?",
            "Broadcasting fits [n, 1] and [n] together by repeating both. No error: it is what was asked for.",
            "Both sides need the same shape before they are subtracted. Either may give way, but with n = 1 too.",
        ),
        grade=shapes_in_a_loss,
    ),
    "08.4": Question(
        title="A total that remembers",
        minutes=8,
        difficulty=2,
        hints=(
            "Print total in each step. What stands behind the number?",
            "A sum of tensors with a history has a history itself, and holds on to all of theirs.",
            "The mean needs the number of each loss only. Which ways are there to a number without its history?",
        ),
        grade=kept_graphs,
    ),
    "08.5": Question(
        title="Micro-batches",
        minutes=10,
        difficulty=2,
        hints=(
            "Compare w.grad with that of one backward() over everything, for one micro-batch, for two, for three.",
            "The mean over all examples is a sum over all, divided once by how many there are. Which share of it "
            "does one micro-batch bring?",
            "A micro-batch's mean has to be weighted by its share of the examples. The last one may be shorter.",
        ),
        grade=micro_batches,
    ),
    "08.6": Question(
        title="The cure that is none",
        minutes=12,
        difficulty=3,
        hints=(
            "Take retain_graph=True out and read the error. Which tensor leads from this round into the one before?",
            "A ComputationGraph of the loss in the third round shows how far back it reaches.",
            "The next round needs the numbers of the state, not how they came about. When in a round is that history "
            "of no more use?",
        ),
        grade=carried_state,
    ),
}
