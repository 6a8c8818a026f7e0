"""Takes notes while PyTorch runs: of each node its value, its inputs, its numbers and the learner's line.

Two of PyTorch's own doors are used together. Below autograd, a ``TorchDispatchMode`` sees every operation with its
inputs and its result, also those inside ``cross_entropy`` or a module, but not yet the node; the node's sequence number
tells which it will be. Around each call, a ``TorchFunctionMode`` sees the finished result and pins the notes to its
nodes, so that they live as long as the graph and no longer.
"""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from .. import learner
from ..learner import Line, learner_frame, learner_line
from ..origins import Origin, inside, origin, parameter_name
from .records import ends_at_leaf

KEY = "widgets"  # under which a node's metadata holds its note
SNAPSHOT_ELEMENTS = 65536  # of a bigger intermediate no copy is kept

learner.leave_out(torch.__file__)


@dataclass
class NotedInput:
    """An input as it was given: a number, or a tensor at a version. Only constants are held, the graph holds the
    rest."""

    version: int | None = None
    tensor: torch.Tensor | None = None
    number: float | None = None
    parameter: str | None = None

    @property
    def is_empty(self) -> bool:
        return self.tensor is None and self.number is None


@dataclass
class NotedOutput:
    """A copy of what was computed, None where it is too big, and the version at which it is the tensor's value."""

    value: torch.Tensor | None
    version: int


@dataclass
class Note:
    """What is known of one node beyond what it holds itself."""

    line: Line | None = None
    origin: Origin | None = None
    inputs: list[NotedInput] = field(default_factory=list)
    outputs: dict[int, NotedOutput] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)


_noting = threading.local()


@contextmanager
def noting() -> Iterator[None]:
    """Take notes of what this thread runs in PyTorch inside the ``with`` block."""
    if getattr(_noting, "active", False):
        yield
        return
    operations = _Operations()
    _noting.active = True
    try:
        with operations, _Calls(operations), _modules_told():
            yield
    finally:
        _noting.active = False


@contextmanager
def unnoted() -> Iterator[None]:
    """Take no notes of what the widgets themselves compute."""
    if not getattr(_noting, "active", False):
        yield
        return
    with torch._C.DisableTorchFunction(), torch.utils._python_dispatch._disable_current_modes():
        yield


