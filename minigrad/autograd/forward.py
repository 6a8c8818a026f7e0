"""Forward mode: tangents carried from inputs to outputs by the rules of the backward pass, transposed.

A gradient rule is linear in its cotangent: it computes ȳ ↦ x̄ = Jᵀȳ for one operation. Differentiated once with
respect to ȳ, it gives the transposed map ẋ ↦ Jẋ, which is how a tangent passes the operation. No operation needs a
second rule (R. Frostig, M. Johnson, D. Maclaurin, A. Paszke, A. Radul, "Decomposing reverse-mode automatic
differentiation", 2021, the other way round).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import engine
from ..grad_mode import mode
from ..graph import Edge, Node, next_sequence
from ..ops.operation import gradient_edge
from ..tensor import Tensor, wrap


class _TransposedRule:
    """The map of one node from tangents of its inputs to tangents of its outputs."""

    def __init__(self, node: Node, slots: list[int]) -> None:
        self.since = next_sequence()
        self.cotangents = []
        for shape, dtype in zip(node.shapes, node.numpy_dtypes, strict=True):
            self.cotangents.append(wrap(np.zeros(shape, dtype)))
            self.cotangents[-1]._requires_grad = True
        found = mode.enabled, mode.in_gradient_rule
        mode.enabled = mode.in_gradient_rule = True
        try:
            results = node.vjp(list(self.cotangents))
            self.results: list[tuple[Tensor, Edge]] = []
            for slot in slots:
                edge = node.edges[slot]
                assert edge is not None
                if results[slot] is not None:
                    fitted = engine.fit(results[slot], edge[0].shapes[edge[1]], edge[0].numpy_dtypes[edge[1]])
                    self.results.append((fitted, edge))
        finally:
            mode.enabled, mode.in_gradient_rule = found
        # Held here: a leaf knows its node only weakly.
        self.captures = {edge: nr for nr, c in enumerate(self.cotangents) if (edge := gradient_edge(c)) is not None}

    def __call__(self, tangents: dict[Edge, Any], create_graph: bool) -> list[Any]:
        """The tangents of the outputs, None where they are zero."""
        roots, given = [], []
        for result, edge in self.results:
            root = gradient_edge(result)
            if root is not None and tangents.get(edge) is not None:
                roots.append(root)
                given.append(tangents[edge])
        return engine.run(
            roots, given, keep_graph=True, create_graph=create_graph, captures=self.captures, since=self.since
        )


class Linearization:
    """The derivative at a point: the linear map from tangents of ``inputs`` to tangents of ``outputs``.

    The graph behind ``outputs`` is read once, and each of its rules is transposed once; every call is then one sweep
    in the order of the forward pass. With ``create_graph`` the tangents can be differentiated in turn.
    """

    def __init__(self, outputs: Sequence[Tensor], inputs: Sequence[Tensor], create_graph: bool = False) -> None:
        self._create_graph = create_graph
        self._outputs = [(gradient_edge(output), output) for output in outputs]
        edges = [gradient_edge(tensor) for tensor in inputs]
        self._inputs = edges
        sources = {edge for edge in edges if edge is not None}
        reached: set[Node] = {node for node, _ in sources}
        starts = {node for node, _ in sources}
        self._rules: list[tuple[Node, _TransposedRule]] = []
        for node in _forward_order([edge[0] for edge, _ in self._outputs if edge is not None]):
            if node in starts:
                continue
            slots = [slot for slot, edge in enumerate(node.edges) if edge is not None and edge[0] in reached]
            if slots:
                reached.add(node)
                self._rules.append((node, _TransposedRule(node, slots)))

    def tangents(self, given: Sequence[Tensor | None]) -> dict[Edge, Any]:
        """The tangent of every tensor between inputs and outputs, keyed by its node and output number.

        Arrays, or Tensors with ``create_graph``.
        """
        arrived: dict[Edge, Any] = {}
        for edge, tangent in zip(self._inputs, given, strict=True):
            if edge is not None and tangent is not None:
                arrived[edge] = tangent if self._create_graph else tangent._array
        for node, rule in self._rules:
            for nr, tangent in enumerate(rule(arrived, self._create_graph)):
                if tangent is not None:
                    arrived[node, nr] = tangent
        return arrived

    def __call__(self, given: Sequence[Tensor | None]) -> list[Tensor]:
        """The tangents of the outputs: the Jacobian-vector product."""
        arrived = self.tangents(given)
        results = []
        for edge, output in self._outputs:
            tangent = None if edge is None else arrived.get(edge)
            if tangent is None:
                tangent = np.zeros_like(output._array)
            results.append(tangent if isinstance(tangent, Tensor) else wrap(np.array(tangent)))
        return results


def _forward_order(ends: list[Node]) -> list[Node]:
    """All nodes behind ``ends`` that have inputs, oldest first."""
    seen = set(ends)
    stack = list(ends)
    while stack:
        for edge in stack.pop().edges:
            if edge is not None and edge[0] not in seen:
                seen.add(edge[0])
                stack.append(edge[0])
    return sorted((node for node in seen if node.edges), key=lambda node: node.sequence)
