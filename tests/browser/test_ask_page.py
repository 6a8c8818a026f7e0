"""The front ends of predictions, quizzes and the progress panel, on a blank page."""

import pytest
from playwright.sync_api import expect

from tests.browser.bare import BarePage
from tests.browser.samples import state
from tests.browser.test_accessibility import violations
from tests.widgets.classroom import sheet_99
from widgets.classroom import check, predict, progress, quiz

PROGRAM = "x = torch.tensor(3., requires_grad=True)\n(x * x).backward()"


@pytest.fixture(autouse=True)
def sheet():
    with sheet_99.there():
        yield


def mounted(bare_page: BarePage, widget, theme: str = "light"):
    return bare_page.mount(widget._esm, widget._css, state(widget), theme)


def test_a_typed_guess_is_handed_in_with_enter_and_answered(bare_page):
    widget = mounted(bare_page, predict(PROGRAM, "x.grad"))
    field = widget.get_by_label("Your guess of x.grad")
    field.fill("3")
    field.press("Enter")
    assert bare_page.saved[-1] == {"guesses": {"x.grad": "3"}, "attempts": 1}
    said = {"ask": "x.grad", "mark": "wrong", "words": "one of `two` uses", "truth": ""}
    bare_page.set(verdicts=[said], answered=1)
    expect(widget.locator(".mg-said-wrong")).to_have_text("✗ not yet: one of two uses")
    widget.get_by_role("button", name="show").click()
    assert bare_page.saved[-1] == {"shown": True}
    bare_page.set(verdicts=[said | {"truth": "tensor(6.)"}])
    expect(widget).to_contain_text("It is tensor(6.)")
    expect(widget.get_by_role("button", name="show")).to_be_hidden()


def test_an_option_is_chosen_by_mouse_or_letter(bare_page):
    widget = mounted(bare_page, quiz("99.1"))
    expect(widget.get_by_role("radio")).to_have_count(3)
    widget.get_by_text("the number 3").click()
    assert bare_page.saved[-1]["guesses"] == {"your choice": "c"}
    bare_page.page.keyboard.press("b")
    bare_page.page.keyboard.press("Enter")
    assert bare_page.saved[-1] == {"guesses": {"your choice": "b"}, "attempts": 2}


def test_the_panel_shows_each_verdict(bare_page):
    panel = progress("99")
    widget = mounted(bare_page, panel)
    expect(widget.get_by_role("row")).to_have_count(2)
    check("99.1", "b")
    bare_page.set(rows=panel.rows, title=panel.title)
    expect(widget.get_by_role("heading")).to_have_text("Sheet 99: 1 of 2 right")
    expect(widget.get_by_role("row").first).to_contain_text("✓")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1000, 480])
@pytest.mark.parametrize(
    "make", [lambda: predict(PROGRAM, "x.grad", "x", guess=(3, 3)), lambda: quiz("99.1", "c"), lambda: progress("99")]
)
def test_nothing_is_clipped_and_no_key_is_left_to_the_notebook(bare_page, make, width, theme):
    bare_page.page.set_viewport_size({"width": width, "height": 800})
    widget = mounted(bare_page, make(), theme)
    assert widget.locator(".mg").evaluate("e => e.scrollWidth <= e.clientWidth")
    for control in widget.locator("button, input, [tabindex]").all():
        expect(control).to_have_attribute("data-lm-suppress-shortcuts", "true")
    assert bare_page.problems == []
    # The page's own ground, which JupyterLab paints: axe measures contrast against it.
    bare_page.page.add_style_tag(content="body { background: light-dark(white, #111); color-scheme: light dark }")
    assert violations(bare_page.page) == []
