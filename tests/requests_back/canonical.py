"""One form for all the ways to write the same request; what stays different is a difference."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

Wire = dict[str, Any]
SNAKE = {
    "system_instruction": "systemInstruction",
    "generation_config": "generationConfig",
    "tool_config": "toolConfig",
    "safety_settings": "safetySettings",
    "function_declarations": "functionDeclarations",
    "function_call": "functionCall",
    "function_response": "functionResponse",
    "function_calling_config": "functionCallingConfig",
    "allowed_function_names": "allowedFunctionNames",
    "inline_data": "inlineData",
    "file_data": "fileData",
    "mime_type": "mimeType",
    "file_uri": "fileUri",
    "max_output_tokens": "maxOutputTokens",
    "top_p": "topP",
    "top_k": "topK",
    "stop_sequences": "stopSequences",
    "thought_signature": "thoughtSignature",
}


def tidy(told: Any) -> Any:
    """Return the value without fields that are null or empty: they say nothing."""
    if isinstance(told, list):
        return [tidy(one) for one in told]
    if not isinstance(told, dict):
        return told
    kept = {name: tidy(value) for name, value in told.items()}
    return {name: value for name, value in kept.items() if value not in (None, [], {}, "")}


def chat(body: Wire) -> Wire:
    found = dict(body)
    if "max_completion_tokens" in found:
        found["max_tokens"] = found.pop("max_completion_tokens")
    found["messages"] = [_said(one) for one in found["messages"]]
    found["tools"] = [_function(one) for one in found.get("tools") or ()]
    _drop(found, {"tool_choice": "auto", "stream": False})
    choice = found.get("tool_choice")
    if isinstance(choice, dict):
        found["tool_choice"] = {"type": "function", **choice}
    elif choice:
        found["tool_choice"] = {"any": "required"}.get(choice, choice)
    if isinstance(found.get("stop"), str):
        found["stop"] = [found["stop"]]
    usage = dict(found.pop("stream_options", None) or {})
    usage.pop("include_usage", None)
    return tidy({**found, "stream_options": usage})


def mistral(body: Wire) -> Wire:
    """Name calls by their order: ids that Mistral would refuse are made anew."""
    found = chat(body)
    ids: dict[str, str] = {}
    for one in found["messages"]:
        _drop(one, {"prefix": False})
        for call in one.get("tool_calls") or ():
            call["id"] = ids.setdefault(call.get("id"), str(len(ids)))
        if "tool_call_id" in one:
            one["tool_call_id"] = ids.setdefault(one["tool_call_id"], str(len(ids)))
    return found


def _said(one: Wire) -> Wire:
    found = {key: value for key, value in one.items() if key not in ("name", "refusal", "function")}
    if found.get("reasoning") == found.get("reasoning_content"):
        found.pop("reasoning", None)  # the same words twice
    found["role"] = {"developer": "system"}.get(one["role"], one["role"])
    found["content"] = _joined(one.get("content"))
    found["tool_calls"] = [_call(call) for call in one.get("tool_calls") or ()]
    return found


def _joined(content: Any) -> Any:
    """Return parts that are only words as one string."""
    if not isinstance(content, list):
        return content
    plain = [one if isinstance(one, str) else one.get("text") for one in content]
    only = all(isinstance(one, str) or set(one) <= {"type", "text"} for one in content)
    return "".join(map(str, plain)) if only else [_part(one) for one in content]


def _part(one: Any) -> Any:
    url = one.get("image_url") if isinstance(one, dict) else None
    if url is None:
        return one
    image = {"url": url} if isinstance(url, str) else dict(url)
    _drop(image, {"detail": "auto"})
    return {"type": "image_url", "image_url": image}


def _call(call: Wire) -> Wire:
    function = dict(call.get("function") or {})
    function["arguments"] = _parsed(function.get("arguments"))
    more = {key: value for key, value in call.items() if key not in ("index", "type", "function")}
    return {**more, "function": function}


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text or "{}") if isinstance(text, str) else text
    except ValueError:
        return text


def _function(one: Wire) -> Wire:
    function = dict(one.get("function") or {})
    _drop(function, {"strict": False})
    function["parameters"] = _schema(function.get("parameters"))
    return {**one, "type": one.get("type", "function"), "function": function}


def _schema(told: Any) -> Any:
    """Return a function's parameters, of which nothing said means an object without any."""
    return {"type": "object", **(told or {})}


def _drop(found: Wire, defaults: Wire) -> None:
    for name, value in defaults.items():
        if found.get(name) == value:
            del found[name]


def cohere(body: Wire) -> Wire:
    found = chat(body)
    if isinstance(choice := found.get("tool_choice"), str):
        found["tool_choice"] = choice.upper()
    return found


