"""Events in, a turn out."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from nbprovider.types.events import (
    Answered,
    Delta,
    Event,
    Finish,
    Interrupted,
    Opened,
    Reason,
    Report,
    Served,
    Started,
)
from nbprovider.types.parts import (
    Citation,
    Extra,
    Media,
    Message,
    Opaque,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from nbprovider.types.usage import Usage


class Turn(Struct, frozen=True):
    """What one attempt has said so far; `complete` once the provider ended it itself."""

    parts: tuple[Part, ...] = ()
    usage: Usage = Usage()
    finish: Reason | None = None
    raw_finish: str = ""
    model: str = ""
    id: str | None = None
    complete: bool = False
    origin: str = ""

    @property
    def text(self) -> str:
        """The words of the answer, joined."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def thinking(self) -> str:
        """The words of the reasoning, joined."""
        return "".join(part.text for part in self.parts if isinstance(part, Thinking))

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tools that the model asks for."""
        return tuple(part for part in self.parts if isinstance(part, ToolCall))

    def message(self) -> Message:
        """Return the turn as the next call's history: legal even when it was cut off.

        A cut-off turn keeps its words only: a thought without its end has no signature, and a
        half-written tool call no meaning.
        """
        parts = self.parts if self.complete else tuple(p for p in self.parts if type(p) is Text)
        return Message("assistant", parts, self.origin)


class _Growing:
    """One part under construction."""

    __slots__ = ("extra", "first", "pieces", "signature")

    def __init__(self, first: Part) -> None:
        self.first = first
        self.pieces: list[str] = []
        self.signature: str | None = None
        self.extra: Extra | None = None

    def add(self, part: Part) -> None:
        match part:
            case Text():
                self.pieces.append(part.text)
            case Thinking():
                self.pieces.append(part.text)
                self.signature = part.signature or self.signature
            case ToolCall():
                self.pieces.append(part.arguments)
            case _:
                self.first = part
                return
        if part.extra:
            self.extra = {**(self.extra or {}), **part.extra}

    def part(self) -> Part:
        joined = "".join(self.pieces)
        match self.first:
            case Text():
                return Text(joined, self.extra)
            case Thinking():
                return Thinking(joined, self.signature, self.extra)
            case ToolCall(id=id_, name=name):
                return ToolCall(id_, name, joined, self.extra)
            case Media() | Citation() | Opaque() | ToolResult():
                return self.first


class Fold:
    """Listen to events, and know the turn at any moment.

    A new attempt begins anew: what a failed one said is void.
    """

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._growing: dict[int, _Growing] = {}
        self._usage = Usage()
        self._finish: Finish | None = None
        self._served = Served("")
        self._complete = False
        self._origin = ""

    def saw(self, event: Event) -> None:
        """Take in one event."""
        kind = type(event)
        if kind is Delta:
            self._grow(event.index, event.part)  # type: ignore[union-attr]
        elif kind is Started:
            self._clear()
            self._origin = event.route.provider  # type: ignore[union-attr]
        elif isinstance(event, Opened):
            self._origin = event.origin or self._origin
        elif isinstance(event, Report):
            self._usage |= event.usage
        elif isinstance(event, Served):
            self._served = event
        elif isinstance(event, Finish):
            self._finish = event
        elif isinstance(event, Answered):
            self._complete = True
        elif isinstance(event, Interrupted):
            self._complete = False

    def _grow(self, index: int, part: Part) -> None:
        growing = self._growing.get(index)
        if growing is None:
            growing = self._growing[index] = _Growing(part)
        if type(part) is Text and part.extra is None:
            growing.pieces.append(part.text)
        else:
            growing.add(part)

    def turn(self) -> Turn:
        """Return what has been said so far."""
        finish = self._finish
        return Turn(
            tuple(self._growing[index].part() for index in sorted(self._growing)),
            self._usage,
            finish.reason if finish else None,
            finish.raw if finish else "",
            self._served.model,
            self._served.id,
            self._complete or finish is not None,
            self._origin,
        )


def fold(events: Iterable[Event]) -> Turn:
    """Return the turn that the events tell."""
    folding = Fold()
    for event in events:
        folding.saw(event)
    return folding.turn()
