"""Sheet 02, reading a graph: which program made it, what is a leaf, what is counted, what is saved."""

from __future__ import annotations

from typing import Any

import minigrad as torch

from .. import graphs
from ..equipped import Equipped
from ..guard import Raised, call
from ..predicting import Option, Slip, chosen, predicted
from ..program import Program
from ..question import Question
from ..reading import function
from ..verdict import Wrong

# 02.1: which expression has this graph

EXPRESSIONS = Equipped(
    """
    x = torch.tensor(2.0, requires_grad=True)
    """,
    written=graphs.written,
)

# What the picture in the question shows.
_SHOWN = "'Add(Mul(leaf, leaf), leaf)'"


def _expression(code: str, words: str, misconception: str) -> Option:
    return Option(f"`y = {code}`", f"written(({code}).grad_fn) == {_SHOWN}", words, misconception)


_EXPRESSIONS = (
    _expression(
        "x * (x + x)",
        "the last operation, the one beside y, would be a product. Read the graph from y backwards.",
        "the order of the operations is turned",
    ),
    _expression(
        "x * x * x",
        "that has two products and no sum. Read the signs in the circles.",
        "a sum taken for a product",
    ),
    _expression(
        "x * 3 + x",
        "the product would have one edge: a plain number has none. How many lead into the × here?",
        "a constant has an edge",
    ),
    _expression(
        "x * x + x",
        "",
        "",
    ),
    _expression(
        "x * x + 1",
        "the sum would have one edge: a plain number has none. How many lead into the + here?",
        "a constant counts as a leaf",
    ),
    _expression(
        "(x * x) + (x * x)",
        "that has two products. Each operator that runs leaves a node of its own.",
        "equal operations share a node",
    ),
)

# 02.2: leaves

LEAVES = Program(
    """
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    x = torch.tensor([3.0, 4.0])
    h = w * x
    k = x + 1
    d = h.detach()
    """
)

_LEAVES_SLIPS = (
    Slip("w_leaf", "False", "w was made by you. Wanting a gradient takes nothing from it.", "a flag makes a node"),
    Slip(
        "x_leaf",
        "False",
        "x was made by you. Whether it wants a gradient is another question.",
        "a leaf must require grad",
    ),
    Slip(
        "h_leaf", "True", "h was made by an operation on a tracked tensor: it has a history.", "every tensor is a leaf"
    ),
    Slip(
        "k_leaf",
        "False",
        "k was computed, but from what is not tracked. Did the operation leave a node behind?",
        "what is computed is never a leaf",
    ),
    Slip(
        "d_leaf",
        "False",
        "d has the numbers of h. Has it its history as well?",
        "detach keeps the history",
    ),
)

# 02.3: counting

COUNTED = Equipped(
    """
    a = torch.tensor(1.0, requires_grad=True)
    b = torch.tensor(2.0, requires_grad=True)
    c = torch.tensor(3.0)
    p = a * b
    q = p * c + a
    r = q * q + a
    """,
    operations=graphs.operations,
    leaves=graphs.leaves,
    edges=graphs.edges,
    uses=lambda tensor: sum(
        graphs.name(before) == "AccumulateGrad"
        for node in graphs.nodes(tensor)
        for before, _ in node.next_functions
        if before is not None
    ),
)

_COUNTED_SLIPS = (
    Slip(
        "operation_nodes",
        "len([p, q, r])",
        "you counted the names. Each operator that runs leaves a node, named or not.",
        "names are counted",
    ),
    Slip(
        "operation_nodes",
        "len(operations(r)) - 1",
        "one operator is missing: q * q runs once, but it does run; and so does every +.",
        "an operation is left out",
    ),
    Slip(
        "leaf_nodes",
        "leaves(r) + 1",
        "c is a leaf, but no gradient can arrive at it: it gets no AccumulateGrad.",
        "a constant counts as a leaf",
    ),
    Slip(
        "leaf_nodes",
        "uses(r)",
        "you counted a leaf once for each use. Its node is one, with an edge for each use.",
        "a leaf is counted once a use",
    ),
    Slip(
        "edge_count",
        "edges(r) - 1",
        "q * q uses q twice. Each use has an edge of its own.",
        "two uses, one edge",
    ),
    Slip(
        "edge_count",
        "edges(r) + 1",
        "no edge leads to c: nothing goes back there.",
        "a constant has an edge",
    ),
    Slip(
        "edge_count",
        "edges(r) - uses(r)",
        "the edges that end at a leaf count too.",
        "edges to leaves are forgotten",
    ),
)

