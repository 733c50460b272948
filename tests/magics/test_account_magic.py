"""`%provider account`, `key` and `vault` on a line: what is done, asked, refused."""

from __future__ import annotations

import atexit
import builtins
import getpass
from pathlib import Path

import pytest
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from keyboard import KEY
from loopback import answering, serving
from nbprovider import accounts, catalog, credentials, session
from nbprovider.errors import ConfigError, MissingKey, UsageError
from nbprovider.magics import register
from nbprovider.magics.account import WORDS
from nbprovider.magics.complete import complete
from nbprovider.magics.provider import run

CUSTOM = "openai-compatible"


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be a front end that cannot ask, as nbclient is."""

    def refuse(_: str = "") -> str:
        raise StdinNotImplementedError("raw_input was called, but this frontend cannot ask.")

    monkeypatch.setattr(getpass, "getpass", refuse)
    monkeypatch.setattr(builtins, "input", refuse)


def shown(line: str) -> str:
    return run(line)._repr_mimebundle_()["text/plain"]


@pytest.mark.usefixtures("typed")
def test_the_whole_life_of_an_account_on_lines(tmp_path: Path):
    assert "none yet" in shown("account")
    assert "work" in shown("account add groq --name work --model some-model")
    assert "some-model" in shown("account list")
    assert "https://api.groq.com" in shown("account show work")
    assert "other-model" in shown("account edit work -m other-model")
    assert "is called lab now" in shown("account rename work lab")
    assert "comes before" in shown("account prefer lab")
    assert "without their keys" in shown(f"account export {tmp_path}/accounts.toml")
    assert "account restore lab" in shown("account remove lab")
    assert "lab" in shown("account list --removed")
    assert "added; enter its key" in shown(f"account import {tmp_path}/accounts.toml")
    assert "old" in shown("account restore lab --name old")
    assert [entry.name for entry in accounts.list()] == ["old", "lab"]


def test_an_account_of_ones_own_server_is_added_by_options():
    with serving(answering("ready")) as server:
        speech = f"{server.url}/say"
        run(f"account add {CUSTOM} --name lab --base-url {server.url} --service tts={speech}")
        entry = accounts.show("lab")
        assert (entry.base_url, entry.services) == (f"{server.url}/v1", {"tts": speech})
        run("account edit lab --service tts= --model tiny --protocol openai_chat")
        assert accounts.show("lab").services == {}
        assert "It works." in shown("account test lab")
        assert shown("test lab").startswith("It works.")


def test_a_change_of_host_asks_for_the_key_again(typed: list[str]):
    run("account add groq --name work")
    run("account edit work --model x")
    assert len(typed) == 1
    run("account edit work --base-url https://proxy.example/v1")
    assert "for https://proxy.example" in typed[1]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("account lst", "Did you mean 'list'"),
        ("account add", "%provider account add PROVIDER"),
        ("account add groq --nmae x", "Did you mean '--name'"),
        ("account add groq --service tts", "--service needs NAME=VALUE"),
        ("account add groq --field =x", "--field needs NAME=VALUE"),
        ("account add groq --name", "--name needs a value"),
        ("account edit work", "Nothing was given to change"),
        ("account rename work", "%provider account rename NAME NEW"),
        ("account show wrok", "Did you mean 'work'"),
        ("account remove", "%provider account remove NAME"),
        ("account purge work", "is in use"),
        ("account restore work", "is in use"),
        ("account list --all", "There is no option --all"),
        ("vault reky", "Did you mean 'rekey'"),
        ("vault rekey machin", "Did you mean 'machine'"),
        ("key groqq", "Did you mean 'groq'"),
        ("key claude-cli", "has a login of its own"),
    ],
)
def test_a_line_that_makes_no_sense_is_told_with_what_was_meant(line: str, why: str):
    accounts.add("groq", KEY, name="work")
    with pytest.raises(UsageError, match=why):
        run(line)


@pytest.mark.usefixtures("nobody")
def test_where_nobody_can_be_asked_it_is_said():
    with pytest.raises(MissingKey, match="cannot be asked for here"):
        run("account add groq")
    with pytest.raises(MissingKey, match="cannot be asked for here"):
        run("key groq")
    accounts.add("groq", KEY, name="work")
    accounts.remove("work")
    with pytest.raises(UsageError, match="purge work --yes"):
        run("account purge work")
    assert "gone for good" in shown("account purge work --yes")
    assert len(accounts.removed()) == 0


def test_purge_wants_the_name_typed(monkeypatch: pytest.MonkeyPatch):
    accounts.add("groq", KEY, name="work")
    accounts.remove("work")
    monkeypatch.setattr(builtins, "input", lambda _: "no")
    with pytest.raises(UsageError, match="still there"):
        run("account purge work")
    monkeypatch.setattr(builtins, "input", lambda _: "work ")
    assert "gone for good" in shown("account purge work")


@pytest.mark.usefixtures("typed")
def test_a_key_is_kept_in_the_vault_or_for_the_kernel():
    assert "in the vault" in shown("key groq")
    assert "until this kernel ends" in shown("key mistral kernel")
    assert [entry.name for entry in accounts.list()] == ["groq"]
    assert credentials.access("groq").source == "vault"
    assert credentials.access("mistral").secret.reveal() == KEY
    credentials.release(catalog.find("mistral"))


@pytest.mark.usefixtures("typed")
def test_what_comes_before_an_entered_key_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GROQ_API_KEY", "gsk_seeded0123456789abcdef")
    assert "environment GROQ_API_KEY comes first" in shown("key groq")


@pytest.mark.usefixtures("typed")
def test_a_key_for_an_address_in_a_variable_is_not_put_into_the_vault(
    monkeypatch: pytest.MonkeyPatch,
):
    """A key of the vault goes to an address of the vault; the variable may change."""
    with serving(answering("fine")) as server:
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", f"{server.url}/v1")
        assert "OPENAI_COMPATIBLE_BASE_URL" in shown(f"key {CUSTOM}")
        assert len(accounts.list()) == 0
        session.current().ask("hi", {"model": f"{CUSTOM}:tiny"})
        assert server.requests[0]["headers"]["authorization"] == f"Bearer {KEY}"


def test_where_the_vault_cannot_be_written_it_is_said_before_anything_is_typed(
    isolated: Path, typed: list[str]
):
    isolated.mkdir()
    (isolated / "data").write_text("a file where the folder should be")
    with pytest.raises(ConfigError, match="%provider key groq kernel"):
        run("key groq")
    assert typed == []
    assert "until this kernel ends" in shown("key groq kernel")


@pytest.mark.usefixtures("typed")
def test_use_asks_for_a_key_that_is_lacking_and_keeps_it():
    assert "groq" in shown("use groq")
    assert [entry.name for entry in accounts.list()] == ["groq"]


def test_the_vault_is_told_and_sealed_anew(monkeypatch: pytest.MonkeyPatch):
    assert "not there yet" in shown("vault")
    accounts.add("groq", KEY)
    words = shown("vault")
    assert "this machine" in words
    assert "NBPROVIDER_ENCRYPTION_KEY" in words
    monkeypatch.setenv("NBPROVIDER_ENCRYPTION_KEY", "correct horse battery staple")
    assert "passphrase" in shown("vault rekey")
    assert credentials.vault().way() == "passphrase"
    assert accounts.show("groq").locked == ""


@pytest.fixture
def shell():
    made = InteractiveShell.instance(config=Config(HistoryManager={"hist_file": ":memory:"}))
    register(made)
    yield made
    made.atexit_operations()
    atexit.unregister(made.atexit_operations)
    InteractiveShell.clear_instance()


@pytest.mark.parametrize(
    "line",
    ["%provider key groq {}", "%provider account add groq {}", "%provider key groq kernel {}"],
)
def test_a_key_of_any_shape_on_the_line_is_refused_and_forgotten(shell, line: str, capsys):
    key = "correcthorsebattery"
    result = shell.run_cell(line.format(key), store_history=True)
    assert isinstance(result.error_in_exec, UsageError)
    assert key not in str(result.error_in_exec)
    history = shell.history_manager
    assert key not in repr((history.input_hist_raw, history.input_hist_parsed, shell.user_ns["_i"]))
    assert len(accounts.list()) == 0
    shell.run_cell("print('correcthorsebattery')")
    assert "correcthorsebattery" in capsys.readouterr().out, "it is no secret afterwards"


def test_lines_are_completed():
    accounts.add("groq", KEY, name="work")
    accounts.add("groq", KEY, name="gone")
    accounts.remove("gone")
    assert set(complete("%provider acc")) == {"account", "accounts"}
    assert "purge" in complete("%provider account ")
    assert complete("%provider account add gro") == ["groq"]
    assert complete("%provider account add groq --ba") == ["--base-url"]
    assert complete("%provider account show w") == ["work"]
    assert "gone" not in complete("%provider account remove ")
    assert complete("%provider account restore g") == ["gone"]
    assert complete("%provider account add groq --name ") == []
    assert complete("%provider account nosuch x") == []
    assert complete("%provider key wo") == ["work"]
    assert complete("%provider key work ") == ["kernel"]
    assert complete("%provider vault ") == ["rekey"]
    assert "machine" in complete("%provider vault rekey ")
    assert complete("%%chat -p wo") == ["work"]
    assert complete("%provider route wo") == ["work"]


DOCS = Path(__file__).parents[2] / "docs" / "accounts.md"


def test_every_word_and_option_is_explained():
    text = DOCS.read_text(encoding="utf-8")
    assert all(f"| `%provider account {name}" in text for name in WORDS)
    options = {option for word in WORDS.values() for option in word.options}
    spelled = [s for option in options for s in option.spellings]
    assert all(f"`{s} " in text or f"`{s}`" in text for s in spelled)
