"""The contract that every protocol keeps, ours and a third party's.

A protocol is tested on a little conversation of its own (`SPOKEN`) and, for what is asked, with
each provider of the catalog that speaks it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import somebody_elses
from event_stream import event
from nbprovider import catalog, protocols
from nbprovider.catalog import Provider
from nbprovider.catalog.files import OURS, parse
from nbprovider.errors import ConfigError
from nbprovider.testing import Samples, asking
from nbprovider.testing.protocol import READING, SENDING, Subject
from nbprovider.types import Options

THIRD_PARTY = Path(somebody_elses.__file__).read_text()


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
ECHO = Provider("echo", "Echo", "echo", default_model="m")
PROVIDERS = [*map(parse, sorted(OURS.glob("*.toml"))), ECHO]

every_protocol = pytest.mark.parametrize("name", SPOKEN)
every_provider = pytest.mark.parametrize("provider", PROVIDERS, ids=[p.key for p in PROVIDERS])


def named(rules: tuple[Callable[[Subject], None], ...]) -> Any:
    """Return a mark that gives a test each rule by its name."""
    return pytest.mark.parametrize("rule", rules, ids=[rule.__name__ for rule in rules])


@pytest.fixture(scope="module")
def site_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the third party's protocol as pip would: a module and its entry point."""
    site = tmp_path_factory.mktemp("site-packages")
    info = site / "echo_protocol-1.dist-info"
    info.mkdir()
    (site / "echo_protocol.py").write_text(THIRD_PARTY)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: echo-protocol\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[nbprovider.protocols]\necho = echo_protocol\n")
    return site


@pytest.fixture(autouse=True)
def _third_party(site_packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(site_packages))


def subject_of(provider: Provider) -> Subject:
    name = provider.protocol
    return Subject(protocols.load(name), SPOKEN[name], provider)


def spoken_by(name: str) -> Provider:
    """Return a provider of the catalog that speaks a protocol."""
    return next(one for one in PROVIDERS if one.protocol == name)


def test_every_protocol_of_ours_is_put_through_this() -> None:
    assert set(SPOKEN) == protocols.OWN | {"echo"}


def test_an_unknown_protocol_is_named_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"'telepathy'.*gemini"):
        protocols.load("telepathy")


@every_protocol
@named(READING)
def test_a_protocol_keeps_each_rule(name: str, rule: Callable[[Subject], None]) -> None:
    rule(subject_of(spoken_by(name)))


@every_provider
@named(SENDING)
def test_a_protocol_keeps_each_rule_of_sending_with_each_provider(
    provider: Provider, rule: Callable[[Subject], None]
) -> None:
    rule(subject_of(provider))


def test_every_option_has_a_value_to_be_sent() -> None:
    assert set(asking.VALUES) == set(Options.__struct_fields__)


def test_the_third_party_comes_by_its_entry_point() -> None:
    assert protocols.load("echo").__doc__.startswith("A protocol of somebody else")  # type: ignore[union-attr]
    assert "echo" not in protocols.OWN
    assert not catalog.known("echo")
