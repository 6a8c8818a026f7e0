"""Answers to sheet 10: right ones, and for each misconception its wrong ones.

Most wrong ones are a right one with one part replaced.
"""

GIVEAWAY = {
    "10.1": r"\.pop\(|uses\[|indegree",
    "10.2": r"gradients\.get|\+=",
    "10.3": r"\.sum\(|keepdims",
    "10.4": r"2 ?\* ?eps|step\[",
    "10.5": r"append\(|\.pop\(|self\.[a-z]",
}

HANDED_IN = {
    "10.1": "topological_order",
    "10.2": "walk",
    "10.3": "unbroadcast",
    "10.4": "numeric_gradient",
    "10.5": "NoGrad",
}


def _with(start: str, *replaced: tuple[str, str]) -> str:
    for old, new in replaced:
        assert old in start, old
        start = start.replace(old, new)
    return start


_ORDER = """
def topological_order(graph, result):
    uses = {node: 0 for node in graph}
    for inputs in graph.values():
        for before in inputs:
            uses[before] += 1
    ready, order = [result], []
    while ready:
        node = ready.pop()
        order.append(node)
        for before in graph[node]:
            uses[before] -= 1
            if uses[before] == 0:
                ready.append(before)
    return order
"""

_DEEP = """
def topological_order(graph, result):
    order, seen = [], set()
    def visit(node):
        if node not in seen:
            seen.add(node)
            for before in graph[node]:
                visit(before)
            order.append(node)
    visit(result)
    return order[::-1]
"""

_BREADTH = """
def topological_order(graph, result):
    order, waiting = [], [result]
    while waiting:
        node = waiting.pop(0)
        if node not in order:
            order.append(node)
            waiting += graph[node]
    return order
"""

_WALK = """
def walk(order, graph, rules):
    gradients = {order[0]: 1.0}
    for node in order:
        for before, part in zip(graph[node], rules(node, gradients[node])):
            gradients[before] = gradients.get(before, 0.0) + part
    return gradients
"""

_FOLD = """
def unbroadcast(gradient, shape):
    while gradient.ndim > len(shape):
        gradient = gradient.sum(0)
    for dim, length in enumerate(shape):
        if length == 1:
            gradient = gradient.sum(dim, keepdims=True)
    return gradient
"""

_NUMERIC = """
import numpy as np

def numeric_gradient(f, x, eps):
    gradient = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[place] = eps
        gradient[place] = (f(x + step) - f(x - step)) / (2 * eps)
    return gradient
"""

_NO_GRAD = """
class NoGrad:
    def __init__(self, mode):
        self.mode = mode
        self.before = []

    def __enter__(self):
        self.before.append(self.mode["recording"])
        self.mode["recording"] = False

    def __exit__(self, kind, error, traceback):
        self.mode["recording"] = self.before.pop()
"""

_ONE_MEMORY = _with(
    _NO_GRAD, ("self.before.append(self.mode", "self.before = (self.mode"), ("self.before.pop()", "self.before")
)

RIGHT = {
    "10.1": {
        "by counting uses": _ORDER,
        "depth first, with a list": """
def topological_order(graph, result):
    order, seen, waiting = [], set(), [(result, False)]
    while waiting:
        node, done = waiting.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting += [(before, False) for before in graph[node]]
    return order[::-1]
""",
    },
    "10.2": {
        "with get": _WALK,
        "zeros first": """
def walk(order, graph, rules):
    gradients = dict.fromkeys(order, 0.0)
    gradients[order[0]] = 1.0
    for node in order:
        parts = rules(node, gradients[node])
        for i, before in enumerate(graph[node]):
            gradients[before] += parts[i]
    return gradients
""",
    },
    "10.3": {
        "in front, then ones": _FOLD,
        "all at once": """
def unbroadcast(gradient, shape):
    extra = gradient.ndim - len(shape)
    axes = [i for i in range(gradient.ndim) if i < extra or shape[i - extra] == 1]
    return gradient.sum(tuple(axes)).reshape(shape)
""",
    },
    "10.4": {
        "a step": _NUMERIC,
        "two copies": """
import numpy as np

def numeric_gradient(f, x, eps):
    slopes = []
    for place in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[place] += eps
        below[place] -= eps
        slopes.append((f(above) - f(below)) / eps / 2)
    return np.array(slopes).reshape(x.shape)
""",
    },
    "10.5": {
        "the error raised again": _NO_GRAD + "        if error is not None:\n            raise error\n",
        "a list": _NO_GRAD,
        "contextlib's": """
import contextlib

class NoGrad(contextlib.ExitStack):
    def __init__(self, mode):
        super().__init__()
        self.mode, self.before = mode, []

    def __enter__(self):
        self.before += [self.mode["recording"]]
        self.mode.update(recording=False)
        return self

    def __exit__(self, *error):
        self.mode.update(recording=self.before.pop())
        return False
""",
    },
}

