"""What was asked, as far as it makes the answer: two questions that are alike here are the same.

Everything is without secrets, so that a notebook finds its answers also where no key is known.
Left out is what depends on the machine or changes no words: who the model's name leads to, ids of
tool calls, thoughts, caching, streaming, budgets.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from nbprovider.credentials import redact
from nbprovider.types import Call, Media, Message, Part, Text, ToolCall, ToolResult

SHOWN = 40
"""Characters of an earlier message that a recording shows."""

DIGITS = 12
"""Hexadecimal digits of a digest."""

ASIDE = frozenset({"json", "cache"})
"""Options that are no part of the question: the form of an answer is told in words as well."""


class Piece(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One part of a message: its words, or what stands for them.

    `kind` is text, media, tool_call, tool_result or tool_error; `name` the tool's, or a picture's
    type and digest.
    """

    text: str = ""
    kind: str = "text"
    name: str = ""


class Asked(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One question with all that belongs to it.

    - `model`: as the notebook names it, "" where it names none
    - `history`: a line for each earlier message: whose, its digest, how it begins
    - `tools`: name and digest of each; `schema`, `extra`: JSON
    """

    model: str = ""
    system: str = ""
    history: tuple[str, ...] = ()
    options: dict[str, Any] = {}
    tools: tuple[str, ...] = ()
    tool_choice: str = "auto"
    schema: str = ""
    extra: str = ""
    part: tuple[Piece, ...] = ()

    @property
    def text(self) -> str:
        """The words of the question."""
        return "\n".join(piece.text for piece in self.part if piece.text)


def asked(model: str, call: Call) -> Asked:
    """Return what makes a call's answer; its last message is the question itself.

    `model` is its name in the notebook: what it leads to may differ from one machine to the next.
    """
    *earlier, last = call.messages
    system = "\n\n".join(message.text for message in earlier if message.role == "system")
    return Asked(
        redact(model),
        redact(system),
        tuple(_line(message) for message in earlier if message.role != "system"),
        {n: _plain(v) for n, v in call.options.given().items() if n not in ASIDE},
        tuple(sorted(f"{tool.name} {_digest(msgspec.to_builtins(tool))}" for tool in call.tools)),
        call.tool_choice,
        _json(call.schema),
        _json(call.extra),
        tuple(_pieces(last)),
    )


def _plain(value: Any) -> Any:
    """Return an option as a file has it."""
    if isinstance(value, tuple):
        return [redact(one) for one in value]
    return redact(value) if isinstance(value, str) else value


def _line(message: Message) -> str:
    pieces = list(_pieces(message))
    told = " ".join(" ".join(piece.text or piece.name for piece in pieces).split())
    begin = told if len(told) <= SHOWN else f"{told[:SHOWN]}…"
    return f"{message.role} {_digest(msgspec.to_builtins(pieces))}: {begin}"


def _pieces(message: Message) -> Iterator[Piece]:
    """Yield what a message says, without what only its provider knows."""
    for part in message.parts:
        yield from _of_part(part)


def _of_part(part: Part) -> Iterator[Piece]:
    match part:
        case Text():
            yield Piece(redact(part.text))
        case Media():
            yield Piece(kind="media", name=_picture(part))
        case ToolCall():
            yield Piece(redact(part.arguments), "tool_call", part.name)
        case ToolResult():
            yield Piece(redact(part.text), "tool_error" if part.error else "tool_result", part.name)
            yield from (Piece(kind="media", name=_picture(one)) for one in part.media)
        case _:  # a thought, a source: the provider's own, and no part of what was said
            return


def _picture(media: Media) -> str:
    if media.data is None:
        return f"{media.mime} {redact(media.url or '')}"
    return f"{media.mime} {hashlib.sha256(media.data).hexdigest()[:DIGITS]}"


def _json(value: dict[str, Any] | None) -> str:
    if not value:
        return ""
    return redact(json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True, default=str))


def _digest(value: Any) -> str:
    told = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:DIGITS]
