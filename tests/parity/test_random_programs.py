"""Random programs: minigrad and PyTorch agree on every value, dtype, version, graph, gradient and refusal.

``RANDOM_PROGRAMS=10000 pytest tests/parity/test_random_programs.py`` runs that many; ``--hypothesis-seed=0`` makes the
run one that can be repeated.
"""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import minigrad

from .programs import outcome, programs, same

torch = pytest.importorskip("torch")


@settings(
    max_examples=int(os.environ.get("RANDOM_PROGRAMS", "200")),
    deadline=None,
    derandomize="RANDOM_PROGRAMS" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(program=programs, seed=st.integers(0, 3))
def test_both_engines_agree(program, seed):
    expected, found = (outcome(engine, program, seed) for engine in (torch, minigrad))
    for step, (a, b) in enumerate(zip(expected, found, strict=True)):
        assert same(a, b), f"step {step}: PyTorch has {a}, minigrad {b}"
