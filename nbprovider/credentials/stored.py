"""An account as the vault keeps it: all but its secrets in the clear, those sealed."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct, field

Kind = Literal["key", "oauth"]
"""What a secret is: an API key, or the tokens of a login (JSON)."""


class Sealed(Struct, frozen=True):
    """A secret as it lies in the file: AES-256-GCM's nonce and ciphertext, base64.

    `key` is the id of the vault key that it was sealed under.
    """

    nonce: str
    data: str
    key: str = ""


class Stored(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One account of the vault.

    - `id`: never changes; `name`: unique among the accounts that are not removed, case ignored
    - `provider`: the provider's key
    - `base_url`: its own address, "" for the provider's
    - `services`: service (embeddings, tts, stt, …) → its own whole address
    - `protocol`, `model`: its own choice, "" for the provider's
    - `fields`: placeholder of the provider's address (resource, region, project, …) → its value
    - `deleted_at`: when it was removed, None while it is in use
    - `sealed`: kind → secret
    """

    id: str
    provider: str
    name: str
    base_url: str = ""
    services: dict[str, str] = field(default_factory=dict)
    protocol: str = ""
    model: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    changed: datetime = field(default_factory=lambda: datetime.now(UTC))
    deleted_at: datetime | None = None
    sealed: dict[Kind, Sealed] = field(default_factory=dict)


def new_id() -> str:
    """Return a name that no other account has."""
    return uuid.uuid4().hex
