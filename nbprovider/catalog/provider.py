"""A provider as data: the shape of one file in `providers/`."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Literal

from msgspec import Struct, field

Kind = Literal["cloud", "gateway", "local", "custom", "embedded", "retired"]
Address = Literal["url", "host"]


class ModelList(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a provider lists its models, and which of them chat.

    A listed id is a chat model when it matches `chat` (a regular expression, "" meaning all) and
    does not match `not_chat`. `static` names the models of a provider that lists none, or that
    lists something else under its path.
    """

    path: str = "/models"
    chat: str = ""
    not_chat: str = ""
    static: tuple[str, ...] = ()

    def chats(self, model: str) -> bool:
        """Say whether a listed id is a chat model's."""
        refused = self.not_chat and re.search(self.not_chat, model)
        return not refused and re.search(self.chat, model) is not None


class Quirks(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a provider departs from its protocol.

    - `rename`: our option's name → the provider's field, in place of the protocol's own
    - `refuse`: options of ours that the provider cannot take: refused by name before sending
    - `system_role`: the role that instructions are sent under
    - `include_usage`: whether a stream must be asked for its usage
    - `output_excludes_reasoning`: whether reasoning comes on top of the output count
    - `input_excludes_cache`: whether cached tokens come on top of the input count
    - `replay_reasoning`: the field that reasoning is sent back in ("content": in chunks), "" for
      none
    - `body`: fields that every request carries, unless the call itself says otherwise
    """

    rename: dict[str, str] = field(default_factory=dict)
    refuse: tuple[str, ...] = ()
    system_role: str = "system"
    include_usage: bool = True
    output_excludes_reasoning: bool = False
    input_excludes_cache: bool = False
    replay_reasoning: str = ""
    body: dict[str, Any] = field(default_factory=dict)


class Best(Struct, frozen=True, forbid_unknown_fields=True):
    """The model to take for the best answers, for the fastest ones, for the lowest price."""

    quality: str = ""
    speed: str = ""
    price: str = ""


class Guide(Struct, frozen=True, forbid_unknown_fields=True):
    """What a newcomer wants to know."""

    pick_for: str = ""
    steps: tuple[str, ...] = ()
    cost: str = ""
    best: Best = Best()
    trouble: tuple[str, ...] = ()


class Retiring(Struct, frozen=True, forbid_unknown_fields=True):
    """The day from which a model answers no more, and its successor ("" when there is none)."""

    on: date
    successor: str = ""


class Provider(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything about one provider that is not code.

    - `key`: the file's name, and the provider's name on every line
    - `auth`: the header that carries the key, `Name: value with {key}`, "" for none
    - `auth_by_env`: another such header for keys from these environment names
    - `env`, `base_url_env`: environment names of the key and of the base URL, in order
    - `protocol_elsewhere`: what is spoken at a base URL on another host, "" for `protocol`
    - `model_protocols`: beginning of a model's name → its protocol, where a gateway speaks several
    - `quirks_in`: protocol → quirks, where it is not `protocol`, whose `quirks` are
    - `base_path`: the path that an address given without any path gets, such as "/v1"
    - `base_drop`: endings that an address may be given with, and that the protocol adds itself
    - `address`: "url", or "host" where a bare host, `host:port` or `:port` will do (OLLAMA_HOST)
    - `stands_in_for`: the provider whose model names this one answers to while that one has no key
    - `needs_key`: False where a call without a key makes sense
    - `model_prefixes`: model names that begin so belong to this provider
    - `prices`: the provider's id in genai-prices, "" when its models cost nothing or unknown
    - `silence`: seconds without a byte that mean a stall
    - `services`: paths of what else it offers: embeddings, tts, stt, rerank, images, …
    - `service_models`: service → the model to take for it
    - `retired`: retired model → its successor ("" when there is none)
    - `retiring`: model that a date is set for → the day, and its successor
    - `succeeded_by`: the provider to turn to when this one's service has ended
    - `launcher`: the part of nbprovider that starts the server, "" when it is there already
    """

    key: str
    name: str
    protocol: str
    protocol_elsewhere: str = ""
    model_protocols: dict[str, str] = field(default_factory=dict)
    kind: Kind = "cloud"
    base_url: str = ""
    auth: str = "Authorization: Bearer {key}"
    auth_by_env: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    base_url_env: tuple[str, ...] = ()
    base_path: str = ""
    base_drop: tuple[str, ...] = ()
    address: Address = "url"
    stands_in_for: str = ""
    needs_key: bool = True
    key_prefix: tuple[str, ...] = ()
    key_url: str = ""
    default_model: str = ""
    small_model: str = ""
    model_prefixes: tuple[str, ...] = ()
    models: ModelList = ModelList()
    services: dict[str, str] = field(default_factory=dict)
    prices: str = ""
    silence: float = 30.0
    service_models: dict[str, str] = field(default_factory=dict)
    retired: dict[str, str] = field(default_factory=dict)
    retiring: dict[str, Retiring] = field(default_factory=dict)
    succeeded_by: str = ""
    launcher: str = ""
    quirks: Quirks = Quirks()
    quirks_in: dict[str, Quirks] = field(default_factory=dict)
    guide: Guide = Guide()
