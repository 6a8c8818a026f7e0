"""Scripts that import PyTorch, as they are: run on minigrad by the command, and compared where PyTorch is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from minigrad import comparison

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((Path(__file__).parent / "unchanged").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_it_runs_up_to_its_error(script):
    done = subprocess.run(
        [sys.executable, "-m", "minigrad", script],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert "epoch 7: loss 0." in done.stdout
    assert "RuntimeError: mat1 and mat2 shapes cannot be multiplied (80x3 and 4x16)\n" in done.stderr


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_every_statement_does_the_same(script):
    pytest.importorskip("torch")
    differing, count = comparison.compare(script)
    assert not differing, "\n".join(differing)
    assert count > 20
