"""Converse's replies and refusals, on little samples of our own."""

import json
from base64 import b64encode
from typing import Any

import pytest

from event_stream import event, exception
from nbprovider import catalog
from nbprovider.catalog import Endpoint
from nbprovider.errors import (
    BadRequest,
    ContextTooLong,
    Forbidden,
    Overloaded,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
    Unavailable,
    UnknownModel,
)
from nbprovider.protocols import bedrock
from nbprovider.protocols.reading import Reading
from nbprovider.types import (
    Call,
    Citation,
    Media,
    Message,
    Opaque,
    Served,
    Text,
    Thinking,
    ToolCall,
    Turn,
    Usage,
    fold,
)

PROVIDER = catalog.find("bedrock")
END = event("messageStop", {"stopReason": "end_turn"})


def call(*, stream: bool = True) -> Call:
    return Call("m", (Message("user", (Text("?"),)),), stream=stream)


def turn(*events: bytes) -> Turn:
    reading = Reading(bedrock, call(), PROVIDER)
    said = list(reading.feed(b"".join(events)))
    return fold([*said, *reading.close()])


def whole(*content: Any, **more: Any) -> Turn:
    payload = {"output": {"message": {"content": list(content)}}, "stopReason": "end_turn", **more}
    reading = Reading(bedrock, call(stream=False), PROVIDER)
    said = list(reading.feed(json.dumps(payload).encode()))
    return fold([*said, *reading.close()])


def delta(index: int, **piece: Any) -> bytes:
    return event("contentBlockDelta", {"contentBlockIndex": index, "delta": piece, "p": "abc"})


def start(index: int, **piece: Any) -> bytes:
    return event("contentBlockStart", {"contentBlockIndex": index, "start": piece})


def stop(index: int) -> bytes:
    return event("contentBlockStop", {"contentBlockIndex": index})


def test_words_thoughts_and_calls_are_joined_by_block() -> None:
    said = turn(
        event("messageStart", {"role": "assistant"}),
        delta(0, reasoningContent={"text": "so "}),
        delta(0, reasoningContent={"text": "then"}),
        delta(0, reasoningContent={"signature": "sig"}),
        stop(0),
        delta(1, text="He"),
        delta(1, text="llo"),
        start(2, toolUse={"toolUseId": "t1", "name": "add"}),
        start(3, toolUse={"toolUseId": "t2", "name": "now"}),
        delta(2, toolUse={"input": '{"a":'}),
        delta(2, toolUse={"input": "1}"}),
        event("messageStop", {"stopReason": "tool_use"}),
    )
    assert said.parts == (
        Thinking("so then", "sig"),
        Text("Hello"),
        ToolCall("t1", "add", '{"a":1}'),
        ToolCall("t2", "now", ""),
    )
    assert (said.finish, said.raw_finish) == ("tool_calls", "tool_use")


def test_a_whole_reply_has_the_same_parts() -> None:
    said = whole(
        {"reasoningContent": {"reasoningText": {"text": "so", "signature": "sig"}}},
        {"reasoningContent": {"redactedContent": "AAEC"}},
        {"text": "Hello"},
        {"toolUse": {"toolUseId": "t1", "name": "add", "input": {"a": 1}}},
        {"toolUse": {"toolUseId": "t2", "name": "now", "input": {}}},
        {"something": {"new": 1}},
    )
    hidden = {"reasoningContent": {"redactedContent": "AAEC"}}
    assert said.parts == (
        Thinking("so", "sig"),
        Opaque("bedrock", hidden),
        Text("Hello"),
        ToolCall("t1", "add", '{"a":1}'),
        ToolCall("t2", "now", ""),
    )


