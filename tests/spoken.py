"""One reply of each protocol, that says "Hi", and a list of models: as little as it can be."""

from __future__ import annotations

import json
from typing import Any

from event_stream import event
from nbprovider.testing import Samples


def _sse(*payloads: dict[str, Any], named: bool = False) -> tuple[str, ...]:
    return tuple(
        (f"event: {one['type']}\n" if named else "") + f"data: {json.dumps(one)}\n\n"
        for one in payloads
    )


def _lines(*payloads: dict[str, Any]) -> tuple[str, ...]:
    return tuple(f"{json.dumps(one)}\n" for one in payloads)


CLAUDE_SAYS = (
    {"type": "system", "subtype": "init", "model": "m", "apiKeySource": "none"},
    {"type": "assistant", "message": {"model": "m", "content": [{"type": "text", "text": "Hi"}]}},
    {"type": "result", "subtype": "success", "result": "Hi", "stop_reason": "end_turn"},
)
GEMINI_SAYS = (
    {"type": "init", "model": "m", "session_id": "1"},
    {"type": "message", "role": "assistant", "content": "Hi", "delta": True},
    {"type": "result", "status": "success"},
)
CODEX_SAYS = (
    {"type": "thread.started", "thread_id": "1"},
    {"type": "item.completed", "item": {"id": "1", "type": "agent_message", "text": "Hi"}},
    {"type": "turn.completed", "usage": {"output_tokens": 1}},
)

RESPONSES_SAYS = (
    {"type": "message", "id": "i", "role": "assistant", "content": []},
    {
        "type": "message",
        "id": "i",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "Hi", "annotations": []}],
    },
)
RESPONSES_ENDS = {
    "object": "response",
    "id": "r",
    "model": "m",
    "status": "completed",
    "output": [RESPONSES_SAYS[1]],
}

SPOKEN = {
    "openai_chat": Samples(
        (
            *_sse(
                {"model": "m", "choices": [{"index": 0, "delta": {"content": "H"}}]},
                {"choices": [{"index": 0, "delta": {"content": "i"}}]},
                {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
            ),
            "data: [DONE]\n\n",
        ),
        2,
        json.dumps(
            {
                "model": "m",
                "choices": [
                    {
                        "index": 0,
                        "message": {"role": "assistant", "content": "Hi"},
                        "finish_reason": "stop",
                    }
                ],
            }
        ),
        {"data": [{"id": "m"}]},
    ),
    "anthropic": Samples(
        _sse(
            {"type": "message_start", "message": {"id": "1", "model": "m", "content": []}},
            {
                "type": "content_block_start",
                "index": 0,
                "content_block": {"type": "text", "text": ""},
            },
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "text_delta", "text": "Hi"},
            },
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {}},
            {"type": "message_stop"},
            named=True,
        ),
        4,
        json.dumps(
            {
                "type": "message",
                "id": "1",
                "role": "assistant",
                "model": "m",
                "content": [{"type": "text", "text": "Hi"}],
                "stop_reason": "end_turn",
                "usage": {},
            }
        ),
        {"data": [{"type": "model", "id": "m"}], "has_more": False},
    ),
    "gemini": Samples(
        _sse(
            {"candidates": [{"content": {"parts": [{"text": "H"}]}}]},
            {"candidates": [{"content": {"parts": [{"text": "i"}]}}]},
            {"candidates": [{"finishReason": "STOP"}]},
        ),
        2,
        json.dumps(
            {"candidates": [{"content": {"parts": [{"text": "Hi"}]}, "finishReason": "STOP"}]}
        ),
        {"models": [{"name": "models/m"}]},
    ),
    "ollama": Samples(
        (
            '{"model":"m","message":{"role":"assistant","content":"H"},"done":false}\n',
            '{"model":"m","message":{"role":"assistant","content":"i"},"done":false}\n',
            '{"model":"m","message":{"content":""},"done":true,"done_reason":"stop"}\n',
        ),
        2,
        '{"model":"m","message":{"role":"assistant","content":"Hi"},"done":true,"done_reason":"stop"}',
        {"models": [{"name": "m", "model": "m"}]},
    ),
    "mistral": Samples(
        (
            *_sse(
                {"model": "m", "choices": [{"index": 0, "delta": {"content": "H"}}]},
                {"choices": [{"index": 0, "delta": {"content": [{"type": "text", "text": "i"}]}}]},
                {"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}]},
            ),
            "data: [DONE]\n\n",
        ),
        2,
        '{"model":"m","choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}]}',
        {"object": "list", "data": [{"id": "m"}]},
    ),
    "cohere": Samples(
        (
            *_sse(
                {"type": "message-start", "id": "1"},
                {"type": "content-delta", "delta": {"message": {"content": {"text": "Hi"}}}},
                {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}},
                named=True,
            ),
            "data: [DONE]\n\n",
        ),
        2,
        '{"id":"1","message":{"content":[{"type":"text","text":"Hi"}]},"finish_reason":"COMPLETE"}',
        {"models": [{"name": "m"}]},
    ),
    "json_proxy": Samples(
        _sse({"model": "m", "delta": "H"}, {"delta": "i"}, {"finish": "stop"}),
        2,
        '{"model":"m","text":"Hi","finish":"stop"}',
        {"models": [{"name": "m"}]},
    ),
    "cli_claude": Samples(_lines(*CLAUDE_SAYS), 2, "".join(_lines(*CLAUDE_SAYS))),
    "cli_gemini": Samples(_lines(*GEMINI_SAYS), 2, "".join(_lines(*GEMINI_SAYS))),
    "cli_codex": Samples(_lines(*CODEX_SAYS), 2, "".join(_lines(*CODEX_SAYS))),
    "openai_responses": Samples(
        _sse(
            {"type": "response.created", "response": {"id": "r", "model": "m"}},
            {"type": "response.output_item.added", "output_index": 0, "item": RESPONSES_SAYS[0]},
            {
                "type": "response.output_text.delta",
                "output_index": 0,
                "content_index": 0,
                "delta": "Hi",
            },
            {"type": "response.output_item.done", "output_index": 0, "item": RESPONSES_SAYS[1]},
            {"type": "response.completed", "response": RESPONSES_ENDS},
            named=True,
        ),
        4,
        json.dumps(RESPONSES_ENDS),
        {"models": [{"slug": "m"}]},
    ),
    "bedrock": Samples(
        (
            event("messageStart", {"role": "assistant"}),
            event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "H"}}),
            event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "i"}}),
            event("contentBlockStop", {"contentBlockIndex": 0}),
            event("messageStop", {"stopReason": "end_turn"}),
        ),
        4,
        '{"output":{"message":{"role":"assistant","content":[{"text":"Hi"}]}},"stopReason":"end_turn"}',
        {"inferenceProfileSummaries": [{"inferenceProfileId": "m"}]},
    ),
    "echo": Samples(
        ('{"say":"H"}\n', '{"say":"i"}\n', '{"end":"over"}\n'),
        2,
        '{"say":"Hi","end":"over"}',
        {"names": ["m"]},
    ),
}
"""Protocol → what is said in it; `echo` is a third party's."""
