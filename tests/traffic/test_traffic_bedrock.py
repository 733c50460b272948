"""Recorded Converse replies say to us what they say to AWS's own SDK."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from nbprovider.catalog import Provider
from nbprovider.errors import ContextTooLong, NbproviderError, Unauthorized, UnknownModel
from nbprovider.protocols.bedrock_blocks import blocks
from nbprovider.types import Citation, Thinking, Usage
from recorded import body, read, records, replay

pytestmark = pytest.mark.traffic


def test_bodies_that_the_sdk_cannot_read_are_read():
    """A block with a field or a kind that the SDK does not know costs nobody the answer."""
    found = [one for one in records("bedrock-converse") if one["expected"] is None]
    assert found
    for record in found:
        outcome = replay(record, "bedrock")
        assert outcome.error is None, record["id"]
        assert outcome.turn.finish is not None
        assert outcome.turn.parts


def test_signed_thoughts_and_citations_are_all_there():
    """As many thoughts are signed, and as many citations told, as the SDK sees."""
    seen = [0, 0]
    for record in records("bedrock-converse"):
        expected = record["expected"]
        if not expected or "signature_parts" not in expected:
            continue
        parts = replay(record, "bedrock").turn.parts
        signed = sum(isinstance(part, Thinking) and bool(part.signature) for part in parts)
        cited = sum(isinstance(part, Citation) for part in parts)
        assert (signed, cited) == (expected["signature_parts"], expected["citations"]), record["id"]
        seen = [seen[0] + signed, seen[1] + cited]
    assert seen[0] > 5
    assert seen[1] > 10


def test_recorded_whole_replies_go_back_as_they_came():
    """Thoughts, calls, server tools' results and citations survive the round trip.

    Row 27 of the rivals: reasoning is lost, or sent back without its signature.
    """
    kinds = set()
    for record in records("bedrock-converse"):
        if record["streamed"] or not record["expected"] or record["response_status"] >= 400:
            continue
        message = replay(record, "bedrock").turn.message()
        sent = blocks(message, Provider("bedrock", "Bedrock", "bedrock"))
        came = json.loads(body(record))["output"]["message"]["content"]
        assert [_plain(block) for block in sent] == [
            _plain(block) for block in came if block.get("text", "x").strip()
        ], record["id"]
        kinds |= {kind for block in sent for kind in block}
    assert kinds == {"text", "reasoningContent", "toolUse", "toolResult", "citationsContent"}


def _plain(block: dict[str, Any]) -> dict[str, Any]:
    """Return the block without a call's type that says nothing: that it is for us to run."""
    if block.get("toolUse", {}).get("type") != "tool_use":
        return block
    call = {key: value for key, value in block["toolUse"].items() if key != "type"}
    return {"toolUse": call}


@pytest.mark.parametrize("cuts", ["bytes", "random"])
def test_cuts_of_bedrock_bodies_do_not_matter(cuts):
    """A body says the same whole, byte by byte, and cut anywhere."""
    for record in records("bedrock-converse"):
        if cuts == "random" or len(body(record)) < 40_000:
            whole, cut = (replay(record, "bedrock", how) for how in ("whole", cuts))
            assert whole.same_as(cut), record["id"]


def test_every_changed_byte_of_a_recorded_event_stream_is_noticed():
    """A byte that is changed or missing is an error, or costs the last message.

    A reply whose last message, the counts, is spoilt or cut off has ended before: it is an answer
    whose counts nobody tells.
    """
    chance = random.Random("torn")
    checked = 0
    for record in records("bedrock-converse"):
        if not record["streamed"]:
            continue
        data = body(record)
        for _ in range(5):
            at = chance.randrange(len(data))
            wrong = bytes([data[at] ^ (1 + chance.randrange(255))])
            changed = read(record, "bedrock", [data[:at] + wrong + data[at + 1 :]])
            shorter = read(record, "bedrock", [data[:at] + data[at + 1 :]])
            for one in (changed, shorter):
                noticed = isinstance(one.error, NbproviderError) or one.turn.usage == Usage()
                assert noticed, (record["id"], at)
            checked += 1
    assert checked > 200


def test_refusals_mean_what_their_names_say():
    """The exception's name, in its header, decides; words tell a long prompt from a bad id."""
    kinds = {
        type(replay(one, "bedrock").error)
        for one in records("bedrock-converse")
        if one["response_status"] >= 400
    }
    assert kinds > {Unauthorized, ContextTooLong, UnknownModel}
