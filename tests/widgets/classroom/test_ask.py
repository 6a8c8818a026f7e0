"""predict, quiz and progress: what they say, and what they keep to themselves."""

import gc
import json
import math
import threading
from pathlib import Path

import numpy as np
import pytest

import minigrad as torch
from tests.browser.samples import state
from tests.widgets.classroom import sheet_99
from widgets.classroom import UnknownQuestion, check, outcomes, predict, progress, quiz
from widgets.classroom.prediction import Prediction
from widgets.classroom.typed import Unreadable, typed
from widgets.view import PICTURE

SQUARE = "x = torch.tensor(3., requires_grad=True)\n(x * x).backward()"
VECTOR = "x = torch.tensor([1., 2.], requires_grad=True)\n(x * x).sum().backward()"
RAISES = "x = torch.tensor(3., requires_grad=True)\ny = x * x\ny.backward()\ny.backward()"


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """No verdict from elsewhere, and none left behind."""
    monkeypatch.setattr(outcomes, "_latest", {})
    monkeypatch.setattr(outcomes, "_met", {})
    monkeypatch.setattr(outcomes, "_listeners", [])


@pytest.fixture
def sheet():
    """Sheet 99 is there."""
    with sheet_99.there():
        yield


def marks(asked):
    return [said["mark"] for said in asked.verdicts]


def hand_in(asked, **guesses):
    """What the front end does."""
    asked.set_state({"guesses": guesses, "attempts": asked.attempts + 1})


# What is typed


@pytest.mark.parametrize(
    "text, value",
    [
        ("6", 6), (" -1.5e-3 ", -0.0015), ("1/4", 0.25), ("2**-3", 0.125), ("−3", -3), ("2*(3+4)", 14),
        ("[1, 2]", [1, 2]), ("[[1, 2], [3, 4]]", [[1, 2], [3, 4]]), ("1 2 3", [1, 2, 3]), ("1 -2", [1, -2]),
        ("1, 2, 3", (1, 2, 3)), ("[1. 2.]", [1, 2]), ("[[1 2]\n [3 4]]", [[1, 2], [3, 4]]), ("1 - 2", -1),
        ("tensor([1., 2.])", [1, 2]), ("tensor(6., grad_fn=<MulBackward0>)", 6), ("torch.Size([2, 3])", [2, 3]),
        ("tensor([1.], requires_grad=True)", [1]), ("True", True), ("none", None), ("-inf", -math.inf),
        ("MulBackward0", "MulBackward0"), ("torch.float32", "torch.float32"), ("an error", "an error"),
    ],
)  # fmt: skip
def test_values_are_read(text, value):
    assert typed(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "x=3", "2x", "[1, 2", "1/0", "9**9**9", "10**64**64", "(-8)**0.5", "__import__('os').getcwd()", "lambda: 1",
     "[n for n in (1, 2)]", "print(1)", "(" * 400, "-" * 501, "1 if True else 2", "{1: 2}", "True + 1", "\0"],
)  # fmt: skip
def test_anything_else_is_refused_in_words(text):
    with pytest.raises(Unreadable, match=r"\.$"):
        typed(text)


# predict


def test_an_open_prediction_shows_the_program_and_no_value():
    asked = predict(SQUARE, "x.grad")
    program = "    x = torch.tensor(3., requires_grad=True)\n    (x * x).backward()"
    assert repr(asked) == f"Predict x.grad after\n{program}\n  x.grad: no guess yet"


@pytest.mark.parametrize("guess", [6, 6.0, "6", "12/2", "tensor(6.)", torch.tensor(6.0), [6], 6.001])
def test_a_right_guess_is_met_with_the_value(guess):
    asked = predict(SQUARE, "x.grad", guess=guess)
    assert marks(asked) == ["right"]
    assert repr(asked).endswith("✓ It is: tensor(6.)")


