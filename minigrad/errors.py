"""The errors learners meet: PyTorch's exception type and words, and a hint of ours as an exception note.

The words are PyTorch's so that a search finds the answers of the last ten years; the note says what to do now.
"""

from __future__ import annotations

import os
import sys
import textwrap
from types import FrameType
from typing import TypeVar

E = TypeVar("E", bound=Exception)

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


def hinted(error: E, hint: str, lab: str = "") -> E:
    """The error with ``hint`` attached as an exception note, to be raised; ``lab`` names the one that explains it.

    IPython and pytest are asked to fold the frames of this package away: a learner's traceback then shows their own
    line and the message. Python's own traceback shows all of it.
    """
    shown = f" Lab {lab}, shows why." if lab else ""
    error.add_note(textwrap.fill(f"Hint: {hint}{shown}", 100))
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame.f_locals["__tracebackhide__"] = True
        frame = frame.f_back
    return error


def learners_level() -> int:
    """The ``stacklevel`` with which a warning names the learner's line, however deep in this package it arises."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    return level


def type_name(value: object) -> str:
    """The type of a value as PyTorch's errors spell it: ``list``, ``numpy.ndarray``."""
    module, name = type(value).__module__, type(value).__name__
    return f"numpy.{name}" if module == "numpy" else name


def not_a_tensor(function: str, argument: str, position: int, value: object) -> TypeError:
    return hinted(
        TypeError(f"{function}(): argument '{argument}' (position {position}) must be Tensor, not {type_name(value)}"),
        "make a tensor of it first: torch.tensor(...).",
    )


def second_backward() -> RuntimeError:
    return hinted(
        RuntimeError(
            "Trying to backward through the graph a second time (or directly access saved tensors after they have "
            "already been freed). Saved intermediate values of the graph are freed when you call .backward() or "
            "autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or if "
            "you need to access saved tensors after calling backward."
        ),
        "backward() already ran through this graph once and freed what it had saved. Compute the result again to get "
        "a new graph (a training loop does this in every round), or keep this one: backward(retain_graph=True).",
        lab="09, saved tensors",
    )


def negation_of_mask() -> RuntimeError:
    return hinted(
        RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use "
            "the `~` or `logical_not()` operator instead."
        ),
        "True and False are no numbers here: write ~mask.",
    )


def subtraction_of_masks() -> RuntimeError:
    return hinted(
        RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
            "operator instead."
        ),
        "True and False are no numbers here: where the masks differ is a != b.",
    )


def subtraction_of_a_mask() -> RuntimeError:
    return hinted(
        RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, "
            "use the `~` or `logical_not()` operator instead."
        ),
        "True and False are no numbers here: write ~mask.",
    )


def no_such_device(device: str) -> Exception:
    if device.partition(":")[0] != "cuda":
        return RuntimeError(
            "Expected one of cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, "
            f"vulkan, mps, meta, hpu, mtia, privateuseone device type at start of device string: {device}"
        )
    return hinted(
        AssertionError("Torch not compiled with CUDA enabled"),
        'this kit runs on the CPU: device = "cuda" if torch.cuda.is_available() else "cpu" chooses what is there.',
    )


def array_on_the_left(symbol: str) -> TypeError:
    return hinted(
        TypeError(f"unsupported operand type(s) for {symbol}: 'numpy.ndarray' and 'Tensor'"),
        "what NumPy computes is not recorded. Make a tensor of the array first: torch.tensor(array).",
    )


def not_scalar() -> RuntimeError:
    return hinted(
        RuntimeError("grad can be implicitly created only for scalar outputs"),
        "a result with several elements has no single gradient. Reduce it first, y.sum().backward(), or weight its "
        "elements: y.backward(v), with v of the same shape as y, computes the vector-Jacobian product of v and J.",
        lab="04, vector-Jacobian products",
    )


