"""What kind of sound a file is, told by its beginning."""

from __future__ import annotations

ENDINGS = {
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "audio/mp4": "m4a",
    "audio/webm": "webm",
    "audio/aac": "aac",
}
"""Media type → the ending of such a file's name."""

_MARKS = (
    (0, b"ID3", "audio/mpeg"),
    (0, b"RIFF", "audio/wav"),
    (0, b"fLaC", "audio/flac"),
    (0, b"OggS", "audio/ogg"),
    (4, b"ftyp", "audio/mp4"),
    (0, b"\x1aE\xdf\xa3", "audio/webm"),
)


_LAYERS = {0b010: "audio/mpeg", 0b100: "audio/mpeg", 0b000: "audio/aac"}
"""The bits of a frame that name its layer, of which AAC has none; UTF-16 looks like the first."""


def mime_of(data: bytes) -> str:
    """Return the media type of a sound file's bytes, "" when it is none that is known."""
    for at, mark, mime in _MARKS:
        if data.startswith(mark, at):
            return mime
    if data[:1] != b"\xff" or data[1:2] < b"\xe0":  # MPEG's sync word
        return ""
    return _LAYERS.get(data[1] & 0b110, "")
