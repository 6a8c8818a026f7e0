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


def costs(explorer):
    """What J, vᵀJ and Ju took."""
    return [passes for _, passes, _ in explorer.result["costs"]]


def test_without_arguments_it_is_the_function_of_the_lesson():
    explorer = JacobianExplorer()
    assert texts(explorer, "J") == ["2048", "0", "0", "0", "2048", "0", "0", "0", "2048"]
    assert texts(explorer, "v") == ["0.1", "1", "0.0001"]
    assert texts(explorer, "vjp") == ["204.8", "2048", "0.2048"]
    assert texts(explorer, "jvp") == ["2048", "2048", "2048"]
    assert costs(explorer) == ["3 backward passes", "1 backward pass", "1 forward pass"]


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
    assert costs(explorer)[0] == "1 backward pass"
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
    reasons = explorer.result["reasons"]
    assert reasons["column"][0] == "(vᵀJ)₁ = 1·2 + (−2)·1 + 0.5·8 = 4"
    assert reasons["row"][1] == "(Ju)₂ = 1·1 + 12·1 = 13"
    assert reasons["tangent"][1] == "u₂ · column 2 of J = 1·[−8, 12, 0], one part of Ju"
    assert reasons["line"][1] == "∂y₂/∂x = [1, 12]: one backward pass with v = [0, 1, 0]"


def test_numbers_that_are_not_finite_are_shown_and_can_be_sent():
    explorer = JacobianExplorer(lambda x: x * torch.tensor([float("inf"), 1.0]), torch.tensor([1.0, 2.0]))
    assert texts(explorer, "J")[0] == "inf!"
    json.dumps(explorer.result, allow_nan=False)


# What the engine ran


def numbers(values):
    return [number(value) for value in values]


def test_ju_is_forward_mode():
    x, u = torch.tensor([1.2, 0.6]), torch.tensor([1.0, 0.4])
    explorer = JacobianExplorer(mixed, x, u=u)
    assert texts(explorer, "jvp") == numbers(torch.func.jvp(mixed, (x,), (u,))[1].tolist())


def test_rows_and_columns_are_the_same_jacobian():
    explorer = JacobianExplorer(mixed, torch.tensor([1.2, 0.6]))
    by_rows = texts(explorer, "J")
    with explorer.hold_trait_notifications():
        explorer.way, explorer.filled = "columns", 2
    assert texts(explorer, "J") == by_rows
    assert costs(explorer)[0] == "2 forward passes"
    assert "J, by columns: 2 forward passes" in repr(explorer)


class Walks:
    """Counts the backward passes of the engine and the calls of a function, apart from the widget's own counting."""

    def __init__(self, f):
        self.f = f
        self.calls = self.backward = 0

    def __call__(self, x):
        self.calls += 1
        y = self.f(x)
        y.register_hook(self.passed)
        return y

    def passed(self, gradient):
        self.backward += 1

    def since(self, change):
        before = self.calls, self.backward
        change()
        return self.calls - before[0], self.backward - before[1]


def test_each_change_runs_no_more_than_it_needs_and_says_so():
    f = Walks(mixed)
    explorer = JacobianExplorer(f, torch.tensor([1.0, 2.0]))

    def ran(**traits):
        def change():
            with explorer.hold_trait_notifications():
                for name, value in traits.items():
                    setattr(explorer, name, value)

        return *f.since(change), explorer.result["ran"]

    # Calls of f: one for its value and its graph, and one for each tangent that is carried through it.
    assert ran(v=[0.0, 1.0, 0.0]) == (1, 1, "The last change ran 1 backward pass.")
    assert ran(u=[0.0, 1.0]) == (2, 0, "The last change ran 1 forward pass.")
    assert ran(x=[3.0, 1.0]) == (2, 4, "The last change ran 4 backward passes and 1 forward pass.")
    assert ran(filled=0) == (1, 0, "The last change ran no pass.")
    assert ran(v=[1.0, 1.0, 1.0]) == (1, 1, "The last change ran 1 backward pass.")
    assert costs(explorer) == ["no pass", "1 backward pass", "1 forward pass"]
    assert ran(filled=1) == (1, 1, "The last change ran 1 backward pass.")
    assert ran(filled=2) == (1, 1, "The last change ran 1 backward pass.")
    assert ran(way="columns", filled=1) == (2, 0, "The last change ran 1 forward pass.")


