"""Files and addresses as parts of a question."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from urllib.parse import urlsplit

from nbprovider.errors import UsageError
from nbprovider.session import notebook_file
from nbprovider.types import Media, Text
from nbprovider.types.parts import MediaKind

LARGEST = 32 * 1024 * 1024
"""Bytes of a file that are sent: beyond it every provider refuses a request."""

_KINDS: dict[str, MediaKind] = {"image": "image", "audio": "audio", "video": "video"}


def attach(source: str | Path) -> Media | Text:
    """Return a file or an http(s) address as a part of a question.

    Images, sound, films and PDFs go as they are; text goes as words under the file's name, a
    notebook as its cells. Raises
    UsageError for a file that cannot be read, is too large, or is of no kind that a model reads,
    and for the address of a text.
    """
    if isinstance(source, str) and urlsplit(source).scheme in {"http", "https"}:
        return _linked(source)
    if not isinstance(source, str | Path):
        raise UsageError(
            f"attach takes a path or an address, not {type(source).__name__!r}.",
            hint="A question takes figures and tables as they are: ask(['…', fig]).",
        )
    path = Path(source).expanduser()
    if path.is_dir():
        raise UsageError(f"{path} is a folder.", hint=f"`-a '{path}/*'` attaches what is in it.")
    mime = mimetypes.guess_type(path.name)[0] or ""
    data = _read(path)
    if kind := _kind(mime):
        return Media(kind, mime, data, name=path.name)
    if path.suffix == ".ipynb":
        return Text(f"{path.name}:\n\n{notebook_file.in_words(notebook_file.read(path))}")
    return _words(path, data)


def image(source: str | Path) -> Media:
    """Return a picture as a part of a question; raises UsageError when it is none."""
    part = attach(source)
    if isinstance(part, Media) and part.kind == "image":
        return part
    raise UsageError(f"{source} is no picture.", hint="PNG, JPEG, GIF and WebP are pictures.")


def _linked(url: str) -> Media:
    mime = mimetypes.guess_type(urlsplit(url).path)[0] or ""
    if mime.startswith("text/"):
        raise UsageError(
            f"{url} leads to words, and an address is not fetched here.",
            hint="Download it and attach the file.",
        )
    # A picture's address often has no ending; a document's or a sound's has.
    return Media(_kind(mime) or "image", mime or "image/*", url=url)


def _kind(mime: str) -> MediaKind | None:
    if mime == "application/pdf":
        return "document"
    return _KINDS.get(mime.partition("/")[0])


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(
                f"{path} has {path.stat().st_size / 2**20:.0f} MiB; a request takes 32.",
                hint="Make it smaller, or give its address.",
            )
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror or error}.", hint="Check the path."
        ) from None


def _words(path: Path, data: bytes) -> Text:
    try:
        words = data.decode()
    except UnicodeDecodeError:
        raise UsageError(
            f"{path} is neither text nor of a kind that a model reads.",
            hint="Pictures, PDFs, sound, films and text can be attached.",
        ) from None
    return Text(f"{path.name}:\n\n{words}")
