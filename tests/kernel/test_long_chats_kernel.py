"""Chats in a real kernel: options and tools of their own, and no more than the model reads."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import pytest

from kernels import kernel
from loopback import answering, serving

pytestmark = pytest.mark.kernel

MODEL = "openai-compatible:tiny"
TOOL = "import nbprovider\nlook = nbprovider.Tool('look', 'Look.', {'type': 'object'})"


@contextmanager
def begun(home: Path, url: str):
    variables = {"NBPROVIDER_HOME": str(home), "OPENAI_COMPATIBLE_BASE_URL": f"{url}/v1"}
    with kernel(**variables) as running:
        running.run("%load_ext nbprovider")
        yield running


def shown(ran) -> str:
    assert ran.status == "ok", ran.of("error")
    return ran.shown[-1]["data"]["text/plain"]


def refused(ran) -> str:
    assert ran.status == "error"
    return f"{ran.error['evalue']} {' '.join(ran.error['traceback'])}"


def sent(server) -> dict:
    return server.requests[-1]["body"]


def test_a_chat_goes_on_with_options_and_tools_after_a_restart(tmp_path):
    with serving(answering("fine")) as server:
        with begun(tmp_path, server.url) as first:
            first.run(TOOL)
            first.run(f"%%chat {MODEL} -c research -t 0.2 --tools look --window 1 --keep\nOne?")
            first.run("%%chat -c research -t 1\nTwo?")
            assert sent(server)["temperature"] == 1
        with begun(tmp_path, server.url) as second:
            words = refused(second.run("%%chat -c research\nThree?"))
            assert "'look', which is not in this notebook" in words
            assert len(server.requests) == 2
            second.run(TOOL)
            footer = shown(second.run("%%chat -c research\nThree?"))
            assert sent(server)["temperature"] == 0.2
            assert sent(server)["tools"][0]["function"]["name"] == "look"
            assert [m["content"] for m in sent(server)["messages"]] == ["Two?", "fine", "Three?"]
            assert "the first 2 messages not sent (--window 1)" in footer
            table = shown(second.run("%provider chats show research"))
            assert "temperature=0.2 · window=1 · tools: look" in table
            assert "9" in refused(second.run("%%chat -c research -t 9 --keep\nFour?"))
            second.run("%%chat -c research --keep\nFour?")
            assert "tools" not in sent(server)
            assert "temperature" not in sent(server)
            assert (
                "there is no window 'most'"
                in refused(second.run("%%chat --window most\nFive?")).lower()
            )
