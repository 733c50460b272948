"""Each rule for providers can fail: a broken file for every rule."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from msgspec.structs import replace

from nbprovider.catalog import ModelList, Provider, Quirks, files
from nbprovider.errors import ConfigError
from nbprovider.testing import check_provider
from nbprovider.testing.provider import RULES, names_are_known

GOOD = Provider(
    "river",
    "River",
    "openai_chat",
    base_url="https://api.river.example/v1",
    env=("RIVER_API_KEY",),
    key_url="https://river.example/keys",
    default_model="delta-2",
    model_prefixes=("rvr",),
)
FILE = """
name = "River"
protocol = "openai_chat"
base_url = "https://api.river.example/v1"
env = ["RIVER_API_KEY"]
key_url = "https://river.example/keys"
default_model = "delta-2"
[guide]
pick_for = "rivers"
steps = ["Sign in."]
cost = "nothing"
"""

BROKEN_FILES = {
    "file: .*telepathy": ('"openai_chat"', '"telepathy"'),
    "quirks_in: for other protocols": ("[guide]", "[quirks_in.telegraph]\n[guide]"),
    "file: .*says how|file: .*how the key is sent": ("env =", 'auth = "X-Key"\nenv ='),
    "auth_by_env: variables of": ("env =", 'auth_by_env = { OTHER = "X: {key}" }\nenv ='),
    "file: .*no regular expression": ("[guide]", '[models]\nchat = "("\n[guide]'),
    "file: .*colour": ("env =", 'colour = "blue"\nenv ='),
    "file: .*silence": ("env =", 'silence = "long"\nenv ='),
    "key_prefix: the longer": ("env =", 'key_prefix = ["a", "ab"]\nenv ='),
    "model_prefixes: begin no other": ("env =", 'model_prefixes = ["claude"]\nenv ='),
    "models: .* not retired": ("[guide]", '[retired]\n"delta-2" = ""\n[guide]'),
    "recommended ones chat": ("[guide]", '[models]\nnot_chat = "delta"\n[guide]'),
    "guide.best: all three": ('cost = "nothing"', 'cost = "x"\nbest = { speed = "delta-2" }'),
    "models.static: has the default": ("[guide]", '[models]\nstatic = ["a"]\n[guide]'),
    "models.static: chat models": (
        "[guide]",
        '[models]\nstatic = ["delta-2", "embed"]\nnot_chat = "embed"\n[guide]',
    ),
    "a successor is not retired": ("[guide]", '[retired]\na = "b"\nb = "delta-2"\n[guide]'),
    "retiring: not retired already": (
        "[guide]",
        '[retired]\na = ""\n[retiring]\na = { on = 2031-05-01 }\n[guide]',
    ),
    "a successor lives longer": (
        "[guide]",
        '[retiring]\na = { on = 2031-05-01, successor = "b" }\nb = { on = 2031-04-01 }\n[guide]',
    ),
    "guide.pick_for": ('pick_for = "rivers"', ""),
    "guide.steps": ('steps = ["Sign in."]', ""),
    "guide.cost": ('cost = "nothing"', ""),
    "full stop": ("Sign in.", "Sign in"),
    "base_url: given": ('base_url = "https://api.river.example/v1"', ""),
    "no slash at its end": ("/v1", "/v1/"),
    "https, unless": ("https://api", "http://api"),
    "ends in base_path": ("env =", 'base_path = "/v2"\nenv ='),
    "nothing of base_drop": ("env =", 'base_drop = ["/v1"]\nenv ='),
    "env: the variable": ('env = ["RIVER_API_KEY"]', ""),
    "key_url: the page": ("https://river.example/keys", "river.example"),
    "default_model: a model": ('default_model = "delta-2"', ""),
    "quirks.rename": ("[guide]", '[quirks]\nrename = { colour = "c" }\n[guide]'),
    "wrong value of 'quirks.refuse": ("[guide]", '[quirks]\nrefuse = ["temprature"]\n[guide]'),
    "service_models: for services": ("[guide]", '[service_models]\ntts = "x"\n[guide]'),
}


def test_a_provider_file_that_keeps_every_rule_passes(tmp_path: Path) -> None:
    path = tmp_path / "river.toml"
    path.write_text(FILE)
    check_provider(path)
    check_provider(str(path))


@pytest.mark.parametrize(("rule", "change"), BROKEN_FILES.items(), ids=BROKEN_FILES)
def test_a_provider_file_that_breaks_a_rule_is_told_which(rule, change, tmp_path) -> None:
    assert change[0] in FILE
    path = tmp_path / "river.toml"
    path.write_text(FILE.replace(change[0], change[1], 1))
    with pytest.raises(AssertionError, match=rule):
        check_provider(path)


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("protocol: one that there is", {"protocol": "telepathy"}),
        ("auth: `Name: value", {"auth": "X-Key"}),
        ("regular expressions", {"models": ModelList(chat="(")}),
    ],
)
def test_a_provider_made_in_python_is_held_to_what_a_file_is_held_to_by_its_reader(rule, change):
    with pytest.raises(AssertionError, match=rule):
        check_provider(replace(GOOD, **change))


@pytest.mark.parametrize(
    ("what", "told"),
    [("rename", Quirks(rename={"colour": "c"})), ("refuse", Quirks(refuse=("temprature",)))],
)
def test_a_misspelt_option_is_found_in_a_provider_made_in_python(what, told):
    with pytest.raises(AssertionError, match=f"quirks.{what}: names options"):
        names_are_known(replace(GOOD, quirks=told))


def breaks(rule, *subject) -> bool:
    """Say whether a rule is broken; another one may be that it builds upon."""
    try:
        rule(*subject)
    except AssertionError:
        return True
    except Exception:  # noqa: BLE001 - what an earlier rule would have found
        return False
    return False


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_each_rule_of_a_provider_is_broken_by_one_of_these(rule, tmp_path) -> None:
    made = [GOOD, replace(GOOD, auth="X-Key"), replace(GOOD, models=ModelList(chat="("))]
    for number, (old, new) in enumerate(BROKEN_FILES.values()):
        path = tmp_path / f"river-{number}.toml"
        path.write_text(FILE.replace(old, new, 1))
        with contextlib.suppress(ConfigError):
            made.append(files.parse(path))
    assert any(breaks(rule, provider) for provider in made)
