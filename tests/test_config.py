import os
import re
import stat
import sys
from pathlib import Path

import pytest

from nbprovider import config
from nbprovider.errors import ConfigError


def write(text: str) -> Path:
    path = config.settings_file()
    config.made(path.parent)
    path.write_text(text)
    return path


def test_nbprovider_home_holds_every_folder(isolated: Path) -> None:
    home = config.home()
    folders = (home.config, home.data, home.cache, home.runtime)
    assert len(set(folders)) == 4
    assert all(folder.parent == isolated for folder in folders)


def test_without_nbprovider_home_the_platform_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(config.HOME)
    home = config.home()
    assert "nbprovider" in str(home.config)
    assert home.runtime.is_relative_to(home.cache)


@pytest.mark.skipif(sys.platform == "win32", reason="XDG is for Unix")
def test_a_login_sessions_runtime_folder_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(config.HOME)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert config.home().runtime == tmp_path / "nbprovider"


def test_nothing_is_created_by_asking_where(isolated: Path) -> None:
    config.home()
    config.settings()
    assert not isolated.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Unix permissions")
def test_a_made_folder_is_the_users_alone() -> None:
    folder = config.made(config.home().data)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_says_what_to_do(isolated: Path) -> None:
    isolated.write_text("a file in the way")
    with pytest.raises(ConfigError, match=r"cannot be used.*NBPROVIDER_HOME"):
        config.made(config.home().data)


@pytest.mark.skipif(sys.platform == "win32", reason="Unix permissions")
def test_a_folder_that_cannot_be_written_to_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = config.made(config.home().data)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    with pytest.raises(ConfigError, match="no permission to write"):
        config.made(folder)


def test_without_a_file_the_settings_are_the_defaults() -> None:
    assert config.settings() == config.Settings()


def test_the_file_sets_what_it_names() -> None:
    write('model = "groq"\ntries = 2\n[aliases]\nquick = "groq:x"\n[roles]\ncheap = "ollama:y"\n')
    found = config.settings()
    assert (found.model, found.tries) == ("groq", 2)
    assert (found.aliases, found.roles) == ({"quick": "groq:x"}, {"cheap": "ollama:y"})
    assert found.connect_timeout == 10.0


def test_a_changed_file_is_read_anew() -> None:
    path = write("tries = 2")
    assert config.settings().tries == 2
    path.write_text("tries = 4")
    os.utime(path, ns=(1, 1))
    assert config.settings().tries == 4


def test_the_environments_model_comes_before_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    write('model = "groq"')
    monkeypatch.setenv(config.MODEL, " openai:x ")
    assert config.settings().model == "openai:x"


def test_the_environments_model_needs_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(config.MODEL, "openai:x")
    assert config.settings().model == "openai:x"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("trys = 2", "unknown key 'trys'. Did you mean 'tries'"),
        ("tries = 0", "wrong value of 'tries': it must be a whole number from 1 to 10."),
        ("tries = 'many'", "wrong value of 'tries': it must be a whole number from 1 to 10."),
        ("silence = -1", "wrong value of 'silence': it must be a number above 0."),
        ("show_thinking = 'loud'", "'show_thinking': it must be one of 'folded', 'hidden'."),
        ("model = 3", "wrong value of 'model': it must be text in quotes."),
        ("aliases = 3", "wrong value of 'aliases': it must be a table."),
        ("[roles]\nfast = 1", r"wrong value of 'roles\[...\]'"),
        ("tries =", "not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_file_and_key(text: str, said: str) -> None:
    path = write(text)
    with pytest.raises(ConfigError, match=said) as caught:
        config.settings()
    assert str(path) in str(caught.value)
    assert not re.search(r"`(int|str|float|object)`", str(caught.value)), "no words of msgspec"
