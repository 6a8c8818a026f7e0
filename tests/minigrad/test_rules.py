"""Every gradient rule against central differences in float64: first derivatives, second ones through create_graph."""

import gc
import importlib
import pkgutil
import weakref
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

import minigrad as torch
from minigrad import ops
from minigrad.ops.operation import Operation
from minigrad.ops.reductions import LinalgSvdBackward0
from minigrad.ops.views import View

F = torch.nn.functional
STEP = 1e-5


@dataclass
class Case:
    """A function of tensors that has an operation in its graph, and the shapes of its inputs."""

    operation: str
    function: Callable[..., torch.Tensor]
    shapes: tuple[tuple[int, ...], ...]
    positive: bool = False
    # Where the operation is only in the graph of the gradient.
    second: bool = False


def case(operation, function, *shapes, **options):
    return Case(operation, function, shapes, **options)


def in_place(write):
    """The function that writes into a fresh copy of its first input."""

    def function(x, *others):
        copy = x * 1
        write(copy, *others)
        return copy

    return function


def assign(index):
    return in_place(lambda q, y: q.__setitem__(index, y))


def row_after_writes(x, y):
    """A view taken before both it and its base were written to."""
    copy = x * 1
    row = copy[0]
    row.mul_(y)
    copy.mul_(y)
    return row * row


def weighted_binary_cross_entropy(x, y):
    weight = torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64)
    return F.binary_cross_entropy(x.sigmoid(), y, weight=weight, reduction="sum")


def weighted_logits(x, y):
    weight = torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64)
    return F.binary_cross_entropy_with_logits(x, y, pos_weight=weight, reduction="none") ** 2


