"""Recorded requests, read as Calls and built again: what has changed on the way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from msgspec.structs import replace

from nbprovider import catalog, protocols
from nbprovider.catalog import Endpoint, Provider
from nbprovider.errors import NbproviderError
from nbprovider.protocols.options import extended
from nbprovider.types import Call
from recorded import Record, provider
from requests_back import anthropic, bedrock, canonical, gemini, ollama, openai_chat
from requests_back import openai_responses as responses
from requests_back.wire import NotCarried, Wire

Reader = Callable[[Wire, Provider, Record], Call]

FORMS: dict[str, tuple[str, Reader, Callable[[Wire], Wire]]] = {
    "anthropic-messages": (
        "anthropic",
        lambda body, who, record: anthropic.call(body, who, model(record)),
        canonical.anthropic,
    ),
    "bedrock-converse": (
        "bedrock",
        lambda body, who, record: bedrock.call(body, who, model(record), stream=record["streamed"]),
        canonical.bedrock,
    ),
    "cohere-v2": (
        "cohere",
        lambda body, who, _: openai_chat.cohere(body, who),
        canonical.cohere,
    ),
    "gemini": (
        "gemini",
        lambda body, who, record: gemini.call(
            canonical.camel(body), who, model(record), stream=record["streamed"]
        ),
        canonical.gemini,
    ),
    "mistral": ("mistral", lambda body, who, _: openai_chat.call(body, who), canonical.mistral),
    "ollama-chat": ("ollama", lambda body, who, _: ollama.call(body, who), canonical.ollama),
    "openai-chat": (
        "openai_chat",
        lambda body, who, _: openai_chat.call(body, who),
        canonical.chat,
    ),
    "openai-responses": (
        "openai_responses",
        lambda body, who, _: responses.call(body, who),
        canonical.responses,
    ),
}
"""Traffic → its protocol, the reader of its requests, and their one form."""


REASONING = ("reasoning_details", "reasoning_content", "reasoning")


def model(record: Record) -> str:
    """Return the model that a record's address names."""
    found = re.search(r"(?:models|model)/([^/:]+|[^/]+(?=/converse))", record["url"] or "")
    return unquote(found[1]) if found else "model"


def asks(record: Record) -> bool:
    """Say whether a record's request is there, as it was sent, and was taken."""
    return isinstance(record.get("request_json"), dict) and not record.get("request_elided")


def changes(traffic: str, record: Record) -> list[str]:
    """Return what changes when the request is read and built again: places, or why it cannot."""
    try:
        return _changes(traffic, record)
    except Exception as error:  # noqa: BLE001 - a strange record must not end the run
        return [f"of a strange shape: {error!r}"]


def _changes(traffic: str, record: Record) -> list[str]:
    protocol, read, form = FORMS[traffic]
    body = record["request_json"]
    who = _as_written(provider(record, protocol), body)
    try:
        call = read(body, who, record)
        built = protocols.load(protocol).build(call, Endpoint(who, "https://example.org"))
    except NotCarried as reason:
        return [f"not carried: {reason}"]
    except NbproviderError as error:
        return [f"refused: {error.message}"]
    again: Any = json.loads(extended(built, call.extra or {}).body)
    theirs = form(body)
    return sorted(set(canonical.differences(_undefaulted(form(again), theirs, who), theirs)))


def _as_written(who: Provider, body: Wire) -> Provider:
    """Return the provider; one without a file of ours wants reasoning back as its request has it.

    A file would say so by the quirk `replay_reasoning`.
    """
    said = [name for one in body.get("messages") or () for name in REASONING if one.get(name)]
    filed = catalog.known(who.key) and catalog.find(who.key).protocol == who.protocol
    if filed or not said:
        return who
    return replace(who, quirks=replace(who.quirks, replay_reasoning=said[0]))


def _undefaulted(ours: Wire, theirs: Wire, who: Provider) -> Wire:
    """Return our body without what our catalog adds where the request said nothing."""
    added = (
        {**who.quirks.body, "max_tokens": None}
        if who.protocol == "anthropic"
        else (who.quirks.body)
    )
    return {name: value for name, value in ours.items() if name in theirs or name not in added}