def test_vjp_and_jvp_do_without_j():
    explorer = JacobianExplorer(mixed, torch.tensor([1.2, 0.6]))
    whole = texts(explorer, "vjp"), texts(explorer, "jvp")
    explorer.filled = 0
    assert texts(explorer, "J") == [""] * 6
    assert (texts(explorer, "vjp"), texts(explorer, "jvp")) == whole
    assert "without these entries of J" in explorer.result["reasons"]["column"][0]
    assert "v₁ = 1  [?, ?]" in repr(explorer)


def test_each_press_fills_one_more_line():
    explorer = JacobianExplorer(mixed, torch.tensor([1.0, 2.0]))
    filled = []
    for count in range(4):
        explorer.filled = count
        filled.append(texts(explorer, "J"))
    assert filled[1] == ["2", "−8", "", "", "", ""]
    assert filled[2] == ["2", "−8", "1", "12", "", ""]
    assert filled[3] == ["2", "−8", "1", "12", "8", "0"]
    explorer.x = [2.0, 1.0]
    explorer.filled = 1
    assert texts(explorer, "J") == ["4", "−4", "", "", "", ""]


def test_a_jacobian_of_an_old_function_is_not_kept():
    scale = torch.tensor([1.0, 1.0])
    explorer = JacobianExplorer(lambda x: x * scale, torch.tensor([1.0, 2.0]))
    scale.mul_(3)
    explorer.v = [1.0, 2.0]
    assert texts(explorer, "J") == ["3", "0", "0", "3"]
    assert texts(explorer, "vjp") == ["3", "6"]
    assert texts(explorer, "jvp") == ["3", "3"]


def test_adding_a_number_is_no_backward_pass_of_forward_mode():
    # The rule of an addition hands its cotangent on as it is: the walk over it starts where it ends.
    assert costs(JacobianExplorer(lambda x: x + 2, torch.ones(2)))[2] == "1 forward pass"


def test_the_identity_of_the_two_products_is_checked():
    explorer = JacobianExplorer(
        mixed, torch.tensor([1.2, 0.6]), torch.tensor([1.0, 0.5, -0.25]), torch.tensor([1.0, 0.4])
    )
    assert explorer.result["identity"] == "vᵀ(Ju) = 0.36 = (vᵀJ)u = 0.36"


def test_a_function_that_throws_dice_is_found_out():
    torch.manual_seed(0)
    explorer = JacobianExplorer(lambda x: x * torch.rand(2), torch.tensor([1.0, 2.0]))
    assert "≠" in explorer.result["identity"]
    assert "Does f give the same result twice" in "".join(part for _, part in explorer.result["sentence"])


def test_products_that_are_not_finite_are_not_compared():
    explorer = JacobianExplorer(lambda x: x.log(), torch.tensor([0.0, 2.0]))
    assert explorer.result["identity"].endswith("not finite")
    json.dumps(explorer.result, allow_nan=False)


# The plane


def polar(x):
    return torch.stack([x[0] * torch.cos(x[1]), x[0] * torch.sin(x[1])])


def planes(explorer):
    """Where each plane ends, and its handles: the trait, where it starts, how long it is drawn, where it is."""
    space = "{http://www.w3.org/2000/svg}"
    found = []
    for square in ET.fromstring(explorer.result["picture"]).iter(f"{space}svg"):
        if limit := square.get("data-limit"):
            side = float(square.get("width"))
            handles = {}
            for circle in square.iter(f"{space}circle"):
                if trait := circle.get("data-handle"):
                    x, y = (float(circle.get(name)) / side * 2 - 1 for name in ("cx", "cy"))
                    base = [float(part) for part in circle.get("data-base").split()]
                    place = [x * float(limit), -y * float(limit)]
                    drawn = [
                        (at - start) / float(circle.get("data-scale")) for at, start in zip(place, base, strict=True)
                    ]
                    handles[trait] = drawn
            found.append(handles)
    return found


def test_a_map_of_the_plane_has_a_handle_for_each_vector_where_it_is_drawn():
    explorer = JacobianExplorer(polar, torch.tensor([1.5, 0.6]), torch.tensor([1.0, -0.5]), torch.tensor([0.5, 0.4]))
    into, out = planes(explorer)
    assert into["x"] == pytest.approx([1.5, 0.6], abs=0.01)
    assert into["u"] == pytest.approx([0.5, 0.4], abs=0.01)
    assert out["v"] == pytest.approx([1.0, -0.5], abs=0.02)


def test_u_crosses_as_many_level_lines_as_ju():
    explorer = JacobianExplorer(polar, torch.tensor([1.5, 0.6]), torch.tensor([1.0, 0.5]), torch.tensor([0.5, 0.4]))
    words = re.sub("<[^>]*>", " ", explorer.result["picture"])
    crossed = re.findall(r"crosses (\S+) level lines", words)
    step = re.search(r"one line every (\S+)\.", words)[1]
    assert len(crossed) == 2 and crossed[0] == crossed[1]
    assert float(crossed[0]) * float(step) == pytest.approx(0.4626, abs=1e-4)


