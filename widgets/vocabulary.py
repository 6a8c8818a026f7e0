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


_PASS = "passes the upstream gradient on unchanged"
_BACK = "puts the upstream gradient back into the shape of its input"
_BLOCK = "blocks it: this value was overwritten"
_WRITTEN = "({0}, written into)"
_SHARE = "sends the upstream gradient to every element it summed"

WORDS: dict[str, Word] = {
    "AddBackward0": Word("+", "{0}+{1}", ("∂out/∂first = 1", "∂out/∂second = 1"), (_PASS, _PASS), strength=1),
    "SubBackward0": Word(
        "−",
        "{0}-{1}",
        ("∂out/∂first = 1", "∂out/∂second = −1"),
        (_PASS, "turns the sign of the upstream gradient"),
        strength=1,
    ),
    "RsubBackward1": Word(
        "−",
        "{other}-{0}",
        ("∂out/∂in = −1",),
        ("turns the sign of the upstream gradient",),
        strength=1,
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
    ),
    "ReciprocalBackward0": Word(
        "1/x", "1/{0}", ("∂out/∂in = −out²",), ("multiplies the upstream gradient by −out²",), strength=2
    ),
    "NegBackward0": Word("−", "-{0}", ("∂out/∂in = −1",), ("turns the sign of the upstream gradient",), strength=2),
    "PowBackward0": Word(
        "xⁿ",
        "{0}**{exponent}",
        ("∂out/∂in = n·inⁿ⁻¹",),
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
    "SumBackward0": Word("sum", "sum({0})", ("∂out/∂inᵢ = 1",), (_SHARE,)),
    "SumBackward1": Word("sum", "sum({0}, {dim})", ("∂out/∂inᵢ = 1",), (_SHARE,)),
    "MeanBackward0": Word(
        "mean",
        "mean({0})",
        ("∂out/∂inᵢ = 1/n",),
        ("shares the upstream gradient equally: each element gets 1/n of it",),
    ),
    "MeanBackward1": Word(
        "mean",
        "mean({0}, {dim})",
        ("∂out/∂inᵢ = 1/n",),
        ("shares the upstream gradient equally: each element gets 1/n of it",),
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
    ),
    "CloneBackward0": Word("copy", "{0}.clone()", ("∂out/∂in = 1",), (_PASS,)),
    "AliasBackward0": Word("view", "{0}[:]", ("∂out/∂in = 1",), (_PASS,)),
    "ToCopyBackward0": Word("cast", "{0}.to()", ("∂out/∂in = 1",), (_PASS,)),
    "WhereBackward0": Word(
        "where",
        "where({0}, {1})",
        ("1 where chosen, else 0", "1 where chosen, else 0"),
        (
            "lets the upstream gradient through where the first was chosen",
            "lets the upstream gradient through where the second was chosen",
        ),
    ),
    "ExpandBackward0": Word(
        "expand",
        "{0}.expand()",
        ("each copy counts 1",),
        ("adds the gradients of all the copies",),
        pointwise=False,
    ),
    **{
        name: Word("view", expression, ("the same elements",), (_BACK,), pointwise=False)
        for name, expression in (
            ("ViewBackward0", "{0}.view()"),
            ("UnsafeViewBackward0", "{0}.reshape()"),
            ("UnsqueezeBackward0", "{0}.unsqueeze({dim})"),
            ("SqueezeBackward0", "{0}.squeeze()"),
            ("SqueezeBackward1", "{0}.squeeze({dim})"),
            ("SqueezeBackward4", "{0}.squeeze({dim})"),
        )
    },
    **{
        name: Word("ᵀ", expression, ("the same elements",), (_BACK,), pointwise=False)
        for name, expression in (
            ("TBackward0", "{0}.T"),
            ("PermuteBackward0", "{0}.T"),
            ("TransposeBackward0", "{0}.transpose({dim0}, {dim1})"),
        )
    },
    **{
        name: Word(
            "[…]",
            "{0}[{index}]",
            ("1 where chosen, else 0",),
            ("puts the upstream gradient where the elements were taken from, zero elsewhere",),
            pointwise=False,
        )
        for name in ("SelectBackward0", "UnbindBackward0", "SliceBackward0", "IndexBackward0")
    },
    "AsStridedBackward0": Word(
        "view",
        "{0}[…]",
        ("1 where viewed, else 0",),
        ("puts the upstream gradient where the view lies, zero elsewhere",),
        pointwise=False,
    ),
    # Writing in place
    "torch::autograd::CopySlices": Word(
        "[ ]=",
        _WRITTEN,
        (
            "1 outside the view; inside, as in the operation that wrote",
            "inside the view, as in the operation that wrote",
        ),
        (
            "passes the upstream gradient on outside the view; inside sends it through the operation that wrote there",
            "sends the upstream gradient inside the view through the operation that wrote there",
        ),
        pointwise=False,
    ),
    "IndexPutBackward0": Word(
        "[ ]=",
        _WRITTEN,
        ("0 where written, else 1", "1 where written"),
        (
            "passes the upstream gradient on, but not where something else was written",
            "takes the upstream gradient from where it was written",
        ),
        pointwise=False,
    ),
    "torch::autograd::CopyBackwards": Word("copy", "{1}", ("0", "1"), (_BLOCK, _PASS)),
    "FillBackward3": Word("fill", "{1}", ("0", "1"), (_BLOCK, _PASS)),
    "FillBackward2": Word("fill", "{value}", ("0",), (_BLOCK,)),
    "ZeroBackward0": Word("0", "0", ("0",), (_BLOCK,)),
    # Gradient rules that were recorded as operations themselves, by create_graph=True
    "DivBackward1": Word(
        "÷{other}", "{0}/{other}", ("∂out/∂in = 1/{other}",), ("divides the upstream gradient by {other}",), strength=2
    ),
    "TanhBackwardBackward0": Word(
        "tanh′",
        "tanh_backward({0}, {1})",
        ("∂out/∂first = 1 − second²", "∂out/∂second = −2·first·second"),
        ("multiplies the upstream gradient by 1 − second²", "multiplies the upstream gradient by −2·first·second"),
    ),
    "ThresholdBackwardBackward0": Word(
        "relu′",
        "relu_backward({0}, {1})",
        ("1 where second > 0, else 0", "0"),
        ("lets the upstream gradient through where the second is positive", "blocks it: only its sign was used"),
    ),
    **{
        name: Word(
            "[ ]=",
            f"{name.partition('Backward')[0].lower()}_backward({{0}})",
            ("1 for each element: it was put in one place",),
            ("takes the upstream gradient from where the elements were put",),
            pointwise=False,
        )
        for name in ("SelectBackwardBackward0", "SliceBackwardBackward0", "IndexPutImplBackward0")
    },
}
