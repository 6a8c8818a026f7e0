"""The accumulation lab's front end on a blank page: all variants were sent, so no kernel needs to answer."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.bare import BarePage
from widgets.accumulation import AccumulationLab

TRAITS = ("off", "code", "variants")


def mounted(bare_page: BarePage, lab: AccumulationLab, theme: str = "light"):
    return bare_page.mount(lab._esm, lab._css, {name: getattr(lab, name) for name in TRAITS}, theme)


def row(widget, name: str) -> list[str]:
    return widget.get_by_role("row", name=name).get_by_role("cell").all_inner_texts()


def test_the_bug_is_live_and_its_first_number_marked(bare_page):
    widget = mounted(bare_page, AccumulationLab())
    assert row(widget, "weights.grad[0], yours") == ["3", "6", "9", "12", "15"]
    assert row(widget, "weights[0], yours")[-1] == "−3.5"
    assert row(widget, "weights[0], correct")[-1] == "−0.5"
    expect(widget.get_by_title("the first number that differs")).to_have_text("6")
    expect(widget.get_by_role("checkbox")).not_to_be_checked()
    expect(widget).to_contain_text("1 line switched off")
    expect(widget.locator("svg")).to_contain_text("first difference: epoch 2")


def test_the_keyboard_switches_the_line(bare_page):
    widget = mounted(bare_page, AccumulationLab())
    switch = widget.get_by_role("checkbox", name="line 7: weights.grad.zero_()")
    switch.press("Space")
    assert bare_page.saved == [{"off": []}]
    assert row(widget, "weights.grad[0], yours") == ["3"] * 5
    expect(widget.get_by_title("the first number that differs")).to_have_count(0)
    expect(widget).to_contain_text("all lines on")
    expect(widget.get_by_role("status")).to_contain_text("no difference")
    switch.press("Space")
    assert bare_page.saved[-1] == {"off": [7]}
    expect(widget.get_by_role("status")).to_contain_text("first difference: epoch 2")


def test_a_click_on_the_line_switches_it_too(bare_page):
    widget = mounted(bare_page, AccumulationLab())
    widget.get_by_text("weights.grad.zero_()").first.click()
    expect(widget.get_by_role("checkbox")).to_be_checked()


def test_python_switches_the_line(bare_page):
    widget = mounted(bare_page, AccumulationLab())
    bare_page.set(off=[])
    expect(widget.get_by_role("checkbox")).to_be_checked()
    expect(widget).to_contain_text("agree in every number")


def test_no_key_is_left_to_the_notebook(bare_page):
    widget = mounted(bare_page, AccumulationLab())
    for control in [widget.get_by_role("group").first, *widget.locator("input, button, [tabindex]").all()]:
        expect(control).to_have_attribute("data-lm-suppress-shortcuts", "true")


@pytest.mark.parametrize("width", [1000, 850, 700])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_clipped(bare_page, width, theme):
    bare_page.page.set_viewport_size({"width": width, "height": 800})
    widget = mounted(bare_page, AccumulationLab(), theme)
    for selector in (".mg", ".mg-code", ".mg-stage", ".mg-figures"):
        assert widget.locator(selector).evaluate("e => e.scrollWidth <= e.clientWidth"), selector


def test_the_saved_page_switches_without_a_kernel(chromium: Browser, tmp_path: Path):
    AccumulationLab().save(tmp_path / "lab.html")
    context = chromium.new_context(offline=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "lab.html").as_uri())
    expect(page.locator("main")).to_contain_text("Nothing empties weights.grad")
    page.get_by_role("checkbox").check()
    expect(page.locator("main")).to_contain_text("agree in every number")
    assert errors == []
    context.close()