def responses(body: Wire) -> Wire:
    """Leave out ids and states of items, and what we always send: nothing is to be stored."""
    found = dict(body)
    told = found.pop("input", None) or []
    told = [{"role": "user", "content": told}] if isinstance(told, str) else told
    items = [_item(one) for one in told]
    opening = [one["content"] for one in items if one.get("role") == "system"]
    leading = next((n for n, one in enumerate(items) if one.get("role") != "system"), 0)
    words = [found.pop("instructions", None), *opening[:leading]]
    found["instructions"] = "\n\n".join(one for one in words if one)
    found["input"] = items[leading:]
    found["tools"] = [_flat(one) for one in found.get("tools") or ()]
    include = set(found.get("include") or ()) - {"reasoning.encrypted_content"}
    found["include"] = sorted(include)
    found.pop("store", None)
    _drop(found, {"tool_choice": "auto", "stream": False})
    return tidy(found)


def _item(one: Wire) -> Wire:
    # ids are needed only where they stand for what is not told
    needed = one.get("type") in ("item_reference", "reasoning")
    left_out = ("status",) if needed else ("id", "status")
    found = {key: value for key, value in one.items() if key not in left_out}
    kind = found.setdefault("type", "message")
    if kind == "message":
        role = {"developer": "system"}.get(one["role"], one["role"])
        content = one.get("content")
        told = [{"text": content}] if isinstance(content, str) else content or []
        parts = [_piece(part) for part in told]
        only = all(set(part) <= {"text"} for part in parts)
        words = "".join(part.get("text", "") for part in parts)
        return {**found, "role": role, "content": words if only else parts}
    for name in ("arguments", "output"):
        if name in found:
            found[name] = _parsed(_joined(found[name]))
    return found


def _piece(part: Wire) -> Wire:
    found = {k: v for k, v in part.items() if k not in ("annotations", "logprobs")}
    if "text" in found:
        found.pop("type", None)
    _drop(found, {"detail": "auto"})
    return found


def _flat(one: Wire) -> Wire:
    found = dict(one)
    _drop(found, {"strict": False})
    if found.get("type") == "function":
        found["parameters"] = _schema(found.get("parameters"))
    return found


def anthropic(body: Wire) -> Wire:
    found = dict(body)
    system = found.get("system")
    if isinstance(system, list) and not any(set(one) - {"type", "text"} for one in system):
        found["system"] = "\n\n".join(one["text"] for one in system)
    found["messages"] = _merged(found["messages"], "content", _block)
    found["tools"] = [_custom(one) for one in found.get("tools") or ()]
    _drop(found, {"tool_choice": {"type": "auto"}, "stream": False})
    return tidy(found)


def _custom(one: Wire) -> Wire:
    found = dict(one)
    _drop(found, {"type": "custom"})
    if "input_schema" in found:
        found["input_schema"] = _schema(found["input_schema"])
    return found


def _block(one: Wire) -> Wire:
    found = dict(one)
    if found.get("type") == "tool_result":
        found["content"] = _joined(found.get("content"))
        _drop(found, {"is_error": False})
    return found


def _merged(turns: list[Wire], field: str, block: Callable[[Wire], Wire]) -> list[Wire]:
    """Return the turns, where neighbours of one role are one turn."""
    found: list[Wire] = []
    for one in turns:
        content = one.get(field) or []
        told = [{"type": "text", "text": content}] if isinstance(content, str) else content
        blocks = [block(part) for part in told if part != {"text": ""}]
        if found and found[-1]["role"] == one.get("role", "user"):
            found[-1][field] += blocks
        elif blocks:
            found.append({**one, "role": one.get("role", "user"), field: blocks})
    return found


def gemini(body: Wire) -> Wire:
    found = camel(body)
    contents = found["contents"]
    roles = [{**one, "role": _role(one)} for one in contents]
    found["contents"] = _merged(roles, "parts", _gemini_part)
    if told := found.get("systemInstruction"):
        said = [_gemini_part(one) for one in told["parts"] if one != {"text": ""}]
        found["systemInstruction"] = {"parts": said}
    return tidy(found)


def _role(one: Wire) -> str:
    return "model" if one.get("role") == "model" else "user"


def camel(body: Wire) -> Wire:
    """Return the body with Google's own names in camel case, its lists as lists.

    Functions have their parameters as plain JSON schema, and are all in one tool.
    """
    found = _camel(body)
    contents = found.get("contents") or []
    found["contents"] = [contents] if isinstance(contents, dict) else contents
    if told := found.get("systemInstruction"):
        parts = told if isinstance(told, str) else told.get("parts") or []
        parts = {"text": parts} if isinstance(parts, str) else parts
        found["systemInstruction"] = {"parts": [parts] if isinstance(parts, dict) else parts}
    found["tools"] = _declared(found.get("tools"))
    return found


