"""A gradient as the sum over paths: along a path from the output the local derivatives multiply, and paths add up."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from .numbers import array_text, number
from .steps import Step
from .trace import Trace

MOST = 6  # paths written out; of more, what each use of the tensor contributes


@dataclass(frozen=True)
class Hop:
    """One operation on a path, from its output back to one of its inputs."""

    step: Step
    output: int
    slot: int

    @property
    def source(self) -> str:
        """The id of the tensor that the path goes on to."""
        source = self.step.inputs[self.slot]
        assert source is not None
        return source


@dataclass
class Path:
    """A way from the output back to the tensor: its operations, their local derivatives, and what arrives along it."""

    hops: list[Hop]
    factors: list[str]
    contribution: np.ndarray


@dataclass
class Use:
    """An operation that used the tensor: how many paths come through there, and what they contribute together."""

    hop: Hop
    paths: int
    contribution: np.ndarray


class Paths:
    """All paths from the result of ``trace`` back to the tensor with the id ``target``, for a cotangent of the result.

    Raises RuntimeError where a local derivative cannot be had any more.
    """

    def __init__(self, trace: Trace, target: str, seed: np.ndarray) -> None:
        self.trace = trace
        self.target = target
        self.seed = seed
        self._ahead = self._count_ahead()
        self.count = self._ahead[trace.result["id"]]
        self.uses = self._find_uses()
        self.total = sum((use.contribution for use in self.uses), np.zeros(()))
        if target == trace.result["id"]:
            self.total = seed
        self.listed = self._list() if 0 < self.count <= MOST else []

    def _hops(self, step: Step) -> list[Hop]:
        """The ways through an operation that can lead to the target."""
        return [
            Hop(step, output, slot)
            for output in range(len(step.outputs))
            for slot, given in enumerate(step.record.inputs)
            if given.carries_gradient and self._ahead[step.inputs[slot] or ""]
        ]

    def _count_ahead(self) -> dict[str, int]:
        """For each tensor, how many paths lead from it to the target."""
        ahead: dict[str, int] = defaultdict(int, {self.target: 1})
        for step in self.trace.steps:
            for output in step.outputs:
                if output != self.target:
                    ahead[output] = sum(
                        ahead[step.inputs[slot] or ""]
                        for slot, given in enumerate(step.record.inputs)
                        if given.carries_gradient
                    )
        return ahead

    def _rule(self, hop: Hop, gradient: np.ndarray) -> np.ndarray | None:
        """What the operation makes of a cotangent; as large as its output where the input was broadcast."""
        return self.trace.reader.vjp(hop.step.record, hop.step.record.outputs[hop.output], gradient)[hop.slot]

    def _send(self, hop: Hop, gradient: np.ndarray) -> np.ndarray | None:
        sent = self._rule(hop, gradient)
        given = hop.step.record.inputs[hop.slot].tensor
        assert given is not None
        return None if sent is None else _summed(sent, given.shape).astype(given.dtype)

    def _find_uses(self) -> list[Use]:
        """Walk back once, adding up what arrives at each tensor, and keep what each use of the target sends it."""
        result = self.trace.result["id"]
        arrived: dict[str, np.ndarray] = {result: self.seed}
        behind: dict[str, int] = defaultdict(int, {result: 1})
        uses: list[Use] = []
        for step in reversed(self.trace.steps):
            for hop in self._hops(step):
                output = step.outputs[hop.output]
                if output not in arrived or output == self.target:
                    continue
                sent = self._send(hop, arrived[output])
                if sent is None:
                    continue
                if hop.source == self.target:
                    uses.append(Use(hop, behind[output], sent))
                else:
                    behind[hop.source] += behind[output]
                    before = arrived.get(hop.source)
                    arrived[hop.source] = sent if before is None else before + sent
        return uses

    def _list(self) -> list[Path]:
        makers = {output: (step, nr) for step in self.trace.steps for nr, output in enumerate(step.outputs)}
        found: list[Path] = []
        waiting: list[tuple[str, list[Hop], list[str], np.ndarray]] = [(self.trace.result["id"], [], [], self.seed)]
        while waiting:
            tensor, hops, factors, gradient = waiting.pop()
            if tensor == self.target:
                found.append(Path(hops, factors, gradient))
                continue
            step, nr = makers[tensor]
            for hop in reversed([hop for hop in self._hops(step) if hop.output == nr]):
                sent = self._send(hop, gradient)
                if sent is not None:
                    waiting.append((hop.source, [*hops, hop], [*factors, self._factor(hop)], sent))
        return found

    def _factor(self, hop: Hop) -> str:
        """The local derivative of a hop in numbers; as a formula where it is no multiplication number by number."""
        record = hop.step.record
        if not hop.step.pointwise:
            return hop.step.formula(hop.slot)
        output, given = record.outputs[hop.output], record.inputs[hop.slot].tensor
        local = self._rule(hop, np.ones(output.shape, output.dtype))
        assert local is not None and given is not None
        same = local.size > 0 and (local == local.flat[0]).all()
        text = number(local.flat[0].item()) if same else array_text(local)
        # A number used for every element of a larger one gets the sum of what they send.
        return f"Σ {text}" if output.shape != () and given.shape != output.shape else text


def _summed(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """An array in the shape that it was broadcast from, its copies added up."""
    array = array.sum(axis=tuple(range(array.ndim - len(shape))))
    return array.sum(axis=tuple(i for i, size in enumerate(shape) if size == 1), keepdims=True).reshape(shape)
