"""Functions of each element, reductions and scans: what they give, refuse and pass back."""

import math

import numpy as np
import pytest

import minigrad as torch


def leaf(*values):
    return torch.tensor(list(values), requires_grad=True)


def gradient(result, *inputs):
    grads = torch.autograd.grad(result.sum(), inputs)
    return [g.tolist() for g in grads]


def test_functions_of_each_element_are_functions_and_methods():
    x = leaf(0.25, 1.0)
    assert torch.sqrt(x).tolist() == x.sqrt().tolist() == [0.5, 1.0]
    assert torch.arcsin(x).tolist() == x.asin().tolist()


def test_integers_become_the_default_floating_point_dtype():
    assert torch.tensor([4, 9]).sqrt().dtype == torch.float32
    assert torch.tensor([4, 9]).square().dtype == torch.int64
    assert torch.tensor([4, 9]).floor().dtype == torch.int64


def test_the_error_function_keeps_the_dtype_and_is_right_to_the_last_digits():
    x = torch.tensor([-2.0, 0.0, 0.3], dtype=torch.float64)
    assert x.erf().tolist() == [math.erf(-2.0), 0.0, math.erf(0.3)]
    assert torch.tensor([[0.5]]).erf().dtype == torch.float32


def test_in_place_variants_overwrite_and_are_recorded():
    x = leaf(4.0, 9.0)
    y = x * 1
    assert y.sqrt_() is y
    assert y.tolist() == [2.0, 3.0]
    assert gradient(y, x) == [[0.25, pytest.approx(1 / 6)]]
    with pytest.raises(RuntimeError, match="result type Float can't be cast to the desired output type Long"):
        torch.tensor([4, 9]).sqrt_()


def test_an_output_overwritten_after_it_was_saved_is_noticed():
    x = leaf(0.5, 1.0)
    y = x.sigmoid()
    y.add_(1)
    with pytest.raises(RuntimeError, match="Sigmoid, is at version 1; expected version 0"):
        y.sum().backward()


def test_a_cast_to_integers_leaves_the_graph():
    x = leaf(1.7)
    assert not x.long().requires_grad
    assert x.double().requires_grad
    assert x.to("cpu") is x
    assert x.to(torch.float32) is x
    assert x.to(torch.float32, copy=True) is not x


def test_another_device_is_refused_with_a_hint():
    with pytest.raises(AssertionError, match="Torch not compiled with CUDA enabled") as caught:
        leaf(1.0).to("cuda")
    assert "this kit runs on the CPU" in caught.value.__notes__[0]
    with pytest.raises(RuntimeError, match="device type at start of device string: gpu"):
        leaf(1.0).to("gpu")


def test_clamp_passes_the_gradient_up_to_the_limits():
    x = leaf(-2.0, -1.0, 0.0, 1.0, 2.0)
    assert gradient(x.clamp(-1, 1), x) == [[0, 1, 1, 1, 0]]
    with pytest.raises(RuntimeError, match="At least one of 'min' or 'max' must not be None"):
        x.clamp()
    with pytest.raises(TypeError, match=r"got \(Tensor, float\)"):
        x.clamp(x, 1.0)


def test_the_larger_of_two_equal_elements_shares_its_gradient():
    x, y = leaf(1.0, 2.0, 3.0), leaf(3.0, 2.0, 1.0)
    assert gradient(torch.maximum(x, y), x, y) == [[0, 0.5, 1], [1, 0.5, 0]]
    assert gradient(torch.min(x, y), x, y) == [[1, 0.5, 0], [0, 0.5, 1]]
    with pytest.raises(TypeError, match="argument 'other' \\(position 2\\) must be Tensor, not float"):
        torch.maximum(x, 2.0)


def test_where_needs_a_mask_and_promotes():
    x = leaf(1.0, -1.0)
    with pytest.raises(RuntimeError, match="where expected condition to be a boolean tensor") as caught:
        torch.where(x, x, x)
    assert "torch.where(x > 0, x, y)" in caught.value.__notes__[0]
    assert torch.where(x > 0, 1, 0).dtype == torch.int64
    assert torch.where(x > 0, x, torch.zeros(2, dtype=torch.float64)).dtype == torch.float64
    assert [found.tolist() for found in torch.where(x > 0)] == [[0]]
    assert gradient(x.where(x > 0, 0.0), x) == [[1, 0]]


def test_the_side_not_chosen_still_makes_nan_of_its_infinite_slope():
    x = leaf(0.0, 4.0)
    (g,) = gradient(torch.where(x > 0, x.sqrt(), 0.0), x)
    assert math.isnan(g[0])
    assert g[1] == 0.25


def test_masked_fill_refuses_what_is_no_mask():
    x = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match="only supports boolean masks, but got mask with dtype float"):
        x.masked_fill(x, 0.0)
    with pytest.raises(RuntimeError, match="0-dimensional value tensor, but got tensor with 1 dimension"):
        x.masked_fill(x > 1, x)


