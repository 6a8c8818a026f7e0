"""How quick the widgets are: a key press in the stepper, opening a widget, what is sent, what the import takes.

``python tests/benchmarks/widgets.py [NAME ...]`` prints the table; names choose parts: keys, opening, sizes, import.
Keys are pressed in a real Chromium on a blank page, in moments that have nothing to do with its frames. *to the paint*
is from the event's own time to the end of the frame that shows it, so it includes the wait for a screen of 60 Hz, on
average half a frame; *unpaced* is the same without a screen to wait for; *script* is the handler alone.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import minigrad as torch  # noqa: E402
from tests.browser.bare import BarePage  # noqa: E402
from tests.browser.conftest import FLAGS, executable  # noqa: E402
from widgets import AccumulationLab, BackwardStepper, ComputationGraph, JacobianExplorer  # noqa: E402

PRESSES = 200
UNPACED = ["--disable-frame-rate-limit", "--disable-gpu-vsync"]
# The budgets, in milliseconds and bytes.
KEY = {50: 16, 1000: 50}
OPENING = {"50 nodes": 150, "3,000 operations": 2000}
SOURCE, IMPORT = 40_000, 400

# From a key's own time to the end of the frame that shows what it did: a message sent in the callback before the paint
# is received after it.
TO_PAINT = """() => {
  window.took = [];
  addEventListener("keydown", (event) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => took.push(performance.now() - event.timeStamp);
      port2.postMessage(null);
    });
  }, { capture: true });
}"""
SCRIPT = """(presses) => {
  const root = document.querySelector(".mg");
  return Array.from({ length: presses }, () => {
    const start = performance.now();
    root.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true, cancelable: true }));
    return performance.now() - start;
  });
}"""


def chain(operations: int) -> Any:
    y = x = torch.tensor([0.5, 1.0, 1.5], requires_grad=True)
    for step in range(operations - 1):
        y = (y * x, y.tanh(), y + 1, y * 1.01)[step % 4]
    return y.sum()


def training(operations: int) -> Any:
    """The loss after a training loop that somebody forgot to detach: of the last round, through all rounds."""
    torch.manual_seed(0)
    inputs, targets = torch.randn(8, 3), torch.randn(8)
    weight, rate = torch.randn(3, requires_grad=True), torch.tensor(0.1, requires_grad=True)
    for _ in range(operations // 7):
        loss = ((inputs @ weight - targets) ** 2).mean()
        weight = weight - rate * loss * weight
    return loss


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, round(share * (len(values) - 1)))]


def row(name: str, values: list[float], budget: float | None = None) -> None:
    median, high = statistics.median(values), percentile(values, 0.95)
    verdict = "" if budget is None else f"  budget {budget:g} ms: {'holds' if high <= budget else 'MISSED'}"
    print(f"  {name:<44} p50 {median:8.1f} ms   p95 {high:8.1f} ms{verdict}")


def keys() -> None:
    """From a key press in the stepper to the painted frame."""
    print("A key press in the stepper")
    for nodes, budget in KEY.items():
        stepper = BackwardStepper(chain(nodes // 2))
        presses = min(PRESSES, len(stepper._trace["frames"]) - 1)
        for flags, name in ((FLAGS, "to the paint"), (FLAGS + UNPACED, "unpaced")):
            row(f"{nodes} nodes, {name}", pressed(stepper, flags, presses), budget)
        row(f"{nodes} nodes, script", pressed(stepper, FLAGS, presses, script=True))


def pressed(stepper: BackwardStepper, flags: list[str], presses: int, script: bool = False) -> list[float]:
    state = {name: getattr(stepper, name) for name in ("data", "frame", "breakpoints", "predicting", "predictions")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=flags)
        page = browser.new_page()
        bare = BarePage(page)
        bare.mount(stepper._esm, stepper._css, state)
        if script:
            return page.evaluate(SCRIPT, presses)
        page.evaluate(TO_PAINT)
        page.get_by_role("group", name="Backward pass of").focus()
        for count in range(presses):
            page.keyboard.press("ArrowRight")
            page.wait_for_function("count => took.length > count", arg=count)
            page.wait_for_timeout(random.uniform(20, 60))
        return page.evaluate("took")


def opening() -> None:
    """What opening a widget takes in the kernel, Graphviz included, in processor time: others disturb that little."""
    print("Opening a widget, in the kernel (processor time)")
    for size, make in (("50 nodes", lambda: chain(25)), ("3,000 operations", lambda: training(3000))):
        for kind in (BackwardStepper, ComputationGraph):
            tensor = make()
            rounds = 9 if size == "50 nodes" else 3
            times = [timed(lambda kind=kind, tensor=tensor: kind(tensor)) for _ in range(rounds)]
            row(f"{kind.__name__}, {size}", times, OPENING[size])


def timed(work: Callable[[], Any]) -> float:
    start = sum(os.times()[:4])
    work()
    return 1000 * (sum(os.times()[:4]) - start)


def sizes() -> None:
    """What is sent for each widget, and what for a long pass."""
    print("Sent to the browser")
    for kind in (ComputationGraph, BackwardStepper, JacobianExplorer, AccumulationLab):
        size = len(f"{kind._esm}{kind._css}".encode())
        verdict = "holds" if size <= SOURCE else "MISSED"
        print(f"  {kind.__name__ + ', front end':<44} {size / 1000:8.1f} kB  budget {SOURCE / 1000:g} kB: {verdict}")
    for name, tensor in (("1,000 nodes", chain(500)), ("3,000 operations", training(3000))):
        stepper = BackwardStepper(tensor)
        print(f"  {'BackwardStepper, data, ' + name:<44} {size_of(stepper.data):8.0f} kB")
        print(f"  {'its trace':<44} {size_of(stepper._trace):8.0f} kB")


def size_of(data: Any) -> float:
    return len(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()) / 1000


def importing() -> None:
    """What ``import widgets`` takes."""
    print("import widgets")
    code = "import time; start = time.perf_counter(); import widgets; print(1000 * (time.perf_counter() - start))"
    runs = [subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True) for _ in range(7)]
    row("in a new process", [float(run.stdout) for run in runs], IMPORT)


PARTS = {"keys": keys, "opening": opening, "sizes": sizes, "import": importing}

if __name__ == "__main__":
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()
