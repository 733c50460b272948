"""A call as a generator, driven by hand: no clock, no network."""

from __future__ import annotations

import json

import pytest

from nbprovider import catalog
from nbprovider.catalog import Endpoint, Provider
from nbprovider.credentials import Access, Secret
from nbprovider.errors import (
    BadRequest,
    MissingKey,
    NoRoute,
    Overloaded,
    RateLimited,
    Stalled,
    Unauthorized,
    Unavailable,
    UsageError,
)
from nbprovider.flow import Means, Policy, attempt, discover, resilient
from nbprovider.types import (
    Answered,
    Block,
    Call,
    Delta,
    Failed,
    Fold,
    Head,
    Media,
    Message,
    Opaque,
    Opened,
    Options,
    Read,
    Route,
    Send,
    Sending,
    Sleep,
    Started,
    Text,
    Thinking,
    fold,
)

KEY = "sk-handdriven0123456789abcdef"
CALL = Call("m", (Message("user", (Text("hi"),)),))
STEADY = Policy(jitter=lambda: 0.5)


def access(key="openai", base_url="http://127.0.0.1:1/v1"):
    return Access(Endpoint(catalog.find(key), base_url), Secret(KEY), "Authorization: Bearer {key}")


def route(key="openai", model="m"):
    return Route(key, model, key, "test")


def chunk(text, reason=None):
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": reason}
    return f"data: {json.dumps({'choices': [choice]})}\n\n".encode()


class Hand:
    """Drive a flow: answer its steps from lists, keep what it said and asked for."""

    def __init__(self, flow, *replies):
        self.flow, self.replies = flow, list(replies)
        self.events, self.steps, self.result = [], [], None

    def drive(self):
        value, failure = None, None
        body: list = []
        while True:
            try:
                step = self.flow.throw(failure) if failure else self.flow.send(value)
            except StopIteration as end:
                self.result = end.value
                return self
            value = failure = None
            if not isinstance(step, Send | Read | Sleep | Block):
                self.events.append(step)
                continue
            self.steps.append(step)
            if isinstance(step, Block):
                try:
                    value = step.function()
                except Exception as error:  # noqa: BLE001 - as a driver hands it on
                    failure = error
            elif isinstance(step, Send):
                reply = self.replies.pop(0)
                if isinstance(reply, Exception):
                    failure = reply
                else:
                    value, *body = reply
            elif isinstance(step, Read):
                value = body.pop(0) if body else b""
                if isinstance(value, Exception):
                    value, failure = None, value

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


OK = (Head(200, {"x-request-id": "r7"}), chunk("Hel"), chunk("lo", "stop"))


def test_the_last_word_before_a_request_leaves_is_that_it_does():
    flow = attempt(CALL, access())
    assert (next(flow), type(next(flow))) == (Sending("127.0.0.1"), Send)


@pytest.mark.parametrize("kind", ["image", "audio", "video", "document"])
def test_media_that_a_provider_cannot_take_are_refused_by_name_before_anything_is_sent(kind):
    parts = (Text("What is it?"), Media(kind, f"{kind}/x", b"1"))
    with pytest.raises(UsageError, match=f"Embedded model cannot take the {kind}"):
        next(attempt(Call("m", (Message("user", parts),)), access("embedded")))


def test_a_text_file_is_no_medium_that_could_be_refused():
    call = Call("m", (Message("user", (Media("document", "text/plain", b"hi", name="a.txt"),)),))
    assert next(attempt(call, access("embedded"))) == Sending("127.0.0.1")


def test_an_attempt_says_what_it_hears_in_order():
    hand = Hand(attempt(CALL, access()), OK).drive()
    assert [e.part.text for e in hand.of(Delta)] == ["Hel", "lo"]
    assert hand.of(Opened)[0].request_id == "r7"
    assert hand.events[-1].reason == "stop"


def test_a_request_carries_the_key_in_its_header_only():
    hand = Hand(attempt(CALL, access()), OK).drive()
    request = hand.steps[0].request
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert KEY.encode() not in request.body
    assert KEY not in request.url


def test_a_reply_that_stops_without_its_end_is_an_error():
    with pytest.raises(Unavailable):
        Hand(attempt(CALL, access()), (Head(200, {}), chunk("Hel"))).drive()


