"""Figures and images in a question go as pictures, drawn as the notebook draws them."""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path

import altair as alt
import matplotlib as mpl
import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from IPython.display import Image as Shown
from matplotlib.figure import Figure
from PIL import Image

from nbprovider.errors import UsageError
from nbprovider.session import question
from nbprovider.session.tools import results
from nbprovider.session.values import in_words, is_known, parts_of
from nbprovider.types import Media, Text


def drawn(value) -> Image.Image:
    """Return the one picture that a value is sent as."""
    (part,) = parts_of(value)
    assert (part.kind, part.mime) == ("image", "image/png")
    assert is_known(value)
    return Image.open(io.BytesIO(part.data))


@pytest.fixture
def axes():
    return Figure(figsize=(3, 2), dpi=50).subplots()


def test_a_matplotlib_figure_its_axes_and_its_lines_are_the_picture(axes):
    (line,) = axes.plot([1, 2, 3])
    sizes = {drawn(value).size for value in (axes.figure, axes, line)}
    assert len(sizes) == 1
    assert 100 < sizes.pop()[0] < 200


def test_the_axes_that_pandas_gives_are_the_picture():
    mpl.use("agg")
    found = pd.DataFrame({"a": [1, 2], "b": [2, 1]}).hist()
    assert isinstance(found, np.ndarray)
    assert drawn(found).size[0] > 100


def test_a_pillow_image_goes_as_it_is_unless_it_is_huge():
    assert drawn(Image.new("RGB", (30, 20), "red")).size == (30, 20)
    assert drawn(Image.new("CMYK", (30, 20))).mode == "RGB"
    large = Image.new("L", (5000, 100))
    assert drawn(large).size == (2048, 41)
    assert large.size == (5000, 100)


def test_an_altair_chart_is_drawn():
    chart = alt.Chart(pd.DataFrame({"a": [1, 2]})).mark_point().encode(x="a")
    assert drawn(chart).size[0] > 50


def test_an_altair_chart_that_nobody_can_draw_is_told_with_the_way_out(monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    chart = alt.Chart(pd.DataFrame({"a": [1, 2]})).mark_point().encode(x="a")
    with pytest.raises(UsageError, match=r"pip install vl-convert-python.*to_json"):
        parts_of(chart)


def test_a_plotly_figure_is_drawn_by_plotly(monkeypatch):
    png = parts_of(Image.new("L", (2, 2)))[0].data
    monkeypatch.setattr(go.Figure, "to_image", lambda self, **_: png)
    assert drawn(go.Figure()).size == (2, 2)


def test_a_plotly_figure_that_nobody_can_draw_is_told_with_the_way_out(monkeypatch):
    def fail(self, **_):
        raise RuntimeError("\nImage export requires the Kaleido package\nwhich can be installed")

    monkeypatch.setattr(go.Figure, "to_image", fail)
    with pytest.raises(UsageError, match=r"requires the Kaleido package\..*to_json"):
        parts_of(go.Figure())


def test_a_figure_that_a_tool_gives_is_its_picture(axes):
    assert results.content(axes.figure)[0].kind == "image"


def test_what_ipython_shows_as_an_image_is_one():
    png = parts_of(Image.new("L", (2, 2)))[0].data
    assert drawn(Shown(data=png)).size == (2, 2)
    (linked,) = parts_of(Shown(url="https://a.example/x.png"))
    assert linked.url == "https://a.example/x.png"


class Sketch:
    def __init__(self, data):
        self.data = data

    def _repr_png_(self):
        return self.data

    def __str__(self):
        return "a sketch"


def test_an_object_that_shows_itself_as_a_picture_is_one():
    png = parts_of(Image.new("L", (2, 2)))[0].data
    for data in (png, base64.b64encode(png).decode(), (png, {"width": 2})):
        assert drawn(Sketch(data)).size == (2, 2)
    assert parts_of(Sketch(None)) == (Text("a sketch"),)


@pytest.mark.parametrize(
    ("data", "kind", "mime"),
    [
        (b"\xff\xd8\xff\xe0", "image", "image/jpeg"),
        (b"GIF89a", "image", "image/gif"),
        (b"RIFF0000WEBPVP8 ", "image", "image/webp"),
        (b"%PDF-1.7", "document", "application/pdf"),
    ],
)
def test_bytes_are_known_by_their_beginning(data, kind, mime):
    assert parts_of(data) == (Media(kind, mime, data),)


def test_other_bytes_are_their_own_words():
    assert parts_of(b"abc") == (Text("b'abc'"),)


def test_a_path_is_the_file_by_its_kind(tmp_path):
    (tmp_path / "a.txt").write_text("words")
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    assert parts_of(tmp_path / "a.txt") == (Text("a.txt:\n\nwords"),)
    assert parts_of(tmp_path / "a.pdf")[0].kind == "document"
    with pytest.raises(UsageError, match="cannot be read"):
        parts_of(Path("none.txt"))


def test_a_list_of_pictures_is_each_of_them_and_another_list_its_words():
    pair = [Image.new("L", (2, 2)), Image.new("L", (3, 3))]
    assert [part.kind for part in parts_of(pair)] == ["image", "image"]
    assert parts_of([1, 2]) == (Text("[1, 2]"),)
    assert parts_of([]) == (Text("[]"),)
    assert parts_of("") == ()


class Broken:
    def __str__(self):
        raise RuntimeError("no words\nat all")


def test_a_value_whose_own_code_fails_is_told(axes):
    axes.set_title("$\\nonsense{$")
    for value, words in ((Broken(), "RuntimeError: no words."), (axes, "cannot be sent")):
        with pytest.raises(UsageError, match=words):
            parts_of(value)
    with pytest.raises(UsageError, match="A Broken cannot be sent"):
        in_words(Broken())


def test_a_class_that_draws_is_its_code():
    assert parts_of(Sketch)[0].text.startswith("class Sketch:")
    assert in_words(drawn).startswith("def drawn(value)")
    assert in_words(int) == "<class 'int'>"


def test_a_question_takes_values_between_its_words():
    image = Image.new("L", (2, 2))
    frame = pd.DataFrame({"a": [1]})
    asked = question(["What is", image, "beside", frame], {})
    assert [type(part) for part in asked.parts] == [Text, Media, Text, Text]
    assert asked.parts[3].text == in_words(frame)
    assert question(frame, {}).parts == (Text(in_words(frame)),)
    with pytest.raises(UsageError, match="cannot hold 'object'"):
        question(["x", object()], {})
