"""How a model is held to the shape of an answer: by its provider's own way, or by words."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from nbprovider import catalog, protocols
from nbprovider.catalog import Endpoint
from nbprovider.credentials import Account
from nbprovider.errors import NbproviderError, UsageError
from nbprovider.protocols import objects
from nbprovider.session.json_mode import promises_json
from nbprovider.shape import Shape
from nbprovider.types import Call, Message, Route, Text

Fit = Callable[[Call, Route], Call]


class Shaping:
    """Hold the models that are asked to a shape, None for any: each by the best way there is."""

    def __init__(self, shape: Shape | None, accounts: Iterable[Account]) -> None:
        self._shape = shape
        self._accounts = {account.name: account for account in accounts}

    def fit(self, call: Call, route: Route) -> Call:
        """Return the call as a route's model is asked it.

        A model that is known for it is sent the schema. One that nothing is known of is sent it and
        told of it in words too; one whose way has no place for a schema is told in words alone, and
        made to promise JSON where its provider can.
        """
        shape, account = self._shape, self._accounts.get(route.account)
        if shape is None:
            return call
        if call.schema is not None and _carries(route, account):
            if promises_schema(route, account):
                return call
            return replace(call, messages=told(call.messages, shape.instruction))
        options = call.options
        if options.json is None and promises_json(route, account):
            options = replace(options, json=True)
        messages = told(call.messages, shape.instruction)
        return replace(call, schema=None, messages=messages, options=options)

    def before(self, fit: Fit) -> Fit:
        """Return what does this first, then what another fitting does."""
        return lambda call, route: fit(self.fit(call, route), route)


def promises_schema(route: Route, account: Account | None) -> bool:
    """Say whether a model is known to keep to a schema, at its provider's own address."""
    provider = catalog.find(route.provider)
    if account is None or account.base_url != provider.base_url:
        return False
    model = catalog.model(provider.key, route.model)
    return model is not None and model.can("json_schema") is True


def _carries(route: Route, account: Account | None) -> bool:
    """Say whether a route's protocol has a place for a schema, and its model may know of one."""
    provider = catalog.find(route.provider)
    if provider.launcher == objects.NAME or "schema" in provider.quirks.refuse:
        return False
    model = catalog.model(provider.key, route.model)
    if model is not None and model.can("json_schema") is False:
        return False
    base_url = (account.base_url if account else "") or provider.base_url or "http://localhost"
    at = Endpoint(provider, base_url, account.protocol if account else "").speaking(route.model)
    bare = Call(route.model, (Message("user", (Text("JSON"),)),), schema={"type": "object"})
    try:
        protocols.load(at.provider.protocol).build(bare, at)
    except UsageError:
        return False
    except NbproviderError:  # what is wrong with the address is told when it is asked
        return True
    return "schema" not in at.provider.quirks.refuse


def told(messages: tuple[Message, ...], instruction: str) -> tuple[Message, ...]:
    """Return the messages with an instruction behind those that are there."""
    if messages and messages[0].role == "system":
        first = messages[0]
        joined = replace(first, parts=(*first.parts, Text(f"\n\n{instruction}")))
        return (joined, *messages[1:])
    return (Message("system", (Text(instruction),)), *messages)
