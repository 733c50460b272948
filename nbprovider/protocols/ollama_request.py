"""A call as Ollama's chat wants it, and where it is sent."""

from __future__ import annotations

from typing import Any, TypeGuard

import msgspec

from nbprovider.catalog import Endpoint, Provider
from nbprovider.errors import UsageError
from nbprovider.protocols.content import arguments, handed_over, result_words
from nbprovider.protocols.media import base64, words_of
from nbprovider.protocols.options import refused, translate
from nbprovider.types import (
    Call,
    Effort,
    Media,
    Message,
    Part,
    Request,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)

Wire = dict[str, Any]

OPTIONS = {
    "max_tokens": "num_predict",
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "stop": "stop",
    "seed": "seed",
    "effort": "effort",
    "json": "json",
}
"""Our options → Ollama's `options`; `effort` and `json` are fields beside them."""

LEVELS: dict[Effort, str] = {
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "max",
}
"""How hard a model thinks that knows levels; others only think or do not."""

HEADERS = {"content-type": "application/json"}


def build(call: Call, endpoint: Endpoint) -> Request:
    """Return the request that asks `call`.

    Raises UsageError for an option, a part or a tool choice that Ollama cannot carry.
    """
    body = msgspec.json.encode(_body(call, endpoint.provider))
    return Request("POST", f"{root(endpoint)}/api/chat", HEADERS, body)


def models(endpoint: Endpoint, after: str | None = None) -> Request:
    """Return the request that lists the models that are installed; there is one page."""
    del after
    return Request("GET", f"{root(endpoint)}/api/tags", HEADERS)


def root(endpoint: Endpoint) -> str:
    """Return the server's address without what the protocols add themselves."""
    return endpoint.base_url.rstrip("/").removesuffix("/api").removesuffix("/v1")


def _body(call: Call, provider: Provider) -> Wire:
    options = translate(call.options, OPTIONS, provider)
    effort, as_json = options.pop("effort", None), options.pop("json", False)
    optional = {
        "options": {**provider.quirks.body.get("options", {}), **options},
        "tools": _tools(call, provider),
        "format": call.schema or ("json" if as_json else None),
    }
    said = handed_over(call.messages)
    messages = [wire for message in said for wire in _messages(message, provider)]
    if not messages:
        raise UsageError("There is nothing to answer: no message has any content.")
    return {
        **provider.quirks.body,
        "model": call.model,
        "messages": messages,
        "stream": call.stream,
        **{name: value for name, value in optional.items() if value},
        **({} if effort is None else {"think": _think(call.model, effort)}),
    }


def _think(model: str, effort: Effort) -> bool | str:
    """Return whether to think, or how hard where a model knows levels.

    gpt-oss knows nothing but levels; the other models know on and off.
    """
    if "gpt-oss" not in model.lower():
        return effort != "none"
    if effort == "none":
        raise UsageError(
            f"{model} always thinks: its effort cannot be 'none'.",
            hint="Use the effort 'low', or another model.",
        )
    return LEVELS[effort]


def _tools(call: Call, provider: Provider) -> list[Wire]:
    """Return the tools; none where none may be used, since Ollama knows no tool choice."""
    if call.tool_choice == "none":
        return []
    if call.tool_choice != "auto":
        raise refused(f"tool choice {call.tool_choice!r}", provider)
    return [_tool(tool) for tool in call.tools]


def _tool(tool: Tool) -> Wire:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": {"type": "object", **tool.parameters},
    }
    return {"type": "function", "function": function}


def _messages(message: Message, provider: Provider) -> list[Wire]:
    """Return the message, and each tool result in it as a message of its own."""
    own = message.origin in ("", provider.key)
    parts = (message if own else message.portable()).parts
    results = [_tool_result(part) for part in parts if isinstance(part, ToolResult)]
    wire = {
        "content": "".join(map(_words, parts)),
        "thinking": "".join(part.text for part in parts if isinstance(part, Thinking)),
        "images": [_image(part, provider) for part in parts if _is_seen(part)],
        "tool_calls": [_tool_call(part) for part in parts if isinstance(part, ToolCall)],
    }
    if not any(wire.values()):
        return results
    given = {name: value for name, value in wire.items() if value or name == "content"}
    role = "user" if message.role == "tool" else message.role
    return [*results, {"role": role, **given}]


def _words(part: Part) -> str:
    """Return what a part says in words: a text, or a file of text."""
    if isinstance(part, Media):
        words = words_of(part)
        return f"{words}\n\n" if words else ""
    return part.text if isinstance(part, Text) else ""


def _is_seen(part: Part) -> TypeGuard[Media]:
    return isinstance(part, Media) and words_of(part) is None


def _tool_result(part: ToolResult) -> Wire:
    id_ = {"tool_call_id": part.id} if part.id else {}
    return {"role": "tool", "content": result_words(part), "tool_name": part.name, **id_}


def _tool_call(part: ToolCall) -> Wire:
    id_ = {"id": part.id} if part.id else {}
    return {**id_, "function": {"name": part.name, "arguments": arguments(part.arguments)}}


def _image(part: Media, provider: Provider) -> str:
    if part.kind != "image":
        raise refused(f"{part.kind} {part.name or part.mime}", provider)
    return base64(part)
