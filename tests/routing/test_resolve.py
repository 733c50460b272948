"""One table a rule; every expectation names the route and the rule that must have chosen it."""

import pytest
from msgspec.structs import replace

from nbprovider import catalog
from nbprovider.credentials import Account
from nbprovider.errors import ConfigError, MissingKey, UsageError
from nbprovider.routing import ROLES, Known, resolve


def account(provider: str, name: str = "", model: str = "") -> Account:
    return Account(provider, name or provider, "", f"environment {provider.upper()}", model)


def known(*names: str, **facts) -> Known:
    """Return what is known with these accounts; `provider@name` gives one a name of its own."""
    split = (name.partition("@") for name in names)
    return Known(catalog.load(), tuple(account(p, n) for p, _, n in split), **facts)


def ref(name: str | None, facts: Known) -> str:
    route = resolve(name, facts)
    return f"{route.provider}:{route.model}@{route.account}"


ALIASES = {"quick": "groq:llama-x", "Mine": "quick", "claude": "claude-opus-5-5"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("quick", "groq:llama-x@groq"),
        ("QUICK", "groq:llama-x@groq"),
        ("mine", "groq:llama-x@groq"),
        ("claude", "anthropic:claude-opus-5-5@anthropic"),
        ("boss", "openai:gpt-6.1-sol@openai"),
        ("reviewer", "xai:grok-4.7@xai"),
    ],
)
def test_rule_1_an_alias_or_a_role_stands_for_its_model(name: str, expected: str) -> None:
    facts = known("groq", aliases=ALIASES, roles={"boss": "gpt", "reviewer": "grok-4.7"})
    assert ref(name, facts) == expected
    assert resolve(name, facts).reason.startswith("rule 1: ")


def test_rule_1_an_alias_named_as_its_own_target_is_no_circle() -> None:
    assert ref("groq", known("groq", aliases={"groq": "groq"})).startswith("groq:")


def test_rule_1_a_circle_is_named() -> None:
    with pytest.raises(UsageError, match="a → b → a"):
        resolve("a", known("groq", aliases={"a": "b", "b": "a"}))


@pytest.mark.parametrize("role", [role for role in ROLES if role != "chat"])
def test_rule_1_a_role_without_a_model_says_where_to_set_it(role: str) -> None:
    with pytest.raises(UsageError, match=f"has no model yet.*%provider role {role} MODEL"):
        resolve(role, known("groq"))


def test_rule_1_the_role_chat_is_the_usual_choice_when_it_is_not_set() -> None:
    assert ref("chat", known("groq")) == "groq:openai/gpt-oss-120b@groq"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("claude-x@work", "anthropic:claude-x@work"),
        ("claude-x@WORK", "anthropic:claude-x@work"),
        ("anthropic:claude-x@work", "anthropic:claude-x@work"),
        ("anthropic@work", "anthropic:claude-sonnet-5-5@work"),
        ("qwen3:8b@home", "ollama:qwen3:8b@home"),
        ("x/y@groq", "groq:x/y@groq"),
        ("gpt-x@openai", "openai:gpt-x@openai"),  # known, though not configured
    ],
)
def test_rule_2_the_account_after_the_at(name: str, expected: str) -> None:
    facts = known("anthropic@work", "ollama@home", "groq", "openrouter")
    assert ref(name, facts) == expected
    assert "rule 2" in resolve(name, facts).reason


def test_rule_2_an_unknown_account_names_the_configured_ones() -> None:
    with pytest.raises(UsageError, match=r"No account.*'wrok'.*Did you mean 'work'.*work, groq"):
        resolve("claude-x@wrok", known("anthropic@work", "groq"))


def test_rule_2_an_account_of_another_provider_is_refused() -> None:
    with pytest.raises(UsageError, match="belongs to Anthropic, not to OpenAI"):
        resolve("openai:gpt-x@work", known("anthropic@work"))


def test_rule_2_an_id_that_begins_with_an_at_is_no_account() -> None:
    assert ref("@cf/meta/llama", known("groq")) == "groq:@cf/meta/llama@groq"
    assert ref("groq:@cf/meta/llama", known("groq")) == "groq:@cf/meta/llama@groq"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("groq:a/b:c", "groq:a/b:c@groq"),
        ("GROQ:x", "groq:x@groq"),
        ("or:x/y", "openrouter:x/y@openrouter"),
        ("work:claude-x", "anthropic:claude-x@work"),
        ("anthropic:claude-x", "anthropic:claude-x@work"),
        ("anthropic:claude-3-retired", "anthropic:claude-3-retired@work"),  # any id goes through
        ("groq", "groq:openai/gpt-oss-120b@groq"),
        ("groq:", "groq:openai/gpt-oss-120b@groq"),
        ("gpt", "openai:gpt-6.1-sol@openai"),
        ("embedded", "embedded:smollm2-135m-instruct@embedded"),
        ("ollama:qwen3:8b", "ollama:qwen3:8b@ollama"),
    ],
)
def test_rule_3_the_provider_or_account_before_the_first_colon(name: str, expected: str) -> None:
    facts = known("anthropic@work", "groq")
    assert ref(name, facts) == expected
    assert "rule 3" in resolve(name, facts).reason


