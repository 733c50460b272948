"""What a refusal of Bedrock's means, in the stream and outside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbprovider.errors import ProviderError, Unavailable
from nbprovider.protocols.faults import fault, opened, request_id, unreadable

STATUSES = {
    "internalServerException": 500,
    "modelStreamErrorException": 424,
    "modelTimeoutException": 408,
    "serviceUnavailableException": 503,
    "throttlingException": 429,
    "validationException": 400,
}
"""The status that each exception has outside a stream (Bedrock's service model)."""

HINTS = (
    (
        "on-demand throughput",
        "Use an inference profile: put us., eu., apac. or global. before the model's id.",
    ),
    (
        "don't have access to the model",
        "Ask for access to the model in the Bedrock console, in this region.",
    ),
    (
        "model use case details",
        "Fill in the form for first-time users of Anthropic's models in the Bedrock console.",
    ),
    (
        "security token included in the request is expired",
        "Log in to AWS again, or get new temporary credentials.",
    ),
    (
        "model identifier is invalid",
        "See which models there are with `%provider models bedrock`; the region matters, too.",
    ),
)
"""Words of a refusal (lower case) → the next step that only Bedrock knows."""

AGREEMENT = "mpagreementbeingcreated"
AGREEMENT_WAIT = 900.0


def error(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Return the error that a refused request means.

    The exception's name is in the header `x-amzn-errortype` (before a colon), or in the body's
    `__type` (behind a #).
    """
    told = opened(body)
    if not isinstance(told, dict):
        return unreadable(status, headers, body)
    name = headers.get("x-amzn-errortype") or told.get("__type") or told.get("code")
    code = name.partition(":")[0].rpartition("#")[2] if isinstance(name, str) else None
    return _meant(status, code, _words(told), headers, body.decode("utf-8", "replace")[:2000])


def exception(told: dict[str, Any]) -> ProviderError:
    """Return the error that an exception in a stream means."""
    code = str(told.get("type") or "")
    words = _words(told.get("body")) or _words(told)
    return _meant(STATUSES.get(code), code or None, words, {}, str(told)[:2000])


def _words(told: Any) -> str:
    if not isinstance(told, dict):
        return ""
    inner = told.get("error")
    found = (told.get("message"), told.get("Message"), told.get("originalMessage"), inner)
    words = next((one for one in found if one), "")
    return words if isinstance(words, str) else _words(words)


def _meant(
    status: int | None, code: str | None, words: str, headers: Mapping[str, str], detail: str
) -> ProviderError:
    if AGREEMENT in words.replace(" ", "").lower():
        return _soon(status, code, headers, detail)
    found = fault(status, code, words, headers=headers, detail=detail)
    said = words.lower().replace("\u2019", "'")
    found.hint = next((hint for phrase, hint in HINTS if phrase in said), found.hint)
    return found


def _soon(
    status: int | None, code: str | None, headers: Mapping[str, str], detail: str
) -> Unavailable:
    """Return the error of a model's first use: AWS signs its agreement, which takes a while."""
    return Unavailable(
        "AWS is still setting up this account's agreement for the model.",
        hint="Try again in a quarter of an hour, or use another model.",
        status=status,
        code=code,
        retry_after=AGREEMENT_WAIT,
        request_id=request_id(headers),
        detail=detail,
    )
