"""Lessons written for PyTorch: as_torch(), ``python -m minigrad``, --compare, what is outside the kit."""

import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import minigrad
from minigrad import comparison
from minigrad.lessons import as_torch, outside

ROOT = Path(__file__).parents[2]


def run(*arguments):
    """The command, as it would be typed where minigrad is installed."""
    command = [sys.executable, "-m", "minigrad", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)})


def in_a_process(code):
    """For what must not happen in this process, where PyTorch may be imported."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_imports_find_minigrad_itself():
    assert in_a_process("""
import minigrad
minigrad.as_torch()
import torch, torch.optim as optim, torch.optim.lr_scheduler
from torch.utils.data import DataLoader
from torch import Tensor
import minigrad.utils.data
print(torch is minigrad, optim is minigrad.optim, DataLoader is minigrad.utils.data.DataLoader)
print(Tensor is minigrad.Tensor, torch.__spec__.name, torch.optim.__spec__.name)
import torch.cuda, torch.backends.mps
print(torch.cuda.is_available(), torch.backends.mps.is_available(), torch.cuda.device_count())
""") == ["True True True", "True minigrad minigrad.optim", "False False 0"]


def test_restoring_undoes_it():
    assert in_a_process("""
import sys, minigrad
finders = list(sys.meta_path)
with minigrad.as_torch() as torch:
    import torch.optim
    print(torch is minigrad)
print([name for name in sys.modules if name.startswith("torch")], sys.meta_path == finders)
""") == ["True", "[] True"]


def test_pytorch_itself_is_not_replaced():
    assert (
        "kernel"
        in in_a_process("""
import sys, types, minigrad
sys.modules["torch"] = types.ModuleType("torch")
try:
    minigrad.as_torch()
except RuntimeError as error:
    print(error)
""")[0]
    )


@pytest.mark.parametrize(
    ("module", "name", "words"),
    [
        ("torch", "compile", "torch.compile: nothing is compiled here: call the function or the model itself"),
        ("torch", "jit", "torch.jit: nothing is compiled here"),
        ("torch", "distributed", "one process and one machine"),
        ("torch", "bfloat16", "use float32"),
        ("torch", "nonesuch", "module 'torch' has no attribute 'nonesuch'"),
        ("torch.nn", "Conv2d", "torch.nn.Conv2d: no convolutions: this kit is about differentiation"),
        ("torch.nn", "LSTM", "no ready-made recurrent"),
        ("torch.nn", "nonesuch", "module 'torch.nn' has no attribute 'nonesuch'"),
        ("torch.nn.functional", "max_pool2d", "no convolutions"),
        ("torch.optim", "LBFGS", "SGD, Adam, AdamW and RMSprop are here"),
        ("torch.optim.lr_scheduler", "CosineAnnealingLR", "LambdaLR, which takes any formula"),
    ],
)
def test_what_is_outside_says_what_to_do(module, name, words):
    with pytest.raises(AttributeError, match="^" + re.escape(words) if words.startswith("torch") else re.escape(words)):
        outside(module)(name)


def test_the_modules_ask():
    with pytest.raises(AttributeError, match=r"torch\.compile: nothing is compiled"):
        minigrad.compile  # noqa: B018
    with pytest.raises(AttributeError, match=r"torch\.optim\.LBFGS"):
        minigrad.optim.LBFGS  # noqa: B018
    assert not hasattr(minigrad, "compile")


def test_there_is_no_other_device():
    assert not minigrad.cuda.is_available()
    minigrad.cuda.manual_seed_all(0)
    with pytest.raises(AttributeError, match=r"torch\.cuda\.synchronize: this kit runs on the CPU"):
        minigrad.cuda.synchronize()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("import torch.distributed", "torch.distributed: one process"),
        ("from torch.optim import LBFGS", "torch.optim.LBFGS: not one of the optimizers"),
        ("import torchvision.transforms", "torch.from_numpy"),
        ("import torch.nonesuch.more", "torch.nonesuch: not part of this kit"),
    ],
)
def test_imports_from_outside_say_what_to_do(statement, words):
    assert (
        words
        in in_a_process(f"""
import minigrad
minigrad.as_torch()
try:
    {statement}
except ImportError as error:
    print(error)
