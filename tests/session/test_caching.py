"""A prompt that is kept: asked for in each provider's words, counted and priced in the ledger."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

import nbprovider
from loopback import serving
from nbprovider import catalog, config
from nbprovider.catalog.files import OURS
from nbprovider.errors import UsageError

TOKENS = 1000
"""Small enough for one tier of prices, and round."""


class Kept:
    """A provider that answers "ok" and counts as it is told."""

    def __init__(self, reply) -> None:
        self.counts: dict = {}
        self.bodies: list[dict] = []
        self._reply = reply

    def __call__(self, peer) -> None:
        self.bodies.append(peer.request["body"])
        model = peer.request["body"].get("model", "")  # Bedrock has it in the path
        peer.whole(200, self._reply(model, self.counts))

    def ask(self, model: str, counts: dict, **words):
        """Ask, return the ledger's row."""
        self.counts = counts
        nbprovider.ask(words.pop("prompt", "hi"), model=model, whole=True, **words)
        return nbprovider.usage().iloc[-1]


def message(model, counts):
    """Return what Anthropic says."""
    told = {"type": "message", "id": "1", "role": "assistant", "model": model}
    content = [{"type": "text", "text": "ok"}]
    return {**told, "content": content, "stop_reason": "end_turn", "usage": counts}


def response(model, counts):
    """Return what Responses say."""
    content = [{"type": "output_text", "text": "ok", "annotations": []}]
    item = {"type": "message", "id": "i", "role": "assistant", "content": content}
    told = {"object": "response", "id": "r", "model": model, "status": "completed"}
    return {**told, "output": [item], "usage": counts}


def completion(model, counts):
    """Return what Chat Completions say."""
    choice = {"index": 0, "message": {"content": "ok"}, "finish_reason": "stop"}
    return {"id": "1", "model": model, "choices": [choice], "usage": counts}


def converse(model, counts):
    """Return what Bedrock's Converse says."""
    output = {"message": {"role": "assistant", "content": [{"text": "ok"}]}}
    return {"output": output, "stopReason": "end_turn", "usage": counts}


def serve(reply) -> Iterator[tuple[Kept, str]]:
    kept = Kept(reply)
    with serving(kept) as server:
        yield kept, server.url


@pytest.fixture
def anthropic(monkeypatch):
    for kept, url in serve(message):
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-0123456789abcdefghij")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
        yield kept


@pytest.fixture
def responses(monkeypatch):
    """Play OpenAI itself: the server is the home of the provider's file."""
    for kept, url in serve(response):
        monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdefghij")
        folder = config.home().config / "providers"
        folder.mkdir(parents=True)
        text = (OURS / "openai.toml").read_text(encoding="utf-8")
        (folder / "openai.toml").write_text(
            text.replace("https://api.openai.com/v1", f"{url}/v1"), encoding="utf-8"
        )
        catalog.forget()
        yield kept


@pytest.fixture
def bedrock(monkeypatch):
    for kept, url in serve(converse):
        monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "ABSK-seeded-0123456789")
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", url)
        yield kept


@pytest.fixture
def completions(monkeypatch):
    for kept, url in serve(completion):
        monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdefghij")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{url}/v1")
        yield kept


def counted(row) -> tuple:
    return row["input"], row["output"], row["cache_read"], row["cache_write"]


def test_anthropic_is_told_to_keep_what_it_writes_and_reads_again(anthropic):
    haiku = "claude-haiku-5-5"
    plain = anthropic.ask(haiku, {"input_tokens": TOKENS, "output_tokens": 0})
    assert "cache_control" not in anthropic.bodies[-1]

    written = anthropic.ask(
        haiku,
        {
            "input_tokens": 0,
            "output_tokens": 0,
            "cache_creation_input_tokens": TOKENS,
            "cache_creation": {"ephemeral_5m_input_tokens": TOKENS},
        },
        cache="5m",
    )
    assert anthropic.bodies[-1]["cache_control"] == {"type": "ephemeral", "ttl": "5m"}
    assert counted(written)[::3] == (0, TOKENS)
    assert written["cost"] == pytest.approx(1.25 * plain["cost"], rel=1e-9)

    for_an_hour = anthropic.ask(
        haiku,
        {
            "input_tokens": 0,
            "output_tokens": 0,
            "cache_creation_input_tokens": TOKENS,
            "cache_creation": {"ephemeral_1h_input_tokens": TOKENS},
        },
        cache="1h",
    )
    assert anthropic.bodies[-1]["cache_control"]["ttl"] == "1h"
    assert for_an_hour["cost"] == pytest.approx(2 * plain["cost"], rel=1e-9)

    read = anthropic.ask(
        haiku, {"input_tokens": 0, "output_tokens": 0, "cache_read_input_tokens": TOKENS}
    )
    assert counted(read)[:3] == (0, 0, TOKENS)
    assert read["cost"] == pytest.approx(0.1 * plain["cost"], rel=1e-9)


