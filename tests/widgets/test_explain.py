"""explain(t): the reason that is really so, for each of the ways in which a gradient is not there or not expected."""

import xml.etree.ElementTree as ET

import pytest
import torch as pytorch
import traitlets

import minigrad as torch
from widgets import explain

ENGINES = pytest.mark.parametrize("engine", [torch, pytorch])


def detached(t):
    return t.detach()


def said(explanation):
    return repr(explanation)


def rows(explanation):
    """The written out paths: way and equation."""
    return [(row["way"], row["factors"], row["part"]) for row in explanation.data["rows"]]


# Why does it not require grad?


@ENGINES
def test_a_tensor_made_without_the_flag(engine):
    p = engine.ones(3)
    assert said(explain(p)) == (
        "Why does p not require grad?\n"
        "  p was made without requires_grad=True, so nothing computed from it is recorded.\n"
        "    p = engine.ones(3)\n"
        "  Turn the flag on before you compute with it.\n"
        "    p.requires_grad_()"
    )


@ENGINES
def test_detach_and_data_and_a_copy(engine):
    a = engine.ones(2, requires_grad=True)
    d = a.detach()
    copy = a.detach().clone()
    e = a.data
    assert "a.detach() cut the history: it gives the same numbers in the same memory" in said(explain(d))
    assert "a.detach() cut the history: it gives its numbers, and nothing" in said(explain(copy))
    assert "a.data is the same memory out of autograd's sight. A write through it is not even counted" in said(
        explain(e)
    )


@ENGINES
def test_computed_where_recording_is_off(engine):
    a = engine.ones(2, requires_grad=True)
    with engine.no_grad():
        n = a * 2
    with engine.set_grad_enabled(False):
        s = a * 2
    with engine.set_grad_enabled(True):
        t = a.detach() * 2
    assert "n was computed inside with engine.no_grad():, where nothing is recorded" in said(explain(n))
    assert "s was computed inside with engine.set_grad_enabled(False):" in said(explain(s))
    assert "a.detach() cut the history" in said(explain(t))


@ENGINES
def test_whole_numbers_and_comparisons(engine):
    a = engine.ones(2, requires_grad=True)
    i = engine.tensor([1, 2])
    k = a.argmax()
    c = a > 0
    assert "i holds whole numbers (int64)" in said(explain(i)) and "i = i.float().requires_grad_()" in said(explain(i))
    assert "k holds whole numbers" in said(explain(k)) and "float()" not in said(explain(k))
    assert "c holds True and False, as a comparison gives" in said(explain(c))


@ENGINES
@pytest.mark.filterwarnings("ignore")
def test_copies_that_drop_the_graph(engine):
    a = engine.tensor(2.0, requires_grad=True)
    b = a * 3
    t = engine.tensor(b)
    both = engine.tensor([a, b])
    n = engine.ones(2) * b.item()
    assert "tensor(…) copied the numbers of b into a new tensor" in said(explain(t)) and "t = b.clone()" in said(
        explain(t)
    )
    assert "both = engine.stack([a, b])" in said(explain(both)).replace("torch.stack", "engine.stack")
    numbers = engine.tensor([a.item(), b.item()])
    assert "numbers = torch.stack([a, b])" in said(explain(numbers))
    assert "b.item() left the graph" in said(explain(n))


@ENGINES
def test_a_flag_that_was_turned_off(engine):
    a = engine.ones(2, requires_grad=True)
    a.requires_grad_(False)
    b = engine.ones(2, requires_grad=True).requires_grad_(False)
    assert "a was made with requires_grad=True, and its flag was turned off since then." in said(explain(a))
    assert "requires_grad_(False) turned its flag off." in said(explain(b))


@ENGINES
def test_computed_from_nothing_that_is_tracked(engine):
    p, q = engine.ones(2), engine.ones(2)
    r = p * q + 1
    assert "r was computed from p and q, which do not require grad" in said(explain(r))
    assert said(explain(r)).endswith("explain(p)")


@ENGINES
def test_where_the_code_does_not_tell_the_memory_does(engine):
    a = engine.ones(2, requires_grad=True)
    hidden = detached(a)
    assert "hidden shares the memory of a, which requires grad" in said(explain(hidden))


@ENGINES
def test_where_nothing_tells_all_that_is_possible_is_listed(engine):
    a = engine.ones(2, requires_grad=True)
    hidden = detached(a * 2) + 1
    assert "so it is one of these: it was made without requires_grad=True; it was computed inside" in said(
        explain(hidden)
    )
    assert "this tensor.requires_grad" not in said(explain([hidden * 2][0]))


