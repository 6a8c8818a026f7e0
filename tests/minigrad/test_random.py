"""The numbers drawn from a seed, against those PyTorch drew (tests/parity/record_random.py)."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from minigrad import random

RECORDED = json.loads((Path(__file__).parents[1] / "parity" / "recorded" / "random.json").read_text())


def call(name, *arguments):
    if name == "manual_seed":
        return random.manual_seed(*arguments)
    if name == "Generator.manual_seed":
        return random.Generator().manual_seed(*arguments)
    return getattr(random, name)(*arguments)


@pytest.mark.parametrize("program", RECORDED["programs"], ids=lambda program: f"seed {program['seed']}")
def test_a_seed_draws_what_it_draws_in_pytorch(program):
    random.manual_seed(program["seed"])
    for fact in program["calls"]:
        drawn = call(*fact["call"])
        if "sha256" in fact:
            assert drawn[:4].tolist() == fact["first"]
            assert drawn[-4:].tolist() == fact["last"]
            assert hashlib.sha256(drawn.tobytes()).hexdigest() == fact["sha256"], fact["call"]
            continue
        expected = np.frombuffer(bytes.fromhex(fact["bytes"]), drawn.dtype).reshape(drawn.shape)
        if fact["call"][0] == "randn" and drawn.dtype == np.float64:
            # The last bits are the C library's, here of two machines.
            np.testing.assert_array_max_ulp(drawn, expected, maxulp=4)
        else:
            np.testing.assert_array_equal(drawn, expected, str(fact["call"]))


def test_every_shape_and_dtype_asked_for_is_given():
    for shape in ((), (3,), (2, 0), (4, 5), (2, 3, 4)):
        for dtype in (np.float32, np.float64, np.float16):
            for draw in (random.rand, random.randn):
                drawn = draw(shape, dtype)
                assert (drawn.shape, drawn.dtype) == (shape, dtype)
        assert random.randint(0, 9, shape, np.int32).shape == shape
    assert random.rand((2,)).dtype == random.randn((2,)).dtype == np.float32
    assert random.randint(0, 9, (2,)).dtype == random.randperm(3).dtype == np.int64


def test_a_generator_is_not_disturbed_by_the_default_one():
    generator = random.Generator().manual_seed(8)
    alone = [random.randn((3,), generator=generator) for _ in range(2)]
    generator.manual_seed(8)
    random.manual_seed(1)
    mixed = []
    for _ in range(2):
        mixed.append(random.randn((3,), generator=generator))
        random.randn((3,))
    np.testing.assert_array_equal(alone, mixed)


def test_seeding_again_starts_again_and_forgets_the_second_of_a_pair():
    random.manual_seed(5)
    first = random.randn((3,))
    random.manual_seed(5)
    np.testing.assert_array_equal(random.randn((3,)), first)


def test_seeds():
    for fact in RECORDED["seeds"]:
        assert random.manual_seed(fact["seed"]).initial_seed() == fact["initial_seed"]
    assert random.manual_seed(3) is random.default_generator
    assert random.Generator().initial_seed() == RECORDED["generator_default"]


def test_seed_gives_another_stream_each_time():
    generator = random.Generator()
    seeds = {generator.seed() for _ in range(5)}
    assert len(seeds) == 5
    assert generator.initial_seed() in seeds
    again = random.Generator().manual_seed(generator.initial_seed())
    np.testing.assert_array_equal(random.rand((4,), generator=generator), random.rand((4,), generator=again))


def test_state_is_pytorchs():
    fact = RECORDED["state"]
    generator = random.Generator().manual_seed(fact["seed"])
    random.randn((fact["randn"],), generator=generator)
    state = generator.get_state()
    assert (state.dtype, state.shape) == (np.uint8, (fact["size"],))
    assert hashlib.sha256(state.tobytes()).hexdigest() == fact["sha256"]


@pytest.mark.parametrize("before", [0, 1, 100, 624, 625])
def test_state_brings_the_stream_back(before):
    generator = random.Generator().manual_seed(4)
    random.rand((before,), generator=generator)
    random.randn((1,), generator=generator)
    state = generator.get_state()
    expected = random.randn((3,), generator=generator)
    other = random.Generator().set_state(state)
    assert other.initial_seed() == 4
    np.testing.assert_array_equal(other.get_state(), state)
    np.testing.assert_array_equal(random.randn((3,), generator=other), expected)


@pytest.mark.parametrize(
    ("state", "error", "words"),
    [
        (3, TypeError, "expected a torch.ByteTensor, but got int"),
        (np.zeros(5056), TypeError, "RNG state must be a torch.ByteTensor"),
        (np.zeros(5056, np.uint8), RuntimeError, "Invalid mt19937 state"),
        (
            np.zeros(3, np.uint8),
            RuntimeError,
            "Expected a CPUGeneratorImplState of size 5056 but found the input RNG state size to be 3",
        ),
    ],
)
def test_a_state_that_is_none_is_refused_and_nothing_changes(state, error, words):
    generator = random.Generator().manual_seed(4)
    expected = random.rand((2,), generator=random.Generator().manual_seed(4))
    with pytest.raises(error) as caught:
        generator.set_state(state)
    assert str(caught.value) == words
    np.testing.assert_array_equal(random.rand((2,), generator=generator), expected)


@pytest.mark.parametrize("fact", RECORDED["refused"], ids=lambda fact: str(fact["call"]))
def test_what_pytorch_refuses_is_refused_in_its_words(fact):
    with pytest.raises(Exception) as caught:
        call(*fact["call"])
    assert type(caught.value).__name__ == fact["type"]
    assert str(caught.value) == fact["words"]


def test_uniform_numbers_never_reach_one():
    random.manual_seed(0)
    drawn = random.rand((200_000,), np.float16)
    assert drawn.min() >= 0
    assert drawn.max() < 1


def test_a_permutation_holds_every_number_once():
    assert sorted(random.randperm(500).tolist()) == list(range(500))
