"""A download in a real kernel: seen, interrupted, gone on with."""

from __future__ import annotations

import json

import pytest

from kernels import kernel
from loopback import serving

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with kernel(NBPROVIDER_HOME=str(tmp_path_factory.mktemp("home"))) as made:
        made.run("%load_ext nbprovider")
        yield made


def line(done):
    told = {"status": "pulling a", "digest": "a", "total": 4_000_000, "completed": done}
    return json.dumps(told) + "\n"


def endless(peer):
    peer.head(kind="application/x-ndjson")
    peer.chunk(line(1_000_000))
    peer.wait_closed(30)


def whole(peer):
    peer.head(kind="application/x-ndjson")
    peer.chunk(line(1_000_000))
    peer.chunk(line(4_000_000))
    peer.chunk('{"status": "success"}\n')
    peer.end()


def test_a_download_is_stopped_in_one_line_and_gone_on_with(running):
    with serving(endless) as server:
        running.run(f"import os; os.environ['OLLAMA_HOST'] = '{server.url}'")
        name = running.start("%provider pull tiny:1b")
        running.wait_for(name, "25% of 4 MB")
        running.interrupt()
        ran = running.finish(name)
    assert ran.status == "error"
    assert ran.error["ename"] == "KeyboardInterrupt"
    assert "goes on from here" in "".join(ran.error["traceback"])
    assert len(ran.error["traceback"]) == 1
    with serving(whole) as server:
        running.run(f"os.environ['OLLAMA_HOST'] = '{server.url}'")
        ran = running.run("%provider pull tiny:1b")
    assert ran.status == "ok"
    assert ran.text.endswith("\rDownloading tiny:1b: 100% of 4 MB\n")
    assert "%%chat ollama:tiny:1b" in str(ran.shown[-1]["data"])
