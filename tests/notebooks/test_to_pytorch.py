"""Lab 12 says that its cells do the same under PyTorch; here they are run under both engines."""

import contextlib
import io
import traceback
from pathlib import Path

import nbformat
import pytest

LAB = Path(__file__).parents[2] / "notebooks/labs/12_to_pytorch.ipynb"
IMPORT = "import minigrad as torch"
WIDGETS = ("BackwardStepper", "predict(", "from widgets")


def cells():
    """Id and code of the cells that are to do the same: those without widgets, and without the one of the gaps."""
    for cell in nbformat.read(LAB, as_version=4).cells:
        if cell.cell_type == "code" and cell.id != "missing":
            lines = [line for line in cell.source.splitlines() if not line.startswith(WIDGETS)]
            if not cell.source.startswith("predict("):
                yield cell.id, "\n".join(lines), "raises-exception" in cell.metadata.get("tags", [])


def printed(engine):
    """What each cell prints, and the message of the error where one is meant."""
    names: dict[str, object] = {}
    found = {}
    for name, source, raises in cells():
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            try:
                exec(compile(source.replace(IMPORT, engine), name, "exec"), names)
            except Exception as error:
                assert raises, traceback.format_exc()
                print(f"{type(error).__name__}: {error}".strip())  # without the kit's own hint, a note
            else:
                assert not raises, f"{name} is meant to raise"
        found[name] = out.getvalue()
    return found


def test_the_lab_needs_minigrad_only():
    sources = [source for _, source, _ in cells()]
    assert sum(source.count(IMPORT) for source in sources) == 1
    assert "import torch" not in "\n".join(sources)


def test_every_cell_prints_the_same_under_both_engines():
    pytest.importorskip("torch")
    ours = printed(IMPORT)
    assert sum(map(bool, ours.values())) >= 6
    assert ours == printed("import torch")
