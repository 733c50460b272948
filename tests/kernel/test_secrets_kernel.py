"""Keys in a real kernel and a saved notebook: what is shown, saved and remembered holds none."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import nbformat
import pytest
from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient

from kernels import OneKernel, kernel
from loopback import serving
from seeds import SEEDS, seen

pytestmark = pytest.mark.kernel

TYPED = "sk-ant-api03-typed0123456789abcdefghijKLMN"
KEYS = {"typed": TYPED}
FOLDER = Path(__file__).parents[1]


def refuse(peer):
    """Refuse every call, and send its key back."""
    key = peer.request["headers"].get("authorization", "")
    said = f"Incorrect API key provided: {key}"
    peer.whole(401, {"error": {"message": said, "code": "invalid_api_key"}}, x_request_id=key)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text("tries = 1\n")
    return home


@pytest.fixture(scope="module")
def running(home):
    with kernel(NBPROVIDER_HOME=str(home), OPENAI_API_KEY=SEEDS["openai"], HOME=str(home)) as made:
        made.run("%load_ext nbprovider\nimport os, sys")
        yield made


def database(home):
    return b"".join(path.read_bytes() for path in (home / "ipython").rglob("history.sqlite*"))


CELLS = {
    "a line": f"%provider key {TYPED}",
    "a question": f"%chat gpt-6-luna is {TYPED} a key?",
    "the text below": f"%%chat gpt-6-luna\nWhat is wrong with {TYPED}?",
    "a line among others": f"before = 1\n%provider use {TYPED}",
}


@pytest.mark.parametrize("case", CELLS)
def test_a_key_in_a_cell_is_refused_and_forgotten(running, home, case):
    """Row 23 of the rivals: no history, in memory or in its file, has the key."""
    ran = running.run(CELLS[case])
    assert "looks like a key" in ran.error["evalue"]
    assert not seen(str(ran.of("error", "display_data", "stream")), KEYS)
    looks = (
        "print(In, _i, _ii, _iii, [v for k, v in list(globals().items()) if k.startswith('_i')])",
        "%history -g",
        "%history -n -t",
        "%tb",
        "%debug",
        "import linecache; print(linecache.cache)",
        "print(get_ipython().last_execution_result, sys.last_value, sys.last_traceback)",
        "%xmode Verbose\n%tb",
        "%xmode Context",
    )
    for look in looks:
        assert not seen(str(running.run(look).of("error", "display_data", "stream")), KEYS), look
    until = time.monotonic() + 10
    while CELLS[case].split()[0].encode() not in database(home) and time.monotonic() < until:
        time.sleep(0.05)
    assert "…[redacted]".encode() in database(home), "the row is there, without the key"
    assert not seen(database(home), KEYS)


def test_a_key_in_a_cell_of_ones_own_is_found_by_scanning(running):
    """Not ours to refuse or to forget, but ours to tell."""
    running.run(f"own = '{SEEDS['groq']}'")
    (table,) = running.run("%provider scan").shown
    assert "a key of Groq (gsk_…)" in table["data"]["text/plain"]
    assert "this session, cell" in table["data"]["text/plain"]
    assert not seen(str(table))


def test_rerun_brings_no_key_back(running):
    running.run(f"%provider key {TYPED}")
    ran = running.run("%rerun")
    assert not seen(str(ran.of("error", "display_data", "stream")), KEYS)


def test_a_refusal_shows_no_key_to_who_looks_into_its_frames(running):
    """Row 23 of the rivals: %tb, %debug and a verbose traceback of a 401 hold no key."""
    with serving(refuse) as server:
        running.run(f"os.environ['OPENAI_BASE_URL'] = '{server.url}/v1'")
        for cell in ("%%chat gpt-6-luna --debug\nhi", "import nbprovider; nbprovider.ask('hi')"):
            ran = running.run(f"{cell}")
            assert ran.error["ename"] == "Unauthorized"
            assert not seen(str(ran.messages))
            running.run("%xmode Verbose")
            walked = running.run(
                "trace, told = sys.last_traceback, []\n"
                "while trace:\n"
                "    frame = trace.tb_frame\n"
                "    name = frame.f_code.co_filename\n"
                "    if 'nbprovider' in name: told.append(repr(frame.f_locals))\n"
                "    if 'httpcore' in name: told.append('REACHED')\n"
                "    trace = trace.tb_next\n"
                "print(told, vars(sys.last_value), sys.last_value.__context__)"
            )
            assert walked.status == "ok"
            assert "REACHED" not in walked.text
            assert not seen(walked.text)
            for look in ("%tb", "raise sys.last_value", "import traceback; traceback.print_exc()"):
                assert not seen(str(running.run(look).of("error", "stream"))), look
            running.run("%xmode Context")


class OneAsyncKernel(AsyncKernelManager):
    kernel_spec = OneKernel.kernel_spec


SAVED = """
%load_ext nbprovider
---
import json, os, nbprovider
for number, key in enumerate(json.loads(open(os.environ["SEEDS_FILE"]).read())):
    nbprovider.accounts.add("openai", key, name=f"seed{number}", base_url=os.environ["SEEDS_URL"])
