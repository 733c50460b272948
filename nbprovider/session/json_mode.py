"""Whether a provider's own way to promise JSON may be used unasked: it must never refuse."""

from __future__ import annotations

from nbprovider import catalog, protocols
from nbprovider.catalog import Endpoint
from nbprovider.credentials import Account
from nbprovider.errors import UsageError
from nbprovider.types import Call, Message, Options, Route, Text


def promises_json(route: Route, account: Account | None) -> bool:
    """Say whether a route's model is known to write JSON on demand, and its protocol can ask so.

    The address must be the provider's own: what another server can do nobody knows.
    """
    provider = catalog.find(route.provider)
    if account is None or not account.base_url or account.base_url != provider.base_url:
        return False
    model = catalog.model(provider.key, route.model)
    if model is None or not model.can("json_schema"):
        return False
    at = Endpoint(provider, provider.base_url, account.protocol)
    return _can_be_asked(at.speaking(route.model), route.model)


def _can_be_asked(endpoint: Endpoint, model: str) -> bool:
    call = Call(model, (Message("user", (Text("JSON"),)),), Options(json=True))
    try:
        protocols.load(endpoint.provider.protocol).build(call, endpoint)
    except UsageError:
        return False
    return True
