"""Files and addresses as parts of a question."""

from __future__ import annotations

import pytest

import nbprovider
from nbprovider.errors import UsageError
from nbprovider.session import attachments, image
from nbprovider.types import Media, Text


@pytest.mark.parametrize(
    ("name", "kind", "mime"),
    [
        ("a.png", "image", "image/png"),
        ("a.JPG", "image", "image/jpeg"),
        ("a.pdf", "document", "application/pdf"),
        ("a.mp3", "audio", "audio/mpeg"),
        ("a.mp4", "video", "video/mp4"),
    ],
)
def test_a_files_kind_is_that_of_its_ending(tmp_path, name, kind, mime):
    (tmp_path / name).write_bytes(b"\x89data")
    part = nbprovider.attach(tmp_path / name)
    assert part == Media(kind, mime, b"\x89data", name=name)


def test_text_goes_as_words_under_its_name(tmp_path):
    (tmp_path / "data.csv").write_text("a,b\n1,é\n", encoding="utf-8")
    assert nbprovider.attach(str(tmp_path / "data.csv")) == Text("data.csv:\n\na,b\n1,é\n")


def test_an_address_is_not_fetched_but_passed_on():
    assert nbprovider.attach("https://a.example/x.pdf").kind == "document"
    assert nbprovider.attach("https://a.example/picture?id=1").kind == "image"


@pytest.mark.parametrize("name", ["page.html", "notes.txt", "data.csv"])
def test_the_address_of_words_is_no_picture(name):
    with pytest.raises(UsageError, match="words"):
        nbprovider.attach(f"https://a.example/{name}")


def test_what_cannot_be_attached_is_told(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="cannot be read"):
        nbprovider.attach(tmp_path / "none.png")
    (tmp_path / "x.bin").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="neither text nor"):
        nbprovider.attach(tmp_path / "x.bin")
    (tmp_path / "x.pdf").write_bytes(b"%PDF")
    with pytest.raises(UsageError, match="no picture"):
        image(tmp_path / "x.pdf")
    with pytest.raises(UsageError, match="is a folder"):
        nbprovider.attach(tmp_path)
    with pytest.raises(UsageError, match="not 'int'"):
        nbprovider.attach(3)
    monkeypatch.setattr(attachments, "LARGEST", 3)
    with pytest.raises(UsageError, match="MiB"):
        nbprovider.attach(tmp_path / "x.pdf")
