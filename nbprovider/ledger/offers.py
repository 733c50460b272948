"""What accounts offer: each model with its kind, price and end."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from nbprovider import catalog
from nbprovider.catalog import Provider
from nbprovider.ledger import pricing
from nbprovider.protocols.contract import Listed


class Offer(Struct, frozen=True):
    """What one account offers: its provider, its name, its models, those that are registered."""

    provider: Provider
    account: str
    listed: tuple[Listed, ...]
    registered: frozenset[str] = frozenset()


class Offered(Struct, frozen=True):
    """One model of one account; None where nobody says.

    - `kind`: chat, embedding, tts, stt, image, …; `can`: words such as "tools", "vision"
    - `context`, `max_output`: tokens; `input_price`, `output_price`: USD per million tokens
    - `retires`: the day from which it answers no more; `successor`: what to take then
    - `registered`: whether it was registered by hand
    """

    provider: str
    account: str
    model: str
    name: str | None
    kind: str
    context: int | None
    max_output: int | None
    input_price: float | None
    output_price: float | None
    can: tuple[str, ...] | None
    retires: str | None
    successor: str | None
    registered: bool


def offered(offer: Offer) -> Iterator[Offered]:
    """Yield an account's models, and those registered for it that its list lacks."""
    yield from (_offered(offer, model) for model in offer.listed)
    listed = {model.id for model in offer.listed}
    own = sorted(offer.registered - listed)
    yield from (_offered(offer, Listed(name)) for name in own)


def _offered(offer: Offer, model: Listed) -> Offered:
    read, written = pricing.rates(offer.provider, model.id, offer.account)
    retires = catalog.retirement(offer.provider, model.id)
    return Offered(
        offer.provider.key,
        offer.account,
        model.id,
        model.name or None,
        catalog.kind(offer.provider, model.id, model.can),
        model.context,
        model.max_output,
        read,
        written,
        model.can,
        model.retires or (str(retires.on or "retired") if retires else None),
        model.successor or (retires.successor if retires else None) or None,
        model.id in offer.registered,
    )
