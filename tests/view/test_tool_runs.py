"""Tools on screen: streamed arguments, a line for each that ran, the rest folded away."""

from __future__ import annotations

import json

from nbprovider.credentials import Secret
from nbprovider.errors import Unavailable
from nbprovider.types import (
    Answered,
    Delta,
    Failed,
    Interrupted,
    Media,
    Route,
    Started,
    Text,
    ToolCall,
    ToolEnded,
    ToolResult,
    ToolStarted,
)
from nbprovider.view import FORMATS, Final, Pages, ToolRun, View, code, markdown, plain, settled

ROUTE = Route("openai", "m", "openai", "")
ROME = ToolCall("1", "weather", '{"city": "Rome", "days": 2}')
OSLO = ToolCall("2", "weather", '{"city": "Oslo"}')
SUNNY = ToolResult("1", "weather", "sunny")
SNOW = ToolResult("2", "weather", "snow")
LONG = ToolResult("1", "weather", "\n".join(f"day {n}: sunny" for n in range(30)))

ASKING = (Started(ROUTE, 1), Delta(0, Text("Let me look.")), Delta(1, ROME), Delta(2, OSLO))
TOLD = (Started(ROUTE, 1), Delta(0, Text("Rome is sunny.")), Answered(ROUTE))
WHOLE = (
    *(*ASKING, Answered(ROUTE), ToolStarted(ROME), ToolEnded(SUNNY)),
    *(ToolStarted(OSLO), ToolEnded(SNOW), *TOLD),
)


def view(*events):
    made = View()
    for event in events:
        made.saw(event)
    return made


def test_each_tool_stands_where_it_was_asked_for_with_what_it_gave():
    shown = view(*WHOLE).shown()
    assert [type(item) for item in shown] == [Text, ToolRun, ToolRun, Text]
    assert [(run.call, run.result.text) for run in shown[1:3]] == [(ROME, "sunny"), (OSLO, "snow")]
    assert plain(view(*WHOLE).shown()) == (
        'Let me look.\n\n🔧 weather(city="Rome", days=2) → sunny\n\n'
        '🔧 weather(city="Oslo") → snow\n\nRome is sunny.'
    )


def test_results_in_any_order_find_their_calls_also_those_without_an_id():
    calls = [ToolCall("", "f", "{}"), ToolCall("", "f", "{}")]
    first, second = (ToolResult("", "f", words) for words in ("one", "two"))
    made = view(
        *(Started(ROUTE, 1), Delta(0, calls[0]), Delta(1, calls[1]), Answered(ROUTE)),
        *(ToolStarted(calls[0]), ToolStarted(calls[1]), ToolEnded(first), ToolEnded(second)),
    )
    assert [run.result.text for run in made.shown()] == ["one", "two"]
    late = view(*ASKING, ToolStarted(ROME), ToolStarted(OSLO), ToolEnded(SNOW)).shown()
    assert late[1] == ToolRun(ROME)
    assert late[2].result.text == "snow"


def test_while_a_tool_runs_the_status_names_it_and_its_line_waits():
    made = view(*ASKING, Answered(ROUTE), ToolStarted(ROME))
    assert made.status(3).startswith("running weather")
    assert plain(made.shown()[1:2]) == '🔧 weather(city="Rome", days=2) → …'


def test_a_tool_that_was_stopped_says_so():
    made = view(*ASKING, Answered(ROUTE), ToolStarted(ROME), Interrupted())
    assert plain(made.shown()[1:2]) == '⚠ weather(city="Rome", days=2) → stopped'
    assert made.status(3) == ""


def test_arguments_are_seen_as_they_come():
    growing = ToolCall("1", "weather", '{"city": "Ro')
    assert markdown([growing]) == '🔧 `weather({"city": "Ro)`'
    source = ToolCall("1", "run", '{"code": "a = 1\\nb = 2\\n' + "c = a + b  # " * 9)
    shown = markdown([source])
    assert shown.startswith("🔧 `run`\n\n```\n")
    assert "a = 1\nb = 2\n" in shown


def test_a_short_result_is_a_line_a_long_one_is_folded():
    assert markdown([ToolRun(ROME, SUNNY)]) == (
        '🔧 <code>weather(city="Rome", days=2)</code> → sunny'
    )
    long = markdown([ToolRun(ROME, LONG)])
    assert long.startswith("<details><summary>🔧 <code>weather(")
    assert "day 0: sunny day 1: sunny" in long.partition("</summary>")[0]
    assert "```\nday 0: sunny\nday 1: sunny\n" in long
    assert long.endswith("</details>")


