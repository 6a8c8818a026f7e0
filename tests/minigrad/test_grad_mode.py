"""no_grad and enable_grad: as blocks, as decorators, in threads."""

import threading

import pytest

import minigrad as torch


def tracked():
    return (torch.ones(2, requires_grad=True) * 2).requires_grad


def test_blocks_nest_and_put_back_what_they_found():
    with torch.no_grad():
        assert not tracked()
        with torch.enable_grad():
            assert tracked()
            with torch.no_grad():
                assert not tracked()
            assert tracked()
        assert not tracked()
    assert tracked()


def test_an_exception_puts_it_back_too():
    with pytest.raises(KeyError), torch.no_grad():
        raise KeyError
    assert torch.is_grad_enabled()


def test_one_guard_can_be_used_again_inside_itself():
    guard = torch.no_grad()
    with guard:
        with guard:
            pass
        assert not torch.is_grad_enabled()
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("decorate", [torch.no_grad(), torch.no_grad], ids=["called", "bare"])
def test_decorated_functions_keep_arguments_results_and_name(decorate):
    @decorate
    def evaluate(a, *, b):
        """What it does."""
        return a + b, torch.is_grad_enabled()

    assert evaluate(1, b=2) == (3, False)
    assert (evaluate.__name__, evaluate.__doc__) == ("evaluate", "What it does.")
    assert torch.is_grad_enabled()


def test_a_decorated_function_may_call_itself():
    @torch.no_grad()
    def down(n):
        return torch.is_grad_enabled() or (n > 0 and down(n - 1))

    assert down(3) is False
    assert torch.is_grad_enabled()


def test_each_thread_has_its_own_switch():
    seen = []
    inside, done = threading.Event(), threading.Event()

    def elsewhere():
        seen.append(torch.is_grad_enabled())
        with torch.no_grad():
            inside.set()
            done.wait()

    with torch.no_grad():
        thread = threading.Thread(target=elsewhere)
        thread.start()
        inside.wait()
    assert seen == [True]
    assert tracked()
    done.set()
    thread.join()


def test_backward_inside_no_grad_still_fills_grad():
    x = torch.ones(2, requires_grad=True)
    y = (x * 3).sum()
    with torch.no_grad():
        y.backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_create_graph_records_even_inside_no_grad():
    x = torch.tensor(2.0, requires_grad=True)
    y = x**3
    with torch.no_grad():
        (slope,) = torch.autograd.grad(y, x, create_graph=True)
    assert slope.requires_grad
    assert torch.autograd.grad(slope, x)[0].item() == 12.0
