"""Where the learner gave a variable its value: the statement, as it stands in their code."""

from __future__ import annotations

import ast
import linecache
from dataclasses import dataclass, field

from .learner import learner_sources

Around = ast.With | ast.FunctionDef


@dataclass
class Assignment:
    """``name = value``, and the ``with`` blocks and functions that it stands in, outermost first."""

    text: str
    value: ast.expr
    augmented: bool = False  # name += value
    inside: list[Around] = field(default_factory=list)


def last_assignment(name: str) -> Assignment | None:
    """The last statement that gave ``name`` its value, in the code that runs now or in the cells before it.

    None where there is none to be read: code typed into a plain interpreter, or a name that was imported.
    """
    for filename, last, function in learner_sources():
        lines = linecache.getlines(filename)
        try:
            tree = ast.parse("".join(lines))
        except SyntaxError:
            continue
        finder = _Finder(name, last, function)
        finder.visit(tree)
        if finder.found is not None:
            return finder.found
    return None


class _Finder(ast.NodeVisitor):
    """Finds the last assignment to a variable of a function, or of the module, up to a line."""

    def __init__(self, name: str, last: int, function: str) -> None:
        self.name = name
        self.last = last
        self.function = function
        self.found: Assignment | None = None
        self._inside: list[Around] = []

    def _enter(self, node: Around) -> None:
        self._inside.append(node)
        self.generic_visit(node)
        self._inside.pop()

    visit_With = visit_FunctionDef = _enter

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts, strict=False))
            elif isinstance(target, ast.Tuple):
                pairs = [(part, node.value) for part in target.elts]
            else:
                pairs = [(target, node.value)]
            for part, value in pairs:
                self._note(node, part, value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._note(node, node.target, node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._note(node, node.target, node.value)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self._note(node, node.target, node.value)

    def _note(self, node: ast.stmt | ast.expr, target: ast.expr, value: ast.expr) -> None:
        if not (isinstance(target, ast.Name) and target.id == self.name and node.lineno <= self.last):
            return
        functions = [around.name for around in self._inside if isinstance(around, ast.FunctionDef)]
        if ["<module>", *functions][-1] == self.function:
            augmented = isinstance(node, ast.AugAssign)
            self.found = Assignment(ast.unparse(node), value, augmented, list(self._inside))
