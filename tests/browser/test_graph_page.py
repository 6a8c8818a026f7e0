"""The computation graph's front end on a blank page."""

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

import minigrad as torch
from tests.browser.bare import BarePage
from widgets.graph import ComputationGraph


def graph_of_the_lesson() -> ComputationGraph:
    torch.manual_seed(0)
    x = torch.randn(3, requires_grad=True)
    y = x + 2
    z = y * y * 3
    z = z.mean()
    return ComputationGraph(z)


@pytest.fixture
def graph() -> ComputationGraph:
    return graph_of_the_lesson()


def mounted(bare_page: BarePage, graph: ComputationGraph, theme: str = "light"):
    state = {"data": graph.data, "selected": graph.selected, "shown": graph.shown}
    bare_page.mount(graph._esm, graph._css, state, theme)
    return bare_page.page.get_by_role("group", name="Graph of").first


def panel(widget):
    return widget.get_by_role("status")


def test_it_says_what_it_shows_before_any_click(bare_page, graph):
    widget = mounted(bare_page, graph)
    expect(widget).to_contain_text("5 tensors · 4 operations · 1 leaf")
    expect(panel(widget)).to_contain_text("MulBackward0")
    expect(panel(widget)).to_contain_text("line 3")
    expect(widget.get_by_role("button", name="MulBackward0, line 3").first).to_have_attribute("aria-pressed", "true")


def test_a_click_on_an_operation_explains_it(bare_page, graph):
    widget = mounted(bare_page, graph)
    widget.get_by_role("button", name="MulBackward0").first.click()
    expect(panel(widget)).to_contain_text("∂out/∂first = second")
    expect(panel(widget)).to_contain_text("diag [3.541, 1.707, −0.1788]")
    expect(panel(widget)).to_contain_text("self (y, version 0)")
    expect(panel(widget)).to_contain_text("Both inputs are y: two edges, two contributions.")
    assert bare_page.saved == [{"selected": "op1"}]


def test_a_click_on_a_tensor_shows_its_numbers(bare_page, graph):
    widget = mounted(bare_page, graph)
    widget.get_by_role("button", name="x, leaf tensor").click()
    expect(panel(widget)).to_contain_text("[1.541, −0.2934, −2.179]")
    expect(panel(widget)).to_contain_text("float32")
    assert bare_page.saved == [{"selected": "t0"}]


def test_the_arrow_keys_walk_along_the_graph(bare_page, graph):
    widget = mounted(bare_page, graph)
    widget.get_by_role("button", name="MeanBackward0, line").focus()
    bare_page.page.keyboard.press("ArrowLeft")
    expect(widget.get_by_role("button", name="y*y*3, intermediate")).to_be_focused()
    expect(panel(widget)).to_contain_text("[37.62, 8.737, 0.0959]")
    bare_page.page.keyboard.press("ArrowRight")
    bare_page.page.keyboard.press("ArrowRight")
    expect(widget.get_by_role("button", name="z, output")).to_be_focused()
    bare_page.page.keyboard.press("ArrowRight")
    expect(widget.get_by_role("button", name="z, output")).to_be_focused()
    assert [change["selected"] for change in bare_page.saved] == ["t3", "op3", "t4", "t4"]


def test_the_graph_is_one_stop_of_the_tab_key(bare_page, graph):
    widget = mounted(bare_page, graph)
    widget.get_by_role("button", name="Download").focus()
    bare_page.page.keyboard.press("Tab")
    stop = bare_page.page.evaluate("document.activeElement.getAttribute('class')")
    if stop == "mg-stage":  # a stage that scrolls is a stop of its own
        bare_page.page.keyboard.press("Tab")
    expect(widget.get_by_role("button", name="MulBackward0, line 3").first).to_be_focused()
    assert widget.locator("[data-node][tabindex='0']").count() == 1


def test_no_key_on_a_node_is_a_shortcut_of_the_notebook(bare_page, graph):
    widget = mounted(bare_page, graph)
    for node in widget.locator("[data-node]").all():
        expect(node).to_have_attribute("data-lm-suppress-shortcuts", "true")


def test_the_panel_grows_and_never_shrinks(bare_page, graph):
    widget = mounted(bare_page, graph)
    bare_page.set(selected="op0")
    before = widget.bounding_box()["height"]
    for node in ("op1", "t0", "op0", "t1"):
        bare_page.set(selected=node)
        assert widget.bounding_box()["height"] >= before
        before = widget.bounding_box()["height"]


