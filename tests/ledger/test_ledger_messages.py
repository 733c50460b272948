"""A message comes back from the store as it was, but for secrets."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from nbprovider.credentials import redact
from nbprovider.ledger import messages
from nbprovider.types import (
    Citation,
    Media,
    Message,
    Opaque,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)

KEY = "sk-proj-" + "a1B2" * 10

words = st.text(st.characters(codec="utf-8"), max_size=40).filter(lambda text: redact(text) == text)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | words,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2),
    max_leaves=4,
)
extra = st.none() | st.dictionaries(words, values, max_size=2)
maybe = st.none() | words
text = st.builds(Text, words, extra)
media = st.builds(
    Media,
    st.sampled_from(["image", "audio", "document", "video"]),
    st.just("image/png"),
    st.none() | st.binary(max_size=20),
    maybe,
    maybe,
    extra,
)
opaque = st.builds(Opaque, words, st.dictionaries(words, values, max_size=2))
part = st.one_of(
    text,
    media,
    opaque,
    st.builds(Thinking, words, maybe, extra),
    st.builds(ToolCall, words, words, words, extra),
    st.builds(Citation, words, words, words, extra),
    st.builds(
        ToolResult, words, words, words | st.lists(text | media | opaque, max_size=4).map(tuple)
    ),
)
message = st.builds(
    Message,
    st.sampled_from(["system", "user", "assistant", "tool"]),
    st.lists(part, max_size=5).map(tuple),
    words,
)


@given(message)
def test_every_message_comes_back_as_it_was(said):
    kept = messages.write(said)
    assert messages.read(kept.json, kept.media) == said


@given(st.lists(media, max_size=4).map(tuple))
def test_bytes_of_media_stand_apart(parts):
    """Also those in a tool's result, each at its place in reading order."""
    said = Message("tool", (ToolResult("1", "camera", parts), *parts))
    kept = messages.write(said)
    assert messages.read(kept.json, kept.media) == said
    given = [one.data for one in (*parts, *parts)]
    assert kept.media == {place: data for place, data in enumerate(given) if data}
    bare = messages.read(kept.json, {})
    assert all(not one.data for one in bare.parts if isinstance(one, Media))


def test_what_looks_like_a_key_is_taken_out_of_all_words():
    said = Message(
        "assistant",
        (
            Text(f"a {KEY}"),
            Thinking(f"b {KEY}", "signed"),
            ToolCall("1", "log", f'{{"key": "{KEY}"}}'),
            ToolResult("1", "log", f"c {KEY}"),
            ToolResult("2", "log", (Text(f"d {KEY}"),)),
            Citation(f"https://host/?key={KEY}", KEY, KEY),
            Media("image", "image/png", url=f"https://host/?key={KEY}"),
        ),
    )
    kept = messages.write(said)
    assert KEY not in kept.json + kept.words
    back = messages.read(kept.json, kept.media)
    assert [type(part) for part in back.parts] == [type(part) for part in said.parts]
    assert back.parts[1].signature is None
    assert msgspec.json.decode(back.parts[2].arguments)


def test_a_known_secret_is_taken_out_of_what_only_a_provider_understands(monkeypatch):
    monkeypatch.setattr("nbprovider.credentials.redaction.known_values", lambda: ["plainsecret99"])
    said = Message("assistant", (Opaque("x", {"token": "plainsecret99"}), Text("fine")))
    kept = messages.write(said)
    assert "plainsecret99" not in kept.json
    assert messages.read(kept.json, {}).text == "fine"


def test_a_signature_that_is_shaped_like_a_key_stays():
    """A provider takes a thought back only with the signature that it gave."""
    said = Message("assistant", (Thinking("Hm.", KEY, {"s": KEY}),))
    kept = messages.write(said)
    assert messages.read(kept.json, {}) == said


def test_all_that_is_read_is_found_and_nothing_else():
    said = Message(
        "assistant",
        (
            Text("one"),
            Thinking("hidden"),
            ToolCall("1", "two", "three"),
            ToolResult("1", "four", (Text("five"), Media("image", "image/png", b"x", name="in"))),
            Citation("six", "seven", "eight"),
            Media("image", "image/png", b"nine", name="ten\0"),
            Opaque("x", {"a": "hidden"}),
        ),
    )
    found = messages.write(said).words.split()
    assert set(found) == {"one", "two", "three", "four", "five", "six", "seven", "eight", "ten"}
