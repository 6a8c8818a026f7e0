"""Every widget in a real JupyterLab, used as a learner would: by mouse, by keyboard alone, in both themes.

The stepper and the magics have files of their own. Numbers are compared with arithmetic, not with the engine.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.lab import Lab, Notebook, Server

SETUP = """import minigrad as torch
from widgets import *
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x * x
z = y.sum()
z.backward(retain_graph=True)"""


def shown(value: float) -> str:
    """A number as the widgets write it: four digits and a real minus sign."""
    return f"{value:.4g}".replace("-", "−")


def ravine(steps: int, zero_grad: bool) -> str:
    """The loss (x² + 20·y²) / 2 after steps of 0.08 along minus the gradient, or along minus all gradients so far."""
    (x, y), (dx, dy) = (-2.4, 1.2), (0.0, 0.0)
    for _ in range(steps):
        dx, dy = (x, 20 * y) if zero_grad else (dx + x, dy + 20 * y)
        x, y = x - 0.08 * dx, y - 0.08 * dy
    return f"loss = {shown((x * x + 20 * y * y) / 2)}"


class Learner:
    """Someone before one widget; a way to use it returns the words that must then stand in it."""

    def __init__(self, notebook: Notebook, cell: int) -> None:
        self.notebook = notebook
        self.cell = cell
        self.widget = notebook.output(cell).get_by_role("group").first
        self.keyboard = notebook.page.keyboard

    def by(self, role: str, name: str, exact: bool = False) -> Locator:
        return self.widget.get_by_role(role, name=name, exact=exact).first  # type: ignore[arg-type]

    def enter(self) -> None:
        """Stand on the cell in command mode, where one is after running it."""
        self.notebook.page.evaluate(
            "index => { panel.content.activeCellIndex = index; panel.content.mode = 'command';"
            " panel.content.activeCell.node.focus(); }",
            self.cell,
        )

    def tab_to(self, target: Locator) -> None:
        for _ in range(40):
            if target.evaluate("element => element === document.activeElement"):
                return
            self.keyboard.press("Tab")
        raise AssertionError(f"the Tab key does not lead to {target}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.keyboard.press(key)

    def point(self, target: Locator, share: float) -> None:
        """Drag along a slider from a quarter of it to `share` of it."""
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        assert box is not None
        mouse, height = self.notebook.page.mouse, box["y"] + box["height"] / 2
        mouse.move(box["x"] + box["width"] / 4, height)
        mouse.down()
        mouse.move(box["x"] + box["width"] * share, height, steps=3)
        mouse.up()


def graph_by_mouse(learner: Learner) -> list[str]:
    learner.by("button", "x, leaf tensor").click()
    return [f"grad[{', '.join(shown(2 * x) for x in (1, 2, 3))}]"]  # of the sum of x²


def graph_by_keys(learner: Learner) -> list[str]:
    learner.tab_to(learner.by("searchbox", "Search"))
    learner.press("s", "u", "m", "Enter")
    learner.keyboard.press("Shift+Tab")
    learner.press("ArrowRight")
    return [f"z = y.sum()value{1 + 4 + 9}"]


def jacobian_by_mouse(learner: Learner) -> list[str]:
    learner.point(learner.by("slider", "x 1", exact=True), 1.1)  # to its end, 5, and held there
    return [f"vᵀJ = [{1 * 2 * 5}, {shown(0.5 * 2 * 2)}]. Ju = [{2 * 5}, {2 * 2}]."]  # J is diagonal: 2·x


def jacobian_by_keys(learner: Learner) -> list[str]:
    learner.tab_to(learner.by("slider", "x 2", exact=True))
    learner.press("ArrowRight", "ArrowRight")
    return [f"vᵀJ = [{1 * 2 * 1}, {shown(0.5 * 2 * 2.1)}]. Ju = [{2 * 1}, {shown(2 * 2.1)}]."]


def accumulation_by_mouse(learner: Learner) -> list[str]:
    learner.widget.get_by_role("radio").first.click()
    learner.by("button", "Run it").click()
    return ["weights.grad[0], yours" + "".join(str(3 * epoch) for epoch in range(1, 6)), "You replaced; autograd adds."]


def accumulation_by_keys(learner: Learner) -> list[str]:
    learner.tab_to(learner.widget.get_by_role("radio").first)
    learner.press("ArrowDown")
    learner.tab_to(learner.by("button", "Run it"))
    learner.press("Enter")
    learner.tab_to(learner.by("checkbox", "line 7"))
    learner.press("Space")
    return ["weights.grad[0], yours" + "3" * 5, "Yes: autograd adds, always."]


def tracking_by_mouse(learner: Learner) -> list[str]:
    for name in ("Then write in place", "then backward()"):
        learner.by("button", name).click()
    learner.by("button", ".data", exact=True).click()
    return [f"a.grad = {[2 * 10 * a for a in (1, 2, 3)]}, and should be {[2 * a for a in (1, 2, 3)]}"]


def tracking_by_keys(learner: Learner) -> list[str]:
    for name in ("Then write in place", "then backward()"):
        learner.tab_to(learner.by("button", name))
        learner.press("Space")
    learner.tab_to(learner.by("button", "detach()", exact=True))
    learner.press("ArrowDown", "ArrowDown", "ArrowDown")
    return [f"a.grad = {[2 * 10 * a for a in (1, 2, 3)]}, and should be {[2 * a for a in (1, 2, 3)]}"]


def optimizer_by_mouse(learner: Learner) -> list[str]:
    learner.by("checkbox", "optimizer.zero_grad()").click()
    expect(learner.widget.locator(".mg-readout p")).to_have_count(2)
    learner.point(learner.by("slider", "step", exact=True), 0.5)
    return ["30 of 60", ravine(30, zero_grad=True), ravine(30, zero_grad=False)]


def optimizer_by_keys(learner: Learner) -> list[str]:
    learner.tab_to(learner.by("slider", "step", exact=True))
    learner.press("Home", "ArrowRight", "ArrowRight")
    learner.tab_to(learner.by("checkbox", "optimizer.zero_grad()"))
    learner.press("Space")
    return ["2 of 60", ravine(2, zero_grad=True), ravine(2, zero_grad=False)]


def explain_by_mouse(learner: Learner) -> list[str]:
    learner.by("button", "second").click()
    return ["b ← a (second): 1 times 3 is 3", f"sum{2 * 3}"]


def explain_by_keys(learner: Learner) -> list[str]:
    learner.tab_to(learner.by("button", "first"))
    learner.press("ArrowDown", "ArrowUp", "ArrowDown")
    return ["b ← a (second): 1 times 3 is 3", f"sum{2 * 3}"]


class Case(NamedTuple):
    source: str
    mouse: Callable[[Learner], list[str]]
    keys: Callable[[Learner], list[str]]


JACOBIAN = "JacobianExplorer(lambda x: x * x, torch.tensor([1.0, 2.0]), v=torch.tensor([1.0, 0.5]))"
SIX = "a = torch.tensor(3.0, requires_grad=True)\nb = a * a\nb.backward()\n"
CASES = {
    "ComputationGraph": Case("shown = ComputationGraph(z)", graph_by_mouse, graph_by_keys),
    "JacobianExplorer": Case(f"shown = {JACOBIAN}", jacobian_by_mouse, jacobian_by_keys),
    "AccumulationLab": Case("shown = AccumulationLab()", accumulation_by_mouse, accumulation_by_keys),
    "TrackingExplorer": Case("shown = TrackingExplorer()", tracking_by_mouse, tracking_by_keys),
    "OptimizerLab": Case("shown = OptimizerLab()", optimizer_by_mouse, optimizer_by_keys),
    "explain": Case(f"{SIX}shown = explain(a)", explain_by_mouse, explain_by_keys),
}


@pytest.fixture(scope="module", params=["light", "dark with reduced motion"])
def notebook(request: pytest.FixtureRequest, chromium: Browser, server: Server) -> Iterator[Notebook]:
    """One notebook for all widgets: each test runs the cells of its own widget anew."""
    lab = Lab(chromium, server)
    theme = request.param.partition(" ")[0]
    cells = [cell for case in CASES.values() for cell in (f"{case.source}\nshown", "shown")]
    notebook = lab.open(lab.write(f"widgets-{theme}.ipynb", SETUP, *cells), theme, reduced_motion=theme == "dark")
    run(notebook, 0)
    yield notebook
    lab.close()


def run(notebook: Notebook, index: int) -> None:
    notebook.page.evaluate(
        "async index => { panel.content.activeCellIndex = index;"
        " await jupyterapp.commands.execute('notebook:run-cell'); }",
        index,
    )


@pytest.fixture(params=CASES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def twice(notebook: Notebook, name: str) -> list[Learner]:
    """One widget, shown in two cells."""
    first = 1 + 2 * list(CASES).index(name)
    run(notebook, first)
    run(notebook, first + 1)
    learners = [Learner(notebook, first), Learner(notebook, first + 1)]
    for learner in learners:
        expect(learner.widget).to_be_visible()
    return learners


def code(notebook: Notebook) -> list[tuple[str, str]]:
    return [(cell["cell_type"], "".join(cell["source"])) for cell in notebook.cells()]


@pytest.mark.parametrize("way", ["mouse", "keys"])
def test_the_right_number_stands_in_both_cells_and_no_key_leaks(twice, name, way):
    one = twice[0]
    notebook, before = one.notebook, code(one.notebook)
    texts = one.widget.text_content() or ""
    one.enter()
    wanted = getattr(CASES[name], way)(one)
    assert any(words not in texts for words in wanted)
    for learner in twice:
        for words in wanted:
            expect(learner.widget).to_contain_text(words)
    one.press(*"bddxmr00az", "Shift+M")  # inserts, deletes, cuts, turns into markdown, restarts, … in command mode
    assert code(notebook) == before
    expect(notebook.page.locator(".jp-Dialog")).to_have_count(0)
    assert notebook.problems == []


MOVES = """widget => [...widget.querySelectorAll("*")].some(element => {
    const { transitionDuration, animationDuration } = getComputedStyle(element);
    return [transitionDuration, animationDuration].some(times => times.split(", ").some(time => parseFloat(time) > 0));
})"""


def test_it_follows_the_theme_and_the_wish_for_less_motion(twice, notebook, request):
    widget = twice[0].widget
    dark = "dark" in request.node.callspec.params["notebook"]
    brightness = widget.evaluate(
        "widget => getComputedStyle(widget).color.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + +part, 0) / 3"
    )
    assert (brightness > 128) == dark
    if dark:
        assert not widget.evaluate(MOVES)
    assert notebook.problems == []


def test_a_restarted_kernel_leaves_them_readable(lab):
    sources = [f"{case.source}\nshown" for case in CASES.values()]
    notebook = lab.open(lab.write("restarted-widgets.ipynb", SETUP, *sources))
    notebook.run_all()
    learners = [Learner(notebook, index) for index in range(1, 1 + len(CASES))]
    texts = [learner.widget.text_content() for learner in learners]
    notebook.page.evaluate("panel.sessionContext.restartKernel()")
    notebook.page.wait_for_function("panel.sessionContext.session.kernel.status === 'idle'")
    for learner, text, case in zip(learners, texts, CASES.values(), strict=True):
        expect(learner.widget).to_have_text(text or "nothing")
        if case.mouse not in (jacobian_by_mouse, optimizer_by_mouse):  # these two ask the kernel for every number
            for words in case.mouse(learner):
                expect(learner.widget).to_contain_text(words)
        else:
            learner.widget.get_by_role("slider").first.press("ArrowRight")
            expect(learner.widget).to_be_visible()
    expect(notebook.page.locator(".jp-Dialog")).to_have_count(0)
    notebook.run_all()
    notebook.expect_all_ran()


def test_two_widgets_on_one_tensor_do_not_disturb_each_other_nor_the_tensor(lab):
    made = SETUP.replace("z.backward(retain_graph=True)", "")
    notebook = lab.open(lab.write("two.ipynb", made, "ComputationGraph(z)", "BackwardStepper(z)", "print(x.grad)"))
    notebook.run_all()
    graph, stepper = Learner(notebook, 1), Learner(notebook, 2)
    drawn = graph.widget.inner_text()
    stepper.widget.focus()
    stepper.press("End", "ArrowLeft")
    expect(stepper.widget).to_contain_text("[2, 4, 6]")
    assert graph.widget.inner_text() == drawn
    stepped = stepper.widget.inner_text()
    graph.by("button", "x, leaf tensor").click()
    expect(graph.widget).to_contain_text("[1, 2, 3]")
    assert stepper.widget.inner_text() == stepped
    run(notebook, 3)
    expect(notebook.output(3)).to_have_text("None")


# PyTorch keeps what a backward pass needs and nothing more: `record` keeps the rest, and where it was made.
SAME = """x = torch.tensor([1.0, -2.0, 0.5], requires_grad=True)
with record():
    y = x * x + 2
    z = (y * x).mean()
