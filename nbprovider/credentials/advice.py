"""What to do about a failed call, as far as its account and this machine are known.

A protocol knows only what the provider said; its hint is for anybody. The rules here know whose key
it was, where it was found, and where the address leads. Each takes the error and its circumstances
and returns one sentence, or "" when it has nothing to say; the first that speaks decides. They go
by the error's class, then its code and status, never by words alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from typing import Any, TypeVar
from urllib.parse import urlsplit

from nbprovider import catalog
from nbprovider.credentials.circumstances import Circumstances, circumstances
from nbprovider.credentials.signing import Access
from nbprovider.errors import (
    BadRequest,
    Forbidden,
    ProviderError,
    RateLimited,
    Unauthorized,
    UnknownModel,
    Unreachable,
)
from nbprovider.protocols.fault_tables import SAYINGS
from nbprovider.protocols.faults import CHECK_ADDRESS
from nbprovider.types import Route

T = TypeVar("T")
Rule = Callable[[ProviderError, Circumstances], str]

GENERAL = frozenset({*(hint for _, hint in SAYINGS.values()), CHECK_ADDRESS})
"""Hints for anybody; a protocol that gave another one knew better."""

CONNECTING = frozenset({"refused", "name_not_found", "connect_timeout", "unreachable"})
"""What of a connection can fail because of where it leads (`transport.faults`)."""

SKEWED = 240.0
"""Seconds that clocks may differ by; AWS takes 300, Google 600."""

SKEW_CODES = frozenset({"requesttimetooskewed", "requestexpired"})

OPTIONS = {
    "temperature": "-t",
    "top_p": "--top-p",
    "max_tokens": "--max-tokens",
    "max_completion_tokens": "--max-tokens",
    "max_output_tokens": "--max-tokens",
    "reasoning_effort": "--effort",
    "reasoning.effort": "--effort",
    "stop": "--stop",
    "seed": "--seed",
}
"""A field of a request → the option of the line that sets it."""

ENDINGS = (
    "/chat/completions",
    "/completions",
    "/responses",
    "/messages",
    "/models",
    "/embeddings",
    "/api/chat",
    "/api/generate",
)
"""Paths of calls, which a base URL must not have."""

INSIDE = "host.docker.internal"
"""The name of a container's own machine, as Docker Desktop has it."""


_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def advice(error: ProviderError, known: Circumstances) -> str:
    """Return what to do about an error; its own hint where that is as good."""
    if error.hint not in GENERAL and not _may_be_explained(error):
        return error.hint
    told = next(filter(None, (rule(error, known) for rule in RULES)), error.hint)
    return told.replace("NAME", known.account) if told in GENERAL else told


def advised(flow: Generator[Any, Any, T], route: Route, access: Access) -> Generator[Any, Any, T]:
    """Run an attempt; its error leaves with the advice for the account that was asked."""
    try:
        return (yield from flow)
    except ProviderError as error:
        error.model = route.model
        error.hint = advice(error, circumstances(access, route.account or route.provider))
        raise


def _may_be_explained(error: ProviderError) -> bool:
    return isinstance(error, Unreachable) and error.code in CONNECTING


def _clock(error: ProviderError, known: Circumstances) -> str:
    refused = isinstance(error, Unauthorized | Forbidden) and known.signed
    late = _plain(error.code) in SKEW_CODES
    if not refused or not (late or abs(error.skew) > SKEWED):
        return ""
    off = f"{_span(abs(error.skew))} {'ahead' if error.skew > 0 else 'behind'}"
    how = off if abs(error.skew) > SKEWED else "off"
    return f"The clock of this computer is {how}, and a signature holds the time: set it right."


def _key(error: ProviderError, known: Circumstances) -> str:
    if not isinstance(error, Unauthorized):
        return ""
    if known.signed:
        whose = f"credentials ({known.identity or 'of this computer'})"
        step = f"renew them, or enter a key with `%provider key {known.account}`"
        return f"The {whose} are not accepted: {step}."
    if known.login:
        return f"Log in again: `%provider login {known.login}`."
    if not known.source:
        return f"No key was sent: enter one with `%provider key {known.account}`."
    if known.mixed_up:
        likeness = known.mixed_up.partition(";")[0].rstrip(".")
        return f"{likeness}: {_another(known)}."
    if known.odd and not known.is_elsewhere:
        begins = " or ".join(f"`{start}`" for start in known.provider.key_prefix)
        whose = f"Keys of {known.provider.name} begin with {begins}"
        return f"{whose}, this one does not: {_another(known)}."
    return f"The key ({known.source}) is wrong, or its time is over: {_another(known)}."


def _another(known: Circumstances) -> str:
    place, _, name = known.source.partition(" ")
    step = f"enter another with `%provider key {known.account}{_STRONGER.get(place, '')}`"
    return f"correct {name}, or {step}" if place in {"environment", ".env"} else step


_STRONGER = {"environment": " kernel", "entered": " kernel"}
"""Beginning of a source that comes before the vault → what makes a new key come before it."""