def test_a_connection_lost_after_the_last_word_is_no_error():
    lost = Unavailable("lost")
    hand = Hand(attempt(CALL, access()), (Head(200, {}), chunk("Hi", "stop"), lost)).drive()
    assert hand.events[-1].reason == "stop"


def test_an_error_that_comes_after_the_last_word_is_one():
    told = b'data: {"error": {"message": "cancelled", "code": 500}}\n\n'
    with pytest.raises(Unavailable, match="cancelled"):
        Hand(attempt(CALL, access()), (Head(200, {}), chunk("Hi", "stop"), told)).drive()


def test_a_connection_lost_before_the_last_word_is_an_error():
    with pytest.raises(Unavailable, match="lost"):
        Hand(attempt(CALL, access()), (Head(200, {}), chunk("Hi"), Unavailable("lost"))).drive()


def test_a_redirect_is_not_followed_and_named():
    head = Head(307, {"location": "https://elsewhere.example/v1?token=abc"})
    with pytest.raises(Unavailable, match=r"elsewhere\.example/v1\.") as raised:
        Hand(attempt(CALL, access()), (head,)).drive()
    assert "token" not in str(raised.value)


def test_an_unknown_option_is_refused_before_anything_is_sent():
    refused = Call("m", CALL.messages, Options(top_k=3))
    hand = Hand(attempt(refused, access("openai")))
    with pytest.raises(UsageError, match="top_k"):
        hand.drive()
    assert not hand.steps


def test_what_only_another_provider_understands_stays_behind():
    foreign = Message(
        "assistant",
        (Thinking("hm", "sig"), Text("4", {"x": 1}), Opaque("anthropic", {"type": "y"})),
        "anthropic",
    )
    call = Call("m", (CALL.messages[0], foreign, CALL.messages[0]))
    hand = Hand(attempt(call, access()), OK).drive()
    body = hand.steps[0].request.body
    assert b'"4"' in body
    assert b"hm" not in body
    assert b"sig" not in body


ZEN = Provider("zen", "Zen", "openai_chat", model_protocols={"claude-": "anthropic"})
SIGNED = Thinking("hm", "sig")


@pytest.mark.parametrize(
    ("model", "origin", "sent"),
    [
        ("claude-x", "zen/anthropic", True),
        ("claude-x", "zen", False),
        ("kimi", "zen/anthropic", False),
    ],
)
def test_a_gateway_is_asked_in_the_models_protocol_and_sent_only_what_that_one_signed(
    model, origin, sent
):
    said = Message("assistant", (SIGNED, Text("4")), origin)
    at = Access(Endpoint(ZEN, "https://zen.example/v1"), Secret(KEY), "Authorization: Bearer {key}")
    flow = attempt(Call(model, (CALL.messages[0], said, CALL.messages[0])), at)
    assert next(flow) == Sending("zen.example")
    request = next(flow).request
    assert request.url.endswith("/messages" if model == "claude-x" else "/chat/completions")
    assert (b'"sig"' in request.body) is sent
    opened = flow.send(Head(200, {}))
    assert opened.origin == ("zen/anthropic" if model == "claude-x" else "zen")
    assert fold([Started(route("zen"), 1), opened]).message().origin == opened.origin


def test_what_may_heal_is_tried_again_after_a_growing_wait():
    flow = resilient(CALL, (route(),), Means(lambda _: access(), STEADY))
    hand = Hand(flow, Unavailable("1"), Overloaded("2"), OK).drive()
    assert [s.seconds for s in hand.steps if isinstance(s, Sleep)] == [1.0, 2.0]
    assert [e.attempt for e in hand.of(Started)] == [1, 2, 3]
    assert isinstance(hand.events[-1], Answered)


def test_a_wait_that_the_provider_asks_for_is_kept():
    flow = resilient(CALL, (route(),), Means(lambda _: access(), STEADY))
    hand = Hand(flow, RateLimited("slow", retry_after=7), OK).drive()
    assert [s.seconds for s in hand.steps if isinstance(s, Sleep)] == [7]


def test_a_wait_that_is_too_long_is_not_waited():
    flow = resilient(CALL, (route(),), Means(lambda _: access(), STEADY))
    hand = Hand(flow, RateLimited("slow", retry_after=3600))
    with pytest.raises(RateLimited):
        hand.drive()
    assert not [s for s in hand.steps if isinstance(s, Sleep)]


