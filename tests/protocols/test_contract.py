"""The contract that every protocol keeps, ours and a third party's.

A protocol is tested on a little conversation of its own (`SPOKEN`) and, for what is asked, with
each provider of the catalog that speaks it.
"""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest

from event_stream import event
from nbprovider import catalog, protocols
from nbprovider.catalog import Endpoint, Provider
from nbprovider.catalog.files import OURS, parse
from nbprovider.errors import (
    ConfigError,
    ProviderError,
    RateLimited,
    Unauthorized,
    Unavailable,
    UsageError,
)
from nbprovider.protocols.contract import FramingName, Listed, WireProtocol
from nbprovider.protocols.reading import Reading
from nbprovider.types import Call, Event, Finish, Message, Options, Text, fold

SECRET = "sk-this-is-the-key-0123456789"
HELLO = (Message("user", (Text("Hello"),)),)
SAMPLES: dict[str, Any] = {
    "max_tokens": 1234,
    "temperature": 0.25,
    "top_p": 0.75,
    "top_k": 17,
    "stop": ("THE-END",),
    "effort": "low",
    "seed": 4242,
    "json": True,
    "cache": "5m",
}
"""A value of each option; an option that is new needs one here."""

WORDS = {"effort", "json", "cache"}
"""Options whose value a protocol says in words of its own."""

THIRD_PARTY = '''
"""A protocol of somebody else: {"say": words} a line, and {"end": reason} at the end."""
import json
from nbprovider.errors import UsageError
from nbprovider.protocols.contract import Listed, Page
from nbprovider.protocols.faults import unreadable
from nbprovider.types import Delta, Finish, Request, Text

FRAMING = "ndjson"


class State:
    def __init__(self, call, provider):
        self.done = False


def build(call, endpoint):
    for name in call.options.given():
        if name != "seed":
            raise UsageError(f"Echo does not take the option {name!r}.")
    body = {"hear": call.messages[-1].text, **call.options.given()}
    return Request("POST", f"{endpoint.base_url}/echo", {}, json.dumps(body).encode())


def events(payload, state):
    if "say" in payload:
        yield Delta(0, Text(payload["say"]))
    if "end" in payload:
        yield Finish("stop", payload["end"])


def whole(payload, state):
    return events(payload, state)


def close(state):
    return iter(())


def error(status, headers, body):
    return unreadable(status, headers, body)


def models(endpoint, after=None):
    return Request("GET", f"{endpoint.base_url}/models", {})


def parse_models(payload):
    return Page(tuple(Listed(name) for name in payload["names"]))
'''


