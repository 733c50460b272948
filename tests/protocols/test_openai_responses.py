"""OpenAI's Responses: what each way of answering means."""

from __future__ import annotations

import base64

import pytest

from nbprovider.errors import (
    BadRequest,
    ContentRefused,
    Overloaded,
    QuotaExhausted,
    RateLimited,
    Unavailable,
)
from nbprovider.protocols import openai_responses
from nbprovider.types import (
    Call,
    Citation,
    Delta,
    Finish,
    Media,
    Opaque,
    Report,
    Served,
    Text,
    Thinking,
    ToolCall,
    Usage,
    fold,
)
from responses import HELLO, added, delta, done, end, message, response, someone, stream, whole

OURS = "openai_responses"


def test_a_plain_stream():
    events = stream(
        {"type": "response.created", "response": {"id": "r1", "model": "m-1"}},
        {"type": "response.in_progress", "response": {"id": "r1", "model": "m-1"}},
        added(0, type="message", id="x", content=[]),
        {"type": "keepalive", "sequence_number": 3},
        delta("output_text", "Hel"),
        delta("output_text", "lo"),
        {"type": "response.output_text.done", "output_index": 0, "text": "Hello"},
        done(0, **message("Hello", id="x")),
        end(message("Hello"), id="r1", model="m-1", usage={"input_tokens": 4, "output_tokens": 2}),
    )
    assert events == [
        Served("m-1", "r1"),
        Delta(0, Text("Hel")),
        Delta(0, Text("lo")),
        Report(Usage(4, 2)),
        Finish("stop", "completed"),
    ]


def test_what_streamed_counts_where_the_final_output_is_empty():
    """Behind a ChatGPT plan the final event holds no output."""
    turn = fold(stream(added(0, type="message"), delta("output_text", "Hi"), end()))
    assert (turn.text, turn.finish) == ("Hi", "stop")


def test_what_never_streamed_is_said_at_the_end():
    """A server may send nothing but the final event, or leave out what an item ends with."""
    turn = fold(stream(end(message("Hi"))))
    assert turn.text == "Hi"
    turn = fold(stream(added(0, type="message"), delta("output_text", "H"), end(message("Hi"))))
    assert turn.text == "Hi"


def test_what_streamed_is_not_taken_back():
    turn = fold(stream(added(0, type="message"), delta("output_text", "Hi"), end(message("Ho"))))
    assert turn.text == "Hi"


def test_numbers_of_parts_may_differ_between_stream_and_item():
    """VLLM counts an answer's parts from one in its stream, and from nought in the item."""
    turn = fold(
        stream(
            added(1, type="message"),
            delta("output_text", "Hi", 1, content_index=1),
            done(1, **message("Hi")),
            end(message("Hi")),
        )
    )
    assert turn.text == "Hi"


def test_ids_may_differ_from_event_to_event():
    """Behind GitHub Copilot they do; the place in the output is what counts."""
    turn = fold(
        stream(
            added(0, type="message", id="a"),
            delta("output_text", "H", item_id="b"),
            delta("output_text", "i", item_id="c"),
            done(0, **message("Hi", id="d")),
            end(message("Hi", id="e")),
        )
    )
    assert turn.parts == (Text("Hi"),)


def test_events_without_a_place_belong_to_the_item_they_name():
    turn = fold(
        stream(
            {"type": "response.output_item.added", "item": {"type": "message", "id": "a"}},
            {"type": "response.output_text.delta", "item_id": "a", "delta": "Hi"},
            {"type": "response.output_item.done", "item": message("Hi", id="a")},
            end(message("Hi", id="a")),
        )
    )
    assert turn.parts == (Text("Hi"),)


def test_messages_at_one_place_are_told_apart():
    """Some servers number every item 0."""
    turn = fold(
        stream(
            added(0, type="reasoning", id="t"),
            delta("reasoning_text", "Hm."),
            done(0, type="reasoning", id="t", content=[{"text": "Hm."}], summary=[]),
            added(0, type="message", id="a"),
            delta("output_text", "Hi"),
            done(0, **message("Hi")),
            added(0, type="message", id="b"),
            delta("output_text", "Hi"),
            done(0, **message("Hi")),
            end(message("Hi"), message("Hi")),
        )
    )
    assert (turn.thinking, turn.text) == ("Hm.", "HiHi")


