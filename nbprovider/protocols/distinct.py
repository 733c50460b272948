"""Calls of tools that a conversation can tell apart."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from nbprovider.types import Message, Part, ToolCall, ToolResult


def distinct(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Return a conversation in which no two calls of tools have one id, results named alike.

    Some servers count their calls from the start in each reply; Anthropic refuses an id that comes
    twice.
    """
    seen: set[str] = set()
    waiting: dict[str, list[str]] = {}

    def named(part: Part) -> Part:
        if isinstance(part, ToolCall) and part.id:
            name = _free(part.id, seen)
            seen.add(name)
            waiting.setdefault(part.id, []).append(name)
            return part if name == part.id else replace(part, id=name)
        if isinstance(part, ToolResult) and waiting.get(part.id):
            name = waiting[part.id].pop(0)
            return part if name == part.id else replace(part, id=name)
        return part

    def told(message: Message) -> Message:
        parts = tuple(map(named, message.parts))
        same = all(one is other for one, other in zip(parts, message.parts, strict=True))
        return message if same else replace(message, parts=parts)

    return tuple(told(message) for message in messages)


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
