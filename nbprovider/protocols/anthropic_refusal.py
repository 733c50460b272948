"""What a refusal of Anthropic's, or of a relay that speaks like it, means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from nbprovider.errors import ProviderError
from nbprovider.protocols.faults import fault


def refusal(status: int | None, headers: Mapping[str, str], payload: Any) -> ProviderError | None:
    """Return the error that a payload tells, None when it tells none.

    Anthropic's has the form `{"type": "error", "error": {type, message, details}}`; relays leave
    out much of it. MiniMax tells its own under `base_resp`, with a number that is 0 when all is
    well.
    """
    if not isinstance(payload, dict):
        return None
    told, base = payload.get("error"), _object(payload.get("base_resp"))
    if told or payload.get("type") == "error":
        inner = _object(told)
        code = _object(inner.get("details")).get("error_code")
        kind = inner.get("type") or inner.get("code")
        words = inner.get("message") or (told if isinstance(told, str) else payload.get("message"))
    elif base.get("status_code"):
        code, kind, words = base["status_code"], None, base.get("status_msg")
    else:
        return None
    found = fault(
        status,
        _word(code),
        _word(words) or "",
        kind=_word(kind),
        headers=headers,
        detail=msgspec.json.encode(payload).decode()[:2000],
    )
    found.request_id = found.request_id or _word(payload.get("request_id"))
    return found


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _word(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) else None
