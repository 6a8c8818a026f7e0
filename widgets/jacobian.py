"""JacobianExplorer: drag x, v and u, see J, vᵀJ and Ju, and count the passes that each costs."""

from __future__ import annotations

import functools
import math
import textwrap
import threading
from collections.abc import Callable
from typing import Any

import traitlets

import minigrad as torch

from .figures import ADVANCE, lowered, moved, picture, space, text, vector
from .jacobian_picture import MARGIN, column_reason, drawing, line_reason, row_reason, tangent_reason
from .numbers import number
from .planes import plane_limit, rounded_up
from .products import MOST, Point, Question, kind, measure
from .trace import Sentence, check_tensor
from .view import View


def eleven_doublings(x: torch.Tensor) -> torch.Tensor:
    """Double a tensor eleven times: the lesson's function with many outputs, whose J is 2048 times the identity.

    >>> eleven_doublings(torch.tensor([1.0, -0.5]))
    tensor([ 2048., -1024.])
    """
    y = x * 2
    for _ in range(10):
        y = y * 2
    return y


class JacobianExplorer(View, front_end="jacobian", picture="figures"):
    """Show the Jacobian of f at x, and what a cotangent v and a tangent u make of it, for sliders of x, v and u.

    ``f`` is any function from a 1-D tensor, of minigrad or of PyTorch, to a 1-D tensor or a scalar, ``x`` where to
    start, ``v`` the cotangent and ``u`` the tangent, by default ones; at most six numbers each. Without arguments, the
    function of the lesson. ``x`` itself, its ``grad`` and its graph stay as they are.

    vᵀJ is found by the one pass ``f(x).backward(v)``, Ju by one pass of forward mode, and J line by line:
    ``way = "rows"`` by backward passes with a one-hot v, ``way = "columns"`` by forward passes with a one-hot u;
    ``filled`` says how many. All are counted as the engine runs them. A map of the plane is drawn as geometry, too.

    Raises TypeError where ``x``, ``v``, ``u`` or what f returns is no tensor of floating point numbers, ValueError for
    other shapes and sizes and for numbers that are not finite, RuntimeError where the result does not require grad,
    and whatever f raises. Later errors of f, at another x, are shown in the widget.

    >>> JacobianExplorer(lambda x: x * x, torch.tensor([1.0, 2.0]), v=torch.tensor([1.0, 0.5]))
    Jacobian of f at x, ℝ² → ℝ²
      x = [1, 2]
      f(x) = [1, 4]
      J, by rows: 2 backward passes
        v₁ = 1    [2, 0]
        v₂ = 0.5  [0, 4]
      vᵀJ: 1 backward pass
        [2, 2]
      Ju for u = [1, 1]: 1 forward pass
        [2, 4]
      vᵀ(Ju) = 4 = (vᵀJ)u = 4
    """

    # Without an echo to whoever moved a slider: one message less on the way to the answer.
    x = traitlets.List(traitlets.Float(), help="Where J is taken; set it to move there.").tag(
        sync=True, echo_update=False
    )
    v = traitlets.List(traitlets.Float(), help="The cotangent, one weight for each output.").tag(
        sync=True, echo_update=False
    )
    u = traitlets.List(traitlets.Float(), help="The tangent, one step for each input.").tag(
        sync=True, echo_update=False
    )
    way = traitlets.Enum(
        ["rows", "columns"], "rows", help="How J is filled: rows by backward passes, columns by forward ones."
    ).tag(sync=True, echo_update=False)
    filled = traitlets.Int(help="How many rows or columns of J are filled, at most all.").tag(
        sync=True, echo_update=False
    )
    about = traitlets.Dict(read_only=True, help="What does not change: the function's name, sizes, limits.").tag(
        sync=True
    )
    result = traitlets.Dict(read_only=True, help="What the engine found, with a sequence number.").tag(sync=True)

    def __init__(
        self,
        f: Callable[[Any], Any] | None = None,
        x: Any = None,
        v: Any = None,
        u: Any = None,
    ) -> None:
        if f is None and x is None:
            f, x = eleven_doublings, torch.tensor([1.5, -0.25, -2.0])
            v = torch.tensor([0.1, 1.0, 0.0001]) if v is None else v
        if not callable(f):
            raise TypeError(
                f"JacobianExplorer takes a function f and a tensor x: f is {kind(f)}, which cannot be called"
            )
        start = _numbers("x", x)
        assert x is not None
        tangent = [1.0] * len(start) if u is None else _numbers("u", u)
        if len(tangent) != len(start):
            raise ValueError(f"u has one number for each of x: x has {len(start)} of them, and u has {len(tangent)}")
        self._f = f
        self._measure = functools.partial(measure, like=x.detach())
        self._lock = threading.RLock()
        self._sequence = 0
        point = self._measure(f, Question(start, None if v is None else _numbers("v", v), tangent))
        self._sizes = {"x": len(point.x), "v": len(point.v), "u": len(point.u)}
        self._last = point
        super().__init__(x=point.x, v=point.v, u=point.u, filled=point.lines_of_all)
        self._asked = self._question()
        self.observe(self._moved, ["x", "v", "u", "way", "filled"])

    # Defaults, not values set later: so they are part of the very first message, and no front end sees them empty.
    @traitlets.default("about")
    def _describe(self) -> dict[str, Any]:
        point, name = self._last, getattr(self._f, "__name__", "f")
        start = {"x": point.x, "v": point.v, "u": point.u}
        return {
            "name": name if name.isidentifier() else "f",
            "map": f"{space(len(point.x))} → {space(len(point.v))}",
            "limits": {trait: _limit(values) for trait, values in start.items()} | {"plane": plane_limit(point)},
            "start": start,
        }

    @traitlets.default("result")
    def _show(self, error: str | None = None) -> dict[str, Any]:
        """The last good point, and what went wrong since."""
        self._sequence += 1
        point, name = self._last, self._name
        width, height, parts = drawing(point, self.about["limits"], live=True)
        return {
            "sequence": self._sequence,
            **{trait: [number(value) for value in getattr(self, trait)] for trait in self._sizes},
            "error": error,
            "picture": picture(width, height, _spoken(name, point), *parts),
            "spoken": f"vᵀJ = {vector(point.vjp)}. Ju = {vector(point.jvp)}.",
            "identity": _identity(point),
            "costs": [
                [f"J, by {point.way}", str(point.line_passes), "grad" if point.way == "rows" else "value"],
                ["vᵀJ", str(point.vjp_passes), "grad"],
                ["Ju", str(point.jvp_passes), "value"],
            ],
            "ran": f"The last change ran {point.ran}.",
            "complete": len(point.lines) == point.lines_of_all,
            "sentence": _sentence(point),
            "reasons": {
                "row": [row_reason(point, i) for i in range(len(point.v))],
                "column": [column_reason(point, j) for j in range(len(point.x))],
                "tangent": [tangent_reason(point, j) for j in range(len(point.x))],
                "line": [line_reason(point, k) for k in range(point.lines_of_all)],
            },
        }

    @traitlets.validate("x", "v", "u")
    def _fits(self, proposal: Any) -> list[float]:
        name, values = proposal["trait"].name, proposal["value"]
        size = self._sizes[name]
        if len(values) != size:
            raise traitlets.TraitError(f"{name} has {size} numbers here, got {len(values)}")
        if not all(map(math.isfinite, values)):
            raise traitlets.TraitError(f"{name} must be finite numbers, got {vector(values)}")
        return values

    @traitlets.validate("filled")
    def _fillable(self, proposal: Any) -> int:
        most = max(len(self._last.x), len(self._last.y))
        if not 0 <= proposal["value"] <= most:
            raise traitlets.TraitError(f"filled counts the lines of J, from 0 to {most}, got {proposal['value']}")
        return proposal["value"]

    def _question(self) -> Question:
        return Question(self.x, self.v, self.u, self.way, self.filled)

    def _moved(self, change: Any) -> None:
        # Changes may come from several threads, in any order: whoever holds the lock shows what is true now, and
        # whatever was overtaken while it waited is never computed.
        with self._lock:
            question = self._question()
            if question == self._asked and self.result["error"] is None:
                return
            self._asked = question
            try:
                self._last = self._measure(self._f, question, before=self._last)
            except Exception as error:  # the learner's function may raise anything
                self.set_trait("result", self._show(_complaint(question.x, error)))
            else:
                self.set_trait("result", self._show())

    @property
    def _name(self) -> str:
        return self.about["name"]

    def _text(self) -> str:
        point = self._last
        weights = [f"v{lowered(i)} = {number(weight)}" for i, weight in enumerate(point.v, 1)]
        wide = max(map(len, weights))
        rows = zip(weights, point.jacobian, strict=True)
        return "\n".join(
            [
                f"Jacobian of {self._name} at x, {self.about['map']}",
                f"  x = {vector(point.x)}",
                f"  {self._name}(x) = {vector(point.y)}",
                f"  J, by {point.way}: {point.line_passes}",
                *(f"    {weight:<{wide}}  {_row(row)}" for weight, row in rows),
                f"  vᵀJ: {point.vjp_passes}",
                f"    {vector(point.vjp)}",
                f"  Ju for u = {vector(point.u)}: {point.jvp_passes}",
                f"    {vector(point.jvp)}",
                f"  {_identity(point)}",
            ]
        )

    def _picture(self) -> str:
        point, name = self._last, self._name
        width, height, parts = drawing(point, self.about["limits"], live=False)
        costs = [f"J, by {point.way}: {point.line_passes}", f"vᵀJ: {point.vjp_passes}", f"Ju: {point.jvp_passes}"]
        reasons = [_identity(point), column_reason(point, 0), row_reason(point, 0), " · ".join(costs)]
        width = max(width, 560, 2 * MARGIN + ADVANCE * 12 * max(map(len, reasons)))
        lines = textwrap.wrap("".join(part for _, part in _sentence(point)), int((width - 2 * MARGIN) / 6.6))
        bottom = height + 130
        return picture(
            math.ceil(width),
            bottom + 18 * len(lines) + 20,
            _spoken(name, point),
            text(MARGIN, 28, f"Jacobian of {name} at x", "mg-heading"),
            text(MARGIN + 7.4 * len(f"Jacobian of {name} at x") + 12, 28, self.about["map"], "mg-caption"),
            moved(0, 48, *parts),
            *(text(MARGIN, height + 62 + 20 * i, reason, "mg-num") for i, reason in enumerate(reasons)),
            *(text(MARGIN, bottom + 20 + 18 * i, line) for i, line in enumerate(lines)),
            ground=True,
        )


