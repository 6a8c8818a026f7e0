"""How long it takes to open a ComputationGraph, in the kernel: `python -m tests.benchmarks.graph` prints a table.

The budgets are 150 ms for 50 nodes and 2 s for 3,000 operations of a training loop. `trace` and what follows are parts
of `open`: the trace alone, what it takes to find loops and modules, and the layout of the top level. Measured in
processor time, Graphviz included, so that other programs disturb it little.
"""

import json
import resource
import statistics
from collections.abc import Callable
from typing import Any

import minigrad as torch
from widgets import ComputationGraph
from widgets.census import census
from widgets.drawing import Drawing
from widgets.folding import Folding
from widgets.levels import Levels
from widgets.trace import trace

ROUNDS = 5


def fifty_nodes() -> Any:
    """A network of two layers: 25 operations or so, in no loop."""
    torch.manual_seed(0)
    x, w, b = torch.randn(4, 3), torch.randn(3, 3, requires_grad=True), torch.randn(3, requires_grad=True)
    h = (x @ w + b).tanh()
    h = (h @ w.T - b).sigmoid() * h
    h = (h.exp() + 1).log() / (1 + h * h)
    h = (h - h.mean()) / (h * h).mean().sqrt()
    return ((h @ w).relu() - x).pow(2).mean() + 0.1 * (w * w).sum() + 0.1 * (b * b).sum()


def training_loop(rounds: int) -> Any:
    """Gradient descent written out, so that the graph goes through every step: 10 operations a round."""
    torch.manual_seed(0)
    x, target = torch.randn(16), torch.randn(16)
    w = start = torch.tensor(0.5, requires_grad=True)
    b = start * 0
    for _ in range(rounds):
        error = x * w + b - target
        loss = (error * error).mean()
        w = w - 0.05 * (error * x).mean()
        b = b - 0.05 * error.mean()
    return loss


def chain(length: int) -> Any:
    """One operation after the other."""
    y = torch.tensor(1.0, requires_grad=True)
    for _ in range(length):
        y = y * 1.0001
    return y


def spent() -> float:
    """Processor seconds of this program and of those that it ran."""
    parts = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(part.ru_utime + part.ru_stime for part in parts)


def seconds(work: Callable[[], Any]) -> float:
    """The median of a few runs."""
    times = []
    for _ in range(ROUNDS):
        start = spent()
        work()
        times.append(spent() - start)
    return statistics.median(times)


def main() -> None:
    """Print the table."""
    print(f"{'':28}{'operations':>11}{'open':>9}{'trace':>9}{'fold':>9}{'layout':>9}{'kB sent':>9}")
    cases = {
        "50 nodes": fifty_nodes(),
        "training loop, 300 rounds": training_loop(300),
        "chain of 3,000": chain(3_000),
        "chain of 50,000": chain(50_000),
    }
    for name, tensor in cases.items():
        operations = census(tensor)["operations"]
        opened = seconds(lambda tensor=tensor: ComputationGraph(tensor))
        sent = len(json.dumps(ComputationGraph(tensor).data)) / 1000
        parts = ""
        if operations <= 10_000:
            traced = trace(tensor, frames=False)
            folding = Folding(traced)
            top = Levels(traced, folding).shown(folding.top)
            steps = (
                lambda tensor=tensor: trace(tensor, frames=False),
                lambda traced=traced: Folding(traced),
                lambda top=top: Drawing(top).layout,
            )
            parts = "".join(f"{1000 * seconds(step):6.0f} ms" for step in steps)
        print(f"{name:28}{operations:11,}{1000 * opened:6.0f} ms{parts or ' ' * 27}{sent:9.0f}")


if __name__ == "__main__":
    main()
