"""TEACHING.md keeps to what is there: the lesson's sections, every notebook, commands that exist, 90 minutes."""

import importlib.util
import re
from itertools import pairwise
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
TEXT = (NOTEBOOKS / "TEACHING.md").read_text()
PLAN = re.findall(r"^\| (\d+)–(\d+) \| (.+?) \| .+ \|$", TEXT, re.MULTILINE)


def test_the_lecture_fills_ninety_minutes_without_a_gap():
    spans = [(int(start), int(end)) for start, end, _ in PLAN]
    assert spans[0][0] == 0 and spans[-1][1] == 90
    assert all(end == start for (_, end), (start, _) in pairwise(spans))
    assert re.findall(r"^### (\d+)–(\d+): ", TEXT, re.MULTILINE) == [(start, end) for start, end, _ in PLAN]


def test_the_lecture_follows_the_sections_of_the_lesson():
    lesson = nbformat.read(NOTEBOOKS / "lesson.ipynb", as_version=4)
    text = "\n".join(cell.source for cell in lesson.cells if cell.cell_type == "markdown")
    assert [section for _, _, section in PLAN[1:]] == re.findall(r"^## (.+)$", text, re.MULTILINE)


def test_the_course_uses_every_lab_and_every_sheet_once():
    weeks = TEXT[TEXT.index("## A course of four weeks") : TEXT.index("## Handing out")]
    used = re.findall(r"\((labs/\w+\.ipynb|exercises/\w+\.ipynb)\)", weeks)
    assert sorted(used) == sorted(path.relative_to(NOTEBOOKS).as_posix() for path in NOTEBOOKS.glob("[le]*s/*.ipynb"))


def test_every_link_and_every_command_leads_somewhere():
    headings = {
        re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert target[1:] in headings if target.startswith("#") else (NOTEBOOKS / target).exists(), target
    for module in re.findall(r"python -m ([\w.]+)", TEXT):
        assert importlib.util.find_spec(module), module
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"`make (\w+)`", TEXT):
        assert f"\n{target}:" in makefile, target
