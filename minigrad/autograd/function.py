"""Operations of the learner's own: a forward and a backward in Tensors (``torch.autograd.Function``)."""

from __future__ import annotations

import functools
import inspect
import warnings
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import errors, graph
from ..grad_mode import mode, no_grad
from ..graph import Edge, Node, next_sequence, saved_input, saved_result
from ..ops import in_place
from ..ops.operation import gradient_edge
from ..ops.views import AliasBackward0
from ..tensor import Tensor, wrap

if TYPE_CHECKING:
    from ..hooks import RemovableHandle


class FunctionCtx:
    """What a Function's ``forward`` hands on to its ``backward``: the ``ctx`` of both.

    It is not the node itself: whatever a learner keeps on it, under whatever name (``ctx.shapes``, ``ctx.number``),
    goes to ``node.attributes``, where the engine, whose names those may be too, never looks.
    """

    # The names of the slots are mangled, so that none of them is one of the learner's.
    __slots__ = ("__dict__", "__node", "__weakref__")

    def __init__(self, node: BackwardCFunction) -> None:
        self.__node = node
        self.__dict__ = node.attributes

    def __repr__(self) -> str:
        return repr(self.__node)

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep inputs and outputs for ``backward``, which reads them as ``ctx.saved_tensors``."""
        self.__node._to_save = tensors

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Say which inputs ``forward`` overwrote; each must be returned."""
        self.__node._dirty = tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Say which outputs have no gradient."""
        self.__node._non_differentiable = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether ``backward`` is handed zeros (the default), or None, for an output that nothing was computed from."""
        self.__node.materialize_grads = value

    @property
    def materialize_grads(self) -> bool:
        """What ``set_materialize_grads`` was told."""
        return self.__node.materialize_grads

    @materialize_grads.setter
    def materialize_grads(self, value: bool) -> None:
        self.__node.materialize_grads = value

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """What ``save_for_backward`` kept.

        Raises RuntimeError where it was freed, or modified in place meanwhile.
        """
        return self.__node.saved_tensors

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The nodes of the inputs, as ``grad_fn`` has them."""
        return self.__node.next_functions

    @property
    def metadata(self) -> dict:
        """The notes of an observer, as ``grad_fn`` has them."""
        return self.__node.metadata

    def name(self) -> str:
        """The name of the node."""
        return self.__node.name()

    def register_hook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook`` after ``backward``, as ``grad_fn.register_hook`` does."""
        return self.__node.register_hook(hook)

    def register_prehook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook`` before ``backward``, as ``grad_fn.register_prehook`` does."""
        return self.__node.register_prehook(hook)


class BackwardCFunction(Node):
    """The node of a Function in the graph: what ``grad_fn`` refers to.

    ``attributes`` is what the learner keeps on ``ctx``.
    """

    function: type[Function]
    ctx_class: type[FunctionCtx]
    materialize_grads = True
    # The names under which observers find what the operations of minigrad have.
    parameters: dict[str, Any] = {}
    input_shapes: tuple[tuple[int, ...], ...]
    numbers: tuple[float | None, ...]

    def __init__(self, inputs_need_gradients: tuple[bool, ...]) -> None:
        self.edges, self.shapes, self.numpy_dtypes = (), (), ()
        self.saved_tensors_by_name = {}
        self.attributes: dict[str, Any] = {"needs_input_grad": inputs_need_gradients}
        self._inputs_need_gradients = inputs_need_gradients
        self._ctx: Callable[[], FunctionCtx | None] = lambda: None
        self._to_save: tuple[Tensor | None, ...] = ()
        self._saved_count = 0
        self._saved_outputs: dict[str, int] = {}
        self._dirty: tuple[Tensor, ...] = ()
        self._non_differentiable: tuple[Tensor, ...] = ()
        self._tensor_slots: tuple[int, ...] = ()

    def __repr__(self) -> str:
        return f"<torch.autograd.function.{type(self).__name__} object at {hex(id(self))}>"

    def __getattr__(self, name: str) -> Any:
        """What the learner keeps on ``ctx``, so that ``grad_fn`` shows it too."""
        try:
            return self.__dict__["attributes"][name]
        except KeyError:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'") from None

    def as_ctx(self) -> FunctionCtx:
        """The ``ctx`` of this node, the same one as long as somebody holds it."""
        ctx = self._ctx()
        if ctx is None:
            # Held weakly: the two would otherwise keep each other, and all that was saved, alive.
            ctx = self.ctx_class(self)
            self._ctx = weakref.ref(ctx)
        return ctx

    @property
    def needs_input_grad(self) -> tuple[bool, ...]:
        """For each input of ``forward``, whether a gradient is wanted."""
        return self._inputs_need_gradients

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """What ``ctx.save_for_backward`` kept.

        Raises RuntimeError where it was freed, or modified in place meanwhile.
        """
        if self.saved_tensors_by_name is None:
            raise errors.second_backward()
        return tuple([self._unpacked(str(i)) for i in range(self._saved_count)])

    def _unpacked(self, name: str) -> Tensor | None:
        assert self.saved_tensors_by_name is not None
        saved = self.saved_tensors_by_name.get(name)
        if saved is None:
            return None
        tensor = saved.as_tensor(self)
        if name in self._saved_outputs:
            tensor._output_nr = self._saved_outputs[name]
        return tensor

    def saved_names(self) -> tuple[str, ...]:
        """The saved tensors have no names but their numbers."""
        return tuple(map(str, range(self._saved_count)))

    def vjp(self, gradients: list) -> tuple:
        """The gradients that the Function's ``backward`` returns, one for each Tensor among its inputs.

        Raises RuntimeError for a wrong number of them, or one of a wrong type or shape.
        """
        given = [self._handed(g, nr) for nr, g in enumerate(gradients)]
        recorded = mode.enabled
        found, mode.in_gradient_rule = mode.in_gradient_rule, False
        try:
            results = self.function.backward(self.as_ctx(), *given)
        finally:
            mode.in_gradient_rule = found
        results = results if isinstance(results, tuple) else (results,)
        return self._checked(results, recorded)

    def without_gradient(self) -> tuple:
        """A Function runs even where nothing arrives, on zeros."""
        return self.vjp([None] * len(self.shapes))

    def _handed(self, gradient: Any, nr: int) -> Tensor | None:
        if gradient is None:
            return wrap(np.zeros(self.shapes[nr], self.numpy_dtypes[nr])) if self.materialize_grads else None
        return gradient if isinstance(gradient, Tensor) else wrap(np.asarray(gradient))

    def _checked(self, results: tuple, recorded: bool) -> tuple:
        name, wanted = type(self).__name__, len(self.needs_input_grad)
        if len(results) > wanted and all(r is None for r in results[wanted:]):
            results = results[:wanted]
        if len(results) != wanted:
            raise errors.hinted(
                RuntimeError(
                    f"function {name} returned an incorrect number of gradients (expected {wanted}, got {len(results)})"
                ),
                "backward returns one gradient for each input of forward (ctx not counted), None for those that are "
                "no tensors.",
            )
        gradients: list[Any] = []
        for slot, result in enumerate(results):
            if slot not in self._tensor_slots:
                if result is not None:
                    raise RuntimeError(
                        f"function {name} returned a gradient different than None at position {slot + 1}, but the "
                        "corresponding forward input was not a Variable"
                    )
                continue
            if result is not None and not isinstance(result, Tensor):
                raise RuntimeError(f"expected Variable or None (got {type(result).__name__})")
            edge = self.edges[len(gradients)]
            if result is not None and edge is not None:
                self._check_shape(len(gradients), result._array.shape, edge[0].shapes[edge[1]])
            gradients.append(result if result is None or recorded else result._array)
        return tuple(gradients)

    def _check_shape(self, index: int, got: tuple[int, ...], wanted: tuple[int, ...]) -> None:
        extra = len(got) - len(wanted)
        if extra < 0 or any(w not in (1, g) for w, g in zip(wanted, got[extra:], strict=True)):
            raise errors.hinted(
                RuntimeError(
                    f"Function {type(self).__name__} returned an invalid gradient at index {index} - got {list(got)} "
                    f"but expected shape compatible with {list(wanted)}"
                ),
                "a gradient has the shape of the input it belongs to.",
            )


class Function:
    """An operation of one's own (``torch.autograd.Function``).

    A subclass gives ``forward(ctx, *inputs)`` and ``backward(ctx, *gradients)``, both static; ``apply`` runs it and
    records it. ``forward`` may do without ``ctx`` where ``setup_context(ctx, inputs, output)`` is there. Nothing
    inside ``forward`` is recorded: ``backward`` alone says what the gradient is, and can be differentiated in turn.

    >>> import minigrad as torch
    >>> class Square(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x
    ...
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_tensors
    ...         return 2 * x * g
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> y = Square.apply(x)
    >>> y.backward()
    >>> y, x.grad
    (tensor(9., grad_fn=<SquareBackward>), tensor(6.))
    """

    _node_class: type[BackwardCFunction] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should "
            "invoke them on the class itself. Instantiating an autograd function will raise an error in a future "
            "version of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """The values; to be overridden."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: FunctionCtx, inputs: tuple, output: Any) -> Any:
        """What ``ctx`` keeps, where ``forward`` does without it."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """The gradients of the inputs from those of the outputs; to be overridden."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run the Function on ``args``, recording it where a Tensor among them needs a gradient."""
        if cls._node_class is None or cls._node_class.function is not cls:
            cls._node_class = _new_node_class(cls)
        without_ctx = cls.setup_context is not Function.setup_context
        if kwargs:
            bound = inspect.signature(cls.forward).bind(*(() if without_ctx else (None,)), *args, **kwargs)
            args = bound.args if without_ctx else bound.args[1:]
        node = cls._node_class(tuple([isinstance(a, Tensor) and a.requires_grad for a in args]))
        recorded = mode.enabled and any(node.needs_input_grad)
        node._tensor_slots = tuple([slot for slot, a in enumerate(args) if isinstance(a, Tensor)])
        inputs = tuple([a for a in args if isinstance(a, Tensor)])
        edges = tuple([gradient_edge(a) for a in inputs])
        ctx = node.as_ctx()
        with no_grad():
            if without_ctx:
                output = cls.forward(*args)
                cls.setup_context(ctx, args, output)
            else:
                output = cls.forward(ctx, *args)
        outputs = output if isinstance(output, tuple) else (output,)
        if any(not any(d is o for o in outputs) for d in node._dirty):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as output. The inputs that "
                "are modified inplace must all be outputs of the Function."
            )
        for i, tensor in enumerate(node._to_save):
            if tensor is not None and not isinstance(tensor, Tensor):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {i} is of type {type(tensor).__name__}"
                )
        given_back = [_given_back(node, o, inputs, recorded) for o in outputs]
        if recorded:
            _record(node, edges, inputs, args, given_back)
        return tuple(given_back) if isinstance(output, tuple) else given_back[0]


