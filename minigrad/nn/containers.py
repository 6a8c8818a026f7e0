"""Modules that hold modules, and lists of parameters."""

from __future__ import annotations

import itertools
import operator
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..tensor import Tensor
from .module import Module, _indented
from .parameter import Parameter


class _Numbered(Module):
    """A module whose parts are called "0", "1" and so on."""

    def _key(self, index: int) -> str:
        index = operator.index(index)
        if not -len(self._modules) <= index < len(self._modules):
            raise IndexError(f"index {index} is out of range")
        return list(self._modules)[index]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return self._part(list(self._modules.items())[index])
        return self._modules[self._key(index)]

    def _part(self, items: list) -> Any:
        return type(self)([module for _, module in items])  # type: ignore[call-arg]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._key(index), module)

    def __delitem__(self, index: int | slice) -> None:
        keys = list(self._modules)
        gone = keys[index] if isinstance(index, slice) else [self._key(index)]
        kept = [module for key, module in self._modules.items() if key not in gone]
        self._modules = {str(i): module for i, module in enumerate(kept)}

    def append(self, module: Module) -> Any:
        """Add a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Any:
        """Add several modules at the end."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Any:
        """Add a module before another."""
        modules = list(self._modules.values())
        modules.insert(index, module)
        self._modules = {str(i): m for i, m in enumerate(modules)}
        return self

    def pop(self, index: int) -> Module:
        """Take a module away and return it."""
        module = self[index]
        del self[index]
        return module


class Sequential(_Numbered):
    """Modules of which each is handed what the one before returns (``torch.nn.Sequential``).

    Given as arguments, or as an OrderedDict with their names. Raises TypeError for what is no Module.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        named = len(args) == 1 and isinstance(args[0], OrderedDict)
        for name, module in args[0].items() if named else enumerate(args):
            self.add_module(str(name), module)

    def forward(self, input: Any) -> Any:
        """What the last module returns."""
        for module in self:
            input = module(input)
        return input

    def _part(self, items: list) -> Sequential:
        return Sequential(OrderedDict(items))


class ModuleList(_Numbered):
    """A list of modules whose parameters are found (``torch.nn.ModuleList``); those in a plain list are not."""

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        self.extend(modules or [])

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def __iadd__(self, other: Iterable[Module]) -> ModuleList:
        return self.extend(other)

    def __repr__(self) -> str:
        """Modules that print alike in a row are shown once."""
        shown = [(i, repr(module)) for i, module in enumerate(self)]
        parts = []
        for text, group in itertools.groupby(shown, key=lambda item: item[1]):
            numbers = [i for i, _ in group]
            if len(numbers) > 1:
                parts.append(f"({numbers[0]}-{numbers[-1]}): {len(numbers)} x {_indented(text)}")
            else:
                parts.append(f"({numbers[0]}): {_indented(text)}")
        return self._shown([], parts)


class ModuleDict(Module):
    """Modules by name (``torch.nn.ModuleDict``)."""

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        super().__init__()
        self.update(modules or {})

    def __getitem__(self, key: str) -> Any:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: str) -> bool:
        return key in self._modules

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._modules.keys()

    def values(self) -> Iterable[Any]:
        """The modules."""
        return self._modules.values()

    def items(self) -> Iterable[tuple[str, Any]]:
        """Names and modules."""
        return self._modules.items()

    def update(self, modules: Mapping[str, Module]) -> None:
        """Add modules by name."""
        for key, module in modules.items():
            self[key] = module


class ParameterList(Module):
    """A list of parameters (``torch.nn.ParameterList``); tensors become parameters."""

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        for value in values or []:
            self.append(value)

    def append(self, value: Any) -> ParameterList:
        """Add a parameter at the end."""
        made = Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value
        self.register_parameter(str(len(self)), made)
        return self

    def __len__(self) -> int:
        return len(self._parameters)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._parameters.values())

    def __getitem__(self, index: int) -> Any:
        return list(self._parameters.values())[index]

    def extra_repr(self) -> str:
        """The parameters' types and sizes."""
        return "\n".join(
            f"  ({i}): Parameter containing: [{p.dtype} of size {'x'.join(map(str, p.shape))}]"
            for i, p in enumerate(self)
        )
