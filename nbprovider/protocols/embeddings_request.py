"""Texts as a request for their embeddings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import quote

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from nbprovider.catalog import Endpoint
from nbprovider.protocols.ollama_request import root
from nbprovider.protocols.options import refused
from nbprovider.types import Request

Purpose = Literal["document", "query", "classification", "clustering", "similarity"]
"""What vectors are for: to be found, to find, to be sorted, grouped or compared."""

HEADERS = {"content-type": "application/json"}


class EmbeddingOptions(Struct, frozen=True, omit_defaults=True):
    """How to embed, in our words; None leaves it to the provider.

    - `dimensions`: length of each vector
    - `purpose`: what the vectors are for
    - `truncate`: whether a text that is too long is cut (True) or refused (False)
    """

    dimensions: int | None = None
    purpose: Purpose | None = None
    truncate: bool | None = None

    def given(self) -> dict[str, Any]:
        """Return the options that are set, by name."""
        pairs = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return {name: value for name, value in pairs if value is not None}


def _base(endpoint: Endpoint) -> str:
    return endpoint.base_url


class Words(Struct, frozen=True):
    """What one dialect calls things, where texts and options are fields of one object.

    - `fields`: our option → its field; an option that is not here is refused
    - `values`: our option → our value → the provider's; without it, values are sent as they are
    - `always`: fields of every request, unless an option says otherwise
    """

    fields: dict[str, str]
    values: dict[str, dict[Any, Any]] = field(default_factory=dict)
    always: dict[str, Any] = field(default_factory=dict)
    texts: str = "input"
    path: str = "/embeddings"
    root: Callable[[Endpoint], str] = _base

    def build(
        self, texts: Sequence[str], model: str, endpoint: Endpoint, options: EmbeddingOptions
    ) -> Request:
        """Return the request that asks for the embeddings of texts.

        Raises UsageError, naming it, for an option that the provider cannot be asked for.
        """
        told = _translated(options, self.fields, self.values, endpoint)
        body = {"model": model, self.texts: list(texts), **self.always, **told}
        path = endpoint.provider.services.get("embeddings", self.path)
        at = replace(endpoint, base_url=self.root(endpoint))
        return Request("POST", at.url(path, model), HEADERS, msgspec.json.encode(body))


OPENAI = Words({"dimensions": "dimensions"})
MISTRAL = Words({"dimensions": "output_dimension"})
OLLAMA = Words(
    {"dimensions": "dimensions", "truncate": "truncate"},
    path="/api/embed",
    root=root,
)
COHERE = Words(
    {"dimensions": "output_dimension", "purpose": "input_type", "truncate": "truncate"},
    {
        "purpose": {
            "document": "search_document",
            "query": "search_query",
            "classification": "classification",
            "clustering": "clustering",
        },
        "truncate": {True: "END", False: "NONE"},
    },
    {"input_type": "search_document", "embedding_types": ["float"]},
    texts="texts",
    path="/v2/embed",
)
VOYAGE = Words(
    {"dimensions": "output_dimension", "purpose": "input_type", "truncate": "truncation"},
    {"purpose": {"document": "document", "query": "query"}},
)
NVIDIA = Words(
    {"dimensions": "dimensions", "purpose": "input_type", "truncate": "truncate"},
    {
        "purpose": {"document": "passage", "query": "query"},
        "truncate": {True: "END", False: "NONE"},
    },
    {"input_type": "passage"},
)

_TASKS: dict[str, dict[Any, Any]] = {
    "purpose": {
        "document": "RETRIEVAL_DOCUMENT",
        "query": "RETRIEVAL_QUERY",
        "classification": "CLASSIFICATION",
        "clustering": "CLUSTERING",
        "similarity": "SEMANTIC_SIMILARITY",
    }
}
_GOOGLE = {"dimensions": "outputDimensionality", "purpose": "taskType"}
_GOOGLE_PATH = "/models/{model}:batchEmbedContents"
_VERTEX = {
    "dimensions": "outputDimensionality",
    "truncate": "autoTruncate",
    "purpose": "task_type",
}


def google(
    texts: Sequence[str], model: str, endpoint: Endpoint, options: EmbeddingOptions
) -> Request:
    """Return Google's request, in which each text is a request of its own; raises like `build`."""
    name = model.removeprefix("models/")
    told = _translated(options, _GOOGLE, _TASKS, endpoint)
    requests = [
        {"model": f"models/{name}", "content": {"parts": [{"text": text}]}, **told}
        for text in texts
    ]
    path = endpoint.provider.services.get("batch_embeddings", _GOOGLE_PATH)
    url = endpoint.url(path.replace("{model}", quote(name, safe="")), model)
    return Request("POST", url, HEADERS, msgspec.json.encode({"requests": requests}))


def vertex(
    texts: Sequence[str], model: str, endpoint: Endpoint, options: EmbeddingOptions
) -> Request:
    """Return Vertex's request for a prediction; raises like `build`."""
    told = _translated(options, _VERTEX, _TASKS, endpoint)
    task = {name: told.pop(name) for name in ("task_type",) if name in told}
    body: dict[str, Any] = {"instances": [{"content": text, **task} for text in texts]}
    if told:
        body["parameters"] = told
    path = endpoint.provider.quirks.model_path or "/models/{model}"
    url = endpoint.url(f"{path.replace('{model}', quote(model, safe=''))}:predict", model)
    return Request("POST", url, HEADERS, msgspec.json.encode(body))


def _translated(
    options: EmbeddingOptions,
    fields: Mapping[str, str],
    values: Mapping[str, Mapping[Any, Any]],
    endpoint: Endpoint,
) -> dict[str, Any]:
    """Return the provider's field → value of each option that is given."""
    told = {}
    for name, value in options.given().items():
        if name not in fields:
            raise refused(f"option {name!r}", endpoint.provider)
        known = values.get(name)
        if known is not None and value not in known:
            raise refused(f"{name} {value!r}", endpoint.provider)
        told[fields[name]] = value if known is None else known[value]
    return told
