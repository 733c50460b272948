"""Our options in a provider's words: each one translated or refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from nbprovider.catalog import Provider
from nbprovider.errors import UsageError
from nbprovider.protocols.content import every_medium
from nbprovider.types import Call, Options, Request


def translate(options: Options, table: Mapping[str, str], provider: Provider) -> dict[str, Any]:
    """Return the provider's field → value of each option that is given.

    `table` is the protocol's (our name → its field); the provider's own renames go on top.
    Raises UsageError, naming option and provider, for an option that has no field there.
    """
    fields: dict[str, str] = dict(table)
    fields.update(provider.quirks.rename.items())
    given = options.given()
    for name in given:
        if name not in fields or name in provider.quirks.refuse:
            raise refused(f"option {name!r}", provider)
    return {fields[name]: value for name, value in given.items()}


def check(call: Call, provider: Provider) -> None:
    """Raise UsageError, naming it, for what the provider refuses, whatever its protocol carries.

    That is a kind of medium, a schema, or a field of the call's own. Text in a file is no medium:
    it is sent as words.
    """
    quirks = provider.quirks
    for medium in every_medium(call.messages):
        if medium.kind in quirks.refuse and not medium.mime.startswith("text/"):
            raise refused(medium.kind, provider)
    if call.schema is not None and "schema" in quirks.refuse:
        raise refused("JSON schema", provider)
    for name in call.extra or ():
        if name in (*quirks.refuse, *quirks.refuse_fields):
            raise refused(f"field {name!r}", provider)


def extended(request: Request, extra: Mapping[str, Any]) -> Request:
    """Return the request with fields of the provider's own in its JSON body.

    An object goes into the object that is there; anything else takes the place of what is there.
    """
    body = _merged(msgspec.json.decode(request.body or b"{}"), extra)
    return replace(request, body=msgspec.json.encode(body))


def _merged(told: Any, more: Any) -> Any:
    if not isinstance(told, Mapping) or not isinstance(more, Mapping):
        return more
    return {**told, **{name: _merged(told.get(name), value) for name, value in more.items()}}


def refused(what: str, provider: Provider) -> UsageError:
    """Return the error of something that the provider cannot be asked for."""
    return UsageError(
        f"{provider.name} cannot take the {what}.",
        hint="Leave it out, or choose another provider. Nothing was sent.",
    )
