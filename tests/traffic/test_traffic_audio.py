"""Recorded transcriptions are what OpenAI's SDK reads in them."""

from __future__ import annotations

from typing import Any

import pytest

from nbprovider.errors import NbproviderError, ProviderError
from nbprovider.protocols.transcription import DIALECTS, Transcript
from recorded import SENSE, Record, body, records

pytestmark = pytest.mark.traffic


def outcome(record: Record) -> Transcript | NbproviderError:
    dialect, status = DIALECTS["openai"], record["response_status"]
    headers = record["response_headers"] or {}
    try:
        if status >= 400:
            return dialect.error(status, headers, body(record))
        return dialect.parse(headers, body(record))
    except NbproviderError as error:
        return error


def refused(found: Any, refusal: dict[str, Any]) -> bool:
    meant = SENSE.get(refusal["sdk_class"].rpartition(".")[2])
    return (
        isinstance(found, ProviderError)
        and found.status == refusal["status"]
        and refusal["provider_message"][:80] in found.message
        and (not meant or type(found).__name__ in meant)
    )


def test_every_transcript_says_what_the_sdk_says():
    expecting = [one for one in records("openai-audio") if one["expected"]]
    assert expecting
    for record in expecting:
        found, expected = outcome(record), record["expected"]
        if expected["error"]:
            assert refused(found, expected["error"]), record["id"]
        else:
            assert isinstance(found, Transcript), record["id"]
            assert found.text.strip() == expected["text"].strip(), record["id"]


def test_a_streamed_transcript_has_its_words_speakers_and_tokens():
    (record,) = [one for one in records("openai-audio") if one["streamed"]]
    found = outcome(record)
    assert isinstance(found, Transcript)
    assert found.text.endswith(".")
    assert [one.speaker for one in found.segments] == ["A"]
    assert found.segments[0].end > found.segments[0].start
    assert (found.usage.input, found.usage.output) == (37, 145)


def test_every_object_with_segments_has_their_times():
    told = [one for one in records("openai-audio") if '"segments":' in (one["response_body"] or "")]
    assert told
    for record in told:
        found = outcome(record)
        assert isinstance(found, Transcript)
        assert found.segments
        assert found.duration
        assert all(one.end > one.start for one in found.segments)
