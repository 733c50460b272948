"""A call as a request of Responses."""

from __future__ import annotations

from typing import Any

import msgspec

from nbprovider.catalog import Endpoint, Provider
from nbprovider.protocols import openai_cache, openai_models
from nbprovider.protocols.content import chosen
from nbprovider.protocols.openai_responses_input import instructions, items
from nbprovider.protocols.options import translate
from nbprovider.protocols.schema import closed
from nbprovider.types import Call, Request, Tool

OPTIONS = {
    "max_tokens": "max_output_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "effort": "reasoning",
    "json": "text",
    "cache": openai_cache.FIELD,
}

SEALED = "reasoning.encrypted_content"
UNREASONING = ("gpt-3", "gpt-4", "chatgpt-4o")
"""Models that do not reason; asked for sealed reasoning, they refuse the call."""


def build(call: Call, endpoint: Endpoint) -> Request:
    """Return the request that asks `call`, without its key; nothing is stored at the provider.

    Raises UsageError, naming it, for an option or a part that cannot be sent, and for options
    that the model refuses together.
    """
    provider = endpoint.provider
    openai_models.check(call, provider)
    fields = {
        "model": call.model,
        **instructions(call),
        "input": items(call, provider),
        "store": False,
        **_sealed(call.model),
        **provider.quirks.body,
        **_options(call, provider),
        **_format(call),
        **_tools(call),
        **({"stream": True} if call.stream else {}),
    }
    headers = {"content-type": "application/json"}
    url = endpoint.url("/responses")  # Azure names no deployment in this path
    return Request("POST", url, headers, msgspec.json.encode(fields))


def _sealed(model: str) -> dict[str, Any]:
    name = model.rpartition("/")[2]
    return {} if name.startswith(UNREASONING) else {"include": [SEALED]}


def _options(call: Call, provider: Provider) -> dict[str, Any]:
    fields = translate(call.options, OPTIONS, provider)
    if isinstance(effort := fields.get("reasoning"), str):
        summary = {} if effort == "none" else {"summary": "auto"}
        fields["reasoning"] = {"effort": effort, **summary}
    if openai_cache.FIELD in fields:
        fields |= openai_cache.caching(call, openai_cache.RESPONSES, provider)
    if isinstance(wanted := fields.pop("text", None), bool) and wanted:
        fields["text"] = {"format": {"type": "json_object"}}
    return fields


def _format(call: Call) -> dict[str, Any]:
    if call.schema is None:
        return {}
    schema = {"name": "answer", "schema": call.schema, "strict": closed(call.schema)}
    return {"text": {"format": {"type": "json_schema", **schema}}}


def _tools(call: Call) -> dict[str, Any]:
    choice = chosen(call)
    if not call.tools:
        return {}
    tools = {"tools": [_tool(tool) for tool in call.tools]}
    if choice == "auto":
        return tools
    if choice in ("none", "required"):
        return {**tools, "tool_choice": choice}
    return {**tools, "tool_choice": {"type": "function", "name": choice}}


def _tool(tool: Tool) -> dict[str, Any]:
    """Return the tool; left to itself, Responses would hold every schema to its strict rules."""
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", **function, "strict": False}