def test_a_picture_is_a_part_in_pieces_or_whole_and_goes_back() -> None:
    drawn = Media("image", "image/png", b"a picture")
    streamed = turn(
        start(0, image={"format": "png"}),
        delta(0, image={"source": {"bytes": b64encode(b"a pic").decode()}}),
        delta(0, image={"source": {"bytes": b64encode(b"ture").decode()}}),
        stop(0),
        delta(1, text="There."),
        event("messageStop", {"stopReason": "end_turn"}),
    )
    wire = {"image": {"format": "png", "source": {"bytes": b64encode(b"a picture").decode()}}}
    assert streamed.parts == whole(wire, {"text": "There."}).parts == (drawn, Text("There."))
    asked = (*call().messages, streamed.message(), *call().messages)
    body = bedrock.build(Call("m", asked), Endpoint(PROVIDER, "https://a.example")).body
    assert json.loads(body)["messages"][1]["content"][0] == wire


def test_sound_in_a_whole_reply_is_a_part() -> None:
    wire = {"audio": {"format": "mp3", "source": {"bytes": b64encode(b"a song").decode()}}}
    assert whole(wire).parts == (Media("audio", "audio/mpeg", b"a song"),)


def test_a_hidden_thought_in_pieces_is_one_block() -> None:
    pieces = [delta(0, reasoningContent={"redactedContent": one}) for one in ("AA==", "AQI=")]
    hidden = {"reasoningContent": {"redactedContent": "AAEC"}}
    assert turn(*pieces, END).parts == (Opaque("bedrock", hidden),)


def test_a_tool_that_bedrock_ran_is_marked_and_its_result_kept() -> None:
    used = {"toolUseId": "t", "name": "code", "type": "server_tool_use"}
    result = {"toolUseId": "t", "status": "success"}
    said = turn(
        start(0, toolUse=used),
        delta(0, toolUse={"input": "{}"}),
        start(1, toolResult=result),
        delta(1, toolResult=[{"text": "4"}]),
        stop(1),
        END,
    )
    kept = {"toolResult": {**result, "content": [{"text": "4"}]}}
    assert said.parts == (
        ToolCall("t", "code", "{}", {"type": "server_tool_use"}),
        Opaque("bedrock", kept),
    )


@pytest.mark.parametrize(
    ("wire", "source", "title", "quoted"),
    [
        (
            {"location": {"web": {"url": "https://a.example/b", "domain": "a.example"}}},
            "https://a.example/b",
            "a.example",
            "",
        ),
        (
            {
                "title": "Policy",
                "location": {"documentChar": {"documentIndex": 0, "start": 1, "end": 2}},
                "sourceContent": [{"text": "twenty "}, {"text": "days"}],
            },
            "Policy",
            "Policy",
            "twenty days",
        ),
        ({"location": {"documentPage": {"documentIndex": 2}}}, "document 2", "", ""),
    ],
)
def test_a_citation_follows_its_text_wherever_in_the_block_it_comes(
    wire: Any, source: str, title: str, quoted: str
) -> None:
    cited = Citation(source, quoted, title, wire)
    before = turn(delta(0, citation=wire), delta(0, text="Yes."), END)
    after = turn(delta(0, text="Yes."), delta(0, citation=wire), END)
    both = {"content": [{"text": "Yes."}], "citations": [wire]}
    one = whole({"citationsContent": both})
    assert before.parts == after.parts == one.parts == (Text("Yes."), cited)


def test_counts_leave_out_the_cache_and_name_the_hour_and_the_tier() -> None:
    usage = {
        "inputTokens": 10,
        "outputTokens": 5,
        "totalTokens": 45,
        "cacheReadInputTokens": 20,
        "cacheWriteInputTokens": 10,
        "cacheDetails": [{"ttl": "5m", "inputTokens": 3}, {"ttl": "1h", "inputTokens": 7}],
    }
    counted = Usage(10, 5, 20, 10, extra={"cache_write_1h": 7, "tier": "priority"})
    told = {"usage": usage, "serviceTier": {"type": "priority"}}
    assert turn(delta(0, text="x"), END, event("metadata", told)).usage == counted
    assert whole({"text": "x"}, **told).usage == counted


