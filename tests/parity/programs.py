"""Random programs that either engine runs: steps on a growing list of tensors, and what came of each."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
from hypothesis import strategies as st

SHAPES = [(), (1,), (3,), (2, 3), (2, 1), (3, 2), (0,), (1, 3)]
DTYPES = ["float32", "float64", "int64", "bool"]


def own(x: Any) -> Any:
    """The tensor, or a copy of an expanded one: PyTorch writes at an index of such, and reads from it, as it comes."""
    repeats = any(n > 1 and stride == 0 for n, stride in zip(x.shape, x.stride(), strict=True))
    return x.clone() if x.numel() and repeats else x


def safe(x: Any, y: Any) -> Any:
    """What may be read while ``x`` is written: PyTorch cannot tell whether memory with gaps overlaps, and writes; and
    where one of the two is broadcast, it says something else for each operation."""
    return y if y is x or (x.is_contiguous() and y.is_contiguous() and y.shape == x.shape) else y.clone()


def wanted(x: Any, gradients: tuple) -> list:
    """The gradients of the inputs that need one: where one of ``cat``'s does, PyTorch computes those of all."""
    return [g for g, (node, _) in zip(gradients, x.grad_fn.next_functions, strict=True) if node is not None]


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
    "rows": lambda t, x, y: [*x][-1],
}
WRITES = {
    "zero_": lambda t, x, y: own(x).zero_(),
    "fill_": lambda t, x, y: own(x).fill_(0.5),
    "tanh_": lambda t, x, y: x.tanh_(),
    "sigmoid_": lambda t, x, y: x.sigmoid_(),
    "relu_": lambda t, x, y: x.relu_(),
    "double in place": lambda t, x, y: x.mul_(2),
    "add_": lambda t, x, y: x.add_(safe(x, y)),
    "mul_": lambda t, x, y: x.mul_(safe(x, y)),
    "sub_": lambda t, x, y: x.sub_(y * 1.0),
    "div_": lambda t, x, y: x.div_(y * y + 1),
    # PyTorch skips even its checks where a tensor is copied to itself.
    "copy_": lambda t, x, y: x.copy_(y.clone() if y is x else safe(x, y)),
    "write a row": lambda t, x, y: x[0].add_(safe(x, y)),
    "write a slice": lambda t, x, y: x[:1].mul_(3),
    "write a column": lambda t, x, y: x[..., -1].tanh_(),
    "write the data": lambda t, x, y: x.data.mul_(2),
    "write through detach": lambda t, x, y: x.detach().add_(1),
    "set": lambda t, x, y: x.__setitem__(0, 0.5),
    "set to": lambda t, x, y: x.__setitem__(slice(1, None), safe(x, y).to(x.dtype)),
    "set gathered": lambda t, x, y: own(x).__setitem__([0, -1], safe(x, y)),
    "set masked": lambda t, x, y: own(x).__setitem__(x > 0, 0.5),
    "index_put_": lambda t, x, y: own(x).index_put_((t.tensor([0, 0]),), own(safe(x, y)), accumulate=True),
    # A view that is tracked while its base is not has a history of its own, until somebody writes to the base.
    "track": lambda t, x, y: x.requires_grad_() if x._base is None else None,
    "switch": lambda t, x, y: t.set_grad_enabled(not t.is_grad_enabled()),
}
BACKWARD = {
    "backward": lambda t, x, y: x.sum().backward(),
    "backward keeping": lambda t, x, y: x.sum().backward(retain_graph=True),
    "backward recorded": lambda t, x, y: x.sum().backward(create_graph=True),
    "backward to": lambda t, x, y: x.sum().backward(inputs=[y], retain_graph=True),
    # The memory of what is handed in may become that of a grad.
    "backward of": lambda t, x, y: x.backward(y.detach().clone()),
    "grad": lambda t, x, y: t.autograd.grad(x.sum(), y)[0].clone(),
    "slope": lambda t, x, y: t.autograd.grad(x.sum(), y, create_graph=True)[0].clone(),
    "empty grad": lambda t, x, y: x.grad.zero_() is x.grad,
}
HOOKS = {
    "retain": lambda x, note: x.retain_grad(),
    "scale": lambda x, note: x.register_hook(lambda g: g * 2),
    "note": lambda x, note: x.register_hook(note),
    "note before": lambda x, note: x.grad_fn.register_prehook(lambda outputs: note(*outputs)),
    "note after": lambda x, note: x.grad_fn.register_hook(lambda inputs, outputs: note(*wanted(x, inputs), *outputs)),
    "note grad": lambda x, note: x.register_post_accumulate_grad_hook(lambda x: note(x.grad)),
}
UNTRACKED = re.compile("(is a view|A view was created in) .* modified inplace")
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


def is_lost(x: Any) -> bool:
    """Whether a view has its base's flag but, made inside no_grad, no history: PyTorch saves what is computed from it,
    and complains where it is modified, though no gradient is ever computed."""
    return x.requires_grad and x._base is not None and x.is_leaf


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
            # What was written through a view PyTorch names by the history of the view, minigrad by what wrote.
            words = re.sub("output 0 of (AsStrided|Tanh|Sigmoid|Relu)", "output 0", str(error))
            found.append(f"{type(error).__name__}: {words}")
            return None

    tensors = []
    for shape, dtype, tracked in leaves:
        array = np.asarray(draw.uniform(-2, 2, shape)).astype(dtype)
        tensors.append(torch.tensor(array, requires_grad=tracked and dtype.startswith("float")))
    with warnings.catch_warnings(), torch.enable_grad():
        warnings.simplefilter("ignore")
        for name, first, second, block in steps:
            x, y = tensors[-1 - first % len(tensors)], tensors[-1 - second % len(tensors)]
            if name in NEW:
                x, y = (tensor.detach() if is_lost(tensor) else tensor for tensor in (x, y))
            with getattr(torch, block)() if block else nullcontext():
                result = attempt(lambda: HOOKS[name](x, note) if name in HOOKS else STEPS[name](torch, x, y))  # noqa: B023
            if isinstance(result, torch.Tensor):
                tensors.append(result)
                if name == "slope":
                    gradients.add(result.grad_fn)
            gradients.update(x.grad.grad_fn for x in tensors if x.grad is not None)
            state = attempt(lambda: [described(x, gradients) for x in tensors])
            if state is None:
                return found  # a view is lost: what PyTorch says of it from now on depends on what was asked before
            found.append(state)
        attempt(lambda: tensors[-1].sum().backward())
    found.append([values_of(x.grad) for x in tensors])
    return found


def same(a: Any, b: Any) -> bool:
    """Whether two outcomes agree: numbers up to rounding, everything else exactly."""
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, str) and isinstance(b, str) and UNTRACKED.search(a):
        return "Error: " in b  # where a step is wrong in two ways, PyTorch looks at the history of its operands first
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        scale = np.abs(a[np.isfinite(a)]).max(initial=1)
        return a.shape == b.shape and np.allclose(a, b, rtol=1e-4, atol=1e-5 * scale, equal_nan=True)
    return type(a) is type(b) and a == b
