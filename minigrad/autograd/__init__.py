"""Differentiation as functions: backward and grad (``torch.autograd``)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import engine, errors
from ..graph import Edge
from ..ops.operation import gradient_edge
from ..tensor import Tensor, wrap

Tensors = Tensor | Sequence[Tensor]


def backward(
    tensors: Tensors,
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensors | None = None,
) -> None:
    """Add the gradients of ``tensors`` to the ``grad`` of the leaves (``torch.autograd.backward``).

    ``grad_tensors`` are the cotangents, one for each of ``tensors`` and of its shape; for scalars they may be left
    out. Raises RuntimeError as ``Tensor.backward`` does.
    """
    outputs = _listed(tensors)
    if create_graph:
        warnings.warn(
            "Using backward() with create_graph=True will create a reference cycle between the parameter and its "
            "gradient which can cause a memory leak. We recommend using autograd.grad when creating the graph to avoid "
            "this. If you have to use this function, make sure to reset the .grad fields of your parameters to None "
            "after use to break the cycle and avoid the leak.",
            stacklevel=2,
        )
    roots, cotangents = _start(outputs, grad_tensors, create_graph)
    keep = create_graph if retain_graph is None else retain_graph
    if inputs is None:
        engine.run(roots, cotangents, keep_graph=keep, create_graph=create_graph)
        return
    leaves = _listed(inputs)
    if not leaves:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    gradients = grad(outputs, leaves, grad_tensors, retain_graph, create_graph, allow_unused=True)
    for leaf, gradient in zip(leaves, gradients, strict=True):
        if gradient is not None:
            leaf._grad = gradient.clone() if leaf._grad is None else leaf._grad + gradient


def grad(
    outputs: Tensors,
    inputs: Tensors,
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of ``outputs`` with respect to ``inputs``, without touching any ``grad`` (``torch.autograd.grad``).

    ``inputs`` may be leaves or tensors on the way; ``grad_outputs`` are the cotangents. With ``create_graph`` the
    results can be differentiated again. Raises RuntimeError where an input needs no gradient, or was not used and
    ``allow_unused`` is not set.

    >>> import minigrad
    >>> x = minigrad.tensor(3.0, requires_grad=True)
    >>> (slope,) = minigrad.autograd.grad(x**3, x, create_graph=True)
    >>> slope, minigrad.autograd.grad(slope, x)
    (tensor(27., grad_fn=<MulBackward0>), (tensor(18.),))
    """
    roots, cotangents = _start(_listed(outputs), grad_outputs, create_graph)
    captures: dict[Edge, int] = {}
    places = []
    wanted = _listed(inputs)
    if not wanted:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    for tensor in wanted:
        if not isinstance(tensor, Tensor):
            raise RuntimeError(f"all inputs have to be Tensors or GradientEdges, but got {errors.type_name(tensor)}")
        edge = gradient_edge(tensor)
        if edge is None:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
        places.append(captures.setdefault(edge, len(captures)))
    keep = create_graph if retain_graph is None else retain_graph
    caught = engine.run(roots, cotangents, keep_graph=keep, create_graph=create_graph, captures=captures)
    results = [caught[place] for place in places]
    for i, gradient in enumerate(results):
        if gradient is None and not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {i} appears to not have been used in the graph. Set "
                "allow_unused=True if this is the desired behavior."
            )
    return tuple(g if g is None or isinstance(g, Tensor) else wrap(np.array(g)) for g in results)


def _listed(tensors: Tensors) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _start(outputs: list[Tensor], given: Any, create_graph: bool) -> tuple[list[Edge], list]:
    """Where the walk starts and with which cotangents."""
    if given is None:
        cotangents: list[Tensor | None] = [None] * len(outputs)
    elif isinstance(given, Tensor):
        cotangents = [given]
    else:
        cotangents = list(given)
    for v in cotangents:
        if v is not None and not isinstance(v, Tensor):
            raise TypeError(f"gradients can be either Tensors or None, but got {errors.type_name(v)}")
    if len(cotangents) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(cotangents)} gradients")
    roots, start = [], []
    for i, (output, v) in enumerate(zip(outputs, cotangents, strict=True)):
        if v is not None and v._array.shape != output._array.shape:
            raise errors.gradient_shape(i, v._array.shape, output._array.shape)
        edge = gradient_edge(output)
        if v is None:
            if edge is not None and output._array.size != 1:
                raise errors.not_scalar()
            v = wrap(np.ones(output._array.shape, output._array.dtype))
        if edge is None:
            raise errors.no_graph(i)
        roots.append(edge)
        start.append(v if create_graph else v._array.astype(output._array.dtype, copy=False))
    return roots, start
