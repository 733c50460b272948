"""`%provider ledger` says how the file of all calls is, and keeps it well."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbprovider import config, session
from nbprovider.errors import ConfigError, UsageError
from nbprovider.ledger import Attempt, Ledger
from nbprovider.magics.complete import complete
from nbprovider.magics.ledger import size
from nbprovider.magics.provider import run


@pytest.fixture
def ledger() -> Ledger:
    kept = session.current().ledger
    for number in range(3):
        kept.keep(Attempt(f"call {number}", 1, 1, status="ok", cost_nano=1, cost_source="list"))
    return kept


def test_without_a_word_it_tells_file_size_rows_schema_and_journal(ledger):
    table = dict(run("ledger").rows)
    assert table["file"] == str(ledger.path)
    assert table["attempts"] == "3"
    assert "kB" in table["size"]
    assert table["schema"].startswith("version ")
    assert "several kernels write at once" in table["kept by"]


def test_a_sound_ledger_says_so(ledger):
    assert "The ledger is sound" in run("ledger check").text
    assert run("ledger repair").text == "The ledger is sound: nothing was done."


def test_what_cannot_be_right_is_a_table(ledger):
    ledger.keep(Attempt("odd", 1, 1, status="ok", cost_nano=1))
    told = run("ledger check")
    assert told.title == "The ledger's file is sound"
    assert told.rows[0][0].startswith("1 attempts have a cost that nobody tells")


def test_damage_is_told_and_repaired(ledger):
    for number in range(500):
        ledger.keep(Attempt(f"more {number}", 1, 1, status="ok"))
    ledger.close()
    content = bytearray(ledger.path.read_bytes())
    content[-2 * 4096 :] = b"\0" * 2 * 4096
    ledger.path.write_bytes(content)
    told = run("ledger check")
    assert told.title == "The ledger is damaged"
    assert "%provider ledger repair" in told.note
    assert "was damaged: kept as ledger.db.corrupt-" in run("ledger repair").text
    assert "The ledger is sound" in run("ledger check").text


def test_a_backup_goes_beside_the_ledger_or_where_it_is_told(ledger, tmp_path):
    assert "3 attempts" in run("ledger backup").text
    assert len(list(ledger.path.parent.glob("ledger-backup-*.db"))) == 1
    run(f"ledger backup {tmp_path}/my.db")
    assert (tmp_path / "my.db").exists()
    (tmp_path / "folder").mkdir()
    run(f"ledger backup {tmp_path}/folder")
    assert len(list((tmp_path / "folder").iterdir())) == 1


def test_vacuum_tells_the_size_before_and_after(ledger):
    assert "takes" in run("ledger vacuum").text


@pytest.mark.parametrize("line", ["ledger vacum", "ledger check now", "ledger vacuum x"])
def test_what_there_is_not_is_refused(ledger, line):
    with pytest.raises(UsageError):
        run(line)


def test_a_ledger_in_memory_is_told_by_provider_and_only_backed_up(tmp_path):
    home = config.home().data
    home.parent.mkdir(parents=True, exist_ok=True)
    home.write_text("")  # a file where the folder should be
    assert "**Ledger**" in run("").note
    assert "kept in memory until the kernel ends" in run("").note
    assert "in memory" in dict(run("ledger").rows)["kept by"]
    for word in ("vacuum", "repair"):
        with pytest.raises(ConfigError) as raised:
            run(f"ledger {word}")
        assert "backup FILE" in raised.value.hint
    run(f"ledger backup {tmp_path}/copy.db")
    assert Path(tmp_path / "copy.db").exists()


def test_provider_is_silent_about_a_ledger_that_is_well(ledger):
    assert "Ledger" not in run("").note


def test_its_words_are_completed():
    assert complete("%provider ledger b") == ["backup"]
    assert complete("%provider ledger backup ") == []


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 bytes"), (999, "999 bytes"), (40960, "41.0 kB"), (3e8, "300.0 MB")]
)
def test_a_size_is_told_in_words(count, words):
    assert size(count) == words
