"""Providers of one's own: Python objects, packages; they have all that providers have."""

from __future__ import annotations

import asyncio
import sys

import pytest

import nbprovider
from nbprovider import catalog, session
from nbprovider.catalog import added
from nbprovider.errors import ConfigError, ProviderError, UsageError
from nbprovider.protocols import objects
from nbprovider.types import Call, Message, Report, Text, Tool, Usage


@pytest.fixture(autouse=True)
def own(monkeypatch):
    monkeypatch.setattr(added, "_ADDED", {})
    monkeypatch.setattr(objects, "FACTORIES", {})
    catalog.forget()
    yield
    catalog.forget()


def echo(model):
    return lambda messages: f"{model}: {messages[-1].text}"


def test_a_function_that_answers_is_a_provider():
    nbprovider.register_provider("mine", echo, model="m1")
    answer = nbprovider.ask("hi", model="mine")
    assert answer.text == "m1: hi"
    row = nbprovider.usage().iloc[-1]
    assert (row["provider"], row["model"], row["status"]) == ("mine", "m1", "ok")


def test_pieces_stream_and_events_are_heard():
    def factory(model):
        def answer(messages, options):
            yield "Hel"
            yield "lo"
            yield Report(Usage(3, options.max_tokens))

        return answer

    nbprovider.register_provider("mine", factory)
    stream = nbprovider.stream("hi", model="mine:x", max_tokens=7)
    assert list(stream) == ["Hel", "lo"]
    assert (stream.answer.usage.input, stream.answer.usage.output) == (3, 7)


def test_a_prefix_and_an_account_lead_to_it():
    nbprovider.register_provider("mine", echo, prefixes=("uni-",))
    assert nbprovider.ask("hi", model="uni-large").text == "uni-large: hi"
    names = [account.name for account in session.current().accounts()]
    assert "mine" in names
    assert nbprovider.models("mine")["model"].tolist() == ["default"]


def test_it_may_be_awaited_too():
    nbprovider.register_provider("mine", echo)

    async def go():
        return (await nbprovider.aask("hi", model="mine")).text

    assert asyncio.run(go()) == "default: hi"


def test_a_chat_remembers_what_it_said():
    nbprovider.register_provider("mine", lambda _: lambda messages: str(len(messages)))
    chat = nbprovider.Chat(model="mine")
    assert [chat.ask("a").text, chat.ask("b").text] == ["1", "3"]


def test_what_the_object_raises_is_told_and_kept():
    def broken(messages):
        yield "half"
        raise KeyError("lost")

    nbprovider.register_provider("mine", lambda _: broken)
    with pytest.raises(ProviderError, match="'mine' failed: KeyError"):
        nbprovider.ask("hi", model="mine")
    assert nbprovider.usage()["status"].tolist() == ["failed"]
    assert nbprovider.last().text == "half"


def test_a_piece_that_is_no_words_is_told():
    nbprovider.register_provider("mine", lambda _: lambda messages: [3])
    with pytest.raises(ProviderError, match="is a int, not words"):
        nbprovider.ask("hi", model="mine")


def test_an_option_it_cannot_take_is_refused_by_name():
    nbprovider.register_provider("mine", echo)
    with pytest.raises(UsageError, match="cannot take temperature"):
        nbprovider.ask("hi", model="mine", temperature=0.5)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"tools": (Tool("draw", "Draws.", {}),)}, "tools"),
        ({"schema": {"type": "object"}}, "a schema"),
        ({"extra": {"colour": 1}}, "the field 'colour'"),
    ],
)
def test_what_no_object_is_given_is_refused_even_by_one_that_takes_options(given, told):
    call = Call("m", (Message("user", (Text("hi"),)),), **given)
    objects.FACTORIES["mine"] = lambda model: lambda messages, options: "hi"
    with pytest.raises(UsageError, match=f"cannot take {told}"):
        list(objects.pieces("mine", call))


@pytest.mark.parametrize(
    ("name", "factory", "told"),
    [
        ("openai", echo, "already"),
        ("a:b", echo, "cannot be a provider's name"),
        ("", echo, "cannot be a provider's name"),
        ("mine", 3, "cannot be called"),
    ],
)
def test_a_mistake_in_registering_is_told(name, factory, told):
    with pytest.raises(ConfigError, match=told):
        nbprovider.register_provider(name, factory)


def test_registering_again_replaces():
    nbprovider.register_provider("mine", echo)
    nbprovider.register_provider("mine", lambda _: lambda messages: "new")
    assert nbprovider.ask("hi", model="mine").text == "new"


def test_a_provider_is_created_with_its_model():
    nbprovider.register_provider("mine", echo)
    bound = nbprovider.create_provider("mine", model="m9")
    assert bound.ask("hi").text == "m9: hi"
    assert list(bound.stream("hi")) == ["m9: hi"]
    assert nbprovider.create_provider("openai").model == "openai:gpt-6.1-sol"
    with pytest.raises(UsageError, match="No"):
        nbprovider.create_provider("nobody-at-all")


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Install a package that brings a provider: a real distribution on the path."""

    def install(fields):
        (tmp_path / "uni_provider.py").write_text(f"PROVIDER = {fields!r}\n")
        info = tmp_path / "uni_provider-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: uni-provider\nVersion: 1.0\n")
        points = "[nbprovider.providers]\nuni = uni_provider:PROVIDER\n"
        (info / "entry_points.txt").write_text(points)
        monkeypatch.syspath_prepend(str(tmp_path))
        catalog.forget()

    yield install
    sys.modules.pop("uni_provider", None)


def test_an_installed_package_brings_a_provider(package):
    package({"name": "University", "protocol": "openai_chat", "base_url": "https://uni.example"})
    assert catalog.find("uni").name == "University"


def test_a_package_with_a_mistake_is_named_and_disables_itself_only(package):
    package({"name": "University", "protcol": "openai_chat"})
    with pytest.raises(ConfigError, match=r"'uni'.*protcol|'uni'.*protocol"):
        catalog.find("uni")
    assert catalog.find("openai").name == "OpenAI"
    assert "uni" in catalog.broken()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"auth": "Bearer"}, "how the key is sent"),
        ({"protocol": "telepathy"}, "telepathy"),
        ({"protocol": "json_proxy"}, "proxy"),
        ({"models": {"chat": "("}}, "regular expression"),
    ],
)
def test_a_packages_provider_is_held_to_what_a_file_is_held_to(package, wrong, told):
    package({"name": "University", "protocol": "openai_chat", **wrong})
    with pytest.raises(ConfigError, match=rf"'uni'.*{told}"):
        catalog.find("uni")


def test_a_package_that_cannot_be_imported_disables_itself_only(package, tmp_path):
    package({})
    (tmp_path / "uni_provider.py").write_text("import nothing_that_is_there\n")
    with pytest.raises(ConfigError, match=r"'uni'.*uni_provider:PROVIDER.*nothing_that_is_there"):
        catalog.find("uni")
    assert catalog.find("openai").name == "OpenAI"
