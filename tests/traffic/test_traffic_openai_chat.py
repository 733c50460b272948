"""Recorded Chat Completions say to us what they say to the official SDKs."""

from __future__ import annotations

import random

import pytest

from nbprovider.errors import NbproviderError
from nbprovider.types import Usage
from recorded import Record, body, differences, read, records, replay, settle

pytestmark = pytest.mark.traffic

JSON_AS_VALUE = "the content is a JSON object, which the SDK leaves aside and we show as JSON"
EMPTY_CALL = "the SDK hands on a function_call without a name and arguments, which is no call"
EXPLAINED = {
    "1afb094fb8a452fc": JSON_AS_VALUE,
    "95da91cf1af5fbeb": JSON_AS_VALUE,
    "4e321e02a560e97b": "the body has no choices: the SDK makes an empty object of it, we say so",
    "1ef3cd07748c49d6": "the summary of thought is in reasoning_details only, and we show it",
    "0e10a3b2a390327f": EMPTY_CALL,
    "a894256115ece096": EMPTY_CALL,
    "dde96cf7e4730d4d": EMPTY_CALL,
    "7dd011fc4267a0d0": f"{EMPTY_CALL}; its thought is in reasoning_details only, and we show it",
}

SMALL = 20_000
"""Bytes of a body that are fed one by one; larger ones are cut at random only."""


def usage(record: Record) -> Usage | None:
    """Return the counts in our way of counting, by the rules of each provider's documentation."""
    told = record["expected"].get("usage")
    if not told:
        return None
    raw = record["expected"]["usage_raw"]
    read = (
        told["cache_read"] if told["cache_read"] is not None else raw.get("prompt_cache_hit_tokens")
    )
    read, written, reasoning = read or 0, told["cache_write"] or 0, told["reasoning"] or 0
    fresh = told["input"] if read > told["input"] else max(told["input"] - read - written, 0)
    on_top = reasoning if record["provider"] == "xai" else 0
    return Usage(fresh, told["output"] + on_top, read, written, reasoning)


def test_records_say_what_their_sdk_says():
    """Text, reasoning, calls, reason to finish, counts and errors are the SDK's in 99 of 100."""
    all_records = records("openai-chat")
    found = {}
    for record in all_records:
        if differing := differences(record, replay(record, "openai_chat"), usage):
            found[record["id"]] = (record["provider"], differing)
    settle(found, EXPLAINED)
    assert len(found) < len(all_records) / 100


def test_cuts_do_not_matter():
    """A body says the same whole, byte by byte, and cut anywhere."""
    for record in records("openai-chat"):
        whole = replay(record, "openai_chat")
        assert whole.same_as(replay(record, "openai_chat", "random")), record["id"]
        if len(record["response_body"]) < SMALL:
            assert whole.same_as(replay(record, "openai_chat", "bytes")), record["id"]


def test_a_torn_recording_is_an_error_of_ours():
    """A body that ends too early, or with bytes that are no part of it, raises no other error."""
    chance = random.Random("torn")
    failed = 0
    for record in records("openai-chat"):
        data = bytearray(body(record))
        if not data:
            continue
        for _ in range(3):
            data[chance.randrange(len(data))] = chance.randrange(256)
        torn = bytes(data[: chance.randrange(len(data))])
        error = read(record, "openai_chat", [torn]).error
        assert error is None or isinstance(error, NbproviderError)
        failed += error is not None
    assert failed > 500


def test_a_stream_without_its_end_is_cut_short():
    """A stream that stops before any reason to finish and any [DONE] is no answer."""
    checked = 0
    for record in records("openai-chat"):
        if not record["streamed"] or record["response_status"] >= 400:
            continue
        half = body(record)[: len(record["response_body"]) // 4]
        outcome = read(record, "openai_chat", [half])
        if outcome.turn.finish is None:
            checked += 1
            assert outcome.error is not None, record["id"]
            assert outcome.error.may_retry, record["id"]
    assert checked > 300