@pytest.mark.parametrize("guess", [3, "7", [6, 6], None, "True", "6.1"])
def test_a_wrong_guess_may_be_changed_and_the_value_stays_hidden(guess):
    asked = predict(SQUARE, "x.grad")
    hand_in(asked, **{"x.grad": guess if isinstance(guess, str) else repr(guess)})
    assert marks(asked) == ["wrong"]
    assert "It is" not in repr(asked) and asked.verdicts[0]["truth"] == ""
    hand_in(asked, **{"x.grad": "6"})
    assert marks(asked) == ["right"]


def test_the_value_shows_when_it_is_asked_for():
    asked = predict(SQUARE, "x.grad", guess=3)
    asked.shown = True
    assert repr(asked).endswith("It is: tensor(6.)")


@pytest.mark.parametrize("guesses", [{}, {"x.grad": "what is this?"}])
def test_no_value_shows_before_a_guess_that_can_be_read(guesses):
    asked = predict(SQUARE, "x.grad")
    if guesses:
        hand_in(asked, **guesses)
    asked.shown = True
    assert "tensor(6.)" not in repr(asked) + json.dumps(state(asked))


@pytest.mark.parametrize(
    "program, expressions, choices, truth",
    [
        ("x = torch.tensor(1234.5)", ["x * 2"], None, "2469"),
        (SQUARE, ["x.grad + 7135"], None, "7141"),
        (RAISES, ["x.grad"], ("None", "an error", "9"), "RuntimeError"),
    ],
)
def test_nothing_that_is_sent_tells_the_value_before_the_guess(program, expressions, choices, truth):
    asked = predict(program, *expressions, choices=choices, slips={"7141 * 1": "a slip"} if truth == "7141" else None)
    bundle = json.dumps(state(asked)) + asked._repr_mimebundle_()[0][PICTURE] + asked._page() + repr(asked)
    shown = bundle.replace(asked._esm, "").replace(asked._css, "")
    assert truth not in shown


def test_the_known_mistake_is_named():
    slips = {"x.grad / 2": "you counted one of two uses", "x.item() ** 3": "you cubed"}
    wrong = predict(SQUARE, "x.grad", slips=slips, guess=3)
    assert wrong.verdicts[0]["words"] == "you counted one of two uses"
    assert predict(SQUARE, "x.grad", slips=slips, guess=27).verdicts[0]["words"] == "you cubed"
    # What is right is no mistake, whatever a slip comes to.
    assert marks(predict(SQUARE, "x.grad", slips={"x + 3": "never said"}, guess=6)) == ["right"]


def test_each_expression_has_its_guess():
    asked = predict(VECTOR, "x.grad", "x.grad.shape", "x.grad_fn")
    hand_in(asked, **{"x.grad": "2 4", "x.grad_fn": "5"})
    assert [(said["ask"], said["mark"]) for said in asked.verdicts] == [("x.grad", "right"), ("x.grad_fn", "wrong")]
    assert marks(predict(VECTOR, "x.grad", "x.grad.shape", "x.grad_fn", guess=([2, 4], (2,), None))) == ["right"] * 3


@pytest.mark.parametrize(
    "program, expression, choices, right",
    [
        (SQUARE, "x.grad_fn", ("None", "a MulBackward0"), "None"),
        (SQUARE, "x.grad", ("3", "6", "9"), "6"),
        (SQUARE, "x.requires_grad", ("True", "False"), "True"),
        (SQUARE, "type(x.grad_fn).__name__", ("MulBackward0", "NoneType"), "NoneType"),
        (RAISES, "x.grad", ("6", "12", "an error"), "an error"),
        (SQUARE, "x.missing", ("None", "an error"), "an error"),
        (SQUARE, "x.grad", ("tensor(6.)", "6"), "tensor(6.)"),
    ],
)
def test_the_choice_that_is_the_value_is_right(program, expression, choices, right):
    for choice in choices:
        asked = predict(program, expression, choices=choices, guess=choice)
        assert marks(asked) == ["right" if choice == right else "wrong"]
    assert " | ".join(choices) in repr(asked)


