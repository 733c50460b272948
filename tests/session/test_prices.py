"""What would be charged, and why; newer prices are fetched on demand, and only then."""

from __future__ import annotations

import gzip
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

import nbprovider
from loopback import nobody, serving
from nbprovider import catalog, config
from nbprovider.errors import ProviderError, Unavailable, Unreachable, UsageError
from nbprovider.ledger import fetched, price, price_list
from nbprovider.magics import prices as magic
from nbprovider.magics.complete import complete
from nbprovider.magics.provider import run
from nbprovider.session import current
from nbprovider.session import prices as known
from nbprovider.types import Usage
from published import model, published

USUAL = ("groq:openai/gpt-oss-120b", "input")


@pytest.fixture
def publishing(monkeypatch):
    """Return a `with` that serves a body where the price list's authors publish theirs."""
    asked: list = []

    @contextmanager
    def opened(data: bytes, status: int = 200, **headers: str):
        def script(peer):
            asked.append(peer.request["path"])
            peer.whole(status, data, "text/plain", **headers)

        with serving(script) as server:
            monkeypatch.setattr(price_list, "SOURCE", f"{server.url}/data.json")
            yield asked

    return opened


def rate(name: str, kind: str) -> str:
    return str(nbprovider.prices(name).quote.card.rate(kind).plain)


def changed(told) -> None:
    model(told, "groq", "openai/gpt-oss-120b")["prices"]["input_mtok"] = 7
    told[0]["models"].append({**told[0]["models"][0], "id": "brand-new"})


def test_an_update_is_used_and_says_what_has_changed(publishing):
    assert rate(*USUAL) == "0.15"
    with publishing(published(changed)) as asked:
        said = str(magic.run("update"))
    assert rate(*USUAL) == "7"
    assert price_list.bundled().version in said
    assert "fetched 2" in said
    assert "1 models are new" in said
    assert asked == ["/data.json"]


def test_a_compressed_list_is_read(publishing):
    with publishing(gzip.compress(published(changed)), Content_Encoding="gzip"):
        known.update()
    assert rate(*USUAL) == "7"


@pytest.mark.parametrize("data", [b"<html>Sign in to the wifi</html>", b"[]", b'[{"id": "x"}]'])
def test_what_is_no_price_list_leaves_the_old(publishing, data):
    with publishing(published(changed)):
        known.update()
    kept = fetched.path().read_bytes()
    with publishing(data), pytest.raises(Unavailable, match="no price list") as raised:
        known.update()
    assert "stay as they were" in raised.value.hint
    assert fetched.path().read_bytes() == kept


def test_a_list_that_lost_half_of_its_models_is_not_believed(publishing):
    few = published(lambda told: told.__delitem__(slice(3, None)))
    with publishing(few), pytest.raises(Unavailable, match="no price list"):
        known.update()
    assert not fetched.path().exists()


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_refusal_leaves_the_old(publishing, status):
    with publishing(b"gone", status), pytest.raises(ProviderError, match=str(status)):
        known.update()
    assert price_list.current() is price_list.bundled()


def test_without_a_network_the_old_prices_stay_and_the_error_says_so(monkeypatch):
    with nobody() as url:
        monkeypatch.setattr(price_list, "SOURCE", f"{url}/data.json")
        with pytest.raises(Unreachable) as raised:
            known.update()
    assert "stay as they were" in raised.value.hint
    assert rate(*USUAL) == "0.15"


def test_nothing_is_fetched_unless_it_is_asked_for(publishing):
    with publishing(published(changed)) as asked:
        nbprovider.prices("claude-sonnet-5-5")
        magic.run()
        nbprovider.reprice("claude-haiku-4-5", nbprovider.usage())
        nbprovider.cheapest(nbprovider.usage())
    assert asked == []


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("claude-haiku-5-5", "list", ["above 100,000 tokens: $0.5", "for an hour", "batch"]),
        ("gpt-6.1-sol", "list", ["$2", "$10", "web searches", "flex: $1 in, $5 out"]),
        ("deepseek:deepseek-v4-pro", "list", ["01:00 to 04:00 UTC: $1.32 in", "Sat, Sun"]),
        ("gemini-3.8-flash", "list", ["from 2027-01-01: $1.5 in, $7.5 out"]),
        ("mistral:mistral-large-latest", "list", ["$0.5", "priced as mistral-large-2512"]),
        ("sambanova:DeepSeek-R1", "list", ["correction of 2026-11-21", "litellm"]),
        ("groq:whisper-large-v3", "list", ["$0.111", "hour"]),
        ("openai:tts-1", "list", ["$15", "million characters"]),
        ("openrouter:some/model", "unknown", ["NaN", "what the reply says was charged"]),
        ("anthropic:none-such", "unknown", ["unknown"]),
        ("ollama:llama3", "local", ["$0", "free"]),
        ("claude-cli:sonnet", "subscription", ["the plan pays"]),
        ("chatgpt:gpt-6.1-sol", "subscription", ["the plan pays"]),
    ],
)
def test_the_price_and_who_says_so_are_shown(name, source, said):
    found = nbprovider.prices(name)
    assert found.quote.source == source
    text = repr(found)
    assert [words for words in said if words not in text] == []
    assert found._repr_mimebundle_()["text/markdown"]


def test_an_own_price_and_a_discount_are_shown_with_where_they_stand():
    config.settings_file().parent.mkdir(parents=True)
    config.settings_file().write_text(
        '[prices."vllm:*"]\ninput = 0.5\n[discounts]\nopenai = 0.8\n', encoding="utf-8"
    )
    own = repr(nbprovider.prices("vllm:qwen"))
    assert "your own price (settings.toml)" in own
    assert "$0.5" in own
    assert "you pay 80" in repr(nbprovider.prices("gpt-6.1-sol"))


def test_a_key_beside_a_plan_makes_the_price_unknown(monkeypatch):
    name = catalog.find("codex-cli").program.metered_by[0]
    monkeypatch.setenv(name, "sk-secret")
    found = nbprovider.prices("codex-cli:gpt-6.1-sol")
    assert found.quote.source == "unknown"
    assert f"{name} is set" in repr(found)
    assert "sk-secret" not in repr(found)


def test_without_a_name_the_usual_model_of_each_account_is_shown(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-1")
    told = magic.run()
    assert any("gpt-6.1-sol" in row[0] and row[1:3] == ("$2", "$10") for row in told.rows)
    assert any("claude-sonnet" in row[0] for row in told.rows)
    assert price_list.bundled().version in told.note


def test_the_quote_is_what_a_call_then_costs():
    used = Usage(1_000, 100, 50, 20)
    for name in ("gpt-6.1-sol", "claude-sonnet-5-5", "sambanova:DeepSeek-R1"):
        route = current().route(name)
        card = nbprovider.prices(name).quote.card
        now = datetime.now(UTC)
        cost = price(catalog.find(route.provider), route.model, used, now, account=route.account)
        assert int(card.charge(used) * 1_000_000_000) == cost.nano


def test_the_line_shows_prices_and_completes_its_words():
    assert "genai-prices" in repr(run("prices gpt-6.1-sol"))
    assert "update" in complete("%provider prices u")
    with pytest.raises(UsageError, match="prices"):
        run("prices one two")
