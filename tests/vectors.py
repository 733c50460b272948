"""Recorded embeddings, compared with the numbers that the vendors' SDKs read in them."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from nbprovider.errors import NbproviderError, ProviderError
from nbprovider.protocols.embeddings import DIALECTS, Dialect, Vectors
from recorded import SENSE, Record, body


def spoken(record: Record) -> Dialect:
    return DIALECTS.get(record["provider"], DIALECTS["openai"])


def outcome(record: Record) -> Vectors | NbproviderError:
    dialect, status = spoken(record), record["response_status"]
    try:
        if status >= 400:
            return dialect.error(status, record["response_headers"] or {}, body(record))
        return dialect.parse(json.loads(body(record)))
    except NbproviderError as error:
        return error


def embedded(record: Record) -> str:
    """Return what differs from the expectation, "" for nothing."""
    found, expected = outcome(record), record["expected"]
    if refusal := expected["error"]:
        return _refused(found, refusal)
    if not isinstance(found, Vectors):
        return f"failed: {found}"
    vectors = found.vectors
    told: dict[str, tuple[Any, Any]] = {
        "count": (len(vectors), expected["count"]),
        "dims": (sorted({len(one) for one in vectors}), sorted(expected["dims"])),
        "head": ([one[:4] for one in vectors[:3]], expected["head"]),
        "sums": ([math.fsum(one) for one in vectors[:8]], expected["sums"]),
        "input": (found.usage.input, _read(expected)),
    }
    return ", ".join(name for name, (ours, theirs) in told.items() if not _close(ours, theirs))


def _refused(found: Vectors | NbproviderError, refusal: dict[str, Any]) -> str:
    if not isinstance(found, ProviderError):
        return "not refused"
    meant = SENSE.get(refusal["sdk_class"].rpartition(".")[2])
    ours = type(found).__name__
    said = (refusal.get("provider_message") or "")[:80]
    wrong = found.status != refusal["status"] or said not in found.message
    return f"{ours}: {found}" if wrong or (meant and ours not in meant) else ""


def _read(expected: dict[str, Any]) -> Any:
    """Return the input tokens that the SDK's usage object tells."""
    usage, raw = expected.get("usage") or {}, expected.get("usage_raw") or {}
    billed = (raw.get("billed_units") or {}).get("input_tokens")
    return next(
        (n for n in (usage.get("input"), usage.get("total"), billed) if n is not None), None
    )


def _close(ours: Any, theirs: Any) -> bool:
    if theirs is None:
        return True  # some SDKs know no usage
    if isinstance(theirs, list) and theirs and isinstance(theirs[0], list):
        return len(ours) == len(theirs) and all(map(_close, ours, theirs))
    return ours == pytest.approx(theirs, abs=2e-4)
