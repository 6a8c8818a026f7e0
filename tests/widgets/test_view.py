import json
import re
import xml.etree.ElementTree as ET

import pytest
import traitlets

from widgets.view import STATIC, View, standalone


class Sample(View, front_end="stepper", picture="drawing"):
    data = traitlets.Dict().tag(sync=True)
    private = traitlets.Unicode("kernel only")

    def _text(self):
        return f"Sample of {self.data['name']}\n  second line"

    def _picture(self):
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" class="mg-graph" width="9" height="9"><text>1 &lt; 2</text></svg>'
        )


def test_it_shows_as_a_widget_as_text_and_as_a_picture():
    sample = Sample(data={"name": "x"})
    bundle, _ = sample._repr_mimebundle_()
    assert bundle["text/plain"] == repr(sample) == "Sample of x\n  second line"
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == sample.model_id
    assert ET.fromstring(bundle["image/svg+xml"]).get("class") == "mg-graph"


@pytest.mark.parametrize("sheet", ["drawing", "figures"])
def test_a_static_picture_needs_nothing_from_outside_and_has_both_themes(sheet):
    picture = standalone("<svg></svg>", sheet)
    style = ET.fromstring(picture).find("style").text
    assert "var(" not in style and "light-dark" not in style and "url(" not in style and "@import" not in style
    light, dark = style.split("@media (prefers-color-scheme: dark)")
    assert "#0069a6" in light and "#6cb8f0" not in light
    assert "#6cb8f0" in dark and "#0069a6" not in dark
    assert style.count("{") == style.count("}")


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in STATIC.glob("*.js") if path.stem not in ("shared", "page"))
)
def test_a_front_end_is_one_module_of_at_most_40_kb(name):
    class Widget(View, front_end=name, picture="drawing"):
        pass

    assert len(Widget._esm.encode()) <= 40_000
    assert not re.search(r"^import ", Widget._esm, re.MULTILINE)
    assert Widget._esm.count("export default") == 1
    assert "</script" not in Widget._esm.lower() and "<!--" not in Widget._esm


def test_a_saved_page_holds_everything_and_asks_for_nothing(tmp_path):
    Sample(data={"name": "größe"}).save(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    state = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)[1])
    assert state == {"data": {"name": "größe"}, "saved_page": True}
    assert "<title>Sample of größe</title>" in page
    addresses = set(re.findall(r"https?://[\w./]+", page))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<link|<script[^>]+src=|@import", page)


def test_names_cannot_break_out_of_a_saved_page():
    name = "</script><script>alert(1)</script><!-- \u2028"
    page = Sample(data={"name": name})._page()
    assert page.count("<script") == page.count("</script>") == 2
    assert "<!--" not in page
    assert json.loads(re.search(r'json">(.*?)</script>', page, re.DOTALL)[1])["data"]["name"] == name


def test_a_page_that_cannot_be_written_is_pythons_own_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        Sample(data={"name": "x"}).save(tmp_path / "missing" / "page.html")
