"""Answers that are no answers, and functions that misbehave: a clear word, no error, and no trace left behind."""

import functools
import random
import sys
import threading
import warnings

import numpy as np
import pytest

import minigrad as torch
from widgets.classroom import UnknownQuestion, check, guard, hint
from widgets.classroom.question import sheet, sheet_names
from widgets.classroom.sheets.sheet_01 import training_loop


@pytest.fixture
def short_limit(monkeypatch):
    monkeypatch.setattr(guard, "TIME_LIMIT", 0.2)


@pytest.mark.parametrize("name", ["1.1", "99.1", 1.1, None, ["01.1"]])
def test_an_unknown_question_is_a_key_error_that_lists_the_sheets(name):
    for call in (lambda: check(name, 11), lambda: hint(name)):
        with pytest.raises(UnknownQuestion) as raised:
            call()
        assert str(raised.value).startswith(f"there is no question {name!r}. A question is named by its sheet and its")
        assert "The sheets are 01" in str(raised.value)


def test_an_unknown_question_of_a_sheet_is_a_key_error_that_lists_its_questions():
    with pytest.raises(KeyError) as raised:
        check("01.9", 11)
    assert str(raised.value) == ('there is no question \'01.9\'. The questions of sheet 01 are "01.1", "01.2", "01.3".')


def test_hints_come_one_after_the_other_and_the_last_stays():
    given = [repr(hint("01.2")) for _ in range(4)]
    assert [words[:16] for words in given] == ["Hint 1 of 3 for ", "Hint 2 of 3 for ", *["Hint 3 of 3 for "] * 2]
    assert given[2] == given[3] and "That was the last one." in given[3]
    assert repr(hint("01.2", 1)) == given[0]
    with pytest.raises(ValueError, match="a step is 1, 2 or 3, got 4"):
        hint("01.2", 4)


# Answers that are wrong for every question there is, whatever it asks for.
JUNK = {
    "the dots": ...,
    "None": None,
    "text": "what?",
    "a wrong number": -987.25,
    "many numbers": [1.5] * 9,
    "an object": object(),
    "a dictionary": {"a": 1},
    "a class": dict,
    "a tensor": torch.full((3, 1, 2), 0.123),
    "a function without arguments": lambda: None,
    "a function that returns nothing": lambda *arguments: None,
    "a function that raises": lambda *arguments: 1 / 0,
    "a function that leaves": lambda *arguments: sys.exit(),
    "a function that returns text": lambda *arguments: "what?",
}
EVERY_QUESTION = [name for number in sheet_names() for name in sheet(number)]


@pytest.mark.parametrize("answer", JUNK.values(), ids=JUNK)
@pytest.mark.parametrize("name", EVERY_QUESTION)
def test_junk_gets_a_clear_word_at_every_question(name, answer):
    result = check(name, answer)
    assert not result
    assert "could not be checked" not in result.words
    assert "object at 0x" not in result.words and len(result.words) < 600


@pytest.mark.parametrize("name", EVERY_QUESTION)
def test_a_function_without_end_fails_at_every_question(name, short_limit):
    def endless(*arguments):
        while True:
            pass

    assert not check(name, endless)


@pytest.mark.parametrize(
    "answer, words",
    [
        (..., "two numbers are wanted"),
        (None, "two numbers are wanted"),
        (11, "two numbers are wanted"),
        ((1, 2, 3), "two numbers are wanted"),
        ((..., ...), "no answer so far. Put your own in place of the dots in after_one."),
        ((11, ...), "no answer so far. Put your own in place of the dots in after_two."),
        ((None, 22), "after_one is None."),
        (("11", 22), "after_one is text."),
        ((True, 22), "after_one is a truth value."),
        ((11j, 22), "after_one is complex."),
        ((object(), 22), "after_one is of type object."),
        (({"x": 1}, 22), "after_one is a dict."),
        ((print, 22), "after_one is a function."),
        ((float("nan"), 22), "after_one is nan"),
        ((11, float("inf")), "after_two is infinite"),
        ((torch.ones(2), 22), "after_one has shape [2]. One number is wanted."),
        (([[1], [2, 3]], 22), "after_one holds rows of different lengths."),
    ],
)
def test_bad_numbers(answer, words):
    result = check("01.1", answer)
    assert not result and result.misconception is None
    assert words in result.words


@pytest.mark.parametrize("guess", [1, "True", torch.ones(2), None])
def test_a_truth_value_is_asked_for_by_name(guess):
    result = check("07.1", (guess, True, True, True, True, True))
    assert not result and "a_tracked is a truth value: True or False is wanted." in result.words


