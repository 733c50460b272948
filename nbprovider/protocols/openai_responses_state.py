"""What one reply of Responses remembers: its output items, and the sources it names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nbprovider.catalog import Provider
from nbprovider.types import Call, Citation, Delta, Extra, Finish, Served

WIRE = "openai_responses"
"""Where a part's `extra` holds what this protocol wants back, and who understands an Opaque."""

CALLS = ("function_call", "custom_tool_call")
"""Kinds of items that ask the caller to run a tool."""

Place = tuple[str, int]
"""A field of an item, and the number of the part in it."""


class Piece:
    """One part of an item: its index among the reply's parts, and the words said so far."""

    __slots__ = ("at", "words")

    def __init__(self, at: int) -> None:
        self.at = at
        self.words: list[str] = []

    def rest(self, words: str) -> str:
        """Return what of the whole words has not been said; what streamed counts."""
        said = "".join(self.words)
        more = words[len(said) :] if words.startswith(said) else ""
        self.words.append(more)
        return more


class Item:
    """One output item being heard; `settled` once its final form is known."""

    __slots__ = ("extra", "id", "kind", "name", "pieces", "settled")

    def __init__(self, told: dict[str, Any]) -> None:
        self.kind = str(told.get("type") or "")
        self.id = str(told.get("call_id") or told.get("id") or "")
        self.name = str(told.get("name") or "")
        self.extra: Extra | None = None
        self.pieces: dict[Place, Piece] = {}
        self.settled = False

    def piece(self, place: Place, state: State) -> Piece:
        """Return the piece at a place, a new part of the reply if there is none."""
        piece = self.pieces.get(place)
        if piece is None:
            piece = self.pieces[place] = Piece(state.index())
        return piece

    def nth(self, field: str, number: int) -> Place:
        """Return the place of a field's piece by its order: vLLM counts otherwise in its stream."""
        heard = [place for place in self.pieces if place[0] == field]
        return heard[number] if number < len(heard) else (field, -1 - number)

    def said(self) -> str:
        """Return all that was said of the item."""
        return "".join(word for piece in self.pieces.values() for word in piece.words)


class State:
    """What one reply remembers between payloads."""

    def __init__(self, call: Call, provider: Provider) -> None:  # noqa: ARG002 - the contract's
        self.done = False
        self.quirks = provider.quirks
        self.served: Served | None = None
        self.finish: Finish | None = None
        self.called = False
        self.refused = False
        self.items: list[Item] = []
        self._free = 0
        self._places: dict[Any, Item] = {}
        self._sources: dict[str, Citation] = {}
        self._named: set[str] = set()

    def renew(self) -> None:
        """Begin another response of the same reply: its items are counted anew."""
        self.finish = None
        self.called = self.refused = False
        self.items, self._places = [], {}

    def index(self) -> int:
        """Return the index of a new part."""
        self._free += 1
        return self._free - 1

    def begin(self, payload: dict[str, Any]) -> Iterator[Delta]:
        """Take in an item that has just begun; say nothing yet."""
        self._place(payload, self.new(payload["item"]))
        yield from ()

    def new(self, told: dict[str, Any]) -> Item:
        """Return a new item of the kind that is told."""
        item = Item(told)
        self.items.append(item)
        self.called = self.called or item.kind in CALLS
        return item

    def item(self, payload: dict[str, Any], kind: str = "") -> Item:
        """Return the item that an event belongs to, or a new one of `kind`.

        Items are known by their place in the output: behind GitHub Copilot each event has another
        id. What names no place belongs to the item it names, or to the newest.
        """
        told = payload.get("item") or {"type": kind, "id": payload.get("item_id")}
        item = self._places.get(_address(payload))
        if item is None and payload.get("output_index") is None and self.items:
            item = self.items[-1]
        if item is None or item.kind != told["type"]:
            item = self.new(told)
            self._place(payload, item)
        return item

    def _place(self, payload: dict[str, Any], item: Item) -> None:
        self._places[_address(payload)] = item

    def cite(self, told: dict[str, Any]) -> None:
        """Remember a source: a web page, or a file by its name."""
        source = told.get("url") or told.get("filename") or told.get("file_id")
        if source and source not in self._sources:
            title, text = str(told.get("title") or ""), str(told.get("quote") or "")
            self._sources[source] = Citation(str(source), text, title)

    def cited(self) -> Iterator[Delta]:
        """Yield the sources that have not been named, each once."""
        for key, source in self._sources.items():
            if key not in self._named:
                self._named.add(key)
                yield Delta(self.index(), source)


def _address(payload: dict[str, Any]) -> Any:
    place = payload.get("output_index")
    if place is not None:
        return place
    return payload.get("item_id") or (payload.get("item") or {}).get("id") or "newest"
