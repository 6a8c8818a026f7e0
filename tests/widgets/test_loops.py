import math
import random

import numpy as np
import pytest

import minigrad as torch
from minigrad.ops import pointwise
from widgets.loops import run, source_of, switchable_lines

TRAIN = """\
w = torch.ones(2, requires_grad=True)
for epoch in range(3):
    loss = (w * 3).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad.zero_()
"""


def test_it_notes_the_first_numbers_of_each_step():
    done = run(TRAIN)
    assert done.series("loss") == pytest.approx([6, 4.2, 2.4])
    assert done.series("grad") == [3, 3, 3]
    assert done.series("weight") == pytest.approx([0.7, 0.4, 0.1])
    assert (done.name, done.element) == ("w", "[0]")
    assert done.failure is None and done.stopped is None


def test_a_wrong_engine_shows(monkeypatch):
    monkeypatch.setattr(pointwise.MulBackward0, "gradients", (lambda n, g: g * 5, lambda n, g: g))
    assert run(TRAIN).series("grad") == [5, 5, 5]


@pytest.mark.parametrize(
    "seed, draw",
    [
        (torch.manual_seed, lambda: torch.rand(1).item()),
        (np.random.seed, np.random.rand),
        (random.seed, random.random),
    ],
)
def test_every_run_has_the_same_random_numbers_and_takes_none_of_the_learners(seed, draw):
    seed(7)
    expected = draw()
    seed(7)
    loop = "import numpy, random\nprint(torch.rand(1).item(), numpy.random.rand(), random.random())"
    assert run(loop).printed == run(loop).printed != ""
    assert draw() == expected


def test_the_steps_are_those_of_the_loop_around_backward():
    done = run(
        "w = torch.zeros(1, requires_grad=True)\n"
        "for i in range(7):\n    pass\n"
        "for step in range(2):\n"
        "    for part in range(3):\n        (w * part).sum().backward()\n"
        "    w.grad.zero_()\n"
    )
    assert [step.added for step in done.steps] == [[0, 1, 2], [0, 1, 2]]
    assert done.series("grad") == [3, 3]


def test_backward_in_a_function_counts_for_the_loop_that_calls_it():
    done = run(
        "w = torch.ones(1, requires_grad=True)\n"
        "def train():\n    (w * 2).sum().backward()\n"
        "for step in range(3):\n    train()\n"
    )
    assert done.series("grad") == [2, 4, 6]


@pytest.mark.parametrize("imported", ["import torch", "from torch import nn", "import torch.nn.functional as F"])
def test_torch_is_minigrad_there(imported):
    done = run(f"{imported}\nprint(torch.__name__)")
    assert (done.failure, done.printed) == (None, "minigrad\n")


def test_the_parameter_of_a_model_goes_by_its_name():
    done = run(
        "model = torch.nn.Linear(2, 1)\noptimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        "for step in range(2):\n    optimizer.zero_grad()\n    model(torch.ones(1, 2)).sum().backward()\n"
        "    optimizer.step()\n"
    )
    assert (done.name, done.element) == ("model.weight", "[0, 0]")
    assert done.series("grad") == [1, 1]


def test_a_name_bound_to_another_tensor_has_no_gradient():
    done = run(
        "w = torch.ones(1, requires_grad=True)\nfor i in range(2):\n    loss = (w * 3).sum()\n    loss.backward()\n"
        "    w = (w - 0.1 * 3)\n"
    )
    assert done.series("grad") == [3, None]
    assert done.series("weight") == pytest.approx([0.7, 0.4])


@pytest.mark.parametrize(
    "loop, line, step, error",
    [
        ("1 / 0", 1, None, "ZeroDivisionError: division by zero"),
        ("for i in range(3):\n    q", 2, 0, "NameError: name 'q' is not defined"),
        ("import sys\nsys.exit(3)", 2, None, "SystemExit: 3"),
        ("w = torch.ones(2, requires_grad=True)\nfor i in range(3):\n    w.sum().backward()\n    if i: w += 1",
         4, 1, "RuntimeError: a leaf"),
        ("raise KeyError('<img onerror=alert(1)>')", 1, None, "KeyError: '<img onerror=alert(1)>'"),
        ("def f():\n    f()\nf()", 2, None, "RecursionError"),
    ],
)  # fmt: skip
def test_what_it_raises_is_kept_with_its_line(loop, line, step, error):
    failure = run(loop).failure
    assert (failure.step, failure.error[: len(error)]) == (step, error)
    assert failure.line == line or "Recursion" in error


def test_an_error_of_the_engine_comes_with_its_hint():
    failure = run("w = torch.ones(1, requires_grad=True)\nw += 1").failure
    assert failure.hint.startswith("Hint: ") and "no_grad" in failure.hint
    assert "namespace of its own" in run("model").failure.hint


def test_what_it_prints_and_warns_of_is_kept(capsys):
    done = run("print('hello', 1)\nw = torch.ones(1, requires_grad=True)\n(w * 2).grad")
    assert done.printed == "hello 1\n"
    assert [words[:9] for words in done.warned] == ["The .grad"]
    assert capsys.readouterr().out == ""


def test_a_loop_that_never_ends_is_stopped(monkeypatch):
    monkeypatch.setattr("widgets.loops.SECONDS", 0.05)
    assert run("while True:\n    try:\n        pass\n    except Exception:\n        pass").stopped.startswith(
        "stopped after 0.05 s"
    )
    assert run("def f():\n    pass\nwhile True: f()").stopped is not None


def test_steps_are_bounded():
    done = run("w = torch.ones(1, requires_grad=True)\nwhile True:\n    w.sum().backward()")
    assert (done.stopped, len(done.steps)) == ("stopped after 500 steps", 500)


def test_the_loss_is_noted_though_backward_raises():
    done = run("for i in range(2):\n    (torch.ones(1) * 5).sum().backward()")
    assert (done.failure.line, done.series("loss")) == (2, [5.0])


def test_nan_is_a_number_like_any_other():
    done = run("w = torch.ones(1, requires_grad=True)\nfor i in range(2):\n    (w * float('nan')).sum().backward()")
    assert all(map(math.isnan, done.series("grad")))


# Lines


def test_simple_statements_and_with_have_a_switch():
    lines = switchable_lines(TRAIN)
    assert [line.number for line in lines if len(line.texts) > 1] == [1, 3, 4, 5, 6, 7]


def test_a_statement_over_several_lines_is_one():
    source = "w = torch.ones(\n    2,\n)\nx = 1"
    lines = switchable_lines(source)
    assert [line.number for line in lines] == [1, 4]
    assert source_of(lines, {}) == source + "\n"
    assert source_of(lines, {1: 1}).splitlines() == ["pass", "", "", "x = 1"]


@pytest.mark.parametrize(
    "source", ["for i in range(3): x = i", "if 1: pass", "a = 1; b = 2", "# only words", 's = """\nx = 1\n"""']
)
def test_any_line_switched_off_leaves_python(source):
    for line in switchable_lines(source):
        for choice in range(len(line.texts)):
            compile(source_of(switchable_lines(source), {line.number: choice}), "", "exec")


def test_a_with_switched_off_keeps_its_block():
    done = run(source_of(switchable_lines(TRAIN), {5: 1}))
    assert done.failure.line == 6
    assert "leaf Variable" in done.failure.error
