import json
import re
import threading
import xml.etree.ElementTree as ET

import pytest
import traitlets

import minigrad as torch
from widgets.jacobian import JacobianExplorer, eleven_doublings
from widgets.numbers import number

MATRIX = torch.tensor([[1.0, -2.0], [0.5, 3.0], [4.0, 0.0]])


def mixed(x):
    return MATRIX @ (x * x)


def texts(explorer, part):
    """The numbers written in the cells of one part of the picture."""
    root = ET.fromstring(explorer.result["picture"])
    space = "{http://www.w3.org/2000/svg}"
    groups = [g for g in root.iter(f"{space}g") if g.get("data-part") == part]
    return ["".join(t.text for t in g.iter(f"{space}text")) for g in groups]


def test_without_arguments_it_is_the_function_of_the_lesson():
    explorer = JacobianExplorer()
    assert texts(explorer, "J") == ["2048", "0", "0", "0", "2048", "0", "0", "0", "2048"]
    assert texts(explorer, "v") == ["0.1", "1", "0.0001"]
    assert texts(explorer, "vjp") == ["204.8", "2048", "0.2048"]
    assert explorer.result["row_passes"] == "3 backward passes"
    assert explorer.result["vjp_passes"] == "1 backward pass"


def test_v_may_be_given_for_the_function_of_the_lesson_too():
    assert texts(JacobianExplorer(v=torch.tensor([0.0, 0.5, 0.0])), "vjp") == ["0", "1024", "0"]


def test_vjp_is_what_backward_puts_in_grad():
    x = torch.tensor([1.2, 0.6], requires_grad=True)
    v = torch.tensor([1.0, 0.5, -0.25])
    explorer = JacobianExplorer(mixed, x, v=v)
    mixed(x).backward(v)
    assert texts(explorer, "vjp") == [number(value) for value in x.grad.tolist()]
    rows = [torch.autograd.grad(mixed(x)[i], x)[0].tolist() for i in range(3)]
    assert texts(explorer, "J") == [number(value) for row in rows for value in row]


def test_moving_x_and_v_computes_anew():
    explorer = JacobianExplorer(lambda x: x * x, torch.tensor([1.0, 2.0]))
    first = explorer.result["sequence"]
    explorer.x = [3.0, -4.0]
    assert texts(explorer, "J") == ["6", "0", "0", "−8"]
    explorer.v = [0.5, 10.0]
    assert texts(explorer, "vjp") == ["3", "−80"]
    assert explorer.result["x"] == ["3", "−4"]
    assert explorer.result["sequence"] > first
    assert "[3, −80]" in repr(explorer)


def test_a_message_of_the_front_end_moves_it():
    explorer = JacobianExplorer(lambda x: x * x, torch.tensor([1.0, 2.0]))
    explorer.set_state({"x": [5, 6], "v": [1, 0]})
    assert texts(explorer, "vjp") == ["10", "0"]


def test_the_learners_tensors_stay_untouched():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    (w * x).sum().backward()
    squares = w * w
    explorer = JacobianExplorer(lambda t: squares * t, x)
    explorer.x = [7.0, 8.0]
    assert x.tolist() == [1.0, 2.0]
    assert x.grad.tolist() == [3.0, 4.0]
    assert w.grad.tolist() == [1.0, 2.0]
    squares.sum().backward()  # its graph was not freed
    assert w.grad.tolist() == [7.0, 10.0]


def test_it_works_where_recording_is_switched_off():
    with torch.no_grad():
        explorer = JacobianExplorer(lambda x: x * 3, torch.tensor([1.0]))
        explorer.x = [2.0]
    assert texts(explorer, "J") == ["3"]


def test_a_scalar_is_a_jacobian_of_one_row():
    explorer = JacobianExplorer(lambda x: (x * x).sum(), torch.tensor([1.0, 2.0, 3.0]))
    assert texts(explorer, "J") == texts(explorer, "vjp") == ["2", "4", "6"]
    assert explorer.result["row_passes"] == "1 backward pass"
    assert explorer.about["map"] == "ℝ³ → ℝ"


