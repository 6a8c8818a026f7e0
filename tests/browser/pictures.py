"""Takes the pictures of the README: the lesson in a real JupyterLab, light and dark.

`python -m tests.browser.pictures` writes them to notebooks/pictures/.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS, executable
from tests.browser.lab import Lab, Server

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "notebooks" / "pictures"
FRAME = 9  # y * y has sent its second contribution: old + new


def main() -> None:
    """Take one picture in each theme."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), ROOT) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        lab = Lab(browser, server)
        for theme in ("light", "dark"):
            notebook = lab.open("lesson.ipynb", theme)
            notebook.run_all()
            notebook.page.evaluate("jupyterapp.shell.collapseLeft()")
            widget = notebook.page.get_by_role("group", name="Backward pass of z")
            widget.scroll_into_view_if_needed()
            widget.focus()
            for _ in range(FRAME - 1):
                widget.press("ArrowRight")
            widget.locator("xpath=ancestor::div[contains(@class, 'jp-CodeCell')]").screenshot(
                path=PICTURES / f"lesson-{theme}.png"
            )
        lab.close()
        browser.close()


if __name__ == "__main__":
    main()
