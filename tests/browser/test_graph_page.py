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


def graph_of_a_loop() -> ComputationGraph:
    a = torch.tensor(1.0, requires_grad=True)
    y = a
    for _ in range(10):
        y = y * 2
    return ComputationGraph(y)


def graph_of_loops_in_loops() -> ComputationGraph:
    w = torch.tensor(0.5, requires_grad=True)
    h = w
    for _ in range(6):
        h = h + 1
        for _ in range(5):
            h = h.tanh() * w
    return ComputationGraph(h)


def graph_of_a_long_chain() -> ComputationGraph:
    scope: dict[str, Any] = {"y": torch.tensor(0.5, requires_grad=True)}
    exec("y = y.tanh(); " * 60, scope)  # each in a place of its own: no loop
    return ComputationGraph(scope["y"])


def mounted(bare_page: BarePage, graph: ComputationGraph, theme: str = "light"):
    state = {"data": graph.data, "selected": graph.selected, "shown": graph.shown, "opened": graph.opened}
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
    widget.get_by_role("button", name="Show maths").focus()
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


def test_operations_bear_pytorchs_names_or_local_derivatives(bare_page, graph):
    widget = mounted(bare_page, graph)
    expect(widget.get_by_text("∂ = y, y")).to_be_hidden()
    widget.get_by_role("button", name="Show maths").click()
    expect(widget.get_by_text("∂ = y, y")).to_be_visible()
    expect(widget.locator(".mg-stage").get_by_text("MeanBackward0").last).to_be_hidden()
    widget.get_by_role("button", name="Show grad_fn names").click()
    expect(widget.get_by_text("∂ = y, y")).to_be_hidden()
    assert bare_page.get("shown") == ["values", "gradients", "names"]


def test_python_can_drive_it(bare_page, graph):
    widget = mounted(bare_page, graph)
    bare_page.set(selected="t0", shown=["names"])
    expect(panel(widget)).to_contain_text("A leaf: no operation made it.")
    expect(widget.get_by_text("12.5", exact=True)).to_be_hidden()


# Where a value comes from, and through what its gradient comes back


def lit(widget, kind):
    """Between which nodes the lines of one kind run."""
    return widget.locator(f".mg-lit .mg-edge.{kind}").evaluate_all(
        "lines => lines.map(line => [line.dataset.tail, line.dataset.head].join())"
    )


def test_pointing_at_a_node_lights_its_ancestors_and_descendants(bare_page):
    x, w, data = (torch.tensor(n, requires_grad=n < 3.0) for n in (1.0, 2.0, 3.0))
    left = x * w
    right = w * data
    out = left + right
    graph = ComputationGraph(out)
    key = {words.split()[0]: node for node, words in graph.data["search"]}
    widget = mounted(bare_page, graph)
    node = widget.locator(f"[data-node={key['left']}]")
    node.hover()
    assert sorted(lit(widget, "mg-up")) == sorted([f"{key['x']},op0", f"{key['w']},op0", f"op0,{key['left']}"])
    assert sorted(lit(widget, "mg-down")) == sorted([f"{key['left']},op2", f"op2,{key['out']}"])
    expect(widget.locator(f"[data-node={key['data']}]")).to_have_css("opacity", "0.22")
    expect(widget.locator(f"[data-node={key['x']}]")).to_have_css("opacity", "1")
    expect(widget.get_by_text("its gradient comes back")).to_be_visible()
    # Nothing flows back to what does not require grad.
    widget.locator(f"[data-node={key['data']}]").hover()
    expect(widget.get_by_text("its gradient comes back")).to_be_hidden()
    widget.get_by_role("searchbox").hover()
    expect(widget.locator(f"[data-node={key['left']}]")).to_have_css("opacity", "1")
    assert lit(widget, "mg-up") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lines_of_value_and_of_gradient_differ_by_more_than_colour(bare_page, graph, theme):
    widget = mounted(bare_page, graph, theme)
    widget.get_by_role("button", name="y*y, inter").hover()
    value, grad = (widget.locator(f".mg-lit .mg-edge.{kind}").first for kind in ("mg-up", "mg-down"))
    expect(value).to_have_css("stroke", "rgb(0, 105, 166)" if theme == "light" else "rgb(108, 184, 240)")
    expect(value).to_have_css("stroke-dasharray", "none")
    expect(grad).to_have_css("stroke", "rgb(184, 69, 11)" if theme == "light" else "rgb(255, 154, 92)")
    expect(grad).not_to_have_css("stroke-dasharray", "none")


