import xml.etree.ElementTree as ET

import pytest
import traitlets

import minigrad as torch
from widgets.stepper import BackwardStepper


def lesson():
    torch.manual_seed(0)
    x = torch.randn(3, requires_grad=True)
    y = x + 2
    z = y * y * 3
    z = z.mean()
    return BackwardStepper(z), x, z


def equations(stepper, frame):
    """The equations of a frame, without captions."""
    return [
        " ".join(item[2] if item[0] == "term" else item[1] for item in row)
        for row in stepper.data["frames"][frame]["equations"]
    ]


def test_its_text_holds_every_contribution():
    lines = repr(lesson()[0]).splitlines()
    assert lines[0] == "Backward pass of z: 12 frames"
    assert lines[1] == "   1 forward   y = [3.541, 1.707, −0.1788]"
    assert lines[5] == "   5 backward  grad of z: 1"
    assert lines[9] == (
        "   9 backward  MulBackward0: [1, 1, 1] × [3.541, 1.707, −0.1788] = [3.541, 1.707, −0.1788]; "
        "grad of y: [3.541, 1.707, −0.1788] + [3.541, 1.707, −0.1788] = [7.082, 3.413, −0.3576]"
    )
    assert lines[11] == "  11 backward  x.grad: None → [7.082, 3.413, −0.3576]"
    assert lines[12] == "  12 end"


def test_a_frame_is_upstream_times_local_then_old_plus_contribution():
    stepper = lesson()[0]
    assert equations(stepper, 7) == [
        "[1, 1, 1] × [3.541, 1.707, −0.1788] = [3.541, 1.707, −0.1788]",
        "0 + [3.541, 1.707, −0.1788] = [3.541, 1.707, −0.1788]",
    ]
    captions = [item[1] for row in stepper.data["frames"][7]["equations"] for item in row if item[0] == "term"]
    assert captions == [
        "upstream", "local: ∂(y·y)/∂y, first factor", "contribution", "grad of y, old", "contribution", "new"
    ]  # fmt: skip


def test_the_forward_pass_is_told_as_the_learner_wrote_it():
    stepper = lesson()[0]
    assert equations(stepper, 0) == ["[1.541, −0.2934, −2.179] + 2 = [3.541, 1.707, −0.1788]"]
    assert equations(stepper, 1) == ["[3.541, 1.707, −0.1788] × [3.541, 1.707, −0.1788] = [12.54, 2.912, 0.03197]"]
    assert equations(stepper, 3) == ["[37.62, 8.737, 0.0959] → mean → 15.48"]


def test_a_leaf_adds_to_the_gradient_it_still_holds():
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    y.backward(retain_graph=True)
    stepper = BackwardStepper(y)
    assert "5 backward  x.grad: 6 + 6 = 12" in repr(stepper)
    assert x.grad.item() == 6


def test_the_code_and_the_turn_are_there():
    stepper = lesson()[0]
    lines = {line["number"]: line["text"].strip() for line in stepper.data["code"]}
    frames = stepper.data["frames"]
    assert lines[frames[0]["line"]] == "y = x + 2"
    assert lines[frames[7]["line"]] == "z = y * y * 3"
    assert lines[frames[7]["call_line"]] == "z.backward()"
    assert stepper.data["turn"] == 4
    assert [frame["phase"] for frame in frames] == ["forward"] * 4 + ["backward"] * 7 + ["end"]


def test_the_frame_can_be_driven_from_python_within_its_range():
    stepper = lesson()[0]
    stepper.frame = 11
    for wrong in (12, -1):
        with pytest.raises(traitlets.TraitError, match="frame must be from 0 to 11"):
            stepper.frame = wrong
    assert stepper.frame == 11


def test_the_static_picture_is_the_end_of_the_pass():
    stepper = lesson()[0]
    root = ET.fromstring(stepper._repr_mimebundle_()[0]["image/svg+xml"])
    words = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"x.grad", "7.08", "3.41", "−0.358", "15.5"} <= set(words)


def test_a_vector_needs_its_cotangent():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar outputs"):
        BackwardStepper(y)
    with pytest.raises(RuntimeError, match="shape"):
        BackwardStepper(y, torch.ones(3))
    assert "x.grad: None → [0.2, 2]" in repr(BackwardStepper(y, torch.tensor([0.1, 1.0])))
    assert x.grad is None


def test_a_rule_that_is_no_product_of_numbers_is_shown_as_a_rule():
    W = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    X = torch.tensor([[1.0], [1.0]], requires_grad=True)
    out = (W @ X).sum()
    assert "→ upstream @ secondᵀ =" in repr(BackwardStepper(out))


def test_bad_input_is_refused_in_the_engines_words():
    with pytest.raises(TypeError, match="expected a minigrad tensor"):
        BackwardStepper(3)
    with pytest.raises(RuntimeError, match="does not require grad"):
        BackwardStepper(torch.ones(1))
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    y.backward()
    with pytest.raises(RuntimeError, match="second time"):
        BackwardStepper(y)


def test_stepping_leaves_the_graph_to_the_learner():
    _, x, z = lesson()
    z.backward()
    assert x.grad.tolist() == pytest.approx([7.082, 3.413, -0.3576], abs=1e-3)


def test_a_long_pass_is_told_in_short():
    x = torch.tensor(0.5, requires_grad=True)
    y = x
    for _ in range(100):
        y = y.tanh()
    text = repr(BackwardStepper(y))
    assert len(text.splitlines()) == 62
    assert "frames more" in text
