"""What a login asks, and how what comes back is read: no network."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from login_server import id_token, query
from nbprovider import catalog
from nbprovider.catalog import OAuth
from nbprovider.credentials import Secret
from nbprovider.credentials.oauth import MARGIN, Plan, Tokens, begin, challenge, opened
from nbprovider.credentials.oauth_replies import (
    DEAD,
    check_identity,
    check_scope,
    expects,
    key,
    redirected,
    refusal,
    tokens,
)
from nbprovider.errors import BadRequest, LoginFailed, RateLimited, Unauthorized, Unavailable

PLAIN = OAuth("https://a.test/token", "https://a.test/login", client_id="us", scopes=("a", "b"))
CHATGPT = catalog.find("chatgpt").oauth
OPENROUTER = catalog.find("openrouter").oauth
NOW = 1_800_000_000.0


def login(oauth=PLAIN, **more):
    return begin(oauth, Plan("someone", "someone", 1234, **more))


def test_the_challenge_is_that_of_the_rfc():
    """RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_login_asks_with_pkce_and_a_state():
    begun = login()
    assert begun.url.startswith("https://a.test/login?")
    assert query(begun.url) == {
        "response_type": "code",
        "client_id": "us",
        "scope": "a b",
        "redirect_uri": "http://127.0.0.1:1234/callback",
        "state": begun.state,
        "code_challenge": challenge(begun.verifier.reveal()),
        "code_challenge_method": "S256",
    }


def test_no_two_logins_share_a_secret():
    one, other = login(), login()
    assert one.state != other.state
    assert one.nonce != other.nonce
    assert one.verifier.reveal() != other.verifier.reveal()
    assert len(one.verifier.reveal()) == 43


def test_a_login_does_not_show_its_verifier():
    begun = login()
    assert begun.verifier.reveal() not in repr(begun)
    assert begun.url in repr(begun)


def test_tokens_do_not_show_themselves():
    assert "hush" not in repr(Tokens("hush-a", "hush-r", NOW, client_id="hush-c"))
    assert "hush" not in repr(Tokens("hush-a").sealed())


def test_tokens_come_out_of_the_vault_as_they_went_in():
    kept = Tokens("a", "r", NOW, "s", "c", "sub")
    assert opened(kept.sealed()) == kept
    assert opened(Secret("sk-a-plain-key")) is None


def test_tokens_are_due_a_minute_before_their_end():
    assert not Tokens("a", expires_at=NOW).due(NOW - MARGIN - 1)
    assert Tokens("a", expires_at=NOW).due(NOW - MARGIN)
    assert not Tokens("a").due(NOW)


def test_chatgpt_is_asked_as_its_maker_documents_it():
    first = query(login(CHATGPT, installation="urn:uuid:1").url)
    assert first["client_id"] == "dynamic_agent_client"
    assert first["redirect_uri"] == "http://127.0.0.1:1234/auth/callback"
    assert first["resource"] == "https://api.openai.com/v1"
    assert "chatgpt.tokens.use.direct" in first["scope"].split()
    assert first["agent_name_hint"] == "nbprovider"
    assert first["ext_agent_host_id"] == "urn:uuid:1"
    assert first["nonce"]
    again = query(login(CHATGPT, client_id="issued-1").url)
    assert again["client_id"] == "issued-1"
    assert not again.keys() & {"agent_name_hint", "ext_agent_host_id"}


def test_openrouter_is_asked_for_a_key_with_the_state_in_the_path():
    begun = login(OPENROUTER)
    asked = query(begun.url)
    assert asked.keys() == {"callback_url", "code_challenge", "code_challenge_method"}
    assert asked["callback_url"] == f"http://127.0.0.1:1234/callback/{begun.state}"


def test_a_page_of_ones_own_is_led_back_to():
    own = "https://page.test/back"
    begun = login(redirect_uri=own)
    assert query(begun.url)["redirect_uri"] == begun.redirect_uri == own
    by_path = login(OPENROUTER, redirect_uri=own)
    assert query(by_path.url)["callback_url"] == by_path.redirect_uri == f"{own}/{by_path.state}"


@pytest.mark.parametrize("wrap", ["{}", "  {}\n", "<{}>", '"{}"'])
def test_the_pasted_address_brings_the_code(wrap):
    begun = login()
    told = f"{begun.redirect_uri}?code=c%2F1&state={begun.state}&client_id=issued"
    granted = redirected(PLAIN, begun, wrap.format(told))
    assert granted.code.reveal() == "c/1"
    assert granted.client_id == "issued"


def test_what_stands_behind_the_question_mark_will_do():
    begun = login()
    assert redirected(PLAIN, begun, f"code=c&state={begun.state}").code.reveal() == "c"


@pytest.mark.parametrize(
    "told", ["", "hello", "https://a.test/", "code=", "http://[::1", "?state=x"]
)
def test_pasted_garbage_is_told_so(told):
    with pytest.raises(LoginFailed) as caught:
        redirected(PLAIN, login(), told)
    assert caught.value.code == "nonsense"


@pytest.mark.parametrize("state", ["", "another", None])
@pytest.mark.parametrize("oauth", [PLAIN, OPENROUTER])
def test_another_logins_address_is_refused(oauth, state):
    told = f"http://127.0.0.1:1234/callback/{state}?code=c" + (f"&state={state}" if state else "")
    with pytest.raises(LoginFailed) as caught:
        redirected(oauth, login(oauth), told)
    assert caught.value.code == "wrong_state"


def test_a_denial_of_another_login_ends_nothing():
    with pytest.raises(LoginFailed) as caught:
        redirected(PLAIN, login(), "?error=access_denied&state=another")
    assert caught.value.code == "wrong_state"


