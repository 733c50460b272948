"""What would be sent: every part with its words, tokens and cost; keys out, nothing sent."""

from __future__ import annotations

import io

import pytest
from PIL import Image

import nbprovider
from nbprovider.credentials import Secret
from nbprovider.ledger import estimate
from nbprovider.types import Media, Message, Text, Thinking, Tool, ToolCall, ToolResult

MODEL = "gpt-6-luna"


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdefghijkl")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")


def png(side: int = 8) -> bytes:
    file = io.BytesIO()
    Image.new("L", (side, side)).save(file, "PNG")
    return file.getvalue()


def shown(prompt, **words):
    return nbprovider.preview(prompt, model=MODEL, **words).prompt


def test_every_part_is_shown_in_its_order():
    told = shown(["Look: ", Media("image", "image/png", png()), "odd?"], system="Be brief.")
    assert [(p.who, p.text) for p in told.pieces] == [
        ("system", "Be brief."),
        ("user", "Look: "),
        ("user", ""),
        ("user", "odd?"),
    ]
    assert told.pieces[2].kind == "image, image/png, 0 KiB"
    assert told.pieces[2].tokens == estimate.MEDIA


def test_the_parts_make_the_whole():
    tool = Tool("look", "Looks.", {"type": "object", "properties": {}})
    told = shown(["a" * 400, "b"], system="s", tools=[tool], schema={"type": "object"})
    assert sum(piece.tokens for piece in told.pieces) == told.forecast.read
    assert [piece.who for piece in told.pieces[:2]] == ["tools", "schema"]
    assert all(piece.cost > 0 for piece in told.pieces)
    assert "temperature 0.5" in repr(shown("hi", temperature=0.5))
    assert '"n": 1' in repr(shown("hi", extra={"n": 1}))


def test_what_only_another_provider_reads_is_not_shown():
    chat = nbprovider.Chat()
    parts = (Thinking("hm"), ToolCall("1", "look", '{"at": 1}'))
    chat.messages += [
        Message("user", (Text("hi"),)),
        Message("assistant", parts, "anthropic"),
        Message("tool", (ToolResult("1", "look", "seen"),)),
    ]
    from nbprovider.session import current

    told = current().preview("and?", {"model": MODEL}, chat).prompt
    assert [piece.kind for piece in told.pieces] == [
        "words",
        "asks for the tool look",
        "result of the tool look",
        "words",
    ]
    own = Message("assistant", parts, "openai")
    chat.messages[1] = own
    assert "thinking" in [
        p.kind for p in current().preview("and?", {"model": MODEL}, chat).prompt.pieces
    ]


def test_keys_are_taken_out_of_what_is_shown():
    secret = Secret("a-secret-that-nobody-guesses")
    told = shown("it is a-secret-that-nobody-guesses", system="sk-ant-api03-0123456789abcdefg")
    for words in told._repr_mimebundle_().values():
        assert "nobody-guesses" not in words
        assert "0123456789" not in words
    secret.wipe()


def test_a_notebook_shows_words_in_fences_and_pictures_as_pictures():
    bundle = shown(["```\ncode\n```", Media("image", "image/png", png(), name="x.png")])
    markdown = bundle._repr_mimebundle_()["text/markdown"]
    assert "````text\n```\ncode\n```\n````" in markdown
    assert "![x.png](data:image/png;base64," in markdown
    odd = shown(["x", Media("image", "image/png", png(), name="<b>](y")])
    assert "![\\<b\\>\\](y](data:" in odd._repr_mimebundle_()["text/markdown"]
    assert "| | who | what |" in markdown.replace("|  |", "| |")
    assert "Nothing was sent. It would go to openai:gpt-6-luna" in markdown
    assert "base64" not in bundle._repr_mimebundle_()["text/plain"]


def test_an_unknown_price_is_said():
    told = nbprovider.preview("hi", model="openai:nobody-knows-it").prompt
    assert told.pieces[0].cost is None
    assert "price unknown" in repr(told)
