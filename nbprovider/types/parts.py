"""What a message is made of."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import force_setattr, replace

Extra = dict[str, Any]
"""What only one provider knows: kept as it came, sent back as it was."""

MediaKind = Literal["image", "audio", "document", "video"]
Role = Literal["system", "user", "assistant", "tool"]


class Text(Struct, frozen=True, tag="text", omit_defaults=True):
    """Words to read."""

    text: str
    extra: Extra | None = None


class Thinking(Struct, frozen=True, tag="thinking", omit_defaults=True):
    """A model's reasoning; `signature` proves to its provider that it is unchanged."""

    text: str
    signature: str | None = None
    extra: Extra | None = None


class ToolCall(Struct, frozen=True, tag="tool_call", omit_defaults=True):
    """A model's wish to run a tool; `arguments` is JSON text, "" meaning none.

    In a stream the first piece has `id` and `name`; pieces of `arguments` follow.
    """

    id: str
    name: str
    arguments: str = ""
    extra: Extra | None = None


class Media(Struct, frozen=True, tag="media", omit_defaults=True):
    """An image, a sound, a document or a film: as bytes, or by address."""

    kind: MediaKind
    mime: str
    data: bytes | None = None
    url: str | None = None
    name: str | None = None
    extra: Extra | None = None


class Citation(Struct, frozen=True, tag="citation", omit_defaults=True):
    """Where a statement comes from."""

    source: str
    text: str = ""
    title: str = ""
    extra: Extra | None = None


class Opaque(Struct, frozen=True, tag="opaque", omit_defaults=True):
    """A block that only its provider understands (redacted thinking, a hosted tool's result).

    `protocol` names who understands it: no other protocol is sent it.
    """

    protocol: str
    extra: Extra


Given = Text | Media | Opaque
"""What a tool can give."""


class ToolResult(Struct, frozen=True, tag="tool_result", omit_defaults=True):
    """What a tool gave back; `id` is the call's.

    `content` is words, or words, images, documents and the like in their order; a list, and words
    in it, are made parts. `error` says that the tool failed.
    """

    id: str
    name: str
    content: str | tuple[Given, ...]
    error: bool = False
    extra: Extra | None = None

    def __post_init__(self) -> None:
        """Make parts of a list; raises TypeError for what a tool cannot give."""
        if not isinstance(self.content, str):
            force_setattr(self, "content", tuple(map(_given, self.content)))

    @property
    def parts(self) -> tuple[Given, ...]:
        """What the tool gave, part by part."""
        content = self.content
        return ((Text(content),) if content else ()) if isinstance(content, str) else content

    @property
    def text(self) -> str:
        """The words that the tool gave, a line for each part."""
        return "\n".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def media(self) -> tuple[Media, ...]:
        """What the tool gave that is not words."""
        return tuple(part for part in self.parts if isinstance(part, Media))


def _given(part: Any) -> Given:
    if isinstance(part, str):
        return Text(part)
    if isinstance(part, Given):
        return part
    raise TypeError(f"a tool cannot give a {type(part).__name__}: words and media are what it can")


Part = Text | Thinking | ToolCall | ToolResult | Media | Citation | Opaque


class Message(Struct, frozen=True, omit_defaults=True):
    """One turn's parts, and whose turn it is.

    `origin` is the key of the provider that said it, "" when nobody but us did; `KEY/PROTOCOL` when
    it was not said in the provider's own protocol. What only that one understands is sent to no
    other.
    """

    role: Role
    parts: tuple[Part, ...]
    origin: str = ""

    def portable(self) -> Message:
        """Return what every provider understands of the message."""
        parts = (_plain(part) for part in self.parts if not isinstance(part, Thinking | Opaque))
        return Message(self.role, tuple(parts))

    @property
    def text(self) -> str:
        """All words of the message, joined."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))


def _plain(part: Part) -> Part:
    """Return the part without what only one provider knows."""
    if isinstance(part, ToolResult):
        told = part.content
        if not isinstance(told, str):
            told = tuple(replace(one, extra=None) for one in told if not isinstance(one, Opaque))
        return replace(part, content=told, extra=None)
    return replace(part, extra=None) if getattr(part, "extra", None) else part