def test_an_input_that_is_not_used_has_a_column_of_zeros():
    w = torch.tensor([2.0], requires_grad=True)
    assert texts(JacobianExplorer(lambda x: w * 3, torch.tensor([1.0, 5.0])), "J") == ["0", "0"]


def test_the_identity_is_a_function():
    assert texts(JacobianExplorer(lambda x: x, torch.tensor([1.0, 5.0])), "J") == ["1", "0", "0", "1"]


@pytest.mark.parametrize(
    ("v", "words"),
    [
        ([0.0, 1.0, 0.0], "picks row 2 of J"),
        ([1.0, 1.0, 1.0], "y.sum().backward()"),
        ([0.0, 0.0, 0.0], "v is zero"),
        ([2.0, 1.0, 0.5], "weights the rows"),
    ],
)
def test_the_sentence_says_what_these_numbers_show(v, words):
    explorer = JacobianExplorer(mixed, torch.tensor([1.0, 2.0]), v=torch.tensor(v))
    assert words in "".join(part for _, part in explorer.result["sentence"])


def test_the_sentence_sees_a_diagonal():
    sentence = "".join(part for _, part in JacobianExplorer().result["sentence"])
    assert "backward(v) never builds J" in sentence
    assert "diagonal" in sentence


def test_each_number_has_its_reason():
    explorer = JacobianExplorer(mixed, torch.tensor([1.0, 2.0]), v=torch.tensor([1.0, -2.0, 0.5]))
    assert explorer.result["reasons"]["column"][0] == "(vᵀJ)₁ = 1·2 + (−2)·1 + 0.5·8 = 4"
    assert explorer.result["reasons"]["row"][1] == "∂y₂/∂x = [1, 12]: one backward pass with v = [0, 1, 0]"


def test_numbers_that_are_not_finite_are_shown_and_can_be_sent():
    explorer = JacobianExplorer(lambda x: x * torch.tensor([float("inf"), 1.0]), torch.tensor([1.0, 2.0]))
    assert texts(explorer, "J")[0] == "inf!"
    json.dumps(explorer.result, allow_nan=False)


# What cannot be shown


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((3, torch.ones(2)), TypeError, "f is an int, which cannot be called"),
        ((mixed, None), TypeError, "expected a minigrad tensor or one of PyTorch, got NoneType"),
        ((None, torch.ones(2)), TypeError, "f is None"),
        ((mixed, [1.0, 2.0]), TypeError, "expected a minigrad tensor or one of PyTorch, got list"),
        ((mixed, torch.ones(2, 2)), ValueError, "x has shape [2, 2]"),
        ((mixed, torch.ones(7)), ValueError, "1-D tensors of 1 to 6 numbers, and x has shape [7]"),
        ((mixed, torch.zeros(0)), ValueError, "x has shape [0]"),
        ((mixed, torch.tensor([1.0, float("nan")])), ValueError, "x must be finite numbers, got [1, nan]"),
        ((mixed, torch.ones(2), torch.ones(2)), ValueError, "f returned 3 of them here, and v has 2"),
        ((lambda x: 3.0, torch.ones(2)), TypeError, "f must return a tensor, and returned a float"),
        ((lambda x: None, torch.ones(2)), TypeError, "returned None"),
        ((lambda x: x.reshape(2, 1), torch.ones(2)), ValueError, "returned one of shape [2, 1]"),
        ((lambda x: torch.ones(7) * x.sum(), torch.ones(2)), ValueError, "returned one of shape [7]"),
        ((lambda x: torch.ones(2), torch.ones(2)), RuntimeError, "does not require grad and does not have a grad_fn"),
        ((lambda x: x.detach() * 2, torch.ones(2)), RuntimeError, "does not require grad"),
        ((lambda x: x, torch.arange(3)), RuntimeError, "floating point"),
        ((lambda x: 1 / 0, torch.ones(2)), ZeroDivisionError, "division by zero"),
    ],
)
def test_what_cannot_be_shown_is_a_clear_error(arguments, error, words):
    with pytest.raises(error, match=re.escape(words)):
        JacobianExplorer(*arguments)


