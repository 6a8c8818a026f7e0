"""Answers to sheet 07: right ones, and for each misconception its wrong ones."""

GIVEAWAY = {
    "07.1": r"\b[abcdef] is (not )?tracked|\bTrue\b(?! or False)|(?<!True or )\bFalse\b",
    "07.2": r"\b10\b|[abcdef] (shares|has)",
    "07.3": r"target\.detach|detach\(\) the target",
    "07.4": r"\.detach\(\)|no_grad|autograd\.grad|requires_grad_",
    "07.5": r"\.mul_|\.add_|no_grad|\*=|copy_|lerp",
}

HANDED_IN = {
    "07.1": "(a_tracked, b_tracked, c_tracked, d_tracked, e_tracked, f_tracked)",
    "07.2": "(a_first, b_first, c_first, d_first, e_first, f_first)",
    "07.3": "change",
    "07.4": "train_second",
    "07.5": "update",
}

_TRACKED = "a_tracked, b_tracked, c_tracked, d_tracked, e_tracked, f_tracked = "
_SHARED = "a_first, b_first, c_first, d_first, e_first, f_first = "


def _with(start: str, *replaced: tuple[str, str]) -> str:
    for old, new in replaced:
        assert old in start, old
        start = start.replace(old, new)
    return start


_DETACHED = """
def train_second(w1, w2, x, y, steps, lr):
    hidden = (x @ w1).tanh().detach()
    for step in range(steps):
        loss = ((hidden @ w2 - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w2 -= lr * w2.grad
        w2.grad = None
"""

_BOTH = """
def train_second(w1, w2, x, y, steps, lr):
    for step in range(steps):
        loss = (((x @ w1).tanh() @ w2 - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w2 -= lr * w2.grad
        w2.grad.zero_()
"""

_FROZEN = """
def train_second(w1, w2, x, y, steps, lr):
    w1.requires_grad_(False)
    optimizer = torch.optim.SGD([w2], lr=lr)
    for step in range(steps):
        optimizer.zero_grad()
        loss = (((x @ w1).tanh() @ w2 - y) ** 2).mean()
        loss.backward()
        optimizer.step()
    w1.requires_grad_(True)
"""

_UPDATE = """
def update(average, weight, beta):
    with torch.no_grad():
        average.mul_(beta)
        average.add_((1 - beta) * weight)
"""

RIGHT = {
    "07.1": {
        "booleans": _TRACKED + "True, True, False, False, True, True",
        "computed": """
w = torch.tensor([1.0, 2.0], requires_grad=True)
a = w * 2
b = a.detach() * w
with torch.no_grad():
    c = w * a
d = c + 1
e = torch.tensor([3.0, 4.0]) * a
f = c.clone().requires_grad_()
a_tracked, b_tracked, c_tracked, d_tracked, e_tracked, f_tracked = (t.requires_grad for t in (a, b, c, d, e, f))
""",
    },
    "07.2": {
        "numbers": _SHARED + "10.0, 1.0, 10.0, 1.0, 10.0, 1.0",
        "whole numbers": _SHARED + "10, 1, 10, 1, 10, 1",
        "tensors": _SHARED + "torch.tensor([10.0, 1.0, 10.0, 1.0, 10.0, 1.0])",
    },
    "07.3": {"the letter": 'change = "e"', "a capital, with space": 'change = " E "'},
    "07.4": {
        "detached": _DETACHED,
        "in no_grad": _with(
            _DETACHED,
            ("    hidden = (x @ w1).tanh().detach()", "    with torch.no_grad():\n        hidden = (x @ w1).tanh()"),
        ),
        "frozen for a while": _FROZEN,
        "gradient for one": """
def train_second(w1, w2, x, y, steps, lr):
    for _ in range(steps):
        loss = (((x @ w1).tanh() @ w2 - y) ** 2).mean()
        (gradient,) = torch.autograd.grad(loss, w2)
        with torch.no_grad():
            w2.sub_(gradient, alpha=lr)
""",
        "detached weight": _with(_BOTH, ("x @ w1", "x @ w1.detach()"), ("w2.grad.zero_()", "w2.grad = None")),
        "through data": _with(
            _DETACHED, ("        with torch.no_grad():\n            w2 -= lr", "        w2.data -= lr")
        ),
    },
    "07.5": {
        "two steps": _UPDATE,
        "copied": """
def update(average, weight, beta):
    with torch.no_grad():
        average.copy_(beta * average + (1 - beta) * weight)
""",
        "detached": """
def update(average, weight, beta):
    average.mul_(beta).add_(weight.detach(), alpha=1 - beta)
""",
        "operators": """
def update(average, weight, beta):
    average *= beta
    average += (1 - beta) * weight.detach()
""",
        "through data": """
def update(average, weight, beta):
    average.data = beta * average.data + (1 - beta) * weight.data
""",
    },
}

