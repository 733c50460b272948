"""A call as the body of Gemini's generateContent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any

from nbprovider.catalog import Provider
from nbprovider.errors import UsageError
from nbprovider.protocols import gemini_thinking as thinking
from nbprovider.protocols.content import Wire, arguments, chosen
from nbprovider.protocols.media import base64, words_of
from nbprovider.protocols.options import refused, translate
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

OUR_ID = "gemini_"
"""How the ids begin that we make up for calls which came without one; they are not sent back."""

PART_FIELDS = ("thoughtSignature", "videoMetadata", "mediaResolution", "partMetadata")
"""What may stand beside the content of a part."""

UNSIGNED = "skip_thought_signature_validator"
"""The signature that Google documents for function calls which another model has made."""

OPTIONS = {
    "max_tokens": "maxOutputTokens",
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "stop": "stopSequences",
    "effort": "effort",
    "seed": "seed",
    "json": "json",
}
"""Our options → fields of `generationConfig`; `effort` and `json` become more than one value."""

MODES = {"none": "NONE", "required": "ANY"}


def body(call: Call, provider: Provider) -> Wire:
    """Return the request's body.

    Raises UsageError for an option, a part or a tool choice that cannot be carried.
    """
    said = [message for message in call.messages if message.role != "system"]
    sections = {
        "contents": list(_contents(said, call.model)),
        "systemInstruction": _instruction(call.messages, provider),
        "tools": _tools(call.tools),
        "toolConfig": _tool_config(call),
        "generationConfig": _generation(call, provider),
    }
    if not sections["contents"]:
        raise UsageError("There is nothing to answer: no message has any content.")
    return provider.quirks.body | {name: value for name, value in sections.items() if value}


def _generation(call: Call, provider: Provider) -> Wire:
    """Return the options; a schema is sent as plain JSON schema, of which Gemini reads most."""
    config = translate(call.options, OPTIONS, provider)
    effort = config.pop("effort", None)
    if effort is not None:
        config["thinkingConfig"] = thinking.config(call.model, effort)
    if config.pop("json", False) or call.schema is not None:
        config["responseMimeType"] = "application/json"
    if call.schema is not None:
        config["responseJsonSchema"] = call.schema
    return config


def _tools(tools: tuple[Tool, ...]) -> list[Wire]:
    return [{"functionDeclarations": [_declaration(tool) for tool in tools]}] if tools else []


def _declaration(tool: Tool) -> Wire:
    """Return a function's declaration.

    `parametersJsonSchema` takes JSON schema as it is; `parameters` is a dialect of OpenAPI that
    refuses `$ref`, `const`, `additionalProperties` and more.
    """
    named = {"name": tool.name, "description": tool.description}
    return {**named, "parametersJsonSchema": tool.parameters} if tool.parameters else named


def _tool_config(call: Call) -> Wire:
    choice = chosen(call)
    if choice == "auto":
        return {}
    if choice in MODES:
        return {"functionCallingConfig": {"mode": MODES[choice]}} if call.tools else {}
    return {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": [choice]}}


def _instruction(messages: Iterable[Message], provider: Provider) -> Wire:
    """Return all system messages as one instruction, which needs no role."""
    parts = [part for message in messages if message.role == "system" for part in _parts(message)]
    if any("text" not in part for part in parts):
        raise refused("system message that is more than text", provider)
    return {"parts": parts} if parts else {}


def _contents(messages: Iterable[Message], model: str) -> Iterator[Wire]:
    """Yield turns, in which the roles take turns too: neighbours of one role are one turn."""
    for role, neighbours in groupby(messages, _role):
        parts = [part for message in neighbours for part in _parts(message)]
        if thinking.signs_calls(model):
            _sign([part for part in parts if "functionCall" in part])
        else:
            parts = [apart for part in parts for apart in _apart(part)]
        if parts:
            yield {"role": role, "parts": parts}


def _apart(part: Wire) -> Iterator[Wire]:
    """Yield a function's response without media, and they behind it: so older models take them."""
    media = part.get("functionResponse", {}).pop("parts", ())
    yield part
    yield from media


def _sign(calls: list[Wire]) -> None:
    """Mark calls that no Gemini made: where several are made at once, only the first is signed."""
    if calls and not any("thoughtSignature" in call for call in calls):
        calls[0]["thoughtSignature"] = UNSIGNED


def _role(message: Message) -> str:
    return "model" if message.role == "assistant" else "user"


def _parts(message: Message) -> list[Wire]:
    return [wire for part in message.parts if (wire := PARTS[type(part)](part))]


def _text(part: Text) -> Wire:
    """Return the text with the signature it came with; an empty text without one is left out."""
    kept = _kept(part)
    return {"text": part.text, **kept} if part.text or kept else {}


def _kept(part: Text | Thinking | ToolCall | Media) -> Wire:
    """Return what of a part's extra is Gemini's: the rest is meant for other providers."""
    return {name: value for name, value in (part.extra or {}).items() if name in PART_FIELDS}


def _thinking(part: Thinking) -> Wire:
    signed = {"thoughtSignature": part.signature} if part.signature else {}
    return {"text": part.text, "thought": True, **signed, **_kept(part)}


def _tool_call(part: ToolCall) -> Wire:
    call = {**_id(part.id), "name": part.name, "args": arguments(part.arguments)}
    return {"functionCall": call, **_kept(part)}


def _tool_result(part: ToolResult) -> Wire:
    """Return a result under the keys that Google names for what a function gave or why not."""
    response = {"error" if part.error else "output": _words(part)}
    inside = [_media(one) for one in part.media if _is_inside(one)]
    parts = {"parts": inside} if inside else {}
    return {"functionResponse": {**_id(part.id), "name": part.name, "response": response, **parts}}


def _words(part: ToolResult) -> str:
    """Return the words that a tool gave, files of text included."""
    words = (one.text if isinstance(one, Text) else words_of(one) for one in _speaking(part))
    return "\n".join(filter(None, words))


def _speaking(part: ToolResult) -> Iterator[Text | Media]:
    yield from (one for one in part.parts if isinstance(one, Text | Media))


def _is_inside(media: Media) -> bool:
    """Say whether a medium goes into a function's response: files of text are words there."""
    return words_of(media) is None


def _id(given: str) -> Wire:
    return {} if not given or given.startswith(OUR_ID) else {"id": given}


def _media(part: Media) -> Wire:
    if part.data is not None:
        data = {"mimeType": part.mime, "data": base64(part)}
        return {"inlineData": data, **_kept(part)}
    if part.url:
        return {"fileData": {"mimeType": part.mime, "fileUri": part.url}, **_kept(part)}
    raise UsageError(
        f"The {part.kind} has neither bytes nor an address.", hint="Give it one of the two."
    )


def _opaque(part: Opaque) -> Wire:
    return dict(part.extra) if part.protocol == "gemini" else {}


def _citation(_: Citation) -> Wire:
    """Return nothing: Gemini finds its sources anew, and takes none back."""
    return {}


PARTS: dict[type[Part], Callable[[Any], Wire]] = {
    Text: _text,
    Thinking: _thinking,
    ToolCall: _tool_call,
    ToolResult: _tool_result,
    Media: _media,
    Opaque: _opaque,
    Citation: _citation,
}
