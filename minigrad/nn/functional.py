"""The functions that layers are made of (``torch.nn.functional``)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes, errors, random
from ..grad_mode import no_grad
from ..lessons import outside
from ..ops import activations, in_place, losses
from ..ops import linear as products
from ..ops.activations import require_floats
from ..ops.functions import FUNCTIONS, function
from ..ops.pointwise import DivBackward1, MulBackward1, ToCopyBackward0
from ..tensor import Tensor, wrap

# Linear layers and lookups


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input @ weightᵀ + bias (``torch.nn.functional.linear``): the last dimension, in_features, becomes out_features.

    Raises RuntimeError where sizes or dtypes do not fit.
    """
    _tensors("linear", input=input, weight=weight)
    x, w = input._array, weight._array
    if bias is None or w.ndim == 1:
        product = products.matmul(input, weight.t())
        return product if bias is None else product + bias
    if x.ndim == 2:
        return products.addmm(bias, input, weight.t())
    rows = input.reshape(x.size // max(x.shape[-1], 1), x.shape[-1])
    return products.addmm(bias, rows, weight.t()).view(*x.shape[:-1], w.shape[0])


def embedding(input: Tensor, weight: Tensor, padding_idx: int | None = None) -> Tensor:
    """Row ``input[i]`` of ``weight`` for each index (``torch.nn.functional.embedding``).

    Row ``padding_idx`` gets no gradient. Raises IndexError for an index that is not there, RuntimeError for indices
    that are no integers.
    """
    _tensors("embedding", input=input, weight=weight)
    indices, rows = input._array, len(weight._array)
    if indices.dtype not in (np.dtype(np.int64), np.dtype(np.int32)):
        raise errors.hinted(
            RuntimeError(
                "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but "
                f"got torch.{input.dtype.type_name} instead (while checking arguments for embedding)"
            ),
            "an embedding looks rows up by their number: give it integers, x.long().",
        )
    if indices.size and not (indices.min() >= 0 and indices.max() < rows):
        raise errors.hinted(
            IndexError("index out of range in self"),
            f"the table has {rows} rows, so indices go from 0 to {rows - 1}.",
        )
    if padding_idx is not None:
        if not -rows <= padding_idx < rows:
            raise AssertionError("Padding_idx must be within num_embeddings")
        padding_idx %= rows
    return losses.EmbeddingBackward0.apply(weight, indices=indices.copy(), padding_idx=padding_idx)


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """1 in the place of each class, else 0 (``torch.nn.functional.one_hot``): (...) becomes (..., num_classes).

    Raises RuntimeError for what are no classes: other dtypes than int64, negative numbers, too large ones.
    """
    _tensors("one_hot", tensor=tensor)
    classes = tensor._array
    if classes.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if classes.size == 0 and num_classes <= 0:
        raise RuntimeError("Can not infer total number of classes from empty tensor.")
    if classes.size and classes.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = int(classes.max()) + 1
    elif classes.size and classes.max() >= num_classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return wrap((classes[..., None] == np.arange(num_classes)).astype(np.int64))


# Activations


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """Each element, 0 in place of negative ones."""
    _tensors("relu", input=input)
    return input.relu_() if inplace else input.relu()


def _activation(name: str, f: Any, input: Tensor, inplace: bool, **parameters: Any) -> Tensor:
    _tensors(name, input=input)
    return in_place.overwrite(input, f, **parameters) if inplace else f(input, **parameters)


def _leaky_relu(x: Tensor, negative_slope: float) -> Tensor:
    require_floats("leaky_relu_cpu", x)
    return activations.LeakyReluBackward0.apply(x, negative_slope=negative_slope)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """Each element, negative ones times ``negative_slope``."""
    return _activation("leaky_relu", _leaky_relu, input, inplace, negative_slope=negative_slope)


def _elu(x: Tensor, alpha: float, scale: float) -> Tensor:
    require_floats("elu_cpu", x)
    return activations.EluBackward0.apply(x, alpha=alpha, scale=scale)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where x > 0, else alpha·(eˣ - 1). Source: Clevert, Unterthiner, Hochreiter (2015)."""
    return _activation("elu", _elu, input, inplace, alpha=alpha, scale=1.0)


@function(method=False)
def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """The scaled ELU that keeps mean 0 and variance 1. Source: Klambauer, Unterthiner, Mayr, Hochreiter (2017)."""
    return _activation("selu", _elu, input, inplace, alpha=1.6732632423543772, scale=1.0507009873554805)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x·Φ(x) for the normal distribution function Φ, or an approximation by "tanh". Source: Hendrycks, Gimpel (2016).

    Raises RuntimeError for another ``approximate``.
    """
    _tensors("gelu", input=input)
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    require_floats("GeluKernelImpl", input)
    return activations.GeluBackward0.apply(input, approximate=approximate)


def _silu(x: Tensor) -> Tensor:
    require_floats("silu_cpu", x)
    return activations.SiluBackward0.apply(x)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """x·σ(x). Source: Elfwing, Uchibe, Doya (2017)."""
    return _activation("silu", _silu, input, inplace)


def softplus(input: Tensor, beta: float = 1, threshold: float = 20) -> Tensor:
    """ln(1 + eᵇˣ) / b for b = ``beta``, and x itself where bx is above ``threshold``."""
    _tensors("softplus", input=input)
    require_floats("softplus_cpu", input)
    return activations.SoftplusBackward0.apply(input, beta=beta, threshold=threshold)


def logsigmoid(input: Tensor) -> Tensor:
    """ln σ(x)."""
    _tensors("log_sigmoid", input=input)
    require_floats("log_sigmoid_cpu", input)
    return activations.LogSigmoidBackward0.apply(input)


def _hardtanh(x: Tensor, min_val: float, max_val: float) -> Tensor:
    return activations.HardtanhBackward0.apply(x, min_val=min_val, max_val=max_val)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """Each element, but no less than ``min_val`` and no more than ``max_val``."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    return _activation("hardtanh", _hardtanh, input, inplace, min_val=min_val, max_val=max_val)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """Each element, but no less than 0 and no more than 6."""
    return _activation("relu6", _hardtanh, input, inplace, min_val=0.0, max_val=6.0)


def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent."""
    return input.tanh()


def sigmoid(input: Tensor) -> Tensor:
    """σ(x) = 1 / (1 + e⁻ˣ)."""
    return FUNCTIONS["sigmoid"](input)


def softsign(input: Tensor) -> Tensor:
    """x / (1 + |x|)."""
    return input / (FUNCTIONS["abs"](input) + 1)


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """e to each element, divided by their sum along ``dim``."""
    return activations.softmax(input, _chosen_dim("softmax", input, dim), dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """The logarithm of softmax."""
    return activations.log_softmax(input, _chosen_dim("log_softmax", input, dim), dtype)


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """softmax(-x)."""
    return activations.softmax(-input, _chosen_dim("softmin", input, dim), dtype)


def _chosen_dim(name: str, input: Tensor, dim: int | None) -> int:
    _tensors(name, input=input)
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=3,
    )
    return 0 if input._array.ndim in (0, 1, 3) else 1


@function(method=False)
def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zero in place of elements chosen with probability p, the others times 1 / (1 - p).

    The same ones as in PyTorch after the same seed. Raises ValueError for what is no probability. Source: Hinton et
    al. (2012).
    """
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    _tensors("dropout", input=input)
    if not training or p == 0 or input._array.size == 0:
        return input
    shape, dtype = input._array.shape, input._array.dtype
    if p == 1:
        noise = wrap(np.zeros(shape, dtype))
    else:
        noise = wrap(random.bernoulli(np.full(shape, 1 - p)).astype(dtype) / dtype.type(1 - p))
    return input.mul_(noise) if inplace else input * noise


# Normalisation and similarity


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """The last dimensions with mean 0 and variance 1, times weight, plus bias. Source: Ba, Kiros, Hinton (2016).

    Raises RuntimeError where the input does not end in ``normalized_shape``.
    """
    _tensors("layer_norm", input=input)
    sizes, shape = list(normalized_shape), input._array.shape
    for name, parameter in (("weight", weight), ("bias", bias)):
        if parameter is not None and list(parameter._array.shape) != sizes:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{list(parameter._array.shape)} and normalized_shape = {sizes}"
            )
    if list(shape[len(shape) - len(sizes) :]) != sizes or len(shape) < len(sizes):
        wanted = "".join(f", {n}" for n in sizes)
        raise RuntimeError(
            f"Given normalized_shape={sizes}, expected input with shape [*{wanted}], but got input of size{list(shape)}"
        )
    dim = tuple(range(len(shape) - len(sizes), len(shape)))
    return losses.NativeLayerNormBackward0.apply(input, weight, bias, dim=dim, eps=eps)


def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """Each vector along ``dim`` divided by its p-norm (or by eps, where that is larger)."""
    return input / input.norm(p, dim, keepdim=True).clamp_min(eps).expand_as(input)


@function(method=False)
def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between the vectors along ``dim``."""
    _tensors("cosine_similarity", x1=x1, x2=x2)
    x1, x2 = _broadcast(x1, x2)
    return (x1 / _norm(x1, dim, eps) * (x2 / _norm(x2, dim, eps))).sum(dim)


def _norm(x: Any, dim: int, eps: float) -> Tensor:
    norm = x.norm(2, dim, keepdim=True).clone()
    with no_grad():
        norm.clamp_min_(eps)
    return norm


# Losses


def mse_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    """(input - target)², their mean, sum or as they are (``reduction`` "mean", "sum", "none").

    Warns where the shapes differ. Raises ValueError for another reduction.
    """
    x, y, reduction = _compared("mse_loss", input, target, size_average, reduce, reduction)
    require_floats("mse_cpu", x)
    return losses.MseLossBackward0.apply(x, y, reduction=reduction)


def l1_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    """|input - target|, their mean, sum or as they are."""
    x, y, reduction = _compared("l1_loss", input, target, size_average, reduce, reduction)
    return _reduced(FUNCTIONS["abs"](x - y), reduction)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """d²/2b where d = |input - target| < b, else d - b/2, their mean, sum or as they are."""
    x, y, reduction = _compared("smooth_l1_loss", input, target, size_average, reduce, reduction)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return _reduced(FUNCTIONS["abs"](x - y), reduction)
    return losses.SmoothL1LossBackward0.apply(x, y, reduction=reduction, beta=beta)


def huber_loss(input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """d²/2 where d = |input - target| < δ, else δ·(d - δ/2), their mean, sum or as they are. Source: Huber (1964)."""
    x, y, reduction = _compared("huber_loss", input, target, None, None, reduction)
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    return losses.HuberLossBackward0.apply(x, y, reduction=reduction, delta=delta)


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """-input[i, target[i]] for log-probabilities, their weighted mean, sum or as they are.

    ``input`` is (N, C), (C) or (N, C, d1, ...), ``target`` holds classes and has the shape without C. Raises
    ValueError for shapes that do not fit, IndexError for a class that is not there, RuntimeError for a target of
    another dtype than int64 or uint8.
    """
    _tensors("nll_loss_nd", input=input, target=target)
    reduction = _reduction(size_average, reduce, reduction)
    x, y = input._array, target._array
    if x.ndim < 1:
        raise ValueError(f"Expected 1 or more dimensions (got {x.ndim})")
    if x.ndim > 1 and (y.ndim == 0 or x.shape[0] != y.shape[0]):
        raise ValueError(
            f"Expected input batch_size ({x.shape[0]}) to match target batch_size ({y.shape[0] if y.ndim else 0})."
        )
    if y.ndim > 1 and x.ndim <= 2:
        raise errors.hinted(
            RuntimeError("0D or 1D target tensor expected, multi-target not supported"),
            "the target is one class number for each sample, shape (N,): target.squeeze(1), or target.argmax(1).",
        )
    if x.ndim == 1 and y.shape == (1,):
        y = y.reshape(())
    elif x.ndim == 1 and y.ndim == 1:
        raise RuntimeError(f"size mismatch (got input: {list(x.shape)}, target: {list(y.shape)})")
    if y.dtype not in (np.dtype(np.int64), np.dtype(np.uint8)):
        raise errors.hinted(
            RuntimeError(f"expected target dtype to be Long or Byte, but got {target.dtype.word}"),
            "the target holds the numbers of classes: target.long().",
        )
    if x.ndim > 2 and y.shape != (x.shape[0], *x.shape[2:]):
        raise RuntimeError(f"Expected target size {[x.shape[0], *x.shape[2:]]}, got {list(y.shape)}")
    if x.ndim == 3 or x.ndim > 4:
        # PyTorch knows images, of two dimensions: the places of a sample are one row.
        row = (1, -1) if x.size else (0, 0)
        flat = nll_loss(
            input.contiguous().view(*x.shape[:2], *row),
            wrap(y.reshape(x.shape[0], *row)),
            weight,
            None,
            ignore_index,
            None,
            reduction,
        )
        return flat.view(y.shape) if reduction == "none" else flat
    classes = x.shape[min(x.ndim - 1, 1)]
    if weight is not None and weight._array.shape != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of "
            f"shape: {list(weight._array.shape)}"
        )
    ignored = y == ignore_index
    wrong = y[~ignored & ((y < 0) | (y >= classes))]
    if wrong.size:
        raise errors.hinted(
            IndexError(f"Target {wrong.flat[0]} is out of bounds."),
            f"there are {classes} classes, numbered from 0 to {classes - 1}.",
        )
    chosen = np.where(ignored, 0, y)
    weights = np.ones(y.shape, x.dtype) if weight is None else weight._array[chosen].astype(x.dtype)
    weights = np.where(ignored, x.dtype.type(0), weights)
    # Where the chosen scores stand: the class is the last index of one sample, the second of many.
    places = np.ogrid[tuple(slice(n) for n in y.shape)] if y.ndim else []
    index = (*places[:1], chosen, *places[1:])
    if x.ndim <= 2:
        return losses.NllLossBackward0.apply(input, index=index, weights=weights, reduction=reduction)
    return losses.NllLoss2DBackward0.apply(input, index=index, weights=weights, reduction=reduction)


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """The cross entropy of scores (not probabilities) with the true classes, or with the probabilities of classes.

    ``input`` is (N, C), (C) or (N, C, d1, ...); ``target`` has the shape without C and holds classes, or the same
    shape and holds probabilities. Raises what ``nll_loss`` raises.
    """
    _tensors("cross_entropy_loss", input=input, target=target)
    reduction = _reduction(size_average, reduce, reduction)
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    dim = 0 if input._array.ndim == 1 else 1
    scores = activations.log_softmax(input, dim)
    classes = input._array.shape[dim]
    by_class = [1] * dim + [classes] + [1] * (input._array.ndim - dim - 1)
    if input._array.shape == target._array.shape:
        return _soft_cross_entropy(scores, target, weight, by_class, reduction, label_smoothing)
    loss = nll_loss(scores, target, weight, ignore_index=ignore_index, reduction=reduction)
    if label_smoothing == 0:
        return loss
    weighted = scores if weight is None else scores * weight.view(by_class)
    ignored = target._array == ignore_index
    smooth: Any = -weighted.sum(dim)
    if ignored.any():
        smooth = smooth.masked_fill(wrap(ignored), 0.0)
    if reduction == "mean":
        kept = target._array[~ignored]
        count = kept.size if weight is None else weight._array[kept].sum()
        smooth = DivBackward1.apply(smooth.sum(), other=input._array.dtype.type(count))
    elif reduction == "sum":
        smooth = smooth.sum()
    return MulBackward1.apply(loss, other=1 - label_smoothing) + MulBackward1.apply(
        smooth, other=label_smoothing / classes
    )


def _soft_cross_entropy(
    scores: Tensor, target: Tensor, weight: Tensor | None, by_class: list[int], reduction: str, smoothing: float
) -> Tensor:
    """The cross entropy with probabilities."""
    if target._array.dtype.kind != "f":
        raise RuntimeError(f"Expected floating point type for target with class probabilities, got {target.dtype.word}")
    classes = max(by_class)
    if smoothing > 0:
        target = target * (1 - smoothing) + smoothing / classes
    product = scores * target
    if weight is not None:
        product = product * weight.view(by_class)
    if reduction == "none":
        return -product.sum(0 if len(by_class) == 1 else 1)
    total = -product.sum()
    return total if reduction == "sum" else DivBackward1.apply(total, other=scores._array.size / classes)


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """The cross entropy of probabilities with targets between 0 and 1, their mean, sum or as they are.

    Raises ValueError where the shapes differ, RuntimeError for what are no probabilities or another dtype.
    """
    _tensors("binary_cross_entropy", input=input, target=target)
    reduction = _reduction(size_average, reduce, reduction)
    x, y = input._array, target._array
    if x.shape != y.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. "
            "Please ensure they have the same size."
        )
    if x.dtype != y.dtype:
        raise errors.hinted(
            RuntimeError(f"Found dtype {target.dtype.word} but expected {input.dtype.word}"),
            "input and target need one dtype: target.float().",
        )
    if x.size and not ((x >= 0) & (x <= 1)).all():
        raise errors.hinted(
            RuntimeError("all elements of input should be between 0 and 1"),
            "these are no probabilities. For scores of any size use binary_cross_entropy_with_logits.",
        )
    weights = None if weight is None else np.broadcast_to(weight._array, x.shape)
    return losses.BinaryCrossEntropyBackward0.apply(input, target, weight=weights, reduction=reduction)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """The binary cross entropy of σ(input), computed without σ getting to 0 or 1.

    Raises ValueError where the shapes differ, RuntimeError for a target that holds integers.
    """
    _tensors("binary_cross_entropy_with_logits", input=input, target=target)
    reduction = _reduction(size_average, reduce, reduction)
    if input._array.shape != target._array.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    if target.dtype.category < input.dtype.category:
        raise errors.hinted(
            RuntimeError(
                f"result type {input.dtype.word} can't be cast to the desired output type {target.dtype.word}"
            ),
            "the target has to be floating point like the input: target.float().",
        )
    common = dtypes.promote(input._array, target._array)
    return losses.BinaryCrossEntropyWithLogitsBackward0.apply(
        _cast(input, common),
        _cast(target, common),
        weight=None if weight is None else weight._array,
        pos_weight=None if pos_weight is None else pos_weight._array,
        reduction=reduction,
    )


