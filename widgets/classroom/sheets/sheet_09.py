"""Sheet 09, optimizers: students write one step of SGD, momentum, Adam and AdamW; minigrad's own say where it leads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import minigrad as torch

from ..guard import Raised, call
from ..predicting import Option, chosen
from ..program import Program
from ..question import Question
from ..reading import function, numbers
from ..training import close, explained, tensor
from ..verdict import Wrong

Arrays = list[np.ndarray]
# One parameter's update by hand: its numbers, the gradient, what is kept of it, the number of the step from 1, lr.
Update = Callable[[np.ndarray, np.ndarray, dict, int, float], np.ndarray]

# Two of one shape: each needs a memory of its own all the same.
_SHAPES: tuple[tuple[int, ...], ...] = ((3,), (2, 2), (), (3,))
_IDLE = np.array([0.5, -0.5])


@dataclass(frozen=True)
class Trial:
    """Parameters, the gradients of each step, and the lr of each step.

    Among the parameters, second, is one that never gets a gradient.
    """

    start: Arrays
    gradients: list[Arrays]
    rates: list[float]

    def params(self) -> list[Any]:
        return [tensor(array, requires_grad=True) for array in _with_idle(self.start)]


def _with_idle(arrays: Arrays) -> Arrays:
    """The arrays of the moving parameters, and that of the one that never moves in its place."""
    return [arrays[0], _IDLE, *arrays[1:]]


def _moving(params: Sequence[Any]) -> list[Any]:
    """The parameters without the one that never gets a gradient."""
    return [params[0], *params[2:]]


def _trial(seed: int, steps: int) -> Trial:
    random = np.random.default_rng(seed)
    return Trial(
        [random.uniform(-1, 1, shape) for shape in _SHAPES],
        [[random.uniform(0.2, 2, shape) * random.choice([-1, 1], shape) for shape in _SHAPES] for _ in range(steps)],
        [0.1 / (1 + step % 3) for step in range(steps)],
    )


_TRIALS = [_trial(91, 1), _trial(92, 2), _trial(93, 6)]


def _walked(trial: Trial, step: Callable[[list[Any], float], Any]) -> list[Any]:
    """The parameters after all steps; ``step`` finds the gradients in place."""
    params = trial.params()
    for gradients, lr in zip(trial.gradients, trial.rates, strict=True):
        for param, gradient in zip(_moving(params), gradients, strict=True):
            if param.grad is None:
                param.grad = tensor(gradient)
            else:  # as backward() does after zero_(): a step that keeps the tensor itself keeps no copy
                param.grad.copy_(tensor(gradient))
        step(params, lr)
    return params


def _arrays(params: Sequence[Any]) -> Arrays:
    return [np.asarray(param.detach()).astype(np.float64) for param in params]


def _by_optimizer(trial: Trial, make: Callable[[list[Any], float], Any]) -> Arrays:
    """Where an optimizer of minigrad's leads."""
    optimizers: list[Any] = []

    def step(params: list[Any], lr: float) -> None:
        if not optimizers:
            optimizers.append(make(params, lr))
        optimizers[0].param_groups[0]["lr"] = lr
        optimizers[0].step()

    return _arrays(_walked(trial, step))


def _by_hand(trial: Trial, update: Update) -> Arrays:
    """Where an update leads that is written out."""
    ends, kept = [np.array(start) for start in trial.start], [{} for _ in trial.start]  # type: list[np.ndarray], list[dict]
    for count, (gradients, lr) in enumerate(zip(trial.gradients, trial.rates, strict=True), 1):
        ends = [update(*each, count, lr) for each in zip(ends, gradients, kept, strict=True)]
    return _with_idle(ends)


@dataclass(frozen=True)
class Slip:
    """A known mistake: the update that makes it."""

    words: str
    misconception: str
    update: Update