def test_an_error_is_shown_with_its_message():
    asked = predict(RAISES, "x.grad", choices=("12", "an error"), slips={"12": "you let it walk twice"}, guess="12")
    assert asked.verdicts[0]["words"] == "you let it walk twice"
    asked.shown = True
    assert "an error: RuntimeError: Trying to backward through the graph a second time" in repr(asked)


@pytest.mark.parametrize(
    "value, guess",
    [("float('nan')", "nan"), ("torch.tensor([1., float('inf')])", "[1, inf]"), ("torch.tensor(True)", "True"),
     ("torch.tensor([True, False])", "[True, False]"), ("torch.float32", "torch.float32"), ("'ab'", "ab"),
     ("(2, 3)", "2, 3"), ("torch.zeros(2, 1)", "[[0], [0]]"), ("1 / 3", "0.333")],
)  # fmt: skip
def test_values_of_all_kinds_can_be_guessed(value, guess):
    assert marks(predict(f"v = {value}", "v", guess=guess)) == ["right"]
    assert marks(predict(f"v = {value}", "v", guess="17")) == ["wrong"]


@pytest.mark.parametrize(
    "arguments, options, error, words",
    [
        ((SQUARE,), {}, ValueError, "nothing to predict"),
        (("x = ",), {}, ValueError, "nothing to predict"),
        (("x = (", "x"), {}, ValueError, "the program is no Python"),
        ((SQUARE, "x +"), {}, ValueError, "'x \\+' is no Python"),
        ((SQUARE, "y"), {}, ValueError, "y failed with NameError"),
        (("1 / 0", "x"), {}, ValueError, "the program itself raised ZeroDivisionError"),
        (("while True: pass", "1"), {}, ValueError, "no end after"),
        ((SQUARE, 6), {}, TypeError, "are text"),
        ((6, "x"), {}, TypeError, "are text"),
        ((SQUARE, "x.grad"), {"slips": ["x"]}, TypeError, "slips are a dict"),
        ((SQUARE, "x.grad"), {"slips": {"x": 3}}, TypeError, "slips map"),
        ((SQUARE, "x.grad"), {"slips": {"z": "words"}}, ValueError, "z failed with NameError"),
        ((SQUARE, "x.grad"), {"choices": "None"}, TypeError, "choices are several"),
        ((SQUARE, "x.grad"), {"choices": ("1",)}, ValueError, "two or more"),
        ((SQUARE, "x.grad"), {"choices": ("1", "2")}, ValueError, "none is right"),
        ((SQUARE, "x.grad"), {"choices": ("6", "6.0", "2")}, ValueError, "2 is right, not one"),
        ((SQUARE, "x.grad", "x"), {"guess": 6}, TypeError, "2 values"),
        (("01.1", "x"), {}, TypeError, "its own"),
    ],
)
def test_what_cannot_be_asked_is_refused_at_once(monkeypatch, arguments, options, error, words):
    monkeypatch.setattr("widgets.classroom.guard.TIME_LIMIT", 0.5)
    with pytest.raises(error, match=words) as raised:
        predict(*arguments, **options)
    assert "tensor(6" not in str(raised.value)


def test_the_program_leaves_the_notebook_as_it_was(capsys):
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002
    predict("torch.manual_seed(5)\nprint('loud')\nx = torch.rand(3)", "x.sum()", guess=1)
    assert torch.rand(1).item() == pytest.approx(torch.rand(1, generator=torch.Generator().manual_seed(0)).item())
    assert np.random.rand() == np.random.RandomState(0).rand()  # noqa: NPY002
    assert capsys.readouterr().out == ""


def test_the_program_runs_once_however_often_one_guesses(monkeypatch):
    runs = []
    monkeypatch.setattr(Prediction, "_run", lambda self, run=Prediction._run: runs.append(1) or run(self))
    asked = predict(SQUARE, "x.grad")
    for guess in "123456":
        hand_in(asked, **{"x.grad": guess})
    assert runs == [1] and marks(asked) == ["right"]


def test_the_same_guess_is_answered_again():
    asked = predict(SQUARE, "x.grad")
    for attempt in (1, 2):
        hand_in(asked, **{"x.grad": "5"})
        assert asked.answered == attempt