@contextmanager
def _modules_told() -> Iterator[None]:
    """Let the operations of this thread know which module computes them."""
    thread, entered = threading.get_ident(), []

    def enter(called: torch.nn.Module, _: tuple) -> None:
        if threading.get_ident() == thread:
            entered.append(inside(called))
            entered[-1].__enter__()

    def leave(*_: Any) -> None:
        if threading.get_ident() == thread and entered:
            entered.pop().__exit__(None, None, None)

    hooks = [
        torch.nn.modules.module.register_module_forward_pre_hook(enter),
        torch.nn.modules.module.register_module_forward_hook(leave, always_call=True),
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
        while entered:
            leave()


class _Operations(TorchDispatchMode):
    """Notes what runs below autograd, under the sequence number of the newest node: autograd makes the node first."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[int, list[tuple[str, list[Any], Note]]] = defaultdict(list)
        self.first = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else PyTorch imports its compiler at the first operation, which takes seconds

    def start_call(self) -> int:
        """Forget the last call. The number that the next node will have."""
        self.seen.clear()
        self.first = torch.autograd._get_sequence_nr()
        return self.first

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        newest = torch.autograd._get_sequence_nr() - 1
        if newest < self.first or not torch.is_grad_enabled():
            return func(*args, **(kwargs or {}))
        note, tensors = _of_call(func, args, kwargs or {})
        result = func(*args, **(kwargs or {}))
        written = func._schema.is_mutable
        for nr, output in enumerate(result if isinstance(result, tuple | list) else (result,)):
            if isinstance(output, torch.Tensor):
                # Autograd has yet to count a write, and to have a view count as its base does.
                version = args[0]._version if func.is_view else output._version + written
                note.outputs[nr] = NotedOutput(_snapshot(output), version)
        self.seen[newest].append((func._schema.name.partition("::")[2], tensors, note))
        return result

    def of(self, node: Any) -> tuple[list[Any], Note] | None:
        """What was noted of a node: of all that ran for it, the operation it is named after."""
        name = re.sub(r"Backwards?\d*$", "", node.name().rpartition("::")[2]).lower()
        number = node._sequence_nr()
        # One later where an in-place operation first copied, with a node of its own, what it was about to overwrite.
        for operation, tensors, note in (*self.seen.get(number, ()), *self.seen.get(number + 1, ())):
            if operation.replace("_", "").startswith(name):
                return tensors, note
        return None


class _Calls(TorchFunctionMode):
    """Pins the notes of each call to the nodes it made."""

    def __init__(self, operations: _Operations) -> None:
        super().__init__()
        self.operations = operations

    def __torch_function__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        kwargs = kwargs or {}
        given = list(_tensors((args, kwargs)))
        if getattr(func, "__name__", "") != "__get__":  # as in x.shape, which changes nothing
            _note_values(given)
        first = self.operations.start_call()
        result = func(*args, **kwargs)
        if torch.autograd._get_sequence_nr() > first:
            written = [t._base if t._base is not None else t for t in given]
            results = [*_tensors(result), *given, *written]
            self._pin(results, first)
            _note_values(results)
        return result

    def _pin(self, results: list[torch.Tensor], first: int) -> None:
        stack = [t.grad_fn for t in results if t.requires_grad and t.grad_fn is not None]
        while stack:
            node = stack.pop()
            if node is None or node._sequence_nr() < first or KEY in node.metadata or ends_at_leaf(node):
                continue
            noted = self.operations.of(node)
            if noted is not None:
                tensors, note = noted
                note.inputs = _by_slot(node, tensors)
                node.metadata[KEY] = note
            stack += [edge[0] for edge in node.next_functions]


def _note_values(tensors: Iterable[torch.Tensor]) -> None:
    """Note the value of each tensor whose node has no note: its operation was not seen, but here it is."""
    for tensor in tensors:
        if not tensor.requires_grad or tensor.grad_fn is None:
            continue
        note = tensor.grad_fn.metadata.setdefault(KEY, Note())
        if tensor.output_nr not in note.outputs:
            with unnoted():
                note.outputs[tensor.output_nr] = NotedOutput(_snapshot(tensor.detach()), tensor._version)
            note.line = note.line or learner_line()
            note.origin = note.origin or origin(learner_frame())


def _of_call(func: Any, args: tuple, kwargs: dict) -> tuple[Note, list[Any]]:
    """The note of an operation about to run, and what it was given where it takes tensors, in order."""
    note = Note(line=learner_line(), origin=origin(learner_frame()))
    tensors: list[Any] = []
    for place, argument in enumerate(func._schema.arguments):
        given = args[place] if place < len(args) else kwargs.get(argument.name, argument.default_value)
        if "Tensor" not in str(argument.type):
            note.parameters[argument.name] = given
            continue
        if isinstance(given, tuple | list):
            note.parameters[argument.name] = tuple(given)
        overwritten = argument.alias_info is not None and argument.alias_info.is_write
        for each in given if isinstance(given, tuple | list) else (given,):
            if overwritten:  # it is not any more what went in
                tensors.append((True, NotedInput()))
            elif isinstance(each, torch.Tensor):
                held = None if each.requires_grad else each
                noted = NotedInput(each._version, held, parameter=parameter_name(each))
                tensors.append((each.is_floating_point(), noted))
            else:
                tensors.append((each is not None, NotedInput(number=each)))
    return note, tensors


def _by_slot(node: Any, tensors: list[tuple[bool, NotedInput]]) -> list[NotedInput]:
    """The inputs in the order of the node's edges, which has places only for what can be differentiated."""
    every = [given for _, given in tensors]
    floating = [given for is_floating, given in tensors if is_floating]
    count = len(node.next_functions)
    return every if len(every) == count else floating if len(floating) == count else []


def _snapshot(tensor: torch.Tensor) -> torch.Tensor | None:
    return tensor.detach().clone() if tensor.numel() <= SNAPSHOT_ELEMENTS else None


def _tensors(nested: Any) -> Iterator[torch.Tensor]:
    if isinstance(nested, torch.Tensor):
        yield nested
    elif isinstance(nested, tuple | list):
        for each in nested:
            yield from _tensors(each)
    elif isinstance(nested, dict):
        yield from _tensors(tuple(nested.values()))