@dataclass(frozen=True)
class Spoken:
    """A reply that says "Hi" and stops, streamed and whole, and a list that names `m`.

    `end` is the first piece of the stream that says that the reply has ended.
    """

    stream: tuple[str | bytes, ...]
    end: int
    whole: str
    listed: dict[str, Any]


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
    "openai_chat": Spoken(
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
    "anthropic": Spoken(
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
    "gemini": Spoken(
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
    "ollama": Spoken(
        (
            '{"model":"m","message":{"role":"assistant","content":"H"},"done":false}\n',
            '{"model":"m","message":{"role":"assistant","content":"i"},"done":false}\n',
            '{"model":"m","message":{"content":""},"done":true,"done_reason":"stop"}\n',
        ),
        2,
        '{"model":"m","message":{"role":"assistant","content":"Hi"},"done":true,"done_reason":"stop"}',
        {"models": [{"name": "m", "model": "m"}]},
    ),
    "mistral": Spoken(
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
    "cohere": Spoken(
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
    "json_proxy": Spoken(
        _sse({"model": "m", "delta": "H"}, {"delta": "i"}, {"finish": "stop"}),
        2,
        '{"model":"m","text":"Hi","finish":"stop"}',
        {"models": [{"name": "m"}]},
    ),
    "cli_claude": Spoken(_lines(*CLAUDE_SAYS), 2, "".join(_lines(*CLAUDE_SAYS)), {}),
    "cli_gemini": Spoken(_lines(*GEMINI_SAYS), 2, "".join(_lines(*GEMINI_SAYS)), {}),
    "cli_codex": Spoken(_lines(*CODEX_SAYS), 2, "".join(_lines(*CODEX_SAYS)), {}),
    "openai_responses": Spoken(
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
    "bedrock": Spoken(
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
    "echo": Spoken(
        ('{"say":"H"}\n', '{"say":"i"}\n', '{"end":"over"}\n'),
        2,
        '{"say":"Hi","end":"over"}',
        {"names": ["m"]},
    ),
}
ECHO = Provider("echo", "Echo", "echo", default_model="m")
PROVIDERS = [*map(parse, sorted(OURS.glob("*.toml"))), ECHO]
FUNCTIONS = ("build", "events", "whole", "close", "error", "models", "parse_models")

every_protocol = pytest.mark.parametrize("name", SPOKEN)
ASKED = [one for one in PROVIDERS if not one.program]
"""Providers that are asked by a request; commands have tests of their own (test_cli.py)."""

LISTING = [name for name in SPOKEN if not name.startswith("cli_")]
"""Protocols that list models: programs do not."""

every_provider = pytest.mark.parametrize("provider", ASKED, ids=[p.key for p in ASKED])


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


def spoken_by(name: str) -> Provider:
    """Return a provider of the catalog that speaks a protocol."""
    return next(one for one in PROVIDERS if one.protocol == name)


def asked(provider: Provider, **more: Any) -> Call:
    return Call(provider.default_model or "some-model", HELLO, **more)


def endpoint(provider: Provider) -> Endpoint:
    return Endpoint(provider, "http://127.0.0.1:9/at")


def reading(name: str, **more: Any) -> Reading:
    provider = spoken_by(name)
    return Reading(protocols.load(name), asked(provider, **more), provider)


def raw(piece: str | bytes) -> bytes:
    return piece.encode() if isinstance(piece, str) else piece


def read(name: str, *pieces: str | bytes, **more: Any) -> list[Event]:
    one = reading(name, **more)
    said = [event for piece in pieces for event in one.feed(raw(piece))]
    return [*said, *one.close()]


def test_every_protocol_of_ours_is_put_through_this() -> None:
    assert set(SPOKEN) == protocols.OWN | {"echo"}


def test_an_unknown_protocol_is_named_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"'telepathy'.*gemini"):
        protocols.load("telepathy")


@every_protocol
@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_is_there_with_the_contracts_parameters(name: str, function: str) -> None:
    contract = inspect.signature(getattr(WireProtocol, function)).parameters
    wanted = [(one.name, one.default) for one in contract.values() if one.name != "self"]
    own = inspect.signature(getattr(protocols.load(name), function)).parameters.values()
    assert [(one.name, one.default) for one in own] == wanted


@every_protocol
def test_framing_and_state_are_those_of_the_contract(name: str) -> None:
    protocol = protocols.load(name)
    state = protocol.State(asked(spoken_by(name)), spoken_by(name))
    assert protocol.FRAMING in get_args(FramingName)
    assert state.done is False
    state.done = True
    assert state.done is True


@every_provider
@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_a_request_is_the_same_each_time_and_carries_no_key(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, *, stream: bool
) -> None:
    for variable in provider.env:
        monkeypatch.setenv(variable, SECRET)
    build = protocols.load(provider.protocol).build
    request, again = (build(asked(provider, stream=stream), endpoint(provider)) for _ in range(2))
    assert request == again
    assert request.method == "POST"
    assert request.url.startswith("http://127.0.0.1:9/at/")
    assert isinstance(json.loads(request.body), dict)
    assert SECRET not in str(request)
    key_headers = {"authorization", "api-key", "x-api-key", "x-goog-api-key"}
    key_headers.add(provider.auth.partition(":")[0].lower())
    assert not key_headers & {header.lower() for header in request.headers}


@every_provider
@pytest.mark.parametrize("option", Options.__struct_fields__)
def test_an_option_is_sent_or_refused_by_name(provider: Provider, option: str) -> None:
    build = protocols.load(provider.protocol).build
    value = SAMPLES[option]
    plain = json.loads(build(asked(provider), endpoint(provider)).body)
    try:
        request = build(asked(provider, options=Options(**{option: value})), endpoint(provider))
    except UsageError as refusal:
        assert option in refusal.message  # noqa: PT017 - either outcome keeps the rule
        return
    sent = json.loads(request.body)
    assert sent != plain
    if option not in WORDS:
        assert json.loads(json.dumps(value)) in list(_values(sent))


def _values(tree: Any) -> Any:
    """Yield every value of a JSON tree."""
    yield tree
    children = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    for child in children:
        yield from _values(child)


@every_protocol
def test_streamed_and_whole_say_the_same(name: str) -> None:
    streamed = fold(read(name, *SPOKEN[name].stream))
    whole = fold(read(name, SPOKEN[name].whole, stream=False))
    assert streamed == whole
    assert (streamed.text, streamed.finish) == ("Hi", "stop")


@every_protocol
def test_a_reply_that_is_cut_off_is_unavailable(name: str) -> None:
    spoken = SPOKEN[name]
    for kept in range(spoken.end + 1):
        with pytest.raises(Unavailable):
            read(name, *spoken.stream[:kept])
    with pytest.raises(Unavailable):
        read(name, *spoken.stream[: spoken.end], spoken.stream[spoken.end][:-12])
    assert any(isinstance(one, Finish) for one in read(name, *spoken.stream[: spoken.end + 1]))


@every_protocol
def test_replies_read_in_turns_share_nothing(name: str) -> None:
    stream = SPOKEN[name].stream
    here, there = reading(name), reading(name)
    said: tuple[list[Event], list[Event]] = ([], [])
    said[0].extend(here.feed(raw(stream[0])))
    for piece, next_piece in zip(stream, (*stream[1:], ""), strict=True):
        said[1].extend(there.feed(raw(piece)))
        said[0].extend(here.feed(raw(next_piece)))
    said[0].extend(here.close())
    said[1].extend(there.close())
    assert said[0] == said[1] == read(name, *stream)


BODIES = {
    "nothing": b"",
    "a web page": b"<html><head><title>Sign in</title></head></html>",
    "bytes": b"\xff\xfe\x00\x81",
    "words": b"upstream connect error",
    "a null": b"null",
    "a number": b"7",
    "a list": b"[]",
    "a list of one": b'[{"error":{"message":"no"}}]',
    "an empty object": b"{}",
    "an error in words": b'{"error":"no"}',
    "an error of null": b'{"error":null}',
    "an error of another shape": b'{"error":{"message":[1],"code":{},"type":5,"details":3}}',
    "half an object": b'{"error":{"mess',
    "an error": b'{"error":{"message":"no"}}',
}


@every_protocol
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize(
    ("status", "expected"), [(401, Unauthorized), (429, RateLimited), (500, Unavailable)]
)
def test_a_refusal_means_what_its_status_says_whatever_its_body(
    name: str, body: bytes, status: int, expected: type[ProviderError]
) -> None:
    error = protocols.load(name).error(status, {"content-type": "text/html"}, body)
    assert type(error) is expected
    assert error.status == status
    assert error.message
    assert error.hint


@pytest.mark.parametrize("name", LISTING)
def test_a_list_of_models_is_asked_for_and_read(name: str) -> None:
    protocol, at = protocols.load(name), endpoint(spoken_by(name))
    request = protocol.models(at)
    assert (request.method, request.body) == ("GET", b"")
    # Ollama lists its models beside the address of its chat, others below theirs.
    assert request.url.startswith("http://127.0.0.1:9/")
    page = protocol.parse_models(SPOKEN[name].listed)
    assert [model.id for model in page.models] == ["m"]
    assert all(isinstance(model, Listed) for model in page.models)
    assert page.next is None


def test_the_third_party_comes_by_its_entry_point() -> None:
    assert protocols.load("echo").__doc__.startswith("A protocol of somebody else")  # type: ignore[union-attr]
    assert "echo" not in protocols.OWN
    assert not catalog.known("echo")
