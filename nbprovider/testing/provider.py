"""The rules that every provider file keeps."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

from nbprovider import catalog, protocols
from nbprovider.catalog import Provider, files
from nbprovider.errors import ConfigError
from nbprovider.protocols import objects
from nbprovider.testing.rule import broken, keep
from nbprovider.types import Options
from nbprovider.types.parts import MediaKind

LOOPBACK = ("http://127.0.0.1:", "http://localhost:")

SENTENCE_ENDS = (".", ":free.")


def check_provider(provider: Provider | Path | str) -> None:
    """Raise AssertionError, naming the rule, unless a provider, or its file, keeps all of them."""
    found = provider if isinstance(provider, Provider) else _read(Path(provider))
    for rule in RULES:
        rule(found)


def _read(path: Path) -> Provider:
    try:
        return files.parse(path)
    except ConfigError as error:
        raise broken("file: TOML with the keys of a provider, each of its kind", error) from error


def protocols_exist(provider: Provider) -> None:
    """Each protocol that is named exists, and quirks belong to one that is spoken."""
    others = {*filter(None, (provider.protocol_elsewhere,)), *provider.model_protocols.values()}
    for name in sorted({provider.protocol, *others} - {objects.NAME}):
        try:
            protocols.load(name)
        except ConfigError as error:
            raise broken("protocol: one that there is", error) from error
    alien = {name for name in provider.quirks_in if name == provider.protocol or not _exists(name)}
    keep(not alien, "quirks_in: for other protocols that it, or an account of it, speaks", alien)


def _exists(protocol: str) -> bool:
    try:
        protocols.load(protocol)
    except ConfigError:
        return False
    return True


def headers_carry_the_key(provider: Provider) -> None:
    """What carries the key is a header with {key} in its value, for keys that it has."""
    for header in filter(None, (provider.auth, *provider.auth_by_env.values())):
        shaped = ": " in header and "{key}" in header
        keep(shaped, "auth: `Name: value with {key}`", header)
    alien = set(provider.auth_by_env) - set(provider.env)
    keep(not alien, "auth_by_env: variables of `env`", alien)


def patterns_are_regular(provider: Provider) -> None:
    """What tells chat models from others are regular expressions."""
    for pattern in (provider.models.chat, provider.models.not_chat):
        try:
            re.compile(pattern)
        except re.error as error:
            raise broken("models: chat and not_chat are regular expressions", error) from error


def prefixes_tell_apart(provider: Provider) -> None:
    """Longer key prefixes come first; a model prefix begins no other provider's."""
    for place, prefix in enumerate(provider.key_prefix):
        hidden = [later for later in provider.key_prefix[place + 1 :] if later.startswith(prefix)]
        keep(not hidden, "key_prefix: the longer one comes first", hidden)
    others = [p for p in catalog.load().values() if p.key != provider.key]
    taken = [prefix for other in others for prefix in other.model_prefixes]
    for prefix in provider.model_prefixes:
        shared = [one for one in taken if one.startswith(prefix) or prefix.startswith(one)]
        keep(not shared, "model_prefixes: begin no other provider's", shared)


def models_are_alive(provider: Provider) -> None:
    """No model that is the default, recommended or listed has ended, or a day set for its end."""
    best = provider.guide.best
    named = {provider.default_model, provider.small_model, *provider.models.static}
    ended = {*named, best.quality, best.speed, best.price} & {*provider.retired, *provider.retiring}
    keep(not ended, "models: the default and the recommended ones are not retired", ended)


def models_chat(provider: Provider) -> None:
    """The default and the recommended models are chat models by the file's own patterns."""
    best = provider.guide.best
    named = (provider.default_model, provider.small_model, best.quality, best.speed, best.price)
    other = [one for one in filter(None, named) if not provider.models.chats(one)]
    keep(not other, "models: the default and the recommended ones chat", other)
    recommended = [best.quality, best.speed, best.price]
    keep(all(recommended) or not any(recommended), "guide.best: all three or none", recommended)
    if provider.models.static and not provider.program:
        static = set(provider.models.static)
        missing = {provider.default_model, provider.small_model} - static
        keep(not missing - {""}, "models.static: has the default", missing)
        silent = [one for one in static if not provider.models.chats(one)]
        keep(not silent, "models.static: chat models", silent)


def successors_live_on(provider: Provider) -> None:
    """A successor is not retired, and outlives what it follows; no model is in both lists."""
    both = set(provider.retired) & set(provider.retiring)
    keep(not both, "retiring: not retired already", both)
    ends = provider.retiring
    followers = {*provider.retired.values(), *(end.successor for end in ends.values())}
    keep(
        not followers & set(provider.retired),
        "retired: a successor is not retired itself",
        followers & set(provider.retired),
    )
    for name, end in ends.items():
        heir = ends.get(end.successor)
        keep(heir is None or heir.on > end.on, "retiring: a successor lives longer", name)


def the_guide_is_told(provider: Provider) -> None:
    """The guide says what for, how and what it costs; its steps are sentences."""
    guide = provider.guide
    keep(guide.pick_for, "guide.pick_for: is told")
    keep(guide.steps, "guide.steps: are told")
    keep(guide.cost, "guide.cost: is told")
    open_ended = [one for one in (*guide.steps, *guide.trouble) if not one.endswith(SENTENCE_ENDS)]
    keep(not open_ended, "guide: steps and trouble end in a full stop", open_ended)


def the_address_is_safe(provider: Provider) -> None:
    """The address is given or asked for, has no slash at its end, and is https beyond loopback."""
    base_url = provider.base_url
    started = provider.launcher or provider.program or provider.proxy
    keep(base_url or provider.base_url_env or started, "base_url: given, or base_url_env")
    keep(not base_url.endswith("/"), "base_url: no slash at its end", base_url)
    plain = base_url.startswith("http://") and not base_url.startswith(LOOPBACK)
    keep(not plain, "base_url: https, unless it is on this machine", base_url)
    if base_url and provider.base_path:
        keep(base_url.endswith(provider.base_path), "base_url: ends in base_path", base_url)
    dropped = [end for end in provider.base_drop if base_url.endswith(end)]
    keep(not dropped, "base_url: ends in nothing of base_drop", dropped)


def a_needed_key_can_be_got(provider: Provider) -> None:
    """What needs a key says in which variable, where to get one, and a model to begin with."""
    if not provider.needs_key or provider.kind in {"custom", "retired"}:
        return
    keep(provider.env, "env: the variable of the key")
    keep(provider.key_url.startswith("https://"), "key_url: the page of keys", provider.key_url)
    keep(provider.default_model, "default_model: a model to begin with")


def names_are_known(provider: Provider) -> None:
    """What is renamed or refused can exist; a service's model belongs to a service."""
    options = set(Options.__struct_fields__)
    for quirks in (provider.quirks, *provider.quirks_in.values()):
        alien = set(map(str, quirks.rename)) - options
        keep(not alien, "quirks.rename: names options of ours", alien)
        alien = set(map(str, quirks.refuse)) - options - {*get_args(MediaKind), "schema"}
        keep(not alien, "quirks.refuse: names options, kinds of media, or schema", alien)
    alien = set(provider.service_models) - set(provider.services)
    keep(not alien, "service_models: for services that have a path", alien)


RULES: tuple[Callable[[Provider], None], ...] = (
    protocols_exist,
    headers_carry_the_key,
    patterns_are_regular,
    prefixes_tell_apart,
    models_are_alive,
    models_chat,
    successors_live_on,
    the_guide_is_told,
    the_address_is_safe,
    a_needed_key_can_be_got,
    names_are_known,
)
"""All rules, in the order in which they make sense."""
