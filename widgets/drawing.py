"""A trace as one SVG picture: the same live, in a stored notebook and in a saved file.

What changes from frame to frame is drawn once, in every state it ever has, each state in a group that says in which
frames it shows (`data-from`, `data-to`). A front end steps by hiding and showing groups; a still picture leaves out
those that do not show.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import cached_property
from html import escape
from typing import Any, NamedTuple

from .figures import ADVANCE, box, moved, text
from .layout import Group, Layout, Point, Request, lay_out_all
from .numbers import digits, shape_text

Json = dict[str, Any]

MARGIN = 14
RADIUS = 16  # of an operation's circle
HEADER = 27  # the part of a tensor's box with its name
INSET = 7
RING = 4  # between the two borders of the output
SLOT_GAP = 12
CAPTION = 22
NAME_LENGTH = 20
STRIP = 1200  # width
FOLD_HEIGHT = 52
OPERAND = re.compile(r"\b(first|second|third|in|out)\b")  # in the formula of a local derivative
CARD = 4  # how far the cards of a folded loop lie behind each other
HEAD = 7.5  # length of an arrow's head


class Rows(NamedTuple):
    """An array's content as cells: labelled where it is small, else a heatmap over a line of text."""

    heat: list[list[float | None]]
    labels: list[list[str]] | None
    line: str | None

    @property
    def height(self) -> float:
        if self.line is not None:
            return 8 * len(self.heat) * bool(self.labels is None and self.heat) + 16
        return 24 if len(self.heat) == 1 else 18 * len(self.heat)

    @property
    def width(self) -> float:
        if self.line is not None:
            return _advance(self.line, 10.5) + 4
        assert self.labels is not None
        widest = max(len(label) for row in self.labels for label in row)
        columns = len(self.labels[0])
        return _advance("0" * widest, 13 if columns == 1 and len(self.heat) == 1 else 11) * columns + 5 * columns


class Part(NamedTuple):
    """A piece of the picture and how far it reaches."""

    left: float
    right: float
    drawn: str


