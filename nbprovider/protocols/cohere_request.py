"""A call as Cohere's chat wants it, and where its models are listed.

Source: cohere 7.3.1, `v2/client.py` and the types of messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec

from nbprovider.catalog import Endpoint, Provider
from nbprovider.errors import UsageError
from nbprovider.protocols.anthropic_thinking import BUDGETS
from nbprovider.protocols.content import chosen, handed_over
from nbprovider.protocols.openai_chat_request import MEDIA, called, content, results, tool_field
from nbprovider.protocols.options import translate
from nbprovider.types import Call, Effort, Message, Opaque, Request, Thinking, ToolCall, ToolResult

Wire = dict[str, Any]

OPTIONS = {
    "max_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "p",
    "top_k": "k",
    "stop": "stop_sequences",
    "effort": "thinking",
    "seed": "seed",
    "json": "response_format",
}
_IMAGES = {"image": MEDIA["image"]}
_CHOICES = {"none": "NONE", "required": "REQUIRED"}
_PAGE = 1000
"""Models on one page: the most that can be asked for."""


def build(call: Call, endpoint: Endpoint) -> Request:
    """Return the request that asks `call`, without its key.

    Raises UsageError, naming it, for an option or a part that cannot be sent.
    """
    headers = {"content-type": "application/json"}
    body = msgspec.json.encode(_body(call, endpoint.provider))
    return Request("POST", f"{endpoint.base_url}/v2/chat", headers, body)


def models(endpoint: Endpoint, after: str | None = None) -> Request:
    """Return the request that lists models, from the page that `after` names on."""
    page = f"&page_token={quote(after, safe='')}" if after else ""
    url = f"{endpoint.base_url}{endpoint.provider.models.path}?page_size={_PAGE}{page}"
    return Request("GET", url, {"accept": "application/json"})


def _body(call: Call, provider: Provider) -> Wire:
    said = handed_over(call.messages)
    messages = [wire for message in said for wire in _messages(message, provider)]
    if not messages:
        raise UsageError("There is nothing to answer: no message has any content.")
    return {
        "model": call.model,
        "messages": messages,
        "stream": call.stream,
        **provider.quirks.body,
        **_options(call, provider),
        **_tools(call),
    }


def _options(call: Call, provider: Provider) -> Wire:
    fields = translate(call.options, OPTIONS, provider)
    as_json = fields.pop("response_format", False)
    if effort := fields.get("thinking"):
        fields["thinking"] = _thinking(effort, call.options.max_tokens)
    if call.schema is not None:
        fields["response_format"] = {"type": "json_object", "json_schema": call.schema}
    elif as_json:
        fields["response_format"] = {"type": "json_object"}
    return fields


def _thinking(effort: Effort, max_tokens: int | None) -> Wire:
    """Return how much to think: without a budget for "max", else at most half of `max_tokens`."""
    if effort == "none":
        return {"type": "disabled"}
    if effort == "max":
        return {"type": "enabled"}
    budget = BUDGETS[effort]
    if max_tokens is not None:
        budget = max(1, min(budget, max_tokens // 2))
    return {"type": "enabled", "token_budget": budget}


def _tools(call: Call) -> Wire:
    """Return the tools; one that must be used is the only one, since none can be chosen by name."""
    choice = chosen(call)
    if not call.tools:
        return {}
    tools = [tool_field(tool) for tool in call.tools]
    if choice == "auto":
        return {"tools": tools}
    if choice in _CHOICES:
        return {"tools": tools, "tool_choice": _CHOICES[choice]}
    only = [tool_field(tool) for tool in call.tools if tool.name == choice]
    return {"tools": only, "tool_choice": "REQUIRED"}


def _messages(message: Message, provider: Provider) -> Iterator[Wire]:
    """Yield the message, and each tool result in it as a message of its own."""
    yield from map(_documented, results(message), _results(message))
    if message.role == "assistant":
        said = dict(_said(message))
        if said:
            yield {"role": "assistant", **said}
    elif words := content(message, provider, _IMAGES):
        role = "system" if message.role == "system" else "user"
        yield {"role": role, "content": words}


def _results(message: Message) -> Iterator[ToolResult]:
    yield from (part for part in message.parts if isinstance(part, ToolResult))


def _documented(wire: Wire, result: ToolResult) -> Wire:
    """Return a result with the documents of Cohere's own that are in it, to be cited from."""
    documents = [
        one.extra for one in result.parts if isinstance(one, Opaque) and one.protocol == "cohere"
    ]
    words = [{"type": "text", "text": wire["content"]}] if wire["content"] else []
    return {**wire, "content": [*words, *documents]} if documents else wire


def _said(message: Message) -> Iterator[tuple[str, Any]]:
    """Yield the fields of what the model said: its calls, the plan before them, its content."""
    thoughts = [
        {"type": "thinking", "thinking": part.text}
        for part in message.parts
        if isinstance(part, Thinking) and part.text
    ]
    words = [{"type": "text", "text": message.text}] if message.text else []
    if thoughts:
        yield "content", [*thoughts, *words]
    elif words:
        yield "content", message.text
    if calls := [called(part) for part in message.parts if isinstance(part, ToolCall)]:
        yield "tool_calls", calls
    for part in message.parts:
        if isinstance(part, Opaque) and part.protocol == "cohere":
            yield from part.extra.items()
