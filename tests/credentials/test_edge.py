"""What an error takes along when it leaves nbprovider: the user's frames, and no others."""

from __future__ import annotations

import logging
import traceback

import pytest

from nbprovider.credentials import Secret, logs
from nbprovider.credentials.edge import EDGE, edged
from nbprovider.errors import NoRoute, Unavailable, UsageError

KEY = "zQ81seededKEY77xyzzy"


def inner(error):
    header = f"Bearer {KEY}"
    try:
        int(header)
    except ValueError:
        raise error  # noqa: B904 - what led to it is to be cut, however it was raised


def names(error):
    return [frame.f_code.co_name for frame, _ in traceback.walk_tb(error.__traceback__)]


def test_frames_below_the_edge_and_what_led_there_are_cut():
    with pytest.raises(UsageError) as caught, EDGE:
        inner(UsageError("wrong"))
    assert "inner" not in names(caught.value)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_the_errors_that_an_error_holds_are_cut_too():
    held = Unavailable("gone")
    with pytest.raises(Unavailable):
        inner(held)
    assert "inner" in names(held)
    with pytest.raises(NoRoute), EDGE:
        raise NoRoute("none", errors=(("a:b", held),))
    assert names(held) == []
    assert held.__context__ is None


def test_a_mistake_keeps_its_kind_and_tells_where_it_was():
    secret = Secret(KEY)
    with pytest.raises(KeyError) as caught, EDGE:
        inner(KeyError(f"no {KEY}"))
    assert "inner" not in names(caught.value)
    assert "in inner" in caught.value.__notes__[0]
    assert KEY[:8] not in repr((caught.value, caught.value.__notes__))
    assert secret


def test_a_group_of_errors_is_cut_to_its_leaves():
    first = Unavailable("gone")
    with pytest.raises(Unavailable):
        inner(first)
    with pytest.raises(ExceptionGroup) as caught, EDGE:
        raise ExceptionGroup("several", [first])
    assert names(caught.value.exceptions[0]) == []


def test_nothing_happens_to_what_goes_well():
    with EDGE:
        told = 1
    assert told == 1


def test_the_public_methods_of_a_class_are_at_the_edge():
    @edged
    class Door:
        def open(self, key):
            inner(UsageError("wrong"))

        def _hidden(self):
            inner(UsageError("wrong"))

    with pytest.raises(UsageError) as caught:
        Door().open(KEY)
    assert "inner" not in names(caught.value)
    assert Door.open.__name__ == "open"
    with pytest.raises(UsageError) as caught:
        Door()._hidden()
    assert "inner" in names(caught.value)


@pytest.mark.parametrize("name", ["httpcore2.http11", "httpx2", "nbprovider.x", "botocore.auth"])
def test_the_records_of_who_carries_keys_are_redacted(name, caplog):
    logs.protect()
    logs.protect()
    secret = Secret(KEY)
    logger = logging.getLogger(name)
    with caplog.at_level(logging.DEBUG):
        logger.debug("sent %r", {"authorization": KEY})
        logger.debug("%d is no number", KEY)
        try:
            inner(ValueError(KEY))
        except ValueError:
            logger.exception("failed")
    assert len(caplog.records) == 3
    shown = [f"{record.__dict__} {logging.Formatter().format(record)}" for record in caplog.records]
    assert KEY[:8] not in "".join(shown)
    assert "in inner" in shown[-1]
    assert secret


def test_the_records_of_others_are_theirs(caplog):
    logs.protect()
    secret = Secret(KEY)
    logging.getLogger("mine").warning("see %s", KEY)
    assert caplog.records[-1].args == (KEY,)
    assert secret
