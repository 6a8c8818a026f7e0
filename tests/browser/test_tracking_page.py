"""The tracking explorer's front end on a blank page: everything was sent, so no kernel needs to answer."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

import minigrad as torch
from tests.browser.bare import BarePage
from widgets.tracking import TrackingExplorer

TRAITS = ("variant", "write", "backward", "predict", "guesses", "data")
WIDTHS = (1040, 1000, 900, 620)


def mounted(bare_page: BarePage, explorer: TrackingExplorer, theme: str = "light"):
    return bare_page.mount(explorer._esm, explorer._css, {name: getattr(explorer, name) for name in TRAITS}, theme)


@pytest.fixture(scope="module")
def explorer() -> TrackingExplorer:
    return TrackingExplorer()


def row(widget, name: str) -> list[str]:
    button = widget.page.get_by_role("button", name=name, exact=True)
    return widget.get_by_role("row").filter(has=button).get_by_role("cell").all_inner_texts()


def test_it_shows_what_is_tracked_and_what_shares_memory(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    assert row(widget, "plain") == ["yes", "yes"]
    assert row(widget, "detach()") == ["no", "yes"]
    assert row(widget, "detach().clone()") == ["no", "no"]
    expect(widget).to_contain_text("b is a new tensor over the same memory, without history.")
    expect(widget.get_by_role("img", name="a and b: one memory")).to_be_visible()
    expect(widget.get_by_role("img", name="computation graph of y")).to_be_visible()


def test_a_write_and_backward_tell_where_the_gradient_is_wrong(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    widget.get_by_role("button", name="Then write in place").click()
    widget.get_by_role("button", name="then backward()").click()
    assert bare_page.saved == [{"write": True}, {"backward": True}]
    assert row(widget, ".data") == ["no", "yes", "not counted", "wrong"]
    assert row(widget, "detach()") == ["no", "yes", "counted", "raises"]
    widget.get_by_role("button", name=".data", exact=True).click()
    assert bare_page.saved[-1] == {"variant": ".data"}
    expect(widget).to_contain_text("a.grad = [20, 40, 60], and should be [2, 4, 6]")
    expect(widget.get_by_role("status")).to_contain_text("the gradient is silently wrong")


def test_the_keyboard_alone_goes_through_the_variants(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    first = widget.get_by_role("button", name="detach()", exact=True)
    first.focus()
    first.press("ArrowDown")
    chosen = widget.get_by_role("button", name="detach().clone()", exact=True)
    expect(chosen).to_be_focused()
    expect(chosen).to_have_attribute("aria-pressed", "true")
    chosen.press("ArrowUp")
    expect(first).to_be_focused()
    expect(widget.get_by_role("status")).to_contain_text("detach(). b is a new tensor over the same memory")


def test_a_guess_comes_before_the_answer(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    widget.get_by_role("button", name="Predict first").press("Enter")
    assert row(widget, "detach()") == ["yesno", "yesno"]
    expect(widget).to_contain_text("Guess first")
    expect(widget.get_by_role("img")).to_have_count(0)
    expect(widget).not_to_contain_text("no grad_fn")
    widget.get_by_role("button", name="detach(), z tracked? yes").press("Enter")
    assert bare_page.saved[-1] == {"variant": "detach()", "guesses": {"detach() tracked": True}}
    expect(widget).to_contain_text("You said tracked. b does not require grad, and neither does")
    expect(widget.get_by_role("status")).to_contain_text("You said tracked.")
    following = widget.get_by_role("button", name="detach(), shares memory with a? yes", exact=True)
    expect(following).to_be_focused()
    following.press("Enter")
    expect(widget).to_contain_text("Right. No number was copied")
    assert row(widget, "detach()") == ["no ✗ you said yes", "yes ✓"]
    expect(widget.get_by_role("img", name="a and b: one memory")).to_be_visible()


def test_nothing_gives_an_answer_away_while_the_others_are_open(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    for name in ("Predict first", "Then write in place", "then backward()"):
        widget.get_by_role("button", name=name).click()
    assert row(widget, ".data")[2:] == ["?", "?"]
    widget.get_by_role("button", name=".data", exact=True).click()
    expect(widget).to_contain_text("b.mul_(10)")
    expect(widget).not_to_contain_text("version")


def test_the_guesses_can_be_forgotten(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    expect(widget.get_by_role("button", name="again: forget the guesses")).to_be_hidden()
    widget.get_by_role("button", name="Predict first").click()
    widget.get_by_role("button", name="plain, z tracked? no").click()
    widget.get_by_role("button", name="again: forget the guesses").click()
    assert bare_page.get("guesses") == {}
    expect(widget.get_by_role("button", name="plain, z tracked? no")).to_be_visible()


def test_python_chooses_too(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    bare_page.set(variant="no_grad()", write=True)
    expect(widget).to_contain_text("inside the block nothing is recorded")
    expect(widget.get_by_role("button", name="Then write")).to_have_attribute("aria-pressed", "true")


def test_what_the_learner_wrote_is_never_markup(bare_page):
    def f(a):
        return a * 2

    f.__name__ = "<img src=x onerror=document.title='hit'>"
    x = torch.tensor([1.0, float("nan")])
    widget = mounted(bare_page, TrackingExplorer(f, x))
    widget.get_by_role("button", name="plain", exact=True).click()
    assert bare_page.page.title() != "hit" and widget.locator("img").count() == 0


def test_no_key_is_left_to_the_notebook(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    widget.get_by_role("button", name="Predict first").click()
    for control in [widget.get_by_role("group").first, *widget.locator("input, button, [tabindex]").all()]:
        expect(control).to_have_attribute("data-lm-suppress-shortcuts", "true")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_clipped_at_any_width(bare_page, explorer, theme):
    widget = mounted(bare_page, explorer, theme)
    for name in ("Then write in place", "then backward()"):
        widget.get_by_role("button", name=name).click()
    for width in WIDTHS:
        bare_page.page.set_viewport_size({"width": width, "height": 800})
        for selector in (".mg", ".mg-choices", ".mg-lines", ".mg-memory", ".mg-words"):
            assert widget.locator(selector).evaluate("e => e.scrollWidth <= e.clientWidth"), (selector, width)


def test_the_saved_page_works_without_a_kernel(chromium: Browser, tmp_path: Path, explorer):
    explorer.save(tmp_path / "tracking.html")
    context = chromium.new_context(offline=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "tracking.html").as_uri())
    page.get_by_role("button", name=".data", exact=True).click()
    page.get_by_role("button", name="Then write").click()
    expect(page.locator("main")).to_contain_text("a still says version 0")
    assert errors == []
    context.close()


def test_the_front_end_is_small(explorer):
    assert len(explorer._esm.encode()) + len(explorer._css.encode()) <= 40_000
