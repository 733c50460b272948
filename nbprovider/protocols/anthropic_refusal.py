"""What a refusal of Anthropic's, or of a relay that speaks like it, means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from nbprovider.errors import ProviderError
from nbprovider.protocols.faults import fault


def refusal(status: int | None, headers: Mapping[str, str], payload: Any) -> ProviderError | None:
    """Return the error that a payload tells, None when it tells none.

    MiniMax tells its own under `base_resp`, with a number that is 0 when all is well.
    """
    if not isinstance(payload, dict):
        return None
    told = payload.get("error")
    detail = msgspec.json.encode(payload).decode()[:2000]
    if isinstance(told, dict):
        code = (told.get("details") or {}).get("error_code")
        kind = told.get("type") or told.get("code")
        message = str(told.get("message") or "")
        found = fault(
            status, _word(code), message, kind=_word(kind), headers=headers, detail=detail
        )
        found.request_id = found.request_id or payload.get("request_id")
        return found
    if told or payload.get("type") == "error":
        message = str(told or payload.get("message") or "")
        return fault(status, None, message, headers=headers, detail=detail)
    base = payload.get("base_resp") or {}
    if code := base.get("status_code"):
        return fault(status, str(code), str(base.get("status_msg") or ""), headers=headers)
    return None


def _word(code: Any) -> str | None:
    return None if code is None else str(code)
