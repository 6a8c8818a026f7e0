"""Takes the pictures of the README and of notebooks/GALLERY.md, light and dark, and writes that page.

`python -m tests.browser.gallery` writes them to notebooks/: the lesson in a real JupyterLab, and each widget in its
main states on a blank page, made by the cells below.
"""

import base64
import struct
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from playwright.sync_api import Browser, Locator, Page, ViewportSize, sync_playwright

from tests.browser.bare import BarePage
from tests.browser.conftest import FLAGS, executable
from tests.browser.lab import Lab, Server
from tests.browser.samples import state
from widgets.view import View

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "notebooks" / "GALLERY.md"
PICTURES = ROOT / "notebooks" / "pictures"
THEMES = ("light", "dark")
SIZE: ViewportSize = {"width": 1040, "height": 800}
FRAME = 9  # y * y has sent its second contribution: old + new

# Width, height and the pixels, red green blue alpha, of an image.
PIXELS = """async (picture) => {
  const bytes = Uint8Array.from(atob(picture), (c) => c.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const { data } = canvas.getImageData(0, 0, image.width, image.height);
  let text = "";
  for (let at = 0; at < data.length; at += 8190) text += btoa(String.fromCharCode(...data.subarray(at, at + 8190)));
  return [image.width, image.height, text];
}"""

IMPORTS = "import minigrad as torch\nfrom widgets import *\nfrom widgets.classroom import *"
PREDICTION = """program = '''
x = torch.tensor([1., 2.], requires_grad=True)
(x * x).sum().backward()
(x * x).sum().backward()
'''
slips = {"x.grad / 2": "you let the second `backward()` replace what the first had left"}
"""
LESSON = """torch.manual_seed(0)
x = torch.randn(3, requires_grad=True)
y = x + 2
z = y * y * 3
z = z.mean()
"""


class Shot(NamedTuple):
    """A widget in one state: what the page says of it, the cell that makes it, and what is done to it by hand."""

    name: str
    words: str
    cell: str
    by_hand: Callable[[Locator], None] = lambda widget: None


def _answer_wrongly(widget: Locator) -> None:
    """Predict that the second contribution takes the place of the first."""
    widget.get_by_role("group", name="Backward pass of").press("ArrowRight")
    field = widget.get_by_role("textbox")
    field.fill("[3.541, 1.707, -0.1788]")
    field.press("Enter")