WRONG = {
    "10.1": [
        ("def topological_order(graph, result):\n    return ...", None),
        (_DEEP, "recursion"),
        (_BREADTH, "first come, first served"),
        (_with(_BREADTH, ("if node not in order", "if True")), "a node is listed twice"),
        (_with(_ORDER, ("return order", "return order[::-1]")), "the order of the forward pass"),
        (_with(_BREADTH, ("waiting += graph[node]", "waiting += graph[node][:1]")), "a way is not followed"),
        (_with(_ORDER, ("order.append(node)", "order += [node] if graph[node] else []")), "the leaves are missing"),
        (_with(_ORDER, ("    return order\n", "")), "nothing is returned"),
        (_with(_ORDER, ("ready, order", "graph['y'] = []; ready, order")), "arguments are changed"),
        ("def topological_order(graph, result):\n    return ['q']", None),
        (_with(_ORDER, ("for before in inputs:", "for before in set(inputs):")), "first come, first served"),
        (_with(_ORDER, ("for before in graph[node]:", "for before in set(graph[node]):")), "the leaves are missing"),
    ],
    "10.2": [
        ("def walk(order, graph, rules):\n    gradients = {}\n    return gradients", "the start is missing"),
        (_with(_WALK, ("gradients.get(before, 0.0) + part", "part")), "the new gradient replaces the old"),
        (
            _with(
                _WALK, ("gradients[before] = gradients.get(before, 0.0) + part", "gradients.setdefault(before, part)")
            ),
            "only the first contribution",
        ),
        (
            _with(_WALK, ("gradients.get(before, 0.0) + part", "gradients.get(before, 1.0) * part")),
            "contributions multiply",
        ),
        (
            _with(
                _WALK,
                (
                    "gradients.get(before, 0.0) + part",
                    "(gradients[before] + part) / 2 if before in gradients else part",
                ),
            ),
            "contributions are averaged",
        ),
        (_with(_WALK, ("1.0}", "0.0}")), "the start is not one"),
        (_with(_WALK, ("for node in order", "for node in graph")), "a gradient before it has arrived"),
        (_with(_WALK, ("order[0]:", '"y":')), "a gradient before it has arrived"),
        (_with(_WALK, ("order[0]:", "next(iter(graph)):")), "a gradient before it has arrived"),
        (
            _with(_WALK, ("for node in order:", "for node in order:\n        if not graph[node]: continue")),
            "a node is left out",
        ),
        (
            _with(
                _WALK,
                (
                    "for before, part in zip(graph[node], rules(node, gradients[node])):",
                    "for i, before in enumerate(graph[node]):\n            part = rules(node, gradients[node])[i]",
                ),
            ),
            "a node works twice",
        ),
        (_with(_WALK, ("    return gradients\n", "")), "nothing is returned"),
        (_with(_WALK, ("return gradients", "return gradients['x']")), None),
        (
            _with(_WALK, ("return gradients", "return {n: g for n, g in gradients.items() if n in 'yx'}")),
            "a gradient is missing",
        ),
    ],
    "10.3": [
        ("def unbroadcast(gradient, shape):\n    return gradient", "broadcasting is not undone"),
        (_with(_FOLD, ("if length == 1", "if False")), "stretched dimensions are left"),
        (
            """
def unbroadcast(gradient, shape):
    extra = gradient.ndim - len(shape)
    axes = [i + extra for i, length in enumerate(shape) if length == 1]
    return gradient.sum(tuple(axes), keepdims=True)
""",
            "added dimensions are left",
        ),
        (_with(_FOLD, ("sum(", "mean(")), "averaged over the copies"),
        (
            _with(
                _FOLD,
                ("gradient.sum(0)", "gradient[0]"),
                ("gradient.sum(dim, keepdims=True)", "gradient.take([0], dim)"),
            ),
            "one of several uses",
        ),
        (
            "import numpy as np\ndef unbroadcast(gradient, shape):\n    return np.full(shape, gradient.sum())",
            "summed over everything",
        ),
        (
            """
def unbroadcast(gradient, shape):
    extra = gradient.ndim - len(shape)
    axes = [i for i in range(gradient.ndim) if i < extra or shape[i - extra] != gradient.shape[i]]
    return gradient.sum(tuple(axes))
""",
            "a dimension is lost",
        ),
        (_with(_FOLD, ("    return gradient\n", "")), "nothing is returned"),
        ("def unbroadcast(gradient, shape):\n    gradient *= 2\n    return gradient", "arguments are changed"),
        (_with(_FOLD, ("return gradient\n", "return 2 * gradient\n")), None),
    ],
    "10.4": [
        ("def numeric_gradient(f, x, eps):\n    return ...", None),
        (
            _with(_NUMERIC, ("(f(x + step) - f(x - step)) / (2 * eps)", "(f(x + step) - f(x)) / eps")),
            "a one-sided difference",
        ),
        (
            _with(_NUMERIC, ("(f(x + step) - f(x - step)) / (2 * eps)", "(f(x) - f(x - step)) / eps")),
            "a one-sided difference",
        ),
        (_with(_NUMERIC, ("(2 * eps)", "eps")), "divided by half the distance"),
        (_with(_NUMERIC, (" / (2 * eps)", "")), "not divided by the distance"),
        (
            """
import numpy as np

def numeric_gradient(f, x, eps):
    gradient = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        above = below = x.copy()
        above[place] += eps
        below[place] -= eps
        gradient[place] = (f(above) - f(below)) / (2 * eps)
    return gradient
""",
            "two names for one array",
        ),
        (_with(_NUMERIC, ("f(x + step) - f(x - step)", "f(x - step) - f(x + step)")), "the sign is turned"),
        (_with(_NUMERIC, ("step[place] = eps", "step += eps")), "all elements at once"),
        (_with(_NUMERIC, ("    return gradient\n", "")), "nothing is returned"),
        (_with(_NUMERIC, ("return gradient\n", "return gradient.sum()\n")), "another shape than x"),
        (_with(_NUMERIC, ("    gradient = np", "    eps = 1e-5\n    gradient = np")), "eps is ignored"),
        (
            _with(_NUMERIC, ("f(x + step) - f(x - step)", "f(x + step) - f(x - step) + 0 * x.__iadd__(step).sum()")),
            "arguments are changed",
        ),
    ],
    "10.5": [
        (
            """
class NoGrad:
    def __init__(self, mode):
        self.mode = mode
    def __enter__(self):
        ...
    def __exit__(self, kind, error, traceback):
        ...
""",
            "the block changes nothing",
        ),
        (_ONE_MEMORY, "one memory for two blocks"),
        (_with(_NO_GRAD, ("self.before.pop()", "self.before.pop(0)")), "the memory of another block"),
        (
            _with(
                _ONE_MEMORY,
                ("self.before = []", 'self.before = mode["recording"]'),
                ('        self.before = (self.mode["recording"])\n', ""),
            ),
            "the memory of another block",
        ),
        (
            """
class NoGrad:
    def __init__(self, mode):
        self.mode = mode

    def __enter__(self):
        self.mode["recording"] = not self.mode["recording"]

    def __exit__(self, kind, error, traceback):
        self.mode["recording"] = not self.mode["recording"]
""",
            "the block toggles",
        ),
        (_with(_NO_GRAD, ("self.before.pop()", "True")), "the end always switches on"),
        (_with(_NO_GRAD, ('self.mode["recording"] = self.before.pop()', "pass")), "the end restores nothing"),
        (_with(_NO_GRAD, ("self.before.pop()\n", "self.before.pop()\n        return True\n")), "errors are swallowed"),
        (
            _with(
                _NO_GRAD,
                (
                    'self.mode["recording"] = self.before.pop()',
                    'self.mode["recording"] = self.before.pop() and kind is None',
                ),
            ),
            "an error leaves it off",
        ),
        (
            _with(
                _NO_GRAD, ("        self.before = []", '        self.before = []\n        mode["recording"] = False')
            ),
            "off when it is made",
        ),
        (_with(_NO_GRAD, ("def __exit__", "def exit")), "not a context manager"),
        ("def NoGrad(mode):\n    mode['recording'] = False", None),
    ],
}