# Questions of a sheet


def test_a_quiz_shows_its_options_and_checks_a_choice(sheet):
    assert repr(quiz("99.1")) == (
        "99.1 What is kept\n    x = torch.tensor(3., requires_grad=True)\n    (x * x).backward()\n"
        "  a  nothing\n  b  the number `6`\n  c  the number 3\n  your choice: no guess yet"
    )
    asked = quiz("99.1", "c")
    assert "✗ you counted one of two uses" in repr(asked)
    assert not outcomes.latest("99.1")
    hand_in(asked, **{"your choice": "b"})
    assert marks(asked) == ["right"] and outcomes.latest("99.1")


def test_a_registered_prediction_reveals_nothing(sheet):
    asked = predict("99.2", guess=(5, 2))
    assert marks(asked) == ["wrong"]
    asked.shown = True
    assert "It is" not in repr(asked) and "6" not in repr(asked.verdicts)
    assert marks(predict("99.2", guess=("6", "3"))) == ["right"]
    assert outcomes.latest("99.2")


def test_a_registered_prediction_wants_all_its_fields(sheet):
    asked = predict("99.2")
    hand_in(asked, gradient="6")
    assert marks(asked) == ["unread"] and "`value` is still to be filled in" in repr(asked)
    hand_in(asked, gradient="6", value="3 apples")
    assert marks(asked) == ["unread"] and "`3 apples` cannot be read" in repr(asked)
    assert outcomes.latest("99.2") is None


def test_a_question_of_another_kind_is_refused(sheet):
    with pytest.raises(TypeError, match="no options"):
        quiz("99.2")
    with pytest.raises(UnknownQuestion):
        quiz("99.7")
    with pytest.raises(UnknownQuestion):
        predict("98.1")


# progress


def test_the_panel_follows_the_checks(sheet):
    panel, other = progress("99"), progress("99")
    assert repr(panel) == (
        "Sheet 99: 0 of 2 right\n  ○ 99.1  What is kept      3 min ●○○\n  ○ 99.2  What it comes to  6 min ●●○"
    )
    check("99.1", "c")
    assert panel.rows[0]["state"] == "wrong" and panel.rows[0]["met"] == "one of two uses"
    quiz("99.1", "b")
    for each in (panel, other, progress("99")):
        assert each.title == "Sheet 99: 1 of 2 right"
        assert repr(each).splitlines()[1].startswith("  ✓ 99.1")
    check("01.1", (1, 2))
    assert panel.title == "Sheet 99: 1 of 2 right"


def test_the_panel_hears_a_check_in_another_thread(sheet):
    panel = progress("99")
    threads = [threading.Thread(target=check, args=("99.1", letter)) for letter in "acacb"]
    for thread in threads:
        thread.start()
        thread.join()
    assert panel.title == "Sheet 99: 1 of 2 right"


def test_a_closed_panel_is_not_kept(sheet):
    panel = progress("99")
    assert len(outcomes._listeners) == 1
    panel.close()
    assert outcomes._listeners == []
    check("99.1", "b")
    panel = progress("99")
    del outcomes._listeners[:]
    outcomes.listen(Listener().heard)
    gc.collect()
    check("99.1", "b")
    assert outcomes._listeners == []


class Listener:
    def heard(self, result):
        raise AssertionError("it is gone")


def test_there_is_no_panel_of_an_unknown_sheet():
    with pytest.raises(UnknownQuestion):
        progress("98")


# What all three have


@pytest.mark.parametrize(
    "make", [lambda: predict(SQUARE, "x.grad", guess=3), lambda: quiz("99.1"), lambda: progress("99")]
)
def test_each_has_a_picture_and_a_page(sheet, make, tmp_path: Path):
    widget = make()
    drawn = widget._repr_mimebundle_()[0][PICTURE]
    assert drawn.startswith("<svg") and repr(widget).splitlines()[0] in drawn
    widget.save(tmp_path / "page.html")
    assert "saved_page" in (tmp_path / "page.html").read_text()
