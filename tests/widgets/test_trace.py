"""The trace: what the engine did, as plain data."""

import gc
import json
import linecache
import subprocess
import sys
import weakref

import numpy as np
import pytest

import minigrad as torch
from minigrad.ops.operation import Operation
from minigrad.ops.views import CopySlices, View
from widgets.learner import Code
from widgets.trace import trace
from widgets.vocabulary import WORDS


@pytest.fixture
def lesson():
    torch.manual_seed(0)
    x = torch.randn(3, requires_grad=True)
    y = x + 2
    z = y * y * 3
    z = z.mean()
    return {"x": x, "y": y, "z": z}


def nodes(record, kind):
    return [n for n in record["nodes"] if n["kind"] == kind]


def numbers(array):
    """The values of an array of the trace, as the float32 numbers they stand for."""
    return np.float32(array["values"]).tolist()


def words(frame):
    return "".join(part for _, part in frame["sentence"])


def test_names_lines_and_values_are_the_learners():
    torch.manual_seed(0)
    x = torch.randn(3, requires_grad=True)
    y = x + 2
    z = y * y * 3
    z = z.mean()
    record = trace(z, frames=True)
    named = {n["name"]: n["kind"] for n in record["nodes"] if n["kind"] != "operation"}
    assert named == {"x": "leaf", "y": "intermediate", "y*y": "intermediate", "y*y*3": "intermediate", "z": "output"}
    assert [c["text"] for c in record["code"]] == [
        "x = torch.randn(3, requires_grad=True)",
        "y = x + 2",
        "z = y * y * 3",
        "z = z.mean()",
        "z.backward()",
    ]
    operations = nodes(record, "operation")
    assert [(o["operation"], o["symbol"], o["line"]) for o in operations] == [
        ("AddBackward0", "+2", 2),
        ("MulBackward0", "×", 3),
        ("MulBackward0", "×3", 3),
        ("MeanBackward0", "mean", 4),
    ]
    product = next(n for n in record["nodes"] if n["name"] == "y*y")
    assert numbers(product["value"]) == (y * y).tolist(), "the value nobody kept in a variable"


def test_a_tensor_used_twice_has_two_edges_and_two_contributions(lesson):
    record = trace(lesson["z"], frames=True, variables=lesson)
    square = nodes(record, "operation")[1]
    into = [e for e in record["edges"] if e["consumer"] == square["id"]]
    assert [e["slot"] for e in into] == [0, 1]
    assert into[0]["source"] == into[1]["source"]
    first, second = (f for f in record["frames"] if f["kind"] == "contribution" and f["operation"] == square["id"])
    assert (first["arrived"], first["expected"], second["arrived"]) == (1, 2, 2)
    assert first["old"] is None
    assert second["old"]["values"] == first["new"]["values"]
    total = np.add(first["contribution"]["values"], second["contribution"]["values"])
    assert second["new"]["values"] == pytest.approx(total)
    assert "they add" in words(first)


def test_upstream_times_local_is_the_contribution(lesson):
    record = trace(lesson["z"], frames=True, variables=lesson)
    contributions = [f for f in record["frames"] if f["kind"] == "contribution"]
    assert len(contributions) == 5
    for frame in contributions:
        product = np.multiply(frame["upstream"]["values"], frame["local"]["value"]["values"])
        assert frame["contribution"]["values"] == pytest.approx(product)


def test_the_last_frame_of_a_leaf_is_what_backward_puts_there(lesson):
    record = trace(lesson["z"], frames=True, variables=lesson)
    lesson["z"].backward()
    arrived = next(f for f in record["frames"] if f["kind"] == "accumulate")
    assert numbers(arrived["new"]) == lesson["x"].grad.tolist()


def test_the_learners_gradient_and_graph_are_left_alone(lesson):
    x, z = lesson["x"], lesson["z"]
    z.backward(retain_graph=True)
    grad = x.grad
    before = grad.tolist()
    record = trace(z, frames=True, variables=lesson)
    assert x.grad is grad and grad.tolist() == before
    arrived = next(f for f in record["frames"] if f["kind"] == "accumulate")
    assert numbers(arrived["old"]) == before
    assert numbers(arrived["new"]) == [2 * g for g in before]
    assert "adds, it does not replace" in words(arrived)
    z.backward()


def test_the_gradient_is_put_back_after_an_error(lesson):
    lesson["z"].backward()
    grad = lesson["x"].grad
    record = trace(lesson["z"], frames=True, variables=lesson)
    assert "a second time" in record["frames"][-1]["error"]["text"]
    assert lesson["x"].grad is grad


