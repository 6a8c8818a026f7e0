"""The twenty things learners get stuck on most, each as they meet it.

Where PyTorch refuses, minigrad raises the same exception with the same text, as PyTorch 2.13 gives it, and says in a
note what to do. Where PyTorch does something that surprises, minigrad does the same.
"""

import re
import warnings

import pytest

import minigrad as torch


def refused(kind, text, hint, work):
    """``work`` raises what PyTorch raises, and the note holds ``hint``."""
    with pytest.raises(kind) as caught:
        work()
    assert type(caught.value) is kind
    assert str(caught.value) == text
    notes = re.sub(r"\s+", " ", " ".join(getattr(caught.value, "__notes__", [])))
    assert notes.startswith("Hint: ")
    assert hint in notes


def weight():
    return torch.tensor([1.0, 2.0, 3.0], requires_grad=True)


def test_backward_a_second_time():
    w = weight()
    loss = (w * w).sum()
    loss.backward()
    refused(
        RuntimeError,
        "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
        "been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
        "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access "
        "saved tensors after calling backward.",
        "retain_graph=True",
        loss.backward,
    )


def test_a_gradient_is_created_only_for_scalars():
    y = weight() * 2
    refused(
        RuntimeError, "grad can be implicitly created only for scalar outputs", "Reduce it first, y.sum()", y.backward
    )


def test_what_the_gradient_argument_is():
    w = weight()
    (w * w).backward(torch.tensor([1.0, 0.1, 0.01]))
    assert w.grad.tolist() == pytest.approx([2.0, 0.4, 0.06])
    refused(
        RuntimeError,
        "Mismatch in shape: grad_output[0] has a shape of torch.Size([2]) and output[0] has a shape of "
        "torch.Size([3]).",
        "exactly the shape of the result",
        lambda: (w * w).backward(torch.ones(2)),
    )


def test_why_sum_comes_first():
    w, v = weight(), weight()
    (w * w).sum().backward()
    (v * v).backward(torch.ones(3))
    assert w.grad.tolist() == v.grad.tolist() == [2.0, 4.0, 6.0]


def test_the_grad_of_a_computed_tensor_is_none():
    w = weight()
    y = w * 2
    y.sum().backward()
    with pytest.warns(UserWarning) as caught:
        assert y.grad is None
    assert str(caught[0].message).split(" (Triggered")[0] == (
        "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be "
        "populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf "
        "Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure "
        "you access the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more information."
    )
    y = w * 2
    y.retain_grad()
    y.sum().backward()
    assert y.grad.tolist() == [1.0, 1.0, 1.0]


def test_leaf_or_not():
    w = weight()
    assert w.is_leaf
    assert torch.ones(2).is_leaf
    assert not (w * 2).is_leaf
    assert w.detach().is_leaf
    assert not torch.ones(2, requires_grad=True).double().is_leaf
    refused(
        RuntimeError,
        "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a "
        "subgraph that doesn't require differentiation use var_no_grad = var.detach().",
        "y.detach()",
        lambda: setattr(w * 2, "requires_grad", False),
    )


def test_gradients_add_up_without_zero_grad():
    w = weight()
    optimizer = torch.optim.SGD([w], lr=0.1)
    found = []
    for _ in range(3):
        (w * 2).sum().backward()
        found.append(w.grad[0].item())
    optimizer.zero_grad()
    assert found == [2.0, 4.0, 6.0]
    assert w.grad is None


def test_grad_is_none_before_the_first_backward():
    w = weight()
    assert w.grad is None
    with pytest.raises(AttributeError, match=r"^'NoneType' object has no attribute 'zero_'$"):
        w.grad.zero_()


def test_grad_is_none_after_the_update_made_a_new_tensor():
    w = weight()
    (w * w).sum().backward()
    w = w - 0.1 * w.grad
    assert not w.is_leaf
    (w * w).sum().backward()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        assert w.grad is None


def test_a_leaf_is_modified_in_place():
    w = weight()
    (w * w).sum().backward()

    def update():
        nonlocal w
        w -= 0.1 * w.grad

    refused(
        RuntimeError,
        "a leaf Variable that requires grad is being used in an in-place operation.",
        "with torch.no_grad(): w -= lr * w.grad",
        update,
    )
    with torch.no_grad():
        w -= 0.1 * w.grad
    assert w.tolist() == pytest.approx([0.8, 1.6, 2.4])


