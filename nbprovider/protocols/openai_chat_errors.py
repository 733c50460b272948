"""Errors of servers that speak Chat Completions, in the many shapes they have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbprovider.errors import ProviderError, Unavailable
from nbprovider.protocols.faults import NO_HEADERS, fault, opened, unreadable

_MESSAGES = ("message", "msg", "detail", "error", "status_msg", "error_message")
_CODES = ("code", "status_code", "error_code")
_KINDS = ("type", "status", "error_type")


def error(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Return the error that a refused request means: by code, then words, then status."""
    payload = opened(body)
    if isinstance(payload, list):
        payload = next((item for item in payload if isinstance(item, dict)), None)
    if not isinstance(payload, dict):
        return unreadable(status, headers, body)
    detail = body[:4000].decode("utf-8", "replace")
    return _read(payload, status, headers, detail)


def inside(payload: dict[str, Any]) -> ProviderError | None:
    """Return the error that a payload of a 200 tells, None when it is none.

    A top-level `error`, Groq's `x_groq.error`, xAI's `{code, error}`, MiniMax's `base_resp`,
    Cloudflare's `errors`, Mistral's `{object: "error"}`, and FastAPI's `detail` where there is
    nothing else.
    """
    groq = payload.get("x_groq")
    if payload.get("error") or (isinstance(groq, dict) and groq.get("error")):
        return _read(payload, None, NO_HEADERS, repr(payload)[:4000])
    if payload.get("choices"):
        return None
    base = payload.get("base_resp")
    failed = isinstance(base, dict) and base.get("status_code")
    named = payload.get("object") == "error"
    if failed or named or payload.get("errors") or payload.get("detail"):
        return _read(payload, None, NO_HEADERS, repr(payload)[:4000])
    return None


def shapeless(payload: Any) -> Unavailable:
    """Return the error of a body that is no chat completion."""
    return Unavailable(
        "The server answered with something that is no chat completion.",
        hint="Check the account's base URL.",
        detail=repr(payload)[:300],
    )


def _read(
    payload: dict[str, Any], status: int | None, headers: Mapping[str, str], detail: str
) -> ProviderError:
    told = _told(payload)
    code, kind = _named(told, _CODES), _named(told, _KINDS)
    if told is not payload:
        code, kind = code or _named(payload, _CODES), kind or _named(payload, _KINDS)
    kind = _named(_metadata(told), _KINDS) or kind
    if status is None and (number := _number(told)):
        status = number
    return fault(status, code, _message(told), kind=kind, headers=headers, detail=detail)


def _told(payload: dict[str, Any]) -> dict[str, Any]:
    """Return the object that describes the error."""
    groq = payload.get("x_groq")
    nested = groq.get("error") if isinstance(groq, dict) else None
    for told in (payload.get("error"), nested, payload.get("errors"), payload.get("base_resp")):
        one = told[0] if isinstance(told, list) and told else told
        if isinstance(one, dict):
            return one
        if isinstance(one, str) and one:
            return {**payload, "message": one}
    return payload


def _named(told: dict[str, Any], names: tuple[str, ...]) -> str | None:
    values = (told.get(name) for name in names)
    return next((str(v) for v in values if isinstance(v, str | int) and v not in ("", 0)), None)


def _number(told: dict[str, Any]) -> int | None:
    """Return the HTTP status that an error inside a stream tells."""
    value = told.get("status_code")
    return value if isinstance(value, int) and 400 <= value < 600 else None  # noqa: PLR2004


def _message(told: dict[str, Any]) -> str:
    message = _words(told)
    # OpenRouter's own words say only that a provider failed; that one's are beside them.
    raw = _metadata(told).get("raw")
    return f"{message}: {raw}" if isinstance(raw, str) and raw else message


def _metadata(told: dict[str, Any]) -> dict[str, Any]:
    """Return what OpenRouter knows besides a status and its own words."""
    metadata = told.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def _words(told: dict[str, Any]) -> str:
    for name in _MESSAGES:
        if words := _spoken(told.get(name)):
            return words
    return repr(told["detail"]) if told.get("detail") else ""


def _spoken(told: Any) -> str:
    """Return words, or FastAPI's list of what is wrong where, which Mistral puts in `message`."""
    if isinstance(told, str):
        return told
    faults = told.get("detail") if isinstance(told, dict) else told
    if not isinstance(faults, list):
        return ""
    return "; ".join(
        f"{'.'.join(map(str, one.get('loc') or ()))}: {one['msg']}"
        for one in faults
        if isinstance(one, dict) and isinstance(one.get("msg"), str)
    )
