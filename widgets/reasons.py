"""Why a tensor does not require grad, and why its ``grad`` is None: read from its state and from the learner's code.

Neither engine keeps the reason: a tensor that was detached looks like one that never required grad. So the statement
that made it is read, and what it says is held against the tensor; where that does not decide it, all that is possible
is listed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .assignments import Assignment, last_assignment
from .engines.records import named_tensors
from .frames import Sentence
from .sentences import said

COPIES = {"tensor", "as_tensor", "from_numpy", "Tensor"}
MAKERS = COPIES | {
    "ones",
    "zeros",
    "full",
    "empty",
    "arange",
    "linspace",
    "eye",
    "rand",
    "randn",
    "randint",
    "randperm",
}
MAKERS |= {f"{name}_like" for name in ("ones", "zeros", "full", "empty", "rand", "randn", "randint")}
NUMBERS = {"item", "tolist", "numpy"}


@dataclass
class Reason:
    """An answer in words: what is so, what to do about it, and the line of code that does it."""

    answer: Sentence
    advice: Sentence = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    line: str = ""  # the learner's statement that is to blame


def why_untracked(tensor: Any, name: str, variables: Mapping[str, Any]) -> Reason:
    """Why ``tensor`` does not require grad."""
    made = last_assignment(name)
    tensors = named_tensors(variables, type(tensor))
    if not tensor.dtype.is_floating_point:
        return _not_floating(tensor, name, made)
    reason = None if made is None else _from_code(tensor, name, made, tensors)
    if reason is None:
        reason = _from_memory(tensor, name, tensors) or _unknown(name)
    if made is not None:
        reason.line = made.text
    return reason


def _not_floating(tensor: Any, name: str, made: Assignment | None) -> Reason:
    kind = str(tensor.dtype).removeprefix("torch.")
    line = "" if made is None else made.text
    if kind == "bool":
        answer = f"`{name}` holds True and False, as a comparison gives: they jump, so there is no slope to follow."
        advice = "Compute the loss from the numbers that were compared, and use the comparison to choose or to count."
        return Reason(said(answer), said(advice), line=line)
    answer = f"`{name}` holds whole numbers ({kind}): they cannot change by a little, so they have no derivative."
    if made is None or not _is_made(made.value):
        return Reason(
            said(answer), said("An index or a count can choose among tracked numbers, and no more."), line=line
        )
    advice = "If they are meant as real numbers, make them so first."
    return Reason(said(answer), said(advice), [f"{name} = {name}.float().requires_grad_()"], line)


def _from_code(tensor: Any, name: str, made: Assignment, tensors: Mapping[str, Any]) -> Reason | None:
    """The reason that the statement itself shows; None where it shows none."""
    if _is_made(made.value) and not _mentions_tracked(made.value, tensors):
        return _of_new(name, made.value)
    block = next((words for around in made.inside if (words := _recording_off(around))), "")
    if block:
        return Reason(
            said(f"`{name}` was computed inside `{block}`, where nothing is recorded, whatever its inputs say."),
            said("Compute it outside if a gradient is to flow through it."),
        )
    for called, base, arguments in _calls(made.value):
        reason = _of_call(tensor, name, called, base, arguments, tensors)
        if reason is not None:
            return reason
    named = [n.id for n in ast.walk(made.value) if isinstance(n, ast.Name) and n.id in tensors and n.id != name]
    if named and not any(tensors[n].requires_grad for n in named):
        inputs = " and ".join(f"`{n}`" for n in dict.fromkeys(named))
        verb = "does not require grad" if len(set(named)) == 1 else "do not require grad"
        return Reason(
            said(f"`{name}` was computed from {inputs}, which {verb}: there was nothing to record."),
            said("Ask on from there."),
            [f"explain({named[0]})"],
        )
    return None


def _of_new(name: str, value: ast.expr) -> Reason:
    keywords = [n for n in ast.walk(value) if isinstance(n, ast.keyword) and n.arg == "requires_grad"]
    if any(_is_true(keyword.value) for keyword in keywords):
        answer = f"`{name}` was made with `requires_grad=True`, and its flag was turned off since then."
    else:
        answer = f"`{name}` was made without `requires_grad=True`, so nothing computed from it is recorded."
    return Reason(said(answer), said("Turn the flag on before you compute with it."), [f"{name}.requires_grad_()"])


def _of_call(
    tensor: Any, name: str, called: str, base: str, arguments: list[ast.expr], tensors: Mapping[str, Any]
) -> Reason | None:
    """The reason, where one of the calls in the statement is one that cuts the history."""
    shares = base in tensors and tensors[base].data_ptr() == tensor.data_ptr()
    if called == "detach":
        what = "the same numbers in the same memory" if shares else "its numbers"
        return Reason(
            said(f"`{base}.detach()` cut the history: it gives {what}, and nothing of how they came about."),
            said(f"Use `{base}` itself where a gradient is to flow."),
        )
    if called == "data":
        what = "the same memory" if shares else "the numbers"
        return Reason(
            said(f"`{base}.data` is {what} out of autograd's sight. A write through it is not even counted, so a "
                 "gradient can come out wrong without an error."),
            said("Prefer `detach()`: it has no history either, and writes through it are noticed."),
            [f"{base}.detach()"],
        )  # fmt: skip
    if called in NUMBERS:
        return Reason(
            said(f"`{base}.{called}()` left the graph: it gives plain numbers, and they have no history."),
            said("Stay with tensors until after `backward()`."),
        )
    copied = [argument for argument in arguments if _mentions_tracked(argument, tensors)]
    if called in COPIES and copied:
        parts = ast.unparse(copied[0])
        joins = isinstance(copied[0], ast.List | ast.Tuple)
        tracked = ast.unparse(_AsTensors().visit(ast.parse(parts, mode="eval")))
        return Reason(
            said(f"`{called}(…)` copied the numbers of `{parts}` into a new tensor, and dropped their history."),
            said("`torch.stack` joins tensors and is recorded." if joins else "`clone()` copies and is recorded."),
            [f"{name} = torch.stack({tracked})" if joins else f"{name} = {tracked}.clone()"],
        )
    if called == "requires_grad_" and any(isinstance(a, ast.Constant) and a.value is False for a in arguments):
        return Reason(
            said("`requires_grad_(False)` turned its flag off."),
            said("Turn it on again before you compute with it; what was computed meanwhile stays untracked."),
            [f"{name}.requires_grad_()"],
        )
    return None


class _AsTensors(ast.NodeTransformer):
    """Leaves out the calls that make numbers of a tensor: what is to be recorded must be tensors still."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        return node.func.value if isinstance(node.func, ast.Attribute) and node.func.attr in NUMBERS else node


