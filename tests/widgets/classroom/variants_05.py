"""Answers to sheet 05: right ones, and for each misconception its wrong ones.

Each is a class of two halves; most wrong ones have the right forward and another backward.
"""

import textwrap

GIVEAWAY = {
    "05.1": r"3 ?\* ?x|x ?\*\* ?2",
    "05.2": r"save_for_backward\((y|result)\)|g ?\* ?y",
    "05.3": r"> ?(ctx\.)?low|< ?(ctx\.)?high|None, None",
    "05.4": r"sum\(|keepdim|g ?\* ?[ab]\b",
    "05.5": r"b\.T|a\.T|\.t\(\)|needs_input_grad\[",
    "05.6": r"softmax\(|unsqueeze|exp\(x ?- ?",
}

HANDED_IN = {
    "05.1": "Cube",
    "05.2": "Exp",
    "05.3": "Clip",
    "05.4": "Multiply",
    "05.5": "MatMul",
    "05.6": "LogSumExp",
}

_INPUTS = {"Cube": "x", "Exp": "x", "Clip": "x, low, high", "Multiply": "a, b", "MatMul": "a, b", "LogSumExp": "x"}


def _rule(name: str, forward: str, backward: str) -> str:
    halves = [
        f"@staticmethod\ndef {half}(ctx, {inputs}):\n{textwrap.indent(body.strip(), '    ')}\n"
        for half, inputs, body in (("forward", _INPUTS[name], forward), ("backward", "g", backward))
    ]
    return f"class {name}(torch.autograd.Function):\n" + textwrap.indent("\n".join(halves), "    ")


def _cube(returned: str) -> str:
    return _rule("Cube", "ctx.save_for_backward(x)\nreturn x**3", f"(x,) = ctx.saved_tensors\nreturn {returned}")


def _exp(returned: str) -> str:
    forward = "y = torch.exp(x)\nctx.save_for_backward(y)\nreturn y"
    return _rule("Exp", forward, f"(y,) = ctx.saved_tensors\nreturn {returned}")


def _exp_of_x(returned: str) -> str:
    return _rule("Exp", "ctx.save_for_backward(x)\nreturn x.exp()", f"(x,) = ctx.saved_tensors\nreturn {returned}")


_CLIP = "ctx.save_for_backward(x)\nctx.low, ctx.high = low, high\nreturn torch.clamp(x, low, high)"


def _clip(returned: str) -> str:
    return _rule("Clip", _CLIP, f"(x,) = ctx.saved_tensors\nlow, high = ctx.low, ctx.high\nreturn {returned}")


_SUMMED = """
def summed_to(gradient, shape):
    while gradient.ndim > len(shape):
        gradient = gradient.sum(0)
    for dim, length in enumerate(shape):
        if length == 1:
            gradient = gradient.sum(dim, keepdim=True)
    return gradient


"""


def _multiply(returned: str, helper: str = _SUMMED) -> str:
    forward = "ctx.save_for_backward(a, b)\nreturn a * b"
    return helper + _rule("Multiply", forward, f"a, b = ctx.saved_tensors\nreturn {returned}")


def _matmul(returned: str) -> str:
    forward = "ctx.save_for_backward(a, b)\nreturn a @ b"
    wanted = "first, second = ctx.needs_input_grad"
    return _rule("MatMul", forward, f"a, b = ctx.saved_tensors\n{wanted}\nreturn {returned}")


def _logsumexp(returned: str) -> str:
    forward = "y = torch.logsumexp(x, -1)\nctx.save_for_backward(x, y)\nreturn y"
    return _rule("LogSumExp", forward, f"x, y = ctx.saved_tensors\nreturn {returned}")


