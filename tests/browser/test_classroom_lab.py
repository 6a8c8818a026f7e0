"""The classroom in a real JupyterLab: a guess is typed, an option chosen by keys, and the panel follows."""

from playwright.sync_api import expect

# Sheet 99 in the kernel, whatever the sheets of the exercises hold.
SHEET = """import sys
sys.path.insert(0, {root!r})
from tests.widgets.classroom import sheet_99
from widgets.classroom import check, predict, progress, quiz
there = sheet_99.there()
there.__enter__()"""


def test_a_guess_a_choice_and_the_panel(lab, request):
    name = lab.write(
        "classroom.ipynb",
        SHEET.format(root=str(request.config.rootpath)),
        'predict("x = torch.tensor(3., requires_grad=True)\\n(x * x).backward()", "x.grad",\n'
        '        slips={"x.grad / 2": "one of two uses is missing"})',
        'quiz("99.1")',
        'progress("99")',
        'check("99.2", (6, 3))',
    )
    notebook = lab.open(name)
    keyboard = notebook.page.keyboard
    notebook.run_all()
    notebook.expect_all_ran()
    cells = len(notebook.cells())

    guess = notebook.output(1)
    guess.get_by_role("textbox").click()
    # Letters that delete, add and cut cells where they reach the notebook.
    keyboard.type("ddabx")
    keyboard.press("Control+a")
    keyboard.type("3")
    keyboard.press("Enter")
    expect(guess).to_contain_text("✗ not yet: one of two uses is missing")
    expect(guess).not_to_contain_text("tensor(6.)")
    guess.get_by_role("textbox").fill("6")
    keyboard.press("Enter")
    expect(guess).to_contain_text("✓ right It is tensor(6.)")

    panel = notebook.output(3)
    expect(panel.get_by_role("heading")).to_have_text("Sheet 99: 1 of 2 right")
    question = notebook.output(2)
    question.get_by_role("radio").first.focus()
    keyboard.press("c")
    keyboard.press("Enter")
    expect(question).to_contain_text("✗ not yet: you counted one of two uses")
    expect(notebook.output(3)).to_contain_text("met: one of two uses")
    notebook.output(2).get_by_role("radio").nth(2).focus()
    keyboard.press("ArrowUp")
    keyboard.press("Enter")
    expect(question).to_contain_text("✓ right: both uses of x send a gradient.")
    expect(notebook.output(3).get_by_role("heading")).to_have_text("Sheet 99: 2 of 2 right")
    assert len(notebook.cells()) == cells


def test_a_lost_kernel_is_no_endless_wait(lab):
    name = lab.write("lost.ipynb", 'from widgets.classroom import predict\npredict("x = 3", "x")')
    notebook = lab.open(name, "dark")
    notebook.run_all()
    notebook.expect_all_ran()
    notebook.page.evaluate("panel.sessionContext.shutdown()")
    notebook.output(0).get_by_role("textbox").fill("3")
    notebook.page.keyboard.press("Enter")
    expect(notebook.output(0)).to_contain_text("No answer from the kernel yet.", timeout=10_000)
