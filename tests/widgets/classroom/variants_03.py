"""Answers to sheet 03: right ones, and for each misconception its wrong ones."""

GIVEAWAY = {
    "03.1": r"\b51\b",
    "03.2": r"\[3\.?, 4\.?\]",
    "03.3": r"\b(6|10|66)\b",
    "03.4": r"\b28\b",
    "03.5": r"\b(13|7|19)\b",
    "03.6": r"\b[a-g] (runs|is used up|is not recorded)\b",
}

HANDED_IN = {
    "03.1": "x_grad",
    "03.2": "(w_grad, x_grad, h_grad, y_grad, u_grad)",
    "03.3": "(one, two, three)",
    "03.4": "(b_tracked, c_tracked, x_grad)",
    "03.5": "x_grad",
    "03.6": "(a, b, c, d, e, f, g)",
}

_WHOSE = "w_grad, x_grad, h_grad, y_grad, u_grad = "
_ENDINGS = "a, b, c, d, e, f, g = "
_USED, _ONE, _SAVED = "'used up'", "'not one number'", "'saved value changed'"
_LAST = "'runs', 'not recorded', 'leaf changed'"

RIGHT = {
    "03.1": {
        "a whole number": "x_grad = 51",
        "a tensor": "x_grad = torch.tensor([51.0])",
        "computed": """
x = torch.tensor(2.0, requires_grad=True)
a = 3 * x
(a * a + 5 * a).backward()
x_grad = x.grad
""",
    },
    "03.2": {
        "a list": f"{_WHOSE}[3, 4], None, None, None, None",
        "tensors": f"{_WHOSE}torch.tensor([3.0, 4.0]), None, None, None, None",
    },
    "03.3": {
        "whole numbers": "one, two, three = 6, 10, 66",
        "mixed": "one, two, three = 6.0, torch.tensor(10.0), 6 + 60",
    },
    "03.4": {
        "plain": "b_tracked, c_tracked, x_grad = False, True, 28",
        "by the rule": "b_tracked, c_tracked, x_grad = False, True, 2 * 2 * (3 * 2) + 2 * 2",
    },
    "03.5": {
        "a list": "x_grad = [13, 7, 19]",
        "with the matrix": """
x, v = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 0.0, 2.0])
x_grad = v @ (torch.eye(3) * x.sum() + x[:, None])
""",
    },
    "03.6": {
        "plain": f"{_ENDINGS}{_USED}, 'runs', {_ONE}, {_SAVED}, {_LAST}",
        "in another hand": f"{_ENDINGS}'Used up ', 'RUNS', {_ONE}, ' saved  value changed', {_LAST}",
    },
}

