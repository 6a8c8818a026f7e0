"""What repeats in a trace, and what belongs together: loops and modules, each folded into one box.

A loop is a stretch of operations that repeats: the same operations from the same places in the learner's code, using
each other in the same way, round after round. A module is what one call of an ``nn.Module`` computed.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

from .numbers import Json

LEAST_ROUNDS = 4  # fewer are better read one by one
ROOMY = 40  # with so many boxes and operations in sight, modules stay open
RETURNS = 8  # so often a line may run in one round

Item = Union[str, "Fold"]
Chain = tuple[tuple[int | None, str], ...]  # modules, the outermost first: the number of the call and the path


@dataclass(eq=False)
class Fold:
    """Operations that one box stands for. A module has one round; a loop has several, alike in all but numbers."""

    kind: str  # "loop" or "module"
    path: str  # of a module, from the outermost one
    chain: Chain  # the modules that it is in
    rounds: list[list[Item]]
    id: str = ""
    steps: dict[str, tuple[int, int]] = field(default_factory=dict)  # of each operation, its round and its step there

    def __post_init__(self) -> None:
        for place, items in enumerate(self.rounds):
            self.steps.update((op, (place, step)) for step, op in enumerate(operations_of(items)))

    def last(self, place: int) -> str:
        """The operation that ends a round."""
        return list(operations_of(self.rounds[place]))[-1]


@dataclass(eq=False)
class Cluster:
    """A module that is left open: an outline around what it computed, perhaps within that of another (`parent`)."""

    path: str
    parent: int | None
    items: list[Item]


@dataclass(eq=False)
class Level:
    """What is seen at once: operations and folded boxes, and the outlines around some of them."""

    items: list[Item] = field(default_factory=list)
    clusters: list[Cluster] = field(default_factory=list)
    fold: Fold | None = None  # the box that was opened to see it, and in which round
    round: int = 0


def operations_of(items: Iterable[Item]) -> Iterator[str]:
    """The ids of all operations in these items, at any depth."""
    for item in items:
        if isinstance(item, str):
            yield item
        else:
            for inside in item.rounds:
                yield from operations_of(inside)


class Folding:
    """Loops and modules of a trace: ``top`` is the first level, ``level`` what is within a box, ``folds`` has the boxes
    of the levels looked at so far.

    Loops are found as stretches that equal themselves moved by one period (tandem repeats).
    """

    def __init__(self, trace: Json) -> None:
        self._trace = trace
        self._nodes = {node["id"]: node for node in trace["nodes"]}
        operations = [node for node in trace["nodes"] if node["kind"] == "operation"]
        self._maker = {output: node["id"] for node in operations for output in node["outputs"]}
        self._inputs: dict[str, list[Json]] = defaultdict(list)
        for edge in trace["edges"]:
            self._inputs[edge["consumer"]].append(edge)
        self._keys = {node["id"]: self._key(node) for node in operations}
        self._chains = {node["id"]: self._chain(node) for node in operations}
        self.folds: dict[str, Fold] = {}
        self.top = self._arranged(self._grouped(self._loops([node["id"] for node in operations]), 0))

    def level(self, fold: Fold, place: int) -> Level:
        """What is seen in one round of a box, counted from 0."""
        level = self._arranged(fold.rounds[place])
        level.fold, level.round = fold, place
        return level

    # Loops

    def _key(self, node: Json) -> tuple:
        """What two operations share that are the same step of two rounds."""
        if node.get("place") is not None:
            return node["operation"], node["place"], node.get("module")
        return node["operation"], node["symbol"], node.get("module"), tuple(self._nodes[node["output"]]["shape"])

    def _loops(self, operations: Sequence[str]) -> list[Item]:
        """The operations, in the order they ran, with every loop as one item; a round may have loops within."""
        keys = [self._keys[op] for op in operations]
        following = _following(keys)
        items: list[Item] = []
        start = 0
        while start < len(keys):
            begin, period, count = self._longest(operations, keys, following, start)
            items += operations[start:begin]
            start = begin + period * count
            if count > 1:
                rounds = [operations[n : n + period] for n in range(begin, start, period)]
                items.append(Fold("loop", "", self._shared(operations[begin:start]), [*map(self._loops, rounds)]))
            else:
                items += operations[begin:start]
        return items

    def _longest(
        self, operations: Sequence[str], keys: list[tuple], following: list[int], start: int
    ) -> tuple[int, int, int]:
        """The longest loop from `start` on: where it begins, how many operations a round has, how many rounds there
        are; one operation, once, where there is no loop."""
        best = (start, 1, 1)
        after = following[start]
        for _ in range(RETURNS):
            if after < 0:
                break
            period, end = after - start, after
            while end < len(keys) and keys[end] == keys[end - period]:
                end += 1
            if (end - start) // period >= LEAST_ROUNDS:
                starts = [start + self._lead(operations[start:after]), start]
                runs = [(begin, *self._alike(operations[begin:end], period)) for begin in dict.fromkeys(starts)]
                begin, first, count = max(runs, key=lambda run: run[2])
                if count >= LEAST_ROUNDS and period * count > best[1] * best[2]:
                    best = (begin + first * period, period, count)
            after = following[after]
        return best

    def _lead(self, stretch: Sequence[str]) -> int:
        """How many operations to leave out before the first whole round.

        The first round of a loop often lacks operations, since nothing required grad yet, and then the stretch starts
        in the middle of a round. Code runs from top to bottom: a round starts where the place goes back up.
        """
        places = [self._nodes[op].get("place") for op in stretch]
        if None in places:
            return 0
        up = [n for n in range(len(places)) if places[n] < places[n - 1]]
        return up[0] if len(up) == 1 else 0

    def _alike(self, stretch: Sequence[str], period: int) -> tuple[int, int]:
        """The longest run of rounds where each step uses the same steps of its own round and of those before: its
        first round, and how many there are."""
        position = {op: place for place, op in enumerate(stretch)}

        def uses(place: int) -> list[int | None]:
            """How many steps ago each input was made; None if before the stretch."""
            makers = (self._maker.get(edge["source"]) for edge in self._inputs[stretch[place]])
            return [None if maker not in position else place - position[maker] for maker in makers]

        def same(place: int) -> bool:
            before, now = uses(place - period), uses(place)
            return len(before) == len(now) and all(
                # What a later round takes from an earlier one, the first has from before the loop.
                a == b or (a is None and b is not None and place - period < b)
                for a, b in zip(before, now, strict=True)
            )

        first, best = 0, (0, 1)
        for number in range(1, len(stretch) // period):
            if not all(same(number * period + step) for step in range(period)):
                first = number
            best = max(best, (first, number - first + 1), key=lambda run: run[1])
        return best

    # Modules

    def _chain(self, node: Json) -> Chain:
        path, known = node.get("module"), self._trace.get("modules")
        if path is None:
            return ()
        parts = path.split(".") if path else []
        paths = ["", *(".".join(parts[: n + 1]) for n in range(len(parts)))]
        return tuple((node.get("call"), path) for path in paths if not known or path in known)

    def _shared(self, operations: Iterable[str]) -> Chain:
        """The modules that all these operations are in; in a loop, whichever the call."""
        chains = [self._chains[op] for op in operations]
        shared = itertools.takewhile(lambda links: len(set(links)) == 1, zip(*chains, strict=False))
        return tuple(links[0] for links in shared)

    def _grouped(self, items: Iterable[Item], depth: int) -> list[Item]:
        """The items, with what one module computed in one call as one item, and so on within it."""
        grouped: list[Item] = []

        def link(item: Item) -> Any:
            chain = self._chains[item] if isinstance(item, str) else item.chain
            return chain[depth] if len(chain) > depth else None

        for module, run in itertools.groupby(items, link):
            if module is not None:
                inside = list(run)
                chain = self._shared(operations_of(inside))[:depth]
                grouped.append(Fold("module", module[1], chain, [self._grouped(inside, depth + 1)]))
                continue
            for item in run:
                if isinstance(item, Fold):
                    item.rounds = [self._grouped(inside, len(item.chain)) for inside in item.rounds]
                grouped.append(item)
        return grouped

    def _arranged(self, items: list[Item]) -> Level:
        """A level of these items, its modules as open as there is room for, the innermost last."""
        level = _opened(items, 0)
        for depth in range(1, _height(items) + 1):
            deeper = _opened(items, depth)
            if len(deeper.items) > (ROOMY if depth > 1 else 3 * ROOMY):
                break
            level = deeper
        for item in level.items:
            if isinstance(item, Fold) and not item.id:
                item.id = f"g{len(self.folds)}"
                self.folds[item.id] = item
        return level


def _following(keys: Sequence[tuple]) -> list[int]:
    """For each place the next one with the same key, or -1."""
    following = [-1] * len(keys)
    last: dict[tuple, int] = {}
    for place, key in enumerate(keys):
        if key in last:
            following[last[key]] = place
        last[key] = place
    return following


def _height(items: Iterable[Item]) -> int:
    """How deep modules are within each other."""
    modules = [item for item in items if isinstance(item, Fold) and item.kind == "module"]
    return max((1 + _height(module.rounds[0]) for module in modules), default=0)


def _opened(items: Iterable[Item], depth: int) -> Level:
    """A level of these items with the modules open down to a depth."""
    level = Level()

    def add(inside: Iterable[Item], left: int, parent: int | None) -> None:
        for item in inside:
            if isinstance(item, Fold) and item.kind == "module" and left:
                level.clusters.append(Cluster(item.path, parent, []))
                add(item.rounds[0], left - 1, len(level.clusters) - 1)
                continue
            level.items.append(item)
            if parent is not None:
                level.clusters[parent].items.append(item)

    add(items, depth, None)
    return level
