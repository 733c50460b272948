"""Find a provider by what it is called or good for."""

from __future__ import annotations

from nbprovider import catalog
from nbprovider.catalog import Provider
from nbprovider.ui.forms.parts import Option

KINDS = ("cloud", "gateway", "local", "embedded", "subscription", "custom")
"""The kinds in the order in which they are offered; what has ended is not."""

LONGEST = 84
"""Characters of a label that fit into a line of the list."""


def offered(search: str = "") -> tuple[Option, ...]:
    """Return the providers in which each word of the search stands, those of its name first."""
    words = search.casefold().split()
    known = (p for p in catalog.load().values() if p.kind in KINDS and p.launcher != "object")
    found = [p for p in known if _holds(p, words)]
    ordered = sorted(found, key=lambda p: (not _named(p, words), KINDS.index(p.kind), p.key))
    return tuple(Option(p.key, _label(p)) for p in ordered)


def _label(provider: Provider) -> str:
    good = provider.guide.pick_for
    label = f"{provider.name} — {good}" if good else provider.name
    return (
        label if len(label) <= LONGEST else f"{label[:LONGEST].rsplit(' ', 1)[0].rstrip(',;:')} …"
    )


def _names(provider: Provider) -> str:
    return " ".join((provider.key, provider.name, *provider.aliases)).casefold()


def _named(provider: Provider, words: list[str]) -> bool:
    own = f"{provider.key} {provider.name}".casefold()
    return bool(words) and all(word in own for word in words)


def _holds(provider: Provider, words: list[str]) -> bool:
    text = f"{_names(provider)} {provider.kind} {provider.guide.pick_for}".casefold()
    return all(word in text for word in words)
