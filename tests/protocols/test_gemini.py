"""Gemini's generateContent: our values to its bytes, and its bytes to our events."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

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
    UsageError,
)
from nbprovider.protocols import gemini
from nbprovider.protocols.contract import Listed
from nbprovider.protocols.reading import Reading
from nbprovider.types import (
    Call,
    Citation,
    Event,
    Finish,
    Media,
    Message,
    Opaque,
    Options,
    Part,
    Report,
    Served,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
    Usage,
    fold,
)
from nbprovider.types.call import Effort

BASE = "https://generativelanguage.googleapis.com/v1beta"
HELLO = (Message("user", (Text("Hello"),)),)
TOOL = Tool("look", "Look it up.", {"type": "object", "properties": {"of": {"type": "string"}}})
PIXEL = b"\x89PNG-not-really"


def google() -> Endpoint:
    return Endpoint(catalog.find("google"), BASE)


def call(*messages: Message, model: str = "gemini-3.8-flash", **more: Any) -> Call:
    return Call(model, messages or HELLO, **more)


def body(asked: Call) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(gemini.build(asked, google()).body)
    return decoded


def parts(*said: Part, model: str = "gemini-3.8-flash") -> list[dict[str, Any]]:
    """Return the wire parts of an assistant's message."""
    contents = body(call(*HELLO, Message("assistant", said, "google"), model=model))["contents"]
    found: list[dict[str, Any]] = contents[1]["parts"]
    return found


