from pathlib import Path

import pytest

from nbprovider import catalog
from nbprovider.errors import ConfigError, UsageError

MINIMAL = 'name = "Mine"\nprotocol = "openai_chat"\nbase_url = "https://ai.example.org/v1"\n'


@pytest.fixture
def users(isolated: Path) -> Path:
    folder = isolated / "config" / "providers"
    folder.mkdir(parents=True)
    return folder


def test_the_users_file_adds_a_provider_named_as_the_file(users: Path) -> None:
    (users / "mine.toml").write_text(MINIMAL)
    assert catalog.find("mine").base_url == "https://ai.example.org/v1"


def test_the_users_file_overrides_ours(users: Path) -> None:
    (users / "groq.toml").write_text(MINIMAL)
    assert catalog.load()["groq"].name == "Mine"


def test_files_are_read_again_only_after_forget(users: Path) -> None:
    catalog.load()
    (users / "mine.toml").write_text(MINIMAL)
    assert not catalog.known("mine")
    catalog.forget()
    assert catalog.known("mine")


@pytest.mark.parametrize("name", ["groq", "GROQ", " groqcloud ", "GroqCloud"])
def test_find_takes_key_and_alias_in_any_case(name: str) -> None:
    assert catalog.find(name).key == "groq"


def test_an_unknown_name_proposes_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'anthropic'"):
        catalog.find("antropic")


def test_a_name_like_nothing_points_at_the_list() -> None:
    with pytest.raises(UsageError, match="%provider list"):
        catalog.find("zzzzzz")


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ('modle_prefixes = ["x"]', "unknown key 'modle_prefixes'. Did you mean 'model_prefixes'"),
        ("[quirks]\nrenam = {}", r"unknown key 'renam' in \[quirks\]. Did you mean 'rename'"),
        ('key = "other"', "file's name is the key"),
        ("silence = 'long'", "wrong value of 'silence'"),
        ("[guide]\nsteps = 'one'", "'guide.steps': it must be a list in square brackets."),
        ("[quirks]\ninclude_usage = 1", "'quirks.include_usage': it must be true or false."),
        ("kind = 'cluod'", "wrong value of 'kind'"),
        ("auth = 'Bearer {key}'", "does not say how the key is sent"),
        ("protocol_elsewhere = 'openai_caht'", "'openai_caht'. Did you mean 'openai_chat'"),
        ("models = { chat = '(' }", "is no regular expression"),
        ("name = 'twice'", "is not valid TOML"),
        ("\0", "is not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_key(users: Path, added: str, said: str) -> None:
    (users / "mine.toml").write_text(MINIMAL + added)
    with pytest.raises(ConfigError, match=said) as caught:
        catalog.find("mine")
    assert str(users / "mine.toml") in str(caught.value)


def test_a_file_that_is_not_utf8_is_named(users: Path) -> None:
    (users / "mine.toml").write_bytes(b'name = "\xff"')
    with pytest.raises(ConfigError, match="not valid TOML"):
        catalog.find("mine")


def test_a_file_without_a_protocol_is_named(users: Path) -> None:
    (users / "mine.toml").write_text('name = "Mine"')
    with pytest.raises(ConfigError, match=r"mine\.toml.*protocol"):
        catalog.find("mine")


def test_an_unknown_protocol_is_named_with_file_and_key(users: Path) -> None:
    (users / "mine.toml").write_text('name = "Mine"\nprotocol = "morse"\n')
    with pytest.raises(ConfigError, match=r"mine\.toml.*'protocol'.*no protocol 'morse'"):
        catalog.find("mine")


def test_a_file_that_is_wrong_disables_only_itself(users: Path) -> None:
    (users / "mine.toml").write_text("name =")
    (users / "good.toml").write_text(MINIMAL)
    assert {"good", "groq"} <= set(catalog.load())
    assert "mine" not in catalog.load()
    assert set(catalog.broken()) == {"mine"}
    assert catalog.known("mine")


def test_ours_does_not_step_in_for_a_users_file_that_is_wrong(users: Path) -> None:
    """It would send the question to another address than the user's."""
    (users / "groq.toml").write_text("name =")
    assert "groq" not in catalog.load()
    with pytest.raises(ConfigError, match=r"groq\.toml"):
        catalog.find("groq")
