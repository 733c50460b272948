"""A text is asked for as sound in each provider's words, and sound read in every shape."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from nbprovider import catalog
from nbprovider.catalog import Endpoint
from nbprovider.errors import (
    ContentRefused,
    ProviderError,
    RateLimited,
    Unavailable,
    UsageError,
)
from nbprovider.protocols.sound_types import mime_of
from nbprovider.protocols.speech import DIALECTS, Speech, SpeechOptions, dialect

MP3 = b"\xff\xfb\x90 a short song"
JSON = {"content-type": "application/json"}


def asked(key, model="m", **options):
    """Return the address and the body of a request to a provider."""
    provider = catalog.find(key)
    endpoint = Endpoint(provider, provider.base_url)
    request = dialect(endpoint, model).build("Hello", model, endpoint, SpeechOptions(**options))
    return request.url, json.loads(request.body)


@pytest.mark.parametrize(
    ("key", "address", "voice", "format_"),
    [
        ("openai", "https://api.openai.com/v1/audio/speech", "alloy", "mp3"),
        ("groq", "https://api.groq.com/openai/v1/audio/speech", "autumn", "wav"),
        ("speaches", "http://127.0.0.1:8000/v1/audio/speech", "af_heart", "mp3"),
        ("openrouter", "https://openrouter.ai/api/v1/audio/speech", "alloy", "mp3"),
    ],
)
def test_openais_words_with_each_providers_usual_voice(key, address, voice, format_):
    url, body = asked(key)
    assert url == address
    assert body == {"model": "m", "input": "Hello", "voice": voice, "response_format": format_}


def test_mistral_has_its_own_word_for_a_voice():
    _, body = asked("mistral", voice="marie")
    assert (body["voice_id"], "voice" in body) == ("marie", False)


def test_google_is_asked_for_content_that_is_sound():
    url, body = asked("google", "models/gemini-x-tts")
    assert url.endswith("/v1beta/models/gemini-x-tts:generateContent")
    assert body["contents"][0]["parts"] == [{"text": "Hello"}]
    config = body["generationConfig"]
    assert config["responseModalities"] == ["AUDIO"]
    assert config["speechConfig"]["voiceConfig"]["prebuiltVoiceConfig"] == {"voiceName": "Kore"}


@pytest.mark.parametrize(("key", "format_"), [("google", "mp3"), ("speaches", "opus")])
def test_a_format_that_is_not_made_is_refused_before_anything_is_sent(key, format_):
    with pytest.raises(UsageError, match=format_):
        asked(key, format=format_)


def test_a_deployments_address_keeps_its_query_at_the_end():
    at = "https://mine.openai.azure.com/openai/deployments/{model}?api-version=2025-04-01-preview"
    endpoint = Endpoint(catalog.find("azure"), at)
    request = dialect(endpoint, "tts").build("Hello", "tts", endpoint, SpeechOptions())
    assert request.url == at.replace("{model}", "tts").replace("?", "/audio/speech?")


@pytest.mark.parametrize(
    ("headers", "body", "mime"),
    [
        ({"content-type": "audio/mpeg"}, MP3, "audio/mpeg"),
        ({"content-type": "audio/wav; charset=binary"}, b"RIFF", "audio/wav"),
        ({"content-type": "application/octet-stream"}, MP3, "audio/mpeg"),
        ({"content-type": "application/octet-stream"}, b"OggS...", "audio/ogg"),
        ({}, b"fLaC...", "audio/flac"),
    ],
)
def test_a_body_of_sound_is_the_file(headers, body, mime):
    assert DIALECTS["openai"].parse(headers, body) == Speech(body, mime)


@pytest.mark.parametrize("name", ["audio_data", "audio", "data"])
def test_sound_as_base64_in_an_object_is_read(name):
    body = json.dumps({name: b64encode(MP3).decode()}).encode()
    assert DIALECTS["mistral"].parse(JSON, body) == Speech(MP3, "audio/mpeg")


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Sign in</html>", b"{}", b"[]", b'{"audio_data": "no base64"}', b"{", b"\xff"],
)
@pytest.mark.parametrize("name", DIALECTS)
def test_what_is_no_sound_is_an_error(name, body):
    with pytest.raises(Unavailable):
        DIALECTS[name].parse({"content-type": "text/html"}, body)


@pytest.mark.parametrize("name", DIALECTS)
def test_an_error_inside_a_200_is_that_error(name):
    body = b'{"error": {"message": "slow down", "code": 429, "status": "RESOURCE_EXHAUSTED"}}'
    with pytest.raises(ProviderError, match="slow down"):
        DIALECTS[name].parse(JSON, body)


@pytest.mark.parametrize("name", DIALECTS)
def test_a_refused_request_is_an_error_of_its_kind(name):
    body = b'{"error": {"message": "slow down", "status": "RESOURCE_EXHAUSTED"}}'
    assert isinstance(DIALECTS[name].error(429, {}, body), RateLimited)


def test_a_text_that_google_will_not_speak_is_refused():
    body = json.dumps({"promptFeedback": {"blockReason": "SAFETY"}}).encode()
    with pytest.raises(ContentRefused, match="SAFETY"):
        DIALECTS["google"].parse(JSON, body)


@pytest.mark.parametrize(
    ("start", "mime"),
    [
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (b"\xff\xf3\x44\xc4", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"\xff\xf9\x50\x80", "audio/aac"),
        (b"\xff\xd8\xff\xe0", ""),
        ("no sound".encode("utf-16"), ""),
    ],
)
def test_mp3_and_aac_are_told_apart_by_their_frames(start, mime):
    assert mime_of(start) == mime


@pytest.mark.parametrize("usage", [{"promptTokenCount": "many", "candidatesTokenCount": {}}, 7])
def test_googles_counts_that_make_no_sense_take_nothing_from_the_sound(usage):
    part = {"inlineData": {"mimeType": "audio/mpeg", "data": b64encode(MP3).decode()}}
    answer = {"candidates": [{"content": {"parts": [part]}}], "usageMetadata": usage}
    found = DIALECTS["google"].parse(JSON, json.dumps(answer).encode())
    assert (found.data, found.usage.input, found.usage.output) == (MP3, None, None)


def test_googles_finished_file_stays_as_it_is():
    part = {"inlineData": {"mimeType": "audio/mpeg", "data": b64encode(MP3).decode()}}
    body = json.dumps({"candidates": [{"content": {"parts": [part]}}]}).encode()
    assert DIALECTS["google"].parse(JSON, body).data == MP3
