"""A call as Anthropic's Messages want it, and where it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from nbprovider.catalog import Endpoint, Provider
from nbprovider.errors import UsageError
from nbprovider.protocols.anthropic_blocks import blocks
from nbprovider.protocols.anthropic_models import Traits, traits
from nbprovider.protocols.anthropic_thinking import thinking
from nbprovider.protocols.content import Wire, chosen, turns
from nbprovider.protocols.options import refused, translate
from nbprovider.protocols.schema import worded
from nbprovider.types import Call, Message, Request, Text

VERSION = "2023-06-01"

VERTEX_VERSION = "vertex-2023-10-16"
"""The version's name in the body, where the model is named in the path."""

OPTIONS = {
    "max_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "stop": "stop_sequences",
    "effort": "effort",
    "json": "json",
    "cache": "cache_control",
}
"""Our options → fields; `effort`, `json`, `cache` become more than one value. There is no seed."""

SAMPLING = ("temperature", "top_p", "top_k")

SUBSCHEMAS = ("anyOf", "allOf", "oneOf", "prefixItems")
NAMED_SCHEMAS = ("properties", "$defs", "definitions")


def build(call: Call, endpoint: Endpoint) -> Request:
    """Return the request that asks `call`, without its key.

    Raises UsageError for an option or a part that cannot be carried, and for options that the
    model refuses together.
    """
    _check_address(call, endpoint)
    body = _body(call, endpoint.provider)
    url = f"{_root(endpoint)}/v1/messages"
    if path := endpoint.provider.quirks.model_path:
        verb = "streamRawPredict" if call.stream else "rawPredict"
        name = quote(path.replace("{model}", body.pop("model")), safe="/@")
        url = f"{endpoint.base_url}{name}:{verb}"
        body["anthropic_version"] = VERTEX_VERSION
    return Request("POST", url, _headers(endpoint.provider), msgspec.json.encode(body))


def _check_address(call: Call, endpoint: Endpoint) -> None:
    """Raise UsageError for a model of another maker's behind an address for Google's own only."""
    provider = endpoint.provider
    express = provider.base_url_with_key
    if provider.quirks.model_path and express and endpoint.base_url == express:
        raise UsageError(
            f"{call.model} cannot be reached with a key alone: on {provider.name} a key (express"
            " mode) is for Google's own models.",
            hint="Log in to a project: set GOOGLE_CLOUD_PROJECT, and leave out the key."
            " `%provider guide vertex` has the steps.",
        )


def models(endpoint: Endpoint, after: str | None = None) -> Request:
    """Return the request that lists models, a thousand a page."""
    path = endpoint.provider.models.path
    query = urlencode({"limit": 1000} | ({"after_id": after} if after else {}))
    root = _root(endpoint) + ("" if path.startswith("/v1/") else "/v1")
    return Request("GET", f"{root}{path}?{query}", _headers(endpoint.provider))


def _root(endpoint: Endpoint) -> str:
    """Return the base URL without what the protocol adds itself."""
    return endpoint.base_url.rstrip("/").removesuffix("/messages").removesuffix("/v1")


def _headers(provider: Provider) -> dict[str, str]:
    told = any(name.lower() == "anthropic-version" for name in provider.headers)
    version = {} if told else {"anthropic-version": VERSION}
    return {"content-type": "application/json", **version, **provider.headers}


def _body(call: Call, provider: Provider) -> Wire:
    known = traits(call.model)
    fields = {
        "model": call.model,
        "messages": list(_messages(call.messages, provider)),
        "system": _system(call.messages, provider),
        **_tools(call, known),
        **_options(call, known, provider),
    }
    if not fields["messages"]:
        raise UsageError("There is nothing to answer: no message has any content.")
    body = provider.quirks.body | {name: value for name, value in fields.items() if value != ""}
    body.setdefault("max_tokens", known.max_tokens)
    return body | ({"stream": True} if call.stream else {})


def _system(messages: tuple[Message, ...], provider: Provider) -> str | list[Wire]:
    """Return all instructions, wherever in the conversation they were given.

    They are one text, or blocks where one bears a mark of its own, such as where to cache.
    """
    parts = [part for message in messages if message.role == "system" for part in message.parts]
    if any(not isinstance(part, Text) for part in parts):
        raise refused("system message that is not text", provider)
    if any(isinstance(part, Text) and part.extra for part in parts):
        return blocks(Message("system", tuple(parts)), provider)
    return "\n\n".join(part.text for part in parts if isinstance(part, Text) and part.text.strip())