class Drawing:
    """The picture of a trace, laid out once; with frames in the trace, of each of them.

    Raises `RuntimeError` where no Graphviz can be run.
    """

    def __init__(self, trace: Json) -> None:
        self.trace = trace
        self.frames: list[Json] = trace.get("frames", [])
        self.last = max(len(self.frames) - 1, 0)
        kinds = ("operation", "fold")
        self.tensors = {node["id"]: node for node in trace["nodes"] if node["kind"] not in kinds}
        self.folds = {node["id"]: node for node in trace["nodes"] if node["kind"] == "fold"}
        self.operations = {node["id"]: node for node in trace["nodes"] if node["kind"] == "operation"}
        self.gradients = self._gradients()
        arrays = [tensor["value"] for tensor in self.tensors.values()]
        content = max((_rows(array).height for array in arrays if array), default=24)
        held = [array for states in self.gradients.values() for _, array, _ in states if array]
        self.box_height = HEADER + max(24, content) + 9
        self.slot_height = max([24, *(_rows(array).height for array in held)]) + 10
        self.slot_offset = self.box_height / 2 + SLOT_GAP + self.slot_height / 2
        self.widths = {key: self._width(tensor) for key, tensor in self.tensors.items()}
        # In a chain nothing comes near the operations' names, so they may stand over the boxes and the gaps be narrow.
        self.chain = self._is_chain()
        self.frame = 0
        self.is_live = False
        self.shown: Collection[str] = ()

    def still(self, frame: int = 0, shown: Collection[str] = ()) -> str:
        """Return the SVG as of one frame; `shown` names the layers of a graph without frames that are visible.

        The layers are values, gradients, saved and names.
        """
        self.frame, self.shown, self.is_live = frame, shown, False
        return self._svg()

    def live(self, frame: int = 0, shown: Collection[str] = ()) -> str:
        """Return the SVG of all frames, of which one shows."""
        self.frame, self.shown, self.is_live = frame, shown, True
        return self._svg()

    @cached_property
    def layout(self) -> Layout:
        """Where everything is."""
        return lay_out_all([self.request()])[0]

    @staticmethod
    def of_rounds(traces: Sequence[Json]) -> list[Drawing]:
        """The drawings of a loop's rounds: what has the same part in two rounds stands in the same place."""
        drawings = [Drawing(trace) for trace in traces]
        alike: dict[Any, list[Drawing]] = defaultdict(list)
        for drawing in drawings:
            alike[drawing._form()].append(drawing)
        for together in alike.values():
            _put_in_step(together)
        return drawings

    def _form(self) -> tuple:
        """What two drawings share that can be laid out alike."""
        place = {node["id"]: place for place, node in enumerate(self.trace["nodes"])}
        ends = [(place[edge["source"]], place[edge["consumer"]], edge["slot"]) for edge in self.trace["edges"]]
        kinds = [node["kind"] if node["kind"] in ("operation", "fold") else "tensor" for node in self.trace["nodes"]]
        return (*kinds, *ends, *((place[maker], place[tensor]) for _, maker, tensor in self._made_by))

    def _edge_keys(self) -> list[str]:
        return [edge["id"] for edge in self.trace["edges"]] + [edge[0] for edge in self._made_by]

    # When what happens

    @cached_property
    def _acting(self) -> dict[str, list[int]]:
        """The frames in which each operation works."""
        frames = defaultdict(list)
        for index, frame in enumerate(self.frames):
            frames[frame["operation"]].append(index)
        return frames

    @cached_property
    def _made(self) -> dict[str, int]:
        """The frame in which each tensor is computed."""
        return {
            tensor: index
            for index, frame in enumerate(self.frames)
            if frame["phase"] == "forward"
            for tensor in self.operations[frame["operation"]]["outputs"]
        }

    @cached_property
    def _freed(self) -> dict[str, int]:
        """The first frame in which each operation has lost what it saved."""
        frames: dict[str, int] = {}
        for index, frame in enumerate(self.frames):
            for key in frame["freed"]:
                frames.setdefault(key, index)
        return frames

    @cached_property
    def _again(self) -> list[int]:
        """The frames in which a second or later backward pass starts."""
        passes = [frame["pass"] for frame in self.frames]
        return [index for index in range(1, len(passes)) if passes[index] > passes[index - 1] > 0]

    def _end_of_pass(self, index: int) -> int:
        """The last frame of the backward pass that a frame is in."""
        return next((start - 1 for start in self._again if start > index), self.last)

    @cached_property
    def _raising(self) -> dict[str, int]:
        """The operation or leaf at which a pass ends in an error, and the frame."""
        return {f["operation"] or f["tensor"]: i for i, f in enumerate(self.frames) if f["kind"] == "error"}

    def _failure(self, key: str, left: float, top: float, width: float, height: float) -> str:
        """A hatch and a "!" over what raised."""
        if key not in self._raising:
            return ""
        mark = _alarm(left + width, top, "the backward pass ends here with an error")
        return self._during(self._raising[key], self.last, _hatch(left, top, width, height) + mark)

    @cached_property
    def _made_by(self) -> list[tuple[str, str, str]]:
        """The edges to what operations and boxes make: id, tail and head."""
        makers = {**self.operations, **self.folds}
        made = [(key, tensor) for key, maker in makers.items() for tensor in maker["outputs"] if tensor in self.tensors]
        return [(f"out:{key}:{tensor}", key, tensor) for key, tensor in made]

    @cached_property
    def _kept(self) -> set[str]:
        """The tensors that some operation saved."""
        return {entry["tensor"] for operation in self.operations.values() for entry in operation["saved"]}

    # Measures and places

    def _gradients(self) -> dict[str, list[tuple[int, Json | None, str]]]:
        """For each tensor, the states of its gradient: from which frame, what it is, its caption."""
        states: dict[str, list[tuple[int, Json | None, str]]] = {}
        if not self.frames:
            shown = {key: t for key, t in self.tensors.items() if t["kind"] == "leaf" or t["grad"]}
            return {key: [(0, tensor["grad"], "")] for key, tensor in shown.items()}
        receiving = {frame["tensor"] for frame in self.frames if frame["phase"] == "backward"}
        before = {frame["tensor"]: frame["old"] for frame in reversed(self.frames) if frame["kind"] == "accumulate"}
        for key, tensor in self.tensors.items():
            if key in receiving:
                states[key] = [(0, before.get(key), f"{_short(tensor['name'], 12)}.grad" if before.get(key) else "")]
        for index, frame in enumerate(self.frames):
            if frame["phase"] != "backward":
                continue
            key = frame["tensor"]
            caption = ""
            if index in self._again:  # What passed through in the pass before is gone.
                for other, earlier in states.items():
                    if self.tensors[other]["kind"] != "leaf" and earlier[-1][1]:
                        earlier.append((index, None, ""))
            if frame["kind"] == "accumulate":
                caption = f"{_short(self.tensors[key]['name'], 12)}.grad"
            elif frame["expected"] > 1:
                caption = f"{frame['arrived']} of {frame['expected']} contributions"
            states[key].append((index, frame["new"], caption))
        return states

    def _width(self, tensor: Json) -> float:
        header = _advance(_short(tensor["name"]), 13) + 10 + _advance(_aside(tensor), 10.5)
        held = [array for _, array, _ in self.gradients.get(tensor["id"], []) if array]
        arrays = [tensor["value"], *held] if tensor["value"] else held
        content = max((_rows(array).width for array in arrays), default=0)
        return round(max(header + 6, content, 62) + 2 * INSET)

    def _is_chain(self) -> bool:
        neighbours = defaultdict(set)
        for edge in self.trace["edges"]:
            neighbours[edge["source"]].add(edge["consumer"])
            neighbours[edge["consumer"]].add(edge["source"])
        return all(len(beside) == 1 for beside in neighbours.values())

    def _sizes(self) -> dict[str, tuple[float, float]]:
        above = self.box_height / 2 + 26
        below = self.slot_offset + self.slot_height / 2 + CAPTION
        sizes: dict[str, tuple[float, float]] = {}
        for key, tensor in self.tensors.items():
            ring = 2 * RING if tensor["kind"] == "output" else 0
            tall = above + below if self.frames else 2 * (below if key in self.gradients else above)
            sizes[key] = (self.widths[key] + ring, tall)
        for key, operation in self.operations.items():
            sizes[key] = (2 * _half_width(operation), above + below if self.frames else 2 * above)
        for key, fold in self.folds.items():
            sizes[key] = (_fold_width(fold), max(FOLD_HEIGHT + 4 * CARD, 2 * above))
        return {node["id"]: sizes[node["id"]] for node in self.trace["nodes"]}

    def request(self) -> Request:
        """What is to be laid out."""
        return self._request(self._sizes())

    def _request(self, sizes: dict[str, tuple[float, float]]) -> Request:
        edges = [(edge["id"], edge["source"], edge["consumer"]) for edge in self.trace["edges"]]
        groups = [Group(cluster["members"], cluster["parent"]) for cluster in self.trace.get("clusters", [])]
        gap = 20 if self.chain else 38
        return Request(sizes, [*edges, *self._made_by], gap, 18, groups)

    # The whole

    def _svg(self) -> str:
        nodes = [self._operation(node) for node in self.operations.values()]
        nodes += [self._fold(node) for node in self.folds.values()]
        nodes += [self._tensor(node) for node in self.tensors.values()]
        parts = [*self._outlines(), *_strips(self._edges()), *_strips(self._flows()), *_strips(nodes)]
        top, bottom = self._extent()
        width, height = self.layout.width + 2 * MARGIN, bottom - top
        paper = "" if self.is_live else box(0, 0, width, height, "mg-ground", radius=0)
        return (
            f'<svg class="mg-graph" xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
            f'viewBox="0 0 {width:g} {height:g}" role="img" '
            f'aria-label="computation graph of {escape(self.trace["name"])}">{paper}{moved(MARGIN, -top, *parts)}</svg>'
        )

    def _extent(self) -> tuple[float, float]:
        """The top and the bottom of all that is ever drawn, with a margin."""
        ys = [y for curve in self.layout.curves.values() for _, y in curve]
        tops, bottoms = [min(ys, default=math.inf)], [max(ys, default=-math.inf)]
        for key, (_, y) in self.layout.centres.items():
            named = self.box_height / 2 + 12 if self.chain else RADIUS + 9
            tops.append(y - (named + 8 if key in self.operations else self.box_height / 2 + 12))
            below = max(self.box_height / 2 + RING, RADIUS + 24)
            if key in self.gradients:
                below = self.slot_offset + self.slot_height / 2 + (CAPTION - 8 if self.frames else 2)
            bottoms.append(y + below)
        for _, top, _, bottom in self.layout.outlines.values():
            tops.append(top)
            bottoms.append(bottom)
        return min(tops) - 8, max(bottoms) + 8

    def _outlines(self) -> list[str]:
        """A frame around what each open module computed, with its name."""
        parts = []
        for place, cluster in enumerate(self.trace.get("clusters", [])):
            left, top, right, bottom = self.layout.outlines[place]
            frame = box(left, top, right - left, bottom - top, "mg-module", radius=9)
            most = max(int((right - left - 16) / _advance("0", 10.5)), 3)
            parts.append(
                frame + text(left + 9, top + 15, _short(cluster["label"], most), "mg-num mg-small mg-is-muted")
            )
        return parts

    def _during(self, first: int, last: int, *parts: str) -> str:
        """What shows in frames `first` to `last`."""
        body = "".join(parts)
        if not self.frames or (first == 0 and last == self.last):
            return body
        visible = first <= self.frame <= last
        if not self.is_live:
            return body if visible else ""
        hidden = "" if visible else ' display="none"'
        return f'<g data-from="{first}" data-to="{last}"{hidden}>{body}</g>' if first <= last else ""

    def _layer(self, name: str, *parts: str) -> str:
        """What a reader can switch on and off."""
        if self.frames:
            return "".join(parts)
        hidden = "" if name in self.shown else ' display="none"'
        return f'<g data-layer="{name}"{hidden}>{"".join(parts)}</g>'

    # Edges

    def _curve(self, edge: str) -> list[Point]:
        """An edge's control points; edges that share both ends are drawn apart from start to end."""
        points = self.layout.curves[edge]
        together = self._together.get(edge)
        if together is None:
            return points
        place, count = together
        aside = place - (count - 1) / 2
        (x0, y0), (x1, y1), *middle, (x2, y2), (x3, y3) = points
        reach = max(x3 - x0, 12)
        start, end = 26 * aside / max(count - 1, 1), 17 * aside / max(count - 1, 1)
        back = RADIUS - math.sqrt(RADIUS**2 - end**2)
        if middle:
            return [(x0, y0 + start), (x1, y1 + start), *middle, (x2, y2 + 2 * end), (x3 + back, y3 + end)]
        return [(x0, y0 + start), (x0 + reach / 2, y0 + 1.5 * start), (x3 - reach / 3, y3 + 1.9 * end),
                (x3 + back, y3 + end)]  # fmt: skip

    @cached_property
    def _together(self) -> dict[str, tuple[int, int]]:
        """For each edge that shares both ends with others: its place among them, and how many they are."""
        groups = defaultdict(list)
        for edge in self.trace["edges"]:
            groups[edge["source"], edge["consumer"]].append(edge["id"])
        return {key: (place, len(keys)) for keys in groups.values() if len(keys) > 1 for place, key in enumerate(keys)}

    @cached_property
    def _edges_into(self) -> dict[str, list[Json]]:
        found = defaultdict(list)
        for edge in self.trace["edges"]:
            found[edge["consumer"]].append(edge)
        return found

    def _edges(self) -> list[Part]:
        parts = []
        for edge in self.trace["edges"]:
            faint = "" if edge["carries_gradient"] else " mg-faint"
            curve = self._curve(edge["id"])
            ends = (edge["source"], edge["consumer"])
            parts.append(Part(curve[0][0], curve[-1][0], _arrow(curve, f"mg-edge{faint}", ends=ends)))
        for key, maker, made in self._made_by:
            curve = self.layout.curves[key]
            parts.append(Part(curve[0][0], curve[-1][0], _arrow(curve, "mg-edge", ends=(maker, made))))
        for index, frame in enumerate(self.frames):
            if frame["phase"] == "forward" and frame["operation"]:
                curves = [self._curve(edge["id"]) for edge in self._edges_into[frame["operation"]]]
                curves += [self.layout.curves[name] for name, maker, _ in self._made_by if maker == frame["operation"]]
                ahead = self._during(index, index, *(_arrow(curve, "mg-edge mg-ahead") for curve in curves))
                parts.append(Part(min(curve[0][0] for curve in curves), curves[-1][-1][0], ahead))
        return parts

    def _flows(self) -> list[Part]:
        """The way each contribution takes: under its operation, from slot to slot, against the arrows."""
        parts = []
        consumers = {edge["id"]: edge for edge in self.trace["edges"]}
        for index, frame in enumerate(self.frames):
            if frame["kind"] != "contribution":
                continue
            operation = self.operations[consumers[frame["edge"]]["consumer"]]
            place, count = self._together.get(frame["edge"], (0, 1))
            down = self.slot_offset + 12 * (place - (count - 1) / 2)
            curve = self.layout.curves[frame["edge"]]
            if count > 1 and len(curve) == 4:
                (x0, y0), (x1, y1) = curve[0], curve[-1]
                third = (x1 - x0) / 3
                curve = [(x0, y0), (x0 + third, y0), (x1 - third, y1), (x1, y1)]
            points = _under(self.layout.curves[f"out:{operation['id']}:{operation['output']}"], down)
            back = _under(curve, down)
            here, there = points[-1], back[0]
            points += [here, there, there, *back[1:]]
            # Clear of the slot that it leaves, and of the ring around the one where it arrives.
            points[0] = (points[0][0] - (2 if operation["output"] in self.gradients else 0), points[0][1])
            points[-1] = (points[-1][0] + 3, points[-1][1])
            drawn = self._during(index, index, _arrow(points, "mg-flow", 9))
            drawn += self._during(index + 1, self._end_of_pass(index), _arrow(points, "mg-flow mg-past", 7))
            parts.append(Part(points[-1][0], points[0][0], drawn))
        return parts

    # Nodes

    def _node(self, node: Json, title: str, *parts: str) -> Part:
        x = self.layout.centres[node["id"]][0]
        drawn = (
            f'<g class="mg-node" data-node="{escape(node["id"])}"><title>{escape(title)}</title>{"".join(parts)}</g>'
        )
        return Part(x, x, drawn)

    def _operation(self, operation: Json) -> Part:
        key = operation["id"]
        x, y = self.layout.centres[key]
        half = _half_width(operation)

        def shape(kind: str, out: float = 0) -> str:
            around = RADIUS + out if half == RADIUS else 14 + out
            return box(x - half - out, y - around, 2 * (half + out), 2 * around, kind, radius=around)

        size = 16 if half == RADIUS else 12.5
        symbol = (
            f'<text x="{x:g}" y="{y + size * 0.35:g}" class="mg-sym" font-size="{size}" text-anchor="middle">'
            f"{escape(_short(operation['symbol'], 8))}</text>"
        )
        over = self.box_height / 2 + 10 if self.chain else RADIUS + 7
        name = text(x, y - over, _short(operation["operation"].rpartition("::")[2], 22), "mg-fn mg-halo", "middle")
        active = [
            self._during(i, i, shape("mg-now" if self.frames[i]["phase"] == "forward" else "mg-now mg-back"))
            for i in self._acting[key]
        ]
        title = operation["operation"] + (f", line {operation['line']}" if operation["line"] else "")
        words = self._layer("names", name)
        if not self.frames:
            words += self._layer(
                "maths", text(x, y - over, self._maths(operation), "mg-fn mg-formula mg-halo", "middle")
            )
        failure = self._failure(key, x - half - 8, y - 24, 2 * half + 16, 48)
        saved = self._saved(operation)
        return self._node(operation, title, failure, shape("mg-body mg-opn"), *active, symbol, words, saved)

    def _maths(self, operation: Json) -> str:
        """The local derivatives of an operation, short enough to stand over it: ``∂ = y, y``."""
        names = {"out": self.tensors.get(operation["outputs"][0], {}).get("name", "")}
        for edge in self._edges_into[operation["id"]]:
            if edge["source"] in self.tensors:
                names[("first", "second", "third")[min(edge["slot"], 2)]] = self.tensors[edge["source"]]["name"]
        names["in"] = names.get("first", "")

        def named(found: re.Match[str]) -> str:
            name = names.get(found[0], "")
            return name if name.isidentifier() and len(name) <= 6 else found[0]

        formulas = [local["formula"].rpartition(" = ")[2] for local in operation["locals"]]
        written = [OPERAND.sub(named, formula) for formula in formulas]
        return _short("∂ = " + ", ".join(written), 22)

    def _fold(self, fold: Json) -> Part:
        """A box that stands for a loop, as a pile of cards, or for a module, with a bar at its side."""
        x, y = self.layout.centres[fold["id"]]
        width = _fold_width(fold) - 2 * CARD * (fold["fold"] == "loop")
        left, top = x - width / 2, y - FOLD_HEIGHT / 2
        parts = []
        if fold["fold"] == "loop":
            parts += [box(left + n * CARD, top - n * CARD, width, FOLD_HEIGHT, "mg-card", radius=7) for n in (2, 1)]
        parts.append(box(left, top, width, FOLD_HEIGHT, "mg-body mg-fold", radius=7))
        if fold["fold"] == "module":
            parts.append(f'<path d="M{left + 4:g} {top + 8:g}v{FOLD_HEIGHT - 16}" class="mg-spine"/>')
        middle = x - 6
        kind = "mg-times" if fold["fold"] == "loop" else "mg-name"
        parts.append(text(middle, y - (2 if fold["name"] else -4), _short(fold["label"]), kind, "middle"))
        if fold["name"]:
            parts.append(text(x, y + 17, _short(fold["name"], 26), "mg-num mg-small mg-is-muted", "middle"))
        across, down = left + width - 15, top + 15
        parts.append(f'<path d="M{across - 4:g} {down:g}h8" class="mg-plus"/>')
        parts.append(f'<path d="M{across:g} {down - 4:g}v8" class="mg-plus mg-upright"/>')
        title = f"{fold['label']} {fold['name']}, {fold['fold']} of {_operations(len(fold['operations']))}"
        if fold["fold"] == "loop":
            title += f" a round, {fold['rounds']} rounds"
        return self._node(fold, title, *parts)

    def _saved(self, operation: Json) -> str:
        """What an operation keeps for backward: a pin, and under it, in a graph, a dashed tag with its name."""
        saved = operation["saved"]
        if not saved:
            return ""
        of = list(dict.fromkeys(entry["of"] for entry in saved))
        words = ", ".join(of) if len(", ".join(of)) <= 7 or len(of) == 1 else f"{len(of)} kept"
        kept = self._tag(operation, _short(words, 7))
        state = next((entry["state"] for entry in saved if entry["state"] != "kept"), "")
        if state:
            kept = self._tag(operation, state, state)
        if not self.frames:
            return self._layer("saved", kept)
        freed = self._freed.get(operation["id"], self.last + 1)
        gone = self._during(freed, self.last, self._tag(operation, "freed", "freed"))
        return self._during(self._made.get(operation["output"], 0), freed - 1, kept) + gone

    def _tag(self, operation: Json, words: str, state: str = "kept") -> str:
        x, y = self.layout.centres[operation["id"]]
        top = y + RADIUS + 6
        words = f"! {words}" if state == "modified" else words
        width = _advance(words, 10.5) + 23
        return f'<g class="mg-saved mg-{state}">' + "".join(
            (
                f'<path d="M{x:g} {y + RADIUS + 1:g}V{top:g}" class="mg-keeps"/>',
                box(x - width / 2, top, width, 17, "mg-keeps mg-tag", radius=5),
                _pin(x - width / 2 + 9, top + 3),
                text(x + 7, top + 12.5, words, "mg-num mg-small", "middle"),
                "</g>",
            )
        )

    def _tensor(self, tensor: Json) -> Part:
        key, kind = tensor["id"], tensor["kind"]
        x, y = self.layout.centres[key]
        width, height = self.widths[key], self.box_height
        left, top = x - width / 2, y - height / 2
        borders = {"leaf": ("mg-leaf", 13), "constant": ("mg-const", 3)}.get(kind, ("mg-mid", 3))
        if "came" in tensor:
            borders = ("mg-mid mg-came", 3)
        parts = [box(left, top, width, height, f"mg-body {borders[0]}", radius=borders[1])]
        if kind == "output":
            outer = box(left - RING, top - RING, width + 2 * RING, height + 2 * RING, "mg-out", radius=6)
            parts.insert(0, outer)
        parts.append(text(left + 10, top + 18, _short(tensor["name"]), "mg-name"))
        parts.append(text(left + width - 9, top + 18, _aside(tensor), "mg-num mg-small mg-is-muted", "end"))
        area = (left, top + HEADER, width, height - HEADER - 9)
        if tensor["value"] is None:
            why = text(x, top + HEADER + 15, tensor["why_no_value"] or "", "mg-fn", "middle")
        else:
            why = _content(tensor["value"], "value", *area)
            if not _finite(tensor["value"]):
                why += _alarm(left + width, top, "not every number here is finite")
        parts.append(self._layer("values", self._during(self._made.get(key, 0), self.last, why)))
        if key in self.gradients:
            parts.append(self._layer("gradients", *self._slot(tensor)))
        if key in self._kept and not self.frames:
            ring = 5 if kind != "output" else RING + 4
            outline = box(left - ring, top - ring, width + 2 * ring, height + 2 * ring, "mg-keeps", radius=8)
            parts.append(self._layer("saved", outline, _pin(left + width - 8, top - ring - 7)))
        parts.append(self._failure(key, left, top, width, height))
        shape = shape_text(tensor["shape"])
        return self._node(tensor, f"{tensor['name']}, {kind} tensor, {shape}, {tensor['dtype']}", *parts)

    def _slot(self, tensor: Json) -> list[str]:
        """The place under a tensor where its gradient arrives, in all its states."""
        x, y = self.layout.centres[tensor["id"]]
        width, height = self.widths[tensor["id"]], self.slot_height
        left, top = x - width / 2, y + self.slot_offset - self.slot_height / 2
        parts = []
        states = self.gradients[tensor["id"]]
        for place, (first, array, caption) in enumerate(states):
            last = states[place + 1][0] - 1 if place + 1 < len(states) else self.last
            # A gradient that is on its way is only passing; what a leaf keeps in .grad has a border.
            kept = not self.frames or (tensor["kind"] == "leaf" and caption.endswith(".grad"))
            if array is None:
                words = "grad is None" if not self.frames else "grad"
                drawn = box(left, top, width, height, "mg-slot", radius=5)
                drawn += text(x, top + height / 2 + 4, words, "mg-fn", "middle")
            else:
                drawn = box(left, top, width, height, "mg-slot mg-has" + " mg-kept" * kept, radius=5)
                drawn += _content(array, "grad", left, top + 5, width, height - 10)
                if not _finite(array):
                    drawn += _alarm(left + width, top, "not every number here is finite")
                drawn += text(x, top + height + 13, caption, "mg-fn mg-is-grad", "middle") if caption else ""
            parts.append(self._during(first, last, drawn))
            if first and array is not None:
                ring = box(left - 2, top - 2, width + 4, height + 4, "mg-arrives", radius=7)
                parts.append(self._during(first, first, ring))
        return parts


