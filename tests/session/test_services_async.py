"""`aembed`, `aspeak` and `atranscribe` give what their twins give, and let the loop go on."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest

import nbprovider
from nbprovider.errors import Unauthorized, UsageError

MODEL = "openai-compatible:tiny"
MP3 = b"ID3\x04\x00 a very short song"
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt a very short word"


def embedding(peer):
    """Answer with vectors that tell each text's length."""
    texts = peer.request["body"]["input"]
    rows = [{"index": i, "embedding": [float(len(t)), 1.0]} for i, t in enumerate(texts)]
    peer.whole(200, {"model": "tiny", "data": rows, "usage": {"prompt_tokens": len(texts)}})


def test_vectors_are_the_same_and_each_batch_is_a_row(point):
    point(embedding)
    texts = ["a", "bb", "ccc"]
    found = asyncio.run(nbprovider.aembed(texts, model=MODEL, batch=2))
    assert np.array_equal(found, nbprovider.embed(texts, model=MODEL, batch=2))
    rows = nbprovider.usage()
    assert rows["input"].tolist() == [2, 1, 2, 1]
    assert rows["purpose"].unique().tolist() == ["embedding"]


def test_many_are_asked_at_once(point):
    """Each answer waits until both questions are there: one after the other never would."""
    both = threading.Barrier(2, timeout=20)

    def patient(peer):
        both.wait()
        embedding(peer)

    point(patient)

    async def two():
        return await asyncio.gather(*(nbprovider.aembed(text, model=MODEL) for text in ("a", "bb")))

    assert [one.tolist() for one in asyncio.run(two())] == [[1, 1], [2, 1]]


def test_a_text_is_said(point):
    point(lambda peer: peer.whole(200, MP3, "audio/mpeg"))
    audio = asyncio.run(nbprovider.aspeak("Hello", model=MODEL, voice="alloy"))
    assert (audio.data, audio.mimetype) == (MP3, "audio/mpeg")


def test_a_recording_is_written_down(point):
    point(lambda peer: peer.whole(200, {"text": "Hello"}))
    told = asyncio.run(nbprovider.atranscribe(WAV, model=MODEL, language="en"))
    assert told.text == "Hello"


def test_a_refusal_and_a_mistake_are_raised(point):
    point(lambda peer: peer.whole(401, {"error": {"message": "no such key"}}))
    with pytest.raises(Unauthorized):
        asyncio.run(nbprovider.aembed("a", model=MODEL))
    with pytest.raises(UsageError, match="batch of 0"):
        asyncio.run(nbprovider.aembed("a", model=MODEL, batch=0))
    with pytest.raises(UsageError, match="nothing to say"):
        asyncio.run(nbprovider.aspeak(" ", model=MODEL))


def test_a_cancelled_request_is_a_row_and_closes_its_connection(point):
    asked = threading.Event()

    def silent(peer):
        asked.set()
        peer.wait_closed(20)

    point(silent)

    async def cancelled():
        task = asyncio.create_task(nbprovider.aembed("a", model=MODEL))
        await asyncio.to_thread(asked.wait, 20)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())
    assert nbprovider.usage()["status"].tolist() == ["interrupted"]
