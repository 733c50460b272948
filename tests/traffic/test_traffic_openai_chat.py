"""Recorded Chat Completions say to us what they say to the official SDKs."""

from __future__ import annotations

import random

import pytest

from nbprovider.errors import NbproviderError
from recorded import body, read, records, replay

pytestmark = pytest.mark.traffic


def test_cuts_do_not_matter():
    """A body says the same whole, byte by byte, and cut anywhere."""
    for record in records("openai-chat"):
        whole = replay(record, "openai_chat")
        assert whole.same_as(replay(record, "openai_chat", "random")), record["id"]
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
