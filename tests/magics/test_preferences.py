"""`%provider config`: every setting is shown and explained; one is set where it stands."""

from __future__ import annotations

import stat
import sys

import pytest

from nbprovider import config
from nbprovider.config import Settings
from nbprovider.errors import ConfigError, UsageError
from nbprovider.magics.complete import complete
from nbprovider.magics.provider import run
from nbprovider.session import preferences


def rows(line="config"):
    return {row[0]: row[1:] for row in run(line).rows}


def written():
    return config.settings_file().read_text(encoding="utf-8")


def write(text):
    config.made(config.settings_file().parent)
    config.settings_file().write_text(text, encoding="utf-8")


def test_every_setting_is_shown_with_its_default_and_explained():
    assert list(rows()) == list(Settings.__struct_fields__)
    assert rows()["tries"] == ("3", "3", "default")
    assert [one.name for one in preferences.every() if not one.help] == []
    for name in Settings.__struct_fields__:
        assert rows(f"config {name}")["what it does"][0]


def test_one_is_set_and_reset_and_the_comments_stay():
    write("# Mine.\nlongest_wait = 5.0  # not long\n")
    assert "tries is 5 now" in run("config tries 5").text
    assert written() == "# Mine.\nlongest_wait = 5.0  # not long\ntries = 5\n"
    assert rows()["tries"] == ("5", "3", "settings.toml")
    assert config.settings().tries == 5
    assert "by default: 3" in run("config tries -").text
    assert written() == "# Mine.\nlongest_wait = 5.0  # not long\n"


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("audit no", "audit", False),
        ("audit true", "audit", True),
        ("silence 20", "silence", 20.0),
        ("model 5", "model", "5"),
        ("model groq:openai/gpt-oss-20b", "model", "groq:openai/gpt-oss-20b"),
        ("private_hosts 'a.example, *.b'", "private_hosts", ("a.example", "*.b")),
        ("aliases.quick groq:x", "aliases", {"quick": "groq:x"}),
        ("aliases.gpt.4 y", "aliases", {"gpt.4": "y"}),
        ("budget.day 5", "budget", {"day": 5.0}),
        ("show_thinking hidden", "show_thinking", "hidden"),
    ],
)
def test_words_become_values_of_the_right_kind(line, name, value):
    run(f"config {line}")
    assert getattr(config.settings(), name) == value


def test_a_price_is_set_by_model_and_kind():
    run("config prices.vllm:*.input 0.5")
    run("config prices.gpt-4.5.output 2")
    prices = config.settings().prices
    assert (prices["vllm:*"].input, prices["gpt-4.5"].output) == (0.5, 2.0)
    assert "vllm:*.input = 0.5" in rows()["prices"][0]
    run("config prices.vllm:*.input -")
    assert config.settings().prices["vllm:*"].input is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("trys 5", "Did you mean 'tries'"),
        ("tries 50", "a whole number from 1 to 10"),
        ("tries many", "a whole number"),
        ("budget.week 5", "budget.week cannot be '5'"),
        ("aliases x", "is a table"),
        ("tries.x 5", "has no entries"),
        ("tries 5 6", "has one value"),
        ("show_thinking seen", "'folded', 'hidden'"),
        ("model sk-ant-api03-" + "a1B2c3D4e5F6g7H8" * 5, "looks like a key"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(line, said):
    with pytest.raises(UsageError) as refused:
        run(f"config {line}")
    assert said in str(refused.value)
    assert not config.settings_file().exists()


def test_a_file_with_a_mistake_is_not_touched():
    write("tries = 99\n")
    with pytest.raises(ConfigError, match="tries"):
        run("config audit no")
    assert written() == "tries = 99\n"


def test_resetting_what_was_never_set_writes_no_file():
    run("config tries -")
    assert not config.settings_file().exists()


def test_a_variable_that_comes_first_is_told(monkeypatch):
    monkeypatch.setenv(config.MODEL, "groq")
    assert "But NBPROVIDER_MODEL comes first" in run("config model openai").text
    assert rows()["model"] == ('"groq"', '""', "NBPROVIDER_MODEL")


def test_the_password_of_a_proxy_is_not_shown():
    said = run("config proxy http://me:hunter2@proxy.example:3128").text
    assert "hunter2" not in said + str(run("config")) + str(run("config proxy"))
    assert config.settings().proxy.endswith("hunter2@proxy.example:3128")


@pytest.mark.skipif(sys.platform == "win32", reason="Unix links and permissions")
def test_a_link_stays_a_link_and_permissions_stay(tmp_path):
    real = tmp_path / "dotfiles.toml"
    real.write_bytes(b"# Mine.\r\n")
    real.chmod(0o640)
    config.made(config.settings_file().parent)
    config.settings_file().symlink_to(real)
    run("config tries 5")
    assert config.settings_file().is_symlink()
    assert real.read_bytes() == b"# Mine.\r\ntries = 5\r\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_names_and_values_are_completed():
    assert "tries" in complete("%provider config ")
    assert complete("%provider config show_t") == ["show_thinking"]
    assert complete("%provider config show_thinking ") == ["folded", "hidden"]
    assert complete("%provider config audit ") == ["true", "false"]
    assert complete("%provider config tries ") == []
