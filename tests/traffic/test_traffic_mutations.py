"""Whatever a server sends, it is an answer or an error of ours; what is beside it breaks nothing.

Recorded replies are changed at random places, from a seed: the same ones at each run.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from functools import cache

import msgspec
import pytest

from agreement import CHATS
from mutations import SPOILERS, Body, extended, otherwise_framed, spoilt, spoilt_beside, with_news
from nbprovider import protocols
from nbprovider.errors import NbproviderError, ProviderError
from nbprovider.protocols.embeddings import DIALECTS
from nbprovider.types import Thinking, Turn
from recorded import Outcome, Record, body, pieces, read, records
from vectors import spoken

pytestmark = pytest.mark.traffic

MOST = 150
"""Replies of one kind that are changed: enough to meet each maker, and the run stays short."""

STREAMED = [name for name, (key, _) in CHATS.items() if protocols.load(key).FRAMING == "sse"]

LONGEST = 40_000
"""Bytes of a reply that is worth changing."""


def chosen(traffic: str) -> list[Record]:
    """Return some records of a kind, the same at each run."""
    short = [one for one in records(traffic) if len(body(one)) < LONGEST]
    return random.Random(traffic).sample(short, min(MOST, len(short)))


@cache
def answers(traffic: str) -> list[tuple[Record, Body]]:
    """Return the replies that are answers, taken apart."""
    framing = protocols.load(CHATS[traffic][0]).FRAMING
    return [(one, told) for one in chosen(traffic) for told in _apart(one, framing)]


def _apart(record: Record, framing: protocols.FramingName) -> Iterator[Body]:
    if record["response_status"] < 400:
        try:
            told = Body(body(record), framing, streamed=record["streamed"])
        except (ValueError, NbproviderError):
            return
        if told.payloads:
            yield told


def replied(traffic: str, record: Record, data: bytes) -> Outcome:
    return read(record, CHATS[traffic][0], [data])


@pytest.mark.parametrize("traffic", CHATS)
def test_no_payload_leads_to_anything_but_events_or_an_error_of_ours(traffic):
    """Fields are missing, null or of another type; payloads are gone, doubled or out of order.

    `read` lets every other exception through, and what was said can be folded, kept and shown.
    """
    for record, told in answers(traffic):
        chance = random.Random(record["id"])
        for spoil in SPOILERS:
            changed = told.bytes(spoil(told.payloads, chance))
            outcome = replied(traffic, record, changed)
            assert sound(outcome.turn), (record["id"], outcome)
            assert outcome.error is None or isinstance(outcome.error, ProviderError)


def sound(turn: Turn) -> bool:
    """Say whether a turn can be kept: its words are words, its counts are counts."""
    usage = turn.usage
    counts = (usage.input, usage.output, usage.cache_read, usage.cache_write, usage.reasoning)
    names = (turn.text, turn.thinking, turn.model, turn.raw_finish, turn.id or "")
    return (
        bool(msgspec.json.encode(turn.parts))
        and all(one is None or (type(one) is int and one >= 0) for one in counts)
        and all(type(one) is str for one in names)
    )


@pytest.mark.parametrize("traffic", CHATS)
def test_what_is_wrong_beside_an_answer_does_not_end_it(traffic):
    """Counts, names and sources of a strange shape cost no word of the answer."""
    for record, told in answers(traffic):
        before = replied(traffic, record, told.bytes(told.payloads))
        changed = told.bytes(spoilt_beside(told.payloads, random.Random(record["id"])))
        after = replied(traffic, record, changed)
        assert said(after) == said(before), record["id"]


@pytest.mark.parametrize("traffic", CHATS)
def test_fields_that_nobody_knows_change_nothing(traffic):
    for record, told in answers(traffic):
        before = replied(traffic, record, told.bytes(told.payloads))
        after = replied(traffic, record, told.bytes(extended(told)))
        assert said(after) == said(before), record["id"]
        assert after.turn.usage == before.turn.usage


@pytest.mark.parametrize("traffic", ["anthropic-messages", "cohere-v2", "openai-responses"])
def test_an_event_of_a_new_type_changes_nothing(traffic):
    for record, told in answers(traffic):
        if told.whole:
            continue
        before = replied(traffic, record, told.bytes(told.payloads))
        news = told.bytes(with_news(told.payloads, random.Random(record["id"])))
        assert said(replied(traffic, record, news)) == said(before), record["id"]


def said(outcome: Outcome) -> tuple[object, ...]:
    """Return the answer itself: its words, its calls, its end, and its failure."""
    turn = outcome.turn
    calls = tuple((call.name, call.arguments) for call in turn.tool_calls)
    seals = tuple(part.signature for part in turn.parts if isinstance(part, Thinking))
    return turn.text, turn.thinking, calls, seals, turn.raw_finish, type(outcome.error)


@pytest.mark.parametrize("traffic", STREAMED)
def test_server_sent_events_are_the_same_however_they_are_framed(traffic):
    """CRLF or CR, a byte order mark, comments, ids, no blank behind the colon; cut anywhere."""
    for record, told in answers(traffic)[::3]:
        if not record["streamed"] or told.whole:
            continue
        chance = random.Random(record["id"])
        data = told.bytes(told.payloads)
        before = replied(traffic, record, data)
        for framed in otherwise_framed(data, chance):
            cut = read(record, CHATS[traffic][0], pieces(framed, "random", record["id"]))
            assert cut.same_as(before), record["id"]


@pytest.mark.parametrize("traffic", CHATS)
def test_every_body_of_a_refusal_is_an_error_with_a_message(traffic):
    """Also with each of the others' bodies: gateways hand on what stands behind them."""
    module = protocols.load(CHATS[traffic][0])
    for record in refusals():
        chance = random.Random(record["id"])
        for changed in (body(record), _spoilt(body(record), chance), body(record)[:-7]):
            found = module.error(record["response_status"], {}, changed)
            assert isinstance(found, ProviderError)
            assert found.message
            assert type(found.code) in (str, type(None))


@cache
def refusals() -> list[Record]:
    every = [one for traffic in CHATS for one in records(traffic)]
    refused = [one for one in every if one["response_status"] >= 400]
    return random.Random("refusals").sample(refused, min(MOST, len(refused)))


def _spoilt(data: bytes, chance: random.Random) -> bytes:
    try:
        told = json.loads(data)
    except ValueError:
        return data[::-1]
    return json.dumps(next(iter(spoilt([told], chance)), None)).encode()


def test_every_reply_with_vectors_is_vectors_or_an_error_of_ours():
    for record in chosen("embeddings"):
        if record["response_status"] >= 400:
            continue
        chance, told = random.Random(record["id"]), json.loads(body(record))
        for parse in {spoken(record).parse, DIALECTS["openai"].parse}:
            for _ in range(3):
                changed = next(iter(spoilt([told], chance)), None)
                try:
                    found = parse(changed)
                except ProviderError:
                    continue
                numbers = [number for one in found.vectors for number in one]
                assert all(type(number) is float for number in numbers)
