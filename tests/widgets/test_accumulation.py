import json
import threading
import xml.etree.ElementTree as ET
from itertools import product

import pytest
import traitlets

import minigrad as torch
from minigrad.ops import pointwise
from widgets.accumulation import FIRST, OWN, AccumulationLab
from widgets.bugs import LOOPS
from widgets.numbers import number

BUGS = [name for name, loop in LOOPS.items() if loop.start]
LOOP = """
w = torch.ones(2, requires_grad=True)
for epoch in range(3):
    loss = (w * 3).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad.zero_()
"""


def shown(lab, bug=None, chosen=None):
    bug = bug or lab.bug
    chosen = lab.lines[bug] if chosen is None else chosen
    return lab.runs[f"{bug}|{','.join(map(str, chosen))}"]


def figures(lab, name):
    return next(row["figures"] for row in shown(lab)["rows"] if row["name"] == name)


def plain(sentence):
    return "".join(words for _, words in sentence)


def choose(lab, **numbers):
    """Choose the texts of lines, by `line7=0`."""
    lines = [line["number"] for line in lab.loops[lab.bug]["lines"] if line["slot"] is not None]
    chosen = {f"line{line}": choice for line, choice in zip(lines, lab.lines[lab.bug], strict=True)} | numbers
    lab.lines = {**lab.lines, lab.bug: [chosen[f"line{line}"] for line in lines]}


# The first loop


def test_the_forgotten_zero_is_run_at_first():
    lab = AccumulationLab()
    assert lab.bug == FIRST and lab.revealed == []
    assert figures(lab, "weights.grad[0], yours") == ["3", "6", "9", "12", "15"]
    assert figures(lab, "weights.grad[0], correct") == ["3"] * 5
    assert figures(lab, "added by backward, yours") == ["3"] * 5
    assert figures(lab, "loss, yours")[1:3] == ["8.4", "1.2"]
    assert figures(lab, "weights[0], yours")[-1] == "−3.5"
    assert figures(lab, "weights[0], correct")[-1] == "−0.5"


@pytest.mark.parametrize("off", [0, 1])
def test_the_numbers_are_those_of_the_lines_shown(off):
    lab = AccumulationLab()
    choose(lab, line7=off)
    weights = torch.ones(4, requires_grad=True)
    losses, grads, values = [], [], []
    for _ in range(5):
        loss = (weights * 3).sum()
        loss.backward()
        losses.append(number(loss.item()))
        grads.append(number(weights.grad[0].item()))
        with torch.no_grad():
            weights -= 0.1 * weights.grad
        if not off:
            weights.grad.zero_()
        values.append(number(weights[0].item()))
    assert figures(lab, "loss, yours") == losses
    assert figures(lab, "weights.grad[0], yours") == grads
    assert figures(lab, "weights[0], yours") == values


def test_the_first_number_that_differs_is_marked():
    run = shown(AccumulationLab())
    row, column = run["marked"]
    assert run["rows"][row]["name"] == "weights.grad[0], yours"
    assert (column, run["rows"][row]["figures"][column]) == (1, "6")
    assert run["difference"] == "first difference: epoch 2, weights.grad[0] is 6 and should be 3"


def test_switched_on_both_runs_agree():
    lab = AccumulationLab()
    choose(lab, line7=0)
    run = shown(lab)
    assert run["agree"] and run["marked"] is None
    assert "adds its 3 to 0" in plain(run["sentence"])
    assert "agree in every number" in repr(lab)


def test_a_wrong_engine_shows(monkeypatch):
    monkeypatch.setattr(pointwise.MulBackward0, "gradients", (lambda n, g: g * 5, lambda n, g: g))
    lab = AccumulationLab()
    assert figures(lab, "weights.grad[0], yours") == ["5", "10", "15", "20", "25"]
    assert "5    10    15    20    25" in repr(lab)


# All loops