@pytest.mark.parametrize(
    ("status", "why", "reason"),
    [
        ("completed", None, "stop"),
        ("complete", None, "stop"),
        ("incomplete", {"reason": "max_output_tokens"}, "length"),
        ("incomplete", {"reason": "content_filter"}, "refused"),
        ("incomplete", {"reason": "never_heard_of"}, "other"),
        ("incomplete", None, "other"),
        ("queued", None, "other"),
        ("cancelled", None, "other"),
    ],
)
def test_reasons_to_finish(status, why, reason):
    body = response(status=status, incomplete_details=why)
    assert whole(body) == [Finish(reason, status)]


def test_the_first_end_counts():
    """OpenRouter sends another one, `response.done`, and [DONE] after it."""
    first = end(message("Hi"), id="r", model="m")
    last = {"type": "response.done", "response": response(message("Hi"), model="m")}
    assert fold(stream(first, last, done=True)).parts == (Text("Hi"),)
    assert [type(event) for event in stream(first, last, done=True)].count(Finish) == 1


def test_a_second_response_goes_on_after_the_first():
    """A reply may hold several: the words of all, the counts and the end of the last."""
    first, second = message("One. "), message("Two.")
    events = stream(
        {"type": "response.created", "response": {"id": "a", "model": "m"}},
        end(first, id="a", model="m", status="incomplete", usage={"output_tokens": 1}),
        {"type": "response.created", "response": {"id": "b", "model": "m"}},
        added(0, type="message"),
        delta("output_text", "Two."),
        end(second, id="b", model="m", usage={"output_tokens": 2}),
    )
    turn = fold(events)
    assert (turn.text, turn.id, turn.finish) == ("One. Two.", "b", "stop")
    assert turn.usage == Usage(output=2)


def test_the_end_mark_alone_is_a_stop_and_silence_is_none():
    assert stream(done=True) == [Finish("stop", "")]
    assert stream() == []


def test_a_refusal_is_said_and_ends_as_refused():
    refusal = {"type": "message", "content": [{"type": "refusal", "refusal": "I will not."}]}
    streamed = fold(stream(added(0, type="message"), delta("refusal", "I will not."), end()))
    for turn in (streamed, fold(whole(response(refusal)))):
        assert (turn.text, turn.finish) == ("I will not.", "refused")


def test_summaries_and_thoughts_are_thinking_part_by_part():
    summaries = [{"type": "summary_text", "text": text} for text in ("One.", "Two.")]
    item = {"type": "reasoning", "id": "t", "summary": summaries}
    events = stream(
        added(0, type="reasoning", id="t"),
        delta("reasoning_summary_text", "One", summary_index=0),
        delta("reasoning_summary_text", ".", summary_index=0),
        delta("reasoning_summary_text", "Two.", summary_index=1),
        done(0, **item),
        end(item),
    )
    assert [part.text for part in fold(events).parts] == ["One.", "Two."]
    assert fold(events).parts == fold(whole(response(item))).parts


def test_a_thought_told_in_two_fields_is_shown_once():
    item = {
        "type": "reasoning",
        "summary": [{"text": "Hm."}],
        "content": [{"type": "reasoning_text", "text": "Hm."}],
    }
    streamed = stream(added(0, type="reasoning"), delta("reasoning_text", "Hm."), done(0, **item))
    assert fold(streamed).thinking == fold(whole(response(item))).thinking == "Hm."


def test_sealed_reasoning_is_kept_without_words():
    item = {"type": "reasoning", "id": "t", "summary": [], "encrypted_content": "seal"}
    kept = {"id": "t", "encrypted_content": "seal", "field": "summary"}
    assert fold(whole(response(item, message("4")))).parts == (
        Thinking("", extra={OURS: kept}),
        Text("4"),
    )
    del item["encrypted_content"]
    assert fold(whole(response(item))).parts == ()


