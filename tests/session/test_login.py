"""Log in, out and again: against a real OpenID Connect server, and scripted ones."""

from __future__ import annotations

import json
import os

import pytest

import nbprovider
from login_server import allowed, id_token, mock_table, provider_mock, query, written
from loopback import serving
from nbprovider import credentials
from nbprovider.credentials import Secret
from nbprovider.credentials.oauth import opened
from nbprovider.credentials.stored import Stored, new_id
from nbprovider.errors import LoginFailed, UsageError
from nbprovider.session import current
from nbprovider.session.login import Logins, Whom, installation
from nbprovider.session.login_place import SIGNS, elsewhere

ISSUED = "issued-1"


@pytest.fixture(scope="module")
def server():
    with provider_mock() as url:
        yield url


@pytest.fixture
def campus(server):
    return written("campus", mock_table(server))


def tokens(name):
    vault = credentials.vault()
    return opened(vault.secret(vault.find(name), "oauth"))


def test_a_login_is_completed_by_the_address_that_is_pasted(campus):
    login = nbprovider.start_login("campus")
    assert nbprovider.complete_login(login, allowed(login.url)) == "campus"
    kept = tokens("campus")
    assert kept.subject == "ada"
    assert kept.refresh_token
    assert kept.client_id == "nbprovider"
    assert credentials.access("campus").secret.reveal() == kept.access_token


def test_what_is_kept_shows_nothing_in_the_file(campus):
    login = nbprovider.start_login("campus")
    nbprovider.complete_login(login, allowed(login.url))
    kept, text = tokens("campus"), credentials.vault().path.read_text()
    assert kept.access_token not in text
    assert kept.refresh_token not in text


def test_a_code_is_good_once(campus):
    login = nbprovider.start_login("campus")
    address = allowed(login.url)
    nbprovider.complete_login(login, address)
    with pytest.raises(LoginFailed) as caught:
        nbprovider.complete_login(login, address)
    assert caught.value.code == "refused"


def test_a_denial_keeps_nothing(campus):
    login = nbprovider.start_login("campus")
    address = allowed(login.url, action="deny")
    assert "error=access_denied" in address
    if "state=" not in address:  # the server leaves it out; RFC 6749 (4.1.2.1) has it
        address += f"&state={login.state}"
    with pytest.raises(LoginFailed) as caught:
        nbprovider.complete_login(login, address)
    assert caught.value.code == "denied"
    assert not credentials.vault().accounts()


def test_the_address_of_another_login_is_refused(campus):
    first, second = nbprovider.start_login("campus"), nbprovider.start_login("campus")
    with pytest.raises(LoginFailed) as caught:
        nbprovider.complete_login(second, allowed(first.url))
    assert caught.value.code == "wrong_state"
    assert not credentials.vault().accounts()


def test_somebody_elses_code_with_the_right_state_is_refused(campus):
    """What PKCE is for: the code fits another verifier."""
    mine, theirs = nbprovider.start_login("campus"), nbprovider.start_login("campus")
    code = query(allowed(theirs.url))["code"]
    with pytest.raises(LoginFailed) as caught:
        nbprovider.complete_login(mine, f"?code={code}&state={mine.state}")
    assert caught.value.code == "refused"
    assert not credentials.vault().accounts()


def test_without_the_needed_permission_nothing_is_kept(server):
    written("campus", {**mock_table(server), "granted": "plan.use"})
    login = nbprovider.start_login("campus")
    with pytest.raises(LoginFailed) as caught:
        nbprovider.complete_login(login, allowed(login.url))
    assert caught.value.code == "not_granted"
    assert not credentials.vault().accounts()


def test_one_may_have_several_accounts(campus):
    for name, sub in (("", "ada"), ("work", "grace")):
        login = nbprovider.start_login("campus", name)
        nbprovider.complete_login(login, allowed(login.url, sub))
    assert tokens("campus").subject == "ada"
    assert tokens("work").subject == "grace"
    assert {a.name for a in credentials.accounts() if a.provider == "campus"} == {"campus", "work"}


