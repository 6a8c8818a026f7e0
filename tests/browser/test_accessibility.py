"""axe-core finds nothing to mend in any widget, in either theme, live or saved."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.samples import NAMES, sample, state
from tests.frontend.tools import packages

# axe-core runs the texts of a picture together without spaces, and then misses them in the name of their node.
RUN = """async () => {
  const forWholePages = { region: { enabled: false }, "page-has-heading-one": { enabled: false } };
  const { violations } = await axe.run({ rules: forWholePages });
  const misread = (rule, target) =>
    rule.id === "label-content-name-mismatch" && document.querySelector(target).closest("svg");
  return violations.flatMap((rule) => {
    const targets = rule.nodes.map((node) => node.target[0]).filter((target) => !misread(rule, target));
    return targets.length ? [`${rule.id}: ${rule.help}: ${targets.join("; ")}`] : [];
  });
}"""


def violations(page: Page) -> list[str]:
    """What axe-core finds, one line each: the rule, what it asks for and where it is broken.

    The rules for whole pages are left out: landmarks, and one top heading.
    """
    page.add_script_tag(path=packages() / "axe-core" / "axe.min.js")
    return page.evaluate(RUN)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_a_widget_has_no_violation(bare_page, name, theme):
    widget = sample(name)
    bare_page.mount(widget._esm, widget._css, state(widget), theme)
    # The page's own ground, which JupyterLab paints: axe measures contrast against it.
    bare_page.page.add_style_tag(content="body { background: light-dark(white, #111); color-scheme: light dark }")
    assert violations(bare_page.page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_a_saved_page_has_no_violation(chromium: Browser, tmp_path, name, theme):
    sample(name).save(tmp_path / "page.html")
    context = chromium.new_context(offline=True, color_scheme=theme)
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    found = violations(page)
    context.close()
    assert found == []


def test_a_violation_is_noticed(bare_page):
    esm = "export default { render: ({ el }) => el.append(document.createElement('button')) }"
    bare_page.mount(esm, "", {})
    assert any(line.startswith("button-name: ") for line in violations(bare_page.page))
