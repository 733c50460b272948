"""The rules for an object behind `register_provider`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nbprovider.errors import NbproviderError, UsageError
from nbprovider.protocols import objects
from nbprovider.testing.asking import VALUES
from nbprovider.testing.rule import broken, keep
from nbprovider.testing.samples import HELLO
from nbprovider.types import Call, Delta, Event, Finish, Message, Options, Text

KEY = "nbprovider.testing"

AGAIN = (*HELLO, Message("assistant", (Text("Hi"),)), Message("user", (Text("And you?"),)))


def check_factory(factory: objects.Factory) -> None:
    """Raise AssertionError, naming the rule, unless a factory's objects can be asked.

    The objects are really asked, a dozen short questions, so give one that costs nothing.
    """
    keep(callable(factory), "factory: is called with a model's name", type(factory).__name__)
    with _registered(factory):
        for rule in RULES:
            rule()


def gives_what_answers() -> None:
    """The factory gives an object that can be called with the conversation."""
    try:
        answerer = objects.FACTORIES[KEY]("default")
    except Exception as error:
        raise broken("factory: takes a model's name", f"{type(error).__name__}: {error}") from error
    keep(callable(answerer), "factory: gives what can be called", type(answerer).__name__)


def answers_a_question() -> None:
    """A question, and a conversation of several turns, are answered in words."""
    for messages in (HELLO, AGAIN):
        said = _answer(messages)
        words = "".join(
            one.part.text for one in said if isinstance(one, Delta) and isinstance(one.part, Text)
        )
        keep(words.strip(), f"object: {len(messages)} messages are answered in words", said)


def ends_once() -> None:
    """Nothing comes after a Finish, and there is one only."""
    said = _answer(HELLO)
    ends = [index for index, one in enumerate(said) if isinstance(one, Finish)]
    keep(ends == [len(said) - 1], "object: nothing follows a Finish", said)


def answers_share_nothing() -> None:
    """Two answers can be read in turns: each comes to its end."""
    here, there = (objects.pieces(KEY, Call("default", HELLO)) for _ in range(2))
    pairs = iter(lambda: (next(here, None), next(there, None)), (None, None))
    try:
        ended = [sum(isinstance(one, Finish) for one in side) for side in zip(*pairs, strict=True)]
    except NbproviderError as error:
        raise broken("object: answers can be read in turns", error) from error
    keep(ended == [1, 1], "object: answers that are read in turns both end", ended)


def options_are_taken_or_refused() -> None:
    """Each option is taken, or refused by a UsageError that names it."""
    for option, value in VALUES.items():
        rule = f"object: the option {option!r} is taken, or refused by name"
        try:
            list(objects.pieces(KEY, Call("default", HELLO, Options(**{option: value}))))
        except UsageError as refusal:
            keep(option in refusal.message, rule, refusal.message)
        except NbproviderError as error:
            raise broken(rule, error) from error


RULES: tuple[Callable[[], None], ...] = (
    gives_what_answers,
    answers_a_question,
    ends_once,
    answers_share_nothing,
    options_are_taken_or_refused,
)


@contextmanager
def _registered(factory: objects.Factory) -> Iterator[None]:
    objects.FACTORIES[KEY] = factory
    try:
        yield
    finally:
        del objects.FACTORIES[KEY]


def _answer(messages: tuple[Message, ...]) -> list[Event]:
    try:
        return list(objects.pieces(KEY, Call("default", messages)))
    except NbproviderError as error:
        raise broken("object: a conversation is answered", error) from error
