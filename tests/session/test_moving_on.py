"""One chat of twenty turns, answered in turn by five providers that speak five protocols."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

import nbprovider
from loopback import serving
from nbprovider import session
from nbprovider.types import Media
from opening_turns import REPLIES, SEAL, SEALED, THOUGHT
from sdks import wrongs

PROTOCOLS = ("openai_chat", "anthropic", "gemini", "openai_responses", "ollama")
TURNS = 20
PNG = b"\x89PNG\r\n\x1a\n of no importance"
CHART = b"\x89PNG\r\n\x1a\n that a tool has drawn"


def weather(city: str) -> Any:
    """Tell the weather of a city."""
    if city == "Paris":
        return Media("image", "image/png", CHART)
    return f"Rain in {city}."


def last(protocol: str, words: str) -> dict[str, Any]:
    """Return a reply that ends a turn."""
    usage = {"input_tokens": 1, "output_tokens": 1}
    said = {"role": "assistant", "content": words}
    match protocol:
        case "openai_chat":
            return {"model": "m", "choices": [{"message": said, "finish_reason": "stop"}]}
        case "anthropic":
            block = {"type": "text", "text": words}
            more = {"id": "msg_2", "model": "m", "stop_reason": "end_turn", "usage": usage}
            return {"type": "message", "role": "assistant", "content": [block], **more}
        case "gemini":
            content = {"role": "model", "parts": [{"text": words}]}
            return {"candidates": [{"content": content, "finishReason": "STOP"}]}
        case "openai_responses":
            block = {"type": "output_text", "text": words, "annotations": []}
            item = {"type": "message", "id": "msg_2", "status": "completed", "role": "assistant"}
            head = {"object": "response", "id": "resp_2", "model": "m", "status": "completed"}
            return {**head, "output": [{**item, "content": [block]}]}
        case _:
            return {"model": "m", "message": said, "done": True, "done_reason": "stop"}


class Speaker:
    """A provider that answers what it is told to, and keeps what it was sent."""

    def __init__(self, protocol: str) -> None:
        self.protocol = protocol
        self.key, self.model, self.first = REPLIES[protocol]
        self.name = f"{self.key}:{self.model}@my-{protocol}"
        self.replies: list[dict[str, Any]] = []
        self.bodies: list[dict[str, Any]] = []

    def script(self, peer: Any) -> None:
        self.bodies.append(peer.request["body"])
        peer.whole(200, self.replies.pop(0))


@pytest.fixture(scope="module")
def conversation(tmp_path_factory) -> Iterator[tuple[Any, dict[str, Speaker], Any]]:
    """Hold the whole of it; return the chat, the speakers, and the ledger's rows.

    Each provider wants tools in its turn, but for the last.
    """
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("NBPROVIDER_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setattr(session.session, "_SESSIONS", {})
        speakers = begun(stack)
        for turn in range(TURNS):
            if turn == TURNS // 2:  # another kernel goes on
                session.current().ledger.close()
                patch.setattr(session.session, "_SESSIONS", {})
            ask(turn, speakers[PROTOCOLS[turn % len(PROTOCOLS)]])
        yield nbprovider.Chat("moving"), speakers, nbprovider.usage()


def begun(stack: ExitStack) -> dict[str, Speaker]:
    """Begin a server for each protocol, with an account of its own."""
    speakers = {protocol: Speaker(protocol) for protocol in PROTOCOLS}
    for speaker in speakers.values():
        server = stack.enter_context(serving(speaker.script))
        nbprovider.accounts.add(
            speaker.key,
            "sk-test-0123456789abcdefghij",
            name=f"my-{speaker.protocol}",
            base_url=server.url,
            protocol=speaker.protocol,
        )
    return speakers


def ask(turn: int, speaker: Speaker) -> None:
    wants_tools = turn < TURNS - len(PROTOCOLS)
    speaker.replies = [
        *([speaker.first] if wants_tools else []),
        last(speaker.protocol, f"A{turn}"),
    ]
    picture = [Media("image", "image/png", PNG)] if turn % 3 == 0 else []
    answer = nbprovider.Chat("moving", system="Be short.").ask(
        [f"Q{turn}", *picture],
        model=speaker.name,
        tools=[weather],
        approve="always",
        whole=True,
        fallback=False,
    )
    assert answer.text == f"A{turn}"
    assert speaker.replies == []


def every(speakers: dict[str, Speaker]) -> list[tuple[str, dict[str, Any]]]:
    return [(p, body) for p, speaker in speakers.items() for body in speaker.bodies]


def test_nothing_of_the_conversation_is_lost(conversation):
    """Row 30 of the rivals: switching models loses the conversation."""
    chat, speakers, _ = conversation
    assert len(every(speakers)) == 2 * TURNS - len(PROTOCOLS)
    said = [message.text for message in chat.messages if message.role == "user"]
    assert said == [f"Q{turn}" for turn in range(TURNS)]
    for protocol, speaker in speakers.items():
        sent = json.dumps(speaker.bodies[-1])
        turn = TURNS - len(PROTOCOLS) + PROTOCOLS.index(protocol)
        for earlier in range(turn):
            assert f'"Q{earlier}"' in sent, (protocol, earlier)
            assert f'"A{earlier}"' in sent, (protocol, earlier)
        assert sent.count(b64encode(PNG).decode()) == turn // 3 + 1
        assert sent.count(b64encode(CHART).decode()) == TURNS - len(PROTOCOLS)
        assert sent.count("Rain in London.") == TURNS - len(PROTOCOLS)
        assert "Be short." in sent


def test_a_thought_with_its_proof_goes_to_its_maker_alone(conversation):
    """Row 27 of the rivals: reasoning is lost, or sent back without its signature."""
    _, speakers, _ = conversation
    own = TURNS // len(PROTOCOLS) - 1
    for protocol, speaker in speakers.items():
        sent, came = json.dumps(speaker.bodies[-1]), json.dumps(REPLIES[protocol][2])
        if protocol in SEALED:
            assert sent.count(SEAL) == came.count(SEAL) * own
        else:
            assert SEAL not in sent
        assert sent.count(THOUGHT) <= own


def test_each_call_of_a_tool_is_followed_by_its_result(conversation):
    """No two calls of one request share an id, though each provider counts from the start."""
    _, speakers, _ = conversation
    for protocol, body in every(speakers):
        assert_answered(protocol, body)


def assert_answered(protocol: str, body: dict[str, Any]) -> None:
    """Check that each call is followed by its result, before anything else is said."""
    open_calls: list[str] = []
    seen: list[str] = []
    for item in turns_of(body):
        calls, results = calls_in(item), results_in(item)
        assert not (open_calls and not calls and not results), (protocol, item)
        open_calls += calls
        seen += calls
        for result in results:
            assert open_calls.pop(0) == result, protocol
    assert open_calls == []
    assert len(set(seen)) == len(seen) or protocol in NAMED, protocol


NAMED = ("gemini", "ollama")
"""Protocols in which a result may name its call by the tool's name alone."""