def _from_memory(tensor: Any, name: str, tensors: Mapping[str, Any]) -> Reason | None:
    """The reason that shared memory shows."""
    for other, value in tensors.items():
        if value is not tensor and value.requires_grad and value.data_ptr() == tensor.data_ptr():
            return Reason(
                said(f"`{name}` shares the memory of `{other}`, which requires grad, and has no history of its own: it "
                     f"came from `{other}.detach()` or `{other}.data`, or was made where recording is off."),
                said(f"Use `{other}` itself where a gradient is to flow."),
            )  # fmt: skip
    return None


def _unknown(name: str) -> Reason:
    return Reason(
        said(f"Nothing recorded how `{name}` was made, so it is one of these: it was made without "
             "`requires_grad=True`; it was computed inside `torch.no_grad()`; it went through `detach()`, `.data`, "
             "`.item()`, `.numpy()` or `torch.tensor(…)`; or nothing that it was computed from requires grad."),
        said("To find out, print `requires_grad` after each line on the way to it: the first False is the place."),
        [f"print({name}.requires_grad)"],
    )  # fmt: skip


def why_no_grad(
    tensor: Any, name: str, variables: Mapping[str, Any], outputs: Mapping[str, Any], freed: bool
) -> Reason:
    """Why ``grad`` of a tensor that requires grad is None.

    ``outputs`` are the tensors computed from it, ``freed`` says whether a backward pass has used up their graph.
    """
    if not tensor.is_leaf:
        return _of_intermediate(tensor, name)
    if not outputs:
        return _of_unused(name, variables)
    output = next(iter(outputs))
    if freed:
        return Reason(
            said(f"A `backward()` from `{output}` has run through its graph, and `{name}.grad` was set to None since: "
                 "`optimizer.zero_grad()` does that, or `x.grad = None`."),
            said(f"Compute `{output}` again and call `{output}.backward()`."),
        )  # fmt: skip
    scalar = outputs[output].numel() == 1
    return Reason(
        said(f"`{name}` is a leaf that requires grad, and holds no gradient: either no `backward()` has reached it "
             f"yet, or `{name}.grad` was emptied since, as `zero_grad()` does."),
        said(f"`{output}` depends on `{name}`, so going back from it fills `{name}.grad`."),
        [f"{output}.backward()" if scalar else f"{output}.sum().backward()"],
    )  # fmt: skip


