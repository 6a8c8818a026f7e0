"""Functions that differentiate functions (``torch.func``).

Each takes a function of Tensors, or of tuples, lists and dicts of them, and returns one; they can be nested.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import errors, random
from ..autograd import grad as _gradients
from ..autograd.forward import Linearization
from ..autograd.functional import columns, rows, tracked
from ..grad_mode import enable_grad, mode
from ..graph import AccumulateGrad
from ..ops.functions import FUNCTIONS
from ..ops.operation import gradient_edge
from ..tensor import Tensor, wrap
from .tree import flatten, spec

Argnums = int | tuple[int, ...]


class _Call:
    """One call of a transformed function: its inputs made new, and whether its results belong to a graph outside."""

    def __init__(self, given: Sequence[Any]) -> None:
        for tensor in given:
            if not isinstance(tensor, Tensor):
                raise ValueError(f"Thing passed to transform API must be Tensor, got {type(tensor)}")
            if not tensor.dtype.is_floating_point:
                raise errors.dtype_without_gradient("only Tensors of floating point dtype can require gradients")
        self.outside = mode.enabled
        with enable_grad():
            self.inputs = tracked(given, keep_history=self.outside)

    def run(self, who: str, func: Callable, args: Sequence[Any], kwargs: dict[str, Any], has_aux: bool) -> tuple:
        """What the function returns and, with ``has_aux``, what it returns beside that.

        While it runs, its inputs count for the transformations inside it.
        """
        try:
            with enable_grad():
                result = func(*args, **kwargs)
        finally:
            for x in self.inputs:
                x._of_finished_call = True
        if not has_aux:
            return result, None
        if not (isinstance(result, tuple) and len(result) == 2):
            raise RuntimeError(f"{who}: output of function f should be a tuple: (output, aux) if has_aux is True")
        return result

    def is_tracked_outside(self, outputs: Sequence[Tensor]) -> bool:
        """Whether the outputs depend on anything outside this call that requires a gradient."""
        if not self.outside:
            return False
        own = {id(x) for x in self.inputs}
        seen = {edge[0] for output in outputs if (edge := gradient_edge(output)) is not None}
        stack = list(seen)
        while stack:
            node = stack.pop()
            leaf = node.variable if isinstance(node, AccumulateGrad) else None
            if leaf is not None and id(leaf) not in own and not leaf._of_finished_call:
                return True
            for edge in node.edges:
                if edge is not None and edge[0] not in seen:
                    seen.add(edge[0])
                    stack.append(edge[0])
        return False


def grad(func: Callable, argnums: Argnums = 0, has_aux: bool = False) -> Callable:
    """The function that computes the gradient of ``func``, which returns a scalar, at its arguments ``argnums``.

    With ``has_aux``, ``func`` returns a pair whose second part is handed on as it is. Raises RuntimeError where the
    result is no scalar Tensor. Source: ``torch.func.grad``.

    >>> import minigrad as torch
    >>> torch.func.grad(torch.func.grad(lambda x: x**3))(torch.tensor(2.0))
    tensor(12.)
    """

    @functools.wraps(func)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        found, value = grad_and_value(func, argnums, has_aux)(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def grad_and_value(func: Callable, argnums: Argnums = 0, has_aux: bool = False) -> Callable:
    """The function that computes the gradient of ``func`` and its value (``torch.func.grad_and_value``)."""

    @functools.wraps(func)
    def gradient_and_value(*args: Any, **kwargs: Any) -> Any:
        chosen = _chosen(args, argnums)
        given, build = flatten(chosen)
        call = _Call(given)
        tracked_args = _replaced(args, argnums, build(list(call.inputs)))
        output, aux = call.run("grad_and_value(f)(*args)", func, tracked_args, kwargs, has_aux)
        if not isinstance(output, Tensor):
            raise RuntimeError(f"grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got {type(output)}")
        if output._array.ndim:
            raise errors.hinted(
                RuntimeError(
                    "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with "
                    f"{output._array.ndim} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
                ),
                "reduce the result to one number first, for instance with .sum() or .mean().",
            )
        outside = call.is_tracked_outside([output])
        gradients = _pulled_back([output], call.inputs, [wrap(np.ones_like(output._array))], outside)
        value = output if outside else output.detach()
        return build(gradients), (value, _detached(aux, outside)) if has_aux else value

    return gradient_and_value


def vjp(func: Callable, *primals: Any, has_aux: bool = False) -> tuple:
    """The output at ``primals``, and the function from a cotangent of it to the cotangents of ``primals``.

    Raises RuntimeError where ``func`` returns anything but Tensors. Source: ``torch.func.vjp``.

    >>> import minigrad as torch
    >>> y, pull_back = torch.func.vjp(lambda x: x * x, torch.tensor([1.0, 2.0]))
    >>> pull_back(torch.tensor([1.0, 10.0]))
    (tensor([ 2., 40.]),)
    """
    given, build = flatten(primals)
    call = _Call(given)
    result, aux = call.run("vjp(f, *primals)", func, build(list(call.inputs)), {}, has_aux)
    outputs, build_output = _outputs("vjp(f, *primals)", "f(*primals)", result)
    outside = call.is_tracked_outside(outputs)

    def pull_back(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> tuple:
        vs, _ = flatten(cotangents)
        if spec(cotangents) != spec(result):
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the "
                f"function. cotangents: {spec(cotangents)}, primal output: {spec(result)}"
            )
        for i, (v, output) in enumerate(zip(vs, outputs, strict=True)):
            if v._array.shape != output._array.shape:
                raise errors.gradient_shape(i, v._array.shape, output._array.shape)
        recorded = mode.enabled and (outside or any(v.requires_grad for v in vs))
        return build(_pulled_back(outputs, call.inputs, vs, recorded))

    value = build_output([o if outside else o.detach() for o in outputs])
    return (value, pull_back, _detached(aux, outside)) if has_aux else (value, pull_back)


def jvp(func: Callable, primals: tuple, tangents: tuple, *, strict: bool = False, has_aux: bool = False) -> tuple:
    """The output at ``primals``, and its tangent along ``tangents``: the Jacobian-vector product, in forward mode.

    Raises RuntimeError where tangents and primals have another structure or shape. Source: ``torch.func.jvp``.

    >>> import minigrad as torch
    >>> x = torch.tensor([1.0, 2.0])
    >>> torch.func.jvp(lambda x: x * x, (x,), (torch.tensor([1.0, 10.0]),))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    if not isinstance(primals, tuple):
        raise RuntimeError(
            "jvp(f, primals, tangents): Expected primals to be a tuple. E.g. it should be valid to call f(*primals)."
        )
    given, build = flatten(primals)
    vs, _ = flatten(tangents)
    if spec(primals) != spec(tangents):
        raise RuntimeError(
            "jvp(f, primals, tangents): Expected primals and tangents to have the same python structure. For example, "
            "if primals is a tuple of 3 tensors, tangents also must be. Got primals with structure "
            f"{spec(primals)} and tangents with structure {spec(tangents)}"
        )
    for x, v in zip(given, vs, strict=True):
        if isinstance(x, Tensor) and not x.dtype.is_floating_point:
            raise ValueError(f"Expected primal to be floating point or complex, but got: {x.dtype}")
        if v.shape != x.shape:
            raise RuntimeError(
                "Trying to set a forward gradient that has a different size than that of the original Tensor, this is "
                f"not supported. Tensor is of size {list(x.shape)} while the given forward gradient is of size "
                f"{list(v.shape)}."
            )
    call = _Call(given)
    result, aux = call.run("jvp(f, primals, tangents)", func, build(list(call.inputs)), {}, has_aux)
    outputs, build_output = _outputs("jvp(f, primals, tangents)", "f(*primals)", result)
    outside = call.is_tracked_outside(outputs)
    recorded = call.outside and (outside or any(v.requires_grad for v in vs))
    pushed = Linearization(outputs, call.inputs, recorded)(vs)
    value = build_output([o if outside else o.detach() for o in outputs])
    moved = build_output(pushed)
    return (value, moved, _detached(aux, outside)) if has_aux else (value, moved)


