"""Lessons under minigrad and, statement by statement, under the PyTorch that is installed."""

import pytest

from tests.parity.compare import LESSONS, differences, outcomes

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_every_statement_does_the_same(lesson):
    differing = differences(outcomes(lesson, "torch"), outcomes(lesson, "minigrad"))
    assert not differing, "\n".join(differing)