def test_the_focus_of_the_keyboard_lights_as_the_pointer_does(bare_page, graph):
    widget = mounted(bare_page, graph)
    widget.focus()
    bare_page.page.keyboard.press("ArrowLeft")
    assert len(lit(widget, "mg-up")) > 0 and len(lit(widget, "mg-down")) > 0
    widget.get_by_role("searchbox").focus()
    assert lit(widget, "mg-up") == []


@pytest.mark.parametrize(("motion", "duration"), [("reduce", "0s"), ("no-preference", "0.12s")])
def test_reduced_motion_is_respected(bare_page, graph, motion, duration):
    bare_page.page.emulate_media(reduced_motion=motion)
    widget = mounted(bare_page, graph)
    expect(widget.locator("[data-node]").first).to_have_css("transition-duration", duration)


def test_the_arrow_keys_walk_edges_and_not_merely_to_what_is_near(bare_page):
    x, w = (torch.tensor(n, requires_grad=True) for n in (1.0, 2.0))
    near = x.exp()
    far = w.tanh().sin().cos() * near
    widget = mounted(bare_page, ComputationGraph(far))
    widget.get_by_role("button", name="x, leaf").focus()
    names = []
    for _ in range(3):
        bare_page.page.keyboard.press("ArrowRight")
        names.append(bare_page.page.evaluate("document.activeElement.getAttribute('aria-label').split(',')[0]"))
    assert names == ["ExpBackward0", "near", "MulBackward0"]
    bare_page.page.keyboard.press("ArrowLeft")
    bare_page.page.keyboard.press("ArrowUp")
    bare_page.page.keyboard.press("ArrowDown")
    expect(widget.locator("[data-node]:focus")).to_have_count(1)


# Zoom and move


def scale(widget):
    return widget.locator(".mg-stage > svg").first.evaluate("svg => svg.clientWidth / svg.getAttribute('width')")


def test_buttons_and_keys_zoom(bare_page, graph):
    widget = mounted(bare_page, graph)
    before = scale(widget)
    widget.get_by_role("button", name="Zoom in").click()
    assert scale(widget) == pytest.approx(1.25 * before, rel=0.01)
    expect(widget.get_by_text(f"{round(125 * before)}%")).to_be_visible()
    widget.focus()
    for key in ("+", "-", "-"):
        bare_page.page.keyboard.press(key)
    assert scale(widget) == pytest.approx(before * 1.25**2 * 0.8**2, rel=0.01)
    bare_page.page.keyboard.press("+")
    bare_page.page.keyboard.press("0")
    assert scale(widget) <= 1
    assert widget.locator(".mg-stage").evaluate("stage => stage.scrollWidth <= stage.clientWidth + 1")
    for _ in range(30):
        bare_page.page.keyboard.press("+")
    assert scale(widget) == pytest.approx(4, rel=0.01)


def test_the_wheel_zooms_around_the_pointer_only_with_ctrl(bare_page):
    widget = mounted(bare_page, graph_of_a_long_chain())
    node = widget.locator("[data-node=op57] .mg-body")
    node.scroll_into_view_if_needed()
    box, before = node.bounding_box(), scale(widget)
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    bare_page.page.mouse.move(*middle)
    bare_page.page.mouse.wheel(0, -100)
    assert scale(widget) == before
    bare_page.page.keyboard.down("Control")
    bare_page.page.mouse.wheel(0, -200)
    bare_page.page.keyboard.up("Control")
    bare_page.page.wait_for_function(
        "was => document.querySelector('.mg-stage > svg').clientWidth > was",
        arg=before * widget.locator(".mg-stage > svg").evaluate("svg => +svg.getAttribute('width')") + 1,
    )
    after = node.bounding_box()
    assert after["width"] > 1.5 * box["width"]
    assert after["x"] + after["width"] / 2 == pytest.approx(middle[0], abs=3)


