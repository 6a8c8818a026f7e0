"""Answers to sheet 06: right ones, and for each misconception its wrong ones."""

GIVEAWAY = {
    "06.1": r"\b(3|5)\b",
    "06.2": r"torch\.eye|repeat\(|expand\(",
    "06.3": r"torch\.func\.jvp\(|grad\(g",
    "06.4": r"\(gradient \* v\)|grad\(",
    "06.5": r"x\.exp\(\) \* x",
}

HANDED_IN = {
    "06.1": "(J_rows, backward_passes, forward_passes)",
    "06.2": "jacobian",
    "06.3": "jvp",
    "06.4": "hvp",
    "06.5": "elementwise",
}

_COUNTS = "J_rows, backward_passes, forward_passes = "


def _jacobian(weights: str, returned: str = "J") -> str:
    return f"""
def jacobian(f, x, outputs):
    copies = x.detach().repeat(outputs, 1).requires_grad_()
    (J,) = torch.autograd.grad(f(copies), copies, {weights})
    return {returned}
"""


def _jvp(returned: str, cotangent: str = "u") -> str:
    return f"""
def jvp(f, x, u):
    x = x.detach().requires_grad_()
    y = f(x)
    v = torch.zeros_like(y.detach()).requires_grad_()
    (g,) = torch.autograd.grad(y, x, v, create_graph=True)
    (Ju,) = torch.autograd.grad(g, v, {cotangent})
    return {returned}
"""


def _hvp(returned: str, recorded: str = ", create_graph=True") -> str:
    return f"""
def hvp(f, x, v):
    x = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(f(x), x{recorded})
    return {returned}
"""


_SECOND = "torch.autograd.grad((gradient * v).sum(), x)[0]"
_MATRIX = "torch.autograd.functional.jacobian(f, x)"

RIGHT = {
    "06.1": {"numbers": f"{_COUNTS}3, 3, 5", "a list": f"{_COUNTS}[3.0, 3, torch.tensor(5)]"},
    "06.2": {
        "a batch of copies": _jacobian("torch.eye(outputs)"),
        "with backward": """
def jacobian(f, x, outputs):
    copies = torch.stack([x] * outputs).requires_grad_()
    f(copies).backward(torch.eye(outputs))
    return copies.grad
""",
        "the picked outputs added up": """
def jacobian(f, x, outputs):
    copies = x.expand(outputs, len(x)).clone().requires_grad_()
    f(copies).diagonal().sum().backward()
    return copies.grad
""",
    },
    "06.3": {
        "two passes back": _jvp("Ju"),
        "forward mode": "def jvp(f, x, u):\n    return torch.func.jvp(f, (x,), (u,))[1]",
        "with the matrix": f"def jvp(f, x, u):\n    return {_MATRIX} @ u",
    },
    "06.4": {
        "weighted and added": _hvp(_SECOND),
        "with a cotangent": _hvp("torch.autograd.grad(gradient, x, v)[0]"),
        "with backward": """
def hvp(f, x, v):
    x = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(f(x), x, create_graph=True)
    gradient.backward(v)
    return x.grad
""",
    },
    "06.5": {"a letter": "elementwise = 'e'", "a capital": "elementwise = 'E'"},
}

WRONG = {
    "06.1": [
        (f"{_COUNTS}..., ..., ...", None),
        (f"{_COUNTS}5, 3, 5", "rows and columns exchanged"),
        (f"{_COUNTS}1, 3, 5", "one row for all outputs"),
        (f"{_COUNTS}3, 5, 5", "a backward pass gives a column"),
        (f"{_COUNTS}3, 1, 5", "one pass gives all of J"),
        (f"{_COUNTS}3, 15, 5", "a pass for each number"),
        (f"{_COUNTS}3, 3, 3", "a forward pass gives a row"),
        (f"{_COUNTS}3, 3, 1", "one pass gives all of J"),
        (f"{_COUNTS}3, 3, 8", None),
    ],
    "06.2": [
        ("def jacobian(f, x, outputs):\n    return ...", None),
        (f"def jacobian(f, x, outputs):\n    return {_MATRIX}", "one pass for each row"),
        (_jacobian("torch.eye(outputs)", "J.T"), "J transposed"),
        (_jacobian("torch.ones(outputs, outputs)"), "ones for a basis vector"),
        (_jacobian("torch.eye(outputs)", "J.sum(0)"), "the rows are added"),
        (_jacobian("torch.eye(outputs)", "J.diagonal()"), "only the diagonal of J"),
        (_jacobian("torch.eye(outputs)", "J.reshape(-1)"), "another shape than J"),
        (
            "def jacobian(f, x, outputs):\n    x = x.detach().requires_grad_()\n    f(x).backward()\n    return x.grad",
            "no cotangent",
        ),
        (_jacobian("torch.eye(outputs)", "None"), "nothing is returned"),
        (_jacobian("torch.eye(outputs)", "2 * J"), None),
    ],
    "06.3": [
        ("def jvp(f, x, u):\n    return ...", None),
        (
            f"def jvp(f, x, u):\n    J = {_MATRIX}\n    return u[:J.shape[0]] @ J[:len(u)]",
            "vᵀJ for J u",
        ),
        (_jvp("Ju", "torch.ones_like(u)"), "u is ignored"),
        (f"def jvp(f, x, u):\n    return {_MATRIX}.sum(0)", "u is ignored"),
        ("def jvp(f, x, u):\n    return f(x)", "values for derivatives"),
        ("def jvp(f, x, u):\n    return f(x + u) - f(x)", "a difference for a derivative"),
        (_jvp("Ju.sum()"), "summed over the outputs"),
        (_jvp("-Ju"), "the sign is turned"),
        (f"def jvp(f, x, u):\n    return {_MATRIX}", "J for J u"),
        (f"def jvp(f, x, u):\n    return {_MATRIX} * u", "contributions are not added"),
        (_jvp("None"), "nothing is returned"),
        (_jvp("3 * Ju"), None),
    ],
    "06.4": [
        ("def hvp(f, x, v):\n    return ...", None),
        (_hvp(_SECOND, ""), "the gradient is not recorded"),
        (_hvp("gradient"), "the first derivative"),
        (_hvp("gradient * v"), "the gradient times v"),
        (_hvp("(gradient * v).sum()"), "the gradient times v"),
        (_hvp("torch.autograd.grad(gradient.sum(), x)[0]"), "v is ignored"),
        (_hvp("torch.autograd.functional.hessian(f, x.detach()).diagonal() * v"), "only the diagonal of H"),
        (_hvp(f"({_SECOND} * v).sum()"), "summed over the inputs"),
        (_hvp("torch.autograd.functional.hessian(f, x.detach())"), "H for H v"),
        (_hvp(f"gradient + {_SECOND}"), "the gradients add up"),
        (_hvp(f"-{_SECOND}"), "the sign is turned"),
        (_hvp("torch.autograd.functional.hessian(f, x.detach()) @ v"), "the whole Hessian is built"),
        (_hvp(f"2 * {_SECOND}"), None),
    ],
    "06.5": [
        ("elementwise = ...", None),
        ("elementwise = 'a'", "a sum is elementwise"),
        ("elementwise = 'b'", "softmax is elementwise"),
        ("elementwise = 'c'", "a running sum is elementwise"),
        ("elementwise = 'd'", "the mean is a constant"),
        ("elementwise = 'f'", "one element is a constant"),
        ("elementwise = 5", None),
    ],
}