def _cast(x: Tensor, dtype: np.dtype) -> Tensor:
    return x if x._array.dtype == dtype else ToCopyBackward0.apply(x, dtype=dtype)


def _reduced(loss: Tensor, reduction: str) -> Tensor:
    return loss if reduction == "none" else loss.mean() if reduction == "mean" else loss.sum()


def _reduction(size_average: Any, reduce: Any, reduction: str) -> str:
    """The reduction, also from the two arguments PyTorch had for it before."""
    if size_average is not None or reduce is not None:
        size_average, reduce = (True if given is None else given for given in (size_average, reduce))
        reduction = "none" if not reduce else "mean" if size_average else "sum"
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
            stacklevel=4,
        )
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction


def _compared(
    name: str, input: Tensor, target: Tensor, size_average: Any, reduce: Any, reduction: str
) -> tuple[Tensor, Tensor, str]:
    """Input and target broadcast to one shape in one dtype, with PyTorch's warning where that had to be done."""
    _tensors(name, input=input)
    if not isinstance(target, Tensor):
        raise errors.hinted(
            AttributeError(f"'{type(target).__name__}' object has no attribute 'size'"),
            "the target is to be a tensor: torch.tensor(...).",
        )
    if target._array.shape != input._array.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will "
            "likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
            stacklevel=3,
        )
    reduction = _reduction(size_average, reduce, reduction)
    x, y = _broadcast(input, target)
    common = dtypes.promote(x._array, y._array)
    return _cast(x, common), _cast(y, common), reduction


def _broadcast(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Both expanded to their common shape."""
    if a._array.shape == b._array.shape:
        return a, b
    try:
        shape = np.broadcast_shapes(a._array.shape, b._array.shape)
    except ValueError:
        raise errors.cannot_broadcast(a._array.shape, b._array.shape) from None
    return tuple(t if t._array.shape == shape else t.expand(shape) for t in (a, b))  # type: ignore[return-value]


def _tensors(name: str, **given: Any) -> None:
    """Raise TypeError for the first argument that is no Tensor."""
    for position, (argument, value) in enumerate(given.items(), 1):
        if not isinstance(value, Tensor):
            raise errors.not_a_tensor(name, argument, position, value)


__getattr__ = outside("torch.nn.functional")
