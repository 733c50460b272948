"""Media become text and come back unchanged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbprovider.errors import UsageError
from nbprovider.protocols.media import address, base64, data_url, from_url
from nbprovider.types import Media

LINK = "https://example.com/a.png"


@given(st.binary(max_size=50))
def test_a_data_url_there_and_back(data: bytes):
    media = Media("image", "image/png", data)
    assert from_url(data_url(media), "image") == media
    assert from_url({"url": data_url(media)}, "image") == media


def test_bytes_go_before_an_address():
    assert address(Media("image", "image/png", b"x", LINK)) == "data:image/png;base64,eA=="
    assert address(Media("image", "image/png", url=LINK)) == LINK


def test_an_address_alone_has_no_bytes_to_send():
    with pytest.raises(UsageError, match="an image as bytes only"):
        base64(Media("image", "image/png", url=LINK))


def test_a_link_stays_a_link():
    assert from_url(LINK, "image") == Media("image", "image/*", url=LINK)


@pytest.mark.parametrize(
    ("url", "data"),
    [
        ("data:image/svg+xml,%3Csvg%2F%3E", b"<svg/>"),
        ("data:image/svg+xml;charset=utf-8;base64,PHN2Zy8+", b"<svg/>"),
    ],
)
def test_a_data_url_is_base64_only_where_it_says_so(url: str, data: bytes):
    assert from_url(url, "image") == Media("image", "image/svg+xml", data)


@pytest.mark.parametrize("told", [None, "", 7, {}, {"url": None}])
def test_no_url_is_no_medium(told):
    assert from_url(told, "image") is None
