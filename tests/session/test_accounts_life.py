"""The life of an account: made, asked, changed, removed, restored, ended; its key never shown."""

from __future__ import annotations

import getpass
import json
from pathlib import Path

import pytest
from msgspec.structs import replace

import nbprovider
from keyboard import KEY
from loopback import Peer, answering, serving
from nbprovider import accounts, catalog, config, credentials
from nbprovider.credentials import vault_file
from nbprovider.errors import ConfigError, MissingKey, Unauthorized, UsageError, VaultLocked

OTHER = "sk-seededHOME0123456789abcdef"
CUSTOM = "openai-compatible"


@pytest.fixture
def server():
    with serving(answering("Hello")) as running:
        yield running


def keys(server) -> list[str]:
    return [request["headers"].get("authorization", "") for request in server.requests]


def names(listing) -> list[str]:
    return [entry.name for entry in listing]


def test_an_account_is_shown_without_its_key():
    added = accounts.add("groq", KEY, name="work", model="some-model")
    assert (added.name, added.provider, added.model, added.holds) == (
        "work",
        "groq",
        "some-model",
        "key",
    )
    told = [added, accounts, accounts.list(), accounts.show("WORK")]
    bundles = [thing._repr_mimebundle_() for thing in told]
    assert all("work" in repr(thing) for thing in told)
    assert KEY not in f"{told!r}{bundles}"
    assert {"text/plain", "text/markdown"} <= set(bundles[1])


def test_a_key_that_is_left_out_is_asked_for_by_what_it_is_for(typed, server):
    accounts.add("groq")
    accounts.add("groq", name="work")
    accounts.enter("groq")
    accounts.enter("mistral")
    assert names(accounts.list()) == ["groq", "work", "mistral"]
    assert "Key for Groq (from https://" in typed[0]
    assert "the account work" in typed[1]
    accounts.add(CUSTOM, name="mine", base_url=server.url)
    assert len(typed) == 4, "a server of one's own needs no key"
    accounts.enter("mine")
    assert f"the account mine, for {server.url}" in typed[-1], "one sees where the key will go"


def test_a_key_that_cannot_be_asked_for_makes_no_account(monkeypatch: pytest.MonkeyPatch):
    def nobody(_prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr(getpass, "getpass", nobody)
    for make in (accounts.add, accounts.enter):
        with pytest.raises(MissingKey, match="cannot be asked for here"):
            make("groq")
    assert len(accounts.list()) == 0


@pytest.mark.parametrize("key", ["", "  ", "two words", "kéy"])
def test_what_is_no_key_is_not_kept(key: str):
    with pytest.raises((MissingKey, ConfigError)) as raised:
        accounts.add("groq", key)
    assert "kéy" not in str(raised.value)
    assert len(accounts.list()) == 0


def test_a_key_of_another_providers_is_kept_with_a_warning():
    added = accounts.add("groq", "sk-ant-api03-seeded0123456789")
    assert "Anthropic" in added.warning
    assert added.warning in repr(added)
    assert accounts.show("groq").warning == ""


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a b", "cannot be an account's name"),
        ("a@b", "cannot be an account's name"),
        ("a:b", "cannot be an account's name"),
        ("a/b", "cannot be an account's name"),
        ("-a", "cannot be an account's name"),
        ("x" * 65, "cannot be an account's name"),
        ("Taken", "called 'Taken' already"),
        ("OpenAI", "the name of a provider"),
        ("claude-code", "the name of a provider"),
        ("fast", "a role"),
        ("auto", "a role"),
        ("quick", "an alias"),
        ("Safe", "a chain"),
    ],
)
def test_a_name_that_means_something_already_is_refused(name: str, why: str):
    settings = config.settings_file()
    settings.parent.mkdir(parents=True)
    settings.write_text('[aliases]\nquick = "groq:x"\n')
    accounts.add("groq", KEY, name="taken")
    nbprovider.chains.create("safe", ["taken:some-model"])
    for use in (
        lambda: accounts.add("groq", KEY, name=name),
        lambda: accounts.rename(accounts.add("groq", KEY, name="other").name, name),
    ):
        with pytest.raises(UsageError, match=why):
            use()