def test_layers_switch(bare_page, graph):
    widget = mounted(bare_page, graph)
    value = widget.get_by_text("12.5", exact=True)
    expect(value).to_be_visible()
    values = widget.get_by_role("button", name="Show values")
    values.click()
    expect(value).to_be_hidden()
    expect(values).to_have_attribute("aria-pressed", "false")
    values.press("Enter")
    expect(value).to_be_visible()
    pins = widget.locator(".mg-stage .mg-pin")
    expect(pins.first).to_be_hidden()
    widget.get_by_role("button", name="Show saved").click()
    expect(pins.first).to_be_visible()
    widget.get_by_role("button", name="Show gradients").click()
    expect(widget.get_by_text("grad is None")).to_be_hidden()
    widget.get_by_role("button", name="Show grad_fn names").click()
    expect(widget.locator(".mg-stage").get_by_text("MeanBackward0").last).to_be_hidden()
    assert bare_page.get("shown") == ["values", "saved"]


def test_python_can_drive_it(bare_page, graph):
    widget = mounted(bare_page, graph)
    bare_page.set(selected="t0", shown=["names"])
    expect(panel(widget)).to_contain_text("A leaf: no operation made it.")
    expect(widget.get_by_text("12.5", exact=True)).to_be_hidden()


def test_the_picture_can_be_downloaded_and_stands_alone(bare_page, graph, tmp_path):
    widget = mounted(bare_page, graph, "dark")
    widget.get_by_role("button", name="Show gradients").click()
    with bare_page.page.expect_download() as started:
        widget.get_by_role("button", name="Download").click()
    assert started.value.suggested_filename == "graph of z.svg"
    target = tmp_path / "picture.svg"
    started.value.save_as(target)
    picture = Path(target).read_text(encoding="utf-8")
    assert ET.fromstring(picture).get("viewBox")
    assert "var(--" not in picture and "light-dark" not in picture
    assert "rgb(108, 184, 240)" in picture and "15.5" in picture


@pytest.mark.parametrize("width", [1000, 700, 420])
def test_nothing_is_wider_than_the_page(bare_page, graph, width):
    bare_page.page.set_viewport_size({"width": width, "height": 700})
    mounted(bare_page, graph)
    assert bare_page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_wide_graph_scrolls_and_fits(bare_page):
    x = torch.tensor(0.5, requires_grad=True)
    y = x
    for _ in range(60):
        y = y.tanh()
    widget = mounted(bare_page, ComputationGraph(y))
    stage = widget.locator(".mg-stage")
    scrolls = "stage => stage.scrollWidth > stage.clientWidth + 1"
    assert stage.evaluate(scrolls)
    last = widget.locator("[data-node=op59] .mg-body")
    assert last.evaluate("box => box.getBoundingClientRect().right <= innerWidth")
    widget.locator("[data-node=op59]").press("ArrowLeft")
    for _ in range(59):
        bare_page.page.keyboard.press("ArrowLeft")
    assert bare_page.page.evaluate("document.activeElement.dataset.node") == "op29"
    assert bare_page.page.evaluate("document.activeElement.getBoundingClientRect().width > 0")
    widget.get_by_role("button", name="Fit").click()
    assert not stage.evaluate(scrolls)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_names_are_text_live_and_saved(bare_page, chromium: Browser, tmp_path, name):
    scope: dict[str, Any] = {name: torch.tensor(2.0, requires_grad=True), "ComputationGraph": ComputationGraph}
    exec(f"y = globals()[{name!r}] * 3\ngraph = ComputationGraph(y)", scope)
    graph = scope["graph"]
    graph.selected = "t0"
    widget = mounted(bare_page, graph)
    expect(panel(widget).get_by_role("heading").first).to_have_text(name)
    assert bare_page.page.evaluate("document.querySelectorAll('script, img').length") == 0

    graph.save(tmp_path / "page.html")
    context = chromium.new_context(offline=True)
    page = context.new_page()
    problems: list[str] = []
    page.on("dialog", lambda dialog: problems.append(dialog.message))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto((tmp_path / "page.html").as_uri())
    expect(page.get_by_role("heading", name=name).first).to_be_visible()
    page.get_by_role("button", name="y, output").click()
    expect(page.get_by_role("status")).to_contain_text("backward() starts here.")
    context.close()
    assert problems == []
