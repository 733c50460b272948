"""What is known of single models: a snapshot of public lists, read on first use.

A provider's own list, asked now, knows better; where it says nothing of context windows and
abilities, this is what there is.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from nbprovider.catalog.files import find, known, load

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
    """Return what is known of a provider's model, None when nothing is.

    What the provider itself does not tell is completed by what the model's maker tells: a gateway's
    `vendor/model`, and a model that a cloud serves under the maker's own name.
    """
    told = [f for f in (_told(provider, model_id), _makers(provider, model_id)) if f]
    return Model(provider, model_id, told[0].completed(told[-1])) if told else None


def _told(provider: str, model_id: str) -> Facts | None:
    return snapshot().models.get(provider, {}).get(model_id)


def _makers(provider: str, model_id: str) -> Facts | None:
    """Return the maker's own facts of a model that somebody else serves, None when not known."""
    if not known(provider) or find(provider).kind in OWN_MACHINES:
        return None
    vendor, slash, rest = model_id.partition("/")
    if slash:
        return _by_name(find(vendor).key, rest) if known(vendor) else None
    name = _PLACED.sub("", model_id)
    claims = ((p.key, prefix) for p in load().values() for prefix in p.model_prefixes)
    makers = (key for key, prefix in claims if key != provider and name.startswith(prefix))
    return next(filter(None, (_told(key, name) for key in makers)), None)


def _by_name(maker: str, name: str) -> Facts | None:
    """Return a maker's facts; gateways write points where some makers write dashes."""
    return _told(maker, name) or _told(maker, name.replace(".", "-"))


OWN_MACHINES = {"local", "embedded"}
"""Kinds whose models may be called anything."""

_PLACED = re.compile(r"^(?:[a-z-]+\.)+")
"""Bedrock's region and maker before a model's name, as in us.anthropic.claude-sonnet-5-5."""


@cache
def snapshot() -> Snapshot:
    """Return the whole snapshot, read once."""
    return msgspec.json.decode(SNAPSHOT.read_bytes(), type=Snapshot)
