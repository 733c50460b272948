"""Embeddings, speech and transcription over a real socket, and in the ledger."""

from __future__ import annotations

import base64
import io
import json
import math
import os
import signal
import sys
import time
import wave
from email.parser import BytesParser

import numpy as np
import pandas as pd
import pytest

import nbprovider
from nbprovider import catalog, config
from nbprovider.errors import (
    ConfigError,
    RateLimited,
    Stalled,
    Unauthorized,
    Unavailable,
    UnknownModel,
    UsageError,
)
from nbprovider.session.services import batches
from nbprovider.types import Media

MODEL = "openai-compatible:tiny"
KEY = "sk-services0123456789abcdef"
MP3 = b"ID3\x04\x00 a very short song"
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt a very short word"


@pytest.fixture
def at_once(monkeypatch):
    """Wait no time between tries."""
    monkeypatch.setattr(time, "sleep", lambda _: None)


def settings(isolated, text):
    folder = config.made(isolated / "config")
    (folder / "settings.toml").write_text(text)


def embedding(peer):
    """Answer with vectors that tell each text's length, last text first."""
    texts = peer.request["body"]["input"]
    rows = [{"index": i, "embedding": [float(len(t)), 1.0]} for i, t in enumerate(texts)]
    usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
    peer.whole(200, {"model": "tiny", "data": rows[::-1], "usage": usage})


def test_a_list_gives_an_array_in_its_order(point):
    point(embedding)
    found = nbprovider.embed(["a", "bb", "ccc"], model=MODEL)
    assert isinstance(found, np.ndarray)
    assert (found.shape, found.dtype) == ((3, 2), np.float64)
    assert found[:, 0].tolist() == [1, 2, 3]


def test_a_text_gives_one_vector(point):
    point(embedding)
    assert nbprovider.embed("four", model=MODEL).tolist() == [4, 1]


def test_a_series_gives_a_frame_with_its_index(point):
    point(embedding)
    index = pd.Index(["x", "y"], name="key")
    found = nbprovider.embed(pd.Series(["a", "bb"], index=index), model=MODEL)
    assert isinstance(found, pd.DataFrame)
    pd.testing.assert_index_equal(found.index, index)
    assert found[0].tolist() == [1, 2]


@pytest.mark.parametrize("nothing", [[], pd.Series([], dtype="string")])
def test_no_texts_ask_nobody(nothing):
    assert len(nbprovider.embed(nothing)) == 0
    assert len(nbprovider.usage()) == 0


@pytest.mark.parametrize("missing", [None, math.nan, 3])
def test_what_is_no_text_is_named_by_its_place(missing):
    with pytest.raises(UsageError, match="Text 1 is no text"):
        nbprovider.embed(["a", missing], model=MODEL)


def test_a_frame_is_asked_for_its_column(point):
    frame = pd.DataFrame({"text": ["a", "bb"]})
    with pytest.raises(UsageError, match="DataFrame is not a list"):
        nbprovider.embed(frame, model=MODEL)
    point(embedding)
    assert nbprovider.embed(frame["text"], model=MODEL)[0].tolist() == [1, 2]
    assert nbprovider.embed(frame["text"].to_numpy(str), model=MODEL)[:, 0].tolist() == [1, 2]


def test_each_batch_is_a_row_of_the_ledger(point):
    server = point(embedding)
    found = nbprovider.embed(list("abcde"), model=MODEL, batch=2)
    assert found.shape == (5, 2)
    assert [len(one["body"]["input"]) for one in server.requests] == [2, 2, 1]
    rows = nbprovider.usage()
    assert rows["purpose"].tolist() == ["embedding"] * 3
    assert rows["input"].tolist() == [2, 2, 1]
    assert rows["output"].tolist() == [0, 0, 0]
    assert rows["status"].tolist() == ["ok"] * 3
    assert rows["call"].nunique() == 3


def test_a_batch_below_one_is_refused():
    with pytest.raises(UsageError, match="batch of 0"):
        nbprovider.embed("a", model=MODEL, batch=0)


def test_a_batch_is_bounded_by_its_texts_and_their_length():
    long = "x" * 400
    assert list(batches(["a"] * 5, 2)) == [["a", "a"], ["a", "a"], ["a"]]
    assert list(batches([long, long, "a", long], 9, 150)) == [[long], [long, "a"], [long]]
    assert list(batches([long * 9, "a"], 9, 100)) == [[long * 9], ["a"]]