def test_rule_3_a_provider_without_a_default_model_asks_for_one() -> None:
    with pytest.raises(UsageError, match=r"Ollama has no default model.*`ollama:MODEL`"):
        resolve("ollama", known())


def test_rule_3_an_accounts_own_default_model_comes_first() -> None:
    facts = Known(catalog.load(), (account("groq", "fastest", "mine"),))
    assert ref("groq", facts) == "groq:mine@fastest"


def test_rule_3_a_registered_model_serves_where_there_is_no_default() -> None:
    facts = known("ollama", registered={"qwen3": ("ollama",)})
    assert ref("ollama", facts) == "ollama:qwen3@ollama"


def test_rule_3_an_unknown_provider_alone_proposes_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean `openai:`"):
        resolve("opanai:", known("groq"))


def test_rule_4_a_slash_is_openrouters_when_configured() -> None:
    facts = known("anthropic", "openrouter")
    assert ref("anthropic/claude-x", facts) == "openrouter:anthropic/claude-x@openrouter"
    assert ref("x/y:free", facts) == "openrouter:x/y:free@openrouter"


def test_rule_4_else_a_slash_is_the_named_providers_when_configured() -> None:
    facts = known("groq", "anthropic")
    assert ref("anthropic/claude-x", facts) == "anthropic:claude-x@anthropic"
    assert "rule 4" in resolve("anthropic/claude-x", facts).reason


def test_rule_4_else_a_slash_says_nothing() -> None:
    assert ref("anthropic/claude-x", known("groq")) == "groq:anthropic/claude-x@groq"
    assert ref("hf.co/someone/model:Q4", known("groq")) == "ollama:hf.co/someone/model:Q4@ollama"


def test_rule_5_another_colon_is_ollamas() -> None:
    assert ref("llama3.2:3b", known("groq")) == "ollama:llama3.2:3b@ollama"
    assert ref("gpt-oss:20b", known("openai")) == "ollama:gpt-oss:20b@ollama"


def test_rule_5_wonders_at_a_word_near_a_provider() -> None:
    assert "did you mean the provider 'openai'?" in resolve("opanai:gpt-x", known()).reason


@pytest.mark.parametrize(
    ("name", "provider"),
    [
        ("claude-sonnet-5-5", "anthropic"),
        ("Claude-X", "anthropic"),
        ("anthropic.x", "anthropic"),
        ("gemini-3.8-flash", "google"),
        ("google-x", "google"),
        ("gpt-6.1-sol", "openai"),
        ("o1", "openai"),
        ("o3-mini", "openai"),
        ("o4-mini", "openai"),
        ("chatgpt-4o-latest", "openai"),
        ("grok-4.7", "xai"),
        ("deepseek-flash", "deepseek"),
        ("mistral-large", "mistral"),
        ("codestral-latest", "mistral"),
        ("magistral-small", "mistral"),
        ("kimi-k3.1-pro", "moonshot"),
        ("moonshot-v1-8k", "moonshot"),
    ],
)
def test_rule_6_a_known_beginning(name: str, provider: str) -> None:
    route = resolve(name, known("groq"))
    assert route.provider == provider
    assert "rule 6" in route.reason


def test_rule_6_says_which_prefix_of_whom() -> None:
    assert resolve("claude-x", known()).reason == "rule 6: 'claude' is a prefix of Anthropic"


@pytest.mark.parametrize(
    ("name", "model"), [("claude", "claude-sonnet-5-5"), ("Gemini", "gemini-3.8-flash")]
)
def test_rule_6_a_prefix_alone_takes_the_default_model(name: str, model: str) -> None:
    assert resolve(name, known()).model == model


def test_rule_6_a_custom_provider_adds_its_own() -> None:
    mine = replace(catalog.find("groq"), key="mine", aliases=(), model_prefixes=("house-",))
    facts = Known({**catalog.load(), "mine": mine})
    assert ref("house-7b", facts) == "mine:house-7b@mine"


def test_rule_6_the_longest_prefix_wins() -> None:
    mine = replace(catalog.find("groq"), key="mine", aliases=(), model_prefixes=("gpt-oss",))
    facts = Known({**catalog.load(), "mine": mine}, (account("openai"),))
    assert resolve("gpt-oss-120b", facts).provider == "mine"
    assert resolve("gpt-6.1-sol", facts).provider == "openai"


def test_rule_6_a_prefix_of_two_goes_to_the_configured_one_or_is_asked_about() -> None:
    mine = replace(catalog.find("groq"), key="mine", aliases=(), model_prefixes=("gpt",))
    one = Known({**catalog.load(), "mine": mine}, (account("mine"),))
    assert resolve("gpt-x", one).provider == "mine"
    both = replace(one, accounts=(account("mine"), account("openai")))
    with pytest.raises(UsageError, match="`openai:gpt-x` or `mine:gpt-x`"):
        resolve("gpt-x", both)