""")[0]
    )


def test_the_version_is_the_packages():
    assert minigrad.__version__ == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


SCRIPT = """import sys
import torch
from helper import answer
print(__name__, sys.argv, answer, torch.ones(2))
"""


def test_a_script_runs_as_main(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "helper.py").write_text("answer = 42\n")
    done = run(tmp_path / "script.py", "--lr", "0.1")
    assert done.stdout == f"__main__ {[str(tmp_path / 'script.py'), '--lr', '0.1']} 42 tensor([1., 1.])\n"
    assert done.returncode == 0


def test_a_failing_script_fails(tmp_path):
    (tmp_path / "script.py").write_text("import torch\ntorch.ones(2).backward()\n")
    done = run(tmp_path / "script.py")
    assert done.returncode == 1
    assert "does not require grad and does not have a grad_fn" in done.stderr
    assert "Hint: " in done.stderr
    # A traceback of the learner's own lines.
    assert [line.split('"')[1] for line in done.stderr.splitlines() if "File" in line] == [str(tmp_path / "script.py")]


def notebook(path, *sources):
    cells = [{"cell_type": "code", "source": s, "metadata": {"tags": t}} for s, *t in sources]
    path.write_text(json.dumps({"cells": [{"cell_type": "markdown", "source": "# %not code"}, *cells]}))
    return path


def test_a_notebook_shows_the_last_value_of_each_cell(tmp_path):
    lesson = notebook(
        tmp_path / "lesson.ipynb",
        ("%matplotlib inline\nimport torch\nx = torch.ones(2)\nx",),
        ("%%bash\nexit 1",),
        ("1 / 0", "raises-exception"),
        ("x * 2\nx * 3",),
    )
    done = run(lesson)
    assert done.stdout == "tensor([1., 1.])\ntensor([3., 3.])\n"
    assert "lesson.ipynb, cell 3" in done.stderr
    assert done.returncode == 0


def test_a_notebook_stops_at_an_error_nobody_expects(tmp_path):
    done = run(notebook(tmp_path / "lesson.ipynb", ("import torch\n1 / 0",), ("print('after')",)))
    assert done.returncode == 1
    assert "1 / 0" in done.stderr
    assert not done.stdout


def test_a_missing_file_is_named(tmp_path):
    done = run(tmp_path / "none.py")
    assert done.returncode == 2
    assert "there is no file" in done.stderr


def test_comparing_needs_pytorch(tmp_path):
    (tmp_path / "script.py").write_text("import torch\n")
    with_torch = importlib.util.find_spec("torch") is not None
    done = run(tmp_path / "script.py", "--compare")
    assert done.returncode == (0 if with_torch else 2)
    assert with_torch or "pip install torch" in done.stderr


IMPORTS = (
    "import minigrad as torch",
    "import minigrad\ntorch = minigrad",
    "import minigrad.nn\ntorch = minigrad",
    "from minigrad import nn\nimport minigrad.optim as optim\nfrom helper import torch",
)


@pytest.mark.parametrize("imports", IMPORTS)
def test_a_script_that_imports_minigrad_is_run_by_pytorch_too(tmp_path, imports):
    pytest.importorskip("torch")
    (tmp_path / "helper.py").write_text("import minigrad as torch\n")
    # What neither run can print alike.
    lesson = tmp_path / "script.py"
    lesson.write_text(f"{imports}\nlayer = torch.nn.Linear(2, 1)\nprint(torch.__file__)\nprint(torch.ones(1))\n")
    done = run(lesson, "--compare")
    assert done.returncode == 1, done.stderr
    assert done.stdout.count("PyTorch:") == 1
    assert "site-packages" in done.stdout


def test_the_kit_itself_still_finds_minigrad(tmp_path):
    pytest.importorskip("torch")
    lesson = tmp_path / "script.py"
    lesson.write_text(
        "import minigrad as torch\nfrom widgets import BackwardStepper\nx = torch.ones(1).requires_grad_()\n"
        "print(type(BackwardStepper((x * x).sum())).__name__)\n"
    )
    assert "4 of 4 statements do the same" in run(lesson, "--compare").stdout


def test_outcomes_of_statements(tmp_path):
    lesson = tmp_path / "lesson.py"
    lesson.write_text("'''Text.'''\nimport warnings\nx = 1\nx + 1\nwarnings.warn('w')\nprint(object())\n1 / 0\n")
    names = {}
    found = [(s.place, comparison.seen(comparison.outcome(s.code, names))) for s in comparison.statements(lesson)]
    assert found == [
        (f"{lesson}:1", ""),
        (f"{lesson}:2", ""),
        (f"{lesson}:3", ""),
        (f"{lesson}:4", "printed 2\n"),
        (f"{lesson}:5", "warned w"),
        (f"{lesson}:6", "printed <object object at 0x>\n"),
        (f"{lesson}:7", "raised ZeroDivisionError: division by zero"),
    ]


def test_differences_are_found(tmp_path, monkeypatch):
    lesson = tmp_path / "lesson.py"
    lesson.write_text("x = 1\nprint(\n  x)\nprint('y')\n")
    outcomes = {"torch": [{}, {"printed": "1.0000"}, {}], "minigrad": [{}, {"printed": "1.0001"}, {"raised": "E: e"}]}
    monkeypatch.setattr(comparison, "_run", lambda lesson, engine: outcomes[engine])
    differing, count = comparison.compare(lesson)
    assert count == 3
    assert differing == [f"{lesson}:4: print('y')\n  PyTorch:  ''\n  minigrad: 'raised E: e'"]


def test_a_lesson_that_leaves_is_compared_up_to_there(tmp_path, monkeypatch):
    lesson = tmp_path / "lesson.py"
    lesson.write_text("import sys\nsys.exit()\nprint('never')\n")
    code = f"from minigrad.comparison import record; record('minigrad', {str(lesson)!r}, {str(tmp_path / 'out')!r})"
    in_a_process(code)
    assert json.loads((tmp_path / "out").read_text()) == [{}, {"raised": "SystemExit: "}]


def test_it_can_be_used_twice():
    if "torch" in sys.modules:
        with pytest.raises(RuntimeError, match="already imported"):
            as_torch()
        return
    with as_torch(), as_torch():
        import torch
    assert torch is minigrad
    assert "torch" not in sys.modules
