"""The magics in a real IPython shell: a cell under them runs as it would alone, and then shows its graph or pass."""

import re

import pytest
from IPython.core.interactiveshell import InteractiveShell

PLAIN = re.compile(r"\x1b\[[\d;]*m")


class Shell:
    """An IPython shell with the magics loaded; `said` is what its last cell printed, `shown` what it displayed."""

    def __init__(self, capsys):
        self.ip = InteractiveShell.instance()
        self.capsys = capsys
        self.run("%load_ext widgets\n%colors nocolor")
        self.run("import minigrad as torch\nx = torch.tensor([1.0, 2.0], requires_grad=True)")

    def use_pytorch(self):
        self.run("import torch\nx = torch.tensor([1.0, 2.0], requires_grad=True)")

    def run(self, cell):
        self.capsys.readouterr()
        result = self.ip.run_cell(cell, store_history=True)
        printed = self.capsys.readouterr()
        self.said = PLAIN.sub("", printed.out + printed.err)
        return result


@pytest.fixture
def shell(capsys):
    yield Shell(capsys)
    InteractiveShell.clear_instance()


def test_the_graph_of_the_last_line(shell):
    assert shell.run("%%graph\ny = x * 3\n(y + 1).sum()").success
    assert "Graph of sum(y+1): 4 tensors · 3 operations · 1 leaf" in shell.said
    assert "  y  MulBackward0  [3, 6]" in shell.said
    assert shell.said.startswith("Out[") and "tensor(11., grad_fn=<SumBackward0>)" in shell.said


def test_a_semicolon_keeps_the_value_of_the_last_line_from_view(shell):
    shell.run("%%graph\n(x * 3).sum();")
    assert "tensor(" not in shell.said and "Graph of sum(x*3)" in shell.said


@pytest.mark.parametrize(
    "cell",
    [
        "y = x * 3\nw = torch.ones(2)",  # w requires no grad
        "y = x * 3\nfor i in range(2):\n    k = torch.ones(2, requires_grad=True)",  # k was not computed
        "if True:\n    y = x * 3",
        "y = x * 3\ny.shape",
        "if (y := x * 3) is not None:\n    pass",
        "y = x * 3\ndef f():\n    z = 1\n    y2 = x * 4",
    ],
)
def test_else_the_graph_of_the_last_tensor_assigned_that_was_tracked(shell, cell):
    shell.run(f"%%graph\n{cell}")
    assert "Graph of y: 2 tensors" in shell.said


def test_else_the_graph_of_the_tensor_that_is_named(shell):
    shell.run("%%graph y\ny = x * 3\nz = y * 2")
    assert "Graph of y: 2 tensors" in shell.said
    shell.run("%%graph z\nprint('before')")
    assert shell.said.startswith("before\n") and "Graph of z: 3 tensors" in shell.said


def test_the_cell_runs_in_the_namespace_of_the_notebook(shell):
    shell.run("%%graph\ny = x * 3")
    assert shell.run("assert y.tolist() == [3.0, 6.0]").success


def test_backward_steps_through_the_pass_from_the_last_tensor(shell):
    shell.run("%%backward\nz = (x * x).sum()")
    assert shell.said.startswith("Backward pass of z:")
    assert "x.grad: None → [2, 4]" in shell.said
    assert shell.run("assert x.grad is None").success


def test_a_vector_takes_a_gradient(shell):
    shell.run("%%backward y --gradient v\nv = torch.tensor([1.0, 0.5])\ny = x * 2")
    assert "x.grad: None → [2, 1]" in shell.said


def test_a_pass_that_the_cell_runs_itself_is_the_one_shown(shell):
    shell.run("x.grad = torch.ones(2)")
    assert shell.run("%%backward\nz = (x * x).sum()\nz.backward()\nx.grad = None").success
    assert "x.grad: [1, 1] + [2, 4] = [3, 5]" in shell.said
    assert shell.run("assert x.grad is None").success


