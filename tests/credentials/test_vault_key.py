"""Where the vault's key comes from, and what happens when it is not there."""

from __future__ import annotations

import getpass
import itertools
import os
import platform
import sys
from importlib.util import find_spec

import keyring
import pytest
from keyring.backends import fail, null
from msgspec.structs import replace

import keychains
from nbprovider.credentials import Secret, Vault, keychain, vault_file, vault_key
from nbprovider.errors import VaultLocked
from vaults import account, again, key

COSTS = (vault_key.COST, *vault_key._COSTS)
WAYS = ("machine", "keychain", "passphrase")


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    """Take less of scrypt than is allowed: these tests derive many keys."""
    monkeypatch.setattr(vault_key, "COST", 2**10)
    monkeypatch.setattr(vault_key, "_COSTS", (2**10,))
    forget_all()


@pytest.fixture(autouse=True)
def chosen():
    """Restore the keychain."""
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


@pytest.fixture
def with_keychain(tmp_path, monkeypatch):
    monkeypatch.setenv(keychains.FILE, str(tmp_path / "keychain.json"))
    keyring.set_keyring(keychains.FileKeychain())
    return tmp_path / "keychain.json"


@pytest.fixture
def vault(tmp_path) -> Vault:
    return Vault(tmp_path / "vault" / "accounts.jsonl")


def forget_all() -> None:
    """Forget every key, as a new kernel does."""
    vault_key._derived.clear()


def revealed(vault: Vault, name: str = "work") -> str:
    forget_all()
    fresh = again(vault)
    return fresh.secret(fresh.find(name)).reveal()


def by(way: str, vault: Vault, monkeypatch, name: str = "work") -> None:
    """Make the vault with a key of this way."""
    if way == "passphrase":
        monkeypatch.setenv(vault_key.VARIABLE, "correct horse")
    if way == "machine":
        keyring.set_keyring(fail.Keyring())
    vault.add(account(name), key("sk-1"))
    assert vault.way() == way


@pytest.mark.parametrize("way", WAYS)
def test_each_way_opens_in_a_new_kernel(way, vault, monkeypatch, with_keychain):
    by(way, vault, monkeypatch)
    assert revealed(vault) == "sk-1"
    assert vault.trouble() == ""


def test_a_passphrase_comes_before_a_keychain_and_that_before_the_machine(
    vault, monkeypatch, with_keychain
):
    assert vault_key._ways() == ("keychain", "machine")
    monkeypatch.setenv(vault_key.VARIABLE, "words")
    assert vault_key._ways() == ("passphrase",)
    monkeypatch.setenv(vault_key.VARIABLE, " ")
    keyring.set_keyring(null.Keyring())
    assert vault_key._ways() == ("machine",)


def test_the_same_passphrase_in_another_unicode_form_opens(vault, monkeypatch):
    monkeypatch.setenv(vault_key.VARIABLE, "gr\u00fcn ")
    vault.add(account("work"), key("sk-1"))
    monkeypatch.setenv(vault_key.VARIABLE, "gru\u0308n")
    assert revealed(vault) == "sk-1"


def test_a_wrong_passphrase_is_told_from_damage(vault, monkeypatch):
    by("passphrase", vault, monkeypatch)
    monkeypatch.setenv(vault_key.VARIABLE, "wrong")
    with pytest.raises(VaultLocked, match="not the passphrase"):
        revealed(vault)
    monkeypatch.delenv(vault_key.VARIABLE)
    with pytest.raises(VaultLocked, match="not set"):
        revealed(vault)
    assert "not set" in again(vault).trouble()


@pytest.mark.parametrize("passphrase", ["", "wrong"])
def test_a_vault_of_a_passphrase_takes_no_key_without_it(vault, monkeypatch, passphrase):
    """Else a mistyped variable would split the vault, and a missing one would weaken it."""
    by("passphrase", vault, monkeypatch)
    monkeypatch.setenv(vault_key.VARIABLE, passphrase)
    forget_all()
    with pytest.raises(VaultLocked):
        vault.add(account("other"), key("sk-2"))
    assert [one.name for one in vault.accounts()] == ["work"]
    vault.change(vault.find("work").id, lambda one: replace(one, name="w"))
    vault.purge(vault.find("w").id)