def test_dragging_moves_the_picture_and_chooses_nothing(bare_page):
    widget = mounted(bare_page, graph_of_a_long_chain())
    stage = widget.locator(".mg-stage")
    before = stage.evaluate("stage => stage.scrollLeft")
    selected = bare_page.get("selected")
    box = widget.locator("[data-node=op55] .mg-body").bounding_box()
    start = (box["x"] + 5, box["y"] + 5)
    bare_page.page.mouse.move(*start)
    bare_page.page.mouse.down()
    bare_page.page.mouse.move(start[0] + 60, start[1], steps=4)
    bare_page.page.mouse.move(start[0] + 150, start[1], steps=4)
    bare_page.page.mouse.up()
    assert stage.evaluate("stage => stage.scrollLeft") == pytest.approx(before - 150, abs=2)
    assert bare_page.get("selected") == selected
    widget.locator("[data-node=op55]").click()
    assert bare_page.get("selected") == "op55"


# Search


def test_search_goes_from_hit_to_hit(bare_page, graph):
    widget = mounted(bare_page, graph)
    widget.focus()
    bare_page.page.keyboard.press("/")
    expect(widget.get_by_role("searchbox")).to_be_focused()
    bare_page.page.keyboard.type("mul")
    expect(widget.get_by_text("2 found")).to_be_visible()
    assert widget.locator(".mg-hit").count() == 2
    for expected in ("op1", "op2", "op1"):
        bare_page.page.keyboard.press("Enter")
        assert bare_page.get("selected") == expected
    bare_page.page.keyboard.press("Shift+Enter")
    assert bare_page.get("selected") == "op2"
    expect(widget.get_by_text("2 of 2")).to_be_visible()
    bare_page.page.keyboard.type("-0/+")  # no shortcut while one writes
    expect(widget.get_by_role("searchbox")).to_have_value("mul-0/+")
    expect(widget.get_by_text("not found")).to_be_visible()
    bare_page.page.keyboard.press("Escape")
    expect(widget).to_be_focused()
    assert widget.locator(".mg-hit").count() == 0


def test_search_finds_what_is_in_a_box_and_opens_it(bare_page):
    widget = mounted(bare_page, graph_of_a_loop())
    widget.get_by_role("searchbox").fill("a*2*2*2")
    bare_page.page.keyboard.press("Enter")
    expect(widget.get_by_role("group", name="Inside ×10 y = y * 2, round 3 of 10")).to_be_visible()
    expect(panel(widget)).to_contain_text("8")
    assert bare_page.get("opened") == [["g0", 3]]


# Boxes


def test_a_loop_is_a_box_that_opens_and_closes(bare_page):
    widget = mounted(bare_page, graph_of_a_loop())
    box = widget.get_by_role("button", name="×10 y = y * 2, loop of 1 operation a round, 10 rounds")
    assert widget.locator("[data-node]").count() == 3
    expect(panel(widget)).to_contain_text("A loop: the same operation, 10 times.")
    height = widget.locator(".mg-stage").first.bounding_box()
    box.click()
    lens = widget.get_by_role("group", name="Inside ×10 y = y * 2, round 1 of 10")
    expect(lens).to_contain_text("MulBackward0")
    expect(box).to_have_attribute("aria-expanded", "true")
    assert widget.locator(".mg-stage").first.bounding_box() == height  # what was there has not moved
    box.click()
    expect(lens).to_have_count(0)
    expect(box).to_have_attribute("aria-expanded", "false")
    assert [change["opened"] for change in bare_page.saved if "opened" in change] == [[["g0", 1]], []]