def chunk(*said: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a chunk whose candidate has these parts; `finish` becomes its reason."""
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": list(said)}}
    if finish := more.pop("finish", None):
        candidate["finishReason"] = finish
    return {"candidates": [candidate | more.pop("candidate", {})], **more}


def read(*chunks: Any, asked: Call | None = None) -> list[Event]:
    """Return the events of a stream of these chunks."""
    reading = Reading(gemini, asked or call(), catalog.find("google"))
    stream = "".join(f"data: {json.dumps(one)}\r\n\r\n" for one in chunks)
    return [*reading.feed(stream.encode()), *reading.close()]


def turn(*chunks: Any) -> Turn:
    return fold(read(*chunks))


DONE = chunk(finish="STOP")


# What is asked


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("gemini-3.8-flash", "models/gemini-3.8-flash"),
        ("models/gemini-3.8-flash", "models/gemini-3.8-flash"),
        ("tunedModels/mine-1", "tunedModels/mine-1"),
        ("odd name?x#y", "models/odd%20name%3Fx%23y"),
    ],
)
def test_a_models_name_may_say_its_collection_itself(model: str, path: str) -> None:
    streamed = gemini.build(call(model=model), google()).url
    whole = gemini.build(call(model=model, stream=False), google()).url
    assert streamed == f"{BASE}/{path}:streamGenerateContent?alt=sse"
    assert whole == f"{BASE}/{path}:generateContent"


def test_instructions_go_apart_and_neighbours_of_one_role_are_one_turn() -> None:
    asked = call(
        Message("system", (Text("Be brief."),)),
        Message("user", (Text("One"),)),
        Message("user", (Text("Two"),)),
        Message("assistant", (Text("Three"),)),
        Message("system", (Text("In verse."),)),
        Message("user", (Text("Four"),)),
    )
    assert body(asked) == {
        "systemInstruction": {"parts": [{"text": "Be brief."}, {"text": "In verse."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "One"}, {"text": "Two"}]},
            {"role": "model", "parts": [{"text": "Three"}]},
            {"role": "user", "parts": [{"text": "Four"}]},
        ],
    }


def test_media_go_as_bytes_or_by_address() -> None:
    media = (
        Media("image", "image/png", data=PIXEL),
        Media("document", "application/pdf", url="https://example.org/a.pdf"),
    )
    assert body(call(Message("user", media)))["contents"][0]["parts"] == [
        {"inlineData": {"mimeType": "image/png", "data": b64encode(PIXEL).decode()}},
        {"fileData": {"mimeType": "application/pdf", "fileUri": "https://example.org/a.pdf"}},
    ]


@pytest.mark.parametrize(
    "message",
    [
        Message("user", (Media("image", "image/png"),)),
        Message("system", (Media("image", "image/png", data=PIXEL),)),
        Message("user", (Text(""),)),
    ],
    ids=["a medium without bytes or address", "a picture as instruction", "nothing at all"],
)
def test_what_cannot_be_carried_is_refused(message: Message) -> None:
    with pytest.raises(UsageError):
        gemini.build(call(message), google())


def test_tools_are_declared_with_plain_json_schema() -> None:
    assert body(call(tools=(TOOL, Tool("now", "The time.", {}))))["tools"] == [
        {
            "functionDeclarations": [
                {
                    "name": "look",
                    "description": "Look it up.",
                    "parametersJsonSchema": TOOL.parameters,
                },
                {"name": "now", "description": "The time."},
            ]
        }
    ]


@pytest.mark.parametrize(
    ("choice", "config"),
    [
        ("none", {"mode": "NONE"}),
        ("required", {"mode": "ANY"}),
        ("look", {"mode": "ANY", "allowedFunctionNames": ["look"]}),
    ],
)
def test_a_tool_choice_becomes_a_mode(choice: str, config: dict[str, Any]) -> None:
    asked = body(call(tools=(TOOL,), tool_choice=choice))
    assert asked["toolConfig"] == {"functionCallingConfig": config}
    assert "toolConfig" not in body(call(tools=(TOOL,)))


@pytest.mark.parametrize(("choice", "tools"), [("required", ()), ("look", ()), ("other", (TOOL,))])
def test_a_tool_choice_without_that_tool_is_refused(choice: str, tools: tuple[Tool, ...]) -> None:
    with pytest.raises(UsageError, match="tool_choice"):
        body(call(tools=tools, tool_choice=choice))


def test_calls_and_results_carry_the_ids_that_gemini_gave_and_no_others() -> None:
    asked = call(
        *HELLO,
        Message(
            "assistant",
            (ToolCall("fc-7", "look", '{"of":"x"}'), ToolCall("gemini_r_2", "now")),
        ),
        Message(
            "tool",
            (ToolResult("fc-7", "look", "found"), ToolResult("gemini_r_2", "now", "12", True)),
        ),
        model="gemini-2.5-flash",
    )
    assert body(asked)["contents"][1:] == [
        {
            "role": "model",
            "parts": [
                {"functionCall": {"id": "fc-7", "name": "look", "args": {"of": "x"}}},
                {"functionCall": {"name": "now", "args": {}}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {
                    "functionResponse": {
                        "id": "fc-7",
                        "name": "look",
                        "response": {"output": "found"},
                    }
                },
                {"functionResponse": {"name": "now", "response": {"error": "12"}}},
            ],
        },
    ]


@pytest.mark.parametrize("arguments", ["{broken", "[1]"])
def test_arguments_that_are_no_object_are_sent_as_their_text(arguments: str) -> None:
    sent = parts(ToolCall("a", "look", arguments), model="gemini-2.5-pro")
    assert sent[0]["functionCall"]["args"] == {"arguments": arguments}


def test_calls_that_no_gemini_made_bear_the_documented_stand_in_for_a_signature() -> None:
    calls = (ToolCall("a", "look"), ToolCall("b", "look"))
    first, second = parts(*calls)
    assert first["thoughtSignature"] == "skip_thought_signature_validator"
    assert "thoughtSignature" not in second
    assert all("thoughtSignature" not in part for part in parts(*calls, model="gemini-2.5-pro"))


def test_only_what_gemini_said_itself_is_sent_back_of_opaque_parts_and_no_citations() -> None:
    code = {"executableCode": {"language": "PYTHON", "code": "1"}}
    sent = parts(
        Opaque("gemini", code), Opaque("anthropic", {"x": 1}), Citation("https://e.org"), Text("a")
    )
    assert sent == [code, {"text": "a"}]


@pytest.mark.parametrize(
    ("option", "value", "field", "sent"),
    [
        ("max_tokens", 9, "maxOutputTokens", 9),
        ("temperature", 0.0, "temperature", 0.0),
        ("top_p", 0.5, "topP", 0.5),
        ("top_k", 4, "topK", 4),
        ("stop", ("a", "b"), "stopSequences", ["a", "b"]),
        ("seed", 0, "seed", 0),
        ("json", True, "responseMimeType", "application/json"),
    ],
)
def test_each_option_has_its_field(option: str, value: Any, field: str, sent: Any) -> None:
    asked = call(options=Options(**{option: value}))
    assert body(asked)["generationConfig"] == {field: sent}


def test_a_schema_is_sent_as_it_is() -> None:
    schema = {"type": "object", "additionalProperties": False}
    assert body(call(schema=schema))["generationConfig"] == {
        "responseMimeType": "application/json",
        "responseJsonSchema": schema,
    }


@pytest.mark.parametrize(
    ("model", "effort", "config"),
    [
        ("gemini-3.8-flash", "low", {"thinkingLevel": "LOW", "includeThoughts": True}),
        ("gemini-4-argon", "max", {"thinkingLevel": "XHIGH", "includeThoughts": True}),
        ("models/gemini-flash-latest", "high", {"thinkingLevel": "HIGH", "includeThoughts": True}),
        ("gemini-2.5-pro", "max", {"thinkingBudget": 32768, "includeThoughts": True}),
        ("gemini-2.5-flash", "high", {"thinkingBudget": 24576, "includeThoughts": True}),
        ("models/gemini-2.5-flash-lite", "none", {"thinkingBudget": 0, "includeThoughts": False}),
    ],
)
def test_effort_is_a_level_since_gemini_3_and_a_budget_before(
    model: str, effort: Effort, config: dict[str, Any]
) -> None:
    asked = call(model=model, options=Options(effort=effort))
    assert body(asked)["generationConfig"] == {"thinkingConfig": config}


@pytest.mark.parametrize(
    ("model", "effort"),
    [("gemini-3.8-flash", "none"), ("gemini-2.5-pro", "none"), ("gemini-2.0-flash", "low")],
)
def test_an_effort_that_the_model_does_not_take_is_refused_by_name(
    model: str, effort: Effort
) -> None:
    with pytest.raises(UsageError, match=f"effort={effort}.*{model}"):
        body(call(model=model, options=Options(effort=effort)))


# What is answered

STREAM = (
    chunk({"text": "Let me ", "thought": True}, modelVersion="gemini-x", responseId="r-1"),
    chunk({"text": "see.", "thought": True}, usageMetadata={"promptTokenCount": 10}),
    chunk({"text": "Hé"}),
    chunk({"text": "llo"}),
    chunk({"functionCall": {"name": "look", "args": {"of": "x"}}, "thoughtSignature": "c2ln"}),
    chunk({"functionCall": {"id": "own", "name": "now"}}),
    chunk({"text": "after"}),
    chunk(
        {"text": "", "thoughtSignature": "ZW5k"},
        finish="STOP",
        usageMetadata={
            "promptTokenCount": 10,
            "cachedContentTokenCount": 4,
            "toolUsePromptTokenCount": 3,
            "candidatesTokenCount": 5,
            "thoughtsTokenCount": 7,
            "totalTokenCount": 25,
            "serviceTier": "standard",
        },
    ),
)
TURN = Turn(
    parts=(
        Thinking("Let me see."),
        Text("Héllo"),
        ToolCall("gemini_r-1_1", "look", '{"of":"x"}', {"thoughtSignature": "c2ln"}),
        ToolCall("own", "now", "{}"),
        Text("after"),
        Text("", {"thoughtSignature": "ZW5k"}),
    ),
    usage=Usage(9, 12, cache_read=4, reasoning=7, extra={"tier": "standard"}),
    finish="tool_calls",
    raw_finish="STOP",
    model="gemini-x",
    id="r-1",
    complete=True,
)


def _in_one_piece(chunks: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    """Return the stream's words as the service would give them not streamed."""
    merged: dict[str, Any] = {}
    said: list[dict[str, Any]] = []
    for one in chunks:
        for part in one["candidates"][0]["content"]["parts"]:
            same = said and said[-1].keys() == part.keys() and "text" in part
            if same and "thoughtSignature" not in part:
                said[-1] = part | {"text": said[-1]["text"] + part["text"]}
            else:
                said.append(part)
        merged |= one
    return merged | chunk(*said, finish="STOP")


def test_streamed_and_whole_give_the_same_turn() -> None:
    whole = Reading(gemini, call(stream=False), catalog.find("google"))
    document = json.dumps(_in_one_piece(STREAM)).encode()
    assert turn(*STREAM) == TURN
    assert fold([*whole.feed(document), *whole.close()]) == TURN


def test_a_stream_that_comes_as_a_json_array_says_the_same() -> None:
    reading = Reading(gemini, call(), catalog.find("google"))
    array = json.dumps(STREAM, indent=1).encode()
    assert fold([*reading.feed(array), *reading.close()]) == TURN


def test_streams_read_in_turns_do_not_mix() -> None:
    here, there = gemini.State(call(), google().provider), gemini.State(call(), google().provider)
    said: tuple[list[Event], list[Event]] = ([], [])
    other = (chunk({"text": "else"}), chunk({"functionCall": {"name": "now"}}), DONE)
    for index, one in enumerate(STREAM):
        said[0].extend(gemini.events(one, here))
        said[1].extend(gemini.events(other[index], there) if index < len(other) else ())
    assert fold(said[0]) == TURN
    assert fold(said[1]) == fold(read(*other))


def test_what_bears_a_signature_is_sent_back_just_as_it_came() -> None:
    said = [
        {"text": "Hm.", "thought": True, "thoughtSignature": "YQ=="},
        {"text": "One "},
        {"text": "two", "thoughtSignature": "Yg=="},
        {"text": " three"},
        {"functionCall": {"id": "f", "name": "look", "args": {}}, "thoughtSignature": "Yw=="},
        {"functionCall": {"name": "look", "args": {"of": 1}}},
        {"executableCode": {"language": "PYTHON", "code": "1"}, "thoughtSignature": "ZA=="},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}},
        {"toolCall": {"id": "t"}, "thoughtSignature": "ZQ=="},
        {"inlineData": {"mimeType": "image/png", "data": "YWJj"}, "thoughtSignature": "Zg=="},
        {"thoughtSignature": "Zw=="},
        {"text": "", "thoughtSignature": "aA=="},
    ]
    answered = turn(*(chunk(part) for part in said), DONE)
    assert parts(*answered.parts) == said
    assert answered.text == "One two three"