def test_json_is_written_over_lines_and_long_arguments_stand_in_the_fold():
    call = ToolCall("1", "find", '{"words": "' + "x" * 200 + '"}')
    found = [{"title": "Momo", "year": year} for year in range(3)]
    result = ToolResult("1", "find", json.dumps({"found": found, "more": [1] * 9}))
    shown = markdown([ToolRun(call, result)])
    assert '```json\n{\n  "words": "xxx' in shown
    first = '{"title": "Momo", "year": 0},'
    assert f'```json\n{{\n  "found": [\n    {first}\n' in shown
    assert '\n  ],\n  "more": [1, 1, 1' in shown


def test_what_a_tool_gives_is_no_markup():
    nasty = ToolResult("1", "f", "<script>$x$</script>\n```\n# head\n```")
    shown = markdown([ToolRun(ToolCall("1", "f", '{"a": "<b>$1$"}'), nasty)])
    above, _, below = shown.partition("</summary>")
    assert "<script>" not in above
    assert "<b>" not in above
    assert "$" not in above
    assert "````\n<script>" in below


def test_a_very_long_result_is_shown_in_part():
    shown = markdown([ToolRun(ROME, ToolResult("1", "weather", "y" * 9_000))])
    assert "… and 4,000 characters more" in shown


def test_pictures_of_a_tool_are_seen_at_once():
    drawn = ToolResult("1", "draw", ("here", Media("image", "image/png", b"p")))
    shown = markdown([ToolRun(ToolCall("1", "draw"), drawn)])
    assert "![an image from the model](data:image/png;base64,cA==)" in shown
    assert plain([ToolRun(ToolCall("1", "draw"), drawn)]) == "🔧 draw() → here [image]"


def test_an_error_is_marked():
    failed = ToolResult("1", "weather", "ValueError: no such city", error=True)
    assert plain([ToolRun(ROME, failed)]).startswith("⚠ weather(")


def test_secrets_that_we_know_are_in_no_line():
    secret = Secret("sk-" + "q1W2e3R4" * 6)
    call = ToolCall("1", "f", f'{{"a": "{secret.reveal()}", "b": "{"x" * 99}"}}')
    made = view(Started(ROUTE, 1), Delta(0, call), Answered(ROUTE), ToolStarted(call))
    assert secret.reveal() not in markdown([call]) + plain([call]) + markdown(made.shown())
    made.saw(ToolEnded(ToolResult("1", "f", f"{secret.reveal()}\n\n")))
    assert secret.reveal() not in markdown(made.shown()) + plain(made.shown())


def test_code_in_a_line_may_hold_backticks():
    assert code("a") == "`a`"
    assert code("a `b`") == "`` a `b` ``"


def test_tools_asked_for_together_stay_in_the_tail_until_the_next_words():
    pages, made, finished = Pages(), View(), []
    for event in WHOLE:
        made.saw(event)
        given, tail = pages.advance(made.shown())
        finished += [given] if given else []
    assert finished[0] == "Let me look."
    assert finished[1].count("→") == 2
    assert tail == "Rome is sunny."


def test_a_failed_attempt_of_a_later_call_folds_nothing_of_an_earlier_one():
    failing = (Started(ROUTE, 1), Delta(0, Text("Rome i")), Failed(Unavailable("Gone."), 0, ROUTE))
    shown = view(*WHOLE[:-3], *failing, *TOLD).shown()
    told = settled(shown)
    assert told.startswith("Let me look.")
    assert told.index("sunny") < told.index("1 failed attempt") < told.index("Rome i\n")
    assert told.endswith("Rome is sunny.")


def test_what_remains_as_plain_text_has_a_line_for_each_tool():
    made = view(*WHOLE)
    final = Final(tuple(made.shown()), "Rome is sunny.", FORMATS["markdown"], "foot", {})
    assert final.body()["text/plain"].count("🔧") == 2
    final = Final(tuple(made.shown()), "Rome is sunny.", FORMATS["text"], "foot", {})
    assert final.body() == {"text/plain": "Rome is sunny."}