def test_a_saved_tensor_is_modified():
    y = weight() * 1
    loss = (y * y).sum()
    y += 1
    refused(
        RuntimeError,
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        "[torch.FloatTensor [3]], which is output 0 of Add, is at version 1; expected version 0 instead. "
        "Hint: enable anomaly detection to find the operation that failed to compute its gradient, with "
        "torch.autograd.set_detect_anomaly(True, check_nan=False).",
        "Write y = y + 1 instead of y += 1",
        loss.backward,
    )


def test_a_view_of_a_leaf_is_modified():
    w = weight()
    refused(
        RuntimeError,
        "a view of a leaf Variable that requires grad is being used in an in-place operation.",
        "with torch.no_grad()",
        lambda: w[:2].mul_(2),
    )


def test_detach_no_grad_and_requires_grad_false():
    w = weight()
    detached = (w * 2).detach()
    with torch.no_grad():
        inside = w * 2
        fresh = torch.ones(2, requires_grad=True)
    assert not detached.requires_grad
    assert not inside.requires_grad
    assert fresh.requires_grad
    assert w.requires_grad
    w.requires_grad_(False)
    assert not (w * 2).requires_grad


def test_data_and_detach():
    # What is written through detach() is noticed. What is written through .data is not: the gradient is wrong.
    unnoticed, noticed = weight(), weight()
    y = unnoticed.exp()
    y.data.zero_()
    y.sum().backward()
    assert unnoticed.grad.tolist() == [0.0, 0.0, 0.0]
    y = noticed.exp()
    y.detach().zero_()
    refused(
        RuntimeError,
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        "[torch.FloatTensor [3]], which is output 0 of Exp, is at version 1; expected version 0 instead. "
        "Hint: enable anomaly detection to find the operation that failed to compute its gradient, with "
        "torch.autograd.set_detect_anomaly(True, check_nan=False).",
        "y.clone() before changing it",
        lambda: y.sum().backward(),
    )


def test_a_tensor_of_tensors_has_no_graph():
    a = torch.tensor(1.0, requires_grad=True)
    b = torch.tensor(2.0, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        rebuilt = torch.tensor([a, b])
    assert rebuilt.tolist() == [1.0, 2.0]
    assert not rebuilt.requires_grad


def test_nothing_was_recorded():
    with torch.no_grad():
        loss = (weight() * 2).sum()
    refused(
        RuntimeError,
        "element 0 of tensors does not require grad and does not have a grad_fn",
        "Was it computed inside no_grad()",
        loss.backward,
    )


def test_numpy_is_refused():
    refused(
        RuntimeError,
        "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.",
        "the gradient would silently be lost",
        weight().numpy,
    )


def test_nan_comes_through_where():
    x = torch.tensor([0.0, 4.0], requires_grad=True)
    torch.where(x > 0, x.log() * x, x).sum().backward()
    assert str(x.grad) == "tensor([   nan, 2.3863])"
    y = torch.tensor([0.0, 4.0], requires_grad=True)
    safe = torch.where(y > 0, y, torch.ones(2))
    torch.where(y > 0, safe.log() * safe, y).sum().backward()
    assert str(y.grad) == "tensor([1.0000, 2.3863])"


def test_a_column_against_a_row_is_a_matrix():
    prediction, target = weight().reshape(3, 1), torch.tensor([1.0, 2.0, 3.0])
    assert (prediction - target).shape == (3, 3)
    assert ((prediction - target) ** 2).mean().item() == pytest.approx(4 / 3)
    assert ((prediction - target.reshape(3, 1)) ** 2).mean().item() == 0
    refused(
        RuntimeError,
        "The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 0",
        "matched from the right",
        lambda: target - torch.ones(2),
    )


def test_the_newest_node_goes_first():
    x = torch.tensor(2.0, requires_grad=True)
    order = []
    y = x * 3
    z = y * y
    total = z + y
    for name, tensor in (("y", y), ("z", z), ("total", total)):
        tensor.register_hook(lambda g, name=name: order.append((name, g.item())))
    total.backward()
    # y waits for both of its uses: 2·y + 1.
    assert order == [("total", 1.0), ("z", 1.0), ("y", 13.0)]
    assert x.grad.item() == 39.0


def test_what_a_name_such_as_mul_backward_means():
    w = weight()
    product = w * 2
    assert product.grad_fn.name() == "MulBackward0"
    assert re.fullmatch(r"<MulBackward0 object at 0x[0-9a-f]+>", repr(product.grad_fn))
    assert product.grad_fn(torch.ones(3))[0].tolist() == [2.0, 2.0, 2.0]
    assert str(product) == "tensor([2., 4., 6.], grad_fn=<MulBackward0>)"
    assert product.grad_fn.next_functions[0][0].variable is w
