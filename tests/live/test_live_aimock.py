"""Our way to each vendor, over real sockets, to a server that others have written."""

from __future__ import annotations

import json

import pytest

from aimock import ARGUMENTS, READ, SAID, WRITTEN, aimock
from nbprovider import credentials, flow, transport
from nbprovider.errors import RateLimited
from nbprovider.types import Call, Message, Text, Tool, Turn, fold

__all__ = ["aimock"]

KEY = "sk-of-no-value-0123456789"
WAYS: dict[str, tuple[str, str, dict[str, str]]] = {
    "google": (
        "google",
        "gemini-3.8-flash",
        {"GOOGLE_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": "{url}"},
    ),
    "vertex": (
        "vertex",
        "gemini-3.8-flash",
        {
            "GOOGLE_VERTEX_API_KEY": KEY,
            "GOOGLE_VERTEX_BASE_URL": "{url}/v1/projects/p/locations/global",
        },
    ),
    "azure": (
        "azure",
        "our-deployment",
        {
            "AZURE_OPENAI_API_KEY": KEY,
            "AZURE_OPENAI_ENDPOINT": "{url}",
            "OPENAI_API_VERSION": "2024-10-21",
        },
    ),
    "azure-v1": (
        "azure",
        "our-deployment",
        {"AZURE_OPENAI_API_KEY": KEY, "AZURE_OPENAI_ENDPOINT": "{url}"},
    ),
    "ollama": ("ollama", "qwen3", {"OLLAMA_HOST": "{url}"}),
    "cohere": (
        "cohere",
        "command-a-plus-05-2026",
        {"CO_API_KEY": KEY, "CO_API_URL": "{url}"},
    ),
    "bedrock": (
        "bedrock",
        "us.anthropic.claude-sonnet-5-5",
        {
            "AWS_BEARER_TOKEN_BEDROCK": KEY,
            "AWS_BEDROCK_BASE_URL": "{url}",
            "AWS_REGION": "us-east-1",
        },
    ),
    "openai": (
        "openai-compatible",
        "gpt-6-luna",
        {"OPENAI_COMPATIBLE_API_KEY": KEY, "OPENAI_COMPATIBLE_BASE_URL": "{url}/v1"},
    ),
    "anthropic": (
        "anthropic",
        "claude-sonnet-5-5",
        {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": "{url}"},
    ),
}
"""Way → its provider, a model, and the environment that leads to the server."""

WITHOUT_COUNTS = ("cohere", "ollama")
"""Whose counts aimock leaves at nought."""

WEATHER = Tool("weather", "Tell the weather.", {"type": "object", "properties": {}})

every_way = pytest.mark.parametrize("way", WAYS)
streamed_and_whole = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


@pytest.fixture
def asked(way, aimock, monkeypatch):
    """Return a function that asks the server by a way, and gives back what was said."""
    provider, model, environment = WAYS[way]
    for name, value in environment.items():
        monkeypatch.setenv(name, value.format(url=aimock))

    def ask(words: str, stream: bool = True, **more) -> Turn:  # noqa: FBT001, FBT002
        call = Call(model, (Message("user", (Text(words),)),), stream=stream, **more)
        attempt = flow.attempt(call, credentials.access(provider))
        return fold(transport.run(attempt, transport.Settings()))

    return ask


@every_way
@streamed_and_whole
def test_what_is_said_arrives(way, asked, stream):
    turn = asked("Please greet me.", stream)
    assert turn.text == SAID
    assert turn.finish == "stop"
    if way not in WITHOUT_COUNTS:
        assert (turn.usage.input, turn.usage.output) == (READ, WRITTEN)


@every_way
@streamed_and_whole
def test_a_tool_is_called_with_all_its_arguments(way, asked, stream):
    turn = asked("How is the weather?", stream, tools=(WEATHER,))
    (call,) = turn.tool_calls
    assert call.name == "weather"
    assert json.loads(call.arguments) == ARGUMENTS
    assert call.id


@every_way
def test_a_refusal_has_its_class(way, asked):
    with pytest.raises(RateLimited):
        asked("That is too many.")