def test_rounds_follow_each_other_and_the_choice_stays(bare_page):
    graph = graph_of_a_loop()
    widget = mounted(bare_page, graph)
    widget.get_by_role("button", name="×10").click()
    lens = widget.get_by_role("group", name="Inside")
    lens.get_by_role("button", name="a*2, intermediate").click()
    expect(panel(widget)).to_contain_text("2")
    before = lens.locator("[data-node] .mg-body").last.bounding_box()
    lens.get_by_role("button", name="Next round").click()
    expect(lens.get_by_text("round 2 of 10")).to_be_visible()
    expect(panel(widget).get_by_role("heading").first).to_have_text("a*2*2")
    expect(panel(widget)).to_contain_text("4")
    assert lens.locator("[data-node] .mg-body").last.bounding_box() == before
    expect(lens.get_by_text("round 1 · scalar")).to_be_visible()
    lens.get_by_role("button", name="a*2*2, intermediate").focus()
    bare_page.page.keyboard.press("PageDown")
    expect(lens.get_by_role("button", name="a*2*2*2, intermediate")).to_be_focused()
    lens.get_by_role("slider", name="Round").press("End")
    expect(lens.get_by_text("round 10 of 10")).to_be_visible()
    expect(lens.get_by_role("button", name="Next round")).to_be_disabled()
    expect(lens.get_by_role("button", name="y, output")).to_be_visible()


def test_boxes_open_within_boxes_by_the_keyboard_alone(bare_page):
    widget = mounted(bare_page, graph_of_loops_in_loops())
    widget.get_by_role("button", name="×6").focus()
    bare_page.page.keyboard.press("Enter")
    outer = widget.get_by_role("group", name="Inside ×6")
    outer.get_by_role("button", name="×5").focus()
    bare_page.page.keyboard.press("Enter")
    inner = widget.get_by_role("group", name="Inside ×5")
    expect(inner).to_contain_text("TanhBackward0")
    # The outer loop goes on, and the inner box stays open in the other round.
    outer.get_by_role("button", name="Next round").click()
    expect(inner).to_be_visible()
    assert [number for _, number in bare_page.get("opened")] == [2, 1]
    inner.locator("[data-node]").first.focus()
    bare_page.page.keyboard.press("Escape")
    expect(inner).to_have_count(0)
    expect(outer.get_by_role("button", name="×5")).to_be_focused()


def test_python_can_open_a_box(bare_page):
    widget = mounted(bare_page, graph_of_a_loop())
    bare_page.set(opened=[["g0", 4]])
    lens = widget.get_by_role("group", name="round 4 of 10")
    expect(lens).to_be_visible()
    expect(lens.locator('[data-node="t4"]')).to_contain_text("16")
    bare_page.set(selected="t4")
    expect(panel(widget)).to_contain_text("16")
    bare_page.set(opened=[])
    expect(widget.get_by_role("group", name="Inside")).to_have_count(0)


def test_modules_have_outlines(bare_page):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU())
    widget = mounted(bare_page, ComputationGraph(model(torch.ones(1, 3)).sum()))
    expect(widget.get_by_text("0 · Linear")).to_be_visible()
    frame = widget.locator(".mg-module").nth(1).bounding_box()
    inside, outside = (widget.get_by_role("button", name=name).locator(".mg-body").bounding_box()
                       for name in ("0.weight, leaf", "SumBackward0"))  # fmt: skip
    assert frame["x"] < inside["x"] and inside["x"] + inside["width"] < frame["x"] + frame["width"]
    assert outside["x"] > frame["x"] + frame["width"]


def test_what_is_too_big_is_counted(bare_page):
    y = torch.tensor(1.0, requires_grad=True)
    for _ in range(12_000):
        y = y * 1.0001
    graph = ComputationGraph(y)
    assert len(str(graph.data)) < 10_000
    widget = mounted(bare_page, graph)
    expect(widget).to_contain_text("12,000 operations · 1 leaf · depth 12,000")
    expect(panel(widget)).to_contain_text("Too big to draw")
    expect(widget.get_by_role("searchbox")).to_have_count(0)
    widget.focus()
    for key in ("ArrowRight", "Enter", "+", "0"):
        bare_page.page.keyboard.press(key)


# Files


def test_the_picture_can_be_downloaded_and_stands_alone(bare_page, graph, tmp_path):
    widget = mounted(bare_page, graph, "dark")
    widget.get_by_role("button", name="Show gradients").click()
    with bare_page.page.expect_download() as started:
        widget.get_by_role("button", name="as SVG").click()
    assert started.value.suggested_filename == "graph of z.svg"
    target = tmp_path / "picture.svg"
    started.value.save_as(target)
    picture = Path(target).read_text(encoding="utf-8")
    assert ET.fromstring(picture).get("viewBox")
    assert "var(--" not in picture and "light-dark" not in picture
    assert "rgb(108, 184, 240)" in picture and "15.5" in picture


