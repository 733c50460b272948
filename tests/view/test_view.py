"""What is on screen, as data."""

from __future__ import annotations

import math

import pytest

from nbprovider.answer import Answer
from nbprovider.errors import BadAnswer, Unavailable
from nbprovider.types import (
    Alive,
    Answered,
    Citation,
    Delta,
    Failed,
    Heartbeat,
    Interrupted,
    Media,
    Opened,
    Route,
    Sending,
    Spell,
    Started,
    Text,
    Thinking,
    ToolCall,
    Turn,
    Usage,
)
from nbprovider.view import (
    FORMATS,
    Final,
    Footer,
    Note,
    Seam,
    Table,
    View,
    markdown,
    money,
    plain,
    seconds,
)
from nbprovider.view.formats import fenced, parsed, unfenced

ROUTE = Route("openai", "m", "openai", "")
OTHER = Route("groq", "n", "groq", "")


def view(*events):
    made = View()
    for event in events:
        made.saw(event)
    return made


def test_the_phase_follows_the_call():
    started = Started(ROUTE, 1)
    phases = [
        (view(), "resolving · 0 s"),
        (view(started), "resolving · openai:m · 0 s"),
        (view(started, Sending()), "connecting · openai:m · 0 s"),
        (view(started, Opened(200, {})), "waiting · openai:m · 0 s"),
        (view(started, Delta(0, Thinking("hm"))), "thinking · 1 word · openai:m · 0 s"),
        (view(started, Delta(0, Text("a"))), ""),
        (view(started, Interrupted()), ""),
        (view(started, Answered(ROUTE)), ""),
    ]
    for seen, status in phases:
        assert seen.status(0) == status


def test_a_stream_that_pauses_says_so_until_words_come():
    seen = view(Started(ROUTE, 1), Delta(0, Text("a")))
    assert seen.status(9, silence=1.9) == ""
    assert seen.status(9, silence=4.2) == "no words for 4 s · openai:m"
    seen.saw(Answered(ROUTE))
    assert seen.status(9, silence=4.2) == ""


def test_reasoning_can_be_hidden_and_is_counted_all_the_same():
    made = View(hidden=(Thinking,))
    made.saw(Started(ROUTE, 1))
    made.saw(Delta(0, Thinking("hm")))
    assert made.shown() == []
    assert made.status(0).startswith("thinking · 1 word")


def test_what_a_failed_attempt_showed_stays_above_a_seam():
    error = Unavailable("The connection was lost.")
    seen = view(
        Started(ROUTE, 1),
        Delta(0, Text("wrong")),
        Failed(error, 1.0, ROUTE),
        Started(ROUTE, 2),
        Delta(0, Text("right")),
    )
    text = markdown(seen.shown())
    assert text.index("wrong") < text.index("The connection was lost.") < text.index("right")
    assert "lost. Trying openai:m again after 1.0 s." in text


def test_another_route_is_named_at_the_seam():
    seen = view(Started(ROUTE, 1), Failed(Unavailable("down."), 0, OTHER))
    assert "Going on with groq:n" in markdown(seen.shown())
    assert "groq:n" in seen.status(0)


def test_a_citation_between_two_texts_breaks_no_sentence():
    parts = (Delta(0, Text("The sky")), Delta(1, Citation("https://a.example", title="A")))
    seen = view(Started(ROUTE, 1), *parts, Delta(2, Text(" is blue")))
    assert markdown(seen.shown()).startswith("The sky is blue")
    assert "[A](https://a.example)" in markdown(seen.shown())


def test_thoughts_in_a_row_are_one_fold_of_paragraphs():
    """OpenAI sums its reasoning up in many parts, some of them sealed and without words."""
    thoughts = (Delta(n, Thinking(text)) for n, text in enumerate(("One.", "", "Two.")))
    seen = view(Started(ROUTE, 1), *thoughts)
    assert markdown(seen.shown()).count("<details>") == 1
    assert "One.\n\nTwo." in markdown(seen.shown())


def test_reasoning_is_folded_and_cannot_close_its_fold():
    text = markdown([Thinking("a </details> b")])
    assert text.startswith("<details>")
    assert text.count("</details>") == 1