key = None
nbprovider.accounts
---
%provider
---
%provider list
---
%provider account list
---
%provider account show seed3
---
%provider doctor
---
%provider audit
---
import logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, force=True)
for number in range(40):
    try:
        nbprovider.ask("hi", model=f"seed{number}:tiny")
    except Exception as error:
        print(repr(error), error.detail)
logging.basicConfig(level=logging.WARNING, force=True)
---
%%chat seed5:tiny --debug
hi
---
%xmode Verbose
nbprovider.ask("hi", model="seed6:tiny")
---
%tb
---
%provider usage
---
%provider scan
"""


@pytest.fixture(scope="module")
def saved(home, tmp_path_factory):
    """Return a notebook that was run with forty accounts at a server that quotes every key."""
    folder = tmp_path_factory.mktemp("work")
    seeds = folder / "seeds.json"
    seeds.write_text(json.dumps(list(SEEDS.values())))
    cells = [nbformat.v4.new_code_cell(text.strip()) for text in SAVED.split("---\n")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = NotebookClient(
        notebook,
        timeout=60,
        allow_errors=True,
        kernel_manager_class=OneAsyncKernel,
        resources={"metadata": {"path": str(folder)}},
    )
    own = {"NBPROVIDER_HOME": str(home / "saved"), "IPYTHONDIR": str(home / "saved" / "ipython")}
    with serving(refuse) as server:
        more = {"SEEDS_FILE": str(seeds), "SEEDS_URL": f"{server.url}/v1", "HOME": str(home)}
        (home / "saved" / "config").mkdir(parents=True)
        (home / "saved" / "config" / "settings.toml").write_text("tries = 1\n")
        client.execute(env={**os.environ, **own, **more})
        assert len(server.requests) >= 42, "every key was sent"
    return client.nb


def test_a_saved_notebook_holds_no_key(saved):
    """Row 23 of the rivals: status, list, doctor, errors, logs and tracebacks of forty keys."""
    outputs = str([cell.outputs for cell in saved.cells])
    assert "seed39" in outputs
    assert "Unauthorized" in outputs
    assert "receive_response_headers" in outputs, "DEBUG was on"
    assert not seen(nbformat.writes(saved))


def test_nbconverts_page_holds_no_key(saved):
    from nbconvert import HTMLExporter

    page, _ = HTMLExporter().from_notebook_node(saved)
    assert "seed39" in page
    assert not seen(page)


def test_no_file_of_the_kernel_holds_a_key(saved, home):
    """Row 22 of the rivals: all bytes of ledger, audit and vault."""
    files = {p.name: p.read_bytes() for p in (home / "saved").rglob("*") if p.is_file()}
    assert {"ledger.db", "accounts.jsonl", "audit.jsonl"} <= set(files)
    assert b"seed39" in files["accounts.jsonl"]
    assert not {name: found for name, data in files.items() if (found := seen(data))}
