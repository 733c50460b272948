"""The vault's key: from a passphrase, the keychain, or the machine."""

from __future__ import annotations

import getpass
import hashlib
import os
import platform
import unicodedata
import uuid
from base64 import b64decode, b64encode
from collections.abc import Callable

import msgspec

from nbprovider.credentials import keychain, sealing
from nbprovider.credentials.stored import Sealed
from nbprovider.credentials.vault_disk import Disk
from nbprovider.credentials.vault_file import VaultKey, Way
from nbprovider.errors import VaultLocked

VARIABLE = "NBPROVIDER_ENCRYPTION_KEY"
SALT_FILE = "machine.salt"
LENGTH = 32
COST = 2**16
"""scrypt's N: 64 MiB and some tenths of a second a guess."""
_COSTS = tuple(2**power for power in range(15, 21))
STRENGTH: tuple[Way, ...] = ("machine", "keychain", "passphrase")
"""The ways, the weakest first."""

# Deriving is slow on purpose; what it made is kept by what it was made of.
_derived: dict[bytes, bytearray] = {}


def strongest(disk: Disk, floor: Way = "machine") -> tuple[VaultKey, bytearray] | None:
    """Make a new vault key of the strongest way that is there, None when it is below `floor`.

    A keychain that fails is noted, and passed over.
    """
    for way in _ways():
        if STRENGTH.index(way) < STRENGTH.index(floor):
            continue
        try:
            return make(way, disk)
        except VaultLocked as error:
            disk.notes[way] = error.message
    return None


def _ways() -> tuple[Way, ...]:
    if passphrase():
        return ("passphrase",)
    return ("keychain", "machine") if keychain.usable() else ("machine",)


def make(way: Way, disk: Disk) -> tuple[VaultKey, bytearray]:
    """Make a new vault key of this way, under the lock.

    Raises VaultLocked when the way is not there.
    """
    salt = b64encode(os.urandom(LENGTH)).decode()
    draft = VaultKey(uuid.uuid4().hex, way, salt, COST, Sealed("", ""))
    if way == "keychain":
        keychain.keep(draft.id, b64encode(os.urandom(LENGTH)).decode())
    if way == "machine" and _salt(disk) is None:
        disk.write_beside(disk.folder / SALT_FILE, os.urandom(LENGTH))
    key = _MATERIAL[way](draft, disk)
    return msgspec.structs.replace(draft, check=sealing.seal(key, b"", _about(draft))), key


def obtain(told: VaultKey, disk: Disk) -> bytearray:
    """Return the key that is told of; raises VaultLocked, with what to do."""
    if told.cost not in _COSTS:
        raise _damaged(disk)
    key = _MATERIAL[told.way](told, disk)
    try:
        sealing.unseal(key, told.check, _about(told))
    except sealing.Unopened:
        message, hint = _OTHER[told.way]
        raise VaultLocked(message, hint=hint) from None
    return key


def passphrase() -> str:
    """Return NBPROVIDER_ENCRYPTION_KEY, "" when unset."""
    return unicodedata.normalize("NFC", os.environ.get(VARIABLE, "").strip())


def _about(told: VaultKey) -> bytes:
    return msgspec.json.encode(("nbprovider vault key 1", told.id, told.way, told.salt, told.cost))


def _from_passphrase(told: VaultKey, _disk: Disk) -> bytearray:
    words = passphrase()
    if not words:
        raise VaultLocked(
            f"The vault was sealed with a passphrase, and {VARIABLE} is not set.",
            hint=f"Set {VARIABLE} where the kernel is started, then restart it.",
        )
    return _scrypt(words.encode(errors="surrogateescape"), told, disk=_disk)


def _from_keychain(told: VaultKey, disk: Disk) -> bytearray:
    name = told.id.encode()
    if name not in _derived:
        kept = keychain.read(told.id)
        if kept is None:
            message, hint = _OTHER["keychain"]
            raise VaultLocked(message, hint=hint)
        _derived[name] = _decoded(kept, disk)
    return _derived[name]


def _from_machine(told: VaultKey, disk: Disk) -> bytearray:
    salt = _salt(disk)
    if salt is None:
        raise VaultLocked(
            f"The vault is bound to this machine, and its file {SALT_FILE} is gone or damaged.",
            hint="Put it back from a backup, or enter the keys again.",
        )
    return _scrypt(msgspec.json.encode(_machine()) + salt, told, disk=disk)


_MATERIAL: dict[Way, Callable[[VaultKey, Disk], bytearray]] = {
    "passphrase": _from_passphrase,
    "keychain": _from_keychain,
    "machine": _from_machine,
}


def _machine() -> tuple[str, str, str, str]:
    """Return hostname, user, platform and architecture."""
    host = platform.node().partition(".")[0].lower()  # its domain changes with the network
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a user without a name, as in containers
        user = str(os.getuid()) if hasattr(os, "getuid") else ""
    return host, user, platform.system(), platform.machine()


def _salt(disk: Disk) -> bytes | None:
    salt = disk.read_beside(disk.folder / SALT_FILE)
    return salt if salt and len(salt) == LENGTH else None


def _scrypt(words: bytes, told: VaultKey, *, disk: Disk) -> bytearray:
    name = hashlib.sha256(msgspec.json.encode((told.salt, told.cost)) + words).digest()
    if name not in _derived:
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

        salt = bytes(_decoded(told.salt, disk))
        kdf = Scrypt(salt=salt, length=LENGTH, n=told.cost, r=8, p=1)
        _derived[name] = bytearray(kdf.derive(words))
    return _derived[name]


def _decoded(text: str, disk: Disk) -> bytearray:
    try:
        value = bytearray(b64decode(text, validate=True))
    except ValueError:
        raise _damaged(disk) from None
    if len(value) != LENGTH:
        raise _damaged(disk)
    return value


def _damaged(disk: Disk) -> VaultLocked:
    return VaultLocked(
        f"What {disk.path} says of its key makes no sense.",
        hint="`%provider vault rekey` makes a new one; then enter the keys again.",
    )


_AGAIN = "Enter the keys again; those that open on the other one are kept for it."
_OTHER: dict[Way, tuple[str, str]] = {
    "passphrase": (
        f"{VARIABLE} is not the passphrase that the vault was sealed with.",
        "Set the right one; or `%provider vault rekey` goes on with this one.",
    ),
    "keychain": (
        "The vault's key is not in this keychain: it was sealed elsewhere, or by another user.",
        _AGAIN,
    ),
    "machine": ("The vault was sealed on another machine, or by another user.", _AGAIN),
}
