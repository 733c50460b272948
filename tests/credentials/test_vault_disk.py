"""The vault's file is the user's alone, replaced at once, and never half written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from msgspec.structs import replace

import vaults
from nbprovider.credentials import Secret, Vault
from nbprovider.errors import ConfigError
from vaults import account, again, key, sealed_by_machine

pytestmark = pytest.mark.skipif(os.name == "nt", reason="modes and owners are POSIX's")

HERE = str(Path(vaults.__file__).parent)
ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
NOBODY = 65534


@pytest.fixture
def vault(tmp_path) -> Vault:
    vault = sealed_by_machine(tmp_path)
    vault.add(account("work"), key("sk-1"))
    return vault


def mode(path: Path) -> int:
    return path.lstat().st_mode & 0o777


def run(code: str, *more: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
    """Run code in a process of its own, with what it needs imported."""
    preface = (
        "import os, sys; from pathlib import Path; from nbprovider.credentials import *;"
        "from vaults import *; path = Path(sys.argv[1])\n"
    )
    return subprocess.run(
        [*before, sys.executable, "-c", preface + code, *more],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": HERE},
    )


MAKE = "os.umask(int(sys.argv[2], 8)); Vault(path).add(account('work'), key('sk-1'))"


@pytest.mark.parametrize("umask", ["000", "022", "777"])
def test_whatever_the_umask_all_is_the_users_alone(tmp_path, umask):
    folder = tmp_path / "vault"
    folder.mkdir(mode=0o700)  # else a umask of 777 would take it from its owner
    done = run(MAKE, str(folder / "accounts.jsonl"), umask)
    assert done.returncode == 0, done.stderr
    found = {path.name: mode(path) for path in folder.iterdir()}
    lock = found.pop("accounts.lock")
    assert lock & 0o177 == 0
    assert found == {"accounts.jsonl": 0o600, "machine.salt": 0o600}


def test_the_folder_is_made_for_the_user_alone(tmp_path):
    path = tmp_path / "data" / "vault" / "accounts.jsonl"
    assert run(MAKE, str(path), "000").returncode == 0
    assert mode(path.parent) == 0o700


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_each_file_is_made_private_synced_and_only_then_given_its_name(tmp_path):
    """As the kernel sees it: no moment at which another user could open it, or it is half there."""
    path, log = tmp_path / "vault" / "accounts.jsonl", tmp_path / "log"
    calls = "trace=openat,mkdir,mkdirat,fchmod,fsync,rename,renameat,renameat2"
    done = run(MAKE, str(path), "000", before=("strace", "-f", "-y", "-o", str(log), "-e", calls))
    if "ptrace" in done.stderr and "not permitted" in done.stderr:
        pytest.skip("tracing is not allowed here")
    assert done.returncode == 0, done.stderr
    lines = [line for line in log.read_text().splitlines() if str(path.parent) in line]
    assert any(re.search(r"mkdir(at)?\(.*vault\", 0700\)", line) for line in lines)
    made = [line for line in lines if "O_CREAT" in line]
    assert made
    assert all(", 0600)" in line and "O_NOFOLLOW" in line for line in made)
    names = [re.sub(r"^\d+ +(\w+)\(.*", r"\1", line) for line in lines]
    for place in [i for i, name in enumerate(names) if name.startswith("rename")]:
        assert names[place - 1] == "fsync"
        assert "fsync" in names[place + 1 : place + 3]


@pytest.mark.parametrize("wide", [0o644, 0o660, 0o604, 0o777])
def test_wider_modes_are_mended_and_noted(vault, wide):
    vault.path.chmod(wide)
    vault.path.parent.chmod(wide | 0o700)
    fresh = again(vault)
    assert [one.name for one in fresh.accounts()] == ["work"]
    assert (mode(vault.path), mode(vault.path.parent)) == (0o600, 0o700)
    assert len(fresh.notes()) == 2
    assert all(note.endswith("mended") for note in fresh.notes())


def test_a_mode_widened_while_the_kernel_runs_is_mended_at_the_next_question(vault):
    os.utime(vault.path, (0, 0))
    assert vault.accounts()
    vault.path.chmod(0o666)
    vault.accounts()
    assert mode(vault.path) == 0o600


def test_a_salt_that_others_could_read_is_mended(vault):
    salt = vault.path.parent / "machine.salt"
    salt.chmod(0o644)
    code = "v = Vault(path); print(v.secret(v.accounts()[0]).reveal(), len(v.notes()))"
    assert run(code, str(vault.path)).stdout == "sk-1 1\n"
    assert mode(salt) == 0o600


def refusals(vault: Vault) -> list[str]:
    """Return what each way to use the vault is refused with."""
    told = []
    for act in (
        lambda: again(vault).accounts(),
        lambda: again(vault).add(account("other"), {}),
        lambda: again(vault).notes() or again(vault).find("work"),
    ):
        with pytest.raises(ConfigError) as refused:
            act()
        assert refused.value.hint
        told.append(refused.value.message)
    return told


def test_a_link_in_the_files_place_is_refused(vault, tmp_path):
    other = tmp_path / "other"
    vault.path.rename(other)
    vault.path.symlink_to(other)
    assert all("a link" in told for told in refusals(vault))


def test_a_link_in_the_folders_place_is_refused(vault, tmp_path):
    other = tmp_path / "other"
    vault.path.parent.rename(other)
    vault.path.parent.symlink_to(other)
    assert all("a link" in told for told in refusals(vault))


@pytest.mark.parametrize("which", ["fifo", "folder"])
def test_what_is_no_file_is_refused_and_does_not_hang(vault, which):
    vault.path.unlink()
    os.mkfifo(vault.path) if which == "fifo" else vault.path.mkdir()
    assert all("should be" in told for told in refusals(vault))


@pytest.mark.skipif(not ROOT, reason="only root can give files away")
@pytest.mark.parametrize("whose", ["file", "folder"])
def test_what_belongs_to_another_user_is_refused(vault, whose):
    os.chown(vault.path if whose == "file" else vault.path.parent, NOBODY, NOBODY)
    assert all("another user" in told for told in refusals(vault))


def test_a_link_in_the_place_of_the_new_file_is_not_followed(vault, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (vault.path.parent / ".vault.new").symlink_to(victim)
    vault.add(account("other"), {})
    assert victim.read_text() == "precious"
    assert not vault.path.is_symlink()


def test_what_a_killed_writer_left_is_cleaned_up(vault):
    left = vault.path.parent / ".vault.new"
    left.write_bytes(b"half")
    vault.prefer(vault.add(account("other"), {}).id)
    assert not left.exists()


FULL = """
import resource
vault = Vault(path)
resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))
try:
    vault.add(account("other"), {})