def no_graph(index: int) -> RuntimeError:
    return hinted(
        RuntimeError(f"element {index} of tensors does not require grad and does not have a grad_fn"),
        "nothing was recorded, so there is nothing to go back through. Was a tensor it was computed from made with "
        "requires_grad=True? Was it computed inside no_grad(), from .detach() or .data, or rebuilt by torch.tensor()?",
        lab="06, stop tracking",
    )


def gradient_shape(index: int, given: tuple, wanted: tuple) -> RuntimeError:
    return hinted(
        RuntimeError(
            f"Mismatch in shape: grad_output[{index}] has a shape of torch.Size({list(given)}) and "
            f"output[{index}] has a shape of torch.Size({list(wanted)})."
        ),
        "backward(v) weights each element of the result, so v needs exactly the shape of the result.",
        lab="04, vector-Jacobian products",
    )


def leaf_in_place(view: bool = False) -> RuntimeError:
    what = "a view of a leaf" if view else "a leaf"
    return hinted(
        RuntimeError(f"{what} Variable that requires grad is being used in an in-place operation."),
        "the graph would lose the value its gradient belongs to. To update a weight, do it where nothing is recorded: "
        "with torch.no_grad(): w -= lr * w.grad. To compute with it, make a new tensor: w = w + 1.",
        lab="09, saved tensors",
    )


def view_detached() -> RuntimeError:
    return hinted(
        RuntimeError(
            "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for "
            "training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence "
            "detach_() cannot be called on these gradients. To fix this error, please refer to the "
            "Optimizer.zero_grad() function in torch/optim/optimizer.py as the solution."
        ),
        "a view shares the memory of another tensor, and follows its history. Write v = v.detach().",
        lab="06, stop tracking",
    )


def untracked_view(made: str, output: str, indirectly: bool) -> RuntimeError:
    """For a view of which nobody can tell whether to track a write.

    ``made`` says by what: "no_grad", "function" or "several"; ``output`` which output of which operation it is.
    """
    done = "its base or another view of its base has been modified" if indirectly else "is being modified"
    if made == "no_grad" or not output:
        view = f"Output {output} is a view of a view which was created in" if output else "A view was created in"
        words = f"{view} no_grad mode and {done} inplace with grad mode enabled."
    else:
        words = f"Output {output} is a view and {done} inplace."
    more, hint = {
        "no_grad": (
            "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by "
            "moving both the view and the inplace either both inside the no_grad block (if you don't want the inplace "
            "to be tracked) or both outside (if you want the inplace to be tracked).",
            "take the view where you write through it: both inside torch.no_grad(), or both outside.",
        ),
        "function": (
            "This view was created inside a custom Function (or because an input was returned as-is) and the autograd "
            "logic to handle view+inplace would override the custom backward associated with the custom Function, "
            "leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning the output of the "
            "custom Function.",
            "return x.clone() from forward, or write y = y + 1 instead of y += 1.",
        ),
        "several": (
            "This view is the output of a function that returns multiple views. Such functions do not allow the output "
            "views to be modified inplace. You should replace the inplace operation by an out-of-place one.",
            "parts taken by a loop, by a, b = x or by split() cannot be written to. Write through x[i] instead.",
        ),
    }[made]
    return hinted(RuntimeError(f"{words} {more}"), hint)


def overlapping() -> RuntimeError:
    return hinted(
        RuntimeError(
            "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single "
            "memory location. Please clone() the tensor before performing the operation."
        ),
        "what is read and what is overwritten are views of one tensor; x[1:] += x[:-1].clone() reads the old values.",
    )


