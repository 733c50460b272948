"""Several kernels on one vault, and kernels that die: nothing is lost, every record is whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

import keychains
import vault_forks
from nbprovider.credentials import Secret, Vault, vault_disk
from nbprovider.errors import VaultLocked
from vaults import account, again, key, sealed_by_machine

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks processes")

HERE = str(Path(vault_forks.__file__).parent)


@pytest.fixture
def vault(tmp_path) -> Vault:
    return sealed_by_machine(tmp_path)


def run(word: str, vault: Vault, *numbers: int, **more: str) -> dict:
    """Run tests/vault_forks.py in a process of its own, return what it says."""
    done = subprocess.run(
        [sys.executable, vault_forks.__file__, word, str(vault.path), *map(str, numbers)],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        env={**os.environ, "PYTHONPATH": HERE, **more},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_eight_processes_that_make_200_edits_each_lose_nothing(vault):
    told = run("fight", vault, 8, 200)
    assert told["failed"] == 0
    after = again(vault)
    everyone = {**{k: v for one in told["left"] for k, v in one["mine"].items()}}
    found = {
        one.name: {
            "id": one.id,
            "url": one.base_url,
            "key": after.secret(one).reveal(),
            "removed": one.deleted_at is not None,
        }
        for one in (*after.accounts(), *after.removed())
        if one.name != vault_forks.SHARED
    }
    assert found == everyone
    assert len(everyone) > 50
    counted = sum(one["counted"] for one in told["left"])
    assert after.find(vault_forks.SHARED).fields["n"] == str(counted)
    assert counted > 100


def test_a_kernel_killed_at_200_random_moments_leaves_every_record_whole(vault):
    told = run("kill", vault, 200)
    assert told["done"] > 5
    vault.purge(vault.accounts()[0].id)
    assert not (vault.path.parent / ".vault.new").exists()


def test_a_kernel_killed_while_rekeying_locks_nothing(tmp_path):
    keychain = {
        "PYTHON_KEYRING_BACKEND": f"{keychains.__name__}.FileKeychain",
        keychains.FILE: str(tmp_path / "keychain.json"),
    }
    vault = Vault(tmp_path / "vault" / "accounts.jsonl")
    told = run("kill_rekeying", vault, 100, **keychain)
    assert told["done"] > 5
    assert told["accounts"] == 5


def test_a_crash_before_any_line_of_a_write_leaves_the_old_file_or_the_new(vault):
    told = run("crash", vault)
    *crashed, last = told["outcomes"]
    assert last == "new"
    assert crashed.count("old") > 20
    assert crashed.count("new") > 3
    assert crashed == sorted(crashed, key=["old", "new"].index)
    assert told["left"] == ["accounts.jsonl", "accounts.lock", "machine.salt"]


def test_a_change_is_made_to_the_account_as_it_stands_not_as_it_was_read(vault):
    kept = vault.add(account("work"), key("sk-1"))
    again(vault).change(kept.id, lambda one: replace(one, model="theirs"))
    vault.change(kept.id, lambda one: replace(one, name="mine"))
    assert (vault.find("mine").model, vault.find("mine").name) == ("theirs", "mine")


def test_two_writes_that_the_file_systems_clock_does_not_tell_apart_are_both_seen(
    vault, monkeypatch
):
    kept = vault.add(account("work"), {})
    coarse = (time.time_ns(), 0, 0, 0)
    monkeypatch.setattr(vault_disk.Disk, "stamp", lambda disk: coarse)
    monkeypatch.setattr(vault_disk, "FRESH", 60 * 10**9)
    other = again(vault)
    for model in "ab":
        vault.change(kept.id, lambda one, m=model: replace(one, model=m))
        assert other.find("work").model == model


def test_another_kernels_change_is_seen_at_the_next_question(vault):
    other = again(vault)
    kept = vault.add(account("work"), {})
    for number in range(200):
        vault.change(kept.id, lambda one, n=number: replace(one, model=f"{n:03}"))
        assert other.find("work").model == f"{number:03}"


def test_an_unchanged_file_is_not_read_again(vault, monkeypatch):
    vault.add(account("work"), {})
    os.utime(vault.path, (0, 0))
    seen = again(vault)
    first = seen.accounts()
    monkeypatch.setattr(vault_disk.Disk, "read", None)
    assert seen.accounts() == first


def test_the_thread_that_holds_the_lock_may_change_the_vault(vault):
    kept = vault.add(account("work"), key("sk-1"))
    with vault.locked(), vault.locked():
        again(vault).seal(kept.id, "key", Secret("sk-2"))
        assert vault.secret(vault.find("work")).reveal() == "sk-2"


def test_others_wait_for_the_lock_and_are_told_when_it_takes_too_long(vault, monkeypatch):
    kept = vault.add(account("work"), {})
    monkeypatch.setattr(vault_disk, "PATIENCE", 0.05)
    refused = []

    def other() -> None:
        try:
            vault.purge(kept.id)
        except VaultLocked as error:
            refused.append(error)

    with vault.locked():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert "Another kernel" in refused[0].message
    assert refused[0].hint
    assert vault.find("work")
    vault.purge(kept.id)


def test_threads_of_one_kernel_lose_nothing(vault):
    kept = vault.add(account("work", fields={"n": "0"}), key("sk-1"))

    def work() -> None:
        for _ in range(25):
            vault.change(kept.id, vault_forks.count)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert vault.find("work").fields["n"] == "100"


def test_a_forked_process_goes_on_with_the_vault_of_its_parent(vault):
    told = run("inherit", vault)
    assert told == {"code": 0}
    assert [one.name for one in vault.accounts()] == ["child", "parent"]


def test_reading_waits_for_no_lock(vault):
    kept = vault.add(account("work"), key("sk-1"))
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with vault.locked():
            holding.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait(10)
    before = time.monotonic()
    assert again(vault).accounts() == (kept,)
    assert again(vault).secret(kept).reveal() == "sk-1"
    assert time.monotonic() - before < vault_disk.PATIENCE
    done.set()
    thread.join()