def test_a_mediums_kind_is_that_of_its_type_and_one_only_thought_is_not_shown() -> None:
    data = {"mimeType": "image/png", "data": b64encode(PIXEL).decode()}
    file = {"mimeType": "application/pdf", "fileUri": "https://example.org/f"}
    thought = {"inlineData": data, "thought": True}
    assert turn(chunk({"inlineData": data}, {"fileData": file}, thought), DONE).parts == (
        Media("image", "image/png", PIXEL),
        Media("document", "application/pdf", url="https://example.org/f"),
        Opaque("gemini", thought),
    )


def test_an_unknown_part_is_kept_and_an_empty_one_is_not() -> None:
    new = {"holograph": {"x": 1}}
    assert turn(chunk({}, {"text": ""}, new), DONE).parts == (Opaque("gemini", new),)


def test_made_up_ids_differ_within_a_turn_and_between_turns() -> None:
    two = chunk({"functionCall": {"name": "look"}}, {"functionCall": {"name": "look"}})
    later = call(*HELLO, Message("assistant", (Text("a"),)), *HELLO)
    first, second = (fold(read(two, DONE, asked=asked)) for asked in (call(), later))
    assert len({made.id for made in first.tool_calls + second.tool_calls}) == 4


def _piece(path: str, going_on: bool = True, **value: Any) -> dict[str, Any]:  # noqa: FBT001, FBT002 - a wire flag
    return {
        "functionCall": {"partialArgs": [{"jsonPath": path, **value}], "willContinue": going_on}
    }


