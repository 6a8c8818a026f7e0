"""save and load: what goes in comes out, and nothing else is read."""

import io
import json
import pickle
import zipfile
from collections import OrderedDict

import numpy as np
import pytest

import minigrad as torch


def there_and_back(value):
    file = io.BytesIO()
    torch.save(value, file)
    return torch.load(file)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -3,
        2**70,
        0.1,
        float("-inf"),
        "ä\n",
        [],
        {},
        (1, [2, (3,)], {"a": {4: None}}),
        {(1, 2): "pair", 3: {5, 6}},
        OrderedDict(b=1, a=2),
        torch.Size((2, 3)),
        torch.float64,
        {"tensor": 1, "dict": 2, "list": [{"tuple": 3}]},
    ],
)
def test_plain_values(value):
    loaded = there_and_back(value)
    assert loaded == value
    assert type(loaded) is type(value)
    if isinstance(value, dict):
        assert list(loaded) == list(value)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0), (2, 3)])
def test_tensors(dtype, shape):
    array = (np.arange(np.prod(shape, dtype=int)) % 2).reshape(shape).astype(dtype)
    loaded = there_and_back(torch.tensor(array))
    assert loaded.numpy().dtype == array.dtype
    np.testing.assert_array_equal(loaded.numpy(), array)
    loaded.zero_()


def test_special_numbers_and_views():
    x = torch.tensor([[float("nan"), float("inf")], [-0.0, 1e-45]])
    assert there_and_back(x.T[0]).numpy().tobytes() == np.array([np.nan, -0.0], np.float32).tobytes()


def test_a_leaf_stays_a_leaf_and_one_tensor_one():
    w = torch.ones(2, requires_grad=True)
    a, b, c = there_and_back([w, w, w * 2])
    assert a is b
    assert (a.requires_grad, a.is_leaf, c.requires_grad, c.is_leaf) == (True, True, True, True)


def test_files_by_path(tmp_path):
    torch.save({"w": torch.ones(2)}, tmp_path / "state.pt")
    assert torch.load(str(tmp_path / "state.pt"))["w"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("value", [object(), lambda: 1, print, {"model": torch}, [np.array(["a"])]])
def test_what_is_no_data_is_refused(value):
    with pytest.raises(TypeError, match="cannot save an object of type") as raised:
        there_and_back(value)
    assert "state_dict()" in raised.value.__notes__[0]


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("code of the file was run",))


def archive(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as zipped:
        for name, content in members.items():
            zipped.writestr(name.replace("__", "."), content)
    return file.getvalue()


def array_file(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not an archive",
        pickle.dumps({"a": 1}),
        archive(data__pkl=pickle.dumps(Bomb())),
        archive(structure__json="{"),
        archive(structure__json="[]"),
        archive(structure__json=json.dumps({"format": "minigrad 99", "object": 1})),
        archive(structure__json=json.dumps({"format": "minigrad 1", "object": {"tensor": 0, "requires_grad": False}})),
        archive(structure__json=json.dumps({"format": "minigrad 1", "object": {"eval": "1"}})),
        archive(
            structure__json=json.dumps({"format": "minigrad 1", "object": {"tensor": 0, "requires_grad": False}}),
            **{"0__npy": array_file(np.array([Bomb()], object))},
        ),
    ],
)
def test_foreign_files_are_refused_and_not_run(content):
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed") as raised:
        torch.load(io.BytesIO(content))
    assert "numpy.savez" in raised.value.__notes__[0]
