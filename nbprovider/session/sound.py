"""Sound from files, bytes and players, and sound as a player."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING

from nbprovider.errors import UsageError
from nbprovider.protocols.sound_types import ENDINGS, mime_of
from nbprovider.protocols.transcription import Sound

if TYPE_CHECKING:
    from IPython.display import Audio

    from nbprovider.types import Media

    Source = str | Path | bytes | Audio | Media

LARGEST = 512 * 1024 * 1024
"""Bytes of a recording that are sent: no provider takes more."""


def player(data: bytes, mime: str) -> Audio:
    """Return what plays the sound in a notebook; `data` holds the file's bytes."""
    from IPython.display import Audio

    audio: Audio = Audio(data=data)  # type: ignore[no-untyped-call] # IPython has no types
    audio.mimetype = mime  # it cannot be given, and is taken for WAV
    return audio


def recording(source: Source, language: str = "") -> Sound:
    """Return a sound to send: a file by its path, a file's bytes, an IPython Audio or a Media.

    Raises UsageError for what cannot be read, is too large, or is no sound.
    """
    if isinstance(source, str | Path):
        return _file(Path(source).expanduser(), language)
    data = source if isinstance(source, bytes) else getattr(source, "data", None)
    if not isinstance(data, bytes) or not data:
        raise UsageError(
            f"{type(source).__name__} holds no sound as bytes.",
            hint="Give the path of a file, or its bytes.",
        )
    mime = getattr(source, "mime", "") or mime_of(data)
    if not mime:
        raise _no_sound("What was given")
    return Sound(data, mime, f"audio.{_ending(mime)}", language)


def _file(path: Path, language: str) -> Sound:
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(
                f"{path} has {path.stat().st_size / 2**20:.0f} MiB; no provider takes more than"
                f" {LARGEST / 2**20:.0f}.",
                hint="Cut it into pieces.",
            )
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror or error}.", hint="Check the path."
        ) from None
    told = mimetypes.guess_type(path.name)[0] or ""
    mime = mime_of(data) or (told if told.startswith(("audio/", "video/")) else "")
    if not mime:
        raise _no_sound(str(path))
    name = path.name if path.suffix else f"{path.name}.{_ending(mime)}"
    return Sound(data, mime, name, language)


def _ending(mime: str) -> str:
    return ENDINGS.get(mime, mime.partition("/")[2])


def _no_sound(what: str) -> UsageError:
    return UsageError(
        f"{what} is no sound file of a known kind.",
        hint="WAV, MP3, FLAC, OGG, M4A and WebM are known.",
    )
