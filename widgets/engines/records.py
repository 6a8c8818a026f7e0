"""What a trace needs to know of a graph, whichever engine recorded it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from ..learner import Line
from ..origins import Origin

RESULT = -1  # where a saved tensor is the operation's own output


@dataclass
class TensorRecord:
    """A tensor as its engine knows it.

    ``value`` is None where nobody kept it; ``version`` is that at which it had this value, ``current_version`` that of
    now. The ``key`` is the same for all references to one tensor, and no other tensor has it.
    """

    key: Hashable
    kind: str
    shape: tuple[int, ...]
    dtype: str
    value: np.ndarray | None = None
    version: int | None = None
    current_version: int = 0
    grad: np.ndarray | None = None
    output_nr: int = 0  # which output of its operation it is


@dataclass
class InputRecord:
    """An input of an operation: a tensor, a Python number, or neither where the graph does not hold it.

    ``used_version`` is the version that the tensor had when it was used, None where nobody knows; ``parameter`` is what
    the module that used it calls it.
    """

    tensor: TensorRecord | None = None
    number: float | None = None
    carries_gradient: bool = False
    used_version: int | None = None
    parameter: str | None = None


@dataclass
class SavedRecord:
    """A tensor that an operation keeps for its gradient rule: input number ``source``, or its RESULT.

    ``state`` is "kept", "freed" or "modified".
    """

    name: str
    source: int
    state: str
    version: int
    value: np.ndarray | None


@dataclass(eq=False)
class OperationRecord:
    """An operation as the graph holds it. ``node`` is what the engine's ``grad_fn`` refers to."""

    node: Any
    name: str
    inputs: list[InputRecord]
    outputs: list[TensorRecord]
    parameters: dict[str, Any]
    saved: list[SavedRecord] = field(default_factory=list)
    line: Line | None = None
    origin: Origin | None = None


class WrongWalk(Exception):
    """A walk did something else with its contributions than to add them up and send them on once."""


class Observer(Protocol):
    """Who is told, as it happens, of every contribution of a backward pass."""

    def seed(self, gradient: np.ndarray) -> None:
        """The walk starts with this cotangent."""

    def contribution(
        self,
        node: Any,
        slot: int,
        upstream: list[np.ndarray | None],
        contribution: np.ndarray,
        old: np.ndarray | None,
        new: np.ndarray,
    ) -> None:
        """``node`` sent ``contribution`` to its input ``slot``, where ``old`` had arrived: ``new`` is the sum."""

    def accumulate(self, key: Hashable, gradient: np.ndarray, old: np.ndarray | None, new: np.ndarray) -> None:
        """The complete gradient was added to the ``grad`` of the leaf with this key."""

    def failure(self, node: Any, error: Exception) -> None:
        """The walk ends: the rule or a hook of ``node``, or of the leaf with this key, raised ``error``."""


class Reader(Protocol):
    """Reads the graph behind one tensor, the result. It is made from that tensor and the learner's variables."""

    engine: str
    names: dict[Hashable, str]

    def key(self, tensor: Any) -> Hashable:
        """What identifies a tensor, or what it was computed by."""

    def result(self) -> TensorRecord:
        """The result itself, as a leaf; for a graph without operations."""

    def operations(self) -> list[OperationRecord]:
        """The operations behind the result, in the order in which they were recorded."""

    def apply_to_ones(self, operation: OperationRecord) -> list[np.ndarray | None]:
        """What the gradient rule of one operation makes of a cotangent of ones, for each input.

        Raises RuntimeError where its saved tensors are gone.
        """

    def vjp(self, operation: OperationRecord, output: TensorRecord, gradient: np.ndarray) -> list[np.ndarray | None]:
        """What one operation sends to each input for a cotangent of one of its outputs.

        Where an input was broadcast, it is as large as the output. Raises RuntimeError where what it saved is gone.
        """

    def backward(self, gradient: Any, observer: Observer, passes: int, retain_graph: bool) -> None:
        """Run so many backward passes in a row, and leave the graph and every ``grad`` as they were found.

        What raises within a walk ends it, and is told; what raises before it is raised.
        """


def named_tensors(variables: Any, tensor_type: type) -> dict[str, Any]:
    """Those variables that hold a tensor, and that a learner would call it by."""
    return {
        name: value
        for name, value in variables.items()
        if isinstance(value, tensor_type) and isinstance(name, str) and not name.startswith("_")
    }


def nodes_behind(*tensors: Any) -> set[Any]:
    """The nodes of the graphs of these tensors, of either engine, down to those where the leaves accumulate."""
    nodes = {tensor.grad_fn for tensor in tensors if tensor.grad_fn is not None}
    stack = list(nodes)
    while stack:
        for node, _ in stack.pop().next_functions:
            if node is not None and node not in nodes:
                nodes.add(node)
                stack.append(node)
    return nodes


def ends_at_leaf(node: Any) -> bool:
    """Whether the graph ends here, in a leaf: told by the type, since a learner's Function may keep any name."""
    return type(node).__name__ == "AccumulateGrad"


def array_of(tensor: Any) -> np.ndarray:
    """The numbers of a tensor of either engine, in its own memory."""
    return np.asarray(tensor.detach().numpy())
