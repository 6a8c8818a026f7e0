"""How operations are written and explained: symbols, expressions, local derivatives, plain words.

One entry for each operation of the engine, under PyTorch's node name. An operation without an entry is shown under
its own name, with its gradients but without a formula.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """An operation in words. ``{0}`` and ``{1}`` stand for its inputs, the rest for its parameters."""

    symbol: str
    expression: str
    # One for each input: the local derivative as a formula, and what the gradient rule does.
    formulas: tuple[str, ...]
    rules: tuple[str, ...]
    # Whether upstream and local derivative are multiplied element by element (else the rule is a matrix product, or
    # moves elements, and the local derivative is not one number for each element).
    pointwise: bool = True
    # What precedes: + - bind weakest, then * / @, then a function call or a name.
    strength: int = 3
    forward: str = "computes"


_PASS = "passes the upstream gradient on unchanged"
_BACK = "puts the upstream gradient back into the shape of its input"
_SHARE = "sends the upstream gradient to every element it summed"

WORDS: dict[str, Word] = {
    "AddBackward0": Word(
        "+", "{0}+{1}", ("∂out/∂first = 1", "∂out/∂second = 1"), (_PASS, _PASS), strength=1, forward="adds"
    ),
    "SubBackward0": Word(
        "−",
        "{0}-{1}",
        ("∂out/∂first = 1", "∂out/∂second = −1"),
        (_PASS, "turns the sign of the upstream gradient"),
        strength=1,
        forward="subtracts",
    ),
    "RsubBackward1": Word(
        "−",
        "{other}-{0}",
        ("∂out/∂in = −1",),
        ("turns the sign of the upstream gradient",),
        strength=1,
        forward="subtracts",
    ),
    "MulBackward0": Word(
        "×",
        "{0}*{1}",
        ("∂out/∂first = second", "∂out/∂second = first"),
        (
            "sends the upstream gradient times the other factor to its first input",
            "sends the upstream gradient times the other factor to its second input",
        ),
        strength=2,
        forward="multiplies",
    ),
    "DivBackward0": Word(
        "÷",
        "{0}/{1}",
        ("∂out/∂first = 1/second", "∂out/∂second = −first/second²"),
        (
            "divides the upstream gradient by the denominator",
            "sends the upstream gradient times −numerator/denominator² to the denominator",
        ),
        strength=2,
        forward="divides",
    ),
    "ReciprocalBackward0": Word(
        "1/x", "1/{0}", ("∂out/∂in = −out²",), ("multiplies the upstream gradient by −out²",), strength=2
    ),
    "NegBackward0": Word("−", "-{0}", ("∂out/∂in = −1",), ("turns the sign of the upstream gradient",), strength=2),
    "PowBackward0": Word(
        "x^{exponent}",
        "{0}**{exponent}",
        ("∂out/∂in = {exponent}·in^{exponent-1}",),
        ("multiplies the upstream gradient by the derivative of the power",),
    ),
    "PowBackward1": Word(
        "xʸ",
        "{0}**{1}",
        ("∂out/∂base = y·xʸ⁻¹", "∂out/∂exponent = out·ln x"),
        ("multiplies the upstream gradient by y·xʸ⁻¹", "multiplies the upstream gradient by out·ln x"),
    ),
    "PowBackward2": Word(
        "cˣ", "{base}**{0}", ("∂out/∂in = out·ln {base}",), ("multiplies the upstream gradient by out·ln {base}",)
    ),
    "ExpBackward0": Word(
        "exp", "exp({0})", ("∂out/∂in = out",), ("multiplies the upstream gradient by its own output",)
    ),
    "LogBackward0": Word("log", "log({0})", ("∂out/∂in = 1/in",), ("divides the upstream gradient by its input",)),
    "TanhBackward0": Word(
        "tanh", "tanh({0})", ("∂out/∂in = 1 − out²",), ("multiplies the upstream gradient by 1 − out²",)
    ),
    "ReluBackward0": Word(
        "relu",
        "relu({0})",
        ("∂out/∂in = 1 where out > 0, else 0",),
        ("lets the upstream gradient through where its output is positive",),
    ),
    "SumBackward0": Word("sum", "sum({0})", ("∂out/∂inᵢ = 1",), (_SHARE,), forward="sums"),
    "SumBackward1": Word("sum", "sum({0}, {dim})", ("∂out/∂inᵢ = 1",), (_SHARE,), forward="sums"),
    "MeanBackward0": Word(
        "mean",
        "mean({0})",
        ("∂out/∂inᵢ = 1/n",),
        ("shares the upstream gradient equally: each element gets 1/n of it",),
        forward="averages",
    ),
    "MeanBackward1": Word(
        "mean",
        "mean({0}, {dim})",
        ("∂out/∂inᵢ = 1/n",),
        ("shares the upstream gradient equally: each element gets 1/n of it",),
        forward="averages",
    ),
    "DotBackward0": Word(
        "·",
        "{0}@{1}",
        ("∂out/∂first = second", "∂out/∂second = first"),
        (
            "sends the upstream gradient times the other vector to its first input",
            "sends the upstream gradient times the other vector to its second input",
        ),
        strength=2,
        forward="multiplies",
    ),
    "MvBackward0": Word(
        "@",
        "{0}@{1}",
        ("upstream · vectorᵀ", "matrixᵀ @ upstream"),
        (
            "sends the upstream gradient times the vector, row by row, to the matrix",
            "sends the transposed matrix times the upstream gradient to the vector",
        ),
        pointwise=False,
        strength=2,
        forward="multiplies",
    ),
    "MmBackward0": Word(
        "@",
        "{0}@{1}",
        ("upstream @ secondᵀ", "firstᵀ @ upstream"),
        (
            "sends the upstream gradient @ secondᵀ to its first input",
            "sends firstᵀ @ the upstream gradient to its second input",
        ),
        pointwise=False,
        strength=2,
        forward="multiplies",
    ),
    "BmmBackward0": Word(
        "@",
        "{0}@{1}",
        ("upstream @ secondᵀ", "firstᵀ @ upstream"),
        (
            "sends the upstream gradient @ secondᵀ to its first input, matrix by matrix",
            "sends firstᵀ @ the upstream gradient to its second input, matrix by matrix",
        ),
        pointwise=False,
        strength=2,
        forward="multiplies",
    ),
    "CloneBackward0": Word("copy", "{0}.clone()", ("∂out/∂in = 1",), (_PASS,), forward="copies"),
    "AliasBackward0": Word("view", "{0}[:]", ("∂out/∂in = 1",), (_PASS,), forward="views"),
    "ToCopyBackward0": Word("cast", "{0}.to()", ("∂out/∂in = 1",), (_PASS,), forward="converts"),
    "WhereBackward0": Word(
        "where",
        "where({0}, {1})",
        ("1 where chosen, else 0", "1 where chosen, else 0"),
        (
            "lets the upstream gradient through where the first was chosen",
            "lets the upstream gradient through where the second was chosen",
        ),
        forward="chooses from",
    ),
    "ExpandBackward0": Word(
        "expand",
        "{0}.expand()",
        ("each copy counts 1",),
        ("adds the gradients of all the copies",),
        pointwise=False,
        forward="repeats",
    ),
    **{
        name: Word("view", "{0}.view()", ("the same elements",), (_BACK,), pointwise=False, forward="reshapes")
        for name in (
            "ViewBackward0",
            "UnsafeViewBackward0",
            "UnsqueezeBackward0",
            "SqueezeBackward0",
            "SqueezeBackward1",
            "SqueezeBackward4",
        )
    },
    **{
        name: Word("ᵀ", "{0}.T", ("the same elements",), (_BACK,), pointwise=False, forward="transposes")
        for name in ("TBackward0", "TransposeBackward0", "PermuteBackward0")
    },
    **{
        name: Word(
            "[…]",
            "{0}[{index}]",
            ("1 where chosen, else 0",),
            ("puts the upstream gradient where the elements were taken from, zero elsewhere",),
            pointwise=False,
            forward="picks from",
        )
        for name in ("SelectBackward0", "SliceBackward0", "IndexBackward0")
    },
    "AsStridedBackward0": Word(
        "view",
        "{0}[…]",
        ("1 where viewed, else 0",),
        ("puts the upstream gradient where the view lies, zero elsewhere",),
        pointwise=False,
        forward="views",
    ),
    "CopySlices": Word(
        "[ ]=",
        "{0}",
        ("0 where overwritten, else 1",),
        ("lets the upstream gradient pass outside the part that was overwritten",),
        pointwise=False,
        forward="writes into",
    ),
    "CopyBackwards": Word(
        "copy", "{1}", ("0", "1"), ("blocks it: this value was overwritten", _PASS), forward="copies"
    ),
    "ZeroBackward0": Word("0", "0", ("0",), ("blocks it: this value was overwritten",), forward="overwrites"),
    "FillBackward0": Word("fill", "{value}", ("0",), ("blocks it: this value was overwritten",), forward="overwrites"),
}