def test_a_function_call_in_pieces_is_put_together() -> None:
    answered = turn(
        chunk({"functionCall": {"name": "look", "willContinue": True}, "thoughtSignature": "YQ=="}),
        chunk(_piece("$.place.name", stringValue="Par", willContinue=True)),
        chunk(_piece("$.place.name", stringValue="is")),
        chunk(_piece("$.days[0]", numberValue=1), _piece("$.days[1]['a b']", boolValue=False)),
        chunk(_piece("$.none", nullValue="NULL_VALUE")),
        chunk({"functionCall": {}}),
        chunk({"functionCall": {"name": "now"}}),
        DONE,
    )
    whole = {"place": {"name": "Paris"}, "days": [1, {"a b": False}], "none": None}
    first, second = answered.tool_calls
    assert (first.name, json.loads(first.arguments)) == ("look", whole)
    assert first.extra == {"thoughtSignature": "YQ=="}
    assert (second.name, second.arguments) == ("now", "{}")


def test_a_call_still_in_pieces_when_the_reply_ends_is_told() -> None:
    begun = chunk({"functionCall": {"name": "look", "args": {"of": 1}, "willContinue": True}})
    answered = turn(begun, DONE)
    assert [made.arguments for made in answered.tool_calls] == ['{"of":1}']
    assert answered.finish == "tool_calls"


