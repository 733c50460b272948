"""The operating system's keychain, as far as the package `keyring` finds a safe one."""

from __future__ import annotations

import os
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

from nbprovider.errors import VaultLocked

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "nbprovider vault"
CHOSEN = "PYTHON_KEYRING_BACKEND"
_NONE = ("keyring.backends.fail", "keyring.backends.null")
_CHAIN = "keyring.backends.chainer"


def usable() -> str:
    """Return the keychain's name, "" when there is none that keeps a secret secret."""
    found = backend()
    return str(getattr(found, "name", found)) if found else ""


def read(name: str) -> str | None:
    """Return what is kept under a name, None when nothing is.

    Raises VaultLocked when there is no keychain, or it does not open.
    """
    found = _required()
    try:
        return found.get_password(SERVICE, name)
    except Exception as error:  # noqa: BLE001 - each system's keychain has errors of its own
        raise _failed(found, error) from None


def keep(name: str, text: str) -> None:
    """Keep a text under a name; raises VaultLocked when it is not there afterwards."""
    found = _required()
    try:
        found.set_password(SERVICE, name, text)
        kept = found.get_password(SERVICE, name)
    except Exception as error:  # noqa: BLE001 - as above
        raise _failed(found, error) from None
    if kept != text:
        raise VaultLocked(
            f"The keychain ({found.name}) did not keep a key.",
            hint="Set NBPROVIDER_ENCRYPTION_KEY to a passphrase instead.",
        )


def forget(name: str) -> None:
    """Remove what is kept under a name, if that can be done."""
    if found := backend():
        with suppress(Exception):  # what remains there opens nothing any more
            found.delete_password(SERVICE, name)


def backend() -> KeyringBackend | None:
    """Return the keychain as `keyring` sees it, None when there is none that is safe."""
    if find_spec("keyring") is None:
        return None
    import keyring

    try:
        found = keyring.get_keyring()
    except Exception:  # noqa: BLE001 - a backend that is named but cannot be loaded
        return None
    members = getattr(found, "backends", (found,)) if _is_from(found, _CHAIN) else (found,)
    return next(filter(_is_safe, members), None)


def _required() -> KeyringBackend:
    found = backend()
    if found is None:
        raise VaultLocked(
            "The vault's key is in the operating system's keychain, which is not there.",
            hint="Install the extra `nbprovider[keyring]`, and log in where the keychain opens.",
        )
    return found


def _is_safe(backend: KeyringBackend) -> bool:
    """Say whether a backend keeps a secret, not in plain sight, and asks no password in a cell."""
    plain = any(kind.__name__.startswith("Plaintext") for kind in type(backend).__mro__)
    return not plain and not _is_from(backend, *_NONE) and _is_wanted(backend)


def _is_wanted(backend: KeyringBackend) -> bool:
    """Say whether `keyring` recommends a backend (1 or more), or the user has named one."""
    try:
        return bool(backend.priority >= 1) or CHOSEN in os.environ
    except Exception:  # noqa: BLE001 - a priority raises its reason for not being usable
        return False


def _is_from(backend: KeyringBackend, *modules: str) -> bool:
    return any(kind.__module__ in modules for kind in type(backend).__mro__)


def _failed(backend: KeyringBackend, error: Exception) -> VaultLocked:
    return VaultLocked(
        f"The keychain ({backend.name}) does not open: {type(error).__name__}.",
        hint="Unlock it in your desktop session, then run the cell again.",
    )