def _judged(
    step: Callable[..., Any],
    options: tuple,
    keeps: bool,
    make: Callable[[list[Any], float], Any],
    slips: Sequence[Slip],
    trials: Sequence[Trial] = _TRIALS,
) -> None:
    """Raise Wrong unless the student's step leads where the optimizer does, in all trials."""
    ends: list[Arrays] = []
    for trial in trials:
        state: dict = {}

        def one(params: list[Any], lr: float, state: dict = state) -> None:
            before = [None if param.grad is None else np.array(param.grad) for param in params]
            handed = list(params)
            try:
                call(step, params, *([state] if keeps else []), lr, *options)
            except Raised as raised:
                raise _explained(raised, handed) from None
            if len(params) != len(handed) or any(now is not was for now, was in zip(params, handed, strict=True)):
                raise Wrong(
                    "there is a new tensor in the list now. The model holds the one that was there: change the numbers "
                    "inside it.",
                    "the parameters become new tensors",
                )
            for param, was in zip(params, before, strict=True):
                if was is not None and (param.grad is None or not close(np.array(param.grad), was)):
                    raise Wrong(
                        "a gradient was changed or emptied. A step uses gradients; emptying them is zero_grad's work.",
                        "the step empties the gradients",
                    )

        params = _walked(trial, one)
        for param, start in zip(params, _with_idle(trial.start), strict=True):
            try:
                shape = numbers(param, "a parameter").shape
            except Wrong as wrong:
                raise Wrong(f"the first step is right, and later {wrong}" if ends else str(wrong)) from None
            if shape != start.shape:
                raise Wrong("the shape of a parameter was changed. An update keeps it.")
        if not all(param.requires_grad for param in params):
            raise Wrong("afterwards a parameter no longer requires a gradient.", "tracking is left off")
        ends.append(_arrays(params))
    rights = [_by_optimizer(trial, make) for trial in trials]
    if all(map(close, ends, rights)):
        return
    starts = [_with_idle(trial.start) for trial in trials]
    if all(close(_moving(end), _moving(start)) for end, start in zip(ends, starts, strict=True)):
        raise Wrong(
            "no parameter moved. A line of the kind `name = ...` gives the name to a new tensor; the one in the list "
            "stays as it is.",
            "the parameters become new tensors",
        )
    if not all(close(end[1], _IDLE) for end in ends):
        raise Wrong("a parameter whose grad is None was moved. Leave it alone.", "a parameter without a gradient")
    if all(
        close(end[0], right[0]) and close(end[2:], start[2:])
        for end, right, start in zip(ends, rights, starts, strict=True)
    ):
        raise Wrong(
            "parameters that come after one without a gradient do not move. Leave that one alone, and go on.",
            "the end at a parameter without a gradient",
        )
    if close(ends[0][0], rights[0][0]) and all(
        close(end[1:-1], right[1:-1]) for end, right in zip(ends, rights, strict=True)
    ):
        raise Wrong(
            "two of the parameters have the same shape, and share what is remembered. Each needs a memory of its own.",
            "one memory for all",
        )
    for slip in slips:
        if all(close(end, _by_hand(trial, slip.update)) for end, trial in zip(ends, trials, strict=True)):
            raise Wrong(slip.words, slip.misconception)
    if close(ends[0], rights[0]):
        raise Wrong(
            "the first step is right, later ones are not. What has to be remembered from step to step, and for each "
            "parameter by itself?",
            "the memory between the steps" if keeps else None,
        )
    raise Wrong("already the first step leads elsewhere. Write it down for one number, and compare.")


def _explained(raised: Raised, params: Sequence[Any]) -> Wrong:
    message = str(raised.error)
    if "NoneType" in message and any(param.grad is None for param in params):
        return Wrong(
            f"one of the parameters has no gradient: its grad is None. Leave such a one alone.\n  {raised}",
            "a parameter without a gradient",
        )
    if "must match the size" in message:
        return Wrong(
            f"what is remembered of one parameter met another: each needs a memory of its own.\n  {raised}",
            "one memory for all",
        )
    if isinstance(raised.error, KeyError):
        return Wrong(
            f"state is empty at first, so nothing can be looked up in it yet.\n  {raised}",
            "the state is empty at first",
        )
    if isinstance(raised.error, ZeroDivisionError):
        return Wrong(
            f"at the first step something is divided by zero: which count has the first step?\n  {raised}",
            "the count begins at zero",
        )
    return explained(raised)


def _turned(update: Update) -> Slip:
    return Slip(
        "the steps go up the slope. The gradient points to where the loss grows.",
        "the sign is turned",
        lambda p, g, s, t, lr: update(p, g, s, t, -lr),
    )


# 09.1: SGD


