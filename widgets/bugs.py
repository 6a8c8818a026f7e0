"""The loops of the accumulation lab: the lesson's own, the classic bugs, and the accumulation that is meant.

All of it is real code. What is said of a loop is a template that is filled with the numbers of its run, and which
answer to a question is right is decided by looking at the run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .loops import Line, Run, is_close, lines_of

OFF = ""


@dataclass(frozen=True)
class Answer:
    """One answer to a question: its words, what to say to who chose it, and whether it `holds` in the run."""

    words: str
    says: str
    holds: Callable[[Run, Run], bool]  # of yours and the correct run


@dataclass(frozen=True)
class Loop:
    """A loop with lines to change.

    `choices` has the texts that can stand in a line, the right one first; `start` says which of them are chosen at
    first, by number of line. `notes` explains what goes wrong with these texts in these lines (the first that fits),
    `fixed` why it works. `reference` is the code to compare with where that is other code, `names` the two runs.
    """

    group: str
    code: str
    choices: dict[int, tuple[str, ...]]
    start: dict[int, int]
    question: str
    answers: tuple[Answer, ...]
    notes: tuple[tuple[dict[int, int], str], ...]
    fixed: str
    hint: str
    axis: str = "epoch"
    reference: str | None = None
    names: tuple[str, str] = ("correct", "yours")
    lines: list[Line] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lines", lines_of(self.code, self.choices))

    @property
    def changeable(self) -> list[Line]:
        """The lines with more than one text."""
        return [line for line in self.lines if len(line.texts) > 1]


def _raises(yours: Run, correct: Run) -> bool:
    return yours.failure is not None


def _all(what: str, same: Callable[[Run, Run], list[float | None]]) -> Callable[[Run, Run], bool]:
    """Whether a whole series is what `same` makes of the runs."""

    def holds(yours: Run, correct: Run) -> bool:
        numbers, expected = yours.series(what), same(yours, correct)
        return yours.failure is None and all(map(is_close, numbers, expected)) and len(numbers) == len(expected)

    return holds


def _as_correct(what: str) -> Callable[[Run, Run], bool]:
    return _all(what, lambda yours, correct: correct.series(what))


def _sums(yours: Run, correct: Run) -> list[float | None]:
    total = 0.0
    sums: list[float | None] = []
    for added in yours.series("added"):
        total += added or 0.0
        sums.append(total)
    return sums


def _repeats(yours: Run, correct: Run) -> list[float | None]:
    return yours.series("added")


def _first(what: str) -> Callable[[Run, Run], list[float | None]]:
    return lambda yours, correct: yours.series(what)[:1] * len(yours.steps)


def _otherwise(*others: Callable[[Run, Run], bool]) -> Callable[[Run, Run], bool]:
    """It runs, and nothing of that holds."""
    return lambda yours, correct: yours.failure is None and not any(other(yours, correct) for other in others)


_TRAIN = """\
weights = torch.ones(4, requires_grad=True)
for epoch in range({epochs}):
    loss = (weights * 3).sum()
    loss.backward()
    with torch.no_grad():
        weights -= 0.1 * weights.grad
    weights.grad.zero_()"""

_FIT = """\
x = torch.tensor([1.0, 2.0, 3.0, 4.0])
y = 2 * x
w = torch.zeros(1, requires_grad=True)
"""

_UPDATE = """
    with torch.no_grad():
        w -= 0.02 * w.grad
    w.grad.zero_()"""

_NO_GRAD = "    with torch.no_grad():"
_ZERO = "    weights.grad.zero_()"
_ZERO_GRAD = "    optimizer.zero_grad()"

_ADDS = Answer(
    "each backward() adds to what is there",
    "Yes: autograd **adds**, always.",
    _all("grad", _sums),
)
_REPLACES = Answer(
    "each backward() puts its own gradient there",
    "You replaced; autograd **adds**.",
    lambda yours, correct: _all("grad", _repeats)(yours, correct) and not _all("grad", _sums)(yours, correct),
)
_ZERO_NOTE = (
    "Nothing empties `{name}.grad`, so each `backward()` **adds {added}** to what is there: {grads}. "
    "The steps grow, and after {axis} {count} `{name}{element}` is {weight} instead of {right_weight}."
)

LOOPS: dict[str, Loop] = {
    "forgotten zero_grad": Loop(
        "classic bugs",
        _TRAIN.format(epochs=5),
        {5: (_NO_GRAD, OFF), 7: (_ZERO, OFF)},
        {7: 1},
        "Line 7 is switched off. What happens in `weights.grad`?",
        (
            _REPLACES,
            _ADDS,
            Answer("an error: the gradient is already there", "No error: adding is what it is for.", _raises),
        ),
        (
            (
                {5: 1},
                "Outside `no_grad()`, `-=` would be recorded as part of the computation, and `weights` is a leaf: "
                "its own value would be lost. PyTorch refuses.",
            ),
            ({7: 1}, _ZERO_NOTE),
        ),
        "`weights.grad.zero_()` empties the gradient after each step, so every `backward()` adds its {added} to **0**.",
        "With an optimizer, the same line is `optimizer.zero_grad()`.",
    ),
    "zero_grad before step": Loop(
        "classic bugs",
        """\
