"""Lab 11 says that its engine has fewer than 100 lines and is right; here it is held against PyTorch."""

import contextlib
import io
from pathlib import Path

import nbformat
import numpy as np
import pytest

LAB = Path(__file__).parents[2] / "notebooks/labs/11_build_your_own_autograd.ipynb"
IMPORT = "import minigrad as torch"
CELLS = {cell.id: cell.source for cell in nbformat.read(LAB, as_version=4).cells if cell.cell_type == "code"}
ENGINE = "\n".join(
    ["import itertools", "import numpy as np", *(code for name, code in CELLS.items() if name.startswith("engine-"))]
)
SHAPES = {"s": (), "v": (3,), "row": (1, 3), "column": (4, 1), "m": (4, 3), "q": (3, 3)}
RESULTS = [
    "(s * s + s) * s",
    "s * 2 + (s * 2 + s) * s",
    "s - 3 + s * s - s",
    "(v * 2 - v * v * v).sum()",
    "(m * v).sum() - (m + s).tanh().sum()",
    "(column * row - m).tanh().sum()",
    "((m @ q).tanh() @ q + row).sum() * s",
    "((column - v) * (column - v) * s).sum()",
    "(m @ q - m).sum() + (q @ q).sum()",
]


def engine():
    names: dict = {}
    exec(ENGINE, names)
    return names["Tensor"]


def test_the_engine_has_fewer_than_100_lines():
    assert 40 < len([line for line in ENGINE.splitlines() if line.strip()]) < 100


@pytest.mark.parametrize("result", RESULTS)
def test_two_walks_leave_the_gradients_that_pytorch_leaves(result):
    torch = pytest.importorskip("torch")
    numbers = np.random.default_rng(0)
    start = {name: numbers.normal(size=shape).astype(np.float32) for name, shape in SHAPES.items()}
    own_class = engine()
    own = {name: own_class(value, requires_grad=True) for name, value in start.items()}
    others = {name: torch.tensor(value, requires_grad=True) for name, value in start.items()}
    for leaves in (own, others):
        for _ in range(2):
            eval(result, dict(leaves)).backward()
    assert any(other.grad is not None for other in others.values())
    for name, other in others.items():
        if other.grad is None:
            assert own[name].grad is None
        else:
            assert own[name].grad.shape == SHAPES[name]
            np.testing.assert_allclose(own[name].grad, other.grad.numpy(), rtol=1e-4, atol=1e-5)


def test_a_deep_graph_is_walked_and_a_result_of_many_numbers_asks_for_a_gradient():
    tensor = engine()
    x = y = tensor(1.0, requires_grad=True)
    for _ in range(20_000):
        y = y + x
    y.backward()
    assert x.grad == 20_001
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar outputs"):
        tensor([1.0, 2.0], requires_grad=True).backward()


def printed(engine_import):
    """What the lab prints, cell by cell, with this engine as the second witness."""
    names: dict = {}
    found = {}
    for name, source in CELLS.items():
        if source.startswith("predict("):
            continue
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(source.replace(IMPORT, engine_import), name, "exec"), names)
        found[name] = out.getvalue()
    return found


def test_the_lab_agrees_with_pytorch_as_it_does_with_minigrad():
    pytest.importorskip("torch")
    ours = printed(IMPORT)
    assert ours["compare"].count("True") == 3
    assert ours == printed("import torch")
