import base64
import json
import xml.etree.ElementTree as ET
import zlib

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


# Boxes


def powers(rounds=10):
    a = torch.tensor(1.0, requires_grad=True)
    y = a
    for _ in range(rounds):
        y = y * 2
    return ComputationGraph(y)


def inside(graph):
    """What the front end unpacks when the first box is opened."""
    return json.loads(zlib.decompress(base64.b64decode(graph.data["inside"])))


def test_a_loop_in_words_has_its_numbers():
    assert repr(powers(6)) == (
        "Graph of y: 7 tensors · 6 operations · 1 leaf\n"
        "  a  leaf  1\n"
        "  [×6]  y = y * 2  MulBackward0\n"
        "    round 1  a*2  MulBackward0  2\n"
        "    round 2  a*2*2  MulBackward0  4\n"
        "    round 3  a*2*2*2  MulBackward0  8\n"
        "    round 4  a*2*2*2*2  MulBackward0  16\n"
        "    round 5  a*2*2*2*2*2  MulBackward0  32\n"
        "    round 6  y  MulBackward0  64\n"
        "  y  MulBackward0  64"
    )
    assert repr(powers(6)) == repr(powers(6))
    assert "    round 4  a*2*2*2*2  MulBackward0  16\n    …\n    round 27  " in repr(powers(30))


def test_a_long_text_is_cut_in_the_middle():
    scope = {"y": torch.tensor(0.5, requires_grad=True), "ComputationGraph": ComputationGraph}
    exec("y = y.tanh(); " * 100 + "graph = ComputationGraph(y)", scope)
    assert len(repr(scope["graph"]).splitlines()) == 62
    assert "… 41 lines more …" in repr(scope["graph"])


def test_it_opens_on_the_loop_and_tells_what_the_rounds_make():
    graph = powers()
    assert graph.selected == "g0"
    (heading, terms, say), (_, made, _) = [
        (part["heading"], part["terms"], "".join(words for _, words in part["say"]))
        for part in graph.data["panels"]["g0"]
    ]
    assert (heading, terms) == ("×10", [["operations", "1 × MulBackward0", ""]])
    assert say.startswith("A loop: the same operation, 10 times.")
    assert made[0] == ["round 1", "2", "value"] and made[-1] == ["round 10", "1024", "value"]


def test_a_box_holds_a_picture_of_every_round_and_where_each_node_is():
    graph = powers()
    box = inside(graph)["boxes"]["g0"]
    assert [r["number"] for r in box["rounds"]] == list(range(1, 11))
    for place, drawn in enumerate(box["rounds"]):
        words = [
            "".join(text.itertext())
            for text in ET.fromstring(drawn["picture"]).iter("{http://www.w3.org/2000/svg}text")
        ]
        assert {str(2**place), str(2 ** (place + 1))} <= set(words)
    assert inside(graph)["where"]["t3"] == [["g0", 3]]
    assert inside(graph)["panels"]["t3"][0]["terms"][0] == ["value", "8", "value"]


def test_of_very_many_rounds_some_are_drawn_the_first_and_the_last_among_them():
    box = inside(powers(2000))["boxes"]["g0"]
    numbers = [r["number"] for r in box["rounds"]]
    assert (numbers[0], numbers[-1], box["total"]) == (1, 2000, 2000)
    assert len(numbers) == 500 and len(set(numbers)) == 500


def test_rounds_stand_in_the_same_places():
    rounds = inside(powers())["boxes"]["g0"]["rounds"]
    bodies = [
        [
            (r.get("x"), r.get("y"), r.get("width"))
            for r in ET.fromstring(drawn["picture"]).iter()
            if "mg-body" in r.get("class", "")
        ]
        for drawn in rounds
    ]
    assert all(same == bodies[1] for same in bodies[1:])
    assert [place[:1] for place in bodies[0]] == [place[:1] for place in bodies[1]]


def test_boxes_can_be_opened_from_python_and_are_checked():
    graph = powers()
    graph.opened = [["g0", 4]]
    with pytest.raises(traitlets.TraitError, match="no box of this graph has the id 'g7'; it has g0"):
        graph.opened = [["g7", 1]]
    with pytest.raises(traitlets.TraitError, match="g0 has rounds 1 to 10, not 11"):
        graph.opened = [["g0", 11]]
    with pytest.raises(traitlets.TraitError, match="its id and the number of a round"):
        graph.opened = [["g0"]]
    assert graph.opened == [["g0", 4]]
    graph.selected = "t5"  # in a round that is folded away
    with pytest.raises(traitlets.TraitError, match="no node of this graph"):
        graph.selected = "t50"


def test_a_modules_box_tells_what_comes_out():
    torch.manual_seed(0)
    model = torch.nn.Sequential(*(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh()) for _ in range(20)))
    graph = ComputationGraph(model(torch.ones(1, 2)).sum())
    what, out = graph.data["panels"]["g3"]
    assert what["heading"] == "3 Sequential"
    assert what["terms"] == [["operations", "1 × TBackward0, 1 × AddmmBackward0, 1 × TanhBackward0", ""]]
    assert len(out["terms"]) == 1 and out["terms"][0][1].startswith("[[")
    assert "[3]  Sequential  TBackward0, AddmmBackward0, TanhBackward0" in repr(graph)


def test_names_and_maths_exclude_each_other():
    graph = lesson()[0]
    graph.shown = ["maths"]
    assert "∂ = y, y" in graph._picture()
    with pytest.raises(traitlets.TraitError, match="show one of them"):
        graph.shown = ["maths", "names"]


def test_a_gradient_that_retain_grad_kept_is_shown():
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    y.retain_grad()
    z = y * 2
    z.backward(retain_graph=True)
    graph = ComputationGraph(z)
    assert "y  MulBackward0  9  grad 2" in repr(graph)
    assert panel(graph, "y")[0][2] == "retain_grad() keeps the gradient that passes through y."


def test_two_widgets_on_one_tensor_are_independent():
    _, _, _, z = lesson()
    first, second = ComputationGraph(z), ComputationGraph(z)
    assert repr(first) == repr(second)
    first.selected = "t0"
    assert second.selected != "t0"


@pytest.mark.parametrize("given", [3, None, "z", [1.0]])
def test_what_is_no_tensor_is_refused(given):
    with pytest.raises(TypeError, match="expected a minigrad tensor"):
        ComputationGraph(given)


def test_looking_changes_nothing():
    _, x, _, z = lesson()
    assert x.grad is None
    z.backward()
    assert x.grad is not None
