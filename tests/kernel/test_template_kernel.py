"""Templates in a real kernel: saved from a cell, asked by, edited in a cell below."""

from __future__ import annotations

import pytest

from kernels import kernel
from loopback import answering, serving

pytestmark = pytest.mark.kernel

MODEL = "openai-compatible:tiny"


def sent(server) -> str:
    return server.requests[-1]["body"]["messages"][-1]["content"]


def test_a_question_is_saved_and_asked_again_with_other_values(tmp_path):
    with (
        serving(answering("fine")) as server,
        kernel(
            NBPROVIDER_HOME=str(tmp_path), OPENAI_COMPATIBLE_BASE_URL=f"{server.url}/v1"
        ) as running,
    ):
        running.run("%load_ext nbprovider\ncity = 'Rome'")
        running.run(f"%%chat {MODEL} -t 0.5 --new\nTell me of {{{{ city }}}}.")
        saved = running.run("%provider template save tell")
        assert "It needs city" in saved.shown[-1]["data"]["text/plain"], saved.of("error")
        ran = running.run("%%chat --template tell --with city=Paris --new -o x\nShortly.")
        assert ran.status == "ok", ran.of("error")
        assert sent(server) == "Tell me of Paris.\n\nShortly."
        assert server.requests[-1]["body"]["temperature"] == 0.5
        ran = running.run("%chat --template tell --new")
        assert ran.status == "ok", ran.of("error")
        assert sent(server) == "Tell me of Rome."
        count = len(server.requests)
        missing = running.run("del city\n%chat --template tell")
        assert missing.error["ename"] == "UsageError"
        assert "needs city" in missing.error["evalue"]
        assert len(server.requests) == count
        ran = running.run("%provider template edit tell")
        assert ran.status == "ok", ran.of("error")
