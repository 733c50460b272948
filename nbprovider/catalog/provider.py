"""A provider as data: the shape of one file in `providers/`."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Literal

from msgspec import Struct, field

from nbprovider.catalog.oauth import OAuth
from nbprovider.catalog.proxy import Proxy
from nbprovider.types import OptionName
from nbprovider.types.parts import MediaKind

Kind = Literal["cloud", "gateway", "local", "custom", "subscription", "embedded", "retired"]
Address = Literal["url", "host"]
Signing = Literal["header", "sigv4", "google"]


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
        return not self.excludes(model) and re.search(self.chat, model) is not None

    def excludes(self, model: str) -> bool:
        """Say whether an id is one of a model that does not chat, whatever else is said of it."""
        return bool(self.not_chat) and re.search(self.not_chat, model) is not None


class Quirks(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a provider departs from its protocol.

    - `rename`: our option's name → the provider's field, in place of the protocol's own
    - `refuse`: options of ours, kinds of media (image, audio, video, document), and "schema" that
      the provider cannot take: refused by name before sending, whatever the protocol
    - `refuse_fields`: fields of its own that it cannot take, refused likewise
    - `system_role`: the role that instructions are sent under
    - `include_usage`: whether a stream must be asked for its usage
    - `output_excludes_reasoning`: whether reasoning comes on top of the output count
    - `input_excludes_cache`: whether cached tokens come on top of the input count
    - `replay_reasoning`: the field that reasoning is sent back in ("content": in chunks), "" for
      none
    - `inline_thinking`: whether reasoning stands among the words, in `<think>` at their beginning
    - `body`: fields that every request carries, unless the call itself says otherwise
    - `model_path`: the path with `{model}` where the model is named there, and not in the body
    """

    rename: dict[OptionName, str] = field(default_factory=dict)
    refuse: tuple[OptionName | MediaKind | Literal["schema"], ...] = ()
    refuse_fields: tuple[str, ...] = ()
    system_role: str = "system"
    include_usage: bool = True
    output_excludes_reasoning: bool = False
    input_excludes_cache: bool = False
    replay_reasoning: str = ""
    inline_thinking: bool = False
    body: dict[str, Any] = field(default_factory=dict)
    model_path: str = ""


class Best(Struct, frozen=True, forbid_unknown_fields=True):
    """The model to take for the best answers, for the fastest ones, for the lowest price."""

    quality: str = ""
    speed: str = ""
    price: str = ""


class Guide(Struct, frozen=True, forbid_unknown_fields=True):
    """What a newcomer wants to know; `start` is the command that starts a server of one's own."""

    pick_for: str = ""
    steps: tuple[str, ...] = ()
    cost: str = ""
    best: Best = Best()
    trouble: tuple[str, ...] = ()
    start: str = ""


class Retiring(Struct, frozen=True, forbid_unknown_fields=True):
    """The day from which a model answers no more, and its successor ("" when there is none)."""

    on: date
    successor: str = ""


class Program(Struct, frozen=True, forbid_unknown_fields=True):
    """A vendor's command-line program that runs the model, with a login of its own.

    - `name`: what it is called on PATH
    - `install`: the command that installs it
    - `strip`: variables that it must not inherit
    - `metered_by`: variables that may make somebody pay by the token, in place of a plan
    """

    name: str
    install: str
    strip: tuple[str, ...] = ()
    metered_by: tuple[str, ...] = ()


class Provider(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything about one provider that is not code.

    - `key`: the file's name, and the provider's name on every line
    - `auth`: the header that carries the key, `Name: value with {key}`, "" for none
    - `auth_by_env`: another such header for keys from these environment names
    - `auth_by_prefix`, `headers_by_prefix`: beginning of a key → its header in place of `auth`, and
      what other headers it needs (tokens of a login beside keys)
    - `env`, `base_url_env`: environment names of the key and of the base URL, in order
    - `signing`: what signs a call without a key: nothing but the `auth` header, AWS's SigV4, or a
      token of Google's
    - `identity_env`: environment names that speak of credentials for `signing`
    - `variables`: placeholder of `base_url` → the environment names of its value, in order
    - `defaults`: placeholder → its value where none is set
    - `base_url_for`: value of a placeholder → the base URL in place of the usual one
    - `base_url_with_key`: the base URL where a key is all that is needed
    - `versioned_path`: the path that an address gets when a `version` is set (Azure's api-version)
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
    - `program`: the program that is run for each call, in place of an address
    - `proxy`: where everything is in the JSON of a gateway that speaks its own (`json_proxy`)
    - `oauth`: how one logs in, None where one does not
    - `no_login`: why nobody logs in here, and what to do instead, in one sentence
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
    auth_by_prefix: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    headers_by_prefix: dict[str, dict[str, str]] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    base_url_env: tuple[str, ...] = ()
    signing: Signing = "header"
    identity_env: tuple[str, ...] = ()
    variables: dict[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    base_url_for: dict[str, str] = field(default_factory=dict)
    base_url_with_key: str = ""
    versioned_path: str = ""
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
    program: Program | None = None
    proxy: Proxy | None = None
    oauth: OAuth | None = None
    no_login: str = ""
    quirks: Quirks = Quirks()
    quirks_in: dict[str, Quirks] = field(default_factory=dict)
    guide: Guide = Guide()
