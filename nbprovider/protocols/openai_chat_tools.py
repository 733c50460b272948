"""Tool calls of Chat Completions, put together from pieces that servers send as they like.

OpenAI numbers the pieces by `index` and sends `id` and `name` once. Elsewhere the index is missing
or shared by two calls, the id is missing, "null", late or sent anew with each piece, the name is
repeated, and the arguments come as an object.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import msgspec

from nbprovider.types import Delta, ToolCall

_NO_ID = (None, "", "null")
LEGACY = "function_call"
"""The index of the one call that an old-style `function_call` makes."""


class _Growing:
    """One call under construction; `at` is its part's index, None until its name is known."""

    __slots__ = ("at", "extra", "id", "name", "pieces")

    def __init__(self, id_: str | None) -> None:
        self.id = id_
        self.name = ""
        self.pieces: list[str] = []
        self.extra: dict[str, Any] | None = None
        self.at: int | None = None

    @property
    def arguments(self) -> str:
        """All of the arguments so far."""
        return "".join(self.pieces)


class ToolCalls:
    """The calls of one reply."""

    def __init__(self) -> None:
        self._all: list[_Growing] = []
        self._by_index: dict[Any, _Growing] = {}

    def __bool__(self) -> bool:
        return bool(self._all)

    def take(self, piece: dict[str, Any], free: int, reply: str) -> Iterator[Delta]:
        """Yield what one piece adds.

        `free` is the index of a new part; `reply` is the reply's id, from which the ids are made
        that the server does not give.
        """
        function = piece.get("function") or piece.get("custom") or {}
        name, arguments = function.get("name") or "", arguments_of(function)
        call = self._whose(piece, name)
        call.extra = call.extra or _kept(piece)
        call.name = call.name or name
        if arguments:
            call.pieces.append(arguments)
        if call.at is None and call.name:
            yield self._begun(call, free, reply)
        elif call.at is not None and arguments:
            yield Delta(call.at, ToolCall(call.id or "", call.name, arguments))

    def rest(self, free: int, reply: str) -> Iterator[Delta]:
        """Yield the calls whose name never came."""
        for call in self._all:
            if call.at is None and (call.id or call.arguments):
                yield self._begun(call, free, reply)
                free += 1

    def _begun(self, call: _Growing, free: int, reply: str) -> Delta:
        call.at = free
        call.id = call.id or f"call_{zlib.crc32(reply.encode()):08x}_{self._all.index(call)}"
        return Delta(free, ToolCall(call.id, call.name, call.arguments, call.extra))

    def _whose(self, piece: dict[str, Any], name: str) -> _Growing:
        """Return the call that the piece belongs to."""
        id_ = None if (told := piece.get("id")) in _NO_ID else str(told)
        index = piece.get("index")
        if (same := next((one for one in self._all if id_ and one.id == id_), None)) is not None:
            return same
        if index is None:
            return self._without_index(id_, name)
        call = self._by_index.get(index)
        # Another id with a name is another call; without one, a server that makes ids up anew.
        if call is None or (id_ and call.id and name):
            call = self._by_index[index] = self._new(id_)
        elif call.at is None:
            call.id = call.id or id_
        return call

    def _without_index(self, id_: str | None, name: str) -> _Growing:
        last = self._all[-1] if self._all else None
        begins = last is None or (name and (id_ or name != last.name or _whole(last.arguments)))
        return self._new(id_) if last is None or begins else last

    def _new(self, id_: str | None) -> _Growing:
        call = _Growing(id_)
        self._all.append(call)
        return call


def arguments_of(function: dict[str, Any]) -> str:
    """Return the arguments of a call as JSON text, also where they came as an object."""
    told = function.get("arguments", function.get("input"))
    if isinstance(told, str):
        return told
    return msgspec.json.encode(told).decode() if told is not None else ""


def _kept(piece: dict[str, Any]) -> dict[str, Any] | None:
    """Return what the provider wants back with the call (Google's thought signature)."""
    kept = piece.get("extra_content")
    return {"extra_content": kept} if kept else None


def _whole(arguments: str) -> bool:
    try:
        msgspec.json.decode(arguments)
    except msgspec.DecodeError:
        return False
    return True
