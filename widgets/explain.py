"""explain(t): why a ``grad`` is None, why a tensor does not require grad, why a gradient is this number."""

from __future__ import annotations

import math
import re
import textwrap
from typing import Any

import traitlets

from .drawing import Drawing, Part, _arrow
from .engines import check_tensor
from .engines.records import named_tensors
from .figures import ADVANCE, moved, picture, text
from .inquiry import Account, Inquiry, Row, grad_of
from .learner import learner_variables
from .numbers import Json
from .sentences import plain
from .view import View


def explain(tensor: Any, output: Any = None, gradient: Any = None) -> Explanation:
    """Explain ``tensor``: why its ``grad`` is None, why it does not require grad, or why its ``grad`` is what it is.

    A gradient is explained as the sum over all paths from ``output`` back to ``tensor``: along a path the local
    derivatives multiply. ``output`` is by default found among your variables; ``gradient`` is its cotangent, by
    default ones. ``tensor`` may also be a gradient itself, as in ``explain(x.grad)``.

    Raises TypeError for what is no tensor, ValueError for a ``gradient`` of another shape than ``output``.

    >>> import minigrad as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> y = x * x
    >>> y.backward()
    >>> explain(x)
    Why is x.grad 6?
      Two paths lead from y back to x. Along a path the local derivatives multiply; the paths add up.
        y ← x (first)   1 × 3 = 3
        y ← x (second)  1 × 3 = 3
        sum             6
    """
    if tensor is None:
        raise TypeError("explain() takes a tensor, and this is None. To ask why x.grad is None, pass x: explain(x)")
    check_tensor(tensor)
    for given in (output, gradient):
        if given is not None:
            check_tensor(given)
    kind = next(kind for kind in type(tensor).__mro__ if kind.__name__ == "Tensor")  # a Parameter is one too
    tensors = named_tensors(learner_variables(), kind)
    asked = next((t for t in tensors.values() if grad_of(t) is tensor), tensor)
    return Explanation(Inquiry(asked, gradient, tensors).account(output))


class Explanation(View, front_end="explain", picture="figures drawing"):
    """What ``explain`` found, as text and as a picture. ``path`` is the number of the path that is lit, from 0."""

    data = traitlets.Dict(read_only=True, help="What is shown: it does not change.").tag(sync=True)
    path = traitlets.Int(-1, help="The path that is lit in the graph, from 0; -1 for none.").tag(sync=True)

    def __init__(self, account: Account) -> None:
        self._account = account
        self._drawing = None if account.trace is None else _PathDrawing(account.trace, account.rows)
        super().__init__()

    @traitlets.default("data")
    def _show(self) -> Json:
        account = self._account
        return {
            "question": account.question,
            "answer": account.reason.answer,
            "advice": account.reason.advice,
            "code": account.reason.code,
            "line": account.reason.line,
            "facts": account.facts,
            "rows": [{"way": r.way, "factors": r.factors, "part": r.part, "nodes": r.nodes, "edges": r.edges}
                     for r in account.rows],
            "total": account.total,
            "picture": "" if self._drawing is None else self._drawing.live(shown=["values", "gradients"]),
        }  # fmt: skip

    @traitlets.validate("path")
    def _check_path(self, proposal: Any) -> int:
        if not -1 <= proposal["value"] < len(self._account.rows):
            raise traitlets.TraitError(
                f"path must be from -1 to {len(self._account.rows) - 1}, got {proposal['value']}"
            )
        return proposal["value"]

    def _text(self) -> str:
        account = self._account
        lines = [account.question, f"  {plain(account.reason.answer)}"]
        if account.reason.line:
            lines.append(f"    {account.reason.line}")
        wide = max((len(row.way) for row in account.rows), default=0)
        lines += [f"    {row.way:<{wide}}  {row.equation()}" for row in account.rows]
        if account.total:
            lines.append(f"    {'sum':<{wide}}  {account.total}")
        if account.reason.advice:
            lines.append(f"  {plain(account.reason.advice)}")
        return "\n".join([*lines, *(f"    {line}" for line in account.reason.code)])

    def _picture(self) -> str:
        account, margin, y = self._account, 22, 30
        parts = [text(margin, y, account.question, "mg-heading")]
        reason = account.reason
        for sentence, code in ((reason.answer, [reason.line] if reason.line else []), (reason.advice, reason.code)):
            for line in textwrap.wrap(plain(sentence), 100):
                y += 22
                parts.append(text(margin, y, line))
            for line in code:
                y += 22
                parts.append(text(margin + 16, y, line, "mg-num"))
        lines = [(row.way, row.equation()) for row in account.rows]
        lines += [("sum", account.total)] if account.total else []
        column = max((ADVANCE * 12 * len(way) for way, _ in lines), default=0) + margin + 40
        for way, equation in lines:
            y += 22
            parts.append(text(margin + 16, y, way, "mg-num"))
            parts.append(text(column, y, equation, "mg-num mg-is-grad"))
        bottom: float = y
        width = max([700, *(column + ADVANCE * 12 * len(equation) + margin for _, equation in lines)])
        if self._drawing is not None:
            graph = self._drawing.still(shown=["values", "gradients"])
            parts.append(moved(0, y + 14, graph))
            wide, high = re.findall(r'(?:width|height)="([\d.]+)"', graph)[:2]
            width, bottom = max(width, float(wide)), bottom + 14 + float(high)
        return picture(math.ceil(width), math.ceil(bottom + 20), account.question, *parts, ground=True)


class _PathDrawing(Drawing):
    """A graph over which each path back is drawn, hidden until a front end shows it."""

    def __init__(self, trace: Json, rows: list[Row]) -> None:
        super().__init__(trace)
        self._rows = rows

    def _edges(self) -> list[Part]:
        parts = super()._edges()
        for place, row in enumerate(self._rows if self.is_live else ()):
            known = [edge for edge in row.edges if edge in self.layout.curves]
            curves = [self._curve(edge) if edge in self._inputs else self.layout.curves[edge] for edge in known]
            if curves:
                drawn = "".join(_arrow(curve[::-1], "mg-flow") for curve in curves)
                ends = [x for curve in curves for x, _ in curve]
                parts.append(Part(min(ends), max(ends), f'<g data-path="{place}" display="none">{drawn}</g>'))
        return parts

    @property
    def _inputs(self) -> set[str]:
        return {edge["id"] for edge in self.trace["edges"]}
