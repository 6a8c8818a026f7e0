"""Answers to sheet 09: right ones, and for each misconception its wrong ones.

Most wrong ones are a right one with one part replaced.
"""

GIVEAWAY = {
    "09.1": r"no_grad|-= ?lr|is not None|continue",
    "09.2": r"state\[|state\.get|-= ?lr|mu ?\*",
    "09.3": r"sqrt|\*\* ?count|state\[",
    "09.4": r"1 ?[-−] ?lr ?\* ?decay|\*=",
    "09.5": r"0\.19",
}

HANDED_IN = {
    "09.1": "sgd_step",
    "09.2": "momentum_step",
    "09.3": "adam_step",
    "09.4": "adamw_step",
    "09.5": "rate",
}


def _with(start: str, *replaced: tuple[str, str]) -> str:
    for old, new in replaced:
        assert old in start, old
        start = start.replace(old, new)
    return start


_SGD = """
def sgd_step(params, lr):
    with torch.no_grad():
        for param in params:
            if param.grad is not None:
                param -= lr * param.grad
"""

_MOMENTUM = """
def momentum_step(params, state, lr, mu):
    with torch.no_grad():
        for place, param in enumerate(params):
            if param.grad is None:
                continue
            state[place] = mu * state.get(place, 0) + param.grad
            param -= lr * state[place]
"""

_ADAM = """
def adam_step(params, state, lr):
    for place, param in enumerate(params):
        if param.grad is None:
            continue
        m, v, t = state.get(place, (0, 0, 0))
        m = 0.9 * m + 0.1 * param.grad
        v = 0.999 * v + 0.001 * param.grad**2
        t += 1
        state[place] = m, v, t
        with torch.no_grad():
            param -= lr * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)).sqrt() + 1e-8)
"""

_ADAMW = (
    _ADAM
    + """
def adamw_step(params, state, lr, decay):
    with torch.no_grad():
        for param in params:
            if param.grad is not None:
                param *= 1 - lr * decay
    adam_step(params, state, lr)
"""
)

_L2 = (
    _ADAM
    + """
def adamw_step(params, state, lr, decay):
    grads = [param.grad for param in params]
    for param in params:
        if param.grad is not None:
            param.grad = param.grad + decay * param.detach()
    adam_step(params, state, lr)
    for param, grad in zip(params, grads):
        param.grad = grad
"""
)

RIGHT = {
    "09.1": {
        "in place": _SGD,
        "through data": """
def sgd_step(params, lr):
    for param in params:
        if param.grad is None:
            continue
        param.data = param.data - lr * param.grad
""",
        "with an optimizer": "def sgd_step(params, lr):\n    torch.optim.SGD(params, lr=lr).step()",
    },
    "09.2": {
        "by place": _MOMENTUM,
        "by identity, in place": """
def momentum_step(params, state, lr, mu):
    for param in params:
        if param.grad is not None:
            buffer = state.setdefault(id(param), torch.zeros_like(param.detach()))
            buffer.mul_(mu).add_(param.grad)
            param.data.sub_(lr * buffer)
""",
    },
    "09.3": {
        "tuples": _ADAM,
        "as PyTorch writes it": """
def adam_step(params, state, lr):
    state["t"] = t = state.get("t", 0) + 1
    with torch.no_grad():
        for i, p in enumerate(params):
            if p.grad is None:
                continue
            m = state.setdefault(("m", i), torch.zeros_like(p.detach()))
            v = state.setdefault(("v", i), torch.zeros_like(p.detach()))
            m.lerp_(p.grad, 1 - 0.9)
            v.mul_(0.999).addcmul_(p.grad, p.grad, value=1 - 0.999)
            p.addcdiv_(m, v.sqrt().div_((1 - 0.999**t) ** 0.5).add_(1e-8), value=-lr / (1 - 0.9**t))
""",
        "one count": """
def adam_step(params, state, lr, b1=0.9, b2=0.999, eps=1e-8):
    state["t"] = t = state.get("t", 0) + 1
    with torch.no_grad():
        for i, p in enumerate(params):
            if p.grad is not None:
                state["m", i] = m = b1 * state.get(("m", i), 0) + (1 - b1) * p.grad
                state["v", i] = v = b2 * state.get(("v", i), 0) + (1 - b2) * p.grad * p.grad
                p.sub_(lr * m / (1 - b1**t) / (torch.sqrt(v / (1 - b2**t)) + eps))
""",
    },
    "09.4": {
        "shrink, then step": _ADAMW,
        "taken away": _with(_ADAMW, ("param *= 1 - lr * decay", "param -= lr * decay * param")),
    },
    "09.5": {"a letter": "rate = 'c'", "a capital": "rate = 'C'"},
}

