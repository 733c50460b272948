"""Google's errors: `{"error": {code, message, status, details}}`, now and then in a list of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from nbprovider.errors import ContentRefused, ProviderError
from nbprovider.protocols.faults import NO_HEADERS, fault, seconds

Wire = dict[str, Any]

DAILY = "PerDay"
"""What the id of a quota holds that does not come back for hours."""

WITHHELD = frozenset(
    {
        "SAFETY",
        "RECITATION",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "MODEL_ARMOR",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
    }
)
"""Reasons to end of an answer, or of a part of it, that the content policy keeps back."""

HALFWAY = "CANCELLED"
"""The status of a reply that the server gave up: the fault of nobody's request."""


def told(payload: Any) -> Any:
    """Return what a payload says of an error, None when it is none."""
    first = payload[0] if isinstance(payload, list) and payload else payload
    return first.get("error") if isinstance(first, dict) else None


def meant(said: Any, status: int | None, headers: Mapping[str, str] = NO_HEADERS) -> ProviderError:
    """Return the error that Google's words mean; `status` is None inside a stream.

    A reason (`API_KEY_INVALID`, which comes with HTTP 400) says more than the status' name, and a
    quota by the day is no matter of waiting.
    """
    facts = said if isinstance(said, dict) else {"message": said}
    name = _word(facts.get("status"))
    details = _objects(facts.get("details"))
    error = fault(
        status if status is not None or name == HALFWAY else _number(facts.get("code")),
        "quota_exceeded" if _daily(details) else _reason(details),
        _word(facts.get("message")) or "",
        kind=name,
        headers=headers,
        retry_after=_wait(details),
        detail=msgspec.json.encode(said).decode()[:2000],
    )
    error.code = _reason(details) or name or error.code
    return error


def refusal(payload: Any) -> ContentRefused | None:
    """Return the error of an answer that Google withholds, None when it withholds none."""
    first: Wire = next(iter(payload.get("candidates") or ()), {})
    reason = (payload.get("promptFeedback") or {}).get("blockReason")
    reason = reason or (first["finishReason"] if first.get("finishReason") in WITHHELD else "")
    if not reason:
        return None
    return ContentRefused(
        f"Google's content policy refuses this ({reason}).", hint="Change what is asked."
    )


def _reason(details: list[Wire]) -> str | None:
    return next((word for detail in details if (word := _word(detail.get("reason")))), None)


def _wait(details: list[Wire]) -> float | None:
    waits = (seconds(detail.get("retryDelay")) for detail in details)
    return next((wait for wait in waits if wait is not None), None)


def _daily(details: list[Wire]) -> bool:
    return any(DAILY in quota for detail in details for quota in _quotas(detail))


def _quotas(detail: Wire) -> Iterator[str]:
    """Yield the quotas that are used up: those of a QuotaFailure, or an ErrorInfo's limit."""
    for violation in _objects(detail.get("violations")):
        yield str(violation.get("quotaId"))
    for metadata in _objects([detail.get("metadata")]):
        yield str(metadata.get("quota_limit"))


def _objects(value: Any) -> list[Wire]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) else None
