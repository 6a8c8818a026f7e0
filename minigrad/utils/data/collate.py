"""A batch of a list of samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ... import creation, dtypes
from ...ops.functions import FUNCTIONS
from ...tensor import Tensor, wrap


def default_collate(batch: list) -> Any:
    """Samples put together, each part of them with its like (``torch.utils.data.default_collate``).

    Tensors, arrays and numbers become a tensor with a new first dimension, texts a list; tuples, lists and dicts are
    gone into. Raises RuntimeError for tensors or lists of different sizes, TypeError for anything else.

    >>> default_collate([(1, 2.0), (3, 4.0)])
    [tensor([1, 3]), tensor([2., 4.], dtype=torch.float64)]
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return FUNCTIONS["stack"](batch)
    if isinstance(first, np.ndarray) and first.dtype.kind in "biuf":
        return FUNCTIONS["stack"]([wrap(array) for array in batch])
    if isinstance(first, np.bool_ | np.number):
        return wrap(np.asarray(batch))
    if isinstance(first, float):
        return creation.tensor(batch, dtype=dtypes.float64)
    if isinstance(first, int):
        return creation.tensor(batch)
    if isinstance(first, str | bytes):
        return batch
    if isinstance(first, Mapping):
        return {key: default_collate([sample[key] for sample in batch]) for key in first}
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*(default_collate(list(part)) for part in zip(*batch, strict=True)))
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        return [default_collate(list(part)) for part in zip(*batch, strict=True)]
    raise TypeError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found "
        f"{first.dtype if isinstance(first, np.ndarray) else type(first)}"
    )