def _numbers(name: str, given: Any) -> list[float]:
    """The elements of a tensor that sliders can stand for."""
    check_tensor(given)
    if given.ndim != 1 or not 1 <= given.numel() <= MOST:
        raise ValueError(
            f"JacobianExplorer draws 1-D tensors of 1 to {MOST} numbers, and {name} has shape {list(given.shape)}. "
            f"Take a part of it: {name}[:3]."
        )
    if any(isinstance(value, complex) for value in given.tolist()):
        raise TypeError(f"JacobianExplorer draws real numbers, and {name} has dtype {given.dtype}. Take {name}.real.")
    values = [float(value) for value in given.tolist()]
    if not all(map(math.isfinite, values)):
        raise ValueError(f"{name} must be finite numbers, got {vector(values)}")
    return values


def _limit(values: list[float]) -> float:
    """Where a slider ends: 1, 2 or 5 times a power of ten, with room beyond the largest number."""
    return rounded_up(max(1.0, 1.5 * max(map(abs, values))))


# What is said


def _row(row: list[float | None]) -> str:
    return f"[{', '.join('?' if entry is None else number(entry) for entry in row)}]"


def _identity(point: Point) -> str:
    one, other = map(number, point.pairings)
    if not point.is_finite:
        return f"vᵀ(Ju) = {one}, (vᵀJ)u = {other}: not finite"
    if not point.agrees:
        return f"vᵀ(Ju) = {one} ≠ (vᵀJ)u = {other}"
    return f"vᵀ(Ju) = {one} {'=' if one == other else '≈'} (vᵀJ)u = {other}"


