"""The browser fixtures themselves: what the other browser tests rest on."""

import pytest
from playwright.sync_api import expect

COUNTER = """
export default {
  render({ model, el }) {
    const button = document.createElement("button");
    const draw = () => { button.textContent = `count ${model.get("count")}`; };
    button.addEventListener("click", () => {
      model.set("count", model.get("count") + 1);
      model.save_changes();
      model.send({ clicked: true });
    });
    model.on("change:count", draw);
    draw();
    el.append(button);
  },
};
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_notebook_runs_in_jupyterlab(lab, theme):
    notebook = lab.open(lab.write("sum.ipynb", "x = 20 + 1", "print(x, x * 2)"), theme)
    notebook.run_all()
    expect(notebook.output(1)).to_have_text("21 42")
    notebook.run_all(restart=True)
    notebook.expect_all_ran()
    assert [cell["execution_count"] for cell in notebook.cells()] == [1, 2]


def test_a_cell_that_raises_is_noticed(lab):
    notebook = lab.open(lab.write("broken.ipynb", "1 / 0", "2"))
    notebook.run_all()
    with pytest.raises(AssertionError, match="cell 0 raised: division by zero"):
        notebook.expect_all_ran()


def test_a_widget_lives_in_jupyterlab(lab):
    source = f"import anywidget, traitlets\nclass Counter(anywidget.AnyWidget):\n    _esm = {COUNTER!r}\n"
    source += "    count = traitlets.Int(0).tag(sync=True)\ncounter = Counter(); counter"
    notebook = lab.open(lab.write("widget.ipynb", source, "print(counter.count)"))
    notebook.run_all()
    notebook.expect_all_ran()
    button = notebook.output(0).get_by_role("button")
    button.click()
    expect(button).to_have_text("count 1")


def test_a_request_to_another_machine_and_a_page_error_are_noticed(lab):
    notebook = lab.open(lab.write("outside.ipynb", "1"))
    with notebook.page.expect_request("http://192.0.2.1/*"):
        notebook.page.evaluate("() => { fetch('http://192.0.2.1/x').catch(() => {}); setTimeout(() => missing()); }")
    notebook.page.wait_for_function("new Promise(resolve => setTimeout(resolve))")
    with pytest.raises(AssertionError, match=r"192\.0\.2\.1.*missing is not defined"):
        lab.close()
    lab.opened.clear()


def test_a_module_runs_on_a_bare_page(bare_page):
    widget = bare_page.mount(COUNTER, "button { color: rgb(1, 2, 3) }", {"count": 3})
    button = widget.get_by_role("button")
    expect(button).to_have_css("color", "rgb(1, 2, 3)")
    button.click()
    expect(button).to_have_text("count 4")
    assert bare_page.saved == [{"count": 4}] and bare_page.sent == [{"clicked": True}]
    bare_page.set(count=9)
    expect(button).to_have_text("count 9")
    assert bare_page.get("count") == 9


def test_both_themes_reach_a_bare_page(bare_page):
    css = "body[data-jp-theme-light='false'] button { color: rgb(9, 9, 9) }"
    expect(bare_page.mount(COUNTER, css, {"count": 0}, "dark").locator("button")).to_have_css("color", "rgb(9, 9, 9)")
    assert bare_page.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
