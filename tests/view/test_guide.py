"""A guide says how to begin with a provider, in a notebook and in a terminal."""

import pytest

from nbprovider import catalog
from nbprovider.catalog import Best, Guide, Provider, Quirks
from nbprovider.view import GuidePage
from nbprovider.view.guide import SERVICES, quirks, sections

MINE = Provider(
    "mine",
    "My Cloud",
    "openai_chat",
    env=("MINE_KEY", "MINE_TOKEN"),
    base_url_env=("MINE_URL",),
    key_url="https://mine.example.org/keys",
    default_model="m-large",
    small_model="m-small",
    services={"embeddings": "/embeddings"},
    service_models={"embeddings": "m-embed"},
    quirks=Quirks(rename={"max_tokens": "most"}, refuse=("seed",)),
    guide=Guide(
        "trying things",
        ("Sign in.", "Create a key."),
        "by the token",
        Best("m-large", "m-small", "m-small"),
        ("A 402 means an empty balance.",),
    ),
)

TOLD = [
    "Good for: trying things.",
    "1. Sign in.",
    "2. Create a key.",
    "https://mine.example.org/keys",
    "%provider key mine",
    "%provider test mine",
    "MINE_KEY",
    "MINE_TOKEN",
    "the first that is set counts",
    "MINE_URL",
    "By the token.",
    "A 402 means an empty balance.",
]


@pytest.mark.parametrize("told", TOLD)
def test_the_guide_tells_all_in_both_forms(told: str) -> None:
    assert told in GuidePage(MINE).markdown()
    assert told in GuidePage(MINE).plain()


def test_a_model_is_named_once_with_all_that_it_is_good_for() -> None:
    text = GuidePage(MINE).plain()
    assert "m-small: small, fastest, cheapest\n" in text
    assert "m-large: the default, best answers\n" in text
    assert "m-embed: embeddings\n" in text


def test_a_known_model_is_told_with_its_window() -> None:
    text = GuidePage(catalog.find("anthropic")).plain()
    assert "reads up to 1,000,000 tokens" in text


def test_a_terminal_gets_no_marks_of_markdown() -> None:
    plain = GuidePage(MINE).plain()
    assert "**" not in plain
    assert "`" not in plain


def test_both_forms_are_offered_to_a_front_end() -> None:
    bundle = GuidePage(MINE)._repr_mimebundle_()
    assert bundle["text/markdown"].startswith("### My Cloud")
    assert bundle["text/plain"].startswith("My Cloud\n")


def test_a_section_with_nothing_to_say_is_left_out() -> None:
    bare = Provider("bare", "Bare", "openai_chat", needs_key=False)
    assert [section.title for section in sections(bare)] == ["Steps"]


def test_a_service_that_ended_is_neither_tested_nor_given_a_key() -> None:
    text = GuidePage(catalog.find("github-models")).plain()
    assert "%provider guide openrouter" in text
    assert "%provider test" not in text
    assert "%provider key" not in text


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (Quirks(rename={"top_k": "top_k"}), "takes `top_k` as well"),
        (Quirks(rename={"seed": "random_seed"}), "`seed` is sent as `random_seed`"),
        (Quirks(refuse=("stop",)), "cannot take `stop`"),
        (Quirks(refuse_fields=("user",)), "cannot take `user`"),
        (Quirks(system_role="developer"), "role `developer`"),
        (Quirks(replay_reasoning="reasoning"), "sent back"),
        (Quirks(output_excludes_reasoning=True), "beside the output"),
        (Quirks(input_excludes_cache=True), "beside the input"),
        (Quirks(body={"store": False}), "carries `store` = `False`"),
    ],
)
def test_each_quirk_is_told_in_words(told: Quirks, words: str) -> None:
    assert any(words in line for line in quirks(told))


def test_every_service_with_a_model_of_ours_has_a_word() -> None:
    named = {service for p in catalog.load().values() for service in p.service_models}
    assert named <= set(SERVICES)


@pytest.mark.parametrize("key", sorted(catalog.load()))
def test_every_providers_guide_can_be_shown(key: str) -> None:
    page = GuidePage(catalog.load()[key])
    assert "**Steps**" in page.markdown()
    assert "**Cost**" in page.markdown()
