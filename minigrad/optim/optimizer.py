"""What all optimizers share: parameter groups, state, and the loop over the parameters that have a gradient."""

from __future__ import annotations

import copy
import functools
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from ..errors import hinted, type_name
from ..grad_mode import enable_grad, no_grad
from ..tensor import Tensor

Params = Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]]


class Optimizer:
    """Changes parameters by their gradients (``torch.optim.Optimizer``): the base of all optimizers.

    ``params`` are tensors, (name, tensor) pairs, or dicts with the key "params" and options of their own; ``defaults``
    holds the options of all others. Subclasses say what a step does to one parameter, or override ``step``.

    Raises TypeError for what is no tensor, ValueError for computed tensors, for none, and for one in two groups.
    """

    # Whether step() ran since a scheduler was attached.
    _opt_called = False

    def __init__(self, params: Params, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise hinted(
                TypeError(
                    "params argument given to the optimizer should be an iterable of Tensors or dicts, but got torch."
                    + params.dtype.type_name
                ),
                f"put it in a list: {type(self).__name__}([weights], lr=0.1).",
            )
        if defaults.get("differentiable"):
            raise hinted(
                NotImplementedError("differentiable=True is not supported"),
                "to differentiate through an update, write it out: new = w - lr * torch.autograd.grad(loss, w, "
                "create_graph=True)[0].",
            )
        self.defaults = defaults
        self.state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups: list[Any] = list(params)
        if not groups:
            raise hinted(
                ValueError("optimizer got an empty parameter list"),
                "an iterator such as model.parameters() is used up when something has gone through it: ask for it "
                "again, or keep list(model.parameters()).",
            )
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def __init_subclass__(cls) -> None:
        if "step" in vars(cls):
            cls.step = _noted(cls.step)  # type: ignore[method-assign]

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Take a group of parameters in, with options of its own (``torch.optim.Optimizer.add_param_group``)."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        given = param_group["params"]
        if isinstance(given, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in "
                "sets will change between runs. Please use a list instead."
            )
        params = [given] if isinstance(given, Tensor) else list(given)
        names = [p[0] for p in params if isinstance(p, tuple)]
        params = [p[1] if isinstance(p, tuple) else p for p in params]
        if names and len(names) < len(params):
            raise ValueError("all optimizer params should be with/without names. Some param names are missing")
        param_group["params"] = params
        if names:
            param_group["param_names"] = names
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type_name(p)}")
            if not (p.is_leaf or getattr(p, "retains_grad", False)):
                raise hinted(
                    ValueError("can't optimize a non-leaf Tensor"),
                    "this tensor was computed from others and gets no grad; give the optimizer the tensors you made.",
                )
        for name, default in self.defaults.items():
            param_group.setdefault(name, default)
        if len(set(params)) < len(params):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; "
                "see github.com/pytorch/pytorch/issues/40967 for more information",
                stacklevel=3,
            )
        for group in self.param_groups:
            if ("param_names" in param_group) != ("param_names" in group):
                raise ValueError(
                    "all optimizer param groups should be with/without names. cannot add param group "
                    f"{'with' if names else 'without'} names to the optimizer"
                )
            if not set(params).isdisjoint(group["params"]):
                raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(param_group)

    @no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient.

        ``closure`` computes the loss anew, which is returned.
        """
        self._opt_called = True
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for group in self.param_groups:
            sign = -1 if group.get("maximize") else 1
            for p in group["params"]:
                if p._grad is not None:
                    gradient = p._grad._array
                    self._update(p, gradient if sign == 1 else -gradient, self.state[p], group)
                    p._counter[0] += 1
        return loss

    def _update(self, param: Tensor, g: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Change the array of one parameter by its gradient ``g``, an array that is not to be written to."""
        raise NotImplementedError

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients: None, as in PyTorch, or zeros with ``set_to_none=False``."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p._grad = None
                elif p._grad is not None:
                    p._grad = p._grad.detach() if p._grad.requires_grad else p._grad
                    p._grad.zero_()

    def state_dict(self) -> dict[str, Any]:
        """The state and the options, with numbers in place of the parameters: what to save of an optimizer."""
        numbers: dict[int, int] = {}
        for group in self.param_groups:
            for p in group["params"]:
                numbers.setdefault(id(p), len(numbers))
        groups = [
            {name: option for name, option in group.items() if name != "params"}
            | {"params": [numbers[id(p)] for p in group["params"]]}
            for group in self.param_groups
        ]
        state = {numbers[id(p)] if isinstance(p, Tensor) else p: kept for p, kept in self.state.items() if kept}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what ``state_dict`` gave, sharing its tensors as PyTorch does.

        Raises ValueError where the groups or the numbers of their parameters do not match.
        """
        saved = copy.deepcopy(state_dict["param_groups"])
        if len(saved) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(new["params"]) != len(old["params"]) for new, old in zip(saved, self.param_groups, strict=True)):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
            )
        by_number: dict[Any, Tensor] = {}
        for new, old in zip(saved, self.param_groups, strict=True):
            by_number.update(zip(new["params"], old["params"], strict=True))
            new["params"] = old["params"]
            if "param_names" in old:
                new.setdefault("param_names", old["param_names"])
        self.state = defaultdict(dict)
        for key, kept in state_dict["state"].items():
            owner = by_number.get(key, key)
            self.state[owner] = {name: _loaded(owner, name, value) for name, value in kept.items()}
        self.param_groups = saved

    def __repr__(self) -> str:
        text = type(self).__name__ + " ("
        for i, group in enumerate(self.param_groups):
            text += f"\nParameter Group {i}\n"
            text += "".join(f"    {name}: {group[name]}\n" for name in sorted(group) if name != "params")
        return text + ")"


def number(value: Any) -> Any:
    """A learning rate as a Python number, which does not change the dtype of what it is multiplied with."""
    return value.item() if isinstance(value, Tensor) else value


def refuse_below_zero(**options: Any) -> None:
    """Raise ValueError for the first option below zero, in PyTorch's words."""
    words = {"lr": "learning rate", "eps": "epsilon value"}
    for name, value in options.items():
        if isinstance(value, Tensor) and value.numel() != 1:
            raise ValueError(f"Tensor {name} must be 1-element")
        if not value >= 0.0:
            raise ValueError(f"Invalid {words.get(name, name + ' value')}: {number(value)}")


def _loaded(owner: Any, name: str, value: Any) -> Any:
    """A piece of state, in the dtype of its parameter unless it is the count of steps."""
    if not isinstance(value, Tensor):
        return copy.deepcopy(value)
    return value if name == "step" or not isinstance(owner, Tensor) else value.to(owner.dtype)


def _noted(step: Callable) -> Callable:
    """A subclass's ``step`` that, like the one of Optimizer, tells schedulers that it ran."""

    @functools.wraps(step)
    def noted(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        self._opt_called = True
        return step(self, *args, **kwargs)

    return noted
