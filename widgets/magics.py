"""``%%graph`` and ``%%backward``: any cell becomes a graph or a stepper. ``%load_ext widgets`` loads them.

The cell runs in the notebook's own namespace, as it would without its first line: what it prints, shows and raises is
the same, and so are the line numbers of its errors.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import display

from minigrad.tensor import Tensor

from .graph import ComputationGraph
from .recording import record
from .stepper import BackwardStepper

START = "x = torch.tensor([1.0, 2.0], requires_grad=True)"


@magics_class
class AutogradMagics(Magics):
    """The magics of this kit."""

    shell: InteractiveShell

    @no_var_expand
    @magic_arguments("%%graph")
    @argument("name", nargs="?", help="the tensor to show")
    @cell_magic
    def graph(self, line: str, cell: str) -> None:
        """Run the cell, then show the graph behind a tensor.

        It is the tensor you name, else the value of the last line, else the last one assigned that requires grad.
        """
        name = parse_argstring(self.graph, line).name
        run = _Run(self.shell, cell)
        run.execute()
        _show(self.shell, ComputationGraph, run.tensor(name, "%%graph"))

    @no_var_expand
    @magic_arguments("%%backward")
    @argument("name", nargs="?", help="the tensor to go back from")
    @argument("--gradient", help="the vector v of the vector-Jacobian product, where the tensor is no scalar")
    @cell_magic
    def backward(self, line: str, cell: str) -> None:
        """Run the cell, then step through a backward pass.

        Where the cell itself calls backward(), that pass is shown, the first of several. Else it starts at the tensor
        you name, at the value of the last line, or at the last tensor assigned that requires grad.
        """
        arguments = parse_argstring(self.backward, line)
        run = _Run(self.shell, cell)
        passes = _Passes(self.shell.user_ns, arguments.name)
        with _told_of_backward(passes.before):
            run.execute()
        if passes.count and arguments.gradient is None:
            passes.show()
            return
        tensor = run.tensor(arguments.name, "%%backward")
        gradient = None if arguments.gradient is None else run.evaluate(arguments.gradient, "--gradient")
        if tensor.grad_fn is None:
            raise UsageError(
                "%%backward: no operation made this tensor, so there is nothing to walk back through. Compute "
                "something from it first, as in y = (x * x).sum()"
            )
        if gradient is None and tensor.numel() != 1:
            raise UsageError(
                f"%%backward: this tensor has shape {list(tensor.shape)}, so backward() needs a vector v of that "
                "shape. Name both, as in %%backward y --gradient v, or end the cell with y.sum()"
            )
        _show(self.shell, BackwardStepper, tensor, gradient)


class _Run:
    """A cell, run as the notebook runs it."""

    def __init__(self, shell: InteractiveShell, cell: str) -> None:
        self.shell = shell
        self.cell = cell
        self.value: Any = None
        self.assigned: list[str] = []

    def execute(self) -> None:
        """Run it and show the value of its last line. Raises what it raises, with a traceback that starts in it."""
        source = "\n" + self.shell.transform_cell(self.cell)  # the magic was line 1
        name = self.shell.compile.cache(source, self.shell.execution_count, source)
        tree = self.shell.transform_ast(self.shell.compile.ast_parse(source, name))
        names = _Names()
        names.visit(tree)
        self.assigned = names.stored
        last = tree.body.pop().value if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        try:
            with record():
                exec(self.shell.compile(tree, name, "exec"), self.shell.user_ns)
                if last is not None:
                    self.value = eval(compile(ast.Expression(last), name, "eval"), self.shell.user_ns)
        except Exception as error:
            self._cut_traceback(error)
            raise
        if not DisplayHook.semicolon_at_end_of_expression(self.cell):
            sys.displayhook(self.value)

    def _cut_traceback(self, error: Exception) -> None:
        """Leave out of the traceback that IPython shows how the cell came to be run."""
        assert error.__traceback__ is not None
        start = error.__traceback__.tb_next
        lines = self.shell.InteractiveTB.structured_traceback(type(error), error, start, tb_offset=0)
        error.__dict__["_render_traceback_"] = lambda: lines  # what IPython asks an exception for

    def evaluate(self, expression: str, what: str) -> Any:
        """An expression of the magic's own line. Raises UsageError where it has no value."""
        try:
            return eval(expression, self.shell.user_ns)
        except Exception as error:
            raise UsageError(f"{what} {expression}: {type(error).__name__}: {error}") from None

    def tensor(self, name: str | None, magic: str) -> Any:
        """The tensor to show. Raises UsageError where the cell has none."""
        if name is not None:
            return self._named(name, magic)
        if _is_tracked(self.value):
            return self.value
        given = [self.shell.user_ns.get(target) for target in self.assigned]
        tracked = [value for value in given if _is_tracked(value)]
        computed = [tensor for tensor in tracked if tensor.grad_fn is not None]
        if not tracked:
            raise UsageError(
                f"{magic}: the cell made no tensor that requires grad. Begin with one, as in {START}, or name one that "
                f"was made before, as in {magic} y"
            )
        return (computed or tracked)[-1]

    def _named(self, name: str, magic: str) -> Any:
        found = self.evaluate(name, magic)
        if not isinstance(found, _tensor_classes()):
            raise UsageError(f"{magic} {name}: expected a tensor, got {type(found).__name__}")
        if not found.requires_grad:
            raise UsageError(
                f"{magic} {name}: {name} does not require grad, so nothing was recorded. explain({name}) says why"
            )
        return found


