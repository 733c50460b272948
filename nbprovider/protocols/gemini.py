"""Google's Gemini API: generateContent, streamed and not.

Wire facts: Google's reference of `models.generateContent`, `streamGenerateContent` and
`models.list`, and the google-genai SDK 3.4.0. Vertex AI speaks the same at another base URL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from nbprovider.catalog import Endpoint
from nbprovider.errors import ProviderError
from nbprovider.protocols import gemini_faults as faults
from nbprovider.protocols.contract import FramingName, Listed, Page
from nbprovider.protocols.faults import opened, unreadable
from nbprovider.protocols.gemini_reply import State, grown, read, sources
from nbprovider.protocols.gemini_request import body as body_of
from nbprovider.protocols.gemini_sources import citations
from nbprovider.protocols.gemini_usage import grounded, report
from nbprovider.protocols.vetting import beside
from nbprovider.types import Call, Delta, Event, Finish, Reason, Request, Served

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

Wire = dict[str, Any]

FRAMING: FramingName = "sse"

REASONS: dict[str, Reason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "CONTINUATION": "pause",
    **dict.fromkeys(faults.WITHHELD, "refused"),
}
"""Google's reasons; those not named here are "other"."""

UNSAID = (None, "", "FINISH_REASON_UNSPECIFIED")

METHODS = {"generateContent": "chat", "embedContent": "embedding", "bidiGenerateContent": "live"}
"""What a listed model supports → what we call it."""


def build(call: Call, endpoint: Endpoint) -> Request:
    """Return the request that asks `call`, without its key.

    Raises UsageError, naming it, for an option or a part that Gemini cannot carry.
    """
    verb = "streamGenerateContent?alt=sse" if call.stream else "generateContent"
    # The name may say its collection itself: models/…, tunedModels/…, publishers/…
    path = endpoint.provider.quirks.model_path or "/models/{model}"
    name = f"/{call.model}" if "/" in call.model else path.replace("{model}", call.model)
    return Request(
        "POST",
        f"{endpoint.base_url}{quote(name, safe='/@')}:{verb}",
        {"content-type": "application/json", **endpoint.provider.headers},
        msgspec.json.encode(body_of(call, endpoint.provider)),
    )


def events(payload: Any, state: State) -> Iterator[Event]:
    """Yield what one chunk says; of several candidates only the first is heard.

    Raises ProviderError when the chunk is an error.
    """
    if (said := faults.told(payload)) is not None:
        raise faults.meant(said, None)
    yield from _served(payload, state)
    candidates = payload.get("candidates") or ()
    first: Wire = next((one for one in candidates if not one.get("index")), {})
    yield from _parts(first, state)
    grounded(first, state)
    yield from beside(report(payload.get("usageMetadata") or {}, state))
    yield from _finish(first.get("finishReason"), payload.get("promptFeedback") or {}, state)


def whole(payload: Any, state: State) -> Iterator[Event]:
    """Yield what a reply in one piece says; it is complete even where it names no reason."""
    yield from events(payload, state)
    if state.ended is None and ("candidates" in payload or "usageMetadata" in payload):
        yield Finish("other")


def close(state: State) -> Iterator[Event]:  # noqa: ARG001 - the contract's
    """Yield nothing: all is said in the chunks, and a reply without its reason was cut short."""
    return iter(())


def _served(payload: Wire, state: State) -> Iterator[Served]:
    before = state.served
    model = payload.get("modelVersion") or before.model
    id_ = payload.get("responseId")
    served = Served(model, id_ if isinstance(id_, str) and id_ else before.id)
    if served != before:
        state.served = served
        yield served


def _parts(candidate: Wire, state: State) -> Iterator[Delta]:
    for part in (candidate.get("content") or {}).get("parts") or ():
        yield from read(part, state)
    if candidate.get("finishReason"):
        yield from grown(state)
    yield from beside(sources(citations(candidate), state))


def _finish(raw: Any, feedback: Wire, state: State) -> Iterator[Finish]:
    """Yield why the reply ended; a refused question has no candidate, only feedback."""
    if raw not in UNSAID:
        finish = Finish(_reason(str(raw), state), str(raw))
    elif "blockReason" in feedback or "blockReasonMessage" in feedback:
        finish = Finish("refused", feedback.get("blockReason") or "")
    else:
        return
    if finish != state.ended:
        state.ended = finish
        yield finish


def _reason(raw: str, state: State) -> Reason:
    """Return our word for the reason; Google says STOP where a function is to be called, too."""
    return "tool_calls" if raw == "STOP" and state.calls else REASONS.get(raw, "other")


def error(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Return the error that a refused request means."""
    said = faults.told(opened(body))
    return (
        unreadable(status, headers, body) if said is None else faults.meant(said, status, headers)
    )


def models(endpoint: Endpoint, after: str | None = None) -> Request:
    """Return the request that lists models, a thousand at a time (Google's most)."""
    token = f"&pageToken={quote(after, safe='')}" if after else ""
    path = endpoint.provider.models.path
    url = f"{endpoint.base_url}{path}?pageSize=1000{token}"
    return Request("GET", url, dict(endpoint.provider.headers))


def parse_models(payload: Any) -> Page:
    """Return the models that a list names; Vertex calls the list `publisherModels`."""
    listed = payload.get("models") or payload.get("publisherModels") or ()
    return Page(tuple(_listed(model) for model in listed), payload.get("nextPageToken") or None)


def _listed(model: Wire) -> Listed:
    return Listed(
        model["name"].removeprefix("models/"),
        model.get("displayName") or "",
        model.get("inputTokenLimit"),
        model.get("outputTokenLimit"),
        _can(model),
    )


def _can(model: Wire) -> tuple[str, ...] | None:
    methods = model.get("supportedGenerationMethods")
    if methods is None:
        return None
    words = tuple(word for method, word in METHODS.items() if method in methods)
    return (*words, "thinking") if model.get("thinking") else words