except Exception as error:
    print(type(error).__name__, error)
"""


def test_a_full_disk_leaves_the_old_file_and_says_so(vault):
    before = vault.path.read_bytes()
    done = run(FULL, str(vault.path))
    assert done.stdout.startswith("ConfigError"), done.stderr
    assert "It was not changed." in done.stdout
    assert vault.path.read_bytes() == before
    assert not (vault.path.parent / ".vault.new").exists()


READ_ONLY = f"""
import tempfile
with tempfile.TemporaryDirectory() as name:  # all that is imported late must be there before
    sealed_by_machine(Path(name)).add(account("warm"), key("sk-0"))
if os.geteuid() == 0:
    os.setuid({NOBODY})
vault = Vault(path)
(one,) = vault.accounts()
for act in (lambda: vault.purge(one.id), lambda: vault.seal(one.id, "key", Secret("sk-2"))):
    try:
        act()
    except Exception as error:
        print(type(error).__name__, error.message)
"""


@pytest.fixture
def theirs():
    """Return a folder that a process without rights can reach."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        (folder / "vault").chmod(0o700)


def test_a_folder_that_is_read_only_can_be_read_and_a_change_is_refused(theirs):
    vault = sealed_by_machine(theirs)
    vault.add(account("work"), key("sk-1"))
    if ROOT:
        for path in (vault.path.parent, *vault.path.parent.iterdir()):
            os.chown(path, NOBODY, NOBODY)
    before = vault.path.read_bytes()
    vault.path.parent.chmod(0o500)
    done = run(READ_ONLY, str(vault.path))
    assert done.stdout.count("ConfigError") == 2, done.stderr
    assert "no permission to write" in done.stdout
    assert vault.path.read_bytes() == before


def test_a_home_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    vault = Vault(tmp_path / "file" / "vault" / "accounts.jsonl")
    with pytest.raises(ConfigError) as refused:
        vault.add(account("work"), {})
    assert "NBPROVIDER_HOME" in refused.value.hint


def test_no_write_happens_without_a_change(vault):
    before = vault.path.stat().st_ino
    vault.prefer(vault.accounts()[0].id)
    assert vault.path.stat().st_ino == before


def test_an_interrupted_write_leaves_the_old_file_and_no_lock(vault, monkeypatch):
    before = vault.path.read_bytes()

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            vault.add(account("other"), {})
    assert vault.path.read_bytes() == before
    kept = again(vault).add(account("other"), key("sk-2"))
    again(vault).change(kept.id, lambda one: replace(one, model="m"))
    again(vault).seal(kept.id, "key", Secret("sk-3"))
    assert not (vault.path.parent / ".vault.new").exists()