def test_only_the_first_candidate_is_heard() -> None:
    first = {"content": {"parts": [{"text": "A"}]}, "finishReason": "STOP"}
    second = {"content": {"parts": [{"text": "B"}]}, "finishReason": "MAX_TOKENS", "index": 1}
    answered = turn({"candidates": [second]}, {"candidates": [second, first | {"index": 0}]})
    assert (answered.text, answered.finish) == ("A", "stop")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "refused"),
        ("RECITATION", "refused"),
        ("MALFORMED_FUNCTION_CALL", "other"),
        ("SOMETHING_NEW", "other"),
        (1, "other"),
    ],
)
def test_a_reason_is_told_in_our_words_and_in_googles(raw: Any, reason: str) -> None:
    assert read(chunk(finish=raw))[-1] == Finish(reason, str(raw))  # type: ignore[arg-type]


def test_a_reason_that_comes_with_every_chunk_is_told_once() -> None:
    said = read(chunk({"text": "a"}, finish="STOP"), chunk({"text": "b"}, finish="STOP"))
    assert [event for event in said if isinstance(event, Finish)] == [Finish("stop", "STOP")]


def test_a_refused_question_is_an_answer_without_words() -> None:
    refused = turn({"promptFeedback": {"blockReason": "SAFETY"}})
    assert (refused.text, refused.finish, refused.raw_finish) == ("", "refused", "SAFETY")
    assert turn({"promptFeedback": {"safetyRatings": []}}, DONE).finish == "stop"


def test_a_whole_reply_without_a_reason_is_complete_and_a_streamed_one_is_not() -> None:
    reply = chunk({"text": "a"})
    assert list(gemini.whole(reply, gemini.State(call(), google().provider)))[-1] == Finish("other")
    with pytest.raises(Unavailable, match="cut short"):
        read(reply)


def test_a_whole_reply_that_is_no_gemini_reply_is_no_answer() -> None:
    reading = Reading(gemini, call(stream=False), catalog.find("google"))
    with pytest.raises(Unavailable):
        fold([*reading.feed(b'{"message": "welcome"}'), *reading.close()])


def test_counts_of_a_later_report_take_the_place_of_all_before() -> None:
    reports = [
        event.usage
        for event in read(
            chunk(usageMetadata={"trafficType": "ON_DEMAND"}),
            chunk(usageMetadata={"promptTokenCount": 9, "candidatesTokenCount": 2}),
            chunk(usageMetadata={"promptTokenCount": 20, "thoughtsTokenCount": 3}, finish="STOP"),
        )
        if isinstance(event, Report)
    ]
    assert reports == [Usage(9, 2), Usage(20, 3, reasoning=3)]


