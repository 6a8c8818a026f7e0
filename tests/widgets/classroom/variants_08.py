"""Answers to sheet 08: right ones, and for each misconception its wrong ones.

Most are the starting code of the question with one line replaced.
"""

GIVEAWAY = {
    "08.1": r"zero_grad\(\)|grad = None",
    "08.2": r"no_grad|-= ?lr|\.data\b|copy_",
    "08.3": r"squeeze|\[:, ?0\]|flatten|reshape|view\(",
    "08.4": r"\.item\(\)|detach\(\)",
    "08.5": r"len\(|/ ?n\b",
    "08.6": r"detach|no_grad",
}

HANDED_IN = {
    "08.1": "train",
    "08.2": "train_line",
    "08.3": "loss_of",
    "08.4": "train_and_report",
    "08.5": "accumulate",
    "08.6": "train_rounds",
}


def _with(start: str, *replaced: tuple[str, str]) -> str:
    for old, new in replaced:
        assert old in start, old
        start = start.replace(old, new)
    return start


# 08.1

_EMPTIED = """
def train(w, x, y, steps, lr):
    optimizer = torch.optim.SGD([w], lr=lr)
    for step in range(steps):
        loss = ((x @ w - y) ** 2).mean()
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
"""
_TRAINED = _with(
    _EMPTIED,
    (
        "        optimizer.zero_grad()\n        optimizer.step()",
        "        optimizer.step()\n        optimizer.zero_grad()",
    ),
)

# 08.2

_REBOUND = """
def train_line(w, b, x, y, steps, lr):
    for step in range(steps):
        loss = ((w * x + b - y) ** 2).mean()
        loss.backward()
        for p in (w, b):
            p = p - lr * p.grad
        w.grad = b.grad = None
"""
_LINE = """
def train_line(w, b, x, y, steps, lr):
    for step in range(steps):
        loss = ((w * x + b - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            for p in (w, b):
                p -= lr * p.grad
        w.grad = b.grad = None
"""

# 08.3

_ALL_PAIRS = """
def loss_of(w, b, x, y):
    guess = x @ w + b
    return ((guess - y) ** 2).mean()
"""
_PAIRS = _with(_ALL_PAIRS, ("x @ w + b", "(x @ w + b)[:, 0]"))

# 08.4

_TOTAL = """
def train_and_report(w, x, y, steps, lr):
    total = 0
    for step in range(steps):
        loss = ((x @ w - y) ** 2).mean()
        total = total + loss
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
        w.grad = None
    return total / steps
"""
_NUMBERS = _with(_TOTAL, ("total + loss", "total + loss.item()"))

# 08.5

_SUMMED = """
def accumulate(w, x, y, size):
    for start in range(0, len(y), size):
        part, target = x[start : start + size], y[start : start + size]
        loss = ((part @ w - target) ** 2).mean()
        loss.backward()
"""
_MICRO = _with(_SUMMED, ("        loss.backward()", "        (loss * len(target) / len(y)).backward()"))

# 08.6

_RETAINED = """
def train_rounds(w, xs, ys, lr):
    state = torch.zeros(w.shape)
    for x, y in zip(xs, ys):
        state = torch.tanh(w * x + state)
        loss = ((state - y) ** 2).sum()
        loss.backward(retain_graph=True)
        with torch.no_grad():
            w -= lr * w.grad
        w.grad = None
"""
_CUT = _with(
    _RETAINED,
    ("retain_graph=True", ""),
    ("        w.grad = None\n", "        w.grad = None\n        state = state.detach()\n"),
)