SHOTS: dict[str, list[Shot]] = {
    "ComputationGraph": [
        Shot(
            "graph",
            "The graph of the lesson. The node that is chosen says which line made it, its local derivatives and what "
            "it saved for backward.",
            f"{LESSON}ComputationGraph(z)",
        ),
        Shot(
            "graph-loop",
            "A training loop is one box. Here it is open at round 2 of 20; the slider goes through the rounds.",
            """start = torch.tensor([1.0, -0.5], requires_grad=True)
w = start
for step in range(20):
    w = w - 0.1 * (2 * w)
result = (w * w).sum()
graph = ComputationGraph(result)
graph.opened = [[next(iter(graph._contents.folding.folds)), 2]]
graph""",
        ),
        Shot(
            "graph-modules",
            "A model of `torch.nn`: each module has an outline around its operations and parameters.",
            """torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU())
inputs = torch.tensor([[1.0, 2.0, -1.0]])
out = model(inputs).sum()
ComputationGraph(out)""",
        ),
    ],
    "BackwardStepper": [
        Shot(
            "stepper",
            "In the middle of `backward()`: the second contribution to `y` is added to the first.",
            f"{LESSON}stepper = BackwardStepper(z)\nstepper.frame = 8\nstepper",
        ),
        Shot(
            "stepper-predict",
            "Predicting: a wrong number is met with the name of the mistake.",
            f"{LESSON}stepper = BackwardStepper(z)\nstepper.frame, stepper.predicting = 7, True\nstepper",
            _answer_wrongly,
        ),
        Shot(
            "stepper-error",
            "`passes=2`: the second pass ends with PyTorch's error, at the node where it strikes.",
            f"{LESSON}stepper = BackwardStepper(z, passes=2)\n"
            "stepper.frame = len(stepper._trace['frames']) - 1\nstepper",
        ),
    ],
    "JacobianExplorer": [
        Shot(
            "jacobian",
            "The lesson's function, eleven doublings: J takes three backward passes, `backward(v)` one.",
            "JacobianExplorer()",
        ),
        Shot(
            "jacobian-plane",
            "A map of the plane, as geometry: where the arrows of x, u and v go.",
            """def polar(x):
    return torch.stack([x[0] * torch.cos(x[1]), x[0] * torch.sin(x[1])])

JacobianExplorer(polar, torch.tensor([1.2, 0.6]), v=torch.tensor([1.0, 0.5]), u=torch.tensor([1.0, 0.4]))""",
        ),
    ],
    "AccumulationLab": [
        Shot(
            "accumulation",
            "A forgotten `zero_grad()`, after the vote: the same loop ran twice, and the first number that differs is "
            "marked.",
            """lab = AccumulationLab()
lab.votes = {lab.bug: 0}
lab.revealed = [lab.bug]
lab""",
        ),
        Shot(
            "accumulation-micro-batches",
            "Micro-batches: here gradients add up on purpose, and four small passes make the gradient of the "
            "full batch.",
            """lab = AccumulationLab()
lab.bug = "micro-batches"
lab.revealed = [lab.bug]
lab""",
        ),
    ],
    "OptimizerLab": [
        Shot(
            "optimizer",
            "Gradient descent in a ravine, with and without `zero_grad()`.",
            "lab = OptimizerLab()\nlab.zero_grad = False\nlab",
        ),
        Shot(
            "optimizer-compare",
            "SGD, momentum and Adam side by side, from the same start.",
            "lab = OptimizerLab()\nlab.compare = True\nlab",
        ),
    ],
    "TrackingExplorer": [
        Shot(
            "tracking",
            "Ways to stop tracking, each run for real: `.data` lets a write in place spoil the gradient silently.",
            'explorer = TrackingExplorer()\nexplorer.write = explorer.backward = True\nexplorer.variant = ".data"\n'
            "explorer",
        ),
    ],
    "explain": [
        Shot(
            "explain",
            "Why a gradient is this number: the sum over all paths. The second path is lit.",
            """x = torch.tensor(3.0, requires_grad=True)
y = x * x + 4 * x
y.backward()
explanation = explain(x)
explanation.path = 1
explanation""",
        ),
        Shot(
            "explain-none",
            "Why a tensor does not require grad, the line to blame and the line that helps.",
            """a = torch.tensor([1.0, 2.0], requires_grad=True)
b = a.data
explain(b)""",
        ),
    ],
    "predict": [
        Shot(
            "predict",
            "A prediction in a lab: a wrong guess is met with the name of the mistake, and may be changed.",
            f'{PREDICTION}predict(program, "x.grad", "x.grad_fn", slips=slips, guess=([2, 4], None))',
        ),
        Shot(
            "predict-choices",
            "The same with choices, after the right one: only now does the value show.",
            f'{PREDICTION}predict(program, "x.grad", choices=("[2, 4]", "[4, 8]", "an error"), guess="[4, 8]")',
        ),
    ],
    "quiz": [
        Shot(
            "quiz",
            "A question of the exercises, with its options. A click checks; what is right is not revealed.",
            'quiz("09.5", "a")',
        ),
    ],
    "progress": [
        Shot(
            "progress",
            "The end of a sheet: what is right by now, and the misconceptions met on the way.",
            'check("01.1", (11, 22)), check("01.2", lambda x, v: [v[0] * x[0], v[1] * x[0]])\nprogress("01")',
        ),
    ],
}


def page() -> str:
    """The text of notebooks/GALLERY.md."""
    parts = ["# The widgets in pictures", "Taken by `python -m tests.browser.gallery`, which writes this page, too."]
    for widget, shots in SHOTS.items():
        parts.append(f"## {widget}")
        for shot in shots:
            parts += [shot.words, _picture(shot)]
    return "\n\n".join(parts) + "\n"


