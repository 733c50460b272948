"""Who is asked in which order: chains, and who may stand in for whom."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from nbprovider import catalog
from nbprovider.catalog.model import snapshot
from nbprovider.credentials import Account
from nbprovider.errors import UsageError
from nbprovider.routing import Known, Needs, able, needs, plan, resolve
from nbprovider.types import Call, Media, Message, Options, Text, Tool


def account(spec: str) -> Account:
    provider, _, name = spec.partition("@")
    return Account(provider, name or provider, "", "test")


def known(*specs: str, **facts) -> Known:
    return Known(catalog.load(), tuple(map(account, specs)), **facts)


def refs(name: str | None, facts: Known, wanted: Needs = Needs()) -> list[str]:  # noqa: B008 - a frozen value
    return [f"{r.account}:{r.model}" for r in plan(name, facts, wanted)]


CHAIN = {"safe": ("claude-sonnet-5-5@work", "groq", "mistral:mistral-small-latest")}


def test_a_chain_is_tried_in_its_order_and_nobody_else():
    facts = known("openai", "anthropic@work", "groq", "mistral", chains=CHAIN)
    usual = catalog.find("groq").default_model
    assert refs("safe", facts) == [
        "work:claude-sonnet-5-5",
        f"groq:{usual}",
        "mistral:mistral-small-latest",
    ]


def test_each_route_of_a_chain_says_its_place():
    facts = known("anthropic@work", "groq", "mistral", chains=CHAIN)
    reasons = [route.reason for route in plan("safe", facts, Needs())]
    assert reasons[0].startswith("rule 1: 'safe' is a chain, number 1 of 3: rule 2")
    assert reasons[2].startswith("rule 1: 'safe' is a chain, number 3 of 3")


@pytest.mark.parametrize(
    "facts",
    [
        {"chat_model": "safe"},
        {"default_model": "safe"},
        {"environment_model": "safe"},
        {"roles": {"chat": "safe"}},
    ],
)
def test_a_chain_may_be_a_chats_a_roles_or_the_default(facts):
    setup = known("anthropic@work", "groq", "mistral", chains=CHAIN, **facts)
    assert len(refs(None, setup)) == 3


def test_a_role_may_lead_to_a_chain():
    facts = known("anthropic@work", "groq", "mistral", chains=CHAIN, roles={"boss": "safe"})
    assert len(refs("boss", facts)) == 3


def test_a_chain_of_a_chain_is_no_chain():
    """A member that is itself a chain's name means nothing."""
    facts = known("groq", chains={"a": ("b",), "b": ("groq",)})
    with pytest.raises(UsageError):
        plan("b@nobody", facts, Needs())
    assert refs("b", facts)[0].startswith("groq:")


def test_without_a_chain_the_same_model_by_another_account_comes_first():
    facts = known("anthropic", "openai", "anthropic@work")
    assert refs("claude-sonnet-5-5", facts)[:2] == [
        "anthropic:claude-sonnet-5-5",
        "work:claude-sonnet-5-5",
    ]


def test_a_gateway_that_has_the_model_serves_it_under_its_own_name():
    facts = known("anthropic", "openrouter")
    assert refs("claude-sonnet-5-5", facts) == [
        "anthropic:claude-sonnet-5-5",
        "openrouter:anthropic/claude-sonnet-5.5",
    ]


def test_other_providers_stand_in_with_their_usual_models():
    facts = known("anthropic", "openai", "groq")
    usual = [f"{name}:{catalog.find(name).default_model}" for name in ("openai", "groq")]
    assert refs("claude-sonnet-5-5", facts)[1:] == usual


@pytest.mark.parametrize("name", ["ollama", "embedded"])
def test_a_model_of_ones_own_machine_stands_in_for_nobody(name):
    """It may be tiny: it answers where a chain says so."""
    assert len(refs("claude-sonnet-5-5", known("anthropic", name))) == 1
    chained = known("anthropic", "embedded", chains={"c": ("claude-sonnet-5-5", "embedded")})
    assert len(refs("c", chained)) == 2


def test_an_account_with_a_problem_stands_in_for_nobody():
    broken = replace(account("groq"), problem="its secret does not open")
    facts = Known(catalog.load(), (account("anthropic"), broken))
    assert len(refs("claude-sonnet-5-5", facts)) == 1


def test_nobody_stands_in_for_a_provider_that_is_not_configured():
    """Its missing key is to be said, not answered around."""
    assert len(refs("claude-sonnet-5-5", known("openai", "groq"))) == 1


def test_no_route_is_there_twice():
    facts = known("groq", chains={"c": ("groq", "groq", "groq:x")})
    assert len(refs("c", facts)) == 2


PICTURE = Media("image", "image/png", b"x")
TOOL = Tool("f", "", {"type": "object"})


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (Call("", (Message("user", (Text("a"),)),)), Needs((), (), 100)),
        (Call("", (Message("user", (PICTURE,)),)), Needs(("vision",), ("image",), 100)),
        (Call("", (Message("user", (Text("a"),)),), tools=(TOOL,)), Needs(("tools",), (), 100)),
        (
            Call("", (Message("user", (Text("a"),)),), Options(max_tokens=50)),
            Needs((), (), 150),
        ),
    ],
)
def test_what_a_call_needs(call, expected):
    assert needs(call, 100) == expected


def test_who_cannot_see_does_not_stand_in_for_who_can():
    blind = next(
        (key, model)
        for key, models in snapshot().models.items()
        for model, facts in models.items()
        if facts.can is not None and "vision" not in facts.can and facts.kind == "chat"
    )
    provider = catalog.find(blind[0])
    assert able(provider, blind[1], Needs(("vision",))) == "has no vision"
    assert able(provider, blind[1], Needs()) == ""


def test_who_reads_too_little_does_not_stand_in():
    told = catalog.model("openai", "gpt-4o")
    assert told is not None
    assert told.facts.context
    wanted = Needs(tokens=told.facts.context + 1)
    assert (
        able(catalog.find("openai"), "gpt-4o", wanted)
        == f"reads {told.facts.context:,} tokens only"
    )


def test_what_a_providers_file_refuses_it_does_not_stand_in_for():
    provider = catalog.find("groq")
    refusing = replace(provider, quirks=replace(provider.quirks, refuse=("image",)))
    assert able(refusing, "x", Needs(media=("image",))) == "takes no image"


def test_of_a_model_that_nobody_knows_nothing_is_held_against_it():
    assert able(catalog.find("groq"), "brand-new", Needs(("vision",), tokens=10**9)) == ""


def test_auto_stands_for_the_model_that_was_chosen_for_it():
    facts = known("groq", auto="groq:small")
    found = resolve("auto", facts)
    assert (found.provider, found.model, found.account) == ("groq", "small", "groq")
    assert found.reason.startswith("rule 1: 'auto' stands for 'groq:small'; rule 3")
