"""Every gradient rule against central differences in float64: first derivatives, second ones through create_graph."""

import gc
import importlib
import pkgutil
import weakref
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

import minigrad as torch
from minigrad import ops
from minigrad.ops.operation import Operation

STEP = 1e-5


@dataclass
class Case:
    """A function of tensors that has an operation in its graph, and the shapes of its inputs."""

    operation: str
    function: Callable[..., torch.Tensor]
    shapes: tuple[tuple[int, ...], ...]
    positive: bool = False
    # Where the operation is only in the graph of the gradient.
    second: bool = False


def case(operation, function, *shapes, **options):
    return Case(operation, function, shapes, **options)


def in_place(write):
    """The function that writes into a fresh copy of its first input."""

    def function(x, *others):
        copy = x * 1
        write(copy, *others)
        return copy

    return function


def assign(index):
    return in_place(lambda q, y: q.__setitem__(index, y))


def row_after_writes(x, y):
    """A view taken before both it and its base were written to."""
    copy = x * 1
    row = copy[0]
    row.mul_(y)
    copy.mul_(y)
    return row * row


CASES = [
    case("AddBackward0", lambda x, y: x + y, (2, 3), (2, 3)),
    case("AddBackward0", lambda x, y: x + y, (3, 1), (1, 4)),
    case("AddBackward0", lambda x, y: x + y, (2, 3), ()),
    case("AddBackward0", lambda x: x + 2, (3,)),
    case("AddBackward0", lambda x, y: x.add(y, alpha=-3), (3,), (3,)),
    case("SubBackward0", lambda x, y: x - y, (2, 3), (3,)),
    case("SubBackward0", lambda x, y: x - y, (), (2, 2)),
    case("RsubBackward1", lambda x: 2 - x, (3,)),
    case("MulBackward0", lambda x, y: x * y, (3,), (3,)),
    case("MulBackward0", lambda x, y: x * y, (3, 1), (1, 4)),
    case("MulBackward0", lambda x, y: x * y, (1, 2, 1), (3, 1, 2)),
    case("MulBackward0", lambda x: 3 * x, (2, 2)),
    case("MulBackward0", lambda x: x * x * x, (3,)),
    case("DivBackward0", lambda x, y: x / y, (3,), (3,)),
    case("DivBackward0", lambda x, y: x / y, (2, 1), (3,)),
    case("DivBackward0", lambda x: x / 4, (3,)),
    case("DivBackward1", lambda x: x.mean() ** 3, (3,), second=True),
    case("ReciprocalBackward0", lambda x: 2 / x, (3,)),
    case("NegBackward0", lambda x: -x, (3,)),
    case("PowBackward0", lambda x: x**3, (3,)),
    case("PowBackward0", lambda x: x**-2, (3,)),
    case("PowBackward0", lambda x: x**2.5, (3,), positive=True),
    case("PowBackward0", lambda x: x**1, (3,)),
    case("PowBackward0", lambda x: x**0, (3,)),
    case("PowBackward1", lambda x, y: x**y, (3,), (3,), positive=True),
    case("PowBackward1", lambda x, y: x**y, (2, 1), (3,), positive=True),
    case("PowBackward2", lambda x: 2.5**x, (3,)),
    case("ExpBackward0", lambda x: x.exp(), (3,)),
    case("LogBackward0", lambda x: x.log(), (3,), positive=True),
    case("TanhBackward0", lambda x: x.tanh(), (3,)),
    case("TanhBackwardBackward0", lambda x: x.tanh() * x, (3,), second=True),
    case("ReluBackward0", lambda x: (x * x * x).relu(), (6,)),
    case("ThresholdBackwardBackward0", lambda x: (x * x * x).relu(), (6,), second=True),
    case("WhereBackward0", lambda x, y: x**y, (3,), (3,), positive=True, second=True),
    case("CloneBackward0", lambda x: x.clone() ** 2, (3,)),
    case("SumBackward0", lambda x: x.sum() ** 2, (2, 3)),
    case("SumBackward1", lambda x: x.sum(1) ** 2, (2, 3)),
    case("SumBackward1", lambda x: x.sum((0, 2), keepdim=True) * x, (2, 3, 2)),
    case("MeanBackward0", lambda x: x.mean() ** 2, (2, 3)),
    case("MeanBackward1", lambda x: x.mean(0) ** 2, (2, 3)),
    case("MeanBackward1", lambda x: x.mean(1, keepdim=True) * x, (2, 3)),
    case("DotBackward0", lambda x, y: x @ y, (3,), (3,)),
    case("MvBackward0", lambda x, y: x @ y, (2, 3), (3,)),
    case("MmBackward0", lambda x, y: x @ y, (2, 3), (3, 4)),
    case("MmBackward0", lambda x, y: x @ y, (3,), (3, 2)),
    case("MmBackward0", lambda x, y: x @ y, (2, 2, 3), (3, 2)),
    case("MvBackward0", lambda x, y: x @ y, (2, 2, 3), (3,)),
    case("BmmBackward0", lambda x, y: x @ y, (2, 2, 3), (2, 3, 2)),
    case("BmmBackward0", lambda x, y: x @ y, (2, 1, 2, 3), (2, 3, 2)),
    case("BmmBackward0", lambda x, y: x @ y, (3,), (2, 3, 2)),
    case("SqueezeBackward4", lambda x, y: x @ y, (3,), (3, 2)),
    case("ViewBackward0", lambda x: x.view(3, 2) ** 2, (2, 3)),
    case("ViewBackward0", lambda x: x.reshape(-1) ** 2, (2, 3)),
    case("UnsafeViewBackward0", lambda x: x.t().reshape(6) ** 2, (2, 3)),
    case("PermuteBackward0", lambda x: x.permute(2, 0, 1) ** 2, (2, 3, 4)),
    case("PermuteBackward0", lambda x: x.T**2, (2, 3)),
    case("TransposeBackward0", lambda x: x.transpose(0, 2) ** 2, (2, 3, 4)),
    case("TBackward0", lambda x: x.t() ** 2, (2, 3)),
    case("UnsqueezeBackward0", lambda x: x.unsqueeze(1) ** 2, (2, 3)),
    case("SqueezeBackward0", lambda x: x.squeeze() ** 2, (1, 3, 1)),
    case("SqueezeBackward1", lambda x: x.squeeze(1) ** 2, (3, 1)),
    case("SqueezeBackward1", lambda x: x.squeeze(0) ** 2, (3, 1)),
    case("ExpandBackward0", lambda x: x.expand(4, 2, 3) ** 2, (2, 1)),
    case("AliasBackward0", lambda x: x[...] ** 2, (3,)),
    case("SelectBackward0", lambda x: x[1] ** 2, (2, 3)),
    case("SelectBackward0", lambda x: x[:, -1] * x[0, 0], (2, 3)),
    case("SelectBackwardBackward0", lambda x: x[1] ** 3, (2, 3), second=True),
    case("UnbindBackward0", lambda x: sum(row**2 for row in x), (3, 2)),
    case("SliceBackward0", lambda x: x[1:] ** 2, (3,)),
    case("SliceBackward0", lambda x: x[::2, 1:] ** 2, (3, 3)),
    case("SliceBackwardBackward0", lambda x: x[1:] ** 3, (3,), second=True),
    case("IndexBackward0", lambda x: x[[0, 0, 2]] ** 2, (3,)),
    case("IndexBackward0", lambda x: x[[1, 0], [2, 2]] ** 2, (2, 3)),
    case("IndexBackward0", lambda x: x[torch.tensor([[True, False, True], [False, False, True]])] ** 2, (2, 3)),
    case("IndexPutImplBackward0", lambda x: x[[0, 0, 2]] ** 3, (3,), second=True),
    case("IndexPutBackward0", assign([0, 2]), (4,), (2,)),
    case("IndexPutBackward0", assign(([0, 1], [2, 0])), (2, 3), (2,)),
    case("IndexPutBackward0", assign([0, 1]), (3, 2), ()),
    case("CopyBackwards", assign(slice(None)), (3,), (3,)),
    case("CopyBackwards", in_place(lambda q, y: q.copy_(y * y)), (2, 3), (3,)),
    case("FillBackward3", assign(slice(None)), (3,), ()),
    case("FillBackward2", in_place(lambda q, y: q.fill_(2).mul_(y)), (3,), (3,)),
    case("ZeroBackward0", in_place(lambda q, y: q.zero_().add_(y)), (3,), (3,)),
    case("ExpBackward0", in_place(lambda q: q.exp_()), (3,)),
    case("TanhBackward0", in_place(lambda q: q.tanh_()), (3,)),
    case("PowBackward0", in_place(lambda q: q.pow_(3)), (3,)),
    case("PowBackward1", in_place(lambda q, y: q.pow_(y)), (3,), (3,), positive=True),
    case("DivBackward0", in_place(lambda q, y: q.div_(y)), (2, 3), (3,)),
    case("MulBackward0", in_place(lambda q, y: q.mul_(y)), (2, 3), (3,)),
    case("SubBackward0", in_place(lambda q, y: q.sub_(y, alpha=2)), (2, 3), (3,)),
    case("CopySlices", assign((slice(None), 1)), (2, 3), (2,)),
    case("CopySlices", in_place(lambda q, y: q.t()[1:].mul_(y)), (2, 3), (2,)),
    case("CopySlices", in_place(lambda q: q[0].exp_()), (2, 3)),
    case("AsStridedBackward0", row_after_writes, (2, 3), (3,)),
    case("ToCopyBackward0", lambda x: x.to(torch.float64).float().double() * x, (3,)),
]
# float32 on the way allows no comparison with small differences.
NOT_DIFFERENTIATED = {"ToCopyBackward0"}