@pytest.fixture(scope="module")
def all_runs():
    """Every variant of every loop, by name."""
    lab = AccumulationLab()
    runs = {}
    for name in LOOPS:
        lab.bug = name
        runs[name] = {key.partition("|")[2]: run for key, run in lab.runs.items() if key.startswith(f"{name}|")}
    return lab, runs


@pytest.mark.parametrize("name", LOOPS)
def test_every_choice_of_lines_was_run_for_real(all_runs, name):
    lab, runs = all_runs
    texts = [line["texts"] for line in lab.loops[name]["lines"] if line["slot"] is not None]
    wanted = {",".join(map(str, chosen)) for chosen in product(*(range(len(each)) for each in texts))}
    assert set(runs[name]) == wanted | {""}
    for run in runs[name].values():
        for drawing in run["pictures"]:
            ET.fromstring(drawing)
    json.dumps(runs[name], allow_nan=False)


@pytest.mark.parametrize("name", LOOPS)
def test_the_right_lines_agree_with_the_correct_run_and_say_why(all_runs, name):
    lab, runs = all_runs
    right = runs[name][",".join("0" * len(lab.lines[name]))]
    assert right["agree"] and right["failure"] is None
    assert plain(right["sentence"]) and "{" not in plain(right["sentence"])


@pytest.mark.parametrize("name", BUGS)
def test_a_bug_shows_and_one_line_mends_it(all_runs, name):
    lab, runs = all_runs
    start = list(lab.loops[name]["start"])
    assert not runs[name][",".join(map(str, start))]["agree"]
    mended = [
        slot
        for slot, line in enumerate(line for line in lab.loops[name]["lines"] if line["slot"] is not None)
        for choice in range(len(line["texts"]))
        if runs[name][",".join(map(str, [*start[:slot], choice, *start[slot + 1 :]]))]["agree"]
    ]
    assert mended


@pytest.mark.parametrize("name", LOOPS)
def test_exactly_one_answer_is_what_happens(name):
    lab = AccumulationLab()
    lab.bug = name
    comparison = lab._now
    assert [answer.holds(comparison.yours, comparison.correct) for answer in LOOPS[name].answers].count(True) == 1
    assert shown(lab)["answer"] is not None


def test_the_right_answer_follows_the_engine(monkeypatch):
    assert shown(AccumulationLab())["answer"] == 1  # each backward() adds
    adding = torch.Tensor.backward

    def replacing(loss):
        nodes = [loss.grad_fn]
        for node in nodes:
            if hasattr(node, "variable"):
                node.variable.grad = None
            nodes += [following for following, _ in node.next_functions if following is not None]
        adding(loss)

    monkeypatch.setattr(torch.Tensor, "backward", replacing)
    assert shown(AccumulationLab())["answer"] == 0  # each backward() replaces


@pytest.mark.parametrize(
    "name, line, error",
    [
        ("update outside no_grad", 6, "RuntimeError: a leaf Variable that requires grad is being used in an in-place"),
        ("leaf lost", 7, "AttributeError: 'NoneType' object has no attribute 'zero_'"),
        ("in-place on a saved tensor", 8, "RuntimeError: one of the variables needed for gradient computation has"),
        ("detach in the loss", 6, "RuntimeError: element 0 of tensors does not require grad and does not have"),
        ("a second backward", 8, "RuntimeError: Trying to backward through the graph a second time"),
    ],
)
def test_a_bug_that_raises_shows_pytorchs_error_at_its_line(name, line, error):
    lab = AccumulationLab()
    lab.bug = name
    failure = shown(lab)["failure"]
    assert failure["line"] == line
    assert failure["error"].startswith(error)
    assert failure["hint"].startswith("Hint: ") or name == "leaf lost"
    assert error.partition(":")[0] in repr(lab)


