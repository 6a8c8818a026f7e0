"""Differentiation as functions: backward, grad, Function, functional, gradcheck (``torch.autograd``)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import anomaly, engine, errors
from ..grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from ..graph import Edge
from ..ops.functions import FUNCTIONS
from ..ops.operation import gradient_edge
from ..tensor import Tensor, wrap

Tensors = Tensor | Sequence[Tensor]
Variable = Tensor  # its name before 2018


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
    for tensor in leaves:
        tensor.retain_grad()
    ends = [edge[0] for tensor in leaves if (edge := gradient_edge(tensor)) is not None]
    engine.run(roots, cotangents, keep_graph=keep, create_graph=create_graph, only=ends)


def grad(
    outputs: Tensors,
    inputs: Tensors,
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor, ...]:
    """The gradients of ``outputs`` with respect to ``inputs``, without touching any ``grad`` (``torch.autograd.grad``).

    ``inputs`` may be leaves or tensors on the way; ``grad_outputs`` are the cotangents. With ``create_graph`` the
    results can be differentiated again. An input that was not used has the gradient None with ``allow_unused``, zeros
    with ``materialize_grads``. With ``is_grads_batched`` the first dimension of ``grad_outputs`` counts cotangents,
    and that of the results their gradients. Raises RuntimeError where an input needs no gradient, or was not used.

    >>> import minigrad
    >>> x = minigrad.tensor(3.0, requires_grad=True)
    >>> (slope,) = minigrad.autograd.grad(x**3, x, create_graph=True)
    >>> slope, minigrad.autograd.grad(slope, x)
    (tensor(27., grad_fn=<MulBackward0>), (tensor(18.),))
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    if is_grads_batched:
        options = {"create_graph": create_graph, "allow_unused": allow_unused, "materialize_grads": materialize_grads}
        return _batched(_listed(outputs), inputs, grad_outputs, retain_graph, options)
    wanted = _listed(inputs)
    if not wanted:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    roots, cotangents = _start(_listed(outputs), grad_outputs, create_graph)
    captures: dict[Edge, int] = {}
    places: list[int | None] = []
    for tensor in wanted:
        if not isinstance(tensor, Tensor):
            raise RuntimeError(f"all inputs have to be Tensors or GradientEdges, but got {errors.type_name(tensor)}")
        if not tensor.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
        edge = gradient_edge(tensor)
        places.append(None if edge is None else captures.setdefault(edge, len(captures)))
    keep = create_graph if retain_graph is None else retain_graph
    caught = engine.run(roots, cotangents, keep_graph=keep, create_graph=create_graph, captures=captures)
    results = [None if place is None else caught[place] for place in places]
    for i, gradient in enumerate(results):
        if gradient is None and materialize_grads:
            results[i] = np.zeros_like(wanted[i]._array)
        elif gradient is None and not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {i} appears to not have been used in the graph. Set "
                "allow_unused=True if this is the desired behavior."
            )
    tensors: list[Any] = [g if g is None or isinstance(g, Tensor) else wrap(np.array(g)) for g in results]
    return tuple(tensors)


def _batched(outputs: list[Tensor], inputs: Tensors, given: Any, retain_graph: bool | None, options: dict) -> tuple:
    """``grad`` for each of the cotangents along the first dimension, and the results stacked."""
    given = _listed(given)
    for i, (output, v) in enumerate(zip(outputs, given, strict=True)):
        if v._array.shape[1:] != output._array.shape:
            # Like PyTorch, which names the shape of an element of the first cotangent.
            raise RuntimeError(
                "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch "
                "dimension. The sizes of the remaining dimensions are expected to match the shape of corresponding "
                f"output, but a mismatch was detected: grad_output[{i}] has a shape of "
                f"torch.Size({list(v._array.shape[2:])}) and output[{i}] has a shape of "
                f"torch.Size({list(output._array.shape)}). If you only want some tensors in `grad_output` to be "
                "considered batched, consider using vmap."
            )
    count = len(given[0])
    keep = options["create_graph"] if retain_graph is None else retain_graph
    rows = [
        grad(outputs, inputs, [v[k] for v in given], retain_graph=keep or k < count - 1, **options)
        for k in range(count)
    ]
    return tuple([None if parts[0] is None else FUNCTIONS["stack"](parts) for parts in zip(*rows, strict=True)])


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
            v = wrap(np.empty(output._array.shape, output._array.dtype))
            v._array.fill(1)
        if edge is None:
            raise errors.no_graph(i)
        roots.append(edge)
        start.append(v if create_graph else v._array.astype(output._array.dtype, copy=False))
    return roots, start


class set_detect_anomaly:
    """Have a failing backward pass say which line of the forward pass it comes from (``torch.autograd``).

    At once, and until the end of a ``with`` block. With ``check_nan``, nan in a gradient is a failure.
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        if not isinstance(mode, bool):
            raise TypeError(
                f"set_anomaly_enabled(): argument 'enabled' (position 1) must be bool, not {errors.type_name(mode)}"
            )
        self._before = anomaly.state.enabled, anomaly.state.check_nan
        anomaly.switch(mode, check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        anomaly.switch(*self._before)


class detect_anomaly:
    """``set_detect_anomaly(True)`` inside a ``with`` block (``torch.autograd.detect_anomaly``)."""

    def __init__(self, check_nan: bool = True) -> None:
        self._check_nan = check_nan
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
            "debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        self._switch = set_detect_anomaly(True, self._check_nan)

    def __exit__(self, *exception: object) -> None:
        self._switch.__exit__()


def is_anomaly_enabled() -> bool:
    """Whether anomaly detection is on (``torch.is_anomaly_enabled``)."""
    return anomaly.state.enabled


from . import functional, graph  # noqa: E402 - they use grad
from .function import Function  # noqa: E402
from .gradcheck import gradcheck, gradgradcheck  # noqa: E402

__all__ = [
    "Function",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "is_anomaly_enabled",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
]
