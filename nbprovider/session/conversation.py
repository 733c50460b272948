"""A chat as it is read: who said what, when, by which model."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from nbprovider.credentials.redaction import without_known
from nbprovider.ledger.chats import Ended
from nbprovider.session import usual
from nbprovider.types import Media, Message, Part, Role, Text, ToolCall, ToolResult
from nbprovider.view import markdown
from nbprovider.view.formats import fenced

YOU = "You"


class Spoken(Struct, frozen=True):
    """One turn; `model`: the one that answered, "" where nobody knows; `at`: UTC."""

    number: int
    role: Role
    at: datetime
    status: Ended
    model: str
    message: Message

    @property
    def speaker(self) -> str:
        """Who said it."""
        names = {"user": YOU, "tool": "Tools", "system": "Instructions"}
        return names.get(self.role) or self.model or "Model"

    @property
    def head(self) -> str:
        """Who said it, when, and whether that was all."""
        ended = "" if self.status == "ok" else f" · {self.status}"
        return f"{self.speaker} · {local(self.at)}{ended}"

    @property
    def numbered(self) -> str:
        """The head with the turn's number."""
        return f"{self.number} · {self.head}"


class Conversation(Struct, frozen=True):
    """All that was said in a chat; shows itself. Times are UTC."""

    name: str
    model: str
    system: str
    cycle: tuple[str, ...]
    notebook: str
    created: datetime
    changed: datetime
    turns: tuple[Spoken, ...]
    options: dict[str, Any] = {}
    tools: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The chat in one line."""
        days = dict.fromkeys((f"{local(self.created):.10}", f"{local(self.changed):.10}"))
        own = usual.told(self.options, self.tools)
        told = (self.model, f"{len(self.turns)} turns", " to ".join(days), self.notebook, own)
        return " · ".join(filter(None, told))

    def markdown(self) -> str:
        """Return the chat as a page of markdown, pictures in it."""
        blocks = [f"# {self.name}", self.summary]
        blocks += [quoted(self.system)] if self.system else []
        for turn in self.turns:
            blocks += ["---", f"**{turn.numbered}**", in_markdown(turn.message.parts)]
        return "\n\n".join(filter(None, blocks)) + "\n"

    def plain(self) -> str:
        """Return the chat's words."""
        blocks = [f"{self.name}\n{self.summary}", self.system]
        blocks += (f"{turn.numbered}\n{_plain(turn.message.parts)}" for turn in self.turns)
        return "\n\n".join(filter(None, blocks))

    def __repr__(self) -> str:
        return without_known(self.plain())

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the chat in any front end, without secrets that were not known when it was kept."""
        bundle = {"text/plain": self.plain(), "text/markdown": self.markdown()}
        return {mime: without_known(text) for mime, text in bundle.items()}


def moment(microseconds: int) -> datetime:
    """Return the time that so many microseconds since 1970 mean."""
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)


def local(at: datetime) -> str:
    """Return a time as the user's clock says it."""
    return f"{at.astimezone():%Y-%m-%d %H:%M}"


def quoted(text: str) -> str:
    """Return a text as a quotation in markdown."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def in_markdown(parts: tuple[Part, ...]) -> str:
    """Return what was said as markdown, whoever said it."""
    return "\n\n".join(filter(None, (_block(part) for part in parts)))


def _block(part: Part) -> str:
    match part:
        case ToolResult(name=name):
            given = "\n\n".join(filter(None, map(_block, part.media)))
            return "\n\n".join(filter(None, [f"🔧 `{name}` gave:", fenced(part.text, ""), given]))
        case Media(kind="image", data=data) if data:
            encoded = base64.b64encode(data).decode()
            return f"![{called(part)}](data:{part.mime};base64,{encoded})"
        case Media():
            return f"*[{called(part)}]*"
        case _:
            return markdown([part])


def called(media: Media) -> str:
    """Return what to call a medium, in one line that markdown takes as it stands."""
    told = media.name or media.url or f"{media.kind}: {media.mime}"
    return " ".join("".join(c for c in told if c not in "[]()<>*`\\").split())[:200]


def _plain(parts: tuple[Part, ...]) -> str:
    return "\n".join(filter(None, _lines(parts)))


def _lines(parts: tuple[Part, ...]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Text):
            yield part.text
        elif isinstance(part, ToolCall):
            yield f"asks for {part.name}({part.arguments})"
        elif isinstance(part, ToolResult):
            yield f"{part.name} gave: {part.text}"
        elif isinstance(part, Media):
            yield f"[{called(part)}]"
