import json
import xml.etree.ElementTree as ET

import pytest
import traitlets

import minigrad as torch
from widgets import pages
from widgets.stepper import BackwardStepper


def lesson():
    torch.manual_seed(0)
    x = torch.randn(3, requires_grad=True)
    y = x + 2
    z = y * y * 3
    z = z.mean()
    return BackwardStepper(z), x, z


def frames(stepper):
    """What the front end is told of each frame."""
    return json.loads(stepper.data["frames"])


def equations(stepper, frame):
    """The equations of a frame, without captions."""
    return [
        " ".join(item[2] if item[0] == "term" else item[1] for item in row)
        for row in frames(stepper)[frame]["equations"]
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
    captions = [item[1] for row in frames(stepper)[7]["equations"] for item in row if item[0] == "term"]
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
    told = frames(stepper)
    assert [lines.get(line) for line in told[0]["lines"]] == ["y = x + 2", None]
    assert [lines.get(line) for line in told[7]["lines"]] == ["z = y * y * 3", "z.backward()"]
    assert stepper.data["turn"] == 4
    assert [frame["phase"] for frame in told] == ["forward"] * 4 + ["backward"] * 7 + ["end"]


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
    with pytest.raises(ValueError, match="passes must be 1 or more, got 0"):
        BackwardStepper(y, passes=0)
    with pytest.raises(RuntimeError, match="does not require grad"):
        BackwardStepper(torch.tensor([1, 2]))


# A walk that raises


def error(stepper):
    """The last frame's operation, sentence and error."""
    frame = stepper._trace["frames"][-1]
    assert frame["kind"] == "error"
    operation = next((node["operation"] for node in stepper._trace["nodes"] if node["id"] == frame["operation"]), None)
    return operation, "".join(words for _, words in frame["sentence"]), frame["error"]


def test_a_freed_graph_is_walked_up_to_the_node_that_raises():
    _, x, z = lesson()
    z.backward()
    before = x.grad.clone()
    stepper = BackwardStepper(z)
    operation, sentence, told = error(stepper)
    assert operation == "MulBackward0"
    assert "freed it" in sentence and "an earlier backward()" in sentence
    with pytest.raises(RuntimeError) as raised:
        z.backward()
    assert (told["type"], told["text"]) == ("RuntimeError", str(raised.value))
    assert told["hint"].startswith("backward() already ran through this graph once")
    assert x.grad.tolist() == before.tolist()
    kinds = [frame["kind"] for frame in stepper._trace["frames"][4:]]
    assert kinds == ["seed", "contribution", "error"], "the mean needs nothing that was saved"


def test_the_second_of_two_passes_raises_and_the_graph_is_the_learners_still():
    _, x, z = lesson()
    stepper = BackwardStepper(z, passes=2)
    assert "the first backward() freed it" in error(stepper)[1]
    assert [line["text"] for line in stepper.data["code"]][-2:] == ["z.backward()", "z.backward()"]
    assert x.grad is None
    z.backward()
    assert x.grad.tolist() == pytest.approx([7.082, 3.413, -0.3576], abs=1e-3)


def test_two_passes_over_a_kept_graph_double_the_gradient():
    _, x, z = lesson()
    stepper = BackwardStepper(z, retain_graph=True, passes=2)
    text = repr(stepper)
    assert "x.grad: [7.082, 3.413, −0.3576] + [7.082, 3.413, −0.3576] = [14.16, 6.826, −0.7152]" in text
    assert x.grad is None
    ends = [frame for frame in stepper._trace["frames"] if frame["kind"] == "end"]
    assert len(ends) == 2
    assert "retain_graph=True" in "".join(words for _, words in ends[0]["sentence"])


@pytest.mark.parametrize("keep", [False, True])
def test_what_a_node_saved_goes_when_it_has_run_unless_the_graph_is_kept(keep):
    _, _, z = lesson()
    stepper = BackwardStepper(z, retain_graph=keep)
    tags = {
        frame: "freed" in ET.tostring(ET.fromstring(stepper._pages.drawings[0].still(frame)), encoding="unicode")
        for frame in (7, 8, 11)
    }
    assert tags == ({7: False, 8: False, 11: False} if keep else {7: False, 8: True, 11: True})


def test_a_second_pass_starts_with_nothing_on_the_way():
    _, _, z = lesson()
    drawing = BackwardStepper(z, retain_graph=True, passes=2)._pages.drawings[0]
    root = ET.fromstring(drawing.still(12))
    assert [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")].count("grad") == 3, "y, y*y, y*y*3"
    assert "mg-flow" not in drawing.still(12) and "mg-flow" in drawing.still(11)


def test_a_tensor_overwritten_since_it_was_saved_ends_the_walk():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    z = (y * y).sum()
    with torch.no_grad():
        y.add_(1)
    operation, sentence, told = error(BackwardStepper(z))
    assert operation == "MulBackward0"
    assert "it was changed in place since" in sentence
    assert "modified by an inplace operation" in told["text"]


def test_a_hook_that_raises_ends_the_walk_where_it_is():
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3

    def refuse(gradient):
        raise ValueError("<b>no</b>")

    y.register_hook(refuse)
    operation, sentence, told = error(BackwardStepper(y * y))
    assert (operation, told["type"], told["text"]) == ("MulBackward0", "ValueError", "<b>no</b>")
    assert "raises ValueError" in sentence
    handle = x.register_hook(refuse)
    z = x * 3
    operation, sentence, _ = error(BackwardStepper(z))
    assert operation is None and "AccumulateGrad" in sentence
    handle.remove()
    assert "end" in repr(BackwardStepper(z))


def test_the_error_is_marked_in_the_picture():
    _, _, z = lesson()
    picture = BackwardStepper(z, passes=2)._repr_mimebundle_()[0]["image/svg+xml"]
    assert "mg-hatch" in picture and "the backward pass ends here with an error" in picture
    assert "mg-hatch" not in BackwardStepper(z)._picture()


def test_numbers_that_are_not_finite_are_shown_and_not_asked_for():
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    y = x.log().sum()
    stepper = BackwardStepper(y)
    assert "inf" in repr(stepper)
    assert [f["kind"] for f, told in zip(stepper._trace["frames"], frames(stepper), strict=True) if "ask" in told] == [
        "seed",
        "contribution",
    ]


def test_a_graph_that_nobody_could_step_through_is_refused_at_once():
    x = torch.tensor(0.5, requires_grad=True)
    y = x
    for _ in range(50_000):
        y = y * 1.0
    with pytest.raises(ValueError, match="50,000 operations, and a stepper walks through 5,000 at most"):
        BackwardStepper(y)


def test_a_long_pass_is_drawn_in_pages_that_agree_with_the_whole(monkeypatch):
    torch.manual_seed(1)
    w = torch.randn(2, requires_grad=True)
    h = torch.randn(2)
    for _ in range(3):
        h = (w * h + w).tanh()
    loss = (h * h).sum()
    whole = BackwardStepper(loss, retain_graph=True, passes=2)
    monkeypatch.setattr(pages, "WHOLE", 2)
    monkeypatch.setattr(pages, "PAGE", 3)
    paged = BackwardStepper(loss, retain_graph=True, passes=2)
    assert len(paged._pages.drawings) == 4
    assert paged.data["labels"][1] == "Operations 4 to 6 of 11"
    for frame, (page, place) in enumerate(paged._pages.places):
        shown = paged._trace["frames"][frame]
        expected, found = words_by_node(whole, 0, frame), words_by_node(paged, page, place)
        assert set(found) >= {key for key in (shown["operation"], shown["tensor"]) if key}
        assert found == {key: expected[key] for key in found}, frame


def words_by_node(stepper, page, place):
    root = ET.fromstring(stepper._pages.drawings[page].still(place))
    svg = "{http://www.w3.org/2000/svg}"
    return {
        node.get("data-node"): [text.text for text in node.iter(f"{svg}text")]
        for node in root.iter(f"{svg}g")
        if node.get("data-node")
    }


# Breakpoints and predictions


def test_breakpoints_are_given_by_name_or_id():
    stepper = lesson()[0]
    stepper.breakpoints = ["y", "t0"]
    assert stepper.breakpoints == ["t1", "t0"]
    with pytest.raises(traitlets.TraitError, match="no tensor of this graph is called 'q'; it has x, y"):
        stepper.breakpoints = ["q"]


def asked(stepper, frame):
    return frames(stepper)[frame]["ask"]


def kinds(ask):
    return dict(reversed(ask["wrong"]))


def test_the_answer_and_the_misconceptions_come_from_the_numbers_of_the_frame():
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x * 2
    stepper = BackwardStepper(y)
    first, second = asked(stepper, 4), asked(stepper, 5)
    assert first["answer"] == [6.0]
    assert second["answer"] == [12.0]
    assert (second["name"], second["old"]) == ("x", "6")
    assert kinds(second)["replaced"] == [6.0]
    assert kinds(second)["upstream forgotten"] == [3.0]
    assert kinds(second)["local derivative forgotten"] == [2.0]
    assert kinds(second)["sign"] == [-12.0]


def test_multiplying_by_the_factor_itself_is_named():
    a = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(5.0, requires_grad=True)
    c = a * b * 3
    ask = asked(BackwardStepper(c), 4)
    assert ask["name"] == "a" and ask["answer"] == [15.0]
    assert kinds(ask)["own factor"] == [6.0]


def test_the_mean_without_its_n_is_named():
    x = torch.tensor([1.0, 2.0, 4.0, 8.0], requires_grad=True)
    ask = asked(BackwardStepper(x.mean()), 2)
    assert ask["answer"] == [0.25] * 4
    assert kinds(ask)["1/n forgotten"] == [1.0] * 4


def test_of_a_matrix_one_element_is_asked_for():
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    ask = asked(BackwardStepper((x * x).sum()), 4)
    assert (ask["shape"], ask["place"], ask["answer"]) == ([], [1, 1], [4.0])
    assert kinds(ask)["summed"] == [10.0]


def test_what_a_leaf_still_holds_is_not_forgotten():
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 2
    assert "ask" not in frames(BackwardStepper(y))[3], "the gradient that arrives would be the answer"
    y.backward(retain_graph=True)
    ask = asked(BackwardStepper(y), 3)
    assert ask["answer"] == [4.0]
    assert kinds(ask)["replaced"] == [2.0]


def test_no_misconception_has_the_right_answer():
    torch.manual_seed(0)
    w = torch.randn(4, 3, requires_grad=True)
    b = torch.zeros(4, requires_grad=True)
    out = ((torch.randn(5, 3) @ w.T + b).tanh() ** 2).mean()
    for frame in frames(BackwardStepper(out)):
        if "ask" not in frame:
            continue
        ask = frame["ask"]
        for kind, numbers in ask["wrong"]:
            assert numbers != pytest.approx(ask["answer"], rel=0.009), kind
            assert kind in BackwardStepper(out).data["misconceptions"]


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