def test_an_account_without_a_name_has_the_providers_and_then_numbers():
    made = [accounts.add("groq", KEY).name for _ in range(3)]
    assert made == ["groq", "groq-2", "groq-3"]
    accounts.remove("groq-2")
    assert accounts.add("groq", KEY).name == "groq-2"


@pytest.mark.parametrize(
    ("provider", "more", "why"),
    [
        ("groq", {"nam": "x"}, "no detail 'nam' here. Did you mean 'name'"),
        ("groq", {"fields": {"region": "x"}}, "no field 'region'"),
        ("bedrock", {"fields": {"regoin": "x"}}, "Did you mean 'region'"),
        ("bedrock", {"fields": {"region": "evil.example/"}}, "part of an address"),
        ("groq", {"services": {"tss": "https://x.example"}}, "Did you mean 'tts'"),
        ("groq", {"services": {"tts": "ftp://x.example"}}, "service tts is not usable"),
        ("groq", {"base_url": "http://groq.example"}, "plain http"),
        ("groq", {"protocol": "openai_chatt"}, "Did you mean 'openai_chat'"),
        ("azure", {}, "needs its resource"),
        (CUSTOM, {}, "needs its address"),
        ("claude-cli", {}, "has a login of its own"),
        ("embedded", {}, "runs here"),
        ("github-models", {}, "ended|retired"),
        ("grok2", {}, "No provider is called"),
    ],
)
def test_what_an_account_cannot_be_is_told_before_anything_is_asked(
    typed, provider: str, more: dict, why: str
):
    with pytest.raises((UsageError, ConfigError), match=why):
        accounts.add(provider, **more)
    assert typed == []
    assert len(accounts.list()) == 0


def test_an_address_is_kept_as_it_is_used():
    added = accounts.add(
        "azure", KEY, base_url="https://mine.openai.azure.com/?api-version=2024-10-21"
    )
    assert added.base_url == "https://mine.openai.azure.com/openai/v1"
    assert added.fields == {"api_version": "2024-10-21"}
    added = accounts.add("azure", KEY, name="eu", fields={"resource": "mine-eu"})
    assert added.address == "https://mine-eu.openai.azure.com/openai/v1"


def test_two_accounts_of_a_provider_each_send_their_own_key(server):
    with serving(answering("Ho")) as second:
        accounts.add(CUSTOM, KEY, name="work", base_url=server.url, model="tiny")
        accounts.add(CUSTOM, OTHER, name="home", base_url=second.url)
        assert nbprovider.ask("hi", model="work").text == "Hello"
        assert nbprovider.ask("hi", model="other@home").text == "Ho"
        assert nbprovider.ask("hi", model="home:third").text == "Ho"
        assert keys(server) == [f"Bearer {KEY}"]
        assert keys(second) == [f"Bearer {OTHER}"] * 2
        assert [r["body"]["model"] for r in second.requests] == ["other", "third"]
    rows = nbprovider.usage()
    assert rows["account"].tolist() == ["work", "home", "home"]
    assert rows["provider"].tolist() == [CUSTOM] * 3


def test_the_preferred_account_is_taken_where_only_the_provider_is_named(server):
    for name, key in (("work", KEY), ("home", OTHER)):
        accounts.add(CUSTOM, key, name=name, base_url=server.url)
    nbprovider.ask("hi", model=f"{CUSTOM}:tiny")
    accounts.prefer("home")
    assert names(accounts.list()) == ["home", "work"]
    nbprovider.ask("hi", model=f"{CUSTOM}:tiny")
    assert keys(server) == [f"Bearer {KEY}", f"Bearer {OTHER}"]