@pytest.mark.parametrize(
    ("error", "code"), [("access_denied", "denied"), ("server_error", "refused")]
)
def test_a_no_is_told_in_words(error, code):
    begun = login()
    with pytest.raises(LoginFailed) as caught:
        redirected(PLAIN, begun, f"?error={error}&state={begun.state}")
    assert caught.value.code == code


def test_a_listener_waits_for_one_path_and_one_state():
    begun = login()
    right = f"/callback?code=c&state={begun.state}"
    assert expects(PLAIN, begun, right)
    assert expects(PLAIN, begun, f"/callback?error=access_denied&state={begun.state}")
    assert not expects(PLAIN, begun, f"/callback?state={begun.state}")
    assert not expects(PLAIN, begun, right.replace("/callback", "/other"))
    assert not expects(PLAIN, begun, "/callback?code=c&state=another")
    by_path = login(OPENROUTER)
    assert expects(OPENROUTER, by_path, f"/callback/{by_path.state}?code=c")
    assert not expects(OPENROUTER, by_path, "/callback/another?code=c")


def test_tokens_are_read_from_a_reply():
    reply = {
        "access_token": "a",
        "refresh_token": "r",
        "expires_in": 3600,
        "scope": "x y",
        "id_token": id_token(sub="ada"),
    }
    found = tokens(reply, Tokens("", client_id="us"), NOW)
    assert found == Tokens("a", "r", NOW + 3600, "x y", "us", "ada")


def test_what_a_refresh_leaves_out_stays():
    earlier = Tokens("old", "r", NOW, "x", "us", "ada")
    assert tokens({"access_token": "new"}, earlier, NOW) == Tokens(
        "new", "r", 0.0, "x", "us", "ada"
    )


@pytest.mark.parametrize("expires_in", [None, "soon", True, [1]])
def test_an_end_that_is_no_number_is_unknown(expires_in):
    found = tokens({"access_token": "a", "expires_in": expires_in}, Tokens(""), NOW)
    assert found.expires_at == 0


@pytest.mark.parametrize("reply", [None, [], "x", {}, {"access_token": 1}, {"access_token": ""}])
def test_a_reply_without_a_token_is_an_outage(reply):
    with pytest.raises(Unavailable):
        tokens(reply, Tokens(""), NOW)
    with pytest.raises(Unavailable):
        key(reply)


def test_without_the_needed_scope_one_is_signed_in_only():
    check_scope(CHATGPT, Tokens("a", scope="openid chatgpt.tokens.use.direct"))
    with pytest.raises(LoginFailed) as caught:
        check_scope(CHATGPT, Tokens("a", scope="openid profile chatgpt.tokens.use"))
    assert caught.value.code == "not_granted"


RIGHT = {"iss": "https://auth.openai.com", "aud": "us", "exp": NOW + 60, "nonce": "n"}


@pytest.mark.parametrize("aud", ["us", ["other", "us"]])
def test_a_fitting_id_token_passes(aud):
    ours = replace(login(CHATGPT), client_id="us", nonce="n")
    check_identity(CHATGPT, ours, {"id_token": id_token(**{**RIGHT, "aud": aud})}, NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.test"},
        {"aud": "them"},
        {"aud": ["them"]},
        {"aud": None},
        {"exp": NOW - 3600},
        {"exp": "later"},
        {"nonce": "another"},
        {"nonce": None},
    ],
    ids=str,
)
def test_an_id_token_that_does_not_fit_is_refused_by_the_claims_name(wrong):
    ours = replace(login(CHATGPT), client_id="us", nonce="n")
    with pytest.raises(LoginFailed, match=next(iter(wrong))) as caught:
        check_identity(CHATGPT, ours, {"id_token": id_token(**{**RIGHT, **wrong})}, NOW)
    assert caught.value.code == "wrong_identity"


@pytest.mark.parametrize("token", [None, "", "a.b", "a.!!.c", "a.e30x.c", "a.WzFd.c", 7])
def test_no_id_token_or_a_garbled_one_is_refused(token):
    with pytest.raises(LoginFailed):
        check_identity(CHATGPT, login(CHATGPT), {"id_token": token}, NOW)


@pytest.mark.parametrize("code", sorted(DEAD))
def test_a_dead_login_is_unauthorized_in_either_shape(code):
    flat, nested = f'{{"error": "{code}"}}', f'{{"error": {{"code": "{code}", "message": "m"}}}}'
    for body in (flat, nested):
        error = refusal(400, {}, body.encode())
        assert isinstance(error, Unauthorized)
        assert error.code == code


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, BadRequest), (429, RateLimited), (500, Unavailable), (503, Unavailable)],
)
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": 1}', b"\xff"])
def test_any_other_refusal_has_its_kind(status, kind, body):
    assert isinstance(refusal(status, {}, body), kind)


def test_a_refusal_shows_no_secret():
    held = Secret("a-refresh-token-of-mine")
    error = refusal(400, {}, b'{"error": "x", "error_description": "a-refresh-token-of-mine"}')
    assert held.reveal() not in f"{error} {error.detail}"


@pytest.mark.parametrize(
    "table",
    [
        OAuth("https://a.test/t"),
        OAuth("http://a.test/t", "https://a.test/l"),
        OAuth("https://a.test/t", "javascript:alert(1)"),
        OAuth("https://a.test/t", "https://a.test/l", redirect_host="0.0.0.0"),
        OAuth("https://a.test/t", "https://a.test/l", redirect_path="x"),
    ],
    ids=str,
)
def test_a_table_that_would_give_tokens_away_is_a_mistake(table):
    assert table.mistake()


def test_our_own_tables_make_sense():
    tables = [provider.oauth for provider in catalog.load().values() if provider.oauth]
    assert len(tables) >= 2
    assert not any(table.mistake() for table in tables)