def _new_node_class(function: type[Function]) -> type[BackwardCFunction]:
    """The class of a Function's nodes, with that of their ``ctx``, both of PyTorch's name."""
    name = function.__name__ + "Backward"
    ctx_class = type(name, (FunctionCtx,), {"__slots__": ()})
    node_class = type(name, (BackwardCFunction,), {"function": function, "ctx_class": ctx_class})
    ctx_class.__module__ = node_class.__module__ = "torch.autograd.function"
    return node_class


def _given_back(node: BackwardCFunction, output: Any, inputs: tuple[Tensor, ...], recorded: bool) -> Any:
    """An output as the caller gets it: an input that is returned as it came becomes a view of itself."""
    if not any(output is i for i in inputs):
        return output
    if any(output is d for d in node._dirty):
        if recorded and output.is_leaf and output._requires_grad:
            raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")
        output._counter[0] += 1
        return output
    with no_grad():
        return AliasBackward0.apply(output)


def _record(node: BackwardCFunction, edges: tuple, inputs: tuple, args: tuple, outputs: list) -> None:
    """Make ``node`` the node behind the outputs."""
    node.edges = edges
    node.sequence = next_sequence()
    node.input_shapes = tuple([i._array.shape for i in inputs])
    node.numbers = (None,) * len(inputs)
    node.shapes = tuple([o._array.shape if isinstance(o, Tensor) else () for o in outputs])
    floating = np.dtype(np.float32)
    node.numpy_dtypes = tuple([o._array.dtype if isinstance(o, Tensor) else floating for o in outputs])
    for nr, output in enumerate(outputs):
        if not isinstance(output, Tensor) or not output.dtype.is_floating_point:
            continue
        if any(output is t for t in node._non_differentiable):
            continue
        output._grad_fn, output._output_nr = node, nr
        if any(output is d for d in node._dirty):
            in_place.note_in_base(output, node)
        elif output._base is not None:
            output._untracked_view = "function"
        if graph.creation_observer is not None:
            graph.creation_observer(node, inputs, output)
    node._saved_count = len(node._to_save)
    assert node.saved_tensors_by_name is not None
    for i, tensor in enumerate(node._to_save):
        if tensor is not None:
            if tensor._grad_fn is node:
                node.saved_tensors_by_name[str(i)] = saved_result(tensor)
                node._saved_outputs[str(i)] = tensor._output_nr
            else:
                node.saved_tensors_by_name[str(i)] = saved_input(tensor)
    node._to_save = node._dirty = node._non_differentiable = ()