def _plain(p: np.ndarray, g: np.ndarray, s: dict, t: int, lr: float) -> np.ndarray:
    return p - lr * g


def sgd(answer: Any) -> str:
    step = function(answer, "sgd_step(params, lr)")
    slips = (
        _turned(_plain),
        Slip("the whole gradient is taken. lr says which part of it.", "lr is ignored", lambda p, g, s, t, lr: p - g),
        Slip(
            "it is divided by lr. A smaller lr means a smaller step.",
            "divided by lr",
            lambda p, g, s, t, lr: p - g / lr,
        ),
        Slip(
            "only the signs of the gradients are used. Their size counts too.",
            "only the sign of the gradient",
            lambda p, g, s, t, lr: p - lr * np.sign(g),
        ),
        Slip(
            "the gradient was put in place of the parameter. The step is added to what is there.",
            "the step replaces the parameter",
            lambda p, g, s, t, lr: -lr * g,
        ),
    )
    _judged(step, (), False, lambda params, lr: torch.optim.SGD(params, lr=lr), slips)
    return "each parameter moves by lr times its own gradient, in place and unrecorded; those without one stay."


# 09.2: momentum


def _momentum(mix: Callable[[np.ndarray, np.ndarray, float], np.ndarray], move: Callable[..., np.ndarray]) -> Update:
    """An update that keeps one buffer: ``mix(buffer, gradient, lr)``, then ``move(buffer, gradient, lr)``."""

    def update(p: np.ndarray, g: np.ndarray, s: dict, t: int, lr: float) -> np.ndarray:
        s["b"] = mix(s["b"], g, lr) if "b" in s else mix(np.zeros_like(g), g, lr)
        return p - move(s["b"], g, lr)

    return update


_MU = 0.9


def momentum(answer: Any) -> str:
    step = function(answer, "momentum_step(params, state, lr, mu)")
    usual = _momentum(lambda b, g, lr: _MU * b + g, lambda b, g, lr: lr * b)
    slips = (
        _turned(usual),
        Slip("each step uses its own gradient only: nothing is kept from the steps before.", "no memory", _plain),
        Slip(
            "the gradient enters the buffer multiplied by 1 − mu. PyTorch's momentum lets it in whole.",
            "the gradient is damped",
            _momentum(lambda b, g, lr: _MU * b + (1 - _MU) * g, lambda b, g, lr: lr * b),
        ),
        Slip(
            "lr is inside the buffer, so that old steps keep their old lr. In PyTorch the buffer holds gradients; lr "
            "multiplies it at the end.",
            "lr inside the buffer",
            _momentum(lambda b, g, lr: _MU * b + lr * g, lambda b, g, lr: b),
        ),
        Slip(
            "this is Nesterov's step, which looks ahead. The plain one moves by the buffer.",
            "Nesterov's step",
            _momentum(lambda b, g, lr: _MU * b + g, lambda b, g, lr: lr * (g + _MU * b)),
        ),
        Slip(
            "nothing of the buffer fades: every old gradient counts in full. What is mu for?",
            "mu is ignored",
            _momentum(lambda b, g, lr: b + g, lambda b, g, lr: lr * b),
        ),
        Slip(
            "the move is multiplied by mu once more. mu belongs to the old buffer.",
            "mu in the wrong place",
            _momentum(lambda b, g, lr: b + g, lambda b, g, lr: lr * _MU * b),
        ),
    )
    _judged(step, (_MU,), True, lambda params, lr: torch.optim.SGD(params, lr=lr, momentum=_MU), slips)
    return (
        "the buffer fades by mu and takes the gradient in; lr multiplies it at the end, for each parameter by itself."
    )


# 09.3 and 09.4: Adam, AdamW

_B1, _B2, _EPS, _DECAY = 0.9, 0.999, 1e-8, 0.2


