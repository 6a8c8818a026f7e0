"""A long pass, cut into pages: each has the picture of some operations, so that a huge graph stays quick to draw."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

from .drawing import Drawing
from .layout import lay_out_all
from .numbers import Json

WHOLE = 64  # operations that are drawn as one picture
PAGE = 16  # of more than that, so many are drawn at once


class Page:
    """Some of a trace's operations, with the tensors they use and make.

    A page has its own frames: those that show on it, and before each stretch of them what happened meanwhile to its
    tensors elsewhere.
    """

    def __init__(self, trace: Json, operations: list[Json], first: int) -> None:
        self.operations = operations
        self._first = first  # the place of the first operation in the trace
        ids = {operation["id"] for operation in operations}
        self._edges = [edge for edge in trace["edges"] if edge["consumer"] in ids]
        tensors = {edge["source"] for edge in self._edges}.union(*(op["outputs"] for op in operations))
        self._nodes = [node for node in trace["nodes"] if node["id"] in ids or node["id"] in tensors]
        self.ids = ids | tensors
        self._name = trace["name"]
        self.frames: list[Json] = []
        self._elsewhere: dict[str, Json] = {}

    def note(self, frame: Json) -> None:
        """Keep what a frame that shows on another page does to a tensor of this one."""
        kind = frame["kind"] if frame["kind"] == "accumulate" else "elsewhere"
        self._elsewhere[frame["tensor"]] = {**frame, "kind": kind, "operation": None, "edge": None}

    def add(self, frame: Json) -> int:
        """Show a frame on this page; returns its place among the page's own."""
        self.frames += self._elsewhere.values()
        self._elsewhere.clear()
        self.frames.append(frame)
        return len(self.frames) - 1

    def label(self, count: int) -> str:
        """Which of all the operations it shows."""
        return f"Operations {self._first + 1} to {self._first + len(self.operations)} of {count}"

    def drawing(self) -> Drawing:
        """The picture of this page."""
        return Drawing({"name": self._name, "nodes": self._nodes, "edges": self._edges, "frames": self.frames})


class Pages:
    """The pages of a trace. ``places`` has, for each frame, its page and its place among the frames of that page."""

    def __init__(self, trace: Json) -> None:
        operations = [node for node in trace["nodes"] if node["kind"] == "operation"]
        if len(operations) <= WHOLE:
            self._drawings = [Drawing(trace)]
            self.places = [(0, place) for place in range(len(trace["frames"]))]
            self.labels = [""]
        else:
            starts = range(0, len(operations), PAGE)
            pages = [Page(trace, operations[start : start + PAGE], start) for start in starts]
            self.places = list(_places(trace["frames"], pages))
            self._drawings = [page.drawing() for page in pages]
            self.labels = [page.label(len(operations)) for page in pages]
        # Graphviz is another process: it can work while this one goes on.
        requests = [drawing.request() for drawing in self._drawings]
        with_layouts = ThreadPoolExecutor(1)
        self._layouts = with_layouts.submit(lay_out_all, requests)
        with_layouts.shutdown(wait=False)

    @cached_property
    def drawings(self) -> list[Drawing]:
        """The picture of each page."""
        for drawing, layout in zip(self._drawings, self._layouts.result(), strict=True):
            drawing.layout = layout
        return self._drawings


def _places(frames: list[Json], pages: list[Page]) -> Iterator[tuple[int, int]]:
    """Hand each frame to its page: the one of its operation, else the last that has its tensor."""
    of_operation = {operation["id"]: page for page, held in enumerate(pages) for operation in held.operations}
    having = defaultdict(list)
    for place, held in enumerate(pages):
        for key in held.ids:
            having[key].append(place)
    page = 0
    for frame in frames:
        if frame["operation"]:
            page = of_operation[frame["operation"]]
        elif frame["tensor"] and page not in having[frame["tensor"]]:
            page = having[frame["tensor"]][-1]
        if frame["phase"] == "backward":
            for other in having[frame["tensor"]]:
                if other != page:
                    pages[other].note(frame)
        yield page, pages[page].add(frame)