def test_an_error_of_the_function_says_where_it_was_called():
    with pytest.raises(ZeroDivisionError) as caught:
        JacobianExplorer(lambda x: 1 / 0, torch.tensor([1.0, 2.0]))
    assert "called f(x) with x = [1, 2]" in caught.value.__notes__[0]


def test_an_error_on_the_way_is_shown_over_the_last_good_picture():
    def moody(x):
        if x[0] < 0:
            raise ValueError("no negative numbers")
        return x * 2

    explorer = JacobianExplorer(moody, torch.tensor([1.0]))
    good = explorer.result
    explorer.x = [-1.0]
    assert explorer.result["error"] == "At x = [−1], ValueError: no negative numbers"
    assert explorer.result["picture"] == good["picture"]
    assert explorer.result["sequence"] > good["sequence"]
    explorer.x = [1.0]
    assert explorer.result["error"] is None
    explorer.x = [4.0]
    assert "x = [4]" in repr(explorer)


def test_a_function_that_changes_its_number_of_outputs_is_told_so():
    explorer = JacobianExplorer(lambda x: x[:1] if x[0] < 0 else x, torch.tensor([1.0, 2.0]))
    explorer.x = [-1.0, 2.0]
    assert "f returned 1 of them here, and v has 2" in explorer.result["error"]


@pytest.mark.parametrize(("name", "values"), [("x", [1.0]), ("v", [1.0] * 4), ("x", [1.0, float("inf"), 2.0])])
def test_what_the_sliders_cannot_hold_is_refused(name, values):
    explorer = JacobianExplorer()
    before = getattr(explorer, name)
    with pytest.raises(traitlets.TraitError, match=f"{name} (has 3 numbers|must be finite)"):
        setattr(explorer, name, values)
    assert getattr(explorer, name) == before


def test_moves_from_many_threads_end_at_the_numbers_that_are_set():
    explorer = JacobianExplorer(lambda x: x * x, torch.tensor([1.0]))

    def drag(start):
        for step in range(20):
            explorer.x = [float(start + step)]

    threads = [threading.Thread(target=drag, args=(start,)) for start in (100, 200, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert explorer.result["x"] == [number(explorer.x[0])]
    assert texts(explorer, "J") == [number(2 * explorer.x[0])]


# How it is shown


def test_text_is_stable_and_has_the_engines_numbers():
    assert repr(JacobianExplorer(eleven_doublings, torch.tensor([1.0, -0.5]))) == (
        "Jacobian of eleven_doublings at x, ℝ² → ℝ²\n"
        "  x = [1, −0.5]\n"
        "  eleven_doublings(x) = [2048, −1024]\n"
        "  J, by rows: 2 backward passes\n"
        "    v₁ = 1  [2048, 0]\n"
        "    v₂ = 1  [0, 2048]\n"
        "  vᵀJ: 1 backward pass\n"
        "    [2048, 2048]"
    )


def test_the_static_picture_is_complete_and_stands_alone():
    bundle = JacobianExplorer()._repr_mimebundle_()[0]
    root = ET.fromstring(bundle["image/svg+xml"])
    words = " ".join("".join(root.itertext()).split())
    for shown in (
        "Jacobian of eleven_doublings at x",
        "3 backward passes",
        "1 backward pass",
        "never builds J",
        "204.8",
    ):
        assert shown in words
    assert "var(--" not in bundle["image/svg+xml"]


def test_a_saved_page_holds_the_numbers(tmp_path):
    JacobianExplorer().save(tmp_path / "jacobian.html")
    page = (tmp_path / "jacobian.html").read_text(encoding="utf-8")
    assert "204.8" in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
