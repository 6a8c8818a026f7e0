"""Module: what has parameters, and a forward that computes with them."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import numpy as np

from .. import dtypes, errors
from ..grad_mode import no_grad
from ..hooks import RemovableHandle
from ..tensor import Tensor, wrap
from .parameter import Parameter, described

M = TypeVar("M", bound="Module")

# Entered around each call of a module, where somebody (the widgets) wants to know which module computes what.
call_observer: Callable[[Module], AbstractContextManager] | None = None


class _Keys(namedtuple("_IncompatibleKeys", ("missing_keys", "unexpected_keys"))):
    """What ``load_state_dict`` could not match."""

    __slots__ = ()

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"

    __str__ = __repr__


class Module:
    """A part of a model (``torch.nn.Module``): parameters, buffers and further modules, and ``forward``.

    A subclass calls ``super().__init__()``, makes its parts attributes, and defines ``forward``; calling the module
    calls ``forward`` and the forward hooks. Raises AttributeError for a part assigned before ``super().__init__()``.

    >>> import minigrad as torch
    >>> class Scale(Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.factor = Parameter(torch.tensor(3.0))
    ...     def forward(self, x):
    ...         return self.factor * x
    >>> Scale()(torch.tensor(2.0))
    tensor(6., grad_fn=<MulBackward0>)
    """

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]
    _not_saved: set[str]
    _before: dict[int, tuple[Callable, bool]]
    _after: dict[int, tuple[Callable, bool]]
    forward: Callable[..., Any]

    def __init__(self) -> None:
        for name in ("_parameters", "_buffers", "_modules", "_before", "_after"):
            object.__setattr__(self, name, {})
        object.__setattr__(self, "_not_saved", set())
        object.__setattr__(self, "training", True)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        forward = getattr(self, "forward", None)
        if forward is None:
            raise errors.hinted(
                NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function'),
                "define forward(self, x): it says how the output is computed. Calling the module calls it.",
            )
        if call_observer is not None:
            with call_observer(self):
                return self._call_with_hooks(forward, args, kwargs)
        if not self._before and not self._after:
            return forward(*args, **kwargs)
        return self._call_with_hooks(forward, args, kwargs)

    def _call_with_hooks(self, forward: Callable, args: tuple, kwargs: dict) -> Any:
        for hook, with_kwargs in list(self._before.values()):
            if with_kwargs:
                changed = hook(self, args, kwargs)
                if changed is not None:
                    args, kwargs = changed
            else:
                changed = hook(self, args)
                if changed is not None:
                    args = changed if isinstance(changed, tuple) else (changed,)
        result = forward(*args, **kwargs)
        for hook, with_kwargs in list(self._after.values()):
            changed = hook(self, args, kwargs, result) if with_kwargs else hook(self, args, result)
            if changed is not None:
                result = changed
        return result

    def register_forward_hook(self, hook: Callable, *, with_kwargs: bool = False) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after each forward; what it returns, if not None, is the output."""
        return RemovableHandle(self._after, (hook, with_kwargs))

    def register_forward_pre_hook(self, hook: Callable, *, with_kwargs: bool = False) -> RemovableHandle:
        """Call ``hook(module, args)`` before each forward; what it returns, if not None, are the arguments."""
        return RemovableHandle(self._before, (hook, with_kwargs))

    # Its parts

    def __setattr__(self, name: str, value: Any) -> None:
        parts = self.__dict__
        for kind, types, word in (("_parameters", Parameter, "parameters"), ("_modules", Module, "module")):
            if isinstance(value, types):
                if kind not in parts:
                    raise errors.hinted(
                        AttributeError(f"cannot assign {word} before Module.__init__() call"),
                        "call super().__init__() in the first line of __init__.",
                    )
                self._forget(name)
                parts[kind][name] = value
                return
        for kind, what in (("_parameters", "parameter"), ("_modules", "child module"), ("_buffers", "buffer")):
            if name in parts.get(kind, ()):
                if value is not None and not (kind == "_buffers" and isinstance(value, Tensor)):
                    wanted = {
                        "_parameters": "torch.nn.Parameter",
                        "_modules": "torch.nn.Module",
                        "_buffers": "torch.Tensor",
                    }[kind]
                    raise errors.hinted(
                        TypeError(f"cannot assign '{_type_of(value)}' as {what} '{name}' ({wanted} or None expected)"),
                        "to give a parameter other values, write into it: with torch.no_grad(): p.copy_(values).",
                    )
                parts[kind][name] = value
                return
        object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        for kind in ("_parameters", "_buffers", "_modules"):
            parts = self.__dict__.get(kind)
            if parts is not None and name in parts:
                return parts[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name: str) -> None:
        if not self._forget(name):
            object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._parameters, *self._buffers, *self._modules})

    def _forget(self, name: str) -> bool:
        """Take a part of that name away, of whatever kind; whether there was one."""
        self._not_saved.discard(name)
        stores = (self.__dict__, self._parameters, self._buffers, self._modules)
        found = [store for store in stores if name in store]
        for store in found:
            del store[name]
        return bool(found)

    def _check_name(self, kind: str, name: str, known: Mapping[str, Any]) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {errors.type_name(name)}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain "."' + (f", got: {name}" if kind == "module" else ""))
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if hasattr(self, name) and name not in known:
            raise KeyError(f"attribute '{name}' already exists")

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter, or None for one this module could have but does not."""
        self._check_name("parameter", name, self._parameters)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{_type_of(param)}' object to parameter '{name}' (torch.nn.Parameter or None required)"
            )
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that belongs to the module's state but is not trained."""
        self._check_name("buffer", name, self._buffers)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{_type_of(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        self._buffers[name] = tensor
        (self._not_saved.discard if persistent else self._not_saved.add)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a module under a name."""
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{errors.type_name(module)} is not a Module subclass")
        self._check_name("module", name, self._modules)
        self._modules[name] = module

    register_module = add_module

    # Walking through them

    def named_modules(self, memo: set | None = None, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all within it, each once, with where they are: ``"encoder.0"``."""
        memo = set() if memo is None else memo
        if self not in memo:
            memo.add(self)
            yield prefix, self
            for name, module in self._modules.items():
                if module is not None:
                    yield from module.named_modules(memo, _joined(prefix, name))

    def modules(self) -> Iterator[Module]:
        """This module and all within it, each once."""
        for _, module in self.named_modules():
            yield module

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly within this one, each once, with their names."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Module]:
        """The modules directly within this one, each once."""
        for _, module in self.named_children():
            yield module

    def _named(self, kind: str, prefix: str, recurse: bool) -> Iterator[tuple[str, Any]]:
        seen = set()
        for place, module in self.named_modules(prefix=prefix) if recurse else [(prefix, self)]:
            for name, part in module.__dict__[kind].items():
                if part is not None and part not in seen:
                    seen.add(part)
                    yield _joined(place, name), part

    def named_parameters(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Parameter]]:
        """All parameters, each once, with where they are: ``"encoder.0.weight"``."""
        yield from self._named("_parameters", prefix, recurse)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """All parameters, each once: what an optimizer is given."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Tensor]]:
        """All buffers, each once, with where they are."""
        yield from self._named("_buffers", prefix, recurse)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """All buffers, each once."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def get_submodule(self, target: str) -> Module:
        """The module at ``"encoder.0"``.

        Raises AttributeError where there is none.
        """
        module = self
        for name in target.split(".") if target else ():
            module = _attribute(module, name, Module)
        return module

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at ``"encoder.0.weight"``.

        Raises AttributeError where there is none.
        """
        place, _, name = target.rpartition(".")
        return _attribute(self.get_submodule(place), name, Parameter)

    def apply(self: M, fn: Callable[[Module], Any]) -> M:
        """Call ``fn`` with every module within this one, then with this one: to initialise weights, say."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    # Its state

    def state_dict(self, *, prefix: str = "", keep_vars: bool = False) -> OrderedDict[str, Tensor]:
        """All parameters and buffers by where they are, detached, sharing memory."""
        state: OrderedDict[str, Tensor] = OrderedDict()
        self._save_to(state, prefix, keep_vars)
        return state

    def _save_to(self, state: OrderedDict[str, Tensor], prefix: str, keep_vars: bool) -> None:
        for name, part in self._own_state():
            state[prefix + name] = part if keep_vars else part.detach()
        for name, module in self._modules.items():
            if module is not None:
                module._save_to(state, prefix + name + ".", keep_vars)

    def _own_state(self) -> list[tuple[str, Tensor]]:
        saved = [(n, b) for n, b in self._buffers.items() if n not in self._not_saved]
        return [(n, part) for n, part in [*self._parameters.items(), *saved] if part is not None]

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> _Keys:
        """Copy the values of a ``state_dict`` into the parameters and buffers.

        Raises RuntimeError for shapes that differ and, where ``strict``, for names that are missing or too many.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        own: OrderedDict[str, Tensor] = OrderedDict()
        self._save_to(own, "", True)
        missing = [name for name in own if name not in state_dict]
        unexpected = [name for name in state_dict if name not in own]
        messages = []
        if strict and missing:
            messages.append(f"Missing key(s) in state_dict: {', '.join(map(_quoted, missing))}. ")
        if strict and unexpected:
            messages.append(f"Unexpected key(s) in state_dict: {', '.join(map(_quoted, unexpected))}. ")
        for name, part in own.items():
            value = state_dict.get(name)
            if name not in state_dict:
                continue
            if not isinstance(value, Tensor):
                messages.append(
                    f'While copying the parameter named "{name}", expected torch.Tensor or Tensor-like object from '
                    f"checkpoint but received {type(value)}"
                )
            elif value._array.shape != part._array.shape:
                messages.append(
                    f"size mismatch for {name}: copying a param with shape {value.shape} from checkpoint, the shape "
                    f"in current model is {part.shape}."
                )
            else:
                with no_grad():
                    part.copy_(value)
        if messages:
            raise errors.hinted(
                RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(messages)),
                "the state was saved from a model with other parts. Build the model as it was when it was saved.",
            )
        return _Keys(missing, unexpected)

    def _convert(self: M, convert: Callable[[np.ndarray], np.ndarray]) -> M:
        """Every parameter, its gradient and every buffer, in another dtype."""
        for module in self.modules():
            for part in (*module._parameters.values(), *module._buffers.values()):
                if part is not None:
                    part._array = convert(part._array)
                    if part._grad is not None:
                        part._grad = wrap(convert(part._grad._array))
        return self

    def to(self: M, *args: Any, **kwargs: Any) -> M:
        """Every floating point parameter and buffer in another dtype. A device has to be the CPU.

        Raises TypeError for a dtype that is no floating point, RuntimeError for another device.
        """
        wanted = None
        for given in (*args, *kwargs.values()):
            if isinstance(given, dtypes.dtype | type):
                if not isinstance(given, dtypes.dtype) or not given.is_floating_point:
                    raise TypeError(
                        f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={given}"
                    )
                wanted = given.numpy
            elif isinstance(given, Tensor):
                wanted = given._array.dtype
            elif isinstance(given, str) or hasattr(given, "type"):
                name = str(given)
                if not name.startswith("cpu"):
                    raise RuntimeError(
                        f"torch.{name.partition(':')[0]}: this kit runs on the CPU; leave out .to({name!r})"
                    )
        if wanted is None:
            return self
        return self._convert(lambda a: a.astype(wanted) if a.dtype.kind == "f" else a)

    def float(self: M) -> M:
        """Every floating point parameter and buffer as float32."""
        return self.to(dtypes.float32)

    def double(self: M) -> M:
        """Every floating point parameter and buffer as float64."""
        return self.to(dtypes.float64)

    def half(self: M) -> M:
        """Every floating point parameter and buffer as float16."""
        return self.to(dtypes.float16)

    def cpu(self: M) -> M:
        """The module itself: it is on the CPU."""
        return self

    def cuda(self: M, device: Any = None) -> M:
        """Raise RuntimeError: there is only the CPU."""
        raise RuntimeError("torch.cuda: this kit runs on the CPU; leave out .cuda()")

    def train(self: M, mode: bool = True) -> M:
        """Tell this module and all within it that they are being trained: Dropout drops."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self: M) -> M:
        """Tell this module and all within it that they are being used: Dropout passes everything on."""
        return self.train(False)

    def requires_grad_(self: M, requires_grad: bool = True) -> M:
        """Say of every parameter whether it is to get a gradient: to freeze a part of a model."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or fill them with zeros."""
        for parameter in self.parameters():
            if parameter._grad is not None:
                if set_to_none:
                    parameter.grad = None
                else:
                    parameter._grad = parameter._grad.detach().zero_()

    # How it prints

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """What stands between the parentheses."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        parts = [f"({name}): {_indented(repr(module))}" for name, module in self._modules.items()]
        return self._shown(lines, parts)

    def _shown(self, lines: list[str], parts: list[str]) -> str:
        if len(lines) == 1 and not parts:
            return f"{self._get_name()}({lines[0]})"
        if not lines and not parts:
            return f"{self._get_name()}()"
        return f"{self._get_name()}(\n  " + "\n  ".join(lines + parts) + "\n)"


def _joined(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def _quoted(name: str) -> str:
    return f'"{name}"'


def _indented(text: str) -> str:
    return text.replace("\n", "\n  ")


def _type_of(value: Any) -> str:
    return described(value) if isinstance(value, Tensor) else errors.type_name(value)


def _attribute(module: Module, name: str, kind: type) -> Any:
    """What a module has under a name. Raises AttributeError where it has nothing, or nothing of that kind."""
    if not hasattr(module, name):
        raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
    found = getattr(module, name)
    if not isinstance(found, kind):
        raise AttributeError(f"`{name}` is not an nn.{kind.__name__}")
    return found
