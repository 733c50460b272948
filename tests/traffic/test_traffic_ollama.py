"""Recorded chats of Ollama say to us what they say to its own SDK."""

from __future__ import annotations

import json
import random

import pytest

from nbprovider.errors import NbproviderError, Unavailable
from nbprovider.protocols import ollama
from recorded import body, read, records, replay

pytestmark = pytest.mark.traffic


def test_another_protocols_answer_is_no_answer():
    """A body of Chat Completions, which the SDK cannot read either, is no empty answer."""
    found = [one for one in records("ollama-chat") if one["expected"] is None]
    assert found
    for record in found:
        assert isinstance(replay(record, "ollama").error, Unavailable)


@pytest.mark.parametrize("cuts", ["bytes", "random"])
def test_cuts_of_ollama_bodies_do_not_matter(cuts):
    """A body says the same whole, byte by byte, and cut anywhere."""
    for record in records("ollama-chat"):
        whole, cut = (replay(record, "ollama", how) for how in ("whole", cuts))
        assert whole.same_as(cut), record["id"]


def test_a_torn_ollama_body_is_an_error_of_ours():
    """A body that ends too early, or with bytes that are no part of it, raises no other error."""
    chance = random.Random("torn")
    failed = 0
    for record in records("ollama-chat") * 3:
        data = bytearray(body(record))
        for _ in range(3):
            data[chance.randrange(len(data))] = chance.randrange(256)
        torn = bytes(data[: chance.randrange(len(data))])
        error = read(record, "ollama", [torn]).error
        assert error is None or isinstance(error, NbproviderError)
        failed += error is not None
    assert failed > 100


def test_half_an_ollama_stream_is_cut_short():
    """A stream that stops before its last line is no answer, and may be asked again."""
    checked = 0
    for record in records("ollama-chat"):
        if not record["streamed"]:
            continue
        data = body(record)
        cut = data.rfind(b"\n", 0, len(data) // 2) + 1
        outcome = read(record, "ollama", [data[:cut]])
        assert outcome.turn.finish is None
        assert outcome.error is not None, record["id"]
        assert outcome.error.may_retry, record["id"]
        checked += 1
    assert checked > 10


def test_lists_of_ollamas_models_name_what_its_sdk_names():
    """Every model that a recorded list holds is found, in its order."""
    lists = [one for one in records("models") if one["provider"] == "ollama"]
    assert lists
    for record in lists:
        page = ollama.parse_models(json.loads(body(record)))
        assert [model.id for model in page.models] == record["expected"]["ids"]
        assert page.next is None