weights = torch.ones(4, requires_grad=True)
optimizer = torch.optim.SGD([weights], lr=0.1)
for epoch in range(5):
    optimizer.zero_grad()
    loss = (weights * 3).sum()
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    optimizer.zero_grad()""",
        {4: (_ZERO_GRAD, OFF), 7: (OFF, _ZERO_GRAD), 9: (OFF, _ZERO_GRAD)},
        {7: 1},
        "`zero_grad()` is called before `backward()`, and again between `backward()` and `step()`. How does `weights` "
        "move?",
        (
            Answer(
                "as it should: emptying once more cannot hurt",
                "Its place matters: whatever `step()` is to use must still be there.",
                _as_correct("weight"),
            ),
            Answer(
                "not at all",
                "Yes: `step()` finds no gradient and changes nothing.",
                _all("weight", lambda yours, correct: [1.0] * len(yours.steps)),
            ),
            Answer(
                "too far: the gradients add up",
                "They would, without `zero_grad()`. Here they are thrown away, each before its use.",
                _otherwise(_as_correct("weight"), _all("weight", lambda yours, correct: [1.0] * len(yours.steps))),
            ),
        ),
        (
            (
                {7: 1},
                "`backward()` finds {added}, `zero_grad()` throws it away, and `step()` finds **no gradient**: "
                "`weights[0]` stays {weight}, where it should come to {right_weight}.",
            ),
            ({4: 1}, _ZERO_NOTE),
        ),
        "`zero_grad()` may stand after `step()` or before `backward()`: `step()` then uses {added}, the gradient of "
        "its own epoch, and **only** that.",
        "Before `backward()`, between, after `step()`: switch each place on and off.",
    ),
    "update outside no_grad": Loop(
        "classic bugs",
        _TRAIN.format(epochs=5),
        {
            5: (_NO_GRAD, OFF),
            6: ("        weights -= 0.1 * weights.grad", "        weights = weights - 0.1 * weights.grad"),
        },
        {5: 1},
        "`with torch.no_grad():` is switched off. What does line 6 do?",
        (
            Answer(
                "the same: no_grad() only saves memory",
                "It does save memory. But it also says: **this is no part of the computation**.",
                _as_correct("weight"),
            ),
            Answer(
                "it raises an error",
                "Yes: a leaf must not be overwritten where operations are recorded.",
                _raises,
            ),
            Answer(
                "it runs, with wrong gradients",
                "It would have to, so PyTorch does not let it run.",
                _otherwise(_as_correct("weight")),
            ),
        ),
        (
            ({6: 1}, "Rebinding: `weights` is now a **new** tensor, the result of a subtraction, and has no `.grad`."),
            (
                {5: 1},
                "Where operations are recorded, `weights -= ...` would become a part of the graph and overwrite "
                "the leaf its own gradient belongs to. The first update, after a gradient of **{added}**, is refused.",
            ),
        ),
        "Inside `no_grad()` the update is no operation of the graph: `weights` stays the **leaf** it was, and "
        "comes to {weight}.",
        "The update is bookkeeping, not mathematics to be differentiated.",
    ),
    "leaf lost": Loop(
        "classic bugs",
        """\
