"""The graph from outside (``torch.autograd.graph``)."""

from __future__ import annotations

from typing import NamedTuple

from ..graph import Node
from ..ops.operation import gradient_edge
from ..tensor import Tensor


class GradientEdge(NamedTuple):
    """A place in the graph that a gradient can be asked for: a node and the number of its output."""

    node: Node
    output_nr: int


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """Where the gradient of a tensor arrives.

    Raises RuntimeError where it requires none.
    """
    edge = gradient_edge(tensor)
    if edge is None:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    return GradientEdge(*edge)


__all__ = ["GradientEdge", "Node", "get_gradient_edge"]
