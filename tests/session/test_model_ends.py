"""Whoever asks a model that is about to end is told so, with what to take instead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import nbprovider
from loopback import answering, serving
from nbprovider import catalog, config
from nbprovider.errors import UnknownModel

TODAY = datetime.now(UTC).date()
SOON, LATER = TODAY + timedelta(days=20), TODAY + timedelta(days=400)
FILE = """
name = "Mine"
protocol = "openai_chat"
base_url = "{url}/v1"
needs_key = false
kind = "custom"

[retiring]
ageing = {{ on = {soon}, successor = "young" }}
lasting = {{ on = {later}, successor = "young" }}
"""


@pytest.fixture
def ask(monkeypatch):
    """Return a function that asks a model of a provider of the user's against a script."""

    def asked(model, script):
        with serving(script) as server:
            folder = config.home().config / "providers"
            folder.mkdir(parents=True)
            text = FILE.format(url=server.url, soon=SOON, later=LATER)
            (folder / "mine.toml").write_text(text)
            catalog.forget()
            return nbprovider.ask("hi", model=f"mine:{model}")

    return asked


def test_the_footer_says_that_a_model_ends_soon_and_what_to_take(ask):
    assert f"retires on {SOON}: take young" in ask("ageing", answering("hi")).footer.text()


@pytest.mark.parametrize("model", ["lasting", "young"])
def test_the_footer_is_silent_about_a_model_that_will_last(ask, model):
    assert "retires" not in ask(model, answering("hi")).footer.text()


def test_a_model_that_is_gone_before_its_day_is_told_with_the_day(ask):
    def gone(peer):
        peer.whole(404, {"error": {"message": "no such model", "code": "model_not_found"}})

    with pytest.raises(UnknownModel, match=f"ageing retires on {SOON}; its successor is young"):
        ask("ageing", gone)
