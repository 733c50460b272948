"""Errors come in many shapes, and inside of answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat_completions import HELLO, someone, stream, whole
from nbprovider.errors import (
    ContentRefused,
    ContextTooLong,
    Overloaded,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
    Unavailable,
    UnknownModel,
)
from nbprovider.protocols import openai_chat
from nbprovider.types import (
    Call,
)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"error": {"message": "x", "code": 429}}, RateLimited),
        ({"error": {"message": "x", "type": "overloaded_error"}}, Overloaded),
        ({"error": {"message": "x", "code": "odd", "status_code": 401}}, Unauthorized),
        ({"error": "something broke"}, Unavailable),
        ({"x_groq": {"error": {"message": "x", "code": "rate_limit_exceeded"}}}, RateLimited),
        ({"code": "resource-exhausted", "error": "too many"}, RateLimited),
        ({"base_resp": {"status_code": 1008, "status_msg": "x"}}, QuotaExhausted),
        ({"errors": [{"message": "x", "code": "model_not_found"}]}, UnknownModel),
        ({"detail": "something broke"}, Unavailable),
        (
            {"error": {"code": 400, "metadata": {"error_type": "context_length_exceeded"}}},
            ContextTooLong,
        ),
        ({"error": {"code": 403, "metadata": {"error_type": "refusal"}}}, ContentRefused),
        ({"error": {"code": 403, "metadata": {"error_type": "authentication"}}}, Unauthorized),
        ({"error": {"code": 400, "metadata": {"error_type": "string_too_long"}}}, ContextTooLong),
        ({"choices": [{"delta": {}, "finish_reason": "error"}]}, Unavailable),
        ({"choices": [{"delta": {}, "finish_reason": "insufficient_system_resource"}]}, Overloaded),
    ],
)
def test_errors_inside_a_200(payload, expected):
    with pytest.raises(expected) as caught:
        stream(payload)
    assert type(caught.value) is expected
    if "choices" not in payload:
        with pytest.raises(expected):
            whole(payload)


def test_an_error_comes_after_what_was_said():
    state = openai_chat.State(Call("m", HELLO), someone())
    chunk = {"choices": [{"delta": {"content": "x"}}]}
    assert len(list(openai_chat.events(chunk, state))) == 1
    with pytest.raises(RateLimited):
        list(openai_chat.events({**chunk, "error": {"code": 429, "message": "x"}}, state))


@pytest.mark.parametrize("body", [{}, {"choices": []}, {"greeting": "hello"}])
def test_a_body_that_is_no_completion_is_an_error(body):
    with pytest.raises(Unavailable, match="no chat completion"):
        whole(body)


def refused(status: int, body: Any, **headers: str) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return openai_chat.error(status, headers, raw)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, {"error": {"message": "no", "code": "invalid_api_key"}}, Unauthorized),
        (429, {"error": {"message": "no", "type": "insufficient_quota"}}, QuotaExhausted),
        (
            400,
            {"code": 400, "message": "prompt is too long", "type": "Bad Request"},
            ContextTooLong,
        ),
        (404, {"error": "model not here"}, UnknownModel),
        (404, {"detail": [{"msg": "no", "loc": ["model"]}]}, UnknownModel),
        (400, [{"error": {"code": 400, "status": "UNAUTHENTICATED"}}], Unauthorized),
        (502, b"Bad gateway", Unavailable),
        (429, b"", RateLimited),
        (500, b'"words"', Unavailable),
    ],
)
def test_refusals_of_every_shape(status, body, expected):
    error = refused(status, body)
    assert type(error) is expected
    assert error.status == status


def test_a_gateway_passes_on_what_its_provider_said():
    """OpenRouter's own words are only that a provider failed."""
    metadata = {"raw": "upstream is on fire", "provider_name": "P"}
    error = refused(
        502, {"error": {"message": "Provider failed", "code": 502, "metadata": metadata}}
    )
    assert "Provider failed: upstream is on fire" in error.message


def test_the_facts_of_a_refusal_are_kept():
    body = {"error": {"message": "slow down", "code": "rate_limit_exceeded"}}
    error = refused(429, body, **{"retry-after": "2", "x-request-id": "r1"})
    assert (error.retry_after, error.request_id, error.code) == (2, "r1", "rate_limit_exceeded")
    assert "slow down" in error.detail
