"""The lesson in a real JupyterLab, as a student uses it."""

import re

import pytest
from playwright.sync_api import expect

import minigrad as torch
from tests.browser.lab import Lab


@pytest.fixture(scope="module")
def lesson(chromium, server):
    """The lesson, restarted and run from top to bottom, once: each test below plays with another part of it."""
    lab = Lab(chromium, server)
    notebook = lab.open("lesson.ipynb")
    notebook.run_all(restart=True)
    yield notebook
    lab.close()


def index_of(notebook, text):
    return next(i for i, c in enumerate(notebook.cells()) if c["cell_type"] == "code" and text in "".join(c["source"]))


def shown(values):
    """Numbers as the widgets write them: four digits and a real minus sign."""
    return ", ".join(f"{v:.4g}".replace("-", "−") for v in values)


def by_hand():
    """The lesson's first gradients without the engine: z = mean(3·y²) with y = x + 2, so ∂z/∂y = ∂z/∂x = 2·y."""
    torch.manual_seed(0)
    y = torch.randn(3).numpy() + 2
    return (2 * y).tolist()


def test_every_cell_runs_and_every_widget_shows(lesson):
    lesson.expect_all_ran()
    for text, name in [
        ("ComputationGraph(y)", "Graph of y"),
        ("ComputationGraph(z)", "Graph of z"),
        ("BackwardStepper(z)", "Backward pass of z"),
        ("JacobianExplorer(f, x)", "Jacobian of f at x"),
        ("BackwardStepper(y, v)", "Backward pass of y"),
        ("AccumulationLab()", "Accumulation lab"),
    ]:
        output = lesson.output(index_of(lesson, text))
        expect(output.get_by_role("group", name=re.compile(name, re.IGNORECASE)).first).to_be_visible()


def test_the_backward_pass_is_stepped_with_the_keyboard_and_shows_the_right_numbers(lesson):
    gradient = by_hand()
    cell = index_of(lesson, "BackwardStepper(z)")
    widget = lesson.output(cell).get_by_role("group", name="Backward pass of z")
    count = widget.locator(".mg-count")
    said = widget.get_by_role("status")
    cells_before = len(lesson.cells())

    widget.focus()
    expect(count).to_have_text("frame 1 of 12")
    for key, frame in [("ArrowRight", 2), ("ArrowRight", 3), ("ArrowLeft", 2), ("End", 12), ("Home", 1)]:
        widget.press(key)
        expect(count).to_have_text(f"frame {frame} of 12")

    for _ in range(8):  # to the second contribution of y * y
        widget.press("ArrowRight")
    expect(count).to_have_text("frame 9 of 12")
    expect(said).to_contain_text("This is the last of 2 contributions to y")
    expect(widget.locator(".mg-eq").last).to_contain_text(f"[{shown(gradient)}]")
    expect(widget.locator(".mg-code .mg-now")).to_contain_text("z.backward()")

    widget.press("ArrowRight")
    widget.press("ArrowRight")
    expect(said).to_contain_text("AccumulateGrad")
    expect(widget.locator(".mg-eq").last).to_contain_text(f"[{shown(gradient)}]")

    # Back is exact, and none of these keys reached the notebook.
    for _ in range(3):
        widget.press("ArrowLeft")
    expect(count).to_have_text("frame 8 of 12")
    for key in "abdx":
        widget.press(key)
    assert len(lesson.cells()) == cells_before


def test_the_numbers_stepped_through_are_those_backward_then_prints(lesson):
    printed = lesson.output(index_of(lesson, "z.backward(retain_graph=True)")).inner_text()
    assert printed.strip() == repr(torch.tensor(by_hand()))


def test_dragging_a_cotangent_pulls_the_vector_jacobian_product_back(lesson):
    widget = lesson.output(index_of(lesson, "JacobianExplorer(f, x)")).get_by_role("group").first
    pulled = 0.5 * 3 * by_hand()[0]  # ∂(3·y²)/∂x = 6·y, weighted with a half
    expect(widget).to_contain_text("21.25")
    field = widget.get_by_label(re.compile("exactly")).nth(3)  # x₁, x₂, x₃, v₁
    field.press("ControlOrMeta+a")
    field.press_sequentially("0.5")
    field.press("Enter")
    expect(widget).to_contain_text(shown([pulled]))


def test_switching_zero_on_makes_the_two_runs_one(lesson):
    widget = lesson.output(index_of(lesson, "AccumulationLab()")).get_by_role("group").first
    widget.get_by_role("radio").first.check()
    widget.get_by_role("button", name="Run it").click()
    expect(widget).to_contain_text("first difference: epoch 2")
    widget.get_by_role("checkbox", name="line 7").check()
    expect(widget).not_to_contain_text("first difference")


def test_a_gradient_with_a_nan_and_a_name_with_markup_show_as_they_are(lab):
    name = lab.write(
        "odd.ipynb",
        "import minigrad as torch\nfrom widgets import ComputationGraph, BackwardStepper",
        "x = torch.tensor([0.0, 1.0, -1.0], requires_grad=True)\ny = x.log() * x\nBackwardStepper(y.sum())",
        "globals()['<script>alert(1)</script>'] = torch.ones(2, requires_grad=True)\n"
        "ComputationGraph(globals()['<script>alert(1)</script>'] * 2)",
        "ComputationGraph('no tensor')",
        "1 + 1",
    )
    notebook = lab.open(name)
    for index in range(5):  # an error stops "run all", and what comes after it must still run
        notebook.page.evaluate(
            "async index => { panel.content.activeCellIndex = index;"
            " await jupyterapp.commands.execute('notebook:run-cell'); }",
            index,
        )
    expect(notebook.output(1).get_by_role("group").first).to_contain_text("nan")
    expect(notebook.output(2).get_by_role("group").first).to_contain_text("<script>alert(1)</script>")
    assert notebook.page.locator("script", has_text="alert(1)").count() == 0
    expect(notebook.output(3)).to_contain_text("TypeError: expected a minigrad tensor or one of PyTorch, got str")
    expect(notebook.output(4)).to_contain_text("2")
