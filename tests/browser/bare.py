"""A widget's ES module on a blank page, with a stand-in for its Python model."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

STAND_IN = Path(__file__).with_name("stand_in.js").read_text()


class BarePage:
    """A blank page on which a widget runs; `page` is Playwright's, `problems` lists page errors and requests made."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        page.on("request", lambda request: self._note_request(request.url))
        page.set_content('<!doctype html><html lang="en"><title>widget</title><main id="widget"></main></html>')
        page.evaluate(STAND_IN)

    def _note_request(self, url: str) -> None:
        if not url.startswith(("blob:", "data:", "about:")):
            self.problems.append(f"request to {url}")

    def mount(self, esm: str, css: str, state: dict[str, Any], theme: str = "light") -> Locator:
        """Render the module `esm` over traits `state` as JupyterLab does; return the widget's element."""
        self.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        self.page.evaluate("arguments => window.mount(...arguments)", [esm, css, state, theme])
        return self.page.locator("#widget")

    def get(self, trait: str) -> Any:
        """What the front end's model holds for `trait`."""
        return self.page.evaluate("trait => window.model.get(trait)", trait)

    def set(self, **traits: Any) -> None:
        """Change traits as the kernel would."""
        self.page.evaluate("traits => window.model.receive(traits)", traits)

    @property
    def saved(self) -> list[dict[str, Any]]:
        """The changes that the front end sent to the kernel, one dict for each `save_changes()`."""
        return self.page.evaluate("window.model.saved")

    @property
    def sent(self) -> list[Any]:
        """The custom messages that the front end sent to the kernel."""
        return self.page.evaluate("window.model.sent")