def test_a_freed_graph_still_shows_and_says_so(lesson):
    lesson["z"].backward()
    record = trace(lesson["z"], frames=False, variables=lesson)
    saved = [s for o in nodes(record, "operation") for s in o["saved"]]
    assert {s["state"] for s in saved} == {"freed"}


def test_a_saved_tensor_that_was_overwritten_is_marked():
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    z = y * y
    y.add_(1)
    record = trace(z, frames=False)
    saved = next(o for o in nodes(record, "operation") if o["output"] == nodes(record, "output")[0]["id"])["saved"]
    assert {s["state"] for s in saved} == {"modified"}
    assert next(n for n in record["nodes"] if n["id"] == saved[0]["tensor"])["value"]["values"] == [2.0, 2.0]


def test_a_cotangent_starts_a_non_scalar():
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    v = torch.tensor([0.1, 1.0, 0.0001])
    record = trace(y, v, frames=True)
    assert record["code"][-1]["text"] == "y.backward(v)"
    assert record["frames"][1]["new"]["text"] == "[0.1, 1, 0.0001]"
    assert numbers(record["frames"][2]["contribution"]) == (v * 2).tolist()


def test_a_broadcast_input_says_that_its_copies_are_summed():
    x = torch.ones(1, requires_grad=True)
    data = torch.tensor([1.0, 2.0, 3.0])
    y = x * data
    record = trace(y.sum(), frames=True)
    product = next(f for f in record["frames"] if f["kind"] == "contribution" and f["tensor"] == "t0")
    assert product["contribution"]["values"] == [6.0]
    assert "broadcast" in words(product)


def test_data_that_needs_no_gradient_is_a_constant_with_its_name():
    w = torch.ones(2, requires_grad=True)
    data = torch.tensor([3.0, 4.0])
    record = trace((w * data).sum(), frames=False)
    constant = nodes(record, "constant")[0]
    assert (constant["name"], constant["value"]["values"]) == ("data", [3.0, 4.0])
    assert [e["carries_gradient"] for e in record["edges"] if e["source"] == constant["id"]] == [False]


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (lambda a, b: (a + b) * 2, "(a+b)*2"),
        (lambda a, b: a + b * 2, "a+b*2"),
        (lambda a, b: a - (b - 1), "a-(b-1)"),
        (lambda a, b: (a + b) ** 2, "(a+b)**2"),
        (lambda a, b: (a**2) ** 3, "(a**2)**3"),
        (lambda a, b: a**2 * b**3, "a**2*b**3"),
        (lambda a, b: (a**2).clone(), "(a**2).clone()"),
        (lambda a, b: (a + b).tanh(), "tanh(a+b)"),
        (lambda a, b: 1 - a, "1-a"),
        (lambda a, b: -(a + b), "-(a+b)"),
        (lambda a, b: (a + b).clone(), "(a+b).clone()"),
        (lambda a, b: a[0] * b[1:], "a[0]*b[1:]"),
        (lambda a, b: a[[0, 0]], "a[…]"),
        (lambda a, b: (a + b).unsqueeze(0).squeeze(0), "(a+b).unsqueeze(0).squeeze(0)"),
        (lambda a, b: a.unsqueeze(0).transpose(0, 1), "a.unsqueeze(0).transpose(0, 1)"),
    ],
)
def test_unnamed_results_are_called_by_their_expression(build, name):
    a, b = (torch.ones(2, requires_grad=True) for _ in range(2))
    assert trace(build(a, b), frames=False, variables={"a": a, "b": b})["name"] == name


def test_the_pieces_of_one_operation_are_its_outputs():
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    a, _, b = x
    record = trace((a * b * b).sum(), frames=True)
    (unbind,) = (o for o in nodes(record, "operation") if o["operation"] == "UnbindBackward0")
    pieces = [next(n for n in record["nodes"] if n["id"] == output) for output in unbind["outputs"]]
    assert [(p["name"], numbers(p["value"])) for p in pieces] == [("a", [1.0, 2.0]), ("b", [5.0, 6.0])]
    (joined,) = (f for f in record["frames"] if f["operation"] == unbind["id"] and f["kind"] == "contribution")
    assert joined["contribution"]["values"] == [25.0, 36.0, 0.0, 0.0, 10.0, 24.0]
    assert trace(x.split(2)[1], frames=False, variables={"x": x})["name"] == "x.split()[1]"