RIGHT = {
    "05.1": {
        "a power": _cube("g * 3 * x**2"),
        "three products": _cube("g * x * x + g * x * x + g * x * x"),
        "by way of a view": _rule(
            "Cube",
            "ctx.save_for_backward(x)\nflat = x.reshape(-1)\nreturn (flat * flat * flat).view(x.shape)",
            "(x,) = ctx.saved_tensors\nreturn g * 3 * x**2",
        ),
        "the square is saved": _rule(
            "Cube", "ctx.save_for_backward(x * x)\nreturn x * x * x", "return 3 * ctx.saved_tensors[0] * g"
        ),
    },
    "05.2": {
        "the result is saved": _exp("g * y"),
        "in place of the name": _rule(
            "Exp", "y = x.exp()\nctx.save_for_backward(y)\nreturn y", "return ctx.saved_tensors[0] * g"
        ),
    },
    "05.3": {
        "a mask": _clip("g * ((x > low) & (x < high)), None, None"),
        "chosen": _clip("torch.where((x <= low) | (x >= high), torch.zeros_like(g), g), None, None"),
        "compared with the clipped": _clip("g * (x.clamp(low, high) == x), None, None"),
    },
    "05.4": {
        "summed to the shape": _multiply("summed_to(g * b, a.shape), summed_to(g * a, b.shape)"),
        "all axes at once": _multiply(
            "folded(g * b, a), folded(g * a, b)",
            """
def folded(gradient, like):
    extra = gradient.ndim - like.ndim
    axes = [i for i in range(gradient.ndim) if i < extra or like.shape[i - extra] != gradient.shape[i]]
    return (gradient.sum(axes, keepdim=True) if axes else gradient).reshape(like.shape)


""",
        ),
    },
    "05.5": {
        "asked first": _matmul("(g @ b.T if first else None), (a.T @ g if second else None)"),
        "transposed": _matmul("(g.matmul(b.transpose(0, 1)) if first else None), ((g.T @ a).T if second else None)"),
    },
    "05.6": {
        "from the result": _logsumexp("g.unsqueeze(-1) * torch.exp(x - y.unsqueeze(-1))"),
        "with softmax": _logsumexp("g.unsqueeze(-1) * torch.softmax(x, -1)"),
        "by hand": _logsumexp("g[..., None] * x.exp() / x.exp().sum(-1, keepdim=True)"),
    },
}

_FORGETFUL = """
class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        Cube.x = x.clone()
        return x**3

    @staticmethod
    def backward(ctx, g):
        return g * 3 * Cube.x**2
"""


def _own_apply(method: str) -> str:
    return _cube("g * 3 * x**2") + textwrap.indent(f"\n{method}\n", "    ")