COMPARED = [c for c in CASES if c.operation not in NOT_DIFFERENTIATED]


def numbered(cases):
    return [pytest.param(c, id=f"{i}-{c.operation}") for i, c in enumerate(cases)]


def make_inputs(c, seed=0):
    """Numbers of magnitude 0.5 to 1.5, away from the kinks, of both signs where that makes sense."""
    draw = np.random.default_rng(seed)
    inputs = []
    for shape in c.shapes:
        values = draw.uniform(0.5, 1.5, shape)
        if not c.positive:
            values = values * draw.choice([-1.0, 1.0], shape)
        inputs.append(torch.tensor(np.array(values), requires_grad=True))
    return inputs


def cotangent(like, seed=1):
    return torch.tensor(np.array(np.random.default_rng(seed).uniform(-1, 1, tuple(like.shape))))


def central_differences(function, inputs):
    """The gradient of a function with one number as its value."""
    gradients = []
    for tensor in inputs:
        values = tensor.detach().numpy()
        gradient = np.zeros(values.shape)
        for place in np.ndindex(values.shape):
            kept = values[place]
            values[place] = kept + STEP
            above = function(*inputs).item()
            values[place] = kept - STEP
            below = function(*inputs).item()
            values[place] = kept
            gradient[place] = (above - below) / (2 * STEP)
        gradients.append(gradient)
    return gradients


