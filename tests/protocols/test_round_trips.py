"""A conversation begun with one provider goes on with any other."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from nbprovider import catalog, protocols
from nbprovider.catalog import Endpoint
from nbprovider.flow import _portable
from nbprovider.protocols.reading import Reading
from nbprovider.types import Call, Media, Message, Text, Tool, ToolResult, fold
from opening_turns import REPLIES, SAID, SEAL, SEALED, THOUGHT
from sdks import wrongs

PNG = b"\x89PNG\r\n\x1a\n of no importance"
CHART = b"\x89PNG\r\n\x1a\n that a tool has drawn"
WEATHER = Tool(
    "weather",
    "Tell the weather of a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
LOOK = Message(
    "user",
    (
        Text("Where is this, and how is the weather?", {"cache_control": {"type": "ephemeral"}}),
        Media("image", "image/png", PNG, extra={"detail": "low"}),
    ),
)
"""A question with fields for Anthropic and for OpenAI, which nobody else is sent."""

PAIRS = [(first, then) for first in REPLIES for then in REPLIES]


def conversation(first: str) -> tuple[Message, ...]:
    """Return a conversation in which a protocol's reply has asked for two tools, and got both."""
    key, model, payload = REPLIES[first]
    provider = catalog.find(key)
    call = Call(model, (LOOK,), stream=False)
    reading = Reading(protocols.load(first), call, provider)
    events = [*reading.feed(json.dumps(payload).encode()), *reading.close()]
    turn = fold(events)
    assert (turn.text, turn.thinking, len(turn.tool_calls)) == (SAID, THOUGHT, 2)
    origin = Endpoint(provider, provider.base_url, first).origin(model)
    said = Message("assistant", turn.message().parts, origin)
    given = ("rain", ["sunshine", Media("image", "image/png", CHART)])
    results = tuple(
        ToolResult(call.id, call.name, weather)
        for call, weather in zip(turn.tool_calls, given, strict=True)
    )
    system = Message("system", (Text("Be short."),))
    return (system, LOOK, said, Message("tool", results))


def continued(first: str, then: str) -> dict[str, Any]:
    """Return the body that goes on with the conversation in another protocol."""
    key, model, _ = REPLIES[then]
    provider = catalog.find(key)
    endpoint = Endpoint(provider, "https://example.org", then).speaking(model)
    call = Call(model, conversation(first), tools=(WEATHER,), stream=False)
    ours = _portable(call, Endpoint(provider, "https://example.org", then).origin(model), key)
    return json.loads(protocols.load(then).build(ours, endpoint).body)


@pytest.mark.parametrize(("first", "then"), PAIRS)
def test_a_conversation_goes_on_with_another_provider(first, then):
    """Words, image, calls and results, a picture in one included, are there; no other's proof is.

    Row 30 of the rivals: switching models loses the conversation.
    """
    sent = json.dumps(continued(first, then))
    for told in (SAID, "Be short.", "London", "Paris", "rain", "sunshine", "weather"):
        assert told in sent, told
    assert b64encode(PNG).decode() in sent
    assert sent.count(b64encode(CHART).decode()) == 1
    assert (SEAL in sent) == (first == then and first in SEALED)
    if first != then:
        assert THOUGHT not in sent
    assert ("cache_control" in sent) == (then == "anthropic")


@pytest.mark.parametrize("protocol", sorted(SEALED))
def test_a_signed_thought_comes_back_to_its_maker_unchanged(protocol):
    """Row 27 of the rivals: reasoning is lost, or sent back without its signature."""
    sent = json.dumps(continued(protocol, protocol))
    came = json.dumps(REPLIES[protocol][2])
    assert sent.count(SEAL) == came.count(SEAL)
    assert THOUGHT in sent


@pytest.mark.parametrize(("first", "then"), PAIRS)
def test_each_result_answers_the_call_that_asked_for_it(first, then):
    """Whatever ids look like here and there, a call and its result bear the same one, in order."""
    calls, results = ids(continued(first, then))
    assert len(calls) == 2
    assert calls == results


CALLED = {
    ("type", "function_call"): "call_id",
    ("type", "tool_use"): "id",
    ("type", "function"): "id",
    ("functionCall",): "id",
    ("toolUse",): "toolUseId",
    ("function",): "id",
}
ANSWERED = {
    ("type", "function_call_output"): "call_id",
    ("type", "tool_result"): "tool_use_id",
    ("functionResponse",): "id",
    ("toolResult",): "toolUseId",
    ("role", "tool"): "tool_call_id",
}
"""What a call, and a result, is known by in each protocol → the field of its id."""


def ids(body: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """Return the ids of calls and of results, in their order; None where there are none."""
    said = body.get("messages") or body.get("contents") or body.get("input")
    every = list(_objects(said))
    return _found(every, CALLED), _found(every, ANSWERED)


def _found(every: list[dict[str, Any]], marks: dict[tuple[str, ...], str]) -> list[Any]:
    found = []
    for one in every:
        for (name, *value), field in marks.items():
            if name in one and (not value or one[name] == value[0]):
                within = one[name] if isinstance(one[name], dict) and not value else one
                found.append(within.get(field) or one.get(field))
                break
    return found


def _objects(told: Any) -> Any:
    if isinstance(told, list):
        for one in told:
            yield from _objects(one)
    elif isinstance(told, dict):
        yield told
        for value in told.values():
            yield from _objects(value)


def test_what_is_sent_is_valid_by_the_vendors_own_types():
    """Every continuation, from each protocol to each, is a request that the vendor's SDK knows.

    The judges are no rubber stamps: a role and a name that are none are found.
    """
    pairs = [(first, then) for first, then in PAIRS if then != "bedrock"]
    bodies = [(then, continued(first, then)) for first, then in pairs]
    found = wrongs([*bodies, *((then, _spoilt(body)) for then, body in bodies)])
    good, spoilt = found[: len(pairs)], found[len(pairs) :]
    assert {pair: wrong for pair, wrong in zip(pairs, good, strict=True) if wrong} == {}
    assert [pair for pair, wrong in zip(pairs, spoilt, strict=True) if not wrong] == []


def _spoilt(body: dict[str, Any]) -> dict[str, Any]:
    sent = json.dumps(body).replace('"role": "user"', '"role": 7').replace('"weather"', "[7]")
    return json.loads(sent)


@pytest.mark.parametrize("first", REPLIES)
def test_what_is_sent_to_bedrock_is_valid_by_awss_own_model(first):
    session = pytest.importorskip("botocore.session", reason="the extra 'aws' is not installed")
    from botocore.validate import ParamValidator

    shape = session.Session().get_service_model("bedrock-runtime").operation_model("Converse")
    body = {"modelId": "m", **continued(first, "bedrock")}
    report = ParamValidator().validate(body, shape.input_shape)
    assert not report.has_errors(), report.generate_report()
