"""`%provider doctor`: which key won, what lies unused, how the vault is kept, what is wrong."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from nbprovider import accounts, config, credentials
from nbprovider.magics import doctor

KEY = "gsk_seeded0123456789abcdef"


def rows(what: str) -> list[tuple[str, str]]:
    return [(mark, found) for name, mark, found in doctor.table().rows if name == what]


def test_the_key_that_won_is_told_and_those_that_lie_unused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GROQ_API_KEY", KEY)
    Path(".env").write_text("GROQ_API_KEY=gsk_other0123456789abcdef\n")
    accounts.add("groq", KEY, name="work")
    told = rows("key of groq")
    assert told[0] == ("✓", "from environment GROQ_API_KEY; vault work by its own name")
    assert any(mark == "!" and ".env GROQ_API_KEY" in found for mark, found in told[1:])
    assert KEY not in doctor.table().plain()
    monkeypatch.delenv("GROQ_API_KEY")
    assert rows("key of groq")[0] == ("✓", "from vault work")


def test_a_key_in_the_wrong_place_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-ant-api03-seeded0123456789")
    ((mark, found),) = rows("key of openai")
    assert mark == "✗"
    assert "Anthropic" in found
    assert "seeded" not in found


def test_the_vault_is_told_with_its_protection_in_plain_words():
    assert rows("vault")[0][0] == "-"
    assert rows("vault's key") == []
    accounts.add("groq", KEY)
    ((mark, found),) = rows("vault")
    assert (mark, "1 accounts" in found) == ("✓", True)
    ((mark, found),) = rows("vault's key")
    assert mark == "!", "machine-bound protection can be stronger"
    assert "NBPROVIDER_ENCRYPTION_KEY" in found


def test_a_strong_vault_needs_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NBPROVIDER_ENCRYPTION_KEY", "correct horse battery staple")
    accounts.add("groq", KEY)
    ((mark, _),) = rows("vault's key")
    assert mark == "✓"


def test_a_locked_account_is_told_with_its_fix(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NBPROVIDER_ENCRYPTION_KEY", "correct horse battery staple")
    accounts.add("groq", KEY, name="work")
    monkeypatch.setenv("NBPROVIDER_ENCRYPTION_KEY", "another passphrase")
    monkeypatch.setattr(sys.modules["nbprovider.credentials.vault"], "_vaults", {})  # a new kernel
    ((mark, found),) = rows("vault work")
    assert mark == "✗"
    assert "`%provider key work`" in found
    assert "`%provider account remove work`" in found


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_permissions_that_were_mended_are_told():
    accounts.add("groq", KEY)
    folder = credentials.vault().path.parent
    folder.chmod(0o755)
    accounts.add("groq", KEY)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert any(mark == "!" for mark, _ in rows("vault"))


def test_a_file_of_certificates_that_cannot_be_read_is_told():
    settings = config.settings_file()
    settings.parent.mkdir(parents=True)
    settings.write_text('ca_file = "/no/such/file.pem"\n')
    ((mark, found),) = rows("network")
    assert mark == "✗"
    assert "ca_file" in found


def test_proxy_variables_are_told_to_be_unused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    ((mark, found),) = rows("proxy")
    assert (mark, "HTTPS_PROXY not used" in found) == ("!", True)


def test_everything_else_is_looked_at():
    seen = {name for name, _, _ in doctor.table().rows}
    assert {"settings", "ledger", "audit", "embedded model", "TLS", "Python", "nbprovider"} <= seen
