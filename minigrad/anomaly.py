"""Anomaly detection: which line of the forward pass made the node that failed in the backward pass."""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from . import errors, graph
from .graph import Node
from .tensor import Tensor

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


class _State:
    enabled = False
    check_nan = True
    # Who was told of new nodes before anomaly detection came.
    observer_before: Callable[[Node, tuple, Tensor], None] | None = None


state = _State()


def switch(enabled: bool, check_nan: bool) -> None:
    """Turn anomaly detection on or off for all threads."""
    if enabled and not state.enabled:
        state.observer_before = graph.creation_observer
        graph.creation_observer = _remember_where
    elif state.enabled and not enabled and graph.creation_observer is _remember_where:
        graph.creation_observer = state.observer_before
    state.enabled, state.check_nan = enabled, check_nan


def _remember_where(node: Node, inputs: tuple, output: Tensor) -> None:
    stack = traceback.extract_stack(sys._getframe(1))
    lines = [frame for frame in stack if not frame.filename.startswith(_PACKAGE)]
    node.metadata["traceback_"] = traceback.format_list(lines)
    if state.observer_before is not None:
        state.observer_before(node, inputs, output)


def warn_of(node: Node) -> None:
    """Say where the forward pass made the node whose rule just failed."""
    lines = node.metadata.get("traceback_")
    words = (
        ". No forward pass information available. Enable detect anomaly during forward pass for more information."
        if lines is None
        else f". Traceback of forward call that caused the error:\n{''.join(lines)}"
    )
    warnings.warn(f"Error detected in {node.name()}{words}", stacklevel=errors.learners_level())


def check(node: Node, results: tuple) -> None:
    """Raise RuntimeError where a rule returned nan."""
    for i, gradient in enumerate(results):
        array: Any = gradient._array if isinstance(gradient, Tensor) else gradient
        if array is not None and np.isnan(array).any():
            raise RuntimeError(f"Function '{node.name()}' returned nan values in its {i}th output.")
