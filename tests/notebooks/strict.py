"""nbval made strict: a notebook passes only if its stored outputs are whole and every one of them was really compared.

On its own, nbval passes a notebook whose outputs were stripped, a cell that was never run, and a cell tagged
`raises-exception` that raises nothing. Loaded by the conftest.py in the root, so it holds for every `pytest --nbval`.
"""

from collections.abc import Generator, Iterator
from pathlib import Path

import nbformat
import pytest
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell, find_comment_markers, find_metadata_tags

# How many cells must have an output that is compared, by the notebook's name or its folder's; any other needs one.
MINIMUM = {"lesson.ipynb": 25, "10_error_museum.ipynb": 25, "labs": 6, "exercises": 3}

# Random or lossy from run to run, so nbval leaves them out.
NOT_COMPARED = {"application/vnd.jupyter.widget-view+json", "image/png", "image/jpeg"}


def pytest_configure(config: pytest.Config) -> None:
    if config.option.nbval_sanitize_with is None:
        config.option.nbval_sanitize_with = str(Path(__file__).with_name("sanitize.cfg"))
    RunningKernel.execute_cell_input = execute_as_a_learner_does


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "Notebook | None":
    if file_path.suffix == ".ipynb" and parent.config.option.nbval and not parent.config.option.nbval_lax:
        return Notebook.from_parent(parent, path=file_path)
    return None


def execute_as_a_learner_does(kernel: RunningKernel, source: str, allow_stdin: bool = False) -> str:
    """Run a cell as part of the session; nbval keeps it out, and IPython then shows the value of `x;` all the same."""
    return kernel.kc.execute(source, allow_stdin=allow_stdin, stop_on_error=False)


class Notebook(pytest.File):
    """A notebook as it lies on disk, beside nbval's collector that runs it."""

    def collect(self) -> Iterator["StoredOutputs"]:
        yield StoredOutputs.from_parent(self, name="stored outputs")


class StoredOutputs(pytest.Item):
    """Every cell was run, and enough of them have something to compare."""

    def runtest(self) -> None:
        cells = [c for c in nbformat.read(self.path, as_version=4).cells if c.cell_type == "code" and c.source.strip()]
        problems = [f"never run: {c.source.splitlines()[0]}" for c in cells if c.execution_count is None]
        compared = sum(map(is_compared, cells))
        minimum = MINIMUM.get(self.path.name, MINIMUM.get(self.path.parent.name, 1))
        if compared < minimum:
            problems.append(f"{compared} cells have an output to compare; at least {minimum} must")
        if problems:
            raise IncompleteNotebook(
                "\n".join([*problems, "`make notebooks` runs every notebook and stores its outputs."])
            )

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        return f"{self.path.name} is incomplete\n{excinfo.value}"

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, self.nodeid


class IncompleteNotebook(Exception):
    """A notebook that nbval would pass without having compared it."""


def is_compared(cell: nbformat.NotebookNode) -> bool:
    """Whether nbval holds a fresh output of this cell against a stored one."""
    options = dict(find_metadata_tags(cell.metadata)) | dict(find_comment_markers(cell.source))
    if cell.execution_count is None or options.get("skip") or not options.get("check", True):
        return False
    return any("data" not in output or output.data.keys() - NOT_COMPARED for output in cell.outputs)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    yield
    if not isinstance(item, IPyNbCell) or not item.options["check_exception"]:
        return
    if not any(output.output_type == "error" for output in item.test_outputs):
        item.raise_cell_error("The cell is tagged as raising an exception, and raised none")
