"""The trace of PyTorch's own graphs: the same as minigrad's of the same program."""

import itertools
import json
import linecache
import re
import subprocess
import sys
import warnings
import weakref
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import minigrad
import widgets
from tests.parity.programs import NEW, STEPS, VIEWS, WRITES, leaf
from widgets.trace import trace

torch = pytest.importorskip("torch")

NUMBER = re.compile(r"−?\d+(?:\.\d+)?(?:e−?\d+)?")


def same(a, b, where="trace"):
    """Assert that two traces agree: numbers up to rounding, everything else exactly."""
    if isinstance(a, dict) and isinstance(b, dict):
        assert a.keys() == b.keys(), where
        for key in a.keys() - {"engine"}:
            if key == "heat":
                assert np.allclose(np.array(a[key], float), np.array(b[key], float), atol=2e-3, equal_nan=True), where
            else:
                same(a[key], b[key], f"{where}.{key}")
    elif isinstance(a, list) and isinstance(b, list):
        assert len(a) == len(b), (where, a, b)
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            same(x, y, f"{where}[{i}]")
    elif isinstance(a, float) and isinstance(b, float):
        assert a == pytest.approx(b, rel=2e-6, abs=1e-6), where
    elif isinstance(a, str) and isinstance(b, str) and a != b:
        # A rounded number may fall to the other side, so texts agree in their words, and in numbers to three digits.
        assert NUMBER.sub("#", a) == NUMBER.sub("#", b), where
        for x, y in zip(NUMBER.findall(a), NUMBER.findall(b), strict=True):
            assert float(x.replace("−", "-")) == pytest.approx(float(y.replace("−", "-")), rel=2e-3, abs=1e-6), where
    else:
        assert a == b, where


# Programs: each with its result, its cotangent, and the learner's variables.


def lesson(torch):
    torch.manual_seed(0)
    x = torch.randn(3, requires_grad=True)
    y = x + 2
    z = y * y * 3
    z = z.mean()
    return z, None, locals()


def diamond(torch):
    a = torch.tensor(2.0, requires_grad=True)
    b = a + a
    c = b * b + b
    return c, None, locals()


