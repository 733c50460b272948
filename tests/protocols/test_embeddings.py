"""Texts are asked for in each provider's words, and vectors read in every shape."""

from __future__ import annotations

import json
import struct
from base64 import b64encode
from typing import Any

import pytest

from nbprovider import catalog
from nbprovider.catalog import Endpoint, Provider
from nbprovider.errors import (
    BadRequest,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
    Unavailable,
    UsageError,
)
from nbprovider.protocols.embeddings import (
    DIALECTS,
    EmbeddingOptions,
    Vectors,
    dialect,
)
from nbprovider.types import Usage

TEXTS = ("one", "two")
BOTH = ([0.5, -1.0], [2.0, 0.25])
every_dialect = pytest.mark.parametrize("name", DIALECTS)


def someone(**more: Any) -> Provider:
    return Provider("someone", "Someone", "openai_chat", **more)


def asked(name: str, **options: Any) -> tuple[str, Any]:
    """Return the address and the body of a request, of a provider that says no paths itself."""
    endpoint = Endpoint(someone(), "https://a.example/v1")
    request = DIALECTS[name].build(TEXTS, "m", endpoint, EmbeddingOptions(**options))
    assert request.method == "POST"
    return request.url, json.loads(request.body)


def parse(payload: Any, name: str = "openai") -> Vectors:
    return DIALECTS[name].parse(payload)


def coded(*numbers: float) -> str:
    return b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


@pytest.mark.parametrize(
    ("name", "path", "body"),
    [
        ("openai", "/v1/embeddings", {"model": "m", "input": ["one", "two"]}),
        ("mistral", "/v1/embeddings", {"model": "m", "input": ["one", "two"]}),
        ("ollama", "/api/embed", {"model": "m", "input": ["one", "two"]}),
        ("voyage", "/v1/embeddings", {"model": "m", "input": ["one", "two"]}),
        ("perplexity", "/v1/embeddings", {"model": "m", "input": ["one", "two"]}),
        (
            "nvidia",
            "/v1/embeddings",
            {"model": "m", "input": ["one", "two"], "input_type": "passage"},
        ),
        (
            "cohere",
            "/v1/v2/embed",
            {
                "model": "m",
                "texts": ["one", "two"],
                "input_type": "search_document",
                "embedding_types": ["float"],
            },
        ),
        (
            "google",
            "/v1/models/m:batchEmbedContents",
            {
                "requests": [
                    {"model": "models/m", "content": {"parts": [{"text": text}]}} for text in TEXTS
                ]
            },
        ),
        (
            "vertex",
            "/v1/models/m:predict",
            {"instances": [{"content": "one"}, {"content": "two"}]},
        ),
    ],
)
def test_each_dialect_asks_in_its_own_words(name, path, body):
    assert asked(name) == (f"https://a.example{path}", body)


def test_the_providers_own_path_comes_first_and_each_model_is_named_in_it():
    provider = someone(services={"embeddings": "/e", "batch_embeddings": "/{model}:many"})
    at = Endpoint(provider, "https://a.example")
    urls = [DIALECTS[name].build(TEXTS, "a/b", at, EmbeddingOptions()).url for name in DIALECTS]
    assert "https://a.example/e" in urls
    assert "https://a.example/a%2Fb:many" in urls


VALUES: dict[str, Any] = {"dimensions": 64, "purpose": "query", "truncate": False}


@every_dialect
@pytest.mark.parametrize("option", EmbeddingOptions.__struct_fields__)
def test_an_option_is_sent_or_refused_by_name(name: str, option: str) -> None:
    plain = asked(name)
    try:
        sent = asked(name, **{option: VALUES[option]})
    except UsageError as refusal:
        assert option in refusal.message  # noqa: PT017 - either outcome keeps the rule
        return
    assert sent != plain


@every_dialect
@pytest.mark.parametrize(
    "purpose", ["document", "query", "classification", "clustering", "similarity"]
)
def test_a_purpose_is_sent_or_refused_by_name(name: str, purpose: Any) -> None:
    try:
        _, body = asked(name, purpose=purpose)
    except UsageError as refusal:
        assert "purpose" in refusal.message  # noqa: PT017 - either outcome keeps the rule
        return
    assert any(word in json.dumps(body).lower() for word in (purpose, "passage"))


def test_options_have_the_providers_names():
    _, body = asked("cohere", dimensions=64, purpose="query", truncate=False)
    told = {"output_dimension": 64, "input_type": "search_query", "truncate": "NONE"}
    assert told.items() <= body.items()
    _, body = asked("google", dimensions=64, purpose="similarity")
    told = {"outputDimensionality": 64, "taskType": "SEMANTIC_SIMILARITY"}
    assert all(told.items() <= one.items() for one in body["requests"])
    _, body = asked("vertex", dimensions=64, purpose="query", truncate=True)
    assert body["parameters"] == {"outputDimensionality": 64, "autoTruncate": True}
    assert all(one["task_type"] == "RETRIEVAL_QUERY" for one in body["instances"])