def assert_gradients(function, inputs):
    computed = torch.autograd.grad(function(*inputs), inputs, allow_unused=True)
    for gradient, expected in zip(computed, central_differences(function, inputs), strict=True):
        found = np.zeros(expected.shape) if gradient is None else gradient.detach().numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


def nodes_behind(tensor):
    found, stack = set(), [tensor.grad_fn]
    while stack:
        node = stack.pop()
        if node is not None and node not in found:
            found.add(node)
            stack.extend(n for n, _ in node.next_functions)
    return found


@pytest.mark.parametrize("c", numbered(COMPARED))
def test_first_derivatives(c):
    inputs = make_inputs(c)
    v = cotangent(c.function(*inputs))
    assert_gradients(lambda *tensors: (c.function(*tensors) * v).sum(), inputs)


@pytest.mark.parametrize("c", numbered(COMPARED))
def test_second_derivatives(c):
    inputs = make_inputs(c)
    v = cotangent(c.function(*inputs))

    def slope(*tensors):
        """A weighted sum of the first derivatives, with a part that keeps it dependent on every input."""
        first = torch.autograd.grad(c.function(*tensors), tensors, v, create_graph=True, allow_unused=True)
        total = sum((t * t).sum() for t in tensors)
        for seed, gradient in enumerate(first):
            if gradient is not None:
                total = total + (gradient * cotangent(gradient, seed)).sum()
        return total

    assert_gradients(slope, inputs)


def graph_names(c):
    inputs = make_inputs(c)
    result = c.function(*inputs)
    names = {type(node).__name__ for node in nodes_behind(result)}
    if c.second:
        for gradient in torch.autograd.grad(result, inputs, cotangent(result), create_graph=True, allow_unused=True):
            names |= {type(node).__name__ for node in nodes_behind(gradient)}
    return names


@pytest.mark.parametrize("c", numbered(CASES))
def test_each_case_has_its_operation_in_its_graph(c):
    assert c.operation in graph_names(c)


def test_every_operation_has_a_case():
    for module in pkgutil.iter_modules(ops.__path__):
        importlib.import_module(f"{ops.__name__}.{module.name}")

    def subclasses(cls):
        return {cls, *(s for child in cls.__subclasses__() for s in subclasses(child))}

    operations = {o.__name__ for o in subclasses(Operation) - {Operation} if o.__module__.startswith(ops.__name__)}
    assert operations == {c.operation for c in CASES} - {"CopySlices"}


def test_a_cast_passes_the_gradient_in_the_dtype_of_its_input():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x.double() * torch.tensor([3.0, 4.0], dtype=torch.float64)).sum().backward()
    assert x.grad.dtype == torch.float32
    assert x.grad.tolist() == [3.0, 4.0]


@pytest.mark.parametrize("c", numbered(CASES))
def test_the_graph_is_freed_without_the_cycle_collector(c):
    inputs = make_inputs(c)
    gc.collect()
    gc.disable()
    try:
        result = c.function(*inputs)
        result.backward(cotangent(result))
        again = c.function(*inputs)
        nodes = [weakref.ref(n) for n in (*nodes_behind(result), *nodes_behind(again))]
        assert len(nodes) >= 4
        del result, again
        assert [n() for n in nodes if n() is not None] == []
    finally:
        gc.enable()