def a_tensor_times_itself(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    return y, None, locals()


def broadcasting(torch):
    column = torch.tensor([[1.0], [2.0]], requires_grad=True)
    row = torch.tensor([[1.0, -1.0, 0.5]])
    bias = torch.tensor(0.5, requires_grad=True)
    z = (column * row + bias) ** 2
    return z.sum(), None, locals()


def matrices(torch):
    A = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    B = torch.tensor([[1.0, 0.0], [1.0, 1.0]], requires_grad=True)
    v = torch.tensor([1.0, -1.0])
    C = (A @ B).relu() - B.T
    return C @ v, torch.tensor([1.0, 0.5]), locals()


def arithmetic_with_numbers(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = 1 - x
    z = (2 / x - x / 4) * 2.5 + 2**x - 3
    return (y * z).sum(), None, locals()


def functions(torch):
    x = torch.tensor([0.5, 1.5], requires_grad=True)
    y = torch.exp(x).log() + x.tanh().sigmoid() + torch.sin(x) * x.cos() + x.sqrt().abs()
    return y.softmax(0).prod(), None, locals()


def views(torch):
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    y = x[1:] * x[0, :2].sum() + x.t().reshape(2, 3)[:, -1].unsqueeze(1)
    z = torch.cat([y, x.permute(1, 0).reshape(2, 3)], dim=-2).view(-1)[::2]
    w = torch.stack([z, z.flip(0)])[[1, 0]].transpose(0, -1).squeeze()
    return w.sum(-1), torch.ones(w.shape[0]), locals()


def reductions(torch):
    x = torch.tensor([[1.0, 5.0, 2.0], [4.0, 3.0, 6.0]], requires_grad=True)
    y = x.sum(0) * x.mean(0, keepdim=True) + x.max() - x.max(-1, keepdim=True)[0]
    z = y.amax(1).logsumexp(0) + x.var() + torch.where(x > 3, x, x * 0).sum()
    return z, None, locals()


def in_place(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    y.add_(1)
    y.neg_()
    y[1:] = x[:2] * 7
    v = y[:1]
    v.mul_(3)
    return (y * 2).sum(), None, locals()


def a_data_tensor_changed_after_use(torch):
    x = torch.ones(2, requires_grad=True)
    data = torch.ones(2)
    y = x + data
    z = y * 3
    with torch.no_grad():
        data.add_(10)
    return z.sum(), None, locals()


def a_second_pass(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    z = (x * x).sum()
    z.backward(retain_graph=True)
    return z, None, locals()


def hooks(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.register_hook(lambda g: g * 10)
    y.retain_grad()
    z = (y * y).sum()
    z.grad_fn.register_hook(lambda sent, upstream: tuple(g + 1 for g in sent))
    return z, None, locals()


def second_derivative(torch):
    x = torch.tensor(0.5, requires_grad=True)
    (slope,) = torch.autograd.grad(x.tanh(), x, create_graph=True)
    return slope, None, locals()


def double_precision(torch):
    x = torch.tensor([0.1, 0.2], dtype=torch.float64, requires_grad=True)
    y = x.float() * torch.tensor([3, 4])
    return y.sum(), None, locals()


def a_small_network(torch):
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    W1, b1, W2, b2 = model.parameters()
    inputs, targets = torch.randn(5, 3), torch.randn(5, 2)
    loss = torch.nn.MSELoss()(model(inputs), targets)
    return loss, None, locals()


def a_small_classifier(torch):
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    inputs, classes = torch.randn(5, 3), torch.tensor([0, 1, 1, 0, 1])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    torch.nn.CrossEntropyLoss()(model(inputs), classes).backward()
    optimizer.step()
    loss = torch.nn.CrossEntropyLoss()(model(inputs), classes)
    return loss, None, locals()


def a_leaf_alone(torch):
    x = torch.tensor(3.0, requires_grad=True)
    return x, None, locals()


def a_chain(torch):
    x = torch.ones(1, requires_grad=True)
    y = x
    for _ in range(12):
        y = y * 1.1
    return y.sum(), None, locals()


PROGRAMS = [
    lesson,
    diamond,
    a_tensor_times_itself,
    broadcasting,
    matrices,
    arithmetic_with_numbers,
    functions,
    views,
    reductions,
    in_place,
    a_data_tensor_changed_after_use,
    a_second_pass,
    hooks,
    second_derivative,
    double_precision,
    a_small_network,
    a_small_classifier,
    a_leaf_alone,
    a_chain,
]


def run(program, engine):
    with widgets.record():
        result, gradient, variables = program(engine)
    return result, gradient, {name: value for name, value in variables.items() if name != "torch"}


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_both_engines_give_one_trace(program):
    traces = []
    for engine in (minigrad, torch):
        result, gradient, variables = run(program, engine)
        traces.append(trace(result, gradient, frames=True, variables=variables))
        json.dumps(traces[-1], allow_nan=False)
    same(*traces)


def words(picture):
    return [element.text for element in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("program", [lesson, matrices, in_place, a_small_network], ids=lambda p: p.__name__)
def test_both_engines_give_one_picture(program, monkeypatch):
    shown = []
    for engine in (minigrad, torch):
        result, gradient, variables = run(program, engine)
        monkeypatch.setattr("widgets.trace.learner_variables", lambda variables=variables: variables)
        for view in (widgets.ComputationGraph(result), widgets.BackwardStepper(result, gradient)):
            shown.append((repr(view), words(view._repr_mimebundle_()[0]["image/svg+xml"])))
    assert shown[:2] == shown[2:]


# But for writes that autograd does not hear of, and flags that are turned over on the way.
TRACED = [
    *NEW,
    *(set(VIEWS) - {"data"}),
    *(set(WRITES) - {"write the data", "write through detach", "track", "untrack", "switch"}),
]
step = st.tuples(st.sampled_from(sorted(TRACED)), st.integers(0, 30), st.integers(0, 30), st.booleans())


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.tuples(st.lists(leaf, min_size=1, max_size=3), st.lists(step, min_size=1, max_size=12)))
def test_random_programs_have_one_trace(program):
    leaves, steps = program
    traces = []
    for engine in (minigrad, torch):
        with warnings.catch_warnings(), widgets.record():
            warnings.simplefilter("ignore")
            draw = np.random.default_rng(0)
            tensors = []
            for shape, dtype, tracked in [((2, 3), "float32", True), *leaves]:
                array = np.asarray(draw.uniform(-2, 2, shape)).astype(dtype)
                tensors.append(engine.tensor(array, requires_grad=tracked and dtype.startswith("float")))
            for name, first, second, untracked in steps:
                operands = [tensors[-1 - first % len(tensors)], tensors[-1 - second % len(tensors)]]
                try:
                    with engine.set_grad_enabled(not (untracked and name in NEW)):
                        made = STEPS[name](engine, *operands)
                except (RuntimeError, IndexError, TypeError, ValueError, StopIteration):
                    continue  # that both refuse the same is tested elsewhere
                tensors += [] if made is None else [made]
            result = next((x for x in reversed(tensors) if x.requires_grad), tensors[0])
            variables = {f"t{i}": tensor for i, tensor in enumerate(tensors)}
            cotangent = engine.ones(tuple(result.shape), dtype=result.dtype)
            try:
                traces.append(trace(result, cotangent, frames=True, variables=variables))
            except RuntimeError as error:
                traces.append({"error": str(error).split(":")[0]})
    same(*map(comparable, traces))


def comparable(record):
    """The trace without what engines may do in ways of their own.

    Of leaves that are complete at once, PyTorch takes the one that was complete first, minigrad the oldest; they differ
    where a leaf has been used before in another graph. And a view whose base was written to gets its new node where
    somebody asks for it, which may be on another line; an error that speaks of it may then name its newer node.
    """
    frames = [{**frame, "line": None} for frame in record.get("frames", [])]
    for frame in frames:
        if frame["error"]:
            frame["error"] = {**frame["error"], "text": frame["error"]["text"].split(":")[0]}
    runs = [list(run) for _, run in itertools.groupby(frames, key=lambda frame: frame["kind"])]
    ordered = [sorted(run, key=lambda f: f["tensor"]) if run[0]["kind"] == "accumulate" else run for run in runs]
    nodes = [{**node, "line": None, "place": None} for node in record.get("nodes", [])]
    return {**record, "nodes": nodes, "frames": list(itertools.chain(*ordered)), "code": []}


# What PyTorch keeps, and what it does not


def nodes(record, kind):
    return [n for n in record["nodes"] if n["kind"] == kind]


def values(record):
    """The text of each tensor's value, by name, or why there is none."""
    tensors = [n for n in record["nodes"] if n["kind"] != "operation"]
    return {n["name"]: n["value"]["text"] if n["value"] else n["why_no_value"] for n in tensors}


def test_without_notes_what_nobody_kept_is_not_kept():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x + 2
    z = (y * y * 3).mean()
    record = trace(z, frames=True)
    assert values(record) == {"x": "[1, 2]", "y": "[3, 4]", "y*y": "not kept", "y*y*3": "not kept", "z": "37.5"}
    assert [o["symbol"] for o in nodes(record, "operation")] == ["+", "×", "×3", "mean"], "of x + 2 nobody kept the 2"
    assert "nobody kept its value" in "".join(part for _, part in record["frames"][1]["sentence"])


def test_without_notes_an_unnamed_result_is_shown_where_the_graph_saves_it():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    record = trace(((x + 1) * torch.tensor([2.0, 3.0])).exp().sum(), frames=False)
    assert values(record)["exp((x+…)*data)"] == "[54.6, 8103]", "exp saves its result"
    assert values(record)["x+…"] == "not kept"
    assert values(record)["data"] == "[2, 3]", "the product saves its other factor"


def test_without_notes_no_value_is_shown_that_may_be_another():
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    saved = (1 - x) * 2
    z = y * 3 + saved * saved
    with torch.no_grad():
        y.add_(1)
        saved.add_(1)
    assert values(trace(z, frames=False))["y"] == "not kept", "nobody knows which of the two was used"
    assert values(trace(z, frames=False))["saved"] == "changed since"


def test_a_freed_graph_still_shows_and_says_so():
    x = torch.ones(2, requires_grad=True)
    z = (x * x).sum()
    z.backward()
    record = trace(z, frames=False)
    assert [s["state"] for o in nodes(record, "operation") for s in o["saved"]] == ["freed", "freed"]
    last = trace(z, frames=True)["frames"][-1]
    assert (last["kind"], last["operation"]) == ("error", "op0")
    assert "a second time" in last["error"]["text"]
    assert x.grad.tolist() == [2.0, 2.0]


def test_a_saved_tensor_that_was_overwritten_is_marked():
    with widgets.record():
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        z = y * y
        y.add_(1)
    record = trace(z, frames=False)
    assert [(s["of"], s["state"], s["version"]) for s in nodes(record, "operation")[1]["saved"]] == [
        ("x*2", "modified", 0),
        ("x*2", "modified", 0),
    ]
    assert values(record)["x*2"] == "[2, 2]"


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3, x * 2

    @staticmethod
    def backward(ctx, g, h):
        (x,) = ctx.saved_tensors
        return 3 * x * x * g + 2 * h


def test_a_function_of_the_learners_own_with_two_outputs():
    with widgets.record():
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        cube, double = Cube.apply(x)
        z = (cube * double).sum()
    record = trace(z, frames=True)
    assert values(record)["cube"] == "[1, 8]" and values(record)["double"] == "[2, 4]"
    own = nodes(record, "operation")[0]
    assert own["operation"] == "CubeBackward" and len(own["outputs"]) == 2
    assert [(s["of"], s["state"]) for s in own["saved"]] == [("x", "kept")]
    assert next(f for f in record["frames"] if f["kind"] == "accumulate")["new"]["text"] == "[8, 64]"


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


def test_the_pieces_of_one_tensor_have_one_node():
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    first, _, last = x.unbind()
    record = trace(first * last, frames=True, variables={"x": x})
    assert values(record)["x.unbind()[2]"] == "3"
    assert [f["new"]["text"] for f in record["frames"] if f["kind"] == "accumulate"] == ["[3, 0, 1]"]


def test_a_leaf_that_no_gradient_reaches():
    x = torch.tensor(1.5, requires_grad=True)
    with torch.no_grad():
        y = x.t()
    assert y.requires_grad and values(trace(y, frames=False)) == {"y": "1.5"}


# What the learner has stays as it is


def test_the_learners_gradients_hooks_and_graph_are_left_alone():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    steps = []
    x.register_post_accumulate_grad_hook(lambda leaf: steps.append(leaf.grad.tolist()))
    z = (y * y).sum()
    z.backward(retain_graph=True)
    grad, kept, before = x.grad, y.grad, [x.grad.tolist(), y.grad.tolist()]
    record = trace(z, frames=True)
    assert x.grad is grad and y.grad is kept
    assert [x.grad.tolist(), y.grad.tolist()] == before and len(steps) == 1
    arrived = next(f for f in record["frames"] if f["kind"] == "accumulate")
    assert (arrived["old"]["text"], arrived["new"]["text"]) == ("[18, 36]", "[36, 72]")
    z.backward()
    assert steps == [[18.0, 36.0], [36.0, 72.0]]


def test_a_pass_that_fails_leaves_no_trace_behind():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3

    def refuse(gradient):
        raise ArithmeticError("no")

    handle = y.register_hook(refuse)
    z = (y * y).sum()
    last = trace(z, frames=True)["frames"][-1]
    assert (last["operation"], last["error"]["text"]) == ("op0", "no")
    handle.remove()
    handle = x.register_hook(refuse)
    last = trace(z, frames=True, variables={"x": x})["frames"][-1]
    assert last["operation"] is None and last["sentence"][0] == ["strong", "AccumulateGrad"]
    handle.remove()
    assert x.grad is None
    z.backward()
    assert x.grad.tolist() == [18.0, 36.0]


def test_two_passes_over_a_kept_graph_add_up_and_one_that_frees_is_refused():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    z = (x * x).sum()
    frames = trace(z, frames=True, retain_graph=True, passes=2)["frames"]
    first, second = (frame for frame in frames if frame["kind"] == "accumulate")
    assert (first["old"], first["new"]["text"]) == (None, "[2, 4]")
    assert (second["old"]["text"], second["new"]["text"]) == ("[2, 4]", "[4, 8]")
    with pytest.raises(ValueError, match="call backward\\(\\) first and step then"):
        trace(z, frames=True, passes=2)
    assert x.grad is None


def test_notes_live_no_longer_than_the_graph():
    with widgets.record():
        x = torch.ones(2, requires_grad=True)
        data = torch.ones(2)
        z = (x + data).exp().sum()
    trace(z, frames=True, variables={})
    noted = weakref.ref(data)
    del data
    assert noted() is not None, "the note holds it, the addition does not"
    del z
    assert noted() is None


def test_a_trace_inside_the_block_is_the_same_as_after_it():
    with widgets.record(), widgets.record():
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        z = (x + 2) * 3
        inside = trace(z.sum(), frames=True)
        z = z.sum()
    after = trace(z, frames=True)
    assert inside["frames"][-2]["new"] == after["frames"][-2]["new"]
    assert values(after) == {"x": "[1, 2]", "x+2": "[3, 4]", "(x+2)*3": "[9, 12]", "z": "21"}


def test_after_the_block_nothing_is_noted():
    with pytest.raises(ZeroDivisionError), widgets.record():
        raise ZeroDivisionError
    x = torch.ones(2, requires_grad=True)
    assert values(trace((x + 1) * 2, frames=False))["x+…"] == "not kept"


def test_a_big_value_is_not_copied():
    with widgets.record():
        x = torch.ones(300, 300, requires_grad=True)
        z = (x + 1).sum()
    assert values(trace(z, frames=False))["x+1"] == "not kept"


def test_the_widgets_do_not_import_pytorch():
    code = """
import sys
import minigrad as torch, widgets
with widgets.record():
    x = torch.ones(2, requires_grad=True)
    y = x * 2
widgets.BackwardStepper(y.sum())
print("torch" in sys.modules)
torch.as_torch()
with widgets.record():
    print(widgets.ComputationGraph(x + 1))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[:2] == ["False", "Graph of x+1: 2 tensors · 1 operation · 1 leaf"]


# What cannot be shown


@pytest.mark.filterwarnings("ignore:.*quantize")
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: torch.ones(2, dtype=torch.complex64), "complex64. Take its real part"),
        (lambda: torch.view_as_complex(torch.ones(2, 2, requires_grad=True) * 1).abs(), "complex64"),
        (lambda: torch.ones(2, 2).to_sparse(), "layout sparse_coo. Make it dense"),
        (lambda: torch.ones(2, device="meta"), "device meta. Compute on the CPU"),
        (lambda: torch.nested.nested_tensor([torch.ones(2)], layout=torch.jagged), "nested|layout jagged"),
        (lambda: torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8), "quantized"),
    ],
)
def test_tensors_that_no_widget_can_show_are_refused(make, message):
    with pytest.raises(TypeError, match=message):
        trace(make(), frames=False)


@pytest.mark.parametrize("transform", [torch.func.grad, torch.vmap])
def test_inside_a_transform_of_torch_func_there_is_no_graph(transform):
    def f(x):
        trace(x * 2, frames=False)
        return x

    with pytest.raises(TypeError, match=r"belongs to a transform of torch\.func"):
        transform(f)(torch.tensor(1.0) if transform is torch.func.grad else torch.ones(2))


@pytest.mark.parametrize("tensor, gradient", [(torch, minigrad), (minigrad, torch)], ids=["torch", "minigrad"])
def test_a_cotangent_of_the_other_engine_is_refused(tensor, gradient):
    y = tensor.ones(2, requires_grad=True) * 2
    with pytest.raises(TypeError, match="gradient"):
        trace(y, gradient.ones(2), frames=True)


@pytest.mark.parametrize(
    ("make", "gradient", "message"),
    [
        (lambda t: t.ones(2, requires_grad=True) * 2, None, "only for scalar outputs"),
        (lambda t: t.ones(2, requires_grad=True) * 2, lambda t: t.ones(3), "Mismatch in shape"),
        (lambda t: t.ones(()), None, "does not require grad"),
    ],
)
def test_both_engines_refuse_in_the_same_words(make, gradient, message):
    for engine in (torch, minigrad):
        with pytest.raises(RuntimeError, match=message):
            trace(make(engine), gradient and gradient(engine), frames=True)


def test_half_precision_adds_up_as_pytorch_does():
    with widgets.record():
        x = torch.tensor([1.0], dtype=torch.bfloat16, requires_grad=True)
        z = (x * 256.0 + x).sum()
    record = trace(z, frames=True)
    z.backward()
    assert x.grad.item() == 256.0, "257 does not fit"
    assert next(f for f in record["frames"] if f["kind"] == "accumulate")["new"]["values"] == [256.0]
    assert nodes(record, "leaf")[0]["dtype"] == "bfloat16"


def test_without_notes_a_named_result_has_the_line_that_defines_it(monkeypatch):
    cell = "/tmp/ipykernel_12/34.py"
    source = ["x = torch.ones(2, requires_grad=True)\n", "y = x + 2\n", "z = y * y * 3\n", "z = z.mean()\n"]
    monkeypatch.setitem(linecache.cache, cell, (1, None, source, cell))
    variables = {"torch": torch}
    exec("".join(source), variables)
    record = trace(variables["z"], frames=True, variables=variables)
    assert [line["text"] for line in record["code"]] == [*map(str.strip, source), "z.backward()"]
    assert [o["line"] for o in nodes(record, "operation")] == [2, None, None, 4]
