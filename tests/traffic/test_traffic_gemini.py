"""Recorded Gemini traffic, Google's and Vertex's, says to us what it says to Google's SDK."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import pytest

from nbprovider import catalog
from nbprovider.catalog import Endpoint
from nbprovider.errors import NbproviderError
from nbprovider.protocols import gemini
from nbprovider.types import Call, Media, Message, Opaque, Text
from recorded import Record, body, read, records, replay

pytestmark = pytest.mark.traffic

CLASSES = {
    400: {"BadRequest", "Unauthorized"},
    401: {"Unauthorized"},
    403: {"Forbidden"},
    404: {"UnknownModel"},
    429: {"RateLimited"},
}


def test_cuts_do_not_matter():
    """A body says the same whole, byte by byte, and cut anywhere."""
    for record in records("gemini"):
        whole = replay(record, "gemini")
        assert whole.same_as(replay(record, "gemini", "random")), record["id"]
        assert whole.same_as(replay(record, "gemini", "bytes")), record["id"]


def test_pictures_and_hosted_tools_come_through():
    """Media, and what Google's own tools did, are as many as the SDK counts."""
    seen = 0
    for record in records("gemini"):
        expected = record["expected"] or {}
        if "inline_data" not in expected:
            continue
        parts = replay(record, "gemini").turn.parts
        media = [(part.mime, len(part.data)) for part in parts if isinstance(part, Media)]
        hosted = [
            name
            for part in parts
            if isinstance(part, Opaque)
            for name in ("executableCode", "codeExecutionResult")
            if name in part.extra
        ]
        assert media == [(one["mime"], one["bytes"]) for one in expected["inline_data"]]
        assert [_snake(name) for name in hosted] == expected["other_parts"], record["id"]
        seen += len(media) + len(hosted)
    assert seen > 20


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def test_signed_parts_are_sent_back_as_they_came():
    """What bears a thoughtSignature is in the next request just as it was in the reply.

    Row 27 of the rivals: reasoning is lost, or sent back without its signature.
    """
    seen = 0
    for record in records("gemini"):
        outcome = replay(record, "gemini")
        if outcome.error or not outcome.turn.parts:
            continue
        sent = _signed(_sent_back(outcome.turn.message()))
        assert sent == _signed(_came(record)), record["id"]
        seen += len(sent)
    assert seen > 80


def _sent_back(message: Message) -> list[dict[str, Any]]:
    question = Message("user", (Text("…"),))
    call = Call("gemini-2.5-flash", (question, message, question))
    endpoint = Endpoint(catalog.find("google"), "https://example.org")
    contents = json.loads(gemini.build(call, endpoint).body)["contents"]
    return [part for turn in contents if turn["role"] == "model" for part in turn["parts"]]


def _came(record: Record) -> list[dict[str, Any]]:
    """Return the parts of a record's reply, in order."""
    text = body(record).decode()
    if record["streamed"] and text.lstrip().startswith("data:"):
        lines = text.splitlines()
        chunks = [json.loads(line[5:]) for line in lines if line.startswith("data:")]
    else:
        whole = json.loads(text)
        chunks = whole if isinstance(whole, list) else [whole]
    candidates = [one for chunk in chunks for one in chunk.get("candidates") or ()]
    return [part for one in candidates for part in (one.get("content") or {}).get("parts") or ()]


def _signed(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the signed parts; a call without arguments has an empty object of them."""
    signed = [part for part in parts if part.get("thoughtSignature")]
    for part in signed:
        if call := part.get("functionCall"):
            call.setdefault("args", {})
    return signed


def test_every_refusal_has_its_class():
    """A refused request means what its code and its status say, and quotes Google's words."""
    seen: Counter[int] = Counter()
    for record in records("gemini"):
        status = record["response_status"]
        if status < 400:
            continue
        error = replay(record, "gemini").error
        assert type(error).__name__ in CLASSES[status], record["id"]
        assert record["expected"]["error"]["message"][:60] in str(error)
        seen[status] += 1
    assert seen.keys() == CLASSES.keys()


def test_a_torn_recording_is_an_error_of_ours():
    """A body that ends too early, or with bytes that are no part of it, raises no other error."""
    chance = random.Random("torn")
    failed = 0
    for record in records("gemini"):
        data = bytearray(body(record))
        for _ in range(3):
            data[chance.randrange(len(data))] = chance.randrange(256)
        torn = bytes(data[: chance.randrange(len(data))])
        error = read(record, "gemini", [torn]).error
        assert error is None or isinstance(error, NbproviderError)
        failed += error is not None
    assert failed > 200


def test_lists_of_models_name_the_models_that_the_sdk_lists():
    """Each recorded list of Google's gives the ids that its SDK gives, with their limits."""
    lists = [record for record in records("models") if record["provider"] == "google"]
    assert lists
    for record in lists:
        page = gemini.parse_models(json.loads(body(record)))
        ids = [id_.removeprefix("models/") for id_ in record["expected"]["ids"]]
        assert [model.id for model in page.models] == ids
        assert all(model.context and model.can is not None for model in page.models)