def test_a_name_in_another_function_is_another_name():
    w = torch.arange(2.0)

    def elsewhere():
        w = torch.ones(2).detach()
        return w

    assert elsewhere() is not w
    assert "made without requires_grad=True" in said(explain(w))


# Why is its grad None?


@ENGINES
def test_a_leaf_before_the_first_backward(engine):
    x = engine.ones(2, requires_grad=True)
    assert "no variable of yours holds anything that was computed from it" in said(explain(x))
    y = (x * x).sum()
    assert "either no backward() has reached it yet, or x.grad was emptied" in said(explain(x))
    assert said(explain(x)).endswith("    y.backward()")
    z = y * engine.ones(2)
    assert said(explain(x)).endswith("    z.sum().backward()") and z.shape == (2,)


@ENGINES
def test_a_leaf_whose_gradient_was_emptied(engine):
    x = engine.ones(2, requires_grad=True)
    y = (x * x).sum()
    y.backward()
    x.grad = None
    assert "A backward() from y has run through its graph, and x.grad was set to None since" in said(explain(x))


@ENGINES
def test_an_intermediate_and_what_passes_through_it(engine, recwarn):
    x = engine.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    z = (y * y).sum()
    explanation = explain(y)
    assert z.item() == 20
    assert "y is no leaf: MulBackward0 made it." in said(explanation) and "y.retain_grad()" in said(explanation)
    assert [part for _, _, part in rows(explanation)] == ["[2, 4]", "[2, 4]"] and explanation.data["total"] == "[4, 8]"
    assert not recwarn.list


@ENGINES
def test_a_leaf_that_lost_its_name(engine):
    w = engine.ones(2, requires_grad=True)
    loss = (w * 3).sum()
    loss.backward()
    w = w - 0.1 * w.grad
    assert "The name w no longer means the leaf." in said(explain(w))
    assert said(explain(w)).endswith("    with torch.no_grad():\n        w -= 0.1 * w.grad")


# Why is it this number?


@ENGINES
def test_six_is_the_sum_over_two_paths(engine):
    x = engine.tensor(3.0, requires_grad=True)
    y = x * x
    y.backward(retain_graph=True)
    explanation = explain(x)
    assert explanation.data["question"] == "Why is x.grad 6?"
    assert rows(explanation) == [("y ← x (first)", ["1", "3"], "3"), ("y ← x (second)", ["1", "3"], "3")]
    assert explanation.data["total"] == "6"
    assert said(explain(x.grad)) == said(explanation)


def test_a_freed_graph_of_minigrad_is_followed_by_its_notes():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x + 2) ** 2
    z = y.mean()
    z.backward()
    assert rows(explain(x)) == [("z ← y ← x+2 ← x", ["1", "0.5", "[6, 8]", "1"], "[3, 4]")]
    with torch.no_grad():
        x -= 1  # not what was used: but x itself was not saved
    assert explain(x).data["total"] == "[3, 4]"


def test_a_freed_graph_that_needs_what_has_changed_says_so():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    z = (x * x).sum()
    z.backward()
    with torch.no_grad():
        x -= 1
    assert "backward() has used up the graph of z" in said(explain(x)) and not rows(explain(x))


def test_a_freed_graph_of_pytorch_says_so():
    x = pytorch.tensor([1.0, 2.0], requires_grad=True)
    z = (x * x).sum()
    z.backward()
    assert "backward(retain_graph=True)" in said(explain(x)) and not rows(explain(x))


@ENGINES
def test_several_passes_add_up(engine):
    x = engine.tensor([1.0, 2.0], requires_grad=True)
    y = (x * 3).sum()
    for _ in range(2):
        y.backward(retain_graph=True)
    assert "x.grad is twice as much as one pass gives: gradients add up." in said(explain(x))
    y.backward(retain_graph=True)
    assert "x.grad is three times as much as one pass gives" in said(explain(x))
    assert explain(x).data["total"] == "[3, 3]"


@ENGINES
def test_of_several_outputs_the_one_that_fits_is_found(engine):
    x = engine.tensor([1.0, 2.0], requires_grad=True)
    a, b = (x * 3).sum(), (x * x).sum()
    for _ in range(2):
        b.backward(retain_graph=True)
    assert "backward() went back from b twice" in said(explain(x)) and a.item() == 9


