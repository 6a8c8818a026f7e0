"""Answers to sheet 04: right ones, and for each misconception its wrong ones: a right one with one part replaced."""

GIVEAWAY = {
    "04.1": r"1 ?[-−] ?a|2 ?\* ?",
    "04.2": r"\.T|sum\(|2 ?\* ?",
    "04.3": r"\.T|sum\(|> 0",
    "04.4": r"softmax\(|[-−] ?1|/ ?len",
}

HANDED_IN = dict.fromkeys(GIVEAWAY, "gradients")


def _with(start: str, *replaced: tuple[str, str]) -> str:
    for old, new in replaced:
        assert old in start, old
        start = start.replace(old, new)
    return start


_CHAIN = """
def gradients(x, w, b, y):
    z = w * x + b
    a = z.tanh()
    e = a - y
    g = {"e": 2 * e}
    g["a"] = g["e"]
    g["z"] = g["a"] * (1 - a**2)
    g["p"] = g["b"] = g["z"]
    g["x"] = g["p"] * w
    g["w"] = g["p"] * x + 2 * w
    return g
"""

_LINEAR = """
def gradients(x, w, b, y):
    e = x @ w + b - y
    g = {"s": torch.ones_like(e) / e.numel()}
    g["e"] = g["s"] * 2 * e
    g["z"] = g["e"]
    g["p"] = g["z"]
    g["b"] = g["z"].sum(0)
    g["w"] = x.T @ g["p"]
    g["x"] = g["p"] @ w.T
    return g
"""

_LAYERS = """
def gradients(x, w1, b1, w2, b2, y):
    z1 = x @ w1 + b1
    h = z1.relu()
    e = h @ w2 + b2 - y
    g = {"e": 2 * e / e.numel()}
    g["z2"] = g["e"]
    g["b2"] = g["z2"].sum(0)
    g["w2"] = h.T @ g["z2"]
    g["h"] = g["z2"] @ w2.T
    g["z1"] = g["h"] * (z1 > 0)
    g["b1"] = g["z1"].sum(0)
    g["w1"] = x.T @ g["z1"]
    g["x"] = g["z1"] @ w1.T
    return g
"""

_ENTROPY = """
import numpy as np
def gradients(logits, targets):
    z = np.array(logits)
    p = np.exp(z - z.max(1, keepdims=True))
    p = p / p.sum(1, keepdims=True)
    hot = np.eye(z.shape[1])[np.array(targets)]
    return {"logits": (p - hot) / len(z)}
"""

_TENSORS = """
def gradients(logits, targets):
    g = logits.softmax(1)
    g[torch.arange(len(targets)), targets] -= 1
    return {"logits": g / len(targets)}
"""

_NUMPY = "import numpy as np\n"


def _in_numpy(cell: str, *names: str) -> str:
    """The same with NumPy's arrays."""
    head, _, body = cell.partition("):\n")
    return _NUMPY + head + "):\n    " + ", ".join(names) + f" = map(np.array, ({', '.join(names)}))\n" + body


RIGHT = {
    "04.1": {
        "tensors": _CHAIN,
        "numpy": _with(_in_numpy(_CHAIN, *"xwby"), ("z.tanh()", "np.tanh(z)")),
    },
    "04.2": {
        "tensors": _LINEAR,
        "numpy": _with(_in_numpy(_LINEAR, *"xwby"), ("torch.ones_like", "np.ones_like"), ("e.numel()", "e.size")),
    },
    "04.3": {
        "tensors": _LAYERS,
        "mask of the output": _with(_LAYERS, ("(z1 > 0)", "(h > 0)")),
    },
    "04.4": {
        "one-hot": _ENTROPY,
        "tensors": _TENSORS,
        "the logarithm first": _with(_TENSORS, ("logits.softmax(1)", "logits.log_softmax(1).exp()")),
        "in place": _with(_ENTROPY, ("(p - hot) / len(z)", "(p + 0 - hot) * (1 / len(z))")),
    },
}

_MATH = """
import math
def gradients(logits, targets):
    rows = []
    for row, target in zip(logits.tolist(), targets.tolist()):
        powers = [math.exp(z) for z in row]
        rows.append([(p / sum(powers) - (j == target)) / len(logits) for j, p in enumerate(powers)])
    return {"logits": rows}
"""