ComputationGraph(z) if graph else BackwardStepper(z)"""


def test_pytorch_in_place_of_minigrad_gives_the_same_widgets(lab):
    pytest.importorskip("torch")
    cells = [
        f"import {engine}\ngraph = {graph}\n{SAME}"
        for graph in (True, False)
        for engine in ("minigrad as torch", "torch")
    ]
    notebook = lab.open(lab.write("both.ipynb", "from widgets import *", *cells))
    notebook.run_all()
    notebook.expect_all_ran()
    for ours, theirs in ((1, 2), (3, 4)):
        pair = [Learner(notebook, index) for index in (ours, theirs)]
        expect(pair[0].widget).to_be_visible()
        expect(pair[1].widget).to_have_text(pair[0].widget.text_content() or "nothing")
        pictures = [learner.widget.locator(".mg-stage svg").evaluate("svg => svg.outerHTML") for learner in pair]
        assert pictures[0] == pictures[1]
    count = pair[0].widget.locator(".mg-count")
    frames = int(re.findall(r"\d+", count.inner_text())[-1])
    assert frames > 10
    for _ in range(frames):
        for learner in pair:
            learner.widget.press("ArrowRight")
        assert pair[0].widget.inner_text() == pair[1].widget.inner_text()
    expect(count).to_have_text(f"frame {frames} of {frames}")
