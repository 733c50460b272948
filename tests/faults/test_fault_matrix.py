"""Every protocol, broken in every way at every place: another answers, and each row is exact."""

from __future__ import annotations

import pandas as pd
import pytest

from asked import Way, asynchronous, both, failure, sync
from faulty import AFTER, BREAKS, PLACES, Reply
from nbprovider import flow, protocols
from nbprovider.errors import Stalled, Unavailable
from programs import until

PROTOCOLS = sorted(name for name in protocols.OWN if not name.startswith("cli_"))
SAID = {"in the middle", "before the end mark"}
"""The places at which words of the answer have come."""

every_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)


def check_failed(row, kind, place):
    """Check a row of `far`: what was said is counted and billed, else nobody knows what it cost."""
    assert (row["provider"], row["status"]) == ("far", "failed"), place
    assert row["error"].startswith(f"{kind}:"), place
    if place in SAID:
        assert row["output"] > 0, place
        assert row["cost"] > 0, place
        assert row["estimated"], place
    else:
        assert pd.isna(row["cost"]), place
        assert pd.isna(row["output"]), place
        assert row["cost_source"] == "unknown", place


@every_protocol
@pytest.mark.parametrize("fault", BREAKS)
def test_a_broken_reply_is_answered_by_another_or_is_one_clear_error(world, protocol, fault):
    expected = Stalled if fault == "hang" else Unavailable
    reply = Reply(protocol)
    world.speak(protocol)
    for place in PLACES:
        if place == "before the headers" and fault in {"garbled", "ended"}:
            continue  # these are faults of a body
        world.far.script = reply.broken(place, BREAKS[fault])
        asked = len(world.far.requests)
        assert sync("pair").text == "from near", place
        error = failure(asynchronous)
        assert len(world.far.requests) == asked + 2, place
        assert type(error) is expected, place
        assert error.hint
        assert (error.provider, error.account) == ("far", "far")
        first, second, last = world.rows()
        check_failed(first, expected.kind, place)
        assert (second["provider"], second["status"], second["output"]) == ("near", "ok", 3)
        assert first["call"] == second["call"] != last["call"]
        check_failed(last, expected.kind, place)


@every_protocol
@both
def test_a_reply_that_drips_is_not_ended(world, protocol, way: Way):
    """It takes twice as long as may be silent, and is never silent so long."""
    world.far.script = Reply(protocol).dripping
    world.speak(protocol)
    assert way("pair").text == "Hi"
    (row,) = world.rows()
    assert (row["provider"], row["status"]) == ("far", "ok")


@every_protocol
def test_what_breaks_when_all_is_said_does_not_matter(world, protocol):
    reply = Reply(protocol)
    world.speak(protocol)
    for fault, breaks in BREAKS.items():
        world.far.script = reply.broken(AFTER, breaks)
        assert sync("pair").text == asynchronous("pair").text == "Hi", fault
        assert [row["status"] for row in world.rows()] == ["ok", "ok"], fault


@every_protocol
def test_a_body_that_is_longer_or_shorter_than_told_is_no_answer(world, protocol):
    reply = Reply(protocol)
    world.speak(protocol)
    for place, wrong in (("in the middle", -3), ("in the middle", 3), ("before the end mark", 3)):
        world.far.script = reply.measured(place, len(reply.said[place]) + wrong)
        for way in (sync, asynchronous):
            assert way("pair").text == "from near", place
            first, second = world.rows()
            check_failed(first, "unavailable", place)
            assert second["status"] == "ok"


@every_protocol
@both
def test_a_reply_of_the_length_that_was_told_is_an_answer(world, protocol, way: Way):
    reply = Reply(protocol)
    world.far.script = reply.measured(AFTER, len(reply.whole))
    world.speak(protocol)
    assert way("pair").text == "Hi"


@every_protocol
def test_who_keeps_the_line_when_all_is_said_is_not_waited_for(world, protocol, monkeypatch):
    monkeypatch.setattr(flow, "LINGER", 0.2)
    reply = Reply(protocol)
    world.settle(silence=60)
    world.speak(protocol)
    world.far.script = reply.broken(AFTER, lambda peer: peer.wait_closed(30))
    assert sync("pair").text == asynchronous("pair").text == "Hi"
    until(lambda: all(peer.closed_at for peer in world.far.peers))
