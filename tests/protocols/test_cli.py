"""Vendors' programs as protocols: how they are asked, and what their lines mean.

The lines are written by hand in the programs' formats (see tests/programs.py): no vendor's program
runs.
"""

from __future__ import annotations

import json
import time

import pytest

from nbprovider import catalog, protocols
from nbprovider.catalog import Endpoint
from nbprovider.errors import (
    BadRequest,
    ContextTooLong,
    Forbidden,
    Overloaded,
    ProgramFailed,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
    Unavailable,
    UnknownModel,
    UsageError,
)
from nbprovider.protocols.reading import Reading
from nbprovider.types import (
    Call,
    Media,
    Message,
    Options,
    Report,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
    fold,
)
from programs import claude, codex, gemini

NAMES = ("claude-cli", "gemini-cli", "codex-cli")
HELLO = (Message("user", (Text("Hello"),)),)
each = pytest.mark.parametrize("name", NAMES)


def built(name, messages=HELLO, model="", **more):
    provider = catalog.find(name)
    call = Call(model or provider.default_model, messages, **more)
    return protocols.load(provider.protocol).build(call, Endpoint(provider, ""))


def reading(name, **more):
    provider = catalog.find(name)
    call = Call(provider.default_model, HELLO, **more)
    return Reading(protocols.load(provider.protocol), call, provider)


def read(name, *lines, **more):
    one = reading(name, **more)
    text = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    return [*one.feed(text.encode()), *one.close()]


# --- how they are asked


def test_claude_is_asked_to_stream_without_tools():
    command = built("claude-cli")
    assert command.argv == (
        *("claude", "-p", "--output-format", "stream-json", "--verbose"),
        *("--include-partial-messages", "--tools", "", "--strict-mcp-config"),
        *("--no-session-persistence", "--model", "sonnet", "--system-prompt", ""),
    )
    assert command.strip == ("CLAUDECODE",)


def test_gemini_is_asked_by_standard_input():
    assert built("gemini-cli").argv == ("gemini", "--output-format", "stream-json")
    assert built("gemini-cli", model="gemini-3.8-flash").argv[-2:] == ("-m", "gemini-3.8-flash")


def test_codex_is_asked_read_only_and_leaves_no_session():
    flags = ("codex", "exec", "--json", "--ephemeral", "--skip-git-repo-check", "--sandbox")
    assert built("codex-cli").argv == (*flags, "read-only", "--ignore-rules", "-")
    assert built("codex-cli", model="gpt-6-luna").argv[-3:] == ("-m", "gpt-6-luna", "-")


@each
def test_one_question_is_the_prompt_itself(name):
    assert built(name).stdin == b"Hello"


@each
def test_no_word_of_the_conversation_is_on_the_command_line(name):
    """Other users of the machine see command lines."""
    assert "Hello" not in " ".join(built(name).argv)


@each
def test_a_conversation_is_written_down_with_who_said_what(name):
    turns = (
        Message("user", (Text("My name is Ada."),)),
        Message("assistant", (Thinking("hm"), Text("Hello Ada.")), "openai"),
        Message("user", (Text("What is my name?"),)),
    )
    prompt = built(name, turns).stdin.decode()
    first, last = prompt.index("My name is Ada."), prompt.index("What is my name?")
    assert first < prompt.index("Hello Ada.") < last
    assert prompt.endswith("What is my name?")
    assert "hm" not in prompt
    assert prompt.count("<user>") == prompt.count("<assistant>") == 1


@each
def test_tools_of_the_history_are_told_in_words(name):
    turns = (
        Message("user", (Text("What is the weather?"),)),
        Message("assistant", (ToolCall("1", "weather", '{"at":"Bern"}'),)),
        Message("tool", (ToolResult("1", "weather", "rain"),)),
    )
    prompt = built(name, turns).stdin.decode()
    assert 'weather with {"at":"Bern"}' in prompt
    assert "rain" in prompt


def test_instructions_have_a_flag_or_come_first():
    turns = (Message("system", (Text("Be brief."),)), *HELLO)
    assert built("claude-cli", turns).argv[-2:] == ("--system-prompt", "Be brief.")
    assert built("claude-cli", turns).stdin == b"Hello"
    for name in ("gemini-cli", "codex-cli"):
        prompt = built(name, turns).stdin.decode()
        assert prompt.index("Be brief.") < prompt.index("Hello")