def test_a_change_that_leads_elsewhere_needs_the_key_again(server):
    accounts.add(CUSTOM, KEY, name="work", base_url=server.url)
    with serving(answering("stolen")) as elsewhere:
        for more in (
            {"base_url": elsewhere.url},
            {"services": {"tts": f"{elsewhere.url}/v1/audio/speech"}},
        ):
            with pytest.raises(UsageError, match="another host"):
                accounts.edit("work", **more)
        assert nbprovider.ask("hi", model="work:tiny").text == "Hello"
        accounts.edit("work", OTHER, base_url=elsewhere.url)
        assert nbprovider.ask("hi", model="work:tiny").text == "stolen"
        assert keys(server) == [f"Bearer {KEY}"]
        assert keys(elsewhere) == [f"Bearer {OTHER}"]


def test_a_part_of_the_host_leads_elsewhere_too():
    accounts.add("azure", KEY, fields={"resource": "mine"})
    with pytest.raises(UsageError, match="another host"):
        accounts.edit("azure", fields={"resource": "theirs"})
    changed = accounts.edit("azure", fields={"api_version": "2024-10-21"})
    assert changed.fields == {"resource": "mine", "api_version": "2024-10-21"}
    assert changed.locked == ""


def test_a_change_at_the_same_host_keeps_the_key(server):
    accounts.add(CUSTOM, KEY, name="work", base_url=server.url)
    changed = accounts.edit("work", base_url=f"{server.url}/deep/v1", model="tiny")
    assert (changed.model, changed.locked) == ("tiny", "")
    nbprovider.ask("hi", model="work")
    assert server.requests[0]["path"] == "/deep/v1/chat/completions"
    assert keys(server) == [f"Bearer {KEY}"]
    assert accounts.edit("work", model="").model == ""
    with pytest.raises(UsageError, match="Nothing was given"):
        accounts.edit("work")


def test_a_service_is_added_and_taken_away():
    accounts.add("groq", KEY)
    tts = "https://api.groq.com/v2/speech"
    accounts.edit("groq", services={"tts": tts})
    assert accounts.edit("groq", model="x").services == {"tts": tts}
    assert accounts.edit("groq", services={"tts": ""}).services == {}


def test_a_removed_account_comes_back_whole(server):
    accounts.add(CUSTOM, KEY, name="work", base_url=server.url, model="tiny")
    assert accounts.remove("work").removed is not None
    assert names(accounts.list()) == []
    assert names(accounts.removed()) == ["work"]
    with pytest.raises(UsageError, match="account restore work"):
        accounts.show("work")
    with pytest.raises(UsageError):
        nbprovider.ask("hi", model="tiny@work")
    accounts.restore("work")
    assert nbprovider.ask("hi", model="work").text == "Hello"
    assert keys(server) == [f"Bearer {KEY}"]


def test_an_account_whose_name_was_taken_meanwhile_comes_back_by_another():
    accounts.add("groq", KEY, name="work")
    accounts.remove("work")
    accounts.add("mistral", OTHER, name="work")
    with pytest.raises(UsageError, match="already"):
        accounts.restore("work")
    assert accounts.restore("work", "old-work").provider == "groq"
    assert names(accounts.list()) == ["old-work", "work"]


def test_purge_ends_what_was_removed_and_nothing_else():
    accounts.add("groq", KEY, name="work")
    with pytest.raises(UsageError, match="account remove work"):
        accounts.purge("work")
    accounts.remove("work")
    accounts.purge("work")
    assert names(accounts.removed()) == []
    assert "work" not in credentials.vault().path.read_text()
    with pytest.raises(UsageError, match="No account is called"):
        accounts.restore("work")


def test_an_account_of_a_provider_that_is_gone_is_listed_and_removed(isolated: Path):
    folder = isolated / "config" / "providers"
    folder.mkdir(parents=True)
    text = 'name = "Mine"\nprotocol = "openai_chat"\nbase_url = "http://127.0.0.1:9/v1"\n'
    (folder / "mine.toml").write_text(text)
    catalog.forget()
    accounts.add("mine", KEY)
    (folder / "mine.toml").unlink()
    catalog.forget()
    assert names(accounts.list()) == ["mine"]
    with pytest.raises(UsageError, match="is not known here"):
        accounts.edit("mine", model="x")
    accounts.remove("mine")
    accounts.purge("mine")


