"""From the counts on the wire to the nano-dollar, in each protocol, streamed and whole."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from event_stream import event
from nbprovider import catalog, protocols
from nbprovider.catalog import Endpoint
from nbprovider.ledger import price
from nbprovider.protocols.reading import Reading
from nbprovider.types import Call, Message, Text, fold

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
Wire = dict[str, Any]


def _sse(*payloads: Wire) -> bytes:
    return "".join(f"data: {json.dumps(one)}\n\n" for one in payloads).encode()


def _whole(payload: Wire) -> bytes:
    return json.dumps(payload).encode()


CHAT = {
    "prompt_tokens": 1_000,
    "completion_tokens": 200,
    "total_tokens": 1_200,
    "prompt_tokens_details": {"cached_tokens": 600},
    "completion_tokens_details": {"reasoning_tokens": 150},
}
DEEPSEEK = {**CHAT, "prompt_cache_hit_tokens": 600, "prompt_cache_miss_tokens": 400}
SAID = {"choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}]}
PIECES = (
    {"choices": [{"index": 0, "delta": {"content": "Hi"}}]},
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
)
RESPONSE = {
    "object": "response",
    "id": "r",
    "status": "completed",
    "output": [{"type": "message", "content": [{"type": "output_text", "text": "Hi"}]}],
    "usage": {
        "input_tokens": 1_000,
        "input_tokens_details": {"cached_tokens": 600, "cache_write_tokens": 100},
        "output_tokens": 200,
        "output_tokens_details": {"reasoning_tokens": 150},
        "total_tokens": 1_200,
    },
}
CLAUDE = {
    "input_tokens": 300,
    "cache_read_input_tokens": 600,
    "cache_creation_input_tokens": 100,
    "cache_creation": {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40},
    "output_tokens": 200,
}
GEMINI = {
    "promptTokenCount": 1_000,
    "cachedContentTokenCount": 600,
    "candidatesTokenCount": 50,
    "thoughtsTokenCount": 150,
    "totalTokenCount": 1_200,
}
COHERE = {
    "billed_units": {"input_tokens": 8, "output_tokens": 56},
    "tokens": {"input_tokens": 500, "output_tokens": 60},
    "cached_tokens": 400,
}
BEDROCK = {
    "inputTokens": 300,
    "cacheReadInputTokens": 600,
    "cacheWriteInputTokens": 100,
    "outputTokens": 200,
    "totalTokens": 1_200,
}
TEXT = {"type": "text", "text": "Hi"}
LOCAL = {"model": "m", "done": True, "done_reason": "stop", "message": {"content": "Hi"}}

# Each sum is worked out by hand: tokens x dollars per million x 1000 is nano-dollars.
REPLIES = {
    "openai_chat": (
        *("deepseek", "deepseek-flash", 400 * 150 + 600 * 3 + 200 * 600),
        _whole({**SAID, "usage": DEEPSEEK}),
        _sse(*PIECES, {"choices": [], "usage": DEEPSEEK}) + b"data: [DONE]\n\n",
    ),
    "openai_responses": (
        *("openai", "gpt-6.1-sol", 300 * 2_000 + 600 * 100 + 100 * 2_500 + 200 * 10_000),
        _whole(RESPONSE),
        _sse(
            {"type": "response.created", "response": {"id": "r"}},
            {"type": "response.completed", "response": RESPONSE},
        ),
    ),
    "anthropic": (
        "anthropic",
        "claude-sonnet-5-5",
        300 * 2_000 + 600 * 100 + 60 * 2_500 + 40 * 4_000 + 200 * 10_000,
        _whole({"type": "message", "content": [TEXT], "stop_reason": "end_turn", "usage": CLAUDE}),
        _sse(
            {
                "type": "message_start",
                "message": {"content": [], "usage": {**CLAUDE, "output_tokens": 1}},
            },
            {"type": "content_block_start", "index": 0, "content_block": TEXT},
            {"type": "content_block_stop", "index": 0},
            # the counts of the end stand in the place of those of the beginning
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": CLAUDE},
            {"type": "message_stop"},
        ),
    ),
    "gemini": (
        *("google", "gemini-3.8-flash", 400 * 750 + 600 * 75 + 200 * 3_750),
        _whole(
            {
                "candidates": [{"content": {"parts": [{"text": "Hi"}]}, "finishReason": "STOP"}],
                "usageMetadata": GEMINI,
            }
        ),
        _sse(
            # each chunk counts all until then
            {
                "candidates": [{"content": {"parts": [{"text": "Hi"}]}}],
                "usageMetadata": {**GEMINI, "candidatesTokenCount": 20},
            },
            {"candidates": [{"finishReason": "STOP"}], "usageMetadata": GEMINI},
        ),
    ),
    "mistral": (
        *("mistral", "mistral-medium-latest", 400 * 1_500 + 600 * 150 + 200 * 7_500),
        _whole({**SAID, "usage": CHAT}),
        _sse(PIECES[0], {**PIECES[1], "usage": CHAT}) + b"data: [DONE]\n\n",
    ),
    "cohere": (
        *("cohere", "command-r7b-12-2024", int(8 * Decimal("37.5")) + 56 * 150),
        _whole({"message": {"content": [TEXT]}, "finish_reason": "COMPLETE", "usage": COHERE}),
        _sse(
            {"type": "content-delta", "delta": {"message": {"content": {"text": "Hi"}}}},
            {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": COHERE}},
        ),
    ),
    "ollama": (
        *("ollama", "qwen3", 0),
        _whole({**LOCAL, "prompt_eval_count": 1_000, "eval_count": 200}),
        _whole({**LOCAL, "prompt_eval_count": 1_000, "eval_count": 200}) + b"\n",
    ),
    "bedrock": (
        "bedrock",
        "us.anthropic.claude-sonnet-5-5",
        300 * 2_200 + 600 * 110 + 100 * 2_750 + 200 * 11_000,
        _whole(
            {
                "output": {"message": {"content": [{"text": "Hi"}]}},
                "stopReason": "end_turn",
                "usage": BEDROCK,
            }
        ),
        event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hi"}})
        + event("messageStop", {"stopReason": "end_turn"})
        + event("metadata", {"usage": BEDROCK}),
    ),
}
"""Protocol → provider, model, nano-dollars, and the reply whole and streamed."""


@pytest.mark.parametrize("protocol", REPLIES)
@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "whole"])
def test_a_reply_costs_what_its_provider_bills_for_it(protocol, streamed):
    """Row 10 of the rivals: cache reads or writes are dropped, charged twice, or overpriced."""
    key, model, nano, whole, stream = REPLIES[protocol]
    call = Call(model, (Message("user", (Text("Hello"),)),), stream=streamed)
    provider = Endpoint(catalog.find(key), "", protocol).speaking(model).provider
    reading = Reading(protocols.load(protocol), call, provider)
    turn = fold([*reading.feed(stream if streamed else whole), *reading.close()])
    assert (turn.text, turn.finish) == ("Hi", "stop")
    found = price(provider, model, turn.usage, NOON)
    assert (found.nano, found.unknown) == (nano, 0)