@pytest.mark.parametrize(
    "grounding", [{"webSearchQueries": [{"a": 1}]}, {"webSearchQueries": 7}, ["words"]]
)
def test_searches_that_make_no_sense_take_nothing_from_the_answer(grounding: Any) -> None:
    found = turn(chunk({"text": "Hi"}, candidate={"groundingMetadata": grounding}), DONE)
    assert found.text == "Hi"


def test_kinds_of_tokens_that_make_no_sense_take_nothing_from_the_count() -> None:
    usage = {"promptTokenCount": 9, "candidatesTokenCount": 2, "promptTokensDetails": [7]}
    assert turn(chunk({"text": "Hi"}, usageMetadata=usage), DONE).usage == Usage(9, 2)


def test_the_model_and_the_id_are_told_once() -> None:
    named = {"modelVersion": "gemini-x", "responseId": "r"}
    said = read(chunk({"text": "a"}, **named), chunk({"text": "b"}, **named, finish="STOP"))
    assert [event for event in said if isinstance(event, Served)] == [Served("gemini-x", "r")]


def test_sources_are_told_with_the_statements_that_rest_on_them_each_once() -> None:
    grounding = {
        "groundingChunks": [
            {"web": {"uri": "https://a.example", "title": "A"}},
            {"maps": {"uri": "https://b.example", "title": "B"}},
            {"retrievedContext": {"fileSearchStore": "stores/1", "text": "a passage"}},
            {},
        ],
        "groundingSupports": [
            {"segment": {"text": "It is so."}, "groundingChunkIndices": [0, 3, 9]},
        ],
    }
    cited = {"citationSources": [{"uri": "https://c.example", "license": "mit"}, {"endIndex": 3}]}
    first = chunk({"text": "It "}, candidate={"groundingMetadata": grounding})
    second = chunk(
        {"text": "is so."}, candidate={"groundingMetadata": grounding, "citationMetadata": cited}
    )
    assert turn(first, second, DONE).parts == (
        Text("It is so."),
        Citation("https://a.example", "It is so.", "A"),
        Citation("https://b.example", "", "B"),
        Citation("stores/1", "a passage"),
        Citation("https://c.example", extra={"license": "mit"}),
    )


# What goes wrong


def refusal(code: int, status: str, *details: dict[str, Any], message: str = "No.") -> Any:
    return {"error": {"code": code, "message": message, "status": status, "details": list(details)}}


WAIT = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "14s"}
CASES: list[tuple[int, Any, type[ProviderError]]] = [
    (400, refusal(400, "INVALID_ARGUMENT", {"reason": "API_KEY_INVALID"}), Unauthorized),
    (400, refusal(400, "INVALID_ARGUMENT"), BadRequest),
    (
        400,
        refusal(
            400,
            "INVALID_ARGUMENT",
            message="The input token count (9) exceeds the maximum number of tokens allowed (8).",
        ),
        ContextTooLong,
    ),
    (401, refusal(401, "UNAUTHENTICATED"), Unauthorized),
    (403, refusal(403, "PERMISSION_DENIED", {"reason": "SERVICE_DISABLED"}), Forbidden),
    (404, refusal(404, "NOT_FOUND"), UnknownModel),
    (429, refusal(429, "RESOURCE_EXHAUSTED", WAIT), RateLimited),
    (
        429,
        refusal(
            429, "RESOURCE_EXHAUSTED", {"violations": [{"quotaId": "RequestsPerDayPerModel"}]}, WAIT
        ),
        QuotaExhausted,
    ),
    (
        429,
        refusal(
            429,
            "RESOURCE_EXHAUSTED",
            {"violations": [{"quotaId": "RequestsPerMinutePerModel"}]},
            message="You exceeded your current quota.",
        ),
        RateLimited,
    ),
    (500, refusal(500, "INTERNAL"), Unavailable),
    (503, refusal(503, "UNAVAILABLE"), Overloaded),
]


