"""Each protocol tells what is paid for beside plain tokens: searches, sound, tiers, regions."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from nbprovider import catalog, protocols
from nbprovider.protocols.openai_chat_usage import cost
from nbprovider.protocols.reading import Reading
from nbprovider.types import Call, Message, Text, Usage, fold


def counted(provider: str, protocol: str, payload: dict[str, Any]) -> Usage:
    call = Call("m", (Message("user", (Text("hi"),)),), stream=False)
    reading = Reading(protocols.load(protocol), call, catalog.find(provider))
    return fold([*reading.feed(json.dumps(payload).encode()), *reading.close()]).usage


def claude(**usage: Any) -> Usage:
    told = {"input_tokens": 10, "output_tokens": 5, **usage}
    content = [{"type": "text", "text": "ok"}]
    reply = {"type": "message", "model": "c", "content": content, "stop_reason": "end_turn"}
    return counted("anthropic", "anthropic", {**reply, "usage": told})


@pytest.mark.parametrize(
    ("told", "extra"),
    [
        ({"service_tier": "standard", "speed": "standard"}, {"tier": "standard"}),
        ({"service_tier": "standard", "speed": "fast"}, {"tier": "fast"}),
        ({"service_tier": "batch"}, {"tier": "batch"}),
        ({"inference_geo": "us"}, {"region": "us"}),
        ({"inference_geo": "global"}, None),
        ({"inference_geo": "not_available"}, None),
        ({"server_tool_use": {"web_search_requests": 3}}, {"searches": 3}),
    ],
)
def test_claude_tells_its_tier_its_speed_and_where_it_ran(told, extra):
    assert claude(**told).extra == extra


def gemini(model: str, queries: list[str], **usage: Any) -> Usage:
    candidate = {
        "content": {"parts": [{"text": "ok"}]},
        "finishReason": "STOP",
        "groundingMetadata": {"webSearchQueries": queries},
    }
    counts = {"promptTokenCount": 20, "candidatesTokenCount": 9, **usage}
    reply = {"candidates": [candidate], "usageMetadata": counts, "modelVersion": model}
    return counted("google", "gemini", reply)


@pytest.mark.parametrize(
    ("model", "queries", "paid"),
    [
        ("gemini-3.8-flash", ["a", "b", "a", ""], 2),
        ("gemini-2.5-flash", ["a", "b"], 1),
        ("gemini-2.0-flash", ["a"], 1),
        ("gemini-3.8-flash", [], None),
        ("gemini-2.5-flash", [""], None),
    ],
)
def test_gemini_is_paid_by_the_query_since_3_and_by_the_prompt_before(model, queries, paid):
    assert (gemini(model, queries).extra or {}).get("searches") == paid


def test_gemini_tells_sound_and_pictures_apart_from_text():
    rows = {
        "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 12}],
        "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 4}],
        "cachedContentTokenCount": 5,
        "candidatesTokensDetails": [
            {"modality": "IMAGE", "tokenCount": 6},
            {"modality": "AUDIO", "tokenCount": 2},
            {"modality": "TEXT", "tokenCount": 1},
        ],
    }
    used = gemini("gemini-3.8-flash", [], **rows)
    assert used.extra == {"audio_input": 8, "audio_output": 2, "image_output": 6}
    assert (used.input, used.cache_read, used.output) == (15, 5, 9)


def responses(output: list[Any], **more: Any) -> Usage:
    said = {"type": "message", "content": [{"type": "output_text", "text": "ok"}]}
    usage = {"input_tokens": 10, "output_tokens": 5, **more.pop("usage", {})}
    reply = {"object": "response", "status": "completed", "model": "m", "usage": usage, **more}
    return counted("openai", "openai_responses", {**reply, "output": [*output, said]})


SEARCH = {"type": "web_search_call", "id": "1", "status": "completed"}


@pytest.mark.parametrize(
    ("output", "more", "paid"),
    [
        ([SEARCH, {**SEARCH, "action": {"type": "search"}}], {}, 2),
        ([{**SEARCH, "action": {"type": "open_page"}}], {}, None),
        ([SEARCH, SEARCH], {"tool_usage": {"web_search": {"num_requests": 1}}}, 1),
        ([SEARCH], {"tool_usage": {"web_search": {"num_requests": 0}}}, None),
        ([], {"usage": {"server_side_tool_usage_details": {"web_search_calls": 4}}}, 4),
    ],
)
def test_openai_is_paid_by_the_search_as_it_counts_or_as_the_calls_show(output, more, paid):
    assert (responses(output, **more).extra or {}).get("searches") == paid


def test_searches_of_files_are_told():
    assert responses([{"type": "file_search_call", "id": "1"}]).extra == {"file_searches": 1}


def test_a_reply_that_costs_nothing_says_so():
    assert responses([], usage={"cost": 0}).extra == {"cost": 0}


@pytest.mark.parametrize("ticks", [5, 15, 125, 165, 37_756_000, 123_456_789_015])
def test_xais_ticks_become_dollars_without_a_grain_of_dust(ticks):
    """A ten-thousand-millionth times a whole number is often a little more than it should be."""
    told = cost({"cost_in_usd_ticks": ticks}, {})
    assert Decimal(str(told)) == Decimal(ticks).scaleb(-10)