def test_an_unknown_name_is_answered_by_the_nearest():
    accounts.add("groq", KEY, name="work")
    for use in (accounts.show, accounts.remove, accounts.enter, accounts.test, accounts.prefer):
        with pytest.raises(UsageError, match="Did you mean 'work'"):
            use("wrok")


def test_a_key_held_for_the_kernel_is_written_nowhere(isolated: Path):
    accounts.hold("groq", KEY)
    assert credentials.access("groq").secret.reveal() == KEY
    assert len(accounts.list()) == 0
    assert not any(KEY.encode() in f.read_bytes() for f in isolated.rglob("*") if f.is_file())


def test_a_key_held_for_an_account_comes_before_its_own(server):
    accounts.add(CUSTOM, KEY, name="work", base_url=server.url)
    accounts.hold("work", OTHER)
    nbprovider.ask("hi", model="work:tiny")
    assert keys(server) == [f"Bearer {OTHER}"]
    credentials.release(credentials.vault().find("work"))
    nbprovider.ask("hi", model="work:tiny")
    assert keys(server)[-1] == f"Bearer {KEY}"


def test_nobody_else_answers_for_an_account_that_is_tried(server):
    accounts.add(CUSTOM, OTHER, name="home", base_url=server.url, model="tiny")
    with serving(lambda peer: peer.whole(401, {"error": {"message": "bad key"}})) as refusing:
        accounts.add(CUSTOM, KEY, name="work", base_url=refusing.url, model="tiny")
        with pytest.raises(Unauthorized):
            accounts.test("work")
    assert server.requests == []


def test_an_account_is_tried_and_its_models_are_counted():
    def script(peer: Peer) -> None:
        if peer.request["path"] == "/v1/models":
            peer.whole(200, {"data": [{"id": "tiny"}, {"id": "large"}]})
        else:
            answering("ready")(peer)

    with serving(script) as server:
        accounts.add(CUSTOM, KEY, name="work", base_url=server.url, model="tiny")
        went = accounts.test("work")
    assert (went.model, went.said, went.models) == (f"{CUSTOM}:tiny@work", "ready", 2)
    assert went.duration >= went.first_token > 0
    assert nbprovider.usage()["purpose"].tolist() == ["test"]


def test_a_wrong_key_is_told_when_the_account_is_tried():
    with serving(lambda peer: peer.whole(401, {"error": {"message": "bad key"}})) as server:
        accounts.add(CUSTOM, KEY, name="work", base_url=server.url, model="tiny")
        with pytest.raises(Unauthorized, match="work"):
            accounts.test("work")


@pytest.mark.parametrize("ending", ["toml", "json"])
def test_accounts_are_carried_without_their_keys(tmp_path: Path, monkeypatch, ending: str):
    accounts.add("bedrock", KEY, name='w"ork'.replace('"', ""), fields={"region": "eu-west-1"})
    accounts.add(CUSTOM, name="own", base_url="http://127.0.0.1:9", services={}, model='a"\\b\x7f')
    path = accounts.export(tmp_path / f"carried.{ending}")
    assert KEY not in path.read_text()
    assert "sealed" not in path.read_text()
    with pytest.raises(UsageError, match="there already"):
        accounts.export(path)
    monkeypatch.setenv(config.HOME, str(tmp_path / "another"))
    came = accounts.import_(path)
    assert names(came.added) == ["work", "own"]
    assert came.wanting == ("work",)
    assert "`%provider key work`" in repr(came)
    assert accounts.show("work").fields == {"region": "eu-west-1"}
    assert accounts.show("own").model == 'a"\\b\x7f'
    assert accounts.show("work").holds == "none"