def _picture(shot: Shot) -> str:
    return (
        "<picture>\n"
        f'  <source media="(prefers-color-scheme: dark)" srcset="pictures/{shot.name}-dark.png">\n'
        f'  <img alt="{shot.words.replace("`", "")}" src="pictures/{shot.name}-light.png">\n'
        "</picture>"
    )


def made_by(cell: str) -> View:
    """The widget that a notebook's cell ends with."""
    with capture_output() as captured:
        shell = InteractiveShell()
        shell.run_cell(IMPORTS)
        result = shell.run_cell(cell)
    if not isinstance(result.result, View):
        raise RuntimeError(f"a cell made no widget:\n{cell}\n{captured.stdout}")
    return result.result


def take(browser: Browser, shot: Shot) -> None:
    """Take the pictures of one widget."""
    view = made_by(shot.cell)
    traits = state(view)
    for theme in THEMES:
        context = browser.new_context(viewport=SIZE, reduced_motion="reduce")
        bare_page = BarePage(context.new_page())
        widget = bare_page.mount(view._esm, view._css, traits, theme)
        # The ground of a page in JupyterLab.
        bare_page.page.add_style_tag(content="body { background: light-dark(white, #111); color-scheme: light dark }")
        shot.by_hand(widget)
        picture = widget.screenshot()
        (PICTURES / f"{shot.name}-{theme}.png").write_bytes(with_palette(bare_page.page, picture))
        context.close()


def with_palette(page: Page, picture: bytes) -> bytes:
    """A PNG image again, with 256 colours at most: a third of its size.

    The browser decodes it; a rare colour becomes the frequent one that is nearest.
    """
    width, height, data = page.evaluate(PIXELS, base64.b64encode(picture).decode())
    pixels = np.frombuffer(base64.b64decode(data), np.uint8).reshape(-1, 4)[:, :3].astype(np.int32)
    colours, places, counts = np.unique(pixels, axis=0, return_inverse=True, return_counts=True)
    palette = colours[np.argsort(-counts, kind="stable")[:256]]
    nearest = np.array([np.square(palette - colour).sum(1).argmin() for colour in colours], np.uint8)
    rows = nearest[places.ravel()].reshape(height, width)
    unfiltered = np.pad(rows, ((0, 0), (1, 0))).tobytes()
    return b"\x89PNG\r\n\x1a\n" + b"".join((
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        _chunk(b"PLTE", palette.astype(np.uint8).tobytes()),
        _chunk(b"IDAT", zlib.compress(unfiltered, 9)),
        _chunk(b"IEND", b""),
    ))  # fmt: skip


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def take_lesson(browser: Browser) -> None:
    """Take the README's pictures of the stepper in the lesson."""
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), ROOT) as server:
        for theme in THEMES:
            lab = Lab(browser, server)
            notebook = lab.open("lesson.ipynb", theme)
            notebook.run_all(restart=True)
            notebook.page.evaluate("jupyterapp.shell.collapseLeft()")
            widget = notebook.page.get_by_role("group", name="Backward pass of z")
            widget.scroll_into_view_if_needed()
            widget.focus()
            for _ in range(FRAME - 1):
                widget.press("ArrowRight")
            cell = widget.locator("xpath=ancestor::div[contains(@class, 'jp-CodeCell')]")
            (PICTURES / f"lesson-{theme}.png").write_bytes(with_palette(notebook.page, at_rest(cell)))
            lab.close()  # with its kernel, which the next window would share


def at_rest(cell: Locator) -> bytes:
    """A picture of a cell that did not move meanwhile: JupyterLab scrolls on for a while after a run."""
    while True:
        before = cell.bounding_box()
        picture = cell.screenshot()
        if cell.bounding_box() == before:
            return picture


def main() -> None:
    """Take all pictures and write the page."""
    PICTURES.mkdir(exist_ok=True)
    PAGE.write_text(page())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        for shots in SHOTS.values():
            for shot in shots:
                take(browser, shot)
        take_lesson(browser)
        browser.close()


if __name__ == "__main__":
    main()