w = torch.ones(4, requires_grad=True)
for epoch in range(5):
    loss = (w * 3).sum()
    loss.backward()
    with torch.no_grad():
        w = w - 0.1 * w.grad
    w.grad.zero_()""",
        {5: (_NO_GRAD, OFF), 6: ("        w -= 0.1 * w.grad", "        w = w - 0.1 * w.grad")},
        {6: 1},
        "`w = w - ...` instead of `w -= ...`. What happens?",
        (
            Answer(
                "nothing new: both write the same numbers",
                "The same numbers, but in **another tensor**.",
                _as_correct("weight"),
            ),
            Answer(
                "an error: w.grad is None after line 6",
                "Yes: the name `w` now stands for a new tensor, which never had a gradient.",
                _raises,
            ),
            Answer(
                "the gradients add up",
                "They would, in the old leaf. But the name `w` has left it.",
                _otherwise(_as_correct("weight")),
            ),
        ),
        (
            (
                {6: 1},
                "`w = w - ...` makes a **new tensor** and gives it the name. The leaf, with its gradient of "
                "{added}, has no name any more, and the new `w` has `.grad` None.",
            ),
            ({5: 1}, "Without `no_grad()`, `-=` on a leaf is refused."),
        ),
        "`w -= ...` writes **into** the leaf: it stays the same tensor, with the same `.grad`, and comes to {weight}.",
        "This error is Python's own, for None has no zero_(): PyTorch only warned.",
    ),
    "in-place on a saved tensor": Loop(
        "classic bugs",
        """\
