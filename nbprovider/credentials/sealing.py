"""Seal a secret so that it opens only for the account, and the address, it was sealed for."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode

import msgspec

from nbprovider.credentials.secret import Secret
from nbprovider.credentials.stored import Kind, Sealed, Stored

NONCE = 12


class Unopened(ValueError):
    """The key, the text or what the text is bound to is another one."""


def binding(account: Stored, kind: Kind) -> bytes:
    """Return what a secret is bound to: whose it is, and all that says where it is sent."""
    services, fields = sorted(account.services.items()), sorted(account.fields.items())
    place = (account.provider, account.base_url, services, fields)
    return msgspec.json.encode(("nbprovider account 1", account.id, kind, *place))


def seal(key: bytes | bytearray, text: bytes | bytearray, bound: bytes, name: str = "") -> Sealed:
    """Encrypt a text by AES-256-GCM under a nonce of its own; `name` is the key's."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(NONCE)
    data = AESGCM(key).encrypt(nonce, text, bound)
    return Sealed(b64encode(nonce).decode(), b64encode(data).decode(), name)


def unseal(key: bytes | bytearray, sealed: Sealed, bound: bytes) -> bytes:
    """Return the text; raises Unopened when anything about it is not as it was sealed."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        nonce = b64decode(sealed.nonce, validate=True)
        return AESGCM(key).decrypt(nonce, b64decode(sealed.data, validate=True), bound)
    except (InvalidTag, ValueError):
        raise Unopened from None


def to_bytes(secret: Secret) -> bytearray:
    """Return a copy of the secret that can be wiped; raises MissingKey for a wiped one."""
    return bytearray(secret.reveal().encode(errors="surrogateescape"))


def to_secret(text: bytes) -> Secret:
    """Return the secret that `to_bytes` made a text of."""
    return Secret(text.decode(errors="surrogateescape"))
