"""The pictures of TrackingExplorer: tensors that point to memory, and the whole of it for where nothing runs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .figures import ADVANCE, box, cell, moved, picture, text
from .numbers import Json

MOST = 6  # numbers of a memory that are drawn
CARD, CELL, ROW = 176, 46, 62
HUES = {"": "muted", "value": "value", "grad": "grad", "error": "grad", "wrong": "grad"}


def memory_picture(memory: Json) -> str:
    """Return the tensors as cards, the memories as rows of numbers, and arrows from the ones to the others."""
    cards, strips = memory["tensors"], memory["numbers"]
    height = ROW * len(cards) + 58
    left = CARD + 84
    width = left + max(CELL * max(min(strip.size, MOST + 1) for strip in strips) + 24, 190)
    parts = [text(12, 20, "tensors", "mg-caption"), text(left, 20, "memory", "mg-caption")]
    middles = [40 + ROW * place + 21 for place in range(len(cards))]
    rows = middles if len(strips) > 1 else [sum(middles) / len(middles)]
    for place, card in enumerate(cards):
        flag = card["requires_grad"]
        y = middles[place] - 23
        parts.append(box(12, y, CARD, 46, "mg-card mg-tracked" if flag else "mg-card", radius=12 if flag else 4))
        parts.append(text(24, y + 19, card["names"], "mg-name mg-strong"))
        parts.append(text(24, y + 36, f"requires_grad {flag}", "mg-small mg-is-muted"))
        target = rows[min(place, len(rows) - 1)]
        parts.append(_pointer(12 + CARD + 4, middles[place], left - 6, target + 6 * (place - (len(cards) - 1) / 2)))
    for place, strip in enumerate(strips):
        written = memory["written"] == ("a", "b")[place]
        parts += _strip(left, rows[place] - 16, strip, written)
    return picture(width, height, _spoken(memory), *parts, *_versions(left, rows, memory))


def _strip(left: float, top: float, numbers: np.ndarray, written: bool) -> list[str]:
    flat = numbers.reshape(-1)
    finite = np.abs(flat[np.isfinite(flat)])
    largest = float(finite.max(initial=0))
    parts = []
    for place, value in enumerate(flat[:MOST].tolist()):
        parts.append(cell(left + CELL * place, top, CELL - 2, 32, value, largest, "grad" if written else "value"))
    if flat.size > MOST:
        parts.append(text(left + CELL * MOST + 8, top + 20, f"… {flat.size}", "mg-small mg-is-muted"))
    if written and flat.size:
        wide = CELL * min(flat.size, MOST) + 2
        parts.append(box(left - 2, top - 2, wide, 36, "mg-ring"))
    return parts


def _versions(left: float, rows: Sequence[float], memory: Json) -> list[str]:
    """The version counters, under the memory that they belong to."""
    versions = memory["versions"]
    if not memory["shares"]:
        lines = [[f"version {versions['a']}"], [f"version {versions['b']}"]]
    elif len(memory["tensors"]) == 1:
        lines = [[f"version {versions['a']}"]]
    elif memory["one_counter"]:
        lines = [[f"version {versions['a']}", "one counter for a and b"]]
    else:
        lines = [[f"version {versions['a']} for a", f"version {versions['b']} for b: its own"]]
    return [
        text(left, row + 32 + 15 * place, words, "mg-small")
        for row, several in zip(rows, lines, strict=True)
        for place, words in enumerate(several)
    ]


def _pointer(x: float, y: float, to_x: float, to_y: float) -> str:
    bend = (to_x - x) / 2
    line = f"M{x:g} {y:g}C{x + bend:g} {y:g} {x + bend:g} {to_y:g} {to_x - 6:g} {to_y:g}"
    head = f"M{to_x:g} {to_y:g}l-8 -4v8z"
    return f'<path class="mg-axis" d="{line}"/><path class="mg-tip" d="{head}"/>'


def _spoken(memory: Json) -> str:
    names = " and ".join(card["names"] for card in memory["tensors"])
    return f"{names}: {'one memory' if memory['shares'] else 'a memory each'}"


def whole_picture(
    title: str, rows: list[list[str]], chosen: int, lines: list[tuple[str, tuple[str, str]]], memory: str
) -> str:
    """Return the table, the lines of one variant with what came of them, and its memory, as one picture."""
    margin, advance = 22.0, ADVANCE * 12
    columns = [margin]
    for column in range(len(rows[0])):
        columns.append(columns[-1] + advance * max(len(row[column]) for row in rows) + 26)
    parts = [text(margin, 30, title, "mg-heading")]
    for place, row in enumerate(rows):
        y = 62 + 24 * place
        if place == chosen + 1:
            parts.append(box(margin - 10, y - 16, columns[-1] - margin, 24, "mg-band", radius=4))
        for column, word in enumerate(row):
            alarm = word in ("wrong", "not counted")
            kind = "mg-caption" if not place else "mg-num mg-strong mg-is-grad" if alarm else "mg-num"
            parts.append(text(columns[column], y, f"! {word}" if alarm else word, kind))
    top = 62 + 24 * len(rows) + 20
    code_width = max(advance * len(code) for code, _ in lines) + 30
    widest = columns[-1]
    for place, (code, (kind, words)) in enumerate(lines):
        y = top + 22 * place
        parts.append(text(margin, y, code.replace("    ", "\u00a0\u00a0\u00a0\u00a0"), "mg-num"))
        mark = "! " if kind in ("error", "wrong") else ""
        parts.append(text(margin + code_width, y, f"{mark}{words}", f"mg-small mg-is-{HUES[kind]}"))
        widest = max(widest, margin + code_width + ADVANCE * 11 * (len(words) + 2) + margin)
    bottom = top + 22 * len(lines)
    parts.append(moved(margin - 12, bottom, memory))
    high = float(memory.split('height="')[1].split('"')[0])
    return picture(math.ceil(widest), math.ceil(bottom + high + 10), title, *parts, ground=True)
