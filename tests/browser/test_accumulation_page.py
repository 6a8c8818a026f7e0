"""The accumulation lab's front end on a blank page: all variants of a loop were sent, so no kernel needs to answer."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.bare import BarePage
from widgets.accumulation import FIRST, OWN, AccumulationLab

TRAITS = ("bug", "lines", "votes", "revealed", "loops", "runs")
RAISES = "a second backward"


def mounted(bare_page: BarePage, lab: AccumulationLab, theme: str = "light"):
    return bare_page.mount(lab._esm, lab._css, {name: getattr(lab, name) for name in TRAITS}, theme)


def of(bug: str, *, revealed: bool = True) -> AccumulationLab:
    lab = AccumulationLab()
    lab.bug = bug
    lab.revealed = [bug] if revealed else []
    return lab


def row(widget, name: str) -> list[str]:
    return widget.get_by_role("row", name=name, exact=False).get_by_role("cell").all_inner_texts()


def test_nothing_of_the_bug_is_shown_before_it_is_run(bare_page):
    widget = mounted(bare_page, AccumulationLab())
    assert row(widget, "weights.grad[0], correct") == ["3"] * 5
    expect(widget).not_to_contain_text("yours")
    expect(widget).not_to_contain_text("Nothing empties")
    expect(widget.locator("[aria-current]")).to_have_text("vote")


def test_vote_run_mend_explain_by_keyboard_alone(bare_page):
    widget = mounted(bare_page, AccumulationLab())
    stage = widget.locator("[aria-current]")
    widget.get_by_role("radio").first.focus()
    bare_page.page.keyboard.press("Space")
    assert bare_page.get("votes") == {FIRST: 0}
    expect(stage).to_have_text("run")
    bare_page.page.keyboard.press("Tab")
    bare_page.page.keyboard.press("Enter")
    assert bare_page.get("revealed") == [FIRST]
    expect(stage).to_have_text("mend")
    expect(widget.get_by_role("button", name="Start over")).to_be_focused()
    expect(widget.locator(".mg-verdict")).to_have_text("You replaced; autograd adds.")
    expect(widget.locator(".mg-answers label").nth(0)).to_contain_text("✗ your vote")
    expect(widget.locator(".mg-answers label").nth(1)).to_contain_text("✓ what happens")
    assert row(widget, "weights.grad[0], yours") == ["3", "6", "9", "12", "15"]
    expect(widget.get_by_title("the first number that differs")).to_have_text("6")
    expect(widget.get_by_role("status")).to_contain_text("first difference: epoch 2, weights.grad[0] is 6")
    widget.get_by_role("checkbox", name="line 7: weights.grad.zero_()").press("Space")
    expect(stage).to_have_text("explain")
    expect(widget).to_contain_text("adds its 3 to 0")
    expect(widget.get_by_role("status")).to_contain_text("no difference")
    widget.get_by_role("button", name="Start over").press("Enter")
    expect(stage).to_have_text("vote")
    assert bare_page.get("lines")[FIRST] == [0, 1]
    expect(widget.get_by_role("radio", checked=True)).to_have_count(0)
    expect(widget.get_by_role("button", name="Run it")).to_be_focused()


def test_an_error_stands_at_the_line_where_it_strikes(bare_page):
    widget = mounted(bare_page, of(RAISES))
    error = widget.locator(".mg-error")
    expect(error).to_contain_text("RuntimeError: Trying to backward through the graph a second time")
    expect(error).to_contain_text("Hint: backward() already ran through this graph once")
    assert error.evaluate("e => e.previousElementSibling.firstElementChild.textContent") == "8"
    widget.get_by_label("line 8").select_option("loss.backward(retain_graph=True)")
    expect(error).to_have_count(0)
    expect(widget).to_contain_text("keeps the mistake")
    widget.get_by_label("line 6: guess = w * x").check()
    expect(widget.locator("[aria-current]")).to_have_text("explain")


def test_another_loop_is_asked_of_python(bare_page):
    widget = mounted(bare_page, AccumulationLab())
    widget.get_by_label("loop").select_option("micro-batches")
    assert bare_page.saved == [{"bug": "micro-batches"}]
    bare_page.set(runs=of("micro-batches").runs)
    expect(widget.get_by_role("radio")).to_have_count(3)
    widget.get_by_role("button", name="Run it").click()
    expect(widget).to_contain_text("together −102")
    widget.get_by_label("loop").select_option(FIRST)
    expect(widget.get_by_role("radio").first).to_be_enabled()


def test_python_can_do_all_of_it(bare_page):
    widget = mounted(bare_page, AccumulationLab())
    bare_page.set(votes={FIRST: 1}, revealed=[FIRST])
    expect(widget.locator(".mg-verdict")).to_have_text("Yes: autograd adds, always.")
    bare_page.set(lines={FIRST: [0, 0]})
    expect(widget).to_contain_text("agree in every number")


def test_a_loop_of_ones_own_waits_for_the_kernel(bare_page):
    lab = AccumulationLab("w = torch.ones(1, requires_grad=True)\nfor i in range(3):\n    (w * 2).sum().backward()\n")
    widget = mounted(bare_page, lab)
    assert row(widget, "w.grad, changed") == ["2", "4", "6"]
    expect(widget.locator(".mg-stages")).to_have_count(0)
    widget.get_by_label("line 3").uncheck()
    expect(widget).to_contain_text("Running …")
    lab.lines = {OWN: bare_page.get("lines")[OWN]}
    bare_page.set(runs=lab.runs)
    expect(widget).not_to_contain_text("Running …")
    expect(widget).to_contain_text("missing instead of 2")


def test_what_a_loop_prints_and_raises_is_never_markup(bare_page):
    nasty = "<img src=x onerror=document.title='bad'>"
    lab = AccumulationLab(f"a = 1  # {nasty}\nprint({nasty!r})\nraise ValueError({nasty!r})")
    widget = mounted(bare_page, lab)
    expect(widget.locator(".mg-printed")).to_have_text(nasty)
    expect(widget.locator(".mg-error")).to_contain_text(nasty)
    assert widget.locator("img").count() == 0
    assert bare_page.page.title() != "bad"


def test_no_key_is_left_to_the_notebook(bare_page):
    widget = mounted(bare_page, of(RAISES))
    for control in [widget.get_by_role("group").first, *widget.locator("input, button, select, [tabindex]").all()]:
        expect(control).to_have_attribute("data-lm-suppress-shortcuts", "true")


@pytest.mark.parametrize("width", [1080, 850, 600])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("bug", [FIRST, RAISES])
def test_nothing_is_clipped(bare_page, width, theme, bug):
    bare_page.page.set_viewport_size({"width": width, "height": 800})
    widget = mounted(bare_page, of(bug), theme)
    for selector in (".mg", ".mg-code", ".mg-words", ".mg-charts", *([".mg-figures"] if width > 600 else [])):
        assert widget.locator(selector).evaluate("e => e.scrollWidth <= e.clientWidth"), selector
    right_of = "e => e.getBoundingClientRect().right"
    for drawing in widget.locator(".mg-charts svg").all():
        edge = drawing.evaluate(right_of)
        assert all(words.evaluate(right_of) <= edge + 1 for words in drawing.locator("text").all())


def test_the_saved_page_works_without_a_kernel(chromium: Browser, tmp_path: Path):
    AccumulationLab().save(tmp_path / "lab.html")
    context = chromium.new_context(offline=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "lab.html").as_uri())
    page.get_by_label("loop").select_option("(n, 1) against (n,)")
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Run it").click()
    expect(page.locator("main")).to_contain_text("64 differences")
    page.get_by_label("line 6").select_option(index=0)
    expect(page.locator("main")).to_contain_text("each guess with its own y")
    assert errors == []
    context.close()


def test_a_saved_loop_says_what_was_not_run(chromium: Browser, tmp_path: Path):
    loop = "w = torch.ones(1, requires_grad=True)\nfor i in range(2):\n    w.sum().backward()\n    w.grad.zero_()\n"
    AccumulationLab(loop).save(tmp_path / "own.html")
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.goto((tmp_path / "own.html").as_uri())
    page.get_by_label("line 4").uncheck()
    expect(page.locator("main")).to_contain_text("first difference: step 2, w.grad is 2 instead of 1")
    page.get_by_label("line 3").uncheck()
    expect(page.locator(".mg-say")).to_contain_text("not run before the page was saved")
    context.close()