def jacrev(func: Callable, argnums: Argnums = 0, *, has_aux: bool = False) -> Callable:
    """The function that computes the Jacobian of ``func`` row by row, backward (``torch.func.jacrev``)."""
    return _jacobian_of(func, argnums, has_aux, backward=True)


def jacfwd(func: Callable, argnums: Argnums = 0, has_aux: bool = False) -> Callable:
    """The function that computes the Jacobian of ``func`` column by column, forward (``torch.func.jacfwd``)."""
    return _jacobian_of(func, argnums, has_aux, backward=False)


def hessian(func: Callable, argnums: Argnums = 0) -> Callable:
    """The function that computes the Hessian of ``func``, forward over backward (``torch.func.hessian``).

    >>> import minigrad as torch
    >>> torch.func.hessian(lambda x: (x**3).sum())(torch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)


def _jacobian_of(func: Callable, argnums: Argnums, has_aux: bool, backward: bool) -> Callable:
    @functools.wraps(func)
    def jacobian(*args: Any, **kwargs: Any) -> Any:
        given, build = flatten(_chosen(args, argnums))
        call = _Call(given)
        tracked_args = _replaced(args, argnums, build(list(call.inputs)))
        result, aux = call.run("jacobian", func, tracked_args, kwargs, has_aux)
        name = "jacrev" if backward else "jacfwd"
        outputs, build_output = _outputs(name, "f(*args)", result)
        outside = call.is_tracked_outside(outputs)
        if backward:
            blocks = [rows(output, call.inputs, outside) for output in outputs]
        else:
            blocks = columns(outputs, call.inputs, outside)
        found = build_output([build(block) for block in blocks])
        return (found, _detached(aux, outside)) if has_aux else found

    return jacobian


def vmap(
    func: Callable, in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", *, chunk_size: int | None = None
) -> Callable:
    """The function that applies ``func`` to each slice of its arguments and stacks the results (``torch.func.vmap``).

    ``in_dims`` says along which dimension each argument is sliced, None for one that every call gets whole;
    ``out_dims`` where the new dimension of the results is. The results are PyTorch's; the slices are computed in a
    loop, where PyTorch computes them all at once, so it is no faster than a loop. Raises ValueError
    where sizes differ or there is nothing to slice, RuntimeError where random numbers are drawn and
    ``randomness`` is neither "same" nor "different".

    >>> import minigrad as torch
    >>> torch.func.vmap(torch.dot)(torch.ones(3, 2), torch.ones(3, 2))
    tensor([2., 2., 2.])
    """
    name = getattr(func, "__name__", repr(func))

    @functools.wraps(func)
    def mapped(*args: Any, **kwargs: Any) -> Any:
        leaves, build = flatten(args)
        if not leaves:
            raise ValueError(
                f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap "
                "over a function with no inputs. The latter is unsupported."
            )
        dims = _spread(in_dims, args, f"vmap({name}, in_dims={in_dims}, ...)(<inputs>)")
        for i, (leaf, dim) in enumerate(zip(leaves, dims, strict=True)):
            dims[i] = _checked_dim(leaf, dim, f"vmap({name}, in_dims={in_dims}, ...)(<inputs>)")
        sizes = [leaf._array.shape[d] for leaf, d in zip(leaves, dims, strict=True) if d is not None]
        if not sizes:
            raise ValueError("vmap: Expected at least one Tensor to vmap over")
        if len(set(sizes)) > 1:
            raise ValueError(
                "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
                f"{sizes} for the mapped dimension"
            )
        # An empty batch still tells the shape of its results: they are computed once, on zeros, and none is kept.
        slices = [
            [leaf if d is None else _slice(leaf, d, k) for leaf, d in zip(leaves, dims, strict=True)]
            for k in range(sizes[0])
        ] or [[leaf if d is None else _empty(leaf, d) for leaf, d in zip(leaves, dims, strict=True)]]
        results = _called_on_each(slices, lambda parts: func(*build(parts), **kwargs), randomness)
        flat = [flatten(result)[0] for result in results]
        for part in flat[0]:
            if not isinstance(part, Tensor):
                raise ValueError(
                    f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(part)}. Did you mean to set "
                    "out_dims= to None for output?"
                )
        outs = _spread(out_dims, results[0], f"vmap({name}, ..., out_dims={out_dims})")
        stack = FUNCTIONS["stack"]
        stacked = [
            parts[0] if d is None else stack(list(parts), d)
            for parts, d in zip(zip(*flat, strict=True), outs, strict=True)
        ]
        if not sizes[0]:
            stacked = [wrap(np.take(s._array, [], 0 if d is None else d)) for s, d in zip(stacked, outs, strict=True)]
        return flatten(results[0])[1](stacked)

    return mapped


def functional_call(module: Any, parameter_and_buffer_dicts: Any, args: Any = None, kwargs: dict | None = None) -> Any:
    """Call a module with other tensors in the place of its parameters and buffers (``torch.func.functional_call``)."""
    given = parameter_and_buffer_dicts
    values = dict(given) if isinstance(given, dict) else {k: v for part in given for k, v in part.items()}
    places = {}
    for name in values:
        *path, last = name.split(".")
        owner = functools.reduce(getattr, path, module)
        places[name] = (owner._parameters if last in owner._parameters else owner._buffers), last
    before = {name: store[last] for name, (store, last) in places.items()}
    try:
        for name, (store, last) in places.items():
            store[last] = values[name]
        arguments = () if args is None else args if isinstance(args, tuple) else (args,)
        return module(*arguments, **(kwargs or {}))
    finally:
        for name, (store, last) in places.items():
            store[last] = before[name]


def _chosen(args: tuple, argnums: Argnums) -> Any:
    for argnum in (argnums,) if isinstance(argnums, int) else argnums:
        if not -len(args) <= argnum < len(args):
            raise RuntimeError(f"Got argnum={argnum}, but only {len(args)} positional inputs")
    return args[argnums] if isinstance(argnums, int) else tuple([args[a] for a in argnums])


def _replaced(args: tuple, argnums: Argnums, values: Any) -> list:
    replaced = list(args)
    if isinstance(argnums, int):
        replaced[argnums] = values
    else:
        for argnum, value in zip(argnums, values, strict=True):
            replaced[argnum] = value
    return replaced


def _outputs(who: str, call: str, result: Any) -> tuple[list[Tensor], Callable]:
    leaves, build = flatten(result)
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(f"{who}: expected {call} to return only tensors, got unsupported type {type(leaf)}")
    return leaves, build


def _pulled_back(
    outputs: Sequence[Tensor], inputs: Sequence[Tensor], vs: Sequence[Any], recorded: bool
) -> list[Tensor]:
    """vᵀJ, with zeros for what the outputs do not depend on."""
    pairs = [(o, v) for o, v in zip(outputs, vs, strict=True) if o.requires_grad]
    found: Sequence[Tensor | None] = [None] * len(inputs)
    if pairs and inputs:
        found = _gradients(
            [o for o, _ in pairs],
            inputs,
            [v for _, v in pairs],
            retain_graph=True,
            create_graph=recorded,
            allow_unused=True,
        )
    return [wrap(np.zeros_like(x._array)) if g is None else g for g, x in zip(found, inputs, strict=True)]


def _detached(aux: Any, outside: bool) -> Any:
    if outside:
        return aux
    leaves, build = flatten(aux)
    return build([leaf.detach() if isinstance(leaf, Tensor) else leaf for leaf in leaves])


def _spread(dims: Any, tree: Any, who: str) -> list:
    """One dimension for each leaf; ``dims`` is one for all, or has the beginning of the structure of ``tree``."""
    if dims is None or isinstance(dims, int):
        return [dims] * len(flatten(tree)[0])
    if isinstance(tree, tuple | list) and isinstance(dims, tuple | list) and len(dims) == len(tree):
        return [d for dim, part in zip(dims, tree, strict=True) for d in _spread(dim, part, who)]
    if isinstance(tree, dict) and isinstance(dims, dict) and dims.keys() == tree.keys():
        return [d for key, part in tree.items() for d in _spread(dims[key], part, who)]
    raise ValueError(
        f"{who}: in_dims is not compatible with the structure of `inputs`. in_dims has structure {spec(dims)} but "
        f"inputs has structure {spec(tree)}."
    )


def _checked_dim(leaf: Any, dim: Any, who: str) -> int | None:
    if dim is None:
        return None
    if not isinstance(leaf, Tensor):
        raise ValueError(
            f"{who}: Got in_dim={dim} for an input but the input is of type {type(leaf)}. We cannot vmap over "
            "non-Tensor arguments, please use None as the respective in_dim"
        )
    n = leaf._array.ndim
    if not -n <= operator.index(dim) < n:
        raise ValueError(
            f"{who}: Got in_dim={dim} for some input, but that input is a Tensor of dimensionality {n} so expected "
            f"in_dim to satisfy -{n} <= in_dim < {n}."
        )
    return dim % n


def _called_on_each(slices: list, call: Callable, randomness: str) -> list:
    """The results, with random numbers as ``randomness`` says: none allowed, the same for all, or different ones."""
    if randomness not in ("error", "same", "different"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    generator = random.default_generator
    start = generator.get_state() if randomness != "different" else np.empty(0, np.uint8)
    results: list[Any] = []
    for parts in slices:
        if results and randomness == "same":
            generator.set_state(start)
        results.append(call(parts))
        if randomness == "error" and (generator.get_state() != start).any():
            raise RuntimeError(
                "vmap: called random operation while in randomness error mode. Please either use the 'same' or "
                "'different' randomness flags on vmap or perform the randomness operation out of vmap"
            )
    return results


def _slice(leaf: Tensor, dim: int, k: int) -> Tensor:
    return leaf[(slice(None),) * dim + (k,)]


def _empty(leaf: Tensor, dim: int) -> Tensor:
    shape = leaf._array.shape
    return wrap(np.zeros(shape[:dim] + shape[dim + 1 :], leaf._array.dtype))


__all__ = ["functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "vjp", "vmap"]
