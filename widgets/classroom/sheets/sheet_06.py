"""Sheet 06, Jacobians: one pass for many rows, J u by two passes back, a Hessian times a vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import minigrad as torch
from minigrad.engine import observed_by

from ..guard import Raised, call
from ..predicting import Option, Slip, chosen, predicted
from ..program import Program
from ..question import Question
from ..reading import function, numbers, shape_words
from ..training import Passes, close, tensor
from ..verdict import Wrong

Tensor = torch.Tensor
Operation = Callable[[Tensor], Tensor]

# 06.1: shapes and passes

SHAPES = Program(
    """
    def f(x):
        return torch.stack([x.sum(), (x * x).sum(), x[0] * x[1]])

    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
    J = torch.autograd.functional.jacobian(f, x)
    rows, columns = J.shape
    """
)

_SHAPES_SLIPS = (
    Slip("J_rows", "columns", "J has a row for each output.", "rows and columns exchanged"),
    Slip("J_rows", "1", "f has more than one output, and each has a row.", "one row for all outputs"),
    Slip("backward_passes", "columns", "one pass back gives a row: count the rows.", "a backward pass gives a column"),
    Slip(
        "backward_passes",
        "1",
        "one pass back gives one row, or a weighted sum of rows. How many are needed to know all?",
        "one pass gives all of J",
    ),
    Slip("backward_passes", "rows * columns", "one pass back gives a whole row at once.", "a pass for each number"),
    Slip("forward_passes", "rows", "one pass forward gives a column: count the columns.", "a forward pass gives a row"),
    Slip("forward_passes", "1", "one pass forward moves x in one direction only.", "one pass gives all of J"),
)

# Functions of a vector, the first two row by row: row i of the result depends on row i of a batch only.


def _cubic(x: Tensor) -> Tensor:
    return x * x * x + x


def _mixed(x: Tensor) -> Tensor:
    return torch.stack([x[..., 0] * x[..., 1], x[..., 1].exp(), x[..., 0] + x[..., 2] * x[..., 2]], -1)


def _tall(x: Tensor) -> Tensor:
    return torch.stack([x[..., 0] * x[..., 1], x[..., 0].sin()], -1)


_VECTORS: tuple[tuple[Operation, list[float]], ...] = (
    (_cubic, [0.5, -1.5]),
    (_mixed, [0.7, -0.4, 1.2]),
    (_tall, [0.3, 0.8]),
    (_tall, [1.1, -0.2, 0.4]),
)


def _jacobian(f: Operation, x: list[float]) -> np.ndarray:
    matrix = torch.autograd.functional.jacobian(f, torch.tensor(x))
    return np.asarray(matrix).astype(np.float64)


def _result(answer: Callable, arguments: list[Any], name: str) -> tuple[np.ndarray, int]:
    """What the student's function returns, and how many backward passes it took."""
    before = [np.array(a.detach()) for a in arguments if isinstance(a, Tensor)]
    with observed_by(passes := Passes()):
        result = call(answer, *arguments)
    if result is None:
        raise Wrong(f"{name} returned None. Is the return missing?", "nothing is returned")
    for old, now in zip(before, [a for a in arguments if isinstance(a, Tensor)], strict=True):
        if not close(np.array(now.detach()), old):
            raise Wrong("an argument was changed. It still belongs to the caller.", "arguments are changed")
    return numbers(result, f"what {name} returns"), passes.count


# 06.2: all rows in one pass


def all_rows(answer: Any) -> str:
    jacobian = function(answer, "jacobian(f, x, outputs)")
    found, counts = [], []
    for f, x in _VECTORS:
        outputs = len(f(torch.tensor(x)))
        try:
            value, count = _result(jacobian, [f, torch.tensor(x), outputs], "jacobian")
        except Raised as raised:
            if "grad can be implicitly created" in str(raised.error):
                raise Wrong(
                    f"the result has many elements, so backward needs weights: which, for row i of J?\n  {raised}",
                    "no cotangent",
                ) from None
            raise
        found.append(value)
        counts.append(count)
    rights = [_jacobian(*each) for each in _VECTORS]
    if all(map(close, found, rights)):
        if any(count != 1 for count in counts):
            raise Wrong(
                f"all numbers are right, but it took {max(counts)} passes back. Make one batch of it: copies of "
                "x, as many as J has rows, each with its own weights.",
                "one pass for each row",
            )
        return "each copy of x goes back with its own weights, and all rows of J arrive together."
    for words, misconception, wrong in (
        ("this is the transpose of J. J has a row for each output.", "J transposed", lambda J: J.T),
        (
            "these are the rows of J added up: every output got the weight 1 in one pass.",
            "the rows are added",
            lambda J: J.sum(0),
        ),
        (
            "every row is the sum of all rows: each copy went back with ones. Which weights single out one output?",
            "ones for a basis vector",
            lambda J: np.broadcast_to(J.sum(0), J.shape),
        ),
        ("this is the diagonal of J alone.", "only the diagonal of J", lambda J: np.diagonal(J)),
    ):
        if all(close(value, wrong(J)) for value, J in zip(found, rights, strict=True)):
            raise Wrong(words, misconception)
    for value, J in zip(found, rights, strict=True):
        if value.shape != J.shape:
            raise Wrong(
                f"the result has shape {shape_words(value.shape)}, and J another one: a row for each output, a column "
                "for each input.",
                "another shape than J",
            )
    raise Wrong("this is not J. Take a function of two numbers, and write its four slopes down.")


