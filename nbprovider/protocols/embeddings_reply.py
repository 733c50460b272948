"""Vectors in the many shapes in which providers send them.

OpenAI and those like it: `{data: [{index, embedding}]}`, an embedding being numbers or base64 of
little-endian 32-bit floats; llama.cpp's own `[{index, embedding: [[…]]}]`; Cohere's
`{embeddings: {float: [[…]]}}`; Ollama's `{embeddings: [[…]]}`; Google's `{embeddings: [{values}]}`,
`{embedding: {values}}` and, on Vertex, `{predictions: [{embeddings: {values}}]}`.
"""

from __future__ import annotations

import struct
from base64 import b64decode
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from nbprovider.errors import Unavailable
from nbprovider.protocols.openai_chat_errors import inside
from nbprovider.protocols.openai_chat_usage import cost, count
from nbprovider.types import Usage

Vector = list[float]
Decode = Callable[[bytes], Vector]


class Vectors(Struct, frozen=True):
    """One vector a text, in the order of the texts, and what they took.

    `model` is who answered, "" when the provider does not say.
    """

    vectors: tuple[Vector, ...]
    usage: Usage = Usage()
    model: str = ""


def parse(payload: Any) -> Vectors:
    """Return the vectors of a decoded body.

    Raises ProviderError when the body tells an error, Unavailable when it holds no embeddings or a
    vector for each token in place of one for each text.
    """
    return _parsed(payload, floats)


def parse_int8(payload: Any) -> Vectors:
    """Return vectors like `parse`, where base64 holds a signed byte a number (Perplexity's)."""
    return _parsed(payload, signed_bytes)


def floats(data: bytes) -> Vector:
    """Return 32-bit floats, little-endian; raises struct.error for a part of one."""
    return list(struct.unpack(f"<{len(data) // 4}f", data))


def signed_bytes(data: bytes) -> Vector:
    """Return signed bytes as numbers."""
    return list(map(float, struct.unpack(f"<{len(data)}b", data)))


def _parsed(payload: Any, decode: Decode) -> Vectors:
    if isinstance(payload, dict) and (failed := inside(payload)):
        raise failed
    try:
        vectors = tuple(_vector(item, decode) for item in _items(payload))
        usage = _usage(payload) if isinstance(payload, dict) else Usage()
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, struct.error):
        raise _shapeless(payload) from None
    if not vectors or not all(vectors):
        raise _shapeless(payload)
    model = payload.get("model") if isinstance(payload, dict) else None
    return Vectors(vectors, usage, str(model or ""))


def _items(payload: Any) -> list[Any]:
    """Return what holds one vector each, in the order of the texts."""
    if isinstance(payload, list):
        return _ordered(payload)
    for name in ("data", "embeddings", "predictions", "embedding"):
        if told := payload.get(name):
            break
    else:
        raise LookupError
    if isinstance(told, dict):
        if "values" in told:
            return [told]
        by_type = (told.get("float"), *told.values())  # Cohere's: by type of number
        told = next((value for value in by_type if value), None)
    if told is None or _is_number(told[0]):
        return [told]
    return _ordered(told)


def _ordered(items: list[Any]) -> list[Any]:
    if all(isinstance(item, dict) and type(item.get("index")) is int for item in items):
        return sorted(items, key=lambda item: item["index"])
    return items


def _vector(item: Any, decode: Decode) -> Vector:
    """Return the numbers of one item, however deep they are."""
    if isinstance(item, str):
        return decode(b64decode(item, validate=True))
    if isinstance(item, dict):
        return _vector(_inner(item), decode)
    if item and isinstance(item[0], list):
        if len(item) > 1:
            raise _by_token(len(item))
        return _vector(item[0], decode)
    if not all(map(_is_number, item)):
        raise TypeError
    return list(map(float, item))


def _inner(item: dict[str, Any]) -> Any:
    told = (item.get(name) for name in ("embedding", "embeddings", "values"))
    return next((value for value in told if value is not None), None)


def _is_number(value: Any) -> bool:
    return type(value) is float or type(value) is int


def _usage(payload: dict[str, Any]) -> Usage:
    """Return the counts, wherever they are; an embedding writes nothing."""
    told = payload.get("usage") or {}
    billed = (payload.get("meta") or {}).get("billed_units") or {}
    google = payload.get("usageMetadata") or {}
    counts = (
        told.get("prompt_tokens"),
        told.get("input_tokens"),
        told.get("total_tokens"),  # Voyage's only one
        billed.get("input_tokens"),
        payload.get("prompt_eval_count"),
        google.get("promptTokenCount"),
        _predicted(payload),
    )
    read = next((n for n in map(count, counts) if n is not None), None)
    charged = cost(told, payload)
    extra = None if charged is None else {"cost": charged}
    return Usage(read, None if read is None else 0, extra=extra)


def _predicted(payload: dict[str, Any]) -> int | None:
    """Return the sum of Vertex's counts, which are told text by text."""
    told = [
        one["embeddings"]["statistics"]["token_count"]
        for one in payload.get("predictions") or ()
        if "statistics" in one["embeddings"]
    ]
    return int(sum(told)) if told else None


def _shapeless(payload: Any) -> Unavailable:
    return Unavailable(
        "The server answered with something that holds no embeddings.",
        hint="Check that the model makes embeddings, and the account's base URL.",
        detail=repr(payload)[:300],
    )


def _by_token(tokens: int) -> Unavailable:
    return Unavailable(
        f"The server gave {tokens} vectors for one text, one for each token.",
        hint="Start it with pooling (llama.cpp: --pooling mean), or use an embedding model.",
    )