@pytest.mark.parametrize(
    "payload",
    [
        {"data": [{"index": 0, "embedding": BOTH[0]}, {"index": 1, "embedding": BOTH[1]}]},
        {"data": [{"index": 1, "embedding": BOTH[1]}, {"index": 0, "embedding": BOTH[0]}]},
        {"data": [{"embedding": coded(0.5, -1.0)}, {"embedding": coded(2.0, 0.25)}]},
        {"data": [{"embedding": [BOTH[0]]}, {"embedding": [BOTH[1]]}]},
        [{"index": 0, "embedding": [BOTH[0]]}, {"index": 1, "embedding": [BOTH[1]]}],
        {"embeddings": [*BOTH]},
        {"embeddings": {"float": [*BOTH]}},
        {"embeddings": {"float": None, "base64": [coded(0.5, -1.0), coded(2.0, 0.25)]}},
        {"embeddings": {"int8": [[1, 2]], "float": [*BOTH]}},
        {"embeddings": [{"values": BOTH[0]}, {"values": BOTH[1]}]},
        {"predictions": [{"embeddings": {"values": one}} for one in BOTH]},
    ],
)
def test_vectors_of_every_shape_are_read_in_order(payload):
    assert parse(payload).vectors == BOTH


@pytest.mark.parametrize(
    "payload", [{"embedding": {"values": [1, 2]}}, {"embedding": [1, 2]}, {"embeddings": [[1, 2]]}]
)
def test_one_vector_alone_is_read_and_whole_numbers_are_numbers(payload):
    (vector,) = parse(payload).vectors
    assert vector == [1.0, 2.0]
    assert all(type(number) is float for number in vector)


def test_perplexitys_base64_is_a_byte_a_number():
    payload = {"data": [{"embedding": b64encode(bytes([1, 255, 128])).decode()}]}
    assert parse(payload, "perplexity").vectors == ([1.0, -1.0, -128.0],)


@pytest.mark.parametrize(
    ("beside", "usage"),
    [
        ({"usage": {"prompt_tokens": 7, "total_tokens": 7}}, Usage(7, 0)),
        ({"usage": {"total_tokens": 7}}, Usage(7, 0)),
        ({"usage": {"prompt_tokens": 7, "cost": 1e-06}}, Usage(7, 0, extra={"cost": 1e-06})),
        ({"meta": {"billed_units": {"input_tokens": 7.0}}}, Usage(7, 0)),
        ({"prompt_eval_count": 7}, Usage(7, 0)),
        ({"usageMetadata": {"promptTokenCount": 7}}, Usage(7, 0)),
        ({"usage": None, "meta": None}, Usage()),
        ({}, Usage()),
    ],
)
def test_counts_are_found_wherever_they_are(beside, usage):
    assert parse({"embeddings": [*BOTH], **beside}).usage == usage


def test_vertex_counts_text_by_text():
    told = [{"embeddings": {"values": [1], "statistics": {"token_count": n}}} for n in (3, 4)]
    assert parse({"predictions": told}, "vertex").usage == Usage(7, 0)


def test_who_answered_is_told():
    assert parse({"model": "m-1", "embeddings": [*BOTH]}).model == "m-1"
    assert parse({"embeddings": [*BOTH]}).model == ""


@every_dialect
@pytest.mark.parametrize(
    "payload",
    [
        None,
        7,
        "words",
        [],
        {},
        {"data": []},
        {"data": [{}]},
        {"data": [{"embedding": []}]},
        {"data": [{"embedding": None}]},
        {"data": [{"embedding": [1.0, None]}]},
        {"data": [{"embedding": [True]}]},
        {"data": [{"embedding": "no base64!"}]},
        {"embeddings": {"float": None}},
        {"embeddings": [{"values": "?"}]},
        {"predictions": [7]},
        {"choices": [{"message": {"content": "Hi"}}]},
    ],
)
def test_what_holds_no_vectors_is_an_error(name, payload):
    with pytest.raises(Unavailable, match="no embeddings"):
        parse(payload, name)


def test_part_of_a_float_is_an_error():
    with pytest.raises(Unavailable):
        parse({"data": [{"embedding": b64encode(b"\x00\x00\x00").decode()}]})


def test_a_vector_for_each_token_is_not_taken_for_the_texts():
    with pytest.raises(Unavailable, match="each token") as raised:
        parse([{"index": 0, "embedding": [[1.0], [2.0]]}])
    assert "--pooling" in raised.value.hint


def test_an_error_at_status_200_is_raised():
    with pytest.raises(QuotaExhausted):
        parse({"error": {"message": "no credit", "code": "insufficient_quota"}})


@every_dialect
@pytest.mark.parametrize(
    ("status", "expected"), [(400, BadRequest), (401, Unauthorized), (429, RateLimited)]
)
@pytest.mark.parametrize("body", [{"message": "no"}, {"error": "no"}, {"error": {"message": "no"}}])
def test_a_refusal_is_typed_in_every_dialect(name, status, expected, body):
    error = DIALECTS[name].error(status, {}, json.dumps(body).encode())
    assert isinstance(error, ProviderError)
    assert type(error) is expected


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("openai", "openai"),
        ("groq", "openai"),
        ("mistral", "mistral"),
        ("cohere", "cohere"),
        ("google", "google"),
        ("ollama", "ollama"),
        ("perplexity", "perplexity"),
        ("nvidia", "nvidia"),
    ],
)
def test_a_provider_is_spoken_to_in_its_dialect(key, name):
    provider = catalog.find(key)
    endpoint = Endpoint(provider, provider.base_url or "http://127.0.0.1:11434")
    assert dialect(endpoint, "m") is DIALECTS[name]
