"""Datasets and DataLoader, where a learner would notice."""

import pytest

import minigrad as torch
from minigrad.utils.data import DataLoader, Subset, TensorDataset, random_split


def test_every_sample_comes_once_a_round():
    loader = DataLoader(TensorDataset(torch.arange(10)), batch_size=3, shuffle=True)
    for _ in range(3):
        seen = [n for (batch,) in loader for n in batch.tolist()]
        assert sorted(seen) == list(range(10))


def test_the_same_seed_deals_the_same():
    loader = DataLoader(TensorDataset(torch.arange(50)), batch_size=8, shuffle=True)
    rounds = []
    for _ in range(2):
        torch.manual_seed(7)
        rounds.append([batch.tolist() for (batch,) in loader])
    assert rounds[0] == rounds[1]
    assert rounds[0] != [batch.tolist() for (batch,) in loader]


def test_batches_are_copies():
    x = torch.zeros(4)
    (batch,) = next(iter(DataLoader(TensorDataset(x), batch_size=2)))
    batch += 1
    assert x.tolist() == [0.0] * 4


def test_gradients_flow_through_batches():
    w = torch.ones(4, requires_grad=True)
    for (batch,) in DataLoader(TensorDataset(w), batch_size=3):
        (batch * batch).sum().backward()
    assert w.grad.tolist() == [2.0] * 4


def test_an_overridden_getitem_is_used():
    class Doubled(TensorDataset):
        def __getitem__(self, index):
            return tuple(2 * part for part in super().__getitem__(index))

    (batch,) = next(iter(DataLoader(Doubled(torch.arange(3)), batch_size=3)))
    assert batch.tolist() == [0, 2, 4]


def test_parts_of_a_split_share_nothing():
    parts = random_split(range(10), [0.5, 0.3, 0.2])
    assert [len(part) for part in parts] == [5, 3, 2]
    assert sorted(n for part in parts for n in part) == list(range(10))
    assert isinstance(parts[0], Subset)


def test_wrong_lengths_are_explained():
    with pytest.raises(AssertionError, match="Size mismatch between tensors") as raised:
        TensorDataset(torch.ones(3, 2), torch.ones(2))
    assert "[3, 2], [2]" in raised.value.__notes__[0]
    with pytest.raises(ValueError, match="Sum of input lengths") as raised:
        random_split(range(10), [5, 4])
    assert "5 + 4 is not 10" in raised.value.__notes__[0]
