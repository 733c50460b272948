"""What no event may hold, whatever a server sent: values of another type than the event has.

A protocol hands on what it reads. Here words that are no words end the reply, for nothing can be
made of them; what stands beside the answer (counts, names, sources) is mended or left out, for
the answer is worth more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

from msgspec.structs import replace

from nbprovider.types import (
    Citation,
    Delta,
    Event,
    Finish,
    Media,
    Part,
    Report,
    Served,
    Text,
    Thinking,
    ToolCall,
)

NONSENSE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a payload of another shape than the protocol's can lead to."""

Told = TypeVar("Told")


def beside(told: Iterator[Told]) -> Iterator[Told]:
    """Yield what stands beside an answer (counts, sources), as far as it makes sense.

    What makes none is left out, for it must not end the answer.
    """
    with suppress(*NONSENSE):
        yield from told


def vetted(event: Event) -> Event:
    """Return the event, its parts of the types that they must have.

    Raises TypeError for a part that holds something else than words where words must be.
    """
    if isinstance(event, Delta):
        part = event.part
        if type(part) is Text and type(part.text) is str:
            return event
        vet = _PARTS.get(type(part))
        sound = part if vet is None else vet(part)
        return event if sound is part else Delta(event.index, sound)
    mend = _EVENTS.get(type(event))
    return event if mend is None else mend(event)


def _text(part: Text) -> Part:
    _demand(part.text)
    return part


def _thinking(part: Thinking) -> Part:
    _demand(part.text, *(() if part.signature is None else (part.signature,)))
    return part


def _call(part: ToolCall) -> Part:
    _demand(part.id, part.name, part.arguments)
    return part


def _media(part: Media) -> Part:
    _demand(part.mime, *(told for told in (part.url, part.name) if told is not None))
    return part


def _demand(*told: Any) -> None:
    for one in told:
        if type(one) is not str:
            raise TypeError(f"{one!r:.50} stands where words must be")


def _citation(part: Citation) -> Part:
    if type(part.source) is type(part.text) is type(part.title) is str:
        return part
    return Citation(_named(part.source), _named(part.text), _named(part.title), part.extra)


def _named(told: Any) -> str:
    """Return a name or a number as words; nothing for what is neither."""
    return str(told) if isinstance(told, str | int | float) else ""


def _report(event: Report) -> Event:
    usage = event.usage
    told = [getattr(usage, name) for name in _COUNTS]
    counts = list(map(_count, told))
    extra = usage.extra
    if extra and not all(map(_makes_sense, extra, extra.values())):
        extra = {name: value for name, value in extra.items() if _makes_sense(name, value)} or None
    if extra is usage.extra and all(one is two for one, two in zip(counts, told, strict=True)):
        return event
    return Report(replace(usage, extra=extra, **dict(zip(_COUNTS, counts, strict=True))))


def _makes_sense(name: str, told: Any) -> bool:
    """Say whether what stands beside the counts can be reckoned with; other names are free."""
    if name in AMOUNTS:
        return type(told) in (int, float) and 0 <= told < float("inf")
    return name not in WORDS or type(told) is str


def _count(told: Any) -> int | None:
    """Return a count of tokens; None for what cannot be one."""
    if type(told) is float and told.is_integer() and told < MOST_TOKENS:
        told = int(told)
    return told if type(told) is int and 0 <= told < MOST_TOKENS else None


_COUNTS = ("input", "output", "cache_read", "cache_write", "reasoning")

AMOUNTS = frozenset(
    {
        "audio_input",
        "audio_output",
        "billed_input",
        "billed_output",
        "cache_write_12h",
        "cache_write_1h",
        "characters",
        "cost",
        "file_searches",
        "image_output",
        "list_cost",
        "searches",
        "seconds",
    }
)
WORDS = frozenset({"region", "tier"})
"""What of a usage's `extra` the pricing reckons with: numbers, and words."""

MOST_TOKENS = 2**53
"""A count from here on is nonsense; it could not be kept, either."""


def _served(event: Served) -> Event:
    if type(event.model) is str and (event.id is None or type(event.id) is str):
        return event
    return Served(_named(event.model), _named(event.id) or None)


def _finish(event: Finish) -> Event:
    return event if type(event.raw) is str else Finish(event.reason, _named(event.raw))


_PARTS: dict[type[Any], Callable[[Any], Part]] = {
    Text: _text,
    Thinking: _thinking,
    ToolCall: _call,
    Media: _media,
    Citation: _citation,
}
_EVENTS: dict[type[Any], Callable[[Any], Event]] = {
    Report: _report,
    Served: _served,
    Finish: _finish,
}
