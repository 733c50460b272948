"""Every concern leads to a provider that there is, and to a model that will last."""

import pytest

from nbprovider import catalog
from nbprovider.catalog import Choice

every_choice = pytest.mark.parametrize("choice", catalog.choices(), ids=lambda c: c.concern[:30])


@every_choice
def test_the_pick_is_a_provider_that_goes_on(choice: Choice) -> None:
    assert catalog.load()[choice.pick].kind != "retired"


@every_choice
def test_the_model_does_not_end(choice: Choice) -> None:
    if choice.model:
        assert catalog.retirement(catalog.find(choice.pick), choice.model) is None


@every_choice
def test_providers_named_in_the_reason_are_there(choice: Choice) -> None:
    named = choice.why.split("`")[1::2]
    assert all(catalog.known(name.partition(":")[0]) for name in named if not name.count("-") > 2)


def test_a_concern_is_named_once() -> None:
    concerns = [choice.concern for choice in catalog.choices()]
    assert len(set(concerns)) == len(concerns) > 10


@pytest.mark.parametrize(("model", "name"), [("m", "p:m"), ("", "p")])
def test_a_choice_is_written_as_on_a_line(model: str, name: str) -> None:
    assert Choice("c", "p", "w", model).name == name