# Numbers


def _rows(array: Json) -> Rows:
    heat, shape = array["heat"], array["shape"]
    if math.prod(shape) == 0:
        return Rows([], None, "empty")
    if array["labels"] is not None:
        return Rows(heat, [array["labels"]], None)
    if len(shape) == 2 and shape[0] <= 3 and shape[1] <= 4 and array["values"]:
        labels = [digits(float(value), 3) for value in array["values"]]
        return Rows(heat, [labels[row * shape[1] : (row + 1) * shape[1]] for row in range(shape[0])], None)
    return Rows(heat, None, array["summary"].partition(" · ")[2])


def _content(array: Json, hue: str, left: float, top: float, width: float, height: float) -> str:
    """An array's numbers in the given place, in the middle of its height."""
    rows = _rows(array)
    y = top + (height - rows.height) / 2
    middle = left + width / 2
    if rows.line is not None:
        parts = [text(middle, y + 8 * len(rows.heat) + 12, rows.line, "mg-num mg-small", "middle")]
        room, pitch, thick = width - 2 * INSET, 8, 7
    elif len(rows.heat) == 1 and len(rows.heat[0]) == 1:
        alone = f'font-size="13" text-anchor="middle">{escape(rows.labels[0][0])}</text>' if rows.labels else ""
        broken = _hatch(left + INSET, y, width - 2 * INSET, rows.height) if rows.heat[0][0] is None else ""
        return f'<g class="mg-is-{hue}">{broken}<text class="mg-one" x="{middle:g}" y="{y + 17:g}" {alone}</g>'
    else:
        parts = []
        pitch, thick = (24, 7) if len(rows.heat) == 1 else (18, 16)
        room = width - 2 * INSET
    columns = len(rows.heat[0]) if rows.heat else 1
    step = room / columns
    gap = 2 if step > 12 else 1
    for i, line in enumerate(rows.heat):
        for j, share in enumerate(line):
            x, cell_y, wide = left + INSET + j * step + gap / 2, y + i * pitch, step - gap
            label = rows.labels[i][j] if rows.labels else None
            tinted = thick > 8
            if share is None:
                parts.append(_hatch(x, cell_y, wide, thick))
            else:
                strength = (0.06 + 0.3 * abs(share)) if tinted else (0.1 + 0.8 * abs(share))
                parts.append(
                    f'<rect x="{x:.5g}" y="{cell_y:.5g}" width="{wide:.4g}" height="{thick}" rx="1.5" '
                    f'opacity="{strength:.2f}"/>'
                )
                if share < 0 and not tinted and wide > 8:
                    mark = "mg-minus mg-on-dark" if strength > 0.5 else "mg-minus"
                    start = x + min(4, wide / 2 - 3)
                    parts.append(f'<path d="M{start:.5g} {cell_y + 3.5:.5g}h6" class="{mark}"/>')
            if label is not None:
                base = cell_y + (12 if tinted else 20)
                parts.append(text(round(x + wide / 2, 1), base, label, "mg-num", "middle"))
    return f'<g class="mg-is-{hue}">{"".join(parts)}</g>'


