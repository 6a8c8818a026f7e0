"""The optimizer lab's front end on a blank page; the test itself answers for the kernel."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.bare import BarePage
from widgets.descent import STEPS
from widgets.optimizer import OptimizerLab

SETTINGS = ("compare", "surface", "optimizer", "lr", "momentum", "zero_grad", "start", "step")
TRAITS = (*SETTINGS, "about", "result")


def mounted(bare_page: BarePage, lab: OptimizerLab, theme: str = "light"):
    return bare_page.mount(lab._esm, lab._css, {name: getattr(lab, name) for name in TRAITS}, theme)


def answer(bare_page: BarePage, lab: OptimizerLab) -> None:
    """What the kernel does on a change: take it over, compute, send."""
    for name in SETTINGS:
        if name != "step" and bare_page.get(name) != getattr(lab, name):
            setattr(lab, name, bare_page.get(name))
    bare_page.set(**{name: getattr(lab, name) for name in TRAITS})


def test_it_shows_where_the_walk_ends(bare_page):
    widget = mounted(bare_page, OptimizerLab())
    expect(widget).to_contain_text("the loss falls from 17.28 to 0.00013")
    expect(widget.locator(".mg-map polyline.mg-line-value")).to_have_count(2)
    expect(widget.locator(".mg-map .mg-line-grad")).to_have_count(0)
    expect(widget.get_by_label("momentum", exact=True)).to_be_disabled()


def test_forgetting_zero_grad_shows_the_other_path(bare_page):
    lab = OptimizerLab()
    widget = mounted(bare_page, lab)
    widget.get_by_role("checkbox", name="line 4: optimizer.zero_grad()").press("Space")
    assert bare_page.saved == [{"zero_grad": False}]
    answer(bare_page, lab)
    expect(widget.locator(".mg-map .mg-line-grad")).to_have_count(2)
    expect(widget).to_contain_text("momentum of exactly 1")
    expect(widget.get_by_role("checkbox")).not_to_be_checked()
    expect(widget.get_by_role("checkbox")).to_be_focused()
    expect(widget.get_by_role("status")).to_contain_text("without: still swings")


def test_optimizers_and_sliders_by_keyboard(bare_page):
    lab = OptimizerLab()
    widget = mounted(bare_page, lab)
    widget.get_by_role("button", name="optimizer momentum").press("Enter")
    answer(bare_page, lab)
    expect(widget.get_by_role("button", name="optimizer momentum")).to_have_attribute("aria-pressed", "true")
    expect(widget).to_contain_text("momentum=0.9)")
    widget.get_by_label("momentum", exact=True).press("ArrowLeft")
    assert bare_page.get("momentum") == 0.89
    widget.get_by_label("learning rate").press("ArrowRight")
    assert 0.08 < bare_page.get("lr") < 0.09
    answer(bare_page, lab)
    expect(widget.locator(".mg-set").first).to_have_text(str(bare_page.get("lr")))


def test_the_others_walk_beside_it(bare_page):
    lab = OptimizerLab()
    widget = mounted(bare_page, lab)
    compare = widget.get_by_role("button", name="compare the optimizers")
    compare.press("Enter")
    assert bare_page.saved == [{"compare": True}]
    answer(bare_page, lab)
    expect(compare).to_have_attribute("aria-pressed", "true")
    expect(widget.locator(".mg-map text.mg-caption")).to_have_text(["momentum", "Adam"])
    expect(widget.locator(".mg-map text.mg-caption ~ polyline")).to_have_count(0)  # no path runs through a name
    expect(widget.locator(".mg-chart .mg-line-muted")).to_have_count(2)
    expect(widget.locator(".mg-readout p")).to_have_count(3)


def test_the_start_moves_by_keys_and_by_its_fields(bare_page):
    lab = OptimizerLab()
    widget = mounted(bare_page, lab)
    handle = widget.get_by_role("slider", name="start")
    handle.press("ArrowRight")
    bare_page.page.wait_for_function("window.model.saved.length")
    assert bare_page.get("start") == [-2.26, 1.2]
    expect(widget.get_by_label("start, x")).to_have_value("-2.26")
    expect(handle).to_have_attribute("aria-valuetext", "x -2.26, y 1.2")
    widget.get_by_label("start, y").fill("-0.5")
    bare_page.page.wait_for_function("window.model.get('start')[1] === -0.5")
    answer(bare_page, lab)
    expect(widget).to_contain_text("torch.tensor([-2.26, -0.5]")


def test_the_start_is_dragged(bare_page):
    lab = OptimizerLab()
    widget = mounted(bare_page, lab)
    box = widget.locator(".mg-map svg").bounding_box()
    mouse = bare_page.page.mouse
    at = lambda x, y: (box["x"] + x * box["width"], box["y"] + y * box["height"])  # noqa: E731
    mouse.move(*at(0.5, 0.5))
    mouse.down()
    mouse.move(*at(0.75, 0.25))
    mouse.move(*at(2, 0.25))  # beyond the map: held at its rim
    mouse.up()
    bare_page.page.wait_for_function("window.model.get('start')[0] === 2.8")
    assert bare_page.get("start")[1] == pytest.approx(1.0, abs=0.02)
    mouse.move(*at(0.5, 0.5))
    assert bare_page.get("start")[0] == 2.8
    expect(widget.get_by_role("slider", name="start")).to_be_focused()


def test_the_step_slider_walks_without_the_kernel(bare_page):
    widget = mounted(bare_page, OptimizerLab())
    slider = widget.get_by_label("step", exact=True)
    slider.press("Home")
    expect(widget).to_contain_text("w = [−2.4, 1.2], loss = 17.28, w.grad = [−2.4, 24]")
    slider.press("ArrowRight")
    assert bare_page.get("step") == 1
    expect(widget).to_contain_text("loss = 7.622")
    expect(widget.get_by_role("status")).to_contain_text("loss = 7.622")
    expect(widget.locator(".mg-count")).to_have_text(f"1 of {STEPS}")


def test_a_walk_that_diverges_is_marked(bare_page):
    lab = OptimizerLab()
    lab.lr = 0.3
    widget = mounted(bare_page, lab)
    expect(widget.locator(".mg-diverges")).to_have_text(f"diverges at step {lab._walks[0].ended}: loss is inf")
    expect(widget.locator(".mg-chart")).to_contain_text("!")
    expect(widget.locator(".mg-readout")).to_contain_text(f"ended at step {lab._walks[0].ended}")


def test_another_surface_is_drawn_when_it_comes(bare_page):
    lab = OptimizerLab()
    widget = mounted(bare_page, lab)
    widget.get_by_label("surface").select_option("saddle")
    assert bare_page.saved == [{"surface": "saddle"}]
    lab.surface = "saddle"
    bare_page.set(**{name: getattr(lab, name) for name in TRAITS})
    expect(widget).to_contain_text("x² − y² + y⁴ / 8")
    expect(widget.get_by_label("start, x")).to_have_value("-2.8")


def test_a_late_answer_does_not_undo_a_newer_one(bare_page):
    lab = OptimizerLab()
    widget = mounted(bare_page, lab)
    late = lab.result
    lab.lr = 0.3
    bare_page.set(result=lab.result)
    bare_page.set(result=dict(late))
    expect(widget.locator(".mg-diverges")).to_have_count(1)


def test_an_error_of_the_function_is_words(bare_page):
    def f(x, y):
        if x > 2:
            raise ValueError("<img src=x onerror=alert(1)>")
        return x * x + y * y

    lab = OptimizerLab(f)
    lab.start = [2.5, 0.0]
    widget = mounted(bare_page, lab)
    expect(widget.get_by_role("alert")).to_contain_text("ValueError: <img src=x onerror=alert(1)>")
    assert widget.locator("img").count() == 0


def test_no_key_is_left_to_the_notebook(bare_page):
    widget = mounted(bare_page, OptimizerLab())
    for control in [widget.get_by_role("group").first, *widget.locator("input, button, select, [tabindex]").all()]:
        expect(control).to_have_attribute("data-lm-suppress-shortcuts", "true")


@pytest.mark.parametrize("width", [1080, 900, 600])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_clipped(bare_page, width, theme):
    bare_page.page.set_viewport_size({"width": width, "height": 800})
    lab = OptimizerLab()
    lab.zero_grad = False
    widget = mounted(bare_page, lab, theme)
    for selector in (".mg", ".mg-code", ".mg-left", ".mg-controls", ".mg-readout"):
        assert widget.locator(selector).evaluate("e => e.scrollWidth <= e.clientWidth"), selector


def test_the_saved_page_steps_without_a_kernel(chromium: Browser, tmp_path: Path):
    OptimizerLab().save(tmp_path / "lab.html")
    context = chromium.new_context(offline=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "lab.html").as_uri())
    page.get_by_label("step", exact=True).press("Home")
    expect(page.locator("main")).to_contain_text("loss = 17.28")
    expect(page.get_by_label("learning rate")).to_be_disabled()
    expect(page.get_by_role("checkbox")).to_be_disabled()
    assert errors == []
    context.close()