def test_after_a_lost_passphrase_rekey_goes_on_and_a_found_one_still_opens(vault, monkeypatch):
    by("passphrase", vault, monkeypatch)
    monkeypatch.setenv(vault_key.VARIABLE, "new words")
    forget_all()
    fresh = again(vault)
    assert [one.name for one in fresh.rekey()] == ["work"]
    fresh.add(account("other"), key("sk-2"))
    assert revealed(vault, "other") == "sk-2"
    with pytest.raises(VaultLocked):
        revealed(vault, "work")
    monkeypatch.setenv(vault_key.VARIABLE, "correct horse")
    assert revealed(vault, "work") == "sk-1"


IDENTITY = {
    "hostname": (platform, "node"),
    "user": (getpass, "getuser"),
    "platform": (platform, "system"),
    "architecture": (platform, "machine"),
}


@pytest.mark.parametrize("part", IDENTITY)
def test_on_another_machine_keys_are_locked_and_can_be_entered_or_removed(part, vault, monkeypatch):
    vault.add(account("work"), key("sk-1"))
    vault.add(account("home"), key("sk-2"))
    monkeypatch.setattr(*IDENTITY[part], lambda: "another")
    forget_all()
    moved = again(vault)
    work, home = moved.accounts()
    with pytest.raises(VaultLocked, match="another machine"):
        moved.secret(work)
    moved.purge(home.id)
    moved.seal(work.id, "key", Secret("sk-new"))
    assert revealed(moved) == "sk-new"
    assert moved.way() == "machine"


def test_a_home_on_two_machines_keeps_a_key_for_each(vault, monkeypatch):
    monkeypatch.setattr(platform, "node", lambda: "one.lan")
    vault.add(account("first"), key("sk-1"))
    monkeypatch.setattr(platform, "node", lambda: "two.lan")
    vault.add(account("second"), key("sk-2"))
    monkeypatch.setattr(platform, "node", lambda: "ONE.office")
    vault.add(account("third"), key("sk-3"))
    assert [revealed(vault, name) for name in ("first", "third")] == ["sk-1", "sk-3"]
    assert len(vault_file.parse(vault.path.read_bytes()).header.keys) == 2
    with pytest.raises(VaultLocked):
        revealed(vault, "second")


def test_a_user_without_a_name_is_known_by_number(vault, monkeypatch):
    def nobody():
        raise OSError("No username set in the environment")

    monkeypatch.setattr(getpass, "getuser", nobody)
    vault.add(account("work"), key("sk-1"))
    assert revealed(vault) == "sk-1"


@pytest.mark.parametrize("salt", [None, b"short"])
def test_a_copy_of_the_file_alone_does_not_open(vault, salt):
    vault.add(account("work"), key("sk-1"))
    beside = vault.path.parent / vault_key.SALT_FILE
    beside.unlink() if salt is None else beside.write_bytes(salt)
    with pytest.raises(VaultLocked, match=vault_key.SALT_FILE):
        revealed(vault)
    again(vault).seal(vault.find("work").id, "key", Secret("sk-2"))
    assert revealed(vault) == "sk-2"


def test_a_keychain_that_lost_the_key_locks_and_takes_a_new_one(vault, with_keychain):
    vault.add(account("work"), key("sk-1"))
    with_keychain.unlink()
    with pytest.raises(VaultLocked, match="not in this keychain"):
        revealed(vault)
    again(vault).seal(vault.find("work").id, "key", Secret("sk-2"))
    assert revealed(vault) == "sk-2"
    assert vault.way() == "keychain"


