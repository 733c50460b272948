"""What to do about a failed call, by the account that was asked; no secret is needed to say it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from nbprovider import catalog
from nbprovider.credentials.advice import advice
from nbprovider.credentials.circumstances import Circumstances
from nbprovider.errors import (
    BadRequest,
    Forbidden,
    ProviderError,
    RateLimited,
    Unauthorized,
    Unavailable,
    UnknownModel,
    Unreachable,
)
from nbprovider.protocols.fault_tables import SAYINGS


def known(name: str = "openai", **more) -> Circumstances:
    provider = catalog.find(name)
    return Circumstances(provider, name, provider.base_url, **more)


def general(kind: type[ProviderError], **more) -> ProviderError:
    return kind("It failed.", hint=SAYINGS[kind][1], **more)


@pytest.mark.parametrize("kind", [Unauthorized, Forbidden, BadRequest, Unavailable])
def test_a_protocol_that_knew_better_is_not_overruled(kind):
    error = kind("It failed.", hint="Do this.", status=404)
    assert advice(error, known(source="environment OPENAI_API_KEY")) == "Do this."


@pytest.mark.parametrize("kind", list(SAYINGS), ids=lambda k: k.__name__)
@pytest.mark.parametrize("name", ["openai", "ollama", "bedrock", "openai-compatible", "codex-cli"])
def test_there_is_always_one_sentence_without_a_blank_to_fill(kind, name):
    said = advice(general(kind), known(name))
    assert said.endswith((".", "?"))
    assert "NAME" not in said


def test_a_key_of_the_vault_is_replaced_there_and_one_of_this_kernel_here():
    error = general(Unauthorized, status=401)
    assert "`%provider key openai`" in advice(error, known(source="vault"))
    assert "`%provider key openai kernel`" in advice(error, known(source="entered in this kernel"))
    variable = advice(error, known(source=".env OPENAI_API_KEY"))
    assert "correct OPENAI_API_KEY, or" in variable
    assert "kernel" not in variable, "the vault comes before .env"


def test_a_login_that_is_refused_is_made_again():
    error = general(Unauthorized, status=401)
    told = advice(error, known("chatgpt", source="vault", login="chatgpt work"))
    assert told == "Log in again: `%provider login chatgpt work`."


@pytest.mark.parametrize(
    ("seconds", "told"), [(7, "7 s"), (119, "119 s"), (600, "10 min"), (86400, "24 h")]
)
def test_a_pause_is_told_in_its_unit(seconds, told):
    error = general(RateLimited, retry_after=seconds)
    assert f"Ask again in {told}," in advice(error, known())


def test_a_clock_matters_only_where_requests_are_signed():
    error = general(Forbidden, status=403)
    error.skew = 900.0
    assert "15 min ahead" in advice(error, known("bedrock", signed=True))
    assert "clock" not in advice(error, known())
    error.skew = 30.0
    assert "clock" not in advice(error, known("bedrock", signed=True))


def test_the_code_of_a_wrong_clock_does_without_a_date():
    error = general(Unauthorized, status=403, code="RequestTimeTooSkewed")
    assert "clock of this computer is off" in advice(error, known("bedrock", signed=True))


def test_a_model_that_is_not_found_at_its_own_providers_is_looked_up_there():
    error = general(UnknownModel, status=404, code="model_not_found")
    error.model = "gpt-7-nix"
    assert advice(error, known()) == "See which it has with %provider models openai."


def test_an_account_of_the_vault_has_its_address_there():
    error = Unreachable("Refused.", hint="?", code="refused")
    there = replace(known("ollama"), account="desk", base_url="http://10.0.0.7:11434")
    assert "`%provider account edit desk --base-url URL`" in advice(error, there)


def test_a_local_server_does_not_need_the_network():
    error = Unreachable("Not found.", hint="Check it.", code="name_not_found")
    here = replace(known("ollama"), base_url="http://desk.local:11434")
    assert advice(error, replace(here, ignored="HTTPS_PROXY")) == "Check it."