def test_logging_in_again_renews_the_account_that_is_named(campus):
    login = nbprovider.start_login("campus", "work")
    nbprovider.complete_login(login, allowed(login.url))
    before = tokens("work").access_token
    again = nbprovider.start_login("work")
    assert nbprovider.complete_login(again, allowed(again.url)) == "work"
    assert tokens("work").access_token != before
    assert len(credentials.vault().accounts()) == 1


def test_another_person_does_not_take_over_an_account(campus):
    for sub, name in (("ada", "campus"), ("grace", "campus-2")):
        login = nbprovider.start_login("campus")
        assert nbprovider.complete_login(login, allowed(login.url, sub)) == name
    assert tokens("campus").subject == "ada"
    assert tokens("campus-2").subject == "grace"


def test_a_login_takes_the_place_of_a_key(campus):
    account = Stored(new_id(), "campus", "campus")
    credentials.vault().add(account, {"key": Secret("sk-old-0")})
    login = nbprovider.start_login("campus")
    nbprovider.complete_login(login, allowed(login.url))
    assert list(credentials.vault().find("campus").sealed) == ["oauth"]


def test_a_login_goes_to_the_providers_own_address_alone(campus):
    """Whoever could edit the file would else have a new login led to their own server."""
    elsewhere = {"base_url": "https://evil.test/v1", "services": {"tts": "https://evil.test/tts"}}
    credentials.vault().add(Stored(new_id(), "campus", "campus", **elsewhere), {})
    login = nbprovider.start_login("campus")
    nbprovider.complete_login(login, allowed(login.url))
    assert credentials.access("campus").endpoint.base_url == campus.base_url
    assert not credentials.vault().find("campus").services


def test_the_name_of_another_providers_account_is_taken(campus):
    credentials.vault().add(Stored(new_id(), "groq", "work"), {"key": Secret("gsk_0")})
    with pytest.raises(UsageError, match="work"):
        nbprovider.start_login("campus", "work")


def test_logging_out_removes_what_was_kept(campus):
    login = nbprovider.start_login("campus", "work")
    nbprovider.complete_login(login, allowed(login.url))
    assert Logins(current()).end("campus") == ""
    assert not credentials.vault().accounts()
    assert not credentials.vault().removed()
    with pytest.raises(UsageError, match="Nobody is logged in"):
        Logins(current()).end("work")


def test_logging_out_tells_the_provider_and_goes_on_without_it(server):
    with serving(lambda peer: peer.whole(503, "")) as revoking:
        written("campus", mock_table(server, revoke=f"{revoking.url}/revoke"))
        login = nbprovider.start_login("campus")
        nbprovider.complete_login(login, allowed(login.url))
        kept = tokens("campus")
        assert "could not be told" in Logins(current()).end("campus")
        [request] = revoking.requests
    assert request["body"]["token"] == kept.refresh_token
    assert not credentials.vault().accounts()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("claude", "`%provider guide claude-cli`"),
        ("anthropic", "`%provider key anthropic`"),
        ("gemini", "`%provider guide gemini-cli`"),
        ("google", "`%provider key google`"),
        ("codex", "`%provider login chatgpt`"),
        ("groq", "`%provider key groq`"),
    ],
)
def test_where_nobody_can_log_in_one_sentence_says_what_to_do(name, words):
    with pytest.raises(UsageError) as caught:
        nbprovider.start_login(name)
    assert words in str(caught.value)


def test_an_installation_keeps_its_name():
    assert installation().startswith("urn:uuid:")
    assert installation() == installation()


def chatgpt(**reply):
    """Return a script of ChatGPT's login: the client id comes with the redirect."""

    def script(peer):
        fields = peer.request["body"]
        claims = {"iss": "https://issuer.test", "aud": fields["client_id"], "exp": 4e9}
        token = id_token(**claims, nonce=reply["nonce"]() if "nonce" in reply else "", sub="ada")
        told = {"access_token": "at-1", "refresh_token": "rt-1", "expires_in": 3600}
        scope = "openid chatgpt.tokens.use.direct"
        peer.whole(200, {**told, "id_token": token, "scope": scope})

    return script


