"""Recorded Chat Completions of some forty providers say to us what they say to the official SDKs."""

from __future__ import annotations

from typing import Any

import pytest
from recorded import Record, differences, records, replay, settle

from nbprovider.types import Usage

pytestmark = pytest.mark.traffic

EXPLAINED: dict[str, str] = {}


def usage(record: Record) -> Usage | None:
    told: dict[str, Any] | None = record["expected"].get("usage")
    if not told:
        return None
    prompt, output = told["input"], told["output"]
    read, written, reasoning = (told[n] or 0 for n in ("cache_read", "cache_write", "reasoning"))
    fresh = prompt if read > prompt else max(prompt - read - written, 0)
    on_top = reasoning if record["provider"] == "xai" else 0
    return Usage(fresh, output + on_top, read, written, reasoning)


def test_records_say_what_their_sdk_says():
    """Text, reasoning, calls, reason to finish, counts and errors are those of the SDK."""
    found = {}
    for record in records("openai-chat"):
        outcome = replay(record, "openai_chat")
        if differing := differences(record, outcome, usage):
            found[record["id"]] = (record["provider"], differing)
    settle(found, EXPLAINED)
