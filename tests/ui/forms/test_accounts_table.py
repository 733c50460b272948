"""The table of accounts: what is told of each, and what can be done with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from waiting import buttons, part, said, settled

import nbprovider
from loopback import serving
from nbprovider import credentials, session
from nbprovider.credentials import vault, vault_file
from nbprovider.session.overview import ago, overview
from nbprovider.ui.forms.accounts import AccountsTable
from on_offer import Provider
from seeds import SEEDS, seen

KEY = SEEDS["openai project"]


@pytest.fixture
def table():
    made = AccountsTable()
    yield made
    made.close()


def row(table, name):
    """Wait until the account has a row, return it."""

    def find():
        return next((r for r in part(table, "accounts").rows if r.key == name), None)

    return settled(table, find)


def test_without_accounts_it_says_so(table):
    settled(table, lambda: "no account" in part(table, "accounts").empty)


def test_an_account_of_the_environment_is_told_with_its_place_and_can_be_tried(monkeypatch):
    monkeypatch.setenv("GROQ_API_KEY", SEEDS["groq"])
    table = AccountsTable()
    told = row(table, "groq")
    assert told.cells == ("groq\nGroq", "not used yet", "environment GROQ_API_KEY", "never")
    assert [b.name for b in told.buttons] == ["test"]
    assert not seen(str(table.page()))
    table.close()


def test_an_account_is_tried_with_a_click_and_the_table_tells_what_it_took(table):
    with serving(Provider(KEY)) as server:
        nbprovider.accounts.add("openai-compatible", KEY, name="lab", base_url=f"{server.url}/v1")
        table.act("refresh")
        row(table, "lab")
        table.act("test", "lab")
        assert "lab: It works: tiny answered" in said(table)
        used = "just now\nprice unknown today"
        settled(table, lambda: row(table, "lab").cells[3] == used)
        assert row(table, "lab").cells[1] == "well"
        assert row(table, "lab").tone == "good"


def test_an_account_whose_calls_fail_is_told_so_in_words(table):
    with serving(Provider("another")) as server:
        nbprovider.accounts.add(
            "openai-compatible", KEY, name="lab", base_url=f"{server.url}/v1", model="m"
        )
        table.act("refresh")
        row(table, "lab")
        table.act("test", "lab")
        assert "Incorrect API key provided" in said(table)
        table.act("refresh")
        settled(table, lambda: "100% of the last day's calls failed" in row(table, "lab").cells[1])
        assert row(table, "lab").tone == "warning"


def test_it_is_removed_restored_and_deleted_for_good_only_after_a_question(table):
    nbprovider.accounts.add("groq", KEY, name="work")
    table.act("refresh")
    row(table, "work")
    table.act("remove", "work")
    assert "Restore, below, brings it back" in said(table)
    settled(table, lambda: part(table, "removed"))
    table.act("restore", "work")
    settled(table, lambda: "edit work" in buttons(table))
    table.act("remove", "work")
    settled(table, lambda: "purge work" in buttons(table))
    table.act("purge", "work")
    assert len(nbprovider.accounts.removed()) == 1, "it is asked first"
    assert "really" in buttons(table)
    table.act("keep_it")
    assert "really" not in buttons(table)
    table.act("purge", "work")
    table.act("really")
    assert "gone for good" in said(table)
    assert not nbprovider.accounts.removed()


def test_another_account_of_a_provider_is_put_first(table):
    for name in ("one", "two"):
        nbprovider.accounts.add("groq", KEY, name=name)
    table.act("refresh")
    row(table, "two")
    assert {"prefer two"} == {b for b in buttons(table) if b.startswith("prefer")}
    table.act("prefer", "two")
    assert "two comes before" in said(table)
    settled(table, lambda: [r.key for r in part(table, "accounts").rows] == ["two", "one"])
    assert session.current().route("groq").account == "two"


def spoil(name):
    """Exchange what is sealed for an account for that of another."""
    path = vault().path
    content = vault_file.parse(path.read_bytes())
    stored = {one.name: one for one in content.stored()}
    (other,) = (one for one in stored.values() if one.name != name)
    wrong = replace(stored[name], sealed=other.sealed)
    path.write_bytes(vault_file.write(replace(content, records=(wrong, other))))


def test_an_account_that_does_not_open_is_marked_and_its_key_can_be_entered_again(table):
    for name in ("work", "home"):
        nbprovider.accounts.add("groq", KEY, name=name)
    spoil("work")
    table.act("refresh")
    told = row(table, "work")
    assert told.cells[1].startswith("locked: ")
    assert told.tone == "bad"
    assert [b.name for b in told.buttons if not b.enabled] == ["test"]
    table.act("edit", "work")
    table.set("key", credentials.Secret(KEY))
    table.act("keep")
    settled(table, lambda: row(table, "work").tone == "plain")
    assert credentials.access("work").secret.holds(KEY)


def test_a_new_account_is_entered_below_the_table(table):
    table.act("add")
    table.set("provider", "groq")
    table.set("key", credentials.Secret(KEY))
    table.act("keep")
    row(table, "groq")
    assert "Saved as groq" in said(table)
    assert part(table, "key") is None, "the form is gone"


def test_a_form_that_is_left_forgets_its_key(table):
    table.act("add")
    table.set("provider", "groq")
    secret = credentials.Secret(KEY)
    table.set("key", secret)
    table.act("leave")
    assert not secret
    assert part(table, "key") is None


def test_a_name_that_is_gone_meanwhile_is_told(table):
    """Two tabs: what one shows, the other may have removed."""
    nbprovider.accounts.add("groq", KEY, name="work")
    table.act("refresh")
    row(table, "work")
    nbprovider.accounts.remove("work")
    table.act("edit", "work")
    assert "was removed" in table.said.text
    table.act("remove", "work")
    assert "was removed" in said(table)


def test_a_vault_that_cannot_be_read_hides_no_other_account(monkeypatch):
    monkeypatch.setenv("GROQ_API_KEY", SEEDS["groq"])
    path = vault().path
    path.parent.mkdir(parents=True)
    path.symlink_to(path.parent / "elsewhere")
    lines, removed = overview(session.current())
    assert [line.name for line in lines] == ["groq"]
    assert removed == ()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "just now"), (60, "1 minute ago"), (7200, "2 hours ago"), (200_000, "2 days ago")],
)
def test_times_are_told_in_words(seconds, words):
    now = datetime(2026, 11, 21, tzinfo=UTC)
    assert ago(now - timedelta(seconds=seconds), now) == words
