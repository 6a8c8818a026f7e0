"""Sheet 10, the parts of an engine: an order, sums of contributions, shapes, a numeric check, no_grad."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..guard import Raised, call
from ..question import Question
from ..reading import function, numbers, shape_words
from ..verdict import Wrong

Graph = dict[str, list[str]]

# 10.1: an order in which to walk


def _chain(length: int) -> Graph:
    graph: Graph = {f"n{i}": [f"n{i + 1}"] for i in range(length)}
    return graph | {f"n{length}": []}


_GRAPHS: tuple[Graph, ...] = (
    {"y": ["x"], "x": []},
    {"y": ["x", "x"], "x": []},
    {"y": ["a", "b"], "a": ["x"], "b": ["a"], "x": []},
    {"y": ["b", "a"], "a": ["x"], "b": ["a", "w"], "w": [], "x": []},
    # x is used twice by a, and once by b: whichever of the two is visited first.
    {"y": ["b", "a"], "a": ["x", "x"], "b": ["x"], "x": []},
    {"y": ["a", "b"], "a": ["x", "x"], "b": ["x"], "x": []},
    {"y": ["d", "a"], "d": ["c", "b"], "c": ["b"], "b": ["a", "a"], "a": ["x", "w"], "w": [], "x": []},
    _chain(5000),
)


def order(answer: Any) -> str:
    sort = function(answer, "topological_order(graph, result)")
    for graph in _GRAPHS:
        result = next(iter(graph))
        given = {node: list(inputs) for node, inputs in graph.items()}
        try:
            found = call(sort, given, result)
        except Raised as raised:
            if isinstance(raised.error, RecursionError):
                raise Wrong(
                    "a chain of 5000 operations is deeper than Python's calls may go. Keep what is still to be done in "
                    "a list of your own.",
                    "recursion",
                ) from None
            raise
        if given != graph:
            raise Wrong("the graph was changed. It still belongs to the caller.", "arguments are changed")
        if found is None:
            raise Wrong("topological_order returned None. Is the return missing?", "nothing is returned")
        if not isinstance(found, list | tuple) or not all(isinstance(node, str) for node in found):
            raise Wrong("a list of the graph's nodes is wanted.")
        _judge_order(list(found), graph)
    return "no node comes before one that still sends something to it, and each comes once."


def _judge_order(found: list[str], graph: Graph) -> None:
    if set(found) - set(graph):
        raise Wrong("there is something in the list that is no node of the graph.")
    if set(found) != set(graph):
        leaves = all(not graph[node] for node in set(graph) - set(found))
        twice = any(len(set(inputs)) < len(inputs) for inputs in graph.values())
        raise Wrong(
            "leaves are missing. A gradient has to arrive there, too."
            + (" Where a node uses another twice, are both uses counted, and both taken off?" if twice else "")
            if leaves
            else "nodes are missing: does the walk follow every input?",
            "the leaves are missing" if leaves else "a way is not followed",
        )
    if len(found) > len(graph):
        raise Wrong(
            "a node that is used twice is in the list twice. The walk goes on from it once, when all has arrived.",
            "a node is listed twice",
        )
    place = {node: i for i, node in enumerate(found)}
    edges = [(node, before) for node, inputs in graph.items() for before in inputs]
    if all(place[node] > place[before] for node, before in edges):
        raise Wrong(
            "this is an order for the way forward: each node comes after what it is computed from. The walk goes the "
            "other way.",
            "the order of the forward pass",
        )
    for node, before in edges:
        if place[node] > place[before]:
            raise Wrong(
                "a node comes before one that is computed from it, so the walk would go on from it before all has "
                "arrived. First come, first served is not enough where two ways of different length meet.",
                "first come, first served",
            )


# 10.2: what arrives at a node is added up

_Factors = dict[str, tuple[float, ...]]
# Graphs, and by which factors a node sends its gradient to its inputs; the order is one to walk in, from the result.
_WALKS: tuple[tuple[Graph, list[str], _Factors], ...] = (
    (
        {"y": ["b", "a"], "b": ["a"], "a": ["x", "x"], "x": []},
        ["y", "b", "a", "x"],
        {"y": (2.0, 3.0), "b": (5.0,), "a": (7.0, 11.0), "x": ()},
    ),
    (
        {"x": [], "h": ["x", "w"], "w": [], "out": ["h", "x", "h"]},
        ["out", "h", "w", "x"],
        {"out": (2.0, 3.0, 5.0), "h": (7.0, 11.0), "w": (), "x": ()},
    ),
)


def _walked(walk: tuple[Graph, list[str], _Factors], put: Callable[[Any, Any], Any]) -> dict[str, float]:
    """The gradients when what arrives is put together by ``put(old, contribution)``; old is None at first."""
    graph, order, factors = walk
    found: dict[str, float] = {order[0]: 1.0}
    for node in order:
        for before, factor in zip(graph[node], factors[node], strict=True):
            found[before] = put(found.get(before), factor * found[node])
    return found


_PUTS: tuple[tuple[str, str, Callable[[Any, Any], Any]], ...] = (
    (
        "a later contribution takes the place of an earlier one. Both belong to the gradient.",
        "the new gradient replaces the old",
        lambda old, part: part,
    ),
    (
        "only the first contribution that arrives is kept. All of them belong to the gradient.",
        "only the first contribution",
        lambda old, part: part if old is None else old,
    ),
    (
        "the contributions are multiplied. Where ways meet, they add.",
        "contributions multiply",
        lambda old, part: part if old is None else old * part,
    ),
    (
        "the contributions are averaged. Where ways meet, they add.",
        "contributions are averaged",
        lambda old, part: part if old is None else (old + part) / 2,
    ),
)


def accumulate(answer: Any) -> str:
    walk = function(answer, "walk(order, graph, rules)")
    found = [_gradients_of(walk, *given) for given in _WALKS]
    if all(
        np.isclose(plain[node], value)
        for given, (plain, _) in zip(_WALKS, found, strict=True)
        for node, value in _walked(given, lambda old, part: part if old is None else old + part).items()
    ):
        for (graph, _, _), (_, calls) in zip(_WALKS, found, strict=True):
            if calls != len(graph):
                raise Wrong(
                    "the numbers are right, but rules was not called once for each node. Each call is one node's work.",
                    "a node works twice" if calls > len(graph) else "a node is left out",
                )
        return "each node works once, with the sum of all that has arrived."
    if any(plain[order[0]] != 1 for (_, order, _), (plain, _) in zip(_WALKS, found, strict=True)):
        raise Wrong("the gradient of the result with respect to itself is not right.", "the start is not one")
    for words, misconception, put in _PUTS:
        if all(
            np.isclose(plain[node], value)
            for given, (plain, _) in zip(_WALKS, found, strict=True)
            for node, value in _walked(given, put).items()
        ):
            raise Wrong(words, misconception)
    raise Wrong("the gradients are not the sums over all ways. Follow a node to which two contributions come.")


def _gradients_of(walk: Callable, graph: Graph, order: list[str], factors: _Factors) -> tuple[dict[str, float], int]:
    """The gradients that a student's walk finds, and how often it asked the rules."""
    calls = 0

    def rules(node: str, gradient: Any) -> list[Any]:
        nonlocal calls
        calls += 1
        numbers(gradient, f"the gradient of {node}")
        return [factor * gradient for factor in factors[node]]

    try:
        found = call(walk, list(order), {node: list(inputs) for node, inputs in graph.items()}, rules)
    except Raised as raised:
        if isinstance(raised.error, KeyError):
            raise Wrong(
                "a gradient is asked for where nothing has arrived yet. The walk goes through the nodes in the order "
                f"that it is handed, and begins with the result, whatever its name.\n  {raised}",
                "a gradient before it has arrived",
            ) from None
        raise
    if found is None:
        raise Wrong("walk returned None. Is the return missing?", "nothing is returned")
    if not isinstance(found, dict):
        raise Wrong(f"a dict from node to gradient is wanted, and this is of type {type(found).__name__}.")
    missing = graph.keys() - found.keys()
    if order[0] in missing:
        raise Wrong("the gradient of the result itself is missing. The walk starts from it.", "the start is missing")
    if missing:
        raise Wrong(f"no gradient is given for {', '.join(sorted(missing))}.", "a gradient is missing")
    given = {node: numbers(found[node], f"the gradient of {node}") for node in graph}
    if any(value.size != 1 for value in given.values()):
        raise Wrong("a gradient here is one number.")
    return {node: float(value.reshape(())) for node, value in given.items()}, calls


