"""OpenAI's Responses, as OpenAI, Azure, xAI, DeepSeek, OpenRouter and local servers speak it.

Source: platform.openai.com/docs/api-reference/responses and responses-streaming, and the
deviations that recordings show: an empty final `output` behind a ChatGPT plan, ids that change
from event to event behind GitHub Copilot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from nbprovider.errors import ProviderError, Unavailable
from nbprovider.protocols.contract import FramingName
from nbprovider.protocols.faults import fault
from nbprovider.protocols.openai_chat_errors import error, inside
from nbprovider.protocols.openai_chat_models import models, parse_models
from nbprovider.protocols.openai_responses_items import heard, settled
from nbprovider.protocols.openai_responses_request import build
from nbprovider.protocols.openai_responses_state import State
from nbprovider.protocols.openai_responses_usage import normalised
from nbprovider.protocols.vetting import NONSENSE, beside
from nbprovider.types import Event, Finish, Reason, Report, Served

__all__ = [
    "FRAMING",
    "State",
    "build",
    "close",
    "error",
    "events",
    "models",
    "parse_models",
    "whole",
]

FRAMING: FramingName = "sse"

Wire = dict[str, Any]
Handler = Callable[[Wire, State], Iterator[Event]]

DONE = ("completed", "complete", "done")
CUT: dict[str, Reason] = {
    "max_output_tokens": "length",
    "max_tokens": "length",
    "content_filter": "refused",
}
"""Why a reply is incomplete → the reason to finish."""


def events(payload: Any, state: State) -> Iterator[Event]:
    """Yield what one event says; raises ProviderError when it is an error."""
    kind = payload.get("type")
    if kind is None:
        yield from _untyped(payload, state)
    elif kind in HANDLERS:
        yield from HANDLERS[kind](payload, state)
    else:
        yield from heard(payload, state)


def whole(payload: Any, state: State) -> Iterator[Event]:
    """Yield what the body of a reply that was not streamed says; raises like `events`."""
    if not isinstance(payload, dict):
        raise _shapeless(payload)
    if not isinstance(payload.get("output"), list):
        raise inside(payload) or _shapeless(payload)
    yield from _ended({"response": payload}, state)


def close(state: State) -> Iterator[Event]:
    """Yield the sources that are left; `[DONE]` without a final event is a stop."""
    yield from state.cited()
    if state.done and state.finish is None:
        yield _finish("", {}, state)


def _untyped(payload: Wire, state: State) -> Iterator[Event]:
    """Yield what a payload without a type says: it is an error, a whole reply, or nothing."""
    if payload.get("object") == "response":
        yield from whole(payload, state)
    elif failed := inside(payload):
        raise failed
    elif "choices" in payload:
        raise _shapeless(payload)


def _opened(payload: Wire, state: State) -> Iterator[Event]:
    """Yield who answers, when that is news."""
    response = payload.get("response") or {}
    served = Served(str(response.get("model") or ""), str(response.get("id") or "") or None)
    if served.model and served != state.served:
        if state.finish and state.served and served.id not in (None, state.served.id):
            state.renew()
        state.served = served
        yield served


def _begun(payload: Wire, state: State) -> Iterator[Event]:
    yield from state.begin(payload)


def _item_done(payload: Wire, state: State) -> Iterator[Event]:
    yield from settled(payload["item"], state.item(payload), state)


def _annotated(payload: Wire, state: State) -> Iterator[Event]:
    with suppress(*NONSENSE):
        state.cite(payload.get("annotation") or {})
    yield from ()


def _ended(payload: Wire, state: State) -> Iterator[Event]:
    """Yield what only the final response says, and the end; another end of the same is none."""
    response = payload.get("response") or {}
    status = str(response.get("status") or str(payload.get("type")).rpartition(".")[2])
    yield from _opened(payload, state)
    if state.finish is not None:
        return
    if status != "failed":
        yield from _unheard(response.get("output") or (), state)
        yield from state.cited()
    if isinstance(response.get("usage"), dict):
        yield from beside(_counted(response, state))
    if status == "failed":
        raise _failure(response)
    yield _finish(status, response, state)


def _counted(response: Wire, state: State) -> Iterator[Event]:
    yield Report(normalised(response, state.quirks))


def _unheard(told: Iterable[Wire], state: State) -> Iterator[Event]:
    """Yield what the final list of items has and the stream had not.

    Items are recognised by their kind and order: ids and places are not to be relied on.
    """
    left = list(state.items)
    for one in told:
        same = next((item for item in left if item.kind == one.get("type")), None)
        if same is not None:
            left.remove(same)
        yield from settled(one, same or state.new(one), state)


def _finish(status: str, response: Wire, state: State) -> Finish:
    """Return the end; `status` is the provider's own word."""
    if status in DONE or not status:
        reason: Reason = "tool_calls" if state.called else "refused" if state.refused else "stop"
    else:
        details = response.get("incomplete_details")
        why = details.get("reason") if isinstance(details, dict) else None
        reason = CUT.get(str(why), "other")
    state.finish = Finish(reason, status)
    return state.finish


def _erred(payload: Wire, _: State) -> Iterator[Event]:
    """Raise what an `error` event tells: flat by the documentation, nested on the wire."""
    flat = {name: value for name, value in payload.items() if name not in _ENVELOPE}
    raise inside({"error": payload.get("error") or flat or "unknown"}) or _failure({})


def _failure(response: Wire) -> ProviderError:
    told = {"error": response.get("error")}
    return inside(told) or fault(None, "server_error", "", detail=repr(response)[:4000])


def _shapeless(payload: Any) -> Unavailable:
    return Unavailable(
        "The server answered with something that is no response of OpenAI's Responses.",
        hint="Check the account's base URL; the server may speak another protocol.",
        detail=repr(payload)[:300],
    )


_ENVELOPE = ("type", "sequence_number", "event_id")
HANDLERS: dict[str, Handler] = {
    "response.created": _opened,
    "response.queued": _opened,
    "response.in_progress": _opened,
    "response.output_item.added": _begun,
    "response.output_item.done": _item_done,
    "response.output_text.annotation.added": _annotated,
    "response.completed": _ended,
    "response.incomplete": _ended,
    "response.failed": _ended,
    "response.cancelled": _ended,
    "response.done": _ended,
    "error": _erred,
}
"""Type of event → what it says; the others tell pieces of an item, or only that it goes on."""
