"""Recorded Responses say to us what they say to the official SDK."""

from __future__ import annotations

import random
import re

import pytest

from nbprovider.errors import NbproviderError
from recorded import body, read, records, replay

pytestmark = pytest.mark.traffic

SMALL = 20_000
"""Bytes of a body that are fed one by one; larger ones are cut at random only."""


def test_cuts_of_responses_do_not_matter():
    """A body says the same whole, byte by byte, and cut anywhere."""
    for record in records("openai-responses"):
        whole = replay(record, "openai_responses")
        assert whole.same_as(replay(record, "openai_responses", "random")), record["id"]
        if len(record["response_body"]) < SMALL:
            assert whole.same_as(replay(record, "openai_responses", "bytes")), record["id"]


def test_a_torn_response_is_an_error_of_ours():
    """A body that ends too early, or with bytes that are no part of it, raises no other error."""
    chance = random.Random("torn")
    failed = 0
    for record in records("openai-responses"):
        data = bytearray(body(record))
        for _ in range(3):
            data[chance.randrange(len(data))] = chance.randrange(256)
        torn = bytes(data[: chance.randrange(len(data))])
        error = read(record, "openai_responses", [torn]).error
        assert error is None or isinstance(error, NbproviderError)
        failed += error is not None
    assert failed > 200


def test_a_response_without_its_final_event_is_cut_short():
    """A stream that stops before its final event is no answer, and may be asked again."""
    checked = 0
    for record in records("openai-responses"):
        data = body(record)
        if not record["streamed"] or data.count(b'"response.created"') > 1:
            continue
        last = re.search(rb'\n[^\n]*"type": ?"response\.(completed|incomplete)"', data)
        if last is None:
            continue
        outcome = read(record, "openai_responses", [data[: last.start()]])
        checked += 1
        assert outcome.turn.finish is None, record["id"]
        assert outcome.error is not None, record["id"]
        assert outcome.error.may_retry, record["id"]
    assert checked > 150


def test_sealed_reasoning_can_go_back():
    """Reasoning that is sealed comes with the id and the seal that its provider wants back."""
    sealed = 0
    for record in records("openai-responses"):
        for part in replay(record, "openai_responses").turn.parts:
            kept = (getattr(part, "extra", None) or {}).get("openai_responses", {})
            if kept.get("encrypted_content"):
                sealed += 1
                assert kept["field"] in ("summary", "content")
    assert sealed > 50