def test_calls_stream_their_arguments():
    call = {"type": "function_call", "id": "f", "call_id": "c1", "name": "add"}
    finished = {**call, "arguments": '{"a":1}'}
    events = stream(
        added(0, **call, arguments=""),
        delta("function_call_arguments", '{"a"'),
        delta("function_call_arguments", ":1}"),
        {
            "type": "response.function_call_arguments.done",
            "output_index": 0,
            "arguments": '{"a":1}',
        },
        done(0, **finished),
        end(finished),
    )
    assert fold(events).tool_calls == (ToolCall("c1", "add", '{"a":1}'),)
    assert fold(events).finish == "tool_calls"
    assert fold(whole(response(finished))).parts == fold(events).parts


def test_a_call_without_arguments_or_named_late_is_a_call():
    call = {"type": "function_call", "call_id": "c1", "name": "now", "arguments": "{}"}
    events = stream(
        added(0, type="function_call"),
        delta("function_call_arguments", "{}"),
        done(0, **call),
        done(1, **{**call, "call_id": "c2", "arguments": ""}),
    )
    assert fold(events).tool_calls == (ToolCall("c1", "now", "{}"), ToolCall("c2", "now", ""))


def test_arguments_as_an_object_are_read():
    call = {"type": "function_call", "call_id": "c", "name": "f", "arguments": {"a": [1]}}
    assert fold(whole(response(call))).tool_calls[0].arguments == '{"a":[1]}'


def test_parallel_calls_are_told_apart():
    calls = [
        {"type": "function_call", "call_id": f"c{n}", "name": "f", "arguments": f"{{{n}}}"}
        for n in range(2)
    ]
    events = stream(
        *(added(n, **{**call, "arguments": ""}) for n, call in enumerate(calls)),
        delta("function_call_arguments", "{1", 1),
        delta("function_call_arguments", "{0}", 0),
        delta("function_call_arguments", "}", 1),
        *(done(n, **call) for n, call in enumerate(calls)),
        end(),
    )
    assert {(call.id, call.arguments) for call in fold(events).tool_calls} == {
        ("c0", "{0}"),
        ("c1", "{1}"),
    }


def test_a_custom_tools_input_is_free_text():
    call = {"type": "custom_tool_call", "call_id": "c", "name": "sql", "input": "SELECT 1"}
    events = stream(
        added(0, **{**call, "input": ""}),
        delta("custom_tool_call_input", "SELECT"),
        delta("custom_tool_call_input", " 1"),
        done(0, **call),
        end(),
    )
    kept = {OURS: {"type": "custom_tool_call"}}
    assert fold(events).tool_calls == (ToolCall("c", "sql", "SELECT 1", kept),)
    assert fold(events).finish == "tool_calls"
    assert fold(whole(response(call))).parts == fold(events).parts


def test_what_the_provider_ran_itself_is_its_own_affair():
    search = {"type": "web_search_call", "id": "w", "status": "completed", "action": {"query": "x"}}
    events = stream(
        added(0, type="web_search_call", id="w"),
        {"type": "response.web_search_call.searching", "output_index": 0, "item_id": "w"},
        {"type": "response.mcp_call_arguments.delta", "output_index": 0, "delta": "{"},
        done(0, **search),
        end(search),
    )
    assert fold(events).parts == (Opaque(OURS, search),)
    assert fold(events).finish == "stop"


def test_an_image_is_shown_and_remembers_its_call():
    data = base64.b64encode(b"pixels").decode()
    made = {"type": "image_generation_call", "id": "i", "output_format": "webp", "result": data}
    rest = {name: value for name, value in made.items() if name != "result"}
    expected = (Media("image", "image/webp", b"pixels", extra={OURS: rest}),)
    partial = {"type": "response.image_generation_call.partial_image", "partial_image_b64": data}
    streamed = stream(added(0, type="image_generation_call", id="i"), partial, done(0, **made))
    assert fold(streamed).parts == fold(whole(response(made))).parts == expected
    failed = {"type": "image_generation_call", "id": "i", "status": "failed", "result": None}
    assert fold(whole(response(failed))).parts == (Opaque(OURS, failed),)


