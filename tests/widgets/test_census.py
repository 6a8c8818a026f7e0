import xml.etree.ElementTree as ET

import pytest

import minigrad as torch
from widgets import ComputationGraph
from widgets.census import census, picture


def diamond():
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    return y.exp() + y.tanh() * x


def test_each_operation_counts_once():
    counted = census(diamond())
    assert counted["operations"] == 5 and counted["leaves"] == 1 and counted["depth"] == 4
    assert counted["kinds"] == [["MulBackward0", 2], ["AddBackward0", 1], ["ExpBackward0", 1], ["TanhBackward0", 1]]
    assert counted["first"][0] == "MulBackward0" and counted["last"][-1] == "AddBackward0"


def test_a_leaf_has_nothing_behind_it():
    assert census(torch.ones(2))["operations"] == 0 and census(torch.ones(2))["leaves"] == 1


def test_22_doublings_are_22_operations():
    y = torch.tensor(1.0, requires_grad=True)
    for _ in range(22):
        y = y + y
    assert census(y)["operations"] == 22


def test_pytorchs_graphs_are_counted_the_same_way():
    pytorch = pytest.importorskip("torch")
    x = pytorch.tensor(2.0, requires_grad=True)
    y = x * x
    assert census(y.exp() + y.tanh() * x) == census(diamond())


@pytest.fixture(scope="module")
def huge():
    y = torch.tensor(1.0, requires_grad=True)
    for n in range(50_000):
        y = y * 1.0001 if n % 2 else y + 1
    return ComputationGraph(y)


def test_50_000_operations_are_counted_and_not_drawn(huge):
    assert repr(huge) == (
        "Graph of y: 50,000 operations · 1 leaf · depth 50,000: too big to draw\n"
        "  25,000 × AddBackward0\n"
        "  25,000 × MulBackward0\n"
        "  first: AddBackward0, MulBackward0, AddBackward0, MulBackward0\n"
        "  last: AddBackward0, MulBackward0, AddBackward0, MulBackward0"
    )
    assert len(str(huge.data)) < 10_000
    assert "detach()" in str(huge.data["panels"])


def test_its_picture_is_static_too(huge, tmp_path):
    bundle, _ = huge._repr_mimebundle_()
    assert "25,000" in "".join(ET.fromstring(bundle["image/svg+xml"]).itertext())
    huge.save(tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size < 100_000


def test_a_graph_that_folds_to_too_much_is_counted_as_well():
    scope = {"y": torch.tensor(0.5, requires_grad=True), "ComputationGraph": ComputationGraph}
    exec("y = y.tanh(); " * 600 + "graph = ComputationGraph(y)", scope)
    assert repr(scope["graph"]).startswith("Graph of y: 600 operations · 1 leaf · depth 600: too big to draw")


def test_many_kinds_are_summed_up_and_names_are_text():
    counted = {"kinds": [[f"<b>{n}", 20 - n] for n in range(15)]}
    root = ET.fromstring(picture(counted))
    assert "and 5 other kinds" in "".join(root.itertext())
    assert not any(element.tag.endswith("}b") for element in root.iter())