# 02.4: walk through a graph


def _graphs() -> list[Any]:
    x = torch.tensor(0.5, requires_grad=True)
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    a = x * x
    diamond = a.exp() + a * 2
    late = 3 * w + torch.tensor([1.0, 1.0])
    deep = x
    for _ in range(3000):
        deep = deep + 1
    return [x * 2, x.exp() + x * 2, diamond, (late * w).sum() + diamond, deep]


def walk(answer: Any) -> str:
    operations = function(answer, "operations(t)")
    found, wanted = [], []
    for tensor in _graphs():
        try:
            result = call(operations, tensor)
        except Raised as raised:
            if isinstance(raised.error, RecursionError):
                raise Wrong(
                    "right for small graphs, perhaps, but a chain of 3000 operations is deeper than Python's calls may "
                    "go. Keep the nodes that are still to be visited in a list of your own.",
                    "recursion",
                ) from None
            if "NoneType" in str(raised.error):
                raise Wrong(
                    f"next_functions holds None where nothing needs a gradient. Skip it.\n  {raised}",
                    "no node for a constant",
                ) from None
            raise
        if result is None:
            raise Wrong("operations returned None. Is the return missing?", "nothing is returned")
        if not isinstance(result, list | tuple | set):
            raise Wrong(f"a list of names is wanted, and this is of type {type(result).__name__}.")
        if not all(isinstance(word, str) for word in result):
            raise Wrong(
                "the list holds something else than text. Names are wanted: type(node).__name__ is one.",
                "nodes for names",
            )
        found.append(sorted(result))
        wanted.append(sorted(graphs.operations(tensor)))
        if found[-1] != wanted[-1]:
            break
    if found == wanted:
        return "every node is visited once, however many ways lead to it, and the leaves are left out."
    mine, right = found[-1], wanted[-1]
    if any(" object at " in word for word in mine):
        raise Wrong("these are the nodes as they print. Only the name of the class is wanted.", "nodes for names")
    if "AccumulateGrad" in mine:
        raise Wrong(
            "AccumulateGrad is in the list. It is where a gradient arrives, and no operation.", "leaves are listed"
        )
    if not mine:
        raise Wrong("the list is empty, though the tensor has a grad_fn.", "nothing is visited")
    if set(mine) == set(right) and len(mine) > len(right):
        raise Wrong(
            "a node to which two ways lead is listed once for each way. Remember which nodes were visited.",
            "a node is visited twice",
        )
    if sorted(set(right)) == mine and len(mine) < len(right):
        raise Wrong(
            "two operations of the same kind are one name in the list. Remember the nodes that were visited, and not "
            "their names.",
            "names for nodes",
        )
    if len(mine) < len(right):
        raise Wrong(
            "some operations are missing. Does the walk follow every input of a node, and does it begin at the "
            "tensor's own grad_fn?",
            "a way is not followed",
        )
    raise Wrong("the names are not those of the operations behind the tensor, each node once.")


# 02.5: what the nodes keep


def _saved(node: Any) -> list[Any]:
    """The tensors that a node has saved; of a Function's or an operation's node, numbers left out."""
    kept = [getattr(node, name) for name in dir(node) if name.startswith("_saved_")]
    return [value for value in kept if isinstance(value, torch.Tensor)]


SAVED = Equipped(
    """
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a = x + 3
    b = a * x
    c = b.exp()
    """,
    saved=_saved,
)


def _holds(result: str, *tensors: str) -> str:
    """A claim that the node of ``result`` has saved just these tensors."""
    saved = f"saved({result}.grad_fn)"
    kept = "".join(f" and any(torch.equal(s, {t}) for s in {saved})" for t in tensors)
    return f"len({saved}) == {len(tensors)}{kept}"


