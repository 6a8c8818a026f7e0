"""Answers to sheet 01: right ones, and for each misconception its wrong ones.

Each is the code of a student's cell. The last value of a line in WRONG is the misconception that must be named.
"""

# What no verdict and no hint may say.
GIVEAWAY = {
    "01.1": r"\b(11|22)\b",
    "01.2": r"2 ?\*? ?x\[?0|v\[[01]\]",
    "01.3": r"zero_\(|no_grad\(|grad = None",
}

# question -> what a cell hands to check
HANDED_IN = {"01.1": "(after_one, after_two)", "01.2": "vjp", "01.3": "train"}

RIGHT = {
    "01.1": {
        "whole numbers": "after_one, after_two = 11, 22",
        "tensors": "after_one, after_two = torch.tensor(11.0), torch.tensor([22.0])",
        "computed": """
x = torch.tensor(3.0, requires_grad=True)
(x * x + 5 * x).backward()
after_one = x.grad.clone()
(x * x + 5 * x).backward()
after_two = x.grad
""",
    },
    "01.2": {
        "element by element": """
def vjp(x, v):
    return torch.tensor([2 * x[0] * v[0] + x[1] * v[1], x[0] * v[1]])
""",
        "a list": """
def vjp(x, v):
    return [v[0] * 2 * x[0] + v[1] * x[1], v[1] * x[0]]
""",
        "with the matrix": """
def vjp(x, v):
    J = torch.zeros(2, 2)
    J[0, 0] = 2 * x[0]
    J[1, 0] = x[1]
    J[1, 1] = x[0]
    return v @ J
""",
        "by the product rule": """
def vjp(x, v):
    gradient = v * x[0]
    gradient[0] += (v * x).sum()
    return gradient
""",
        "with numpy": """
import numpy as np
vjp = lambda x, v: np.array([[2 * x[0], 0], [x[1], x[0]]], float).T @ np.array(v)
""",
        "asking for gradients it does not use": """
def vjp(x, v):
    x.requires_grad_()
    return [2 * x[0] * v[0] + x[1] * v[1], x[0] * v[1]]
""",
    },
    "01.3": {
        "emptied at the end": """
def train(weights, steps, lr):
    for step in range(steps):
        loss = (weights * weights * 3).sum()
        loss.backward()
        with torch.no_grad():
            weights -= lr * weights.grad
        weights.grad.zero_()
""",
        "set to None at the start": """
def train(weights, steps, lr):
    for step in range(steps):
        weights.grad = None
        loss = (weights * weights * 3).sum()
        loss.backward()
        with torch.no_grad():
            weights.sub_(weights.grad, alpha=lr)
    return weights
""",
        "with an optimizer": """
def train(weights, steps, lr):
    optimizer = torch.optim.SGD([weights], lr=lr)
    for step in range(steps):
        optimizer.zero_grad()
        (weights * weights * 3).sum().backward()
        optimizer.step()
""",
        "through detach": """
def train(weights, steps, lr):
    while steps:
        (3 * weights**2).sum().backward()
        weights.detach().sub_(lr * weights.grad)
        weights.grad.zero_()
        steps -= 1
""",
        "talkative": """
def train(weights, steps, lr):
    for step in range(steps):
        loss = (weights * weights * 3).sum()
        print(loss)
        loss.backward()
        with torch.no_grad():
            weights -= lr * weights.grad
        weights.grad.zero_()
""",
    },
}