CASES = [
    case("AddBackward0", lambda x, y: x + y, (2, 3), (2, 3)),
    case("AddBackward0", lambda x, y: x.add(y, alpha=2.5) ** 2, (2, 3), (3,)),
    case("SubBackward0", lambda x, y: x.sub(y, alpha=-2) ** 2, (2, 3), (3,)),
    case("AddBackward0", in_place(lambda q, y: q.add_(y, alpha=3).mul_(y)), (2, 3), (2, 3)),
    case("RsubBackward0", lambda x, y: torch.rsub(x, y, alpha=3) ** 2, (2, 3), (2, 3)),
    case("RsubBackward1", lambda x: torch.rsub(x, 2, alpha=3) ** 2, (2, 3)),
    case("AddBackward0", lambda x, y: x + y, (3, 1), (1, 4)),
    case("AddBackward0", lambda x, y: x + y, (2, 3), ()),
    case("AddBackward0", lambda x: x + 2, (3,)),
    case("AddBackward0", lambda x, y: x.add(y, alpha=-3), (3,), (3,)),
    case("SubBackward0", lambda x, y: x - y, (2, 3), (3,)),
    case("SubBackward0", lambda x, y: x - y, (), (2, 2)),
    case("RsubBackward1", lambda x: 2 - x, (3,)),
    case("MulBackward0", lambda x, y: x * y, (3,), (3,)),
    case("MulBackward0", lambda x, y: x * y, (3, 1), (1, 4)),
    case("MulBackward0", lambda x, y: x * y, (1, 2, 1), (3, 1, 2)),
    case("MulBackward0", lambda x: 3 * x, (2, 2)),
    case("MulBackward0", lambda x: x * x * x, (3,)),
    case("DivBackward0", lambda x, y: x / y, (3,), (3,)),
    case("DivBackward0", lambda x, y: x / y, (2, 1), (3,)),
    case("DivBackward0", lambda x: x / 4, (3,)),
    case("DivBackward1", lambda x: x.mean() ** 3, (3,), second=True),
    case("ReciprocalBackward0", lambda x: 2 / x, (3,)),
    case("NegBackward0", lambda x: -x, (3,)),
    case("PowBackward0", lambda x: x**3, (3,)),
    case("PowBackward0", lambda x: x**-2, (3,)),
    case("PowBackward0", lambda x: x**2.5, (3,), positive=True),
    case("PowBackward0", lambda x: x**1, (3,)),
    case("PowBackward0", lambda x: x**0, (3,)),
    case("PowBackward1", lambda x, y: x**y, (3,), (3,), positive=True),
    case("PowBackward1", lambda x, y: x**y, (2, 1), (3,), positive=True),
    case("PowBackward2", lambda x: 2.5**x, (3,)),
    case("ExpBackward0", lambda x: x.exp(), (3,)),
    case("LogBackward0", lambda x: x.log(), (3,), positive=True),
    case("TanhBackward0", lambda x: x.tanh(), (3,)),
    case("TanhBackwardBackward0", lambda x: x.tanh() * x, (3,), second=True),
    case("ReluBackward0", lambda x: (x * x * x).relu(), (6,)),
    case("ThresholdBackwardBackward0", lambda x: (x * x * x).relu(), (6,), second=True),
    case("WhereBackward0", lambda x, y: x**y, (3,), (3,), positive=True, second=True),
    case("CloneBackward0", lambda x: x.clone() ** 2, (3,)),
    case("SumBackward0", lambda x: x.sum() ** 2, (2, 3)),
    case("SumBackward1", lambda x: x.sum(1) ** 2, (2, 3)),
    case("SumBackward1", lambda x: x.sum((0, 2), keepdim=True) * x, (2, 3, 2)),
    case("MeanBackward0", lambda x: x.mean() ** 2, (2, 3)),
    case("MeanBackward1", lambda x: x.mean(0) ** 2, (2, 3)),
    case("MeanBackward1", lambda x: x.mean(1, keepdim=True) * x, (2, 3)),
    case("DotBackward0", lambda x, y: x @ y, (3,), (3,)),
    case("MvBackward0", lambda x, y: x @ y, (2, 3), (3,)),
    case("MmBackward0", lambda x, y: x @ y, (2, 3), (3, 4)),
    case("MmBackward0", lambda x, y: x @ y, (3,), (3, 2)),
    case("MmBackward0", lambda x, y: x @ y, (2, 2, 3), (3, 2)),
    case("MvBackward0", lambda x, y: x @ y, (2, 2, 3), (3,)),
    case("BmmBackward0", lambda x, y: x @ y, (2, 2, 3), (2, 3, 2)),
    case("BmmBackward0", lambda x, y: x @ y, (2, 1, 2, 3), (2, 3, 2)),
    case("MvBackward0", lambda x, y: x @ y, (3,), (2, 3, 2)),
    case("SqueezeBackward4", lambda x, y: x @ y, (3,), (3, 2)),
    case("ViewBackward0", lambda x: x.view(3, 2) ** 2, (2, 3)),
    case("ViewBackward0", lambda x: x.reshape(-1) ** 2, (2, 3)),
    case("ReshapeAliasBackward0", lambda x: x.diagonal().reshape(2, 1) ** 2, (2, 3)),
    case("UnsafeViewBackward0", lambda x: x.t().reshape(6) ** 2, (2, 3)),
    case("PermuteBackward0", lambda x: x.permute(2, 0, 1) ** 2, (2, 3, 4)),
    case("PermuteBackward0", lambda x: x.T**2, (2, 3)),
    case("TransposeBackward0", lambda x: x.transpose(0, 2) ** 2, (2, 3, 4)),
    case("TBackward0", lambda x: x.t() ** 2, (2, 3)),
    case("UnsqueezeBackward0", lambda x: x.unsqueeze(1) ** 2, (2, 3)),
    case("SqueezeBackward0", lambda x: x.squeeze() ** 2, (1, 3, 1)),
    case("SqueezeBackward1", lambda x: x.squeeze(1) ** 2, (3, 1)),
    case("SqueezeBackward1", lambda x: x.squeeze(0) ** 2, (3, 1)),
    case("ExpandBackward0", lambda x: x.expand(4, 2, 3) ** 2, (2, 1)),
    case("AliasBackward0", lambda x: x[...] ** 2, (3,)),
    case("SelectBackward0", lambda x: x[1] ** 2, (2, 3)),
    case("SelectBackward0", lambda x: x[:, -1] * x[0, 0], (2, 3)),
    case("SelectBackwardBackward0", lambda x: x[1] ** 3, (2, 3), second=True),
    case("UnbindBackward0", lambda x: sum(row**2 for row in x), (3, 2)),
    case("SliceBackward0", lambda x: x[1:] ** 2, (3,)),
    case("SliceBackward0", lambda x: x[::2, 1:] ** 2, (3, 3)),
    case("SliceBackwardBackward0", lambda x: x[1:] ** 3, (3,), second=True),
    case("IndexBackward0", lambda x: x[[0, 0, 2]] ** 2, (3,)),
    case("IndexBackward0", lambda x: x[[1, 0], [2, 2]] ** 2, (2, 3)),
    case("IndexBackward0", lambda x: x[torch.tensor([[True, False, True], [False, False, True]])] ** 2, (2, 3)),
    case("IndexPutImplBackward0", lambda x: x[[0, 0, 2]] ** 3, (3,), second=True),
    case("IndexPutBackward0", assign([0, 2]), (4,), (2,)),
    case("IndexPutBackward0", assign(([0, 1], [2, 0])), (2, 3), (2,)),
    case("IndexPutBackward0", assign([0, 1]), (3, 2), ()),
    case("CopyBackwards", assign(slice(None)), (3,), (3,)),
    case("CopyBackwards", in_place(lambda q, y: q.copy_(y * y)), (2, 3), (3,)),
    case("FillBackward3", assign(slice(None)), (3,), ()),
    case("FillBackward2", in_place(lambda q, y: q.fill_(2).mul_(y)), (3,), (3,)),
    case("ZeroBackward0", in_place(lambda q, y: q.zero_().add_(y)), (3,), (3,)),
    case("ExpBackward0", in_place(lambda q: q.exp_()), (3,)),
    case("TanhBackward0", in_place(lambda q: q.tanh_()), (3,)),
    case("PowBackward0", in_place(lambda q: q.pow_(3)), (3,)),
    case("PowBackward1", in_place(lambda q, y: q.pow_(y)), (3,), (3,), positive=True),
    case("DivBackward0", in_place(lambda q, y: q.div_(y)), (2, 3), (3,)),
    case("MulBackward0", in_place(lambda q, y: q.mul_(y)), (2, 3), (3,)),
    case("SubBackward0", in_place(lambda q, y: q.sub_(y, alpha=2)), (2, 3), (3,)),
    case("CopySlices", assign((slice(None), 1)), (2, 3), (2,)),
    case("CopySlices", in_place(lambda q, y: q.t()[1:].mul_(y)), (2, 3), (2,)),
    case("CopySlices", in_place(lambda q: q[0].exp_()), (2, 3)),
    case("AsStridedBackward0", row_after_writes, (2, 3), (3,)),
    case("ToCopyBackward0", lambda x: x.to(torch.float64).float().double() * x, (3,)),
    case("Exp2Backward0", lambda x: x.exp2(), (3,)),
    case("Expm1Backward0", lambda x: x.expm1(), (3,)),
    case("Log2Backward0", lambda x: x.log2(), (3,), positive=True),
    case("Log10Backward0", lambda x: x.log10(), (3,), positive=True),
    case("Log1PBackward0", lambda x: x.log1p(), (3,), positive=True),
    case("SqrtBackward0", lambda x: x.sqrt(), (3,), positive=True),
    case("RsqrtBackward0", lambda x: x.rsqrt(), (3,), positive=True),
    case("SinBackward0", lambda x: x.sin(), (3,)),
    case("CosBackward0", lambda x: x.cos(), (3,)),
    case("TanBackward0", lambda x: (x / 2).tan(), (3,)),
    case("AsinBackward0", lambda x: (x / 2).asin(), (3,)),
    case("AcosBackward0", lambda x: (x / 2).acos(), (3,)),
    case("AtanBackward0", lambda x: x.atan(), (3,)),
    case("SinhBackward0", lambda x: x.sinh(), (3,)),
    case("CoshBackward0", lambda x: x.cosh(), (3,)),
    case("SigmoidBackward0", lambda x: x.sigmoid(), (3,)),
    case("SigmoidBackwardBackward0", lambda x: x.sigmoid() * x, (3,), second=True),
    case("SigmoidBackward0", in_place(lambda q: q.sigmoid_()), (3,)),
    case("ErfBackward0", lambda x: x.erf(), (3,)),
    case("AbsBackward0", lambda x: (x**3).abs(), (3,)),
    case("SignBackward0", lambda x: x.sign() * x, (3,)),
    case("CeilBackward0", lambda x: (x * 1.1).ceil() * x, (3,)),
    case("FloorBackward0", lambda x: (x * 1.1).floor() * x, (3,)),
    case("TruncBackward0", lambda x: (x * 1.1).trunc() * x, (3,)),
    case("RoundBackward0", lambda x: (x * 1.1).round() * x, (3,)),
    case("RoundBackward1", lambda x: x.round(decimals=1) * x, (3,)),
    case("FracBackward0", lambda x: (x * 1.1).frac() ** 2, (3,)),
    case("DivBackward2", lambda x, y: x.div(y, rounding_mode="floor") * x, (3,), (3,)),
    case("DivBackward2", lambda x, y: x.div(y, rounding_mode="trunc") * x, (2, 1), (3,)),
    case("RemainderBackward0", lambda x: (x % 0.3) ** 2, (3,)),
    case("RemainderBackward1", lambda x, y: (x.exp() % y) ** 2, (3,), (3,)),
    case("FmodBackward0", lambda x: x.fmod(0.3) ** 2, (3,)),
    case("FmodBackward1", lambda x, y: x.exp().fmod(y) ** 2, (3,), (3,)),
    case("RsubBackward0", lambda x, y: torch.rsub(x, y, alpha=2) ** 2, (2, 1), (3,)),
    case("Atan2Backward0", lambda x, y: x.atan2(y), (2, 1), (3,)),
    case("LerpBackward0", lambda x, y: x.lerp(y, 0.3) ** 2, (2, 1), (3,)),
    case("LerpBackward1", lambda x, y, w: x.lerp(y, w), (2, 3), (3,), (3,)),
    case("AddcmulBackward0", lambda x, y, z: x.addcmul(y, z, value=2) ** 2, (2, 1), (3,), (2, 3)),
    case("AddcdivBackward0", lambda x, y, z: x.addcdiv(y, z, value=2) ** 2, (2, 1), (3,), (2, 3)),
    case("ClampBackward0", lambda x, y, z: (x * 2).clamp(-y.abs(), z.abs()) ** 2, (2, 3), (3,), (3,)),
    case("ClampBackward0", lambda x, y: (x * 2).clamp(min=y) ** 2, (6,), (6,)),
    case("ClampBackward0", lambda x, y: (x * 2).clamp(max=y) ** 2, (6,), (6,)),
    case("ClampBackward0", lambda x, y, z: x.clamp(y, z) ** 2, (8,), (8,), (8,)),
    case("ClampBackward1", lambda x: (x * 2).clamp(-1.1, 1.1) ** 2, (6,)),
    case("ClampBackward1", in_place(lambda q: q.clamp_(min=0.1)), (6,)),
    case("ClampMinBackward0", lambda x: x.clamp_min(0.1) ** 2, (6,)),
    case("ClampMinBackward1", lambda x, y: x.clamp_min(y) ** 2, (6,), (6,)),
    case("ClampMaxBackward0", lambda x: x.clamp_max(0.1) ** 2, (6,)),
    case("ClampMaxBackward1", lambda x, y: x.clamp_max(y) ** 2, (6,), (6,)),
    case("MaximumBackward0", lambda x, y: torch.maximum(x, y) ** 2, (2, 3), (3,)),
    case("MinimumBackward0", lambda x, y: torch.min(x, y) ** 2, (2, 3), (3,)),
    case("MaskedFillBackward0", lambda x: x.masked_fill(x > 0, 3) ** 2, (6,)),
    case("MaskedFillBackward1", lambda x, y: x.masked_fill(x > 0, y) ** 2, (6,), ()),
    case("MaskedFillBackward0", in_place(lambda q: q.masked_fill_(q > 0, 0.5)), (6,)),
    case("WhereBackward0", lambda x, y: torch.where(x > 0, x, y) ** 2, (2, 1), (3,)),
    case("PowBackward0", lambda x: x.float_power(3), (3,)),
    case("ProdBackward0", lambda x: x.prod(), (2, 3)),
    case("ProdBackward0", lambda x: (x * torch.tensor([1.0, 0.0, 1.0])).prod() + x.prod(), (3,)),
    case("ProdBackward1", lambda x: x.prod(1), (2, 3)),
    case(
        "ProdBackward1", lambda x, y: (x * torch.tensor([[0.0], [0.0], [1.0]])).prod(0, keepdim=True) * y, (3, 2), (2,)
    ),
    case("VarBackward0", lambda x: x.var(), (2, 3)),
    case("VarBackward0", lambda x: x.var(1, correction=0), (2, 3)),
    case("StdBackward0", lambda x: x.std(), (2, 3)),
    case("StdBackward0", lambda x: x.std(0, keepdim=True) * x, (2, 3)),
    case("LogsumexpBackward0", lambda x: x.logsumexp(1), (2, 3)),
    case("LogsumexpBackward0", lambda x: x.logsumexp((0, 1), keepdim=True), (2, 3)),
    case("LinalgVectorNormBackward0", lambda x: x.norm(), (2, 3)),
    case("LinalgVectorNormBackward0", lambda x: x.norm(dim=1), (2, 3)),
    case("LinalgVectorNormBackward0", lambda x: x.norm(1, dim=0, keepdim=True) ** 2, (2, 3)),
    case("LinalgVectorNormBackward0", lambda x: x.norm(3), (2, 3)),
    case("LinalgVectorNormBackward0", lambda x: x.norm(0.5), (3,)),
    case("LinalgVectorNormBackward0", lambda x: x.norm(float("inf"), dim=1) ** 2, (2, 3)),
    case("LinalgVectorNormBackward0", lambda x: x.norm(0) * x, (3,)),
    case("AmaxBackward0", lambda x: x.amax(1) ** 2, (2, 3)),
    case("AminBackward0", lambda x: x.amin((0, 1), keepdim=True) ** 2, (2, 3)),
    case("MaxBackward0", lambda x: x.max(1).values ** 2, (2, 3)),
    case("MaxBackward1", lambda x: x.max() ** 2, (2, 3)),
    case("MinBackward0", lambda x: x.min(0, keepdim=True)[0] ** 2, (2, 3)),
    case("MinBackward1", lambda x: x.min() ** 2, (2, 3)),
    case("MedianBackward0", lambda x: x.median() ** 2, (2, 3)),
    case("MedianBackward1", lambda x: x.median(1).values ** 2, (2, 4)),
    case("CumsumBackward0", lambda x: x.cumsum(1) ** 2, (2, 3)),
    case("CumprodBackward0", lambda x: x.cumprod(0), (3, 2)),
    case("CumprodBackward0", lambda x: (x * torch.tensor([1.0, 0.0, 1.0])).cumprod(1) * x, (2, 3)),
    case("LinalgSvdBackward0", lambda x: x.norm("nuc"), (2, 3)),
    case("LinalgSvdBackward0", lambda x: x.norm("nuc", dim=(0, 2)), (3, 2, 2)),
    case("SvdvalsBackwardBackward0", lambda x: x.norm("nuc") ** 2, (3, 2), second=True),
    case("SvdvalsBackwardBackward0", lambda x: LinalgSvdBackward0.apply(x) ** 3, (3, 3), second=True),
    case("SqueezeBackward2", lambda x: x.squeeze((0, 2)) ** 2, (1, 3, 1)),
    case("TransposeBackward0", lambda x: x.mT**2, (2, 3, 4)),
    case("RepeatBackward0", lambda x: x.repeat(2, 2, 1) ** 2, (2, 3)),
    case("RepeatBackward0", lambda x, y: x.tile(3) * y, (2,), (6,)),
    case("CatBackward0", lambda x, y: torch.cat([x, y], 1) ** 2, (2, 3), (2, 1)),
    case("CatBackward0", lambda x, y: torch.cat([x, y, x]) ** 3, (2, 3), (1, 3)),
    case("StackBackward0", lambda x, y: torch.stack([x, y], -1) ** 3, (2, 3), (2, 3)),
    case("SplitBackward0", lambda x: sum(i * p**2 for i, p in enumerate(x.split(2))).sum(), (4, 2)),
    case("SplitWithSizesBackward0", lambda x: x.split([1, 2], 1)[1] ** 2, (2, 3)),
    case("UnbindBackward0", lambda x: x.unbind(1)[0] * x.unbind(1)[1], (3, 2)),
    case("FlipBackward0", lambda x: x.flip(0, 1) * x, (2, 3)),
    case("RollBackward0", lambda x: x.roll((1, 2), (0, 1)) * x, (2, 3)),
    case("RollBackward0", lambda x: x.roll(1) * x, (2, 3)),
    case("Rot90Backward0", lambda x: x.rot90() ** 2, (2, 3)),
    case("TrilBackward0", lambda x: x.tril(-1) ** 2, (2, 3, 3)),
    case("TriuBackward0", lambda x: x.triu(1) ** 2, (3, 3)),
    case("TrilBackward0", in_place(lambda q: q.tril_()), (3, 3)),
    case("DiagonalBackward0", lambda x: x.diagonal(1) ** 2, (3, 3)),
    case("DiagonalBackward0", lambda x: x.diagonal(0, 2, 0) ** 2, (3, 2, 3)),
    case("DiagonalBackwardBackward0", lambda x: x.diagonal(-1) ** 3, (3, 3), second=True),
    case("DiagonalBackward0_copy", lambda x: x.diag() ** 2, (3, 3)),
    case("DiagEmbedBackward0", lambda x: x.diag(1) * x.sum(), (2,)),
    case("DiagEmbedBackward0", lambda x: torch.diag_embed(x, 0, 0, 2) ** 2, (3, 2)),
    case("CopySlices", in_place(lambda q, y: q.diagonal().mul_(y)), (3, 3), (3,)),
    case("GatherBackward0", lambda x: x.gather(1, torch.tensor([[0, 0], [2, 1]])) ** 2, (2, 3)),
    case("GatherBackward0", lambda x: x.take_along_dim(torch.tensor([[0, 0, 1]]), 0) ** 2, (2, 3)),
    case("IndexSelectBackward0", lambda x: x.index_select(1, torch.tensor([2, 0, 2])) ** 2, (2, 3)),
    case("TakeBackward0", lambda x: x.take(torch.tensor([[5, -1], [0, 2]])) ** 2, (2, 3)),
    case("MaskedSelectBackward0", lambda x: torch.masked_select(x, x > 0) ** 2, (2, 3)),
    case("SortBackward0", lambda x: x.sort(0, descending=True).values ** 2, (3, 2)),
    case("SortBackward1", lambda x, y: x.sort(stable=True).values * y, (2, 3), (3,)),
    case("TopkBackward0", lambda x: x.topk(2).values ** 2, (2, 3)),
    case("ScatterBackward0", lambda x, y: x.scatter(1, torch.tensor([[0, 2], [1, 0]]), y) ** 2, (2, 3), (2, 2)),
    case("ScatterBackward1", lambda x: x.scatter(0, torch.tensor([[1, 0]]), 2.0) ** 2, (2, 3)),
    case("ScatterAddBackward0", lambda x, y: x.scatter_add(0, torch.tensor([[1, 1], [1, 0]]), y) ** 2, (2, 3), (2, 2)),
    case("ScatterAddBackward0", in_place(lambda q, y: q.scatter_add_(0, torch.tensor([0, 0, 2]), y)), (4,), (3,)),
    case("IndexAddBackward0", lambda x, y: x.index_add(0, torch.tensor([1, 1]), y, alpha=2) ** 2, (2, 3), (2, 3)),
    case("IndexCopyBackward0", lambda x, y: x.index_copy(1, torch.tensor([2, 0]), y) ** 2, (2, 3), (2, 2)),
    case("IndexFillBackward0", lambda x: x.index_fill(1, torch.tensor([1, 1]), 2.0) ** 2, (2, 3)),
    case("IndexFillBackward1", lambda x, y: x.index_fill(1, torch.tensor([1, 1]), y) ** 2, (2, 3), ()),
    case("IndexPutBackward0", lambda x, y: x.index_put((torch.tensor([0, 2]),), y) ** 2, (3,), (2,)),
    case("AddmmBackward0", lambda c, x, y: torch.addmm(c, x, y), (4,), (2, 3), (3, 4)),
    case("AddmmBackward0", lambda c, x, y: torch.addmm(c, x, y, beta=0.5, alpha=-2), (2, 1), (2, 3), (3, 4)),
    case("BaddbmmBackward0", lambda c, x, y: torch.baddbmm(c, x, y, beta=2, alpha=3), (3, 2), (2, 3, 4), (2, 4, 2)),
    case("TraceBackward0", lambda x: x.trace() ** 2, (2, 3)),
    case("BmmBackward0", lambda x, y: torch.einsum("bij,kj->bki", x, y) ** 2, (2, 3, 2), (4, 2)),
    case("MmBackward0", lambda x, y: x @ y, (2, 3), (2, 3, 2)),
    case("SoftmaxBackward0", lambda x: x.softmax(0) ** 2, (3, 2)),
    case("SoftmaxBackwardDataBackward0", lambda x: x.softmax(-1) ** 2, (2, 3), second=True),
    case("LogSoftmaxBackward0", lambda x: x.log_softmax(1) ** 2, (2, 3)),
    case("LogSoftmaxBackwardDataBackward0", lambda x: x.log_softmax(0) ** 2, (3,), second=True),
    case("LeakyReluBackward0", lambda x: F.leaky_relu(x, 0.3) ** 2, (6,)),
    case("LeakyReluBackwardBackward0", lambda x: F.leaky_relu(x) ** 3, (6,), second=True),
    case("EluBackward0", lambda x: F.elu(x, 0.7), (6,)),
    case("EluBackwardBackward0", lambda x: F.selu(x) ** 2, (6,), second=True),
    case("GeluBackward0", lambda x: F.gelu(x), (4,)),
    case("GeluBackward0", lambda x: F.gelu(x, approximate="tanh"), (4,)),
    case("SiluBackward0", lambda x: F.silu(x), (4,)),
    case("SoftplusBackward0", lambda x: F.softplus(x, beta=2, threshold=2), (6,)),
    case("LogSigmoidBackward0", lambda x: F.logsigmoid(x), (4,)),
    case("HardtanhBackward0", lambda x: F.hardtanh(x) ** 2, (6,)),
    case("HardtanhBackwardBackward0", lambda x: F.hardtanh(x, -1.2, 0.8) ** 3, (6,), second=True),
    case("MseLossBackward0", lambda x, y: F.mse_loss(x, y), (2, 3), (2, 3)),
    case("MseLossBackward0", lambda x, y: F.mse_loss(x, y, reduction="none") ** 2, (3,), (3,)),
    case("SmoothL1LossBackward0", lambda x, y: F.smooth_l1_loss(x, y, beta=1.3) ** 2, (2, 3), (2, 3)),
    case("HuberLossBackward0", lambda x, y: F.huber_loss(x, y, reduction="sum", delta=0.7) ** 2, (2, 3), (2, 3)),
    case("BinaryCrossEntropyBackward0", lambda x, y: F.binary_cross_entropy(x.sigmoid(), y), (2, 3), (2, 3)),
    case("BinaryCrossEntropyBackward0", weighted_binary_cross_entropy, (2, 3), (2, 3)),
    case("BinaryCrossEntropyWithLogitsBackward0", F.binary_cross_entropy_with_logits, (2, 3), (2, 3)),
    case("BinaryCrossEntropyWithLogitsBackward0", weighted_logits, (2, 3), (2, 3)),
    case("NllLossBackward0", lambda x: F.cross_entropy(x, torch.tensor([2, 0]), reduction="none") ** 2, (2, 3)),
    case("NllLossBackward0", lambda x: F.nll_loss(x, torch.tensor(1)) ** 2, (3,)),
    case("NllLoss2DBackward0", lambda x: F.cross_entropy(x, torch.tensor([[2, 0], [1, 1]])), (2, 3, 2)),
    case("NllLossBackwardBackward0", lambda x: F.nll_loss(x**3, torch.tensor([2, 0])), (2, 3), second=True),
    case("NllLoss2DBackwardBackward0", lambda x: F.nll_loss(x**3, torch.tensor([[2], [1]])), (2, 3, 1), second=True),
    case("MseLossBackwardBackward0", F.mse_loss, (2, 3), (2, 3), second=True),
    case("SmoothL1LossBackwardBackward0", lambda x, y: F.smooth_l1_loss(x, y, beta=0.7), (2, 3), (2, 3), second=True),
    case("HuberLossBackwardBackward0", lambda x, y: F.huber_loss(x, y, delta=0.7), (2, 3), (2, 3), second=True),
    case(
        "EmbeddingDenseBackwardBackward0",
        lambda w: F.embedding(torch.tensor([[1, 1], [0, 2]]), w) ** 3,
        (3, 2),
        second=True,
    ),
    case("MulBackward1", lambda x: F.cross_entropy(x, torch.tensor([2, 0]), label_smoothing=0.2), (2, 3)),
    case("EmbeddingBackward0", lambda w: F.embedding(torch.tensor([[1, 1], [0, 2]]), w) ** 2, (3, 2)),
    case("NativeLayerNormBackward0", lambda x, w, b: F.layer_norm(x, (3,), w, b) ** 2, (2, 3), (3,), (3,)),
    case("NativeLayerNormBackward0", lambda x: F.layer_norm(x, (2, 3)) ** 3, (2, 2, 3)),
    case("DivBackward0", lambda x: F.normalize(x), (2, 3)),
    case("SumBackward1", lambda x, y: F.cosine_similarity(x, y), (2, 3), (2, 3)),
]
# float32 on the way allows no comparison with small differences.
NOT_DIFFERENTIATED = {"ToCopyBackward0"}