WRONG = {
    "05.1": [
        (_rule("Cube", "ctx.square = x**2\nreturn x**3", "return g * 3 * ctx.square"), "kept past the version check"),
        (
            _rule("Cube", "ctx.x = (x.clone(),)\nreturn x**3", "return g * 3 * ctx.x[0] ** 2"),
            "kept past the version check",
        ),
        (
            _rule("Cube", "return x**3", "(x,) = ctx.saved_tensors\nreturn g * 3 * x**2"),
            "another number of tensors is saved",
        ),
        (
            _rule("Cube", "ctx.save_for_backward(x)\nreturn x**3", "x = ctx.saved_tensors\nreturn g * 3 * x**2"),
            "the tuple for the tensor",
        ),
        (_rule("Cube", "return ...", "return ..."), None),
        ("Cube = None", None),
        (_cube("3 * x**2"), "the upstream gradient is ignored"),
        (_cube("g"), "the local derivative is missing"),
        (_cube("g * x**3"), "values for derivatives"),
        (_cube("g * 3 * (x**3) ** 2"), "the derivative at the output"),
        (_cube("3 * g**2"), "the derivative at the upstream gradient"),
        (_cube("g * 6 * x"), "the second derivative"),
        (_cube("g + 3 * x**2"), "derivatives are added along the chain"),
        (_cube("g / (3 * x**2)"), "divided by the derivative"),
        (_cube("-g * 3 * x**2"), "the sign is turned"),
        (_cube("(g * 3 * x**2).sum()"), "summed over x"),
        (_cube("g * x * x"), "one of three uses"),
        (_cube("3 * g * x**3"), "the exponent is not lowered"),
        (_cube("3 * g * x"), "the exponent is lowered twice"),
        (_cube("g * 2 * x"), "the derivative of another power"),
        (_rule("Cube", "ctx.x = x\nreturn x**3", "return g * 3 * ctx.x**2"), "kept past the version check"),
        (_FORGETFUL, "kept outside ctx"),
        (_rule("Cube", "return x**2", "return g"), "forward is wrong"),
        (_cube("g * 3 * x**2, g"), "the number of gradients"),
        (_rule("Cube", "ctx.save_for_backward(x)\nx**3", "return g"), "nothing is returned"),
        ("class Cube:\n    pass", "not a Function"),
        (_own_apply("def apply(self, x):\n    return x**3"), "apply is overridden"),
        (_own_apply("@staticmethod\ndef apply(x):\n    return x**3"), "apply is overridden"),
        (_own_apply("@classmethod\ndef apply(cls, x):\n    return x**3"), "apply is overridden"),
        (_own_apply("apply = None"), "apply is overridden"),
    ],
    "05.2": [
        (
            _rule(
                "Exp",
                "y = x.exp()\nctx.save_for_backward(x, y)\nreturn y",
                "x, y = ctx.saved_tensors\nreturn g * torch.exp(x)",
            ),
            "the result is computed again",
        ),
        (_rule("Exp", "return ...", "return ..."), None),
        (_exp("y"), "the upstream gradient is ignored"),
        (_exp("g"), "the local derivative is missing"),
        (_exp("g * y.exp()"), "the derivative at the output"),
        (_exp("-g * y"), "the sign is turned"),
        (_exp("g + y"), "derivatives are added along the chain"),
        (_exp("g / y"), "divided by the derivative"),
        (_exp_of_x("g * x"), "the input for the result"),
        (_exp_of_x("g * x * (x - 1).exp()"), "the power rule on exp"),
        (_exp_of_x("g * x * x.exp()"), "a factor x too many"),
        (_exp_of_x("g * x.exp()"), "the result is computed again"),
        (_rule("Exp", "ctx.y = x.exp()\nreturn ctx.y", "return g * ctx.y"), "kept past the version check"),
    ],
    "05.3": [
        (
            _rule("Clip", _CLIP, "(x,) = ctx.saved_tensors\nreturn g * (ctx.low < x < ctx.high), None, None"),
            "and for &",
        ),
        (
            _rule("Clip", _CLIP, "(x,) = ctx.saved_tensors\nreturn g * (x > ctx.low & x < ctx.high), None, None"),
            "brackets around comparisons",
        ),
        (_clip("..."), None),
        (_clip("g, None, None"), "the clipped elements let the gradient pass"),
        (_clip("g * ((x < low) | (x > high)), None, None"), "the mask of the wrong side"),
        (_clip("g * (x < high), None, None"), "one bound only"),
        (_clip("g * (x > low), None, None"), "one bound only"),
        (_clip("g.clamp(low, high), None, None"), "the gradient is clipped"),
        (_clip("g * ((g > low) & (g < high)), None, None"), "the mask of the upstream gradient"),
        (_clip("g * x.clamp(low, high), None, None"), "values for derivatives"),
        (_clip("g * (x > 0), None, None"), "the bounds are ignored"),
        (_clip("g * 0, None, None"), "no gradient passes"),
        (_clip("((x > low) & (x < high)).float(), None, None"), "the upstream gradient is ignored"),
        (_clip("g * ((x > low) & (x < high))"), "the number of gradients"),
        (_clip("g * ((x > low) & (x < high)), g.sum(), g.sum()"), "a gradient for a number"),
    ],
    "05.4": [
        (_multiply("..., ..."), None),
        (_multiply("g * b, g * a"), "broadcasting is not undone"),
        (_multiply("summed_to(b + 0 * g, a.shape), summed_to(a + 0 * g, b.shape)"), "the upstream gradient is ignored"),
        (_multiply("summed_to(g * a, a.shape), summed_to(g * b, b.shape)"), "the factors are exchanged"),
        (_multiply("summed_to(g, a.shape), summed_to(g, b.shape)"), "the rule of a sum"),
        (_multiply("summed_to(-g * b, a.shape), summed_to(-g * a, b.shape)"), "the sign is turned"),
        (
            _multiply("summed_to(g * b, a.shape), summed_to(g * a, b.shape)", _SUMMED.replace("sum(", "mean(")),
            "averaged over the copies",
        ),
        (
            _multiply(
                "summed_to(g * b, a.shape), summed_to(g * a, b.shape)",
                _SUMMED.replace("gradient.sum(0)", "gradient[0]").replace(
                    "gradient.sum(dim, keepdim=True)", "gradient.narrow(dim, 0, 1)"
                ),
            ),
            "one of several uses",
        ),
        (
            _multiply("(g * b).sum() + 0 * a, (g * a).sum() + 0 * b"),
            None,
        ),
    ],
    "05.5": [
        (
            _matmul("(left if first else None), (right if second else None)").replace(
                "return (left", "left, right = g @ b.T, a.T @ g\n        return (left"
            ),
            "a gradient nobody wants",
        ),
        (_matmul("..., ..."), None),
        (_matmul("g @ b.T, a.T @ g"), "a gradient nobody wants"),
        (_matmul("a.T @ g, g @ b.T"), "the gradients are exchanged"),
        (_matmul("g @ b, a @ g"), "the transpose is missing"),
        (_matmul("b.T @ g, g @ a.T"), "the factors in the wrong order"),
        (_matmul("g * b, g * a"), "the elementwise rule"),
        (_matmul("(g @ b.T).T, (a.T @ g).T"), "the gradient is transposed"),
        (_matmul("g @ a.T, b.T @ g"), "the factors are exchanged"),
        (_matmul("-(g @ b.T), -(a.T @ g)"), "the sign is turned"),
        (_matmul("(g @ b.T if second else None), (a.T @ g if first else None)"), "the wrong gradient is left out"),
        (_matmul("(g @ b.T if first and second else None), a.T @ g"), "the wrong gradient is left out"),
        (_matmul("(g @ b.T if first else None), a.T @ g"), "a gradient nobody wants"),
        (_matmul("g @ b.T"), "the number of gradients"),
    ],
    "05.6": [
        (_rule("LogSumExp", "return torch.logsumexp(x, -1)", "return ..."), None),
        (_logsumexp("torch.softmax(x, -1)"), "the upstream gradient is ignored"),
        (_logsumexp("g * torch.softmax(x, -1)"), "the upstream gradient along the wrong dimension"),
        (_logsumexp("g.unsqueeze(-1) * torch.softmax(x, 0)"), "the wrong dimension"),
        (_logsumexp("g.unsqueeze(-1) * x.exp()"), "the outer derivative is missing"),
        (_logsumexp("g.unsqueeze(-1) / x.exp().sum(-1, keepdim=True) + 0 * x"), "the inner derivative is missing"),
        (_logsumexp("(g * y).unsqueeze(-1) + 0 * x"), "values for derivatives"),
        (_logsumexp("g.unsqueeze(-1) * x.exp() / y.unsqueeze(-1)"), "divided by the result"),
        (_logsumexp("g.unsqueeze(-1) + 0 * x"), "the local derivative is missing"),
        (_logsumexp("-g.unsqueeze(-1) * torch.softmax(x, -1)"), "the sign is turned"),
        (
            _logsumexp("g.unsqueeze(-1) * torch.softmax(x, -1) * (1 - torch.softmax(x, -1))"),
            "differentiated once too often",
        ),
    ],
}