@pytest.mark.parametrize(("status", "said", "expected"), CASES)
@pytest.mark.parametrize("wrapped", [False, True], ids=["alone", "in a list"])
def test_a_refusal_means_the_same_alone_in_a_list_and_in_a_stream(
    status: int, said: Any, expected: type[ProviderError], *, wrapped: bool
) -> None:
    said = [said] if wrapped else said
    assert type(gemini.error(status, {}, json.dumps(said).encode())) is expected
    with pytest.raises(ProviderError) as raised:
        read(chunk({"text": "a"}), said)
    assert type(raised.value) is expected


def test_a_refusal_keeps_googles_facts() -> None:
    said = refusal(429, "RESOURCE_EXHAUSTED", WAIT, message="Slow down.")
    error = gemini.error(429, {"x-goog-request-id": "q-1"}, json.dumps(said).encode())
    assert (error.code, error.retry_after, error.request_id) == ("RESOURCE_EXHAUSTED", 14.0, "q-1")
    assert "Slow down." in error.message


def test_a_reply_that_the_server_gave_up_may_be_asked_for_again() -> None:
    with pytest.raises(Unavailable, match="cancelled"):
        read(refusal(499, "CANCELLED", message="The operation was cancelled."))


def test_an_error_that_stands_bare_behind_the_events_is_heard() -> None:
    reading = Reading(gemini, call(), catalog.find("google"))
    stream = f"data: {json.dumps(chunk({'text': 'a'}, finish='STOP'))}\n\n"
    list(reading.feed(stream.encode()))
    list(reading.feed(json.dumps(refusal(503, "UNAVAILABLE"), indent=2).encode() + b"\n"))
    with pytest.raises(Overloaded):
        list(reading.close())


@pytest.mark.parametrize(
    "said",
    [
        {"error": "plain"},
        {"error": {}},
        {"error": {"code": "x", "message": {}, "details": [1, {"violations": 3}]}},
        {"error": {"details": 7, "status": 5}},
        {"error": []},
        [],
        [{}],
        "text",
        None,
    ],
)
def test_a_refusal_of_any_shape_is_an_error_and_no_crash(said: Any) -> None:
    assert isinstance(gemini.error(500, {}, json.dumps(said).encode()), Unavailable)


@pytest.mark.parametrize(
    "payload",
    [
        "text",
        {"candidates": 5},
        {"candidates": [{"content": {"parts": ["x"]}}]},
        chunk({"inlineData": {"mimeType": "image/png", "data": "abcde"}}),
        chunk({"functionCall": {"name": "a", "args": 4}}),
    ],
)
def test_a_payload_of_another_shape_is_a_garbled_answer(payload: Any) -> None:
    with pytest.raises(Unavailable, match="garbled"):
        read(payload)


# The list of models


def test_models_are_listed_a_thousand_at_a_time() -> None:
    assert gemini.models(google()).url == f"{BASE}/models?pageSize=1000"
    assert gemini.models(google(), "a b=").url == f"{BASE}/models?pageSize=1000&pageToken=a%20b%3D"


def test_a_list_gives_names_limits_and_abilities() -> None:
    listed = {
        "models": [
            {
                "name": "models/gemini-x",
                "displayName": "Gemini X",
                "inputTokenLimit": 100,
                "outputTokenLimit": 10,
                "supportedGenerationMethods": ["generateContent", "countTokens"],
                "thinking": True,
            },
            {"name": "models/embed", "supportedGenerationMethods": ["embedContent"]},
            {"name": "publishers/google/models/bare"},
        ],
        "nextPageToken": "more",
    }
    page = gemini.parse_models(listed)
    assert page.next == "more"
    assert page.models == (
        Listed("gemini-x", "Gemini X", 100, 10, ("chat", "thinking")),
        Listed("embed", can=("embedding",)),
        Listed("publishers/google/models/bare"),
    )
    assert gemini.parse_models({"models": [], "nextPageToken": ""}).next is None
