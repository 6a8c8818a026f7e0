"""Record what PyTorch's CPU generator draws: ``python tests/parity/record_random.py`` where torch is installed.

Run it on an x86 machine with glibc: see the opening of ``minigrad/random.py`` for what depends on the machine.
"""

import hashlib
import json
from pathlib import Path

import torch

OUT = Path(__file__).parent / "recorded" / "random.json"

SEEDS = [*range(4), 42, 1234, 2**31, 2**32 - 1, 2**32, 2**32 + 1, 67280421310721, 2**64 - 1, -1, -(2**63)]
SIZES = [0, 1, 2, 3, 4, 5, 8, 15, 16, 17, 20, 31, 32, 33, 48, 50]


def programs():
    """Calls in sequence from one seed: each starts where the one before has left the stream."""
    for seed in SEEDS:
        yield seed, [("randn", [3]), ("randn", [2, 2]), ("rand", [3]), ("randn", [1]), ("randn", [4, 5])]
    for size in SIZES:
        for dtype in ("float32", "float64", "float16"):
            yield size, [("randn", [size], dtype), ("rand", [size], dtype), ("randn", [3], dtype)]
    # The second number of a pair waits for the next small call, whatever is drawn between.
    yield 5, [("randn", [3]), ("randn", [3]), ("randn", [3])]
    yield 5, [("randn", []), ("rand", []), ("randn", []), ("randn", [])]
    yield 5, [("randn", [1]), ("randn", [16]), ("randn", [1])]
    yield 5, [("randn", [1], "float64"), ("randn", [1], "float32"), ("randn", [2], "float16")]
    yield 5, [("randn", [1]), ("randint", 0, 10, [5]), ("randperm", 6), ("randn", [2])]
    for low, high in ((0, 2), (-5, 5), (0, 2**28 - 1), (0, 2**28), (-(2**40), 2**40), (-(2**63), 2**63 - 1)):
        yield 11, [("randint", low, high, [6]), ("randint", low, high, [2, 3])]
    for dtype in ("int32", "int16", "int8", "uint8", "bool", "float32", "float64"):
        yield 12, [("randint", 0, 2, [7], dtype), ("randint", 0, 1, [2], dtype)]
    for count in (0, 1, 2, 5, 100, 1000):
        yield 13, [("randperm", count), ("rand", [1])]
    for size in (1000, 7840, 10007, 100352):
        yield 14, [("randn", [size]), ("rand", [size]), ("randint", 0, 10, [size]), ("randn", [1])]
        yield 14, [("rand", [size], "float64"), ("randn", [size], "float16")]


REFUSED = [
    ("manual_seed", "a"),
    ("manual_seed", None),
    ("manual_seed", [1]),
    ("manual_seed", 2**64),
    ("manual_seed", 2**65),
    ("manual_seed", -(2**63) - 1),
    ("Generator.manual_seed", "a"),
    ("Generator.manual_seed", "12"),
    ("Generator.manual_seed", None),
    ("Generator.manual_seed", 1.0),
    ("Generator.manual_seed", True),
    ("Generator.manual_seed", 2**65),
    ("rand", [2], "int64"),
    ("rand", [2], "bool"),
    ("randn", [2], "int64"),
    ("randn", [2], "uint8"),
    ("randint", 5, 5, [3]),
    ("randint", 5, 3, [3]),
    ("randint", 5, 3, [0]),
    ("randint", 0, 2**63, [2]),
    ("randint", 0, 300, [3], "uint8"),
    ("randint", -1, 3, [3], "uint8"),
    ("randint", -129, 3, [3], "int8"),
    ("randint", 0, 2**40, [3], "int32"),
    ("randint", 0, 3, [3], "bool"),
    ("randperm", -1),
]

ACCEPTED_SEEDS = [True, 1.0, 1.9, "12", *SEEDS]


def evidence(array):
    """The bytes of an array, or of a long one their digest and both ends."""
    raw = array.tobytes()
    if array.size <= 64:
        return {"bytes": raw.hex()}
    return {"sha256": hashlib.sha256(raw).hexdigest(), "first": array[:4].tolist(), "last": array[-4:].tolist()}


def main():
    def call(name, *arguments):
        if name == "manual_seed":
            return torch.manual_seed(*arguments)
        if name == "Generator.manual_seed":
            return torch.Generator().manual_seed(*arguments)
        dtype = {"dtype": getattr(torch, arguments[-1])} if isinstance(arguments[-1], str) else {}
        return getattr(torch, name)(*arguments[: len(arguments) - len(dtype)], **dtype)

    recorded = {"torch": torch.__version__, "programs": [], "seeds": [], "refused": []}
    for seed, calls in programs():
        torch.manual_seed(seed)
        done = [{"call": each, **evidence(call(*each).numpy())} for each in calls]
        recorded["programs"].append({"seed": seed, "calls": done})
    for seed in ACCEPTED_SEEDS:
        recorded["seeds"].append({"seed": seed, "initial_seed": torch.manual_seed(seed).initial_seed()})
    for each in REFUSED:
        try:
            call(*each)
        except Exception as error:
            recorded["refused"].append({"call": each, "type": type(error).__name__, "words": str(error)})
        else:
            raise AssertionError(f"PyTorch takes {each}")
    recorded["generator_default"] = torch.Generator().initial_seed()

    generator = torch.Generator().manual_seed(3)
    torch.randn(3, generator=generator)
    state = generator.get_state().numpy()
    recorded["state"] = {"seed": 3, "randn": 3, "size": state.size, "sha256": hashlib.sha256(state).hexdigest()}

    # One fact a line, so that the difference between two recordings can be read.
    lines = json.dumps(recorded).replace(' {"call"', '\n{"call"').replace(' {"seed"', '\n{"seed"')
    OUT.write_text(lines + "\n")


if __name__ == "__main__":
    main()