# 10.3: back to the shape of an input

_SHAPES: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((3,), (3,)),
    ((2, 3), (2, 3)),
    ((2, 3), (2, 1)),
    ((3, 4), (1, 4)),
    ((2, 3), (3,)),
    ((2, 3, 4), (3, 1)),
    ((2, 3), ()),
    ((1, 3), (1, 1)),
)


def _axes(gradient: np.ndarray, shape: tuple[int, ...]) -> tuple[int, ...]:
    extra = gradient.ndim - len(shape)
    return tuple(i for i in range(gradient.ndim) if i < extra or shape[i - extra] != gradient.shape[i])


def _folded(how: Callable[[np.ndarray, tuple[int, ...]], np.ndarray]) -> Callable[[np.ndarray, tuple], np.ndarray]:
    return lambda gradient, shape: how(gradient, _axes(gradient, shape)).reshape(shape)


def _only_extra(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    while gradient.ndim > len(shape):
        gradient = gradient.sum(0)
    return gradient


def _only_ones(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    axes = tuple(i for i in _axes(gradient, shape) if i >= gradient.ndim - len(shape))
    return gradient.sum(axes, keepdims=True)


_FOLDS: tuple[tuple[str, str, Callable[[np.ndarray, tuple], np.ndarray]], ...] = (
    ("nothing is undone: the gradient comes back as it went in.", "broadcasting is not undone", lambda g, shape: g),
    (
        "dimensions that were added in front are summed, those of length one that were stretched are not.",
        "stretched dimensions are left",
        _only_extra,
    ),
    (
        "stretched dimensions are summed, those that were added in front are not.",
        "added dimensions are left",
        _only_ones,
    ),
    (
        "the copies are averaged. Each use sends its gradient, and they add up.",
        "averaged over the copies",
        _folded(lambda g, axes: g.mean(axes)),
    ),
    (
        "only one copy counts. Each use sends its gradient, and they add up.",
        "one of several uses",
        _folded(lambda g, axes: g[tuple(0 if i in axes else slice(None) for i in range(g.ndim))]),
    ),
    (
        "everything is added up, also what was not broadcast.",
        "summed over everything",
        lambda g, shape: np.full(shape, g.sum()),
    ),
    (
        "the numbers are right, but dimensions of length one got lost.",
        "a dimension is lost",
        lambda g, shape: g.sum(_axes(g, shape)),
    ),
)


def unbroadcast(answer: Any) -> str:
    fold = function(answer, "unbroadcast(gradient, shape)")
    random = np.random.default_rng(103)
    trials = [(random.uniform(-2, 2, given), shape) for given, shape in _SHAPES]
    found = []
    for gradient, shape in trials:
        handed = gradient.copy()
        result = call(fold, handed, shape)
        if not np.array_equal(handed, gradient):
            raise Wrong("the gradient that was handed in was changed. Compute something new.", "arguments are changed")
        if result is None:
            raise Wrong("unbroadcast returned None. Is the return missing?", "nothing is returned")
        found.append(numbers(result, "what unbroadcast returns"))
    right = [gradient.sum(_axes(gradient, shape)).reshape(shape) for gradient, shape in trials]
    if all(_same(mine, theirs) for mine, theirs in zip(found, right, strict=True)):
        return "what was copied on the way forward is added up on the way back, and nothing else."
    for words, misconception, how in _FOLDS:
        if all(_same(mine, how(*trial)) for mine, trial in zip(found, trials, strict=True)):
            raise Wrong(words, misconception)
    for mine, theirs, (gradient, shape) in zip(found, right, trials, strict=True):
        if not _same(mine, theirs):
            raise Wrong(
                f"for a gradient of shape {shape_words(gradient.shape)} and the shape {shape_words(shape)}, the result "
                f"has shape {shape_words(mine.shape)}"
                + (" and other numbers." if mine.shape == theirs.shape else ", which is another one.")
            )
    raise AssertionError("one of them is wrong")


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and bool(np.allclose(a, b))


# 10.4: a gradient without any rule


def _functions() -> list[tuple[Callable[[np.ndarray], float], np.ndarray, np.ndarray]]:
    """Functions of an array, where, and their gradient there."""
    random = np.random.default_rng(104)
    a, b, c = random.uniform(0.5, 1.5, 3), random.uniform(0.5, 1.5, (2, 2)), np.array(0.7)
    return [
        (lambda x: float((x**3).sum()), a, 3 * a**2),
        (lambda x: float(np.exp(x).sum() * x.reshape(-1)[0]), b, _exp_gradient(b)),
        (lambda x: float(np.sin(x)), c, np.cos(c)),
    ]


def _exp_gradient(x: np.ndarray) -> np.ndarray:
    gradient = np.exp(x) * x.reshape(-1)[0]
    gradient.reshape(-1)[0] += np.exp(x).sum()
    return gradient


def _one_by_one(slope: Callable[[Callable, np.ndarray, np.ndarray, float], float]) -> Callable[..., np.ndarray]:
    """The gradient, when the slope along one element is ``slope(f, x, step, eps)``."""

    def gradient(f: Callable, x: np.ndarray, eps: float) -> np.ndarray:
        out = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            step = np.zeros(x.shape)
            step[i] = eps
            out[i] = slope(f, x, step, eps)
        return out

    return gradient


_DIFFERENCES: tuple[tuple[str, str, Callable[..., np.ndarray]], ...] = (
    (
        "this is a difference to one side. Its error shrinks like eps, that of the central one like eps squared.",
        "a one-sided difference",
        _one_by_one(lambda f, x, step, eps: (f(x + step) - f(x)) / eps),
    ),
    (
        "this is a difference to one side. Its error shrinks like eps, that of the central one like eps squared.",
        "a one-sided difference",
        _one_by_one(lambda f, x, step, eps: (f(x) - f(x - step)) / eps),
    ),
    (
        "the numbers are twice too large: how far apart are the two points?",
        "divided by half the distance",
        _one_by_one(lambda f, x, step, eps: (f(x + step) - f(x - step)) / eps),
    ),
    (
        "the difference is not divided by the distance of the two points.",
        "not divided by the distance",
        _one_by_one(lambda f, x, step, eps: f(x + step) - f(x - step)),
    ),
    (
        "the sign is turned.",
        "the sign is turned",
        _one_by_one(lambda f, x, step, eps: (f(x - step) - f(x + step)) / (2 * eps)),
    ),
    (
        "all elements were moved at once. Each has a slope of its own: move one, and hold the others still.",
        "all elements at once",
        lambda f, x, eps: np.full(x.shape, (f(x + eps) - f(x - eps)) / (2 * eps)),
    ),
    (
        "all slopes are zero. Are the two points really two arrays, or two names of one? `a = x` makes no copy.",
        "two names for one array",
        lambda f, x, eps: np.zeros(x.shape),
    ),
)


def numeric_gradient(answer: Any) -> str:
    gradient = function(answer, "numeric_gradient(f, x, eps)")
    found, trials, eps = [], _functions(), 1e-2
    for f, x, _ in trials:
        handed = x.copy()
        result = call(gradient, lambda y, f=f: f(np.asarray(y)), handed, eps)
        if result is None:
            raise Wrong("numeric_gradient returned None. Is the return missing?", "nothing is returned")
        if not np.allclose(handed, x, atol=1e-12):
            raise Wrong("x was changed, and not put back. It still belongs to the caller.", "arguments are changed")
        found.append(numbers(result, "what numeric_gradient returns"))
    central = _one_by_one(lambda f, x, step, eps: (f(x + step) - f(x - step)) / (2 * eps))
    if all(_same(mine, central(f, x, eps)) for mine, (f, x, _) in zip(found, trials, strict=True)):
        return "two evaluations for each element, and an error that shrinks with the square of eps."
    for words, misconception, how in _DIFFERENCES:
        if all(_same(mine, how(f, x, eps)) for mine, (f, x, _) in zip(found, trials, strict=True)):
            raise Wrong(words, misconception)
    if any(mine.shape != x.shape for mine, (_, x, _) in zip(found, trials, strict=True)):
        raise Wrong("the gradient has the shape of x: one number for each element.", "another shape than x")
    if all(np.allclose(mine, exact, atol=1e-6) for mine, (_, _, exact) in zip(found, trials, strict=True)):
        raise Wrong(
            "these slopes are more exact than central differences with this eps can be. Are these its two points, with "
            "the eps that is handed in?",
            "eps is ignored",
        )
    raise Wrong("these are not the central differences. Take a function of one number first, and one eps.")


# 10.5: no_grad


def _boom(block: Any) -> None:
    with block:
        raise KeyError("boom")


def context(answer: Any) -> str:
    if answer is ...:
        raise Wrong("no answer so far. Write the class NoGrad.")
    if not isinstance(answer, type):
        raise Wrong(
            f"the class NoGrad is wanted, and this is of type {type(answer).__name__}. Hand in the class itself."
        )
    missing = [name for name in ("__enter__", "__exit__") if not hasattr(answer, name)]
    if missing:
        raise Wrong(f"NoGrad has no {' and no '.join(missing)}: `with` needs both.", "not a context manager")
    mode = {"recording": True}

    def block() -> Any:
        # Named so that an error says whose line it was.
        return call(answer, mode)

    outer = block()
    if not mode["recording"]:
        raise Wrong(
            "recording is off as soon as NoGrad(mode) is made. It begins with the block.", "off when it is made"
        )

    def enter(manager: Any) -> None:
        call(type(manager).__enter__, manager)

    def leave(manager: Any, *error: Any) -> Any:
        try:
            return call(type(manager).__exit__, manager, *(error or (None, None, None)))
        except Raised as raised:
            if error and raised.error is error[1]:
                return False  # raised again, it goes on to the caller all the same
            raise

    enter(outer)
    if mode.get("recording") is not False:
        raise Wrong("inside the block, recording is still on.", "the block changes nothing")
    inner = block()
    enter(inner)
    _expect_off(mode, "inside an inner block")
    leave(inner)
    if mode["recording"]:
        raise Wrong(
            "after an inner block ended, recording is on although the outer block still runs. What was it when the "
            "inner block began?",
            "the end always switches on",
        )
    leave(outer)
    if not mode["recording"]:
        raise Wrong("after the block, recording is still off.", "the end restores nothing")
    swallowed = leave(_entered(block(), enter), KeyError, KeyError("boom"), None)
    if swallowed:
        raise Wrong(
            "an error inside the block disappears: what __exit__ returns counts as true, and that means: handled.",
            "errors are swallowed",
        )
    if not mode["recording"]:
        raise Wrong("after an error inside the block, recording stays off.", "an error leaves it off")
    mode["recording"] = False
    off = _entered(block(), enter)
    _expect_off(mode, "inside a block that began with recording off")
    leave(off)
    if mode["recording"]:
        raise Wrong(
            "recording was off before the block began, and is on after it. Put back what was there.",
            "the end always switches on",
        )
    mode["recording"] = True
    again = block()
    for _ in range(2):
        enter(again)
        _expect_off(mode, "inside the block")
    leave(again)
    if mode["recording"]:
        raise Wrong(
            "one NoGrad is entered twice, a block within its own block. When the inner one ends, recording is on "
            "although the outer one still runs. What belongs to the block that ends first?",
            "the memory of another block",
        )
    leave(again)
    if not mode["recording"]:
        raise Wrong(
            "one NoGrad that is entered twice, a block within its own block, ends with recording off: the second entry "
            "overwrote what the first had remembered. Remember more than one.",
            "one memory for two blocks",
        )
    return "each block puts back what it found, nested or not, with an error or without."


def _expect_off(mode: dict, where: str) -> None:
    if mode["recording"]:
        raise Wrong(f"{where}, recording is on. A block switches off, whatever was there before.", "the block toggles")


def _entered(manager: Any, enter: Callable[[Any], None]) -> Any:
    enter(manager)
    return manager


def _question(title: str, minutes: int, difficulty: int, grade: Callable[[Any], str], hints: Sequence[str]) -> Question:
    first, second, third = hints
    return Question(title, minutes, difficulty, (first, second, third), grade)


QUESTIONS = {
    "10.1": _question(
        "An order for the walk",
        15,
        3,
        order,
        (
            "A node may be visited when all nodes that are computed from it have been.",
            "Count for each node how often it is used. Visiting a node lowers the counts of its inputs by one each.",
            "Keep a list of nodes whose count is zero, the result at first. Take one, note it, lower, add new zeros.",
        ),
    ),
    "10.2": _question(
        "What arrives is added",
        8,
        2,
        accumulate,
        (
            "Keep a dict from node to gradient. It begins with the result alone. Which number is that?",
            "For each node in the order: ask rules what it sends, and hand each part to the input it belongs to.",
            "Something may have arrived at an input before. What is there then stays, and the part comes on top.",
        ),
    ),
    "10.3": _question(
        "Undo a broadcast",
        10,
        2,
        unbroadcast,
        (
            "Two things happen when an array is broadcast: dimensions are added in front, and ones are stretched.",
            "Both are copies. On the way back, the gradients of copies are put together. How?",
            "First get rid of the dimensions in front; then keep each dimension that should have length one.",
        ),
    ),
    "10.4": _question(
        "A gradient without rules",
        8,
        2,
        numeric_gradient,
        (
            "The slope along one element: move it a little up, and a little down, and compare.",
            "np.ndindex(x.shape) goes through all places of an array of any shape.",
            "Work on a copy of x, so that x itself never changes; divide by the distance of the two points.",
        ),
    ),
    "10.5": _question(
        "Write no_grad",
        10,
        3,
        context,
        (
            "__init__ keeps mode, __enter__ switches off, __exit__ puts back. What has to be remembered in between?",
            "What was there before may have been off already. Python calls __exit__ also after an error.",
            "One object may be entered again before it is left: what is remembered is then a list, used from its end.",
        ),
    ),
}
