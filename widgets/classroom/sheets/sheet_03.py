"""Sheet 03, predictions: what is in .grad after a few lines, what is recorded, and what raises an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..equipped import Equipped
from ..predicting import Slip, parted, predicted
from ..program import Program
from ..question import Question
from ..verdict import Wrong

# 03.1: two paths that part and meet

DIAMOND = Program(
    """
    x = torch.tensor(2.0, requires_grad=True)
    a = 3 * x
    b = a * a
    c = 5 * a
    y = b + c
    y.backward()
    """
)

_DIAMOND_SLIPS = (
    Slip(
        "x_grad",
        "y.item()",
        "this is the value of y. x.grad holds the slope: how fast y changes when x does.",
        "the value for the gradient",
    ),
    Slip(
        "x_grad",
        "torch.autograd.grad(9 * x * x, x)[0].item()",
        "only the way through b is in it. a goes into c as well, and what comes back from there counts too.",
        "a path is lost",
    ),
    Slip(
        "x_grad",
        "torch.autograd.grad(15 * x, x)[0].item()",
        "only the way through c is in it. a goes into b as well, and what comes back from there counts too.",
        "a path is lost",
    ),
    Slip(
        "x_grad",
        "torch.autograd.grad(3 * x * a.detach() + 5 * 3 * x, x)[0].item()",
        "in b = a * a, one of the two a counts as a constant. Each of the two sends a gradient back.",
        "one of two uses",
    ),
    Slip(
        "x_grad",
        "torch.autograd.grad(a.detach().requires_grad_() * 0 + y.detach(), x, allow_unused=True)[0] or "
        "torch.autograd.grad((z := a.detach().requires_grad_()) * z + 5 * z, z)[0].item()",
        "this is the gradient of y with respect to a. One more link leads from a to x.",
        "the last link is missing",
    ),
    Slip(
        "x_grad",
        "torch.autograd.grad(9 * x * x, x)[0].item() * torch.autograd.grad(15 * x, x)[0].item()",
        "you multiplied the two paths. Along a path the factors multiply; the paths themselves add up.",
        "paths multiply",
    ),
    Slip(
        "x_grad",
        "torch.autograd.grad((z := a.detach().requires_grad_()) * z + 5 * z, z)[0].item() + "
        "torch.autograd.grad(3 * x, x)[0].item()",
        "the derivatives along a path are added. Along a path they multiply; where paths meet, their products add up.",
        "links add",
    ),
    Slip(
        "x_grad",
        "torch.autograd.functional.hessian(lambda x: 9 * x * x + 15 * x, x.detach()).item()",
        "this is the second derivative. backward() computes the first, at the x of this program.",
        "the second derivative",
    ),
)

# 03.2: which tensors have a .grad

WHOSE = Program(
    """
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    u = torch.tensor([5.0, 6.0], requires_grad=True)
    x = torch.tensor([3.0, 4.0])

    h = w * x
    y = h.sum()
    y.backward()
    """
)

_OF_DATA = "nobody asked for a gradient of x when it was made, so none is kept for it."
_OF_RESULTS = (
    "it is computed, no leaf. The gradient passes through it on its way to the leaves, and is not kept unless somebody "
    "asks for that."
)
_OF_THE_UNUSED = "u is a leaf that wants a gradient, but does any way lead from y back to u?"

_WHOSE_SLIPS = (
    Slip(
        "w_grad",
        "None",
        "w is a leaf that wants a gradient, and y is computed from it: something arrives.",
        "the leaf gets nothing",
    ),
    Slip(
        "w_grad",
        "w",
        "these are the numbers in w. How fast y changes with them is decided by what they are multiplied by.",
        "the value for the gradient",
    ),
    Slip("w_grad", "h", "these are the products. The gradient needs their derivatives.", "the value for the gradient"),
    Slip(
        "w_grad",
        "torch.ones(2)",
        "this is the gradient of the sum with respect to h. One more link leads from h to w.",
        "the last link is missing",
    ),
    Slip(
        "w_grad",
        "w.grad.sum()",
        "the numbers were added up into one. A gradient has the shape of its tensor.",
        "summed over the elements",
    ),
    Slip("x_grad", "w", _OF_DATA, "every tensor gets a gradient"),
    Slip("h_grad", "torch.ones(2)", "h requires a gradient, but " + _OF_RESULTS, "results keep their gradients"),
    Slip("y_grad", "1", "the walk starts at y with this number. But y: " + _OF_RESULTS, "y keeps its start"),
    *[
        Slip(ask, zeros, words + " Empty is something else than zero.", "zero for None")
        for ask, words in (
            ("x_grad", _OF_DATA),
            ("h_grad", "h: " + _OF_RESULTS),
            ("y_grad", "y: " + _OF_RESULTS),
            ("u_grad", _OF_THE_UNUSED),
        )
        for zeros in ("torch.zeros(2)", "0")
    ],
    Slip("u_grad", "u", _OF_THE_UNUSED, "an unused leaf gets a gradient"),
    Slip("u_grad", "torch.ones(2)", _OF_THE_UNUSED, "an unused leaf gets a gradient"),
)

# 03.3: several backward calls, and an emptied gradient

ADDED_UP = Program(
    """
    x = torch.tensor(3.0, requires_grad=True)

    (x * x).backward()
    one = x.grad.item()

    (4 * x).backward()
    two = x.grad.item()

    x.grad.zero_()
    for factor in (1, 10):
        y = factor * x * x
        y.backward()
    three = x.grad.item()
    """
)

_REPLACED = "you let a backward() replace what was there. It adds to x.grad, whatever is there."

_ADDED_UP_SLIPS = (
    Slip(
        "one",
        "(x * x).item()",
        "this is the value of x * x. x.grad holds its slope.",
        "the value for the gradient",
    ),
    Slip(
        "one",
        "torch.autograd.grad(x * x.detach(), x)[0].item()",
        "one of the two x counts as a constant. Each of the two sends a gradient back.",
        "one of two uses",
    ),
    Slip("two", "two - one", _REPLACED, "the new gradient replaces the old"),
    Slip(
        "two",
        "one * (two - one)",
        "you multiplied the two gradients. backward() adds.",
        "gradients multiply",
    ),
    Slip("two", "one", "the second backward() brings a gradient too: that of 4 * x.", "a backward is lost"),
    Slip(
        "three",
        "torch.autograd.grad(y.detach() + 10 * x * x, x)[0].item()",
        _REPLACED + " Two calls come after zero_().",
        "the new gradient replaces the old",
    ),
    Slip(
        "three",
        "two + three",
        "what was there before zero_() is still in it. zero_() fills the tensor with zeros.",
        "zero_ changes nothing",
    ),
    Slip(
        "three",
        "two + torch.autograd.grad(10 * x * x, x)[0].item()",
        "what was there before zero_() is still in it. zero_() fills the tensor with zeros.",
        "zero_ changes nothing",
    ),
    Slip("three", "0", "zero_() empties what is there. The calls after it add to that.", "zero_ is for ever"),
    Slip("three", "None", "zero_() leaves zeros, not None; and two calls come after it.", "zero_ is for ever"),
    Slip(
        "three",
        "one",
        "only the first round of the loop is in it. The loop has two, with another factor each.",
        "a backward is lost",
    ),
    Slip("three", "y.item()", "this is the value of y. x.grad holds slopes.", "the value for the gradient"),
)

# 03.4: no_grad and detach in the middle

CUT = Program(
    """
    x = torch.tensor(2.0, requires_grad=True)
    a = x * x
    with torch.no_grad():
        b = 3 * x
    c = a.detach() * x
    y = a * b + c
    y.backward()
    """
)

_CUT_SLIPS = (
    Slip(
        "b_tracked",
        "True",
        "b is computed where nothing is recorded, whatever its inputs want.",
        "no_grad does not stop recording",
    ),
    Slip(
        "c_tracked",
        "False",
        "one factor of c is detached. What about the other?",
        "one detached input cuts all",
    ),
    Slip(
        "x_grad",
        "y.item()",
        "this is the value of y. x.grad holds its slope.",
        "the value for the gradient",
    ),
    Slip(
        "x_grad",
        "torch.autograd.grad(3 * x ** 3 + x ** 3, x)[0].item()",
        "this is the gradient if nothing were cut. Which lines leave no way back?",
        "nothing is cut",
    ),
    Slip(
        "x_grad",
        "torch.autograd.grad(3 * x ** 3 + a.detach() * x, x)[0].item()",
        "a gradient goes back through b in it. b was computed where nothing is recorded.",
        "no_grad does not stop recording",
    ),
    Slip(
        "x_grad",
        "torch.autograd.grad(x * x * b + x ** 3, x)[0].item()",
        "a gradient goes back through a.detach() in it. detach() gives the numbers without the history.",
        "detach does not cut",
    ),
    Slip(
        "x_grad",
        "torch.autograd.grad(a.detach() * b + c.detach() + x * 0, x)[0].item()",
        "what is cut off counts as zero in it, or as if nothing were left. Cut tensors keep their numbers: as "
        "constants they still weigh what they are multiplied with.",
        "a cut tensor counts as zero",
    ),
    Slip(
        "x_grad",
        "None",
        "ways are cut, but not all: a * b and c still have one back to x each.",
        "one cut cuts everything",
    ),
    Slip(
        "x_grad",
        "torch.autograd.grad(a.detach() * x, x)[0].item()",
        "only what comes through c is in it. a.detach() is another tensor; a itself keeps its history.",
        "detach changes the tensor itself",
    ),
    Slip(
        "x_grad",
        "torch.autograd.grad(x * x * b, x)[0].item()",
        "only what comes through a * b is in it. c has a way back to x too.",
        "one detached input cuts all",
    ),
)

# 03.5: the gradient of a vector

COTANGENT = Program(
    """
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    v = torch.tensor([1.0, 0.0, 2.0])

    y = x * x.sum()
    y.backward(v)
    """
)

_JACOBIAN = "torch.autograd.functional.jacobian(lambda x: x * x.sum(), x.detach())"

_COTANGENT_SLIPS = (
    Slip(
        "x_grad",
        f"{_JACOBIAN} @ v",
        "this is J v, how y changes when x moves along v. backward(v) gives vᵀJ: it weights the rows of J, one for "
        "each output.",
        "J v for vᵀJ",
    ),
    Slip(
        "x_grad",
        "torch.autograd.grad(x * x.sum().detach(), x, v)[0]",
        "x.sum() counts as a constant in it. It depends on all of x, and sends a gradient to each element.",
        "one of two uses",
    ),
    Slip(
        "x_grad",
        "torch.autograd.grad(x.detach() * x.sum(), x, v)[0]",
        "the factor x counts as a constant in it; only what comes back through x.sum() is there.",
        "one of two uses",
    ),
    Slip(
        "x_grad",
        "torch.autograd.grad((x * x.sum()).sum(), x)[0]",
        "this is the gradient of y.sum(), as if every weight were 1. v weights each output by its own element.",
        "v is ignored",
    ),
    Slip("x_grad", "y", "these are the values of y. The gradient needs derivatives.", "the value for the gradient"),
    Slip(
        "x_grad",
        "v * y",
        "this is v times the values. The gradient needs derivatives.",
        "the value for the gradient",
    ),
    Slip(
        "x_grad",
        f"{_JACOBIAN}.diagonal() * v",
        "only the diagonal of J is in it: each x[j] sends its change to y[j] alone. Which outputs does x.sum() feed?",
        "only the diagonal of J",
    ),
    Slip(
        "x_grad",
        "x.grad.sum()",
        "the numbers were added up into one. A gradient has the shape of its tensor.",
        "summed over the elements",
    ),
    Slip(
        "x_grad",
        "v * torch.autograd.grad((x * x.sum()).sum(), x)[0]",
        "this is the gradient of y.sum(), times v at the end. v weights the outputs, before they are added up; the "
        "result has one number for each input.",
        "v weights the inputs",
    ),
    Slip("x_grad", _JACOBIAN, "this is J itself. vᵀJ is one row: the rows of J weighted by v, and added.", "J for vᵀJ"),
    Slip(
        "x_grad",
        "None",
        "x is a leaf that wants a gradient, and with v the call is complete: something arrives.",
        "vectors have no gradient",
    ),
)

# 03.6: which of these raise an error, and which one

# What the words of the question mean: a part of the error's message.
_ERRORS = {
    "used up": "backward through the graph a second time",
    "not one number": "only for scalar outputs",
    "not recorded": "does not require grad and does not have a grad_fn",
    "leaf changed": "a leaf Variable that requires grad",
    "saved value changed": "has been modified by an inplace operation",
}
WORDS = ("runs", *_ERRORS)


def happens(lines: Callable[[], object]) -> str:
    """One of WORDS: how it ends when these lines run."""
    try:
        lines()
    except Exception as error:
        message = str(error)
        return next((word for word, part in _ERRORS.items() if part in message), type(error).__name__)
    return "runs"


ENDINGS = Equipped(
    """
    def leaf(*values):
        return torch.tensor(*values, requires_grad=True)

    def a():
        x = leaf(2.0)
        y = x * x
        y.backward()
        y.backward()

    def b():
        x = leaf(2.0)
        y = x + x
        y.backward()
        y.backward()

    def c():
        x = leaf([2.0, 3.0])
        y = x * 4
        y.backward()

    def d():
        x = leaf(2.0)
        y = x.exp()
        y += 1
        y.backward()

    def e():
        x = leaf(2.0)
        y = x * 3
        y += 1
        y.backward()

    def f():
        x = leaf([2.0])
        with torch.no_grad():
            y = x * x
        y.backward()

    def g():
        x = leaf(2.0)
        y = x * x
        y.backward()
        x -= 0.1 * x.grad
    """,
    happens=happens,
)

_SECOND_BACKWARD = "the first backward() throws away what the operations saved. Did this one save something it needs?"

_ENDINGS_SLIPS = (
    Slip("a", "'runs'", _SECOND_BACKWARD, "a graph can be used twice"),
    Slip("b", "'used up'", _SECOND_BACKWARD, "every second backward fails"),
    Slip(
        "c",
        "'runs'",
        "y has several elements. Which weights would they get, if nobody names any?",
        "backward sums by itself",
    ),
    Slip(
        "d",
        "'runs'",
        "the gradient rule of exp needs a value it saved. Which one, and what is there when the walk comes to it?",
        "in place is always fine",
    ),
    Slip("d", "'leaf changed'", "y is no leaf: an operation made it.", "every tensor is a leaf"),
    Slip(
        "e",
        "'saved value changed'",
        "the gradient rule of x * 3 needs the 3. Does it need the value that was overwritten?",
        "in place is always refused",
    ),
    Slip("e", "'leaf changed'", "y is no leaf: an operation made it.", "every tensor is a leaf"),
    Slip(
        "f",
        "'runs'",
        "y was computed where nothing is recorded. Where should backward() start to walk?",
        "no_grad only skips gradients",
    ),
    Slip("f", "'not one number'", "y has one element, and one element is enough.", "one element is a vector"),
    Slip(
        "g",
        "'runs'",
        "the last line changes x in place while everything is recorded, and x is a leaf that wants a gradient.",
        "a leaf may be overwritten",
    ),
    Slip(
        "g",
        "'saved value changed'",
        "x * x did save x. But the walk is over when x is overwritten; who refuses, and when?",
        "the write is found by the walk",
    ),
)


def _endings(grade: Callable[[Any], str], names: str) -> Callable[[Any], str]:
    """``grade``, for answers that are words of the list; upper case and the spaces around do not matter."""

    def graded(answer: Any) -> str:
        said = []
        for name, word in parted(answer, list(names)).items():
            if word is ...:
                raise Wrong(f"no answer so far. Put your own in place of the dots in {name}.")
            plain = " ".join(word.lower().split()) if isinstance(word, str) else ""
            if plain not in WORDS:
                raise Wrong(f"{name} is none of these, in quotes: {', '.join(WORDS)}.")
            said.append(plain)
        return grade(said)

    return graded


QUESTIONS = {
    "03.1": Question(
        title="Two ways back",
        minutes=5,
        difficulty=1,
        hints=(
            "Draw the arrows from x to y. How many ways lead back?",
            "Write the derivative of each line on its arrow. Mind that b = a * a has two arrows from a.",
            "Along a way the derivatives multiply. The products of all ways add up.",
        ),
        grade=predicted(
            DIAMOND,
            {"x_grad": "x.grad"},
            _DIAMOND_SLIPS,
            "the gradients meet at a, are added there, and go on to x together.",
        ),
        program=DIAMOND,
        asks=("x_grad",),
    ),
    "03.2": Question(
        title="Who gets a gradient",
        minutes=6,
        difficulty=1,
        hints=(
            "Sort the five: who was made by you, who by an operation? Who was made with requires_grad=True?",
            "backward() leaves gradients in leaves only, and only in those that want one.",
            "It walks from y backwards. Where no way leads, it does not come, and .grad stays what it was.",
        ),
        grade=predicted(
            WHOSE,
            {f"{name}_grad": f"{name}.grad" for name in "wxhyu"},
            _WHOSE_SLIPS,
            "only leaves that want a gradient, and that a way back leads to, get one.",
        ),
        program=WHOSE,
        asks=("w_grad", "x_grad", "h_grad", "y_grad", "u_grad"),
    ),
    "03.3": Question(
        title="Added up, emptied, added up",
        minutes=6,
        difficulty=2,
        hints=(
            "Keep a small table: one row for each line that touches x.grad, with what is in it afterwards.",
            "Each backward() computes the gradient of its own expression, and adds it to what is there.",
            "zero_() makes the number in x.grad zero, once. The loop that follows calls backward() twice.",
        ),
        grade=predicted(
            ADDED_UP,
            {"one": "one", "two": "two", "three": "three"},
            _ADDED_UP_SLIPS,
            "backward() adds, to zero as to anything else; only zero_() takes away.",
        ),
        program=ADDED_UP,
        asks=("one", "two", "three"),
    ),
    "03.4": Question(
        title="Cut ways",
        minutes=8,
        difficulty=2,
        hints=(
            "Which of the five lines that compute leave a node in the graph? Each input of a node has an edge or none.",
            "A tensor without history is a constant for the walk: no gradient goes through it, but its number counts.",
            "Write y with the constants as numbers, and differentiate what is left of x.",
        ),
        grade=predicted(
            CUT,
            {"b_tracked": "b.requires_grad", "c_tracked": "c.requires_grad", "x_grad": "x.grad"},
            _CUT_SLIPS,
            "what is cut off stays in the formula as a constant; only its way back is gone.",
        ),
        program=CUT,
        asks=("b_tracked", "c_tracked", "x_grad"),
    ),
    "03.5": Question(
        title="A vector goes back",
        minutes=10,
        difficulty=3,
        hints=(
            "y[i] = x[i] * (x[0] + x[1] + x[2]). Write down how y[0] changes with x[0], x[1] and x[2].",
            "These three numbers are the first row of J. There are two more rows.",
            "Weight row i by v[i] and add the rows: what stands in column j belongs to x[j].",
        ),
        grade=predicted(
            COTANGENT,
            {"x_grad": "x.grad"},
            _COTANGENT_SLIPS,
            "each output sends its row of J, weighted by its element of v; x.sum() spreads its part over all elements.",
        ),
        program=COTANGENT,
        asks=("x_grad",),
    ),
    "03.6": Question(
        title="Error or not",
        minutes=10,
        difficulty=3,
        hints=(
            "Go through each function line by line and ask: does this operation save a value for its gradient rule?",
            "A sum needs no values to go back, a product needs its other factor, exp needs its own result.",
            "Four things can go wrong with backward(): nothing recorded, several elements and no weights, saved values "
            "thrown away, saved values overwritten. A fifth goes wrong before it: a leaf overwritten.",
        ),
        grade=_endings(
            predicted(
                ENDINGS,
                {name: f"happens({name})" for name in "abcdefg"},
                _ENDINGS_SLIPS,
                "what an operation has saved decides; a leaf that wants a gradient is not overwritten on the record.",
            ),
            "abcdefg",
        ),
        program=ENDINGS,
        asks=tuple("abcdefg"),
    ),
}
