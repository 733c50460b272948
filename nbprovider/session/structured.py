"""An answer of a certain shape: how a model is held to it, and asked again when it is not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from nbprovider import catalog, protocols
from nbprovider.answer import Answer
from nbprovider.catalog import Endpoint
from nbprovider.credentials import Account
from nbprovider.errors import BadAnswer, BadRequest, NbproviderError, UsageError
from nbprovider.protocols import objects
from nbprovider.session.json_mode import promises_json
from nbprovider.shape import Shape
from nbprovider.types import Call, Message, Route, Text

Accounts = Mapping[str, Account]

_SCHEMA = re.compile(r"schema|response_format|output_config|json|grammar", re.IGNORECASE)
"""What a provider speaks of that cannot hold a model to a schema, or not to this one."""

AGAIN = (
    "That is not what was asked for: {why}. Answer again, with one JSON value that meets the"
    " schema and nothing else."
)


def fitted(call: Call, shape: Shape, routes: Sequence[Route], accounts: Accounts) -> Call:
    """Return a call that holds its model to a shape by the best way that its routes have.

    A model that is known for it is sent the schema. One that nothing is known of is sent it and
    told of it in words too; one whose way has no place for a schema is told in words alone, and
    made to promise JSON where its provider can.
    """
    first = routes[0]
    if call.schema is not None and all(_carries(one, accounts) for one in routes):
        if promises_schema(first, accounts.get(first.account)):
            return call
        return replace(call, messages=told(call.messages, shape.instruction))
    options = call.options
    if options.json is None and promises_json(first, accounts.get(first.account)):
        options = replace(options, json=True)
    messages = told(call.messages, shape.instruction)
    return replace(call, schema=None, messages=messages, options=options)


def promises_schema(route: Route, account: Account | None) -> bool:
    """Say whether a model is known to keep to a schema, at its provider's own address."""
    provider = catalog.find(route.provider)
    if account is None or account.base_url != provider.base_url:
        return False
    model = catalog.model(provider.key, route.model)
    return model is not None and model.can("json_schema") is True


def _carries(route: Route, accounts: Accounts) -> bool:
    """Say whether a route's protocol has a place for a schema, and its model may know of one."""
    provider, account = catalog.find(route.provider), accounts.get(route.account)
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


def refused(error: BadRequest, call: Call) -> bool:
    """Say whether a provider refused a call for its schema, so that words may do."""
    said = f"{error.message} {error.detail}"
    return type(error) is BadRequest and call.schema is not None and bool(_SCHEMA.search(said))


def wrong(answer: Answer, shape: Shape) -> str:
    """Return what is wrong with an answer, "" when nothing is or to ask again would not mend it."""
    ended = answer.finish in {"", "stop", "other"}
    if answer.status != "ok" or answer.tool_calls or not ended:
        return ""
    try:
        shape.value(answer.text)
    except BadAnswer as error:
        return error.message.rstrip(".")
    return ""


def again(why: str) -> tuple[Text, ...]:
    """Return what a model is told whose answer was of another shape."""
    return (Text(AGAIN.format(why=why)),)
