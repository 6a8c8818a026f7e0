"""DataLoader: the batches of a dataset, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ... import random
from ...tensor import wrap
from .collate import default_collate
from .dataset import TensorDataset
from .sampler import BatchSampler, RandomSampler, SequentialSampler, draw_seed


class DataLoader:
    """The batches of a dataset (``torch.utils.data.DataLoader``), one process whatever ``num_workers`` says.

    After the same seed the shuffled batches are PyTorch's. ``batch_size=None`` gives the samples one by one.
    ``pin_memory`` changes nothing on the CPU. Raises ValueError for options that contradict each other.

    >>> import minigrad
    >>> [x for (x,) in DataLoader(TensorDataset(minigrad.arange(5)), batch_size=2)]
    [tensor([0, 1]), tensor([2, 3]), tensor([4])]
    """

    def __class_getitem__(cls, _: Any) -> type[DataLoader]:
        return cls

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable | None = None,
        batch_sampler: Iterable[list[int]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        *,
        generator: random.Generator | None = None,
    ) -> None:
        if num_workers < 0:
            raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
                )
            batch_size = None
        elif batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
        if sampler is None:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset = dataset
        self.batch_size = batch_size
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.num_workers = num_workers
        self.collate_fn = collate_fn or (default_collate if batch_sampler is not None else _converted)
        self.pin_memory = pin_memory
        self.drop_last = drop_last
        self.generator = generator

    def __iter__(self) -> Iterator[Any]:
        draw_seed(self.generator)  # PyTorch draws one for the worker processes, whether or not there are any.
        return self._one_by_one() if self.batch_sampler is None else self._batches(self.batch_sampler)

    def __len__(self) -> int:
        return len(self.sampler if self.batch_sampler is None else self.batch_sampler)  # type: ignore[arg-type]

    def _one_by_one(self) -> Iterator[Any]:
        for index in self.sampler:
            yield self.collate_fn(self.dataset[index])

    def _batches(self, batch_sampler: Iterable[list[int]]) -> Iterator[Any]:
        data = self.dataset
        if type(data) is TensorDataset and self.collate_fn is default_collate:
            tensors = data.tensors
            # Rows without a history need not be taken out one by one.
            if not any(tensor.requires_grad for tensor in tensors):
                for indices in batch_sampler:
                    yield [wrap(_rows(tensor._array, indices)) for tensor in tensors]
                return
        for indices in batch_sampler:
            yield self.collate_fn([data[index] for index in indices])


def _rows(array: np.ndarray, indices: list[int]) -> np.ndarray:
    return array[np.asarray(indices, np.intp)]


def _converted(sample: Any) -> Any:
    """A sample that is not put into a batch, its arrays as tensors."""
    if isinstance(sample, np.ndarray | np.number):
        return wrap(np.asarray(sample))
    return [_converted(part) for part in sample] if isinstance(sample, tuple | list) else sample