WRONG = {
    "01.1": [
        ("after_one, after_two = 11, 11", "the new gradient replaces the old"),
        ("after_one, after_two = 24, 48", "the value for the gradient"),
        ("after_one, after_two = 8, 16", "one of two uses"),
        ("after_one, after_two = 8, 8", "one of two uses"),
        ("after_one, after_two = 6, 12", "a term is lost"),
        ("after_one, after_two = 5, 10", "a term is lost"),
        ("after_one, after_two = 22, 22", "both calls at once"),
        ("after_one, after_two = 2, 4", "the second derivative"),
        ("after_one, after_two = 11, 2", "the second derivative"),
        ("after_one, after_two = 11, 121", "gradients multiply"),
        ("after_one, after_two = 11, 0", "backward empties the gradient"),
        ("after_one, after_two = 11, 24", None),
        ("after_one, after_two = 22, 11", "both calls at once"),
        ("after_one, after_two = 11.01, 22.02", None),
    ],
    "01.2": [
        ("vjp = lambda x, v: [2 * x[0] * v[0], x[1] * v[0] + x[0] * v[1]]", "J v for vᵀJ"),
        ("vjp = lambda x, v: [2 * x[0] + x[1], x[0]]", "v is ignored"),
        ("vjp = lambda x, v: v * (x * x[0])", "values for derivatives"),
        ("vjp = lambda x, v: [2 * x[0] * v[0], x[0] * v[1]]", "only the diagonal of J"),
        ("vjp = lambda x, v: v * x[0]", "one of two uses"),
        ("vjp = lambda x, v: [x[0] * v[0] + x[1] * v[1], 0]", "one of two uses"),
        ("vjp = lambda x, v: [x[1] * v[1], x[0] * v[1]]", "the new gradient replaces the old"),
        ("vjp = lambda x, v: [2 * x[0] * v[0], 0 * v[0]]", "one output is left out"),
        ("vjp = lambda x, v: [x[0] * v[1], 2 * x[0] * v[0] + x[1] * v[1]]", "elements exchanged"),
        ("vjp = lambda x, v: [-2 * x[0] * v[0] - x[1] * v[1], -x[0] * v[1]]", "the sign is turned"),
        ("vjp = lambda x, v: [[2 * x[0], 0], [x[1], x[0]]]", "J for vᵀJ"),
        ("vjp = lambda x, v: [[2 * x[0], x[1]], [0, x[0]]]", "J for vᵀJ"),
        (
            "vjp = lambda x, v: [[2 * x[0] * v[0], 0], [x[1] * v[1], x[0] * v[1]]]",
            "contributions are not added",
        ),
        ("vjp = lambda x, v: 2 * x[0] * v[0] + x[1] * v[1] + x[0] * v[1]", "summed over x"),
        ("vjp = lambda x, v: (v * x * x[0]).sum()", "the value for the gradient"),
        ("x, v = torch.ones(2), torch.ones(2)\nvjp = lambda *_: [2 * x[0] * v[0] + 1, x[0]]", "arguments are ignored"),
        (
            """
def vjp(x, v):
    x.requires_grad_()
    (x * x[0]).backward(v)
    return x.grad
""",
            "left to backward",
        ),
        (
            """
def vjp(x, v):
    x.requires_grad_()
    return torch.autograd.grad(x * x[0], x, v)[0]
""",
            "left to backward",
        ),
        (
            """
def vjp(x, v):
    first = (v * x).sum()
    v *= x[0]
    v[0] += first
    return v
""",
            "arguments are changed",
        ),
        ("def vjp(x, v):\n    [2 * x[0] * v[0] + x[1] * v[1], x[0] * v[1]]", "nothing is returned"),
        ("vjp = lambda x, v: [x[0] * v[0] + x[1] * v[1], x[0] * v[1]]", None),
        ("vjp = lambda x, v: [2 * x[0] * v[0] + x[1] * v[1], x[0] * v[1], 0]", None),
        ("vjp = lambda x, v: [[2 * x[0] * v[0] + x[1] * v[1], x[0] * v[1]]]", None),
        ("vjp = lambda x, v: [2 * x[0] * v[0] + x[1] * v[1], x[0] * v[1] + 0.01]", None),
    ],
    "01.3": [
        (
            """
def train(weights, steps, lr):
    for step in range(steps):
        (weights * weights * 3).sum().backward()
        with torch.no_grad():
            weights -= lr * weights.grad
""",
            "the gradient is never emptied",
        ),
        (
            """
def train(weights, steps, lr):
    weights.grad = None
    for step in range(steps):
        (weights * weights * 3).sum().backward()
        weights.data -= lr * weights.grad
""",
            "the gradient is never emptied",
        ),
        (
            """
def train(weights, steps, lr):
    for step in range(steps):
        (weights * weights * 3).sum().backward()
        weights -= lr * weights.grad
        weights.grad.zero_()
""",
            "the update is recorded",
        ),
        (
            """
def train(weights, steps, lr):
    for step in range(steps):
        (weights * weights * 3).sum().backward()
        weights = weights - lr * weights.grad
        weights.grad.zero_()
""",
            "weights become a new tensor",
        ),
        (
            """
def train(weights, steps, lr):
    for step in range(steps):
        (weights * weights * 3).sum().backward()
        weights = weights - lr * weights.grad
""",
            "weights become a new tensor",
        ),
        (
            """
def train(weights, steps, lr):
    for step in range(steps):
        (weights * weights * 3).sum().backward()
        with torch.no_grad():
            weights = weights - lr * weights.grad
""",
            "weights become a new tensor",
        ),
        (
            """
def train(weights, steps, lr):
    for step in range(steps):
        (weights * weights * 3).sum().backward()
        weights = (weights - lr * weights.grad).detach().requires_grad_()
    return weights
""",
            "weights become a new tensor",
        ),
        (
            """
@torch.no_grad()
def train(weights, steps, lr):
    for step in range(steps):
        (weights * weights * 3).sum().backward()
        weights -= lr * weights.grad
        weights.grad.zero_()
""",
            "the loss is not recorded",
        ),
        (
            """
def train(weights, steps, lr):
    loss = (weights * weights * 3).sum()
    for step in range(steps):
        loss.backward()
        with torch.no_grad():
            weights -= lr * weights.grad
        weights.grad.zero_()
""",
            "one loss for all steps",
        ),
        (
            """
def train(weights, steps, lr):
    for step in range(steps):
        weights.grad.zero_()
        (weights * weights * 3).sum().backward()
        with torch.no_grad():
            weights -= lr * weights.grad
""",
            "a gradient before backward",
        ),
        (
            """
def train(weights, steps, lr):
    for step in range(steps):
        with torch.no_grad():
            weights -= lr * weights.grad
        weights.grad = None
        (weights * weights * 3).sum().backward()
""",
            "a gradient before backward",
        ),
        (
            """
def train(weights, steps, lr):
    for step in range(steps):
        (weights * weights * 3).sum().backward()
        weights.grad.zero_()
        with torch.no_grad():
            weights -= lr * weights.grad
""",
            "no step is taken",
        ),
        ("def train(weights, steps, lr):\n    pass", "no step is taken"),
        (
            """
def train(weights, steps, lr):
    for step in range(steps):
        (weights * weights * 3).sum().backward()
        with torch.no_grad():
            weights += lr * weights.grad
        weights.grad.zero_()
""",
            "the sign is turned",
        ),
        (
            """
def train(weights, steps, lr):
    for step in range(steps):
        (weights * weights * 3).sum().backward()
        with torch.no_grad():
            weights -= lr * weights.grad
        weights.grad.zero_()
        return weights
""",
            "one step only",
        ),
        (
            """
def train(weights, steps, lr):
    for step in range(steps):
        (weights * weights * 3).sum().backward()
    with torch.no_grad():
        weights -= lr * weights.grad
    weights.grad.zero_()
""",
            "one update for all steps",
        ),
        (
            """
def train(weights, steps, lr):
    for step in range(1, steps):
        (weights * weights * 3).sum().backward()
        weights.data -= lr * weights.grad
        weights.grad = None
""",
            "one step too few",
        ),
        (
            """
def train(weights, steps, lr):
    for step in range(steps + 1):
        (weights * weights * 3).sum().backward()
        weights.data -= lr * weights.grad
        weights.grad = None
""",
            "one step too many",
        ),
        (
            """
def train(weights, steps, lr):
    for step in range(steps):
        (weights * weights * 3).sum().backward()
        weights.data -= weights.grad
        weights.grad = None
""",
            "lr is ignored",
        ),
        (
            """
def train(weights, steps, lr):
    for step in range(steps):
        (weights * weights * 3).sum().backward()
        weights.data -= 0.1 * weights.grad
        weights.grad = None
""",
            "lr is ignored",
        ),
        (
            """
def train(weights, steps, lr):
    for step in range(steps):
        (weights * weights * 3).sum().backward()
        weights.data -= lr * weights.grad
        weights.grad = None
    weights.requires_grad_(False)
""",
            "tracking is left off",
        ),
        (
            """
def train(weights, steps, lr):
    for step in range(steps):
        (weights * weights * 3).mean().backward()
        weights.data -= lr * weights.grad
        weights.grad = None
""",
            None,
        ),
    ],
}
