"""The sum over paths is the gradient, whatever operations lie on them."""

import numpy as np
import pytest
import torch as pytorch

import minigrad as torch
from widgets.paths import MOST, Paths
from widgets.trace import Trace

PROGRAMS = {
    "product": lambda t, x: (x * x * x).sum(),
    "diamond": lambda t, x: ((x + 1) * (x - 1) + x.exp()).mean(),
    "broadcast": lambda t, x: (x[0] * t.ones(4, 6) + x).sum(),
    "matrix": lambda t, x: (x.reshape(2, 3) @ x.reshape(3, 2)).tanh().sum(),
    "pieces": lambda t, x: (lambda a, b: (a * b).sum() + a.sum())(*x.split(3)),
    "rows": lambda t, x: (lambda a, b: (a / (b * b + 1)).sum())(*x.reshape(2, 3).unbind(0)),
    "joined": lambda t, x: (t.cat([x, x * 2]) ** 3).sum(),
    "stacked": lambda t, x: t.stack([x.sin(), x.cos()]).prod(0).sum(),
    "chosen": lambda t, x: t.where(x > 0, x * 2, x.exp()).sum() + x.max(),
    "indexed": lambda t, x: (x[[0, 0, 2]] * x[1]).sum(),
    "softmax": lambda t, x: (x.softmax(0) * x).sum() + x.logsumexp(0),
    "reduced": lambda t, x: x.std() * x.var() + x.cumsum(0).norm(),
    "in place": lambda t, x: (x * 2).mul_(3).add_(x).sum(),
    "loop": lambda t, x: doubled(x, 5).sum(),
}


def doubled(x, times):
    for _ in range(times):
        x = x + x * 0.5
    return x


@pytest.mark.parametrize("engine", [torch, pytorch])
@pytest.mark.parametrize("name", PROGRAMS)
def test_paths_and_uses_add_up_to_the_gradient(name, engine):
    x = engine.tensor([0.5, -1.0, 2.0, 0.25, 1.5, -0.75], dtype=engine.float64, requires_grad=True)
    out = PROGRAMS[name](engine, x)
    (expected,) = engine.autograd.grad(out, x, retain_graph=True)
    trace = Trace(out, {"x": x, "out": out})
    paths = Paths(trace, trace.tensors[trace.reader.key(x)]["id"], np.ones(()))
    np.testing.assert_allclose(paths.total, expected.numpy(), rtol=1e-12)
    assert sum(use.paths for use in paths.uses) == paths.count > 0
    if paths.count <= MOST:
        assert len(paths.listed) == paths.count
        np.testing.assert_allclose(sum(path.contribution for path in paths.listed), expected.numpy(), rtol=1e-12)
    else:
        assert paths.listed == []


@pytest.mark.parametrize("name", PROGRAMS)
def test_minigrad_follows_a_graph_that_was_freed(name):
    x = torch.tensor([0.5, -1.0, 2.0, 0.25, 1.5, -0.75], dtype=torch.float64, requires_grad=True)
    out = PROGRAMS[name](torch, x)
    out.backward()
    trace = Trace(out, {"x": x, "out": out})
    paths = Paths(trace, trace.tensors[trace.reader.key(x)]["id"], np.ones(()))
    np.testing.assert_allclose(paths.total, x.grad.numpy(), rtol=1e-12)
    with pytest.raises(RuntimeError, match="a second time"):
        (out * 1).backward()  # it is freed as before


def test_an_intermediate_is_a_target_too():
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 2
    z = y * y + x
    trace = Trace(z, {"x": x, "y": y, "z": z})
    paths = Paths(trace, trace.tensors[trace.reader.key(y)]["id"], np.ones((), "float32"))
    assert (paths.count, paths.total) == (2, 12)
    assert [path.factors for path in paths.listed] == [["1", "6"], ["1", "6"]]
