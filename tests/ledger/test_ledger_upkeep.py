"""The ledger's file is checked, copied and made small, while several kernels write to it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from nbprovider.errors import ConfigError, UsageError
from nbprovider.ledger import Attempt, Ledger, disk, network, upkeep
from nbprovider.ledger.schema import MIGRATIONS

unix_only = pytest.mark.skipif(os.name == "nt", reason="permissions and limits of unix")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(tmp_path / "ledger.db")) as opened:
        yield opened


def fill(ledger: Ledger, rows: int = 200) -> None:
    for number in range(rows):
        ledger.keep(priced(f"call {number}"))


def priced(call: str, **more) -> Attempt:
    return Attempt(call, 1, 1, status="ok", cost_nano=5, cost_source="list", **more)


def calls(path: Path) -> set[str]:
    with closing(Ledger(path)) as ledger:
        return {call for (call,) in ledger.run("SELECT call_id FROM attempts")}


def test_the_status_tells_rows_size_schema_and_journal(ledger):
    fill(ledger)
    told = upkeep.status(ledger)
    assert told.rows["attempts"] == 200
    assert told.version == told.newest == len(MIGRATIONS)
    assert (told.journal, told.notes) == ("wal", ())
    assert told.size >= ledger.path.stat().st_size


def test_a_sound_ledger_is_sound(ledger):
    fill(ledger)
    assert upkeep.check(ledger) == upkeep.Checkup((), (), 0)


def test_an_empty_ledger_is_sound(ledger):
    assert upkeep.check(ledger) == upkeep.Checkup((), (), 0)


def test_a_check_finds_damage_that_nobody_has_met_and_leaves_the_file(ledger):
    fill(ledger)
    ledger.close()
    before = disk.identity(ledger.path)
    with ledger.path.open("r+b") as file:
        file.seek(-3 * 4096, os.SEEK_END)
        file.write(b"\0" * 4096 * 2)
    assert upkeep.check(ledger).damage
    assert (disk.identity(ledger.path), ledger.notes) == (before, [])


def test_attempts_of_kernels_that_ended_are_marked_lost(ledger):
    row = Attempt("gone", 1, time.time_ns() // 1000)
    script = (
        "import sys; from pathlib import Path; from nbprovider.ledger import Attempt, Ledger;"
        f"Ledger(Path(sys.argv[1])).keep(Attempt('gone', 1, {row.started_at}))"
    )
    subprocess.run([sys.executable, "-c", script, str(ledger.path)], check=True)
    ledger.keep(Attempt("mine", 1, row.started_at))
    assert upkeep.check(ledger).lost == 1
    found = ledger.run("SELECT call_id, status FROM attempts ORDER BY call_id")
    assert found == [("gone", "lost"), ("mine", "running")]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (priced("a", output=-1), "negative tokens or cost"),
        (Attempt("a", 1, 1, status="ok", cost_source="list"), "a cost that nobody tells"),
        (Attempt("a", 1, 1, status="ok", cost_nano=1), "a cost that nobody tells"),
        (Attempt("a", 1, 2**55, status="ok"), "began in the future"),
        (Attempt("a", 1, 1, host="elsewhere", pid=1), ""),
    ],
)
def test_rows_that_cannot_be_right_are_told(ledger, row, words):
    ledger.keep(row)
    odd = upkeep.check(ledger).oddities
    assert words in " ".join(odd)
    assert bool(odd) == bool(words)


def test_a_backup_is_a_ledger_of_its_own_for_the_user_alone(ledger, tmp_path):
    fill(ledger)
    made = upkeep.backup(ledger, tmp_path / "copy.db")
    assert made.attempts == 200
    assert made.path.stat().st_size == made.size
    assert os.name == "nt" or made.path.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(made.path)) as copy:
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert calls(made.path) == calls(ledger.path)
    assert [one.name for one in tmp_path.iterdir() if "part" in one.name] == []


def test_a_backup_overwrites_nothing(ledger, tmp_path):
    (tmp_path / "copy.db").write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        upkeep.backup(ledger, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "mine"


def test_a_backup_that_cannot_be_written_leaves_nothing_and_says_why(ledger, tmp_path):
    with pytest.raises(ConfigError, match="No such file or directory"):
        upkeep.backup(ledger, tmp_path / "nowhere" / "copy.db")


def test_a_ledger_in_memory_is_backed_up_too(tmp_path):
    (tmp_path / "data").write_text("")
    with closing(Ledger(tmp_path / "data" / "ledger.db")) as ledger:
        fill(ledger, 5)
        assert ledger.in_memory
        assert upkeep.backup(ledger, tmp_path / "copy.db").attempts == 5


def test_vacuum_gives_back_what_was_deleted_and_keeps_the_rest(ledger):
    fill(ledger, 1_500)
    ledger.run("DELETE FROM attempts WHERE id % 10 > 0")
    before, after = upkeep.vacuum(ledger)
    assert after < before / 2
    assert ledger.run("SELECT count(*) FROM attempts") == [(150,)]
    assert upkeep.check(ledger) == upkeep.Checkup((), (), 0)


def test_vacuum_says_who_stands_in_its_way(ledger, monkeypatch):
    monkeypatch.setattr(disk, "PATIENCE", 0.05)
    fill(ledger, 5)
    with closing(sqlite3.connect(ledger.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        ledger.close()
        with pytest.raises(ConfigError, match="could not be vacuumed: database is locked"):
            upkeep.vacuum(ledger)
    assert not ledger.in_memory


WRITER = """
import sys
from pathlib import Path
from nbprovider.ledger import Attempt, Ledger, network
if len(sys.argv) > 3:
    network.MOUNTS = Path(sys.argv[3])
