"""Jacobians, Hessians and their products with vectors (``torch.autograd.functional``).

``func`` is any function of Tensors, ``inputs`` a Tensor or a tuple of them; results have the structure of the inputs
and outputs. The products vᵀJ run backward, Jv forward, and no matrix is built for either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import engine, errors
from ..grad_mode import enable_grad
from ..ops.functions import FUNCTIONS
from ..ops.operation import gradient_edge
from ..ops.views import AliasBackward0
from ..tensor import Tensor, wrap
from . import grad
from .forward import Linearization

Tensors = Tensor | tuple[Tensor, ...]


def jacobian(
    func: Callable,
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian: for each output and input, a Tensor of the output's shape followed by the input's.

    Row by row backward, or with ``strategy="forward-mode"`` column by column forward. Raises RuntimeError, with
    ``strict``, where an output does not depend on an input.

    >>> import minigrad
    >>> minigrad.autograd.functional.jacobian(lambda x: x * x, minigrad.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs '
            'than inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
        )
    if strategy == "forward-mode" and not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented for "
            "`vectorize=True`."
        )
    with enable_grad():
        one_input, given = _as_tuple(inputs, "inputs", "jacobian")
        xs = tracked(given, create_graph)
        one_output, outputs = _called(func, xs, "jacobian")
        _check_tracked(outputs, strict)
        if strategy == "forward-mode":
            blocks = columns(outputs, xs, create_graph)
        else:
            blocks = [rows(output, xs, create_graph, strict, i) for i, output in enumerate(outputs)]
    parts = [_structured(tuple(block), one_input) for block in blocks]
    return _structured(tuple(parts), one_output)


def hessian(
    func: Callable,
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The Hessian of a function with a single number as result: the Jacobian of its gradient.

    Raises RuntimeError where the function returns anything else.
    """
    one_input, _ = _as_tuple(inputs, "inputs", "hessian")

    def gradient(*xs: Tensor) -> Tensors:
        _, outputs = _called(func, xs, "hessian")
        _check_single(outputs, "hessian")
        gradients = _gradient(outputs, xs, strict)
        return _structured(gradients, one_input)

    return jacobian(gradient, inputs, create_graph, strict, vectorize, outer_jacobian_strategy)


