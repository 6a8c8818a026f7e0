"""Tensor: a NumPy array that can remember how it was computed."""

from __future__ import annotations

import copy
import operator
import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import dtypes, errors, printing
from .dtypes import Size

if TYPE_CHECKING:
    from .graph import Node
    from .hooks import Hooks, RemovableHandle

Number = int | float | np.number


class Tensor:
    """A multi-dimensional array that can require gradients (``torch.Tensor``).

    Made by ``minigrad.tensor``, ``ones``, ``randn`` and so on, and by operations on other tensors. A tensor made with
    ``requires_grad=True`` is a leaf; what is computed from it has a ``grad_fn``, and ``backward()`` on a result fills
    the ``grad`` of the leaves.
    """

    _array: np.ndarray
    # One number shared by all tensors over the same memory: in-place operations count it up.
    _counter: list[int]
    _requires_grad = False
    _grad: Tensor | None = None
    _grad_fn: Node | None = None
    _output_nr = 0
    _accumulator: weakref.ref | None = None
    _leaf_hooks: Hooks | None = None
    _retains_grad = False
    _of_finished_call = False  # for an input of a function that minigrad.func differentiates, whether it has returned
    _base: Tensor | None = None
    _base_version = 0
    # For a view that may not be written to while operations are recorded, how: in "no_grad", as one of "several", by a
    # custom "function".
    _untracked_view = ""

    __array_priority__ = 1000

    def __init__(self, *data: Any) -> None:
        """float32 numbers from a sequence, or zeros of a size (``torch.Tensor``; prefer ``minigrad.tensor``)."""
        from . import creation

        if len(data) == 1 and not isinstance(data[0], int):
            if not isinstance(data[0], Sequence | np.ndarray | Tensor):
                raise TypeError(f"new(): data must be a sequence (got {errors.type_name(data[0])})")
            made = creation.tensor(data[0], dtype=dtypes.DEFAULT)
        else:
            made = creation.zeros(*(data or (0,)))
        self._array, self._counter = made._array, made._counter

    # What it is

    @property
    def shape(self) -> Size:
        """The number of elements along each dimension."""
        return Size(self._array.shape)

    def size(self, dim: int | None = None) -> Size | int:
        """The shape, or the number of elements along one dimension."""
        return self.shape if dim is None else self._array.shape[self._dim(dim)]

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._array.ndim

    def dim(self) -> int:
        """The number of dimensions."""
        return self._array.ndim

    def numel(self) -> int:
        """The number of elements."""
        return self._array.size

    @property
    def dtype(self) -> dtypes.dtype:
        """The type of the elements."""
        return dtypes.of(self._array)

    @property
    def device(self) -> dtypes.device:
        """Where the elements are: the CPU's memory."""
        return dtypes.CPU

    is_cuda = False

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made this tensor. Only leaves get a ``grad``."""
        return self.grad_fn is None

    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that made this tensor, None for a leaf."""
        if self._base is not None:
            views.follow_base(self)
        return self._grad_fn

    @property
    def output_nr(self) -> int:
        """Which output of ``grad_fn`` this tensor is."""
        return self._output_nr

    @property
    def _version(self) -> int:
        return self._counter[0]

    @property
    def requires_grad(self) -> bool:
        """Whether operations on this tensor are recorded.

        Set it on leaves only. Raises RuntimeError for a computed tensor, and for integers.
        """
        return self._requires_grad or self._grad_fn is not None or (self._base is not None and self._base.requires_grad)

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise RuntimeError("requires_grad must be a bool")
        if self._grad_fn is not None:
            raise errors.not_a_leaf_flag(value)
        if value and not self.dtype.is_floating_point:
            raise errors.dtype_without_gradient(
                "only Tensors of floating point and complex dtype can require gradients"
            )
        self._requires_grad = value

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set ``requires_grad`` in place and return the tensor (``torch.Tensor.requires_grad_``)."""
        if requires_grad and not self.dtype.is_floating_point:
            raise errors.dtype_without_gradient("only Tensors of floating point dtype can require gradients")
        if not (requires_grad and (self._requires_grad or self._grad_fn is not None)):
            self.requires_grad = requires_grad
        return self

    @property
    def grad(self) -> Tensor | None:
        """The accumulated gradient of a leaf, None before the first ``backward()`` reaches it.

        Raises TypeError or RuntimeError where something of another type or shape is assigned.
        """
        if self._grad is None and self._grad_fn is not None and not self._retains_grad:
            warnings.warn(errors.GRAD_OF_A_COMPUTED_TENSOR, stacklevel=2)
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise errors.grad_of_another_type(value)
            if value._array.shape != self._array.shape:
                raise errors.grad_of_another_shape(value._array.shape, self._array.shape)
            if value._array.dtype != self._array.dtype:
                raise errors.grad_of_another_dtype(value.dtype.c_name, self.dtype.word)
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def data(self) -> Tensor:
        """The same memory, out of autograd's sight: what is written through it is not counted as a change.

        Prefer ``detach()``: writes through it are noticed.
        """
        return wrap(self._array)

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {errors.type_name(value)}")
        self._array = value._array

    def detach(self) -> Tensor:
        """The same memory without history and without ``requires_grad`` (``torch.Tensor.detach``)."""
        result = wrap(self._array)
        result._counter = self._counter
        return result

    def detach_(self) -> Tensor:
        """Cut this tensor off from its history, in place, and return it (``torch.Tensor.detach_``).

        Raises RuntimeError for a view, whose memory has a history of its own.
        """
        if self._base is not None:
            raise errors.view_detached()
        self._grad_fn, self._output_nr, self._requires_grad = None, 0, False
        return self

    # The backward pass

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Sequence[Tensor] | Tensor | None = None,
    ) -> None:
        """Add the gradient of this tensor to the ``grad`` of each leaf it was computed from.

        For a scalar, the derivatives. Otherwise ``gradient``, a cotangent v of this tensor's shape, is needed, and
        what arrives at a leaf is the vector-Jacobian product vᵀJ. ``retain_graph`` keeps what the operations saved,
        ``create_graph`` records the pass itself, ``inputs`` restricts it to some tensors.

        Raises RuntimeError without a graph, without a needed ``gradient``, for a ``gradient`` of another shape, and
        the second time through a graph that was freed. Source: ``torch.Tensor.backward``.

        >>> import minigrad
        >>> x = minigrad.tensor([1.0, 2.0], requires_grad=True)
        >>> (x * x).sum().backward()
        >>> x.grad
        tensor([2., 4.])
        """
        autograd.backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def retain_grad(self) -> None:
        """Have ``backward()`` keep the gradient of this computed tensor in its ``grad`` (``torch.Tensor.retain_grad``).

        Raises RuntimeError where it requires no gradient.
        """
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if self._grad_fn is not None:
            from . import hooks

            at, nr = hooks.of_tensor(self)
            at.retaining[nr] = weakref.ref(self)
            self._retains_grad = True

    @property
    def retains_grad(self) -> bool:
        """Whether ``retain_grad()`` was asked for on this computed tensor."""
        return self._retains_grad

    def register_hook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook(gradient)`` whenever the gradient of this tensor is complete; what it returns replaces it.

        The handle's ``remove()`` takes the hook away. Raises RuntimeError where the tensor requires no gradient.
        Source: ``torch.Tensor.register_hook``.

        >>> import minigrad
        >>> x = minigrad.ones(2, requires_grad=True)
        >>> handle = x.register_hook(lambda g: g * 10)
        >>> (x * 3).sum().backward()
        >>> x.grad
        tensor([30., 30.])
        """
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        from . import hooks

        at, nr = hooks.of_tensor(self)
        return hooks.RemovableHandle(at.of_tensors, (nr, hook))

    def register_post_accumulate_grad_hook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook(tensor)`` whenever a gradient was added to the ``grad`` of this leaf.

        Raises RuntimeError for a computed tensor. Source: ``torch.Tensor.register_post_accumulate_grad_hook``.
        """
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if not self.is_leaf:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        from . import hooks

        return hooks.RemovableHandle(hooks.of_tensor(self)[0].after_accumulation, hook)

    # Out of the graph

    def item(self) -> Any:
        """The single element as a Python number.

        Raises RuntimeError where there is more than one.
        """
        if self._array.size != 1:
            raise errors.hinted(
                RuntimeError(f"a Tensor with {self._array.size} elements cannot be converted to Scalar"),
                "item() takes a tensor out to one Python number; use tolist() or detach().numpy() for many.",
            )
        return self._array.item()

    def tolist(self) -> Any:
        """The elements as Python numbers in nested lists."""
        return self._array.tolist()

    def numpy(self) -> np.ndarray:
        """The array itself, sharing memory.

        Raises RuntimeError where the tensor requires a gradient.
        """
        if self.requires_grad:
            raise errors.numpy_of_tracked()
        return self._array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def __deepcopy__(self, memo: dict) -> Tensor:
        if not self.is_leaf:
            raise errors.copy_of_computed()
        memo[id(self)] = made = wrap(self._array.copy())
        made.__class__ = type(self)
        made._requires_grad, made._grad = self._requires_grad, copy.deepcopy(self._grad, memo)
        return made

    def __repr__(self) -> str:
        try:
            grad_fn = self.grad_fn
            name = None if grad_fn is None else type(grad_fn).__name__
        except RuntimeError:
            name = "Invalid"
        default = dtypes.DEFAULT.numpy
        return printing.tensor_str(
            self._array, requires_grad=self.requires_grad, grad_fn_name=name, default_dtype=default
        )

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if self._array.ndim == 0 else object.__format__(self, spec)

    def __len__(self) -> int:
        if self._array.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return len(self._array)

    def __iter__(self) -> Iterator[Tensor]:
        if self._array.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter(shaping.unbind(self))

    def __bool__(self) -> bool:
        if self._array.size != 1:
            words = "no values" if self._array.size == 0 else "more than one value"
            raise RuntimeError(f"Boolean value of Tensor with {words} is ambiguous")
        return bool(self._array.item())

    def __float__(self) -> float:
        if self.requires_grad:
            warnings.warn(
                "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\nConsider "
                "using tensor.detach() first.",
                stacklevel=errors.learners_level(),
            )
        return float(self._number())

    def __int__(self) -> int:
        return int(self._number())

    def _number(self) -> Any:
        if self._array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return self._array.item()

    def __index__(self) -> int:
        if self._array.size != 1 or self._array.dtype.kind not in "iub":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._array.item())

    __hash__ = object.__hash__

    def _dim(self, dim: int, extra: int = 0) -> int:
        n = max(self._array.ndim + extra, 1)
        dim = operator.index(dim)
        if not -n <= dim < n:
            raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})")
        return dim % n

    def _dims(self, dims: int | Sequence[int] | None) -> tuple[int, ...]:
        if dims is None or dims == ():
            return tuple(range(self._array.ndim))
        found = tuple(self._dim(d) for d in ((dims,) if isinstance(dims, int) else dims))
        if self._array.ndim == 0:
            return ()
        if len(set(found)) < len(found):
            raise RuntimeError(f"dim {max(found, key=found.count)} appears multiple times in the list of dims")
        return found

    if TYPE_CHECKING:
        # What the operations in minigrad.ops add to this class: ops/arithmetic.py has ``*``, ops/functions.py says how.
        def __getattr__(self, name: str) -> Any: ...

        def __add__(self, other: Any) -> Any: ...
        def __sub__(self, other: Any) -> Any: ...
        def __mul__(self, other: Any) -> Any: ...
        def __truediv__(self, other: Any) -> Any: ...
        def __pow__(self, other: Any) -> Any: ...
        def __matmul__(self, other: Any) -> Any: ...
        def __radd__(self, other: Any) -> Any: ...
        def __rsub__(self, other: Any) -> Any: ...
        def __rmul__(self, other: Any) -> Any: ...
        def __rtruediv__(self, other: Any) -> Any: ...
        def __neg__(self) -> Any: ...
        def __invert__(self) -> Any: ...
        def __getitem__(self, other: Any) -> Any: ...
        def __setitem__(self, index: Any, value: Any) -> None: ...


_new = object.__new__


def wrap(array: np.ndarray) -> Tensor:
    """A Tensor over an array, without history."""
    made = _new(Tensor)
    made._array = array
    made._counter = [0]
    return made


# The operations are subclasses of Node that make Tensors, so they can only be read once Tensor is there.
from . import autograd  # noqa: E402
from .ops import shaping, views  # noqa: E402