def test_a_function_with_several_outputs_is_one_operation():
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1, x * 2

        @staticmethod
        def backward(ctx, once, twice):
            return once + 2 * twice

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    p, q = Twice.apply(x)
    record = trace((p * q).sum(), frames=True)
    assert len(nodes(record, "operation")) == 3
    end = record["frames"][-2]
    assert (end["kind"], end["contribution"]["values"]) == ("accumulate", [4.0, 8.0])


def test_the_lines_of_a_loop_are_listed_once():
    x = torch.ones(1, requires_grad=True)
    y = x * 2
    for _ in range(10):
        y = y * 2
    record = trace(y.sum(), frames=False)
    assert [c["text"].strip() for c in record["code"]][:4] == [
        "x = torch.ones(1, requires_grad=True)",
        "y = x * 2",
        "for _ in range(10):",
        "y = y * 2",
    ]
    assert len(nodes(record, "operation")) == 12


def test_what_was_computed_before_the_widgets_came_is_not_kept_unless_somebody_holds_it():
    code = """
import minigrad as torch
x = torch.ones(2, requires_grad=True)
y = x + 1
z = (y * 2) + 3
from widgets.trace import trace
for n in trace(z, frames=False)["nodes"]:
    if n["kind"] != "operation":
        print(n["name"], n["why_no_value"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["x None", "y None", "y*2 not kept", "z None"]


def test_nan_and_infinity_survive_as_json():
    x = torch.tensor([float("nan"), float("inf"), 1.0], requires_grad=True)
    record = trace((x * 2).sum(), frames=True)
    json.loads(json.dumps(record, allow_nan=False))
    assert nodes(record, "leaf")[0]["value"]["labels"] == ["nan", "inf", "1"]


def test_a_big_tensor_is_summarised():
    x = torch.randn(100, 50, requires_grad=True)
    record = trace((x * x).sum(), frames=True)
    value = nodes(record, "leaf")[0]["value"]
    assert value["values"] is None and value["labels"] is None
    assert value["summary"].startswith("100×50 · ")
    assert (len(value["heat"]), len(value["heat"][0])) == (6, 8)
    assert max(abs(h) for row in value["heat"] for h in row) <= 1


def test_the_trace_of_a_thousand_nodes_stays_under_a_megabyte():
    x = torch.randn(3, requires_grad=True)
    y = x
    for _ in range(500):
        y = y * 1.001
    record = trace(y.sum(), frames=False)
    assert len(record["nodes"]) > 1000
    assert len(json.dumps(record, ensure_ascii=False).encode()) < 1_000_000


@pytest.mark.parametrize("wrong", [3, None, "x", [1.0], np.ones(3)])
def test_what_is_no_tensor_is_refused_by_name(wrong):
    with pytest.raises(TypeError, match="expected a minigrad tensor or one of PyTorch, got"):
        trace(wrong, frames=False)


def test_a_tensor_without_a_graph():
    x = torch.ones(2, requires_grad=True)
    record = trace(x, frames=False)
    assert [n["kind"] for n in record["nodes"]] == ["leaf"]
    with pytest.raises(RuntimeError, match="does not require grad"):
        trace(torch.ones(1), frames=True)


def test_a_wrong_cotangent_raises_the_engines_error():
    x = torch.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="Mismatch in shape"):
        trace(x * 2, torch.ones(2), frames=True)


def test_tracing_keeps_no_graph_alive():
    def traced():
        x = torch.ones(2, requires_grad=True)
        z = (x * x).sum()
        trace(z, frames=True)
        return weakref.ref(z.grad_fn)

    node = traced()
    gc.collect()
    assert node() is None


def test_every_operation_of_the_engine_has_words():
    def subclasses(cls):
        return {cls, *(s for c in cls.__subclasses__() for s in subclasses(c))}

    operations = {*subclasses(Operation) - {Operation, View}, CopySlices}
    operations = {c for c in operations if not c.__name__.startswith("_")}
    assert {cls.name(cls.__new__(cls)) for cls in operations} == set(WORDS)


@pytest.mark.parametrize(
    ("compute", "written"),
    [
        (lambda x, y: x.permute(1, 0), "x.T"),
        (lambda x, y: x[None].permute(1, 0, 2), "x.unsqueeze(0).permute(1, 0, 2)"),
        (lambda x, y: 1 - (x + y), "1-(x+y)"),
        (lambda x, y: (x * y).reciprocal(), "1/(x*y)"),
        (lambda x, y: torch.cat([x, y, x + y], dim=1), "cat([x, y, x+y], 1)"),
        (lambda x, y: torch.clamp(x, y, y), "clamp(x, y, y)"),
        (lambda x, y: x.sum(1), "sum(x, 1)"),
    ],
)
def test_operations_are_written_as_the_learner_would(compute, written):
    x, y = torch.ones(2, 2, requires_grad=True), torch.ones(2, 2, requires_grad=True)
    result = compute(x, y)
    record = trace(result, torch.ones(result.shape), frames=True, variables={"x": x, "y": y})
    assert record["name"] == written


def test_a_sum_along_a_dimension_has_no_diagonal_jacobian():
    x = torch.ones(2, 3, requires_grad=True)
    (along,) = nodes(trace(x.sum(1), frames=False), "operation")
    (whole,) = nodes(trace(x.sum(), frames=False), "operation")
    assert along["locals"][0]["value"] is None and along["locals"][0]["prefix"] == ""
    assert whole["locals"][0]["value"]["text"] == "[[1, 1, 1], [1, 1, 1]]"


def values(record):
    """The text of each tensor's value, by name; None where it is not known."""
    return {n["name"]: n["value"] and n["value"]["text"] for n in record["nodes"] if n["kind"] != "operation"}


