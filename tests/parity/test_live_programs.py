"""Random programs of views and in-place writes: PyTorch and minigrad give the same numbers or the same refusal."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minigrad
from tests.minigrad.test_in_place import SHAPE, programs, run

torch = pytest.importorskip("torch")


def outcome(engine, program, columns, seed):
    draw = np.random.default_rng(seed)
    weights = engine.tensor(draw.uniform(-1, 1, SHAPE))
    x = engine.tensor(draw.uniform(0.5, 1.5, SHAPE), requires_grad=True)
    try:
        value = run(program, x, weights, columns)
        (gradient,) = engine.autograd.grad(value, x)
    except RuntimeError as refused:
        return str(refused)
    return [value.item(), *gradient.reshape(-1).tolist()]


@settings(max_examples=150, deadline=None)
@given(program=programs, columns=st.booleans(), seed=st.integers(0, 5))
def test_both_engines_agree(program, columns, seed):
    expected, found = (outcome(engine, program, columns, seed) for engine in (torch, minigrad))
    if isinstance(expected, str):
        assert found == expected
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
