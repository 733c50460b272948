"""Embeddings: texts in, vectors out, in each provider's words.

Pure functions, as for chats: `dialect` says how a provider is spoken to, its `build` makes the
request, its `parse` reads the decoded body of a 200, its `error` a refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from nbprovider.catalog import Endpoint
from nbprovider.errors import ProviderError
from nbprovider.protocols import embeddings_request as request
from nbprovider.protocols import gemini, ollama, openai_chat_errors
from nbprovider.protocols.embeddings_reply import Vectors, parse, parse_int8
from nbprovider.protocols.embeddings_request import EmbeddingOptions, Purpose
from nbprovider.types import Request

__all__ = ["DIALECTS", "Dialect", "EmbeddingOptions", "Purpose", "Vectors", "dialect"]

Build = Callable[[Sequence[str], str, Endpoint, EmbeddingOptions], Request]
Failure = Callable[[int, Mapping[str, str], bytes], ProviderError]


class Dialect(Struct, frozen=True):
    """How one kind of provider makes embeddings.

    - `build(texts, model, endpoint, options)`: the request, without its key; raises UsageError,
      naming it, for an option that cannot be sent
    - `parse(payload)`: the vectors of a decoded body, in the order of the texts; raises
      ProviderError for anything else
    - `error(status, headers, body)`: the error that a refused request means
    - `most`: texts that one request may hold
    """

    build: Build
    most: int
    parse: Callable[[Any], Vectors] = parse
    error: Failure = openai_chat_errors.error


DIALECTS: dict[str, Dialect] = {
    "openai": Dialect(request.OPENAI.build, 2048),
    "mistral": Dialect(request.MISTRAL.build, 128),
    "cohere": Dialect(request.COHERE.build, 96),
    "google": Dialect(request.google, 100, error=gemini.error),
    # gemini-embedding-001 takes no more than one there.
    "vertex": Dialect(request.vertex, 1, error=gemini.error),
    "ollama": Dialect(request.OLLAMA.build, 512, error=ollama.error),
    "voyage": Dialect(request.VOYAGE.build, 1000),
    "nvidia": Dialect(request.NVIDIA.build, 256),
    "perplexity": Dialect(request.OPENAI.build, 512, parse_int8),
}
"""Dialect → how it is spoken. What reads vectors reads those of all, bar Perplexity's bytes."""

_BY_PROVIDER = frozenset({"voyage", "nvidia", "perplexity", "vertex"})
_BY_PROTOCOL = {"mistral": "mistral", "cohere": "cohere", "gemini": "google", "ollama": "ollama"}


def dialect(endpoint: Endpoint, model: str) -> Dialect:
    """Return how a model's provider makes embeddings: its own way, its protocol's, or OpenAI's."""
    if endpoint.provider.key in _BY_PROVIDER:
        return DIALECTS[endpoint.provider.key]
    return DIALECTS[_BY_PROTOCOL.get(endpoint.protocol_for(model), "openai")]
