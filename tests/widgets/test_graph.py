import xml.etree.ElementTree as ET

import pytest
import traitlets

import minigrad as torch
from widgets.graph import ComputationGraph


def lesson():
    torch.manual_seed(0)
    x = torch.randn(3, requires_grad=True)
    y = x + 2
    z = y * y * 3
    z = z.mean()
    return ComputationGraph(z), x, y, z


def panel(graph, name):
    """The panel of the node of that name, as (heading, terms, sentence) twice."""
    key = next(key for key, panels in graph.data["panels"].items() if panels[0]["heading"] == name)
    return [
        (part["heading"], part["terms"], "".join(words for _, words in part["say"]))
        for part in graph.data["panels"][key]
    ]


def test_its_text_holds_the_numbers():
    assert repr(lesson()[0]) == (
        "Graph of z: 5 tensors · 4 operations · 1 leaf\n"
        "  x  leaf  [1.541, −0.2934, −2.179]\n"
        "  y  AddBackward0  [3.541, 1.707, −0.1788]\n"
        "  y*y  MulBackward0  [12.54, 2.912, 0.03197]\n"
        "  y*y*3  MulBackward0  [37.62, 8.737, 0.0959]\n"
        "  z  MeanBackward0  15.48"
    )


def test_the_gradients_that_are_there_are_shown():
    _, x, _, z = lesson()
    assert x.grad is None
    z.backward(retain_graph=True)
    graph = ComputationGraph(z)
    assert "x  leaf  [1.541, −0.2934, −2.179]  grad [7.082, 3.413, −0.3576]" in repr(graph)
    assert ["x.grad", "[7.082, 3.413, −0.3576]", "grad"] in panel(graph, "x")[0][1]
    assert "7.08" in graph._picture()


def test_an_operation_tells_its_local_derivatives_and_what_it_saved():
    graph = lesson()[0]
    (_, locals_, note), (heading, saved, warning) = panel(graph, "MulBackward0")
    assert locals_ == [
        ["∂out/∂first = second", "diag [3.541, 1.707, −0.1788]", "value"],
        ["∂out/∂second = first", "diag [3.541, 1.707, −0.1788]", "value"],
    ]
    twice, diagonal = "Both inputs are y: two edges, two contributions.", "each element depends on the input element in"
    assert note.startswith(f"{twice} diag: {diagonal} its own place")
    assert heading == "Saved for backward"
    assert [term[0] for term in saved] == ["self (y, version 0)", "other (y, version 0)"]
    assert warning == "Changing y in place before backward() would raise: the version would no longer be 0."


def test_a_graph_that_was_freed_says_so():
    *_, z = lesson()
    z.backward()
    _, (_, saved, words) = panel(ComputationGraph(z), "MulBackward0")
    assert saved[0][1:] == ["freed", "error"]
    assert words.startswith("Freed by backward(): going back through it again would raise.")


def test_a_saved_tensor_changed_in_place_is_named():
    _, _, y, z = lesson()
    with torch.no_grad():
        y.zero_()
    _, (_, saved, words) = panel(ComputationGraph(z), "MulBackward0")
    assert words == "y was changed in place after version 0 was saved: backward() will raise."
    assert saved[0][2] == "error"
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.backward()


def test_it_opens_on_the_last_operation_that_saved_something():
    graph = lesson()[0]
    operation, saved = graph.data["panels"][graph.selected]
    assert operation["heading"] == "MulBackward0"
    assert [term[0] for term in saved["terms"]] == ["self (y, version 0)", "other (y, version 0)"]


def test_it_opens_on_the_last_operation_where_none_saved_anything():
    x = torch.ones(2, requires_grad=True)
    graph = ComputationGraph((x + 1).sum())
    assert graph.data["panels"][graph.selected][0]["heading"] == "SumBackward0"


def test_a_leaf_alone_is_a_graph_too():
    w = torch.ones(2, requires_grad=True)
    graph = ComputationGraph(w)
    assert repr(graph) == "Graph of w: 1 tensor · 0 operations · 1 leaf\n  w  leaf  [1, 1]"
    assert graph.data["panels"][graph.selected][0]["heading"] == "w"


def test_a_constant_is_no_leaf_and_gets_nothing_back():
    w = torch.ones(2, requires_grad=True)
    data = torch.tensor([1.0, 2.0])
    loss = (w * data).sum()
    graph = ComputationGraph(loss)
    assert "1 leaf" in repr(graph) and "data  constant  [1, 2]" in repr(graph)
    assert panel(graph, "data")[0][2] == "It does not require grad: nothing flows back to data."


def test_its_static_picture_is_a_picture_of_the_same_graph():
    graph = lesson()[0]
    bundle, _ = graph._repr_mimebundle_()
    assert bundle["text/plain"] == repr(graph)
    root = ET.fromstring(bundle["image/svg+xml"])
    assert root.get("aria-label") == "computation graph of z"
    assert "15.5" in [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]


def test_layers_and_selection_can_be_set_from_python_and_are_checked():
    graph = lesson()[0]
    graph.shown = ["saved"]
    assert 'data-layer="values" display="none"' in graph._picture()
    graph.selected = "t0"
    with pytest.raises(traitlets.TraitError, match="no node of this graph has the id 't99'"):
        graph.selected = "t99"
    assert graph.selected == "t0"
    with pytest.raises(traitlets.TraitError):
        graph.shown = ["everything"]


@pytest.mark.parametrize("given", [3, None, "z", [1.0]])
def test_what_is_no_tensor_is_refused(given):
    with pytest.raises(TypeError, match="expected a minigrad tensor"):
        ComputationGraph(given)


def test_looking_changes_nothing():
    _, x, _, z = lesson()
    assert x.grad is None
    z.backward()
    assert x.grad is not None
