"""The same products, from the same passes, in minigrad and in PyTorch."""

import dataclasses

import pytest

import minigrad
from widgets.jacobian import JacobianExplorer
from widgets.products import Passes, Question, measure

torch = pytest.importorskip("torch")

MATRIX = [[1.0, -2.0], [0.5, 3.0], [4.0, 0.0]]
FUNCTIONS = {
    "linear": lambda engine, x: engine.tensor(MATRIX, dtype=x.dtype) @ (x * x),
    "polar": lambda engine, x: engine.stack([x[0] * engine.cos(x[1]), x[0] * engine.sin(x[1])]),
    "scalar": lambda engine, x: (x * x).sum(),
    "identity": lambda engine, x: x,
    "addition": lambda engine, x: x + 2,
    "of another leaf": lambda engine, x: engine.ones(2, dtype=x.dtype, requires_grad=True) * 3,
    "branching": lambda engine, x: x.exp() if x[0].item() > 0 else -x,
}


@pytest.mark.parametrize(("way", "filled"), [("rows", None), ("columns", None), ("rows", 1), ("columns", 0)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_both_engines_find_the_same_by_the_same_passes(name, dtype, way, filled):
    question = Question([1.25, -0.5], None, [0.5, 0.25], way, filled)
    found = []
    for engine in (minigrad, torch):
        like = engine.zeros(1, dtype=getattr(engine, dtype))
        found.append(measure(lambda x, engine=engine: FUNCTIONS[name](engine, x), question, like))
    ours, theirs = map(dataclasses.asdict, found)
    for field in ("y", "vjp", "jvp"):
        assert ours.pop(field) == pytest.approx(theirs.pop(field), rel=1e-6, abs=1e-7), field
    for line, other in zip(ours.pop("lines"), theirs.pop("lines"), strict=True):
        assert line == pytest.approx(other, rel=1e-6, abs=1e-7)
    assert ours == theirs
    assert found[1].agrees


@pytest.mark.parametrize("engine", [minigrad, torch])
def test_no_more_rows_or_columns_than_there_are_take_a_pass(engine):
    def f(x):
        return (x * x).sum()

    like, x = engine.zeros(1), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    columns = measure(f, Question(x, None, x, "columns", 6), like)
    assert columns.line_passes == Passes(forward=6)
    rows = measure(f, Question(x, None, x, "rows", 6), like, columns)
    assert rows.line_passes == rows.ran == Passes(backward=1)
    assert rows.lines == [[2.0, 4.0, 6.0, 8.0, 10.0, 12.0]]


def test_pytorch_too_runs_no_more_than_it_needs():
    def f(x):
        return torch.tensor(MATRIX) @ (x * x)

    like = torch.zeros(1)
    first = measure(f, Question([1.0, 2.0], None, [1.0, 0.5]), like)
    assert first.ran == Passes(backward=4, forward=1)
    assert measure(f, Question([1.0, 2.0], [0.0, 1.0, 0.0], [1.0, 0.5]), like, first).ran == Passes(backward=1)
    assert measure(f, Question([1.0, 2.0], [1.0, 1.0, 1.0], [1.0, 2.0]), like, first).ran == Passes(forward=1)


@pytest.mark.parametrize(
    ("f", "error", "words"),
    [
        (lambda x: torch.ones(2), RuntimeError, "does not require grad"),
        (lambda x: x.long(), TypeError, "dtype torch.int64"),
        (lambda x: x + 1j, TypeError, "dtype torch.complex64"),
        (lambda x: x.mul_(2), RuntimeError, "a leaf Variable that requires grad"),
        (lambda x: x.repeat(4), ValueError, "shape [8]"),
        (lambda x: minigrad.ones(2), TypeError, "returned a Tensor"),
    ],
)
def test_what_cannot_be_measured_in_pytorch_is_a_clear_error(f, error, words):
    with pytest.raises(error) as caught:
        measure(f, Question([1.0, 2.0], None, [1.0, 0.5]), torch.zeros(1))
    assert words in str(caught.value)


def test_the_explorer_shows_the_same_for_both_engines():
    shown = []
    for engine in (minigrad, torch):
        x = engine.tensor([1.2, 0.6], requires_grad=True)
        v, u = engine.tensor([1.0, 0.5, -0.25]), engine.tensor([1.0, 0.4])
        f = lambda x, engine=engine: engine.stack([x[0] * x[1], x[0] * x[0], x.sum()])  # noqa: E731
        explorer = JacobianExplorer(f, x, v, u)
        explorer.x = [1.0, 2.0]
        explorer.filled = 1
        assert x.grad is None
        shown.append((repr(explorer), {**explorer.result, "sequence": 0}))
    assert shown[0] == shown[1]


def test_complex_numbers_are_refused():
    with pytest.raises(TypeError, match=r"x has dtype torch.complex64. Take x.real"):
        JacobianExplorer(lambda x: x, torch.tensor([1 + 1j]))
