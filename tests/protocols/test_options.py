"""Options are translated or refused by name; none is dropped unseen."""

from __future__ import annotations

import pytest

from nbprovider.catalog import Provider, Quirks
from nbprovider.errors import UsageError
from nbprovider.protocols.options import translate
from nbprovider.types import Options

TABLE = {"max_tokens": "limit", "seed": "seed"}


def provider(**quirks) -> Provider:
    return Provider("someone", "Someone", "any", quirks=Quirks(**quirks))


def test_what_is_given_is_translated_and_nothing_else():
    assert translate(Options(max_tokens=5), TABLE, provider()) == {"limit": 5}
    assert translate(Options(), TABLE, provider()) == {}


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