RIGHT = {
    "08.1": {
        "emptied after the step": _TRAINED,
        "emptied before the loss": _with(
            _EMPTIED,
            ("        optimizer.zero_grad()\n", ""),
            ("        loss = ", "        optimizer.zero_grad()\n        loss = "),
        ),
        "by hand": """
def train(w, x, y, steps, lr):
    for step in range(steps):
        (gradient,) = torch.autograd.grad(((x @ w - y) ** 2).mean(), w)
        with torch.no_grad():
            w -= lr * gradient
""",
    },
    "08.2": {
        "in place, unrecorded": _LINE,
        "with an optimizer": """
def train_line(w, b, x, y, steps, lr):
    optimizer = torch.optim.SGD([w, b], lr=lr)
    for step in range(steps):
        optimizer.zero_grad()
        ((w * x + b - y) ** 2).mean().backward()
        optimizer.step()
""",
        "through data": _with(_REBOUND, ("p = p - lr * p.grad", "p.data = p.data - lr * p.grad")),
        "copied": _with(_LINE, ("p -= lr * p.grad", "p.copy_(p - lr * p.grad)")),
    },
    "08.3": {
        "first column": _PAIRS,
        "squeezed": _with(_ALL_PAIRS, ("x @ w + b", "(x @ w + b).squeeze(1)")),
        "targets as a column": _with(_ALL_PAIRS, ("guess - y", "guess - y[:, None]")),
        "with the loss function": """
def loss_of(w, b, x, y):
    return torch.nn.functional.mse_loss((x @ w).reshape(-1) + b, y)
""",
    },
    "08.4": {
        "a number": _NUMBERS,
        "detached": _with(_TOTAL, ("total + loss", "total + loss.detach()")),
        "a list of numbers": _with(
            _TOTAL,
            ("total = 0", "losses = []"),
            ("total = total + loss", "losses.append(float(loss))"),
            ("total / steps", "sum(losses) / steps"),
        ),
    },
    "08.5": {
        "weighted": _MICRO,
        "sums over all": _with(_SUMMED, (".mean()", ".sum() / len(y)")),
        "by gradients": """
def accumulate(w, x, y, size):
    for part, target in zip(x.split(size), y.split(size)):
        loss = torch.nn.functional.mse_loss(part @ w, target, reduction="sum")
        loss.backward(torch.tensor(1 / len(y)))
""",
    },
    "08.6": {
        "cut at the end": _CUT,
        "cut at the start": _with(
            _RETAINED, ("retain_graph=True", ""), ("torch.tanh(w * x + state)", "torch.tanh(w * x + state.detach())")
        ),
        "made anew": _with(_CUT, ("state = state.detach()", "state = torch.tensor(state.tolist())")),
    },
}

