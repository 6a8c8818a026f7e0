"""The trace of PyTorch's own graphs: the same as minigrad's of the same program."""

import copy
import gc
import itertools
import json
import re
import subprocess
import sys
import warnings
import weakref
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import minigrad
import widgets
from tests.parity.programs import ARITHMETIC, BINARY, OPERATIONS, programs
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


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(programs)
def test_random_programs_have_one_trace(program):
    leaves, steps, _ = program
    traces = []
    for engine in (minigrad, torch):
        with warnings.catch_warnings(), widgets.record():
            warnings.simplefilter("ignore")
            draw = np.random.default_rng(0)
            tensors = []
            for shape, dtype, tracked in leaves:
                array = np.asarray(draw.uniform(-2, 2, shape)).astype(dtype)
                tensors.append(engine.tensor(array, requires_grad=tracked and dtype.startswith("float")))
            for name, first, second, untracked in steps:
                operands = [tensors[-1 - first % len(tensors)], tensors[-1 - second % len(tensors)]]
                try:
                    with engine.set_grad_enabled(not (untracked and name in ARITHMETIC)):
                        made = OPERATIONS[name](engine, *operands[: 2 if name in BINARY else 1])
                except (RuntimeError, IndexError, TypeError, ValueError):
                    continue  # that both refuse the same is tested elsewhere
                tensors += [] if made is None else [made]
            result = tensors[-1]
            variables = {f"t{i}": tensor for i, tensor in enumerate(tensors)}
            cotangent = engine.ones(tuple(result.shape), dtype=result.dtype)
            try:
                traces.append(trace(result, cotangent, frames=True, variables=variables))
            except RuntimeError as error:
                traces.append({"error": str(error).split(":")[0]})
    same(*map(with_leaves_in_order, traces))


def with_leaves_in_order(record):
    """The trace with the leaves that are complete at once in one order: engines tell of them in theirs.

    PyTorch takes them as they become complete; minigrad by age, which differs only where a leaf has been used before
    in another graph.
    """
    frames = record.get("frames", [])
    runs = [list(run) for _, run in itertools.groupby(frames, key=lambda frame: frame["kind"])]
    ordered = [sorted(run, key=lambda f: f["tensor"]) if run[0]["kind"] == "accumulate" else run for run in runs]
    return {**record, "frames": list(itertools.chain(*ordered))}
