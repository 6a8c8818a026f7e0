"""Random programs that either engine runs: steps on a growing list of tensors, and what came of each."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from hypothesis import strategies as st

SHAPES = [(), (1,), (3,), (2, 3), (2, 1), (3, 2), (0,), (1, 3)]
DTYPES = ["float32", "float64", "int64", "bool"]

UNARY = {
    "neg": lambda t, x: -x,
    "exp": lambda t, x: x.exp(),
    "tanh": lambda t, x: x.tanh(),
    "relu": lambda t, x: x.relu(),
    "log of square": lambda t, x: (x * x + 1).log(),
    "square": lambda t, x: x**2,
    "cube": lambda t, x: x**3,
    "plus number": lambda t, x: x + 1.5,
    "times integer": lambda t, x: 2 * x,
    "from one": lambda t, x: 1 - x,
    "reciprocal": lambda t, x: 1 / (x * x + 2),
    "half": lambda t, x: x / 2,
    "power of two": lambda t, x: 2 ** (x * 1.0),
    "sum": lambda t, x: x.sum(),
    "sum of rows": lambda t, x: x.sum(-1, keepdim=True),
    "sum of columns": lambda t, x: x.sum(0),
    "mean": lambda t, x: x.mean(),
    "mean of rows": lambda t, x: x.mean(-1),
    "clone": lambda t, x: x.clone(),
    "detach": lambda t, x: x.detach(),
    "new leaf": lambda t, x: x.detach().clone().requires_grad_(),
    "double": lambda t, x: x.double(),
    "float": lambda t, x: x.float(),
    "transpose": lambda t, x: x.t(),
    "flat": lambda t, x: x.reshape(-1),
    "first": lambda t, x: x[0],
    "last column": lambda t, x: x[:, -1],
    "tail": lambda t, x: x[1:],
    "new dimension": lambda t, x: x.unsqueeze(0),
    "squeeze": lambda t, x: x.squeeze(),
    "view": lambda t, x: x.view(3, 2),
    "expand": lambda t, x: x.expand(2, 3),
    "permute": lambda t, x: x.permute(1, 0),
}
BINARY = {
    "add": lambda t, x, y: x + y,
    "subtract": lambda t, x, y: x - y,
    "multiply": lambda t, x, y: x * y,
    "divide": lambda t, x, y: x / (y * y + 1),
    "matmul": lambda t, x, y: (x * 1.0) @ y.to((x * 1.0).dtype),
    "where": lambda t, x, y: t.where(x > 0, x, y.to(x.dtype)),
    "add_": lambda t, x, y: x.add_(y),
    "mul_": lambda t, x, y: x.mul_(y),
    "sub_": lambda t, x, y: x.sub_(y * 1.0),
    # PyTorch skips even its checks where a tensor is copied to itself.
    "copy_": lambda t, x, y: x.copy_(y.clone() if y is x else y),
    "write a part": lambda t, x, y: x[0].add_(y),
}
WRITES = {
    "zero_": lambda t, x: x.zero_(),
    "tanh_": lambda t, x: x.tanh_(),
    "exp_": lambda t, x: x.exp_(),
    "double in place": lambda t, x: x.mul_(2),
    "write the first": lambda t, x: x[:1].mul_(3),
    "set": lambda t, x: x.__setitem__(0, 0.5),
}
OPERATIONS = {**UNARY, **BINARY, **WRITES}
ARITHMETIC = {*list(UNARY)[:19], "add", "subtract", "multiply", "divide"}  # what may run inside no_grad

step = st.tuples(
    st.sampled_from([*UNARY, *BINARY, *BINARY, *WRITES]),
    st.integers(0, 30),  # which tensors, counted from the newest
    st.integers(0, 30),
    st.sampled_from([False, False, False, False, True]),  # inside no_grad
)
leaf = st.tuples(st.sampled_from(SHAPES), st.sampled_from([*DTYPES[:2], *DTYPES]), st.booleans())
programs = st.tuples(
    st.lists(leaf, min_size=1, max_size=3),
    st.lists(step, min_size=1, max_size=12),
    st.sampled_from(["backward", "backward", "twice", "grad", "double"]),
)


def graph_names(node: Any, depth: int = 6) -> Any:
    """The names of a node and of those behind it."""
    if node is None or depth == 0:
        return None
    return node.name(), [graph_names(n, depth - 1) for n, _ in node.next_functions]


def described(x: Any) -> list:
    """What is to be the same of a tensor under both engines."""
    return [*values_of(x), x._version, x.is_leaf, graph_names(x.grad_fn)]


def values_of(x: Any) -> list:
    """The same of a gradient: its history and version depend on how an engine adds contributions up."""
    return [str(x.dtype), list(x.shape), np.asarray(x.detach().tolist(), dtype=float), x.requires_grad]


def outcome(torch: Any, program: Any, seed: int) -> list:
    """What every step of a program gives or refuses, and the gradients at the end."""
    leaves, steps, end = program
    draw = np.random.default_rng(seed)
    found: list = []

    def attempt(work: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return work()
            except (RuntimeError, IndexError, TypeError, ValueError) as error:
                # Which of several modified tensors is named is not the same: the engines read them in their own order.
                found.append(f"{type(error).__name__}: {str(error).split(': [')[0]}")
                return None

    tensors = []
    for shape, dtype, tracked in leaves:
        array = np.asarray(draw.uniform(-2, 2, shape)).astype(dtype)
        tensors.append(torch.tensor(array, requires_grad=tracked and dtype.startswith("float")))
    inputs = list(tensors)
    for name, first, second, untracked in steps:
        operands = [tensors[-1 - first % len(tensors)], tensors[-1 - second % len(tensors)]]
        operation = OPERATIONS[name]

        def work(operation: Any = operation, operands: list = operands[: 2 if name in BINARY else 1]) -> Any:
            return operation(torch, *operands)

        def without_recording(work: Any = work) -> Any:
            with torch.no_grad():
                return work()

        result = attempt(without_recording if untracked and name in ARITHMETIC else work)
        if result is not None:
            tensors.append(result)
        found.append(attempt(lambda: [described(x) for x in tensors]))
    result = tensors[-1]
    wanted = [x for x in inputs if x.requires_grad]

    def gradients() -> Any:
        total = result.sum()
        if end in ("grad", "double"):
            options = {"allow_unused": True, "create_graph": end == "double"}
            slopes = torch.autograd.grad(total, wanted, **options)
            found.append([None if g is None else values_of(g) for g in slopes])
            if end == "double":
                penalty = sum((g * g).sum() for g in slopes if g is not None)
                curvatures = torch.autograd.grad(penalty, wanted, allow_unused=True)
                return [None if g is None else values_of(g) for g in curvatures]
            return None
        total.backward()
        if end == "twice":
            total.backward()
        return None

    found.append(attempt(gradients))
    found.append([None if x.grad is None else values_of(x.grad) for x in inputs])
    return found


def same(a: Any, b: Any) -> bool:
    """Whether two outcomes agree: numbers up to rounding, everything else exactly."""
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and np.allclose(a, b, rtol=2e-5, atol=1e-6, equal_nan=True)
    return type(a) is type(b) and a == b