@pytest.mark.parametrize("text", ["", "no base64!", "c2hvcnQ="])
def test_what_is_no_key_in_the_keychain_locks(vault, with_keychain, text):
    vault.add(account("work"), key("sk-1"))
    (name,) = [one.id for one in vault_file.parse(vault.path.read_bytes()).header.keys]
    keyring.set_password(keychain.SERVICE, name, text)
    with pytest.raises(VaultLocked):
        revealed(vault)


GONE = {"locked": keychains.LockedKeychain, "none": fail.Keyring}


@pytest.mark.parametrize("gone", GONE)
def test_without_its_keychain_a_vault_is_never_sealed_more_weakly(vault, with_keychain, gone):
    vault.add(account("work"), key("sk-1"))
    keyring.set_keyring(GONE[gone]())
    with pytest.raises(VaultLocked, match="keychain"):
        revealed(vault)
    with pytest.raises(VaultLocked, match="keychain"):
        again(vault).seal(vault.find("work").id, "key", Secret("sk-2"))
    keyring.set_keyring(keychains.FileKeychain())
    assert revealed(vault) == "sk-1"


UNFIT = [keychains.LockedKeychain, keychains.ForgetfulKeychain]


@pytest.mark.parametrize("backend", UNFIT)
def test_a_new_vault_passes_over_a_keychain_that_fails_and_notes_it(vault, backend, with_keychain):
    keyring.set_keyring(backend())
    vault.add(account("work"), key("sk-1"))
    assert vault.way() == "machine"
    assert any("keychain" in note for note in vault.notes())
    assert revealed(vault) == "sk-1"


OPEN_TO_ALL = [fail.Keyring, null.Keyring, keychains.PlaintextKeychain]


@pytest.mark.parametrize("backend", OPEN_TO_ALL)
def test_a_keychain_that_keeps_nothing_secret_is_not_used(vault, backend, with_keychain):
    keyring.set_keyring(backend())
    vault.add(account("work"), key("sk-1"))
    assert vault.way() == "machine"
    assert not with_keychain.exists()


def test_a_keychain_that_is_not_recommended_is_used_only_when_named(monkeypatch, with_keychain):
    keyring.set_keyring(keychains.LowKeychain())
    assert keychain.usable()
    monkeypatch.delenv(keychain.CHOSEN)
    assert not keychain.usable()
    keyring.set_keyring(keychains.FileKeychain())
    assert keychain.usable()


def test_of_several_keychains_the_first_safe_one_is_used(monkeypatch, with_keychain):
    from keyring.backends.chainer import ChainerBackend

    several = [keychains.PlaintextKeychain(), fail.Keyring(), keychains.FileKeychain()]
    monkeypatch.setattr(ChainerBackend, "backends", several)
    keyring.set_keyring(ChainerBackend())
    assert keychain.backend() is several[2]


def test_without_the_package_keyring_the_machine_is_used(vault, monkeypatch):
    hidden = {"keyring"}
    monkeypatch.setattr(keychain, "find_spec", lambda n: None if n in hidden else find_spec(n))
    vault.add(account("work"), key("sk-1"))
    assert vault.way() == "machine"
    with pytest.raises(VaultLocked, match="keychain"):
        vault.rekey("keychain")


@pytest.mark.parametrize(("old", "new"), list(itertools.product(WAYS, WAYS)))
def test_a_vault_can_be_rekeyed_from_any_way_to_any(old, new, vault, monkeypatch, with_keychain):
    by(old, vault, monkeypatch)
    keyring.set_keyring(keychains.FileKeychain())
    monkeypatch.setenv(vault_key.VARIABLE, "correct horse")
    before = vault_file.parse(vault.path.read_bytes())
    assert vault.rekey(new) == ()
    after = vault_file.parse(vault.path.read_bytes())
    assert [one.way for one in after.header.keys] == [new]
    assert after.header.keys[0].id != before.header.keys[0].id
    if new != "passphrase":
        monkeypatch.delenv(vault_key.VARIABLE)
    assert revealed(vault) == "sk-1"


def test_rekeying_leaves_no_key_behind_in_the_keychain(vault, monkeypatch, with_keychain):
    by("keychain", vault, monkeypatch)
    vault.rekey("keychain")
    assert with_keychain.read_text().count(keychain.SERVICE) == 1
    vault.rekey("machine")
    assert keychain.SERVICE not in with_keychain.read_text()