WRONG = {
    "03.1": [
        ("x_grad = ...", None),
        ("x_grad = 66", "the value for the gradient"),
        ("x_grad = 36", "a path is lost"),
        ("x_grad = 15", "a path is lost"),
        ("x_grad = 33", "one of two uses"),
        ("x_grad = 17", "the last link is missing"),
        ("x_grad = 540", "paths multiply"),
        ("x_grad = 20", "links add"),
        ("x_grad = 18", "the second derivative"),
        ("x_grad = 52", None),
        ("x_grad = [51, 51]", None),
    ],
    "03.2": [
        (f"{_WHOSE}..., ..., ..., ..., ...", None),
        (f"{_WHOSE}None, None, None, None, None", "the leaf gets nothing"),
        (f"{_WHOSE}[1, 2], None, None, None, None", "the value for the gradient"),
        (f"{_WHOSE}[3, 8], None, None, None, None", "the value for the gradient"),
        (f"{_WHOSE}[1, 1], None, None, None, None", "the last link is missing"),
        (f"{_WHOSE}7, None, None, None, None", "summed over the elements"),
        (f"{_WHOSE}[3, 4], [1, 2], None, None, None", "every tensor gets a gradient"),
        (f"{_WHOSE}[3, 4], None, [1, 1], None, None", "results keep their gradients"),
        (f"{_WHOSE}[3, 4], None, None, 1, None", "y keeps its start"),
        (f"{_WHOSE}[3, 4], None, None, None, [0, 0]", "zero for None"),
        (f"{_WHOSE}[3, 4], 0, None, None, None", "zero for None"),
        (f"{_WHOSE}[3, 4], None, None, None, [5, 6]", "an unused leaf gets a gradient"),
    ],
    "03.3": [
        ("one, two, three = ..., ..., ...", None),
        ("one, two, three = 9, 13, 66", "the value for the gradient"),
        ("one, two, three = 3, 7, 66", "one of two uses"),
        ("one, two, three = 6, 4, 66", "the new gradient replaces the old"),
        ("one, two, three = 6, 24, 66", "gradients multiply"),
        ("one, two, three = 6, 6, 66", "a backward is lost"),
        ("one, two, three = 6, 10, 60", "the new gradient replaces the old"),
        ("one, two, three = 6, 10, 76", "zero_ changes nothing"),
        ("one, two, three = 6, 10, 0", "zero_ is for ever"),
        ("one, two, three = 6, 10, None", "zero_ is for ever"),
        ("one, two, three = 6, 10, 65", None),
        ("one, two, three = 6, 10, [66, 1]", None),
    ],
    "03.4": [
        ("b_tracked, c_tracked, x_grad = ..., ..., ...", None),
        ("b_tracked, c_tracked, x_grad = True, True, 28", "no_grad does not stop recording"),
        ("b_tracked, c_tracked, x_grad = False, False, 28", "one detached input cuts all"),
        ("b_tracked, c_tracked, x_grad = False, True, 32", "the value for the gradient"),
        ("b_tracked, c_tracked, x_grad = False, True, 48", "nothing is cut"),
        ("b_tracked, c_tracked, x_grad = False, True, 40", "no_grad does not stop recording"),
        ("b_tracked, c_tracked, x_grad = False, True, 36", "detach does not cut"),
        ("b_tracked, c_tracked, x_grad = False, True, 0", "a cut tensor counts as zero"),
        ("b_tracked, c_tracked, x_grad = False, True, None", "one cut cuts everything"),
        ("b_tracked, c_tracked, x_grad = False, True, 4", "detach changes the tensor itself"),
        ("b_tracked, c_tracked, x_grad = False, True, 24", "one detached input cuts all"),
        ("b_tracked, c_tracked, x_grad = 0, 1, 28", None),
    ],
    "03.5": [
        ("x_grad = ...", None),
        ("x_grad = [9, 6, 21]", "J v for vᵀJ"),
        ("x_grad = [6, 0, 12]", "one of two uses"),
        ("x_grad = [7, 7, 7]", "one of two uses"),
        ("x_grad = [12, 12, 12]", "v is ignored"),
        ("x_grad = [6, 12, 18]", "the value for the gradient"),
        ("x_grad = [6, 0, 36]", "the value for the gradient"),
        ("x_grad = [7, 0, 18]", "only the diagonal of J"),
        ("x_grad = 39", "summed over the elements"),
        ("x_grad = [12, 0, 24]", "v weights the inputs"),
        ("x_grad = [[7, 1, 1], [2, 8, 2], [3, 3, 9]]", "J for vᵀJ"),
        ("x_grad = None", "vectors have no gradient"),
        ("x_grad = [13, 7, 18]", None),
    ],
    "03.6": [
        (f"{_ENDINGS}..., ..., ..., ..., ..., ..., ...", None),
        (f"{_ENDINGS}'runs', 'runs', {_ONE}, {_SAVED}, {_LAST}", "a graph can be used twice"),
        (f"{_ENDINGS}{_USED}, {_USED}, {_ONE}, {_SAVED}, {_LAST}", "every second backward fails"),
        (f"{_ENDINGS}{_USED}, 'runs', 'runs', {_SAVED}, {_LAST}", "backward sums by itself"),
        (f"{_ENDINGS}{_USED}, 'runs', {_ONE}, 'runs', {_LAST}", "in place is always fine"),
        (f"{_ENDINGS}{_USED}, 'runs', {_ONE}, 'leaf changed', {_LAST}", "every tensor is a leaf"),
        (
            f"{_ENDINGS}{_USED}, 'runs', {_ONE}, {_SAVED}, {_SAVED}, 'not recorded', 'leaf changed'",
            "in place is always refused",
        ),
        (f"{_ENDINGS}{_USED}, 'runs', {_ONE}, {_SAVED}, 'runs', 'runs', 'runs'", "no_grad only skips gradients"),
        (f"{_ENDINGS}{_USED}, 'runs', {_ONE}, {_SAVED}, 'runs', {_ONE}, 'runs'", "one element is a vector"),
        (
            f"{_ENDINGS}{_USED}, 'runs', {_ONE}, {_SAVED}, 'runs', 'not recorded', 'runs'",
            "a leaf may be overwritten",
        ),
        (
            f"{_ENDINGS}{_USED}, 'runs', {_ONE}, {_SAVED}, 'runs', 'not recorded', {_SAVED}",
            "the write is found by the walk",
        ),
        (f"{_ENDINGS}{_USED}, 'fine', {_ONE}, {_SAVED}, {_LAST}", None),
    ],
}
