"""A call as Bedrock's Converse wants it, and where it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from nbprovider.catalog import Endpoint, Provider
from nbprovider.errors import UsageError
from nbprovider.protocols import bedrock_models
from nbprovider.protocols.anthropic_request import closed
from nbprovider.protocols.bedrock_blocks import blocks, distinct
from nbprovider.protocols.content import Wire, chosen, turns
from nbprovider.protocols.options import extended, refused, translate
from nbprovider.types import Call, Message, Request, Text, Tool, ToolCall, ToolResult

OPTIONS = {
    "max_tokens": "maxTokens",
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "top_k",
    "stop": "stopSequences",
    "effort": "effort",
    "json": "json",
    "cache": "cache",
}
"""Our options → fields of `inferenceConfig`; top_k, effort, json and cache have other places."""

STREAM = "application/vnd.amazon.eventstream"

PROFILES = "profiles"
"""The token of the second list: inference profiles come after the foundation models."""


def build(call: Call, endpoint: Endpoint) -> Request:
    """Return the request that asks `call`, without its key.

    Raises UsageError for an option or a part that cannot be carried, and for options that the
    model refuses together.
    """
    verb = "converse-stream" if call.stream else "converse"
    url = f"{endpoint.base_url}/model/{quote(call.model, safe='')}/{verb}"
    accept = STREAM if call.stream else "application/json"
    headers = {"content-type": "application/json", "accept": accept}
    sections = _sections(call, endpoint.provider)
    request = Request("POST", url, headers, msgspec.json.encode(endpoint.provider.quirks.body))
    return extended(request, {name: value for name, value in sections.items() if value})


def models(endpoint: Endpoint, after: str | None = None) -> Request:
    """Return the request that lists models: foundation models, then inference profiles by pages.

    Lists are given out by the control plane, which has a host of its own.
    """
    url = endpoint.base_url
    host = urlsplit(url).netloc
    root = url.replace(host, host.replace("bedrock-runtime", "bedrock", 1), 1)
    headers = {"accept": "application/json"}
    if after is None:
        return Request("GET", f"{root}{endpoint.provider.models.path}", headers)
    token = after.removeprefix(PROFILES)
    query = {
        "maxResults": 1000,
        "type": "SYSTEM_DEFINED",
        **({"nextToken": token} if token else {}),
    }
    return Request("GET", f"{root}/inference-profiles?{urlencode(query)}", headers)


def _sections(call: Call, provider: Provider) -> Wire:
    fields = translate(call.options, OPTIONS, provider)
    bedrock_models.check(call)
    if fields.pop("json", False) and call.schema is None:
        raise UsageError(
            f"{provider.name} cannot take the option 'json' without a schema.",
            hint="Give the JSON schema that the answer must meet, or ask for JSON in words.",
        )
    top_k, effort = fields.pop("top_k", None), fields.pop("effort", None)
    span = fields.pop("cache", None)
    thinking = {} if effort is None else bedrock_models.effort(call, effort)
    more = {} if top_k is None else bedrock_models.top_k(call.model, top_k)
    return {
        "messages": _conversation(call, provider, span),
        "system": _system(call.messages, provider, span),
        "toolConfig": _tools(call),
        "inferenceConfig": {**fields, **thinking.get("inferenceConfig", {})},
        "outputConfig": {**thinking.get("outputConfig", {}), **_format(call)},
        "additionalModelRequestFields": {
            **more,
            **thinking.get("additionalModelRequestFields", {}),
        },
    }


def _format(call: Call) -> Wire:
    """Return the schema, which Converse takes as text."""
    if call.schema is None:
        return {}
    schema = {"name": "answer", "schema": msgspec.json.encode(closed(call.schema)).decode()}
    return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": schema}}}


def _system(messages: tuple[Message, ...], provider: Provider, span: str | None) -> list[Wire]:
    """Return all instructions, wherever in the conversation they were given."""
    parts = [part for message in messages if message.role == "system" for part in message.parts]
    if any(not isinstance(part, Text) for part in parts):
        raise refused("system message that is not text", provider)
    texts = [part.text for part in parts if isinstance(part, Text) and part.text.strip()]
    return [{"text": text} for text in texts] + (_cache_point(span) if texts else [])


def _cache_point(span: str | None) -> list[Wire]:
    """Return the mark up to which the prompt is kept, for so long, by the models that can."""
    return [{"cachePoint": {"type": "default", "ttl": span}}] if span else []


def _conversation(call: Call, provider: Provider, span: str | None) -> list[Wire]:
    """Return the turns, in which tool results come first."""
    told = list(turns(call.messages, lambda message: blocks(message, provider), _in_order))
    if not told:
        raise UsageError("There is nothing to answer: no message has any content.")
    distinct(told)
    told[-1]["content"] += _cache_point(span)
    return told


def _in_order(content: list[Wire], role: str) -> list[Wire]:
    if role == "assistant":  # results there are of tools that Bedrock itself has run
        return content
    return sorted(content, key=lambda block: "toolResult" not in block)


def _tools(call: Call) -> Wire:
    choice = chosen(call)
    offered = () if choice == "none" else call.tools
    tools = [*map(_tool, offered), *_former(call.messages, {tool.name for tool in offered})]
    return {"tools": tools, **_choice(choice)} if tools else {}


def _tool(tool: Tool) -> Wire:
    told = {"description": tool.description} if tool.description else {}
    schema = {"json": {"type": "object", **tool.parameters}}
    return {"toolSpec": {"name": tool.name, **told, "inputSchema": schema}}


def _former(messages: tuple[Message, ...], offered: set[str]) -> Iterator[Wire]:
    """Yield the tools that only the conversation names: Bedrock refuses a call of an unknown one.

    So a tool is said not to be used, too, for which Converse has no choice of its own.
    """
    parts = (part for message in messages for part in message.parts)
    used = (part.name for part in parts if isinstance(part, ToolCall | ToolResult) and part.name)
    for name in dict.fromkeys(used):
        if name not in offered:
            yield _tool(Tool(name, "Not available any more: do not call it.", {}))


def _choice(choice: str) -> Wire:
    """Return the field for a choice; "auto" is what Converse does by itself."""
    if choice in ("auto", "none"):
        return {}
    return {"toolChoice": {"any": {}} if choice == "required" else {"tool": {"name": choice}}}
