"""What every test may rely on: an empty home, no keys, no settings of the person who runs it.

And a session of its own.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keyboard import typed  # noqa: F401 - a fixture
from nbprovider import catalog, config, session
from nbprovider.credentials import sources
from nbprovider.credentials.sources import HELD
from nbprovider.protocols import objects

# Never the keychain of the person who runs the tests; `keyring` reads this once a process.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"

OTHERS = (config.MODEL, "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")


def _named_by_the_catalog() -> set[str]:
    ours = map(catalog.files.parse, catalog.files.OURS.glob("*.toml"))
    return {name for provider in ours for name in _names(provider)}


def _names(provider: catalog.Provider) -> tuple[str, ...]:
    placed = (name for names in provider.variables.values() for name in names)
    return (*provider.env, *provider.base_url_env, *provider.identity_env, *placed)


def _is_a_providers(name: str) -> bool:
    return name.startswith("NBPROVIDER_") or name.endswith(("_API_KEY", "_BASE_URL", "_API_BASE"))


PROGRAMS = {"claude", "codex", "gemini"}
WHICH = shutil.which
PROVIDERS_OWN = _named_by_the_catalog()


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test its own home and working folder, and an environment without providers."""
    for name in list(os.environ):
        if name in PROVIDERS_OWN or name in OTHERS or _is_a_providers(name):
            monkeypatch.delenv(name)
    home = tmp_path / "nbprovider-home"
    monkeypatch.setenv(config.HOME, str(home))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    work = tmp_path / "work"  # in the home folder, so that no .env of the repository is found
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setattr(shutil, "which", _only_stand_ins(tmp_path))
    for secret in HELD._secrets.values():
        secret.wipe()
    HELD._secrets.clear()
    monkeypatch.setattr(sources, "_seen", {})  # each secret that lives is looked for in each word
    monkeypatch.setattr(sys.modules["nbprovider.credentials.vault"], "_vaults", {})
    monkeypatch.setattr(catalog.added, "_ADDED", dict(catalog.added._ADDED))
    monkeypatch.setattr(objects, "FACTORIES", dict(objects.FACTORIES))
    catalog.forget()
    monkeypatch.setattr(session.session, "_SESSIONS", {})
    return home


def _only_stand_ins(tmp_path: Path) -> Callable[..., str | None]:
    """Return a `which` that finds no vendor's program of the person who runs the tests."""

    def which(name: str, *args: Any, **more: Any) -> str | None:
        found = WHICH(name, *args, **more)
        theirs = name in PROGRAMS and found and not Path(found).is_relative_to(tmp_path)
        return None if theirs else found

    return which
