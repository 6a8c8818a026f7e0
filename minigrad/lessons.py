"""PyTorch lessons, unchanged: ``import torch`` finds minigrad, and what is outside the kit says so.

``python -m minigrad`` runs scripts and notebooks this way.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

_CPU = "this kit runs on the CPU; leave the device out, or choose it by torch.cuda.is_available(), which is False here."
_NO_CONVOLUTIONS = (
    "no convolutions: this kit is about differentiation, and small is a feature. Flatten the images and use nn.Linear, "
    "or run this lesson with PyTorch."
)
_NO_RECURRENCE = (
    "no ready-made recurrent or attention layers: write the step with nn.Linear and a loop, or use PyTorch."
)
_NO_COMPILER = "nothing is compiled here: call the function or the model itself, the result is the same."
_ONE_PROCESS = "one process and one machine: leave it out, the rest of the lesson does not need it."
_CPU_DTYPES = "no such dtype: use float32, or float16, float64."

# What PyTorch has, this kit has not, and what to do instead; by the module and the beginning of the name.
_OUTSIDE: dict[str, dict[str, str]] = {
    "torch": {
        **dict.fromkeys(("compile", "jit", "compiler", "export", "fx", "onnx", "package", "_dynamo"), _NO_COMPILER),
        **dict.fromkeys(("distributed", "multiprocessing"), _ONE_PROCESS),
        **dict.fromkeys(("amp", "autocast", "get_autocast"), "no mixed precision: leave it out, or use x.half()."),
        **dict.fromkeys(("bfloat16", "complex", "cfloat", "cdouble", "float8", "quint", "qint"), _CPU_DTYPES),
        **dict.fromkeys(("conv", "max_pool", "avg_pool"), _NO_CONVOLUTIONS),
        **dict.fromkeys(("quantization", "quantize", "ao"), "no quantization: leave it out, or use PyTorch."),
        **dict.fromkeys(("fft", "stft", "istft"), "no Fourier transforms: compute them with NumPy, or use PyTorch."),
        **dict.fromkeys(("sparse", "to_sparse"), "no sparse tensors: use dense ones."),
        **dict.fromkeys(("hub", "profiler"), "not part of this kit: leave it out, or use PyTorch."),
    },
    "torch.nn": {
        **dict.fromkeys(("Conv", "MaxPool", "AvgPool", "AdaptiveAvgPool", "AdaptiveMaxPool"), _NO_CONVOLUTIONS),
        **dict.fromkeys(("BatchNorm", "InstanceNorm", "GroupNorm"), "no such normalization: nn.LayerNorm is here."),
        **dict.fromkeys(("RNN", "LSTM", "GRU", "Transformer", "MultiheadAttention"), _NO_RECURRENCE),
        **dict.fromkeys(("DataParallel", "parallel"), _ONE_PROCESS),
    },
    "torch.nn.functional": {
        **dict.fromkeys(("conv", "max_pool", "avg_pool", "adaptive_", "unfold", "fold"), _NO_CONVOLUTIONS),
        **dict.fromkeys(("batch_norm", "instance_norm", "group_norm"), "no such normalization: layer_norm is here."),
        "scaled_dot_product_attention": "write it out: softmax(q @ k.transpose(-2, -1) / math.sqrt(d), -1) @ v.",
    },
    "torch.optim": dict.fromkeys(
        ("LBFGS", "Ada", "NAdam", "RAdam", "ASGD", "Rprop", "SparseAdam", "Muon", "swa_utils"),
        "not one of the optimizers of this kit: SGD, Adam, AdamW and RMSprop are here.",
    ),
    "torch.optim.lr_scheduler": dict.fromkeys(
        ("Multi", "Constant", "Linear", "Sequential", "Polynomial", "Cosine", "Chained", "Reduce", "Cyclic", "One"),
        "not one of the schedulers of this kit: StepLR, ExponentialLR and LambdaLR, which takes any formula, are here.",
    ),
    "torch.utils": {"tensorboard": "no TensorBoard: print the numbers, or plot them with Matplotlib."},
}
_BESIDE = {"torchvision", "torchaudio", "torchtext"}


def outside(module: str) -> Callable[[str], Any]:
    """The ``__getattr__`` of one of our modules, by PyTorch's name: AttributeError that says what to do instead.

    >>> outside("torch.nn")("Conv2d")
    Traceback (most recent call last):
        ...
    AttributeError: torch.nn.Conv2d: no convolutions: this kit is about differentiation, and small is a feature. \
