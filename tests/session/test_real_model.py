"""The whole way with a real language model, on this machine."""

from __future__ import annotations

import pytest

import nbprovider
from model_fixture import model_home, model_weights  # noqa: F401 - fixtures
from nbprovider.errors import ContextTooLong

pytestmark = [pytest.mark.model, pytest.mark.usefixtures("model_home")]


def test_it_is_the_default_when_nothing_else_is_configured():
    answer = nbprovider.ask("Say hello.", max_tokens=12, temperature=0)
    assert answer.route.provider == "embedded"
    assert "Embedded model is the first account" in answer.route.reason
    assert answer.text


def test_an_answer_is_streamed_and_costs_nothing():
    question = "List three good habits for data analysis."
    words = list(nbprovider.stream(question, max_tokens=24, temperature=0))
    assert len(words) > 5
    row = nbprovider.usage().iloc[-1]
    assert (row["cost"], row["cost_source"], row["status"]) == (0.0, "local", "ok")
    assert row["output"] == pytest.approx(len(words), abs=3)


def test_a_conversation_is_remembered():
    chat = nbprovider.Chat()
    chat.ask("My name is Ada. Remember it.", max_tokens=24)
    chat.ask("Repeat: what is my name?", max_tokens=24)
    row = nbprovider.usage()
    assert row["input"].iloc[1] + row["cache_read"].fillna(0).iloc[1] > row["input"].iloc[0]


def test_a_prompt_that_is_too_long_is_told():
    with pytest.raises(ContextTooLong, match="--new"):
        nbprovider.ask("word " * 6000)
    row = nbprovider.usage().iloc[-1]
    assert row["status"] == "failed"
    assert row["error"].startswith("context: ")


def test_its_models_are_listed():
    assert nbprovider.models("embedded")["model"].tolist() == ["smollm2-135m-instruct"]


def test_it_is_held_to_a_schema():
    question = "Name a city and how many people live there."
    answer = nbprovider.ask(
        question, schema="[name:str, people:int]", max_tokens=200, temperature=0, seed=1
    )
    assert all(set(one) == {"name", "people"} for one in answer.data)
    assert [str(kind) for kind in answer.frame().dtypes] == ["string", "Int64"]