def _complaint(x: list[float], error: Exception) -> str:
    hints = [note for note in getattr(error, "__notes__", []) if vector(x) not in note]
    return "\n".join([f"At x = {vector(x)}, {type(error).__name__}: {error}", *hints])


def _spoken(name: str, point: Point) -> str:
    rows = "; ".join(f"row {i}: {_row(row)}" for i, row in enumerate(point.jacobian, 1))
    return (
        f"Jacobian of {name} at x = {vector(point.x)}. {rows}. v = {vector(point.v)}. vᵀJ = {vector(point.vjp)}. "
        f"u = {vector(point.u)}. Ju = {vector(point.jvp)}."
    )


def _sentence(point: Point) -> Sentence:
    always: Sentence = [
        ["strong", "backward(v)"],
        ["text", " never builds J. It carries v back once, and "],
        ["strong", "v times J"],
        ["text", ", v from the left, is what it puts in "],
        ["code", "x.grad"],
        ["text", ". "],
    ]
    return [*always, *_remark(point)]


def _remark(point: Point) -> Sentence:
    """What is worth seeing in these very numbers."""
    if not point.is_finite:
        return [["text", "Here not every number is finite, and then the products need not agree."]]
    if not point.agrees:
        return [["text", "Here the products do not agree. Does f give the same result twice, and is it not random?"]]
    v = point.v
    chosen = [i for i, weight in enumerate(v) if weight]
    if len(v) == 1:
        if v[0] == 1:
            return [["text", "As for a loss, J has one row and v is 1: vᵀJ is the gradient."]]
        return [["text", "As for a loss, J has one row; with v = 1, vᵀJ is the gradient."]]
    if len(point.lines) < point.lines_of_all:
        return [["text", "J is not whole here, and vᵀJ and Ju are: drag v or u, and see how many passes that runs."]]
    if not chosen:
        return [["text", "Here v is zero, so nothing is asked and nothing comes back."]]
    if len(chosen) == 1 and v[chosen[0]] == 1:
        return [
            ["text", f"Here v is 1 at y{lowered(chosen[0] + 1)} and 0 elsewhere: that picks row {chosen[0] + 1} of J."]
        ]
    if all(weight == 1 for weight in v):
        return [
            ["text", "Here v is all ones: the rows are added, as by "],
            ["code", "y.sum().backward()"],
            ["text", "."],
        ]
    rows = point.jacobian
    square = len(rows) == len(rows[0])
    if square and all((value == 0) == (i != j) for i, row in enumerate(rows) for j, value in enumerate(row)):
        return [["text", "Here J is diagonal: each y depends on its own x alone, so vᵀJ is v times the diagonal."]]
    return [["text", "Here v weights the rows of J, and the weighted rows are added."]]
