"""A chat that is longer than the real model reads goes on."""

from __future__ import annotations

import pytest

import nbprovider
from model_fixture import model_home, model_weights  # noqa: F401 - fixtures
from nbprovider import embedded
from nbprovider.types import Message, Text

pytestmark = [pytest.mark.model, pytest.mark.usefixtures("model_home")]


def test_a_chat_longer_than_the_embedded_model_reads_goes_on_and_says_so():
    chat = nbprovider.Chat(model="embedded", system="Be brief.")
    for number in range(12):
        chat.messages.append(Message("user", (Text(f"Number {number}. " + "word " * 250),)))
        chat.messages.append(Message("assistant", (Text("I see."),)))
    answer = chat.ask("Say hello.", max_tokens=12, temperature=0)
    assert answer.text
    assert f"(the model reads {embedded.CONTEXT:,} tokens)" in answer.footer.text()
    assert 200 < answer.usage.input + (answer.usage.cache_read or 0) < embedded.CONTEXT
    assert list(nbprovider.usage()["status"]) == ["ok"]
    assert len(chat.messages) == 26
