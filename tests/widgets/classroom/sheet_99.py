"""A sheet of exercises for tests of the classroom, so that they hang on the contents of none."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from widgets.classroom import question as module
from widgets.classroom.predicting import Option, Slip, chosen, predicted
from widgets.classroom.program import Program
from widgets.classroom.question import Question

_PROGRAM = Program("x = torch.tensor(3., requires_grad=True)\n(x * x).backward()")
_OPTIONS = (
    Option("nothing", "x.grad is None", "backward() did run", "nothing happens"),
    Option("the number `6`", "x.grad == 6", "", ""),
    Option("the number 3", "x.grad == 3", "you counted one of two uses", "one of two uses"),
)
_ASKS = {"gradient": "x.grad", "value": "x"}
QUESTIONS = {
    "99.1": Question(
        title="What is kept",
        minutes=3,
        difficulty=1,
        hints=("Look.", "Look again.", "Two uses."),
        grade=chosen(_PROGRAM, _OPTIONS, "both uses of x send a gradient."),
        program=_PROGRAM,
        options=tuple(option.text for option in _OPTIONS),
    ),
    "99.2": Question(
        title="What it comes to",
        minutes=6,
        difficulty=2,
        hints=("Look.", "Look again.", "Two uses."),
        grade=predicted(
            _PROGRAM, _ASKS, [Slip("gradient", "x.grad / 2", "one use only", "one of two uses")], "both are right."
        ),
        program=_PROGRAM,
        asks=tuple(_ASKS),
    ),
}


@contextmanager
def there() -> Iterator[None]:
    """Within the block, it is one of the sheets."""
    names, sheet = module.sheet_names, module.sheet

    def found(number: object) -> dict[str, Question]:
        return QUESTIONS if number == "99" else sheet(number)

    with (
        patch.object(module, "sheet_names", lambda: [*names(), "99"]),
        patch.object(module, "sheet", found),
        patch("widgets.classroom.progress.sheet", found),
    ):
        yield
