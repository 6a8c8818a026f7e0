"""Writes minigrad/OPERATIONS.md, the table of all operations, from the code.

``python -m tests.minigrad.record_operations``
"""

import inspect
from itertools import groupby
from pathlib import Path

import minigrad
from minigrad.ops.operation import Operation
from minigrad.ops.views import View

PACKAGE = Path(minigrad.__file__).parent
TABLE = PACKAGE / "OPERATIONS.md"

HEAD = """# Operations

Generated from the code. Each operation is one class, named as PyTorch names the node that shows in `grad_fn`; its
equation says what it computes and what each input gets back from the gradient z̄ of its result.
"""


def operations() -> list[type[Operation]]:
    """All operations of the kit, in the order of the source."""
    found, classes = [], [Operation, View]
    for cls in classes:
        for subclass in cls.__subclasses__():
            if subclass not in classes:
                classes.append(subclass)
                if subclass.__module__.startswith("minigrad.") and not subclass.__name__.startswith("_"):
                    found.append(subclass)
    return sorted(found, key=lambda cls: (cls.__module__, inspect.getsourcelines(cls)[1]))


def table() -> str:
    """The text of OPERATIONS.md."""
    lines = [HEAD]
    for module, classes in groupby(operations(), key=lambda cls: cls.__module__):
        path = module.removeprefix("minigrad.").replace(".", "/") + ".py"
        summary = (inspect.getdoc(inspect.getmodule(next(iter(group := list(classes))))) or "").splitlines()[0]
        lines += [f"## [{path}]({path})", "", summary, "", "| node | equation |", "|---|---|"]
        for cls in group:
            equation = " ".join((cls.__doc__ or "").split("\n\n")[0].split()).replace("|", "\\|")
            lines.append(f"| `{cls.__name__}` | {equation} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    TABLE.write_text(table())