_SAVED_OPTIONS = (
    Option(
        "The + saved x.",
        _holds("a", "x"),
        "what does the slope of a sum depend on? A value that is not needed is not kept.",
        "every operation saves its inputs",
    ),
    Option(
        "exp saved its input, b.",
        _holds("c", "b"),
        "the slope of exp at b is a number that exp has computed already. It keeps that one.",
        "exp saves its input",
    ),
    Option(
        "The × saved both its factors, a and x.",
        _holds("b", "a", "x"),
        "",
        "",
    ),
    Option(
        "The × saved its result, b.",
        _holds("b", "b"),
        "which numbers does the slope of a product need? Not the product.",
        "every operation saves its result",
    ),
    Option(
        "The × saved one factor; the other can be had by dividing.",
        _holds("b", "a"),
        "each factor is the slope for the other, so two numbers are needed; and dividing fails at zero.",
        "one factor is enough",
    ),
    Option(
        "Nothing is saved before backward() runs.",
        " and ".join(_holds(t) for t in "abc"),
        "when backward() runs, the values of the forward pass would be gone. They are kept on the way forward.",
        "saving happens in backward",
    ),
)

QUESTIONS = {
    "02.1": Question(
        title="Which expression is it?",
        minutes=4,
        difficulty=1,
        hints=(
            "Begin at the result: which operation stands right beside it?",
            "Then go to its inputs, one after the other. Which is an operation, which a leaf?",
            "Count the edges into each circle: a plain number such as 3 has none.",
        ),
        grade=chosen(EXPRESSIONS, _EXPRESSIONS, "each operator leaves a node, each use of x an edge."),
        options=tuple(option.text for option in _EXPRESSIONS),
    ),
    "02.2": Question(
        title="Leaf or not",
        minutes=5,
        difficulty=1,
        hints=(
            "Ask of each tensor: did an operation that was recorded make it?",
            "An operation is recorded when one of its inputs is tracked, and only then.",
            "detach() gives the numbers without the history. What has no history is a leaf.",
        ),
        grade=predicted(
            LEAVES,
            {f"{name}_leaf": f"{name}.is_leaf" for name in "wxhkd"},
            _LEAVES_SLIPS,
            "a leaf is whatever has no history, computed or not.",
        ),
        program=LEAVES,
        asks=tuple(f"{name}_leaf" for name in "wxhkd"),
    ),
    "02.3": Question(
        title="Count nodes and edges",
        minutes=8,
        difficulty=2,
        hints=(
            "Draw it: a circle for each operator, a box for each leaf that wants a gradient.",
            "p * c is a node although it has no name. c gets nothing: nobody asked for its gradient.",
            "Count an edge for each input of each circle that leads on, twice where a tensor is used twice.",
        ),
        grade=predicted(
            COUNTED,
            {"operation_nodes": "len(operations(r))", "leaf_nodes": "leaves(r)", "edge_count": "edges(r)"},
            _COUNTED_SLIPS,
            "one node an operator, one a leaf, one edge a use.",
        ),
        program=COUNTED,
        asks=("operation_nodes", "leaf_nodes", "edge_count"),
    ),
    "02.4": Question(
        title="Walk through a graph",
        minutes=15,
        difficulty=3,
        hints=(
            "Keep a list of nodes that are still to be visited. At first it holds one: t.grad_fn.",
            "Take a node out, note its name, put the nodes of its next_functions in. Some of them are None.",
            "Two ways can lead to one node: keep a set of the nodes that were visited. Leave AccumulateGrad out of the "
            "names.",
        ),
        grade=walk,
    ),
    "02.5": Question(
        title="What is kept for the way back",
        minutes=5,
        difficulty=2,
        hints=(
            "Write down the slope of each operation. Which values stand in it?",
            "The slope of a sum is a constant. That of exp is exp itself.",
            "An operation keeps what its slope needs and nothing else, and it keeps it on the way forward.",
        ),
        grade=chosen(SAVED, _SAVED_OPTIONS, "a node keeps what its gradient rule needs, and nothing else."),
        program=SAVED,
        options=tuple(option.text for option in _SAVED_OPTIONS),
    ),
}