def test_the_model_that_a_router_chose_is_the_one_that_served() -> None:
    trace = {"promptRouter": {"invokedModelId": "arn:aws:bedrock:::foundation-model/x"}}
    reading = Reading(bedrock, call(), PROVIDER)
    said = list(reading.feed(END + event("metadata", {"trace": trace})))
    assert Served("arn:aws:bedrock:::foundation-model/x") in said


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("max_tokens", "length"),
        ("stop_sequence", "stop"),
        ("guardrail_intervened", "refused"),
        ("content_filtered", "refused"),
        ("malformed_tool_use", "other"),
        ("something_new", "other"),
    ],
)
def test_every_reason_has_our_word(raw: str, reason: str) -> None:
    said = turn(event("messageStop", {"stopReason": raw}))
    assert (said.finish, said.raw_finish) == (reason, raw)


def test_a_stream_without_its_reason_is_cut_short() -> None:
    with pytest.raises(Unavailable, match="cut short"):
        turn(delta(0, text="x"))


@pytest.mark.parametrize(
    ("name", "words", "kind"),
    [
        ("throttlingException", "Too many requests", RateLimited),
        ("serviceUnavailableException", "busy", Overloaded),
        ("internalServerException", "oops", Unavailable),
        ("modelStreamErrorException", "lost", Unavailable),
        ("modelTimeoutException", "slow", Unavailable),
        ("validationException", "no such field", BadRequest),
        ("validationException", "Input is too long for requested model.", ContextTooLong),
        ("unheardOfException", "what", Unavailable),
    ],
)
def test_an_exception_in_the_stream_is_the_error_that_it_names(
    name: str, words: str, kind: type[ProviderError]
) -> None:
    with pytest.raises(ProviderError) as caught:
        turn(delta(0, text="x"), exception(name, {"message": words}))
    assert type(caught.value) is kind
    assert words in caught.value.message
    assert caught.value.code == name


@pytest.mark.parametrize(
    ("status", "name", "words", "kind"),
    [
        (400, "ValidationException", "Bad field", BadRequest),
        (400, "ValidationException", "The provided model identifier is invalid.", UnknownModel),
        (400, "ValidationException", "Input is too long for requested model.", ContextTooLong),
        (400, "ServiceQuotaExceededException", "Over", QuotaExhausted),
        (403, "AccessDeniedException", "No", Forbidden),
        (403, "UnrecognizedClientException", "No", Unauthorized),
        (403, "ExpiredTokenException", "The security token is expired", Unauthorized),
        (403, "InvalidSignatureException", "No", Unauthorized),
        (404, "ResourceNotFoundException", "No", UnknownModel),
        (408, "ModelTimeoutException", "No", Unavailable),
        (424, "ModelErrorException", "No", Unavailable),
        (429, "ThrottlingException", "No", RateLimited),
        (429, "ModelNotReadyException", "No", Overloaded),
        (500, "InternalServerException", "No", Unavailable),
        (503, "ServiceUnavailableException", "No", Overloaded),
    ],
)
def test_a_refusal_is_the_error_that_its_header_or_its_body_names(
    status: int, name: str, words: str, kind: type[ProviderError]
) -> None:
    header = {"x-amzn-errortype": f"{name}:http://internal.amazon.com/coral/com.amazon.bedrock/"}
    named = {"__type": f"com.amazon.coral#{name}", "Message": words}
    by_header = bedrock.error(status, header, json.dumps({"message": words}).encode())
    by_body = bedrock.error(status, {}, json.dumps(named).encode())
    for error in (by_header, by_body):
        assert type(error) is kind
        assert error.code == name
        assert words in error.message


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("Invocation of model ID x with on-demand throughput isn\u2019t supported.", "us., eu."),
        ("You don't have access to the model with the specified model ID.", "Bedrock console"),
        ("The security token included in the request is expired", "Log in to AWS"),
    ],
)
def test_what_only_bedrock_says_has_a_hint_of_its_own(words: str, hint: str) -> None:
    error = bedrock.error(400, {}, json.dumps({"message": words}).encode())
    assert hint in error.hint


def test_an_agreement_being_made_is_a_wait_and_no_refusal() -> None:
    headers = {"x-amzn-errortype": "AccessDeniedException", "x-amzn-requestid": "r-1"}
    words = b'{"message": "MPAgreementBeingCreated"}'
    error = bedrock.error(403, headers, words)
    assert type(error) is Unavailable
    assert error.retry_after == 900
    assert error.request_id == "r-1"
