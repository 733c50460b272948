"""What a provider's refusal means, told by tables.

The provider's own code speaks first, then its words where the status gives them a context, then
the status, then those codes that say little. Words alone decide nothing. An empty balance is a 429
at some providers, which is why the code comes before the status.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any

from nbprovider.concealed import concealed
from nbprovider.errors import (
    BadRequest,
    ProviderError,
    Unavailable,
)
from nbprovider.protocols.fault_tables import (
    CODES,
    SAYINGS,
    SAYINGS_OF,
    STATUSES,
    STOOD_BETWEEN,
    VAGUE,
    WORDS,
)
from nbprovider.protocols.framing import loads
from nbprovider.protocols.rate_limits import until_free
from nbprovider.protocols.readers import web_page

LONGEST = 300
"""Characters of the provider's own words that a message quotes."""

REQUEST_IDS = (
    "x-request-id",
    "request-id",
    "apim-request-id",
    "x-ms-request-id",
    "x-amzn-requestid",
    "x-goog-request-id",
    "x-generation-id",
    "cf-ray",
)
NO_PAGE = frozenset({404, 405, 410})
"""Statuses that speak of the address when the provider's own words are missing."""

RETRY = {"true": True, "false": False}
"""What `x-should-retry` says (OpenAI's and Anthropic's), which overrides the kind of the error."""

CHECK_ADDRESS = "Check the account's base URL."

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


def fault(  # noqa: PLR0913 - the facts of a refusal, most of them optional, all named
    status: int | None,
    code: str | None,
    message: str,
    *,
    kind: str | None = None,
    headers: Mapping[str, str] = NO_HEADERS,
    retry_after: float | None = None,
    detail: str = "",
) -> ProviderError:
    """Return the error that a provider's refusal means.

    `status` is None for an error inside a stream. `code` and `kind` are the provider's own (its
    `code` and `type`, in the order in which they are to be believed). `headers` have lower-case
    names. `retry_after` is what the body says of it, in seconds; the headers know better.
    """
    status = _real_status(status, code, kind)
    error = _classed(status, code, kind, message)
    what, hint = SAYINGS_OF.get(status or 0) or SAYINGS[error]
    wait = retry_after if (told := waiting(headers)) is None else told
    found = error(
        _sentence(what, status, message),
        hint=hint,
        status=status,
        code=code or kind,
        retry_after=wait,
        request_id=request_id(headers),
        detail=detail,
    )
    found.skew = skew(headers)
    found.may_retry = RETRY.get(headers.get("x-should-retry", "").lower(), found.may_retry)
    return found


def unreadable(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Return the error of a refusal whose body is no JSON: a web page, plain words, or nothing."""
    text = body.decode("utf-8", "replace").strip()
    said = web_page(body).message if text.startswith("<") else text
    if status in NO_PAGE:
        return BadRequest(
            _sentence("Nothing at this address answers calls", status, said),
            hint=CHECK_ADDRESS,
            status=status,
            request_id=request_id(headers),
            detail=text[:2000],
        )
    found = fault(status, None, said, headers=headers, detail=text[:2000])
    if text.startswith("<"):
        found.hint = STOOD_BETWEEN.get(status, found.hint)
    return found


def opened(body: bytes) -> Any:
    """Return the decoded body of a refusal, None when it is no JSON."""
    try:
        return loads(body)
    except Unavailable:
        return None


def request_id(headers: Mapping[str, str]) -> str | None:
    """Return the provider's name for the request, None when the headers have none."""
    return next((headers[name] for name in REQUEST_IDS if headers.get(name)), None)


def waiting(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that the headers ask to wait, None when they do not.

    `retry-after-ms` is in milliseconds; `retry-after` in seconds or an HTTP date (RFC 9110); where
    both are missing, a rate limit that is used up says when it is free again.
    """
    if (ms := _number(headers.get("retry-after-ms"))) is not None:
        return ms / 1000
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is not None:
        return seconds
    return _until(value) if value else until_free(headers, time.time())


def seconds(text: Any) -> float | None:
    """Return a duration such as "14s" or "1.5s" (Google's retryDelay) in seconds."""
    return _number(text[:-1]) if isinstance(text, str) and text.endswith("s") else None


def _number(text: str | None) -> float | None:
    matched = re.fullmatch(r"\s*(\d{1,9}(?:\.\d*)?)\s*", text or "", re.ASCII)
    return float(matched[1]) if matched else None


def skew(headers: Mapping[str, str]) -> float:
    """Return the seconds by which our clock is ahead of the server's, 0.0 where it names no date.

    The date is that of the response (RFC 9110), so a second or two mean nothing.
    """
    left = _left(headers.get("date", ""))
    return 0.0 if left is None else -left


def _until(date: str) -> float | None:
    left = _left(date)
    return None if left is None else max(0.0, left)


def _left(date: str) -> float | None:
    """Return the seconds from now to an HTTP date, None for what is none."""
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()


def _real_status(status: int | None, *codes: str | None) -> int | None:
    """Return the status, which inside a stream may be given as the code."""
    if status is not None and status >= 400:  # noqa: PLR2004 - HTTP's own border
        return status
    found = (re.fullmatch(r"[45]\d\d", code or "", re.ASCII) for code in codes)
    return next((int(matched[0]) for matched in found if matched), status)


def _classed(
    status: int | None, code: str | None, kind: str | None, message: str
) -> type[ProviderError]:
    names = [_plain(name) for name in (code, kind) if name]
    return (
        next((CODES[name] for name in names if name in CODES), None)
        or _by_words(status, message.lower())
        or _by_status(status)
        or next((VAGUE[name] for name in names if name in VAGUE), Unavailable)
    )


def _plain(code: str) -> str:
    """Return the code's letters and digits: `model_not_found` and `ModelNotFound` are one."""
    return re.sub(r"[^a-z0-9]", "", code.lower())


def _by_words(status: int | None, message: str) -> type[ProviderError] | None:
    for error, statuses, phrases in WORDS:
        if status in statuses and any(phrase in message for phrase in phrases):
            return error
    return None


def _by_status(status: int | None) -> type[ProviderError] | None:
    if status is None or status < 400:  # noqa: PLR2004 - HTTP's own border
        return None
    return STATUSES.get(status, Unavailable if status >= 500 else BadRequest)  # noqa: PLR2004


def _sentence(what: str, status: int | None, message: str) -> str:
    told = concealed(" ".join(message.split()))  # before it is cut: half a key is none we know
    told = told if len(told) <= LONGEST else f"{told[: LONGEST - 1]}…"
    number = f" ({status})" if status else ""
    return f'{what}{number}: "{told}"' if told else f"{what}{number}."