def test_division_rounds_down_or_towards_zero():
    i = torch.tensor([-7, 7])
    assert (i // 2).tolist() == i.div(2, rounding_mode="floor").tolist() == [-4, 3]
    assert i.div(2, rounding_mode="trunc").tolist() == [-3, 3]
    assert (i % 3).tolist() == [2, 1]
    assert i.fmod(3).tolist() == [-1, 1]
    assert (7 // torch.tensor([2, 4])).tolist() == [3, 1]
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        i % 0
    with pytest.raises(RuntimeError, match="rounding_mode to be one of None, 'trunc', or 'floor' but found 'up'"):
        i.div(2, rounding_mode="up")


def test_floor_division_has_no_gradient_and_says_so():
    y = leaf(5.0) // 2
    assert "grad_fn=<NotImplemented>" in repr(y)
    with pytest.raises(RuntimeError, match="derivative for aten::floor_divide is not implemented"):
        y.sum().backward()


def test_masks_are_no_numbers():
    b = torch.tensor([True, False])
    for compute in (lambda: b - 1, lambda: 1 - b):
        with pytest.raises(RuntimeError, match="with a bool tensor is not supported"):
            compute()
    assert (b ^ ~b).all()
    with pytest.raises(NotImplementedError, match="\"abs_cpu\" not implemented for 'Bool'"):
        b.abs()
    with pytest.raises(NotImplementedError, match="not implemented for 'Float'"):
        leaf(1.0) & b


def test_a_number_may_come_first():
    x = leaf(1.0, 2.0)
    assert torch.sub(3, x).tolist() == [2, 1]
    assert torch.pow(2, x).tolist() == [2, 4]
    assert torch.div(2, x).tolist() == [2, 1]
    with pytest.raises(TypeError, match=r"sin\(\): argument 'input' \(position 1\) must be Tensor, not float"):
        torch.sin(1.0)


def test_aliases_and_in_place_variants_of_the_arithmetic():
    x = leaf(1.0, 2.0)
    assert torch.subtract(x, 1).tolist() == x.multiply(1).sub(1).tolist() == [0, 1]
    y = x * 1
    y.neg_().abs_().log_()
    assert gradient(y, x) == [[1, 0.5]]


def test_closeness_and_equality():
    x = leaf(1.0, float("nan"))
    assert torch.allclose(x, x, equal_nan=True)
    assert not torch.equal(x, x)
    with pytest.raises(RuntimeError, match="Float did not match Double"):
        torch.allclose(x, x.double())


def test_max_of_all_shares_and_max_along_a_dimension_chooses():
    x = leaf(2.0, 7.0, 7.0)
    assert gradient(x.max(), x) == [[0, 0.5, 0.5]]
    assert gradient(x.max(0).values, x) == [[0, 1, 0]]
    assert gradient(x.amax(0), x) == [[0, 0.5, 0.5]]


def test_values_and_indices_come_by_name():
    found = torch.tensor([[1.0, 3.0], [4.0, 2.0]]).max(dim=1)
    values, indices = found
    assert values is found.values
    assert indices.tolist() == [1, 0]
    assert repr(found) == "torch.return_types.max(\nvalues=tensor([3., 4.]),\nindices=tensor([1, 0]))"


def test_nothing_has_no_largest_element():
    empty = torch.zeros(0, 3)
    with pytest.raises(RuntimeError, match=r"max\(\): Expected reduction dim to be specified"):
        empty.max()
    with pytest.raises(IndexError, match=r"max\(\): Expected reduction dim 0 to have non-zero size."):
        empty.max(0)
    with pytest.raises(IndexError, match=r"argmax\(\): Expected reduction dim to be specified"):
        empty.argmax()
    assert empty.max(1).values.shape == (0,)
    with pytest.raises(TypeError, match=r"max\(\) received an invalid combination of arguments - got \(Tensor, float"):
        torch.max(empty, 3.0)


def test_the_median_is_the_lower_of_two_and_nan_wins():
    x = torch.tensor([[4.0, 1.0, 3.0, 2.0], [1.0, float("nan"), 0.0, 5.0]])
    found = x.median(1)
    assert found.values.tolist()[0] == 2.0
    assert math.isnan(found.values.tolist()[1])
    assert found.indices.tolist() == [3, 1]


@pytest.mark.parametrize("reduce", [torch.var, torch.std, torch.norm, torch.mean])
def test_statistics_of_integers_are_refused(reduce):
    with pytest.raises(RuntimeError, match="floating point") as caught:
        reduce(torch.tensor([1, 2]))
    assert "x.float()" in caught.value.__notes__[0]


def test_zeros_in_a_product():
    x = leaf(2.0, 0.0, 3.0)
    assert gradient(x.prod(), x) == [[0, 6, 0]]
    assert gradient(x.cumprod(0), x) == [[1, 8, 0]]
    assert gradient(leaf(0.0, 0.0).prod().unsqueeze(0) + 0 * x, x) == [[0, 0, 0]]
    y = torch.tensor([[2.0, 0.0], [3.0, 4.0]], requires_grad=True)
    assert gradient(y.prod(1), y) == [[[0, 2], [4, 3]]]


def test_norms_at_the_origin_have_gradient_zero():
    x = leaf(0.0, 0.0)
    for p in (1, 2, 3):
        assert gradient(x.norm(p), x) == [[0, 0]]
    with pytest.raises(RuntimeError, match="Order a not supported"):
        x.norm("a")


def test_the_nuclear_norm_is_the_sum_of_singular_values():
    a = torch.tensor([[3.0, 0.0], [0.0, -4.0]], requires_grad=True)
    assert a.norm("nuc").item() == pytest.approx(7.0)
    np.testing.assert_allclose(gradient(a.norm("nuc"), a)[0], [[1, 0], [0, -1]], atol=1e-6)


def test_numpy_names_of_arguments_are_taken():
    x = torch.ones(2, 3)
    assert x.sum(axis=1, keepdims=True).shape == x.amax(axis=1, keepdims=True).shape == (2, 1)
    assert x.mean(axis=0, keepdims=True).shape == (1, 3)


def test_a_dtype_for_the_sum_converts_first():
    x = leaf(1.0, 2.0)
    assert x.sum(dtype=torch.float64).dtype == x.mean(dtype=torch.float64).dtype == torch.float64
    assert torch.tensor([1, 2]).sum(dtype=torch.int32).dtype == torch.int32
    assert torch.tensor([1, 2]).prod(dtype=torch.float32).item() == 2.0
    assert gradient(x.sum(dtype=torch.float64), x) == [[1, 1]]
