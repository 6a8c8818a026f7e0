"""Memory: training does not grow, and a graph goes with the last reference to it, without the cycle collector."""

import gc
import tracemalloc
import weakref

import pytest

import minigrad as torch


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def training_step(x, y, parameters, optimizer):
    w, b, v = parameters
    optimizer.zero_grad()
    loss = (((x @ w + b).tanh() @ v - y) ** 2).mean()
    loss.backward()
    optimizer.step()


def test_ten_thousand_training_steps_take_no_more_memory_than_a_hundred(no_collector):
    torch.manual_seed(0)
    x, y = torch.randn(4, 2), torch.randn(4, 1)
    parameters = [torch.randn(*shape, requires_grad=True) for shape in ((2, 3), (3,), (3, 1))]
    optimizer = torch.optim.SGD(parameters, lr=0.01, momentum=0.9)
    for _ in range(100):
        training_step(x, y, parameters, optimizer)
    tracemalloc.start()
    try:
        training_step(x, y, parameters, optimizer)
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(10_000):
            training_step(x, y, parameters, optimizer)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 1_000_000  # bytes; one node left behind in each step would be five times that


def write_through_a_view(x):
    y = x * 1
    y[0].mul_(x[1])
    return y.sum()


def with_a_hook(x):
    y = x * 2
    y.register_hook(lambda g: g * 2)
    y.retain_grad()
    return (y * y).sum()


@pytest.mark.parametrize(
    "compute",
    [
        lambda x: (x * 2 + 1).exp().sum(),
        lambda x: x.tanh().relu().mean(),
        lambda x: (x.reshape(1, 3) @ x.reshape(3, 1)).sum(),
        lambda x: sum(row * row for row in x),
        lambda x: torch.autograd.grad((x**3).sum(), x, create_graph=True)[0].sum(),
        write_through_a_view,
        with_a_hook,
    ],
    ids=["elements", "results", "views", "rows", "double backward", "in place", "hooks"],
)
@pytest.mark.parametrize("walked", [False, True], ids=["never walked", "walked"])
def test_a_graph_goes_with_its_result(no_collector, compute, walked):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    result = compute(x)
    nodes, found = [result.grad_fn], set()
    while nodes:
        node = nodes.pop()
        if node is not None and id(node) not in found:
            found.add(id(node))
            nodes.extend(n for n, _ in node.next_functions)
    kept = weakref.ref(result.grad_fn)
    array = weakref.ref(result._array)
    if walked:
        result.backward()
    del result, node, nodes
    assert kept() is None
    assert array() is None


def test_a_walk_frees_what_was_saved_while_the_result_lives(no_collector):
    x = torch.ones(1000, requires_grad=True)
    middle = x * 2
    saved = weakref.ref(middle._array)
    loss = (middle * middle).sum()
    del middle
    assert saved() is not None
    loss.backward()
    assert saved() is None


def test_a_deep_graph_goes_without_recursion(no_collector):
    y = x = torch.ones(1, requires_grad=True)
    for _ in range(100_000):
        y = y + x
    kept = weakref.ref(y.grad_fn)
    del y
    assert kept() is None
