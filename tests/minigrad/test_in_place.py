"""In-place operations and views: what is shared, what is counted, what is refused, and that gradients stay right."""

import numpy as np
import pytest
from hypothesis import example, given, reject, settings
from hypothesis import strategies as st

import minigrad as torch

from .test_rules import central_differences


def tracked(*shape):
    """A tensor with history."""
    return torch.ones(*shape, requires_grad=True) * 1


# Versions


def test_an_in_place_operation_counts_the_version_up():
    t = torch.ones(2)
    for version, write in enumerate(
        (
            lambda: t.add_(1),
            lambda: t.__setitem__(0, 5),
            lambda: t.zero_(),
            lambda: t.copy_(torch.ones(2)),
            lambda: t[1:].mul_(2),
        ),
        start=1,
    ):
        write()
        assert t._version == version
    t + 1
    assert t._version == 5


def test_views_share_memory_and_counter():
    t = torch.zeros(2, 3)
    for view in (t.t(), t[0], t[:, 1:], t.view(6), t.reshape(3, 2), t[None], t.detach(), t.expand(4, 2, 3), t[0, 0]):
        before = t._version
        t.add_(1)
        assert view._version == t._version == before + 1
        assert view.tolist() == np.full(view.shape, t[0, 0].item()).tolist()


def test_data_shares_memory_but_not_the_counter():
    t = torch.zeros(2)
    t.data.add_(1)
    assert (t.tolist(), t._version) == ([1.0, 1.0], 0)


def test_copies_share_nothing():
    t = torch.zeros(2)
    for copy in (t.clone(), t + 0, t[[0, 1]], t.double()):
        copy.add_(1)
    assert (t.tolist(), t._version) == ([0.0, 0.0], 0)


def test_a_write_through_detach_is_noticed():
    y = tracked(2)
    loss = (y * y).sum()
    y.detach().zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_a_write_through_a_view_is_noticed():
    y = tracked(2)
    loss = (y * y).sum()
    with torch.no_grad():
        y[0] = 7
    with pytest.raises(RuntimeError, match="is at version 1; expected version 0"):
        loss.backward()


def test_a_write_before_the_value_is_saved_is_no_harm():
    y = tracked(2)
    y.mul_(3)
    (y * y).sum().backward()


def test_a_saved_result_that_was_written_to_is_noticed():
    y = torch.ones(2, requires_grad=True).exp()
    y.add_(1)
    with pytest.raises(RuntimeError, match="output 0 of Exp"):
        y.sum().backward()


# What is refused


@pytest.mark.parametrize(
    "write",
    [
        lambda w: w.add_(1),
        lambda w: w.zero_(),
        lambda w: w.__setitem__(0, 1),
        lambda w: w[0].mul_(2),
        lambda w: w.view(2, 1).exp_(),
        lambda w: w[[0]].__iadd__(1) and w.__setitem__([0], 2),
    ],
)
def test_leaves_that_require_a_gradient_and_their_views_are_not_written_to(write):
    w = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        write(w)
    assert (w.tolist(), w._version) == ([1.0, 1.0], 0)


def test_inside_no_grad_they_are():
    w = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        w -= 0.5
        w[0] = 3
    assert (w.tolist(), w._version, w.is_leaf, w.requires_grad) == ([3.0, 0.5], 2, True, True)


def test_a_refused_operation_changes_nothing():
    t = torch.tensor([1, 2])
    for write in (lambda: t.div_(2), lambda: t.exp_(), lambda: t.add_(torch.ones(3)), lambda: t.add_(torch.ones(2, 2))):
        with pytest.raises(RuntimeError):
            write()
    assert (t.tolist(), t._version) == ([1, 2], 0)


def test_views_of_which_nobody_knows_whether_to_track_them_are_not_written_to():
    q = tracked(3)
    with torch.no_grad():
        view = q[:2]
    with pytest.raises(RuntimeError, match="view was created in no_grad mode"):
        view.mul_(torch.ones(2, requires_grad=True))
    row, _ = tracked(2, 2)
    with pytest.raises(RuntimeError, match="returns multiple views"):
        row.mul_(2)


def test_rows_of_data_may_be_written_to():
    data = torch.zeros(2, 2)
    for i, row in enumerate(data):
        row += i
    assert data.tolist() == [[0.0, 0.0], [1.0, 1.0]]


# Gradients


def test_a_tensor_that_takes_in_history_by_a_write_has_it():
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    total = torch.zeros(2)
    for _ in range(3):
        total += x
    total[0] *= x[1]
    total.sum().backward()
    assert x.grad.tolist() == [9.0, 9.0]


def test_an_older_view_sees_the_history_of_a_later_write():
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    base = torch.zeros(3)
    view = base[:2]
    base[:2] = x * x
    view.mul_(10)
    base.sum().backward()
    assert x.grad.tolist() == [40.0, 60.0]