COMPARED = [c for c in CASES if c.operation not in NOT_DIFFERENTIATED]


def numbered(cases):
    return [pytest.param(c, id=f"{i}-{c.operation}") for i, c in enumerate(cases)]


def make_inputs(c, seed=0):
    """Numbers of magnitude 0.5 to 1.5, away from the kinks, of both signs where that makes sense."""
    draw = np.random.default_rng(seed)
    inputs = []
    for shape in c.shapes:
        values = draw.uniform(0.5, 1.5, shape)
        if not c.positive:
            values = values * draw.choice([-1.0, 1.0], shape)
        inputs.append(torch.tensor(np.array(values), requires_grad=True))
    return inputs


def cotangent(like, seed=1):
    return torch.tensor(np.array(np.random.default_rng(seed).uniform(-1, 1, tuple(like.shape))))


def central_differences(function, inputs):
    """The gradient of a function with one number as its value."""
    gradients = []
    for tensor in inputs:
        values = tensor.detach().numpy()
        gradient = np.zeros(values.shape)
        for place in np.ndindex(values.shape):
            kept = values[place]
            values[place] = kept + STEP
            above = function(*inputs).item()
            values[place] = kept - STEP
            below = function(*inputs).item()
            values[place] = kept
            gradient[place] = (above - below) / (2 * STEP)
        gradients.append(gradient)
    return gradients


