import string

import pytest

from nbprovider import catalog
from nbprovider.credentials import redact
from nbprovider.credentials.redaction import MARK, PREFIXES

BODY = "Q7w8E9r0T1y2U3i4O5p6A7s8"


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_key_by_its_prefix_shows_the_prefix_only(prefix: str) -> None:
    body = BODY.upper() if prefix in {"AKIA", "ASIA"} else BODY
    shown = redact(f'401: bad key "{prefix}{body}".')
    assert shown == f'401: bad key "{prefix}{MARK}".'


@pytest.mark.parametrize("key", sorted(catalog.load()))
def test_every_prefix_that_a_provider_file_names_is_known(key: str) -> None:
    for prefix in catalog.load()[key].key_prefix:
        token = f"{prefix}{BODY}.{BODY}.{BODY}" if prefix == "eyJ" else f"{prefix}{BODY}"
        assert BODY[2:] not in redact(f"x {token} y")


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {BODY}",
        f"authorization: bearer {BODY}",
        f"{{'x-api-key': '{BODY}'}}",
        f"x-goog-api-key: {BODY}",
        f"https://host/v1/models?key={BODY}&alt=sse",
        f"https://host/cb?code=1&access_token={BODY}",
        f"eyJhbGciOiJIUzI1NiJ9.{BODY}.{BODY}",
    ],
)
def test_a_key_by_its_place_is_hidden(text: str) -> None:
    shown = redact(text)
    assert BODY[:6] not in shown
    assert MARK in shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "risk-adjusted-returns-in-2026-and-later",
        "task-1234567890123456",
        "use scikit-learn, sk-learn-contributed-packages-of-note",
        "the bearer of bad news came",
        "key=value",
        "monkey=12345678901234567890",
        "0123456789abcdef0123456789abcdef01234567",
        string.printable,
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert redact(text) == text


def test_redacting_twice_is_redacting_once() -> None:
    once = redact(f"Bearer sk-{BODY} and ?key={BODY}")
    assert redact(once) == once


def test_many_words_are_redacted_in_one_text() -> None:
    shown = redact(f"sk-{BODY}\nsk-ant-{BODY} gsk_{BODY}")
    assert shown == f"sk-{MARK}\nsk-ant-{MARK} gsk_{MARK}"
