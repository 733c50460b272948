"""Providers' keys in the operating system's keychain, under the service `nbprovider`.

The user name there is a provider's key or a variable's name: what
`keyring set nbprovider openai`, or `… OPENAI_API_KEY`, makes.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from nbprovider import catalog, config
from nbprovider.catalog import Provider
from nbprovider.credentials import keychain
from nbprovider.credentials.secret import Secret
from nbprovider.credentials.sources import Found
from nbprovider.errors import NbproviderError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "nbprovider"
LIFE = 60.0
"""Seconds for which one look at the keychain counts."""

PATIENCE = 2.0
"""Seconds that a question waits for it: a keychain may ask somebody to unlock it first."""

_SECRET_SERVICE = "keyring.backends.SecretService"  # noqa: S105 - a module


class Keychain:
    """The keys that the keychain has for us, looked up together and kept for a minute."""

    def __init__(self) -> None:
        self._keys: dict[str, Secret] = {}
        self._note = ""
        self._until = 0.0
        self._look: Thread | None = None
        self._lock = Lock()

    def every(self, provider: Provider) -> Iterator[Found]:
        """Yield the provider's keys: under its own name first, then under its variables'."""
        keys = self._known()
        for name in (provider.key, *provider.env):
            if name in keys:
                env = name if name in provider.env else ""
                yield Found(keys[name], f"keychain {name}", env)

    def note(self) -> str:
        """Return, in words, why the keychain gives no keys, "" when nothing is in the way."""
        if not is_wanted():
            return ""
        self._known()
        return self._note

    def forget(self) -> None:
        """Look anew at the next question."""
        self._until = 0.0

    def _known(self) -> dict[str, Secret]:
        with self._lock:
            if self._look is None and time.monotonic() >= self._until:
                look = self._look = Thread(target=self._read, name="keychain", daemon=True)
                look.start()
                look.join(PATIENCE)
                if look.is_alive():
                    self._note = f"The keychain did not answer within {PATIENCE:g} seconds."
            return self._keys

    def _read(self) -> None:
        """Look into the keychain; runs beside the question, which may go on without it."""
        try:
            found, self._note = _read(), ""
        except Exception as error:  # noqa: BLE001 - each system's keychain has errors of its own
            found, self._note = {}, f"The keychain does not open: {type(error).__name__}."
        self._keys = {name: self._same(name, value) for name, value in found.items() if value}
        self._until = time.monotonic() + LIFE
        self._look = None

    def _same(self, name: str, value: str) -> Secret:
        """Return the Secret that we know already, so that redaction goes on knowing it."""
        known = self._keys.get(name)
        return known if known is not None and known.holds(value) else Secret(value)


def is_wanted() -> bool:
    """Say whether the settings let the keychain be looked at."""
    try:
        return config.settings().keyring
    except NbproviderError:  # whoever needs the settings says what is wrong with them
        return False


def _read() -> dict[str, str]:
    """Return what the keychain holds for us, by user name; raises whatever its backend does."""
    backend = keychain.backend()
    if backend is None:
        return {}
    if type(backend).__module__ == _SECRET_SERVICE:
        return _read_at_once(backend)
    names = {name for provider in catalog.load().values() for name in (provider.key, *provider.env)}
    told = ((name, backend.get_password(SERVICE, name)) for name in sorted(names))
    return {name: value for name, value in told if value}


def _read_at_once(backend: KeyringBackend) -> dict[str, str]:
    """Return what a Secret Service holds, by one question and without its window to unlock it."""
    import secretstorage

    scheme: dict[str, str] = getattr(backend, "schemes")[getattr(backend, "scheme")]  # noqa: B009
    with closing(secretstorage.dbus_init()) as bus:
        items = secretstorage.search_items(bus, {scheme["service"]: SERVICE})
        return dict(_open(items, scheme["username"]))


def _open(items: Iterable[Any], username: str) -> Iterator[tuple[str, str]]:
    for item in items:
        if item.is_locked():
            raise KeychainLocked
        yield item.get_attributes().get(username, ""), item.get_secret().decode()


class KeychainLocked(Exception):
    """The keychain has keys for us and is locked."""


KEYCHAIN = Keychain()
