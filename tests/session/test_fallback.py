"""What happens when a model does not answer: others do, and it is seen."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

import nbprovider
from loopback import answering, delta, ending, serving
from nbprovider import config, session
from nbprovider.errors import CircuitOpen, NoRoute, RateLimited, Unauthorized
from nbprovider.session.chains import chains
from nbprovider.types import Media

FIRST, SECOND = "openai-compatible:tiny", "groq:small"


@pytest.fixture(autouse=True)
def own_session(monkeypatch):
    path = config.settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("first_wait = 0\nlongest_wait = 0.5\n")


@pytest.fixture
def two(monkeypatch):
    """Start two providers: the first fails as a test says, the second answers."""
    with serving(answering("from ", "one")) as one, serving(answering("from ", "two")) as other:
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{one.url}/v1")
        monkeypatch.setenv("GROQ_API_KEY", "gsk_test0123456789")
        monkeypatch.setenv("GROQ_BASE_URL", f"{other.url}/openai/v1")
        yield one, other


def refusing(status: int, **headers: str):
    def script(peer):
        peer.whole(status, {"error": {"message": "no"}}, **headers)

    return script


def cut(peer):
    """Say something, then hang up in the middle."""
    peer.head()
    peer.chunk(delta("half an ans"))
    peer.connection.close()


def statuses():
    frame = nbprovider.usage()
    return list(zip(frame["account"], frame["status"], strict=True))


@pytest.mark.parametrize("status", [401, 402, 429, 503, 500])
def test_another_account_answers_when_the_first_cannot(two, status):
    one, _ = two
    one.script = refusing(status)
    answer = nbprovider.ask("hi", model=FIRST)
    assert answer.text == "from two"
    assert answer.route.account == "groq"
    assert "failed attempt" in answer.footer.text()
    *before, last = statuses()
    assert last == ("groq", "ok")
    assert set(before) == {("openai-compatible", "failed")}


def test_a_bad_request_is_bad_everywhere(two):
    one, other = two
    one.script = refusing(400)
    with pytest.raises(nbprovider.errors.BadRequest):
        nbprovider.ask("hi", model=FIRST)
    assert other.requests == []


def test_a_failure_in_mid_stream_is_tried_again_then_handed_on(two):
    """Row 15 of the rivals: litellm never retries a failure in mid-stream."""
    one, _ = two
    one.script = cut
    answer = nbprovider.ask("hi", model=FIRST)
    assert answer.text == "from two"
    assert [status for _, status in statuses()] == ["failed"] * 3 + ["ok"]
    assert all(nbprovider.usage()["output"].iloc[:3] > 0)  # what was said is billed


def test_nobody_else_is_asked_where_that_is_not_wanted(two):
    one, other = two
    one.script = refusing(401)
    with pytest.raises(Unauthorized):
        nbprovider.ask("hi", model=FIRST, fallback=False)
    config.settings_file().write_text("fallback = false")
    with pytest.raises(Unauthorized):
        nbprovider.ask("hi", model=FIRST)
    assert other.requests == []


def test_the_error_of_all_routes_tells_each_reason(two):
    one, other = two
    one.script, other.script = refusing(401), refusing(402)
    with pytest.raises(NoRoute) as raised:
        nbprovider.ask("hi", model=FIRST)
    (first, why), (second, because) = raised.value.errors[:2]
    assert (first, type(why)) == (FIRST, Unauthorized)
    assert second.startswith("groq:")
    assert isinstance(because, nbprovider.errors.QuotaExhausted)
    assert first in str(raised.value)


def test_a_chain_says_who_comes_next(two):
    one, _ = two
    chains.create("safe", [FIRST, SECOND])
    one.script = refusing(503)
    answer = nbprovider.ask("hi", model="safe")
    assert str(answer.route.ref) == "groq:small"
    assert "number 2 of 2" in answer.route.reason


def test_a_chat_of_a_chain_begins_with_its_first_again(two):
    one, _ = two
    chains.create("safe", [FIRST, SECOND])
    chat = nbprovider.Chat("c", model="safe")
    working, one.script = one.script, refusing(503)
    assert chat.ask("hi").route.provider == "groq"
    one.script = working
    session.current().breakers.reset()
    assert chat.ask("again").route.provider == "openai-compatible"
    sent = one.requests[-1]["body"]["messages"]
    assert [m["content"] for m in sent] == ["hi", "from two", "again"]


def test_a_picture_is_not_handed_to_who_sees_none(two, monkeypatch):
    """Groq's usual model is known to have no vision; OpenAI's has."""
    one, other = two
    one.script = refusing(503)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test0123456789")
    monkeypatch.setenv("OPENAI_BASE_URL", f"{other.url}/v1")
    picture = Media("image", "image/png", b"\x89PNG\r\n")
    nbprovider.ask([picture, "what?"], model=FIRST)
    assert {ref for ref, *_ in statuses()} == {"openai-compatible", "openai"}


def test_an_open_circuit_is_passed_over_at_once(two):
    one, other = two
    one.script = refusing(503)
    nbprovider.ask("hi", model=FIRST)
    asked = len(one.requests)
    answer = nbprovider.ask("hi", model=FIRST)
    assert len(one.requests) == asked == 3
    assert answer.text == "from two"
    assert "CircuitOpen" in answer.footer.text()
    with pytest.raises(CircuitOpen, match="left alone"):
        nbprovider.ask("hi", model=FIRST, fallback=False)
    assert len(other.requests) == 2


def test_a_wait_that_the_provider_asks_for_is_kept(two):
    one, _ = two
    seen = []

    def script(peer):
        seen.append(time.monotonic())
        if len(seen) == 1:
            refusing(429, **{"retry-after-ms": "300"})(peer)
        else:
            answering("ok")(peer)

    one.script = script
    assert nbprovider.ask("hi", model=FIRST, fallback=False).text == "ok"
    assert seen[1] - seen[0] >= 0.3


def test_a_wait_that_is_too_long_is_not_waited(two):
    one, _ = two
    one.script = refusing(429, **{"retry-after": "3600"})
    with pytest.raises(RateLimited) as raised:
        nbprovider.ask("hi", model=FIRST, fallback=False)
    assert raised.value.retry_after == 3600
    assert len(one.requests) == 1


def test_limits_of_headers_hold_back_the_next_calls(two):
    """Row 16 of the rivals: litellm's batches ignore rate limits."""
    one, _ = two
    limits = {
        "x-ratelimit-limit-requests": "1",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "400ms",
    }
    seen = []

    def script(peer):
        seen.append(time.monotonic())
        peer.head(200, **limits)
        peer.chunk(delta("ok"))
        peer.chunk(ending())
        peer.end()

    one.script = script
    for _ in range(3):
        nbprovider.ask("hi", model=FIRST, fallback=False)
    assert all(later - earlier >= 0.3 for earlier, later in pairwise(seen))


def test_what_failed_is_billed_to_who_failed(two):
    one, _ = two
    one.script = cut
    nbprovider.ask("hi", model=FIRST)
    frame = nbprovider.usage()
    assert frame["call"].nunique() == 1
    assert list(frame["attempt"]) == [1, 2, 3, 4]


def test_a_stall_is_tried_again(two):
    one, _ = two
    config.settings_file().write_text("first_wait = 0\nsilence = 0.2\ntries = 2\n")
    one.script = lambda peer: peer.wait_closed()
    answer = nbprovider.ask("hi", model=FIRST)
    assert answer.text == "from two"
    assert list(nbprovider.usage()["error"].str.startswith("stalled"))[:2] == [True, True]


def test_nothing_is_tried_again_that_cannot_heal(two):
    one, _ = two
    one.script = refusing(401)
    with pytest.raises(Unauthorized):
        nbprovider.ask("hi", model=FIRST, fallback=False)
    assert len(one.requests) == 1


def test_a_dead_address_falls_back_too(two, monkeypatch):
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", "http://127.0.0.1:9/v1")
    answer = nbprovider.ask("hi", model=FIRST)
    assert answer.text == "from two"
