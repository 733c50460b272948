"""Requests of Responses as Calls."""

from __future__ import annotations

from typing import Any

from nbprovider.catalog import Provider
from nbprovider.protocols.openai_responses_request import OPTIONS
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

WIRE = "openai_responses"
PLAIN = {key: OPTIONS[key] for key in ("max_tokens", "temperature", "top_p")}


def call(body: Wire, provider: Provider) -> Call:
    fields = dict(body)
    messages = _messages(fields.pop("input", None) or [])
    if told := fields.pop("instructions", None):
        messages.insert(0, Message("system", (Text(told),)))
    tools, choice = _tools(fields)
    fields.setdefault("store", True)  # OpenAI's own default
    return Call(
        fields.pop("model", ""),
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
    choice = fields.get("tool_choice")
    if isinstance(choice, dict) and choice.get("type") == "function":
        choice = choice["name"]
    if not tools or not isinstance(choice, str):
        return tools, "auto"
    fields.pop("tool_choice")
    return tools, choice


def _tool(one: Wire) -> Tool:
    if one.get("type") != "function" or one.get("strict"):
        raise NotCarried("a tool that is no plain function")
    told = {key: value for key, value in one.items() if key not in ("type", "strict")}
    return tool({key: value for key, value in told.items() if value is not None})


def _messages(told: str | list[Wire]) -> list[Message]:
    """Return the turns; items of the model's that follow one another are one turn."""
    if isinstance(told, str):
        return [Message("user", (Text(told),))]
    names = {one.get("call_id"): one.get("name") for one in told if one.get("call_id")}
    found: list[Message] = []
    for one in told:
        message = _message(one, names)
        if found and message.role == found[-1].role == "assistant":
            message = Message("assistant", (*found.pop().parts, *message.parts))
        found.append(message)
    return found


def _message(one: Wire, names: dict[Any, Any]) -> Message:
    kind = one.get("type", "message")
    if kind == "message":
        role = "system" if one["role"] == "developer" else one["role"]
        phase = {WIRE: {"phase": one["phase"]}} if one.get("phase") else None
        return Message(role, tuple(_content(one.get("content"), phase)))
    if kind in ("function_call_output", "custom_tool_call_output"):
        name = names.get(one["call_id"]) or ""
        return Message("tool", (ToolResult(one["call_id"], name, _given(one["output"])),))
    return Message("assistant", tuple(ITEMS.get(kind, _opaque)(one)))


def _given(output: Any) -> Any:
    """Return what a tool gave: words, or parts where there is more."""
    try:
        return words(output)
    except NotCarried:
        return tuple(_part(one, None) for one in output)


def _content(content: Any, extra: Wire | None) -> list[Part]:
    if isinstance(content, str):
        return [Text(content, extra)]
    return [_part(one, extra) for one in content or ()]


def _part(one: Wire, extra: Wire | None) -> Part:
    kind = one.get("type")
    if kind in ("input_text", "output_text", "text"):
        return Text(one["text"], extra)
    if kind == "input_image" and one.get("image_url"):
        return picture({"url": one["image_url"], "detail": one.get("detail")})
    if kind == "input_file" and one.get("file_url"):
        return Media("document", "application/pdf", url=one["file_url"])
    if kind == "input_file" and one.get("file_data"):
        head, _, data = one["file_data"].partition(",")
        mime = head[5:].partition(";")[0]
        return Media("document", mime, decoded(data), name=one.get("filename"))
    raise NotCarried(f"content of the type {kind}")


def _called(one: Wire) -> list[Part]:
    return [ToolCall(one["call_id"], one["name"], one["arguments"])]


def _thought(one: Wire) -> list[Part]:
    kept = {key: one[key] for key in ("id", "encrypted_content") if one.get(key)}
    pieces = [
        Thinking(piece["text"], extra={WIRE: {**kept, "field": field}})
        for field in ("summary", "content")
        for piece in one.get(field) or ()
    ]
    return [*pieces] or [Thinking("", extra={WIRE: {**kept, "field": "summary"}})]


def _opaque(one: Wire) -> list[Part]:
    return [Opaque(WIRE, one)]


ITEMS = {"function_call": _called, "reasoning": _thought}
