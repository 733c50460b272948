"""What was said, piece by piece: written as whole words, with the lengths that it came in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from nbprovider.credentials import redact
from nbprovider.types import Delta, Part, Text, Thinking, ToolCall


class Block(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Pieces of one part that came one after the other.

    - `text`: their words (of a tool call its arguments); `pieces`: the characters of each, left out
      for one piece
    - `kind`: text, thinking, tool_call, or other: then `part` is the whole part as JSON
    - `index`: the part's place in the answer
    - `extra`: JSON of what only the provider understands
    """

    text: str = ""
    kind: str = "text"
    index: int = 0
    id: str = ""
    name: str = ""
    signature: str = ""
    extra: str = ""
    part: str = ""
    pieces: tuple[int, ...] = ()


_KINDS: dict[type, str] = {Text: "text", Thinking: "thinking", ToolCall: "tool_call"}


def blocks(deltas: Iterable[Delta]) -> tuple[Block, ...]:
    """Return pieces as blocks, their secrets taken out."""
    single = [_block(delta) for delta in deltas]
    runs = groupby(single, key=lambda block: (block.part != "", replace(block, text="")))
    found = [block for (whole, _), run in runs for block in (run if whole else [_joined(run)])]
    return tuple(_without_secrets(found))


def deltas(written: Iterable[Block]) -> Iterator[Delta]:
    """Yield the pieces that blocks were made of."""
    for block in written:
        for piece in _cut(block.text, block.pieces):
            yield Delta(block.index, _part(block, piece))


def _block(delta: Delta) -> Block:
    part = delta.part
    kind = _KINDS.get(type(part), "other")
    if kind == "other":
        told = redact(msgspec.json.encode(part).decode())
        return Block(kind=kind, index=delta.index, part=told)
    extra = getattr(part, "extra", None)
    return Block(
        part.arguments if isinstance(part, ToolCall) else part.text,  # type: ignore[union-attr]
        kind,
        delta.index,
        part.id if isinstance(part, ToolCall) else "",
        part.name if isinstance(part, ToolCall) else "",
        (part.signature or "") if isinstance(part, Thinking) else "",
        redact(msgspec.json.encode(extra).decode()) if extra else "",
    )


def _joined(run: Iterable[Block]) -> Block:
    same = list(run)
    texts = [block.text for block in same]
    lengths = tuple(map(len, texts)) if len(texts) > 1 else ()
    return replace(same[0], text="".join(texts), pieces=lengths)


def _without_secrets(found: Sequence[Block]) -> Iterator[Block]:
    """Yield the blocks without secrets; of a part that holds one in several, one block is left.

    Between them other parts may have come, and half a key in each.
    """
    whole: dict[int, str] = {}
    for block in found:
        whole[block.index] = whole.get(block.index, "") + block.text
    torn = {index for index, text in whole.items() if redact(text) != text}
    for block in found:
        if block.index not in torn:
            yield block
        else:
            yield replace(block, text=redact(whole.pop(block.index, "")))


def _cut(text: str, lengths: tuple[int, ...]) -> Iterator[str]:
    """Yield a text's pieces; what the lengths do not cover goes with the last."""
    at = 0
    for length in lengths[:-1]:
        yield text[at : at + length]
        at += length
    yield text[at:]


def _part(block: Block, text: str) -> Part:
    extra = msgspec.json.decode(block.extra) if block.extra else None
    match block.kind:
        case "text":
            return Text(text, extra)
        case "thinking":
            return Thinking(text, block.signature or None, extra)
        case "tool_call":
            return ToolCall(block.id, block.name, text, extra)
        case _:
            whole: Part = msgspec.json.decode(block.part, type=Part)
            return whole
