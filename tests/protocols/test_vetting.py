"""Whatever type a server gives a value, what leaves a protocol has the types of our events."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nbprovider import catalog, protocols
from nbprovider.errors import Unavailable
from nbprovider.protocols.reading import Reading
from nbprovider.protocols.vetting import beside, vetted
from nbprovider.types import (
    Call,
    Citation,
    Delta,
    Finish,
    Media,
    Message,
    Report,
    Served,
    Text,
    Thinking,
    ToolCall,
    Usage,
    fold,
)

ASKED = Call("m", (Message("user", (Text("Hi"),)),), stream=False)
WRONG: Any = [1]


@pytest.mark.parametrize(
    "part",
    [
        Text(WRONG),
        Thinking(WRONG),
        Thinking("…", WRONG),
        ToolCall("1", WRONG),
        ToolCall(WRONG, "f"),
        ToolCall("1", "f", WRONG),
        Media("image", WRONG, b""),
        Media("image", "image/png", url=WRONG),
    ],
)
def test_a_part_without_words_where_words_must_be_is_refused(part):
    with pytest.raises(TypeError):
        vetted(Delta(0, part))


def test_a_source_of_a_strange_shape_is_named_as_well_as_can_be():
    told = vetted(Delta(0, Citation(7, WRONG, None)))  # type: ignore[arg-type]
    assert told == Delta(0, Citation("7", "", ""))


@pytest.mark.parametrize("count", [-1, True, "7", 1e300, 2.5, float("nan"), WRONG, {}])
def test_what_is_no_count_is_not_counted(count):
    assert vetted(Report(Usage(count, 7))) == Report(Usage(None, 7))


def test_a_count_with_a_point_in_it_is_a_count():
    (told,) = (vetted(Report(Usage(12.0, 7))),)  # type: ignore[arg-type]
    assert isinstance(told, Report)
    assert type(told.usage.input) is int


@pytest.mark.parametrize(
    "extra",
    [
        {"searches": "many"},
        {"cache_write_1h": {"tokens": 3}},
        {"audio_input": -1},
        {"billed_output": [1]},
        {"tier": 7},
    ],
)
def test_what_is_paid_for_beside_the_counts_makes_sense_or_is_left_out(extra):
    assert vetted(Report(Usage(1, 2, extra=extra))) == Report(Usage(1, 2))
    kept = {"searches": 1, "tier": "flex", "of_its_own": ["as", "it", "came"]}
    assert vetted(Report(Usage(1, 2, extra=kept))) == Report(Usage(1, 2, extra=kept))


@pytest.mark.parametrize("cost", ["much", -1, True, float("inf"), float("nan"), None])
def test_what_is_no_price_costs_nothing_known(cost):
    told = vetted(Report(Usage(1, 2, extra={"cost": cost, "tier": "fast"})))
    assert told == Report(Usage(1, 2, extra={"tier": "fast"}))


def test_names_of_another_type_are_names():
    assert vetted(Served(7, WRONG)) == Served("7", None)  # type: ignore[arg-type]
    assert vetted(Finish("stop", 1)) == Finish("stop", "1")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "event",
    [
        Delta(0, Text("a")),
        Delta(1, ToolCall("1", "f")),
        Report(Usage(1, None, 0, extra={"cost": 0.1})),
        Served("m", "id"),
        Finish("stop", "stop"),
    ],
)
def test_what_is_right_is_handed_on_as_it_is(event):
    assert vetted(event) is event


def test_what_is_beside_an_answer_is_told_until_it_makes_no_sense():
    def told():
        yield 1
        raise KeyError("…")

    assert list(beside(told())) == [1]


@pytest.mark.parametrize("usage", ["much", [], {"input_tokens": {}}, 7, {"cache_creation": "?"}])
def test_counts_of_a_strange_shape_do_not_end_an_answer(usage):
    body = {
        "type": "message",
        "content": [{"type": "text", "text": "Hello.", "citations": ["?"]}],
        "stop_reason": "end_turn",
        "usage": usage,
    }
    reading = Reading(protocols.load("anthropic"), ASKED, catalog.find("anthropic"))
    turn = fold([*reading.feed(json.dumps(body).encode()), *reading.close()])
    assert (turn.text, turn.finish) == ("Hello.", "stop")


def test_an_answer_whose_words_are_no_words_is_garbled():
    body = {"type": "message", "content": [{"type": "text", "text": 7}], "stop_reason": "end_turn"}
    reading = Reading(protocols.load("anthropic"), ASKED, catalog.find("anthropic"))
    with pytest.raises(Unavailable, match="garbled"):
        list(reading.feed(json.dumps(body).encode())) + list(reading.close())