def test_the_client_id_that_chatgpt_issues_is_kept_for_the_account_and_used_again():
    nonces = []
    with serving(chatgpt(nonce=lambda: nonces[-1])) as server:
        table = {
            "issuer": "https://issuer.test",
            "authorize": f"{server.url}/authorize",
            "token": f"{server.url}/token",
            "client_id": "dynamic_agent_client",
            "client_id_returned": True,
            "granted": "chatgpt.tokens.use.direct",
            "resource": "https://api.openai.com/v1",
            "redirect_path": "/auth/callback",
            "parameters": {"nonce": "{nonce}"},
            "first_parameters": {"ext_agent_host_id": "{installation}"},
        }
        written("plan", table)
        first = nbprovider.start_login("plan")
        assert query(first.url)["ext_agent_host_id"] == installation()
        nonces.append(query(first.url)["nonce"])
        back = f"{first.redirect_uri}?code=c&state={first.state}&client_id={ISSUED}"
        nbprovider.complete_login(first, back)
        [request] = server.requests
    assert request["body"]["client_id"] == tokens("plan").client_id == ISSUED
    assert request["body"]["redirect_uri"] == first.redirect_uri
    again = query(nbprovider.start_login("plan").url)
    assert again["client_id"] == ISSUED
    assert "ext_agent_host_id" not in again
    assert query(nbprovider.start_login("plan", "other").url)["client_id"] == "dynamic_agent_client"


def test_openrouters_login_gives_an_ordinary_key():
    with serving(lambda peer: peer.whole(200, {"key": "sk-or-v1-mine", "user_id": "u"})) as server:
        table = {
            "gives": "key",
            "authorize": f"{server.url}/auth",
            "token": f"{server.url}/api/v1/auth/keys",
            "redirect_parameter": "callback_url",
            "state_in": "path",
        }
        written("router", table, key_url="https://router.test/keys")
        login = nbprovider.start_login("router")
        name = nbprovider.complete_login(login, f"{login.redirect_uri}?code=abc")
        [request] = server.requests
    assert request["body"]["code"] == "abc"
    assert request["body"]["code_challenge_method"] == "S256"
    assert credentials.access(name).secret.reveal() == "sk-or-v1-mine"
    assert "https://router.test/keys" in Logins(current()).end(name)
    assert not credentials.vault().accounts()


def test_a_device_login_goes_through_without_a_browser_here():
    replies = [
        (400, {"error": "authorization_pending"}),
        (200, {"access_token": "at", "expires_in": 3600}),
    ]
    code = {"device_code": "d", "user_code": "AB-CD", "verification_uri": "https://a.test/d"}

    def script(peer):
        if peer.request["path"] == "/device":
            peer.whole(200, {**code, "expires_in": 60, "interval": 0.01})
        else:
            peer.whole(*replies.pop(0))

    shown = []
    with serving(script) as server:
        table = {"device": f"{server.url}/device", "token": f"{server.url}/token"}
        written("tv", {**table, "client_id": "us"})
        assert Logins(current()).by_device(Whom("tv"), shown.append) == "tv"
    assert shown[0].code == "AB-CD"
    assert tokens("tv").access_token == "at"
    with pytest.raises(UsageError, match="code"):
        nbprovider.start_login("tv")


@pytest.mark.parametrize("sign", SIGNS)
def test_each_sign_of_a_remote_kernel_is_seen(sign, monkeypatch):
    monkeypatch.setattr("nbprovider.session.login_place.CONTAINERS", ())
    name = f"{sign}X" if sign.endswith("_") else sign
    assert elsewhere({name: "1"}) == SIGNS[sign]
    assert elsewhere({name: ""}) == ""


def test_a_plain_machine_is_where_the_browser_is(monkeypatch):
    monkeypatch.setattr("nbprovider.session.login_place.CONTAINERS", ())
    assert elsewhere({"HOME": "/home/ada", "PATH": os.defpath}) == ""


def test_the_tokens_are_json_that_another_version_can_read():
    from nbprovider.credentials.oauth import Tokens

    assert json.loads(Tokens("a", "r").sealed().reveal()) == {
        "access_token": "a",
        "refresh_token": "r",
    }