def test_instructions_too_long_for_a_command_line_go_into_the_prompt():
    turns = (Message("system", (Text("x" * 200_000),)), *HELLO)
    command = built("claude-cli", turns)
    assert max(map(len, command.argv)) < 1000
    assert len(command.stdin) > 200_000


def test_effort_has_a_flag_where_the_program_knows_it():
    effort = Options(effort="high")
    assert built("claude-cli", options=effort).argv[-2:] == ("--effort", "high")
    assert 'model_reasoning_effort="high"' in built("codex-cli", options=effort).argv
    with pytest.raises(UsageError, match="'effort'"):
        built("gemini-cli", options=effort)
    with pytest.raises(UsageError, match="'effort' as 'none'"):
        built("claude-cli", options=Options(effort="none"))


def test_a_schema_is_handed_over_where_the_program_takes_one():
    schema = {"type": "object"}
    assert built("claude-cli", schema=schema).argv[-2:] == ("--json-schema", '{"type":"object"}')
    command = built("codex-cli", schema=schema)
    (file,) = command.files
    assert command.files[file] == b'{"type":"object"}'
    assert command.argv[-3:] == ("--output-schema", file, "-")
    with pytest.raises(UsageError, match="schema"):
        built("gemini-cli", schema=schema)


@each
@pytest.mark.parametrize("option", [name for name in Options.__struct_fields__ if name != "effort"])
def test_other_options_are_refused_by_name(name, option):
    value = {"stop": ("x",), "json": True, "cache": "5m"}.get(option, 1)
    with pytest.raises(UsageError, match=f"option '{option}'"):
        built(name, options=Options(**{option: value}))


@each
def test_what_the_program_cannot_carry_is_refused_by_name(name):
    image = (Message("user", (Text("What is this?"), Media("image", "image/png", b"x"))),)
    with pytest.raises(UsageError, match="image image/png"):
        built(name, image)
    with pytest.raises(UsageError, match="tools"):
        built(name, tools=(Tool("f", "", {}),))
    with pytest.raises(UsageError, match="extra field 'a'"):
        built(name, extra={"a": 1})
    with pytest.raises(UsageError, match="nothing to answer"):
        built(name, (Message("user", ()),))


@each
def test_the_models_are_listed_by_nobody(name):
    provider = catalog.find(name)
    with pytest.raises(UsageError, match="lists no models"):
        protocols.load(provider.protocol).models(Endpoint(provider, ""))
    assert provider.default_model in provider.models.static


# --- what their lines mean


def test_claude_streams_and_counts():
    turn = fold(read("claude-cli", *claude("Hel", "lo")))
    assert (turn.text, turn.finish, turn.raw_finish) == ("Hello", "stop", "end_turn")
    assert (turn.model, turn.id) == ("claude-sonnet-5-5", "m1")
    assert turn.usage == Usage(9, 4, 100, 20, extra={"list_cost": 0.0021})


def test_claude_by_a_key_says_what_it_charges():
    lines = claude("Hello")
    by_key = ({**lines[0], "apiKeySource": "ANTHROPIC_API_KEY"}, *lines[1:])
    assert fold(read("claude-cli", *by_key)).usage.extra == {"cost": 0.0021}


def test_claude_that_does_not_stream_is_heard_whole():
    plain = [line for line in claude("Hello") if line["type"] != "stream_event"]
    assert fold(read("claude-cli", *plain)).text == "Hello"
    assert fold(read("claude-cli", plain[-1])).text == "Hello"


def test_claude_thinks_aloud_and_its_own_tools_stay_its_own():
    def event(**event):
        return {"type": "stream_event", "event": event}

    lines = claude("Hello")
    thought = event(
        type="content_block_start", index=7, content_block={"type": "thinking", "thinking": "hm"}
    )
    tool = event(
        type="content_block_start",
        index=8,
        content_block={"type": "tool_use", "id": "1", "name": "Read", "input": {}},
    )
    of_a_helper = {**event(type="content_block_delta", index=0), "parent_tool_use_id": "t"}
    turn = fold(read("claude-cli", lines[0], thought, tool, of_a_helper, *lines[1:]))
    assert (turn.thinking, turn.text, turn.tool_calls) == ("hm", "Hello", ())
    assert turn.finish == "stop"