def test_only_a_map_of_the_plane_has_planes():
    assert planes(JacobianExplorer(mixed, torch.tensor([1.0, 2.0]))) == []


def test_what_is_not_finite_has_no_plane():
    explorer = JacobianExplorer(lambda x: x.log(), torch.tensor([0.0, 2.0]))
    assert planes(explorer) == []
    assert "No planes here" in explorer.result["picture"]


@pytest.mark.parametrize("v", [[0.0, 0.0], [1e-30, 0.0], [1e30, 1e30]])
def test_any_covector_can_be_drawn(v):
    explorer = JacobianExplorer(polar, torch.tensor([1.5, 0.6]))
    explorer.v = v
    assert explorer.result["error"] is None
    assert len(explorer.result["picture"]) < 20_000


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
        ((lambda x: x.long(), torch.ones(2)), TypeError, "returned a tensor of dtype torch.int64"),
        ((lambda x: x > 0, torch.ones(2)), TypeError, "returned a tensor of dtype torch.bool"),
        ((lambda x: x.mul_(2), torch.ones(2)), RuntimeError, "a leaf Variable that requires grad"),
        ((mixed, torch.ones(2), None, torch.ones(3)), ValueError, "x has 2 of them, and u has 3"),
        ((mixed, torch.ones(2), None, [1.0, 2.0]), TypeError, "expected a minigrad tensor"),
        ((mixed, torch.ones(2), None, torch.tensor([1.0, float("inf")])), ValueError, "u must be finite"),
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


@pytest.mark.parametrize(
    ("name", "values"), [("x", [1.0]), ("v", [1.0] * 4), ("u", [1.0] * 4), ("x", [1.0, float("inf"), 2.0])]
)
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


def test_after_all_columns_the_rows_count_their_own_passes():
    explorer = JacobianExplorer(lambda x: (x * x).sum(), torch.arange(6.0))
    explorer.way, explorer.filled = "columns", 6
    assert "J, by columns: 6 forward passes" in repr(explorer)
    explorer.way = "rows"
    assert "J, by rows: 1 backward pass\n" in repr(explorer)
    assert explorer.result["ran"] == "The last change ran 1 backward pass."
    assert explorer.result["complete"]
    explorer.filled = 1
    assert explorer.result["ran"] == "The last change ran no pass."


@pytest.mark.parametrize(("name", "value"), [("filled", -1), ("filled", 4), ("way", "diagonals")])
def test_what_j_cannot_be_filled_by_is_refused(name, value):
    explorer = JacobianExplorer()
    with pytest.raises(traitlets.TraitError, match=r"filled counts the lines of J, from 0 to 3|rows"):
        setattr(explorer, name, value)
    assert (explorer.way, explorer.filled) == ("rows", 3)


def test_a_change_during_a_change_ends_at_the_newest_numbers():
    explorer = JacobianExplorer(lambda x: x * x, torch.tensor([1.0]))

    def answer(change):
        if explorer.x[0] < 5:
            explorer.x = [explorer.x[0] + 1]

    explorer.observe(answer, "result")
    explorer.x = [2.0]
    assert explorer.result["x"] == ["5"]
    assert texts(explorer, "J") == ["10"]


def test_what_was_overtaken_while_f_ran_is_never_computed():
    started, may_go = threading.Event(), threading.Event()
    seen = []

    def slow(x):
        seen.append(x.tolist())
        if x[0] == 2:
            started.set()
            assert may_go.wait(10)
        return x * x

    explorer = JacobianExplorer(slow, torch.tensor([1.0]))
    threads = [threading.Thread(target=setattr, args=(explorer, "x", [2.0]))]
    threads[0].start()
    assert started.wait(10)
    for value in (3.0, 4.0, 5.0):
        threads.append(threading.Thread(target=setattr, args=(explorer, "x", [value])))
        threads[-1].start()
        while explorer.x != [value]:
            pass
    may_go.set()
    for thread in threads:
        thread.join()
    assert [3.0] not in seen and [4.0] not in seen
    assert explorer.result["x"] == ["5"]


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
        "    [2048, 2048]\n"
        "  Ju for u = [1, 1]: 1 forward pass\n"
        "    [2048, 2048]\n"
        "  vᵀ(Ju) = 4096 = (vᵀJ)u = 4096"
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
