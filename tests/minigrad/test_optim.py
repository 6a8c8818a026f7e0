"""SGD, step by step."""

import io

import pytest

import minigrad as torch


def test_a_step_is_minus_lr_times_grad():
    w, b = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor(3.0, requires_grad=True)
    optimizer = torch.optim.SGD([w, b], lr=0.5)
    (w * w).sum().backward()
    optimizer.step()
    assert w.tolist() == [0.0, 0.0]
    assert b.item() == 3.0
    assert (w.is_leaf, w.requires_grad, w._version) == (True, True, 1)


def test_zero_grad_forgets_or_zeroes():
    w = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.5)
    (w * 2).sum().backward()
    kept = w.grad
    optimizer.zero_grad(set_to_none=False)
    assert w.grad is kept
    assert kept.tolist() == [0.0, 0.0]
    optimizer.zero_grad()
    assert w.grad is None


def test_forgetting_zero_grad_adds_up():
    w = torch.tensor(0.0, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=1.0)
    path = []
    for _ in range(3):
        (w * 1.0).backward()
        optimizer.step()
        path.append(w.item())
    assert path == [-1.0, -3.0, -6.0]


def test_it_fits_a_line():
    torch.manual_seed(0)
    x = torch.randn(50, 2)
    y = x @ torch.tensor([2.0, -3.0]) + 0.5
    w, b = torch.zeros(2, requires_grad=True), torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([w, b], lr=0.1)
    for _ in range(200):
        optimizer.zero_grad()
        ((x @ w + b - y) ** 2).mean().backward()
        optimizer.step()
    assert [*w.tolist(), *b.tolist()] == pytest.approx([2.0, -3.0, 0.5], abs=1e-4)


def test_what_was_stepped_on_may_not_be_gone_back_through():
    w = torch.tensor([1.0], requires_grad=True)
    loss = (w * w).sum()
    loss.backward(retain_graph=True)
    torch.optim.SGD([w], lr=0.1).step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def quadratic(make, rounds):
    """The path of w under the loss w²/2, whose gradient is w."""
    w = torch.tensor(1.0, requires_grad=True, dtype=torch.float64)
    optimizer = make([w])
    path = []
    for _ in range(rounds):
        optimizer.zero_grad()
        (w * w / 2).backward()
        optimizer.step()
        path.append(w.item())
    return path


def test_momentum_remembers():
    assert quadratic(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.5), 2) == pytest.approx([0.9, 0.9 - 0.1 * 1.4])
    nesterov = quadratic(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.5, nesterov=True), 1)
    assert nesterov == pytest.approx([1 - 0.1 * 1.5])


def test_adams_first_step_is_lr_whatever_the_gradient():
    for scale in (1e-3, 1.0, 1e3):
        w = torch.tensor(scale, requires_grad=True, dtype=torch.float64)
        optimizer = torch.optim.Adam([w], lr=0.01)
        (w * w).backward()
        optimizer.step()
        assert scale - w.item() == pytest.approx(0.01, rel=1e-4)


def test_adamw_decays_the_weight_and_adam_the_gradient():
    assert quadratic(lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.5), 1) == pytest.approx([0.95 - 0.1])
    assert quadratic(lambda p: torch.optim.Adam(p, lr=0.1, weight_decay=0.5), 1) == pytest.approx([0.9])


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop"])
def test_each_goes_downhill_and_uphill(name):
    optimizer = getattr(torch.optim, name)
    assert abs(quadratic(lambda p: optimizer(p, lr=0.02), 200)[-1]) < 0.1
    assert quadratic(lambda p: optimizer(p, lr=0.02, maximize=True), 5)[-1] > 1


@pytest.mark.parametrize(
    ("name", "options"), [("SGD", {"momentum": 0.9}), ("Adam", {"amsgrad": True}), ("RMSprop", {"centered": True})]
)
def test_a_loaded_state_goes_on_as_if_nothing_had_happened(name, options):
    def make(params):
        return getattr(torch.optim, name)(params, lr=0.1, **options)

    w = torch.tensor([1.0, -2.0], requires_grad=True)
    optimizer = make([w])
    for i in range(6):
        if i == 3:
            file = io.BytesIO()
            torch.save(optimizer.state_dict(), file)
            copy = w.detach().clone().requires_grad_()
            resumed = make([copy])
            resumed.load_state_dict(torch.load(file))
        optimizer.zero_grad()
        (w**2).sum().backward()
        optimizer.step()
    for _ in range(3):
        resumed.zero_grad()
        (copy**2).sum().backward()
        resumed.step()
    assert copy.tolist() == w.tolist()


def test_differentiating_through_a_step_is_refused_with_a_way_out():
    with pytest.raises(NotImplementedError) as raised:
        torch.optim.SGD([torch.ones(1, requires_grad=True)], differentiable=True)
    assert "create_graph=True" in raised.value.__notes__[0]


def test_a_scheduler_warns_of_the_wrong_order():
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    with pytest.warns(UserWarning, match="before `optimizer.step"):
        scheduler.step()
