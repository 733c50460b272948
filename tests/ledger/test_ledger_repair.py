"""A damaged file is put aside, and what can be read of it goes on."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from damaged import OURS, PAGE, ROWS, fill, pages_of, spoil, told, wanted
from ledger_versions import tables
from nbprovider.errors import ConfigError
from nbprovider.ledger import Attempt, Ledger, chat_search, disk, repair, rescue
from nbprovider.ledger.chat_merge import Draft, merge
from nbprovider.ledger.chats import Said
from nbprovider.ledger.names import named
from nbprovider.ledger.schema import MIGRATIONS, migrate
from nbprovider.types import Message, Text


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.mark.parametrize("filler", [b"\0", b"\xff"], ids=["zeroed", "flipped"])
@pytest.mark.parametrize("seed", range(3))
def test_all_rows_but_those_of_the_damaged_pages_are_there_again(path, filler, seed):
    fill(path)
    leaves = pages_of(path, "attempt_rows")[1:]
    random.Random(seed).shuffle(leaves)
    spoil(path, leaves[:3], filler)
    with closing(Ledger(path)) as ledger:
        ledger.keep(Attempt("after", 1, 1))
        ledger.repair()
        rows = {row[0]: row for row in told(ledger)}
        assert ROWS - 3 * 60 <= len(rows) - 1 < ROWS
        expected = {wanted(n)[0]: wanted(n) for n in range(1, ROWS + 1)}
        assert all(row == expected[call] for call, row in rows.items() if call != "after")
        assert len(named(ledger, "role")) == 20
        [note] = ledger.troubles
        assert "rows could be read and are kept" in note
    [aside] = path.parent.glob("*.corrupt-*")
    assert aside.read_bytes()[:15] == b"SQLite format 3"
    assert repair.sound(path)


def test_neighbouring_damaged_pages_at_the_end_and_at_the_beginning_are_passed_over(path):
    fill(path)
    leaves = pages_of(path, "attempt_rows")[1:]
    spoil(path, [*leaves[:6], *leaves[-6:]])
    with closing(Ledger(path)) as ledger:
        ledger.repair()
        assert len(told(ledger)) > ROWS - 12 * 60
        assert told(ledger)[0] == wanted(int(told(ledger)[0][0].split()[1]))


def test_damage_in_an_index_loses_nothing(path):
    fill(path)
    spoil(path, pages_of(path, "attempts_sums")[:4])
    with closing(Ledger(path)) as ledger:
        ledger.repair()
        assert told(ledger) == [wanted(n) for n in range(1, ROWS + 1)]


def test_the_tables_of_others_are_rescued_too(path):
    fill(path)
    spoil(path, pages_of(path, "attempt_rows"))
    with closing(Ledger(path)) as ledger:
        ledger.repair()
        assert told(ledger) == []
        assert named(ledger, "role") == {f"role {n}": [f"model {n}"] for n in range(20)}
        others = set(ledger.maintain(tables)) - OURS
        assert len(others) > 1
        assert {ledger.run(f"SELECT count(*) FROM {one}")[0][0] for one in others} == {100}


def test_a_lost_word_is_told_as_lost_and_no_other_takes_its_place(path):
    fill(path)
    spoil(path, pages_of(path, "words"))
    with closing(Ledger(path)) as ledger:
        ledger.repair()
        ledger.keep(Attempt("after", 1, 1, "anthropic", "anthropic", "claude"))
        providers = {row[1] for row in told(ledger)}
        assert "anthropic" in providers
        [lost] = providers - {"anthropic"}
        assert lost.startswith("(lost ")
        assert len(told(ledger)) == ROWS + 1


def test_a_call_that_meets_the_damage_is_kept_and_says_so_once(path):
    fill(path)
    spoil(path, pages_of(path, "attempts_running"))
    with closing(Ledger(path)) as ledger:
        ledger.keep(Attempt("after", 1, 1))
        assert len(told(ledger)) == ROWS + 1
        [news] = ledger.news()
        assert "was damaged: kept as ledger.db.corrupt-" in news
        assert "rows could be read and are kept" in news
        assert ledger.news() == []


def test_a_damaged_file_of_an_old_schema_is_rescued_into_the_newest(path):
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.execute(f"PRAGMA page_size = {PAGE}")
        migrate(old, MIGRATIONS[:1])
        for number in range(1, 301):
            old.execute(
                "INSERT INTO attempts (call_id, number, started_at, provider, account,"
                " model_asked, chat, notebook, cell, purpose, status, input, estimated,"
                " cost_nano, cost_source, route_reason, streamed, host, born) VALUES"
                " (?, 1, 1, 'openai', 'openai', 'm', '', '', '', '', 'ok', 1, 0, 5, 'list', '',"
                " 1, '', '')",
                (f"call {number}",),
            )
    spoil(path, pages_of(path, "attempts")[2:3])
    with closing(Ledger(path)) as ledger:
        ledger.repair()
        found = told(ledger)
        assert 200 < len(found) < 300
        assert {row[1:] for row in found} == {("openai", "m", 1, 5)}
        assert ledger.run("PRAGMA user_version") == [(len(MIGRATIONS),)]


def test_a_damaged_file_of_a_newer_nbprovider_is_left_alone(path):
    fill(path)
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 999")
    spoil(path, pages_of(path, "attempt_rows")[1:3])
    with pytest.raises(ConfigError, match="newer nbprovider"):
        repair.renew(path)
    assert list(path.parent.glob("*.corrupt-*")) == []


def test_a_sound_file_is_not_touched(path):
    fill(path, 20)
    before = disk.identity(path)
    with closing(Ledger(path)) as ledger:
        assert ledger.repair() == ""
        assert (ledger.notes, disk.identity(path)) == ([], before)


def test_a_value_of_another_kind_than_its_columns_is_not_taken_over():
    with closing(disk.plain(":memory:")) as opened:
        opened.execute("CREATE TABLE t (a INTEGER, b TEXT)")
        [table] = rescue._tables(opened, opened)
    assert table.holds((1, "x"))
    assert table.holds((None, None))
    assert not table.holds(("x", "x"))
    assert not table.holds((1, b"x"))


def test_random_damage_never_stands_in_the_way(tmp_path):
    """Whatever bytes are flipped: the next call is kept, and no row tells what nobody wrote."""
    fill(tmp_path / "model.db", 400)
    whole = (tmp_path / "model.db").read_bytes()
    expected = {wanted(n)[0] for n in range(1, 401)}
    chance = random.Random(6)
    for attempt in range(25):
        damaged = bytearray(whole)
        for _ in range(chance.randrange(1, 60)):
            damaged[chance.randrange(100, len(damaged))] = chance.randrange(256)
        path = tmp_path / f"{attempt}" / "ledger.db"
        path.parent.mkdir()
        path.write_bytes(damaged)
        with closing(Ledger(path)) as ledger:
            ledger.repair()
            ledger.keep(Attempt("after", 1, 1, status="ok"))
            calls = {row[0] for row in told(ledger)}
        assert "after" in calls
        assert len(calls - expected - {"after"}) <= 60  # names in which a byte was flipped
        assert repair.sound(path)


@pytest.mark.parametrize("error", [KeyboardInterrupt, sqlite3.OperationalError("disk is full")])
def test_a_rescue_that_does_not_come_to_its_end_leaves_the_file_where_it_was(
    path, monkeypatch, error
):
    fill(path, 300)
    spoil(path, pages_of(path, "attempts_running"))

    def broken_off(*_: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(rescue, "pour", broken_off)
        with pytest.raises((KeyboardInterrupt, sqlite3.OperationalError)):
            repair.renew(path)
    assert list(path.parent.glob("*.corrupt-*")) == []
    with closing(Ledger(path)) as ledger:
        ledger.repair()
        assert len(told(ledger)) == 300


def test_words_of_chats_are_found_after_a_rescue(path):
    with closing(Ledger(path)) as ledger:
        said = (Message("user", (Text(f"About otters {number}"),)) for number in range(50))
        merge(ledger, Draft("", "paper", anew=False, added=tuple(map(Said, said))))
        assert chat_search.search(ledger, "otters").hits
    spoil(path, pages_of(path, "attempts_running"))
    with closing(Ledger(path)) as ledger:
        assert ledger.repair()
        found = chat_search.search(ledger, "otters 49")
        assert (len(found.hits), found.note) == (1, "")


def test_rows_that_are_in_the_log_of_another_kernel_are_rescued_too(path):
    """It goes on in the new file by itself; closing the old one does the new one no harm."""
    fill(path, 300)
    with closing(Ledger(path)) as other, closing(Ledger(path)) as ledger:
        other.check()
        pages = pages_of(path, "attempt_rows")
        for number in range(20):
            other.keep(Attempt(f"log {number:02}", 1, 1, status="ok"))
        assert Path(f"{path}-wal").stat().st_size
        spoil(path, pages[1:2])
        assert ledger.repair()
        assert [row[0] for row in told(ledger) if row[0].startswith("log")] == [
            f"log {number:02}" for number in range(20)
        ]
        ledger.keep(Attempt("mine", 1, 1))
        other.keep(Attempt("other", 1, 1))
        assert not other.troubles
    with closing(Ledger(path)) as again:
        assert {"mine", "other", "log 00"} <= {row[0] for row in told(again)}
    assert repair.sound(path)


def test_letters_that_are_none_are_replaced(path):
    fill(path, 20)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"request 7", b"request \xff", 1))
    with closing(Ledger(path)) as ledger:
        found = ledger.run("SELECT request_id FROM attempts WHERE call_id = 'call 000007'")
        assert found == [("request \ufffd",)]
        assert ledger.notes == []


WRITER = """
import sys
from pathlib import Path
from nbprovider.ledger import Attempt, Ledger
ledger = Ledger(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(150):
    ledger.keep(Attempt(f"{sys.argv[2]}-{number}", 1, 1))
assert not ledger.in_memory, ledger.notes
ledger.close()
"""


def test_several_kernels_that_meet_the_damage_at_once_repair_it_once_and_lose_nothing(path):
    fill(path)
    spoil(path, pages_of(path, "attempts_running"))
    command = [sys.executable, "-W", "error", "-c", WRITER, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    kernels = [subprocess.Popen([*command, name], **pipes) for name in "abcd"]
    for kernel in kernels:
        kernel.stdout.readline()
    for kernel in kernels:
        kernel.communicate("go\n", timeout=100)
    assert [kernel.returncode for kernel in kernels] == [0] * 4
    with closing(Ledger(path)) as ledger:
        assert len(told(ledger)) == ROWS + 4 * 150
    assert len(list(path.parent.glob("*.corrupt-*"))) == 1


def test_a_damaged_file_that_may_not_be_renamed_is_read_into_memory(path, monkeypatch):
    fill(path, 300)
    spoil(path, pages_of(path, "attempt_rows")[-1:])

    def refused(_: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(repair, "_set_aside", refused)
    with closing(Ledger(path)) as ledger:
        for number in range(10):
            ledger.keep(Attempt("after", number, 1))
        assert ledger.in_memory
        assert 200 < len(told(ledger)) < 310
        assert "Permission denied" in ledger.troubles[-1]
