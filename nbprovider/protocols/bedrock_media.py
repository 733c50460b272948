"""Pictures, sound and the like that a Bedrock reply holds.

Wire facts: botocore 1.44.5's service model, `ContentBlock` and `ImageBlockDelta`.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbprovider.protocols.bedrock_blocks import FORMATS
from nbprovider.types import Delta, Media
from nbprovider.types.parts import MediaKind


class Drawn:
    """A picture between its start and its stop."""

    __slots__ = ("format", "pieces")

    def __init__(self, format_: str) -> None:
        self.format = format_
        self.pieces: list[bytes] = []


def medium(kind: MediaKind, sort: str, data: bytes, place: int) -> Iterator[Delta]:
    """Yield a medium in Converse's format of this name, if there is any."""
    if data:
        mimes = (mime for mime, word in FORMATS[kind].items() if word == sort)
        yield Delta(place, Media(kind, next(mimes, f"{kind}/*"), data))