def modified(
    type_name: str, shape: tuple, output: str, version: int, expected: int, line_found: bool = False
) -> RuntimeError:
    find = (
        "the backtrace further above shows the operation that failed to compute its gradient. The variable in question "
        "was changed in there or anywhere later. Good luck!"
        if line_found
        else "enable anomaly detection to find the operation that failed to compute its gradient, with "
        "torch.autograd.set_detect_anomaly(True, check_nan=False)."
    )
    return hinted(
        RuntimeError(
            "one of the variables needed for gradient computation has been modified by an inplace operation: "
            f"[{type_name} {list(shape)}]{output} is at version {version}; expected version {expected} instead. "
            f"Hint: {find}"
        ),
        "an operation saved this tensor for its gradient, and the tensor was overwritten before backward() came. "
        "Write y = y + 1 instead of y += 1, or y.clone() before changing it.",
        lab="09, saved tensors",
    )


def dtype_without_gradient(words: str) -> RuntimeError:
    return hinted(
        RuntimeError(words),
        "a gradient says what a tiny change would do, and integers cannot change by a little. Use floating point: "
        "torch.tensor([1., 2.], requires_grad=True), or x.float().",
    )


def not_a_leaf_flag(value: bool) -> RuntimeError:
    words = "you can only change requires_grad flags of leaf variables."
    if not value:
        words += (
            " If you want to use a computed variable in a subgraph that doesn't require differentiation use "
            "var_no_grad = var.detach()."
        )
    return hinted(
        RuntimeError(words),
        "this tensor was computed by an operation, and its history decides. y.detach() is the same values without it.",
        lab="06, stop tracking",
    )


def numpy_of_tracked() -> RuntimeError:
    return hinted(
        RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."),
        "what NumPy does is not recorded, so the gradient would silently be lost there.",
        lab="06, stop tracking",
    )


def cannot_broadcast(a: tuple, b: tuple) -> RuntimeError:
    for back in range(1, min(len(a), len(b)) + 1):
        if a[-back] != b[-back] and 1 not in (a[-back], b[-back]):
            dim = max(len(a), len(b)) - back
            break
    return hinted(
        RuntimeError(
            f"The size of tensor a ({a[-back]}) must match the size of tensor b ({b[-back]}) at non-singleton "
            f"dimension {dim}"
        ),
        f"shapes {list(a)} and {list(b)} are matched from the right; where they differ, one of the two must be 1.",
    )


# The gradient of a tensor

GRAD_OF_A_COMPUTED_TENSOR = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute "
    "won't be populated during autograd.backward(). If you indeed want the .grad field to be populated "
    "for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor "
    "by mistake, make sure you access the leaf Tensor instead. See "
    "github.com/pytorch/pytorch/pull/30531 for more information."
)


def grad_of_another_type(value: object) -> TypeError:
    """What is no Tensor was assigned to ``grad``."""
    return TypeError(f"assigned grad expected to be a Tensor or None but got grad of type {type_name(value)}")


def grad_of_another_shape(given: tuple[int, ...], wanted: tuple[int, ...]) -> RuntimeError:
    """A tensor of another shape was assigned to ``grad``."""
    return RuntimeError(
        f"attempting to assign a gradient of size '{list(given)}' to a tensor of size "
        f"'{list(wanted)}'. Please ensure that the gradient and the tensor are the same size"
    )


def grad_of_another_dtype(given: str, wanted: str) -> RuntimeError:
    """A tensor of another dtype was assigned to ``grad``."""
    return RuntimeError(
        f"attempting to assign a gradient with dtype '{given}' to a tensor with "
        f"grad_dtype '{wanted}'. The gradient must match the tensor's grad_dtype (defaults to "
        "the tensor's dtype). You can set the tensor's grad_dtype attribute with a specific dtype, or None "
        "to allow any dtype. Set grad_dtype with caution. Diverging the dtypes of a tensor and its "
        "gradient may break downstream systems that assume they match."
    )


def copy_of_computed() -> RuntimeError:
    """A computed tensor was to be copied with all that it refers to."""
    return hinted(
        RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  "
            "If you were attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, "
            "see https://github.com/pytorch/pytorch/pull/103001"
        ),
        "a computed tensor has its whole graph behind it; copy its numbers: y.detach().clone().",
    )
