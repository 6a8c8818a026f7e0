"""What is seen of a trace at once: a level of it, as a trace of its own, in which boxes stand for what is folded."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from .folding import Fold, Folding, Item, Level, operations_of
from .numbers import Json, shape_text

Holder = dict[str, Item]  # for each operation of a level, what stands for it


class Levels:
    """The levels of a trace that was folded."""

    def __init__(self, trace: Json, folding: Folding) -> None:
        self._trace = trace
        self._folding = folding
        self._nodes = {node["id"]: node for node in trace["nodes"]}
        operations = [node for node in trace["nodes"] if node["kind"] == "operation"]
        self._maker = {output: node["id"] for node in operations for output in node["outputs"]}
        self._uses: Counter[str] = Counter()
        self._inputs: dict[str, list[Json]] = defaultdict(list)
        for edge in trace["edges"]:
            self._inputs[edge["consumer"]].append(edge)
            self._uses[edge["source"]] += 1

    def shown(self, level: Level) -> Json:
        """A level as a trace of its own, in which boxes stand for what is folded.

        A box is a node of the kind "fold" with the tensors that leave it as ``outputs``. An edge starts at a box where
        every round hands on a tensor of its own.
        """
        holder = {op: item for item in level.items for op in operations_of([item])}
        seen = self._seen(holder)
        nodes: dict[str, Json] = {}
        edges: dict[Any, Json] = {}
        for item in level.items:
            consumer, operations = _id(item), list(operations_of([item]))
            for edge in itertools.chain(*(self._inputs[op] for op in operations)):
                source = self._source(edge["source"], item, seen, holder)
                if source is None:
                    continue
                nodes.setdefault(source, self._node(source, level, holder))
                key = (source, consumer) if {source, consumer} & self._folding.folds.keys() else edge["id"]
                known = edges.setdefault(key, {**edge, "source": source, "consumer": consumer})
                known["carries_gradient"] |= edge["carries_gradient"]
            made = [output for op in operations for output in self._nodes[op]["outputs"] if output in seen]
            box = self._node(consumer, level, holder)
            nodes[consumer] = {**box, "outputs": made} if isinstance(item, Fold) else box
            nodes.update((output, self._node(output, level, holder)) for output in made)
        return {
            "name": self._trace["name"],
            "nodes": list(nodes.values()) if holder else self._trace["nodes"],
            "edges": list(edges.values()),
            "clusters": self._clusters(level, list(nodes), edges.values(), holder),
        }

    def _seen(self, holder: Holder) -> set[str]:
        """The tensors that a level shows: all but those that matter within one box only."""
        uses: dict[str, list[tuple[Item, Any]]] = defaultdict(list)
        for op, item in holder.items():
            for edge in self._inputs[op]:
                round_, step = (0, op) if isinstance(item, str) else item.steps[op]
                uses[edge["source"]].append((item, (round_, step, edge["slot"])))
        seen = set()
        # Tensors that have the same part in several rounds of a loop, as what goes into it or comes out of it.
        parts: dict[Any, set[str]] = defaultdict(set)
        for tensor in dict.fromkeys([*uses, *(made for op in holder for made in self._nodes[op]["outputs"])]):
            maker = self._maker.get(tensor, "")
            made_in = holder.get(maker)
            users = {item for item, _ in uses[tensor]}
            elsewhere = len(uses[tensor]) < self._uses[tensor] or self._nodes[tensor]["kind"] == "output"
            if isinstance(made_in, Fold):
                if elsewhere or users - {made_in}:
                    place = self._nodes[maker]["outputs"].index(tensor)
                    parts[made_in, "makes", made_in.steps[maker][1], place].add(tensor)
            elif maker or elsewhere or len(users) > 1 or any(isinstance(item, str) for item in users):
                seen.add(tensor)
            elif not (self._nodes[tensor]["parameter"] and all(_is_module(item) for item in users)):
                if len({round_ for _, (round_, _, _) in uses[tensor]}) > 1:
                    seen.add(tensor)
                else:
                    (user, (_, step, slot)), *_ = uses[tensor]
                    parts[user, "takes", step, slot].add(tensor)
        return seen.union(*(tensors for tensors in parts.values() if len(tensors) == 1))

    def _source(self, tensor: str, item: Item, seen: set[str], holder: Holder) -> str | None:
        """Where an edge that brings a tensor to an item starts; None where both are in one box."""
        made_in = holder.get(self._maker.get(tensor, ""))
        if made_in is item:
            return None
        if tensor in seen:
            return tensor
        return None if made_in is None else _id(made_in)

    def _node(self, key: str, level: Level, holder: Holder) -> Json:
        if key in self._folding.folds:
            return self.box(self._folding.folds[key])
        node, maker = self._nodes[key], self._maker.get(key)
        if maker is None or maker in holder or level.fold is None:
            return node
        place, _ = level.fold.steps.get(maker, (None, 0))
        came = "from before" if place is None else f"round {place + 1}"
        return {**node, "came": f"{came} · {shape_text(node['shape'])}"}

    def box(self, fold: Fold) -> Json:
        """A folded box as a node."""
        operations = [self._nodes[op] for op in operations_of(fold.rounds[0])]
        lines = sorted({op["line"] for op in operations if op["line"]})
        code = {line["number"]: line["text"].strip() for line in self._trace["code"]}
        if fold.kind == "module":
            label, title = fold.path, self._class(fold.path)
            if not label:
                label, title = title or "module", ""
        else:
            label = f"×{len(fold.rounds)}"
            title = f"lines {lines[0]}–{lines[-1]}" if lines else "loop"
            if len(lines) == 1:
                title = re.sub(r"^(for|while)\b.*?:\s*(?=\S)", "", code[lines[0]])
        return {
            "id": fold.id,
            "kind": "fold",
            "fold": fold.kind,
            "label": label,
            "name": title,
            "line": lines[0] if lines else None,
            "rounds": len(fold.rounds),
            "operations": [op["operation"] for op in operations],
        }

    def _class(self, path: str) -> str:
        return (self._trace.get("modules") or {}).get(path, "")

    def _clusters(self, level: Level, keys: list[str], edges: Iterable[Json], holder: Holder) -> list[Json]:
        """The outlines of a level: what each is called, the nodes in it, and the one that it is in."""
        inside = {_id(item): place for place, cluster in enumerate(level.clusters) for item in cluster.items}

        def around(place: int | None) -> list[int]:
            found = []
            while place is not None:
                found.append(place)
                place = level.clusters[place].parent
            return found[::-1]

        touching: dict[str, list[list[int]]] = defaultdict(list)
        for edge in edges:
            touching[edge["source"]].append(around(inside.get(edge["consumer"])))
        members: dict[int, list[str]] = defaultdict(list)
        for key in keys:
            place = inside.get(key)
            if key in self._nodes and self._nodes[key]["kind"] != "operation":
                # A tensor is in the innermost outline that has all that makes it and uses it.
                maker = self._maker.get(key, "")
                ways = [*touching[key], *([around(inside.get(_id(holder[maker])))] if maker in holder else [])]
                alone = not self._nodes[key]["parameter"] if not maker else maker not in holder
                if alone or self._nodes[key]["kind"] == "output":
                    ways.append([])
                common = [
                    steps[0] for steps in itertools.takewhile(lambda s: len(set(s)) == 1, zip(*ways, strict=False))
                ]
                place = common[-1] if common else None
            if place is not None:
                members[place].append(key)
        return [
            {
                "label": " · ".join(filter(None, (cluster.path, self._class(cluster.path)))) or "module",
                "parent": cluster.parent,
                "members": members[place],
            }
            for place, cluster in enumerate(level.clusters)
        ]


def _id(item: Item) -> str:
    return item if isinstance(item, str) else item.id


def _is_module(item: Item) -> bool:
    return isinstance(item, Fold) and item.kind == "module"