def test_an_import_overwrites_nothing_and_says_what_it_left_out(tmp_path: Path):
    accounts.add("groq", KEY, name="work")
    rows = [
        {"name": "work", "provider": "mistral"},
        {"name": "fast", "provider": "groq"},
        {"name": "gone", "provider": "no-such"},
        {"name": "far", "provider": "groq", "base_url": "http://far.example"},
        {"name": "new", "provider": "groq", "model": "x"},
    ]
    path = tmp_path / "in.json"
    path.write_text(json.dumps({"account": rows}))
    came = accounts.import_(path)
    assert names(came.added) == ["new"]
    assert set(came.left_out) == {"work", "fast", "gone", "far"}
    assert accounts.show("work").provider == "groq"
    assert "left out" in repr(came)


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("in.json", '{"account": [{"name": "a", "provider": "groq", "key": "k"}]}', "key"),
        ("in.json", "[", "not valid JSON"),
        ("in.toml", "[[", "not valid TOML"),
        ("in.yaml", "", "toml or .json"),
        ("in.json", None, "cannot be read"),
    ],
)
def test_a_file_that_makes_no_sense_is_told(tmp_path: Path, name: str, text: str | None, why: str):
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises((ConfigError, UsageError), match=why):
        accounts.import_(path)


def spoil(name: str) -> None:
    """Exchange what is sealed for an account, as somebody would who edits the file."""
    path = credentials.vault().path
    content = vault_file.parse(path.read_bytes())
    stored = {one.name: one for one in content.stored()}
    (other,) = (one for one in stored.values() if one.name != name)
    wrong = replace(stored[name], sealed=other.sealed)
    path.write_bytes(vault_file.write(replace(content, records=(wrong, other))))


def test_a_secret_that_does_not_open_is_locked_and_stops_nothing_else(server):
    """Row 20 of the rivals: one credential that cannot be decrypted makes the page a 500."""
    for name, key in (("work", KEY), ("home", OTHER)):
        accounts.add(CUSTOM, key, name=name, base_url=server.url, model="tiny")
    spoil("work")
    locked = {entry.name: entry.locked for entry in accounts.list()}
    assert "does not open" in locked["work"]
    assert locked["home"] == ""
    assert "`%provider key work`" in repr(accounts)
    assert nbprovider.ask("hi", model="home").text == "Hello"
    with pytest.raises(VaultLocked, match="work"):
        credentials.access("work")
    accounts.enter("work", KEY)
    assert nbprovider.ask("hi", model="work").text == "Hello"
    assert keys(server) == [f"Bearer {OTHER}", f"Bearer {KEY}"]


def test_a_locked_account_can_be_removed_and_ended(server):
    """Row 20 of the rivals: and it cannot be deleted."""
    for name, key in (("work", KEY), ("home", OTHER)):
        accounts.add(CUSTOM, key, name=name, base_url=server.url)
    spoil("work")
    accounts.rename("work", "old")
    accounts.remove("old")
    accounts.purge("old")
    assert names(accounts.list()) == ["home"]
    assert names(accounts.removed()) == []


def flip(name: str) -> None:
    """Change one letter of an account's line in the vault."""
    path = credentials.vault().path
    path.write_bytes(path.read_bytes().replace(f'"name":"{name}"'.encode(), b'"name":"wozk"'))


def test_a_damaged_record_is_listed_and_mended_or_dropped(server):
    """Row 20 of the rivals: also where the file itself was damaged."""
    for name, key in (("work", KEY), ("home", OTHER)):
        accounts.add(CUSTOM, key, name=name, base_url=server.url, model="tiny")
    flip("work")
    shown = {entry.name: entry.locked for entry in accounts.list()}
    assert shown == {"home": "", "wozk": "its record is damaged"}
    with pytest.raises(UsageError, match="%provider key wozk"):
        accounts.show("wozk")
    accounts.enter("wozk", KEY)
    assert nbprovider.ask("hi", model="wozk").text == "Hello"
    flip("home")
    assert accounts.remove(names(accounts.list())[-1]).removed is None
    assert names(accounts.list()) == ["wozk"]
