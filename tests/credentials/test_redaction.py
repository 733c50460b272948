import base64
import html
import json
import string
from urllib.parse import quote
from weakref import WeakSet

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nbprovider import catalog
from nbprovider.credentials import Secret, redact, secret
from nbprovider.credentials.redaction import MARK, PREFIXES, holds_key, without_known
from nbprovider.errors import Unauthorized


@pytest.fixture(autouse=True)
def only_own_secrets(monkeypatch):
    """Forget what other tests still hold."""
    monkeypatch.setattr(secret, "_known", WeakSet())


KEY = "zQ81seededKEY77xyzzyABCDEFGH"
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


WORDS = st.text(string.ascii_letters + " .,;:!?'\"()-\n", max_size=400)


@given(WORDS)
def test_prose_without_a_digit_is_left_alone(text: str) -> None:
    assert redact(text) == text


@given(st.uuids(), st.binary(min_size=20, max_size=32), st.binary(max_size=3000))
def test_identifiers_digests_and_pictures_are_left_alone(name, digest, picture) -> None:
    encoded = base64.b64encode(picture).decode()
    text = f"cell {str(name)[:8]} {name} {name.hex} {digest.hex()} data:image/png;base64,{encoded}"
    assert redact(text) == text
    assert not holds_key(text)


@given(st.text(max_size=60), st.sampled_from(PREFIXES), st.text(max_size=60))
def test_redacting_once_more_changes_nothing(before: str, prefix: str, after: str) -> None:
    once = redact(f"{before} {prefix}{BODY} {after}")
    assert redact(once) == once


@given(st.text(string.printable, min_size=12, max_size=60), st.text(max_size=80), st.data())
def test_no_spelling_of_a_known_secret_remains(key: str, around: str, data) -> None:
    secret = Secret(key)
    value = secret.reveal() if secret else ""
    assume(len(value) >= 12 and value not in around)
    spell = data.draw(st.sampled_from([str, repr, json.dumps, quote, html.escape]))
    assert spell(value) not in redact(f"{around}{spell(value)}{around}")
    assert secret


@pytest.mark.parametrize(
    "text",
    [
        "sk-" * 30_000,
        "eyJ-" * 25_000,
        "key_" * 25_000 + "token secret ://",
        "api_key=" * 12_000,
        "a" * 100_000 + " key token secret :// cookie authorization bearer JQQJ9",
        "\n" * 100_000,
        " " * 100_000 + "cookie",
        "-----BEGIN PRIVATE KEY-----" * 3_000,
        "https://" * 12_000,
    ],
    ids=range(9),
)
@pytest.mark.timeout(30)
def test_no_text_makes_it_slow(text: str) -> None:
    """A hundred kilobytes take a quadratic pattern minutes, and these none of a second."""
    assert MARK not in redact(text)


def test_an_example_of_a_key_stays_in_what_a_model_says() -> None:
    said = f"Write OPENAI_API_KEY=sk-{BODY} into the file."
    assert without_known(said) == said
    secret = Secret(f"sk-{BODY}")
    assert BODY[3:12] not in without_known(said)
    assert secret


def test_a_key_that_was_cut_short_is_hidden() -> None:
    secret = Secret(KEY)
    for shown in (f"bad key {KEY[:14]}…", f"…{KEY[-14:]} is bad", f"{KEY[:12]}***{KEY[-12:]}"):
        assert KEY[:10] not in redact(shown)
        assert KEY[-10:] not in redact(shown)
    assert secret


def test_every_text_of_an_error_is_redacted_when_it_is_put_there() -> None:
    secret = Secret(KEY)
    error = Unauthorized(f"no {KEY}", hint=KEY, code=KEY, request_id=KEY, detail=f"body {KEY}")
    error.debug = f"more {KEY}"
    assert KEY[3:14] not in repr((vars(error), error.args, str(error), error._render_traceback_()))
    assert secret
