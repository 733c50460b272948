"""Every attempt is kept, with its tokens, its time and its cost, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from nbprovider.errors import MissingKey, RateLimited, Stalled, Unavailable, Unreachable
from nbprovider.ledger import CallContext, Clock, Cost, Ledger, Recorder, pricing
from nbprovider.types import (
    Answered,
    Call,
    Delta,
    Event,
    Failed,
    Finish,
    Interrupted,
    Media,
    Message,
    Opened,
    Report,
    Route,
    Sending,
    Served,
    Started,
    Text,
    Thinking,
    ToolCall,
    Usage,
)

SONNET = Route("anthropic", "claude-sonnet-5-5", "work", "prefix claude")
LUNA = Route("openai", "gpt-6-luna", "openai")
LOCAL = Route("ollama", "llama3.2", "ollama")
CALL = Call("claude-sonnet-5-5", (Message("user", (Text("x" * 384),)),))
ASKED = 100  # tokens of CALL by the rule of thumb: 384 / 4, and 4 for the message
SENT = Sending()
OPENED = Opened(200, {}, "req-1")
WORDS = Delta(0, Text("abcd" * 10))
CONTEXT = CallContext("call", "main", "book.ipynb", "cell-7", "chat")


class Ticking:
    """A clock that a test sets; microseconds."""

    now = 0

    def clock(self) -> Clock:
        return Clock(lambda: 1_795_262_400_000_000 + self.now, lambda: self.now)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(tmp_path / "ledger.db")) as opened:
        yield opened


def played(ledger: Ledger, *events: Event, call: Call = CALL) -> Recorder:
    recorder = Recorder(ledger, CONTEXT, call)
    for event in events:
        recorder.saw(event)
    return recorder


def row(ledger: Ledger, *columns: str) -> Any:
    rows = ledger.run(f"SELECT {', '.join(columns)} FROM attempts ORDER BY id")
    return rows[-1] if len(columns) > 1 else rows[-1][0]


def test_a_row_is_there_as_soon_as_the_attempt_begins(ledger):
    played(ledger, Started(SONNET, 1))
    found = row(ledger, "status", "provider", "account", "model_asked", "route_reason", "streamed")
    assert found == ("running", "anthropic", "work", "claude-sonnet-5-5", "prefix claude", 1)
    found = row(ledger, "call_id", "number", "chat", "notebook", "cell", "purpose")
    assert found == ("call", 1, "main", "book.ipynb", "cell-7", "chat")


def test_an_answer_closes_the_row_with_what_it_took(ledger):
    usage = Usage(20, 40, 1_000, None, 8, {"tier": "standard"})
    recorder = played(
        ledger,
        Started(SONNET, 1),
        SENT,
        OPENED,
        Served("claude-sonnet-5-5-20260901", "msg-1"),
        WORDS,
        Report(usage),
        Finish("stop", "end_turn"),
        Answered(SONNET),
    )
    nano = 20 * 2_000 + 1_000 * 100 + 40 * 10_000
    assert row(ledger, "status", "finish", "request_id") == ("ok", "stop", "req-1")
    assert row(ledger, "input", "output", "cache_read", "cache_write", "reasoning") == (
        *(20, 40, 1_000),
        *(None, 8),
    )
    assert row(ledger, "estimated", "extra") == (0, '{"tier":"standard"}')
    assert row(ledger, "cost_nano", "cost_source") == (nano, "list")
    assert row(ledger, "model_served") == "claude-sonnet-5-5-20260901"
    assert row(ledger, "price_list").startswith("genai-prices")
    assert recorder.usage == usage
    assert [attempt.cost_nano for attempt in recorder.attempts] == [nano]
    assert (recorder.summary().nano, recorder.summary().source) == (nano, "list")


@pytest.mark.parametrize(
    "part", [Text("word"), Thinking("hm"), ToolCall("1", "look"), ToolCall("", "", '{"a"')]
)
def test_the_first_token_is_the_first_word_thought_or_tool_call(ledger, part):
    time = Ticking()
    recorder = Recorder(ledger, CONTEXT, CALL, time.clock())
    events: list[tuple[int, Event]] = [
        (1_000, Started(SONNET, 1)),
        (1_100, SENT),
        (1_200, OPENED),
        (1_300, Delta(0, Text(""))),
        (1_400, Delta(1, Media("image", "image/png", b""))),
        (1_500, Delta(2, part)),
        (1_900, Delta(2, part)),
        (2_000, Answered(SONNET)),
    ]
    for time.now, event in events:
        recorder.saw(event)
    assert row(ledger, "first_token_us", "duration_us") == (500, 1_000)
    assert row(ledger, "started_at") == 1_795_262_400_001_000


def test_what_nobody_said_stays_null_in_an_answer(ledger):
    played(ledger, Started(LUNA, 1), SENT, OPENED, WORDS, Finish("stop"), Answered(LUNA))
    assert row(ledger, "input", "output", "cache_read", "estimated") == (None, None, None, 0)
    assert row(ledger, "cost_nano", "cost_source") == (None, "unknown")


def test_later_reports_override_and_never_add(ledger):
    played(
        ledger,
        *(Started(LUNA, 1), SENT, OPENED, Report(Usage(10, 1)), WORDS, Report(Usage(None, 7))),
        *(Report(Usage(None, 9)), Finish("stop"), Answered(LUNA)),
    )
    assert row(ledger, "input", "output", "cost_nano") == (10, 9, 10 * 100 + 9 * 500)


def test_an_interrupted_answer_is_billed_what_was_said_is_estimated(ledger):
    """Anthropic counts the input at the beginning, the output only at the end."""
    recorder = played(
        ledger,
        *(Started(SONNET, 1), SENT, OPENED, Report(Usage(25, 1, 400)), WORDS, WORDS, Interrupted()),
    )
    output = 1 + 2 * 10  # what was reported, and 80 characters
    assert row(ledger, "status", "finish", "estimated") == ("interrupted", None, 1)
    assert row(ledger, "input", "output", "cache_read") == (25, output, 400)
    assert row(ledger, "cost_nano") == 25 * 2_000 + 400 * 100 + output * 10_000
    assert recorder.usage.estimated


def test_an_interrupt_after_the_last_count_needs_no_estimate(ledger):
    """Gemini counts with every chunk."""
    counted = Report(Usage(25, 11))
    played(ledger, Started(LUNA, 1), SENT, OPENED, WORDS, counted, Interrupted())
    assert row(ledger, "input", "output", "estimated") == (25, 11, 0)


def test_an_interrupt_without_any_report_estimates_question_and_answer(ledger):
    played(ledger, Started(SONNET, 1), SENT, OPENED, WORDS, Interrupted())
    assert row(ledger, "input", "output", "estimated") == (ASKED, 10, 1)


@pytest.mark.parametrize("before", [(), (OPENED,)])
def test_an_interrupt_before_the_first_word_is_taken_to_have_been_read(ledger, before):
    played(ledger, Started(SONNET, 1), SENT, *before, Interrupted())
    assert row(ledger, "status", "input", "output", "estimated") == ("interrupted", ASKED, 0, 1)
    assert row(ledger, "cost_nano", "first_token_us") == (ASKED * 2_000, None)


def test_an_interrupt_before_anything_was_sent_counts_nothing(ledger):
    """The embedded server was still starting, or a token was still being fetched."""
    recorder = played(ledger, Started(SONNET, 1), Interrupted())
    assert row(ledger, "status", "input", "output", "estimated") == ("interrupted", None, None, 0)
    assert row(ledger, "cost_nano", "cost_source") == (0, "unbilled")
    assert recorder.summary() == Cost(0, "unbilled")


def test_an_interrupt_between_attempts_changes_no_row(ledger):
    failed = Failed(RateLimited("slow down", status=429), 1.0, SONNET)
    played(ledger, Started(SONNET, 1), SENT, Opened(429, {}), failed, Interrupted())
    assert ledger.run("SELECT status FROM attempts") == [("failed",)]


def test_a_refused_attempt_cost_nothing(ledger):
    error = RateLimited("Too many requests.", status=429, request_id="req-9")
    recorder = played(ledger, Started(SONNET, 1), SENT, Opened(429, {}), Failed(error))
    assert row(ledger, "status", "error_kind", "error") == (
        *("failed", "rate_limit", "Too many requests."),
    )
    assert row(ledger, "cost_nano", "cost_source", "request_id") == (0, "unbilled", "req-9")
    assert row(ledger, "input", "output", "estimated") == (None, None, 0)
    assert recorder.summary() == Cost(0, "unbilled")


def test_an_attempt_that_was_never_sent_cost_nothing(ledger):
    played(ledger, Started(SONNET, 1), Failed(MissingKey("No key for work.")))
    assert row(ledger, "error_kind", "cost_nano", "cost_source") == ("missing_key", 0, "unbilled")


def test_where_no_connection_was_made_nothing_is_billed(ledger):
    played(ledger, Started(SONNET, 1), SENT, Failed(Unreachable("refused")))
    found = row(ledger, "error_kind", "cost_nano", "cost_source", "input")
    assert found == ("unreachable", 0, "unbilled", None)


@pytest.mark.parametrize("before", [(), (OPENED,)])
def test_a_silent_provider_may_have_billed_so_nobody_knows(ledger, before):
    played(ledger, Started(SONNET, 1), SENT, *before, Failed(Stalled("It said nothing for 30 s.")))
    assert row(ledger, "error_kind", "input", "output") == ("stalled", None, None)
    assert row(ledger, "cost_nano", "cost_source") == (None, "unknown")


def test_a_local_model_that_fails_costs_nothing(ledger):
    played(ledger, Started(LOCAL, 1), SENT, Failed(Unavailable("Nothing answers at 127.0.0.1.")))
    assert row(ledger, "cost_nano", "cost_source") == (0, "local")


def test_an_answer_that_breaks_off_is_billed_as_far_as_it_went(ledger):
    error = Unavailable("The answer was cut short.")
    played(ledger, Started(SONNET, 1), SENT, OPENED, Report(Usage(25, 1)), WORDS, Failed(error))
    assert row(ledger, "status", "input", "output", "estimated") == ("failed", 25, 11, 1)
    assert row(ledger, "cost_nano") == 25 * 2_000 + 11 * 10_000


def test_each_attempt_is_billed_at_the_rate_of_the_model_that_served_it(ledger):
    """The question goes from a failing model to a cheaper one, which serves by another name."""
    lost = Unavailable("The answer was cut short.")
    recorder = played(
        ledger,
        *(Started(SONNET, 1), SENT, OPENED, Report(Usage(10, 1)), WORDS, Failed(lost, None, LUNA)),
        *(Started(LUNA, 2), SENT, OPENED, Served("gpt-6-luna-2026-10-01"), WORDS),
        *(Report(Usage(10, 10)), Finish("stop"), Answered(LUNA)),
    )
    first, second = 10 * 2_000 + 11 * 10_000, 10 * 100 + 10 * 500
    found = ledger.run("SELECT number, model_asked, status, cost_nano FROM attempts ORDER BY id")
    assert found == [
        (1, "claude-sonnet-5-5", "failed", first),
        (2, "gpt-6-luna", "ok", second),
    ]
    assert recorder.summary().nano == first + second
    assert recorder.usage == Usage(10, 10)


def test_a_sum_says_how_many_prices_it_lacks(ledger):
    recorder = played(
        ledger,
        *(Started(SONNET, 1), SENT, Failed(Stalled("silence"), 1.0, LUNA)),
        *(Started(LUNA, 2), SENT, OPENED, Report(Usage(10, 0)), Finish("stop"), Answered(LUNA)),
    )
    assert (recorder.summary().nano, recorder.summary().unknown) == (1_000, 1)


def test_attempts_are_numbered_by_their_order_also_when_the_flow_begins_anew(ledger):
    """A tool loop runs one flow a round; no row may overwrite another."""
    one_round = (
        Started(LUNA, 1),
        SENT,
        OPENED,
        Report(Usage(1, 1)),
        Finish("stop"),
        Answered(LUNA),
    )
    recorder = played(ledger, *one_round, *one_round)
    assert [attempt.number for attempt in recorder.attempts] == [1, 2]
    assert ledger.run("SELECT count(*) FROM attempts") == [(2,)]


def test_a_provider_that_no_file_describes_has_no_price(ledger):
    own = Route("my-own", "m", "my-own")
    played(ledger, Started(own, 1), SENT, OPENED, Report(Usage(1, 1)), Answered(own))
    assert row(ledger, "status", "cost_nano", "cost_source") == ("ok", None, "unknown")


def test_keys_in_an_error_are_not_stored(ledger):
    key = "sk-proj-" + "a1b2c3d4" * 4
    played(ledger, Started(LUNA, 1), Failed(MissingKey(f"No such key: {key}. " + "x" * 1_000)))
    assert key not in row(ledger, "error")
    assert len(row(ledger, "error")) == 300


def test_extra_that_json_does_not_know_is_kept_as_words(ledger):
    extra = {"odd": complex(1, 2)}
    played(ledger, Started(LUNA, 1), SENT, OPENED, Report(Usage(1, 1, extra=extra)), Answered(LUNA))
    assert row(ledger, "extra") == '{"odd":"(1+2j)"}'


def test_an_interrupt_while_the_price_is_looked_up_leaves_a_closed_row(ledger, monkeypatch):
    def interrupted(*_: object, **__: object) -> Cost:
        raise KeyboardInterrupt

    recorder = played(ledger, Started(LUNA, 1), SENT, OPENED, Report(Usage(3, 4)), Finish("stop"))
    monkeypatch.setattr(pricing, "price", interrupted)
    with pytest.raises(KeyboardInterrupt):
        recorder.saw(Answered(LUNA))
    assert row(ledger, "status", "input", "output", "cost_source") == ("ok", 3, 4, "unknown")
    assert recorder.summary() == Cost(unknown=1)


def test_two_calls_at_once_do_not_mix(ledger):
    one = Recorder(ledger, CallContext("one"), CALL)
    two = Recorder(ledger, CallContext("two"), CALL)
    for recorder in (one, two):
        recorder.saw(Started(LUNA, 1))
    one.saw(Report(Usage(1, 1)))
    two.saw(Report(Usage(2, 2)))
    for recorder in (two, one):
        recorder.saw(Answered(LUNA))
    found = ledger.run("SELECT call_id, input FROM attempts ORDER BY call_id")
    assert found == [("one", 1), ("two", 2)]
