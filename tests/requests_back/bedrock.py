"""Requests of Bedrock's Converse as Calls."""

from __future__ import annotations

import json
from typing import Any

from nbprovider.catalog import Provider
from nbprovider.protocols.bedrock_blocks import FORMATS, MEDIA_FIELDS
from nbprovider.types import (
    Call,
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

PLAIN = {
    "max_tokens": "maxTokens",
    "temperature": "temperature",
    "top_p": "topP",
    "stop": "stopSequences",
}
MIMES = {
    kind: {word: mime for mime, word in reversed(known.items())} for kind, known in FORMATS.items()
}


def call(body: Wire, provider: Provider, model: str, *, stream: bool) -> Call:
    fields = dict(body)
    messages = [Message(one["role"], _parts(one["content"])) for one in fields.pop("messages")]
    if told := fields.pop("system", None):
        messages.insert(0, Message("system", _parts(told)))
    config = dict(fields.pop("inferenceConfig", None) or {})
    found = options(config, PLAIN, provider)
    if config:
        fields["inferenceConfig"] = config
    tools, choice = _tools(fields)
    return Call(
        model,
        tuple(messages),
        found,
        tools=tools,
        tool_choice=choice,
        stream=stream,
        extra=rest(fields),
    )


def _tools(fields: Wire) -> tuple[tuple[Tool, ...], str]:
    config: Wire = fields.get("toolConfig") or {}
    try:
        tools = tuple(_tool(one) for one in config.get("tools") or ())
    except NotCarried:
        return (), "auto"
    fields.pop("toolConfig", None)
    choice: Wire = config.get("toolChoice") or {}
    if "tool" in choice:
        return tools, choice["tool"]["name"]
    return tools, "required" if "any" in choice else "auto"


def _tool(one: Wire) -> Tool:
    if set(one) != {"toolSpec"}:
        raise NotCarried("a tool that is no function")
    spec = one["toolSpec"]
    return tool({**spec, "inputSchema": spec["inputSchema"]["json"]}, "inputSchema")


def _parts(told: list[Wire]) -> tuple[Part, ...]:
    return tuple(_part(one) for one in told)


def _part(one: Wire) -> Part:
    (kind, told), *more = one.items()
    if more:
        raise NotCarried("a block of two kinds")
    if kind == "text":
        return Text(told)
    if kind in MIMES:
        return _media(kind, told)
    hosted = isinstance(told, dict) and "type" in told  # a tool that Bedrock runs itself
    return PARTS[kind](told) if kind in PARTS and not hosted else Opaque("bedrock", one)


def _media(kind: Any, told: Wire) -> Media:
    source = told["source"]
    mime = MIMES[kind][told["format"]]
    name, kept = told.get("name"), {key: told[key] for key in MEDIA_FIELDS if told.get(key)} or None
    if "s3Location" in source:
        return Media(kind, mime, url=source["s3Location"]["uri"], name=name, extra=kept)
    if "text" in source:
        return Media(kind, mime, source["text"].encode(), name=name, extra=kept)
    if "bytes" not in source:
        raise NotCarried(f"a {kind} that is not bytes")
    return Media(kind, mime, decoded(source["bytes"]), name=name, extra=kept)


def _thought(told: Wire) -> Part:
    if "reasoningText" not in told:
        return Opaque("bedrock", {"reasoningContent": told})
    thought = told["reasoningText"]
    return Thinking(thought["text"], thought.get("signature"))


def _called(told: Wire) -> ToolCall:
    return ToolCall(told["toolUseId"], told["name"], json.dumps(told["input"]))


def _result(told: Wire) -> ToolResult:
    said = tuple(
        Text(json.dumps(one["json"])) if "json" in one else _part(one) for one in told["content"]
    )
    return ToolResult(told["toolUseId"], "", said, told.get("status") == "error")


PARTS = {"reasoningContent": _thought, "toolUse": _called, "toolResult": _result}
