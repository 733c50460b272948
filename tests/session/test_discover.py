"""What accounts offer: found live, searched, registered by hand."""

from __future__ import annotations

import pytest

import nbprovider
from loopback import nobody, serving
from nbprovider import catalog, session
from nbprovider.errors import Unreachable

LISTED = {
    "data": [
        {"id": "chatty-1", "context_length": 8000},
        {"id": "text-embed-2"},
        {"id": "whisper-3"},
        {"id": "gpt-6-luna"},
    ]
}


@pytest.fixture(autouse=True)
def listing(monkeypatch):
    with serving(lambda peer: peer.whole(200, LISTED)) as server:
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{server.url}/v1")
        yield server


def test_each_model_has_its_kind_and_what_is_known():
    frame = nbprovider.models("openai-compatible").set_index("model")
    assert frame["kind"].to_dict() == {
        "chatty-1": "chat",
        "text-embed-2": "embedding",
        "whisper-3": "stt",
        "gpt-6-luna": "chat",
    }
    assert frame.loc["chatty-1", "context"] == 8000
    assert frame["input_price"].isna().all()


@pytest.mark.parametrize(
    ("name", "can", "kind"),
    [
        ("gemini-3.8-flash", ("chat", "thinking"), "chat"),
        ("gemini-3.8-flash-tts", ("chat",), "tts"),
        ("gemini-3.1-flash-image", ("chat",), "image"),
        ("gemini-embedding-2", ("embedding",), "embedding"),
    ],
)
def test_what_googles_list_says_chats_may_speak_or_draw(name, can, kind):
    assert catalog.kind(catalog.find("google"), name, can) == kind


def test_the_first_model_of_an_account_is_none_that_embeds(monkeypatch):
    tags = [
        {"name": "arctic", "capabilities": ["embedding"]},
        {"name": "tiny", "capabilities": ["completion"]},
    ]
    with serving(lambda peer: peer.whole(200, {"models": tags})) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        assert session.current().route("ollama").model == "tiny"


def test_a_price_is_told_where_it_is_known(listing, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdefghij")
    monkeypatch.setenv("OPENAI_BASE_URL", f"{listing.url}/v1")
    luna = nbprovider.models("openai").set_index("model").loc["gpt-6-luna"]
    assert 0 < luna["input_price"] < luna["output_price"]


def test_words_search_every_column():
    assert nbprovider.models(search="EMBED")["model"].tolist() == ["text-embed-2"]
    assert nbprovider.models(search="chat 8000")["model"].tolist() == ["chatty-1"]
    assert nbprovider.models(search="nothing-such").empty


def test_an_account_that_does_not_answer_is_left_out_aloud(monkeypatch):
    with nobody() as url:
        monkeypatch.setenv("VLLM_BASE_URL", f"{url}/v1")
        with pytest.warns(UserWarning, match="vllm is left out"):
            frame = nbprovider.models()
        with pytest.raises(Unreachable):
            nbprovider.models("vllm:x")
    assert set(frame["account"]) == {"openai-compatible"}


def test_a_registered_model_is_listed_found_by_its_name_and_forgotten():
    here = session.current()
    assert str(here.models.register("openai-compatible:our-own").ref) == "openai-compatible:our-own"
    frame = nbprovider.models("openai-compatible:x").set_index("model")
    assert frame.loc["our-own", "registered"]
    assert not frame.loc["chatty-1", "registered"]
    route = here.route("our-own")
    assert (route.account, route.model) == ("openai-compatible", "our-own")
    assert "rule 7" in route.reason
    assert here.models.unregister("openai-compatible:our-own")
    assert not here.models.unregister("openai-compatible:our-own")


def test_the_same_from_python():
    assert nbprovider.register_model("openai-compatible:our-own") == "openai-compatible:our-own"
    assert "our-own" in nbprovider.discover(search="our-own")["model"].tolist()
    assert nbprovider.unregister_model("openai-compatible:our-own")
