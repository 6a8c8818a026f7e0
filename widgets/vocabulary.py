"""How operations are written and explained: symbols, expressions, local derivatives, plain words.

One entry for each operation of the engine, under PyTorch's node name. An operation without an entry is shown under
its own name, with its gradients but without a formula.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """An operation in words. ``{0}`` and ``{1}`` stand for its inputs, ``{inputs}`` for all of them, the rest for its
    parameters."""

    symbol: str
    expression: str
    # One for each input, the last for all that follow: the local derivative as a formula, and what the gradient rule
    # does.
    formulas: tuple[str, ...]
    rules: tuple[str, ...]
    # Whether upstream and local derivative are multiplied element by element (else the rule is a matrix product, or
    # moves elements, and the local derivative is not one number for each element).
    pointwise: bool = True
    # What precedes: + - bind weakest, then * / @, then a function call or a name.
    strength: float = 3


_PASS = "passes the upstream gradient on unchanged"
_BACK = "puts the upstream gradient back into the shape of its input"
_BLOCK = "blocks it: this value was overwritten"
_WRITTEN = "({0}, written into)"
_SHARE = "sends the upstream gradient to every element it summed"
_FLAT = "blocks it: between its steps the output does not change"
_AGREES = "passes the upstream gradient on, but not where something else was written"
_TAKES = "takes the upstream gradient from where it was written"


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
        strength=2.5,
    ),
    "PowBackward1": Word(
        "xʸ",
        "{0}**{1}",
        ("∂out/∂base = y·xʸ⁻¹", "∂out/∂exponent = out·ln x"),
        ("multiplies the upstream gradient by y·xʸ⁻¹", "multiplies the upstream gradient by out·ln x"),
        strength=2.5,
    ),
    "PowBackward2": Word(
        "cˣ",
        "{base}**{0}",
        ("∂out/∂in = out·ln {base}",),
        ("multiplies the upstream gradient by out·ln {base}",),
        strength=2.5,
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
            ("ReshapeAliasBackward0", "{0}.reshape()"),
            ("UnsafeViewBackward0", "{0}.reshape()"),
            ("UnsqueezeBackward0", "{0}.unsqueeze({dim})"),
            ("SqueezeBackward0", "{0}.squeeze()"),
            ("SqueezeBackward1", "{0}.squeeze({dim})"),
            ("SqueezeBackward2", "{0}.squeeze()"),
            ("SqueezeBackward4", "{0}.squeeze({dim})"),
        )
    },
    **{
        name: Word("ᵀ", expression, ("the same elements",), (_BACK,), pointwise=False)
        for name, expression in (
            ("TBackward0", "{0}.T"),
            ("PermuteBackward0", "{0}.permute{dims}"),
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
        for name in (
            "SelectBackward0",
            "SliceBackward0",
            "IndexBackward0",
        )
    },
    **{
        name: Word(
            symbol,
            "{0}." + symbol + "()[{nr}]",
            ("1 in its place, else 0",),
            ("puts the upstream gradients of the pieces together, zero for one that was not used",),
            pointwise=False,
        )
        for name, symbol in (
            ("UnbindBackward0", "unbind"),
            ("SplitBackward0", "split"),
            ("SplitWithSizesBackward0", "split"),
        )
    },
    "AsStridedBackward0": Word(
        "view",
        "{0}[…]",
        ("1 where viewed, else 0",),
        ("puts the upstream gradient where the view lies, zero elsewhere",),
        pointwise=False,
    ),
    # Functions of one element
    **{
        name: Word(
            symbol, expression, (f"∂out/∂in = {derivative}",), (f"multiplies the upstream gradient by {derivative}",)
        )
        for name, symbol, expression, derivative in (
            ("SqrtBackward0", "√", "sqrt({0})", "1/(2·out)"),
            ("RsqrtBackward0", "1/√", "rsqrt({0})", "−out³/2"),
            ("SinBackward0", "sin", "sin({0})", "cos in"),
            ("CosBackward0", "cos", "cos({0})", "−sin in"),
            ("TanBackward0", "tan", "tan({0})", "1 + out²"),
            ("AsinBackward0", "asin", "asin({0})", "1/√(1 − in²)"),
            ("AcosBackward0", "acos", "acos({0})", "−1/√(1 − in²)"),
            ("AtanBackward0", "atan", "atan({0})", "1/(1 + in²)"),
            ("SinhBackward0", "sinh", "sinh({0})", "cosh in"),
            ("CoshBackward0", "cosh", "cosh({0})", "sinh in"),
            ("Exp2Backward0", "2ˣ", "exp2({0})", "out·ln 2"),
            ("Expm1Backward0", "eˣ−1", "expm1({0})", "out + 1"),
            ("Log2Backward0", "log₂", "log2({0})", "1/(in·ln 2)"),
            ("Log10Backward0", "log₁₀", "log10({0})", "1/(in·ln 10)"),
            ("Log1PBackward0", "ln(1+x)", "log1p({0})", "1/(1 + in)"),
            ("ErfBackward0", "erf", "erf({0})", "2/√π·e^(−in²)"),
            ("SigmoidBackward0", "σ", "sigmoid({0})", "out·(1 − out)"),
            ("LogSigmoidBackward0", "ln σ", "logsigmoid({0})", "σ(−in)"),
            ("SiluBackward0", "silu", "silu({0})", "σ(in)·(1 + in·(1 − σ(in)))"),
            ("GeluBackward0", "gelu", "gelu({0})", "Φ(in) + in·Φ′(in)"),
            ("SoftplusBackward0", "softplus", "softplus({0})", "σ(β·in)"),
        )
    },
    "AbsBackward0": Word(
        "|x|",
        "abs({0})",
        ("∂out/∂in = the sign of in",),
        ("multiplies the upstream gradient by the sign of its input, 0 at 0",),
    ),
    "LeakyReluBackward0": Word(
        "leaky relu",
        "leaky_relu({0}, {negative_slope})",
        ("∂out/∂in = 1 where in > 0, else {negative_slope}",),
        ("passes the upstream gradient on where its input is positive, elsewhere times {negative_slope}",),
    ),
    "EluBackward0": Word(
        "elu",
        "elu({0})",
        ("∂out/∂in = s where in > 0, else s·α·eⁱⁿ",),
        ("multiplies the upstream gradient by s where its input is positive, elsewhere by s·α·eⁱⁿ",),
    ),
    **{
        name: Word(symbol, expression, ("∂out/∂in = 0",), (_FLAT,))
        for name, symbol, expression in (
            ("FloorBackward0", "⌊x⌋", "floor({0})"),
            ("CeilBackward0", "⌈x⌉", "ceil({0})"),
            ("TruncBackward0", "trunc", "trunc({0})"),
            ("RoundBackward0", "round", "round({0})"),
            ("RoundBackward1", "round", "round({0}, decimals={decimals})"),
            ("SignBackward0", "sign", "sign({0})"),
        )
    },
    "DivBackward2": Word("div", "div({0}, {1}, '{rounding_mode}')", ("0", "0"), (_FLAT, _FLAT)),
    "NotImplemented": Word("//", "{0}//{1}", ("no derivative",), ("raises: it has no gradient",), False, 2),
    **{
        name: Word(symbol, expression, ("∂out/∂in = 1",), (_PASS,), strength=strength)
        for name, symbol, expression, strength in (
            ("FracBackward0", "frac", "frac({0})", 3),
            ("FmodBackward0", "fmod", "fmod({0}, {other})", 3),
            ("RemainderBackward0", "mod", "{0}%{other}", 2),
        )
    },
    **{
        name: Word(
            symbol,
            expression,
            ("∂out/∂first = 1", f"∂out/∂second = −{quotient}"),
            (_PASS, f"multiplies the upstream gradient by −{quotient}"),
            strength=strength,
        )
        for name, symbol, expression, quotient, strength in (
            ("FmodBackward1", "fmod", "fmod({0}, {1})", "trunc(first/second)", 3),
            ("RemainderBackward1", "mod", "{0}%{1}", "⌊first/second⌋", 2),
        )
    },
    "RsubBackward0": Word(
        "−",
        "{1}-{0}",
        ("∂out/∂first = −1", "∂out/∂second = 1"),
        ("turns the sign of the upstream gradient", _PASS),
        strength=1,
    ),
    "Atan2Backward0": Word(
        "atan2",
        "atan2({0}, {1})",
        ("∂out/∂first = second/(first² + second²)", "∂out/∂second = −first/(first² + second²)"),
        (
            "multiplies the upstream gradient by second/(first² + second²)",
            "multiplies the upstream gradient by −first/(first² + second²)",
        ),
    ),
    **{
        name: Word(
            "lerp",
            f"lerp({{0}}, {{1}}, {weight})",
            ("∂out/∂first = 1 − weight", "∂out/∂second = weight", "∂out/∂weight = second − first"),
            (
                "multiplies the upstream gradient by 1 − weight",
                "multiplies the upstream gradient by the weight",
                "multiplies the upstream gradient by second − first",
            ),
        )
        for name, weight in (("LerpBackward0", "{weight}"), ("LerpBackward1", "{2}"))
    },
    "AddcmulBackward0": Word(
        "+ ×",
        "addcmul({0}, {1}, {2})",
        ("∂out/∂first = 1", "∂out/∂second = value·third", "∂out/∂third = value·second"),
        (
            "passes the upstream gradient on unchanged",
            "multiplies the upstream gradient by the third input, times value if given",
            "multiplies the upstream gradient by the second input, times value if given",
        ),
    ),
    "AddcdivBackward0": Word(
        "+ ÷",
        "addcdiv({0}, {1}, {2})",
        ("∂out/∂first = 1", "∂out/∂second = value/third", "∂out/∂third = −value·second/third²"),
        (
            "passes the upstream gradient on unchanged",
            "divides the upstream gradient by the third input, times value if given",
            "multiplies the upstream gradient by −second/third², times value if given",
        ),
    ),
    # The larger, the smaller, and bounds
    **{
        name: Word(
            "clamp" if name.startswith("Clamp") else "hardtanh",
            expression,
            tuple(f"1 where {place}, else 0".replace("its input", "in") for place in places),
            tuple(f"lets the upstream gradient through where {place}" for place in places),
        )
        for name, expression, *places in (
            ("ClampBackward1", "clamp({0}, {min}, {max})", "its input is within the bounds"),
            ("ClampMinBackward0", "clamp({0}, min={min})", "its input is {min} or more"),
            ("ClampMaxBackward0", "clamp({0}, max={max})", "its input is {max} or less"),
            ("HardtanhBackward0", "hardtanh({0}, {min_val}, {max_val})", "its input is between the bounds"),
            ("ClampMinBackward1", "clamp({0}, min={1})", "the first is not smaller", "the bound took over"),
            ("ClampMaxBackward1", "clamp({0}, max={1})", "the first is not larger", "the bound took over"),
            (
                "ClampBackward0",
                "clamp({0}, {1}, {2})",
                "the first is within the bounds",
                "the lower bound took over",
                "the upper bound took over",
            ),
        )
    },
    **{
        name: Word(
            symbol,
            f"{function}({{0}}, {{1}})",
            (f"1 where first {sign} second, ½ where equal", f"1 where second {sign} first, ½ where equal"),
            (
                f"lets the upstream gradient through where the first is {which}, half of it where both are equal",
                f"lets the upstream gradient through where the second is {which}, half of it where both are equal",
            ),
        )
        for name, symbol, function, sign, which in (
            ("MaximumBackward0", "max", "maximum", ">", "larger"),
            ("MinimumBackward0", "min", "minimum", "<", "smaller"),
        )
    },
    # Reductions and scans
    **{
        name: Word(
            symbol,
            expression,
            (f"∂out/∂inᵢ = 1 at the {which}, shared where several are equal, else 0",),
            (f"sends the upstream gradient to the {which}, shared where several are equal",),
        )
        for name, symbol, expression, which in (
            ("MaxBackward1", "max", "max({0})", "largest element"),
            ("MinBackward1", "min", "min({0})", "smallest element"),
            ("MedianBackward0", "median", "median({0})", "median"),
            ("AmaxBackward0", "max", "amax({0}, {dim})", "largest element"),
            ("AminBackward0", "min", "amin({0}, {dim})", "smallest element"),
        )
    },
    **{
        name: Word(
            symbol,
            f"{symbol}({{0}}, {{dim}})",
            (f"1 at the {which} along the dimension, else 0",),
            (f"sends the upstream gradient to the {which} along the dimension, zero elsewhere",),
            pointwise=False,
        )
        for name, symbol, which in (
            ("MaxBackward0", "max", "largest element"),
            ("MinBackward0", "min", "smallest element"),
            ("MedianBackward1", "median", "median"),
        )
    },
    **{
        name: Word(
            symbol, expression, (f"∂out/∂inᵢ = {derivative}",), (f"multiplies the upstream gradient by {derivative}",)
        )
        for name, symbol, expression, derivative in (
            ("ProdBackward0", "Π", "prod({0})", "the product of all other elements"),
            ("ProdBackward1", "Π", "prod({0}, {dim})", "the product of all other elements"),
            ("LogsumexpBackward0", "lse", "logsumexp({0}, {dim})", "softmax(in)ᵢ"),
            ("VarBackward0", "var", "var({0})", "2·(inᵢ − mean)/(n − {correction})"),
            ("StdBackward0", "std", "std({0})", "(inᵢ − mean)/(out·(n − {correction}))"),
            ("TraceBackward0", "tr", "trace({0})", "1 on the diagonal, 0 elsewhere"),
        )
    },
    "LinalgVectorNormBackward0": Word(
        "‖x‖",
        "norm({0})",
        ("∂out/∂inᵢ = sign(inᵢ)·(|inᵢ|/out)ᵖ⁻¹, p = {ord}",),
        ("multiplies the upstream gradient by sign(inᵢ)·(|inᵢ|/out)ᵖ⁻¹, p = {ord}",),
    ),
    "LinalgSvdBackward0": Word(
        "svd",
        "svdvals({0})",
        ("U · diag(upstream) · Vᵀ",),
        ("puts the upstream gradient on the diagonal between U and Vᵀ",),
        pointwise=False,
    ),
    "CumsumBackward0": Word(
        "cumsum",
        "cumsum({0}, {dim})",
        ("each element counts 1 in every sum it is part of",),
        ("adds up the upstream gradient from the other end",),
        pointwise=False,
    ),
    "CumprodBackward0": Word(
        "cumprod",
        "cumprod({0}, {dim})",
        ("∂outₖ/∂inᵢ = outₖ/inᵢ for k ≥ i, else 0",),
        ("adds upstream·outₖ/inᵢ over every product the element is part of",),
        pointwise=False,
    ),
    "SoftmaxBackward0": Word(
        "softmax",
        "softmax({0}, {dim})",
        ("out·(upstream − Σ upstream·out)",),
        ("takes Σ upstream·out off the upstream gradient, then multiplies by its own output",),
        pointwise=False,
    ),
    "LogSoftmaxBackward0": Word(
        "log softmax",
        "log_softmax({0}, {dim})",
        ("upstream − softmax·Σ upstream",),
        ("takes softmax times the sum of the upstream gradient off the upstream gradient",),
        pointwise=False,
    ),
    # Matrices with a sum, losses, layers
    **{
        name: Word(
            "+ @",
            f"{function}({{0}}, {{1}}, {{2}})",
            ("β·upstream", "α·upstream @ thirdᵀ", "α·secondᵀ @ upstream"),
            (
                "passes the upstream gradient on, times β if given, to its first input",
                "sends the upstream gradient @ thirdᵀ, times α if given, to its second input",
                "sends secondᵀ @ the upstream gradient, times α if given, to its third input",
            ),
            pointwise=False,
        )
        for name, function in (("AddmmBackward0", "addmm"), ("BaddbmmBackward0", "baddbmm"))
    },
    **{
        name: Word(
            symbol,
            f"{function}({{0}}, {{1}})",
            (f"∂out/∂first = {by_input} (/n for a mean)", f"∂out/∂second = {by_target} (/n for a mean)"),
            (
                f"multiplies the upstream gradient by {by_input}, over n for a mean",
                f"multiplies the upstream gradient by {by_target}, over n for a mean",
            ),
        )
        for name, symbol, function, by_input, by_target in (
            ("MseLossBackward0", "mse", "mse_loss", "2·(first − second)", "2·(second − first)"),
            (
                "SmoothL1LossBackward0",
                "smooth l1",
                "smooth_l1_loss",
                "(first − second)/β or ±1",
                "(second − first)/β or ±1",
            ),
            ("HuberLossBackward0", "huber", "huber_loss", "first − second or ±δ", "second − first or ±δ"),
            (
                "BinaryCrossEntropyBackward0",
                "bce",
                "binary_cross_entropy",
                "(first − second)/(first·(1 − first))",
                "ln((1 − first)/first)",
            ),
            (
                "BinaryCrossEntropyWithLogitsBackward0",
                "bce",
                "binary_cross_entropy_with_logits",
                "σ(first) − second",
                "−first",
            ),
        )
    },
    **{
        name: Word(
            "nll",
            "nll_loss({0}, …)",
            ("−weight at the target class (/Σ weights for a mean), else 0",),
            ("sends minus the upstream gradient, weighted, to the target class of each sample, zero elsewhere",),
        )
        for name in ("NllLossBackward0", "NllLoss2DBackward0")
    },
    **{
        name: Word(
            f"{loss}′",
            f"{loss}_backward({{0}}, {{1}}, {{2}})",
            ("the slope of the loss at second − third", "first times how the slope bends", "minus that"),
            (
                "multiplies the upstream gradient by the slope of the loss",
                "multiplies the upstream gradient by first and by how the slope of the loss bends",
                "does the same, with the other sign",
            ),
        )
        for name, loss in (
            ("MseLossBackwardBackward0", "mse_loss"),
            ("SmoothL1LossBackwardBackward0", "smooth_l1_loss"),
            ("HuberLossBackwardBackward0", "huber_loss"),
        )
    },
    **{
        name: Word(
            "nll′",
            "nll_loss_backward({0}, {1})",
            ("−weight at the target class, else 0", "0"),
            ("takes minus the upstream gradient, weighted, at the target class", "blocks it: only its shape was used"),
            pointwise=False,
        )
        for name in ("NllLossBackwardBackward0", "NllLoss2DBackwardBackward0")
    },
    "EmbeddingBackward0": Word(
        "embed",
        "embedding(…, {0})",
        ("1 for each time a row was chosen",),
        ("adds the upstream gradient to the rows that were chosen, zero elsewhere",),
        pointwise=False,
    ),
    "NativeLayerNormBackward0": Word(
        "norm",
        "layer_norm({0})",
        ("(h − mean(h) − n·mean(h·n))/s, h = upstream·weight", "n, the normalized input", "1"),
        (
            "takes off the upstream gradient what would only move or stretch the sample, and divides by its deviation",
            "multiplies the upstream gradient by the normalized input",
            _PASS,
        ),
        pointwise=False,
    ),
    # Elements chosen, moved and put together
    **{
        name: Word(
            symbol,
            expression,
            ("1 for each time it was taken",),
            ("adds the upstream gradient where the elements were taken from, zero elsewhere",),
            pointwise=False,
        )
        for name, symbol, expression in (
            ("GatherBackward0", "gather", "gather({0}, …)"),
            ("IndexSelectBackward0", "select", "index_select({0}, …)"),
            ("TakeBackward0", "take", "take({0}, …)"),
            ("MaskedSelectBackward0", "select", "masked_select({0}, …)"),
            ("TopkBackward0", "topk", "topk({0}, …)"),
            ("DiagonalBackward0", "diag", "{0}.diagonal()"),
            ("DiagonalBackward0_copy", "diag", "diag({0})"),
        )
    },
    **{
        name: Word(
            symbol,
            expression,
            ("the same elements",),
            ("puts each element of the upstream gradient back where it came from",),
            pointwise=False,
        )
        for name, symbol, expression in (
            ("SortBackward0", "sort", "sort({0})"),
            ("SortBackward1", "sort", "sort({0})"),
            ("FlipBackward0", "flip", "flip({0}, {dims})"),
            ("RollBackward0", "roll", "roll({0}, {shifts}, {dims})"),
            ("Rot90Backward0", "rot90", "rot90({0}, {k}, {dims})"),
            ("DiagEmbedBackward0", "diag", "diag_embed({0})"),
        )
    },
    "RepeatBackward0": Word(
        "repeat",
        "{0}.repeat({repeats})",
        ("each copy counts 1",),
        ("adds the gradients of all the copies",),
        pointwise=False,
    ),
    **{
        name: Word(
            symbol,
            f"{symbol}([{{inputs}}], {{dim}})",
            ("the same elements",),
            ("takes its own part of the upstream gradient",),
            pointwise=False,
        )
        for name, symbol in (("CatBackward0", "cat"), ("StackBackward0", "stack"))
    },
    **{
        name: Word(
            function,
            f"{function}({{0}}, {{diagonal}})",
            ("1 in the triangle, else 0",),
            ("lets the upstream gradient through in the triangle",),
        )
        for name, function in (("TrilBackward0", "tril"), ("TriuBackward0", "triu"))
    },
    **{
        name: Word(symbol, expression, ("0 where written, else 1", "1 where written, else 0"), (_AGREES, _TAKES))
        for name, symbol, expression in (
            ("MaskedFillBackward0", "fill", "{0}.masked_fill(…, {value})"),
            ("MaskedFillBackward1", "fill", "{0}.masked_fill(…, {1})"),
            ("IndexFillBackward0", "fill", "{0}.index_fill(…, {value})"),
            ("IndexFillBackward1", "fill", "{0}.index_fill(…, {1})"),
            ("ScatterBackward1", "scatter", "{0}.scatter(…, {value})"),
        )
    },
    **{
        name: Word(symbol, expression, ("0 where written, else 1", "1 where written"), (_AGREES, _TAKES), False)
        for name, symbol, expression in (
            ("ScatterBackward0", "scatter", "{0}.scatter(…, {1})"),
            ("IndexCopyBackward0", "copy", "{0}.index_copy(…, {1})"),
        )
    },
    **{
        name: Word(symbol, expression, ("1", f"{factor} where added"), (_PASS, rule), False)
        for name, symbol, expression, factor, rule in (
            (
                "ScatterAddBackward0",
                "scatter +",
                "{0}.scatter_add(…, {1})",
                "1",
                "takes the upstream gradient from where it was added",
            ),
            (
                "IndexAddBackward0",
                "index +",
                "{0}.index_add(…, {1})",
                "{alpha}",
                "takes the upstream gradient from where it was added, times {alpha}",
            ),
        )
    },
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
            _AGREES,
            _TAKES,
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
    "MulBackward1": Word(
        "×{other}",
        "{0}*{other}",
        ("∂out/∂in = {other}",),
        ("multiplies the upstream gradient by {other}",),
        strength=2,
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
        for name in (
            "SelectBackwardBackward0",
            "SliceBackwardBackward0",
            "IndexPutImplBackward0",
            "DiagonalBackwardBackward0",
            "EmbeddingDenseBackwardBackward0",
        )
    },
    **{
        name: Word(
            f"{function}′",
            f"{function}_backward({{0}}, {{1}})",
            (f"∂out/∂first = {linear}", f"∂out/∂second = {curved}"),
            (f"multiplies the upstream gradient by {linear}", rule),
        )
        for name, function, linear, curved, rule in (
            (
                "SigmoidBackwardBackward0",
                "sigmoid",
                "second·(1 − second)",
                "first·(1 − 2·second)",
                "multiplies the upstream gradient by first·(1 − 2·second)",
            ),
            (
                "LeakyReluBackwardBackward0",
                "leaky_relu",
                "1 where second > 0, else {negative_slope}",
                "0",
                "blocks it: only its sign was used",
            ),
            (
                "HardtanhBackwardBackward0",
                "hardtanh",
                "1 where second is between the bounds, else 0",
                "0",
                "blocks it: only its place between the bounds was used",
            ),
            (
                "EluBackwardBackward0",
                "elu",
                "s where second > 0, else s·α·e^second",
                "0 where second > 0, else first·s·α·e^second",
                "blocks it where the second is positive, elsewhere multiplies it by first·s·α·e^second",
            ),
        )
    },
    **{
        name: Word(
            f"{function}′",
            f"{function}_backward({{0}}, {{1}})",
            ("the rule is linear in first", "the second derivative"),
            (
                "sends the upstream gradient through the transposed rule",
                "sends the upstream gradient through the derivative of the rule",
            ),
            pointwise=False,
        )
        for name, function in (
            ("SoftmaxBackwardDataBackward0", "softmax"),
            ("LogSoftmaxBackwardDataBackward0", "log_softmax"),
            ("SvdvalsBackwardBackward0", "svdvals"),
        )
    },
}

# Sums and differences that were given an alpha: the same nodes, in other words.
_TIMES_ALPHA = "multiplies the upstream gradient by {alpha}"
_TIMES_MINUS_ALPHA = "multiplies the upstream gradient by −{alpha}"
WITH_ALPHA: dict[str, Word] = {
    name: Word(symbol, expression, formulas, rules, strength=1)
    for name, symbol, expression, formulas, rules in (
        (
            "AddBackward0",
            "+",
            "{0}+{alpha}*{1}",
            ("∂out/∂first = 1", "∂out/∂second = {alpha}"),
            (_PASS, _TIMES_ALPHA),
        ),
        (
            "SubBackward0",
            "−",
            "{0}-{alpha}*{1}",
            ("∂out/∂first = 1", "∂out/∂second = −{alpha}"),
            (_PASS, _TIMES_MINUS_ALPHA),
        ),
        (
            "RsubBackward0",
            "−",
            "{1}-{alpha}*{0}",
            ("∂out/∂first = −{alpha}", "∂out/∂second = 1"),
            (_TIMES_MINUS_ALPHA, _PASS),
        ),
        ("RsubBackward1", "−", "{other}-{alpha}*{0}", ("∂out/∂in = −{alpha}",), (_TIMES_MINUS_ALPHA,)),
    )
}

# Operations of an engine of the learner's own, under the names its nodes have. What their rules do is the learner's, so
# nothing is claimed of it; whether they multiply element by element is measured.
OWN: dict[str, Word] = {
    name: Word(
        symbol,
        expression,
        ("∂out/∂first", "∂out/∂second") if "{1}" in expression else ("∂out/∂in",),
        ("applies its own gradient rule",),
        pointwise=name != "matmul",
        strength=strength,
    )
    for name, symbol, expression, strength in (
        ("add", "+", "{0}+{1}", 1),
        ("sub", "−", "{0}-{1}", 1),
        ("mul", "×", "{0}*{1}", 2),
        ("div", "÷", "{0}/{1}", 2),
        ("neg", "−", "-{0}", 2),
        ("matmul", "@", "{0}@{1}", 2),
        *((name, name, f"{name}({{0}})", 3) for name in ("sum", "mean", "exp", "log", "tanh", "relu")),
    )
}
