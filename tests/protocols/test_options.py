"""Options are translated or refused by name; none is dropped unseen."""

from __future__ import annotations

from typing import get_args

import pytest

from nbprovider.catalog import Provider, Quirks
from nbprovider.errors import UsageError
from nbprovider.protocols.options import check, translate
from nbprovider.types import Call, Message, OptionName, Options, Text

TABLE = {"max_tokens": "limit", "seed": "seed"}


def provider(**quirks) -> Provider:
    return Provider("someone", "Someone", "any", quirks=Quirks(**quirks))


def test_what_is_given_is_translated_and_nothing_else():
    assert translate(Options(max_tokens=5), TABLE, provider()) == {"limit": 5}
    assert translate(Options(), TABLE, provider()) == {}


def test_each_option_has_its_name_in_provider_files():
    assert get_args(OptionName) == Options.__struct_fields__


@pytest.mark.parametrize(
    ("quirks", "more", "told"),
    [
        ({"refuse": ("schema",)}, {"schema": {"type": "object"}}, "JSON schema"),
        ({"refuse_fields": ("user",)}, {"extra": {"user": "me"}}, "field 'user'"),
        ({"refuse": ("seed",)}, {"extra": {"seed": 1}}, "field 'seed'"),
    ],
)
def test_what_a_provider_refuses_is_refused_in_any_protocol(quirks, more, told):
    call = Call("m", (Message("user", (Text("hi"),)),), **more)
    check(call, provider())
    with pytest.raises(UsageError, match=f"Someone cannot take the {told}"):
        check(call, provider(**quirks))


def test_nought_is_a_value():
    assert translate(Options(seed=0), TABLE, provider()) == {"seed": 0}


def test_the_providers_own_names_go_on_top():
    """A rename replaces the protocol's field, and adds one where the protocol has none."""
    renames = {"max_tokens": "max_out", "top_k": "k"}
    told = translate(Options(max_tokens=5, top_k=2), TABLE, provider(rename=renames))
    assert told == {"max_out": 5, "k": 2}


@pytest.mark.parametrize(
    ("options", "quirks"),
    [(Options(top_p=0.5), {}), (Options(seed=1), {"refuse": ("seed",)})],
)
def test_what_cannot_be_sent_is_refused_by_name(options, quirks):
    (name,) = options.given()
    with pytest.raises(UsageError, match=f"Someone cannot take the option '{name}'"):
        translate(options, TABLE, provider(**quirks))
