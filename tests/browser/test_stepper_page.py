"""The stepper's front end on a blank page."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

import minigrad as torch
from tests.browser.bare import BarePage
from widgets.accumulation import AccumulationLab
from widgets.stepper import BackwardStepper


@pytest.fixture
def stepper() -> BackwardStepper:
    torch.manual_seed(0)
    x = torch.randn(3, requires_grad=True)
    y = x + 2
    z = y * y * 3
    z = z.mean()
    return BackwardStepper(z)


def traits(stepper: BackwardStepper) -> dict[str, Any]:
    return {name: getattr(stepper, name) for name in ("data", "frame", "breakpoints", "predicting", "predictions")}


def mounted(bare_page: BarePage, stepper: BackwardStepper, theme: str = "light"):
    bare_page.mount(stepper._esm, stepper._css, traits(stepper), theme)
    return bare_page.page.get_by_role("group", name="Backward pass of")


def shown(widget) -> list[str]:
    """The words visible in the picture."""
    return widget.locator(".mg-stage text").evaluate_all(
        "texts => texts.filter((text) => text.getBoundingClientRect().width > 0).map((text) => text.textContent)"
    )


def picture_of(stepper: BackwardStepper, frame: int) -> list[str]:
    """The words in the still picture that Python draws of a frame."""
    root = ET.fromstring(stepper._pages.drawings[0].still(frame))
    return [text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text")]


def chips(widget) -> list[str]:
    return widget.locator(".mg-eq .mg-chip").all_text_contents()


def test_it_opens_with_the_first_step_and_says_how_to_go_on(bare_page, stepper):
    widget = mounted(bare_page, stepper)
    expect(widget).to_contain_text("frame 1 of 12")
    expect(widget).to_contain_text("Press → to walk on")
    expect(widget.locator(".mg-phase")).to_have_text("forward")
    expect(widget.get_by_role("status")).to_contain_text("AddBackward0")
    assert bare_page.saved == []


def test_the_arrow_keys_walk_and_python_is_told(bare_page, stepper):
    widget = mounted(bare_page, stepper)
    for _ in range(7):
        widget.press("ArrowRight")
    expect(widget).to_contain_text("frame 8 of 12")
    expect(widget.locator(".mg-phase")).to_have_text("backward")
    y = "[3.541, 1.707, −0.1788]"
    assert chips(widget) == ["[1, 1, 1]", y, y, "0", y, y]
    assert "1 of 2 contributions" in shown(widget)
    assert [change["frame"] for change in bare_page.saved] == [1, 2, 3, 4, 5, 6, 7]
    widget.press("ArrowLeft")
    expect(widget).to_contain_text("frame 7 of 12")
    assert "1 of 2 contributions" not in shown(widget)


def test_every_frame_shows_what_python_would_draw_whichever_way_it_is_reached(bare_page, stepper):
    widget = mounted(bare_page, stepper)
    for frame in [*range(12), *reversed(range(12)), 11, 2, 9, 0]:
        bare_page.set(frame=frame)
        assert sorted(shown(widget)) == sorted(picture_of(stepper, frame)), frame


def test_home_end_and_the_edges(bare_page, stepper):
    widget = mounted(bare_page, stepper)
    widget.press("End")
    expect(widget).to_contain_text("frame 12 of 12")
    widget.press("ArrowRight")
    expect(widget).to_contain_text("frame 12 of 12")
    widget.press("Home")
    widget.press("ArrowLeft")
    expect(widget).to_contain_text("frame 1 of 12")
    assert [change["frame"] for change in bare_page.saved] == [11, 0]


def test_the_buttons_do_what_the_keys_do(bare_page, stepper):
    widget = mounted(bare_page, stepper)
    for label, count in (("Last frame", 12), ("Step back", 11), ("Step forward", 12), ("First frame", 1)):
        widget.get_by_role("button", name=label).click()
        expect(widget).to_contain_text(f"frame {count} of 12")
    expect(widget.get_by_role("button", name="Step back")).to_have_attribute("aria-disabled", "true")


def test_the_slider_scrubs_and_is_read_aloud(bare_page, stepper):
    widget = mounted(bare_page, stepper)
    slider = widget.get_by_role("slider", name="Frame")
    slider.fill("8")
    expect(widget).to_contain_text("frame 9 of 12")
    expect(slider).to_have_attribute("aria-valuetext", "frame 9 of 12, backward")
    slider.press("ArrowRight")
    expect(widget).to_contain_text("frame 10 of 12")


def test_space_plays_to_the_end_and_pauses(bare_page, stepper):
    bare_page.page.clock.install()
    widget = mounted(bare_page, stepper)
    widget.press(" ")
    expect(widget.get_by_role("button", name="Pause")).to_be_visible()
    bare_page.page.clock.run_for(2500)
    expect(widget).to_contain_text("frame 3 of 12")
    widget.press(" ")
    bare_page.page.clock.run_for(5000)
    expect(widget).to_contain_text("frame 3 of 12")
    widget.press(" ")
    bare_page.page.clock.run_for(60_000)
    expect(widget).to_contain_text("frame 12 of 12")
    expect(widget.get_by_role("button", name="Play")).to_be_visible()


def test_space_on_a_button_presses_that_button(bare_page, stepper):
    widget = mounted(bare_page, stepper)
    widget.get_by_role("button", name="Step forward").press(" ")
    expect(widget).to_contain_text("frame 2 of 12")
    expect(widget.get_by_role("button", name="Play")).to_be_visible()


def test_handled_keys_never_reach_the_notebook(bare_page, stepper):
    widget = mounted(bare_page, stepper)
    bare_page.page.evaluate("window.heard = []; addEventListener('keydown', (event) => heard.push(event.key))")
    for key in ("ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Home", "End", " ", "b", "c", "p"):
        widget.press(key)
    assert bare_page.page.evaluate("heard") == []
    widget.press("x")
    assert bare_page.page.evaluate("heard") == ["x"]
    expect(widget).to_have_attribute("data-lm-suppress-shortcuts", "true")


def test_python_can_drive_it(bare_page, stepper):
    widget = mounted(bare_page, stepper)
    bare_page.set(frame=10)
    expect(widget).to_contain_text("frame 11 of 12")
    expect(widget.get_by_role("status")).to_contain_text("AccumulateGrad")
    assert bare_page.saved == []


def test_the_code_line_and_the_call_are_marked(bare_page, stepper):
    widget = mounted(bare_page, stepper)
    expect(widget.locator(".mg-code .mg-from")).to_contain_text("y = x + 2")
    expect(widget.locator(".mg-code .mg-now")).to_have_count(0)
    bare_page.set(frame=7)
    expect(widget.locator(".mg-code .mg-from")).to_contain_text("z = y * y * 3")
    expect(widget.locator(".mg-code .mg-now")).to_contain_text("z.backward()")


def test_the_picture_has_a_name(bare_page, stepper):
    widget = mounted(bare_page, stepper)
    expect(widget.get_by_role("group", name="computation graph of z")).to_be_visible()


@pytest.mark.parametrize(("theme", "ink"), [("light", "rgb(43, 47, 54)"), ("dark", "rgb(230, 232, 236)")])
def test_it_follows_the_theme(bare_page, stepper, theme, ink):
    widget = mounted(bare_page, stepper, theme)
    assert widget.evaluate("root => getComputedStyle(root).color") == ink
    name = widget.locator(".mg-stage .mg-name").first
    assert name.evaluate("text => getComputedStyle(text).fill") == ink


@pytest.mark.parametrize("width", [1000, 700, 420])
def test_nothing_is_wider_than_the_page(bare_page, stepper, width):
    bare_page.page.set_viewport_size({"width": width, "height": 700})
    mounted(bare_page, stepper)
    assert bare_page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [1100, 800])
def test_another_widget_on_the_page_leaves_its_layout_alone(bare_page, stepper, width):
    bare_page.page.set_viewport_size({"width": width, "height": 700})
    panels = mounted(bare_page, stepper).locator(".mg-foot > *")
    places = (
        "panels => panels.map((panel) => [panel.getBoundingClientRect().left, panel.getBoundingClientRect().width])"
    )
    alone = panels.evaluate_all(places)
    bare_page.page.add_style_tag(content=AccumulationLab._css)
    assert panels.evaluate_all(places) == alone


def test_a_matrix_has_its_rows_below_each_other(bare_page):
    a = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    b = a * 2
    mounted(bare_page, BackwardStepper(b.sum()))
    expect(bare_page.page.get_by_text("[[2, 4],\n [6, 8]]", exact=True)).to_be_visible()


def test_what_is_active_is_scrolled_into_view(bare_page):
    x = torch.tensor(0.5, requires_grad=True)
    y = x
    for _ in range(60):
        y = y.tanh()
    widget = mounted(bare_page, BackwardStepper(y))
    seen = """node => {
      const [box, stage] = [node, node.closest(".mg-stage")].map((element) => element.getBoundingClientRect());
      return box.width > 0 && box.left >= stage.left && box.right <= stage.right;
    }"""
    for frame, node in ((59, "op59"), (60, "t60"), (0, "op0"), (90, "op30"), (119, "op1")):
        bare_page.set(frame=frame)
        assert widget.locator(f"[data-node={node}] .mg-body").evaluate(seen), node


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_names_are_text(bare_page, name):
    scope: dict[str, Any] = {name: torch.tensor(2.0, requires_grad=True), "BackwardStepper": BackwardStepper}
    exec(f"y = globals()[{name!r}] * 3\nstepper = BackwardStepper(y)", scope)
    widget = mounted(bare_page, scope["stepper"])
    widget.press("End")
    expect(widget.get_by_role("status")).to_contain_text(f"{name}.grad")
    assert bare_page.page.evaluate("document.querySelectorAll('script, img').length") == 0


def test_a_saved_page_steps_without_kernel_and_network(chromium: Browser, stepper, tmp_path):
    stepper.frame = 4
    stepper.save(tmp_path / "page.html")
    context = chromium.new_context(offline=True, color_scheme="dark")
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: problems.append(request.url) if request.url.startswith("http") else None)
    page.goto((tmp_path / "page.html").as_uri())
    widget = page.get_by_role("group", name="Backward pass of z")
    expect(widget).to_contain_text("frame 5 of 12")
    for _ in range(6):
        widget.press("ArrowRight")
    expect(widget).to_contain_text("frame 11 of 12")
    assert chips(widget) == ["None", "[7.082, 3.413, −0.3576]"]
    assert widget.evaluate("root => getComputedStyle(root).backgroundColor") == "rgb(17, 17, 17)"
    context.close()
    assert problems == []


# Breakpoints


def test_play_and_run_stop_at_a_breakpoint(bare_page, stepper):
    bare_page.page.clock.install()
    widget = mounted(bare_page, stepper)
    widget.get_by_role("button", name="breakpoint at y, ").click()
    assert bare_page.get("breakpoints") == ["t1"]
    assert widget.locator(".mg-stops .mg-dot").evaluate("dot => getComputedStyle(dot).display") == "inline"
    widget.press("c")
    expect(widget).to_contain_text("frame 8 of 12")
    widget.press("Home")
    widget.press(" ")
    bare_page.page.clock.run_for(60_000)
    expect(widget).to_contain_text("frame 8 of 12")
    expect(widget.get_by_role("button", name="Play")).to_be_visible()
    widget.press("c")
    expect(widget).to_contain_text("frame 9 of 12")
    expect(widget.get_by_role("button", name="Run to the next breakpoint")).to_have_attribute("aria-disabled", "true")
    widget.press("c")
    expect(widget).to_contain_text("frame 9 of 12")
    expect(widget).to_contain_text("No breakpoint ahead.")


def test_breakpoints_need_no_mouse(bare_page, stepper):
    widget = mounted(bare_page, stepper)
    widget.press("b")
    assert bare_page.get("breakpoints") == ["t1"], "the tensor of this frame"
    widget.press("ArrowDown")
    bare_page.page.keyboard.press("ArrowUp")
    focused = "document.activeElement.getAttribute('data-node')"
    assert bare_page.page.evaluate(focused) == "t0"
    bare_page.page.keyboard.press("Enter")
    assert bare_page.get("breakpoints") == ["t1", "t0"]
    bare_page.page.keyboard.press("ArrowDown")
    bare_page.page.keyboard.press(" ")
    assert bare_page.get("breakpoints") == ["t0"]
    pressed = widget.get_by_role("button", name="breakpoint at x, ")
    expect(pressed).to_have_attribute("aria-pressed", "true")
    bare_page.page.keyboard.press("ArrowRight")
    expect(widget).to_contain_text("frame 2 of 12")
    widget.press("c")
    expect(widget).to_contain_text("frame 10 of 12")


def test_breakpoints_set_from_python_show(bare_page, stepper):
    widget = mounted(bare_page, stepper)
    bare_page.set(breakpoints=["t2"])
    expect(widget.locator(".mg-stops")).to_have_count(1)
    bare_page.set(breakpoints=[])
    expect(widget.locator(".mg-stops")).to_have_count(0)


# Predicting


def predicting(bare_page, stepper, frame):
    """The widget, asking for what comes after this frame, and its field."""
    widget = mounted(bare_page, stepper)
    bare_page.set(frame=frame)
    widget.press("p")
    widget.press("ArrowRight")
    return widget, widget.get_by_role("textbox")


def test_a_right_prediction_steps_on_and_says_why(bare_page, stepper):
    widget, field = predicting(bare_page, stepper, 7)
    expect(widget).to_contain_text("frame 8 of 12")
    expect(field).to_be_focused()
    expect(widget.get_by_role("status").filter(has_text="Predict")).to_contain_text("What is the gradient there then?")
    assert "7.082" not in widget.inner_text(), "the answer stays hidden"
    field.fill("[2*3.541, 1.707+1.707, -3/8.39]")
    field.press("Enter")
    expect(widget).to_contain_text("frame 9 of 12")
    expect(widget).to_contain_text("Right. What arrives is added to what y held.")
    expect(widget).to_contain_text("1 of 1")
    expect(widget).to_be_focused()
    assert bare_page.get("predictions") == {"8": True}
    widget.press("ArrowLeft")
    widget.press("ArrowRight")
    expect(widget).to_contain_text("frame 9 of 12"), "what was answered is not asked again"


def test_a_wrong_prediction_is_named_and_after_two_the_number_is_offered(bare_page, stepper):
    widget, field = predicting(bare_page, stepper, 7)
    offer = widget.get_by_role("button", name="Show the number")
    field.fill("[3.54, 1.71, -0.179]")
    field.press("Enter")
    expect(widget).to_contain_text("Replaced. That is this contribution alone. You replaced; autograd adds")
    expect(offer).to_be_hidden()
    field.fill("[1, 1, 1]")
    widget.get_by_role("button", name="Check the answer").click()
    expect(widget).to_contain_text("Local derivative forgotten.")
    offer.click()
    expect(widget).to_contain_text("frame 9 of 12")
    expect(widget).to_contain_text("0 of 1")
    expect(widget).not_to_contain_text("Right.")
    assert bare_page.get("predictions") == {"8": False}


def test_what_cannot_be_read_is_no_try(bare_page, stepper):
    widget, field = predicting(bare_page, stepper, 7)
    for answer, words in (
        ("1", "y has 3 elements: write […, …, …]."),
        ("[1, 2]", "y has 3 elements"),
        ("[1, 2, y]", "“y” is no number"),
        ("", "Write a number first."),
    ):
        field.fill(answer)
        field.press("Enter")
        expect(widget).to_contain_text(words)
    expect(widget.get_by_role("button", name="Show the number")).to_be_hidden()
    expect(widget).to_contain_text("frame 8 of 12")


def test_keys_typed_into_the_answer_are_letters_and_escape_leaves(bare_page, stepper):
    widget, field = predicting(bare_page, stepper, 7)
    bare_page.page.keyboard.type("b c p")
    for key in ("Home", "ArrowRight", "End"):
        field.press(key)
    expect(field).to_have_value("b c p")
    expect(widget).to_contain_text("frame 8 of 12")
    assert bare_page.get("breakpoints") == [] and bare_page.get("predicting") is True
    field.press("Escape")
    expect(field).to_have_count(0)
    expect(widget).to_be_focused()
    widget.press("ArrowRight")
    expect(field).to_be_focused()
    bare_page.set(predicting=False)
    expect(field).to_have_count(0)
    widget.press("ArrowRight")
    expect(widget).to_contain_text("frame 9 of 12")


def test_the_forward_pass_is_not_asked_for_and_jumps_are_free(bare_page, stepper):
    widget = mounted(bare_page, stepper)
    widget.press("p")
    for _ in range(3):
        widget.press("ArrowRight")
    expect(widget).to_contain_text("frame 4 of 12")
    widget.press("ArrowRight")
    expect(widget.get_by_role("textbox")).to_be_focused()
    expect(widget).to_contain_text("with which gradient does backward() start at z?")
    widget.get_by_role("button", name="Last frame").click()
    expect(widget).to_contain_text("frame 12 of 12")
    expect(widget.get_by_role("textbox")).to_have_count(0)


def test_playing_waits_at_a_question(bare_page, stepper):
    bare_page.page.clock.install()
    widget = mounted(bare_page, stepper)
    bare_page.set(frame=4, predicting=True)
    widget.press(" ")
    bare_page.page.clock.run_for(30_000)
    expect(widget.get_by_role("textbox")).to_be_focused()
    expect(widget).to_contain_text("frame 5 of 12")


def test_an_element_of_a_larger_array_is_asked_for(bare_page):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = (x * x).sum()
    widget, field = predicting(bare_page, BackwardStepper(y), 3)
    expect(widget).to_contain_text("at [1, 1]")
    field.fill("10")
    field.press("Enter")
    expect(widget).to_contain_text("That is the sum over the elements.")
    field.fill("4")
    field.press("Enter")
    expect(widget).to_contain_text("Right.")


# Errors, pages, several views


def test_a_second_pass_ends_with_the_error_at_its_node(bare_page, stepper):
    torch.manual_seed(0)
    x = torch.randn(3, requires_grad=True)
    y = (x * x).sum()
    widget = mounted(bare_page, BackwardStepper(y, passes=2))
    widget.press("End")
    error = widget.locator(".mg-error")
    expect(error).to_contain_text("RuntimeError: Trying to backward through the graph a second time")
    expect(error).to_contain_text("Hint: backward() already ran through this graph once")
    expect(widget.locator(".mg-phase")).to_have_text("error")
    assert widget.locator(".mg-error-mark").evaluate("mark => mark.getBoundingClientRect().width") > 0
    widget.press("ArrowLeft")
    expect(error).to_have_count(0)
    assert widget.locator(".mg-error-mark").evaluate("mark => mark.getBoundingClientRect().width") == 0


def test_an_error_with_markup_is_text(bare_page):
    x = torch.tensor(1.0, requires_grad=True)
    y = x * 2

    def refuse(gradient):
        raise ValueError("<img src=x onerror=alert(1)></script><script>alert(2)</script>")

    y.register_hook(refuse)
    widget = mounted(bare_page, BackwardStepper(y * 1.0))
    widget.press("End")
    expect(widget.locator(".mg-error")).to_contain_text("<img src=x onerror=alert(1)></script>")
    assert bare_page.page.evaluate("document.querySelectorAll('script, img').length") == 0


def test_a_long_pass_turns_its_pages(bare_page):
    x = torch.tensor(0.5, requires_grad=True)
    y = x
    for _ in range(100):
        y = y.tanh()
    widget = mounted(bare_page, BackwardStepper(y))
    label = widget.locator(".mg-label")
    expect(label).to_have_text("Operations 1 to 16 of 100")
    for _ in range(16):
        widget.press("ArrowRight")
    expect(label).to_have_text("Operations 17 to 32 of 100")
    widget.press("ArrowLeft")
    expect(label).to_have_text("Operations 1 to 16 of 100")
    widget.press("ArrowDown")
    bare_page.page.keyboard.press("End")
    expect(label).to_have_text("Operations 1 to 16 of 100")
    bare_page.page.keyboard.press("ArrowLeft")
    bare_page.set(frame=110)
    expect(label).to_have_text("Operations 81 to 96 of 100")
    bare_page.page.keyboard.press("ArrowRight")
    expect(widget).to_contain_text("frame 112 of 203")


def test_two_views_of_one_widget_go_together(bare_page, stepper):
    mounted(bare_page, stepper)
    bare_page.page.evaluate(
        """async (esm) => {
          const url = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
          const { render } = (await import(url)).default;
          render({ model: window.model, el: document.getElementById("widget") });
        }""",
        stepper._esm,
    )
    views = bare_page.page.get_by_role("group", name="Backward pass of")
    expect(views).to_have_count(2)
    bare_page.set(frame=6)
    views.nth(1).press("p")
    views.nth(1).press("ArrowRight")
    expect(views.nth(1).get_by_role("textbox")).to_be_focused()
    expect(views.nth(0).get_by_role("textbox")).to_have_count(0)
    views.nth(1).get_by_role("textbox").fill("[3.541, 1.707, -0.179]")
    views.nth(1).get_by_role("textbox").press("Enter")
    for view in (views.nth(0), views.nth(1)):
        expect(view).to_contain_text("frame 8 of 12")
        expect(view).to_contain_text("1 of 1")
    views.nth(0).press("b")
    expect(views.nth(1).locator(".mg-stops")).to_have_count(1)


def test_it_steps_on_when_the_kernel_is_gone(bare_page, stepper):
    widget = mounted(bare_page, stepper)
    bare_page.page.evaluate("void (window.model.save_changes = () => { throw new Error('comm is closed') })")
    widget.press("ArrowRight")
    widget.press("b")
    widget.press("ArrowRight")
    expect(widget).to_contain_text("frame 3 of 12")
    expect(widget.locator(".mg-stops")).to_have_count(1)


def test_a_listener_that_changes_the_frame_again_has_the_last_word(bare_page, stepper):
    widget = mounted(bare_page, stepper)
    bare_page.page.evaluate(
        "model.on('change:frame', () => { if (model.get('frame') === 3) model.receive({ frame: 8 }) })"
    )
    bare_page.set(frame=2)
    widget.press("ArrowRight")
    expect(widget).to_contain_text("frame 9 of 12")
    assert sorted(shown(widget)) == sorted(picture_of(stepper, 8))


def test_a_saved_page_judges_predictions_by_itself(chromium: Browser, stepper, tmp_path):
    stepper.frame, stepper.predicting, stepper.breakpoints = 6, True, ["y"]
    stepper.save(tmp_path / "page.html")
    context = chromium.new_context(offline=True, reduced_motion="reduce")
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    widget = page.get_by_role("group", name="Backward pass of z")
    expect(widget.locator(".mg-stops")).to_have_count(1)
    widget.press("ArrowRight")
    widget.get_by_role("textbox").fill("[1, 1, 1]")
    widget.get_by_role("textbox").press("Enter")
    expect(widget).to_contain_text("Local derivative forgotten.")
    widget.get_by_role("textbox").fill("[3.541, 1.707, -.1788]")
    widget.get_by_role("textbox").press("Enter")
    expect(widget).to_contain_text("Right.")
    expect(widget).to_contain_text("1 of 1")
    context.close()


def test_nothing_moves_where_motion_is_unwanted(chromium: Browser, stepper):
    seen = {}
    for wish in ("reduce", "no-preference"):
        context = chromium.new_context(reduced_motion=wish)
        page = BarePage(context.new_page())
        mounted(page, stepper)
        page.set(frame=7)
        names = page.page.locator(".mg-graph .mg-flow").evaluate_all(
            "flows => flows.map((flow) => getComputedStyle(flow).animationName)"
        )
        seen[wish] = any(name != "none" for name in names)
        context.close()
    assert seen == {"reduce": False, "no-preference": True}


def test_leaving_stops_listening(bare_page, stepper):
    assert (
        bare_page.page.evaluate(
            """async ([esm, held]) => {
          const url = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
          const { render } = (await import(url)).default;
          let listeners = 0;
          const model = { get: (name) => held[name], set: (name, value) => { held[name] = value; }, save_changes() {},
            on: () => { listeners += 1; }, off: () => { listeners -= 1; } };
          const leave = render({ model, el: document.body });
          leave();
          return listeners;
        }""",
            [stepper._esm, traits(stepper)],
        )
        == 0
    )