@ENGINES
def test_passes_from_two_outputs_add_up(engine):
    x = engine.tensor([1.0, 2.0], requires_grad=True)
    a, b = (x * 3).sum(), (x * x).sum()
    a.backward(retain_graph=True)
    b.backward(retain_graph=True)
    assert "a gives [3, 3]; b gives [2, 4]. Gradients add up in x.grad." in said(explain(x))
    assert explain(x, b).data["total"] == "[2, 4]"
    assert "The rest is from before" in said(explain(x, b))


@ENGINES
def test_an_emptied_gradient(engine):
    x = engine.tensor([1.0, 2.0], requires_grad=True)
    y = (x * 3).sum()
    y.backward(retain_graph=True)
    x.grad.zero_()
    assert "x.grad was emptied since, as zero_() does" in said(explain(x))


@ENGINES
def test_a_graph_that_is_gone(engine):
    x = engine.tensor([1.0, 2.0], requires_grad=True)
    (x * 3).sum().backward()
    assert "The graph it came through is gone" in said(explain(x))
    assert said(explain(x)).endswith("    out.backward()\n    explain(x, out)")


@ENGINES
def test_an_output_that_was_not_computed_from_it(engine):
    x, w = engine.ones(2, requires_grad=True), engine.ones(2, requires_grad=True)
    y = (w * 2).sum()
    assert "No path leads from y back to x" in said(explain(x, y))


@ENGINES
def test_a_cotangent(engine):
    x = engine.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    explanation = explain(x, y, engine.tensor([10.0, 1.0]))
    assert explanation.data["total"] == "[20, 4]"
    assert rows(explanation)[0][1] == ["[10, 1]", "[1, 2]"]
    with pytest.raises(ValueError, match="gradient must have the shape of the output, 2, and is 3"):
        explain(x, y, engine.ones(3))


@ENGINES
def test_broadcasting_and_rules_that_are_no_multiplication(engine):
    w = engine.tensor(2.0, requires_grad=True)
    m = engine.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    out = (m @ engine.tensor([1.0, 1.0]) * w).sum()
    assert (
        rows(explain(w, out)) == [("out ← m@[1, 1]*w ← w", ["1", "1", "Σ [3, 7]"], "10")]
        or explain(w, out).data["total"] == "10"
    )
    assert explain(m, out).data["total"] == "[[2, 2], [2, 2]]"


@ENGINES
def test_of_too_many_paths_the_uses_are_told(engine):
    x = engine.tensor([1.0, 2.0], requires_grad=True)
    y = x
    for _ in range(40):
        y = y + y
    z = y.sum()
    explanation = explain(x, z)
    assert "1,099,511,627,776 paths lead from z back to x" in said(explanation)
    assert [row[0].rpartition(": ")[2] for row in rows(explanation)] == ["549,755,813,888 paths"] * 2
    assert explanation.data["total"] == "[1.1e12, 1.1e12]"


def test_many_uses_are_gathered_and_a_large_graph_is_not_drawn():
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(60):
        y = y + x
    explanation = explain(x, y)
    assert rows(explanation)[-1] == ("53 more uses together", [], "53") and len(rows(explanation)) == 9
    assert explanation.data["total"] == "61" and explanation.data["picture"] == ""


@ENGINES
def test_it_leaves_everything_as_it_was(engine):
    x = engine.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    kept = x.grad
    explain(x)
    assert x.grad is kept and kept.tolist() == [2, 4] and x._version == 0
    y.backward()
    assert kept.tolist() == [4, 8]


@pytest.mark.parametrize("given", [None, 3.0, [1.0]])
def test_what_is_no_tensor(given):
    with pytest.raises(TypeError, match="pass x: explain" if given is None else "expected a .*tensor"):
        explain(given)


def test_names_with_markup_are_words():
    evil = "<img src=x onerror=alert(1)>"
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    namespace = {evil: x, "y": y, "explain": explain}
    explanation = eval(f"explain(locals()[{evil!r}], y)", {}, namespace)
    ET.fromstring(explanation._repr_mimebundle_()[0]["image/svg+xml"])
    assert evil in explanation.data["rows"][0]["way"] and evil not in explanation._page()


def test_a_path_that_is_not_there_cannot_be_lit():
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    explanation = explain(x, y)
    explanation.path = 1
    with pytest.raises(traitlets.TraitError, match="path must be from -1 to 1, got 2"):
        explanation.path = 2
