"""One reply in each protocol that thinks, says something and wants two tools at once."""

from __future__ import annotations

import json
from typing import Any

LONDON, PARIS = {"city": "London"}, {"city": "Paris"}
SAID = "I shall look at both."
THOUGHT = "Two cities, so two calls."
SEAL = "c2VhbGVkIGJ5IGl0cyBtYWtlcg=="


def _called(id_: str, city: dict[str, str], **more: Any) -> dict[str, Any]:
    function = {"name": "weather", "arguments": json.dumps(city)}
    return {"id": id_, "type": "function", "function": function, **more}


def _completion(**message: Any) -> dict[str, Any]:
    said = {"role": "assistant", **message}
    return {"model": "m", "choices": [{"message": said, "finish_reason": "tool_calls"}]}


REPLIES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "openai_chat": (
        "deepseek",
        "deepseek-v4-pro",
        _completion(
            content=SAID,
            reasoning_content=THOUGHT,
            tool_calls=[_called("call_1", LONDON), _called("call_2", PARIS)],
        ),
    ),
    "openai_responses": (
        "openai",
        "gpt-6-luna",
        {
            "object": "response",
            "id": "resp_1",
            "model": "m",
            "status": "completed",
            "output": [
                {
                    "type": "reasoning",
                    "id": "rs_1",
                    "summary": [{"type": "summary_text", "text": THOUGHT}],
                    "encrypted_content": SEAL,
                },
                {
                    "type": "message",
                    "id": "msg_1",
                    "role": "assistant",
                    "status": "completed",
                    "content": [{"type": "output_text", "text": SAID, "annotations": []}],
                },
                *(
                    {
                        "type": "function_call",
                        "id": f"fc_{call}",
                        "call_id": f"call_{call}",
                        "name": "weather",
                        "arguments": json.dumps(city),
                        "status": "completed",
                    }
                    for call, city in ((1, LONDON), (2, PARIS))
                ),
            ],
        },
    ),
    "anthropic": (
        "anthropic",
        "claude-sonnet-5-5",
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "model": "m",
            "content": [
                {"type": "thinking", "thinking": THOUGHT, "signature": SEAL},
                {"type": "redacted_thinking", "data": SEAL},
                {"type": "text", "text": SAID},
                {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": LONDON},
                {"type": "tool_use", "id": "toolu_2", "name": "weather", "input": PARIS},
            ],
            "stop_reason": "tool_use",
            "usage": {"input_tokens": 1, "output_tokens": 1},
        },
    ),
    "gemini": (
        "google",
        "gemini-3-pro",
        {
            "candidates": [
                {
                    "content": {
                        "role": "model",
                        "parts": [
                            {"text": THOUGHT, "thought": True},
                            {"text": SAID},
                            {
                                "functionCall": {"name": "weather", "args": LONDON},
                                "thoughtSignature": SEAL,
                            },
                            {"functionCall": {"name": "weather", "args": PARIS}},
                        ],
                    },
                    "finishReason": "STOP",
                }
            ]
        },
    ),
    "mistral": (
        "mistral",
        "magistral-medium-latest",
        _completion(
            content=[
                {"type": "thinking", "thinking": [{"type": "text", "text": THOUGHT}]},
                {"type": "text", "text": SAID},
            ],
            tool_calls=[_called("aB3dE5gH1", LONDON), _called("aB3dE5gH2", PARIS)],
        ),
    ),
    "cohere": (
        "cohere",
        "command-a-reasoning",
        {
            "id": "1",
            "message": {
                "role": "assistant",
                "tool_plan": SAID,
                "content": [
                    {"type": "thinking", "thinking": THOUGHT},
                    {"type": "text", "text": SAID},
                ],
                "tool_calls": [_called("weather_1", LONDON), _called("weather_2", PARIS)],
            },
            "finish_reason": "TOOL_CALL",
        },
    ),
    "ollama": (
        "ollama",
        "qwen3",
        {
            "model": "m",
            "message": {
                "role": "assistant",
                "content": SAID,
                "thinking": THOUGHT,
                "tool_calls": [
                    {"function": {"name": "weather", "arguments": LONDON}},
                    {"function": {"name": "weather", "arguments": PARIS}},
                ],
            },
            "done": True,
            "done_reason": "stop",
        },
    ),
    "bedrock": (
        "bedrock",
        "anthropic.claude-sonnet-5-5",
        {
            "output": {
                "message": {
                    "role": "assistant",
                    "content": [
                        {
                            "reasoningContent": {
                                "reasoningText": {"text": THOUGHT, "signature": SEAL}
                            }
                        },
                        {"text": SAID},
                        {"toolUse": {"toolUseId": "t_1", "name": "weather", "input": LONDON}},
                        {"toolUse": {"toolUseId": "t_2", "name": "weather", "input": PARIS}},
                    ],
                }
            },
            "stopReason": "tool_use",
        },
    ),
}
"""Protocol → a provider that speaks it, a model of its, and the reply as it comes."""

SEALED = frozenset({"openai_responses", "anthropic", "gemini", "bedrock"})
"""Protocols in which a thought bears a proof that must come back unchanged."""
