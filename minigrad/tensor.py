"""Tensor: a NumPy array that can remember how it was computed."""

from __future__ import annotations

import operator
import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import dtypes, errors, printing
from .dtypes import Size
from .grad_mode import mode

if TYPE_CHECKING:
    from .graph import Edge, Node
    from .hooks import Hooks, RemovableHandle
    from .ops.operation import Operation

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
    _edge: Edge | None = None  # for a computed tensor, the node that made it, and which of its outputs it is
    _accumulator: weakref.ref | None = None
    _leaf_hooks: Hooks | None = None
    _retains_grad = False
    _of_finished_call = False  # for an input of a function that minigrad.func differentiates, whether it has returned
    _base: Tensor | None = None
    _base_version = 0
    # For a view that may not be written to while operations are recorded, how it was made: "no_grad" or "0 of Split".
    _untracked_view = ""

    __array_priority__ = 1000

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """The methods that the modules of ``ops`` add."""

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
        return None if self._edge is None else self._edge[0]

    @property
    def output_nr(self) -> int:
        """Which output of ``grad_fn`` this tensor is."""
        return 0 if self._edge is None else self._edge[1]

    @property
    def _version(self) -> int:
        return self._counter[0]

    @property
    def requires_grad(self) -> bool:
        """Whether operations on this tensor are recorded.

        Set it on leaves only. Raises RuntimeError for a computed tensor, and for integers.
        """
        return self._requires_grad or self._edge is not None or (self._base is not None and self._base.requires_grad)

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise RuntimeError("requires_grad must be a bool")
        if self.grad_fn is not None:
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
        if not (requires_grad and self.requires_grad):
            self.requires_grad = requires_grad
        return self

    @property
    def grad(self) -> Tensor | None:
        """The accumulated gradient of a leaf, None before the first ``backward()`` reaches it.

        Raises TypeError or RuntimeError where something of another type or shape is assigned.
        """
        if self._grad is None and self._edge is not None and not self._retains_grad:
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute "
                "won't be populated during autograd.backward(). If you indeed want the .grad field to be populated "
                "for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor "
                "by mistake, make sure you access the leaf Tensor instead. See "
                "github.com/pytorch/pytorch/pull/30531 for more information.",
                stacklevel=2,
            )
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise TypeError(
                    f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}"
                )
            if value._array.shape != self._array.shape:
                raise RuntimeError(
                    f"attempting to assign a gradient of size '{list(value._array.shape)}' to a tensor of size "
                    f"'{list(self._array.shape)}'. Please ensure that the gradient and the tensor are the same size"
                )
            if value._array.dtype != self._array.dtype:
                raise RuntimeError(
                    f"attempting to assign a gradient with dtype '{value.dtype.c_name}' to a tensor with "
                    f"grad_dtype '{self.dtype.word}'. The gradient must match the tensor's grad_dtype (defaults to "
                    "the tensor's dtype). You can set the tensor's grad_dtype attribute with a specific dtype, or None "
                    "to allow any dtype. Set grad_dtype with caution. Diverging the dtypes of a tensor and its "
                    "gradient may break downstream systems that assume they match."
                )
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
        from .autograd import backward

        backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def retain_grad(self) -> None:
        """Have ``backward()`` keep the gradient of this computed tensor in its ``grad`` (``torch.Tensor.retain_grad``).

        Raises RuntimeError where it requires no gradient.
        """
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if not self.is_leaf:
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
                stacklevel=2,
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

    # Arithmetic

    def __add__(self, other: Any) -> Any:
        return _binary(pointwise.AddBackward0, self, other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return _binary(pointwise.SubBackward0, self, other)

    def __rsub__(self, other: Any) -> Any:
        if isinstance(other, Tensor):
            return elementary.rsub(self, other)
        if not isinstance(other, Number):
            return NotImplemented
        if self._array.dtype == bool:
            raise errors.subtraction_of_a_mask()
        return pointwise.RsubBackward1.apply(_promoted(self, other), other=other)

    def __mul__(self, other: Any) -> Any:
        return _binary(pointwise.MulBackward0, self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        decided = isinstance(other, Tensor) and other._array.dtype.kind == "f"
        return _binary(pointwise.DivBackward0, self if decided else _floating(self), other)

    def __rtruediv__(self, other: Any) -> Any:
        if not isinstance(other, _OPERANDS):
            return NotImplemented
        return pointwise.ReciprocalBackward0.apply(_floating(self)) * other

    __rdiv__ = __rtruediv__

    def __pow__(self, other: Any) -> Any:
        if isinstance(other, np.number):
            other = other.item()
        if isinstance(other, Number):
            if self._array.dtype.kind in "iu" and isinstance(other, int) and other < 0:
                raise RuntimeError("Integers to negative integer powers are not allowed.")
            return pointwise.PowBackward0.apply(_promoted(self, other), exponent=other)
        return _binary(pointwise.PowBackward1, self, other)

    def __rpow__(self, other: Any) -> Any:
        if isinstance(other, Tensor):
            return other**self
        if not isinstance(other, Number):
            return NotImplemented
        return pointwise.PowBackward2.apply(_promoted(self, other), base=other)

    def __neg__(self) -> Tensor:
        if self._array.dtype == bool:
            raise errors.negation_of_mask()
        return pointwise.NegBackward0.apply(self)

    def __pos__(self) -> Tensor:
        return self

    def __matmul__(self, other: Any) -> Any:
        return matmul(self, other) if isinstance(other, Tensor) else NotImplemented

    def __rmatmul__(self, other: Any) -> Any:
        return matmul(other, self) if isinstance(other, Tensor) else NotImplemented

    def add(self, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
        """self + alpha·other."""
        return self + _scaled("add", other, alpha)

    def sub(self, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
        """self - alpha·other."""
        return self - _scaled("sub", other, alpha)

    def mul(self, other: Tensor | Number) -> Tensor:
        """self·other, element by element."""
        return self * _scaled("mul", other)

    def pow(self, exponent: Tensor | Number) -> Tensor:
        """self to a power, element by element."""
        return self**exponent

    def neg(self) -> Tensor:
        """-self."""
        return -self

    def matmul(self, other: Tensor) -> Tensor:
        """The matrix product (``torch.matmul``)."""
        if not isinstance(other, Tensor):
            raise errors.not_a_tensor("matmul", "other", 2, other)
        return matmul(self, other)

    mm = matmul

    def dot(self, other: Tensor) -> Tensor:
        """The dot product of two vectors."""
        return matmul(self, other)

    def exp(self) -> Tensor:
        """e to the power of each element."""
        return pointwise.ExpBackward0.apply(_floating(self))

    def log(self) -> Tensor:
        """The natural logarithm of each element."""
        return pointwise.LogBackward0.apply(_floating(self))

    def tanh(self) -> Tensor:
        """The hyperbolic tangent of each element."""
        return pointwise.TanhBackward0.apply(_floating(self))

    def relu(self) -> Tensor:
        """Each element, 0 in place of negative ones."""
        if self._array.dtype == bool:
            raise RuntimeError("Boolean inputs not supported for relu")
        return pointwise.ReluBackward0.apply(self)

    def clone(self) -> Tensor:
        """The same values in memory of their own, with their history."""
        return pointwise.CloneBackward0.apply(self)

    def to(self, *to: Any, dtype: Any = None, device: Any = None, copy: bool = False, **ignored: Any) -> Tensor:
        """The same values in another dtype, or that of another tensor; the tensor itself where it has it already.

        A device may be given, as long as it is the CPU.
        """
        for given in (*to, device):
            if isinstance(given, Tensor):
                dtype = given.dtype
            elif isinstance(given, dtypes.dtype) or given in (float, int, bool):
                dtype = given
            elif given is not None and not isinstance(given, bool) and str(given).partition(":")[0] != "cpu":
                raise errors.no_such_device(str(given))
        wanted = self._array.dtype if dtype is None else dtypes.chosen(dtype, "to")
        if wanted == self._array.dtype and not copy:
            return self
        if wanted.kind != "f":
            return wrap(self._array.astype(wanted))
        return pointwise.ToCopyBackward0.apply(self, dtype=wanted)

    def cpu(self) -> Tensor:
        """The tensor itself: this kit runs on the CPU."""
        return self

    def cuda(self, *ignored: Any) -> Tensor:
        """Raises AssertionError: this kit runs on the CPU."""
        raise errors.no_such_device("cuda")

    def type_as(self, other: Tensor) -> Tensor:
        """The tensor in the dtype of another."""
        return self.to(other.dtype)

    def is_floating_point(self) -> bool:
        """Whether the elements are floating point numbers."""
        return self.dtype.is_floating_point

    def float(self) -> Tensor:
        """The same values as float32."""
        return self.to(dtypes.float32)

    def double(self) -> Tensor:
        """The same values as float64."""
        return self.to(dtypes.float64)

    # Comparison: never recorded, a truth value has no derivative

    def _compare(self, function: Any, other: Any) -> Any:
        if isinstance(other, Tensor):
            _check_broadcast(self._array.shape, other._array.shape)
            other = other._array
        elif not isinstance(other, Number):
            return NotImplemented
        return wrap(np.asarray(function(self._array, other)))

    def __eq__(self, other: object) -> Any:
        return self._compare(np.equal, other)

    def __ne__(self, other: object) -> Any:
        return self._compare(np.not_equal, other)

    def __lt__(self, other: Any) -> Any:
        return self._compare(np.less, other)

    def __le__(self, other: Any) -> Any:
        return self._compare(np.less_equal, other)

    def __gt__(self, other: Any) -> Any:
        return self._compare(np.greater, other)

    def __ge__(self, other: Any) -> Any:
        return self._compare(np.greater_equal, other)

    def _bits(self, function: Any, other: Any) -> Any:
        if "f" in (self._array.dtype.kind, getattr(getattr(other, "_array", None), "dtype", np.dtype(bool)).kind):
            raise NotImplementedError(f"\"{function.__name__}_cpu\" not implemented for '{self.dtype.word}'")
        return self._compare(function, other)

    def __and__(self, other: Any) -> Any:
        return self._bits(np.bitwise_and, other)

    def __or__(self, other: Any) -> Any:
        return self._bits(np.bitwise_or, other)

    def __xor__(self, other: Any) -> Any:
        return self._bits(np.bitwise_xor, other)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __invert__(self) -> Tensor:
        if self._array.dtype.kind == "f":
            raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
        return wrap(np.asarray(np.invert(self._array)))

    # Reductions

    def sum(
        self,
        dim: int | Sequence[int] | None = None,
        keepdim: bool = False,
        *,
        axis: int | Sequence[int] | None = None,
        keepdims: bool = False,
        dtype: dtypes.dtype | type | None = None,
    ) -> Tensor:
        """The sum of all elements, or over ``dim`` (``torch.sum``). Integers and booleans sum to int64."""
        dim = axis if dim is None else dim
        keepdim = keepdim or keepdims
        x = self.to(dtype) if dtype is not None else self
        total = np.dtype(np.int64) if dtype is None and x._array.dtype.kind in "iub" else x._array.dtype
        if dim is None and not keepdim:
            return reductions.SumBackward0.apply(x, dtype=total)
        return reductions.SumBackward1.apply(x, dim=self._dims(dim), keepdim=keepdim, dtype=total)

    def mean(
        self,
        dim: int | Sequence[int] | None = None,
        keepdim: bool = False,
        *,
        axis: int | Sequence[int] | None = None,
        keepdims: bool = False,
        dtype: dtypes.dtype | type | None = None,
    ) -> Tensor:
        """The mean of all elements, or over ``dim`` (``torch.mean``).

        Raises RuntimeError for integers.
        """
        if dtype is not None:
            self = self.to(dtype)
        if not self.dtype.is_floating_point:
            raise errors.hinted(
                RuntimeError(
                    "mean(): could not infer output dtype. Input dtype must be either a floating point or complex "
                    f"dtype. Got: {self.dtype.word}"
                ),
                "convert it first: x.float().mean().",
            )
        dim = axis if dim is None else dim
        keepdim = keepdim or keepdims
        if dim is None and not keepdim:
            return reductions.MeanBackward0.apply(self)
        return reductions.MeanBackward1.apply(self, dim=self._dims(dim), keepdim=keepdim)

    # Shape

    def reshape(self, *shape: Any) -> Tensor:
        """The same elements in another shape, a view where memory allows (``torch.reshape``). One size may be -1."""
        sizes = _full_shape(self, _sizes("reshape", "shape", shape))
        try:
            self._array.reshape(sizes, copy=False)
        except ValueError:
            return views.UnsafeViewBackward0.apply(pointwise.CloneBackward0.apply(self, order="C"), shape=sizes)
        return views.ViewBackward0.apply(self, shape=sizes)

    def view(self, *shape: Any) -> Tensor:
        """The same memory in another shape (``torch.Tensor.view``).

        Raises RuntimeError where the memory does not allow it.
        """
        sizes = _full_shape(self, _sizes("view", "size", shape))
        try:
            self._array.reshape(sizes, copy=False)
        except ValueError:
            raise RuntimeError(
                "view size is not compatible with input tensor's size and stride (at least one dimension spans across "
                "two contiguous subspaces). Use .reshape(...) instead."
            ) from None
        return views.ViewBackward0.apply(self, shape=sizes)

    def expand(self, *shape: Any) -> Tensor:
        """A view repeated along dimensions of size 1 (``torch.Tensor.expand``); -1 keeps a size."""
        sizes = _sizes("expand", "size", shape)
        offset = len(sizes) - self._array.ndim
        if offset < 0:
            raise RuntimeError(
                f"expand(torch.{self.dtype.type_name}{{{list(self._array.shape)}}}, size={list(sizes)}): the number of "
                f"sizes provided ({len(sizes)}) must be greater or equal to the number of dimensions in the tensor "
                f"({self._array.ndim})"
            )
        if -1 in sizes[:offset]:
            raise RuntimeError(
                "The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension "
                f"{sizes.index(-1)}"
            )
        sizes = tuple(self._array.shape[i - offset] if n == -1 and i >= offset else n for i, n in enumerate(sizes))
        for i, n in reversed(list(enumerate(self._array.shape))):
            if n not in (1, sizes[i + offset]):
                raise RuntimeError(
                    f"The expanded size of the tensor ({sizes[i + offset]}) must match the existing size ({n}) at "
                    f"non-singleton dimension {i + offset}.  Target sizes: {list(sizes)}.  Tensor sizes: "
                    f"{list(self._array.shape)}"
                )
        return views.ExpandBackward0.apply(self, shape=sizes)

    def permute(self, *dims: Any) -> Tensor:
        """A view with the dimensions in another order."""
        order = _sizes("permute", "dims", dims)
        if len(order) != self._array.ndim:
            raise RuntimeError(
                "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the "
                f"desired ordering of dimensions i.e. input.dim() = {self._array.ndim} is not equal to len(dims) = "
                f"{len(order)}"
            )
        order = tuple(self._dim(d) for d in order)
        if len(set(order)) < len(order):
            raise RuntimeError("permute(): duplicate dims are not allowed.")
        return views.PermuteBackward0.apply(self, dims=order)

    def transpose(self, dim0: int, dim1: int) -> Tensor:
        """A view with two dimensions exchanged."""
        return views.TransposeBackward0.apply(self, dim0=self._dim(dim0), dim1=self._dim(dim1))

    def t(self) -> Tensor:
        """The transpose of a matrix; a vector as it is."""
        if self._array.ndim > 2:
            raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {self._array.ndim}D")
        return views.TBackward0.apply(self)

    @property
    def T(self) -> Tensor:
        """A view with the dimensions in reverse order."""
        if self._array.ndim not in (0, 2):
            warnings.warn(
                "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it "
                "will throw an error in a future release. Consider `x.mT` to transpose batches of matrices or "
                "`x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor.",
                stacklevel=2,
            )
        return views.PermuteBackward0.apply(self, dims=tuple(reversed(range(self._array.ndim))))

    def unsqueeze(self, dim: int) -> Tensor:
        """A view with a new dimension of size 1."""
        return views.UnsqueezeBackward0.apply(self, dim=self._dim(dim, extra=1))

    def __getitem__(self, index: Any) -> Tensor:
        return indexing.get(self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        indexing.set_(self, index, value)

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

    # NumPy's protocols: a gradient rule written in NumPy terms is recorded when it is handed Tensors.

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        recorded = protocol.UFUNCS.get(ufunc)
        if recorded is not None and method == "__call__" and not kwargs and mode.in_gradient_rule:
            return recorded(*inputs)
        symbol, operation = protocol.OPERATORS.get(ufunc, ("", None))
        if operation is not None and method == "__call__" and not kwargs and not isinstance(inputs[0], Tensor):
            if isinstance(inputs[0], np.generic):
                return operation(inputs[0].item(), inputs[1])
            raise errors.array_on_the_left(symbol)
        arrays = [i.numpy() if isinstance(i, Tensor) else i for i in inputs]
        return wrap(np.asarray(getattr(ufunc, method)(*arrays, **kwargs)))

    def __array_function__(self, function: Any, types: Any, args: tuple, kwargs: dict) -> Any:
        recorded = protocol.FUNCTIONS.get(function)
        if recorded is not None and mode.in_gradient_rule:
            return recorded(*args, **kwargs)
        arrays = [a.numpy() if isinstance(a, Tensor) else a for a in args]
        return function(*arrays, **kwargs)


def wrap(array: np.ndarray) -> Tensor:
    """A Tensor over an array, without history."""
    made = Tensor.__new__(Tensor)
    made._array = array
    made._counter = [0]
    return made


def _binary(operation: type[Operation], a: Tensor, b: Any) -> Any:
    """Apply an operation with broadcasting to a Tensor and a Tensor or number, in PyTorch's dtype."""
    x = a._array
    if isinstance(b, Tensor):
        y = b._array
        if x.dtype is not y.dtype:
            if operation is pointwise.SubBackward0 and bool in (x.dtype, y.dtype):
                raise errors.subtraction_of_a_mask()
            common = dtypes.promote(x, y)
            x, y = x.astype(common), y.astype(common)
    else:
        if type(b) is not float and type(b) is not int:
            if isinstance(b, np.number):
                b = b.item()
            elif not isinstance(b, Number):
                return NotImplemented
        if x.dtype.kind != "f":
            if x.dtype == bool and operation is pointwise.SubBackward0:
                raise errors.subtraction_of_a_mask()
            a = _promoted(a, b)
            x = a._array
        y = np.array(b, x.dtype)  # twice as fast for NumPy as the number, here and in the gradient rule
    try:
        result = operation.forward(x, y)
    except ValueError:
        _check_broadcast(x.shape, y.shape)
        raise
    except TypeError:
        # Subtraction of booleans is all that NumPy refuses.
        raise errors.subtraction_of_masks() from None
    output = wrap(result if type(result) is np.ndarray else np.asarray(result))
    if mode.enabled:
        operation.record((a, b), (x, y), _NO_PARAMETERS, output)
    return output


def _promoted(a: Tensor, number: Number) -> Tensor:
    """The tensor in the dtype that an operation with a Python number has."""
    if a._array.dtype.kind == "f":
        return a
    return wrap(a._array.astype(dtypes.promote(a._array, number), copy=False))


def _floating(a: Tensor) -> Tensor:
    """The tensor, integers as the default floating point dtype."""
    return a if a._array.dtype.kind == "f" else wrap(a._array.astype(dtypes.DEFAULT.numpy))


def _check_broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    if a == b:
        return
    try:
        np.broadcast_shapes(a, b)
    except ValueError:
        raise errors.cannot_broadcast(a, b) from None


def _scaled(function: str, other: Tensor | Number, alpha: Number = 1) -> Tensor | Number:
    """The operand of an operation, alpha·other; TypeError for what is no Tensor and no number."""
    if not isinstance(other, _OPERANDS):
        raise errors.not_a_tensor(function, "other", 1, other)
    return other if alpha == 1 else other * alpha


def _sizes(function: str, argument: str, given: tuple) -> tuple[int, ...]:
    """Sizes given as ``(2, 3)`` or as ``2, 3``."""
    if len(given) == 1 and isinstance(given[0], Sequence) and not isinstance(given[0], str):
        given = tuple(given[0])
    try:
        return tuple([operator.index(n) for n in given])
    except TypeError:
        wrong = next(n for n in given if not hasattr(n, "__index__"))
        raise TypeError(
            f"{function}(): argument '{argument}' (position 1) must be tuple of ints, not {errors.type_name(wrong)}"
        ) from None


def _full_shape(a: Tensor, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape with -1 filled in."""
    total, known = a._array.size, 1
    for i, n in enumerate(sizes):
        if n < -1:
            raise RuntimeError(f"invalid shape dimension {n} at index {i} of shape {list(sizes)}")
        known *= 1 if n == -1 else n
    if sizes.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if -1 in sizes and total == known == 0:
        raise RuntimeError(
            f"cannot reshape tensor of 0 elements into shape {list(sizes)} because the unspecified dimension size -1 "
            "can be any value and is ambiguous"
        )
    if -1 in sizes and known and total % known == 0:
        return tuple(total // known if n == -1 else n for n in sizes)
    if -1 in sizes or known != total:
        raise RuntimeError(f"shape '{list(sizes)}' is invalid for input of size {total}")
    return sizes


_NO_PARAMETERS: dict[str, Any] = {}
_OPERANDS = (Tensor, int, float, np.number)

# The operations are subclasses of Node that make Tensors, so they can only be read once Tensor is there.
from .ops import elementary, indexing, pointwise, protocol, reductions, shaping, views  # noqa: E402
from .ops.linear import matmul  # noqa: E402