def _of_intermediate(tensor: Any, name: str) -> Reason:
    made, operation = last_assignment(name), tensor.grad_fn.name()
    itself = made is not None and (
        made.augmented or any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(made.value))
    )
    if made is not None and itself and tensor.grad_fn is not None:
        fix = f"{name} -= {_subtracted(name, made)}" if _subtracted(name, made) else f"{name} = …"
        return Reason(
            said(f"The name `{name}` no longer means the leaf. `{made.text}` computed a new tensor ({operation} made "
                 "it) and gave it the old name; gradients go to the leaf, which has no name any more."),
            said("Update a leaf in place, where nothing is recorded: it then stays the leaf."),
            ["with torch.no_grad():", f"    {fix}"],
            made.text,
        )  # fmt: skip
    if tensor.retains_grad:
        return Reason(
            said(f"`{name}` was asked to retain its gradient, and no `backward()` has passed it since."),
            said(f"Go back from something computed from `{name}`."),
        )
    return Reason(
        said(f"`{name}` is no leaf: {operation} made it. `backward()` passes a gradient through it on the way to the "
             "leaves, and keeps it only there."),
        said("Ask for it before `backward()` if you want to look at it."),
        [f"{name}.retain_grad()"],
        "" if made is None else made.text,
    )  # fmt: skip


def _of_unused(name: str, variables: Mapping[str, Any]) -> Reason:
    return Reason(
        said(f"`{name}` is a leaf that requires grad, but no variable of yours holds anything that was computed from "
             "it: there is nothing to go back from."),
        said(f"Compute something from `{name}` after you made it, and go back from that. Whatever was computed from "
             "an earlier tensor of the same name belongs to that one."),
        [f"y = ({name} * {name}).sum()", "y.backward()"],
    )  # fmt: skip


def _subtracted(name: str, made: Assignment) -> str:
    """What ``w = w - step`` subtracts, as code; empty for another statement."""
    value = made.value
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Sub) and isinstance(value.left, ast.Name):
        return ast.unparse(value.right) if value.left.id == name else ""
    return ""


def _calls(value: ast.expr) -> Iterator[tuple[str, str, list[ast.expr]]]:
    """The calls and attributes in an expression: name, what it is asked of, arguments."""
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            base = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
            yield _name_of(node.func), base, node.args
        elif isinstance(node, ast.Attribute) and node.attr == "data":
            yield "data", ast.unparse(node.value), []


def _name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _is_made(value: ast.expr) -> bool:
    """Whether an expression makes a tensor of numbers that are not computed from other tensors."""
    return isinstance(value, ast.Call) and _name_of(value.func) in MAKERS


def _recording_off(around: ast.With | ast.FunctionDef) -> str:
    """How a block or a function turns recording off; empty where it does not."""
    if isinstance(around, ast.FunctionDef):
        switches, words = around.decorator_list, "@{}"
    else:
        switches, words = [item.context_expr for item in around.items], "with {}:"
    for switch in switches:
        called = switch.func if isinstance(switch, ast.Call) else switch
        given = switch.args if isinstance(switch, ast.Call) else []
        name = _name_of(called)
        if name in ("no_grad", "inference_mode") or (name == "set_grad_enabled" and not any(map(_is_true, given))):
            return words.format(ast.unparse(switch))
    return ""


def _is_true(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is True


def _mentions_tracked(value: ast.expr, tensors: Mapping[str, Any]) -> bool:
    names = (n.id for n in ast.walk(value) if isinstance(n, ast.Name))
    return any(n in tensors and tensors[n].requires_grad for n in names)