def _camel(told: Any) -> Any:
    if isinstance(told, list):
        return [_camel(one) for one in told]
    if not isinstance(told, dict):
        return told
    return {SNAKE.get(name, name): _inside(name, value) for name, value in told.items()}


def _inside(name: str, value: Any) -> Any:
    """Return what callers have named as it stands."""
    own = ("args", "response", "parameters", "parametersJsonSchema", "labels", "responseSchema")
    return value if name in own else _camel(value)


def _declared(tools: Any) -> list[Wire]:
    """Return all functions in one tool, their parameters as plain JSON schema."""
    told = tools if isinstance(tools, list) else [tools] if tools else []
    functions = [
        {
            **{key: value for key, value in one.items() if key != "parameters"},
            "parametersJsonSchema": _lower(
                one.get("parametersJsonSchema") or one.get("parameters") or {}
            ),
        }
        for each in told
        for one in each.get("functionDeclarations") or ()
    ]
    others = [tidy({**one, "functionDeclarations": None}) for one in told]
    one = [{"functionDeclarations": functions}] if functions else []
    return [*one, *(each for each in (tools and others) or () if each)]


def _lower(schema: Any) -> Any:
    """Return a schema with its types in small letters, as JSON schema has them."""
    if isinstance(schema, list):
        return [_lower(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    types = {key: value.lower() for key, value in schema.items() if key == "type" and _word(value)}
    return {**{key: _lower(value) for key, value in schema.items()}, **types}


def _word(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[A-Z]+", value) is not None


def _gemini_part(one: Wire) -> Wire:
    one = dict(one)
    _drop(one, {"thought": False})
    if result := one.get("functionResponse"):
        response = result.get("response") or {}
        value = next(iter(response.values())) if len(response) == 1 else response
        return {**one, "functionResponse": {**result, "response": _parsed(value)}}
    return one


def ollama(body: Wire) -> Wire:
    found = dict(body)
    found["messages"] = [_local(one) for one in found["messages"]]
    _drop(found, {"stream": True})
    found["tools"] = [_function(one) for one in found.get("tools") or ()]
    return tidy(found)


def _local(one: Wire) -> Wire:
    calls = [
        {key: value for key, value in call.items() if key not in ("type", "index")}
        for call in one.get("tool_calls") or ()
    ]
    for call in calls:
        call["function"] = {k: v for k, v in call["function"].items() if k != "index"}
    name = one.get("tool_name") or one.get("name")
    return {**one, "name": None, "tool_name": name, "tool_calls": calls}


def bedrock(body: Wire) -> Wire:
    found = dict(body)
    found["messages"] = _merged(found["messages"], "content", _converse)
    config = dict(found.get("toolConfig") or {})
    _drop(config, {"toolChoice": {"auto": {}}})
    config["tools"] = [_spec(one) for one in config.get("tools") or ()]
    found["toolConfig"] = config
    return tidy(found)


def _spec(one: Wire) -> Wire:
    if "toolSpec" not in one:
        return one
    spec = one["toolSpec"]
    return {"toolSpec": {**spec, "inputSchema": {"json": _schema(spec["inputSchema"]["json"])}}}


def _converse(one: Wire) -> Wire:
    if document := one.get("document"):
        source = document.get("source") or {}
        source = _bytes(source["text"]) if "text" in source else source
        name = str(document.get("name")).replace("_", "-")  # AWS documents no other letters
        return {"document": {**document, "name": name, "source": source}}
    if result := one.get("toolResult"):
        said = [
            part.get("text", part.get("json")) or _converse(part)
            for part in result.get("content") or ()
        ]
        told = dict(result)
        _drop(told, {"status": "success"})
        return {"toolResult": {**told, "content": [_parsed(text) for text in said]}}
    return one


def _bytes(text: str) -> Wire:
    """Return a source of plain text as its bytes, which is how we send it."""
    return {"bytes": b64encode(text.encode()).decode()}


def differences(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:
    """Yield where two canonical bodies differ: the place, and what has happened there."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in sorted({*ours, *theirs}):
            where = f"{path}.{name}" if path else name
            if name not in ours:
                yield f"{where} lost"
            elif name not in theirs:
                yield f"{where} added"
            else:
                yield from differences(ours[name], theirs[name], where)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for one, other in zip(ours, theirs, strict=True):
            yield from differences(one, other, f"{path}[]")
    elif ours != theirs:
        many = isinstance(ours, list) and isinstance(theirs, list)
        yield f"{path} {'of another length' if many else 'changed'}"