@pytest.mark.parametrize(
    "name, words",
    [
        ("zero_grad before step", "finds no gradient: weights[0] stays 1"),
        ("a second backward", "there is one graph of guess"),
        ("loss kept with retain_graph", "walks them all, 25 operations"),
        ("(n, 1) against (n,)", "64 differences"),
    ],
)
def test_the_sentence_names_the_misconception(name, words):
    lab = AccumulationLab()
    lab.bug = name
    assert words in plain(shown(lab)["sentence"])


def test_retaining_the_graph_is_no_mending():
    lab = AccumulationLab()
    lab.bug = "a second backward"
    choose(lab, line8=1)
    run = shown(lab)
    assert run["failure"] is None and not run["agree"]
    assert "keeps the mistake" in plain(run["sentence"])


def test_micro_batches_add_up_to_the_full_batch():
    lab = AccumulationLab()
    lab.bug = "micro-batches"
    parts = lab._now.yours.steps[0].added
    assert len(parts) == 4
    assert sum(parts) == pytest.approx(lab._now.correct.steps[0].grad)
    assert "together −102" in plain(shown(lab)["sentence"])
    choose(lab, line9=1)
    assert not shown(lab)["agree"]


def test_the_lessons_loops_print_what_the_lesson_prints():
    lab = AccumulationLab()
    for name, last in (("loop 1: no zero_()", "93., 93., 93., 93."), ("loop 2: with zero_()", "3., 3., 3., 3.")):
        lab.bug = name
        assert shown(lab)["printed"].splitlines()[-1] == f"tensor([{last}])"


def test_the_axes_stay_when_a_line_is_switched():
    lab = AccumulationLab()

    def ticks(picture):
        kind = "mg-small mg-is-muted"
        return [
            t.text for t in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text") if t.get("class") == kind
        ]

    assert len({tuple(map(tuple, map(ticks, run["pictures"]))) for run in lab.runs.values()}) == 1


# Settings


@pytest.mark.parametrize(
    "trait, value, words",
    [
        ("bug", "none", "there is no loop 'none'; there are: 'forgotten zero_grad'"),
        ("revealed", ["none"], "there is no loop 'none'"),
        ("lines", {FIRST: [0]}, "has 2 numbers"),
        ("lines", {FIRST: [0, 2]}, "line 7 of 'forgotten zero_grad' has 2 texts, by numbers from 0; got 2"),
        ("lines", {FIRST: [0, "1"]}, "got '1'"),
        ("votes", {FIRST: 3}, "has 3 answers, by numbers from 0; got 3"),
    ],
)
def test_a_choice_that_there_is_not_is_refused(trait, value, words):
    lab = AccumulationLab()
    before = getattr(lab, trait)
    with pytest.raises(traitlets.TraitError, match=words.replace("(", r"\(").replace(")", r"\)")):
        setattr(lab, trait, value)
    assert getattr(lab, trait) == before


def test_it_runs_where_recording_is_switched_off():
    with torch.no_grad():
        lab = AccumulationLab()
        assert figures(lab, "weights.grad[0], yours")[-1] == "15"


# A loop of the learner's


def test_a_loop_of_ones_own_is_compared_with_itself():
    lab = AccumulationLab(LOOP)
    assert lab.bug == OWN and lab.revealed == [OWN]
    assert shown(lab)["agree"]
    choose(lab, line7=1)
    run = shown(lab)
    assert figures(lab, "w.grad[0], changed") == ["3", "6", "9"]
    assert run["difference"] == "first difference: step 2, w.grad[0] is 6 instead of 3"
    choose(lab, line5=1)
    assert "leaf Variable" in shown(lab)["failure"]["error"]


def test_or_with_another_one():
    lab = AccumulationLab(LOOP.replace("    w.grad.zero_()\n", ""), correct=LOOP)
    assert shown(lab)["difference"] == "first difference: step 2, w.grad[0] is 6 and should be 3"
    assert figures(lab, "w.grad[0], correct") == ["3", "3", "3"]


