"""What a streamed answer sends from a real kernel, and what remains of it."""

from __future__ import annotations

import json

import pytest

from kernels import VERSIONS, kernel
from loopback import answering, delta, ending, serving

pytestmark = pytest.mark.kernel

DISPLAY = "display_data", "update_display_data", "clear_output"
ASK = "%%chat openai-compatible:tiny --new\nTell me"
WORDS = ("A sentence of a few words that is long enough. " * 6).strip() + "\n\n"
REPLY = (WORDS * 18)[:5000]


@pytest.fixture(params=VERSIONS, scope="module")
def running(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with kernel(request.param, NBPROVIDER_HOME=str(home)) as made:
        made.run("%load_ext nbprovider")
        yield made


def asked(running, script, code=ASK):
    with serving(script) as server:
        running.run(f"import os; os.environ['OPENAI_COMPATIBLE_BASE_URL'] = '{server.url}/v1'")
        return running.run(code)


def markdown(content):
    return content["data"].get("text/markdown", "")


def test_a_reply_of_5_kb_in_1000_chunks_sends_under_100_kb(running):
    """Row 8 of the rivals: chatlas sends 2.58 MB of display messages for it."""
    chunks = [REPLY[i : i + 5] for i in range(0, 5000, 5)]
    assert len(chunks) == 1000
    ran = asked(running, answering(*chunks, pause=0.005))
    assert sum(len(json.dumps(content)) for content in ran.of(*DISPLAY)) < 100_000
    times = [at for at, message in ran.messages if message["msg_type"] in DISPLAY]
    assert times[-1] - times[0] > 4, "it did not stream"
    assert len(times) > 20
    (output,) = ran.shown
    assert markdown(output).startswith(REPLY.strip())
    assert output["metadata"]["nbprovider"]["model"] == "tiny"


def test_a_line_keeps_the_cells_other_output(running):
    cell = "print('before')\n%chat -m openai-compatible:tiny hello\nprint('after')"
    ran = asked(running, answering("Some ", "words.", pause=0.2), cell)
    kinds = [m["msg_type"] for _, m in ran.messages if m["msg_type"] in {*DISPLAY, "stream"}]
    assert "clear_output" not in kinds
    assert kinds[0] == kinds[-1] == "stream"
    assert ran.text == "before\nafter\n"
    (output,) = ran.shown
    assert markdown(output).startswith("Some words.\n\n<small>tiny")


def lost(peer):
    """Say some words, then something that may not be repeated."""
    peer.head()
    peer.chunk(delta("Half an answ"))
    peer.chunk('data: {"error": {"message": "No.", "code": "invalid_api_key"}}\n\n')
    peer.end()


def test_a_call_that_fails_leaves_what_was_shown_above_its_error(running):
    ran = asked(running, lost)
    assert ran.status == "error"
    assert "Half an answ" in markdown(ran.shown[-1])
    assert "⏳" not in str(ran.shown)
    assert ran.text == "", "nothing is written to stderr by the painting thread"


def thinking(peer):
    """Think, then answer."""
    choice = {"index": 0, "delta": {"reasoning_content": "Hm, hm."}, "finish_reason": None}
    peer.head()
    peer.chunk(f"data: {json.dumps({'id': 'r1', 'model': 'tiny', 'choices': [choice]})}\n\n")
    peer.chunk(delta("Four."))
    peer.chunk(ending())
    peer.end()


def test_reasoning_is_folded_and_a_setting_hides_it(running):
    ran = asked(running, thinking)
    assert "<details><summary>Thinking (2 words)" in markdown(ran.shown[-1])
    running.run(
        "from nbprovider import config\nfile = config.settings_file()\n"
        "file.parent.mkdir(parents=True, exist_ok=True)\n"
        "_ = file.write_text('show_thinking = \"hidden\"')"
    )
    hidden = asked(running, thinking)
    running.run("file.unlink()")
    assert markdown(hidden.shown[-1]).startswith("Four.")
    assert "Hm" not in markdown(hidden.shown[-1])


def test_a_notebook_that_runs_without_a_front_end_does_not_hang(isolated, monkeypatch):
    import nbformat
    from nbclient import NotebookClient

    v4 = nbformat.v4
    monkeypatch.setenv("IPYTHONDIR", str(isolated.parent / "ipython"))
    with serving(answering(*(f"word{n} " for n in range(100)), pause=0.005)) as server:
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{server.url}/v1")
        line = "print('before')\n%chat -m openai-compatible:tiny hello\nprint('after')"
        cells = [v4.new_code_cell(source) for source in ("%load_ext nbprovider", ASK, line)]
        notebook = v4.new_notebook(cells=cells)
        NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    (own,) = notebook.cells[1].outputs
    assert own["data"]["text/plain"].startswith("word0 word1")
    assert own["metadata"]["nbprovider"]["provider"] == "openai-compatible"
    before, shared, after = notebook.cells[2].outputs
    assert (before["text"], after["text"]) == ("before\n", "after\n")
    assert "word99" in shared["data"]["text/markdown"]
