"""The front end of predict, quiz and progress on a blank page, with the judge of the real widget behind it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.bare import BarePage
from tests.browser.samples import state
from tests.widgets.classroom import sheet_99
from widgets.classroom import outcomes, predict, progress, quiz

SQUARE = "x = torch.tensor(3.0, requires_grad=True)\n(x * x).backward()"
SILENT = "No answer from the kernel yet. Is it running, or busy with another cell?"


@pytest.fixture(autouse=True)
def sheet(monkeypatch):
    monkeypatch.setattr(outcomes, "_latest", {})
    monkeypatch.setattr(outcomes, "_met", {})
    with sheet_99.there():
        yield


def mounted(bare_page: BarePage, asked, theme: str = "light"):
    return bare_page.mount(asked._esm, asked._css, state(asked), theme)


def answer(bare_page: BarePage, asked) -> None:
    """Let the widget judge what the front end sent last, and tell it, as the kernel would."""
    asked.set_state(bare_page.saved[-1])
    bare_page.set(verdicts=asked.verdicts, answered=asked.answered)


def test_a_wrong_guess_is_met_with_words_and_may_be_changed(bare_page):
    asked = predict(SQUARE, "x.grad", slips={"x.grad / 2": "one of `x`'s uses is missing"})
    widget = mounted(bare_page, asked)
    expect(widget.get_by_role("heading")).to_have_text("Predict x.grad after")
    expect(widget.locator(".mg-code > span")).to_have_text(
        ["1x = torch.tensor(3.0, requires_grad=True)", "2(x * x).backward()"]
    )
    show = widget.get_by_role("button", name="show")
    expect(show).to_be_hidden()
    field = widget.get_by_role("textbox", name="Your guess of x.grad")
    field.fill("3")
    field.press("Enter")
    assert bare_page.saved == [{"guesses": {"x.grad": "3"}, "attempts": 1}]
    answer(bare_page, asked)
    expect(widget).to_contain_text("✗ not yet: one of x's uses is missing")
    expect(widget.get_by_role("status")).to_have_text("x.grad not yet: one of `x`'s uses is missing ".strip())
    expect(field).to_have_value("3")
    expect(widget).not_to_contain_text("tensor(6.)")
    expect(show).to_be_visible()
    field.fill("6")
    widget.get_by_role("button", name="check").click()
    answer(bare_page, asked)
    expect(widget).to_contain_text("✓ right It is tensor(6.)")
    expect(show).to_be_hidden()


def test_the_value_shows_on_demand(bare_page):
    asked = predict(SQUARE, "x.grad", guess=3)
    widget = mounted(bare_page, asked)
    widget.get_by_role("button", name="show").click()
    answer(bare_page, asked)
    expect(widget).to_contain_text("It is tensor(6.)")


def test_what_cannot_be_read_stays_in_its_field(bare_page):
    asked = predict(SQUARE, "x.grad", "x.grad_fn")
    widget = mounted(bare_page, asked)
    first, second = widget.get_by_role("textbox").all()
    first.fill("<b>6</b>")
    second.fill("None")
    second.press("Enter")
    answer(bare_page, asked)
    expect(first).to_have_value("<b>6</b>")
    expect(widget).to_contain_text("? cannot be read: <b>6</b> cannot be read.")
    expect(widget).to_contain_text("✓ right It is None")
    expect(widget.get_by_role("button", name="show")).to_be_hidden()


def test_nothing_is_sent_for_empty_fields(bare_page):
    widget = mounted(bare_page, predict(SQUARE, "x.grad"))
    widget.get_by_role("textbox").press("Enter")
    widget.get_by_role("button", name="check").click()
    assert bare_page.saved == []


def test_a_silent_kernel_is_named_and_an_answer_takes_it_back(bare_page):
    asked = predict(SQUARE, "x.grad", guess=5)
    bare_page.page.clock.install()
    widget = mounted(bare_page, asked)
    field = widget.get_by_role("textbox")
    field.press("Enter")
    bare_page.page.clock.run_for(3900)
    expect(widget).not_to_contain_text(SILENT)
    bare_page.page.clock.run_for(200)
    expect(widget.locator(".mg-hint")).to_have_text(SILENT)
    # The verdict is the one it showed before.
    answer(bare_page, asked)
    expect(widget).not_to_contain_text("No answer from the kernel")
    field.press("Enter")
    answer(bare_page, asked)
    bare_page.page.clock.run_for(9000)
    expect(widget).not_to_contain_text("No answer from the kernel")


def test_a_click_checks_an_option(bare_page):
    asked = quiz("99.1")
    widget = mounted(bare_page, asked)
    expect(widget.get_by_role("radio")).to_have_count(3)
    widget.get_by_text("the number 3").click()
    assert bare_page.saved == [{"guesses": {"your choice": "c"}, "attempts": 1}]
    answer(bare_page, asked)
    expect(widget).to_contain_text("✗ not yet: you counted one of two uses")
    expect(widget.locator(".mg-missed")).to_have_count(1)
    widget.get_by_text("the number 6").click()
    answer(bare_page, asked)
    expect(widget).to_contain_text("✓ right: both uses of x send a gradient.")
    expect(widget.locator(".mg-missed")).to_have_count(0)


def test_keys_choose_and_only_enter_checks(bare_page):
    asked = quiz("99.1")
    widget = mounted(bare_page, asked)
    options = widget.get_by_role("radio").all()
    options[0].focus()
    bare_page.page.keyboard.press("ArrowDown")
    expect(options[1]).to_be_checked()
    bare_page.page.keyboard.press("c")
    expect(options[2]).to_be_checked()
    expect(options[2]).to_be_focused()
    expect(widget).to_contain_text("Enter checks the choice.")
    assert bare_page.saved == []
    bare_page.page.keyboard.press("Enter")
    assert bare_page.saved == [{"guesses": {"your choice": "c"}, "attempts": 1}]
    answer(bare_page, asked)
    # After the keys, a click checks again.
    options[1].click()
    assert bare_page.saved[-1]["guesses"] == {"your choice": "b"}


def test_space_checks_the_option_that_has_the_focus(bare_page):
    widget = mounted(bare_page, predict(SQUARE, "x.grad", choices=("None", "6")))
    widget.get_by_role("radio").first.focus()
    bare_page.page.keyboard.press("Space")
    assert bare_page.saved == [{"guesses": {"x.grad": "None"}, "attempts": 1}]


def test_no_key_reaches_the_notebook(bare_page):
    bare_page.page.evaluate(
        "() => { window.heard = []; document.addEventListener('keydown', e => heard.push(e.key)); }"
    )
    for asked, role in ((predict(SQUARE, "x.grad"), "textbox"), (quiz("99.1"), "radio")):
        widget = mounted(bare_page, asked)
        widget.get_by_role(role).first.focus()
        for key in ("d", "d", "b", "x", "Enter", "ArrowDown", "1"):
            bare_page.page.keyboard.press(key)
        for control in widget.locator("input, button, [tabindex]").all():
            expect(control).to_have_attribute("data-lm-suppress-shortcuts", "true")
    assert bare_page.page.evaluate("heard") == []


def test_the_panel_follows(bare_page):
    panel = progress("99")
    widget = mounted(bare_page, panel)
    expect(widget.get_by_role("heading")).to_have_text("Sheet 99: 0 of 2 right")
    quiz("99.1", "c")
    bare_page.set(title=panel.title, rows=panel.rows)
    expect(widget).to_contain_text("met: one of two uses")
    quiz("99.1", "b")
    bare_page.set(title=panel.title, rows=panel.rows)
    expect(widget.get_by_role("heading")).to_have_text("Sheet 99: 1 of 2 right")
    expect(widget.get_by_role("status")).to_have_text("Sheet 99: 1 of 2 right")
    expect(widget.get_by_role("row").first).to_contain_text("✓")
    expect(widget).to_contain_text("Nothing is sent anywhere.")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [900, 600, 400])
def test_nothing_is_clipped(bare_page, width, theme):
    bare_page.page.set_viewport_size({"width": width, "height": 800})
    long = predict("x = torch.ones(3)", "x.sum()", "x.mean()", guess=("9 " * 60, "8"))
    for asked in (long, quiz("99.1", "c"), progress("99")):
        widget = mounted(bare_page, asked, theme)
        for selector in (".mg", ".mg-panel"):
            assert widget.locator(selector).evaluate("e => e.scrollWidth <= e.clientWidth"), (asked, selector)


def test_a_saved_page_says_that_it_cannot_judge(chromium: Browser, tmp_path: Path):
    for asked in (predict(SQUARE, "x.grad", guess=3), quiz("99.1")):
        asked.save(tmp_path / "asked.html")
        context = chromium.new_context(offline=True)
        page = context.new_page()
        page.goto((tmp_path / "asked.html").as_uri())
        for field in page.locator("input, button:visible").all():
            expect(field).to_be_disabled()
        expect(page.get_by_text("An answer is judged by Python: open the notebook to try.")).to_be_visible()
        context.close()


def test_the_front_ends_are_small():
    for widget in (predict(SQUARE, "x.grad"), progress("99")):
        assert len(widget._esm.encode()) + len(widget._css.encode()) <= 40_000