def _messages(messages: tuple[Message, ...], provider: Provider) -> Iterator[Wire]:
    """Yield the turns, in which tool results come first."""
    return turns(messages, lambda message: blocks(message, provider), _results_first)


def _results_first(content: list[Wire], role: str) -> list[Wire]:
    del role
    return sorted(content, key=lambda block: block["type"] != "tool_result")


def _tools(call: Call, known: Traits) -> Wire:
    choice = chosen(call)
    if choice not in {"auto", "none"}:
        check_force(call, known)
    tools = [
        {
            "name": tool.name,
            "description": tool.description,
            "input_schema": {"type": "object", **tool.parameters},
        }
        for tool in call.tools
    ]
    return {"tools": tools, **_choice(choice)} if tools else {}


def _choice(choice: str) -> Wire:
    """Return the field for a choice; "auto" is what Anthropic does by itself."""
    if choice == "auto":
        return {}
    kinds = {"none": {"type": "none"}, "required": {"type": "any"}}
    return {"tool_choice": kinds.get(choice, {"type": "tool", "name": choice})}


def check_force(call: Call, known: Traits) -> None:
    """Raise UsageError where the model answers a demand for a tool with a 400."""
    if known.forced_tool == "never":
        raise UsageError(
            f"{call.model} cannot be made to use a tool (tool_choice {call.tool_choice!r}).",
            hint="Use tool_choice 'auto', and say in words which tool is wanted.",
        )
    if known.forced_tool == "unless_thinking" and _thinks(call):
        raise UsageError(
            f"{call.model} cannot be made to use a tool while it thinks.",
            hint="Leave out either the effort or tool_choice.",
        )


def _thinks(call: Call) -> bool:
    return call.options.effort not in (None, "none")


def _options(call: Call, known: Traits, provider: Provider) -> Wire:
    fields = translate(call.options, OPTIONS, provider)
    effort = fields.pop("effort", None)
    if fields.pop("json", False) and call.schema is None:
        raise UsageError(
            f"{provider.name} cannot take the option 'json' without a schema.",
            hint="Give the JSON schema that the answer must meet, or ask for JSON in words.",
        )
    check_sampling(call, known)
    if span := fields.get("cache_control"):
        # Beside the messages it marks the last block that can be kept, and so all before it.
        fields["cache_control"] = {"type": "ephemeral", "ttl": span}
    if effort is not None:
        fields |= thinking(call.model, effort, call.options.max_tokens)
    if call.schema is not None:
        schema = {"type": "json_schema", "schema": closed(call.schema)}
        fields["output_config"] = {**fields.get("output_config", {}), "format": schema}
    return fields


def check_sampling(call: Call, known: Traits) -> None:
    """Raise UsageError for the sampling options that Anthropic answers with a 400."""
    options = call.options
    given = [name for name in SAMPLING if getattr(options, name) is not None]
    if options.temperature == 1:
        given.remove("temperature")
    named = " and ".join(given)
    if given and known.sampling == "never":
        raise UsageError(
            f"{call.model} cannot take {named}: it chooses its words by itself.",
            hint=f"Leave out {named}.",
        )
    if given and known.sampling == "unless_thinking" and _thinks(call):
        raise UsageError(
            f"{call.model} cannot take {named} while it thinks.",
            hint=f"Leave out {named}, or the effort.",
        )


def closed(schema: Any) -> Any:
    """Return the schema as Anthropic demands it of structured output.

    Its objects are closed; limits of values, which are answered with a 400, are told in words.
    """
    if not isinstance(schema, dict):
        return schema
    inside = {key: closed(value) for key, value in schema.items() if key == "items"}
    inside |= {key: [closed(value) for value in schema[key]] for key in SUBSCHEMAS if key in schema}
    inside |= {
        key: {name: closed(value) for name, value in schema[key].items()}
        for key in NAMED_SCHEMAS
        if key in schema
    }
    shut = {"additionalProperties": False} if schema.get("type") == "object" else {}
    return worded({**shut, **schema, **inside})