@dataclass(frozen=True)
class _Adam:
    """Adam, with what can be got wrong as switches."""

    first: bool = True
    second: bool = True
    root: bool = True
    squared: bool = True
    exchanged: bool = False
    power: bool = True
    late: int = 0
    into_gradient: float = 0.0
    shrink: Callable[[float], float] = lambda lr: 1.0

    def __call__(self, p: np.ndarray, g: np.ndarray, s: dict, t: int, lr: float) -> np.ndarray:
        b1, b2 = (_B2, _B1) if self.exchanged else (_B1, _B2)
        p = p * self.shrink(lr)
        g = g + self.into_gradient * p
        s["m"] = b1 * s.get("m", 0) + (1 - b1) * g
        s["v"] = b2 * s.get("v", 0) + (1 - b2) * (g * g if self.squared else np.abs(g))
        t = t + self.late
        m = s["m"] / (1 - (b1**t if self.power else b1 * t)) if self.first else s["m"]
        v = s["v"] / (1 - b2**t) if self.second else s["v"]
        return p - lr * m / ((np.sqrt(v) if self.root else v) + _EPS)


_ADAM_SLIPS = (
    _turned(_Adam()),
    Slip(
        "neither mean is corrected. Both begin at zero, so that in the first steps they are far too small.",
        "no bias correction",
        _Adam(first=False, second=False),
    ),
    Slip(
        "the mean of the gradients is not corrected; it begins at zero and is too small at first.",
        "one bias correction is missing",
        _Adam(first=False),
    ),
    Slip(
        "the mean of the squares is not corrected; it begins at zero and is too small at first.",
        "one bias correction is missing",
        _Adam(second=False),
    ),
    Slip("the root is missing: the step is divided by a square.", "the root is missing", _Adam(root=False)),
    Slip(
        "the second mean is of the sizes of the gradients. It should be of their squares.",
        "the square is missing",
        _Adam(squared=False),
    ),
    Slip(
        "the first step is right. In the later ones, beta is multiplied by the number of the step: what do the small "
        "raised letters mean?",
        "a product for a power",
        _Adam(power=False),
    ),
    Slip("the two betas stand in each other's place.", "the betas are exchanged", _Adam(exchanged=True)),
    Slip(
        "the corrections count one step too many. Which number has the first step?",
        "the count begins at two",
        _Adam(late=1),
    ),
)


def _counted(judge: Callable[[], None]) -> None:
    """Run ``judge``, and name what makes every number nan in the first step."""
    try:
        judge()
    except Wrong as wrong:
        late = str(wrong).startswith("the first step is right")
        if wrong.misconception is None and not late and (" is nan" in str(wrong) or "is infinite" in str(wrong)):
            raise Wrong(
                f"{wrong} In the correction of the first step, is something divided by zero? Which number has that "
                "step?",
                "the count begins at zero",
            ) from None
        raise


def _tiny(trial: Trial) -> Trial:
    """The same with gradients so small that the ε of Adam shows, and one of zero."""
    gradients = [[1e-8 * g for g in each] for each in trial.gradients]
    for each in gradients:
        each[0][0] = 0.0
    return Trial(trial.start, gradients, trial.rates)


def _judge_epsilon(judge: Callable[[Sequence[Trial]], None]) -> None:
    """Raise Wrong where a step that is right for usual gradients is not for tiny ones."""
    try:
        judge([_tiny(trial) for trial in _TRIALS])
    except Wrong:
        raise Wrong(
            "the steps are right, except where gradients are very small or zero. That is what ε is for: where does it "
            "stand?",
            "epsilon is left out or misplaced",
        ) from None


def adam(answer: Any) -> str:
    step = function(answer, "adam_step(params, state, lr)")

    def make(params: list[Any], lr: float) -> Any:
        return torch.optim.Adam(params, lr=lr)

    _counted(lambda: _judged(step, (), True, make, _ADAM_SLIPS))
    _judge_epsilon(lambda trials: _judged(step, (), True, make, (), trials))
    return "two fading means, both corrected for their start at zero, for each parameter by itself."


