"""The pictures that the README and the gallery show."""

import re
from pathlib import Path

import pytest

import widgets
from tests.browser import gallery

ROOT = Path(__file__).parent.parent


def pictures(page: Path) -> list[str]:
    return re.findall(r'(?:src|srcset)="([^"]+)"', page.read_text())


@pytest.mark.parametrize("name", ["README.md", "notebooks/GALLERY.md"])
def test_every_picture_is_there_in_both_themes(name):
    page = ROOT / name
    found = pictures(page)
    assert len(found) >= 2
    assert {path for path in found if not (page.parent / path).is_file()} == set()
    light = {path.removesuffix("-light.png") for path in found if path.endswith("-light.png")}
    dark = {path.removesuffix("-dark.png") for path in found if path.endswith("-dark.png")}
    assert light == dark


def test_no_picture_is_left_over():
    shown = {Path(path).name for page in (ROOT / "README.md", gallery.PAGE) for path in pictures(page)}
    assert {path.name for path in gallery.PICTURES.iterdir()} == shown


def test_the_gallery_is_what_its_command_writes():
    assert gallery.PAGE.read_text() == gallery.page()


def test_every_widget_is_in_the_gallery():
    assert set(gallery.SHOTS) == (set(widgets.__all__) - {"record"}) | {"predict", "quiz", "progress"}
