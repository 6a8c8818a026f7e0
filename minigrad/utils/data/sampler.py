"""The order in which samples are dealt out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ... import random


class Sampler:
    """Base of what gives the numbers of samples in some order (``torch.utils.data.Sampler``)."""

    def __class_getitem__(cls, _: Any) -> type[Sampler]:
        return cls

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError


class SequentialSampler(Sampler):
    """From the first to the last (``torch.utils.data.SequentialSampler``)."""

    def __init__(self, data_source: Any) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler):
    """In an order drawn anew each time, after the same seed PyTorch's (``torch.utils.data.RandomSampler``).

    Raises ValueError for no samples.
    """

    def __init__(self, data_source: Any, *, generator: random.Generator | None = None) -> None:
        self.data_source = data_source
        self.generator = generator
        if not len(data_source):
            raise ValueError("num_samples should be a positive integer value, but got num_samples=0")

    def __iter__(self) -> Iterator[int]:
        # As a generator function, so that the seed is drawn when the first sample is asked for.
        generator = self.generator
        if generator is None:
            generator = random.Generator().manual_seed(draw_seed(None))
        yield from random.randperm(len(self.data_source), generator).tolist()

    def __len__(self) -> int:
        return len(self.data_source)


class BatchSampler(Sampler):
    """The numbers that a sampler gives, in lists of ``batch_size`` (``torch.utils.data.BatchSampler``).

    Raises ValueError for a size that is no positive integer.

    >>> list(BatchSampler(SequentialSampler(range(5)), batch_size=2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size <= 0:
            raise ValueError(f"batch_size should be a positive integer value, but got batch_size={batch_size}")
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        batch = []
        for index in self.sampler:
            batch.append(index)
            if len(batch) == self.batch_size:
                yield batch
                batch = []
        if batch and not self.drop_last:
            yield batch

    def __len__(self) -> int:
        count: int = len(self.sampler)  # type: ignore[arg-type]
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)


def draw_seed(generator: random.Generator | None) -> int:
    """A seed for a stream of its own, drawn as ``torch.empty((), dtype=torch.int64).random_()`` draws it."""
    draws = (generator or random.default_generator)._draw64(1)
    return int(draws[0] & np.uint64(2**63 - 1))
