"""Recorded chats of Cohere (version 2) say to us what they say to its own SDK."""

from __future__ import annotations

import random

import pytest

from nbprovider.errors import NbproviderError
from nbprovider.types import Opaque
from recorded import body, read, records, replay

pytestmark = pytest.mark.traffic

SMALL = 20_000
"""Bytes of a body that are fed one by one; larger ones are cut at random only."""


def test_coheres_plans_citations_and_bills_are_kept():
    """What has no place in the comparison is there too: plan, citations, billed tokens."""
    for record in records("cohere-v2"):
        if record["response_status"] >= 400:
            continue
        turn, expected = replay(record, "cohere").turn, record["expected"]
        plans = [part.extra["tool_plan"] for part in turn.parts if isinstance(part, Opaque)]
        assert "".join(plans) == (expected["tool_plan"] or ""), record["id"]
        cited = {part.text for part in turn.parts if type(part).__name__ == "Citation"}
        assert bool(cited) == bool(expected["citations"]), record["id"]
        billed = (turn.usage.extra or {}).get("billed_input")
        assert billed == expected["usage"]["billed_input"], record["id"]


def test_cuts_of_coheres_bodies_do_not_matter():
    """A body says the same whole, byte by byte, and cut anywhere."""
    for record in records("cohere-v2"):
        whole = replay(record, "cohere")
        assert whole.same_as(replay(record, "cohere", "random")), record["id"]
        if len(record["response_body"]) < SMALL:
            assert whole.same_as(replay(record, "cohere", "bytes")), record["id"]


def test_a_torn_cohere_body_is_an_error_of_ours():
    """A body that ends too early, or with bytes that are no part of it, raises no other error."""
    chance = random.Random("torn")
    failed = 0
    for record in records("cohere-v2") * 3:
        data = bytearray(body(record))
        for _ in range(3):
            data[chance.randrange(len(data))] = chance.randrange(256)
        torn = bytes(data[: chance.randrange(len(data))])
        error = read(record, "cohere", [torn]).error
        assert error is None or isinstance(error, NbproviderError)
        failed += error is not None
    assert failed > 100


def test_half_a_cohere_stream_is_cut_short():
    """A stream that stops before its last event is no answer, and may be asked again."""
    for record in records("cohere-v2"):
        if record["streamed"]:
            outcome = read(record, "cohere", [body(record)[: len(record["response_body"]) // 2]])
            assert outcome.turn.finish is None
            assert outcome.error is not None, record["id"]
            assert outcome.error.may_retry, record["id"]
