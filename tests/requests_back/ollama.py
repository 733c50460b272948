"""Requests of Ollama's chat as Calls."""

from __future__ import annotations

import json
from typing import Any

from nbprovider.catalog import Provider
from nbprovider.protocols.ollama_request import OPTIONS
from nbprovider.types import Call, Media, Message, Part, Text, Thinking, Tool, ToolCall, ToolResult
from requests_back.wire import NotCarried, Wire, decoded, options, rest, tool

PLAIN = {key: value for key, value in OPTIONS.items() if key not in ("json", "effort")}


def call(body: Wire, provider: Provider) -> Call:
    fields = dict(body)
    messages = tuple(_message(one) for one in fields.pop("messages"))
    own = dict(fields.pop("options", None) or {})
    found = options(own, PLAIN, provider)
    if own:
        fields["options"] = own
    schema = fields.pop("format") if isinstance(fields.get("format"), dict) else None
    tools = _tools(fields)
    return Call(
        fields.pop("model"),
        messages,
        found,
        tools=tools,
        schema=schema,
        stream=bool(fields.pop("stream", True)),
        extra=rest(fields),
    )


def _tools(fields: Wire) -> tuple[Tool, ...]:
    try:
        tools = tuple(tool(one["function"]) for one in fields.get("tools") or ())
    except NotCarried:
        return ()
    fields.pop("tools", None)
    return tools


def _message(one: Wire) -> Message:
    if one["role"] == "tool":
        name = one.get("tool_name") or one.get("name") or ""
        return Message("tool", (ToolResult(one.get("tool_call_id") or "", name, one["content"]),))
    parts: list[Part] = []
    if one.get("thinking"):
        parts.append(Thinking(one["thinking"]))
    if one.get("content"):
        parts.append(Text(one["content"]))
    parts += [Media("image", "image/png", decoded(data)) for data in one.get("images") or ()]
    parts += [_called(told) for told in one.get("tool_calls") or ()]
    return Message(one["role"], tuple(parts))


def _called(told: Wire) -> ToolCall:
    function: Any = told["function"]
    return ToolCall(told.get("id") or "", function["name"], json.dumps(function["arguments"]))
