"""Live views of what an autograd engine really did, for JupyterLab.

Importing this package asks the engine to note, for each operation from now on, its value and its line of code, so
that the views can show both.
"""

from .accumulation import AccumulationLab
from .graph import ComputationGraph
from .jacobian import JacobianExplorer
from .optimizer import OptimizerLab
from .recording import record
from .stepper import BackwardStepper

__all__ = ["AccumulationLab", "BackwardStepper", "ComputationGraph", "JacobianExplorer", "OptimizerLab", "record"]