def test_every_part_has_a_look():
    shown = markdown(
        [
            ToolCall("1", "add", '{"a": 1}'),
            Media("image", "image/png", b"\x89PNG"),
            Media("image", "image/png", url="https://a.example/x.png"),
            Media("audio", "audio/wav", b"RIFF"),
        ]
    )
    assert "add" in shown
    assert "data:image/png;base64,iVBORw==" in shown
    assert "https://a.example/x.png" in shown
    assert "audio/wav" in shown


@pytest.mark.parametrize(
    ("nano", "source", "words"),
    [
        (None, "unknown", "price unknown"),
        (0, "local", "free (local)"),
        (0, "subscription", "in the subscription"),
        (0, "list", "$0"),
        (1_234, "list", "$0.0000012"),
        (1_200_000, "list", "$0.0012"),
        (12_345_678, "list", "$0.0123"),
        (1_500_000_000, "list", "$1.50"),
        (1_234_567_890_000, "list", "$1,234.57"),
    ],
)
def test_money_in_words(nano, source, words):
    assert money(nano, source) == words


def test_time_in_words():
    assert [seconds(x) for x in (None, 0.041, 3.21, 75)] == ["?", "0.04 s", "3.2 s", "75.0 s"]


def test_the_footer_tells_model_tokens_cost_and_speed():
    usage = Usage(1000, 50, cache_read=200, reasoning=20)
    footer = Footer("m", usage, 1_200_000, "list", 0.4, 2.0, ("interrupted",))
    assert footer.text() == (
        "m · 1,200 (200 cached) → 50 (20 reasoning) tokens · $0.0012 · "
        "first token 0.40 s · 2.0 s · interrupted"
    )


def test_the_footer_says_what_is_estimated_and_what_nobody_told():
    usage = Usage(10, 5, extra={"estimated": True})
    assert Footer("m", usage, 1_200_000, "list", None, 1, ()).text().count("≈") == 3
    assert "? → ? tokens · price unknown" in Footer("m", Usage(), None, "unknown", None, 1).text()


def test_a_missing_price_breaks_nothing():
    """Row 11 of the rivals: in chatlas a missing price breaks `repr`."""
    answer = Answer(Turn((Text("hi"),)), ROUTE, None, "unknown", 0.1, 0.2)
    assert math.isnan(answer.cost)
    assert "price unknown" in repr(answer)
    assert "price unknown" in answer._repr_mimebundle_()[0]["text/markdown"]
    assert str(answer) == "hi"


FENCED = 'Sure:\n```json\n{"a": [1, 2]}\n```\nDone.'


def test_a_fenced_reply_is_json_all_the_same():
    """Row 7 of the rivals: jupyter-ai's `-f json` fails on a fenced reply."""
    assert parsed(FENCED) == {"a": [1, 2]}
    assert parsed('{"a": 1}') == {"a": 1}


def test_a_reply_that_is_no_json_keeps_its_text():
    with pytest.raises(BadAnswer, match="not JSON") as raised:
        parsed("I would rather not.")
    assert raised.value.text == "I would rather not."


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("```python\na = 1\n```", "a = 1"),
        ("Here:\n~~~\nx\n~~~\n", "x"),
        ("````md\n```\ninner\n```\n````", "```\ninner\n```"),
        ("a = 1", "a = 1"),
        ("```python\na = 1\nb =", "a = 1\nb ="),
    ],
)
def test_code_comes_out_of_its_fence(text, code):
    assert unfenced(text) == code


def test_a_fence_cannot_be_closed_from_inside():
    assert fenced("```\nx\n```", "md").startswith("````md\n")


def test_each_form_shows_itself():
    shown = (Text(FENCED),)
    finals = {n: Final(shown, FENCED, f, "foot", {"model": "m"}) for n, f in FORMATS.items()}
    assert finals["markdown"].bundle()["text/markdown"].startswith("Sure:")
    assert "text/markdown" not in finals["text"].bundle()
    assert finals["json"].bundle()["text/markdown"].startswith('```json\n{\n  "a"')
    assert finals["code"].bundle()["text/markdown"].startswith('```json\n{"a": [1, 2]}')
    plain = {name: final.body()["text/plain"] for name, final in finals.items()}
    assert (plain["markdown"], plain["text"]) == (FENCED, FENCED)
    assert plain["code"] == '{"a": [1, 2]}', "the same code as in markdown, without the prose"
    assert plain["json"].startswith('{\n  "a"')
    for final in finals.values():
        assert final.bundle()["text/plain"].endswith("foot")
        assert final.metadata() == {"nbprovider": {"model": "m"}}


