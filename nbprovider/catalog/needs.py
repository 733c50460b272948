"""What a provider wants of those who use it: how they are known to it, what they must say."""

from __future__ import annotations

from string import Formatter

from nbprovider.catalog.model import snapshot
from nbprovider.catalog.provider import Provider

SIGNATURES = {"sigv4": "AWS signature (sigv4)", "google": "Google token"}
"""`signing` of a provider file → its name for a reader."""


def ways_in(provider: Provider) -> tuple[str, ...]:
    """Return how one is known to a provider: api key, oauth, program, none and so on."""
    if provider.program:
        return ("program",)
    ways = (
        "oauth" if provider.oauth else "",
        "api key" if provider.auth and (provider.needs_key or provider.env) else "",
        SIGNATURES.get(provider.signing, ""),
        "" if provider.needs_key else "none",
    )
    return tuple(way for way in ways if way)


def placeholders(provider: Provider) -> tuple[str, ...]:
    """Return the fields that an account of the provider may have: parts of its address."""
    return tuple(dict.fromkeys([*_in_address(provider), *provider.variables]))


def required(provider: Provider) -> tuple[str, ...]:
    """Return what must be said besides a key: an address, or the parts of one without a default."""
    if provider.launcher or provider.program:
        return ()
    if not provider.base_url:
        return ("base_url",)
    named = dict.fromkeys(_in_address(provider))
    return tuple(name for name in named if name not in provider.defaults)


def streams(provider: Provider) -> bool:
    """Say whether answers come word by word."""
    return provider.proxy is None or provider.proxy.stream != "none"


def models_known(provider: Provider) -> int:
    """Return how many of a provider's models are known without asking it."""
    listed = snapshot().models.get(provider.key, {})
    usual = {provider.default_model, provider.small_model, *provider.models.static} - {""}
    return len(usual | set(listed))


def _in_address(provider: Provider) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(provider.base_url) if name]
