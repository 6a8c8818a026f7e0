import contextlib
import itertools
import threading

import pytest
from graphviz.backend import dot_command

from widgets import layout
from widgets.layout import Group, lay_out

SIZES = {"a": (40, 20), "b": (60, 30), "op": (10, 20), "c": (40, 20)}
EDGES = [("e0", "a", "op"), ("e1", "b", "op"), ("out", "op", "c")]


def test_edges_run_to_the_right_from_side_to_side():
    placed = lay_out(SIZES, EDGES, gap=30, spread=10)
    for name, tail, head in EDGES:
        (left, right), curve = (placed.centres[tail], placed.centres[head]), placed.curves[name]
        assert curve[0] == pytest.approx((left[0] + SIZES[tail][0] / 2, left[1]), abs=1)
        assert curve[-1] == pytest.approx((right[0] - SIZES[head][0] / 2, right[1]), abs=1)
        assert left[0] < right[0]


def test_nodes_keep_the_room_between_them_and_stay_inside():
    placed = lay_out(SIZES, EDGES, gap=30, spread=10)
    assert abs(placed.centres["a"][1] - placed.centres["b"][1]) >= (20 + 30) / 2 + 10 - 1
    for name, (x, y) in placed.centres.items():
        width, height = SIZES[name]
        assert width / 2 - 1 <= x <= placed.width - width / 2 + 1
        assert height / 2 - 1 <= y <= placed.height - height / 2 + 1


def test_a_chain_is_a_straight_row():
    names = [f"n{i}" for i in range(12)]
    edges = [(f"e{i}", *pair) for i, pair in enumerate(itertools.pairwise(names))]
    placed = lay_out(dict.fromkeys(names, (30, 20)), edges, gap=20, spread=10)
    assert {y for _, y in placed.centres.values()} == {10}


def test_two_edges_between_the_same_nodes_stay_apart():
    placed = lay_out({"x": (40, 20), "op": (10, 20)}, [("first", "x", "op"), ("second", "x", "op")], gap=30, spread=10)
    assert placed.curves["first"] != placed.curves["second"]


def test_the_same_graph_is_laid_out_the_same_way_again():
    assert lay_out(SIZES, EDGES, gap=30, spread=10) == lay_out(SIZES, EDGES, gap=30, spread=10)


def test_groups_stand_apart_and_within_each_other():
    names = ["a", "b", "c", "d", "other"]
    edges = [("e0", "a", "b"), ("e1", "b", "c"), ("e2", "other", "d"), ("e3", "c", "d")]
    groups = [Group(["b"], None), Group(["c"], 0), Group(["a"], None)]
    placed = lay_out(dict.fromkeys(names, (30, 20)), edges, gap=20, spread=10, groups=groups)

    def within(name, outline):
        (x, y), (left, top, right, bottom) = placed.centres[name], outline
        return left <= x - 15 and x + 15 <= right and top <= y - 10 and y + 10 <= bottom

    outer, inner, beside = (placed.outlines[place] for place in range(3))
    assert [name for name in names if within(name, outer)] == ["b", "c"]
    assert [name for name in names if within(name, inner)] == ["c"]
    assert [name for name in names if within(name, beside)] == ["a"]
    assert outer[0] < inner[0] and inner[2] < outer[2]


def test_a_big_graph_has_straight_edges():
    names = [f"n{i}" for i in range(300)]
    edges = [(f"e{i}", names[i], names[min(i + 1 + i % 7, 299)]) for i in range(299)]
    placed = lay_out(dict.fromkeys(names, (30, 20)), edges, gap=20, spread=10)
    assert {len(curve) for curve in placed.curves.values()} == {4}
    for (x0, y0), (x1, y1), _, (x3, y3) in placed.curves.values():
        assert abs((x1 - x0) * (y3 - y0) - (x3 - x0) * (y1 - y0)) <= 2 * (x3 - x0)  # to rounding


def test_without_graphviz_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(layout.shutil, "which", lambda *args, **options: None)
    with pytest.raises(RuntimeError, match=r"pip install graphviz-pure.*restart"):
        lay_out(SIZES, EDGES, gap=30, spread=10)


def test_where_no_process_can_be_started_it_says_so_too(monkeypatch):
    def refuse(*args, **options):
        raise OSError(138, "no processes here")

    monkeypatch.setattr("subprocess.Popen", refuse)
    with pytest.raises(RuntimeError, match="could not be started"):
        lay_out(SIZES, EDGES, gap=30, spread=10)


def test_the_learners_own_graphviz_package_is_left_as_it_was(monkeypatch):
    before = dot_command.DOT_BINARY
    both_inside = threading.Barrier(2, timeout=0.5)

    def pipe(graph, **options):
        with contextlib.suppress(threading.BrokenBarrierError):
            both_inside.wait()
        return '{"bb": "0,0,1,1"}'

    monkeypatch.setattr("graphviz.Source.pipe", pipe)
    threads = [threading.Thread(target=lay_out, args=({}, []), kwargs={"gap": 1, "spread": 1}) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert before == dot_command.DOT_BINARY
    assert both_inside.broken, "two threads pointed it elsewhere at the same time"