@pytest.mark.parametrize(("theme", "paper"), [("light", (255, 255, 255)), ("dark", (17, 17, 17))])
def test_the_picture_can_be_downloaded_as_pixels(bare_page, graph, theme, paper):
    widget = mounted(bare_page, graph, theme)
    with bare_page.page.expect_download() as started:
        widget.get_by_role("button", name="as PNG").click()
    assert started.value.suggested_filename == "graph of z.png"
    content = Path(started.value.path()).read_bytes()
    width, corner, inks = bare_page.page.evaluate(
        """async (bytes) => {
            const image = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: "image/png" }));
            const paper = new OffscreenCanvas(image.width, image.height).getContext("2d");
            paper.drawImage(image, 0, 0);
            const { data } = paper.getImageData(0, 0, image.width, image.height);
            const inks = new Set();
            for (let at = 0; at < data.length; at += 4) inks.add(data.slice(at, at + 3).join());
            return [image.width, [...data.slice(0, 3)], [...inks]];
        }""",
        list(content),
    )
    assert width == 2 * float(ET.fromstring(graph._picture()).get("width", "nan"))
    assert tuple(corner) == paper
    assert ("0,105,166" if theme == "light" else "108,184,240") in inks


def test_a_saved_page_opens_its_boxes_with_no_kernel(chromium: Browser, tmp_path):
    graph_of_a_loop().save(tmp_path / "page.html")
    context = chromium.new_context(offline=True)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto((tmp_path / "page.html").as_uri())
    page.get_by_role("button", name="×10").click()
    page.get_by_role("slider", name="Round").press("End")
    expect(page.get_by_role("group", name="round 10 of 10")).to_contain_text("1024")
    context.close()
    assert problems == []


def test_the_same_widget_shown_twice_and_two_widgets_on_one_tensor(bare_page):
    graph = graph_of_a_loop()
    mounted(bare_page, graph)
    state = {"data": graph.data, "selected": graph.selected, "shown": graph.shown, "opened": []}
    bare_page.page.evaluate(
        """async ([esm, state]) => {
            const module = (await import(URL.createObjectURL(new Blob([esm], { type: "text/javascript" })))).default;
            const el = document.body.appendChild(document.createElement("section"));
            await module.render({ model: window.model, el });
        }""",
        [graph._esm, state],
    )
    first, second = (bare_page.page.locator(where) for where in ("main", "section"))
    first.get_by_role("button", name="×10").click()
    for view in (first, second):
        expect(view.get_by_role("group", name="round 1 of 10")).to_be_visible()
    second.get_by_role("button", name="Next round").click()
    for view in (first, second):
        expect(view.get_by_role("group", name="round 2 of 10")).to_be_visible()
    second.get_by_role("button", name="Show values").click()
    expect(first.get_by_role("button", name="Show values")).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize("width", [1000, 700, 420])
def test_nothing_is_wider_than_the_page(bare_page, graph, width):
    bare_page.page.set_viewport_size({"width": width, "height": 700})
    mounted(bare_page, graph)
    assert bare_page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_wide_graph_scrolls_and_fits(bare_page):
    widget = mounted(bare_page, graph_of_a_long_chain())
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
    stage.evaluate("stage => (stage.scrollLeft = 0)")
    expect(widget.locator("[data-node=op59]")).to_be_hidden()  # out of sight, it need not be painted
    widget.get_by_role("button", name="Fit").click()
    assert not stage.evaluate(scrolls)
    expect(widget.locator("[data-node=op59]")).to_be_visible()
    # What is looked for in a picture that is too small to read is enlarged.
    widget.get_by_role("searchbox").fill("tanh")
    bare_page.page.keyboard.press("Enter")
    assert scale(widget) == pytest.approx(0.68, abs=0.01)
    assert widget.locator("[data-node=op0] .mg-body").evaluate("box => box.getBoundingClientRect().left >= 0")


NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(1)</script>",
    "'\"&amp;",
]


@pytest.mark.parametrize("name", NASTY)
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
