"""The errors learners meet carry a hint: PyTorch's words can be searched, the note says what to do now."""

import io
import re
import subprocess
import sys
import textwrap
import traceback
from pathlib import Path

import nbformat
import numpy as np
import pytest

import minigrad as torch


def x():
    return torch.tensor([1.0, 2.0], requires_grad=True)


def twice():
    y = (x() ** 2).sum()
    y.backward()
    y.backward()


def saved_then_modified():
    y = x() * 2
    z = y * y
    y += 1
    z.sum().backward()


def row_modified():
    a, _ = torch.ones(2, 2, requires_grad=True) * 2
    a += 1


def view_without_history():
    y = x() * 2
    with torch.no_grad():
        v = y[:1]
    v += 1


def overlapping():
    y = torch.ones(3)
    y[1:] += y[:2]


HINTED = [
    (twice, RuntimeError, "a second time", "retain_graph=True"),
    (lambda: (x() * 2).backward(), RuntimeError, "only for scalar outputs", "y.sum().backward()"),
    (lambda: torch.ones(2).sum().backward(), RuntimeError, "does not require grad", "requires_grad=True"),
    (lambda: (x() * 2).backward(torch.ones(3)), RuntimeError, "Mismatch in shape", "exactly the shape"),
    (lambda: x().add_(1), RuntimeError, "a leaf Variable", "torch.no_grad()"),
    (lambda: x()[0].add_(1), RuntimeError, "a view of a leaf", "torch.no_grad()"),
    (saved_then_modified, RuntimeError, "modified by an inplace operation", "y = y + 1"),
    (row_modified, RuntimeError, "returns multiple views", "x[i]"),
    (view_without_history, RuntimeError, "created in no_grad mode", "both inside"),
    (overlapping, RuntimeError, "single memory location", "clone()"),
    (lambda: torch.tensor([1, 2], requires_grad=True), RuntimeError, "floating point", "torch.tensor([1., 2.]"),
    (lambda: torch.tensor([1, 2]).requires_grad_(), RuntimeError, "floating point", "torch.tensor([1., 2.]"),
    (lambda: (x() * 2).requires_grad_(False), RuntimeError, "leaf variables", "detach()"),
    (lambda: x().numpy(), RuntimeError, "Can't call numpy()", "not recorded"),
    (lambda: np.asarray(x()), RuntimeError, "Can't call numpy()", "not recorded"),
    (lambda: x() * np.ones(2), RuntimeError, "Can't call numpy()", "not recorded"),
    (lambda: np.ones(2) * x(), TypeError, "unsupported operand", "torch.tensor(array)"),
    (lambda: torch.ones(2) + torch.ones(3), RuntimeError, "must match the size", "from the right"),
    (lambda: torch.ones(2, 3) @ torch.ones(2, 3), RuntimeError, "cannot be multiplied", "columns of A"),
    (lambda: torch.ones(2) @ torch.ones(2).double(), RuntimeError, "same dtype", "a.float() @ b"),
    (lambda: x().item(), RuntimeError, "cannot be converted to Scalar", "tolist()"),
    (lambda: torch.tensor([1, 2]).mean(), RuntimeError, "could not infer output dtype", "x.float().mean()"),
    (lambda: torch.exp(2.0), TypeError, "must be Tensor, not float", "torch.tensor"),
    (lambda: torch.ones(2).mul_("a"), TypeError, "must be Tensor, not str", "torch.tensor"),
    (lambda: -torch.tensor([True]), RuntimeError, "Negation", "~mask"),
    (lambda: torch.tensor([True]) - torch.tensor([True]), RuntimeError, "Subtraction", "a != b"),
    (lambda: torch.optim.SGD(x(), lr=0.1), TypeError, "iterable of Tensors", "SGD([weights]"),
    (lambda: torch.optim.SGD([x() * 2], lr=0.1), ValueError, "non-leaf", "the tensors you made"),
]


@pytest.mark.parametrize(("mistake", "error", "words", "hint"), HINTED, ids=[words for _, _, words, _ in HINTED])
def test_the_error_has_pytorchs_type_and_words_and_a_hint(mistake, error, words, hint):
    with pytest.raises(Exception) as caught:
        mistake()
    assert type(caught.value) is error
    assert words in str(caught.value)
    (note,) = caught.value.__notes__
    note = " ".join(note.split())
    assert note.startswith("Hint: ")
    assert hint in note
    assert "Hint: " + words not in note


def test_a_hint_names_the_lab_that_explains_it():
    named = {}
    for mistake, *_ in HINTED:
        with pytest.raises(Exception) as caught:
            mistake()
        if lab := re.search(r"Lab (\d\d), (.+), shows why\.$", " ".join(caught.value.__notes__[0].split())):
            named[lab[1]] = lab[2].lower()
    assert len(named) >= 3
    for number, title in named.items():
        (path,) = (Path(__file__).parents[2] / "notebooks/labs").glob(f"{number}_*.ipynb")
        assert nbformat.read(path, as_version=4).cells[0].source.splitlines()[0].lower() == f"# lab {number}: {title}"


def test_the_hint_is_printed_below_the_message():
    try:
        twice()
    except RuntimeError as error:
        shown = io.StringIO()
        traceback.print_exception(error, file=shown)
    message, hint = shown.getvalue().split("Hint: ")
    assert "RuntimeError: Trying to backward" in message
    assert "retain_graph=True" in hint


def test_what_goes_wrong_leaves_the_engine_working():
    for mistake, *_ in HINTED:
        with pytest.raises((RuntimeError, TypeError, ValueError)):
            mistake()
        y = x()
        (y * y).sum().backward()
        assert y.grad.tolist() == [2.0, 4.0]
        assert torch.is_grad_enabled()


def test_infinity_and_nan_come_without_a_warning():
    program = """
        import warnings
        warnings.simplefilter("always")
        import minigrad as torch
        x = torch.tensor([0.0, -1.0, 1e38], requires_grad=True)
        y = 1 / x + x.log() + x.exp() + x / 0 + x * 1e38 + x ** -0.5 + x.mean() * 1e38
        y.sum().backward()
        torch.zeros(0).mean(), x.detach().to(torch.int8), torch.ones(2) / torch.zeros(2)
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True)
    assert run.stderr == ""
