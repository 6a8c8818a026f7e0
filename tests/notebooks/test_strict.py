"""What strict nbval lets pass, and what it does not."""

import subprocess
import sys
from xml.etree import ElementTree

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output


def svg(x: str, label: str) -> str:
    return f'<svg viewBox="0 0 {x} 9" font-size="12"><text x="{x}" y="1">{label}</text></svg>'


def show_svg(x: str, label: str) -> str:
    return f"from IPython.display import SVG, display\ndisplay({{'image/svg+xml': '''{svg(x, label)}'''}}, raw=True)"


def ran(source: str, *outputs: nbformat.NotebookNode, tags: tuple[str, ...] = ()) -> nbformat.NotebookNode:
    return new_code_cell(source, execution_count=1, outputs=list(outputs), metadata={"tags": list(tags)})


def result(text: str) -> nbformat.NotebookNode:
    return new_output("execute_result", {"text/plain": text}, execution_count=1)


def printed(text: str) -> nbformat.NotebookNode:
    return new_output("stream", name="stdout", text=text)


def picture(x: str, label: str) -> nbformat.NotebookNode:
    return new_output("display_data", {"image/svg+xml": svg(x, label)})


ERROR = new_output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=[])

# Notebook -> its cells; and what must be said of each item that fails.
NOTEBOOKS = {
    "right": [
        ran("1 + 1", result("2")),
        ran("x = 3"),
        ran("x;"),
        new_code_cell(""),
        ran("object()", result("<object at 0x7f0000000000>")),
        ran("print('  w1  exact')", printed("  w1  approximate\n")),
        ran(show_svg("20.5", "MulBackward0"), picture("7", "MulBackward0")),
        ran("1 / 0", ERROR, tags=("raises-exception",)),
    ],
    "wrong": [
        ran("6 * 1", result("2")),
        ran(show_svg("7", "AddBackward0"), picture("7", "MulBackward0")),
        ran(show_svg("7", "a").replace("font-size", "font-weight"), picture("7", "a")),
        ran("2", result("2"), tags=("raises-exception",)),
        ran("1 / 0", ERROR),
        ran("print('  w1  max diff 0.2')", printed("  w1  approximate\n")),
    ],
    "stripped": [new_code_cell("1 + 1")],
    "half_run": [ran("1 + 1", result("2")), new_code_cell("x = 3")],
    "nothing_compared": [ran("# NBVAL_IGNORE_OUTPUT\n1 + 1", result("3")), ran("x = 3")],
    "lesson": [ran("1 + 1", result("2"))],
    "labs/01_short": [ran("1 + 1", result("2"))],
}
FAILURES = {
    "wrong::Cell 0": "Cell outputs differ",
    "wrong::Cell 1": "Cell outputs differ",
    "wrong::Cell 2": "Cell outputs differ",
    "wrong::Cell 3": "tagged as raising an exception, and raised none",
    "wrong::Cell 4": "Cell execution caused an exception",
    "wrong::Cell 5": "Cell outputs differ",
    "stripped::stored outputs": "never run: 1 + 1",
    "half_run::stored outputs": "never run: x = 3",
    "nothing_compared::stored outputs": "0 cells have an output to compare; at least 1 must",
    "lesson::stored outputs": "1 cells have an output to compare; at least 25 must",
    "01_short::stored outputs": "1 cells have an output to compare; at least 6 must",
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> dict[str, str | None]:
    """Item -> what pytest said of it if it failed, from one run over all notebooks with the project's own settings."""
    folder = tmp_path_factory.mktemp("notebooks")
    (folder / "labs").mkdir()
    for name, cells in NOTEBOOKS.items():
        nbformat.write(new_notebook(cells=cells), folder / f"{name}.ipynb")
    root, xml = request.config.rootpath, folder / "report.xml"
    options = ["-c", "pyproject.toml", f"--rootdir={root}", "-p", "tests.notebooks.strict", f"--junitxml={xml}"]
    subprocess.run([sys.executable, "-m", "pytest", *options, folder], cwd=root, stdout=subprocess.DEVNULL)
    return {
        f"{case.attrib['classname'].split('.')[-2]}::{case.attrib['name']}": case.findtext("failure")
        for case in ElementTree.parse(xml).iter("testcase")
    }


def test_a_whole_notebook_passes_though_addresses_layout_and_last_bits_moved(outcomes):
    right = {name: failure for name, failure in outcomes.items() if name.startswith("right::")}
    assert len(right) == 9
    assert set(right.values()) == {None}


@pytest.mark.parametrize("item", FAILURES)
def test_what_a_reader_would_miss_fails_and_says_why(outcomes, item):
    assert FAILURES[item] in (outcomes[item] or "passed")


def test_nothing_else_fails(outcomes):
    assert {name for name, failure in outcomes.items() if failure is not None} == FAILURES.keys()


def test_every_notebook_of_the_project_is_under_these_rules(request):
    root = request.config.rootpath
    command = [sys.executable, "-m", "pytest", "--nbval", "--collect-only", "--quiet", "notebooks"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True).stdout
    found = [path.relative_to(root) for path in root.glob("notebooks/**/*.ipynb")]
    notebooks = [path for path in found if ".ipynb_checkpoints" not in path.parts]
    assert notebooks
    assert [path for path in notebooks if f"{path.as_posix()}::stored outputs" not in listed] == []
