"""Every operator of the set on PyTorch's own samples: values, graphs, gradients of gradients, tangents, hooks.

Nothing here says what is right: the PyTorch that is installed does.
"""

import warnings

import numpy as np
import pytest

import minigrad

torch = pytest.importorskip("torch")

from torch.autograd import forward_ad  # noqa: E402

from tests.parity.operators import OPERATORS, array, samples  # noqa: E402

ENGINES = (torch, minigrad)
# PyTorch has an operation for the whole rule, or writes it in place; here it is written in simpler operations.
SPELLED_OUT = {
    "cumprod",
    "nn.functional.binary_cross_entropy",
    "nn.functional.gelu",
    "nn.functional.layer_norm",
    "nn.functional.softplus",
}


def outcome(what, *args):
    """What ``what`` gives, or the type of the error it raises."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return what(*args)
        except Exception as error:
            return {"raises": type(error).__name__}


def drawn(engine, tensors):
    """One random tensor for each tensor, the same in both engines; None for None."""
    draw = np.random.default_rng(0).standard_normal
    return [None if t is None else engine.from_numpy(np.asarray(draw(tuple(t.shape)))) for t in tensors]


def held_equal(name, what):
    """``what(call, engine)`` is the same in both engines for every sample of an operator."""
    count = 0
    for call in samples(name):
        torch_says, ours = (outcome(what, call, engine) for engine in ENGINES)
        assert torch_says.keys() == ours.keys(), (call.text, torch_says.get("raises"), ours.get("raises"))
        for key, wanted in torch_says.items():
            same(wanted, ours[key], f"{key} of {call.text}")
        count += 1
    assert count


def same(wanted, given, of):
    if isinstance(wanted, list | tuple):
        assert len(wanted) == len(given), (of, wanted, given)
        for i, (w, g) in enumerate(zip(wanted, given, strict=True)):
            same(w, g, f"{i} of {of}")
    elif isinstance(wanted, np.ndarray):
        assert given is not None, of
        np.testing.assert_allclose(given, wanted, rtol=1e-6, atol=1e-9, err_msg=of)
        assert (given.shape, given.dtype) == (wanted.shape, wanted.dtype), of
    else:
        assert given is None if wanted is None else given == wanted, (of, wanted, given)


def graph(node, seen):
    """The graph behind a node as nested names; a node met again as a number."""
    if node is None:
        return None
    if node in seen:
        return seen[node]
    seen[node] = len(seen)
    return [node.name(), [(graph(n, seen), nr) for n, nr in node.next_functions]]


def twice(call, engine):
    """Values, graph, gradients, and the gradients of the gradients, under random cotangents on both levels."""
    leaves = call.new_leaves(engine)
    outputs = call.on(engine, leaves)
    if not outputs:
        return {}
    found = {"values": [array(o) for o in outputs], "graph": [graph(o.grad_fn, {}) for o in outputs]}
    vs = [v.requires_grad_() for v in drawn(engine, outputs)]
    gradients = engine.autograd.grad(outputs, leaves, vs, create_graph=True, allow_unused=True)
    found["gradients"] = [array(g) for g in gradients]
    found["tracked"] = [g is not None and g.requires_grad for g in gradients]
    if call.name not in SPELLED_OUT:
        # PyTorch sums a number to a number where broadcasting might have been; here nothing is summed.
        made = [g.grad_fn if g is not None and g.shape else None for g in gradients]
        found["rules"] = [None if node is None else node.name() for node in made]
    tracked = [g for g in gradients if g is not None and g.requires_grad]
    if tracked:
        seconds = engine.autograd.grad(tracked, [*leaves, *vs], drawn(engine, tracked), allow_unused=True)
        found["second gradients"] = [array(s) for s in seconds]
    return found


@pytest.mark.parametrize("name", OPERATORS)
def test_gradients_of_gradients(name):
    held_equal(name, twice)


def pushed(call, engine):
    """The tangents of the outputs, in forward mode, for random tangents of the inputs."""
    leaves = call.new_leaves(engine)
    tangents = drawn(engine, leaves)
    if engine is minigrad:
        xs = tuple(x.detach() for x in leaves)
        _, moved = minigrad.func.jvp(lambda *xs: tuple(call.on(engine, xs)), xs, tuple(tangents))
        return {"tangents": [array(t) for t in moved]}
    with forward_ad.dual_level():
        outputs = call.on(engine, [forward_ad.make_dual(x, t) for x, t in zip(leaves, tangents, strict=True)])
        moved = [(o, forward_ad.unpack_dual(o).tangent) for o in outputs]
        return {"tangents": [array(torch.zeros_like(o) if t is None else t) for o, t in moved]}


@pytest.mark.parametrize("name", OPERATORS)
def test_tangents_in_forward_mode(name):
    held_equal(name, pushed)


def hooked(call, engine):
    """What hooks on each output and each node of the graph are told, and the gradients that these have changed."""
    leaves = call.new_leaves(engine)
    outputs = call.on(engine, leaves)
    nodes, told = {}, {}

    def note(what, value):
        told[what] = array(value) if isinstance(value, engine.Tensor) else [array(v) for v in value]

    for nr, output in enumerate(outputs):
        output.register_hook(lambda g, nr=nr: note(("output", nr), g) or g * 2)
        graph(output.grad_fn, nodes)
    for node, nr in nodes.items():
        name = f"{nr}, {node.name()}"
        node.register_prehook(lambda came, name=name: note(("before", name), came))

        def after(sent, came, name=name):
            note(("sent", name), sent)
            note(("came", name), came)
            return tuple(None if g is None else g * 3 for g in sent)

        node.register_hook(after)
    if outputs:
        engine.autograd.backward(outputs, drawn(engine, outputs))
    return told | {"grads": [array(leaf.grad) for leaf in leaves]}


@pytest.mark.parametrize("name", OPERATORS)
def test_hooks_on_every_node(name):
    held_equal(name, hooked)
