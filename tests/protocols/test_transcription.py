"""Sound is sent in each provider's way, and words are read in every shape."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from nbprovider import catalog
from nbprovider.catalog import Endpoint
from nbprovider.errors import ContentRefused, ProviderError, RateLimited, Unavailable
from nbprovider.protocols.transcription import DIALECTS, Segment, Sound, Transcript, dialect

SOUND = Sound(b"RIFF sound", "audio/wav", "word.wav")
ENGLISH = Sound(b"RIFF sound", "audio/wav", "word.wav", "en")
JSON = {"content-type": "application/json"}


def asked(key, model="m", sound=SOUND):
    provider = catalog.find(key)
    endpoint = Endpoint(provider, provider.base_url)
    return dialect(endpoint, model).build(sound, model, endpoint)


def fields(request):
    """Return the names and values of a form's fields; a file's is left out."""
    found = {}
    for part in request.body.split(b"\r\n--"):
        head, _, value = part.partition(b"\r\n\r\n")
        if b"filename" not in head and b'name="' in head:
            found[head.split(b'name="')[1].split(b'"')[0].decode()] = value.decode()
    return found


@pytest.mark.parametrize(
    ("key", "model", "more"),
    [
        ("openai", "gpt-transcribe", {}),
        ("openai", "whisper-1", {"response_format": "verbose_json"}),
        (
            "openai",
            "gpt-4o-transcribe-diarize",
            {"response_format": "diarized_json", "chunking_strategy": "auto"},
        ),
        ("groq", "whisper-large-v3", {"response_format": "verbose_json"}),
        ("speaches", "Systran/faster-distil-whisper", {"response_format": "verbose_json"}),
        ("vllm", "openai/whisper-large-v3", {}),
        ("mistral", "voxtral-mini-latest", {"timestamp_granularities": "segment"}),
    ],
)
def test_times_are_asked_of_models_that_have_them(key, model, more):
    request = asked(key, model)
    assert request.url.endswith("/audio/transcriptions")
    assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'filename="word.wav"\r\nContent-Type: audio/wav\r\n\r\nRIFF sound' in request.body
    assert fields(request) == {"model": model, **more}


def test_mistral_tells_no_times_where_a_language_is_given():
    assert fields(asked("mistral", sound=ENGLISH)) == {"model": "m", "language": "en"}


def test_openrouter_takes_an_object():
    request = asked("openrouter", sound=ENGLISH)
    assert json.loads(request.body) == {
        "model": "m",
        "input_audio": {"data": b64encode(b"RIFF sound").decode(), "format": "wav"},
        "language": "en",
    }


def test_a_gemini_model_is_asked_to_write_down_what_it_hears():
    request = asked("google", sound=ENGLISH)
    assert request.url.endswith("/v1beta/models/m:generateContent")
    words, sound = json.loads(request.body)["contents"][0]["parts"]
    assert "The language is en." in words["text"]
    assert sound["inlineData"]["mimeType"] == "audio/wav"


def parse(payload, name="openai", headers=JSON):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return DIALECTS[name].parse(headers, body)


def test_the_least_is_words():
    assert parse({"text": "Hello."}) == Transcript("Hello.")


def test_a_transcript_shows_its_words():
    found = parse({"text": "Hello."})
    assert (str(found), found._repr_mimebundle_()) == ("Hello.", {"text/plain": "Hello."})


def test_bare_words_are_a_transcript_too():
    assert (
        parse(b"Hello.\n", headers={"content-type": "text/plain; charset=utf-8"}).text == "Hello."
    )


def test_segments_have_times_and_speakers():
    told = [
        {"start": 0, "end": 1.5, "text": " Hello.", "speaker": "A"},
        {"start": 1.5, "end": 2, "text": " Yes?", "speaker_id": "speaker_2"},
    ]
    found = parse({"text": "Hello. Yes?", "segments": told, "duration": 2.5, "language": "english"})
    assert found.segments == (Segment(0, 1.5, "Hello.", "A"), Segment(1.5, 2, "Yes?", "speaker_2"))
    assert (found.duration, found.language) == (2.5, "english")


def test_tokens_are_counted_and_seconds_too():
    told = {"input_tokens": 37, "output_tokens": 9, "input_token_details": {"audio_tokens": 37}}
    usage = parse({"text": "a", "usage": told}).usage
    assert (usage.input, usage.output, usage.extra) == (37, 9, {"audio_input": 37})
    timed = parse({"text": "a", "usage": {"type": "duration", "seconds": 4}})
    assert (timed.usage.input, timed.usage.extra, timed.duration) == (None, {"seconds": 4}, 4)


def test_mistral_counts_the_tokens_of_sound_apart():
    told = {
        "prompt_tokens": 5,
        "completion_tokens": 20,
        "total_tokens": 400,
        "prompt_audio_seconds": 3,
        "prompt_tokens_details": {"audio_tokens": 375},
    }
    usage = parse({"text": "a", "usage": told}, "mistral").usage
    assert (usage.input, usage.output) == (380, 20)


def streamed(*events):
    return b"".join(b"data: " + json.dumps(one).encode() + b"\r\n\r\n" for one in events)


def test_a_stream_is_read_to_its_end():
    body = streamed(
        {"type": "transcript.text.delta", "delta": "Hel"},
        {"type": "transcript.text.segment", "start": 0, "end": 1, "text": "Hello", "speaker": "A"},
        {"type": "transcript.text.done", "text": "Hello", "usage": {"input_tokens": 3}},
    )
    found = parse(body, headers={"content-type": "text/event-stream"})
    assert (found.text, found.usage.input, len(found.segments)) == ("Hello", 3, 1)


def test_a_stream_without_its_end_was_cut_short():
    body = streamed({"type": "transcript.text.delta", "delta": "Hel"})
    with pytest.raises(Unavailable, match="cut short"):
        parse(body, headers={"content-type": "text/event-stream"})


def test_googles_thoughts_are_no_part_of_what_was_said():
    parts = [{"text": "Let me listen.", "thought": True}, {"text": "Hello."}]
    usage = {
        "promptTokenCount": 40,
        "candidatesTokenCount": 3,
        "thoughtsTokenCount": 5,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": 8},
            {"modality": "AUDIO", "tokenCount": 32},
        ],
    }
    found = parse({"candidates": [{"content": {"parts": parts}}], "usageMetadata": usage}, "google")
    assert found.text == "Hello."
    assert (found.usage.input, found.usage.output, found.usage.reasoning) == (40, 8, 5)
    assert found.usage.extra == {"audio_input": 32}


def test_a_transcript_that_google_broke_off_is_no_transcript():
    candidate = {"content": {"parts": [{"text": "Hel"}]}, "finishReason": "MAX_TOKENS"}
    with pytest.raises(Unavailable, match="cut short"):
        parse({"candidates": [candidate]}, "google")


@pytest.mark.parametrize(
    "answer",
    [
        {"promptFeedback": {"blockReason": "SAFETY"}},
        {"candidates": [{"finishReason": "SAFETY"}]},
    ],
)
def test_a_recording_that_google_will_not_hear_is_refused(answer):
    with pytest.raises(ContentRefused, match="SAFETY"):
        parse(answer, "google")


def test_googles_counts_that_make_no_sense_take_nothing_from_the_words():
    usage = {"promptTokenCount": "many", "promptTokensDetails": 7}
    answer = {"candidates": [{"content": {"parts": [{"text": "Hi"}]}}], "usageMetadata": usage}
    found = parse(answer, "google")
    assert (found.text, found.usage.input) == ("Hi", None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b"{}",
        b"[]",
        b'{"text": 3}',
        b"\xff\xfe",
        b'{"text": "a", "segments":[1]}',
    ],
)
@pytest.mark.parametrize("name", DIALECTS)
def test_what_is_no_transcript_is_an_error(name, body):
    with pytest.raises(Unavailable):
        parse(body, name)


@pytest.mark.parametrize("name", DIALECTS)
def test_an_error_inside_a_200_is_that_error(name):
    with pytest.raises(ProviderError, match="slow down"):
        parse({"error": {"message": "slow down", "code": 429}}, name)


@pytest.mark.parametrize("name", DIALECTS)
def test_a_refused_request_is_an_error_of_its_kind(name):
    body = b'{"error": {"message": "slow down", "status": "RESOURCE_EXHAUSTED"}}'
    assert isinstance(DIALECTS[name].error(429, {}, body), RateLimited)