def test_sources_are_named_once_after_the_words():
    page = {"type": "url_citation", "url": "https://a.example", "title": "A", "start_index": 0}
    file = {"type": "file_citation", "file_id": "file-1", "filename": "a.pdf"}
    note = {"type": "response.output_text.annotation.added", "output_index": 0, "annotation": page}
    said = message("Hi", annotations=[page, file, page])
    events = stream(
        added(0, type="message"), delta("output_text", "Hi"), note, done(0, **said), end(said)
    )
    expected = (Text("Hi"), Citation("https://a.example", title="A"), Citation("a.pdf"))
    assert fold(events).parts == fold(whole(response(said))).parts == expected


def test_the_phase_of_words_is_kept():
    said = message("Let me see.", phase="commentary")
    events = stream(added(0, type="message"), delta("output_text", "Let me see."), done(0, **said))
    assert fold(events).parts == (Text("Let me see.", {OURS: {"phase": "commentary"}}),)


def test_counts_in_our_way_of_counting():
    body = response(
        usage={
            "input_tokens": 100,
            "input_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 10},
            "output_tokens": 50,
            "output_tokens_details": {"reasoning_tokens": 20},
            "total_tokens": 150,
            "cost": 0.25,
        },
        service_tier="flex",
        tool_usage={"web_search": {"num_requests": 2}},
    )
    usage = fold(whole(body)).usage
    assert usage == Usage(30, 50, 60, 10, 20, {"tier": "flex", "cost": 0.25, "searches": 2})


def test_no_counts_are_no_noughts():
    assert fold(whole(response(usage=None))).usage == Usage()
    assert fold(whole(response(usage={"input_tokens": 3}))).usage == Usage(3)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "error", "code": "insufficient_quota", "message": "No credit", "param": None},
        {"type": "error", "error": {"code": "insufficient_quota", "message": "No credit"}},
        {"type": "error", "error": {"type": "insufficient_quota", "message": "No credit"}},
        end(status="failed", error={"code": "insufficient_quota", "message": "No credit"}),
        {"error": {"code": "insufficient_quota", "message": "No credit"}},
    ],
)
def test_an_error_in_the_stream_is_raised_flat_nested_or_failed(event):
    with pytest.raises(QuotaExhausted, match="No credit") as raised:
        stream(added(0, type="message"), delta("output_text", "Hi"), event)
    assert raised.value.code == "insufficient_quota"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("server_error", Unavailable),
        ("rate_limit_exceeded", RateLimited),
        ("invalid_prompt", ContentRefused),
        ("server_is_overloaded", Overloaded),
        ("invalid_image_url", BadRequest),
        ("image_content_policy_violation", ContentRefused),
        (None, Unavailable),
    ],
)
def test_a_failed_response_means_what_its_code_says(code, expected):
    error = {"code": code, "message": "It went wrong"} if code else None
    with pytest.raises(expected) as streamed:
        stream(end(status="failed", error=error))
    with pytest.raises(expected) as at_once:
        whole(response(status="failed", error=error))
    assert type(streamed.value) is type(at_once.value) is expected


def test_what_a_failed_response_cost_is_told():
    state = openai_responses.State(Call("m", HELLO), someone())
    heard = []
    with pytest.raises(Unavailable):
        heard.extend(
            openai_responses.events(
                end(status="failed", usage={"input_tokens": 9, "output_tokens": 1}), state
            )
        )
    assert heard == [Report(Usage(9, 1))]


@pytest.mark.parametrize("body", [{"choices": []}, {"output": None}, {}, [], "words", 7])
def test_another_protocols_body_is_no_answer(body):
    with pytest.raises(Unavailable):
        whole(body)


def test_another_protocols_stream_is_no_answer():
    with pytest.raises(Unavailable, match="Responses"):
        stream({"choices": [{"index": 0, "delta": {"content": "Hi"}}]})
    assert stream({"something": "else"}) == []