WRONG = {
    "08.1": [
        (_EMPTIED, "the gradient is emptied before it is used"),
        (_with(_EMPTIED, ("        optimizer.zero_grad()\n", "")), "the gradient is never emptied"),
        (_with(_EMPTIED, ("        optimizer.step()\n", "")), "the gradient is emptied before it is used"),
        (_with(_TRAINED, ("        optimizer.step()\n", "")), "the gradient is emptied before it is used"),
        (_with(_TRAINED, ("        loss.backward()\n", "")), "no step is taken"),
        (_with(_TRAINED, ("lr=lr", "lr=-lr")), None),
        (_with(_TRAINED, (".mean()", ".sum()")), "the sum for the mean"),
        (_with(_TRAINED, ("loss.backward()", "(-loss).backward()")), "the sign is turned"),
        (_with(_TRAINED, ("lr=lr", "lr=1.0")), "lr is ignored"),
        (_with(_TRAINED, ("range(steps)", "range(1)")), "one step only"),
        (_with(_TRAINED, ("range(steps)", "range(steps - 1)")), "one step too few"),
        ("train = None", None),
        ("def train(w, x):\n    pass", None),
    ],
    "08.2": [
        (_REBOUND, "the weights become new tensors"),
        (_with(_LINE, ("        w.grad = b.grad = None\n", "")), "the gradient is never emptied"),
        (_with(_LINE, ("w.grad = b.grad = None", "w.grad = None")), "one gradient is never emptied"),
        (_with(_LINE, ("w.grad = b.grad = None", "b.grad = None")), "one gradient is never emptied"),
        (_with(_LINE, ("(w, b):", "(w,):")), "one of the weights is left out"),
        (_with(_LINE, ("(w, b):", "(b,):")), "one of the weights is left out"),
        (_with(_LINE, ("p -= lr", "p += lr")), "the sign is turned"),
        (_with(_LINE, ("lr * p.grad", "p.grad")), "lr is ignored"),
        (_with(_REBOUND, ("p = p - lr * p.grad", "p -= lr * p.grad")), "the update is recorded"),
        (_with(_LINE, ("p -= lr * p.grad", "pass")), "the weights become new tensors"),
        (_with(_LINE, ("range(steps)", "range(1)")), "one step only"),
        (
            _with(
                _LINE,
                ("        w.grad = b.grad = None\n", "        w.grad = b.grad = None\n    w.requires_grad_(False)\n"),
            ),
            "tracking is left off",
        ),
    ],
    "08.3": [
        (_ALL_PAIRS, "every guess against every target"),
        (_with(_ALL_PAIRS, (".mean()", ".sum()")), "every guess against every target"),
        (_with(_PAIRS, (".mean()", ".sum()")), "the sum for the mean"),
        (_with(_ALL_PAIRS, ("guess - y", "guess[0] - y")), "one guess for all targets"),
        (_with(_ALL_PAIRS, ("guess - y", "guess.mean() - y")), "averaged before it is squared"),
        (_with(_PAIRS, ("((guess - y) ** 2).mean()", "(guess - y).mean() ** 2")), "averaged before it is squared"),
        (_with(_PAIRS, ("((guess - y) ** 2)", "(guess - y).abs()")), "the square is missing"),
        (_with(_PAIRS, ("((guess - y) ** 2)", "(guess - y)")), "the square is missing"),
        (_with(_PAIRS, (".mean()", ".mean().sqrt()")), "the root is taken"),
        (_with(_PAIRS, ("guess - y", "guess.sort()[0] - y.sort()[0]")), "pairs are torn apart"),
        (_with(_PAIRS, (".mean()", "")), "the loss is not one number"),
        (_with(_PAIRS, ("return ", "")), "nothing is returned"),
        (_with(_PAIRS, (".mean()", ".mean().detach()")), "the history is cut"),
        (_with(_PAIRS, ("x @ w + b", "x @ w")), None),
    ],
    "08.4": [
        (_TOTAL, "the history keeps every graph"),
        (_with(_TOTAL, ("total + loss", "(total.detach() if step else 0.0) + loss")), "the history keeps a graph"),
        (_with(_TOTAL, ("total / steps", "(total / steps).detach()")), "the history is cut at the end only"),
        (_with(_TOTAL, ("total / steps", "(total / steps).item()")), "the history is cut at the end only"),
        (_with(_NUMBERS, ("total / steps", "total")), "the sum for the mean"),
        (_with(_NUMBERS, ("total + loss.item()", "loss.item()")), "the last loss only"),
        (_with(_NUMBERS, ("total / steps", "loss.item()")), "the last loss only"),
        (_with(_NUMBERS, ("total / steps", "total / len(y)")), "divided by the wrong number"),
        (_with(_NUMBERS, ("    return total / steps\n", "")), "nothing is returned"),
        (_with(_TOTAL, ("loss.backward()", "total.backward()")), "backward through the total"),
        (_with(_NUMBERS, ("        w.grad = None\n", "")), "the gradient is never emptied"),
        (_with(_NUMBERS, ("        loss.backward()\n", "        loss.item().backward()\n")), "a number has no graph"),
        (_with(_NUMBERS, ("            w -= lr * w.grad\n", "            pass\n")), "no step is taken"),
    ],
    "08.5": [
        (_SUMMED, "the gradients are summed, not averaged"),
        (
            _with(_SUMMED, ("loss.backward()", "(loss / -(-len(y) // size)).backward()")),
            "a short batch weighs as much as a full one",
        ),
        (
            _with(_SUMMED, ("loss.backward()", "(loss * size / len(y)).backward()")),
            "a short batch weighs as much as a full one",
        ),
        (_with(_SUMMED, ("loss.backward()", "w.grad = None\n        loss.backward()")), "only the last micro-batch"),
        (
            _with(_SUMMED, ("loss.backward()", "loss.backward()\n        w.grad = None")),
            "the gradient is emptied before it is used",
        ),
        (_with(_SUMMED, (".mean()", ".sum()")), "the sum for the mean"),
        (_with(_SUMMED, ("loss.backward()", "(loss / len(y)).backward()")), "divided by the wrong number"),
        (_with(_SUMMED, ("loss.backward()", "(loss / size).backward()")), "divided by the wrong number"),
        ("def accumulate(w, x, y, size):\n    ((x @ w - y) ** 2).mean().backward()", "everything in one backward"),
        (
            _with(_MICRO, ("range(0, len(y), size)", "range(0, max(len(y) - size + 1, 1), size)")),
            "the short batch is left out",
        ),
        (_with(_MICRO, (".backward()", ".detach()")), "no gradient is computed"),
        (
            _MICRO + "    with torch.no_grad():\n        w -= 0.1 * w.grad\n",
            "a step is taken",
        ),
    ],
    "08.6": [
        (_RETAINED, "retain_graph hides a growing graph"),
        (_with(_RETAINED, ("retain_graph=True", "")), "the state leads into used-up graphs"),
        (_with(_CUT, ("state.detach()", "torch.zeros(w.shape)")), "the state is forgotten"),
        (_with(_CUT, ("state.detach()", "y")), "the target for the state"),
        (_with(_CUT, ("        w.grad = None\n", "")), "the gradient is never emptied"),
        (_with(_CUT, ("w -= lr", "w += lr")), "the sign is turned"),
        (_with(_CUT, ("loss = ((state - y)", "loss = ((state.detach() - y)")), "cut before the loss"),
        (_with(_CUT, ("            w -= lr * w.grad\n", "            pass\n")), "no step is taken"),
        (_with(_CUT, ("w -= lr * w.grad", "w -= w.grad")), None),
        (
            _with(_CUT, ("state = state.detach()", "state = torch.tanh(w * x + state).detach()")),
            None,
        ),
    ],
}