def test_of_several_passes_the_first_is_shown_and_the_others_counted(shell):
    shell.run("%%backward\nfor _ in range(3):\n    z = (x * x).sum()\n    z.backward()\nprint(x.grad)")
    assert "tensor([ 6., 12.])\nThe cell called backward() 3 times. This is the first pass:" in shell.said
    assert "x.grad: None → [2, 4]" in shell.said


def test_a_name_chooses_among_the_passes(shell):
    shell.run("%%backward b\na = (x * x).sum()\na.backward()\nb = (x * 5).sum()\nb.backward()")
    assert "Backward pass of b:" in shell.said and "x.grad: [2, 4] + [5, 5] = [7, 9]" in shell.said
    assert "times" not in shell.said


def test_afterwards_backward_is_what_it_was(shell):
    import minigrad

    before = minigrad.Tensor.backward
    shell.run("%%backward\n(x * x).sum().backward()\n1 / 0")
    assert minigrad.Tensor.backward is before


def test_an_error_of_the_cell_is_shown_as_without_the_magic(shell):
    result = shell.run("%%backward\ny = x * 2\nprint('so far')\n1 / 0")
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    assert shell.said.startswith("so far\n") and shell.said.count("ZeroDivisionError") == 2
    assert "line 4" in shell.said and "----> 4 1 / 0" in shell.said
    assert "magics.py" not in shell.said and "run_cell_magic" not in shell.said


def test_a_second_backward_raises_what_the_engine_raises(shell):
    result = shell.run("%%backward\nz = (x * x).sum()\nz.backward()\nz.backward()")
    assert "Trying to backward through the graph a second time" in str(result.error_in_exec)
    assert "----> 4 z.backward()" in shell.said and "Backward pass" not in shell.said


def test_a_mistake_in_the_grammar_is_shown_at_its_line(shell):
    shell.run("%%graph\ny = x * 3\nz = = 4")
    assert "line 3" in shell.said and "SyntaxError: invalid syntax" in shell.said


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%%graph\n1 + 1", "%%graph: the cell made no tensor that requires grad. Begin with one, as in x = torch"),
        ("%%backward\ny = torch.ones(2)", "%%backward: the cell made no tensor that requires grad"),
        ("%%backward\nw = torch.ones(2, requires_grad=True)", "no operation made this tensor"),
        ("%%backward\ny = x * 2", "this tensor has shape [2], so backward() needs a vector v of that shape"),
        ("%%graph nowhere\ny = x * 2", "%%graph nowhere: NameError: name 'nowhere' is not defined"),
        ("%%graph n\nn = 3", "%%graph n: expected a tensor, got int"),
        ("%%graph d\nd = x.detach()", "d does not require grad, so nothing was recorded. explain(d) says why"),
        ("%%backward y --gradient x[0]\ny = x * 2", "RuntimeError: Mismatch in shape"),
        ("%%backward y --gradient 1/0\ny = x * 2", "--gradient 1/0: ZeroDivisionError: division by zero"),
        ("%%backward --gradients 3\ny = x * 2", "unrecognized arguments: --gradients"),
    ],
)
def test_what_cannot_be_shown_is_said_in_words(shell, cell, words):
    result = shell.run(cell)
    assert not result.success
    assert words in shell.said.replace("\n", " ") and "Traceback" not in shell.said


def test_a_cell_of_pytorch_keeps_every_value(shell):
    shell.use_pytorch()
    shell.run("%%graph\nz = (x + 2) * 3")
    assert "  x+2  AddBackward0  [3, 4]\n  z  MulBackward0  [9, 12]" in shell.said


def test_a_pass_of_pytorch_is_the_one_that_the_cell_ran(shell):
    shell.use_pytorch()
    shell.run("%%backward\nz = (x * x).sum()\nz.backward()\nprint(x.grad)")
    assert shell.said.startswith("tensor([2., 4.])\nBackward pass of z:")
    assert "x.grad: None → [2, 4]" in shell.said


def test_both_engines_show_the_same(shell):
    cell = "%%backward y --gradient v\nv = torch.tensor([1.0, 0.5])\ny = x * 2"
    shell.run(cell)
    expected = shell.said
    shell.use_pytorch()
    shell.run(cell)
    assert shell.said == expected and "Backward pass of y:" in expected