class _Passes:
    """The backward passes that a cell runs, from the tensor of that name if there is one; the first can be shown."""

    def __init__(self, namespace: dict[str, Any], name: str | None) -> None:
        self.namespace = namespace
        self.name = name
        self.count = 0
        self.stepper: BackwardStepper | None = None
        self.problem = ""
        self.rehearsing = False

    def before(self, tensor: Any, gradient: Any) -> None:
        """A pass is about to run; afterwards its graph may be gone."""
        if self.rehearsing or (self.name is not None and self.namespace.get(self.name) is not tensor):
            return
        self.count += 1
        if self.count == 1:
            self.rehearsing = True
            try:
                self.stepper = BackwardStepper(tensor, gradient)
            except Exception as error:  # the pass itself is about to raise it too, unless only the picture failed
                self.problem = f"{type(error).__name__}: {error}"
            self.rehearsing = False

    def show(self) -> None:
        """Show the first pass. Raises UsageError where no picture could be made of it."""
        if self.stepper is None:
            raise UsageError(f"%%backward: {self.problem}")
        if self.count > 1:
            print(f"The cell called backward() {self.count} times. This is the first pass:")
        display(self.stepper)


class _Names(ast.NodeVisitor):
    """The names that a cell gives a value to, in their order; not those inside functions and comprehensions."""

    def __init__(self) -> None:
        self.stored: list[str] = []

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.stored.append(node.id)

    def _pass_by(self, node: ast.AST) -> None:
        """What is assigned in there has a scope of its own."""

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = visit_Lambda = _pass_by
    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _pass_by


def _tensor_classes() -> tuple[Any, ...]:
    """The classes of tensors of the engines that are loaded."""
    return tuple({Tensor, getattr(sys.modules.get("torch"), "Tensor", Tensor)})


def _is_tracked(value: Any) -> bool:
    return isinstance(value, _tensor_classes()) and value.requires_grad


@contextmanager
def _told_of_backward(before: Callable[[Any, Any], None]) -> Iterator[None]:
    """Call ``before(tensor, gradient)`` ahead of each ``tensor.backward(gradient)`` in the ``with`` block."""
    originals: dict[Any, Callable] = {kind: kind.backward for kind in _tensor_classes()}
    running: list[Any] = []

    def telling(original: Callable) -> Callable:
        def backward(self: Any, gradient: Any = None, *arguments: Any, **options: Any) -> Any:
            __tracebackhide__ = True
            if not running:  # PyTorch's own calls itself once more while notes are taken
                before(self, gradient)
            running.append(self)
            try:
                return original(self, gradient, *arguments, **options)
            finally:
                running.pop()

        return backward

    for kind, original in originals.items():
        kind.backward = telling(original)
    try:
        yield
    finally:
        for kind, original in originals.items():
            kind.backward = original


def _show(shell: InteractiveShell, widget: Callable, *arguments: Any) -> None:
    """Make a widget from within the notebook's namespace, so that it finds the learner's names, and show it."""
    try:
        made = eval("_widget(*_arguments)", shell.user_ns, {"_widget": widget, "_arguments": arguments})
    except Exception as error:
        raise UsageError(f"{type(error).__name__}: {error}") from None
    display(made)
