"""A proposal is made where somebody slipped, and none where they meant something else."""

from __future__ import annotations

import pytest

from nbprovider import catalog
from nbprovider.magics.options import OPTIONS
from nbprovider.magics.provider import WORDS
from nbprovider.spelling import did_you_mean, nearest

PROVIDERS = [file.stem for file in catalog.files.OURS.glob("*.toml")]
SPELLINGS = [spelling for option in OPTIONS for spelling in option.spellings]


@pytest.mark.parametrize(
    ("slip", "known", "meant"),
    [
        ("antropic", PROVIDERS, "anthropic"),
        ("Antrhopic", PROVIDERS, "anthropic"),
        ("opena", PROVIDERS, "openai"),
        ("olama", PROVIDERS, "ollama"),
        ("grok", ["groq", "openai"], "groq"),
        ("gorq", PROVIDERS, "groq"),
        ("deepsek", PROVIDERS, "deepseek"),
        ("perplex", PROVIDERS, "perplexity"),
        ("embeded", PROVIDERS, "embedded"),
        ("uze", WORDS, "use"),
        ("lsit", WORDS, "list"),
        ("usgae", WORDS, "usage"),
        ("modles", WORDS, "models"),
        ("emb", WORDS, "embedded"),
        ("statsu", ["install", "status", "stop"], "status"),
        ("--tempature", SPELLINGS, "--temperature"),
        ("--temper", SPELLINGS, "--temperature"),
        ("--sytem", SPELLINGS, "--system"),
        ("jsn", ["markdown", "text", "code", "json"], "json"),
        ("trys", ["tries", "model", "proxy"], "tries"),
        ("claude-sonet-5-5", ["claude-sonnet-5-5", "gpt-6-luna"], "claude-sonnet-5-5"),
        ("open", ["openai", "openrouter", "opencode-zen"], "openai"),
        ("DF", ["df"], "df"),
    ],
)
def test_a_slip_is_understood(slip, known, meant):
    assert nearest(slip, known) == meant


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("nope", PROVIDERS),
        ("foo", PROVIDERS),
        ("banana", PROVIDERS),
        ("zzzzzz", PROVIDERS),
        ("mycompany", PROVIDERS),
        ("delete", WORDS),
        ("--verbose", SPELLINGS),
        ("--yes", SPELLINGS),
        ("x", ["df", "text"]),
        ("yaml", ["markdown", "text", "code", "json"]),
        ("", PROVIDERS),
    ],
)
def test_another_word_is_not_taken_for_a_slip(word, known):
    assert nearest(word, known) == ""
    assert did_you_mean(word, known) == ""
