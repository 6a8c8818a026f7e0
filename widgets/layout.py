"""Where Graphviz puts the nodes and edges of a graph: positions only, in pixels, left to right."""

import json
import shutil
import sysconfig
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import graphviz
from graphviz.backend import dot_command

POINTS_PER_INCH = 72
# From so many nodes on, curves around all others and the last bit of tidiness take Graphviz most of a minute.
HASTY = 250
HASTILY = {"splines": "line", "nslimit": "1", "nslimit1": "1", "mclimit": "0.1"}
CLUSTER = "cluster_"  # Graphviz frames only what is called so
MARGIN = 18  # within an outline: its name stands above the outlines in it
# The command of the wheel graphviz-pure, a dependency of ours; it is no `dot`, so as not to shadow one.
BUNDLED = "graphviz-pure"

Point = tuple[float, float]

_pointing = threading.Lock()  # the package graphviz has one DOT_BINARY for all threads


class Layout(NamedTuple):
    """The extent of a drawing, the middle of each node, and each edge's control points (cubic Béziers, end to end).

    `outlines` has left, top, right and bottom of each cluster.
    """

    width: float
    height: float
    centres: dict[str, Point]
    curves: dict[str, list[Point]]
    outlines: dict[int, tuple[float, float, float, float]]


class Group(NamedTuple):
    """Nodes that stand together, perhaps within another group (its place among the groups)."""

    members: list[str]
    parent: int | None


class Request(NamedTuple):
    """What `lay_out` takes: `sizes` of nodes, `edges`, the room between nodes, and groups of them."""

    sizes: Mapping[str, tuple[float, float]]
    edges: Iterable[tuple[str, str, str]]
    gap: float
    spread: float
    groups: Sequence[Group] = ()


def lay_out(
    sizes: Mapping[str, tuple[float, float]],
    edges: Iterable[tuple[str, str, str]],
    *,
    gap: float,
    spread: float,
    groups: Sequence[Group] = (),
) -> Layout:
    """Place nodes of `sizes` (width, height) and `edges` (id, tail, head) so that every edge runs to the right.

    `gap` is the room between columns, `spread` between the nodes of a column. An edge leaves a node in the middle of
    its right side and arrives in the middle of the left; edges that share both ends stay apart. No node but its members
    stands within the outline of a group. In a big graph edges are straight, and may pass behind nodes.
    Raises `RuntimeError` where no Graphviz can be run. Source: Graphviz, "dot", E. R. Gansner et al. 1993.

    >>> lay_out({"a": (40, 20), "b": (10, 20)}, [("e", "a", "b")], gap=30, spread=10).centres
    {'a': (20, 10), 'b': (75, 10)}
    """
    return lay_out_all([Request(sizes, edges, gap, spread, groups)])[0]


def lay_out_all(requests: Iterable[Request]) -> list[Layout]:
    """Place several graphs, each on its own, in one run of Graphviz."""
    text = _dot("\n".join(_described(request) for request in requests))
    decoder = json.JSONDecoder()
    layouts = []
    while text := text.lstrip():
        placed, end = decoder.raw_decode(text)
        layouts.append(_read(placed))
        text = text[end:]
    return layouts


def _described(request: Request) -> str:
    graph = graphviz.Digraph(
        graph_attr={
            "rankdir": "LR",
            "ranksep": _inches(request.gap),
            "nodesep": _inches(request.spread),
            "pad": "0",
            **(HASTILY if len(request.sizes) >= HASTY else {}),
        },
        node_attr={"shape": "box", "fixedsize": "true", "label": ""},
        edge_attr={"dir": "none", "tailport": "e", "headport": "w"},
    )
    for name, (width, height) in request.sizes.items():
        graph.node(name, width=_inches(width), height=_inches(height))
    _add_groups(graph, request.groups, None)
    for name, tail, head in request.edges:
        graph.edge(tail, head, id=name)
    return graph.source


def _read(placed: dict[str, Any]) -> Layout:
    _, _, width, height = map(float, placed["bb"].split(","))

    def point(text: str) -> Point:
        x, y = text.split(",")
        # Whole pixels: two releases of Graphviz agree to a fraction of one, and stored pictures are compared.
        return round(float(x)), round(height - float(y))

    def outline(text: str) -> tuple[float, float, float, float]:
        left, bottom, right, top = map(float, text.split(","))
        return round(left), round(height - top), round(right), round(height - bottom)

    objects = placed.get("objects", [])
    return Layout(
        round(width),
        round(height),
        {node["name"]: point(node["pos"]) for node in objects if "pos" in node},
        {edge["id"]: [point(pair) for pair in edge["pos"].split()] for edge in placed.get("edges", [])},
        {int(box["name"].removeprefix(CLUSTER)): outline(box["bb"]) for box in objects if "bb" in box},
    )


def _add_groups(graph: graphviz.Digraph, groups: Sequence[Group], parent: int | None) -> None:
    for place, group in enumerate(groups):
        if group.parent == parent:
            with graph.subgraph(name=f"{CLUSTER}{place}", graph_attr={"margin": str(MARGIN)}) as inside:
                for member in group.members:
                    inside.node(member)
                _add_groups(inside, groups, place)


def _inches(pixels: float) -> str:
    return f"{pixels / POINTS_PER_INCH:.4f}"


def _dot(source: str) -> str:
    """Run `dot`: the one on PATH, which the reader chose, or the one that was installed with us."""
    command = shutil.which("dot") or shutil.which(BUNDLED) or shutil.which(BUNDLED, path=sysconfig.get_path("scripts"))
    hint = "install one with `pip install graphviz-pure` or `conda install graphviz`, then restart the kernel"
    if command is None:
        raise RuntimeError(f"No Graphviz was found to lay out the graph: {hint}.")
    with _pointing:
        usual, dot_command.DOT_BINARY = dot_command.DOT_BINARY, command
        try:
            return graphviz.Source(source).pipe(format="json0", encoding="utf-8")
        except OSError as error:
            raise RuntimeError(f"Graphviz ({command}) could not be started: {hint}.") from error
        finally:
            dot_command.DOT_BINARY = usual