# 06.3: J u without a forward mode

_DIRECTIONS = ([1.0, -2.0], [0.5, 1.0, -1.0], [2.0, 0.3], [1.0, 0.5, -0.7])


def directional(answer: Any) -> str:
    jvp = function(answer, "jvp(f, x, u)")
    found, trials = [], []
    for (f, x), u in zip(_VECTORS, _DIRECTIONS, strict=True):
        value, _ = _result(jvp, [f, torch.tensor(x), torch.tensor(u)], "jvp")
        found.append(value)
        trials.append((f, x, np.array(u), _jacobian(f, x)))
    if all(close(value, J @ u) for value, (_, _, u, J) in zip(found, trials, strict=True)):
        return "the pass back is linear in its cotangent, and its slope with respect to it is J, standing up."
    mistakes: tuple[tuple[str, str, Callable[..., np.ndarray]], ...] = (
        (
            "these are the rows of J added up, whatever u is.",
            "u is ignored",
            lambda f, x, u, J: J.sum(0),
        ),
        (
            "this is the sum of each row of J, as if every element of u were 1.",
            "u is ignored",
            lambda f, x, u, J: J.sum(1),
        ),
        ("these are the values of f.", "values for derivatives", lambda f, x, u, J: np.asarray(f(torch.tensor(x)))),
        (
            "this is how f differs between x + u and x. J u is what that would be if f were straight.",
            "a difference for a derivative",
            lambda f, x, u, J: np.asarray(f(tensor(np.array(x) + u))) - np.asarray(f(torch.tensor(x))),
        ),
        (
            "all was added up into one number. J u has one number for each output.",
            "summed over the outputs",
            lambda f, x, u, J: np.array((J @ u).sum()),
        ),
        ("the sign is turned.", "the sign is turned", lambda f, x, u, J: -(J @ u)),
        ("this is J itself.", "J for J u", lambda f, x, u, J: J),
        (
            "the columns of J are weighted by u, which is right, but not added.",
            "contributions are not added",
            lambda f, x, u, J: J * u,
        ),
    )
    for words, misconception, wrong in mistakes:
        if all(close(value, wrong(*trial)) for value, trial in zip(found, trials, strict=True)):
            raise Wrong(words, misconception)
    square = [(value, u, J) for value, (_, _, u, J) in zip(found, trials, strict=True) if J.shape[0] == J.shape[1]]
    if all(close(value, u @ J) for value, u, J in square):
        raise Wrong(
            "this is uᵀJ: the rows of J weighted by u. J u weights the columns: how the outputs move along u.",
            "vᵀJ for J u",
        )
    raise Wrong("this is not J u. Take a function of two numbers, write its slopes down, and weight the columns.")


# 06.4: a Hessian times a vector


def _bowl(x: Tensor) -> Tensor:
    return (x * x * x).sum() + x[0] * x[1] * 2


def _wave(x: Tensor) -> Tensor:
    return (x.sin() * x.sum()).sum()


_SCALARS: tuple[tuple[Operation, list[float], list[float]], ...] = (
    (_bowl, [0.5, -1.0], [1.0, 2.0]),
    (_bowl, [1.5, 0.3, -0.7], [0.5, -1.0, 2.0]),
    (_wave, [0.2, 1.1, -0.4], [1.0, 0.5, -2.0]),
)


def hessian_vector(answer: Any) -> str:
    hvp = function(answer, "hvp(f, x, v)")
    found, counts, trials = [], [], []
    for f, x, v in _SCALARS:
        try:
            value, count = _result(hvp, [f, torch.tensor(x), torch.tensor(v)], "hvp")
        except Raised as raised:
            if "does not require grad" in str(raised.error):
                raise Wrong(
                    "the first gradient has no history, so it cannot be differentiated in turn. What makes backward "
                    f"leave a graph?\n  {raised}",
                    "the gradient is not recorded",
                ) from None
            raise
        found.append(value)
        counts.append(count)
        H = np.asarray(torch.autograd.functional.hessian(f, torch.tensor(x))).astype(np.float64)
        leaf = torch.tensor(x, requires_grad=True)
        (slope,) = torch.autograd.grad(f(leaf), leaf)
        trials.append((np.asarray(slope).astype(np.float64), np.array(v), H))
    if all(close(value, H @ v) for value, (_, v, H) in zip(found, trials, strict=True)):
        if max(counts) > 2:
            raise Wrong(
                f"the numbers are right, but it took {max(counts)} passes back: the whole Hessian was built. Two "
                "passes are enough, however long x is.",
                "the whole Hessian is built",
            )
        return "the slope of the gradient along v: two passes, and no matrix."
    mistakes: tuple[tuple[str, str, Callable[..., np.ndarray]], ...] = (
        ("this is the gradient of f. Its slope is wanted.", "the first derivative", lambda g, v, H: g),
        ("this is the gradient times v, element by element.", "the gradient times v", lambda g, v, H: g * v),
        (
            "this is the gradient times v, added up: the slope of f along v.",
            "the gradient times v",
            lambda g, v, H: g @ v,
        ),
        ("v is not in it: these are the rows of H added up.", "v is ignored", lambda g, v, H: H.sum(0)),
        ("only the diagonal of H is in it.", "only the diagonal of H", lambda g, v, H: np.diagonal(H) * v),
        ("this is vᵀHv: one number. H v has one for each input.", "summed over the inputs", lambda g, v, H: v @ H @ v),
        ("this is H itself.", "H for H v", lambda g, v, H: H),
        (
            "the first gradient is added to it: a .grad was not empty.",
            "the gradients add up",
            lambda g, v, H: g + H @ v,
        ),
        ("the sign is turned.", "the sign is turned", lambda g, v, H: -(H @ v)),
    )
    for words, misconception, wrong in mistakes:
        if all(close(value, wrong(*trial)) for value, trial in zip(found, trials, strict=True)):
            raise Wrong(words, misconception)
    raise Wrong("this is not H v. Differentiate f by hand once, weight the gradient by v, and differentiate that.")


