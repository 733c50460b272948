"""Each rule for factories can fail: a broken one for every rule."""

from __future__ import annotations

import pytest

from nbprovider.errors import UsageError
from nbprovider.protocols import objects
from nbprovider.testing import check_factory
from nbprovider.testing import factory as factory_rules
from nbprovider.types import Finish, Started
from nbprovider.types.call import Route


def spoke(*pieces):
    """Return a factory of objects that answer with these pieces."""
    return lambda model: lambda messages: iter(pieces)


def failing(model):
    def answer(messages):
        raise RuntimeError("no")

    return answer


def forgetful(model):
    """Answer one question only."""

    def answer(messages):
        if len(messages) > 1:
            return ""
        return "Hi"

    return answer


def alone(model):
    """Refuse to answer while another answer is on its way."""
    busy = alone.__dict__

    def answer(messages):
        if busy.get("busy"):
            raise RuntimeError("busy")
        busy["busy"] = True
        try:
            yield "H"
            yield "i"
        finally:
            busy["busy"] = False

    return answer


def unnamed(model):
    def answer(messages, options):
        if options.given():
            raise UsageError("No.")
        return "Hi"

    return answer


def crashing(model):
    def answer(messages, options):
        return "Hi" if not options.given() else options.colour

    return answer


START = Started(Route("a", "b", "c"), 1)

BROKEN_FACTORIES = {
    "factory: is called": "words",
    "factory: takes a model's name": lambda: None,
    "factory: gives what can be called": lambda model: model,
    "conversation is answered: .*RuntimeError": failing,
    "conversation is answered: .*not words": spoke(7),
    "conversation is answered: .*Started": spoke(START),
    "1 messages are answered in words": spoke(),
    "3 messages are answered in words": forgetful,
    "nothing follows a Finish": spoke("Hi", Finish("stop"), "and more"),
    "can be read in turns": alone,
    "'max_tokens' is taken, or refused by name: No.": unnamed,
    "'max_tokens' is taken, .*AttributeError": crashing,
}


def test_factories_that_keep_every_rule_pass() -> None:
    check_factory(spoke("H", "i"))
    check_factory(lambda model: lambda messages, options: "Hi")
    check_factory(spoke("Hi", Finish("stop")))
    assert factory_rules.KEY not in objects.FACTORIES


@pytest.mark.parametrize(("rule", "factory"), BROKEN_FACTORIES.items(), ids=BROKEN_FACTORIES)
def test_a_factory_that_breaks_a_rule_is_told_which(rule, factory) -> None:
    with pytest.raises(AssertionError, match=rule):
        check_factory(factory)
    assert factory_rules.KEY not in objects.FACTORIES