def _finite(array: Json) -> bool:
    words = (array["text"], array["summary"] or "", *(array["labels"] or ()))
    missing = any(share is None for row in array["heat"] for share in row)
    return not missing and not any(bad in word for word in words for bad in ("nan", "inf", "not finite"))


# Strokes


def _strips(parts: list[Part]) -> list[str]:
    """The parts gathered in upright strips, so that a front end can leave out those that are out of sight."""
    strips = defaultdict(list)
    for left, right, drawn in parts:
        strips[int(left // STRIP) if right - left < STRIP else -1].append(drawn)
    return [
        f'<g data-strip="{place}">{"".join(drawn)}</g>' if place >= 0 else "".join(drawn)
        for place, drawn in sorted(strips.items())
    ]


def _arrow(points: list[Point], kind: str, head: float = HEAD, ends: Sequence[str] = ()) -> str:
    """A curve with a head at its end. (A shared `<marker>` would need an id, which two pictures on a page share.)"""
    *before, (x, y) = points
    near = next((p for p in reversed(before) if math.dist(p, (x, y)) > 0.5), (x - 1, y))
    length = math.dist(near, (x, y))
    ux, uy = (x - near[0]) / length, (y - near[1]) / length
    neck = (x - head * 0.8 * ux, y - head * 0.8 * uy)
    shifted = [*before[:-1], (before[-1][0] - head * 0.4 * ux, before[-1][1] - head * 0.4 * uy), neck]
    if len(shifted) >= 2 and math.dist(shifted[-3], neck) < head:
        shifted[-3:] = [shifted[-3], shifted[-3], neck]
    line = f"M{_at(shifted[0])}C" + " ".join(map(_at, shifted[1:]))
    wide = head * 0.45
    left = (x - head * ux - wide * uy, y - head * uy + wide * ux)
    right = (x - head * ux + wide * uy, y - head * uy - wide * ux)
    tip = f'<path class="mg-head" d="M{_at(left)}L{_at((x, y))} {_at(right)}z"/>'
    between = f' data-tail="{escape(ends[0])}" data-head="{escape(ends[1])}"' if ends else ""
    return f'<g class="{kind}"{between}><path d="{line}"/>{tip}</g>'


def _at(point: Point) -> str:
    return f"{point[0]:.6g} {point[1]:.6g}"


def _under(points: list[Point], down: float) -> list[Point]:
    """A curve the other way round, from slot to slot: its ends lowered by `down`; where it passes other nodes it stays
    beside itself."""
    ends = 2 if len(points) > 4 else len(points)
    return [
        (x, y + (down if place < ends or place >= len(points) - ends else 7)) for place, (x, y) in enumerate(points)
    ][::-1]


def _pin(x: float, y: float) -> str:
    """A drawing pin, 8 wide and 11 high, from its top middle."""
    return f'<path class="mg-pin" d="M{x:g} {y + 6.5:g}v5M{x - 4:g} {y + 6.5:g}h8l-2 -2.5v-4h-4v4z"/>'


def _alarm(x: float, y: float, words: str) -> str:
    mark = text(x, y + 4, "!", "mg-bang", "middle")
    return f'<g class="mg-error-mark"><title>{escape(words)}</title><circle cx="{x:g}" cy="{y:g}" r="8"/>{mark}</g>'


def _hatch(x: float, y: float, width: float, height: float) -> str:
    """Where a number is missing: a box of slanted lines."""
    lines = "".join(
        f"M{x + max(0, at - height):.6g} {y + min(at, height):g}L{x + min(at, width):.6g} {y + max(0, at - width):g}"
        for at in range(4, int(width + height), 6)
    )
    return box(x, y, width, height, "mg-broken", radius=1.5) + f'<path d="{lines}" class="mg-hatch"/>'


# Words


def _advance(words: str, size: float) -> float:
    return len(words) * ADVANCE * size


def _short(words: str, most: int = NAME_LENGTH) -> str:
    return words if len(words) <= most else words[: most - 1].rstrip("…") + "…"


def _aside(tensor: Json) -> str:
    if "came" in tensor:
        return tensor["came"]
    shape = shape_text(tensor["shape"])
    return {"leaf": f"leaf · {shape}", "constant": f"no grad · {shape}"}.get(tensor["kind"], shape)


def _half_width(operation: Json) -> float:
    symbol = _short(operation["symbol"], 8)
    return RADIUS if len(symbol) <= 2 else round(len(symbol) * 3.4 + 9)


def _fold_width(fold: Json) -> float:
    label = _advance(_short(fold["label"]), 17) + 44
    cards = 2 * CARD * (fold["fold"] == "loop")
    return round(max(label, _advance(_short(fold["name"], 26), 10.5) + 18, 74)) + cards


def _operations(number: int) -> str:
    return f"{number} operation{'s' if number != 1 else ''}"


def _put_in_step(drawings: Sequence[Drawing]) -> None:
    """Lay out drawings of one form as one."""
    first = drawings[0]
    orders = [[node["id"] for node in drawing.trace["nodes"]] for drawing in drawings]
    widths: dict[int, float] = {}
    for drawing, order in zip(drawings, orders, strict=True):
        for place, key in enumerate(order):
            widths[place] = max(widths.get(place, 0), drawing.widths.get(key, 0))
    box_height, slot_height = (max(getattr(d, name) for d in drawings) for name in ("box_height", "slot_height"))
    chain = all(drawing.chain for drawing in drawings)
    for drawing, order in zip(drawings, orders, strict=True):
        drawing.box_height, drawing.slot_height = box_height, slot_height
        drawing.slot_offset = box_height / 2 + SLOT_GAP + slot_height / 2
        drawing.chain = chain
        drawing.widths = {key: widths[place] for place, key in enumerate(order) if key in drawing.tensors}
    sizes = [list(drawing._sizes().values()) for drawing in drawings]
    largest = [tuple(map(max, zip(*same, strict=True))) for same in zip(*sizes, strict=True)]
    layout = lay_out_all([first._request(dict(zip(orders[0], largest, strict=True)))])[0]
    for drawing, order in zip(drawings, orders, strict=True):
        nodes = dict(zip(orders[0], order, strict=True))
        edges = dict(zip(first._edge_keys(), drawing._edge_keys(), strict=True))
        drawing.layout = layout._replace(
            centres={nodes[key]: centre for key, centre in layout.centres.items()},
            curves={edges[key]: curve for key, curve in layout.curves.items()},
        )
