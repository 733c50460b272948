"""A call as a request of Chat Completions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from nbprovider.catalog import Endpoint, Provider, Quirks
from nbprovider.protocols import openai_cache, openai_models
from nbprovider.protocols.content import chosen, handed_over, result_words
from nbprovider.protocols.media import address, base64, data_url, words_of
from nbprovider.protocols.options import refused, translate
from nbprovider.protocols.schema import closed
from nbprovider.types import (
    Call,
    Media,
    Message,
    Request,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)

OPTIONS = {
    "max_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "stop": "stop",
    "effort": "reasoning_effort",
    "seed": "seed",
    "json": "response_format",
}
MediaTable = Mapping[str, Callable[[Media], dict[str, Any]]]
"""Kind of medium → the content part that carries it."""

NO_MEDIA: MediaTable = {}

_AUDIO = {"audio/mpeg": "mp3", "audio/mp3": "mp3", "audio/x-wav": "wav", "audio/wave": "wav"}


def build(call: Call, endpoint: Endpoint) -> Request:
    """Return the request that asks `call`, without its key.

    Raises UsageError, naming it, for an option or a part that cannot be sent, and for options that
    one of OpenAI's models refuses together.
    """
    openai_models.check_chat(call, endpoint)
    return posted(body(call, endpoint.provider), endpoint)


def posted(fields: dict[str, Any], endpoint: Endpoint) -> Request:
    """Return the request that has these fields for its body."""
    headers = {"content-type": "application/json"}
    url = endpoint.url("/chat/completions", fields["model"])
    return Request("POST", url, headers, msgspec.json.encode(fields))


def body(
    call: Call, provider: Provider, media: MediaTable | None = None, given: MediaTable = NO_MEDIA
) -> dict[str, Any]:
    """Return the fields that ask `call`; a dialect gives its own ways to send media.

    `given` are the ways in which a tool's result carries them; others follow the results.
    """
    return {
        "model": call.model,
        "messages": list(_messages(call, provider, media or MEDIA, given)),
        **provider.quirks.body,
        **_options(call, provider),
        **_format(call),
        **_tools(call),
        **_stream(call, provider.quirks),
    }


def _options(call: Call, provider: Provider) -> dict[str, Any]:
    fields = translate(call.options, OPTIONS, provider)
    if openai_cache.FIELD in fields:  # by a provider's own rename: OpenAI's itself
        fields |= openai_cache.caching(call, openai_cache.CHAT, provider)
    if isinstance(wanted := fields.get("response_format"), bool):
        del fields["response_format"]
        return {**fields, "response_format": {"type": "json_object"}} if wanted else fields
    return fields


def _format(call: Call) -> dict[str, Any]:
    if call.schema is None:
        return {}
    schema = {"name": "answer", "schema": call.schema, "strict": closed(call.schema)}
    return {"response_format": {"type": "json_schema", "json_schema": schema}}


def _tools(call: Call) -> dict[str, Any]:
    choice = chosen(call)
    if not call.tools:
        return {}
    tools = {"tools": [tool_field(tool) for tool in call.tools]}
    if choice == "auto":
        return tools
    if choice in ("none", "required"):
        return {**tools, "tool_choice": choice}
    return {**tools, "tool_choice": {"type": "function", "function": {"name": choice}}}


def tool_field(tool: Tool) -> dict[str, Any]:
    """Return a tool as a request offers it."""
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def _stream(call: Call, quirks: Quirks) -> dict[str, Any]:
    if not call.stream:
        return {}
    usage = {"stream_options": {"include_usage": True}} if quirks.include_usage else {}
    return {"stream": True, **usage}


def _messages(
    call: Call, provider: Provider, media: MediaTable, given: MediaTable
) -> Iterator[dict[str, Any]]:
    for message in handed_over(call.messages, given):
        yield from results(message, given)
        if message.role == "assistant":
            yield _assistant(message, provider.quirks)
        elif said := content(message, provider, media):
            role = provider.quirks.system_role if message.role == "system" else "user"
            yield {"role": role, "content": said}


def results(message: Message, given: MediaTable = NO_MEDIA) -> Iterator[dict[str, Any]]:
    """Yield the results of tools that a message holds, each as a message of its own."""
    for part in message.parts:
        if isinstance(part, ToolResult):
            yield {"role": "tool", "tool_call_id": part.id, "content": _given(part, given)}


def _given(result: ToolResult, given: MediaTable) -> str | list[dict[str, Any]]:
    """Return what a tool gave, as one string where there are only words."""
    words = result_words(result, given)
    told = (one for one in result.media if one.kind in given and words_of(one) is None)
    media = [given[one.kind](one) for one in told]
    return [*([{"type": "text", "text": words}] if words else []), *media] if media else words


def _assistant(message: Message, quirks: Quirks) -> dict[str, Any]:
    calls = [called(part) for part in message.parts if isinstance(part, ToolCall)]
    said: dict[str, Any] = {
        "role": "assistant",
        "content": message.text or ("" if not calls else None),
    }
    if calls:
        said["tool_calls"] = calls
    return {**said, **_reasoning(message, quirks.replay_reasoning)}


def called(call: ToolCall) -> dict[str, Any]:
    """Return a call of a tool, as a message repeats it."""
    function = {"name": call.name, "arguments": call.arguments or "{}"}
    return {"id": call.id, "type": "function", "function": function, **(call.extra or {})}


def _reasoning(message: Message, field: str) -> dict[str, Any]:
    """Return what the model thought, in the field in which its provider wants it back."""
    thoughts = [part for part in message.parts if isinstance(part, Thinking)]
    if not field or not thoughts:
        return {}
    if field == "content":
        words = [{"type": "text", "text": message.text}] if message.text else []
        return {field: [*map(_thought, thoughts), *words]}
    if field != "reasoning_details":
        text = "".join(thought.text for thought in thoughts)
        return {field: text} if text else {}
    details = [one for part in thoughts for one in (part.extra or {}).get(field, ())]
    return {field: details} if details else {}


def _thought(part: Thinking) -> dict[str, Any]:
    """Return a thought as a chunk of content, as Mistral has it."""
    signature = {"signature": part.signature} if part.signature else {}
    return {"type": "thinking", "thinking": [{"type": "text", "text": part.text}], **signature}


def content(message: Message, provider: Provider, media: MediaTable) -> str | list[dict[str, Any]]:
    """Return the words and media of a message, as one string where there are only words.

    Raises UsageError for a kind of medium that is not in the table.
    """
    parts = [part for part in message.parts if isinstance(part, Text | Media)]
    if all(isinstance(part, Text) for part in parts):
        return message.text
    return [_part(part, provider, media) for part in parts]


def _part(part: Text | Media, provider: Provider, media: MediaTable) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    if (words := words_of(part)) is not None:
        return {"type": "text", "text": words}
    if part.kind not in media:
        raise refused(part.kind, provider)
    return media[part.kind](part)


def _image(media: Media) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": address(media), **detail(media)}}


def detail(media: Media) -> dict[str, Any]:
    """Return how closely to look at an image, where its `extra` says so."""
    return {key: value for key, value in (media.extra or {}).items() if key == "detail"}


def _audio(media: Media) -> dict[str, Any]:
    sort = _AUDIO.get(media.mime, media.mime.partition("/")[2])
    return {"type": "input_audio", "input_audio": {"data": base64(media), "format": sort}}


def _document(media: Media) -> dict[str, Any]:
    name = media.name or "document.pdf"
    return {"type": "file", "file": {"filename": name, "file_data": data_url(media)}}


MEDIA: MediaTable = {
    "image": _image,
    "audio": _audio,
    "document": _document,
}
