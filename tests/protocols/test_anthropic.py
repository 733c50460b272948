"""What Anthropic refuses, and which models it lists."""

import json

import pytest

from nbprovider import catalog
from nbprovider.catalog import Endpoint
from nbprovider.errors import (
    BadRequest,
    ContextTooLong,
    Forbidden,
    Overloaded,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
    Unavailable,
    UnknownModel,
)
from nbprovider.protocols import anthropic
from nbprovider.protocols.contract import Listed, Page


def _refused(kind, message, **details):
    told = {"type": kind, "message": message, **({"details": details} if details else {})}
    return json.dumps({"type": "error", "error": told, "request_id": "req_body"}).encode()


@pytest.mark.parametrize(
    ("status", "kind", "message", "error"),
    [
        (400, "invalid_request_error", "max_tokens: Field required", BadRequest),
        (400, "invalid_request_error", "Your credit balance is too low.", QuotaExhausted),
        (400, "invalid_request_error", "prompt is too long: 9 > 8", ContextTooLong),
        (401, "authentication_error", "invalid x-api-key", Unauthorized),
        (402, "billing_error", "Pay first.", QuotaExhausted),
        (403, "permission_error", "Not yours.", Forbidden),
        (404, "not_found_error", "model: claude-9", UnknownModel),
        (413, "request_too_large", "Request exceeds the maximum size", ContextTooLong),
        (429, "rate_limit_error", "Slow down.", RateLimited),
        (500, "api_error", "Internal server error", Unavailable),
        (504, "timeout_error", "Timed out.", Unavailable),
        (529, "overloaded_error", "Overloaded", Overloaded),
    ],
)
def test_each_refusal_is_its_own_error(status, kind, message, error):
    found = anthropic.error(status, {}, _refused(kind, message))
    assert type(found) is error
    assert (found.status, found.code, found.request_id) == (status, kind, "req_body")
    assert message in found.message
    assert found.hint


def test_a_spending_limit_is_no_rate_limit_although_it_is_a_429():
    body = _refused("rate_limit_error", "Limit", error_code="enforced_spend_limit_reached")
    assert type(anthropic.error(429, {}, body)) is QuotaExhausted


def test_the_headers_say_how_long_to_wait_and_which_request_it_was():
    headers = {"retry-after": "7", "request-id": "req_header"}
    found = anthropic.error(429, headers, _refused("rate_limit_error", "Slow down."))
    assert (found.retry_after, found.request_id) == (7.0, "req_header")


@pytest.mark.parametrize("body", [b"", b"<html><title>Login</title>", b"nope", b"[]", b"null"])
def test_a_refusal_that_is_no_json_object_is_told_by_its_status(body):
    assert type(anthropic.error(529, {}, body)) is Overloaded


@pytest.mark.parametrize(
    "body",
    [
        {"error": "key expired"},
        {"error": {"message": "key expired", "type": None, "code": 401}},
        {"type": "error", "message": "key expired"},
    ],
)
def test_a_relays_looser_refusal_keeps_its_words(body):
    found = anthropic.error(401, {}, json.dumps(body).encode())
    assert type(found) is Unauthorized
    assert "key expired" in found.message


def test_models_are_asked_for_a_thousand_a_page():
    endpoint = Endpoint(catalog.find("anthropic"), "https://api.anthropic.com")
    request = anthropic.models(endpoint)
    assert (request.method, request.body) == ("GET", b"")
    assert request.url == "https://api.anthropic.com/v1/models?limit=1000"
    assert request.headers["anthropic-version"] == "2023-06-01"
    assert anthropic.models(endpoint, "claude a").url.endswith("&after_id=claude+a")


def test_a_page_of_models_names_where_the_next_begins():
    yes = {"supported": True}
    full = {
        "id": "claude-x-1",
        "display_name": "Claude X",
        "max_input_tokens": 1_000_000,
        "max_tokens": 128_000,
        "retires_at": "2027-01-01T00:00:00Z",
        "capabilities": {"image_input": yes, "thinking": yes, "pdf_input": {"supported": False}},
    }
    payload = {"data": [full, {"id": "bare"}], "has_more": True, "last_id": "bare"}
    retires = "2027-01-01T00:00:00Z"
    can = ("tools", "vision", "thinking")
    known = Listed("claude-x-1", "Claude X", 1_000_000, 128_000, can, retires)
    assert anthropic.parse_models(payload) == Page((known, Listed("bare")), "bare")


def test_the_last_page_of_models_has_no_next():
    payload = {"data": [{"id": "a"}], "has_more": False, "last_id": "a"}
    assert anthropic.parse_models(payload) == Page((Listed("a"),))
