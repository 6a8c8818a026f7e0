"""How fast the engine is on classroom work, next to eager PyTorch, HIPS autograd and hand-written NumPy.

``python tests/benchmarks/engine.py [NAME ...]`` prints the table; names choose rows. Everything runs in one process
on one thread and is measured in processor time, so that other programs disturb it little; the engines take turns, and
each figure is the median of the ratios of neighbouring turns. Engines that are not installed are left out.
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # read when the libraries are imported

import importlib  # noqa: E402
import math  # noqa: E402
import statistics  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402

sys.path.insert(0, str(Path(__file__).parents[2]))

ROUNDS = 41
TURN = 0.004  # seconds that a turn of one engine takes at least
# The budgets: time as a multiple of PyTorch's, on average and at worst; of NumPy's for the largest network.
MEAN_TO_TORCH, WORST_TO_TORCH, TO_NUMPY = 0.5, 1.0, 1.3

Work = Callable[[], Any]


def lesson_cell(torch: Any) -> Work:
    def work() -> Any:
        x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        y = x + 2
        z = (y * y * 3).mean()
        z.backward()
        return x.grad

    return work


def partial_derivatives(torch: Any) -> Work:
    def work() -> Any:
        a = torch.tensor(2.0, requires_grad=True)
        b = torch.tensor(3.0, requires_grad=True)
        (a * b + a**2 - (b / a).exp().log()).backward()
        return a.grad

    return work


def vector_jacobian_product(torch: Any) -> Work:
    v = torch.tensor([1.0, 0.1, 0.01])

    def work() -> Any:
        x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
        ((x * x).tanh() + x[0]).sum(0).backward(v)
        return x.grad

    return work


def second_derivative(torch: Any) -> Work:
    def work() -> Any:
        x = torch.tensor([0.5, 1.0, 1.5], requires_grad=True)
        (slope,) = torch.autograd.grad((x**3 + x.exp()).sum(), x, create_graph=True)
        (curvature,) = torch.autograd.grad(slope.sum(), x)
        return curvature

    return work


def accumulation(torch: Any) -> Work:
    weights = torch.ones(4, requires_grad=True)

    def work() -> Any:
        for _ in range(3):
            (weights * 3).sum().backward()
        total = weights.grad.clone()
        weights.grad.zero_()
        return total

    return work


def data(seed: int, *shapes: tuple[int, ...]) -> list[np.ndarray]:
    draw = np.random.default_rng(seed)
    return [draw.standard_normal(shape).astype(np.float32) for shape in shapes]


def regression_loop(torch: Any) -> Work:
    x, y = (torch.tensor(a) for a in data(0, (20, 3), (20, 1)))

    def work() -> Any:
        w = torch.zeros(3, 1, requires_grad=True)
        b = torch.zeros(1, requires_grad=True)
        for _ in range(10):
            loss = ((x @ w + b - y) ** 2).mean()
            loss.backward()
            with torch.no_grad():
                w -= 0.1 * w.grad
                b -= 0.1 * b.grad
            w.grad.zero_()
            b.grad.zero_()
        return w

    return work


def optimizer_loop(torch: Any) -> Work:
    x, y = (torch.tensor(a) for a in data(1, (20, 3), (20,)))

    def work() -> Any:
        w = torch.zeros(3, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1, momentum=0.9)
        for _ in range(10):
            optimizer.zero_grad()
            loss = ((x @ w - y) ** 2).mean()
            loss.backward()
            optimizer.step()
        return w

    return work


def chain(length: int) -> Callable[[Any], Work]:
    def for_engine(torch: Any) -> Work:
        def work() -> Any:
            x = torch.ones(1, requires_grad=True)
            y = x
            for _ in range(length // 2):
                y = y * 1.0001 + x
            y.sum().backward()
            return x.grad

        return work

    return for_engine


def wide(torch: Any) -> Work:
    def work() -> Any:
        leaves = [torch.ones(3, requires_grad=True) for _ in range(300)]
        total = leaves[0] * 2
        for leaf in leaves:
            total = total + leaf * leaf
        total.sum().backward()
        return leaves[0].grad

    return work


def network(batch: int, inputs: int, hidden: int, outputs: int) -> Callable[[Any], Work]:
    """A step of training: forward, backward, update. One output is a regression, several are classes."""
    arrays = data(2, (batch, inputs), (inputs, hidden), (hidden, outputs))
    targets = np.eye(outputs, dtype=np.float32)[np.arange(batch) % outputs]
    arrays[1] /= math.sqrt(inputs)
    arrays[2] /= math.sqrt(hidden)
    zeros = [np.zeros(n, np.float32) for n in (hidden, outputs)]
    classes = outputs > 1

    def for_engine(torch: Any) -> Work:
        if torch is np:
            return in_numpy()
        if torch.__name__.startswith("autograd"):
            return in_autograd(torch)
        x, t = torch.tensor(arrays[0]), torch.tensor(targets)
        start = (arrays[1], zeros[0], arrays[2], zeros[1])
        parameters = [torch.tensor(a).requires_grad_() for a in start]

        def work() -> Any:
            w, b, v, c = parameters
            y = (x @ w + b).relu() @ v + c
            if classes:
                e = y.exp()
                loss = -((e / e.sum(1, keepdim=True)).log() * t).sum() / batch
            else:
                loss = ((y - t) ** 2).mean()
            loss.backward()
            with torch.no_grad():
                for p in parameters:
                    p -= 0.01 * p.grad
                    p.grad = None
            return w

        return work

    def in_numpy() -> Work:
        x, w, v = (a.copy() for a in arrays)
        b, c = (a.copy() for a in zeros)

        def work() -> Any:
            h = np.maximum(x @ w + b, 0)
            y = h @ v + c
            if classes:
                e = np.exp(y)
                p = e / e.sum(1, keepdims=True)
                -(np.log(p) * targets).sum() / batch
                dy = (p - targets) / batch
            else:
                d = y - targets
                (d * d).mean()
                dy = d * np.float32(2 / d.size)
            dv, dc = h.T @ dy, dy.sum(0)
            dh = dy @ v.T * (h > 0)
            dw, db = x.T @ dh, dh.sum(0)
            for parameter, gradient in ((w, dw), (b, db), (v, dv), (c, dc)):
                parameter -= np.float32(0.01) * gradient
            return w

        return work

    def in_autograd(anp: Any) -> Work:
        from autograd import grad

        parameters = [arrays[1].copy(), zeros[0].copy(), arrays[2].copy(), zeros[1].copy()]

        def loss(given: list) -> Any:
            w, b, v, c = given
            y = anp.maximum(arrays[0] @ w + b, 0) @ v + c
            if classes:
                e = anp.exp(y)
                return -anp.sum(anp.log(e / anp.sum(e, 1, keepdims=True)) * targets) / batch
            return anp.mean((y - targets) ** 2)

        gradients = grad(loss)

        def work() -> Any:
            for parameter, gradient in zip(parameters, gradients(parameters), strict=True):
                parameter -= np.float32(0.01) * gradient
            return parameters[0]

        return work

    return for_engine


WORK: dict[str, Callable[[Any], Work]] = {
    "lesson cell": lesson_cell,
    "partial derivatives": partial_derivatives,
    "vector-Jacobian product": vector_jacobian_product,
    "second derivative": second_derivative,
    "accumulation": accumulation,
    "regression, 10 rounds": regression_loop,
    "optimizer, 10 rounds": optimizer_loop,
    "chain of 1,000": chain(1_000),
    "chain of 20,000": chain(20_000),
    "wide graph": wide,
    "network 4x3x4x1": network(4, 3, 4, 1),
    "network 32x64x64x10": network(32, 64, 64, 10),
    "network 128x784x128x10": network(128, 784, 128, 10),
}


def in_autograd(name: str, anp: Any) -> Work | None:
    """The same work for HIPS autograd, whose functions of arrays make no leaves; None where it cannot be put so."""
    from autograd import elementwise_grad, grad

    if name.startswith("network"):
        return WORK[name](anp)
    ones = np.ones(1, np.float32)
    three = np.array([1.0, 2.0, 3.0], np.float32)
    if name == "lesson cell":
        slope = grad(lambda x: anp.mean((x + 2) * (x + 2) * 3))
        return lambda: slope(three)
    if name == "second derivative":
        curvature = elementwise_grad(elementwise_grad(lambda x: x**3 + anp.exp(x)))
        return lambda: curvature(three)
    if name.startswith("chain"):
        length = int(name.split()[-1].replace(",", ""))

        def along(x: Any) -> Any:
            y = x
            for _ in range(length // 2):
                y = y * 1.0001 + x
            return anp.sum(y)

        slope = grad(along)
        return lambda: slope(ones)
    return None


def engines_for(name: str) -> dict[str, Work]:
    """The work of one row under each engine that is installed and can do it."""
    found = {"minigrad": WORK[name](importlib.import_module("minigrad"))}
    try:
        torch = importlib.import_module("torch")
        torch.set_num_threads(1)
        found["torch"] = WORK[name](torch)
    except ImportError:
        pass
    try:
        work = in_autograd(name, importlib.import_module("autograd.numpy"))
        if work is not None:
            found["autograd"] = work
    except ImportError:
        pass
    if name.startswith("network"):
        found["numpy"] = WORK[name](np)
    return found


def measured(engines: dict[str, Work]) -> dict[str, list[float]]:
    """Seconds of one run of the work, for each engine and turn."""
    repeats = {}
    for engine, work in engines.items():
        work()
        start = time.process_time()
        work()
        repeats[engine] = max(1, math.ceil(TURN / (time.process_time() - start)))
    times: dict[str, list[float]] = {engine: [] for engine in engines}
    slowest = max(repeats[e] == 1 for e in engines)
    for _ in range(ROUNDS // 4 if slowest else ROUNDS):
        for engine, work in engines.items():
            start = time.process_time()
            for _ in range(repeats[engine]):
                work()
            times[engine].append((time.process_time() - start) / repeats[engine])
    return times


def ratio(times: dict[str, list[float]], engine: str) -> float | None:
    """How long minigrad takes as a multiple of another engine's time."""
    if engine not in times:
        return None
    return statistics.median(a / b for a, b in zip(times["minigrad"], times[engine], strict=True))


def shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def main(names: list[str]) -> int:
    chosen = [name for name in WORK if not names or any(n in name for n in names)]
    print(f"{'':26}{'minigrad':>12}   minigrad's time / that of")
    print(f"{'':26}{'':>12}{'PyTorch':>10}{'autograd':>10}{'NumPy':>10}")
    to_torch, to_numpy = {}, {}
    for name in chosen:
        times = measured(engines_for(name))
        ratios = {engine: ratio(times, engine) for engine in ("torch", "autograd", "numpy")}
        if ratios["torch"] is not None:
            to_torch[name] = ratios["torch"]
        if ratios["numpy"] is not None:
            to_numpy[name] = ratios["numpy"]
        microseconds = statistics.median(times["minigrad"]) * 1e6
        print(f"{name:26}{microseconds:>9,.0f} µs" + "".join(f"{shown(r):>10}" for r in ratios.values()), flush=True)
    largest = "network 128x784x128x10"
    kept = []
    if to_torch:
        mean, worst = statistics.geometric_mean(to_torch.values()), max(to_torch, key=to_torch.__getitem__)
        kept.append((f"PyTorch, geometric mean: {mean:.2f}", mean, MEAN_TO_TORCH))
        kept.append((f"PyTorch, slowest: {to_torch[worst]:.2f} ({worst})", to_torch[worst], WORST_TO_TORCH))
    else:
        print("PyTorch is not installed: not compared")
    if largest in to_numpy:
        kept.append((f"NumPy, {largest}: {to_numpy[largest]:.2f}", to_numpy[largest], TO_NUMPY))
    for words, found, budget in kept:
        print(f"{words}  budget {budget}  {'kept' if found <= budget else 'NOT kept'}")
    return int(any(found > budget for _, found, budget in kept))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