# 06.5: what one pass with ones gives

DIAGONAL = Program(
    """
    x = torch.tensor([0.5, 1.0, 2.0])

    def one_pass(f):
        leaf = x.clone().requires_grad_()
        f(leaf).backward(torch.ones(3))
        return leaf.grad

    def is_diagonal(f):
        J = torch.autograd.functional.jacobian(f, x)
        return torch.allclose(one_pass(f), J.diagonal())
    """
)


def _diagonal(code: str, words: str, misconception: str) -> Option:
    return Option(f"`{code}`", f"is_diagonal(lambda x: {code})", words, misconception)


_DIAGONALS = (
    _diagonal(
        "x * x.sum()",
        "x.sum() lets every element into every output, so each column of J has more than one number.",
        "a sum is elementwise",
    ),
    _diagonal(
        "torch.softmax(x, -1)", "the shares depend on each other: all elements are in each.", "softmax is elementwise"
    ),
    _diagonal("x.cumsum(0)", "an output holds all elements before it as well.", "a running sum is elementwise"),
    _diagonal(
        "x - x.mean()", "the mean holds all elements, and every output holds the mean.", "the mean is a constant"
    ),
    _diagonal("x.exp() * x", "", ""),
    _diagonal("x * x[0]", "x[0] is in every output, so its column of J is full.", "one element is a constant"),
)

QUESTIONS = {
    "06.1": Question(
        title="Rows, columns, passes",
        minutes=5,
        difficulty=1,
        hints=(
            "How many numbers does f take, and how many does it give?",
            "J has a row for each output and a column for each input.",
            "One pass back weights the rows; with a weight on one output only, one row comes out. Forward: columns.",
        ),
        grade=predicted(
            SHAPES,
            {"J_rows": "rows", "backward_passes": "rows", "forward_passes": "columns"},
            _SHAPES_SLIPS,
            "few outputs: backward is cheaper. Few inputs: forward is.",
        ),
        program=SHAPES,
        asks=("J_rows", "backward_passes", "forward_passes"),
    ),
    "06.2": Question(
        title="All rows at once",
        minutes=15,
        difficulty=3,
        hints=(
            "f takes batches: hand it a batch of copies of x, one for each row of J.",
            "Row i of the batch's result depends on row i of the batch only. Which weights single out output i there?",
            "The weights of all copies together are a square matrix, and its rows are the basis vectors.",
        ),
        grade=all_rows,
    ),
    "06.3": Question(
        title="J u from passes back",
        minutes=12,
        difficulty=3,
        hints=(
            "The gradient g(v) = vᵀJ is linear in v. What is its slope with respect to v?",
            "Let v be a tensor that wants a gradient, any values will do, and compute g(v) with create_graph=True.",
            "Then go back from g(v) to v, with u as cotangent. Or use the forward mode in torch.func, if you know it.",
        ),
        grade=directional,
    ),
    "06.4": Question(
        title="A Hessian times a vector",
        minutes=10,
        difficulty=2,
        hints=(
            "H is the Jacobian of the gradient, so H v is a slope of the gradient.",
            "Compute the gradient so that it leaves a graph of its own: create_graph=True.",
            "Multiply that gradient with v and add up; the gradient of this one number is what is asked for.",
        ),
        grade=hessian_vector,
    ),
    "06.5": Question(
        title="When one pass is enough",
        minutes=5,
        difficulty=2,
        hints=(
            "A pass with ones gives the sums of the columns of J.",
            "When is the sum of a column its diagonal element? When all others in it are zero.",
            "Look for the function in which each output needs its own element and no other.",
        ),
        grade=chosen(DIAGONAL, _DIAGONALS, "each output depends on its own element alone, so J is diagonal."),
        program=DIAGONAL,
        options=tuple(option.text for option in _DIAGONALS),
    ),
}
