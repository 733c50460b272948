"""Requests of Chat Completions, and of Mistral and Cohere, which differ in words, as Calls."""

from __future__ import annotations

from typing import Any

from nbprovider.catalog import Provider
from nbprovider.protocols import cohere_request, openai_chat_request
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
from requests_back.wire import NotCarried, Wire, decoded, options, picture, rest, tool, words

ROLES = {"developer": "system", "function": "tool"}
CHOICES = {"NONE": "none", "REQUIRED": "required", "any": "required"}
PLAIN = {key: value for key, value in openai_chat_request.OPTIONS.items() if key != "json"}
COHERE = {
    key: value for key, value in cohere_request.OPTIONS.items() if key not in ("json", "effort")
}


def call(body: Wire, provider: Provider) -> Call:
    return _call(body, provider, PLAIN)


def cohere(body: Wire, provider: Provider) -> Call:
    return _call(body, provider, COHERE)


def _call(body: Wire, provider: Provider, names: dict[str, str]) -> Call:
    fields = dict(body)
    if "max_completion_tokens" in fields and "max_tokens" not in fields:
        fields["max_tokens"] = fields.pop("max_completion_tokens")
        provider = _unrenamed(provider)
    messages = _messages(fields.pop("messages"))
    tools, choice = _tools(fields)
    stream = bool(fields.pop("stream", False))
    told = options(fields, names, provider)
    return Call(
        fields.pop("model", ""),
        messages,
        told,
        tools=tools,
        tool_choice=choice,
        stream=stream,
        extra=rest(fields),
    )


def _unrenamed(provider: Provider) -> Provider:
    from msgspec.structs import replace

    rename = {key: value for key, value in provider.quirks.rename.items() if key != "max_tokens"}
    return replace(provider, quirks=replace(provider.quirks, rename=rename))


def _tools(fields: Wire) -> tuple[tuple[Tool, ...], str]:
    """Take out tools and choice; tools that are more than functions stay, for Call.extra."""
    try:
        tools = tuple(tool(_function(one)) for one in fields.get("tools") or ())
    except NotCarried:
        return (), "auto"
    fields.pop("tools", None)
    choice = fields.get("tool_choice")
    if isinstance(choice, dict) and isinstance(choice.get("function"), dict):
        choice = choice["function"].get("name")
    choice = CHOICES.get(choice, choice) if isinstance(choice, str) else None
    if not tools or choice is None:
        return tools, "auto"
    fields.pop("tool_choice")
    return tools, choice


def _function(one: Wire) -> Wire:
    if one.get("type", "function") != "function" or set(one) - {"type", "function"}:
        raise NotCarried("a tool that is no function")
    return {key: value for key, value in one["function"].items() if value is not None}


def _messages(told: list[Wire]) -> tuple[Message, ...]:
    names = {
        call.get("id"): call["function"]["name"]
        for one in told
        for call in one.get("tool_calls") or ()
        if isinstance(call.get("function"), dict)
    }
    return tuple(_message(one, names) for one in told)


def _message(one: Wire, names: dict[Any, str]) -> Message:
    role = ROLES.get(one["role"], one["role"])
    if role == "tool":
        id_ = one.get("tool_call_id") or ""
        name = one.get("name") or names.get(id_, "")
        return Message("tool", (ToolResult(id_, name, _given(one.get("content"))),))
    parts = [*_thoughts(one), *_content(one.get("content"))]
    if plan := one.get("tool_plan"):
        parts.append(Opaque("cohere", {"tool_plan": plan}))
    parts += [_called(call) for call in one.get("tool_calls") or ()]
    return Message(role, tuple(parts))


def _given(content: Any) -> Any:
    """Return what a tool gave: words, or parts where there is more, such as Cohere's documents."""
    if not isinstance(content, list) or all(one.get("type") == "text" for one in content):
        return words(content)
    return tuple(
        Opaque("cohere", one) if one.get("type") == "document" else _part(one) for one in content
    )


def _thoughts(one: Wire) -> list[Part]:
    told = one.get("reasoning_content") or one.get("reasoning")
    details = one.get("reasoning_details")
    extra = {"reasoning_details": details} if details else None
    return [Thinking(told or "", extra=extra)] if told or details else []


def _content(content: Any) -> list[Part]:
    if content is None:
        return []
    if isinstance(content, str):
        return [Text(content)] if content else []
    return [_part(one) for one in content]


def _part(one: Any) -> Part:
    if isinstance(one, str):
        return Text(one)
    kind = one.get("type")
    if kind not in PARTS:
        raise NotCarried(f"content of the type {kind}")
    return PARTS[kind](one)


def _file(one: Wire) -> Media:
    told = one["file"]
    head, _, data = str(told.get("file_data") or "").partition(",")
    if not data:
        raise NotCarried("a file by its id")
    mime = head[5:].partition(";")[0]
    return Media("document", mime, decoded(data), name=told.get("filename"))


def _audio(one: Wire) -> Media:
    told = one["input_audio"]
    if isinstance(told, str):
        raise NotCarried("audio without its format")
    return Media("audio", f"audio/{told['format']}", decoded(told["data"]))


def _document(one: Wire) -> Media:
    url, name = one["document_url"], one.get("document_name")
    found = picture(url)
    if found.data is not None:
        return Media("document", found.mime, found.data, name=name)
    return Media("document", "application/pdf", url=found.url, name=name)


def _thinking(one: Wire) -> Thinking:
    return Thinking(words(one["thinking"]), one.get("signature"))


def _called(call: Wire) -> ToolCall:
    function = call.get("function") or {}
    if not function:
        raise NotCarried("a call of a tool that is no function")
    kept = {"extra_content": call["extra_content"]} if call.get("extra_content") else None
    return ToolCall(call.get("id") or "", function["name"], function.get("arguments") or "", kept)


PARTS = {
    "text": lambda one: Text(one["text"]),
    "image_url": lambda one: picture(one["image_url"]),
    "file": _file,
    "input_audio": _audio,
    "document_url": _document,
    "thinking": _thinking,
}
