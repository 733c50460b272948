"""Real `keyring` backends for tests: secrets in a file, with faults on demand."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

FILE = "TEST_KEYCHAIN"


class FileKeychain(KeyringBackend):
    """Keeps secrets in the file that the variable TEST_KEYCHAIN names."""

    priority = 5

    def get_password(self, service: str, username: str) -> str | None:
        return self._read().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._write({**self._read(), f"{service}/{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        kept = self._read()
        if kept.pop(f"{service}/{username}", None) is None:
            raise PasswordDeleteError(username)
        self._write(kept)

    def _path(self) -> Path:
        return Path(os.environ[FILE])

    def _read(self) -> dict[str, str]:
        return json.loads(self._path().read_text()) if self._path().exists() else {}

    def _write(self, kept: dict[str, str]) -> None:
        fresh = self._path().with_suffix(".new")
        fresh.write_text(json.dumps(kept))
        fresh.replace(self._path())


class PlaintextKeychain(FileKeychain):
    """Says by its name that it protects nothing."""


class LowKeychain(FileKeychain):
    """Not recommended by `keyring` itself."""

    priority = 0.6


class LockedKeychain(FileKeychain):
    """Is there, but never opens."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("the collection is locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("the collection is locked")


class ForgetfulKeychain(FileKeychain):
    """Takes a secret and does not keep it."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep nothing."""
