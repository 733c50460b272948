"""Judge request bodies by the types of the vendors' own SDKs; run by `sdks.py`, in their folder.

Each line of the input is `[protocol, body]`; each line of the output is "" or what is wrong.
"""

import json
import sys
from collections.abc import Iterator

from pydantic import TypeAdapter, ValidationError


def typed(kind, body):
    """Check a body against a TypedDict, whose lists pydantic checks only as they are read."""
    adapter = TypeAdapter(kind)  # lives as long as what it reads bit by bit
    _read(adapter.validate_python(body))


def _read(told):
    if isinstance(told, dict):
        for value in told.values():
            _read(value)
    elif isinstance(told, list | tuple | Iterator):
        for value in told:
            _read(value)


def openai_chat(body):
    from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming

    typed(CompletionCreateParamsNonStreaming, body)


def openai_responses(body):
    from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming

    typed(ResponseCreateParamsNonStreaming, body)


def anthropic(body):
    from anthropic.types.message_create_params import MessageCreateParamsNonStreaming

    typed(MessageCreateParamsNonStreaming, body)


def gemini(body):
    from google.genai import types

    fields = {
        "contents": list[types.Content],
        "systemInstruction": types.Content,
        "tools": list[types.Tool],
        "toolConfig": types.ToolConfig,
        "generationConfig": types.GenerationConfig,
    }
    if unknown := set(body) - set(fields):
        raise ValueError(f"no fields of Gemini's: {unknown}")
    for name, value in body.items():
        TypeAdapter(fields[name]).validate_json(json.dumps(value))


def mistral(body):
    from mistralai.client.models import ChatCompletionRequest

    ChatCompletionRequest.model_validate(body)


def cohere(body):
    from cohere import types

    TypeAdapter(list[types.ChatMessageV2]).validate_python(body["messages"])
    TypeAdapter(list[types.ToolV2]).validate_python(body.get("tools") or [])


def ollama(body):
    from ollama._types import ChatRequest

    ChatRequest.model_validate(body)


JUDGES = {
    one.__name__: one
    for one in (openai_chat, openai_responses, anthropic, gemini, mistral, cohere, ollama)
}


def judged(line):
    protocol, body = json.loads(line)
    try:
        JUDGES[protocol](body)
    except (ValidationError, ValueError) as error:
        return " ".join(str(error).split())[:2000]
    return ""


if __name__ == "__main__":
    for each in sys.stdin:
        sys.stdout.write(judged(each) + "\n")
