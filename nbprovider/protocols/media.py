"""Media as text: base64 and data URLs."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any
from urllib.parse import unquote_to_bytes

from nbprovider.errors import UsageError
from nbprovider.types import Media
from nbprovider.types.parts import MediaKind


def base64(media: Media) -> str:
    """Return the bytes as base64.

    Raises UsageError when the medium is an address only, which the caller cannot send on.
    """
    if media.data is None:
        raise UsageError(
            f"This provider takes {_article(media.kind)} as bytes only, not by its address.",
            hint="Download it and give the file.",
        )
    return b64encode(media.data).decode("ascii")


def data_url(media: Media) -> str:
    """Return the bytes as a data URL (RFC 2397); raises UsageError when there are none."""
    return f"data:{media.mime};base64,{base64(media)}"


def address(media: Media) -> str:
    """Return where the medium is: its URL, or its bytes as a data URL."""
    return media.url if media.url and media.data is None else data_url(media)


def words_of(media: Media) -> str | None:
    """Return a file of text as words, under its name where it has one; None for other media."""
    if not media.mime.startswith("text/") or media.data is None:
        return None
    words = media.data.decode("utf-8", "replace")
    return f"{media.name}:\n{words}" if media.name else words


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def from_url(told: Any, kind: MediaKind) -> Media | None:
    """Return the medium at a URL, or at the `url` of an object; a data URL's bytes are taken out.

    None for what is no URL. A data URL whose bytes cannot be read stays an address.
    """
    url = told.get("url") if isinstance(told, dict) else told
    if not isinstance(url, str) or not url:
        return None
    head, comma, data = url.partition(",")
    if not head.startswith("data:") or not comma:
        return Media(kind, f"{kind}/*", url=url)
    mime, *marks = head[5:].split(";")
    mime = mime or "application/octet-stream"
    if "base64" not in marks:
        return Media(kind, mime, unquote_to_bytes(data))
    try:
        return Media(kind, mime, b64decode(data))
    except ValueError:
        return Media(kind, mime, url=url)
