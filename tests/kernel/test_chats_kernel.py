"""Chats across real kernels: one goes on after a restart, two kernels share one."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import pytest

from kernels import kernel
from loopback import answering, delta, serving

pytestmark = pytest.mark.kernel

MODEL = "openai-compatible:tiny"


@contextmanager
def begun(home: Path, url: str):
    variables = {"NBPROVIDER_HOME": str(home), "OPENAI_COMPATIBLE_BASE_URL": f"{url}/v1"}
    with kernel(**variables) as running:
        running.run("%load_ext nbprovider")
        yield running


def shown(ran) -> str:
    assert ran.status == "ok", ran.of("error")
    return ran.shown[-1]["data"]["text/plain"]


def sent(server) -> list[str]:
    return [message["content"] for message in server.requests[-1]["body"]["messages"]]


def test_a_named_chat_goes_on_after_a_restart_and_main_does_not(tmp_path):
    with serving(answering("fine")) as server:
        with begun(tmp_path, server.url) as first:
            first.run(f"%%chat {MODEL} -c paper -s 'Be kind.'\nOne?")
            first.run(f"%%chat {MODEL}\nIn main?")
        with begun(tmp_path, server.url) as second:
            footer = shown(second.run("%%chat -c paper\nTwo?"))
            assert sent(server) == ["Be kind.", "One?", "fine", "Two?"]
            assert "goes on after 2 messages of" in footer
            second.run(f"%%chat {MODEL}\nNew?")
            assert sent(server) == ["New?"]
            table = shown(second.run("%provider chats"))
            assert "main-20" in table
            assert "In main?" in table


def test_an_opened_chat_goes_on_in_cells_that_name_none(tmp_path):
    with serving(answering("fine")) as server:
        with begun(tmp_path, server.url) as first:
            first.run(f"%%chat {MODEL}\nYesterday?")
        with begun(tmp_path, server.url) as second:
            second.run("%provider chats open main")
            second.run("%%chat\nToday?")
            assert sent(server) == ["Yesterday?", "fine", "Today?"]


def test_two_kernels_in_one_chat_lose_nothing_and_read_each_other(tmp_path):
    with (
        serving(answering("fine")) as server,
        begun(tmp_path, server.url) as one,
        begun(tmp_path, server.url) as other,
    ):
        one.run(f"%%chat {MODEL} -c paper\nFrom one?")
        other.run(f"%%chat {MODEL} -c paper\nFrom the other?")
        footer = shown(one.run("%%chat -c paper\nAgain?"))
        assert sent(server) == ["From one?", "fine", "From the other?", "fine", "Again?"]
        assert "2 messages came from elsewhere" in footer


def test_new_keeps_the_old_chat_under_its_day(tmp_path):
    with serving(answering("fine")) as server, begun(tmp_path, server.url) as running:
        running.run(f"%%chat {MODEL} -c paper\nOne?")
        running.run(f"%%chat {MODEL} -c paper --new\nTwo?")
        assert sent(server) == ["Two?"]
        table = shown(running.run("%provider chats"))
        assert "One?" in table
        assert "paper-20" in table


def test_an_interrupted_answer_is_kept_for_the_next_kernel(tmp_path):
    def script(peer):
        peer.head()
        peer.chunk(delta("one two "))
        peer.wait_closed(20)

    with serving(script) as server, begun(tmp_path, server.url) as first:
        cell = first.start(f"%%chat {MODEL} -c paper\nCount!")
        first.wait_for(cell, "one two")
        first.interrupt()
        first.finish(cell)
    with serving(answering("fine")) as server, begun(tmp_path, server.url) as second:
        assert "· interrupted" in shown(second.run("%provider chats show paper"))
        second.run("%%chat -c paper\nGo on!")
        assert sent(server) == ["Count!", "one two ", "Go on!"]


def test_nothing_is_kept_where_the_settings_say_so(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text("keep_chats = false\n")
    with serving(answering("fine")) as server, begun(tmp_path, server.url) as running:
        running.run(f"%%chat {MODEL} -c paper\nZEBRAFISH?")
        running.run("%%chat -c paper\nAgain?")
        assert sent(server) == ["ZEBRAFISH?", "fine", "Again?"]
        assert "none yet" in shown(running.run("%provider chats"))
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir() if path.is_file())
    assert b"openai-compatible" in stored
    assert b"ZEBRAFISH" not in stored


def test_purging_in_a_kernel_asks_and_leaves_no_byte(tmp_path):
    with serving(answering("OKAPI")) as server, begun(tmp_path, server.url) as running:
        running.run(f"%%chat {MODEL} -c paper\nZEBRAFISH?")
        running.run("%provider chats search zebrafish")
        running.run("%provider chats delete paper")
        asked = running.run("%provider chats purge")
        assert "Nobody can be asked" in asked.text + str(asked.of("error", "display_data"))
        assert "gone for good" in shown(running.run("%provider chats purge --yes"))
        files = [path for path in (tmp_path / "data").iterdir() if path.is_file()]
        stored = b"".join(path.read_bytes() for path in files)
        assert b"ZEBRAFISH" not in stored
        assert b"OKAPI" not in stored