def raising(x, v):
    return x / (1 // 0)


@pytest.mark.parametrize(
    "answer, words",
    [
        (..., "no answer so far. Write the function vjp(x, v)."),
        (None, "the function vjp(x, v) is wanted, and this is of type NoneType."),
        ([1.0, 2.0], "of type list. Hand in vjp itself, without brackets."),
        (lambda x: x, "the function must take these arguments: vjp(x, v)."),
        (lambda x, v: ..., "no answer so far. Put your own in place of the dots in what vjp returns."),
        (lambda x, v: [..., ...], "no answer so far."),
        (lambda x, v: "x", "what vjp returns is text."),
        (lambda x, v: [x > 0, v > 0], "what vjp returns is a truth value."),
        (lambda x, v: x * np.nan, "what vjp returns is nan"),
        (lambda x, v: x / 0, "what vjp returns is infinite"),
        (lambda x, v: (n for n in x), "what vjp returns is of type generator."),
        (lambda x, v: torch.ones(3), "the result has shape [3]. x has shape [2], and so has its gradient."),
        (raising, "raising raised ZeroDivisionError in the line `return x / (1 // 0)`: integer division or modulo by"),
        (torch.no_grad()(raising), "raised ZeroDivisionError in the line `return x / (1 // 0)`"),
        (lambda x, v: sys.exit(), "raised SystemExit"),
        (lambda x, v: x.backward(), "raised RuntimeError"),
    ],
)
def test_bad_functions(answer, words):
    result = check("01.2", answer)
    assert not result
    assert words in result.words


def test_weights_of_another_shape():
    def train(weights, steps, lr):
        weights.data = torch.ones(2)

    assert "train changed the shape of the weights" in check("01.3", train).words


def test_weights_that_explode():
    def train(weights, steps, lr):
        weights.data *= float("inf")

    assert "the weights grew without bound" in check("01.3", train).words


def test_an_answer_that_cannot_even_be_read():
    class Trap:
        def detach(self):
            raise OSError("boo")

    assert "this answer could not be checked: OSError: boo" in check("01.1", (Trap(), 22)).words


def swallowing(x, v):
    while True:
        try:
            while True:
                pass
        except Exception:
            pass


def endless(x, v):
    while True:
        print("again")


def stubborn(x, v):
    for _ in range(2):
        try:
            while True:
                pass
        except BaseException:
            pass
    return x


@pytest.mark.parametrize("function", [endless, swallowing, stubborn])
def test_a_function_without_end_is_stopped(function, short_limit, capfd):
    result = check("01.2", function)
    assert result.words == "no end after 0.2 seconds, so it was stopped. Is there a loop that never ends?"
    assert not [thread for thread in threading.enumerate() if thread.name == "check"]
    assert capfd.readouterr() == ("", "")


def test_endless_outside_the_main_thread(short_limit):
    results = []
    thread = threading.Thread(target=lambda: results.append(check("01.2", endless)))
    thread.start()
    thread.join(3)
    assert "no end after 0.2 seconds" in results[0].words


def test_a_function_stuck_in_one_call_is_left_behind(short_limit, capsys):
    free = threading.Event()
    try:
        result = check("01.2", lambda x, v: free.wait())
        assert "restart the kernel" in result.words
        print("still here")
        assert capsys.readouterr().out == "still here\n"
    finally:
        free.set()


def test_nothing_of_a_function_is_left_behind(capfd):
    def draws():
        return torch.randn(1).item(), np.random.rand(), random.random()  # noqa: NPY002

    def seeds():
        torch.manual_seed(3)
        np.random.seed(3)  # noqa: NPY002
        random.seed(3)

    def meddling(x, v):
        global swallowing, added
        swallowing, added = 1, 2
        print("out")
        print("err", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        np.random.seed(0)  # noqa: NPY002
        random.seed(0)
        torch.no_grad().__enter__()
        return [2 * x[0] * v[0] + x[1] * v[1], x[0] * v[1]]

    seeds()
    expected, filters, function = draws(), list(warnings.filters), swallowing
    seeds()
    assert check("01.2", meddling)
    assert draws() == expected
    assert warnings.filters == filters
    assert swallowing is function and "added" not in globals()
    assert torch.is_grad_enabled()
    assert capfd.readouterr() == ("", "")


def _meddle():
    global swallowing, added
    swallowing, added = 1, 2


class Meddling(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        _meddle()
        return x


class Method:
    def method(self):
        return None


class Derived(Method):
    pass


class Outer:
    class Inner:
        @property
        def value(self):
            return None


@pytest.mark.parametrize(
    "answer",
    [
        Meddling,
        Derived,
        Derived(),
        Derived().method,
        Outer,
        functools.partial(endless, 1),
        (1, {"f": endless}),
        torch.no_grad()(endless),
    ],
)
def test_the_notebooks_names_are_put_back_whatever_was_handed_in(answer):
    function = swallowing
    guard.guarded(lambda _: _meddle(), answer)
    assert swallowing is function and "added" not in globals()


def test_a_class_leaves_nothing_behind():
    function = swallowing
    assert not check("05.1", Meddling)
    assert swallowing is function and "added" not in globals()


def test_the_verdict_does_not_depend_on_where_check_is_called():
    with torch.no_grad():
        assert check("01.1", (11, 22))
    torch.manual_seed(0)
    first = [repr(check("01.3", lambda weights, steps, lr: None)) for _ in range(2)]
    assert first[0] == first[1]


def test_require_raises_with_the_verdict_and_nothing_else():
    check("01.1", (11, 22)).require()
    result = check("01.1", (11, 11))
    with pytest.raises(AssertionError) as raised:
        result.require()
    assert str(raised.value) == repr(result)
    assert bool(result) is False and bool(check("01.1", (11, 22))) is True


def test_the_question_of_the_training_loop_is_the_one_that_is_asked():
    handed = []

    def train(weights, steps, lr):
        handed.append((tuple(weights.shape), weights.is_leaf, weights.requires_grad, steps > 0, lr > 0))

    with pytest.raises(Exception, match="did not move"):
        training_loop(train)
    assert set(handed) == {((4,), True, True, True, True)}
