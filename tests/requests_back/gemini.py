"""Requests of Gemini's generateContent as Calls, once they are in camel case."""

from __future__ import annotations

import json
from typing import Any

from nbprovider.catalog import Provider
from nbprovider.protocols.gemini_request import OPTIONS
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

PLAIN = {key: value for key, value in OPTIONS.items() if key not in ("json", "effort")}
KINDS = {"image": "image", "audio": "audio", "video": "video"}


def call(body: Wire, provider: Provider, model: str, *, stream: bool) -> Call:
    fields = dict(body)
    messages = [_message(one) for one in fields.pop("contents")]
    if told := fields.pop("systemInstruction", None):
        messages.insert(0, Message("system", _message({"role": "user", **told}).parts))
    config = dict(fields.pop("generationConfig", None) or {})
    found = options(config, PLAIN, provider)
    if config:
        fields["generationConfig"] = config
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
    try:
        tools = tuple(_tool(one) for told in fields.get("tools") or () for one in _functions(told))
    except NotCarried:
        return (), "auto"
    fields.pop("tools", None)
    told = (fields.get("toolConfig") or {}).get("functionCallingConfig") or {}
    choice = {"NONE": "none", "ANY": "required"}.get(told.get("mode", ""), "auto")
    allowed = told.get("allowedFunctionNames") or []
    if not tools or len(allowed) > 1 or choice == "auto" or len(fields["toolConfig"]) > 1:
        return tools, "auto"
    fields.pop("toolConfig")
    return tools, allowed[0] if allowed else choice


def _functions(told: Wire) -> list[Wire]:
    if set(told) != {"functionDeclarations"}:
        raise NotCarried("a tool of Google's own")
    return told["functionDeclarations"]


def _tool(one: Wire) -> Tool:
    return tool({key: value for key, value in one.items() if value}, "parametersJsonSchema")


def _message(one: Wire) -> Message:
    role = "assistant" if one.get("role") == "model" else "user"
    return Message(role, tuple(_part(part) for part in one.get("parts") or ()))


def _part(one: Wire) -> Part:
    signed = {key: one[key] for key in ("thoughtSignature",) if one.get(key)}
    more = set(one) - {"thoughtSignature", "thought", *PARTS}
    for name, read in PARTS.items():
        if name in one and not more:
            return read(one, signed)
    return Opaque("gemini", one)


def _text(one: Wire, signed: Wire) -> Part:
    if one.get("thought"):
        return Thinking(one["text"], signed.get("thoughtSignature"))
    return Text(one["text"], signed or None)


def _called(one: Wire, signed: Wire) -> Part:
    told = one["functionCall"]
    arguments = json.dumps(told.get("args") or {})
    return ToolCall(told.get("id") or "", told["name"], arguments, signed or None)


def _result(one: Wire, _: Wire) -> Part:
    told = one["functionResponse"]
    response: Any = told.get("response")
    error = set(response) == {"error"}
    value = next(iter(response.values())) if len(response) == 1 else response
    said = value if isinstance(value, str) else json.dumps(value)
    return ToolResult(told.get("id") or "", told["name"], said, error)


def _inline(one: Wire, signed: Wire) -> Part:
    told = one["inlineData"]
    mime = told["mimeType"]
    return Media(_kind(mime), mime, decoded(told["data"]), extra=signed or None)


def _file(one: Wire, signed: Wire) -> Part:
    told = one["fileData"]
    mime = told.get("mimeType") or ""
    return Media(_kind(mime), mime, url=told["fileUri"], extra=signed or None)


def _kind(mime: str) -> Any:
    return KINDS.get(mime.partition("/")[0], "document")


PARTS = {
    "text": _text,
    "functionCall": _called,
    "functionResponse": _result,
    "inlineData": _inline,
    "fileData": _file,
}