Flatten the images and use nn.Linear, or run this lesson with PyTorch.
    """

    def __getattr__(name: str) -> Any:
        if module == "torch" and name in _DEVICES:
            return _DEVICES[name]
        advice = _advice(module, name)
        if advice is None:
            raise AttributeError(f"module '{module}' has no attribute '{name}'")
        raise AttributeError(f"{module}.{name}: {advice}")

    return __getattr__


def _advice(module: str, name: str) -> str | None:
    found = _OUTSIDE.get(module, {})
    return next((advice for start, advice in found.items() if name.startswith(start)), None)


class _Device(ModuleType):
    """A device that is not there (``torch.cuda``): its questions have answers, all else says what to do."""

    def __init__(self, name: str) -> None:
        super().__init__(f"torch.{name}")
        self.is_available = lambda: False
        self.is_initialized = lambda: False
        self.is_built = lambda: False
        self.device_count = lambda: 0
        # What PyTorch, too, ignores without a device.
        self.manual_seed = self.manual_seed_all = lambda seed: None
        self.empty_cache = lambda: None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(f"{self.__name__}.{name}: {_CPU}")


_DEVICES = {name: _Device(name) for name in ("cuda", "mps", "xpu", "accelerator", "backends")}
vars(_DEVICES["backends"]).update({name: _Device(f"backends.{name}") for name in ("cuda", "cudnn", "mps")})


class as_torch:
    """From here on ``import torch`` and imports of its parts find minigrad: a PyTorch lesson runs unchanged.

    Call it once, or use it in a ``with`` block; ``restore()`` and the end of the block undo it. Raises RuntimeError
    where PyTorch itself is imported already.

    .. code-block:: python

        with minigrad.as_torch():
            import torch
            from torch.utils.data import DataLoader
        assert torch is minigrad
    """

    def __init__(self) -> None:
        there = sys.modules.get("torch")
        if there is not None and there is not sys.modules[__package__]:
            raise RuntimeError(
                "as_torch(): PyTorch itself is already imported here. Restart Python (in a notebook: the kernel) and "
                "call minigrad.as_torch() before the first import of torch."
            )
        self._finder = _Finder()
        sys.meta_path.insert(0, self._finder)

    def restore(self) -> None:
        """Let ``import torch`` find PyTorch again."""
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
            for name in [name for name in sys.modules if name.split(".")[0] == "torch"]:
                del sys.modules[name]

    def __enter__(self) -> ModuleType:
        return sys.modules[__package__]

    def __exit__(self, *exception: object) -> None:
        self.restore()


class _Finder:
    """Answers ``import torch.x`` with the module ``minigrad.x`` itself, not with a second copy of it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        top, _, rest = fullname.partition(".")
        if top in _BESIDE:
            raise ModuleNotFoundError(
                f"{fullname} builds on PyTorch itself and cannot be used with this kit: bring the data as NumPy "
                "arrays, torch.from_numpy(array).",
                name=fullname,
            )
        parent, _, name = fullname.rpartition(".")
        if top == __package__:
            # How `from torch.nn import Conv2d` asks for what is no attribute of ours.
            advice = _advice(parent.replace(top, "torch", 1), name)
            if advice is not None:
                raise ImportError(f"{fullname.replace(top, 'torch', 1)}: {advice}", name=fullname)
        if top != "torch":
            return None
        if rest.split(".")[0] in _DEVICES or find_spec(_ours(fullname)) is not None:
            return ModuleSpec(fullname, self, is_package=True)  # type: ignore[arg-type]
        advice = _advice(parent, name) or "not part of this kit. Leave it out, or run this lesson with PyTorch."
        raise ModuleNotFoundError(f"{fullname}: {advice}", name=fullname)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        top, *rest = spec.name.split(".")[1:] or [""]
        if top not in _DEVICES:
            module = importlib.import_module(_ours(spec.name))
            self._own = module.__spec__
            return module
        found: Any = _DEVICES[top]
        for name in rest:
            found = getattr(found, name)
        self._own = None
        return found

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._own  # Importing has set it to the alias.


def _ours(name: str) -> str:
    """Our name of a module of PyTorch."""
    assert __package__
    return __package__ + name.removeprefix("torch")