@pytest.mark.parametrize("error", [Unauthorized("key"), BadRequest("no"), MissingKey("none")])
def test_what_cannot_heal_is_not_tried_again(error):
    hand = Hand(resilient(CALL, (route(),), Means(lambda _: access(), STEADY)), error)
    with pytest.raises(type(error)):
        hand.drive()
    assert len(hand.of(Started)) == 1
    assert hand.of(Failed)[0].next_route is None


def test_tries_are_limited_and_the_last_error_is_raised():
    errors = [Stalled("1"), Stalled("2"), Stalled("3")]
    hand = Hand(resilient(CALL, (route(),), Means(lambda _: access(), STEADY)), *errors)
    with pytest.raises(Stalled, match="3"):
        hand.drive()
    assert [e.wait is None for e in hand.of(Failed)] == [False, False, True]


def test_the_next_route_answers_where_the_first_may_not():
    routes = (route("openai"), route("groq", "other"))
    flow = resilient(CALL, routes, Means(lambda r: access(r.provider), STEADY))
    hand = Hand(flow, Unauthorized("key"), OK).drive()
    assert [e.route.provider for e in hand.of(Started)] == ["openai", "groq"]
    assert hand.of(Failed)[0].next_route.provider == "groq"
    assert b'"other"' in _last_request(hand).body


def _last_request(hand):
    return [s for s in hand.steps if isinstance(s, Send)][-1].request


def test_a_refused_call_is_not_put_to_another_route():
    routes = (route("openai"), route("groq"))
    hand = Hand(
        resilient(CALL, routes, Means(lambda r: access(r.provider), STEADY)), BadRequest("no")
    )
    with pytest.raises(BadRequest):
        hand.drive()
    assert len(hand.of(Started)) == 1


def test_when_no_route_answers_every_reason_is_told():
    routes = (route("openai"), route("groq"))
    flow = resilient(CALL, routes, Means(lambda r: access(r.provider), STEADY))
    with pytest.raises(NoRoute, match=r"(?s)openai:m: bad key.*groq:m: no credit") as raised:
        Hand(flow, Unauthorized("bad key"), Unauthorized("no credit")).drive()
    assert len(raised.value.errors) == 2


def test_a_failure_in_mid_stream_voids_what_was_shown():
    """Row 15 of the rivals: litellm never retries a failure in mid-stream."""
    cut = (Head(200, {}), chunk("wro"))
    hand = Hand(resilient(CALL, (route(),), Means(lambda _: access(), STEADY)), cut, OK).drive()
    fold = Fold()
    for event in hand.events:
        fold.saw(event)
    assert fold.turn().text == "Hello"


def test_an_error_says_where_it_happened_and_holds_no_key():
    quoting = Unauthorized(f"wrong key {KEY}", detail=f"Bearer {KEY}")
    with pytest.raises(Unauthorized) as raised:
        Hand(resilient(CALL, (route(),), Means(lambda _: access(), STEADY)), quoting).drive()
    assert (raised.value.provider, raised.value.model) == ("openai", "m")
    assert KEY not in str(raised.value) + raised.value.detail


def test_models_are_listed_page_by_page():
    first = b'{"data": [{"id": "a"}], "has_more": true, "last_id": "a"}'
    second = b'{"data": [{"id": "b"}], "has_more": false, "last_id": "b"}'
    hand = Hand(discover(access("anthropic")), (Head(200, {}), first), (Head(200, {}), second))
    assert [m.id for m in hand.drive().result] == ["a", "b"]
    assert "after_id=a" in _last_request(hand).url


def test_a_list_whose_pages_lead_in_a_circle_ends():
    pages = [
        (Head(200, {}), b'{"data": [], "has_more": true, "last_id": "%s"}' % token)
        for token in (b"a", b"b", b"a")
    ]
    hand = Hand(discover(access("anthropic")), *pages).drive()
    assert hand.result == ()
    assert sum(isinstance(step, Send) for step in hand.steps) == len(pages)


def test_a_refused_list_is_the_providers_error():
    refused = (Head(401, {}), b'{"error": {"code": "invalid_api_key", "message": "no"}}')
    with pytest.raises(Unauthorized):
        Hand(discover(access()), refused).drive()
