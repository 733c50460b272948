"""What tests of the vault share: accounts, and a vault whose key was derived once a process."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from nbprovider.credentials import Secret, Stored, Vault
from nbprovider.credentials.stored import new_id

FILE = "accounts.jsonl"


def account(name: str, provider: str = "openai", **more) -> Stored:
    return Stored(new_id(), provider, name, **more)


def key(text: str) -> dict:
    return {"key": Secret(text)}


def sealed_by_machine(folder: Path) -> Vault:
    """Return a vault in a new folder, without accounts, that has its key already."""
    shutil.copytree(_template(), folder / "vault")
    return Vault(folder / "vault" / FILE)


def again(vault: Vault) -> Vault:
    """Return the vault as another kernel sees it."""
    return Vault(vault.path)


@cache
def _template() -> Path:
    # Deriving a key takes some tenths of a second; a copy has the same salt, so it is not repeated.
    folder = Path(tempfile.mkdtemp()) / "vault"
    vault = Vault(folder / FILE)
    vault.purge(vault.add(account("first"), key("sk-first")).id)
    return folder
