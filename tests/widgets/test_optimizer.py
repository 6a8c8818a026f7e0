import json
import math
import threading
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import traitlets

import minigrad as torch
from widgets.descent import OPTIMIZERS, STEPS, SURFACES, code_of
from widgets.maps import heights_of
from widgets.optimizer import OptimizerLab


def walked(lab, **settings):
    """The walks for these settings, the one with zero_grad() first."""
    for name, value in settings.items():
        setattr(lab, name, value)
    return lab._walks


def plain(sentence):
    return "".join(words for _, words in sentence)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("zero_grad", [True, False])
def test_the_path_is_what_the_lines_shown_do(surface, optimizer, zero_grad):
    lab = OptimizerLab()
    walk = walked(lab, surface=surface, optimizer=optimizer, zero_grad=zero_grad)[-1]
    lines = code_of(walk.settings)
    if not zero_grad:
        lines.remove("    optimizer.zero_grad()")
    variables = {"torch": torch, "f": SURFACES[surface].function, "path": []}
    lines.insert(3, "    path.append(w.detach().tolist())")
    with np.errstate(all="ignore"):
        exec("\n".join(lines), variables)
    count = len(walk.points) - 1 if walk.ended is not None else STEPS
    assert np.allclose(np.array(walk.points[:count]), np.array(variables["path"][:count]), equal_nan=True)


def test_sgd_goes_down_by_the_rule():
    w = np.float32(SURFACES["bowl"].start)
    walk = walked(OptimizerLab(), surface="bowl")[0]
    for point in walk.points:
        assert point == pytest.approx(w.tolist(), abs=1e-6)
        w = w - np.float32(0.1) * 2 * w


def test_forgetting_zero_grad_is_momentum_of_one():
    lab = OptimizerLab()
    forgotten = walked(lab, zero_grad=False)[1]
    rolling = walked(lab, optimizer="momentum", momentum=1.0, zero_grad=True)[0]
    assert np.array(forgotten.points) == pytest.approx(np.array(rolling.points), rel=1e-3, abs=1e-3)
    assert forgotten.grads[3] != pytest.approx(rolling.grads[3])
    lab.zero_grad, lab.optimizer = False, "SGD"
    assert "momentum of exactly 1" in plain(lab.result["sentence"])


def test_without_zero_grad_both_paths_are_shown():
    lab = OptimizerLab()
    assert [walk["name"] for walk in lab.result["walks"]] == ["with zero_grad()"]
    lab.zero_grad = False
    assert [walk["name"] for walk in lab.result["walks"]] == ["with zero_grad()", "without"]
    assert lab.result["walks"][0]["points"][0] == lab.result["walks"][1]["points"][0]


def test_the_others_walk_beside_it_from_the_same_start():
    lab = OptimizerLab()
    alone = lab.result["walks"]
    lab.compare = True
    assert lab.result["walks"] == alone
    assert [other["name"] for other in lab.result["others"]] == ["momentum", "Adam"]
    assert {tuple(other["points"][0]) for other in lab.result["others"]} == {tuple(alone[0]["points"][0])}
    beside = lab.result["others"][1]["points"]
    assert "loss, Adam" in repr(lab)
    labels = [text.text for text in ET.fromstring(lab._picture()).iter("{http://www.w3.org/2000/svg}text")]
    assert {"momentum", "Adam"} <= set(labels)
    lab.optimizer = "Adam"
    assert lab.result["walks"][0]["points"] == beside


def test_a_walk_that_diverges_says_where():
    lab = OptimizerLab()
    lab.lr = 0.3
    (walk,) = lab.result["walks"]
    ended = lab._walks[0].ended
    assert walk["verdict"] == f"diverges at step {ended}: loss is inf"
    assert not math.isfinite(lab._walks[0].losses[-1])
    assert "too large" in plain(lab.result["sentence"])
    assert max(max(map(abs, point)) for point in walk["points"]) < 3000
    json.dumps(lab.result, allow_nan=False)
    assert "diverges" in repr(lab)


def test_a_gradient_that_is_not_a_number_ends_the_walk():
    lab = OptimizerLab(lambda x, y: (x * x + y * y).sqrt())
    lab.start = [0.0, 0.0]
    (walk,) = lab.result["walks"]
    assert (walk["verdict"], walk["bad"]) == ("ends at step 0: w.grad is nan", True)
    assert "no derivative" in plain(lab.result["sentence"])


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_what_is_started_with_goes_down(optimizer):
    for surface in SURFACES:
        walk = walked(OptimizerLab(), surface=surface, optimizer=optimizer)[0]
        assert walk.losses[-1] < walk.losses[0]


def test_another_surface_begins_with_its_own_start_and_learning_rate():
    lab = OptimizerLab()
    lab.surface = "Rosenbrock"
    assert (lab.lr, lab.start) == (SURFACES["Rosenbrock"].lr, list(SURFACES["Rosenbrock"].start))
    assert lab.about["formula"] == SURFACES["Rosenbrock"].formula
    assert lab._walks[0].points[0] == pytest.approx(SURFACES["Rosenbrock"].start)


def test_ones_own_function():
    def valley(x, y):
        return (x - y) ** 2 + 0.1 * x * x

    lab = OptimizerLab(valley, x=(-3, 3), y=(-1, 1))
    assert lab.about["surfaces"] == ["your function"]
    assert "SGD on valley(x, y)" in repr(lab)
    assert lab._walks[0].losses[-1] < lab._walks[0].losses[0]


