"""Recorded Messages say to us what they say to Anthropic's own SDK."""

from __future__ import annotations

import hashlib
import json
import random
from typing import Any

import pytest

from explained import EXPLAINED
from nbprovider import catalog
from nbprovider.errors import NbproviderError
from nbprovider.protocols import anthropic
from nbprovider.protocols.anthropic_blocks import blocks
from nbprovider.types import Citation, Served, Thinking
from recorded import Record, body, read, records, replay

pytestmark = pytest.mark.traffic


def expecting() -> list[Record]:
    """Return the records of answers that the SDK can read."""
    found = records("anthropic-messages")
    return [one for one in found if one["expected"] and one["response_status"] < 400]


def test_signatures_of_thoughts_are_the_sdks():
    """Each thought ends with the very signature that Anthropic gave it."""
    signed = 0
    for record in expecting():
        thoughts = [p for p in replay(record, "anthropic").turn.parts if isinstance(p, Thinking)]
        ours = [_hashed(one.signature or "") for one in thoughts]
        wanted = [one["sha256_16"] for one in record["expected"]["signatures"]]
        if record["id"] not in EXPLAINED["anthropic-messages"]:
            assert ours == wanted, record["id"]
        signed += len(ours)
    assert signed > 20


def test_recorded_messages_go_back_as_they_came():
    """Thoughts, hidden blocks, citations and calls of whole answers survive the round trip.

    Row 27 of the rivals: reasoning is lost, or sent back without its signature.
    """
    kinds = set()
    for record in expecting():
        if record["streamed"]:
            continue
        message = replay(record, "anthropic").turn.message()
        sent = blocks(message, catalog.find("anthropic"))
        came = [_filled(block) for block in json.loads(body(record))["content"]]
        assert sent == [block for block in came if block.get("text", "x").strip()], record["id"]
        kinds |= {block["type"] for block in sent}
    assert kinds > {"thinking", "redacted_thinking", "text", "tool_use", "web_search_tool_result"}


def _filled(block: dict[str, Any]) -> dict[str, Any]:
    """Return the block without citations that are none."""
    return {key: value for key, value in block.items() if key != "citations" or value}


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def test_citations_and_names_are_the_sdks():
    """No citation is lost, and the model and id are those that the SDK tells."""
    cited = 0
    for record in expecting():
        outcome = replay(record, "anthropic")
        citations = sum(isinstance(part, Citation) for part in outcome.turn.parts)
        assert citations == record["expected"]["citations"], record["id"]
        served = [event for event in outcome.events if isinstance(event, Served)]
        assert served[-1].model == record["expected"]["model"], record["id"]
        assert served[0].id == record["expected"]["response_id"], record["id"]
        cited += citations
    assert cited > 10


def test_a_gateways_end_mark_is_no_garbage():
    """A gateway that adds `[DONE]`, over which the SDK stumbles, is read to its end."""
    found = [one for one in records("anthropic-messages") if one["expected"] is None]
    assert found
    for record in found:
        outcome = replay(record, "anthropic")
        assert outcome.error is None
        assert outcome.turn.text
        assert outcome.turn.usage.extra
        assert outcome.turn.usage.extra["cost"] > 0


@pytest.mark.parametrize("cuts", ["bytes", "random"])
def test_cuts_of_anthropic_bodies_do_not_matter(cuts):
    """A body says the same whole, byte by byte, and cut anywhere."""
    for record in records("anthropic-messages"):
        whole, cut = (replay(record, "anthropic", how) for how in ("whole", cuts))
        assert whole.same_as(cut), record["id"]


def test_a_torn_anthropic_body_is_an_error_of_ours():
    """A body that ends too early, or with bytes that are no part of it, raises no other error."""
    chance = random.Random("torn")
    failed = 0
    for record in records("anthropic-messages"):
        data = bytearray(body(record))
        for _ in range(3):
            data[chance.randrange(len(data))] = chance.randrange(256)
        torn = bytes(data[: chance.randrange(len(data))])
        error = read(record, "anthropic", [torn]).error
        assert error is None or isinstance(error, NbproviderError)
        failed += error is not None
    assert failed > 200


def test_half_an_anthropic_stream_is_cut_short():
    """A stream that stops before its reason to stop is no answer, and may be asked again."""
    checked = 0
    for record in records("anthropic-messages"):
        if not record["streamed"]:
            continue
        half = body(record)[: len(record["response_body"]) // 2]
        outcome = read(record, "anthropic", [half])
        if outcome.turn.finish is None:
            checked += 1
            assert outcome.error is not None, record["id"]
            assert outcome.error.may_retry, record["id"]
    assert checked > 100


def test_lists_of_anthropics_models_name_what_its_sdk_names():
    """Every model that a recorded list holds is found, in its order."""
    lists = [one for one in records("models") if one["provider"] == "anthropic"]
    assert lists
    for record in lists:
        page = anthropic.parse_models(json.loads(body(record)))
        assert [model.id for model in page.models] == record["expected"]["ids"]
        assert page.next is None