WRONG = {
    "09.1": [
        (
            _with(
                _SGD,
                (
                    "            if param.grad is not None:\n",
                    "            if param.grad is None: return\n            if True:\n",
                ),
            ),
            "the end at a parameter without a gradient",
        ),
        (
            "def sgd_step(params, lr):\n    for i, p in enumerate(params):\n        if p.grad is not None:\n"
            "            params[i] = (p - lr * p.grad).detach().requires_grad_()",
            "the parameters become new tensors",
        ),
        ("def sgd_step(params, lr):\n    ...", "the parameters become new tensors"),
        (_with(_SGD, ("-= lr", "+= lr")), "the sign is turned"),
        (_with(_SGD, ("lr * param.grad", "param.grad")), "lr is ignored"),
        (_with(_SGD, ("lr * param.grad", "param.grad / lr")), "divided by lr"),
        (_with(_SGD, ("lr * param.grad", "lr * param.grad.sign()")), "only the sign of the gradient"),
        (_with(_SGD, ("param -= lr * param.grad", "param.copy_(-lr * param.grad)")), "the step replaces the parameter"),
        (
            _with(_SGD, ("param -= lr * param.grad", "param = param - lr * param.grad")),
            "the parameters become new tensors",
        ),
        (_with(_SGD, ("with torch.no_grad()", "if True")), "the update is recorded"),
        (_with(_SGD, ("if param.grad is not None", "if True")), "a parameter without a gradient"),
        (
            _with(_SGD, ("lr * param.grad\n", "lr * param.grad\n                param.grad = None\n")),
            "the step empties the gradients",
        ),
        ("sgd_step = torch.optim.SGD", "the parameters become new tensors"),
    ],
    "09.2": [
        (
            _with(_MOMENTUM, ("state[place]", "state[param.shape]"), ("get(place", "get(param.shape")),
            "one memory for all",
        ),
        (_with(_MOMENTUM, ("state.get(place, 0)", "state[place]")), "the state is empty at first"),
        (
            """
def momentum_step(params, state, lr, mu):
    with torch.no_grad():
        for i, p in enumerate(params):
            if p.grad is None:
                continue
            if i in state:
                state[i].mul_(mu).add_(p.grad)
            else:
                state[i] = p.grad
            p -= lr * state[i]
""",
            "the step empties the gradients",
        ),
        ("def momentum_step(params, state, lr, mu):\n    ...", "the parameters become new tensors"),
        (_with(_MOMENTUM, ("-= lr", "+= lr")), "the sign is turned"),
        (_with(_MOMENTUM, ("mu * state.get(place, 0) + ", "")), "no memory"),
        (_with(_MOMENTUM, ("+ param.grad", "+ (1 - mu) * param.grad")), "the gradient is damped"),
        (
            _with(_MOMENTUM, ("+ param.grad", "+ lr * param.grad"), ("lr * state[place]", "state[place]")),
            "lr inside the buffer",
        ),
        (_with(_MOMENTUM, ("lr * state[place]", "lr * (param.grad + mu * state[place])")), "Nesterov's step"),
        (_with(_MOMENTUM, ("mu * state.get", "state.get")), "mu is ignored"),
        (
            _with(_MOMENTUM, ("mu * state.get", "state.get"), ("lr * state[place]", "lr * mu * state[place]")),
            "mu in the wrong place",
        ),
        (
            _with(_MOMENTUM, ("state[place]", "buffer"), ("state.get(place, 0)", "0")),
            "no memory",
        ),
        (
            _with(_MOMENTUM, ("state[place]", "state[0]"), ("state.get(place, 0)", "state.get(0, 0)")),
            "one memory for all",
        ),
        (
            _with(_MOMENTUM, ("            if param.grad is None:\n                continue\n", "")),
            "a parameter without a gradient",
        ),
    ],
    "09.3": [
        (_with(_ADAM, (" + 1e-8", "")), "epsilon is left out or misplaced"),
        (
            _with(_ADAM, ("(v / (1 - 0.999**t)).sqrt() + 1e-8", "(v / (1 - 0.999**t) + 1e-8).sqrt()")),
            "epsilon is left out or misplaced",
        ),
        (_with(_ADAM, ("continue", "break")), "the end at a parameter without a gradient"),
        (_with(_ADAM, ("1 - 0.9**t", "1 - 0.9 * t")), "a product for a power"),
        ("def adam_step(params, state, lr):\n    ...", "the parameters become new tensors"),
        (_with(_ADAM, ("-= lr", "+= lr")), "the sign is turned"),
        (_with(_ADAM, (" / (1 - 0.9**t)", ""), (" / (1 - 0.999**t)", "")), "no bias correction"),
        (_with(_ADAM, (" / (1 - 0.9**t)", "")), "one bias correction is missing"),
        (_with(_ADAM, (" / (1 - 0.999**t)", "")), "one bias correction is missing"),
        (_with(_ADAM, (".sqrt()", "")), "the root is missing"),
        (_with(_ADAM, ("param.grad**2", "param.grad.abs()")), "the square is missing"),
        (
            _with(
                _ADAM,
                ("0.9 * m + 0.1", "0.999 * m + 0.001"),
                ("0.999 * v + 0.001", "0.9 * v + 0.1"),
                ("0.999**t", "B"),
                ("0.9**t", "0.999**t"),
                ("B", "0.9**t"),
            ),
            "the betas are exchanged",
        ),
        (_with(_ADAM, ("        t += 1\n", ""), ("= m, v, t", "= m, v, t + 1")), "the count begins at zero"),
        (_with(_ADAM, ("(0, 0, 0)", "(0, 0, 1)")), "the count begins at two"),
        (_with(_ADAM, ("state[place] = m, v, t", "pass")), "the memory between the steps"),
        (_with(_ADAM, ("1e-8", "0.1")), None),
    ],
    "09.4": [
        ("def adamw_step(params, state, lr, decay):\n    ...", "the parameters become new tensors"),
        (_with(_ADAMW, ("param *= 1 - lr * decay", "pass")), "no decay"),
        (_L2, "the decay goes into the gradient"),
        (_with(_ADAMW, ("1 - lr * decay", "1 - decay")), "the decay without lr"),
        (_with(_ADAMW, ("1 - lr * decay", "1 + lr * decay")), "the decay has the wrong sign"),
        (_with(_ADAMW, ("1 - lr * decay", "lr * decay")), "only the decayed part is left"),
        (_with(_ADAMW, (" / (1 - 0.9**t)", ""), (" / (1 - 0.999**t)", "")), None),
        (_with(_ADAMW, ("            if param.grad is not None:\n    ", "")), "a parameter without a gradient"),
    ],
    "09.5": [
        ("rate = ...", None),
        ("rate = 'a'", "a jump diverges"),
        ("rate = 'b'", "a smaller one to be safe"),
        ("rate = 'd'", "the mean slope decides"),
        ("rate = 'e'", "the flat direction decides"),
        ("rate = 'f'", "any rate converges"),
        ("rate = 0.19", None),
    ],
}