class DelayedError(Node):
    """The end of what ``once_differentiable`` lets through."""

    def __init__(self, edges: tuple[Edge | None, ...], output: Tensor) -> None:
        self.edges, self.sequence = edges, next_sequence()
        self.shapes, self.numpy_dtypes = (output._array.shape,), (output._array.dtype,)

    def vjp(self, gradients: list) -> tuple:
        """Raises RuntimeError."""
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


def once_differentiable(backward: Callable) -> Callable:
    """Decorate a Function's ``backward`` that cannot be differentiated in turn (``torch.autograd.function``).

    Differentiating twice then raises RuntimeError, where it would silently be wrong.
    """

    @functools.wraps(backward)
    def once(ctx: FunctionCtx, *gradients: Any) -> Any:
        with no_grad():
            results = backward(ctx, *gradients)
        edges = tuple([gradient_edge(g) for g in gradients if isinstance(g, Tensor)])
        if not mode.enabled or not any(edges):
            return results
        listed = results if isinstance(results, tuple) else (results,)
        delayed = []
        for result in listed:
            if isinstance(result, Tensor):
                result = result.detach()
                result._grad_fn = DelayedError(edges, result)
            delayed.append(result)
        return tuple(delayed) if isinstance(results, tuple) else delayed[0]

    return once
