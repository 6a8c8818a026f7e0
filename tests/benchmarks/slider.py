"""How long a slider of the Jacobian explorer takes in a real JupyterLab: from the key press to the painted answer.

`python -m tests.benchmarks.slider` prints the 50th and 95th percentile beside those of an empty widget, which only
sends a number to the kernel and shows the one that comes back: what JupyterLab itself takes.
"""

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import FLAGS, executable
from tests.browser.lab import Lab, Server

ROOT = Path(__file__).parents[2]
PRESSES = 120
EMPTY = """
import anywidget, traitlets
class Empty(anywidget.AnyWidget):
    _esm = '''export default { render({ model, el }) {
      el.innerHTML = '<input type="range" min="0" max="1000" step="1" value="0" aria-label="x 1">';
      el.firstChild.oninput = () => { model.set("x", Number(el.firstChild.value)); model.save_changes(); };
      model.on("change:result", () => { el.dataset.answer = model.get("result"); });
    } };'''
    x = traitlets.Int().tag(sync=True)
    result = traitlets.Unicode().tag(sync=True)
    @traitlets.observe("x")
    def _moved(self, change):
        self.result = str(self.x)
Empty()
"""
PLANE = """
import minigrad as torch
from widgets import JacobianExplorer
def polar(x):
    return torch.stack([x[0] * torch.cos(x[1]), x[0] * torch.sin(x[1])])
JacobianExplorer(polar, torch.tensor([1.5, 0.6]))
"""
LESSON = "from widgets import JacobianExplorer\nJacobianExplorer()"
# After the answer changed the document, the second frame is the one after it was painted.
MEASURE = """async ([slider, presses]) => {
  const root = slider.closest(".jp-OutputArea-output");
  const times = [];
  for (let press = 0; press < presses + 10; press++) {
    const answered = new Promise((resolve) => {
      const watch = new MutationObserver((records) => {
        const isAnswer = (node) => node.dataset?.answer !== undefined || node.classList?.contains("mg-stage");
        if (!records.some(({ target }) => isAnswer(target))) return;
        watch.disconnect();
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => resolve(performance.now());
          port2.postMessage(0);
        });
      });
      watch.observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-answer"] });
    });
    const start = performance.now();
    slider.stepUp(press % 20 < 10 ? 1 : -1);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    times.push((await answered) - start);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return times.slice(10);
}"""


def measured(page: Page) -> list[float]:
    """Milliseconds from each press to its painted answer."""
    slider = page.get_by_label("x 1", exact=True).first
    slider.wait_for()
    return page.evaluate(MEASURE, [slider.element_handle(), PRESSES])


def main() -> None:
    """Measure each widget in a notebook of its own, and print the table."""
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), ROOT) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        print(f"{'slider to painted answer, ms':32} {'p50':>6} {'p95':>6}")
        for name, source in (
            ("an empty anywidget", EMPTY),
            ("JacobianExplorer()", LESSON),
            ("a map of the plane", PLANE),
        ):
            lab = Lab(browser, server)
            notebook = lab.open(lab.write("slider.ipynb", source))
            notebook.run_all()
            times = measured(notebook.page)
            lab.close()
            print(f"{name:32} {statistics.median(times):6.1f} {statistics.quantiles(times, n=20)[-1]:6.1f}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