def assert_gradients(function, inputs):
    computed = torch.autograd.grad(function(*inputs), inputs, allow_unused=True)
    for gradient, expected in zip(computed, central_differences(function, inputs), strict=True):
        found = np.zeros(expected.shape) if gradient is None else gradient.detach().numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


def nodes_behind(tensor):
    found, stack = set(), [tensor.grad_fn]
    while stack:
        node = stack.pop()
        if node is not None and node not in found:
            found.add(node)
            stack.extend(n for n, _ in node.next_functions)
    return found


@pytest.mark.parametrize("c", numbered(COMPARED))
def test_first_derivatives(c):
    inputs = make_inputs(c)
    v = cotangent(c.function(*inputs))
    assert_gradients(lambda *tensors: (c.function(*tensors) * v).sum(), inputs)


@pytest.mark.parametrize("c", numbered(COMPARED))
def test_second_derivatives(c):
    inputs = make_inputs(c)
    v = cotangent(c.function(*inputs))

    def slope(*tensors):
        """A weighted sum of the first derivatives, with a part that keeps it dependent on every input."""
        first = torch.autograd.grad(c.function(*tensors), tensors, v, create_graph=True, allow_unused=True)
        total = sum((t * t).sum() for t in tensors)
        for seed, gradient in enumerate(first):
            if gradient is not None:
                total = total + (gradient * cotangent(gradient, seed)).sum()
        return total

    assert_gradients(slope, inputs)


