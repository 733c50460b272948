"""Embeddings, speech and transcription asked of a server that others have written."""

from __future__ import annotations

import json
import subprocess
from base64 import b64encode

import pytest

import aimock
import nbprovider

KEY = "sk-of-no-value-0123456789"
MP3 = b"ID3\x04\x00 a very short song"
VECTOR = [0.5, -0.25, 1.0]
HEARD = {"text": "Hello there.", "language": "english", "duration": 1.5}
SCRIPTED = [
    {"match": {"endpoint": "embedding"}, "response": {"embedding": VECTOR}},
    {"match": {"endpoint": "speech"}, "response": {"audio": b64encode(MP3).decode()}},
    {"match": {"endpoint": "transcription"}, "response": {"transcription": HEARD}},
]
WAYS = {
    "openai": {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "{url}/v1"},
    "azure": {"AZURE_OPENAI_API_KEY": KEY, "AZURE_OPENAI_BASE_URL": "{url}/openai/v1"},
    "openai-compatible": {"OPENAI_COMPATIBLE_BASE_URL": "{url}/v1"},
    "cohere": {"CO_API_KEY": KEY, "CO_BASE_URL": "{url}"},
    "mistral": {"MISTRAL_API_KEY": KEY, "MISTRAL_BASE_URL": "{url}/v1"},
}
"""Provider → the environment that leads to the server, which takes no batches for two others."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Start the imitation, give its address; it ends with the module's tests."""
    if aimock.NODE is None or not aimock.SCRIPT.is_file():
        pytest.skip(f"node, or aimock in {aimock.FOLDER}, is missing; `make install` gets it")
    script = tmp_path_factory.mktemp("aimock") / "fixtures.json"
    script.write_text(json.dumps({"fixtures": SCRIPTED}))
    process = subprocess.Popen(
        [aimock.NODE, aimock.SCRIPT, "-p", "0", "-f", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield aimock._address(process)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def lead(server, monkeypatch):
    """Lead a provider to the server."""

    def to(key):
        for name, value in WAYS[key].items():
            monkeypatch.setenv(name, value.format(url=server))

    return to


@pytest.mark.parametrize("key", WAYS)
def test_embeddings_arrive(key, lead):
    lead(key)
    found = nbprovider.embed(["one", "two"], model=f"{key}:text-embedding-3-small")
    assert found.tolist() == [pytest.approx(VECTOR)] * 2
    assert nbprovider.usage()["status"].tolist() == ["ok"]


@pytest.mark.parametrize("key", ["openai", "openai-compatible"])
def test_speech_arrives(key, lead):
    lead(key)
    assert nbprovider.speak("Hello", model=f"{key}:tts-1").data == MP3


@pytest.mark.parametrize("key", ["openai", "openai-compatible"])
@pytest.mark.parametrize("model", ["whisper-1", "gpt-transcribe"])
def test_transcripts_arrive(key, model, lead):
    lead(key)
    found = nbprovider.transcribe(MP3, model=f"{key}:{model}")
    assert found.text == "Hello there."
    assert (found.duration == 1.5) == (model == "whisper-1")