def adamw(answer: Any) -> str:
    step = function(answer, "adamw_step(params, state, lr, decay)")
    slips = (
        Slip(
            "nothing decays: this is Adam.",
            "no decay",
            _Adam(),
        ),
        Slip(
            "the decay was added to the gradient, so that it is scaled like the gradient. This is Adam with an L2 "
            "penalty; in AdamW the decay stays out of both means.",
            "the decay goes into the gradient",
            _Adam(into_gradient=_DECAY),
        ),
        Slip(
            "the decay is not multiplied by lr: it shrinks the parameters as much when the steps are small.",
            "the decay without lr",
            _Adam(shrink=lambda lr: 1 - _DECAY),
        ),
        Slip(
            "the parameters grow instead of shrinking.",
            "the decay has the wrong sign",
            _Adam(shrink=lambda lr: 1 + lr * _DECAY),
        ),
        Slip(
            "the whole parameter is multiplied by lr and decay. Only that part of it should go.",
            "only the decayed part is left",
            _Adam(shrink=lambda lr: lr * _DECAY),
        ),
        *_ADAM_SLIPS[1:],
    )

    def make(params: list[Any], lr: float) -> Any:
        return torch.optim.AdamW(params, lr=lr, weight_decay=_DECAY)

    _counted(lambda: _judged(step, (_DECAY,), True, make, slips))
    _judge_epsilon(lambda trials: _judged(step, (_DECAY,), True, make, (), trials))
    return "the parameters shrink by lr times decay, apart from the means; the rest is Adam."


# 09.5: how large may lr be

VALLEY = Program(
    """
    def end(lr):
        w = torch.tensor([1.0, 1.0], requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=lr)
        for step in range(200):
            optimizer.zero_grad()
            loss = (w[0] ** 2 + 10 * w[1] ** 2) / 2
            loss.backward()
            optimizer.step()
        return w.abs().max().item()
    """
)

_RATES = (
    (
        0.09,
        "w[1] does not jump over the bottom yet. Jumping over it is allowed, if it lands nearer.",
        "a jump diverges",
    ),
    (0.15, "it works, but a larger one in the list works too.", "a smaller one to be safe"),
    (0.19, "", ""),
    (0.25, "the steeper direction decides: in it, each step lands farther from the bottom.", "the mean slope decides"),
    (1.9, "this would do for w[0] alone. w[1] is ten times as steep.", "the flat direction decides"),
    (2.5, "both directions grow without bound.", "any rate converges"),
)


def _claim(rate: float) -> str:
    larger = [other for other, *_ in _RATES if other > rate]
    return " and ".join([f"end({rate}) < 0.001", *(f"not end({other}) < 0.001" for other in larger)])


_RATE_OPTIONS = tuple(Option(str(rate), _claim(rate), words, name) for rate, words, name in _RATES)

QUESTIONS = {
    "09.1": Question(
        title="A step of SGD",
        minutes=6,
        difficulty=1,
        hints=(
            "params is a list. Go through it, and look at the grad of each.",
            "The tensor in the list must change, and the change must not be recorded: labs 06 and 08.",
            "Some parameters have no gradient at all: skip them.",
        ),
        grade=sgd,
    ),
    "09.2": Question(
        title="Momentum",
        minutes=10,
        difficulty=2,
        hints=(
            "Each parameter needs a buffer of its own. Its place in the list is a good key for state.",
            "The buffer begins as the first gradient. Later it fades by mu, and the new gradient comes on top.",
            "The parameter moves by lr times the buffer. Where lr is multiplied matters when lr changes.",
        ),
        grade=momentum,
    ),
    "09.3": Question(
        title="Adam",
        minutes=15,
        difficulty=3,
        hints=(
            "Keep three things for each parameter: a mean of the gradients, a mean of their squares, a count of steps.",
            "A mean that begins at zero is too small at first: after t steps by the factor 1 − beta ** t.",
            "The step: lr times the corrected mean, divided by the root of the corrected mean of squares plus eps.",
        ),
        grade=adam,
    ),
    "09.4": Question(
        title="Decay apart from the gradient",
        minutes=8,
        difficulty=2,
        hints=(
            "Start from your Adam. One line is new.",
            "The decay touches the parameter itself, before the step, and neither of the two means.",
            "By which factor does a parameter shrink that has a gradient of zero? lr and decay are both in it.",
        ),
        grade=adamw,
    ),
    "09.5": Question(
        title="How large may lr be?",
        minutes=6,
        difficulty=2,
        hints=(
            "Write down one step for w[0] and one for w[1]: by which factor is each multiplied?",
            "The factors are 1 − lr and 1 − 10 lr. A number goes to zero when its factor is between −1 and 1.",
            "Both must hold. Try the rates of the list, from the largest down.",
        ),
        grade=chosen(VALLEY, _RATE_OPTIONS, "the steepest direction decides; the flat ones then go slowly."),
        program=VALLEY,
        options=tuple(option.text for option in _RATE_OPTIONS),
    ),
}