def contributions(record):
    """(operation, what it sent) of each contribution."""
    operations = {n["id"]: n["operation"] for n in nodes(record, "operation")}
    return [
        (operations[f["operation"]], f["contribution"]["text"]) for f in record["frames"] if f["kind"] == "contribution"
    ]


def test_an_in_place_operation_shows_what_it_wrote():
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.add_(1)
    z = y * 3
    assert values(trace(z, frames=False)) == {"x": "[1, 1]", "x*2": "[2, 2]", "y": "[3, 3]", "z": "[9, 9]"}
    y.mul_(10)
    assert values(trace(z, frames=False))["x*2+1"] == "[3, 3]", "what z was computed from"


def test_writing_into_a_view_goes_through_the_base():
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    y[1:] = x[:2] * 7
    record = trace(y.sum(), frames=True)
    assert values(record)["y"] == "[2, 7, 14]"
    assert [sent for name, sent in contributions(record) if name.endswith("CopySlices")] == ["[1, 0, 0]", "[1, 1]"]
    assert next(f for f in record["frames"] if f["kind"] == "accumulate")["new"]["text"] == "[9, 7, 0]"


@pytest.mark.parametrize("which", ["x", "data", "y"])
def test_a_tensor_changed_after_it_was_used_shows_no_value_it_did_not_have(which):
    x = torch.ones(2, requires_grad=True)
    data = torch.ones(2)
    y = x + data
    z = y * 3
    with torch.no_grad():
        {"x": x, "data": data, "y": y}[which].add_(10)
    right = {"x": "[1, 1]", "data": "[1, 1]", "y": "[2, 2]", "z": "[6, 6]"}
    assert values(trace(z, frames=False)) == (right if which == "y" else right | {which: None})


def test_a_tensor_changed_before_it_was_used_shows_no_value_it_did_not_have():
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    with torch.no_grad():
        y.zero_()
    z = (y * 3).sum()
    record = trace(z, frames=True)
    assert values(record)["y"] is None
    assert "changed in place" in words(record["frames"][0])


def test_the_backward_pass_of_a_leaf_alone():
    x = torch.tensor(3.0, requires_grad=True)
    record = trace(x, frames=True)
    assert [f["kind"] for f in record["frames"]] == ["seed", "accumulate", "end"]
    assert x.grad is None


def test_a_constant_that_becomes_a_leaf_is_a_leaf():
    w, late = torch.ones(2, requires_grad=True), torch.ones(2)
    product = w * late
    late.requires_grad_()
    record = trace(product * late, frames=False)
    assert {n["name"] for n in nodes(record, "leaf")} == {"w", "late"}


def test_second_derivatives_are_explained_too():
    x = torch.tensor(0.5, requires_grad=True)
    (slope,) = torch.autograd.grad(x.tanh(), x, create_graph=True)
    record = trace(slope, frames=True)
    for frame in (f for f in record["frames"] if f["kind"] == "contribution"):
        product = frame["upstream"]["values"][0] * frame["local"]["value"]["values"][0]
        assert frame["contribution"]["values"] == pytest.approx([product])
    (expected,) = torch.autograd.grad(slope, x)
    assert numbers(record["frames"][-2]["new"]) == [expected.item()]