def test_bedrock_is_told_up_to_where_to_keep_and_reads_again(bedrock):
    haiku = "bedrock:us.anthropic.claude-haiku-5-5"
    plain = bedrock.ask(haiku, {"inputTokens": TOKENS, "outputTokens": 0})
    assert "cachePoint" not in str(bedrock.bodies[-1])

    counts = {"inputTokens": 0, "outputTokens": 0, "cacheWriteInputTokens": TOKENS}
    written = bedrock.ask(haiku, counts, cache="5m", system="Be brief.")
    point = {"cachePoint": {"type": "default", "ttl": "5m"}}
    assert bedrock.bodies[-1]["system"][-1] == point
    assert bedrock.bodies[-1]["messages"][-1]["content"][-1] == point
    assert counted(written)[::3] == (0, TOKENS)
    assert written["cost"] == pytest.approx(1.25 * plain["cost"], rel=1e-9)

    counts = {"inputTokens": 0, "outputTokens": 0, "cacheReadInputTokens": TOKENS}
    read = bedrock.ask(haiku, counts)
    assert counted(read)[:3] == (0, 0, TOKENS)
    assert read["cost"] == pytest.approx(0.1 * plain["cost"], rel=1e-9)


def test_openai_is_told_to_keep_what_it_writes_and_reads_again(responses):
    luna = "openai:gpt-6-luna"
    usage = {"input_tokens": TOKENS, "output_tokens": 0}
    plain = responses.ask(luna, usage)
    assert not {"prompt_cache_options", "prompt_cache_key"} & set(responses.bodies[-1])

    writes = {"cache_write_tokens": TOKENS}
    written = responses.ask(luna, {**usage, "input_tokens_details": writes}, cache="5m")
    assert responses.bodies[-1]["prompt_cache_options"] == {"ttl": "30m"}
    assert counted(written)[::3] == (0, TOKENS)
    assert written["cost"] == pytest.approx(1.25 * plain["cost"], rel=1e-9)

    longer = {**writes, "cache_write_tokens_details": {"ttl_12h_tokens": TOKENS}}
    for_half_a_day = responses.ask(luna, {**usage, "input_tokens_details": longer}, cache="1h")
    assert responses.bodies[-1]["prompt_cache_options"] == {"ttl": "12h"}
    assert counted(for_half_a_day)[::3] == (0, TOKENS)
    assert for_half_a_day["cost"] == pytest.approx(2.5 * plain["cost"], rel=1e-9)

    read = responses.ask(luna, {**usage, "input_tokens_details": {"cached_tokens": TOKENS}})
    assert counted(read)[:3] == (0, 0, TOKENS)
    assert read["cost"] == pytest.approx(0.1 * plain["cost"], rel=1e-9)


def test_the_key_stays_while_model_instructions_and_tools_do(responses):
    def key(model="openai:gpt-6-luna", system="Be brief.", prompt="hi", tool=None):
        tools = (nbprovider.Tool(tool, "", {}),) if tool else ()
        counts = {"input_tokens": 1, "output_tokens": 1}
        responses.ask(model, counts, cache="5m", prompt=prompt, system=system, tools=tools)
        return responses.bodies[-1]["prompt_cache_key"]

    assert key() == key() == key(prompt="something else")
    assert len({key(), key(model="openai:gpt-6.1-sol"), key(system="Be kind."), key(tool="f")}) == 4


def test_chat_completions_of_openai_keep_for_half_an_hour_only(completions):
    counts = {
        "prompt_tokens": TOKENS,
        "completion_tokens": 1,
        "prompt_tokens_details": {"cache_write_tokens": 600, "cached_tokens": 400},
    }
    row = completions.ask("openai:gpt-6-luna", counts, cache="5m")
    assert counted(row) == (0, 1, 400, 600)
    assert completions.bodies[-1]["prompt_cache_options"] == {"ttl": "30m"}
    assert completions.bodies[-1]["prompt_cache_key"]
    with pytest.raises(UsageError, match="'cache' with '1h'") as caught:
        nbprovider.ask("hi", model="openai:gpt-6-luna", cache="1h")
    assert "'5m'" in caught.value.hint
    assert len(completions.bodies) == 1


def test_who_cannot_be_told_refuses_before_anything_is_sent(monkeypatch):
    for kept, url in serve(completion):
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{url}/v1")
        with pytest.raises(UsageError, match="'cache'"):
            nbprovider.ask("hi", model="openai-compatible:m", cache="5m")
        assert kept.bodies == []
        counts = {"prompt_tokens": 9, "completion_tokens": 1, "cached_tokens": 4}
        row = kept.ask("openai-compatible:m", counts)
        assert counted(row)[:3] == (5, 1, 4)
        assert math.isnan(row["cost"])