def test_a_rekeying_that_fails_changes_nothing(vault, monkeypatch, with_keychain):
    by("keychain", vault, monkeypatch)
    before, kept = vault.path.read_bytes(), with_keychain.read_text()
    with pytest.raises(VaultLocked, match="not set"):
        vault.rekey("passphrase")
    keyring.set_keyring(keychains.LockedKeychain())
    with pytest.raises(VaultLocked):
        vault.rekey("keychain")
    assert vault.path.read_bytes() == before
    assert with_keychain.read_text() == kept


def test_a_secret_that_does_not_open_is_kept_by_rekeying_and_reported(vault, monkeypatch):
    monkeypatch.setattr(platform, "node", lambda: "one")
    vault.add(account("first"), key("sk-1"))
    monkeypatch.setattr(platform, "node", lambda: "two")
    vault.add(account("second"), key("sk-2"))
    monkeypatch.setenv(vault_key.VARIABLE, "words")
    assert [one.name for one in again(vault).rekey()] == ["first"]
    assert revealed(vault, "second") == "sk-2"
    monkeypatch.setattr(platform, "node", lambda: "one")
    assert revealed(vault, "first") == "sk-1"


def test_a_new_variable_does_not_lock_a_vault_of_the_machine(vault, monkeypatch):
    vault.add(account("work"), key("sk-1"))
    monkeypatch.setenv(vault_key.VARIABLE, "words")
    assert revealed(vault) == "sk-1"
    assert "rekey" in vault.advice()
    vault.seal(vault.find("work").id, "key", Secret("sk-2"))
    assert vault.way() == "machine"
    vault.rekey()
    assert vault.way() == "passphrase"
    assert vault.advice() == ""
    assert revealed(vault) == "sk-2"


def test_a_guess_costs_what_it_should():
    assert min(COSTS) >= 2**15


FORGED = {"cost": 2, "way": "machine", "salt": "AAAA"}


@pytest.mark.parametrize("part", ["cost", "salt"])
def test_a_header_made_weaker_by_somebody_is_not_followed(vault, part):
    vault.add(account("work"), key("sk-1"))
    content = vault_file.parse(vault.path.read_bytes())
    forged = replace(content.header.keys[0], **{part: FORGED[part]})
    header = replace(content.header, keys=(forged,))
    vault.path.write_bytes(vault_file.write(replace(content, header=header)))
    with pytest.raises(VaultLocked, match="makes no sense"):
        revealed(vault)


@pytest.mark.parametrize("way", WAYS)
def test_the_protection_is_told_in_words(way, vault, monkeypatch, with_keychain):
    assert vault.protection() == "No key is kept in the vault."
    by(way, vault, monkeypatch)
    says = {
        "passphrase": "NBPROVIDER_ENCRYPTION_KEY",
        "keychain": "keychain",
        "machine": "Any program that runs as you",
    }
    assert says[way] in vault.protection()
    assert bool(vault.advice()) is (way == "machine")


def test_no_key_shows_itself(vault, monkeypatch):
    by("passphrase", vault, monkeypatch)
    (derived,) = vault_key._derived.values()
    told = (vault, vault.find("work"), vault_file.parse(vault.path.read_bytes()), vault.notes())
    assert "correct horse" not in repr(told)
    assert derived.hex() not in repr(told)
    assert bytes(derived) not in vault.path.read_bytes()
    assert isinstance(derived, bytearray)


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_the_salt_is_the_users_alone(vault):
    vault.add(account("work"), key("sk-1"))
    assert (vault.path.parent / vault_key.SALT_FILE).stat().st_mode & 0o777 == 0o600


def test_reading_accounts_derives_no_key(vault):
    vault.add(account("work"), key("sk-1"))
    forget_all()
    again(vault).accounts()
    assert vault_key._derived == {}
    assert "cryptography" in sys.modules
