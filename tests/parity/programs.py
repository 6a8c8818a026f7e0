"""Random programs that either engine runs: steps on a growing list of tensors, and what came of each."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
from hypothesis import strategies as st

SHAPES = [(), (1,), (3,), (2, 3), (2, 1), (3, 2), (0,), (1, 3)]
DTYPES = ["float32", "float64", "int64", "bool"]

# Values stay small and their errors too: what only rounding tells apart would say nothing of the engines.
NEW = {
    "neg": lambda t, x, y: -x,
    "exp": lambda t, x, y: (-x * x).exp(),
    "tanh": lambda t, x, y: x.tanh(),
    "relu": lambda t, x, y: x.relu(),
    "log": lambda t, x, y: (x * x + 1).log(),
    "square": lambda t, x, y: x.tanh() ** 2,
    "plus number": lambda t, x, y: x + 1.5,
    "times integer": lambda t, x, y: 2 * x,
    "from one": lambda t, x, y: 1 - x,
    "reciprocal": lambda t, x, y: 1 / (x * x + 2),
    "half": lambda t, x, y: x / 2,
    "power of two": lambda t, x, y: 2 ** x.tanh(),
    "sum": lambda t, x, y: x.sum(),
    "sum of rows": lambda t, x, y: x.sum(-1, keepdim=True),
    "mean": lambda t, x, y: x.mean(),
    "mean of columns": lambda t, x, y: x.mean(0),
    "clone": lambda t, x, y: x.clone(),
    "new leaf": lambda t, x, y: x.detach().clone().requires_grad_(),
    "double": lambda t, x, y: x.double(),
    "float": lambda t, x, y: x.float(),
    "gather": lambda t, x, y: x[[0, -1, 0]],
    "mask": lambda t, x, y: x[x > 0],
    "add": lambda t, x, y: x + y,
    "subtract": lambda t, x, y: x - y,
    "multiply": lambda t, x, y: x * y,
    "divide": lambda t, x, y: x / (y * y + 1),
    "matmul": lambda t, x, y: (x * 1.0) @ y.to((x * 1.0).dtype),
    "where": lambda t, x, y: t.where(x > 0, x, y.to(x.dtype)),
    "cat": lambda t, x, y: t.cat([x, y]),
}
VIEWS = {
    "detach": lambda t, x, y: x.detach(),
    "data": lambda t, x, y: x.data,
    "transpose": lambda t, x, y: x.t(),
    "flat": lambda t, x, y: x.reshape(-1),
    "first": lambda t, x, y: x[0],
    "last column": lambda t, x, y: x[:, -1],
    "tail": lambda t, x, y: x[1:],
    "every second": lambda t, x, y: x[..., ::2],
    "new dimension": lambda t, x, y: x.unsqueeze(0),
    "squeeze": lambda t, x, y: x.squeeze(),
    "view": lambda t, x, y: x.view(3, 2),
    "expand": lambda t, x, y: x.expand(2, 3),
    "permute": lambda t, x, y: x.permute(1, 0),
    "diagonal": lambda t, x, y: x.diagonal(),
    "split": lambda t, x, y: x.split(1)[-1],
    "chunk": lambda t, x, y: x.chunk(2)[0],
    "unbind": lambda t, x, y: x.unbind()[0],
    "rows": lambda t, x, y: next(iter(x)),
}
WRITES = {
    "zero_": lambda t, x, y: x.zero_(),
    "fill_": lambda t, x, y: x.fill_(0.5),
    "tanh_": lambda t, x, y: x.tanh_(),
    "sigmoid_": lambda t, x, y: x.sigmoid_(),
    "relu_": lambda t, x, y: x.relu_(),
    "double in place": lambda t, x, y: x.mul_(2),
    "add_": lambda t, x, y: x.add_(y),
    "mul_": lambda t, x, y: x.mul_(y),
    "sub_": lambda t, x, y: x.sub_(y * 1.0),
    "div_": lambda t, x, y: x.div_(y * y + 1),
    # PyTorch skips even its checks where a tensor is copied to itself.
    "copy_": lambda t, x, y: x.copy_(y.clone() if y is x else y),
    "write a row": lambda t, x, y: x[0].add_(y),
    "write a slice": lambda t, x, y: x[:1].mul_(3),
    "write a column": lambda t, x, y: x[..., -1].tanh_(),
    "write the data": lambda t, x, y: x.data.mul_(2),
    "write through detach": lambda t, x, y: x.detach().add_(1),
    "set": lambda t, x, y: x.__setitem__(0, 0.5),
    "set to": lambda t, x, y: x.__setitem__(slice(1, None), y),
    "set gathered": lambda t, x, y: x.__setitem__([0, -1], y),
    "set masked": lambda t, x, y: x.__setitem__(x > 0, 0.5),
    "index_put_": lambda t, x, y: x.index_put_((t.tensor([0, 0]),), y, accumulate=True),
    "track": lambda t, x, y: x.requires_grad_(),
    "untrack": lambda t, x, y: x.requires_grad_(False),
    "switch": lambda t, x, y: t.set_grad_enabled(not t.is_grad_enabled()) and None,
}
BACKWARD = {
    "backward": lambda t, x, y: x.sum().backward(),
    "backward keeping": lambda t, x, y: x.sum().backward(retain_graph=True),
    "backward recorded": lambda t, x, y: x.sum().backward(create_graph=True),
    "backward to": lambda t, x, y: x.sum().backward(inputs=[y], retain_graph=True),
    "backward of": lambda t, x, y: x.backward(y),
    "grad": lambda t, x, y: t.autograd.grad(x.sum(), y)[0].clone(),
    "slope": lambda t, x, y: t.autograd.grad(x.sum(), y, create_graph=True)[0].clone(),
    "empty grad": lambda t, x, y: x.grad.zero_(),
}
HOOKS = {
    "retain": lambda x, note: x.retain_grad(),
    "scale": lambda x, note: x.register_hook(lambda g: g * 2),
    "note": lambda x, note: x.register_hook(note),
    "note before": lambda x, note: x.grad_fn.register_prehook(lambda outputs: note(*outputs)),
    "note after": lambda x, note: x.grad_fn.register_hook(lambda inputs, outputs: note(*inputs, *outputs)),
    "note grad": lambda x, note: x.register_post_accumulate_grad_hook(lambda x: note(x.grad)),
}
STEPS = {**NEW, **VIEWS, **WRITES, **BACKWARD}

some = st.one_of(*(st.sampled_from(list(kind)) for kind in (NEW, VIEWS, VIEWS, WRITES, WRITES, BACKWARD, HOOKS)))
step = st.tuples(
    some,
    st.integers(0, 30),  # which tensors, counted from the newest
    st.integers(0, 30),
    st.sampled_from(["", "", "", "", "no_grad", "enable_grad"]),  # inside of which block
)
leaf = st.tuples(st.sampled_from(SHAPES), st.sampled_from([*DTYPES[:2], *DTYPES]), st.booleans())
programs = st.tuples(st.lists(leaf, min_size=1, max_size=3), st.lists(step, min_size=1, max_size=15))


def graph_names(node: Any, gradients: set, depth: int = 6) -> Any:
    """The names of a node and of those behind it, but for those of recorded gradients: engines have their own rules."""
    if node is None or depth == 0 or node in gradients:
        return None
    return node.name(), [graph_names(n, gradients, depth - 1) for n, _ in node.next_functions]


def values_of(x: Any) -> list | None:
    """What is to be the same even of a gradient."""
    return x if x is None else [str(x.dtype), list(x.shape), np.asarray(x.tolist(), dtype=float), x.requires_grad]


def described(x: Any, gradients: set) -> list:
    """What is to be the same of a tensor under both engines."""
    return [values_of(x), x._version, x.is_leaf, graph_names(x.grad_fn, gradients), values_of(x.grad)]


def outcome(torch: Any, program: Any, seed: int) -> list:
    """What every step of a program gives or refuses, what its hooks hear, and the gradients at the end."""
    leaves, steps = program
    draw = np.random.default_rng(seed)
    found: list = []
    gradients: set = set()  # the nodes that made a recorded gradient

    def note(*tensors: Any) -> None:
        found.append([values_of(x) for x in tensors])

    def attempt(work: Callable[[], Any]) -> Any:
        try:
            return work()
        except (RuntimeError, IndexError, TypeError, ValueError, AttributeError, NotImplementedError) as error:
            found.append(f"{type(error).__name__}: {error}")
            return None

    tensors = []
    for shape, dtype, tracked in leaves:
        array = np.asarray(draw.uniform(-2, 2, shape)).astype(dtype)
        tensors.append(torch.tensor(array, requires_grad=tracked and dtype.startswith("float")))
    with warnings.catch_warnings(), torch.enable_grad():
        warnings.simplefilter("ignore")
        for name, first, second, block in steps:
            x, y = tensors[-1 - first % len(tensors)], tensors[-1 - second % len(tensors)]
            with getattr(torch, block)() if block else nullcontext():
                if name in HOOKS:
                    attempt(lambda: HOOKS[name](x, note))  # noqa: B023 - called at once
                elif (result := attempt(lambda: STEPS[name](torch, x, y))) is not None:  # noqa: B023
                    tensors.append(result)
                    if name == "slope":
                        gradients.add(result.grad_fn)
            gradients.update(x.grad.grad_fn for x in tensors if x.grad is not None)
            found.append(attempt(lambda: [described(x, gradients) for x in tensors]))
        attempt(lambda: tensors[-1].sum().backward())
    found.append([values_of(x.grad) for x in tensors])
    return found


def same(a: Any, b: Any) -> bool:
    """Whether two outcomes agree: numbers up to rounding, everything else exactly."""
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        scale = np.abs(a[np.isfinite(a)]).max(initial=1)
        return a.shape == b.shape and np.allclose(a, b, rtol=1e-4, atol=1e-5 * scale, equal_nan=True)
    return type(a) is type(b) and a == b
