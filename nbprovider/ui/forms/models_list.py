"""Many models: searched, filtered and put in order at once, shown a few at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from msgspec import Struct

from nbprovider.ledger.offers import Offered
from nbprovider.types.call import Ref
from nbprovider.ui.forms.parts import Button, Option, Row

COLUMNS = ("model", "account", "context", "$ per M", "what it can")
WIDTHS = (3.0, 1.3, 0.8, 1.2, 2.2)

MILLION = 1_000_000
DEAREST = 10
"""USD from which on cents say nothing."""


class Entry(Struct, frozen=True):
    """A model of an account, and the words that it is found by; `free` is None where unknown."""

    told: Offered
    text: str
    free: bool | None

    @property
    def ref(self) -> str:
        """Its full name: `provider:model@account`."""
        return str(Ref(self.told.provider, self.told.model, self.told.account))


def entry(told: Offered, *, local: bool) -> Entry:
    """Return a model as it is listed here; a `local` one costs nobody a price."""
    prices = (told.input_price, told.output_price)
    free = local or None if None in prices else not any(prices)
    if told.model.endswith(":free"):
        free = True
    words = (told.model, told.name, told.account, told.provider, told.kind, *(told.can or ()))
    return Entry(told, " ".join(filter(None, words)).casefold(), free)


def _can(word: str) -> Callable[[Entry], bool]:
    return lambda entry: word in (entry.told.can or ())


def _kind(word: str) -> Callable[[Entry], bool]:
    return lambda entry: entry.told.kind == word


KINDS = {
    "chat": ("chat", _kind("chat")),
    "embedding": ("embedding", _kind("embedding")),
    "tts": ("speech (TTS)", _kind("tts")),
    "stt": ("transcription (STT)", _kind("stt")),
    "image": ("pictures", _kind("image")),
}
"""Filters of which one is enough: name → label, and who passes."""

TRAITS = {
    "vision": ("sees pictures", _can("vision")),
    "tools": ("tools", _can("tools")),
    "thinking": ("reasoning", _can("thinking")),
    "free": ("free", lambda entry: bool(entry.free)),
    "registered": ("registered", lambda entry: entry.told.registered),
    "retired": ("ending or retired", lambda entry: bool(entry.told.retires)),
}
"""Filters that all must be passed."""

ORDERS: dict[str, tuple[str, Callable[[Entry], tuple[object, ...]]]] = {
    "name": ("by name", lambda e: (e.told.model.casefold(),)),
    "price": ("cheapest first", lambda e: (_cost(e), e.told.model.casefold())),
    "context": ("largest context first", lambda e: (-(e.told.context or 0), e.told.model)),
    "account": ("as each account lists them", lambda e: (e.told.account,)),
}
"""Orders: name → label, and by what."""


def _cost(entry: Entry) -> float:
    """Return what a call of usual proportions costs: three tokens read for one written."""
    read, written = entry.told.input_price, entry.told.output_price
    if read is None or written is None:
        return 0.0 if entry.free else math.inf
    return 3 * read + written


def orders() -> tuple[Option, ...]:
    """Return the orders to choose from."""
    return tuple(Option(name, label) for name, (label, _) in ORDERS.items())


def ordered(entries: Iterable[Entry], order: str) -> list[Entry]:
    """Return the models in an order; what is retired comes last."""
    key = ORDERS[order][1]
    return sorted(entries, key=lambda entry: (bool(entry.told.retires), *key(entry)))


def found(entries: list[Entry], search: str, filters: set[str]) -> list[Entry]:
    """Return the models that hold each word of the search and pass the filters."""
    words = search.casefold().split()
    kinds = [KINDS[name][1] for name in KINDS if name in filters]
    traits = [TRAITS[name][1] for name in TRAITS if name in filters]
    return [
        one
        for one in entries
        if all(word in one.text for word in words)
        and all(passes(one) for passes in traits)
        and (not kinds or any(passes(one) for passes in kinds))
    ]


def row(one: Entry) -> Row:
    """Return the row of a model: a tick says that it is registered."""
    told = one.told
    return Row(
        one.ref,
        (told.model, told.account, context(told.context), price(one), _abilities(told)),
        (
            Button("test", "Test", enabled=told.kind in ("chat", "other"), note="ask for one word"),
            Button("roles", "Roles", note="give it a part to play"),
        ),
        ticked=told.registered,
        tone="warning" if told.retires else "plain",
    )


def context(tokens: int | None) -> str:
    """Return a context window in thousands or millions of tokens."""
    if tokens is None:
        return "?"
    if tokens >= MILLION:
        return f"{tokens / MILLION:.1f}M".replace(".0M", "M")
    return f"{tokens / 1000:.0f}k" if tokens >= 1000 else str(tokens)  # noqa: PLR2004 - a thousand


def price(one: Entry) -> str:
    """Return what a million tokens cost to be read / to be written."""
    if one.free:
        return "free"
    read, written = one.told.input_price, one.told.output_price
    if read is None and written is None:
        return "not known"
    return f"{_usd(read)} / {_usd(written)}"


def _usd(amount: float | None) -> str:
    if amount is None:
        return "?"
    return f"{amount:,.0f}" if amount >= DEAREST and amount == round(amount) else f"{amount:,.2f}"


def _abilities(told: Offered) -> str:
    kind = "" if told.kind == "chat" else told.kind
    shown = [said for word, said in SAID.items() if word in (told.can or ())]
    words = ", ".join(filter(None, [kind, *shown]))
    told_end = "\n".join(filter(None, [words, _end(told)]))
    return told_end or ("?" if told.can is None else "")


SAID = {"tools": "tools", "vision": "vision", "thinking": "reasoning"}
"""Ability → the word for it."""


def _end(told: Offered) -> str:
    """Return when a model ends and what to take then, "" where nobody says that it does."""
    if not told.retires:
        return ""
    end = told.retires if told.retires in ("retired", "deprecated") else f"ends {told.retires}"
    return f"{end}: take {told.successor}" if told.successor else end
