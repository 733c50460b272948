"""What the vault's protection is worth, in plain words."""

from __future__ import annotations

from nbprovider.credentials import keychain, vault_key
from nbprovider.credentials.vault_file import Way

_WORDS: dict[Way, str] = {
    "passphrase": (
        "Keys are sealed with the passphrase in NBPROVIDER_ENCRYPTION_KEY. Without it the file is"
        " useless to everybody. Whatever runs as you while it is set can read it."
    ),
    "keychain": (
        "Keys are sealed with a random key in this system's keychain. A copy of the file is useless"
        " elsewhere. Other programs that run as you may be let in by the keychain while it is"
        " unlocked."
    ),
    "machine": (
        "Keys are sealed with what this machine is: its name, yours, and a random file beside the"
        " vault. A copy of the vault's file alone is useless elsewhere. Any program that runs as"
        " you, and whoever copies the whole folder and knows the names, can open it."
    ),
}


def protection(way: Way | None) -> str:
    """Return what keeps the secrets, from whom, and from whom not."""
    return _WORDS[way] if way else "No key is kept in the vault."


def advice(way: Way | None) -> str:
    """Return how the protection could be stronger, "" when it could not."""
    if way is None or way == "passphrase":
        return ""
    if vault_key.passphrase():
        return (
            f"{vault_key.VARIABLE} is set, but the vault was sealed without it: `%provider vault"
            " rekey` binds it to the passphrase."
        )
    if way == "machine" and keychain.usable():
        return "There is a keychain: `%provider vault rekey` puts the vault's key into it."
    if way == "machine":
        return f"Set {vault_key.VARIABLE} to a passphrase, then run `%provider vault rekey`."
    return ""