ledger = Ledger(Path(sys.argv[1]))
ledger.check()
print("ready", flush=True)
sys.stdin.readline()
for number in range(300):
    ledger.keep(Attempt(f"{sys.argv[2]}-{number}", 1, 1, status="ok"))
assert not ledger.in_memory, ledger.notes
ledger.close()
"""


def writers(path: Path, *more: str) -> list[subprocess.Popen[str]]:
    command = [sys.executable, "-W", "error", "-c", WRITER, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    kernels = [subprocess.Popen([*command, name, *more], **pipes) for name in "abcd"]
    for kernel in kernels:
        kernel.stdout.readline()
        kernel.stdin.write("go\n")
        kernel.stdin.flush()
    return kernels


def ended(kernels: list[subprocess.Popen[str]]) -> bool:
    return all(kernel.poll() is not None for kernel in kernels)


def finished(kernels: list[subprocess.Popen[str]]) -> list[int]:
    for kernel in kernels:
        kernel.communicate(timeout=100)
    return [kernel.returncode for kernel in kernels]


EXPECTED = {f"{name}-{number}" for name in "abcd" for number in range(300)}


def test_four_kernels_write_on_while_it_is_backed_up_vacuumed_and_checked(ledger, tmp_path):
    fill(ledger)
    kernels = writers(ledger.path)
    copies = []
    while not ended(kernels) or not copies:
        copies.append(upkeep.backup(ledger, tmp_path / f"copy-{len(copies)}.db"))
        upkeep.vacuum(ledger)
        assert upkeep.check(ledger) == upkeep.Checkup((), (), 0)
    assert finished(kernels) == [0] * 4
    everything = calls(ledger.path)
    assert everything >= EXPECTED
    assert all(calls(copy.path) <= everything for copy in copies)
    assert [copy.attempts for copy in copies] == sorted(copy.attempts for copy in copies)


@pytest.fixture
def network_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a table of mounts that says that all lies on a server."""
    table = tmp_path / "mountinfo"
    table.write_text("22 1 0:40 / / rw - nfs4 server:/home rw\n")
    monkeypatch.setattr(network, "MOUNTS", table)
    return table


@pytest.mark.skipif(not network.MOUNTS.exists(), reason="Linux's table of mounts")
def test_on_a_network_home_four_kernels_lose_nothing_without_wal(ledger, tmp_path, network_home):
    fill(ledger, 10)
    kernels = writers(ledger.path, str(network_home))
    upkeep.backup(ledger, tmp_path / "copy.db")
    upkeep.vacuum(ledger)
    assert finished(kernels) == [0] * 4
    assert calls(ledger.path) >= EXPECTED
    told = upkeep.status(ledger)
    assert told.journal == "delete"
    assert "network file system (nfs4)" in told.notes[0]
    assert ledger.troubles == []
    assert not Path(f"{ledger.path}-wal").exists()


@pytest.mark.skipif(not network.MOUNTS.exists(), reason="Linux's table of mounts")
def test_a_ledger_with_wal_that_comes_to_a_network_home_does_without(tmp_path, request):
    path = tmp_path / "ledger.db"
    with closing(Ledger(path)) as ledger:
        fill(ledger, 10)
    request.getfixturevalue("network_home")
    with closing(Ledger(path)) as ledger:
        fill(ledger, 12)
        assert ledger.run("PRAGMA journal_mode") == [("delete",)]
        assert ledger.run("SELECT count(*) FROM attempts") == [(12,)]


FULL_DISK = """
import resource, sys
from pathlib import Path
from nbprovider.ledger import Attempt, Ledger
ledger = Ledger(Path(sys.argv[1]))
ledger.keep(Attempt("before", 1, 1, status="ok"))
room = Path(sys.argv[1] + "-wal").stat().st_size + 20_000
resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
for number in range(400):
    ledger.keep(Attempt("after", number, 1, status="ok", error="x" * 300))
assert ledger.run("SELECT count(*) FROM attempts") == [(401,)]
[news] = ledger.news()
assert "cannot be used" in news and "in memory" in news, news
assert ledger.news() == []
"""


@unix_only
def test_a_disk_that_fills_up_sends_the_ledger_to_memory_with_all_it_had(tmp_path):
    """The limit of a file's size is what a full disk is: the system refuses to write."""
    path = tmp_path / "ledger.db"
    script = [sys.executable, "-W", "error", "-c", FULL_DISK, str(path)]
    subprocess.run(script, check=True, timeout=100)
    assert "before" in calls(path)


@unix_only
def test_a_disk_that_is_full_from_the_start_leaves_the_ledger_in_memory(tmp_path):
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))"
    script = (
        "import sys; from pathlib import Path; from nbprovider.ledger import Attempt, Ledger;"
        "ledger = Ledger(Path(sys.argv[1])); ledger.keep(Attempt('a', 1, 1));"
        "assert ledger.in_memory; assert len(ledger.news()) == 1"
    )
    command = [sys.executable, "-W", "error", "-c", f"{limit}; {script}", str(tmp_path / "l.db")]
    subprocess.run(command, check=True, timeout=100)
