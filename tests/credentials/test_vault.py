"""The vault: what is put in comes out, for this account and this address alone."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from nbprovider import config, credentials
from nbprovider.credentials import Secret, Vault, vault_file
from nbprovider.errors import ConfigError, UsageError, VaultLocked
from vaults import account, again, key, sealed_by_machine


@pytest.fixture
def vault(tmp_path) -> Vault:
    return sealed_by_machine(tmp_path)


def revealed(vault: Vault, name: str, kind="key") -> str:
    return vault.secret(vault.find(name), kind).reveal()


def test_what_is_kept_comes_out_in_another_kernel(vault):
    kept = vault.add(account("work", base_url="https://proxy.example"), key("sk-1"))
    other = again(vault)
    assert other.accounts() == (kept,)
    assert revealed(other, "work") == "sk-1"


def test_the_file_holds_no_secret(vault):
    vault.add(account("work"), {"key": Secret("sk-visible"), "oauth": Secret("tok-visible")})
    assert b"visible" not in b"".join(p.read_bytes() for p in vault.path.parent.iterdir())


def test_one_secret_sealed_twice_looks_different(vault):
    one, two = (vault.add(account(name), key("sk-same")) for name in ("one", "two"))
    again_one = vault.seal(one.id, "key", Secret("sk-same"))
    data = {a.sealed["key"].data for a in (one, two, again_one)}
    nonces = {a.sealed["key"].nonce for a in (one, two, again_one)}
    assert len(data) == len(nonces) == 3


def test_an_account_has_a_secret_of_each_kind(vault):
    kept = vault.add(account("work"), key("sk-1"))
    assert vault.secret(kept, "oauth") is None
    vault.seal(kept.id, "oauth", Secret('{"access": "t"}'))
    assert revealed(vault, "work", "oauth") == '{"access": "t"}'
    assert revealed(vault, "work") == "sk-1"


def test_a_key_that_is_no_utf8_comes_out_as_it_was(vault):
    odd = b"sk-\xff".decode(errors="surrogateescape")
    vault.add(account("work"), key(odd))
    assert revealed(again(vault), "work") == odd


def test_an_empty_or_wiped_key_is_not_kept(vault):
    with pytest.raises(UsageError, match="empty"):
        vault.add(account("work"), key(" "))
    assert vault.accounts() == ()


def test_the_same_secret_is_the_same_object_so_that_redaction_knows_it(vault):
    kept = vault.add(account("work"), key("sk-known-to-redaction"))
    assert vault.secret(kept) is vault.secret(kept)
    assert credentials.redact("sk-known-to-redaction") != "sk-known-to-redaction"


@pytest.mark.parametrize("taken", ["work", "WORK", "Work"])
def test_a_name_is_unique_whatever_its_case(vault, taken):
    vault.add(account("work"), {})
    other = vault.add(account("other"), {})
    with pytest.raises(UsageError, match="already"):
        vault.add(account(taken), {})
    with pytest.raises(UsageError, match="already"):
        vault.change(other.id, lambda one: replace(one, name=taken))
    assert [one.name for one in vault.accounts()] == ["work", "other"]
    assert vault.find(taken).name == "work"


def test_an_account_may_change_the_case_of_its_own_name(vault):
    kept = vault.add(account("work"), {})
    assert vault.change(kept.id, lambda one: replace(one, name="Work")).name == "Work"


def test_a_removed_account_frees_its_name_and_comes_back_with_its_key(vault):
    kept = vault.add(account("work"), key("sk-1"))
    vault.change(kept.id, lambda one: replace(one, deleted_at=datetime.now(UTC)))
    assert vault.accounts() == ()
    assert [one.id for one in vault.removed()] == [kept.id]
    other = vault.add(account("work"), key("sk-2"))
    with pytest.raises(UsageError, match="already"):
        vault.change(kept.id, lambda one: replace(one, deleted_at=None))
    vault.purge(other.id)
    vault.change(kept.id, lambda one: replace(one, deleted_at=None))
    assert revealed(again(vault), "work") == "sk-1"


def test_a_purged_account_is_gone_from_the_file(vault):
    kept = vault.add(account("secret-name"), key("sk-1"))
    vault.purge(kept.id)
    assert b"secret-name" not in vault.path.read_bytes()
    with pytest.raises(VaultLocked, match="no longer"):
        vault.secret(kept)
    with pytest.raises(UsageError, match="no longer"):
        vault.purge(kept.id)


def test_the_preferred_account_comes_first(vault):
    for name in "abc":
        vault.add(account(name), {})
    vault.prefer(vault.find("c").id)
    assert [one.name for one in again(vault).accounts()] == ["c", "a", "b"]


PLACES = {
    "base_url": "https://elsewhere.example",
    "services": {"tts": "https://elsewhere.example/tts"},
    "fields": {"resource": "elsewhere"},
    "provider": "mistral",
}


@pytest.mark.parametrize("place", PLACES)
def test_a_change_of_where_a_key_goes_seals_it_anew(vault, place):
    kept = vault.add(account("work"), key("sk-1"))
    moved = vault.change(kept.id, lambda one: replace(one, **{place: PLACES[place]}))
    assert moved.sealed != kept.sealed
    assert revealed(again(vault), "work") == "sk-1"


@pytest.mark.parametrize("place", PLACES)
def test_an_edited_file_leads_no_key_elsewhere(vault, place):
    """Somebody who can write the file, checksums and all, cannot have a key sent to them."""
    kept = vault.add(account("work"), key("sk-1"))
    forge(vault, replace(kept, **{place: PLACES[place]}))
    other = again(vault)
    assert getattr(other.find("work"), place) == PLACES[place]
    with pytest.raises(VaultLocked, match="changed by something else"):
        other.secret(other.find("work"))


def test_a_secret_cannot_be_moved_to_another_account_or_kind(vault):
    mine = vault.add(account("mine"), key("sk-1"))
    theirs = vault.add(account("theirs"), {})
    forge(vault, mine, replace(theirs, sealed=mine.sealed))
    other = again(vault)
    assert revealed(other, "mine") == "sk-1"
    with pytest.raises(VaultLocked):
        other.secret(other.find("theirs"))
    forge(vault, replace(mine, sealed={"oauth": mine.sealed["key"]}))
    with pytest.raises(VaultLocked):
        other.secret(other.find("mine"), "oauth")


def forge(vault: Vault, *records) -> None:
    content = vault_file.parse(vault.path.read_bytes())
    vault.path.write_bytes(vault_file.write(replace(content, records=records)))


def test_a_locked_account_can_be_renamed_and_given_another_address_with_a_new_key(vault):
    kept = vault.add(account("work"), key("sk-1"))
    forge(vault, replace(kept, base_url="https://evil.example"))
    assert vault.change(kept.id, lambda one: replace(one, name="w", model="m")).name == "w"
    with pytest.raises(VaultLocked):
        vault.change(kept.id, lambda one: replace(one, base_url="https://good.example"))
    vault.change(kept.id, lambda one: replace(one, base_url="https://good.example", sealed={}))
    vault.seal(kept.id, "key", Secret("sk-2"))
    assert revealed(again(vault), "w") == "sk-2"


def test_an_address_and_its_new_key_are_kept_together_or_not_at_all(vault, monkeypatch):
    kept = vault.add(account("work"), {"key": Secret("sk-1"), "oauth": Secret("tokens")})
    moved = vault.change(
        kept.id, lambda one: replace(one, base_url="https://new.example"), key("sk-2")
    )
    assert revealed(again(vault), "work") == "sk-2"
    assert revealed(again(vault), "work", "oauth") == "tokens"
    with pytest.raises(UsageError, match="empty"):
        vault.change(kept.id, lambda one: replace(one, base_url="https://x.example"), key(""))
    assert again(vault).find("work") == moved


def test_a_new_address_with_a_new_key_needs_no_old_one(vault):
    kept = vault.add(account("work"), key("sk-1"))
    forge(vault, replace(kept, base_url="https://evil.example"))
    vault.change(kept.id, lambda one: replace(one, base_url="https://good.example"), key("sk-2"))
    assert revealed(again(vault), "work") == "sk-2"


def test_an_account_read_before_its_address_changed_gets_no_key(vault):
    """The key is for the new address; the old account would send it to the old one."""
    old = vault.add(account("work", base_url="https://old.example"), key("sk-1"))
    again(vault).change(old.id, lambda one: replace(one, base_url="https://new.example"))
    with pytest.raises(VaultLocked, match="just now"):
        vault.secret(old)


def test_an_edit_cannot_take_another_accounts_id_or_secrets(vault):
    one, two = vault.add(account("one"), key("sk-1")), vault.add(account("two"), key("sk-2"))
    edited = vault.change(two.id, lambda two: replace(two, id=one.id, sealed=one.sealed))
    assert edited.id == two.id
    assert revealed(vault, "two") == "sk-2"


def test_an_edit_that_fails_changes_nothing(vault):
    kept = vault.add(account("work"), key("sk-1"))
    before = vault.path.read_bytes()
    with pytest.raises(ZeroDivisionError):
        vault.change(kept.id, lambda _: 1 / 0)
    assert vault.path.read_bytes() == before


def test_without_a_vault_nothing_is_created_and_nothing_heavy_imported(isolated):
    code = (
        "import sys; from nbprovider import credentials as c; v = c.vault();"
        "print(v.accounts(), v.removed(), v.damaged(), v.find('x'), v.way(), v.notes());"
        "print({'cryptography', 'filelock', 'keyring'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "() () () None None ()\nset()\n"
    assert not isolated.exists()


def test_the_users_vault_is_below_the_home_folder(isolated, monkeypatch):
    assert credentials.vault() is credentials.vault()
    assert credentials.vault().path == isolated / "data" / "vault" / "accounts.jsonl"
    monkeypatch.setenv(config.HOME, str(isolated / "other"))
    assert credentials.vault().path.is_relative_to(isolated / "other")


def test_a_file_of_a_newer_version_is_read_as_far_as_it_goes_and_never_written(vault):
    kept = vault.add(account("work"), key("sk-1"))
    lines = vault.path.read_bytes().splitlines()
    newer = json.dumps({"nbprovider-vault": 7, "vault-keys": "in a new way"}).encode()
    header = vault_file._checksum(newer) + b" " + newer
    vault.path.write_bytes(b"\n".join([header, header, *lines[2:], b""]))
    before = vault.path.read_bytes()
    other = again(vault)
    assert other.accounts() == (kept,)
    with pytest.raises(VaultLocked):
        other.secret(kept)
    with pytest.raises(ConfigError, match="newer"):
        other.purge(kept.id)
    assert vault.path.read_bytes() == before


def test_an_account_survives_its_file_with_every_field(vault):
    whole = account(
        "work",
        base_url="https://x.example",
        services={"tts": "https://t.example"},
        protocol="openai_chat",
        model="m",
        fields={"region": "eu", "ü": "\n\u2028"},
    )
    kept = vault.add(whole, key("sk-1"))
    assert again(vault).accounts() == (kept,)
    assert replace(kept, sealed={}) == whole
