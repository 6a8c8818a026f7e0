"""The stepper in a real JupyterLab: traits reach the kernel, and the walk goes on without one."""

from playwright.sync_api import expect

LESSON = """import minigrad as torch
from widgets import BackwardStepper
torch.manual_seed(0)
x = torch.randn(3, requires_grad=True)
y = x + 2
z = y * y * 3
z = z.mean()
stepper = BackwardStepper(z, passes=2)
stepper"""


def test_it_is_used_with_the_keyboard_alone_and_python_knows(lab):
    notebook = lab.open(lab.write("stepper.ipynb", LESSON, "stepper.frame, stepper.breakpoints, stepper.predictions"))
    notebook.run_all()
    widget = notebook.output(0).get_by_role("group", name="Backward pass of z")
    widget.focus()
    keyboard = notebook.page.keyboard
    keyboard.press("b")
    keyboard.press("c")
    expect(widget).to_contain_text("frame 8 of 15")
    keyboard.press("p")
    keyboard.press("ArrowRight")
    expect(widget.get_by_role("textbox")).to_be_focused()
    keyboard.type("[3.541, 1.707, -0.179]")
    keyboard.press("Enter")
    expect(widget).to_contain_text("You replaced; autograd adds")
    widget.get_by_role("textbox").fill("[7.08, 3.41, -0.358]")
    keyboard.press("Enter")
    expect(widget).to_contain_text("Right.")
    assert len(notebook.cells()) == 2, "no key of these reached the notebook"
    notebook.page.evaluate("() => { panel.content.activeCellIndex = 1; }")
    # Traits travel beside the cells that run, so the kernel may be asked before it has heard.
    for _ in range(20):
        notebook.page.evaluate("jupyterapp.commands.execute('notebook:run-cell')")
        if "(8, ['t1'], {'8': True})" in notebook.output(1).inner_text():
            break
        notebook.page.wait_for_timeout(250)
    expect(notebook.output(1)).to_contain_text("(8, ['t1'], {'8': True})")
    keyboard.press("Escape")
    widget.focus()
    keyboard.press("End")
    expect(widget.locator(".mg-error")).to_contain_text("Trying to backward through the graph a second time")


def test_it_steps_on_when_the_kernel_was_restarted(lab):
    notebook = lab.open(lab.write("restarted.ipynb", LESSON), "dark")
    notebook.run_all()
    widget = notebook.output(0).get_by_role("group", name="Backward pass of z")
    expect(widget).to_contain_text("frame 1 of 15")
    notebook.page.evaluate("panel.sessionContext.restartKernel()")
    notebook.page.wait_for_function("panel.sessionContext.session.kernel.status === 'idle'")
    widget.focus()
    notebook.page.keyboard.press("ArrowRight")
    notebook.page.keyboard.press("ArrowRight")
    expect(widget).to_contain_text("frame 3 of 15")
    notebook.page.keyboard.press("End")
    expect(widget).to_contain_text("frame 15 of 15")
