"""A damaged file: one record's damage is that record's alone, and nothing is dropped unasked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from nbprovider.credentials import Secret, Stored, Vault
from nbprovider.errors import UsageError, VaultLocked
from vaults import account, again, key, sealed_by_machine

HEADERS = 2

STEP = 7
"""From one bit that is flipped to the next: each byte is met, and each place in a byte in turn."""


@pytest.fixture
def vault(tmp_path) -> Vault:
    vault = sealed_by_machine(tmp_path)
    for name in ("one", "two", "three"):
        vault.add(account(name, "x"), key(f"sk-{name}"))
    return vault


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def rewritten(vault: Vault, *told: bytes) -> Vault:
    """Return the vault with these lines, dated back so that it is read once and kept in mind."""
    vault.path.write_bytes(b"".join(told))
    os.utime(vault.path, (0, 0))
    return again(vault)


def opened(vault: Vault) -> dict[str, str]:
    return {one.name: vault.secret(one).reveal() for one in vault.accounts()}


def test_a_flipped_bit_of_any_byte_of_a_record_locks_that_record_alone(vault):
    two = vault.find("two")
    *before, line, after = lines(vault.path)
    for bit in range(0, 8 * (len(line) - 1), STEP):
        fresh = rewritten(vault, *before, flipped(line, bit), after)
        assert opened(fresh) == {"one": "sk-one", "three": "sk-three"}, bit
        with pytest.raises(VaultLocked):
            fresh.secret(two)
        assert len(fresh.damaged()) == 1, bit


@pytest.mark.parametrize("number", range(4))
def test_a_damaged_end_of_a_line_costs_nothing(vault, number):
    told = lines(vault.path)
    whole = opened(vault)
    for bit in range(8):
        line = flipped(told[number], 8 * (len(told[number]) - 1) + bit)
        assert opened(rewritten(vault, *told[:number], line, *told[number + 1 :])) == whole


def test_a_damaged_end_of_the_last_line_costs_no_other(vault):
    *before, last = lines(vault.path)
    for bit in range(8 * (len(last) - 1), 8 * len(last)):
        fresh = rewritten(vault, *before, flipped(last, bit))
        assert opened(fresh) == {"one": "sk-one", "two": "sk-two"}
        assert fresh.damaged()[0].line.startswith(last[:-1])


@pytest.mark.parametrize("number", range(HEADERS))
def test_a_flipped_bit_of_any_byte_of_a_header_costs_nothing(vault, number):
    told = lines(vault.path)
    kept = vault.accounts()
    for bit in range(0, 8 * len(told[number]), STEP):
        broken = flipped(told[number], bit)
        fresh = rewritten(vault, *told[:number], broken, *told[number + 1 :])
        assert fresh.accounts() == kept, bit
        assert fresh.damaged() == (), bit
        assert fresh.secret(kept[0]).reveal() == "sk-one", bit
    fresh.prefer(kept[0].id)
    fresh.change(kept[0].id, lambda one: replace(one, model="m"))
    assert lines(vault.path)[:HEADERS] == told[:HEADERS]


def test_without_any_header_accounts_are_shown_locked_until_the_vault_is_rekeyed(vault):
    told = lines(vault.path)
    vault.path.write_bytes(b"".join((told[0][1:], told[1][1:], *told[HEADERS:])))
    fresh = again(vault)
    one, two, _ = fresh.accounts()
    with pytest.raises(VaultLocked, match="no longer says"):
        fresh.secret(one)
    with pytest.raises(VaultLocked, match="no longer says") as refused:
        fresh.seal(one.id, "key", Secret("sk-new"))
    assert "rekey" in refused.value.hint
    assert fresh.rekey() == fresh.accounts()
    fresh.seal(one.id, "key", Secret("sk-new"))
    assert fresh.secret(fresh.find("one")).reveal() == "sk-new"
    with pytest.raises(VaultLocked):
        fresh.secret(two)
    assert told[0][1:] in vault.path.read_bytes()


def damage(vault: Vault, name: str, old: bytes, new: bytes) -> bytes:
    """Change bytes in the record of a name; return its line."""
    told = lines(vault.path)
    at = next(i for i, line in enumerate(told) if f'"name":"{name}"'.encode() in line)
    told[at] = told[at].replace(old, new, 1)
    vault.path.write_bytes(b"".join(told))
    return told[at]


def test_a_change_elsewhere_carries_damage_along_as_it_is(vault):
    whole = lines(vault.path)[3]
    broken = damage(vault, "two", b'"name"', b'"nam\n"')
    fresh = again(vault)
    fresh.change(fresh.find("one").id, lambda one: replace(one, model="m"))
    fresh.purge(fresh.find("three").id)
    fresh.rekey("machine")
    assert broken in vault.path.read_bytes()
    mended = vault.path.read_bytes().replace(broken, whole)
    vault.path.write_bytes(mended)
    assert opened(again(vault)) == {"one": "sk-one", "two": "sk-two"}


def test_a_record_that_still_says_something_is_mended_by_its_key(vault):
    old = vault.find("two")
    damage(vault, "two", b'"name":"two"', b'"name":"tvo"')
    (found,) = vault.damaged()
    assert (found.name, found.id, found.account.provider) == ("tvo", old.id, "x")
    vault.seal(found.id, "key", Secret("sk-new"))
    assert vault.damaged() == ()
    assert opened(again(vault)) == {"one": "sk-one", "tvo": "sk-new", "three": "sk-three"}


def test_a_mended_record_takes_no_name_that_is_taken(vault):
    damage(vault, "two", b'"name":"two"', b'"name":"one"')
    (found,) = vault.damaged()
    vault.seal(found.id, "key", Secret("sk-new"))
    assert [one.name for one in vault.accounts()] == ["one", "one-2", "three"]


def test_a_record_that_says_nothing_can_be_purged_and_nothing_else(vault):
    damage(vault, "two", b"{", b"")
    (found,) = vault.damaged()
    assert (found.name, found.account) == ("", None)
    with pytest.raises(UsageError, match="damaged"):
        vault.seal(found.id, "key", Secret("sk-new"))
    with pytest.raises(UsageError, match="damaged"):
        vault.change(found.id, lambda one: one)
    vault.purge(found.id)
    assert vault.damaged() == ()
    assert set(opened(again(vault))) == {"one", "three"}


def test_a_line_that_is_there_twice_is_kept_and_told(vault):
    told = lines(vault.path)
    vault.path.write_bytes(b"".join(told) + told[3])
    (found,) = vault.damaged()
    assert found.id != vault.find("two").id
    assert set(opened(vault)) == {"one", "two", "three"}
    vault.purge(found.id)
    assert lines(vault.path) == told


JUNK = {
    "empty": b"",
    "zeros": bytes(500),
    "binary": bytes(range(256)) * 4,
    "another format": b'{"accounts": []}\n',
    "line ends": b"\n\r\n\n",
}


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_a_file_of_junk_is_no_error_and_the_vault_goes_on(tmp_path, junk):
    path = tmp_path / "vault" / "accounts.jsonl"
    path.parent.mkdir(mode=0o700)
    path.write_bytes(junk)
    path.chmod(0o600)
    vault = Vault(path)
    assert vault.accounts() == ()
    vault.add(account("new"), {})
    assert [one.name for one in again(vault).accounts()] == ["new"]
    for found in vault.damaged():
        vault.purge(found.id)
    assert again(vault).damaged() == ()


def test_a_file_cut_short_anywhere_keeps_the_records_before(vault):
    data = vault.path.read_bytes()
    ends = [i for i, byte in enumerate(data) if byte == ord("\n")]
    for length in range(len(data)):
        vault.path.write_bytes(data[:length])
        whole = sum(end <= length for end in ends) - HEADERS
        names = [one.name for one in again(vault).accounts()]
        assert names == ["one", "two", "three"][: max(whole, 0)]


def test_a_record_with_fields_of_a_newer_version_is_kept(vault):
    from nbprovider.credentials.vault_file import _checksum

    body = b'{"id":"n","provider":"x","name":"new","voice":"alto"}'
    vault.path.write_bytes(vault.path.read_bytes() + _checksum(body) + b" " + body + b"\n")
    vault.prefer(vault.find("two").id)
    assert body in vault.path.read_bytes()
    assert [one.name for one in vault.accounts()] == ["two", "one", "three"]


def test_nothing_about_damage_shows_a_secret(vault):
    damage(vault, "two", b'"name":"two"', b'"name":"tvo"')
    assert "sk-two" not in repr(vault.damaged())
    assert isinstance(vault.damaged()[0].account, Stored)
