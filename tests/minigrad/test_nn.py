"""Modules and their functions: what training relies on, and the errors of those who forget something."""

import copy
import warnings

import numpy as np
import pytest

import minigrad as torch
import minigrad.nn as nn
import minigrad.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 3)
        self.rest = nn.Sequential(nn.Tanh(), nn.Linear(3, 1))
        self.register_buffer("seen", torch.zeros(1))

    def forward(self, x):
        return self.rest(self.first(x))


def notes(error):
    return " ".join(" ".join(error.value.__notes__).split())


def test_training_lowers_the_loss():
    torch.manual_seed(0)
    net, x = Net(), torch.randn(20, 2)
    y = x[:, :1] * x[:, 1:]
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3)
    losses = []
    for _ in range(200):
        loss = F.mse_loss(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_parameters_are_found_at_any_depth_and_each_once():
    net = Net()
    net.again = net.first
    assert [name for name, _ in net.named_parameters()] == [
        "first.weight",
        "first.bias",
        "rest.1.weight",
        "rest.1.bias",
    ]
    assert len(list(net.parameters())) == 4
    assert [name for name, _ in net.named_buffers()] == ["seen"]
    assert net.get_parameter("rest.1.bias") is net.rest[1].bias


def test_a_state_goes_into_another_model_and_shares_nothing_with_it():
    net, other = Net(), Net()
    assert repr(other.load_state_dict(net.state_dict())) == "<All keys matched successfully>"
    x = torch.ones(1, 2)
    assert torch.equal(net(x), other(x))
    net.first.weight.data.zero_()
    assert not torch.equal(net(x), other(x))


def test_a_state_that_does_not_fit_says_where():
    with pytest.raises(
        RuntimeError, match=r'Missing key.*"bias".*\n.*Unexpected key.*"b".*\n.*size mismatch for weight'
    ) as e:
        nn.Linear(2, 1).load_state_dict({"weight": torch.zeros(2, 2), "b": torch.zeros(1)})
    assert "as it was when it was saved" in notes(e)
    keys = nn.Linear(2, 1).load_state_dict({"b": torch.zeros(1)}, strict=False)
    assert keys.missing_keys == ["weight", "bias"]
    assert keys.unexpected_keys == ["b"]


def test_a_deep_copy_trains_on_its_own():
    net = Net()
    net(torch.ones(1, 2)).sum().backward()
    other = copy.deepcopy(net)
    assert torch.equal(other.first.weight.grad, net.first.weight.grad)
    other.zero_grad()
    other(torch.ones(1, 2)).sum().backward()
    before = net.first.weight.grad.clone()
    other.first.weight.grad.zero_()
    assert torch.equal(net.first.weight.grad, before)


def test_dropout_drops_in_training_only_and_keeps_the_mean():
    torch.manual_seed(1)
    drop, x = nn.Dropout(0.25), torch.ones(4000)
    y = drop(x)
    assert sorted(set(y.tolist())) == pytest.approx([0, 4 / 3])
    assert y.mean().item() == pytest.approx(1, abs=0.05)
    drop.eval()
    assert drop(x) is x


def test_hooks_see_and_change_what_passes():
    layer, seen = nn.Linear(2, 1), []
    handle = layer.register_forward_pre_hook(lambda module, args: seen.append(args[0].shape) or (args[0] * 0,))
    doubled = layer.register_forward_hook(lambda module, args, output: output * 2)
    assert torch.equal(layer(torch.ones(3, 2)), (layer.bias * 2).expand(3, 1))
    handle.remove()
    doubled.remove()
    assert layer(torch.ones(3, 2)).grad_fn.name() == "AddmmBackward0"
    assert seen == [(3, 2)]


def test_conversion_takes_parameters_buffers_and_gradients():
    net = Net()
    net(torch.ones(1, 2)).sum().backward()
    assert net.double() is net
    assert {p.dtype for p in (*net.parameters(), *net.buffers())} == {torch.float64}
    assert net.first.weight.grad.dtype == torch.float64
    net(torch.ones(1, 2, dtype=torch.float64)).sum().backward()
    with pytest.raises(RuntimeError, match="this kit runs on the CPU"):
        net.to("cuda")


@pytest.mark.parametrize(
    ("make", "type_", "words", "hint"),
    [
        (lambda: nn.Module()(1), NotImplementedError, 'missing the required "forward"', "define forward"),
        (lambda: F.cross_entropy(torch.zeros(2, 3), torch.tensor([0, 3])), IndexError, "Target 3 is out", "0 to 2"),
        (lambda: F.cross_entropy(torch.zeros(2, 3), torch.zeros(2)), RuntimeError, "Long or Byte", "target.long()"),
        (lambda: F.cross_entropy(torch.zeros(2, 3), torch.tensor([[0], [1]])), RuntimeError, "multi-target", "squeeze"),
        (lambda: F.binary_cross_entropy(torch.tensor([2.0]), torch.ones(1)), RuntimeError, "between 0", "with_logits"),
        (lambda: F.embedding(torch.tensor([3]), torch.zeros(3, 2)), IndexError, "out of range", "0 to 2"),
        (lambda: F.embedding(torch.zeros(1), torch.zeros(3, 2)), RuntimeError, "Long, Int", "x.long()"),
        (lambda: torch.dot(torch.ones(2, 2), torch.ones(2, 2)), RuntimeError, "1D tensors expected", "a @ b"),
    ],
)
def test_errors_say_what_to_do(make, type_, words, hint):
    with pytest.raises(type_, match=words) as e:
        make()
    assert hint in notes(e)


def test_parts_before_init_are_refused():
    class Forgot(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(1, 1)

    with pytest.raises(AttributeError, match=r"cannot assign module before Module.__init__\(\) call") as e:
        Forgot()
    assert "super().__init__()" in notes(e)


def test_a_column_against_a_row_warns_and_broadcasts():
    with pytest.warns(UserWarning, match=r"target size \(torch.Size\(\[3\]\)\) that is different"):
        loss = F.mse_loss(torch.zeros(3, 1), torch.tensor([0.0, 1.0, 2.0]))
    assert loss.item() == pytest.approx(5 / 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        F.mse_loss(torch.zeros(3, 1), torch.zeros(3, 1))


def test_losses_of_extreme_scores_stay_finite():
    x = torch.tensor([[1000.0, -1000.0]], requires_grad=True)
    loss = F.cross_entropy(x, torch.tensor([1])) + F.binary_cross_entropy_with_logits(x, torch.zeros(1, 2))
    loss.backward()
    assert loss.item() == 2500
    assert np.isfinite(x.grad.numpy()).all()
    p = torch.tensor([0.0, 1.0], requires_grad=True)
    F.binary_cross_entropy(p, torch.tensor([1.0, 0.0])).backward()
    assert np.isfinite(p.grad.numpy()).all()


def test_clipping_keeps_the_direction():
    p = torch.tensor([3.0, 4.0], requires_grad=True)
    (p * p / 2).sum().backward()
    assert nn.utils.clip_grad_norm_([p], 1.0).item() == 5.0
    assert p.grad.tolist() == pytest.approx([0.6, 0.8], abs=1e-6)
    nn.utils.clip_grad_norm_([p], 10.0)
    assert p.grad.tolist() == pytest.approx([0.6, 0.8], abs=1e-6)


def test_a_row_looked_up_twice_gets_both_gradients_and_padding_none():
    table = nn.Embedding(4, 2, padding_idx=0)
    table(torch.tensor([1, 1, 0, 3])).sum().backward()
    assert table.weight.grad.tolist() == [[0, 0], [2, 2], [0, 0], [1, 1]]


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("ij,jk->ik", [(2, 3), (3, 4)]),
        ("bij,bjk->bik", [(2, 3, 4), (2, 4, 2)]),
        ("ii->i", [(3, 3)]),
        ("iij->j", [(2, 2, 3)]),
        ("...i,i->...", [(2, 3, 4), (4,)]),
        ("i,ij,j->", [(2,), (2, 3), (3,)]),
        ("ij,kj", [(2, 3), (4, 3)]),
        ("i,j,k->kji", [(2,), (3,), (4,)]),
        ("bn,anm,bm->ba", [(2, 3), (5, 3, 4), (2, 4)]),
    ],
)
def test_einsum_is_numpys(equation, shapes):
    draw = np.random.default_rng(0)
    arrays = [draw.standard_normal(shape) for shape in shapes]
    found = torch.einsum(equation, *[torch.tensor(a) for a in arrays])
    np.testing.assert_allclose(found.numpy(), np.einsum(equation, *arrays), atol=1e-12)
