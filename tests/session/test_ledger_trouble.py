"""Whatever becomes of the ledger's file: one is answered, and told of it once."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import nbprovider
from loopback import answering, serving
from nbprovider import Chat, config
from nbprovider.session import current

MODEL = "openai:gpt-4o"


@pytest.fixture(autouse=True)
def asking(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with serving(answering("Hel", "lo")) as started:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{started.url}/v1")
        yield


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a home that may be read and not written: root gives up its rights for the test."""
    folder = Path(tempfile.mkdtemp(prefix="nbprovider-readonly-"))
    monkeypatch.setenv(config.HOME, str(folder))
    nbprovider.ask("before", model=MODEL)
    current().ledger.close()
    for path in (*folder.rglob("*"), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    was_root = os.geteuid() == 0
    if was_root:
        os.seteuid(65534)
    yield folder
    if was_root:
        os.seteuid(0)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)
    shutil.rmtree(folder)


def footers(number: int = 3) -> list[str]:
    return [nbprovider.ask("hi", model=MODEL).footer.text() for _ in range(number)]


def told_once(footers: list[str], words: str) -> bool:
    return [words in footer for footer in footers] == [True] + [False] * (len(footers) - 1)


@pytest.mark.skipif(os.name == "nt", reason="permissions of unix")
def test_a_home_that_may_not_be_written_to_answers_and_says_so_in_the_first_footer(read_only):
    assert told_once(footers(), "kept in memory until the kernel ends")
    assert current().ledger.run("SELECT count(*) FROM attempts") == [(4,)]


def test_a_home_that_is_no_folder_answers_chats_and_says_so_once():
    config.home().data.parent.mkdir(parents=True, exist_ok=True)
    config.home().data.write_text("")
    chat = Chat()
    said = [chat.ask("hi", model=MODEL).footer.text() for _ in range(3)]
    assert told_once(said, "kept in memory until the kernel ends")
    assert len(chat.messages) == 6
    assert len(nbprovider.usage()) == 3


def test_a_disk_that_fills_up_answers_and_says_so_once():
    footers(1)
    ledger = current().ledger
    ledger.run("VACUUM")
    [(pages,)] = ledger.run("PRAGMA page_count")
    ledger.run(f"PRAGMA max_page_count = {pages}")
    asked = 1
    while not ledger.in_memory:
        [said] = footers(1)
        asked += 1
    assert "disk is full" in said
    assert not any("disk is full" in footer for footer in footers(3))
    assert ledger.run("SELECT count(*) FROM attempts") == [(asked + 3,)]


def test_a_file_that_is_damaged_between_two_questions_is_rescued_and_told_once():
    for _ in range(3):
        nbprovider.ask("hi", model=MODEL)
    path = current().ledger.path
    current().ledger.close()
    content = bytearray(path.read_bytes())
    [(root,)] = current().ledger.run(
        "SELECT rootpage FROM sqlite_master WHERE name = 'attempts_started_at'"
    )
    [(size,)] = current().ledger.run("PRAGMA page_size")
    current().ledger.close()
    content[(root - 1) * size : root * size] = b"\0" * size
    path.write_bytes(content)
    said = footers(2)
    assert told_once(said, "was damaged: kept as ledger.db.corrupt-")
    assert len(nbprovider.usage()) == 5
