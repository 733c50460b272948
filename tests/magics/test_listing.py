"""`%provider list` and `%provider doctor` tell what there is, also what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbprovider import accounts
from nbprovider.magics import doctor, listing, status
from nbprovider.session import Session

OWN = 'name = "Mine"\nprotocol = "openai_chat"\nbase_url = "http://127.0.0.1:9/v1"\n'


@pytest.fixture
def users(isolated: Path) -> Path:
    folder = isolated / "config" / "providers"
    folder.mkdir(parents=True)
    return folder


def key_from(name: str) -> str:
    return {row[0]: row[-1] for row in listing.providers().rows}[name]


def test_where_a_key_comes_from_is_told_for_every_kind_of_provider(users: Path) -> None:
    (users / "keyed.toml").write_text(OWN)
    (users / "open.toml").write_text(f"{OWN}needs_key = false\n")
    assert key_from("groq") == "GROQ_API_KEY"
    assert key_from("embedded") == "no key needed"
    assert key_from("ollama") == "no key needed (OLLAMA_API_KEY)"
    assert key_from("keyed") == "`%provider key keyed`"
    assert key_from("open") == "no key needed"


def test_a_provider_file_that_is_wrong_is_told_and_stops_nothing_else(users: Path) -> None:
    (users / "mine.toml").write_text('name = "Mine"\nprotocol = "morse"\n')
    assert "mine.toml" in key_from("mine")
    assert key_from("groq") == "GROQ_API_KEY"
    rows = {what: (mark, found) for what, mark, found in doctor.table().rows}
    mark, found = rows["provider file mine"]
    assert mark == "✗"
    assert "no protocol 'morse'" in found


@pytest.mark.parametrize(
    ("model", "lacks"),
    [
        ("groq:some-model", "(no key yet: `%provider key groq`)"),
        ("embedded", "(not installed yet: `%provider embedded install`)"),
    ],
)
def test_the_status_says_what_the_active_model_still_lacks(
    monkeypatch: pytest.MonkeyPatch, model: str, lacks: str
) -> None:
    monkeypatch.setenv("NBPROVIDER_MODEL", model)
    title = status.table(Session()).title
    assert title.endswith(lacks)
    monkeypatch.setenv("GROQ_API_KEY", "gsk_0123456789abcdefghijkl")
    assert ("no key yet" in status.table(Session()).title) is False


def test_what_is_configured_is_told_by_the_account_that_is_taken() -> None:
    Path(".env").write_text("GROQ_API_KEY=gsk_0123456789abcdefghijkl\n")
    configured = {row[0]: row[3] for row in listing.providers().rows}
    assert configured["groq"] == ".env GROQ_API_KEY"
    accounts.add("groq", "gsk_another0123456789abcdef", name="work")
    configured = {row[0]: row[3] for row in listing.providers().rows}
    assert configured["groq"] == "vault work"
