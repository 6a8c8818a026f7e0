"""What every widget shares: its front end, its text, its static picture and its saved page."""

import json
import re
from collections.abc import Callable
from functools import cache
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any

import anywidget

STATIC = Path(__file__).with_name("static")
PICTURE = "image/svg+xml"


class View(anywidget.AnyWidget):
    """Base of all widgets: `class Name(View, front_end="name", picture="sheet")` is drawn by `static/name.js`.

    `static/name.css` styles it, `static/sheet.css` its SVG, which is shown outside it as well; a picture of two kinds
    names both sheets. A subclass gives `_text`
    and `_picture`. Its synchronised traits are all that the front end knows, live or saved.
    """

    _picture_sheet = ""

    def __init_subclass__(cls, front_end: str = "", picture: str = "", **options: Any) -> None:
        # Traitlets makes a class of its own for every instance, and names nothing: that one inherits.
        if front_end:
            cls._esm = _lean(_module(front_end))
            cls._css = _lean("\n".join(_source(f"{name}.css") for name in ("shared", *picture.split(), front_end)))
            cls._picture_sheet = picture
        super().__init_subclass__(**options)

    def _text(self) -> str:
        """Return what the widget shows, as text: the same for the same numbers, since nbval compares it."""
        raise NotImplementedError

    def _picture(self) -> str:
        """Return what the widget shows, as one `<svg>` without a style sheet."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self._text()

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**options)
        if bundle is not None:
            bundle[0][PICTURE] = standalone(self._picture(), self._picture_sheet)
        return bundle

    def save(self, path: str | PathLike[str]) -> None:
        """Write the widget as one HTML file that works with no kernel and no network.

        Raises `OSError` where the file cannot be written.
        """
        Path(path).write_text(self._page(), encoding="utf-8")

    def _page(self) -> str:
        shown = sorted(set(self.trait_names(sync=True)) - set(anywidget.AnyWidget.class_trait_names()))
        state = {name: getattr(self, name) for name in shown if not name.startswith("_")}
        # Inside a script element only "<" can end the element, or open a comment that hides its end.
        data = json.dumps(state | {"saved_page": True}, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
        title = escape(self._text().partition("\n")[0])
        return (
            f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
            f"<style>\n{_source('page.css')}{self._css}</style>\n<main></main>\n"
            f'<script type="application/json">{data}</script>\n'
            f'<script type="module">\n{self._esm}\n{_source("page.js")}</script>\n</html>\n'
        )


def standalone(picture: str, sheet: str) -> str:
    """Return the SVG text `picture` with the style sheet `static/<sheet>.css` inside, in both themes.

    Colours are written out: few renderers outside a browser know custom properties.
    """
    light, dark = _themed(sheet)
    style = f"<style>{light}@media (prefers-color-scheme: dark) {{{dark}}}</style>"
    start = picture.index(">") + 1
    return picture[:start] + style + picture[start:]


@cache
def _source(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def _module(front_end: str) -> str:
    """One ES module: anywidget serves each from an address of its own, where `./shared.js` does not exist."""
    own = re.sub(r'^import \{[^}]*\} from "\./shared\.js";\n', "", _source(f"{front_end}.js"), flags=re.MULTILINE)
    return f"{_source('shared.js')}\n{own}"


def _lean(source: str) -> str:
    """What is sent with each widget: the source without its comments and its indentation."""
    without_blocks = re.sub(r"/\*.*?\*/\s*", "", source, flags=re.DOTALL)
    return re.sub(r"^ +|^\s*//.*\n", "", without_blocks, flags=re.MULTILINE)


@cache
def _themed(sheet: str) -> tuple[str, str]:
    """The sheet twice, with the properties that shared.css declares replaced by their values: light, dark."""
    declared = dict(re.findall(r"(--mg-[\w-]+): ([^;]+);", _source("shared.css")))

    def written_out(value_of: Callable[[str], str]) -> str:
        source = "\n".join(_source(f"{name}.css") for name in sheet.split())
        css = re.sub(r"var\((--mg-[\w-]+)\)", lambda match: value_of(declared[match[1]]), source)
        return re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)).strip()

    def in_theme(value: str, column: int) -> str:
        fallback = re.sub(r"^var\(--jp-[\w-]+, (.*)\)$", r"\1", value)
        pair = re.fullmatch(r"light-dark\((#\w+), (#\w+)\)", fallback)
        return pair[column] if pair else fallback

    return written_out(lambda value: in_theme(value, 1)), written_out(lambda value: in_theme(value, 2))