def graph_names(c):
    inputs = make_inputs(c)
    result = c.function(*inputs)
    names = {type(node).__name__ for node in nodes_behind(result)}
    if c.second:
        for gradient in torch.autograd.grad(result, inputs, cotangent(result), create_graph=True, allow_unused=True):
            names |= {type(node).__name__ for node in nodes_behind(gradient)}
    return names


@pytest.mark.parametrize("c", numbered(CASES))
def test_each_case_has_its_operation_in_its_graph(c):
    assert c.operation in graph_names(c)


def test_every_operation_has_a_case():
    for module in pkgutil.iter_modules(ops.__path__):
        importlib.import_module(f"{ops.__name__}.{module.name}")

    def subclasses(cls):
        return {cls, *(s for child in cls.__subclasses__() for s in subclasses(child))}

    ours = {o.__name__ for o in subclasses(Operation) - {Operation, View} if o.__module__.startswith(ops.__name__)}
    operations = {name for name in ours if not name.startswith("_")}
    assert operations - {"NotImplemented"} == {c.operation for c in CASES} - {"CopySlices"}


def test_a_cast_passes_the_gradient_in_the_dtype_of_its_input():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x.double() * torch.tensor([3.0, 4.0], dtype=torch.float64)).sum().backward()
    assert x.grad.dtype == torch.float32
    assert x.grad.tolist() == [3.0, 4.0]


@pytest.mark.parametrize("c", numbered(CASES))
def test_the_graph_is_freed_without_the_cycle_collector(c):
    inputs = make_inputs(c)
    gc.collect()
    gc.disable()
    try:
        result = c.function(*inputs)
        result.backward(cotangent(result))
        again = c.function(*inputs)
        nodes = [weakref.ref(n) for n in (*nodes_behind(result), *nodes_behind(again))]
        assert len(nodes) >= 4
        del result, again
        assert [n() for n in nodes if n() is not None] == []
    finally:
        gc.enable()
