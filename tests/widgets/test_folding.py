import pytest

import minigrad as torch
from minigrad import nn
from widgets.folding import Fold, Folding, operations_of
from widgets.levels import Levels
from widgets.recording import record
from widgets.trace import trace


def folded(tensor, **variables):
    traced = trace(tensor, frames=False, variables={"out": tensor, **variables})
    folding = Folding(traced)
    return traced, folding, Levels(traced, folding)


def kinds(shown):
    """The nodes of a level: a box by its label, an operation by its name, a tensor by its own."""
    return [node.get("label") or node["operation"] if "label" in node or "operation" in node else node["name"]
            for node in shown["nodes"]]  # fmt: skip


def steps(shown):
    """The operations and the boxes of a level."""
    return [node.get("label") or node["operation"] for node in shown["nodes"] if node["kind"] in ("operation", "fold")]


def powers(rounds):
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(rounds):
        y = y * 2
    return folded(y, x=x)


def descent(rounds):
    x, target = torch.randn(4), torch.randn(4)
    w = start = torch.tensor(0.5, requires_grad=True)
    for _ in range(rounds):
        error = x * w - target
        w = w - 0.1 * (error * x).mean()
    return folded(w, start=start, x=x, target=target)


def test_a_line_that_repeats_is_one_box():
    _, folding, levels = powers(10)
    shown = levels.shown(folding.top)
    assert kinds(shown) == ["x", "×10", "out"]
    assert [(edge["source"], edge["consumer"]) for edge in shown["edges"]] == [("t0", "g0")]
    box = shown["nodes"][1]
    assert (box["name"], box["rounds"], box["operations"]) == ("y = y * 2", 10, ["MulBackward0"])
    assert box["outputs"] == [shown["nodes"][2]["id"]]


def test_a_few_rounds_are_left_as_they_are():
    _, folding, levels = powers(3)
    assert [item for item in folding.top.items if isinstance(item, Fold)] == []
    assert len(levels.shown(folding.top)["nodes"]) == 7


def test_one_line_is_no_loop_however_often_it_multiplies():
    x = torch.tensor(2.0, requires_grad=True)
    out = x * x * x * x * x * x * x
    _, folding, _ = folded(out)
    assert len(folding.top.items) == 6


def test_rounds_hold_the_operations_of_one_pass_each():
    traced, folding, levels = descent(6)
    (loop,) = folding.top.items
    names = {node["id"]: node["operation"] for node in traced["nodes"] if node["kind"] == "operation"}
    rounds = [[names[op] for op in operations_of(items)] for items in loop.rounds]
    assert (
        rounds
        == [["MulBackward0", "SubBackward0", "MulBackward0", "MeanBackward0", "MulBackward0", "SubBackward0"]] * 6
    )
    assert kinds(levels.shown(folding.top)) == ["x", "start", "target", "×6", "out"]


def test_what_a_round_takes_over_is_named():
    _, folding, levels = powers(5)
    (loop,) = folding.top.items
    first, third = (levels.shown(folding.level(loop, place)) for place in (0, 2))
    assert [node.get("came") for node in first["nodes"]] == [None, None, None]
    assert [node.get("came") for node in third["nodes"]] == ["round 2 · scalar", None, None]
    assert third["nodes"][-1]["value"]["text"] == "8"


def test_the_first_round_may_lack_operations():
    w = torch.tensor(1.0, requires_grad=True)
    velocity = torch.tensor(0.0)
    position = w
    for _ in range(6):
        velocity = velocity * 0.9
        velocity = velocity + position
        position = position - velocity
    _, folding, _ = folded(position)
    *before, loop = folding.top.items
    assert len(before) == 2  # in the first round nothing but these required grad
    assert [len(list(operations_of(items))) for items in loop.rounds] == [3] * 5


def test_loops_within_loops_are_boxes_within_boxes():
    w = torch.tensor(1.0, requires_grad=True)
    h = w
    for _ in range(6):
        h = h + 1
        for _ in range(5):
            h = h.tanh() * w
    _, folding, levels = folded(h, w=w)
    (outer,) = folding.top.items
    level = folding.level(outer, 3)
    assert steps(levels.shown(level)) == ["AddBackward0", "×5"]
    inner = folding.level(level.items[-1], 1)
    assert steps(levels.shown(inner)) == ["TanhBackward0", "MulBackward0"]


def test_another_way_to_use_the_steps_before_is_another_loop():
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for n in range(12):
        y = y * (y if n >= 6 else x)
    _, folding, _ = folded(y)
    assert [len(loop.rounds) for loop in folding.top.items] == [6, 6]


def test_what_every_round_hands_on_is_one_edge():
    w = torch.ones(12, requires_grad=True)
    out = torch.stack([w[i] * i for i in range(12)]).sum()
    _, folding, levels = folded(out, w=w)
    shown = levels.shown(folding.top)
    assert kinds(shown)[:3] == ["w", "×12", "StackBackward0"]
    assert ("g0", "op24") in [(edge["source"], edge["consumer"]) for edge in shown["edges"]]


def test_what_only_one_round_uses_is_within_it():
    w = torch.tensor(0.1, requires_grad=True)
    data = [torch.tensor(float(n)) for n in range(8)]
    total = w * 0
    for x in data:
        total = total + x * w
    _, folding, levels = folded(total, w=w)
    assert kinds(levels.shown(folding.top)) == ["w", "MulBackward0", "w*0", "×8", "out"]
    loop = folding.top.items[-1]
    assert "data" in kinds(levels.shown(folding.level(loop, 4)))


def test_300_rounds_of_training_are_a_handful_of_nodes():
    traced, folding, levels = descent(300)
    assert len(traced["nodes"]) > 3000
    assert len(levels.shown(folding.top)["nodes"]) == 5