def test_a_cloud_embedding_has_its_list_price(point, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server = point(embedding, variable="OPENAI_BASE_URL")
    nbprovider.embed(["a"], dimensions=256)
    sent = server.requests[0]
    assert sent["path"] == "/v1/embeddings"
    assert sent["headers"]["authorization"] == f"Bearer {KEY}"
    assert sent["body"] == {"model": "text-embedding-3-small", "input": ["a"], "dimensions": 256}
    row = nbprovider.usage().iloc[-1]
    assert row["cost_source"] == "list"
    assert row["cost"] == pytest.approx(0.02e-6)


def test_a_busy_service_is_asked_again(point, at_once):
    busy = iter([503, 429])

    def script(peer):
        if status := next(busy, None):
            peer.whole(status, {"error": {"message": "busy"}})
        else:
            embedding(peer)

    point(script)
    assert nbprovider.embed(["a"], model=MODEL).shape == (1, 2)
    assert nbprovider.usage()["status"].tolist() == ["failed", "failed", "ok"]


def test_a_refusal_is_a_typed_error_and_a_row(point):
    point(lambda peer: peer.whole(401, {"error": {"message": "bad key"}}))
    with pytest.raises(Unauthorized, match="bad key"):
        nbprovider.embed(["a"], model=MODEL)
    row = nbprovider.usage().iloc[-1]
    assert (row["status"], row["purpose"]) == ("failed", "embedding")


def test_too_few_vectors_are_an_error(point, at_once):
    point(lambda peer: peer.whole(200, {"data": [{"index": 0, "embedding": [1.0]}]}))
    with pytest.raises(Unavailable, match="1 vectors for 2 texts"):
        nbprovider.embed(["a", "b"], model=MODEL)


def test_vectors_of_different_lengths_are_an_error(point):
    rows = [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0]}]
    point(lambda peer: peer.whole(200, {"data": rows}))
    with pytest.raises(Unavailable, match="different lengths"):
        nbprovider.embed(["a", "b"], model=MODEL)


@pytest.mark.parametrize("body", ["<html><body>Sign in</body></html>", "", b"\xff\xfe\x00", "[]"])
def test_what_is_no_embedding_is_an_error(point, at_once, body):
    point(lambda peer: peer.whole(200, body))
    with pytest.raises(Unavailable):
        nbprovider.embed(["a"], model=MODEL)


def test_a_slow_embedding_that_shows_life_is_waited_for(point, isolated):
    """Row 21 of the rivals: limits count silence, not length, and are settings.

    The reply takes four times the limit in all, but no silence in it is as long.
    """
    settings(isolated, "silence = 0.5\ntries = 1\n")
    body = json.dumps({"data": [{"index": 0, "embedding": [1.0]}]}).encode()

    def script(peer):
        peer.head(kind="application/json")
        for _ in range(10):
            peer.chunk(b" ")
            time.sleep(0.2)
        peer.chunk(body)
        peer.end()

    point(script)
    assert nbprovider.embed("a", model=MODEL).tolist() == [1.0]


def test_silence_ends_an_embedding_at_the_limit_in_the_settings(point, isolated):
    """Row 21 of the rivals: the limit is a setting; what goes beyond it says so."""
    settings(isolated, "silence = 0.3\ntries = 1\n")
    point(lambda peer: peer.wait_closed(10))
    with pytest.raises(Stalled):
        nbprovider.embed("a", model=MODEL)


def test_a_server_of_ones_own_may_be_silent_for_minutes():
    """Row 21 of the rivals: embeddings of a slow local model die at 60 s."""
    local = [p for p in catalog.load().values() if p.kind == "local" and p.services]
    assert local
    assert all(provider.silence >= 300 for provider in local)