@pytest.mark.parametrize("layout", ["rows", "columns", "every second"])
def test_writes_reach_the_right_elements_however_the_base_lies_in_memory(layout):
    x = torch.tensor(np.arange(1.0, 7.0).reshape(2, 3), requires_grad=True)
    q = x * 1
    if layout == "columns":
        q = x.t() * 1
    elif layout == "every second":
        q = torch.zeros(2, 6, dtype=torch.float64)
        q.data = q[:, ::2].data
        q += x
    q[0].mul_(10)
    weights = torch.tensor(np.arange(6.0).reshape(tuple(q.shape)))
    (q * weights).sum().backward()
    expected = weights.numpy().copy()
    expected[0] *= 10
    np.testing.assert_array_equal(x.grad.numpy(), expected.T if layout == "columns" else expected)


SHAPE = (2, 3)
VIEWS = [
    lambda q: q,
    lambda q: q.t(),
    lambda q: q[0],
    lambda q: q[:, 1],
    lambda q: q[1:, ::2],
    lambda q: q.reshape(-1)[1:5],
    lambda q: q.view(3, 2)[1],
    lambda q: q[None].permute(2, 0, 1)[0],
    lambda q: q[1, 2],
    lambda q: q.t()[1:].t(),
]
WRITES = [
    lambda v, x: v.mul_(2),
    lambda v, x: v.add_(x[0, 0]),
    lambda v, x: v.mul_(x[1, 1]),
    lambda v, x: v.tanh_(),
    lambda v, x: v.sub_(x[1, 2] * x[0, 1]),
    lambda v, x: v.zero_(),
    lambda v, x: v.copy_(x[0, 2] * 3),
    lambda v, x: v.pow_(2),
    lambda v, x: v.div_(x[0, 0] * x[0, 0] + 1),
]
programs = st.lists(
    st.tuples(st.sampled_from(range(len(VIEWS))), st.sampled_from(range(len(WRITES))), st.booleans()),
    min_size=1,
    max_size=5,
)


def run(program, x, weights, columns):
    """Write through views of a copy of x, and make one number of it and of the views that were kept along the way."""
    q = (x.t() * 1).t() if columns else x * 1
    kept = []
    for view, write, keep in program:
        chosen = VIEWS[view](q)
        WRITES[write](chosen, x)
        if keep:
            kept.append(chosen)
    return (q * weights).sum() + sum((v * v).sum() for v in kept)


@settings(max_examples=100, deadline=None)
@given(program=programs, columns=st.booleans(), seed=st.integers(0, 5))
@example(program=[(2, 1, True), (1, 2, True), (8, 1, False)], columns=True, seed=0)
@example(program=[(6, 0, True), (9, 7, False), (0, 4, True)], columns=False, seed=1)
def test_programs_of_views_and_writes_have_the_gradient_of_what_they_compute(program, columns, seed):
    draw = np.random.default_rng(seed)
    weights = torch.tensor(draw.uniform(-1, 1, SHAPE))
    x = torch.tensor(draw.uniform(0.5, 1.5, SHAPE), requires_grad=True)
    try:
        (computed,) = torch.autograd.grad(run(program, x, weights, columns), x)
    except RuntimeError as refused:
        assert "has been modified by an inplace operation" in str(refused)
        reject()
    with torch.no_grad():
        (expected,) = central_differences(lambda x: run(program, x, weights, columns), [x])
    scale = max(1, np.abs(expected).max())  # differences of large values say little about small gradients
    np.testing.assert_allclose(computed.numpy(), expected, rtol=1e-5, atol=1e-7 * scale)


def test_what_nll_loss_was_computed_from_may_not_be_changed_before_backward():
    x = torch.tensor([[-1.0, -2.0]], requires_grad=True)
    y = x * 1
    loss = torch.nn.functional.nll_loss(y, torch.tensor([1]))
    with torch.no_grad():
        y.add_(1)
    with pytest.raises(RuntimeError, match="is at version 1; expected version 0"):
        loss.backward()


def test_a_mask_or_index_that_is_overwritten_later_does_not_change_the_gradient():
    x = torch.tensor([3.0, 1.0], requires_grad=True)
    mask = x > 2
    chosen, filled = torch.where(mask, x, x * 5), x.masked_fill(mask, 0.0)
    largest, index = x.max(0)
    rows = torch.tensor([0, 0])
    table = torch.ones(2, 1, requires_grad=True)
    found = torch.nn.functional.embedding(rows, table)
    mask.fill_(False)
    index.fill_(1)
    rows.fill_(1)
    gradients = [torch.autograd.grad(y.sum(), x)[0].tolist() for y in (chosen, filled, largest)]
    assert gradients == [[1, 5], [0, 1], [1, 0]]
    assert torch.autograd.grad(found.sum(), table)[0].tolist() == [[2], [0]]


def test_a_tensor_is_filled_with_a_tensor_of_one_number():
    value = torch.tensor(3.0, requires_grad=True)
    x = torch.zeros(2).fill_(value)
    assert x.grad_fn.name() == "FillBackward3"
    x.sum().backward()
    assert (x.tolist(), value.grad.item()) == ([3, 3], 2)
    with pytest.raises(RuntimeError, match="fill_ only supports 0-dimension value tensor but got tensor with 1 dim"):
        torch.zeros(2).fill_(torch.ones(2))
