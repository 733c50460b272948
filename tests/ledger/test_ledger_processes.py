"""Several real processes on one ledger: nothing is lost, and the dead are known."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from nbprovider.ledger import Attempt, Ledger, today
from nbprovider.ledger.frames import usage

WRITE = """
import sys
from pathlib import Path
from nbprovider.ledger import Attempt, Ledger
path, name, rows = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
ledger = Ledger(path)
print("ready", flush=True)
sys.stdin.readline()
for number in range(rows):
    row = Attempt(name, number, number)
    ledger.keep(row)
    row.status = "ok"
    ledger.keep(row)
print(ledger.notes)
ledger.close()
"""

CALL_AND_HANG = """
import sys, time
from pathlib import Path
from nbprovider.ledger import CallContext, Ledger, Recorder
from nbprovider.types import Call, Delta, Message, Opened, Route, Started, Text
ledger = Ledger(Path(sys.argv[1]))
call = Call("m", (Message("user", (Text("hello"),)),))
recorder = Recorder(ledger, CallContext("hanging"), call)
recorder.saw(Started(Route("openai", "m", "openai"), 1))
recorder.saw(Opened(200, {}))
recorder.saw(Delta(0, Text("some words")))
print("running", flush=True)
time.sleep(600)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ledger.db"


def start(script: str, *words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", script, *map(str, words)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()  # it is up and running
    return process


def test_four_kernels_write_at_once_and_lose_nothing(path):
    """They also open a file at once that is not there yet."""
    processes = [start(WRITE, path, f"kernel {n}", 200) for n in range(4)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        out, _ = process.communicate(timeout=100)
        assert (process.returncode, out.strip()) == (0, "[]")
    with closing(Ledger(path)) as ledger:
        found = ledger.run("SELECT call_id, count(*), min(status) FROM attempts GROUP BY call_id")
    assert found == [(f"kernel {n}", 200, "ok") for n in range(4)]


@pytest.mark.skipif(os.name == "nt", reason="asks for processes as unix does")
def test_a_killed_kernel_leaves_its_row_which_is_shown_as_lost(path):
    process = start(CALL_AND_HANG, path)
    with closing(Ledger(path)) as ledger:
        assert usage(ledger)["status"].tolist() == ["running"]
        assert today(ledger).unknown == 0
        process.kill()
        process.communicate()
        assert usage(ledger)["status"].tolist() == ["lost"]
        assert usage(ledger)["cost"].isna().all()
        assert (today(ledger).attempts, today(ledger).unknown) == (1, 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_fork_opens_the_file_for_itself(path):
    """The child neither waits for the parent's lock nor touches its connection."""
    with closing(Ledger(path)) as ledger:
        ledger.keep(Attempt("parent", 1, 1))
        ledger._lock.acquire()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                ledger.keep(Attempt("child", 1, 2))
                ledger.close()
                status = 0
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        ledger._lock.release()
        ledger.keep(Attempt("parent", 2, 3))
        found = ledger.run("SELECT call_id FROM attempts ORDER BY id")
    assert found == [("parent",), ("child",), ("parent",)]