def test_the_role_in_the_settings_is_taken_first(point, isolated, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    settings(isolated, f'[roles]\nembedding = "{MODEL}"\n')
    server = point(embedding)
    nbprovider.embed(["a"])
    assert server.requests[0]["body"]["model"] == "tiny"


@pytest.mark.parametrize(
    ("listed", "taken"), [(["chatty", "nomic-embed", "bge-m3"], "nomic-embed"), (["only"], "only")]
)
def test_a_server_without_a_usual_model_is_asked_for_its_list(point, listed, taken):
    def script(peer):
        if peer.request["path"].endswith("/models"):
            peer.whole(200, {"data": [{"id": name} for name in listed]})
        else:
            embedding(peer)

    server = point(script)
    nbprovider.embed(["a"])
    assert server.requests[-1]["body"]["model"] == taken


def test_a_server_that_lists_no_such_model_must_be_given_one(point):
    point(lambda peer: peer.whole(200, {"data": [{"id": "chatty"}, {"id": "wordy"}]}))
    with pytest.raises(UsageError, match="no usual model that makes embeddings"):
        nbprovider.embed(["a"])


def test_a_provider_without_the_service_names_those_that_have_it(monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(UsageError, match="Anthropic has no service that makes embeddings") as told:
        nbprovider.embed(["a"], model="anthropic:claude-x")
    assert told.value.hint.startswith("These have: openai, ")


def test_without_any_account_the_providers_are_named():
    with pytest.raises(UsageError, match="No account is configured that speaks") as told:
        nbprovider.speak("hi")
    assert "openai" in told.value.hint


def test_an_unknown_model_names_the_one_that_may_be_meant(point):
    def script(peer):
        if peer.request["path"].endswith("/models"):
            peer.whole(200, {"data": [{"id": "tiny-embed"}, {"id": "other"}]})
        else:
            peer.whole(404, {"error": {"message": "no such", "code": "model_not_found"}})

    point(script)
    with pytest.raises(UnknownModel, match="tiny-embed"):
        nbprovider.embed(["a"], model="openai-compatible:tiny-embde")


def test_what_a_provider_cannot_be_asked_for_is_refused_by_name(point):
    server = point(embedding)
    with pytest.raises(UsageError, match="purpose"):
        nbprovider.embed(["a"], model=MODEL, purpose="query")
    assert not server.requests


def test_an_interrupt_is_a_row_of_its_own(point, monkeypatch):
    point(embedding)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("nbprovider.protocols.embeddings_reply._items", interrupted)
    with pytest.raises(KeyboardInterrupt):
        nbprovider.embed(["some words"], model=MODEL)
    row = nbprovider.usage().iloc[-1]
    assert (row["status"], bool(row["estimated"])) == ("interrupted", True)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_an_interrupt_while_the_server_is_silent_closes_the_connection(point):
    def script(peer):
        os.kill(os.getpid(), signal.SIGINT)
        peer.wait_closed(10)

    server = point(script)
    with pytest.raises(KeyboardInterrupt):
        nbprovider.embed(["some words"], model=MODEL)
    end = time.monotonic() + 5
    while server.peers[0].closed_at is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    row = nbprovider.usage().iloc[-1]
    assert (row["status"], bool(row["estimated"])) == ("interrupted", True)
    assert row["input"] > 0


def test_speech_is_a_player_of_what_the_server_made(point):
    server = point(lambda peer: peer.whole(200, MP3, "audio/mpeg"))
    audio = nbprovider.speak("Hello", model=MODEL, voice="echo")
    assert type(audio).__module__.startswith("IPython")
    assert (audio.data, audio.mimetype) == (MP3, "audio/mpeg")
    assert "data:audio/mpeg;base64," in audio._repr_html_()
    sent = server.requests[0]
    assert sent["path"] == "/v1/audio/speech"
    assert sent["body"] == {
        "model": "tiny",
        "input": "Hello",
        "voice": "echo",
        "response_format": "mp3",
    }
    row = nbprovider.usage().iloc[-1]
    assert (row["purpose"], row["status"]) == ("speech", "ok")
    assert math.isnan(row["cost"])


def test_nothing_to_say_is_refused():
    with pytest.raises(UsageError, match="nothing to say"):
        nbprovider.speak(" \n", model=MODEL)


def test_googles_samples_become_a_wav_file(point, monkeypatch):
    samples = bytes(4800)
    sound = {"mimeType": "audio/L16;codec=pcm;rate=24000", "data": base64.b64encode(samples)}
    sound["data"] = sound["data"].decode()
    body = {
        "candidates": [{"content": {"parts": [{"inlineData": sound}]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 4, "candidatesTokenCount": 25},
    }
    monkeypatch.setenv("GEMINI_API_KEY", "AIza" + "x" * 35)
    server = point(
        lambda peer: peer.whole(200, body), variable="GOOGLE_GEMINI_BASE_URL", path="/v1beta"
    )
    audio = nbprovider.speak("Hello", voice="Puck")
    with wave.open(io.BytesIO(audio.data)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24000, 1, 2)
        assert file.readframes(9999) == samples
    sent = server.requests[0]
    assert sent["path"].endswith("-tts:generateContent")
    assert sent["body"]["generationConfig"]["responseModalities"] == ["AUDIO"]
    assert "Puck" in json.dumps(sent["body"])
    row = nbprovider.usage().iloc[-1]
    assert (row["input"], row["output"]) == (4, 25)


def form(request):
    """Read a multipart body with the standard library's own parser."""
    kind = request["headers"]["content-type"].encode()
    message = BytesParser().parsebytes(b"Content-Type: " + kind + b"\r\n\r\n" + request["body"])
    return {
        part.get_param("name", header="content-disposition"): (
            part.get_filename(),
            part.get_payload(decode=True),
        )
        for part in message.get_payload()
    }


def test_a_transcript_has_words_times_language_and_length(point, tmp_path):
    told = {
        "text": "Hello there.",
        "language": "english",
        "duration": 1.5,
        "segments": [{"id": 0, "start": 0.0, "end": 1.5, "text": " Hello there."}],
        "usage": {"type": "duration", "seconds": 2},
    }
    server = point(lambda peer: peer.whole(200, told))
    path = tmp_path / "word.wav"
    path.write_bytes(WAV)
    found = nbprovider.transcribe(path, model="openai-compatible:whisper-1", language="en")
    assert (str(found), found.language, found.duration) == ("Hello there.", "english", 1.5)
    assert [(s.start, s.end, s.text) for s in found.segments] == [(0.0, 1.5, "Hello there.")]
    assert isinstance(found, nbprovider.Transcript)
    assert server.requests[0]["path"] == "/v1/audio/transcriptions"
    assert form(server.requests[0]) == {
        "model": (None, b"whisper-1"),
        "language": (None, b"en"),
        "response_format": (None, b"verbose_json"),
        "file": ("word.wav", WAV),
    }
    assert nbprovider.usage().iloc[-1]["purpose"] == "transcription"


def test_tokens_and_price_of_a_transcript_are_counted(point):
    usage = {"input_tokens": 37, "output_tokens": 12, "cost": 0.0001}
    point(lambda peer: peer.whole(200, {"text": "Hello.", "usage": usage}))
    nbprovider.transcribe(MP3, model=MODEL)
    row = nbprovider.usage().iloc[-1]
    assert (row["input"], row["output"], row["cost_source"]) == (37, 12, "provider")
    assert row["cost"] == pytest.approx(0.0001)


def test_what_was_spoken_can_be_transcribed(point):
    point(
        lambda peer: (
            peer.whole(200, MP3, "audio/mpeg")
            if peer.request["path"].endswith("speech")
            else peer.whole(200, {"text": "Hello"})
        )
    )
    audio = nbprovider.speak("Hello", model=MODEL)
    assert nbprovider.transcribe(audio, model=MODEL).text == "Hello"
    assert nbprovider.transcribe(Media("audio", "audio/mpeg", MP3), model=MODEL).text == "Hello"


@pytest.mark.parametrize("thing", [b"", b"just words", "nowhere.wav", 3])
def test_what_is_no_sound_is_refused_before_anything_is_sent(thing):
    with pytest.raises(UsageError):
        nbprovider.transcribe(thing, model=MODEL)
    assert len(nbprovider.usage()) == 0


def test_a_busy_listener_is_an_error_of_its_kind(point, isolated):
    settings(isolated, "tries = 1\n")
    point(lambda peer: peer.whole(429, {"error": {"message": "slow down"}}))
    with pytest.raises(RateLimited):
        nbprovider.transcribe(MP3, model=MODEL)


def own_provider(isolated, tts):
    folder = config.made(isolated / "config") / "providers"
    folder.mkdir()
    (folder / "mine.toml").write_text(
        'name = "Mine"\nprotocol = "openai_chat"\nkind = "custom"\n'
        'base_url = "http://127.0.0.1:9/v1"\nneeds_key = false\n'
        f'services = {{ tts = "{tts}" }}\nservice_models = {{ tts = "loud" }}\n'
    )
    catalog.forget()


def test_a_service_may_have_an_address_of_its_own(point, isolated):
    server = point(lambda peer: peer.whole(200, MP3, "audio/mpeg"), variable="UNUSED_BASE_URL")
    own_provider(isolated, f"{server.url}/say")
    assert nbprovider.speak("Hello", model="mine").data == MP3
    assert (server.requests[0]["path"], server.requests[0]["body"]["model"]) == ("/say", "loud")


def test_an_address_of_its_own_must_be_safe(isolated):
    own_provider(isolated, "http://speech.example.com/say")
    with pytest.raises(ConfigError, match=r"services\.tts of mine\.toml"):
        nbprovider.speak("Hello", model="mine")
