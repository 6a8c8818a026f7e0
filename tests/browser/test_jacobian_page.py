"""The Jacobian explorer's front end on a blank page, answered by canned results."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

import minigrad as torch
from tests.browser.bare import BarePage
from tests.browser.samples import state
from widgets.jacobian import JacobianExplorer


def square(x: torch.Tensor) -> torch.Tensor:
    return x * x


@pytest.fixture
def explorer() -> JacobianExplorer:
    return JacobianExplorer(square, torch.tensor([1.0, 2.0]), v=torch.tensor([1.0, 0.5]))


def mounted(bare_page: BarePage, explorer: JacobianExplorer, theme: str = "light"):
    return bare_page.mount(explorer._esm, explorer._css, state(explorer), theme)


def answer(bare_page: BarePage, explorer: JacobianExplorer) -> None:
    """Compute for what the page sent last, as the kernel would, and send the result."""
    explorer.set_state(bare_page.saved[-1])
    bare_page.set(result=explorer.result)


def cells(widget, part: str) -> list[str]:
    return widget.locator(f".mg-cell[data-part={part}] text").all_text_contents()


def test_it_shows_the_jacobian_and_what_it_costs(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    assert cells(widget, "J") == ["2", "0", "0", "4"]
    assert cells(widget, "v") == ["1", "0.5"]
    assert cells(widget, "vjp") == ["2", "2"]
    expect(widget).to_contain_text("2 backward passes")
    expect(widget).to_contain_text("1 backward pass")
    expect(widget.get_by_role("group", name="Jacobian of square at x")).to_be_visible()
    expect(widget.get_by_role("img")).to_have_accessible_name(
        "Jacobian of square at x = [1, 2]. row 1: [2, 0]; row 2: [0, 4]. v = [1, 0.5]. vᵀJ = [2, 2]. "
        "u = [1, 1]. Ju = [2, 4]."
    )


def test_the_keyboard_moves_a_slider_and_the_answer_is_shown(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    widget.get_by_role("slider", name="x 2", exact=True).press("ArrowRight")
    assert bare_page.saved == [{"x": [1, 2.05]}]
    answer(bare_page, explorer)
    assert cells(widget, "J") == ["2", "0", "0", "4.1"]
    expect(widget.get_by_label("x 2, exactly")).to_have_value("2.05")
    expect(widget.get_by_role("slider", name="x 2", exact=True)).to_have_attribute("aria-valuetext", "2.05")
    expect(widget.get_by_role("status")).to_have_text("vᵀJ = [2, 2.05]. Ju = [2, 4.1].")


def test_a_number_is_typed_exactly(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    field = widget.get_by_label("v 1, exactly")
    field.fill("-0.0625")
    assert bare_page.saved == []  # not before it is finished
    field.press("Enter")
    assert bare_page.saved == [{"v": [-0.0625, 0.5]}]
    answer(bare_page, explorer)
    assert cells(widget, "v") == ["−0.0625", "0.5"]
    field.press("ArrowUp")
    assert bare_page.saved[-1] == {"v": [-0.0425, 0.5]}


def test_an_emptied_field_gets_its_number_back(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    field = widget.get_by_label("x 1, exactly")
    field.fill("")
    field.press("Enter")
    expect(field).to_have_value("1")
    assert bare_page.saved == []


def test_a_late_answer_never_overwrites_a_newer_one(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    explorer.x = [3.0, 4.0]
    late = explorer.result
    explorer.x = [5.0, 6.0]
    bare_page.set(result=explorer.result)
    bare_page.set(result=late)
    assert cells(widget, "J") == ["10", "0", "0", "12"]


def test_one_row_is_one_backward_pass_with_a_one_hot_v(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    widget.get_by_role("button", name="v = e₂: v picks row 2").click()
    assert bare_page.saved == [{"v": [0, 1]}]
    answer(bare_page, explorer)
    assert cells(widget, "vjp") == ["0", "4"]
    expect(widget).to_contain_text("∂y₂/∂x = [0, 4]: one backward pass with v = [0, 1]")
    widget.get_by_role("button", name="reset").click()
    assert bare_page.get("x") == [1, 2]
    assert bare_page.get("v") == [1, 0.5]


def test_a_focused_slider_points_out_its_column_or_row(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    expect(widget).to_contain_text("(vᵀJ)₁ = 1·2 + 0.5·0 = 2")
    widget.get_by_role("slider", name="x 2", exact=True).focus()
    expect(widget).to_contain_text("(vᵀJ)₂ = 1·0 + 0.5·4 = 2")
    expect(widget.locator(".mg-cell.mg-lit")).to_have_count(4)  # of u, of J twice, of vᵀJ
    widget.get_by_role("slider", name="v 1", exact=True).focus()
    expect(widget).to_contain_text("∂y₁/∂x = [2, 0]")


def test_x_set_in_python_moves_the_sliders(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    explorer.x = [-1.5, 0.0]
    bare_page.set(x=explorer.x, result=explorer.result)
    expect(widget.get_by_role("slider", name="x 1", exact=True)).to_have_value("-1.5")
    expect(widget.get_by_label("x 1, exactly")).to_have_value("-1.5")


def test_an_error_is_shown_and_the_picture_kept(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    expect(widget.get_by_role("alert")).to_have_count(0)
    explorer._f = lambda x: 1 / 0
    explorer.x = [0.0, 0.0]
    bare_page.set(result=explorer.result)
    expect(widget.get_by_role("alert")).to_contain_text("At x = [0, 0], ZeroDivisionError: division by zero")
    assert cells(widget, "J") == ["2", "0", "0", "4"]


def test_names_are_never_markup(bare_page):
    def f(x):
        raise ValueError('"><img src=x onerror=alert(1)>')

    explorer = JacobianExplorer(square, torch.tensor([1.0]))
    explorer._f = f
    explorer.x = [2.0]
    widget = mounted(bare_page, explorer)
    expect(widget.get_by_role("alert")).to_contain_text("<img src=x")
    expect(widget.locator("img[src]")).to_have_count(0)


def test_no_key_is_left_to_the_notebook(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    for control in [widget.get_by_role("group").first, *widget.locator("input, button, [tabindex]").all()]:
        expect(control).to_have_attribute("data-lm-suppress-shortcuts", "true")


@pytest.mark.parametrize("width", [1000, 850, 700])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_clipped(bare_page, explorer, width, theme):
    bare_page.page.set_viewport_size({"width": width, "height": 700})
    widget = mounted(bare_page, explorer, theme)
    for selector in (".mg", ".mg-stage", ".mg-foot"):
        assert widget.locator(selector).evaluate("e => e.scrollWidth <= e.clientWidth"), selector


def test_the_saved_page_says_why_its_sliders_rest(chromium: Browser, explorer, tmp_path: Path):
    explorer.save(tmp_path / "jacobian.html")
    context = chromium.new_context(offline=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "jacobian.html").as_uri())
    assert page.locator(".mg-cell[data-part=vjp] text").all_text_contents() == ["2", "2"]
    expect(page.get_by_role("slider", name="x 1", exact=True)).to_be_disabled()
    expect(page.get_by_label("v 2, exactly")).to_be_disabled()
    expect(page.locator("main")).to_contain_text("no engine runs behind it")
    assert errors == []
    context.close()


def polar(x: torch.Tensor) -> torch.Tensor:
    return torch.stack([x[0] * torch.cos(x[1]), x[0] * torch.sin(x[1])])


def test_each_press_fills_a_row_or_a_column(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    by_rows, by_columns = (widget.get_by_role("button", name=f"fill J by {way}") for way in ("rows", "columns"))
    by_rows.click()
    assert bare_page.saved == [{"way": "rows", "filled": 1}]
    answer(bare_page, explorer)
    assert cells(widget, "J") == ["2", "0"]
    expect(widget).to_contain_text("∂y₁/∂x = [2, 0]: one backward pass with v = [1, 0]")
    expect(widget).to_contain_text("The last change ran 1 backward pass.")
    by_rows.press("Enter")
    answer(bare_page, explorer)
    assert cells(widget, "J") == ["2", "0", "0", "4"]
    expect(widget).to_contain_text("The last change ran 1 backward pass.")
    by_columns.press("Space")
    answer(bare_page, explorer)
    expect(widget).to_contain_text("∂y/∂x₁ = [2, 0]: one forward pass with u = [1, 0]")
    expect(widget.get_by_role("status")).to_have_text("∂y/∂x₁ = [2, 0]: one forward pass with u = [1, 0]")
    expect(widget.locator(".mg-cell[data-part=J][data-column='1'] text")).to_have_count(0)


def test_an_empty_jacobian_leaves_its_products(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    widget.get_by_role("button", name="empty J").click()
    answer(bare_page, explorer)
    assert cells(widget, "J") == []
    widget.get_by_role("slider", name="v 1", exact=True).press("ArrowRight")
    answer(bare_page, explorer)
    assert cells(widget, "vjp") == ["2.04", "2"]
    expect(widget).to_contain_text("The last change ran 1 backward pass.")
    expect(widget).to_contain_text("no pass")


def test_a_tangent_is_pushed_forward(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    assert cells(widget, "jvp") == ["2", "4"]
    widget.get_by_role("button", name="u = e₂: u picks column 2").click()
    assert bare_page.saved == [{"u": [0, 1]}]
    answer(bare_page, explorer)
    assert cells(widget, "jvp") == ["0", "4"]
    expect(widget).to_contain_text("vᵀ(Ju) = 2 = (vᵀJ)u = 2")
    expect(widget).to_contain_text("u₂ · column 2 of J = 1·[0, 4], one part of Ju")


def test_pointing_at_a_number_lights_its_row_or_column_and_says_why(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    for part, at, words, lit in (
        ("vjp", 1, "(vᵀJ)₂ = 1·0 + 0.5·4 = 2", 4),
        ("jvp", 1, "(Ju)₂ = 0·1 + 4·1 = 4", 4),
        ("J", 0, "∂y₁/∂x = [2, 0]: one backward pass", 4),
        ("u", 0, "u₁ · column 1 of J", 4),
    ):
        widget.locator(f".mg-cell[data-part={part}]").nth(at).hover()
        expect(widget.locator(".mg-why").first).to_contain_text(words)
        expect(widget.locator(".mg-cell.mg-lit")).to_have_count(lit)


@pytest.mark.parametrize(
    ("trait", "by", "wanted"),
    # A pixel is 0.019 in these planes; v is drawn at half its length.
    [("x", (-40, 30), [0.74, 0.03]), ("u", (-20, -20), [0.12, 0.78]), ("v", (-20, 0), [0.24, 0.5])],
)
def test_a_point_or_an_arrow_is_dragged_in_its_plane(bare_page, trait, by, wanted):
    vectors = torch.tensor([1.5, 0.6]), torch.tensor([1.0, 0.5]), torch.tensor([0.5, 0.4])
    explorer = JacobianExplorer(polar, *vectors)
    widget = mounted(bare_page, explorer)
    box = widget.locator(f"[data-handle={trait}]").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    bare_page.page.mouse.move(x, y)
    bare_page.page.mouse.down()
    for step in (1, 2):
        bare_page.page.mouse.move(x + by[0] * step / 2, y + by[1] * step / 2)
        answer(bare_page, explorer)  # draws the picture anew under the hand
    bare_page.page.mouse.up()
    bare_page.page.mouse.move(x, y)
    assert set(bare_page.saved[-1]) == {trait}
    assert bare_page.saved[-1][trait] == pytest.approx(wanted, abs=0.06)
    assert len(bare_page.saved) == 2
    expect(widget.get_by_role("slider", name=f"{trait} 1", exact=True)).to_have_value(
        str(bare_page.saved[-1][trait][0])
    )


def test_waiting_for_a_slow_function_is_seen(bare_page, explorer):
    widget = mounted(bare_page, explorer)
    card = widget.get_by_role("group", name="Jacobian of square at x")
    widget.get_by_role("slider", name="x 1", exact=True).press("ArrowRight")
    expect(card).to_have_attribute("aria-busy", "true")
    answer(bare_page, explorer)
    expect(card).not_to_have_attribute("aria-busy", "true")


def test_everything_is_reached_by_the_keyboard_alone(bare_page):
    widget = mounted(bare_page, JacobianExplorer(polar, torch.tensor([1.5, 0.6])))
    reached = set()
    for _ in range(40):
        bare_page.page.keyboard.press("Tab")
        reached.add(bare_page.page.evaluate("document.activeElement.getAttribute('aria-label')"))
    for control in widget.locator("input, button").all():
        assert control.get_attribute("aria-label") in reached


SLOW = """
import time
import minigrad as torch
from widgets import JacobianExplorer
seen = []
def slow(x):
    seen.append(x.tolist()[0])
    time.sleep(0.15)
    return x * x
JacobianExplorer(slow, torch.tensor([1.0]))
"""


def test_a_slow_function_holds_nothing_up_and_ends_at_the_newest_numbers(lab):
    notebook = lab.open(lab.write("slow.ipynb", SLOW, "print(len(set(seen)))"))
    notebook.run_all()
    slider = notebook.output(0).get_by_role("slider", name="x 1", exact=True)
    for _ in range(25):
        slider.press("ArrowRight")
    expect(slider).to_have_value("1.5")  # under the hand at once
    expect(notebook.output(0).locator(".mg-cell[data-part=J] text")).to_have_text("3", timeout=20_000)
    notebook.page.evaluate("panel.content.activeCellIndex = 1; jupyterapp.commands.execute('notebook:run-cell')")
    expect(notebook.output(1)).to_have_text(re.compile(r"^\d+\s*$"))
    assert 2 <= int(notebook.output(1).inner_text()) < 25
