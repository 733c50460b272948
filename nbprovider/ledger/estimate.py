"""Tokens of what nobody counted, by the number of characters.

A rule of thumb: about 4 characters a token in alphabets, about 1.5 in Chinese, Japanese and
Korean. Good to a third or so; reasoning that was not shown is not in it.
"""

from __future__ import annotations

import math
import re

import msgspec

from nbprovider.types import (
    Call,
    Citation,
    Media,
    Message,
    Opaque,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)

LETTERS = 4.0
"""Characters a token where words are spelled."""

IDEOGRAPHS = 1.5
"""Characters a token in Chinese, Japanese and Korean."""

FRAME = 4
"""Tokens that mark a message's role and borders."""

MEDIA = 1000
"""Tokens of a picture, or of anything else that is not text: an order of magnitude, no more."""

_WIDE = re.compile(
    "[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)


def tokens(text: str) -> int:
    """Return about how many tokens a text is, rounded up."""
    wide = 0 if text.isascii() else sum(1 for _ in _WIDE.finditer(text))
    return math.ceil((len(text) - wide) / LETTERS + wide / IDEOGRAPHS)


def asked(call: Call) -> int:
    """Return about how many tokens a question is: its conversation, tools and schema."""
    attached = [msgspec.to_builtins(tool) for tool in call.tools] + [call.schema or ""]
    shape = sum(tokens(msgspec.json.encode(item).decode()) for item in attached if item)
    return shape + sum(map(message, call.messages))


def words(part: Part) -> str:
    """Return what of a part is text."""
    match part:
        case Text(text=text) | Thinking(text=text) | Citation(text=text):
            return text
        case ToolCall(name=name, arguments=arguments):
            return name + arguments
        case ToolResult(text=text):
            return text
        case Opaque(extra=extra):
            return msgspec.json.encode(extra, enc_hook=str).decode()
        case Media():
            return ""


def message(said: Message) -> int:
    """Return about how many tokens a message is, media in it included."""
    given = [len(part.media) for part in said.parts if isinstance(part, ToolResult)]
    media = sum(isinstance(part, Media) for part in said.parts) + sum(given)
    return FRAME + MEDIA * media + sum(tokens(words(part)) for part in said.parts)
