"""The ledger's file: private, shared by kernels, and never in the way of a call."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from nbprovider.ledger import Attempt, Ledger, network

unix_only = pytest.mark.skipif(os.name == "nt", reason="permissions and forks of unix")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    opened = Ledger(path)
    yield opened
    opened.close()


@pytest.fixture
def home_of_another() -> Iterator[Path]:
    """Give a folder that may be read and not written: root gives up its rights for the test."""
    folder = Path(tempfile.mkdtemp(prefix="nbprovider-readonly-"))
    folder.chmod(0o755)
    with closing(Ledger(folder / "ledger.db")) as full:
        full.keep(Attempt("before", 1, 1, status="ok"))
    (folder / "ledger.db").chmod(0o644)
    folder.chmod(0o555)
    was_root = os.geteuid() == 0
    if was_root:
        os.seteuid(65534)
    yield folder
    if was_root:
        os.seteuid(0)
    folder.chmod(0o755)
    shutil.rmtree(folder)


def calls(ledger: Ledger) -> list[str]:
    return [call for (call,) in ledger.run("SELECT call_id FROM attempts ORDER BY id")]


def test_nothing_is_made_before_it_is_needed(path):
    Ledger(path).close()
    assert not path.parent.exists()


@unix_only
def test_the_file_is_the_users_alone(ledger, path):
    ledger.keep(Attempt("a", 1, 1))
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}


@unix_only
def test_a_file_that_others_may_read_is_made_private(path):
    path.parent.mkdir()
    path.touch(mode=0o644)
    with closing(Ledger(path)) as ledger:
        ledger.check()
    assert path.stat().st_mode & 0o777 == 0o600


def test_it_writes_ahead_where_that_works(ledger):
    assert ledger.run("PRAGMA journal_mode") == [("wal",)]
    assert ledger.run("PRAGMA synchronous") == [(1,)]
    assert ledger.notes == []


def test_on_a_network_home_it_does_without_wal_and_says_so(ledger, monkeypatch):
    monkeypatch.setattr(network, "kind", lambda _: "nfs4")
    ledger.keep(Attempt("a", 1, 1))
    assert ledger.run("PRAGMA journal_mode") == [("delete",)]
    assert "network file system (nfs4)" in ledger.notes[0]
    assert calls(ledger) == ["a"]


def test_a_row_is_named_by_its_call_and_number(ledger):
    """Writing it again finishes it; it is never there twice."""
    row = Attempt("a", 1, 1)
    ledger.keep(row)
    row.status, row.output = "ok", 5
    ledger.keep(row)
    ledger.keep(Attempt("a", 2, 2))
    found = ledger.run("SELECT number, status, output FROM attempts")
    assert found == [(1, "ok", 5), (2, "running", None)]


def test_a_row_says_which_process_wrote_it(ledger):
    ledger.keep(Attempt("a", 1, 1))
    [(host, pid)] = ledger.run("SELECT host, pid FROM attempts")
    assert (bool(host), pid) == (True, os.getpid())


def test_threads_may_write_at_once(ledger):
    def write(thread: int) -> None:
        for number in range(50):
            ledger.keep(Attempt(f"thread {thread}", number, 1))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.run("SELECT count(*) FROM attempts") == [(400,)]


def test_a_damaged_file_is_put_aside_and_kept(path):
    path.parent.mkdir()
    path.write_bytes(b"this is no database " * 500)
    with closing(Ledger(path)) as ledger:
        ledger.keep(Attempt("after", 1, 1))
        assert calls(ledger) == ["after"]
        assert "was damaged" in ledger.notes[0]
    [aside] = path.parent.glob("ledger.db.corrupt-*")
    assert aside.read_bytes().startswith(b"this is no database")
    with closing(Ledger(path)) as again:
        assert calls(again) == ["after"]
        assert again.notes == []


def test_a_file_that_is_damaged_while_open_is_put_aside(path):
    with closing(Ledger(path)) as full:
        for number in range(500):
            full.keep(Attempt("before", number, number))
    size = path.stat().st_size
    with closing(Ledger(path)) as ledger:
        ledger.check()
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * (size - 4096))
        ledger.keep(Attempt("after", 1, 1))
        assert ledger.run("SELECT count(*) FROM attempts WHERE call_id = 'after'") == [(1,)]
        assert "was damaged" in ledger.notes[0]
    assert len(list(path.parent.glob("ledger.db.corrupt-*"))) == 1


def test_a_deleted_file_is_begun_anew(ledger, path):
    ledger.keep(Attempt("lost", 1, 1))
    for file in path.parent.iterdir():
        file.unlink()
    ledger.keep(Attempt("kept", 1, 1))
    with closing(Ledger(path)) as other:
        assert calls(other) == ["kept"]


def test_a_full_disk_sends_the_ledger_to_memory_with_all_it_had(ledger):
    ledger.keep(Attempt("before", 1, 1))
    [(pages,)] = ledger.run("PRAGMA page_count")
    ledger.run(f"PRAGMA max_page_count = {pages}")
    for number in range(200):
        ledger.keep(Attempt("after", number, 1, error="x" * 200))
    assert calls(ledger) == ["before"] + ["after"] * 200
    [note] = ledger.notes
    assert "disk is full" in note
    assert "in memory" in note


@unix_only
def test_a_home_that_cannot_be_written_to_is_read_and_added_to_in_memory(home_of_another):
    with closing(Ledger(home_of_another / "ledger.db")) as ledger:
        ledger.keep(Attempt("after", 1, 2))
        assert calls(ledger) == ["before", "after"]
        assert "in memory" in ledger.notes[0]


@unix_only
def test_a_check_finds_out_that_nothing_can_be_written(home_of_another):
    with closing(Ledger(home_of_another / "ledger.db")) as ledger:
        ledger.check()
        assert len(ledger.notes) == 1


def test_a_check_of_a_sound_ledger_notes_nothing(ledger):
    ledger.check()
    assert ledger.notes == []


@unix_only
def test_a_folder_that_cannot_be_made_does_no_harm(home_of_another):
    with closing(Ledger(home_of_another / "new" / "ledger.db")) as ledger:
        ledger.keep(Attempt("a", 1, 1))
        assert calls(ledger) == ["a"]
        assert "Permission denied" in ledger.notes[0]


def test_a_home_that_is_a_file_does_no_harm(tmp_path):
    (tmp_path / "data").write_text("")
    with closing(Ledger(tmp_path / "data" / "ledger.db")) as ledger:
        ledger.keep(Attempt("a", 1, 1))
        assert calls(ledger) == ["a"]
        assert len(ledger.notes) == 1


def test_a_mistake_in_sql_is_not_swallowed(ledger):
    with pytest.raises(sqlite3.Error):
        ledger.run("SELECT 1 FROM attempts WHERE call_id = ?")


def test_it_can_be_closed_and_used_again(ledger):
    ledger.keep(Attempt("a", 1, 1))
    ledger.close()
    ledger.keep(Attempt("b", 1, 1))
    assert calls(ledger) == ["a", "b"]