WRONG = {
    "04.1": [
        ("def gradients(x, w, b, y):\n    ...", None),
        ("def gradients(x, w, b, y):\n    return {}", None),
        (_with(_CHAIN, ('"e": 2 * e', '"e": 3 * e')), None),
        (_with(_CHAIN, ('g["p"] * w', 'g["p"] * y')), None),
        (_with(_CHAIN, ('"e": 2 * e', '"e": e')), "factor 2 forgotten"),
        (_with(_CHAIN, ('"e": 2 * e', '"e": e * e')), "the value for the derivative"),
        (_with(_CHAIN, ('= g["e"]', '= -g["e"]')), "the sign is turned"),
        (_with(_CHAIN, ("1 - a**2", "1 - z**2")), "tanh' of the input"),
        (_with(_CHAIN, (" * (1 - a**2)", "")), "a local derivative is missing"),
        (_with(_CHAIN, ('g["a"] * (1', "(1")), "the chain is broken"),
        (_with(_CHAIN, ('g["p"] * w', 'g["p"] * x')), "the own factor in a product"),
        (_with(_CHAIN, (" + 2 * w", "")), "overwritten instead of added"),
    ],
    "04.2": [
        ("def gradients(x, w, b, y):\n    ...", None),
        (_with(_LINEAR, (" / e.numel()", "")), "1/n forgotten"),
        (_with(_LINEAR, ("e.numel()", "len(e)")), "1/n with the rows only"),
        (_with(_LINEAR, (" * 2 * e", " * e")), "factor 2 forgotten"),
        (_with(_LINEAR, (".sum(0)", "")), "the bias is not summed over the batch"),
        (_with(_LINEAR, (".sum(0)", ".mean(0)")), "the bias is averaged over the batch"),
        (_with(_LINEAR, (".sum(0)", ".sum()")), "the bias is summed over everything"),
        (_with(_LINEAR, ("x.T", "x")), "a transpose is missing"),
        (_with(_LINEAR, ("w.T", "w")), "a transpose is missing"),
        (_with(_LINEAR, ('x.T @ g["p"]', 'g["p"].T @ x')), "the transpose of the gradient"),
    ],
    "04.3": [
        ("def gradients(x, w1, b1, w2, b2, y):\n    ...", None),
        (_with(_LAYERS, (" / e.numel()", "")), "1/n forgotten"),
        (_with(_LAYERS, ("2 * e", "e")), "factor 2 forgotten"),
        (_with(_LAYERS, (" * (z1 > 0)", "")), "relu is left out"),
        (_with(_LAYERS, ("(z1 > 0)", '(g["h"] > 0)')), "relu mask of the wrong tensor"),
        (_with(_LAYERS, ("(z1 > 0)", "h")), "the value for the derivative"),
        (_with(_LAYERS, ('g["z1"].sum(0)', 'g["z1"]')), "the bias is not summed over the batch"),
        (_with(_LAYERS, ("w2.T", "w2")), "a transpose is missing"),
    ],
    "04.4": [
        ("def gradients(logits, targets):\n    ...", None),
        (_with(_ENTROPY, ("(p - hot)", "p")), "one-hot not subtracted"),
        (_with(_ENTROPY, (" / len(z)", "")), "1/n forgotten"),
        (_with(_ENTROPY, ("p - hot", "hot - p")), "the sign is turned"),
        (_with(_ENTROPY, (" - z.max(1, keepdims=True)", ""), ("p.sum(1", "p.sum(0")), "softmax over the batch"),
        (_with(_ENTROPY, ("(p - hot)", "(z - hot)")), "logits for probabilities"),
        (_with(_ENTROPY, ("len(z)", "z.size")), "divided by all numbers"),
        ("def gradients(logits, targets):\n    return {}", None),
        (_with(_ENTROPY, ("(p - hot)", "p * p")), None),
        (
            _with(_ENTROPY, (" - z.max(1, keepdims=True)", ""), ("p.sum(1, keepdims=True)", "p.sum()")),
            "softmax over all numbers",
        ),
        (
            _with(_ENTROPY, (" - z.max(1, keepdims=True)", ""), ("    p = p / p.sum(1, keepdims=True)\n", "")),
            "softmax is not normalised",
        ),
        (_with(_ENTROPY, ("(p - hot)", "(np.log(p) - hot)")), "log-probabilities for probabilities"),
        (
            "def gradients(logits, targets):\n    return {'logits': logits.softmax(1) - targets}",
            "the index for the one-hot",
        ),
        (
            "def gradients(logits, targets):\n    return {'logits': (logits.softmax(1) - targets) / len(targets)}",
            "the index for the one-hot",
        ),
        (
            "def gradients(logits, targets):\n    return {'logits': logits.softmax(1) - targets.unsqueeze(1)}",
            "the index for the one-hot",
        ),
        (_with(_TENSORS, ("torch.arange(len(targets))", ":")), "the targets of all rows"),
        (_with(_TENSORS, ("g[torch.arange(len(targets)), targets] -=", "g -=")), "subtracted from every class"),
        (_with(_ENTROPY, ("(p - hot)", "hot * (p - hot)")), "the other classes are left out"),
        (_with(_ENTROPY, ("(p - hot)", "-hot / p")), "a local derivative is missing"),
        (_with(_ENTROPY, ("(p - hot)", "hot / p")), None),
        (_with(_ENTROPY, ("p - hot", "hot - p"), (" / len(z)", "")), "the sign is turned"),
        (_with(_ENTROPY, (" - z.max(1, keepdims=True)", "")), "exp overflows"),
        (_with(_ENTROPY, ("z.max(1, keepdims=True)", "z.max()")), "exp overflows"),
        (
            _with(_ENTROPY, (" - z.max(1, keepdims=True)", ""), ("= np.array(logits)", "= np.array(logits, float)")),
            "exp overflows",
        ),
        (_with(_TENSORS, ("logits.softmax(1)", "logits.exp() / logits.exp().sum(1, keepdim=True)")), "exp overflows"),
        (_MATH, "exp overflows"),
    ],
}
