"""Answers to sheet 02: right ones, and for each misconception its wrong ones."""

GIVEAWAY = {
    "02.1": r"x \* x \+ x\b",
    "02.2": r"\b[wxhkd] is (a|no) leaf\b(?!:)",
    "02.3": r"\b[529]\b(?! ?\*)",
    "02.4": r"visited\.add|waiting|\.pop",
    "02.5": r"both (its )?factors",
}

HANDED_IN = {
    "02.1": "expression",
    "02.2": "(w_leaf, x_leaf, h_leaf, k_leaf, d_leaf)",
    "02.3": "(operation_nodes, leaf_nodes, edge_count)",
    "02.4": "operations",
    "02.5": "kept",
}

_LEAVES = "w_leaf, x_leaf, h_leaf, k_leaf, d_leaf = "
_COUNTS = "operation_nodes, leaf_nodes, edge_count = "

_WALK = """
def operations(t):
    names, visited, waiting = [], set(), [t.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is None or node in visited:
            continue
        visited.add(node)
        if type(node).__name__ != "AccumulateGrad":
            names.append(type(node).__name__)
        waiting += [before for before, _ in node.next_functions]
    return names
"""

_RECURSIVE = """
def operations(t):
    names, visited = [], set()
    def visit(node):
        if node is None or node in visited:
            return
        visited.add(node)
        if type(node).__name__ != "AccumulateGrad":
            names.append(type(node).__name__)
        for before, _ in node.next_functions:
            visit(before)
    visit(t.grad_fn)
    return names
"""


def _walk(old: str, new: str) -> str:
    assert old in _WALK
    return _WALK.replace(old, new)


RIGHT = {
    "02.1": {"a letter": "expression = 'd'", "a capital": "expression = ' D '"},
    "02.2": {
        "words": f"{_LEAVES}True, True, False, True, True",
        "asked": """
import numpy as np
w = torch.ones(2, requires_grad=True)
w_leaf, x_leaf, h_leaf, k_leaf, d_leaf = [True, True, (w * 2).is_leaf, np.bool_(True), not False]
""",
    },
    "02.3": {"numbers": f"{_COUNTS}5, 2, 9", "a list": f"{_COUNTS}[5.0, torch.tensor(2), 9]"},
    "02.4": {
        "a stack": _WALK,
        "a queue": _walk("waiting.pop()", "waiting.pop(0)"),
        "round by round": """
def operations(t):
    found, newest = {}, [t.grad_fn]
    while newest:
        found.update(dict.fromkeys(newest))
        newest = {b for n in newest for b, _ in n.next_functions if b is not None and b not in found}
    return [type(n).__name__ for n in found if not hasattr(n, "variable")]
""",
    },
    "02.5": {"a letter": "kept = 'c'", "a capital": "kept = 'C'"},
}

WRONG = {
    "02.1": [
        ("expression = ...", None),
        ("expression = 'a'", "the order of the operations is turned"),
        ("expression = 'b'", "a sum taken for a product"),
        ("expression = 'c'", "a constant has an edge"),
        ("expression = 'e'", "a constant counts as a leaf"),
        ("expression = 'f'", "equal operations share a node"),
        ("expression = 'g'", None),
        ("expression = 'de'", None),
    ],
    "02.2": [
        (f"{_LEAVES}..., ..., ..., ..., ...", None),
        (f"{_LEAVES}False, True, False, True, True", "a flag makes a node"),
        (f"{_LEAVES}True, False, False, True, True", "a leaf must require grad"),
        (f"{_LEAVES}True, True, True, True, True", "every tensor is a leaf"),
        (f"{_LEAVES}True, True, False, False, True", "what is computed is never a leaf"),
        (f"{_LEAVES}True, True, False, True, False", "detach keeps the history"),
        (f"{_LEAVES}1, 1, 0, 1, 1", None),
    ],
    "02.3": [
        (f"{_COUNTS}..., ..., ...", None),
        (f"{_COUNTS}3, 2, 9", "names are counted"),
        (f"{_COUNTS}4, 2, 9", "an operation is left out"),
        (f"{_COUNTS}5, 3, 9", "a constant counts as a leaf"),
        (f"{_COUNTS}5, 4, 9", "a leaf is counted once a use"),
        (f"{_COUNTS}5, 2, 8", "two uses, one edge"),
        (f"{_COUNTS}5, 2, 10", "a constant has an edge"),
        (f"{_COUNTS}5, 2, 5", "edges to leaves are forgotten"),
        (f"{_COUNTS}6, 2, 9", None),
    ],
    "02.4": [
        ("def operations(t):\n    node = t.grad_fn\n    return ...", None),
        (_RECURSIVE, "recursion"),
        (_walk("node is None or node in visited", "node in visited"), "no node for a constant"),
        (_walk('if type(node).__name__ != "AccumulateGrad":\n            ', ""), "leaves are listed"),
        (_walk("node is None or node in visited", "node is None"), "a node is visited twice"),
        (_walk("return names", "return sorted(set(names))"), "names for nodes"),
        (_walk("node.next_functions]", "list(node.next_functions)[:1]]"), "a way is not followed"),
        (_walk("[t.grad_fn]", "[b for b, _ in t.grad_fn.next_functions]"), "nothing is visited"),
        (_walk("names.append(type(node).__name__)", "names.append(str(node))"), "nodes for names"),
        (_walk("names.append(type(node).__name__)", "names.append(node)"), "nodes for names"),
        (_walk("    return names\n", ""), "nothing is returned"),
        ("def operations(t):\n    return []", "nothing is visited"),
    ],
    "02.5": [
        ("kept = ...", None),
        ("kept = 'a'", "every operation saves its inputs"),
        ("kept = 'b'", "exp saves its input"),
        ("kept = 'd'", "every operation saves its result"),
        ("kept = 'e'", "one factor is enough"),
        ("kept = 'f'", "saving happens in backward"),
        ("kept = 'A and B'", None),
    ],
}
