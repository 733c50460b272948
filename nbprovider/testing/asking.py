"""Rules about what a protocol sends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import msgspec
from msgspec.structs import replace

from nbprovider.errors import UsageError
from nbprovider.testing.rule import broken, keep
from nbprovider.testing.samples import ADDRESS, Subject
from nbprovider.types import Options, Request

SECRET = "sk-this-is-the-key-0123456789"  # noqa: S105 - nobody's key

VALUES: dict[str, Any] = {
    "max_tokens": 1234,
    "temperature": 0.25,
    "top_p": 0.75,
    "top_k": 17,
    "stop": ("THE-END",),
    "effort": "low",
    "seed": 4242,
    "json": True,
    "cache": "5m",
}
"""A value of each option."""

IN_OWN_WORDS = frozenset({"effort", "json", "cache"})
"""Options whose value a protocol says in words of its own."""

KEY_HEADERS = frozenset({"authorization", "api-key", "x-api-key", "x-goog-api-key"})


def _all_of(asked: Any) -> str:
    """Return all that a request or a command holds, which it does not show by itself."""
    return str([getattr(asked, name) for name in asked.__struct_fields__])


def same_request_each_time(subject: Subject) -> None:
    """A request is the same each time, goes below the base URL, and carries no key."""
    for stream in (True, False):
        call = replace(subject.call(), stream=stream)
        with patch.dict(os.environ, dict.fromkeys(subject.provider.env, SECRET)):
            asked, again = (subject.protocol.build(call, subject.endpoint) for _ in range(2))
        keep(asked == again, "build: the same call makes the same request")
        keep(SECRET not in _all_of(asked), "build: the key is put on later, and only there")
        if isinstance(asked, Request):
            _well_formed(asked, subject)


def _well_formed(request: Request, subject: Subject) -> None:
    keep(request.method == "POST", "build: a question is posted", request.method)
    keep(request.url.startswith(f"{ADDRESS}/"), "build: the address is below base_url", request.url)
    keep(isinstance(_body(request), dict), "build: the body is a JSON object", request.body)
    own = subject.provider.auth.partition(":")[0].lower()
    carried = {name.lower() for name in request.headers} & {*KEY_HEADERS, own}
    keep(not carried, "build: no header of the key's", carried)


def each_option_sent_or_refused(subject: Subject) -> None:
    """An option is sent, or refused by a UsageError that names it; none is left out in silence."""
    for option in Options.__struct_fields__:
        option_sent_or_refused(subject, option)


def option_sent_or_refused(subject: Subject, option: str) -> None:
    """Check one option; see `each_option_sent_or_refused`."""
    rule = f"build: the option {option!r} is sent, or refused by name"
    value = VALUES[option]
    plain = subject.protocol.build(subject.call(), subject.endpoint)
    call = replace(subject.call(), options=Options(**{option: value}))
    try:
        asked = subject.protocol.build(call, subject.endpoint)
    except UsageError as refusal:
        keep(option in refusal.message, rule, refusal.message)
        return
    keep(asked != plain, rule, "it makes no difference")
    if option not in IN_OWN_WORDS and isinstance(asked, Request):
        sent = msgspec.to_builtins(list(value) if isinstance(value, tuple) else value)
        keep(sent in list(_values(_body(asked))), rule, f"{value!r} is not in the body")


def _body(request: Request) -> Any:
    try:
        return msgspec.json.decode(request.body)
    except msgspec.DecodeError as error:
        raise broken("build: the body is a JSON object", error) from None


def _values(tree: Any) -> Iterator[Any]:
    """Yield every value of a JSON tree."""
    yield tree
    children = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    for child in children:
        yield from _values(child)
