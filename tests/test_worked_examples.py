"""The examples in docs/adding-a-*.md work as they are printed, over a real socket."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

import nbprovider
from loopback import answering, serving
from nbprovider import catalog, config, protocols
from nbprovider.errors import RateLimited, Unauthorized, Unavailable, UnknownModel, UsageError
from nbprovider.view import GuidePage

DOCS = Path(__file__).parents[1] / "docs"
KEY = "rvr-0123456789abcdef"
MORSE = 'name = "Morse"\nprotocol = "telegraph"\nbase_url = "{url}"\nenv = ["MORSE_KEY"]\n'


def block(name: str, language: str) -> str:
    """Return a page's first block in a language."""
    text = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    found = re.search(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


def install(name: str, text: str) -> None:
    """Put a provider file where the user's are found."""
    folder = config.home().config / "providers"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    catalog.forget()


@pytest.fixture
def riverside(monkeypatch):
    install("riverside", block("adding-a-provider", "toml"))
    monkeypatch.setenv("RIVERSIDE_API_KEY", KEY)
    return catalog.find("rvr")


def asked_at_riverside(monkeypatch, script, *words, **options):
    with serving(script) as server:
        monkeypatch.setenv("RIVERSIDE_BASE_URL", f"{server.url}/v1")
        return nbprovider.ask(*words, **options), server.requests


def test_the_provider_answers_with_its_default_model_and_its_own_header(riverside, monkeypatch):
    answer, requests = asked_at_riverside(monkeypatch, answering("wet"), "hi", model="riverside")
    assert answer.text == "wet"
    assert requests[0]["path"] == "/v1/chat/completions"
    assert requests[0]["headers"]["x-key"] == KEY
    assert "authorization" not in requests[0]["headers"]
    assert requests[0]["body"]["model"] == "delta-2"


def test_the_providers_own_field_is_used(riverside, monkeypatch):
    options = {"model": "delta-2-mini", "max_tokens": 9}
    _, requests = asked_at_riverside(monkeypatch, answering("wet"), "hi", **options)
    assert requests[0]["body"]["max_output"] == 9
    assert requests[0]["body"]["model"] == "delta-2-mini"


def test_what_the_provider_cannot_take_is_refused_before_anything_is_sent(riverside, monkeypatch):
    with serving(answering("wet")) as server:
        monkeypatch.setenv("RIVERSIDE_BASE_URL", f"{server.url}/v1")
        with pytest.raises(UsageError, match="Riverside cannot take the option 'seed'"):
            nbprovider.ask("hi", model="riverside", seed=1)
        assert not server.requests


def test_a_retired_model_of_it_names_its_successor(riverside, monkeypatch):
    def gone(peer):
        peer.whole(404, {"error": {"message": "no such model", "code": "model_not_found"}})

    with pytest.raises(UnknownModel, match="delta-1 is retired; its successor is delta-2"):
        asked_at_riverside(monkeypatch, gone, "hi", model="delta-1")


def test_a_model_of_it_that_will_retire_says_when(riverside):
    end = catalog.retirement(riverside, "delta-1.5")
    assert end
    assert end.on == date(2031, 5, 1)


def test_its_guide_is_shown(riverside):
    assert "Sign in at riverside.example." in GuidePage(riverside).plain()


@pytest.fixture
def telegraph(monkeypatch, tmp_path):
    """Install the protocol as pip would: a module and its entry point."""
    site = tmp_path / "site"
    info = site / "telegraph-1.dist-info"
    info.mkdir(parents=True)
    (site / "telegraph.py").write_text(block("adding-a-protocol", "python"), encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: telegraph\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[nbprovider.protocols]\ntelegraph = telegraph\n")
    monkeypatch.syspath_prepend(str(site))
    return protocols.load("telegraph")


@pytest.fixture
def wire(telegraph, monkeypatch):
    """Return a function that asks Morse against a script, and gives the requests as well."""

    def ask(script, **options):
        with serving(script) as server:
            install("morse", MORSE.format(url=server.url))
            monkeypatch.setenv("MORSE_KEY", KEY)
            return nbprovider.ask("hi", model="morse:fast", **options), server.requests

    return ask


def lines(*payloads):
    def script(peer):
        peer.head(kind="application/x-ndjson")
        for payload in payloads:
            peer.chunk(json.dumps(payload) + "\n")
        peer.end()

    return script


END = {"stop": "end", "read": 4, "written": 2}


def test_the_protocol_streams_words_and_counts_tokens(wire):
    answer, requests = wire(lines({"word": "Hel"}, {"word": "lo"}, END), max_tokens=5)
    assert answer.text == "Hello"
    assert (answer.usage.input, answer.usage.output, answer.finish) == (4, 2, "stop")
    assert requests[0]["path"] == "/send"
    assert requests[0]["body"]["limit"] == 5
    assert requests[0]["body"]["lines"] == [{"from": "user", "words": "hi"}]


def test_the_protocols_trouble_in_a_stream_is_typed(wire):
    trouble = {"trouble": "limit", "words": "Too many telegrams."}
    with pytest.raises(RateLimited, match="Too many telegrams"):
        wire(lines({"word": "Hel"}, trouble))


def test_the_protocols_refusal_is_typed(wire):
    def refused(peer):
        peer.whole(400, {"trouble": "who", "words": "Not you."})

    with pytest.raises(Unauthorized, match="Not you"):
        wire(refused)


def test_a_reply_of_it_that_is_cut_off_is_unavailable(wire):
    with pytest.raises(Unavailable):
        wire(lines({"word": "Hel"}))


def test_an_option_that_it_has_no_word_for_is_refused(wire):
    with pytest.raises(UsageError, match="seed"):
        wire(lines(END), seed=3)


def test_its_models_are_listed(telegraph):
    page = telegraph.parse_models({"stations": ["fast", "slow"]})
    assert [model.id for model in page.models] == ["fast", "slow"]


def examples(name: str) -> list[str]:
    """Return a page's python blocks that use `nbprovider.testing`."""
    text = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    found = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [one for one in found if "nbprovider.testing" in one]


def test_the_protocol_passes_the_test_that_is_shown(telegraph):
    (code,) = examples("adding-a-protocol")
    shown: dict = {}
    exec(code, shown)
    shown["test_telegraph_keeps_the_rules"]()


def test_the_provider_passes_the_test_that_is_shown(riverside, monkeypatch):
    (code,) = examples("adding-a-provider")
    shown: dict = {}
    exec(code, shown)
    monkeypatch.chdir(config.home().config)
    shown["test_riverside_keeps_the_rules"]()
