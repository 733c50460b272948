"""Lists of models, in the shapes that servers have for them."""

from __future__ import annotations

import pytest

from chat_completions import someone
from nbprovider.catalog import Endpoint
from nbprovider.errors import (
    Unavailable,
)
from nbprovider.protocols import openai_chat
from nbprovider.protocols.contract import Listed


def test_the_list_is_asked_for_at_the_providers_path():
    request = openai_chat.models(Endpoint(someone(), "https://api.example/v1"))
    assert (request.method, request.url) == ("GET", "https://api.example/v1/models")


@pytest.mark.parametrize(
    "payload",
    [
        {"data": [{"id": "a"}, {"id": "b"}]},
        {"models": [{"name": "a"}, {"model": "b", "name": "B"}]},
        [{"slug": "a"}, "b"],
        {"data": [{"id": "a"}, {"id": "b"}, {}, {"id": None}, 7], "models": [{"name": "other"}]},
    ],
)
def test_lists_in_any_shape(payload):
    assert [model.id for model in openai_chat.parse_models(payload).models] == ["a", "b"]


def test_what_a_list_says_of_a_model():
    item = {
        "id": "vendor/model",
        "name": "Model",
        "context_length": 1000,
        "top_provider": {"context_length": 900, "max_completion_tokens": 100},
        "architecture": {"input_modalities": ["text", "image"]},
        "supported_parameters": ["tools", "reasoning", "top_p"],
    }
    model = Listed("vendor/model", "Model", 1000, 100, ("thinking", "tools", "vision"))
    assert openai_chat.parse_models({"data": [item]}).models == (model,)
    assert (
        openai_chat.parse_models([{"id": "m", "meta": {"n_ctx": 4096}}]).models[0].context == 4096
    )


def test_a_model_that_retires():
    item = {"id": "m", "deprecation": "2027-01-01", "deprecation_replacement_model": "n"}
    model = openai_chat.parse_models([item]).models[0]
    assert (model.retires, model.successor) == ("2027-01-01", "n")
    item = {"id": "m", "shutdown_date": "2026-12-11"}  # OpenAI's
    assert openai_chat.parse_models([item]).models[0].retires == "2026-12-11"


def test_a_model_that_is_switched_off_is_left_out():
    listed = [{"id": "a", "active": True}, {"id": "b", "active": False}]  # Groq's
    assert [model.id for model in openai_chat.parse_models(listed).models] == ["a"]


@pytest.mark.parametrize("payload", [None, {"data": 1}, "words", {"error": "no"}])
def test_a_list_of_no_known_shape_is_an_error(payload):
    with pytest.raises(Unavailable, match="list of models"):
        openai_chat.parse_models(payload)
