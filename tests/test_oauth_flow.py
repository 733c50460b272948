"""Logins as flows: driven by hand, or over a real socket against a scripted server."""

from __future__ import annotations

import json
import urllib.parse

import pytest

from nbprovider import transport
from nbprovider.catalog import OAuth
from nbprovider.credentials import Secret
from nbprovider.credentials.oauth import Plan, Tokens, begin
from nbprovider.credentials.oauth_replies import Granted
from nbprovider.errors import BadRequest, LoginFailed, Unauthorized, Unavailable, Unreachable
from nbprovider.oauth_flow import DEVICE, by_device, exchange, refreshing, revoking
from nbprovider.types import Block, Head, Read, Ref, Send, Sleep

BASE = "http://127.0.0.1:9"
OIDC = OAuth(f"{BASE}/token", f"{BASE}/login", client_id="us", resource="https://api.test/v1")
KEY = OAuth(f"{BASE}/keys", f"{BASE}/login", gives="key")
BY_DEVICE = OAuth(f"{BASE}/token", device=f"{BASE}/device", client_id="us", scopes=("a", "b"))
TOKENS = Tokens("old-a", "old-r", 5.0, "s", "issued", "ada")


class World:
    """Drives a flow: answers requests in turn, keeps the time without waiting."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.asked: list = []
        self.slept: list[float] = []
        self.now = 1000.0

    def clock(self) -> float:
        return self.now

    def run(self, flow):
        value, body = None, b""
        try:
            step = flow.send(None)
            while True:
                match step:
                    case Send(request=request):
                        self.asked.append(request)
                        answer = self.answers.pop(0)
                        if isinstance(answer, Exception):
                            step = flow.throw(answer)
                            continue
                        status, told = answer
                        value = Head(status, {})
                        body = told if isinstance(told, bytes) else json.dumps(told).encode()
                    case Read():
                        value, body = body, b""
                    case Sleep(seconds=seconds):
                        self.slept.append(seconds)
                        self.now += seconds
                        value = None
                    case Block(function=function):
                        value = function()
                step = flow.send(value)
        except StopIteration as end:
            return end.value

    def form(self, number: int = -1) -> dict[str, str]:
        return dict(urllib.parse.parse_qsl(self.asked[number].body.decode()))


def login(oauth=OIDC):
    return begin(oauth, Plan("someone", "someone", 1234))


def granted(client_id: str = "") -> Granted:
    return Granted(Secret("the-code"), client_id)


def test_a_code_is_exchanged_by_a_form():
    world, begun = World((200, {"access_token": "a", "expires_in": 10})), login()
    found = world.run(exchange(OIDC, begun, granted(), world.clock))
    assert found == Tokens("a", expires_at=1010.0, client_id="us")
    assert world.form() == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "code_verifier": begun.verifier.reveal(),
        "redirect_uri": begun.redirect_uri,
        "client_id": "us",
        "resource": "https://api.test/v1",
    }


def test_a_client_id_that_was_issued_is_used_and_kept():
    world = World((200, {"access_token": "a"}))
    found = world.run(exchange(OIDC, login(), granted("issued"), world.clock))
    assert world.form()["client_id"] == found.client_id == "issued"


def test_a_code_for_a_key_is_exchanged_by_json():
    world, begun = World((200, {"key": "sk-or-v1-0", "user_id": "u"})), login(KEY)
    assert world.run(exchange(KEY, begun, granted())).reveal() == "sk-or-v1-0"
    assert json.loads(world.asked[0].body) == {
        "code": "the-code",
        "code_verifier": begun.verifier.reveal(),
        "code_challenge_method": "S256",
    }


@pytest.mark.parametrize("oauth", [OIDC, KEY])
@pytest.mark.parametrize("status", [400, 403])
def test_a_code_that_is_not_taken_fails_the_login(oauth, status):
    world = World((status, {"error": "invalid_grant"}))
    with pytest.raises(LoginFailed) as caught:
        world.run(exchange(oauth, login(oauth), granted()))
    assert caught.value.code == "refused"


@pytest.mark.parametrize("answer", [(500, b""), (302, b""), (200, b"<html>"), (200, [])])
def test_a_server_that_is_out_of_order_is_an_outage(answer):
    with pytest.raises(Unavailable):
        World(answer).run(exchange(OIDC, login(), granted()))


def test_a_refresh_says_who_asks_and_keeps_what_it_is_not_told():
    world = World((200, {"access_token": "a", "refresh_token": "r", "expires_in": 60}))
    found = world.run(refreshing(OIDC, TOKENS, world.clock))
    assert found == Tokens("a", "r", 1060.0, "s", "issued", "ada")
    assert world.form() == {
        "grant_type": "refresh_token",
        "refresh_token": "old-r",
        "client_id": "issued",
        "resource": "https://api.test/v1",
    }


@pytest.mark.parametrize("code", ["invalid_grant", "refresh_token_reused"])
def test_a_refresh_of_a_login_that_ended_is_unauthorized(code):
    with pytest.raises(Unauthorized):
        World((400, {"error": code})).run(refreshing(OIDC, TOKENS))


def test_a_refresh_token_that_the_server_quotes_is_not_shown():
    tokens = Tokens("at", "a-refresh-token-of-mine")
    quoted = {"error": "invalid_grant", "error_description": "unknown: a-refresh-token-of-mine"}
    with pytest.raises(Unauthorized) as caught:
        World((400, quoted)).run(refreshing(OIDC, tokens))
    assert "of-mine" not in f"{caught.value} {caught.value.detail}"


def test_the_audit_is_told_whose_login_it_is():
    flow = exchange(OIDC, login(), granted())
    assert next(flow).about == Ref("someone", "", "someone")


def test_tokens_without_a_refresh_token_end_with_their_time():
    world = World()
    with pytest.raises(Unauthorized):
        world.run(refreshing(OIDC, Tokens("a")))
    assert not world.asked


def test_revoking_hands_in_the_refresh_token():
    world = World((200, b""))
    world.run(revoking(OAuth(BASE, BASE, revoke=f"{BASE}/revoke"), TOKENS))
    assert world.form() == {
        "token": "old-r",
        "token_type_hint": "refresh_token",
        "client_id": "issued",
    }


def test_where_nothing_can_be_revoked_nothing_is_asked():
    world = World()
    world.run(revoking(OIDC, TOKENS))
    assert not world.asked


CODE = {
    "device_code": "hush",
    "user_code": "WDJB-MJHT",
    "verification_uri": "https://a.test/device",
    "expires_in": 60,
    "interval": 7,
}
PENDING = (400, {"error": "authorization_pending"})
SLOWER = (400, {"error": "slow_down"})
GIVEN = (200, {"access_token": "a"})


def polled(*answers, code=CODE):
    shown, world = [], World((200, code), *answers)
    try:
        return world, shown, world.run(by_device(BY_DEVICE, shown.append, world.clock))
    except Exception as error:
        error.world = world
        raise


def test_a_device_is_shown_its_code_and_polls_until_it_is_entered():
    world, [shown], found = polled(PENDING, PENDING, GIVEN)
    assert (shown.code, shown.url, shown.minutes) == ("WDJB-MJHT", "https://a.test/device", 1)
    assert found == Tokens("a", client_id="us")
    assert world.form(0) == {"client_id": "us", "scope": "a b"}
    assert world.form() == {"grant_type": DEVICE, "device_code": "hush", "client_id": "us"}
    assert world.slept == [7, 7, 7]


def test_slow_down_lengthens_the_pause_for_good():
    assert polled(SLOWER, PENDING, GIVEN)[0].slept == [7, 12, 12]


def test_the_pause_is_five_seconds_where_nobody_says():
    code = {name: value for name, value in CODE.items() if name != "interval"}
    assert polled(GIVEN, code=code)[0].slept == [5]


def test_a_network_that_fails_while_polling_is_tried_again_more_slowly():
    assert polled(Unreachable("gone"), (503, b""), GIVEN)[0].slept == [7, 14, 28]


@pytest.mark.parametrize(
    ("answer", "code"),
    [((400, {"error": "access_denied"}), "denied"), ((400, {"error": "expired_token"}), "timeout")],
)
def test_a_device_that_is_refused_ends_in_words(answer, code):
    with pytest.raises(LoginFailed) as caught:
        polled(PENDING, answer)
    assert caught.value.code == code


def test_a_device_does_not_poll_beyond_its_time():
    with pytest.raises(LoginFailed) as caught:
        polled(*[PENDING] * 20)
    assert caught.value.code == "timeout"
    assert sum(caught.value.world.slept) < 60 + 7


def test_a_refusal_that_will_not_heal_is_raised():
    with pytest.raises(BadRequest):
        polled((400, {"error": "invalid_client"}))


@pytest.mark.parametrize("code", [[], {}, {"user_code": "x"}, {**CODE, "expires_in": "soon"}])
def test_a_device_code_of_an_unknown_shape_is_an_outage(code):
    with pytest.raises(Unavailable):
        polled(code=code)


def test_a_login_server_that_is_not_there_is_unreachable():
    with pytest.raises(Unreachable):
        transport.result(exchange(OIDC, login(), granted()), transport.Settings())
