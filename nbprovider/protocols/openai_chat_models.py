"""Lists of models of servers that speak Chat Completions."""

from __future__ import annotations

from typing import Any

from nbprovider.catalog import Endpoint
from nbprovider.errors import Unavailable
from nbprovider.protocols.contract import Listed, Page
from nbprovider.protocols.openai_chat_usage import count
from nbprovider.types import Request

_IDS = ("id", "model", "name", "slug")
_CONTEXT = (
    "context_length",
    "context_window",
    "max_context_length",
    "max_model_len",
    "max_input_tokens",
    "inputTokenLimit",
)
_MAX_OUTPUT = ("max_completion_tokens", "max_output_tokens", "max_output_length")
_ENDS = ("deprecation", "shutdown_date", "expiration_date")
"""Where Mistral, OpenAI and OpenRouter say when a model retires."""
_CAN = {
    "tools": "tools",
    "function_calling": "tools",
    "supports_tools": "tools",
    "reasoning": "thinking",
    "supports_reasoning": "thinking",
    "vision": "vision",
    "supports_vision": "vision",
    "supports_image_in": "vision",
    "image": "vision",
    "embedding": "embedding",
    "embeddings": "embedding",
    "completion_chat": "chat",
    "completion_fim": "completion",
    "audio": "audio",
    "audio_transcription": "stt",
    "audio_speech": "tts",
    "ocr": "ocr",
    "moderation": "moderation",
}


def models(endpoint: Endpoint, after: str | None = None) -> Request:  # noqa: ARG001 - one page only
    """Return the request that lists models."""
    path = endpoint.provider.models.path
    return Request("GET", endpoint.url(path), {"accept": "application/json"})


def parse_models(payload: Any) -> Page:
    """Return the models of a list: `{data: […]}`, `{models: […]}` or a bare array.

    Raises Unavailable for anything else.
    """
    listed = payload
    if isinstance(payload, dict):
        listed = next((payload[n] for n in ("data", "models") if n in payload), None)
    if not isinstance(listed, list):
        raise Unavailable(
            "The server's list of models has an unknown shape.",
            hint="Check the account's base URL.",
            detail=repr(payload)[:300],
        )
    return Page(tuple(model for item in listed if (model := _listed(item)) is not None))


def _listed(item: Any) -> Listed | None:
    if isinstance(item, str):
        return Listed(item) if item else None
    if not isinstance(item, dict) or _is_hidden(item):
        return None
    id_ = next((v for name in _IDS if isinstance(v := item.get(name), str) and v), None)
    if id_ is None:
        return None
    name = item.get("name") or item.get("display_name")
    return Listed(
        id_,
        name if isinstance(name, str) and name != id_ else "",
        _first(_CONTEXT, item, _within(item, "top_provider"), _within(item, "meta"))
        or count(_within(item, "meta").get("n_ctx")),
        _first(_MAX_OUTPUT, item, _within(item, "top_provider")),
        _can(item),
        next(filter(None, (_text(item.get(name)) for name in _ENDS)), None),
        _text(item.get("deprecation_replacement_model")),
    )


def _is_hidden(item: dict[str, Any]) -> bool:
    """Say whether a model is listed without being offered: on a ChatGPT plan, and by Groq."""
    hidden = "slug" in item and item.get("visibility", "list") != "list"
    return hidden or item.get("active") is False


def _first(names: tuple[str, ...], *places: dict[str, Any]) -> int | None:
    counts = (count(place.get(name)) for place in places for name in names)
    return next((n for n in counts if n), None)


def _within(item: dict[str, Any], name: str) -> dict[str, Any]:
    value = item.get(name)
    return value if isinstance(value, dict) else {}


def _can(item: dict[str, Any]) -> tuple[str, ...] | None:
    """Return what the model can, None when the list does not speak of it."""
    told = [
        item.get("supported_parameters"),
        item.get("capabilities"),
        item.get("input_modalities"),
    ]
    told += [_within(item, "architecture").get("input_modalities")]
    told += [{name: value for name, value in item.items() if name.startswith("supports_")} or None]
    spoken = [one for one in told if isinstance(one, list | dict)]
    if not spoken:
        return None
    words = (word for one in spoken for word in _words(one))
    return tuple(sorted({_CAN[word] for word in words if word in _CAN}))


def _words(told: list[Any] | dict[str, Any]) -> list[str]:
    if isinstance(told, dict):
        return [name for name, value in told.items() if value is True]
    return [word for word in told if isinstance(word, str)]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