def turns_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    found = body.get("messages") or body.get("contents") or body.get("input")
    return list(found)


def calls_in(item: dict[str, Any]) -> list[str]:
    if item.get("type") == "function_call":
        return [item["call_id"]]
    blocks = item.get("content") if isinstance(item.get("content"), list) else []
    found = [one["id"] for one in blocks if one.get("type") == "tool_use"]
    found += [one.get("id") or one["function"]["name"] for one in item.get("tool_calls") or ()]
    parts = [one["functionCall"] for one in item.get("parts") or () if "functionCall" in one]
    return found + [part.get("id") or part["name"] for part in parts]


def results_in(item: dict[str, Any]) -> list[str]:
    if item.get("type") == "function_call_output":
        return [item["call_id"]]
    if item.get("role") == "tool":
        return [item.get("tool_call_id") or item.get("tool_name")]
    blocks = item.get("content") if isinstance(item.get("content"), list) else []
    found = [one["tool_use_id"] for one in blocks if one.get("type") == "tool_result"]
    parts = [
        one["functionResponse"] for one in item.get("parts") or () if "functionResponse" in one
    ]
    return found + [part.get("id") or part["name"] for part in parts]


def test_each_request_is_valid_by_the_vendors_own_types(conversation):
    """The judges are no rubber stamps: a role that is none is found."""
    _, speakers, _ = conversation
    bodies = every(speakers)
    found = wrongs([*bodies, *((protocol, spoilt(body)) for protocol, body in bodies)])
    assert [one for one in found[: len(bodies)] if one] == []
    assert [one for one in found[len(bodies) :] if not one] == []


def spoilt(body: dict[str, Any]) -> dict[str, Any]:
    sent = json.dumps(body).replace('"role": "user"', '"role": 7').replace('"weather"', "[7]")
    return json.loads(sent)


def test_every_call_is_in_the_ledger(conversation):
    _, speakers, rows = conversation
    assert len(rows) == len(every(speakers))
    assert set(rows["status"]) == {"ok"}
    assert set(rows["provider"]) == {speaker.key for speaker in speakers.values()}


@pytest.fixture
def speakers(monkeypatch):
    """Return who speaks each protocol, each an account of its own."""
    with ExitStack() as stack:
        yield begun(stack)


def test_a_chat_that_was_interrupted_within_a_tool_goes_on_with_anybody(speakers):
    """Row 9 of the rivals: an interrupted answer is kept, billed, and the history stays legal."""
    bodies = [sent for broken in PROTOCOLS for sent in after_an_interrupt(broken, speakers)]
    assert [wrong for wrong in wrongs(bodies) if wrong] == []
    assert len(nbprovider.usage()) == len(PROTOCOLS) * (1 + len(PROTOCOLS))


def after_an_interrupt(broken: str, speakers: dict[str, Speaker]) -> list[tuple[str, Any]]:
    """Interrupt a chat within a tool, go on with each in turn; return what they were sent."""
    chat = nbprovider.Chat(f"stopped by {broken}")
    first = speakers[broken]

    def weather(city: str) -> str:
        """Tell the weather of a city."""
        raise KeyboardInterrupt

    first.replies = [first.first]
    with pytest.raises(KeyboardInterrupt):
        chat.ask("Q", model=first.name, tools=[weather], approve="always", whole=True)
    for protocol, speaker in speakers.items():
        speaker.replies = [last(protocol, "fine")]
        assert chat.ask("And now?", model=speaker.name, whole=True, fallback=False).text == "fine"
        assert_answered(protocol, speaker.bodies[-1])
        assert "London" in json.dumps(speaker.bodies[-1])
    return [(protocol, speaker.bodies[-1]) for protocol, speaker in speakers.items()]
