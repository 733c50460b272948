"""What the readers of recorded requests share."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any, get_args

from msgspec.structs import replace

from nbprovider.catalog import Provider
from nbprovider.protocols.media import from_url
from nbprovider.types import Effort, Media, Options, Text, Tool

Wire = dict[str, Any]

EFFORTS = frozenset(get_args(Effort))


class NotCarried(Exception):
    """What a Call has no place for; the words say what it is."""


def options(fields: Wire, names: dict[str, str], provider: Provider) -> Options:
    """Take the fields that are options of ours (our name → theirs) out of a body.

    A field that holds something else than our option can is left where it is.
    """
    found: Wire = {}
    for ours, theirs in {**names, **provider.quirks.rename}.items():
        if ours in names and ours not in found and _fits(ours, fields.get(theirs)):
            found[ours] = _ours(ours, fields.pop(theirs))
    return Options(**found)


def _fits(name: str, value: Any) -> bool:
    if value is None:
        return False
    if name == "stop":
        return isinstance(value, str | list)
    if name == "effort":
        return value in EFFORTS
    whole = name in ("max_tokens", "top_k", "seed")
    return isinstance(value, int if whole else int | float)


def _ours(name: str, value: Any) -> Any:
    if name == "stop":
        return (value,) if isinstance(value, str) else tuple(value)
    return value


def tool(function: Wire, schema: str = "parameters") -> Tool:
    """Return a tool; raises NotCarried when it says more than a Tool of ours can."""
    more = set(function) - {"name", "description", schema}
    if more:
        raise NotCarried(f"a tool's {min(more)}")
    return Tool(function["name"], function.get("description") or "", function.get(schema) or {})


def words(content: Any) -> str:
    """Return content that is words only, whole or in parts."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        return json.dumps(content)
    if any(not isinstance(one, dict) or not isinstance(one.get("text"), str) for one in content):
        raise NotCarried("a tool's result that is more than words")
    return "".join(one["text"] for one in content)


def text(told: str) -> Text:
    return Text(told)


def picture(url: Any) -> Media:
    """Return an image at a URL or in a data URL, and how closely to look at it."""
    found = from_url(url, "image")
    if found is None:
        raise NotCarried("an image that is nowhere")
    detail = url.get("detail") if isinstance(url, dict) else None
    return replace(found, extra={"detail": detail}) if detail else found


def decoded(data: str) -> bytes:
    try:
        return b64decode(data, validate=True)
    except ValueError as error:
        raise NotCarried("a medium that is no base64") from error


def rest(fields: Wire) -> Wire | None:
    """Return what is left of a body, for Call.extra."""
    return {name: value for name, value in fields.items() if value is not None} or None
