"""A real browser for the tests: on a blank page for a widget's own logic, in a real JupyterLab for the whole."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.bare import BarePage
from tests.browser.lab import Lab, Server

EXECUTABLES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
# Chromium refuses to run as root inside its sandbox.
AS_ROOT = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
FLAGS = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", *AS_ROOT]


def executable() -> str | None:
    """The Chromium or Chrome of this machine."""
    return next(filter(None, map(shutil.which, (*EXECUTABLES, MAC))), None)


# Not for the whole session: while Playwright's synchronous interface is up, an event loop runs in this thread, and
# nothing that starts one of its own (a notebook's kernel client, for one) could run beside it.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium or Chrome found on this machine."""
    found = executable()
    if found is None:
        pytest.skip("no Chromium or Chrome was found")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Server]:
    """A JupyterLab server over a copy of notebooks/."""
    with Server(tmp_path_factory.mktemp("lab"), request.config.rootpath) as server:
        yield server


@pytest.fixture
def lab(chromium: Browser, server: Server) -> Iterator[Lab]:
    """JupyterLab in the browser; on closing, no page may have had an error or asked anything of another machine."""
    lab = Lab(chromium, server)
    yield lab
    lab.close()


@pytest.fixture
def bare_page(chromium: Browser) -> Iterator[BarePage]:
    """A blank page with no server; on closing, it must have had no error and asked nothing of any machine."""
    context = chromium.new_context(reduced_motion="reduce")
    page = BarePage(context.new_page())
    yield page
    context.close()
    assert page.problems == []
