"""A refusal becomes the error that it means: by code, then words in context, then status."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from nbprovider import errors
from nbprovider.errors import (
    BadRequest,
    ContentRefused,
    ContextTooLong,
    Forbidden,
    Overloaded,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
    Unavailable,
    UnknownModel,
)
from nbprovider.protocols import fault_tables, faults
from nbprovider.protocols.faults import fault, request_id, seconds, unreadable, waiting


@pytest.mark.parametrize(
    ("status", "code", "kind", "message", "expected"),
    [
        # the code speaks before the status
        (429, "insufficient_quota", "insufficient_quota", "", QuotaExhausted),
        (429, "rate_limit_exceeded", "tokens", "", RateLimited),
        (429, None, "engine_overloaded_error", "", Overloaded),
        (429, "1113", None, "", QuotaExhausted),
        (400, "model_not_found", "invalid_request_error", "", UnknownModel),
        (404, "DeploymentNotFound", None, "", UnknownModel),
        (400, "API_KEY_INVALID", None, "", Unauthorized),
        (401, "invalid_request_error", "authentication_error", "", Unauthorized),
        (400, None, "exceed_context_size_error", "", ContextTooLong),
        (400, "content_filter", None, "", ContentRefused),
        (403, "ResponsibleAIPolicyViolation", None, "", ContentRefused),
        (400, "tool_use_failed", "invalid_request_error", "", Unavailable),
        # words speak where the status lets them
        (400, None, None, "Your credit balance is too low", QuotaExhausted),
        (400, "400", None, "maximum context length is 8192 tokens", ContextTooLong),
        (422, None, None, "prompt too long", ContextTooLong),
        (400, None, None, "Current length is 9000 while limit is 8192", ContextTooLong),
        (498, None, None, "Flex tier capacity exceeded", Overloaded),
        (400, "invalid-argument", None, "Incorrect API key provided", Unauthorized),
        (429, None, None, "the model is overloaded", Overloaded),
        (200, None, None, "maximum context length", Unavailable),
        (401, None, None, "the model is overloaded", Unauthorized),
        (None, None, None, "Your credit balance is too low", Unavailable),
        # a vague code does not outdo the status
        (401, None, "api_error", "Unauthorized", Unauthorized),
        (403, "forbidden", "invalid_request_error", "", Forbidden),
        (429, "server_error", None, "", RateLimited),
        # statuses alone
        (400, None, None, "", BadRequest),
        (401, None, None, "", Unauthorized),
        (402, None, None, "", QuotaExhausted),
        (403, None, None, "", Forbidden),
        (404, None, None, "", UnknownModel),
        (408, None, None, "", Unavailable),
        (413, None, None, "", ContextTooLong),
        (422, None, None, "", BadRequest),
        (429, None, None, "", RateLimited),
        (500, None, None, "", Unavailable),
        (501, None, None, "", BadRequest),
        (503, None, None, "", Overloaded),
        (524, None, None, "", Unavailable),
        (529, None, None, "", Overloaded),
        # inside a stream there is no status, unless the code is one
        (None, "429", None, "", RateLimited),
        (200, "502", None, "", Unavailable),
        (None, "overloaded_error", None, "", Overloaded),
        (None, "invalid_request_error", None, "", BadRequest),
        (None, "server_error", None, "", Unavailable),
        (None, "never_heard_of", None, "", Unavailable),
        (None, None, None, "", Unavailable),
    ],
)
def test_the_class_of_a_refusal(status, code, kind, message, expected):
    error = fault(status, code, message, kind=kind)
    assert type(error) is expected


def _tree(root: type[ProviderError]) -> set[type[ProviderError]]:
    return {root}.union(*(_tree(child) for child in root.__subclasses__()))


def test_each_class_of_the_tree_can_be_reached_and_has_its_words():
    """All but the root, and those that no reply can tell: the transport raises them."""
    reachable = set(fault_tables.STATUSES.values()) | set(fault_tables.CODES.values())
    ours = {error for error in _tree(ProviderError) if error.__module__ == errors.__name__}
    unheard = {errors.Stalled, errors.Unreachable, errors.ProgramFailed}
    assert reachable | {BadRequest} == ours - {ProviderError} - unheard
    assert set(fault_tables.SAYINGS) >= ours - {ProviderError} - unheard
    assert all(what and hint.endswith(".") for what, hint in fault_tables.SAYINGS.values())


def test_codes_are_compared_by_their_letters_and_digits():
    """`RateLimitReached`, `rate_limit_reached` and `rate-limit-reached` are one code."""
    for code in ("RateLimitReached", "rate_limit_reached", "rate-limit-reached"):
        assert type(fault(None, code, "")) is RateLimited
    tables = fault_tables.CODES | fault_tables.VAGUE
    assert all(code.isalnum() and code == code.lower() for code in tables)


def test_no_code_both_decides_and_does_not():
    assert not set(fault_tables.CODES) & set(fault_tables.VAGUE)


def test_phrases_are_written_as_they_are_compared():
    phrases = [phrase for _, _, several in fault_tables.WORDS for phrase in several]
    assert phrases == [phrase.lower() for phrase in phrases]


def test_the_message_says_what_and_quotes_the_provider():
    error = fault(401, "invalid_api_key", "Wrong\n  key.")
    assert error.message == 'The provider does not accept the key (401): "Wrong key."'
    assert error.hint.startswith("Check the key with %provider doctor")
    assert (error.status, error.code) == (401, "invalid_api_key")


def test_without_words_the_message_is_a_sentence_still():
    assert fault(503, None, "").message == "The provider is overloaded (503)."
    assert fault(None, "overloaded", "").message == "The provider is overloaded."


def test_a_long_message_is_cut():
    error = fault(400, None, "x" * 5000)
    assert len(error.message) < faults.LONGEST + 100
    assert error.message.endswith('…"')


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00"}, 0.0),
    ],
)
def test_how_long_to_wait(headers, expected):
    """Milliseconds, seconds, or a date, which may have passed; nonsense is no answer."""
    assert waiting(headers) == expected


def test_a_date_to_come_is_awaited():
    moment = datetime.now(UTC) + timedelta(hours=1)
    wait = waiting({"retry-after": format_datetime(moment, usegmt=True)})
    assert wait is not None
    assert 3500 < wait <= 3600


def test_headers_know_better_than_the_body_how_long_to_wait():
    assert fault(429, None, "", headers={"retry-after": "3"}, retry_after=9).retry_after == 3
    assert fault(429, None, "", retry_after=9).retry_after == 9


def test_googles_durations():
    assert seconds("14s") == 14
    assert seconds("1.5s") == 1.5
    assert seconds("14") is None
    assert seconds(None) is None


def test_the_request_is_named_by_any_of_its_headers():
    assert request_id({"request-id": "req_1"}) == "req_1"
    assert request_id({"x-request-id": "a", "cf-ray": "b"}) == "a"
    assert request_id({}) is None
    assert fault(500, None, "", headers={"x-request-id": "a"}).request_id == "a"


def test_a_web_page_as_refusal_is_named_so():
    """A proxy's page is told from a provider's words."""
    error = unreadable(502, {}, b"<html><title>Bad Gateway</title></html>")
    assert type(error) is Unavailable
    assert 'titled "Bad Gateway"' in error.message
    assert error.detail.startswith("<html>")


def test_a_404_that_is_no_json_speaks_of_the_address_and_not_of_the_model():
    error = unreadable(404, {}, b"404 page not found")
    assert type(error) is BadRequest
    assert "base URL" in error.hint
    assert "404 page not found" in error.message


def test_a_refusal_in_plain_words_or_in_none():
    assert '"slow down"' in unreadable(429, {}, b"slow down\n").message
    assert unreadable(500, {}, b"").message == "The provider failed (500)."
    assert unreadable(500, {}, b"\xff\xfe").status == 500


@pytest.mark.parametrize(
    ("status", "word", "again"),
    [
        (429, "false", False),
        (429, "true", True),
        (429, "", True),
        (429, "maybe", True),
        (500, "false", False),
        (400, "true", True),
        (400, "", False),
    ],
)
def test_the_providers_own_word_on_trying_again_is_honoured(status, word, again):
    headers = {"x-should-retry": word} if word else {}
    found = fault(status, None, "busy", headers=headers)
    assert found.may_retry is again
    assert type(found)("another").may_retry is type(found).may_retry
