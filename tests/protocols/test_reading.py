"""One reply is read to its end, whatever shape its body has."""

from __future__ import annotations

import contextlib
import json
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbprovider import protocols
from nbprovider.catalog import Provider
from nbprovider.errors import ProviderError, RateLimited, Unavailable
from nbprovider.protocols.reading import Reading
from nbprovider.types import Call, Event, Finish, Message, Text, fold
from recorded import pieces

QUESTION = (Message("user", (Text("Hello?"),)),)
WORD = b'{"choices":[{"index":0,"delta":{"content":"word "}}]}'
END = b'{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}'
WHOLE = b'{"choices":[{"index":0,"message":{"content":"word"},"finish_reason":"stop"}]}'
COUNT = b'{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}'
DONE = b"[DONE]"


def stream(*payloads: bytes) -> bytes:
    return b"".join(b"data: " + payload + b"\n\n" for payload in payloads)


def reading(*, streamed: bool = True) -> Reading:
    provider = Provider("someone", "Someone", "openai_chat")
    call = Call("model", QUESTION, stream=streamed)
    return Reading(protocols.load("openai_chat"), call, provider)


def read(data: bytes, *, streamed: bool = True, cuts="whole") -> list[Event]:
    reply = reading(streamed=streamed)
    events = [event for piece in pieces(data, cuts) for event in reply.feed(piece)]
    return events + list(reply.close())


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("cuts", ["whole", "bytes"])
@pytest.mark.parametrize(
    "data", [stream(WORD, END, DONE), stream(WORD, DONE), stream(WORD, END), WHOLE]
)
def test_what_was_asked_for_and_what_comes_may_differ(data: bytes, streamed, cuts):
    """A stream that nobody asked for and a whole answer instead of one are both read."""
    turn = fold(read(data, streamed=streamed, cuts=cuts))
    assert turn.text.strip() == "word"
    assert turn.finish == "stop"


def test_what_comes_after_the_end_mark_is_read():
    """Tokens counted after `[DONE]` are not lost."""
    assert fold(read(stream(WORD, END, DONE, COUNT))).usage.output == 2


@pytest.mark.parametrize("behind", [b'data: {"a": [}\n\n', b"data: nope\n\n", b'{"a": ['])
def test_garbage_behind_the_end_takes_nothing_from_the_answer(behind: bytes):
    assert fold(read(stream(WORD, END) + behind)).text == "word "


@pytest.mark.parametrize("frame", [b"data: %s\n\n", b"data: %s", b"%s"])
def test_an_error_that_the_provider_tells_behind_the_end_is_one(frame: bytes):
    error = b'{"error": {"message": "The operation was cancelled.", "code": 500}}'
    with pytest.raises(Unavailable, match="cancelled"):
        read(stream(WORD, END) + frame % error)


def test_an_array_is_read_item_by_item():
    turn = fold(read(b"[" + b",".join([WORD, WORD, END]) + b"]"))
    assert turn.text == "word word "


@pytest.mark.parametrize("data", [stream(WORD), stream(WORD, WORD)[:-3], WHOLE[:-9]])
def test_a_reply_without_its_end_is_cut_short(data: bytes):
    """It may be tried again, and is never taken for an answer."""
    with pytest.raises(Unavailable) as caught:
        read(data)
    assert caught.value.may_retry


def test_silence_is_no_answer():
    with pytest.raises(Unavailable, match="No answer came"):
        read(b": waiting\n\n")


def test_what_was_said_before_the_cut_is_kept():
    reply = reading()
    assert fold(reply.feed(stream(WORD))).text == "word "
    assert not reply.finished
    with pytest.raises(Unavailable, match="cut short"):
        list(reply.close())


def test_finished_says_whether_the_provider_ended_the_reply():
    reply = reading()
    assert [type(event) for event in reply.feed(stream(END))] == [Finish]
    assert reply.finished


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize(
    "data",
    [
        stream(WORD, b'{"error":{"message":"slow down","code":429}}'),
        b'{"error":{"message":"slow down","code":"rate_limit_exceeded"}}',
        b'[{"error":{"message":"slow down","code":429}}]',
    ],
)
def test_an_error_inside_a_200_is_raised(data: bytes, streamed):
    with pytest.raises(RateLimited, match="slow down"):
        read(data, streamed=streamed)


@pytest.mark.parametrize(
    "payload", [b"1", b'"words"', b"[1]", b"null", b'{"choices":[{"delta":7}]}']
)
def test_a_payload_of_another_shape_is_an_error_that_says_so(payload: bytes):
    """A server that speaks something else ends in words, not in a traceback."""
    with pytest.raises(Unavailable, match="garbled"):
        read(stream(payload))


NAMES = st.sampled_from(
    (
        *("choices", "delta", "message", "content", "tool_calls", "function", "index", "id"),
        *("name", "arguments", "usage", "reasoning", "reasoning_details", "error", "code"),
        *("x_groq", "citations", "annotations", "finish_reason", "prompt_tokens"),
    )
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=4), st.booleans())
def test_payloads_of_any_shape_raise_nothing_but_our_errors(values: list[Any], streamed):
    """Known names in unknown shapes: what a server of another kind might send."""
    with contextlib.suppress(ProviderError):
        read(stream(*(json.dumps(value).encode() for value in values)), streamed=streamed)


@given(st.binary(max_size=300), st.booleans())
def test_garbage_raises_nothing_but_our_errors(data: bytes, streamed):
    with pytest.raises(ProviderError):
        read(data, streamed=streamed)


def test_two_replies_read_in_turns_do_not_mix():
    first, second = reading(), reading()
    said: tuple[list[Event], list[Event]] = ([], [])
    other = WORD.replace(b"word", b"else")
    for one, two in zip(stream(WORD, WORD, END), stream(other, other, END), strict=True):
        said[0].extend(first.feed(bytes([one])))
        said[1].extend(second.feed(bytes([two])))
    assert (fold(said[0]).text, fold(said[1]).text) == ("word word ", "else else ")


@pytest.mark.parametrize("name", sorted(protocols.OWN - {"json_proxy"}))
@pytest.mark.parametrize("body", [b'["a"]', b"[7, null]", b'{"error": ["x"]}', b'{"content": 1}'])
def test_a_body_of_another_shape_is_an_error_of_ours_in_every_protocol(name, body):
    """A list of words, say: also where the protocol looks at it before it says anything.

    What a gateway's own JSON looks like stands in its file: test_json_proxy.py.
    """
    call = Call("m", (Message("user", (Text("Hello"),)),), stream=False)
    of_another = Reading(protocols.load(name), call, Provider("someone", "Someone", name))
    with pytest.raises(ProviderError):
        list(chain(of_another.feed(body), of_another.close()))
