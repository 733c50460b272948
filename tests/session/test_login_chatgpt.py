"""A ChatGPT plan from login to answer, by its own provider file, against a scripted server."""

from __future__ import annotations

import json
import os

import pytest

import nbprovider
from login_server import id_token, moved, query
from loopback import serving
from nbprovider import credentials
from nbprovider.credentials.oauth import opened
from nbprovider.errors import LoginFailed, MissingKey, Unauthorized, UsageError
from nbprovider.session import session as sessions

MODELS = {
    "models": [
        {"slug": "gpt-6.1-sol", "display_name": "GPT-6.1 Sol", "visibility": "list"},
        {"slug": "gpt-6-secret", "display_name": "Hidden", "visibility": "hide"},
    ]
}
DIRECT = "openid profile email offline_access resource.invoke chatgpt.tokens.use.direct"


class Plan:
    """OpenAI's side: the login's server and the API, with tokens that can be taken back."""

    def __init__(self) -> None:
        self.nonce = ""
        self.scope = DIRECT
        self.number = 0
        self.good: set[str] = set()
        self.alive = True

    def __call__(self, peer) -> None:
        path, body = peer.request["path"], peer.request["body"]
        if path == "/accounts/oauth/token":
            self.grant(peer, body)
        elif peer.request["headers"]["authorization"].removeprefix("Bearer ") not in self.good:
            peer.whole(401, {"error": {"code": "token_expired", "message": "Token expired."}})
        elif path == "/v1/models":
            peer.whole(200, MODELS)
        else:
            self.answer(peer, body)

    def grant(self, peer, form) -> None:
        if not self.alive or form.get("refresh_token", f"rt-{self.number}") != f"rt-{self.number}":
            peer.whole(400, {"error": "refresh_token_reused"})
            return
        self.number += 1
        self.good = {f"at-{self.number}"}
        claims = {"iss": "https://auth.openai.com", "aud": form["client_id"], "exp": 4e9}
        reply = {"access_token": f"at-{self.number}", "refresh_token": f"rt-{self.number}"}
        token = id_token(**claims, nonce=self.nonce, sub="user-ada")
        more = {"expires_in": 3600, "scope": self.scope, "id_token": token}
        peer.whole(200, {**reply, **more})

    def answer(self, peer, body) -> None:
        refused = [item for item in body["input"] if item.get("role") == "system"]
        if not body.get("stream") or body.get("store") is not False or refused:
            peer.whole(400, {"error": {"message": "Stream must be set to true"}})
            return
        item = {"type": "message", "id": "m", "role": "assistant"}
        peer.head()
        for event in (
            {"type": "response.created", "response": {"id": "r", "model": body["model"]}},
            {"type": "response.output_item.added", "output_index": 0, "item": item},
            {"type": "response.output_text.delta", "output_index": 0, "delta": "Hello, Ada."},
            {
                "type": "response.completed",
                "response": {
                    "id": "r",
                    "model": body["model"],
                    "status": "completed",
                    "output": [],
                    "usage": {"input_tokens": 7, "output_tokens": 4},
                },
            },
        ):
            peer.chunk(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n")
        peer.end()


@pytest.fixture
def plan(monkeypatch):
    monkeypatch.setitem(sessions._SESSIONS, os.getpid(), sessions.Session())
    plan = Plan()
    with serving(plan) as server:
        moved("chatgpt", login=f"{server.url}/accounts", api=f"{server.url}/v1")
        plan.server = server
        yield plan


def log_in(plan, account="") -> str:
    login = nbprovider.start_login("chatgpt", account)
    plan.nonce = query(login.url)["nonce"]
    back = f"{login.redirect_uri}?code=c&state={login.state}&client_id=app_mine"
    return nbprovider.complete_login(login, back)


def asked(plan) -> list[dict]:
    return [r for r in plan.server.requests if r["path"] == "/v1/responses"]


def test_after_a_login_the_plan_answers(plan):
    log_in(plan)
    answer = nbprovider.ask("Who am I?", model="chatgpt:gpt-6.1-sol", system="Be brief.")
    assert answer.text == "Hello, Ada."
    [request] = asked(plan)
    assert request["headers"]["authorization"] == "Bearer at-1"
    assert request["body"]["stream"] is True
    assert request["body"]["store"] is False
    assert request["body"]["instructions"] == "Be brief."
    assert isinstance(request["body"]["input"], list)


def test_an_answer_in_one_piece_is_streamed_all_the_same(plan):
    log_in(plan)
    assert nbprovider.ask("Hi", model="chatgpt", whole=True).text == "Hello, Ada."


def test_a_token_that_is_refused_is_renewed_and_the_call_asked_once_more(plan):
    log_in(plan)
    plan.good.clear()
    assert nbprovider.ask("Hi", model="chatgpt").text == "Hello, Ada."
    bearers = [request["headers"]["authorization"] for request in asked(plan)]
    assert bearers == ["Bearer at-1", "Bearer at-2"]
    assert list(nbprovider.usage()["status"]) == ["ok"]


def test_a_token_that_another_kernel_renewed_is_taken_without_a_refresh(plan):
    log_in(plan)
    nbprovider.ask("Hi", model="chatgpt")
    vault = credentials.vault()
    account = vault.find("chatgpt")
    other = opened(vault.secret(account, "oauth"))
    plan.good = {"at-of-another-kernel"}

    def elsewhere(peer):
        """Renew it in the moment in which this kernel's is refused."""
        if asked(plan)[1:] and len(asked(plan)) == 2:
            tokens = type(other)("at-of-another-kernel", "rt-9", other.expires_at)
            vault.seal(account.id, "oauth", tokens.sealed())
        plan(peer)

    plan.server.script = elsewhere
    assert nbprovider.ask("Hi", model="chatgpt").text == "Hello, Ada."
    assert plan.number == 1


def test_a_login_that_ended_is_told_in_one_sentence(plan):
    log_in(plan)
    plan.good.clear()
    plan.alive = False
    with pytest.raises(Unauthorized) as caught:
        nbprovider.ask("Hi", model="chatgpt")
    assert caught.value.hint == "Log in again: `%provider login chatgpt`."
    assert "at-1" not in f"{caught.value} {caught.value.detail}"


def test_several_plans_are_asked_by_their_names(plan):
    log_in(plan)
    assert log_in(plan, "work") == "work"
    nbprovider.ask("Hi", model="chatgpt:gpt-6.1-sol@work")
    assert asked(plan)[-1]["headers"]["authorization"] == "Bearer at-2"


def test_signed_in_without_the_use_of_the_plan_is_no_login(plan):
    plan.scope = "openid profile email offline_access"
    with pytest.raises(LoginFailed) as caught:
        log_in(plan)
    assert caught.value.code == "not_granted"
    assert not credentials.vault().accounts()


def test_the_models_of_the_plan_are_those_that_it_lists(plan):
    log_in(plan)
    assert list(nbprovider.models("chatgpt")["model"]) == ["gpt-6.1-sol"]


@pytest.mark.parametrize("option", [{"temperature": 0.5}, {"max_tokens": 9}, {"top_p": 0.5}])
def test_an_option_that_the_plan_refuses_is_refused_by_name(plan, option):
    log_in(plan)
    with pytest.raises(UsageError, match=next(iter(option))):
        nbprovider.ask("Hi", model="chatgpt", **option)
    assert not asked(plan)


@pytest.mark.parametrize(
    "field",
    [
        "background",
        "conversation",
        "max_output_tokens",
        "max_tool_calls",
        "metadata",
        "moderation",
        "multi_agent",
        "previous_response_id",
        "prompt",
        "prompt_cache_retention",
        "safety_identifier",
        "store",
        "temperature",
        "top_logprobs",
        "top_p",
        "truncation",
        "user",
    ],
)
def test_a_field_that_the_plan_refuses_is_refused_by_name(plan, field):
    log_in(plan)
    with pytest.raises(UsageError, match=field):
        nbprovider.ask("Hi", model="chatgpt", extra={field: "x"})
    assert not asked(plan)


def test_nobody_logged_in_is_told_to_log_in(plan):
    with pytest.raises(MissingKey, match="%provider login chatgpt"):
        nbprovider.ask("Hi", model="chatgpt")