def test_rule_6_a_stand_in_answers_for_a_provider_without_an_account() -> None:
    alone = known("anthropic-compatible")
    assert resolve("claude-x", alone).provider == "anthropic-compatible"
    assert "stands in for" in resolve("claude-x", alone).reason
    beside = known("anthropic-compatible", "anthropic")
    assert resolve("claude-x", beside).provider == "anthropic"


def test_rule_7_a_registered_model_goes_to_its_account() -> None:
    facts = known("groq", "vllm@lab", registered={"tiny": ("lab",)})
    assert ref("tiny", facts) == "vllm:tiny@lab"
    assert "rule 7" in resolve("tiny", facts).reason


def test_rule_7_of_several_accounts_the_default_one_or_a_question() -> None:
    facts = known("groq", "vllm@lab", registered={"tiny": ("lab", "groq")})
    with pytest.raises(UsageError, match="`tiny@lab` or `tiny@groq`"):
        resolve("tiny", facts)
    assert ref("tiny", replace(facts, default_account="groq")) == "groq:tiny@groq"


def test_rule_8_the_default_account_takes_any_other_name() -> None:
    facts = known("groq", "vllm@lab", default_account="lab")
    assert ref("llama-x", facts) == "vllm:llama-x@lab"
    assert "rule 8" in resolve("llama-x", facts).reason


def test_rule_8_the_default_models_account_is_the_default_account() -> None:
    facts = known("groq", "xai", default_model="grok-4.7")
    assert ref("llama-x", facts) == "xai:llama-x@xai"


def test_rule_8_a_default_model_that_no_rule_knows_does_not_go_round() -> None:
    assert "rule 9" in resolve("llama-x", known("groq", default_model="unheard-of")).reason


def test_rule_9_the_first_account_takes_any_other_name() -> None:
    facts = known("groq", "xai")
    assert ref("sonet", facts) == "groq:sonet@groq"
    assert "rule 9" in resolve("sonet", facts).reason


def test_rules_8_and_9_never_pass_the_embedded_model_for_another() -> None:
    facts = known("embedded", default_account="embedded")
    with pytest.raises(UsageError, match="No account knows a model 'sonnet'"):
        resolve("sonnet", facts)


ORDERED = [
    ("argument", "o3", "openai"),
    ("environment_model", "grok-4.7", "xai"),
    ("chat_model", "deepseek-flash", "deepseek"),
    ("default_model", "kimi-k2.6", "moonshot"),
    ("role", "mistral-large", "mistral"),
]


@pytest.mark.parametrize("first", range(len(ORDERED)))
def test_without_a_model_the_first_preference_that_is_set_decides(first: int) -> None:
    given = {what: model for what, model, _ in ORDERED[first:]}
    name = given.pop("argument", None)
    facts = known("anthropic", roles={"chat": given.pop("role")}, **given)
    assert resolve(name, facts).provider == ORDERED[first][2]


def test_without_a_model_or_preference_the_first_account_answers() -> None:
    facts = known("groq", "embedded")
    assert ref(None, facts) == ref("  ", facts) == "groq:openai/gpt-oss-120b@groq"
    assert "environment GROQ" in resolve(None, facts).reason


def test_without_a_model_an_account_that_has_no_default_model_is_passed_over() -> None:
    assert resolve(None, known("ollama", "embedded")).provider == "embedded"


def test_without_a_model_and_without_any_default_one_is_asked_for() -> None:
    with pytest.raises(UsageError, match="Ollama has no default model"):
        resolve(None, known("ollama"))


def test_nothing_configured_names_what_to_do() -> None:
    for name in (None, "sdfghjkl"):
        with pytest.raises(MissingKey, match="%provider embedded install"):
            resolve(name, known())


def test_nothing_configured_proposes_what_was_meant() -> None:
    with pytest.raises(UsageError, match="Did you mean 'anthropic'"):
        resolve("antropic", known())


@pytest.mark.parametrize("name", ["github-models", "github:openai/gpt-4o", "gpt-4o@github-models"])
def test_a_service_that_has_ended_is_refused_with_its_successor(name: str) -> None:
    with pytest.raises(UsageError, match=r"no longer there.*guide openrouter"):
        resolve(name, known("groq"))


def test_an_account_that_is_misspelled_is_proposed_though_it_is_not_configured():
    with pytest.raises(UsageError, match="Did you mean 'openai'"):
        resolve("gpt-9@opena", known("groq"))


@pytest.mark.parametrize("name", ["mine", "mine:model", "model@mine", "MINE:model"])
def test_a_provider_whose_file_is_wrong_is_told_by_its_mistake(isolated, name):
    """Without it, rule 5 would send `mine:model` to Ollama."""
    folder = isolated / "config" / "providers"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text("name =")
    with pytest.raises(ConfigError, match=r"mine\.toml is not valid TOML"):
        resolve(name, known("groq", "ollama"))
    assert ref("groq:x", known("groq")) == "groq:x@groq"
