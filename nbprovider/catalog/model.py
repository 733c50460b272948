"""What is known of single models: a snapshot of public lists, read on first use.

A provider's own list, asked now, knows better; where it says nothing of context windows and
abilities, this is what there is.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from nbprovider.catalog.files import find, known

SNAPSHOT = Path(__file__).with_name("models.json")

Use = Literal["chat", "embedding", "tts", "stt", "image", "rerank"]
Ability = Literal["vision", "tools", "thinking", "json_schema", "pdf", "web_search"]


class Facts(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the snapshot says of one model; None where it says nothing.

    `context` and `max_output` are tokens; `can` is None when nobody says what the model can do;
    `retires` is the day of its end.
    """

    kind: Use = "chat"
    context: int | None = None
    max_output: int | None = None
    can: tuple[Ability, ...] | None = None
    retires: date | None = None

    def completed(self, other: Facts) -> Facts:
        """Return these facts, with another's where these say nothing."""
        return replace(
            self,
            context=self.context or other.context,
            max_output=self.max_output or other.max_output,
            can=other.can if self.can is None else self.can,
            retires=self.retires or other.retires,
        )


class Model(Struct, frozen=True):
    """One model of one provider, with what is known of it."""

    provider: str
    id: str
    facts: Facts

    def can(self, ability: Ability) -> bool | None:
        """Say whether it can, None when nobody says what it can do."""
        return None if self.facts.can is None else ability in self.facts.can


class Snapshot(Struct, frozen=True, forbid_unknown_fields=True):
    """The file: when and from what it was made, and the models of each provider by id."""

    date: date
    sources: tuple[str, ...]
    models: dict[str, dict[str, Facts]]


def model(provider: str, model_id: str) -> Model | None:
    """Return what is known of a provider's model, None when it is not in the snapshot.

    What a gateway does not tell of `vendor/model` is completed by what its vendor tells.
    """
    told = [f for f in (_told(provider, model_id), _vendors(provider, model_id)) if f]
    return Model(provider, model_id, told[0].completed(told[-1])) if told else None


def _told(provider: str, model_id: str) -> Facts | None:
    return snapshot().models.get(provider, {}).get(model_id)


def _vendors(provider: str, model_id: str) -> Facts | None:
    """Return the vendor's own facts of a gateway's `vendor/model`; points may be dashes there."""
    vendor, slash, rest = model_id.partition("/")
    if not slash or not known(provider) or find(provider).kind != "gateway" or not known(vendor):
        return None
    key = find(vendor).key
    return _told(key, rest) or _told(key, rest.replace(".", "-"))


@cache
def snapshot() -> Snapshot:
    """Return the whole snapshot, read once."""
    return msgspec.json.decode(SNAPSHOT.read_bytes(), type=Snapshot)
