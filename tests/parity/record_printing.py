"""Record how PyTorch prints tensors: ``python tests/parity/record_printing.py`` where torch is installed."""

import json
import math
import random
from pathlib import Path

import numpy as np
import torch

OUT = Path(__file__).parent / "recorded" / "printing.json"

FLOATS = ("float32", "float64", "float16")
INTEGERS = ("int64", "int32", "int16", "int8", "uint8")
SHAPES = [[], [1], [3], [7], [12], [25], [1, 1], [2, 3], [3, 2], [1, 14], [4, 1], [2, 2, 2], [1, 2, 3], [2, 1, 2, 2]]

nan, inf = math.nan, math.inf


def shaped(shape, value):
    return [value() for _ in range(math.prod(shape))]


def cases():
    """(dtype, shape, values): the values a list, or ``{"ramp": [start, step]}`` for start, start + step, ..."""
    draw = random.Random(2)
    for dtype in FLOATS:
        for shape in SHAPES:
            yield dtype, shape, shaped(shape, lambda: round(draw.gauss(0, 1), 4))
            yield dtype, shape, shaped(shape, lambda: float(draw.randint(-200, 200)))
        for exponent in range(-10, 11):
            yield dtype, [4], shaped([4], lambda e=exponent: float(f"{draw.uniform(-9, 9):.5g}e{e}"))
        for exponents in ((-10, 10), (-5, -4), (-4, -2), (-2, 1), (2, 4), (5, 8), (7, 9)):
            values = [float(f"{draw.uniform(-9, 9):.5g}e{draw.randint(*exponents)}") for _ in range(6)]
            yield dtype, [2, 3], values
        yield from (
            (dtype, [len(values)], values)
            for values in (
                [0.0, -0.0],
                [0.0],
                [nan],
                [inf, -inf, nan],
                [0.0, nan, 1.0],
                [0.0, inf, 1.5],
                [nan, inf, -inf, 12345.0, 1e-6],
                [-0.0, 0.5],
                [-0.0, 3.0, 100.0],
                [1e-4],
                [1e-4, 0.5],
                [9.9e-5],
                [0.0001, 0.1],
                [0.001, 1.0],
                [1.0, 1000.0],
                [1.0, 1001.0],
                [0.5, 500.0],
                [0.5, 500.5],
                [1e8],
                [1.1e8],
                [1e8, 0.0, 2.0],
                [65504.0],
                [6e-8],
                [123456.0, 654321.0],
                [0.99999, 1.0],
                [0.99995, 2.5],
                [0.00005, 0.01],
                [-1.0, -10.0, -100.0],
                [1 / 3, 2 / 3],
                [nan] * 30,
                [inf, 1.0] * 15,
                [0.0] * 40,
            )
        )
        for length in (6, 9, 10, 11, 26, 27):
            yield dtype, [length], shaped([length], lambda: round(draw.uniform(0, 9), 3))
    yield "float32", [7, 7, 7, 7], {"ramp": [0.0, 0.5]}
    yield "float64", [3], [1e-300, 1.0, 1e300]
    yield "float64", [3], [5e-324, 1.7976931348623157e308, -1.0]
    yield "float64", [2], [1e300, 2e300]
    yield "float32", [2], [3.4e38, 1e-45]
    for dtype in INTEGERS:
        for shape in SHAPES:
            yield dtype, shape, shaped(shape, lambda: draw.randint(0, 9) ** draw.randint(0, 2))
    yield "int64", [4], [0, -1, 2**63 - 1, -(2**63)]
    yield "int64", [40], list(range(-20, 20))
    yield "int32", [3], [2**31 - 1, -(2**31), 0]
    yield "int8", [3], [127, -128, 0]
    for shape in SHAPES:
        yield "bool", shape, shaped(shape, lambda: draw.random() < 0.5)
    yield "bool", [3], [True] * 3
    for dtype in ("float32", "float64", "int64", "bool", "uint8"):
        for shape in ([0], [0, 3], [3, 0], [2, 0, 4], [1, 0]):
            yield dtype, shape, []
    for dtype, start, step in (
        ("float32", 0.0, 1.0),
        ("float32", -3.0, 0.0078125),
        ("float32", 1.0, 4096.0),
        ("float64", 0.25, 0.5),
        ("int64", 0, 1),
        ("int32", -500, 7),
    ):
        for shape in (
            *([999], [1000], [1001], [5000], [6, 200], [200, 6], [7, 200], [200, 7], [100, 100], [1, 1001], [1001, 1]),
            *([2, 3, 200], [11, 10, 12], [3, 2, 7, 50], [40, 26]),
        ):
            # Whole, these would fill the file.
            if math.prod(shape) > 1000 or dtype == "int64":
                yield dtype, shape, {"ramp": [start, step]}


def graph_cases():
    """(dtype, shape, values, requires_grad, grad_fn_name): what follows the values, on their line or the next."""
    few, many = [1.0, -2.5], [round(0.1 * i, 1) for i in range(9)]
    for values in (few, many, [1.0]):
        for dtype in FLOATS:
            yield dtype, [len(values)], values, True, None
            yield dtype, [len(values)], values, True, "MulBackward0"
    for length in range(1, 12):
        yield "float32", [length], [round(1.5 * i, 2) for i in range(length)], True, None
        yield "float64", [length], [round(1.5 * i, 2) for i in range(length)], True, "AddBackward0"
    for length in range(1, 64, 2):
        yield "float32", [2], few, True, "N" * length + "Backward"
        yield "float64", [2, 2], few + few, True, "N" * length + "Backward"
    yield "float32", [], [6.0], True, "SumBackward0"
    yield "float32", [], [0.5], True, None
    yield "float32", [0], [], True, None
    yield "float32", [2, 0], [], True, "MulBackward0"
    yield "float64", [40, 40], {"ramp": [0.0, 0.5]}, True, "MulBackward0"
    yield "float32", [5000], {"ramp": [0.0, 1.0]}, True, "MulBackward0"


def array(dtype, shape, values):
    if isinstance(values, dict):
        start, step = values["ramp"]
        values = start + step * np.arange(math.prod(shape))
    with np.errstate(over="ignore"):
        return np.array(values).astype(dtype).reshape(shape)


def tracked(tensor, grad_fn_name):
    """The tensor behind an operation whose node has this name."""
    if grad_fn_name == "AddBackward0":
        return tensor + 0
    if grad_fn_name == "MulBackward0":
        return tensor * 1
    if grad_fn_name == "SumBackward0":
        return tensor.sum()
    rules = {
        "forward": staticmethod(lambda context, given: given.clone()),
        "backward": staticmethod(lambda context, gradient: gradient),
    }
    return type(grad_fn_name.removesuffix("Backward"), (torch.autograd.Function,), rules).apply(tensor)


def main():
    facts = []
    for dtype, shape, values, *graph in [*cases(), *graph_cases()]:
        requires_grad, grad_fn_name = graph or (False, None)
        tensor = torch.tensor(array(dtype, shape, values), requires_grad=requires_grad)
        if grad_fn_name:
            tensor = tracked(tensor, grad_fn_name)
        assert repr(tensor) == str(tensor)
        fact = {"dtype": dtype, "shape": shape, "values": values}
        if requires_grad:
            fact |= {"requires_grad": True, "grad_fn_name": grad_fn_name}
        facts.append(json.dumps(fact | {"text": repr(tensor)}))
    OUT.write_text(f'{{"torch": "{torch.__version__}", "facts": [\n' + ",\n".join(facts) + "\n]}\n")


if __name__ == "__main__":
    main()
