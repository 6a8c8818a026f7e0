"""Runs notebooks in fresh kernels and stores outputs that stay the same from run to run.

`make notebooks` runs all of them; `python -m tests.notebooks.regenerate notebooks/lesson.ipynb` runs one.
"""

import re
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}

# The editor's state and the clock; everything else in a cell's metadata was put there by its author.
VOLATILE = ("ExecuteTime", "collapsed", "execution", "scrolled", "trusted")


def run(path: Path) -> nbformat.NotebookNode:
    """Return the notebook at `path` with the outputs of a fresh kernel, normalised.

    Raises `nbclient.exceptions.CellExecutionError` if a cell not tagged `raises-exception` raises.
    """
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.kernelspec = KERNEL
    client = NotebookClient(
        notebook,
        timeout=300,
        coalesce_streams=True,
        record_timing=False,
        store_widget_state=False,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": path.parent}},
    )
    client.execute()
    normalise(notebook)
    return notebook


def normalise(notebook: nbformat.NotebookNode) -> None:
    """Remove from a notebook what would differ at the next run, in place."""
    notebook.metadata.language_info = {"name": "python"}
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        for key in VOLATILE:
            cell.metadata.pop(key, None)
        for output in cell.get("outputs", []):
            _normalise_output(output)


def _normalise_output(output: nbformat.NotebookNode) -> None:
    if "data" in output:
        # Model ids are random, and nobody is there to answer to them: the static picture beside them is what shows.
        output.data.pop("application/vnd.jupyter.widget-view+json", None)
    if output.output_type == "error":
        # The frames inside a library hold paths of this machine and lines that move with every edit.
        output.traceback = [frame for frame in output.traceback if not _plain(frame).startswith("File ")]
    for key in ("text", "evalue", "traceback", "data"):
        if key in output:
            output[key] = _normalise_strings(output[key])


def _plain(text: str) -> str:
    """`text` without the escape sequences that colour it."""
    return re.sub(r"\x1b\[[\d;]*m", "", text).lstrip()


def _normalise_strings(value: Any) -> Any:
    if isinstance(value, dict):
        return nbformat.from_dict({key: _normalise_strings(item) for key, item in value.items()})
    if isinstance(value, list):
        return [_normalise_strings(item) for item in value]
    if isinstance(value, str):
        value = re.sub(r"\b0x[0-9a-fA-F]{6,16}\b", "0x7f0000000000", value)
        value = re.sub(r"\S*[/\\]ipykernel_\d+[/\\]\d+\.py", "cell.py", value)
        return value.replace(f"{NOTEBOOKS.parent}/", "")
    return value


def main(paths: list[Path]) -> None:
    """Run and rewrite the notebooks given; all that lie under notebooks/ if none is."""
    for path in paths or sorted(p for p in NOTEBOOKS.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts):
        print(f"running {path.name}", flush=True)
        nbformat.write(run(path), path)


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
