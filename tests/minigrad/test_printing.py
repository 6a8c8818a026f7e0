"""The text of a tensor, against PyTorch's to the character (tests/parity/record_printing.py)."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from minigrad import printing
from minigrad.printing import tensor_str

FACTS = json.loads((Path(__file__).parents[1] / "parity" / "recorded" / "printing.json").read_text())["facts"]


def array(fact):
    values = fact["values"]
    if isinstance(values, dict):
        start, step = values["ramp"]
        values = start + step * np.arange(math.prod(fact["shape"]))
    with np.errstate(over="ignore"):
        return np.array(values).astype(fact["dtype"]).reshape(fact["shape"])


@pytest.mark.parametrize("dtype", sorted({fact["dtype"] for fact in FACTS}))
def test_text_is_pytorchs(dtype):
    facts = [fact for fact in FACTS if fact["dtype"] == dtype]
    assert len(facts) > 10
    for fact in facts:
        graph = {key: fact[key] for key in ("requires_grad", "grad_fn_name") if key in fact}
        assert tensor_str(array(fact), **graph) == fact["text"]


def test_views_print_as_what_they_show():
    a = np.arange(6.0, dtype=np.float32).reshape(2, 3)
    assert tensor_str(a.T) == "tensor([[0., 3.],\n        [1., 4.],\n        [2., 5.]])"
    assert tensor_str(a[:, ::2]) == "tensor([[0., 2.],\n        [3., 5.]])"
    assert tensor_str(np.broadcast_to(a[0, 1], (3,))) == "tensor([1., 1., 1.])"


def test_the_default_dtype_is_not_named():
    a = np.array([1.5])
    assert tensor_str(a) == "tensor([1.5000], dtype=torch.float64)"
    assert tensor_str(a, default_dtype=np.float64) == "tensor([1.5000])"
    assert tensor_str(a.astype(np.float32), default_dtype=np.float64) == "tensor([1.5000], dtype=torch.float32)"


def test_printing_leaves_the_array_alone():
    a = np.array([np.nan, -1.0, 1e9])
    before = a.tobytes()
    a.flags.writeable = False
    tensor_str(a)
    assert a.tobytes() == before


def test_options_decide(monkeypatch):
    a = np.array([0.5, 1.25, 3.0], np.float32)
    monkeypatch.setattr(printing, "options", printing.PrintOptions(precision=2))
    assert tensor_str(a) == "tensor([0.50, 1.25, 3.00])"
    monkeypatch.setattr(printing, "options", printing.PrintOptions(sci_mode=True))
    assert tensor_str(a) == "tensor([5.0000e-01, 1.2500e+00, 3.0000e+00])"
    monkeypatch.setattr(printing, "options", printing.PrintOptions(sci_mode=False))
    assert tensor_str(a * 1e-6) == "tensor([0.0000, 0.0000, 0.0000])"
    monkeypatch.setattr(printing, "options", printing.PrintOptions(threshold=2, edgeitems=1))
    assert tensor_str(a) == "tensor([0.5000,  ..., 3.0000])"
    monkeypatch.setattr(printing, "options", printing.PrintOptions(linewidth=20))
    assert tensor_str(a) == "tensor([0.5000,\n        1.2500,\n        3.0000])"


@pytest.fixture
def default_options():
    yield
    printing.set_printoptions(profile="default")


@pytest.mark.usefixtures("default_options")
def test_set_printoptions():
    a = np.array([1 / 3, 200.0, -1.0], np.float32)
    printing.set_printoptions(precision=1, sci_mode=True)
    assert tensor_str(a) == "tensor([ 3.3e-01,  2.0e+02, -1.0e+00])"
    printing.set_printoptions(threshold=2, edgeitems=1)
    assert tensor_str(a) == "tensor([ 0.3,  ..., -1.0])"
    printing.set_printoptions(edgeitems=0)
    assert tensor_str(a) == "tensor([...], size=(3,))"
    printing.set_printoptions(profile="full", precision=2)
    assert tensor_str(a) == "tensor([  0.33, 200.00,  -1.00])"
    printing.set_printoptions(profile="default", linewidth=20)
    assert tensor_str(a) == "tensor([  0.3333,\n        200.0000,\n         -1.0000])"
    with pytest.raises(TypeError, match="unexpected keyword argument 'digits'"):
        printing.set_printoptions(digits=3)
