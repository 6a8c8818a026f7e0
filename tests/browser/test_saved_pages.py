"""Every widget is whole when it is saved: a page that opens from disk and asks nothing of the network."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.samples import NAMES, sample


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_page_opens_from_disk_and_asks_nothing_of_the_network(chromium: Browser, tmp_path, name):
    saved = tmp_path / "page.html"
    sample(name).save(saved)
    context = chromium.new_context(offline=True)
    page = context.new_page()
    errors: list[str] = []
    requests: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(saved.as_uri())
    expect(page.locator("main > .mg")).to_be_visible()
    page.wait_for_load_state("networkidle")
    asked = [url for url in requests if not url.startswith(("data:", "blob:"))]
    context.close()
    assert errors == []
    assert asked == [saved.as_uri()]
