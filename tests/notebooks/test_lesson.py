"""The lesson mirrors its source, cell by cell."""

import ast
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
LESSON = nbformat.read(ROOT / "notebooks/lesson.ipynb", as_version=4)
WIDGETS = ("ComputationGraph", "BackwardStepper", "JacobianExplorer", "AccumulationLab", "TrackingExplorer", "explain")


def statements(source):
    """The statements of a script, without its imports, seed and comments."""
    body = ast.parse(source).body
    return [ast.unparse(s) for s in body if not isinstance(s, ast.Import) and "manual_seed" not in ast.unparse(s)]


def test_every_statement_of_the_source_is_there_in_its_order():
    script = (ROOT / "tests/parity/lessons/source_lesson.py").read_text()
    mirrored = [cell.source for cell in LESSON.cells if "source" in cell.metadata.get("tags", [])]
    assert len(mirrored) == 14
    assert [s for source in mirrored for s in statements(source)] == statements(script)


def test_every_section_ends_with_a_prediction_and_its_answer():
    sections: list[list[nbformat.NotebookNode]] = []
    for cell in LESSON.cells:
        if cell.cell_type == "markdown" and "\n## " in f"\n{cell.source}":
            sections.append([])
        if sections:
            sections[-1].append(cell)
    numbered = [s for s in sections if not s[0].source.endswith("were thinking.")]
    assert len(numbered) == 8
    for section in numbered:
        asked = [i for i, cell in enumerate(section) if "**Predict, then run.**" in cell.source]
        assert asked, section[0].source
        assert section[asked[-1] + 1].cell_type == "code"


def test_every_widget_shows_a_picture_and_text_where_no_kernel_runs():
    shown = []
    for cell in LESSON.cells:
        if cell.cell_type == "code" and (name := next((w for w in WIDGETS if f"{w}(" in cell.source), None)):
            data = cell.outputs[0].data
            assert data["image/svg+xml"].startswith("<svg")
            assert data["text/plain"].strip()
            shown.append(name)
    assert set(shown) == set(WIDGETS)
