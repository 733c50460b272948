"""Requests of Anthropic's Messages as Calls."""

from __future__ import annotations

import json
from typing import Any

from nbprovider.catalog import Provider
from nbprovider.protocols.anthropic_blocks import CALL_FIELDS, MEDIA_FIELDS
from nbprovider.protocols.anthropic_request import OPTIONS
from nbprovider.types import (
    Call,
    Citation,
    Media,
    Message,
    Opaque,
    Part,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from requests_back.wire import NotCarried, Wire, decoded, options, rest, tool

PLAIN = {key: OPTIONS[key] for key in ("max_tokens", "temperature", "top_p", "top_k", "stop")}
CHOICES = {"any": "required", "none": "none", "auto": "auto"}


def call(body: Wire, provider: Provider, model: str = "") -> Call:
    fields = dict(body)
    messages = [_message(one) for one in fields.pop("messages")]
    system = fields.pop("system", None)
    if system:
        parts = _content([{"type": "text", "text": system}] if isinstance(system, str) else system)
        messages.insert(0, Message("system", tuple(parts)))
    tools, choice = _tools(fields)
    return Call(
        fields.pop("model", model),
        tuple(messages),
        options(fields, PLAIN, provider),
        tools=tools,
        tool_choice=choice,
        stream=bool(fields.pop("stream", False)),
        extra=rest(fields),
    )


def _tools(fields: Wire) -> tuple[tuple[Tool, ...], str]:
    try:
        tools = tuple(_tool(one) for one in fields.get("tools") or ())
    except NotCarried:
        return (), "auto"
    fields.pop("tools", None)
    told = fields.get("tool_choice") or {}
    if not tools or set(told) - {"type", "name"}:
        return tools, "auto"
    fields.pop("tool_choice", None)
    return tools, told.get("name") or CHOICES[told.get("type", "auto")]


def _tool(one: Wire) -> Tool:
    if one.get("type", "custom") != "custom":
        raise NotCarried("a tool of Anthropic's own")
    return tool({key: v for key, v in one.items() if key != "type"}, "input_schema")


def _message(one: Wire) -> Message:
    content = one["content"]
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    return Message(one["role"], tuple(_content(content)))


def _content(told: list[Wire]) -> list[Part]:
    return [part for one in told for part in _parts(one)]


def _parts(one: Wire) -> list[Part]:
    kind = one["type"]
    mark = {"cache_control": one["cache_control"]} if one.get("cache_control") else None
    if kind == "text":
        cites = [Citation("", extra=cite) for cite in one.get("citations") or ()]
        return [Text(one["text"], mark), *cites]
    return [PARTS[kind](one) if kind in PARTS else Opaque("anthropic", one)]


def _media(kind: str, one: Wire) -> Media:
    source, name = one["source"], one.get("title")
    if source["type"] not in ("url", "base64", "text"):
        raise NotCarried(f"a {kind} that is neither bytes nor an address")
    kept = {key: one[key] for key in MEDIA_FIELDS if one.get(key)} or None
    if source["type"] == "url":
        mime = "image/*" if kind == "image" else "application/pdf"
        return Media(kind, mime, url=source["url"], name=name, extra=kept)
    data = source["data"]
    plain = source["type"] == "text"
    held = data.encode() if plain else decoded(data)
    return Media(kind, source["media_type"], held, name=name, extra=kept)


def _result(one: Wire) -> ToolResult:
    told: Any = one.get("content") or ""
    given = told if isinstance(told, str) else tuple(_content(told))
    mark = {"cache_control": one["cache_control"]} if one.get("cache_control") else None
    return ToolResult(one["tool_use_id"], "", given, bool(one.get("is_error")), mark)


def _called(one: Wire) -> ToolCall:
    kept = {key: one[key] for key in CALL_FIELDS if one.get(key)} or None
    return ToolCall(one["id"], one["name"], json.dumps(one["input"]), kept)


PARTS = {
    "thinking": lambda one: Thinking(one["thinking"], one["signature"]),
    "tool_use": _called,
    "tool_result": _result,
    "image": lambda one: _media("image", one),
    "document": lambda one: _media("document", one),
}