def _allowed(error: ProviderError, known: Circumstances) -> str:
    if not isinstance(error, Forbidden) or not known.provider.key_url or known.is_elsewhere:
        return ""
    whose = f"the key from {known.source}" if known.source else "your account"
    return f"See at {known.provider.key_url} what {whose} may do."


def _later(error: ProviderError, _: Circumstances) -> str:
    if not isinstance(error, RateLimited) or not error.retry_after:
        return ""
    return f"Ask again in {_span(error.retry_after)}, or use another model or account."


def _option(error: ProviderError, _: Circumstances) -> str:
    """Name the option that the provider's own field `param` blames."""
    unsupported = _plain(error.code).startswith("unsupported")
    found = re.search(r"""["']param["']:\s*["']([\w.]+)["']""", error.detail)
    if not isinstance(error, BadRequest) or not unsupported or not found:
        return ""
    option = OPTIONS.get(found[1])
    return f"Leave out {found[1]}{f' (`{option}`)' if option else ''}, or use another model."


def _call_path(error: ProviderError, known: Circumstances) -> str:
    path = urlsplit(known.base_url).path
    ending = next((end for end in ENDINGS if path.endswith(end)), "")
    if error.status not in {404, 405} or not ending:
        return ""
    where = f" ({known.redirect})" if known.redirect else ""
    return f"The base URL{where} ends in {ending}: leave that off."


def _no_such_path(error: ProviderError, known: Circumstances) -> str:
    """Explain a 404 that names no model: FastAPI's bare `detail`, or a page."""
    named = _plain(error.code) or "model" in error.detail.lower()
    pathless = isinstance(error, BadRequest) and error.status in {404, 405} and not named
    if not pathless or not known.is_elsewhere:
        return ""
    where = f" ({known.redirect})" if known.redirect else ""
    versioned = known.base_url.endswith("/v1")
    how = "are host, port and path right?" if versioned else "most end in /v1."
    return f"Check the base URL {known.base_url}{where}: {how}"


def _of_another(error: ProviderError, known: Circumstances) -> str:
    if not isinstance(error, UnknownModel) or known.provider.kind not in {"cloud", "subscription"}:
        return ""
    if error.model.startswith(known.provider.model_prefixes):
        return ""
    others = (p for p in catalog.load().values() if error.model.startswith(p.model_prefixes))
    owner = next((p for p in others if p.kind == "cloud"), None)
    if owner is None or known.is_elsewhere:
        return ""
    return f"{error.model} is a model of {owner.name}: ask it as `{owner.key}:{error.model}`."


def _slash(error: ProviderError, known: Circumstances) -> str:
    own = known.provider
    if not isinstance(error, UnknownModel) or own.kind != "gateway" or "/" in error.model:
        return ""
    if "/" not in own.default_model:
        return ""
    example = f"{own.key}:{own.default_model}"
    return f"{own.name} names a model with its vendor and a slash: `{example}`."


def _pulled(error: ProviderError, known: Circumstances) -> str:
    if not isinstance(error, UnknownModel) or "pull" not in known.provider.services:
        return ""
    return f"Fetch it with `%provider pull {error.model}`." if known.is_near else ""


def _proxies(error: ProviderError, known: Circumstances) -> str:
    if not _may_be_explained(error) or known.is_near:
        return ""
    if known.proxy:
        return "Check `proxy` in settings.toml: every request goes through it."
    if not known.ignored:
        return ""
    return f"{known.ignored} is set but not read: set `proxy` in settings.toml to its address."


def _container(error: ProviderError, known: Circumstances) -> str:
    if known.host == INSIDE and error.code == "name_not_found":
        if not known.contained:
            return f"Only containers know {INSIDE}: use 127.0.0.1 here."
        return f"Start the container with `--add-host={INSIDE}:host-gateway`."
    port = urlsplit(known.base_url).port
    if error.code != "refused" or not known.contained or known.host not in _LOOPBACK:
        return ""
    return f"This kernel runs in a container of its own: try `http://{INSIDE}:{port}`{_set(known)}."


def _start(error: ProviderError, known: Circumstances) -> str:
    own = known.provider
    if error.code != "refused" or own.kind not in {"local", "custom"}:
        return ""
    command = f" (`{own.guide.start}`)" if own.guide.start else ""
    return f"Start the server{command}, or give its right address{_set(known)}."


def _set(known: Circumstances) -> str:
    if known.is_elsewhere and not known.redirect and known.provider.kind != "custom":
        return f" by `%provider account edit {known.account} --base-url URL`"
    names = known.provider.base_url_env
    return f" in {known.redirect.partition(' ')[2] or names[0]}" if names else ""


def _offline(error: ProviderError, known: Circumstances) -> str:
    if not _may_be_explained(error) or known.is_elsewhere or known.is_near:
        return ""
    return "Check this computer's connection to the network."


RULES: tuple[Rule, ...] = (
    _clock,
    _key,
    _allowed,
    _later,
    _option,
    _call_path,
    _no_such_path,
    _of_another,
    _slash,
    _pulled,
    _proxies,
    _container,
    _start,
    _offline,
)


def _plain(code: str | None) -> str:
    return re.sub(r"[^a-z]", "", (code or "").lower())


def _span(seconds: float) -> str:
    """Return a span of time in its largest fitting unit."""
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"