def test_plain_text_is_plain():
    shown = (
        *(Thinking("hm"), Text("Words."), ToolCall("1", "look", "{}"), Seam("Lost.")),
        *(Media("image", "image/png", b"1"), Citation("https://a.example", "", "A")),
    )
    assert plain(shown) == (
        "Words.\n\nlook()\n\n⚠ Lost.\n\n[image: image/png]\n\nA: https://a.example"
    )


def test_a_table_is_legible_everywhere():
    table = Table(("a", "b"), (("1", "x|y"), ("22", "z\nw")), title="T", note="N")
    assert table.markdown().splitlines()[2:5] == ["| a | b |", "| :--- | :--- |", "| 1 | x\\|y |"]
    assert table.plain().splitlines()[2] == "a   b"
    assert str(Table(("a",), ())) == Table(("a",), ()).plain() == "a\n─"
    assert "$" not in Table(("a",), (), note="$1 left of $2").markdown(), "no formula"
    assert "$" not in Note("$1 left of $2")._repr_mimebundle_()["text/markdown"]
    assert set(table._repr_mimebundle_()) == {"text/plain", "text/markdown"}


def test_a_wait_is_counted_down():
    """The status says how long it still is until the next attempt."""
    retried = view(Started(ROUTE, 1), Failed(Unavailable("lost"), 8.0, ROUTE))
    assert retried.status(3.0, 0.5) == "trying openai:m again in 8 s"
    assert retried.status(9.0, 6.5) == "trying openai:m again in 2 s"
    assert retried.status(9.0, 7.9) == "trying openai:m again in 1 s"
    assert retried.status(9.0, 60.0) == "trying openai:m again"


def test_between_two_routes_only_the_next_is_named():
    seen = view(Started(ROUTE, 1), Opened(200, {}), Failed(Unavailable("no"), None, OTHER))
    assert seen.status(3.0, 0.1) == "going on with groq:n"


def test_a_message_that_ends_in_a_quotation_ends_in_a_full_stop():
    seen = view(Started(ROUTE, 1), Failed(Unavailable('Down (503): "fire"'), None, OTHER))
    assert '"fire". Going on' in markdown(seen.shown())


def test_a_new_attempt_does_not_tell_the_way_of_the_one_before():
    beat = Heartbeat((Spell("waiting", 4.0), Spell("streaming", 1.0)), 1.0)
    failed = Failed(Unavailable("lost."), None, OTHER)
    seen = view(Started(ROUTE, 1), beat, failed, Started(OTHER, 2), Sending())
    assert seen.status(6.0, 0.1) == "connecting · groq:n · 6 s"
    seen.saw(Heartbeat((Spell("resolving", 0.001), Spell("connecting", 2.0)), 1.0))
    assert seen.status(8.0, 0.1) == "connecting · groq:n · 8 s"


def test_a_heartbeat_tells_how_the_call_came_to_where_it_is():
    beat = Heartbeat((Spell("connecting", 0.3), Spell("waiting", 4.7)), 1.0)
    waiting = view(Started(ROUTE, 1), Sending(), Opened(200, {}), beat)
    assert waiting.status(5.0, 1.0) == "connecting 0.30 s → waiting · openai:m · 5 s"


def test_a_stall_is_said_until_a_byte_comes():
    """Any sign of life takes the warning away, also one that says nothing else."""
    beat = Heartbeat((Spell("waiting", 16.0),), 16.0, stalled=True)
    waiting = view(Started(ROUTE, 1), Opened(200, {}), beat)
    assert waiting.status(17.0, 17.0).endswith("⚠ nothing has come for 17 s")
    waiting.saw(Alive())
    assert "⚠" not in waiting.status(17.1, 0.1)