@pytest.mark.parametrize(
    "arguments, error, words",
    [
        ((3,), TypeError, "loop must be a string, not int"),
        ((LOOP, 3), TypeError, "correct must be a string, not int"),
        (("  \n",), ValueError, "empty loop"),
        (("for",), SyntaxError, "invalid syntax"),
        ((LOOP, "for"), SyntaxError, "invalid syntax"),
    ],
)
def test_what_is_no_loop_is_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        AccumulationLab(*arguments)


def test_whatever_a_loop_does_is_shown(monkeypatch):
    monkeypatch.setattr("widgets.loops.SECONDS", 0.05)
    for loop, words in {
        "while True: pass": "stopped after 0.05 seconds",
        "print('<img onerror=alert(1)>')": "no backward() reached a leaf",
        "1 / 0": "ZeroDivisionError outside of the loop, line 1",
        "for i in range(3):\n    x": "NameError in step 1, line 2",
        f"x = {'1 + ' * 100} 1\n{'y' * 300}": "NameError outside of the loop, line 2",
        "w = torch.ones(1, requires_grad=True)\nfor i in range(2):\n    (w / 0).sum().backward()": "inf",
    }.items():
        lab = AccumulationLab(loop)
        assert words in repr(lab)
        ET.fromstring(lab._picture())
        assert json.dumps(lab.runs, allow_nan=False)
        assert "<img" not in lab._page()


def test_a_long_loop_shows_its_first_steps_its_first_difference_and_its_last():
    lab = AccumulationLab(
        "w = torch.ones(1, requires_grad=True)\nfor step in range(40):\n    (w * 2).sum().backward()\n"
        "    if step > 20:\n        w.grad.zero_()\n"
    )
    choose(lab, line5=1)
    run = shown(lab)
    assert run["columns"] == ["step", "1", "2", "3", "4", "5", "22", "23", "24", "40"]
    row, column = run["marked"]
    assert run["columns"][column + 1] == "23" and run["rows"][row]["name"] == "w.grad, changed"


def test_choices_from_several_threads_end_in_what_was_chosen_last():
    lab = AccumulationLab(LOOP)
    threads = [threading.Thread(target=choose, args=(lab,), kwargs={f"line{n}": 1}) for n in (3, 4, 5, 6, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shown(lab)


def test_a_choice_made_while_another_is_answered_is_answered_too():
    lab = AccumulationLab()
    lab.observe(lambda change: setattr(lab, "bug", "leaf lost"), "bug")
    lab.bug = "micro-batches"
    assert shown(lab)["failure"]["line"] == 7


# Where nothing moves


def test_the_static_picture_is_complete_and_stands_alone():
    bundle = AccumulationLab()._repr_mimebundle_()[0]
    words = " ".join("".join(ET.fromstring(bundle["image/svg+xml"]).itertext()).split())
    for wanted in ("weights.grad.zero_()", "first difference: epoch 2", "yours 15", "correct −0.5", "Nothing empties"):
        assert wanted in words
    assert "var(--" not in bundle["image/svg+xml"]


@pytest.mark.parametrize("name", LOOPS)
def test_every_loop_has_a_static_picture_and_a_text(name):
    lab = AccumulationLab()
    lab.bug = name
    words = "".join(ET.fromstring(lab._picture()).itertext())
    assert lab.loops[name]["lines"][0]["text"] in words
    assert repr(lab).startswith(f"AccumulationLab, {name}: ")


def test_a_saved_page_holds_every_variant(tmp_path):
    AccumulationLab().save(tmp_path / "lab.html")
    page = (tmp_path / "lab.html").read_text(encoding="utf-8")
    assert "Nothing empties" in page and "64 differences" in page and "keeps the mistake" in page
    AccumulationLab(LOOP).save(tmp_path / "own.html")
    assert "leaf Variable" in (tmp_path / "own.html").read_text(encoding="utf-8")
