"""TrackingExplorer: what each way to stop tracking really did, by numbers that the engines give."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
import torch as pytorch
import traitlets

import minigrad as torch
from widgets.tracking import TrackingExplorer
from widgets.tracking_program import VARIANTS


def variant(explorer, name):
    return next(v for v in explorer.data["variants"] if v["name"] == name)


def outcomes(explorer, name, write):
    """What came of each line of a variant, by the line."""
    return {line["text"].strip(): line["outcome"] for line in variant(explorer, name)["states"][write]["lines"]}


def words(state):
    return "".join(part for _, part in state["sentence"] + state["ending"])


@pytest.mark.parametrize("engine", [torch, pytorch])
def test_both_engines_tell_the_same(engine):
    shown = repr(TrackingExplorer(lambda a: (a * a).sum(), engine.tensor([1.0, 2.0, 3.0])))
    assert shown.splitlines()[2:] == [
        "  plain                  yes        yes            refused      right",
        "  requires_grad_(False)  no         yes            counted      raises",
        "  detach()               no         yes            counted      raises",
        "  detach().clone()       no         no             a unchanged  right",
        "  no_grad()              no         yes            counted      raises",
        "  .data                  no         yes            not counted  wrong",
    ]


@pytest.mark.parametrize("engine", [torch, pytorch])
def test_every_line_and_sentence_is_the_same_in_both_engines(engine):
    shown = TrackingExplorer(lambda a: a.exp() * 2, engine.tensor([0.5, -1.0])).data["variants"]
    reference = TrackingExplorer(lambda a: a.exp() * 2, torch.tensor([0.5, -1.0])).data["variants"]
    assert shown == reference


def test_a_write_through_data_gives_a_wrong_gradient_in_silence():
    came = outcomes(TrackingExplorer(), ".data", True)
    assert came["b.mul_(10)"] == ("wrong", "a = [10, 20, 30], a still says version 0")
    assert came["y.backward()"] == ("wrong", "a.grad = [20, 40, 60], and should be [2, 4, 6]")


def test_a_write_through_detach_is_counted_and_raises():
    came = outcomes(TrackingExplorer(), "detach()", True)
    assert came["b.mul_(10)"] == ("value", "a = [10, 20, 30], version 1")
    kind, said = came["y.backward()"]
    assert kind == "error" and "has been modified by an inplace operation" in said


def test_nothing_is_wrong_where_the_operation_saved_no_input():
    explorer = TrackingExplorer(lambda a: (a * 3).sum())
    assert outcomes(explorer, ".data", True)["y.backward()"] == ("grad", "a.grad = [3, 3, 3]")
    assert variant(explorer, ".data")["wrote"] == "not counted"
    assert "saved nothing that was overwritten" in words(variant(explorer, "detach()")["states"][1])


def test_a_leaf_whose_flag_is_off_takes_no_gradient():
    explorer = TrackingExplorer()
    assert outcomes(explorer, "requires_grad_(False)", False)["y.backward()"] == ("", "a.grad = None")
    assert "a takes no gradient any more" in words(variant(explorer, "requires_grad_(False)")["states"][0])


def test_the_same_tensor_used_twice_adds_up():
    came = outcomes(TrackingExplorer(), "plain", False)
    assert came["y.backward()"] == ("grad", "a.grad = [2, 4, 6]")
    assert came["z.backward()"] == ("grad", "a.grad = [4, 8, 12]")


def test_a_result_that_is_no_scalar_is_summed_first():
    explorer = TrackingExplorer(lambda a: a * a, torch.tensor([1.0, 2.0]))
    assert outcomes(explorer, "plain", False)["y.sum().backward()"] == ("grad", "a.grad = [2, 4]")
    assert explorer.data["calls"]["backward"] == "y.sum().backward()"


def test_the_learners_tensors_stay_as_they_are():
    x, w = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0], requires_grad=True)
    w.grad = torch.tensor([7.0, 7.0])
    kept = w.grad
    TrackingExplorer(lambda a: (a * w).sum(), x)
    assert x.tolist() == [1, 2] and x.grad is None and not x.requires_grad and x._version == 0
    assert w.grad is kept and kept.tolist() == [7, 7]


def test_the_function_is_called_by_its_name():
    def energy(t):
        return (t * t).sum() / 2

    explorer = TrackingExplorer(energy)
    assert repr(explorer).startswith("TrackingExplorer: y = energy(a), then z = energy(b)\n")
    assert "z = energy(b)" in outcomes(explorer, "no_grad()", False)


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "a", "torch", "for"])
def test_a_name_that_is_no_name_of_its_own_becomes_f(name):
    def f(t):
        return t * 2

    f.__name__ = name
    assert repr(TrackingExplorer(f)).startswith("TrackingExplorer: y = f(a)")


@pytest.mark.filterwarnings("ignore:invalid value")
def test_nan_is_no_difference():
    explorer = TrackingExplorer(lambda a: (a.sqrt() * 0).sum(), torch.tensor([-1.0, 4.0]))
    assert outcomes(explorer, "plain", False)["y.backward()"][0] == "grad"


def test_what_the_function_raises_is_raised_with_what_it_was_given():
    with pytest.raises(ZeroDivisionError) as raised:
        TrackingExplorer(lambda a: a * (1 / 0))
    assert raised.value.__notes__ == ["Hint: TrackingExplorer called f(a) with a = [1, 2, 3]."]


def test_a_function_that_overwrites_a_leaf_raises_as_it_does_alone():
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"):
        TrackingExplorer(lambda a: a.mul_(2))


@pytest.mark.parametrize(
    ("f", "x", "error", "message"),
    [
        (3, None, TypeError, "takes a function f of one tensor, got int"),
        (lambda a: 3.0, None, TypeError, "f must return a tensor, and returned float"),
        (None, [1.0, 2.0], TypeError, "expected a .*tensor"),
        (None, torch.tensor([1, 2]), ValueError, "must hold real floating-point numbers to require grad, and holds"),
        (None, pytorch.tensor([1j]), ValueError, "must hold real floating-point numbers"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_words(f, x, error, message):
    with pytest.raises(error, match=message):
        TrackingExplorer(f, x)


def test_an_untracked_result_is_told_as_it_is():
    explorer = TrackingExplorer(lambda a: a.detach() * 2)
    kind, said = outcomes(explorer, "plain", False)["y.sum().backward()"]
    assert kind == "error" and "does not require grad and does not have a grad_fn" in said


def test_a_graph_that_is_too_large_is_left_out_and_the_rest_is_there():
    def doublings(a):
        for _ in range(100):
            a = a * 1.01
        return a.sum()

    state = variant(TrackingExplorer(doublings), "plain")["states"][0]
    assert state["graphs"] == ["", ""] and state["memory"].startswith("<svg")


def test_memory_is_drawn_as_often_as_it_is_there():
    explorer = TrackingExplorer()
    for name, memories in (("detach()", 1), ("detach().clone()", 2), ("plain", 1)):
        drawn = ET.fromstring(variant(explorer, name)["states"][0]["memory"])
        numbers = [e.text for e in drawn.iter() if (e.get("class") or "").startswith("mg-num")]
        assert numbers == ["1", "2", "3"] * memories


def test_the_counters_are_drawn_as_they_count():
    explorer = TrackingExplorer()
    assert "version 1</text>" in variant(explorer, "detach()")["states"][1]["memory"]
    assert "one counter for a and b" in variant(explorer, "detach()")["states"][0]["memory"]
    wrong = variant(explorer, ".data")["states"][1]["memory"]
    assert "version 0 for a" in wrong and "version 1 for b: its own" in wrong


def test_a_wrong_answer_is_told_what_was_confused():
    explorer = TrackingExplorer()
    for name in VARIANTS:
        shown = variant(explorer, name)
        for what in ("tracked", "shares"):
            for guess in (True, False):
                said = "".join(part for _, part in shown["feedback"][what]["yes" if guess else "no"])
                assert said.startswith("Right." if guess == shown[what] else "You said ")
    said = "".join(part for _, part in variant(explorer, "detach()")["feedback"]["shares"]["no"])
    assert said.startswith("You said a copy. No number was copied: both look at the same memory")


@pytest.mark.parametrize(
    "traits", [{"variant": "clone"}, {"guesses": {"plain x": True}}, {"guesses": {"plain tracked": "y"}}]
)
def test_traits_refuse_what_does_not_exist(traits):
    explorer = TrackingExplorer()
    with pytest.raises(traitlets.TraitError):
        explorer.set_trait(*next(iter(traits.items())))


def test_the_picture_says_what_the_widget_says():
    explorer = TrackingExplorer()
    explorer.variant, explorer.write, explorer.backward = ".data", True, True
    drawn = ET.fromstring(explorer._repr_mimebundle_()[0]["image/svg+xml"])
    said = " ".join(e.text or "" for e in drawn.iter())
    assert "! a.grad = [20, 40, 60], and should be [2, 4, 6]" in said and "! not counted" in said


def test_pytorch_numbers_are_read_from_memory_itself():
    shared = pytorch.arange(6.0).reshape(2, 3)
    explorer = TrackingExplorer(lambda a: a.T.sum(), shared[:, :2])
    assert variant(explorer, "detach().clone()")["shares"] is False
    assert np.array_equal(shared.numpy(), np.arange(6.0).reshape(2, 3))


def test_a_function_that_raises_for_b_alone_is_shown_as_it_went():
    def tracked_only(t):
        if not t.requires_grad:
            raise LookupError("<b>no</b>")
        return t * 2

    came = outcomes(TrackingExplorer(tracked_only), "detach()", False)
    assert came["z = tracked_only(b)"] == ("error", "LookupError: <b>no</b>")
    assert came["z.sum().backward()"] == ("error", "NameError: name 'z' is not defined")


def test_a_function_that_raises_the_second_time_raises():
    calls = iter([1])
    with pytest.raises(StopIteration):
        TrackingExplorer(lambda a: a * next(calls))


@pytest.mark.parametrize("x", [torch.tensor(2.0), torch.zeros(0), torch.arange(24.0).reshape(2, 3, 4)])
def test_any_shape_is_shown(x):
    explorer = TrackingExplorer(lambda a: (a * a).sum(), x)
    ET.fromstring(explorer._repr_mimebundle_()[0]["image/svg+xml"])
    assert "detach().clone()       no         no" in repr(explorer)
