"""The order of the places a key may be in, and that reading them changes none."""

from __future__ import annotations

import os
import sys
import types
from pathlib import Path

import keyring
import pytest

import keychains
from nbprovider import catalog, credentials
from nbprovider.credentials import Secret, Stored, access, accounts, report, vault
from nbprovider.credentials.colab import COLAB
from nbprovider.credentials.keychain_keys import KEYCHAIN, SERVICE
from nbprovider.credentials.stored import new_id

NAME = "GROQ_API_KEY"


@pytest.fixture
def everywhere(monkeypatch, tmp_path):
    """Put a key of its own for Groq into every place."""
    groq = catalog.find("groq")
    credentials.hold(groq, Secret("of-kernel"))
    monkeypatch.setenv(NAME, "of-environment")
    vault().add(Stored(new_id(), "groq", "kept"), {"key": Secret("of-vault")})
    monkeypatch.setenv(keychains.FILE, str(tmp_path / "keychain.json"))
    keychains.FileKeychain().set_password(SERVICE, "groq", "of-keychain")
    before = keyring.get_keyring()
    keyring.set_keyring(keychains.FileKeychain())
    module = types.ModuleType("google.colab")
    module.userdata = types.SimpleNamespace(get=lambda name: {NAME: "of-colab"}[name])
    monkeypatch.setitem(sys.modules, "google.colab", module)
    Path(".env").write_text(f"{NAME}=of-file\n")
    monkeypatch.setattr(COLAB, "_answers", {})
    KEYCHAIN._keys = {}
    KEYCHAIN.forget()
    yield
    keyring.set_keyring(before)
    KEYCHAIN._keys = {}
    KEYCHAIN.forget()


def meant() -> tuple[str, str]:
    """Return where the key of Groq's first account is from, and the key."""
    first = accounts()[0]
    return first.source, access(first.name).secret.reveal()


def test_the_places_come_in_their_order(everywhere, monkeypatch) -> None:
    """This kernel > environment > vault > keychain > Colab > `.env`."""
    assert report()[0].unused == (
        *(f"environment {NAME}", "keychain groq", f"Colab secret {NAME}", f".env {NAME}"),
    )
    found = [meant()]
    credentials.release(catalog.find("groq"))
    found.append(meant())
    monkeypatch.delenv(NAME)
    found.append(meant())
    vault().purge(vault().accounts()[0].id)
    found.append(meant())
    keychains.FileKeychain().delete_password(SERVICE, "groq")
    KEYCHAIN.forget()
    found.append(meant())
    monkeypatch.delitem(sys.modules, "google.colab")
    found.append(meant())
    assert found == [
        ("entered in this kernel", "of-kernel"),
        (f"environment {NAME}", "of-environment"),
        ("vault", "of-vault"),
        ("keychain groq", "of-keychain"),
        (f"Colab secret {NAME}", "of-colab"),
        (f".env {NAME}", "of-file"),
    ]


def test_a_dotenv_file_stays_below_the_environment_at_every_call(everywhere) -> None:
    """Row 5 of the rivals: `.env` is reloaded over the environment; here each look says who won."""
    credentials.release(catalog.find("groq"))
    before = dict(os.environ)
    for text in (f"{NAME}=of-file\n", f"{NAME}=changed\n", f"export {NAME}=again\n"):
        Path(".env").write_text(text)
        assert access("groq").secret.reveal() == "of-environment"
        (origin,) = report()
        assert (origin.winner, origin.unused[-1]) == (f"environment {NAME}", f".env {NAME}")
    assert dict(os.environ) == before
