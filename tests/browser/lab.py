"""A real JupyterLab for the tests: a server over a copy of the notebooks, and notebooks opened in it in a browser."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser, Locator, Page, expect

TOKEN = "tests"
SETTINGS = {
    # The theme then follows each browser context, so that tests in light and dark can share one server.
    "themes": {"adaptive-theme": True},
    "notification": {"fetchNews": "false", "checkForUpdates": False},
}


class Server:
    """A JupyterLab server whose settings, workspaces and notebooks lie in `folder`; used as a context manager."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.notebooks = folder / "notebooks"
        self.log = folder / "log.txt"
        shutil.copytree(root / "notebooks", self.notebooks, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        for name, values in SETTINGS.items():
            (settings / f"{name}.jupyterlab-settings").write_text(json.dumps(values))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.command = [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *("--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"),
            *("--LabApp.expose_app_in_browser=True", f"--ServerApp.root_dir={self.notebooks}"),
        ]
        self.environment = os.environ | {
            "IPYTHONDIR": str(folder / "ipython"),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "PYTHONPATH": str(root),
        }

    def __enter__(self) -> Self:
        with self.log.open("w") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 60
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise RuntimeError(f"JupyterLab did not start:\n{self.log.read_text()}")
            time.sleep(0.05)
        return self

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/api?token={TOKEN}", timeout=1):
                return True
        except (URLError, TimeoutError, ConnectionError):
            return False

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()


class Lab:
    """JupyterLab as someone sees it in the browser."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.browser = browser
        self.server = server
        self.opened: list[Notebook] = []

    def write(self, name: str, *sources: str) -> str:
        """Save a notebook of code cells beside the others, and return its name for `open`."""
        cells = [new_code_cell(source) for source in sources]
        notebook = new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
        nbformat.write(notebook, self.server.notebooks / name)
        return name

    def open(self, name: str, theme: str = "light", reduced_motion: bool = True) -> "Notebook":
        """Open the notebook `name`, relative to notebooks/, in a window of its own, with its kernel ready."""
        context = self.browser.new_context(
            viewport={"width": 1280, "height": 1000},
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce" if reduced_motion else "no-preference",
        )
        notebook = Notebook(context.new_page(), self.server, name, workspace=f"test-{time.monotonic_ns()}")
        self.opened.append(notebook)
        notebook.wait_until_ready()
        expect(notebook.page.locator("body")).to_have_attribute("data-jp-theme-light", str(theme != "dark").lower())
        return notebook

    def close(self) -> None:
        """Close every window with its kernel. Raises AssertionError if one had page errors or went outside."""
        for notebook in self.opened:
            notebook.close()
        problems = [problem for notebook in self.opened for problem in notebook.problems]
        assert not problems, "; ".join(problems)


class Notebook:
    """An open notebook; `page` is Playwright's, `problems` lists page errors and requests to other machines."""

    def __init__(self, page: Page, server: Server, name: str, workspace: str) -> None:
        self.page = page
        self.problems: list[str] = []
        self._note_error = lambda error: self.problems.append(f"{name}: page error: {error}")
        page.on("pageerror", self._note_error)
        page.on("request", lambda request: self._note_request(request.url, server.url))
        page.goto(f"{server.url}/lab/workspaces/{workspace}/tree/{quote(name)}?token={TOKEN}&reset")

    def _note_request(self, url: str, home: str) -> None:
        if url.startswith(("http:", "https:")) and not url.startswith(f"{home}/"):
            self.problems.append(f"request to {url}")

    def wait_until_ready(self) -> None:
        """Wait until JupyterLab is restored, the notebook drawn and its kernel has answered."""
        self.page.wait_for_function(
            """() => {
                const widgets = [...(window.jupyterapp?.shell.widgets("main") ?? [])];
                return (window.panel = widgets.find(widget => widget.sessionContext));
            }""",
            timeout=60_000,
        )
        # As a predicate, so that there is a limit to the waiting.
        self.page.wait_for_function(
            """async () => {
                await jupyterapp.restored;
                await panel.revealed;
                await panel.sessionContext.ready;
                return panel.sessionContext.session.kernel.info;
            }""",
            timeout=60_000,
        )

    def run_all(self, restart: bool = False) -> None:
        """Run all cells, in a restarted kernel if asked, and wait until the last has run or one has raised."""
        self.page.evaluate(
            """restart => {
                const run = async () => {
                    if (restart) await panel.sessionContext.restartKernel();
                    await panel.sessionContext.ready;
                    jupyterapp.shell.activateById(panel.id);
                    await jupyterapp.commands.execute("notebook:run-all-cells");
                };
                window.ran = false;
                run().finally(() => { window.ran = true; });
            }""",
            restart,
        )
        # The command may end before the last cells have: a cell that is meant to raise ends it early. Between two cells
        # the kernel is idle for a moment: so all must have their numbers, unless one raised that was not meant to.
        self.page.wait_for_function(
            """() => {
                const cells = panel.content.widgets.map(cell => cell.model)
                    .filter(cell => cell.type === "code" && cell.sharedModel.getSource().trim());
                const raised = cells.some(cell =>
                    cell.sharedModel.outputs.some(output => output.output_type === "error")
                    && !(cell.getMetadata("tags") ?? []).includes("raises-exception"));
                return ran && panel.sessionContext.session.kernel.status === "idle"
                    && cells.every(cell => cell.executionState !== "running")
                    && (raised || cells.every(cell => cell.executionCount !== null));
            }""",
            timeout=120_000,
        )

    def cells(self) -> list[dict[str, Any]]:
        """Every cell as nbformat has it, in order, markdown cells too."""
        return self.page.evaluate("panel.content.model.sharedModel.toJSON().cells")

    def cell(self, index: int) -> Locator:
        """The cell at `index`, counting markdown cells too, scrolled into view."""
        cell = self.page.locator(".jp-Notebook .jp-Cell").nth(index)
        cell.scroll_into_view_if_needed()
        return cell

    def output(self, index: int) -> Locator:
        """What the cell at `index` shows below its source."""
        return self.cell(index).locator(".jp-Cell-outputArea")

    def expect_all_ran(self) -> None:
        """Fail unless every cell ran, raised only where it is tagged `raises-exception`, and shows every widget."""
        for index, cell in enumerate(self.cells()):
            if cell["cell_type"] == "code" and "".join(cell["source"]).strip():
                assert cell["execution_count"] is not None, f"cell {index} did not run"
                raised = [output["evalue"] for output in cell["outputs"] if output["output_type"] == "error"]
                if "raises-exception" not in cell["metadata"].get("tags", []):
                    assert not raised, f"cell {index} raised: {raised[0]}"
        expect(self.page.get_by_text("Loading widget...")).to_have_count(0)
        expect(self.page.get_by_text("Error displaying widget")).to_have_count(0)
        expect(self.page.get_by_text("Error creating widget")).to_have_count(0)

    def close(self) -> None:
        """Shut the kernel down and close the window."""
        # JupyterLab itself throws when a request to the kernel is under way as it goes: not the notebook's doing.
        self.page.remove_listener("pageerror", self._note_error)
        self.page.evaluate("window.panel?.sessionContext.shutdown()")
        self.page.context.close()
