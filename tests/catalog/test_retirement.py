"""A model's end is told with its day and its successor."""

from datetime import date, timedelta

import pytest

from nbprovider import catalog
from nbprovider.catalog import Provider, Retirement, Retiring
from nbprovider.errors import UsageError

DAY = date(2027, 1, 14)
MINE = Provider(
    "mine",
    "Mine",
    "openai_chat",
    retired={"old": "new", "gone": ""},
    retiring={"ageing": Retiring(DAY, "new"), "last": Retiring(DAY)},
)


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("old", "old is retired; its successor is new."),
        ("gone", "gone is retired; `%provider models` shows what there is."),
        ("ageing", "ageing retires on 2027-01-14; its successor is new."),
        ("last", "last retires on 2027-01-14; `%provider models` shows what there is."),
    ],
)
def test_the_end_is_told_in_one_sentence(model: str, told: str) -> None:
    end = catalog.retirement(MINE, model)
    assert end
    assert end.told(DAY - timedelta(days=1)) == told


def test_from_its_day_on_a_model_is_retired() -> None:
    end = catalog.retirement(MINE, "ageing")
    assert end
    assert end.told(DAY) == "ageing is retired; its successor is new."


def test_a_model_without_a_known_end_has_none() -> None:
    assert catalog.retirement(MINE, "new") is None


@pytest.mark.parametrize(("days", "near"), [(61, False), (60, True), (1, True), (0, False)])
def test_an_end_is_near_within_two_months_before_it(days: int, near: bool) -> None:  # noqa: FBT001 - expected value
    assert Retirement("m", "", DAY).is_near(DAY - timedelta(days=days)) is near


def test_an_end_without_a_day_is_over_and_never_near() -> None:
    end = Retirement("m", "")
    assert end.is_over(DAY)
    assert not end.is_near(DAY)


def test_a_retired_model_has_its_successor() -> None:
    groq = catalog.find("groq")
    assert catalog.successor(groq, "llama-3.3-70b-versatile") == "openai/gpt-oss-120b"
    assert catalog.successor(groq, "openai/gpt-oss-120b") is None


def test_a_gateway_finds_the_end_in_the_vendors_list() -> None:
    router = catalog.find("openrouter")
    assert catalog.successor(router, "x-ai/grok-3") == "x-ai/grok-4.3"
    assert catalog.successor(router, "nobody/grok-3") is None
    assert catalog.successor(router, "x-ai/grok-4.7") is None


def test_a_gateway_keeps_the_vendors_day() -> None:
    end = catalog.retirement(catalog.find("openrouter"), "openai/gpt-4o")
    assert end
    assert end.on == date(2027, 1, 14)
    assert end.successor == "openai/gpt-6-luna"


def test_a_service_that_has_ended_is_refused_with_its_successor() -> None:
    with pytest.raises(UsageError, match=r"GitHub Models is no longer there.*guide openrouter"):
        catalog.refuse_ended(catalog.find("github"))


def test_a_service_that_goes_on_is_not_refused() -> None:
    catalog.refuse_ended(MINE)