x = torch.tensor([1.0, 2.0, 3.0, 4.0])
y = torch.tensor([0.0, 0.0, 1.0, 1.0])
w = torch.zeros(1, requires_grad=True)
for epoch in range(5):
    guess = torch.sigmoid(w * x)
    guess -= y
    loss = (guess ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.5 * w.grad
    w.grad.zero_()""",
        {6: ("    guess = guess - y", "    guess -= y", "    guess.sub_(y)")},
        {6: 1},
        "`guess -= y` writes into `guess`. Which line complains?",
        (
            Answer(
                "line 6, which writes into it",
                "Writing is allowed. Whether it did damage shows when the value is **needed**.",
                lambda yours, correct: _raises(yours, correct) and yours.failure.line == 6,  # type: ignore[union-attr]
            ),
            Answer(
                "line 8, loss.backward()",
                "Yes: that is where sigmoid's rule needs the value it had saved.",
                lambda yours, correct: _raises(yours, correct) and yours.failure.line == 8,  # type: ignore[union-attr]
            ),
            Answer(
                "none: only the name guess is reused",
                "`-=` does not reuse the name, it overwrites the tensor.",
                lambda yours, correct: not _raises(yours, correct),
            ),
        ),
        (
            (
                {6: 1},
                "sigmoid **saved its result** for the backward pass, for its derivative is out·(1 − out). Line 6 "
                "overwrote it, and `backward()` finds another version than the one it saved.",
            ),
            ({6: 2}, "`sub_` is `-=` by another name: the underscore means **in place**."),
        ),
        "`guess - y` makes a new tensor, and what sigmoid saved is as it was: the first gradient is **{first_grad}**.",
        "Not every operation saves its result: + would not have minded.",
    ),
    "detach in the loss": Loop(
        "classic bugs",
        _FIT
        + """\
for epoch in range(5):
    loss = ((w * x - y) ** 2).mean()
    loss.backward()"""
        + _UPDATE,
        {
            5: (
                "    loss = ((w * x - y) ** 2).mean()",
                "    loss = ((w * x - y).detach() ** 2).mean()",
                "    loss = ((w * x - y.detach()) ** 2).mean()",
                "    loss = ((w.detach() * x - y) ** 2).mean()",
            )
        },
        {5: 1},
        "The error is detached inside the loss. What does `backward()` find?",
        (
            Answer(
                "the same gradient: detach() copies the numbers",
                "The numbers are the same. Their **history** is what is cut.",
                _as_correct("grad"),
            ),
            Answer(
                "a gradient of 0",
                "A zero would be an answer. There is no path to `w`, so there is no question.",
                lambda yours, correct: yours.failure is None and not _as_correct("grad")(yours, correct),
            ),
            Answer("an error: nothing leads back", "Yes: the loss has no `grad_fn`.", _raises),
        ),
        (
            (
                {5: 1},
                "`detach()` hands on the numbers **without their history**. The loss then has no `grad_fn`, and "
                "`backward()` has no way to go.",
            ),
            (
                {5: 3},
                "`w` itself is detached, and it was the **only** tensor that asks for a gradient: again nothing "
                "leads back.",
            ),
        ),
        "The graph leads from `loss` back to `w`: the first gradient is **{first_grad}**, and `w` goes to {weight}.",
        "Detaching `y` would do no harm: try it. Nothing leads back through a constant anyway.",
    ),
    "a second backward": Loop(
        "classic bugs",
        _FIT
        + """\
guess = w * x
for epoch in range(5):
    guess = w * x
    loss = ((guess - y) ** 2).mean()
    loss.backward()"""
        + _UPDATE,
        {
            4: (OFF, "guess = w * x"),
            6: ("    guess = w * x", OFF),
            8: ("    loss.backward()", "    loss.backward(retain_graph=True)"),
        },
        {4: 1, 6: 1},
        "`guess` is computed once, before the loop. What happens?",
        (
            Answer(
                "it trains as before",
                "`guess` is a result, not a formula: it does not follow `w`.",
                _as_correct("weight"),
            ),
            Answer(
                "an error in the second epoch",
                "Yes: the first `backward()` freed what the graph of `guess` had saved.",
                lambda yours, correct: _raises(yours, correct) and yours.failure.step == 1,  # type: ignore[union-attr]
            ),
            Answer(
                "an error at once",
                "The first time through, the graph is still whole.",
                lambda yours, correct: _raises(yours, correct) and yours.failure.step == 0,  # type: ignore[union-attr]
            ),
        ),
        (
            ({4: 0, 6: 1}, "Nothing computes `guess` any more."),
            (
                {6: 1, 8: 1},
                "`retain_graph=True` silences the error and keeps the mistake: `guess` still belongs to the "
                "**old** `w`, so the gradient stays what it was: {grads}.",
            ),
            (
                {6: 1},
                "Line 4 runs once, so there is **one** graph of `guess`, and the first `backward()` freed what it "
                "had saved. The second finds nothing.",
            ),
        ),
        "Computed in the loop, `guess` has a **new graph** in each epoch and follows `w`: the loss falls from "
        "{first_loss} to {loss}.",
        "`retain_graph=True` is the first advice one finds. See what it does here.",
    ),
    "loss kept with retain_graph": Loop(
        "classic bugs",
        _FIT
        + """\
total = 0
for epoch in range(5):
    loss = ((w * x - y) ** 2).mean()
    total = total + loss
    total.backward(retain_graph=True)"""
        + _UPDATE,
        {
            7: ("    total = total + loss.item()", "    total = total + loss", "    total = total + loss.detach()"),
            8: ("    loss.backward()", "    total.backward(retain_graph=True)", "    total.backward()"),
        },
        {7: 1, 8: 1},
        "The losses are added up, and `backward()` starts at the total. Which gradient is in `w.grad` in epoch 2?",
        (
            Answer(
                "that of epoch 2: zero_() has emptied the rest",
                "`zero_()` empties `.grad`. The **graph** of epoch 1 is still part of `total`.",
                _as_correct("grad"),
            ),
            Answer(
                "that of epoch 1 again, and that of epoch 2",
                "Yes: `backward()` walks both graphs.",
                _otherwise(_as_correct("grad")),
            ),
            Answer("an error: epoch 1 was walked already", "It would be, but `retain_graph=True` kept it.", _raises),
        ),
        (
            ({7: 0}, "`total` is a number now: it has no graph, and no `backward()`. Start at `loss`."),
            ({7: 2}, "`loss.detach()` adds numbers without history: nothing leads back from `total`. Start at `loss`."),
            (
                {8: 2},
                "The graph of epoch 1 hangs on `total`, and its saved values are freed: a **second backward** "
                "through it.",
            ),
            (
                {8: 1},
                "`total` holds the graphs of **all** epochs. Each `backward()` walks them all, {operations} "
                "operations, and adds their old gradients once more: {grads} instead of {right_grads}.",
            ),
        ),
        "`backward()` starts at the loss of this epoch **alone**: {operations} operations. To watch the total, keep "
        "numbers, `loss.item()`, not tensors.",
        "A total for printing needs no graph: that is what `.item()` is for.",
    ),
    "(n, 1) against (n,)": Loop(
        "classic bugs",
        """\
x = torch.randn(8, 1)
y = 2 * x[:, 0]
w = torch.zeros(1, 1, requires_grad=True)
for epoch in range(5):
    guess = x @ w
    loss = ((guess - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.2 * w.grad
    w.grad.zero_()""",
        {
            6: (
                "    loss = ((guess[:, 0] - y) ** 2).mean()",
                "    loss = ((guess - y) ** 2).mean()",
                "    loss = ((guess - y.reshape(8, 1)) ** 2).mean()",
            )
        },
        {6: 1},
        "`guess` has shape (8, 1) and `y` has shape (8,). What does `guess - y` do to the training?",
        (
            Answer(
                "nothing: 8 numbers minus 8 numbers",
                "Broadcasting lines shapes up **from the right**: (8, 1) and (8,) make (8, 8).",
                _as_correct("loss"),
            ),
            Answer(
                "it raises: the shapes do not match",
                "They do, by broadcasting. That is what makes it dangerous.",
                _raises,
            ),
            Answer(
                "it runs, and w learns something else",
                "Yes: every guess is compared with **every** y.",
                _otherwise(_as_correct("loss")),
            ),
        ),
        (
            (
                {6: 1},
                "(8, 1) − (8,) is (8, 8): **64 differences**, each guess against each y. No error, but after "
                "{count} epochs `w` is {weight} instead of {right_weight}.",
            ),
        ),
        "8 differences, each guess with **its own** y: the loss falls from {first_loss} to {loss}, and `w` comes to "
        "{weight} on its way to 2.",
        "Print the shapes: `(guess - y).shape`.",
    ),
    "micro-batches": Loop(
        "accumulation that is meant",
        """\
x = torch.arange(1.0, 9.0)
y = 2 * x
w = torch.zeros(1, requires_grad=True)
for step in range(5):
    for i in range(0, 8, 2):
        part = w * x[i:i+2] - y[i:i+2]
        loss = (part ** 2).mean() / 4
        loss.backward()
        w.grad.zero_()
    with torch.no_grad():
        w -= 0.005 * w.grad
    w.grad.zero_()""",
        {
            7: ("        loss = (part ** 2).mean() / 4", "        loss = (part ** 2).mean()"),
            9: (OFF, "        w.grad.zero_()"),
            12: ("    w.grad.zero_()", OFF),
        },
        {},
        "Four micro-batches, four `backward()`, **one** step. How does it compare with the full batch at once?",
        (
            Answer(
                "only the last micro-batch counts", "You replaced; autograd **adds**.", _otherwise(_as_correct("grad"))
            ),
            Answer(
                "the same gradient, so the same steps", "Yes: the four parts add up to the whole.", _as_correct("grad")
            ),
            Answer(
                "an error: backward() ran four times", "Each has a graph of its own: nothing is walked twice.", _raises
            ),
        ),
        (
            ({9: 1}, "Emptied after each micro-batch, **nothing** is left for the step: `w` stays {weight}."),
            (
                {7: 1},
                "Each micro-batch gives the mean of its own 2, and the sum of 4 means is **4 times** the mean of "
                "all 8: {first_grad} instead of {right_first_grad}.",
            ),
            ({12: 1}, "Accumulation is meant **within** a step, not from one to the next: {grads}."),
        ),
        "In step 1 the four `backward()` add {parts}: together **{first_grad}**, the gradient of the full batch. "
        "One step of a batch that would not fit into memory.",
        "Switch a line: divide by 4 or not, empty inside the inner loop, or never.",
        axis="step",
        names=("full batch", "yours"),
        reference="""\
x = torch.arange(1.0, 9.0)
y = 2 * x
w = torch.zeros(1, requires_grad=True)
for step in range(5):
    loss = ((w * x - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.005 * w.grad
    w.grad.zero_()""",
    ),
    "loop 1: no zero_()": Loop(
        "the lesson",
        """\
weights = torch.ones(4, requires_grad=True)
for epoch in range(3):
    model_output = (weights*31).sum()
    model_output.backward()
    print(weights.grad)
    weights.grad.zero_()""",
        {6: (_ZERO, OFF)},
        {6: 1},
        "What does this print?",
        (_REPLACES, _ADDS, Answer("it raises in the second epoch", "No error: adding is what it is for.", _raises)),
        (({6: 1}, "Each `backward()` **adds {added}** to what is there: {grads}."),),
        "`zero_()` empties `weights.grad` before the next `backward()`: {grads}.",
        "The weights themselves never move here: nothing updates them.",
    ),
    "loop 2: with zero_()": Loop(
        "the lesson",
        """\
weights = torch.ones(4, requires_grad=True)
for epoch in range(3):
    model_output = (weights*3).sum()
    model_output.backward()
    print(weights.grad)
    weights.grad.zero_()""",
        {6: (_ZERO, OFF)},
        {},
        "What does this print?",
        (
            Answer(
                "the same gradient each time", "Yes: each `backward()` adds to zeros.", _all("grad", _first("grad"))
            ),
            Answer(
                "a gradient that grows",
                "It would without `zero_()`: autograd adds.",
                _otherwise(_all("grad", _first("grad"))),
            ),
            Answer(
                "zeros",
                "The line that prints comes **before** the one that empties.",
                _all("grad", lambda yours, correct: [0.0] * len(yours.steps)),
            ),
        ),
        (({6: 1}, "Each `backward()` **adds {added}** to what is there: {grads}."),),
        "`zero_()` empties `weights.grad` before the next `backward()`: {grads}.",
        "Switch line 6 off: which number will be the first to go wrong?",
    ),
    "loop 3: the weights move": Loop(
        "the lesson",
        _TRAIN.format(epochs=3),
        {5: (_NO_GRAD, OFF), 7: (_ZERO, OFF)},
        {},
        "`weights` begins at 1. What is `weights[0]` after three epochs?",
        (
            Answer(
                "1: backward() does not change it",
                "`backward()` does not, but line 6 does.",
                _all("weight", lambda yours, correct: [1.0] * len(yours.steps)),
            ),
            Answer(
                "0.1: three steps of 0.1 · 3",
                "Yes: the gradient is 3 in every epoch.",
                lambda yours, correct: is_close(yours.series("weight")[-1], 1 - 3 * 0.1 * 3),
            ),
            Answer(
                "−0.8: steps of 0.3, 0.6 and 0.9",
                "That is what happens without line 7.",
                lambda yours, correct: is_close(yours.series("weight")[-1], 1 - (0.3 + 0.6 + 0.9)),
            ),
        ),
        (
            ({5: 1}, "Outside `no_grad()`, an in-place update of a leaf is refused."),
            ({7: 1}, _ZERO_NOTE),
        ),
        "In every epoch `backward()` adds {added} to zeros, and the weights go down by 0.1 · {added}: {weights}.",
        "Switch line 7 or line 5 off: which number will be the first to go wrong?",
    ),
}