# Modules


@pytest.fixture
def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 2), nn.Sequential(nn.ReLU(), nn.Linear(2, 1)))


def test_operations_know_their_module(network):
    traced, _, _ = folded(network(torch.ones(1, 3)).sum())
    where = [(node["operation"], node["module"]) for node in traced["nodes"] if node["kind"] == "operation"]
    assert where == [
        ("TBackward0", "0"),
        ("AddmmBackward0", "0"),
        ("ReluBackward0", "1.0"),
        ("TBackward0", "1.1"),
        ("AddmmBackward0", "1.1"),
        ("SumBackward0", None),
    ]
    assert {node["name"] for node in traced["nodes"] if node.get("parameter")} == {
        "0.weight", "0.bias", "1.1.weight", "1.1.bias"}  # fmt: skip


def test_open_modules_have_outlines_within_each_other(network):
    data = torch.ones(1, 3)
    traced, folding, levels = folded(network(data).sum(), data=data)
    clusters = levels.shown(folding.top)["clusters"]
    assert [(cluster["label"], cluster["parent"]) for cluster in clusters] == [
        ("Sequential", None),
        ("0 · Linear", 0),
        ("1 · Sequential", 0),
        ("1.0 · ReLU", 2),
        ("1.1 · Linear", 2),
    ]
    names = {node["id"]: node.get("name") for node in traced["nodes"]}
    linear = {names[key] for key in clusters[1]["members"] if names[key]}
    assert linear == {"0.weight", "0.weight.T", "0.bias"}  # and not the data that comes in


def test_in_a_big_network_modules_are_boxes():
    network = nn.Sequential(*(nn.Sequential(nn.Linear(2, 2), nn.Tanh()) for _ in range(20)))
    data = torch.ones(1, 2)
    _, folding, levels = folded(network(data).sum(), data=data)
    shown = levels.shown(folding.top)
    boxes = [node for node in shown["nodes"] if node["kind"] == "fold"]
    assert [(box["label"], box["name"]) for box in boxes] == [(str(n), "Sequential") for n in range(20)]
    assert kinds(shown)[:3] == ["data", "0", "tanh(…)"]
    inside = levels.shown(folding.level(folding.folds[boxes[3]["id"]], 0))
    assert [cluster["label"] for cluster in inside["clusters"]] == ["3.0 · Linear", "3.1 · Tanh"]


def test_two_calls_are_two_modules():
    layer = nn.Linear(2, 2)
    out = layer(layer(torch.ones(1, 2)).tanh())
    _, folding, levels = folded(out)
    assert [cluster["label"] for cluster in levels.shown(folding.top)["clusters"]] == ["Linear", "Linear"]


def test_a_recurrent_cell_is_a_loop_with_a_module_in_it():
    layer, h = nn.Linear(2, 2), torch.ones(1, 2)
    for _ in range(8):
        h = layer(h).tanh()
    _, folding, levels = folded(h)
    (loop,) = folding.top.items
    assert (loop.kind, len(loop.rounds)) == ("loop", 8)
    assert [cluster["label"] for cluster in levels.shown(folding.level(loop, 2))["clusters"]] == ["Linear"]


def test_a_module_that_raises_is_left_behind():
    class Careless(nn.Module):
        def forward(self, x):
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        Careless()(torch.ones(1))
    x = torch.ones(1, requires_grad=True)
    traced, _, _ = folded((x * 2).sum())
    assert {node["module"] for node in traced["nodes"] if node["kind"] == "operation"} == {None}


def test_a_trace_without_places_and_modules_folds_too():
    traced, _, _ = powers(9)
    for node in traced["nodes"]:
        for key in ("place", "module", "call"):
            node.pop(key, None)
    (loop,) = Folding(traced).top.items
    assert len(loop.rounds) == 9


# PyTorch's own


def the_same_network(engine):
    data = engine.ones(1, 3)
    network = engine.nn.Sequential(
        engine.nn.Linear(3, 2), engine.nn.Sequential(engine.nn.ReLU(), engine.nn.Linear(2, 1))
    )
    h = network(data)
    for _ in range(5):
        h = h * 2 + data.sum()
    return h, data


def test_pytorchs_loops_and_modules_fold_the_same_way():
    pytorch = pytest.importorskip("torch")
    shown = []
    for engine in (torch, pytorch):
        with record():
            h, data = the_same_network(engine)
        _, folding, levels = folded(h, h=h, data=data)
        shown.append(levels.shown(folding.top))
    ours, theirs = shown
    assert kinds(ours) == kinds(theirs) and "×5" in kinds(ours)
    assert ours["clusters"] == theirs["clusters"] and len(ours["clusters"]) == 5
    assert ours["edges"] == theirs["edges"]


def test_pytorchs_modules_are_left_behind_when_they_raise():
    pytorch = pytest.importorskip("torch")

    class Careless(pytorch.nn.Module):
        def forward(self, x):
            raise ValueError("no")

    with record():
        with pytest.raises(ValueError, match="no"):
            Careless()(pytorch.ones(1))
        x = pytorch.ones(1, requires_grad=True)
        y = x * 2
    traced, _, _ = folded(y, x=x)
    assert [node["module"] for node in traced["nodes"] if node["kind"] == "operation"] == [None]


def test_pytorch_is_folded_without_notes_too():
    pytorch = pytest.importorskip("torch")
    y = x = pytorch.tensor(1.0, requires_grad=True)
    for _ in range(10):
        y = y * 2
    _, folding, levels = folded(y, x=x)
    assert kinds(levels.shown(folding.top)) == ["x", "×10", "out"]
