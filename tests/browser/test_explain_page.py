"""An explanation's front end on a blank page."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

import minigrad as torch
from tests.browser.bare import BarePage
from widgets import explain


def mounted(bare_page: BarePage, explanation, theme: str = "light"):
    state = {"data": explanation.data, "path": explanation.path}
    return bare_page.mount(explanation._esm, explanation._css, state, theme)


@pytest.fixture
def six():
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    y.backward()
    return explain(x)


def lit(widget):
    """The paths that are drawn over the graph now."""
    return widget.locator("[data-path]:not([display])").evaluate_all("paths => paths.map(p => p.dataset.path)")


def test_it_asks_and_answers(bare_page, six):
    widget = mounted(bare_page, six)
    expect(widget.get_by_role("heading")).to_have_text("Why is x.grad 6?")
    expect(widget).to_contain_text("Two paths lead from y back to x.")
    expect(widget.get_by_role("button")).to_have_text(["y ← x (first)1×3=3", "y ← x (second)1×3=3"])
    expect(widget.get_by_title("the paths added up")).to_have_text("sum6")
    assert lit(widget) == []


def test_a_press_lights_a_path_and_another_press_puts_it_out(bare_page, six):
    widget = mounted(bare_page, six)
    second = widget.get_by_role("button", name="second")
    second.click()
    assert bare_page.saved == [{"path": 1}] and lit(widget) == ["1"]
    # From y to the operation that made it, and from there to x: a line and a head each.
    expect(widget.locator('[data-path="1"] path')).to_have_count(4)
    expect(second).to_have_attribute("aria-pressed", "true")
    expect(widget.get_by_role("status")).to_have_text("y ← x (second): 1 times 3 is 3")
    second.press("Enter")
    assert bare_page.saved[-1] == {"path": -1} and lit(widget) == []


def test_the_arrow_keys_go_from_path_to_path(bare_page, six):
    widget = mounted(bare_page, six)
    widget.get_by_role("group").first.focus()
    bare_page.page.keyboard.press("ArrowDown")
    assert lit(widget) == ["0"]
    bare_page.page.keyboard.press("ArrowDown")
    assert lit(widget) == ["1"]
    expect(widget.get_by_role("button", name="second")).to_be_focused()
    bare_page.page.keyboard.press("Escape")
    assert lit(widget) == []


def test_python_lights_a_path(bare_page, six):
    widget = mounted(bare_page, six)
    bare_page.set(path=0)
    assert lit(widget) == ["0"]


def test_a_reason_shows_the_line_to_blame_and_the_line_that_helps(bare_page):
    a = torch.tensor([1.0], requires_grad=True)
    e = a.data
    widget = mounted(bare_page, explain(e))
    expect(widget.get_by_role("heading")).to_have_text("Why does e not require grad?")
    expect(widget.locator(".mg-fix")).to_have_text(["e = a.data", "a.detach()"])
    expect(widget).to_contain_text("requires_gradFalse")
    expect(widget.get_by_role("button")).to_have_count(0)


def test_no_key_is_left_to_the_notebook(bare_page, six):
    widget = mounted(bare_page, six)
    for control in [widget.get_by_role("group").first, *widget.locator("button, [tabindex], .mg-code").all()]:
        expect(control).to_have_attribute("data-lm-suppress-shortcuts", "true")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1000, 600])
def test_nothing_is_clipped(bare_page, six, width, theme):
    bare_page.page.set_viewport_size({"width": width, "height": 800})
    widget = mounted(bare_page, six, theme)
    for selector in (".mg", ".mg-foot"):
        assert widget.locator(selector).evaluate("e => e.scrollWidth <= e.clientWidth"), selector


def test_the_saved_page_lights_paths_without_a_kernel(chromium: Browser, tmp_path: Path, six):
    six.save(tmp_path / "six.html")
    context = chromium.new_context(offline=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "six.html").as_uri())
    page.get_by_role("button", name="first").click()
    assert lit(page.locator("main")) == ["0"] and errors == []
    context.close()


def test_the_front_end_is_small(six):
    assert len(six._esm.encode()) + len(six._css.encode()) <= 40_000
