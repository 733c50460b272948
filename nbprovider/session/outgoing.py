"""What a question would send, part by part: every word of it, its tokens and its cost."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from nbprovider.credentials import redact
from nbprovider.ledger import estimate
from nbprovider.ledger.forecast import Forecast, running
from nbprovider.types import (
    Call,
    Citation,
    Media,
    Message,
    Opaque,
    Part,
    Route,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from nbprovider.view import Table, money, tokens
from nbprovider.view.formats import fenced
from nbprovider.view.legible import escaped, legible
from nbprovider.view.words import NANO

DRAWN = 4 * 1024 * 1024
"""Bytes of a picture that is shown as one: a larger one would swell the notebook."""


class Piece(Struct, frozen=True):
    """One part of what is sent: who says it, what it is, its words, tokens (estimated) and cost.

    `cost` is USD at the first route's price, None where nobody knows one; the borders of a message
    count to its first part. `media` is the picture or file itself.
    """

    number: int
    who: str
    kind: str
    text: str
    tokens: int
    cost: float | None
    media: Media | None = None

    @property
    def title(self) -> str:
        """Who says what, and what it takes."""
        taken = [f"≈{tokens(self.tokens)} tokens", "" if self.cost is None else _usd(self.cost)]
        return " · ".join(filter(None, [str(self.number), self.who, self.kind, *taken]))


class Outgoing(Struct, frozen=True):
    """All parts that a question would send, in their order; shows itself, keys taken out.

    - `route`: who would be asked first
    - `options`: how to answer, by name
    - `forecast`: tokens and nano-dollars of the whole
    """

    route: Route
    pieces: tuple[Piece, ...]
    options: dict[str, Any]
    forecast: Forecast
    note: str = ""

    def table(self) -> Table:
        """Return a row for each part, and what all of it takes."""
        rows = [
            (str(p.number), p.who, p.kind, f"≈{tokens(p.tokens)}", _usd(p.cost))
            for p in self.pieces
        ]
        told = self.forecast
        cost = "price unknown" if told.likely is None else money(_all(self.pieces))
        rows.append(("", "together", "", f"≈{tokens(told.read)}", cost))
        return Table(("", "who", "what", "tokens", "cost"), tuple(rows), note=self._ending())

    def _ending(self) -> str:
        told = self.forecast
        answer = f"An answer of {tokens(told.written)} tokens makes it"
        likely = "" if told.likely is None else f" {answer} {money(told.likely)}."
        note = f" {self.note}." if self.note else ""
        return f"Nothing was sent. It would go to {self.route.ref}.{likely}{note}"

    def _chosen(self) -> str:
        pairs = (f"{name} {json.dumps(value)}" for name, value in self.options.items())
        return f"Options: {', '.join(pairs)}" if self.options else ""

    def __repr__(self) -> str:
        blocks = [f"{piece.title}\n{piece.text}".rstrip() for piece in self.pieces]
        return redact("\n\n".join(filter(None, [*blocks, self._chosen(), self.table().plain()])))

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show all parts in any front end; pictures as such."""
        blocks = [block for piece in self.pieces for block in _drawn(piece)]
        table = redact(self.table().markdown())
        chosen = legible(redact(self._chosen()))
        whole = "\n\n".join(filter(None, [*blocks, chosen, table]))
        return {"text/plain": repr(self), "text/markdown": whole}


def of(call: Call, route: Route, told: Forecast, note: str = "") -> Outgoing:
    """Return what a call would send by a route."""
    pieces: list[Piece] = []
    for who, kind, text, count, media in _parts(call, route):
        nano = running(route, count, 0)
        cost = None if nano is None else nano / NANO
        pieces.append(Piece(len(pieces) + 1, who, kind, text, count, cost, media))
    options = {**call.options.given(), **({"extra": call.extra} if call.extra else {})}
    return Outgoing(route, tuple(pieces), options, told, note)


_Found = tuple[str, str, str, int, Media | None]


def _parts(call: Call, route: Route) -> Iterator[_Found]:
    for tool in call.tools:
        words = msgspec.json.encode(tool).decode()
        yield "tools", tool.name, _indented(words), estimate.tokens(words), None
    if call.schema:
        words = msgspec.json.encode(call.schema).decode()
        yield "schema", "JSON", _indented(words), estimate.tokens(words), None
    for message in call.messages:
        yield from _of_message(_readable(message, route))


def _readable(message: Message, route: Route) -> Message:
    """Return what of a message is sent to a route's provider: what only another reads is not."""
    own = message.origin.partition("/")[0] in ("", route.provider)
    return message if own else message.portable()


def _of_message(message: Message) -> Iterator[_Found]:
    frame = estimate.FRAME
    for part in message.parts:
        media = [part] if isinstance(part, Media) else list(getattr(part, "media", ()))
        words = estimate.words(part)
        count = frame + estimate.tokens(words) + estimate.MEDIA * len(media)
        yield message.role, _kind(part), words, count, media[0] if media else None
        frame = 0


def _kind(part: Part) -> str:
    match part:
        case Text():
            return "words"
        case Thinking():
            return "thinking"
        case ToolCall(name=name):
            return f"asks for the tool {name}"
        case ToolResult(name=name):
            return f"result of the tool {name}"
        case Citation():
            return "citation"
        case Opaque(protocol=protocol):
            return f"a block that {protocol} alone reads"
        case Media(data=data, url=url, name=name):
            size = f"{len(data) / 1024:,.0f} KiB" if data is not None else url
            return ", ".join(filter(None, [part.kind, part.mime, size, name]))


def _drawn(piece: Piece) -> Iterator[str]:
    yield f"**{escaped(redact(piece.title))}**"
    if piece.text:
        yield fenced(redact(piece.text), "text")
    media = piece.media
    if media and media.kind == "image" and media.data and len(media.data) <= DRAWN:
        data = base64.b64encode(media.data).decode()
        name = escaped(media.name or "the picture that is sent")
        yield f"![{name}](data:{media.mime};base64,{data})"


def _indented(words: str) -> str:
    return json.dumps(json.loads(words), indent=2, ensure_ascii=False)


def _usd(cost: float | None) -> str:
    return "price unknown" if cost is None else money(round(cost * NANO))


def _all(pieces: tuple[Piece, ...]) -> int:
    return round(sum(piece.cost or 0.0 for piece in pieces) * NANO)
