"""Live views of what an autograd engine really did, for JupyterLab.

Importing this package asks the engine to note, for each operation from now on, its value and its line of code, so
that the views can show both. ``%load_ext widgets`` adds the magics ``%%graph`` and ``%%backward``.
"""

from typing import Any

from .accumulation import AccumulationLab
from .explain import explain
from .graph import ComputationGraph
from .jacobian import JacobianExplorer
from .optimizer import OptimizerLab
from .recording import record
from .stepper import BackwardStepper
from .tracking import TrackingExplorer

__all__ = [
    "AccumulationLab",
    "BackwardStepper",
    "ComputationGraph",
    "JacobianExplorer",
    "OptimizerLab",
    "TrackingExplorer",
    "explain",
    "record",
]


def load_ipython_extension(shell: Any) -> None:
    """Add ``%%graph`` and ``%%backward`` to a notebook; IPython calls this for ``%load_ext widgets``."""
    from .magics import AutogradMagics

    shell.register_magics(AutogradMagics)
