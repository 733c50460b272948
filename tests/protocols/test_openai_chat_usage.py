"""Tokens and costs are counted alike, whatever a server calls them and wherever it puts them."""

from __future__ import annotations

from typing import Any

import pytest

from chat_completions import stream, whole
from nbprovider.types import (
    Report,
    Usage,
    fold,
)


def counted(told: dict[str, Any], **quirks: Any) -> Usage:
    return fold(stream({"choices": [], "usage": told}, **quirks)).usage


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"prompt_tokens": 9, "completion_tokens": 2}, Usage(9, 2)),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 8,
                "total_tokens": 17,
                "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2},
                "completion_tokens_details": {"reasoning_tokens": 5},
            },
            Usage(3, 8, 4, 2, 5),
        ),
        (
            {"prompt_tokens": 9, "completion_tokens": 2, "prompt_cache_hit_tokens": 4},
            Usage(5, 2, 4),
        ),
        ({"prompt_tokens": 9, "completion_tokens": 2, "cached_tokens": 4}, Usage(5, 2, 4)),
        (
            {"prompt_tokens": 9, "completion_tokens": 2, "cache_creation_input_tokens": 4},
            Usage(5, 2, None, 4),
        ),
        # what is kept longer costs more
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 2,
                "prompt_tokens_details": {
                    "cache_write_tokens": 6,
                    "cache_write_tokens_details": {"ttl_30m_tokens": 2, "ttl_12h_tokens": 4},
                },
            },
            Usage(3, 2, None, 6, None, {"cache_write_12h": 4}),
        ),
        # more cached tokens than tokens: they are counted apart
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 2,
                "prompt_tokens_details": {"cached_tokens": 100},
            },
            Usage(9, 2, 100),
        ),
        # the total says that reasoning is counted apart
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 2,
                "total_tokens": 16,
                "completion_tokens_details": {"reasoning_tokens": 5},
            },
            Usage(9, 7, None, None, 5),
        ),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 8,
                "prompt_tokens_details": {"audio_tokens": 3},
                "completion_tokens_details": {"audio_tokens": 4},
            },
            Usage(9, 8, extra={"audio_input": 3, "audio_output": 4}),
        ),
        ({"prompt_tokens": 9, "num_search_queries": 2}, Usage(9, extra={"searches": 2})),
        ({"prompt_tokens": 9.0, "completion_tokens": float("nan")}, Usage(9)),
        ({"prompt_tokens": -1, "completion_tokens": "2", "prompt_tokens_details": 7}, Usage(0)),
    ],
)
def test_counts_in_our_way_of_counting(told, expected):
    assert counted(told) == expected


def test_reasoning_on_top_where_the_provider_is_known_for_it():
    told = {"prompt_tokens": 9, "completion_tokens": 2, "reasoning_tokens": 5}
    assert counted(told, output_excludes_reasoning=True).output == 7
    assert counted(told).output == 2
    together = {**told, "completion_tokens": 8, "total_tokens": 17}
    assert counted(together, output_excludes_reasoning=True).output == 8


def test_cache_on_top_where_the_provider_is_known_for_it():
    told = {"prompt_tokens": 9, "cached_tokens": 4}
    assert counted(told, input_excludes_cache=True) == Usage(9, None, 4)


@pytest.mark.parametrize(
    ("told", "cost"),
    [
        ({"cost": 0.25}, 0.25),
        ({"cost": 0}, 0.0),
        ({"cost": {"total_cost": 0.5, "request_cost": 0.1}}, 0.5),
        ({"estimated_cost": 0.75}, 0.75),
        ({"cost_in_usd_ticks": 5_000_000_000}, 0.5),
    ],
)
def test_what_the_provider_charges(told, cost):
    assert counted({"prompt_tokens": 1, **told}).extra == {"cost": cost}


@pytest.mark.parametrize(
    "told", [{"cost_in_usd_ticks": 0}, {"cost": None}, {"cost": "free"}, {"cost": -1}]
)
def test_a_price_that_nobody_named_is_not_nought(told):
    assert counted({"prompt_tokens": 1, **told}).extra is None


def test_a_key_of_ones_own_behind_a_gateway_is_paid_for_too():
    """The gateway's fee alone would look like a price, and be none."""
    told = {"prompt_tokens": 1, "cost": 0.5, "is_byok": True}
    charged = counted({**told, "cost_details": {"upstream_inference_cost": 2}}).extra
    assert charged == {"cost": 2.5}
    assert counted({**told, "cost_details": {"upstream_inference_cost": None}}).extra is None


def test_a_cost_beside_the_counts():
    body = {
        "choices": [{"message": {"content": "x"}}],
        "usage": {"prompt_tokens": 1},
        "cost": {"usd": 0.5, "diem": 0},
    }
    assert fold(whole(body)).usage.extra == {"cost": 0.5}


@pytest.mark.parametrize(
    "chunk",
    [
        {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}},
        {"choices": [], "x_groq": {"usage": {"prompt_tokens": 3, "completion_tokens": 2}}},
        {"choices": [{"delta": {}, "usage": {"prompt_tokens": 3, "completion_tokens": 2}}]},
        {"choices": [{"delta": {}}], "usage": {"prompt_tokens": 3, "completion_tokens": 2}},
    ],
)
def test_counts_wherever_they_hide(chunk):
    assert Report(Usage(3, 2)) in stream(chunk)


def test_later_counts_override():
    told = [
        {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": n}} for n in (1, 2, 5)
    ]
    assert fold(stream(*told)).usage == Usage(3, 5)


def test_the_tier_is_remembered_from_the_first_chunk():
    first = {"model": "m", "service_tier": "priority", "choices": [{"delta": {}}]}
    turn = fold(stream(first, {"choices": [], "usage": {"prompt_tokens": 3}}))
    assert turn.usage.extra == {"tier": "priority"}