def vjp(
    func: Callable, inputs: Tensors, v: Tensors | None = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The outputs, and the vector-Jacobian product vᵀJ, in one backward pass; v has the structure of the outputs.

    Raises RuntimeError where v is missing (only a single number may go without) or of another shape.
    """
    with enable_grad():
        one_input, given = _as_tuple(inputs, "inputs", "vjp")
        xs = tracked(given, create_graph)
        one_output, outputs = _called(func, xs, "vjp")
        _check_tracked(outputs, strict)
        what = "user-provided function returns a single Tensor with a single element."
        vs = _vector(v, outputs, one_output, "vjp", what)
        gradients = _pulled_back(outputs, xs, vs, create_graph, strict)
    return _finished(outputs, one_output, create_graph), _structured(gradients, one_input)


def jvp(
    func: Callable, inputs: Tensors, v: Tensors | None = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The outputs, and the Jacobian-vector product Jv, in one forward sweep; v has the structure of the inputs.

    Raises RuntimeError where v is missing (only a single number may go without) or of another shape.
    """
    with enable_grad():
        one_input, given = _as_tuple(inputs, "inputs", "jvp")
        vs = _vector(v, given, one_input, "jvp", _INPUT_WORDS)
        xs = tracked(given, create_graph)
        one_output, outputs = _called(func, xs, "jvp")
        _check_tracked(outputs, strict)
        tangents = Linearization(outputs, xs, create_graph)(vs)
    return _finished(outputs, one_output, create_graph), _structured(tuple(tangents), one_output)


def vhp(
    func: Callable, inputs: Tensors, v: Tensors | None = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The output, and the product vᵀH of a vector and the Hessian: backward over backward.

    Raises RuntimeError as ``vjp`` does, and where the function returns more than a single number.
    """
    return _hessian_product("vhp", func, inputs, v, create_graph, strict)


def hvp(
    func: Callable, inputs: Tensors, v: Tensors | None = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The output, and the product Hv of the Hessian and a vector: forward over backward.

    Raises RuntimeError as ``jvp`` does, and where the function returns more than a single number.
    """
    return _hessian_product("hvp", func, inputs, v, create_graph, strict)


def _hessian_product(
    name: str, func: Callable, inputs: Tensors, v: Tensors | None, create_graph: bool, strict: bool
) -> tuple[Any, Any]:
    with enable_grad():
        one_input, given = _as_tuple(inputs, "inputs", name)
        vs = _vector(v, given, one_input, name, _INPUT_WORDS)
        xs = tracked(given, create_graph)
        one_output, outputs = _called(func, xs, name)
        _check_single(outputs, name)
        gradients = _gradient(outputs, xs, strict)
        if name == "vhp":
            products = _pulled_back(gradients, xs, vs, create_graph, strict)
        else:
            products = tuple(Linearization(gradients, xs, create_graph)(vs))
    return _finished(outputs, one_output, create_graph), _structured(products, one_input)


_INPUT_WORDS = "input to the user-provided function is a single Tensor with a single element."


def tracked(inputs: Sequence[Tensor], keep_history: bool) -> tuple[Tensor, ...]:
    """Tensors to differentiate with respect to: new ones, so that nothing the function knows already is meant."""
    return tuple(
        [AliasBackward0.apply(x) if keep_history and x.requires_grad else x.detach().requires_grad_() for x in inputs]
    )


def rows(
    output: Tensor, inputs: Sequence[Tensor], create_graph: bool, strict: bool = False, number: int = 0
) -> list[Tensor]:
    """The Jacobian of one output with respect to each input: one backward pass a row."""
    root = gradient_edge(output)
    parts: list[list] = [[] for _ in inputs]
    captures = {}
    for i, x in enumerate(inputs):
        edge = gradient_edge(x)
        assert edge is not None
        captures[edge] = i
    for k in range(output._array.size):
        cotangent = np.zeros(output._array.size, output._array.dtype)
        cotangent[k] = 1
        v = cotangent.reshape(output._array.shape)
        caught: list[Any] = [None] * len(inputs)
        if root is not None:
            start = [wrap(v) if create_graph else v]
            caught = engine.run([root], start, keep_graph=True, create_graph=create_graph, captures=captures)
        for i, (gradient, x) in enumerate(zip(caught, inputs, strict=True)):
            if gradient is None and strict:
                raise RuntimeError(
                    f"Output {number} of the user-provided function is independent of input {i}. This is not allowed "
                    "in strict mode."
                )
            parts[i].append(np.zeros_like(x._array) if gradient is None else gradient)
    return [
        _stacked(part, (*output._array.shape, *x._array.shape), x._array.dtype)
        for part, x in zip(parts, inputs, strict=True)
    ]


def columns(outputs: Sequence[Tensor], inputs: Sequence[Tensor], create_graph: bool) -> list[list[Tensor]]:
    """The Jacobian of each output with respect to each input: one forward sweep a column."""
    push = Linearization(outputs, inputs, create_graph)
    blocks: list[list[Tensor]] = [[] for _ in outputs]
    for i, x in enumerate(inputs):
        found: list[list] = [[] for _ in outputs]
        for k in range(x._array.size):
            tangent = np.zeros(x._array.size, x._array.dtype)
            tangent[k] = 1
            given: list[Tensor | None] = [None] * len(inputs)
            given[i] = wrap(tangent.reshape(x._array.shape))
            for column, pushed in zip(found, push(given), strict=True):
                column.append(pushed if create_graph else pushed._array)
        for block, column, output in zip(blocks, found, outputs, strict=True):
            jacobian = _stacked(column, (*x._array.shape, *output._array.shape), output._array.dtype)
            n = x._array.ndim
            block.append(jacobian.permute(*range(n, jacobian.ndim), *range(n)) if jacobian.ndim else jacobian)
    return blocks


def _stacked(parts: list, shape: tuple[int, ...], dtype: np.dtype) -> Tensor:
    if any(isinstance(part, Tensor) for part in parts):
        tensors = [part if isinstance(part, Tensor) else wrap(part) for part in parts]
        return FUNCTIONS["stack"](tensors).reshape(shape)
    return wrap(np.array(parts, dtype).reshape(shape))


def _gradient(outputs: tuple[Tensor, ...], xs: Sequence[Tensor], strict: bool) -> tuple[Tensor, ...]:
    """The gradient of the one output, itself recorded."""
    _check_tracked(outputs, strict)
    if not outputs[0].requires_grad:
        return tuple([wrap(np.zeros_like(x._array)) for x in xs])
    gradients = grad(outputs[0], xs, create_graph=True, allow_unused=True)
    filled = []
    for i, (g, x) in enumerate(zip(gradients, xs, strict=True)):
        if g is None and strict:
            raise RuntimeError(
                f"The output of the user-provided function is independent of input {i}. This is not allowed in strict "
                "mode."
            )
        if strict and not g.requires_grad:
            raise RuntimeError(
                "While computing the hessian, found that the jacobian of the user-provided function with respect to "
                f"input {i} is independent of the input. This is not allowed in strict mode. You should ensure that "
                "your function is twice differentiable and that the jacobian depends on the inputs (this would be "
                "violated by a linear function for example)."
            )
        filled.append(wrap(np.zeros_like(x._array)) if g is None else g)
    return tuple(filled)


def _pulled_back(
    outputs: tuple[Tensor, ...], xs: Sequence[Tensor], vs: Sequence[Tensor], create_graph: bool, strict: bool
) -> tuple[Tensor, ...]:
    """vᵀJ, with zeros for what the outputs do not depend on."""
    pairs = [(output, v) for output, v in zip(outputs, vs, strict=True) if output.requires_grad]
    if not pairs:
        return tuple([wrap(np.zeros_like(x._array)) for x in xs])
    found = grad([o for o, _ in pairs], xs, [v for _, v in pairs], create_graph=create_graph, allow_unused=True)
    for i, g in enumerate(found):
        if g is None and strict:
            raise RuntimeError(
                f"The output of the user-provided function is independent of input {i}. This is not allowed in strict "
                "mode."
            )
    return tuple([wrap(np.zeros_like(x._array)) if g is None else g for g, x in zip(found, xs, strict=True)])


def _as_tuple(given: Any, argument: str, function: str) -> tuple[bool, tuple[Tensor, ...]]:
    """Whether it was one Tensor, and the tuple.

    Raises TypeError for anything but Tensors.
    """
    one = not isinstance(given, tuple)
    listed = (given,) if one else given
    for i, tensor in enumerate(listed):
        if not isinstance(tensor, Tensor):
            where = f"given {argument} has" if one else f"value at index {i} has"
            raise TypeError(
                f"The {argument} given to {function} must be either a Tensor or a tuple of Tensors but the {where} "
                f"type {type(tensor)}."
            )
    return one, listed


def _called(func: Callable, xs: Sequence[Tensor], function: str) -> tuple[bool, tuple[Tensor, ...]]:
    return _as_tuple(func(*xs), "outputs of the user-provided function", function)


def _structured(parts: tuple, one: bool) -> Any:
    return parts[0] if one else parts


def _finished(outputs: tuple[Tensor, ...], one: bool, create_graph: bool) -> Any:
    return _structured(outputs if create_graph else tuple([o.detach() for o in outputs]), one)


def _vector(v: Tensors | None, like: Sequence[Tensor], one: bool, function: str, words: str) -> tuple[Tensor, ...]:
    if v is None:
        if not one or like[0]._array.size != 1:
            raise errors.hinted(
                RuntimeError(f"The vector v can only be None if the {words}"),
                f"v weights the elements: give a v of shape {list(like[0]._array.shape)}.",
            )
        return (wrap(np.ones_like(like[0]._array)),)
    _, vs = _as_tuple(v, "v", function)
    if len(vs) != len(like):
        if len(like) == 1:
            raise RuntimeError("The given v should contain a single Tensor.")
        raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(vs)}.")
    for i, (given, wanted) in enumerate(zip(vs, like, strict=True)):
        if given._array.shape != wanted._array.shape:
            entry = f"Entry {i} in " if len(like) > 1 else ""
            raise RuntimeError(f"{entry}v has invalid size: should be {wanted.shape} but got {given.shape}.")
    return vs


def _check_single(outputs: tuple[Tensor, ...], function: str) -> None:
    if len(outputs) != 1:
        raise RuntimeError(f"The function given to {function} should return a single Tensor")
    if outputs[0]._array.size != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {function} should contain a single element")


def _check_tracked(outputs: tuple[Tensor, ...], strict: bool) -> None:
    for i, output in enumerate(outputs):
        if strict and not output.requires_grad:
            raise RuntimeError(
                f"Output {i} of the user-provided function does not require gradients. The outputs must be computed "
                "in a differentiable manner from the input when running in strict mode."
            )