@pytest.mark.parametrize(("exponent", "formula"), [(2, "2·in"), (0.5, "0.5·in⁻⁰·⁵"), (-1, "−1·in⁻²"), (1, "1")])
def test_the_derivative_of_a_power_is_written_as_one(exponent, formula):
    x = torch.tensor(2.0, requires_grad=True)
    operation = nodes(trace(x**exponent, frames=False), "operation")[0]
    assert operation["locals"][0]["formula"] == f"∂out/∂in = {formula}"


def test_a_view_that_lost_its_history_spoils_no_other_graph():
    base = torch.ones(3, requires_grad=True) * 2
    with torch.no_grad():
        view = base[:1]
    base.add_(1)
    x = torch.ones(1, requires_grad=True)
    assert trace(x * 2, frames=False, variables={"view": view, "x": x})["name"] == "x*2"


def test_variables_may_have_any_key():
    x = torch.ones(1, requires_grad=True)
    assert trace(x * 2, frames=False, variables={3: x, "x": x})["name"] == "x*2"


weights_of_the_module = torch.ones(2, requires_grad=True)


def test_a_tensor_goes_by_the_name_it_has_where_the_widget_is_made():
    w = weights_of_the_module
    assert "w" in values(trace(w * 2, frames=False))


leaf = "no tensor"


def test_a_tensor_without_a_name_has_no_line_of_a_variable_called_like_its_kind():
    y = torch.ones(2, requires_grad=True) * torch.ones(2)
    record = trace(y, frames=False)
    assert [c["text"] for c in record["code"]] == ["y = torch.ones(2, requires_grad=True) * torch.ones(2)"]


def test_files_of_the_kernel_itself_are_not_the_learners(monkeypatch):
    for name in ("/lib/ipykernel/kernelbase.py", "/lib/ipykernel_launcher.py"):
        monkeypatch.setitem(linecache.cache, name, (1, None, ["handed = 1\n"], name))
    cell = "/tmp/ipykernel_12/34.py"
    monkeypatch.setitem(linecache.cache, cell, (1, None, ["handed = tensor(1.)\n"], cell))
    monkeypatch.setitem(linecache.cache, "/lib/ipykernel/last.py", (1, None, ["handed = 2\n"], "last.py"))
    assert [line["text"] for line in Code([], ["handed"]).lines] == ["handed = tensor(1.)"]


class Split(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2, x * 3

    @staticmethod
    def backward(ctx, g, h):
        return g * 2 + h * 3


def test_a_function_of_the_learners_own_with_two_outputs():
    x = torch.ones(2, requires_grad=True)
    double, triple = Split.apply(x)
    record = trace((double * triple).sum(), frames=True)
    split = nodes(record, "operation")[0]
    assert [values(record)[name] for name in ("double", "triple")] == ["[2, 2]", "[3, 3]"]
    assert [n["id"] for n in record["nodes"] if n.get("name") in ("double", "triple")] == split["outputs"]
    assert [s["state"] for s in split["saved"]] == ["kept"]
    assert next(f for f in record["frames"] if f["kind"] == "accumulate")["new"]["text"] == "[12, 12]"


class Keeping(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.variable, ctx.parameters, ctx.numbers, ctx.shapes = 3.0, {"a": 1}, (1,), 2
        return x * 3

    @staticmethod
    def backward(ctx, g):
        return g * ctx.variable


def test_a_function_may_keep_what_it_likes_under_any_name():
    x = torch.tensor(2.0, requires_grad=True)
    y = Keeping.apply(x)
    record = trace(y * x, frames=True)
    assert [n["operation"] for n in nodes(record, "operation")] == ["KeepingBackward", "MulBackward0"]
    assert next(f for f in record["frames"] if f["kind"] == "accumulate")["new"]["text"] == "12"


def test_what_runs_when_a_gradient_is_complete_waits_for_the_learners_own_pass():
    w = torch.ones(2, requires_grad=True)
    hidden = w * 2
    hidden.retain_grad()
    steps = []
    w.register_post_accumulate_grad_hook(lambda w: steps.append(w.grad.tolist()))
    loss = (hidden * 3).sum()
    trace(loss, frames=True)
    assert steps == [] and hidden.grad is None
    loss.backward()
    assert steps == [[6.0, 6.0]] and hidden.grad.tolist() == [3.0, 3.0]
