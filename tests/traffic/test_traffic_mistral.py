"""Recorded chats of Mistral say to us what they say to its own SDK."""

from __future__ import annotations

import json
import random

import pytest

from nbprovider.errors import NbproviderError
from nbprovider.protocols import mistral
from recorded import body, read, records, replay

pytestmark = pytest.mark.traffic

SMALL = 20_000
"""Bytes of a body that are fed one by one; larger ones are cut at random only."""


def test_cuts_of_mistrals_bodies_do_not_matter():
    """A body says the same whole, byte by byte, and cut anywhere."""
    for record in records("mistral"):
        whole = replay(record, "mistral")
        assert whole.same_as(replay(record, "mistral", "random")), record["id"]
        if len(record["response_body"]) < SMALL:
            assert whole.same_as(replay(record, "mistral", "bytes")), record["id"]


def test_a_torn_mistral_body_is_an_error_of_ours():
    """A body that ends too early, or with bytes that are no part of it, raises no other error."""
    chance = random.Random("torn")
    failed = 0
    for record in records("mistral"):
        data = bytearray(body(record))
        for _ in range(3):
            data[chance.randrange(len(data))] = chance.randrange(256)
        torn = bytes(data[: chance.randrange(len(data))])
        error = read(record, "mistral", [torn]).error
        assert error is None or isinstance(error, NbproviderError)
        failed += error is not None
    assert failed > 30


def test_lists_of_mistrals_models_name_what_its_sdk_names():
    """Every model that a recorded list holds is found, in order, with what it can and reads."""
    lists = [one for one in records("models") if one["provider"] == "mistral"]
    assert lists
    for record in lists:
        page = mistral.parse_models(json.loads(body(record)))
        assert [model.id for model in page.models] == record["expected"]["ids"]
        assert all(model.context and model.can is not None for model in page.models)
        assert page.next is None