def test_a_function_that_takes_scalars_only_is_drawn_as_well():
    lab = OptimizerLab(lambda x, y: x * x + y * y if x > 0 else x * x + 2 * y * y)
    assert lab.about["map"].count("mg-level") > 5


def test_a_surface_is_as_high_at_once_as_point_by_point():
    def bowl(x, y):
        return x * x + 3 * y * y

    axis = np.linspace(-1, 1, 9)
    _, _, at_once = heights_of(bowl, axis, axis)
    _, _, by_point = heights_of(lambda x, y: bowl(x, y) if x < 99 else x, axis, axis)
    assert by_point == pytest.approx(at_once[::2, ::2])
    assert at_once == pytest.approx(axis[None, :] ** 2 + 3 * axis[:, None] ** 2)


def test_a_place_without_a_height_is_drawn_at_the_rim_of_those_with_one():
    axis = np.linspace(-1, 1, 5)
    _, _, heights = heights_of(lambda x, y: torch.log(x) + 0 * y, axis, axis)
    assert heights[0].tolist() == pytest.approx([0, 0, math.log(0.5), math.log(0.5), 0])  # nan, nan, −∞, log ½, log 1


@pytest.mark.parametrize(
    "arguments, error, words",
    [
        ((3,), TypeError, "f is int, which cannot be called"),
        ((lambda x, y: 3.0,), TypeError, "must return a tensor, and returned float"),
        ((lambda x, y: torch.stack([x, y]),), ValueError, r"one number, the loss, and returned shape \[2\]"),
        ((lambda x, y: x.detach(),), RuntimeError, "does not require grad"),
        ((lambda x: x,), TypeError, "positional argument"),
        ((lambda x, y: x, (2, 1)), ValueError, "x must go from a smaller number to a larger one"),
        ((lambda x, y: x, (0, 1), 5), ValueError, "y must be a range of two numbers"),
        ((lambda x, y: x, (0, float("inf"))), ValueError, "x must go from"),
    ],
)
def test_what_cannot_be_walked_on_is_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        OptimizerLab(*arguments)


@pytest.mark.parametrize(
    "trait, value",
    [
        ("surface", "hill"),
        ("optimizer", "LBFGS"),
        ("lr", -1.0),
        ("lr", float("nan")),
        ("momentum", 1.5),
        ("step", STEPS + 1),
        ("start", [1.0]),
        ("start", [1.0, float("inf")]),
    ],
)
def test_settings_out_of_range_are_refused(trait, value):
    lab = OptimizerLab()
    before = getattr(lab, trait)
    with pytest.raises(traitlets.TraitError):
        setattr(lab, trait, value)
    assert getattr(lab, trait) == before


def test_a_later_error_is_shown_and_the_last_walk_stays():
    def half(x, y):
        if x > 2:
            raise ValueError("<b>too far</b>")
        return x * x + y * y

    lab = OptimizerLab(half)
    before = lab.result["walks"]
    lab.start = [2.5, 0.0]
    assert lab.result["error"] == "From start = [2.5, 0], ValueError: <b>too far</b>"
    assert lab.result["walks"] == before
    lab.start = [1.0, 0.0]
    assert lab.result["error"] is None


def test_it_runs_where_recording_is_switched_off():
    with torch.no_grad():
        assert len(OptimizerLab()._walks[0].points) == STEPS + 1


def test_settings_from_several_threads_end_in_one_walk_that_fits_them():
    lab = OptimizerLab()
    threads = [threading.Thread(target=setattr, args=(lab, "lr", 0.01 * i)) for i in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lab._walks[0].settings.lr == lab.lr
    assert f"lr={lab.lr:g}" in lab.result["code"][1]


def test_a_setting_changed_while_another_is_answered_counts():
    lab = OptimizerLab()
    lab.observe(lambda change: setattr(lab, "lr", 0.02), "optimizer")
    lab.optimizer = "Adam"
    assert lab.result["code"][1] == "optimizer = torch.optim.Adam([w], lr=0.02)"


def test_the_text_is_meaningful():
    text = repr(OptimizerLab())
    assert text.startswith(
        "OptimizerLab: SGD on the ravine f(x, y) = (x² + 20·y²) / 2\n  lr = 0.08, start = [−2.4, 1.2]"
    )
    assert "17.28" in text


@pytest.mark.parametrize("zero_grad", [True, False])
def test_the_static_picture_is_complete_and_stands_alone(zero_grad):
    lab = OptimizerLab()
    lab.zero_grad = zero_grad
    bundle = lab._repr_mimebundle_()[0]
    root = ET.fromstring(bundle["image/svg+xml"])
    words = " ".join("".join(root.itertext()).split())
    for wanted in ("SGD on the ravine", "loss by step", "optimizer.zero_grad()", "the loss falls from 17.28"):
        assert wanted in words
    assert ("without" in words) is not zero_grad
    assert "var(--" not in bundle["image/svg+xml"]


def test_a_saved_page_holds_the_walk(tmp_path):
    lab = OptimizerLab()
    lab.lr = 0.3
    lab.save(tmp_path / "lab.html")
    assert "diverges at step" in (tmp_path / "lab.html").read_text(encoding="utf-8")