def test_claude_answers_a_schema_by_its_value_alone():
    lines = claude("I shall use a tool", structured_output={"a": 1})
    assert fold(read("claude-cli", *lines, schema={"type": "object"})).text == '{"a":1}'


def test_claude_stopped_at_its_limit_says_so():
    assert fold(read("claude-cli", *claude("Hel", stop_reason="max_tokens"))).finish == "length"
    assert fold(read("claude-cli", *claude("Hel", stop_reason="refusal"))).finish == "refused"


def refusal(words, status=None, code="", **more):
    """Return the lines of Claude Code for a call that the API refused."""
    message = {"model": "<synthetic>", "content": [{"type": "text", "text": words}]}
    return (
        claude()[0],
        {"type": "assistant", "message": message, "error": code or "unknown"},
        {"type": "result", "subtype": "success", "is_error": True, "result": words,
         "api_error_status": status, **more},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "expected", "said"),
    [
        (refusal("Not logged in · Please run /login"), Unauthorized, "claude auth login"),
        (refusal("Nope", code="authentication_failed"), Unauthorized, "claude auth login"),
        (refusal("OAuth token has expired", 401), Unauthorized, "claude auth login"),
        (refusal("Credit balance is too low", 400), QuotaExhausted, "Credit balance"),
        (refusal("Too poor", code="billing_error"), QuotaExhausted, "Too poor"),
        (refusal("Slow down", 429), RateLimited, "Slow down"),
        (refusal("Slow down", code="rate_limit"), RateLimited, "Slow down"),
        (refusal("Overloaded", 529), Overloaded, "Overloaded"),
        (refusal("Broken", code="server_error"), Unavailable, "Broken"),
        (refusal("Wrong", code="invalid_request"), BadRequest, "Wrong"),
        (refusal("prompt is too long", 400), ContextTooLong, "too long"),
        (refusal("model: no-such", 404), UnknownModel, "no-such"),
        (refusal("Not for you", 403), Forbidden, "Not for you"),
        (claude("x", is_error=True, subtype="error_max_turns", result=None, errors=["so"]),
         Unavailable, "so"),
        (claude("x", subtype="error_during_execution", result=""), Unavailable, "during execution"),
    ],
)  # fmt: skip
def test_an_error_of_claude_is_typed(lines, expected, said):
    with pytest.raises(expected, match=said) as caught:
        read("claude-cli", *lines)
    assert type(caught.value) is expected
    assert caught.value.hint


def test_claude_that_ends_without_a_result_tells_what_it_knows():
    with pytest.raises(Unauthorized):
        read("claude-cli", *refusal("No", code="authentication_failed")[:-1])


def test_claude_that_recovers_by_itself_has_answered():
    lines = claude("Hello")
    broken = {
        "type": "stream_event",
        "event": {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}},
    }
    assert fold(read("claude-cli", lines[0], broken, *lines[1:])).text == "Hello"


def test_a_plans_limit_says_when_it_ends():
    later = time.time() + 3600
    info = {"status": "rejected", "resetsAt": later, "rateLimitType": "five_hour"}
    lines = (
        {"type": "rate_limit_event", "rate_limit_info": info},
        *refusal("You've hit your limit", code="rate_limit"),
    )
    with pytest.raises(RateLimited) as caught:
        read("claude-cli", *lines)
    assert 3500 < caught.value.retry_after <= 3600
    assert "answers again from" in caught.value.hint


def test_a_warning_of_a_limit_is_no_error():
    info = {"status": "allowed_warning", "utilization": 0.9, "rateLimitType": "seven_day"}
    warning = {"type": "rate_limit_event", "rate_limit_info": info}
    assert fold(read("claude-cli", warning, *claude("Hello"))).text == "Hello"


def test_the_tokens_of_a_failed_call_are_counted():
    said = []
    one = reading("claude-cli")
    with pytest.raises(Unavailable):
        said.extend(
            event
            for line in claude("x", subtype="error_during_execution", is_error=True)
            for event in one.feed(json.dumps(line).encode() + b"\n")
            if not said.append(event)
        )
    assert [event for event in said if isinstance(event, Report)][-1].usage.output == 4