WRONG = {
    "07.1": [
        (_TRACKED + "False, True, False, False, True, True", "detach changes the tensor itself"),
        (_TRACKED + "True, False, False, False, True, True", "one detached input stops tracking"),
        (_TRACKED + "True, True, True, True, True, True", "no_grad looks at the inputs"),
        (_TRACKED + "True, True, False, True, True, True", "tracking comes back after no_grad"),
        (_TRACKED + "True, True, False, False, False, True", "all inputs must be tracked"),
        (_TRACKED + "True, True, False, False, True, False", "untracked for ever"),
        (_TRACKED + "..., ..., ..., ..., ..., ...", None),
        (_TRACKED + "1, 2, 3, 4, 5, 6", None),
        (_TRACKED + "(None,) * 6", None),
    ],
    "07.2": [
        (_SHARED + "1, 1, 10, 1, 10, 1", "detach copies"),
        (_SHARED + "1, 1, 1, 1, 1, 1", "detach copies"),
        (_SHARED + "10, 10, 10, 1, 10, 1", "clone shares memory"),
        (_SHARED + "10, 1, 10, 1, 10, 10", "clone shares memory"),
        (_SHARED + "10, 1, 1, 1, 10, 1", "a slice copies"),
        (_SHARED + "10, 1, 10, 10, 10, 1", "a result shares memory"),
        (_SHARED + "10, 1, 10, 1, 1, 1", "numpy copies"),
        (_SHARED + "..., ..., ..., ..., ..., ...", None),
        (_SHARED + "20, 1, 10, 1, 10, 1", None),
        (_SHARED + "True, False, True, False, True, False", None),
    ],
    "07.3": [
        ('change = "a"', "the flag of a result"),
        ('change = "b"', "the loss is not recorded"),
        ('change = "c"', "the weight is frozen with the target"),
        ('change = "d"', "the wrong tensor is detached"),
        ('change = "f"', "clone stops tracking"),
        ("change = ...", None),
        ('change = "g"', None),
        ('change = "detach"', None),
        ("change = 5", None),
    ],
    "07.4": [
        ("def train_second(w1, w2, x, y, steps, lr):\n    for step in range(steps):\n        ...", "no step is taken"),
        (
            _with(
                _DETACHED,
                ("            w2 -= lr * w2.grad", "            w2 = w2 - lr * w2.grad"),
                ("        w2.grad = None\n", ""),
            ),
            "the loss is not recorded",
        ),
        (
            _with(_FROZEN, ("    w1.requires_grad_(False)\n", ""), ("SGD([w2]", "SGD([w1, w2]")),
            "the frozen layer is trained",
        ),
        (
            _with(_FROZEN, ("    w1.requires_grad_(False)\n", "    w1.data.mul_(1.5)\n    w1.requires_grad_(False)\n")),
            "the frozen layer is trained",
        ),
        (_with(_FROZEN, ("SGD([w2]", "SGD([w1]"), ("    w1.requires_grad_(False)\n", "")), "the wrong layer is frozen"),
        (_BOTH, "a gradient for the frozen layer"),
        (
            _with(_FROZEN, ("    w1.requires_grad_(False)\n", ""), ("optimizer.zero_grad()", "w2.grad = None")),
            "a gradient for the frozen layer",
        ),
        (_with(_FROZEN, ("    w1.requires_grad_(True)\n", "")), "tracking is left off"),
        (_DETACHED + "    w2.requires_grad_(False)\n", "tracking is left off"),
        (_with(_DETACHED, ("(hidden @ w2 - y)", "((hidden @ w2).detach() - y)")), "the loss is not recorded"),
        (
            _with(
                _DETACHED,
                (
                    "loss = ((hidden @ w2 - y) ** 2).mean()",
                    "with torch.no_grad():\n            loss = ((hidden @ w2 - y) ** 2).mean()",
                ),
            ),
            "the loss is not recorded",
        ),
        (_with(_DETACHED, ("        w2.grad = None\n", "")), "the gradient is never emptied"),
        (_with(_DETACHED, ("w2 -= lr", "w2 += lr")), "the sign is turned"),
        (_with(_DETACHED, ("lr * w2.grad", "w2.grad")), "lr is ignored"),
        (_with(_DETACHED, (".tanh().detach()", ".tanh()")), "a used-up graph is walked again"),
        (_with(_DETACHED, ("range(steps)", "range(1)")), "one step only"),
        (
            _with(_DETACHED, ("        with torch.no_grad():\n            w2 -= lr", "        w2 -= lr")),
            "the update is recorded",
        ),
        (
            """
def train_second(w1, w2, x, y, steps, lr):
    loss = (((x @ w1.detach()).tanh() @ w2 - y) ** 2).mean()
    for step in range(steps):
        loss.backward()
        with torch.no_grad():
            w2 -= lr * w2.grad
        w2.grad = None
""",
            "a used-up graph is walked again",
        ),
        ("train_second = ...", None),
        (_with(_DETACHED, (".tanh()", "")), None),
        (_with(_DETACHED, (".mean()", ".sum()")), None),
    ],
    "07.5": [
        ("def update(average, weight, beta):\n    ...", "the average becomes a new tensor"),
        (
            "def update(average, weight, beta):\n    average = beta * average + (1 - beta) * weight",
            "the average becomes a new tensor",
        ),
        (
            "def update(average, weight, beta):\n    return beta * average + (1 - beta) * weight.detach()",
            "the average becomes a new tensor",
        ),
        (_with(_UPDATE, ("with torch.no_grad():", "if True:")), "the average is tracked"),
        (
            "def update(average, weight, beta):\n    average *= beta\n    average += (1 - beta) * weight",
            "the average is tracked",
        ),
        (
            _with(_UPDATE, ("mul_(beta)", "mul_(1 - beta)"), ("(1 - beta) * weight", "beta * weight")),
            "beta and its rest are swapped",
        ),
        (
            "def update(average, weight, beta):\n    with torch.no_grad():\n        average.copy_(weight)",
            "the old average is forgotten",
        ),
        (_with(_UPDATE, ("        average.mul_(beta)\n", "")), "the old average keeps its whole share"),
        (_with(_UPDATE, ("(1 - beta) * weight", "weight")), "the weight gets a whole share"),
        (
            "def update(average, weight, beta):\n    with torch.no_grad():\n"
            "        average.add_((1 - beta) * weight)\n        average.mul_(beta)",
            "shrunk after adding",
        ),
        (
            "def update(average, weight, beta):\n    average.data = weight.data",
            "the average shares the weight's memory",
        ),
        (
            "def update(average, weight, beta):\n    with torch.no_grad():\n"
            "        weight.mul_(1 - beta)\n        average.mul_(beta).add_(weight)",
            "the weight is written to",
        ),
        (
            "def update(average, weight, beta):\n    weight *= 1 - beta\n    average.mul_(beta).add_(weight.detach())",
            "the weight is written to",
        ),
        (
            "def update(average, weight, beta):\n    weight.requires_grad_(False)\n"
            "    average.mul_(beta).add_((1 - beta) * weight)",
            "tracking is left off",
        ),
        ("update = ...", None),
        (_with(_UPDATE, ("weight)", "weight.grad)")), None),
        (_UPDATE + "        weight.grad = None\n", None),
        (_with(_UPDATE, ("(1 - beta)", "(1 + beta)")), None),
    ],
}
