"""Saving and loading state: a zip archive of plain NumPy arrays and one JSON text. No code is stored, none is run.

``structure.json`` holds the object, with a number for each tensor; tensor 3 is the array ``3.npy``.
"""

from __future__ import annotations

import json
import math
import os
import pickle
import zipfile
from collections import OrderedDict, defaultdict
from typing import IO, Any

import numpy as np

from . import dtypes
from .dtypes import Size
from .errors import hinted
from .tensor import Tensor, wrap

File = str | os.PathLike | IO[bytes]
_STRUCTURE = "structure.json"
_FORMAT = "minigrad 1"
_DICTS: dict[type, str] = {dict: "dict", OrderedDict: "ordered", defaultdict: "dict"}
_LISTS: dict[type, str] = {list: "list", tuple: "tuple", set: "set", Size: "size"}
_EMPTY = {"dict": dict, "ordered": OrderedDict, "list": list, "tuple": tuple, "set": set, "size": Size}


def save(obj: Any, f: File) -> None:
    """Write tensors, numbers, texts, and dicts, lists, tuples and sets of them to a file (``torch.save``).

    ``f`` is a path or a binary file open for writing. Raises TypeError for anything else in ``obj``: what is saved of
    a model or an optimizer is its ``state_dict()``.
    """
    if not isinstance(f, str | os.PathLike) and not hasattr(f, "write"):
        raise AttributeError("expected 'f' to be string, path, or a file-like object with a 'write' attribute")
    tensors: dict[int, tuple[int, Tensor]] = {}
    structure = {"format": _FORMAT, "object": _plain(obj, tensors)}
    with zipfile.ZipFile(f, "w") as archive:
        archive.writestr(_STRUCTURE, json.dumps(structure))
        for number, tensor in tensors.values():
            with archive.open(f"{number}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, tensor._array, allow_pickle=False)


def load(f: File, map_location: Any = None, *, weights_only: bool | None = None) -> Any:
    """Read what ``save`` wrote (``torch.load``).

    Tensors are on the CPU wherever ``map_location`` points, and nothing but data is ever read, as if ``weights_only``
    were always set. Raises pickle.UnpicklingError for any other file, among them those that PyTorch wrote.

    >>> import io, minigrad
    >>> file = io.BytesIO()
    >>> save({"weights": minigrad.ones(2), "epoch": 3}, file)
    >>> load(file)
    {'weights': tensor([1., 1.]), 'epoch': 3}
    """
    if not isinstance(f, str | os.PathLike):
        if not hasattr(f, "seek"):
            raise AttributeError(
                f"'{type(f).__name__}' object has no attribute 'seek'. You can only torch.load from a file that is "
                "seekable. Please pre-load the data into a buffer like io.BytesIO and try to load from it instead."
            )
        f.seek(0)
    try:
        with zipfile.ZipFile(f) as archive:
            names = archive.namelist()
            if _STRUCTURE not in names:
                raise _foreign("it is an archive, but not one of ours")
            structure = json.loads(archive.read(_STRUCTURE))
            if structure.get("format") != _FORMAT:
                raise _foreign(f"its format is {structure.get('format')!r}, this kit reads {_FORMAT!r}")
            arrays = {}
            for name in names:
                if name != _STRUCTURE:
                    with archive.open(name) as member:
                        arrays[int(name.removesuffix(".npy"))] = np.lib.format.read_array(member, allow_pickle=False)
            return _restored(structure["object"], arrays, {})
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError) as error:
        raise _foreign(f"it could not be read: {error}") from None


def _foreign(why: str) -> pickle.UnpicklingError:
    return hinted(
        pickle.UnpicklingError(f"Weights only load failed. This file was not written by save() of this kit: {why}."),
        "files that PyTorch wrote hold pickled Python code, which is not read here. In PyTorch, write the arrays: "
        "numpy.savez('weights.npz', **{k: v.numpy() for k, v in model.state_dict().items()}), and read them with "
        "numpy.load and torch.from_numpy.",
    )


def _plain(value: Any, tensors: dict[int, tuple[int, Tensor]]) -> Any:
    """A value as JSON holds it: itself, or a dict with one key that says what it is."""
    kind = type(value)
    if isinstance(value, Tensor):
        number, _ = tensors.setdefault(id(value), (len(tensors), value))
        described = {"tensor": number, "requires_grad": value.requires_grad}
        return described if kind is Tensor else described | {"parameter": True}
    if value is None or kind in (bool, int, str):
        return value
    if kind is float:
        return value if math.isfinite(value) else {"float": str(value)}
    if kind in _DICTS:
        return {_DICTS[kind]: [[_plain(k, tensors), _plain(v, tensors)] for k, v in value.items()]}
    if kind in _LISTS:
        return {_LISTS[kind]: [_plain(part, tensors) for part in value]}
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        return _plain(value.item(), tensors)
    if kind is dtypes.dtype:
        return {"dtype": value.name}
    raise hinted(
        TypeError(f"save(): cannot save an object of type {kind.__module__}.{kind.__qualname__}"),
        "a file holds data and no code: of a model or an optimizer save its state_dict(), and load it into one that "
        "is made anew: model.load_state_dict(torch.load(file)).",
    )


def _restored(plain: Any, arrays: dict[int, np.ndarray], made: dict[int, Tensor]) -> Any:
    """The value that ``_plain`` described."""
    if not isinstance(plain, dict):
        return plain
    if "tensor" in plain:
        number = plain["tensor"]
        if number not in made:
            dtypes.of(arrays[number])
            made[number] = _tensor(arrays[number], plain)
        return made[number]
    ((kind, content),) = plain.items()
    if kind == "float":
        return float(content)
    if kind == "dtype":
        return dtypes.of(np.empty(0, content))
    parts = [_restored(part, arrays, made) if kind not in ("dict", "ordered") else part for part in content]
    if kind in ("dict", "ordered"):
        return _EMPTY[kind]((_restored(k, arrays, made), _restored(v, arrays, made)) for k, v in parts)
    return _EMPTY[kind](parts)


def _tensor(array: np.ndarray, described: dict) -> Tensor:
    if described.get("parameter"):
        from .nn import Parameter

        return Parameter(wrap(array), requires_grad=described["requires_grad"])
    tensor = wrap(array)
    tensor._requires_grad = described["requires_grad"]
    return tensor
