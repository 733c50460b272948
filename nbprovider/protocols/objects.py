"""Providers that are Python objects: whatever can answer a conversation is one.

A factory is called with a model's name, and gives an object that is called with the conversation
(and, where it has a second parameter, the options). It returns the answer: words, or an iterable
of words and of our own events, such as Report(Usage(…)).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from nbprovider.errors import NbproviderError, ProviderError, UsageError
from nbprovider.types import Call, Delta, Event, Finish, Text
from nbprovider.types.events import Answered, Failed, Interrupted, Opened, Sending, Started

NAME = "object"
"""What a provider file calls this protocol."""

Answerer = Callable[..., str | Iterable[str | Event]]
Factory = Callable[[str], Answerer]

FACTORIES: dict[str, Factory] = {}
"""Provider's key → its factory."""

_OURS = (Started, Sending, Opened, Answered, Failed, Interrupted)
"""Events that only the flow may say."""


def pieces(key: str, call: Call) -> Iterator[Event]:
    """Yield what the provider's object answers, and at the end a Finish if it did not say one.

    Raises UsageError for an option, a tool, a schema or a field that the object cannot be given,
    and ProviderError for whatever the object raises.
    """
    finished = False
    try:
        for index, piece in enumerate(_asked(FACTORIES[key](call.model), call, key)):
            event = _event(piece, index)
            finished = finished or isinstance(event, Finish)
            yield event
    except NbproviderError:
        raise
    except Exception as error:
        raise ProviderError(
            f"The object behind {key!r} failed: {type(error).__name__}: {error}.",
            hint="Mend it, or ask another model; --debug shows where.",
        ) from error
    if not finished:
        yield Finish("stop")


def _asked(answer: Answerer, call: Call, key: str) -> Iterable[str | Event]:
    takes_options = len(inspect.signature(answer).parameters) > 1
    _refuse(key, _beyond_options(call), "Leave them out, or ask another provider.")
    if not takes_options:
        way_out = "Give it a second parameter for the options, or leave them out."
        _refuse(key, [*call.options.given()], way_out)
    told = answer(call.messages, call.options) if takes_options else answer(call.messages)
    return [told] if isinstance(told, str) else told


def _beyond_options(call: Call) -> list[str]:
    """Return what a call holds besides words and options, for which an object has no place."""
    tools = ["tools"] if call.tools else []
    schema = ["a schema"] if call.schema is not None else []
    return [*tools, *schema, *(f"the field {name!r}" for name in call.extra or ())]


def _refuse(key: str, given: list[str], hint: str) -> None:
    if given:
        raise UsageError(f"The object behind {key!r} cannot take {', '.join(given)}.", hint=hint)


def _event(piece: Any, index: int) -> Event:
    if isinstance(piece, str):
        return Delta(0, Text(piece))
    if isinstance(piece, Event) and not isinstance(piece, _OURS):
        return piece
    raise TypeError(f"piece {index} of its answer is a {type(piece).__name__}, not words")


__all__ = ["FACTORIES", "NAME", "Answerer", "Factory", "pieces"]