def test_gemini_streams_and_counts():
    """Thoughts are in the total only; cached tokens are part of the input."""
    turn = fold(read("gemini-cli", *gemini("Hel", "lo")))
    assert (turn.text, turn.finish, turn.model) == ("Hello", "stop", "gemini-3.8-flash")
    assert turn.usage == Usage(10, 20, 30, None, 8)


@pytest.mark.parametrize(
    ("kind", "words", "expected"),
    [
        ("FatalAuthenticationError", "Please set an Auth method", Unauthorized),
        ("ApiError", "got status: 429 Too Many Requests", RateLimited),
        ("ApiError", "got status: 404 models/x is not found", UnknownModel),
        ("ApiError", "got status: 503 UNAVAILABLE", Overloaded),
        ("Error", "something else", Unavailable),
    ],
)
def test_an_error_of_gemini_is_typed(kind, words, expected):
    error = {"type": kind, "message": words}
    with pytest.raises(expected) as caught:
        read("gemini-cli", gemini()[0], {"type": "result", "status": "error", "error": error})
    assert type(caught.value) is expected
    severe = {"type": "error", "severity": "error", "message": words}
    with pytest.raises(Unavailable if kind == "Error" else expected):
        read("gemini-cli", gemini()[0], severe, {"type": "result", "status": "error"})


def test_a_warning_of_gemini_is_no_error():
    warning = {"type": "error", "severity": "warning", "message": "Loop detected"}
    assert fold(read("gemini-cli", warning, *gemini("Hello"))).text == "Hello"


@pytest.mark.parametrize(("code", "expected"), [(41, Unauthorized), (42, BadRequest)])
def test_an_exit_code_of_gemini_is_understood(code, expected):
    error = protocols.load("cli_gemini").error(code, {}, b"No input")
    assert type(error) is expected
    assert "No input" in error.message


def test_codex_tells_whole_messages_and_thoughts():
    turn = fold(read("codex-cli", *codex("Looking.", "Hello")))
    assert (turn.text, turn.thinking) == ("Looking.\n\nHello", "Let me see")
    assert (turn.finish, turn.id) == ("stop", "t1")
    assert turn.usage == Usage(20, 7, 30)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("unexpected status 401 Unauthorized: no bearer", Unauthorized),
        ("Not logged in. Run codex login.", Unauthorized),
        ("You've hit your usage limit. Try again at 5 pm.", QuotaExhausted),
        ("unexpected status 429 Too Many Requests", RateLimited),
        ("stream disconnected before completion", Unavailable),
        ("unexpected status 404 Not Found: no model x", UnknownModel),
    ],
)
def test_an_error_of_codex_is_typed(words, expected):
    with pytest.raises(expected) as caught:
        read("codex-cli", {"type": "turn.failed", "error": {"message": words}})
    assert type(caught.value) is expected
    with pytest.raises(expected):
        read("codex-cli", {"type": "error", "message": words}, {"type": "turn.failed"})


def test_codex_that_reconnects_has_answered():
    again = {"type": "error", "message": "Reconnecting... 1/5"}
    assert fold(read("codex-cli", again, *codex("Hello"))).text == "Hello"


@each
@pytest.mark.parametrize("value", [7, None, [], {}, {"type": []}, {"type": "result"}, "words"])
def test_a_line_of_another_shape_is_passed_over_or_typed(name, value):
    with pytest.raises(Unavailable):
        read(name, json.dumps(value))


@pytest.mark.parametrize("line", ["{debug: reading settings", "{not json}", "{"])
def test_a_log_that_looks_like_json_is_a_log(line):
    assert read("codex-cli", line, *codex()) == read("codex-cli", *codex())


@each
def test_every_cut_of_the_bytes_says_the_same(name):
    lines = {"claude-cli": claude, "gemini-cli": gemini, "codex-cli": codex}[name]("Hel", "lö")
    data = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines).encode()
    one = reading(name)
    cut = [event for i in range(len(data)) for event in one.feed(data[i : i + 1])]
    assert fold([*cut, *one.close()]) == fold(read(name, *lines))


def test_a_crash_speaks_by_its_last_line_not_by_its_stack():
    words = b"Error: disk on fire\n    at authenticate (login.js:1)\n"
    error = protocols.load("cli_codex").error(1, {}, words)
    assert isinstance(error, ProgramFailed)
    assert "disk on fire" in error.message
