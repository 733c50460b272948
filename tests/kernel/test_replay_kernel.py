"""A notebook with recordings runs in a real kernel that has no key and no account."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path

import pytest

from kernels import kernel
from loopback import answering, serving

pytestmark = pytest.mark.kernel

MODEL = "openai-compatible:tiny"

NOTEBOOK = [
    "%load_ext nbprovider",
    "city = 'Rome'",
    "%provider replay on recordings/answers.toml",
    f"%provider use {MODEL}",
    "%%chat --new -t 0\nTell me of {{ city }}.",
    "%%chat -o more\nMore?",
    f"%%chat {MODEL} -c rows --new -f json -o rows\nRows?",
    "%%chat -p openai-compatible -m tiny -c rows -f json\nAgain?",
]


@contextmanager
def begun(home: Path, **variables: str):
    with kernel(NBPROVIDER_HOME=str(home), **variables) as running:
        yield running


def outputs(running) -> list[dict]:
    """Run the notebook, return what its questions show; each cell has to be well."""
    shown = []
    for cell in NOTEBOOK:
        ran = running.run(cell)
        assert ran.status == "ok", ran.of("error")
        if cell.startswith("%%"):
            shown.append(ran.shown[-1]["data"])
    return shown


def words(shown: list[dict]) -> list[str]:
    return [data["text/plain"].rpartition("\n\n")[0] for data in shown]


def test_a_notebook_is_recorded_once_and_runs_anywhere(tmp_path):
    with serving(answering("[1, ", "2]")) as server:
        url = f"{server.url}/v1"
        with begun(tmp_path / "one", OPENAI_COMPATIBLE_BASE_URL=url) as first:
            alive = outputs(first)
        assert len(server.requests) == 4
        file = Path("recordings/answers.toml")
        text = file.read_text()
        assert "Tell me of Rome." in text
        assert "127.0.0.1" not in text
        with begun(tmp_path / "two", NBPROVIDER_REPLAY="only") as second:
            again = outputs(second)
            assert json.loads(second.run("import json; print(json.dumps(rows))").text) == [1, 2]
            missed = second.run("city = 'Paris'\n").status, second.run(NOTEBOOK[4])
            assert missed[0] == "ok"
            assert missed[1].error["ename"] == "NotRecorded"
            assert "Paris" in missed[1].error["evalue"]
        with begun(tmp_path / "three") as third:  # as the notebook says: on, but without an account
            assert words(outputs(third)) == words(alive)
        assert len(server.requests) == 4
    assert words(again) == words(alive)
    assert all("replayed" in data["text/plain"] for data in again)
    assert file.read_text() == text


def test_a_cell_that_is_run_again_gives_the_same_answer_where_its_id_is_known(tmp_path):
    ask = f"import nbprovider\nprint(nbprovider.ask('n?', model='{MODEL}').cost_source)"
    with (
        serving(answering("fine")) as server,
        begun(tmp_path, OPENAI_COMPATIBLE_BASE_URL=f"{server.url}/v1") as running,
    ):
        running.run("%load_ext nbprovider\n%provider replay on")

        def run(cell: str) -> str:
            message = running.client.session.msg(
                "execute_request",
                {"code": ask, "silent": False, "store_history": True, "allow_stdin": False},
                metadata={"cellId": cell},
            )
            running.client.shell_channel.send(message)
            return running.finish(message["header"]["msg_id"]).text.strip()

        assert [run("a"), run("a"), run("b"), run("b")] == ["unknown", "replay"] * 2
        assert len(server.requests) == 2
