"""Sheet 04, backward by hand: students write the gradient of every intermediate; minigrad's own are the measure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import minigrad as torch
from minigrad.engine import observed_by

from ..guard import Raised, call
from ..question import Question
from ..reading import function, numbers, shape_words
from ..training import Passes, close, tensor
from ..verdict import Wrong

Values = dict[str, np.ndarray]


@dataclass(frozen=True)
class Slip:
    """A known mistake in one gradient: ``formula`` makes it from the values and the right gradients after it."""

    name: str
    words: str
    misconception: str
    formula: Callable[[Values, Values], Any]


@dataclass(frozen=True)
class Network:
    """Inputs by name, the forward pass, and the names whose gradients are wanted, the nearest to the loss first."""

    inputs: Callable[[np.random.Generator, int, int, int], dict[str, np.ndarray]]
    forward: Callable[..., dict[str, Any]]
    wanted: tuple[str, ...]
    slips: tuple[Slip, ...]


_SIZES = ((4, 3, 2), (1, 2, 3), (5, 4, 3))


def _tensors(inputs: dict[str, np.ndarray], requires_grad: bool = False) -> dict[str, torch.Tensor]:
    return {
        name: torch.tensor(array.tolist()) if array.dtype.kind == "i" else tensor(array, requires_grad)
        for name, array in inputs.items()
    }


def _truth(network: Network, inputs: dict[str, np.ndarray]) -> tuple[Values, Values]:
    leaves = _tensors(inputs, requires_grad=True)
    values = leaves | network.forward(**leaves)
    found = torch.autograd.grad(values["loss"], [values[name] for name in network.wanted])
    arrays = {name: np.array(value.detach()) for name, value in values.items()}
    return arrays, {name: np.array(g) for name, g in zip(network.wanted, found, strict=True)}


def _line(handed: dict, name: str, right: np.ndarray) -> str:
    if handed.get(name) is None:
        return "missing"
    given = numbers(handed[name], name)
    if given.shape != right.shape:
        return f"wrong shape: {shape_words(given.shape)} for a tensor of shape {shape_words(right.shape)}"
    if np.array_equal(given, right):
        return "exact"
    return "approximate" if close(given, right) else f"max difference {np.abs(given - right).max():.2g}"


def _judged(answer: Any, network: Network, signature: str, praise: str) -> str:
    gradients = function(answer, signature)
    table = ""
    for seed, sizes in enumerate(_SIZES):
        inputs = network.inputs(np.random.default_rng(400 + seed), *sizes)
        values, right = _truth(network, inputs)
        given = _tensors(inputs)
        passes = Passes()
        try:
            with observed_by(passes):
                handed = call(gradients, *given.values())
        except Raised as raised:
            if "matmul" in str(raised.error) or "mat1" in str(raised.error):
                raise Wrong(
                    f"the shapes do not fit in a matrix product. Is a transpose missing?\n  {raised}",
                    "a transpose is missing",
                ) from None
            raise
        if passes.count:
            raise Wrong("a backward pass of the engine ran. Here you are the engine.", "left to backward()")
        if handed is None:
            raise Wrong("the function returned None. Return a dict: the name of each tensor, and its gradient.")
        if not isinstance(handed, dict):
            raise Wrong(f"the function returned a value of type {type(handed).__name__}. A dict is wanted.")
        for name, tensor_given in given.items():
            if not np.array_equal(np.array(tensor_given.detach()), values[name]):
                raise Wrong(f"{name} was changed. Leave the arguments as they are.", "an argument is changed")
        lines = {name: _line(handed, name, right[name]) for name in network.wanted}
        width = max(map(len, lines))
        table = "".join(f"\n  {name:{width}}  {line}" for name, line in lines.items())
        for name, line in lines.items():
            if line not in ("exact", "approximate"):
                if line == "missing":
                    raise Wrong(f"the dict has no gradient of {name}.{table}")
                words, misconception = _known(network, name, handed, values, right)
                alone = len(network.wanted) == 1
                start = f"{name} differs" if alone else f"begin at {name}, the first that differs on the way back"
                raise Wrong(f"{start}. {words}{table}", misconception)
    return praise + table


def _known(network: Network, name: str, handed: dict, values: Values, right: Values) -> tuple[str, str | None]:
    given = numbers(handed[name], name)
    for slip in network.slips:
        if slip.name == name and close(given, np.asarray(slip.formula(values, right))):
            return slip.words, slip.misconception
    if name == network.wanted[0]:
        return (
            "It is the nearest to the loss: write down the loss of a single row or number, and differentiate it.",
            None,
        )
    return "All above it in the table are right.", None


def _bias(name: str, after: str) -> tuple[Slip, ...]:
    return (
        Slip(name, "The bias is added to every row, and each row has its say.", "the bias is not summed over the batch",
             lambda v, g: g[after]),
        Slip(name, "The rows' parts add up. A mean divides once more.", "the bias is averaged over the batch",
             lambda v, g: g[after].mean(0)),
        Slip(name, "Each column has a bias of its own.", "the bias is summed over everything",
             lambda v, g: g[after].sum()),
    )  # fmt: skip


def _turned(name: str, formula: Callable[[Values, Values], Any]) -> Slip:
    return Slip(name, "Look at its sign.", "the sign is turned", lambda v, g: -formula(v, g))


def _chain(x: Any, w: Any, b: Any, y: Any) -> dict[str, Any]:
    p = w * x
    z = p + b
    a = z.tanh()
    e = a - y
    return {"p": p, "z": z, "a": a, "e": e, "loss": e**2 + w**2}


_TWO = "The derivative of a square has a factor."
_CHAIN = Network(
    lambda random, *_: {name: random.uniform(0.3, 1.2, ()) for name in "xwby"},
    _chain,
    ("e", "a", "z", "p", "b", "x", "w"),
    (
        Slip("e", _TWO, "factor 2 forgotten", lambda v, g: v["e"]),
        Slip("e", "This is the value of the square, not its slope.", "the value for the derivative",
             lambda v, g: v["e"] ** 2),
        _turned("a", lambda v, g: g["e"]),
        Slip("z", "The slope of tanh is written with its output; you used its input.", "tanh' of the input",
             lambda v, g: g["a"] * (1 - v["z"] ** 2)),
        Slip("z", "This is the value of tanh, not its slope.", "the value for the derivative",
             lambda v, g: g["a"] * v["a"]),
        Slip("z", "The slope of tanh is missing.", "a local derivative is missing", lambda v, g: g["a"]),
        Slip("z", "This is the slope of tanh alone. What arrives from a is missing.", "the chain is broken",
             lambda v, g: 1 - v["a"] ** 2),
        Slip("x", "In a product, which of the two factors is the slope?", "the own factor in a product",
             lambda v, g: g["p"] * v["x"]),
        Slip("w", "w reaches the loss in two ways, and only one is in it.", "overwritten instead of added",
             lambda v, g: g["p"] * v["x"]),
        Slip("w", "w reaches the loss in two ways, and only one is in it.", "overwritten instead of added",
             lambda v, g: 2 * v["w"]),
    ),
)  # fmt: skip


def _linear(x: Any, w: Any, b: Any, y: Any) -> dict[str, Any]:
    p = x @ w
    z = p + b
    e = z - y
    s = e**2
    return {"p": p, "z": z, "e": e, "s": s, "loss": s.mean()}


def _linear_inputs(random: np.random.Generator, n: int, i: int, o: int) -> dict[str, np.ndarray]:
    return {
        name: random.normal(size=shape) for name, shape in (("x", (n, i)), ("w", (i, o)), ("b", (o,)), ("y", (n, o)))
    }


_LINEAR = Network(
    _linear_inputs,
    _linear,
    ("s", "e", "z", "p", "b", "w", "x"),
    (
        Slip("s", "A mean divides.", "1/n forgotten", lambda v, g: np.ones_like(v["s"])),
        Slip("s", "The mean is over all numbers, not over the rows only.", "1/n with the rows only",
             lambda v, g: np.ones_like(v["s"]) / len(v["s"])),
        Slip("e", _TWO, "factor 2 forgotten", lambda v, g: g["s"] * v["e"]),
        _turned("z", lambda v, g: g["e"]),
        *_bias("b", "z"),
        Slip("w", "It lies on its side.", "the transpose of the gradient", lambda v, g: g["p"].T @ v["x"]),
        Slip("w", "The rows' parts add up; you divided once more.", "divided by n twice",
             lambda v, g: v["x"].T @ g["p"] / len(v["x"])),
    ),
)  # fmt: skip


def _layers(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, y: Any) -> dict[str, Any]:
    z1 = x @ w1 + b1
    h = z1.relu()
    z2 = h @ w2 + b2
    e = z2 - y
    return {"z1": z1, "h": h, "z2": z2, "e": e, "loss": (e**2).mean()}


def _layers_inputs(random: np.random.Generator, n: int, i: int, o: int) -> dict[str, np.ndarray]:
    shapes = {"x": (n, i), "w1": (i, 6), "b1": (6,), "w2": (6, o), "b2": (o,), "y": (n, o)}
    return {name: random.normal(size=shape) for name, shape in shapes.items()}


_LAYERS = Network(
    _layers_inputs,
    _layers,
    ("e", "z2", "b2", "w2", "h", "z1", "b1", "w1", "x"),
    (
        Slip("e", "A mean divides.", "1/n forgotten", lambda v, g: 2 * v["e"]),
        Slip("e", _TWO, "factor 2 forgotten", lambda v, g: v["e"] / v["e"].size),
        *_bias("b2", "z2"),
        *_bias("b1", "z1"),
        Slip("z1", "Where relu is flat, nothing comes through.", "relu is left out", lambda v, g: g["h"]),
        Slip("z1", "The mask is of the wrong tensor: relu looks at its input, not at the gradient.",
             "relu mask of the wrong tensor", lambda v, g: g["h"] * (g["h"] > 0)),
        Slip("z1", "These are relu's values, not its slopes.", "the value for the derivative",
             lambda v, g: g["h"] * v["h"]),
        Slip("z1", "This is relu's slope alone. What arrives from h is missing.", "the chain is broken",
             lambda v, g: v["z1"] > 0),
    ),
)  # fmt: skip


def _entropy(logits: Any, targets: Any) -> dict[str, Any]:
    return {"loss": torch.nn.functional.cross_entropy(logits, targets)}


def _soft(logits: np.ndarray, dim: int = 1) -> np.ndarray:
    powers = np.exp(logits)
    return powers / powers.sum(dim, keepdims=True)


def _hot(v: Values) -> np.ndarray:
    return np.eye(v["logits"].shape[1])[v["targets"]]


def _entropy_slips(words: str, name: str, formula: Callable[[Values], Any]) -> tuple[Slip, ...]:
    """The slip with the mean over the rows, and without."""
    return (
        Slip("logits", words, name, lambda v, g: formula(v) / len(v["logits"])),
        Slip("logits", words, name, lambda v, g: formula(v)),
    )


_ENTROPY = Network(
    # No row has the last class for its target: what belongs to some row's target is then not what belongs to any class.
    lambda random, n, i, o: {"logits": random.normal(size=(n, i + 1)), "targets": random.integers(0, i, n)},
    _entropy,
    ("logits",),
    (
        Slip("logits", "The loss is a mean over the rows.", "1/n forgotten",
             lambda v, g: _soft(v["logits"]) - _hot(v)),
        Slip("logits", "The mean is over the rows, not over all numbers.", "divided by all numbers",
             lambda v, g: (_soft(v["logits"]) - _hot(v)) / v["logits"].size),
        *_entropy_slips("The targets play no part in it.", "one-hot not subtracted", lambda v: _soft(v["logits"])),
        *_entropy_slips("Look at its sign.", "the sign is turned", lambda v: _hot(v) - _soft(v["logits"])),
        *_entropy_slips("The softmax goes along the rows: each row sums to one.", "softmax over the batch",
                        lambda v: _soft(v["logits"], 0) - _hot(v)),
        *_entropy_slips("The softmax goes along the rows: each row sums to one.", "softmax over all numbers",
                        lambda v: np.exp(v["logits"]) / np.exp(v["logits"]).sum() - _hot(v)),
        *_entropy_slips("The powers of e are not probabilities yet: a row of them does not sum to one.",
                        "softmax is not normalised", lambda v: np.exp(v["logits"]) - _hot(v)),
        *_entropy_slips("The logits are not probabilities yet.", "logits for probabilities",
                        lambda v: v["logits"] - _hot(v)),
        *_entropy_slips("These are the logarithms of the probabilities.", "log-probabilities for probabilities",
                        lambda v: np.log(_soft(v["logits"])) - _hot(v)),
        *_entropy_slips("A target is the number of a class, its place in the row. Here it is used as a value.",
                        "the index for the one-hot", lambda v: _soft(v["logits"]) - v["targets"][:, None]),
        # Where there are as many rows as classes, the shapes let this through.
        *_entropy_slips("A target is the number of a class, its place in the row. Here it is used as a value.",
                        "the index for the one-hot",
                        lambda v: _soft(v["logits"]) - (v["targets"] if len(set(v["logits"].shape)) == 1 else np.nan)),
        *_entropy_slips("Each row has a target of its own. Here the targets of all rows count in each.",
                        "the targets of all rows", lambda v: _soft(v["logits"]) - _hot(v).max(0)),
        *_entropy_slips("Something is taken away in every class. The target is one of them.",
                        "subtracted from every class", lambda v: _soft(v["logits"]) - 1),
        *_entropy_slips("Only the logits of the targets have a gradient here. The softmax depends on the others, too.",
                        "the other classes are left out", lambda v: (_soft(v["logits"]) - _hot(v)) * _hot(v)),
        *_entropy_slips("This is the slope of the logarithm. The way back through the softmax is missing.",
                        "a local derivative is missing", lambda v: -_hot(v) / _soft(v["logits"])),
    ),
)  # fmt: skip


def _entropy_gradient(answer: Any) -> str:
    signature = "gradients(logits,targets)"
    praise = _judged(answer, _ENTROPY, signature, "two operations, and one short gradient, for large logits too.")
    inputs = _ENTROPY.inputs(np.random.default_rng(410), 3, 3, 0)
    # One number for each row, which changes nothing in its softmax: neither float32 nor float64 holds e to its power.
    inputs["logits"] += np.array([[1000.0], [-1000.0], [0.0]])
    _, right = _truth(_ENTROPY, inputs)
    try:
        handed = call(answer, *_tensors(inputs).values())
        found = numbers(handed.get("logits") if isinstance(handed, dict) else None, "logits")
    except Wrong as wrong:
        if isinstance(wrong, Raised) and not isinstance(wrong.error, ArithmeticError):
            raise
        found = np.array(np.nan)
    if not close(found, right["logits"]):
        raise Wrong(
            "the gradient is right as long as the logits are small. With logits near 1000 in one row and as far below "
            "zero in another it is not: e to their power is infinite, or zero. Which number can be added to all logits "
            "of a row, so that its softmax stays and no power is too large?",
            "exp overflows",
        )
    return praise


def _grader(network: Network, signature: str, praise: str) -> Callable[[Any], str]:
    return lambda answer: _judged(answer, network, signature, praise)


QUESTIONS = {
    "04.1": Question(
        title="A chain of numbers",
        minutes=8,
        difficulty=1,
        hints=(
            "Begin at the loss and go back one line at a time.",
            "Each gradient is the one that arrives, times the slope of that one line.",
            "Two lines use w. What comes back from both adds up.",
        ),
        grade=_grader(_CHAIN, "gradients(x,w,b,y)", "you walked back through the whole chain."),
    ),
    "04.2": Question(
        title="A layer on a batch",
        minutes=12,
        difficulty=2,
        hints=(
            "Each gradient has the shape of its tensor. Write the shapes down first.",
            "The bias is used once for each row. What comes back from all rows adds up.",
            "For the product there is one way only to multiply so that the shapes fit: with one factor transposed.",
        ),
        grade=_grader(_LINEAR, "gradients(x,w,b,y)", "the shapes and the sums are all in place."),
    ),
    "04.3": Question(
        title="Two layers",
        minutes=15,
        difficulty=3,
        hints=(
            "It is the layer of 04.2 twice, with relu in between.",
            "Through relu comes what arrives where its input was positive, and nothing elsewhere.",
            "The gradient of h is to the second layer what the gradient of x is to the first.",
        ),
        grade=_grader(_LAYERS, "gradients(x,w1,b1,w2,b2,y)", "this is the backward pass of a network."),
    ),
    "04.4": Question(
        title="Softmax and cross-entropy in one",
        minutes=12,
        difficulty=3,
        hints=(
            "Write the loss of one row: the logarithm of a sum of powers of e, minus the logit of the target.",
            "The slope of the first part is a softmax. The second part touches one logit only.",
            "Each row of the gradient sums to zero. The loss is a mean over the rows.",
        ),
        grade=_entropy_gradient,
    ),
}
